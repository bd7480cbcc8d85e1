/*
 * mkstore.h - a text recipe in, a valid store out. The contract between the two halves.
 *
 * The recipe side (recipe.c, build_*.c, truth.c) turns a recipe into folders and
 * items made of MAPI properties and writes the truth file: what a converter must
 * find. The store side (pst_*.c, later others) turns those into bytes of a store.
 * Neither side shares code with the readers: a truth that came from a reader would
 * prove nothing.
 *
 * Output depends on recipe and seed alone: no clock, no random, no locale.
 * Errors: 0 on success, -1 with one line already printed to stderr.
 */
#ifndef MKSTORE_H
#define MKSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A property as the recipe side knows it. Named ones carry set and lid or text. */
struct ms_prop {
    uint32_t tag;       /* id << 16 | type; for named ones the id is 0 */
    const uint8_t *set; /* 16 bytes, or NULL for a plain tag */
    uint32_t lid;       /* when text is NULL */
    const char *text;   /* name, UTF-8 */
    /* the value: strings as UTF-8 (the store side encodes them), multi-values as `count`
     * pieces, everything else as the little-endian bytes of [MS-OXCDATA] 2.11.1 */
    const void *data;
    size_t size;
    size_t count;             /* of a multi-value */
    const void *const *datas; /* of a multi-value with variable-size elements, else NULL: data holds them all */
    const size_t *sizes;
    /* a large value made on the fly: when not NULL, size bytes come from it in order */
    int (*generate)(void *state, uint64_t at, void *buf, size_t size);
    void *state;
};

struct ms_props {
    struct ms_prop *list;
    size_t count;
};

struct ms_item;

struct ms_attachment {
    struct ms_props props;
    const struct ms_item *embedded; /* attach method 5, or NULL */
};

/* What is left of an item that was deleted; docs/recipes.md. */
enum ms_deleted { MS_LIVES, MS_UNLISTED, MS_OLD, MS_BLOCK, MS_EARLIER, MS_ROW, MS_PAGE };

struct ms_item {
    const char *message_class;
    bool associated;
    enum ms_deleted deleted;
    struct ms_props props;
    const struct ms_props *recipients;
    size_t recipient_count;
    const struct ms_attachment *attachments;
    size_t attachment_count;
    uint32_t nid; /* out: what the store side named it (for entry ids of later items); 0 before */
};

struct ms_folder {
    const char *const *path; /* from below the visible root; depth 0 = the root itself */
    size_t depth;
    bool system; /* outside the visible root ("Freebusy Data") */
    bool search; /* a search folder */
    const char *container_class;
    struct ms_props props; /* security descriptor, ACL data ... */
    uint32_t nid;          /* out */
};

enum ms_layout { MS_UNICODE, MS_ANSI, MS_4K };
enum ms_crypt { MS_CRYPT_NONE, MS_CRYPT_PERMUTE, MS_CRYPT_CYCLIC };

struct ms_store {
    enum ms_layout layout;
    enum ms_crypt crypt;
    unsigned wver;     /* 0 = the usual of the layout: 23, 14, 36 */
    unsigned codepage; /* of an ANSI store */
    const char *name;  /* display name */
    const char *owner_smtp, *owner_dn, *owner_name;
    uint64_t seed;
    bool deflate;           /* 4k: compress blocks */
    uint8_t record_key[16]; /* out: for entry ids; made from the seed */
    struct ms_props props;
    uint8_t owner_sid[68]; /* as stored; size 0: unknown */
    size_t owner_sid_size;
    const struct ms_exchange *exchange; /* of databases, see exchange.h */
    bool is_public;                     /* this mailbox is that of the public folders */
};

struct ms_writer; /* private to a store side */

/* A store format that can be written. Items stream: memory must not grow with their
 * bodies or attachments, and stay under 256 MiB for a million items. */
struct ms_writer_ops {
    const char *name; /* "pst" */
    struct ms_writer *(*begin)(const char *path, struct ms_store *store);
    /* What follows belongs to the mailbox of another owner. NULL: the format holds one. */
    int (*mailbox)(struct ms_writer *w, const struct ms_store *store);
    /* Folders come parents first; may be opened again later to append to. */
    int (*folder)(struct ms_writer *w, struct ms_folder *folder);
    int (*item)(struct ms_writer *w, struct ms_item *item); /* into the folder of the last call */
    /* Text of a message as it came, for a streaming file. NULL: the format has none. */
    int (*stream)(struct ms_writer *w, const void *text, size_t size);
    /* The entry id of an item, by what came out as nid; returns its size, 128 at most. NULL: record key and nid. */
    size_t (*entry_id)(struct ms_writer *w, uint32_t folder, uint32_t item, uint8_t *out);
    int (*end)(struct ms_writer *w);    /* finishes the file; frees */
    void (*abort)(struct ms_writer *w); /* removes it; frees */
};

extern const struct ms_writer_ops ms_pst_writer, ms_exchange_writer, ms_exchange13_writer, ms_exchange10_writer;
/* Whether 8-bit texts can be written in that code page. */
bool ms_pst_codepage(unsigned codepage);

/* Damage, after the store is whole. `what` is the text of a recipe's damage line, e.g.
 * "cut 100000", "crc block 0x2002"; each is reproducible. */
int ms_pst_damage(const char *path, const char *what, uint64_t seed);

#endif
