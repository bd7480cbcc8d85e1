/*
 * tz.c - zones as Outlook stores them: see tz.h. Pure, part of the core.
 *
 * [MS-OXOCAL] 2.2.1.39, 2.2.1.41. One model serves both directions and the writer of
 * VTIMEZONE: a year belongs to one rule; within it the offset changes at the rule's two
 * transitions, and at its first second when the rule before ended with another offset.
 * Invariant: rules are sorted by from_year, fields are in range, transitions exist in
 * pairs or not at all.
 */
#include "tz.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "bytes.h"
#include "text.h"

#define STRUCT_SIZE 48u
#define RULE_SIZE   66u
#define BIAS_MOST   (26 * 60)
#define DAY         86400
#define YEAR_LEAST  1601
#define YEAR_MOST   65535
#define RULES_MOST  256u /* Windows keeps below 100 for any zone */

/* --- rules --------------------------------------------------------------- */

bool pl_tzrule_has_dst(const struct pl_tzrule *rule) { return rule->to_std.month != 0 && rule->to_dst.month != 0; }

static int offset_std(const struct pl_tzrule *r) { return -(r->bias_min + r->std_bias_min) * 60; }
static int offset_dst(const struct pl_tzrule *r) { return -(r->bias_min + r->dst_bias_min) * 60; }

/* The local second of a transition in a year. */
static int64_t transition_local(const struct pl_transition *t, int year)
{
    int day = t->day;
    if (t->year == 0) {
        int first = pl_weekday_of_days(pl_days_of_civil(year, t->month, 1));
        day = 1 + (t->dow - first + 7) % 7 + (t->day - 1) * 7;
    }
    int last = pl_month_days(year, t->month);
    while (day > last && t->year == 0)
        day -= 7;
    if (day > last)
        day = last;
    return pl_days_of_civil(year, t->month, day) * DAY + t->hour * 3600 + t->minute * 60 + t->second;
}

static int64_t year_start(int year) { return pl_days_of_civil(year, 1, 1) * DAY; }

/* Whether daylight time is in force at the end of a year: so south of the equator. */
static bool dst_at_end(const struct pl_tzrule *r, int year)
{
    const struct pl_transition *dst = &r->to_dst, *std = &r->to_std;
    if (dst->month != std->month)
        return pl_tzrule_has_dst(r) && dst->month > std->month;
    return pl_tzrule_has_dst(r) && transition_local(dst, year) > transition_local(std, year);
}

/* A transition at the first second of a year is Windows' way to say that the year has only
 * the other one: then the year begins with what that transition gives. */
static bool dst_at_start(const struct pl_tzrule *r, int year)
{
    if (!pl_tzrule_has_dst(r))
        return false;
    bool dst = dst_at_end(r, year);
    const struct pl_transition *first = dst ? &r->to_std : &r->to_dst;
    return first->month == 1 && transition_local(first, year) == year_start(year) ? !dst : dst;
}

static int offset_if(const struct pl_tzrule *r, bool dst) { return dst ? offset_dst(r) : offset_std(r); }

static int offset_at_end(const struct pl_tzrule *r, int year) { return offset_if(r, dst_at_end(r, year)); }

const struct pl_tzrule *pl_tz_rule(const struct pl_zone *zone, int year)
{
    const struct pl_tzrule *r = &zone->rules[0];
    for (size_t i = 1; i < zone->rule_count && zone->rules[i].from_year <= year; i++)
        r = &zone->rules[i];
    return r;
}

const struct pl_tzrule *pl_tz_effective(const struct pl_zone *zone)
{
    for (size_t i = zone->rule_count; i-- > 0;)
        if (zone->rules[i].flags & 2)
            return &zone->rules[i];
    return &zone->rules[zone->rule_count - 1];
}

static bool transition_same(const struct pl_transition *a, const struct pl_transition *b)
{
    return a->month == b->month && a->day == b->day && (a->year == 0) == (b->year == 0) &&
           (a->year != 0 || a->dow == b->dow) && a->hour == b->hour && a->minute == b->minute &&
           a->second == b->second;
}

bool pl_tzrule_same(const struct pl_tzrule *a, const struct pl_tzrule *b)
{
    if (offset_std(a) != offset_std(b) || pl_tzrule_has_dst(a) != pl_tzrule_has_dst(b))
        return false;
    return !pl_tzrule_has_dst(a) || (offset_dst(a) == offset_dst(b) && transition_same(&a->to_std, &b->to_std) &&
                                     transition_same(&a->to_dst, &b->to_dst));
}

bool pl_tz_same(const struct pl_zone *a, const struct pl_zone *b)
{
    if (a->rule_count != b->rule_count)
        return false;
    if (!memcmp(a->rules, b->rules, a->rule_count * sizeof *a->rules))
        return true;
    for (size_t i = 0; i < a->rule_count; i++)
        if (!pl_tzrule_same(&a->rules[i], &b->rules[i]) ||
            (i > 0 && a->rules[i].from_year != b->rules[i].from_year))
            return false;
    return true;
}

/* --- instants ------------------------------------------------------------ */

static void onset_add(struct pl_onset *out, size_t *n, int64_t local, int from, int to)
{
    if (from != to)
        out[(*n)++] = (struct pl_onset){.utc = local - from, .local = local, .from = from, .to = to};
}

size_t pl_tz_onsets(const struct pl_zone *zone, int year, struct pl_onset out[3])
{
    const struct pl_tzrule *r = pl_tz_rule(zone, year);
    size_t n = 0;
    int before = offset_at_end(pl_tz_rule(zone, year - 1), year - 1);
    bool dst = dst_at_end(r, year), dst_now = dst_at_start(r, year);
    if (before != offset_if(r, dst_now)) {
        onset_add(out, &n, year_start(year), before, offset_if(r, dst_now));
        out[0].new_rule = true;
        out[0].dst = dst_now;
    }
    if (!pl_tzrule_has_dst(r))
        return n;
    size_t at = n;
    if (dst_now == dst)
        onset_add(out, &n, transition_local(dst ? &r->to_std : &r->to_dst, year), offset_if(r, dst),
                  offset_if(r, !dst));
    onset_add(out, &n, transition_local(dst ? &r->to_dst : &r->to_std, year), offset_if(r, !dst),
              offset_if(r, dst));
    for (; at < n; at++)
        out[at].dst = out[at].to == offset_dst(r);
    return n;
}

/* The years whose onsets can decide about a moment: its own, and those that are less than a
 * month away. Offsets differ by days at most. */
static void years_near(int64_t seconds, int *from, int *to)
{
    struct pl_civil c = pl_civil_of(seconds);
    *from = c.year - (c.month == 1);
    *to = c.year + (c.month == 12);
}

/* The offset in force changes only at onsets, so the last one before decides. */
static int offset_at(const struct pl_zone *zone, int64_t utc)
{
    int from, to;
    years_near(utc, &from, &to);
    int offset = offset_at_end(pl_tz_rule(zone, from - 1), from - 1);
    for (int y = from; y <= to; y++) {
        struct pl_onset onsets[3];
        size_t n = pl_tz_onsets(zone, y, onsets);
        for (size_t i = 0; i < n; i++)
            if (onsets[i].utc <= utc)
                offset = onsets[i].to;
    }
    return offset;
}

int64_t pl_tz_local(const struct pl_zone *zone, int64_t utc) { return utc + offset_at(zone, utc); }

/* What holds at a time, and from and to which time none of these onsets changes that. */
static struct pl_tz_span span_of(const struct pl_zone *zone, int64_t local, int from, int to)
{
    struct pl_tz_span span = {INT64_MIN, INT64_MAX, offset_at_end(pl_tz_rule(zone, from - 1), from - 1)};
    /* Before an onset its `from` holds: so the first instant with this wall clock is the
     * one of the last onset whose new clock is not ahead of it. */
    for (int y = from; y <= to; y++) {
        struct pl_onset onsets[3];
        size_t n = pl_tz_onsets(zone, y, onsets);
        for (size_t i = 0; i < n; i++) {
            int64_t reached = onsets[i].to > onsets[i].from ? onsets[i].utc + onsets[i].to : onsets[i].local;
            if (reached > local) {
                span.to = reached < span.to ? reached : span.to;
                continue;
            }
            span.from = reached > span.from ? reached : span.from;
            span.offset = onsets[i].to;
        }
    }
    return span;
}

int64_t pl_tz_utc(const struct pl_zone *zone, int64_t local)
{
    int from, to;
    years_near(local, &from, &to);
    return local - span_of(zone, local, from, to).offset;
}

int64_t pl_tz_utc_next(const struct pl_zone *zone, int64_t local, struct pl_tz_span *span)
{
    int from, to;
    if (local >= span->from && local < span->to)
        return local - span->offset;
    years_near(local, &from, &to);
    *span = span_of(zone, local, from, to);
    /* the onsets of that year decide between its first and its last month */
    int64_t first = year_start(from) + 31 * DAY, last = year_start(from + 1) - 31 * DAY;
    span->from = from < to ? local : span->from < first ? first : span->from;
    span->to = from < to ? local : span->to > last ? last : span->to;
    return local - span->offset;
}

/* --- decoders ------------------------------------------------------------ */

/* SYSTEMTIME: false when it names no moment. All zeros: there is no transition. */
static bool transition_fits(const struct pl_transition *t)
{
    bool day_fits = t->day >= 1 && t->day <= (t->year == 0 ? 5 : 31);
    return t->year >= 0 && t->year <= YEAR_MOST && t->month >= 1 && t->month <= 12 && t->dow >= 0 && t->dow <= 6 &&
           day_fits && t->hour >= 0 && t->hour <= 23 && t->minute >= 0 && t->minute <= 59 && t->second >= 0 &&
           t->second <= 59;
}

static bool transition_read(struct pl_cursor *c, struct pl_transition *out)
{
    uint16_t f[8];
    for (size_t i = 0; i < 8; i++)
        f[i] = pl_take16(c);
    *out = (struct pl_transition){
        .year = f[0], .month = f[1], .dow = f[2], .day = f[3], .hour = f[4], .minute = f[5], .second = f[6]};
    if (f[1] == 0) {
        memset(out, 0, sizeof *out);
        return !c->failed;
    }
    return !c->failed && transition_fits(out);
}

static bool bias_fits(int32_t v) { return v >= -BIAS_MOST && v <= BIAS_MOST; }

static bool rule_fits(const struct pl_tzrule *r)
{
    bool dst = pl_tzrule_has_dst(r);
    return r->from_year >= 0 && r->from_year <= YEAR_MOST && bias_fits(r->bias_min) && bias_fits(r->std_bias_min) &&
           bias_fits(r->dst_bias_min) && (!dst || (transition_fits(&r->to_std) && transition_fits(&r->to_dst)));
}

bool pl_tz_is_sound(const struct pl_zone *zone)
{
    bool sound = zone->rule_count > 0;
    for (size_t i = 0; i < zone->rule_count && sound; i++)
        sound = rule_fits(&zone->rules[i]) && (!i || zone->rules[i].from_year > zone->rules[i - 1].from_year);
    return sound;
}

static bool biases_read(struct pl_cursor *c, struct pl_tzrule *out)
{
    out->bias_min = (int32_t)pl_take32(c);
    out->std_bias_min = (int32_t)pl_take32(c);
    out->dst_bias_min = (int32_t)pl_take32(c);
    return !c->failed && bias_fits(out->bias_min) && bias_fits(out->std_bias_min) && bias_fits(out->dst_bias_min);
}

/* Half a pair, or both at one moment, means no daylight time (as Windows has it). */
static void transitions_settle(struct pl_tzrule *r)
{
    if (!pl_tzrule_has_dst(r) || transition_same(&r->to_std, &r->to_dst)) {
        memset(&r->to_std, 0, sizeof r->to_std);
        memset(&r->to_dst, 0, sizeof r->to_dst);
    }
}

static void offset_name(int offset, char out[16])
{
    int minutes = abs(offset) / 60;
    char sign = offset < 0 ? '-' : '+';
    out[0] = sign;
    out[1] = (char)('0' + minutes / 600 % 10);
    out[2] = (char)('0' + minutes / 60 % 10);
    out[3] = (char)('0' + minutes % 60 / 10);
    out[4] = (char)('0' + minutes % 10);
    out[5] = 0;
}

/* A name that tells the rule, such as "UTC+0100 DST+0200 M3.5.0T0200 M10.5.0T0300". */
static const char *rule_name(struct pl_arena *a, const struct pl_tzrule *r)
{
    char std[16], dst[16];
    offset_name(offset_std(r), std);
    offset_name(offset_dst(r), dst);
    if (!pl_tzrule_has_dst(r))
        return pl_arena_printf(a, "UTC%s", std);
    const struct pl_transition *d = &r->to_dst, *s = &r->to_std;
    return pl_arena_printf(a, "UTC%s DST%s M%d.%c%d.%dT%02d%02d M%d.%c%d.%dT%02d%02d", std, dst, d->month,
                           d->year ? 'D' : 'W', d->day, d->year ? 0 : d->dow, d->hour, d->minute, s->month,
                           s->year ? 'D' : 'W', s->day, s->year ? 0 : s->dow, s->hour, s->minute);
}

bool pl_tz_struct(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_zone *out)
{
    memset(out, 0, sizeof *out);
    struct pl_cursor c = pl_cursor(data, size < STRUCT_SIZE ? size : STRUCT_SIZE);
    struct pl_tzrule *r = pl_arena_zalloc(a, 1, sizeof *r);
    if (!r || !biases_read(&c, r))
        return false;
    pl_take16(&c);
    bool fits = transition_read(&c, &r->to_std);
    pl_take16(&c);
    if (!transition_read(&c, &r->to_dst) || !fits)
        return false;
    transitions_settle(r);
    r->from_year = YEAR_LEAST;
    r->flags = 2;
    out->rules = r;
    out->rule_count = 1;
    out->tzid = rule_name(a, r);
    return out->tzid != NULL;
}

static bool rule_read(struct pl_cursor *c, struct pl_tzrule *out)
{
    pl_take32(c); /* versions, size of the rest */
    out->flags = pl_take16(c);
    out->from_year = pl_take16(c);
    pl_take(c, 14);
    if (!biases_read(c, out))
        return false;
    bool fits = transition_read(c, &out->to_std);
    if (!transition_read(c, &out->to_dst) || !fits)
        return false;
    transitions_settle(out);
    return true;
}

/* Inserts by year; of two rules for one year the effective one, else the later one, stays. */
static void rule_insert(struct pl_tzrule *rules, size_t *count, const struct pl_tzrule *r)
{
    size_t at = *count;
    while (at > 0 && rules[at - 1].from_year > r->from_year)
        at--;
    if (at > 0 && rules[at - 1].from_year == r->from_year) {
        if (!(rules[at - 1].flags & 2) || (r->flags & 2))
            rules[at - 1] = *r;
        return;
    }
    memmove(&rules[at + 1], &rules[at], (*count - at) * sizeof *rules);
    rules[at] = *r;
    (*count)++;
}

/* Rules that only repeat the one before say nothing; without them equality is plain. */
static size_t rules_merge(struct pl_tzrule *rules, size_t count)
{
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (pl_tzrule_same(&rules[i], &rules[kept - 1]))
            rules[kept - 1].flags |= rules[i].flags;
        else
            rules[kept++] = rules[i];
    }
    return kept;
}

static const uint8_t *header_read(struct pl_cursor *c, size_t *name_size)
{
    uint8_t major = pl_take8(c);
    pl_take8(c);
    size_t header = pl_take16(c);
    size_t body = c->at;
    pl_take16(c);
    *name_size = (size_t)pl_take16(c) * 2;
    const uint8_t *name = pl_take(c, *name_size);
    pl_take16(c); /* the count of rules, read again by the caller */
    if (c->failed || major != 2)
        return NULL;
    c->at -= 2;
    /* cbHeader may or may not count the two bytes of the count of rules. */
    return header == 0 || header + 2 >= c->at - body ? name : NULL;
}

bool pl_tz_definition(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_zone *out)
{
    memset(out, 0, sizeof *out);
    struct pl_cursor c = pl_cursor(data, size);
    size_t name_size, n = 0;
    const uint8_t *name = header_read(&c, &name_size);
    size_t stated = pl_take16(&c);
    if (!name || c.failed)
        return false;
    size_t there = pl_cursor_left(&c) / RULE_SIZE;
    if (stated > there)
        stated = there;
    if (stated > RULES_MOST)
        stated = RULES_MOST;
    struct pl_tzrule *rules = pl_arena_zalloc(a, stated ? stated : 1, sizeof *rules);
    if (!rules)
        return false;
    for (size_t i = 0; i < stated; i++) {
        struct pl_tzrule r = {0};
        struct pl_cursor rule = pl_cursor(pl_take(&c, RULE_SIZE), RULE_SIZE);
        if (rule_read(&rule, &r))
            rule_insert(rules, &n, &r);
    }
    if (n == 0)
        return false;
    unsigned replaced = 0;
    out->rule_count = rules_merge(rules, n);
    out->rules = rules;
    out->tzid = pl_text_utf16(a, name, name_size, &replaced);
    if (out->tzid && !out->tzid[0])
        out->tzid = rule_name(a, &rules[out->rule_count - 1]);
    return out->tzid != NULL;
}
