/* t_edb_profile.c - the profile of an Exchange database, and the names of its columns. */
#include <criterion/criterion.h>
#include <string.h>

#include "../formats/edb/profile.h"

static struct pl_arena arena;

static void start(void) { pl_arena_init(&arena, (size_t)1 << 20); }
static void stop(void) { pl_arena_release(&arena); }

TestSuite(edb_profile, .init = start, .fini = stop);

static bool parse(const char *text, struct edb_profile *out, struct edb_profile_error *e)
{
    return edb_profile_parse(text, strlen(text), &arena, out, e);
}

Test(edb_profile, builtin)
{
    struct edb_profile p;
    struct edb_profile_error e;
    cr_assert(parse(edb_profile_builtin, &p, &e), "%u: %s", e.line, e.why);
    cr_assert_str_eq(p.parts[EDB_MESSAGES].table, "Msg");
    cr_assert_str_eq(p.parts[EDB_CONTENTS].templated, "MsgFolder");
    cr_assert_str_eq(p.parts[EDB_CONTENTS].naming, "<replid>-<counter>");
    cr_assert_str_eq(p.parts[EDB_FOLDERS].fields[EDB_PARENT].column, "Q6749");
    cr_assert_null(p.parts[EDB_CONTENTS].table);
}

Test(edb_profile, renamed)
{
    struct edb_profile p;
    struct edb_profile_error e;
    cr_assert(parse("# other names\r\n\n[messages]\n  table= Items \ncolumns = P_<ID4>_<m><l>\nid = MsgKey  be64\n",
                    &p, &e));
    cr_assert_str_eq(p.parts[EDB_MESSAGES].table, "Items");
    cr_assert_str_eq(p.parts[EDB_MESSAGES].fields[EDB_ID].column, "MsgKey");
    cr_assert_eq(p.parts[EDB_MESSAGES].fields[EDB_ID].encoding, EDB_BE64);
}

Test(edb_profile, errors)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *why;
    } bad[] = {
        {"", 0, "it names no table"},
        {"[messages]\n", 0, "it names no table"},
        {"table = Msg\n", 1, "the first line has to be a '[role]'"},
        {"[massages]\n", 1, "no role is called 'massages'"},
        {"[messages]\ntable\n", 2, "neither '[role]' nor 'name = value'"},
        {"[messages]\ntable = \n", 2, "neither '[role]' nor 'name = value'"},
        {"[messages]\n\nparent = Q6749\n", 3, "[messages] has no 'parent'"},
        {"[messages]\nid = Q674a be46\n", 2, "no encoding is called 'be46'"},
        {"[contents]\ntable = Msg\n", 2, "[contents] has no 'table'"},
        {"[contents]\nname = <replid>\n", 2, "'name' has no <counter>"},
        {"[messages]\ncolumns = <id>\n", 2, "'columns' has no <l>"},
        {"[messages]\ncolumns = <m><l>\n", 2, "'columns' has no <id>"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct edb_profile p;
        struct edb_profile_error e;
        cr_expect_not(parse(bad[i].text, &p, &e), "%zu", i);
        cr_expect_eq(e.line, bad[i].line, "%zu: %u", i, e.line);
        cr_expect_str_eq(e.why, bad[i].why);
    }
}

Test(edb_profile, property_names)
{
    static const struct {
        const char *pattern, *column;
        unsigned id;
        char letter;
        bool multiple;
    } good[] = {{"<m><l><id>", "Sc1e", 0x0c1e, 'S', false},  {"<m><l><id>", "MN667f", 0x667f, 'N', true},
                {"<m><l><id>", "B67aa", 0x67aa, 'B', false}, {"P_<ID4>_<m><l>", "P_001A_S", 0x1a, 'S', false},
                {"<m><l><id>", "ML827a", 0x827a, 'L', true}, {"P_<ID4>_<m><l>", "P_8053_MS", 0x8053, 'S', true}};
    static const char *const bad[] = {"", "M", "S", "S01a", "S0", "Sg1", "S12345", "Kind", "X1a", "MsgKey", "s1a"};
    struct edb_property_name n;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(edb_property_parse(good[i].pattern, good[i].column, &n), "%s", good[i].column);
        cr_expect(n.id == good[i].id && n.letter == good[i].letter && n.multiple == good[i].multiple, "%s",
                  good[i].column);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(edb_property_parse("<m><l><id>", bad[i], &n), "%s", bad[i]);
}

Test(edb_profile, contents_names)
{
    static const char *const bad[] = {"", "1", "1-", "-17", "1-17x", "1-1g", "Msg", "12345-1", "1-1234567890123"};
    uint16_t replid = 0;
    uint64_t counter = 0;
    char name[64], small[5];
    cr_assert(edb_contents_name("<replid>-<counter>", 1, 0x17, name, sizeof name));
    cr_assert_str_eq(name, "1-17");
    cr_assert(edb_contents_name("F<counter>of<replid>", 0xab, 0x123456789abc, name, sizeof name));
    cr_assert_str_eq(name, "F123456789ABCofAB");
    cr_assert(edb_contents_parse("F<counter>of<replid>", name, &replid, &counter));
    cr_assert(replid == 0xab && counter == 0x123456789abc);
    cr_assert_not(edb_contents_name("<replid>-<counter>", 1, 0x1700, small, sizeof small));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(edb_contents_parse("<replid>-<counter>", bad[i], &replid, &counter), "%s", bad[i]);
}

Test(edb_profile, builtin_2013)
{
    struct edb_profile p;
    struct edb_profile_error e;
    cr_assert(parse(edb_profile_2013, &p, &e), "%u: %s", e.line, e.why);
    cr_expect(p.by_mailbox);
    cr_expect_str_eq(p.parts[EDB_MESSAGES].table, "Message_<mailbox>");
    cr_expect_eq(p.parts[EDB_FOLDERS].tags[0].tag, 0x3001001fu);
    cr_expect_str_eq(p.parts[EDB_FOLDERS].tags[0].column, "DisplayName");
    cr_assert(parse(edb_profile_builtin, &p, &e));
    cr_expect_not(p.by_mailbox);
    cr_expect_not(parse("[folders]\n3001001 = DisplayName\n", &p, &e), "seven digits");
}

Test(edb_profile, names_of_mailboxes)
{
    char name[20];
    uint32_t number = 0;
    cr_assert(edb_mailbox_name("Folder_<mailbox>", 100, name, sizeof name));
    cr_expect_str_eq(name, "Folder_100");
    cr_expect(edb_mailbox_parse("Folder_<mailbox>", "Folder_100", &number));
    cr_expect_eq(number, 100u);
    cr_expect(edb_mailbox_parse("T<mailbox>x", "T7x", &number));
    cr_expect_not(edb_mailbox_parse("T<mailbox>x", "T7y", &number));
    cr_expect_not(edb_mailbox_parse("Folder_<mailbox>", "Folder_", &number));
    cr_expect_not(edb_mailbox_parse("Folder_<mailbox>", "Folder_-1", &number));
    cr_expect_not(edb_mailbox_parse("Folder_<mailbox>", "Folder_99999999999", &number));
    cr_expect_not(edb_mailbox_parse("Mailbox", "Mailbox", &number));
    cr_expect_not(edb_mailbox_name("Folder_<mailbox>", 1000000000, name, 12));
}
