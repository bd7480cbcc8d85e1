/*
 * ese_grow.c - columns that a table gets while it has rows, as stores add them when a property comes
 * for the first time: tagged, numbered after those that are there.
 */
#include "ese_int.h"

#include <string.h>

static void make_room(struct ms_ese_table *t)
{
    if (t->column_count < t->column_room)
        return;
    t->column_room = t->column_count * 2 + 16;
    struct ese_column *grown = ms_alloc(&t->mem, t->column_room * sizeof *grown);
    memcpy(grown, t->columns, t->column_count * sizeof *grown);
    t->columns = grown;
}

int ms_ese_column(struct ms_ese_table *t, const struct ms_ese_column *column, unsigned *at)
{
    unsigned last = t->parent && t->db->opt.revision < 8 ? 0 : 255;
    for (size_t i = 0; i < t->column_count; i++)
        if (t->columns[i].def.place == MS_ESE_TAGGED && t->columns[i].id > last &&
            (!t->columns[i].derived || t->db->opt.revision < 8))
            last = t->columns[i].id;
    if (t->ended || t->is_template || column->place != MS_ESE_TAGGED || last >= 0x7fff)
        ese_fail(t->db, "table %s can't get a column %s", t->name, column->name);
    make_room(t);
    struct ese_column *c = &t->columns[t->column_count];
    *c = (struct ese_column){.def = *column, .id = last + 1};
    c->def.name = ms_copy(&t->mem, column->name, strlen(column->name));
    if (column->fallback) {
        c->def.fallback = ms_copy(&t->mem, column->fallback, column->fallback_size);
        c->def.flags |= MS_ESE_DEFAULT;
    }
    *at = (unsigned)t->column_count++;
    return t->db->failed ? -1 : 0;
}
