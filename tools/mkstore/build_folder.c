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

bool ms_put_sid(struct ms_bytes *out, const char *sid)
{
    unsigned authority = 0, parts[15], count = 0;
    int at = 0;
    if (sscanf(sid, "S-1-%u%n", &authority, &at) != 1)
        return false;
    for (const char *s = sid + at; *s == '-' && count < 15;) {
        char *end;
        parts[count++] = (unsigned)strtoul(s + 1, &end, 10);
        s = end;
    }
    ms_put8(out, 1);
    ms_put8(out, count);
    ms_put_zeros(out, 4);
    ms_put16(out, (authority & 0xff) << 8 | (authority >> 8 & 0xff));
    for (unsigned i = 0; i < count; i++)
        ms_put32(out, parts[i]);
    return count > 0;
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

static void put_grant(struct ms_build *b, struct ms_node *n, struct ms_bytes *acl, unsigned *count)
{
    struct ms_words w;
    struct ms_bytes sid = {.mem = &b->mem};
    ms_words(b->recipe, &b->mem, n, &w);
    const char *who = ms_word(&w), *word = ms_word(&w), *text = who;
    const struct role *role = NULL;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (!strcmp(roles[i].word, word))
            role = &roles[i];
    if (*who == '@')
        text = ms_person_of(b, n, who).sid;
    else if (!strcmp(who, "default"))
        text = "S-1-1-0";
    else if (!strcmp(who, "anonymous"))
        text = "S-1-5-7";
    if (!role || !text || !ms_put_sid(&sid, text)) {
        ms_fail(b->recipe, n, "`acl WHO ROLE`: a person with a sid, default, anonymous or S-1-...; a role");
        return;
    }
    bool everyone = !strcmp(text, "S-1-1-0");
    put_ace(acl, count, false, true, role->item_allow, &sid);
    put_ace(acl, count, true, true, everyone ? 0 : role->item_deny, &sid);
    put_ace(acl, count, false, false, role->folder_allow, &sid);
    put_ace(acl, count, true, false, everyone ? 0 : role->folder_deny, &sid);
}

void ms_put_descriptor(struct ms_build *b, struct ms_node *folder, struct ms_bytes *out)
{
    struct ms_bytes aces = {.mem = &b->mem}, owner = {.mem = &b->mem};
    unsigned count = 0;
    for (struct ms_node *c = ms_child(folder, "acl"); c; c = ms_again(c))
        put_grant(b, c, &aces, &count);
    ms_put_sid(&owner, "S-1-5-32-544");
    ms_put16(out, 8);
    ms_put16(out, 3);
    ms_put32(out, 4);
    ms_put8(out, 1);
    ms_put8(out, 0);
    ms_put16(out, 0x8004);
    ms_put32(out, 20);
    ms_put32(out, 20);
    ms_put32(out, 0);
    ms_put32(out, (uint32_t)(20 + owner.size));
    ms_put(out, owner.data, owner.size);
    ms_put8(out, 2);
    ms_put8(out, 0);
    ms_put16(out, (unsigned)(8 + aces.size));
    ms_put16(out, count);
    ms_put16(out, 0);
    ms_put(out, aces.data, aces.size);
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
    for (struct ms_place *p = b->places; p; p = p->next)
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

void ms_build_folder(struct ms_build *b, struct ms_node *n)
{
    const char *path = ms_string(b->recipe, &b->mem, n), *text = container(b, n);
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
    struct ms_bytes sd = {.mem = &b->keep}, data = {.mem = &b->keep};
    for (struct ms_node *c = n->child; c && !sd.size; c = c->next)
        if (!strcmp(c->word, "acl"))
            ms_put_descriptor(b, n, &sd);
    struct ms_node *raw = ms_child(n, "acl-data");
    if (raw)
        ms_hex(b->recipe, raw, raw->rest, &data);
    if (sd.size)
        ms_bin(&bag, MS_TAG(0x0e27), sd.data, sd.size);
    if (raw)
        ms_bin(&bag, MS_TAG(0x3fe0), data.data, data.size);
    p->sd = sd;
    p->folder.props = ms_props_of(&bag);
    ms_check_used(b->recipe, n);
    enter(b, p);
}

static void truth_folders(struct ms_build *b, struct ms_place *newest)
{
    /* The list is newest first; the file has the recipe's order. */
    size_t count = 0;
    for (struct ms_place *p = newest; p; p = p->next)
        count++;
    while (count) {
        struct ms_place *p = newest;
        for (size_t i = 1; i < count; i++)
            p = p->next;
        count--;
        ms_truth_line(&b->truth);
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_text(&b->truth, "mailbox", p->mailbox);
        ms_truth_text(&b->truth, "folder", p->name);
        ms_truth_text(&b->truth, "class", p->folder.container_class);
        ms_truth_true(&b->truth, "system", p->folder.system);
        ms_truth_true(&b->truth, "search", p->folder.search);
        ms_truth_number(&b->truth, "items", (long long)p->items);
        ms_truth_number(&b->truth, "associated", (long long)p->associated);
        if (p->sd.size)
            ms_truth_hex(&b->truth, "securityDescriptor", p->sd.data, p->sd.size);
        ms_truth_close(&b->truth, '}');
    }
}

void ms_truth_folders(struct ms_build *b) { truth_folders(b, b->places); }
