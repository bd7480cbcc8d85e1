/*
 * caldav.c - the access list of each collection for any server with WebDAV access control, a line of JSON for
 * each collection.
 *
 * `body` is that of an ACL request (RFC 3744 8.1), which replaces the whole list: who is not in it loses what he
 * had, so the owner stands first. Entries grant, because servers need not take others. Everybody else is
 * DAV:authenticated, who did not log in DAV:unauthenticated; neither is the other (5.5.1). "{principals}" stands
 * for the folder of principals, which differs between servers; docs/cookbook/dav-sharing.py puts it in and sends.
 */
#include <string.h>

#include "emit.h"
#include "target.h"

#define BODY_MOST ((size_t)64 << 20)

static void begin(struct pl_buf *out) { (void)out; }

static void put_entry(struct pl_buf *b, const struct pl_plan_grant *g)
{
    pl_buf_puts(b, "<D:ace><D:principal>");
    if (g->trustee == PL_TRUSTEE_DEFAULT) {
        pl_buf_puts(b, "<D:authenticated/>");
    } else if (g->trustee == PL_TRUSTEE_ANONYMOUS) {
        pl_buf_puts(b, "<D:unauthenticated/>");
    } else {
        pl_buf_puts(b, "<D:href>{principals}");
        pl_emit_segment(b, g->user);
        pl_buf_puts(b, "/</D:href>");
    }
    pl_buf_puts(b, "</D:principal><D:grant>");
    for (size_t i = 0; i < g->fit.count; i++)
        pl_buf_printf(b, "<D:privilege><%s:%s/></D:privilege>",
                      !strcmp(g->fit.words[i], "read-free-busy") ? "C" : "D", g->fit.words[i]);
    pl_buf_puts(b, "</D:grant></D:ace>");
}

static void put_body(struct pl_buf *b, const struct pl_plan_folder *f)
{
    pl_buf_puts(b,
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:acl xmlns:D=\"DAV:\" "
                "xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:ace><D:principal><D:property><D:owner/></D:property>"
                "</D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace>");
    for (size_t i = 0; i < f->count; i++)
        if (pl_emit_is_named(f, &f->grants[i]) && f->grants[i].fit.count)
            put_entry(b, &f->grants[i]);
    pl_buf_puts(b, "</D:acl>");
}

static void put_losses(struct pl_jsonl *j, const struct pl_plan_folder *f)
{
    char text[256];
    pl_jsonl_list(j, "lost");
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        bool named = pl_emit_is_named(f, g);
        if (named && !pl_emit_lost(f, g))
            continue;
        pl_jsonl_begin(j, NULL);
        pl_jsonl_text(j, "label", g->label);
        pl_jsonl_bool(j, "named", named);
        pl_jsonl_text(j, "what", pl_caps_text(pl_emit_lost(f, g), text));
        pl_jsonl_end(j);
    }
    pl_jsonl_list_end(j);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    struct pl_jsonl j = {.buf = out};
    struct pl_buf path, body;
    if (!f->count)
        return;
    pl_buf_init(&path, 65536);
    pl_buf_init(&body, BODY_MOST);
    if (f->kept) {
        pl_emit_segment(&path, f->owner);
        pl_buf_putc(&path, '/');
        pl_emit_segment(&path, f->collection);
        pl_buf_putc(&path, '/');
        put_body(&body, f);
    }
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_integer(&j, "v", 1);
    pl_jsonl_text(&j, "kind", "caldav");
    pl_jsonl_text(&j, "owner", f->owner);
    pl_jsonl_text(&j, "folder", f->path);
    pl_jsonl_text(&j, "role", f->role);
    pl_jsonl_bool(&j, "default", f->is_default);
    pl_jsonl_text(&j, "method", "ACL");
    pl_jsonl_text(&j, "path", path.data);
    pl_jsonl_text(&j, "body", body.data);
    put_losses(&j, f);
    pl_jsonl_end(&j);
    pl_buf_putc(out, '\n');
    out->failed = out->failed || path.failed || body.failed;
    pl_buf_release(&path);
    pl_buf_release(&body);
}

const struct pl_target pl_target_caldav = {.name = "caldav",
                                           .title = "ACL requests for servers with WebDAV access control",
                                           .begin = begin,
                                           .folder = folder};
