/*
 * map_group.c - IPM.DistList to a group.
 *
 * [MS-OXOCNTC] 2.2.2. Members stand in two parallel lists: where each member is
 * (an entry id of any form), and its name and address frozen at the time it was
 * added (a one-off id). A contact of the same store is opened for its UID and its
 * address of today; when it is gone, or elsewhere, the frozen entry serves.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "bytes.h"
#include "entryid.h"
#include "map.h"
#include "plural.h"
#include "rtf.h"

#define MEMBER_MOST  ((size_t)16 << 20) /* bytes for one opened member */
#define STREAM_MOST  ((size_t)8 << 20)
#define STREAM_FIXED 28u /* before the first member */

struct member_ids {
    struct pl_bytes entry, oneoff;
    bool doubtful; /* the one-off may be another member's */
};

static bool decode(struct pl_map *in, struct pl_bytes id, struct pl_entry *out)
{
    *out = (struct pl_entry){0};
    return id.size && in->m->text &&
           pl_entryid_decode(in->m->text, in->m->arena, in->m->codepage ? in->m->codepage : 1252, id, out);
}

/* Fills what the member does not know yet. */
static void fill_frozen(struct pl_map *in, const struct pl_entry *e, struct pl_member *out)
{
    if (e->kind == PL_ENTRY_BOOK) {
        out->dn = out->dn ? out->dn : pl_map_clean_line(in, e->dn);
        return;
    }
    if (e->kind != PL_ENTRY_ONEOFF)
        return;
    if (!out->name)
        out->name = pl_map_clean_line(in, e->name);
    if (!strcasecmp(e->type, "EX"))
        out->dn = out->dn ? out->dn : pl_map_clean_line(in, e->address);
    else if (pl_map_foreign(e->type))
        out->foreign = pl_map_clean_line(in, pl_map_printf(in, "%s:%s", e->type, e->address));
    else if (!out->smtp)
        out->smtp = pl_map_smtp(in, e->address);
    if (!out->smtp)
        out->smtp = pl_map_smtp_within(in, e->name);
}

#define ENTRY_ID_MOST 128u /* bytes; a message of a database has 70, one of a PST 24 */

/* Readers take the id of a message as a key of this form. */
static bool open_member(struct pl_reader *r, struct pl_bytes id, struct pl_item *out)
{
    char key[4 + 2 * ENTRY_ID_MOST + 1] = "eid:";
    size_t at = 4;
    if (!r || id.size == 0 || at + id.size * 2 >= sizeof key)
        return false;
    for (size_t i = 0; i < id.size; i++, at += 2)
        snprintf(key + at, 3, "%02x", id.data[i]);
    memset(out, 0, sizeof *out);
    enum pl_status st = r->ops->open_item(r, key, out);
    return st == PL_OK || st == PL_WARN;
}

static const char *keep(struct pl_map *in, const char *text)
{
    const char *copy = text ? pl_arena_strdup(in->m->arena, text) : NULL;
    in->failed |= text && !copy;
    return copy;
}

/* What the group says of a contact or list that was opened in `scratch`. */
static void take_linked(struct pl_map *in, struct pl_mapping *scratch, const struct pl_item *item, int slot,
                        struct pl_member *out)
{
    struct pl_map other;
    struct pl_record record;
    struct pl_email mail = {0};
    int kind = pl_kind_of_class(item->message_class);
    if ((kind != PL_CONTACT && kind != PL_GROUP) ||
        !pl_map_begin(&other, scratch, item, (enum pl_kind)kind, &record))
        return;
    const char *name = pl_in_line(&other, PidTagDisplayName);
    out->uid = keep(in, pl_map_uid(scratch, item));
    out->name = keep(in, name ? name : pl_in_line(&other, PidTagSubject));
    if (kind == PL_CONTACT && pl_map_email_slot(&other, slot > 0 && slot < 3 ? (size_t)slot : 0, &mail)) {
        out->smtp = keep(in, pl_map_smtp(&other, mail.address));
        out->dn = keep(in, mail.dn);
    }
    in->learned += other.learned;
    in->disputed += other.disputed;
    in->learned_dn = in->learned_dn ? in->learned_dn : keep(in, other.learned_dn);
    in->disputed_dn = in->disputed_dn ? in->disputed_dn : keep(in, other.disputed_dn);
}

/* Members are opened in an arena of their own: a list of thousands must not hold them all. */
static void fill_linked(struct pl_map *in, const struct pl_entry *e, struct pl_member *out)
{
    struct pl_reader *r = in->m->reader;
    struct pl_arena arena;
    struct pl_item item;
    if (!r || (e->kind != PL_ENTRY_CONTACT && e->kind != PL_ENTRY_OTHER))
        return;
    struct pl_mapping scratch = *in->m;
    struct pl_arena *saved = r->item_arena;
    /* a contact that is gone, or elsewhere, is no fault of the store */
    struct pl_report *heard = r->report, quiet = {0};
    pl_arena_init(&arena, MEMBER_MOST);
    scratch.arena = &arena;
    r->item_arena = &arena;
    r->report = &quiet;
    if (open_member(r, e->object, &item))
        take_linked(in, &scratch, &item, e->slot, out);
    in->m->known = scratch.known;
    r->item_arena = saved;
    r->report = heard;
    pl_arena_release(&arena);
}

static bool map_member(struct pl_map *in, const struct member_ids *ids, struct pl_member *out)
{
    struct pl_entry entry, oneoff;
    *out = (struct pl_member){0};
    if (decode(in, ids->entry, &entry)) {
        fill_linked(in, &entry, out);
        fill_frozen(in, &entry, out);
    }
    bool told = out->name || out->smtp || out->dn || out->uid || out->foreign;
    if (!(told && ids->doubtful) && decode(in, ids->oneoff, &oneoff))
        fill_frozen(in, &oneoff, out);
    if (!out->smtp && out->dn)
        out->smtp = pl_map_known(in, out->dn);
    return out->name || out->smtp || out->dn || out->uid || out->foreign;
}

static const struct pl_prop *list_of(struct pl_map *in, enum pl_pid pid)
{
    const struct pl_prop *p = pl_bag_find(in->bag, pid);
    if (p && !p->count && p->stream.size) /* [MS-OXOCNTC] allows 15,000 bytes */
        pl_map_warn(in, "group.lists", "%" PRIu64 " bytes of members are more than a list may have: left out",
                    p->stream.size);
    if (!p || !p->count || (pl_prop_type(p) & (unsigned)~PT_MULTI) != PT_BINARY)
        return NULL;
    in->used[pid] = 1;
    return p;
}

static void members_map(struct pl_map *in, const struct member_ids *ids, size_t count)
{
    struct pl_group *g = &in->out->as.group;
    struct pl_member *list = pl_arena_zalloc(in->m->arena, count, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (map_member(in, &ids[i], &list[g->member_count]))
            g->member_count++;
        else
            pl_map_warn(in, "group.member", "member %zu can't be decoded", i + 1);
    g->members = list;
}

/* A program that does not know the frozen entries changes the members alone: the checksum is then no longer theirs.
 * 2.2.2.2.3 */
static bool checksum_wrong(struct pl_map *in, const struct pl_prop *entries)
{
    int64_t stated = pl_in_integer(in, PidLidDistributionListChecksum, INT64_MAX);
    uint32_t crc = 0;
    for (uint32_t i = 0; entries && i < entries->count; i++)
        crc = pl_rtf_crc(crc, entries->values[i].raw.data, entries->values[i].raw.size);
    return entries && stated != INT64_MAX && (uint32_t)stated != crc;
}

static void members_of_lists(struct pl_map *in)
{
    const struct pl_prop *entries = list_of(in, PidLidDistributionListMembers);
    const struct pl_prop *oneoffs = list_of(in, PidLidDistributionListOneOffMembers);
    size_t count = entries ? entries->count : 0;
    if (oneoffs && oneoffs->count > count)
        count = oneoffs->count;
    if (!count)
        return;
    struct member_ids *ids = pl_arena_zalloc(in->m->arena, count, sizeof *ids);
    if (!ids) {
        in->failed = true;
        return;
    }
    /* lists of different length are out of step: only the first is then to be trusted */
    bool parallel = entries && oneoffs && entries->count == oneoffs->count;
    bool doubtful = parallel && checksum_wrong(in, entries);
    for (size_t i = 0; i < count; i++) {
        ids[i].doubtful = doubtful;
        if (entries && i < entries->count)
            ids[i].entry = entries->values[i].raw;
        if (oneoffs && i < oneoffs->count && (parallel || !entries))
            ids[i].oneoff = oneoffs->values[i].raw;
    }
    if (entries && oneoffs && !parallel) {
        count = entries->count;
        pl_map_warn(in, "group.lists", "%u members but %u frozen entries", entries->count, oneoffs->count);
    }
    if (doubtful)
        pl_map_warn(in, "group.lists", "the members were changed later than the frozen entries");
    members_map(in, ids, count);
}

static struct pl_bytes take_sized(struct pl_cursor *c)
{
    uint32_t size = pl_take32(c);
    const uint8_t *data = pl_take(c, size);
    return (struct pl_bytes){.data = data, .size = data ? size : 0};
}

/* Lists that outgrow the two properties, [MS-OXOCNTC] 2.2.2.2.4. A cut one gives the members before the cut. */
static bool members_of_stream(struct pl_map *in)
{
    const struct pl_prop *p = pl_bag_find(in->bag, PidLidDistributionListStream);
    struct pl_bytes blob;
    if (!p || pl_prop_type(p) != PT_BINARY || !pl_in_stored(in, p, STREAM_MOST, &blob) || blob.size < STREAM_FIXED)
        return false;
    in->used[PidLidDistributionListStream] = 1;
    struct pl_cursor c = pl_cursor(blob.data, blob.size);
    pl_take(&c, 12);
    size_t stated = pl_take32(&c);
    pl_take(&c, 12);
    /* a member has three sizes at least */
    size_t most = pl_cursor_left(&c) / 12, count = 0;
    if (stated < most)
        most = stated;
    struct member_ids *ids = most ? pl_arena_zalloc(in->m->arena, most, sizeof *ids) : NULL;
    if (!ids) {
        in->failed |= most > 0;
        return false;
    }
    while (count < most) {
        struct member_ids next = {0};
        next.entry = take_sized(&c);
        next.oneoff = take_sized(&c);
        take_sized(&c);
        if (c.failed)
            break;
        ids[count++] = next;
    }
    if (count < stated)
        pl_map_warn(in, "group.stream", "the list states %zu %s and holds %zu", stated,
                    pl_plural(stated, "member", "members"), count);
    members_map(in, ids, count);
    return count > 0;
}

/* Where there is a stream, the lists repeat its first members. */
void pl_map_members(struct pl_map *in)
{
    if (!members_of_stream(in)) {
        members_of_lists(in);
        return;
    }
    list_of(in, PidLidDistributionListMembers);
    list_of(in, PidLidDistributionListOneOffMembers);
    pl_in_integer(in, PidLidDistributionListChecksum, 0);
}

void pl_map_group(struct pl_map *in)
{
    static const enum pl_pid names[] = {PidLidDistributionListName, PidTagDisplayName, PidLidFileUnder};
    struct pl_body body = {0};
    pl_map_members(in);
    pl_map_body(in, &body);
    in->out->common.description = body.plain;
    in->out->common.html = body.html;
    pl_map_attachments(in);
    const char *name = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *line = pl_in_line(in, names[i]);
        name = name ? name : line;
    }
    if (name)
        in->out->common.summary = name;
    else if (!in->out->common.summary) {
        pl_map_warn(in, "group.no-name", "the group has no name");
        in->out->common.summary = "(no name)";
    }
}
