/*
 * edb_kind.c - which program's database this is, and what `info` says of any.
 *
 * A kind is known by tables that only it has, found by name: a few pages each. A database
 * that was not shut down cleanly lacks what is still in its log files; which generations it
 * needs stands in its header, and the files beside it are looked at for them. A log belongs
 * to it when it carries the same signature.
 */
#include "edb_kind.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"

#define DERIVED_LEAST 2
#define AT_STATE      52u /* of the header */

#define TITLE_2013 "Exchange 2013 or later store"

static const struct edb_kind kinds[] = {
    {.title = "Exchange 2000, 2003 or 2007 store",
     .is_store = true,
     .is_readable = true,
     .tables = {"Msg", "Folders", "Mailbox"}},
    {.title = TITLE_2013,
     .is_store = true,
     .is_readable = true,
     .is_by_mailbox = true,
     .tables = {"MailboxIdentity", "Mailbox"}},
    {.title = TITLE_2013,
     .is_store = true,
     .is_readable = true,
     .is_by_mailbox = true,
     .tables = {"Mailbox"},
     .column = "MailboxNumber"},
    {.title = "Exchange 2010 store", .is_store = true, .tables = {"Mailbox"}, .update = 0x11},
    {.title = "Windows Search index", .file = "Windows.edb", .tables = {"SystemIndex_PropertyStore"}},
    {.title = "Windows Search index", .file = "Windows.edb", .tables = {"SystemIndex_0A"}},
    {.title = "System Resource Usage Monitor database", .file = "SRUDB.dat", .tables = {"SruDbIdMapTable"}},
    {.title = "web cache of Internet Explorer and Edge",
     .file = "WebCacheV01.dat",
     .tables = {"Containers", "LeakFiles"}},
    {.title = "Active Directory database", .file = "ntds.dit", .tables = {"datatable", "link_table"}},
    {.title = "ESE database of another program"},
};

static bool has_table(struct ese_db *db, const char *name, const char *column)
{
    struct ese_table table;
    enum pl_status st = ese_table_open(db, name, &table);
    if (st == PL_END || st <= PL_LOST)
        return false;
    bool fits = !column || ese_table_column(&table, column);
    ese_table_close(&table);
    return fits;
}

const struct edb_kind *edb_kind_find(struct ese_db *db)
{
    const struct edb_kind *kind = kinds;
    for (;; kind++) {
        size_t i = 0;
        if (kind->update && kind->update != db->header.update)
            continue;
        while (i < sizeof kind->tables / sizeof kind->tables[0] && kind->tables[i] &&
               has_table(db, kind->tables[i], i ? NULL : kind->column))
            i++;
        if (i == sizeof kind->tables / sizeof kind->tables[0] || !kind->tables[i])
            return kind;
    }
}

/* Two words of the name are numbers: a folder's replica and counter. */
static bool has_id(const char *name)
{
    unsigned numbers = 0;
    while (*name) {
        size_t word = strspn(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        numbers += word && strspn(name, "0123456789ABCDEF") == word;
        name += word + (name[word] != '\0');
    }
    return numbers >= 2;
}

bool edb_kind_by_shape(struct ese_db *db)
{
    struct ese_tables all;
    struct ese_table_row row;
    enum pl_status st;
    unsigned derived = 0;
    ese_tables_init(&all, db);
    while (derived < DERIVED_LEAST && (st = ese_tables_next(&all, &row)) != PL_END && st != PL_STOP)
        derived += st > PL_LOST && row.is_derived && has_id(row.name);
    return derived == DERIVED_LEAST;
}

/* --- log files -------------------------------------------------------------------------- */

#define LOG_HEADER 72u
#define LOG_SIGN   44u
#define RANGE_MOST 4096u /* generations that are looked for */

struct logs {
    uint32_t first, last;
    uint8_t here[RANGE_MOST];
    uint32_t unread; /* files, or their folder */
    const char *why; /* the first of them */
};

static void log_unread(struct logs *logs, const char *why) { logs->why = logs->unread++ ? logs->why : why; }

static bool is_log_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot > name && (!strcasecmp(dot, ".log") || !strcasecmp(dot, ".jtx"));
}

/* Marks the generation of a file, if it is a log of this database that is needed. */
static void log_look(struct ese_db *db, const char *path, struct logs *logs)
{
    struct pl_source file;
    uint8_t head[LOG_HEADER];
    const char *why;
    size_t got = 0;
    if (pl_source_open(&file, path, &why) != PL_OK) {
        if (file.error && !pl_source_is_absent(&file)) /* an empty one, or a folder, is no log */
            log_unread(logs, why);
        return;
    }
    if (pl_source_read(&file, 0, head, sizeof head, &got) != PL_OK)
        log_unread(logs, pl_source_why(file.error));
    else if (got == sizeof head &&
             !memcmp(head + LOG_SIGN, db->header.log_signature, sizeof db->header.log_signature)) {
        uint32_t generation = pl_le32(head + 4);
        if (generation >= logs->first && generation <= logs->last)
            logs->here[generation - logs->first] = 1;
    }
    pl_source_close(&file);
}

static void logs_look(struct ese_db *db, struct pl_arena *a, struct logs *logs)
{
    const char *slash = db->source->path ? strrchr(db->source->path, '/') : NULL;
    const char *folder =
        slash ? pl_arena_printf(a, "%.*s", (int)(slash - db->source->path + 1), db->source->path) : "";
    if (!db->source->path || !folder)
        return;
    errno = 0;
    DIR *d = opendir(slash ? folder : ".");
    for (struct dirent *e; d && (errno = 0, e = readdir(d));) {
        const char *path = is_log_name(e->d_name) ? pl_arena_printf(a, "%s%s", folder, e->d_name) : NULL;
        if (path)
            log_look(db, path, logs);
    }
    if (errno)
        log_unread(logs, pl_source_why(errno));
    if (d)
        closedir(d);
}

/* "12-14, 17": the generations that are here, or that are not. */
static const char *ranges(struct pl_arena *a, const struct logs *logs, uint8_t here)
{
    const char *text = "";
    uint32_t count = logs->last - logs->first + 1;
    for (uint32_t i = 0; i < count && text; i++) {
        uint32_t start = i;
        if (logs->here[i] != here)
            continue;
        while (i + 1 < count && logs->here[i + 1] == here)
            i++;
        const char *comma = *text ? ", " : "";
        text = start == i ? pl_arena_printf(a, "%s%s%" PRIu32, text, comma, logs->first + i)
                          : pl_arena_printf(a, "%s%s%" PRIu32 "-%" PRIu32, text, comma, logs->first + start,
                                            logs->first + i);
    }
    return text ? text : "";
}

void edb_dirty_complain(const struct ese_db *db, struct pl_report *report)
{
    if (db->careful)
        pl_report(report, PL_WARN, "edb.dirty", NULL, AT_STATE,
                  "the database was not shut down cleanly (%s): what its log files still hold is missing, and rows "
                  "may be old",
                  ese_state_name(db->header.state));
}

/* --- facts ---------------------------------------------------------------------------------- */

struct facts {
    struct pl_fact *list;
    size_t count;
};

static void fact_add(struct facts *f, const char *name, const char *value)
{
    if (value && *value && f->count < EDB_FACTS)
        f->list[f->count++] = (struct pl_fact){name, value};
}

static void facts_of_logs(struct ese_db *db, struct pl_arena *a, struct facts *f, struct pl_report *report)
{
    const struct ese_header *h = &db->header;
    struct logs logs = {.first = h->log_first, .last = h->log_last};
    if (!h->log_first || h->log_last < h->log_first)
        return;
    fact_add(f, "logs_needed",
             pl_arena_printf(a, "%" PRIu32 "-%" PRIu32 " (hexadecimal in file names: %" PRIx32 "-%" PRIx32 ")",
                             logs.first, logs.last, logs.first, logs.last));
    if (h->log_committed > h->log_last)
        fact_add(f, "logs_committed", pl_arena_printf(a, "up to %" PRIu32, h->log_committed));
    if (logs.last - logs.first >= RANGE_MOST) {
        fact_add(f, "logs_beside", "not looked for: so many are never needed, the header may be damaged");
        return;
    }
    logs_look(db, a, &logs);
    const char *here = ranges(a, &logs, 1);
    fact_add(f, "logs_beside", *here ? here : "none");
    fact_add(f, "logs_missing", ranges(a, &logs, 0));
    if (logs.unread)
        pl_report(report, PL_LOST, "edb.logs-read", NULL, PL_NO_OFFSET,
                  "%" PRIu32
                  " log files beside it, or their folder, can't be read, so that which are there can't be "
                  "told: %s",
                  logs.unread, logs.why);
}

size_t edb_facts(struct ese_db *db, struct pl_arena *a, struct pl_fact out[EDB_FACTS], struct pl_report *report)
{
    const struct ese_header *h = &db->header;
    struct facts f = {.list = out};
    fact_add(&f, "format", pl_arena_printf(a, "ESE 0x%" PRIx32 ", update 0x%" PRIx32, h->version, h->update));
    fact_add(&f, "created_as",
             pl_arena_printf(a, "ESE 0x%" PRIx32 ", update 0x%" PRIx32, h->created_version, h->created_update));
    fact_add(&f, "page_size", pl_arena_printf(a, "%" PRIu32, h->page_size));
    fact_add(&f, "shutdown", ese_state_name(h->state));
    facts_of_logs(db, a, &f, report);
    fact_add(&f, "repairs",
             h->repairs ? pl_arena_printf(a, "%" PRIu32 " (eseutil /p was run: expect orphans)", h->repairs)
                        : NULL);
    fact_add(&f, "streaming_file", h->streaming_file ? "belongs to it (.stm)" : NULL);
    return f.count;
}
