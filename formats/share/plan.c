/*
 * plan.c - see plan.h.
 */
#include "plan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "acl.h"
#include "collection.h"
#include "jsonread.h"

#define KEEP_MOST   ((size_t)64 << 20)
#define BUCKETS     4096u
#define LINE_MOST   ((size_t)64 << 20)
#define USERS       1024u /* buckets of the users of one folder */
#define FOLDER_MOST ((size_t)256 << 20)

struct pl_plan_delegate {
    struct pl_plan_delegate *next;
    const char *owner, *who;
};

struct pl_plan_builder {
    const char *store, *key, *source;
    struct pl_plan_folder folder;
    struct pl_plan_grant *grants;
    size_t room;
    size_t users[USERS]; /* the last grant in each bucket, counted from 1 */
    size_t *same;        /* of each grant: the one before it in its bucket */
};

void pl_plan_init(struct pl_plan *p, const struct pl_model *model,
                  void (*folder)(void *data, const struct pl_plan_folder *folder), void *data)
{
    *p = (struct pl_plan){.model = model, .folder = folder, .data = data};
    pl_arena_init(&p->keep, KEEP_MOST);
    pl_arena_init(&p->arena, FOLDER_MOST);
    pl_arena_init(&p->line, LINE_MOST);
}

void pl_plan_release(struct pl_plan *p)
{
    pl_arena_release(&p->keep);
    pl_arena_release(&p->arena);
    pl_arena_release(&p->line);
}

/* --- identities ----------------------------------------------------------------------------- */

static const char *first_of(const struct pl_json *who, const char *const *names)
{
    const char *text = NULL;
    for (; *names && !text; names++)
        text = pl_json_text_of(who, *names);
    return text;
}

/* By what two lines of a manifest name the same person. */
static const char *identity(const struct pl_json *who)
{
    static const char *const names[] = {"smtp", "dn", "sid", NULL};
    return first_of(who, names);
}

static const char *label(const struct pl_json *who)
{
    static const char *const names[] = {"name", "smtp", "dn", "sid", NULL};
    const char *text = first_of(who, names);
    return text ? text : "(nobody)";
}

/* --- addresses -------------------------------------------------------------------------- */

struct pl_plan_address {
    struct pl_plan_address *next;
    const char *text;
    size_t local;      /* bytes before its '@' */
    bool shared;       /* another address begins alike: the local part names nobody */
    const char *given; /* the account that this mailbox was given by hand */
};

/* Bytes before the '@'; 0: it is no address. */
static size_t local_size(const char *smtp)
{
    const char *at = smtp ? strrchr(smtp, '@') : NULL;
    return at && at > smtp && at[1] ? (size_t)(at - smtp) : 0;
}

/* FNV-1a, without the case of ASCII letters. */
static size_t hash_of(const char *text, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint32_t)tolower((unsigned char)text[i])) * 16777619u;
    return hash % BUCKETS;
}

static struct pl_plan_address **bucket_of(const struct pl_plan *p, const char *smtp, size_t local)
{
    return &p->addresses[hash_of(smtp, local)];
}

static struct pl_plan_address *address_of(const struct pl_plan *p, const char *smtp, size_t local)
{
    struct pl_plan_address *a = p->addresses ? *bucket_of(p, smtp, local) : NULL;
    while (a && (a->local != local || strncasecmp(a->text, smtp, local) != 0))
        a = a->next;
    return a;
}

static void address_learn(struct pl_plan *p, const struct pl_json *who)
{
    const char *smtp = pl_json_text_of(who, "smtp");
    size_t local = local_size(smtp);
    if (!local)
        return;
    if (!p->addresses)
        p->addresses = pl_arena_zalloc(&p->keep, BUCKETS, sizeof *p->addresses);
    struct pl_plan_address *a = address_of(p, smtp, local);
    if (a) {
        a->shared = a->shared || strcasecmp(a->text, smtp) != 0;
        return;
    }
    a = p->addresses ? pl_arena_zalloc(&p->keep, 1, sizeof *a) : NULL;
    const char *text = a ? pl_arena_strdup(&p->keep, smtp) : NULL;
    if (!text) {
        p->failed = true;
        return;
    }
    struct pl_plan_address **bucket = bucket_of(p, smtp, local);
    *a = (struct pl_plan_address){.next = *bucket, .text = text, .local = local};
    *bucket = a;
}

static const char *user_of(struct pl_plan *p, const struct pl_json *who)
{
    const char *smtp = pl_json_text_of(who, "smtp");
    size_t local = local_size(smtp);
    const struct pl_plan_address *a = local ? address_of(p, smtp, local) : NULL;
    if (p->model->by_address)
        return local && pl_model_is_name(p->model, smtp) ? smtp : NULL;
    if (a && a->given && !strcasecmp(a->text, smtp))
        return pl_model_is_name(p->model, a->given) ? a->given : NULL;
    const char *user = a && !a->shared ? pl_arena_printf(&p->arena, "%.*s", (int)local, a->text) : NULL;
    return user && pl_model_is_name(p->model, user) ? user : NULL;
}

/* --- first pass -------------------------------------------------------------------------- */

static enum pl_trustee trustee_of(const struct pl_json *who)
{
    const char *kind = pl_json_text_of(who, "kind");
    for (int t = PL_TRUSTEE_UNKNOWN; kind && t <= PL_TRUSTEE_EXTERNAL; t++)
        if (!strcmp(kind, pl_trustee_name((enum pl_trustee)t)))
            return (enum pl_trustee)t;
    return PL_TRUSTEE_UNKNOWN;
}

/* The line, if it is one of a manifest; of a bad one nothing more is believed. */
static const struct pl_json *parse(struct pl_plan *p, const char *line, size_t size, const char **kind)
{
    pl_arena_reset(&p->line);
    const struct pl_json *v = pl_json_parse(&p->line, line, size);
    *kind = v && pl_json_number_of(v, "v", 0) == 1 ? pl_json_text_of(v, "kind") : NULL;
    p->totals.lines++;
    if (*kind)
        return v;
    p->totals.bad++;
    p->failed = true; /* it could be the one that denies */
    return NULL;
}

static struct pl_plan_box box_of(const struct pl_json *v)
{
    const struct pl_json *owner = pl_json_member(v, "owner");
    return (struct pl_plan_box){.store = pl_json_text_of(v, "store"),
                                .name = pl_json_text_of(owner, "name"),
                                .dn = pl_json_text_of(owner, "dn"),
                                .sid = pl_json_text_of(owner, "sid"),
                                .is_public = pl_json_true_of(owner, "public")};
}

static const char *path_of(struct pl_arena *a, const struct pl_json *folder)
{
    const struct pl_json *list = pl_json_member(folder, "path");
    const char *path = "";
    for (const struct pl_json *n = list ? list->child : NULL; n && path; n = n->next)
        if (n->kind == PL_JSON_TEXT)
            path = pl_arena_printf(a, *path ? "%s/%s" : "%s%s", path, n->text);
    return path;
}

/* --- places ------------------------------------------------------------------------------- */

struct pl_plan_place {
    struct pl_plan_place *next;
    uint64_t place, folder; /* hashes */
    bool shared;            /* another folder has it too */
};

/* FNV-1a of several texts, the end of each included. */
static uint64_t mix(uint64_t hash, const char *text, bool with_case)
{
    do {
        unsigned char c = (unsigned char)*text;
        hash = (hash ^ (with_case ? c : (unsigned)tolower(c))) * 1099511628211u;
    } while (*text++);
    return hash;
}

static bool has_own(const char *role)
{
    return !strcmp(role, "calendar") || !strcmp(role, "contacts") || !strcmp(role, "tasks");
}

/* The places of a folder of the manifest, by its path and by what it is for its owner; 0: none of that kind. */
static void places_of(struct pl_plan *p, const struct pl_json *v, uint64_t out[2])
{
    const struct pl_json *folder = pl_json_member(v, "folder");
    const struct pl_plan_box box = box_of(v);
    const char *smtp = pl_json_text_of(pl_json_member(v, "owner"), "smtp");
    const char *given = p->account ? p->account(p->data, &box) : NULL, *owner = given ? given : smtp;
    const char *role = pl_json_text_of(folder, "role"), *path = path_of(&p->arena, folder);
    out[0] = out[1] = 0;
    if (!owner || !path || p->model->meets == PL_MEETS_NONE)
        return;
    const uint64_t whose = mix(14695981039346656037u, owner, false);
    if (p->model->meets == PL_MEETS_PATH)
        out[0] = mix(whose, path, false) | 1;
    if (role && has_own(role) && pl_json_true_of(folder, "default"))
        out[1] = mix(mix(whose, "/", true), role, true) | 1;
}

static struct pl_plan_place *place_of(const struct pl_plan *p, uint64_t place)
{
    struct pl_plan_place *at = p->places && place ? p->places[place / 2 % BUCKETS] : NULL;
    while (at && at->place != place)
        at = at->next;
    return at;
}

static void place_learn(struct pl_plan *p, uint64_t place, uint64_t folder)
{
    struct pl_plan_place *at = place_of(p, place);
    if (at)
        at->shared = at->shared || at->folder != folder;
    if (at || !place)
        return;
    if (!p->places)
        p->places = pl_arena_zalloc(&p->keep, BUCKETS, sizeof *p->places);
    at = p->places ? pl_arena_zalloc(&p->keep, 1, sizeof *at) : NULL;
    if (!at) {
        p->failed = true;
        return;
    }
    *at = (struct pl_plan_place){p->places[place / 2 % BUCKETS], place, folder, false};
    p->places[place / 2 % BUCKETS] = at;
}

static void places_learn(struct pl_plan *p, const struct pl_json *v)
{
    const struct pl_json *folder = pl_json_member(v, "folder");
    const char *store = pl_json_text_of(v, "store"), *key = pl_json_text_of(folder, "key");
    const char *scope = pl_json_text_of(folder, "scope");
    uint64_t places[2];
    if (!store || !key || !scope || strcmp(scope, "visible") != 0)
        return;
    places_of(p, v, places);
    for (size_t i = 0; i < 2; i++)
        place_learn(p, places[i], mix(mix(14695981039346656037u, store, true), key, true));
}

static bool is_alone(struct pl_plan *p, const struct pl_json *v)
{
    uint64_t places[2];
    places_of(p, v, places);
    for (size_t i = 0; i < 2; i++) {
        const struct pl_plan_place *at = place_of(p, places[i]);
        if (at && at->shared)
            return false;
    }
    return true;
}

/* Whoever was given an account has it also where others name him. */
static void account_learn(struct pl_plan *p, const struct pl_json *v)
{
    const struct pl_plan_box box = box_of(v);
    const char *smtp = pl_json_text_of(pl_json_member(v, "owner"), "smtp");
    struct pl_plan_address *a = local_size(smtp) ? address_of(p, smtp, local_size(smtp)) : NULL;
    if (a && !a->given && box.store && p->account && !strcasecmp(a->text, smtp))
        a->given = p->account(p->data, &box);
}

void pl_plan_learn(struct pl_plan *p, const char *line, size_t size)
{
    const char *kind;
    const struct pl_json *v = parse(p, line, size, &kind);
    const char *owner = identity(pl_json_member(v, "owner")), *who = identity(pl_json_member(v, "delegate"));
    address_learn(p, pl_json_member(v, "owner"));
    address_learn(p, pl_json_member(v, "trustee"));
    address_learn(p, pl_json_member(v, "of"));
    account_learn(p, v);
    if (v && (!strcmp(kind, "acl") || !strcmp(kind, "folder")))
        places_learn(p, v);
    if (!v || strcmp(kind, "delegate") != 0 || !pl_json_true_of(v, "seesPrivate") || !owner || !who)
        return;
    struct pl_plan_delegate *d = pl_arena_alloc(&p->keep, sizeof *d);
    char *o = d ? pl_arena_strdup(&p->keep, owner) : NULL, *w = o ? pl_arena_strdup(&p->keep, who) : NULL;
    if (!w) { /* then he does not see private items */
        p->failed = true;
        return;
    }
    *d = (struct pl_plan_delegate){p->delegates, o, w};
    p->delegates = d;
}

static bool sees_private(const struct pl_plan *p, const struct pl_json *owner, const struct pl_json *who)
{
    const char *o = identity(owner), *w = identity(who);
    for (const struct pl_plan_delegate *d = o && w ? p->delegates : NULL; d; d = d->next)
        if (!strcasecmp(d->owner, o) && !strcasecmp(d->who, w))
            return true;
    return false;
}

/* --- fitting ----------------------------------------------------------------------------------- */

static bool is_others(const struct pl_plan_grant *g) { return g->trustee == PL_TRUSTEE_DEFAULT; }
static bool is_special(const struct pl_plan_grant *g) { return is_others(g) || g->trustee == PL_TRUSTEE_ANONYMOUS; }

/* Has the target no name for them, then they have nothing there. */
static void fit(const struct pl_model *m, enum pl_policy policy, struct pl_plan_grant *g)
{
    bool nobody = (is_others(g) && m->no_others) || (g->trustee == PL_TRUSTEE_ANONYMOUS && m->no_anonymous);
    pl_model_fit(m, nobody ? 0 : g->caps, policy, &g->fit);
    if (nobody)
        g->fit.lost = g->caps & PL_CAN_TOLD;
}

/* Would he, in the target, have what everybody else has? */
static bool falls_back(const struct pl_model *m, const struct pl_plan_grant *g)
{
    return !g->user || m->listed == PL_LISTED_AND_OTHERS || (m->listed == PL_LISTED_OR_OTHERS && !g->fit.count);
}

void pl_plan_fit(const struct pl_model *m, enum pl_policy policy, struct pl_plan_grant *grants, size_t count)
{
    uint32_t most = PL_CAN_ALL;
    for (size_t i = 0; i < count; i++) {
        struct pl_plan_grant *g = &grants[i];
        g->lowered = 0;
        fit(m, policy, g);
        if (!is_special(g) && falls_back(m, g))
            most &= g->caps;
    }
    for (size_t i = 0; i < count; i++) {
        struct pl_plan_grant *g = &grants[i];
        if (!is_others(g))
            continue;
        g->lowered = g->caps & ~most & PL_CAN_TOLD;
        g->caps &= most;
        fit(m, policy, g);
    }
}

/* --- second pass ---------------------------------------------------------------------------------- */

static void count(struct pl_plan_totals *t, const struct pl_plan_grant *g, bool kept)
{
    bool named = kept && (g->user || is_special(g));
    uint32_t lost = g->fit.lost | g->lowered;
    t->grants++;
    if (named && g->fit.more)
        t->wider++;
    else if (named && !lost)
        t->exact++;
    else if (named && g->fit.count)
        t->reduced++;
    else
        t->left_out++;
}

static void folder_end(struct pl_plan *p)
{
    struct pl_plan_builder *b = p->at;
    p->at = NULL;
    if (!b)
        return;
    const struct pl_model *m = pl_model_for(p->model, b->folder.role, b->folder.is_default);
    pl_plan_fit(m, p->policy, b->grants, b->folder.count);
    for (size_t i = 0; i < b->folder.count; i++)
        count(&p->totals, &b->grants[i], b->folder.kept);
    b->folder.grants = b->grants;
    p->folder(p->data, &b->folder);
}

static bool names_of(struct pl_arena *a, const struct pl_json *folder, struct pl_plan_folder *out)
{
    const struct pl_json *list = pl_json_member(folder, "path");
    size_t count = 0;
    for (const struct pl_json *n = list ? list->child : NULL; n; n = n->next)
        count++;
    const char **names = pl_arena_zalloc(a, count + 1, sizeof *names);
    for (const struct pl_json *n = list ? list->child : NULL; names && n; n = n->next)
        names[out->depth++] = n->kind == PL_JSON_TEXT ? n->text : "";
    out->names = names;
    out->name = names && out->depth ? names[out->depth - 1] : "";
    return names != NULL;
}

static const char *owner_of(struct pl_plan *p, const struct pl_json *owner, const struct pl_plan_box *box)
{
    const char *given = p->account ? p->account(p->data, box) : NULL;
    if (given)
        return pl_model_is_name(p->model, given) ? given : NULL;
    return user_of(p, owner);
}

static bool has_place(const struct pl_model *m, const char *role)
{
    size_t size = strlen(role);
    for (const char *at = m->roles; at && (at = strstr(at, role)); at += size)
        if (at[-1] == ' ' && at[size] == ' ')
            return true;
    return !m->roles;
}

static bool is_of(const struct pl_plan_builder *b, const char *store, const char *key)
{
    return b && !strcmp(b->store, store) && !strcmp(b->key, key);
}

struct pl_plan_seen {
    struct pl_plan_seen *next;
    const char *store, *key; /* of a folder; or the owner and name of a collection */
};

/* The lines of a folder stand together; where they do not, a part of its list would be taken for the whole. */
static bool is_first(struct pl_plan *p, const char *store, const char *key)
{
    if (!p->seen)
        p->seen = pl_arena_zalloc(&p->keep, BUCKETS, sizeof *p->seen);
    struct pl_plan_seen **bucket = p->seen ? &p->seen[hash_of(key, strlen(key))] : NULL;
    for (const struct pl_plan_seen *s = bucket ? *bucket : NULL; s; s = s->next)
        if (!strcmp(s->key, key) && !strcmp(s->store, store))
            return false;
    struct pl_plan_seen *s = bucket ? pl_arena_zalloc(&p->keep, 1, sizeof *s) : NULL;
    if (s)
        *s = (struct pl_plan_seen){*bucket, pl_arena_strdup(&p->keep, store), pl_arena_strdup(&p->keep, key)};
    if (!s || !s->store || !s->key) {
        p->failed = true;
        return false;
    }
    *bucket = s;
    return true;
}

/* Two stores of one owner can have folders with the same name and key. */
static const char *collection_of(struct pl_plan *p, const char *owner, const char *path, const char *key)
{
    char told[PL_COLLECTION_MOST], name[PL_COLLECTION_MOST], lower[PL_COLLECTION_MOST];
    pl_collection_name(path, key, told);
    memcpy(name, told, sizeof name);
    if (p->model->plain)
        pl_collection_plain(told, false, name, sizeof name);
    const char *unique = pl_arena_strdup(&p->arena, name);
    for (unsigned n = 2; owner && unique; n++) {
        size_t i = 0;
        for (; unique[i] && i + 1 < sizeof lower; i++)
            lower[i] = (char)tolower((unsigned char)unique[i]);
        lower[i] = '\0';
        char *mark = pl_arena_printf(&p->arena, "\001%s", owner);
        if (!mark || p->failed)
            return NULL;
        if (is_first(p, mark, lower))
            return unique;
        unique = pl_arena_printf(&p->arena, "%.*s-%u", PL_COLLECTION_MOST - 12, name, n);
    }
    return NULL;
}

static struct pl_plan_builder *folder_begin(struct pl_plan *p, const struct pl_json *v, const char *store,
                                            const char *key)
{
    const struct pl_json *owner = pl_json_member(v, "owner"), *folder = pl_json_member(v, "folder");
    const char *role = pl_json_text_of(folder, "role");
    struct pl_plan_builder *b = pl_arena_zalloc(&p->arena, 1, sizeof *b);
    const char *path = b ? path_of(&p->arena, folder) : NULL;
    if (!path)
        return NULL;
    b->store = store;
    b->key = key;
    const struct pl_plan_box box = box_of(v);
    b->folder = (struct pl_plan_folder){.box = box,
                                        .owner = owner_of(p, owner, &box),
                                        .owner_label = label(owner),
                                        .id = pl_json_text_of(folder, "id"),
                                        .is_default = pl_json_true_of(folder, "default"),
                                        .path = path,
                                        .key = key,
                                        .role = role && *role ? role : "other"};
    if (!names_of(&p->arena, folder, &b->folder))
        return NULL;
    if (b->folder.owner)
        b->folder.collection = collection_of(p, b->folder.owner, path, key);
    b->folder.kept = b->folder.collection && has_place(p->model, b->folder.role) && is_alone(p, v);
    return b;
}

/* What a grant is looked up by in its folder; NULL: it has none. No user is called by a control character. */
static const char *name_of(const struct pl_plan_grant *g)
{
    return g->user ? g->user : is_others(g) ? "\x1" : is_special(g) ? "\x2" : NULL;
}

/* Two identities can be one user, and there can be two lines for everybody else: then what both have counts. */
static struct pl_plan_grant *grant_again(struct pl_plan_builder *b, const struct pl_plan_grant *g)
{
    const char *name = name_of(g);
    size_t i = name ? b->users[hash_of(name, strlen(name)) % USERS] : 0;
    while (i && strcasecmp(name_of(&b->grants[i - 1]), name) != 0)
        i = b->same[i - 1];
    return i ? &b->grants[i - 1] : NULL;
}

static bool grant_new(struct pl_plan *p, struct pl_plan_grant g)
{
    struct pl_plan_builder *b = p->at;
    struct pl_plan_grant *again = grant_again(b, &g);
    if (again) {
        again->caps &= g.caps;
        return true;
    }
    if (b->folder.count == b->room) {
        size_t room = b->room ? b->room * 2 : 16;
        struct pl_plan_grant *grants = pl_arena_zalloc(&p->arena, room, sizeof *grants);
        size_t *same = grants ? pl_arena_zalloc(&p->arena, room, sizeof *same) : NULL;
        if (!same)
            return false;
        if (b->folder.count) {
            /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a count above 0 has its list */
            memcpy(grants, b->grants, b->folder.count * sizeof *grants);
            memcpy(same, b->same, b->folder.count * sizeof *same);
        }
        b->grants = grants;
        b->same = same;
        b->room = room;
    }
    size_t i = b->folder.count++;
    b->grants[i] = g; /* NOLINT(clang-analyzer-core.NullDereference): there is room now */
    const char *name = name_of(&g);
    if (name) {
        size_t *last = &b->users[hash_of(name, strlen(name)) % USERS];
        b->same[i] = *last;
        *last = i + 1;
    }
    return true;
}

static bool grant_add(struct pl_plan *p, const struct pl_json *v)
{
    const struct pl_json *who = pl_json_member(v, "trustee");
    const char *source = pl_json_text_of(v, "source");
    int64_t rights = pl_json_number_of(v, "rights", 0);
    if (!p->at->source && source && !(p->at->source = pl_arena_strdup(&p->arena, source)))
        return false;
    if (!source || strcmp(p->at->source, source) != 0)
        return true; /* a second list of the same folder */
    enum pl_trustee trustee = trustee_of(who);
    bool special = trustee == PL_TRUSTEE_DEFAULT || trustee == PL_TRUSTEE_ANONYMOUS;
    bool private = sees_private(p, pl_json_member(v, "owner"), who);
    /* the line does not stay: its texts, where they do, are few */
    const char *user = special || trustee == PL_TRUSTEE_GROUP ? NULL : user_of(p, who);
    const char *kept = user ? pl_arena_strdup(&p->arena, user) : NULL,
               *told = pl_arena_strdup(&p->arena, label(who));
    if ((user && !kept) || !told)
        return false;
    return grant_new(
        p, (struct pl_plan_grant){
               .trustee = trustee,
               .user = kept,
               .label = told,
               .caps = pl_caps_of(rights > 0 && rights <= UINT32_MAX ? (uint32_t)rights : 0, private, p->policy)});
}

/* A folder that people see; and of its lists not one that was not in force, which says nothing of what they could
 * do. */
static bool counts(const struct pl_json *v, bool is_grant)
{
    const char *source = is_grant ? pl_json_text_of(v, "source") : "";
    const char *scope = pl_json_text_of(pl_json_member(v, "folder"), "scope");
    return source && strcmp(source, "acldata") != 0 && strcmp(source, "freebusy") != 0 && scope &&
           !strcmp(scope, "visible");
}

void pl_plan_end(struct pl_plan *p)
{
    if (!p->failed)
        folder_end(p);
}

static void put_opened(struct pl_plan *p, const struct pl_json *v)
{
    const struct pl_json *owner = pl_json_member(v, "owner");
    const struct pl_plan_box box = box_of(v);
    const struct pl_plan_opened opened = {.user = owner_of(p, owner, &box),
                                          .of = user_of(p, pl_json_member(v, "of")),
                                          .role = pl_json_text_of(v, "role"),
                                          .id = pl_json_text_of(v, "id")};
    if (p->opened && opened.user && opened.of && opened.role)
        p->opened(p->data, &opened);
}

/* Reads the line again when the folder before it has been handed over, with all that was in the arena. */
static void folder_line(struct pl_plan *p, const struct pl_json *v, const char *line, size_t size, bool is_grant)
{
    const char *store = pl_json_text_of(v, "store"), *key = pl_json_text_of(pl_json_member(v, "folder"), "key");
    if (!store || !key || !counts(v, is_grant))
        return;
    if (!is_of(p->at, store, key)) {
        pl_plan_end(p);
        pl_arena_reset(&p->arena);
        v = pl_json_parse(&p->arena, line, size);
        store = pl_json_text_of(v, "store");
        key = pl_json_text_of(pl_json_member(v, "folder"), "key");
        p->at = store && key && is_first(p, store, key) ? folder_begin(p, v, store, key) : NULL;
    }
    p->failed = !p->at || (is_grant && !grant_add(p, v));
}

void pl_plan_line(struct pl_plan *p, const char *line, size_t size)
{
    if (p->failed) /* half a list would lack those who are denied */
        return;
    if (!p->at)
        pl_arena_reset(&p->arena);
    const char *kind;
    const struct pl_json *v = parse(p, line, size, &kind);
    if (v && (!strcmp(kind, "acl") || !strcmp(kind, "folder")))
        folder_line(p, v, line, size, !strcmp(kind, "acl"));
    else if (v && !strcmp(kind, "subscription") && pl_json_text_of(v, "store"))
        put_opened(p, v);
}
