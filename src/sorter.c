/*
 * sorter.c - sorting in bounded memory. See sorter.h.
 *
 * Layer: core. While records come, the buffer is sorted and appended to the file as a run when it is full. The runs
 * are merged with a small window on each; when there are too many for the buffer, in several passes. Afterwards the
 * buffer is one window, moved to where a record is asked for.
 */
#include "sorter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdio.h"

#define FAN_MOST   64 /* runs that are merged at a time */
#define BUFFER_MIN 4096

struct run {
    uint64_t from, count; /* records of the file */
};

/* A run that is being read. */
struct window {
    struct run left; /* not in the window yet */
    uint64_t *records;
    size_t fill, at;
};

struct pl_sorter {
    size_t words, room, fill; /* room, fill: records in the buffer */
    uint64_t *buffer;
    FILE *file, *spare;
    struct run *runs;
    size_t run_count, run_room;
    uint64_t written; /* records in the file */
    uint64_t from;    /* place of the buffer's first record, once sorted */
    bool failed, sorted;
};

struct pl_sorter *pl_sorter_new(size_t words, size_t memory)
{
    struct pl_sorter *s = calloc(1, sizeof *s);
    size_t size = words * sizeof(uint64_t);
    if (!s)
        return NULL;
    s->words = words;
    s->room = (memory < BUFFER_MIN ? BUFFER_MIN : memory) / size;
    s->buffer = malloc(s->room * size);
    if (s->buffer)
        return s;
    free(s);
    return NULL;
}

void pl_sorter_free(struct pl_sorter *s)
{
    if (!s)
        return;
    if (s->file)
        fclose(s->file);
    if (s->spare)
        fclose(s->spare);
    free(s->runs);
    free(s->buffer);
    free(s);
}

/* --- comparing ---------------------------------------------------------------------------- */

static int compare(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int by_words(const void *a, const void *b, void *words) { return compare(a, b, *(const size_t *)words); }

static void buffer_sort(struct pl_sorter *s)
{
    size_t kept = 0, size = s->words * sizeof *s->buffer;
    if (!s->fill)
        return;
    qsort_r(s->buffer, s->fill, size, by_words, &s->words);
    for (size_t i = 1; i < s->fill; i++) {
        uint64_t *last = s->buffer + kept * s->words, *here = s->buffer + i * s->words;
        if (compare(last, here, s->words))
            memmove(s->buffer + ++kept * s->words, here, size);
    }
    s->fill = kept + 1;
}

/* --- the file ------------------------------------------------------------------------------ */

static bool file_write(FILE *file, const uint64_t *records, size_t size, uint64_t at)
{
    return pl_fd_write(fileno(file), records, size, (off_t)at) == 0;
}

static bool file_read(FILE *file, uint64_t *records, size_t size, uint64_t at)
{
    return pl_fd_read(fileno(file), records, size, (off_t)at) == (ssize_t)size;
}

static bool run_note(struct pl_sorter *s, uint64_t from, uint64_t count)
{
    if (s->run_count == s->run_room) {
        size_t room = s->run_room ? s->run_room * 2 : 16;
        struct run *runs = realloc(s->runs, room * sizeof *runs);
        if (!runs)
            return false;
        s->runs = runs;
        s->run_room = room;
    }
    s->runs[s->run_count++] = (struct run){from, count};
    return true;
}

static bool buffer_spill(struct pl_sorter *s)
{
    size_t size = s->words * sizeof *s->buffer;
    buffer_sort(s);
    if (!s->file && !(s->file = pl_file_temporary()))
        return false;
    if (!file_write(s->file, s->buffer, s->fill * size, s->written * size) || !run_note(s, s->written, s->fill))
        return false;
    s->written += s->fill;
    s->fill = 0;
    return true;
}

enum pl_status pl_sorter_add(struct pl_sorter *s, const uint64_t *record)
{
    if (s->fill == s->room)
        s->failed = s->failed || !buffer_spill(s);
    if (s->failed || s->sorted)
        return PL_STOP;
    memcpy(s->buffer + s->fill++ * s->words, record, s->words * sizeof *record);
    return PL_OK;
}

/* --- merging --------------------------------------------------------------------------------- */

static bool window_fill(struct pl_sorter *s, struct window *w, size_t room)
{
    size_t size = s->words * sizeof *w->records;
    w->at = 0;
    w->fill = w->left.count < room ? (size_t)w->left.count : room;
    if (!file_read(s->file, w->records, w->fill * size, w->left.from * size))
        return false;
    w->left.from += w->fill;
    w->left.count -= w->fill;
    return true;
}

/* Merges so many runs into one at the end of the other file, each record once. */
static bool runs_merge(struct pl_sorter *s, const struct run *runs, size_t count, uint64_t *to)
{
    struct window w[FAN_MOST];
    size_t room = s->room / (count + 1), size = s->words * sizeof(uint64_t), fill = 0;
    uint64_t *out = s->buffer + count * room * s->words, last[PL_SORTER_WORDS] = {0};
    bool any = false, good = true;
    for (size_t i = 0; i < count && good; i++) {
        w[i] = (struct window){.left = runs[i], .records = s->buffer + i * room * s->words};
        good = window_fill(s, &w[i], room);
    }
    while (good) {
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if (w[i].at < w[i].fill &&
                (best == count ||
                 compare(w[i].records + w[i].at * s->words, w[best].records + w[best].at * s->words, s->words) < 0))
                best = i;
        bool ended = best == count;
        if (ended || fill == room) {
            good = file_write(s->spare, out, fill * size, *to * size);
            *to += fill;
            fill = 0;
        }
        if (ended || !good)
            break;
        const uint64_t *record = w[best].records + w[best].at * s->words;
        if (!any || compare(last, record, s->words)) {
            memcpy(out + fill++ * s->words, record, size);
            memcpy(last, record, size);
            any = true;
        }
        if (++w[best].at == w[best].fill && w[best].left.count)
            good = window_fill(s, &w[best], room);
    }
    return good;
}

/* One pass over all runs. */
static bool merge_pass(struct pl_sorter *s)
{
    size_t fan = s->room / 2 < FAN_MOST ? s->room / 2 : FAN_MOST, kept = 0;
    uint64_t to = 0;
    if (!s->spare && !(s->spare = pl_file_temporary()))
        return false;
    for (size_t i = 0; i < s->run_count; i += fan) {
        size_t count = s->run_count - i < fan ? s->run_count - i : fan;
        uint64_t from = to;
        if (!runs_merge(s, s->runs + i, count, &to))
            return false;
        s->runs[kept++] = (struct run){from, to - from};
    }
    FILE *file = s->file;
    s->file = s->spare;
    s->spare = file;
    s->run_count = kept;
    s->written = to;
    return true;
}

enum pl_status pl_sorter_sort(struct pl_sorter *s)
{
    if (s->failed || s->sorted)
        return s->failed ? PL_STOP : PL_OK;
    s->sorted = true;
    if (!s->run_count) {
        buffer_sort(s);
        return PL_OK;
    }
    s->failed = s->fill && !buffer_spill(s);
    while (!s->failed && s->run_count > 1)
        s->failed = !merge_pass(s);
    s->fill = 0;
    return s->failed ? PL_STOP : PL_OK;
}

/* --- reading back ------------------------------------------------------------------------------ */

uint64_t pl_sorter_count(const struct pl_sorter *s)
{
    return !s->sorted || s->failed ? 0 : s->run_count ? s->written : s->fill;
}

bool pl_sorter_at(struct pl_sorter *s, uint64_t i, uint64_t *record)
{
    size_t size = s->words * sizeof *record;
    if (i >= pl_sorter_count(s))
        return false;
    if (s->run_count && (i < s->from || i - s->from >= s->fill)) {
        size_t window = BUFFER_MIN / size < s->room ? BUFFER_MIN / size : s->room;
        s->from = i / window * window;
        s->fill = s->written - s->from < window ? (size_t)(s->written - s->from) : window;
        if (!file_read(s->file, s->buffer, s->fill * size, s->from * size)) {
            s->failed = true;
            return false;
        }
    }
    memcpy(record, s->buffer + (i - s->from) * s->words, size);
    return true;
}

uint64_t pl_sorter_seek(struct pl_sorter *s, const uint64_t *key, size_t words)
{
    uint64_t low = 0, high = pl_sorter_count(s), record[PL_SORTER_WORDS];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (!pl_sorter_at(s, middle, record))
            return pl_sorter_count(s);
        if (compare(record, key, words) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t pl_sorter_find(struct pl_sorter *s, uint64_t key) { return pl_sorter_seek(s, &key, 1); }

bool pl_sorter_has(struct pl_sorter *s, uint64_t key, uint64_t *record)
{
    return pl_sorter_at(s, pl_sorter_find(s, key), record) && record[0] == key;
}
