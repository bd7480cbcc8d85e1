/*
 * runlog.c - report.jsonl and run.json.
 *
 * Layer: core, beside convert. Both are written as the run goes on, through one bounded buffer. What is told of
 * stores waits in the ledger as finished JSON text, so it costs no memory, and a run that goes on with this one has
 * it too.
 */
#include "runlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fingerprint.h"
#include "jsonl.h"
#include "zones.h"

#define LINE_MOST ((size_t)16 << 20)
#define PASSED    65536u

struct pl_runlog {
    struct pl_sink report, run;
    struct pl_buf line;
    const struct pl_convert_options *options;
    struct pl_ledger *ledger;
    bool maps, failed;
};

/* --- JSON ------------------------------------------------------------------ */

static void pair(struct pl_buf *b, const char *name, const char *text)
{
    pl_buf_printf(b, "\"%s\":", name);
    pl_json_text(b, text);
}

static void number(struct pl_buf *b, const char *name, uint64_t value)
{
    pl_buf_printf(b, ",\"%s\":%" PRIu64, name, value);
}

static void flag(struct pl_buf *b, const char *name, bool value)
{
    pl_buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

/* What is in the buffer goes into run.json. */
static void pass(struct pl_runlog *l)
{
    l->failed = l->failed || l->line.failed;
    if (!l->failed)
        pl_sink_write(&l->run, l->line.data, l->line.size);
    pl_buf_clear(&l->line);
}

/* A list may name very many stores. */
static void list(struct pl_runlog *l, const char *name, const char *const *texts, size_t count)
{
    struct pl_buf *b = &l->line;
    pl_buf_printf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i)
            pl_buf_putc(b, ',');
        pl_json_text(b, texts[i]);
        if (b->size > PASSED)
            pass(l);
    }
    pl_buf_putc(b, ']');
}

static void request_write(struct pl_runlog *l)
{
    static const char *const attachments[] = {"inline", "files", "none"};
    const struct pl_convert_options *o = l->options;
    struct pl_buf *b = &l->line;
    pl_buf_puts(b, "{\"v\":1,\"tool\":\"pimlift\",\"version\":\"" PL_VERSION "\",");
    pair(b, "tzdata", pl_zones_version());
    pl_buf_puts(b, ",\n \"options\":{");
    pair(b, "reader", o->reader);
    list(l, "store", o->stores, o->store_count);
    list(l, "to", o->to, o->to_count);
    list(l, "folder", o->folders, o->folder_count);
    list(l, "owner", o->owners, o->owner_count);
    list(l, "identity_map", o->maps, o->map_count);
    if (o->since_utc)
        pl_buf_printf(b, ",\"since\":%" PRId64, *o->since_utc);
    number(b, "codepage", o->codepage);
    pl_buf_putc(b, ',');
    pair(b, "default_tz", o->default_tz);
    pl_buf_putc(b, ',');
    pair(b, "edb_profile", o->edb_profile);
    pl_buf_putc(b, ',');
    pair(b, "layout", o->writer.per_item ? "item" : "folder");
    pl_buf_putc(b, ',');
    pair(b, "attachments", attachments[o->writer.attachments]);
    number(b, "vcard", o->writer.vcard);
    flag(b, "learn", o->learn);
    flag(b, "recover", o->recover);
    flag(b, "hash", o->hash);
    pl_buf_puts(b, "},\n \"identity_maps\":[");
    pass(l);
}

/* --- opening ------------------------------------------------------------ */

static void line_again(void *data, const char *line) { pl_sink_puts(data, line); }

static void logs_free(struct pl_runlog *l)
{
    pl_sink_abort(&l->report);
    pl_sink_abort(&l->run);
    pl_buf_release(&l->line);
    free(l);
}

struct pl_runlog *pl_runlog_open(struct pl_output *output, struct pl_ledger *ledger,
                                 const struct pl_convert_options *options)
{
    struct pl_runlog *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->ledger = ledger;
    l->options = options;
    pl_buf_init(&l->line, LINE_MOST);
    bool good = pl_output_fixed(output, "report.jsonl", &l->report) == PL_OK &&
                pl_output_fixed(output, "run.json", &l->run) == PL_OK;
    if (good && pl_ledger_told_each(ledger, line_again, &l->report) != PL_OK) {
        errno = EIO;
        good = false;
    }
    if (good) {
        request_write(l);
        return l;
    }
    int error = errno;
    logs_free(l);
    errno = error;
    return NULL;
}

static const char *severity_name(enum pl_status severity)
{
    return severity >= PL_OK ? "note" : severity == PL_WARN ? "warn" : severity == PL_LOST ? "lost" : "stop";
}

enum pl_status pl_runlog_diagnostic(struct pl_runlog *l, const struct pl_diagnostic *d)
{
    struct pl_buf *b = &l->line;
    pl_buf_clear(b);
    pl_buf_puts(b, "{\"v\":1,");
    pair(b, "severity", severity_name(d->severity));
    pl_buf_putc(b, ',');
    pair(b, "code", d->code);
    pl_buf_putc(b, ',');
    pair(b, "store", d->store);
    pl_buf_putc(b, ',');
    pair(b, "folder", d->folder);
    pl_buf_putc(b, ',');
    pair(b, "key", d->key);
    if (d->offset != PL_NO_OFFSET)
        number(b, "offset", d->offset);
    pl_buf_putc(b, ',');
    pair(b, "text", d->text);
    pl_buf_puts(b, "}\n");
    if (b->failed || !b->data)
        return PL_STOP;
    char fact[PL_FACT_MOST];
    if (d->once)
        pl_diagnostic_fact(d, fact);
    pl_sink_write(&l->report, b->data, b->size);
    return pl_ledger_told(l->ledger, b->data, d->once ? fact : NULL);
}

/* --- what was read --------------------------------------------------------- */

enum pl_status pl_runlog_map(struct pl_runlog *l, const char *path)
{
    pl_buf_clear(&l->line);
    if (l->maps)
        pl_buf_putc(&l->line, ',');
    l->maps = true;
    enum pl_status st = pl_fingerprint_object(&l->line, path, true);
    pass(l);
    return st == PL_OK ? PL_OK : PL_STOP;
}

static void store_name(size_t ordinal, char name[32]) { snprintf(name, 32, PL_NOTE_STORE "%zu", ordinal); }

enum pl_status pl_runlog_store(struct pl_runlog *l, size_t ordinal, struct pl_source *source,
                               const struct pl_reader *reader)
{
    struct pl_buf *b = &l->line;
    const struct pl_store *store = &reader->store;
    bool whole = l->options->hash;
    char name[32];
    pl_buf_clear(b);
    pl_buf_putc(b, '{');
    enum pl_status st = pl_fingerprint_members(b, source, whole);
    pl_buf_putc(b, ',');
    pair(b, "kind", store->kind);
    pl_buf_putc(b, ',');
    pair(b, "reader", reader->ops->name);
    flag(b, "cut", store->cut);
    pl_buf_puts(b, ",\"beside\":[");
    if (st == PL_OK && store->beside)
        st = pl_fingerprint_object(b, store->beside, whole) == PL_STOP ? PL_STOP : PL_OK;
    pl_buf_puts(b, "],\"facts\":{");
    for (size_t i = 0; i < store->fact_count; i++) {
        if (i)
            pl_buf_putc(b, ',');
        pair(b, store->facts[i].name, store->facts[i].value);
    }
    pl_buf_puts(b, "}}");
    store_name(ordinal, name);
    l->failed = l->failed || b->failed;
    if (st == PL_OK && !l->failed && pl_ledger_note(l->ledger, name, b->data) != PL_OK)
        l->failed = true;
    pl_buf_clear(b);
    return st;
}

/* --- closing -------------------------------------------------------------- */

void pl_runlog_settle(struct pl_runlog *l)
{
    bool any = false;
    pl_buf_clear(&l->line);
    pl_buf_puts(&l->line, "],\n \"stores\":[");
    for (size_t i = 0; i < l->options->store_count && !l->failed; i++) {
        char name[32], *text;
        store_name(i, name);
        l->failed = pl_ledger_noted(l->ledger, name, &text) != PL_OK;
        if (text) {
            pl_buf_puts(&l->line, any ? ",\n  " : "\n  ");
            pl_buf_puts(&l->line, text);
            pass(l);
            any = true;
        }
        free(text);
    }
    pl_buf_puts(&l->line, "]");
    pass(l);
    l->ledger = NULL;
}

static void totals_write(struct pl_buf *b, const struct pl_convert_result *r)
{
    pl_buf_printf(b, ",\n \"totals\":{\"seen\":%" PRIu64, r->totals.seen);
    number(b, "written", r->totals.written);
    number(b, "filtered", r->totals.filtered);
    number(b, "lost", r->totals.lost);
    number(b, "files", r->files);
    number(b, "warnings", r->warnings);
    number(b, "bytes_read", r->bytes_read);
    number(b, "reads", r->reads);
    flag(b, "resumed", r->resumed);
    flag(b, "stopped", r->stopped);
    pl_buf_puts(b, "}}\n");
}

enum pl_status pl_runlog_close(struct pl_runlog *l, const struct pl_convert_result *result)
{
    totals_write(&l->line, result);
    pass(l);
    enum pl_status st = l->failed ? PL_STOP : pl_sink_hand_in(&l->report);
    if (st == PL_OK)
        st = pl_sink_commit(&l->run);
    int error = l->failed ? ENOMEM : errno;
    logs_free(l);
    errno = error;
    return st;
}

void pl_runlog_abort(struct pl_runlog *l)
{
    if (l)
        logs_free(l);
}
