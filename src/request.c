/*
 * request.c - see request.h.
 *
 * Layer: core, the other half of runlog.c. An option that is missing has its default, and one of another type
 * counts as missing: a file that was edited gives another conversion, which is what verify looks for.
 */
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "sums.h"

#define HEAD_SIZE  4096u
#define FILE_MOST  ((size_t)64 << 20)
#define ARENA_MOST ((size_t)512 << 20)

const char *pl_request_text(struct pl_arena *a, int root, const char *name, size_t *size)
{
    struct stat st;
    char *text = NULL;
    ssize_t got = 0;
    int fd = pl_sums_open(root, name);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size < FILE_MOST)
        text = pl_arena_alloc(a, (size_t)st.st_size + 1);
    if (text)
        got = pl_fd_read(fd, text, (size_t)st.st_size, -1);
    close(fd);
    if (!text || got < 0)
        return NULL;
    text[got] = '\0';
    *size = (size_t)got;
    return text;
}

static bool texts(struct pl_arena *a, const struct pl_json *options, const char *name, const char *const **out,
                  size_t *count)
{
    const struct pl_json *list = pl_json_member(options, name);
    size_t n = 0;
    *out = NULL;
    *count = 0;
    if (!list || list->kind != PL_JSON_LIST)
        return true;
    for (const struct pl_json *i = list->child; i; i = i->next)
        n += i->kind == PL_JSON_TEXT;
    const char **all = pl_arena_zalloc(a, n + 1, sizeof *all);
    if (!all)
        return false;
    n = 0;
    for (const struct pl_json *i = list->child; i; i = i->next)
        if (i->kind == PL_JSON_TEXT)
            all[n++] = i->text;
    *out = all;
    *count = n;
    return true;
}

static int choice(const struct pl_json *options, const char *name, const char *const *words)
{
    const char *text = pl_json_text_of(options, name);
    for (int i = 0; text && words[i]; i++)
        if (!strcmp(words[i], text))
            return i;
    return 0;
}

static bool fill(struct pl_request *r)
{
    static const char *const layouts[] = {"folder", "item", NULL};
    static const char *const attachments[] = {"inline", "files", "none", NULL};
    const struct pl_json *o = pl_json_member(r->run, "options");
    struct pl_convert_options *to = &r->options;
    bool ok = texts(&r->arena, o, "store", &to->stores, &to->store_count) &&
              texts(&r->arena, o, "to", &to->to, &to->to_count) &&
              texts(&r->arena, o, "folder", &to->folders, &to->folder_count) &&
              texts(&r->arena, o, "owner", &to->owners, &to->owner_count) &&
              texts(&r->arena, o, "identity_map", &to->maps, &to->map_count);
    const struct pl_json *since = pl_json_member(o, "since");
    if (since && since->kind == PL_JSON_NUMBER) {
        r->since_utc = since->number;
        to->since_utc = &r->since_utc;
    }
    int64_t codepage = pl_json_number_of(o, "codepage", 0);
    to->codepage = codepage > 0 && codepage <= UINT16_MAX ? (unsigned)codepage : 0;
    to->reader = pl_json_text_of(o, "reader");
    to->default_tz = pl_json_text_of(o, "default_tz");
    to->edb_profile = pl_json_text_of(o, "edb_profile");
    to->writer.per_item = choice(o, "layout", layouts) == 1;
    to->writer.attachments = (enum pl_attachments)choice(o, "attachments", attachments);
    to->writer.vcard = pl_json_number_of(o, "vcard", 30) == 40 ? 40 : 30;
    to->learn = pl_json_true_of(o, "learn");
    to->recover = pl_json_true_of(o, "recover");
    to->hash = pl_json_true_of(o, "hash");
    return ok;
}

enum pl_status pl_request_read(const char *dir, struct pl_request *out, const char **why)
{
    size_t size = 0;
    *out = (struct pl_request){0};
    pl_arena_init(&out->arena, ARENA_MOST);
    int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *why = "there is no such folder, or it can't be read";
    if (root < 0)
        return PL_STOP;
    const char *text = pl_request_text(&out->arena, root, "run.json", &size);
    close(root);
    out->run = text ? pl_json_parse(&out->arena, text, size) : NULL;
    const char *tool = pl_json_text_of(out->run, "tool");
    bool mine = tool && !strcmp(tool, "pimlift") && pl_json_number_of(out->run, "v", 0) == 1;
    *why = !text ? "there is no run.json in it that can be read: not an output folder of convert, or of a run that "
                   "was killed"
           : mine ? "out of memory"
                  : "its run.json is not one of pimlift";
    return mine && fill(out) ? PL_OK : PL_STOP;
}

/* --- stores --------------------------------------------------------------------------- */

static bool hash_matches(int fd, uint64_t size, const char *hex)
{
    uint8_t chunk[65536], sum[EVP_MAX_MD_SIZE];
    char text[65] = "";
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool ok = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    for (uint64_t at = 0; ok && at < size;) {
        size_t want = size - at < sizeof chunk ? (size_t)(size - at) : sizeof chunk;
        ssize_t n = pl_fd_read(fd, chunk, want, (off_t)at);
        ok = n > 0 && EVP_DigestUpdate(hash, chunk, (size_t)n);
        at += ok ? (uint64_t)n : 0;
    }
    ok = ok && EVP_DigestFinal_ex(hash, sum, NULL);
    EVP_MD_CTX_free(hash);
    for (size_t i = 0; ok && i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
    return ok && !strcmp(text, hex);
}

const char *pl_request_store_fault(const struct pl_request *r, const char *path, const char **code)
{
    const struct pl_json *list = pl_json_member(r->run, "stores"), *store = list ? list->child : NULL;
    const char *name;
    while (store && (!(name = pl_json_text_of(store, "path")) || strcmp(name, path) != 0))
        store = store->next;
    const char *head = pl_json_text_of(store, "sha256_head"), *all = pl_json_text_of(store, "sha256");
    int64_t size = pl_json_number_of(store, "size", -1);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *code = "store.missing";
    if (fd < 0)
        return strerrordesc_np(errno);
    *code = "store.changed";
    const char *fault = fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ? "no file" : NULL;
    if (!fault && st.st_size != size)
        fault = "it has another size than when it was read";
    if (!fault && (!head || !hash_matches(fd, (uint64_t)(size < (int64_t)HEAD_SIZE ? size : HEAD_SIZE), head)))
        fault = "its first 4096 bytes are not those that were read";
    if (!fault && all && !hash_matches(fd, (uint64_t)size, all))
        fault = "its bytes are not those that were read (SHA-256)";
    close(fd);
    return fault;
}

void pl_request_release(struct pl_request *r) { pl_arena_release(&r->arena); }
