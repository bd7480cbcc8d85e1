/*
 * exchange_stm.c - the streaming file beside a database: MIME texts as they came, in pages of 4 KiB.
 *
 * It begins with two copies of a header like the database's, of kind 1 and with the same signature; both headers
 * carry the signature of the pair at 252. Pages hold bytes and nothing else; each text begins a page.
 */
#include "exchange_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES_LEAST = 8, SIGN_DB = 24, SIGN_PAIR = 252, SIGN_SIZE = 28, FLAGS = 208, HAS_STM = 4 };

/* PATH without .edb, with .stm. */
static char *beside(const char *path)
{
    size_t size = strlen(path);
    char *out = malloc(size + 5);
    if (!out)
        return NULL;
    memcpy(out, path, size + 1);
    if (size > 4 && !strcmp(path + size - 4, ".edb"))
        size -= 4;
    memcpy(out + size, ".stm", 5);
    return out;
}

void xc_stm_remove(struct ms_writer *w)
{
    char *path = w->x.streaming ? beside(w->path) : NULL;
    if (path)
        unlink(path);
    free(path);
}

int xc_stm_text(struct ms_writer *w, const void *text, size_t size)
{
    static const char zeros[PAGE];
    size_t rest = (PAGE - size % PAGE) % PAGE;
    if (!w->streams && !(w->streams = tmpfile()))
        return xc_fail(w, "no temporary file");
    if ((size && fwrite(text, size, 1, w->streams) != 1) || (rest && fwrite(zeros, rest, 1, w->streams) != 1))
        return xc_fail(w, "temporary file");
    w->stream_size += size + rest;
    return 0;
}

static bool put_header(int fd, uint8_t *header, size_t page)
{
    ese_le32(header, ese_xor(header + 4, page - 4, 0x89abcdef));
    return pwrite(fd, header, page, 0) == (ssize_t)page && pwrite(fd, header, page, (off_t)page) == (ssize_t)page;
}

static bool put_pages(FILE *from, FILE *to)
{
    uint8_t page[PAGE] = {0};
    size_t count = 2;
    if (from)
        rewind(from);
    for (; from && fread(page, PAGE, 1, from) == 1; count++)
        if (fwrite(page, PAGE, 1, to) != 1)
            return false;
    memset(page, 0, PAGE);
    for (; count < PAGES_LEAST; count++)
        if (fwrite(page, PAGE, 1, to) != 1)
            return false;
    return true;
}

/* The header of the database, changed to that of the streaming file. */
static bool put_stm(const struct ms_writer *w, const char *path, uint8_t *header)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    ese_le32(header + 12, 1);
    if (w->x.traits & MS_X_FOREIGN_STM) {
        header[SIGN_DB] ^= 0x5a;
        header[SIGN_PAIR] ^= 0x5a;
    }
    bool good = fseek(f, 2 * PAGE, SEEK_SET) == 0 && put_pages(w->streams, f) && fflush(f) == 0 &&
                put_header(fileno(f), header, PAGE);
    return fclose(f) == 0 && good;
}

int xc_stm_write(struct ms_writer *w)
{
    uint8_t header[PAGE];
    if (!w->x.streaming)
        return 0;
    char *path = beside(w->path);
    int fd = open(w->path, O_RDWR | O_CLOEXEC);
    bool good = path && fd >= 0 && pread(fd, header, PAGE, 0) == PAGE;
    if (good) {
        memcpy(header + SIGN_PAIR, header + SIGN_DB, SIGN_SIZE);
        ese_le32(header + SIGN_PAIR, (uint32_t)ms_mix(w->store->seed, 0x736c76));
        header[FLAGS] |= HAS_STM;
        good = put_header(fd, header, PAGE);
    }
    if (fd >= 0 && close(fd))
        good = false;
    if (good && w->x.traits & MS_X_NO_STM)
        unlink(path); /* of an earlier run: it would be a foreign one */
    else if (good)
        good = put_stm(w, path, header);
    free(path);
    return good ? 0 : xc_fail(w, strerror(errno));
}
