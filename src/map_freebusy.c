/*
 * map_freebusy.c - published busy time, and the busy time that an event makes.
 *
 * Layer: core. Pure. Whose time a message of Schedule+ tells stands in it as a DN, in
 * older ones only in its subject: "USER-" and the DN from its first "/cn" on, behind the
 * name of the folder "EX:" and the rest. [MS-OXOPFFB] 3.1.4.1.2.2
 */
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "map.h"
#include "plural.h"
#include "tz.h"

/* --- published ------------------------------------------------------------------------------ */

struct pl_freebusy *pl_map_published_of(struct pl_map *in)
{
    struct pl_published p;
    struct pl_freebusy *f = pl_arena_zalloc(in->m->arena, 1, sizeof *f);
    if (!f || !pl_published_of(in->m->arena, in->bag, &p)) {
        in->failed = true;
        return NULL;
    }
    if (p.broken)
        pl_map_warn(in, "freebusy.blocks", "%zu %s no sense, and left out", p.broken,
                    pl_plural(p.broken, "block of busy time makes", "blocks of busy time make"));
    *f = (struct pl_freebusy){
        .user = {.trustee = PL_TRUSTEE_USER, .dn = pl_map_clean_line(in, p.dn)},
        .start_utc = p.start,
        .end_utc = p.end,
        .stamp_utc = p.stamp,
        .periods = p.periods,
        .period_count = p.count,
    };
    return p.any || p.start ? f : NULL;
}

static const char *dn_of_subject(struct pl_map *in)
{
    const char *subject = in->out->common.summary;
    const char *folder = in->m->report ? in->m->report->folder : NULL;
    if (!subject || strncasecmp(subject, "USER-", 5) != 0)
        return NULL;
    const char *site = folder ? strrchr(folder, ':') : NULL;
    return pl_map_printf(in, "%s%s", site ? site + 1 : "", subject + 5);
}

void pl_map_published(struct pl_map *in)
{
    struct pl_freebusy *f = pl_map_published_of(in);
    if (!f) {
        in->out->idle = "nothing-shared";
        return;
    }
    if (!f->user.dn)
        f->user.dn = dn_of_subject(in);
    if (!f->stamp_utc)
        f->stamp_utc = in->out->common.stamp_utc;
    pl_map_party_known(in, &f->user);
    in->out->as.freebusy = *f;
}

/* --- made by events ---------------------------------------------------------------------------- */

struct busy {
    const struct pl_event *event;
    const struct pl_zone *zone; /* of a series; NULL: its times are in UTC */
    struct pl_tz_span span;     /* of it */
    void (*found)(void *data, const struct pl_period *period);
    void *data;
};

static void give(const struct busy *b, enum pl_busy busy, int64_t start, int64_t end)
{
    static const int kinds[] = {[PL_FREE] = -1,
                                [PL_BUSY_TENTATIVE] = PL_TIME_TENTATIVE,
                                [PL_BUSY] = PL_TIME_BUSY,
                                [PL_OOF] = PL_TIME_AWAY,
                                [PL_WORKING_ELSEWHERE] = -1};
    if (kinds[busy] >= 0 && start < end)
        b->found(b->data, &(struct pl_period){start, end, (enum pl_time_kind)kinds[busy]});
}

static int64_t utc_of(const struct pl_zone *zone, int64_t local) { return zone ? pl_tz_utc(zone, local) : local; }

static int64_t instant(const struct pl_event *e, const struct pl_when *w)
{
    return w->is_date ? utc_of(e->day_zone, w->local) : w->utc;
}

static void give_event(const struct busy *b, const struct pl_event *e)
{
    int64_t start = instant(b->event, &e->start);
    give(b, e->busy, start, e->end.set ? instant(b->event, &e->end) : start);
}

/* What changed in an occurrence beside its times may stand in a message of its own. */
static const struct pl_event *override_of(const struct pl_event *e, int64_t original)
{
    for (size_t i = 0; i < e->override_count; i++)
        if (e->overrides[i].as.event.recurrence_id.local == original)
            return &e->overrides[i].as.event;
    return NULL;
}

static int64_t occurrence_utc(struct busy *b, int64_t local)
{
    return b->zone ? pl_tz_utc_next(b->zone, local, &b->span) : local;
}

static void give_occurrence(struct busy *b, const struct pl_occurrence *o)
{
    const struct pl_event *changed = NULL;
    if (o->state == PL_DELETED)
        return;
    if (o->exception)
        changed = override_of(b->event, o->original);
    if (changed)
        give_event(b, changed);
    else
        give(b, b->event->busy, occurrence_utc(b, o->start), occurrence_utc(b, o->end));
}

bool pl_event_is_endless(const struct pl_event *event)
{
    return event->made ? event->made->endless : event->recur && event->recur->end == PL_END_NEVER;
}

bool pl_map_busy(const struct pl_event *event, struct pl_arena *scratch,
                 void (*found)(void *data, const struct pl_period *period), void *data)
{
    struct busy b = {.event = event, .found = found, .data = data};
    struct pl_expansion all;
    if (event->made) {
        for (size_t i = 0; i < event->made->count; i++)
            found(data, &event->made->periods[i]);
        return !event->made->broken;
    }
    if (!event->recur) {
        give_event(&b, event);
        return true;
    }
    if (!pl_expand(scratch, event->recur, PL_EXPAND_MOST, &all))
        return false;
    b.zone = event->all_day ? event->day_zone : event->start.zone;
    for (size_t i = 0; i < all.count; i++)
        give_occurrence(&b, &all.list[i]);
    return true;
}
