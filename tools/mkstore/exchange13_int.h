/*
 * exchange13_int.h - what the parts of the writer for Exchange 2013 and later share. From the bytes up: blob
 * (property blobs), schema (tables, rows), item (messages, attachments), folder (mailboxes, folders,
 * names), exchange13 (operations).
 *
 * Each mailbox has tables of its own; they end when the next mailbox begins, so that memory holds the folders and
 * names of one mailbox, and a row for each. Layout: docs/formats/edb-2013-fixtures.md.
 */
#ifndef MS_EXCHANGE13_INT_H
#define MS_EXCHANGE13_INT_H

#include "ese_int.h"
#include "exchange.h"
#include "mem.h"
#include "mkstore.h"
#include "props.h"

struct ms_writer;

/* --- exchange13_blob.c --------------------------------------------------------------------- */

enum { XM_SLOTS = 20, XM_INLINE_MOST = 2048, XM_OFFPAGE_FROM = 257 };

/* The properties of a row as its columns hold them. Empty blobs have no bytes. */
struct xm_packed {
    struct ms_bytes main, off, large;
    struct ms_bytes slots[XM_SLOTS];
    size_t slot_count;
};

/* off_page: the row has a second blob. */
void xm_pack(struct ms_writer *w, const struct ms_props *props, bool off_page, struct xm_packed *out);
/* A 64-bit value with its marker, and a 32-bit one. */
void xm_put_i64(struct ms_bytes *out, int64_t v);
void xm_put_i32(struct ms_bytes *out, int32_t v);
void xm_put_binary(struct ms_bytes *out, const void *data, size_t size);

/* --- exchange13_schema.c ------------------------------------------------------------------- */

enum xm_table { XM_MAILBOX, XM_IDENTITY, XM_NAMES, XM_FOLDER, XM_MESSAGE, XM_ATTACHMENT, XM_TABLES };

/* Columns, in the order of their tables. */
enum {
    XB_NUMBER,
    XB_GUID,
    XB_OWNER,
    XB_INSTANCE,
    XB_MAPPING,
    XB_TYPE,
    XB_ARCHIVE,
    XB_OWNER_NAME,
    XB_NAME,
    XB_BLOB
};
enum { XI_NUMBER, XI_LOCAL };
enum { XN_NUMBER, XN_GUID, XN_DISPID, XN_NAME };
enum {
    XF_ID,
    XF_PARENT,
    XF_SPECIAL,
    XF_MESSAGES,
    XF_HIDDEN,
    XF_FOLDERS,
    XF_SOURCE_KEY,
    XF_CHANGE_KEY,
    XF_CREATOR,
    XF_MODIFIER,
    XF_NAME,
    XF_COMMENT,
    XF_CLASS,
    XF_EXTENSION,
    XF_DELTA,
    XF_BLOBS
};
enum {
    XG_ID,
    XG_HIDDEN,
    XG_READ,
    XG_ATTACHMENTS,
    XG_IMPORTANCE,
    XG_SENSITIVITY,
    XG_BODY_TYPE,
    XG_RECEIVED,
    XG_SENT,
    XG_CREATED,
    XG_MODIFIED,
    XG_SIZE,
    XG_MESSAGE_ID,
    XG_FOLDER,
    XG_CLASS,
    XG_PREFIX,
    XG_TO,
    XG_RECIPIENTS,
    XG_BODY,
    XG_CHILDREN,
    XG_BLOBS
};
enum {
    XA_INID,
    XA_EMBEDDED,
    XA_METHOD,
    XA_SIZE,
    XA_ID,
    XA_NAME,
    XA_TYPE,
    XA_CONTENT,
    XA_RECIPIENTS,
    XA_CHILDREN,
    XA_BLOBS
};

enum { XM_COLUMNS = 48 };

/* A table of the database, or of mailbox `number`. NULL: failed. */
struct ms_ese_table *xm_table_new(struct ms_writer *w, enum xm_table which, unsigned number);

struct xm_row {
    struct ms_writer *w;
    enum xm_table which;
    size_t count;
    struct ms_ese_value values[XM_COLUMNS];
};

void xm_row_begin(struct xm_row *r, struct ms_writer *w, enum xm_table which);
void xm_number(struct xm_row *r, unsigned column, uint64_t v);
void xm_text(struct xm_row *r, unsigned column, const char *utf8); /* NULL: nothing */
void xm_bytes(struct xm_row *r, unsigned column, const void *data, size_t size);
void xm_multi(struct xm_row *r, unsigned column, const struct ms_bytes *list, size_t count);
void xm_piece(struct xm_row *r, unsigned column, const struct ms_ese_piece *piece);
/* The columns of the blobs, the first of which is `column`. */
void xm_blobs(struct xm_row *r, unsigned column, const struct xm_packed *packed);
int xm_row_end(struct xm_row *r, struct ms_ese_table *table, bool deleted);

/* --- exchange13_item.c --------------------------------------------------------------------- */

int xm_message(struct ms_writer *w, const struct ms_item *item, uint64_t id, const uint8_t *folder);
int xm_deleted(struct ms_writer *w, const uint8_t *folder);
/* NULL: no such property. */
const struct ms_prop *xm_find(const struct ms_props *props, unsigned id);
/* All properties but those in a list that ends in 0. */
void xm_others(struct ms_bag *bag, const struct ms_props *props, const unsigned *without);

/* --- exchange13_folder.c ------------------------------------------------------------------- */

enum { XM_ID = 26, XM_ENTRY_ID = 70, XM_FIRST_MAILBOX = 100, XM_FIRST_NAME = 0x8000 };

struct xm_folder {
    uint64_t id;
    size_t parent; /* index; its own at the root */
    const char *name, *container_class;
    struct ms_props props;
    bool search;
    uint32_t items, hidden, children;
};

/* What a row of Mailbox says. */
struct xm_mailbox {
    const char *name, *dn, *smtp;
    uint8_t sid[68], guid[16], local[16], owner[16];
    size_t sid_size;
    bool is_public;
};

struct xm_name {
    uint8_t set[16];
    uint32_t lid;
    char *text;
};

int xm_mailbox_begin(struct ms_writer *w, const struct ms_store *store);
int xm_mailbox_end(struct ms_writer *w); /* folders, names; its tables end */
int xm_mailboxes_write(struct ms_writer *w);
int xm_folder_find(struct ms_writer *w, const struct ms_folder *folder, size_t *index);
void xm_folder_id(const struct ms_writer *w, size_t folder, uint8_t *out);
void xm_put_id(const struct ms_writer *w, uint8_t *out, uint64_t counter, unsigned kind);
size_t xm_entry_id(const struct ms_writer *w, uint64_t folder, uint64_t message, uint8_t *out); /* message or 0 */
/* The number of a property, named ones by the mailbox's map. */
unsigned xm_prop_id(struct ms_writer *w, const struct ms_prop *p);

/* --- exchange13.c -------------------------------------------------------------------------- */

struct ms_writer {
    struct ms_store *store;
    struct ms_exchange x;
    char *path;
    bool failed;
    struct ms_ese_db *db;
    struct ms_ese_table *tables[XM_TABLES]; /* of the open mailbox */
    uint64_t blobs, ordinal;                /* packed, items taken */
    struct xm_mailbox *mailboxes;           /* the last one is open */
    size_t mailbox_count, mailbox_room;
    /* of the open mailbox */
    struct ms_mem box, scratch; /* scratch: of the item */
    struct ms_mem keep;         /* of the store */
    struct xm_folder *folders;
    size_t folder_count, folder_room, current, root, visible, hidden;
    uint64_t last_id, last_inid, freebusy; /* freebusy: the delegates' message, or 0 */
    uint32_t last_document;
    size_t freebusy_folder;
    struct xm_name *names;
    size_t name_count, name_room;
    uint32_t *name_hash;
};

static inline unsigned xm_number_of(const struct ms_writer *w)
{
    return XM_FIRST_MAILBOX + (unsigned)w->mailbox_count - 1;
}

int xm_fail(struct ms_writer *w, const char *what);
/* More room for a list; NULL: none, w->failed is set. */
void *xm_grown(struct ms_writer *w, void *list, size_t count, size_t *room, size_t size);

#endif
