/*
 * pst_spool.c - what doesn't fit into memory: bytes, and records sorted in runs.
 *
 * A spool keeps its first bytes in memory and moves to a file beside the output when
 * they grow; the file is unlinked at once, so nothing is left behind by a crash. A
 * sorter fills a buffer, sorts it, appends it to a spool as a run, and merges the runs
 * when read. Both are deterministic: equal keys keep the order in which they came
 * because the second word of a record breaks ties.
 */
#include "pst_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPOOL_FIRST = 4096, SPOOL_MAX = 1 << 18, RUN_MAX = 1 << 16, RUN_READ = 256 };

void pst_spool_init(struct pst_spool *spool, const char *path)
{
    *spool = (struct pst_spool){.path = path, .fd = -1};
}

static int spool_open(struct pst_spool *spool)
{
    size_t size = strlen(spool->path) + 13; /* ".spool" and six letters for mkostemp */
    char *name = malloc(size);

    if (!name)
        return pst_error("out of memory", NULL);
    memset(name, 'X', size - 1);
    name[size - 1] = 0;
    memcpy(name, spool->path, strlen(spool->path));
    memcpy(name + strlen(spool->path), ".spool", 6);
    spool->fd = mkostemp(name, O_CLOEXEC);
    if (spool->fd >= 0)
        unlink(name);
    else
        pst_error("no temporary file", name);
    free(name);
    return spool->fd >= 0 ? 0 : -1;
}

static int spool_flush(struct pst_spool *spool)
{
    size_t done = 0;

    if (spool->fd < 0 && spool_open(spool) != 0)
        return -1;
    while (done < spool->fill) {
        ssize_t n = pwrite(spool->fd, spool->buf + done, spool->fill - done, (off_t)(spool->flushed + done));
        if (n <= 0)
            return pst_error("temporary file: write failed", NULL);
        done += (size_t)n;
    }
    spool->flushed += spool->fill;
    spool->fill = 0;
    return 0;
}

static int spool_room(struct pst_spool *spool)
{
    size_t cap = spool->cap ? spool->cap * 4 : SPOOL_FIRST;
    uint8_t *buf;

    if (spool->cap >= SPOOL_MAX)
        return spool_flush(spool);
    buf = realloc(spool->buf, cap);
    if (!buf)
        return pst_error("out of memory", NULL);
    spool->buf = buf;
    spool->cap = cap;
    return 0;
}

int pst_spool_put(struct pst_spool *spool, const void *data, size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        size_t n;
        if (spool->fill == spool->cap && spool_room(spool) != 0)
            return -1;
        n = spool->cap - spool->fill;
        if (n > size)
            n = size;
        memcpy(spool->buf + spool->fill, p, n);
        spool->fill += n;
        p += n;
        size -= n;
    }
    return 0;
}

int pst_spool_get(struct pst_spool *spool, uint64_t at, void *data, size_t size)
{
    uint8_t *p = data;

    while (size > 0 && at < spool->flushed) {
        size_t want = spool->flushed - at < size ? (size_t)(spool->flushed - at) : size;
        ssize_t n = pread(spool->fd, p, want, (off_t)at);
        if (n <= 0)
            return pst_error("temporary file: read failed", NULL);
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    if (size > 0)
        memcpy(p, spool->buf + (at - spool->flushed), size);
    return 0;
}

uint64_t pst_spool_size(const struct pst_spool *spool) { return spool->flushed + spool->fill; }

void pst_spool_clear(struct pst_spool *spool)
{
    spool->flushed = 0;
    spool->fill = 0;
}

void pst_spool_free(struct pst_spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    free(spool->buf);
    pst_spool_init(spool, spool->path);
}

struct pst_run {
    uint64_t at, end;
    struct pst_rec rec[RUN_READ];
    size_t have, used;
};

void pst_sorter_init(struct pst_sorter *sorter, const char *path)
{
    *sorter = (struct pst_sorter){.cap = 0};
    pst_spool_init(&sorter->runs, path);
}

static int rec_compare(const void *left, const void *right)
{
    const struct pst_rec *l = left;
    const struct pst_rec *r = right;

    if (l->key != r->key)
        return l->key < r->key ? -1 : 1;
    return (l->a > r->a) - (l->a < r->a);
}

static int sorter_close_run(struct pst_sorter *sorter)
{
    size_t bytes = sorter->fill * sizeof(*sorter->buf);

    if (sorter->run_count == sorter->run_cap) {
        size_t cap = sorter->run_cap ? sorter->run_cap * 2 : 16;
        struct pst_run *run = realloc(sorter->run, cap * sizeof(*run));
        if (!run)
            return pst_error("out of memory", NULL);
        sorter->run = run;
        sorter->run_cap = cap;
    }
    qsort(sorter->buf, sorter->fill, sizeof(*sorter->buf), rec_compare);
    sorter->run[sorter->run_count].at = pst_spool_size(&sorter->runs);
    sorter->run[sorter->run_count].end = pst_spool_size(&sorter->runs) + bytes;
    sorter->run[sorter->run_count].have = 0;
    sorter->run[sorter->run_count].used = 0;
    sorter->run_count++;
    sorter->fill = 0;
    return pst_spool_put(&sorter->runs, sorter->buf, bytes);
}

int pst_sorter_put(struct pst_sorter *sorter, const struct pst_rec *rec)
{
    if (sorter->fill == sorter->cap && sorter->cap < RUN_MAX) {
        size_t cap = sorter->cap ? sorter->cap * 4 : 256;
        struct pst_rec *buf = realloc(sorter->buf, cap * sizeof(*buf));
        if (!buf)
            return pst_error("out of memory", NULL);
        sorter->buf = buf;
        sorter->cap = cap;
    } else if (sorter->fill == sorter->cap && sorter_close_run(sorter) != 0) {
        return -1;
    }
    sorter->buf[sorter->fill++] = *rec;
    return 0;
}

/* Makes the next record of a run the one at rec[used]; 0 = the run is empty. */
static int run_fill(struct pst_sorter *sorter, struct pst_run *run)
{
    uint64_t left = run->end - run->at;
    size_t bytes = left < sizeof(run->rec) ? (size_t)left : sizeof(run->rec);

    if (run->used < run->have)
        return 1;
    if (bytes == 0)
        return 0;
    if (pst_spool_get(&sorter->runs, run->at, run->rec, bytes) != 0)
        return -1;
    run->at += bytes;
    run->have = bytes / sizeof(run->rec[0]);
    run->used = 0;
    return 1;
}

static bool run_less(const struct pst_sorter *sorter, size_t l, size_t r)
{
    const struct pst_run *left = &sorter->run[l];
    const struct pst_run *right = &sorter->run[r];

    return rec_compare(&left->rec[left->used], &right->rec[right->used]) < 0;
}

static void sift(struct pst_sorter *sorter, size_t i)
{
    for (;;) {
        size_t best = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < sorter->heap_count; k++)
            if (run_less(sorter, sorter->heap[k], sorter->heap[best]))
                best = k;
        if (best == i)
            return;
        size_t swap = sorter->heap[i];
        sorter->heap[i] = sorter->heap[best];
        sorter->heap[best] = swap;
        i = best;
    }
}

int pst_sorter_start(struct pst_sorter *sorter)
{
    sorter->next = 0;
    if (sorter->run_count == 0) {
        if (sorter->fill > 0)
            qsort(sorter->buf, sorter->fill, sizeof(*sorter->buf), rec_compare);
        return 0;
    }
    if (sorter->fill > 0 && sorter_close_run(sorter) != 0)
        return -1;
    sorter->heap = malloc(sorter->run_count * sizeof(*sorter->heap));
    if (!sorter->heap)
        return pst_error("out of memory", NULL);
    for (size_t i = 0; i < sorter->run_count; i++) {
        if (run_fill(sorter, &sorter->run[i]) < 0)
            return -1;
        sorter->heap[sorter->heap_count++] = i;
    }
    for (size_t i = sorter->heap_count; i-- > 0;)
        sift(sorter, i);
    return 0;
}

int pst_sorter_next(struct pst_sorter *sorter, struct pst_rec *rec)
{
    struct pst_run *run;
    int more;

    if (sorter->run_count == 0) {
        if (sorter->next == sorter->fill)
            return 0;
        *rec = sorter->buf[sorter->next++];
        return 1;
    }
    if (sorter->heap_count == 0)
        return 0;
    run = &sorter->run[sorter->heap[0]];
    *rec = run->rec[run->used++];
    more = run_fill(sorter, run);
    if (more < 0)
        return -1;
    if (more == 0)
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    sift(sorter, 0);
    return 1;
}

void pst_sorter_free(struct pst_sorter *sorter)
{
    const char *path = sorter->runs.path;

    pst_spool_free(&sorter->runs);
    free(sorter->buf);
    free(sorter->run);
    free(sorter->heap);
    pst_sorter_init(sorter, path);
}
