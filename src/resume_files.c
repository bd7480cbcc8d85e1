/*
 * resume_files.c - the files of the run that is gone on with.
 *
 * Layer: core, beside resume.c. What somebody changed or took away meanwhile can't be made again without the
 * folders before it, so it is not passed over.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    bool digests, readable;
    char changed[PATH_MAX];
};

static bool is_empty(const uint8_t sha256[32])
{
    bool empty = true;
    for (size_t i = 0; i < 32; i++)
        empty = empty && !sha256[i];
    return empty;
}

static bool look(void *data, const struct pl_file *file)
{
    struct looking *l = data;
    struct stat about;
    uint8_t sum[32];
    if (!file->whole || is_empty(file->sha256) || is_beyond(l->run, file->path))
        return true;
    int fd = pl_sums_open(l->root, file->path);
    bool same =
        fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (uint64_t)about.st_size == file->size;
    if (fd >= 0)
        close(fd);
    if (same && l->digests)
        same = pl_sums_hash(l->root, file->path, sum) && !memcmp(sum, file->sha256, sizeof sum);
    if (!same)
        snprintf(l->changed, sizeof l->changed, "%s/%s", l->run->options->output, file->path);
    return same;
}

enum pl_status pl_resume_intact(struct pl_run *run, bool digests)
{
    const char *dir = run->options->output;
    struct looking l = {.run = run, .digests = digests, .root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    enum pl_status st = l.root >= 0 ? pl_ledger_files(run->ledger, look, &l) : PL_STOP;
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
    if (!beyond)
        t->status = pl_output_known(t->run->output, file->path);
    else if (!pl_output_remove(t->run->output, file->path))
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
