/* lib_ese.c - see lib_ese.h. */
#include "lib_ese.h"

#include <stdlib.h>
#include <string.h>

#include "edb/edb.h"

static void count_code(void *data, const struct pl_diagnostic *d)
{
    struct ese_codes *c = data;
    unsigned i = 0;
    while (i < c->count && strcmp(c->list[i].code, d->code) != 0)
        i++;
    if (i == sizeof c->list / sizeof c->list[0])
        return;
    c->list[i].code = d->code;
    c->list[i].count++;
    c->count = i == c->count ? c->count + 1 : c->count;
}

unsigned ese_codes_of(const struct ese_codes *c, const char *code)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!strcmp(c->list[i].code, code))
            return c->list[i].count;
    return 0;
}

static void digest(struct ese_walk *w, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < size; i++)
        w->digest = (w->digest ^ p[i]) * 0x100000001b3ull;
    w->bytes += size;
}

static void walk_value(struct pl_database *d, const struct pl_cell_value *v, struct ese_walk *w)
{
    static uint8_t buf[65536];
    uint64_t size = 0, at = 0;
    size_t got = 0;
    w->values++;
    if (v->data) {
        digest(w, v->data, v->size);
        return;
    }
    if (d->tables.ops->stream(&d->tables, v, &size) <= PL_LOST)
        return;
    for (; at < size && at < (8u << 20); at += got) {
        if (d->tables.ops->read(&d->tables, at, buf, sizeof buf, &got) <= PL_LOST || !got)
            break;
        digest(w, buf, got);
    }
}

static void walk_table(struct pl_database *d, bool defaults, struct ese_walk *w)
{
    struct pl_record_row row;
    enum pl_status st;
    w->tables++;
    while ((st = pl_database_next_row(d, defaults, &row)) != PL_END && st != PL_STOP) {
        if (st <= PL_LOST)
            continue;
        w->rows++;
        w->recovered += row.recovered;
        for (size_t i = 0; i < row.count; i++, w->cells++)
            for (size_t k = 0; k < row.cells[i].count; k++)
                walk_value(d, &row.cells[i].values[k], w);
    }
}

void ese_walk_source(struct pl_source *source, const struct ese_walk_options *o, struct ese_walk *out)
{
    const struct pl_reader_options options = {.memory = o->memory ? o->memory : (size_t)4 << 20,
                                              .recover = o->recover};
    struct pl_database d;
    struct pl_table table;
    *out = (struct ese_walk){.digest = 0xcbf29ce484222325ull};
    struct pl_report report = {.sink = count_code, .sink_data = &out->codes};
    out->end = pl_database_over(&d, source, o->ops ? o->ops : &pl_edb_tables, &options, &report);
    if (out->end > PL_LOST && o->only) {
        out->end = pl_database_open_table(&d, o->only, &table);
        if (out->end == PL_OK || out->end == PL_WARN)
            walk_table(&d, o->defaults, out);
    }
    while (out->end > PL_LOST && !o->only) {
        out->end = pl_database_next_table(&d, &table);
        if (out->end == PL_END)
            break;
        if (out->end > PL_LOST)
            walk_table(&d, o->defaults, out);
        else if (out->end == PL_LOST)
            out->end = PL_OK;
    }
    out->worst = report.worst;
    pl_database_close(&d);
}

void ese_walk_bytes(const uint8_t *data, size_t size, const struct ese_walk_options *o, struct ese_walk *out)
{
    struct pl_source source;
    pl_source_memory(&source, data, size);
    ese_walk_source(&source, o, out);
}

static uint8_t *value_copy(struct pl_database *d, const struct pl_cell_value *v, size_t *size)
{
    uint64_t whole = v->size;
    if (!v->data && d->tables.ops->stream(&d->tables, v, &whole) <= PL_LOST)
        return NULL;
    uint8_t *copy = malloc((size_t)whole + 1);
    *size = (size_t)whole;
    if (v->data)
        memcpy(copy, v->data, *size);
    else if (d->tables.ops->read(&d->tables, 0, copy, *size, size) <= PL_LOST || *size != whole) {
        free(copy);
        return NULL;
    }
    return copy;
}

uint8_t *ese_value_of(const char *path, const char *table, unsigned row, const char *column, unsigned i,
                      size_t *size)
{
    const struct pl_reader_options options = {.memory = (size_t)4 << 20};
    struct pl_report report = {0};
    struct pl_database d;
    struct pl_table t;
    struct pl_record_row r = {0};
    uint8_t *copy = NULL;
    enum pl_status st = pl_database_open(&d, path, &pl_edb_tables, &options, &report);
    if (st > PL_LOST)
        st = pl_database_open_table(&d, table, &t);
    for (unsigned n = 0; st > PL_LOST && st != PL_END && n <= row; n++)
        st = pl_database_next_row(&d, true, &r);
    for (size_t k = 0; st > PL_LOST && st != PL_END && k < r.count; k++)
        if (!strcmp(r.cells[k].column->name, column) && i < r.cells[k].count)
            copy = value_copy(&d, &r.cells[k].values[i], size);
    pl_database_close(&d);
    return copy;
}
