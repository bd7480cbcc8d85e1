/*
 * role.c - the one table of container classes, and the folder of what was deleted, for all readers.
 *
 * Layer: core.
 */
#include "role.h"

#include <string.h>
#include <strings.h>

#include "arena.h"
#include "report.h"

static const struct {
    const char *class;
    enum pl_role role;
} classes[] = {
    {"IPF.Appointment", PL_ROLE_CALENDAR}, {"IPF.Contact", PL_ROLE_CONTACTS}, {"IPF.Task", PL_ROLE_TASKS},
    {"IPF.Journal", PL_ROLE_JOURNAL},      {"IPF.StickyNote", PL_ROLE_NOTES}, {"IPF.Note", PL_ROLE_MAIL},
};

enum pl_role pl_role_of_class(const char *container_class)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        size_t size = strlen(classes[i].class);
        if (!strncasecmp(container_class, classes[i].class, size) &&
            (!container_class[size] || container_class[size] == '.'))
            return classes[i].role;
    }
    return PL_ROLE_OTHER;
}

bool pl_role_recovered(struct pl_arena *arena, const struct pl_folder *was, const char *only, struct pl_folder *out)
{
    size_t depth = only ? 1 : was->depth;
    const char **path = pl_arena_zalloc(arena, depth + 1, sizeof *path);
    if (!path)
        return false;
    path[0] = "(recovered)";
    for (size_t i = 0; i < depth; i++)
        path[i + 1] = only ? only : was->path[i];
    /* Free/busy messages of the dead must not become anybody's busy time. */
    *out = (struct pl_folder){.path = path,
                              .depth = depth + 1,
                              .container_class = was->container_class,
                              .role = was->role == PL_ROLE_FREEBUSY ? PL_ROLE_OTHER : was->role,
                              .scope = PL_SCOPE_RECOVERED,
                              .offset = PL_NO_OFFSET};
    return true;
}
