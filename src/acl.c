/*
 * acl.c - access lists to grants: see acl.h. Pure; a part of the core.
 *
 * A descriptor has entries for the folder itself and entries that its items inherit; both
 * are judged apart, and a right needs what it needs of both. Entries of other trustees do
 * not touch a trustee, except that what is denied to everybody is denied to him too.
 * [MS-DTYP] 2.4.4 to 2.4.6; masks: the header EdkMdb.h; conversion: [MS-OXCPERM] 2.2.7 and
 * "Conversion Between MAPI and Windows Permissions" of the Exchange SDK.
 */
#include "acl.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define HEADER_LEAST  8u
#define DESCRIPTOR    20u
#define ACL_HEAD      8u
#define ACE_HEAD      8u
#define SCAN_MOST     4096u
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

enum {
    CONTROL_DACL = 0x0004,
    CONTROL_SELF_RELATIVE = 0x8000,
    ACE_ALLOW = 0,
    ACE_DENY = 1,
    ACE_ALLOW_OBJECT = 5,
    ACE_DENY_OBJECT = 6,
    ACE_ALLOW_IF = 9,
    ACE_DENY_IF = 10,
    ACE_ALLOW_OBJECT_IF = 11,
    ACE_DENY_OBJECT_IF = 12,
    FLAG_OBJECTS = 0x01, /* messages inherit it */
    FLAG_INHERIT_ONLY = 0x08
};
#define GENERIC_BITS 0xf2000000u /* stand for others; nobody maps them for a store */

/* --- what a right needs --------------------------------------------------------------- */

/* allow and keep: what an editor of permissions writes for the right (keep: is not denied).
 * needs: without these bits the right is not there, whoever wrote the entry. */
struct mask_row {
    uint32_t allow, keep, needs;
};
static const struct right_row {
    uint32_t right;
    const char *name;
    struct mask_row folder, item;
} rights_table[PL_RIGHT_COUNT] = {
    {PL_RIGHT_READ_ANY, "ReadAny", .item = {0x1208a9, 0x0008a9, 0x9}},
    {PL_RIGHT_CREATE, "Create", .folder = {0x2, 0x2, 0x2}},
    {PL_RIGHT_EDIT_OWNED, "EditOwned", .item = {0x200, 0, 0x200}},
    {PL_RIGHT_DELETE_OWNED, "DeleteOwned", .item = {0x400, 0, 0x400}},
    {PL_RIGHT_EDIT_ANY, "EditAny", .item = {0x0c0116, 0x1e0316, 0x12}},
    {PL_RIGHT_DELETE_ANY, "DeleteAny", .item = {0x010000, 0x010400, 0x010000}},
    {PL_RIGHT_CREATE_SUBFOLDER, "CreateSubfolder", .folder = {0x4, 0x4, 0x4}},
    {PL_RIGHT_OWNER, "Owner", .folder = {0x0d4110, 0x0d4110, 0x040010}},
    {PL_RIGHT_CONTACT, "Contact", .folder = {0x8000, 0x8000, 0x8000}},
    {PL_RIGHT_VISIBLE, "Visible", .folder = {0x1208a9, 0x1200a9, 0x800}},
    {PL_RIGHT_FREEBUSY_SIMPLE, "FreeBusySimple", {0}, {0}},
    {PL_RIGHT_FREEBUSY_DETAILED, "FreeBusyDetailed", {0}, {0}},
};
#define FOLDER_ALL    0x1fc9bfu
#define ITEM_ALL      0x1f0fbfu
#define FOLDER_IGNORE 0x8061u /* list, execute, reserved, contact: no editor agrees with another on them */
#define ITEM_IGNORE   0x0064u /* append, execute, reserved */
#define OWNER_LEAVES  0x800u  /* an owner's entry may deny it behind the allow, or not */

uint32_t pl_right_at(size_t i) { return i < PL_RIGHT_COUNT ? rights_table[i].right : 0; }
const char *pl_right_name(size_t i) { return i < PL_RIGHT_COUNT ? rights_table[i].name : ""; }

const char *pl_rights_role(uint32_t rights)
{
    static const struct {
        uint32_t rights;
        const char *role;
    } roles[] = {{0x1fb, "Owner"},  {0x0fb, "PublishingEditor"}, {0x07b, "Editor"},   {0x09b, "PublishingAuthor"},
                 {0x01b, "Author"}, {0x013, "NonEditingAuthor"}, {0x001, "Reviewer"}, {0x002, "Contributor"},
                 {0x000, "None"}};
    uint32_t others = PL_RIGHT_CONTACT | PL_RIGHT_VISIBLE | PL_RIGHT_FREEBUSY_SIMPLE | PL_RIGHT_FREEBUSY_DETAILED;
    for (size_t i = 0; i < LENGTH(roles); i++)
        if ((rights & ~others) == roles[i].rights)
            return roles[i].role;
    return "Custom";
}

/* --- entries ---------------------------------------------------------------------------- */

struct ace {
    struct pl_bytes sid;
    uint32_t mask;
    uint32_t place; /* in the list */
    bool deny, folder, item;
    bool odd; /* no editor of permissions writes such an entry */
};

struct list {
    struct ace *aces;
    size_t count;
    bool odd;
};

/* Conditions and the types of objects are not judged: such an entry denies, never allows. */
static bool ace_kind(uint8_t type, struct ace *out)
{
    out->odd = type > ACE_DENY;
    switch (type) {
    case ACE_ALLOW: return true;
    case ACE_DENY:
    case ACE_DENY_OBJECT:
    case ACE_DENY_IF:
    case ACE_DENY_OBJECT_IF: out->deny = true; return true;
    default: return false;
    }
}

static size_t sid_offset(uint8_t type, const uint8_t *ace, size_t size)
{
    if (type != ACE_ALLOW_OBJECT && type != ACE_DENY_OBJECT && type != ACE_ALLOW_OBJECT_IF &&
        type != ACE_DENY_OBJECT_IF)
        return ACE_HEAD;
    uint32_t flags = size >= ACE_HEAD + 4 ? pl_le32(ace + ACE_HEAD) : 0;
    return ACE_HEAD + 4 + ((flags & 1) ? 16u : 0u) + ((flags & 2) ? 16u : 0u);
}

enum taken { ACE_TAKEN, ACE_PASSED, ACE_BROKEN };

static enum taken ace_take(const uint8_t *p, size_t size, struct ace *out)
{
    uint8_t type = p[0], flags = p[1];
    if (!ace_kind(type, out) && type != ACE_ALLOW_OBJECT && type != ACE_ALLOW_IF && type != ACE_ALLOW_OBJECT_IF)
        return ACE_PASSED; /* audits, labels: they grant and deny nothing */
    size_t at = sid_offset(type, p, size);
    size_t sid = at < size ? pl_sid_size(p + at, size - at) : 0;
    if (!sid)
        return ACE_BROKEN;
    out->sid = (struct pl_bytes){p + at, sid};
    out->mask = pl_le32(p + 4);
    out->folder = !(flags & FLAG_INHERIT_ONLY);
    out->item = (flags & FLAG_OBJECTS) != 0;
    if (!out->deny && type != ACE_ALLOW)
        out->mask = 0;
    if (out->mask & GENERIC_BITS) {
        out->mask = out->deny ? UINT32_MAX : out->mask & ~GENERIC_BITS;
        out->odd = true;
    }
    return ACE_TAKEN;
}

/* false: *fault says why. */
static bool list_read(struct pl_arena *a, struct pl_bytes acl, struct list *out, const char **fault)
{
    *fault = "the access list is cut";
    *out = (struct list){0};
    if (acl.size < ACL_HEAD)
        return false;
    size_t size = pl_le16(acl.data + 2), count = pl_le16(acl.data + 4);
    if (size < ACL_HEAD || size > acl.size)
        return false;
    *fault = "the access list states more entries than it has room for";
    if (count * (ACE_HEAD + 8) > size - ACL_HEAD)
        return false;
    *fault = "out of memory";
    out->aces = pl_arena_zalloc(a, count + 1, sizeof *out->aces);
    if (!out->aces)
        return false;
    size_t at = ACL_HEAD;
    for (size_t i = 0; i < count; i++) {
        *fault = "an entry of the access list is cut";
        size_t left = size - at, ace = left >= ACE_HEAD ? pl_le16(acl.data + at + 2) : 0;
        if (ace < ACE_HEAD || ace > left)
            return false;
        *fault = "an entry of the access list names nobody";
        struct ace one = {.place = (uint32_t)i};
        enum taken taken = ace_take(acl.data + at, ace, &one);
        if (taken == ACE_BROKEN)
            return false;
        if (taken == ACE_TAKEN)
            out->aces[out->count++] = one;
        out->odd = out->odd || taken == ACE_PASSED || one.odd;
        at += ace;
    }
    *fault = NULL;
    return true;
}

/* --- evaluation ---------------------------------------------------------------------------- */

/* What the entries decide, in one scope; a bit is in one of both at most. `said`: what all
 * denying entries of the trustee itself name, decided before or not. */
struct decision {
    uint32_t allowed, denied, said;
};

static void decide(struct decision *d, const struct ace *ace, bool own)
{
    uint32_t open = ace->mask & ~(d->allowed | d->denied);
    if (ace->deny)
        d->denied |= open;
    else
        d->allowed |= open;
    if (ace->deny && own)
        d->said |= ace->mask;
}

static uint32_t rights_of(const struct decision *folder, const struct decision *item)
{
    uint32_t rights = 0;
    for (size_t i = 0; i < PL_RIGHT_COUNT; i++) {
        const struct right_row *r = &rights_table[i];
        bool known = r->folder.needs || r->item.needs;
        if (known && (r->folder.needs & ~folder->allowed) == 0 && (r->item.needs & ~item->allowed) == 0)
            rights |= r->right;
    }
    return rights;
}

static uint32_t denied_of(const struct decision *folder, const struct decision *item)
{
    uint32_t rights = 0;
    for (size_t i = 0; i < PL_RIGHT_COUNT; i++) {
        const struct right_row *r = &rights_table[i];
        if ((r->folder.needs & folder->denied) != 0 || (r->item.needs & item->denied) != 0)
            rights |= r->right;
    }
    return rights;
}

/* Would the rights, written by an editor of permissions, give these decisions? */
static bool is_canonical(uint32_t rights, enum pl_trustee trustee, const struct decision *folder,
                         const struct decision *item)
{
    struct mask_row f = {0}, m = {0};
    for (size_t i = 0; i < PL_RIGHT_COUNT; i++) {
        const struct right_row *r = &rights_table[i];
        if (!(rights & r->right))
            continue;
        f.allow |= r->folder.allow;
        f.keep |= r->folder.keep;
        m.allow |= r->item.allow;
        m.keep |= r->item.keep;
    }
    bool everybody = trustee == PL_TRUSTEE_DEFAULT;
    uint32_t folder_deny = everybody ? 0 : FOLDER_ALL & ~f.keep, item_deny = everybody ? 0 : ITEM_ALL & ~m.keep;
    uint32_t ignore = FOLDER_IGNORE | ((rights & PL_RIGHT_OWNER) ? OWNER_LEAVES : 0);
    return ((folder->allowed ^ f.allow) & ~FOLDER_IGNORE) == 0 && ((folder->said ^ folder_deny) & ~ignore) == 0 &&
           ((item->allowed ^ m.allow) & ~ITEM_IGNORE) == 0 && ((item->said ^ item_deny) & ~ITEM_IGNORE) == 0;
}

static int by_trustee(const void *left, const void *right)
{
    const struct ace *a = left, *b = right;
    size_t most = a->sid.size < b->sid.size ? a->sid.size : b->sid.size;
    int order = memcmp(a->sid.data, b->sid.data, most);
    if (!order)
        order = (a->sid.size > b->sid.size) - (a->sid.size < b->sid.size);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static bool is_broad(const struct ace *ace)
{
    static const uint8_t authenticated[12] = {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0};
    return pl_sid_trustee(ace->sid) == PL_TRUSTEE_DEFAULT ||
           (ace->sid.size == sizeof authenticated && !memcmp(ace->sid.data, authenticated, sizeof authenticated));
}

/* The denials that everybody meets, whatever else is granted to him. false: out of memory. */
static bool broad_denials(struct pl_arena *a, const struct list *all, struct list *out)
{
    *out = (struct list){.aces = pl_arena_zalloc(a, all->count + 1, sizeof *out->aces)};
    for (size_t i = 0; out->aces && i < all->count; i++)
        if (all->aces[i].deny && is_broad(&all->aces[i]))
            out->aces[out->count++] = all->aces[i];
    return out->aces != NULL;
}

static void judge(const struct ace *own, size_t count, const struct list *broad, struct decision *folder,
                  struct decision *item)
{
    size_t b = 0;
    for (size_t i = 0; i <= count; i++) {
        for (; b < broad->count && (i == count || broad->aces[b].place < own[i].place); b++) {
            if (broad->aces[b].folder)
                decide(folder, &broad->aces[b], false);
            if (broad->aces[b].item)
                decide(item, &broad->aces[b], false);
        }
        if (i < count && own[i].folder)
            decide(folder, &own[i], true);
        if (i < count && own[i].item)
            decide(item, &own[i], true);
    }
}

/* In one scope an editor of permissions never allows behind a denial. */
static bool allows_late(const struct ace *own, size_t count)
{
    bool folder = false, item = false;
    for (size_t i = 0; i < count; i++) {
        if (!own[i].deny && ((folder && own[i].folder) || (item && own[i].item)))
            return true;
        folder = folder || (own[i].deny && own[i].folder);
        item = item || (own[i].deny && own[i].item);
    }
    return false;
}

static uint32_t freebusy_rights(uint32_t mask)
{
    return (mask & 1 ? (uint32_t)PL_RIGHT_FREEBUSY_SIMPLE : 0) |
           (mask & 2 ? (uint32_t)PL_RIGHT_FREEBUSY_DETAILED : 0);
}

/* One trustee's entries. false: none of them is about this folder or its items. */
static bool grant_of(const struct ace *own, size_t count, const struct list *broad, enum pl_acl_of of,
                     struct pl_grant *out, bool *canonical)
{
    struct decision folder = {0}, item = {0};
    bool touched = false;
    for (size_t i = 0; i < count; i++)
        touched = touched || own[i].folder || own[i].item;
    judge(own, count, broad, &folder, &item);
    *out = (struct pl_grant){.trustee = pl_sid_trustee(own->sid), .sid = own->sid};
    if (of == PL_ACL_FREEBUSY) {
        out->rights = freebusy_rights(folder.allowed);
        out->denied = freebusy_rights(folder.denied);
    } else {
        out->rights = rights_of(&folder, &item);
        out->denied = denied_of(&folder, &item) & ~out->rights;
        if (touched && !is_canonical(out->rights, out->trustee, &folder, &item))
            *canonical = false;
    }
    if (allows_late(own, count))
        *canonical = false;
    return touched;
}

/* The entries of one trustee, side by side in the sorted list. */
struct run {
    size_t at, count;
    uint32_t place; /* of its first entry in the source */
};

static int by_place(const void *left, const void *right)
{
    const struct run *a = left, *b = right;
    return (a->place > b->place) - (a->place < b->place);
}

static bool evaluate(struct pl_arena *a, const struct list *list, enum pl_acl_of of, struct pl_acl *out)
{
    struct list broad;
    struct pl_grant *grants = pl_arena_zalloc(a, list->count + 1, sizeof *grants);
    struct run *runs = pl_arena_zalloc(a, list->count + 1, sizeof *runs);
    struct ace *sorted = pl_arena_dup(a, list->aces, (list->count + 1) * sizeof *sorted);
    if (!grants || !runs || !sorted || !broad_denials(a, list, &broad)) {
        out->fault = "out of memory";
        return false;
    }
    out->canonical = !list->odd && !broad.count;
    qsort(sorted, list->count, sizeof *sorted, by_trustee);
    size_t trustees = 0;
    for (size_t i = 0, n = 0; i < list->count; i += n) {
        for (n = 1; i + n < list->count && pl_sid_equal(sorted[i].sid, sorted[i + n].sid); n++)
            continue;
        runs[trustees++] = (struct run){i, n, sorted[i].place};
    }
    qsort(runs, trustees, sizeof *runs, by_place);
    for (size_t t = 0; t < trustees; t++)
        if (grant_of(&sorted[runs[t].at], runs[t].count, &broad, of, &grants[out->count], &out->canonical))
            out->count++;
    out->grants = grants;
    return true;
}

/* --- descriptors ------------------------------------------------------------------------------ */

static bool sid_stands(struct pl_bytes d, uint32_t offset)
{
    return !offset || (offset >= DESCRIPTOR && offset < d.size && pl_sid_size(d.data + offset, d.size - offset));
}

static bool list_stands(struct pl_bytes d, uint32_t offset)
{
    if (!offset)
        return true;
    if (offset < DESCRIPTOR || offset > d.size || d.size - offset < ACL_HEAD)
        return false;
    return d.data[offset] >= 1 && d.data[offset] <= 4;
}

static bool is_descriptor(struct pl_bytes d)
{
    return d.size >= DESCRIPTOR && d.data[0] == 1 && (pl_le16(d.data + 2) & CONTROL_SELF_RELATIVE) &&
           sid_stands(d, pl_le32(d.data + 4)) && sid_stands(d, pl_le32(d.data + 8)) &&
           list_stands(d, pl_le32(d.data + 12)) && list_stands(d, pl_le32(d.data + 16));
}

static struct pl_bytes behind(struct pl_bytes value, size_t offset)
{
    return offset < value.size ? (struct pl_bytes){value.data + offset, value.size - offset} : (struct pl_bytes){0};
}

bool pl_acl_descriptor(struct pl_bytes value, struct pl_bytes *out)
{
    size_t header = value.size >= 2 ? pl_le16(value.data) : 0;
    *out = behind(value, header);
    if (header >= HEADER_LEAST && is_descriptor(*out))
        return true;
    size_t last = value.size < SCAN_MOST ? value.size : SCAN_MOST;
    for (size_t at = 0; at < last; at++) {
        *out = behind(value, at);
        /* with nothing in front of it few bytes are checked, so elsewhere it has to name its owner */
        if (is_descriptor(*out) && (!at || pl_le32(out->data + 4)))
            return true;
    }
    *out = (struct pl_bytes){0};
    return false;
}

bool pl_acl_decode(struct pl_arena *a, struct pl_bytes value, enum pl_acl_of of, struct pl_acl *out)
{
    struct pl_bytes d;
    struct list list;
    *out = (struct pl_acl){0};
    if (!pl_acl_descriptor(value, &d)) {
        out->fault = "there is no security descriptor in it";
        return false;
    }
    uint32_t offset = pl_le32(d.data + 16);
    if (!(pl_le16(d.data + 2) & CONTROL_DACL) || !offset) {
        out->fault = "the security descriptor has no access list";
        return false;
    }
    return list_read(a, behind(d, offset), &list, &out->fault) && evaluate(a, &list, of, out);
}

bool pl_acl_data(struct pl_arena *a, struct pl_bytes value, struct pl_acl *out)
{
    struct pl_bytes d;
    struct list list;
    if (pl_acl_descriptor(value, &d))
        return pl_acl_decode(a, d, PL_ACL_FOLDER, out);
    *out = (struct pl_acl){.fault = "its form is not known"};
    if (value.size < ACL_HEAD || (value.data[0] != 2 && value.data[0] != 4) || value.data[1] ||
        pl_le16(value.data + 2) != value.size || pl_le16(value.data + 6))
        return false;
    return list_read(a, value, &list, &out->fault) && evaluate(a, &list, PL_ACL_FOLDER, out);
}
