/*
 * depends.c - see depends.h.
 *
 * Names of the set: "p:" and a DN, address or SID in lower case, where that person lives; "i:" and the id of a
 * folder, in which store it is; "r:" and the path of a public folder, the first store that has it, and "r2:"
 * another.
 */
#include "depends.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "acl.h"

#define LINE_TREE ((size_t)64 << 20)

bool pl_depends_init(struct pl_depends *d, const char *only,
                     void (*found)(void *data, const struct pl_dependency *d), void *data)
{
    *d = (struct pl_depends){.set = pl_diskset_new(), .only = only, .found = found, .data = data};
    pl_arena_init(&d->arena, LINE_TREE);
    return d->set;
}

void pl_depends_release(struct pl_depends *d)
{
    pl_diskset_free(d->set);
    pl_arena_release(&d->arena);
}

static const struct pl_json *parse(struct pl_depends *d, const char *line, size_t size, const char **kind)
{
    pl_arena_reset(&d->arena);
    const struct pl_json *v = d->failed ? NULL : pl_json_parse(&d->arena, line, size);
    *kind = pl_json_text_of(v, "kind");
    d->failed = d->failed || !*kind || !pl_json_text_of(v, "store");
    return d->failed ? NULL : v;
}

static const char *key_of(struct pl_depends *d, const char *kind, const char *text)
{
    char *key = text ? pl_arena_printf(&d->arena, "%s:%s", kind, text) : NULL;
    for (char *c = key; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    d->failed = d->failed || (text && !key);
    return key;
}

static const char *path_of(struct pl_depends *d, const struct pl_json *folder)
{
    const struct pl_json *names = pl_json_member(folder, "path");
    const char *path = "";
    for (const struct pl_json *n = names ? names->child : NULL; n && path; n = n->next)
        path = pl_arena_printf(&d->arena, *path ? "%s/%s" : "%s%s", path, n->text ? n->text : "");
    d->failed = d->failed || !path;
    return path ? path : "";
}

/* --- who and what is where ----------------------------------------------------------------- */

static void note(struct pl_depends *d, const char *kind, const char *text, const char *store)
{
    struct pl_diskset_row there;
    const char *key = key_of(d, kind, text);
    if (key && pl_diskset_add(d->set, key, 0, store, &there) == PL_STOP)
        d->failed = true;
}

/* NULL: not known. In the arena. */
static const char *where(struct pl_depends *d, const char *kind, const char *text)
{
    struct pl_diskset_row row = {0};
    const char *key = key_of(d, kind, text);
    enum pl_status st = key ? pl_diskset_find(d->set, key, &row) : PL_END;
    d->failed = d->failed || st == PL_STOP;
    return st == PL_OK ? pl_arena_strdup(&d->arena, row.text) : NULL;
}

static const char *const names[] = {"dn", "smtp", "sid"};
#define NAMES (sizeof names / sizeof *names)

static const char *home_of(struct pl_depends *d, const struct pl_json *who)
{
    const char *home = NULL;
    for (size_t i = 0; i < NAMES && !home; i++)
        home = where(d, "p", pl_json_text_of(who, names[i]));
    return home;
}

void pl_depends_learn(struct pl_depends *d, const char *line, size_t size)
{
    const char *kind;
    const struct pl_json *v = parse(d, line, size, &kind);
    const char *store = pl_json_text_of(v, "store");
    if (!v || (strcmp(kind, "folder") != 0 && strcmp(kind, "store") != 0))
        return;
    const struct pl_json *owner = pl_json_member(v, "owner"), *folder = pl_json_member(v, "folder");
    for (size_t i = 0; i < NAMES; i++)
        note(d, "p", pl_json_text_of(owner, names[i]), store);
    note(d, "i", pl_json_text_of(folder, "id"), store);
    if (!folder || !pl_json_true_of(owner, "public"))
        return;
    const char *path = path_of(d, folder), *first = where(d, "r", path);
    if (first && strcmp(first, store) != 0)
        note(d, "r2", path, store);
    else if (!first)
        note(d, "r", path, store);
}

/* --- what depends ------------------------------------------------------------------------------ */

static const char *label(const struct pl_json *who)
{
    static const char *const labels[] = {"name", "smtp", "dn", "sid"};
    const char *kind = pl_json_text_of(who, "kind"), *text = NULL;
    if (kind && (!strcmp(kind, "default") || !strcmp(kind, "anonymous")))
        return kind;
    for (size_t i = 0; i < sizeof labels / sizeof *labels && !text; i++)
        text = pl_json_text_of(who, labels[i]);
    return text ? text : "(nobody)";
}

static const char *owner_label(const struct pl_json *owner)
{
    return pl_json_true_of(owner, "public") ? "public folders" : label(owner);
}

static const char *replica_of(struct pl_depends *d, const struct pl_json *v, const char *path)
{
    const char *store = pl_json_text_of(v, "store");
    if (!pl_json_true_of(pl_json_member(v, "owner"), "public"))
        return NULL;
    const char *first = where(d, "r", path), *second = where(d, "r2", path);
    return first && strcmp(first, store) != 0 ? first : second && strcmp(second, store) != 0 ? second : NULL;
}

static void give(struct pl_depends *d, const struct pl_dependency *found)
{
    if (!d->failed && (!d->only || (found->store && !strcmp(found->store, d->only))))
        d->found(d->data, found);
}

/* To see that a folder is there is not to use it; nor does its owner depend on others. */
static bool is_used(const struct pl_json *v)
{
    const char *source = pl_json_text_of(v, "source"),
               *scope = pl_json_text_of(pl_json_member(v, "folder"), "scope");
    int64_t rights = pl_json_number_of(v, "rights", 0);
    const char *owner = pl_json_text_of(pl_json_member(v, "owner"), "dn"),
               *who = pl_json_text_of(pl_json_member(v, "trustee"), "dn");
    bool self = owner && who && !strcmp(owner, who);
    return (rights & ~(int64_t)(PL_RIGHT_VISIBLE | PL_RIGHT_CONTACT)) && source && strcmp(source, "acldata") != 0 &&
           scope && !strcmp(scope, "visible") && !self;
}

static void put_grant(struct pl_depends *d, const struct pl_json *v)
{
    const struct pl_json *folder = pl_json_member(v, "folder"), *who = pl_json_member(v, "trustee");
    const char *path = path_of(d, folder);
    if (is_used(v))
        give(d, &(struct pl_dependency){.store = pl_json_text_of(v, "store"),
                                        .what = "folder",
                                        .owner = owner_label(pl_json_member(v, "owner")),
                                        .path = path,
                                        .role = pl_json_text_of(folder, "role"),
                                        .who = label(who),
                                        .grant = pl_json_text_of(v, "role"),
                                        .home = home_of(d, who),
                                        .replica = replica_of(d, v, path)});
}

/* A shortcut into the store that it lies in depends on no other. */
static void put_opened(struct pl_depends *d, const struct pl_json *v)
{
    const struct pl_json *of = pl_json_member(v, "of");
    const char *own = pl_json_text_of(v, "store"), *target = where(d, "i", pl_json_text_of(v, "id"));
    target = target ? target : home_of(d, of);
    if (!target || strcmp(target, own) != 0)
        give(d, &(struct pl_dependency){.store = target,
                                        .what = "opened",
                                        .owner = pl_json_true_of(v, "public") ? "public folders" : label(of),
                                        .path = pl_json_text_of(v, "name"),
                                        .role = pl_json_text_of(v, "role"),
                                        .who = label(pl_json_member(v, "owner")),
                                        .home = own});
}

static void put_times(struct pl_depends *d, const struct pl_json *v)
{
    const struct pl_json *user = pl_json_member(v, "user");
    const char *store = pl_json_text_of(v, "store"), *home = home_of(d, user);
    if (!home || strcmp(home, store) != 0)
        give(d, &(struct pl_dependency){
                    .store = store, .what = "freebusy", .owner = label(user), .who = label(user), .home = home});
}

void pl_depends_line(struct pl_depends *d, const char *line, size_t size)
{
    const char *kind;
    const struct pl_json *v = parse(d, line, size, &kind);
    if (!v)
        return;
    if (!strcmp(kind, "acl"))
        put_grant(d, v);
    else if (!strcmp(kind, "subscription"))
        put_opened(d, v);
    else if (!strcmp(kind, "freebusy"))
        put_times(d, v);
}
