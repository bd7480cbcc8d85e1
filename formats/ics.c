/*
 * ics.c - the iCalendar writer: files, headers, one component after another.
 *
 * Layer: formats. RFC 5545. Events go to calendars/, tasks to tasks/, journal
 * entries to journal/ and notes to notes/, whatever folder they lie in. No METHOD:
 * a calendar with one makes servers mail people. An attachment that can't be read
 * costs itself, not its item: the component is rolled back and written without it.
 */
#include "ics.h"

#include <stdio.h>
#include <stdlib.h>

#include "ics_component.h"
#include "ics_part.h"
#include "judge.h"
#include "memory.h"
#include "report.h"

static const char *const trees[] = {"calendars", "tasks", "journal", "notes"};
#define TREES (sizeof trees / sizeof trees[0])

#define PROOF_MOST ((size_t)4 << 20)

struct file {
    struct pl_outfile out;
    struct pl_vtimezones zones;
};

struct state {
    struct pl_place place;
    struct file files[TREES];
    struct pl_judge judge;
};

static int tree_of(const struct pl_record *r)
{
    switch (r->kind) {
    case PL_EVENT: return 0;
    case PL_TASK: return 1;
    case PL_JOURNAL: return r->as.journal.is_note ? 3 : 2;
    default: return -1;
    }
}

static enum pl_status begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    struct state *s = w->state;
    s->place.owner = owner;
    s->place.folder = *folder;
    return PL_OK;
}

static enum pl_status file_open(struct pl_writer *w, int tree, const char *name, struct file *f)
{
    struct state *s = w->state;
    enum pl_status status = pl_outfile_open(w, &s->place, trees[tree], name, ".ics", &f->out);
    if (status < PL_OK)
        return status;
    pl_vtimezones_init(&f->zones);
    f->zones.unwritten = w->part;
    if (w->part)
        return PL_OK;
    pl_sink_puts(&f->out.sink, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//pimlift//EN\r\n");
    pl_line_put_text(&f->out.sink, "X-WR-CALNAME", pl_place_name(&s->place));
    if (w->reader && w->reader->store.caveat)
        pl_line_put_text(&f->out.sink, "X-PIMLIFT-CAVEAT", w->reader->store.caveat);
    return PL_OK;
}

static enum pl_status file_end(struct pl_writer *w, struct file *f)
{
    if (!f->out.open)
        return PL_OK;
    if (w->part)
        pl_ics_part_end(&f->out.sink, &f->zones);
    else
        pl_sink_puts(&f->out.sink, "END:VCALENDAR\r\n");
    pl_vtimezones_release(&f->zones);
    return pl_outfile_end(w, &f->out);
}

/* Again without what could not be read, until all that is left can be. */
static enum pl_status component(struct pl_writer *w, struct pl_ics_context *c, const struct pl_record *r)
{
    enum pl_status worst = PL_OK;
    for (unsigned tries = 0; tries <= PL_ICS_ATTACH_BITS; tries++) {
        pl_sink_mark(c->sink);
        if (c->proof)
            pl_buf_clear(c->proof);
        enum pl_status status = pl_ics_component(c, r);
        if (status > PL_LOST)
            return worst < status ? worst : status;
        if (pl_sink_rollback(c->sink) < PL_OK || status == PL_STOP)
            return PL_STOP;
        c->unreadable |= UINT64_C(1) << (c->tried < PL_ICS_ATTACH_BITS ? c->tried : PL_ICS_ATTACH_BITS - 1);
        worst = pl_report(w->report, PL_WARN, "attach.unreadable", r->item ? r->item->key : NULL, PL_NO_OFFSET,
                          "attachment %zu can't be read and is left out", c->tried + 1);
    }
    return PL_LOST;
}

/* The recurrence of a record, or NULL. */
static const struct pl_recur *recur_of(const struct pl_record *r)
{
    return r->kind == PL_EVENT ? r->as.event.recur : r->kind == PL_TASK ? r->as.task.recur : NULL;
}

static bool proven(const struct pl_ics_context *c, const struct pl_zone *zone, const struct pl_expansion *expected,
                   char why[160])
{
    struct state *s = c->w->state;
    if (!c->proof->failed && c->proof->data) {
        enum pl_verdict verdict = pl_judge_series(&s->judge, c->proof->data, zone, expected, why);
        if (verdict == PL_UNJUDGED)
            pl_memory_missed();
        return verdict == PL_PROVEN;
    }
    snprintf(why, 160, "it is too long to be proven");
    return false;
}

/* Every occurrence but the first, which DTSTART is; NULL: out of memory. */
static const struct pl_when *list_make(struct pl_arena *a, const struct pl_when *start,
                                       const struct pl_expansion *all, size_t *count)
{
    struct pl_when *list = pl_arena_zalloc(a, all->count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < all->count; i++) {
        struct pl_when when = *start;
        when.local = all->list[i].original;
        if (when.is_date)
            when.local -= (when.local % 86400 + 86400) % 86400;
        else
            when.utc = when.zone ? pl_tz_utc(when.zone, when.local) : when.local;
        if (when.local != start->local)
            list[(*count)++] = when;
    }
    return list;
}

/*
 * A series is proven by what was written of it. If the rule fails, its occurrences are
 * listed instead, and that is proven too.
 */
static enum pl_status series(struct pl_writer *w, struct pl_ics_context *c, const struct pl_record *r,
                             struct pl_written *out)
{
    const struct pl_when *start = r->kind == PL_EVENT ? &r->as.event.start : pl_ics_task_start(&r->as.task);
    const char *key = r->item ? r->item->key : NULL;
    struct pl_arena arena;
    struct pl_expansion expected = {0};
    struct pl_buf proof;
    char why[160] = "the pattern can't be expanded";
    pl_arena_init(&arena, PROOF_MOST);
    pl_buf_init(&proof, PROOF_MOST);
    bool expanded = pl_expand(&arena, recur_of(r), pl_expand_telling(recur_of(r)), &expected);
    /* cppcheck-suppress autoVariables ; taken back below */
    c->proof = &proof;
    enum pl_status status = component(w, c, r);
    out->yields = true;
    if (status > PL_LOST && expanded && proven(c, start->zone, &expected, why)) {
        out->remark = "proven";
    } else if (status > PL_LOST) {
        const char *fault = w->report->fault; /* of the item; what follows the remark says */
        enum pl_status told = pl_report(w->report, PL_WARN, "event.series-unproven", key, PL_NO_OFFSET,
                                        "the rule does not give the occurrences of the store, %s: %s", why,
                                        expanded ? "they are listed one by one" : "the rule is kept");
        if (expanded && pl_expand(&arena, recur_of(r), PL_EXPAND_MOST, &expected))
            c->listed = list_make(&arena, start, &expected, &c->listed_count);
        if (c->listed && pl_sink_rollback(c->sink) < PL_OK)
            status = PL_STOP;
        else if (c->listed)
            status = component(w, c, r);
        if (status > PL_LOST)
            out->remark = c->listed && proven(c, start->zone, &expected, why) ? "listed" : "unproven";
        status = told < status ? told : status;
        if (c->listed && !expected.whole)
            pl_report(w->report, PL_WARN, "event.series-horizon", key, PL_NO_OFFSET,
                      "of an endless series the first %zu occurrences are listed", expected.count);
        w->report->fault = fault;
    }
    c->proof = NULL;
    c->listed = NULL;
    pl_buf_release(&proof);
    pl_arena_release(&arena);
    return status;
}

static enum pl_status write_record(struct pl_writer *w, struct file *f, const struct pl_record *r,
                                   struct pl_written *out)
{
    struct state *s = w->state;
    struct pl_ics_context c = {.w = w, .place = &s->place, .sink = &f->out.sink, .zones = &f->zones};
    pl_ics_zones(&f->zones, &f->out.sink, r);
    enum pl_status status = recur_of(r) ? series(w, &c, r, out) : component(w, &c, r);
    if (status <= PL_LOST)
        return status;
    enum pl_status written = pl_outfile_record(w, &s->place, &f->out, r, out);
    return written < status ? written : status;
}

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    struct file single = {0};
    int tree = tree_of(record);
    *out = (struct pl_written){0};
    if (tree < 0)
        return PL_OK;
    struct file *f = w->options.per_item ? &single : &s->files[tree];
    enum pl_status status = PL_OK;
    if (!f->out.open)
        status = file_open(w, tree, w->options.per_item ? record->uid : NULL, f);
    if (status < PL_OK)
        return status;
    status = write_record(w, f, record, out);
    if (w->options.per_item) {
        enum pl_status ended = file_end(w, f);
        status = ended < status ? ended : status;
    }
    return status;
}

/* The file of that tree, and what of it was checked. */
static enum pl_status join_to(struct pl_writer *w, int tree, const struct pl_joint *joint)
{
    struct state *s = w->state;
    struct file *f = &s->files[tree];
    struct pl_ics_part part = {0};
    enum pl_status status = PL_OK;
    bool some = joint->fd >= 0, good = !some || pl_ics_part_open(&part, joint->fd, joint->size);
    if (good && !joint->is_checked)
        good = !some || !f->out.open || pl_ics_part_fits(&part, &f->zones);
    else if (good && !f->out.open)
        status = file_open(w, tree, NULL, f);
    if (good && some && joint->is_checked && status == PL_OK) {
        good = pl_ics_part_join(&part, &f->out.sink, &f->zones);
        status = good ? pl_outfile_joined(w, &f->out) : PL_LOST;
    }
    pl_ics_part_close(&part);
    return good ? status : PL_LOST;
}

static enum pl_status join(struct pl_writer *w, const struct pl_joint *part)
{
    struct state *s = w->state;
    enum pl_status status = PL_END;
    int tree = -1;
    while (status == PL_END && ++tree < (int)TREES)
        status = pl_outfile_fits(w, &s->files[tree].out, trees[tree], ".ics", part->path);
    return status == PL_OK ? join_to(w, tree, part) : status;
}

static enum pl_status end(struct pl_writer *w, enum pl_extent extent)
{
    (void)extent; /* beyond a folder nothing is open */
    struct state *s = w->state;
    enum pl_status worst = PL_OK;
    for (size_t i = 0; i < TREES; i++) {
        enum pl_status status = file_end(w, &s->files[i]);
        worst = status < worst ? status : worst;
    }
    return worst;
}

static void close_writer(struct pl_writer *w)
{
    struct state *s = w->state;
    for (size_t i = 0; i < TREES; i++) {
        if (s->files[i].out.open) {
            pl_vtimezones_release(&s->files[i].zones);
            pl_outfile_abort(&s->files[i].out);
        }
    }
    pl_judge_release(&s->judge);
    free(s->place.last);
}

const struct pl_writer_ops pl_ics_writer = {
    .name = "ics",
    .title = "iCalendar (RFC 5545): appointments, tasks, journal, notes",
    .kinds = 1u << PL_EVENT | 1u << PL_TASK | 1u << PL_JOURNAL,
    .state_size = sizeof(struct state),
    .begin = begin,
    .put = put,
    .join = join,
    .end = end,
    .close = close_writer,
};
