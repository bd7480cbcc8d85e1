/*
 * idmap_int.h - what the parts of idmap share: input, the person at hand, faults.
 *
 * idmap.c decodes bytes and turns values into a statement; idmap_csv.c and idmap_ldif.c
 * find the values. A value belongs to a field by the name of its column or attribute.
 */
#ifndef PL_IDMAP_INT_H
#define PL_IDMAP_INT_H

#include "arena.h"
#include "buf.h"
#include "idmap.h"
#include "source.h"

#define IDMAP_VALUE_MOST 65536u /* bytes of one value; of a proxyAddresses cell, that is */
#define IDMAP_EOF        (-1)

enum idmap_field {
    IDMAP_OTHER, /* a column that says nothing here */
    IDMAP_DN,    /* legacyExchangeDN */
    IDMAP_SID,
    IDMAP_SIDS, /* further ones: of a linked account, of former domains */
    IDMAP_SMTP, /* the primary address */
    IDMAP_MAIL, /* an address that is the primary one when nothing else says which */
    IDMAP_PROXIES,
    IDMAP_NAME,
    IDMAP_NAME2 /* when there is no display name */
};

struct idmap_input {
    struct pl_source *source;
    uint8_t data[16384];
    uint64_t offset; /* of the next byte of the source that is not in data */
    size_t at, size;
    enum { IDMAP_UTF8, IDMAP_UTF16LE, IDMAP_UTF16BE } coding;
    uint8_t pending[4]; /* the rest of a decoded character */
    size_t pending_at, pending_size;
    int pushed; /* back by one; IDMAP_EOF: none */
    uint64_t line;
    bool failed; /* the device */
};

struct idmap {
    struct idmap_input in;
    const char *path;
    struct pl_text *text;
    struct pl_people *people;
    struct pl_report *report;
    struct pl_arena arena; /* of the person at hand */
    struct pl_buf value;
    bool full; /* the set can't take more */
    uint64_t entries, faults, people_count;
    char why[PL_IDMAP_WHY];
    /* the person at hand */
    uint64_t line; /* where it began */
    bool wrong;    /* a fault was found: it will not be used */
    struct pl_statement person;
    struct pl_key *keys;
    size_t key_count, key_room;
    const char *primary, *mail, *other; /* addresses */
    size_t other_count;
    const char *name2;
};

/* The next byte of the text as UTF-8. */
int idmap_get(struct idmap_input *in);
void idmap_unget(struct idmap_input *in, int c);
/* From the start again. */
void idmap_rewind(struct idmap_input *in);

/* By the name of a column or attribute, without case, blanks, hyphens and underscores. */
enum idmap_field idmap_field_of(const char *name, size_t size);

void idmap_begin(struct idmap *m, uint64_t line);
/* One value; stored: bytes that may be binary. */
void idmap_value(struct idmap *m, enum idmap_field field, const char *data, size_t size);
/* The person is whole. */
void idmap_end(struct idmap *m);
/* Counts a fault of the person at hand, once. */
void idmap_fault(struct idmap *m, uint64_t line, const char *format, ...) PL_PRINTF(3, 4);
/* The file is no map: fills why. */
enum pl_status idmap_refuse(struct idmap *m, uint64_t line, const char *format, ...) PL_PRINTF(3, 4);

/* Read to the end, or with only_check up to what tells that this is a map. PL_STOP: it is none. */
enum pl_status idmap_csv(struct idmap *m, bool only_check);
enum pl_status idmap_ldif(struct idmap *m, bool only_check);

#endif
