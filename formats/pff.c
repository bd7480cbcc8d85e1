/*
 * pff.c - the second reader of PST, OST and PAB files: the system's libpff.
 *
 * Layer: formats. The same items as the own PST reader delivers, found by another
 * program: for deleted and orphaned items, and as a check of the own reader. libpff itself works behind
 * pff_child.h; here its answers become folders and items. Its death or silence costs
 * the object that was asked for.
 *
 * libpff keeps every node of a store in memory and tells no offsets in the file.
 */
#include "pff.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "pff_state.h"
#include "plural.h"
#include "report.h"
#include "source.h"

#define ROWS_AT_ONCE 256u
#define READ_AT_ONCE (1u << 20)
#define NID_STORE    0x21u
#define NID_MESSAGE  4u
#define NID_HIDDEN   8u
#define ENTRY_PREFIX "eid:"
#define ENTRY_SIZE   24u

/* --- requests ---------------------------------------------------------- */

void pff_request(struct pff_state *s, enum pff_op op, const struct pff_address *a)
{
    pl_buf_clear(&s->request);
    pff_put8(&s->request, (uint8_t)op);
    pff_put_address(&s->request, a);
}

static enum pl_status complain(struct pl_reader *r, enum pff_outcome outcome, const char *key,
                               const struct pl_cursor *text)
{
    switch (outcome) {
    case PFF_ANSWERED: return PL_OK;
    case PFF_REFUSED:
    case PFF_ABSENT:
        return pl_report(r->report, PL_LOST, "pff.refused", key, PL_NO_OFFSET, "libpff cannot read it: %.*s",
                         (int)(text->size < 200 ? text->size : 200), (const char *)text->data);
    case PFF_TOO_MUCH:
        return pl_report(r->report, PL_LOST, "pff.too-large", key, PL_NO_OFFSET,
                         "there is no memory for all of it");
    case PFF_DIED:
        return pl_report(r->report, PL_LOST, "pff.child-died", key, PL_NO_OFFSET, "libpff crashed on it");
    case PFF_HUNG:
        return pl_report(r->report, PL_LOST, "pff.child-hung", key, PL_NO_OFFSET, "libpff did not answer in time");
    case PFF_GIVEN_UP: break;
    }
    return pl_report(r->report, PL_STOP, "pff.given-up", key, PL_NO_OFFSET,
                     "libpff crashed too often, or its process cannot be started");
}

static enum pff_outcome ask(struct pl_reader *r, struct pl_cursor *out)
{
    struct pff_state *s = pff_of(r);
    enum pff_outcome outcome = PFF_TOO_MUCH;
    *out = pl_cursor(NULL, 0);
    if (!s->request.failed)
        outcome = pff_child_ask(&s->child, s->request.data, s->request.size, out);
    return outcome;
}

enum pl_status pff_ask(struct pl_reader *r, const char *key, bool quiet, struct pl_cursor *out)
{
    enum pff_outcome outcome = ask(r, out);
    if (quiet && (outcome == PFF_REFUSED || outcome == PFF_ABSENT))
        return PL_LOST;
    return complain(r, outcome, key, out);
}

uint64_t pff_token(struct pff_state *s, const struct pff_address *a)
{
    if (s->object_count == s->object_room) {
        uint32_t room = s->object_room ? s->object_room * 2 : 16;
        struct pff_address *grown = room > 1u << 20 ? NULL : realloc(s->objects, room * sizeof *grown);
        if (!grown)
            return 0;
        s->objects = grown;
        s->object_room = room;
    }
    s->objects[s->object_count] = *a;
    return (uint64_t)s->generation << 32 | ++s->object_count;
}

struct pff_decoder pff_decoder_of(struct pl_reader *r, struct pl_arena *arena)
{
    unsigned codepage = r->options.codepage ? r->options.codepage : r->store.codepage;
    return (struct pff_decoder){
        .arena = arena, .text = pff_of(r)->text, .codepage = codepage, .forced = r->options.codepage != 0};
}

enum pl_status pff_degraded(struct pl_reader *r, const struct pff_decoder *d, const char *key)
{
    enum pl_status worst = PL_OK;
    if (d->replaced)
        worst = pl_report(r->report, PL_WARN, "text.undecodable", key, PL_NO_OFFSET,
                          "%u characters are not in code page %u", d->replaced, d->codepage);
    if (d->unknown)
        worst = pl_report(r->report, PL_WARN, "text.codepage", key, PL_NO_OFFSET,
                          "code page %u is not known; read as windows-1252", d->codepage);
    if (d->odd)
        worst =
            pl_report(r->report, PL_WARN, "pff.value", key, PL_NO_OFFSET, "%u %s", d->odd,
                      pl_plural(d->odd, "value is too short for its type", "values are too short for their type"));
    return worst;
}

static enum pl_status broken(struct pl_reader *r, const char *key)
{
    return pl_report(r->report, PL_LOST, "pff.reply", key, PL_NO_OFFSET,
                     "out of memory, or what libpff answered makes no sense");
}

enum pl_status pff_bag(struct pl_reader *r, const struct pff_address *a, const char *key, bool quiet,
                       struct pl_arena *arena, struct pl_bag *out)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c;
    *out = (struct pl_bag){0};
    pff_request(s, PFF_BAG, a);
    enum pl_status st = pff_ask(r, key, quiet, &c);
    if (st != PL_OK)
        return st;
    struct pff_decoder d = pff_decoder_of(r, arena);
    d.token = pff_token(s, a);
    if (!d.token || !pff_bag_take(&d, &c, out))
        return broken(r, key);
    return pff_degraded(r, &d, key);
}

/* --- the store --------------------------------------------------------- */

static int pff_probe(struct pl_source *source)
{
    uint8_t head[12];
    size_t got = 0;
    if (pl_source_read(source, 0, head, sizeof head, &got) != PL_OK || got < 10 || memcmp(head, "!BDN", 4))
        return 0;
    return memcmp(head + 8, "SM", 2) && memcmp(head + 8, "SO", 2) && memcmp(head + 8, "BA", 2) ? 0 : 16;
}

static unsigned store_codepage(const struct pl_bag *bag)
{
    int64_t page = pl_bag_integer(bag, PidTagCodePageId, 0);
    return page > 0 && page < 65536 && page != 1200 ? (unsigned)page : pff_bag_codepage(bag);
}

/* The store's name is read again when its code page is known. */
static enum pl_status ansi_codepage(struct pl_reader *r, struct pl_bag *bag)
{
    enum pl_status st = pff_codepage_find(r, &r->store.codepage);
    if (st == PL_STOP || !r->store.codepage)
        return st;
    struct pl_bag again;
    st = pff_bag(r, &(struct pff_address){.base = NID_STORE}, NULL, true, r->store_arena, &again);
    if (st <= PL_LOST)
        return st == PL_STOP ? st : PL_OK;
    const char *name = pl_bag_text(&again, PidTagDisplayName);
    r->store.owner.name = name ? name : "";
    *bag = again;
    return PL_OK;
}

static enum pl_status store_facts(struct pl_reader *r, struct pl_cursor *c, struct pl_bag *bag)
{
    static const char *const encryption[] = {"none", "compressible", "high"};
    struct pff_state *s = pff_of(r);
    s->content = pl_take8(c);
    unsigned layout = pl_take8(c), crypt = pl_take8(c), corrupt = pl_take8(c);
    s->root = pl_take32(c);
    struct pff_decoder d = pff_decoder_of(r, r->store_arena);
    d.token = pff_token(s, &(struct pff_address){.base = NID_STORE});
    struct pl_fact *facts = pl_arena_zalloc(r->store_arena, 3, sizeof *facts);
    if (!facts || !d.token || !pff_bag_take(&d, c, bag))
        return pl_report(r->report, PL_STOP, "pff.store", NULL, PL_NO_OFFSET,
                         "the store's own properties are lost");
    const char *name = pl_bag_text(bag, PidTagDisplayName);
    facts[0] = (struct pl_fact){"layout", layout == 32 ? "ansi" : layout == 64 ? "unicode" : "unicode 4k"};
    facts[1] = (struct pl_fact){"encryption", crypt < 3 ? encryption[crypt] : "unknown"};
    facts[2] = (struct pl_fact){"read_by", "libpff"};
    r->store = (struct pl_store){
        .kind = s->content == 'a'   ? "pab"
                : s->content == 'o' ? "ost"
                                    : "pst",
        .owner = {.name = name ? name : "", .smtp = "", .dn = ""},
        .codepage = r->options.codepage ? r->options.codepage : store_codepage(bag),
        .facts = facts,
        .fact_count = 3,
    };
    s->ansi = layout == 32;
    struct pl_bytes key;
    if (pl_bag_bytes(bag, PidTagRecordKey, &key) && key.size == sizeof s->record_key)
        memcpy(s->record_key, key.data, key.size);
    return corrupt ? pl_report(r->report, PL_WARN, "pff.corrupt", NULL, PL_NO_OFFSET,
                               "libpff calls the store corrupted")
                   : PL_OK;
}

/* The header states the size of the file: [MS-PST] 2.2.2.6, ibFileEof of the ROOT. */
static bool is_cut(struct pl_source *source)
{
    uint8_t head[0xc0];
    size_t got = 0;
    if (pl_source_read(source, 0, head, sizeof head, &got) != PL_OK || got < sizeof head)
        return true;
    uint64_t size = pl_le16(head + 10) < 21 ? pl_le32(head + 0xa8) : pl_le64(head + 0xb8);
    return size != source->size;
}

static enum pl_status sweep(struct pl_reader *r)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c;
    pff_request(s, PFF_SWEEP, &(struct pff_address){0});
    enum pl_status st = pff_ask(r, NULL, false, &c);
    if (st != PL_OK)
        return st == PL_STOP ? st : PL_WARN;
    s->deleted = pl_take32(&c);
    s->orphans = pl_take32(&c);
    return PL_OK;
}

static enum pl_status pff_open(struct pl_reader *r)
{
    struct pff_state *s = pff_of(r);
    const struct pff_limits limits = pff_limits_of(r->source->size);
    pl_buf_init(&s->request, PFF_REQUEST_MAX);
    pl_buf_init(&s->window, PFF_REPLY_MAX);
    s->text = pl_text_new();
    if (!pff_child_init(&s->child, r->source, &limits, r->options.serial) || !s->text)
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    struct pl_cursor c;
    struct pl_bag bag;
    pff_request(s, PFF_STORE, &(struct pff_address){0});
    if (pff_ask(r, NULL, true, &c) != PL_OK)
        return pl_report(r->report, PL_STOP, "pff.open", NULL, 0, "libpff cannot open the store: %.*s",
                         (int)(c.size < 200 ? c.size : 200), c.data ? (const char *)c.data : "");
    enum pl_status st = store_facts(r, &c, &bag);
    if (st == PL_STOP)
        return st;
    r->store.cut = is_cut(r->source);
    if (s->ansi && !r->store.codepage && ansi_codepage(r, &bag) == PL_STOP)
        return PL_STOP;
    enum pl_status swept = r->options.recover ? sweep(r) : PL_OK;
    enum pl_status tree = swept == PL_STOP ? PL_STOP : pff_tree_open(r, &bag);
    return tree == PL_STOP ? PL_STOP : st == PL_WARN || swept == PL_WARN ? PL_WARN : PL_OK;
}

static void pff_close(struct pl_reader *r)
{
    struct pff_state *s = pff_of(r);
    pff_child_release(&s->child);
    pff_tree_release(&s->tree);
    pl_text_free(s->text);
    pl_buf_release(&s->request);
    pl_buf_release(&s->window);
    free(s->objects);
}

/* --- items ------------------------------------------------------------- */

static bool is_message(uint32_t nid) { return (nid & 0x1f) == NID_MESSAGE || (nid & 0x1f) == NID_HIDDEN; }

static enum pl_status pff_open_folder(struct pl_reader *r, const char *key)
{
    struct pff_state *s = pff_of(r);
    s->folder = (struct pff_address){.kind = PFF_DELETED};
    s->folder_open = !strcmp(key, PFF_FOUND_KEY) || pff_address_parse(key, &s->folder);
    s->associated = false;
    s->row = s->row_total = s->window_left = 0;
    if (!s->folder_open)
        return pl_report(r->report, PL_LOST, "pff.key", key, PL_NO_OFFSET, "there is no such folder");
    return PL_OK;
}

struct row {
    struct pff_address item;
    uint32_t nid;
    const char *class; /* NULL: the table does not tell */
    bool associated;
};

/* The next window of rows. PL_END: this table has no more. */
static enum pl_status window_fill(struct pl_reader *r)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c;
    char key[PL_KEY_MAX];
    pff_address_text(&s->folder, key, sizeof key);
    if (s->row && s->row >= s->row_total)
        return PL_END;
    pff_request(s, PFF_ROWS, &s->folder);
    pff_put8(&s->request, s->associated);
    pff_put32(&s->request, s->row);
    pff_put32(&s->request, ROWS_AT_ONCE);
    enum pl_status st = pff_ask(r, key, false, &c);
    if (st != PL_OK)
        return st;
    s->row_total = pl_take32(&c);
    s->window_left = pl_take32(&c);
    size_t left = pl_cursor_left(&c);
    pl_buf_clear(&s->window);
    pl_buf_add(&s->window, c.data + c.at, left);
    s->window_at = 0;
    if (s->window.failed || s->window_left > left / 10)
        return broken(r, key);
    return s->window_left ? PL_OK : PL_END;
}

static bool window_take(struct pl_reader *r, struct row *out)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c = pl_cursor(s->window.data, s->window.size);
    c.at = s->window_at;
    out->nid = pl_take32(&c);
    unsigned type = pl_take16(&c);
    uint32_t size = pl_take32(&c);
    const uint8_t *data = pl_take(&c, size);
    s->window_at = c.at;
    s->window_left = c.failed ? 0 : s->window_left - 1;
    out->associated = s->associated;
    out->item = s->folder.kind == PFF_NODE ? (struct pff_address){.base = out->nid}
                                           : (struct pff_address){.kind = s->folder.kind, .base = s->row};
    s->row++;
    out->class = NULL;
    if (!data || (type != PT_UNICODE && type != PT_STRING8))
        return data != NULL;
    struct pff_decoder d = pff_decoder_of(r, r->item_arena);
    out->class = pff_text(&d, type, (struct pl_bytes){data, size});
    return true;
}

/* A table ends, or is lost: associated ones follow normal ones, orphans follow deleted ones. */
static bool table_next(struct pff_state *s)
{
    s->row = s->row_total = s->window_left = 0;
    if (s->folder.kind == PFF_DELETED) {
        s->folder.kind = PFF_ORPHAN;
        return true;
    }
    if (s->folder.kind == PFF_ORPHAN || s->associated)
        return false;
    s->associated = true;
    return true;
}

/* PL_OK: *out is a row. PL_LOST: a table, or what is left of it, is lost; go on. */
static enum pl_status row_next(struct pl_reader *r, struct row *out)
{
    struct pff_state *s = pff_of(r);
    while (s->folder_open) {
        enum pl_status st = s->window_left ? PL_OK : window_fill(r);
        if (st == PL_OK && window_take(r, out))
            return PL_OK;
        if (st == PL_OK)
            st = broken(r, NULL);
        if (!table_next(s))
            s->folder_open = false;
        if (st <= PL_LOST)
            return st;
    }
    return PL_END;
}

static bool take_recipients(struct pff_decoder *d, struct pl_cursor *c, struct pl_item *out)
{
    uint32_t count = pl_take32(c);
    if (c->failed || count > pl_cursor_left(c) / 4)
        return false;
    struct pl_bag *bags = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *bags);
    bool ok = bags != NULL;
    for (uint32_t i = 0; ok && i < count; i++) {
        d->row = i + 1;
        ok = pff_bag_take(d, c, &bags[i]);
    }
    d->row = 0;
    out->recipients = bags;
    out->recipient_count = count;
    return ok;
}

static bool take_attachment(struct pff_state *s, struct pff_decoder *d, struct pl_cursor *c,
                            const struct pff_address *message, struct pl_attachment *out)
{
    struct pff_address a = *message;
    uint32_t nid = pl_take32(c);
    bool embedded = pl_take8(c) != 0;
    if (c->failed || a.depth == PFF_DEPTH_MAX)
        return false;
    a.attachment[a.depth++] = nid;
    a.at_attachment = true;
    pff_address_text(&a, out->key, sizeof out->key);
    d->token = pff_token(s, &a);
    if (!d->token || !pff_bag_take(d, c, &out->props))
        return false;
    out->embedded = embedded && pl_bag_integer(&out->props, PidTagAttachMethod, 0) == 5;
    return true;
}

static bool take_attachments(struct pff_state *s, struct pff_decoder *d, struct pl_cursor *c,
                             const struct pff_address *message, struct pl_item *out)
{
    uint32_t count = pl_take32(c);
    if (c->failed || count > pl_cursor_left(c) / 9)
        return false;
    struct pl_attachment *list = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *list);
    bool ok = list != NULL;
    for (uint32_t i = 0; ok && i < count; i++)
        ok = take_attachment(s, d, c, message, &list[i]);
    out->attachments = list;
    out->attachment_count = count;
    return ok;
}

/* What libpff recovers may be an earlier state of an item that lives on. */
static void recovered_mark(const struct pff_address *a, struct pl_item *out)
{
    out->recovered = a->kind != PFF_NODE;
    out->remnant = a->kind == PFF_DELETED;
    out->evidence = a->kind == PFF_ORPHAN ? PL_EVIDENCE_NODE : a->kind == PFF_DELETED ? "libpff" : NULL;
    out->confidence = a->kind == PFF_ORPHAN ? PL_HIGH : a->kind == PFF_DELETED ? PL_LOW : NULL;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the state keeps its list of objects */
/* out->key is set; fills the rest. What no table `listed` may be absent: PL_END. */
static enum pl_status item_read(struct pl_reader *r, const struct pff_address *a, bool listed, struct pl_item *out)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c;
    pff_request(s, PFF_ITEM, a);
    enum pff_outcome outcome = ask(r, &c);
    if (outcome == PFF_ABSENT && !listed)
        return PL_END;
    enum pl_status st = complain(r, outcome, out->key, &c);
    if (st != PL_OK)
        return st;
    struct pff_decoder d = pff_decoder_of(r, r->item_arena);
    d.token = pff_token(s, a);
    bool ok = d.token && pff_bag_take(&d, &c, &out->props);
    d.forced = true;
    ok = ok && take_recipients(&d, &c, out) && take_attachments(s, &d, &c, a, out);
    bool whole = pl_take8(&c) != 0;
    if (!ok || c.failed) {
        *out = (struct pl_item){.offset = PL_NO_OFFSET, .message_class = out->message_class};
        pff_address_text(a, out->key, sizeof out->key);
        return broken(r, out->key);
    }
    const char *class = pl_bag_text(&out->props, PidTagMessageClass);
    if (class)
        out->message_class = class;
    recovered_mark(a, out);
    st = pff_degraded(r, &d, out->key);
    return whole ? st
                 : pl_report(r->report, PL_WARN, "pff.tables", out->key, PL_NO_OFFSET,
                             "some recipients or attachments cannot be read");
}
#pragma GCC diagnostic pop

static enum pl_status pff_next_item(struct pl_reader *r, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct pff_state *s = pff_of(r);
    s->generation++;
    s->object_count = 0;
    for (;;) {
        struct row row;
        *out = (struct pl_item){.offset = PL_NO_OFFSET, .message_class = ""};
        enum pl_status st = row_next(r, &row);
        if (st != PL_OK)
            return st;
        if (row.item.kind != PFF_NODE && !is_message(row.nid))
            continue; /* folders and tables are swept up too */
        out->associated = row.item.kind == PFF_NODE ? row.associated : (row.nid & 0x1f) == NID_HIDDEN;
        recovered_mark(&row.item, out);
        pff_address_text(&row.item, out->key, sizeof out->key);
        if (row.class) {
            out->message_class = row.class;
            if (!wanted->wants(wanted->data, row.class, out->associated))
                continue;
            return item_read(r, &row.item, true, out);
        }
        st = item_read(r, &row.item, true, out);
        if (!wanted->wants(wanted->data, out->message_class, out->associated) && st > PL_LOST)
            continue;
        return st;
    }
}

/* The node of an entry id in hex digits, when it is of this store: [MS-PST] 2.4.3.2 */
static bool entry_parse(const struct pff_state *s, const char *hex, struct pff_address *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t id[ENTRY_SIZE];
    if (strlen(hex) != 2 * sizeof id || strspn(hex, digits) != 2 * sizeof id)
        return false;
    for (size_t i = 0; i < sizeof id; i++)
        id[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 | (strchr(digits, hex[2 * i + 1]) - digits));
    *out = (struct pff_address){.kind = PFF_NODE, .base = pl_le32(id + 20)};
    return !memcmp(id + 4, s->record_key, sizeof s->record_key);
}

static enum pl_status pff_open_item(struct pl_reader *r, const char *key, struct pl_item *out)
{
    struct pff_address a = {0};
    *out = (struct pl_item){.offset = PL_NO_OFFSET, .message_class = ""};
    size_t prefix = strlen(ENTRY_PREFIX);
    bool ok =
        !strncmp(key, ENTRY_PREFIX, prefix) ? entry_parse(pff_of(r), key + prefix, &a) : pff_address_parse(key, &a);
    bool message = a.kind != PFF_NODE || is_message(a.base);
    if (!ok || strlen(key) >= sizeof out->key || (a.depth && !message))
        return PL_END;
    pff_address_text(&a, out->key, sizeof out->key);
    if (a.depth > PL_DEPTH_MAX)
        return pl_report(r->report, PL_LOST, "pff.depth", key, PL_NO_OFFSET,
                         "messages are embedded in each other too deep");
    out->associated = a.kind == PFF_NODE && !a.depth && (a.base & 0x1f) == NID_HIDDEN;
    return item_read(r, &a, false, out);
}

static enum pl_status pff_read(struct pl_reader *r, const struct pl_stream *stream, uint64_t at, void *buf,
                               size_t cap, size_t *got)
{
    struct pff_state *s = pff_of(r);
    struct pl_cursor c;
    uint32_t place = (uint32_t)stream->token[0], generation = (uint32_t)(stream->token[0] >> 32);
    *got = 0;
    if (generation != s->generation || !place || place > s->object_count)
        return pl_report(r->report, PL_LOST, "pff.stream", NULL, PL_NO_OFFSET, "the stream's item is gone");
    const struct pff_address *a = &s->objects[place - 1];
    char key[PL_KEY_MAX];
    pff_address_text(a, key, sizeof key);
    while (*got < cap && at + *got < stream->size) {
        uint64_t left = stream->size - at - *got;
        size_t want = cap - *got < READ_AT_ONCE ? cap - *got : READ_AT_ONCE;
        want = want < left ? want : (size_t)left;
        pff_request(s, PFF_READ, a);
        pff_put32(&s->request, (uint32_t)stream->token[1]);
        pff_put32(&s->request, (uint32_t)stream->token[2]);
        pff_put64(&s->request, at + *got);
        pff_put32(&s->request, (uint32_t)want);
        enum pl_status st = pff_ask(r, key, false, &c);
        if (st != PL_OK)
            return st;
        size_t size = pl_cursor_left(&c);
        if (!size || size > want)
            return pl_report(r->report, PL_LOST, "pff.short", key, PL_NO_OFFSET,
                             "a value ends before the size that is stated");
        memcpy((uint8_t *)buf + *got, c.data, size);
        *got += size;
    }
    return PL_OK;
}

const struct pl_reader_ops pl_pff_reader = {
    .name = "pff",
    .title = "PST, OST and PAB files through libpff, in a process of its own",
    .state_size = sizeof(struct pff_state),
    .probe = pff_probe,
    .open = pff_open,
    .next_folder = pff_tree_next,
    .open_folder = pff_open_folder,
    .next_item = pff_next_item,
    .open_item = pff_open_item,
    .read = pff_read,
    .close = pff_close,
};
