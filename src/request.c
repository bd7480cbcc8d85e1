/*
 * request.c - see request.h.
 *
 * Layer: core, the other half of runlog.c. An option that is missing has its default, and one of another type
 * counts as missing: a file that was edited gives another conversion, which is what verify looks for.
 */
#include "request.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "fingerprint.h"
#include "sums.h"

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
              texts(&r->arena, o, "identity_map", &to->maps, &to->map_count) &&
              texts(&r->arena, o, "dir", &r->dirs, &r->dir_count);
    r->merged = pl_json_true_of(r->run, "merged");
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

/* --- what was read --------------------------------------------------------------------- */

const struct pl_json *pl_request_store(const struct pl_request *r, const char *path)
{
    const struct pl_json *list = pl_json_member(r->run, "stores"), *store = list ? list->child : NULL;
    const char *name;
    while (store && (!(name = pl_json_text_of(store, "path")) || strcmp(name, path) != 0))
        store = store->next;
    return store;
}

static const char *print_differs(struct pl_source *file, const struct pl_json *told)
{
    const char *head = pl_json_text_of(told, "sha256_head"), *all = pl_json_text_of(told, "sha256");
    const char *sample = pl_json_text_of(told, "sha256_sample");
    struct pl_fingerprint now;
    if (pl_json_number_of(told, "size", -1) != (int64_t)file->size)
        return "it has another size than when it was read";
    if (pl_fingerprint(file, all != NULL, &now) != PL_OK)
        return file->error ? pl_source_why(file->error) : "out of memory";
    if (!head || strcmp(head, now.head) != 0)
        return "its first 4096 bytes are not those that were read";
    if (!sample || strcmp(sample, now.sample) != 0)
        return "its bytes are not those that were read (of a sample of it)";
    return all && strcmp(all, now.whole) != 0 ? "its bytes are not those that were read (SHA-256)" : NULL;
}

const char *pl_request_file_fault(const struct pl_json *told, bool *missing)
{
    const char *path = pl_json_text_of(told, "path"), *why = "run.json does not tell which file it was";
    struct pl_source file;
    *missing = false;
    if (!path)
        return why;
    if (pl_source_open(&file, path, &why) != PL_OK) {
        *missing = file.error != 0;
        return why;
    }
    why = print_differs(&file, told);
    pl_source_close(&file);
    return why;
}

void pl_request_release(struct pl_request *r) { pl_arena_release(&r->arena); }
