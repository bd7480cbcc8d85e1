/*
 * tz.h - zones as Outlook stores them: pure decoders, and civil time.
 *
 * [MS-OXOCAL] 2.2.1.39 PidLidTimeZoneStruct, 2.2.1.41 PidLidAppointmentTimeZoneDefinition*.
 * Bias is in minutes, UTC = local + bias (+ std_bias or dst_bias). No call here asks
 * the machine for its zone, its clock or its tzdata. A rule governs whole civil years;
 * where two rules meet, the offset may change with the first second of the year.
 */
#ifndef PL_TZ_H
#define PL_TZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena;

struct pl_transition {
    int year;  /* 0: `day` is the ordinal 1..5 of weekday `dow` (5 = last); else a day of the month */
    int month; /* 0: there is no such transition */
    int dow;   /* 0 = Sunday */
    int day;
    int hour, minute, second;
};

struct pl_tzrule {
    int from_year; /* holds from this year on; the first rule of a zone holds before too */
    int bias_min, std_bias_min, dst_bias_min;
    struct pl_transition to_std, to_dst;
    unsigned flags; /* of the TZRULE: 1 recurring, 2 effective */
};

struct pl_zone {
    const char *tzid;              /* UTF-8: the key name of a definition, or made from the rules */
    const struct pl_tzrule *rules; /* by from_year, ascending; at least one */
    size_t rule_count;
};

/* 48 bytes. false: too short, or fields out of range. */
bool pl_tz_struct(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_zone *out);
/* A TZDEFINITION with one or more rules. A blob cut after a whole rule gives the rules read. */
bool pl_tz_definition(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_zone *out);
/* Could a definition have given these rules? For zones that come from elsewhere. */
bool pl_tz_is_sound(const struct pl_zone *zone);
/* Equal rules, names aside. */
bool pl_tz_same(const struct pl_zone *a, const struct pl_zone *b);

/* Seconds since 1970 on the wall clock of the zone, and back. A local time in a gap
 * is read with the offset before it; one that occurs twice is the first. */
int64_t pl_tz_local(const struct pl_zone *zone, int64_t utc);
int64_t pl_tz_utc(const struct pl_zone *zone, int64_t local);

/* What pl_tz_utc() takes off a time, and for which times of the wall clock that holds: from..to, without its end.
 * Zeroed: for none. */
struct pl_tz_span {
    int64_t from, to;
    int64_t offset;
};
/* The same as pl_tz_utc(), for times that follow each other: `span` is kept between calls, for one zone. */
int64_t pl_tz_utc_next(const struct pl_zone *zone, int64_t local, struct pl_tz_span *span);

/* A moment from which another offset holds: what a VTIMEZONE describes, and what the two
 * functions above obey. Offsets are seconds east of UTC. */
struct pl_onset {
    int64_t utc, local; /* local: on the clock before the change */
    int from, to;
    bool dst;      /* daylight time begins */
    bool new_rule; /* at the first second of a year, only because its rule is another */
};
/* The onsets of one civil year, ascending: at most 3. */
size_t pl_tz_onsets(const struct pl_zone *zone, int year, struct pl_onset out[3]);
/* The rule that holds in a year. */
const struct pl_tzrule *pl_tz_rule(const struct pl_zone *zone, int year);
bool pl_tzrule_has_dst(const struct pl_tzrule *rule);
/* Equal biases and transitions, years and flags aside. */
bool pl_tzrule_same(const struct pl_tzrule *a, const struct pl_tzrule *b);
/* The effective rule of a definition, else its last one. */
const struct pl_tzrule *pl_tz_effective(const struct pl_zone *zone);

/* Civil time, proleptic Gregorian. */
struct pl_civil {
    int year, month, day, hour, minute, second, weekday; /* weekday 0 = Sunday */
};
int64_t pl_days_of_civil(int year, int month, int day); /* days since 1970-01-01 */
struct pl_civil pl_civil_of(int64_t seconds);
/* "20240131T080000" and the suffix, which is 'Z' or NUL: RFC 5545 3.3.5. Of a year its last four digits. */
#define PL_CIVIL_TEXT 17
void pl_civil_print(char out[PL_CIVIL_TEXT], int64_t seconds, char suffix);
int64_t pl_seconds_of_civil(const struct pl_civil *c);
int pl_month_days(int year, int month); /* month 1..12 */
/* The weekday of a count of days since 1970-01-01, 0 = Sunday. */
int pl_weekday_of_days(int64_t days);
/* FILETIME to seconds since 1970, rounded down. Minutes since 1601 ("rtime") likewise. */
int64_t pl_seconds_of_filetime(int64_t filetime);
int64_t pl_seconds_of_rtime(uint32_t minutes);

#endif
