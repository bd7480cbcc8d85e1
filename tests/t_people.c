/*
 * t_people.c - who is who: forms of names, what statements add up to, the tables of the ledger.
 *
 * The independent side: SIDs as [MS-DTYP] 2.4.2 and well-known ones write them, answers written
 * down beside the statements, every order of the same statements, SQL over the finished file.
 */
#include "people.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "ledger.h"
#include "lib_fault.h"

#define ANNA   "/o=Org/ou=Site/cn=Recipients/cn=anna"
#define ANNA2  "/o=Org/ou=Berlin/cn=Recipients/cn=anna"
#define ANNA_S "S-1-5-21-1-2-3-1001"
#define BEN    "/o=Org/ou=Site/cn=Recipients/cn=ben"

static struct pl_arena arena;
static void begin(void) { pl_arena_init(&arena, (size_t)4 << 20); }
static void end(void) { pl_arena_release(&arena); }
TestSuite(people, .init = begin, .fini = end);

/* --- forms ------------------------------------------------------------------------- */

Test(people, forms)
{
    static const struct {
        enum pl_key_kind kind;
        const char *text, *folded; /* NULL: no name of that kind */
    } rows[] = {
        {PL_KEY_DN, "/o=Org/CN=Ännä", "dn:/o=org/cn=Ännä"},
        {PL_KEY_DN, "CN=Anna,OU=Staff,DC=example", NULL},
        {PL_KEY_DN, "/", NULL},
        {PL_KEY_DN, "/o=", NULL},
        {PL_KEY_DN, "/o=a\nb", NULL},
        {PL_KEY_DN, "/o=a\xff", NULL},
        {PL_KEY_DN, "/o=a\xef\xbf\xbd", NULL},
        {PL_KEY_DN, "", NULL},
        {PL_KEY_SID, "s-1-5-21-1-2-3-1001", "sid:s-1-5-21-1-2-3-1001"},
        {PL_KEY_SID, "S-1-12-1-1-2-3-4", "sid:s-1-12-1-1-2-3-4"},
        {PL_KEY_SID, "S-1-5-10", NULL},     /* SELF */
        {PL_KEY_SID, "S-1-1-0", NULL},      /* Everyone */
        {PL_KEY_SID, "S-1-5-32-544", NULL}, /* Administrators */
        {PL_KEY_SID, "S-1-5-21-1-2-3", NULL},
        {PL_KEY_SID, "S-1-5-21-1-2-3-4-5", NULL},
        {PL_KEY_SID, "S-1-5-21-1-2-3-", NULL},
        {PL_KEY_SID, "S-1-5-21-1-2-3-99999999999", NULL},
        {PL_KEY_SID, "Anna", NULL},
        {PL_KEY_SMTP, "Anna.O'Brien+x@Example.ORG", "smtp:anna.o'brien+x@example.org"},
        {PL_KEY_SMTP, "anna@server", "smtp:anna@server"},
        {PL_KEY_SMTP, "anna", NULL},
        {PL_KEY_SMTP, "@example.org", NULL},
        {PL_KEY_SMTP, "anna@", NULL},
        {PL_KEY_SMTP, "anna@b@c", NULL},
        {PL_KEY_SMTP, "anna@example.org.", NULL},
        {PL_KEY_SMTP, "anna berg@example.org", NULL},
        {PL_KEY_SMTP, "a@x,b@y", NULL},
        {PL_KEY_SMTP, "IMCEAEX-_o=Org_ou=Site_cn=anna@example.org", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char folded[PL_KEY_TEXT_MAX];
        bool good = pl_key_fold(rows[i].kind, rows[i].text, folded);
        cr_expect_eq(good, rows[i].folded != NULL, "%s", rows[i].text);
        if (good && rows[i].folded)
            cr_expect_str_eq(folded, rows[i].folded);
    }
}

Test(people, long_names_are_none)
{
    static char text[2 * PL_KEY_TEXT_MAX];
    char folded[PL_KEY_TEXT_MAX];
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "/o=", 3);
    cr_expect(!pl_key_fold(PL_KEY_DN, text, folded));
    text[PL_KEY_TEXT_MAX - 4] = '\0'; /* with "dn:" and the NUL it just fits */
    cr_expect(pl_key_fold(PL_KEY_DN, text, folded));
}

Test(people, sids)
{
    /* [MS-DTYP] 2.4.2.2: revision, count, authority in network order, parts little-endian */
    static const uint8_t user[] = {1,    5,    0,    0,    0,    0,    0,    5,    21,   0,    0, 0, 0xdc, 0xf4,
                                   0xdc, 0x3b, 0x83, 0x3d, 0x2b, 0x46, 0x82, 0x8b, 0xa6, 0x28, 0, 2, 0,    0};
    static const uint8_t everyone[] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t wide[] = {1, 1, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0};
    char text[192];
    cr_assert(pl_sid_text((struct pl_bytes){user, sizeof user}, text, sizeof text));
    cr_expect_str_eq(text,
                     "S-1-5-21-1004336348-1177238915-682003330-512"); /* of the KB article on well-known SIDs */
    cr_assert(pl_sid_text((struct pl_bytes){everyone, sizeof everyone}, text, sizeof text));
    cr_expect_str_eq(text, "S-1-1-0");
    cr_assert(pl_sid_text((struct pl_bytes){wide, sizeof wide}, text, sizeof text));
    cr_expect_str_eq(text, "S-1-1108152157446-7");
    for (size_t i = 0; i < sizeof user; i++)
        cr_expect(!pl_sid_text((struct pl_bytes){user, i}, text, sizeof text), "cut at %zu", i);
    cr_expect(!pl_sid_text((struct pl_bytes){user, sizeof user}, text, 20));
}

/* --- statements ---------------------------------------------------------------------- */

static struct pl_people *set_of(const struct pl_statement *s, const size_t *order, size_t count)
{
    struct pl_people *p = pl_people_new();
    cr_assert(p);
    for (size_t i = 0; i < count; i++)
        cr_assert_neq(pl_people_add(p, &s[order ? order[i] : i]), PL_STOP);
    return p;
}

static struct pl_identity ask(struct pl_people *p, enum pl_key_kind kind, const char *text, enum pl_trust least)
{
    struct pl_identity who;
    enum pl_status st = pl_people_find(p, (struct pl_key){kind, text}, least, &arena, &who);
    cr_assert_neq(st, PL_STOP);
    return who;
}

#define expect_text(known, want) cr_expect_str_eq((known).text ? (known).text : "(none)", want)

Test(people, best_source_decides_and_a_chain_is_followed)
{
    const struct pl_key more[] = {{PL_KEY_DN, ANNA2}, {PL_KEY_SMTP, "a.berg@example.org"}};
    const struct pl_statement s[] = {
        {.said = PL_SAID_MAP, .dn = ANNA, .smtp = "Anna@Example.org", .more = more, .more_count = 2},
        {.said = PL_SAID_RECIPIENT, .dn = ANNA, .smtp = "old@example.org", .name = "Anna B"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .sid = ANNA_S, .name = "Anna Berg"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .sid = ANNA_S, .name = "Anna Berg"},
    };
    struct pl_people *p = set_of(s, NULL, 4);
    struct pl_identity who = ask(p, PL_KEY_DN, "/O=ORG/ou=site/cn=recipients/cn=ANNA", PL_TRUST_TEXT);
    expect_text(who.smtp, "Anna@Example.org");
    cr_expect_eq(who.smtp.trust, PL_TRUST_MAP);
    cr_expect_eq(who.smtp.said, PL_SAID_MAP);
    expect_text(who.sid, ANNA_S);
    cr_expect_eq(who.sid.votes, 2);
    expect_text(who.name, "Anna Berg");
    /* the SID alone: over the DN to the address, and no better than what led there */
    who = ask(p, PL_KEY_SID, ANNA_S, PL_TRUST_TEXT);
    expect_text(who.dn, ANNA);
    expect_text(who.smtp, "Anna@Example.org");
    cr_expect_eq(who.smtp.trust, PL_TRUST_MESSAGE);
    /* what items say is not heard when only proof is asked for */
    who = ask(p, PL_KEY_SID, ANNA_S, PL_TRUST_STORE);
    expect_text(who.smtp, "(none)");
    who = ask(p, PL_KEY_DN, ANNA2, PL_TRUST_STORE);
    expect_text(who.smtp, "Anna@Example.org");
    expect_text(who.dn, ANNA);
    who = ask(p, PL_KEY_SMTP, "A.Berg@example.ORG", PL_TRUST_STORE);
    expect_text(who.dn, ANNA);
    cr_expect_eq(pl_people_find(p, (struct pl_key){PL_KEY_DN, BEN}, PL_TRUST_TEXT, &arena, &who), PL_END);
    cr_expect_eq(pl_people_find(p, (struct pl_key){PL_KEY_DN, "Anna Berg"}, PL_TRUST_TEXT, &arena, &who), PL_END);
    pl_people_free(p);
}

Test(people, disagreement_gives_nobody)
{
    const struct pl_statement s[] = {
        {.said = PL_SAID_RECIPIENT, .dn = ANNA, .smtp = "one@example.org"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "two@example.org"},
        {.said = PL_SAID_CONTACT, .dn = ANNA, .smtp = "one@example.org"},
        {.said = PL_SAID_CONTACT, .dn = BEN, .smtp = "ben@example.org"},
        {.said = PL_SAID_MEMBER, .dn = BEN, .smtp = "BEN@example.org"},
    };
    struct pl_people *p = set_of(s, NULL, 5);
    struct pl_identity who = ask(p, PL_KEY_DN, ANNA, PL_TRUST_TEXT);
    expect_text(who.smtp, "(none)");
    cr_expect(who.smtp.disputed, "a worse source does not settle it");
    who = ask(p, PL_KEY_DN, BEN, PL_TRUST_TEXT);
    expect_text(who.smtp, "BEN@example.org");
    cr_expect_eq(who.smtp.votes, 2);
    pl_people_free(p);
}

Test(people, what_says_nothing_is_not_kept)
{
    const struct pl_statement s[] = {
        {.said = PL_SAID_MAP, .dn = ANNA},
        {.said = PL_SAID_SENDER, .smtp = "anna@example.org", .name = "Anna"},
        {.said = PL_SAID_SENDER, .dn = "Anna", .smtp = "anna@example.org", .name = "Anna"},
        {.said = PL_SAID_SENDER, .sid = "S-1-5-10", .smtp = "room@example.org"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "no address"},
    };
    struct pl_people *p = pl_people_new();
    for (size_t i = 0; i < sizeof s / sizeof *s; i++)
        cr_expect_eq(pl_people_add(p, &s[i]), PL_END, "%zu", i);
    struct pl_identity who;
    cr_expect_eq(pl_people_find(p, (struct pl_key){PL_KEY_DN, ANNA}, PL_TRUST_TEXT, &arena, &who), PL_END);
    pl_people_free(p);
}

static bool next_order(size_t *order, size_t count)
{
    size_t i = count - 1, k = count - 1;
    while (i > 0 && order[i - 1] >= order[i])
        i--;
    if (i == 0)
        return false;
    while (order[k] <= order[i - 1])
        k--;
    size_t t = order[i - 1];
    order[i - 1] = order[k];
    order[k] = t;
    for (k = count - 1; i < k; i++, k--) {
        t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
    return true;
}

Test(people, the_answer_does_not_depend_on_the_order)
{
    const struct pl_statement s[] = {
        {.said = PL_SAID_CONTACT, .dn = ANNA, .smtp = "wrong@example.org", .name = "A"},
        {.said = PL_SAID_RECIPIENT, .dn = ANNA, .smtp = "anna@example.org", .name = "Berg, Anna", .place = "b.pst"},
        {.said = PL_SAID_RECIPIENT, .dn = ANNA, .smtp = "anna@example.org", .name = "Berg, Anna", .place = "a.pst"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "Anna@example.org", .name = "Anna Berg"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "ANNA@example.org", .name = "Anna Berg"},
        {.said = PL_SAID_CREATOR, .dn = ANNA, .sid = ANNA_S},
    };
    size_t order[6] = {0, 1, 2, 3, 4, 5};
    int orders = 0;
    do {
        struct pl_people *p = set_of(s, order, 6);
        struct pl_identity who = ask(p, PL_KEY_SID, ANNA_S, PL_TRUST_TEXT);
        expect_text(who.dn, ANNA);
        expect_text(who.smtp, "ANNA@example.org");
        expect_text(who.name, "Anna Berg");
        cr_expect_eq(who.smtp.votes, 4);
        cr_expect_eq(who.smtp.said, PL_SAID_SENDER);
        pl_people_free(p);
        pl_arena_reset(&arena);
        orders++;
    } while (next_order(order, 6));
    cr_expect_eq(orders, 720);
}

Test(people, too_many_statements_are_not_believed)
{
    struct pl_people *p = pl_people_new();
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "Name %d", i);
        struct pl_statement s = {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "anna@example.org", .name = name};
        cr_assert_eq(pl_people_add(p, &s), PL_OK);
    }
    struct pl_identity who = ask(p, PL_KEY_DN, ANNA, PL_TRUST_TEXT);
    expect_text(who.smtp, "(none)");
    cr_expect(who.smtp.disputed);
    pl_people_free(p);
}

static void count_keys(void *data, const char *key)
{
    char *list = data;
    strcat(strcat(list, key), " ");
}

Test(people, disputes_of_maps)
{
    const struct pl_statement s[] = {
        {.said = PL_SAID_MAP, .dn = ANNA, .smtp = "anna@example.org"},
        {.said = PL_SAID_MAP, .dn = ANNA, .smtp = "ANNA@example.org"},
        {.said = PL_SAID_MAP, .dn = BEN, .smtp = "ben@example.org"},
        {.said = PL_SAID_MAP, .dn = BEN, .smtp = "benjamin@example.org"},
        {.said = PL_SAID_SENDER, .dn = ANNA, .smtp = "else@example.org"},
    };
    struct pl_people *p = set_of(s, NULL, 5);
    char list[256] = "";
    cr_assert_eq(pl_people_disputes(p, count_keys, list), PL_OK);
    cr_expect_str_eq(list, "dn:/o=org/ou=site/cn=recipients/cn=ben ");
    pl_people_free(p);
}

/* --- the ledger ------------------------------------------------------------------------ */

static void list_said(void *data, const struct pl_statement *s)
{
    char *list = data, row[160];
    snprintf(row, sizeof row, "%s %s %llu %s; ", pl_said_name(s->said), s->place, (unsigned long long)s->votes,
             s->smtp ? s->smtp : "-");
    strcat(list, row);
}

/* The first column of all rows, joined. */
static void query(const char *path, const char *sql, char *out)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    *out = '\0';
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    while (sqlite3_step(q) == SQLITE_ROW)
        sprintf(out + strlen(out), "%s\n", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    sqlite3_close(db);
}

Test(people, are_kept_in_the_ledger_and_explained_from_it)
{
    char folder[] = "/tmp/pimlift-people-XXXXXX", path[80], list[1024] = "";
    const struct pl_statement s[] = {
        {.said = PL_SAID_CONTACT, .place = "a.pst", .dn = ANNA, .smtp = "anna@home.example"},
        {.said = PL_SAID_SENDER, .place = "b.pst", .dn = ANNA, .smtp = "anna@example.org"},
        {.said = PL_SAID_SENDER, .place = "a.pst", .dn = ANNA, .smtp = "anna@example.org"},
        {.said = PL_SAID_SENDER, .place = "a.pst", .dn = ANNA, .smtp = "anna@example.org"},
        {.said = PL_SAID_MAP, .place = "m.csv:2", .dn = ANNA, .sid = ANNA_S},
    };
    struct pl_ledger *l;
    const char *why = "";
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/ledger.db", folder);
    cr_assert_eq(pl_ledger_open(path, &l, &why), PL_OK);
    struct pl_people *p = set_of(s, NULL, 5);
    cr_assert_eq(pl_people_save(p, l), PL_OK);
    pl_people_free(p);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    query(path, "SELECT said || ' ' || place || ' ' || votes FROM person ORDER BY said", list);
    cr_expect_str_eq(list, "contact a.pst 1\nmap m.csv:2 1\nsender a.pst 3\n");
    query(path, "SELECT key FROM person_key GROUP BY key ORDER BY key", list);
    cr_expect_str_eq(list, "dn:/o=org/ou=site/cn=recipients/cn=anna\nsid:s-1-5-21-1-2-3-1001\n"
                           "smtp:anna@example.org\nsmtp:anna@home.example\n");
    p = pl_people_open(path, &why);
    cr_assert(p, "%s", why);
    expect_text(ask(p, PL_KEY_SID, ANNA_S, PL_TRUST_TEXT).smtp, "anna@example.org");
    *list = '\0';
    cr_assert_eq(pl_people_explain(p, (struct pl_key){PL_KEY_DN, ANNA}, list_said, list), PL_OK);
    cr_expect_str_eq(list, "map m.csv:2 1 -; sender a.pst 3 anna@example.org; contact a.pst 1 anna@home.example; ");
    cr_expect_eq(pl_people_explain(p, (struct pl_key){PL_KEY_DN, BEN}, list_said, list), PL_END);
    cr_expect_eq(pl_people_add(p, &s[0]), PL_STOP, "it is only to be read");
    pl_people_free(p);
    unlink(path);
    cr_expect_null(pl_people_open(path, &why));
    rmdir(folder);
}

Test(people, want_of_memory)
{
    for (long n = 1; n < 40; n++) {
        fault_alloc(n, 1);
        struct pl_people *p = pl_people_new();
        struct pl_statement s = {.said = PL_SAID_MAP, .dn = ANNA, .smtp = "anna@example.org"};
        struct pl_identity who;
        if (p && pl_people_add(p, &s) == PL_OK)
            (void)!pl_people_find(p, (struct pl_key){PL_KEY_DN, ANNA}, PL_TRUST_MAP, &arena, &who);
        fault_alloc(0, 0);
        pl_people_free(p);
        pl_arena_release(&arena);
    }
}
