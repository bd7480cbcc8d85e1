/*
 * map.c - item to record: which kind, which UID, and what every kind has.
 *
 * Layer: core. Pure: the same item gives the same record; no clock, no locale. A
 * UID comes from the Global Object ID of a meeting, the global id of a task, a
 * vCardUID that came from outside, else it is a UUIDv5 over PidTagSearchKey, else
 * over class, creation time and subject; so a second run, and a run over a copy of
 * the store, give the same names. [MS-OXCICAL] 2.1.3.1.1.20, RFC 9562 5.5.
 */
#include "map.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "bytes.h"
#include "goid.h"
#include "memory.h"
#include "rrule.h"
#include "tz.h"
#include "zone_memo.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* --- kinds -------------------------------------------------------------- */

static const struct kind_row {
    const char *prefix;
    enum pl_kind kind;
    void (*map)(struct pl_map *in);
} kinds[] = {
    {"IPM.Appointment", PL_EVENT, pl_map_event},
    {"IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}", PL_EVENT, pl_map_event},
    {"IPM.Contact", PL_CONTACT, pl_map_contact},
    {"IPM.DistList", PL_GROUP, pl_map_group},
    {"IPM.Task", PL_TASK, pl_map_task},
    {"IPM.Activity", PL_JOURNAL, pl_map_activity},
    {"IPM.StickyNote", PL_JOURNAL, pl_map_note},
    {PL_CLASS_ICAL, PL_EVENT, pl_map_ical},
};

/* Hidden, or in folders that nobody sees. */
static const struct kind_row systems[] = {
    {"IPM.Microsoft.ScheduleData.FreeBusy", PL_SHARE, pl_map_delegates},
    {"IPM.Microsoft.WunderBar.Link", PL_SHARE, pl_map_shortcut},
    {"IPM.Rule.Version2.Message", PL_SHARE, pl_map_delegate_rule},
    {"IPM.Rule.Message", PL_SHARE, pl_map_delegate_rule},
    {"IPM.ExtendedRule.Message", PL_SHARE, pl_map_delegate_rule},
};
static const struct kind_row places[] = {
    [PL_PLACE_FREEBUSY] = {"", PL_FREEBUSY, pl_map_published},
    [PL_PLACE_SHORTCUTS] = {"", PL_SHARE, pl_map_favorite},
};

static const struct kind_row *row_of(const struct kind_row *rows, size_t count, const char *message_class)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(rows[i].prefix);
        if (!strncasecmp(message_class, rows[i].prefix, size) &&
            (!message_class[size] || message_class[size] == '.'))
            return &rows[i];
    }
    return NULL;
}

static const struct kind_row *kind_row(const char *message_class)
{
    return row_of(kinds, LENGTH(kinds), message_class);
}

static const struct kind_row *system_row(const char *message_class, enum pl_place_kind place)
{
    return place != PL_PLACE_USUAL ? &places[place] : row_of(systems, LENGTH(systems), message_class);
}

int pl_kind_of_system(const char *message_class, enum pl_place_kind place)
{
    const struct kind_row *row = system_row(message_class ? message_class : "", place);
    return row ? (int)row->kind : -1;
}

/* [MS-OXOPFFB] 3.1.4.1.2.2: a folder of a site is called "EX:" and the first part of a DN. */
enum pl_place_kind pl_place_kind(const struct pl_folder *folder)
{
    const char *name = folder->depth ? folder->path[folder->depth - 1] : "";
    const char *above = folder->depth > 1 ? folder->path[folder->depth - 2] : "";
    if (!strncasecmp(name, "EX:/", 4) || !strcasecmp(above, "SCHEDULE+ FREE BUSY"))
        return PL_PLACE_FREEBUSY;
    if (folder->scope == PL_SCOPE_SYSTEM && !strcasecmp(name, "Shortcuts"))
        return PL_PLACE_SHORTCUTS;
    return PL_PLACE_USUAL;
}

int pl_kind_of_class(const char *message_class)
{
    const struct kind_row *row = message_class ? kind_row(message_class) : NULL;
    return row ? (int)row->kind : -1;
}

bool pl_map_begin(struct pl_map *in, struct pl_mapping *m, const struct pl_item *item, enum pl_kind kind,
                  struct pl_record *out)
{
    *out = (struct pl_record){.kind = kind, .item = item};
    *in = (struct pl_map){.m = m, .item = item, .bag = &item->props, .out = out, .status = PL_OK};
    in->used = pl_arena_zalloc(m->arena, PID_COUNT, 1);
    in->extras = pl_arena_zalloc(m->arena, PL_EXTRAS_MAX, sizeof *in->extras);
    out->used = in->used;
    out->common.extras = in->extras;
    return in->used && in->extras;
}

static enum pl_status out_of_memory(struct pl_mapping *m, const struct pl_item *item)
{
    if (!m->report)
        return PL_LOST;
    return pl_report(m->report, PL_LOST, "map.memory", item->key, item->offset,
                     "the item needs more memory than one item may have");
}

enum pl_status pl_map_item(struct pl_mapping *m, const struct pl_item *item, struct pl_record *out)
{
    struct pl_map in;
    const struct kind_row *row = kind_row(item->message_class);
    if (!row)
        row = system_row(item->message_class, m->place);
    if (!row) {
        *out = (struct pl_record){.item = item};
        return m->report ? pl_report(m->report, PL_LOST, "map.class", item->key, item->offset,
                                     *item->message_class ? "no mapping for class \"%s\""
                                                          : "its class can't be read, nor guessed%s",
                                     item->message_class)
                         : PL_LOST;
    }
    if (!pl_map_begin(&in, m, item, row->kind, out))
        return out_of_memory(m, item);
    in.used[PidTagMessageClass] = 1; /* it chose the row */
    pl_map_common(&in);
    if (in.status > PL_LOST)
        row->map(&in);
    if (item->recovered && row->kind >= PL_SHARE)
        out->idle = "recovered"; /* what was taken back is granted to nobody */
    pl_map_known_report(&in);
    out->learned = in.learned > 0;
    if (in.failed || !out->uid)
        return out_of_memory(m, item);
    return in.status;
}

/* --- UID ---------------------------------------------------------------- */

/* Name space of the UUIDs made here; an arbitrary constant that must never change. */
static const uint8_t name_space[16] = {0x6d, 0x0e, 0x3b, 0x52, 0x1f, 0x8c, 0x4a, 0x67,
                                       0x9a, 0x55, 0x70, 0x69, 0x6d, 0x6c, 0x66, 0x74};

static const char *uuid_text(struct pl_arena *a, const uint8_t uuid[16])
{
    static const char digits[] = "0123456789abcdef";
    char *text = pl_arena_alloc(a, 37), *to = text;
    for (size_t i = 0; text && i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[uuid[i] >> 4];
        *to++ = digits[uuid[i] & 15];
    }
    if (text)
        *to = '\0';
    return text;
}

static const char *uuid5(struct pl_arena *a, const char *kind, const void *data, size_t size)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) &&
              EVP_DigestUpdate(ctx, name_space, sizeof name_space) && EVP_DigestUpdate(ctx, kind, strlen(kind)) &&
              EVP_DigestUpdate(ctx, data, size) && EVP_DigestFinal_ex(ctx, hash, NULL);
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        pl_memory_missed();
        return NULL;
    }
    hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x50);
    hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
    return uuid_text(a, hash);
}

/* The ids that come from outside of the store, by kind. */
static const struct id_row {
    enum pl_kind kind;
    enum pl_pid pid;
} ids[] = {
    {PL_EVENT, PidLidCleanGlobalObjectId},
    {PL_EVENT, PidLidGlobalObjectId},
    {PL_TASK, PidLidTaskGlobalId},
};

static const char *uid_from_outside(struct pl_map *in)
{
    for (size_t i = 0; i < LENGTH(ids); i++) {
        struct pl_bytes id;
        if (ids[i].kind != in->out->kind || !pl_in_bytes(in, ids[i].pid, &id))
            continue;
        const char *uid = pl_goid_uid(in->m->arena, id.data, id.size);
        if (uid)
            return uid;
    }
    if (in->out->kind != PL_CONTACT && in->out->kind != PL_GROUP)
        return NULL;
    const char *uid = pl_in_line(in, PidNameVCardUid);
    return uid && strlen(uid) <= 255 ? uid : NULL;
}

static const char *uid_of(struct pl_map *in)
{
    struct pl_arena *a = in->m->arena;
    const char *uid = uid_from_outside(in);
    struct pl_bytes key;
    if (!uid && pl_in_bytes(in, PidTagSearchKey, &key))
        uid = uuid5(a, "search-key\n", key.data, key.size);
    if (uid)
        return uid;
    const char *subject = pl_bag_text(in->bag, PidTagNormalizedSubject);
    if (!subject)
        subject = pl_bag_text(in->bag, PidTagSubject);
    const char *text =
        pl_arena_printf(a, "%s\n%lld\n%s", in->item->message_class,
                        (long long)pl_bag_integer(in->bag, PidTagCreationTime, 0), subject ? subject : "");
    return text ? uuid5(a, "class-creation-subject\n", text, strlen(text)) : NULL;
}

const char *pl_map_uid(struct pl_mapping *m, const struct pl_item *item)
{
    struct pl_map in;
    struct pl_record record;
    const struct kind_row *row = kind_row(item->message_class);
    return row && pl_map_begin(&in, m, item, row->kind, &record) ? uid_of(&in) : NULL;
}

/* --- common ------------------------------------------------------------- */

/* The two-byte mark that a PST puts before a subject (0x01, length of the prefix) goes. */
static const char *subject(struct pl_map *in)
{
    in->used[PidTagNormalizedSubject] = 1;
    in->used[PidTagSubjectPrefix] = 1;
    in->used[PidTagSubject] = 1;
    in->used[PidTagConversationTopic] = 1;
    const char *text = pl_bag_text(in->bag, PidTagSubject);
    if (text && text[0] == 0x01 && text[1]) {
        text++;
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    }
    const char *line = pl_map_clean_line(in, text);
    return line ? line : pl_in_line(in, PidTagNormalizedSubject);
}

static enum pl_class classification(struct pl_map *in)
{
    static const enum pl_class classes[] = {PL_PUBLIC, PL_PERSONAL, PL_PRIVATE, PL_CONFIDENTIAL};
    bool is_private = pl_in_boolean(in, PidLidPrivate);
    int64_t value = pl_in_integer(in, PidTagSensitivity, 0);
    enum pl_class class = value >= 0 && value < (int64_t)LENGTH(classes) ? classes[value] : PL_PUBLIC;
    return class == PL_PUBLIC && is_private ? PL_PRIVATE : class;
}

void pl_map_common(struct pl_map *in)
{
    struct pl_common *c = &in->out->common;
    in->out->uid = uid_of(in);
    c->summary = subject(in);
    c->categories = pl_in_lines(in, PidNameKeywords, &c->category_count);
    c->classification = classification(in);
    int64_t importance = pl_in_integer(in, PidTagImportance, -1);
    c->importance = importance >= 0 && importance <= 2 ? (int)importance : -1;
    if (!pl_in_utc(in, PidTagCreationTime, &c->created_utc))
        c->created_utc = 0;
    if (!pl_in_utc(in, PidTagLastModificationTime, &c->modified_utc))
        c->modified_utc = 0;
    c->stamp_utc = c->modified_utc ? c->modified_utc : c->created_utc;
}

void pl_map_alarm(struct pl_map *in, bool absolute, struct pl_alarm *out)
{
    *out = (struct pl_alarm){0};
    int64_t delta = pl_in_integer(in, PidLidReminderDelta, INT32_MAX);
    int64_t at = 0;
    bool timed = pl_in_utc(in, PidLidReminderTime, &at);
    in->used[PidLidReminderSignalTime] = 1;
    if (!pl_in_boolean(in, PidLidReminderSet) || (absolute && !timed))
        return;
    out->set = true;
    out->absolute = absolute;
    out->at_utc = at;
    /* 0x5AE980E1 is "the default"; so is a number of minutes beyond any calendar */
    out->minutes_before = delta >= 0 && delta <= 60 * 24 * 366 * 10 ? (int)delta : 15;
}

/* --- times -------------------------------------------------------------- */

bool pl_map_rdates(struct pl_map *in, const struct pl_recur *recur, struct pl_rdates *out)
{
    if (!pl_rrule_rdates(in->m->arena, recur, out))
        return false;
    if (out->whole)
        return true;
    struct pl_civil c = pl_civil_of(out->count ? out->starts[out->count - 1] : 0);
    if (!out->ruled)
        pl_map_warn(in, "event.series-horizon",
                    "the first %zu dates of a series that no rule can say are listed, until %04d-%02d-%02d",
                    out->count + 1, c.year, c.month, c.day);
    else if (in->m->report)
        pl_report(in->m->report, PL_OK, "event.series-horizon", in->item->key, in->item->offset,
                  "last days of shorter months are listed beside the rule until %04d-%02d-%02d, not after it",
                  c.year, c.month, c.day);
    return true;
}

const struct pl_zone *pl_map_zone(struct pl_map *in, const enum pl_pid *pids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pl_bytes blob;
        if (!pl_in_bytes(in, pids[i], &blob))
            continue;
        const struct pl_zone *zone;
        if (!pl_zone_memo_stored(in->m->zones, in->m->arena, pids[i] == PidLidTimeZoneStruct, blob, &zone))
            in->failed = true;
        if (zone || in->failed)
            return zone;
        pl_map_warn(in, "event.zone", "%s can't be decoded", pl_pid_name(pids[i]));
    }
    return in->m->default_zone;
}

struct pl_when pl_map_instant(const struct pl_zone *zone, int64_t utc)
{
    return (struct pl_when){.utc = utc, .local = zone ? pl_tz_local(zone, utc) : utc, .zone = zone, .set = true};
}

static int64_t floor_day(int64_t seconds) { return (seconds >= 0 ? seconds : seconds - 86399) / 86400 * 86400; }

struct pl_when pl_map_date(int64_t local)
{
    return (struct pl_when){.local = floor_day(local), .set = true, .is_date = true};
}

/* With a zone: noon or later means that the stored zone is not the one the midnight was
 * of, and the next day is meant. Without: the nearest midnight of UTC. */
struct pl_when pl_map_midnight(const struct pl_zone *zone, int64_t utc)
{
    return pl_map_date((zone ? pl_tz_local(zone, utc) : utc) + 43200);
}
