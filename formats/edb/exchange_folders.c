/*
 * exchange_folders.c - the mailboxes of a store and their folder trees.
 *
 * Layer: inside the EDB reader. One walk over the folders keeps ids and parents only; what
 * a folder is called and holds is read again when its turn comes. Mailboxes come in the
 * order of their table, each with the tree below its root, parents first; then the
 * folders that no root leads to, as recovered. A store without mailboxes is public when it
 * has a root: then it is one mailbox that nobody owns.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "exchange.h"
#include "role.h"

#define FOLDERS_MOST   (1u << 22)
#define MAILBOXES_MOST (1u << 17)
#define PATH_MOST      100
#define GUID_SIZE      16

#define SPECIAL_VISIBLE 9 /* of 2013: what users see */

static enum pl_status no_room(struct exchange *x, const char *what)
{
    return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "the store has too many %s", what);
}

/* --- mailboxes ---------------------------------------------------------------------------- */

static bool mailbox_fill(struct exchange *x, const struct ese_record *r, struct exchange_mailbox *m)
{
    const struct exchange_binding *f = x->tables[EDB_MAILBOXES].fields;
    struct pl_arena *a = x->r->store_arena;
    struct pl_bytes guid = {0};
    if (!exchange_id(x, r, f[EDB_ROOT], &m->root_id))
        m->root_id = 0;
    if (exchange_bytes(x, r, f[EDB_GUID], a, &guid) > PL_LOST && guid.size == GUID_SIZE)
        memcpy(m->guid, guid.data, GUID_SIZE);
    m->mailbox.name = exchange_text(x, r, f[EDB_NAME], a);
    m->mailbox.dn = exchange_text(x, r, f[EDB_DN], a);
    m->mailbox.smtp = exchange_text(x, r, f[EDB_SMTP], a);
    if (exchange_bytes(x, r, f[EDB_OWNER_SID], a, &m->mailbox.sid) <= PL_LOST)
        m->mailbox.sid = (struct pl_bytes){0};
    m->root = m->visible = EXCHANGE_NOWHERE;
    return m->mailbox.name && m->mailbox.dn && m->mailbox.smtp;
}

struct exchange_mailbox *exchange_mailbox_new(struct exchange *x)
{
    if (x->mailbox_count == x->mailbox_room) {
        uint32_t more = x->mailbox_room ? x->mailbox_room * 2 : 16;
        struct exchange_mailbox *list =
            more <= MAILBOXES_MOST ? pl_arena_zalloc(x->r->store_arena, more, sizeof *list) : NULL;
        if (!list) {
            no_room(x, "mailboxes");
            return NULL;
        }
        if (x->mailbox_count)
            memcpy(list, x->mailboxes, x->mailbox_count * sizeof *list);
        x->mailboxes = list;
        x->mailbox_room = more;
    }
    return &x->mailboxes[x->mailbox_count++];
}

static enum pl_status mailbox_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                   void *data)
{
    (void)node, (void)data;
    struct exchange_mailbox *m = exchange_mailbox_new(x);
    if (!m)
        return PL_STOP;
    return mailbox_fill(x, r, m) ? PL_OK : no_room(x, "mailboxes");
}

static enum pl_status mailboxes_load(struct exchange *x)
{
    return exchange_rows_visit(x, EDB_MAILBOXES, mailbox_take, NULL);
}

/* --- the walk over all folders ------------------------------------------------------------------ */

/* Which mailbox has which GUID, by GUID. */
struct owner {
    uint8_t guid[GUID_SIZE];
    uint32_t mailbox;
};

static int owner_order(const void *a, const void *b)
{
    const struct owner *one = a, *two = b;
    int order = memcmp(one->guid, two->guid, GUID_SIZE);
    return order ? order : (one->mailbox > two->mailbox) - (one->mailbox < two->mailbox);
}

/* NULL: out of memory. To be freed. */
static struct owner *owners_make(const struct exchange *x)
{
    struct owner *list = calloc((size_t)x->mailbox_count + 1, sizeof *list);
    for (uint32_t i = 0; list && i < x->mailbox_count; i++) {
        memcpy(list[i].guid, x->mailboxes[i].guid, GUID_SIZE);
        list[i].mailbox = i;
    }
    if (list && x->mailbox_count)
        qsort(list, x->mailbox_count, sizeof *list, owner_order);
    return list;
}

/* The first of those that have it, or EXCHANGE_NOWHERE. */
static uint32_t owner_find(const struct exchange *x, const struct owner *owners, const uint8_t *guid)
{
    uint32_t low = 0, high = x->mailbox_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(owners[middle].guid, guid, GUID_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < x->mailbox_count && !memcmp(owners[low].guid, guid, GUID_SIZE);
    return found ? owners[low].mailbox : EXCHANGE_NOWHERE;
}

static enum pl_status folder_add(struct exchange *x, const struct owner *owners, const struct ese_record *r)
{
    const struct exchange_binding *f = x->tables[EDB_FOLDERS].fields;
    struct exchange_folder folder = {.parent = EXCHANGE_NOWHERE,
                                     .child = EXCHANGE_NOWHERE,
                                     .sibling = EXCHANGE_NOWHERE,
                                     .mailbox = EXCHANGE_NOWHERE};
    struct pl_bytes guid = {0};
    if (!exchange_id(x, r, f[EDB_ID], &folder.id))
        return pl_report(x->r->report, PL_LOST, "edb.folder-id", NULL, r->offset,
                         "a folder has no id; its name, its rights and what it lists are lost");
    if (!exchange_id(x, r, f[EDB_PARENT], &folder.parent_id))
        folder.parent_id = 0;
    if (exchange_bytes(x, r, f[EDB_MAILBOX], x->r->folder_arena, &guid) > PL_LOST && guid.size == GUID_SIZE)
        folder.mailbox = owner_find(x, owners, guid.data);
    pl_arena_reset(x->r->folder_arena);
    return exchange_folder_add(x, folder);
}

enum pl_status exchange_folder_add(struct exchange *x, struct exchange_folder folder)
{
    if (x->folder_count == x->folder_room) {
        uint32_t room = x->folder_room ? x->folder_room * 2 : 256;
        struct exchange_folder *list = room <= FOLDERS_MOST ? realloc(x->folders, room * sizeof *list) : NULL;
        if (!list)
            return no_room(x, "folders");
        x->folders = list;
        x->folder_room = room;
    }
    x->folders[x->folder_count++] = folder;
    return PL_OK;
}

static int folder_order(const void *a, const void *b)
{
    const struct exchange_folder *one = a, *two = b;
    return (one->id > two->id) - (one->id < two->id);
}

uint32_t exchange_folder_find(const struct exchange *x, uint64_t id)
{
    const struct exchange_folder wanted = {.id = id};
    const struct exchange_folder *found =
        x->folder_count ? bsearch(&wanted, x->folders, x->folder_count, sizeof wanted, folder_order) : NULL;
    return found ? (uint32_t)(found - x->folders) : EXCHANGE_NOWHERE;
}

/* Ids occur once in a sound table; after damage the first is taken. */
static void duplicates_drop(struct exchange *x)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < x->folder_count; i++) {
        if (!kept || x->folders[kept - 1].id != x->folders[i].id) {
            x->folders[kept++] = x->folders[i];
            continue;
        }
        x->schema->folder_key(x, i, x->key);
        pl_report(x->r->report, PL_LOST, "edb.folder-id", x->key, PL_NO_OFFSET,
                  "two folders have this id; the name and the rights of one, and what it lists, are lost");
    }
    x->folder_count = kept;
}

/* Settles the parents on the way up from one folder, each once; a circle is cut where it closes. */
static void parents_settle(struct exchange *x, uint32_t from)
{
    uint32_t i = from;
    while (i != EXCHANGE_NOWHERE && !x->folders[i].mark) {
        struct exchange_folder *it = &x->folders[i];
        uint32_t up =
            it->parent_id && it->parent_id != it->id ? exchange_folder_find(x, it->parent_id) : EXCHANGE_NOWHERE;
        it->mark = from + 1;
        it->parent = up != EXCHANGE_NOWHERE && x->folders[up].mark == from + 1 ? EXCHANGE_NOWHERE : up;
        i = it->parent;
    }
}

/* What a mailbox has as its root lies in no other folder: trees of mailboxes don't overlap. A root that
 * several have is the first one's. */
static void roots_settle(struct exchange *x, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        struct exchange_mailbox *m = &x->mailboxes[i];
        uint32_t root = exchange_folder_find(x, m->root_id);
        if (root == EXCHANGE_NOWHERE || x->folders[root].is_root)
            continue;
        m->root = root;
        x->folders[root].is_root = true;
        x->folders[root].parent = EXCHANGE_NOWHERE;
        x->folders[root].mailbox = i;
    }
}

static void children_link(struct exchange *x)
{
    for (uint32_t i = x->folder_count; i-- > 0;) {
        struct exchange_folder *it = &x->folders[i];
        if (it->parent != EXCHANGE_NOWHERE) {
            it->sibling = x->folders[it->parent].child;
            x->folders[it->parent].child = i;
        }
    }
}

void exchange_tree_link(struct exchange *x, uint32_t from, uint32_t to)
{
    if (x->folder_count)
        qsort(x->folders, x->folder_count, sizeof *x->folders, folder_order);
    duplicates_drop(x);
    for (uint32_t i = 0; i < x->folder_count; i++)
        parents_settle(x, i);
    roots_settle(x, from, to);
    children_link(x);
}

static enum pl_status folder_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                  void *data)
{
    (void)node;
    return folder_add(x, data, r);
}

static enum pl_status folders_read(struct exchange *x)
{
    struct owner *owners = owners_make(x);
    if (!owners)
        return no_room(x, "mailboxes");
    enum pl_status st = exchange_rows_visit(x, EDB_FOLDERS, folder_take, owners);
    free(owners);
    if (st == PL_OK)
        exchange_tree_link(x, 0, x->mailbox_count);
    return st;
}

/* --- roots ------------------------------------------------------------------------------------------ */

static bool bag_of(struct exchange *x, uint32_t i, struct pl_bag *bag)
{
    uint64_t offset;
    enum pl_status st = x->schema->folder_bag(x, i, bag, &offset);
    return st > PL_LOST && st != PL_END;
}

static bool name_is_visible_root(const char *name)
{
    return !strcasecmp(name, "IPM_SUBTREE") || !strncasecmp(name, "Top of ", 7);
}

static uint32_t place_of_entry(const struct exchange *x, const struct pl_bag *bag, enum pl_pid pid)
{
    struct pl_bytes entry;
    uint64_t id = 0;
    bool known = pl_bag_bytes(bag, pid, &entry) && exchange_entry_id(x, entry, false, &id);
    return known ? exchange_folder_find(x, id) : EXCHANGE_NOWHERE;
}

/* The visible root is named by the root, or has the default calendar as its child, or else is known
 * by its name. */
static uint32_t visible_find(struct exchange *x, const struct exchange_mailbox *m)
{
    static const enum pl_pid pids[] = {PidTagIpmAppointmentEntryId, PidTagIpmContactEntryId, PidTagIpmTaskEntryId};
    struct pl_bag bag = {0};
    bool has_bag = bag_of(x, m->root, &bag);
    uint32_t place = has_bag ? place_of_entry(x, &bag, PidTagIpmSubtreeEntryId) : EXCHANGE_NOWHERE;
    for (size_t i = 0; has_bag && place == EXCHANGE_NOWHERE && i < sizeof pids / sizeof *pids; i++) {
        place = place_of_entry(x, &bag, pids[i]);
        place = place == EXCHANGE_NOWHERE ? place : x->folders[place].parent;
    }
    if (place != EXCHANGE_NOWHERE)
        return place;
    for (uint32_t i = x->folders[m->root].child; i != EXCHANGE_NOWHERE; i = x->folders[i].sibling) {
        const char *name = bag_of(x, i, &bag) ? pl_bag_text(&bag, PidTagDisplayName) : NULL;
        if ((name && name_is_visible_root(name)) || x->folders[i].special == SPECIAL_VISIBLE)
            return i;
    }
    return m->root;
}

static bool has_child_named(struct exchange *x, uint32_t root, const char *wanted)
{
    bool found = false;
    for (uint32_t i = x->folders[root].child; i != EXCHANGE_NOWHERE && !found; i = x->folders[i].sibling) {
        struct pl_bag bag;
        const char *name = bag_of(x, i, &bag) ? pl_bag_text(&bag, PidTagDisplayName) : NULL;
        found = name && !strcasecmp(name, wanted);
    }
    pl_arena_reset(x->r->folder_arena);
    return found;
}

/* A store that lists no mailboxes: the public folders, or each root stands for a mailbox whose owner
 * nobody knows. */
static enum pl_status roots_add(struct exchange *x)
{
    uint32_t nameless = 0;
    for (uint32_t i = 0; i < x->folder_count; i++) {
        if (x->folders[i].parent != EXCHANGE_NOWHERE || x->folders[i].parent_id)
            continue;
        x->folders[i].is_root = true;
        bool is_public = has_child_named(x, i, "NON_IPM_SUBTREE");
        struct exchange_mailbox *m = exchange_mailbox_new(x);
        if (!m)
            return PL_STOP;
        *m = (struct exchange_mailbox){
            .mailbox = {.name = is_public ? "Public Folders" : "", .smtp = "", .dn = "", .is_public = is_public},
            .root_id = x->folders[i].id,
            .root = i};
        nameless += !is_public;
    }
    if (nameless || !x->mailbox_count)
        pl_report(x->r->report, PL_WARN, "edb.no-mailbox", NULL, PL_NO_OFFSET,
                  "the store lists no mailboxes; of %" PRIu32 " root folders the owner is not known", nameless);
    return PL_OK;
}

static void root_settle(struct exchange *x, struct exchange_mailbox *m)
{
    m->visible = EXCHANGE_NOWHERE;
    if (!m->wanted)
        return;
    if (m->root == EXCHANGE_NOWHERE)
        pl_report(x->r->report, PL_WARN, "edb.no-root", NULL, PL_NO_OFFSET,
                  "the mailbox of %s has no root folder%s", m->mailbox.name,
                  exchange_folder_find(x, m->root_id) == EXCHANGE_NOWHERE ? "; its folders come as recovered"
                                                                          : " but that of another one");
    else
        m->visible = visible_find(x, m);
    pl_arena_reset(x->r->folder_arena);
}

/* The folder after this one on a walk of the tree below `top`, parents first. */
static uint32_t tree_next(const struct exchange *x, uint32_t at, uint32_t top)
{
    if (x->folders[at].child != EXCHANGE_NOWHERE)
        return x->folders[at].child;
    while (at != top && x->folders[at].sibling == EXCHANGE_NOWHERE)
        at = x->folders[at].parent;
    return at == top ? EXCHANGE_NOWHERE : x->folders[at].sibling;
}

/* Folders below a root are of its mailbox, whatever they say. */
static void mailbox_spread(struct exchange *x, uint32_t place)
{
    struct exchange_mailbox *m = &x->mailboxes[place];
    for (uint32_t at = m->root; at != EXCHANGE_NOWHERE; at = tree_next(x, at, m->root)) {
        struct exchange_folder *it = &x->folders[at];
        it->mailbox = place;
        it->rooted = true;
        it->visible = at == m->visible || (at != m->root && x->folders[it->parent].visible);
    }
}

void exchange_mailbox_settle(struct exchange *x, uint32_t place)
{
    root_settle(x, &x->mailboxes[place]);
    mailbox_spread(x, place);
}

enum pl_status exchange_folders_load(struct exchange *x)
{
    enum pl_status st = mailboxes_load(x);
    if (st == PL_OK)
        st = folders_read(x);
    if (st == PL_OK && !x->mailbox_count)
        st = roots_add(x);
    if (st == PL_STOP)
        return st;
    const struct pl_wanted_mailboxes *w = &x->r->options.mailboxes;
    for (uint32_t i = 0; i < x->mailbox_count; i++) {
        struct exchange_mailbox *m = &x->mailboxes[i];
        m->wanted = !w->wants || w->wants(w->data, &m->mailbox);
        exchange_mailbox_settle(x, i);
    }
    x->at_mailbox = 0;
    x->at_folder = EXCHANGE_NOWHERE;
    return PL_OK;
}

void exchange_folders_free(struct exchange *x)
{
    free(x->folders);
    x->folders = NULL;
    x->folder_count = x->folder_room = 0;
}

/* --- one folder after the other ---------------------------------------------------------------------- */

/* Tops that no mailbox has as its root, of mailboxes that are wanted. */
static uint32_t next_adrift(const struct exchange *x, uint32_t from)
{
    for (uint32_t i = from; i < x->folder_count; i++) {
        const struct exchange_folder *f = &x->folders[i];
        const struct exchange_mailbox *m = f->mailbox == EXCHANGE_NOWHERE ? NULL : &x->mailboxes[f->mailbox];
        if (f->parent == EXCHANGE_NOWHERE && (!m || (m->wanted && m->root != i)))
            return i;
    }
    return EXCHANGE_NOWHERE;
}

/* A mailbox ends. */
static void calendar_miss(struct exchange *x)
{
    const struct exchange_mailbox *m = x->at_mailbox ? &x->mailboxes[x->at_mailbox - 1] : NULL;
    if (m && m->wanted && !m->mailbox.is_public && m->root != EXCHANGE_NOWHERE && !x->saw_calendar)
        pl_report(x->r->report, PL_OK, "edb.no-calendar", NULL, PL_NO_OFFSET, "the mailbox \"%s\" has no calendar",
                  m->mailbox.name);
    x->saw_calendar = false;
}

static uint32_t next_root(struct exchange *x)
{
    calendar_miss(x);
    for (; x->at_mailbox < x->mailbox_count; x->at_mailbox++)
        if (x->mailboxes[x->at_mailbox].wanted && x->mailboxes[x->at_mailbox].root != EXCHANGE_NOWHERE)
            return x->mailboxes[x->at_mailbox++].root;
    return next_adrift(x, 0);
}

/* Below it, or beside it or one above it. EXCHANGE_NOWHERE: its tree ends; *top is the top of that. */
static uint32_t tree_step(const struct exchange *x, uint32_t i, uint32_t *top)
{
    if (x->folders[i].child != EXCHANGE_NOWHERE)
        return x->folders[i].child;
    while (x->folders[i].parent != EXCHANGE_NOWHERE && x->folders[i].sibling == EXCHANGE_NOWHERE)
        i = x->folders[i].parent;
    *top = i;
    return x->folders[i].sibling;
}

static uint32_t next_place(struct exchange *x)
{
    uint32_t i = x->at_folder, top = 0;
    if (!x->begun) {
        x->begun = true;
        return next_root(x);
    }
    if (i == EXCHANGE_NOWHERE)
        return i;
    i = tree_step(x, i, &top);
    if (i != EXCHANGE_NOWHERE)
        return i;
    return x->folders[top].is_root ? next_root(x) : next_adrift(x, top + 1);
}

uint32_t exchange_folder_after(const struct exchange *x, uint32_t place)
{
    uint32_t top = 0, i = tree_step(x, place, &top);
    if (i != EXCHANGE_NOWHERE)
        return i;
    return next_adrift(x, x->folders[top].is_root ? 0 : top + 1);
}

static const char *name_of(struct exchange *x, uint32_t i, const struct pl_bag *bag)
{
    const char *name = pl_bag_text(bag, PidTagDisplayName);
    uint64_t id = x->folders[i].id;
    return name ? name
                : pl_arena_printf(x->r->folder_arena, "(folder %" PRIx16 "-%" PRIx64 ")", exchange_replid_of(id),
                                  exchange_counter_of(id));
}

/* Names from below the top to this folder. false: out of memory. */
static bool path_make(struct exchange *x, uint32_t i, uint32_t top, const struct pl_bag *own, struct pl_folder *out)
{
    const char *names[PATH_MOST];
    size_t depth = 0;
    uint32_t at = i;
    for (; at != top && at != EXCHANGE_NOWHERE && depth < PATH_MOST; at = x->folders[at].parent) {
        struct pl_bag bag = {0};
        if (at != i && !bag_of(x, at, &bag))
            bag = (struct pl_bag){0};
        names[depth] = name_of(x, at, at == i ? own : &bag);
        if (!names[depth++])
            return false;
    }
    if (at != top && at != EXCHANGE_NOWHERE)
        pl_report(x->r->report, PL_WARN, "edb.folder-deep", out->key, out->offset,
                  "more than %d folders lie around this one; the outer ones are left out of its path", PATH_MOST);
    const char **path = pl_arena_zalloc(x->r->folder_arena, depth + 1, sizeof *path);
    for (size_t k = 0; path && k < depth; k++)
        path[k] = names[depth - 1 - k];
    out->path = path;
    out->depth = depth;
    return path != NULL;
}

static bool is_default(struct exchange *x, uint32_t place, const struct exchange_mailbox *m, enum pl_role role)
{
    static const struct {
        enum pl_role role;
        enum pl_pid pid;
    } rows[] = {{PL_ROLE_CALENDAR, PidTagIpmAppointmentEntryId},
                {PL_ROLE_CONTACTS, PidTagIpmContactEntryId},
                {PL_ROLE_JOURNAL, PidTagIpmJournalEntryId},
                {PL_ROLE_NOTES, PidTagIpmNoteEntryId},
                {PL_ROLE_TASKS, PidTagIpmTaskEntryId}};
    struct pl_bag bag;
    if (!m || m->root == EXCHANGE_NOWHERE || role == PL_ROLE_OTHER || !bag_of(x, m->root, &bag))
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].role == role) {
            uint32_t named = place_of_entry(x, &bag, rows[i].pid);
            return named == EXCHANGE_NOWHERE ? x->folders[place].special != 0 : named == place;
        }
    return false;
}

/* A folder without a table is empty, unless its own row says otherwise. Its items come as orphans where those are
 * looked for, and are lost elsewhere. */
static void unlisted_complain(struct exchange *x, uint32_t i, struct pl_folder *out)
{
    int64_t normal = pl_bag_integer(&out->props, PidTagContentCount, 0);
    int64_t hidden = pl_bag_integer(&out->props, PidTagAssociatedContentCount, 0);
    uint32_t count = (uint32_t)(normal > 0 ? normal : 0) + (uint32_t)(hidden > 0 ? hidden : 0);
    bool come = exchange_has_homes(x) && exchange_has_all(x);
    if (!count)
        return;
    x->folders[i].unlisted = !come;
    out->item_count = come ? 0 : count;
    if (x->contents_how != EXCHANGE_MISSING) /* else it was told of all folders */
        pl_report(x->r->report, come ? PL_WARN : PL_LOST, "edb.contents-none", out->key, out->offset,
                  "the folder says that it has %" PRIu32 " items, and no table lists them", count);
}

enum pl_status exchange_folder_fill(struct exchange *x, uint32_t i, struct pl_folder *out)
{
    const struct exchange_folder *it = &x->folders[i];
    const struct exchange_mailbox *m = it->mailbox == EXCHANGE_NOWHERE ? NULL : &x->mailboxes[it->mailbox];
    x->degraded = false;
    x->schema->folder_key(x, i, out->key);
    snprintf(x->key, sizeof x->key, "%s", out->key);
    out->mailbox = m ? &m->mailbox : NULL;
    out->scope = !it->rooted ? PL_SCOPE_RECOVERED : it->visible ? PL_SCOPE_IPM : PL_SCOPE_SYSTEM;
    out->offset = PL_NO_OFFSET;
    enum pl_status st = x->schema->folder_bag(x, i, &out->props, &out->offset);
    bool lost = st <= PL_LOST || st == PL_END;
    if (lost) {
        out->props = (struct pl_bag){0};
        pl_report(x->r->report, PL_WARN, "edb.folder", out->key, out->offset,
                  "the folder's own properties cannot be read");
    }
    if (!it->rooted && it->parent == EXCHANGE_NOWHERE)
        pl_report(x->r->report, PL_WARN, "edb.folder-adrift", out->key, out->offset,
                  "no root folder leads to this folder; it comes as recovered");
    const char *class = pl_bag_text(&out->props, PidTagContainerClass);
    out->container_class = class ? class : "";
    out->role = pl_role_of_class(out->container_class);
    x->saw_calendar = x->saw_calendar || out->role == PL_ROLE_CALENDAR;
    out->is_default = is_default(x, i, m, out->role);
    uint32_t root = !m ? EXCHANGE_NOWHERE : it->visible ? m->visible : it->rooted ? m->root : EXCHANGE_NOWHERE;
    if (!path_make(x, i, root, &out->props, out))
        return pl_report(x->r->report, PL_LOST, "memory", out->key, out->offset, "out of memory");
    if (out->scope == PL_SCOPE_SYSTEM && out->depth && !strcasecmp(out->path[out->depth - 1], "Freebusy Data"))
        out->role = PL_ROLE_FREEBUSY;
    st = x->schema->items_count(x, i, &out->item_count, &out->associated_count);
    if (st == PL_END && !x->later)
        unlisted_complain(x, i, out);
    return st <= PL_LOST ? st : lost || x->degraded ? PL_WARN : PL_OK;
}

enum pl_status exchange_folder_walk(struct exchange *x, struct pl_folder *out)
{
    x->at_folder = next_place(x);
    x->codepage = 0;
    return x->at_folder == EXCHANGE_NOWHERE ? PL_END : exchange_folder_fill(x, x->at_folder, out);
}
