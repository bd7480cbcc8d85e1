/*
 * prop.c - names of properties, and finding them in a bag.
 *
 * Layer: core. The three tables come from props.def, which is sorted (a test checks
 * it), so searches are binary. The index of a bag is built once an object is whole;
 * of two properties with one pid the first counts.
 */
#include "prop.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "arena.h"

/* In the order of their names, as props.def has them. [MS-OXPROPS] 1.3.2 */
enum set {
    PSETID_Address,
    PSETID_Appointment,
    PSETID_Attachment,
    PSETID_Common,
    PSETID_Log,
    PSETID_Meeting,
    PSETID_Note,
    PSETID_PostRss,
    PSETID_Remote,
    PSETID_Report,
    PSETID_Sharing,
    PSETID_Task,
    PSETID_UnifiedMessaging,
    PS_INTERNET_HEADERS,
    PS_MAPI,
    PS_PUBLIC_STRINGS,
    SET_COUNT
};

#define OUTLOOK(n)                                                                                                 \
    {                                                                                                              \
        {                                                                                                          \
            (n), 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46                                           \
        }                                                                                                          \
    }
#define MAPI(n)                                                                                                    \
    {                                                                                                              \
        {                                                                                                          \
            (n), 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46                                           \
        }                                                                                                          \
    }

static const struct set_row {
    const char *name;
    struct pl_guid guid;
} sets[SET_COUNT] = {
    [PSETID_Address] = {"PSETID_Address", OUTLOOK(0x04)},
    [PSETID_Appointment] = {"PSETID_Appointment", OUTLOOK(0x02)},
    [PSETID_Attachment] = {"PSETID_Attachment",
                           {{0x7f, 0x7f, 0x35, 0x96, 0xe1, 0x59, 0xd0, 0x47, 0x99, 0xa7, 0x46, 0x51, 0x5c, 0x18,
                             0x3b, 0x54}}},
    [PSETID_Common] = {"PSETID_Common", OUTLOOK(0x08)},
    [PSETID_Log] = {"PSETID_Log", OUTLOOK(0x0a)},
    [PSETID_Meeting] = {"PSETID_Meeting",
                        {{0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13,
                          0x05}}},
    [PSETID_Note] = {"PSETID_Note", OUTLOOK(0x0e)},
    [PSETID_PostRss] = {"PSETID_PostRss", OUTLOOK(0x41)},
    [PSETID_Remote] = {"PSETID_Remote", OUTLOOK(0x14)},
    [PSETID_Report] = {"PSETID_Report", OUTLOOK(0x13)},
    [PSETID_Sharing] = {"PSETID_Sharing", OUTLOOK(0x40)},
    [PSETID_Task] = {"PSETID_Task", OUTLOOK(0x03)},
    [PSETID_UnifiedMessaging] = {"PSETID_UnifiedMessaging",
                                 {{0x8e, 0x85, 0x42, 0x44, 0xe3, 0xa9, 0x80, 0x4e, 0xb9, 0x00, 0x31, 0x7a, 0x21,
                                   0x0c, 0xc1, 0x5b}}},
    [PS_INTERNET_HEADERS] = {"PS_INTERNET_HEADERS", MAPI(0x86)},
    [PS_MAPI] = {"PS_MAPI", MAPI(0x28)},
    [PS_PUBLIC_STRINGS] = {"PS_PUBLIC_STRINGS", MAPI(0x29)},
};

/* By their ids. */
static const uint16_t tags[0x8000] = {
#define PROP_TAG(name, id, type) [id] = name,
#define PROP_LID(name, set, lid, type)
#define PROP_STR(name, set, text, type)
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
};

static const struct lid_row {
    uint8_t set;
    uint16_t pid;
    uint32_t lid;
} lids[] = {
#define PROP_TAG(name, id, type)
#define PROP_LID(name, set, lid, type) {set, name, lid},
#define PROP_STR(name, set, text, type)
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
};

static const struct text_row {
    uint8_t set;
    uint16_t pid;
    const char *text;
} texts[] = {
#define PROP_TAG(name, id, type)
#define PROP_LID(name, set, lid, type)
#define PROP_STR(name, set, text, type) {set, name, text},
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
};

static const char *const names[PID_COUNT] = {
    [PID_NONE] = "",
#define PROP_TAG(name, id, type)        [name] = #name,
#define PROP_LID(name, set, lid, type)  [name] = #name,
#define PROP_STR(name, set, text, type) [name] = #name,
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static int set_of(const struct pl_guid *guid)
{
    for (int i = 0; i < SET_COUNT; i++)
        if (!memcmp(guid, &sets[i].guid, sizeof *guid))
            return i;
    return SET_COUNT;
}

enum pl_pid pl_pid_of_tag(uint16_t id) { return id < LENGTH(tags) ? tags[id] : PID_NONE; }

enum pl_pid pl_pid_of_lid(const struct pl_guid *set, uint32_t lid)
{
    int wanted = set_of(set);
    size_t low = 0, high = LENGTH(lids);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lids[middle].set < wanted || (lids[middle].set == wanted && lids[middle].lid < lid))
            low = middle + 1;
        else
            high = middle;
    }
    return low < LENGTH(lids) && lids[low].set == wanted && lids[low].lid == lid ? lids[low].pid : PID_NONE;
}

enum pl_pid pl_pid_of_text(const struct pl_guid *set, const char *text)
{
    int wanted = set_of(set);
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (texts[i].set == wanted && !strcasecmp(texts[i].text, text))
            return texts[i].pid;
    return PID_NONE;
}

const char *pl_pid_name(enum pl_pid pid) { return names[pid < PID_COUNT ? pid : PID_NONE]; }

const char *pl_guid_text(const struct pl_guid *guid, char buf[39])
{
    int set = set_of(guid);
    if (set < SET_COUNT)
        return sets[set].name;
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    char *out = buf;
    *out++ = '{';
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        out += snprintf(out, 3, "%02X", guid->bytes[order[i]]);
    }
    *out++ = '}';
    *out = '\0';
    return buf;
}

bool pl_bag_index(struct pl_bag *bag, struct pl_arena *arena)
{
    bag->index = NULL;
    uint16_t *index = pl_arena_zalloc(arena, PID_COUNT, sizeof *index);
    if (!index)
        return false;
    size_t last = bag->count < UINT16_MAX ? bag->count : UINT16_MAX - 1;
    for (size_t i = last; i-- > 0;)
        index[bag->props[i].pid] = (uint16_t)(i + 1);
    index[PID_NONE] = 0;
    bag->index = index;
    return true;
}

const struct pl_prop *pl_bag_find(const struct pl_bag *bag, enum pl_pid pid)
{
    if (pid == PID_NONE)
        return NULL;
    if (bag->index)
        return bag->index[pid] ? &bag->props[bag->index[pid] - 1] : NULL;
    for (size_t i = 0; i < bag->count; i++)
        if (bag->props[i].pid == pid)
            return &bag->props[i];
    return NULL;
}

const struct pl_prop *pl_bag_find_id(const struct pl_bag *bag, uint16_t id)
{
    for (size_t i = 0; i < bag->count; i++)
        if (pl_prop_id(&bag->props[i]) == id)
            return &bag->props[i];
    return NULL;
}

static const struct pl_value *first_value(const struct pl_bag *bag, enum pl_pid pid, enum pl_type *type)
{
    const struct pl_prop *p = pl_bag_find(bag, pid);
    if (!p || !p->count)
        return NULL;
    *type = pl_prop_type(p) & (unsigned)~PT_MULTI;
    return p->values;
}

const char *pl_bag_text(const struct pl_bag *bag, enum pl_pid pid)
{
    enum pl_type type = PT_UNSPECIFIED;
    const struct pl_value *v = first_value(bag, pid, &type);
    return v && (type == PT_UNICODE || type == PT_STRING8) && v->as.text[0] ? v->as.text : NULL;
}

static bool is_integer(enum pl_type type)
{
    return type == PT_SHORT || type == PT_LONG || type == PT_I8 || type == PT_BOOLEAN || type == PT_SYSTIME ||
           type == PT_CURRENCY;
}

int64_t pl_bag_integer(const struct pl_bag *bag, enum pl_pid pid, int64_t otherwise)
{
    enum pl_type type = PT_UNSPECIFIED;
    const struct pl_value *v = first_value(bag, pid, &type);
    return v && is_integer(type) ? v->as.integer : otherwise;
}

bool pl_bag_boolean(const struct pl_bag *bag, enum pl_pid pid) { return pl_bag_integer(bag, pid, 0) != 0; }

double pl_bag_real(const struct pl_bag *bag, enum pl_pid pid, double otherwise)
{
    enum pl_type type = PT_UNSPECIFIED;
    const struct pl_value *v = first_value(bag, pid, &type);
    return v && (type == PT_FLOAT || type == PT_DOUBLE || type == PT_APPTIME) ? v->as.real : otherwise;
}

bool pl_bag_bytes(const struct pl_bag *bag, enum pl_pid pid, struct pl_bytes *out)
{
    enum pl_type type = PT_UNSPECIFIED;
    const struct pl_value *v = first_value(bag, pid, &type);
    if (!v || (type != PT_BINARY && type != PT_CLSID && type != PT_SVREID && type != PT_OBJECT))
        return false;
    *out = v->raw;
    return true;
}
