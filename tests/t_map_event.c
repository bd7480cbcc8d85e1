/*
 * t_map_event.c - appointments, meetings, tasks, journal and notes as records: items
 * made by hand, results as [MS-OXOCAL], [MS-OXOTASK] and [MS-OXCICAL] state them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "lib_item.h"
#include "lib_vec.h"
#include "recur.h"
#include "tz.h"

static struct made m;
static void setup(void) { made_init(&m, "IPM.Appointment"); }
static void teardown(void) { made_release(&m); }
TestSuite(map_event, .init = setup, .fini = teardown);

/* 48 bytes of PidLidTimeZoneStruct: UTC+1, daylight +1 h from the last Sunday of March
 * 02:00 to the last Sunday of October 03:00. */
#define BERLIN                                                                                                     \
    "C4FFFFFF 00000000 C4FFFFFF 0000 0000 0A00 0000 0500 0300 0000 0000 0000"                                      \
    "0000 0000 0300 0000 0500 0200 0000 0000 0000"

static void add_berlin(void)
{
    struct vec v = vec_hex(BERLIN);
    cr_assert_eq(v.size, 48);
    made_bytes(&m, PidLidTimeZoneStruct, v.data, v.size);
    vec_free(&v);
}

Test(map_event, classes)
{
    cr_assert_eq(pl_kind_of_class("IPM.Appointment"), PL_EVENT);
    cr_assert_eq(pl_kind_of_class("ipm.appointment.Custom"), PL_EVENT);
    cr_assert_eq(pl_kind_of_class("IPM.AppointmentX"), -1);
    cr_assert_eq(pl_kind_of_class("IPM.Contact"), PL_CONTACT);
    cr_assert_eq(pl_kind_of_class("IPM.DistList"), PL_GROUP);
    cr_assert_eq(pl_kind_of_class("IPM.Task"), PL_TASK);
    cr_assert_eq(pl_kind_of_class("IPM.TaskRequest"), -1);
    cr_assert_eq(pl_kind_of_class("IPM.Activity"), PL_JOURNAL);
    cr_assert_eq(pl_kind_of_class("IPM.StickyNote"), PL_JOURNAL);
    cr_assert_eq(pl_kind_of_class("IPM.Schedule.Meeting.Request"), -1);
    cr_assert_eq(pl_kind_of_class("IPM.Note"), -1);
    cr_assert_eq(pl_kind_of_class(""), -1);
    cr_assert_eq(pl_kind_of_class(NULL), -1);
}

Test(map_event, single)
{
    made_text(&m, PidTagSubject, "\x01\x05Re: Plan \r\nfor\x07 2020");
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_time(&m, PidLidAppointmentEndWhole, at("2020-07-01 09:30:00"));
    made_time(&m, PidTagLastModificationTime, at("2020-06-01 10:00:00"));
    made_text(&m, PidTagBody,
              "one\r\ntwo\rthree\xe2\x80\xa8"
              "four");
    add_berlin();
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_str_eq(m.record.common.summary, "Re: Plan  for 2020");
    cr_assert_str_eq(m.record.common.description, "one\ntwo\nthree\nfour");
    cr_assert_eq(e->start.utc, at("2020-07-01 08:00:00"));
    cr_assert_eq(e->start.local, at("2020-07-01 10:00:00"));
    cr_assert_eq(e->end.local, at("2020-07-01 11:30:00"));
    cr_assert_eq(m.record.common.stamp_utc, at("2020-06-01 10:00:00"));
    cr_assert_eq(m.record.common.importance, -1);
    cr_assert_eq(e->busy, PL_BUSY);
    cr_assert(!e->is_meeting && !e->alarm.set && !e->all_day);
}

static struct pl_when day_of(const char *start, bool zone)
{
    made_release(&m);
    made_init(&m, "IPM.Appointment");
    made_time(&m, PidLidAppointmentStartWhole, at(start));
    made_time(&m, PidLidAppointmentEndWhole, at(start) + 86400);
    made_int(&m, PidLidAppointmentSubType, 1);
    if (zone)
        add_berlin();
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert(m.record.as.event.start.is_date);
    cr_assert_eq(m.record.as.event.end.local, m.record.as.event.start.local + 86400);
    return m.record.as.event.start;
}

Test(map_event, all_day)
{
    /* midnight in Berlin, winter and summer */
    cr_assert_eq(day_of("2020-01-09 23:00:00", true).local, at("2020-01-10 00:00:00"));
    cr_assert_eq(day_of("2020-07-09 22:00:00", true).local, at("2020-07-10 00:00:00"));
    /* the author's zone was another one: midnight in New York, and in Tokyo, shown in Berlin */
    cr_assert_eq(day_of("2020-01-10 05:00:00", true).local, at("2020-01-10 00:00:00"));
    cr_assert_eq(day_of("2020-01-09 15:00:00", true).local, at("2020-01-10 00:00:00"));
    /* no zone: UTC midnight, east, west */
    cr_assert_eq(day_of("2020-01-10 00:00:00", false).local, at("2020-01-10 00:00:00"));
    cr_assert_eq(day_of("2020-01-09 23:00:00", false).local, at("2020-01-10 00:00:00"));
    cr_assert_eq(day_of("2020-01-10 08:00:00", false).local, at("2020-01-10 00:00:00"));
    /* before 1970 */
    cr_assert_eq(day_of("1960-02-28 23:00:00", false).local, at("1960-02-29 00:00:00"));
}

Test(map_event, faults)
{
    cr_assert_eq(made_map(&m), PL_LOST);
    cr_assert_str_eq(m.code, "event.no-start");
}

Test(map_event, end_before_start)
{
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_time(&m, PidLidAppointmentEndWhole, at("2020-06-01 08:00:00"));
    made_int(&m, PidLidAppointmentDuration, 45);
    cr_assert_eq(made_map(&m), PL_WARN);
    cr_assert_str_eq(m.code, "event.end-before-start");
    cr_assert_eq(m.record.as.event.end.utc, at("2020-07-01 08:45:00"));
}

Test(map_event, alarm)
{
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_int(&m, PidLidReminderSet, 1);
    made_int(&m, PidLidReminderDelta, 0x5AE980E1);
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert(m.record.as.event.alarm.set && !m.record.as.event.alarm.absolute);
    cr_assert_eq(m.record.as.event.alarm.minutes_before, 15);
}

static void person(struct pl_bag *bag, const char *name, const char *type, const char *address)
{
    made_bag_text(&m, bag, PidTagDisplayName, name);
    made_bag_text(&m, bag, PidTagAddressType, type);
    made_bag_text(&m, bag, PidTagEmailAddress, address);
}

Test(map_event, meeting)
{
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_text(&m, PidTagSentRepresentingName, "Boss");
    made_text(&m, PidTagSentRepresentingAddressType, "EX");
    made_text(&m, PidTagSentRepresentingEmailAddress, "/o=Org/ou=Site/cn=Recipients/cn=boss");
    made_text(&m, PidTagSentRepresentingSmtpAddress, "boss@example.org");
    made_text(&m, PidTagSenderName, "Assistant");
    made_text(&m, PidTagSenderEmailAddress, "help@example.org");
    struct pl_bag *r = made_recipient(&m);
    person(r, "Boss", "EX", "/O=ORG/OU=SITE/CN=RECIPIENTS/CN=BOSS");
    made_bag_int(&m, r, PidTagRecipientFlags, 3);
    r = made_recipient(&m);
    person(r, "Bert", "SMTP", "bert@example.org");
    made_bag_int(&m, r, PidTagRecipientType, 1);
    made_bag_int(&m, r, PidTagRecipientTrackStatus, 3);
    r = made_recipient(&m);
    person(r, "Cora", "EX", "/o=Org/cn=cora");
    made_bag_int(&m, r, PidTagRecipientType, 2);
    made_bag_int(&m, r, PidTagRecipientTrackStatus, 2);
    r = made_recipient(&m);
    person(r, "Room 5", "SMTP", "room5@example.org");
    made_bag_int(&m, r, PidTagRecipientType, 3);
    r = made_recipient(&m);
    person(r, "Gone", "SMTP", "gone@example.org");
    made_bag_int(&m, r, PidTagRecipientType, 1);
    made_bag_int(&m, r, PidTagRecipientFlags, 0x21);
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_str_eq(e->organizer.smtp, "boss@example.org");
    cr_assert_str_eq(e->organizer.dn, "/o=Org/ou=Site/cn=Recipients/cn=boss");
    cr_assert_str_eq(e->sent_by.smtp, "help@example.org");
    cr_assert_eq(e->attendee_count, 3);
    cr_assert_eq(e->attendees[0].partstat, PL_ACCEPTED);
    cr_assert_str_eq(e->attendees[0].person.smtp, "bert@example.org");
    cr_assert_eq(e->attendees[1].role, PL_OPT_PARTICIPANT);
    cr_assert_eq(e->attendees[1].partstat, PL_TENTATIVE);
    cr_assert_null(e->attendees[1].person.smtp);
    cr_assert_str_eq(e->attendees[1].person.dn, "/o=Org/cn=cora");
    cr_assert_eq(e->attendees[2].role, PL_RESOURCE);
}

/* The answer of the mailbox owner stands on the item, not in the recipient table. */
Test(map_event, received_meeting)
{
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_int(&m, PidLidAppointmentStateFlags, 3);
    made_int(&m, PidLidResponseStatus, 4);
    made_text(&m, PidTagSentRepresentingEmailAddress, "boss@example.org");
    struct pl_bag *r = made_recipient(&m);
    person(r, "Anna", "SMTP", "ANNA@example.org");
    r = made_recipient(&m);
    person(r, "Bert", "SMTP", "bert@example.org");
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert_eq(m.record.as.event.attendees[0].partstat, PL_DECLINED);
    cr_assert_eq(m.record.as.event.attendees[1].partstat, PL_NEEDS_ACTION);
}

Test(map_event, names_only)
{
    made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_text(&m, PidLidToAttendeesString, "Doe, John; bert@example.org;;");
    made_text(&m, PidLidCcAttendeesString, "Cora");
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->attendee_count, 3);
    cr_assert_str_eq(e->attendees[0].person.name, "Doe, John");
    cr_assert_null(e->attendees[0].person.smtp);
    cr_assert_str_eq(e->attendees[1].person.smtp, "bert@example.org");
    cr_assert_eq(e->attendees[2].role, PL_OPT_PARTICIPANT);
    /* nobody else convened it: the owner of the store */
    cr_assert_str_eq(e->organizer.smtp, "anna@example.org");
}

Test(map_event, classification)
{
    static const enum pl_class expected[] = {PL_PUBLIC, PL_PERSONAL, PL_PRIVATE, PL_CONFIDENTIAL, PL_PUBLIC};
    for (int i = 0; i < 5; i++) {
        made_release(&m);
        made_init(&m, "IPM.Appointment");
        made_time(&m, PidLidAppointmentStartWhole, 0);
        made_int(&m, PidTagSensitivity, i);
        cr_assert_eq(made_map(&m), PL_OK);
        cr_assert_eq(m.record.common.classification, expected[i]);
    }
}

/* The name-based UUID needs a vector from elsewhere: python3 -c "import uuid; uuid.uuid5(
 * uuid.UUID('6d0e3b52-1f8c-4a67-9a55-70696d6c6674'), 'search-key\nABCDEFGHIJKLMNOP')" */
Test(map_event, uid)
{
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_bytes(&m, PidTagSearchKey, "ABCDEFGHIJKLMNOP", 16);
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert_str_eq(m.record.uid, "039bc013-7c95-5dad-b05b-b9f990e4972a");
    cr_assert_str_eq(pl_map_uid(&m.mapping, &m.item), m.record.uid);
}

Test(map_event, uid_of_meeting)
{
    struct vec v = vec_hex("040000008200E00074C5B7101A82E008 07E4 07 01 0000000000000000 0000000000000000"
                           "10000000 7643616C2D55696401000000 61406200");
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_bytes(&m, PidLidGlobalObjectId, v.data, v.size);
    made_bytes(&m, PidTagSearchKey, "ABCDEFGHIJKLMNOP", 16);
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert_str_eq(m.record.uid, "a@b");
    vec_free(&v);
}

static char unmapped[256];
static void heard(void *data, const char *name)
{
    (void)data;
    strcat(strcat(unmapped, name), " ");
}

Test(map_event, unmapped)
{
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_text(&m, PidTagSubject, "x");
    made_bytes(&m, PidTagEntryId, "abc", 3);
    made_int(&m, PidLidAppointmentDuration, 0);
    made_text(&m, PidTagComment, "");
    made_text(&m, PidTagGovernmentIdNumber, "4711");
    made_named(&m, "Shoe size", "43");
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert_eq(pl_map_unmapped(&m.record, heard, NULL), 2);
    cr_assert_str_eq(unmapped, "PidTagGovernmentIdNumber PS_PUBLIC_STRINGS/Shoe size ");
}

Test(map_event, body_from_html)
{
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_bytes(&m, PidTagHtml,
               "<html><body><p>Gr\xfc\xdf"
               "e</p></body></html>",
               39);
    made_int(&m, PidTagInternetCodepage, 1252);
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    cr_assert_str_eq(m.record.common.html, "<html><body><p>Gr\xc3\xbc\xc3\x9f"
                                           "e</p></body></html>");
    cr_assert_not_null(strstr(m.record.common.description, "Gr\xc3\xbc\xc3\x9f"
                                                           "e"));
    cr_assert_null(strchr(m.record.common.description, '<'));
}

/* [MS-OXRTFCP] 4.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n" */
Test(map_event, body_from_rtf)
{
    struct vec v = vec_hex("2D000000 2B000000 4C5A4675 F1C5C7A7 0300 0A00 72637067 31323542 320AF320 6865 6C09"
                           "00 20627705B0 6C647D 0A800FA0");
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_bytes(&m, PidTagRtfCompressed, v.data, v.size);
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    cr_assert_not_null(strstr(m.record.common.description, "hello world"));
    cr_assert_null(m.record.common.html);
    vec_free(&v);
}

Test(map_event, body_as_stream)
{
    static const char text[] = "l\0o\0n\0g\0 \0\xac\x20"; /* and the NUL of the literal: an odd byte goes */
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_stream(&m, PidTagBody, PT_UNICODE, text, 12);
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    cr_assert_str_eq(m.record.common.description, "long \xe2\x82\xac");
}

Test(map_event, body_cut)
{
    made_time(&m, PidLidAppointmentStartWhole, 0);
    made_stream(&m, PidTagBody, PT_STRING8, "longer", 6);
    m.short_by = 2;
    cr_assert_eq(made_map(&m), PL_WARN);
    cr_assert_str_eq(m.code, "map.cut");
    cr_assert_str_eq(m.record.common.description, "long");
}

Test(map_event, task)
{
    m.item.message_class = "IPM.Task";
    made_time(&m, PidLidTaskStartDate, at("2020-03-01 00:00:00"));
    made_time(&m, PidLidTaskDueDate, at("4501-01-01 00:00:00"));
    made_int(&m, PidLidTaskStatus, 3);
    made_real(&m, PidLidPercentComplete, 0.255);
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_task *t = &m.record.as.task;
    cr_assert(t->start.set && t->start.is_date && t->start.local == at("2020-03-01 00:00:00"));
    cr_assert(!t->due.set);
    cr_assert_eq(t->status, PL_WAITING);
    cr_assert_eq(t->percent, 26);
    cr_assert_str_eq(made_extra(&m, "X-PIMLIFT-TASKSTATUS"), "WAITING");
}

/* Weekly on Mondays, ten times from 2020-03-02, as [MS-OXOCAL] 2.2.1.44.1 lays it out; the item is
 * the third. */
Test(map_event, recurring_task)
{
    uint8_t blob[] = {0x04, 0x30, 0x04, 0x30, 0x0b, 0x20, 1, 0, 0,    0,    0, 0, 0,  0, 1, 0, 0, 0,
                      0,    0,    0,    0,    2,    0,    0, 0, 0x22, 0x20, 0, 0, 10, 0, 0, 0, 0, 0,
                      0,    0,    0,    0,    0,    0,    0, 0, 0,    0,    0, 0, 0,  0, 0, 0, 0, 0};
    int64_t days = at("2020-03-02") / 86400 + 134774;
    for (unsigned i = 0; i < 4; i++) {
        blob[46 + i] = (uint8_t)((uint32_t)(days * 1440) >> 8 * i);
        blob[50 + i] = (uint8_t)((uint32_t)((days + 63) * 1440) >> 8 * i);
    }
    for (int late = 0; late < 2; late++) {
        made_release(&m);
        made_init(&m, "IPM.Task");
        made_bytes(&m, PidLidTaskRecurrence, blob, sizeof blob);
        made_int(&m, PidLidTaskFRecurring, 1);
        made_time(&m, PidLidTaskDueDate, at("2020-03-16") + late * 86400);
        cr_assert_eq(made_map(&m), late ? PL_WARN : PL_OK, "%s", m.code);
        cr_assert_eq(m.record.as.task.recur != NULL, !late);
        if (!late)
            cr_assert_eq(m.record.as.task.recur->count, 8);
    }
    cr_assert_str_eq(m.code, "task.recurrence-phase");
}

/* However little memory an item may have: it is lost, or whole; nothing is left out in silence. */
Test(map_event, memory)
{
    bool whole = false;
    for (size_t limit = 0; limit < 40000 && !whole; limit += limit < 6000 ? 16 : 500) {
        made_release(&m);
        made_init(&m, "IPM.Appointment");
        made_time(&m, PidLidAppointmentStartWhole, at("2020-07-01 08:00:00"));
        made_text(&m, PidTagSubject, "a\r\nb");
        made_text(&m, PidTagBody, "one\r\ntwo");
        made_int(&m, PidTagOwnerAppointmentId, 77);
        made_int(&m, PidLidAppointmentStateFlags, 1);
        made_texts(&m, PidNameKeywords, (const char *const[]){"x", " y"}, 2);
        person(made_recipient(&m), "Bert", "SMTP", "<bert@example.org>");
        add_berlin();
        made_bag_text(&m, made_attachment(&m), PidTagAttachLongFilename, " a.txt");
        cr_assert(pl_bag_index(&m.item.props, &m.arena));
        m.arena.limit = m.arena.used + limit;
        enum pl_status status = pl_map_item(&m.mapping, &m.item, &m.record);
        if (status <= PL_LOST) {
            cr_assert_str_eq(m.code, "map.memory");
            continue;
        }
        whole = true;
        cr_assert_str_eq(m.record.common.summary, "a b");
        cr_assert_str_eq(m.record.common.description, "one\ntwo");
        cr_assert_eq(m.record.common.category_count, 2);
        cr_assert_str_eq(m.record.as.event.attendees[0].person.smtp, "bert@example.org");
        cr_assert_str_eq(made_extra(&m, "X-MICROSOFT-CDO-OWNERAPPTID"), "77");
        cr_assert_str_eq(made_extra(&m, "X-PIMLIFT-ATTACH-LEFT-OUT"), "a.txt");
        cr_assert_not_null(m.record.as.event.start.zone);
    }
    cr_assert(whole);
}

Test(map_event, journal_and_note)
{
    m.item.message_class = "IPM.Activity";
    made_time(&m, PidLidLogStart, at("2020-03-01 10:00:00"));
    made_int(&m, PidLidLogDuration, 20);
    made_text(&m, PidLidLogType, "Phone call");
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert_eq(m.record.as.journal.start.utc, at("2020-03-01 10:00:00"));
    cr_assert_str_eq(made_extra(&m, "X-PIMLIFT-LOGTYPE"), "Phone call");
    cr_assert_str_eq(made_extra(&m, "X-PIMLIFT-DURATION-MINUTES"), "20");
    made_release(&m);
    made_init(&m, "IPM.StickyNote");
    made_int(&m, PidLidNoteColor, 3);
    made_text(&m, PidTagBody, "milk");
    cr_assert_eq(made_map(&m), PL_OK);
    cr_assert(m.record.as.journal.is_note && m.record.as.journal.color == 3 && !m.record.as.journal.start.set);
}
