/*
 * build_folder.c - folders, their rights as Windows security descriptors, their truth.
 *
 * Masks and order of entries: the conversion of MAPI rights that Exchange 2000 connectors use
 * (every listed user is allowed some rights and denied the others; Default only allowed).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

struct role {
    const char *word;
    unsigned rights;
    uint32_t folder_allow, folder_deny, item_allow, item_deny;
};

static const struct role roles[] = {
    {"owner", 0x7fb, 0x1fc9bf, 0x000800, 0x1f0fbf, 0},
    {"publishing-editor", 0x4fb, 0x1208af, 0x0dc910, 0x1f0fbf, 0},
    {"editor", 0x47b, 0x1208ab, 0x0dc914, 0x1f0fbf, 0},
    {"publishing-author", 0x49b, 0x1208af, 0x0dc910, 0x120ea9, 0x1f0716},
    {"author", 0x41b, 0x1208ab, 0x0dc914, 0x120ea9, 0x1f0716},
    {"non-editing-author", 0x413, 0x1208ab, 0x0dc914, 0x120ca9, 0x1f0716},
    {"reviewer", 0x401, 0x1208a9, 0x0dc916, 0x1208a9, 0x1f0716},
    {"contributor", 0x402, 0x1208ab, 0x0dc914, 0, 0x1f0fbf},
    {"none", 0x400, 0x1208a9, 0x0dc916, 0, 0x1f0fbf},
};

/* S-1-AUTHORITY-PART-PART...: up to 15 parts of 32 bits. */
bool ms_put_sid(struct ms_bytes *out, const char *sid)
{
    unsigned long long authority = 0;
    uint32_t parts[15];
    unsigned count = 0;
    int at = 0;
    if (sscanf(sid, "S-1-%llu%n", &authority, &at) != 1 || authority >> 48)
        return false;
    const char *s = sid + at;
    while (*s == '-' && s[1] >= '0' && s[1] <= '9' && count < 15) {
        char *end;
        unsigned long long part = strtoull(s + 1, &end, 10);
        if (part > UINT32_MAX)
            return false;
        parts[count++] = (uint32_t)part;
        s = end;
    }
    ms_put8(out, 1);
    ms_put8(out, count);
    for (int i = 5; i >= 0; i--)
        ms_put8(out, (unsigned)(authority >> (8 * i)) & 0xff);
    for (unsigned i = 0; i < count; i++)
        ms_put32(out, parts[i]);
    return count > 0 && !*s;
}

static void put_ace(struct ms_bytes *acl, unsigned *count, bool deny, bool item, uint32_t mask,
                    const struct ms_bytes *sid)
{
    if (!mask)
        return;
    ms_put8(acl, deny);
    ms_put8(acl, item ? 0x09 : 0x02); /* items: inherited by objects, not for the folder itself */
    ms_put16(acl, (unsigned)(8 + sid->size));
    ms_put32(acl, mask);
    ms_put(acl, sid->data, sid->size);
    *count += 1;
}

/* One line `acl WHO ROLE`. */
struct grant {
    const char *who, *sid_text;
    const struct role *role;
    struct ms_bytes sid;
    int rank; /* 0 a user, 1 Anonymous, 2 everybody */
};

static struct grant grant_of(struct ms_build *b, struct ms_node *n)
{
    struct ms_words w;
    struct grant g = {.sid = {.mem = &b->mem}};
    ms_words(b->recipe, &b->mem, n, &w);
    g.who = ms_word(&w);
    const char *word = ms_word(&w);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (!strcmp(roles[i].word, word))
            g.role = &roles[i];
    g.sid_text = *g.who == '@' ? ms_person_of(b, n, g.who).sid : g.who;
    if (!strcmp(g.who, "default"))
        g.sid_text = "S-1-1-0";
    else if (!strcmp(g.who, "anonymous"))
        g.sid_text = "S-1-5-7";
    if (!g.role || !g.sid_text || !ms_put_sid(&g.sid, g.sid_text) || ms_word_more(&w)) {
        ms_fail(b->recipe, n, "`acl WHO ROLE`: a person with a sid, default, anonymous or S-1-...; a role");
        return g;
    }
    g.rank = !strcmp(g.sid_text, "S-1-1-0") ? 2 : !strcmp(g.sid_text, "S-1-5-7");
    return g;
}

/* Users first: items, then the folder; Anonymous; everybody, who is denied nothing. For everybody the
 * folder comes before the items. */
static void put_grants(struct ms_bytes *aces, unsigned *count, const struct grant *list, size_t size)
{
    static const struct {
        int rank;
        bool item;
    } order[] = {{0, true}, {0, false}, {1, true}, {1, false}, {2, false}, {2, true}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (size_t k = 0; k < size; k++) {
            const struct grant *g = &list[k];
            if (g->rank != order[i].rank)
                continue;
            bool item = order[i].item;
            put_ace(aces, count, false, item, item ? g->role->item_allow : g->role->folder_allow, &g->sid);
            if (g->rank < 2)
                put_ace(aces, count, true, item, item ? g->role->item_deny : g->role->folder_deny, &g->sid);
        }
    }
}

static void put_descriptor(struct ms_build *b, const struct grant *list, size_t size, struct ms_bytes *out)
{
    struct ms_bytes aces = {.mem = &b->mem}, owner = {.mem = &b->mem};
    unsigned count = 0;
    put_grants(&aces, &count, list, size);
    ms_put_sid(&owner, "S-1-5-32-544");
    ms_put16(out, 8); /* what stands before the descriptor: its own size, version, what was set */
    ms_put16(out, 3);
    ms_put32(out, 4);
    ms_put8(out, 1);
    ms_put8(out, 0);
    ms_put16(out, 0x8004);
    ms_put32(out, 20); /* owner, group, no system list, list */
    ms_put32(out, (uint32_t)(20 + owner.size));
    ms_put32(out, 0);
    ms_put32(out, (uint32_t)(20 + 2 * owner.size));
    ms_put(out, owner.data, owner.size);
    ms_put(out, owner.data, owner.size);
    ms_put8(out, 2);
    ms_put8(out, 0);
    ms_put16(out, (unsigned)(8 + aces.size));
    ms_put16(out, count);
    ms_put16(out, 0);
    ms_put(out, aces.data, aces.size);
}

/* The lines of a folder, in `keep`: the truth tells them at the end. */
static void read_grants(struct ms_build *b, struct ms_node *folder, struct ms_place *p)
{
    size_t most = 0;
    for (struct ms_node *c = folder->child; c; c = c->next)
        most += !strcmp(c->word, "acl");
    struct grant *list = ms_alloc(&b->mem, (most + 1) * sizeof *list);
    p->grants = ms_alloc(&b->keep, (most + 1) * sizeof *p->grants);
    for (struct ms_node *c = ms_child(folder, "acl"); c; c = ms_again(c)) {
        struct grant *g = &list[p->grant_count];
        *g = grant_of(b, c);
        if (b->recipe->failed)
            return;
        p->grants[p->grant_count++] =
            (struct ms_grant){ms_copy(&b->keep, g->who, strlen(g->who)),
                              ms_copy(&b->keep, g->sid_text, strlen(g->sid_text)), g->role->word, g->role->rights};
    }
    if (p->grant_count)
        put_descriptor(b, list, p->grant_count, &p->sd);
}

/* Cuts off the first name of a path, NULL in *path after the last; // in it is a slash of the name. */
static const char *next_name(char **path)
{
    char *name = *path, *to = name, *from = name;
    for (; *from && (*from != '/' || from[1] == '/'); from++) {
        from += *from == '/';
        *to++ = *from;
    }
    *path = *from ? from + 1 : NULL;
    *to = 0;
    return name;
}

static struct ms_place **slot_of(struct ms_build *b, const char *path)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *path; path++)
        hash = (hash ^ (uint8_t)*path) * 16777619u;
    return &b->named[hash % MS_PLACE_SLOTS];
}

void ms_places_cut(struct ms_build *b, size_t count)
{
    while (b->places && b->places->ordinal >= count)
        b->places = b->places->next;
    for (size_t i = 0; i < MS_PLACE_SLOTS; i++)
        while (b->named[i] && b->named[i]->ordinal >= count)
            b->named[i] = b->named[i]->next_named;
    b->place_count = count;
}

static struct ms_place *place_new(struct ms_build *b, const char *path)
{
    struct ms_place *p = ms_alloc(&b->keep, sizeof *p);
    char *copy = ms_copy(&b->keep, path, strlen(path));
    const char **names = ms_alloc(&b->keep, (strlen(path) + 1) * sizeof *names);
    p->name = ms_copy(&b->keep, path, strlen(path));
    while (copy && *copy)
        names[p->folder.depth++] = next_name(&copy);
    p->folder.path = names;
    p->mailbox = b->mailbox;
    p->next = b->places;
    b->places = p;
    p->ordinal = b->place_count++;
    struct ms_place **slot = slot_of(b, p->name);
    p->next_named = *slot;
    *slot = p;
    return p;
}

static void enter(struct ms_build *b, struct ms_place *p)
{
    b->place = p;
    if (!b->recipe->failed && b->ops->folder(b->writer, &p->folder))
        b->recipe->failed = b->output_failed = true;
}

static struct ms_place *place_of(struct ms_build *b, const char *path)
{
    for (struct ms_place *p = *slot_of(b, path); p; p = p->next_named)
        if (p->mailbox == b->mailbox && !strcmp(p->name, path))
            return p;
    return NULL;
}

void ms_enter_folder(struct ms_build *b, const char *path, const char *container_class, bool system)
{
    struct ms_place *p = place_of(b, path);
    if (!p) {
        p = place_new(b, path);
        p->folder.container_class = container_class;
        p->folder.system = system;
    }
    enter(b, p);
}

static const char *container(struct ms_build *b, struct ms_node *n)
{
    static const char *const words[] = {"mail", "calendar", "contacts", "tasks", "journal", "notes", NULL};
    static const char *const classes[] = {"IPF.Note", "IPF.Appointment", "IPF.Contact",
                                          "IPF.Task", "IPF.Journal",     "IPF.StickyNote"};
    const char *given = ms_child_text(b->recipe, &b->mem, n, "class");
    return given ? given : classes[ms_child_choice(b->recipe, n, "holds", words, 0)];
}

/* PR_REPLICA_LIST as clients see it: names in the directory, each ended by NUL. */
static void put_replicas(struct ms_build *b, struct ms_node *n, struct ms_bag *bag)
{
    struct ms_bytes list = {.mem = &b->keep};
    for (struct ms_node *c = ms_child(n, "replica"); c; c = ms_again(c)) {
        const char *name = ms_string(b->recipe, &b->mem, c);
        ms_put(&list, name, strlen(name) + 1);
    }
    if (list.size)
        ms_bin(bag, MS_TAG(0x6698), list.data, list.size);
}

void ms_build_folder(struct ms_build *b, struct ms_node *n)
{
    const char *path = ms_string(b->recipe, &b->mem, n), *text = container(b, n);
    if (!path[strspn(path, "/")]) {
        ms_fail(b->recipe, n, "a folder wants a name");
        return;
    }
    struct ms_place *p = place_of(b, path);
    if (p) {
        if (n->child)
            ms_fail(b->recipe, n->child, "`%s` was described before", path);
        enter(b, p);
        return;
    }
    p = place_new(b, path);
    p->folder.container_class = ms_copy(&b->keep, text, strlen(text));
    p->folder.system = ms_child_flag(b->recipe, n, "system", false);
    p->folder.search = ms_child_flag(b->recipe, n, "search", false);
    struct ms_bag bag = {.mem = &b->keep};
    struct ms_bytes data = {.mem = &b->keep};
    p->sd.mem = &b->keep;
    read_grants(b, n, p);
    struct ms_node *raw = ms_child(n, "acl-data"), *given = ms_child(n, "descriptor");
    if (given)
        ms_hex(b->recipe, given, given->rest, &p->sd);
    if (raw)
        ms_hex(b->recipe, raw, raw->rest, &data);
    if (p->sd.size)
        ms_bin(&bag, MS_TAG(0x0e27), p->sd.data, p->sd.size);
    if (raw)
        ms_bin(&bag, MS_TAG(0x3fe0), data.data, data.size);
    put_replicas(b, n, &bag);
    p->folder.props = ms_props_of(&bag);
    ms_check_used(b->recipe, n);
    enter(b, p);
}

static void truth_grants(struct ms_build *b, const struct ms_place *p)
{
    if (p->sd.size)
        ms_truth_hex(&b->truth, "securityDescriptor", p->sd.data, p->sd.size);
    if (!p->grant_count)
        return;
    ms_truth_open(&b->truth, "acl", '[');
    for (size_t i = 0; i < p->grant_count; i++) {
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_text(&b->truth, "who", p->grants[i].who);
        ms_truth_text(&b->truth, "sid", p->grants[i].sid);
        ms_truth_text(&b->truth, "role", p->grants[i].role);
        ms_truth_number(&b->truth, "rights", p->grants[i].rights);
        ms_truth_close(&b->truth, '}');
    }
    ms_truth_close(&b->truth, ']');
}

static void truth_folder(struct ms_build *b, const struct ms_place *p)
{
    ms_truth_line(&b->truth);
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_text(&b->truth, "mailbox", p->mailbox);
    ms_truth_text(&b->truth, "folder", p->name);
    ms_truth_text(&b->truth, "class", p->folder.container_class);
    ms_truth_true(&b->truth, "system", p->folder.system);
    ms_truth_true(&b->truth, "search", p->folder.search);
    ms_truth_number(&b->truth, "items", (long long)p->items);
    ms_truth_number(&b->truth, "associated", (long long)p->associated);
    truth_grants(b, p);
    ms_truth_close(&b->truth, '}');
}

/* The list is newest first; the file has the recipe's order. */
void ms_truth_folders(struct ms_build *b)
{
    const struct ms_place **list = calloc(b->place_count + 1, sizeof *list);
    size_t count = b->place_count;
    if (!list) {
        ms_fail(b->recipe, NULL, "out of memory");
        return;
    }
    for (const struct ms_place *p = b->places; p && count; p = p->next)
        list[--count] = p;
    for (size_t i = count; i < b->place_count; i++)
        truth_folder(b, list[i]);
    free(list);
}
