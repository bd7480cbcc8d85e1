/*
 * exchange_props.c - properties as values of columns: tables that get a column when a property comes for the
 * first time, rows, the store's ids of named properties.
 *
 * Letters: L long, S string, T time, Q 64-bit number, B bool, I short, D double, N bytes of any other type;
 * M before it for multi-values. A name has one id in the whole store, given out at its first use.
 */
#include "exchange_int.h"
#include "props.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    enum ms_ese_type type;
    uint32_t size; /* of fixed ones */
    unsigned codepage;
} forms[XC_FORMS] = {
    [XC_BE64] = {MS_ESE_BINARY, 8, 0},       [XC_LE64] = {MS_ESE_CURRENCY, 8, 0},
    [XC_UTF16] = {MS_ESE_LONGTEXT, 0, 1200}, [XC_ANSI] = {MS_ESE_LONGBINARY, 0, 0},
    [XC_RAW] = {MS_ESE_LONGBINARY, 0, 0},    [XC_FILETIME] = {MS_ESE_CURRENCY, 8, 0},
    [XC_BOOL] = {MS_ESE_BIT, 1, 0},          [XC_I32] = {MS_ESE_LONG, 4, 0},
    [XC_I16] = {MS_ESE_SHORT, 2, 0},         [XC_GUID] = {MS_ESE_BINARY, 0, 0},
    [XC_DOUBLE] = {MS_ESE_DOUBLE, 8, 0},
};

/* Columns that a table has from the beginning. The first is the primary key of those that have one. */
static const struct base {
    enum xc_role role;
    enum ms_ese_place place;
    uint32_t key;
    int fallback; /* of numbers, when columns with defaults are wanted; -1 none */
} bases[] = {
    {XC_GLOBAL, MS_ESE_TAGGED, XC_MULTI | XC_KEY('N', 0x667f), -1},
    {XC_GLOBAL, MS_ESE_VARIABLE, XC_KEY('N', 0x676a), -1},
    {XC_MAILBOXES, MS_ESE_FIXED, XC_KEY('L', 0x6707), -1},
    {XC_MAILBOXES, MS_ESE_FIXED, XC_KEY('Q', 0x6748), -1},
    {XC_MAILBOXES, MS_ESE_VARIABLE, XC_KEY('N', 0x676c), -1},
    {XC_MAILBOXES, MS_ESE_VARIABLE, XC_KEY('N', 0x66a0), -1},
    {XC_MAILBOXES, MS_ESE_TAGGED, XC_KEY('S', 0x3001), -1},
    {XC_MAILBOXES, MS_ESE_TAGGED, XC_KEY('S', 0x3003), -1},
    {XC_MAILBOXES, MS_ESE_TAGGED, XC_KEY('S', 0x39fe), -1},
    {XC_MAILBOXES, MS_ESE_TAGGED, XC_KEY('L', 0x66c4), -1},
    {XC_FOLDERS, MS_ESE_FIXED, XC_KEY('Q', 0x6748), -1},
    {XC_FOLDERS, MS_ESE_FIXED, XC_KEY('Q', 0x6749), -1},
    {XC_FOLDERS, MS_ESE_FIXED, XC_KEY('L', 0x3601), -1},
    {XC_FOLDERS, MS_ESE_FIXED, XC_KEY('L', 0x3602), -1},
    {XC_FOLDERS, MS_ESE_VARIABLE, XC_KEY('N', 0x676c), -1},
    {XC_FOLDERS, MS_ESE_TAGGED, XC_KEY('S', 0x3001), -1},
    {XC_FOLDERS, MS_ESE_TAGGED, XC_KEY('S', 0x3004), -1},
    {XC_FOLDERS, MS_ESE_TAGGED, XC_KEY('S', 0x3613), -1},
    {XC_FOLDERS, MS_ESE_TAGGED, XC_KEY('N', 0x0e27), -1},
    {XC_FOLDERS, MS_ESE_TAGGED, XC_KEY('N', 0x3fe0), -1},
    {XC_MESSAGES, MS_ESE_FIXED, XC_KEY('Q', 0x674a), -1},
    {XC_MESSAGES, MS_ESE_FIXED, XC_KEY('Q', 0x6748), -1},
    {XC_MESSAGES, MS_ESE_FIXED, XC_KEY('L', 0x0e07), -1},
    {XC_MESSAGES, MS_ESE_FIXED, XC_KEY('T', 0x3007), -1},
    {XC_MESSAGES, MS_ESE_FIXED, XC_KEY('T', 0x3008), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x001a), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x0037), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('L', 0x0017), 1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('L', 0x0026), 0},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('L', 0x0036), 0},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x0064), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x0065), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x0c1e), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('S', 0x0c1f), -1},
    {XC_MESSAGES, MS_ESE_TAGGED, XC_KEY('N', 0x0e12), -1},
    {XC_MESSAGES, MS_ESE_VARIABLE, XC_KEY('N', 0x300b), -1},
    {XC_CONTENTS, MS_ESE_FIXED, XC_KEY('Q', 0x674a), -1},
    {XC_CONTENTS, MS_ESE_FIXED, XC_KEY('B', 0x67aa), -1},
    {XC_CONTENTS, MS_ESE_FIXED, XC_KEY('L', 0x0e07), -1},
    {XC_CONTENTS, MS_ESE_FIXED, XC_KEY('T', 0x3008), -1},
    {XC_CONTENTS, MS_ESE_TAGGED, XC_KEY('S', 0x001a), -1},
    {XC_CONTENTS, MS_ESE_TAGGED, XC_KEY('S', 0x0037), -1},
    {XC_CONTENTS, MS_ESE_TAGGED, XC_KEY('T', 0x0e06), -1}, /* each folder's own */
    {XC_ATTACHMENTS, MS_ESE_FIXED, XC_KEY('Q', 0x674a), -1},
    {XC_ATTACHMENTS, MS_ESE_FIXED, XC_KEY('L', 0x0e21), -1},
    {XC_ATTACHMENTS, MS_ESE_FIXED, XC_KEY('L', 0x3705), -1},
    {XC_ATTACHMENTS, MS_ESE_FIXED, XC_KEY('Q', 0x67f2), -1},
    {XC_ATTACHMENTS, MS_ESE_TAGGED, XC_KEY('N', 0x3701), -1},
    {XC_ATTACHMENTS, MS_ESE_TAGGED, XC_KEY('S', 0x3704), -1},
    {XC_ATTACHMENTS, MS_ESE_TAGGED, XC_KEY('S', 0x3707), -1},
    {XC_ATTACHMENTS, MS_ESE_TAGGED, XC_KEY('S', 0x370e), -1},
    {XC_ATTACHMENTS, MS_ESE_TAGGED, XC_KEY('B', 0x7fff), -1},
    {XC_NAMES, MS_ESE_FIXED, XC_NAME_ID, -1},
    {XC_NAMES, MS_ESE_FIXED, XC_NAME_KIND, -1},
    {XC_NAMES, MS_ESE_FIXED, XC_NAME_LID, -1},
    {XC_NAMES, MS_ESE_VARIABLE, XC_NAME_SET, -1},
    {XC_NAMES, MS_ESE_TAGGED, XC_NAME_TEXT, -1},
};

enum { BASES = sizeof bases / sizeof *bases };

/* --- tables -------------------------------------------------------------------------------- */

static size_t hash_of(const struct xc_table *t, uint32_t key)
{
    size_t at = key * 2654435761u % XC_HASH;
    while (t->hash[at] && t->list[t->hash[at] - 1].key != key)
        at = (at + 1) % XC_HASH;
    return at;
}

/* Addresses of senders and such are 8-bit in every store. */
static bool is_narrow(const struct ms_writer *w, enum xc_role role, uint32_t key)
{
    static const unsigned ids[] = {0x0064, 0x0065, 0x0c1e, 0x0c1f, 0x6849, 0x3ff8, 0x3ffa};
    if (role != XC_MESSAGES && role != XC_ATTACHMENTS)
        return false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == (key & 0xffff))
            return true;
    return w->x.traits & MS_X_NARROW;
}

/* The definition of a column; its slot is the next of the list. */
static struct ms_ese_column column_new(struct ms_writer *w, struct xc_table *t, uint32_t key,
                                       enum ms_ese_place place, int fallback)
{
    static const uint8_t numbers[2][4] = {{0}, {1}};
    enum xc_form form;
    struct ms_ese_column c = {.name = xc_column_name(&w->names, t->role, key, is_narrow(w, t->role, key), &form)};
    c.type = forms[form].type;
    c.size = forms[form].size;
    c.codepage = forms[form].codepage;
    c.flags = key & XC_MULTI ? MS_ESE_MULTI : 0;
    c.place = place == MS_ESE_FIXED && !c.size ? MS_ESE_TAGGED : place;
    if (c.place != MS_ESE_FIXED && c.type == MS_ESE_BINARY)
        c.size = 255;
    if (t->count == t->room) {
        t->room = t->room * 2 + 64;
        struct xc_column *grown = ms_alloc(&w->keep, t->room * sizeof *grown);
        if (t->count)
            memcpy(grown, t->list, t->count * sizeof *grown);
        t->list = grown;
    }
    t->list[t->count] = (struct xc_column){.key = key, .form = form};
    if (fallback >= 0 && w->x.traits & MS_X_NULLS) {
        t->list[t->count].fallback = c.fallback = numbers[fallback];
        t->list[t->count].fallback_size = c.fallback_size = c.size;
    }
    t->hash[hash_of(t, key)] = (uint16_t)(++t->count);
    return c;
}

struct xc_table *xc_table_new(struct ms_writer *w, enum xc_role role)
{
    struct xc_table *t = ms_alloc(&w->keep, sizeof *t);
    struct ms_ese_column columns[BASES];
    struct ms_ese_index primary = {
        "Key", MS_ESE_PRIMARY | MS_ESE_UNIQUE, role == XC_ATTACHMENTS ? 2 : 1, {0, 1}, {false}};
    t->role = role;
    for (size_t i = 0; i < BASES; i++) {
        if (bases[i].role != role)
            continue;
        struct ms_ese_column c = column_new(w, t, bases[i].key, bases[i].place, bases[i].fallback);
        columns[t->count - 1] = c;
    }
    struct ms_ese_schema schema = {.name = role == XC_CONTENTS ? w->names.template : w->names.tables[role],
                                   .is_template = role == XC_CONTENTS,
                                   .columns = columns,
                                   .column_count = t->count - (role == XC_CONTENTS),
                                   .indexes = &primary,
                                   .index_count =
                                       role != XC_GLOBAL && !(role == XC_MESSAGES && w->x.traits & MS_X_NO_INDEX),
                                   .unsorted = w->x.traits & MS_X_INTERLEAVED && role != XC_CONTENTS};
    t->ese = ms_ese_table(w->db, &schema);
    return t->ese ? t : NULL;
}

struct ms_ese_table *xc_table_derived(struct ms_writer *w, const char *name)
{
    struct xc_table *t = w->tables[XC_CONTENTS];
    enum xc_form form;
    uint32_t key = t->list[t->count - 1].key;
    struct ms_ese_column own = {.name = xc_column_name(&w->names, XC_CONTENTS, key, false, &form),
                                .type = forms[form].type,
                                .place = MS_ESE_TAGGED,
                                .size = forms[form].size};
    struct ms_ese_schema schema = {.name = name, .parent = t->ese, .columns = &own, .column_count = 1};
    return ms_ese_table(w->db, &schema);
}

static struct xc_column *column_of(struct xc_row *r, uint32_t key)
{
    struct xc_table *t = r->t;
    size_t at = hash_of(t, key);
    unsigned place;
    if (t->hash[at])
        return &t->list[t->hash[at] - 1];
    if (t->count > XC_HASH / 2) {
        xc_fail(r->w, "too many columns");
        r->w->failed = true;
        return &t->list[0];
    }
    struct ms_ese_column c = column_new(r->w, t, key, MS_ESE_TAGGED, -1);
    if (ms_ese_column(t->ese, &c, &place))
        r->w->failed = true;
    return &t->list[t->count - 1];
}

/* --- rows ---------------------------------------------------------------------------------- */

void xc_row_begin(struct xc_row *r, struct ms_writer *w, struct xc_table *t)
{
    *r = (struct xc_row){.w = w, .t = t, .codepage = 1252, .number = ++w->row};
}

/* The value of a column; what it had before is gone. */
static struct ms_ese_value *value_of(struct xc_row *r, struct xc_column *c)
{
    if (c->row != r->number) {
        if (r->count == r->room) {
            r->room = r->room * 2 + 64;
            struct ms_ese_value *grown = ms_alloc(&r->w->scratch, r->room * sizeof *grown);
            if (r->count)
                memcpy(grown, r->values, r->count * sizeof *grown);
            r->values = grown;
        }
        c->row = r->number;
        c->at = r->count++;
    }
    struct ms_ese_value *v = &r->values[c->at];
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a column of this row has its value */
    *v = (struct ms_ese_value){.column = (unsigned)(c - r->t->list)};
    return v;
}

static void put_pieces(struct xc_row *r, struct xc_column *c, struct ms_ese_piece *pieces, size_t count)
{
    struct ms_ese_value *v = value_of(r, c);
    v->count = count;
    v->pieces = pieces;
}

static struct ms_ese_piece text_piece(struct xc_row *r, enum xc_form form, const char *utf8)
{
    struct ms_bytes out = {.mem = &r->w->scratch};
    if (form == XC_UTF16)
        ms_put_utf16(&out, utf8);
    else
        xc_put_narrow(r->w, &out, r->codepage, utf8);
    return (struct ms_ese_piece){.data = out.data, .size = out.size};
}

static struct ms_ese_piece number_piece(struct xc_row *r, enum xc_form form, uint64_t v)
{
    uint8_t *bytes = ms_alloc(&r->w->scratch, 8);
    if (form == XC_BE64)
        ese_be64(bytes, v);
    else
        ese_le64(bytes, form == XC_BOOL && v ? 0xff : v);
    return (struct ms_ese_piece){.data = bytes, .size = forms[form].size ? forms[form].size : 8};
}

void xc_number(struct xc_row *r, uint32_t key, uint64_t v)
{
    struct xc_column *c = column_of(r, key);
    struct ms_ese_piece *piece = ms_alloc(&r->w->scratch, sizeof *piece);
    *piece = number_piece(r, c->form, v);
    put_pieces(r, c, piece, 1);
}

void xc_text(struct xc_row *r, uint32_t key, const char *utf8)
{
    if (!utf8)
        return;
    struct xc_column *c = column_of(r, key);
    struct ms_ese_piece *piece = ms_alloc(&r->w->scratch, sizeof *piece);
    *piece = text_piece(r, c->form, utf8);
    put_pieces(r, c, piece, 1);
}

void xc_bytes(struct xc_row *r, uint32_t key, const void *data, size_t size)
{
    struct ms_ese_piece *piece = ms_alloc(&r->w->scratch, sizeof *piece);
    *piece = (struct ms_ese_piece){.data = data, .size = size};
    put_pieces(r, column_of(r, key), piece, 1);
}

void xc_multi(struct xc_row *r, uint32_t key, const struct ms_bytes *list, size_t count)
{
    struct ms_ese_piece *pieces = ms_alloc(&r->w->scratch, (count + 1) * sizeof *pieces);
    for (size_t i = 0; i < count; i++)
        pieces[i] = (struct ms_ese_piece){.data = list[i].data, .size = list[i].size};
    put_pieces(r, column_of(r, key), pieces, count);
}

/* The n-th value of a property as a form has it. */
static struct ms_ese_piece prop_piece(struct xc_row *r, enum xc_form form, const struct ms_prop *p, size_t n)
{
    size_t size = p->sizes ? p->sizes[n] : p->count ? p->size / p->count : p->size;
    const uint8_t *data = p->datas ? p->datas[n] : (const uint8_t *)p->data + (p->count ? n * size : 0);
    uint64_t v = 0;
    switch (form) {
    case XC_UTF16:
    case XC_ANSI: return text_piece(r, form, ms_copy(&r->w->scratch, data, size));
    case XC_RAW:
    case XC_GUID:
        return (struct ms_ese_piece){.data = data, .size = size, .generate = p->generate, .state = p->state};
    default:
        for (size_t i = 0; i < size && i < 8; i++)
            v |= (uint64_t)data[i] << (8 * i);
        return number_piece(r, form, v);
    }
}

static char letter_of(unsigned type)
{
    static const struct {
        unsigned type;
        char letter;
    } letters[] = {{MS_SHORT, 'I'}, {MS_LONG, 'L'},   {MS_DOUBLE, 'D'}, {MS_BOOL, 'B'},
                   {MS_I8, 'Q'},    {MS_STRING, 'S'}, {MS_TIME, 'T'}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].type == type)
            return letters[i].letter;
    return 'N';
}

void xc_props(struct xc_row *r, const struct ms_props *props)
{
    for (size_t i = 0; i < props->count; i++) {
        const struct ms_prop *p = &props->list[i];
        unsigned type = p->tag & 0xffff;
        uint32_t key = XC_KEY(letter_of(type & ~(unsigned)MS_MULTI), xc_prop_id(r->w, p));
        struct xc_column *c = column_of(r, type & MS_MULTI ? key | XC_MULTI : key);
        size_t count = type & MS_MULTI ? p->count : 1;
        struct ms_ese_piece *pieces = ms_alloc(&r->w->scratch, (count + 1) * sizeof *pieces);
        for (size_t n = 0; n < count; n++)
            pieces[n] = prop_piece(r, c->form, p, n);
        if (count)
            put_pieces(r, c, pieces, count);
    }
}

/* Absent stands for the default, so what has no value says so, and what equals it says nothing. */
static void settle_defaults(struct xc_row *r)
{
    for (size_t i = 0; i < r->t->count; i++) {
        struct xc_column *c = &r->t->list[i];
        if (!c->fallback)
            continue;
        if (c->row != r->number) {
            value_of(r, c);
            continue;
        }
        const struct ms_ese_value *v = &r->values[c->at];
        if (v->count != 1 || v->pieces[0].size != c->fallback_size ||
            memcmp(v->pieces[0].data, c->fallback, c->fallback_size) != 0)
            continue;
        r->values[c->at] = r->values[--r->count];
        r->t->list[r->values[c->at].column].at = c->at;
        c->row = 0;
    }
}

int xc_row_end(struct xc_row *r, struct ms_ese_table *into, bool deleted)
{
    settle_defaults(r);
    if (r->w->failed || ms_ese_row(into ? into : r->t->ese, r->values, r->count, deleted))
        return -1;
    return 0;
}

/* --- named properties ---------------------------------------------------------------------- */

static bool same_name(const struct xc_named *n, const struct ms_prop *p)
{
    if (memcmp(n->set, p->set, 16) != 0 || !n->text != !p->text)
        return false;
    return p->text ? !strcmp(n->text, p->text) : n->lid == p->lid;
}

static uint32_t name_hash(const uint8_t *set, uint32_t lid, const char *text)
{
    uint32_t h = text ? 0 : lid;
    for (size_t i = 0; i < 16; i++)
        h = h * 31 + set[i];
    for (; text && *text; text++)
        h = h * 31 + (unsigned char)*text;
    return h;
}

enum { NAMES_MOST = 0x7000, NAMES_HASH = 0x10000 };

unsigned xc_prop_id(struct ms_writer *w, const struct ms_prop *p)
{
    if (!p->set)
        return p->tag >> 16;
    if (!w->named_hash) {
        w->named_hash = ms_alloc(&w->keep, NAMES_HASH * sizeof *w->named_hash);
        w->named = ms_alloc(&w->keep, NAMES_MOST * sizeof *w->named);
    }
    size_t at = name_hash(p->set, p->lid, p->text) % NAMES_HASH;
    for (; w->named_hash[at]; at = (at + 1) % NAMES_HASH)
        if (same_name(&w->named[w->named_hash[at] - 1], p))
            return XC_NAMED + w->named_hash[at] - 1;
    if (w->named_count == NAMES_MOST) {
        xc_fail(w, "too many named properties");
        w->failed = true;
        return XC_NAMED;
    }
    struct xc_named *n = &w->named[w->named_count++];
    *n = (struct xc_named){.lid = p->text ? 0 : p->lid};
    memcpy(n->set, p->set, 16);
    if (p->text)
        n->text = ms_copy(&w->keep, p->text, strlen(p->text));
    w->named_hash[at] = (uint32_t)w->named_count;
    return XC_NAMED + (unsigned)w->named_count - 1;
}

const struct ms_prop *xc_find(const struct ms_props *props, unsigned id)
{
    for (size_t i = 0; i < props->count; i++)
        if (!props->list[i].set && props->list[i].tag >> 16 == id)
            return &props->list[i];
    return NULL;
}

int xc_names_write(struct ms_writer *w)
{
    if (w->x.traits & MS_X_NO_NAMES)
        return 0;
    struct xc_table *t = w->tables[XC_NAMES] = xc_table_new(w, XC_NAMES);
    for (size_t i = 0; t && i < w->named_count; i++) {
        const struct xc_named *n = &w->named[i];
        struct xc_row r;
        ms_mem_clear(&w->scratch);
        xc_row_begin(&r, w, t);
        xc_number(&r, XC_NAME_ID, XC_NAMED + i);
        xc_number(&r, XC_NAME_KIND, n->text != NULL);
        xc_bytes(&r, XC_NAME_SET, n->set, 16);
        if (n->text)
            xc_text(&r, XC_NAME_TEXT, n->text);
        else
            xc_number(&r, XC_NAME_LID, n->lid);
        if (xc_row_end(&r, NULL, false))
            return -1;
    }
    return t ? 0 : -1;
}
