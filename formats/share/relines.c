/*
 * relines.c - see relines.h.
 *
 * The order of keys is that of the line. Roles that nobody has an address for (default, anonymous) are
 * known by their kind.
 */
#include "relines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "jsonl.h"
#include "lines.h"

#define LINE_MOST ((size_t)8 << 20)

void pl_relines_init(struct pl_relines *r)
{
    *r = (struct pl_relines){.least = PL_TRUST_STORE};
    pl_buf_init(&r->json, LINE_MOST);
    pl_buf_init(&r->csv, LINE_MOST);
}

void pl_relines_release(struct pl_relines *r)
{
    pl_buf_release(&r->json);
    pl_buf_release(&r->csv);
}

/* --- who somebody is ------------------------------------------------------------------------ */

/* The members of a line that name a person. */
static const char *const parties[] = {"owner", "trustee", "delegate", "of", "user"};

struct party {
    struct pl_known_as is;
    bool resolved;
};

static bool is_party(const struct pl_json *v)
{
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++)
        if (v->kind == PL_JSON_OBJECT && v->name && !strcmp(v->name, parties[i]))
            return true;
    return false;
}

static bool needs_none(const struct pl_json *v)
{
    const char *kind = pl_json_text_of(v, "kind");
    return kind && (!strcmp(kind, "default") || !strcmp(kind, "anonymous") || !strcmp(kind, "system"));
}

/* Somebody of whom nothing more is known stays as the run left him. */
static enum pl_status resolve(struct pl_relines *r, const struct pl_json *v, struct pl_arena *a,
                              struct pl_known_as *who)
{
    const struct pl_known_as before = *who;
    if (!r->people || needs_none(v))
        return PL_OK;
    if (who->by) {
        who->smtp = who->by = NULL;
        who->learned = false;
    }
    enum pl_status st = pl_people_complete(r->people, before.learned ? PL_TRUST_MESSAGE : r->least, a, who);
    if (st == PL_END || (st == PL_OK && !who->smtp && !who->disputed && before.smtp))
        *who = before;
    return st == PL_STOP ? st : PL_OK;
}

static enum pl_status party_of(struct pl_relines *r, const struct pl_json *v, struct pl_arena *a, struct party *who)
{
    const struct pl_json *proven = pl_json_member(v, "proven");
    *who = (struct party){.is = {.name = pl_json_text_of(v, "name"),
                                 .smtp = pl_json_text_of(v, "smtp"),
                                 .dn = pl_json_text_of(v, "dn"),
                                 .sid = pl_json_text_of(v, "sid"),
                                 .by = pl_json_text_of(v, "by"),
                                 .learned = proven && !proven->number,
                                 .disputed = pl_json_true_of(v, "disputed")},
                          .resolved = pl_json_true_of(v, "resolved")};
    bool counts = strcmp(v->name, "owner") != 0, was = who->resolved;
    enum pl_status st = resolve(r, v, a, &who->is);
    who->resolved = who->is.smtp || (needs_none(v) && was);
    r->people_count += counts;
    r->unresolved += counts && !who->resolved;
    r->found += counts && !was && who->resolved;
    return st;
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void put_value(struct pl_jsonl *j, const struct pl_json *v)
{
    switch (v->kind) {
    case PL_JSON_NULL: pl_jsonl_text(j, v->name, NULL); return;
    case PL_JSON_BOOL: pl_jsonl_bool(j, v->name, v->number); return;
    case PL_JSON_NUMBER: pl_jsonl_integer(j, v->name, v->number); return;
    case PL_JSON_TEXT: pl_jsonl_text(j, v->name, v->text); return;
    case PL_JSON_LIST: pl_jsonl_list(j, v->name); break;
    case PL_JSON_OBJECT: pl_jsonl_begin(j, v->name); break;
    }
    for (const struct pl_json *c = v->child; c; c = c->next)
        put_value(j, c);
    if (v->kind == PL_JSON_LIST)
        pl_jsonl_list_end(j);
    else
        pl_jsonl_end(j);
}

static void put_party(struct pl_jsonl *j, const struct pl_json *v, const struct party *who)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"name", who->is.name},
                 {"smtp", who->is.smtp},
                 {"dn", who->is.dn},
                 {"sid", who->is.sid},
                 {"by", who->is.by}};
    const struct {
        const char *name;
        bool value;
    } flags[] = {{"resolved", who->resolved}, {"proven", !who->is.learned}, {"disputed", who->is.disputed}};
    pl_jsonl_begin(j, v->name);
    for (const struct pl_json *c = v->child; c; c = c->next) {
        size_t i = 0, f = 0;
        while (i < sizeof texts / sizeof *texts && strcmp(texts[i].name, c->name) != 0)
            i++;
        while (f < sizeof flags / sizeof *flags && strcmp(flags[f].name, c->name) != 0)
            f++;
        if (i < sizeof texts / sizeof *texts)
            pl_jsonl_text(j, c->name, texts[i].text);
        else if (f < sizeof flags / sizeof *flags)
            pl_jsonl_bool(j, c->name, flags[f].value);
        else
            put_value(j, c);
    }
    pl_jsonl_end(j);
}

/* --- the flat view --------------------------------------------------------------------------- */

struct people {
    struct party owner, who;
    bool any;
    const char *who_kind;
};

static void put_path(struct pl_buf *csv, const struct pl_json *folder)
{
    struct pl_buf path;
    const struct pl_json *names = pl_json_member(folder, "path");
    pl_buf_init(&path, LINE_MOST);
    for (const struct pl_json *n = names ? names->child : NULL; n; n = n->next) {
        if (path.size)
            pl_buf_putc(&path, '/');
        pl_buf_puts(&path, n->text ? n->text : "");
    }
    pl_share_cell(csv, path.data);
    csv->failed = csv->failed || path.failed;
    pl_buf_release(&path);
}

static const char *yes_no(const struct pl_json *line, const char *name)
{
    return !pl_json_member(line, name) ? NULL : pl_json_true_of(line, name) ? "yes" : "no";
}

/* A section that is none of the known ones is "other" in JSON, and nothing here. */
static const char *role_of(const struct pl_json *line, const struct pl_json *folder)
{
    const char *role = pl_json_text_of(folder ? folder : line, "role");
    return !folder && role && !strcmp(role, "other") ? NULL : role;
}

static void put_flat(struct pl_buf *b, const struct pl_json *line, const char *store, const struct people *p)
{
    const struct pl_json *folder = pl_json_member(line, "folder");
    bool acl = !strcmp(pl_json_text_of(line, "kind"), "acl");
    bool opened = !strcmp(pl_json_text_of(line, "kind"), "subscription");
    char rights[24] = "";
    if (acl)
        snprintf(rights, sizeof rights, "%" PRId64, pl_json_number_of(line, "rights", 0));
    const char *const before[] = {pl_json_text_of(line, "kind"), store, p->owner.is.name, p->owner.is.smtp,
                                  p->owner.is.dn};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        pl_share_cell(b, before[i]);
    if (folder)
        put_path(b, folder);
    else
        pl_share_cell(b, pl_json_text_of(line, "name"));
    const char *const after[] = {
        pl_json_text_of(folder, "class"),
        acl || opened ? role_of(line, folder) : NULL,
        pl_json_true_of(folder, "default") ? "yes" : NULL,
        p->any ? p->who_kind : NULL,
        p->who.is.name,
        p->who.is.smtp,
        p->who.is.dn,
        p->who.is.sid,
        p->any ? (p->who.resolved ? "yes" : "no") : NULL,
        rights,
        acl ? pl_json_text_of(line, "role") : NULL,
        pl_json_text_of(line, "freebusy"),
        pl_json_text_of(line, "source"),
        yes_no(line, "canonical"),
        yes_no(line, "seesPrivate"),
    };
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        pl_share_cell(b, after[i]);
    pl_buf_putc(b, '\n');
}

static bool is_flat(const char *kind)
{
    return !strcmp(kind, "acl") || !strcmp(kind, "delegate") || !strcmp(kind, "rule") ||
           !strcmp(kind, "subscription");
}

enum pl_status pl_relines_put(struct pl_relines *r, const struct pl_json *line, struct pl_arena *a)
{
    const char *kind = pl_json_text_of(line, "kind");
    const char *store = r->store ? r->store : pl_json_text_of(line, "store");
    struct pl_jsonl j = {.buf = &r->json};
    struct people p = {.any = false};
    enum pl_status st = PL_OK;
    pl_buf_clear(&r->json);
    pl_buf_clear(&r->csv);
    pl_jsonl_begin(&j, NULL);
    for (const struct pl_json *c = line->child; c && st == PL_OK; c = c->next) {
        if (is_party(c)) {
            bool owner = !strcmp(c->name, "owner");
            struct party *who = owner ? &p.owner : &p.who;
            st = party_of(r, c, a, who);
            put_party(&j, c, who);
            p.any = p.any || !owner;
            p.who_kind = owner ? p.who_kind : pl_json_text_of(c, "kind");
        } else if (!strcmp(c->name, "store")) {
            pl_jsonl_text(&j, c->name, store);
        } else {
            put_value(&j, c);
        }
    }
    pl_jsonl_end(&j);
    pl_buf_putc(&r->json, '\n');
    r->owner = p.owner.is;
    r->who = p.who.is;
    if (kind && is_flat(kind))
        put_flat(&r->csv, line, store, &p);
    return st == PL_STOP || r->json.failed || r->csv.failed ? PL_STOP : PL_OK;
}
