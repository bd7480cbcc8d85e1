/*
 * t_ics.c - the iCalendar writer: whole files, compared with text written by hand from
 * RFC 5545, RFC 7986 and the mapping, and parsed back by libical (judge.c).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ics.h"
#include "judge.h"
#include "lib_item.h"
#include "lib_vec.h"
#include "tz.h"

static struct made m;
static void setup(void) { made_init(&m, "IPM.Appointment"); }
static void teardown(void) { made_release(&m); }
TestSuite(ics, .init = setup, .fini = teardown);

#define HEAD    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//pimlift//EN\r\nX-WR-CALNAME:Plans\r\n"
#define UID     "UID:E240C8F5-1\r\n"
#define PLANS   "anna/calendars/Team/Plans.ics"
#define VCALUID "040000008200E00074C5B7101A82E008 00000000 0000000000000000 0000000000000000"

/* The UID "E240C8F5-1", as an id that came from a foreign calendar. */
static void add_uid(void)
{
    struct vec v = vec_hex(VCALUID "17000000 7643616C2D55696401000000 45323430433846352D3100");
    made_bytes(&m, PidLidGlobalObjectId, v.data, v.size);
    vec_free(&v);
}

static void add_times(const char *start, const char *end)
{
    made_time(&m, PidLidAppointmentStartWhole, at(start));
    made_time(&m, PidLidAppointmentEndWhole, at(end));
    made_time(&m, PidTagCreationTime, at("2020-05-01 10:00:00"));
    made_time(&m, PidTagLastModificationTime, at("2020-06-01 10:00:00"));
}

static void check(const struct pl_writer_options *options, const char *path, const char *kind, const char *expected)
{
    char *text = made_written(&m, &pl_ics_writer, options, path);
    cr_assert_not_null(text);
    cr_assert_eq(pl_judge_count(text, kind), 1);
    unfold(text);
    cr_assert_str_eq(text, expected);
    free(text);
}

#define STAMPS "DTSTAMP:20200601T100000Z\r\nCREATED:20200501T100000Z\r\nLAST-MODIFIED:20200601T100000Z\r\n"

Test(ics, single)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:30:00");
    made_text(&m, PidTagSubject, "Plan; a, b");
    made_text(&m, PidLidLocation, "Room 5");
    made_text(&m, PidTagBody, "one\r\ntwo");
    made_int(&m, PidLidBusyStatus, 3);
    made_int(&m, PidTagImportance, 2);
    made_int(&m, PidTagSensitivity, 2);
    made_int(&m, PidLidReminderSet, 1);
    made_int(&m, PidLidReminderDelta, 30);
    made_texts(&m, PidNameKeywords, (const char *const[]){"Work", "a,b"}, 2);
    check(NULL, PLANS, "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS "DTSTART:20200701T080000Z\r\nDTEND:20200701T093000Z\r\n"
               "SUMMARY:Plan\\; a\\, b\r\nDESCRIPTION:one\\ntwo\r\nCATEGORIES:Work,a\\,b\r\nCLASS:PRIVATE\r\n"
               "PRIORITY:1\r\nLOCATION:Room 5\r\nTRANSP:OPAQUE\r\nSEQUENCE:0\r\n"
               "X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE\r\n"
               "X-MICROSOFT-CDO-IMPORTANCE:2\r\nX-MICROSOFT-CDO-INSTTYPE:0\r\n"
               "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Plan\\; a\\, b\r\nTRIGGER;RELATED=START:-PT30M\r\n"
               "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

Test(ics, all_day)
{
    add_uid();
    add_times("2020-07-01 22:00:00", "2020-07-03 22:00:00");
    made_int(&m, PidLidAppointmentSubType, 1);
    made_int(&m, PidLidBusyStatus, 0);
    check(NULL, PLANS, "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS "DTSTART;VALUE=DATE:20200702\r\nDTEND;VALUE=DATE:20200704\r\n"
               "CLASS:PUBLIC\r\nTRANSP:TRANSPARENT\r\nSEQUENCE:0\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n"
               "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\nX-MICROSOFT-CDO-INSTTYPE:0\r\n"
               "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

static void add_person(const char *name, const char *type, const char *address, int64_t status)
{
    struct pl_bag *r = made_recipient(&m);
    made_bag_text(&m, r, PidTagDisplayName, name);
    made_bag_text(&m, r, PidTagAddressType, type);
    made_bag_text(&m, r, PidTagEmailAddress, address);
    made_bag_int(&m, r, PidTagRecipientTrackStatus, status);
}

Test(ics, meeting)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 08:00:00");
    made_int(&m, PidLidAppointmentStateFlags, 5);
    made_int(&m, PidLidAppointmentSequence, 2);
    made_text(&m, PidTagSentRepresentingName, "Boss \"B\", the");
    made_text(&m, PidTagSentRepresentingEmailAddress, "boss@example.org");
    made_text(&m, PidTagSenderEmailAddress, "help@example.org");
    add_person("Bert", "SMTP", "bert@example.org", 3);
    add_person("Cora", "EX", "/o=Org/cn=cora", 0);
    check(NULL, PLANS, "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS "DTSTART:20200701T080000Z\r\nCLASS:PUBLIC\r\nTRANSP:OPAQUE\r\n"
               "STATUS:CANCELLED\r\nSEQUENCE:2\r\n"
               "ORGANIZER;CN=\"Boss ^'B^', the\";SENT-BY=\"mailto:help@example.org\";SCHEDULE"
               "-AGENT=NONE:mailto:boss@example.org\r\n"
               "ATTENDEE;CN=Bert;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=NONE"
               ":mailto:bert@example.org\r\n"
               "ATTENDEE;CN=Cora;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT="
               "NONE;X-PIMLIFT-EX=/o=Org/cn=cora:invalid:nomail\r\n"
               "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE\r\n"
               "X-MICROSOFT-CDO-APPT-SEQUENCE:2\r\nX-MICROSOFT-CDO-INSTTYPE:0\r\n"
               "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

/* What is no address of the internet is kept beside a URI that nothing can be sent to. */
Test(ics, addresses_of_other_kinds)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 08:00:00");
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_text(&m, PidTagSentRepresentingName, "Boss");
    made_text(&m, PidTagSentRepresentingEmailAddress, "boss@example.org");
    add_person("Fax", "FAX", "Fax@+49 30 12345", 0);
    add_person("Short", "FAX", "Fax@+4930", 0);
    add_person("Words", "SMTP", "Bob b@example.org", 0);
    add_person("Brackets", "SMTP", "mailto:<k@example.org>", 0);
    add_person("Quoted", "SMTP", "\"john doe\"@example.org", 3);
    add_person("X", "X400", "c=US;a= ;p=Org;s=Doe", 0);
    char *text = made_written(&m, &pl_ics_writer, NULL, PLANS);
    unfold(text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ADDRESS=Fax@+49 30 12345:invalid:nomail\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ADDRESS=Fax@+4930:invalid:nomail\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ADDRESS=Bob b@example.org:invalid:nomail\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, ":mailto:k@example.org\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ADDRESS=^'john doe^'@example.org:invalid:nomail\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ADDRESS=\"c=US;a= ;p=Org;s=Doe\":invalid:nomail\r\n"), "%s", text);
    free(text);
}

/* A delegate whom no address is known of, and an online meeting as Outlook 2000 kept it. */
Test(ics, delegate_without_address_and_netmeeting)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 08:00:00");
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_text(&m, PidTagSentRepresentingName, "Boss");
    made_text(&m, PidTagSentRepresentingEmailAddress, "boss@example.org");
    made_text(&m, PidTagSenderName, "Helper");
    made_text(&m, PidTagSenderAddressType, "EX");
    made_text(&m, PidTagSenderEmailAddress, "/o=Org/cn=helper");
    made_int(&m, PidLidConferencingCheck, 1);
    made_text(&m, PidLidDirectory, "ils.example.org");
    made_text(&m, PidLidNetShowUrl, "mms://media.example.org/talk");
    made_text(&m, PidLidMeetingWorkspaceUrl, "Room: 1, on the left"); /* has a colon, and is no URI */
    made_text(&m, PidLidLocation, "Room 1");
    made_text(&m, PidNameLocationUrl, "ask at the desk");
    char *text = made_written(&m, &pl_ics_writer, NULL, PLANS);
    unfold(text);
    cr_expect_not_null(strstr(text, "ORGANIZER;CN=Boss;SCHEDULE-AGENT=NONE:mailto:boss@example.org\r\n"
                                    "X-MS-OLK-SENDER;CN=Helper;SCHEDULE-AGENT=NONE;X-PIMLIFT-EX=/o=Org/cn=helper:"
                                    "invalid:nomail\r\n"),
                       "%s", text);
    cr_expect_not_null(strstr(text, "CONFERENCE;VALUE=URI:mms://media.example.org/talk\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-ONLINE-DIRECTORY:ils.example.org\r\n"));
    cr_expect_not_null(strstr(text, "X-PIMLIFT-URL:Room: 1\\, on the left\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "X-PIMLIFT-LOCATION-URL:ask at the desk\r\nLOCATION:Room 1\r\n"), "%s", text);
    free(text);
}

/* What a URI can't have stands as %XX: RFC 3986 2.1. Without a place to stand at, the address of one stands alone.
 */
Test(ics, uris)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    made_text(&m, PidLidMeetingWorkspaceUrl, "https://example.org/Pl\xc3\xa4ne/100%/a%20b");
    made_text(&m, PidNameLocationUrl, "https://example.org/map");
    made_text(&m, PidNameOnlineMeetingConfLink, "sip:anna@example.org;gruu");
    char *text = made_written(&m, &pl_ics_writer, NULL, PLANS);
    unfold(text);
    cr_expect_not_null(strstr(text, "\r\nURL:https://example.org/Pl%C3%A4ne/100%25/a%20b\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "\r\nX-PIMLIFT-LOCATION-URL:https://example.org/map\r\n"), "%s", text);
    cr_expect_not_null(strstr(text, "\r\nCONFERENCE;VALUE=URI:sip:anna@example.org;gruu\r\n"), "%s", text);
    free(text);
}

/* Read by python3-icalendar and python3-vobject. */
Test(ics, read_by_python)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    made_text(&m, PidTagSubject, "Zo\xc3\xab; a, b \\ \xf0\x9f\x98\x80");
    made_text(&m, PidTagBody,
              "one\r\ntwo, and so much more that this line must be folded at least twice by now\r\n");
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_text(&m, PidTagSentRepresentingEmailAddress, "boss@example.org");
    add_person("Ray, Bert: \"B\"", "SMTP", "bert@example.org", 3);
    char *text = made_written(&m, &pl_ics_writer, NULL, PLANS);
    int judged = judged_by_python(
        text,
        "raw = f.read()\nc = icalendar.Calendar.from_ical(raw)\ne = c.walk('VEVENT')[0]\n"
        "v = vobject.readOne(raw)\nv.validate(raiseException=True)",
        "e['SUMMARY'] == 'Zo\\u00eb; a, b \\\\ \\U0001f600' == v.vevent.summary.value and not e.errors and "
        "e['DESCRIPTION'] == 'one\\ntwo, and so much more that this line must be folded at least twice by now\\n' "
        "and "
        "str(e['DTSTART'].dt) == '2020-07-01 08:00:00+00:00' and str(e['ATTENDEE']) == 'mailto:bert@example.org' "
        "and e['ATTENDEE'].params['PARTSTAT'] == 'ACCEPTED' and "
        "e['ATTENDEE'].params['CN'] == \"Ray, Bert: ^'B^'\" and e['ORGANIZER'].params['SCHEDULE-AGENT'] == 'NONE'");
    free(text);
    if (judged < 0)
        cr_skip_test("python3-icalendar is not installed");
    cr_assert_eq(judged, 1);
}

static void add_attachment(const char *name, const void *data, size_t size)
{
    struct pl_bag *a = made_attachment(&m);
    made_bag_text(&m, a, PidTagAttachLongFilename, name);
    made_bag_text(&m, a, PidTagAttachMimeTag, "text/plain");
    made_bag_int(&m, a, PidTagAttachMethod, 1);
    made_bag_stream(&m, a, PidTagAttachDataBinary, data, size);
}

#define REST                                                                                                       \
    "CLASS:PUBLIC\r\nTRANSP:OPAQUE\r\nSEQUENCE:0\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n"                           \
    "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE\r\nX-MICROSOFT-CDO-INSTTYPE:0\r\n"
#define TIMES "DTSTART:20200701T080000Z\r\nDTEND:20200701T090000Z\r\n"

Test(ics, attachment_inline)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    add_attachment("a, b.txt", "foobar", 6);
    check(NULL, PLANS, "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS TIMES REST
               "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=\"a, b.tx"
               "t\":Zm9vYmFy\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

Test(ics, attachment_none)
{
    const struct pl_writer_options none = {.attachments = PL_ATTACH_NONE};
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    add_attachment("a.txt", "foobar", 6);
    check(&none, PLANS, "VEVENT", HEAD "BEGIN:VEVENT\r\n" UID STAMPS TIMES REST "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

Test(ics, attachment_file)
{
    const struct pl_writer_options files = {.attachments = PL_ATTACH_FILES};
    struct written w;
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    add_attachment("a b.txt", "foobar", 6);
    cr_assert_eq(made_map(&m), PL_OK);
    written_begin(&w, &m, &pl_ics_writer, &files);
    cr_assert_eq(written_put(&w, &m.record), PL_OK);
    cr_assert_str_eq(w.result.file, PLANS);
    cr_assert_str_eq(w.result.uid, "E240C8F5-1");
    cr_assert_eq(written_end(&w), PL_OK);
    char *text = written_text(&w, PLANS), *side = written_text(&w, "anna/attachments/Team/Plans/a b.txt");
    unfold(text);
    cr_assert_str_eq(side, "foobar");
    cr_assert_not_null(strstr(text, "ATTACH;FMTTYPE=text/plain;X-FILENAME=a b.txt:../../../anna/attachments/Team"
                                    "/Plans/a%20b.txt\r\n"));
    free(text);
    free(side);
    written_release(&w);
}

/* One that can't be read to its end costs itself, not the event; the file stays valid. */
Test(ics, attachment_lost)
{
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    add_attachment("gone.txt", "foobar", 6);
    m.short_by = 3;
    check(NULL, PLANS, "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS TIMES REST
               "X-PIMLIFT-ATTACH-LEFT-OUT:gone.txt\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    cr_assert_str_eq(m.code, "attach.unreadable");
}

Test(ics, zone)
{
    struct vec v = vec_hex("C4FFFFFF 00000000 C4FFFFFF 0000 0000 0A00 0000 0500 0300 0000 0000 0000"
                           "0000 0000 0300 0000 0500 0200 0000 0000 0000");
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    made_bytes(&m, PidLidTimeZoneStruct, v.data, v.size);
    vec_free(&v);
    char *text = made_written(&m, &pl_ics_writer, NULL, PLANS);
    const char *start = strstr(text, "DTSTART;TZID=");
    char tzid[200] = "";
    cr_assert(start && sscanf(start, "DTSTART;TZID=%190[^:]:", tzid) == 1, "%s", text);
    cr_assert(!strncmp(start + strlen("DTSTART;TZID=") + strlen(tzid), ":20200701T100000\r\n", 18), "%s", text);
    char defined[256];
    snprintf(defined, sizeof defined, "BEGIN:VTIMEZONE\r\nTZID:%s\r\n", tzid[0] == '"' ? tzid + 1 : tzid);
    cr_assert(!strncmp(strstr(text, "BEGIN:VTIMEZONE"), defined, strlen(defined) - 3), "%s", text);
    cr_assert_lt(strstr(text, "END:VTIMEZONE"), strstr(text, "BEGIN:VEVENT"));
    cr_assert_eq(pl_judge_count(text, "VEVENT"), 1);
    free(text);
}

Test(ics, task)
{
    m.item.message_class = "IPM.Task";
    add_uid();
    struct vec v = vec_hex(VCALUID "17000000 7643616C2D55696401000000 45323430433846352D3100");
    made_bytes(&m, PidLidTaskGlobalId, v.data, v.size);
    vec_free(&v);
    made_time(&m, PidTagCreationTime, at("2020-05-01 10:00:00"));
    made_time(&m, PidTagLastModificationTime, at("2020-06-01 10:00:00"));
    made_text(&m, PidTagSubject, "Pay");
    made_time(&m, PidLidTaskStartDate, at("2020-07-01 00:00:00"));
    made_time(&m, PidLidTaskDueDate, at("2020-07-01 00:00:00"));
    made_int(&m, PidLidTaskStatus, 1);
    made_real(&m, PidLidPercentComplete, 0.5);
    made_int(&m, PidLidReminderSet, 1);
    made_time(&m, PidLidReminderTime, at("2020-06-30 07:00:00"));
    check(NULL, "anna/tasks/Team/Plans.ics", "VTODO",
          HEAD "BEGIN:VTODO\r\n" UID STAMPS "X-PIMLIFT-START;VALUE=DATE:20200701\r\nDUE;VALUE=DATE:20200701\r\n"
               "SUMMARY:Pay\r\nCLASS:PUBLIC\r\nSTATUS:IN-PROCESS\r\nPERCENT-COMPLETE:50\r\n"
               "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Pay\r\nTRIGGER;VALUE=DATE-TIME:20200630T070000Z\r\n"
               "END:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
}

Test(ics, note)
{
    m.item.message_class = "IPM.StickyNote";
    made_time(&m, PidTagCreationTime, at("2020-05-01 10:00:00"));
    made_text(&m, PidTagSubject, "milk");
    made_text(&m, PidTagBody, "milk\r\nbread");
    made_int(&m, PidLidNoteColor, 1);
    char *text = made_written(&m, &pl_ics_writer, NULL, "anna/notes/Team/Plans.ics");
    cr_assert_not_null(text);
    cr_assert_not_null(strstr(text, "SUMMARY:milk\r\nDESCRIPTION:milk\\nbread\r\nCLASS:PUBLIC\r\nCOLOR:green\r\n"));
    cr_assert_null(strstr(text, "DTSTART"));
    cr_assert_eq(pl_judge_count(text, "VJOURNAL"), 1);
    free(text);
}

/* Kinds mixed in one folder go to files of their own; a kind of another writer to none. */
Test(ics, mixed_folder)
{
    struct written w;
    struct made task, contact;
    made_init(&task, "IPM.Task");
    made_init(&contact, "IPM.Contact");
    made_text(&contact, PidTagDisplayName, "Bert");
    made_time(&m, PidLidAppointmentStartWhole, 0);
    cr_assert(made_map(&m) == PL_OK && made_map(&task) == PL_OK && made_map(&contact) == PL_OK);
    written_begin(&w, &m, &pl_ics_writer, NULL);
    cr_assert_eq(written_put(&w, &task.record), PL_OK);
    cr_assert_eq(written_put(&w, &m.record), PL_OK);
    cr_assert_eq(written_put(&w, &task.record), PL_OK);
    cr_assert_eq(written_put(&w, &contact.record), PL_OK);
    cr_assert_null(w.result.file);
    cr_assert_eq(written_end(&w), PL_OK);
    char *events = written_text(&w, PLANS), *tasks = written_text(&w, "anna/tasks/Team/Plans.ics");
    cr_assert_eq(pl_judge_count(events, "VEVENT"), 1);
    cr_assert_eq(pl_judge_count(tasks, "VTODO"), 2);
    free(events);
    free(tasks);
    written_release(&w);
    made_release(&task);
    made_release(&contact);
}

Test(ics, per_item)
{
    const struct pl_writer_options single = {.per_item = true};
    add_uid();
    add_times("2020-07-01 08:00:00", "2020-07-01 09:00:00");
    check(&single, "anna/calendars/Team/Plans/E240C8F5-1.ics", "VEVENT",
          HEAD "BEGIN:VEVENT\r\n" UID STAMPS TIMES REST "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

/* A weekly series of four Mondays: the second is gone, the third moved by two hours. */
static struct pl_recur weekly;
static struct pl_exception moved;
static uint32_t gone[2], changed[1];
static struct pl_when exdate;
static struct pl_record override;

static uint32_t rt(const char *text) { return (uint32_t)((at(text) + INT64_C(11644473600)) / 60); }

static void add_series(void)
{
    gone[0] = rt("2020-07-13");
    gone[1] = changed[0] = rt("2020-07-20");
    moved = (struct pl_exception){.start_rt = rt("2020-07-20 10:00:00"),
                                  .end_rt = rt("2020-07-20 11:00:00"),
                                  .original_rt = rt("2020-07-20 08:00:00")};
    weekly = (struct pl_recur){.reader_version = 0x3004,
                               .writer_version = 0x3004,
                               .frequency = 0x200B,
                               .pattern = PL_PATTERN_WEEK,
                               .period = 1,
                               .days = 2,
                               .end = PL_END_COUNT,
                               .count = 4,
                               .first_dow = 0,
                               .deleted_rt = gone,
                               .deleted_count = 2,
                               .modified_rt = changed,
                               .modified_count = 1,
                               .start_rt = rt("2020-07-06"),
                               .end_rt = rt("2020-07-27"),
                               .has_times = true,
                               .start_min = 480,
                               .end_min = 540,
                               .exceptions = &moved,
                               .exception_count = 1};
    add_uid();
    add_times("2020-07-06 08:00:00", "2020-07-06 09:00:00");
    cr_assert_eq(made_map(&m), PL_OK);
    exdate = m.record.as.event.start;
    exdate.utc = exdate.local = at("2020-07-13 08:00:00");
    override = m.record;
    override.as.event.recurrence_id = exdate;
    override.as.event.recurrence_id.utc = override.as.event.recurrence_id.local = at("2020-07-20 08:00:00");
    override.as.event.start.utc = at("2020-07-20 10:00:00");
    override.as.event.end.utc = at("2020-07-20 11:00:00");
    m.record.as.event.recur = &weekly;
    m.record.as.event.exdates = &exdate;
    m.record.as.event.exdate_count = 1;
    m.record.as.event.overrides = &override;
    m.record.as.event.override_count = 1;
}

static char *series_text(struct written *w, const char *remark)
{
    written_begin(w, &m, &pl_ics_writer, NULL);
    cr_assert(written_put(w, &m.record) > PL_LOST);
    cr_assert_str_eq(w->result.remark, remark);
    cr_assert_eq(written_end(w), PL_OK);
    char *text = written_text(w, PLANS);
    cr_assert_eq(pl_judge_count(text, "VEVENT"), 2);
    written_release(w);
    return text;
}

Test(ics, series_proven)
{
    struct written w;
    add_series();
    char *text = series_text(&w, "proven");
    cr_assert_not_null(strstr(text, "DTSTART:20200706T080000Z\r\nDTEND:20200706T090000Z\r\n"
                                    "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4\r\nEXDATE:20200713T080000Z\r\n"),
                       "%s", text);
    cr_assert_not_null(strstr(text, "RECURRENCE-ID:20200720T080000Z\r\nDTSTART:20200720T100000Z\r\n"
                                    "DTEND:20200720T110000Z\r\n"));
    cr_assert_eq(m.code[0], '\0');
    free(text);
}

/* A UID that occurs again in a folder gets an ordinal after mapping: changed occurrences follow their series. */
Test(ics, series_renamed)
{
    struct written w;
    add_series();
    m.record.uid = "E240C8F5-1-2";
    char *text = series_text(&w, "proven");
    size_t renamed = 0;
    for (const char *p = text; (p = strstr(p, "\r\nUID:")); p++)
        renamed += !strncmp(p, "\r\nUID:E240C8F5-1-2\r\n", 20);
    cr_assert_eq(renamed, 2, "%s", text);
    free(text);
}

/* A record whose rule says something else than its pattern: the mismatch is seen, told, and repaired. */
Test(ics, series_listed)
{
    struct written w;
    add_series();
    m.record.as.event.end.utc += 60; /* the master lasts longer than the pattern says */
    char *text = series_text(&w, "unproven");
    cr_assert_str_eq(m.code, "event.series-unproven");
    free(text);
    /* the dates of the pattern are listed, and the one that is none of them goes */
    m.record.as.event.end.utc -= 60;
    struct pl_when extra = m.record.as.event.start;
    extra.utc = extra.local = at("2020-07-07 08:00:00");
    m.record.as.event.rdates = &extra;
    m.record.as.event.rdate_count = 1; /* a date that the pattern does not have */
    text = series_text(&w, "listed");
    cr_assert_null(strstr(text, "RRULE"));
    cr_assert_not_null(strstr(text, "RDATE:20200713T080000Z,20200720T080000Z,20200727T080000Z\r\n"
                                    "EXDATE:20200713T080000Z\r\n"));
    free(text);
}
