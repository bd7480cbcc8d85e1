/*
 * pff_state.h - the state of the libpff reader, for its own files only.
 */
#ifndef PL_PFF_STATE_H
#define PL_PFF_STATE_H

#include "pff_bag.h"
#include "pff_child.h"
#include "pimlift.h"

#define PFF_FOUND_KEY "recovered" /* of the folder for what a sweep finds */
#define PFF_ROOT      0x122u      /* node id of the root folder */

/* A folder that was found; parents come before their children. */
struct pff_node {
    uint32_t nid, parent; /* parent: place in nodes; its own place for the root */
    uint32_t next;        /* still to visit after it, in nodes; UINT32_MAX ends */
    unsigned depth;       /* below the root of its scope */
    bool in_ipm;
    const char *name; /* in the store arena; NULL until visited */
};

struct pff_tree {
    struct pff_node *nodes;
    uint32_t *slots; /* places + 1 by node id, twice as many as there is room for; 0: free */
    uint32_t count, room;
    uint64_t named;                          /* below folders so far, whether known or not */
    uint32_t pending;                        /* first of the list of folders to visit */
    uint32_t ipm;                            /* node id of the visible root, 0 = not told */
    uint32_t role_nid[PL_ROLE_FREEBUSY + 1]; /* default folders by their entry ids */
    bool found_done;                         /* the folder for what a sweep found was delivered */
};

struct pff_state {
    struct pff_child child;
    struct pl_text *text;
    struct pl_buf request;
    struct pff_tree tree;
    uint8_t content; /* 'a', 'p', 'o' */
    bool ansi;
    uint32_t root;
    uint8_t record_key[16];    /* of the store: what its entry ids hold */
    uint32_t deleted, orphans; /* found by the sweep */

    /* objects that streams of the present item belong to */
    struct pff_address *objects;
    uint32_t object_count, object_room, generation;

    /* the open folder */
    struct pff_address folder;
    bool folder_open, associated;
    uint32_t row, row_total; /* next to read; total as of the last window */
    struct pl_buf window;    /* rows at hand */
    size_t window_at;
    uint32_t window_left;
};

static inline struct pff_state *pff_of(struct pl_reader *r) { return r->state; }

/* Begins a request in s->request. */
void pff_request(struct pff_state *s, enum pff_op op, const struct pff_address *a);

/*
 * Sends it. PL_OK: *out is the payload. PL_LOST or PL_STOP: one diagnostic was filed under
 * key, or, when `quiet` and libpff just says no, none.
 */
enum pl_status pff_ask(struct pl_reader *r, const char *key, bool quiet, struct pl_cursor *out);

/* A token for streams of that object, until the next item; 0 = out of memory. */
uint64_t pff_token(struct pff_state *s, const struct pff_address *a);

/* A decoder with the reader's code page; strings go to that arena. */
struct pff_decoder pff_decoder_of(struct pl_reader *r, struct pl_arena *arena);

/* Reads the properties of one object. */
enum pl_status pff_bag(struct pl_reader *r, const struct pff_address *a, const char *key, bool quiet,
                       struct pl_arena *arena, struct pl_bag *out);

/* One diagnostic for each kind of degradation that decoding met; PL_OK or PL_WARN. */
enum pl_status pff_degraded(struct pl_reader *r, const struct pff_decoder *d, const char *key);

/* pff_codepage.c: what the items of an ANSI store tell; 0 = none does. */
enum pl_status pff_codepage_find(struct pl_reader *r, unsigned *codepage);

/* pff_folder.c: learns the roots and default folders; then the folders one by one. */
enum pl_status pff_tree_open(struct pl_reader *r, const struct pl_bag *store);
enum pl_status pff_tree_next(struct pl_reader *r, struct pl_folder *out);
void pff_tree_release(struct pff_tree *t);

#endif
