/*
 * exchange_int.h - what the parts of the Exchange writer share. From the bytes up: names (of tables and
 * columns), props (properties as column values), item (messages), folder (the tree, mailboxes), stm, exchange
 * (operations).
 *
 * Messages stream: a row of Msg, rows of Attachments. A folder's table is written at the end from
 * a sorted spool, so that memory holds only folders and mailboxes, some hundred bytes each.
 */
#ifndef MS_EXCHANGE_INT_H
#define MS_EXCHANGE_INT_H

#include "ese_int.h"
#include "exchange.h"
#include "mem.h"
#include "mkstore.h"

enum xc_role { XC_GLOBAL, XC_MAILBOXES, XC_FOLDERS, XC_MESSAGES, XC_CONTENTS, XC_ATTACHMENTS, XC_NAMES, XC_ROLES };

/* How a column holds its values. */
enum xc_form {
    XC_BE64,
    XC_LE64,
    XC_UTF16,
    XC_ANSI,
    XC_RAW,
    XC_FILETIME,
    XC_BOOL,
    XC_I32,
    XC_I16,
    XC_GUID,
    XC_DOUBLE,
    XC_FORMS
};

/* A column is known by its type letter and property id; those of the names' table by '#' and a number. */
#define XC_KEY(letter, id) ((uint32_t)(letter) << 16 | (uint32_t)(id))
#define XC_MULTI           0x80000000u
#define XC_NAME_ID         XC_KEY('#', 1)
#define XC_NAME_KIND       XC_KEY('#', 2)
#define XC_NAME_LID        XC_KEY('#', 3)
#define XC_NAME_SET        XC_KEY('#', 4)
#define XC_NAME_TEXT       XC_KEY('#', 5)

/* --- exchange_names.c ---------------------------------------------------------------------- */

#define XC_FIELDS 32u

struct xc_names {
    struct ms_mem mem;
    const char *tables[XC_ROLES], *patterns[XC_ROLES]; /* patterns of property columns */
    const char *template, *folder;                     /* contents: template table, name pattern of a folder's */
    struct {
        const char *name;
        enum xc_form form;
    } fields[XC_FIELDS];
};

/* Usual names, then those of the profile file, if any. false: one line printed. */
bool xc_names_begin(struct xc_names *n, const char *profile);
/* The name and form of a column; narrow: texts in 8 bits. */
const char *xc_column_name(struct xc_names *n, enum xc_role role, uint32_t key, bool narrow, enum xc_form *form);
const char *xc_folder_table(const struct xc_names *n, struct ms_mem *mem, uint64_t id);

/* --- exchange_props.c ---------------------------------------------------------------------- */

struct xc_column {
    uint32_t key;
    enum xc_form form;
    const void *fallback;
    size_t fallback_size;
    uint64_t row; /* the last row that had it, and where */
    size_t at;
};

#define XC_HASH 8192u

struct xc_table {
    enum xc_role role;
    struct ms_ese_table *ese;
    struct xc_column *list;
    size_t count, room;
    uint16_t hash[XC_HASH];
};

/* A table, with the columns of its role. own: how many of them are no template's. NULL: failed. */
struct xc_table *xc_table_new(struct ms_writer *w, enum xc_role role);
void xc_table_free(struct xc_table *t);
/* A table derived from that of the contents. */
struct ms_ese_table *xc_table_derived(struct ms_writer *w, const char *name);

struct xc_row {
    struct ms_writer *w;
    struct xc_table *t;
    unsigned codepage; /* of 8-bit texts */
    struct ms_ese_value *values;
    size_t count, room;
    uint64_t number;
};

void xc_row_begin(struct xc_row *r, struct ms_writer *w, struct xc_table *t);
void xc_number(struct xc_row *r, uint32_t key, uint64_t v);
void xc_text(struct xc_row *r, uint32_t key, const char *utf8); /* NULL: nothing */
void xc_bytes(struct xc_row *r, uint32_t key, const void *data, size_t size);
void xc_multi(struct xc_row *r, uint32_t key, const struct ms_bytes *list, size_t count);
void xc_props(struct xc_row *r, const struct ms_props *props);
int xc_row_end(struct xc_row *r, struct ms_ese_table *into, bool deleted);

/* The id of a property, named ones by the store's map. */
unsigned xc_prop_id(struct ms_writer *w, const struct ms_prop *p);
const struct ms_prop *xc_find(const struct ms_props *props, unsigned id);
int xc_names_write(struct ms_writer *w);
void xc_named_free(struct ms_writer *w);

/* Text in a code page; what it lacks becomes `?`. */
void xc_put_narrow(struct ms_writer *w, struct ms_bytes *out, unsigned codepage, const char *utf8);

/* --- exchange_item.c ----------------------------------------------------------------------- */

/* How a hidden item is marked: in its folder's row, by its flags, or both. */
bool xc_hidden_row(const struct ms_writer *w, const struct ms_item *item);
bool xc_hidden_flag(const struct ms_writer *w, const struct ms_item *item);
int xc_message(struct ms_writer *w, const struct ms_item *item, uint64_t id, uint64_t folder);
int xc_deleted(struct ms_writer *w, uint64_t id, uint64_t folder);

/* --- exchange_folder.c --------------------------------------------------------------------- */

struct xc_folder {
    uint64_t id;
    size_t parent; /* index; its own at a root */
    size_t mailbox;
    const char *name, *container_class;
    struct ms_props props;
    bool search;
    uint32_t items, associated, children;
};

struct xc_mailbox {
    const char *name, *dn, *smtp;
    uint8_t sid[68], guid[16];
    size_t sid_size;
    size_t root, visible, hidden, first; /* indexes of folders; first: of this mailbox */
    uint64_t freebusy;                   /* the delegates' message, or 0 */
    size_t freebusy_folder;
};

int xc_mailbox_begin(struct ms_writer *w, const struct ms_store *store);
int xc_folder_find(struct ms_writer *w, const struct ms_folder *folder, size_t *index);
/* A row for the folder's table. */
int xc_contents_add(struct ms_writer *w, size_t folder, uint64_t id, const struct ms_item *item, bool deleted);
/* More room for a list; NULL: none, w->failed is set. */
void *xc_grown(struct ms_writer *w, void *list, size_t count, size_t *room, size_t size);
int xc_folders_write(struct ms_writer *w);
int xc_mailboxes_write(struct ms_writer *w);
int xc_reads_write(struct ms_writer *w);
int xc_global_write(struct ms_writer *w);
size_t xc_entry_id(struct ms_writer *w, uint64_t folder, uint64_t message,
                   uint8_t *out); /* message 0: the folder's */

/* --- exchange_stm.c ------------------------------------------------------------------------ */

int xc_stm_text(struct ms_writer *w, const void *text, size_t size); /* spooled until the end */
int xc_beside_write(struct ms_writer *w);                            /* the database is finished */
void xc_stm_remove(struct ms_writer *w);

/* --- exchange.c ---------------------------------------------------------------------------- */

/* An id: u16 replica, 6 bytes counter. */
enum {
    XC_REPLID = 1,
    XC_FIRST = 0x13,
    XC_STEP = 1024,
    XC_ENTRY_ID = 70,
    XC_NAMED = 0x8003 /* first id of a named property */
};

struct xc_named {
    uint8_t set[16];
    uint32_t lid;
    char *text;
};

struct ms_writer {
    struct ms_store *store;
    struct ms_exchange x;
    char *path;
    bool failed;
    struct ms_ese_options options;
    struct ms_ese_db *db;
    struct xc_names names;
    struct xc_table *tables[XC_ROLES];
    uint64_t last_id, row, ordinal; /* id given out, rows made, items taken */
    unsigned step;                  /* from id to id */
    uint8_t guid[16];               /* of the database */
    struct xc_folder *folders;
    size_t folder_count, folder_room, current;
    struct xc_mailbox *mailboxes;
    size_t mailbox_count, mailbox_room;
    struct ese_sort *contents;
    uint64_t *shared; /* ids of the first mailbox's items */
    size_t shared_count, shared_room, shared_at;
    struct xc_named *named;
    size_t named_count, named_room;
    uint32_t *named_hash;
    unsigned codepage; /* of the open converter */
    void *converter;
    struct ms_mem keep, scratch; /* of the store; of the item */
    FILE *streams;
    uint32_t stream_pages;
};

static inline unsigned xc_replid(uint64_t id) { return (unsigned)(id >> 48); }
static inline uint64_t xc_counter(uint64_t id) { return id & 0xffffffffffff; }

static inline uint64_t xc_next(struct ms_writer *w) { return w->last_id += w->step; }

int xc_fail(const struct ms_writer *w, const char *what);

#endif
