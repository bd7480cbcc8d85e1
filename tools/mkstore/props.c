/*
 * props.c - property lists in statement memory. Types: [MS-OXCDATA] 2.11.1; property
 * sets: [MS-OXPROPS] 1.3.2.
 */
#include "props.h"
#include "when.h"

#include <string.h>

/* {0006xxxx-0000-0000-C000-000000000046} as stored. */
#define OFFICE(lo, hi)                                                                                             \
    {                                                                                                              \
        lo, hi, 6, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46                                                     \
    }

static const uint8_t sets[MS_SETS][16] = {
    [MS_APPT] = OFFICE(0x02, 0x20),
    [MS_TASK] = OFFICE(0x03, 0x20),
    [MS_ADDR] = OFFICE(0x04, 0x20),
    [MS_COMMON] = OFFICE(0x08, 0x20),
    [MS_LOG] = OFFICE(0x0a, 0x20),
    [MS_NOTE] = OFFICE(0x0e, 0x20),
    [MS_MEETING] = {0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0, 0xaa, 0, 0x3f, 0x13, 0x05},
    [MS_PUBLIC] = {0x29, 0x03, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46},
};

static const char *const set_names[MS_SETS] = {
    "",           "PSETID_Appointment", "PSETID_Task",    "PSETID_Address",   "PSETID_Common",
    "PSETID_Log", "PSETID_Note",        "PSETID_Meeting", "PS_PUBLIC_STRINGS"};

static struct ms_prop *add(struct ms_bag *b, struct ms_key key, unsigned type)
{
    if (b->count == b->room) {
        size_t room = b->room ? b->room * 2 : 32;
        struct ms_prop *grown = ms_alloc(b->mem, room * sizeof *grown);
        if (b->count)
            memcpy(grown, b->list, b->count * sizeof *grown);
        b->list = grown;
        b->room = room;
    }
    struct ms_prop *p = &b->list[b->count++];
    *p = (struct ms_prop){.tag = key.set ? type : key.id << 16 | type};
    if (key.set) {
        p->set = sets[key.set];
        p->lid = key.id;
        p->text = key.text;
    }
    return p;
}

void ms_drop(struct ms_bag *b, struct ms_key key)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct ms_prop *p = &b->list[i];
        bool same = key.set ? p->set == sets[key.set] && p->lid == key.id && !p->text == !key.text &&
                                  (!key.text || !strcmp(p->text, key.text))
                            : !p->set && p->tag >> 16 == key.id;
        if (!same)
            b->list[kept++] = *p;
    }
    b->count = kept;
}

void ms_raw(struct ms_bag *b, struct ms_key key, unsigned type, const void *data, size_t size)
{
    struct ms_prop *p = add(b, key, type);
    p->data = ms_copy(b->mem, data, size);
    p->size = size;
}

static void add_int(struct ms_bag *b, struct ms_key key, unsigned type, uint64_t v, size_t size)
{
    uint8_t le[8];
    for (size_t i = 0; i < 8; i++)
        le[i] = (uint8_t)(v >> (8 * i));
    ms_raw(b, key, type, le, size);
}

void ms_long(struct ms_bag *b, struct ms_key key, int64_t v) { add_int(b, key, MS_LONG, (uint64_t)v, 4); }
void ms_short(struct ms_bag *b, struct ms_key key, int v) { add_int(b, key, MS_SHORT, (uint64_t)v, 2); }
void ms_bool(struct ms_bag *b, struct ms_key key, bool v) { add_int(b, key, MS_BOOL, v, 1); }
void ms_time(struct ms_bag *b, struct ms_key key, int64_t s) { add_int(b, key, MS_TIME, ms_filetime(s), 8); }

void ms_double(struct ms_bag *b, struct ms_key key, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    add_int(b, key, MS_DOUBLE, bits, 8);
}

void ms_str(struct ms_bag *b, struct ms_key key, const char *v)
{
    if (v)
        ms_raw(b, key, MS_STRING, v, strlen(v));
}

void ms_bin(struct ms_bag *b, struct ms_key key, const void *data, size_t size)
{
    ms_raw(b, key, MS_BINARY, data, size);
}

static void add_multi(struct ms_bag *b, struct ms_key key, unsigned type, size_t count, const void **datas,
                      size_t *sizes)
{
    struct ms_prop *p = add(b, key, MS_MULTI | type);
    p->count = count;
    p->datas = datas;
    p->sizes = sizes;
}

void ms_strs(struct ms_bag *b, struct ms_key key, const char *const *list, size_t count)
{
    const void **datas = ms_alloc(b->mem, (count + 1) * sizeof *datas);
    size_t *sizes = ms_alloc(b->mem, (count + 1) * sizeof *sizes);
    for (size_t i = 0; i < count; i++) {
        datas[i] = list[i];
        sizes[i] = strlen(list[i]);
    }
    add_multi(b, key, MS_STRING, count, datas, sizes);
}

void ms_bins(struct ms_bag *b, struct ms_key key, const struct ms_bytes *list, size_t count)
{
    const void **datas = ms_alloc(b->mem, (count + 1) * sizeof *datas);
    size_t *sizes = ms_alloc(b->mem, (count + 1) * sizeof *sizes);
    for (size_t i = 0; i < count; i++) {
        datas[i] = list[i].data;
        sizes[i] = list[i].size;
    }
    add_multi(b, key, MS_BINARY, count, datas, sizes);
}

void ms_longs(struct ms_bag *b, struct ms_key key, const uint32_t *list, size_t count)
{
    struct ms_bytes le = {.mem = b->mem};
    for (size_t i = 0; i < count; i++)
        ms_put32(&le, list[i]);
    struct ms_prop *p = add(b, key, MS_MULTI | MS_LONG);
    p->count = count;
    p->data = le.data;
    p->size = le.size;
}

void ms_made(struct ms_bag *b, struct ms_key key, size_t size, int (*generate)(void *, uint64_t, void *, size_t),
             void *state)
{
    struct ms_prop *p = add(b, key, MS_BINARY);
    p->size = size;
    p->generate = generate;
    p->state = state;
}

struct ms_props ms_props_of(const struct ms_bag *b) { return (struct ms_props){b->list, b->count}; }

enum ms_set ms_set_of(const char *name)
{
    for (int i = 1; i < MS_SETS; i++)
        if (!strcmp(set_names[i], name))
            return (enum ms_set)i;
    return MS_NO_SET;
}
