/*
 * tree.c - see tree.h.
 *
 * Whose list a folder of somebody else stands in: who had opened folders in his own store gets those of them that
 * he may see; of whom nothing is known of that kind gets every folder that is granted to him by name.
 */
#include "tree.h"
#include "fdio.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define KEEP_MOST ((size_t)512 << 20)
#define CHUNK     16384

struct pl_tree_wish {
    struct pl_tree_wish *next;
    struct pl_plan_opened of;
};

void pl_tree_init(struct pl_tree *t, int from, struct pl_output *to)
{
    *t = (struct pl_tree){.from = from, .to = to};
    pl_arena_init(&t->keep, KEEP_MOST);
    t->last = &t->folders;
}

void pl_tree_release(struct pl_tree *t) { pl_arena_release(&t->keep); }

bool pl_tree_fault(struct pl_tree *t, const char *why)
{
    t->why = t->why ? t->why : why;
    t->failed = true;
    return false;
}

static const char *keep(struct pl_tree *t, const char *text)
{
    const char *kept = text ? pl_arena_strdup(&t->keep, text) : NULL;
    if (text && !kept)
        pl_tree_fault(t, "out of memory");
    return kept;
}

/* --- collecting ------------------------------------------------------------------------------ */

static bool is_special(enum pl_trustee t) { return t == PL_TRUSTEE_DEFAULT || t == PL_TRUSTEE_ANONYMOUS; }

static void keep_grants(struct pl_tree *t, struct pl_tree_folder *to, const struct pl_plan_folder *f)
{
    to->grants = pl_arena_zalloc(&t->keep, f->count + 1, sizeof *to->grants);
    if (!to->grants) {
        pl_tree_fault(t, "out of memory");
        return;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        bool special = is_special(g->trustee);
        if (!special && !g->user)
            continue; /* everybody else has been lowered to what he has */
        to->grants[to->count++] = (struct pl_tree_grant){g->trustee, special ? NULL : keep(t, g->user), g->fit};
    }
}

/* The items of two folders with one path in one mailbox can't be told apart: neither gets any, because they would
 * come under the rights of the other. */
static bool is_mixed(struct pl_tree *t, const struct pl_plan_folder *f, const char *dir)
{
    bool mixed = false;
    for (struct pl_tree_folder *o = t->folders; o; o = o->next)
        if (o->dir && dir && !strcmp(o->path, f->path) && !strcmp(o->dir, dir) && !strcmp(o->store, f->box.store)) {
            for (const struct pl_tree_file *file = o->files; file; file = file->next)
                t->mixed++;
            o->files = NULL;
            mixed = true;
        }
    return mixed;
}

struct pl_tree_folder *pl_tree_add(struct pl_tree *t, const struct pl_plan_folder *f, const char *dir)
{
    bool mixed = is_mixed(t, f, dir);
    struct pl_tree_folder *to = pl_arena_zalloc(&t->keep, 1, sizeof *to);
    if (!to) {
        pl_tree_fault(t, "out of memory");
        return NULL;
    }
    *to = (struct pl_tree_folder){.owner = keep(t, f->owner),
                                  .collection = keep(t, f->collection),
                                  .name = keep(t, *f->name ? f->name : f->owner_label),
                                  .role = keep(t, f->role),
                                  .id = keep(t, f->id),
                                  .is_default = f->is_default,
                                  .store = keep(t, f->box.store),
                                  .dir = keep(t, dir),
                                  .path = keep(t, f->path)};
    keep_grants(t, to, f);
    if (t->failed)
        return NULL;
    for (const struct pl_tree_folder *o = t->folders; o; o = o->next)
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): keep() gives NULL only with t->failed */
        if (o->is_default && !strcmp(o->owner, to->owner) && !strcmp(o->role, to->role))
            to->is_default = false; /* that of another store of his */
    *t->last = to;
    t->last = &to->next;
    return mixed ? NULL : to;
}

void pl_tree_file(struct pl_tree *t, struct pl_tree_folder *f, const char *path)
{
    struct pl_tree_file *file = pl_arena_zalloc(&t->keep, 1, sizeof *file), **end = &f->files;
    if (!file) {
        pl_tree_fault(t, "out of memory");
        return;
    }
    *file = (struct pl_tree_file){NULL, keep(t, path)};
    file->next = *end;
    *end = file;
}

void pl_tree_wish(struct pl_tree *t, const struct pl_plan_opened *opened)
{
    struct pl_tree_wish *w = pl_arena_zalloc(&t->keep, 1, sizeof *w);
    if (!w) {
        pl_tree_fault(t, "out of memory");
        return;
    }
    *w = (struct pl_tree_wish){
        t->wishes, {keep(t, opened->user), keep(t, opened->of), keep(t, opened->role), keep(t, opened->id)}};
    t->wishes = w;
}

/* --- what stands in whose list ------------------------------------------------------------------ */

static const struct pl_tree_grant *grant_of(const struct pl_tree_folder *f, const char *user)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->grants[i].user && !strcasecmp(f->grants[i].user, user))
            return &f->grants[i];
    return NULL;
}

static const struct pl_tree_grant *others_of(const struct pl_tree_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->grants[i].trustee == PL_TRUSTEE_DEFAULT)
            return &f->grants[i];
    return NULL;
}

static bool may_see(const struct pl_tree_folder *f, const char *user)
{
    const struct pl_tree_grant *g = grant_of(f, user);
    if (!g)
        g = others_of(f);
    return g && (g->fit.given & (PL_CAN_READ | PL_CAN_SEE_BUSY));
}

static bool is_wanted(const struct pl_tree_wish *w, const struct pl_tree_folder *f)
{
    if (strcasecmp(w->of.of, f->owner) != 0 || strcmp(w->of.role, f->role) != 0)
        return false;
    return w->of.id && f->id ? !strcasecmp(w->of.id, f->id) : f->is_default;
}

static bool wishes_anything(const struct pl_tree *t, const char *user)
{
    for (const struct pl_tree_wish *w = t->wishes; w; w = w->next)
        if (!strcasecmp(w->of.user, user))
            return true;
    return false;
}

static void open_for(struct pl_tree *t, const char *user, const struct pl_tree_folder *f)
{
    if (!strcasecmp(user, f->owner) || !may_see(f, user))
        return;
    for (const struct pl_tree_opened *o = t->opened; o; o = o->next)
        if (o->folder == f && !strcasecmp(o->user, user))
            return;
    struct pl_tree_opened *o = pl_arena_zalloc(&t->keep, 1, sizeof *o);
    if (!o) {
        pl_tree_fault(t, "out of memory");
        return;
    }
    *o = (struct pl_tree_opened){t->opened, user, f};
    t->opened = o;
    t->subscriptions++;
}

static void open_all(struct pl_tree *t)
{
    for (const struct pl_tree_folder *f = t->folders; f; f = f->next) {
        for (const struct pl_tree_wish *w = t->wishes; w; w = w->next)
            if (is_wanted(w, f))
                open_for(t, w->of.user, f);
        for (size_t i = 0; i < f->count; i++)
            if (f->grants[i].user && !wishes_anything(t, f->grants[i].user))
                open_for(t, f->grants[i].user, f);
    }
}

/* Where a store does not say which is THE calendar of its owner, it is the first. */
static void defaults_find(struct pl_tree *t)
{
    for (struct pl_tree_folder *f = t->folders; f; f = f->next) {
        bool has = false;
        for (const struct pl_tree_folder *o = t->folders; o && !has; o = o->next)
            has = !strcmp(o->owner, f->owner) && !strcmp(o->role, f->role) && o->is_default;
        f->is_default = f->is_default || !has;
    }
}

/* --- writing ---------------------------------------------------------------------------------------- */

static void files_turn(struct pl_tree_folder *f)
{
    struct pl_tree_file *in_order = NULL;
    while (f->files) {
        struct pl_tree_file *file = f->files;
        f->files = file->next;
        file->next = in_order;
        in_order = file;
    }
    f->files = in_order;
}

/* Accounts that have folders, and those that only see folders of others. */
static bool is_first_of(const struct pl_tree *t, const struct pl_tree_folder *at)
{
    for (const struct pl_tree_folder *f = t->folders; f != at; f = f->next)
        if (!strcmp(f->owner, at->owner))
            return false;
    return true;
}

static bool has_folders(const struct pl_tree *t, const struct pl_tree_opened *at)
{
    for (const struct pl_tree_folder *f = t->folders; f; f = f->next)
        if (!strcasecmp(f->owner, at->user))
            return true;
    for (const struct pl_tree_opened *o = t->opened; o != at; o = o->next)
        if (!strcasecmp(o->user, at->user))
            return true;
    return false;
}

bool pl_tree_write(struct pl_tree *t, const struct pl_tree_ops *ops)
{
    for (struct pl_tree_folder *f = t->folders; f; f = f->next)
        files_turn(f);
    defaults_find(t);
    open_all(t);
    for (const struct pl_tree_folder *f = t->folders; f && !t->failed; f = f->next)
        if (is_first_of(t, f) && !ops->account(t, f->owner))
            return false;
    for (const struct pl_tree_opened *o = t->opened; o && !t->failed; o = o->next)
        if (!has_folders(t, o) && !ops->account(t, o->user))
            return false;
    return !t->failed;
}

bool pl_tree_read(struct pl_tree *t, const char *path, void (*take)(void *data, const char *bytes, size_t size),
                  void *data)
{
    char chunk[CHUNK];
    ssize_t got = -1;
    int fd = pl_file_open(t->from, path, O_NOFOLLOW);
    if (fd >= 0) {
        while ((got = pl_fd_read(fd, chunk, sizeof chunk, -1)) > 0)
            take(data, chunk, (size_t)got);
        close(fd);
    }
    return got == 0 || pl_tree_fault(t, "a file of the conversion is gone, or can't be read");
}
