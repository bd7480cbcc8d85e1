/*
 * resume_files.c - the files of the run that is gone on with.
 *
 * Layer: core, beside resume.c. What somebody changed or took away meanwhile can't be made again without the
 * folders before it, so it is not passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "setup.h"
#include "sums.h"

struct taking {
    struct pl_run *run;
    enum pl_status status;
};

static bool is_beyond(const struct pl_run *run, const char *path)
{
    for (const struct pl_writer_ops *const *w = run->known_writers; *w; w++) {
        const char *glob = (*w)->beyond;
        if (glob && fnmatch(glob, path, FNM_PATHNAME) == 0)
            return true;
    }
    return false;
}

/* --- are they as they were written? ------------------------------------------------------ */

struct looking {
    struct pl_run *run;
    int root;
    FILE *sums; /* of a run that came to its end; NULL: it is to be gone on with */
    char changed[PATH_MAX];
};

static bool is_empty(const uint8_t sha256[32])
{
    bool empty = true;
    for (size_t i = 0; i < 32; i++)
        empty = empty && !sha256[i];
    return empty;
}

static bool complain(struct looking *l, const char *path)
{
    snprintf(l->changed, sizeof l->changed, "%s/%s", l->run->options->output, path);
    return false;
}

/* It can't be read: because it is gone, or something else, or because of the machine, which says nothing of it. */
static bool unread(struct looking *l, const char *path)
{
    return errno == ENOMEM || errno == EIO ? false : complain(l, path);
}

static bool same_size(struct looking *l, const struct pl_file *file)
{
    struct stat about;
    int fd = pl_sums_open(l->root, file->path);
    if (fd < 0)
        return unread(l, file->path);
    bool same = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (uint64_t)about.st_size == file->size;
    close(fd);
    return same || complain(l, file->path);
}

static bool same_digest(struct looking *l, const struct pl_file *file)
{
    uint8_t sum[32];
    if (!pl_sums_hash(l->root, file->path, sum))
        return unread(l, file->path);
    return !memcmp(sum, file->sha256, sizeof sum) || complain(l, file->path);
}

/* Whose fault it is when the list has another line: of a file whose bytes the ledger proves, the list's. */
static bool same_line(struct looking *l, const char *path, const uint8_t sum[32], const char *otherwise)
{
    enum pl_status st = pl_sums_next(l->sums, path, sum);
    return st == PL_END ? complain(l, otherwise) : st == PL_OK;
}

/* A run that is to be gone on with makes anew what reaches beyond a store, and builds on all of the rest. One that
 * came to its end leaves all as it is: of calendars, which may be large, their sizes are enough, because nothing is
 * made of them. */
static bool look(void *data, const struct pl_file *file)
{
    struct looking *l = data;
    bool beyond = is_beyond(l->run, file->path), known = !is_empty(file->sha256);
    if (!file->whole || (beyond && !l->sums))
        return true;
    if (known && !same_size(l, file))
        return false;
    if (known && (beyond || !l->sums) && !same_digest(l, file))
        return false;
    return !l->sums || same_line(l, file->path, file->sha256, PL_SUMS_NAME);
}

/* Only the list of sums knows these; nothing is behind them in it. The ledger is closed after it was read here, and
 * with that the locks go that SQLite has on it (POSIX): nothing is read of it afterwards. */
static bool look_books(struct looking *l)
{
    uint8_t sum[32];
    for (const char *const *book = pl_sums_books; *book; book++) {
        if (!pl_sums_hash(l->root, *book, sum))
            return unread(l, *book);
        if (!same_line(l, *book, sum, *book))
            return false;
    }
    return fgetc(l->sums) == EOF || complain(l, PL_SUMS_NAME);
}

static enum pl_status look_all(struct looking *l, bool ended)
{
    l->sums = ended ? pl_file_stream(l->root, PL_SUMS_NAME, O_NOFOLLOW) : NULL;
    if (ended && !l->sums)
        return PL_STOP;
    enum pl_status st = pl_ledger_files(l->run->ledger, look, l);
    if (st == PL_OK && ended && !look_books(l))
        st = PL_STOP;
    if (l->sums)
        fclose(l->sums);
    return st;
}

enum pl_status pl_resume_intact(struct pl_run *run, bool ended)
{
    const char *dir = run->options->output;
    struct looking l = {.run = run, .root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    enum pl_status st = l.root >= 0 ? look_all(&l, ended) : PL_STOP;
    if (l.root >= 0)
        close(l.root);
    if (*l.changed)
        return pl_run_refuse(
            run, l.changed,
            "not as the run to go on with has written it: bring it back, or begin anew, with another "
            "folder, or with --force and without --resume");
    return st == PL_OK ? PL_OK : pl_run_refuse(run, dir, "the files of the run to go on with can't be told");
}

/* --- taking them over ---------------------------------------------------------------------- */

/* What is made anew goes; its row is written over then. */
static bool take_file(void *data, const struct pl_file *file)
{
    struct taking *t = data;
    bool beyond = file->whole && is_beyond(t->run, file->path);
    if (!beyond) {
        t->status = pl_output_known(t->run->output, file->path);
        t->run->result->files += file->whole;
    } else if (!pl_output_remove(t->run->output, file->path))
        t->status = PL_STOP;
    return t->status == PL_OK;
}

enum pl_status pl_resume_files(struct pl_run *run)
{
    struct taking t = {.run = run};
    if (!run->result->resumed)
        return PL_OK;
    if (pl_ledger_files(run->ledger, take_file, &t) == PL_OK)
        return PL_OK;
    return pl_run_refuse(run, run->options->output, "the files of the run to go on with can't be told");
}
