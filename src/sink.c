/*
 * sink.c - one file of an output: buffered, hashed, whole or absent.
 *
 * Layer: core, above output.c and batch.c, which gives the final names. Invariants: `flushed` bytes are in the
 * temporary file, `used` more are in the buffer, and bytes = flushed + used. After a failed write the buffer keeps
 * what is not in the file, later writes are dropped, and a mark stays where it was: so a rollback always leads back
 * to a state that was whole, and takes the error back with it. A disk that is full costs the item at hand, not its
 * file.
 *
 * The digest of a stretch covers what lies before `stretched`; it goes on when the buffer
 * is written, and when the stretch ends. That of the file covers what lies before `hashed`, which is never behind
 * the mark. What the buffer has behind the mark when it is written goes into a copy, `ahead`, which takes its place
 * when the mark has moved.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 65536u
#define TEMP_TRIES  1000

struct state {
    int folder, fd;
    char temp[PL_TEMP_SIZE];
    uint64_t number; /* of that name */
    uint64_t flushed, mark, stretched;
    size_t used;
    bool hollow;       /* there is no file: what would go there is dropped */
    bool unsummed;     /* there is no digest of the file */
    bool stretch_open; /* begun, and not ended */
    bool is_ahead;
    uint64_t hashed, hashed_ahead;
    EVP_MD_CTX *stretch, *whole, *ahead;
    uint8_t buffer[BUFFER_SIZE];
};

/* --- digests ------------------------------------------------------------ */

static bool digest_open(struct state *t)
{
    t->stretch = EVP_MD_CTX_new();
    t->whole = EVP_MD_CTX_new();
    return t->stretch && t->whole && EVP_DigestInit_ex(t->stretch, EVP_sha256(), NULL) &&
           EVP_MD_CTX_copy_ex(t->whole, t->stretch);
}

/* What lies between two places of the file is in the buffer: neither is before `flushed`. */
static bool digest(const struct state *t, EVP_MD_CTX *c, uint64_t from, uint64_t to)
{
    return from == to || EVP_DigestUpdate(c, t->buffer + (from - t->flushed), (size_t)(to - from));
}

static bool stretch_go_on(struct state *t)
{
    uint64_t end = t->flushed + t->used;
    if (!t->stretch_open && !EVP_DigestInit_ex(t->stretch, NULL, NULL))
        return false;
    t->stretch_open = true;
    bool ok = digest(t, t->stretch, t->stretched, end);
    t->stretched = end;
    return ok;
}

/* All that is in the buffer goes into the digest of the file. */
static bool whole_go_on(struct state *t)
{
    uint64_t end = t->flushed + t->used, sure = t->mark < end ? t->mark : end;
    if (t->unsummed)
        return true;
    if (t->hashed < sure) {
        if (!digest(t, t->whole, t->hashed, sure))
            return false;
        t->hashed = sure;
    }
    if (end <= sure)
        return true;
    if (!t->is_ahead) {
        if (!t->ahead && !(t->ahead = EVP_MD_CTX_new()))
            return false;
        if (!EVP_MD_CTX_copy_ex(t->ahead, t->whole))
            return false;
        t->is_ahead = true;
        t->hashed_ahead = t->hashed;
    }
    bool ok = digest(t, t->ahead, t->hashed_ahead, end);
    t->hashed_ahead = end;
    return ok;
}

/* The mark has moved: what was only ahead is sure. */
static void whole_catch_up(struct state *t)
{
    if (!t->is_ahead)
        return;
    EVP_MD_CTX *sure = t->ahead;
    t->ahead = t->whole;
    t->whole = sure;
    t->hashed = t->hashed_ahead;
    t->is_ahead = false;
}

static void stretch_restart(struct state *t)
{
    t->stretch_open = false;
    t->stretched = t->flushed + t->used;
}

/* --- opening and writing ------------------------------------------------- */

static void state_free(struct state *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    if (t->folder >= 0)
        close(t->folder);
    EVP_MD_CTX_free(t->stretch);
    EVP_MD_CTX_free(t->whole);
    EVP_MD_CTX_free(t->ahead);
    free(t);
}

/* A name that is left over from a run that was killed is passed by. */
static int temp_open(struct state *t, struct pl_output *o)
{
    for (int i = 0; i < TEMP_TRIES; i++) {
        t->number = pl_output_temp(o, t->temp);
        int fd = openat(t->folder, t->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

enum pl_status pl_sink_open(struct pl_output *o, int folder, char *path, struct pl_sink *out)
{
    struct state *t = malloc(sizeof *t);
    *out = (struct pl_sink){.output = o, .path = path, .error = ENOMEM};
    if (!t) {
        close(folder);
        goto failed;
    }
    memset(t, 0, offsetof(struct state, buffer));
    t->folder = folder;
    t->fd = -1;
    if (!digest_open(t))
        goto failed;
    t->hollow = pl_output_is_hollow(o);
    t->unsummed = pl_output_is_unsummed(o);
    t->fd = t->hollow ? -1 : temp_open(t, o);
    if (t->fd < 0 && !t->hollow) {
        out->error = errno;
        goto failed;
    }
    out->state = t;
    out->error = 0;
    return PL_OK;

failed:
    state_free(t);
    free(path);
    out->path = NULL;
    errno = out->error;
    return PL_STOP;
}

static void fail(struct pl_sink *s, int error)
{
    s->error = error;
    if (error == ENOSPC || error == EDQUOT)
        pl_output_relieve(s->output);
}

/* Empties the buffer into the file; what did not get there stays in it. */
static void flush(struct pl_sink *s)
{
    struct state *t = s->state;
    size_t at = 0;
    if (!stretch_go_on(t) || !whole_go_on(t)) {
        fail(s, ENOMEM);
        return;
    }
    if (t->hollow)
        at = t->used;
    while (at < t->used) {
        ssize_t n = pwrite(t->fd, t->buffer + at, t->used - at, (off_t)(t->flushed + at));
        if (n > 0) {
            at += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            fail(s, n == 0 ? ENOSPC : errno);
            break;
        }
    }
    t->flushed += at;
    t->used -= at;
    memmove(t->buffer, t->buffer + at, t->used);
}

void pl_sink_write(struct pl_sink *s, const void *data, size_t size)
{
    struct state *t = s->state;
    const uint8_t *from = data;
    if (!t && !s->error)
        s->error = EBADF;
    while (size > 0 && !s->error) {
        size_t room = BUFFER_SIZE - t->used, part = size < room ? size : room;
        if (part == 0) {
            flush(s);
            continue;
        }
        memcpy(t->buffer + t->used, from, part);
        t->used += part;
        s->bytes += part;
        from += part;
        size -= part;
    }
}

void pl_sink_puts(struct pl_sink *s, const char *text) { pl_sink_write(s, text, strlen(text)); }

/* --- marks --------------------------------------------------------------- */

void pl_sink_mark(struct pl_sink *s)
{
    struct state *t = s->state;
    if (!t || s->error)
        return;
    t->mark = s->bytes;
    whole_catch_up(t);
    stretch_restart(t);
}

void pl_sink_stretch(struct pl_sink *s, uint8_t sha256[32])
{
    struct state *t = s->state;
    memset(sha256, 0, 32);
    if (!t || s->error)
        return;
    if (!stretch_go_on(t) || !EVP_DigestFinal_ex(t->stretch, sha256, NULL))
        s->error = ENOMEM;
    stretch_restart(t);
}

enum pl_status pl_sink_rollback(struct pl_sink *s)
{
    struct state *t = s->state;
    if (!t)
        return PL_STOP;
    if (t->mark >= t->flushed) {
        t->used = (size_t)(t->mark - t->flushed);
    } else {
        while (!t->hollow && ftruncate(t->fd, (off_t)t->mark) != 0)
            if (errno != EINTR) {
                s->error = errno;
                return PL_STOP;
            }
        t->flushed = t->mark;
        t->used = 0;
    }
    t->is_ahead = false;
    s->bytes = t->mark;
    s->error = 0;
    stretch_restart(t);
    return PL_OK;
}

/* A file that ends before that many bytes is not what it was. */
void pl_sink_copy(struct pl_sink *s, int fd, uint64_t at, uint64_t size)
{
    struct state *t = s->state;
    if (!t && !s->error)
        s->error = EBADF;
    while (size > 0 && !s->error) {
        size_t room = BUFFER_SIZE - t->used, part = size < room ? (size_t)size : room;
        if (part == 0) {
            flush(s);
            continue;
        }
        ssize_t n = pread(fd, t->buffer + t->used, part, (off_t)at);
        if (n <= 0) {
            s->error = n == 0 ? EIO : errno == EINTR ? 0 : errno;
            continue;
        }
        t->used += (size_t)n;
        s->bytes += (uint64_t)n;
        at += (uint64_t)n;
        size -= (uint64_t)n;
        pl_sink_mark(s);
    }
}

/* --- the end ------------------------------------------------------------- */

static void discard(struct pl_sink *s)
{
    struct state *t = s->state;
    if (t && t->temp[0])
        unlinkat(t->folder, t->temp, 0);
    state_free(t);
    s->state = NULL;
}

enum pl_status pl_sink_hand_in(struct pl_sink *s)
{
    struct state *t = s->state;
    if (!t)
        return PL_STOP;
    if (!s->error)
        flush(s);
    whole_catch_up(t);
    struct pl_waiting w = {.folder = t->folder, .fd = t->fd, .number = t->number, .size = s->bytes};
    if (!s->error && !t->unsummed && !EVP_DigestFinal_ex(t->whole, w.sha256, NULL))
        fail(s, ENOMEM);
    if (!s->error && !t->hollow) {
        memcpy(w.temp, t->temp, sizeof w.temp);
        int error = pl_batch_add(pl_output_batch(s->output), &w, s->path);
        t->folder = t->fd = -1;
        t->temp[0] = '\0';
        if (error)
            fail(s, error);
    }
    discard(s);
    errno = s->error;
    return s->error ? PL_STOP : PL_OK;
}

enum pl_status pl_sink_commit(struct pl_sink *s)
{
    enum pl_status st = pl_sink_hand_in(s);
    if (st == PL_OK && pl_output_settle(s->output) != PL_OK) {
        s->error = errno;
        st = PL_STOP;
    }
    return st;
}

void pl_sink_abort(struct pl_sink *s)
{
    if (s->state && s->path)
        pl_output_unused(s->output, s->path);
    discard(s);
    free(s->path);
    s->path = NULL;
}
