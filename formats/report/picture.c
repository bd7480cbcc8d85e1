/*
 * picture.c - the pictures of a mailbox, as SVG. Cells of one colour are one path: a report of hundreds of
 * mailboxes stays small, and the browser fast.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"

#define CELL       15
#define LEFT       36
#define TOP        18
#define SHADES     5
#define BARS_MOST  24
#define BARS_WIDTH 384
#define BARS_HIGH  100

static uint64_t most_of(const uint64_t *list, size_t count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = list[i] > most ? list[i] : most;
    return most;
}

/* --- hours ------------------------------------------------------------------------------------ */

static void cells(struct pl_page *h, const struct user *u, uint64_t most, unsigned shade)
{
    struct pl_buf path;
    char color[] = {shade ? 'h' : 'c', shade ? (char)('0' + shade) : '\0', '\0'};
    pl_buf_init(&path, 16384);
    for (int i = 0; i < HOURS; i++) {
        uint64_t n = u->hours[i];
        unsigned own = n ? 1 + (unsigned)((double)(n - 1) * SHADES / (double)most) : 0;
        if (own == shade)
            pl_buf_printf(&path, "M%d %dh%dv%dh-%dz", LEFT + i % 24 * CELL, TOP + i / 24 * CELL, CELL - 2, CELL - 2,
                          CELL - 2);
    }
    if (path.size)
        pl_page_empty(h, "path", "class", color, "d", path.data, NULL);
    pl_buf_release(&path);
}

void pl_picture_hours(struct pl_page *h, const struct user *u)
{
    char text[24];
    pl_page_open(h, "figure", NULL);
    pl_page_element(h, "figcaption", NULL, "Hours of the week: the stronger the colour, the more events");
    pl_page_open(h, "svg", "class", "hours", "viewBox", "0 0 398 124", "role", "img", "aria-label",
                 "Hours of the week with events; the table below has the numbers", NULL);
    for (int hour = 0; hour < 24; hour += 3) {
        snprintf(text, sizeof text, "%d", hour);
        pl_part_label(h, NULL, LEFT + hour * CELL, TOP - 6, text, 4);
    }
    for (int day = 0; day < 7; day++) {
        snprintf(text, sizeof text, "%.3s", pl_weekdays[day]);
        pl_part_label(h, NULL, 2, TOP + day * CELL + CELL - 4, text, 4);
    }
    for (unsigned shade = 0; shade <= SHADES; shade++)
        cells(h, u, most_of(u->hours, HOURS), shade);
    pl_page_close(h, "svg");
    pl_page_close(h, "figure");
}

/* --- years -------------------------------------------------------------------------------------- */

/* The years drawn: the last ones that have anything, as many as fit. */
static void range_of(const struct user *u, int *first, int *count)
{
    int last = YEARS - 1, begin = 0;
    while (last > 0 && !u->years[last])
        last--;
    while (begin < last && !u->years[begin])
        begin++;
    if (last - begin >= BARS_MOST)
        begin = last - BARS_MOST + 1;
    *first = begin;
    *count = last - begin + 1;
}

static void year_bar(struct pl_page *h, const struct user *u, int year, int x, int width, uint64_t most)
{
    char d[80];
    int high = (int)(u->years[year] * (BARS_HIGH - 24) / most);
    if (!u->years[year])
        return;
    high = high ? high : 1;
    snprintf(d, sizeof d, "M%d %dh%dv%dh-%dz", x, BARS_HIGH - high, width, high, width);
    pl_page_empty(h, "path", "class", "y", "d", d, NULL);
}

void pl_picture_years(struct pl_page *h, const struct user *u)
{
    int first, count;
    uint64_t most;
    range_of(u, &first, &count);
    most = most_of(u->years + first, (size_t)count);
    int pitch = BARS_WIDTH / (count < 4 ? 4 : count), step = pitch < 34 ? (33 + pitch) / pitch : 1;
    pl_page_open(h, "figure", NULL);
    pl_page_element(h, "figcaption", NULL,
                    "Events by year; a series without an end until a year after the week below");
    pl_page_open(h, "svg", "class", "years", "viewBox", "0 0 398 124", "role", "img", "aria-label",
                 "Events by year; the table below has the numbers", NULL);
    pl_page_empty(h, "path", "class", "c", "d", "M6 100h384v1h-384z", NULL);
    for (int i = 0; i < count && most; i++) {
        char text[24];
        int x = 8 + i * pitch;
        year_bar(h, u, first + i, x, pitch > 4 ? pitch - 4 : 1, most);
        snprintf(text, sizeof text, "%d", YEAR_FIRST + first + i);
        if (i % step == 0 && x < BARS_WIDTH - 18)
            pl_part_label(h, NULL, x, BARS_HIGH + 16, text, 4);
        snprintf(text, sizeof text, "%llu", (unsigned long long)u->years[first + i]);
        if (step == 1 && u->years[first + i] && u->years[first + i] < 100000)
            pl_part_label(h, NULL, x, BARS_HIGH - 4 - (int)(u->years[first + i] * (BARS_HIGH - 24) / most), text,
                          6);
    }
    pl_page_close(h, "svg");
    pl_page_close(h, "figure");
}
