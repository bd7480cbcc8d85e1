/*
 * wlink.c - shortcuts: see wlink.h. Pure; a part of the core.
 *
 * The ids of these properties mean other things in free/busy messages, so they are found
 * by id and type here, not by name.
 */
#include "wlink.h"

#include <string.h>

#include "bytes.h"
#include "text.h"

enum {
    ID_TYPE = 0x6849,
    ID_ENTRY_ID = 0x684c,
    ID_STORE_ENTRY_ID = 0x684e,
    ID_GROUP = 0x6851,
    ID_SECTION = 0x6852,
    ID_OWNER = 0x6854,
    ID_FAVORITE_NAME = 0x7c00,
    ID_FAVORITE_ALIAS = 0x7c01,
    ID_FAVORITE_KEY = 0x7c02,
    TYPE_SHARED = 2,
    TYPE_HEADING = 4
};

static const struct pl_value *value(const struct pl_bag *bag, uint16_t id, enum pl_type type)
{
    const struct pl_prop *p = pl_bag_find_id(bag, id);
    if (!p || !p->count)
        return NULL;
    bool text = type == PT_UNICODE && pl_prop_type(p) == PT_STRING8;
    return pl_prop_type(p) == type || text ? p->values : NULL;
}

static int64_t number(const struct pl_bag *bag, uint16_t id, int64_t otherwise)
{
    const struct pl_value *v = value(bag, id, PT_LONG);
    return v ? v->as.integer : otherwise;
}

static struct pl_bytes bytes(const struct pl_bag *bag, uint16_t id)
{
    const struct pl_value *v = value(bag, id, PT_BINARY);
    return v ? v->raw : (struct pl_bytes){0};
}

static const char *text(const struct pl_bag *bag, uint16_t id)
{
    const struct pl_value *v = value(bag, id, PT_UNICODE);
    return v && *v->as.text ? v->as.text : NULL;
}

/* A name of one byte per character, up to its NUL; ASCII by the specification. */
static bool take_name(struct pl_arena *a, struct pl_cursor *c, const char **out)
{
    size_t left = pl_cursor_left(c), size = 0;
    const char *data = (const char *)c->data + c->at;
    while (size < left && data[size])
        size++;
    pl_take(c, size < left ? size + 1 : size);
    *out = NULL;
    if (!size || !pl_utf8_valid(data, size))
        return true;
    *out = pl_arena_printf(a, "%.*s", (int)size, data);
    return *out != NULL;
}

bool pl_store_entryid(struct pl_arena *a, struct pl_bytes id, const char **server, const char **dn)
{
    static const uint8_t wrapper[16] = {0x38, 0xa1, 0xbb, 0x10, 0x05, 0xe5, 0x10, 0x1a,
                                        0xa1, 0xbb, 0x08, 0x00, 0x2b, 0x2a, 0x56, 0xc2};
    struct pl_cursor c = pl_cursor(id.data, id.size);
    *server = *dn = NULL;
    pl_take32(&c);
    const uint8_t *uid = pl_take(&c, 16);
    pl_take(&c, 2 + 14 + 4 + 16 + 4); /* version, flag, name of a library; flags, provider, type */
    if (!uid || c.failed || memcmp(uid, wrapper, sizeof wrapper) != 0)
        return true;
    bool read = take_name(a, &c, server) && take_name(a, &c, dn);
    if (*dn && **dn != '/')
        *dn = NULL;
    return read;
}

bool pl_wlink_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_shortcut *out)
{
    static const char *const sections[] = {"", "mail", "", "calendar", "contacts", "tasks", "notes", "journal"};
    int64_t type = number(bag, ID_TYPE, 0), section = number(bag, ID_SECTION, 0);
    *out = (struct pl_shortcut){
        .name = pl_bag_text(bag, PidTagSubject),
        .group = text(bag, ID_GROUP),
        .section = section >= 0 && section < (int64_t)(sizeof sections / sizeof *sections) ? sections[section] : "",
        .folder = bytes(bag, ID_ENTRY_ID),
        .owner = bytes(bag, ID_OWNER),
    };
    if (type != TYPE_HEADING && (type == TYPE_SHARED || out->owner.size))
        out->to = PL_SHORTCUT_OTHERS;
    return pl_store_entryid(a, bytes(bag, ID_STORE_ENTRY_ID), &out->server, &out->store_dn);
}

bool pl_favorite_of(const struct pl_bag *bag, struct pl_shortcut *out)
{
    *out = (struct pl_shortcut){.to = PL_SHORTCUT_PUBLIC, .section = ""};
    out->name = text(bag, ID_FAVORITE_NAME);
    if (!out->name)
        out->name = text(bag, ID_FAVORITE_ALIAS);
    out->folder = bytes(bag, ID_FAVORITE_KEY);
    return out->name && out->folder.size;
}
