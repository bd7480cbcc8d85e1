/*
 * series.c - patterns in words, their dates by counting, their blobs. See series.h.
 *
 * Outlook's rule for short months: a day that a month lacks is its last day. Months are those of the
 * pattern's calendar (calendar.h), walked one by one.
 */
#include "series.h"

#include <stdio.h>
#include <string.h>

#include "calendar.h"

#define LAST_DAY 924428 /* 4500-12-31 */

static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const char *const groups[] = {"day", "weekday", "weekend", NULL};
static const unsigned group_masks[] = {0x7f, 0x3e, 0x41};
static const char *const ordinals[] = {"first", "second", "third", "fourth", "last", NULL};
static unsigned mask_of(struct ms_words *w, const char *text)
{
    unsigned mask = 0;
    for (int i = 0; groups[i]; i++)
        if (!strcmp(groups[i], text))
            return group_masks[i];
    char copy[64];
    char *save = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *day = strtok_r(copy, ",", &save); day; day = strtok_r(NULL, ",", &save))
        mask |= 1u << ms_choice(w->recipe, w->node, day, weekdays);
    return mask;
}

static void parse_pattern(struct ms_words *w, struct ms_series *s)
{
    static const char *const words[] = {"daily", "weekdays", "weekly", "monthly", "yearly", NULL};
    int which = ms_choice(w->recipe, w->node, ms_word(w), words);
    s->every = ms_word_is(w, "every") ? (int)ms_word_number(w, 1, 999) : 1;
    s->frequency = which == 0 ? MS_DAILY : which == 1 ? MS_DAILY : MS_DAILY + (unsigned)which - 1;
    if (which == 0)
        return;
    if (which <= 2) {
        s->pattern = MS_P_WEEK;
        s->days = which == 1 ? 0x3e : mask_of(w, ms_word(w));
        return;
    }
    if (ms_word_is(w, "day")) {
        s->pattern = MS_P_MONTH;
        s->day = (int)ms_word_number(w, 1, 31);
    } else if (ms_word_is(w, "last-day")) {
        s->pattern = MS_P_END;
        s->day = 31;
    } else {
        s->pattern = MS_P_NTH;
        s->nth = ms_choice(w->recipe, w->node, ms_word(w), ordinals) + 1;
        s->days = mask_of(w, ms_word(w));
    }
}

static int64_t nth_day(const struct ms_series *s, const struct ms_month *m)
{
    int64_t found = m->first;
    int seen = 0;
    for (int i = 0; i < m->length && seen < s->nth; i++) {
        if (s->days >> ms_weekday(m->first + i) & 1) {
            found = m->first + i;
            seen += s->nth < 5;
        }
    }
    return found;
}

static int64_t day_in_month(const struct ms_series *s, const struct ms_month *m)
{
    if (s->pattern == MS_P_NTH)
        return nth_day(s, m);
    return m->first + (s->pattern == MS_P_END || s->day > m->length ? m->length : s->day) - 1;
}

static int64_t period_months(const struct ms_series *s)
{
    return s->frequency == MS_YEARLY ? (int64_t)s->every * 12 : s->every;
}

static int64_t week_of(const struct ms_series *s)
{
    return s->start - (ms_weekday(s->start) - s->first_dow + 7) % 7;
}

/* Goes through the days that a pattern could mean, from its first period on. */
struct walk {
    const struct ms_series *s;
    enum ms_calendar calendar;
    int64_t k;             /* days, or days of weeks that count */
    struct ms_month month; /* the next one that counts */
    int year, number;      /* of the first month */
};

static struct walk walk_begin(const struct ms_series *s)
{
    struct walk w = {.s = s, .calendar = ms_calendar_of(s->calendar, s->hijri)};
    if (s->pattern >= MS_P_MONTH)
        w.month = ms_month_at(w.calendar, s->start);
    w.year = w.month.year;
    w.number = w.month.number;
    return w;
}

/* A year that lacks a month has the next one instead: Adar for Adar I. */
static bool same_name(const struct walk *w, const struct ms_month *m)
{
    struct ms_month next = m->number == w->number + 1 ? ms_month_at(w->calendar, m->first - 1) : *m;
    return !m->leap && (m->number == w->number || (m->number == w->number + 1 && next.number < w->number));
}

static void month_next(struct walk *w)
{
    int passed = 0;
    struct ms_month *m = &w->month;
    do {
        *m = ms_month_at(w->calendar, m->first + m->length);
        passed++;
    } while (m->length && m->first <= LAST_DAY &&
             (w->s->frequency == MS_YEARLY ? (m->year - w->year) % w->s->every != 0 || !same_name(w, m)
                                           : passed < w->s->every));
}

/* The next day, INT64_MIN for one of a week that does not count, INT64_MAX where the calendar is not known. */
static int64_t walk_next(struct walk *w)
{
    const struct ms_series *s = w->s;
    int64_t k = w->k++, day;
    if (s->pattern == MS_P_DAY || s->pattern == MS_P_WEEK) {
        if (s->start + (s->pattern == MS_P_DAY ? k : k / 7 * 7) * s->every > LAST_DAY)
            return INT64_MAX;
        if (s->pattern == MS_P_DAY)
            return s->start + k * s->every;
        day = week_of(s) + k / 7 * 7 * s->every + k % 7;
        return s->days >> ms_weekday(day) & 1 ? day : INT64_MIN;
    }
    if (!w->month.length || w->month.first > LAST_DAY)
        return INT64_MAX;
    day = day_in_month(s, &w->month);
    month_next(w);
    return day;
}

size_t ms_series_days(const struct ms_series *s, int64_t *out, size_t room, bool *more)
{
    struct walk w = walk_begin(s);
    size_t count = 0;
    *more = false;
    while (s->end != MS_TIMES || count < (size_t)s->times) {
        int64_t day = walk_next(&w);
        if (day < s->start)
            continue;
        if (s->end == MS_UNTIL && day > s->until)
            break;
        *more = day == INT64_MAX;
        if (*more)
            break;
        if (count == room) {
            *more = true;
            break;
        }
        out[count++] = day;
    }
    return count;
}

/* Whether the pattern, counted backwards, has a day before its start. */
static bool had_day(const struct ms_series *s, int64_t day)
{
    enum ms_calendar calendar = ms_calendar_of(s->calendar, s->hijri);
    int64_t week = day - (ms_weekday(day) - s->first_dow + 7) % 7;
    if (s->pattern == MS_P_DAY)
        return (s->start - day) % s->every == 0;
    if (s->pattern == MS_P_WEEK)
        return (s->days >> ms_weekday(day) & 1) && (week_of(s) - week) / 7 % s->every == 0;
    struct ms_month m = ms_month_at(calendar, day), first = ms_month_at(calendar, s->start);
    return day_in_month(s, &m) == day && ms_months_between(calendar, m.first, first.first) % period_months(s) == 0;
}

/* A StartDate before the first day: nothing of the pattern may lie between, or it would be the first day. */
static void check_given(struct ms_words *w, const struct ms_series *s)
{
    if (s->given > s->start)
        ms_fail(w->recipe, w->node, "`start-date` is after the first day of the series");
    for (int64_t day = s->given; day < s->start && !w->recipe->failed; day++)
        if (had_day(s, day))
            ms_fail(w->recipe, w->node, "a day of the pattern lies between `start-date` and the first day");
}

static void parse_end(struct ms_words *w, struct ms_series *s)
{
    static const char *const words[] = {"until", "times", "forever", "endless", NULL};
    s->end = MS_UNTIL + (unsigned)ms_choice(w->recipe, w->node, ms_word(w), words);
    if (s->end == MS_UNTIL)
        s->until = ms_word_date(w);
    if (s->end == MS_TIMES)
        s->times = (int)ms_word_number(w, 1, 100000);
}

static void parse_options(struct ms_words *w, struct ms_series *s)
{
    while (ms_word_more(w)) {
        if (ms_word_is(w, "week-starts"))
            s->first_dow = ms_choice(w->recipe, w->node, ms_word(w), weekdays);
        else if (ms_word_is(w, "calendar"))
            s->calendar = ms_calendar_types[ms_choice(w->recipe, w->node, ms_word(w), ms_calendar_words)];
        else if (ms_word_is(w, "hj"))
            s->hijri = true;
        else if (ms_word_is(w, "start-date"))
            s->given = ms_word_date(w);
        else
            ms_fail(w->recipe, w->node, "`%s` is no part of a series", ms_word(w));
    }
    if (s->hijri && s->pattern < MS_P_MONTH)
        ms_fail(w->recipe, w->node, "`hj` is for months and years");
}

/* Whether all occurrences that are counted lie within what is known of the calendar. */
static bool has_all(const struct ms_series *s)
{
    struct walk w = walk_begin(s);
    for (int seen = 0; seen < s->times;) {
        int64_t day = walk_next(&w);
        if (day == INT64_MAX)
            return false;
        seen += day >= s->start;
    }
    return true;
}

void ms_series_parse(struct ms_words *w, struct ms_series *s)
{
    parse_pattern(w, s);
    parse_end(w, s);
    parse_options(w, s);
    if (s->pattern == MS_P_WEEK && !s->days)
        s->days = 1u << ms_weekday(s->start);
    int64_t first = 0;
    bool more;
    if (w->recipe->failed)
        return;
    /* A yearly pattern keeps the month of its start; others move on to the first day that fits. */
    if (ms_series_days(s, &first, 1, &more))
        s->start = first;
    else
        ms_fail(w->recipe, w->node, "the series has no day");
    if (s->end == MS_TIMES && !has_all(s))
        ms_fail(w->recipe, w->node, "the calendar ends before the series");
    if (!s->given)
        s->given = s->start;
    check_given(w, s);
}

static uint32_t day_rt(int64_t day) { return ms_rtime(day * MS_DAY); }

/* FirstDateTime: the phase of the pattern, counted from 1601. */
static uint32_t phase(const struct ms_series *s)
{
    if (s->pattern == MS_P_DAY)
        return day_rt(s->start) % ((uint32_t)s->every * 1440u);
    if (s->pattern == MS_P_WEEK)
        return day_rt(week_of(s)) % ((uint32_t)s->every * 10080u);
    enum ms_calendar calendar = ms_calendar_of(s->calendar, s->hijri);
    int64_t origin = ms_calendar_origin(calendar), first = ms_month_at(calendar, s->start).first;
    /* the table of Umm al-Qura begins late: the arithmetic months of that time stand for it */
    enum ms_calendar counted = calendar == MS_UMALQURA ? MS_HIJRI : calendar;
    struct ms_month m = ms_month_at(counted, origin);
    for (int64_t left = ms_months_between(counted, origin, first) % period_months(s); left > 0; left--)
        m = ms_month_at(counted, m.first + m.length);
    return day_rt(m.first);
}

static uint32_t end_rt(const struct ms_series *s)
{
    if (s->end >= MS_FOREVER)
        return 0x5ae980dfu;
    if (s->end == MS_UNTIL)
        return day_rt(s->until);
    struct walk w = walk_begin(s);
    int64_t last = s->start;
    for (int seen = 0; seen < s->times;) {
        int64_t day = walk_next(&w);
        if (day == INT64_MAX)
            break;
        if (day >= s->start) {
            last = day;
            seen++;
        }
    }
    return day_rt(last);
}

static void put_specific(struct ms_bytes *b, const struct ms_series *s)
{
    if (s->pattern == MS_P_WEEK || s->pattern == MS_P_NTH)
        ms_put32(b, s->days);
    if (s->pattern == MS_P_NTH)
        ms_put32(b, (uint32_t)s->nth);
    if (s->pattern == MS_P_MONTH || s->pattern == MS_P_END)
        ms_put32(b, (uint32_t)s->day);
}

void ms_put_pattern(struct ms_bytes *b, const struct ms_series *s, const int64_t *gone, size_t gone_count,
                    const int64_t *came, size_t came_count)
{
    ms_put16(b, 0x3004);
    ms_put16(b, 0x3004);
    ms_put16(b, s->frequency);
    ms_put16(b, s->pattern + (s->hijri ? 8u : 0));
    ms_put16(b, s->calendar);
    ms_put32(b, phase(s));
    ms_put32(b, (uint32_t)(s->pattern == MS_P_DAY    ? s->every * 1440
                           : s->pattern == MS_P_WEEK ? s->every
                                                     : period_months(s)));
    ms_put32(b, s->sliding);
    put_specific(b, s);
    ms_put32(b, s->end == MS_ENDLESS ? 0xffffffffu : s->end);
    ms_put32(b, s->end == MS_TIMES ? (uint32_t)s->times : 10);
    ms_put32(b, (uint32_t)s->first_dow);
    ms_put32(b, (uint32_t)gone_count);
    for (size_t i = 0; i < gone_count; i++)
        ms_put32(b, day_rt(gone[i]));
    ms_put32(b, (uint32_t)came_count);
    for (size_t i = 0; i < came_count; i++)
        ms_put32(b, day_rt(came[i]));
    ms_put32(b, day_rt(s->given));
    ms_put32(b, end_rt(s));
}

static unsigned change_flags(const struct ms_change *c)
{
    return (c->subject ? 0x1u : 0) | (c->reminder >= 0 ? 0x4u : 0) | (c->reminder_set >= 0 ? 0x8u : 0) |
           (c->location ? 0x10u : 0) | (c->busy >= 0 ? 0x20u : 0) | (c->all_day >= 0 ? 0x80u : 0) |
           (c->body ? 0x200u : 0);
}

/* The 8-bit twin of a text: Latin-1, else `?`, as an author of western Europe leaves it. */
static void put_text8(struct ms_bytes *b, const char *text)
{
    struct ms_bytes narrow = {.mem = b->mem};
    while (*text) {
        uint32_t c = ms_next_char(&text);
        ms_put8(&narrow, c < 0x80 || (c >= 0xa0 && c <= 0xff) ? c : '?');
    }
    ms_put16(b, (unsigned)narrow.size + 1);
    ms_put16(b, (unsigned)narrow.size);
    ms_put(b, narrow.data, narrow.size);
}

static void put_times(struct ms_bytes *b, const struct ms_change *c, int start_min)
{
    ms_put32(b, ms_rtime(c->start));
    ms_put32(b, ms_rtime(c->end));
    ms_put32(b, day_rt(c->day) + (uint32_t)start_min);
}

static void put_exception(struct ms_bytes *b, const struct ms_change *c, int start_min)
{
    put_times(b, c, start_min);
    ms_put16(b, change_flags(c));
    if (c->subject)
        put_text8(b, c->subject);
    if (c->reminder >= 0)
        ms_put32(b, (uint32_t)c->reminder);
    if (c->reminder_set >= 0)
        ms_put32(b, (uint32_t)c->reminder_set);
    if (c->location)
        put_text8(b, c->location);
    if (c->busy >= 0)
        ms_put32(b, (uint32_t)c->busy);
    if (c->all_day >= 0)
        ms_put32(b, (uint32_t)c->all_day);
}

static void put_text16(struct ms_bytes *b, const char *text)
{
    struct ms_bytes wide = {.mem = b->mem};
    ms_put16(b, (unsigned)ms_put_utf16(&wide, text));
    ms_put(b, wide.data, wide.size);
}

static void put_extended(struct ms_bytes *b, const struct ms_series *s, const struct ms_change *c, int start_min)
{
    if (s->writer_version2 >= 0x3009) {
        ms_put32(b, 4);
        ms_put32(b, 0);
    }
    ms_put32(b, 0);
    if (!c->subject && !c->location)
        return;
    put_times(b, c, start_min);
    if (c->subject)
        put_text16(b, c->subject);
    if (c->location)
        put_text16(b, c->location);
    ms_put32(b, 0);
}

void ms_put_recur(struct ms_bytes *b, const struct ms_series *s, const int64_t *gone, size_t gone_count,
                  const struct ms_change *changes, size_t change_count, int start_min, int end_min)
{
    int64_t *came = ms_alloc(b->mem, (change_count + 1) * sizeof *came);
    for (size_t i = 0; i < change_count; i++)
        came[i] = changes[i].start / MS_DAY - (changes[i].start % MS_DAY < 0);
    ms_put_pattern(b, s, gone, gone_count, came, change_count);
    ms_put32(b, 0x3006);
    ms_put32(b, s->writer_version2);
    ms_put32(b, (uint32_t)start_min);
    ms_put32(b, (uint32_t)end_min);
    ms_put16(b, (unsigned)change_count);
    for (size_t i = 0; i < change_count; i++)
        put_exception(b, &changes[i], start_min);
    ms_put32(b, 0);
    for (size_t i = 0; i < change_count; i++)
        put_extended(b, s, &changes[i], start_min);
    ms_put32(b, 0);
    if (s->keep && s->keep < b->size)
        b->size = s->keep;
}
