/*
 * map_share.c - who shares what with whom: folders, delegates, rules, shortcuts.
 *
 * Layer: core. Pure, like every mapper. Identities stay as the store has them; who they
 * are in the world is for the output to find out, once all stores have been read.
 * [MS-OXCPERM], [MS-OXODLGT], [MS-OXOCFG] 2.2.9.
 */
#include <string.h>
#include <strings.h>

#include "delegate.h"
#include "entryid.h"
#include "map.h"
#include "people.h"
#include "wlink.h"

#define DESCRIPTOR_MOST ((size_t)256 << 10)
#define LISTS_MOST      4u /* ntsd, acldata, freebusy, structure */
#define NOTHING         "nothing-shared"

/* --- identities --------------------------------------------------------------------------- */

void pl_map_party_known(struct pl_map *in, struct pl_party *who)
{
    struct pl_mapping *m = in->m;
    char sid[PL_SID_TEXT_MOST];
    bool nobody = who->trustee == PL_TRUSTEE_DEFAULT || who->trustee == PL_TRUSTEE_ANONYMOUS ||
                  who->trustee == PL_TRUSTEE_SYSTEM;
    if (!m->people || nobody)
        return;
    struct pl_known_as p = {.name = who->name, .smtp = who->smtp, .dn = who->dn};
    if (*pl_sid_print(who->sid, sid))
        p.sid = sid;
    /* rights are not given on the word of a text that somebody typed */
    enum pl_status st = pl_people_complete(m->people, m->learned ? PL_TRUST_MESSAGE : PL_TRUST_STORE, m->arena, &p);
    in->failed = in->failed || st == PL_STOP;
    if (st != PL_OK)
        return;
    who->name = p.name;
    who->smtp = p.smtp;
    who->dn = p.dn;
    who->sid_text = who->sid.size ? NULL : p.sid;
    who->by = p.by;
    who->learned = p.learned;
    who->disputed = p.disputed;
}

/* The owner of the mailbox at hand. */
static struct pl_party owner_of(struct pl_map *in)
{
    const struct pl_mailbox *m = in->m->mailbox;
    struct pl_party who = {.trustee = PL_TRUSTEE_USER};
    if (!m || m->is_public)
        return who;
    who.name = m->name && *m->name ? m->name : NULL;
    who.smtp = m->smtp && *m->smtp ? m->smtp : NULL;
    who.dn = m->dn && *m->dn ? m->dn : NULL;
    who.sid = m->sid;
    pl_map_party_known(in, &who);
    return who;
}

struct pl_party pl_map_party(struct pl_map *in, struct pl_bytes entry_id, const char *name)
{
    struct pl_party who = {.name = pl_map_clean_line(in, name)};
    struct pl_entry e;
    if (!entry_id.size || !pl_entryid_decode(in->m->text, in->m->arena, in->m->codepage, entry_id, &e))
        return who;
    if (e.kind == PL_ENTRY_BOOK) {
        who.dn = pl_map_clean_line(in, e.dn);
        who.trustee = e.is_list ? PL_TRUSTEE_GROUP : PL_TRUSTEE_UNKNOWN;
    } else if (e.kind == PL_ENTRY_ONEOFF) {
        const char *address = pl_map_clean_line(in, e.address);
        if (!who.name)
            who.name = pl_map_clean_line(in, e.name);
        if (!strcasecmp(e.type, "SMTP"))
            who.smtp = pl_map_smtp(in, address);
        else if (!strcasecmp(e.type, "EX"))
            who.dn = address;
    }
    return who;
}

/* --- folders ------------------------------------------------------------------------------ */

static bool value_of(struct pl_mapping *m, const struct pl_prop *p, struct pl_bytes *out)
{
    if (p->count) {
        *out = p->values->raw;
        return out->size > 0;
    }
    size_t size = (size_t)p->stream.size, got = 0;
    if (!size || p->stream.size > DESCRIPTOR_MOST || !m->reader)
        return false;
    uint8_t *data = pl_arena_alloc(m->arena, size);
    if (!data || m->reader->ops->read(m->reader, &p->stream, 0, data, size, &got) <= PL_LOST || got != size)
        return false;
    *out = (struct pl_bytes){data, size};
    return true;
}

static bool decode(struct pl_mapping *m, struct pl_folder_acl *list, uint16_t id)
{
    switch (id) {
    case 0x3fe0: return pl_acl_data(m->arena, list->raw, &list->acl);
    case 0x0f00: return pl_acl_decode(m->arena, list->raw, PL_ACL_FREEBUSY, &list->acl);
    default: return pl_acl_decode(m->arena, list->raw, PL_ACL_FOLDER, &list->acl);
    }
}

static const char *source_of(const struct pl_prop *p)
{
    if (pl_prop_type(p) != PT_BINARY)
        return NULL;
    switch (pl_prop_id(p)) {
    case 0x0e27: return "ntsd";
    case 0x3fe0: return "acldata";
    case 0x0f00: return "freebusy";
    default: return NULL;
    }
}

/* Newer stores keep it under other numbers. Rights of administrators (0x3d21, 0x3d22) are no sharing. */
static bool may_hold_one(const struct pl_prop *p)
{
    uint16_t id = pl_prop_id(p);
    return pl_prop_type(p) == PT_BINARY && p->count && p->pid == PID_NONE && id != 0x3d22 && id != 0x0e84;
}

static bool trustees_fill(struct pl_map *in, struct pl_folder_acl *list)
{
    struct pl_party *who = pl_arena_zalloc(in->m->arena, list->acl.count + 1, sizeof *who);
    for (size_t i = 0; who && i < list->acl.count; i++) {
        const struct pl_grant *g = &list->acl.grants[i];
        who[i] = pl_map_party(in, g->entry_id, g->name ? g->name : pl_sid_name(g->sid));
        if (g->trustee != PL_TRUSTEE_UNKNOWN)
            who[i].trustee = g->trustee;
        who[i].sid = g->sid;
        pl_map_party_known(in, &who[i]);
    }
    list->trustees = who;
    return who && !in->failed;
}

static enum pl_status say(const struct pl_mapping *m, enum pl_status severity, const char *code,
                          const struct pl_folder *folder, const char *what, const char *why)
{
    if (!m->report)
        return severity;
    return pl_report(m->report, severity, code, folder->key, folder->offset, "%s: %s", what, why);
}

/* PL_WARN: it can't be read, and grants nothing. */
static enum pl_status list_read(struct pl_map *in, const struct pl_folder *folder, struct pl_folder_acl *list,
                                const struct pl_prop *p)
{
    if (!list->raw.size) {
        list->acl.fault = "its bytes can't be read";
        return say(in->m, PL_WARN, "acl.unreadable", folder, list->source, list->acl.fault);
    }
    if (!decode(in->m, list, pl_prop_id(p)))
        return say(in->m, PL_WARN, "acl.unreadable", folder, list->source, list->acl.fault);
    if (!list->acl.canonical)
        say(in->m, PL_OK, "acl.order", folder, list->source,
            "no editor of permissions writes it so; it was read by the order of its entries");
    return trustees_fill(in, list) ? PL_OK : PL_LOST;
}

/* Of two lists of one source nobody knows which was in force, so neither grants anything. */
static enum pl_status list_again(struct pl_map *in, const struct pl_folder *folder, struct pl_folder_acl *list,
                                 struct pl_bytes raw)
{
    if (list->raw.size && raw.size == list->raw.size && !memcmp(raw.data, list->raw.data, raw.size))
        return PL_OK;
    bool told = list->acl.fault != NULL;
    list->acl = (struct pl_acl){.fault = "there are several, and which one counts is not known"};
    return told ? PL_WARN : say(in->m, PL_WARN, "acl.unreadable", folder, list->source, list->acl.fault);
}

struct lists {
    struct pl_folder_acl list[LISTS_MOST];
    size_t count;
};

static const struct pl_folder_acl *list_from(const struct lists *all, const char *source)
{
    for (size_t i = 0; i < all->count; i++)
        if (!strcmp(all->list[i].source, source))
            return &all->list[i];
    return NULL;
}

static bool is_empty(const struct pl_prop *p) { return p->count ? !p->values->raw.size : !p->stream.size; }

static enum pl_status list_add(struct pl_map *in, const struct pl_folder *folder, struct lists *all,
                               const struct pl_prop *p, const char *source)
{
    struct pl_folder_acl one = {.source = source};
    if (!value_of(in->m, p, &one.raw))
        one.raw = (struct pl_bytes){0};
    for (size_t i = 0; i < all->count; i++)
        if (!strcmp(all->list[i].source, source))
            return list_again(in, folder, &all->list[i], one.raw);
    all->list[all->count] = one;
    return list_read(in, folder, &all->list[all->count++], p);
}

/* Those under their own numbers. Only where the descriptor of the folder is not among them, one is looked for. */
static enum pl_status lists_of(struct pl_map *in, const struct pl_folder *folder, struct lists *all)
{
    enum pl_status worst = PL_OK;
    for (int pass = 0; pass < 2 && !(pass && list_from(all, "ntsd")); pass++)
        for (size_t i = 0; i < folder->props.count && worst > PL_LOST; i++) {
            const struct pl_prop *p = &folder->props.props[i];
            struct pl_bytes d;
            const char *source = source_of(p);
            if (pass)
                source = !source && may_hold_one(p) && pl_acl_descriptor(p->values->raw, &d) ? "structure" : NULL;
            if (!source || is_empty(p))
                continue;
            enum pl_status st = list_add(in, folder, all, p, source);
            worst = st < worst ? st : worst;
        }
    return worst;
}

enum pl_status pl_map_folder(struct pl_mapping *m, const struct pl_folder *folder, struct pl_record *out)
{
    struct pl_map in = {.m = m, .out = out};
    struct lists *all = pl_arena_zalloc(m->arena, 1, sizeof *all);
    enum pl_status worst = all ? lists_of(&in, folder, all) : PL_LOST;
    *out = (struct pl_record){.kind = PL_SHARE, .uid = folder->key};
    out->as.share = (struct pl_share){.what = PL_SHARE_FOLDER,
                                      .owner = owner_of(&in),
                                      .of = folder,
                                      .lists = all ? all->list : NULL,
                                      .list_count = all ? all->count : 0,
                                      .section = ""};
    if (in.failed)
        worst = PL_LOST;
    if (worst == PL_LOST)
        return say(m, PL_LOST, "memory", folder, "rights", "out of memory");
    return worst;
}

/* --- messages --------------------------------------------------------------------------------- */

static struct pl_share *share_begin(struct pl_map *in, enum pl_share_what what, const char *source)
{
    struct pl_share *s = &in->out->as.share;
    *s = (struct pl_share){.what = what, .owner = owner_of(in), .source = source, .section = ""};
    return s;
}

static struct pl_share_person *people_new(struct pl_map *in, size_t count)
{
    struct pl_share_person *people = pl_arena_zalloc(in->m->arena, count + 1, sizeof *people);
    in->failed = in->failed || !people;
    return people;
}

void pl_map_delegates(struct pl_map *in)
{
    struct pl_share *s = share_begin(in, PL_SHARE_DELEGATES, "localfreebusy");
    struct pl_delegates d;
    struct pl_share_person *people = NULL;
    if (!pl_delegates_of(in->m->arena, in->bag, &d) || !(people = people_new(in, d.count))) {
        in->failed = true;
        return;
    }
    if (d.uneven)
        pl_map_warn(in, "delegate.uneven",
                    "the lists of delegates have different lengths: nobody is taken to see private items");
    for (size_t i = 0; i < d.count; i++)
        people[i] =
            (struct pl_share_person){pl_map_party(in, d.list[i].entry_id, d.list[i].name), d.list[i].sees_private};
    for (size_t i = 0; i < d.count; i++)
        pl_map_party_known(in, &people[i].who);
    s->people = people;
    s->people_count = d.count;
    s->wants_copy = d.wants_copy;
    s->wants_info = d.wants_info;
    s->published = pl_map_published_of(in);
    if (!d.count && !s->published)
        in->out->idle = NOTHING;
}

/* Behind a list of names: [MS-OXORULE] 2.2.4.1.9. A rule of this kind names no properties. */
static struct pl_bytes extended_actions(struct pl_bytes value)
{
    bool plain = value.size > 6 && !value.data[0] && !value.data[1];
    return plain ? (struct pl_bytes){value.data + 6, value.size - 6} : (struct pl_bytes){0};
}

void pl_map_delegate_rule(struct pl_map *in)
{
    struct pl_share *s = share_begin(in, PL_SHARE_RULE, "rule");
    const char *provider = pl_in_line(in, PidTagRuleMsgProvider);
    const struct pl_prop *p = pl_bag_find_id(in->bag, 0x65ef);
    struct pl_bytes actions = p && p->count ? p->values->raw : (struct pl_bytes){0};
    struct pl_delegate_rule rule;
    if (!provider || strcasecmp(provider, PL_DELEGATE_PROVIDER) != 0) {
        in->out->idle = NOTHING;
        return;
    }
    if (!actions.size && (p = pl_bag_find(in->bag, PidTagExtendedRuleMessageActions)) && p->count)
        actions = extended_actions(p->values->raw);
    if (!pl_delegate_rule(in->m->arena, actions, &rule)) {
        pl_map_warn(in, "delegate.rule", "the actions of the delegates' rule can't be read");
        in->out->idle = NOTHING;
        return;
    }
    struct pl_share_person *people = people_new(in, rule.count);
    for (size_t i = 0; people && i < rule.count; i++) {
        const struct pl_rule_target *t = &rule.targets[i];
        struct pl_party *who = &people[i].who;
        *who = pl_map_party(in, t->entry_id, t->name);
        if (t->smtp)
            who->smtp = pl_map_smtp(in, t->smtp);
        if (!who->dn && t->type && t->address && !strcasecmp(t->type, "EX"))
            who->dn = pl_map_clean_line(in, t->address);
        pl_map_party_known(in, who);
    }
    s->people = people;
    s->people_count = rule.count;
    s->deletes = rule.deletes;
    if (!rule.count)
        in->out->idle = NOTHING;
}

static bool is_own(const struct pl_map *in, const char *dn)
{
    const char *own = in->m->mailbox ? in->m->mailbox->dn : "";
    return dn && *own && !strcasecmp(dn, own);
}

static void shortcut_keep(struct pl_map *in, const struct pl_shortcut *from, const char *source)
{
    struct pl_share *s = share_begin(in, PL_SHARE_SUBSCRIPTION, source);
    struct pl_share_person *owner = people_new(in, 1);
    if (!owner)
        return;
    owner->who = pl_map_party(in, from->owner, NULL);
    if (!owner->who.dn && !owner->who.smtp)
        owner->who.dn = pl_map_clean_line(in, from->store_dn);
    pl_map_party_known(in, &owner->who);
    s->people = owner;
    s->people_count = owner->who.dn || owner->who.smtp || owner->who.name;
    s->name = pl_map_clean_line(in, from->name);
    s->group = pl_map_clean_line(in, from->group);
    s->section = from->section;
    s->folder = from->folder;
    s->is_public = from->to == PL_SHORTCUT_PUBLIC;
    if (from->to == PL_SHORTCUT_OWN || is_own(in, owner->who.dn))
        in->out->idle = NOTHING;
}

void pl_map_shortcut(struct pl_map *in)
{
    struct pl_shortcut shortcut;
    in->failed = in->failed || !pl_wlink_of(in->m->arena, in->bag, &shortcut);
    if (!in->failed)
        shortcut_keep(in, &shortcut, "wlink");
}

void pl_map_favorite(struct pl_map *in)
{
    struct pl_shortcut shortcut;
    if (pl_favorite_of(in->bag, &shortcut))
        shortcut_keep(in, &shortcut, "favorite");
    else
        in->out->idle = NOTHING;
}
