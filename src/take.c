/*
 * take.c - replays the spool of a folder; see take.h and spool.h.
 *
 * Layer: core, part of convert. First the whole spool is read once without an effect: is it whole, and would each
 * of its names be given out here? Then everything is told again in its order, to the report, the books, the set of
 * people and the writers whose files reach beyond a store, as if this process had read the folder itself.
 */
#include "take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freebusy.h"
#include "people.h"
#include "spool.h"

struct taking {
    struct pl_run *run;
    struct pl_spool_in in;
    int root;                  /* of the files */
    struct pl_written written; /* by the writer that took the last busy time */
    uint64_t *seen;
    enum pl_status *status; /* of the folder */
};

enum pl_status pl_take_people_out(struct pl_run *run, const char *path)
{
    struct pl_ledger *l = NULL;
    const char *why = NULL;
    if (pl_people_flush(run->people) != PL_OK || pl_ledger_open(path, &l, &why) != PL_OK)
        return PL_STOP;
    enum pl_status st = pl_people_save(run->people, l), closed = pl_ledger_close(l);
    return closed < st ? closed : st;
}

static bool is_acceptable(struct taking *t)
{
    bool good = true, whole = false;
    for (enum pl_spool_tag tag; good && (tag = pl_spool_in_next(&t->in)) != 0;) {
        whole = tag == PL_SPOOL_END;
        if (tag != PL_SPOOL_FILE)
            continue;
        const char *path = pl_spool_in_text(&t->in);
        good = path && pl_output_is_free(t->run->output, path);
    }
    return good && whole && !t->in.bad;
}

/* --- what is told again ------------------------------------------------------------------------- */

static enum pl_status unkept(struct pl_run *run)
{
    return pl_report(&run->report, PL_STOP, "ledger.write", NULL, PL_NO_OFFSET,
                     "the ledger cannot be written: make room and start again");
}

static enum pl_status row_again(struct taking *t)
{
    struct pl_row row;
    if (!pl_spool_in_row(&t->in, &row))
        return PL_LOST;
    row.store = t->run->session.source.path;
    row.owner = t->run->owner;
    row.folder = t->run->path;
    if (row.file && !*row.file) {
        row.file = t->written.file;
        row.sha256 = row.file ? t->written.sha256 : NULL;
    }
    return pl_run_row(t->run, &row);
}

/* A code outlives its record, as what an item was lost for. */
static const char *code_keep(struct pl_run *run, const char *code)
{
    if (run->code && !strcmp(run->code, code))
        return run->code;
    char *copy = pl_arena_strdup(&run->session.folder_arena, code);
    run->code = copy ? copy : "memory";
    return run->code;
}

static enum pl_status fault_again(struct taking *t)
{
    struct pl_diagnostic d;
    if (!pl_spool_in_fault(&t->in, &d))
        return PL_LOST;
    pl_report(&t->run->report, d.severity, code_keep(t->run, d.code), d.key, d.offset, "%s", d.text);
    return PL_OK;
}

static enum pl_status statement_again(struct taking *t)
{
    struct pl_statement said;
    if (!pl_spool_in_statement(&t->in, &said))
        return PL_LOST;
    said.place = t->run->session.source.path;
    return pl_run_heard_said(t->run, &said);
}

static struct pl_period *periods_copy(struct pl_spool_in *in, size_t *count)
{
    size_t size = 0;
    const void *bytes = pl_spool_in_bytes(in, &size);
    struct pl_period *list = malloc(size + sizeof *list);
    *count = size / sizeof *list;
    if (!list || in->bad) {
        free(list);
        return NULL;
    }
    if (size)
        memcpy(list, bytes, size);
    for (size_t i = 0; i < *count; i++)
        if ((unsigned)list[i].kind >= PL_TIME_KINDS)
            list[i].kind = PL_TIME_BUSY;
    return list;
}

static enum pl_status busy_again(struct taking *t)
{
    struct pl_spool_in *in = &t->in;
    struct pl_busy_made made = {0};
    struct pl_item item = {.message_class = ""};
    struct pl_record record = {.kind = PL_EVENT, .item = &item, .as.event = {.made = &made}};
    uint64_t writer = pl_spool_in_number(in);
    const char *key = pl_spool_in_text(in);
    record.uid = pl_spool_in_text(in);
    record.common.stamp_utc = (int64_t)pl_spool_in_number(in);
    record.as.event.start.utc = (int64_t)pl_spool_in_number(in);
    made.endless = pl_spool_in_number(in) != 0;
    made.broken = pl_spool_in_number(in) != 0;
    struct pl_period *list = periods_copy(in, &made.count);
    if (!list || writer >= t->run->writer_count) {
        free(list);
        return PL_LOST;
    }
    made.periods = list;
    snprintf(item.key, sizeof item.key, "%s", key ? key : "");
    struct pl_writer *w = &t->run->writers[writer];
    enum pl_status st = w->ops->put(w, &record, &t->written);
    free(list);
    return st == PL_STOP ? PL_STOP : PL_OK;
}

static enum pl_status file_again(struct taking *t)
{
    struct pl_run *run = t->run;
    const char *path = pl_spool_in_text(&t->in);
    bool whole = pl_spool_in_number(&t->in) != 0;
    if (!path || t->in.bad)
        return PL_LOST;
    if (pl_output_adopt(run->output, t->root, path, whole) == PL_OK)
        return PL_OK;
    bool full = errno == ENOSPC || errno == EDQUOT;
    return pl_report(&run->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET, "%s: %s",
                     path, strerror(errno));
}

static enum pl_status refused_again(struct taking *t)
{
    const char *message_class = pl_spool_in_text(&t->in);
    bool associated = pl_spool_in_number(&t->in) != 0;
    pl_choice_refuse(&t->run->choice, message_class, associated, pl_spool_in_number(&t->in));
    return PL_OK;
}

static enum pl_status unmapped_again(struct taking *t)
{
    const char *name = pl_spool_in_text(&t->in);
    uint64_t count = pl_spool_in_number(&t->in);
    if (!name)
        return PL_LOST;
    return pl_ledger_count(t->run->ledger, "unmapped", name, count) == PL_OK ? PL_OK : unkept(t->run);
}

static enum pl_status end_again(struct taking *t)
{
    struct pl_run *run = t->run;
    const char *fault = pl_spool_in_text(&t->in);
    *t->status = pl_spool_in_number(&t->in) ? PL_LOST : PL_OK;
    *t->seen = pl_spool_in_number(&t->in);
    run->mapping.known.proven += pl_spool_in_number(&t->in);
    run->mapping.known.learned += pl_spool_in_number(&t->in);
    run->mapping.known.unknown += pl_spool_in_number(&t->in);
    run->result->bytes_read += pl_spool_in_number(&t->in);
    run->result->reads += pl_spool_in_number(&t->in);
    run->report.fault = fault ? code_keep(run, fault) : NULL;
    return PL_OK;
}

static enum pl_status all_again(struct taking *t)
{
    static enum pl_status (*const again[])(struct taking *) = {
        [PL_SPOOL_ROW] = row_again,           [PL_SPOOL_FAULT] = fault_again, [PL_SPOOL_PERSON] = statement_again,
        [PL_SPOOL_BUSY] = busy_again,         [PL_SPOOL_FILE] = file_again,   [PL_SPOOL_REFUSED] = refused_again,
        [PL_SPOOL_UNMAPPED] = unmapped_again, [PL_SPOOL_END] = end_again};
    enum pl_status st = PL_OK;
    for (enum pl_spool_tag tag; st == PL_OK && (tag = pl_spool_in_next(&t->in)) != 0;)
        st = tag <= PL_SPOOL_END ? again[tag](t) : PL_LOST;
    if (st == PL_LOST || t->in.bad) /* it was whole a moment ago */
        return pl_report(&t->run->report, PL_STOP, "worker.spool", NULL, PL_NO_OFFSET,
                         "what a worker wrote of this folder makes no sense: convert again with --jobs 1");
    return st;
}

bool pl_take_folder(struct pl_run *run, uint64_t ordinal, uint64_t *seen, enum pl_status *status)
{
    struct taking t = {.run = run, .seen = seen, .status = status};
    run->code = NULL;
    const struct pl_job_path spool = pl_job_path(run, ordinal, PL_JOB_SPOOL), files = pl_job_path(run, ordinal, "");
    if (!pl_spool_in_open(&t.in, spool.text))
        return false;
    bool good = is_acceptable(&t);
    if (good) {
        pl_spool_in_rewind(&t.in);
        t.root = open(files.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); /* -1: it has no files */
        enum pl_status st = all_again(&t);
        if (st != PL_OK)
            *status = PL_STOP;
        if (t.root >= 0)
            close(t.root);
    }
    pl_spool_in_close(&t.in);
    (void)unlink(spool.text);
    pl_output_work_drop(run->output, ordinal);
    return good;
}
