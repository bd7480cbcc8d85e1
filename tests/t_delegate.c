/*
 * t_delegate.c - delegates, their rule, shortcuts to folders of others: the layouts of [MS-OXODLGT],
 * [MS-OXORULE] and [MS-OXOCFG], and shortcuts of real stores.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "arena.h"
#include "delegate.h"
#include "lib_vec.h"
#include "wlink.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 20); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(delegate, .init = setup, .fini = teardown);

/* --- bags by number ---------------------------------------------------------------------------- */

struct bag {
    struct pl_bag bag;
    struct pl_prop props[16];
    struct pl_value values[64];
    size_t used;
};

static struct pl_value *add(struct bag *b, uint32_t tag, uint32_t count)
{
    struct pl_value *v = &b->values[b->used];
    b->used += count;
    b->bag.props = b->props;
    b->props[b->bag.count++] = (struct pl_prop){.tag = tag, .count = count, .values = v};
    return v;
}

static void add_texts(struct bag *b, uint32_t tag, const char *const *texts, uint32_t count)
{
    struct pl_value *v = add(b, tag, count);
    for (uint32_t i = 0; i < count; i++)
        v[i].as.text = texts[i];
}

static void add_numbers(struct bag *b, uint32_t tag, const int64_t *numbers, uint32_t count)
{
    struct pl_value *v = add(b, tag, count);
    for (uint32_t i = 0; i < count; i++)
        v[i].as.integer = numbers[i];
}

static void add_bytes(struct bag *b, uint32_t tag, const char *const *bytes, uint32_t count)
{
    struct pl_value *v = add(b, tag, count);
    for (uint32_t i = 0; i < count; i++)
        v[i].raw = (struct pl_bytes){(const uint8_t *)bytes[i], strlen(bytes[i])};
}

static const char *const two[] = {"Jose", "Yuki"}, *const ids[] = {"id of jose", "id of yuki"};

/* --- the three lists ------------------------------------------------------------------------------ */

Test(delegate, lists_side_by_side)
{
    struct bag b = {0};
    struct pl_delegates d;
    add_texts(&b, 0x6844101e, two, 2);
    add_bytes(&b, 0x68451102, ids, 2);
    add_numbers(&b, 0x686b1003, (int64_t[]){0, 1}, 2);
    add_numbers(&b, 0x6842000b, (int64_t[]){1}, 1);
    cr_assert(pl_delegates_of(&arena, &b.bag, &d));
    cr_assert_eq(d.count, 2);
    cr_assert_str_eq(d.list[0].name, "Jose");
    cr_assert_not(d.list[0].sees_private);
    cr_assert(d.list[1].sees_private);
    cr_assert_eq(d.list[1].entry_id.size, strlen(ids[1]));
    cr_assert(d.wants_copy && !d.wants_info && !d.uneven);
}

/* Whose flag is whose is not known then: nobody is said to see private items. */
Test(delegate, lists_of_different_lengths)
{
    for (uint32_t flags = 0; flags < 4; flags++)
        for (uint32_t names = 0; names < 3; names++) {
            struct bag b = {0};
            struct pl_delegates d;
            if (names)
                add_texts(&b, 0x684a101f, two, names);
            add_bytes(&b, 0x68451102, ids, 2);
            if (flags)
                add_numbers(&b, 0x686b1003, (int64_t[]){1, 1, 1}, flags);
            cr_assert(pl_delegates_of(&arena, &b.bag, &d));
            cr_assert_eq(d.count, 2);
            cr_assert_eq(d.uneven, (flags && flags != 2) || (names && names != 2));
            for (size_t i = 0; i < 2; i++) {
                cr_assert_eq(d.list[i].sees_private, flags == 2 && names != 1);
                cr_assert_eq(d.list[i].name != NULL, names == 2);
            }
        }
}

Test(delegate, names_alone_and_nothing)
{
    struct bag b = {0};
    struct pl_delegates d;
    cr_assert(pl_delegates_of(&arena, &b.bag, &d));
    cr_assert_eq(d.count, 0);
    add_texts(&b, 0x6844101f, two, 2);
    cr_assert(pl_delegates_of(&arena, &b.bag, &d));
    cr_assert_eq(d.count, 2);
    cr_assert_str_eq(d.list[1].name, "Yuki");
    cr_assert_not(d.list[1].sees_private);
}

/* Another message has other things under these numbers. */
Test(delegate, other_types_are_not_lists)
{
    struct bag b = {0};
    struct pl_delegates d;
    add_bytes(&b, 0x68420102, ids, 1);
    add_bytes(&b, 0x68450102, ids, 1);
    add_texts(&b, 0x6844001f, two, 1);
    cr_assert(pl_delegates_of(&arena, &b.bag, &d));
    cr_assert_eq(d.count, 0);
    cr_assert_not(d.wants_copy);
}

/* --- the rule ---------------------------------------------------------------------------------------- */

/* One delegate by entry id and address; then deletion. Counts of two bytes. */
#define TARGET_NARROW                                                                                              \
    "01 0300  0201 ff0f 0400 deadbeef  1f00 0130 59007500 6b006900 0000  1f00 fe39 61004000 62000000"
#define NARROW                                                                                                     \
    "0200"                                                                                                         \
    "2f00 08 00000000 00000000 0100" TARGET_NARROW "0900 0a 00000000 00000000"

Test(delegate, rule)
{
    struct pl_delegate_rule r;
    struct vec v = vec_hex(NARROW);
    v.data[2] = (uint8_t)(v.size - 2 - 2 - 2 - 9); /* the length of the first action */
    cr_assert(pl_delegate_rule(&arena, (struct pl_bytes){v.data, v.size}, &r));
    cr_assert(r.deletes);
    cr_assert_eq(r.count, 1);
    cr_assert_str_eq(r.targets[0].name, "Yuki");
    cr_assert_str_eq(r.targets[0].smtp, "a@b");
    cr_assert_eq(r.targets[0].entry_id.size, 4);
    for (size_t n = 0; n < v.size; n++) {
        cr_assert_not(pl_delegate_rule(&arena, (struct pl_bytes){v.data, n}, &r));
        cr_assert_eq(r.count, 0);
    }
    vec_free(&v);
}

Test(delegate, rule_of_the_wide_form)
{
    struct pl_delegate_rule r;
    struct vec v = vec_hex("01000000 2c000000 08 00000000 00000000 01000000"
                           "01 02000000  0300 fe0f 06000000  0201 ff0f 04000000 deadbeef 00 00");
    v.data[4] = (uint8_t)(v.size - 8 - 2);
    cr_assert(pl_delegate_rule(&arena, (struct pl_bytes){v.data, v.size - 2}, &r));
    cr_assert_eq(r.count, 1);
    cr_assert_eq(r.targets[0].entry_id.size, 4);
    cr_assert_not(r.deletes);
    vec_free(&v);
}

Test(delegate, rule_with_counts_that_lie)
{
    struct pl_delegate_rule r;
    struct vec v = vec_hex("0100 0b00 08 00000000 00000000 ffff");
    cr_assert_not(pl_delegate_rule(&arena, (struct pl_bytes){v.data, v.size}, &r));
    cr_assert_lt(arena.used, 4096);
    cr_assert_not(pl_delegate_rule(&arena, (struct pl_bytes){0}, &r));
    vec_free(&v);
}

/* --- shortcuts --------------------------------------------------------------------------------------- */

/* A wrapped id of a store: provider, library, inner provider, server, mailbox. */
static const char store_id[] = "00000000 38a1bb1005e5101aa1bb08002b2a56c2 00 00 454d534d44422e444c4c00000000"
                               "00000000 1b55fa20aa6611cd9bc800aa002fc45a 0c000000"
                               "53525600 2f6f3d4f7267 2f636e3d616e6e61 00";

static void shortcut_begin(struct bag *b, int64_t type, struct vec *store)
{
    static const char *const name[] = {"Anna's calendar"}, *const group[] = {"Shared calendars"},
                             *const folder[] = {"folder"};
    *b = (struct bag){0};
    *store = vec_hex(store_id);
    add_texts(b, 0x0037001f, name, 1);
    b->props[0].pid = PidTagSubject;
    add_numbers(b, 0x68490003, &type, 1);
    add_texts(b, 0x6851001f, group, 1);
    add_numbers(b, 0x68520003, (int64_t[]){3}, 1);
    add_bytes(b, 0x684c0102, folder, 1);
    add(b, 0x684e0102, 1)->raw = (struct pl_bytes){store->data, store->size};
}

Test(delegate, shortcut_to_another_mailbox)
{
    struct bag b;
    struct vec store;
    struct pl_shortcut s;
    shortcut_begin(&b, 2, &store);
    cr_assert(pl_wlink_of(&arena, &b.bag, &s));
    cr_assert_eq(s.to, PL_SHORTCUT_OTHERS);
    cr_assert_str_eq(s.name, "Anna's calendar");
    cr_assert_str_eq(s.group, "Shared calendars");
    cr_assert_str_eq(s.section, "calendar");
    cr_assert_str_eq(s.server, "SRV");
    cr_assert_str_eq(s.store_dn, "/o=Org/cn=anna");
    vec_free(&store);
    shortcut_begin(&b, 0, &store);
    cr_assert(pl_wlink_of(&arena, &b.bag, &s));
    cr_assert_eq(s.to, PL_SHORTCUT_OWN);
    add_bytes(&b, 0x68540102, ids, 1);
    cr_assert(pl_wlink_of(&arena, &b.bag, &s));
    cr_assert_eq(s.to, PL_SHORTCUT_OTHERS);
    vec_free(&store);
    shortcut_begin(&b, 4, &store);
    cr_assert(pl_wlink_of(&arena, &b.bag, &s));
    cr_assert_eq(s.to, PL_SHORTCUT_OWN, "a heading");
    vec_free(&store);
}

Test(delegate, store_ids_cut_anywhere)
{
    const char *server, *dn;
    struct vec v = vec_hex(store_id);
    for (size_t n = 0; n < v.size; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, v.data, n);
        cr_assert(pl_store_entryid(&arena, (struct pl_bytes){exact, n}, &server, &dn));
        free(exact);
    }
    cr_assert_str_eq(dn, "/o=Org/cn=anna", "the NUL alone was missing");
    vec_free(&v);
}

Test(delegate, older_shortcut)
{
    struct bag b = {0};
    struct pl_shortcut s;
    static const char *const name[] = {"Team calendar"}, *const key[] = {"source key"};
    cr_assert_not(pl_favorite_of(&b.bag, &s));
    add_texts(&b, 0x7c00001e, name, 1);
    cr_assert_not(pl_favorite_of(&b.bag, &s));
    add_bytes(&b, 0x7c020102, key, 1);
    cr_assert(pl_favorite_of(&b.bag, &s));
    cr_assert_str_eq(s.name, "Team calendar");
    cr_assert_eq(s.to, PL_SHORTCUT_PUBLIC);
}
