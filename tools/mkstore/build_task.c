/*
 * build_task.c - tasks, journal entries, sticky notes, delegate data, other items.
 *
 * [MS-OXOTASK] 2.2.2, [MS-OXOJRNL] 2.2.1, [MS-OXONOTE] 2.2.1, [MS-OXODLGT] 2.2.2.
 */
#include <string.h>

#include "build.h"

static bool day_of(struct ms_build *b, struct ms_draft *d, const char *word, int64_t *day)
{
    struct ms_node *c = ms_child(d->node, word);
    struct ms_words w;
    if (!c)
        return false;
    ms_words(b->recipe, &b->mem, c, &w);
    *day = ms_word_date(&w);
    ms_truth_date(&b->truth, word, *day);
    return true;
}

static int64_t utc_of(const struct ms_draft *d, int64_t local) { return d->zone ? ms_utc(d->zone, local) : local; }

static void put_task_series(struct ms_build *b, struct ms_draft *d, int64_t start)
{
    struct ms_node *c = ms_child(d->node, "repeat");
    struct ms_words w;
    struct ms_bytes blob = {.mem = &b->mem};
    struct ms_series s = {.start = start};
    ms_bool(&d->bag, MS_LID(MS_TASK, 0x8126), c != NULL);
    if (!c)
        return;
    if (!start)
        ms_fail(b->recipe, c, "a series wants `due` or `start`");
    s.sliding = ms_child_flag(b->recipe, d->node, "regenerates", false);
    ms_words(b->recipe, &b->mem, c, &w);
    ms_series_parse(&w, &s);
    if (b->recipe->failed)
        return;
    ms_put_pattern(&blob, &s, NULL, 0, NULL, 0);
    ms_bin(&d->bag, MS_LID(MS_TASK, 0x8116), blob.data, blob.size);
    ms_truth_text(&b->truth, "repeat", c->rest);
    ms_truth_true(&b->truth, "regenerates", s.sliding);
    int64_t days[100];
    bool more;
    size_t count = ms_series_days(&s, days, 100, &more);
    if (!s.sliding && count && days[0] != start)
        ms_fail(b->recipe, c, "the task stands on no day of the series");
    ms_truth_true(&b->truth, "horizon", more);
    ms_truth_open(&b->truth, "occurrences", '[');
    for (size_t i = 0; i < count; i++)
        ms_truth_date(&b->truth, NULL, days[i]);
    ms_truth_close(&b->truth, ']');
}

static void put_task_reminder(struct ms_build *b, struct ms_draft *d)
{
    struct ms_node *c = ms_child(d->node, "remind");
    struct ms_words w;
    bool utc;
    ms_bool(&d->bag, MS_LID(MS_COMMON, 0x8503), c != NULL);
    if (!c)
        return;
    ms_words(b->recipe, &b->mem, c, &w);
    int64_t at = ms_word_moment(&w, &utc);
    at = utc ? at : utc_of(d, at);
    ms_time(&d->bag, MS_LID(MS_COMMON, 0x8502), at);
    ms_time(&d->bag, MS_LID(MS_COMMON, 0x8560), at);
    ms_truth_utc(&b->truth, "remind", at);
}

void ms_build_task(struct ms_build *b, struct ms_draft *d)
{
    static const char *const states[] = {"not-started", "in-progress", "complete", "waiting", "deferred", NULL};
    ms_draft_begin(b, d);
    int64_t start = 0, due = 0, done = 0;
    bool has_start = day_of(b, d, "start", &start), has_due = day_of(b, d, "due", &due);
    int state = ms_child_choice(b->recipe, d->node, "status", states, 0);
    long long percent = ms_child_number(b->recipe, d->node, "percent", state == 2 ? 100 : 0, 0, 100);
    if (has_start) {
        ms_time(&d->bag, MS_LID(MS_TASK, 0x8104), start * MS_DAY);
        ms_time(&d->bag, MS_LID(MS_COMMON, 0x8516), utc_of(d, start * MS_DAY));
    }
    if (has_due) {
        ms_time(&d->bag, MS_LID(MS_TASK, 0x8105), due * MS_DAY);
        ms_time(&d->bag, MS_LID(MS_COMMON, 0x8517), utc_of(d, due * MS_DAY));
    }
    if (day_of(b, d, "completed", &done))
        ms_time(&d->bag, MS_LID(MS_TASK, 0x810f), utc_of(d, done * MS_DAY));
    ms_long(&d->bag, MS_LID(MS_TASK, 0x8101), state);
    ms_double(&d->bag, MS_LID(MS_TASK, 0x8102), (double)percent / 100);
    ms_bool(&d->bag, MS_LID(MS_TASK, 0x811c), state == 2);
    const char *owner = ms_child_text(b->recipe, &b->mem, d->node, "owner");
    ms_str(&d->bag, MS_LID(MS_TASK, 0x811f), owner);
    ms_truth_text(&b->truth, "owner", owner);
    ms_truth_text(&b->truth, "status", states[state]);
    ms_truth_number(&b->truth, "percent", percent);
    put_task_series(b, d, has_due ? due : start);
    put_task_reminder(b, d);
    ms_draft_finish(b, d);
}

void ms_build_journal(struct ms_build *b, struct ms_draft *d)
{
    ms_draft_begin(b, d);
    struct ms_node *at = ms_child(d->node, "at");
    const char *type = ms_child_text(b->recipe, &b->mem, d->node, "type");
    if (at) {
        struct ms_times t = ms_parse_times(b, at);
        int64_t start = t.utc ? t.start : utc_of(d, t.start), end = t.utc ? t.end : utc_of(d, t.end);
        ms_time(&d->bag, MS_LID(MS_LOG, 0x8706), start);
        ms_time(&d->bag, MS_LID(MS_LOG, 0x8708), end);
        ms_long(&d->bag, MS_LID(MS_LOG, 0x8707), (end - start) / 60);
        ms_truth_utc(&b->truth, "start", start);
        ms_truth_number(&b->truth, "minutes", (end - start) / 60);
    }
    ms_str(&d->bag, MS_LID(MS_LOG, 0x8700), type);
    ms_str(&d->bag, MS_LID(MS_LOG, 0x8712), type);
    ms_truth_text(&b->truth, "type", type);
    ms_draft_finish(b, d);
}

void ms_build_note(struct ms_build *b, struct ms_draft *d)
{
    static const char *const colors[] = {"blue", "green", "pink", "yellow", "white", NULL};
    ms_draft_begin(b, d);
    int color = ms_child_choice(b->recipe, d->node, "color", colors, 3);
    ms_long(&d->bag, MS_LID(MS_NOTE, 0x8b00), color);
    ms_truth_text(&b->truth, "color", colors[color]);
    ms_draft_finish(b, d);
}

/* `delegate PERSON` with `sees-private` below. */
void ms_build_freebusy(struct ms_build *b, struct ms_draft *d)
{
    const char *names[64];
    struct ms_bytes ids[64];
    uint32_t flags[64];
    size_t count = 0;
    ms_draft_begin(b, d);
    ms_truth_open(&b->truth, "delegates", '[');
    for (struct ms_node *c = ms_child(d->node, "delegate"); c && count < 64; c = ms_again(c), count++) {
        struct ms_person p = ms_person_of(b, c, ms_string(b->recipe, &b->mem, c));
        names[count] = p.name;
        ids[count] = (struct ms_bytes){.mem = &b->mem};
        ms_put_person_id(&ids[count], &p);
        flags[count] = ms_child_flag(b->recipe, c, "sees-private", false);
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_person(b, "delegate", &p);
        ms_truth_bool(&b->truth, "seesPrivate", flags[count]);
        ms_truth_close(&b->truth, '}');
    }
    ms_truth_close(&b->truth, ']');
    bool copy = ms_child_flag(b->recipe, d->node, "wants-copy", true),
         info = ms_child_flag(b->recipe, d->node, "wants-info", false);
    ms_long(&d->bag, MS_TAG(0x6841), 0);
    ms_bool(&d->bag, MS_TAG(0x6842), copy);
    ms_bool(&d->bag, MS_TAG(0x6843), true);
    ms_bool(&d->bag, MS_TAG(0x684b), info);
    ms_long(&d->bag, MS_TAG(0x6869), ms_child_number(b->recipe, d->node, "months", 2, 0, 36));
    ms_truth_bool(&b->truth, "wantsCopy", copy);
    ms_truth_bool(&b->truth, "wantsInfo", info);
    if (count) {
        ms_strs(&d->bag, MS_TAG(0x6844), names, count);
        ms_strs(&d->bag, MS_TAG(0x684a), names, count);
        ms_bins(&d->bag, MS_TAG(0x6845), ids, count);
        ms_longs(&d->bag, MS_TAG(0x686b), flags, count);
    }
    ms_draft_finish(b, d);
}

void ms_build_other(struct ms_build *b, struct ms_draft *d)
{
    ms_draft_begin(b, d);
    ms_draft_finish(b, d);
}
