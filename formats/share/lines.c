/*
 * lines.c - records of sharing as lines: see lines.h.
 *
 * The order of keys never changes. What is not known is null, never an empty text. In the flat
 * view what a spreadsheet would run as a formula gets an apostrophe in front (formula.h).
 */
#include "lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formula.h"
#include "jsonl.h"

#define LINE_MOST ((size_t)4 << 20)

const char pl_share_csv_head[] =
    "kind,store,owner_name,owner_smtp,owner_dn,folder,folder_class,folder_role,default_folder,"
    "trustee_kind,trustee_name,trustee_smtp,trustee_dn,trustee_sid,resolved,rights,role,"
    "freebusy,source,canonical,sees_private\n";

void pl_share_lines_init(struct pl_share_lines *s, void (*line)(void *data, const char *json, const char *csv),
                         void *data)
{
    *s = (struct pl_share_lines){.line = line, .data = data};
    pl_buf_init(&s->json, LINE_MOST);
    pl_buf_init(&s->csv, LINE_MOST);
}

void pl_share_lines_release(struct pl_share_lines *s)
{
    pl_buf_release(&s->json);
    pl_buf_release(&s->csv);
}

bool pl_share_lines_failed(const struct pl_share_lines *s) { return s->json.failed || s->csv.failed; }

const char *pl_share_role_name(enum pl_role role)
{
    static const char *const names[] = {
        [PL_ROLE_OTHER] = "other", [PL_ROLE_CALENDAR] = "calendar", [PL_ROLE_CONTACTS] = "contacts",
        [PL_ROLE_TASKS] = "tasks", [PL_ROLE_JOURNAL] = "journal",   [PL_ROLE_NOTES] = "notes",
        [PL_ROLE_MAIL] = "mail",   [PL_ROLE_FREEBUSY] = "freebusy",
    };
    return (size_t)role < sizeof names / sizeof *names ? names[role] : "other";
}

static const char *scope_name(enum pl_scope scope)
{
    return scope == PL_SCOPE_IPM ? "visible" : scope == PL_SCOPE_SYSTEM ? "system" : "recovered";
}

static const char *or_null(const char *text) { return text && *text ? text : NULL; }

/* --- the flat view -------------------------------------------------------------------------- */

void pl_share_cell(struct pl_buf *b, const char *text)
{
    if (b->size)
        pl_buf_putc(b, ',');
    if (!or_null(text))
        return;
    pl_buf_putc(b, '"');
    bool begins = true;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): or_null() was false */
    while (*text) {
        if (begins && pl_formula_marked(text))
            pl_buf_putc(b, '\'');
        begins = *text == ';'; /* all others become blanks */
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            pl_buf_putc(b, ' ');
            text++;
            continue;
        }
        if (*text == '"')
            pl_buf_putc(b, '"');
        text += pl_buf_character(b, text);
    }
    pl_buf_putc(b, '"');
}

static void cell(struct pl_share_lines *s, const char *text) { pl_share_cell(&s->csv, text); }

static void cell_path(struct pl_share_lines *s, const struct pl_folder *f)
{
    struct pl_buf path;
    pl_buf_init(&path, LINE_MOST);
    for (size_t i = 0; f && i < f->depth; i++) {
        if (i)
            pl_buf_putc(&path, '/');
        pl_buf_puts(&path, f->path[i]);
    }
    s->csv.failed = s->csv.failed || path.failed;
    cell(s, path.data);
    pl_buf_release(&path);
}

struct flat {
    const char *kind;
    const struct pl_folder *folder;
    const char *folder_name, *folder_role; /* of a subscription */
    const struct pl_party *who;
    const struct pl_grant *grant;
    const char *source;
    const char *canonical, *sees_private;
};

static const char *freebusy_name(uint32_t rights)
{
    return rights & PL_RIGHT_FREEBUSY_DETAILED ? "detailed" : rights & PL_RIGHT_FREEBUSY_SIMPLE ? "simple" : "none";
}

/* An address, or somebody who needs none. */
static bool is_resolved(const struct pl_party *who)
{
    return or_null(who->smtp) || who->trustee == PL_TRUSTEE_DEFAULT || who->trustee == PL_TRUSTEE_ANONYMOUS;
}

static const char *sid_of(const struct pl_party *who, char out[PL_SID_TEXT_MOST])
{
    const char *text = or_null(pl_sid_print(who->sid, out));
    return text ? text : or_null(who->sid_text);
}

static void flat_put(struct pl_share_lines *s, const struct flat *f)
{
    static const struct pl_party nobody = {0};
    const struct pl_party *who = f->who ? f->who : &nobody;
    char sid[PL_SID_TEXT_MOST], rights[16] = "";
    if (f->grant)
        snprintf(rights, sizeof rights, "%" PRIu32, f->grant->rights);
    pl_buf_clear(&s->csv);
    cell(s, f->kind);
    cell(s, s->path);
    cell(s, s->owner.name);
    cell(s, s->owner.smtp);
    cell(s, s->owner.dn);
    if (f->folder)
        cell_path(s, f->folder);
    else
        cell(s, f->folder_name);
    cell(s, f->folder ? f->folder->container_class : NULL);
    cell(s, f->folder ? pl_share_role_name(f->folder->role) : f->folder_role);
    cell(s, f->folder && f->folder->is_default ? "yes" : NULL);
    cell(s, f->who ? pl_trustee_name(who->trustee) : NULL);
    cell(s, who->name);
    cell(s, who->smtp);
    cell(s, who->dn);
    cell(s, sid_of(who, sid));
    cell(s, f->who ? (is_resolved(who) ? "yes" : "no") : NULL);
    cell(s, rights);
    cell(s, f->grant ? pl_rights_role(f->grant->rights) : NULL);
    cell(s, f->grant ? freebusy_name(f->grant->rights) : NULL);
    cell(s, f->source);
    cell(s, f->canonical);
    cell(s, f->sees_private);
    pl_buf_putc(&s->csv, '\n');
}

/* --- JSON: the parts that lines have in common ------------------------------------------------- */

static struct pl_jsonl begin(struct pl_share_lines *s, const char *kind)
{
    pl_buf_clear(&s->json);
    struct pl_jsonl j = {.buf = &s->json};
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_integer(&j, "v", 1);
    pl_jsonl_text(&j, "kind", kind);
    pl_jsonl_text(&j, "store", s->path);
    return j;
}

static void owner(struct pl_share_lines *s, struct pl_jsonl *j)
{
    const struct pl_party *who = &s->owner;
    char sid[PL_SID_TEXT_MOST];
    pl_jsonl_begin(j, "owner");
    pl_jsonl_text(j, "name", or_null(who->name));
    pl_jsonl_text(j, "smtp", or_null(who->smtp));
    pl_jsonl_text(j, "dn", or_null(who->dn));
    pl_jsonl_text(j, "sid", sid_of(who, sid));
    pl_jsonl_text(j, "by", who->by);
    pl_jsonl_bool(j, "public", s->is_public);
    pl_jsonl_end(j);
}

static void finish(struct pl_share_lines *s, struct pl_jsonl *j, const struct flat *flat)
{
    pl_jsonl_end(j);
    pl_buf_putc(&s->json, '\n');
    if (flat)
        flat_put(s, flat);
    if (!pl_share_lines_failed(s))
        s->line(s->data, s->json.data, flat ? s->csv.data : NULL);
}

static void identity(struct pl_jsonl *j, const char *name, const struct pl_party *who)
{
    char sid[PL_SID_TEXT_MOST];
    pl_jsonl_begin(j, name);
    pl_jsonl_text(j, "kind", pl_trustee_name(who->trustee));
    pl_jsonl_text(j, "name", or_null(who->name));
    pl_jsonl_text(j, "smtp", or_null(who->smtp));
    pl_jsonl_text(j, "dn", or_null(who->dn));
    pl_jsonl_text(j, "sid", sid_of(who, sid));
    pl_jsonl_bool(j, "resolved", is_resolved(who));
    pl_jsonl_text(j, "by", who->by);
    pl_jsonl_bool(j, "proven", !who->learned);
    pl_jsonl_bool(j, "disputed", who->disputed);
    pl_jsonl_end(j);
}

static void folder(struct pl_jsonl *j, const struct pl_folder *f)
{
    struct pl_bytes id = {0};
    if (!pl_bag_bytes(&f->props, PidTagEntryId, &id))
        pl_bag_bytes(&f->props, PidTagRecordKey, &id);
    pl_jsonl_begin(j, "folder");
    pl_jsonl_list(j, "path");
    for (size_t i = 0; i < f->depth; i++)
        pl_jsonl_text(j, NULL, f->path[i]);
    pl_jsonl_list_end(j);
    pl_jsonl_text(j, "key", f->key);
    pl_jsonl_hex(j, "id", id);
    pl_jsonl_text(j, "class", or_null(f->container_class));
    pl_jsonl_text(j, "role", pl_share_role_name(f->role));
    pl_jsonl_bool(j, "default", f->is_default);
    pl_jsonl_text(j, "scope", scope_name(f->scope));
    pl_jsonl_end(j);
}

/* --- folders and their rights -------------------------------------------------------------------- */

static void put_folder(struct pl_share_lines *s, const struct pl_share *share)
{
    struct pl_jsonl j = begin(s, "folder");
    owner(s, &j);
    folder(&j, share->of);
    pl_jsonl_list(&j, "lists");
    for (size_t i = 0; i < share->list_count; i++) {
        const struct pl_folder_acl *list = &share->lists[i];
        bool plain = !list->acl.fault && list->acl.canonical;
        pl_jsonl_begin(&j, NULL);
        pl_jsonl_text(&j, "source", list->source);
        pl_jsonl_integer(&j, "grants", (int64_t)list->acl.count);
        pl_jsonl_bool(&j, "canonical", plain);
        if (plain)
            pl_jsonl_text(&j, "raw", NULL);
        else
            pl_jsonl_base64(&j, "raw", list->raw);
        pl_jsonl_end(&j);
    }
    pl_jsonl_list_end(&j);
    finish(s, &j, NULL);
}

static void names(struct pl_jsonl *j, const char *name, uint32_t rights)
{
    pl_jsonl_list(j, name);
    for (size_t i = 0; i < PL_RIGHT_COUNT; i++)
        if (rights & pl_right_at(i))
            pl_jsonl_text(j, NULL, pl_right_name(i));
    pl_jsonl_list_end(j);
}

static void put_grant(struct pl_share_lines *s, const struct pl_share *share, const struct pl_folder_acl *list,
                      size_t i)
{
    const struct pl_grant *g = &list->acl.grants[i];
    struct pl_jsonl j = begin(s, "acl");
    owner(s, &j);
    folder(&j, share->of);
    identity(&j, "trustee", &list->trustees[i]);
    pl_jsonl_integer(&j, "rights", g->rights);
    names(&j, "rightsNames", g->rights);
    names(&j, "denied", g->denied);
    pl_jsonl_text(&j, "role", pl_rights_role(g->rights));
    pl_jsonl_text(&j, "freebusy", freebusy_name(g->rights));
    pl_jsonl_text(&j, "source", list->source);
    pl_jsonl_bool(&j, "canonical", list->acl.canonical);
    const struct flat flat = {.kind = "acl",
                              .folder = share->of,
                              .who = &list->trustees[i],
                              .grant = g,
                              .source = list->source,
                              .canonical = list->acl.canonical ? "yes" : "no"};
    finish(s, &j, &flat);
}

static void put_problem(struct pl_share_lines *s, const struct pl_folder *f, const char *code, const char *text)
{
    struct pl_jsonl j = begin(s, "problem");
    owner(s, &j);
    if (f)
        folder(&j, f);
    else
        pl_jsonl_text(&j, "folder", NULL);
    pl_jsonl_text(&j, "code", code);
    pl_jsonl_text(&j, "text", text);
    finish(s, &j, NULL);
}

static const struct pl_grant *grant_of(const struct pl_acl *acl, const struct pl_grant *like)
{
    for (size_t i = 0; i < acl->count; i++)
        if (like->sid.size && pl_sid_equal(acl->grants[i].sid, like->sid))
            return &acl->grants[i];
    return NULL;
}

/* A folder can have two lists: one that the server obeyed, one that was meant. The way back tells
 * only of those whom the first does not list. */
static void put_differences(struct pl_share_lines *s, const struct pl_share *share, const struct pl_folder_acl *a,
                            const struct pl_folder_acl *b, bool back)
{
    char sid[PL_SID_TEXT_MOST], text[PL_SID_TEXT_MOST + 96];
    for (size_t i = 0; i < a->acl.count; i++) {
        const struct pl_grant *one = &a->acl.grants[i], *other = grant_of(&b->acl, one);
        if (other && (back || other->rights == one->rights))
            continue;
        if (other)
            snprintf(text, sizeof text, "%s has rights 0x%" PRIx32 " by %s and 0x%" PRIx32 " by %s",
                     pl_sid_print(one->sid, sid), one->rights, a->source, other->rights, b->source);
        else
            snprintf(text, sizeof text, "%s has rights 0x%" PRIx32 " by %s and is not listed by %s",
                     pl_sid_print(one->sid, sid), one->rights, a->source, b->source);
        put_problem(s, share->of, "acl.differ", text);
    }
}

static bool is_of_folder(const struct pl_folder_acl *list)
{
    return !list->acl.fault && strcmp(list->source, "freebusy") != 0;
}

static bool put_rights(struct pl_share_lines *s, const struct pl_share *share)
{
    const struct pl_folder *f = share->of;
    bool told = f->scope == PL_SCOPE_IPM && f->role != PL_ROLE_OTHER && f->role != PL_ROLE_MAIL;
    if (!share->list_count && !told)
        return false;
    put_folder(s, share);
    for (size_t i = 0; i < share->list_count; i++) {
        const struct pl_folder_acl *list = &share->lists[i];
        if (list->acl.fault)
            put_problem(s, f, "acl.unreadable", list->acl.fault);
        else if (!list->acl.canonical)
            put_problem(s, f, "acl.order", "no editor of permissions writes the list so");
        for (size_t g = 0; g < list->acl.count; g++)
            put_grant(s, share, list, g);
        for (size_t k = 0; k < share->list_count; k++)
            if (k != i && is_of_folder(list) && is_of_folder(&share->lists[k]))
                put_differences(s, share, list, &share->lists[k], k < i);
    }
    return true;
}

/* --- messages -------------------------------------------------------------------------------------- */

static void put_delegates(struct pl_share_lines *s, const struct pl_share *share)
{
    for (size_t i = 0; i < share->people_count; i++) {
        const struct pl_share_person *p = &share->people[i];
        struct pl_jsonl j = begin(s, "delegate");
        owner(s, &j);
        identity(&j, "delegate", &p->who);
        pl_jsonl_bool(&j, "seesPrivate", p->sees_private);
        pl_jsonl_bool(&j, "wantsCopy", share->wants_copy);
        pl_jsonl_bool(&j, "wantsInfo", share->wants_info);
        pl_jsonl_text(&j, "source", share->source);
        const struct flat flat = {.kind = "delegate",
                                  .who = &p->who,
                                  .source = share->source,
                                  .sees_private = p->sees_private ? "yes" : "no"};
        finish(s, &j, &flat);
    }
}

static void put_rule(struct pl_share_lines *s, const struct pl_share *share)
{
    for (size_t i = 0; i < share->people_count; i++) {
        struct pl_jsonl j = begin(s, "rule");
        owner(s, &j);
        identity(&j, "delegate", &share->people[i].who);
        pl_jsonl_bool(&j, "ownerGetsNone", share->deletes);
        pl_jsonl_text(&j, "source", share->source);
        const struct flat flat = {.kind = "rule", .who = &share->people[i].who, .source = share->source};
        finish(s, &j, &flat);
    }
}

static void put_subscription(struct pl_share_lines *s, const struct pl_share *share)
{
    const struct pl_party *of = share->people_count ? &share->people[0].who : NULL;
    struct pl_jsonl j = begin(s, "subscription");
    owner(s, &j);
    if (of)
        identity(&j, "of", of);
    else
        pl_jsonl_text(&j, "of", NULL);
    pl_jsonl_text(&j, "name", or_null(share->name));
    pl_jsonl_text(&j, "group", or_null(share->group));
    pl_jsonl_text(&j, "role", *share->section ? share->section : "other");
    pl_jsonl_hex(&j, "id", share->folder);
    pl_jsonl_bool(&j, "public", share->is_public);
    pl_jsonl_text(&j, "source", share->source);
    const struct flat flat = {.kind = "subscription",
                              .folder_name = share->name,
                              .folder_role = share->section,
                              .who = of,
                              .source = share->source};
    finish(s, &j, &flat);
}

static void put_freebusy(struct pl_share_lines *s, const struct pl_freebusy *f)
{
    int64_t counts[PL_TIME_KINDS] = {0};
    for (size_t i = 0; i < f->period_count; i++)
        counts[f->periods[i].kind]++;
    struct pl_jsonl j = begin(s, "freebusy");
    identity(&j, "user", &f->user);
    pl_jsonl_utc(&j, "start", f->start_utc);
    pl_jsonl_utc(&j, "end", f->end_utc);
    pl_jsonl_utc(&j, "stamp", f->stamp_utc);
    pl_jsonl_integer(&j, "tentative", counts[PL_TIME_TENTATIVE]);
    pl_jsonl_integer(&j, "busy", counts[PL_TIME_BUSY]);
    pl_jsonl_integer(&j, "away", counts[PL_TIME_AWAY]);
    finish(s, &j, NULL);
}

void pl_share_lines_mailbox(struct pl_share_lines *s, const struct pl_mailbox *mailbox)
{
    s->owner =
        (struct pl_party){.name = mailbox->name, .smtp = mailbox->smtp, .dn = mailbox->dn, .sid = mailbox->sid};
    s->is_public = mailbox->is_public;
}

void pl_share_lines_store(struct pl_share_lines *s, const char *path, const struct pl_store *store)
{
    s->path = path;
    pl_share_lines_mailbox(s, &store->owner);
    struct pl_jsonl j = begin(s, "store");
    owner(s, &j);
    pl_jsonl_text(&j, "format", store->kind);
    finish(s, &j, NULL);
}

bool pl_share_lines_put(struct pl_share_lines *s, const struct pl_record *record)
{
    const struct pl_share *share = &record->as.share;
    if (record->kind == PL_FREEBUSY) {
        put_freebusy(s, &record->as.freebusy);
        return true;
    }
    if (record->kind != PL_SHARE)
        return false;
    s->owner = share->owner;
    switch (share->what) {
    case PL_SHARE_FOLDER: return put_rights(s, share);
    case PL_SHARE_DELEGATES: put_delegates(s, share); break;
    case PL_SHARE_RULE: put_rule(s, share); break;
    case PL_SHARE_SUBSCRIPTION: put_subscription(s, share); break;
    }
    if (share->published)
        put_freebusy(s, share->published);
    return true;
}
