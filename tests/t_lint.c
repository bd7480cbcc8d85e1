/*
 * t_lint.c - each rule of the checker must bite, and no rule may bite what is right.
 *
 * The bases are written by hand from RFC 5545, RFC 2426 and RFC 6350 and have no finding.
 * A mutant is a base with one thing replaced; it must give the code of its row. Then
 * each base is cut short and has its bytes changed everywhere: what is found does not
 * matter there, but nothing may break, and pieces of any size must give the same.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

#define ROOM  8192u
#define CODES 32u

#define ZONE                                                                                                       \
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"                                                                    \
    "BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"                      \
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZNAME:CET\r\nEND:STANDARD\r\n"                                    \
    "BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"                      \
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

static const char ics[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Hand//EN\r\n" ZONE
    "BEGIN:VEVENT\r\nUID:one@example.org\r\nDTSTAMP:20240101T000000Z\r\n"
    "DTSTART;TZID=Europe/Berlin:20240205T100000\r\nDTEND;TZID=Europe/Berlin:20240205T110000\r\n"
    "RRULE:FREQ=WEEKLY;UNTIL=20240401T080000Z;BYDAY=MO\r\nSUMMARY:Caf\xC3\xA9\\, twice\r\n"
    "LOCATION:Room\r\n  12\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nPRIORITY:5\r\n"
    "EXDATE;TZID=Europe/Berlin:20240212T100000\r\nCATEGORIES:Red,Blue\r\n"
    "ORGANIZER;CN=\"Boss; A\":mailto:boss@example.org\r\nATTENDEE;CN=Bee:mailto:bee@example.org\r\n"
    "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJDRA==\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Now\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:one@example.org\r\nDTSTAMP:20240101T000000Z\r\n"
    "RECURRENCE-ID;TZID=Europe/Berlin:20240219T100000\r\n"
    "DTSTART;TZID=Europe/Berlin:20240220T100000\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:day@example.org\r\nDTSTAMP:20240101T000000Z\r\n"
    "DTSTART;VALUE=DATE:20240229\r\nDTEND;VALUE=DATE:20240301\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEND:VEVENT\r\n"
    "BEGIN:VTODO\r\nUID:todo@example.org\r\nDTSTAMP:20240101T000000Z\r\nSTATUS:NEEDS-ACTION\r\n"
    "PERCENT-COMPLETE:0\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

static const char vcf3[] =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Bee\r\nN:Bee;Ann;;;\r\nUID:card-3\r\nORG:Firm;Unit\r\n"
    "NICKNAME:A,B\r\nADR;TYPE=work:;;Street 1;Town;;12345;Land\r\nTEL;TYPE=work,voice:+1-555-0100\r\n"
    "EMAIL;TYPE=INTERNET:ann@example.org\r\nBDAY:1985-04-12\r\nNOTE:one\\, two\\nthree\r\n"
    "URL:http://example.org/\r\nCLASS:PRIVATE\r\nPHOTO;ENCODING=b;TYPE=PNG:QUJDRA==\r\n"
    "REV:2024-01-01T00:00:00Z\r\nEND:VCARD\r\n";

static const char vcf4[] =
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann "
    "Bee\r\nN:Bee;Ann;;;\r\nUID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1\r\n"
    "KIND:individual\r\nBDAY:--0412\r\nANNIVERSARY:20090808\r\nADR:;;Street 1;Town;;12345;Land\r\n"
    "TEL;VALUE=uri;PREF=1;TYPE=\"voice,home\":tel:+1-555-555-5555\r\nEMAIL;PREF=1:ann@example.org\r\n"
    "PHOTO:data:image/png;base64,QUJDRA==\r\nREV:20240101T000000Z\r\nEND:VCARD\r\n";

#define LONG80 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct mutant {
    const char *base, *from, *to, *code;
} mutants[] = {
    {ics, "VERSION:2.0\r\n", "VERSION:2.0\n", "line.end"},
    {ics, "VERSION:2.0\r\n", "VERSION:2.0\r", "line.end"},
    {ics, "LOCATION:Room", "LOCATION:" LONG80, "line.long"},
    {ics, "Caf\xC3\xA9", "Caf\xE9", "line.utf8"},
    {ics, "Caf\xC3\xA9", "Caf\xC0\xA9", "line.utf8"},
    {ics, "Caf\xC3\xA9", "\xED\xA0\x80", "line.utf8"},
    {ics, "Caf\xC3\xA9", "Caf\xC3\r\n \xA9", "line.fold"},
    {ics, "Caf\xC3\xA9", "Caf\x01", "line.control"},
    {ics, "LOCATION:Room", "\r\nLOCATION:Room", "line.empty"},
    {ics, "LOCATION:Room", "LOCATION Room", "line.grammar"},
    {ics, "CN=\"Boss; A\"", "CN=\"Boss", "line.grammar"},
    {ics, "\\, twice", ", twice", "text.escape"},
    {ics, "\\, twice", "; twice", "text.escape"},
    {ics, "\\, twice", "\\x twice", "text.escape"},
    {ics, "TZID:Europe/Berlin", "TZID:Europe/Paris", "zone.undefined"},
    {ics, "DTSTART:19701025T030000", "DTSTART:19701025T030000Z", "zone.start"},
    {ics, "+0200", "0200", "value.offset"},
    {ics, "+0200", "+2500", "value.offset"},
    {ics, "20240401T080000Z", "20240401", "rule.until"},
    {ics, "20240401T080000Z", "20240401T080000", "rule.until"},
    {ics, "20240401T080000Z", "20230401T080000Z", "rule.until"},
    {ics, "COUNT=3", "COUNT=3;UNTIL=20300101", "rule.count-until"},
    {ics, "COUNT=3", "COUNT=0", "rule.part"},
    {ics, "FREQ=WEEKLY", "FREQ=FORTNIGHTLY", "rule.part"},
    {ics, "BYDAY=MO", "BYDAY=XX", "rule.part"},
    {ics, "BYDAY=MO", "BYDAY=MO;BYDAY=TU", "rule.part"},
    {ics, "BYDAY=MO", "BYDAY=1MO", "rule.part"},
    {ics, "BYDAY=MO", "BYDAY=MO,", "rule.part"},
    {ics, "FREQ=YEARLY;COUNT=3", "COUNT=3", "rule.part"},
    {ics, "FREQ=YEARLY;COUNT=3", "", "rule.part"},
    {ics, "STATUS:CONFIRMED", "STATUS:MAYBE", "value.word"},
    {ics, "STATUS:CONFIRMED", "STATUS:NEEDS-ACTION", "value.word"},
    {ics, "TRANSP:OPAQUE", "TRANSP:GLASS", "value.word"},
    {ics, "PRIORITY:5", "PRIORITY:10", "value.number"},
    {ics, "mailto:bee@", "bee@", "value.uri"},
    {ics, "mailto:boss@", "boss@", "value.uri"},
    {ics, "RECURRENCE-ID;TZID=Europe/Berlin:20240219", "RECURRENCE-ID;TZID=Europe/Berlin:20240129",
     "series.outside"},
    {ics, "RECURRENCE-ID;TZID=Europe/Berlin:20240219", "RECURRENCE-ID;TZID=Europe/Berlin:20240506",
     "series.outside"},
    {ics, "RECURRENCE-ID;TZID=Europe/Berlin:20240219", "RECURRENCE-ID;TZID=Europe/Berlin:20240220",
     "series.outside"},
    {ics, "20240219T100000", "20240219T103000", "series.outside"},
    {ics, "RECURRENCE-ID;TZID=Europe/Berlin:20240219T100000", "RECURRENCE-ID;VALUE=DATE:20240219", "series.type"},
    {ics, "RECURRENCE-ID;TZID=Europe/Berlin:20240219T100000\r\n", "", "uid.duplicate"},
    {ics, "DTEND;TZID=Europe/Berlin:20240205T11", "DTEND;TZID=Europe/Berlin:20240205T09", "span.backwards"},
    {ics, "DTEND;VALUE=DATE:20240301", "DTEND;VALUE=DATE:20240229", "span.backwards"},
    {ics, "DTEND;VALUE=DATE:20240301", "DTEND:20240301T000000Z", "span.type"},
    {ics, "DTEND;VALUE=DATE:20240301", "DTEND;VALUE=DATE:20240301\r\nDURATION:P1D", "span.both"},
    {ics, "UID:day@", "UID:one@", "uid.duplicate"},
    {ics, "UID:day@example.org\r\n", "", "property.missing"},
    {ics, "DTSTAMP:20240101T000000Z\r\n", "", "property.missing"},
    {ics, "VERSION:2.0\r\n", "", "property.missing"},
    {ics, "PRODID:-//Example//Hand//EN\r\n", "", "property.missing"},
    {ics, "DTSTART;VALUE=DATE:20240229\r\n", "", "property.missing"},
    {ics, "TZOFFSETTO:+0100\r\n", "", "property.missing"},
    {ics, "TRIGGER:-PT15M\r\n", "", "property.missing"},
    {ics, "UID:day@example.org", "UID:", "value.empty"},
    {ics, "VERSION:2.0", "VERSION:1.0", "value.word"},
    {ics, "20240229", "20241301", "value.date"},
    {ics, "20240229", "20230229", "value.date"},
    {ics, "20240205T10", "20240205T24", "value.date"},
    {ics, "DTSTAMP:20240101T000000Z", "DTSTAMP:20240101T000000", "value.date"},
    {ics, "DTSTART;VALUE=DATE:20240229", "DTSTART:20240229", "value.type"},
    {ics, "20240212T100000", "20240212T100000Z", "value.zone"},
    {ics, "20240212T100000", "20240212T100000,2024", "value.date"},
    {ics, "QUJDRA==", "QUJDRA=", "value.base64"},
    {ics, "QUJDRA==", "QUJ!RA==", "value.base64"},
    {ics, "ENCODING=BASE64;", "", "value.type"},
    {ics, "-PT15M", "-P15M", "value.duration"},
    {ics, "-PT15M", "-PT", "value.duration"},
    {ics, "PT1H", "PT-1H", "value.duration"},
    {ics, "DURATION:PT1H", "DURATION:-PT1H", "value.duration"},
    {ics, "END:VTODO", "END:VEVENT", "nesting.end"},
    {ics, "END:VTODO\r\nEND:VCALENDAR\r\n", "END:VTODO\r\n", "nesting.open"},
    {ics, "BEGIN:VALARM", "BEGIN:VTODO", "nesting.place"},
    {ics, "BEGIN:VTODO", "BEGIN:VALARM", "nesting.place"},
    {ics, "BEGIN:VCALENDAR\r\n", "", "file.outside"},
    {ics, "LOCATION:Room", "TZNAME:Room", "property.place"},
    {ics, "LOCATION:Room", "STATUS:CONFIRMED\r\nLOCATION:Room", "property.twice"},
    {ics, "LOCATION:Room", "COLOUR:Room", "property.unknown"},
    {vcf3, "VERSION:3.0\r\n", "", "property.missing"},
    {vcf3, "FN:Ann Bee\r\n", "", "property.missing"},
    {vcf3, "N:Bee;Ann;;;\r\n", "", "property.missing"},
    {vcf3, "UID:card-3\r\n", "", "card.uid"},
    {vcf3, "Bee;Ann;;;", "Bee;Ann", "value.parts"},
    {vcf3, ";;Street 1;Town", ";Street 1;Town", "value.parts"},
    {vcf3, "FN:Ann Bee", "FN:Bee, Ann", "text.escape"},
    {vcf3, "one\\, two", "one; two", "text.escape"},
    {vcf3, "NICKNAME:A,B", "NICKNAME:A;B", "text.escape"},
    {vcf3, "1985-04-12", "1985-13-12", "value.date"},
    {vcf3, "1985-04-12", "--04-12", "value.date"},
    {vcf3, "REV:2024-01-01T00:00:00Z", "REV:2024-01-01T25:00:00Z", "value.date"},
    {vcf3, "http://example.org/", "example.org", "value.uri"},
    {vcf3, "CLASS:PRIVATE", "CLASS:SECRET", "value.word"},
    {vcf3, "QUJDRA==", "QUJDR", "value.base64"},
    {vcf3, "ENCODING=b;", "", "value.type"},
    {vcf3, "CLASS:PRIVATE", "KIND:individual", "form.property"},
    {vcf3, "CLASS:PRIVATE", "GENDER:F", "form.property"},
    {vcf3, "TYPE=work,voice", "PREF=1", "form.parameter"},
    {vcf3, "CLASS:PRIVATE", "BDAY:1985-04-12", "property.twice"},
    {vcf3, "END:VCARD\r\n", "", "nesting.open"},
    {vcf3, "END:VCARD", "END:VEVENT", "nesting.end"},
    {vcf3, "CLASS:PRIVATE", "BEGIN:VCARD", "nesting.place"},
    {vcf3, "END:VCARD\r\n",
     "END:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:B\r\nN:B;;;;\r\nUID:card-3\r\nEND:VCARD\r\n", "uid.duplicate"},
    {vcf4, "FN:Ann Bee\r\n", "", "property.missing"},
    {vcf4, "VERSION:4.0\r\nFN:Ann Bee\r\n", "FN:Ann Bee\r\nVERSION:4.0\r\n", "card.order"},
    {vcf4, "VERSION:4.0", "VERSION:2.1", "value.word"},
    {vcf4, "--0412", "1985-04-12", "value.date"},
    {vcf4, "20090808", "20091308", "value.date"},
    {vcf4, "PREF=1", "PREF=101", "value.number"},
    {vcf4, "PREF=1;TYPE=\"voice,home\"", "TYPE=pref", "form.parameter"},
    {vcf4, "PREF=1;TYPE=\"voice,home\"", "TYPE=\"voice,pref\"", "form.parameter"},
    {vcf4, "PREF=1;TYPE=\"voice,home\"", "ENCODING=b", "form.parameter"},
    {vcf4, "KIND:individual", "KIND:robot", "value.word"},
    {vcf4, "KIND:individual", "MEMBER:urn:uuid:1", "card.member"},
    {vcf4, "KIND:individual", "LABEL:x", "form.property"},
    {vcf4, "QUJDRA==", "QUJDRA", "value.base64"},
    {vcf4, "data:image/png;base64,QUJDRA==", "QUJDRA==", "value.uri"},
    {vcf4, "tel:+1-555-555-5555", "+1 555", "value.uri"},
};

struct seen {
    char codes[CODES][32];
    size_t count;
    uint64_t digest;
};

static void note(void *data, const struct pl_lint_finding *f)
{
    struct seen *seen = data;
    if (seen->count < CODES)
        snprintf(seen->codes[seen->count], sizeof seen->codes[0], "%s", f->code);
    seen->count++;
    seen->digest = seen->digest * 31 + f->line;
    for (const char *at = f->text; *at; at++)
        seen->digest = seen->digest * 31 + (unsigned char)*at;
}

static struct seen judge(const char *text, size_t size, size_t piece)
{
    struct seen seen = {0};
    char *copy = malloc(size ? size : 1); /* its own block, so that a byte too far is caught */
    struct pl_lint *lint = pl_lint_new(note, &seen);
    cr_assert(copy && lint);
    memcpy(copy, text, size);
    for (size_t at = 0; at < size; at += piece)
        pl_lint_feed(lint, copy + at, size - at < piece ? size - at : piece);
    pl_lint_end(lint);
    pl_lint_free(lint);
    free(copy);
    return seen;
}

static bool found(const struct seen *seen, const char *code)
{
    for (size_t i = 0; i < seen->count && i < CODES; i++)
        if (strcmp(seen->codes[i], code) == 0)
            return true;
    return false;
}

static const char *const bases[] = {ics, vcf3, vcf4};
#define BASES (sizeof bases / sizeof *bases)

Test(lint, bases_are_clean)
{
    for (size_t i = 0; i < BASES; i++) {
        struct seen seen = judge(bases[i], strlen(bases[i]), SIZE_MAX / 2);
        cr_expect(seen.count == 0, "base %zu: %zu findings, first %s", i, seen.count, seen.codes[0]);
    }
}

Test(lint, mutants_are_found)
{
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        const struct mutant *m = &mutants[i];
        const char *at = strstr(m->base, m->from);
        char text[ROOM];
        cr_assert(at, "row %zu: '%s' is not in its base", i, m->from);
        int size =
            snprintf(text, sizeof text, "%.*s%s%s", (int)(at - m->base), m->base, m->to, at + strlen(m->from));
        cr_assert(size > 0 && (size_t)size < sizeof text);
        struct seen seen = judge(text, (size_t)size, ROOM);
        cr_expect(found(&seen, m->code), "row %zu: '%s' to '%s': no %s (%zu findings, first %s)", i, m->from, m->to,
                  m->code, seen.count, seen.codes[0]);
    }
}

/* A weekly rule without BYDAY is on the weekday of its start. */
Test(lint, weekday_of_the_start)
{
    static const char form[] =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Hand//EN\r\n"
        "BEGIN:VEVENT\r\nUID:w\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;VALUE=DATE:20240205\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:w\r\nDTSTAMP:20240101T000000Z\r\nRECURRENCE-ID;VALUE=DATE:202402%d\r\n"
        "DTSTART;VALUE=DATE:20240214\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    for (int day = 12; day < 14; day++) {
        char text[sizeof form];
        int size = snprintf(text, sizeof text, form, day);
        struct seen seen = judge(text, (size_t)size, ROOM);
        cr_expect_eq(seen.count, day == 12 ? 0 : 1, "%s", seen.codes[0]);
        cr_expect_eq(found(&seen, "series.outside"), day != 12);
    }
}

Test(lint, truncations_are_found)
{
    for (size_t i = 0; i < BASES; i++)
        for (size_t size = 0; size < strlen(bases[i]); size++)
            cr_expect(judge(bases[i], size, ROOM).count > 0, "base %zu cut at %zu has no finding", i, size);
}

Test(lint, flips_are_survived)
{
    static const unsigned char flips[] = {0x01, 0x20, 0x80, 0xFF};
    for (size_t i = 0; i < BASES; i++)
        for (size_t at = 0; at < strlen(bases[i]); at++)
            for (size_t k = 0; k < sizeof flips; k++) {
                char text[ROOM];
                size_t size = strlen(bases[i]);
                memcpy(text, bases[i], size);
                text[at] = (char)((unsigned char)text[at] ^ flips[k]);
                struct seen whole = judge(text, size, ROOM), pieces = judge(text, size, 7);
                cr_expect(whole.count == pieces.count && whole.digest == pieces.digest,
                          "base %zu byte %zu: pieces give other findings", i, at);
            }
}
