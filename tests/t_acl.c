/*
 * t_acl.c - access lists: descriptors as connectors, servers and another project's library write
 * them, every combination of rights there and back, and orders that no editor writes.
 *
 * The descriptors are put together here, from the table of the conversion as the connector of
 * Exchange 2000 has it; what an entry grants is judged here by an access check of its own.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "arena.h"
#include "lib_vec.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 64 << 20); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(acl, .init = setup, .fini = teardown);

/* --- a writer ------------------------------------------------------------------------------ */

struct entry {
    uint32_t who; /* 0 Everyone, 1 Anonymous, else a user of a domain */
    bool deny, item;
    uint32_t mask;
};

static size_t put_sid(uint8_t *p, uint32_t who)
{
    static const uint8_t everyone[12] = {1, 1, 0, 0, 0, 0, 0, 1}, anonymous[12] = {1, 1, 0, 0, 0, 0, 0, 5, 7};
    static const uint8_t user[24] = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
    if (who < 2) {
        memcpy(p, who ? anonymous : everyone, 12);
        return 12;
    }
    memcpy(p, user, 24);
    memcpy(p + 24, &who, 4);
    return 28;
}

static void put32(uint8_t *p, uint32_t v) { memcpy(p, &v, 4); }

/* A descriptor behind the usual header. */
static size_t put_descriptor(uint8_t *p, const struct entry *entries, size_t count)
{
    static const uint8_t head[28] = {8, 0, 3, 0, 4, 0, 0, 0, 1, 0, 4, 0x8c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20};
    memcpy(p, head, sizeof head);
    uint8_t *acl = p + sizeof head, *at = acl + 8;
    for (size_t i = 0; i < count; i++) {
        size_t sid = put_sid(at + 8, entries[i].who);
        at[0] = entries[i].deny;
        at[1] = entries[i].item ? 9 : 2;
        at[2] = (uint8_t)(8 + sid);
        at[3] = 0;
        put32(at + 4, entries[i].mask);
        at += 8 + sid;
    }
    uint16_t size = (uint16_t)(at - acl);
    put32(acl, 2);
    memcpy(acl + 2, &size, 2);
    put32(acl + 4, (uint32_t)count);
    return (size_t)(at - p);
}

/* right, folder allow, folder kept, item allow, item kept. What is not kept is denied. */
static const uint32_t conversion[10][5] = {
    {0x001, 0, 0, 0x1208a9, 0x0008a9}, {0x002, 0x2, 0x2, 0, 0},           {0x008, 0, 0, 0x200, 0},
    {0x010, 0, 0, 0x400, 0},           {0x020, 0, 0, 0x0c0116, 0x1e0316}, {0x040, 0, 0, 0x010000, 0x010400},
    {0x080, 0x4, 0x4, 0, 0},           {0x100, 0x0d4110, 0x0d4110, 0, 0}, {0x200, 0x8000, 0x8000, 0, 0},
    {0x400, 0x1208a9, 0x1200a9, 0, 0},
};

/* The entries of one trustee, as far as their masks are not empty: items first. */
static size_t put_grant(struct entry *out, uint32_t who, uint32_t rights)
{
    uint32_t m[4] = {0};
    size_t n = 0;
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 4 && (rights & conversion[i][0]); k++)
            m[k] |= conversion[i][k + 1];
    struct entry all[4] = {{who, false, true, m[2]},
                           {who, true, true, who ? 0x1f0fbf & ~m[3] : 0},
                           {who, false, false, m[0]},
                           {who, true, false, who ? 0x1fc9bf & ~m[1] : 0}};
    for (int i = 0; i < 4; i++)
        if (all[i].mask)
            out[n++] = all[i];
    return n;
}

static uint32_t rights_at(int n)
{
    uint32_t rights = 0;
    for (int i = 0; i < 10; i++)
        if (n >> i & 1)
            rights |= conversion[i][0];
    return rights;
}

static const struct pl_grant *grant_of(const struct pl_acl *acl, uint32_t who)
{
    uint8_t sid[28];
    struct pl_bytes wanted = {sid, put_sid(sid, who)};
    for (size_t i = 0; i < acl->count; i++)
        if (pl_sid_equal(acl->grants[i].sid, wanted))
            return &acl->grants[i];
    return NULL;
}

static uint32_t state = 1;
static uint32_t chance(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static void shuffle(struct entry *e, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = chance((uint32_t)i);
        struct entry t = e[i - 1];
        e[i - 1] = e[k];
        e[k] = t;
    }
}

/* Mixes the trustees; the entries of each stay in their order. */
static void mix(struct entry *e, size_t count)
{
    struct entry was[64];
    bool gone[64] = {false};
    memcpy(was, e, count * sizeof *e);
    for (size_t n = 0; n < count; n++) {
        size_t k = chance((uint32_t)count);
        while (gone[k])
            k = (k + 1) % count;
        uint32_t who = was[k].who;
        for (k = 0; gone[k] || was[k].who != who;)
            k++;
        gone[k] = true;
        e[n] = was[k];
    }
}

/* --- there and back ----------------------------------------------------------------------------- */

Test(acl, every_combination)
{
    static uint8_t bytes[8192];
    struct pl_acl acl;
    for (int n = 0; n < 1024; n++) {
        struct entry e[64];
        uint32_t of[6];
        size_t count = 0;
        for (uint32_t who = 0; who < 6; who++) {
            of[who] = who == 2 ? rights_at(n) : rights_at((int)chance(1024));
            count += put_grant(e + count, who, of[who]);
        }
        for (int round = 0; round < 4; round++) {
            size_t size = put_descriptor(bytes, e, count);
            pl_arena_reset(&arena);
            cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
            cr_assert(acl.canonical, "rights 0x%x round %d", of[2], round);
            for (uint32_t who = 0; who < 6; who++) {
                const struct pl_grant *g = grant_of(&acl, who);
                cr_assert_eq(g ? g->rights : 0, of[who], "0x%x of %u", of[who], who);
                cr_assert(g || !who, "a listed trustee is in the list, also with no right");
                cr_assert(!g || !(g->rights & g->denied));
            }
            mix(e, count);
        }
    }
}

/* An access check: the first entry that speaks of the bit decides, for who is the trustee
 * and one of everybody. */
static bool allowed(const struct entry *e, size_t count, uint32_t who, bool item, uint32_t bit)
{
    for (size_t i = 0; i < count; i++)
        if ((e[i].who == who || e[i].who == 0) && e[i].item == item && (e[i].mask & bit))
            return !e[i].deny;
    return false;
}

/* "Conversion Between MAPI and Windows Permissions": the bit by which the store itself reads a right. */
static const struct {
    uint32_t right, bit;
    bool item;
} meaning[] = {{0x001, 0x8, true},     {0x002, 0x2, false},    {0x008, 0x200, true}, {0x010, 0x400, true},
               {0x020, 0x10, true},    {0x040, 0x10000, true}, {0x080, 0x4, false},  {0x100, 0x10, false},
               {0x200, 0x8000, false}, {0x400, 0x800, false}};

static bool order_is_odd(const struct entry *e, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (!e[i].deny && e[k].deny && (e[k].who == e[i].who) && e[k].item == e[i].item)
                return true;
    return false;
}

Test(acl, other_orders_read_no_wider)
{
    static uint8_t bytes[8192];
    struct pl_acl acl;
    int odd = 0, narrower = 0;
    for (int n = 0; n < 20000; n++) {
        struct entry e[64];
        size_t count = 0;
        for (uint32_t who = 0; who < 4; who++)
            count += put_grant(e + count, who, rights_at((int)chance(1024)));
        if (n % 3 == 1)
            for (int i = 0; i < 3; i++) { /* masks that no editor writes */
                e[count].who = chance(4);
                e[count].deny = chance(2);
                e[count].item = chance(2);
                e[count++].mask = chance(1 << 21);
            }
        shuffle(e, count);
        bool strange = order_is_odd(e, count);
        size_t size = put_descriptor(bytes, e, count);
        pl_arena_reset(&arena);
        cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
        odd += strange;
        narrower += !acl.canonical;
        if (strange)
            cr_assert_not(acl.canonical);
        for (uint32_t who = 0; who < 4; who++) {
            const struct pl_grant *g = grant_of(&acl, who);
            for (size_t i = 0; g && i < sizeof meaning / sizeof *meaning; i++)
                if (g->rights & meaning[i].right)
                    cr_assert(allowed(e, count, who, meaning[i].item, meaning[i].bit), "0x%x of %u",
                              meaning[i].right, who);
        }
    }
    cr_assert_gt(odd, 10000);
    cr_assert_geq(narrower, odd);
}

Test(acl, a_denial_to_everybody_is_one_to_each)
{
    uint8_t bytes[512];
    struct pl_acl acl;
    struct entry e[5] = {{0, true, true, 0x8}};
    size_t count = 1 + put_grant(e + 1, 7, 0x47b);
    size_t size = put_descriptor(bytes, e, count);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(grant_of(&acl, 7)->rights, 0x47a);
    cr_assert_not(acl.canonical);
    cr_assert_eq(grant_of(&acl, 0)->rights, 0);
    cr_assert_eq(grant_of(&acl, 0)->denied & 1, 1);
}

/* --- roles -------------------------------------------------------------------------------------- */

Test(acl, roles)
{
    static const struct {
        const char *role;
        uint32_t rights, folder_allow, folder_deny, item_allow, item_deny;
    } rows[] = {
        {"Owner", 0x7fb, 0x1fc9bf, 0x000800, 0x1f0fbf, 0},
        {"PublishingEditor", 0x4fb, 0x1208af, 0x0dc910, 0x1f0fbf, 0},
        {"Editor", 0x47b, 0x1208ab, 0x0dc914, 0x1f0fbf, 0},
        {"PublishingAuthor", 0x49b, 0x1208af, 0x0dc910, 0x120ea9, 0x1f0716},
        {"Author", 0x41b, 0x1208ab, 0x0dc914, 0x120ea9, 0x1f0716},
        {"NonEditingAuthor", 0x413, 0x1208ab, 0x0dc914, 0x120ca9, 0x1f0716},
        {"Reviewer", 0x401, 0x1208a9, 0x0dc916, 0x1208a9, 0x1f0716},
        {"Contributor", 0x402, 0x1208ab, 0x0dc914, 0, 0x1f0fbf},
        {"None", 0x400, 0x1208a9, 0x0dc916, 0, 0x1f0fbf},
    };
    uint8_t bytes[512];
    struct pl_acl acl;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct entry e[4] = {{9, false, true, rows[i].item_allow},
                             {9, true, true, rows[i].item_deny},
                             {9, false, false, rows[i].folder_allow},
                             {9, true, false, rows[i].folder_deny}};
        size_t size = put_descriptor(bytes, e, 4);
        cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
        cr_assert_eq(acl.count, 1);
        cr_assert_eq(acl.grants[0].rights, rows[i].rights);
        cr_assert(acl.canonical);
        cr_assert_str_eq(pl_rights_role(acl.grants[0].rights), rows[i].role);
    }
    /* [MS-OXODLGT] 3.1.4.3.2 leaves out the bit of visibility; the free/busy bits make no role */
    cr_assert_str_eq(pl_rights_role(0x7b), "Editor");
    cr_assert_str_eq(pl_rights_role(0x1b), "Author");
    cr_assert_str_eq(pl_rights_role(0x01), "Reviewer");
    cr_assert_str_eq(pl_rights_role(0), "None");
    cr_assert_str_eq(pl_rights_role(0x5fb), "Owner");
    cr_assert_str_eq(pl_rights_role(0x1c01), "Reviewer");
    cr_assert_str_eq(pl_rights_role(0x403), "Custom");
}

/* The template of the SDK: other bits where none of them matters. */
Test(acl, template_of_the_sdk)
{
    uint8_t bytes[512];
    struct pl_acl acl;
    struct entry e[4] = {{9, false, true, 0x1f0fbf}, {9, false, false, 0x1fc9fe}};
    size_t size = put_descriptor(bytes, e, 2);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.grants[0].rights, 0x7fb);
    cr_assert(acl.canonical);
}

/* --- vectors of others ----------------------------------------------------------------------------- */

static struct vec smartview(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "smartview/in-%s.dat", name);
    struct vec text = vec_corpus(path);
    if (!text.data)
        cr_skip_test("no corpus");
    struct vec v = vec_hex((char *)text.data);
    vec_free(&text);
    return v;
}

#define FIRST  "S-1-5-21-124525111-708259637-1543119021-103169"
#define SECOND "S-1-5-21-124525095-708259637-1543119021-754602"

static void reviewer_and_none(const struct pl_acl *acl)
{
    char text[PL_SID_TEXT_MOST];
    cr_assert_eq(acl->count, 2);
    cr_assert(acl->canonical);
    cr_assert_str_eq(pl_sid_print(acl->grants[0].sid, text), FIRST);
    cr_assert_eq(acl->grants[0].rights, 0x401);
    cr_assert_str_eq(pl_sid_print(acl->grants[1].sid, text), SECOND);
    cr_assert_eq(acl->grants[1].rights, 0); /* masks 0x1f0fbf and 0x1fc9bf, denied */
    cr_assert_eq(acl->grants[1].denied, PL_RIGHTS_STORED);
}

Test(acl, smartview)
{
    static const char *const names[] = {"NTSD-1", "SECURITYDESCRIPTOR-1", "ACL-1"};
    struct pl_acl acl;
    for (size_t i = 0; i < 3; i++) {
        struct vec v = smartview(names[i]);
        struct pl_bytes value = {v.data, v.size};
        cr_assert(pl_acl_data(&arena, value, &acl), "%s: %s", names[i], acl.fault);
        reviewer_and_none(&acl);
        cr_assert_eq(pl_acl_decode(&arena, value, PL_ACL_FOLDER, &acl), i < 2);
        vec_free(&v);
    }
    struct vec v = smartview("NTSD-2");
    char text[PL_SID_TEXT_MOST];
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){v.data, v.size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 1);
    cr_assert_str_eq(pl_sid_print(acl.grants[0].sid, text), SECOND);
    cr_assert_eq(acl.grants[0].rights, 0);
    vec_free(&v);
    v = smartview("NTSD-4");
    cr_assert_not(pl_acl_decode(&arena, (struct pl_bytes){v.data, v.size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 0);
    vec_free(&v);
}

/* Single entries, each alone in a list. */
Test(acl, smartview_entries)
{
    static const struct {
        const char *name, *sid;
        uint32_t rights;
        bool readable;
    } rows[] = {
        {"ACECONTAINER-1", FIRST, PL_RIGHT_READ_ANY, true}, /* for items only: the folder stays unseen */
        {"ACEMESSAGE-1", "", 0, false},                     /* its SID is of a revision that there is not */
        {"ACEMESSAGE-2", "S-1-5-11", 0, true},              /* denied */
    };
    for (size_t i = 0; i < 3; i++) {
        struct vec v = smartview(rows[i].name);
        char text[PL_SID_TEXT_MOST];
        uint8_t value[256];
        struct pl_acl acl;
        size_t size = put_descriptor(value, NULL, 0) + v.size;
        uint8_t *list = value + size - v.size - 8;
        memcpy(value + size - v.size, v.data, v.size);
        list[0] = 4; /* with entries for parts of an object */
        list[2] = (uint8_t)(8 + v.size);
        list[4] = 1;
        cr_assert_eq(pl_acl_decode(&arena, (struct pl_bytes){value, size}, PL_ACL_FOLDER, &acl), rows[i].readable);
        cr_assert_eq(acl.count, rows[i].readable, "%s", rows[i].name);
        if (acl.count) {
            cr_assert_str_eq(pl_sid_print(acl.grants[0].sid, text), rows[i].sid);
            cr_assert_eq(acl.grants[0].rights, rows[i].rights, "%s 0x%x", rows[i].name, acl.grants[0].rights);
        }
        vec_free(&v);
    }
}

Test(acl, of_a_real_store)
{
    struct vec v = vec_tsv("recur/security-descriptor-vectors.tsv", "sd-serverfailures", 1);
    struct pl_acl acl;
    if (!v.data)
        cr_skip_test("no corpus");
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){v.data, v.size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 1);
    cr_assert_eq(acl.grants[0].trustee, PL_TRUSTEE_ANONYMOUS);
    cr_assert_eq(acl.grants[0].rights, 0);
    cr_assert(acl.canonical);
    vec_free(&v);
}

/* Lines "hex rights-of-default rights-of-anonymous rights-of-a-user canonical"; Samba packs. */
static const char samba[] =
    "from samba.dcerpc import security\n"
    "from samba.ndr import ndr_pack\n"
    "import struct\n"
    "u='S-1-5-21-1-2-3-1105'\n"
    "rows=[\n"
    " ('O:SYG:BAD:(A;OIIO;0x1208a9;;;%s)(D;OIIO;0x1f0716;;;%s)(A;CI;0x1208a9;;;%s)(D;CI;0x0dc916;;;%s)'%(u,u,u,u),"
    "'- - 401 1'),\n"
    " ('O:SYG:BAD:(A;OIIO;0x1f0fbf;;;%s)(A;CI;0x1fc9bf;;;%s)(D;CI;0x000800;;;%s)(A;CI;0x1208a9;;;WD)' % (u,u,u),"
    "'400 - 7fb 1'),\n"
    " ('O:SYG:BAD:(D;OIIO;0x1f0fbf;;;AN)(D;CI;0x1fc9bf;;;AN)(A;OIIO;0x1208a9;;;WD)(A;CI;0x1208a9;;;WD)',"
    "'401 0 - 1'),\n"
    " ('O:SYG:BAD:(D;CI;0x0dc916;;;%s)(A;CI;0x1208a9;;;%s)' % (u,u), '- - 0 0'),\n"
    " ('O:SYG:BAD:(OA;CI;0x1208a9;bf967a86-0de6-11d0-a285-00aa003049e2;;%s)' % u, '- - 0 0'),\n"
    " ('O:SYG:BAD:(A;CI;GA;;;%s)' % u, '- - 0 0'),\n"
    "]\n"
    "for sddl, want in rows:\n"
    "  b=ndr_pack(security.descriptor.from_sddl(sddl, security.dom_sid('S-1-5-21-1-2-3')))\n"
    "  for head in (b'', struct.pack('<HHI',8,3,4), struct.pack('<HHI',8,4,0)):\n"
    "    print((head+b).hex(), want)\n";

static void same_rights(const struct pl_acl *acl, enum pl_trustee trustee, const char *want)
{
    const struct pl_grant *found = NULL;
    for (size_t i = 0; i < acl->count; i++)
        if (acl->grants[i].trustee == trustee)
            found = &acl->grants[i];
    if (*want == '-')
        cr_assert_null(found);
    else
        cr_assert(found && found->rights == strtoul(want, NULL, 16), "%s", want);
}

Test(acl, packed_by_samba)
{
    static char line[8192], hex[8000];
    char path[] = "/tmp/t_acl_XXXXXX", command[128], d[16], n[16], u[16];
    int fd = mkstemp(path), canonical, lines = 0;
    FILE *script = fdopen(fd, "w");
    fputs(samba, script);
    fclose(script);
    snprintf(command, sizeof command, "/usr/bin/python3 %s 2>/dev/null", path);
    FILE *out = popen(command, "r");
    while (out && fgets(line, sizeof line, out)) {
        cr_assert_eq(sscanf(line, "%7999s %15s %15s %15s %d", hex, d, n, u, &canonical), 5);
        struct vec v = vec_hex(hex);
        struct pl_acl acl;
        cr_assert(pl_acl_decode(&arena, (struct pl_bytes){v.data, v.size}, PL_ACL_FOLDER, &acl), "%s", acl.fault);
        same_rights(&acl, PL_TRUSTEE_DEFAULT, d);
        same_rights(&acl, PL_TRUSTEE_ANONYMOUS, n);
        same_rights(&acl, PL_TRUSTEE_UNKNOWN, u);
        cr_assert_eq(acl.canonical, canonical, "%s", line);
        vec_free(&v);
        lines++;
    }
    pclose(out);
    remove(path);
    if (!lines)
        cr_skip_test("no python3-samba");
    cr_assert_eq(lines, 18);
}

/* --- forms ---------------------------------------------------------------------------------------- */

/* Property level records in the header, both kinds; then found by its structure. */
Test(acl, headers)
{
    uint8_t sd[512], bytes[1024] = {0};
    struct entry e[8];
    struct pl_acl acl;
    size_t count = put_grant(e, 0, 0x401);
    size_t size = put_descriptor(sd, e, count) - 8;
    static const uint8_t record[] = {0x37, 0x80, 1,  2,  3,  4,  5, 6, 7, 8, 9, 10,
                                     11,   12,   13, 14, 15, 16, 0, 1, 0, 0, 0};
    for (size_t head = 8; head < 200; head += sizeof record) {
        memset(bytes, 0, sizeof bytes);
        for (size_t at = 8; at + sizeof record <= head; at += sizeof record)
            memcpy(bytes + at, record, sizeof record);
        bytes[0] = (uint8_t)head;
        bytes[2] = 3;
        memcpy(bytes + head, sd + 8, size);
        cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, head + size}, PL_ACL_FOLDER, &acl));
        cr_assert_eq(acl.grants[0].rights, 0x401);
    }
    /* no header that says where: only one that names its owner counts */
    memset(bytes, 0xee, sizeof bytes);
    memcpy(bytes + 37, sd + 8, size);
    cr_assert_not(pl_acl_decode(&arena, (struct pl_bytes){bytes, 37 + size}, PL_ACL_FOLDER, &acl));
    put_sid(bytes + 37 + size, 1);
    put32(bytes + 37 + 4, (uint32_t)size);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, 37 + size + 12}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.grants[0].rights, 0x401);
}

Test(acl, free_busy)
{
    uint8_t bytes[512];
    struct entry e[3] = {{0, false, false, 1}, {9, false, false, 3}, {10, true, false, 3}};
    struct pl_acl acl;
    size_t size = put_descriptor(bytes, e, 3);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FREEBUSY, &acl));
    cr_assert_eq(acl.count, 3);
    cr_assert_eq(acl.grants[0].rights, 0x800);
    cr_assert_eq(acl.grants[1].rights, 0x1800);
    cr_assert_eq(acl.grants[2].rights, 0);
    cr_assert_eq(acl.grants[2].denied, 0x1800);
}

/* --- broken ----------------------------------------------------------------------------------------- */

Test(acl, cut_anywhere_grants_nothing)
{
    static uint8_t bytes[1024];
    struct entry e[16];
    struct pl_acl acl;
    size_t count = put_grant(e, 5, 0x47b);
    count += put_grant(e + count, 0, 0x401);
    size_t size = put_descriptor(bytes, e, count);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n + 1); /* so that a sanitizer sees what is read behind it */
        memcpy(cut, bytes, n);
        uint8_t *exact = realloc(cut, n ? n : 1);
        cr_assert_not(pl_acl_decode(&arena, (struct pl_bytes){exact, n}, PL_ACL_FOLDER, &acl));
        cr_assert_eq(acl.count, 0);
        cr_assert_not_null(acl.fault);
        free(exact);
    }
}

Test(acl, flipped_bits_stay_in_bounds)
{
    static uint8_t bytes[1024];
    struct entry e[16];
    struct pl_acl acl;
    size_t count = put_grant(e, 5, 0x47b);
    count += put_grant(e + count, 1, 0);
    size_t size = put_descriptor(bytes, e, count);
    uint8_t *copy = malloc(size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        memcpy(copy, bytes, size);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1 << bit % 8);
        pl_arena_reset(&arena);
        bool read = pl_acl_decode(&arena, (struct pl_bytes){copy, size}, PL_ACL_FOLDER, &acl);
        cr_assert(read || acl.count == 0);
        cr_assert(acl.count <= count);
    }
    free(copy);
}

Test(acl, more_entries_than_room)
{
    uint8_t bytes[512];
    struct entry e[4];
    struct pl_acl acl;
    size_t size = put_descriptor(bytes, e, put_grant(e, 5, 0x47b));
    bytes[28 + 4] = bytes[28 + 5] = 0xff;
    cr_assert_not(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 0);
    cr_assert_lt(arena.used, 4096);
}

/* As many as sixteen bits of size can hold, each another trustee; everybody denied as often as it can be. */
Test(acl, longest_list, .timeout = 20)
{
    static uint8_t bytes[80000];
    static struct entry e[2400];
    struct pl_acl acl;
    for (uint32_t i = 0; i < 1800; i++)
        e[i] = (struct entry){2 + i, false, false, 0x1208a9};
    size_t size = put_descriptor(bytes, e, 1800);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 1800);
    cr_assert_eq(acl.grants[1799].rights, 0x400);
    for (uint32_t i = 0; i < 1800; i++)
        e[i] = i % 2 ? (struct entry){2 + i, false, false, 0x1208a9} : (struct entry){0, true, false, 0x800};
    size = put_descriptor(bytes, e, 1800);
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 901);
    cr_assert_eq(acl.grants[900].rights, 0);
}

Test(acl, no_list_is_no_grant)
{
    uint8_t bytes[512];
    struct entry e[4];
    struct pl_acl acl;
    size_t size = put_descriptor(bytes, e, put_grant(e, 5, 0x47b));
    bytes[8 + 2] = 0; /* control: no list */
    cr_assert_not(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    size = put_descriptor(bytes, e, 0); /* an empty one grants nothing, and is no fault */
    cr_assert(pl_acl_decode(&arena, (struct pl_bytes){bytes, size}, PL_ACL_FOLDER, &acl));
    cr_assert_eq(acl.count, 0);
}

Test(acl, data_of_another_form)
{
    uint8_t bytes[] = {1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
    struct pl_acl acl;
    cr_assert_not(pl_acl_data(&arena, (struct pl_bytes){bytes, sizeof bytes}, &acl));
    cr_assert_not(pl_acl_data(&arena, (struct pl_bytes){0}, &acl));
    cr_assert_eq(acl.count, 0);
}

/* --- identifiers --------------------------------------------------------------------------------------- */

static const char *sid_text(const char *hex, char out[PL_SID_TEXT_MOST])
{
    struct vec v = vec_hex(hex);
    pl_sid_print((struct pl_bytes){v.data, v.size}, out);
    vec_free(&v);
    return out;
}

Test(acl, identifiers)
{
    char text[PL_SID_TEXT_MOST];
    cr_assert_str_eq(sid_text("01 01 000000000001 00000000", text), "S-1-1-0");
    cr_assert_str_eq(sid_text("01 02 000000000005 20000000 20020000", text), "S-1-5-32-544");
    cr_assert_str_eq(sid_text("01 01 000000000005 07000000 00", text), "", "a byte too many");
    cr_assert_str_eq(sid_text("01 10 000000000005", text), "");
    cr_assert_str_eq(sid_text("01 01 010000000005 ffffffff", text), "S-1-0x010000000005-4294967295");
    uint8_t most[68] = {1, 15, 255, 255, 255, 255, 255, 255};
    memset(most + 8, 255, 60);
    pl_sid_print((struct pl_bytes){most, 68}, text);
    cr_assert_eq(strlen(text), strlen("S-1-0xFFFFFFFFFFFF") + 15 * strlen("-4294967295"));
    most[1] = 16; /* sub-authorities without end */
    cr_assert_eq(pl_sid_size(most, 4096), 0);
}

/* What MFCMAPI reads at the beginning of the same bytes. It takes any revision, Windows and we only 1. */
Test(acl, identifiers_of_smartview)
{
    static const char *const names[] = {"1", "2", "4", "6", "7"};
    int compared = 0;
    for (size_t i = 0; i < 5; i++) {
        char path[64], text[PL_SID_TEXT_MOST], want[PL_SID_TEXT_MOST];
        snprintf(path, sizeof path, "smartview/in-SID-%s.dat", names[i]);
        struct vec in = vec_corpus(path);
        snprintf(path, sizeof path, "smartview/out-SID-out-%s.dat", names[i]);
        struct vec out = vec_corpus(path);
        const char *line = out.data ? strstr((char *)out.data, "Textual SID: ") : NULL;
        if (line && sscanf(line, "Textual SID: %191[-S0-9]", want) == 1 && !strncmp(want, "S-1-", 4)) {
            struct vec v = vec_hex((char *)in.data);
            cr_assert_str_eq(pl_sid_print((struct pl_bytes){v.data, pl_sid_size(v.data, v.size)}, text), want);
            vec_free(&v);
            compared++;
        }
        vec_free(&in);
        vec_free(&out);
    }
    if (!compared)
        cr_skip_test("no corpus");
}
