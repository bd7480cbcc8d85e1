/*
 * fuzz_spool.c - the spool of a worker in any bytes, of a folder or of a part of one. It is taken over whole, with
 * books that balance, or nothing was told. The mutator changes one record and makes its size right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "lib_folder.h"
#include "lib_record.h"
#include "people.h"
#include "take.h"

static const char folder_key[] = "0x8022";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return record_mutated(data, size, most, seed, LLVMFuzzerMutate);
}

static void count_told(void *data, const struct pl_diagnostic *d) { *(unsigned *)data += d->code != NULL; }

static enum pl_status busy_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    ++*(unsigned *)w->state;
    *out = (struct pl_written){.file = "freebusy/computed/anna.ifb", .uid = record->uid};
    return PL_OK;
}

static enum pl_status file_join(struct pl_writer *w, const struct pl_joint *joint)
{
    (void)w;
    return strstr(joint->path, "calendars") ? PL_OK : PL_END;
}

static bool spool_take(struct pl_run *run, const struct pl_part *part, const uint8_t *data, size_t size,
                       const unsigned *told)
{
    struct pl_folder folder = {.role = PL_ROLE_CALENDAR};
    snprintf(folder.key, sizeof folder.key, "%s", folder_key);
    const struct pl_job_word word = {.place = 7, .size = size, .state = PL_JOB_DONE};
    struct pl_totals totals;
    struct pl_taken out = {.status = PL_OK};
    FILE *f = fmemopen((void *)data, size, "rb");
    bool taken = f && pl_take_folder(run, &folder, part, f, &word, &out);
    pl_ledger_totals(run->ledger, &totals);
    if (totals.seen != totals.written + totals.filtered + totals.lost ||
        (taken && out.status > PL_STOP && totals.seen != out.seen) ||
        (!taken && (totals.seen || *told || run->choice.refused_items || out.status != PL_OK)))
        abort();
    if (f)
        fclose(f);
    (void)!pl_output_settle(run->output);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pl_writer_ops ops = {.name = "busy", .beyond = "freebusy/*", .put = busy_put},
                                      joins = {.name = "joins", .join = file_join};
    static const struct pl_part part = {.kind = PL_PART_ROWS, .from = 800, .to = 1600};
    const char *why;
    char dir[FOLDER_PATH], out[FOLDER_PATH + 8], store[] = "store.pst";
    unsigned told = 0;
    if (!folder_make(dir))
        return 0;
    snprintf(out, sizeof out, "%s/out", dir);
    const struct pl_convert_options options = {.output = out};
    struct pl_convert_result result = {0};
    struct pl_run *run = calloc(1, sizeof *run);
    *run = (struct pl_run){.options = &options,
                           .result = &result,
                           .path = "Calendar",
                           .owner = "anna",
                           .report = {.sink = count_told, .sink_data = &told},
                           .session.source.path = store,
                           .key = folder_key,
                           .writers = {{.ops = &ops, .state = &told}, {.ops = &joins}},
                           .writer_count = 2};
    pl_work_init(&run->session.work, 1 << 20, 1);
    pl_arena_init(&run->session.folder_arena, 1 << 20);
    pl_choice_init(&run->choice);
    if (pl_output_open(out, false, &run->output, &why) == PL_OK &&
        pl_ledger_open("", &run->ledger, &why) == PL_OK && (run->people = pl_people_of(run->ledger)) &&
        folder_write(out, PL_OUTPUT_WORK "/7-3", "x", 1))
        (void)(spool_take(run, NULL, data, size, &told) || spool_take(run, &part, data, size, &told));
    pl_people_free(run->people);
    if (run->ledger && pl_ledger_close(run->ledger) != PL_OK)
        abort();
    pl_output_close(run->output);
    pl_choice_release(&run->choice);
    pl_arena_release(&run->session.folder_arena);
    free(run);
    folder_remove(dir);
    return 0;
}
