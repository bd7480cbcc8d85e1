/*
 * role.c - the one table of container classes, for all readers.
 *
 * Layer: core.
 */
#include "role.h"

#include <string.h>
#include <strings.h>

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
