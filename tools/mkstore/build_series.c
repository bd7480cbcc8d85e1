/*
 * build_series.c - a recurring appointment: deleted and changed occurrences, their
 * embedded messages, the blob, and the list of what really takes place.
 *
 * [MS-OXOCAL] 2.2.1.44 and 2.2.10. The list is the pattern, minus what was deleted, with
 * the changed occurrences in place of the original ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_event.h"

#define HORIZON 400 /* occurrences in the truth */

struct plan {
    struct ms_event *e;
    int64_t days[HORIZON];
    size_t day_count;
    bool more;
    int64_t *gone;
    size_t gone_count, deleted_count;
    struct ms_change *changes;
    size_t change_count;
};

static int64_t clock_of(const struct plan *p) { return p->e->times.start % MS_DAY; }
static int64_t length_of(const struct plan *p) { return p->e->times.end - p->e->times.start; }

static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_start(const void *a, const void *b)
{
    int64_t x = ((const struct ms_change *)a)->start, y = ((const struct ms_change *)b)->start;
    return (x > y) - (x < y);
}

static int64_t day_of_series(struct ms_build *b, struct plan *p, struct ms_node *n)
{
    struct ms_words w;
    ms_words(b->recipe, &b->mem, n, &w);
    int64_t day = ms_word_date(&w);
    for (size_t i = 0; i < p->day_count; i++)
        if (p->days[i] == day)
            return day;
    ms_fail(b->recipe, n, "%s is no day of the series", n->rest);
    return day;
}

static void read_change(struct ms_build *b, struct plan *p, struct ms_node *n, struct ms_change *c)
{
    *c = (struct ms_change){
        .day = day_of_series(b, p, n), .busy = -1, .all_day = -1, .reminder = -1, .reminder_set = -1};
    c->node = n;
    c->start = c->day * MS_DAY + clock_of(p);
    c->end = c->start + length_of(p);
    struct ms_node *at = ms_child(n, "at"), *on = at ? NULL : ms_child(n, "on");
    if (at || on) {
        struct ms_times t = ms_parse_times(b, at ? at : on);
        c->start = t.start;
        c->end = t.end;
        c->moved = true;
        if (t.all_day != p->e->times.all_day)
            c->all_day = t.all_day;
    }
    c->subject = ms_child_text(b->recipe, &b->mem, n, "subject");
    c->location = ms_child_text(b->recipe, &b->mem, n, "location");
    c->body = ms_child_text(b->recipe, &b->mem, n, "body");
    c->busy = ms_child_choice(b->recipe, n, "busy", ms_busy_words, -1);
    c->has_message = ms_child_flag(b->recipe, n, "message", true);
    struct ms_node *reminder = ms_child(n, "reminder");
    if (reminder) {
        struct ms_words w;
        ms_words(b->recipe, &b->mem, reminder, &w);
        c->reminder_set = !ms_word_is(&w, "none");
        if (c->reminder_set)
            c->reminder = ms_word_span(&w);
    }
}

static size_t count_of(const struct ms_node *n, const char *word)
{
    size_t count = 0;
    for (const struct ms_node *c = n->child; c; c = c->next)
        count += !strcmp(c->word, word);
    return count;
}

static void read_plan(struct ms_build *b, struct plan *p)
{
    struct ms_node *n = p->e->d->node;
    size_t most = count_of(n, "skip") + count_of(n, "change") + 1;
    p->gone = ms_alloc(&b->mem, most * sizeof *p->gone);
    p->changes = ms_alloc(&b->mem, most * sizeof *p->changes);
    p->day_count = ms_series_days(&p->e->series, p->days, HORIZON, &p->more);
    for (struct ms_node *c = ms_child(n, "skip"); c; c = ms_again(c))
        p->gone[p->gone_count++] = day_of_series(b, p, c);
    p->deleted_count = p->gone_count;
    for (struct ms_node *c = ms_child(n, "change"); c; c = ms_again(c)) {
        read_change(b, p, c, &p->changes[p->change_count]);
        p->gone[p->gone_count++] = p->changes[p->change_count++].day;
    }
    for (size_t i = 0; i < p->gone_count; i++)
        for (size_t k = 0; k < i; k++)
            if (p->gone[i] == p->gone[k])
                ms_fail(b->recipe, n, "an occurrence is skipped or changed twice");
    qsort(p->changes, p->change_count, sizeof *p->changes, by_start);
}

static void put_blob(struct ms_build *b, struct plan *p)
{
    static const char *const versions[] = {"3009", "3008", "3006", NULL};
    static const unsigned numbers[] = {0x3009, 0x3008, 0x3006};
    struct ms_node *n = p->e->d->node;
    struct ms_bytes blob = {.mem = &b->mem};
    struct ms_series *s = &p->e->series;
    struct ms_bag *bag = &p->e->d->bag;
    s->writer_version2 = numbers[ms_child_choice(b->recipe, n, "blob-version", versions, 0)];
    s->keep = (size_t)ms_child_number(b->recipe, n, "blob-keep", 0, 0, 1 << 24);
    int64_t *gone = ms_copy(&b->mem, p->gone, p->gone_count * sizeof *gone);
    qsort(gone, p->gone_count, sizeof *gone, by_day);
    int begin = (int)(clock_of(p) / 60);
    ms_put_recur(&blob, s, gone, p->gone_count, p->changes, p->change_count, begin,
                 begin + (int)(length_of(p) / 60));
    ms_bin(bag, MS_LID(MS_APPT, 0x8216), blob.data, blob.size);
    ms_long(bag, MS_LID(MS_APPT, 0x8231), s->frequency - MS_DAILY + 1);
    ms_str(bag, MS_LID(MS_APPT, 0x8232), ms_child(n, "repeat")->rest);
    ms_time(bag, MS_LID(MS_APPT, 0x8235), ms_utc(&p->e->zone, s->given * MS_DAY));
    int64_t last = p->day_count ? p->days[p->day_count - 1] : s->start;
    ms_time(bag, MS_LID(MS_APPT, 0x8236),
            p->more ? (int64_t)79870665540 : ms_utc(&p->e->zone, last * MS_DAY)); /* 4500-12-31 23:59 */
}

/* The message of a changed occurrence: what differs, and what identifies it. */
static struct ms_item *exception_item(struct ms_build *b, struct plan *p, const struct ms_change *c)
{
    struct ms_event *e = p->e;
    struct ms_bag bag = {.mem = &b->mem};
    struct ms_bytes goid = {.mem = &b->mem}, clean = {.mem = &b->mem};
    ms_put_goid(&goid, e->d, c->day);
    ms_put_goid(&clean, e->d, 0);
    static const char message_class[] = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
    ms_str(&bag, MS_TAG(0x001a), message_class);
    ms_str(&bag, MS_TAG(0x0037), c->subject ? c->subject : e->d->subject);
    ms_long(&bag, MS_TAG(0x0e07), 1);
    ms_time(&bag, MS_TAG(0x3007), e->d->modified);
    ms_time(&bag, MS_TAG(0x3008), e->d->modified);
    ms_event_instants(&bag, ms_utc(&e->zone, c->start), ms_utc(&e->zone, c->end));
    ms_time(&bag, MS_LID(MS_APPT, 0x8228), ms_utc(&e->zone, c->day * MS_DAY + clock_of(p)));
    ms_bool(&bag, MS_LID(MS_APPT, 0x8215), c->all_day >= 0 ? c->all_day == 1 : e->times.all_day);
    ms_str(&bag, MS_LID(MS_APPT, 0x8208), c->location ? c->location : e->location);
    ms_long(&bag, MS_LID(MS_APPT, 0x8205), c->busy >= 0 ? c->busy : e->busy);
    ms_bool(&bag, MS_LID(MS_APPT, 0x8223), false);
    ms_bool(&bag, MS_LID(MS_MEETING, 0x0a), true);
    if (goid.size) {
        ms_bin(&bag, MS_LID(MS_MEETING, 0x03), goid.data, goid.size);
        ms_bin(&bag, MS_LID(MS_MEETING, 0x23), clean.data, clean.size);
    }
    if (c->body) {
        ms_str(&bag, MS_TAG(0x1000), c->body);
        ms_bool(&bag, MS_LID(MS_APPT, 0x8206), true);
    }
    if (c->reminder_set >= 0)
        ms_bool(&bag, MS_LID(MS_COMMON, 0x8503), c->reminder_set == 1);
    if (c->reminder >= 0)
        ms_long(&bag, MS_LID(MS_COMMON, 0x8501), c->reminder);
    struct ms_item *item = ms_alloc(&b->mem, sizeof *item);
    item->message_class = message_class;
    item->props = ms_props_of(&bag);
    return item;
}

static void put_messages(struct ms_build *b, struct plan *p)
{
    struct ms_draft *d = p->e->d;
    for (size_t i = 0; i < p->change_count; i++) {
        const struct ms_change *c = &p->changes[i];
        if (!c->has_message)
            continue;
        struct ms_bag bag = {.mem = &b->mem};
        ms_long(&bag, MS_TAG(0x3705), 5);
        ms_long(&bag, MS_TAG(0x370b), -1);
        ms_str(&bag, MS_TAG(0x3001), "Untitled");
        ms_bool(&bag, MS_TAG(0x7ffe), true);
        ms_long(&bag, MS_TAG(0x7ffd), 2);
        ms_time(&bag, MS_TAG(0x7ffb), c->start);
        ms_time(&bag, MS_TAG(0x7ffc), c->end);
        ms_time(&bag, MS_TAG(0x7ff9), ms_utc(&p->e->zone, c->day * MS_DAY + clock_of(p)));
        ms_add_attachment(d, &bag, exception_item(b, p, c));
    }
}

static void truth_when(struct ms_build *b, struct plan *p, const char *key, int64_t local, bool all_day)
{
    if (all_day)
        ms_truth_date(&b->truth, key, local / MS_DAY);
    else
        ms_truth_utc(&b->truth, key, ms_utc(&p->e->zone, local));
}

static const struct ms_change *change_at(const struct plan *p, int64_t day)
{
    for (size_t i = 0; i < p->change_count; i++)
        if (p->changes[i].day == day)
            return &p->changes[i];
    return NULL;
}

static void truth_occurrence(struct ms_build *b, struct plan *p, int64_t day)
{
    int64_t start = day * MS_DAY + clock_of(p), end = start + length_of(p);
    bool all_day = p->e->times.all_day;
    const struct ms_change *c = change_at(p, day);
    bool changed_all_day = c && c->all_day >= 0 ? c->all_day == 1 : all_day;
    ms_truth_open(&b->truth, NULL, '{');
    truth_when(b, p, "start", c ? c->start : start, changed_all_day);
    truth_when(b, p, "end", c ? c->end : end, changed_all_day);
    if (c) {
        truth_when(b, p, "original", start, all_day);
        ms_truth_text(&b->truth, "summary", c->subject);
        ms_truth_text(&b->truth, "location", c->location);
        ms_truth_text(&b->truth, "description", c->has_message ? c->body : NULL);
        if (c->busy >= 0)
            ms_truth_text(&b->truth, "busy", ms_busy_words[c->busy]);
        if (c->reminder_set >= 0)
            ms_truth_number(&b->truth, "reminder", c->reminder);
    }
    ms_truth_close(&b->truth, '}');
}

static void truth_series(struct ms_build *b, struct plan *p)
{
    ms_truth_true(&b->truth, "horizon", p->more);
    ms_truth_open(&b->truth, "deleted", '[');
    for (size_t i = 0; i < p->deleted_count; i++)
        truth_when(b, p, NULL, p->gone[i] * MS_DAY + clock_of(p), p->e->times.all_day);
    ms_truth_close(&b->truth, ']');
    ms_truth_open(&b->truth, "occurrences", '[');
    for (size_t i = 0; i < p->day_count; i++) {
        bool deleted = false;
        for (size_t k = 0; k < p->deleted_count; k++)
            deleted = deleted || p->gone[k] == p->days[i];
        if (!deleted)
            truth_occurrence(b, p, p->days[i]);
    }
    ms_truth_close(&b->truth, ']');
}

void ms_event_series(struct ms_build *b, struct ms_event *e)
{
    struct plan *p = ms_alloc(&b->mem, sizeof *p);
    p->e = e;
    read_plan(b, p);
    if (b->recipe->failed)
        return;
    /* Exception messages come first among the attachments; room for them is in the draft. */
    put_blob(b, p);
    put_messages(b, p);
    truth_series(b, p);
}
