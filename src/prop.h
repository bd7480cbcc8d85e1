/*
 * prop.h - MAPI properties: types, names, values, bags.
 *
 * A property is known by its pid, an index into the one table of names
 * (props.def), never by a number that only one store understands: the reader
 * resolves named properties through its store's map, and the rest of the program
 * asks for PidLidLocation. Property types: [MS-OXCDATA] 2.11.1.
 *
 * Everything here points into an arena; nothing is owned.
 */
#ifndef PL_PROP_H
#define PL_PROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena;

enum pl_type { /* [MS-OXCDATA] 2.11.1 */
               PT_UNSPECIFIED = 0x0000,
               PT_NULL = 0x0001,
               PT_SHORT = 0x0002,
               PT_LONG = 0x0003,
               PT_FLOAT = 0x0004,
               PT_DOUBLE = 0x0005,
               PT_CURRENCY = 0x0006,
               PT_APPTIME = 0x0007,
               PT_ERROR = 0x000a,
               PT_BOOLEAN = 0x000b,
               PT_OBJECT = 0x000d,
               PT_I8 = 0x0014,
               PT_STRING8 = 0x001e,
               PT_UNICODE = 0x001f,
               PT_SYSTIME = 0x0040,
               PT_CLSID = 0x0048,
               PT_SVREID = 0x00fb,
               PT_SRESTRICT = 0x00fd,
               PT_ACTIONS = 0x00fe,
               PT_BINARY = 0x0102,
               PT_MULTI = 0x1000 /* flag */
};

enum pl_pid {
    PID_NONE,
#define PROP_TAG(name, id, type)        name,
#define PROP_LID(name, set, lid, type)  name,
#define PROP_STR(name, set, text, type) name,
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
    PID_COUNT
};

struct pl_guid {
    uint8_t bytes[16]; /* as stored: first three fields little-endian */
};

/* The store-independent name of a property with an id of 0x8000 or more. */
struct pl_name {
    struct pl_guid set;
    uint32_t lid;     /* valid when text is NULL */
    const char *text; /* UTF-8 */
};

struct pl_bytes {
    const uint8_t *data;
    size_t size;
};

/* A promise of bytes that only the reader which made it can keep, until its
 * next next_item(). size is what the store states. */
struct pl_stream {
    uint64_t size;
    uint64_t token[3];
};

struct pl_value {
    union {
        int64_t integer;  /* SHORT LONG I8 CURRENCY ERROR BOOLEAN, SYSTIME as FILETIME (100 ns since 1601) */
        double real;      /* FLOAT DOUBLE APPTIME */
        const char *text; /* STRING8 UNICODE: UTF-8, no NUL inside, never NULL */
    } as;
    struct pl_bytes raw; /* the stored bytes of this value */
};

struct pl_prop {
    uint32_t tag;               /* id << 16 | type, as this store has it */
    uint16_t pid;               /* enum pl_pid; PID_NONE when no row of the table names it */
    const struct pl_name *name; /* NULL for ids below 0x8000 */
    uint32_t count;             /* of values; 0 when the value is a stream, or an empty multi-value */
    const struct pl_value *values;
    struct pl_stream stream; /* stream.size > 0: larger than PL_INLINE_MAX, or PT_OBJECT */
};

/* The properties of one object. index, if set, maps a pid to its place + 1. */
struct pl_bag {
    struct pl_prop *props;
    size_t count;
    const uint16_t *index;
};

static inline enum pl_type pl_prop_type(const struct pl_prop *p) { return (enum pl_type)(p->tag & 0xffff); }
static inline uint16_t pl_prop_id(const struct pl_prop *p) { return (uint16_t)(p->tag >> 16); }

/* Names ---------------------------------------------------------------- */

/* The pid of a tag below 0x8000 (its type is not compared), of a numbered name,
 * of a text name (compared without case); PID_NONE when unknown. */
enum pl_pid pl_pid_of_tag(uint16_t id);
enum pl_pid pl_pid_of_lid(const struct pl_guid *set, uint32_t lid);
enum pl_pid pl_pid_of_text(const struct pl_guid *set, const char *text);

/* "PidTagSubject"; "" for PID_NONE. */
const char *pl_pid_name(enum pl_pid pid);

/* "PSETID_Appointment", or the GUID in registry form into buf[39]. */
const char *pl_guid_text(const struct pl_guid *guid, char buf[39]);

/* Bags ----------------------------------------------------------------- */

/* Builds the index of a bag; call once, after its last property. false: out of memory. */
bool pl_bag_index(struct pl_bag *bag, struct pl_arena *arena);

const struct pl_prop *pl_bag_find(const struct pl_bag *bag, enum pl_pid pid);
/* By its number below 0x8000, for those few that mean different things in different messages. */
const struct pl_prop *pl_bag_find_id(const struct pl_bag *bag, uint16_t id);

/* First value by kind; `otherwise` when absent or of a type that does not fit.
 * An empty text counts as absent for pl_bag_text(). */
const char *pl_bag_text(const struct pl_bag *bag, enum pl_pid pid); /* NULL when absent */
int64_t pl_bag_integer(const struct pl_bag *bag, enum pl_pid pid, int64_t otherwise);
bool pl_bag_boolean(const struct pl_bag *bag, enum pl_pid pid);
double pl_bag_real(const struct pl_bag *bag, enum pl_pid pid, double otherwise);
/* Inline binary (or GUID); false when absent or a stream. */
bool pl_bag_bytes(const struct pl_bag *bag, enum pl_pid pid, struct pl_bytes *out);

#endif
