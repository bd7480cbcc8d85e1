/*
 * when.h - civil time and the rules of a handful of zones, written for mkstore alone.
 *
 * Readers have their own; sharing it would let one mistake pass on both sides.
 * Seconds count from 1970-01-01T00:00:00, days from 1970-01-01; proleptic Gregorian.
 */
#ifndef MS_WHEN_H
#define MS_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

#define MS_DAY 86400

struct ms_date {
    int year, month, day;
};

int64_t ms_days(int year, int month, int day);
struct ms_date ms_date_of(int64_t days);
int ms_month_length(int year, int month);
int ms_weekday(int64_t days); /* 0 = Sunday */
uint64_t ms_filetime(int64_t seconds);
uint32_t ms_rtime(int64_t seconds); /* minutes since 1601 */

/* The turn of a clock: the nth (5 = last) weekday of a month, at minutes of the clock before it. month 0: none. */
struct ms_turn {
    int month, nth, dow, at_min;
};

/* One TZRULE: holds from a year on. Biases in minutes as Outlook counts: UTC = local + bias. */
struct ms_rule {
    int from_year;
    int bias_min, dst_bias_min;
    struct ms_turn to_std, to_dst;
};

struct ms_zone {
    const char *name;  /* IANA */
    const char *key;   /* of the Windows registry */
    const char *label; /* display text, English */
    const struct ms_rule *rules;
    size_t rule_count;
};

/* By either name; NULL when mkstore does not know it. */
const struct ms_zone *ms_zone_find(const char *name);
size_t ms_zone_count(void);
const struct ms_zone *ms_zone_at(size_t i);

/* The same zone with the one rule of that year for all years: what an item without
 * several rules says. */
struct ms_zone ms_zone_frozen(const struct ms_zone *zone, int year);
const struct ms_rule *ms_zone_rule(const struct ms_zone *zone, int year);

/* A wall clock that does not exist is read with the offset before the gap; one that
 * occurs twice is the first. */
int64_t ms_utc(const struct ms_zone *zone, int64_t local);

/* PidLidTimeZoneStruct, [MS-OXOCAL] 2.2.1.39: 48 bytes. */
void ms_put_tzstruct(struct ms_bytes *b, const struct ms_zone *zone, int year);
/* PidLidAppointmentTimeZoneDefinition*, 2.2.1.41: all rules, the one of `year` marked effective. */
void ms_put_tzdefinition(struct ms_bytes *b, const struct ms_zone *zone, int year);

#endif
