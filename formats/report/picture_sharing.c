/*
 * picture_sharing.c - calendars and the people who may use them, as SVG: lines from one to the other for an office,
 * a matrix for a company, where lines would be a thicket. Each cell or line is one row of the table below it.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"

#include "plural.h"

#define LINES_MOST   40u /* calendars, and people, that are drawn by lines */
#define ROW          24
#define LEFT_END     250
#define RIGHT_BEGIN  490
#define LABEL_MOST   34u
#define NAMED_MOST   90u /* rows or columns of a matrix with names */
#define CELL         12
#define NAMES_WIDTH  180
#define NAMES_HIGH   150
#define MATRIX_LABEL 24u

struct ends {
    const struct edge **list; /* one edge of each, which has the names */
    size_t count;
};

static bool is_drawn(const struct edge *e) { return !strcmp(e->role, "calendar") && e->level > LEVEL_NONE; }

static int number_of(struct ends *ends, const struct edge *e, bool person)
{
    for (size_t i = 0; i < ends->count; i++) {
        const struct edge *o = ends->list[i];
        bool same = person ? o->trustee == e->trustee && !strcmp(o->who, e->who)
                           : !strcmp(o->owner, e->owner) && !strcmp(o->path, e->path);
        if (same)
            return (int)i;
    }
    ends->list[ends->count] = e;
    return (int)ends->count++;
}

static const char *calendar_label(struct data *d, const struct edge *e)
{
    const char *text = pl_arena_printf(&d->arena, "%s: %s", e->owner, *e->path ? e->path : "/");
    d->failed |= !text;
    return text ? text : "";
}

/* --- lines ------------------------------------------------------------------------------------- */

static void column_place(const struct ends *ends, size_t rows, int y[])
{
    int pitch = (int)(rows * ROW / (ends->count ? ends->count : 1));
    for (size_t i = 0; i < ends->count; i++)
        y[i] = ROW + (int)i * pitch + pitch / 2;
}

static void line(struct pl_page *h, const struct edge *e, int y0, int y1)
{
    char d[120], class_name[] = {'g', ' ', 'g', (char)('0' + (int)e->level), '\0'};
    snprintf(d, sizeof d, "M%d %dC%d %d %d %d %d %d", LEFT_END + 8, y0, LEFT_END + 120, y0, RIGHT_BEGIN - 120, y1,
             RIGHT_BEGIN - 8, y1);
    pl_page_empty(h, "path", "class", class_name, "d", d, NULL);
}

static void lines(struct pl_page *h, struct data *d, const struct ends *from, const struct ends *to)
{
    int left[LINES_MOST], right[LINES_MOST];
    size_t rows = from->count > to->count ? from->count : to->count;
    char box[64];
    column_place(from, rows, left);
    column_place(to, rows, right);
    snprintf(box, sizeof box, "0 0 740 %d", (int)rows * ROW + ROW + 12);
    pl_page_open(h, "svg", "viewBox", box, "role", "img", "aria-label",
                 "Lines from calendars to the people who may use them; the table below has the same", NULL);
    for (const struct edge *e = d->edges; e; e = e->next)
        if (is_drawn(e))
            line(h, e, left[e->from], right[e->to]);
    pl_part_label(h, "e", LEFT_END, 12, "Calendar", 20);
    pl_part_label(h, NULL, RIGHT_BEGIN, 12, "May use it", 20);
    for (size_t i = 0; i < from->count; i++)
        pl_part_label(h, "k e", LEFT_END, left[i] + 4, calendar_label(d, from->list[i]), LABEL_MOST);
    for (size_t i = 0; i < to->count; i++)
        pl_part_label(h, "k", RIGHT_BEGIN, right[i] + 4, to->list[i]->who, LABEL_MOST);
    pl_page_close(h, "svg");
}

/* --- matrix --------------------------------------------------------------------------------------- */

static void column_names(struct pl_page *h, const struct ends *to)
{
    for (size_t i = 0; i < to->count; i++) {
        char turn[64];
        snprintf(turn, sizeof turn, "translate(%d %d)rotate(-90)", NAMES_WIDTH + (int)i * CELL + CELL - 2,
                 NAMES_HIGH - 6);
        pl_page_open(h, "g", "transform", turn, NULL);
        pl_part_label(h, NULL, 0, 0, to->list[i]->who, MATRIX_LABEL - 2);
        pl_page_close(h, "g");
    }
}

static void cells(struct pl_page *h, const struct data *d, enum level level)
{
    struct pl_buf path;
    char class_name[] = {'f', (char)('0' + (int)level), '\0'};
    pl_buf_init(&path, (size_t)8 << 20);
    for (const struct edge *e = d->edges; e; e = e->next)
        if (is_drawn(e) && e->level == level)
            pl_buf_printf(&path, "M%d %dh%dv%dh-%dz", NAMES_WIDTH + e->to * CELL, NAMES_HIGH + e->from * CELL,
                          CELL - 2, CELL - 2, CELL - 2);
    if (path.size)
        pl_page_empty(h, "path", "class", class_name, "d", path.data, NULL);
    pl_buf_release(&path);
}

/* Of many the names would be too small to read: then the order is that of the table. */
static void matrix_names(struct pl_page *h, struct data *d, const struct ends *from, const struct ends *to)
{
    column_names(h, to);
    for (size_t i = 0; i < from->count; i++)
        pl_part_label(h, "e", NAMES_WIDTH - 6, NAMES_HIGH + (int)i * CELL + CELL - 3,
                      calendar_label(d, from->list[i]), MATRIX_LABEL);
}

static void matrix(struct pl_page *h, struct data *d, const struct ends *from, const struct ends *to)
{
    char box[80], wide[24], high[24], ground[120];
    bool dense = from->count > NAMED_MOST || to->count > NAMED_MOST;
    int width = (int)to->count * CELL, height = (int)from->count * CELL;
    int left = dense ? NAMES_WIDTH - 1 : 0, top = dense ? NAMES_HIGH - 1 : 0;
    snprintf(box, sizeof box, "%d %d %d %d", left, top, NAMES_WIDTH + width - left, NAMES_HIGH + height - top);
    snprintf(wide, sizeof wide, "%d", NAMES_WIDTH + width - left);
    snprintf(high, sizeof high, "%d", NAMES_HIGH + height - top);
    pl_page_open(h, "svg", "class", dense ? "matrix dense" : "matrix", "viewBox", box, "width", wide, "height",
                 high, "role", "img", "aria-label",
                 "Calendars in rows, people in columns; the table below has the same", NULL);
    snprintf(ground, sizeof ground, "M%d %dh%dv%dh-%dz", NAMES_WIDTH - 1, NAMES_HIGH - 1, width, height, width);
    pl_page_empty(h, "path", "class", "c", "d", ground, NULL);
    if (!dense)
        matrix_names(h, d, from, to);
    for (int level = LEVEL_BUSY; level < LEVELS; level++)
        cells(h, d, (enum level)level);
    pl_page_close(h, "svg");
}

static void picture_caption(struct pl_page *h, const struct ends *from, const struct ends *to)
{
    pl_page_open(h, "figcaption", NULL);
    pl_page_textf(h, "%zu %s and %zu %s", from->count, pl_plural(from->count, "calendar", "calendars"), to->count,
                  pl_plural(to->count, "person", "people"));
    if (from->count > LINES_MOST || to->count > LINES_MOST)
        pl_page_text(h, ": a row for each calendar, a column for each person, in the order of the table below");
    pl_page_close(h, "figcaption");
}

bool pl_picture_sharing(struct pl_page *h, struct data *d)
{
    struct ends from = {0}, to = {0};
    from.list = pl_arena_zalloc(&d->arena, d->edge_count, sizeof *from.list);
    to.list = pl_arena_zalloc(&d->arena, d->edge_count, sizeof *to.list);
    d->failed |= !from.list || !to.list;
    if (d->failed)
        return false;
    for (struct edge *e = d->edges; e; e = e->next)
        if (is_drawn(e)) {
            e->from = number_of(&from, e, false);
            e->to = number_of(&to, e, true);
        }
    if (!from.count)
        return false;
    pl_page_open(h, "figure", NULL);
    picture_caption(h, &from, &to);
    pl_page_open(h, "div", "class", "scroll wide", "role", "group", "tabindex", "0", "aria-label",
                 "Picture of who may use whose calendar", NULL);
    if (from.count <= LINES_MOST && to.count <= LINES_MOST)
        lines(h, d, &from, &to);
    else
        matrix(h, d, &from, &to);
    pl_page_close(h, "div");
    pl_page_close(h, "figure");
    return true;
}
