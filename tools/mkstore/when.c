/*
 * when.c - civil dates, zone rules, zone blobs.
 *
 * Rules are those of Windows' registry (whole years, as items carry them) for zones that
 * matter to tests: both hemispheres, both sides of the date line, offsets of 30 and 45
 * minutes, and laws that changed (United States 2007, Australia 2008, New Zealand 2007,
 * Brazil 2019, Russia 2011 and 2014). Facts: the tz database and the laws themselves.
 * Layouts: [MS-OXOCAL] 2.2.1.39 and 2.2.1.41.
 */
#include "when.h"

#include <string.h>
#include <strings.h>

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])
#define NONE                                                                                                       \
    {                                                                                                              \
        0, 0, 0, 0                                                                                                 \
    }
#define H *60

static const struct ms_rule utc[] = {{0, 0, 0, NONE, NONE}};
static const struct ms_rule berlin[] = {{0, -60, -60, {10, 5, 0, 3 H}, {3, 5, 0, 2 H}}};
static const struct ms_rule london[] = {{0, 0, -60, {10, 5, 0, 2 H}, {3, 5, 0, 1 H}}};
static const struct ms_rule athens[] = {{0, -120, -60, {10, 5, 0, 4 H}, {3, 5, 0, 3 H}}};
static const struct ms_rule new_york[] = {{0, 300, -60, {10, 5, 0, 2 H}, {4, 1, 0, 2 H}},
                                          {2007, 300, -60, {11, 1, 0, 2 H}, {3, 2, 0, 2 H}}};
static const struct ms_rule chicago[] = {{0, 360, -60, {10, 5, 0, 2 H}, {4, 1, 0, 2 H}},
                                         {2007, 360, -60, {11, 1, 0, 2 H}, {3, 2, 0, 2 H}}};
static const struct ms_rule los_angeles[] = {{0, 480, -60, {10, 5, 0, 2 H}, {4, 1, 0, 2 H}},
                                             {2007, 480, -60, {11, 1, 0, 2 H}, {3, 2, 0, 2 H}}};
static const struct ms_rule sydney[] = {{0, -600, -60, {3, 5, 0, 3 H}, {10, 5, 0, 2 H}},
                                        {2006, -600, -60, {4, 1, 0, 3 H}, {10, 5, 0, 2 H}}, /* games in Melbourne */
                                        {2007, -600, -60, {3, 5, 0, 3 H}, {10, 5, 0, 2 H}},
                                        {2008, -600, -60, {4, 1, 0, 3 H}, {10, 1, 0, 2 H}}};
static const struct ms_rule auckland[] = {{0, -720, -60, {3, 3, 0, 3 H}, {10, 1, 0, 2 H}},
                                          {2007, -720, -60, {3, 3, 0, 3 H}, {9, 5, 0, 2 H}},
                                          {2008, -720, -60, {4, 1, 0, 3 H}, {9, 5, 0, 2 H}}};
static const struct ms_rule sao_paulo[] = {{0, 180, -60, {2, 3, 0, 0}, {10, 3, 0, 0}},
                                           {2006, 180, -60, {2, 3, 0, 0}, {11, 1, 0, 0}},
                                           {2007, 180, -60, {2, 4, 0, 0}, {10, 2, 0, 0}},
                                           {2008, 180, -60, {2, 3, 0, 0}, {10, 3, 0, 0}},
                                           {2012, 180, -60, {2, 4, 0, 0}, {10, 3, 0, 0}},
                                           {2013, 180, -60, {2, 3, 0, 0}, {10, 3, 0, 0}},
                                           {2015, 180, -60, {2, 4, 0, 0}, {10, 3, 0, 0}},
                                           {2016, 180, -60, {2, 3, 0, 0}, {10, 3, 0, 0}},
                                           {2018, 180, -60, {2, 3, 0, 0}, {11, 1, 0, 0}},
                                           {2019, 180, -60, {2, 3, 0, 0}, {1, 1, 2, 0}},
                                           {2020, 180, 0, NONE, NONE}};
static const struct ms_rule moscow[] = {{0, -180, -60, {10, 5, 0, 3 H}, {3, 5, 0, 2 H}},
                                        {2011, -180, -60, {1, 1, 6, 0}, {3, 5, 0, 2 H}},
                                        {2012, -240, 0, NONE, NONE},
                                        {2014, -180, -60, {10, 5, 0, 2 H}, {1, 1, 3, 0}},
                                        {2015, -180, 0, NONE, NONE}};
static const struct ms_rule tokyo[] = {{0, -540, 0, NONE, NONE}};
static const struct ms_rule kolkata[] = {{0, -330, 0, NONE, NONE}};
static const struct ms_rule kathmandu[] = {{0, -345, 0, NONE, NONE}};
static const struct ms_rule johannesburg[] = {{0, -120, 0, NONE, NONE}};
static const struct ms_rule honolulu[] = {{0, 600, 0, NONE, NONE}};
static const struct ms_rule pago_pago[] = {{0, 660, 0, NONE, NONE}};
static const struct ms_rule tongatapu[] = {{0, -780, 0, NONE, NONE}};
static const struct ms_rule kiritimati[] = {{0, -840, 0, NONE, NONE}};

#define ZONE(name, key, label, rules)                                                                              \
    {                                                                                                              \
        name, key, label, rules, LENGTH(rules)                                                                     \
    }
static const struct ms_zone zones[] = {
    ZONE("Etc/UTC", "UTC", "(UTC) Coordinated Universal Time", utc),
    ZONE("Europe/Berlin", "W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
         berlin),
    ZONE("Europe/London", "GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", london),
    ZONE("Europe/Athens", "GTB Standard Time", "(UTC+02:00) Athens, Bucharest", athens),
    ZONE("America/New_York", "Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", new_york),
    ZONE("America/Chicago", "Central Standard Time", "(UTC-06:00) Central Time (US & Canada)", chicago),
    ZONE("America/Los_Angeles", "Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", los_angeles),
    ZONE("Australia/Sydney", "AUS Eastern Standard Time", "(UTC+10:00) Canberra, Melbourne, Sydney", sydney),
    ZONE("Pacific/Auckland", "New Zealand Standard Time", "(UTC+12:00) Auckland, Wellington", auckland),
    ZONE("America/Sao_Paulo", "E. South America Standard Time", "(UTC-03:00) Brasilia", sao_paulo),
    ZONE("Europe/Moscow", "Russian Standard Time", "(UTC+03:00) Moscow, St. Petersburg", moscow),
    ZONE("Asia/Tokyo", "Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", tokyo),
    ZONE("Asia/Kolkata", "India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", kolkata),
    ZONE("Asia/Kathmandu", "Nepal Standard Time", "(UTC+05:45) Kathmandu", kathmandu),
    ZONE("Africa/Johannesburg", "South Africa Standard Time", "(UTC+02:00) Harare, Pretoria", johannesburg),
    ZONE("Pacific/Honolulu", "Hawaiian Standard Time", "(UTC-10:00) Hawaii", honolulu),
    ZONE("Pacific/Pago_Pago", "UTC-11", "(UTC-11:00) Coordinated Universal Time-11", pago_pago),
    ZONE("Pacific/Tongatapu", "Tonga Standard Time", "(UTC+13:00) Nuku'alofa", tongatapu),
    ZONE("Pacific/Kiritimati", "Line Islands Standard Time", "(UTC+14:00) Kiritimati Island", kiritimati),
};

int64_t ms_days(int year, int month, int day)
{
    /* Months counted from March: the leap day comes last, and 153 days make five months. */
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct ms_date ms_date_of(int64_t days)
{
    int year = (int)(1970 + days / 366) - (days < 0 ? 2 : 0);
    while (ms_days(year + 1, 1, 1) <= days)
        year++;
    int month = 1;
    while (month < 12 && ms_days(year, month + 1, 1) <= days)
        month++;
    return (struct ms_date){year, month, (int)(days - ms_days(year, month, 1)) + 1};
}

int ms_month_length(int year, int month)
{
    return (int)(month == 12 ? 31 : ms_days(year, month + 1, 1) - ms_days(year, month, 1));
}

int ms_weekday(int64_t days) { return (int)(((days + 4) % 7 + 7) % 7); }

uint64_t ms_filetime(int64_t seconds) { return (uint64_t)(seconds + 11644473600) * 10000000u; }
uint32_t ms_rtime(int64_t seconds) { return (uint32_t)((seconds + 11644473600) / 60); }

const struct ms_zone *ms_zone_find(const char *name)
{
    for (size_t i = 0; i < LENGTH(zones); i++)
        if (!strcasecmp(zones[i].name, name) || !strcasecmp(zones[i].key, name))
            return &zones[i];
    return NULL;
}

size_t ms_zone_count(void) { return LENGTH(zones); }
const struct ms_zone *ms_zone_at(size_t i) { return &zones[i]; }

const struct ms_rule *ms_zone_rule(const struct ms_zone *zone, int year)
{
    const struct ms_rule *rule = zone->rules;
    for (size_t i = 1; i < zone->rule_count && zone->rules[i].from_year <= year; i++)
        rule = &zone->rules[i];
    return rule;
}

struct ms_zone ms_zone_frozen(const struct ms_zone *zone, int year)
{
    struct ms_zone one = *zone;
    one.rules = ms_zone_rule(zone, year);
    one.rule_count = 1;
    return one;
}

static int64_t turn_local(const struct ms_turn *turn, int year)
{
    int64_t first = ms_days(year, turn->month, 1);
    int64_t day = first + (turn->dow - ms_weekday(first) + 7) % 7 + 7 * (turn->nth - 1);
    if (day >= first + ms_month_length(year, turn->month))
        day -= 7;
    return day * MS_DAY + turn->at_min * 60;
}

/* Whether summer time is on at a reading of the wall clock. The two turns are readings of
 * the clock before them: in the gap the old offset still counts; the hour that comes
 * twice is summer time at its first coming. */
static bool is_summer(const struct ms_rule *rule, int64_t local, int year)
{
    if (!rule->to_dst.month || !rule->to_std.month)
        return false;
    int64_t on = turn_local(&rule->to_dst, year) - rule->dst_bias_min * 60;
    int64_t off = turn_local(&rule->to_std, year);
    return on < off ? local >= on && local < off : local >= on || local < off;
}

int64_t ms_utc(const struct ms_zone *zone, int64_t local)
{
    int64_t days = (local >= 0 ? local : local - (MS_DAY - 1)) / MS_DAY;
    int year = ms_date_of(days).year;
    const struct ms_rule *rule = ms_zone_rule(zone, year);
    int bias = rule->bias_min + (is_summer(rule, local, year) ? rule->dst_bias_min : 0);
    return local + bias * 60;
}

static void put_turn(struct ms_bytes *b, const struct ms_turn *turn)
{
    const unsigned fields[8] = {0,
                                (unsigned)turn->month,
                                (unsigned)turn->dow,
                                (unsigned)turn->nth,
                                (unsigned)(turn->at_min / 60),
                                (unsigned)(turn->at_min % 60),
                                0,
                                0};
    for (size_t i = 0; i < 8; i++)
        ms_put16(b, fields[i]);
}

static void put_biases(struct ms_bytes *b, const struct ms_rule *rule)
{
    ms_put32(b, (uint32_t)rule->bias_min);
    ms_put32(b, 0);
    ms_put32(b, (uint32_t)rule->dst_bias_min);
}

void ms_put_tzstruct(struct ms_bytes *b, const struct ms_zone *zone, int year)
{
    const struct ms_rule *rule = ms_zone_rule(zone, year);
    put_biases(b, rule);
    ms_put16(b, 0);
    put_turn(b, &rule->to_std);
    ms_put16(b, 0);
    put_turn(b, &rule->to_dst);
}

void ms_put_tzdefinition(struct ms_bytes *b, const struct ms_zone *zone, int year)
{
    struct ms_bytes key = {.mem = b->mem};
    size_t units = ms_put_utf16(&key, zone->key);
    ms_put8(b, 2);
    ms_put8(b, 1);
    ms_put16(b, (unsigned)(6 + key.size));
    ms_put16(b, 2);
    ms_put16(b, (unsigned)units);
    ms_put(b, key.data, key.size);
    ms_put16(b, (unsigned)zone->rule_count);
    for (size_t i = 0; i < zone->rule_count; i++) {
        const struct ms_rule *rule = &zone->rules[i];
        ms_put8(b, 2);
        ms_put8(b, 1);
        ms_put16(b, 0x3e);
        ms_put16(b, rule == ms_zone_rule(zone, year) ? 2 : 0);
        ms_put16(b, rule->from_year ? (unsigned)rule->from_year : 1601);
        ms_put_zeros(b, 14);
        put_biases(b, rule);
        put_turn(b, &rule->to_std);
        put_turn(b, &rule->to_dst);
    }
}
