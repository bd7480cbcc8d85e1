/*
 * t_csv.c - the CSV view: cells as RFC 4180 wants them, compared with text written by hand;
 * whole stores are read back by Python's csv in tests/contacts.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "lib_item.h"

static struct made m;
static void setup(void) { made_init(&m, "IPM.Contact"); }
static void teardown(void) { made_release(&m); }
TestSuite(csv, .init = setup, .fini = teardown);

static const struct pl_writer_options folder = {.vcard = 30}, item = {.vcard = 30, .per_item = true};
#define TABLE "anna/contacts/Team/Plans.csv"

/* The row after the header; the caller frees the text that it stands in. */
static const char *row_of(char **text)
{
    *text = made_written(&m, &pl_csv_writer, &folder, TABLE);
    cr_assert_not_null(*text);
    cr_assert(!strncmp(*text, "\xef\xbb\xbf\"Title\",\"First Name\",", 24));
    const char *row = strstr(*text, "\r\n");
    cr_assert_not_null(row);
    return row + 2;
}

static size_t count(const char *text, char c)
{
    size_t n = 0;
    for (; *text && strncmp(text, "\r\n", 2) != 0; text++)
        n += *text == c;
    return n;
}

static void begins(const char *expected)
{
    char *text;
    const char *row = row_of(&text);
    cr_assert(!strncmp(row, expected, strlen(expected)), "%s", row);
    free(text);
    m.record = (struct pl_record){0};
}

Test(csv, columns)
{
    char *text;
    made_text(&m, PidTagDisplayName, "Anna");
    const char *row = row_of(&text);
    cr_assert_eq(count(text, ','), 91);
    cr_assert_eq(count(row, ','), 91);
    cr_assert_str_eq(row + strlen(row) - 2, "\r\n");
    free(text);
}

Test(csv, quotes_and_lines)
{
    made_text(&m, PidTagSurname, "O\"Neill, \"");
    made_text(&m, PidTagGivenName, "Anna");
    made_text(&m, PidLidWorkAddressStreet, "Main St 1\r\nFloor 2\r\nRoom 3\r\nDoor 4");
    begins(",\"Anna\",,\"O\"\"Neill, \"\"\",,,,,\"Main St 1\",\"Floor 2\",\"Room 3\r\nDoor 4\",,,,,");
}

Test(csv, two_lines_of_a_street)
{
    made_text(&m, PidTagGivenName, "Anna");
    made_text(&m, PidLidWorkAddressStreet, "Main St 1\r\nFloor 2");
    begins(",\"Anna\",,,,,,,\"Main St 1\",\"Floor 2\",,,,,,");
}

/* A contact that has a full name alone, or a company alone. */
Test(csv, full_name)
{
    made_text(&m, PidTagDisplayName, "Anna Berg");
    begins(",,,\"Anna Berg\",,,");
    made_text(&m, PidTagGivenName, "Anna");
    begins(",\"Anna\",,,,,");
    teardown();
    setup();
    made_text(&m, PidTagDisplayName, "Example Inc.");
    made_text(&m, PidTagCompanyName, "Example Inc.");
    begins(",,,,,\"Example Inc.\",");
}

/* What a spreadsheet would run is text; numbers and words stay as they are. */
Test(csv, formulas)
{
    static const struct {
        const char *text;
        bool marked;
    } rows[] = {
        {"=1+1", true},
        {"@SUM(1)", true},
        {"+cmd|' /C calc'!A0", true},
        {"-2+HYPERLINK(\"x\")", true},
        {"+SUM (A1)", true},
        {"\xef\xbc\x9d"
         "1",
         true},
        {"\xef\xbc\x8d"
         "f(1)",
         true},
        {"\xef\xbb\xbf=1", true},
        {"\xe2\x80\x8b\xc2\xa0 @x", true},
        {"\"=1", true},
        {"\xef\xb9\xa6"
         "1",
         true},
        {"+\xd0\xa1\xd0\xa3\xd0\x9c\xd0\x9c(1)", true},
        {"\xe2\x80\x8b+49 30 1", false},
        {"+49\xc2\xa0(0)30 1234", false},
        {"+49 (0)30 1234-5", false},
        {"+49 30 1234 ext. 5", false},
        {"- milk", false},
        {"a=b", false},
        {"\xef\xbc\x8b"
         "49",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text, quote[] = ",\"'";
        teardown();
        setup();
        made_text(&m, PidTagDisplayNamePrefix, "T");
        made_text(&m, PidTagGivenName, rows[i].text);
        const char *row = row_of(&text);
        cr_expect_eq(!strncmp(row + 3, quote, 3), rows[i].marked, "%s: %s", rows[i].text, row);
        free(text);
    }
}

/* Programs that expect ';' or a tab begin a cell behind each, and behind a line end. */
Test(csv, formulas_inside)
{
    static const char *const rows[][2] = {
        {"x;=1;y", "x;'=1;y"},
        {"x;\"=1;y", "x;'\"\"=1;y"},
        {"x;\xc2\xa0=1;=2", "x;'\xc2\xa0=1;'=2"},
        {"x; \t=1", "x; \t'=1"},
        {"+1;f(1)", "'+1;f(1)"},
        {"x;+1;f(1)", "x;+1;f(1)"},
        {"x\t+1;f(1)", "x\t'+1;f(1)"},
        {"x\n+f(1)\n- a", "x\r\n'+f(1)\r\n- a"},
        {"x;+49 30 1;a=b", "x;+49 30 1;a=b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text, wanted[64];
        teardown();
        setup();
        made_text(&m, PidTagDisplayName, "T");
        made_text(&m, PidTagBody, rows[i][0]);
        snprintf(wanted, sizeof wanted, ",\"%s\",", rows[i][1]);
        const char *row = row_of(&text);
        cr_expect_not_null(strstr(row, wanted), "%s: %s", rows[i][0], row);
        free(text);
    }
}

Test(csv, groups_have_no_row)
{
    m.item.message_class = "IPM.DistList";
    made_text(&m, PidTagDisplayName, "Team");
    cr_assert_null(made_written(&m, &pl_csv_writer, &folder, TABLE));
}

Test(csv, one_file_each)
{
    made_named(&m, "vCardUID", "uid-1");
    made_text(&m, PidTagDisplayName, "Anna");
    char *text = made_written(&m, &pl_csv_writer, &item, "anna/contacts/Team/Plans/uid-1.csv");
    cr_assert_not_null(text);
    cr_assert_not_null(strstr(text, "\"Anna\""));
    free(text);
}
