/*
 * ese_record.c - a row as the bytes of a record, in the new form and in the old one.
 *
 * u8 last fixed column, u8 last variable one, u16 end of fixed data; fixed columns at their offsets, a
 * bit map of those that are NULL; u16 end offsets of the variable columns, their data; tagged columns.
 * New: a sorted array of {u16 id, u16 offset}, then the data, in most cases after a byte of flags. Old (up to
 * Exchange 5.5): {u16 id, u16 flags and length, data} one after the other, multi-values as repeated ids.
 * Columns without a value are absent; between fixed ones they are NULL.
 */
#include "ese_int.h"

#include <string.h>

enum { HEAD_LONG = 1, HEAD_PACKED = 2, HEAD_SEPARATE = 4, HEAD_MULTI = 8, HEAD_TWO = 0x10, HEAD_NULL = 0x20 };

#define RECORD_HEAD 4u

static bool is_long(const struct ese_column *c)
{
    return c->def.type == MS_ESE_LONGBINARY || c->def.type == MS_ESE_LONGTEXT;
}

/* --- where long values go ------------------------------------------------------------------ */

static size_t fixed_end(const struct ms_ese_table *t, const struct ese_row *row, unsigned *last)
{
    size_t end = RECORD_HEAD;
    *last = 0;
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        if (c->def.place == MS_ESE_FIXED && row->by_column[i] && c->id > *last) {
            *last = c->id;
            end = c->offset + c->def.size;
        }
    }
    return end + (*last + 7) / 8;
}

static size_t tagged_size(const struct ms_ese_table *t, size_t column, const struct ese_row *row)
{
    size_t count = row->by_column[column]->count, bytes = 0;
    for (size_t n = 0; n < count; n++)
        bytes += row->fields[column][n].bytes.size;
    size_t new_form = 4 + 1 + (count > 1 ? 2 * count : 0) + bytes, old_form = 5 * (count ? count : 1) + bytes;
    enum ms_ese_records records = t->db->opt.records;
    return records == MS_ESE_NEW || (records == MS_ESE_BOTH && new_form > old_form) ? new_form : old_form;
}

/* Bytes of the record, in the larger form if it may have either. */
static size_t record_size(const struct ms_ese_table *t, const struct ese_row *row)
{
    unsigned last;
    size_t size = fixed_end(t, row, &last);
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ms_ese_value *v = row->by_column[i];
        if (t->columns[i].def.place == MS_ESE_VARIABLE)
            size += 2 + (v && v->count ? v->pieces[0].size : 0);
        else if (t->columns[i].def.place == MS_ESE_TAGGED && v)
            size += tagged_size(t, i, row);
    }
    return size;
}

static void separate(struct ms_ese_table *t, struct ms_mem *mem, size_t column, size_t n, struct ese_row *row)
{
    struct ese_field *f = &row->fields[column][n];
    uint8_t *id = ms_alloc(mem, 8);
    ese_le64(id, ese_lv_put(t, &t->columns[column], &row->by_column[column]->pieces[n]));
    *f = (struct ese_field){.bytes = {id, ese_lv_id_size(t->db)}, .separated = true};
}

/* The longest value that still lies in the record; false: none that could leave. */
static bool find_longest(const struct ms_ese_table *t, const struct ese_row *row, size_t *column, size_t *place)
{
    size_t longest = ese_lv_id_size(t->db);
    bool found = false;
    for (size_t i = 0; i < t->column_count; i++)
        for (size_t n = 0; row->fields[i] && is_long(&t->columns[i]) && n < row->by_column[i]->count; n++)
            if (!row->fields[i][n].separated && row->fields[i][n].bytes.size > longest) {
                longest = row->fields[i][n].bytes.size;
                *column = i;
                *place = n;
                found = true;
            }
    return found;
}

static void squeeze_first(const struct ms_ese_table *t, struct ms_mem *mem, const struct ese_column *c,
                          struct ese_field *f)
{
    if (!is_long(c) || !(c->def.flags & MS_ESE_COMPRESSED) || t->db->opt.revision < 0xf || !f->bytes.size)
        return;
    uint8_t *out = ms_alloc(mem, f->bytes.size);
    size_t size = ese_squeeze(f->bytes.data, f->bytes.size, out);
    if (size)
        *f = (struct ese_field){.bytes = {out, size}, .squeezed = true};
}

static bool check_value(const struct ms_ese_table *t, const struct ese_column *c, const struct ms_ese_value *v)
{
    bool tagged = c->def.place == MS_ESE_TAGGED;
    if (!c->def.type || (v->count > 1 && !tagged) || v->count >= ESE_PIECES)
        ese_fail(t->db, "table %s: column %s can't hold %zu values", t->name, c->def.name, v->count);
    for (size_t n = 0; n < v->count; n++) {
        if (c->def.place == MS_ESE_FIXED && v->pieces[n].size != c->def.size)
            ese_fail(t->db, "table %s: column %s wants %u bytes", t->name, c->def.name, c->def.size);
        else if (v->pieces[n].size > t->db->opt.page && !is_long(c))
            ese_fail(t->db, "table %s: column %s: too long", t->name, c->def.name);
    }
    return !t->db->failed;
}

bool ese_row_prepare(struct ms_ese_table *t, struct ms_mem *mem, const struct ms_ese_value *values, size_t count,
                     size_t key, struct ese_row *row)
{
    row->by_column = ms_alloc(mem, t->column_count * sizeof *row->by_column + 1);
    row->fields = ms_alloc(mem, t->column_count * sizeof *row->fields + 1);
    for (size_t i = 0; i < count; i++) {
        size_t at = values[i].column;
        if (at >= t->column_count || row->by_column[at] || !check_value(t, &t->columns[at], &values[i])) {
            ese_fail(t->db, "table %s: column %zu twice, or none of it", t->name, at);
            return false;
        }
        row->by_column[at] = &values[i];
        if (t->columns[at].def.place == MS_ESE_TAGGED)
            row->fields[at] = ms_alloc(mem, (values[i].count + 1) * sizeof(struct ese_field));
    }
    for (size_t i = 0; i < t->column_count; i++)
        for (size_t n = 0; row->fields[i] && n < row->by_column[i]->count; n++) {
            const struct ms_ese_piece *piece = &row->by_column[i]->pieces[n];
            row->fields[i][n].bytes = (struct ese_slice){piece->data, piece->size};
            if (ese_lv_wanted(t, &t->columns[i], piece))
                separate(t, mem, i, n, row);
            else if (n == 0)
                squeeze_first(t, mem, &t->columns[i], &row->fields[i][0]);
        }
    for (size_t column, n; record_size(t, row) + key > ese_node_most(t->db) && !t->db->failed;) {
        if (!find_longest(t, row, &column, &n)) {
            ese_fail(t->db, "table %s: a row does not fit on a page", t->name);
            return false;
        }
        separate(t, mem, column, n, row);
    }
    return !t->db->failed;
}

/* --- bytes --------------------------------------------------------------------------------- */

static size_t put_fixed(const struct ms_ese_table *t, const struct ese_row *row, uint8_t *out)
{
    unsigned last;
    size_t end = fixed_end(t, row, &last), bits = end - (last + 7) / 8;
    memset(out + RECORD_HEAD, 0x2a, bits - RECORD_HEAD); /* what the engine leaves under NULLs */
    memset(out + bits, 0xff, end - bits);
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        const struct ms_ese_value *v = row->by_column[i];
        if (c->def.place != MS_ESE_FIXED || !v || !v->count)
            continue;
        memcpy(out + c->offset, v->pieces[0].data, c->def.size);
        out[bits + (c->id - 1) / 8] &= (uint8_t) ~(1u << (c->id - 1) % 8);
    }
    out[0] = (uint8_t)last;
    ese_le16(out + 2, (unsigned)end);
    return end;
}

static size_t put_variable(const struct ms_ese_table *t, const struct ese_row *row, size_t at, uint8_t *out)
{
    unsigned last = 127;
    for (size_t i = 0; i < t->column_count; i++)
        if (t->columns[i].def.place == MS_ESE_VARIABLE && row->by_column[i] && t->columns[i].id > last)
            last = t->columns[i].id;
    out[1] = (uint8_t)last;
    uint8_t *ends = out + at, *data = ends + 2 * (last - 127);
    size_t used = 0;
    for (unsigned id = 128; id <= last; id++)
        ese_le16(ends + 2 * (id - 128), 0x8000); /* slots of columns without a value */
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        const struct ms_ese_value *v = row->by_column[i];
        if (c->def.place != MS_ESE_VARIABLE || c->id > last)
            continue;
        if (v && v->count && v->pieces[0].size) {
            memcpy(data + used, v->pieces[0].data, v->pieces[0].size);
            used += v->pieces[0].size;
        }
        ese_le16(ends + 2 * (c->id - 128), (unsigned)used | (v && v->count ? 0 : 0x8000));
    }
    return at + 2 * (last - 127) + used;
}

static size_t put_old_tagged(const struct ms_ese_table *t, size_t i, const struct ese_row *row, uint8_t *out)
{
    const struct ese_column *c = &t->columns[i];
    const struct ms_ese_value *v = row->by_column[i];
    unsigned flags = (is_long(c) ? 0x8000u : 0) | (c->derived && t->db->opt.revision >= 8 ? 0x2000u : 0);
    size_t used = 0;
    for (size_t n = 0; n < v->count || (n == 0 && !v->count); n++) {
        struct ese_field f = v->count ? row->fields[i][n] : (struct ese_field){0};
        size_t size = v->count ? f.bytes.size + is_long(c) : 0;
        ese_le16(out + used, c->id);
        ese_le16(out + used + 2, (unsigned)size | flags | (v->count ? 0 : 0x4000));
        used += 4;
        if (v->count && is_long(c))
            out[used++] = f.separated;
        if (f.bytes.size)
            memcpy(out + used, f.bytes.data, f.bytes.size);
        used += f.bytes.size;
    }
    return used;
}

/* Flags and data of one column in the new form; *head tells whether there is a byte of flags. */
static size_t put_new_data(const struct ms_ese_table *t, size_t i, const struct ese_row *row, bool *head,
                           uint8_t *out)
{
    const struct ms_ese_value *v = row->by_column[i];
    const struct ese_field *f = row->fields[i];
    unsigned flags = is_long(&t->columns[i]) ? HEAD_LONG : 0;
    size_t used = 1;
    *head = !t->db->small || flags || v->count > 1;
    if (!v->count) {
        *head = !t->db->small;
        out[0] = (uint8_t)(flags | HEAD_NULL);
        return *head ? 1 : 0;
    }
    flags |= f[0].squeezed ? HEAD_PACKED : 0;
    if (v->count == 1)
        flags |= f[0].separated ? HEAD_SEPARATE : 0;
    else if (v->count == 2 && !(flags & HEAD_LONG) && f[0].bytes.size < 256) {
        flags |= HEAD_MULTI | HEAD_TWO;
        out[used++] = (uint8_t)f[0].bytes.size;
    } else {
        flags |= HEAD_MULTI;
        used += 2 * v->count;
    }
    out[0] = (uint8_t)flags;
    if (!*head)
        used = 0;
    for (size_t n = 0; n < v->count; n++) {
        if ((flags & (HEAD_MULTI | HEAD_TWO)) == HEAD_MULTI)
            ese_le16(out + 1 + 2 * n, (unsigned)(used - 1) | (f[n].separated ? 0x8000u : 0));
        if (f[n].bytes.size)
            memcpy(out + used, f[n].bytes.data, f[n].bytes.size);
        used += f[n].bytes.size;
    }
    return used;
}

/* Tagged columns stand in the order of the table's columns: derived ones first, then by number. */
static size_t put_new_tagged(const struct ms_ese_table *t, const struct ese_row *row, uint8_t *out)
{
    size_t count = 0, slot = 0;
    for (size_t i = 0; i < t->column_count; i++)
        count += row->fields[i] != NULL;
    size_t used = 4 * count;
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        if (!row->fields[i])
            continue;
        bool head;
        size_t size = put_new_data(t, i, row, &head, out + used);
        unsigned bits = (unsigned)used | (c->derived && t->db->opt.revision >= 8 ? 0x8000u : 0);
        if (t->db->small)
            bits |= head ? 0x4000u : !row->by_column[i]->count ? 0x2000u : 0;
        ese_le16(out + 4 * slot, c->id);
        ese_le16(out + 4 * slot + 2, bits);
        slot++;
        used += size;
    }
    return used;
}

size_t ese_record_make(struct ms_ese_table *t, const struct ese_row *row, bool old, uint8_t *out)
{
    size_t used = put_variable(t, row, put_fixed(t, row, out), out);
    if (!old)
        return used + put_new_tagged(t, row, out + used);
    for (size_t i = 0; i < t->column_count; i++)
        if (row->fields[i])
            used += put_old_tagged(t, i, row, out + used);
    return used;
}
