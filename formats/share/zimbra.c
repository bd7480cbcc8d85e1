/*
 * zimbra.c - folder grants for zmmailbox, a line of JSON for each.
 *
 * modifyFolderGrant sets: what somebody had before is replaced, "none" takes it away.
 * docs/cookbook/zimbra-sharing.py calls zmmailbox. The folders that every account has go by their names there. A
 * folder inherits grants there until it has its own, so the path is told also where nobody gets anything.
 */
#include <string.h>
#include <strings.h>

#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out) { (void)out; }

static const struct {
    const char *role, *path;
} own[] = {{"calendar", "/Calendar"}, {"contacts", "/Contacts"}, {"tasks", "/Tasks"}};

static const char *own_path(const struct pl_plan_folder *f)
{
    for (size_t i = 0; f->is_default && i < sizeof own / sizeof *own; i++)
        if (!strcmp(own[i].role, f->role))
            return own[i].path;
    return NULL;
}

/* A name there holds neither '/' nor control characters, and ends before its blanks. */
static bool is_name(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++)
        if (name[i] == '/' || (unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return size && name[size - 1] != ' ';
}

/* Every account has folders of its own: such a path would be that of another folder. */
static bool has_path(const struct pl_plan_folder *f)
{
    static const char *const theirs[] = {"Calendar",  "Contacts",         "Tasks",    "Inbox",
                                         "Sent",      "Drafts",           "Trash",    "Junk",
                                         "Briefcase", "Emailed Contacts", "Notebook", "Chats"};
    for (size_t i = 0; i < f->depth; i++)
        if (!is_name(f->names[i]))
            return false;
    for (size_t i = 0; f->depth == 1 && i < sizeof theirs / sizeof *theirs; i++)
        if (!strcasecmp(f->names[0], theirs[i]))
            return false;
    return f->depth > 0;
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    struct pl_jsonl j = {.buf = out};
    struct pl_buf b;
    const char *path = own_path(f);
    bool there = f->kept && (path || has_path(f));
    bool told = there && pl_emit_is_named(f, g) && g->trustee != PL_TRUSTEE_ANONYMOUS;
    pl_buf_init(&b, (size_t)1 << 20);
    pl_emit_begin(&j, "zimbra", f, g);
    pl_buf_printf(&b, "/%s", f->path);
    pl_jsonl_text(&j, "path", !there ? NULL : path ? path : b.data);
    pl_buf_clear(&b);
    pl_emit_words(&b, &g->fit, "");
    pl_jsonl_text(&j, "access", !told ? NULL : g->fit.count ? b.data : "none");
    pl_emit_end(&j, f, g);
    out->failed = out->failed || b.failed;
    pl_buf_release(&b);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_zimbra = {
    .name = "zimbra", .title = "folder grants for zmmailbox of Zimbra", .begin = begin, .folder = folder};
