/*
 * map_event.c - IPM.Appointment to an event. Pure; tables for what is plain copying.
 *
 * [MS-OXOCAL] 2.2.1; iCalendar names after [MS-OXCICAL] 2.1.3. Times: an instant
 * plus the zone that it is to be shown in, when the item has one; Outlook up to
 * 2003 keeps none for single appointments. All-day only by its own flag, never by
 * length. A series goes on in map_series.c.
 */
#include <string.h>

#include "body.h"
#include "map.h"
#include "series.h"
#include "tz.h"
#include "zone_memo.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#define MEETING  0x1
#define CANCELED 0x4

static const char *const busy_names[] = {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"};

/* Zone blobs by preference: for one's own start and end, and for dates. */
static const enum pl_pid start_zones[] = {PidLidAppointmentTimeZoneDefinitionStartDisplay,
                                          PidLidAppointmentTimeZoneDefinitionRecur, PidLidTimeZoneStruct};
static const enum pl_pid end_zones[] = {PidLidAppointmentTimeZoneDefinitionEndDisplay,
                                        PidLidAppointmentTimeZoneDefinitionStartDisplay,
                                        PidLidAppointmentTimeZoneDefinitionRecur, PidLidTimeZoneStruct};
static const enum pl_pid date_zones[] = {PidLidAppointmentTimeZoneDefinitionRecur,
                                         PidLidAppointmentTimeZoneDefinitionStartDisplay, PidLidTimeZoneStruct};

static const enum pl_pid starts[] = {PidLidAppointmentStartWhole, PidTagStartDate, PidLidCommonStart};
static const enum pl_pid ends[] = {PidLidAppointmentEndWhole, PidTagEndDate, PidLidCommonEnd};

static bool first_utc(struct pl_map *in, const enum pl_pid *pids, size_t count, int64_t *out)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        int64_t utc = 0;
        if (pl_in_utc(in, pids[i], &utc) && !found) {
            *out = utc;
            found = true;
        }
    }
    return found;
}

/* The end, from the item or from the duration; not before the start. */
static int64_t end_utc(struct pl_map *in, int64_t start)
{
    int64_t end = start;
    int64_t minutes = pl_in_integer(in, PidLidAppointmentDuration, 0);
    bool stated = first_utc(in, ends, LENGTH(ends), &end);
    if (stated && end >= start)
        return end;
    if (stated)
        pl_map_warn(in, "event.end-before-start", "the end lies before the start; the duration is used");
    return minutes > 0 ? start + minutes * 60 : start;
}

/* The zone under the name the world has for it, if its rules were the same in those years. */
static const struct pl_zone *world_zone(struct pl_map *in, const struct pl_zone *zone, const int years[2])
{
    return zone ? pl_zone_memo_written(in->m->zones, in->m->arena, zone, years[0], years[1]) : NULL;
}

static bool zone_same(const struct pl_zone *a, const struct pl_zone *b)
{
    return a == b ? a != NULL : a && b && !strcmp(a->tzid, b->tzid) && pl_tz_same(a, b);
}

static void map_times(struct pl_map *in, struct pl_event *e, int64_t start)
{
    int64_t end = end_utc(in, start);
    int years[2] = {pl_civil_of(start).year, pl_civil_of(end).year};
    e->all_day = pl_in_boolean(in, PidLidAppointmentSubType);
    if (!e->all_day) {
        const struct pl_zone *from = pl_map_zone(in, start_zones, LENGTH(start_zones));
        const struct pl_zone *to = pl_map_zone(in, end_zones, LENGTH(end_zones));
        e->start = pl_map_instant(world_zone(in, from, years), start);
        e->end = pl_map_instant(zone_same(from, to) ? e->start.zone : world_zone(in, to, years), end);
        return;
    }
    const struct pl_zone *zone = e->day_zone = pl_map_zone(in, date_zones, LENGTH(date_zones));
    e->start = pl_map_midnight(zone, start);
    e->end = pl_map_midnight(zone, end);
    if (e->end.local <= e->start.local)
        e->end.local = e->start.local + 86400;
    if (!zone && start % 86400 && in->m->report)
        pl_report(in->m->report, PL_OK, "event.allday-no-zone", in->item->key, in->item->offset,
                  "an all-day date without a zone, taken as the nearest midnight of UTC");
}

static enum pl_busy busy(struct pl_map *in)
{
    int64_t value = pl_in_integer(in, PidLidBusyStatus, PL_BUSY);
    return value >= 0 && value < (int64_t)LENGTH(busy_names) ? (enum pl_busy)value : PL_BUSY;
}

static void map_extras(struct pl_map *in, struct pl_event *e)
{
    static const struct pl_extra_row rows[] = {
        {PidTagOwnerAppointmentId, "X-MICROSOFT-CDO-OWNERAPPTID"},
        {PidLidAppointmentNotAllowPropose, "X-MICROSOFT-DISALLOW-COUNTER"},
        {PidLidAppointmentSequence, "X-MICROSOFT-CDO-APPT-SEQUENCE"},
        {PidLidAppointmentColor, "X-PIMLIFT-COLOR-LABEL"},
        {PidLidContacts, "X-PIMLIFT-CONTACT"},
        {PidLidCompanies, "X-PIMLIFT-COMPANY"},
        {PidLidBilling, "X-PIMLIFT-BILLING"},
        {PidLidMileage, "X-PIMLIFT-MILEAGE"},
    };
    static const char *const importances[] = {"0", "1", "2"};
    pl_map_extra(in, "X-MICROSOFT-CDO-BUSYSTATUS", busy_names[e->busy]);
    int64_t intended = pl_in_integer(in, PidLidIntendedBusyStatus, -1);
    if (intended >= 0 && intended < (int64_t)LENGTH(busy_names))
        pl_map_extra(in, "X-MICROSOFT-CDO-INTENDEDSTATUS", busy_names[intended]);
    pl_map_extra(in, "X-MICROSOFT-CDO-ALLDAYEVENT", e->all_day ? "TRUE" : "FALSE");
    if (in->out->common.importance >= 0)
        pl_map_extra(in, "X-MICROSOFT-CDO-IMPORTANCE", importances[in->out->common.importance]);
    pl_map_extras(in, rows, LENGTH(rows));
    int64_t replied = 0;
    if (pl_in_utc(in, PidLidAppointmentReplyTime, &replied)) {
        char text[PL_CIVIL_TEXT];
        pl_civil_print(text, replied, 'Z');
        pl_map_extra(in, "X-MICROSOFT-CDO-REPLYTIME", pl_map_printf(in, "%s", text));
    }
}

static void map_stamp(struct pl_map *in, int64_t start)
{
    int64_t changed = 0;
    struct pl_common *c = &in->out->common;
    if (pl_in_utc(in, PidLidOwnerCriticalChange, &changed))
        c->stamp_utc = changed;
    else if (!c->stamp_utc)
        c->stamp_utc = start;
}

static void map_places(struct pl_map *in, struct pl_event *e)
{
    e->location = pl_in_text(in, PidLidLocation);
    e->location_url = pl_in_line(in, PidNameLocationUrl);
    e->url = pl_in_line(in, PidLidMeetingWorkspaceUrl);
    e->conference = pl_in_line(in, PidNameSkypeTeamsMeetingUrl);
    if (!e->conference)
        e->conference = pl_in_line(in, PidNameOnlineMeetingConfLink);
}

/* An online meeting of Outlook up to 2003: NetMeeting, Windows Media, Exchange Conferencing. Fields of other
 * appointments hold what was typed last. */
static void map_online(struct pl_map *in, struct pl_event *e)
{
    static const struct pl_extra_row rows[] = {
        {PidLidConferencingType, "X-PIMLIFT-ONLINE-TYPE"},    {PidLidDirectory, "X-PIMLIFT-ONLINE-DIRECTORY"},
        {PidLidOrganizerAlias, "X-PIMLIFT-ONLINE-ORGANIZER"}, {PidLidCollaborateDoc, "X-PIMLIFT-ONLINE-DOCUMENT"},
        {PidLidOnlinePassword, "X-PIMLIFT-ONLINE-PASSWORD"},
    };
    in->used[PidLidAutoStartCheck] = 1;
    in->used[PidLidAllowExternalCheck] = 1;
    in->used[PidLidNetShowUrl] = 1;
    for (size_t i = 0; i < LENGTH(rows); i++)
        in->used[rows[i].pid] = 1;
    if (!pl_in_boolean(in, PidLidConferencingCheck))
        return;
    pl_map_extras(in, rows, LENGTH(rows));
    if (!e->conference)
        e->conference = pl_in_line(in, PidLidNetShowUrl);
}

static void map_series(struct pl_map *in, struct pl_event *e)
{
    bool recurring = pl_in_boolean(in, PidLidRecurring);
    if (!recurring && !pl_bag_find(in->bag, PidLidAppointmentRecur)) {
        pl_map_extra(in, "X-MICROSOFT-CDO-INSTTYPE", e->recurrence_id.set ? "3" : "0");
        return;
    }
    pl_map_extra(in, "X-MICROSOFT-CDO-INSTTYPE", "1");
    pl_map_series(in);
}

void pl_map_event(struct pl_map *in)
{
    struct pl_event *e = &in->out->as.event;
    struct pl_body body = {0};
    int64_t start = 0;
    if (!first_utc(in, starts, LENGTH(starts), &start)) {
        in->status = in->m->report ? pl_report(in->m->report, PL_LOST, "event.no-start", in->item->key,
                                               in->item->offset, "the appointment has no start")
                                   : PL_LOST;
        return;
    }
    map_times(in, e, start);
    map_stamp(in, start);
    e->busy = busy(in);
    int64_t state = pl_in_integer(in, PidLidAppointmentStateFlags, 0);
    e->is_meeting = (state & MEETING) != 0;
    e->cancelled = (state & CANCELED) != 0;
    int64_t sequence = pl_in_integer(in, PidLidAppointmentSequence, 0);
    e->sequence = sequence > 0 && sequence <= INT32_MAX ? (int)sequence : 0;
    map_places(in, e);
    map_online(in, e);
    pl_map_body(in, &body);
    in->out->common.description = body.plain;
    in->out->common.html = body.html;
    pl_map_alarm(in, false, &e->alarm);
    pl_map_people(in);
    map_extras(in, e);
    pl_map_attachments(in);
    map_series(in, e);
}
