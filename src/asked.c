/*
 * asked.c - see asked.h.
 */
#include "asked.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "choice.h"
#include "slip.h"

#define OPEN      '-'
#define FOUND     'x'
#define TEXT_MOST ((size_t)512)

static bool list_init(struct pl_asked_list *l, const char *const *globs, size_t count)
{
    *l = (struct pl_asked_list){.globs = globs};
    l->state = malloc(count + 1);
    l->near = calloc(count + 1, sizeof *l->near);
    if (!l->state || !l->near)
        return false;
    l->count = count;
    memset(l->state, OPEN, count);
    l->state[count] = '\0';
    return true;
}

static void list_release(struct pl_asked_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->near[i]);
    for (size_t i = 0; i < PL_ASKED_SHOWN; i++)
        free(l->shown[i]);
    free(l->state);
    free(l->near);
    *l = (struct pl_asked_list){.count = 0};
}

bool pl_asked_init(struct pl_asked *a, const struct pl_convert_options *o)
{
    bool owners = list_init(&a->owners, o->owners, o->owner_count);
    return list_init(&a->folders, o->folders, o->folder_count) && owners;
}

void pl_asked_release(struct pl_asked *a)
{
    list_release(&a->owners);
    list_release(&a->folders);
}

/* --- what there is ------------------------------------------------------------- */

static void show(struct pl_asked_list *l, const char *name)
{
    for (size_t i = 0; i < PL_ASKED_SHOWN; i++) {
        if (l->shown[i] && strcmp(l->shown[i], name) == 0)
            return;
        if (!l->shown[i]) {
            l->shown[i] = strdup(name);
            return;
        }
    }
    l->more = true;
}

/* Upper and lower case are the same for a glob, so they are for a slip. */
static void fold(const char *text, char out[PL_SLIP_MOST + 2])
{
    size_t n = 0;
    for (; n <= PL_SLIP_MOST && text[n]; n++)
        out[n] = (char)(text[n] >= 'A' && text[n] <= 'Z' ? text[n] + ('a' - 'A') : text[n]);
    out[n] = '\0';
}

/* `name` is what would be typed, `part` what is compared: the name, or its end. */
static void compare(struct pl_asked_list *l, size_t i, const char *part, const char *name)
{
    char typed[PL_SLIP_MOST + 2], meant[PL_SLIP_MOST + 2], before[PL_SLIP_MOST + 2];
    if (!*part || strlen(part) > PL_SLIP_MOST)
        return;
    fold(l->globs[i], typed);
    fold(part, meant);
    if (strcmp(typed, meant) != 0 && !pl_slip_is(typed, meant))
        return;
    if (l->near[i]) {
        const char *end = strrchr(l->near[i], '/');
        fold(end ? end + 1 : l->near[i], before);
        if (pl_slip_distance(typed, before) <= pl_slip_distance(typed, meant))
            return;
    }
    free(l->near[i]);
    l->near[i] = strdup(name);
}

void pl_asked_mailbox(struct pl_asked *a, const struct pl_mailbox *mailbox, const char *owner)
{
    struct pl_asked_list *l = &a->owners;
    const char *last = strrchr(mailbox->dn, '=');
    const char *const names[] = {owner, last ? last + 1 : "", mailbox->smtp, mailbox->name};
    for (size_t i = 0; i < l->count; i++) {
        if (l->state[i] == OPEN && pl_choice_mailbox(&l->globs[i], 1, mailbox, owner))
            l->state[i] = FOUND;
        for (size_t k = 0; k < sizeof names / sizeof *names && l->state[i] == OPEN; k++)
            compare(l, i, names[k], names[k]);
    }
    if (l->count)
        show(l, owner);
}

void pl_asked_folder(struct pl_asked *a, const struct pl_folder *folder, const char *path)
{
    struct pl_asked_list *l = &a->folders;
    const char *end = strrchr(path, '/');
    for (size_t i = 0; i < l->count; i++) {
        if (l->state[i] == OPEN && pl_choice_folder(&l->globs[i], 1, path))
            l->state[i] = FOUND;
        if (l->state[i] != OPEN)
            continue;
        compare(l, i, path, path);
        if (end)
            compare(l, i, end + 1, path);
    }
    if (l->count && *path && folder->item_count && folder->scope == PL_SCOPE_IPM)
        show(l, path);
}

/* --- what is told of it ---------------------------------------------------------- */

static void tell(struct pl_asked_list *l, struct pl_report *report, const char *code, const char *flag,
                 const char *missing, const char *see)
{
    struct pl_buf text;
    for (size_t i = 0; i < l->count; i++) {
        if (l->state[i] != OPEN)
            continue;
        pl_buf_init(&text, TEXT_MOST);
        pl_buf_printf(&text, "%s %.100s: %s", flag, l->globs[i], missing);
        if (l->near[i])
            pl_buf_printf(&text, "; did you mean %.100s?", l->near[i]);
        for (size_t k = 0; k < PL_ASKED_SHOWN && l->shown[k] && !l->near[i]; k++)
            pl_buf_printf(&text, "%s%.60s", k ? ", " : "; those there are: ", l->shown[k]);
        pl_buf_printf(&text, "%s (see %s)", l->more && !l->near[i] ? " ..." : "", see);
        pl_report(report, PL_LOST, code, NULL, PL_NO_OFFSET, "%s", text.data ? text.data : missing);
        pl_buf_release(&text);
    }
}

void pl_asked_tell(struct pl_asked *a, struct pl_report *report)
{
    tell(&a->owners, report, "owner.nobody", "--owner", "no mailbox is of this owner", "pimlift list --mailboxes");
    tell(&a->folders, report, "folder.none", "--folder", "no folder has this path, or lies below it",
         "pimlift list");
}

char *pl_asked_text(const struct pl_asked *a)
{
    size_t owners = a->owners.count, folders = a->folders.count;
    char *text = malloc(owners + folders + 1);
    if (!text)
        return NULL;
    if (owners)
        memcpy(text, a->owners.state, owners);
    if (folders)
        memcpy(text + owners, a->folders.state, folders);
    text[owners + folders] = '\0';
    return text;
}

static void take(struct pl_asked_list *l, const char *text)
{
    for (size_t i = 0; i < l->count; i++)
        if (text[i] == FOUND)
            l->state[i] = FOUND;
}

void pl_asked_take(struct pl_asked *a, const char *text)
{
    if (strlen(text) != a->owners.count + a->folders.count)
        return;
    take(&a->owners, text);
    take(&a->folders, text + a->owners.count);
}
