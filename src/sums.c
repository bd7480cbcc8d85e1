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

#include "buf.h"
#include "digest.h"
#include "fdio.h"
#include "output.h"

#define CHUNK     65536u
#define LINE_MOST ((size_t)64 << 10)

const char *const pl_sums_books[] = {"ledger.db", "report.jsonl", "run.json", NULL};

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

static void path_put(struct pl_buf *b, const char *path)
{
    for (; *path; path++)
        switch (*path) {
        case '\\': pl_buf_puts(b, "\\\\"); break;
        case '\n': pl_buf_puts(b, "\\n"); break;
        case '\r': pl_buf_puts(b, "\\r"); break;
        default: pl_buf_putc(b, *path);
        }
}

static void line_make(struct pl_buf *b, const char *path, const uint8_t sum[32])
{
    char digits[PL_DIGEST_DIGITS + 1];
    pl_buf_init(b, LINE_MOST);
    pl_digest_text(sum, digits);
    pl_buf_puts(b, strpbrk(path, "\\\n\r") ? "\\" : "");
    pl_buf_puts(b, digits);
    pl_buf_puts(b, "  ");
    path_put(b, path);
    pl_buf_putc(b, '\n');
}

static enum pl_status line_put(struct pl_sums *s, const char *path, const uint8_t sum[32])
{
    struct pl_buf line;
    line_make(&line, path, sum);
    if (!line.failed)
        pl_sink_write(&s->sink, line.data, line.size);
    int error = line.failed ? ENOMEM : s->sink.error;
    pl_buf_release(&line);
    errno = error;
    return error ? PL_STOP : PL_OK;
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

enum pl_status pl_sums_next(FILE *list, const char *path, const uint8_t sha256[32])
{
    struct pl_buf line;
    line_make(&line, path, sha256);
    char *read = line.failed ? NULL : malloc(line.size);
    bool same = read && fread(read, 1, line.size, list) == line.size && !memcmp(read, line.data, line.size);
    bool failed = !read || ferror(list);
    free(read);
    pl_buf_release(&line);
    return same ? PL_OK : failed ? PL_STOP : PL_END;
}

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
    if (!pl_digest_read(line, sha256))
        return NULL;
    line += PL_DIGEST_DIGITS;
    if (line[0] != ' ' || (line[1] != ' ' && line[1] != '*') || !line[2])
        return NULL;
    line += 2;
    line[strcspn(line, "\n")] = '\0';
    return !escaped || unescape(line) ? line : NULL;
}
