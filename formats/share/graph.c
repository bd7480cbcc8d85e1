/*
 * graph.c - calendar permissions for Microsoft Graph v1.0, a line of JSON for each grant.
 *
 * `request` is the body as it is sent: a calendarPermission to create, of which `role` alone is updated where there
 * is one. Everybody else is the entry of the organisation, which is always there. docs/cookbook/graph-sharing.py
 * sends.
 */
#include <string.h>
#include <strings.h>

#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out) { (void)out; }

static bool same_domain(const char *a, const char *b)
{
    const char *at = strrchr(a, '@'), *other = strrchr(b, '@');
    return at && other && !strcasecmp(at, other);
}

static void put_request(struct pl_jsonl *j, const struct pl_plan_folder *f, const struct pl_plan_grant *g,
                        const char *access)
{
    pl_jsonl_begin(j, "request");
    if (g->trustee != PL_TRUSTEE_DEFAULT) {
        pl_jsonl_begin(j, "emailAddress");
        pl_jsonl_text(j, "address", g->user);
        pl_jsonl_text(j, "name", g->label);
        pl_jsonl_end(j);
        pl_jsonl_bool(j, "isInsideOrganization", same_domain(f->owner, g->user));
        pl_jsonl_bool(j, "isRemovable", true);
    }
    pl_jsonl_text(j, "role", access);
    pl_jsonl_end(j);
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    struct pl_jsonl j = {.buf = out};
    bool told = pl_emit_is_named(f, g) && g->trustee != PL_TRUSTEE_ANONYMOUS;
    const char *access = !told ? NULL : g->fit.count ? g->fit.words[0] : "none";
    pl_emit_begin(&j, "graph", f, g);
    pl_jsonl_text(&j, "calendar", f->name);
    pl_jsonl_text(&j, "access", access);
    if (told && (g->fit.count || g->trustee == PL_TRUSTEE_DEFAULT))
        put_request(&j, f, g, access);
    else
        pl_jsonl_text(&j, "request", NULL);
    pl_emit_end(&j, f, g);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_graph = {
    .name = "graph", .title = "calendar permissions for Microsoft Graph", .begin = begin, .folder = folder};
