/*
 * t_pff.c - the reader by libpff: isolation, keys, and facts of real stores.
 *
 * What must be in the stores was counted by their makers and by other programs
 * (pffexport, lspst), not by this reader. Crashes and hangs are provoked below
 * libpff, in the read hook of the source, and only in the child process.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib_walk.h"
#include "pff.h"
#include "pff_child.h"
#include "source.h"

static struct pl_session session;
static struct pl_report report;

static void store_open(const char *name, const struct pl_reader_options *options)
{
    static const struct pl_reader_ops *const readers[] = {&pl_pff_reader, NULL};
    static char path[4096];
    const char *folder = walk_corpus();
    if (!folder)
        cr_skip_test("no corpus");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, R_OK) != 0)
        cr_skip_test("no store %s", name);
    report = (struct pl_report){0};
    enum pl_status st = pl_session_open(&session, path, readers, "pff", options, &report);
    cr_assert(st == PL_OK || st == PL_WARN, "%s opens", name);
}

struct count {
    const char *class;
    unsigned n;
};

static bool counts(void *data, const char *class, bool associated)
{
    struct count *c = data;
    c->n += !associated && !strncmp(class, c->class, strlen(c->class));
    return false;
}

static unsigned count_class(const char *store, const char *class)
{
    const struct pl_reader_options options = {.memory = 4 << 20};
    struct count count = {class, 0};
    const struct pl_wanted wanted = {.wants = counts, .data = &count};
    store_open(store, &options);
    struct pl_folder f;
    for (enum pl_status st; (st = pl_session_next_folder(&session, &f)) != PL_END;) {
        cr_assert_neq(st, PL_STOP);
        if (st == PL_LOST || f.is_search || pl_session_open_folder(&session, f.key) != PL_OK)
            continue;
        struct pl_item item;
        while (pl_session_next_item(&session, &wanted, &item) == PL_LOST)
            ;
    }
    pl_session_close(&session);
    return count.n;
}

Test(pff, finds_what_the_makers_of_the_stores_put_in)
{
    cr_expect_eq(count_class("pst/aspose-72contacts.pst", "IPM.Contact"), 72u);
    cr_expect_eq(count_class("pst/aspose-18contacts.pst", "IPM.Contact"), 18u);
    cr_expect_eq(count_class("pst/aspose-samplecontacts.pst", "IPM.Contact"), 6u);
    cr_expect_eq(count_class("pst/aspose-notes.pst", "IPM.StickyNote"), 3u);
    cr_expect_eq(count_class("pst/javalibpst-dist-list-recurring.pst", "IPM.DistList"), 1u);
    cr_expect_eq(count_class("pst/contacts97-2002-ansi-ja.pst", "IPM.Contact"), 1u);
}

/* The series of java-libpst's own test: weekly, two changed instances kept as embedded messages. */
static void check_series(const struct pl_item *item)
{
    struct pl_bytes blob;
    cr_assert(pl_bag_bytes(&item->props, PidLidAppointmentRecur, &blob));
    cr_expect_eq(blob.data[0] | blob.data[1] << 8, 0x3004);
    cr_expect_eq(blob.data[4] | blob.data[5] << 8, 0x200b);
    cr_expect_eq(item->attachment_count, 2u);
    for (size_t i = 0; i < item->attachment_count; i++) {
        struct pl_item inner;
        cr_assert(item->attachments[i].embedded);
        cr_expect(!strncmp(item->attachments[i].key, item->key, strlen(item->key)));
        enum pl_status st = pl_pff_reader.open_item(&session.reader, item->attachments[i].key, &inner);
        cr_assert_eq(st, PL_OK);
        cr_expect(strstr(inner.message_class, "IPM.OLE.CLASS.") || strstr(inner.message_class, "IPM.Appointment"),
                  "class %s", inner.message_class);
    }
}

static bool appointments(void *data, const char *class, bool associated)
{
    (void)data;
    return !associated && !strcmp(class, "IPM.Appointment");
}

Test(pff, opens_the_exceptions_of_a_series)
{
    const struct pl_reader_options options = {.memory = 4 << 20};
    const struct pl_wanted wanted = {.wants = appointments};
    unsigned series = 0;
    store_open("pst/javalibpst-dist-list-recurring.pst", &options);
    struct pl_folder f;
    while (pl_session_next_folder(&session, &f) >= PL_WARN && *f.key && !series) {
        if (f.is_search || pl_session_open_folder(&session, f.key) != PL_OK)
            continue;
        struct pl_item item;
        enum pl_status st;
        while ((st = pl_session_next_item(&session, &wanted, &item)) == PL_OK || st == PL_WARN) {
            cr_expect_eq(f.role, PL_ROLE_CALENDAR);
            cr_expect_eq(f.scope, PL_SCOPE_IPM);
            check_series(&item);
            series++;
        }
        cr_expect_eq(st, PL_END);
    }
    cr_expect_eq(series, 1u);
    pl_session_close(&session);
}

static void walk_store(const char *name, bool serial, struct walk *out)
{
    const struct pl_reader_options options = {.memory = 4 << 20, .serial = serial};
    store_open(name, &options);
    walk_session(&session, true, out);
    pl_session_close(&session);
}

Test(pff, reads_the_same_in_a_child_and_here)
{
    struct walk child, here;
    walk_store("pst/aspose-outlook-3m.pst", false, &child);
    walk_store("pst/aspose-outlook-3m.pst", true, &here);
    cr_expect_eq(child.end, PL_END);
    cr_expect_gt(child.items, 0u);
    cr_expect_gt(child.embedded, 0u);
    cr_expect_eq(child.digest, here.digest);
}

/* A recovered item bears the mark; the live ones are the same with and without the sweep. */
Test(pff, recovers_only_when_asked)
{
    struct walk plain, swept;
    const struct pl_reader_options options = {.memory = 4 << 20, .recover = true};
    walk_store("pst/javalibpst-dist-list-recurring.pst", false, &plain);
    store_open("pst/javalibpst-dist-list-recurring.pst", &options);
    walk_session(&session, true, &swept);
    pl_session_close(&session);
    cr_expect_eq(swept.end, PL_END);
    cr_expect_eq(swept.folders, plain.folders + 1);
    cr_expect_gt(swept.items + swept.lost, plain.items);
}

/* --- isolation --------------------------------------------------------- */

static pid_t parent;
static unsigned reads_before;
static void (*strike)(void);

static void crash(void) { raise(SIGSEGV); }
static void hang(void)
{
    for (;;)
        pause();
}

static enum pl_status hooked(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    const struct pl_source *inner = s->hook;
    if (getpid() != parent && reads_before-- == 0)
        strike();
    struct pl_source copy = *inner;
    return pl_source_read(&copy, offset, buf, size, got);
}

static void ask_store(struct pff_child *c, struct pl_cursor *out, enum pff_outcome expected)
{
    struct pl_buf b;
    pl_buf_init(&b, PFF_REQUEST_MAX);
    pff_put8(&b, PFF_STORE);
    pff_put_address(&b, &(struct pff_address){0});
    cr_expect_eq(pff_child_ask(c, b.data, b.size, out), expected);
    pl_buf_release(&b);
}

static void run_struck(void (*how)(void), enum pff_outcome expected)
{
    const char *folder = walk_corpus();
    char path[4096];
    size_t size = 0;
    if (!folder)
        cr_skip_test("no corpus");
    snprintf(path, sizeof path, "%s/pst/aspose-notes.pst", folder);
    uint8_t *data = walk_load(path, &size);
    cr_assert(data);
    struct pl_source inner, outer;
    pl_source_memory(&inner, data, size);
    pl_source_memory(&outer, data, size);
    outer.pread = hooked;
    outer.hook = &inner;
    const struct pff_limits limits = {.cpu_s = 5, .wall_ms = 200, .open_ms = 300, .most_deaths = 2};
    struct pff_child c;
    struct pl_cursor out;
    cr_assert(pff_child_init(&c, &outer, &limits, false));
    parent = getpid();
    strike = how;
    reads_before = 3;
    ask_store(&c, &out, expected);
    reads_before = UINT32_MAX;
    ask_store(&c, &out, PFF_ANSWERED);
    cr_expect_eq(pl_take8(&out), 'p');
    pff_child_release(&c);
    reads_before = 0;
    cr_assert(pff_child_init(&c, &outer, &limits, false));
    for (unsigned i = 0; i <= limits.most_deaths; i++)
        ask_store(&c, &out, expected);
    ask_store(&c, &out, PFF_GIVEN_UP);
    pff_child_release(&c);
    pl_source_close(&inner);
    pl_source_close(&outer);
    free(data);
}

Test(pff, outlives_a_crash) { run_struck(crash, PFF_DIED); }
Test(pff, outlives_a_hang) { run_struck(hang, PFF_HUNG); }

static void expect_key(const char *text, bool good)
{
    struct pff_address a;
    char back[PL_KEY_MAX];
    cr_expect_eq(pff_address_parse(text, &a), good, "%s", text);
    if (good) {
        pff_address_text(&a, back, sizeof back);
        cr_expect_str_eq(back, text);
    }
}

Test(pff, parses_its_keys)
{
    expect_key("0x200024", true);
    expect_key("0x200024/0x8025", true);
    expect_key("0xffffffff/0x8025/0x8045", true);
    expect_key("deleted:0x3", true);
    expect_key("orphan:0x10/0x8025", true);
    static const char *const bad[] = {"",          "0x",          "200024",
                                      "0x200024/", "0x1ffffffff", "0x1/0x2/0x3/0x4/0x5/0x6/0x7/0x8/0x9/0xa/0xb"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_key(bad[i], false);
}

/* Never more than the own reader, which so comes first. libpff takes the mark of address books as "BA". */
Test(pff, claims_what_libpff_opens)
{
    uint8_t head[512] = "!BDN....SM";
    struct pl_source s;
    pl_source_memory(&s, head, sizeof head);
    int bits = pl_pff_reader.probe(&s);
    cr_expect(bits > 0 && bits <= 16);
    memcpy(head + 8, "BA", 2);
    cr_expect_eq(pl_pff_reader.probe(&s), bits);
    memcpy(head + 8, "AB", 2);
    cr_expect_eq(pl_pff_reader.probe(&s), 0);
    memcpy(head + 8, "XX", 2);
    cr_expect_eq(pl_pff_reader.probe(&s), 0);
    pl_source_close(&s);
}
