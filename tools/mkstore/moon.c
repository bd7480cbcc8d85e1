/*
 * moon.c - the lunisolar calendars of East Asia, from the moon and the sun themselves.
 *
 * A month begins on the day of a new moon, the eleventh holds the winter solstice, and when thirteen
 * months lie between two solstices the first one that has no major solar term is the leap month.
 * New moons: J. Meeus, Astronomical Algorithms, chapter 49; the sun's longitude: chapter 25, which is
 * good to a quarter of an hour. Clocks go ahead of the sun by delta T, here good to a minute.
 */
#include <math.h>

#include "calendar.h"
#include "when.h"

#define RADIANS  (3.14159265358979323846 / 180)
#define JD_1970  2440587.5
#define LUNATION 29.530588861

static double sine(double degrees) { return sin(degrees * RADIANS); }

/* Seconds that uniform time is ahead, by years since 2000. */
static double delta_t(double jd)
{
    double years = (jd - 2451545.0) / 365.25;
    return (63.0 + 0.32 * years + 0.0056 * years * years) / 86400;
}

/* The arguments of a new moon: sun's and moon's anomaly, moon's latitude, node, eccentricity. */
struct phase {
    double m, mm, f, omega, e;
};

static double periodic(const struct phase *p)
{
    static const struct {
        double size;
        int e, m, mm, f; /* power of the eccentricity, multiples of the arguments */
    } terms[] = {{-0.40720, 0, 0, 1, 0}, {0.17241, 1, 1, 0, 0},    {0.01608, 0, 0, 2, 0},  {0.01039, 0, 0, 0, 2},
                 {0.00739, 1, -1, 1, 0}, {-0.00514, 1, 1, 1, 0},   {0.00208, 2, 2, 0, 0},  {-0.00111, 0, 0, 1, -2},
                 {-0.00057, 0, 0, 1, 2}, {0.00056, 1, 1, 2, 0},    {-0.00042, 0, 0, 3, 0}, {0.00042, 1, 1, 0, 2},
                 {0.00038, 1, 1, 0, -2}, {-0.00024, 1, -1, 2, 0},  {-0.00007, 0, 2, 1, 0}, {0.00004, 0, 0, 2, -2},
                 {0.00004, 0, 3, 0, 0},  {0.00003, 0, 1, 1, -2},   {0.00003, 0, 0, 2, 2},  {-0.00003, 0, 1, 1, 2},
                 {0.00003, 0, -1, 1, 2}, {-0.00002, 0, -1, 1, -2}, {-0.00002, 0, 1, 3, 0}, {0.00002, 0, 0, 4, 0}};
    double sum = -0.00017 * sine(p->omega);
    for (unsigned i = 0; i < sizeof terms / sizeof *terms; i++)
        sum += terms[i].size * pow(p->e, terms[i].e) *
               sine(terms[i].m * p->m + terms[i].mm * p->mm + terms[i].f * p->f);
    return sum;
}

static double planetary(double k, double t)
{
    static const double terms[][3] = {{325, 299.77, 0.107408},  {165, 251.88, 0.016321}, {164, 251.83, 26.651886},
                                      {126, 349.42, 36.412478}, {110, 84.66, 18.206239}, {62, 141.74, 53.303771},
                                      {60, 207.14, 2.453732},   {56, 154.84, 7.306860},  {47, 34.52, 27.261239},
                                      {42, 207.19, 0.121824},   {40, 291.34, 1.844379},  {37, 161.72, 24.198154},
                                      {35, 239.56, 25.513099},  {23, 331.55, 3.592518}};
    double sum = 0;
    for (unsigned i = 0; i < sizeof terms / sizeof *terms; i++)
        sum += terms[i][0] * 1e-6 * sine(terms[i][1] + terms[i][2] * k - (i ? 0 : 0.009173 * t * t));
    return sum;
}

/* The day of the k-th new moon after the one of 2000-01-06, at a meridian. */
static int64_t new_moon_day(int64_t number, int hours)
{
    double k = (double)number, t = k / 1236.85, t2 = t * t, t3 = t2 * t;
    struct phase p = {.m = 2.5534 + 29.10535670 * k - 0.0000014 * t2,
                      .mm = 201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3,
                      .f = 160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3,
                      .omega = 124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3,
                      .e = 1 - 0.002516 * t - 0.0000074 * t2};
    double jd = 2451550.09766 + LUNATION * k + 0.00015437 * t2 - 0.000000150 * t3 + periodic(&p) + planetary(k, t);
    return (int64_t)floor(jd - delta_t(jd) - JD_1970 + hours / 24.0);
}

/* The sun's apparent longitude at midnight. */
static double sun_at(int64_t day, int hours)
{
    double jd = (double)day + JD_1970 - hours / 24.0, t = (jd + delta_t(jd) - 2451545.0) / 36525;
    double m = 357.52911 + 35999.05029 * t - 0.0001537 * t * t;
    double center = (1.914602 - 0.004817 * t - 0.000014 * t * t) * sine(m) +
                    (0.019993 - 0.000101 * t) * sine(2 * m) + 0.000289 * sine(3 * m);
    double longitude =
        280.46646 + 36000.76983 * t + 0.0003032 * t * t + center - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t);
    return longitude - 360 * floor(longitude / 360);
}

/* The last new moon on or before a day. */
static int64_t moon_before(int64_t day, int hours)
{
    int64_t number = (int64_t)floor(((double)day + JD_1970 - 2451550.1) / LUNATION) + 1;
    while (new_moon_day(number, hours) > day)
        number--;
    return number;
}

/* The new moon of the month that holds the winter solstice of a year. */
static int64_t solstice_moon(int year, int hours)
{
    int64_t day = ms_days(year, 12, 18);
    while (sun_at(day + 1, hours) < 270)
        day++;
    return moon_before(day, hours);
}

static bool without_term(int64_t number, int hours)
{
    double from = sun_at(new_moon_day(number, hours), hours), to = sun_at(new_moon_day(number + 1, hours), hours);
    return (int)(from / 30) == (int)(to / 30);
}

struct ms_month ms_lunar_month(int64_t day, int hours)
{
    int year = ms_date_of(day).year;
    if (year > 2099) /* nobody knows the clocks of that time to the minute */
        return (struct ms_month){.length = 0};
    int64_t number = moon_before(day, hours);
    int64_t winter = solstice_moon(year, hours), next = winter;
    if (number < winter)
        winter = solstice_moon(--year, hours);
    else
        next = solstice_moon(year + 1, hours);
    int64_t leap = next;
    if (next - winter == 13)
        for (leap = winter + 1; leap < next && !without_term(leap, hours);)
            leap++;
    int place = (int)(number - winter) - (number >= leap); /* 0: the eleventh month */
    int64_t first = new_moon_day(number, hours);
    return (struct ms_month){.first = first,
                             .length = (int)(new_moon_day(number + 1, hours) - first),
                             .year = place < 2 ? year : year + 1,
                             .number = (place + 10) % 12 + 1,
                             .leap = number == leap};
}
