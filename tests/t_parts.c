/*
 * t_parts.c - what several processes write of one calendar is what one would have written. The other side is a file
 * that is written whole, zones and all; the cuts, the zones and their names are random.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "fdio.h"
#include "ics_part.h"
#include "lib_folder.h"
#include "zones.h"

#define EVENTS 60u

#define TZ_VERSION(text)
#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)
#define TZ_WINDOWS(name, iana)
#define TZ_ZONE(name, first, count) name,
static const char *const zone_names[] = {
#include "zones.def"
};
#define ZONES (sizeof zone_names / sizeof *zone_names)

static char dir[FOLDER_PATH];
static struct pl_output *output;
static uint64_t seed;

static unsigned random_of(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void begin(void)
{
    const char *why = "";
    cr_assert(folder_make(dir));
    cr_assert_eq(pl_output_open(dir, true, &output, &why), PL_OK, "%s", why);
    seed = 20240229;
}

static void end(void)
{
    pl_output_close(output);
    folder_remove(dir);
}
TestSuite(parts, .init = begin, .fini = end);

static struct pl_sink sink_open(const char *name)
{
    struct pl_sink sink;
    cr_assert_eq(pl_output_fixed(output, name, &sink), PL_OK);
    return sink;
}

/* Ends it, and opens what was written. */
static int sink_end(struct pl_sink *sink, const char *name, uint64_t *size)
{
    char path[FOLDER_PATH + 32];
    *size = sink->bytes;
    cr_assert_eq(pl_sink_commit(sink), PL_OK);
    pl_sink_abort(sink);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert(fd >= 0);
    return fd;
}

static char *text_of(int fd, uint64_t size)
{
    char *text = calloc(1, size + 1);
    cr_assert(text && pl_fd_read(fd, text, size, 0) == (ssize_t)size);
    close(fd);
    return text;
}

/* --- random events -------------------------------------------------------------------------------- */

struct event {
    struct pl_tzrule rule;
    struct pl_zone zone;
};

/* Few names and few rules, so that both meet each other in all ways. */
static void events_make(struct event events[EVENTS])
{
    static const char *const names[] = {"Plant", "Plant", "Plant (2)", "Pl,ant", "Pl_ant", "Home"};
    for (unsigned i = 0; i < EVENTS; i++) {
        struct event *e = &events[i];
        e->rule = (struct pl_tzrule){.from_year = 1601, .bias_min = (int)random_of(3) * 60};
        e->zone = (struct pl_zone){.tzid = names[random_of(6)], .rules = &e->rule, .rule_count = 1};
    }
}

static void event_write(const struct event *e, unsigned number, struct pl_vtimezones *zones, struct pl_sink *sink)
{
    char text[200];
    const char *name = pl_vtimezones_use(zones, sink, &e->zone);
    snprintf(text, sizeof text, "BEGIN:VEVENT\r\nUID:%u\r\nDTSTART;TZID=%s:20240101T000000\r\nEND:VEVENT\r\n",
             number, name);
    pl_sink_puts(sink, text);
}

static void whole_write(const struct event *events, struct pl_sink *sink)
{
    struct pl_vtimezones zones;
    pl_vtimezones_init(&zones);
    for (unsigned i = 0; i < EVENTS; i++)
        event_write(&events[i], i, &zones, sink);
    pl_vtimezones_release(&zones);
}

static int part_write(const struct event *events, unsigned from, unsigned to, uint64_t *size)
{
    struct pl_vtimezones zones;
    struct pl_sink sink = sink_open("part");
    pl_vtimezones_init(&zones);
    zones.unwritten = true;
    for (unsigned i = from; i < to; i++)
        event_write(&events[i], i, &zones, &sink);
    pl_ics_part_end(&sink, &zones);
    pl_vtimezones_release(&zones);
    return sink_end(&sink, "part", size);
}

/* Parts that fit are joined; the others are written anew, as the process does that joins them. How many fitted. */
static unsigned parts_write(const struct event *events, struct pl_sink *sink)
{
    struct pl_vtimezones zones;
    unsigned fitted = 0;
    pl_vtimezones_init(&zones);
    for (unsigned from = 0, to; from < EVENTS; from = to) {
        struct pl_ics_part part;
        uint64_t size;
        to = from + random_of(EVENTS - from) + 1;
        int fd = part_write(events, from, to, &size);
        cr_assert(pl_ics_part_open(&part, fd, size));
        if (pl_ics_part_fits(&part, &zones)) {
            cr_assert(pl_ics_part_join(&part, sink, &zones));
            fitted++;
        } else {
            for (unsigned i = from; i < to; i++)
                event_write(&events[i], i, &zones, sink);
        }
        pl_ics_part_close(&part);
        close(fd);
    }
    pl_vtimezones_release(&zones);
    return fitted;
}

Test(parts, are_the_whole)
{
    unsigned fitted = 0;
    for (unsigned round = 0; round < 200; round++) {
        struct event events[EVENTS];
        uint64_t size, again;
        events_make(events);
        struct pl_sink whole = sink_open("whole"), joined = sink_open("joined");
        whole_write(events, &whole);
        fitted += parts_write(events, &joined);
        int one = sink_end(&whole, "whole", &size), two = sink_end(&joined, "joined", &again);
        cr_assert_eq(size, again);
        char *a = text_of(one, size), *b = text_of(two, again);
        cr_assert_str_eq(a, b);
        free(a);
        free(b);
    }
    cr_expect_gt(fitted, 200, "%u parts fitted", fitted);
}

/* --- what is no part ------------------------------------------------------------------------------- */

static bool is_joined(int fd, uint64_t size)
{
    struct pl_ics_part part;
    struct pl_vtimezones zones;
    struct pl_sink sink = sink_open("joined");
    pl_vtimezones_init(&zones);
    bool joined = pl_ics_part_open(&part, fd, size) && pl_ics_part_fits(&part, &zones) &&
                  pl_ics_part_join(&part, &sink, &zones) && !sink.error;
    pl_ics_part_close(&part);
    pl_vtimezones_release(&zones);
    pl_sink_abort(&sink);
    return joined;
}

static bool is_joined_with(int fd, uint64_t size, uint64_t at, const void *bytes, size_t count)
{
    uint8_t before[16];
    cr_assert_eq(pl_fd_read(fd, before, count, (off_t)at), (ssize_t)count);
    cr_assert_eq(pl_fd_write(fd, bytes, count, (off_t)at), 0);
    bool joined = is_joined(fd, size);
    cr_assert_eq(pl_fd_write(fd, before, count, (off_t)at), 0);
    return joined;
}

/* The record of the zones begins behind the components: tag, byte, two texts, rules. */
Test(parts, make_no_sense)
{
    static const uint8_t zero[8] = {0}, far[8] = {0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f};
    struct event events[EVENTS];
    uint8_t bytes[8];
    uint64_t size;
    events_make(events);
    events[0].zone.tzid = "Plant";
    int fd = part_write(events, 0, 1, &size);
    cr_assert(is_joined(fd, size));
    cr_assert_eq(pl_fd_read(fd, bytes, 8, (off_t)size - 8), 8);
    uint64_t record = size - 8 - pl_le64(bytes), rules = size - 8 - sizeof(struct pl_tzrule);
    for (uint64_t cut = 1; cut < 40; cut++)
        cr_expect_not(is_joined(fd, size - cut), "%d bytes less", (int)cut);
    cr_expect_not(is_joined(fd, 3));
    cr_expect_not(is_joined_with(fd, size, size - 8, zero, 8), "no record");
    cr_expect_not(is_joined_with(fd, size, size - 8, far, 8), "a record larger than the file");
    cr_expect_not(is_joined_with(fd, size, record + 1, far, 8), "a byte behind the components");
    cr_expect_not(is_joined_with(fd, size, record + 9, far, 4), "a name longer than the record");
    cr_expect_not(is_joined_with(fd, size, record + 9, zero, 4), "a name without its size");
    cr_expect_not(is_joined_with(fd, size, rules, far, 4), "a year that is none");
    cr_expect_not(is_joined_with(fd, size, rules + 4, far, 4), "more minutes than a day has");
    cr_expect(is_joined(fd, size));
    close(fd);
}

/* What is checked of rules holds for all that there are. */
Test(parts, zones_are_sound)
{
    for (size_t i = 0; i < ZONES; i++) {
        const struct pl_zone *zone = pl_zone_of_name(zone_names[i]);
        cr_expect(zone && pl_tz_is_sound(zone), "%s", zone_names[i]);
    }
    struct pl_tzrule rules[2] = {{.from_year = 2000}, {.from_year = 2000}};
    cr_expect_not(pl_tz_is_sound(&(struct pl_zone){.tzid = "", .rules = rules, .rule_count = 2}),
                  "two of one year");
    rules[1].from_year = 2001;
    cr_expect(pl_tz_is_sound(&(struct pl_zone){.tzid = "", .rules = rules, .rule_count = 2}));
    rules[1].to_std = rules[1].to_dst = (struct pl_transition){.month = 13, .day = 1};
    cr_expect_not(pl_tz_is_sound(&(struct pl_zone){.tzid = "", .rules = rules, .rule_count = 2}), "month 13");
    cr_expect_not(pl_tz_is_sound(&(struct pl_zone){.tzid = ""}), "no rules");
}
