/*
 * props.h - building property lists: [MS-OXPROPS] numbers, values as the store side wants them.
 *
 * A key names a property for any store: a tag, or a set with an id or a text. Numbers
 * stand here on their own, not taken from the readers' table.
 */
#ifndef MS_PROPS_H
#define MS_PROPS_H

#include "mem.h"
#include "mkstore.h"

enum {
    MS_SHORT = 2,
    MS_LONG = 3,
    MS_DOUBLE = 5,
    MS_BOOL = 0xb,
    MS_I8 = 0x14,
    MS_STRING = 0x1f,
    MS_TIME = 0x40,
    MS_GUID = 0x48,
    MS_BINARY = 0x102,
    MS_MULTI = 0x1000
};

enum ms_set { MS_NO_SET, MS_APPT, MS_TASK, MS_ADDR, MS_COMMON, MS_LOG, MS_NOTE, MS_MEETING, MS_PUBLIC, MS_SETS };

struct ms_key {
    enum ms_set set;
    unsigned id; /* of a tag, or lid */
    const char *text;
};

#define MS_TAG(id_)       ((struct ms_key){.set = MS_NO_SET, .id = (id_)})
#define MS_LID(set_, lid) ((struct ms_key){.set = (set_), .id = (lid)})
#define MS_STR(text_)     ((struct ms_key){.set = MS_PUBLIC, .text = (text_)})

struct ms_bag {
    struct ms_mem *mem;
    struct ms_prop *list;
    size_t count, room;
};

void ms_long(struct ms_bag *b, struct ms_key key, int64_t v);
void ms_short(struct ms_bag *b, struct ms_key key, int v);
void ms_bool(struct ms_bag *b, struct ms_key key, bool v);
void ms_double(struct ms_bag *b, struct ms_key key, double v);
void ms_time(struct ms_bag *b, struct ms_key key, int64_t seconds);
void ms_str(struct ms_bag *b, struct ms_key key, const char *v); /* NULL: nothing is added */
void ms_bin(struct ms_bag *b, struct ms_key key, const void *data, size_t size);
void ms_strs(struct ms_bag *b, struct ms_key key, const char *const *list, size_t count);
void ms_bins(struct ms_bag *b, struct ms_key key, const struct ms_bytes *list, size_t count);
void ms_longs(struct ms_bag *b, struct ms_key key, const uint32_t *list, size_t count);
/* Takes the property of this name or id out, whatever its type is. */
void ms_drop(struct ms_bag *b, struct ms_key key);
/* Any type, from the bytes of its value. */
void ms_raw(struct ms_bag *b, struct ms_key key, unsigned type, const void *data, size_t size);
void ms_made(struct ms_bag *b, struct ms_key key, size_t size, int (*generate)(void *, uint64_t, void *, size_t),
             void *state);

struct ms_props ms_props_of(const struct ms_bag *b);
/* The set of a name like PSETID_Appointment, MS_NO_SET when unknown. */
enum ms_set ms_set_of(const char *name);

#endif
