/*
 * verify.c - see verify.h.
 *
 * Layer: formats. The folder is walked step by step and no link is followed, because whoever changed it may have
 * put one there.
 */
#include "verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "digest.h"
#include "fdio.h"
#include "objects.h"
#include "request.h"
#include "share/merge.h"
#include "sums.h"

#define DEPTH_MOST   128
#define PATH_MOST    65536u
#define TEXT_MOST    500
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct verifying {
    const struct pl_verify_options *o;
    struct pl_verify_result *result;
    struct pl_request request;
    struct pl_proof *proof;
    int root;
    bool failed;      /* something could not be kept */
    const char *file; /* whose objects are read */
};

static void differs(void *data, const struct pl_difference *d)
{
    struct verifying *v = data;
    v->result->differences++;
    v->o->difference(v->o->difference_data, d);
}

static bool interrupted(const struct verifying *v) { return v->o->interrupted && *v->o->interrupted; }

static enum pl_status stop(struct verifying *v, enum pl_status st, const char *what, const char *why)
{
    snprintf(v->result->why_text, sizeof v->result->why_text, "%.200s: %.280s", what, why);
    v->result->why = v->result->why_text;
    return st;
}

/* --- the folder ------------------------------------------------------------------- */

static void walk(struct verifying *v, int fd, struct pl_buf *path, int depth);

static void entry(struct verifying *v, int folder, struct pl_buf *path, const char *name, int depth)
{
    size_t before = path->size;
    uint8_t sum[32];
    if (before)
        pl_buf_putc(path, '/');
    pl_buf_puts(path, name);
    int below = depth < DEPTH_MOST ? openat(folder, name, FOLDER_FLAGS) : -1;
    if (below >= 0) {
        walk(v, below, path, depth + 1);
    } else if (!path->failed) {
        bool good = pl_sums_hash(v->root, path->data, sum);
        v->result->files++;
        v->result->page |= !strcmp(path->data, "report.html");
        v->failed |= pl_proof_path(v->proof, PL_PROOF_DISK, path->data, good ? sum : NULL) != PL_OK;
    }
    v->failed |= path->failed;
    path->size = before;
    if (path->data)
        path->data[before] = '\0';
}

/* Takes the descriptor over. */
static void walk(struct verifying *v, int fd, struct pl_buf *path, int depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        v->failed = true;
        return;
    }
    while (!v->failed && !interrupted(v)) {
        errno = 0;
        struct dirent *e = readdir(dir);
        v->failed |= !e && errno;
        if (!e)
            break;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            entry(v, dirfd(dir), path, e->d_name, depth);
    }
    closedir(dir);
}

static void folder_read(struct verifying *v)
{
    struct pl_buf path;
    int fd = openat(v->root, ".", FOLDER_FLAGS);
    pl_buf_init(&path, PATH_MOST);
    if (fd >= 0)
        walk(v, fd, &path, 0);
    v->failed |= fd < 0;
    pl_buf_release(&path);
}

static void sum_told(struct verifying *v, const char *path, enum pl_status st)
{
    if (st == PL_WARN)
        differs(v, &(struct pl_difference){.code = "sums.line", .file = path, .text = "listed more than once"});
    v->failed |= st != PL_OK && st != PL_WARN;
}

/* What has that name is no file of its own, or may not be read: the folder's check tells. */
static bool is_told(int error)
{
    return error == ENOENT || error == ELOOP || error == EINVAL || error == EISDIR || error == ENXIO ||
           error == EACCES;
}

/* All lines of SHA256SUMS in that folder. A line that is none is a difference. */
static void sums_read(struct verifying *v, int root, enum pl_proof_place place)
{
    static const size_t most = 2 * PATH_MAX + 2 * PL_DIGEST_DIGITS; /* escaped, each octet may be two */
    FILE *file = pl_file_stream(root, PL_SUMS_NAME, O_NOFOLLOW);
    v->failed |= !file && !is_told(errno);
    char *line = file ? malloc(most) : NULL;
    size_t size = 0;
    uint8_t sum[32];
    v->failed |= file && !line;
    while (line && !v->failed && pl_line_fit(file, line, most, &size)) {
        const char *path = size < most && strlen(line) == size ? pl_sums_line(line, sum) : NULL;
        if (!path)
            differs(v,
                    &(struct pl_difference){.code = "sums.line", .file = PL_SUMS_NAME, .text = "not a line of it"});
        else
            sum_told(v, path, pl_proof_path(v->proof, place, path, sum));
    }
    free(line);
    v->failed |= file && ferror(file);
    if (file)
        fclose(file);
}

/* --- objects ----------------------------------------------------------------------- */

static void object_found(void *data, const struct pl_object *object)
{
    struct verifying *v = data;
    v->result->objects++;
    v->failed |= pl_proof_object(v->proof, v->file, object->uid, object->sha256) != PL_OK;
}

static bool objects_of(void *data, const char *path)
{
    struct verifying *v = data;
    size_t size = strlen(path);
    int fd = pl_sums_open(v->root, path);
    if (fd < 0)
        return true; /* told by the folder's check */
    v->file = path;
    enum pl_status st = pl_objects_read(fd, size > 4 && !strcmp(path + size - 4, ".vcf"), object_found, v);
    close(fd);
    if (st == PL_WARN)
        differs(v, &(struct pl_difference){.code = "file.syntax",
                                           .file = path,
                                           .text = "what begins in it does not end, or is not whole"});
    v->failed |= st == PL_STOP;
    return !v->failed && !interrupted(v);
}

/* --- what was read ---------------------------------------------------------------------- */

static void file_same(struct verifying *v, const struct pl_json *told, const char *store, const char *missing,
                      const char *changed)
{
    bool gone;
    char text[TEXT_MOST];
    const char *path = pl_json_text_of(told, "path"), *fault = pl_request_file_fault(told, &gone);
    if (!fault)
        return;
    bool own = !store || !path || !strcmp(store, path);
    snprintf(text, sizeof text, "%s%s%s", own ? "" : path, own ? "" : ": ", fault);
    differs(v,
            &(struct pl_difference){.code = gone ? missing : changed, .store = store ? store : path, .text = text});
}

static const struct pl_json *first_of(const struct pl_json *object, const char *list)
{
    const struct pl_json *all = pl_json_member(object, list);
    return all ? all->child : NULL;
}

static void run_differs(struct verifying *v, const char *name, const char *how)
{
    char text[200];
    snprintf(text, sizeof text, "%.100s: %s", name, how);
    differs(v, &(struct pl_difference){.code = "run.differs", .file = "run.json", .text = text});
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A run reads a store once. Who names one again and again wants it read for ever. */
static bool are_named_once(struct verifying *v)
{
    const struct pl_convert_options *o = &v->request.options;
    const char **names = pl_arena_zalloc(&v->request.arena, o->store_count + 1, sizeof *names);
    bool once = names != NULL;
    for (size_t i = 0; names && i < o->store_count; i++)
        names[i] = o->stores[i];
    if (names)
        qsort(names, o->store_count, sizeof *names, by_text);
    for (size_t i = 1; once && i < o->store_count; i++)
        once = strcmp(names[i - 1], names[i]) != 0;
    v->failed |= !names;
    if (names && !once)
        run_differs(v, "store", "names one more than once");
    return once;
}

/* false: at least one of the stores, or of what was read beside them, is not what it was. */
static bool sources_same(struct verifying *v)
{
    uint64_t before = v->result->differences;
    for (const struct pl_json *s = v->request.merged ? NULL : first_of(v->request.run, "stores"); s; s = s->next) {
        const char *path = pl_json_text_of(s, "path");
        file_same(v, s, path, "store.missing", "store.changed");
        for (const struct pl_json *b = first_of(s, "beside"); b; b = b->next)
            file_same(v, b, path, "store.missing", "store.changed");
    }
    for (const struct pl_json *m = first_of(v->request.run, "identity_maps"); m; m = m->next)
        file_same(v, m, NULL, "idmap.missing", "idmap.changed");
    return before == v->result->differences;
}

/* --- once more -------------------------------------------------------------------------- */

/* How often a run read depends on its memory and jobs. */
static bool is_of_the_run(const char *name, bool resumed)
{
    return name && (!strcmp(name, "bytes_read") || !strcmp(name, "reads") || (resumed && !strcmp(name, "resumed")));
}

/* The totals of a run that was stopped are those of its ledger; it may not have told all stores. */
static bool is_of_the_rest(const char *name)
{
    static const char *const names[] = {"seen", "written", "filtered", "lost", "warnings", "files", "stopped"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name && !strcmp(name, names[i]))
            return true;
    return false;
}

static bool text_same(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

/* The first name below which two values differ; NULL: none. a is of the run that `r` tells of. */
static const char *json_differs(const struct pl_json *a, const struct pl_json *b, const char *name,
                                const struct pl_verify_result *r)
{
    bool totals = name && !strcmp(name, "totals"), fewer = r->part && name && !strcmp(name, "stores");
    for (; a && b; a = a->next, b = b->next) {
        while (fewer && b->next && !text_same(pl_json_text_of(a, "path"), pl_json_text_of(b, "path")))
            b = b->next; /* one that was being opened has not been told */
        const char *here = a->name ? a->name : name, *below;
        bool twins = text_same(a->name, b->name);
        bool same = twins && a->kind == b->kind && (a->kind != PL_JSON_TEXT || text_same(a->text, b->text)) &&
                    a->number == b->number && a->inexact == b->inexact;
        if (twins && a->kind == b->kind && totals &&
            (is_of_the_run(a->name, r->resumed) || (r->part && is_of_the_rest(a->name))))
            continue;
        if (!same)
            return here ? here : "";
        if ((below = json_differs(a->child, b->child, here, r)))
            return below;
    }
    if (!a && fewer)
        return NULL;
    return a || b ? (name ? name : "") : NULL;
}

static void run_compare(struct verifying *v)
{
    struct pl_request now;
    const char *why;
    if (pl_request_read(v->o->scratch, &now, &why) == PL_OK) {
        const char *name = json_differs(v->request.run, now.run, NULL, v->result);
        if (name)
            run_differs(v, name, "not what the stores and the options give");
    } else {
        v->failed = true;
    }
    pl_request_release(&now);
}

/* Where run.json says what the ledger says too. */
static void run_against_ledger(struct verifying *v)
{
    const struct pl_json *t = pl_json_member(v->request.run, "totals");
    const struct pl_totals *l = &v->result->totals;
    const struct {
        const char *name;
        uint64_t n;
    } numbers[] = {{"seen", l->seen}, {"written", l->written}, {"filtered", l->filtered}, {"lost", l->lost}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (pl_json_number_of(t, numbers[i].name, -1) != (int64_t)numbers[i].n)
            run_differs(v, numbers[i].name, "not what the ledger has");
    const struct pl_json *stopped = pl_json_member(t, "stopped");
    if (v->request.merged != pl_proof_merged(v->proof))
        run_differs(v, "merged", "not what the ledger has");
    if (v->request.merged) /* a run of it may have been stopped */
        return;
    if (!stopped || stopped->kind != PL_JSON_BOOL || (stopped->number != 0) != v->result->part)
        run_differs(v, "stopped",
                    v->result->part ? "by the ledger the run was stopped" : "by the ledger it came to its end");
    const struct pl_json *resumed = pl_json_member(t, "resumed");
    if (v->result->resumed && (!resumed || resumed->kind != PL_JSON_BOOL || !resumed->number))
        run_differs(v, "resumed", "by the ledger the run went on with another one");
}

/* run.json names what is compared with, so people have to see what that was. */
static void tell_read(struct verifying *v)
{
    const struct pl_request *r = &v->request;
    const char *const *names = r->merged ? r->dirs : r->options.stores;
    size_t count = r->merged ? r->dir_count : r->options.store_count;
    char *out = v->result->read;
    size_t used = 0, room = sizeof v->result->read - 40;
    for (size_t i = 0; i < count; i++) {
        int n = snprintf(out + used, room - used, "%s%s", i ? ", " : "", names[i]);
        if (n < 0 || (size_t)n >= room - used) {
            snprintf(out + used, sizeof v->result->read - used, i ? " and %zu more" : "%zu", count - i);
            return;
        }
        used += (size_t)n;
    }
}

static void again_fails(struct verifying *v, const char *why)
{
    differs(v, &(struct pl_difference){.code = "run.again", .file = "run.json", .text = why});
}

static enum pl_status convert_again(struct verifying *v, const struct pl_reader_ops *const *readers,
                                    const struct pl_writer_ops *const *writers)
{
    struct pl_convert_options options = v->request.options;
    struct pl_convert_result result;
    options.output = v->o->scratch;
    options.memory = v->o->memory;
    options.progress = v->o->progress;
    options.progress_data = v->o->progress_data;
    options.interrupted = v->o->interrupted;
    enum pl_status st = pl_convert(&options, readers, writers, &result);
    if (result.started && result.stopped)
        return stop(v, PL_STOP, v->o->scratch,
                    interrupted(v) ? "interrupted" : "no room to convert the stores again: set TMPDIR");
    v->result->again = result.started && st == PL_OK;
    if (!v->result->again)
        again_fails(v, result.why ? result.why : "its options can't be repeated");
    return PL_OK;
}

struct last_words {
    char text[TEXT_MOST];
};

static void hear(void *data, const char *line)
{
    snprintf(((struct last_words *)data)->text, TEXT_MOST, "%s", line);
}

static enum pl_status merge_again(struct verifying *v)
{
    struct last_words heard = {"it names no folders"};
    struct pl_merge_result result;
    const struct pl_merge_options options = {.dirs = v->request.dirs,
                                             .count = v->request.dir_count,
                                             .output = v->o->scratch,
                                             .maps = v->request.options.maps,
                                             .map_count = v->request.options.map_count,
                                             .say = hear,
                                             .data = &heard,
                                             .interrupted = v->o->interrupted};
    enum pl_status st = options.count ? pl_merge(&options, &result) : PL_LOST;
    if (st == PL_STOP)
        return stop(v, PL_STOP, v->o->scratch, interrupted(v) ? "interrupted" : heard.text);
    v->result->again = st == PL_OK;
    if (!v->result->again)
        again_fails(v, heard.text);
    return PL_OK;
}

/* A file of the output, and the one that was made again, line by line. */
struct pair {
    FILE *was, *now; /* NULL: it is not there */
    char *line, *other;
    size_t size, more;
};

#define LINE_MOST ((size_t)4 << 20) /* no run writes a longer one: its rest is not compared */

static struct pair pair_open(const struct verifying *v, int again, const char *name)
{
    struct pair p = {.line = malloc(LINE_MOST), .other = malloc(LINE_MOST)};
    if (!p.line || !p.other)
        return p;
    p.was = pl_file_stream(v->root, name, O_NOFOLLOW);
    p.now = pl_file_stream(again, name, O_NOFOLLOW);
    return p;
}

static bool pair_same(const struct pair *p)
{
    return p->size == p->more && p->size < LINE_MOST && !memcmp(p->line, p->other, p->size);
}

static void pair_close(struct verifying *v, struct pair *p)
{
    v->failed |= !p->line || !p->other || (p->was && ferror(p->was)) || (p->now && ferror(p->now));
    free(p->line);
    free(p->other);
    if (p->was)
        fclose(p->was);
    if (p->now)
        fclose(p->now);
}

/* Of a run that was stopped: lines of the whole one, in its order. */
static void lines_compare(struct verifying *v, int again, const char *name)
{
    struct pair p = pair_open(v, again, name);
    bool same = true;
    while (p.was && same && pl_line_fit(p.was, p.line, LINE_MOST, &p.size)) {
        do
            same = p.now && pl_line_fit(p.now, p.other, LINE_MOST, &p.more);
        while (same && !pair_same(&p));
    }
    pair_close(v, &p);
    if (!same)
        differs(v, &(struct pl_difference){
                       .code = "file.differs", .file = name, .text = "it has a line that the stores do not give"});
}

/* But for the digest. */
static bool same_form(const char *a, const char *b, size_t size)
{
    size_t digest = *a == '\\' ? 65 : 64;
    return size > digest && (*a == '\\') == (*b == '\\') && !memcmp(a + digest, b + digest, size - digest);
}

/* SHA256SUMS names the same files in the same order and form; digests are compared elsewhere. */
static void sums_form(struct verifying *v, int again)
{
    struct pair p = pair_open(v, again, PL_SUMS_NAME);
    bool there = p.was, same = p.was && p.now, more = true;
    v->failed |= !p.now;
    while (same && more) {
        more = pl_line_fit(p.was, p.line, LINE_MOST, &p.size);
        same = pl_line_fit(p.now, p.other, LINE_MOST, &p.more) == more &&
               (!more || (p.size == p.more && p.size < LINE_MOST && same_form(p.line, p.other, p.size)));
    }
    pair_close(v, &p);
    if (there && !same) /* that it is not there is told elsewhere */
        differs(v, &(struct pl_difference){.code = "sums.line",
                                           .file = PL_SUMS_NAME,
                                           .text = "not in the form in which a run writes it"});
}

static enum pl_status compare_again(struct verifying *v)
{
    char ledger[PATH_MAX];
    int n = snprintf(ledger, sizeof ledger, "%s/ledger.db", v->o->scratch);
    int fd = n > 0 && n < PATH_MAX ? open(v->o->scratch, FOLDER_FLAGS) : -1;
    if (fd < 0)
        return PL_STOP;
    sums_read(v, fd, PL_PROOF_NOW);
    if (v->result->part) {
        lines_compare(v, fd, "sharing.jsonl");
        lines_compare(v, fd, "sharing.csv");
    } else {
        sums_form(v, fd);
    }
    close(fd);
    run_compare(v);
    return pl_proof_again(v->proof, ledger, differs, v);
}

/* --- all of it ----------------------------------------------------------------------------- */

static void run_read(struct verifying *v)
{
    struct pl_verify_result *r = v->result;
    pl_proof_totals(v->proof, &r->totals);
    r->part = pl_proof_part(v->proof);
    r->resumed = pl_proof_resumed(v->proof);
    r->merged = v->request.merged;
    char *ledger = pl_proof_version(v->proof);
    if (ledger && strcmp(ledger, PL_VERSION) != 0)
        snprintf(r->version, sizeof r->version, "%s", ledger);
    free(ledger);
}

static void ledger_length(struct verifying *v)
{
    struct stat st;
    if (fstatat(v->root, "ledger.db", &st, 0) == 0 && st.st_size != pl_proof_bytes(v->proof))
        differs(v, &(struct pl_difference){
                       .code = "ledger.differs", .file = "ledger.db", .text = "bytes behind its last page"});
}

/* What no table has, and SQLite lets stand: see its "Database File Format", 1.3. A ledger that SQLite wrote has no
 * size of its cache and no vacuum by itself, zeros where nothing has a meaning yet, in both counters the same
 * number, UTF-8, the form of today, and no count of free pages without any. */
static void ledger_header(struct verifying *v)
{
    static const uint8_t nothing[20] = {0};
    static const uint8_t four[4] = {0, 0, 0, 4}, one[4] = {0, 0, 0, 1};
    enum {
        CHANGES = 24,
        FREE = 32,
        FREE_COUNT = 36,
        SCHEMA = 44,
        ENCODING = 56,
        CACHE = 48,
        VACUUM = 52,
        INCREMENTAL = 64,
        ROOM = 72,
        VALID_FOR = 92,
        SIZE = 100
    };
    uint8_t header[SIZE];
    int fd = pl_sums_open(v->root, "ledger.db");
    if (fd < 0 && is_told(errno))
        return;
    bool read = fd >= 0 && pl_fd_read(fd, header, sizeof header, 0) == SIZE;
    if (fd >= 0)
        close(fd);
    v->failed |= !read;
    if (read && (memcmp(header + CACHE, nothing, 4) != 0 || memcmp(header + ROOM, nothing, sizeof nothing) != 0 ||
                 memcmp(header + VACUUM, nothing, 4) != 0 || memcmp(header + INCREMENTAL, nothing, 4) != 0 ||
                 memcmp(header + CHANGES, header + VALID_FOR, 4) != 0 || memcmp(header + SCHEMA, four, 4) != 0 ||
                 memcmp(header + ENCODING, one, 4) != 0 ||
                 !memcmp(header + FREE, nothing, 4) != !memcmp(header + FREE_COUNT, nothing, 4)))
        differs(v, &(struct pl_difference){.code = "ledger.differs",
                                           .file = "ledger.db",
                                           .text = "its header is not as SQLite writes it"});
}

static enum pl_status output_side(struct verifying *v)
{
    folder_read(v);
    sums_read(v, v->root, PL_PROOF_LISTED);
    run_against_ledger(v);
    ledger_length(v);
    ledger_header(v);
    enum pl_status st = v->failed ? PL_STOP : pl_proof_books(v->proof, differs, v);
    if (st == PL_OK)
        st = pl_proof_folder(v->proof, differs, v);
    if (st == PL_OK)
        st = pl_proof_files(v->proof, objects_of, v);
    if (st == PL_OK && !v->failed)
        st = pl_proof_objects(v->proof, differs, v);
    return v->failed ? PL_STOP : st;
}

static enum pl_status verify(struct verifying *v, const struct pl_reader_ops *const *readers,
                             const struct pl_writer_ops *const *writers)
{
    enum pl_status st = output_side(v);
    if (st == PL_OK && v->o->scratch && are_named_once(v) && sources_same(v)) {
        st = v->request.merged ? merge_again(v) : convert_again(v, readers, writers);
        tell_read(v);
        if (st == PL_OK && v->result->again)
            st = compare_again(v);
    }
    if (interrupted(v))
        return stop(v, PL_STOP, v->o->dir, "interrupted");
    if ((st != PL_OK || v->failed) && !v->result->why && pl_proof_fault(v->proof)) {
        differs(v, &(struct pl_difference){
                       .code = "ledger.corrupt", .file = "ledger.db", .text = pl_proof_fault(v->proof)});
        return PL_WARN;
    }
    if ((st != PL_OK || v->failed) && !v->result->why)
        return stop(v, PL_STOP, v->o->dir, "it could not be compared: no room in TMPDIR, or it can't be read");
    return st != PL_OK ? st : v->result->differences ? PL_WARN : PL_OK;
}

static enum pl_status books_open(struct verifying *v)
{
    char ledger[PATH_MAX];
    const char *why = "the path is too long";
    int n = snprintf(ledger, sizeof ledger, "%s/ledger.db", v->o->dir);
    if (n < 0 || n >= PATH_MAX || pl_request_read(v->o->dir, &v->request, &why) != PL_OK)
        return stop(v, PL_LOST, v->o->dir, why);
    v->root = open(v->o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    v->proof = v->root < 0 ? NULL : pl_proof_open(ledger, &why);
    if (!v->proof)
        return stop(v, PL_LOST, ledger, why);
    run_read(v);
    return PL_OK;
}

enum pl_status pl_verify(const struct pl_verify_options *o, const struct pl_reader_ops *const *readers,
                         const struct pl_writer_ops *const *writers, struct pl_verify_result *out)
{
    struct verifying v = {.o = o, .result = out, .root = -1};
    *out = (struct pl_verify_result){0};
    enum pl_status st = books_open(&v);
    if (st == PL_OK)
        st = verify(&v, readers, writers);
    pl_proof_free(v.proof);
    if (v.root >= 0)
        close(v.root);
    pl_request_release(&v.request);
    return st;
}
