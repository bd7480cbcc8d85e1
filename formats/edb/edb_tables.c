/*
 * edb_tables.c - an ESE database as tables for `dump` and `info`.
 *
 * Layer: a format, above the engine, beside the reader. One table is open at a time, and one
 * long value. Rows come in the order of the primary index.
 */
#include <string.h>

#include "arena.h"
#include "edb.h"
#include "edb_kind.h"

struct state {
    struct pl_tables *t;
    struct ese_db db;
    struct ese_tables all;
    struct ese_table table;
    struct ese_cursor cursor;
    struct ese_lv lv;
    bool is_open, table_open, lv_open;
    const struct pl_column *columns; /* of the table, one for each of its columns; so are the next two */
    struct pl_cell *cells;
    uint8_t *stored;
    struct pl_fact facts[EDB_FACTS];
};

static void lv_done(struct state *s)
{
    if (s->lv_open)
        ese_lv_close(&s->lv);
    s->lv_open = false;
}

static void table_done(struct state *s)
{
    lv_done(s);
    if (!s->table_open)
        return;
    ese_cursor_close(&s->cursor);
    ese_table_close(&s->table);
    s->table_open = false;
}

static enum pl_status tables_open(struct pl_tables *t)
{
    struct state *s = t->state;
    s->t = t;
    s->is_open = true;
    enum pl_status st = ese_open(&s->db, t->source, t->report, t->options.memory);
    if (st <= PL_LOST)
        return st;
    t->kind = edb_kind_find(&s->db)->title;
    t->facts = s->facts;
    t->fact_count = edb_facts(&s->db, t->arena, s->facts, t->report);
    t->dirty = s->db.careful;
    uint32_t last = ese_last_page(&s->db);
    t->cut = ese_is_cut(&s->db, last);
    t->unmeasured = !last;
    ese_size_complain(&s->db, last);
    edb_dirty_complain(&s->db, t->report);
    ese_tables_init(&s->all, &s->db);
    return PL_OK;
}

static enum pl_cell_type cell_type(unsigned type)
{
    static const enum pl_cell_type types[] = {
        [ESE_NIL] = PL_CELL_BYTES,      [ESE_BIT] = PL_CELL_BOOL,   [ESE_U8] = PL_CELL_UNSIGNED,
        [ESE_I16] = PL_CELL_SIGNED,     [ESE_I32] = PL_CELL_SIGNED, [ESE_CURRENCY] = PL_CELL_SIGNED,
        [ESE_F32] = PL_CELL_REAL,       [ESE_F64] = PL_CELL_REAL,   [ESE_DATETIME] = PL_CELL_DATE,
        [ESE_BINARY] = PL_CELL_BYTES,   [ESE_TEXT] = PL_CELL_TEXT,  [ESE_LONG_BINARY] = PL_CELL_BYTES,
        [ESE_LONG_TEXT] = PL_CELL_TEXT, [ESE_SLV] = PL_CELL_BYTES,  [ESE_U32] = PL_CELL_UNSIGNED,
        [ESE_I64] = PL_CELL_SIGNED,     [ESE_GUID] = PL_CELL_GUID,  [ESE_U16] = PL_CELL_UNSIGNED,
    };
    return type < sizeof types / sizeof types[0] ? types[type] : PL_CELL_BYTES;
}

static const struct pl_column *columns_make(struct state *s)
{
    const struct ese_table *t = &s->table;
    struct pl_column *list = pl_arena_zalloc(s->t->table_arena, t->column_count + 1, sizeof *list);
    for (size_t i = 0; list && i < t->column_count; i++) {
        const struct ese_column *k = &t->columns[i];
        list[i] = (struct pl_column){
            .name = k->name,
            .type_name = ese_type_name(k->type),
            .type = cell_type(k->type),
            .id = k->id,
            .codepage = k->codepage,
            .multi = (k->flags & ESE_COLUMN_MULTI) != 0,
            .has_default = k->has_default,
            .inherited = k->inherited,
        };
    }
    return list;
}

static const char *index_columns(struct state *s, const struct ese_index *x)
{
    const char *text = "";
    const struct ese_table *t = &s->table;
    for (unsigned i = 0; i < x->segment_count && text; i++) {
        bool inherited = x->segments[i].flags & ESE_SEGMENT_TEMPLATE;
        const char *name = "?";
        for (size_t k = 0; k < t->column_count; k++)
            if (t->columns[k].id == x->segments[i].column && t->columns[k].inherited == inherited)
                name = t->columns[k].name;
        text = pl_arena_printf(s->t->table_arena, "%s%s%c%s", text, i ? " " : "",
                               x->segments[i].flags & ESE_SEGMENT_DESCENDING ? '-' : '+', name);
    }
    return text ? text : "";
}

static const struct pl_table_index *indexes_make(struct state *s)
{
    const struct ese_table *t = &s->table;
    struct pl_table_index *list = pl_arena_zalloc(s->t->table_arena, t->index_count + 1, sizeof *list);
    for (size_t i = 0; list && i < t->index_count; i++)
        list[i] = (struct pl_table_index){
            .name = t->indexes[i].name,
            .columns = index_columns(s, &t->indexes[i]),
            .primary = (t->indexes[i].flags & ESE_INDEX_PRIMARY) != 0,
            .unique = (t->indexes[i].flags & ESE_INDEX_UNIQUE) != 0,
        };
    return list;
}

/* The table is loaded, with that status: describes it. */
static enum pl_status table_deliver(struct state *s, enum pl_status st, struct pl_table *out)
{
    s->table_open = true;
    ese_cursor_init(&s->cursor, &s->db, s->table.row.tree);
    s->cursor.deleted_too = s->t->options.recover;
    s->columns = columns_make(s);
    s->cells = pl_arena_zalloc(s->t->table_arena, s->table.column_count + 1, sizeof *s->cells);
    s->stored = pl_arena_zalloc(s->t->table_arena, s->table.column_count + 1, 1);
    *out = (struct pl_table){
        .name = s->table.row.name,
        .of_template = s->table.row.of_template,
        .is_template = s->table.row.is_template,
        .is_system = s->table.row.is_system,
        .columns = s->columns,
        .column_count = s->columns ? s->table.column_count : 0,
        .indexes = indexes_make(s),
    };
    out->index_count = out->indexes ? s->table.index_count : 0;
    if (!s->columns || !out->indexes || !s->cells || !s->stored)
        return pl_report(s->t->report, PL_LOST, "memory", s->table.row.name, PL_NO_OFFSET, "out of memory");
    return st;
}

static enum pl_status tables_next_table(struct pl_tables *t, struct pl_table *out)
{
    struct state *s = t->state;
    struct ese_table_row row;
    table_done(s);
    enum pl_status st = ese_tables_next(&s->all, &row);
    if (st == PL_END || st <= PL_LOST)
        return st;
    enum pl_status loaded = ese_table_load(&s->db, &row, &s->table);
    return table_deliver(s, loaded < st ? loaded : st, out);
}

static enum pl_status tables_open_table(struct pl_tables *t, const char *name, struct pl_table *out)
{
    struct state *s = t->state;
    table_done(s);
    enum pl_status st = ese_table_open(&s->db, name, &s->table);
    return st == PL_END || st <= PL_LOST ? st : table_deliver(s, st, out);
}

/* --- rows --------------------------------------------------------------------------------------- */

static enum pl_status value_inflate(struct state *s, const struct ese_value *v, struct pl_cell_value *out)
{
    size_t size = ese_decompressed_size(v->bytes.data, v->bytes.size), got = 0;
    uint8_t *clear = size ? pl_arena_alloc(s->t->row_arena, size) : NULL;
    if (size && !clear)
        return pl_report(s->t->report, PL_LOST, "memory", s->table.row.name, PL_NO_OFFSET, "out of memory");
    if (!size || !ese_decompress(v->bytes.data, v->bytes.size, clear, size, &got))
        return pl_report(s->t->report, PL_LOST, "edb.compressed", s->table.row.name, PL_NO_OFFSET,
                         "a value of %s is compressed in a way that is not known, or damaged", s->table.row.name);
    *out = (struct pl_cell_value){.data = clear, .size = got};
    return PL_OK;
}

static enum pl_status value_take(struct state *s, struct ese_cell *cell, unsigned i, struct pl_cell_value *out)
{
    static const uint8_t nothing[1];
    struct ese_value v;
    enum pl_status st = ese_cell_value(cell, i, &v);
    if (st <= PL_LOST)
        return st;
    if (v.encrypted)
        return pl_report(s->t->report, PL_LOST, "edb.encrypted", s->table.row.name, PL_NO_OFFSET,
                         "a value of %s is encrypted", s->table.row.name);
    if (v.compressed && v.bytes.size)
        return value_inflate(s, &v, out);
    *out = (struct pl_cell_value){.data = v.bytes.data ? v.bytes.data : nothing, .size = v.bytes.size};
    if (!v.separated)
        return PL_OK;
    out->data = NULL;
    out->token[1] = v.bytes.size;
    for (size_t k = 0; v.bytes.data && k < v.bytes.size && k < sizeof out->token[0]; k++)
        out->token[0] |= (uint64_t)v.bytes.data[k] << 8 * k;
    return PL_OK;
}

/* PL_END: the cell is NULL, or nothing of it is left. */
static enum pl_status cell_take(struct state *s, struct ese_cell *cell, struct pl_cell *out)
{
    enum pl_status worst = PL_OK;
    struct pl_cell_value *values =
        cell->count ? pl_arena_zalloc(s->t->row_arena, cell->count, sizeof *values) : NULL;
    *out = (struct pl_cell){
        .column = &s->columns[cell->column - s->table.columns], .values = values, .is_default = cell->is_default};
    if (!cell->count)
        return PL_END;
    if (!values)
        return pl_report(s->t->report, PL_LOST, "memory", s->table.row.name, PL_NO_OFFSET, "out of memory");
    for (unsigned i = 0; i < cell->count; i++) {
        enum pl_status st = value_take(s, cell, i, &values[out->count]);
        out->count += st > PL_LOST;
        worst = st < worst ? st : worst;
    }
    return worst;
}

/* Adds the cell to the row, unless nothing of it is left. */
static enum pl_status row_add(struct state *s, struct ese_cell *cell, struct pl_record_row *out)
{
    if (out->count == s->table.column_count)
        return PL_LOST; /* a damaged record that repeats columns, filed where they are read */
    enum pl_status st = cell_take(s, cell, &s->cells[out->count]);
    out->count += s->cells[out->count].count > 0;
    return st == PL_END ? PL_OK : st;
}

static void row_add_defaults(struct state *s, const struct ese_record *r, struct pl_record_row *out)
{
    struct ese_cell cell;
    for (size_t i = 0; i < s->table.column_count; i++) {
        const struct ese_column *k = &s->table.columns[i];
        if (!s->stored[i] && k->has_default && k->type != ESE_NIL && ese_record_get(r, k, &cell) == PL_OK &&
            row_add(s, &cell, out) <= PL_LOST)
            return;
    }
}

static enum pl_status row_fill(struct state *s, const struct ese_record *r, bool defaults,
                               struct pl_record_row *out)
{
    struct ese_fields fields;
    struct ese_cell cell;
    enum pl_status st, worst = PL_OK;
    *out = (struct pl_record_row){.cells = s->cells, .offset = r->offset, .recovered = r->deleted};
    memset(s->stored, 0, s->table.column_count);
    ese_fields_init(&fields, r);
    /* A faulty entry is passed over: there are no more of them than a record has bytes. */
    for (size_t tries = 0; tries <= r->size; tries++) {
        st = ese_fields_next(&fields, &cell);
        if (st == PL_END)
            break;
        if (st > PL_LOST) {
            s->stored[cell.column - s->table.columns] = 1;
            st = row_add(s, &cell, out);
        }
        worst = st < worst ? st : worst;
    }
    if (defaults)
        row_add_defaults(s, r, out);
    return worst <= PL_LOST ? PL_WARN : worst;
}

static enum pl_status tables_next_row(struct pl_tables *t, bool defaults, struct pl_record_row *out)
{
    struct state *s = t->state;
    struct ese_node node;
    struct ese_record record;
    lv_done(s);
    if (!s->table_open)
        return PL_END;
    enum pl_status st = ese_cursor_next(&s->cursor, &node);
    if (st == PL_END || st <= PL_LOST)
        return st;
    enum pl_status filled = ese_record_parse(&s->table, &node, &record);
    if (filled > PL_LOST)
        filled = row_fill(s, &record, defaults, out);
    st = filled < st ? filled : st;
    out->doubtful = st == PL_WARN;
    return st;
}

static enum pl_status tables_stream(struct pl_tables *t, const struct pl_cell_value *value, uint64_t *size)
{
    struct state *s = t->state;
    uint8_t id[8];
    struct ese_value v = {.bytes = {id, value->token[1] < sizeof id ? (size_t)value->token[1] : sizeof id},
                          .separated = true};
    for (size_t k = 0; k < sizeof id; k++)
        id[k] = (uint8_t)(value->token[0] >> 8 * k);
    lv_done(s);
    *size = 0;
    enum pl_status st = ese_lv_open(&s->table, &v, &s->lv);
    s->lv_open = st > PL_LOST;
    *size = s->lv_open ? s->lv.size : 0;
    return st;
}

static enum pl_status tables_read(struct pl_tables *t, uint64_t at, void *buf, size_t cap, size_t *got)
{
    struct state *s = t->state;
    *got = 0;
    return s->lv_open ? ese_lv_read(&s->lv, at, buf, cap, got) : PL_END;
}

static void tables_close(struct pl_tables *t)
{
    struct state *s = t->state;
    table_done(s);
    if (s->is_open)
        ese_close(&s->db);
    s->is_open = false;
}

const struct pl_tables_ops pl_edb_tables = {
    .name = "edb",
    .state_size = sizeof(struct state),
    .probe = ese_probe,
    .open = tables_open,
    .next_table = tables_next_table,
    .open_table = tables_open_table,
    .next_row = tables_next_row,
    .stream = tables_stream,
    .read = tables_read,
    .close = tables_close,
};
