/*
 * t_share.c - what a mailbox tells of sharing, through mapping and both writers; and what hostile items make of it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "lib_item.h"
#include "lib_vec.h"
#include "people.h"
#include "share/ifb.h"
#include "share/manifest.h"

/* Only Everyone: may see the folder and read its items. */
#define READABLE                                                                                                   \
    "0800030004000000 0100048000000000000000000000000014000000 0200300002000000"                                   \
    "00091400a9081200 010100000000000100000000 00021400a9081200 010100000000000100000000"

static struct pl_prop *raw(struct made *m, uint32_t tag, enum pl_pid pid, size_t count)
{
    struct pl_value *values = pl_arena_zalloc(&m->arena, count + 1, sizeof *values);
    struct pl_prop *p = &m->props[m->item.props.count++];
    *p = (struct pl_prop){.tag = tag, .pid = (uint16_t)pid, .count = (uint32_t)count, .values = values};
    return p;
}

static struct pl_value *value(struct pl_prop *p, size_t i)
{
    /* the arena's, not const */
    return (struct pl_value *)(uintptr_t)&p->values[i];
}

static void raw_bytes(struct made *m, uint32_t tag, enum pl_pid pid, struct vec v)
{
    value(raw(m, tag, pid, 1), 0)->raw = (struct pl_bytes){v.data, v.size};
}

static char *manifest(struct made *m, enum pl_status want)
{
    struct written w;
    cr_assert_eq(made_map(m), want);
    written_begin(&w, m, &pl_shares_writer, NULL);
    cr_assert(written_put(&w, &m->record) == PL_OK);
    cr_assert(written_end(&w) == PL_OK);
    cr_assert_str_eq(w.result.file, "sharing.jsonl");
    char *text = written_text(&w, "sharing.jsonl");
    written_release(&w);
    return text;
}

static void delegates(struct made *m, const char *const *names, size_t count, size_t flags)
{
    made_init(m, "IPM.Microsoft.ScheduleData.FreeBusy");
    made_text(m, PidTagSubject, "LocalFreebusy");
    struct pl_prop *n = raw(m, 0x684a101f, PID_NONE, count), *f = raw(m, 0x686b1003, PidTagDelegateFlags, flags);
    for (size_t i = 0; i < count; i++)
        value(n, i)->as.text = names[i];
    for (size_t i = 0; i < flags; i++)
        value(f, i)->as.integer = 1;
}

Test(share, lists_of_different_lengths_show_nobody_private_items)
{
    static const char *const names[] = {"Jose", "Yuki"};
    struct made m;
    delegates(&m, names, 2, 1);
    char *text = manifest(&m, PL_WARN);
    cr_assert_str_eq(m.code, "delegate.uneven");
    cr_assert_null(strstr(text, "\"seesPrivate\":true"));
    cr_assert_not_null(strstr(text, "Yuki"));
    free(text);
    made_release(&m);
    delegates(&m, names, 2, 2);
    text = manifest(&m, PL_OK);
    cr_assert_null(strstr(text, "\"seesPrivate\":false"));
    free(text);
    made_release(&m);
}

/* A name can break neither a line nor a cell. */
Test(share, hostile_names)
{
    static const char *const names[] = {
        "a\"b\\c\n{\"v\":1}", "=HYPERLINK(\"http://x\")", "+1,2", "@SUM", "-\t3", "\t=1", "x\r\n=1", "\xff\xfe"};
    struct made m;
    struct written w;
    delegates(&m, names, 8, 8);
    cr_assert(made_map(&m) == PL_OK);
    written_begin(&w, &m, &pl_shares_writer, NULL);
    cr_assert(written_put(&w, &m.record) == PL_OK && written_end(&w) == PL_OK);
    char *json = written_text(&w, "sharing.jsonl"), *csv = written_text(&w, "sharing.csv");
    int judged = judged_by_python(json, "import json\nlines = [json.loads(l) for l in f]",
                                  "[l['kind'] for l in lines] == ['store'] + ['delegate'] * 8 and "
                                  "lines[1]['delegate']['name'] == 'a\"b\\\\c {\"v\":1}'");
    cr_assert_neq(judged, 0);
    judged =
        judged_by_python(csv, "import csv\nrows = list(csv.DictReader(f))",
                         "len(rows) == 8 and all(not c or c[0] not in '=+-@\\t' for r in rows for c in r.values())"
                         " and rows[1]['trustee_name'] == \"'=HYPERLINK(\\\"http://x\\\")\"");
    cr_assert_neq(judged, 0);
    free(json);
    free(csv);
    written_release(&w);
    made_release(&m);
}

/* --- folders ------------------------------------------------------------------------------------- */

static enum pl_status folder(struct made *m, struct pl_record *record)
{
    static struct pl_folder f;
    f = (struct pl_folder){.key = "0x22", .container_class = "IPF.Appointment", .role = PL_ROLE_CALENDAR};
    f.props = m->item.props;
    return pl_map_folder(&m->mapping, &f, record);
}

Test(share, descriptor_under_another_number)
{
    struct made m;
    struct pl_record r;
    struct vec v = vec_hex(READABLE);
    made_init(&m, "");
    raw_bytes(&m, 0x12340102, PID_NONE, v);
    raw_bytes(&m, 0x3d220102, PID_NONE, v); /* rights of administrators */
    cr_assert_eq(folder(&m, &r), PL_OK);
    cr_assert_eq(r.as.share.list_count, 1);
    cr_assert_str_eq(r.as.share.lists[0].source, "structure");
    cr_assert_eq(r.as.share.lists[0].acl.grants[0].rights, 0x401);
    vec_free(&v);
    made_release(&m);
}

/* Nobody knows which of two was in force; and mixed they would grant what neither does. */
Test(share, two_descriptors_grant_nothing)
{
    struct made m;
    struct pl_record r;
    struct vec v = vec_hex(READABLE), other = vec_hex(READABLE);
    made_init(&m, "");
    raw_bytes(&m, 0x12340102, PID_NONE, v);
    raw_bytes(&m, 0x12350102, PID_NONE, v); /* a copy says nothing new */
    cr_assert_eq(folder(&m, &r), PL_OK);
    cr_assert_eq(r.as.share.list_count, 1);
    cr_assert_eq(r.as.share.lists[0].acl.count, 1);
    other.data[other.size - 1] ^= 1; /* another trustee */
    for (uint32_t id = 0x1236; id < 0x123c; id++)
        raw_bytes(&m, id << 16 | 0x102, PID_NONE, other);
    cr_assert_eq(folder(&m, &r), PL_WARN);
    cr_assert_str_eq(m.code, "acl.unreadable");
    cr_assert_eq(r.as.share.list_count, 1);
    cr_assert_eq(r.as.share.lists[0].acl.count, 0);
    cr_assert_not_null(r.as.share.lists[0].acl.fault);
    vec_free(&v);
    vec_free(&other);
    made_release(&m);
}

/* However many others stand before it: they are no lists of a folder that has its own. */
Test(share, own_descriptor_comes_first)
{
    struct made m;
    struct pl_record r;
    struct vec v = vec_hex(READABLE), bad = vec_hex(READABLE);
    made_init(&m, "");
    for (uint32_t id = 0x100; id < 0x106; id++)
        raw_bytes(&m, id << 16 | 0x102, PID_NONE, v);
    bad.data[32] = 9;
    raw_bytes(&m, 0x0e270102, PidTagSecurityDescriptor, bad);
    cr_assert_eq(folder(&m, &r), PL_WARN);
    cr_assert_eq(r.as.share.list_count, 1);
    cr_assert_str_eq(r.as.share.lists[0].source, "ntsd");
    cr_assert_eq(r.as.share.lists[0].acl.count, 0);
    vec_free(&v);
    vec_free(&bad);
    made_release(&m);
}

Test(share, broken_descriptor_grants_nothing)
{
    struct made m;
    struct pl_record r;
    struct vec v = vec_hex(READABLE);
    made_init(&m, "");
    v.data[32] = 9;
    raw_bytes(&m, 0x0e270102, PidTagSecurityDescriptor, v);
    cr_assert_eq(folder(&m, &r), PL_WARN);
    cr_assert_str_eq(m.code, "acl.unreadable");
    cr_assert_eq(r.as.share.list_count, 1);
    cr_assert_eq(r.as.share.lists[0].acl.count, 0);
    vec_free(&v);
    made_release(&m);
}

Test(share, long_descriptor_is_a_stream)
{
    struct made m;
    struct pl_record r;
    struct vec v = vec_hex(READABLE);
    made_init(&m, "");
    made_stream(&m, PidTagSecurityDescriptor, PT_BINARY, v.data, v.size);
    m.props[0].tag = 0x0e270102;
    cr_assert_eq(folder(&m, &r), PL_OK);
    cr_assert_eq(r.as.share.lists[0].acl.grants[0].rights, 0x401);
    m.short_by = 8;
    cr_assert_eq(folder(&m, &r), PL_WARN);
    cr_assert_eq(r.as.share.lists[0].acl.count, 0);
    vec_free(&v);
    made_release(&m);
}

Test(share, empty_value_is_no_list)
{
    struct made m;
    struct pl_record r;
    made_init(&m, "");
    raw_bytes(&m, 0x0e270102, PidTagSecurityDescriptor, (struct vec){0});
    cr_assert_eq(folder(&m, &r), PL_OK);
    cr_assert_eq(r.as.share.list_count, 0);
    made_release(&m);
}

/* --- who they are ------------------------------------------------------------------------------------ */

#define SID_TEXT "S-1-5-21-1-2-3-9"
/* A reviewer of a domain. */
#define OF_A_DOMAIN                                                                                                \
    "0800030004000000 0100048000000000000000000000000014000000 0200500002000000"                                   \
    "00092400a9081200 010500000000000515000000010000000200000003000000 09000000"                                   \
    "00022400a9081200 010500000000000515000000010000000200000003000000 09000000"

static void say_of(struct pl_people *p, enum pl_said said, const char *smtp)
{
    const struct pl_statement s = {.said = said, .place = "test", .sid = SID_TEXT, .smtp = smtp, .name = "Bert"};
    cr_assert_eq(pl_people_add(p, &s), PL_OK);
}

static struct pl_party trustee(struct made *m, bool learned)
{
    struct pl_record r;
    m->mapping.learned = learned;
    cr_assert_eq(folder(m, &r), PL_OK);
    cr_assert_eq(r.as.share.lists[0].acl.count, 1);
    return r.as.share.lists[0].trustees[0];
}

/* A map is proof; what a server wrote counts with --learn; what somebody may have typed never does; two maps that
 * disagree name nobody. */
Test(share, who_is_believed)
{
    struct made m;
    struct vec v = vec_hex(OF_A_DOMAIN);
    made_init(&m, "");
    raw_bytes(&m, 0x0e270102, PidTagSecurityDescriptor, v);
    cr_assert_null(trustee(&m, true).smtp, "nobody is known");
    m.mapping.people = pl_people_new();
    say_of(m.mapping.people, PL_SAID_CONTACT, "typed@example.org");
    cr_assert_null(trustee(&m, true).smtp);
    say_of(m.mapping.people, PL_SAID_SENDER, "server@example.org");
    cr_assert_null(trustee(&m, false).smtp);
    struct pl_party who = trustee(&m, true);
    cr_assert_str_eq(who.smtp, "server@example.org");
    cr_assert_str_eq(who.by, "sender");
    cr_assert(who.learned);
    say_of(m.mapping.people, PL_SAID_MAP, "map@example.org");
    who = trustee(&m, false);
    cr_assert_str_eq(who.smtp, "map@example.org");
    cr_assert_not(who.learned);
    cr_assert_str_eq(who.name, "Bert");
    say_of(m.mapping.people, PL_SAID_MAP, "other@example.org");
    who = trustee(&m, true);
    cr_assert_null(who.smtp);
    cr_assert(who.disputed);
    pl_people_free(m.mapping.people);
    vec_free(&v);
    made_release(&m);
}

/* --- what tells nothing ------------------------------------------------------------------------------ */

Test(share, own_shortcuts_and_other_rules_are_idle)
{
    static const char *const classes[] = {"IPM.Microsoft.WunderBar.Link", "IPM.Rule.Version2.Message",
                                          "IPM.ExtendedRule.Message", "IPM.Microsoft.ScheduleData.FreeBusy"};
    for (size_t i = 0; i < 4; i++) {
        struct made m;
        made_init(&m, classes[i]);
        made_text(&m, PidTagSubject, "x");
        cr_assert_eq(made_map(&m), PL_OK);
        cr_assert_str_eq(m.record.idle, "nothing-shared");
        made_release(&m);
    }
}

Test(share, rule_that_cannot_be_read)
{
    struct made m;
    made_init(&m, "IPM.Rule.Version2.Message");
    made_text(&m, PidTagRuleMsgProvider, "Schedule+ EMS Interface");
    raw_bytes(&m, 0x65ef0102, PID_NONE, (struct vec){(uint8_t *)"\5\0junk", 6});
    cr_assert_eq(made_map(&m), PL_WARN);
    cr_assert_str_eq(m.code, "delegate.rule");
    cr_assert_not_null(m.record.idle);
    made_release(&m);
}

/* --- which hidden items are read ----------------------------------------------------------------------- */

Test(share, hidden_items_are_read_for_those_who_take_them)
{
    struct pl_choice c;
    pl_choice_init(&c);
    cr_assert_not(pl_choice_wants(&c, "IPM.Microsoft.WunderBar.Link", true));
    cr_assert_eq(c.refused_items, 1);
    c.kinds = 1u << PL_SHARE;
    cr_assert(pl_choice_wants(&c, "IPM.Microsoft.WunderBar.Link", true));
    cr_assert(pl_choice_wants(&c, "ipm.microsoft.scheduledata.freebusy", false));
    cr_assert_not(pl_choice_wants(&c, "IPM.Post", false));
    cr_assert_not(pl_choice_wants(&c, "IPM.Appointment", true), "a view or a draft of the calendar");
    c.place = PL_PLACE_FREEBUSY;
    cr_assert_not(pl_choice_wants(&c, "IPM.Post", false));
    c.kinds |= 1u << PL_FREEBUSY;
    cr_assert(pl_choice_wants(&c, "IPM.Post", false));
    pl_choice_release(&c);
}

Test(share, places)
{
    const char *const busy[] = {"NON_IPM_SUBTREE", "schedule+ free busy", "EX:/o=Org/ou=Site"};
    const char *const shortcuts[] = {"Shortcuts"};
    struct pl_folder f = {.path = busy, .depth = 3};
    cr_assert_eq(pl_place_kind(&f), PL_PLACE_FREEBUSY);
    f.depth = 2;
    cr_assert_eq(pl_place_kind(&f), PL_PLACE_USUAL);
    f = (struct pl_folder){.path = shortcuts, .depth = 1, .scope = PL_SCOPE_SYSTEM};
    cr_assert_eq(pl_place_kind(&f), PL_PLACE_SHORTCUTS);
    f.scope = PL_SCOPE_IPM;
    cr_assert_eq(pl_place_kind(&f), PL_PLACE_USUAL, "a folder that a user called so");
    f.depth = 0;
    cr_assert_eq(pl_place_kind(&f), PL_PLACE_USUAL);
}

/* --- free/busy files ------------------------------------------------------------------------------------ */

static void published(struct made *m, const char *dn, const char *stamp, uint16_t until)
{
    made_init(m, "IPM.Post");
    uint16_t *blocks = pl_arena_zalloc(&m->arena, 2, sizeof *blocks);
    blocks[1] = until;
    m->mapping.place = PL_PLACE_FREEBUSY;
    made_text(m, PidTagSubject, "USER-/CN=RECIPIENTS/CN=X");
    made_time(m, PidTagFreeBusyRangeTimestamp, at(stamp));
    value(raw(m, 0x6849001f, PID_NONE, 1), 0)->as.text = dn;
    value(raw(m, 0x68531003, PID_NONE, 1), 0)->as.integer = 2024 * 16 + 1;
    value(raw(m, 0x68541102, PID_NONE, 1), 0)->raw = (struct pl_bytes){(const uint8_t *)blocks, 2 * sizeof *blocks};
    cr_assert_eq(made_map(m), PL_OK);
}

/* The newest counts, in whatever order they come; DNs are compared without case. */
Test(share, newest_of_a_user_counts)
{
    static const char *const stamps[3] = {"2024-01-03", "2024-01-01", "2024-01-02"};
    for (size_t first = 0; first < 3; first++) {
        struct made m[3];
        struct written w;
        for (size_t i = 0; i < 3; i++)
            published(&m[i], i ? "/O=ORG/CN=ANNA" : "/o=Org/cn=anna", stamps[i], (uint16_t)(60 * (i + 1)));
        for (size_t i = 0; i < 3; i++) {
            struct made *it = &m[(first + i) % 3];
            if (!i)
                written_begin(&w, it, &pl_freebusy_writer, NULL);
            cr_assert(written_put(&w, &it->record) == PL_OK);
        }
        cr_assert(written_end(&w) == PL_OK);
        char *text = written_text(&w, first ? "freebusy/ANNA.ifb" : "freebusy/anna.ifb");
        cr_assert_not_null(text);
        cr_assert_not_null(strstr(text, "DTSTAMP:20240103T000000Z"));
        cr_assert_not_null(strstr(text, "20240101T000000Z/20240101T010000Z"), "%s", text);
        free(text);
        written_release(&w);
        for (size_t i = 0; i < 3; i++)
            made_release(&m[i]);
    }
}

/* Two users whose DNs end alike, in another case too: two files. */
Test(share, users_of_one_name)
{
    struct made m[2];
    struct written w;
    published(&m[0], "/o=Org/ou=A/cn=anna", "2024-01-01", 60);
    published(&m[1], "/o=Org/ou=B/cn=Anna", "2024-01-01", 60);
    written_begin(&w, &m[0], &pl_freebusy_writer, NULL);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(written_put(&w, &m[i].record) == PL_OK);
        cr_assert_str_eq(w.result.file, i ? "freebusy/Anna-2.ifb" : "freebusy/anna.ifb");
    }
    cr_assert(written_end(&w) == PL_OK);
    for (size_t i = 0; i < 2; i++) {
        char *text = written_text(&w, i ? "freebusy/Anna-2.ifb" : "freebusy/anna.ifb");
        cr_assert_not_null(text);
        int judged = judged_by_python(text, "fb = vobject.readOne(f).vfreebusy",
                                      "fb.freebusy.value[0][1].total_seconds() if hasattr(fb.freebusy.value[0][1], "
                                      "'total_seconds') else fb.freebusy.value[0][1] is not None");
        cr_assert_neq(judged, 0);
        free(text);
    }
    written_release(&w);
    for (size_t i = 0; i < 2; i++)
        made_release(&m[i]);
}
