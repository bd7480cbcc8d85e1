/*
 * zimbra.c - folder grants for zmmailbox, a line of JSON for each.
 *
 * modifyFolderGrant sets: what somebody had before is replaced, "none" takes it away.
 * docs/cookbook/zimbra-sharing.py calls zmmailbox. The folders that every account has go by their names there.
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

/* No name there holds a '/', and every account has folders of its own: such a path would be that of another folder.
 */
static bool has_path(const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->depth; i++)
        if (strchr(f->names[i], '/') || !*f->names[i])
            return false;
    for (size_t i = 0; f->depth == 1 && i < sizeof own / sizeof *own; i++)
        if (!strcasecmp(f->names[0], own[i].path + 1))
            return false;
    return f->depth > 0;
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    struct pl_jsonl j = {.buf = out};
    struct pl_buf b;
    const char *path = own_path(f);
    bool told = pl_emit_is_named(f, g) && g->trustee != PL_TRUSTEE_ANONYMOUS && (path || has_path(f));
    pl_buf_init(&b, (size_t)1 << 20);
    pl_emit_begin(&j, "zimbra", f, g);
    pl_buf_printf(&b, "/%s", f->path);
    pl_jsonl_text(&j, "path", path ? path : told ? b.data : NULL);
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
