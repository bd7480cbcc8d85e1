/*
 * fuzz_share.c - any bytes as an access list, a rule, the id of a store, a published message. What an access list
 * gives is bounded by its bytes; no right is both granted and denied; a fault means that nothing is granted.
 */
#include <stdlib.h>

#include "acl.h"
#include "arena.h"
#include "delegate.h"
#include "freebusy.h"
#include "wlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct pl_acl *acl, bool read, size_t size)
{
    if (read != !acl->fault || (!read && acl->count) || acl->count > size / 16)
        abort();
    for (size_t i = 0; i < acl->count; i++) {
        char text[PL_SID_TEXT_MOST];
        const struct pl_grant *g = &acl->grants[i];
        if ((g->rights & g->denied) || !*pl_sid_print(g->sid, text) || !*pl_rights_role(g->rights))
            abort();
    }
}

static void check_published(struct pl_arena *a, struct pl_bytes bytes)
{
    struct pl_value month = {.as.integer = 2024 * 16 + 2}, blocks = {.raw = bytes};
    struct pl_prop props[] = {{.tag = 0x68531003, .count = 1, .values = &month},
                              {.tag = 0x68541102, .count = 1, .values = &blocks}};
    const struct pl_bag bag = {.props = props, .count = 2};
    struct pl_published p;
    if (!pl_published_of(a, &bag, &p))
        abort();
    for (size_t i = 0; i < p.count; i++)
        if (p.periods[i].start >= p.periods[i].end || (i && p.periods[i].start <= p.periods[i - 1].end))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_bytes bytes = {data, size};
    struct pl_arena arena;
    struct pl_acl acl;
    struct pl_delegate_rule rule;
    const char *server, *dn;
    pl_arena_init(&arena, 1 << 26);
    bool read = pl_acl_decode(&arena, bytes, PL_ACL_FOLDER, &acl);
    check_list(&acl, read, size);
    read = pl_acl_data(&arena, bytes, &acl);
    check_list(&acl, read, size);
    if (!pl_delegate_rule(&arena, bytes, &rule) && (rule.count || rule.deletes))
        abort();
    if (!pl_store_entryid(&arena, bytes, &server, &dn))
        abort();
    check_published(&arena, bytes);
    pl_arena_release(&arena);
    return 0;
}
