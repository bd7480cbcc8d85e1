/*
 * sums.c - see sums.h.
 *
 * Layer: core, beside sink.c. Digests are those of what sinks wrote, which the ledger keeps for a run that goes on
 * with an earlier one.
 */
#include "sums.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdio.h"
#include "output.h"

#define CHUNK 65536u

int pl_sums_open(int root, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int folder = pl_output_folder(root, path, slash ? (size_t)(slash - path) : 0);
    if (folder < 0)
        return -1;
    int fd = pl_file_open(folder, name, O_NOFOLLOW), error = errno;
    close(folder);
    errno = error;
    return fd;
}

static bool hash_all(int fd, uint8_t *chunk, EVP_MD_CTX *hash, uint8_t sha256[32])
{
    ssize_t n = -1;
    bool ok = chunk && hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    while (ok && (n = read(fd, chunk, CHUNK)) != 0)
        ok = n > 0 ? EVP_DigestUpdate(hash, chunk, (size_t)n) == 1 : errno == EINTR;
    return ok && EVP_DigestFinal_ex(hash, sha256, NULL);
}

bool pl_sums_hash(int root, const char *path, uint8_t sha256[32])
{
    int fd = pl_sums_open(root, path);
    if (fd < 0)
        return false;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    uint8_t *chunk = malloc(CHUNK);
    errno = ENOMEM;
    bool ok = hash_all(fd, chunk, hash, sha256);
    int error = errno;
    free(chunk);
    EVP_MD_CTX_free(hash);
    close(fd);
    errno = error;
    return ok;
}

enum pl_status pl_sums_begin(struct pl_sums *s, struct pl_output *output)
{
    *s = (struct pl_sums){0};
    enum pl_status st = pl_output_fixed(output, PL_SUMS_NAME, &s->sink);
    s->open = st == PL_OK;
    return st;
}

static bool needs_escape(const char *path) { return strpbrk(path, "\\\n\r") != NULL; }

static void path_put(struct pl_sink *sink, const char *path)
{
    for (; *path; path++)
        switch (*path) {
        case '\\': pl_sink_puts(sink, "\\\\"); break;
        case '\n': pl_sink_puts(sink, "\\n"); break;
        case '\r': pl_sink_puts(sink, "\\r"); break;
        default: pl_sink_write(sink, path, 1);
        }
}

static enum pl_status line_put(struct pl_sums *s, const char *path, const uint8_t sum[32])
{
    static const char digits[] = "0123456789abcdef";
    char hex[67];
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = hex[65] = ' ';
    hex[66] = '\0';
    if (needs_escape(path))
        pl_sink_puts(&s->sink, "\\");
    pl_sink_puts(&s->sink, hex);
    path_put(&s->sink, path);
    pl_sink_puts(&s->sink, "\n");
    errno = s->sink.error;
    return s->sink.error ? PL_STOP : PL_OK;
}

enum pl_status pl_sums_put(struct pl_sums *s, const struct pl_file *file)
{
    return file->whole ? line_put(s, file->path, file->sha256) : PL_OK;
}

enum pl_status pl_sums_add(struct pl_sums *s, const char *path)
{
    uint8_t sum[32];
    return pl_sums_hash(pl_output_batch(s->sink.output)->root, path, sum) ? line_put(s, path, sum) : PL_STOP;
}

enum pl_status pl_sums_end(struct pl_sums *s)
{
    enum pl_status st = pl_sink_commit(&s->sink);
    int error = errno;
    pl_sums_abort(s);
    errno = error;
    return st;
}

void pl_sums_abort(struct pl_sums *s)
{
    if (s->open)
        pl_sink_abort(&s->sink);
    s->open = false;
}

/* --- reading ----------------------------------------------------------------- */

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* false: a backslash that escapes nothing. */
static bool unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        char c = *text;
        if (c == '\\') {
            c = *++text;
            if (c != '\\' && c != 'n' && c != 'r')
                return false;
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c);
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

char *pl_sums_line(char *line, uint8_t sha256[32])
{
    bool escaped = *line == '\\';
    line += escaped;
    for (size_t i = 0; i < 32; i++) {
        int high = digit(line[2 * i]), low = high < 0 ? -1 : digit(line[2 * i + 1]);
        if (low < 0)
            return NULL;
        sha256[i] = (uint8_t)(high << 4 | low);
    }
    line += 64;
    if (line[0] != ' ' || (line[1] != ' ' && line[1] != '*') || !line[2])
        return NULL;
    line += 2;
    line[strcspn(line, "\n")] = '\0';
    return !escaped || unescape(line) ? line : NULL;
}
