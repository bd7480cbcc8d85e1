/*
 * nextcloud.c - shares of calendars and address books for Nextcloud and ownCloud, a line of JSON for each.
 *
 * `path` and `body` are the request as the owner sends it (POST, application/xml): a set replaces the share that
 * somebody has, a remove ends it. docs/cookbook/dav-sharing.py sends. The calendar and the address book that
 * every account has go by their names there; others are NAME.KEY, as for Radicale.
 */
#include <string.h>

#include "emit.h"
#include "target.h"

static void begin(struct pl_buf *out) { (void)out; }

static void put_path(struct pl_buf *b, const struct pl_plan_folder *f)
{
    bool book = !strcmp(f->role, "contacts"), own = f->is_default && strcmp(f->role, "tasks") != 0;
    pl_buf_puts(b, book ? "addressbooks/users/" : "calendars/");
    pl_emit_segment(b, f->owner);
    pl_buf_putc(b, '/');
    pl_emit_segment(b, !own ? f->collection : book ? "contacts" : "personal");
    pl_buf_putc(b, '/');
}

static void put_share(struct pl_buf *b, const struct pl_plan_grant *g)
{
    const char *what = g->fit.count ? "set" : "remove";
    pl_buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?><oc:share xmlns:d=\"DAV:\" "
                   "xmlns:oc=\"http://owncloud.org/ns\">");
    pl_buf_printf(b, "<oc:%s><d:href>principal:principals/users/", what);
    pl_emit_segment(b, g->user);
    pl_buf_puts(b, "</d:href>");
    if (g->fit.count)
        pl_buf_printf(b, "<oc:%s/>", g->fit.words[0]);
    pl_buf_printf(b, "</oc:%s></oc:share>", what);
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    struct pl_jsonl j = {.buf = out};
    struct pl_buf path, body;
    bool told = pl_emit_is_named(f, g) && g->user;
    pl_buf_init(&path, 65536);
    pl_buf_init(&body, 65536);
    if (told) {
        put_path(&path, f);
        put_share(&body, g);
    }
    pl_emit_begin(&j, "nextcloud", f, g);
    pl_jsonl_text(&j, "access", !told ? NULL : g->fit.count ? g->fit.words[0] : "none");
    pl_jsonl_text(&j, "method", "POST");
    pl_jsonl_text(&j, "path", path.data);
    pl_jsonl_text(&j, "body", body.data);
    pl_emit_end(&j, f, g);
    out->failed = out->failed || path.failed || body.failed;
    pl_buf_release(&path);
    pl_buf_release(&body);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        put_grant(out, f, &f->grants[i]);
}

const struct pl_target pl_target_nextcloud = {
    .name = "nextcloud", .title = "share requests for Nextcloud and ownCloud", .begin = begin, .folder = folder};
