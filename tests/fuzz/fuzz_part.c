/*
 * fuzz_part.c - a part of a calendar, in any bytes. One that fits is joined whole, and the zones that are known
 * then are sound.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fdio.h"
#include "ics_part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void join(struct pl_ics_part *part, struct pl_sink *sink)
{
    const struct pl_tzrule rule = {.from_year = 1601, .bias_min = -60};
    const struct pl_zone plant = {.tzid = "Plant", .rules = &rule, .rule_count = 1};
    struct pl_vtimezones zones;
    pl_vtimezones_init(&zones);
    (void)pl_vtimezones_use(&zones, sink, &plant);
    uint64_t before = sink->bytes;
    if (pl_ics_part_fits(part, &zones) && pl_ics_part_join(part, sink, &zones) && !sink->error &&
        sink->bytes < before + part->components)
        abort();
    for (const struct pl_vtimezone *z = zones.first; z; z = z->next)
        if (!pl_tz_is_sound(&z->zone))
            abort();
    pl_vtimezones_release(&zones);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_ics_part part;
    struct pl_output *output;
    struct pl_sink sink;
    int fd = memfd_create("part", MFD_CLOEXEC);
    const char *const names[] = {"part"};
    if (fd < 0 || pl_fd_write(fd, data, size, 0) != 0 || pl_output_hollow(&output) != PL_OK)
        return 0;
    if (pl_output_create(output, names, 1, ".ics", &sink) == PL_OK) {
        if (pl_ics_part_open(&part, fd, size))
            join(&part, &sink);
        pl_ics_part_close(&part);
        pl_sink_abort(&sink);
    }
    pl_output_close(output);
    close(fd);
    return 0;
}
