/*
 * operands.c - see operands.h.
 *
 * Layer: programs. One place for all verbs, so that the same slip has the same answer everywhere.
 */
#include "operands.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "request.h"
#include "say.h"
#include "source.h"

/* NULL: it is a folder that can be read. */
static const char *folder_why(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return errno == ENOENT || errno == ENOTDIR ? "there is no such folder; check the path"
                                                   : pl_source_why(errno);
    if (!S_ISDIR(about.st_mode))
        return "this is a file; give the folder that convert wrote";
    if (access(path, R_OK | X_OK) != 0)
        return "permission denied; run as a user who may read this folder";
    return NULL;
}

static bool output_fits(const struct flag *flag, const char *path)
{
    struct stat about;
    if (!path || !*path || stat(path, &about) != 0 || S_ISDIR(about.st_mode))
        return true;
    say("--%s: %s: this is a file; name a folder, new or empty", flag->name, path);
    return false;
}

bool operands_fit(const struct call *call)
{
    const struct flag *flag;
    for (size_t i = 0; i < call->operand_count && i < call->verb->folders; i++) {
        const char *why = folder_why(call->operands[i]);
        if (why) {
            say("%s: %s", call->operands[i], why);
            return false;
        }
    }
    for (size_t i = 0; (flag = flags_of(call->verb, i)) != NULL; i++)
        if (flag->path == PATH_WRITTEN && flag->kind == FLAG_TEXT &&
            !output_fits(flag, *(const char *const *)(const void *)((const char *)call->options + flag->at)))
            return false;
    return true;
}

void operands_reach_sources(const struct call *call, void (*add)(void *data, const char *path, bool store),
                            void *data)
{
    struct pl_request request;
    const char *why;
    if (pl_request_read(call->operands[0], &request, &why) == PL_OK) {
        const struct pl_convert_options *c = &request.options;
        for (size_t i = 0; i < c->store_count; i++)
            add(data, c->stores[i], true);
        for (size_t i = 0; i < c->map_count; i++)
            add(data, c->maps[i], false);
        for (size_t i = 0; i < request.dir_count; i++)
            add(data, request.dirs[i], false);
    }
    pl_request_release(&request);
}
