/*
 * t_series.c - appointments that repeat, as records: a store written by Outlook whose
 * series is known (8:00 on Tuesdays in Los Angeles from 2016-08-02), the example of
 * [MS-OXOCAL] with exceptions, and items made by hand for what no store here shows.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "lib_item.h"
#include "lib_vec.h"
#include "pst/pst.h"
#include "recur.h"
#include "session.h"
#include "tz.h"

/* --- the golden case ----------------------------------------------------- */

static bool wants(void *data, const char *message_class, bool associated)
{
    (void)data;
    return !associated && pl_kind_of_class(message_class) == PL_EVENT;
}

static void local_is(const struct pl_when *w, const char *text)
{
    cr_assert_eq(w->local, at(text), "%s", text);
    cr_assert(w->zone && !w->is_date);
    cr_assert_eq(pl_tz_local(w->zone, w->utc), w->local);
}

static void golden_compare(const struct pl_event *e)
{
    cr_assert_not_null(e->recur);
    cr_assert_str_eq(e->start.zone->tzid, "America/Los_Angeles");
    local_is(&e->start, "2016-08-02 08:00:00");
    cr_assert_eq(e->start.utc, at("2016-08-02 15:00:00"));
    local_is(&e->end, "2016-08-02 08:30:00");
    cr_assert_eq(e->exdate_count, 1);
    local_is(&e->exdates[0], "2016-08-09 08:00:00");
    cr_assert_eq(e->override_count, 2);
    const struct pl_record *first = &e->overrides[0], *second = &e->overrides[1];
    local_is(&first->as.event.recurrence_id, "2016-08-23 08:00:00");
    local_is(&first->as.event.start, "2016-08-23 09:00:00");
    local_is(&first->as.event.end, "2016-08-23 09:30:00");
    cr_assert(strstr(first->common.description, "This is the appointment at 9"));
    local_is(&second->as.event.recurrence_id, "2016-08-30 08:00:00");
    local_is(&second->as.event.start, "2016-08-30 10:00:00");
    local_is(&second->as.event.end, "2016-08-30 10:30:00");
    cr_assert(strstr(second->common.description, "This is the one at 10"));
    cr_assert(e->alarm.set && e->alarm.minutes_before == 15);
    cr_assert(first->as.event.alarm.set && first->as.event.alarm.minutes_before == 15);
    cr_assert_eq(e->rdate_count, 0);
}

Test(series, golden)
{
    const struct pl_reader_ops *readers[] = {&pl_pst_reader, NULL};
    const struct pl_reader_options options = {.memory = 8 << 20};
    const char *root = getenv("PIMLIFT_CORPUS");
    char path[1024];
    snprintf(path, sizeof path, "%s/pst/javalibpst-dist-list-recurring.pst", root ? root : "../shared/corpus");
    FILE *f = fopen(path, "rb");
    if (!f)
        cr_skip_test("no corpus");
    fclose(f);
    struct pl_session s;
    struct pl_report report = {0};
    struct pl_folder folder;
    struct pl_item item;
    size_t seen = 0;
    cr_assert_geq(pl_session_open(&s, path, readers, NULL, &options, &report), PL_WARN);
    struct pl_text *text = pl_text_new();
    while (pl_session_next_folder(&s, &folder) <= PL_OK) {
        const struct pl_wanted wanted = {.wants = wants};
        if (folder.is_search || pl_session_open_folder(&s, folder.key) <= PL_LOST)
            continue;
        while (pl_session_next_item(&s, &wanted, &item) == PL_OK) {
            struct pl_mapping m = {.arena = &s.item_arena, .report = &report, .reader = &s.reader, .text = text};
            struct pl_record record;
            cr_assert_eq(pl_map_item(&m, &item, &record), PL_OK);
            golden_compare(&record.as.event);
            seen++;
        }
    }
    cr_assert_eq(seen, 1);
    pl_text_free(text);
    pl_session_close(&s);
}

/* --- made by hand -------------------------------------------------------- */

static void made_series(struct made *m, const char *vector)
{
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", vector, 1);
    struct vec tz = vec_tsv("recur/recurrence-vectors.tsv", "oxocal-4.1.4-tzdef", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    made_init(m, "IPM.Appointment");
    made_text(m, PidTagSubject, "Series");
    made_text(m, PidLidLocation, "Here");
    made_time(m, PidLidAppointmentStartWhole, at("2008-01-01 18:00:00"));
    made_time(m, PidLidAppointmentEndWhole, at("2008-01-01 18:30:00"));
    made_int(m, PidLidRecurring, 1);
    made_bytes(m, PidLidAppointmentRecur, v.data, v.size);
    made_bytes(m, PidLidAppointmentTimeZoneDefinitionRecur, tz.data, tz.size);
    vec_free(&v);
    vec_free(&tz);
}

Test(series, exceptions_of_the_blob)
{
    static struct made m;
    made_series(&m, "oxocal-4.1.1.4");
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->override_count, 2);
    cr_assert_eq(e->exdate_count, 0); /* both deleted dates are changed ones */
    const struct pl_record *moved = &e->overrides[0], *placed = &e->overrides[1];
    if (strcmp(moved->as.event.location, "Here") != 0) {
        placed = &e->overrides[0];
        moved = &e->overrides[1];
    }
    cr_assert_str_eq(placed->as.event.location, "new location");
    cr_assert_str_eq(placed->common.summary, "Series");
    cr_assert_eq(placed->as.event.start.local, placed->as.event.recurrence_id.local);
    cr_assert_eq(moved->as.event.start.local / 86400 - moved->as.event.recurrence_id.local / 86400, 1);
    made_release(&m);
}

Test(series, message_beside_the_blob)
{
    static struct made m, inner;
    made_series(&m, "oxocal-4.1.1.4");
    cr_assert_eq(made_map(&m), PL_OK);
    struct pl_when id = m.record.as.event.overrides[0].as.event.recurrence_id;
    made_init(&inner, "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}");
    snprintf(inner.item.key, sizeof inner.item.key, "inner");
    made_text(&inner, PidTagSubject, "Changed");
    made_text(&inner, PidTagBody, "other words");
    made_int(&inner, PidLidFExceptionalBody, 1);
    made_int(&inner, PidTagSensitivity, 2);
    made_time(&inner, PidLidAppointmentStartWhole, id.utc);
    made_time(&inner, PidLidAppointmentEndWhole, id.utc + 1800);
    made_time(&inner, PidLidExceptionReplaceTime, id.utc);
    m.others[0] = &inner;
    (void)made_attachment(&m);
    m.attachments[0].embedded = true;
    snprintf(m.attachments[0].key, sizeof m.attachments[0].key, "inner");
    cr_assert_geq(made_map(&m), PL_WARN);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->override_count, 2);
    cr_assert_str_eq(e->overrides[0].common.summary, "Changed");
    cr_assert_str_eq(e->overrides[0].common.description, "other words");
    cr_assert_eq(e->overrides[0].common.classification, PL_PUBLIC); /* to be ignored on an exception */
    cr_assert_str_eq(e->overrides[1].common.summary, "Series");
    cr_assert_null(e->overrides[1].common.description);
    made_release(&inner);
    made_release(&m);
}

/* What its message leaves out is as in the series; a message that no exception names is told, and changes nothing.
 */
Test(series, messages_that_say_little)
{
    static struct made m, inner;
    made_series(&m, "oxocal-4.1.1.4");
    made_int(&m, PidLidReminderSet, 1);
    made_int(&m, PidLidReminderDelta, 30);
    cr_assert_eq(made_map(&m), PL_OK);
    struct pl_when id = m.record.as.event.overrides[0].as.event.recurrence_id;
    for (int days = 0; days < 2; days++) {
        made_init(&inner, "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}");
        snprintf(inner.item.key, sizeof inner.item.key, "inner");
        made_text(&inner, PidTagSubject, "Changed");
        made_int(&inner, PidLidReminderSet, 1);
        made_time(&inner, PidLidAppointmentStartWhole, id.utc);
        made_time(&inner, PidLidExceptionReplaceTime, id.utc + days * 86400);
        m.others[0] = &inner;
        if (days == 0) {
            (void)made_attachment(&m);
            m.attachments[0].embedded = true;
            snprintf(m.attachments[0].key, sizeof m.attachments[0].key, "inner");
        }
        (void)made_map(&m);
        const struct pl_event *e = &m.record.as.event, *first = &e->overrides[0].as.event;
        cr_assert_eq(e->override_count, 2);
        cr_expect_eq(strcmp(e->overrides[0].common.summary, "Changed") == 0, days == 0);
        cr_expect_eq(strcmp(m.code, "event.exception-orphan") == 0, days == 1, "%s", m.code);
        cr_expect(first->alarm.set && first->alarm.minutes_before == 30, "%d", first->alarm.minutes_before);
        made_release(&inner);
    }
    made_release(&m);
}

Test(series, really_deleted_only)
{
    static struct made m;
    made_series(&m, "oxocal-4.1.1.3");
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->exdate_count, 2);
    cr_assert_eq(e->override_count, 0);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(e->exdates[i].local % 86400, 8 * 3600);
    made_release(&m);
}

Test(series, unreadable_pattern_leaves_one)
{
    static struct made m;
    made_series(&m, "oxocal-4.1.1.1");
    for (size_t i = 0; i < m.item.props.count; i++)
        if (m.props[i].pid == PidLidAppointmentRecur)
            ((struct pl_value *)m.props[i].values)->raw.size = 20;
    cr_assert_eq(made_map(&m), PL_WARN);
    cr_assert_str_eq(m.code, "event.recurrence");
    cr_assert_null(m.record.as.event.recur);
    cr_assert_eq(m.record.as.event.start.utc, at("2008-01-01 18:00:00"));
    made_release(&m);
}

/* The struct of Outlook 2003 disagrees with the definition: the struct wins. */
Test(series, two_zones_that_disagree)
{
    static struct made m;
    uint8_t tokyo[48] = {0};
    pl_put32(tokyo, (uint32_t)-540);
    made_series(&m, "oxocal-4.1.1.1");
    made_bytes(&m, PidLidTimeZoneStruct, tokyo, sizeof tokyo);
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->start.local - e->start.utc, 9 * 3600);
    made_release(&m);
}

Test(series, calendars_without_a_rule_are_listed)
{
    static struct made m;
    uint8_t blob[256];
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", "gt-yearly", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    memcpy(blob, v.data, v.size);
    pl_put16(blob + 6, 0xA); /* PatternType HjMonth */
    pl_put16(blob + 8, 6);   /* CalendarType Hijri */
    made_init(&m, "IPM.Appointment");
    made_time(&m, PidLidAppointmentStartWhole, at("2026-07-06 08:00:00"));
    made_time(&m, PidLidAppointmentEndWhole, at("2026-07-06 08:30:00"));
    made_int(&m, PidLidRecurring, 1);
    made_bytes(&m, PidLidAppointmentRecur, blob, v.size);
    cr_assert_eq(made_map(&m), PL_WARN);
    cr_assert_str_eq(m.code, "event.series-horizon");
    cr_assert_gt(m.record.as.event.rdate_count, 100);
    vec_free(&v);
    made_release(&m);
}
