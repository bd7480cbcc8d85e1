/*
 * state.h - what the parts of the PST reader share: names, values, folders, items.
 *
 * [MS-PST] 2.4. The layer above ltp.h: it makes property bags, folders and items.
 */
#ifndef PST_STATE_H
#define PST_STATE_H

#include "arena.h"
#include "ltp.h"
#include "sorter.h"
#include "text.h"

#define PST_FACTS 12

/* The store's names of ids from 0x8000: 2.4.7 */
struct pst_named {
    struct pl_name name;
    uint16_t pid;
    bool set;
};
struct pst_names {
    struct pst_named *list; /* by id - 0x8000 */
    size_t count;
};

/* Folders, sorted by node id; places in the list link them to a tree. */
#define PST_NOWHERE UINT32_MAX
struct pst_folder {
    uint32_t nid, parent_nid;
    uint32_t parent, child, sibling;
    uint32_t mark;                 /* of the walk that settled its parent */
    uint32_t messages, associated; /* nodes that name it as their parent */
    uint32_t first, last;          /* of these nodes */
    bool adrift;                   /* not below the root folder */
    bool settled[2];               /* with --recover: what its whole table does not list comes as recovered */
};
struct pst_folders {
    struct pst_folder *list;
    uint32_t count, room;
    uint32_t root, visible; /* places, or PST_NOWHERE */
    uint32_t at;            /* delivered last; PST_NOWHERE before the first */
    uint32_t orphans;       /* items whose parent is no folder */
    uint32_t first, last;   /* of them */
    bool begun, orphans_given;
};

enum pst_phase { PST_NORMAL, PST_HIDDEN, PST_UNLISTED, PST_DONE };

/* Evidence of recovered items: docs/recovery.md */
#define PST_EVIDENCE_NODE  PL_EVIDENCE_NODE
#define PST_EVIDENCE_OLD   "old-index"
#define PST_EVIDENCE_BLOCK "block"

/* The key of what stands for a folder of the orphans. */
#define PST_ORPHANS        "orphans"
#define PST_MISPLACED_MOST 1024

/* The items of the folder at hand. */
struct pst_items {
    uint32_t folder; /* place; PST_NOWHERE: the orphans */
    enum pst_phase phase;
    bool open; /* table is */
    struct pst_table table;
    uint32_t row, end;       /* next, and where the part ends */
    enum pst_phase last;     /* of the part */
    uint32_t rows;           /* with a node, of both tables */
    uint32_t listed[2];      /* of them those whose node names this folder: normal, associated */
    struct pst_table *lists; /* both tables, for the search of what they do not list */
    bool has_list[2];
    uint32_t sweep; /* node id to go on from */
    uint32_t swept; /* found so */
    char key[PL_KEY_MAX];
    uint64_t stated; /* by the folder of a damaged store; else 0 */
};

/* What is recovered: recover.c */
struct pst_recovery {
    struct pl_sorter *items; /* by folder; NULL: nothing is to be recovered */
    uint64_t next;           /* first item of the next folder */
    uint64_t at, end;        /* of the open folder */
    uint64_t checks;         /* of blocks, that may still be made */
    bool begun, failed, open;
};

struct pst_state {
    struct pl_reader *r;
    struct pst_ndb n;
    struct pl_text *text;
    struct pst_names names;
    struct pst_folders folders;
    struct pst_items items;
    struct pst_recovery recovery;
    unsigned codepage;      /* of 8-bit strings, unless an item says otherwise */
    bool unsure;            /* the code page is still being looked for */
    uint8_t record_key[16]; /* of the store: what its entry ids hold */
    char key[PL_KEY_MAX];
    uint32_t misplaced[PST_MISPLACED_MOST]; /* listed by a folder that is not their parent */
    uint32_t misplaced_count;
    struct pl_fact facts[PST_FACTS];
};

#define PST_COUNT_MOST (1 << 26) /* a folder that says more is not believed */

/* Is a part of the store gone, so that less may be found than there was? */
static inline bool pst_is_damaged(const struct pst_state *s) { return s->r->store.cut || s->n.rebuilt; }

/* pst.c: of 8-bit strings outside of items: as told by the user, else by the store, else, in an
 * ANSI store, by the first item that tells. Resets the folder arena. */
void pst_codepage_find(struct pst_state *s);

/* names.c */
PL_MUST_USE enum pl_status pst_names_load(struct pst_state *s);
const struct pst_named *pst_names_find(const struct pst_state *s, uint16_t id);

/* value.c: bags, in the arena. A value that cannot be read is left out and filed. */
PL_MUST_USE enum pl_status pst_bag_load(struct pst_state *s, const struct pst_node *node, struct pl_arena *a,
                                        struct pl_bag *out);
PL_MUST_USE enum pl_status pst_row_load(struct pst_state *s, struct pst_table *t, uint32_t row, struct pl_arena *a,
                                        unsigned codepage, struct pl_bag *out, uint32_t *id);
/* Files that an object is too large; PL_LOST. */
enum pl_status pst_no_memory(struct pst_state *s);
/* All bytes behind a heap or node id, at most `most`. */
PL_MUST_USE enum pl_status pst_bytes_load(struct pst_heap *h, uint32_t hnid, struct pl_arena *a, size_t most,
                                          struct pl_bytes *out);

/* folders.c */
PL_MUST_USE enum pl_status pst_folders_load(struct pst_state *s);
/* Would there be any, or items without? false: pst_folders_load() tells. */
bool pst_folders_glance(struct pst_state *s);
uint32_t pst_folders_find(const struct pst_folders *f, uint32_t nid);
PL_MUST_USE enum pl_status pst_folder_next(struct pst_state *s, struct pl_folder *out);
/* The living folder at that place, as it is without regard to what was deleted. */
PL_MUST_USE enum pl_status pst_folder_fill(struct pst_state *s, uint32_t place, struct pl_folder *out);
void pst_folders_free(struct pst_folders *f);

/* items.c */
void pst_items_free(struct pst_state *s);
PL_MUST_USE enum pl_status pst_items_open(struct pst_state *s, const char *key);
PL_MUST_USE enum pl_status pst_part_open(struct pst_state *s, const char *key, const struct pl_part *part);
PL_MUST_USE enum pl_status pst_items_next(struct pst_state *s, const struct pl_wanted *wanted, struct pl_item *out);
PL_MUST_USE enum pl_status pst_item_open(struct pst_state *s, const char *key, struct pl_item *out);
/* The item of a node; out->key is set. The properties decide; a side table that is lost degrades. */
PL_MUST_USE enum pl_status pst_item_load(struct pst_state *s, const struct pst_node *node, bool people_only,
                                         struct pl_item *out);
/* "0x1f" at *at, which is moved behind it; what follows is nothing, a slash or an at sign. false: no number. */
bool pst_key_number(const char **at, uint64_t *out);

/* unlisted.c: with --recover, before the first folder: living items that a whole contents table does not list. */
PL_MUST_USE enum pl_status pst_unlisted_find(struct pst_state *s);

/* recover.c: folders of recovered items, after all others. PL_STOP of the first call: filed, there are none. */
PL_MUST_USE enum pl_status pst_recovery_begin(struct pst_state *s);
PL_MUST_USE enum pl_status pst_recovery_add(struct pst_state *s, const struct pst_node *node);
PL_MUST_USE enum pl_status pst_recovery_folder(struct pst_state *s, struct pl_folder *out);
/* PL_END: no key of such a folder. */
PL_MUST_USE enum pl_status pst_recovery_open(struct pst_state *s, const char *key);
PL_MUST_USE enum pl_status pst_recovery_next(struct pst_state *s, const struct pl_wanted *wanted,
                                             struct pl_item *out);
/* Is this the key of an item that is not among the living nodes? */
bool pst_recovery_is_key(const char *key);
/* Its node; *at is moved to what follows in the key. Sets evidence and confidence. PL_END: none. */
PL_MUST_USE enum pl_status pst_recovery_find(struct pst_state *s, const char **at, struct pst_node *node,
                                             struct pl_item *out);
/* From here on, until it is told otherwise, what is read may be dead. */
void pst_recovery_mode(struct pst_state *s, bool dead);
void pst_recovery_free(struct pst_state *s);

#endif
