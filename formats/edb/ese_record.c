/*
 * ese_record.c - a record taken apart into the values of its columns.
 *
 * A record is: the highest fixed and variable ids that it has, fixed values at their
 * offsets, a bit map of those that are NULL, the ends of the variable values, their bytes,
 * then tagged values with their ids. Tagged values exist in an old form, one behind the
 * other and repeated for more values, and in a new one with an index in front; the page
 * says which, and both occur in one table. What a record does not store has its default,
 * or none.
 *
 * Every offset is checked where it is used; a part that makes no sense costs the values in
 * it, not those before it.
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "ese.h"

#define HEADER      4u
#define NO_VARIABLE 127u /* lastVar of a record without variable values */

enum { /* bits of an entry of the new form, in its offset */
       ENTRY_DERIVED = 0x8000,
       ENTRY_EXTENDED = 0x4000, /* small pages only, as is the next */
       ENTRY_NULL = 0x2000
};
enum { /* the byte before a value */
       VALUE_COMPRESSED = 0x02,
       VALUE_SEPARATED = 0x04,
       VALUE_MULTI = 0x08,
       VALUE_TWO = 0x10,
       VALUE_NULL = 0x20,
       VALUE_ENCRYPTED = 0x40
};
enum { /* bits of an entry of the old form, in its length */
       OLD_LENGTH = 0x0fff,
       OLD_DERIVED = 0x2000,
       OLD_NULL = 0x4000,
       OLD_LONG = 0x8000
};
#define OLD_SEPARATED  0x01u /* the byte before an old long value */
#define OLD_HEADER     4u
#define PART_SEPARATED 0x8000u /* of an offset among multi-values */

/* Filed when it is first met: a catalogue is read for each table, a folder is counted before it is read. */
static enum pl_status record_complain(const struct ese_record *r, const char *what)
{
    const char *name = r->table->row.name;
    uint64_t *told = &r->db->told_records[r->offset % ESE_TOLD];
    if (*told == r->offset + 1)
        return pl_report_again(r->db->report, PL_LOST, "edb.record");
    *told = r->offset + 1;
    return pl_report_once(r->db->report, PL_LOST, "edb.record", name, r->offset, "a record of %s %s", name, what);
}

enum pl_status ese_record_parse(const struct ese_table *t, const struct ese_node *node, struct ese_record *out)
{
    struct ese_record *r = out;
    *r = (struct ese_record){
        .table = t,
        .db = t->db,
        .data = node->data.data,
        .size = node->data.size,
        .offset = node->offset,
        .modern = node->modern,
        .deleted = (node->flags & ESE_NODE_DELETED) != 0,
        .doubtful = node->doubtful,
    };
    if (r->size < HEADER)
        return record_complain(r, "is shorter than its header");
    r->last_fixed = r->data[0];
    r->last_variable = r->data[1];
    size_t count = r->last_variable > NO_VARIABLE ? r->last_variable - NO_VARIABLE : 0;
    r->ends = pl_le16(r->data + 2);
    size_t map = (r->last_fixed + 7u) / 8;
    r->variable = r->ends + 2 * count;
    if (r->ends < HEADER + map || r->variable > r->size)
        return record_complain(r, "has parts that do not fit in it");
    r->nulls = r->ends - map;
    size_t end = count ? pl_le16(r->data + r->variable - 2) & 0x7fff : 0;
    if (r->variable + end > r->size)
        return record_complain(r, "has values that do not fit in it");
    r->tagged = r->variable + end;
    return PL_OK;
}

/* --- fixed and variable ---------------------------------------------------------------------- */

static const struct ese_column *column_by_id(const struct ese_table *t, unsigned id)
{
    return id < ESE_FIRST_TAGGED && t->by_id[id] ? &t->columns[t->by_id[id] - 1] : NULL;
}

static void cell_init(struct ese_cell *cell, const struct ese_record *r, const struct ese_column *column)
{
    *cell = (struct ese_cell){.column = column, .record = r, .count = 1};
}

static void cell_null(struct ese_cell *cell)
{
    cell->is_null = true;
    cell->count = 0;
}

static enum pl_status fixed_get(const struct ese_record *r, const struct ese_column *column, struct ese_cell *cell)
{
    if (column->id > r->last_fixed)
        return PL_END;
    cell_init(cell, r, column);
    unsigned bit = column->id - 1;
    if (r->data[r->nulls + bit / 8] >> bit % 8 & 1) {
        cell_null(cell);
        return PL_OK;
    }
    if (column->offset < HEADER || column->offset + column->size > r->nulls)
        return record_complain(r, "has a fixed value that does not fit in it");
    cell->bytes = (struct pl_bytes){r->data + column->offset, column->size};
    return PL_OK;
}

static enum pl_status variable_get(const struct ese_record *r, const struct ese_column *column,
                                   struct ese_cell *cell)
{
    if (column->id > r->last_variable)
        return PL_END;
    cell_init(cell, r, column);
    unsigned i = column->id - ESE_FIRST_VARIABLE, own = pl_le16(r->data + r->ends + 2 * (size_t)i);
    size_t from = i ? pl_le16(r->data + r->ends + 2 * (size_t)(i - 1)) & 0x7fffu : 0, to = own & 0x7fff;
    if (own & 0x8000) {
        cell_null(cell);
        return PL_OK;
    }
    if (from > to || r->variable + to > r->tagged)
        return record_complain(r, "has a variable value that does not fit in it");
    cell->bytes = (struct pl_bytes){r->data + r->variable + from, to - from};
    return PL_OK;
}

/* --- tagged, new form --------------------------------------------------------------------------- */

struct entry {
    unsigned id;
    bool derived, null, extended;
    struct pl_bytes bytes;
};

static unsigned offset_mask(const struct ese_record *r) { return r->db->large ? 0x7fff : 0x1fff; }

/* How many entries the index has; the first one's value begins behind the last. */
static size_t entry_count(const struct ese_record *r)
{
    size_t size = r->size - r->tagged;
    return size < OLD_HEADER ? 0 : (pl_le16(r->data + r->tagged + 2) & offset_mask(r)) / OLD_HEADER;
}

static bool entry_get(const struct ese_record *r, size_t i, size_t count, struct entry *out)
{
    const uint8_t *area = r->data + r->tagged;
    size_t size = r->size - r->tagged;
    if (count * OLD_HEADER > size)
        return false;
    unsigned word = pl_le16(area + i * OLD_HEADER + 2), mask = offset_mask(r);
    size_t from = word & mask, to = i + 1 < count ? pl_le16(area + (i + 1) * OLD_HEADER + 2) & mask : size;
    if (from < count * OLD_HEADER || from > to || to > size)
        return false;
    *out = (struct entry){
        .id = pl_le16(area + i * OLD_HEADER),
        .derived = (word & ENTRY_DERIVED) != 0,
        .null = !r->db->large && (word & ENTRY_NULL),
        .extended = r->db->large || (word & ENTRY_EXTENDED),
        .bytes = {area + from, to - from},
    };
    return true;
}

/* Columns are in the order of the entries: inherited before own, each by id. */
static const struct ese_column *tagged_column(const struct ese_table *t, unsigned id, bool inherited)
{
    size_t low = inherited ? 0 : t->inherited_count, high = inherited ? t->inherited_count : t->column_count;
    size_t end = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->columns[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && t->columns[low].id == id ? &t->columns[low] : NULL;
}

/* Tables that the first version of templates made do not mark what is inherited: there the ids of
 * both are apart. */
static const struct ese_column *entry_column(const struct ese_table *t, unsigned id, bool derived)
{
    const struct ese_column *column = tagged_column(t, id, derived);
    return column || derived ? column : tagged_column(t, id, true);
}

static enum pl_status entry_cell(const struct ese_record *r, const struct entry *e, const struct ese_column *column,
                                 struct ese_cell *cell)
{
    cell_init(cell, r, column);
    struct pl_bytes bytes = e->bytes;
    if (e->extended && bytes.size) {
        cell->flags = bytes.data[0];
        bytes = (struct pl_bytes){bytes.data + 1, bytes.size - 1};
    }
    cell->bytes = bytes;
    if (e->null || (r->db->large && cell->flags & VALUE_NULL)) {
        cell_null(cell);
        return PL_OK;
    }
    if (cell->flags & VALUE_TWO) {
        cell->form = ESE_CELL_TWO;
        cell->count = 2;
        return PL_OK;
    }
    if (!(cell->flags & VALUE_MULTI))
        return PL_OK;
    cell->form = ESE_CELL_MANY;
    size_t first = bytes.size >= 2 ? pl_le16(bytes.data) & 0x7fffu : 0;
    if (first < 2 || first > bytes.size || first % 2)
        return record_complain(r, "has a list of values that makes no sense");
    cell->count = (unsigned)(first / 2);
    return PL_OK;
}

/* --- tagged, old form ------------------------------------------------------------------------------ */

static bool old_entry(const struct ese_record *r, size_t at, struct entry *out, unsigned *bits, size_t *next)
{
    struct pl_cursor c = pl_cursor(r->data + r->tagged, r->size - r->tagged);
    if (!pl_take(&c, at))
        return false;
    unsigned id = pl_take16(&c);
    *bits = pl_take16(&c);
    const uint8_t *data = pl_take(&c, *bits & OLD_LENGTH);
    if (!data || c.failed)
        return false;
    *out = (struct entry){.id = id,
                          .derived = (*bits & OLD_DERIVED) != 0,
                          .null = (*bits & OLD_NULL) != 0,
                          .bytes = {data, *bits & OLD_LENGTH}};
    *next = c.at;
    return true;
}

/* The entries from `at` on that repeat one id are one cell, whose bytes are all of them. */
static enum pl_status old_cell(const struct ese_record *r, size_t *at, struct ese_cell *cell)
{
    size_t left = r->size - r->tagged, start = *at, next;
    struct entry first, e;
    unsigned bits;
    while (start < left) {
        if (!old_entry(r, start, &first, &bits, &next)) {
            *at = left;
            return record_complain(r, "has a tagged value that does not fit in it");
        }
        unsigned count = 1;
        for (size_t after = next; after < left && old_entry(r, after, &e, &bits, &after) && e.id == first.id &&
                                  e.derived == first.derived;
             count++)
            next = after;
        const struct ese_column *column = entry_column(r->table, first.id, first.derived);
        *at = next;
        if (column && column->type != ESE_NIL) {
            cell_init(cell, r, column);
            cell->form = ESE_CELL_REPEATED;
            cell->bytes = (struct pl_bytes){r->data + r->tagged + start, next - start};
            cell->count = count;
            if (first.null && count == 1)
                cell_null(cell);
            return PL_OK;
        }
        start = next;
    }
    *at = left;
    return PL_END;
}

/* --- all columns of a record -------------------------------------------------------------------------- */

void ese_fields_init(struct ese_fields *f, const struct ese_record *r)
{
    *f = (struct ese_fields){.record = r, .id = 1};
}

static enum pl_status fields_tagged(struct ese_fields *f, struct ese_cell *out)
{
    const struct ese_record *r = f->record;
    if (!r->modern)
        return old_cell(r, &f->entry, out);
    size_t count = entry_count(r);
    if (!count && !f->entry++ && r->tagged < r->size)
        return record_complain(r, "has tagged values without an index");
    while (f->entry < count) {
        struct entry e;
        if (!entry_get(r, f->entry++, count, &e))
            return record_complain(r, "has a tagged value that does not fit in it");
        const struct ese_column *column = entry_column(r->table, e.id, e.derived);
        if (column && column->type != ESE_NIL)
            return entry_cell(r, &e, column, out);
    }
    return PL_END;
}

enum pl_status ese_fields_next(struct ese_fields *f, struct ese_cell *out)
{
    const struct ese_record *r = f->record;
    while (f->id < ESE_FIRST_TAGGED) {
        const struct ese_column *column = column_by_id(r->table, f->id);
        bool fixed = f->id < ESE_FIRST_VARIABLE;
        unsigned last = fixed ? r->last_fixed : r->last_variable;
        if (f->id > last) {
            f->id = fixed ? ESE_FIRST_VARIABLE : ESE_FIRST_TAGGED;
            continue;
        }
        f->id++;
        if (column && column->type != ESE_NIL)
            return fixed ? fixed_get(r, column, out) : variable_get(r, column, out);
    }
    return fields_tagged(f, out);
}

/* --- one column of a record ------------------------------------------------------------------------------ */

static enum pl_status tagged_get(const struct ese_record *r, const struct ese_column *column, struct ese_cell *cell)
{
    if (!r->modern) {
        enum pl_status st = PL_OK;
        for (size_t at = 0; st == PL_OK;) {
            st = old_cell(r, &at, cell);
            if (st == PL_OK && cell->column == column)
                return PL_OK;
        }
        return st;
    }
    size_t count = entry_count(r), low = 0, high = count;
    struct entry e;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (!entry_get(r, middle, count, &e))
            return record_complain(r, "has a tagged value that does not fit in it");
        const struct ese_column *here = entry_column(r->table, e.id, e.derived);
        if (here == column)
            return entry_cell(r, &e, column, cell);
        bool before = here ? here < column : e.derived != column->inherited ? e.derived : e.id < column->id;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return PL_END;
}

enum pl_status ese_record_get(const struct ese_record *r, const struct ese_column *column, struct ese_cell *out)
{
    enum pl_status st = column->id < ESE_FIRST_VARIABLE ? fixed_get(r, column, out)
                        : column->id < ESE_FIRST_TAGGED ? variable_get(r, column, out)
                                                        : tagged_get(r, column, out);
    if (st != PL_END || !column->has_default)
        return st;
    cell_init(out, r, column);
    out->is_default = true;
    out->bytes = column->by_default;
    return PL_OK;
}

/* --- values --------------------------------------------------------------------------------------------------- */

static enum pl_status value_two(const struct ese_cell *cell, unsigned i, struct ese_value *out)
{
    struct pl_cursor c = pl_cursor(cell->bytes.data, cell->bytes.size);
    size_t size = pl_take8(&c);
    const uint8_t *first = pl_take(&c, size);
    if (!first || c.failed)
        return record_complain(cell->record, "has a pair of values that makes no sense");
    if (i)
        out->bytes = (struct pl_bytes){cell->bytes.data + c.at, pl_cursor_left(&c)};
    else
        out->bytes = (struct pl_bytes){first, size};
    return PL_OK;
}

static enum pl_status value_of_many(const struct ese_cell *cell, unsigned i, struct ese_value *out)
{
    const uint8_t *data = cell->bytes.data;
    unsigned word = pl_le16(data + 2 * (size_t)i);
    size_t from = word & 0x7fff;
    size_t to = i + 1 < cell->count ? pl_le16(data + 2 * (size_t)(i + 1)) & 0x7fffu : cell->bytes.size;
    if (from > to || to > cell->bytes.size)
        return record_complain(cell->record, "has a list of values that makes no sense");
    out->bytes = (struct pl_bytes){data + from, to - from};
    out->separated = (word & PART_SEPARATED) != 0;
    out->compressed = i == 0 && (cell->flags & VALUE_COMPRESSED) && !out->separated;
    return PL_OK;
}

/* Values lie one behind the other; the cell keeps the place, so that taking all of them is one pass. */
static enum pl_status value_repeated(struct ese_cell *cell, unsigned i, struct ese_value *out)
{
    const struct ese_record *r = cell->record;
    struct entry e;
    unsigned bits = 0;
    if (!cell->seen || i < cell->seen) {
        cell->seen = 0;
        cell->seen_at = (size_t)(cell->bytes.data - (r->data + r->tagged));
    }
    do {
        if (!old_entry(r, cell->seen_at, &e, &bits, &cell->seen_at))
            return record_complain(r, "has a tagged value that does not fit in it");
    } while (cell->seen++ < i);
    out->bytes = e.bytes;
    if (!(bits & OLD_LONG) || !e.bytes.size)
        return PL_OK;
    out->separated = (e.bytes.data[0] & OLD_SEPARATED) != 0;
    out->bytes = (struct pl_bytes){e.bytes.data + 1, e.bytes.size - 1};
    return PL_OK;
}

enum pl_status ese_cell_value(struct ese_cell *cell, unsigned i, struct ese_value *out)
{
    *out = (struct ese_value){.encrypted = (cell->flags & VALUE_ENCRYPTED) != 0};
    switch (cell->form) {
    case ESE_CELL_TWO: return value_two(cell, i, out);
    case ESE_CELL_MANY: return value_of_many(cell, i, out);
    case ESE_CELL_REPEATED: return value_repeated(cell, i, out);
    case ESE_CELL_ONE: break;
    }
    out->bytes = cell->bytes;
    out->separated = (cell->flags & VALUE_SEPARATED) != 0;
    out->compressed = (cell->flags & VALUE_COMPRESSED) && !out->separated;
    return PL_OK;
}
