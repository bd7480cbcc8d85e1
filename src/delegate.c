/*
 * delegate.c - delegates and their rule: see delegate.h. Pure; a part of the core.
 *
 * Properties are found by their id: some of these ids mean another thing in other
 * messages, and the table of names knows one meaning only.
 */
#include "delegate.h"

#include "bytes.h"
#include "text.h"

enum {
    ID_WANTS_COPY = 0x6842,
    ID_NAMES = 0x6844,
    ID_ENTRY_IDS = 0x6845,
    ID_NAMES_WIDE = 0x684a,
    ID_WANTS_INFO = 0x684b,
    ID_FLAGS = 0x686b
};

static const struct pl_prop *list_of(const struct pl_bag *bag, uint16_t id, enum pl_type type)
{
    const struct pl_prop *p = pl_bag_find_id(bag, id);
    if (!p || !(pl_prop_type(p) & PT_MULTI))
        return NULL;
    enum pl_type of = pl_prop_type(p) & (unsigned)~PT_MULTI;
    bool text = type == PT_UNICODE && of == PT_STRING8;
    return of == type || text ? p : NULL;
}

static size_t length(const struct pl_prop *p) { return p ? p->count : 0; }

static bool flag(const struct pl_bag *bag, uint16_t id)
{
    const struct pl_prop *p = pl_bag_find_id(bag, id);
    return p && p->count && pl_prop_type(p) == PT_BOOLEAN && p->values->as.integer;
}

bool pl_delegates_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_delegates *out)
{
    const struct pl_prop *names = list_of(bag, ID_NAMES_WIDE, PT_UNICODE);
    const struct pl_prop *ids = list_of(bag, ID_ENTRY_IDS, PT_BINARY), *flags = list_of(bag, ID_FLAGS, PT_LONG);
    if (!names)
        names = list_of(bag, ID_NAMES, PT_UNICODE);
    size_t count = ids ? length(ids) : length(names);
    struct pl_delegate *list = pl_arena_zalloc(a, count + 1, sizeof *list);
    *out = (struct pl_delegates){
        .list = list, .wants_copy = flag(bag, ID_WANTS_COPY), .wants_info = flag(bag, ID_WANTS_INFO)};
    if (!list)
        return false;
    bool named = length(names) == count, flagged = length(flags) == count;
    out->uneven = (ids && names && !named) || (flags && !flagged);
    for (size_t i = 0; i < count; i++) {
        if (ids)
            list[i].entry_id = ids->values[i].raw;
        if (names && named && *names->values[i].as.text)
            list[i].name = names->values[i].as.text;
        list[i].sees_private = flagged && !out->uneven && flags->values[i].as.integer == 1;
    }
    out->count = count;
    return true;
}

/* --- the rule --------------------------------------------------------------------------- */

enum { OP_DELEGATE = 8, OP_DELETE = 10, ACTION_HEAD = 9 };

/* Counts of the narrow form have two bytes, of the wide one four. */
static uint32_t take_count(struct pl_cursor *c, bool wide) { return wide ? pl_take32(c) : pl_take16(c); }

static const char *take_text(struct pl_arena *a, struct pl_cursor *c, bool utf16)
{
    size_t unit = utf16 ? 2 : 1, size = 0, left = pl_cursor_left(c);
    unsigned replaced = 0;
    const uint8_t *data = c->data + c->at;
    while (size + unit <= left && (data[size] || (utf16 && data[size + 1])))
        size += unit;
    if (!pl_take(c, size + unit))
        return NULL;
    char *text = utf16 ? pl_text_utf16(a, data, size, &replaced) : NULL;
    if (!utf16 && pl_utf8_valid((const char *)data, size))
        text = pl_arena_printf(a, "%.*s", (int)size, (const char *)data);
    c->failed = c->failed || (utf16 && !text);
    return text && *text ? text : NULL;
}

static void keep_text(struct pl_rule_target *t, unsigned id, const char *text)
{
    switch (id) {
    case 0x3001: t->name = text; break;
    case 0x3002: t->type = text; break;
    case 0x3003: t->address = text; break;
    case 0x39fe: t->smtp = text; break;
    default: break;
    }
}

/* One property of a recipient; a type that none has ends the reading. [MS-OXCDATA] 2.11 */
static void take_property(struct pl_arena *a, struct pl_cursor *c, bool wide, struct pl_rule_target *t)
{
    unsigned type = pl_take16(c), id = pl_take16(c);
    struct pl_bytes bytes = {0};
    switch (type) {
    case PT_SHORT: pl_take16(c); break;
    case PT_BOOLEAN: pl_take8(c); break;
    case PT_LONG:
    case PT_ERROR: pl_take32(c); break;
    case PT_I8:
    case PT_SYSTIME: pl_take64(c); break;
    case PT_STRING8:
    case PT_UNICODE: keep_text(t, id, take_text(a, c, type == PT_UNICODE)); break;
    case PT_BINARY:
        bytes.size = take_count(c, wide);
        bytes.data = pl_take(c, bytes.size);
        if (id == 0x0fff && bytes.data)
            t->entry_id = bytes;
        break;
    default: c->failed = true;
    }
}

static void take_target(struct pl_arena *a, struct pl_cursor *c, bool wide, struct pl_rule_target *t)
{
    pl_take8(c);
    uint32_t properties = take_count(c, wide);
    for (uint32_t i = 0; i < properties && !c->failed; i++)
        take_property(a, c, wide, t);
}

/* A target has at least five bytes. */
static bool take_targets(struct pl_arena *a, struct pl_cursor c, bool wide, struct pl_delegate_rule *out)
{
    uint32_t count = take_count(&c, wide);
    if (c.failed || count > pl_cursor_left(&c) / 3)
        return false;
    struct pl_rule_target *targets = pl_arena_zalloc(a, count + 1, sizeof *targets);
    if (!targets)
        return false;
    for (uint32_t i = 0; i < count && !c.failed; i++)
        take_target(a, &c, wide, &targets[i]);
    out->targets = targets;
    out->count = count;
    return !c.failed;
}

static bool take_rule(struct pl_arena *a, struct pl_bytes actions, bool wide, struct pl_delegate_rule *out)
{
    struct pl_cursor c = pl_cursor(actions.data, actions.size);
    *out = (struct pl_delegate_rule){0};
    uint32_t count = take_count(&c, wide);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = take_count(&c, wide);
        const uint8_t *action = pl_take(&c, size);
        if (!action || size < ACTION_HEAD)
            return false;
        if (action[0] == OP_DELETE)
            out->deletes = true;
        if (action[0] == OP_DELEGATE &&
            !take_targets(a, pl_cursor(action + ACTION_HEAD, size - ACTION_HEAD), wide, out))
            return false;
    }
    return !c.failed && count && !pl_cursor_left(&c);
}

bool pl_delegate_rule(struct pl_arena *a, struct pl_bytes actions, struct pl_delegate_rule *out)
{
    bool read = actions.data && (take_rule(a, actions, false, out) || take_rule(a, actions, true, out));
    if (!read)
        *out = (struct pl_delegate_rule){0};
    return read;
}
