/*
 * exchange13_folder.c - mailboxes, their folders and names; ids.
 *
 * A mailbox has a root without a name; what users see lies below one of its children. Ids of rows have 26 bytes;
 * those inside of values are entry ids, [MS-OXCDATA] 2.2.4.1 and 2.2.4.2; default folders:
 * [MS-OXOSFLD] 2.2.3, 2.2.6. Layout: docs/formats/edb-2013-fixtures.md.
 */
#include "exchange13_int.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ID = 0x10, NAMES_MOST = 0x7000, NAMES_HASH = 0x10000 };

/* --- ids ----------------------------------------------------------------------------------- */

static const struct xm_mailbox *mailbox(const struct ms_writer *w) { return &w->mailboxes[w->mailbox_count - 1]; }

/* GUID, 6 bytes counter, two zero bytes. */
static void put_global(const struct ms_writer *w, uint8_t *out, uint64_t counter)
{
    uint8_t be[8];
    ese_be64(be, counter);
    memcpy(out, mailbox(w)->local, 16);
    memcpy(out + 16, be + 2, 6);
    out[22] = out[23] = 0;
}

void xm_put_id(const struct ms_writer *w, uint8_t *out, uint64_t counter, unsigned kind)
{
    put_global(w, out, counter);
    ese_le16(out + 24, kind);
}

static unsigned kind_of(const char *container_class)
{
    static const char *const classes[] = {"IPF.Appointment", "IPF.Contact", "IPF.Task", "IPF.StickyNote",
                                          "IPF.Journal"};
    for (unsigned i = 0; container_class && i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(container_class, classes[i]))
            return i + 2;
    return 1;
}

void xm_folder_id(const struct ms_writer *w, size_t folder, uint8_t *out)
{
    const struct xm_folder *f = &w->folders[folder];
    xm_put_id(w, out, f->id, kind_of(f->container_class));
}

size_t xm_entry_id(const struct ms_writer *w, uint64_t folder, uint64_t message, uint8_t *out)
{
    static const uint8_t public_store[16] = {0x1a, 0x44, 0x73, 0x90, 0xaa, 0x66, 0x11, 0xcd,
                                             0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f, 0xc4, 0x5a};
    memset(out, 0, 4);
    memcpy(out + 4, mailbox(w)->is_public ? public_store : mailbox(w)->guid, 16);
    out[20] = (uint8_t)(mailbox(w)->is_public ? (message ? 9 : 3) : (message ? 7 : 1));
    out[21] = 0;
    put_global(w, out + 22, folder);
    if (!message)
        return 46;
    put_global(w, out + 46, message);
    return XM_ENTRY_ID;
}

/* --- folders ------------------------------------------------------------------------------- */

static const char *kept(struct ms_mem *mem, const char *s) { return s ? ms_copy(mem, s, strlen(s)) : NULL; }

static bool folder_add(struct ms_writer *w, size_t parent, const char *name, const char *class, size_t *index)
{
    struct xm_folder *list = xm_grown(w, w->folders, w->folder_count, &w->folder_room, sizeof *list);
    if (!list)
        return false;
    w->folders = list;
    *index = w->folder_count++;
    list[*index] = (struct xm_folder){.id = ++w->last_id,
                                      .parent = name ? parent : *index,
                                      .name = kept(&w->box, name),
                                      .container_class = kept(&w->box, class)};
    if (name)
        list[parent].children++;
    return true;
}

static bool add_private(struct ms_writer *w)
{
    static const char *const names[] = {"Inbox", "Outbox", "Sent Items", "Deleted Items"};
    static const char *const hidden[] = {"Common Views", "Views", "Finder", "Shortcuts"};
    size_t index;
    w->hidden = w->root;
    if (!folder_add(w, w->root, "Top of Information Store", NULL, &w->visible))
        return false;
    for (size_t i = 0; i < 4; i++)
        if (!folder_add(w, w->root, hidden[i], NULL, &index) ||
            !folder_add(w, w->visible, names[i], "IPF.Note", &index))
            return false;
    return true;
}

static bool add_public(struct ms_writer *w)
{
    size_t index;
    return folder_add(w, w->root, "IPM_SUBTREE", NULL, &w->visible) &&
           folder_add(w, w->root, "NON_IPM_SUBTREE", NULL, &w->hidden) &&
           folder_add(w, w->hidden, "EFORMS REGISTRY", NULL, &index);
}

static bool lookup(const struct ms_writer *w, size_t parent, const char *name, size_t *index)
{
    for (size_t i = 0; i < w->folder_count; i++)
        if (w->folders[i].parent == parent && w->folders[i].name && !strcmp(w->folders[i].name, name)) {
            *index = i;
            return true;
        }
    return false;
}

static void keep_props(struct ms_writer *w, struct xm_folder *f, const struct ms_props *props)
{
    struct ms_prop *list = ms_alloc(&w->box, (props->count + 1) * sizeof *list);
    for (size_t i = 0; i < props->count; i++) {
        list[i] = props->list[i];
        list[i].data = ms_copy(&w->box, list[i].data, list[i].size);
    }
    f->props = (struct ms_props){list, props->count};
}

int xm_folder_find(struct ms_writer *w, const struct ms_folder *folder, size_t *index)
{
    *index = folder->system ? w->hidden : w->visible;
    for (size_t i = 0; i < folder->depth; i++) {
        size_t parent = *index;
        if (!lookup(w, parent, folder->path[i], index) && !folder_add(w, parent, folder->path[i], NULL, index))
            return -1;
    }
    struct xm_folder *f = &w->folders[*index];
    f->search = f->search || folder->search;
    /* what has items keeps its class: it is a part of the id that they carry */
    if (folder->container_class && !f->items && !f->hidden)
        f->container_class = kept(&w->box, folder->container_class);
    if (folder->props.count)
        keep_props(w, f, &folder->props);
    return 0;
}

/* --- rows of folders ----------------------------------------------------------------------- */

static void put_entry_id(struct ms_writer *w, struct ms_bytes *out, uint64_t folder, uint64_t message)
{
    uint8_t id[XM_ENTRY_ID];
    *out = (struct ms_bytes){.mem = &w->scratch};
    ms_put(out, id, xm_entry_id(w, folder, message, id));
}

/* Which folder is the calendar, the contacts ...: on the root's row and on the Inbox's. */
static void put_defaults(struct ms_writer *w, struct ms_bag *bag)
{
    static const char *const classes[] = {"IPF.Appointment", "IPF.Contact", "IPF.Journal", "IPF.StickyNote",
                                          "IPF.Task"};
    struct ms_bytes id, slots[4];
    for (unsigned k = 0; k < sizeof classes / sizeof *classes; k++)
        for (size_t i = 0; i < w->folder_count; i++) {
            const struct xm_folder *f = &w->folders[i];
            if (f->parent != w->visible || !f->container_class || strcmp(f->container_class, classes[k]) != 0)
                continue;
            put_entry_id(w, &id, f->id, 0);
            ms_bin(bag, MS_TAG(0x36d0 + k), id.data, id.size);
            break;
        }
    if (!w->freebusy)
        return;
    for (size_t i = 0; i < 4; i++) { /* unused slots are four zero bytes */
        slots[i] = (struct ms_bytes){.mem = &w->scratch};
        ms_put_zeros(&slots[i], 4);
    }
    put_entry_id(w, &slots[1], w->folders[w->freebusy_folder].id, w->freebusy);
    put_entry_id(w, &slots[3], w->folders[w->freebusy_folder].id, 0);
    ms_bins(bag, MS_TAG(0x36e4), slots, 4);
}

/* After a few bytes in a property of its own; on request elsewhere in turn. */
static void put_descriptor(struct xm_row *r, struct ms_bag *bag, const struct xm_folder *f, size_t index)
{
    const struct ms_prop *p = xm_find(&f->props, 0x0e27);
    const uint8_t *sd = p ? p->data : NULL;
    size_t skip = p && p->size > 8 && sd[0] == 8 && !sd[1] ? 8 : 0, size = p ? p->size - skip : 0;
    unsigned turn = r->w->x.variants & MS_X13_DESCRIPTORS ? (unsigned)(index % 4) : 3;
    struct ms_bytes out = {.mem = &r->w->scratch};
    if (!p)
        return;
    if (turn < 2) {
        ms_bin(bag, MS_TAG(0x0e27), turn ? sd : sd + skip, turn ? p->size : size);
        return;
    }
    ms_put16(&out, 1);
    ms_put32(&out, (uint32_t)size);
    ms_put_zeros(&out, turn == 2 ? 6 : 0);
    ms_put(&out, sd + skip, size);
    if (turn == 2)
        xm_bytes(r, XF_EXTENSION, out.data, out.size);
    else
        ms_bin(bag, MS_TAG(0x672d), out.data, out.size);
    ms_bin(bag, MS_TAG(0x0e27), NULL, 0);
}

static unsigned special_number(const struct ms_writer *w, size_t index)
{
    static const struct {
        const char *name, *container_class;
        unsigned number;
    } known[] = {{"Inbox", NULL, 10},         {"Outbox", NULL, 11},         {"Sent Items", NULL, 12},
                 {"Deleted Items", NULL, 13}, {NULL, "IPF.Contact", 14},    {NULL, "IPF.Appointment", 15},
                 {NULL, "IPF.Journal", 17},   {NULL, "IPF.StickyNote", 18}, {NULL, "IPF.Task", 19}};
    const struct xm_folder *f = &w->folders[index];
    if (index == w->root || index == w->visible)
        return index == w->root ? 1 : 9;
    for (size_t k = 0; !mailbox(w)->is_public && f->parent == w->visible && k < sizeof known / sizeof *known; k++) {
        if (known[k].name && !strcmp(f->name, known[k].name))
            return known[k].number;
        if (!known[k].container_class || !f->container_class ||
            strcmp(f->container_class, known[k].container_class) != 0)
            continue;
        size_t first = 0; /* of that class, what stands first is the default one */
        while (w->folders[first].parent != w->visible || !w->folders[first].container_class ||
               strcmp(w->folders[first].container_class, f->container_class) != 0)
            first++;
        return first == index ? known[k].number : 0;
    }
    return 0;
}

static void put_keys(struct xm_row *r, const struct xm_folder *f)
{
    uint8_t key[24];
    const struct xm_mailbox *m = mailbox(r->w);
    put_global(r->w, key, f->id);
    xm_bytes(r, XF_SOURCE_KEY, ms_copy(&r->w->scratch, key, 22), 22);
    put_global(r->w, key, f->id + 0x10000);
    xm_bytes(r, XF_CHANGE_KEY, ms_copy(&r->w->scratch, key, 22), 22);
    if (!m->sid_size)
        return;
    xm_bytes(r, XF_CREATOR, m->sid, m->sid_size);
    xm_bytes(r, XF_MODIFIER, m->sid, m->sid_size);
}

static int put_folder(struct ms_writer *w, size_t index)
{
    static const unsigned columns[] = {0x0e27, 0x3001, 0x3004, 0x3613, 0};
    const struct xm_folder *f = &w->folders[index];
    const struct ms_prop *comment = xm_find(&f->props, 0x3004);
    uint8_t id[XM_ID], parent[XM_ID] = {0};
    struct ms_bag bag = {.mem = &w->scratch};
    struct xm_packed packed;
    struct xm_row r;
    xm_row_begin(&r, w, XM_FOLDER);
    xm_folder_id(w, index, id);
    if (index != w->root)
        xm_folder_id(w, f->parent, parent);
    if (w->x.variants & MS_X13_LOST_PARENTS && f->container_class && !strcmp(f->container_class, "IPF.Contact"))
        parent[20] ^= 0x77;
    xm_bytes(&r, XF_ID, id, XM_ID);
    xm_bytes(&r, XF_PARENT, parent, XM_ID);
    xm_number(&r, XF_SPECIAL, special_number(w, index));
    xm_number(&r, XF_MESSAGES, f->items);
    xm_number(&r, XF_HIDDEN, f->hidden);
    xm_number(&r, XF_FOLDERS, f->children);
    put_keys(&r, f);
    xm_text(&r, XF_NAME, f->name);
    xm_text(&r, XF_CLASS, f->container_class);
    if (comment)
        xm_text(&r, XF_COMMENT, ms_copy(&w->scratch, comment->data, comment->size));
    xm_others(&bag, &f->props, columns);
    put_descriptor(&r, &bag, f, index);
    struct ms_bag more = {.mem = &w->scratch}, *late = w->x.variants & MS_X13_DELTA ? &more : &bag;
    ms_long(late, MS_TAG(0x3601), index == w->root ? 0 : f->search ? 2 : 1);
    bool inbox = f->parent == w->visible && f->name && !strcmp(f->name, "Inbox");
    if (!mailbox(w)->is_public && (index == w->root || inbox))
        put_defaults(w, late);
    if (more.count) {
        struct ms_props delta = ms_props_of(&more);
        xm_pack(w, &delta, false, &packed);
        xm_bytes(&r, XF_DELTA, packed.main.data, packed.main.size);
    }
    struct ms_props props = ms_props_of(&bag);
    xm_pack(w, &props, false, &packed);
    xm_blobs(&r, XF_BLOBS, &packed);
    return xm_row_end(&r, w->tables[XM_FOLDER], false);
}

/* Rows come in the order of their keys; ids of one mailbox differ in their counter first. */
static int folders_write(struct ms_writer *w)
{
    for (size_t i = 0; i < w->folder_count; i++) {
        ms_mem_clear(&w->scratch);
        if (put_folder(w, i))
            return -1;
    }
    return 0;
}

/* --- named properties ---------------------------------------------------------------------- */

static bool same_name(const struct xm_name *n, const struct ms_prop *p)
{
    if (memcmp(n->set, p->set, 16) != 0 || !n->text != !p->text)
        return false;
    return p->text ? !strcmp(n->text, p->text) : n->lid == p->lid;
}

static uint32_t name_hash(const uint8_t *set, uint32_t lid, const char *text)
{
    uint32_t h = text ? 0 : lid;
    for (size_t i = 0; i < 16; i++)
        h = h * 31 + set[i];
    for (; text && *text; text++)
        h = h * 31 + (unsigned char)*text;
    return h;
}

unsigned xm_prop_id(struct ms_writer *w, const struct ms_prop *p)
{
    if (!p->set)
        return p->tag >> 16;
    size_t at = name_hash(p->set, p->lid, p->text) % NAMES_HASH;
    for (; w->name_hash[at]; at = (at + 1) % NAMES_HASH)
        if (same_name(&w->names[w->name_hash[at] - 1], p))
            return XM_FIRST_NAME + w->name_hash[at] - 1;
    struct xm_name *list = xm_grown(w, w->names, w->name_count, &w->name_room, sizeof *list);
    if (!list || w->name_count == NAMES_MOST) {
        xm_fail(w, "too many named properties");
        return XM_FIRST_NAME;
    }
    w->names = list;
    struct xm_name *n = &list[w->name_count++];
    *n = (struct xm_name){.lid = p->text ? 0 : p->lid};
    memcpy(n->set, p->set, 16);
    if (p->text)
        n->text = ms_copy(&w->box, p->text, strlen(p->text));
    w->name_hash[at] = (uint32_t)w->name_count;
    return XM_FIRST_NAME + (unsigned)w->name_count - 1;
}

static int names_write(struct ms_writer *w)
{
    for (size_t i = 0; i < w->name_count; i++) {
        const struct xm_name *n = &w->names[i];
        struct xm_row r;
        ms_mem_clear(&w->scratch);
        xm_row_begin(&r, w, XM_NAMES);
        xm_number(&r, XN_NUMBER, XM_FIRST_NAME + i);
        xm_bytes(&r, XN_GUID, n->set, 16);
        if (n->text)
            xm_text(&r, XN_NAME, n->text);
        else
            xm_number(&r, XN_DISPID, n->lid);
        if (xm_row_end(&r, w->tables[XM_NAMES], false))
            return -1;
    }
    return 0;
}

/* --- mailboxes ----------------------------------------------------------------------------- */

static void put_guid(const struct ms_writer *w, uint8_t *out, uint64_t purpose)
{
    for (size_t i = 0; i < 2; i++)
        ese_le64(out + 8 * i, ms_mix(w->store->seed ^ purpose, 2 * w->mailbox_count + i));
}

static bool left_out(const struct ms_writer *w, enum xm_table which)
{
    static const unsigned variants[XM_TABLES] = {[XM_NAMES] = MS_X13_NO_NAMES,
                                                 [XM_FOLDER] = MS_X13_NO_FOLDERS,
                                                 [XM_MESSAGE] = MS_X13_NO_MESSAGES,
                                                 [XM_ATTACHMENT] = MS_X13_NO_ATTACHMENTS};
    return w->mailbox_count == 1 && w->x.variants & variants[which];
}

static bool tables_open(struct ms_writer *w)
{
    for (enum xm_table i = XM_NAMES; i < XM_TABLES; i++) {
        w->tables[i] = NULL;
        if (left_out(w, i))
            continue;
        w->tables[i] = xm_table_new(w, i, xm_number_of(w));
        if (!w->tables[i])
            return false;
    }
    return true;
}

int xm_mailbox_begin(struct ms_writer *w, const struct ms_store *store)
{
    struct xm_mailbox *list = xm_grown(w, w->mailboxes, w->mailbox_count, &w->mailbox_room, sizeof *list);
    if (!list)
        return -1;
    w->mailboxes = list;
    struct xm_mailbox *m = &list[w->mailbox_count++];
    *m = (struct xm_mailbox){.name = kept(&w->keep, store->owner_name ? store->owner_name : store->name),
                             .dn = kept(&w->keep, store->owner_dn),
                             .smtp = kept(&w->keep, store->owner_smtp),
                             .sid_size = store->owner_sid_size,
                             .is_public = w->x.is_public || store->is_public};
    memcpy(m->sid, store->owner_sid, sizeof m->sid);
    put_guid(w, m->guid, 0x6d626f78);
    put_guid(w, m->local, 0x6c6f6361);
    put_guid(w, m->owner, 0x6f776e65);
    ms_mem_clear(&w->box);
    w->folder_count = w->name_count = 0;
    w->last_id = FIRST_ID;
    w->last_inid = w->freebusy = 0;
    w->last_document = 0;
    if (!w->name_hash)
        w->name_hash = ms_alloc(&w->keep, NAMES_HASH * sizeof *w->name_hash);
    memset(w->name_hash, 0, NAMES_HASH * sizeof *w->name_hash);
    if (!tables_open(w) || !folder_add(w, 0, NULL, NULL, &w->root))
        return -1;
    return (mailbox(w)->is_public ? add_public : add_private)(w) ? 0 : -1;
}

int xm_mailbox_end(struct ms_writer *w)
{
    if (folders_write(w) || names_write(w))
        return -1;
    for (enum xm_table i = XM_NAMES; i < XM_TABLES; i++)
        if (w->tables[i] && ms_ese_table_end(w->tables[i]))
            return -1;
    return 0;
}

static int put_mailbox(struct ms_writer *w, size_t index, unsigned number)
{
    bool archive = w->x.variants & MS_X13_ARCHIVE && index;
    const struct xm_mailbox *m = &w->mailboxes[index], *of = archive ? &w->mailboxes[0] : m;
    struct ms_bag bag = {.mem = &w->scratch};
    struct xm_packed packed;
    uint8_t instance[16], mapping[16];
    struct xm_row r;
    put_guid(w, instance, 0x696e7374 + index);
    put_guid(w, mapping, 0x6d617070 + index);
    xm_row_begin(&r, w, XM_MAILBOX);
    xm_number(&r, XB_NUMBER, number);
    xm_bytes(&r, XB_GUID, m->guid, 16);
    xm_bytes(&r, XB_OWNER, of->owner, 16);
    xm_bytes(&r, XB_INSTANCE, instance, 16);
    xm_bytes(&r, XB_MAPPING, mapping, 16);
    xm_number(&r, XB_TYPE, m->is_public);
    xm_number(&r, XB_ARCHIVE, archive);
    xm_text(&r, XB_OWNER_NAME, of->name);
    xm_text(&r, XB_NAME, archive ? ms_text(&w->scratch, "In-Place Archive - %s", of->name) : m->name);
    ms_str(&bag, MS_TAG(0x39fe), of->smtp);
    ms_str(&bag, MS_TAG(0x3003), of->dn);
    if (of->sid_size)
        ms_bin(&bag, MS_TAG(0x66a0), of->sid, of->sid_size);
    struct ms_props props = ms_props_of(&bag);
    xm_pack(w, &props, false, &packed);
    if (packed.main.size)
        xm_bytes(&r, XB_BLOB, packed.main.data, packed.main.size);
    return xm_row_end(&r, w->tables[XM_MAILBOX], false);
}

int xm_mailboxes_write(struct ms_writer *w)
{
    bool identities = !(w->x.variants & MS_X13_NO_IDENTITY);
    w->tables[XM_MAILBOX] = xm_table_new(w, XM_MAILBOX, 0);
    w->tables[XM_IDENTITY] = identities ? xm_table_new(w, XM_IDENTITY, 0) : NULL;
    if (!w->tables[XM_MAILBOX] || (identities && !w->tables[XM_IDENTITY]))
        return -1;
    for (size_t i = 0; i < w->mailbox_count; i++) {
        bool wrong = w->x.variants & MS_X13_WRONG_NUMBERS && i == w->mailbox_count - 1;
        unsigned number = XM_FIRST_MAILBOX + (unsigned)i + (wrong ? 7000 : 0);
        struct xm_row r;
        ms_mem_clear(&w->scratch);
        xm_row_begin(&r, w, XM_IDENTITY);
        xm_number(&r, XI_NUMBER, number);
        xm_bytes(&r, XI_LOCAL, w->mailboxes[i].local, 16);
        if (xm_row_end(&r, w->tables[XM_IDENTITY], false))
            return -1;
        if (!(w->x.variants & MS_X13_NO_MAILBOXES) && put_mailbox(w, i, number))
            return -1;
    }
    return 0;
}
