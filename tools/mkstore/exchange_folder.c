/*
 * exchange_folder.c - mailboxes, the tree of folders, the table of each folder; entry ids.
 *
 * A mailbox has a root without name and parent; what users see lies below one of its children, or below the
 * root itself on request. A public store is one such tree that no row of Mailbox names. Entry ids: [MS-OXCDATA]
 * 2.2.4.1 and 2.2.4.2; default folders: [MS-OXOSFLD] 2.2.3, 2.2.6.
 */
#include "exchange_int.h"

#include <stdlib.h>
#include <string.h>

void *xc_grown(struct ms_writer *w, void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t more = *room * 2 + 64;
    void *p = realloc(list, more * size);
    if (!p) {
        w->failed = true;
        xc_fail(w, "out of memory");
        return NULL;
    }
    *room = more;
    return p;
}

static const char *kept(struct ms_writer *w, const char *s) { return s ? ms_copy(&w->keep, s, strlen(s)) : NULL; }

static bool folder_add(struct ms_writer *w, size_t parent, const char *name, const char *class, size_t *index)
{
    struct xc_folder *list = xc_grown(w, w->folders, w->folder_count, &w->folder_room, sizeof *list);
    if (!list)
        return false;
    w->folders = list;
    *index = w->folder_count++;
    list[*index] = (struct xc_folder){.id = xc_next(w),
                                      .parent = name ? parent : *index,
                                      .mailbox = w->mailbox_count - 1,
                                      .name = kept(w, name),
                                      .container_class = kept(w, class)};
    if (name)
        list[parent].children++;
    return true;
}

static bool add_private(struct ms_writer *w, struct xc_mailbox *m)
{
    static const char *const names[] = {"Inbox", "Outbox", "Sent Items", "Deleted Items"};
    static const char *const hidden[] = {"Common Views", "Views", "Finder", "Shortcuts"};
    size_t index;
    m->visible = m->hidden = m->root;
    if (!(w->x.traits & MS_X_FLAT) && !folder_add(w, m->root, "Top of Information Store", NULL, &m->visible))
        return false;
    for (size_t i = 0; i < 4; i++)
        if (!folder_add(w, m->root, hidden[i], NULL, &index) ||
            !folder_add(w, m->visible, names[i], "IPF.Note", &index))
            return false;
    return true;
}

static bool add_public(struct ms_writer *w, struct xc_mailbox *m)
{
    size_t index;
    return folder_add(w, m->root, "IPM_SUBTREE", NULL, &m->visible) &&
           folder_add(w, m->root, "NON_IPM_SUBTREE", NULL, &m->hidden) &&
           folder_add(w, m->hidden, "EFORMS REGISTRY", NULL, &index) &&
           folder_add(w, m->hidden, "SCHEDULE+ FREE BUSY", NULL, &index) &&
           folder_add(w, m->hidden, "OFFLINE ADDRESS BOOK", NULL, &index);
}

int xc_mailbox_begin(struct ms_writer *w, const struct ms_store *store)
{
    struct xc_mailbox *list = xc_grown(w, w->mailboxes, w->mailbox_count, &w->mailbox_room, sizeof *list);
    if (!list)
        return -1;
    w->mailboxes = list;
    uint64_t first = (uint64_t)XC_REPLID << 48 | XC_FIRST;
    if (w->mailbox_count && w->x.traits & MS_X_REPLICAS)
        w->last_id = first + ((uint64_t)w->mailbox_count << 48);
    else if (w->mailbox_count && w->x.traits & MS_X_INTERLEAVED)
        w->last_id = first + w->mailbox_count;
    if (w->mailbox_count >= XC_STEP && w->x.traits & MS_X_INTERLEAVED)
        return xc_fail(w, "too many mailboxes to interleave");
    w->shared_at = 0;
    struct xc_mailbox *m = &list[w->mailbox_count++];
    *m = (struct xc_mailbox){.name = kept(w, store->owner_name ? store->owner_name : store->name),
                             .dn = kept(w, store->owner_dn),
                             .smtp = kept(w, store->owner_smtp),
                             .sid_size = store->owner_sid_size,
                             .first = w->folder_count};
    memcpy(m->sid, store->owner_sid, sizeof m->sid);
    for (size_t i = 0; i < 2; i++)
        ese_le64(m->guid + 8 * i, ms_mix(w->store->seed ^ 0x6d626f78, 2 * w->mailbox_count + i));
    if (!folder_add(w, 0, NULL, NULL, &m->root))
        return -1;
    return (w->x.is_public ? add_public : add_private)(w, m) ? 0 : -1;
}

static bool lookup(const struct ms_writer *w, const struct xc_mailbox *m, size_t parent, const char *name,
                   size_t *index)
{
    for (size_t i = m->first; i < w->folder_count; i++)
        if (w->folders[i].parent == parent && w->folders[i].name && !strcmp(w->folders[i].name, name)) {
            *index = i;
            return true;
        }
    return false;
}

static void keep_props(struct ms_writer *w, struct xc_folder *f, const struct ms_props *props)
{
    struct ms_prop *list = ms_alloc(&w->keep, (props->count + 1) * sizeof *list);
    for (size_t i = 0; i < props->count; i++) {
        list[i] = props->list[i];
        list[i].data = ms_copy(&w->keep, list[i].data, list[i].size);
    }
    f->props = (struct ms_props){list, props->count};
}

int xc_folder_find(struct ms_writer *w, const struct ms_folder *folder, size_t *index)
{
    const struct xc_mailbox *m = &w->mailboxes[w->mailbox_count - 1];
    *index = folder->system ? m->hidden : m->visible;
    for (size_t i = 0; i < folder->depth; i++) {
        size_t parent = *index;
        if (!lookup(w, m, parent, folder->path[i], index) && !folder_add(w, parent, folder->path[i], NULL, index))
            return -1;
    }
    struct xc_folder *f = &w->folders[*index];
    f->search = f->search || folder->search;
    if (folder->container_class)
        f->container_class = kept(w, folder->container_class);
    if (folder->props.count)
        keep_props(w, f, &folder->props);
    return 0;
}

/* --- tables of folders --------------------------------------------------------------------- */

/* A row in the spool: flags, two times, two texts in UTF-16. Key: folder and message. */
enum { SPOOL_DELETED = 1, SPOOL_ASSOCIATED = 2, SPOOL_HEAD = 25, TEXT_MOST = 1000 };

static void put_view_text(struct ms_bytes *out, const struct ms_item *item, unsigned id, const char *otherwise)
{
    const struct ms_prop *p = xc_find(&item->props, id);
    const char *text = p ? ms_copy(out->mem, p->data, p->size) : otherwise ? otherwise : "";
    if (p && p->size > 1 && text[0] == 1)
        text += 2;
    size_t size = strlen(text) < TEXT_MOST ? strlen(text) : 0;
    ms_put16(out, (unsigned)size);
    ms_put(out, text, size);
}

static uint64_t number_of(const struct ms_item *item, unsigned id, size_t size)
{
    const struct ms_prop *p = xc_find(&item->props, id);
    uint64_t v = 0;
    for (size_t i = 0; p && p->size == size && i < size; i++)
        v |= (uint64_t)((const uint8_t *)p->data)[i] << (8 * i);
    return v;
}

int xc_contents_add(struct ms_writer *w, size_t folder, uint64_t id, const struct ms_item *item, bool deleted)
{
    struct ms_bytes out = {.mem = &w->scratch};
    uint8_t key[12];
    ms_put8(&out, (deleted ? SPOOL_DELETED : 0u) | (xc_hidden_row(w, item) ? SPOOL_ASSOCIATED : 0u));
    ms_put64(&out, number_of(item, 0x3008, 8));
    ms_put64(&out, number_of(item, 0x0e06, 8));
    ms_put64(&out, number_of(item, 0x0e07, 4) | (xc_hidden_flag(w, item) ? 0x40 : 0));
    put_view_text(&out, item, 0x001a, item->message_class);
    put_view_text(&out, item, 0x0037, NULL);
    ese_be32(key, (uint32_t)folder);
    ese_be64(key + 4, id);
    ese_sort_add(w->contents, (struct ese_slice){key, sizeof key}, (struct ese_slice){out.data, out.size}, 0);
    return w->db->failed ? -1 : 0;
}

struct filling {
    struct ms_writer *w;
    struct ms_ese_table *table; /* of folder `next - 1` */
    size_t next;                /* the first folder that has no table yet */
};

/* On request the first mailbox has no calendar. */
static bool left_out(const struct ms_writer *w, const struct xc_folder *f)
{
    return w->x.traits & MS_X_NO_CALENDAR && f->mailbox == 0 && f->container_class &&
           !strcmp(f->container_class, "IPF.Appointment");
}

static void open_until(struct filling *f, size_t folder)
{
    while (f->next <= folder && !f->w->failed) {
        uint64_t id = f->w->folders[f->next].id;
        if (left_out(f->w, &f->w->folders[f->next++]))
            continue;
        if (f->table && ms_ese_table_end(f->table))
            f->w->failed = true;
        f->table = xc_table_derived(f->w, xc_folder_table(&f->w->names, &f->w->scratch, id));
        if (!f->table)
            f->w->failed = true;
    }
}

static uint64_t le64(const uint8_t *p) { return ese_get32(p) | (uint64_t)ese_get32(p + 4) << 32; }

static void take_row(void *to, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    struct filling *f = to;
    struct xc_row r;
    (void)flags;
    size_t folder = (size_t)key.data[0] << 24 | (size_t)key.data[1] << 16 | (size_t)key.data[2] << 8 | key.data[3];
    uint64_t id = 0;
    for (size_t i = 4; i < 12; i++)
        id = id << 8 | key.data[i];
    open_until(f, folder);
    ms_mem_clear(&f->w->scratch);
    if (f->w->failed)
        return;
    xc_row_begin(&r, f->w, f->w->tables[XC_CONTENTS]);
    xc_number(&r, XC_KEY('Q', 0x674a), id);
    xc_number(&r, XC_KEY('B', 0x67aa), data.data[0] & SPOOL_ASSOCIATED);
    if (le64(data.data + 1))
        xc_number(&r, XC_KEY('T', 0x3008), le64(data.data + 1));
    if (le64(data.data + 9))
        xc_number(&r, XC_KEY('T', 0x0e06), le64(data.data + 9));
    xc_number(&r, XC_KEY('L', 0x0e07), le64(data.data + 17));
    const uint8_t *text = data.data + SPOOL_HEAD;
    static const uint32_t keys[] = {XC_KEY('S', 0x001a), XC_KEY('S', 0x0037)};
    for (size_t i = 0; i < 2; i++) {
        size_t size = ese_get16(text);
        if (size)
            xc_text(&r, keys[i], ms_copy(&f->w->scratch, text + 2, size));
        text += 2 + size;
    }
    if (xc_row_end(&r, f->table, data.data[0] & SPOOL_DELETED))
        f->w->failed = true;
}

/* --- ids and default folders --------------------------------------------------------------- */

/* The GUID of a replica: the first is the database, others belong to servers from which things came. */
static void put_replica(uint8_t *out, const struct ms_writer *w, unsigned replid)
{
    memcpy(out, w->guid, 16);
    if (replid != XC_REPLID)
        ese_le64(out, ms_mix(w->store->seed ^ 0x7265706c, replid));
}

static void put_global(uint8_t *out, const struct ms_writer *w, uint64_t id)
{
    uint8_t be[8];
    ese_be64(be, id);
    put_replica(out, w, xc_replid(id));
    memcpy(out + 16, be + 2, 6);
    out[22] = out[23] = 0;
}

size_t xc_entry_id(struct ms_writer *w, uint64_t folder, uint64_t message, uint8_t *out)
{
    static const uint8_t public_store[16] = {0x1a, 0x44, 0x73, 0x90, 0xaa, 0x66, 0x11, 0xcd,
                                             0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f, 0xc4, 0x5a};
    const struct xc_mailbox *m = &w->mailboxes[w->mailbox_count - 1];
    for (size_t i = 0; i < w->folder_count; i++)
        if (w->folders[i].id == folder)
            m = &w->mailboxes[w->folders[i].mailbox];
    memset(out, 0, 4);
    memcpy(out + 4, w->x.is_public ? public_store : m->guid, 16);
    out[20] = (uint8_t)(w->x.is_public ? (message ? 9 : 3) : (message ? 7 : 1));
    out[21] = 0;
    put_global(out + 22, w, folder);
    if (!message)
        return 46;
    put_global(out + 46, w, message);
    return 70;
}

static void put_entry_id(struct ms_writer *w, struct ms_bytes *out, uint64_t folder, uint64_t message)
{
    uint8_t id[XC_ENTRY_ID];
    *out = (struct ms_bytes){.mem = &w->scratch};
    ms_put(out, id, xc_entry_id(w, folder, message, id));
}

/* Which folder is the calendar, the contacts ...: on the root's row and on the Inbox's. */
static void put_defaults(struct xc_row *r, const struct xc_mailbox *m, size_t end)
{
    static const struct {
        unsigned id;
        const char *class;
    } kinds[] = {{0x36d0, "IPF.Appointment"},
                 {0x36d1, "IPF.Contact"},
                 {0x36d2, "IPF.Journal"},
                 {0x36d3, "IPF.StickyNote"},
                 {0x36d4, "IPF.Task"}};
    struct ms_writer *w = r->w;
    struct ms_bytes id, slots[4];
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = m->first; i < end; i++) {
            const struct xc_folder *f = &w->folders[i];
            if (f->parent != m->visible || left_out(w, f) || !f->container_class ||
                strcmp(f->container_class, kinds[k].class) != 0)
                continue;
            put_entry_id(w, &id, f->id, 0);
            xc_bytes(r, XC_KEY('N', kinds[k].id), id.data, id.size);
            break;
        }
    for (size_t i = 0; i < 4; i++) { /* unused slots are four zero bytes */
        slots[i] = (struct ms_bytes){.mem = &w->scratch};
        ms_put_zeros(&slots[i], 4);
    }
    if (!m->freebusy)
        return;
    put_entry_id(w, &slots[1], w->folders[m->freebusy_folder].id, m->freebusy);
    put_entry_id(w, &slots[3], w->folders[m->freebusy_folder].id, 0);
    xc_multi(r, XC_MULTI | XC_KEY('N', 0x36e4), slots, 4);
}

/* Bare, or after 8 bytes of version 3 or 4, in turn. */
static void put_descriptor(struct xc_row *r, const struct xc_folder *f, size_t index)
{
    const struct ms_prop *p = xc_find(&f->props, 0x0e27);
    if (!p || p->size < 8 || !(r->w->x.traits & MS_X_DESCRIPTORS))
        return;
    uint8_t *copy = ms_copy(&r->w->scratch, p->data, p->size);
    copy[2] = index % 3 == 2 ? 4 : 3;
    xc_bytes(r, XC_KEY('N', 0x0e27), index % 3 ? copy : copy + 8, index % 3 ? p->size : p->size - 8);
}

static int put_folder(struct ms_writer *w, struct xc_table *t, size_t index)
{
    const struct xc_folder *f = &w->folders[index];
    const struct xc_mailbox *m = &w->mailboxes[f->mailbox];
    size_t end = f->mailbox + 1 < w->mailbox_count ? w->mailboxes[f->mailbox + 1].first : w->folder_count;
    bool root = index == m->root,
         lost = w->x.traits & MS_X_LOST_PARENTS && f->container_class && !strcmp(f->container_class, "IPF.Contact");
    struct xc_row r;
    ms_mem_clear(&w->scratch);
    xc_row_begin(&r, w, t);
    xc_props(&r, &f->props);
    put_descriptor(&r, f, index);
    xc_number(&r, XC_KEY('Q', 0x6748), f->id);
    if (!root)
        xc_number(&r, XC_KEY('Q', 0x6749), w->folders[f->parent].id + (lost ? 0x100000000 : 0));
    xc_bytes(&r, XC_KEY('N', 0x676c), m->guid, 16);
    xc_number(&r, XC_KEY('L', 0x3601), root ? 0 : f->search ? 2 : 1);
    xc_number(&r, XC_KEY('L', 0x3602), f->items);
    xc_number(&r, XC_KEY('L', 0x3617), f->associated);
    xc_number(&r, XC_KEY('B', 0x360a), f->children);
    xc_text(&r, XC_KEY('S', 0x3001), f->name);
    xc_text(&r, XC_KEY('S', 0x3613), f->container_class);
    bool inbox = f->parent == m->visible && f->name && !strcmp(f->name, "Inbox");
    if (!w->x.is_public && (root || inbox))
        put_defaults(&r, m, end);
    if (root && m->visible != m->root) {
        struct ms_bytes id;
        put_entry_id(w, &id, w->folders[m->visible].id, 0);
        xc_bytes(&r, XC_KEY('N', 0x35e0), id.data, id.size);
    }
    return xc_row_end(&r, NULL, false);
}

int xc_folders_write(struct ms_writer *w)
{
    struct filling f = {.w = w};
    ese_sort_drain(w->contents, take_row, &f);
    open_until(&f, w->folder_count - 1);
    struct xc_table *t = w->failed ? NULL : (w->tables[XC_FOLDERS] = xc_table_new(w, XC_FOLDERS));
    for (size_t i = 0; t && i < w->folder_count; i++)
        if (!left_out(w, &w->folders[i]) && put_folder(w, t, i))
            return -1;
    return t && !w->failed ? 0 : -1;
}

/* Which messages a user has read in folders of others; nobody's here. */
int xc_reads_write(struct ms_writer *w)
{
    static const struct ms_ese_column columns[] = {
        {.name = "N676c", .type = MS_ESE_BINARY, .place = MS_ESE_VARIABLE, .size = 255},
        {.name = "N67d0", .type = MS_ESE_BINARY, .place = MS_ESE_VARIABLE, .size = 255},
    };
    const struct ms_ese_schema schema = {.name = "PerUserRead", .columns = columns, .column_count = 2};
    struct ms_ese_table *t = ms_ese_table(w->db, &schema);
    struct ms_ese_piece pieces[2] = {{.data = w->mailboxes[0].guid, .size = 16}, {.data = w->guid, .size = 16}};
    const struct ms_ese_value values[] = {{0, 1, &pieces[0]}, {1, 1, &pieces[1]}};
    return t ? ms_ese_row(t, values, 2, false) : -1;
}

/* --- mailboxes, replicas ------------------------------------------------------------------- */

int xc_mailboxes_write(struct ms_writer *w)
{
    struct xc_table *t = w->tables[XC_MAILBOXES] = xc_table_new(w, XC_MAILBOXES);
    bool empty = w->x.is_public || w->x.traits & MS_X_NO_MAILBOXES;
    for (size_t i = 0; t && !empty && i < w->mailbox_count; i++) {
        const struct xc_mailbox *m = &w->mailboxes[i];
        struct xc_row r;
        ms_mem_clear(&w->scratch);
        xc_row_begin(&r, w, t);
        xc_number(&r, XC_KEY('L', 0x6707), i + 1);
        size_t root = w->x.traits & MS_X_SHARED_ROOT ? w->mailboxes[0].root : m->root;
        xc_number(&r, XC_KEY('Q', 0x6748), w->folders[root].id);
        xc_bytes(&r, XC_KEY('N', 0x676c), m->guid, 16);
        if (m->sid_size)
            xc_bytes(&r, XC_KEY('N', 0x66a0), m->sid, m->sid_size);
        xc_text(&r, XC_KEY('S', 0x3001), m->name);
        xc_text(&r, XC_KEY('S', 0x3003), m->dn);
        xc_text(&r, XC_KEY('S', 0x39fe), m->smtp);
        xc_number(&r, XC_KEY('L', 0x66c4), 1033);
        if (xc_row_end(&r, NULL, false))
            return -1;
    }
    return t ? 0 : -1;
}

/* Replica ids: ours, those that are in use, and one of a server from which nothing came. */
int xc_global_write(struct ms_writer *w)
{
    struct xc_table *t = w->tables[XC_GLOBAL] = xc_table_new(w, XC_GLOBAL);
    size_t count = xc_replid(w->last_id) + 1;
    struct ms_bytes *list = ms_alloc(&w->scratch, count * sizeof *list);
    struct xc_row r;
    for (size_t i = 0; i < count; i++) {
        uint8_t guid[16];
        put_replica(guid, w, XC_REPLID + (unsigned)i);
        list[i] = (struct ms_bytes){.mem = &w->scratch};
        ms_put(&list[i], guid, sizeof guid);
        ms_put32(&list[i], XC_REPLID + (uint32_t)i);
    }
    if (!t)
        return -1;
    xc_row_begin(&r, w, t);
    xc_multi(&r, XC_MULTI | XC_KEY('N', 0x667f), list, count);
    xc_bytes(&r, XC_KEY('N', 0x676a), w->guid, 16);
    return xc_row_end(&r, NULL, false);
}
