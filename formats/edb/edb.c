/*
 * edb.c - the reader's row for Exchange databases.
 *
 * Layer: a format, above the engine (ese_*.c) and the schemas of Exchange (exchange*.c). Databases of other
 * programs are told apart here, and refused with one line; the tables of any such file are shown by edb_tables.c.
 */
#include "edb.h"

#include "edb_kind.h"
#include "exchange.h"

static enum pl_status refuse(struct pl_reader *r, const struct edb_kind *kind)
{
    bool vowel = kind->title[0] == 'E' || kind->title[0] == 'A';
    return pl_report(r->report, PL_STOP, "edb.kind", NULL, 0, "%s %s%s%s%s: %s", vowel ? "an" : "a", kind->title,
                     kind->file ? " (" : "", kind->file ? kind->file : "", kind->file ? ")" : "",
                     kind->is_store
                         ? "how it keeps folders and items is not known; move its mailboxes to a later server "
                           "or export them as PST, and convert those"
                         : "no mail store; pimlift dump shows its tables");
}

static enum pl_status edb_open(struct pl_reader *r)
{
    struct exchange *x = exchange_of(r);
    x->r = r;
    x->is_open = true;
    enum pl_status st = ese_open(&x->db, r->source, r->report, r->options.memory);
    if (st <= PL_LOST)
        return st;
    x->db.work = r->work;
    const struct edb_kind *kind = edb_kind_find(&x->db);
    r->store.kind = "edb";
    if (kind->is_by_mailbox)
        return exchange_open(x, &exchange_schema_2013);
    bool readable = kind->is_readable || r->options.edb_profile ||
                    (!kind->file && !kind->is_store && edb_kind_by_shape(&x->db));
    return readable ? exchange_open(x, &exchange_schema_2000) : refuse(r, kind);
}

/* Where a folder begins. */
static void faults_forget(struct exchange *x)
{
    if (!x->r->options.afresh)
        return;
    ese_faults_forget(&x->db);
    x->told = 0;
}

static enum pl_status edb_next_folder(struct pl_reader *r, struct pl_folder *out)
{
    struct exchange *x = exchange_of(r);
    faults_forget(x);
    return x->schema->next_folder(x, out);
}

static enum pl_status edb_open_folder(struct pl_reader *r, const char *key)
{
    struct exchange *x = exchange_of(r);
    faults_forget(x);
    return x->schema->open_folder(x, key);
}

static enum pl_status edb_next_item(struct pl_reader *r, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct exchange *x = exchange_of(r);
    return x->schema->next_item(x, wanted, out);
}

static enum pl_status edb_open_item(struct pl_reader *r, const char *key, struct pl_item *out)
{
    struct exchange *x = exchange_of(r);
    return x->schema->open_item(x, key, out);
}

static enum pl_status edb_read(struct pl_reader *r, const struct pl_stream *stream, uint64_t at, void *buf,
                               size_t cap, size_t *got)
{
    enum pl_status st = exchange_read(exchange_of(r), stream, at, buf, cap, got);
    pl_work_bytes(r->work, *got);
    return st;
}

static void edb_close(struct pl_reader *r)
{
    struct exchange *x = exchange_of(r);
    if (!x->is_open)
        return;
    exchange_close(x);
    ese_close(&x->db);
    x->is_open = false;
}

const struct pl_reader_ops pl_edb_reader = {
    .name = "edb",
    .title = "Exchange stores but of 2010 (priv1.edb, pub1.edb, mailbox databases); other ESE files are recognised",
    .state_size = sizeof(struct exchange),
    .probe = ese_probe,
    .open = edb_open,
    .next_folder = edb_next_folder,
    .open_folder = edb_open_folder,
    .next_item = edb_next_item,
    .open_item = edb_open_item,
    .read = edb_read,
    .close = edb_close,
};
