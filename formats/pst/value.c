/*
 * value.c - property values: from the cells of contexts and tables to bags.
 *
 * Layer: inside the PST reader, above ltp.h. A value is in its cell, in the heap, or in a
 * subnode; larger than PL_INLINE_MAX it becomes a stream whose token is the block id of
 * its data. Lists of values never do: a stream has no values. An unknown type costs nothing but its meaning.
 * [MS-PST] 2.3.3, 2.3.4.4
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "state.h"

#define CLIENT_CONTEXT 0xbc
#define CONTEXT_RECORD 8  /* id, type, value or where it is */
#define CELL_MOST      16 /* the largest type of fixed size */
#define MULTI_MAX      (4u << 20)
#define ID_LOCALE      0x3ff1 /* records are sorted: the code page comes after it and wins */
#define ID_CODEPAGE    0x3ffd

/* What most properties have: one value, and its bytes where they are no more than a cell has. */
struct cell {
    struct pl_value value;
    uint8_t bytes[CELL_MOST];
};

struct decoder {
    struct pst_state *s;
    struct pst_heap *heap;
    struct pl_arena *arena;
    unsigned codepage;
    struct cell *cell; /* of the property at hand */
};

/* Sizes of types + 1; 1: variable. */
static const uint8_t type_sizes[] = {
    [PT_UNICODE] = 1, [PT_LONG] = 5,  [PT_BOOLEAN] = 2,   [PT_SYSTIME] = 9,  [PT_BINARY] = 1,
    [PT_STRING8] = 1, [PT_SHORT] = 3, [PT_I8] = 9,        [PT_CLSID] = 17,   [PT_OBJECT] = 1,
    [PT_DOUBLE] = 9,  [PT_FLOAT] = 5, [PT_APPTIME] = 9,   [PT_CURRENCY] = 9, [PT_ERROR] = 5,
    [PT_SVREID] = 1,  [PT_NULL] = 5,  [PT_SRESTRICT] = 1, [PT_ACTIONS] = 1,
};

/* 0: variable; -1: unknown */
static int type_size(unsigned type)
{
    return type < sizeof type_sizes / sizeof type_sizes[0] ? type_sizes[type] - 1 : -1;
}

enum pl_status pst_no_memory(struct pst_state *s)
{
    return pl_report(s->n.report, PL_LOST, "memory", s->n.key, PL_NO_OFFSET,
                     "the object is too large for the memory it may take");
}

/* --- bytes -------------------------------------------------------------------------------- */

/* Finds where the bytes are: *span has them when they are in the heap, else *tree is open. */
static enum pl_status bytes_find(struct pst_heap *h, uint32_t hnid, struct pst_span *span, struct pst_tree *tree)
{
    *span = (struct pst_span){0};
    *tree = (struct pst_tree){0};
    if (PST_NID_TYPE(hnid) == PST_NID_HID)
        return pst_heap_get(h, hnid, span);
    struct pst_node node;
    enum pl_status st = pst_subnode_find(h->n, h->sub, hnid, &node);
    if (st == PL_END)
        return pl_report(h->n->report, PL_LOST, "pst.subnode-missing", h->n->key, PL_NO_OFFSET,
                         "subnode 0x%" PRIx32 " is missing", hnid);
    return st == PL_OK ? pst_tree_open(h->n, node.data, tree) : st;
}

enum pl_status pst_bytes_load(struct pst_heap *h, uint32_t hnid, struct pl_arena *a, size_t most,
                              struct pl_bytes *out)
{
    struct pst_span span;
    struct pst_tree tree;
    *out = (struct pl_bytes){(const uint8_t *)"", 0};
    enum pl_status st = bytes_find(h, hnid, &span, &tree);
    if (st != PL_OK)
        return st == PL_END ? PL_OK : st;
    uint64_t size = span.data ? span.size : tree.size;
    uint8_t *data = size <= most ? pl_arena_alloc(a, (size_t)size + 1) : NULL;
    size_t got = 0;
    if (!data)
        st = pl_report(h->n->report, PL_LOST, "memory", h->n->key, PL_NO_OFFSET, "a value is too large");
    else if (span.data)
        memcpy(data, span.data, got = span.size);
    else
        st = pst_tree_read(h->n, &tree, 0, data, (size_t)size, &got);
    pst_span_put(h->n, &span);
    if (data)
        *out = (struct pl_bytes){data, got};
    return st;
}

/* Inline bytes, or a promise of those that are more than `most`. */
static enum pl_status bytes_take(struct decoder *d, uint32_t hnid, size_t most, struct pl_bytes *out,
                                 struct pl_stream *stream)
{
    *stream = (struct pl_stream){0};
    if (PST_NID_TYPE(hnid) != PST_NID_HID) {
        struct pst_span span;
        struct pst_tree tree;
        enum pl_status st = bytes_find(d->heap, hnid, &span, &tree);
        if (st != PL_OK)
            return st;
        if (tree.size > most) {
            *stream = (struct pl_stream){tree.size, {tree.bid, d->heap->n->dead_too}};
            *out = (struct pl_bytes){0};
            return PL_OK;
        }
    }
    return pst_bytes_load(d->heap, hnid, d->arena, most, out);
}

/* --- values --------------------------------------------------------------------------------- */

static int64_t integer_of(unsigned type, const struct pl_bytes *b)
{
    if (type == PT_BOOLEAN)
        return b->size && b->data[0] != 0;
    if (type == PT_SHORT && b->size >= 2)
        return (int16_t)pl_le16(b->data);
    if (type == PT_ERROR && b->size >= 4)
        return pl_le32(b->data);
    if (type == PT_LONG && b->size >= 4)
        return (int32_t)pl_le32(b->data);
    return b->size >= 8 ? (int64_t)pl_le64(b->data) : 0;
}

static double real_of(unsigned type, const struct pl_bytes *b)
{
    float f = 0;
    double v = 0;
    if (type == PT_FLOAT && b->size >= sizeof f) {
        memcpy(&f, b->data, sizeof f);
        return (double)f;
    }
    if (type != PT_FLOAT && b->size >= sizeof v)
        memcpy(&v, b->data, sizeof v);
    return v;
}

static enum pl_status text_decode(struct decoder *d, uint32_t tag, struct pl_value *v)
{
    unsigned replaced = 0;
    bool known = true, wide = (tag & 0xfff) == PT_UNICODE;
    struct pl_report *report = d->s->n.report;
    char *text = wide ? pl_text_utf16(d->arena, v->raw.data, v->raw.size, &replaced)
                      : pl_text_codepage(d->s->text, d->arena, d->codepage ? d->codepage : 1252, v->raw.data,
                                         v->raw.size, &replaced, &known);
    if (!text)
        return pst_no_memory(d->s);
    v->as.text = text;
    if (!wide && d->s->unsure) /* it will be read again with the right code page */
        return PL_OK;
    if (!known)
        pl_report(report, PL_WARN, "text.codepage", d->s->n.key, PL_NO_OFFSET,
                  "code page %u is not known; property 0x%08" PRIx32 " is read as windows-1252", d->codepage, tag);
    if (replaced)
        pl_report(report, PL_WARN, "text.undecodable", d->s->n.key, PL_NO_OFFSET,
                  "%u characters of property 0x%08" PRIx32 " cannot be decoded", replaced, tag);
    d->s->n.degraded = d->s->n.degraded || replaced || !known;
    return PL_OK;
}

static enum pl_status value_decode(struct decoder *d, uint32_t tag, struct pl_value *v)
{
    unsigned type = tag & 0xfff;
    switch (type) {
    case PT_UNICODE:
    case PT_STRING8: return text_decode(d, tag, v);
    case PT_FLOAT:
    case PT_DOUBLE:
    case PT_APPTIME: v->as.real = real_of(type, &v->raw); return PL_OK;
    default: v->as.integer = type_size(type) > 0 ? integer_of(type, &v->raw) : 0; return PL_OK;
    }
}

/* Where each value of a multi-value of variable size begins: 2.3.3.4.2 */
static bool piece_of(const struct pl_bytes *b, uint32_t count, uint32_t i, struct pl_bytes *out)
{
    uint32_t from = pl_le32(b->data + 4 + 4 * (size_t)i);
    uint32_t to = i + 1 < count ? pl_le32(b->data + 8 + 4 * (size_t)i) : (uint32_t)b->size;
    if (from > to || to > b->size)
        return false;
    *out = (struct pl_bytes){b->data + from, to - from};
    return true;
}

static enum pl_status multi_complain(struct decoder *d, uint32_t tag)
{
    d->s->n.degraded = true;
    return pl_report(d->s->n.report, PL_WARN, "pst.multi-value", d->s->n.key, PL_NO_OFFSET,
                     "the list of values of property 0x%08" PRIx32 " is damaged, or too large", tag);
}

static enum pl_status multi_decode(struct decoder *d, const struct pl_bytes *b, struct pl_prop *p)
{
    int size = type_size(p->tag & 0xfff);
    uint32_t count = size > 0 ? (uint32_t)(b->size / (size_t)size) : b->size >= 4 ? pl_le32(b->data) : 0;
    if (size <= 0 && count && count > (b->size - 4) / 4)
        return multi_complain(d, p->tag);
    struct pl_value *values = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *values);
    if (!values)
        return pst_no_memory(d->s);
    for (uint32_t i = 0; i < count; i++) {
        if (size > 0)
            values[i].raw = (struct pl_bytes){b->data + (size_t)i * (size_t)size, (size_t)size};
        else if (!piece_of(b, count, i, &values[i].raw))
            return multi_complain(d, p->tag);
        enum pl_status st = value_decode(d, p->tag, &values[i]);
        if (st != PL_OK)
            return st;
    }
    p->values = values;
    p->count = count;
    return PL_OK;
}

static enum pl_status single_decode(struct decoder *d, const struct pl_bytes *b, struct pl_prop *p)
{
    struct pl_value *v = &d->cell->value;
    v->raw = *b;
    p->values = v;
    p->count = 1;
    return value_decode(d, p->tag, v);
}

/* An object: the id of a subnode, and its size. 2.3.3.5 */
static enum pl_status object_decode(struct decoder *d, const struct pl_bytes *b, struct pl_prop *p)
{
    struct pst_node node;
    struct pst_tree tree;
    enum pl_status st = single_decode(d, b, p);
    if (st != PL_OK || b->size < 4)
        return st;
    if (pst_subnode_find(d->heap->n, d->heap->sub, pl_le32(b->data), &node) != PL_OK ||
        pst_tree_open(d->heap->n, node.data, &tree) != PL_OK)
        d->s->n.degraded = true;
    else if (tree.size)
        p->stream = (struct pl_stream){tree.size, {tree.bid, d->heap->n->dead_too}};
    return PL_OK;
}

/* The cell of a property: its value when it is small enough, else a heap or node id. */
static enum pl_status cell_decode(struct decoder *d, uint32_t tag, const uint8_t *cell, size_t cell_size,
                                  struct pl_prop *p)
{
    unsigned type = tag & 0xffff, base = type & 0xfffu;
    int size = type_size(base);
    const struct pst_named *named = tag >> 16 >= 0x8000 ? pst_names_find(d->s, (uint16_t)(tag >> 16)) : NULL;
    *p = (struct pl_prop){.tag = tag,
                          .pid = named       ? named->pid
                                 : tag >> 31 ? (uint16_t)PID_NONE
                                             : (uint16_t)pl_pid_of_tag((uint16_t)(tag >> 16)),
                          .name = named ? &named->name : NULL};
    struct pl_bytes b;
    bool unknown = size < 0 || (type & ~(unsigned)PT_MULTI) != base;
    if (unknown || (!(type & PT_MULTI) && size > 0 && (size_t)size <= cell_size)) {
        b.size = unknown ? cell_size : (size_t)size;
        b.data = b.size <= CELL_MOST ? memcpy(d->cell->bytes, cell, b.size) : pl_arena_dup(d->arena, cell, b.size);
        if (!b.data)
            return pst_no_memory(d->s);
        if (unknown) {
            d->s->n.degraded = true;
            pl_report(d->s->n.report, PL_WARN, "pst.prop-type", d->s->n.key, PL_NO_OFFSET,
                      "property 0x%04x has an unknown type 0x%04x; its bytes are kept", (unsigned)(tag >> 16),
                      type);
        }
        return single_decode(d, &b, p);
    }
    enum pl_status st = bytes_take(d, pl_le32(cell), type & PT_MULTI ? MULTI_MAX : PL_INLINE_MAX, &b, &p->stream);
    if (st == PL_END)
        b = (struct pl_bytes){(const uint8_t *)"", 0};
    else if (st != PL_OK)
        return st;
    if (p->stream.size)
        return type & PT_MULTI ? multi_complain(d, tag) : PL_OK;
    if (type & PT_MULTI)
        return multi_decode(d, &b, p);
    return base == PT_OBJECT ? object_decode(d, &b, p) : single_decode(d, &b, p);
}

/* --- bags -------------------------------------------------------------------------------------- */

struct filling {
    struct decoder decoder;
    struct pl_bag *bag;
    struct cell *cells; /* one for each property there is room for */
    size_t room;
    enum pl_status failed;
};

/* A value that is lost costs itself, not the object; memory costs the object. */
static enum pl_status prop_add(struct filling *f, uint32_t tag, const uint8_t *cell, size_t cell_size)
{
    struct pst_ndb *n = &f->decoder.s->n;
    uint64_t losses = n->report->losses;
    if (f->bag->count == f->room)
        return PL_END;
    const char *fault = n->report->fault;
    f->decoder.cell = &f->cells[f->bag->count];
    enum pl_status st = cell_decode(&f->decoder, tag, cell, cell_size, &f->bag->props[f->bag->count]);
    if (st > PL_LOST) {
        f->bag->count++;
        return PL_OK;
    }
    n->degraded = true;
    if (n->report->losses == losses)
        n->report->fault = fault;
    if (n->report->fault && !strcmp(n->report->fault, "memory")) {
        f->failed = PL_LOST;
        return PL_STOP;
    }
    return PL_OK;
}

static enum pl_status context_record(void *data, const uint8_t *record)
{
    return prop_add(data, (uint32_t)pl_le16(record) << 16 | pl_le16(record + 2), record + 4, 4);
}

/* What 8-bit strings of an item are in: PidTagMessageCodepage, but not the code of UTF-16,
 * else the code page of its PidTagMessageLocaleId. */
static unsigned codepage_of(const uint8_t *record)
{
    unsigned id = pl_le16(record);
    if ((id != ID_LOCALE && id != ID_CODEPAGE) || pl_le16(record + 2) != PT_LONG)
        return 0;
    uint32_t value = pl_le32(record + 4);
    return id == ID_LOCALE ? pl_codepage_of_lcid(value) : value != 1200 && value < 0x10000 ? value : 0;
}

/* What has to be known before the first value: how many there are, and the code page. */
static enum pl_status survey(void *data, const uint8_t *records, size_t count)
{
    struct filling *f = data;
    f->room += count;
    if (f->decoder.s->r->options.codepage)
        return PL_OK;
    for (; count; count--, records += CONTEXT_RECORD) {
        unsigned codepage = codepage_of(records);
        if (codepage)
            f->decoder.codepage = codepage;
    }
    return PL_OK;
}

/* Nothing of it is used before it is written. */
static bool bag_make(struct filling *f)
{
    size_t room = f->room ? f->room : 1;
    if (room > SIZE_MAX / (sizeof *f->bag->props + sizeof *f->cells))
        return false;
    *f->bag = (struct pl_bag){.props = pl_arena_alloc(f->decoder.arena, room * sizeof *f->bag->props)};
    f->cells = pl_arena_alloc(f->decoder.arena, room * sizeof *f->cells);
    return f->bag->props && f->cells;
}

static enum pl_status bag_fill(struct pst_state *s, struct pst_heap *heap, const struct pst_bth *tree,
                               struct pl_arena *a, struct pl_bag *out)
{
    struct filling f = {.decoder = {s, heap, a, s->codepage, NULL}, .bag = out};
    bool broken = pst_bth_survey(heap, tree, survey, &f) <= PL_LOST;
    if (!bag_make(&f))
        return pst_no_memory(s);
    if (broken) /* what was found of it may not be what the whole says */
        f.decoder.codepage = s->codepage;
    if (pst_bth_visit(heap, tree, context_record, &f) == PL_STOP)
        return f.failed;
    s->n.degraded = s->n.degraded || broken;
    return pl_bag_index(out, a) ? PL_OK : pst_no_memory(s);
}

enum pl_status pst_bag_load(struct pst_state *s, const struct pst_node *node, struct pl_arena *a,
                            struct pl_bag *out)
{
    struct pst_heap heap;
    struct pst_bth tree;
    *out = (struct pl_bag){0};
    enum pl_status st = pst_heap_open(&heap, &s->n, node, CLIENT_CONTEXT);
    if (st != PL_OK)
        return st;
    pst_heap_hold(&heap);
    st = pst_bth_open(&heap, heap.root, &tree);
    if (st == PL_OK && (tree.key_size != 2 || tree.value_size != 6))
        st = pl_report(s->n.report, PL_LOST, "pst.context", s->n.key, pst_block_offset(&s->n, node->data),
                       "a property context has records of another shape");
    if (st == PL_OK)
        st = bag_fill(s, &heap, &tree, a, out);
    pst_heap_let_go(&heap);
    return st;
}

enum pl_status pst_row_load(struct pst_state *s, struct pst_table *t, uint32_t row, struct pl_arena *a,
                            unsigned codepage, struct pl_bag *out, uint32_t *id)
{
    struct pst_span span;
    struct filling f = {
        .decoder = {s, &t->heap, a, codepage ? codepage : s->codepage, NULL}, .bag = out, .room = t->column_count};
    if (!bag_make(&f))
        return pst_no_memory(s);
    enum pl_status st = pst_table_row(t, row, &span);
    if (st != PL_OK)
        return st;
    *id = pl_le32(span.data);
    for (unsigned i = 0; i < t->column_count && st == PL_OK; i++) {
        const struct pst_column *c = &t->columns[i];
        const uint8_t *cell = pst_table_cell(t, &span, c);
        if (cell && (c->size >= 4 || type_size(c->tag & 0xffff) == (int)c->size))
            st = prop_add(&f, c->tag, cell, c->size);
    }
    pst_span_put(&s->n, &span);
    if (st == PL_STOP)
        return f.failed;
    return pl_bag_index(out, a) ? PL_OK : pst_no_memory(s);
}
