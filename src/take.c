/*
 * take.c - replays the spool of a folder; see take.h and spool.h.
 *
 * Layer: core, part of convert. First the whole spool is read once without an effect: is it whole, does each record
 * make sense, and would each of its names be given out here? Then everything is told again in its order, to the
 * report, the books, the set of people and the writers whose files reach beyond a store, as if this process had
 * read the folder itself.
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
    const struct pl_folder *folder;
    uint64_t ordinal;          /* its */
    int root;                  /* of its files; -1: not opened, or there are none */
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

/* Is it of the folder at hand? The survey walks by itself, and ordinals are counted. */
static bool is_of(const struct pl_spool_ending *end, const struct taking *t)
{
    return end->key && end->owner && end->path && !strcmp(end->key, t->folder->key) &&
           !strcmp(end->owner, t->run->owner) && !strcmp(end->path, t->run->path);
}

/* Does the record at hand make sense? */
static bool record_check(struct taking *t, enum pl_spool_tag tag, uint64_t *rows)
{
    struct pl_spool_in *in = &t->in;
    struct pl_row row;
    struct pl_diagnostic d;
    struct pl_statement said;
    struct pl_spool_busy busy;
    struct pl_spool_count count;
    struct pl_spool_ending end;
    struct pl_file file;
    uint64_t number;
    switch (tag) {
    case PL_SPOOL_ROW:
        ++*rows;
        return pl_spool_in_row(in, &row) && (!row.file || !*row.file || pl_output_is_path(row.file));
    case PL_SPOOL_FAULT: return pl_spool_in_fault(in, &d);
    case PL_SPOOL_PERSON: return pl_spool_in_statement(in, &said);
    case PL_SPOOL_BUSY:
        return pl_spool_in_busy(in, &busy) && busy.writer < t->run->writer_count &&
               t->run->writers[busy.writer].ops->beyond;
    case PL_SPOOL_FILE: return pl_spool_in_file(in, &file, &number) && pl_output_is_free(t->run->output, file.path);
    case PL_SPOOL_REFUSED: return pl_spool_in_refused(in, &count);
    case PL_SPOOL_UNMAPPED: return pl_spool_in_unmapped(in, &count);
    case PL_SPOOL_END:
        return pl_spool_in_ending(in, &end) && end.seen == *rows && is_of(&end, t) &&
               pl_work_has_room(&t->run->session.work, end.work);
    }
    return false;
}

static bool is_acceptable(struct taking *t)
{
    bool good = true, ended = false;
    uint64_t rows = 0;
    for (enum pl_spool_tag tag; good && (tag = pl_spool_in_next(&t->in)) != 0;) {
        good = !ended && record_check(t, tag, &rows) && pl_spool_in_done(&t->in);
        ended = tag == PL_SPOOL_END;
    }
    return good && ended && !t->in.bad;
}

/* --- what is told again ------------------------------------------------------------------------- */

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
    (d.once ? pl_report_once : pl_report)(&t->run->report, d.severity, code_keep(t->run, d.code), d.key, d.offset,
                                          "%s", d.text);
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

/* Aligned. To be freed. */
static struct pl_period *periods_copy(const struct pl_spool_busy *busy)
{
    struct pl_period *list = malloc(busy->size + sizeof *list);
    if (list && busy->size)
        memcpy(list, busy->periods, busy->size);
    return list;
}

static enum pl_status busy_again(struct taking *t)
{
    struct pl_spool_busy busy;
    if (!pl_spool_in_busy(&t->in, &busy) || busy.writer >= t->run->writer_count)
        return PL_LOST;
    struct pl_writer *w = &t->run->writers[busy.writer];
    struct pl_period *list = periods_copy(&busy);
    struct pl_busy_made made = {
        .periods = list, .count = busy.size / sizeof *list, .endless = busy.endless, .broken = busy.broken};
    struct pl_item item = {.message_class = ""};
    struct pl_record record = {.kind = PL_EVENT, .item = &item, .uid = busy.uid, .as.event = {.made = &made}};
    record.common.stamp_utc = busy.stamp_utc;
    record.as.event.start.utc = busy.start_utc;
    snprintf(item.key, sizeof item.key, "%s", busy.key ? busy.key : "");
    enum pl_status st = list && w->ops->beyond ? w->ops->put(w, &record, &t->written) : PL_STOP;
    free(list);
    return st == PL_STOP ? PL_STOP : PL_OK;
}

static enum pl_status file_again(struct taking *t)
{
    struct pl_run *run = t->run;
    struct pl_file file;
    uint64_t number;
    if (!pl_spool_in_file(&t->in, &file, &number))
        return PL_LOST;
    if (t->root < 0 && file.whole)
        t->root = open(pl_job_path(run, "").text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct pl_scratch_name name = pl_scratch_name(t->ordinal, number);
    if (pl_output_adopt(run->output, t->root, name.text, &file) == PL_OK)
        return PL_OK;
    bool full = errno == ENOSPC || errno == EDQUOT;
    return pl_report(&run->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET, "%s: %s",
                     file.path, strerror(errno));
}

static enum pl_status refused_again(struct taking *t)
{
    struct pl_spool_count refused;
    if (!pl_spool_in_refused(&t->in, &refused))
        return PL_LOST;
    pl_choice_refuse(&t->run->choice, refused.name, refused.associated, refused.count);
    return PL_OK;
}

static enum pl_status unmapped_again(struct taking *t)
{
    struct pl_spool_count unmapped;
    if (!pl_spool_in_unmapped(&t->in, &unmapped))
        return PL_LOST;
    bool kept = pl_ledger_count(t->run->ledger, "unmapped", unmapped.name, unmapped.count) == PL_OK;
    return kept ? PL_OK : pl_run_unkept(t->run, NULL);
}

static enum pl_status end_again(struct taking *t)
{
    struct pl_run *run = t->run;
    struct pl_spool_ending end;
    if (!pl_spool_in_ending(&t->in, &end))
        return PL_LOST;
    *t->status = end.lost ? PL_LOST : PL_OK;
    *t->seen = end.seen;
    run->mapping.known.proven += end.proven;
    run->mapping.known.learned += end.learned;
    run->mapping.known.unknown += end.unknown;
    run->result->bytes_read += end.bytes_read;
    run->result->reads += end.reads;
    pl_work_add(&run->session.work, end.work);
    run->report.fault = end.fault ? code_keep(run, end.fault) : NULL;
    return PL_OK;
}

static enum pl_status all_again(struct taking *t)
{
    static enum pl_status (*const again[])(struct taking *) = {
        [PL_SPOOL_ROW] = row_again,           [PL_SPOOL_FAULT] = fault_again, [PL_SPOOL_PERSON] = statement_again,
        [PL_SPOOL_BUSY] = busy_again,         [PL_SPOOL_FILE] = file_again,   [PL_SPOOL_REFUSED] = refused_again,
        [PL_SPOOL_UNMAPPED] = unmapped_again, [PL_SPOOL_END] = end_again};
    enum pl_status st = PL_OK;
    bool whole = false;
    for (enum pl_spool_tag tag; st == PL_OK && (tag = pl_spool_in_next(&t->in)) != 0;) {
        st = tag <= PL_SPOOL_END ? again[tag](t) : PL_LOST;
        whole = tag == PL_SPOOL_END;
    }
    if (st == PL_LOST || t->in.bad || (st == PL_OK && !whole)) /* a moment ago it made sense */
        return pl_report(&t->run->report, PL_STOP, "worker.spool", NULL, PL_NO_OFFSET,
                         "what a worker wrote of this folder makes no sense: convert again with --jobs 1");
    return st;
}

bool pl_take_folder(struct pl_run *run, const struct pl_folder *folder, FILE *spool, const struct pl_job_word *word,
                    uint64_t *seen, enum pl_status *status)
{
    struct taking t = {
        .run = run, .folder = folder, .ordinal = word->ordinal, .root = -1, .seen = seen, .status = status};
    run->code = NULL;
    pl_spool_in_open(&t.in, spool, word->at, word->size);
    bool good = is_acceptable(&t);
    if (good) {
        pl_spool_in_rewind(&t.in);
        if (all_again(&t) != PL_OK)
            *status = PL_STOP;
    }
    pl_spool_in_close(&t.in);
    if (t.root >= 0)
        close(t.root);
    return good;
}
