/*
 * ics_part.c - see ics_part.h.
 */
#include "ics_part.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "fdio.h"

#define RECORD_MOST ((size_t)4 << 20)
#define TAG         1
#define SIZE_SIZE   8u

void pl_ics_part_end(struct pl_sink *sink, const struct pl_vtimezones *zones)
{
    struct pl_spool s = {0};
    uint8_t size[SIZE_SIZE];
    pl_buf_init(&s.record, RECORD_MOST);
    pl_spool_begin(&s, TAG);
    for (const struct pl_vtimezone *z = zones->first; z; z = z->next) {
        pl_spool_number(&s, z->needed_at);
        pl_spool_text(&s, z->tzid);
        pl_spool_text(&s, z->zone.tzid);
        pl_spool_bytes(&s, z->zone.rules, z->zone.rule_count * sizeof *z->zone.rules);
    }
    bool whole = !s.record.failed && !s.failed; /* else there is none, and nobody takes this for a part */
    pl_put64(size, whole ? s.record.size : 0);
    if (whole)
        pl_sink_write(sink, s.record.data, s.record.size);
    pl_sink_write(sink, size, sizeof size);
    pl_buf_release(&s.record);
}

bool pl_ics_part_open(struct pl_ics_part *p, int fd, uint64_t size)
{
    uint8_t bytes[SIZE_SIZE];
    *p = (struct pl_ics_part){.fd = fd};
    if (size < sizeof bytes || size > INT64_MAX ||
        pl_fd_read(fd, bytes, sizeof bytes, (off_t)(size - sizeof bytes)) != (ssize_t)sizeof bytes)
        return false;
    uint64_t record = pl_le64(bytes);
    if (!record || record > RECORD_MOST || record > size - sizeof bytes)
        return false;
    p->components = size - sizeof bytes - record;
    p->size = (size_t)record;
    p->in.data = malloc(p->size);
    return p->in.data && pl_fd_read(fd, p->in.data, p->size, (off_t)p->components) == (ssize_t)p->size;
}

void pl_ics_part_close(struct pl_ics_part *p)
{
    free(p->in.data);
    free(p->room);
}

struct use {
    uint64_t at;
    const char *tzid;
    struct pl_zone zone;
};

static void uses_begin(struct pl_ics_part *p)
{
    p->in.size = p->size;
    p->in.at = 1;
    p->in.bad = false;
}

/* The next zone; texts live as long as the part, rules until the next one. false: there is none, or it makes no
 * sense: `in.bad`. */
static bool use_next(struct pl_ics_part *p, struct use *use)
{
    size_t size = 0;
    if (p->in.at == p->in.size)
        return false;
    *use = (struct use){.at = pl_spool_in_number(&p->in)};
    use->tzid = pl_spool_in_text(&p->in);
    use->zone.tzid = pl_spool_in_text(&p->in);
    const void *rules = pl_spool_in_bytes(&p->in, &size);
    free(p->room); /* a copy, because the rules in the record may lie anywhere */
    p->room = rules && size % sizeof *p->room == 0 ? malloc(size) : NULL;
    if (p->room)
        memcpy(p->room, rules, size);
    use->zone.rules = p->room;
    use->zone.rule_count = p->room ? size / sizeof *p->room : 0;
    p->in.bad =
        p->in.bad || use->at > p->components || !use->tzid || !use->zone.tzid || !pl_tz_is_sound(&use->zone);
    return !p->in.bad;
}

/* With ample room: how much of it zones that were met in another order left is not known. */
bool pl_ics_part_fits(struct pl_ics_part *p, const struct pl_vtimezones *zones)
{
    struct use use;
    bool fit = zones->arena.used + p->size * 2 <= zones->arena.limit / 2;
    uses_begin(p);
    while (fit && use_next(p, &use))
        fit = pl_vtimezones_fit(zones, &use.zone, use.tzid);
    return fit && !p->in.bad;
}

bool pl_ics_part_join(struct pl_ics_part *p, struct pl_sink *sink, struct pl_vtimezones *zones)
{
    struct use use;
    uint64_t at = 0;
    bool good = true;
    uses_begin(p);
    while (good && use_next(p, &use)) {
        good = use.at >= at;
        if (good)
            pl_sink_copy(sink, p->fd, at, use.at - at);
        at = use.at;
        const char *name = good ? pl_vtimezones_use(zones, sink, &use.zone) : NULL;
        good = name && !strcmp(name, use.tzid);
    }
    if (good && !p->in.bad)
        pl_sink_copy(sink, p->fd, at, p->components - at);
    return good && !p->in.bad;
}
