/*
 * items.c - the items of a folder, and one item by its key. [MS-PST] 2.4.5, 2.4.6
 *
 * Layer: inside the PST reader. A folder's items are the rows of its contents table, then
 * of its associated one, then - when the node index knows of more - the nodes that name
 * the folder as their parent and are in neither. The class column is read first, and
 * nothing else of an item that nobody wants.
 *
 * Keys: "0x200024" a message, "0x200024/0x8025" the one embedded in an attachment of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "plural.h"
#include "state.h"

#define COLUMN_CLASS    0x001a
#define CLASS_MOST      256
#define METHOD_EMBEDDED 5
#define ENTRY_PREFIX    "eid:"
#define ENTRY_SIZE      24

/* --- one item ------------------------------------------------------------------------------ */

/* PL_END: the item has no such table, which is usual. */
static enum pl_status side_table(struct pst_state *s, uint64_t sub, uint32_t nid, struct pst_table *t)
{
    struct pst_node node;
    enum pl_status st = pst_subnode_find(&s->n, sub, nid, &node);
    return st == PL_OK ? pst_table_open(t, &s->n, &node) : st;
}

static enum pl_status recipients_load(struct pst_state *s, uint64_t sub, unsigned codepage, struct pl_item *out)
{
    struct pst_table t;
    struct pl_arena *a = s->r->item_arena;
    enum pl_status st = side_table(s, sub, PST_NID_RECIPIENTS, &t);
    if (st != PL_OK)
        return st;
    struct pl_bag *bags = pl_arena_zalloc(a, (size_t)t.row_count + 1, sizeof *bags);
    if (!bags)
        return pst_no_memory(s);
    out->recipients = bags;
    for (uint32_t i = 0; i < t.row_count; i++) {
        uint32_t id = 0;
        st = pst_row_load(s, &t, i, a, codepage, &bags[out->recipient_count], &id);
        if (st != PL_OK)
            return st;
        if (pst_table_has(&t, id, NULL))
            out->recipient_count++;
    }
    return PL_OK;
}

static enum pl_status attachment_load(struct pst_state *s, uint64_t sub, uint32_t nid, const char *key,
                                      struct pl_attachment *out)
{
    struct pst_node node;
    int n = snprintf(out->key, sizeof out->key, "%s/0x%" PRIx32, key, nid);
    if (n < 0 || (size_t)n >= sizeof out->key)
        return pl_report(s->n.report, PL_LOST, "pst.depth", s->n.key, PL_NO_OFFSET, "embedded too deep");
    enum pl_status st = pst_subnode_find(&s->n, sub, nid, &node);
    if (st == PL_END)
        return pl_report(s->n.report, PL_LOST, "pst.attachment", s->n.key, PL_NO_OFFSET,
                         "attachment 0x%" PRIx32 " is missing", nid);
    if (st == PL_OK)
        st = pst_bag_load(s, &node, s->r->item_arena, &out->props);
    const struct pl_prop *object = st == PL_OK ? pl_bag_find(&out->props, PidTagAttachDataBinary) : NULL;
    out->embedded = object && pl_prop_type(object) == PT_OBJECT &&
                    pl_bag_integer(&out->props, PidTagAttachMethod, 0) == METHOD_EMBEDDED;
    return st;
}

static enum pl_status attachments_load(struct pst_state *s, uint64_t sub, struct pl_item *out)
{
    struct pst_table t;
    enum pl_status st = side_table(s, sub, PST_NID_ATTACHMENTS, &t);
    if (st != PL_OK)
        return st;
    struct pl_attachment *list = pl_arena_zalloc(s->r->item_arena, (size_t)t.row_count + 1, sizeof *list);
    if (!list)
        return pst_no_memory(s);
    out->attachments = list;
    for (uint32_t i = 0; i < t.row_count; i++) {
        struct pst_span row;
        st = pst_table_row(&t, i, &row);
        if (st != PL_OK)
            return st;
        uint32_t nid = pl_le32(row.data);
        pst_span_put(&s->n, &row);
        if (!pst_table_has(&t, nid, NULL))
            continue;
        if (attachment_load(s, sub, nid, out->key, &list[out->attachment_count]) == PL_OK)
            out->attachment_count++;
        else
            s->n.degraded = true;
    }
    return PL_OK;
}

enum pl_status pst_item_load(struct pst_state *s, const struct pst_node *node, bool people_only,
                             struct pl_item *out)
{
    s->n.degraded = false;
    out->offset = pst_block_offset(&s->n, node->data);
    enum pl_status st = pst_bag_load(s, node, s->r->item_arena, &out->props);
    if (st != PL_OK)
        return st;
    const char *class = pl_bag_text(&out->props, PidTagMessageClass);
    out->message_class = class ? class : "";
    unsigned codepage = (unsigned)pl_bag_integer(&out->props, PidTagMessageCodepage, 0);
    if (s->r->options.codepage || codepage == 1200)
        codepage = 0;
    if (recipients_load(s, node->sub, codepage, out) <= PL_LOST)
        s->n.degraded = true;
    if (!people_only && attachments_load(s, node->sub, out) <= PL_LOST)
        s->n.degraded = true;
    return s->n.degraded ? PL_WARN : PL_OK;
}

/* "0x200024" */
static void key_write(char key[PL_KEY_MAX], uint32_t nid)
{
    static const char digits[] = "0123456789abcdef";
    unsigned count = 1;
    while (count < 8 && nid >> 4 * count)
        count++;
    memcpy(key, "0x", 2);
    for (unsigned i = 0; i < count; i++)
        key[2 + i] = digits[nid >> 4 * (count - 1 - i) & 15];
    memset(key + 2 + count, 0, PL_KEY_MAX - 2 - count);
}

/* --- by key -------------------------------------------------------------------------------- */

bool pst_key_number(const char **at, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long v = strtoull(*at, &end, 16);
    if (strncmp(*at, "0x", 2) != 0 || errno || end == *at + 2 || (*end && *end != '/' && *end != '@'))
        return false;
    *at = end;
    *out = v;
    return true;
}

/* A node id, and the end or a slash. */
static bool key_number(const char **at, uint32_t *out)
{
    uint64_t v = 0;
    if (!pst_key_number(at, &v) || v > UINT32_MAX || **at == '@')
        return false;
    *out = (uint32_t)v;
    return true;
}

/* The node of an entry id in hex digits, when it is of this store: [MS-PST] 2.4.3.2 */
static bool entry_number(struct pst_state *s, const char *hex, uint32_t *out)
{
    uint8_t id[ENTRY_SIZE];
    if (strlen(hex) != 2 * sizeof id)
        return false;
    for (size_t i = 0; i < sizeof id; i++) {
        unsigned v = 0;
        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            return false;
        id[i] = (uint8_t)v;
    }
    *out = pl_le32(id + 20);
    return !memcmp(id + 4, s->record_key, sizeof s->record_key);
}

/* The message embedded in an attachment of `node`. [MS-PST] 2.4.6.2.3 */
static enum pl_status embedded_find(struct pst_state *s, struct pst_node *node, uint32_t attachment)
{
    struct pst_node holder;
    struct pl_bag bag;
    enum pl_status st = pst_subnode_find(&s->n, node->sub, attachment, &holder);
    if (st == PL_OK)
        st = pst_bag_load(s, &holder, s->r->item_arena, &bag);
    if (st != PL_OK)
        return st;
    const struct pl_prop *p = pl_bag_find(&bag, PidTagAttachDataBinary);
    if (!p || pl_prop_type(p) != PT_OBJECT || !p->count || p->values[0].raw.size < 4)
        return PL_END;
    return pst_subnode_find(&s->n, holder.sub, pl_le32(p->values[0].raw.data), node);
}

/* From the node that a key begins with down to the one it ends with. */
static enum pl_status item_descend(struct pst_state *s, const char *at, struct pst_node *node, struct pl_item *out)
{
    enum pl_status st = PL_OK;
    uint32_t nid = 0;
    for (int depth = 0; st == PL_OK && *at == '/'; depth++) {
        at++;
        if (!key_number(&at, &nid) || depth >= PL_DEPTH_MAX)
            return PL_END;
        st = embedded_find(s, node, nid);
    }
    if (st == PL_OK && !node->data)
        return PL_END;
    return st == PL_OK ? pst_item_load(s, node, false, out) : st;
}

static enum pl_status recovered_open(struct pst_state *s, const char *key, struct pl_item *out)
{
    struct pst_node node;
    enum pl_status st = pst_recovery_find(s, &key, &node, out);
    if (st != PL_OK)
        return st;
    out->associated = !*key && PST_NID_TYPE(node.nid) == PST_NID_ASSOCIATED;
    pst_recovery_mode(s, true);
    st = item_descend(s, key, &node, out);
    pst_recovery_mode(s, false);
    return st;
}

enum pl_status pst_item_open(struct pst_state *s, const char *key, struct pl_item *out)
{
    const char *at = key;
    uint32_t nid = 0;
    struct pst_node node;
    *out = (struct pl_item){.message_class = ""};
    snprintf(out->key, sizeof out->key, "%s", key);
    snprintf(s->key, sizeof s->key, "%s", key);
    s->n.key = s->key;
    if (strlen(key) < sizeof out->key && pst_recovery_is_key(key))
        return recovered_open(s, key, out);
    if (!strncmp(key, ENTRY_PREFIX, strlen(ENTRY_PREFIX))) {
        if (!entry_number(s, key + strlen(ENTRY_PREFIX), &nid))
            return PL_END;
        key_write(out->key, nid);
        at = "";
    } else if (strlen(key) >= sizeof out->key || !key_number(&at, &nid)) {
        return PL_END;
    }
    out->associated = !*at && PST_NID_TYPE(nid) == PST_NID_ASSOCIATED;
    enum pl_status st = pst_node_find(&s->n, nid, &node);
    return st == PL_OK ? item_descend(s, at, &node, out) : st;
}

/* --- the items of a folder --------------------------------------------------------------------- */

static void phase_begin(struct pst_state *s, enum pst_phase phase)
{
    struct pst_items *it = &s->items;
    it->phase = phase;
    it->row = 0;
    it->end = UINT32_MAX;
    memcpy(s->key, it->key, sizeof s->key); /* what is met now is of the folder */
    it->open = false;
    if (phase > PST_HIDDEN)
        return;
    const struct pst_folder *f = &s->folders.list[it->folder];
    struct pst_node node;
    uint32_t nid = PST_NID_OF(f->nid, phase == PST_NORMAL ? PST_NID_CONTENTS : PST_NID_ASSOCIATED_CONTENTS);
    enum pl_status st = pst_node_find(&s->n, nid, &node);
    uint32_t expected = phase == PST_NORMAL ? f->messages : f->associated;
    if (st == PL_OK)
        it->open = pst_table_open(&it->table, &s->n, &node) == PL_OK;
    else if (st == PL_END && expected)
        pl_report(s->n.report, PL_WARN, "pst.contents-missing", s->n.key, PL_NO_OFFSET,
                  "the folder has no contents table; its %" PRIu32 " items are found by their parent", expected);
}

void pst_items_free(struct pst_state *s)
{
    free(s->items.lists);
    s->items = (struct pst_items){.phase = PST_DONE, .last = PST_UNLISTED, .folder = PST_NOWHERE};
}

/* In a damaged store, what the folder at hand says of its items itself; else 0. */
static uint64_t stated_of(struct pst_state *s)
{
    struct pst_node node;
    struct pl_bag bag;
    uint32_t nid = s->folders.list[s->items.folder].nid;
    if (!pst_is_damaged(s) || pst_node_find(&s->n, nid, &node) != PL_OK ||
        pst_bag_load(s, &node, s->r->item_arena, &bag) != PL_OK)
        return 0;
    int64_t items = pl_bag_integer(&bag, PidTagContentCount, 0);
    int64_t hidden = pl_bag_integer(&bag, PidTagAssociatedContentCount, 0);
    pl_arena_reset(s->r->item_arena);
    return (uint64_t)(items > 0 && items < PST_COUNT_MOST ? items : 0) +
           (uint64_t)(hidden > 0 && hidden < PST_COUNT_MOST ? hidden : 0);
}

/* A folder that the store has. */
static enum pl_status folder_open(struct pst_state *s, const char *key)
{
    const char *at = key;
    uint32_t nid = 0;
    uint32_t place = key_number(&at, &nid) && !*at ? pst_folders_find(&s->folders, nid) : PST_NOWHERE;
    if (place == PST_NOWHERE)
        return PL_END;
    snprintf(s->key, sizeof s->key, "%s", key);
    s->n.key = s->key;
    s->items.folder = place;
    snprintf(s->items.key, sizeof s->items.key, "%s", key);
    return PL_OK;
}

enum pl_status pst_items_open(struct pst_state *s, const char *key)
{
    pst_items_free(s);
    s->recovery.open = false;
    if (!strcmp(key, PST_ORPHANS) && s->folders.orphans) {
        phase_begin(s, PST_UNLISTED);
        return PL_OK;
    }
    if (s->recovery.items && pst_recovery_open(s, key) == PL_OK)
        return PL_OK;
    enum pl_status st = folder_open(s, key);
    if (st == PL_OK) {
        s->items.stated = stated_of(s);
        phase_begin(s, PST_NORMAL);
    }
    return st;
}

/* The class of a row, in ASCII. false: not in the row, or its column is said to hold no text. */
static bool row_class(struct pst_state *s, const struct pst_span *row, char out[CLASS_MOST])
{
    struct pst_table *t = &s->items.table;
    const struct pst_column *c = pst_table_column(t, COLUMN_CLASS);
    bool text_there = c && c->size == 4 && ((c->tag & 0xffff) == PT_UNICODE || (c->tag & 0xffff) == PT_STRING8);
    const uint8_t *cell = text_there ? pst_table_cell(t, row, c) : NULL;
    struct pst_span text;
    if (!cell || PST_NID_TYPE(pl_le32(cell)) != PST_NID_HID ||
        pst_heap_get(&t->heap, pl_le32(cell), &text) != PL_OK)
        return false;
    size_t width = (c->tag & 0xffff) == PT_UNICODE ? 2 : 1, n = 0;
    for (size_t i = 0; i + width <= text.size && n + 1 < CLASS_MOST; i += width) {
        unsigned v = width == 2 ? pl_le16(text.data + i) : text.data[i];
        if (!v)
            break;
        out[n++] = v < 0x80 && v >= 0x20 ? (char)v : '?';
    }
    out[n] = '\0';
    pst_span_put(&s->n, &text);
    return n > 0;
}

/* An item that was looked for, and what came of that. */
struct sought {
    struct pst_node node;
    enum pl_status found;
};

static struct sought seek(struct pst_state *s, uint32_t nid)
{
    struct sought sought = {.node = {.nid = nid}};
    key_write(s->key, nid);
    s->n.key = s->key;
    sought.found = pst_node_find(&s->n, nid, &sought.node);
    return sought;
}

/* Opens the item of a node that `wanted` is yet to be asked about, unless `class` is given. */
static enum pl_status deliver(struct pst_state *s, const struct sought *sought, const char *class, bool associated,
                              const struct pl_wanted *wanted, struct pl_item *out)
{
    *out = (struct pl_item){.message_class = "", .associated = associated, .offset = PL_NO_OFFSET};
    memcpy(out->key, s->key, sizeof out->key);
    char *copy = class ? pl_arena_strdup(s->r->item_arena, class) : NULL;
    if (copy)
        out->message_class = copy;
    enum pl_status st = sought->found;
    if (st == PL_END)
        return pl_report(s->n.report, PL_LOST, "pst.item-missing", out->key, PL_NO_OFFSET,
                         "the contents table lists an item that the store does not have");
    if (st == PL_OK)
        st = pst_item_load(s, &sought->node, wanted->people_only, out);
    if (copy && (st <= PL_LOST || !*out->message_class))
        out->message_class = copy; /* what the table said */
    if (st > PL_LOST && !class && !wanted->wants(wanted->data, out->message_class, associated)) {
        pl_arena_reset(s->r->item_arena);
        return PL_END;
    }
    return st;
}

/* Counts a row towards what the index knows of the folder; an item that names another folder
 * as its parent, or none, is remembered so that it does not come again there. */
static void listed_count(struct pst_state *s, const struct sought *sought, bool associated)
{
    struct pst_items *it = &s->items;
    it->rows++; /* one that is not there will be reported as such, not as missing from the folder too */
    if (sought->found != PL_OK)
        return;
    if (sought->node.parent == s->folders.list[it->folder].nid)
        it->listed[associated]++;
    else if (s->misplaced_count < PST_MISPLACED_MOST)
        s->misplaced[s->misplaced_count++] = sought->node.nid;
}

static bool is_misplaced(const struct pst_state *s, uint32_t nid)
{
    for (uint32_t i = 0; i < s->misplaced_count; i++)
        if (s->misplaced[i] == nid)
            return true;
    return false;
}

/* PL_END: the table has no more rows. */
static enum pl_status from_table(struct pst_state *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct pst_items *it = &s->items;
    bool associated = it->phase == PST_HIDDEN;
    while (it->open && it->row < it->table.row_count && it->row < it->end) {
        char class[CLASS_MOST];
        struct pst_span row;
        memcpy(s->key, it->key, sizeof s->key); /* of the folder, until an item is at hand */
        enum pl_status st = pst_table_row(&it->table, it->row++, &row);
        if (st != PL_OK) { /* a block of rows is gone; the sweep will find its items */
            it->row += it->table.rows_each - 1 - (it->row - 1) % it->table.rows_each;
            continue;
        }
        uint32_t nid = pl_le32(row.data);
        bool known = row_class(s, &row, class);
        pst_span_put(&s->n, &row);
        uint32_t place = 0;
        if (!pst_table_has(&it->table, nid, &place) || place != it->row - 1)
            continue;
        const struct sought sought = seek(s, nid);
        listed_count(s, &sought, associated);
        if (known && !wanted->wants(wanted->data, class, associated))
            continue;
        st = deliver(s, &sought, known ? class : NULL, associated, wanted, out);
        if (st != PL_END)
            return st;
    }
    return PL_END;
}

struct unlisted {
    struct pst_state *s;
    struct pst_table *tables[2];     /* NULL: not usable, so it lists nothing */
    const struct pst_folder *folder; /* NULL: the orphans */
    uint32_t last;                   /* no node after it is of the folder */
    uint32_t found;
};

/* Whether a table has delivered an item: its index names a row, and that row names the item. */
static bool is_listed(struct pst_state *s, struct pst_table *t, uint32_t nid)
{
    struct pst_span row;
    uint32_t place = 0;
    if (!pst_table_has(t, nid, &place) || pst_table_row(t, place, &row) != PL_OK)
        return false;
    bool same = pl_le32(row.data) == nid;
    pst_span_put(&s->n, &row);
    return same;
}

static enum pl_status unlisted_visit(void *data, const struct pst_node *node)
{
    struct unlisted *u = data;
    unsigned type = PST_NID_TYPE(node->nid);
    if (node->nid > u->last)
        return PL_END;
    if (type != PST_NID_MESSAGE && type != PST_NID_ASSOCIATED)
        return PL_OK;
    if (u->folder ? node->parent != u->folder->nid : pst_folders_find(&u->s->folders, node->parent) != PST_NOWHERE)
        return PL_OK;
    struct pst_items *it = &u->s->items;
    unsigned kind = type == PST_NID_ASSOCIATED;
    if (u->folder && u->folder->settled[kind])
        return PL_OK;
    if (is_misplaced(u->s, node->nid) ||
        (u->folder && it->has_list[kind] && is_listed(u->s, &it->lists[kind], node->nid)))
        return PL_OK;
    u->found = node->nid;
    return PL_END;
}

static bool list_open(struct pst_state *s, uint32_t nid, struct pst_table *t)
{
    struct pst_node node;
    return pst_node_find(&s->n, nid, &node) == PL_OK && pst_table_open(t, &s->n, &node) == PL_OK;
}

/* Both tables of the folder, once: what they list has been delivered. false: no memory. */
static bool lists_open(struct pst_state *s)
{
    struct pst_items *it = &s->items;
    if (it->lists || it->folder == PST_NOWHERE)
        return true;
    it->lists = calloc(2, sizeof *it->lists);
    if (!it->lists)
        return false;
    uint32_t nid = s->folders.list[it->folder].nid;
    it->has_list[0] = list_open(s, PST_NID_OF(nid, PST_NID_CONTENTS), &it->lists[0]);
    it->has_list[1] = list_open(s, PST_NID_OF(nid, PST_NID_ASSOCIATED_CONTENTS), &it->lists[1]);
    return true;
}

/* Is there reason to look for items that no table lists? The index counts more than the tables. */
static bool is_short(const struct pst_state *s)
{
    const struct pst_items *it = &s->items;
    if (it->folder == PST_NOWHERE)
        return true;
    const struct pst_folder *f = &s->folders.list[it->folder];
    return it->listed[0] < f->messages || it->listed[1] < f->associated;
}

enum pl_status pst_part_open(struct pst_state *s, const char *key, const struct pl_part *part)
{
    static const enum pst_phase phases[] = {
        [PL_PART_ROWS] = PST_NORMAL, [PL_PART_ASSOCIATED] = PST_HIDDEN, [PL_PART_UNLISTED] = PST_UNLISTED};
    struct pst_items *it = &s->items;
    pst_items_free(s);
    s->recovery.open = false;
    enum pl_status st = folder_open(s, key);
    if (st != PL_OK)
        return st;
    it->last = phases[part->kind];
    phase_begin(s, it->last);
    if (part->kind == PL_PART_ROWS) {
        it->row = part->from < UINT32_MAX ? (uint32_t)part->from : UINT32_MAX;
        it->end = part->to < UINT32_MAX ? (uint32_t)part->to : UINT32_MAX;
    }
    if (part->kind != PL_PART_UNLISTED)
        return PL_OK;
    it->rows = (uint32_t)part->before.rows;
    it->listed[0] = (uint32_t)part->before.listed[0];
    it->listed[1] = (uint32_t)part->before.listed[1];
    it->stated = stated_of(s);
    return is_short(s) || it->stated ? PL_OK : PL_END;
}

static enum pl_status from_sweep(struct pst_state *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct pst_items *it = &s->items;
    struct unlisted u = {.s = s};
    if (!is_short(s))
        return PL_END;
    s->r->looked_back = true; /* items that tables of other folders listed do not come again */
    if (!lists_open(s)) {     /* nothing was read: the next call would only fail again */
        it->phase = PST_DONE;
        return pl_report(s->n.report, PL_STOP, "memory", s->n.key, PL_NO_OFFSET, "out of memory");
    }
    u.folder = it->folder != PST_NOWHERE ? &s->folders.list[it->folder] : NULL;
    u.last = u.folder ? u.folder->last : s->folders.last;
    uint32_t first = u.folder ? u.folder->first : s->folders.first;
    it->sweep = it->sweep > first ? it->sweep : first;
    enum pl_status st = PL_END;
    do {
        u.found = 0;
        (void)!pst_nodes_visit(&s->n, it->sweep, unlisted_visit, &u);
        if (u.found) {
            it->sweep = u.found + 1;
            it->swept++;
            const struct sought sought = seek(s, u.found);
            st = deliver(s, &sought, NULL, PST_NID_TYPE(u.found) == PST_NID_ASSOCIATED, wanted, out);
            out->recovered = !u.folder;
            if (out->recovered) {
                out->evidence = PST_EVIDENCE_NODE;
                out->confidence = PL_HIGH;
            }
        }
    } while (u.found && st == PL_END);
    return u.found ? st : PL_END;
}

/* In a damaged store: did the folder have more than what was found? */
static enum pl_status folder_end(struct pst_state *s)
{
    struct pst_items *it = &s->items;
    uint64_t found = (uint64_t)it->rows + it->swept, stated = it->stated;
    it->stated = 0;
    if (found >= stated)
        return PL_END;
    return pl_report(s->n.report, PL_STOP, "pst.folder-short", it->key, PL_NO_OFFSET,
                     "the folder had %" PRIu64 " %s, found: %" PRIu64, stated, pl_plural(stated, "item", "items"),
                     found);
}

enum pl_status pst_items_next(struct pst_state *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct pst_items *it = &s->items;
    if (s->recovery.open)
        return pst_recovery_next(s, wanted, out);
    memcpy(s->key, it->key, sizeof s->key);
    while (it->phase != PST_DONE) {
        enum pl_status st = it->phase == PST_UNLISTED ? from_sweep(s, wanted, out) : from_table(s, wanted, out);
        if (st != PL_END)
            return st;
        phase_begin(s, it->phase == it->last ? PST_DONE : it->phase + 1);
        s->r->part = (struct pl_part_sum){it->rows, {it->listed[0], it->listed[1]}};
    }
    return folder_end(s);
}
