/*
 * ese_cat.c - the catalogue MSysObjects and its shadow: a row for each table, column, index,
 * tree of long values and callback, written as rows of any table are.
 *
 * Both lie at fixed pages and have fixed object ids: 4 (objid 2; indexes at 7 and 10, objids 4 and 5)
 * and 24 (objid 3). Rows come as tables end, so both are unsorted tables. Which columns the catalogue
 * has depends on the revision; the catalogue describes itself and its shadow as well.
 */
#include "ese_int.h"

#include <string.h>

enum { ROW_TABLE = 1, ROW_COLUMN, ROW_INDEX, ROW_LV, ROW_CALLBACK };

enum field {
    OBJID_TABLE,
    TYPE,
    ID,
    COLTYP,
    SPACE,
    FLAGS,
    PAGES,
    ROOT_FLAG,
    OFFSET,
    LCMAP,
    KEY_MOST,
    LV_CHUNK,
    NAME,
    STATS,
    TEMPLATE,
    FALLBACK,
    KEY_FIELDS,
    VAR_SEG,
    CONDITIONAL,
    TUPLES,
    VERSION,
    SORT_ID,
    CALLBACK_DATA,
    CALLBACK_DEPENDENCIES,
    SEPARATE_LV,
    SPACE_HINTS,
    LV_HINTS,
    LOCALE,
    FIELDS
};

#define LONG_BINARY MS_ESE_LONGBINARY, MS_ESE_TAGGED, 0

/* The columns, and the revision from which on they are there. */
static const struct {
    const char *name;
    enum ms_ese_type type;
    enum ms_ese_place place;
    uint32_t size;
    unsigned flags, since;
} fields[FIELDS] = {
    [OBJID_TABLE] = {"ObjidTable", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [TYPE] = {"Type", MS_ESE_SHORT, MS_ESE_FIXED, 2, MS_ESE_NOT_NULL, 0},
    [ID] = {"Id", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [COLTYP] = {"ColtypOrPgnoFDP", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [SPACE] = {"SpaceUsage", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [FLAGS] = {"Flags", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [PAGES] = {"PagesOrLocale", MS_ESE_LONG, MS_ESE_FIXED, 4, MS_ESE_NOT_NULL, 0},
    [ROOT_FLAG] = {"RootFlag", MS_ESE_BIT, MS_ESE_FIXED, 1, 0, 0},
    [OFFSET] = {"RecordOffset", MS_ESE_SHORT, MS_ESE_FIXED, 2, 0, 0},
    [LCMAP] = {"LCMapFlags", MS_ESE_LONG, MS_ESE_FIXED, 4, 0, 0},
    [KEY_MOST] = {"KeyMost", MS_ESE_USHORT, MS_ESE_FIXED, 2, 0, 0xc},
    [LV_CHUNK] = {"LVChunkMax", MS_ESE_LONG, MS_ESE_FIXED, 4, 0, 0x14},
    [NAME] = {"Name", MS_ESE_TEXT, MS_ESE_VARIABLE, 255, MS_ESE_NOT_NULL, 0},
    [STATS] = {"Stats", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0},
    [TEMPLATE] = {"TemplateTable", MS_ESE_TEXT, MS_ESE_VARIABLE, 255, 0, 0},
    [FALLBACK] = {"DefaultValue", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0},
    [KEY_FIELDS] = {"KeyFldIDs", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0},
    [VAR_SEG] = {"VarSegMac", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0},
    [CONDITIONAL] = {"ConditionalColumns", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0},
    [TUPLES] = {"TupleLimits", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 9},
    [VERSION] = {"Version", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0xb},
    [SORT_ID] = {"SortID", MS_ESE_BINARY, MS_ESE_VARIABLE, 255, 0, 0x14},
    [CALLBACK_DATA] = {"CallbackData", LONG_BINARY, 0, 3},
    [CALLBACK_DEPENDENCIES] = {"CallbackDependencies", LONG_BINARY, 0, 3},
    [SEPARATE_LV] = {"SeparateLV", LONG_BINARY, 0, 0xd},
    [SPACE_HINTS] = {"SpaceHints", LONG_BINARY, 0, 0xd},
    [LV_HINTS] = {"SpaceDeferredLVHints", LONG_BINARY, 0, 0xd},
    [LOCALE] = {"LocaleName", LONG_BINARY, 0, 0x12},
};

struct row {
    struct ms_ese_piece pieces[FIELDS];
    struct ms_ese_value values[FIELDS];
    uint8_t numbers[FIELDS][8];
    size_t count;
};

static void put(struct row *r, enum field f, const void *data, size_t size)
{
    struct ms_ese_piece *p = &r->pieces[r->count];
    *p = (struct ms_ese_piece){.data = data, .size = size};
    r->values[r->count++] = (struct ms_ese_value){.column = f, .count = 1, .pieces = p};
}

static void put_number(struct row *r, enum field f, uint32_t v)
{
    ese_le32(r->numbers[f], v);
    put(r, f, r->numbers[f], fields[f].size);
}

static void put_text(struct row *r, enum field f, const char *s)
{
    if (s)
        put(r, f, s, strlen(s));
}

/* Columns that this revision lacks are not in the row either. */
static void row_write(struct ms_ese_db *db, struct row *r)
{
    struct ms_ese_value values[FIELDS];
    unsigned place[FIELDS], next = 0;
    size_t count = 0;
    for (size_t f = 0; f < FIELDS; f++)
        place[f] = fields[f].since <= db->opt.revision ? next++ : FIELDS;
    for (size_t i = 0; i < r->count; i++) {
        if (place[r->values[i].column] == FIELDS)
            continue;
        values[count] = r->values[i];
        values[count++].column = place[r->values[i].column];
    }
    ms_ese_row(db->catalogue, values, count, false);
    ms_ese_row(db->shadow, values, count, false);
}

static struct row row_of(const struct ms_ese_table *t, unsigned type, uint32_t id, uint32_t what, uint32_t space,
                         uint32_t flags, uint32_t pages)
{
    struct row r = {.count = 0};
    const uint32_t values[] = {t->objid, type, id, what, space, flags, pages};
    for (unsigned f = OBJID_TABLE; f <= PAGES; f++) {
        ese_le32(r.numbers[f], values[f]);
        r.pieces[f].size = fields[f].size;
        r.values[f] = (struct ms_ese_value){.column = f, .count = 1};
    }
    r.count = PAGES + 1;
    return r;
}

/* Rows are returned by value; what points into them is set here. */
static void row_settle(struct row *r)
{
    for (unsigned f = OBJID_TABLE; f <= PAGES; f++) {
        r->pieces[f].data = r->numbers[f];
        r->values[f].pieces = &r->pieces[f];
    }
}

static void add_table(struct ms_ese_table *t)
{
    uint32_t flags = t->flags | (t->is_template ? 0x60000000u : 0) | (t->parent ? 0x10000000u : 0);
    struct row r = row_of(t, ROW_TABLE, t->objid, t->tree.space.root, 80, flags, t->pages);
    uint8_t yes = 0xff;
    row_settle(&r);
    put_text(&r, NAME, t->name);
    put(&r, ROOT_FLAG, &yes, 1);
    if (t->parent)
        put_text(&r, TEMPLATE, t->parent->name);
    if (t->lv_chunk)
        put_number(&r, LV_CHUNK, t->lv_chunk);
    row_write(t->db, &r);
}

static void add_column(struct ms_ese_table *t, const struct ese_column *c)
{
    unsigned flags = c->def.flags & 0xffff;
    if (t->is_template && t->db->opt.revision >= 8)
        flags |= 0x100; /* template column of the new kind */
    struct row r =
        row_of(t, ROW_COLUMN, c->id, c->def.type, c->def.size, flags, c->def.codepage ? c->def.codepage : 1252);
    row_settle(&r);
    put_text(&r, NAME, c->def.name);
    if (c->def.place == MS_ESE_FIXED)
        put_number(&r, OFFSET, t->system ? 4 : c->offset); /* the engine knows those of the catalogue */
    if (c->def.fallback)
        put(&r, FALLBACK, c->def.fallback, c->def.fallback_size);
    put_text(&r, TEMPLATE, c->def.callback); /* computes its default */
    row_write(t->db, &r);
}

/* Segments: from revision 7 on {u8 flags, u8 0, u16 column}, before i16, negative when descending. */
static size_t key_fields(const struct ms_ese_table *t, const struct ms_ese_index *x, uint8_t *out)
{
    size_t used = 0;
    for (size_t i = 0; i < x->count; i++) {
        const struct ese_column *c = &t->columns[x->columns[i]];
        if (t->db->opt.revision < 7) {
            ese_le16(out + used, (unsigned)(x->descending[i] ? -(int)c->id : (int)c->id) & 0xffff);
            used += 2;
            continue;
        }
        bool from_template = c->derived || t->is_template;
        ese_le32(out + used, (from_template ? 0x80u : 0) | (x->descending[i] ? 0x40u : 0) | (uint32_t)c->id << 16);
        used += 4;
    }
    return used;
}

static void add_index(struct ms_ese_table *t, const struct ese_index *x)
{
    static const char locale[] = "e\0n\0-\0U\0S"; /* UTF-16 */
    uint8_t segments[4 * MS_ESE_SEGMENTS];
    bool primary = x == t->primary;
    uint32_t flags = x->def.flags | (t->is_template ? 0x100u : 0) | (x->derived ? 0x200u : 0);
    if (primary)
        flags |= MS_ESE_UNIQUE;
    if (t->db->opt.revision >= 7)
        flags |= 0x10000; /* segments of 4 bytes */
    struct row r = row_of(t, ROW_INDEX, x->objid, primary ? t->tree.space.root : x->tree.space.root, 80, flags,
                          t->db->opt.revision < 0x12 ? 1033 : 0);
    row_settle(&r);
    put_text(&r, NAME, x->def.name);
    put_number(&r, LCMAP, 0x30401);
    put(&r, KEY_FIELDS, segments, key_fields(t, &x->def, segments));
    put(&r, LOCALE, locale, sizeof locale);
    row_write(t->db, &r);
}

/* What a table's catalogue rows need is known when it ends. Inherited columns stand in the template's rows. */
void ese_cat_add(struct ms_ese_table *t)
{
    add_table(t);
    for (size_t i = t->inherited; i < t->column_count; i++)
        add_column(t, &t->columns[i]);
    for (size_t i = 0; i < t->index_count; i++)
        add_index(t, &t->indexes[i]);
    if (t->has_lv) {
        struct row r = row_of(t, ROW_LV, t->lv_objid, t->lv.space.root, 100, 0, 1);
        row_settle(&r);
        put_text(&r, NAME, "LV");
        row_write(t->db, &r);
    }
    if (t->callback) {
        struct row r = row_of(t, ROW_CALLBACK, ROW_CALLBACK, 0, 0, 1, 0);
        row_settle(&r);
        put_text(&r, NAME, "CB");
        put_text(&r, TEMPLATE, t->callback);
        row_write(t->db, &r);
    }
}

/* --- the two tables ------------------------------------------------------------------------ */

static void place_tree(struct ese_tree *tree, struct ms_ese_db *db, struct ese_space *parent, uint32_t objid,
                       unsigned flags, uint32_t root, uint32_t count)
{
    ese_tree_init(tree, db, NULL, objid, flags);
    ese_space_init(&tree->space, db, parent, root, root, count);
    tree->space.trees = root + 1;
}

static struct ms_ese_table *system_table(struct ms_ese_db *db, struct ms_ese_schema *schema, uint32_t objid,
                                         uint32_t root, uint32_t pages)
{
    schema->pages = pages;
    struct ms_ese_table *t = ese_table_new(db, schema, objid);
    if (!t)
        return NULL;
    t->system = true;
    place_tree(&t->tree, db, &db->space, objid, 0, root, pages);
    t->rows = ese_sort_new(db);
    for (size_t i = 0; i < t->index_count; i++) {
        struct ese_index *x = &t->indexes[i];
        x->objid = i ? (uint32_t)(3 + i) : objid;
        if (!i)
            continue;
        place_tree(&x->tree, db, &t->tree.space, x->objid, ESE_INDEX, root + 3 * (uint32_t)i, 3);
        x->entries = ese_sort_new(db);
    }
    return t;
}

void ese_cat_begin(struct ms_ese_db *db)
{
    static const struct ms_ese_index indexes[] = {
        {"Id", MS_ESE_UNIQUE | MS_ESE_NO_NULL | MS_ESE_PRIMARY, 3, {OBJID_TABLE, TYPE, ID}, {false}},
        {"Name", MS_ESE_UNIQUE | MS_ESE_NO_NULL, 3, {OBJID_TABLE, TYPE, NAME}, {false}},
        {"RootObjects", MS_ESE_UNIQUE | 8, 2, {ROOT_FLAG, NAME}, {false}},
    };
    struct ms_ese_index used[3];
    struct ms_ese_column columns[FIELDS];
    size_t count = 0, name = 0;
    for (size_t f = 0; f < FIELDS; f++) {
        if (fields[f].since > db->opt.revision)
            continue;
        if (f == NAME)
            name = count;
        columns[count++] = (struct ms_ese_column){.name = fields[f].name,
                                                  .type = fields[f].type,
                                                  .place = fields[f].place,
                                                  .flags = fields[f].flags,
                                                  .size = fields[f].size};
    }
    memcpy(used, indexes, sizeof used);
    used[1].columns[2] = used[2].columns[1] = (unsigned)name;
    struct ms_ese_schema schema = {.name = "MSysObjects",
                                   .flags = 0xc0000000,
                                   .columns = columns,
                                   .column_count = count,
                                   .indexes = used,
                                   .index_count = 3,
                                   .unsorted = true};
    db->catalogue = system_table(db, &schema, 2, 4, 20);
    schema.name = "MSysObjectsShadow";
    schema.index_count = 1;
    db->shadow = system_table(db, &schema, 3, 24, 5);
    if (db->failed)
        return;
    ese_space_give(&db->catalogue->tree.space, 13, 11);
    ese_space_give(&db->shadow->tree.space, 27, 2);
    ese_cat_add(db->catalogue);
    ese_cat_add(db->shadow);
}

void ese_cat_end(struct ms_ese_db *db)
{
    ms_ese_table_end(db->catalogue);
    ms_ese_table_end(db->shadow);
}
