/*
 * exchange2013_mail.c - which messages a mailbox of Exchange 2013 or later has, folder by folder.
 *
 * Layer: inside the EDB reader. The table of messages is in no order of folders. One walk, when
 * the mailbox is entered, counts those of each folder, and keeps the key of each row as long as
 * they are no more than there is room for. Of a larger mailbox as many folders as have room are held at
 * a time, from the one that is asked for on in the order of the tree, and each such window costs
 * a walk more; a folder that is larger still comes in parts, and is walked twice: its normal
 * messages, then its hidden ones. So memory has a bound, whatever the size of the mailbox.
 *
 * A message whose row is damaged has no place here. When the walk met damage, the count that a
 * folder keeps of itself tells how many are missing.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange2013.h"

#define MAIL_LEAST ((size_t)1 << 8)
#define MAIL_MOST  ((size_t)1 << 17)
#define MAIL_SHARE 64u  /* bytes of the budget for each */
#define CLASS_MOST 255u /* bytes of a class that is kept */
#define CLASS_ID   0x001a

static size_t room_of(const struct exchange *x)
{
    size_t room = x->r->options.memory / MAIL_SHARE;
    return room < MAIL_LEAST ? MAIL_LEAST : room > MAIL_MOST ? MAIL_MOST : room;
}

/* --- rows ------------------------------------------------------------------------------------ */

const char *exchange2013_class(struct exchange *x, const struct ese_record *r, struct pl_arena *a)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct exchange_binding b = {NULL, EDB_AUTO};
    for (size_t i = 0; i < t->table.column_count && !b.column; i++)
        if (t->properties[i].tag >> 16 == CLASS_ID)
            b.column = &t->table.columns[i];
    return exchange_text(x, r, b, a);
}

/* Classes are few. */
static uint16_t class_keep(struct exchange *x, const char *class)
{
    struct exchange2013 *l = x->later;
    for (unsigned i = 0; i < l->class_count; i++)
        if (!strcmp(l->classes[i], class))
            return (uint16_t)i;
    if (strlen(class) > CLASS_MOST)
        return CLASS_UNKNOWN;
    if (!l->classes)
        l->classes = pl_arena_zalloc(x->arena, CLASSES_MOST, sizeof *l->classes);
    const char *kept = l->classes && l->class_count < CLASSES_MOST ? pl_arena_strdup(x->arena, class) : NULL;
    if (!kept)
        return CLASS_UNKNOWN;
    l->classes[l->class_count] = kept;
    return (uint16_t)l->class_count++;
}

bool exchange2013_entry(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                        struct mail_entry *e)
{
    const struct exchange_binding *f = x->tables[EDB_MESSAGES].fields;
    struct pl_arena *a = &x->later->scratch;
    struct pl_bytes folder, id;
    int64_t number = 0, hidden = 0;
    uint64_t place = 0;
    *e = (struct mail_entry){.folder = EXCHANGE_NOWHERE};
    if (!exchange_integer(x, r, f[EDB_ID], &number) || node->prefix.size + node->suffix.size > UINT8_MAX)
        return false;
    e->number = (uint32_t)number;
    if (exchange_bytes(x, r, f[EDB_FOLDER], a, &folder) > PL_LOST && exchange2013_id(x, folder, &place))
        e->folder = exchange_folder_find(x, place);
    if (exchange_bytes(x, r, f[EDB_MESSAGE], a, &id) <= PL_LOST || !exchange2013_id(x, id, &e->id))
        e->id = 0;
    e->hidden = exchange_integer(x, r, f[EDB_HIDDEN], &hidden) && hidden;
    const char *class = exchange2013_class(x, r, a);
    e->class = class ? class_keep(x, class) : CLASS_UNKNOWN;
    pl_arena_reset(a);
    return true;
}

/* PL_STOP: out of memory. */
static enum pl_status entry_keep(struct exchange *x, const struct ese_node *node, const struct mail_entry *e)
{
    struct exchange2013 *l = x->later;
    if (l->mail_count == l->mail_room) {
        size_t room = l->mail_room ? l->mail_room * 2 : 256;
        struct mail_entry *more = realloc(l->mail, room * sizeof *more);
        if (!more)
            return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
        l->mail = more;
        l->mail_room = room;
    }
    struct mail_entry *kept = &l->mail[l->mail_count];
    size_t size = 0;
    *kept = *e;
    if (!exchange2013_key(&l->mail_keys, node, &kept->key_at, &size))
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    kept->key_size = (uint8_t)size;
    l->mail_count++;
    return PL_OK;
}

static void mail_drop(struct exchange2013 *l) { l->mail_count = l->mail_keys.size = l->at = l->end = 0; }

/* --- walks ----------------------------------------------------------------------------------- */

/* PL_END: enough. PL_STOP: filed. */
typedef enum pl_status mail_visitor(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                    void *data);

/* Rows from behind a key on; of size 0: all. */
static enum pl_status mail_walk(struct exchange *x, const struct mail_key *behind, mail_visitor *visit, void *data)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct ese_cursor c;
    struct ese_node node;
    struct ese_record r;
    if (t->how == EXCHANGE_MISSING)
        return PL_END;
    ese_cursor_init(&c, &x->db, t->table.row.tree);
    enum pl_status st =
        behind && behind->size ? ese_cursor_seek(&c, behind->bytes, behind->size) : ese_cursor_first(&c);
    while (st > PL_STOP && (st = ese_cursor_next(&c, &node)) != PL_END && st != PL_STOP) {
        if (st <= PL_LOST || (behind && behind->size && !ese_key_compare(&node, behind->bytes, behind->size)) ||
            ese_record_parse(&t->table, &node, &r) <= PL_LOST)
            continue;
        enum pl_status seen = visit(x, &node, &r, data);
        if (seen == PL_END || seen == PL_STOP) {
            ese_cursor_close(&c);
            return seen == PL_STOP ? PL_STOP : PL_OK;
        }
    }
    ese_cursor_close(&c);
    return st == PL_STOP ? PL_STOP : PL_END;
}

static int mail_order(const void *a, const void *b)
{
    const struct mail_entry *one = a, *two = b;
    if (one->folder != two->folder)
        return one->folder < two->folder ? -1 : 1;
    if (one->hidden != two->hidden)
        return one->hidden ? 1 : -1;
    return (one->key_at > two->key_at) - (one->key_at < two->key_at);
}

static void mail_sort(struct exchange2013 *l)
{
    if (l->mail_count)
        qsort(l->mail, l->mail_count, sizeof *l->mail, mail_order);
}

static struct mail_counts *counts_of(struct exchange *x, uint32_t folder)
{
    return folder == EXCHANGE_NOWHERE ? &x->later->orphans : &x->folders[folder].mail;
}

static enum pl_status count_visit(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                  void *data)
{
    struct exchange2013 *l = x->later;
    struct mail_entry e;
    (void)data;
    if (!exchange2013_entry(x, node, r, &e)) {
        pl_report(x->r->report, PL_LOST, "edb.contents", x->key, r->offset,
                  "a message has no number, or a key that is too long");
        return PL_OK;
    }
    struct mail_counts *counts = counts_of(x, e.folder);
    ++*(e.hidden ? &counts->hidden : &counts->normal);
    if (l->in_windows)
        return PL_OK;
    if (l->mail_count < room_of(x))
        return entry_keep(x, node, &e);
    l->in_windows = true;
    mail_drop(l);
    return PL_OK;
}

/* A message that comes as an orphan is missing in some folder, and no item more. */
static void orphans_credit(struct exchange *x)
{
    uint64_t left = x->later->orphans.normal + x->later->orphans.hidden;
    for (uint32_t i = 0; i < x->folder_count && left; i++) {
        uint64_t missing = exchange2013_mail_missing(x, i), credit = missing < left ? missing : left;
        x->folders[i].mail.stated -= credit;
        left -= credit;
    }
}

enum pl_status exchange2013_mail_read(struct exchange *x)
{
    const struct pl_report *report = x->r->report;
    struct exchange2013 *l = x->later;
    uint64_t before = report->warnings + report->losses;
    enum pl_status st = mail_walk(x, NULL, count_visit, NULL);
    l->torn = x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING || report->warnings + report->losses != before;
    orphans_credit(x);
    mail_sort(l);
    return st == PL_STOP ? st : PL_OK;
}

/* --- windows ----------------------------------------------------------------------------------- */

static enum pl_status window_visit(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                   void *data)
{
    struct exchange2013 *l = x->later;
    struct mail_entry e;
    (void)data;
    bool here = exchange2013_entry(x, node, r, &e) && counts_of(x, e.folder)->window == l->window;
    return here && l->mail_count < room_of(x) ? entry_keep(x, node, &e) : PL_OK;
}

/* The messages of this folder, and of as many after it as there is room for. */
static enum pl_status window_load(struct exchange *x, uint32_t folder)
{
    struct exchange2013 *l = x->later;
    uint64_t sum = 0;
    mail_drop(l);
    l->window++;
    for (uint32_t i = folder;; i = exchange_folder_after(x, i)) {
        struct mail_counts *counts = counts_of(x, i);
        sum += counts->normal + counts->hidden;
        if (sum > room_of(x))
            break;
        counts->window = l->window;
        if (i == EXCHANGE_NOWHERE) /* orphans are last */
            break;
    }
    enum pl_status st = mail_walk(x, NULL, window_visit, NULL);
    mail_sort(l);
    return st == PL_STOP ? st : PL_OK;
}

static enum pl_status part_visit(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                 void *data)
{
    struct exchange2013 *l = x->later;
    struct mail_part *p = &l->part;
    struct mail_entry e;
    (void)data;
    if (!exchange2013_entry(x, node, r, &e) || e.folder != p->folder || e.hidden != p->hidden)
        return PL_OK;
    if (entry_keep(x, node, &e) == PL_STOP)
        return PL_STOP;
    p->behind.size = ese_key_copy(node, p->behind.bytes);
    return l->mail_count < room_of(x) ? PL_OK : PL_END;
}

/* The next messages of a folder that has too many. Nothing in `mail`: there is none. */
static enum pl_status part_load(struct exchange *x)
{
    struct exchange2013 *l = x->later;
    struct mail_part *p = &l->part;
    enum pl_status st = PL_OK;
    mail_drop(l);
    while (p->open && !l->mail_count && st != PL_STOP) {
        const struct mail_key behind = p->behind;
        st = mail_walk(x, &behind, part_visit, NULL);
        if (st != PL_END)
            continue;
        p->open = !p->hidden;
        p->hidden = true;
        p->behind.size = 0;
    }
    l->end = l->mail_count;
    return st == PL_STOP ? st : PL_OK;
}

/* The messages of a folder are neighbours: from l->at to l->end. */
static void range_find(struct exchange2013 *l, uint32_t folder)
{
    size_t low = 0, high = l->mail_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->mail[middle].folder < folder)
            low = middle + 1;
        else
            high = middle;
    }
    l->at = l->end = low;
    while (l->end < l->mail_count && l->mail[l->end].folder == folder)
        l->end++;
}

enum pl_status exchange2013_mail_open(struct exchange *x, uint32_t folder)
{
    struct exchange2013 *l = x->later;
    const struct mail_counts *counts = counts_of(x, folder);
    enum pl_status st = PL_OK;
    l->part.open = l->in_windows && counts->normal + counts->hidden > room_of(x);
    if (l->part.open) {
        l->part = (struct mail_part){.open = true, .folder = folder};
        l->window++;
        return part_load(x);
    }
    if (l->in_windows && (!l->window || counts->window != l->window))
        st = window_load(x, folder);
    range_find(l, folder);
    return st;
}

enum pl_status exchange2013_mail_next(struct exchange *x, const struct mail_entry **out)
{
    struct exchange2013 *l = x->later;
    enum pl_status st = l->at == l->end && l->part.open ? part_load(x) : PL_OK;
    if (st == PL_STOP || l->at == l->end)
        return st == PL_STOP ? st : PL_END;
    *out = &l->mail[l->at++];
    return PL_OK;
}

/* --- counts, and one by its number --------------------------------------------------------------- */

uint64_t exchange2013_mail_missing(const struct exchange *x, uint32_t folder)
{
    const struct mail_counts *counts = folder == EXCHANGE_NOWHERE ? NULL : &x->folders[folder].mail;
    uint64_t found = counts ? counts->normal + counts->hidden : 0;
    return counts && x->later->torn && counts->stated > found ? counts->stated - found : 0;
}

enum pl_status exchange2013_items_count(struct exchange *x, uint32_t folder, uint64_t *normal, uint64_t *hidden)
{
    const struct mail_counts *counts = counts_of(x, folder);
    *normal = counts->normal + exchange2013_mail_missing(x, folder);
    *hidden = counts->hidden;
    return PL_OK;
}

struct sought {
    uint64_t id;
    uint32_t number;
};

static bool is_sought(const struct sought *s, const struct mail_entry *e)
{
    return s->id ? e->id == s->id : e->number == s->number;
}

static enum pl_status find_visit(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                 void *data)
{
    struct exchange2013 *l = x->later;
    struct mail_entry e;
    if (!exchange2013_entry(x, node, r, &e) || !is_sought(data, &e))
        return PL_OK;
    l->found = e;
    l->found_key.size = ese_key_copy(node, l->found_key.bytes);
    return PL_END;
}

const struct mail_entry *exchange2013_mail_find(struct exchange *x, uint64_t id, uint32_t number)
{
    struct exchange2013 *l = x->later;
    struct sought s = {id, number};
    for (size_t i = 0; i < l->mail_count; i++)
        if (is_sought(&s, &l->mail[i]))
            return &l->mail[i];
    return l->in_windows && mail_walk(x, NULL, find_visit, &s) == PL_OK ? &l->found : NULL;
}

enum pl_status exchange2013_mail_row(struct exchange *x, const struct mail_entry *e, struct exchange_row *row)
{
    struct exchange2013 *l = x->later;
    bool found = e == &l->found;
    const uint8_t *key = found ? l->found_key.bytes : l->mail_keys.bytes + e->key_at;
    enum pl_status st = exchange2013_row(x, EDB_MESSAGES, key, found ? l->found_key.size : e->key_size, row);
    if (st == PL_END)
        st = pl_report(x->r->report, PL_LOST, "edb.item-missing", x->key, PL_NO_OFFSET,
                       "the row of a message is no longer found");
    return st;
}
