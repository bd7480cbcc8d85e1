/*
 * output.c - the folder that all files of a run live in.
 *
 * Layer: core, below sink.c. Names come from stores and are hostile: each part is
 * made safe (filename.c), and each folder is entered with openat() and O_NOFOLLOW
 * from its parent, so that no symbolic link below the output leads out of it.
 *
 * Uniqueness holds on file systems that ignore case, or whether a letter and its accent
 * are one character: a set of 8-byte hashes of the folded paths. When the table of them is
 * full, all go to a set on disk, and those that are asked for come back. Two paths with one
 * hash cost a needless " (2)", nothing else.
 *
 * A nameless file holds a mebibyte in reserve. It goes when the disk is full, so that
 * the ends of the open files, the ledger and run.json still have room.
 */
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "bytes.h"
#include "diskset.h"
#include "text.h"

#define NAME_MOST    256u
#define PATH_MOST    1024u /* of folders; middle ones of a deeper path are left out */
#define RESERVE_SIZE ((off_t)1 << 20)
#define SET_FIRST    256u
#define SET_MOST     ((size_t)1 << 15) /* slots: 512 KiB, at most half of them taken */
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

enum made_kind { NOTHING, A_FILE, A_FOLDER };

struct made {
    uint64_t hash;
    uint32_t next; /* the number to try when this path is asked for again */
    uint32_t kind;
};

struct pl_output {
    char *path;
    int fd, reserve;
    bool force;
    uint64_t ordinal;
    struct pl_batch *batch;
    struct made *set;
    size_t count, room; /* room: a power of two */
    struct pl_diskset *far;
    bool scratch; /* opened with its first file; without folders and names */
    bool hollow;  /* has neither */
    bool unsummed;
    uint64_t number; /* of a scratch output */
};

/* No folder or file of a store gets the name of a file that a run makes for itself. */
static const char *const own_names[] = {
    ".pimlift-files", PL_OUTPUT_WORK, "ledger.db-journal", "ledger.db",   "run.json",
    "report.jsonl",   "report.html",  "sharing.jsonl",     "sharing.csv", "SHA256SUMS",
};

/* --- names that are one ------------------------------------------------------ */

struct fold {
    uint32_t from, to[4];
};

static const struct fold folds[] = {
#define FOLD(from, a, b, c, d) {from, {a, b, c, d}},
#include "fold.def"
#undef FOLD
};

static int fold_compare(const void *key, const void *row)
{
    uint32_t c = *(const uint32_t *)key, from = ((const struct fold *)row)->from;
    return c < from ? -1 : c > from;
}

static void folded_add(struct pl_buf *b, uint32_t c)
{
    if (c < 0x80) {
        pl_buf_putc(b, (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
        return;
    }
    pl_buf_add(b, &c, sizeof c); /* only compared */
}

/* Hangul syllables: Unicode 3.12 */
static void hangul_add(struct pl_buf *b, uint32_t c)
{
    uint32_t s = c - 0xac00;
    folded_add(b, 0x1100 + s / 588);
    folded_add(b, 0x1161 + s % 588 / 28);
    if (s % 28)
        folded_add(b, 0x11a7 + s % 28);
}

static void fold_add(struct pl_buf *b, uint32_t c)
{
    const struct fold *f =
        c < 0x80 ? NULL : bsearch(&c, folds, sizeof folds / sizeof *folds, sizeof *folds, fold_compare);
    if (c >= 0xac00 && c <= 0xd7a3)
        hangul_add(b, c);
    else if (!f)
        folded_add(b, c);
    for (size_t i = 0; f && i < 4 && f->to[i]; i++)
        folded_add(b, f->to[i]);
}

/* Of the path as a file system sees it that ignores case and composition. false: out of memory. */
static bool path_hash(const char *path, uint64_t *hash)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    struct pl_buf folded;
    pl_buf_init(&folded, 16 * (PATH_MOST + NAME_MOST) + 64 * strlen(path));
    for (size_t size = strlen(path), used; size; path += used, size -= used)
        fold_add(&folded, pl_utf8_next((const uint8_t *)path, size, &used));
    bool good = !folded.failed && SHA256((const unsigned char *)(folded.data ? folded.data : ""), folded.size, sum);
    pl_buf_release(&folded);
    *hash = good ? pl_le64(sum) : 0;
    return good;
}

/* --- the set of paths made ------------------------------------------------ */

static struct made *set_slot(struct made *set, size_t room, uint64_t hash)
{
    size_t i = (size_t)hash & (room - 1);
    while (set[i].kind != NOTHING && set[i].hash != hash)
        i = (i + 1) & (room - 1);
    return &set[i];
}

static bool set_grow(struct pl_output *o)
{
    size_t room = o->room ? o->room * 2 : SET_FIRST;
    struct made *set = calloc(room, sizeof *set);
    if (!set)
        return false;
    for (size_t i = 0; i < o->room; i++)
        if (o->set[i].kind != NOTHING)
            *set_slot(set, room, o->set[i].hash) = o->set[i];
    free(o->set);
    o->set = set;
    o->room = room;
    return true;
}

struct far_name {
    char text[20];
};

static struct far_name far_name(uint64_t hash)
{
    struct far_name name;
    snprintf(name.text, sizeof name.text, "%016" PRIx64, hash);
    return name;
}

/* All entries go to the disk. false: no room there, or no memory. */
static bool set_spill(struct pl_output *o)
{
    struct pl_diskset_row there;
    if (!o->far)
        o->far = pl_diskset_new();
    enum pl_status st = o->far ? PL_OK : PL_STOP;
    for (size_t i = 0; i < o->room && st != PL_STOP; i++) {
        const struct made *m = &o->set[i];
        const struct far_name name = far_name(m->hash);
        int64_t number = (int64_t)m->kind << 32 | m->next;
        if (m->kind == NOTHING)
            continue;
        st = pl_diskset_add(o->far, name.text, number, NULL, &there);
        if (st == PL_END && there.number != number)
            st = pl_diskset_replace(o->far, name.text, number, NULL);
    }
    if (st == PL_STOP)
        return false;
    memset(o->set, 0, o->room * sizeof *o->set);
    o->count = 0;
    return true;
}

/* Brings one back. false: the disk can't be read. */
static bool set_fetch(struct pl_output *o, struct made *m)
{
    struct pl_diskset_row there;
    enum pl_status st = pl_diskset_find(o->far, far_name(m->hash).text, &there);
    if (st == PL_OK) {
        m->kind = (uint32_t)(there.number >> 32);
        m->next = (uint32_t)there.number;
        o->count++;
    }
    return st != PL_STOP;
}

/* The entry with that hash; of kind NOTHING when it is new, and then the caller must give it one. NULL: out of
 * memory. Valid until the next call. */
static struct made *set_at(struct pl_output *o, uint64_t hash)
{
    if (o->count * 2 >= o->room && !(o->room < SET_MOST ? set_grow(o) : set_spill(o)))
        return NULL;
    struct made *m = set_slot(o->set, o->room, hash);
    if (m->kind != NOTHING)
        return m;
    m->hash = hash;
    m->next = 2;
    return !o->far || set_fetch(o, m) ? m : NULL;
}

static struct made *set_find(struct pl_output *o, const char *path)
{
    uint64_t hash;
    return path_hash(path, &hash) ? set_at(o, hash) : NULL;
}

static void set_take(struct pl_output *o, struct made *m, enum made_kind kind)
{
    m->kind = kind;
    o->count++;
}

/* --- opening ------------------------------------------------------------- */

static const struct {
    int error;
    const char *why;
} open_errors[] = {
    {ENOTDIR, "this is a file, or a part of the path is; name a folder"},
    {EACCES, "permission denied; name a folder that you may write to"},
    {EPERM, "permission denied; name a folder that you may write to"},
    {EROFS, "the file system is read-only; name a folder elsewhere"},
    {ENOSPC, "the disk is full; name a folder on another one"},
    {EDQUOT, "your disk quota is used up; name a folder on another disk"},
    {ENOTEMPTY, "the folder is not empty; name a new one"},
    {ENAMETOOLONG, "the name is too long; name a shorter one"},
    {ELOOP, "its links lead in a circle; name a folder"},
    {EIO, "the disk reports errors; name a folder on another one"},
    {ENOMEM, "out of memory"},
};

/* Some file systems say so too when they take no folders of anybody, as /proc does. */
static const char *absent_why(const char *path)
{
    struct stat st;
    char *copy = strdup(path);
    const char *why = "the folder above it does not exist; create that first";
    if (lstat(path, &st) == 0)
        why = "this is a link to something that does not exist; name a folder";
    else if (copy && stat(dirname(copy), &st) == 0)
        why = "nothing can be made in the folder above it; name a folder elsewhere";
    free(copy);
    return why;
}

const char *pl_output_why(const char *path, int error)
{
    if (error == ENOENT)
        return absent_why(path);
    for (size_t i = 0; i < sizeof open_errors / sizeof *open_errors; i++)
        if (open_errors[i].error == error)
            return open_errors[i].why;
    return "nothing can be made there; name a folder elsewhere";
}

/* 0, or an errno: ENOTEMPTY. */
static int must_be_empty(int folder)
{
    int fd = openat(folder, ".", FOLDER_FLAGS), error = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        error = errno;
        if (fd >= 0)
            close(fd);
        return error;
    }
    errno = 0;
    for (struct dirent *e; !error && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            error = ENOTEMPTY;
    if (!error)
        error = errno;
    closedir(dir);
    return error;
}

/* Without one, the ends of files just have less of a chance. */
static int reserve_open(int folder)
{
    int fd = openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd >= 0 && fallocate(fd, 0, 0, RESERVE_SIZE) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool own_names_take(struct pl_output *o)
{
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++) {
        struct made *m = set_find(o, own_names[i]);
        if (!m)
            return false;
        if (m->kind == NOTHING)
            set_take(o, m, A_FILE);
    }
    return true;
}

/* The path itself may be a link: it is the user's word. What lies below is not. */
static int folder_open(struct pl_output *o, bool filled)
{
    if (mkdir(o->path, 0700) != 0 && errno != EEXIST)
        return errno;
    o->fd = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->fd < 0)
        return errno;
    if (faccessat(o->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return errno;
    return filled ? 0 : must_be_empty(o->fd);
}

static enum pl_status output_open(const char *path, bool filled, bool force, struct pl_output **out,
                                  const char **why)
{
    struct pl_output *o = calloc(1, sizeof *o);
    int error = ENOMEM;
    *out = NULL;
    if (!o)
        goto failed;
    o->fd = o->reserve = -1;
    o->force = force;
    o->path = strdup(path);
    o->batch = calloc(1, sizeof *o->batch);
    if (!o->path || !o->batch || !own_names_take(o))
        goto failed;
    error = folder_open(o, filled);
    if (error)
        goto failed;
    pl_batch_init(o->batch, o->fd, force);
    o->reserve = reserve_open(o->fd);
    *out = o;
    return PL_OK;

failed:
    pl_output_close(o);
    *why = pl_output_why(path, error);
    errno = error;
    return PL_STOP;
}

enum pl_status pl_output_open(const char *path, bool force, struct pl_output **out, const char **why)
{
    return output_open(path, force, force, out, why);
}

enum pl_status pl_output_reopen(const char *path, struct pl_output **out, const char **why)
{
    return output_open(path, true, false, out, why);
}

/* An output without an open folder. NULL: out of memory. */
static struct pl_output *output_closed(const char *path)
{
    struct pl_output *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->fd = o->reserve = -1;
    o->path = strdup(path);
    o->batch = calloc(1, sizeof *o->batch);
    if (o->path && o->batch) {
        pl_batch_init(o->batch, -1, false);
        return o;
    }
    pl_output_close(o);
    return NULL;
}

enum pl_status pl_output_scratch(const char *path, uint64_t number,
                                 void (*handed)(void *data, const struct pl_file *file, uint64_t number),
                                 void *data, struct pl_output **out)
{
    struct pl_output *o = *out = output_closed(path);
    if (!o)
        return PL_STOP;
    o->scratch = true;
    o->number = number;
    o->batch->handed = handed;
    o->batch->handed_data = data;
    return PL_OK;
}

enum pl_status pl_output_hollow(struct pl_output **out)
{
    *out = output_closed("");
    if (!*out)
        return PL_STOP;
    (*out)->hollow = true;
    return PL_OK;
}

bool pl_output_is_hollow(const struct pl_output *o) { return o->hollow; }
void pl_output_unsummed(struct pl_output *o) { o->unsummed = true; }
bool pl_output_is_unsummed(const struct pl_output *o) { return o->unsummed; }

/* The folder of a scratch output: most folders of a store have no files. 0, or an errno. */
static int root_ensure(struct pl_output *o)
{
    if (!o->scratch || o->fd >= 0)
        return 0;
    int error = own_names_take(o) ? folder_open(o, true) : ENOMEM;
    o->batch->root = o->fd;
    return error;
}

void pl_output_close(struct pl_output *o)
{
    if (!o)
        return;
    pl_output_relieve(o);
    if (o->batch)
        pl_batch_release(o->batch);
    free(o->batch);
    if (o->fd >= 0)
        close(o->fd);
    free(o->set);
    pl_diskset_free(o->far);
    free(o->path);
    free(o);
}

void pl_output_relieve(struct pl_output *o)
{
    if (o->reserve >= 0)
        close(o->reserve);
    o->reserve = -1;
}

const char *pl_output_path(const struct pl_output *o) { return o->path; }
uint64_t pl_output_files(const struct pl_output *o) { return o->batch->files; }
struct pl_batch *pl_output_batch(struct pl_output *o) { return o->batch; }

struct pl_scratch_name pl_scratch_name(uint64_t output, uint64_t file)
{
    struct pl_scratch_name name;
    snprintf(name.text, sizeof name.text, "%" PRIu64 "-%" PRIu64, output, file);
    return name;
}

uint64_t pl_output_temp(struct pl_output *o, char temp[PL_TEMP_SIZE])
{
    uint64_t number = ++o->ordinal;
    if (o->scratch)
        snprintf(temp, PL_TEMP_SIZE, "%s", pl_scratch_name(o->number, number).text);
    else
        snprintf(temp, PL_TEMP_SIZE, ".pimlift-%" PRIu64 ".part", number);
    return number;
}

enum pl_status pl_output_known(struct pl_output *o, const char *path)
{
    char folder[PATH_MOST + NAME_MOST];
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        struct made *above = set_find(o, folder);
        if (!above)
            return PL_STOP;
        if (above->kind == NOTHING)
            set_take(o, above, A_FOLDER);
    }
    struct made *m = set_find(o, path);
    if (m && m->kind == NOTHING)
        set_take(o, m, A_FILE);
    return m ? PL_OK : PL_STOP;
}

/* --- creating -------------------------------------------------------------- */

/* A walk down from the output folder; path ends without a '/'. */
struct walk {
    struct pl_output *o;
    int fd; /* of the folder reached */
    struct pl_buf path;
};

/* Appends name to the path with a number that is not 1, and ext. */
static void path_name(struct walk *w, size_t folder_size, const char *name, uint32_t number, const char *ext)
{
    w->path.size = folder_size;
    if (folder_size > 0)
        pl_buf_putc(&w->path, '/');
    pl_buf_puts(&w->path, name);
    if (number > 1)
        pl_buf_printf(&w->path, " (%u)", number);
    pl_buf_puts(&w->path, ext);
}

static const char *path_end(const struct walk *w, size_t folder_size)
{
    return w->path.data + folder_size + (folder_size > 0);
}

/* May a new file or folder have the path walked to, whose last name is `end`? */
typedef bool (*acceptor)(const struct walk *w, const char *end, const struct made *m);

static bool accept_folder(const struct walk *w, const char *end, const struct made *m)
{
    (void)w;
    (void)end;
    return m->kind != A_FILE;
}

/* A name on the disk that this run did not make is taken too, unless it may be replaced. */
static bool accept_file(const struct walk *w, const char *end, const struct made *m)
{
    struct stat st;
    if (m->kind != NOTHING)
        return false;
    if (w->o->scratch || fstatat(w->fd, end, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    return w->o->force && !S_ISDIR(st.st_mode);
}

static struct made *path_try(struct walk *w, size_t folder_size, const char *name, uint32_t number, const char *ext)
{
    path_name(w, folder_size, name, number, ext);
    return w->path.failed ? NULL : set_find(w->o, w->path.data);
}

/* Extends the path by the first of name, "name (2)" ... that is accepted, and enters it into the set; the entry of
 * the plain name remembers how far files have counted. false: out of memory. */
static bool path_choose(struct walk *w, const char *name, const char *ext, acceptor accept, enum made_kind kind)
{
    size_t folder_size = w->path.size;
    uint32_t number = 1;
    struct made *m = path_try(w, folder_size, name, number, ext);
    uint64_t plain = m ? m->hash : 0;
    if (m && !accept(w, path_end(w, folder_size), m)) {
        number = kind == A_FILE ? m->next : 2;
        while ((m = path_try(w, folder_size, name, number, ext)) && !accept(w, path_end(w, folder_size), m))
            number++;
    }
    if (!m)
        return false;
    if (m->kind == NOTHING)
        set_take(w->o, m, kind);
    m = kind == A_FILE ? set_at(w->o, plain) : m;
    if (m && kind == A_FILE && m->kind != NOTHING)
        m->next = number + 1;
    return m != NULL;
}

/* Goes into a folder, which is made when there is none. 0, or an errno. */
static int enter(struct walk *w, const char *part)
{
    char name[128];
    size_t folder_size = w->path.size;
    pl_text_filename(part, name);
    if (folder_size + strlen(name) + 16 > PATH_MOST)
        return 0;
    if (!path_choose(w, name, "", accept_folder, A_FOLDER))
        return ENOMEM;
    if (w->o->scratch)
        return 0;
    const char *end = path_end(w, folder_size);
    bool made = mkdirat(w->fd, end, 0777) == 0;
    if (!made && errno != EEXIST)
        return errno;
    int touched = made ? pl_batch_touch(w->o->batch, w->path.data, folder_size) : 0;
    if (touched)
        return touched;
    int fd = openat(w->fd, end, FOLDER_FLAGS);
    if (fd < 0)
        return errno;
    close(w->fd);
    w->fd = fd;
    return 0;
}

static int walk_to_file(struct walk *w, const char *const *parts, size_t count, const char *extension)
{
    char name[128];
    int error = root_ensure(w->o);
    if (error)
        return error;
    w->fd = openat(w->o->fd, ".", FOLDER_FLAGS);
    if (w->fd < 0)
        return errno;
    for (size_t i = 0; i + 1 < count && !error; i++)
        error = enter(w, parts[i]);
    if (error)
        return error;
    const char *last = count ? parts[count - 1] : "";
    name[0] = '\0';
    if (last)
        pl_text_filename(last, name);
    return path_choose(w, name, extension, accept_file, A_FILE) ? 0 : ENOMEM;
}

enum pl_status pl_output_create(struct pl_output *o, const char *const *parts, size_t count, const char *extension,
                                struct pl_sink *out)
{
    struct walk w = {.o = o, .fd = -1};
    pl_buf_init(&w.path, PATH_MOST + NAME_MOST);
    int error = o->hollow ? 0 : walk_to_file(&w, parts, count, extension);
    char *path = error ? NULL : strdup(o->hollow ? extension : w.path.data);
    pl_buf_release(&w.path);
    if (path)
        return pl_sink_open(o, w.fd, path, out);
    if (w.fd >= 0)
        close(w.fd);
    *out = (struct pl_sink){.output = o, .error = error ? error : ENOMEM};
    if (error == ENOSPC || error == EDQUOT)
        pl_output_relieve(o);
    errno = out->error;
    return PL_STOP;
}

enum pl_status pl_output_fixed(struct pl_output *o, const char *name, struct pl_sink *out)
{
    *out = (struct pl_sink){.output = o, .error = ENOMEM};
    struct made *m = set_find(o, name);
    char *path = m ? strdup(name) : NULL;
    if (!path) {
        errno = ENOMEM;
        return PL_STOP;
    }
    if (m->kind == NOTHING)
        set_take(o, m, A_FILE);
    int fd = openat(o->fd, ".", FOLDER_FLAGS);
    if (fd >= 0)
        return pl_sink_open(o, fd, path, out);
    out->error = errno;
    free(path);
    return PL_STOP;
}

/* --- files of scratch outputs -------------------------------------------------- */

/* The path up to `end`, in folder[PATH_ROOM]; false: no output makes such a path. */
#define PATH_ROOM (PATH_MOST + NAME_MOST)

static bool path_above(const char *path, const char *end, char folder[PATH_ROOM])
{
    int size = snprintf(folder, PATH_ROOM, "%.*s", (int)(end - path), path);
    return size > 0 && (size_t)size < PATH_ROOM;
}

bool pl_output_is_path(const char *path)
{
    size_t size = strlen(path);
    bool plain = size && size < PATH_ROOM;
    for (const char *at = path; plain; at++) {
        size_t part = strcspn(at, "/");
        plain = part && part < NAME_MOST && (part != 1 || at[0] != '.') && (part != 2 || strncmp(at, "..", 2) != 0);
        at += part;
        if (!*at)
            break;
    }
    return plain;
}

bool pl_output_is_free(struct pl_output *o, const char *path)
{
    char folder[PATH_ROOM];
    struct stat st;
    struct made *m = pl_output_is_path(path) ? set_find(o, path) : NULL;
    bool is_free = m && m->kind == NOTHING;
    for (const char *slash = path; is_free && (slash = strchr(slash, '/')); slash++) {
        m = path_above(path, slash, folder) ? set_find(o, folder) : NULL;
        is_free = m && m->kind != A_FILE;
    }
    if (!is_free || fstatat(o->fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return is_free;
    return o->force && !S_ISDIR(st.st_mode);
}

/* Goes down to the folder of the path, whose names were chosen. A descriptor, or -1 and errno. */
static int walk_adopted(struct pl_output *o, const char *path)
{
    char folder[PATH_ROOM];
    int fd = openat(o->fd, ".", FOLDER_FLAGS), error = 0;
    size_t above = 0;
    for (const char *slash = path; fd >= 0 && (slash = strchr(slash, '/')); slash++) {
        if (!path_above(path, slash, folder)) {
            close(fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        const char *name = folder + above + (above > 0);
        if (mkdirat(fd, name, 0777) == 0)
            error = pl_batch_touch(o->batch, folder, above);
        else if (errno != EEXIST)
            error = errno;
        int next = error ? -1 : openat(fd, name, FOLDER_FLAGS);
        error = next < 0 && !error ? errno : error;
        close(fd);
        fd = next;
        above = (size_t)(slash - path);
        errno = error;
    }
    return fd;
}

static int take_file(struct pl_output *o, int root, const char *name, const struct pl_file *file, int folder)
{
    struct pl_waiting w = {.folder = folder, .fd = -1, .size = file->size};
    memcpy(w.sha256, file->sha256, sizeof w.sha256);
    w.number = pl_output_temp(o, w.temp);
    if (renameat(root, name, folder, w.temp) == 0)
        w.fd = openat(folder, w.temp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (w.fd >= 0)
        return pl_batch_add(o->batch, &w, file->path);
    int error = errno;
    unlinkat(folder, w.temp, 0);
    close(folder);
    return error;
}

enum pl_status pl_output_adopt(struct pl_output *o, int root, const char *name, const struct pl_file *file)
{
    int folder = walk_adopted(o, file->path), error = folder < 0 ? errno : 0;
    if (!error && pl_output_known(o, file->path) != PL_OK)
        error = ENOMEM;
    if (!error && file->whole) {
        error = take_file(o, root, name, file, folder);
    } else if (folder >= 0) {
        pl_output_unused(o, file->path);
        close(folder);
    }
    if (error == ENOSPC || error == EDQUOT)
        pl_output_relieve(o);
    errno = error;
    return error ? PL_STOP : PL_OK;
}
