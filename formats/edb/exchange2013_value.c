/*
 * exchange2013_value.c - rows of Exchange 2013 and later to property bags.
 *
 * Layer: inside the EDB reader, above prop_blob. A property can be a column, or lie packed in
 * one of several blobs of the row; the first in this order that says something of it counts:
 * column, newer blob, blob, blob off the page, large values, extension. What a blob only
 * points to is fetched from the column of its slot, or from the large values.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "exchange2013.h"
#include "plural.h"
#include "prop_blob.h"

#define BLOBS        5u
#define ID_EXTENSION 0xfffe /* of no property: a blob that is handed on as it is */
#define SLOT         "<slot>"

#define ID_CODEPAGE         0x3fde
#define ID_MESSAGE_CODEPAGE 0x3ffd

static const struct {
    enum edb_field field;
    const char *name;
} blob_fields[BLOBS] = {{EDB_DELTA, "the newer properties"},
                        {EDB_BLOB, "the properties"},
                        {EDB_OFFPAGE, "the properties off the page"},
                        {EDB_LARGE, "the large properties"},
                        {EDB_EXTENSION, "the extension"}};

enum { BODY_TEXT = 1, BODY_RTF = 2, BODY_HTML = 3 };

/* Of one row. */
struct row {
    struct exchange *x;
    const struct exchange_table *t;
    const struct ese_record *r;
    struct pl_arena *a;
    struct pl_bag *bag;
    size_t room;
    struct pl_bytes large; /* when it is no blob itself; of many bytes only the beginning, and the stream */
    struct pl_stream large_stream;
    uint8_t *seen;      /* a bit for each id: something was said of it; NULL: nobody asks */
    uint8_t *elsewhere; /* a blob says that another has it */
    bool any_elsewhere;
};

static bool is_set(const uint8_t *set, uint16_t id) { return set && set[id / 8] >> id % 8 & 1; }
static void set_add(uint8_t *set, uint16_t id)
{
    if (set)
        set[id / 8] |= (uint8_t)(1u << id % 8);
}

static enum pl_status complain(struct exchange *x, const char *code, const char *what, const char *why)
{
    x->degraded = true;
    return pl_report(x->r->report, PL_WARN, code, x->key, PL_NO_OFFSET, "%s %s", what, why);
}

/* --- bytes ---------------------------------------------------------------------------------- */

enum pl_status exchange2013_whole(struct exchange *x, const struct ese_record *r, const struct ese_column *c,
                                  unsigned i, struct pl_arena *a, struct pl_bytes *out)
{
    struct pl_stream stream;
    enum pl_status st = exchange_stored(x, r, c, i, a, out, &stream);
    return st > PL_LOST && st != PL_END && stream.size ? exchange_stream_load(x, &stream, a, out) : st;
}

/* --- values --------------------------------------------------------------------------------------- */

/* 8-bit texts: the published decoders do not agree whether they are UTF-8 or Latin-1. Bytes that are UTF-8 are
 * hardly ever anything else. */
static unsigned codepage_of(struct exchange *x, struct pl_bytes text)
{
    bool ascii = true;
    for (size_t i = 0; i < text.size && ascii; i++)
        ascii = text.data[i] < 0x80;
    if (ascii || !pl_utf8_valid((const char *)text.data, text.size))
        return 1252;
    if (!(x->told & TOLD_TEXT)) {
        x->told |= TOLD_TEXT;
        pl_report_once(x->r->report, PL_OK, "edb.text-guess", x->key, PL_NO_OFFSET,
                       "texts of 8 bits are read as UTF-8 where they are UTF-8, and as windows-1252 elsewhere");
    }
    return 65001;
}

static enum pl_status piece_value(struct exchange *x, uint32_t tag, const struct prop_piece *p, struct pl_arena *a,
                                  struct pl_value *out)
{
    if (!p->narrow)
        return exchange_value(x, tag, p->bytes, 0, a, out);
    return exchange_value(x, PT_STRING8, p->bytes, codepage_of(x, p->bytes), a, out);
}

static void prop_begin(const struct exchange *x, uint32_t tag, struct pl_prop *out)
{
    uint16_t id = (uint16_t)(tag >> 16);
    const struct exchange_named *named = id >= 0x8000 ? exchange_name_find(x, id) : NULL;
    *out = (struct pl_prop){.tag = tag,
                            .pid = named          ? named->pid
                                   : id >= 0x8000 ? (uint16_t)PID_NONE
                                                  : (uint16_t)pl_pid_of_tag(id),
                            .name = named ? &named->name : NULL};
}

/* A value that is lost costs itself; memory costs the object. */
static enum pl_status prop_put(struct exchange *x, uint32_t tag, const struct prop_piece *pieces, uint32_t count,
                               struct pl_arena *a, struct pl_prop *out)
{
    struct pl_value *values = pl_arena_zalloc(a, count + 1u, sizeof *values);
    prop_begin(x, tag, out);
    if (!values)
        return exchange_no_memory(x);
    for (uint32_t i = 0; i < count; i++) {
        enum pl_status st = piece_value(x, tag & ~(uint32_t)PT_MULTI, &pieces[i], a, &values[i]);
        if (st <= PL_LOST)
            return st;
    }
    out->values = values;
    out->count = count;
    return PL_OK;
}

/* --- values that lie apart ------------------------------------------------------------------------- */

static const struct ese_column *slot_column(const struct row *row, unsigned slot)
{
    char name[ESE_NAME_MAX];
    const char *pattern = row->x->profile.parts[row->t->role].fields[EDB_SEPARATED].column;
    const char *at = pattern ? strstr(pattern, SLOT) : NULL;
    if (!at || snprintf(name, sizeof name, "%.*s%02u%s", (int)(at - pattern), pattern, slot, at + strlen(SLOT)) >=
                   (int)sizeof name)
        return NULL;
    return ese_table_column(&row->t->table, name);
}

/* A stored value may be compressed by the server beside what the database does; its size in clear tells. */
static void inflate(struct row *row, uint32_t size, struct pl_bytes *bytes)
{
    size_t clear = bytes->size < size ? ese_decompressed_size(bytes->data, bytes->size) : 0, got = 0;
    uint8_t *data = clear == size && size ? pl_arena_alloc(row->a, size) : NULL;
    if (data && ese_decompress(bytes->data, bytes->size, data, size, &got) && got == size)
        *bytes = (struct pl_bytes){data, got};
}

/* A part of the large values. PL_END: it is not in them. */
static enum pl_status large_fetch(struct row *row, const struct prop_apart *apart, struct pl_bytes *out,
                                  struct pl_stream *stream)
{
    uint64_t whole = row->large_stream.size ? row->large_stream.size : row->large.size;
    size_t got = 0;
    if (!apart->size || apart->hint > whole || apart->size > whole - apart->hint)
        return PL_END;
    if (!row->large_stream.size) {
        *out = (struct pl_bytes){row->large.data + apart->hint, apart->size};
        return PL_OK;
    }
    struct pl_stream part = row->large_stream;
    part.size = apart->size;
    part.token[2] |= (uint64_t)apart->hint << 8;
    if (part.size > PL_INLINE_MAX) {
        *stream = part;
        return PL_OK;
    }
    uint8_t *data = pl_arena_alloc(row->a, apart->size);
    if (!data)
        return exchange_no_memory(row->x);
    enum pl_status st = exchange_read(row->x, &part, 0, data, apart->size, &got);
    *out = (struct pl_bytes){data, got};
    return st;
}

/* PL_END: nowhere. */
static enum pl_status apart_fetch(struct row *row, const struct prop_apart *apart, struct pl_bytes *out,
                                  struct pl_stream *stream)
{
    const struct ese_column *slot = slot_column(row, apart->slot);
    *stream = (struct pl_stream){0};
    enum pl_status st = apart->far ? exchange_stored(row->x, row->r, slot, 0, row->a, out, stream)
                                   : large_fetch(row, apart, out, stream);
    if (st != PL_END)
        return st;
    return apart->far ? large_fetch(row, apart, out, stream)
                      : exchange_stored(row->x, row->r, slot, 0, row->a, out, stream);
}

static enum pl_status apart_put(struct row *row, const struct prop_packed *p, struct pl_prop *out)
{
    struct exchange *x = row->x;
    struct pl_bytes bytes;
    struct prop_packed many;
    char what[40];
    snprintf(what, sizeof what, "property 0x%08" PRIx32, p->tag);
    prop_begin(x, p->tag, out);
    enum pl_status st = apart_fetch(row, &p->apart, &bytes, &out->stream);
    if (st == PL_END)
        return complain(x, "edb.separated", what, "lies apart, and nothing is there");
    if (st <= PL_LOST)
        return st;
    if (out->stream.size && !(p->tag & PT_MULTI)) {
        if (out->stream.size != p->apart.size)
            complain(x, "edb.separated", what, "lies apart, in another length than stated");
        return PL_OK;
    }
    inflate(row, p->apart.size, &bytes);
    if (bytes.size != p->apart.size)
        complain(x, "edb.separated", what, "lies apart, in another length than stated");
    if (!(p->tag & PT_MULTI)) {
        const struct prop_piece piece = {bytes, (p->apart.encoding & 0xfc) == 0x4c};
        st = prop_put(x, p->tag, &piece, 1, row->a, out);
        return st <= PL_LOST ? st : PL_OK;
    }
    if (!prop_values(row->a, bytes, &many))
        return complain(x, "edb.separated", what, "lies apart, in a form that is not known");
    st = prop_put(x, p->tag, many.pieces, many.count, row->a, out);
    return st <= PL_LOST ? st : PL_OK;
}

/* --- blobs ------------------------------------------------------------------------------------------ */

static void forms_tell(struct exchange *x, const struct prop_blob *b, const char *what)
{
    const char *why = b->forms & PROP_FORM_LATER   ? "have a version that is not known"
                      : b->forms & PROP_FORM_UNITS ? "count their texts in units of UTF-16"
                      : b->forms & PROP_FORM_WIDE  ? "call texts 8-bit that are UTF-16"
                      : b->behind                  ? "are followed by bytes that belong to none of them"
                                                   : NULL;
    if (!why || x->told & TOLD_FORM)
        return;
    x->told |= TOLD_FORM;
    pl_report_once(x->r->report, PL_WARN, "edb.blob-form", x->key, PL_NO_OFFSET,
                   "%s %s; others of the store may too", what, why);
}

static void blob_tell(struct exchange *x, const struct prop_blob *b, const char *what)
{
    if (b->fault)
        complain(x, "edb.blob", what, b->fault);
    if (b->missing) {
        x->degraded = true;
        pl_report(x->r->report, PL_WARN, "edb.blob-cut", x->key, PL_NO_OFFSET, "%s are cut: %zu of %zu are missing",
                  what, b->missing, b->missing + b->count);
    }
    if (b->unreadable) {
        x->degraded = true;
        pl_report(x->r->report, PL_WARN, "edb.blob-value", x->key, PL_NO_OFFSET,
                  "%zu of %s have a type or a value that is not known", b->unreadable, what);
    }
    forms_tell(x, b, what);
}

/* PL_LOST: memory. */
static enum pl_status packed_put(struct row *row, const struct prop_packed *p)
{
    struct exchange *x = row->x;
    uint16_t id = (uint16_t)(p->tag >> 16);
    enum pl_status st;
    if (is_set(row->seen, id))
        return PL_OK;
    if (p->place == PROP_OTHER) {
        set_add(row->elsewhere, id);
        row->any_elsewhere = row->elsewhere != NULL;
        return PL_OK;
    }
    set_add(row->seen, id);
    if (p->place == PROP_DELETED || p->place == PROP_UNREADABLE || row->bag->count == row->room)
        return PL_OK;
    struct pl_prop *out = &row->bag->props[row->bag->count];
    st =
        p->place == PROP_SEPARATED ? apart_put(row, p, out) : prop_put(x, p->tag, p->pieces, p->count, row->a, out);
    if (st == PL_OK)
        row->bag->count++;
    else
        x->degraded = true;
    bool memory = st <= PL_LOST && x->r->report->fault && !strcmp(x->r->report->fault, "memory");
    return memory ? PL_LOST : PL_OK;
}

static bool bag_room(struct row *row, size_t more)
{
    struct pl_prop *props = pl_arena_zalloc(row->a, row->bag->count + more + 4, sizeof *props);
    if (!props)
        return false;
    if (row->bag->count)
        memcpy(props, row->bag->props, row->bag->count * sizeof *props);
    row->bag->props = props;
    row->room = row->bag->count + more + 3;
    return true;
}

static enum pl_status blob_put(struct row *row, struct pl_bytes bytes, const char *what)
{
    struct prop_blob b;
    if (!prop_blob_decode(row->a, bytes, &row->x->later->steps, &b) || !bag_room(row, b.count))
        return exchange_no_memory(row->x);
    blob_tell(row->x, &b, what);
    for (size_t i = 0; i < b.count; i++)
        if (packed_put(row, &b.list[i]) <= PL_LOST)
            return PL_LOST;
    return PL_OK;
}

enum pl_status exchange2013_blob(struct exchange *x, struct pl_bytes blob, const char *what, struct pl_arena *a,
                                 struct pl_bag *out)
{
    const struct ese_record none = {.table = &x->tables[EDB_MAILBOXES].table};
    struct row row = {.x = x, .t = &x->tables[EDB_MAILBOXES], .r = &none, .a = a, .bag = out};
    *out = (struct pl_bag){0};
    enum pl_status st = blob_put(&row, blob, what);
    if (st <= PL_LOST)
        return st;
    return pl_bag_index(out, a) ? PL_OK : exchange_no_memory(x);
}

static bool is_blob(struct pl_bytes b) { return b.size >= 4 && !memcmp(b.data, "ProP", 4); }

/* A value of a field that is no blob: the large values, which others point into; the extension, in which a
 * list of rights can lie. */
static enum pl_status other_put(struct row *row, enum edb_field field, struct pl_bytes bytes)
{
    if (field == EDB_LARGE) {
        row->large = bytes;
        return PL_OK;
    }
    const struct prop_piece piece = {bytes, false};
    if (!bag_room(row, 1))
        return exchange_no_memory(row->x);
    return prop_put(row->x, (uint32_t)ID_EXTENSION << 16 | PT_BINARY, &piece, 1, row->a,
                    &row->bag->props[row->bag->count++]);
}

/* The large values, of which many are not read before one is asked for. */
static enum pl_status large_read(struct row *row, const struct ese_column *c, struct pl_bytes *out)
{
    size_t got = 0;
    uint8_t head[4];
    enum pl_status st = exchange_stored(row->x, row->r, c, 0, row->a, out, &row->large_stream);
    if (st <= PL_LOST || st == PL_END || !row->large_stream.size)
        return st;
    st = exchange_read(row->x, &row->large_stream, 0, head, sizeof head, &got);
    if (st > PL_LOST && is_blob((struct pl_bytes){head, got})) {
        row->large_stream = (struct pl_stream){0};
        return exchange2013_whole(row->x, row->r, c, 0, row->a, out);
    }
    return st;
}

static void nowhere_tell(const struct row *row)
{
    unsigned lost = 0;
    for (size_t i = 0; row->any_elsewhere && i < EXCHANGE2013_IDS; i++)
        for (unsigned left = row->elsewhere[i] & ~row->seen[i] & 0xffu; left; left &= left - 1)
            lost++;
    if (!lost)
        return;
    row->x->degraded = true;
    pl_report(row->x->r->report, PL_WARN, "edb.blob-elsewhere", row->x->key, row->r->offset, "%u %s in none", lost,
              pl_plural(lost, "property should be in another column, and is",
                        "properties should be in another column, and are"));
}

static enum pl_status blobs_put(struct row *row)
{
    struct pl_bytes bytes[BLOBS] = {{0}};
    for (unsigned i = BLOBS; i-- > 0;) {
        const struct exchange_binding *b = &row->t->fields[blob_fields[i].field];
        enum pl_status st = blob_fields[i].field == EDB_LARGE
                                ? large_read(row, b->column, &bytes[i])
                                : exchange2013_whole(row->x, row->r, b->column, 0, row->a, &bytes[i]);
        if (st == PL_STOP)
            return st;
        row->x->degraded = row->x->degraded || st < PL_OK;
        bool other = blob_fields[i].field == EDB_LARGE || blob_fields[i].field == EDB_EXTENSION;
        if (st == PL_END || st <= PL_LOST)
            bytes[i].size = 0;
        else if (bytes[i].size && other && !is_blob(bytes[i])) {
            if (other_put(row, blob_fields[i].field, bytes[i]) <= PL_LOST)
                return PL_LOST;
            bytes[i].size = 0;
        }
    }
    for (unsigned i = 0; i < BLOBS; i++)
        if (bytes[i].size && blob_put(row, bytes[i], blob_fields[i].name) <= PL_LOST)
            return PL_LOST;
    nowhere_tell(row);
    return PL_OK;
}

/* --- bodies ----------------------------------------------------------------------------------------- */

static bool has_prefix(struct pl_bytes b, size_t at, const char *text)
{
    return b.size >= at + strlen(text) && !memcmp(b.data + at, text, strlen(text));
}

/* What a body is that does not say so, or says what its bytes are not. */
static int64_t body_kind(struct pl_bytes b, int64_t stated)
{
    size_t zeros = 0;
    if (has_prefix(b, 8, "LZFu") || has_prefix(b, 8, "MELA"))
        return BODY_RTF;
    for (size_t i = 1; i < b.size && i < 64; i += 2)
        zeros += !b.data[i];
    if (stated >= BODY_TEXT && stated <= BODY_HTML && stated != BODY_RTF)
        return stated;
    return zeros > (b.size < 64 ? b.size : 64) / 4 ? BODY_TEXT : BODY_HTML;
}

/* HTML whose code page nobody states, and whose bytes are UTF-8. */
static enum pl_status codepage_put(struct row *row, struct pl_bytes html)
{
    static const struct prop_piece utf8 = {{(const uint8_t *)"\xe9\xfd\0\0", 4}, false}; /* 65001 */
    if (is_set(row->seen, ID_CODEPAGE) || is_set(row->seen, ID_MESSAGE_CODEPAGE) ||
        memmem(html.data, html.size, "charset=", 8) || codepage_of(row->x, html) != 65001)
        return PL_OK;
    if (!bag_room(row, 1))
        return exchange_no_memory(row->x);
    return prop_put(row->x, (uint32_t)ID_CODEPAGE << 16 | PT_LONG, &utf8, 1, row->a,
                    &row->bag->props[row->bag->count++]);
}

static enum pl_status body_put(struct row *row)
{
    static const uint32_t tags[] = {[BODY_TEXT] = 0x1000001f, [BODY_RTF] = 0x10090102, [BODY_HTML] = 0x10130102};
    const struct exchange_binding *f = row->t->fields;
    struct pl_bytes bytes;
    struct pl_stream stream;
    int64_t kind = 0;
    enum pl_status st = exchange_stored(row->x, row->r, f[EDB_BODY].column, 0, row->a, &bytes, &stream);
    if (st == PL_END || st <= PL_LOST || !(bytes.size || stream.size)) {
        row->x->degraded = row->x->degraded || st <= PL_LOST;
        return st == PL_STOP ? st : PL_OK;
    }
    exchange_integer(row->x, row->r, f[EDB_BODY_TYPE], &kind);
    if (!stream.size) {
        if (bytes.size && bytes.data[0] >> 3 == 3)
            inflate(row, (uint32_t)ese_decompressed_size(bytes.data, bytes.size), &bytes);
        kind = body_kind(bytes, kind);
    }
    uint32_t tag = tags[kind >= BODY_TEXT && kind <= BODY_HTML ? kind : BODY_HTML];
    if (is_set(row->seen, (uint16_t)(tag >> 16)))
        return PL_OK;
    if (!bag_room(row, 1))
        return exchange_no_memory(row->x);
    struct pl_prop *out = &row->bag->props[row->bag->count++];
    const struct prop_piece piece = {bytes, false};
    st = prop_put(row->x, tag, &piece, stream.size ? 0 : 1, row->a, out);
    out->stream = stream;
    return st > PL_LOST && !stream.size && kind == BODY_HTML ? codepage_put(row, bytes) : st;
}

/* The subject of an item that has it in two parts. */
static enum pl_status subject_put(struct row *row)
{
    struct pl_bag *bag = row->bag;
    if (is_set(row->seen, 0x0037) || !is_set(row->seen, 0x0e1d))
        return PL_OK;
    if (!pl_bag_index(bag, row->a) || !bag_room(row, 1))
        return exchange_no_memory(row->x);
    const char *prefix = pl_bag_text(bag, PidTagSubjectPrefix), *rest = pl_bag_text(bag, PidTagNormalizedSubject);
    char *text = pl_arena_printf(row->a, "%s%s", prefix ? prefix : "", rest ? rest : "");
    struct pl_value *value = pl_arena_zalloc(row->a, 1, sizeof *value);
    if (!text || !value)
        return exchange_no_memory(row->x);
    value->as.text = text;
    value->raw = (struct pl_bytes){(const uint8_t *)text, strlen(text)};
    struct pl_prop *out = &bag->props[bag->count++];
    prop_begin(row->x, 0x0037001f, out);
    out->values = value;
    out->count = 1;
    return PL_OK;
}

enum pl_status exchange2013_bag(struct exchange *x, const struct exchange_table *t, const struct ese_record *r,
                                struct pl_arena *a, struct pl_bag *out)
{
    struct exchange2013 *l = x->later;
    struct row row = {.x = x, .t = t, .r = r, .a = a, .bag = out, .seen = l->seen, .elsewhere = l->elsewhere};
    enum pl_status st = exchange_bag(x, t, r, a, out);
    if (st <= PL_LOST)
        return st;
    memset(l->seen, 0, sizeof l->seen);
    memset(l->elsewhere, 0, sizeof l->elsewhere);
    row.room = out->count;
    for (size_t i = 0; i < out->count; i++)
        set_add(row.seen, pl_prop_id(&out->props[i]));
    st = blobs_put(&row);
    if (st > PL_LOST)
        st = body_put(&row);
    if (st > PL_LOST)
        st = subject_put(&row);
    if (st <= PL_LOST)
        return st;
    return pl_bag_index(out, a) ? PL_OK : exchange_no_memory(x);
}
