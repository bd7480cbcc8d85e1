/*
 * judge.c - proof by another program's eyes: see judge.h.
 *
 * Layer: formats; the only user of libical. The written text is parsed, its rule is
 * expanded by libical, dates are added and taken away as RFC 5545 3.8.5 says, and
 * overrides put in place. The expectation comes from expand.c, which knows nothing
 * of iCalendar. Bounded: never more occurrences than the expectation has, plus one.
 */
#include "judge.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_YEAR 1601 /* of all times in stores */
#define LAST_YEAR  2580
#define ROOM_LEAST ((size_t)1 << 20) /* what ICU loads with its first calendar, and some more */
#define ROOM_EACH  64u               /* for each byte of the text */

#define MONTHS_BEFORE 24     /* of the first series with a rule, others may begin */
#define REACH_MOST    12000u /* dates that are remembered of one rule */

struct moments {
    int64_t *list;
    size_t count, room;
};

struct override {
    int64_t original, start, end;
};

/* What was written, on the clock of the series. */
struct sides {
    struct moments written, gone;
    struct override *overrides;
    size_t override_count;
    int64_t length;     /* of the master */
    bool is_date, ends; /* the rule names its end */
    bool drifts;        /* the rule keeps to UTC, and the clock does not */
};

static int64_t seconds_of(struct icaltimetype t)
{
    struct pl_civil c = {
        .year = t.year, .month = t.month, .day = t.day, .hour = t.hour, .minute = t.minute, .second = t.second};
    return pl_seconds_of_civil(&c);
}

/* On the wall clock: a time in UTC is carried to the zone of the series. */
static int64_t local_of(struct icaltimetype t, const struct pl_zone *zone)
{
    int64_t seconds = seconds_of(t);
    return !t.is_date && icaltime_is_utc(t) && zone ? pl_tz_local(zone, seconds) : seconds;
}

static bool moment_add(struct moments *m, int64_t when)
{
    if (m->count == m->room) {
        size_t room = m->room ? m->room * 2 : 256;
        int64_t *list = realloc(m->list, room * sizeof *list);
        if (!list)
            return false;
        m->list = list;
        m->room = room;
    }
    m->list[m->count++] = when;
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_unique(struct moments *m)
{
    size_t kept = 0;
    if (m->count)
        qsort(m->list, m->count, sizeof *m->list, compare);
    for (size_t i = 0; i < m->count; i++)
        if (!kept || m->list[kept - 1] != m->list[i])
            m->list[kept++] = m->list[i];
    m->count = kept;
}

static bool contains(const struct moments *m, int64_t when)
{
    return m->count && bsearch(&when, m->list, m->count, sizeof *m->list, compare);
}

/* All dates of one kind of property (RDATE, EXDATE): values as they stand, for whose zone libical would look on the
 * disk, each time. */
static bool dates(icalcomponent *c, icalproperty_kind kind, const struct pl_zone *zone, struct moments *out)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, kind); p;
         p = icalcomponent_get_next_property(c, kind)) {
        const icalvalue *v = icalproperty_get_value(p);
        struct icaltimetype t = v ? icalvalue_get_datetimeperiod(v).time : icaltime_null_time();
        if (icaltime_is_null_time(t) || !moment_add(out, local_of(t, zone)))
            return false;
    }
    sort_unique(out);
    return true;
}

static void put_clock(struct icaltimetype *t, int64_t seconds)
{
    struct pl_civil l = pl_civil_of(seconds);
    t->year = l.year;
    t->month = l.month;
    t->day = l.day;
    t->hour = l.hour;
    t->minute = l.minute;
    t->second = l.second;
}

/* The times that a rule gives, as they are written: on the clock of its start. */
static bool expand(struct icalrecurrencetype rule, struct icaltimetype start, size_t most, struct moments *out)
{
    icalrecur_iterator *it = icalrecur_iterator_new(rule, start);
    bool ok = it != NULL;
    for (size_t i = 0; ok && i < most; i++) {
        struct icaltimetype t = icalrecur_iterator_next(it);
        if (icaltime_is_null_time(t))
            break;
        ok = moment_add(out, seconds_of(t));
    }
    if (it)
        icalrecur_iterator_free(it);
    return ok;
}

/* --- rules that are remembered --------------------------------------------- */

void pl_judge_release(struct pl_judge *j)
{
    for (size_t i = 0; i < PL_JUDGE_SLOTS; i++) {
        free(j->slots[i].rule);
        free(j->slots[i].list);
    }
    *j = (struct pl_judge){0};
}

/* A rule without its end, at midnight: its dates serve all that differ by these, by weeks or by the first month. */
struct plain_rule {
    struct icalrecurrencetype rule;
    struct icaltimetype start;
    int64_t at, back; /* the start, and seconds from there to the one that was asked for */
    int64_t until;    /* or INT64_MAX */
    size_t count;     /* or SIZE_MAX */
    int month, every; /* of a rule of months: the start's, since the year 0, and its step; else step 0 */
    char key[512];
};

static bool names_none(const short *list) { return list[0] == ICAL_RECURRENCE_ARRAY_MAX; }

/* Rules of days, weeks, and months with days that are named. What they give depends on their start by its hour, and
 * by its day of the week, or which months are counted: RFC 5545 3.3.10. */
static bool is_plain(const struct icalrecurrencetype *r, const struct icaltimetype *start)
{
    bool until_fits = icaltime_is_null_time(r->until) || r->until.is_date == start->is_date;
    if (r->rscale || !until_fits || r->interval < 1 || start->year < FIRST_YEAR || !names_none(r->by_year_day) ||
        !names_none(r->by_week_no) || !names_none(r->by_hour) || !names_none(r->by_minute) ||
        !names_none(r->by_second))
        return false;
    bool days = !names_none(r->by_day) || !names_none(r->by_month_day);
    switch (r->freq) {
    case ICAL_DAILY_RECURRENCE:
    case ICAL_WEEKLY_RECURRENCE:
        return names_none(r->by_month_day) && names_none(r->by_month) && names_none(r->by_set_pos);
    case ICAL_MONTHLY_RECURRENCE: return days && names_none(r->by_month);
    case ICAL_YEARLY_RECURRENCE: return days && !names_none(r->by_month);
    default: return false;
    }
}

/* To a midnight of the first week of 2001, or of its own day. */
static void plain_start(struct plain_rule *p)
{
    int64_t days = pl_days_of_civil(p->start.year, p->start.month, p->start.day), asked = seconds_of(p->start);
    p->every = 0;
    if (p->rule.freq == ICAL_MONTHLY_RECURRENCE || p->rule.freq == ICAL_YEARLY_RECURRENCE) {
        p->every = p->rule.interval * (p->rule.freq == ICAL_YEARLY_RECURRENCE ? 12 : 1);
        p->month = p->start.year * 12 + p->start.month - 1;
    } else {
        int64_t anchor = pl_days_of_civil(2001, 1, 1);
        days = anchor + ((days - anchor) % 7 + 7) % 7;
    }
    p->at = days * 86400;
    p->back = asked - p->at;
    put_clock(&p->start, p->at);
}

static bool plain_make(struct plain_rule *p, const struct icalrecurrencetype *rule, struct icaltimetype start)
{
    if (!is_plain(rule, &start))
        return false;
    p->rule = *rule;
    p->start = start;
    plain_start(p);
    p->count = rule->count > 0 ? (size_t)rule->count : SIZE_MAX;
    p->until = icaltime_is_null_time(rule->until) ? INT64_MAX : seconds_of(rule->until) - p->back;
    p->rule.count = 0;
    p->rule.until = icaltime_null_time();
    const char *text = icalrecurrencetype_as_string(&p->rule);
    int64_t phase = p->every ? p->month % p->every : p->at;
    int size = snprintf(p->key, sizeof p->key, "%d %lld %s", start.is_date, (long long)phase, text ? text : "");
    return text && size < (int)sizeof p->key;
}

/* Where the rule is, or goes to in the place of the one that was not used for longest. */
static struct pl_judge_slot *slot_of(struct pl_judge *j, const char *rule)
{
    struct pl_judge_slot *oldest = &j->slots[0];
    for (size_t i = 0; i < PL_JUDGE_SLOTS; i++) {
        struct pl_judge_slot *slot = &j->slots[i];
        if (slot->rule && !strcmp(slot->rule, rule))
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    return oldest;
}

/* The place of its first date, if all that are asked for are there. */
static const int64_t *slot_find(const struct pl_judge_slot *slot, const struct plain_rule *p, size_t most)
{
    if (!slot->rule || strcmp(slot->rule, p->key) != 0 || slot->from > p->at)
        return NULL;
    const int64_t *first = p->every ? bsearch(&p->at, slot->list, slot->count, sizeof p->at, compare) : slot->list;
    size_t there = first ? slot->count - (size_t)(first - slot->list) : 0;
    bool ends = p->every &&
                slot->count < slot->most; /* with libical's calendar, which is another's where weeks are moved */
    return first && (ends || there >= most) ? first : NULL;
}

/* The rule was expanded beyond the start, which is not one of its dates. */
static bool slot_lacks(const struct pl_judge_slot *slot, const struct plain_rule *p)
{
    return p->every && slot->from <= p->at && slot->count && slot->list[slot->count - 1] > p->at &&
           !bsearch(&p->at, slot->list, slot->count, sizeof p->at, compare);
}

/* From where the rule is expanded, and how far, so that it serves those that come next: months before the start,
 * and twice as many dates when it did not suffice. */
static size_t reach_of(struct plain_rule *p, const struct pl_judge_slot *old, size_t most)
{
    if (p->every) {
        int month = p->month - (MONTHS_BEFORE + p->every - 1) / p->every * p->every;
        int64_t from = pl_days_of_civil(month / 12, month % 12 + 1, 1) * 86400;
        if (old && old->from < from) {
            from = old->from;
            struct pl_civil c = pl_civil_of(from);
            month = c.year * 12 + c.month - 1;
        }
        put_clock(&p->start, from);
        most += (size_t)((p->month - month) / p->every) + 1;
    }
    return old && most < 2 * old->most ? 2 * old->most : most;
}

static void slot_fill(struct pl_judge_slot *slot, struct plain_rule *p, size_t most)
{
    bool again = slot->rule && !strcmp(slot->rule, p->key);
    struct moments made = {0};
    if (again && slot_lacks(slot, p))
        return;
    size_t reach = reach_of(p, again ? slot : NULL, most);
    char *key = reach < REACH_MOST && expand(p->rule, p->start, reach, &made) ? strdup(p->key) : NULL;
    if (!key) {
        free(made.list);
        return;
    }
    free(slot->rule);
    free(slot->list);
    *slot = (struct pl_judge_slot){
        .rule = key, .list = made.list, .count = made.count, .most = reach, .from = seconds_of(p->start)};
}

/* The same, of what is remembered of the rule where that serves. */
static bool expand_once(struct pl_judge *j, const struct icalrecurrencetype *rule, struct icaltimetype start,
                        size_t most, struct moments *out)
{
    struct plain_rule p;
    if (!j || !plain_make(&p, rule, start))
        return expand(*rule, start, most, out);
    struct pl_judge_slot *slot = slot_of(j, p.key);
    const int64_t *from = slot_find(slot, &p, most);
    if (!from) {
        slot_fill(slot, &p, most);
        from = slot_find(slot, &p, most);
    }
    if (!from)
        return expand(*rule, start, most, out);
    slot->used = ++j->clock;
    const int64_t *end = slot->list + slot->count;
    for (size_t n = 0; from < end && n < most && n < p.count && *from <= p.until; n++)
        if (!moment_add(out, *from++ + p.back))
            return false;
    return true;
}

/* Is the clock of the zone set, in that year or later? */
static bool clock_changes(const struct pl_zone *zone, int year)
{
    int last = zone->rules[zone->rule_count - 1].from_year;
    for (last = last > year ? last : year; year <= last + 1 && year < LAST_YEAR; year++) {
        struct pl_onset onsets[3];
        for (size_t i = pl_tz_onsets(zone, year, onsets); i > 0; i--)
            if (onsets[i - 1].from != onsets[i - 1].to)
                return true;
    }
    return false;
}

/*
 * A series that was written in UTC is expanded there, and its times carried to the zone's clock: it must not
 * follow summer time then. libical compares UNTIL with the times as numbers, so it gets it on their clock.
 */
static bool rule_dates(struct pl_judge *j, icalcomponent *c, struct icaltimetype start, const struct pl_zone *zone,
                       size_t most, struct sides *s)
{
    struct moments *out = &s->written;
    icalproperty *p = icalcomponent_get_first_property(c, ICAL_RRULE_PROPERTY);
    if (!p)
        return moment_add(out, local_of(start, zone));
    struct icalrecurrencetype rule = icalproperty_get_rrule(p);
    s->ends = rule.count > 0 || !icaltime_is_null_time(rule.until);
    if (!icaltime_is_null_time(rule.until) && icaltime_is_utc(rule.until) && !icaltime_is_utc(start)) {
        put_clock(&rule.until, local_of(rule.until, zone));
        rule.until.zone = NULL;
    }
    if (!expand_once(j, &rule, start, most, out))
        return false;
    bool carried = !start.is_date && icaltime_is_utc(start) && zone;
    s->drifts = carried && clock_changes(zone, start.year);
    for (size_t i = 0; carried && i < out->count; i++)
        out->list[i] = pl_tz_local(zone, out->list[i]);
    return true;
}

/* --- overrides ------------------------------------------------------------ */

static struct icaltimetype time_of(icalcomponent *c, icalproperty_kind kind)
{
    icalproperty *p = icalcomponent_get_first_property(c, kind);
    icalvalue *v = p ? icalproperty_get_value(p) : NULL;
    if (!v)
        return icaltime_null_time();
    return icalvalue_isa(v) == ICAL_DATE_VALUE ? icalvalue_get_date(v) : icalvalue_get_datetime(v);
}

/* Without DTEND an event lasts a day, or no time. */
static int64_t end_of(icalcomponent *c, struct icaltimetype start, const struct pl_zone *zone)
{
    struct icaltimetype end = time_of(c, ICAL_DTEND_PROPERTY);
    if (icaltime_is_null_time(end))
        return local_of(start, zone) + (start.is_date ? 86400 : 0);
    return local_of(end, zone);
}

static int compare_override(const void *a, const void *b)
{
    return compare(&((const struct override *)a)->original, &((const struct override *)b)->original);
}

static struct override *overrides_of(icalcomponent *root, const struct pl_zone *zone, size_t *count)
{
    int most = icalcomponent_count_components(root, ICAL_VEVENT_COMPONENT);
    struct override *list = calloc(most > 0 ? (size_t)most : 1, sizeof *list);
    *count = 0;
    for (icalcomponent *c = icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT); list && c;
         c = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)) {
        struct icaltimetype id = time_of(c, ICAL_RECURRENCEID_PROPERTY), start = time_of(c, ICAL_DTSTART_PROPERTY);
        if (!icaltime_is_null_time(id))
            list[(*count)++] = (struct override){local_of(id, zone), local_of(start, zone), end_of(c, start, zone)};
    }
    if (list)
        qsort(list, *count, sizeof *list, compare_override);
    return list;
}

/* --- comparison ----------------------------------------------------------- */

static bool part(char why[160], const char *what, int64_t when)
{
    struct pl_civil c = pl_civil_of(when);
    snprintf(why, 160, "%s %04d-%02d-%02d %02d:%02d", what, c.year, c.month, c.day, c.hour, c.minute);
    return false;
}

static int64_t fit(const struct sides *s, int64_t when)
{
    return s->is_date ? when - (when % 86400 + 86400) % 86400 : when;
}

static bool same_occurrence(const struct sides *s, const struct pl_occurrence *o, char why[160])
{
    int64_t original = fit(s, o->original);
    struct override key = {.original = original};
    const struct override *x = bsearch(&key, s->overrides, s->override_count, sizeof key, compare_override);
    if (!contains(&s->written, original))
        return part(why, "not written:", original);
    bool gone = contains(&s->gone, original);
    if (gone != (o->state == PL_DELETED))
        return part(why, gone ? "taken away:" : "not taken away:", original);
    if (gone)
        return x ? part(why, "taken away and moved:", original) : true;
    int64_t start = x ? x->start : original;
    int64_t end = x ? x->end : original + s->length;
    if (o->state == PL_MOVED && !x)
        return part(why, "not moved:", original);
    /* an override of other length kinds (a date in a timed series) is compared by its start */
    if (start != o->start && start != fit(s, o->start))
        return part(why, "moved elsewhere:", original);
    if (!s->is_date && o->end >= o->start && end != o->end)
        return part(why, "of other length:", original);
    return true;
}

static bool same(const struct sides *s, const struct pl_expansion *expected, char why[160])
{
    size_t seen = 0;
    for (size_t i = 0; i < expected->count; i++)
        if (!same_occurrence(s, &expected->list[i], why))
            return false;
    if (!expected->count)
        return part(why, "the pattern has no occurrence", 0);
    if (expected->endless && s->ends) {
        snprintf(why, 160, "an end is written, where the pattern has none");
        return false;
    }
    if (expected->endless && s->drifts) { /* sooner or later, whatever the first ones are */
        snprintf(why, 160, "the rule keeps to UTC, the series to a clock that changes");
        return false;
    }
    int64_t last = fit(s, expected->list[expected->count - 1].original);
    for (size_t i = 0; i < s->written.count && (expected->whole || s->written.list[i] <= last); i++)
        seen++;
    if (seen != expected->count) {
        snprintf(why, 160, "%zu occurrences written, %zu expected", seen, expected->count);
        return false;
    }
    return true;
}

/* libical knows no year after 2582: what lies beyond can't be judged. */
static struct pl_expansion within_reach(const struct pl_expansion *expected)
{
    struct pl_expansion near = *expected;
    int64_t last = pl_days_of_civil(LAST_YEAR, 1, 1) * 86400;
    while (near.count && near.list[near.count - 1].original >= last) {
        near.count--;
        near.whole = false;
    }
    return near;
}

static bool read_sides(struct pl_judge *j, icalcomponent *root, const struct pl_zone *zone, size_t most,
                       struct sides *s)
{
    icalcomponent *master = icalcomponent_get_first_component(root, ICAL_ANY_COMPONENT);
    if (!master)
        return false;
    struct icaltimetype start = time_of(master, ICAL_DTSTART_PROPERTY);
    struct moments extra = {0};
    if (icaltime_is_null_time(start))
        return false;
    s->is_date = start.is_date != 0;
    s->length = end_of(master, start, zone) - local_of(start, zone);
    bool ok = rule_dates(j, master, start, zone, most, s) && dates(master, ICAL_RDATE_PROPERTY, zone, &extra) &&
              dates(master, ICAL_EXDATE_PROPERTY, zone, &s->gone);
    for (size_t i = 0; ok && i < extra.count; i++)
        ok = moment_add(&s->written, extra.list[i]);
    free(extra.list);
    sort_unique(&s->written);
    s->overrides = ok ? overrides_of(root, zone, &s->override_count) : NULL;
    return s->overrides != NULL;
}

/* libical and ICU use what they did not get. So there has to be more than they need before they are asked. */
static bool is_memory_left(const char *text)
{
    void *some = malloc(ROOM_LEAST + ROOM_EACH * strlen(text));
    free(some);
    return some != NULL;
}

static enum pl_verdict judge_once(struct pl_judge *j, const char *text, const struct pl_zone *zone,
                                  const struct pl_expansion *expected, char why[160])
{
    struct sides s = {0};
    errno = 0;
    icalerror_clear_errno();
    icalcomponent *root = is_memory_left(text) ? icalparser_parse_string(text) : NULL;
    snprintf(why, 160, "libical can't read it");
    const struct pl_expansion near = within_reach(expected);
    bool ok = root && read_sides(j, root, zone, near.count + 1, &s) && same(&s, &near, why);
    free(s.written.list);
    free(s.gone.list);
    free(s.overrides);
    /* libical has no better way to tell, and calls on with what it has */
    bool unjudged = !ok && (errno == ENOMEM || icalerrno == ICAL_NEWFAILED_ERROR);
    if (root)
        icalcomponent_free(root);
    return ok ? PL_PROVEN : unjudged ? PL_UNJUDGED : PL_UNPROVEN;
}

/* Where it lacks memory, libical may leave a line out and not say so. What it finds wrong has to be so twice. */
enum pl_verdict pl_judge_series(struct pl_judge *j, const char *text, const struct pl_zone *zone,
                                const struct pl_expansion *expected, char why[160])
{
    enum pl_verdict verdict = judge_once(j, text, zone, expected, why);
    return verdict == PL_UNPROVEN ? judge_once(j, text, zone, expected, why) : verdict;
}

int pl_judge_count(const char *text, const char *kind)
{
    icalcomponent *root = icalparser_parse_string(text);
    int count = -1;
    if (root && icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT && !icalcomponent_count_errors(root))
        count = icalcomponent_count_components(root, icalcomponent_string_to_kind(kind));
    if (root)
        icalcomponent_free(root);
    return count;
}
