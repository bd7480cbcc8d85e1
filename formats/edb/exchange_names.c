/*
 * exchange_names.c - what the columns of a store mean: property ids, the store's names of
 * ids from 0x8000, and the numbers of replicas.
 *
 * Layer: inside the EDB reader. All of it is read once, into the store arena. Without the
 * table of names properties keep their values and lose their meaning.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "exchange.h"
#include "plural.h"

#define NAMES_MOST    0x8000u
#define REPLIDS_LEAST 64u      /* room, a power of two */
#define REPLIDS_MOST  0x10000u /* their numbers have 16 bits */
#define KIND_TEXT     1
#define REPLID_SIZE   20 /* GUID, u32 */
#define FOLDER_ENTRY  46
#define MESSAGE_ENTRY 70

/* --- named properties ------------------------------------------------------------------------ */

static enum pl_status name_row(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                               void *data)
{
    struct pl_arena *a = x->arena;
    const struct exchange_binding *f = x->tables[EDB_NAMES].fields;
    struct pl_bytes guid;
    (void)node, (void)data;
    int64_t id = 0, kind = 0, lid = 0;
    if (!exchange_integer(x, r, f[EDB_ID], &id) || (uint16_t)id < 0x8000 || x->name_count == NAMES_MOST ||
        exchange_bytes(x, r, f[EDB_GUID], a, &guid) <= PL_LOST || guid.size != 16)
        return PL_OK;
    struct exchange_named *n = &x->names[x->name_count];
    *n = (struct exchange_named){.id = (uint16_t)id};
    memcpy(n->name.set.bytes, guid.data, sizeof n->name.set.bytes);
    const char *text = exchange_text(x, r, f[EDB_NAME], a);
    bool numbered = exchange_integer(x, r, f[EDB_LID], &lid);
    if (!text)
        return PL_STOP;
    if (!exchange_integer(x, r, f[EDB_KIND], &kind))
        kind = *text && !(numbered && lid) ? KIND_TEXT : 0;
    if (kind == KIND_TEXT)
        n->name.text = text;
    else
        n->name.lid = (uint32_t)lid;
    n->pid = (uint16_t)(kind == KIND_TEXT ? pl_pid_of_text(&n->name.set, text)
                                          : pl_pid_of_lid(&n->name.set, n->name.lid));
    x->name_count++;
    return PL_OK;
}

static int name_order(const void *a, const void *b)
{
    const struct exchange_named *one = a, *two = b;
    return (one->id > two->id) - (one->id < two->id);
}

static enum pl_status names_read(struct exchange *x)
{
    if (x->tables[EDB_NAMES].how == EXCHANGE_MISSING)
        return PL_OK;
    x->names = pl_arena_zalloc(x->arena, NAMES_MOST, sizeof *x->names);
    if (!x->names || exchange_rows_visit(x, EDB_NAMES, name_row, NULL) == PL_STOP)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET,
                         "the names of properties cannot be read");
    qsort(x->names, x->name_count, sizeof *x->names, name_order);
    return PL_OK;
}

enum pl_status exchange_names_load(struct exchange *x)
{
    struct pl_report *report = x->r->report;
    const char *before = report->fault;
    report->fault = NULL;
    enum pl_status st = names_read(x);
    x->r->store.names_fault = report->fault;
    report->fault = report->fault ? report->fault : before;
    return st;
}

const struct exchange_named *exchange_name_find(const struct exchange *x, uint16_t id)
{
    const struct exchange_named wanted = {.id = id};
    return x->name_count ? bsearch(&wanted, x->names, x->name_count, sizeof wanted, name_order) : NULL;
}

/* --- properties of columns -------------------------------------------------------------------- */

static const struct letter_row {
    char letter;
    uint16_t type;
    enum edb_encoding encoding;
} letters[] = {
    {'L', PT_LONG, EDB_I32},  {'S', PT_UNICODE, EDB_UTF16}, {'T', PT_SYSTIME, EDB_FILETIME},
    {'Q', PT_I8, EDB_LE64},   {'N', PT_BINARY, EDB_RAW},    {'B', PT_BOOLEAN, EDB_BOOL},
    {'I', PT_SHORT, EDB_I16}, {'D', PT_DOUBLE, EDB_RAW},
};

static void property_bind(const struct exchange *x, const char *pattern, const struct ese_column *c,
                          struct exchange_property *out)
{
    struct edb_property_name name;
    const struct letter_row *row = letters;
    if (!edb_property_parse(pattern, c->name, &name))
        return;
    while (row->letter != name.letter)
        row++;
    bool binary = c->type == ESE_BINARY || c->type == ESE_LONG_BINARY;
    uint32_t type = name.letter == 'S' && binary ? (uint32_t)PT_STRING8 : row->type;
    out->encoding = name.letter == 'Q' && binary ? EDB_BE64 : row->encoding;
    out->tag = (uint32_t)name.id << 16 | type | (name.multiple ? PT_MULTI : 0);
    out->pid = (uint16_t)(name.id < 0x8000 ? pl_pid_of_tag(name.id) : PID_NONE);
    const struct exchange_named *named = name.id >= 0x8000 ? exchange_name_find(x, name.id) : NULL;
    if (named) {
        out->pid = named->pid;
        out->name = &named->name;
    }
}

/* Fields that are properties of the item, under whatever name their column goes. */
static const struct field_tag {
    enum edb_role role;
    enum edb_field field;
    uint32_t tag;
} field_tags[] = {
    {EDB_ATTACHMENTS, EDB_METHOD, 0x37050003},
    {EDB_ATTACHMENTS, EDB_DATA, 0x37010102},
    {EDB_ATTACHMENTS, EDB_NUMBER, 0x0e210003},
};

static void fields_bind(struct exchange_table *t)
{
    for (size_t i = 0; i < sizeof field_tags / sizeof *field_tags; i++) {
        const struct field_tag *f = &field_tags[i];
        const struct ese_column *c = f->role == t->role ? t->fields[f->field].column : NULL;
        if (c)
            t->properties[c - t->table.columns] = (struct exchange_property){
                .tag = f->tag, .pid = (uint16_t)pl_pid_of_tag((uint16_t)(f->tag >> 16)), .encoding = EDB_RAW};
    }
}

struct exchange_binding exchange_property_find(const struct exchange *x, const struct ese_table *t, uint16_t id)
{
    struct edb_property_name name;
    const char *pattern = exchange_pattern(x, EDB_MESSAGES);
    for (size_t i = 0; i < t->column_count; i++)
        if (edb_property_parse(pattern, t->columns[i].name, &name) && name.id == id && !name.multiple)
            return (struct exchange_binding){&t->columns[i], EDB_AUTO};
    return (struct exchange_binding){0};
}

/* A store without any names has said so already. */
static void nameless_complain(struct exchange *x, size_t count, unsigned first)
{
    if (count && x->tables[EDB_NAMES].how != EXCHANGE_MISSING)
        pl_report(
            x->r->report, PL_WARN, "edb.name-missing", NULL, PL_NO_OFFSET,
            "%zu %s a number that the table of names does not have (the first is 0x%04x); the meaning is lost",
            count, pl_plural(count, "property has", "properties have"), first);
}

enum pl_status exchange_properties_bind(struct exchange *x)
{
    size_t nameless = 0;
    unsigned first = 0;
    for (int i = 0; i < EDB_ROLES; i++) {
        struct exchange_table *t = &x->tables[i];
        const char *pattern = exchange_pattern(x, (enum edb_role)i);
        if (t->how == EXCHANGE_MISSING)
            continue;
        t->properties = pl_arena_zalloc(x->r->store_arena, t->table.column_count + 1, sizeof *t->properties);
        if (!t->properties)
            return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
        for (size_t k = 0; k < t->table.column_count; k++) {
            struct exchange_property *p = &t->properties[k];
            property_bind(x, pattern, &t->table.columns[k], p);
            if (p->tag >> 31 && !p->name && !nameless++)
                first = p->tag >> 16;
        }
        fields_bind(t);
    }
    if (x->tables[EDB_MESSAGES].how != EXCHANGE_MISSING) {
        x->class = exchange_property_find(x, &x->tables[EDB_MESSAGES].table, EXCHANGE_CLASS);
        x->flags = exchange_property_find(x, &x->tables[EDB_MESSAGES].table, EXCHANGE_FLAGS);
    }
    nameless_complain(x, nameless, first);
    return PL_OK;
}

/* --- replicas ------------------------------------------------------------------------------------ */

/* PL_STOP: out of memory. */
static enum pl_status replid_add(struct exchange *x, const uint8_t *guid, uint16_t number)
{
    size_t n = x->replid_count;
    if (n == REPLIDS_MOST)
        return PL_OK;
    if (!n || (n >= REPLIDS_LEAST && !(n & (n - 1)))) {
        struct exchange_replid *list = pl_arena_alloc(x->arena, (n ? 2 * n : REPLIDS_LEAST) * sizeof *list);
        if (!list)
            return PL_STOP;
        if (n)
            memcpy(list, x->replids, n * sizeof *list);
        x->replids = list;
    }
    memcpy(x->replids[n].guid, guid, sizeof x->replids[n].guid);
    x->replids[n].number = number;
    x->replid_count++;
    return PL_OK;
}

/* With many replicas most values lie apart from the record. */
static enum pl_status replid_row(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                 void *data)
{
    const struct exchange_table *t = &x->tables[EDB_GLOBAL];
    (void)node, (void)data;
    struct ese_cell cell;
    const struct ese_column *c = t->fields[EDB_REPLIDS].column;
    enum pl_status st = PL_OK;
    if (ese_record_get(r, c, &cell) != PL_OK || cell.is_null)
        return PL_OK;
    for (unsigned i = 0; i < cell.count && st != PL_STOP; i++) {
        struct ese_value v;
        struct pl_bytes bytes;
        if (ese_cell_value(&cell, i, &v) == PL_OK &&
            exchange_piece(x, t, &v, x->r->folder_arena, &bytes) == PL_OK && bytes.size >= REPLID_SIZE)
            st = replid_add(x, bytes.data, (uint16_t)pl_le32(bytes.data + 16));
        pl_arena_reset(x->r->folder_arena);
    }
    return st;
}

static int replid_order(const void *a, const void *b)
{
    const struct exchange_replid *one = a, *two = b;
    int order = memcmp(one->guid, two->guid, sizeof one->guid);
    return order ? order : (one->number > two->number) - (one->number < two->number);
}

enum pl_status exchange_replids_load(struct exchange *x)
{
    if (exchange_rows_visit(x, EDB_GLOBAL, replid_row, NULL) == PL_STOP)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "the replica numbers cannot be read");
    if (x->replid_count)
        qsort(x->replids, x->replid_count, sizeof *x->replids, replid_order);
    return PL_OK;
}

static int guid_order(const void *key, const void *replid)
{
    return memcmp(key, ((const struct exchange_replid *)replid)->guid, 16);
}

uint16_t exchange_replid(struct exchange *x, const uint8_t *guid)
{
    size_t low = 0, high = x->replid_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(x->replids[middle].guid, guid, 16) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < x->replid_count && !memcmp(x->replids[low].guid, guid, 16))
        return x->replids[low].number;
    uint16_t number = (uint16_t)(x->replid_count + 1);
    if (!number || replid_add(x, guid, number) == PL_STOP)
        return 0;
    const struct exchange_replid added = x->replids[x->replid_count - 1];
    memmove(&x->replids[low + 1], &x->replids[low], (x->replid_count - 1 - low) * sizeof added);
    x->replids[low] = added;
    return number;
}

/* GUID, then a counter of six bytes. With one replica at most the number need not be known. */
static bool long_id(const struct exchange *x, const uint8_t *p, uint64_t *out)
{
    uint64_t counter = 0, number = 1;
    bool known = x->replid_count <= 1;
    for (int i = 0; i < 6; i++)
        counter = counter << 8 | p[16 + i];
    const struct exchange_replid *found =
        x->replid_count ? bsearch(p, x->replids, x->replid_count, sizeof *found, guid_order) : NULL;
    if (found || x->replid_count == 1)
        number = found ? found->number : x->replids[0].number;
    known = known || found;
    *out = number << 48 | counter;
    return known && counter;
}

bool exchange_entry_id(const struct exchange *x, struct pl_bytes entry, bool message, uint64_t *out)
{
    if (entry.size != (message ? MESSAGE_ENTRY : FOLDER_ENTRY))
        return false;
    return long_id(x, entry.data + (message ? 46 : 22), out);
}
