/*
 * grommunio.c - folder permissions for grommunio-admin, a line of JSON for each.
 *
 * The rights are the bits of the source by their names there. Its command adds to what somebody has, and takes no
 * permission at all for all of them, so docs/cookbook/grommunio-sharing.py first takes away, and adds only words.
 */
#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out) { (void)out; }

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    struct pl_jsonl j = {.buf = out};
    bool told = pl_emit_is_named(f, g) && g->user;
    pl_emit_begin(&j, "grommunio", f, g);
    pl_jsonl_list(&j, "path");
    for (size_t i = 0; i < f->depth; i++)
        pl_jsonl_text(&j, NULL, f->names[i]);
    pl_jsonl_list_end(&j);
    if (told) {
        pl_jsonl_list(&j, "access");
        for (size_t i = 0; i < g->fit.count; i++)
            pl_jsonl_text(&j, NULL, g->fit.words[i]);
        pl_jsonl_list_end(&j);
    } else {
        pl_jsonl_text(&j, "access", NULL);
    }
    pl_emit_end(&j, f, g);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_grommunio = {
    .name = "grommunio", .title = "folder permissions for grommunio-admin", .begin = begin, .folder = folder};
