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
    const struct pl_part *part; /* NULL: all of it */
    uint64_t place;             /* jobs.h */
    int root;                   /* of its files; -1: not opened, or there are none */
    struct pl_written written;  /* by the writer that took the last busy time */
    struct pl_taken *out;
};

enum pl_status pl_take_people_out(struct pl_run *run, const char *path)
{
    struct pl_ledger *l = NULL;
    const char *why = NULL;
    if (pl_people_flush(run->people) != PL_OK || pl_ledger_scratch(path, &l, &why) != PL_OK)
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

static int root_open(struct taking *t)
{
    if (t->root < 0)
        t->root = open(pl_job_path(t->run, "").text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return t->root;
}

/* Gives a file of a part to the writer that takes it. PL_LOST: none does, or it can't be opened, or as join()
 * says. */
static enum pl_status file_join(struct taking *t, const struct pl_file *file, uint64_t number, bool is_checked)
{
    struct pl_run *run = t->run;
    const struct pl_scratch_name name = pl_scratch_name(t->place, number);
    struct pl_joint joint = {.path = file->path, .fd = -1, .size = file->size, .is_checked = is_checked};
    enum pl_status st = PL_END;
    if (file->whole) {
        joint.fd = openat(root_open(t), name.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (joint.fd < 0)
            return PL_LOST;
    }
    for (size_t i = 0; i < run->writer_count && st == PL_END; i++)
        if (run->writers[i].ops->join)
            st = run->writers[i].ops->join(&run->writers[i], &joint);
    if (joint.fd >= 0)
        close(joint.fd);
    if (is_checked && file->whole)
        (void)!unlinkat(t->root, name.text, 0); /* else it stays until the store ends */
    return st == PL_END ? PL_LOST : st;
}

/* Could it be taken over? */
static bool file_check(struct taking *t)
{
    struct pl_file file;
    uint64_t number;
    if (!pl_spool_in_file(&t->in, &file, &number) || !pl_output_is_path(file.path))
        return false;
    return t->part ? file_join(t, &file, number, false) == PL_OK : pl_output_is_free(t->run->output, file.path);
}

/* Has no part before met it? */
static bool uid_check(struct taking *t)
{
    uint64_t kind;
    const char *uid;
    bool known = true;
    if (!t->part || !pl_spool_in_uid(&t->in, &kind, &uid) || kind > PL_FREEBUSY)
        return false;
    const char *scope = pl_run_uid_scope(t->run, (enum pl_kind)kind);
    return scope && pl_ledger_uid_known(t->run->ledger, scope, uid, &known) == PL_OK && !known;
}

/* What is not told apart here would be another sum when all parts were read together. */
static bool count_check(struct taking *t, bool good, const struct pl_spool_count *count)
{
    return good && !(t->part && (!count->name || !strcmp(count->name, PL_TALLY_OTHERS)));
}

static bool part_check(struct taking *t, uint64_t *parts)
{
    struct pl_part part;
    struct pl_part_sum sum;
    ++*parts;
    return pl_spool_in_part(&t->in, &part, &sum) && t->part && part.from == t->part->from &&
           part.to == t->part->to && sum.rows <= part.to - part.from;
}

/* Records that have to be counted. */
struct counts {
    uint64_t rows, parts;
};

/* Does the record at hand make sense? */
static bool record_check(struct taking *t, enum pl_spool_tag tag, struct counts *n)
{
    struct pl_spool_in *in = &t->in;
    struct pl_row row;
    struct pl_diagnostic d;
    struct pl_statement said;
    struct pl_spool_busy busy;
    struct pl_spool_count count;
    struct pl_spool_ending end;
    switch (tag) {
    case PL_SPOOL_ROW:
        n->rows++;
        return pl_spool_in_row(in, &row) && (!row.file || !*row.file || pl_output_is_path(row.file));
    case PL_SPOOL_FAULT: return pl_spool_in_fault(in, &d);
    case PL_SPOOL_PERSON: return pl_spool_in_statement(in, &said);
    case PL_SPOOL_BUSY:
        return pl_spool_in_busy(in, &busy) && busy.writer < t->run->writer_count &&
               t->run->writers[busy.writer].ops->beyond;
    case PL_SPOOL_FILE: return file_check(t);
    case PL_SPOOL_REFUSED: return count_check(t, pl_spool_in_refused(in, &count), &count);
    case PL_SPOOL_UNMAPPED: return count_check(t, pl_spool_in_unmapped(in, &count), &count);
    case PL_SPOOL_UID: return uid_check(t);
    case PL_SPOOL_PART: return part_check(t, &n->parts);
    case PL_SPOOL_END:
        return pl_spool_in_ending(in, &end) && end.seen == n->rows && n->parts == (t->part != NULL) &&
               is_of(&end, t) && pl_work_has_room(&t->run->session.work, end.work);
    }
    return false;
}

static bool is_acceptable(struct taking *t)
{
    bool good = true, ended = false;
    struct counts counts = {0};
    for (enum pl_spool_tag tag; good && (tag = pl_spool_in_next(&t->in)) != 0;) {
        good = !ended && record_check(t, tag, &counts) && pl_spool_in_done(&t->in);
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
    if (t->part)
        return file_join(t, &file, number, true);
    const struct pl_scratch_name name = pl_scratch_name(t->place, number);
    if (pl_output_adopt(run->output, file.whole ? root_open(t) : -1, name.text, &file) == PL_OK)
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
    pl_tally_add(&t->run->unmapped, unmapped.name, unmapped.count);
    return PL_OK;
}

static enum pl_status uid_again(struct taking *t)
{
    uint64_t kind, ordinal = 0;
    const char *uid;
    if (!pl_spool_in_uid(&t->in, &kind, &uid) || kind > PL_FREEBUSY)
        return PL_LOST;
    const char *scope = pl_run_uid_scope(t->run, (enum pl_kind)kind);
    if (scope && pl_ledger_uid(t->run->ledger, scope, uid, &ordinal) == PL_OK)
        return PL_OK;
    return pl_run_unkept(t->run, NULL);
}

static enum pl_status part_again(struct taking *t)
{
    struct pl_part part;
    return pl_spool_in_part(&t->in, &part, &t->out->part) ? PL_OK : PL_LOST;
}

static enum pl_status end_again(struct taking *t)
{
    struct pl_run *run = t->run;
    struct pl_spool_ending end;
    if (!pl_spool_in_ending(&t->in, &end))
        return PL_LOST;
    t->out->status = end.lost ? PL_LOST : PL_OK;
    t->out->seen = end.seen;
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
        [PL_SPOOL_UNMAPPED] = unmapped_again, [PL_SPOOL_END] = end_again,     [PL_SPOOL_UID] = uid_again,
        [PL_SPOOL_PART] = part_again};
    enum pl_status st = PL_OK;
    bool whole = false;
    for (enum pl_spool_tag tag; st == PL_OK && (tag = pl_spool_in_next(&t->in)) != 0;) {
        st = tag <= PL_SPOOL_PART ? again[tag](t) : PL_LOST;
        whole = tag == PL_SPOOL_END;
    }
    if (st == PL_LOST || t->in.bad || (st == PL_OK && !whole)) /* a moment ago it made sense */
        return pl_report(&t->run->report, PL_STOP, "worker.spool", NULL, PL_NO_OFFSET,
                         "what a worker wrote of this folder makes no sense: convert again with --jobs 1");
    return st;
}

bool pl_take_folder(struct pl_run *run, const struct pl_folder *folder, const struct pl_part *part, FILE *spool,
                    const struct pl_job_word *word, struct pl_taken *out)
{
    struct taking t = {.run = run, .folder = folder, .part = part, .place = word->place, .root = -1, .out = out};
    *out = (struct pl_taken){.status = PL_OK};
    run->code = NULL;
    pl_spool_in_open(&t.in, spool, word->at, word->size);
    bool good = is_acceptable(&t);
    if (good) {
        pl_spool_in_rewind(&t.in);
        if (all_again(&t) != PL_OK)
            out->status = PL_STOP;
    }
    pl_spool_in_close(&t.in);
    if (t.root >= 0)
        close(t.root);
    return good;
}
