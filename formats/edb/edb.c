/*
 * edb.c - the reader's row for ESE databases.
 *
 * Layer: a format, above the engine. It opens a database, says what it is, and refuses: no
 * schema of Exchange is read here. The tables of any such file are shown by edb_tables.c.
 */
#include "edb.h"

#include "edb_kind.h"

struct state {
    struct ese_db db;
    bool is_open;
};

static enum pl_status edb_open(struct pl_reader *r)
{
    struct state *s = r->state;
    s->is_open = true;
    enum pl_status st = ese_open(&s->db, r->source, r->report, r->options.memory);
    if (st <= PL_LOST)
        return st;
    const struct edb_kind *kind = edb_kind_find(&s->db);
    r->store.kind = "edb";
    return pl_report(r->report, PL_STOP, "edb.kind", NULL, 0, "%s %s%s%s%s: %s",
                     kind->title[0] == 'E' || kind->title[0] == 'A' ? "an" : "a", kind->title,
                     kind->file ? " (" : "", kind->file ? kind->file : "", kind->file ? ")" : "",
                     kind->is_store ? "this version shows its tables (pimlift dump), but does not convert it"
                                    : "no mail store; pimlift dump shows its tables");
}

static enum pl_status edb_next_folder(struct pl_reader *r, struct pl_folder *out)
{
    (void)r, (void)out;
    return PL_END;
}

static enum pl_status edb_open_folder(struct pl_reader *r, const char *key)
{
    (void)r, (void)key;
    return PL_END;
}

static enum pl_status edb_next_item(struct pl_reader *r, const struct pl_wanted *wanted, struct pl_item *out)
{
    (void)r, (void)wanted, (void)out;
    return PL_END;
}

static enum pl_status edb_open_item(struct pl_reader *r, const char *key, struct pl_item *out)
{
    (void)r, (void)key, (void)out;
    return PL_END;
}

static enum pl_status edb_read(struct pl_reader *r, const struct pl_stream *stream, uint64_t at, void *buf,
                               size_t cap, size_t *got)
{
    (void)r, (void)stream, (void)at, (void)buf, (void)cap;
    *got = 0;
    return PL_END;
}

static void edb_close(struct pl_reader *r)
{
    struct state *s = r->state;
    if (s->is_open)
        ese_close(&s->db);
    s->is_open = false;
}

const struct pl_reader_ops pl_edb_reader = {
    .name = "edb",
    .title = "Exchange databases and other ESE files: recognised, and dumped as tables",
    .state_size = sizeof(struct state),
    .probe = ese_probe,
    .open = edb_open,
    .next_folder = edb_next_folder,
    .open_folder = edb_open_folder,
    .next_item = edb_next_item,
    .open_item = edb_open_item,
    .read = edb_read,
    .close = edb_close,
};
