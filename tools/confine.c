/*
 * confine.c - what a verb may reach, from its flags and operands; see confine.h.
 *
 * Layer: programs. A rule can only be made for what exists, so the output folder is made
 * here; when the verb leaves it empty it is taken away again, and a mistyped path leaves
 * no folder behind that the next attempt would stumble over.
 */
#include "confine.h"

#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "say.h"

struct reach {
    struct pl_sandbox_path *paths;
    size_t count, room;
    const char *made; /* the output folder, when it was not there */
    bool whole;       /* no memory ran out */
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the list of paths keeps it */
static void reach_add(struct reach *r, const char *path, enum pl_sandbox_right right)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        struct pl_sandbox_path *more = reallocarray(r->paths, room, sizeof *more);
        if (!more) {
            r->whole = false;
            return;
        }
        r->paths = more;
        r->room = room;
    }
    struct pl_sandbox_path *next = &r->paths[r->count];
    next->right = right; /* NOLINT(clang-analyzer-core.NullDereference): who has room has a list */
    next->path = strdup(path);
    if (next->path)
        r->count++;
    else
        r->whole = false;
}
#pragma GCC diagnostic pop

/* Not again when it was the last one: stores of a list lie side by side. */
static void reach_add_parent(struct reach *r, const char *path, enum pl_sandbox_right right)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return;
    const char *folder = dirname(real);
    const struct pl_sandbox_path *last = r->count ? &r->paths[r->count - 1] : NULL;
    if (!last || last->right != right || strcmp(last->path, folder) != 0)
        reach_add(r, folder, right);
}

static void reach_output(struct reach *r, const char *path)
{
    if (!*path)
        return;
    if (mkdir(path, 0700) == 0) {
        r->made = path;
        reach_add_parent(r, path, PL_SANDBOX_RMDIR);
    }
    reach_add(r, path, PL_SANDBOX_WRITE);
}

/* A new file, and the temporary one that becomes it. */
static void reach_made(struct reach *r, const char *path)
{
    char *copy = strdup(path);
    if (copy)
        reach_add(r, dirname(copy), PL_SANDBOX_WRITE);
    r->whole = r->whole && copy;
    free(copy);
}

static void reach_flag(struct reach *r, const struct flag *flag, const char *options)
{
    const void *value = options + flag->at;
    if (flag->kind == FLAG_LIST) {
        const struct flag_list *list = value;
        for (size_t i = 0; i < list->count; i++)
            reach_add(r, list->items[i], PL_SANDBOX_READ);
        return;
    }
    const char *path = *(const char *const *)value;
    if (path && flag->path == PATH_WRITTEN)
        reach_output(r, path);
    else if (path && flag->path == PATH_MADE)
        reach_made(r, path);
    else if (path)
        reach_add(r, path, PL_SANDBOX_READ);
}

/* The folder of a store has the store in it, but a link to one may lie elsewhere. Of a path that leads nowhere
 * there is nothing to allow. */
static void reach_more(void *data, const char *path, bool store)
{
    struct stat about;
    if (!store || (lstat(path, &about) == 0 && !S_ISREG(about.st_mode)))
        reach_add(data, path, PL_SANDBOX_READ);
    if (store)
        reach_add_parent(data, path, PL_SANDBOX_READ);
}

static void reach_all(struct reach *r, const struct call *call)
{
    for (size_t i = 0; i < call->operand_count; i++) {
        reach_add(r, call->operands[i], call->verb->writes_operands ? PL_SANDBOX_WRITE : PL_SANDBOX_READ);
        if (call->verb->opens_stores)
            reach_add_parent(r, call->operands[i], PL_SANDBOX_READ);
    }
    const struct flag *flag;
    for (size_t i = 0; (flag = flags_of(call->verb, i)); i++)
        if (flag->path != PATH_NONE)
            reach_flag(r, flag, call->options);
    if (call->verb->reaches)
        call->verb->reaches(call, reach_more, r);
}

/* --- a folder for what is only needed meanwhile -------------------------------------------- */

#define SCRATCH_DEEPEST 16

static int unlink_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)place;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void scratch_drop(const char *path)
{
    if (nftw(path, unlink_one, SCRATCH_DEEPEST, FTW_DEPTH | FTW_PHYS) != 0)
        say("%s is left: a temporary folder that can't be removed (%s)", path, strerrordesc_np(errno));
}

struct scratch {
    char path[PATH_MAX - 8]; /* temporary files lie in it */
    char work[PATH_MAX];     /* a folder of it for the verb */
};

/* Below TMPDIR; it is made before rights are given up: where all put their temporary files, those of others would
 * be within reach. */
static bool scratch_make(struct scratch *s)
{
    const char *base = getenv("TMPDIR");
    int n = snprintf(s->path, sizeof s->path, "%s/pimlift-XXXXXX", base && *base ? base : P_tmpdir);
    if (n <= 0 || (size_t)n >= sizeof s->path || !mkdtemp(s->path))
        return false;
    snprintf(s->work, sizeof s->work, "%s/work", s->path);
    if (mkdir(s->work, 0700) == 0 && setenv("TMPDIR", s->path, 1) == 0 && setenv("SQLITE_TMPDIR", s->path, 1) == 0)
        return true;
    scratch_drop(s->path);
    return false;
}

static bool is_confined(const struct call *call) { return !call->unconfined && call->operand_count; }

static enum exit_status confined_run(const struct call *call, const char *scratch)
{
    struct reach r = {.whole = true};
    const char *why = "out of memory";
    if (scratch) {
        reach_add(&r, scratch, PL_SANDBOX_WRITE);
        reach_add_parent(&r, scratch, PL_SANDBOX_RMDIR);
    }
    if (is_confined(call)) {
        reach_all(&r, call);
        if (!r.whole || pl_sandbox_enter(r.paths, r.count, &why) != PL_OK)
            say("the parsers keep all rights of this process: %s (--no-sandbox silences this)", why);
    }
    enum exit_status status = call->verb->run(call);
    if (r.made)
        rmdir(r.made);
    for (size_t i = 0; i < r.count; i++)
        free((char *)r.paths[i].path);
    free(r.paths);
    return status;
}

enum exit_status confine_and_run(const struct call *call)
{
    struct scratch scratch = {.path = ""};
    struct call with = *call;
    const struct verb *verb = call->verb;
    bool needed = verb->needs_scratch && !(verb->spares_scratch && verb->spares_scratch(call));
    if (!needed && !is_confined(call))
        return confined_run(call, NULL);
    if (scratch_make(&scratch)) {
        with.scratch = scratch.work;
    } else if (needed) {
        say("a temporary folder can't be made (%s): set TMPDIR", strerrordesc_np(errno));
        return EXIT_EARLY;
    }
    enum exit_status status = confined_run(&with, with.scratch ? scratch.path : NULL);
    if (with.scratch)
        scratch_drop(scratch.path);
    return status;
}
