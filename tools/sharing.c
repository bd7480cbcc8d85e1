/*
 * sharing.c - see sharing.h.
 *
 * Layer: programs. The folder is made and taken away by confine.c.
 */
#include "sharing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "fdio.h"
#include "say.h"
#include "signals.h"
#include "stores.h"
#include "table.h"

enum pl_status sharing_convert(const struct sharing_request *r, struct pl_convert_result *out)
{
    static const char *const formats[] = {"shares", "freebusy"};
    const struct pl_convert_options request = {.stores = r->stores,
                                               .store_count = r->count,
                                               .output = r->dir,
                                               .to = formats,
                                               .to_count = sizeof formats / sizeof *formats,
                                               .memory = r->store->memory,
                                               .codepage = r->store->codepage,
                                               .reader = r->store->reader,
                                               .edb_profile = r->store->edb_profile,
                                               .recover = r->store->recover,
                                               .maps = r->maps->items,
                                               .map_count = r->maps->count,
                                               .diagnostic = r->diagnostic,
                                               .diagnostic_data = r->data,
                                               .progress = r->progress,
                                               .progress_data = r->data,
                                               .interrupted = signals_flag()};
    return pl_convert(&request, pl_readers, pl_writers, out);
}

struct listener {
    struct tally tally;
    bool verbose;
};

/* A fault of a whole store is said at once. */
static void listen(void *data, const struct pl_diagnostic *d)
{
    struct listener *l = data;
    bool of_store = d->severity == PL_STOP && d->store && !d->folder && !d->key;
    if (of_store)
        say("%s: %s", d->store, d->text);
    else if (l->verbose)
        tally_say(d, false);
    tally_add(&l->tally, d);
}

static bool manifest_print(const char *dir)
{
    char path[4200], piece[65536];
    size_t got;
    snprintf(path, sizeof path, "%s/sharing.jsonl", dir);
    FILE *file = pl_file_stream(AT_FDCWD, path, 0);
    while (file && (got = fread(piece, 1, sizeof piece, file)) > 0 && !say_deaf())
        fwrite(piece, 1, got, stdout);
    bool good = file && !ferror(file);
    if (file)
        fclose(file);
    return good;
}

enum exit_status sharing_print(const struct call *call, const struct store_options *store,
                               const struct flag_list *maps)
{
    struct pl_convert_result result;
    struct listener *l = calloc(1, sizeof *l);
    if (!l || !stores_any_opens(call)) {
        if (!l)
            say("out of memory");
        free(l);
        return l ? EXIT_NOTHING : EXIT_EARLY;
    }
    l->verbose = call->verbose;
    const struct sharing_request request = {.stores = call->operands,
                                            .count = call->operand_count,
                                            .dir = call->scratch,
                                            .store = store,
                                            .maps = maps,
                                            .diagnostic = listen,
                                            .data = l};
    enum pl_status st = sharing_convert(&request, &result);
    enum exit_status status = (enum exit_status)pl_convert_exit(&result, false);
    if (st == PL_STOP && !result.started) {
        say("%s", result.why ? result.why : "the sharing could not be read: there may be no room in TMPDIR");
    } else if (!manifest_print(call->scratch)) {
        say("the manifest can't be read back: there may be no room in TMPDIR");
        status = EXIT_EARLY;
    } else if (result.stopped) {
        say(*signals_flag() ? "interrupted; what was printed is not everything"
                            : "there is no room in TMPDIR; what was printed is not everything");
    } else if (result.losses || result.warnings) {
        say("not everything that the stores tell can be read:");
        tally_print(stderr, &l->tally, "  ", 5);
    }
    free(l);
    return status;
}
