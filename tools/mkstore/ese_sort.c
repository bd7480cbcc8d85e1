/*
 * ese_sort.c - entries that come in any order and leave in the order of key, then data.
 *
 * Up to 4 MiB of one sorter and 32 MiB of all stay in memory; more is written to the temporary file of the
 * database, a sorted run at a time, and merged when drained. Entry: u16 key, u32 data, u8 flags, then the bytes.
 */
#include "ese_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUN_BYTES   (4u << 20)
#define ALL_BYTES   (32u << 20)
#define RUN_BUFFER  65536u
#define HEAD        7u
#define FIRST_BYTES 4096u

struct run {
    uint64_t at, end; /* in the file */
    uint8_t *buf;
    size_t used, size; /* of buf */
};

struct ese_sort {
    struct ms_ese_db *db;
    uint8_t *bytes;
    size_t used, room;
    uint8_t **list;
    size_t count, list_room;
    struct run *runs;
    size_t run_count, run_room;
};

static size_t key_size(const uint8_t *e) { return ese_get16(e); }
static size_t data_size(const uint8_t *e) { return ese_get32(e + 2); }
static size_t entry_size(const uint8_t *e) { return HEAD + key_size(e) + data_size(e); }

static int bytes_order(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
    int c = memcmp(a, b, an < bn ? an : bn);
    return c ? c : an < bn ? -1 : an > bn;
}

static int entry_order(const uint8_t *a, const uint8_t *b)
{
    int c = bytes_order(a + HEAD, key_size(a), b + HEAD, key_size(b));
    return c ? c : bytes_order(a + HEAD + key_size(a), data_size(a), b + HEAD + key_size(b), data_size(b));
}

static int list_order(const void *a, const void *b)
{
    return entry_order(*(const uint8_t *const *)a, *(const uint8_t *const *)b);
}

static void *grown(struct ese_sort *s, void *old, size_t size)
{
    void *p = realloc(old, size);
    if (!p)
        ese_fail(s->db, "out of memory");
    return p;
}

struct ese_sort *ese_sort_new(struct ms_ese_db *db)
{
    struct ese_sort *s = calloc(1, sizeof *s);
    if (!s)
        ese_fail(db, "out of memory");
    else
        s->db = db;
    return s;
}

void ese_sort_free(struct ese_sort *s)
{
    if (!s)
        return;
    s->db->sorting -= s->used;
    for (size_t i = 0; i < s->run_count; i++)
        free(s->runs[i].buf);
    free(s->runs);
    free(s->list);
    free(s->bytes);
    free(s);
}

static void sort_list(struct ese_sort *s)
{
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++) {
        s->list[i] = s->bytes + at;
        at += entry_size(s->bytes + at);
    }
    if (s->count)
        qsort(s->list, s->count, sizeof *s->list, list_order);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the database keeps its spool */
static void spill(struct ese_sort *s)
{
    struct ms_ese_db *db = s->db;
    if (!db->spool && !(db->spool = tmpfile())) {
        ese_fail(db, "no temporary file: %s", strerror(errno));
        return;
    }
    if (s->run_count == s->run_room) {
        struct run *more = grown(s, s->runs, (s->run_room * 2 + 16) * sizeof *more);
        if (!more)
            return;
        s->runs = more;
        s->run_room = s->run_room * 2 + 16;
    }
    sort_list(s);
    if (fseeko(db->spool, (off_t)db->spooled, SEEK_SET))
        ese_fail(db, "temporary file: %s", strerror(errno));
    for (size_t i = 0; i < s->count && !db->failed; i++)
        if (fwrite(s->list[i], entry_size(s->list[i]), 1, db->spool) != 1)
            ese_fail(db, "temporary file: %s", strerror(errno));
    s->runs[s->run_count++] = (struct run){.at = db->spooled, .end = db->spooled + s->used};
    db->spooled += s->used;
    db->sorting -= s->used;
    s->used = s->count = 0;
}
#pragma GCC diagnostic pop

void ese_sort_add(struct ese_sort *s, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    if (!s || s->db->failed)
        return;
    size_t need = HEAD + key.size + data.size;
    bool full = s->used + need > RUN_BYTES || (s->db->sorting > ALL_BYTES && s->used > RUN_BUFFER);
    if (s->count && full)
        spill(s);
    if (s->used + need > s->room) {
        size_t room = s->room ? s->room * 2 : FIRST_BYTES;
        room = room < s->used + need ? s->used + need : room > RUN_BYTES && need < RUN_BYTES ? RUN_BYTES : room;
        uint8_t *more = grown(s, s->bytes, room);
        if (!more)
            return;
        s->bytes = more;
        s->room = room;
    }
    if (s->count == s->list_room) {
        uint8_t **more = grown(s, s->list, (s->list_room * 2 + 256) * sizeof *more);
        if (!more)
            return;
        s->list = more;
        s->list_room = s->list_room * 2 + 256;
    }
    uint8_t *e = s->bytes + s->used;
    ese_le16(e, (unsigned)key.size);
    ese_le32(e + 2, (uint32_t)data.size);
    e[6] = (uint8_t)flags;
    memcpy(e + HEAD, key.data, key.size);
    if (data.size)
        memcpy(e + HEAD + key.size, data.data, data.size);
    s->used += need;
    s->db->sorting += need;
    s->count++;
}

/* The first entry of a run, or NULL at its end. An entry is far smaller than the buffer. */
static const uint8_t *run_head(struct ese_sort *s, struct run *r)
{
    size_t left = r->size - r->used;
    if (left < HEAD || left < entry_size(r->buf + r->used)) {
        uint64_t rest = r->end - r->at;
        size_t want = RUN_BUFFER - left < rest ? RUN_BUFFER - left : (size_t)rest;
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): without a buffer merge() has failed */
        memmove(r->buf, r->buf + r->used, left);
        r->used = 0;
        r->size = left;
        if (want &&
            (fseeko(s->db->spool, (off_t)r->at, SEEK_SET) || fread(r->buf + left, want, 1, s->db->spool) != 1)) {
            ese_fail(s->db, "temporary file: %s", strerror(errno));
            return NULL;
        }
        r->size += want;
        r->at += want;
    }
    return r->size ? r->buf + r->used : NULL;
}

static bool before(struct ese_sort *s, size_t a, size_t b)
{
    const uint8_t *x = run_head(s, &s->runs[a]), *y = run_head(s, &s->runs[b]);
    return x && (!y || entry_order(x, y) < 0);
}

static void sift(struct ese_sort *s, size_t *heap, size_t count, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && before(s, heap[child + 1], heap[child]))
            child++;
        if (!before(s, heap[child], heap[i]))
            return;
        size_t t = heap[i];
        heap[i] = heap[child];
        heap[child] = t;
    }
}

typedef void taker(void *to, struct ese_slice key, struct ese_slice data, unsigned flags);

static void hand_over(const uint8_t *e, taker *take, void *to)
{
    struct ese_slice key = {e + HEAD, key_size(e)}, data = {e + HEAD + key_size(e), data_size(e)};
    take(to, key, data, e[6]);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* each run keeps its buffer */
static void merge(struct ese_sort *s, taker *take, void *to)
{
    size_t *heap = malloc(s->run_count * sizeof *heap), count = heap ? s->run_count : 0;
    if (!heap)
        ese_fail(s->db, "out of memory");
    for (size_t i = 0; i < count; i++) {
        s->runs[i].buf = malloc(RUN_BUFFER);
        if (!s->runs[i].buf)
            ese_fail(s->db, "out of memory");
        heap[i] = i;
    }
    for (size_t i = count / 2; !s->db->failed && i-- > 0;)
        sift(s, heap, count, i);
    while (count && !s->db->failed) {
        struct run *r = &s->runs[heap[0]];
        const uint8_t *e = run_head(s, r);
        if (!e) {
            heap[0] = heap[--count];
        } else {
            hand_over(e, take, to);
            r->used += entry_size(e);
        }
        sift(s, heap, count, 0);
    }
    free(heap);
}
#pragma GCC diagnostic pop

void ese_sort_drain(struct ese_sort *s, taker *take, void *to)
{
    if (!s || s->db->failed)
        return;
    if (s->run_count && s->count)
        spill(s);
    if (s->db->failed)
        return;
    if (s->run_count) {
        free(s->bytes);
        s->bytes = NULL;
        s->room = 0;
        merge(s, take, to);
        return;
    }
    sort_list(s);
    for (size_t i = 0; i < s->count && !s->db->failed; i++)
        hand_over(s->list[i], take, to);
}
