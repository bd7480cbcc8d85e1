/*
 * ese_table.c - tables: what their schema means in numbers, and their rows.
 *
 * A derived table has its template's columns before its own. Fixed and variable columns go on in the
 * template's numbers; tagged ones begin again at 256, or go on before revision 8. Indexes of the template are its
 * own, too. The row of a table without a primary index is named by a number that only grows.
 */
#include "ese_int.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t type_size[18] = {
    [MS_ESE_BIT] = 1,      [MS_ESE_BYTE] = 1,  [MS_ESE_SHORT] = 2,  [MS_ESE_LONG] = 4,
    [MS_ESE_CURRENCY] = 8, [MS_ESE_FLOAT] = 4, [MS_ESE_DOUBLE] = 8, [MS_ESE_TIME] = 8,
    [MS_ESE_ULONG] = 4,    [MS_ESE_INT64] = 8, [MS_ESE_GUID] = 16,  [MS_ESE_USHORT] = 2};

static const char *keep(struct ms_mem *m, const char *s) { return s ? ms_copy(m, s, strlen(s)) : NULL; }

struct numbers {
    unsigned fixed, variable, tagged, offset;
};

static void number_column(struct numbers *n, struct ese_column *c)
{
    switch (c->def.place) {
    case MS_ESE_FIXED:
        c->id = ++n->fixed;
        c->offset = n->offset;
        n->offset += c->def.size;
        break;
    case MS_ESE_VARIABLE: c->id = ++n->variable; break;
    case MS_ESE_TAGGED: c->id = ++n->tagged; break;
    }
}

static void copy_columns(struct ms_ese_table *t, const struct ms_ese_schema *schema)
{
    size_t inherited = t->parent ? t->parent->column_count : 0;
    struct numbers n = {0, 127, 255, 4};
    t->inherited = inherited;
    t->column_count = inherited + schema->column_count;
    t->columns = ms_alloc(&t->mem, t->column_count * sizeof *t->columns + 1);
    for (size_t i = 0; i < t->column_count; i++) {
        struct ese_column *c = &t->columns[i];
        if (i == inherited && t->db->opt.revision >= 8)
            n.tagged = 255;
        if (i < inherited) {
            *c = t->parent->columns[i];
            c->derived = true;
        } else {
            c->def = schema->columns[i - inherited];
            c->def.name = keep(&t->mem, c->def.name);
            c->def.callback = keep(&t->mem, c->def.callback);
            if (c->def.fallback)
                c->def.fallback = ms_copy(&t->mem, c->def.fallback, c->def.fallback_size);
            c->def.flags |= c->def.callback ? 0x80u | MS_ESE_DEFAULT : c->def.fallback ? MS_ESE_DEFAULT : 0u;
            if (type_size[c->def.type])
                c->def.size = type_size[c->def.type];
        }
        number_column(&n, c);
    }
    if (n.fixed > 127 || n.variable > 255 || n.tagged > 65535 || n.offset > t->db->opt.page / 2)
        ese_fail(t->db, "table %s has too many columns", t->name);
}

static void copy_indexes(struct ms_ese_table *t, const struct ms_ese_schema *schema)
{
    size_t inherited = t->parent ? t->parent->index_count : 0;
    t->index_count = inherited + schema->index_count;
    t->indexes = ms_alloc(&t->mem, t->index_count * sizeof *t->indexes + 1);
    for (size_t i = 0; i < t->index_count; i++) {
        struct ese_index *x = &t->indexes[i];
        x->derived = i < inherited;
        x->def = x->derived ? t->parent->indexes[i].def : schema->indexes[i - inherited];
        x->def.name = keep(&t->mem, x->def.name);
        for (size_t n = 0; n < x->def.count; n++)
            if (x->def.count > MS_ESE_SEGMENTS || x->def.columns[n] >= t->column_count)
                ese_fail(t->db, "table %s: index %s has no such column", t->name, x->def.name);
        if (x->def.flags & MS_ESE_PRIMARY)
            t->primary = x;
    }
}

struct ms_ese_table *ese_table_new(struct ms_ese_db *db, const struct ms_ese_schema *schema, uint32_t objid)
{
    struct ms_ese_table *t = calloc(1, sizeof *t);
    if (!t) {
        ese_fail(db, "out of memory");
        return NULL;
    }
    t->db = db;
    t->name = keep(&t->mem, schema->name);
    t->callback = keep(&t->mem, schema->callback);
    t->parent = schema->parent;
    t->is_template = schema->is_template;
    t->unsorted = schema->unsorted;
    t->flags = schema->flags;
    t->pages = schema->pages ? schema->pages : 1;
    t->lv_chunk = db->opt.revision >= 0x14 ? schema->lv_chunk : 0;
    if (t->lv_chunk > ese_node_most(db) - 12)
        ese_fail(db, "table %s: chunks are longer than a page", t->name);
    t->objid = objid;
    copy_columns(t, schema);
    copy_indexes(t, schema);
    t->next = db->tables;
    t->link = &db->tables;
    if (t->next)
        t->next->link = &t->next;
    db->tables = t;
    return t;
}

void ese_table_free(struct ms_ese_table *t)
{
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    for (size_t i = 0; i < t->index_count; i++) {
        ese_sort_free(t->indexes[i].entries);
        ese_tree_free(&t->indexes[i].tree);
    }
    ese_sort_free(t->rows);
    ese_tree_free(&t->tree);
    ese_tree_free(&t->lv);
    ese_tree_free(&t->gone[0]);
    ese_tree_free(&t->gone[1]);
    ms_mem_release(&t->mem);
    free(t);
}

/* Trees of the indexes, in the order of their numbers. */
static void open_indexes(struct ms_ese_table *t)
{
    for (size_t i = 0; i < t->index_count; i++) {
        struct ese_index *x = &t->indexes[i];
        if (x == t->primary) {
            x->objid = t->objid;
            continue;
        }
        x->objid = ++t->db->objid;
        ese_tree_init(&x->tree, t->db, &t->tree.space, x->objid,
                      ESE_INDEX | (x->def.flags & MS_ESE_UNIQUE ? 0u : (unsigned)ESE_NONUNIQUE));
        x->entries = ese_sort_new(t->db);
    }
}

struct ms_ese_table *ms_ese_table(struct ms_ese_db *db, const struct ms_ese_schema *schema)
{
    struct ms_ese_table *t = ese_table_new(db, schema, ++db->objid);
    if (!t || db->failed)
        return NULL;
    ese_tree_init(&t->tree, db, NULL, t->objid, 0);
    t->tree.records = !t->unsorted; /* spooled rows have one form */
    uint32_t root = ese_space_take(&db->space, t->pages, NULL);
    ese_space_init(&t->tree.space, db, &db->space, root, root, t->pages);
    ese_space_give(&t->tree.space, root + 1, t->pages - 1);
    open_indexes(t);
    if (t->unsorted)
        t->rows = ese_sort_new(db);
    return db->failed ? NULL : t;
}

/* --- rows ---------------------------------------------------------------------------------- */

/* What of a value can matter for a key. */
static struct ese_slice key_part(const struct ms_ese_piece *p, uint8_t *made)
{
    if (!p->generate)
        return (struct ese_slice){p->data, p->size};
    size_t size = p->size < ESE_KEY_MOST ? p->size : ESE_KEY_MOST;
    p->generate(p->state, 0, made, size);
    return (struct ese_slice){made, size};
}

static size_t make_key(const struct ms_ese_table *t, const struct ms_ese_index *x, const struct ese_row *row,
                       unsigned *nulls, uint8_t *key)
{
    uint8_t made[ESE_KEY_MOST];
    size_t used = 0;
    *nulls = 0;
    for (size_t i = 0; i < x->count; i++) {
        const struct ese_column *c = &t->columns[x->columns[i]];
        const struct ms_ese_value *v = row->by_column[x->columns[i]];
        struct ese_slice value = {c->def.fallback, c->def.fallback_size};
        bool null = v ? !v->count : !c->def.fallback;
        if (v && v->count)
            value = key_part(&v->pieces[0], made);
        if (null)
            *nulls |= 1u << i;
        used = ese_key_add(key, used, c, null ? NULL : &value, x->descending[i]);
    }
    return used;
}

/* What an index does with keys that have NULL segments. */
static bool indexed(const struct ms_ese_index *x, unsigned nulls)
{
    unsigned all = (1u << x->count) - 1;
    if (nulls && x->flags & MS_ESE_NO_NULL)
        return false;
    if (nulls == all)
        return x->flags & 2;
    if (nulls & 1)
        return x->flags & 4;
    return !nulls || x->flags & 8;
}

static void add_entries(struct ms_ese_table *t, const struct ese_row *row, struct ese_slice bookmark,
                        unsigned flags)
{
    for (size_t i = 0; i < t->index_count; i++) {
        struct ese_index *x = &t->indexes[i];
        uint8_t key[ESE_KEY_MOST];
        unsigned nulls;
        if (x == t->primary)
            continue;
        size_t size = make_key(t, &x->def, row, &nulls, key);
        if (indexed(&x->def, nulls))
            ese_sort_add(x->entries, (struct ese_slice){key, size}, bookmark, flags);
    }
}

static size_t primary_key(struct ms_ese_table *t, const struct ese_row *row, uint8_t *key)
{
    unsigned nulls;
    if (t->primary)
        return make_key(t, &t->primary->def, row, &nulls, key);
    ese_be32(key, (uint32_t)++t->row_number);
    return 4;
}

static bool ascends(struct ms_ese_table *t, struct ese_slice key)
{
    size_t n = key.size < t->last_size ? key.size : t->last_size;
    int c = n ? memcmp(key.data, t->last_key, n) : 0;
    if (t->last_key && (c < 0 || (c == 0 && key.size <= t->last_size)))
        return false;
    if (!t->last_key)
        t->last_key = ms_alloc(&t->mem, ESE_KEY_MOST);
    memcpy(t->last_key, key.data, key.size);
    t->last_size = key.size;
    return true;
}

static void put_sorted(struct ms_ese_table *t, const struct ese_row *row, struct ese_slice key, unsigned flags)
{
    bool fit, old = ese_tree_old(&t->tree, key, 0, &fit);
    if (!ascends(t, key)) {
        ese_fail(t->db, "table %s: rows are not in the order of their keys", t->name);
        return;
    }
    size_t size = ese_record_make(t, row, old, t->db->record);
    bool other = ese_tree_old(&t->tree, key, size, &fit);
    if (!fit && other != old) {
        ese_tree_break(&t->tree, key);
        size = ese_record_make(t, row, other, t->db->record);
    }
    ese_tree_put(&t->tree, key, (struct ese_slice){t->db->record, size}, flags);
}

void ms_ese_left(struct ms_ese_db *db, enum ms_ese_left left) { db->left = left; }

struct ese_tree *ese_table_gone(struct ms_ese_table *t, int which)
{
    struct ese_tree *gone = &t->gone[which];
    if (!gone->db) {
        ese_tree_init(gone, t->db, NULL, which ? t->lv_objid : t->objid, which ? t->lv.flags : t->tree.flags);
        gone->from = which ? &t->lv.space : &t->tree.space;
    }
    return gone;
}

static void put_lost(struct ms_ese_table *t, const struct ese_row *row, struct ese_slice key)
{
    size_t size = ese_record_make(t, row, t->db->opt.records == MS_ESE_OLD, t->db->record);
    if (ascends(t, key))
        ese_tree_lose(ese_table_gone(t, 0), key, (struct ese_slice){t->db->record, size});
    else
        ese_fail(t->db, "table %s: rows are not in the order of their keys", t->name);
}

static void put_row(struct ms_ese_table *t, const struct ms_ese_value *values, size_t count, bool deleted)
{
    struct ese_row row;
    uint8_t key[ESE_KEY_MOST];
    if (!ese_row_prepare(t, &t->db->row_mem, values, count, ESE_KEY_MOST, &row))
        return;
    struct ese_slice k = {key, primary_key(t, &row, key)};
    unsigned flags =
        deleted || t->db->left ? ESE_NODE_DELETED : ms_mix(t->db->opt.seed ^ t->objid, t->put_count++) % 3 == 0;
    if (t->db->left == MS_ESE_LOST) {
        put_lost(t, &row, k);
        return;
    }
    add_entries(t, &row, k, flags & ESE_NODE_DELETED);
    if (t->unsorted)
        ese_sort_add(t->rows, k,
                     (struct ese_slice){t->db->record,
                                        ese_record_make(t, &row, t->db->opt.records == MS_ESE_OLD, t->db->record)},
                     flags);
    else
        put_sorted(t, &row, k, flags);
}

int ms_ese_row(struct ms_ese_table *t, const struct ms_ese_value *values, size_t count, bool deleted)
{
    struct ms_ese_db *db = t->db;
    if (t->ended)
        ese_fail(db, "table %s: a row after its end", t->name);
    if (!db->failed)
        put_row(t, values, count, deleted);
    ms_mem_clear(&t->db->row_mem);
    return db->failed ? -1 : 0;
}

static void take_entry(void *to, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    ese_tree_put(to, key, data, flags);
}

int ms_ese_table_end(struct ms_ese_table *t)
{
    struct ms_ese_db *db = t->db;
    if (t->ended)
        return db->failed ? -1 : 0;
    t->ended = true;
    for (size_t i = 0; i < t->index_count; i++) {
        struct ese_index *x = &t->indexes[i];
        if (x == t->primary)
            continue;
        ese_sort_drain(x->entries, take_entry, &x->tree);
        ese_sort_free(x->entries);
        x->entries = NULL;
        ese_tree_finish(&x->tree);
    }
    ese_tree_lost(&t->gone[1]);
    ese_tree_lost(&t->gone[0]);
    if (t->has_lv)
        ese_tree_finish(&t->lv);
    ese_sort_drain(t->rows, take_entry, &t->tree);
    ese_sort_free(t->rows);
    t->rows = NULL;
    ese_tree_finish(&t->tree);
    if (!t->system)
        ese_cat_add(t);
    if (!t->is_template)
        ese_table_free(t);
    return db->failed ? -1 : 0;
}
