/*
 * ese_catalog.c - which tables there are, and what is in one.
 *
 * The catalogue is a table itself, at a fixed place with columns that are known beforehand.
 * It is never read as a whole: rows are found by key. Its primary key is (object id of the
 * table, kind of row, id), so the next table is one seek behind the last, and the rows of a
 * table lie side by side; a secondary index leads from a table's name to that key. A copy of
 * the catalogue without that index is used when the first is damaged.
 *
 * A derived table has the columns of its template before its own.
 */
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "ese_page.h"

enum kind { KIND_TABLE = 1, KIND_COLUMN = 2, KIND_INDEX = 3, KIND_LONG_VALUES = 4 };

enum { /* flags of tables */
       TABLE_SYSTEM = 0x80000000u,
       TABLE_TEMPLATE = 0x20000000u,
       TABLE_DERIVED = 0x10000000u
};

enum { /* columns of the catalogue that are used, by their place in the list below */
       C_OBJID_TABLE,
       C_KIND,
       C_ID,
       C_TYPE_OR_ROOT,
       C_SPACE,
       C_FLAGS,
       C_PAGES_OR_LOCALE,
       C_RECORD_OFFSET,
       C_CHUNK,
       C_NAME,
       C_TEMPLATE,
       C_DEFAULT,
       C_KEY_COLUMNS,
       C_COUNT
};

static const struct ese_column catalog_columns[C_COUNT] = {
    [C_OBJID_TABLE] = {.name = "ObjidTable", .id = 1, .type = ESE_I32, .size = 4, .offset = 4},
    [C_KIND] = {.name = "Type", .id = 2, .type = ESE_I16, .size = 2, .offset = 8},
    [C_ID] = {.name = "Id", .id = 3, .type = ESE_I32, .size = 4, .offset = 10},
    [C_TYPE_OR_ROOT] = {.name = "ColtypOrPgnoFDP", .id = 4, .type = ESE_I32, .size = 4, .offset = 14},
    [C_SPACE] = {.name = "SpaceUsage", .id = 5, .type = ESE_I32, .size = 4, .offset = 18},
    [C_FLAGS] = {.name = "Flags", .id = 6, .type = ESE_I32, .size = 4, .offset = 22},
    [C_PAGES_OR_LOCALE] = {.name = "PagesOrLocale", .id = 7, .type = ESE_I32, .size = 4, .offset = 26},
    [C_RECORD_OFFSET] = {.name = "RecordOffset", .id = 9, .type = ESE_I16, .size = 2, .offset = 31},
    [C_CHUNK] = {.name = "LVChunkMax", .id = 12, .type = ESE_I32, .size = 4, .offset = 39},
    [C_NAME] = {.name = "Name", .id = 128, .type = ESE_TEXT},
    [C_TEMPLATE] = {.name = "TemplateTable", .id = 130, .type = ESE_TEXT},
    [C_DEFAULT] = {.name = "DefaultValue", .id = 131, .type = ESE_BINARY},
    [C_KEY_COLUMNS] = {.name = "KeyFldIDs", .id = 132, .type = ESE_BINARY},
};

#define CATALOG_NAME "MSysObjects"
#define TABLE_LIMIT  ((size_t)16 << 20) /* of what one table's columns can take */

/* A walk over rows of the catalogue; its table has no columns but the list above. */
struct catalog {
    struct ese_table table;
    struct ese_cursor cursor;
    struct ese_record row;
};

static void catalog_begin(struct catalog *c, struct ese_db *db)
{
    struct ese_tree tree = {ESE_CATALOG_ROOT, ESE_CATALOG_OBJID, CATALOG_NAME};
    if (db->catalog == ESE_CATALOG_COPY)
        tree = (struct ese_tree){ESE_SHADOW_ROOT, ESE_SHADOW_OBJID, CATALOG_NAME};
    memset(&c->table, 0, sizeof c->table);
    c->table.db = db;
    c->table.row = (struct ese_table_row){.name = CATALOG_NAME, .tree = tree};
    ese_cursor_init(&c->cursor, db, tree);
    c->cursor.strict = db->catalog == ESE_CATALOG_SOUND;
}

static int32_t row_i32(const struct catalog *c, int column)
{
    struct ese_cell cell;
    const struct ese_column *k = &catalog_columns[column];
    if (ese_record_get(&c->row, k, &cell) != PL_OK || !cell.count)
        return 0;
    return k->size == 2 ? (int16_t)pl_le16(cell.bytes.data) : (int32_t)pl_le32(cell.bytes.data);
}

static uint32_t row_u32(const struct catalog *c, int column) { return (uint32_t)row_i32(c, column); }

static struct pl_bytes row_bytes(const struct catalog *c, int column)
{
    struct ese_cell cell;
    if (ese_record_get(&c->row, &catalog_columns[column], &cell) != PL_OK || !cell.count)
        return (struct pl_bytes){0};
    return cell.bytes;
}

static void name_copy(char out[ESE_NAME_MAX], struct pl_bytes name)
{
    size_t size = name.size < ESE_NAME_MAX - 1 ? name.size : ESE_NAME_MAX - 1;
    if (size)
        memcpy(out, name.data, size);
    out[size] = '\0';
}

/* The next row. What can't be read is passed over where there is no other copy, and the row that follows
 * is PL_WARN. */
static enum pl_status catalog_next(struct catalog *c)
{
    struct ese_node node;
    enum pl_status worst = PL_OK;
    for (;;) {
        enum pl_status st = ese_cursor_next(&c->cursor, &node);
        if (st == PL_END || st == PL_STOP)
            return st;
        if (st > PL_LOST && ese_record_parse(&c->table, &node, &c->row) > PL_LOST)
            return st < worst ? st : worst;
        if (c->cursor.strict)
            return PL_LOST;
        worst = PL_WARN;
    }
}

static enum pl_status catalog_seek(struct catalog *c, uint32_t objid, unsigned kind)
{
    struct ese_key key = {.size = 0};
    ese_key_add_i64(&key, ESE_I32, (int32_t)objid, false);
    if (kind)
        ese_key_add_i64(&key, ESE_I16, (int16_t)kind, false);
    return ese_cursor_seek(&c->cursor, key.data, key.size);
}

static bool has_copy(struct ese_db *db)
{
    struct ese_page page;
    db->touched = CATALOG_NAME;
    if (ese_page_peek(db, ESE_SHADOW_ROOT, &page) <= PL_LOST)
        return false;
    bool has = ese_page_owner(&page) == ESE_SHADOW_OBJID;
    ese_page_put(db, &page);
    return has;
}

/* Whether to try again after that status: with the copy, or with what can be found of the catalogue when
 * there is none. Decided once; a clean database's catalogue has no faults. */
static bool try_again(struct ese_db *db, enum pl_status st)
{
    if (db->catalog != ESE_CATALOG_SOUND || (st > PL_LOST && (st != PL_WARN || db->careful)))
        return false;
    db->catalog = has_copy(db) ? ESE_CATALOG_COPY : ESE_CATALOG_REST;
    pl_report_once(
        db->report, PL_WARN, "edb.catalog", CATALOG_NAME, PL_NO_OFFSET, "the catalogue of tables is damaged; %s",
        db->catalog == ESE_CATALOG_COPY ? "its copy is used" : "so is its copy, and what is left is used");
    return true;
}

/* --- tables ------------------------------------------------------------------------------------- */

static void table_row_take(const struct catalog *c, struct ese_table_row *out)
{
    uint32_t flags = row_u32(c, C_FLAGS);
    *out = (struct ese_table_row){
        .tree = {row_u32(c, C_TYPE_OR_ROOT), row_u32(c, C_OBJID_TABLE), NULL},
        .chunk_size = row_u32(c, C_CHUNK),
        .is_template = (flags & TABLE_TEMPLATE) != 0,
        .is_derived = (flags & TABLE_DERIVED) != 0,
        .is_system = (flags & TABLE_SYSTEM) != 0,
    };
    name_copy(out->name, row_bytes(c, C_NAME));
    name_copy(out->of_template, row_bytes(c, C_TEMPLATE));
}

void ese_tables_init(struct ese_tables *t, struct ese_db *db) { *t = (struct ese_tables){.db = db}; }

/* The first table whose id is above `after`. */
static enum pl_status table_after(struct ese_db *db, uint32_t after, struct ese_table_row *out)
{
    struct catalog c;
    enum pl_status st = PL_END;
    catalog_begin(&c, db);
    while (after < INT32_MAX) {
        st = catalog_seek(&c, after + 1, 0);
        if (st > PL_LOST)
            st = catalog_next(&c);
        if (st == PL_END || st <= PL_LOST)
            break;
        uint32_t objid = row_u32(&c, C_OBJID_TABLE);
        if (objid <= after) {
            st = PL_LOST;
            break;
        }
        after = objid;
        if (row_i32(&c, C_KIND) == KIND_TABLE) {
            table_row_take(&c, out);
            break;
        }
        pl_report_once(db->report, PL_LOST, "edb.catalog-row", CATALOG_NAME, c.row.offset,
                       "the catalogue has columns of a table, but not the table (object id %u)", objid);
        st = PL_END;
    }
    ese_cursor_close(&c.cursor);
    return st;
}

enum pl_status ese_tables_next(struct ese_tables *t, struct ese_table_row *out)
{
    if (t->failed)
        return PL_END;
    enum pl_status st = table_after(t->db, t->objid, out);
    if (try_again(t->db, st))
        st = table_after(t->db, t->objid, out);
    t->failed = st <= PL_LOST;
    if (st <= PL_LOST || st == PL_END)
        return st;
    t->objid = out->tree.objid;
    return st;
}

/* --- by name ---------------------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b) { return strcasecmp(a, b) == 0; }

uint64_t ese_tables_named(struct ese_db *db)
{
    struct catalog c;
    struct ese_node node;
    uint64_t count = 0;
    catalog_begin(&c, db);
    c.cursor.tree = (struct ese_tree){ESE_NAMES_ROOT, ESE_NAMES_OBJID, CATALOG_NAME};
    enum pl_status st = ese_cursor_first(&c.cursor);
    while (st > PL_LOST && st != PL_END && (st = ese_cursor_next(&c.cursor, &node)) > PL_LOST && st != PL_END)
        count++;
    ese_cursor_close(&c.cursor);
    return count;
}

/* Through the index of names to the row. PL_END: no table has this name. */
static enum pl_status name_find(struct ese_db *db, const char *name, struct ese_table_row *out)
{
    struct catalog c;
    struct ese_node node = {.flags = 0};
    struct ese_key key = {.size = 0};
    static const uint8_t yes = 0xff;
    catalog_begin(&c, db);
    c.cursor.tree = (struct ese_tree){ESE_NAMES_ROOT, ESE_NAMES_OBJID, CATALOG_NAME};
    ese_key_add(&key, ESE_BIT, &yes, 1, false);
    ese_key_add_name(&key, name);
    enum pl_status st = key.failed ? PL_END : ese_cursor_seek(&c.cursor, key.data, key.size);
    if (st > PL_LOST && st != PL_END)
        st = ese_cursor_next(&c.cursor, &node);
    if (st > PL_LOST && st != PL_END && ese_key_compare(&node, key.data, key.size) != 0)
        st = PL_END;
    size_t size = st == PL_OK || st == PL_WARN ? node.data.size : 0;
    if (size)
        memcpy(key.data, node.data.data, size < sizeof key.data ? size : sizeof key.data);
    ese_cursor_close(&c.cursor);
    if (!size) /* an entry that leads nowhere tells nothing of the table */
        return st == PL_OK || st == PL_WARN ? PL_LOST : st;
    catalog_begin(&c, db);
    st = ese_cursor_seek(&c.cursor, key.data, size);
    if (st > PL_LOST)
        st = catalog_next(&c);
    if (st > PL_LOST && st != PL_END) {
        table_row_take(&c, out);
        st = same_name(out->name, name) && row_i32(&c, C_KIND) == KIND_TABLE ? st : PL_LOST;
    }
    ese_cursor_close(&c.cursor);
    return st;
}

static enum pl_status table_find(struct ese_db *db, const char *name, struct ese_table_row *out)
{
    struct ese_tables all;
    enum pl_status st = db->catalog == ESE_CATALOG_SOUND ? name_find(db, name, out) : PL_LOST;
    if (st > PL_LOST)
        return st;
    ese_tables_init(&all, db);
    do
        st = ese_tables_next(&all, out);
    while (st > PL_LOST && st != PL_END && !same_name(out->name, name));
    return st;
}

/* --- one table ------------------------------------------------------------------------------------------ */

struct loader {
    struct ese_table *t;
    size_t columns, indexes; /* how many there is room for: a row that could not be read when they were counted
                              * may be readable now */
    unsigned fixed_end;      /* of the last fixed column */
    bool inherited, no_memory;
};

static struct pl_bytes bytes_keep(struct loader *l, struct pl_bytes from)
{
    uint8_t *copy = pl_arena_alloc(&l->t->arena, from.size + 1);
    if (!copy) {
        l->no_memory = true;
        return (struct pl_bytes){0};
    }
    if (from.size)
        memcpy(copy, from.data, from.size);
    copy[from.size] = 0;
    return (struct pl_bytes){copy, from.size};
}

static const char *name_keep(struct loader *l, const struct catalog *c)
{
    struct pl_bytes name = bytes_keep(l, row_bytes(c, C_NAME));
    return name.data ? (const char *)name.data : "";
}

static void column_take(struct loader *l, const struct catalog *c)
{
    struct ese_table *t = l->t;
    if (t->column_count == l->columns)
        return;
    struct ese_column *k = &t->columns[t->column_count];
    *k = (struct ese_column){
        .name = name_keep(l, c),
        .id = row_u32(c, C_ID),
        .flags = row_u32(c, C_FLAGS),
        .codepage = row_u32(c, C_PAGES_OR_LOCALE),
        .size = row_u32(c, C_SPACE),
        .type = (uint8_t)row_u32(c, C_TYPE_OR_ROOT),
        .inherited = l->inherited,
    };
    if (ese_type_size(k->type))
        k->size = ese_type_size(k->type);
    if (!k->id || k->id > 0xffff || (k->id < ESE_FIRST_VARIABLE && k->size > 0x7fff))
        return;
    if (k->flags & ESE_COLUMN_DEFAULT && !(k->flags & ESE_COLUMN_USER_DEFAULT)) {
        k->by_default = bytes_keep(l, row_bytes(c, C_DEFAULT));
        k->has_default = k->by_default.size > 0;
    }
    t->column_count++;
    if (k->id < ESE_FIRST_TAGGED)
        t->by_id[k->id] = (uint32_t)t->column_count;
    if (k->id >= ESE_FIRST_VARIABLE)
        return;
    /* The catalogue describes itself with one offset for all columns: none begins before the last ends. */
    unsigned stated = (unsigned)row_i32(c, C_RECORD_OFFSET) & 0x7fff;
    k->offset = (uint16_t)(stated > l->fixed_end ? stated : l->fixed_end);
    l->fixed_end = k->offset + k->size;
}

static void index_take(struct loader *l, const struct catalog *c)
{
    struct ese_table *t = l->t;
    struct ese_index *x = &t->indexes[t->index_count];
    struct pl_bytes keys = row_bytes(c, C_KEY_COLUMNS);
    size_t size = t->db->header.update < 7 ? 2 : 4;
    if (l->inherited || t->index_count == l->indexes)
        return;
    *x = (struct ese_index){
        .name = name_keep(l, c),
        .tree = {row_u32(c, C_TYPE_OR_ROOT), row_u32(c, C_ID), t->row.name},
        .flags = row_u32(c, C_FLAGS),
    };
    for (size_t at = 0; at + size <= keys.size && x->segment_count < ESE_SEGMENTS; at += size) {
        int column = size == 4 ? pl_le16(keys.data + at + 2) : (int16_t)pl_le16(keys.data + at);
        unsigned flags = size == 4 ? keys.data[at] : column < 0 ? ESE_SEGMENT_DESCENDING : 0;
        x->segments[x->segment_count].column = (uint16_t)(column < 0 ? -column : column);
        x->segments[x->segment_count++].flags = (uint8_t)flags;
    }
    if (x->flags & ESE_INDEX_PRIMARY)
        x->tree = t->row.tree;
    t->index_count++;
}

static void long_values_take(struct loader *l, const struct catalog *c)
{
    if (l->inherited)
        return;
    l->t->long_values = (struct ese_tree){row_u32(c, C_TYPE_OR_ROOT), row_u32(c, C_ID), l->t->row.name};
    if (row_u32(c, C_CHUNK))
        l->t->row.chunk_size = row_u32(c, C_CHUNK);
}

/* All rows of one table: counts them by kind, and takes them too when `l`. */
static enum pl_status rows_walk(struct ese_db *db, uint32_t objid, struct loader *l, size_t counts[5])
{
    static void (*const take[])(struct loader *, const struct catalog *) = {
        [KIND_COLUMN] = column_take, [KIND_INDEX] = index_take, [KIND_LONG_VALUES] = long_values_take};
    struct catalog c;
    enum pl_status worst = PL_OK;
    catalog_begin(&c, db);
    enum pl_status st = catalog_seek(&c, objid, 0);
    while (st > PL_LOST) {
        st = catalog_next(&c);
        if (st == PL_END || (st > PL_LOST && row_u32(&c, C_OBJID_TABLE) != objid))
            break;
        worst = st < worst ? st : worst;
        unsigned kind = st > PL_LOST ? row_u32(&c, C_KIND) : 0;
        if (kind <= KIND_LONG_VALUES && counts)
            counts[kind]++;
        if (kind <= KIND_LONG_VALUES && kind >= KIND_COLUMN && l)
            take[kind](l, &c);
    }
    ese_cursor_close(&c.cursor);
    return st <= PL_LOST && st < worst ? st : worst;
}

/* Fills the columns and indexes, those of the template first. */
static enum pl_status table_fill(struct ese_table *t, const struct ese_table_row *parent)
{
    size_t counts[5] = {0};
    struct loader l = {.t = t, .fixed_end = 4};
    t->column_count = t->inherited_count = t->index_count = 0;
    memset(t->by_id, 0, sizeof t->by_id);
    pl_arena_reset(&t->arena);
    enum pl_status st = parent ? rows_walk(t->db, parent->tree.objid, NULL, counts) : PL_OK;
    enum pl_status own = rows_walk(t->db, t->row.tree.objid, NULL, counts);
    t->columns = pl_arena_zalloc(&t->arena, counts[KIND_COLUMN] + 1, sizeof *t->columns);
    t->indexes = pl_arena_zalloc(&t->arena, counts[KIND_INDEX] + 1, sizeof *t->indexes);
    st = own < st ? own : st;
    if (!t->columns || !t->indexes || st <= PL_LOST)
        return st <= PL_LOST
                   ? st
                   : pl_report(t->db->report, PL_LOST, "memory", t->row.name, PL_NO_OFFSET, "out of memory");
    l.columns = counts[KIND_COLUMN];
    l.indexes = counts[KIND_INDEX];
    l.inherited = true;
    if (parent)
        st = rows_walk(t->db, parent->tree.objid, &l, NULL);
    t->inherited_count = t->column_count;
    l.inherited = false;
    own = rows_walk(t->db, t->row.tree.objid, &l, NULL);
    if (l.no_memory)
        return pl_report(t->db->report, PL_LOST, "memory", t->row.name, PL_NO_OFFSET, "out of memory");
    return own < st ? own : st;
}

enum pl_status ese_table_load(struct ese_db *db, const struct ese_table_row *row, struct ese_table *out)
{
    struct ese_table_row parent = {0};
    const struct ese_table_row *parents = NULL;
    memset(out, 0, sizeof *out);
    out->db = db;
    out->row = *row;
    out->row.tree.name = out->row.name;
    pl_arena_init(&out->arena, TABLE_LIMIT);
    enum pl_status st = PL_OK;
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): with PL_OK and PL_WARN it is filled */
    if (row->is_derived && row->of_template[0]) {
        st = table_find(db, row->of_template, &parent);
        if (st == PL_OK || st == PL_WARN)
            parents = &parent;
        else
            pl_report_once(db->report, PL_LOST, "edb.template", row->name, PL_NO_OFFSET,
                           "the table %s has no columns of its template %s, which is not there", row->name,
                           row->of_template);
    }
    st = table_fill(out, parents);
    if (try_again(db, st))
        st = table_fill(out, parents);
    return st;
}

enum pl_status ese_table_open(struct ese_db *db, const char *name, struct ese_table *out)
{
    struct ese_table_row row;
    enum pl_status st = table_find(db, name, &row);
    if (st == PL_END || st <= PL_LOST)
        return st;
    st = ese_table_load(db, &row, out);
    if (st <= PL_LOST)
        ese_table_close(out);
    return st;
}

void ese_table_close(struct ese_table *t)
{
    pl_arena_release(&t->arena);
    t->columns = NULL;
    t->indexes = NULL;
    t->column_count = t->index_count = 0;
}

const struct ese_column *ese_table_column(const struct ese_table *t, const char *name)
{
    for (size_t i = t->column_count; i-- > 0;)
        if (t->columns[i].type != ESE_NIL && same_name(t->columns[i].name, name))
            return &t->columns[i];
    return NULL;
}

const struct ese_index *ese_table_index(const struct ese_table *t, const char *name)
{
    for (size_t i = 0; i < t->index_count; i++)
        if (same_name(t->indexes[i].name, name))
            return &t->indexes[i];
    return NULL;
}
