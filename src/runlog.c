/*
 * runlog.c - report.jsonl and run.json.
 *
 * Layer: core, beside convert. Lines are made in one bounded buffer; the stores of a
 * run are kept as finished JSON text, because run.json is written last.
 */
#include "runlog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fingerprint.h"
#include "jsonl.h"
#include "zones.h"

#define LINE_MOST   ((size_t)1 << 20)
#define STORES_MOST ((size_t)64 << 20)

struct pl_runlog {
    struct pl_sink report, run;
    struct pl_buf line, stores, maps;
    struct pl_output *output;
};

/* --- JSON ------------------------------------------------------------------ */

static void pair(struct pl_buf *b, const char *name, const char *text)
{
    pl_buf_printf(b, "\"%s\":", name);
    pl_json_text(b, text);
}

static void number(struct pl_buf *b, const char *name, uint64_t value)
{
    pl_buf_printf(b, ",\"%s\":%" PRIu64, name, value);
}

static void flag(struct pl_buf *b, const char *name, bool value)
{
    pl_buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static void list(struct pl_buf *b, const char *name, const char *const *texts, size_t count)
{
    pl_buf_printf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i)
            pl_buf_putc(b, ',');
        pl_json_text(b, texts[i]);
    }
    pl_buf_putc(b, ']');
}

/* --- opening ------------------------------------------------------------ */

struct pl_runlog *pl_runlog_open(struct pl_output *output)
{
    struct pl_runlog *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->output = output;
    pl_buf_init(&l->line, LINE_MOST);
    pl_buf_init(&l->stores, STORES_MOST);
    pl_buf_init(&l->maps, STORES_MOST);
    if (pl_output_fixed(output, "report.jsonl", &l->report) != PL_OK) {
        free(l);
        return NULL;
    }
    if (pl_output_fixed(output, "run.json", &l->run) != PL_OK) {
        pl_sink_abort(&l->report);
        free(l);
        return NULL;
    }
    return l;
}

static const char *severity_name(enum pl_status severity)
{
    return severity >= PL_OK ? "note" : severity == PL_WARN ? "warn" : severity == PL_LOST ? "lost" : "stop";
}

void pl_runlog_diagnostic(struct pl_runlog *l, const struct pl_diagnostic *d)
{
    struct pl_buf *b = &l->line;
    pl_buf_clear(b);
    pl_buf_puts(b, "{\"v\":1,");
    pair(b, "severity", severity_name(d->severity));
    pl_buf_putc(b, ',');
    pair(b, "code", d->code);
    pl_buf_putc(b, ',');
    pair(b, "store", d->store);
    pl_buf_putc(b, ',');
    pair(b, "folder", d->folder);
    pl_buf_putc(b, ',');
    pair(b, "key", d->key);
    if (d->offset != PL_NO_OFFSET)
        number(b, "offset", d->offset);
    pl_buf_putc(b, ',');
    pair(b, "text", d->text);
    pl_buf_puts(b, "}\n");
    pl_sink_write(&l->report, b->data, b->failed ? 0 : b->size);
}

/* --- what was read --------------------------------------------------------- */

enum pl_status pl_runlog_map(struct pl_runlog *l, const char *path)
{
    struct pl_buf *b = &l->maps;
    if (b->size)
        pl_buf_putc(b, ',');
    return pl_fingerprint_object(b, path, true) == PL_OK ? PL_OK : PL_STOP;
}

enum pl_status pl_runlog_store(struct pl_runlog *l, struct pl_source *source, const struct pl_reader *reader,
                               bool whole)
{
    struct pl_buf *b = &l->stores;
    const struct pl_store *store = &reader->store;
    size_t before = b->size;
    pl_buf_puts(b, before ? ",\n  {" : "\n  {");
    enum pl_status st = pl_fingerprint_members(b, source, whole);
    pl_buf_putc(b, ',');
    pair(b, "kind", store->kind);
    pl_buf_putc(b, ',');
    pair(b, "reader", reader->ops->name);
    flag(b, "cut", store->cut);
    pl_buf_puts(b, ",\"beside\":[");
    if (st == PL_OK && store->beside)
        st = pl_fingerprint_object(b, store->beside, whole) == PL_STOP ? PL_STOP : PL_OK;
    pl_buf_puts(b, "],\"facts\":{");
    for (size_t i = 0; i < store->fact_count; i++) {
        if (i)
            pl_buf_putc(b, ',');
        pair(b, store->facts[i].name, store->facts[i].value);
    }
    pl_buf_puts(b, "}}");
    if (st != PL_OK)
        b->size = before;
    return st;
}

/* --- closing -------------------------------------------------------------- */

static void request_write(struct pl_buf *b, const struct pl_convert_options *o)
{
    static const char *const attachments[] = {"inline", "files", "none"};
    pl_buf_puts(b, ",\n \"options\":{");
    pair(b, "reader", o->reader);
    list(b, "store", o->stores, o->store_count);
    list(b, "to", o->to, o->to_count);
    list(b, "folder", o->folders, o->folder_count);
    list(b, "owner", o->owners, o->owner_count);
    list(b, "identity_map", o->maps, o->map_count);
    if (o->since_utc)
        pl_buf_printf(b, ",\"since\":%" PRId64, *o->since_utc);
    number(b, "codepage", o->codepage);
    pl_buf_putc(b, ',');
    pair(b, "default_tz", o->default_tz);
    pl_buf_putc(b, ',');
    pair(b, "edb_profile", o->edb_profile);
    pl_buf_putc(b, ',');
    pair(b, "layout", o->writer.per_item ? "item" : "folder");
    pl_buf_putc(b, ',');
    pair(b, "attachments", attachments[o->writer.attachments]);
    number(b, "vcard", o->writer.vcard);
    flag(b, "learn", o->learn);
    flag(b, "recover", o->recover);
    flag(b, "hash", o->hash);
    pl_buf_putc(b, '}');
}

static void totals_write(struct pl_buf *b, const struct pl_convert_result *r)
{
    pl_buf_printf(b, ",\n \"totals\":{\"seen\":%" PRIu64, r->totals.seen);
    number(b, "written", r->totals.written);
    number(b, "filtered", r->totals.filtered);
    number(b, "lost", r->totals.lost);
    number(b, "files", r->files);
    number(b, "warnings", r->warnings);
    number(b, "bytes_read", r->bytes_read);
    number(b, "reads", r->reads);
    flag(b, "resumed", r->resumed);
    flag(b, "stopped", r->stopped);
    pl_buf_puts(b, "}}\n");
}

static void logs_free(struct pl_runlog *l)
{
    pl_sink_abort(&l->report);
    pl_sink_abort(&l->run);
    pl_buf_release(&l->line);
    pl_buf_release(&l->stores);
    pl_buf_release(&l->maps);
    free(l);
}

enum pl_status pl_runlog_close(struct pl_runlog *l, const struct pl_convert_options *options,
                               const struct pl_convert_result *result)
{
    struct pl_buf *b = &l->line;
    pl_buf_clear(b);
    pl_buf_puts(b, "{\"v\":1,\"tool\":\"pimlift\",\"version\":\"" PL_VERSION "\",");
    pair(b, "tzdata", pl_zones_version());
    request_write(b, options);
    pl_buf_puts(b, ",\n \"stores\":[");
    pl_sink_write(&l->run, b->data, b->size);
    pl_sink_write(&l->run, l->stores.data, l->stores.size);
    bool whole = !b->failed && !l->stores.failed && !l->maps.failed;
    pl_buf_clear(b);
    pl_buf_puts(b, "],\n \"identity_maps\":[");
    pl_sink_write(&l->run, b->data, b->size);
    pl_sink_write(&l->run, l->maps.data, l->maps.size);
    pl_buf_clear(b);
    pl_buf_puts(b, "]");
    totals_write(b, result);
    pl_sink_write(&l->run, b->data, b->size);
    enum pl_status st = whole && !b->failed ? pl_sink_commit(&l->report) : PL_STOP;
    if (st == PL_OK)
        st = pl_sink_commit(&l->run);
    logs_free(l);
    return st;
}

void pl_runlog_abort(struct pl_runlog *l)
{
    if (l)
        logs_free(l);
}
