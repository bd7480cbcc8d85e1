/*
 * google.c - a table of calendar rules for GAM, the command line of Google Workspace.
 *
 * The calendar of a user is known by his address; other calendars get their address when they are made, so
 * that cell is empty. Everybody else is the owner's domain, never the scope "default", which is the whole world.
 * docs/cookbook/google-sharing.py calls gam for each row.
 */
#include <string.h>

#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out) { pl_buf_puts(out, "Calendar,Role,Scope,Owner,Folder,Who,Lost\n"); }

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    char lost[256];
    struct pl_buf scope;
    const char *domain = f->owner ? strrchr(f->owner, '@') : NULL;
    bool told = pl_emit_is_named(f, g) && g->trustee != PL_TRUSTEE_ANONYMOUS && domain;
    pl_buf_init(&scope, 4096);
    if (told && g->trustee == PL_TRUSTEE_DEFAULT)
        pl_buf_printf(&scope, "domain:%s", domain + 1);
    else if (told)
        pl_buf_printf(&scope, "user:%s", g->user);
    pl_emit_cell(out, f->kept && f->is_default && domain ? f->owner : "", ',');
    pl_emit_cell(out, !told ? "" : g->fit.count ? g->fit.words[0] : "none", ',');
    pl_emit_cell(out, scope.data ? scope.data : "", ',');
    pl_emit_cell(out, f->owner ? f->owner : f->owner_label, ',');
    pl_emit_cell(out, f->path, ',');
    pl_emit_cell(out, g->label, ',');
    pl_emit_cell(out, pl_caps_text(pl_emit_lost(f, g), lost), '\n');
    out->failed = out->failed || scope.failed;
    pl_buf_release(&scope);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_google = {
    .name = "google", .title = "table for GAM of Google Workspace", .begin = begin, .folder = folder};
