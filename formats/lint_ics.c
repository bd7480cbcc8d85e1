/*
 * lint_ics.c - the checker's rules of iCalendar.
 *
 * Layer: formats. Which property may stand where, how often and with what value is one
 * table; what two lines say together (an end and its start, an override and its series)
 * is judged when the component ends. Nested deeper than LINT_DEPTH nothing is looked at.
 * RFC 5545 3.4 to 3.8, RFC 7986 5, RFC 5546; names that begin with X- are nobody's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_state.h"

enum {
    CAL = 1,
    EVENT = 2,
    TASK = 4,
    JOURNAL = 8,
    BUSY = 16,
    ZONE = 32,
    RULES = 64,
    ALARM = 128,
    MAIN = EVENT | TASK | JOURNAL,
    ANY = 255
};

static const struct component {
    const char *name;
    uint8_t bit, inside; /* of which it may stand; 0: of nothing */
} components[] = {
    {"VCALENDAR", CAL, 0},      {"VEVENT", EVENT, CAL},    {"VTODO", TASK, CAL},
    {"VJOURNAL", JOURNAL, CAL}, {"VFREEBUSY", BUSY, CAL},  {"VTIMEZONE", ZONE, CAL},
    {"STANDARD", RULES, ZONE},  {"DAYLIGHT", RULES, ZONE}, {"VALARM", ALARM, EVENT | TASK},
};
#define COMPONENTS (sizeof components / sizeof *components)
#define UNKNOWN    COMPONENTS /* the component of a frame that no row names */

enum value {
    FREE,
    TEXT,
    TEXTS,
    URI,
    ADDRESS,
    TIME,
    STAMP,
    TIMES,
    SPAN,
    WHOLE,
    OFFSET,
    RULE,
    WORDS,
    DATA,
    TRIGGER_V
};

static const struct property {
    const char *name;
    uint8_t where, once; /* components: allowed in, at most once in */
    uint8_t value;
    const char *words; /* of WORDS, "low high" of WHOLE */
} properties[] = {
    {"VERSION", CAL, CAL, WORDS, "2.0"},
    {"PRODID", CAL, CAL, TEXT, NULL},
    {"CALSCALE", CAL, CAL, WORDS, "GREGORIAN"},
    {"METHOD", CAL, CAL, WORDS, "PUBLISH REQUEST REPLY ADD CANCEL REFRESH COUNTER DECLINECOUNTER"},
    {"NAME", CAL, 0, TEXT, NULL},
    {"UID", CAL | MAIN | BUSY | ALARM, ANY, TEXT, NULL},
    {"DTSTAMP", MAIN | BUSY, ANY, STAMP, NULL},
    {"DTSTART", MAIN | BUSY | RULES, ANY, TIME, NULL},
    {"DTEND", EVENT | BUSY, ANY, TIME, NULL},
    {"DUE", TASK, ANY, TIME, NULL},
    {"DURATION", EVENT | TASK | ALARM, ANY, SPAN, NULL},
    {"COMPLETED", TASK, ANY, STAMP, NULL},
    {"CREATED", MAIN, ANY, STAMP, NULL},
    {"LAST-MODIFIED", CAL | MAIN | ZONE, ANY, STAMP, NULL},
    {"RECURRENCE-ID", MAIN, ANY, TIME, NULL},
    {"EXDATE", MAIN, 0, TIMES, NULL},
    {"RDATE", MAIN | RULES, 0, TIMES, NULL},
    {"RRULE", MAIN | RULES, MAIN, RULE, NULL},
    {"SUMMARY", MAIN | ALARM, ANY, TEXT, NULL},
    {"DESCRIPTION", CAL | MAIN | ALARM, EVENT | TASK | ALARM, TEXT, NULL},
    {"LOCATION", EVENT | TASK, ANY, TEXT, NULL},
    {"COMMENT", MAIN | BUSY | RULES, 0, TEXT, NULL},
    {"CONTACT", MAIN | BUSY, BUSY, TEXT, NULL},
    {"CATEGORIES", CAL | MAIN, 0, TEXTS, NULL},
    {"RESOURCES", EVENT | TASK, 0, TEXTS, NULL},
    {"RELATED-TO", MAIN | ALARM, 0, TEXT, NULL},
    {"REQUEST-STATUS", MAIN | BUSY, 0, FREE, NULL},
    {"GEO", EVENT | TASK, ANY, FREE, NULL},
    {"CLASS", MAIN, ANY, WORDS, "PUBLIC PRIVATE CONFIDENTIAL"},
    {"STATUS", MAIN, ANY, FREE, NULL},
    {"TRANSP", EVENT, ANY, WORDS, "OPAQUE TRANSPARENT"},
    {"ACTION", ALARM, ANY, WORDS, "AUDIO DISPLAY EMAIL"},
    {"TRIGGER", ALARM, ANY, TRIGGER_V, NULL},
    {"REPEAT", ALARM, ANY, WHOLE, "0 2147483647"},
    {"ACKNOWLEDGED", ALARM, ANY, STAMP, NULL},
    {"PRIORITY", EVENT | TASK, ANY, WHOLE, "0 9"},
    {"SEQUENCE", MAIN, ANY, WHOLE, "0 2147483647"},
    {"PERCENT-COMPLETE", TASK, ANY, WHOLE, "0 100"},
    {"ORGANIZER", MAIN | BUSY, ANY, ADDRESS, NULL},
    {"ATTENDEE", MAIN | BUSY | ALARM, 0, ADDRESS, NULL},
    {"URL", CAL | MAIN | BUSY, ANY, URI, NULL},
    {"SOURCE", CAL, ANY, URI, NULL},
    {"CONFERENCE", EVENT | TASK, 0, URI, NULL},
    {"IMAGE", CAL | MAIN, 0, DATA, NULL},
    {"ATTACH", MAIN | ALARM, 0, DATA, NULL},
    {"COLOR", CAL | MAIN, ANY, FREE, NULL},
    {"REFRESH-INTERVAL", CAL, ANY, SPAN, NULL},
    {"FREEBUSY", BUSY, 0, FREE, NULL},
    {"TZID", ZONE, ANY, TEXT, NULL},
    {"TZURL", ZONE, ANY, URI, NULL},
    {"TZOFFSETFROM", RULES, ANY, OFFSET, NULL},
    {"TZOFFSETTO", RULES, ANY, OFFSET, NULL},
    {"TZNAME", RULES, 0, TEXT, NULL},
};
#define PROPERTIES (sizeof properties / sizeof *properties)
_Static_assert(PROPERTIES <= 64, "one bit for each property");

static const struct needed {
    uint8_t component;
    const char *property;
} needed[] = {
    {CAL, "VERSION"},           {CAL, "PRODID"},    {MAIN | BUSY, "UID"},    {MAIN | BUSY, "DTSTAMP"},
    {EVENT | RULES, "DTSTART"}, {ZONE, "TZID"},     {RULES, "TZOFFSETFROM"}, {RULES, "TZOFFSETTO"},
    {ALARM, "ACTION"},          {ALARM, "TRIGGER"},
};

static const struct statuses {
    uint8_t component;
    const char *words;
} statuses[] = {
    {EVENT, "TENTATIVE CONFIRMED CANCELLED"},
    {TASK, "NEEDS-ACTION COMPLETED IN-PROCESS CANCELLED"},
    {JOURNAL, "DRAFT FINAL CANCELLED"},
};

static uint8_t bit_of(const struct lint_frame *f)
{
    return f->component < COMPONENTS ? components[f->component].bit : 0;
}

static const char *name_of(const struct lint_frame *f)
{
    return f->component < COMPONENTS ? components[f->component].name : "component";
}

static bool has(const struct lint_frame *f, const char *name)
{
    for (size_t i = 0; i < PROPERTIES; i++)
        if (strcmp(properties[i].name, name) == 0)
            return f->seen >> i & 1;
    return false;
}

/* --- zones ------------------------------------------------------------------- */

static struct lint_zone *zone(struct pl_lint *l, const char *name, uint64_t line)
{
    uint64_t hash = lint_hash(0, name);
    for (unsigned i = 0; i < l->zone_count; i++)
        if (l->zones[i].hash == hash)
            return &l->zones[i];
    if (l->zone_count == LINT_ZONES)
        return NULL;
    struct lint_zone *z = &l->zones[l->zone_count++];
    *z = (struct lint_zone){.hash = hash, .line = line};
    snprintf(z->name, sizeof z->name, "%s", name);
    return z;
}

static void check_zones(struct pl_lint *l)
{
    for (unsigned i = 0; i < l->zone_count; i++)
        if (!l->zones[i].defined)
            lint_error(l, l->zones[i].line, "zone.undefined", "TZID %s without a VTIMEZONE", l->zones[i].name);
    l->zone_count = 0;
}

/* --- values ------------------------------------------------------------------ */

/* One date or instant of a line, in the form that VALUE and TZID ask for. */
static bool moment(struct pl_lint *l, const struct lint_line *line, const char *at, size_t size,
                   struct lint_when *out)
{
    const char *kind = lint_param(line, "VALUE"), *tzid = lint_param(line, "TZID");
    struct lint_when when = {0};

    if (!lint_date(at, size, &when)) {
        lint_error(l, line->number, "value.date", "%s: no date: %.*s", line->name, (int)(size < 32 ? size : 32),
                   at);
        return false;
    }
    if (when.date != (kind && strcasecmp(kind, "DATE") == 0)) {
        lint_error(l, line->number, "value.type", "%s: VALUE says another type than the value has", line->name);
        return false;
    }
    if (tzid && (when.date || when.utc)) {
        lint_error(l, line->number, "value.zone", "%s: TZID with a %s", line->name,
                   when.date ? "date" : "UTC time");
        return false;
    }
    when.zone = tzid ? lint_hash(0, tzid) : 0;
    *out = when;
    return true;
}

static void check_times(struct pl_lint *l, const struct lint_line *line)
{
    const char *kind = lint_param(line, "VALUE");
    bool periods = kind && strcasecmp(kind, "PERIOD") == 0;
    struct lint_when when;

    for (const char *at = line->value;;) {
        size_t size = strcspn(at, ",");
        bool last = at[size] == '\0';
        if ((last && line->cut) || periods)
            return;
        if (!moment(l, line, at, size, &when) || last)
            return;
        at += size + 1;
    }
}

static bool is_span(const char *at)
{
    const char *units = "WDHMS";
    bool time = false, any = false;

    at += *at == '+' || *at == '-';
    if (*at++ != 'P')
        return false;
    while (*at) {
        if (*at == 'T' && !time) {
            time = true, any = false, at++;
            continue;
        }
        size_t digits = strspn(at, "0123456789");
        const char *unit = at[digits] ? strchr(units, at[digits]) : NULL;
        if (digits == 0 || digits > 9 || !unit || time != (strchr("HMS", *unit) != NULL))
            return false;
        units = unit + 1;
        any = true;
        at += digits + 1;
    }
    return any;
}

static bool is_offset(const char *at)
{
    size_t digits = *at == '+' || *at == '-' ? strspn(at + 1, "0123456789") : 0;
    if ((digits != 4 && digits != 6) || at[1 + digits] != '\0' || strcmp(at, "-0000") == 0)
        return false;
    return memcmp(at + 1, "24", 2) < 0 && at[3] < '6' && (digits == 4 || at[5] < '6');
}

static uint8_t weekdays(const char *list)
{
    static const char names[] = "MOTUWETHFRSASU";
    uint8_t set = 0;
    for (unsigned i = 0; i < 7; i++)
        for (const char *at = list; *at && *at != ';'; at++)
            if (strncmp(at, names + 2 * i, 2) == 0)
                set = (uint8_t)(set | 1u << i);
    return set;
}

static const struct {
    const char *name;
    long low, high;
    bool no_zero;
} parts[] = {
    {"INTERVAL", 1, 2147483647, true}, {"COUNT", 1, 2147483647, true}, {"BYSECOND", 0, 60, false},
    {"BYMINUTE", 0, 59, false},        {"BYHOUR", 0, 23, false},       {"BYMONTHDAY", -31, 31, true},
    {"BYYEARDAY", -366, 366, true},    {"BYWEEKNO", -53, 53, true},    {"BYMONTH", 1, 12, true},
    {"BYSETPOS", -366, 366, true},
};

static bool good_numbers(size_t row, const char *at)
{
    while (*at) {
        char one[12];
        size_t size = strcspn(at, ",");
        if (size == 0 || size >= sizeof one)
            return false;
        memcpy(one, at, size);
        one[size] = '\0';
        if (!lint_whole(one, parts[row].low, parts[row].high) || (parts[row].no_zero && strtol(one, NULL, 10) == 0))
            return false;
        at += size;
        if (*at == ',' && *++at == '\0')
            return false;
    }
    return true;
}

static bool good_days(const char *at)
{
    while (*at) {
        size_t sign = *at == '+' || *at == '-', digits = strspn(at + sign, "0123456789");
        char name[3] = {0};
        if (digits > 2 || (sign && !digits))
            return false;
        at += sign + digits;
        memcpy(name, at, strnlen(at, 2));
        if (strlen(name) != 2 || !lint_word("MO TU WE TH FR SA SU", name) || (at[2] && at[2] != ','))
            return false;
        at += 2;
        if (*at == ',' && *++at == '\0')
            return false;
    }
    return true;
}

/* One NAME=VALUE of a rule. */
static bool good_part(struct lint_frame *f, const char *name, const char *value)
{
    if (strcmp(name, "FREQ") == 0) {
        f->weekly = strcmp(value, "WEEKLY") == 0;
        return lint_word("SECONDLY MINUTELY HOURLY DAILY WEEKLY MONTHLY YEARLY", value);
    }
    if (strcmp(name, "UNTIL") == 0)
        return lint_date(value, strlen(value), &f->until);
    if (strcmp(name, "BYDAY") == 0) {
        f->weekdays = weekdays(value);
        return *value && good_days(value);
    }
    if (strcmp(name, "WKST") == 0)
        return lint_word("MO TU WE TH FR SA SU", value);
    f->counted = f->counted || strcmp(name, "COUNT") == 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(name, parts[i].name) == 0)
            return *value && good_numbers(i, value);
    return strncmp(name, "X-", 2) == 0;
}

/* Bit of a part's name, 0 for those that may stand twice. */
static uint32_t part_bit(const char *name)
{
    static const char *const others[] = {"FREQ", "UNTIL", "BYDAY", "WKST"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(name, parts[i].name) == 0)
            return 16u << i;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i]) == 0)
            return 1u << i;
    return 0;
}

static void check_rule(struct pl_lint *l, struct lint_frame *f, const struct lint_line *line)
{
    char *save = NULL;
    bool frequency = false, monthly = false, numbered = false;
    uint32_t seen = 0;

    f->rule = true;
    if (line->value[0] && line->value[strlen(line->value) - 1] == ';')
        lint_error(l, line->number, "rule.part", "RRULE: ends with ';'");
    for (char *part = strtok_r(line->value, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
        char *value = strchr(part, '=');
        if (value)
            *value++ = '\0';
        frequency = frequency || strcmp(part, "FREQ") == 0;
        if (value && strcmp(part, "FREQ") == 0)
            monthly = lint_word("MONTHLY YEARLY", value);
        numbered = numbered || (value && strcmp(part, "BYDAY") == 0 && strpbrk(value, "0123456789"));
        uint32_t bit = part_bit(part);
        bool twice = (seen & bit) != 0;
        seen |= bit;
        if (!value || twice || !good_part(f, part, value)) {
            lint_error(l, line->number, "rule.part", "RRULE: %.40s=%.40s", part, value ? value : "");
            return;
        }
    }
    if (!frequency)
        lint_error(l, line->number, "rule.part", "RRULE without FREQ");
    else if (numbered && !monthly)
        lint_error(l, line->number, "rule.part", "RRULE: a number in BYDAY needs MONTHLY or YEARLY");
    if (f->counted && f->until.set)
        lint_error(l, line->number, "rule.count-until", "RRULE with COUNT and UNTIL");
}

static void check_words(struct pl_lint *l, const struct lint_line *line, const char *words)
{
    if (!lint_word(words, line->value) && !(strncasecmp(line->value, "X-", 2) == 0))
        lint_error(l, line->number, "value.word", "%s: not one of %s: %.40s", line->name, words, line->value);
}

static void check_data(struct pl_lint *l, const struct lint_line *line)
{
    const char *kind = lint_param(line, "VALUE"), *encoding = lint_param(line, "ENCODING");
    bool binary = kind && strcasecmp(kind, "BINARY") == 0, base64 = encoding && strcasecmp(encoding, "BASE64") == 0;

    if (binary != base64)
        lint_error(l, line->number, "value.type", "%s: VALUE=BINARY and ENCODING=BASE64 go together", line->name);
    else if (binary)
        lint_base64(l, line, line->value);
    else if (!lint_uri(line->value))
        lint_error(l, line->number, "value.uri", "%s: no URI: %.60s", line->name, line->value);
}

static void keep_moment(struct pl_lint *l, struct lint_frame *f, const struct lint_line *line)
{
    struct lint_when when;
    if (!moment(l, line, line->value, strlen(line->value), &when))
        return;
    if (strcmp(line->name, "DTSTART") == 0)
        f->start = when;
    else if (strcmp(line->name, "RECURRENCE-ID") == 0)
        f->recurrence_id = when;
    else
        f->end = when;
}

static void check_stamp(struct pl_lint *l, const struct lint_line *line)
{
    struct lint_when when;
    if (!lint_date(line->value, strlen(line->value), &when) || !when.utc)
        lint_error(l, line->number, "value.date", "%s: no time in UTC: %.32s", line->name, line->value);
}

static void check_trigger(struct pl_lint *l, const struct lint_line *line)
{
    const char *kind = lint_param(line, "VALUE");
    if (kind && strcasecmp(kind, "DATE-TIME") == 0)
        check_stamp(l, line);
    else if (!is_span(line->value))
        lint_error(l, line->number, "value.duration", "TRIGGER: no duration: %.40s", line->value);
}

static void check_whole(struct pl_lint *l, const struct lint_line *line, const char *bounds)
{
    char *high = NULL;
    long low = strtol(bounds, &high, 10);
    if (!lint_whole(line->value, low, strtol(high, NULL, 10)))
        lint_error(l, line->number, "value.number", "%s: not from %s: %.40s", line->name, bounds, line->value);
}

static void check_status(struct pl_lint *l, const struct lint_frame *f, const struct lint_line *line)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].component == bit_of(f) && !lint_word(statuses[i].words, line->value))
            lint_error(l, line->number, "value.word", "STATUS: not one of %s: %.40s", statuses[i].words,
                       line->value);
}

static void check_value(struct pl_lint *l, struct lint_frame *f, const struct lint_line *line,
                        const struct property *p)
{
    bool bad;
    switch ((enum value)p->value) {
    case FREE: break;
    case TEXT: lint_text(l, line, ""); break;
    case TEXTS: lint_text(l, line, ","); break;
    case TIME: keep_moment(l, f, line); break;
    case STAMP: check_stamp(l, line); break;
    case TIMES: check_times(l, line); break;
    case WHOLE: check_whole(l, line, p->words); break;
    case RULE: check_rule(l, f, line); break;
    case WORDS: check_words(l, line, p->words); break;
    case DATA: check_data(l, line); break;
    case TRIGGER_V: check_trigger(l, line); break;
    case URI:
    case ADDRESS:
        if (!lint_uri(line->value))
            lint_error(l, line->number, "value.uri", "%s: no URI: %.60s", line->name, line->value);
        break;
    case SPAN:
    case OFFSET:
        bad = p->value == SPAN ? *line->value == '-' || !is_span(line->value) : !is_offset(line->value);
        if (bad)
            lint_error(l, line->number, p->value == SPAN ? "value.duration" : "value.offset", "%s: %.40s",
                       line->name, line->value);
        break;
    }
}

static void property_line(struct pl_lint *l, struct lint_frame *f, const struct lint_line *line)
{
    size_t i = 0;
    uint8_t bit = bit_of(f);
    const char *tzid = lint_param(line, "TZID");

    if (tzid)
        zone(l, tzid, line->number);
    while (i < PROPERTIES && strcmp(properties[i].name, line->name) != 0)
        i++;
    if (i == PROPERTIES) {
        if (strncmp(line->name, "X-", 2) != 0)
            lint_warn(l, line->number, "property.unknown", "%s is no property of iCalendar", line->name);
        return;
    }
    const struct property *p = &properties[i];
    if (bit && !(p->where & bit))
        lint_error(l, line->number, "property.place", "%s in %s", line->name, name_of(f));
    else if ((p->once & bit) && (f->seen >> i & 1))
        lint_error(l, line->number, "property.twice", "a second %s in %s", line->name, name_of(f));
    f->seen |= UINT64_C(1) << i;
    if (*line->group)
        lint_error(l, line->number, "line.grammar", "a group in iCalendar");
    if (strcmp(line->name, "UID") == 0) {
        f->uid = lint_hash(0, line->value);
        if (!*line->value)
            lint_error(l, line->number, "value.empty", "an empty UID");
    } else if (strcmp(line->name, "RDATE") == 0) {
        f->dates = true;
    } else if (strcmp(line->name, "ACTION") == 0) {
        f->action = line->value[0];
    } else if (strcmp(line->name, "STATUS") == 0) {
        check_status(l, f, line);
    }
    if (p->value != RULE && strcmp(line->name, "TZID") == 0) {
        struct lint_zone *z = zone(l, line->value, line->number);
        if (z)
            z->defined = true;
    }
    check_value(l, f, line, p);
}

/* --- what lines say together ---------------------------------------------------- */

static void check_series(struct pl_lint *l, const struct lint_frame *f, const struct lint_uid *master)
{
    const struct lint_when *id = &f->recurrence_id, *start = &master->start;
    const char *why = NULL;
    int64_t day = 86400;

    if (!start->set || !(master->rule || master->dates))
        return;
    if (id->date != start->date) {
        lint_error(l, f->line, "series.type", "RECURRENCE-ID of another type than the DTSTART of its series");
        return;
    }
    bool same_clock = id->zone == start->zone && id->utc == start->utc;
    if (id->seconds + (same_clock ? 0 : day) < start->seconds)
        why = "before the series begins";
    else if (master->dates)
        return;
    else if (master->until.set && id->seconds > master->until.seconds + (same_clock && id->utc ? 0 : day))
        why = "after its UNTIL";
    else if (same_clock && id->seconds % day != start->seconds % day)
        why = "at another time of day than the series";
    else if (same_clock && master->weekdays && !(master->weekdays >> (id->seconds / day % 7) & 1))
        why = "on a weekday without occurrences";
    if (why)
        lint_error(l, f->line, "series.outside", "RECURRENCE-ID outside of the series: %s", why);
}

/* Without BYDAY a weekly series is on the weekday of its start. RFC 5545 3.3.10 */
static uint8_t weekdays_of(const struct lint_frame *f)
{
    if (!f->weekly || f->weekdays || !f->start.set)
        return f->weekly ? f->weekdays : 0;
    return (uint8_t)(1u << (f->start.seconds / 86400 % 7));
}

static void check_identity(struct pl_lint *l, const struct lint_frame *f)
{
    char id[48];
    if (!f->uid)
        return;
    struct lint_uid *master = lint_uid(l, lint_hash(f->uid, name_of(f)));
    if (!f->recurrence_id.set) {
        if (master && master->hash) {
            lint_error(l, f->line, "uid.duplicate", "a second %s with this UID and no RECURRENCE-ID", name_of(f));
        } else if (master) {
            *master = (struct lint_uid){.hash = lint_hash(f->uid, name_of(f)),
                                        .start = f->start,
                                        .until = f->until,
                                        .rule = f->rule,
                                        .dates = f->dates,
                                        .weekdays = weekdays_of(f)};
            l->uid_count++;
        }
        return;
    }
    if (master && master->hash)
        check_series(l, f, master);
    snprintf(id, sizeof id, "%s %lld %d", name_of(f), (long long)f->recurrence_id.seconds, f->recurrence_id.date);
    struct lint_uid *override = lint_uid(l, lint_hash(f->uid, id));
    if (override && override->hash)
        lint_error(l, f->line, "uid.duplicate", "a second override with this RECURRENCE-ID");
    if (override && !override->hash) {
        override->hash = lint_hash(f->uid, id);
        l->uid_count++;
    }
}

static void check_span(struct pl_lint *l, const struct lint_frame *f)
{
    const struct lint_when *start = &f->start, *end = &f->end;
    const char *name = bit_of(f) == TASK ? "DUE" : "DTEND";

    if (end->set && has(f, "DURATION"))
        lint_error(l, f->line, "span.both", "%s and DURATION", name);
    if (!start->set || !end->set)
        return;
    if (start->date != end->date)
        lint_error(l, f->line, "span.type", "DTSTART and %s of different types", name);
    else if (start->zone == end->zone && start->utc == end->utc && end->seconds < start->seconds)
        lint_error(l, f->line, "span.backwards", "%s before DTSTART", name);
    else if (bit_of(f) == EVENT && start->date && end->seconds == start->seconds)
        lint_error(l, f->line, "span.backwards", "DTEND of an all-day event on its first day");
}

static void check_until(struct pl_lint *l, const struct lint_frame *f)
{
    if (!f->rule || !f->until.set || !f->start.set)
        return;
    bool want_utc = !f->start.date && (f->start.zone || f->start.utc || bit_of(f) == RULES);
    if (f->until.date != f->start.date)
        lint_error(l, f->line, "rule.until", "UNTIL of another type than DTSTART");
    else if (f->until.utc != want_utc)
        lint_error(l, f->line, "rule.until", want_utc ? "UNTIL is not in UTC" : "UNTIL in UTC, DTSTART is not");
    else if (f->until.seconds + 86400 < f->start.seconds)
        lint_error(l, f->line, "rule.until", "UNTIL before DTSTART");
}

static void check_component(struct pl_lint *l, const struct lint_frame *f)
{
    uint8_t bit = bit_of(f);

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if ((needed[i].component & bit) && !has(f, needed[i].property))
            lint_error(l, f->line, "property.missing", "%s without %s", name_of(f), needed[i].property);
    if (bit & (EVENT | TASK | JOURNAL)) {
        check_span(l, f);
        check_identity(l, f);
        if (f->rule && !f->start.set)
            lint_error(l, f->line, "property.missing", "RRULE without a DTSTART");
    }
    if (bit == ALARM && (f->action == 'D' || f->action == 'E') && !has(f, "DESCRIPTION"))
        lint_error(l, f->line, "property.missing", "an alarm of this ACTION without DESCRIPTION");
    if (bit == ALARM && f->action == 'E' && !(has(f, "SUMMARY") && has(f, "ATTENDEE")))
        lint_error(l, f->line, "property.missing", "an EMAIL alarm without SUMMARY or ATTENDEE");
    if (bit == RULES && f->start.set && (f->start.date || f->start.utc || f->start.zone))
        lint_error(l, f->line, "zone.start", "DTSTART of a zone's rule is not in local time");
    if (bit == ZONE && !f->rule && !f->dates)
        lint_error(l, f->line, "zone.empty", "VTIMEZONE without STANDARD or DAYLIGHT");
    check_until(l, f);
    if (bit == CAL)
        check_zones(l);
}

/* --- nesting --------------------------------------------------------------------- */

static void begin(struct pl_lint *l, const struct lint_line *line)
{
    uint8_t component = 0;

    if (l->depth == LINT_DEPTH) {
        if (l->too_deep++ == 0)
            lint_error(l, line->number, "nesting.deep", "components nested more than %u deep", LINT_DEPTH);
        return;
    }
    while (component < COMPONENTS && strcasecmp(components[component].name, line->value) != 0)
        component++;
    struct lint_frame *parent = l->depth ? &l->frames[l->depth - 1] : NULL;
    uint8_t inside = component < COMPONENTS ? components[component].inside : CAL;
    uint8_t outer = parent ? bit_of(parent) : 0;
    if (component == UNKNOWN && strncasecmp(line->value, "X-", 2) != 0)
        lint_warn(l, line->number, "nesting.unknown", "%.40s is no component", line->value);
    else if (parent ? parent->component != UNKNOWN && !(inside & outer) : inside != 0)
        lint_error(l, line->number, "nesting.place", "%.40s in %s", line->value,
                   parent ? name_of(parent) : "nothing");
    if (outer == ZONE)
        parent->dates = true; /* it has a rule */
    l->frames[l->depth++] = (struct lint_frame){.component = component, .line = line->number};
}

static void end(struct pl_lint *l, const struct lint_line *line)
{
    if (l->too_deep) {
        l->too_deep--;
        return;
    }
    const struct lint_frame *f = &l->frames[l->depth - 1];
    if (f->component < COMPONENTS && strcasecmp(name_of(f), line->value) != 0)
        lint_error(l, line->number, "nesting.end", "END:%.40s ends the %s of line %llu", line->value, name_of(f),
                   (unsigned long long)f->line);
    check_component(l, f);
    l->depth--;
    if (l->depth == 0)
        l->kind = LINT_NOTHING;
}

void lint_ics_line(struct pl_lint *l, const struct lint_line *line)
{
    if (strcmp(line->name, "BEGIN") == 0)
        begin(l, line);
    else if (strcmp(line->name, "END") == 0)
        end(l, line);
    else if (!l->too_deep)
        property_line(l, &l->frames[l->depth - 1], line);
}

void lint_ics_end(struct pl_lint *l)
{
    const struct lint_frame *f = &l->frames[l->depth - 1];
    lint_error(l, f->line, "nesting.open", "%s has no end", name_of(f));
    check_zones(l);
}
