/*
 * exchange2013.h - what the parts of the reader of Exchange 2013 and later share.
 *
 * Layer: inside the EDB reader, beside exchange.h, whose tables, names and folders are here
 * those of one mailbox: the mailbox at hand. It is entered when its turn comes, in one walk
 * over its folders and one over its messages, and left with all that was kept of it. Rows
 * are found again by the keys they have in their table, so no index has to be known.
 */
#ifndef EDB_EXCHANGE2013_H
#define EDB_EXCHANGE2013_H

#include "exchange.h"

#define STORE_ID      26u     /* bytes of an id: GUID, counter of six, two of zero, two more */
#define CLASS_UNKNOWN 0xffffu /* of an entry: look in its row */

/* A message, as the walk over all of them found it. */
struct mail_entry {
    uint64_t id;     /* of its MessageId, or 0 */
    uint32_t folder; /* place, or EXCHANGE_NOWHERE: an orphan */
    uint32_t number; /* MessageDocumentId */
    uint32_t key_at; /* in the keys of `mail` */
    uint16_t class;
    uint8_t key_size;
    bool hidden;
};

struct mail_key {
    uint8_t bytes[ESE_KEY_MOST];
    size_t size;
};

/* How far a folder was read that has more messages than are held at a time. */
struct mail_part {
    bool open, hidden; /* hidden: the second pass */
    uint32_t folder;
    struct mail_key behind; /* the last one */
};

/* A row of attachments. */
struct part_entry {
    uint64_t number; /* Inid */
    uint32_t key_at; /* in part_keys */
    uint8_t key_size;
};

struct key_store {
    uint8_t *bytes;
    size_t size, room;
};

#define CLASSES_MOST     1024u
#define EXCHANGE2013_IDS 8192u /* bytes, a bit for each property id */
struct exchange2013 {
    struct pl_arena arena; /* of the mailbox at hand */
    uint32_t *numbers;     /* of all mailboxes, in their order */
    size_t number_count;
    uint32_t current;        /* place of it, or EXCHANGE_NOWHERE */
    bool given;              /* its folders have all come */
    bool walking;            /* folder by folder: the mailbox at hand stays until its turn is over */
    struct pl_arena scratch; /* of a row on a walk */
    struct key_store keys, mail_keys;
    struct mail_entry *mail; /* by folder, normal before hidden, then as stored; all, or those of the window */
    size_t mail_count, mail_room;
    bool in_windows; /* the mailbox has more */
    bool torn;       /* its table is missing, or damage was met in it */
    uint32_t window; /* which one is held; 0: none */
    struct mail_counts orphans;
    struct mail_part part;
    struct mail_entry found; /* the last one that was sought and is in no window */
    struct mail_key found_key;
    uint32_t folder;          /* at hand */
    struct part_entry *parts; /* by number; of every part_step-th row */
    size_t part_count, part_room;
    struct key_store part_keys;
    uint64_t part_step, part_rows, part_last;
    bool parts_read, parts_mixed; /* mixed: numbers do not grow with keys */
    bool parts_dead;              /* what is known are deleted rows */
    const char **classes;
    unsigned class_count;
    size_t at, end;                                              /* of the folder at hand in `mail` */
    size_t steps;                                                /* left for readings of the object's blobs */
    uint8_t seen[EXCHANGE2013_IDS], elsewhere[EXCHANGE2013_IDS]; /* while a bag is made */
};

enum { /* bits of x->told */
       TOLD_FORM = 1,
       TOLD_TEXT = 2,
       TOLD_PARTS = 4
};

/* exchange2013_tables.c: the catalogue, and the tables of a mailbox. */
PL_MUST_USE enum pl_status exchange2013_open(struct exchange *x);
void exchange2013_close(struct exchange *x);
/* PL_LOST: it has no tables; filed. */
PL_MUST_USE enum pl_status exchange2013_enter(struct exchange *x, uint32_t mailbox);
void exchange2013_leave(struct exchange *x);
/* Keeps the key of a node. false: out of memory, or longer than any. */
bool exchange2013_key(struct key_store *k, const struct ese_node *node, uint32_t *at, size_t *size);
/* The row with that key. PL_END: none. To be closed in any case. */
PL_MUST_USE enum pl_status exchange2013_row(struct exchange *x, enum edb_role role, const uint8_t *key,
                                            size_t key_size, struct exchange_row *out);
/* The id in 26 bytes; false: of another form, or zero. */
bool exchange2013_id(struct exchange *x, struct pl_bytes stored, uint64_t *out);
uint32_t exchange2013_number(const struct exchange *x); /* of the mailbox at hand */

/* exchange2013_mail.c: which messages there are. */
PL_MUST_USE enum pl_status exchange2013_mail_read(struct exchange *x);
/* Begins with the messages of a folder, or the orphans; then one after the other. PL_END: no more. */
PL_MUST_USE enum pl_status exchange2013_mail_open(struct exchange *x, uint32_t folder);
PL_MUST_USE enum pl_status exchange2013_mail_next(struct exchange *x, const struct mail_entry **out);
/* By its id, unless that is 0, or by its number. NULL: none. */
const struct mail_entry *exchange2013_mail_find(struct exchange *x, uint64_t id, uint32_t number);
PL_MUST_USE enum pl_status exchange2013_mail_row(struct exchange *x, const struct mail_entry *e,
                                                 struct exchange_row *row);
/* How many more a folder of a damaged mailbox should have. */
uint64_t exchange2013_mail_missing(const struct exchange *x, uint32_t folder);
const char *exchange2013_class(struct exchange *x, const struct ese_record *r, struct pl_arena *a);
PL_MUST_USE enum pl_status exchange2013_items_count(struct exchange *x, uint32_t folder, uint64_t *normal,
                                                    uint64_t *hidden);

/* What a row says. false: it has no number, or a key that is too long. */
bool exchange2013_entry(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                        struct mail_entry *out);

/* exchange2013_recover.c: deleted messages of the mailbox at hand, after its folders. */
PL_MUST_USE enum pl_status exchange2013_recover_folder(struct exchange *x, struct pl_folder *out);
/* PL_END: no key of such a folder. */
PL_MUST_USE enum pl_status exchange2013_recover_open(struct exchange *x, const char *key);
PL_MUST_USE enum pl_status exchange2013_recover_next(struct exchange *x, const struct pl_wanted *wanted,
                                                     struct pl_item *out);
PL_MUST_USE enum pl_status exchange2013_recover_item(struct exchange *x, const char *key, struct pl_item *out);
/* The mailbox at hand is left. */
void exchange2013_recover_leave(struct exchange *x);
/* The trees of the messages and attachments of all mailboxes that are wanted: malloc'd. PL_STOP: filed. */
PL_MUST_USE enum pl_status exchange2013_trees(struct exchange *x, struct ese_tree **out, size_t *count);

/* exchange2013_items.c */
/* out->key is set. What belongs to it and is lost degrades it. */
PL_MUST_USE enum pl_status exchange2013_item_load(struct exchange *x, enum edb_role role,
                                                  const struct ese_record *r, bool with_parts, struct pl_item *out);
/* The message at the end of a way through attachments: "/5/9". */
PL_MUST_USE enum pl_status exchange2013_way(struct exchange *x, const char *way, struct exchange_row *row);
/* Enters the mailbox of that number, unless a walk over all folders is in another one. */
PL_MUST_USE enum pl_status exchange2013_ensure(struct exchange *x, unsigned number);
PL_MUST_USE enum pl_status exchange2013_items_open(struct exchange *x, const char *key);
PL_MUST_USE enum pl_status exchange2013_items_next(struct exchange *x, const struct pl_wanted *wanted,
                                                   struct pl_item *out);
PL_MUST_USE enum pl_status exchange2013_item_open(struct exchange *x, const char *key, struct pl_item *out);

/* exchange2013_parts.c: recipients, attachments, and the messages in them. */
PL_MUST_USE enum pl_status exchange2013_recipients(struct exchange *x, const struct exchange_table *t,
                                                   const struct ese_record *r, struct pl_item *out);
PL_MUST_USE enum pl_status exchange2013_attachments(struct exchange *x, const struct exchange_table *t,
                                                    const struct ese_record *r, struct pl_item *out);
/* The row of the message inside of an attachment. PL_END: none. To be closed in any case. */
PL_MUST_USE enum pl_status exchange2013_embedded(struct exchange *x, uint64_t number, struct exchange_row *out);

/* exchange2013_value.c: rows to bags. */
/* Columns and blobs; what several of them say counts once. */
PL_MUST_USE enum pl_status exchange2013_bag(struct exchange *x, const struct exchange_table *t,
                                            const struct ese_record *r, struct pl_arena *a, struct pl_bag *out);
/* One blob by itself. `what`: for diagnostics. */
PL_MUST_USE enum pl_status exchange2013_blob(struct exchange *x, struct pl_bytes blob, const char *what,
                                             struct pl_arena *a, struct pl_bag *out);
/* All bytes of the i-th value of a column, of whatever size an item may have. PL_END: there is none. */
PL_MUST_USE enum pl_status exchange2013_whole(struct exchange *x, const struct ese_record *r,
                                              const struct ese_column *c, unsigned i, struct pl_arena *a,
                                              struct pl_bytes *out);

#endif
