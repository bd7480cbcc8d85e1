/*
 * exchange.h - what the parts of the readers of Exchange stores share.
 *
 * Layer: above the engine (ese.h) and the profile. Tables are found by their role and
 * read by field and property, never by a name that is written in code. Ids of folders and
 * messages are 64 bits: 16 of the replica number, 48 of a counter. Two schemas are known,
 * 2000 to 2007 with one set of tables, 2013 and later with a set for each mailbox; values,
 * names, streams and the tree of folders are the same for both.
 */
#ifndef EDB_EXCHANGE_H
#define EDB_EXCHANGE_H

#include "ese.h"
#include "pimlift.h"
#include "profile.h"
#include "report.h"
#include "sorter.h"
#include "stm.h"
#include "text.h"

enum exchange_how { EXCHANGE_MISSING, EXCHANGE_PROFILE, EXCHANGE_DISCOVERED };

/* A property of a column, by the column's place in its table. */
struct exchange_property {
    uint32_t tag; /* 0: this column is no property */
    uint16_t pid;
    enum edb_encoding encoding;
    const struct pl_name *name;
};

struct exchange_binding {
    const struct ese_column *column; /* or NULL */
    enum edb_encoding encoding;
};

/* A table in its role. */
struct exchange_table {
    enum edb_role role;
    enum exchange_how how;
    const struct edb_part *part;
    struct ese_table table; /* open unless how is EXCHANGE_MISSING */
    struct exchange_binding fields[EDB_FIELDS];
    struct exchange_property *properties; /* by place of the column; NULL: none */
    const struct ese_index *by_id;        /* of the field that finds a row, or NULL */
};

/* A row that was sought. */
struct exchange_row {
    struct ese_cursor cursor;
    struct ese_record record;
};

struct exchange_named {
    uint16_t id;
    uint16_t pid;
    struct pl_name name;
};

struct exchange;

struct exchange_replid {
    uint8_t guid[16];
    uint16_t number;
};

enum { EXCHANGE_CLASS = 0x001a, EXCHANGE_FLAGS = 0x0e07, EXCHANGE_ASSOCIATED = 0x40 }; /* two properties, a flag */

/* 2013: the messages of a folder. */
struct mail_counts {
    uint64_t normal, hidden;
    uint64_t stated; /* of both, by the folder itself; 0: it does not say */
    uint32_t window; /* in which they were held last */
};

#define EXCHANGE_NOWHERE UINT32_MAX
struct exchange_folder {
    uint64_t id, parent_id;
    uint32_t parent, child, sibling;
    uint32_t mailbox; /* place, or EXCHANGE_NOWHERE */
    uint32_t mark;    /* of the walk that settled its parent */
    bool is_root;     /* of a mailbox */
    bool rooted;      /* it, or a folder above it, is one */
    bool visible;     /* to the user */
    bool unlisted;    /* it has items that nothing lists: they are lost */
    bool counted;     /* its contents were, and are in the balance */
    uint64_t balance; /* of what it lists and what calls it home: exchange_orphans.c */
    uint32_t key_at;  /* 2013: the key of its row, in what `later` keeps */
    uint16_t key_size;
    int16_t special; /* 2013: number of a default folder, or 0 */
    struct mail_counts mail;
};

struct exchange_mailbox {
    struct pl_mailbox mailbox;
    uint64_t root_id;
    uint8_t guid[16];
    uint32_t number; /* 2013: in the names of its tables */
    bool wanted;
    uint32_t root;    /* places of folders, or EXCHANGE_NOWHERE */
    uint32_t visible; /* what a user sees is below it */
};

struct exchange_contents {
    struct ese_table table;
    struct ese_cursor cursor;
    bool open, hidden; /* hidden: the second pass, for associated items */
    bool has_hidden;   /* there is something for it */
    uint32_t folder;
    struct exchange_binding message, associated;
    struct exchange_binding class, flags; /* when the folder's table has them */
};

/* A long value that is being read. */
struct exchange_stream {
    struct ese_lv lv;
    bool open;
    struct pl_stream of;
};

/* Messages that no folder lists, found by a walk over all messages. */
#define EXCHANGE_ORPHANS "orphans"
#define EXCHANGE_RECENT  8
struct exchange_orphans {
    struct ese_cursor cursor;
    bool open, given;
    struct exchange_contents recent[EXCHANGE_RECENT]; /* contents of folders that were asked lately */
    unsigned next;                                    /* the one to give way */
};

/* iCalendar in the streaming file: a folder of its own, with --recover. */
#define EXCHANGE_STM "stm"
struct exchange_stm {
    struct pl_source file;
    struct stm_search search;
    enum stm_state state; /* as it was when the database was opened */
    bool tried, open, given, reading;
    struct pl_bytes text; /* of the item at hand, in UTF-8 */
};

/* Deleted messages, with --recover: exchange_recover.c */
#define EXCHANGE_DELETED   "deleted:"   /* before the key of a message */
#define EXCHANGE_RECOVERED "recovered/" /* before that of a folder */
struct exchange_recovery {
    struct ese_remains *remains;
    struct pl_sorter *items; /* by home folder */
    uint64_t next;           /* first item of the next folder */
    uint64_t at, end;        /* of the open folder */
    bool begun, failed, open;
    uint32_t mailbox; /* 2013: whose items */
};

/* What differs between the schemas. */
struct exchange_schema {
    const char *profile; /* the built-in one */
    enum pl_status (*open)(struct exchange *x);
    enum pl_status (*next_folder)(struct exchange *x, struct pl_folder *out);
    enum pl_status (*open_folder)(struct exchange *x, const char *key);
    enum pl_status (*next_item)(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out);
    enum pl_status (*open_item)(struct exchange *x, const char *key, struct pl_item *out);
    void (*close)(struct exchange *x);
    /* Asked by exchange_folders.c of the folder at a place. PL_END: it has no row. */
    void (*folder_key)(const struct exchange *x, uint32_t place, char out[PL_KEY_MAX]);
    enum pl_status (*folder_bag)(struct exchange *x, uint32_t place, struct pl_bag *out, uint64_t *offset);
    enum pl_status (*items_count)(struct exchange *x, uint32_t place, uint64_t *normal, uint64_t *hidden);
};
extern const struct exchange_schema exchange_schema_2000, exchange_schema_2013;

#define EXCHANGE_FACTS 32
struct exchange {
    struct pl_reader *r;
    struct ese_db db;
    bool is_open;
    const struct exchange_schema *schema;
    struct edb_profile profile;
    struct exchange2013 *later; /* what only the schema of 2013 needs; or NULL */
    struct pl_arena *arena;     /* of what lives as long as the tables: of the store, or of the mailbox at hand */
    struct exchange_table tables[EDB_ROLES]; /* but of EDB_CONTENTS, which are many; of 2013, those at hand */
    enum exchange_how contents_how;
    struct exchange_replid *replids;
    size_t replid_count;
    struct exchange_named *names; /* by id */
    size_t name_count;
    struct exchange_mailbox *mailboxes;
    uint32_t mailbox_count, mailbox_room;
    struct exchange_folder *folders; /* by id */
    uint32_t folder_count, folder_room;
    uint32_t at_mailbox, at_folder;
    bool begun, saw_calendar;
    struct exchange_binding class, flags; /* of messages */
    struct exchange_contents contents;
    struct exchange_stream stream;
    struct exchange_orphans orphans;
    struct exchange_stm stm;
    struct exchange_recovery recovery;
    struct pl_text *text;
    struct {
        uint64_t recipients, attachments;
    } unread;          /* items whose parts have no column or table; told at the end */
    bool degraded;     /* of the object at hand */
    unsigned told;     /* what is said once for a folder, or a store */
    unsigned codepage; /* of the message around it, or 0 */
    char key[PL_KEY_MAX];
    struct pl_fact facts[EXCHANGE_FACTS];
};

static inline struct exchange *exchange_of(struct pl_reader *r) { return r->state; }
static inline uint64_t exchange_be64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}
static inline uint16_t exchange_replid_of(uint64_t id) { return (uint16_t)(id >> 48); }
static inline uint64_t exchange_counter_of(uint64_t id) { return id & 0xffffffffffffu; }

/* exchange.c: the database is open; `schema` is the one of its kind, a profile of the caller's may call for
 * the other. PL_STOP: filed. To be closed in any case. */
PL_MUST_USE enum pl_status exchange_open(struct exchange *x, const struct exchange_schema *schema);
void exchange_close(struct exchange *x);

/* exchange_roles.c: finds the tables. */
PL_MUST_USE enum pl_status exchange_roles_find(struct exchange *x);
void exchange_roles_close(struct exchange *x);
/* Closes the table of a role, with all that points into it: the role has none then. */
void exchange_table_drop(struct exchange_table *t);
/* The row whose id is that one. PL_END: none. The cursor is to be closed in any case. */
PL_MUST_USE enum pl_status exchange_row_find(struct exchange *x, enum edb_role role, uint64_t id,
                                             struct exchange_row *out);
/* Adds the id to the key of an index that begins with that column. */
void exchange_key_add(struct ese_key *key, const struct exchange_binding *b, uint64_t id);
void exchange_row_close(struct exchange_row *row);
/* Visits all rows of the table of that role that can be read, in the order of their keys. PL_END from visit ends
 * it. PL_STOP: from visit, or the walk can't go on; filed. PL_OK also when there is no such table. */
typedef enum pl_status exchange_row_visit(struct exchange *x, const struct ese_node *node,
                                          const struct ese_record *r, void *data);
PL_MUST_USE enum pl_status exchange_rows_visit(struct exchange *x, enum edb_role role, exchange_row_visit *visit,
                                               void *data);
/* How columns of properties are named in tables of that role. */
const char *exchange_pattern(const struct exchange *x, enum edb_role role);
/* Binds a column of another table (a folder's contents) to a field of that role. */
struct exchange_binding exchange_bind(const struct exchange *x, enum edb_role role, const struct ese_table *t,
                                      enum edb_field field);

/* exchange_value.c: cells to values. */
/* false: absent, NULL, or of a type that does not fit. */
bool exchange_id(struct exchange *x, const struct ese_record *r, struct exchange_binding b, uint64_t *out);
bool exchange_integer(struct exchange *x, const struct ese_record *r, struct exchange_binding b, int64_t *out);
/* Into the arena; *out is empty when absent. PL_LOST: out of memory, or the value is lost; filed. */
PL_MUST_USE enum pl_status exchange_bytes(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                                          struct pl_arena *a, struct pl_bytes *out);
/* Text that lies in the record itself, of any table; NULL: it does not, or there is no memory for it. */
const char *exchange_text_here(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                               struct pl_arena *a);
/* The same of one value of several, wherever it is stored; too large ones are PL_LOST. */
PL_MUST_USE enum pl_status exchange_piece(struct exchange *x, const struct exchange_table *t,
                                          const struct ese_value *v, struct pl_arena *a, struct pl_bytes *out);
/* The i-th value of any column, as bytes or as a promise of them. PL_END: there is none. */
PL_MUST_USE enum pl_status exchange_stored(struct exchange *x, const struct ese_record *r,
                                           const struct ese_column *c, unsigned i, struct pl_arena *a,
                                           struct pl_bytes *out, struct pl_stream *stream);
/* "" when absent; NULL: out of memory. */
const char *exchange_text(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                          struct pl_arena *a);
/* All properties of a row. */
PL_MUST_USE enum pl_status exchange_bag(struct exchange *x, const struct exchange_table *t,
                                        const struct ese_record *r, struct pl_arena *a, struct pl_bag *out);
/* What 8-bit strings of a row are in; 0: nobody knows. */
unsigned exchange_codepage(struct exchange *x, const struct exchange_table *t, const struct ese_record *r);
PL_MUST_USE enum pl_status exchange_read(struct exchange *x, const struct pl_stream *stream, uint64_t at, void *buf,
                                         size_t cap, size_t *got);
void exchange_stream_close(struct exchange *x);
/* What was promised, at once. */
PL_MUST_USE enum pl_status exchange_stream_load(struct exchange *x, const struct pl_stream *stream,
                                                struct pl_arena *a, struct pl_bytes *out);
/* Decodes one property out of its bytes, as PST and recipients have them: strings in UTF-16 or in 8 bits,
 * numbers little-endian. `bytes` must live in the arena. */
PL_MUST_USE enum pl_status exchange_value(struct exchange *x, uint32_t tag, struct pl_bytes bytes,
                                          unsigned codepage, struct pl_arena *a, struct pl_value *out);
enum pl_status exchange_no_memory(struct exchange *x);

/* exchange_names.c: ids from 0x8000, and replica numbers. */
PL_MUST_USE enum pl_status exchange_names_load(struct exchange *x);
/* Tells the columns of all roles which property they are; after the names are known. */
PL_MUST_USE enum pl_status exchange_properties_bind(struct exchange *x);
/* The column of a table that is that property; its column is NULL: none. */
struct exchange_binding exchange_property_find(const struct exchange *x, const struct ese_table *t, uint16_t id);
const struct exchange_named *exchange_name_find(const struct exchange *x, uint16_t id);
PL_MUST_USE enum pl_status exchange_replids_load(struct exchange *x);
/* The number of a replica, which is given one if it has none. 0: out of memory, or too many. */
uint16_t exchange_replid(struct exchange *x, const uint8_t *guid);
/* The id in an entry id of a folder (46 bytes) or message (70 bytes): [MS-OXCDATA] 2.2.4; false: of
 * another form, or of another store. */
bool exchange_entry_id(const struct exchange *x, struct pl_bytes entry, bool message, uint64_t *out);

/* exchange_folders.c */
PL_MUST_USE enum pl_status exchange_folders_load(struct exchange *x);
uint32_t exchange_folder_find(const struct exchange *x, uint64_t id);
/* The folder at a place, as it is without regard to what was deleted. */
PL_MUST_USE enum pl_status exchange_folder_fill(struct exchange *x, uint32_t place, struct pl_folder *out);
/* The next folder of all that are loaded; PL_END after the last. */
PL_MUST_USE enum pl_status exchange_folder_walk(struct exchange *x, struct pl_folder *out);
void exchange_folders_free(struct exchange *x);
/* The folder that the walk gives after that one, of one mailbox. */
uint32_t exchange_folder_after(const struct exchange *x, uint32_t place);
/* What exchange_folders_load() is made of, for a schema that loads mailbox by mailbox. NULL, PL_STOP: filed. */
struct exchange_mailbox *exchange_mailbox_new(struct exchange *x);
PL_MUST_USE enum pl_status exchange_folder_add(struct exchange *x, struct exchange_folder folder);
/* The folders that were added become the trees of the mailboxes from one place to before another. */
void exchange_tree_link(struct exchange *x, uint32_t from, uint32_t to);
void exchange_mailbox_settle(struct exchange *x, uint32_t place);

/* exchange_items.c */
PL_MUST_USE enum pl_status exchange_items_open(struct exchange *x, const char *key);
PL_MUST_USE enum pl_status exchange_items_next(struct exchange *x, const struct pl_wanted *wanted,
                                               struct pl_item *out);
PL_MUST_USE enum pl_status exchange_item_open(struct exchange *x, const char *key, struct pl_item *out);
void exchange_items_close(struct exchange *x);
/* PL_END: the folder has no table, as one that never held an item. To be closed in any case. */
PL_MUST_USE enum pl_status exchange_contents_open(struct exchange *x, uint32_t folder, struct exchange_contents *c);
void exchange_contents_close(struct exchange_contents *c);
/* Fills an item whose key is set. The properties decide; side parts that are lost degrade. */
PL_MUST_USE enum pl_status exchange_item_load(struct exchange *x, uint64_t id, const struct ese_record *r,
                                              struct pl_item *out);
/* "m1-2a" at *at, or with 'f' a folder, which is moved behind it; what follows is nothing or a slash. false: no id.
 */
bool exchange_key_id(const char **at, char kind, uint64_t *out);
void exchange_key_make(char out[PL_KEY_MAX], char kind, uint64_t id);
/* Listed as such, or by the message's own flags. */
bool exchange_is_hidden(struct exchange *x, const struct ese_record *r, bool listed);
/* Fills the item, unless nobody wants it: PL_END then. */
PL_MUST_USE enum pl_status exchange_deliver(struct exchange *x, uint64_t id, const struct ese_record *r,
                                            bool hidden, const struct pl_wanted *wanted, struct pl_item *out);
/* What an id weighs in the balance of a folder. */
uint64_t exchange_weight(uint64_t id);
/* After the last folder: how many items came without parts for which nothing was found. */
void exchange_unread_complain(struct exchange *x);
/* The items that the contents table of a folder lists; puts them into its balance. PL_END: it has no table. */
PL_MUST_USE enum pl_status exchange_items_count(struct exchange *x, uint32_t folder, uint64_t *normal,
                                                uint64_t *hidden);

/* exchange_orphans.c: of 2000 to 2007, only with all mailboxes, for a message does not tell its mailbox. */
PL_MUST_USE enum pl_status exchange_orphans_folder(struct exchange *x, struct pl_folder *out);
PL_MUST_USE enum pl_status exchange_orphans_open(struct exchange *x);
PL_MUST_USE enum pl_status exchange_orphans_next(struct exchange *x, const struct pl_wanted *wanted,
                                                 struct pl_item *out);
void exchange_orphans_close(struct exchange *x);
/* Whether nobody's folders are left out: what belongs to no folder may be told only then. */
bool exchange_has_all(const struct exchange *x);
/* Whether messages tell their folder, and folders what they list. */
bool exchange_has_homes(const struct exchange *x);
/* Whose they are then; NULL: of one of several. */
const struct pl_mailbox *exchange_only_mailbox(const struct exchange *x);

/* exchange_recover.c */
/* While it is on, rows and long values are those that were deleted. Returns what it was. */
bool exchange_recover_mode(struct exchange *x, bool on);
PL_MUST_USE enum pl_status exchange_recover_folder(struct exchange *x, struct pl_folder *out);
/* PL_END: no key of such a folder. */
PL_MUST_USE enum pl_status exchange_recover_open(struct exchange *x, const char *key);
PL_MUST_USE enum pl_status exchange_recover_next(struct exchange *x, const struct pl_wanted *wanted,
                                                 struct pl_item *out);
/* By its key, "deleted:m1-2a". */
PL_MUST_USE enum pl_status exchange_recover_item(struct exchange *x, const char *key, struct pl_item *out);
void exchange_recover_close(struct exchange *x);
/* The parts that both schemas need. Where items of the folder at a place were, below a first name; of a folder that
 * is not known the other name. It keeps no rights: what was deleted is nobody's to see. */
PL_MUST_USE enum pl_status exchange_recover_fill(struct exchange *x, uint32_t place, const char *otherwise,
                                                 const struct pl_mailbox *mailbox, struct pl_folder *out);
/* Evidence of an item that was loaded, and the confidence that it allows. */
void exchange_recover_mark(struct exchange *x, struct pl_item *out);
/* Files what was found. PL_OK. */
enum pl_status exchange_recover_tell(struct exchange *x);
/* Puts what was found in order; full: it was more than there is room for, which is told. */
PL_MUST_USE enum pl_status exchange_recover_sort(struct exchange *x, bool full);
/* What loading an item ended with, for the caller of next: marked, or PL_END with nothing of it kept. */
PL_MUST_USE enum pl_status exchange_recover_given(struct exchange *x, enum pl_status loaded, struct pl_item *out);

/* exchange_stm.c: also only with all mailboxes. */
PL_MUST_USE enum pl_status exchange_stm_folder(struct exchange *x, struct pl_folder *out);
/* Is there one? Files what is wrong with it. */
void exchange_stm_look(struct exchange *x);
PL_MUST_USE enum pl_status exchange_stm_open(struct exchange *x);
PL_MUST_USE enum pl_status exchange_stm_next(struct exchange *x, const struct pl_wanted *wanted,
                                             struct pl_item *out);
/* By its key, "stm:12+345". PL_END: nothing begins there. */
PL_MUST_USE enum pl_status exchange_stm_item(struct exchange *x, const char *key, struct pl_item *out);
/* Of the item at hand. */
size_t exchange_stm_read(const struct exchange *x, uint64_t at, void *buf, size_t cap);
void exchange_stm_close(struct exchange *x);

#endif
