/*
 * exchange_roles.c - which table plays which part in this store.
 *
 * Layer: inside the EDB reader. The profile names a table for each role, and it is taken
 * when it has the columns without which the role means nothing. For roles that are still
 * open the catalogue is walked once, and tables are recognised by the properties that
 * their columns carry. What is missing is a limitation, and said by exchange.c.
 */
#include "exchange.h"

#include <string.h>

#include "bytes.h"

#define NEED(field)   ((uint64_t)1 << (field))
#define ID_NAME       0x3001
#define ID_MESSAGE    0x674a
#define ID_ASSOCIATED 0x67aa
#define USUAL_NAMING  "<replid>-<counter>"
#define USUAL_PATTERN "<m><l><id>"

/* Without these columns a table is not what the role asks for. `finder`: the field by which a
 * row is sought, or EDB_FIELDS. `property`: one that every row of the kind has; without it the pattern of
 * columns is not that of the table, and its rows would seem to be of no class. */
static const struct role_row {
    uint64_t needs;
    enum edb_field finder;
    uint16_t property; /* or 0 */
} roles[EDB_ROLES] = {
    [EDB_GLOBAL] = {NEED(EDB_REPLIDS), EDB_FIELDS, 0},
    [EDB_MAILBOXES] = {NEED(EDB_ROOT), EDB_FIELDS, 0},
    [EDB_FOLDERS] = {NEED(EDB_ID) | NEED(EDB_PARENT), EDB_ID, ID_NAME},
    [EDB_MESSAGES] = {NEED(EDB_ID), EDB_ID, EXCHANGE_CLASS},
    [EDB_CONTENTS] = {NEED(EDB_MESSAGE), EDB_FIELDS, 0},
    [EDB_ATTACHMENTS] = {NEED(EDB_MESSAGE) | NEED(EDB_METHOD), EDB_MESSAGE, 0},
    [EDB_NAMES] = {NEED(EDB_ID) | NEED(EDB_GUID) | NEED(EDB_LID), EDB_FIELDS, 0},
};

/* Which property a field is, for tables that no profile names. */
static const struct field_property {
    enum edb_role role;
    enum edb_field field;
    uint16_t id;
} field_properties[] = {
    {EDB_GLOBAL, EDB_REPLIDS, 0x667f},      {EDB_MAILBOXES, EDB_NUMBER, 0x6707},
    {EDB_MAILBOXES, EDB_ROOT, 0x6748},      {EDB_MAILBOXES, EDB_GUID, 0x676c},
    {EDB_MAILBOXES, EDB_OWNER_SID, 0x66a0}, {EDB_MAILBOXES, EDB_NAME, 0x3001},
    {EDB_MAILBOXES, EDB_DN, 0x3003},        {EDB_MAILBOXES, EDB_SMTP, 0x39fe},
    {EDB_MAILBOXES, EDB_LOCALE, 0x66c4},    {EDB_FOLDERS, EDB_ID, 0x6748},
    {EDB_FOLDERS, EDB_PARENT, 0x6749},      {EDB_FOLDERS, EDB_MAILBOX, 0x676c},
    {EDB_MESSAGES, EDB_ID, 0x674a},         {EDB_MESSAGES, EDB_FOLDER, 0x6748},
    {EDB_MESSAGES, EDB_RECIPIENTS, 0x0e12}, {EDB_ATTACHMENTS, EDB_MESSAGE, 0x674a},
    {EDB_ATTACHMENTS, EDB_NUMBER, 0x0e21},  {EDB_ATTACHMENTS, EDB_METHOD, 0x3705},
    {EDB_ATTACHMENTS, EDB_DATA, 0x3701},    {EDB_ATTACHMENTS, EDB_EMBEDDED, 0x67f2},
};

/* A table is of a role when it has all of the first and none of the second properties. */
static const struct shape {
    enum edb_role role;
    uint16_t has[4], lacks;
} shapes[] = {
    {EDB_FOLDERS, {0x6748, 0x6749}, 0},
    {EDB_MAILBOXES, {0x676c, 0x6748, 0x3001}, 0x6749},
    {EDB_MAILBOXES, {0x676c, 0x6748, 0x66a0}, 0x6749},
    {EDB_MESSAGES, {0x674a, 0x001a, 0x6748}, 0},
    {EDB_ATTACHMENTS, {0x674a, 0x3705}, 0},
    {EDB_GLOBAL, {0x667f}, 0x6748},
};

/* --- columns ----------------------------------------------------------------------- */

struct exchange_binding exchange_bind(const struct exchange *x, enum edb_role role, const struct ese_table *t,
                                      enum edb_field field)
{
    const struct edb_binding *b = &x->profile.parts[role].fields[field];
    return (struct exchange_binding){b->column ? ese_table_column(t, b->column) : NULL, b->encoding};
}

/* The column that is the property of that id, whatever its type. */
static const struct ese_column *column_of(const struct ese_table *t, const char *pattern, uint16_t id)
{
    struct edb_property_name name;
    for (size_t i = 0; i < t->column_count; i++)
        if (edb_property_parse(pattern, t->columns[i].name, &name) && name.id == id)
            return &t->columns[i];
    return NULL;
}

const char *exchange_pattern(const struct exchange *x, enum edb_role role)
{
    const char *own = x->profile.parts[role].columns, *pattern = x->profile.parts[EDB_MESSAGES].columns;
    return own ? own : pattern ? pattern : USUAL_PATTERN;
}

static bool has_needs(const struct exchange_table *t)
{
    for (int f = 0; f < EDB_FIELDS; f++)
        if (roles[t->role].needs & NEED(f) && !t->fields[f].column)
            return false;
    return true;
}

static bool has_property(const struct exchange *x, const struct exchange_table *t)
{
    uint16_t id = roles[t->role].property;
    return !id || column_of(&t->table, exchange_pattern(x, t->role), id);
}

/* An index that begins with the column by which rows are sought; the primary one costs one path less. */
static const struct ese_index *finder_find(const struct exchange_table *t)
{
    enum edb_field field = roles[t->role].finder;
    const struct ese_column *c = field == EDB_FIELDS ? NULL : t->fields[field].column;
    const struct ese_index *found = NULL;
    for (size_t i = 0; c && i < t->table.index_count; i++) {
        const struct ese_index *index = &t->table.indexes[i];
        if (index->segment_count && index->segments[0].column == c->id &&
            (!found || index->flags & ESE_INDEX_PRIMARY))
            found = index;
    }
    return found;
}

/* Rows that cannot be sought would seem not to be there. The attachments of a message are neighbours in
 * the table itself. */
static bool can_seek(const struct exchange_table *t)
{
    bool primary = t->by_id && t->by_id->flags & ESE_INDEX_PRIMARY;
    return roles[t->role].finder == EDB_FIELDS || (t->role == EDB_ATTACHMENTS ? primary : t->by_id != NULL);
}

/* --- finding ----------------------------------------------------------------------------- */

void exchange_table_drop(struct exchange_table *t)
{
    ese_table_close(&t->table);
    memset(t->fields, 0, sizeof t->fields);
    t->properties = NULL;
    t->by_id = NULL;
    t->how = EXCHANGE_MISSING;
}

static enum pl_status role_named(struct exchange *x, struct exchange_table *t)
{
    if (!t->part->table)
        return PL_END;
    enum pl_status st = ese_table_open(&x->db, t->part->table, &t->table);
    if (st <= PL_LOST || st == PL_END)
        return st;
    for (int f = 0; f < EDB_FIELDS; f++)
        t->fields[f] = exchange_bind(x, t->role, &t->table, (enum edb_field)f);
    t->by_id = finder_find(t);
    if (!has_needs(t) || !has_property(x, t) || !can_seek(t)) {
        exchange_table_drop(t);
        return PL_END;
    }
    t->how = EXCHANGE_PROFILE;
    return PL_OK;
}

static bool shape_fits(const struct shape *s, const struct ese_table *t, const char *pattern)
{
    for (size_t i = 0; i < sizeof s->has / sizeof *s->has && s->has[i]; i++)
        if (!column_of(t, pattern, s->has[i]))
            return false;
    return !s->lacks || !column_of(t, pattern, s->lacks);
}

static const char *pattern_of(const struct exchange *x) { return exchange_pattern(x, EDB_MESSAGES); }

static void role_adopt(struct exchange *x, struct exchange_table *t)
{
    for (int f = 0; t->role == EDB_NAMES && f < EDB_FIELDS; f++)
        t->fields[f] = exchange_bind(x, t->role, &t->table, (enum edb_field)f);
    for (size_t i = 0; i < sizeof field_properties / sizeof *field_properties; i++) {
        const struct field_property *p = &field_properties[i];
        if (p->role == t->role)
            t->fields[p->field] = (struct exchange_binding){column_of(&t->table, pattern_of(x), p->id), EDB_AUTO};
    }
    t->by_id = finder_find(t);
    t->how = has_needs(t) && has_property(x, t) && can_seek(t) ? EXCHANGE_DISCOVERED : EXCHANGE_MISSING;
}

/* The names of properties are no properties themselves: that table is told by its columns' own names. */
static bool names_fit(const struct exchange *x, const struct ese_table *t)
{
    struct exchange_table probe = {.role = EDB_NAMES};
    for (int f = 0; f < EDB_FIELDS; f++)
        probe.fields[f] = exchange_bind(x, EDB_NAMES, t, (enum edb_field)f);
    return has_needs(&probe);
}

/* A template whose tables list messages; each of them is named after its folder. */
static enum pl_status template_try(struct exchange *x, const struct ese_table_row *row)
{
    struct edb_part *part = &x->profile.parts[EDB_CONTENTS];
    struct pl_arena *a = x->r->store_arena;
    struct ese_table t;
    enum pl_status st = PL_OK;
    if (ese_table_load(&x->db, row, &t) > PL_LOST) {
        const struct ese_column *message = column_of(&t, pattern_of(x), ID_MESSAGE);
        const struct ese_column *hidden = column_of(&t, pattern_of(x), ID_ASSOCIATED);
        if (message) {
            part->templated = pl_arena_printf(a, "%s", row->name);
            part->naming = part->naming ? part->naming : USUAL_NAMING;
            part->fields[EDB_MESSAGE] = (struct edb_binding){pl_arena_printf(a, "%s", message->name), EDB_AUTO};
            part->fields[EDB_ASSOCIATED] =
                (struct edb_binding){hidden ? pl_arena_printf(a, "%s", hidden->name) : NULL, EDB_AUTO};
            x->contents_how = EXCHANGE_DISCOVERED;
            if (!part->templated || !part->fields[EDB_MESSAGE].column)
                st = exchange_no_memory(x);
        }
    }
    ese_table_close(&t);
    return st > PL_LOST ? PL_OK : PL_STOP;
}

/* Is this table one that an open role asks for? Opens it then. */
static void table_try(struct exchange *x, const struct ese_table_row *row)
{
    struct ese_table probe;
    enum edb_role found = EDB_ROLES;
    if (ese_table_load(&x->db, row, &probe) > PL_LOST)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes && found == EDB_ROLES; i++)
            if (x->tables[shapes[i].role].how == EXCHANGE_MISSING && shape_fits(&shapes[i], &probe, pattern_of(x)))
                found = shapes[i].role;
    if (found == EDB_ROLES && x->tables[EDB_NAMES].how == EXCHANGE_MISSING && names_fit(x, &probe))
        found = EDB_NAMES;
    ese_table_close(&probe);
    struct exchange_table *t = &x->tables[found];
    if (found == EDB_ROLES)
        return;
    if (ese_table_load(&x->db, row, &t->table) > PL_LOST)
        role_adopt(x, t);
    if (t->how == EXCHANGE_MISSING)
        exchange_table_drop(t);
}

static bool is_complete(const struct exchange *x)
{
    for (int i = 0; i < EDB_ROLES; i++)
        if (i != EDB_CONTENTS && i != EDB_IDENTITIES && x->tables[i].how == EXCHANGE_MISSING)
            return false;
    return x->contents_how != EXCHANGE_MISSING;
}

static enum pl_status roles_discover(struct exchange *x)
{
    struct ese_tables all;
    struct ese_table_row row;
    enum pl_status st;
    ese_tables_init(&all, &x->db);
    while ((st = ese_tables_next(&all, &row)) != PL_END && st != PL_STOP) {
        if (st <= PL_LOST || row.is_derived || row.is_system)
            continue;
        if (!row.is_template)
            table_try(x, &row);
        else if (x->contents_how == EXCHANGE_MISSING && template_try(x, &row) == PL_STOP)
            return PL_STOP;
    }
    return st == PL_STOP ? st : PL_OK;
}

/* Contents tables are found folder by folder; here, whether the template that is named is there. */
static enum exchange_how contents_find(struct exchange *x)
{
    const struct edb_part *part = &x->profile.parts[EDB_CONTENTS];
    struct ese_table t;
    enum pl_status st = part->templated && part->naming ? ese_table_open(&x->db, part->templated, &t) : PL_END;
    if (st <= PL_LOST || st == PL_END)
        return EXCHANGE_MISSING;
    bool fits = exchange_bind(x, EDB_CONTENTS, &t, EDB_MESSAGE).column != NULL;
    ese_table_close(&t);
    return fits ? EXCHANGE_PROFILE : EXCHANGE_MISSING;
}

enum pl_status exchange_roles_find(struct exchange *x)
{
    for (int i = 0; i < EDB_ROLES; i++) {
        struct exchange_table *t = &x->tables[i];
        t->role = (enum edb_role)i;
        t->part = &x->profile.parts[i];
        if (i != EDB_CONTENTS && i != EDB_IDENTITIES && role_named(x, t) == PL_STOP)
            return PL_STOP;
    }
    x->contents_how = contents_find(x);
    return is_complete(x) ? PL_OK : roles_discover(x);
}

void exchange_roles_close(struct exchange *x)
{
    for (int i = 0; i < EDB_ROLES; i++)
        if (x->tables[i].how != EXCHANGE_MISSING)
            exchange_table_drop(&x->tables[i]);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* The id in the form that the column stores. */
static void id_store(const struct exchange_binding *b, uint64_t id, uint8_t out[8])
{
    bool big = b->encoding == EDB_BE64 || (b->encoding == EDB_AUTO && b->column->type == ESE_BINARY);
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(id >> 8 * (big ? 7 - i : i));
}

void exchange_key_add(struct ese_key *key, const struct exchange_binding *b, uint64_t id)
{
    uint8_t stored[8];
    id_store(b, id, stored);
    ese_key_add_column(key, b->column, stored, sizeof stored, false);
}

static enum pl_status cursor_first(struct ese_cursor *c, struct exchange *x, struct ese_tree tree, const void *key,
                                   size_t size, struct ese_node *node)
{
    ese_cursor_init(c, &x->db, tree);
    enum pl_status st = ese_cursor_seek(c, key, size);
    return st > PL_LOST ? ese_cursor_next(c, node) : st;
}

enum pl_status exchange_row_find(struct exchange *x, enum edb_role role, uint64_t id, struct exchange_row *out)
{
    const struct exchange_table *t = &x->tables[role];
    const struct exchange_binding *finder = &t->fields[roles[role].finder];
    struct ese_key key = {0};
    struct ese_node node;
    uint8_t stored[8];
    uint64_t found = 0;
    *out = (struct exchange_row){0};
    ese_cursor_init(&out->cursor, &x->db, t->table.row.tree);
    if (!t->by_id)
        return PL_END;
    id_store(finder, id, stored);
    ese_key_add_column(&key, finder->column, stored, sizeof stored,
                       t->by_id->segments[0].flags & ESE_SEGMENT_DESCENDING);
    enum pl_status st = cursor_first(&out->cursor, x, t->by_id->tree, key.data, key.size, &node);
    if (st > PL_LOST && st != PL_END && !(t->by_id->flags & ESE_INDEX_PRIMARY)) {
        uint8_t bookmark[ESE_KEY_MOST];
        size_t size = node.data.size < sizeof bookmark ? node.data.size : sizeof bookmark;
        memcpy(bookmark, node.data.data, size);
        ese_cursor_close(&out->cursor);
        st = cursor_first(&out->cursor, x, t->table.row.tree, bookmark, size, &node);
    }
    if (st > PL_LOST && st != PL_END)
        st = ese_record_parse(&t->table, &node, &out->record);
    if (st <= PL_LOST || st == PL_END)
        return st;
    return exchange_id(x, &out->record, *finder, &found) && found == id ? st : PL_END;
}

void exchange_row_close(struct exchange_row *row) { ese_cursor_close(&row->cursor); }

enum pl_status exchange_rows_visit(struct exchange *x, enum edb_role role, exchange_row_visit *visit, void *data)
{
    const struct exchange_table *t = &x->tables[role];
    struct ese_cursor c;
    struct ese_node node;
    struct ese_record r;
    enum pl_status seen = PL_OK;
    if (t->how == EXCHANGE_MISSING)
        return PL_OK;
    ese_cursor_init(&c, &x->db, t->table.row.tree);
    enum pl_status st = ese_cursor_first(&c);
    while (st > PL_STOP && seen != PL_END && seen != PL_STOP && (st = ese_cursor_next(&c, &node)) != PL_END)
        if (st > PL_LOST && ese_record_parse(&t->table, &node, &r) > PL_LOST)
            seen = visit(x, &node, &r, data);
    ese_cursor_close(&c);
    return st == PL_STOP || seen == PL_STOP ? PL_STOP : PL_OK;
}
