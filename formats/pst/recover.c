/*
 * recover.c - which of what a sweep found are items, and giving them, folder by folder.
 *
 * Layer: inside the PST reader, above sweep, folders and items. Three kinds of evidence, docs/recovery.md:
 *
 *   node       a living node that its folder's whole contents table does not list (unlisted.c adds these)
 *   old-index  a leaf of an earlier node index names a message that the living one does not have
 *   block      the properties of a message that no leaf and no list of subnodes names
 *
 * Nothing is put together by likeness: a node's data and subnodes are those that one leaf names in one entry, and
 * what has block as its evidence has no subnodes. Of several states of a node the newest whose properties are there
 * is given; earlier states of what lives on are none. Keys: "old:NID@OFFSET" with the page of the leaf,
 * "block:BID".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "role.h"
#include "state.h"
#include "sweep.h"

#define KEY_FOLDER  "recovered/"
#define KEY_BLOCKS  KEY_FOLDER "blocks"
#define KEY_OLD     "old:"
#define KEY_BLOCK   "block:"
#define STATES_MOST 64 /* of a node that are looked at */
#define DEPTH_MOST  16 /* of subnodes in subnodes */
#define MEMORY      ((size_t)1 << 20)
#define NO_FOLDER   ((uint64_t)1 << 32) /* the group of blocks: above all node ids */
#define CLASS_TAG   0x001au
#define CLIENT      0xbc

enum kind { NODE, OLD, BLOCK };
static const char *const evidences[] = {PST_EVIDENCE_NODE, PST_EVIDENCE_OLD, PST_EVIDENCE_BLOCK};
static const char *const confidences[] = {PL_HIGH, PL_MEDIUM, PL_LOW};

/* An item to be given: node or block id, in the order of their folders. */
enum word { GROUP, ID, WHAT, DATA, SUB, IB, WORDS };
_Static_assert(WORDS <= PL_SORTER_WORDS && PST_STATE_WORDS <= PL_SORTER_WORDS, "a record fits");

void pst_recovery_mode(struct pst_state *s, bool dead)
{
    s->n.dead_too = dead && s->n.dead;
    s->n.report->recovering = s->n.dead_too;
}

enum pl_status pst_recovery_begin(struct pst_state *s)
{
    s->recovery.items = pl_sorter_new(WORDS, MEMORY);
    return s->recovery.items ? PL_OK
                             : pl_report(s->n.report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
}

void pst_recovery_free(struct pst_state *s)
{
    pl_sorter_free(s->recovery.items);
    s->recovery = (struct pst_recovery){0};
}

static enum pl_status no_room(struct pst_state *s)
{
    s->recovery.failed = true;
    return pl_report(
        s->n.report, PL_STOP, "recover.room", NULL, PL_NO_OFFSET,
        "what is to be recovered can't be kept in order: make room for temporary files, or set TMPDIR");
}

static enum pl_status item_add(struct pst_state *s, const uint64_t item[WORDS])
{
    return pl_sorter_add(s->recovery.items, item) == PL_OK ? PL_OK : no_room(s);
}

enum pl_status pst_recovery_add(struct pst_state *s, const struct pst_node *node)
{
    const uint64_t item[WORDS] = {[GROUP] = node->parent, [ID] = node->nid, [WHAT] = NODE};
    return item_add(s, item);
}

/* --- is it whole? --------------------------------------------------------------------------- */

enum state { WHOLE, SHARED, GONE }; /* SHARED: a living item has it, too */

static enum state worse(enum state a, enum state b) { return a > b ? a : b; }

static enum state block_state(struct pst_state *s, uint64_t bid)
{
    struct pst_place place;
    if (!s->recovery.checks)
        return GONE;
    s->recovery.checks--;
    if (pst_place_find(&s->n, bid, false, &place) != PL_END)
        return SHARED;
    return pst_dead_find(s->n.dead, bid, &place) == PL_OK ? WHOLE : GONE;
}

struct list {
    struct pl_cache_block *pin;
    const uint8_t *first;
    uint32_t count;
    unsigned level;
};

/* A list of blocks or of subnodes, pinned. */
static bool list_get(struct pst_state *s, uint64_t bid, unsigned type, struct list *out)
{
    const struct pst_layout *l = s->n.layout;
    if (pst_block_get(&s->n, bid, &out->pin) != PL_OK)
        return false;
    const uint8_t *p = out->pin->data;
    bool good = out->pin->size >= 8 && p[0] == type && p[1] <= 2;
    size_t id = l->wide ? 8 : 4, head = type == PST_TREE_DATA ? 8 : l->sub_header;
    out->level = good ? p[1] : 0;
    out->count = good ? pl_le16(p + 2) : 0;
    size_t stride = type == PST_TREE_DATA ? id : out->level ? l->sub_index_entry : l->sub_entry;
    out->first = p + head;
    good = good && head + out->count * stride <= out->pin->size;
    if (!good)
        pst_block_put(&s->n, out->pin);
    return good;
}

static enum state data_state(struct pst_state *s, uint64_t bid, unsigned above)
{
    struct list list;
    size_t id = s->n.layout->wide ? 8 : 4;
    enum state found = bid ? block_state(s, bid) : WHOLE;
    if (found == GONE || !(bid & PST_BID_INTERNAL))
        return found;
    if (!list_get(s, bid, PST_TREE_DATA, &list))
        return GONE;
    if (!list.level || list.level >= above)
        found = GONE;
    for (uint32_t i = 0; i < list.count && found != GONE; i++)
        found = worse(found, data_state(s, pst_id(s->n.layout, list.first + i * id), list.level));
    pst_block_put(&s->n, list.pin);
    return found;
}

static enum state subs_state(struct pst_state *s, uint64_t bid, unsigned depth)
{
    const struct pst_layout *l = s->n.layout;
    struct list list;
    size_t id = l->wide ? 8 : 4;
    enum state found = bid ? block_state(s, bid) : WHOLE;
    if (!bid || found == GONE)
        return found;
    if (depth == DEPTH_MOST || !list_get(s, bid, PST_TREE_SUB, &list))
        return GONE;
    for (uint32_t i = 0; i < list.count && found != GONE; i++) {
        const uint8_t *e = list.first + i * (list.level ? l->sub_index_entry : l->sub_entry);
        if (!list.level)
            found = worse(found, data_state(s, pst_id(l, e + id), 3));
        found = worse(found, subs_state(s, pst_id(l, e + (list.level ? id : 2 * id)), depth + 1));
    }
    pst_block_put(&s->n, list.pin);
    return found;
}

/* --- old leaves ------------------------------------------------------------------------------- */

/* Are the first properties of a node there, in a block that was given up? */
static bool has_context(struct pst_state *s, uint64_t data)
{
    struct pst_place place;
    struct list list;
    uint64_t block[PST_DEAD_WORDS];
    if (pst_place_find(&s->n, data, false, &place) != PL_END || pst_dead_find(s->n.dead, data, &place) != PL_OK)
        return false;
    if (data & PST_BID_INTERNAL) {
        if (!list_get(s, data, PST_TREE_DATA, &list))
            return false;
        data = list.count && list.level == 1 ? pst_id(s->n.layout, list.first) : 0;
        pst_block_put(&s->n, list.pin);
    }
    return data && pst_dead_find(s->n.dead, data, &place) == PL_OK &&
           pl_sorter_has(s->n.dead->blocks, data, block) && block[PST_DEAD_CONTEXT];
}

/*
 * Of the states of a node from the place `first` on, the newest that can be read. What it is worth goes to *worth.
 * *next: the place of the next node. false: there is none, or its newest data lives on in another node.
 */
static bool state_choose(struct pst_state *s, uint64_t first, uint64_t state[PST_STATE_WORDS], unsigned *worth,
                         uint64_t *next)
{
    struct pl_sorter *all = s->n.dead->states;
    struct pst_place place;
    uint64_t it[PST_STATE_WORDS], nid = 0, last = 0;
    bool found = false, lives_on = false;
    for (*next = first; pl_sorter_at(all, *next, it) && (*next == first || it[PST_STATE_NID] == nid); ++*next) {
        bool again = *next != first && it[PST_STATE_DATA] == last;
        nid = it[PST_STATE_NID];
        last = it[PST_STATE_DATA];
        if (*next == first)
            lives_on = pst_place_find(&s->n, ~last, false, &place) != PL_END;
        if (found || lives_on || again || *next - first >= STATES_MOST || !has_context(s, ~last))
            continue;
        memcpy(state, it, sizeof it);
        found = true;
        bool whole =
            *next == first && data_state(s, ~last, 3) == WHOLE && subs_state(s, it[PST_STATE_SUB], 0) == WHOLE;
        *worth = whole ? 0 : 1;
    }
    return found;
}

static struct pst_node node_of(const uint64_t state[PST_STATE_WORDS])
{
    return (struct pst_node){.nid = (uint32_t)state[PST_STATE_NID],
                             .parent = (uint32_t)state[PST_STATE_PARENT],
                             .data = ~state[PST_STATE_DATA],
                             .sub = state[PST_STATE_SUB]};
}

static bool lives(struct pst_state *s, uint64_t nid)
{
    struct pst_node node;
    return pst_node_find(&s->n, (uint32_t)nid, &node) == PL_OK;
}

static enum pl_status states_take(struct pst_state *s, uint64_t *items)
{
    enum pl_status st = PL_OK;
    uint64_t state[PST_STATE_WORDS], next = 0;
    for (uint64_t i = 0; st == PL_OK && pl_sorter_at(s->n.dead->states, i, state); i = next) {
        uint64_t nid = state[PST_STATE_NID];
        unsigned worth = 0;
        bool skip = PST_NID_TYPE(nid) == PST_NID_FOLDER || lives(s, nid);
        if (skip) {
            next = pl_sorter_find(s->n.dead->states, nid + 1);
        } else if (state_choose(s, i, state, &worth, &next)) {
            const uint64_t item[WORDS] = {state[PST_STATE_PARENT],    nid,
                                          OLD | (uint64_t)worth << 8, ~state[PST_STATE_DATA],
                                          state[PST_STATE_SUB],       state[PST_STATE_IB]};
            st = item_add(s, item);
            ++*items;
        }
    }
    return st;
}

/* --- blocks that nothing names ------------------------------------------------------------------ */

/* The list that a block is the first of, or the block itself; of several lists the newest. */
static uint64_t top_of(struct pst_state *s, uint64_t bid)
{
    uint64_t first[2], top = bid;
    for (uint64_t i = pl_sorter_find(s->n.dead->firsts, bid);
         pl_sorter_at(s->n.dead->firsts, i, first) && first[0] == bid; i++)
        top = first[1];
    return top;
}

static bool is_message(struct pst_state *s, uint64_t data)
{
    const struct pst_node node = {.data = data};
    struct pst_heap heap;
    struct pst_bth tree;
    uint8_t value[32];
    return pst_heap_open(&heap, &s->n, &node, CLIENT) == PL_OK && pst_bth_open(&heap, heap.root, &tree) == PL_OK &&
           tree.key_size == 2 && tree.value_size == 6 && pst_bth_find(&heap, &tree, CLASS_TAG, value) == PL_OK;
}

/* The data of a node that the block begins, when nothing names it; else 0. */
static uint64_t block_top(struct pst_state *s, const uint64_t block[PST_DEAD_WORDS])
{
    struct pst_place place;
    uint64_t found[2], bid = block[PST_DEAD_BID], top = bid;
    if (!block[PST_DEAD_CONTEXT] || pst_dead_find(s->n.dead, bid, &place) != PL_OK)
        return 0;
    if (!pl_sorter_has(s->n.dead->named, bid, found))
        top = top_of(s, bid);
    return pl_sorter_has(s->n.dead->named, top, found) || !is_message(s, top) ? 0 : top;
}

static enum pl_status blocks_take(struct pst_state *s, uint64_t *items)
{
    enum pl_status st = PL_OK;
    uint64_t block[PST_DEAD_WORDS], last = 0;
    for (uint64_t i = 0; st == PL_OK && pl_sorter_at(s->n.dead->blocks, i, block); i++) {
        uint64_t top = block[PST_DEAD_BID] == last ? 0 : block_top(s, block);
        last = block[PST_DEAD_BID];
        if (!top)
            continue;
        const uint64_t item[WORDS] = {NO_FOLDER, top, BLOCK | 2 << 8, top, 0, block[PST_DEAD_IB]};
        st = item_add(s, item);
        ++*items;
    }
    return st;
}

/* --- folders ---------------------------------------------------------------------------------------- */

static enum pl_status items_find(struct pst_state *s)
{
    uint64_t items[2] = {0, 0};
    s->recovery.begun = true;
    s->n.key = NULL;
    s->recovery.checks = (1 << 16) + s->n.source->size / 16;
    enum pl_status st = pst_sweep(&s->n);
    if (st != PL_OK) {
        s->recovery.failed = true;
        return st;
    }
    pst_recovery_mode(s, true);
    st = states_take(s, &items[0]);
    if (st == PL_OK)
        st = blocks_take(s, &items[1]);
    pst_recovery_mode(s, false);
    if (st == PL_OK && pl_sorter_sort(s->recovery.items) != PL_OK)
        st = no_room(s);
    if (st != PL_OK)
        return st;
    struct pst_dead *dead = s->n.dead;
    if (dead->unread || !dead->whole)
        pl_report(s->n.report, PL_WARN, "recover.part", NULL, PL_NO_OFFSET,
                  "not all of the file was searched for deleted items: it cannot be read, or would take too long");
    pl_report(s->n.report, PL_OK, "recover.found", NULL, PL_NO_OFFSET,
              "old pages: %" PRIu64 ", blocks that were given up: %" PRIu64
              "; deleted items by their pages: %" PRIu64 ", by their block alone: %" PRIu64,
              dead->leaves, pl_sorter_count(dead->blocks), items[0], items[1]);
    return PL_OK;
}

static enum pl_status find_all(struct pst_state *s)
{
    const struct pl_work before = pl_work_apart_begin(s->n.work);
    enum pl_status st = items_find(s);
    pl_work_apart_end(s->n.work, &before);
    return st;
}

/* The name of a folder that is gone itself. */
static const char *name_of(struct pst_state *s, uint32_t nid)
{
    uint64_t state[PST_STATE_WORDS], next = 0, at = pl_sorter_find(s->n.dead->states, nid);
    unsigned worth = 0;
    struct pl_bag bag;
    const char *name = NULL;
    pst_recovery_mode(s, true);
    if (pl_sorter_at(s->n.dead->states, at, state) && state[PST_STATE_NID] == nid &&
        state_choose(s, at, state, &worth, &next)) {
        const struct pst_node node = node_of(state);
        if (pst_bag_load(s, &node, s->r->folder_arena, &bag) == PL_OK)
            name = pl_bag_text(&bag, PidTagDisplayName);
    }
    pst_recovery_mode(s, false);
    return name ? name : pl_arena_printf(s->r->folder_arena, "(folder 0x%" PRIx32 ")", nid);
}

/* Where the items were. */
static enum pl_status folder_fill(struct pst_state *s, uint64_t group, struct pl_folder *out)
{
    struct pl_folder was = {.container_class = ""};
    uint32_t place = group == NO_FOLDER ? PST_NOWHERE : pst_folders_find(&s->folders, (uint32_t)group);
    const char *only = group == NO_FOLDER ? "(without a folder)" : NULL;
    if (place != PST_NOWHERE && pst_folder_fill(s, place, &was) <= PL_LOST)
        return PL_LOST;
    if (place == PST_NOWHERE && !only)
        only = name_of(s, (uint32_t)group);
    if ((place == PST_NOWHERE && !only) || !pl_role_recovered(s->r->folder_arena, &was, only, out))
        return pl_report(s->n.report, PL_LOST, "memory", NULL, PL_NO_OFFSET, "out of memory");
    return PL_OK;
}

static void folder_key(uint64_t group, char key[PL_KEY_MAX])
{
    if (group == NO_FOLDER)
        snprintf(key, PL_KEY_MAX, "%s", KEY_BLOCKS);
    else
        snprintf(key, PL_KEY_MAX, KEY_FOLDER "0x%" PRIx64, group);
}

enum pl_status pst_recovery_folder(struct pst_state *s, struct pl_folder *out)
{
    struct pst_recovery *r = &s->recovery;
    uint64_t item[WORDS];
    if (!r->begun && find_all(s) != PL_OK)
        return PL_STOP;
    if (r->failed || !pl_sorter_at(r->items, r->next, item))
        return PL_END;
    uint64_t end = pl_sorter_find(r->items, item[GROUP] + 1), from = r->next;
    r->next = end;
    s->n.degraded = false;
    enum pl_status st = folder_fill(s, item[GROUP], out);
    folder_key(item[GROUP], out->key);
    for (uint64_t i = from; i < end && pl_sorter_at(r->items, i, item); i++)
        *((item[WHAT] & 0xff) != BLOCK && PST_NID_TYPE(item[ID]) == PST_NID_ASSOCIATED ? &out->associated_count
                                                                                       : &out->item_count) += 1;
    return st;
}

enum pl_status pst_recovery_open(struct pst_state *s, const char *key)
{
    struct pst_recovery *r = &s->recovery;
    uint64_t group = NO_FOLDER;
    const char *at = key + strlen(KEY_FOLDER);
    if (strncmp(key, KEY_FOLDER, strlen(KEY_FOLDER)) != 0 ||
        (strcmp(key, KEY_BLOCKS) != 0 && (!pst_key_number(&at, &group) || *at)))
        return PL_END;
    if (!r->begun && find_all(s) != PL_OK)
        return PL_END;
    r->at = pl_sorter_find(r->items, group);
    r->end = pl_sorter_find(r->items, group + 1);
    r->open = r->at < r->end;
    return r->open ? PL_OK : PL_END;
}

/* --- items ------------------------------------------------------------------------------------------- */

static void mark(const uint64_t what, struct pl_item *out)
{
    out->recovered = true;
    out->remnant = (what & 0xff) != NODE;
    out->evidence = evidences[what & 0xff];
    out->confidence = confidences[what >> 8];
}

/* PL_END: it is none, or nobody wants it. */
static enum pl_status item_deliver(struct pst_state *s, const uint64_t item[WORDS], const struct pl_wanted *wanted,
                                   struct pl_item *out)
{
    enum kind kind = (enum kind)(item[WHAT] & 0xff);
    struct pst_node node = {.nid = kind == BLOCK ? 0 : (uint32_t)item[ID], .data = item[DATA], .sub = item[SUB]};
    *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET};
    out->associated = PST_NID_TYPE(node.nid) == PST_NID_ASSOCIATED;
    if (kind == NODE)
        snprintf(out->key, sizeof out->key, "0x%" PRIx64, item[ID]);
    else if (kind == OLD)
        snprintf(out->key, sizeof out->key, KEY_OLD "0x%" PRIx64 "@0x%" PRIx64, item[ID], item[IB]);
    else
        snprintf(out->key, sizeof out->key, KEY_BLOCK "0x%" PRIx64, item[ID]);
    snprintf(s->key, sizeof s->key, "%s", out->key);
    s->n.key = s->key;
    mark(item[WHAT], out);
    enum pl_status st = kind == NODE ? pst_node_find(&s->n, node.nid, &node) : PL_OK;
    pst_recovery_mode(s, kind != NODE);
    if (st == PL_OK)
        st = pst_item_load(s, &node, wanted->people_only, out);
    pst_recovery_mode(s, false);
    bool none = st <= PL_LOST && kind != NODE; /* it was not an item after all */
    if (none || (st > PL_LOST && !wanted->wants(wanted->data, out->message_class, out->associated))) {
        pl_arena_reset(s->r->item_arena);
        return PL_END;
    }
    return st;
}

enum pl_status pst_recovery_next(struct pst_state *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct pst_recovery *r = &s->recovery;
    uint64_t item[WORDS];
    while (r->at < r->end && pl_sorter_at(r->items, r->at, item)) {
        r->at++;
        enum pl_status st = item_deliver(s, item, wanted, out);
        if (st != PL_END)
            return st;
    }
    return r->at < r->end ? no_room(s) : PL_END;
}

/* --- by key --------------------------------------------------------------------------------------------- */

bool pst_recovery_is_key(const char *key)
{
    return !strncmp(key, KEY_OLD, strlen(KEY_OLD)) || !strncmp(key, KEY_BLOCK, strlen(KEY_BLOCK));
}

static enum pl_status block_find(struct pst_state *s, uint64_t top, struct pst_node *node)
{
    struct pst_place place;
    if (!top || pst_place_find(&s->n, top, false, &place) != PL_END ||
        pst_dead_find(s->n.dead, top, &place) != PL_OK || !has_context(s, top))
        return PL_END;
    *node = (struct pst_node){.data = top};
    return PL_OK;
}

enum pl_status pst_recovery_find(struct pst_state *s, const char **at, struct pst_node *node, struct pl_item *out)
{
    bool old = !strncmp(*at, KEY_OLD, strlen(KEY_OLD));
    uint64_t id = 0, ib = 0, next = 0, state[PST_STATE_WORDS];
    unsigned worth = 2;
    *at += strlen(old ? KEY_OLD : KEY_BLOCK);
    if (!pst_key_number(at, &id) || (old ? *(*at)++ != '@' || !pst_key_number(at, &ib) : **at == '@') ||
        **at == '@')
        return PL_END;
    s->recovery.checks += 1 << 16;
    const struct pl_work before = pl_work_apart_begin(s->n.work);
    enum pl_status st = pst_sweep(&s->n);
    pl_work_apart_end(s->n.work, &before);
    if (st != PL_OK)
        return PL_LOST;
    pst_recovery_mode(s, true);
    if (old) {
        uint64_t first = pl_sorter_find(s->n.dead->states, id);
        bool found = !lives(s, id) && pl_sorter_at(s->n.dead->states, first, state) && state[PST_STATE_NID] == id &&
                     state_choose(s, first, state, &worth, &next) && state[PST_STATE_IB] == ib;
        st = found ? PL_OK : PL_END;
        if (found)
            *node = node_of(state);
    } else {
        st = block_find(s, id, node);
    }
    pst_recovery_mode(s, false);
    if (st == PL_OK)
        mark((old ? OLD : BLOCK) | (uint64_t)worth << 8, out);
    return st;
}
