/*
 * exchange_stm.c - what lies beside a database: its streaming file with MIME texts as they came, and log files.
 *
 * Pages of a streaming file hold bytes and nothing else; each text begins a page. Which pages belong to which
 * message the database would say, in columns of a type whose form nobody has published: it does not.
 */
#include "exchange_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES_LEAST = 8 };

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
    if (!w->x.streaming)
        return 0;
    if (!w->streams && !(w->streams = tmpfile()))
        return xc_fail(w, "no temporary file");
    if ((size && fwrite(text, size, 1, w->streams) != 1) || (rest && fwrite(zeros, rest, 1, w->streams) != 1))
        return xc_fail(w, "temporary file");
    w->stream_pages += (uint32_t)((size + rest) / PAGE);
    return 0;
}

static bool put_texts(struct ms_writer *w, const char *path)
{
    uint8_t page[PAGE];
    FILE *f = fopen(path, "r+b");
    if (!f)
        return false;
    bool good = fseek(f, 2 * PAGE, SEEK_SET) == 0;
    rewind(w->streams);
    while (good && fread(page, PAGE, 1, w->streams) == 1)
        good = fwrite(page, PAGE, 1, f) == 1;
    return fclose(f) == 0 && good;
}

static int put_stm(struct ms_writer *w, const char *path)
{
    struct ms_ese_options o = w->options;
    if (w->x.traits & MS_X_FOREIGN_STM)
        o.seed = ~o.seed;
    if (ms_ese_streaming(path, &o, w->stream_pages < PAGES_LEAST ? PAGES_LEAST : w->stream_pages))
        return -1;
    return w->streams && !put_texts(w, path) ? xc_fail(w, strerror(errno)) : 0;
}

/* The first and the last log of those that a dirty database needs: one between them is not there. */
static int put_logs(const struct ms_writer *w)
{
    if (!(w->x.traits & MS_X_LOGS))
        return 0;
    return ms_ese_log(w->path, &w->options, w->options.log_min) ||
                   ms_ese_log(w->path, &w->options, w->options.log_max)
               ? -1
               : 0;
}

int xc_beside_write(struct ms_writer *w)
{
    char *path = beside(w->path);
    int result = path ? put_logs(w) : xc_fail(w, "out of memory");
    if (path && w->x.traits & MS_X_NO_STM)
        unlink(path); /* of an earlier run: it would be a foreign one */
    else if (path && w->x.streaming && !result)
        result = put_stm(w, path);
    free(path);
    return result;
}
