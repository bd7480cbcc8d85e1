/*
 * series.c - patterns in words, their dates by counting, their blobs. See series.h.
 *
 * Outlook's rule for short months: a day that a month lacks is its last day.
 */
#include "series.h"

#include <stdio.h>
#include <string.h>

static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const char *const groups[] = {"day", "weekday", "weekend", NULL};
static const unsigned group_masks[] = {0x7f, 0x3e, 0x41};
static const char *const ordinals[] = {"first", "second", "third", "fourth", "last", NULL};
/* Calendars that count months and days as the Gregorian one does, by CalendarType. */
static const char *const calendars[] = {"default", "gregorian", "gregorian-us", "japan", "taiwan", "korea", NULL};

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

static int64_t month_of(int64_t day)
{
    struct ms_date d = ms_date_of(day);
    return (int64_t)d.year * 12 + d.month - 1;
}

static int64_t nth_day(const struct ms_series *s, int year, int month)
{
    int64_t first = ms_days(year, month, 1), found = first;
    int length = ms_month_length(year, month), seen = 0;
    for (int i = 0; i < length && seen < s->nth; i++) {
        if (s->days >> ms_weekday(first + i) & 1) {
            found = first + i;
            seen += s->nth < 5;
        }
    }
    return found;
}

static int64_t day_in_month(const struct ms_series *s, int64_t month)
{
    int year = (int)(month / 12), m = (int)(month % 12) + 1, length = ms_month_length(year, m);
    if (s->pattern == MS_P_NTH)
        return nth_day(s, year, m);
    return ms_days(year, m, s->pattern == MS_P_END || s->day > length ? length : s->day);
}

static int64_t period_months(const struct ms_series *s)
{
    return s->frequency == MS_YEARLY ? (int64_t)s->every * 12 : s->every;
}

static int64_t week_of(const struct ms_series *s)
{
    return s->start - (ms_weekday(s->start) - s->first_dow + 7) % 7;
}

/* The k-th day that the pattern could mean, counted from the start; weeks have seven. -1: not one of it. */
static int64_t candidate(const struct ms_series *s, int64_t k)
{
    if (s->pattern == MS_P_DAY)
        return s->start + k * s->every;
    if (s->pattern != MS_P_WEEK)
        return day_in_month(s, month_of(s->start) + k * period_months(s));
    int64_t day = week_of(s) + k / 7 * 7 * s->every + k % 7;
    return s->days >> ms_weekday(day) & 1 ? day : INT64_MIN;
}

size_t ms_series_days(const struct ms_series *s, int64_t *out, size_t room, bool *more)
{
    size_t count = 0;
    *more = false;
    for (int64_t k = 0; s->end != MS_TIMES || count < (size_t)s->times; k++) {
        int64_t day = candidate(s, k);
        if (day == INT64_MIN || day < s->start)
            continue;
        if (s->end == MS_UNTIL && day > s->until)
            break;
        if (count == room) {
            *more = true;
            break;
        }
        out[count++] = day;
    }
    return count;
}

static void parse_end(struct ms_words *w, struct ms_series *s)
{
    static const char *const words[] = {"until", "times", "forever", NULL};
    s->end = MS_UNTIL + (unsigned)ms_choice(w->recipe, w->node, ms_word(w), words);
    if (s->end == MS_UNTIL)
        s->until = ms_word_date(w);
    if (s->end == MS_TIMES)
        s->times = (int)ms_word_number(w, 1, 100000);
}

void ms_series_parse(struct ms_words *w, struct ms_series *s)
{
    parse_pattern(w, s);
    parse_end(w, s);
    while (ms_word_more(w)) {
        if (ms_word_is(w, "week-starts"))
            s->first_dow = ms_choice(w->recipe, w->node, ms_word(w), weekdays);
        else if (ms_word_is(w, "calendar"))
            s->calendar = (unsigned)ms_choice(w->recipe, w->node, ms_word(w), calendars);
        else
            ms_fail(w->recipe, w->node, "`%s` is no part of a series", ms_word(w));
    }
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
}

static uint32_t day_rt(int64_t day) { return ms_rtime(day * MS_DAY); }

/* FirstDateTime: the phase of the pattern, counted from 1601. */
static uint32_t phase(const struct ms_series *s)
{
    if (s->pattern == MS_P_DAY)
        return day_rt(s->start) % ((uint32_t)s->every * 1440u);
    if (s->pattern == MS_P_WEEK)
        return day_rt(week_of(s)) % ((uint32_t)s->every * 10080u);
    int64_t months = (month_of(s->start) - 1601 * 12) % period_months(s);
    return day_rt(ms_days(1601 + (int)(months / 12), (int)(months % 12) + 1, 1));
}

static uint32_t end_rt(const struct ms_series *s)
{
    if (s->end == MS_FOREVER)
        return 0x5ae980dfu;
    if (s->end == MS_UNTIL)
        return day_rt(s->until);
    int64_t last = s->start, k = 0;
    for (int seen = 0; seen < s->times; k++) {
        int64_t day = candidate(s, k);
        if (day != INT64_MIN && day >= s->start) {
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
    ms_put16(b, s->pattern);
    ms_put16(b, s->calendar);
    ms_put32(b, phase(s));
    ms_put32(b, (uint32_t)(s->pattern == MS_P_DAY    ? s->every * 1440
                           : s->pattern == MS_P_WEEK ? s->every
                                                     : period_months(s)));
    ms_put32(b, s->sliding);
    put_specific(b, s);
    ms_put32(b, s->end);
    ms_put32(b, s->end == MS_TIMES ? (uint32_t)s->times : 10);
    ms_put32(b, (uint32_t)s->first_dow);
    ms_put32(b, (uint32_t)gone_count);
    for (size_t i = 0; i < gone_count; i++)
        ms_put32(b, day_rt(gone[i]));
    ms_put32(b, (uint32_t)came_count);
    for (size_t i = 0; i < came_count; i++)
        ms_put32(b, day_rt(came[i]));
    ms_put32(b, day_rt(s->start));
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
