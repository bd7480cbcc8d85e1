/*
 * dump_tables.c - a database as JSON lines; see dump_tables.h.
 *
 * Layer: programs. Nothing is interpreted but the types of columns. Long values are read as
 * streams: raw ones go out as they come, whatever their size; others are shown when they are
 * short, and by their size and SHA-256 when they are not. stdout has rows only; what is wrong
 * with the database is told on stderr.
 */
#include "dump_tables.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "json.h"
#include "memory.h"
#include "say.h"
#include "text.h"
#include "tz.h"

#define CHUNK         65536u
#define SHOWN_MOST    65536u /* of a long value that is not raw */
#define TICKS         10000000
#define FILETIME_MOST 2650467744000000000 /* 10000-01-01 */
#define DATE_FIRST    (-657434.0)         /* 0100-01-01 in days since 1899-12-30 */
#define DATE_END      2958466.0
#define DATE_EPOCH    25569 /* days from 1899-12-30 to 1970-01-01 */
#define UTF16         1200u

struct dump {
    struct database *d;
    struct json j;
    struct pl_text *text;
    bool raw;
    uint8_t *shown; /* SHOWN_MOST bytes */
};

/* --- values -------------------------------------------------------------------- */

static void dump_moment(struct json *j, int64_t seconds, int64_t ticks)
{
    char text[64];
    const struct pl_civil c = pl_civil_of(seconds);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%07dZ", c.year, c.month, c.day, c.hour, c.minute,
             c.second, (int)ticks);
    json_text(j, text);
}

/* Days as a number; or a FILETIME, which as a number of days would be next to nothing. */
static void dump_date(struct json *j, const uint8_t *data)
{
    double days;
    int64_t filetime = (int64_t)pl_le64(data);
    memcpy(&days, &(uint64_t){pl_le64(data)}, sizeof days);
    double seconds = (days - DATE_EPOCH) * 86400;
    if (filetime == 0 || (days > DATE_FIRST && days < DATE_END && fabs(days) >= 1e-6))
        dump_moment(j, (int64_t)(seconds < 0 ? seconds - 0.5 : seconds + 0.5), 0);
    else if (filetime > 0 && filetime < FILETIME_MOST)
        dump_moment(j, pl_seconds_of_filetime(filetime), filetime % TICKS);
    else
        json_hex(j, data, 8);
}

static int64_t signed_of(const uint8_t *data, size_t size)
{
    return size == 1   ? (int8_t)data[0]
           : size == 2 ? (int16_t)pl_le16(data)
           : size == 4 ? (int32_t)pl_le32(data)
                       : (int64_t)pl_le64(data);
}

static uint64_t unsigned_of(const uint8_t *data, size_t size)
{
    return size == 1 ? data[0] : size == 2 ? pl_le16(data) : size == 4 ? pl_le32(data) : pl_le64(data);
}

static void dump_real(struct json *j, const uint8_t *data, size_t size)
{
    double real;
    float single;
    if (size == 4) {
        memcpy(&single, &(uint32_t){pl_le32(data)}, sizeof single);
        real = (double)single;
    } else {
        memcpy(&real, &(uint64_t){pl_le64(data)}, sizeof real);
    }
    json_real(j, real);
}

static void dump_text(struct dump *m, unsigned codepage, const uint8_t *data, size_t size)
{
    unsigned replaced = 0;
    bool known = true;
    struct pl_arena *a = &m->d->data.row_arena;
    char *text = codepage == UTF16 ? pl_text_utf16(a, data, size, &replaced)
                                   : pl_text_codepage(m->text, a, codepage, data, size, &replaced, &known);
    if (text)
        json_text(&m->j, text);
    else
        json_hex(&m->j, data, size);
}

static bool is_number(size_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

static void dump_bytes(struct dump *m, const struct pl_column *c, const uint8_t *data, size_t size)
{
    struct json *j = &m->j;
    struct pl_guid guid;
    char text[39];
    if (m->raw && c->type == PL_CELL_BOOL && size)
        json_text(j, data[0] ? "ff" : "00");
    else if (m->raw)
        json_hex(j, data, size);
    else if (c->type == PL_CELL_BOOL && size)
        json_bool(j, data[0] != 0);
    else if (c->type == PL_CELL_SIGNED && is_number(size))
        json_integer(j, signed_of(data, size));
    else if (c->type == PL_CELL_UNSIGNED && is_number(size))
        json_unsigned(j, unsigned_of(data, size));
    else if (c->type == PL_CELL_REAL && (size == 4 || size == 8))
        dump_real(j, data, size);
    else if (c->type == PL_CELL_DATE && size == 8)
        dump_date(j, data);
    else if (c->type == PL_CELL_GUID && size == sizeof guid.bytes)
        json_text(j, pl_guid_text(memcpy(&guid, data, sizeof guid.bytes), text));
    else if (c->type == PL_CELL_TEXT)
        dump_text(m, c->codepage, data, size);
    else
        json_hex(j, data, size);
}

/* --- long values ------------------------------------------------------------------- */

typedef void (*taker)(void *data, const uint8_t *bytes, size_t size);

/* Hands the stream that is open on; returns how much of it there was. */
static uint64_t stream_walk(struct dump *m, uint64_t size, taker take, void *data)
{
    static const size_t chunk = CHUNK;
    struct pl_tables *t = &m->d->data.tables;
    uint64_t at = 0;
    size_t got = 0;
    uint8_t *buf = m->shown;
    while (at < size) {
        if (t->ops->read(t, at, buf, chunk, &got) <= PL_LOST || !got)
            break;
        take(data, buf, got);
        at += got;
    }
    return at;
}

static void take_hex(void *data, const uint8_t *bytes, size_t size) { json_hex_part(data, bytes, size); }

static void take_digest(void *data, const uint8_t *bytes, size_t size)
{
    if (!EVP_DigestUpdate(data, bytes, size))
        pl_memory_missed();
}

static void dump_digest(struct dump *m, uint64_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool hashing = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    uint64_t readable = hashing ? stream_walk(m, size, take_digest, hash) : 0;
    json_begin_object(&m->j);
    json_pair_unsigned(&m->j, "size", size);
    if (readable != size)
        json_pair_unsigned(&m->j, "readable", readable);
    if (hashing && EVP_DigestFinal_ex(hash, digest, &digest_size) == 1) {
        json_key(&m->j, "sha256");
        json_hex(&m->j, digest, digest_size);
    } else {
        pl_memory_missed();
    }
    json_end_object(&m->j);
    EVP_MD_CTX_free(hash);
}

static void dump_value(struct dump *m, const struct pl_column *c, const struct pl_cell_value *v)
{
    struct pl_tables *t = &m->d->data.tables;
    uint64_t size = 0;
    size_t got = 0;
    if (v->data) {
        dump_bytes(m, c, v->data, v->size);
        return;
    }
    if (t->ops->stream(t, v, &size) <= PL_LOST) {
        json_null(&m->j);
    } else if (m->raw) {
        json_hex_begin(&m->j);
        stream_walk(m, size, take_hex, &m->j);
        json_hex_end(&m->j);
    } else if (size > SHOWN_MOST) {
        dump_digest(m, size);
    } else if (t->ops->read(t, 0, m->shown, (size_t)size, &got) <= PL_LOST) {
        json_null(&m->j);
    } else {
        dump_bytes(m, c, m->shown, got);
    }
}

/* --- rows ----------------------------------------------------------------------------- */

static void dump_row(struct dump *m, const struct pl_table *table, const struct pl_record_row *row)
{
    struct json *j = &m->j;
    json_begin_object(j);
    json_pair_text(j, "table", table->name);
    if (row->recovered)
        json_pair_bool(j, "recovered", true);
    if (row->doubtful)
        json_pair_bool(j, "doubtful", true);
    if (m->d->data.tables.dirty)
        json_pair_bool(j, "dirty", true);
    json_key(j, "columns");
    json_begin_object(j);
    for (size_t i = 0; i < row->count; i++) {
        const struct pl_cell *cell = &row->cells[i];
        json_key(j, cell->column->name);
        if (cell->count > 1)
            json_begin_array(j);
        for (size_t k = 0; k < cell->count; k++)
            dump_value(m, cell->column, &cell->values[k]);
        if (cell->count > 1)
            json_end_array(j);
    }
    json_end_object(j);
    json_end_object(j);
    json_end_line(j);
}

static bool dump_init(struct dump *m, struct database *d, bool raw)
{
    *m = (struct dump){.d = d, .raw = raw, .text = pl_text_new(), .shown = malloc(SHOWN_MOST)};
    setvbuf(stdout, NULL, _IOFBF, CHUNK);
    json_init(&m->j, stdout);
    if (m->text && m->shown)
        return true;
    say("%s: out of memory", d->path);
    return false;
}

static void dump_release(struct dump *m)
{
    pl_text_free(m->text);
    free(m->shown);
}

typedef void (*visit_table)(struct dump *m, const struct pl_table *table);

static void rows_of_table(struct dump *m, const struct pl_table *table)
{
    struct pl_record_row row;
    while (database_next_row(m->d, !m->raw, &row))
        dump_row(m, table, &row);
}

/* Visits all tables, or the one of that name. */
static enum exit_status tables_walk(struct dump *m, const char *only, visit_table visit)
{
    struct database *d = m->d;
    struct pl_table table;
    if (only) {
        enum pl_status st = pl_database_open_table(&d->data, only, &table);
        if (st == PL_END) {
            say("%s: it has no table '%s'; pimlift dump --schema lists them", d->path, only);
            return EXIT_NOTHING;
        }
        if (st > PL_LOST)
            visit(m, &table);
    }
    while (!only && database_next_table(d, &table))
        visit(m, &table);
    database_say_losses(d);
    return database_status(d);
}

enum exit_status dump_rows(struct database *d, const char *only, bool raw)
{
    struct dump m;
    enum exit_status status = EXIT_EARLY;
    if (dump_init(&m, d, raw))
        status = tables_walk(&m, only, rows_of_table);
    dump_release(&m);
    return status;
}

/* --- schema ----------------------------------------------------------------------------- */

/* What was seen of a column. */
struct shape {
    uint64_t rows, values, separate;
    uint64_t least, most; /* bytes of a value */
};

static void shape_add(struct dump *m, struct shape *s, const struct pl_cell *cell)
{
    struct pl_tables *t = &m->d->data.tables;
    s->rows++;
    for (size_t i = 0; i < cell->count; i++) {
        uint64_t size = cell->values[i].size;
        if (!cell->values[i].data && t->ops->stream(t, &cell->values[i], &size) <= PL_LOST)
            continue;
        s->separate += !cell->values[i].data;
        s->least = !s->values || size < s->least ? size : s->least;
        s->most = size > s->most ? size : s->most;
        s->values++;
    }
}

static void schema_column(struct json *j, const struct pl_column *c, const struct shape *s)
{
    json_begin_object(j);
    json_pair_text(j, "name", c->name);
    json_pair_unsigned(j, "id", c->id);
    json_pair_text(j, "type", c->type_name);
    if (c->type == PL_CELL_TEXT)
        json_pair_unsigned(j, "codepage", c->codepage);
    if (c->multi)
        json_pair_bool(j, "multi", true);
    if (c->inherited)
        json_pair_bool(j, "inherited", true);
    if (c->has_default)
        json_pair_bool(j, "default", true);
    json_pair_unsigned(j, "rows", s->rows);
    if (s->values) {
        json_pair_unsigned(j, "values", s->values);
        json_pair_unsigned(j, "least", s->least);
        json_pair_unsigned(j, "most", s->most);
    }
    if (s->separate)
        json_pair_unsigned(j, "separate", s->separate);
    json_end_object(j);
}

static void schema_indexes(struct json *j, const struct pl_table *table)
{
    json_key(j, "indexes");
    json_begin_array(j);
    for (size_t i = 0; i < table->index_count; i++) {
        const struct pl_table_index *x = &table->indexes[i];
        json_begin_object(j);
        json_pair_text(j, "name", x->name);
        json_pair_text(j, "columns", x->columns);
        if (x->primary)
            json_pair_bool(j, "primary", true);
        if (x->unique)
            json_pair_bool(j, "unique", true);
        json_end_object(j);
    }
    json_end_array(j);
}

static void schema_of_table(struct dump *m, const struct pl_table *table)
{
    struct json *j = &m->j;
    struct pl_record_row row;
    uint64_t rows = 0;
    struct shape *shapes = calloc(table->column_count + 1, sizeof *shapes);
    if (!shapes) {
        say("%s: out of memory", m->d->path);
        return;
    }
    for (; database_next_row(m->d, false, &row); rows++)
        for (size_t i = 0; i < row.count; i++)
            shape_add(m, &shapes[row.cells[i].column - table->columns], &row.cells[i]);
    json_begin_object(j);
    json_pair_text(j, "table", table->name);
    if (table->is_template)
        json_pair_bool(j, "template", true);
    if (*table->of_template)
        json_pair_text(j, "of_template", table->of_template);
    if (table->is_system)
        json_pair_bool(j, "system", true);
    json_pair_unsigned(j, "rows", rows);
    schema_indexes(j, table);
    json_key(j, "columns");
    json_begin_array(j);
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].type_name, "deleted") != 0)
            schema_column(j, &table->columns[i], &shapes[i]);
    json_end_array(j);
    json_end_object(j);
    json_end_line(j);
    free(shapes);
}

enum exit_status dump_schema(struct database *d, const char *only)
{
    struct dump m;
    enum exit_status status = EXIT_EARLY;
    const struct pl_tables *t = &d->data.tables;
    if (dump_init(&m, d, true)) {
        json_begin_object(&m.j);
        json_pair_text(&m.j, "database", t->kind);
        json_pair_unsigned(&m.j, "size", d->data.source.size);
        for (size_t i = 0; i < t->fact_count; i++)
            json_pair_text(&m.j, t->facts[i].name, t->facts[i].value);
        json_end_object(&m.j);
        json_end_line(&m.j);
        status = tables_walk(&m, only, schema_of_table);
    }
    dump_release(&m);
    return status;
}
