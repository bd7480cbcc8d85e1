/*
 * copy_value.c - the values of properties of a copy without words. See copy.h.
 *
 * The type of a property says what its bytes are: numbers and times stay, texts get other words, and binary is
 * treated by the property (scramble.h). Lists of values keep their shape. [MS-PST] 2.3.3.3, 2.3.3.4
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "copy.h"
#include "memory.h"
#include "rtf.h"

#define VALUE_MOST    ((size_t)16 << 20) /* bytes that are taken word by word; of more, all are overwritten */
#define ID_CLASS      0x001au
#define NAMED_FIRST   0x8000u
#define NAMED_GUIDS   0x0002u
#define NAMED_ENTRIES 0x0003u
#define NAMED_STRINGS 0x0004u
#define UTF16         1200u

int pst_copy_fixed(unsigned type)
{
    switch (type) {
    case PT_NULL:
    case PT_LONG:
    case PT_FLOAT:
    case PT_ERROR: return 4;
    case PT_SHORT: return 2;
    case PT_BOOLEAN: return 1;
    case PT_DOUBLE:
    case PT_CURRENCY:
    case PT_APPTIME:
    case PT_I8:
    case PT_SYSTIME: return 8;
    case PT_CLSID: return 16;
    case PT_STRING8:
    case PT_UNICODE:
    case PT_BINARY:
    case PT_OBJECT:
    case PT_SVREID:
    case PT_SRESTRICT:
    case PT_ACTIONS: return 0;
    default: return -1;
    }
}

int pst_copy_pid(const struct pst_copy *c, unsigned id)
{
    const struct pst_named *named = id >= NAMED_FIRST ? pst_names_find(&c->s, (uint16_t)id) : NULL;
    return named ? named->pid : id < NAMED_FIRST ? (int)pl_pid_of_tag((uint16_t)id) : PID_NONE;
}

/* Those of sets of properties that are known stay. */
static void guid_scramble(struct pst_copy *c, uint8_t guid[16])
{
    bool known = false;
    for (size_t i = 0; i < c->s.names.count && !known; i++) {
        const struct pst_named *n = &c->s.names.list[i];
        known = n->set && n->pid != PID_NONE && !memcmp(n->name.set.bytes, guid, 16);
    }
    if (!known)
        pl_scramble_guid(&c->scramble, guid);
}

/* As body.c chooses it. */
static unsigned html_page(const struct pst_copy *c, const uint8_t *data, size_t size)
{
    unsigned stated = c->internet ? c->internet : pl_html_charset((struct pl_bytes){data, size});
    return stated ? stated : c->message ? c->message : c->s.codepage;
}

/* The id of a subnode, and the size of the object in it: none that the store can't have. [MS-PST] 2.3.3.5 */
static void object_scramble(const struct pst_copy *c, uint32_t tag, uint8_t *data, size_t size)
{
    size_t stays = size >= 8 && pl_le32(data + 4) <= c->job->source->size ? 8 : 0;
    memset(data + stays, 0, size - stays);
    if (size && !stays)
        pl_unknown_add(&c->job->result->unknown, "the object of property 0x%08" PRIx32, tag);
}

/* One value, not a list. */
static void one_scramble(struct pst_copy *c, const struct pst_property *p, unsigned type, uint8_t *data,
                         size_t size)
{
    const struct pl_scramble *s = &c->scramble;
    unsigned id = p->tag >> 16, codepage = type == PT_UNICODE ? UTF16 : p->codepage ? p->codepage : 1252;
    int pid = pst_copy_pid(c, id), fixed = pst_copy_fixed(type);
    enum pl_scramble_kind kind = pl_scramble_kind_of(pid, (uint16_t)id);
    if (fixed > 0) {
        size_t stays = size < (size_t)fixed ? 0 : (size_t)fixed; /* one that is too short is none */
        if (type == PT_CLSID && stays)
            guid_scramble(c, data);
        memset(data + stays, 0, size - stays);
    } else if (type == PT_UNICODE || type == PT_STRING8) {
        if (kind == PL_SCRAMBLE_HTML)
            pl_scramble_html(s, codepage, data, size);
        else
            pl_scramble_text(s, codepage, data, size);
    } else if (type == PT_OBJECT) {
        object_scramble(c, p->tag, data, size);
    } else {
        if (kind == PL_SCRAMBLE_HTML)
            codepage = html_page(c, data, size);
        if (!pl_scramble_blob(s, kind, codepage, data, size))
            pl_unknown_add(&c->job->result->unknown, "the value of property 0x%08" PRIx32, p->tag);
    }
}

/* A list of values of variable size: how many, where each begins, and they. */
static void list_scramble(struct pst_copy *c, const struct pst_property *p, uint8_t *data, size_t size)
{
    uint32_t count = size >= 4 ? pl_le32(data) : 0;
    if (count > (size < 4 ? 0 : size - 4) / 4) {
        memset(data, 0xff, size); /* a count that can't be true either */
        pl_unknown_add(&c->job->result->unknown, "the list of property 0x%08" PRIx32, p->tag);
        return;
    }
    struct pst_members m = {.there = true};
    size_t head = 4 + 4 * (size_t)count, done = head < size ? head : size;
    for (uint32_t i = 0; i < count; i++) {
        size_t from = pl_le32(data + 4 + 4 * (size_t)i);
        size_t to = i + 1 < count ? pl_le32(data + 8 + 4 * (size_t)i) : size;
        if (from < done || from > to || to > size)
            break;
        memset(data + done, 0, from - done);
        m.was = pl_rtf_crc(m.was, data + from, to - from);
        one_scramble(c, p, p->tag & 0xfff, data + from, to - from);
        m.is = pl_rtf_crc(m.is, data + from, to - from);
        done = to;
    }
    memset(data + done, 0, size - done);
    if (pst_copy_pid(c, p->tag >> 16) == PidLidDistributionListMembers)
        c->members = m;
}

/* The names of properties, each behind its size in bytes, padded to 4: those that programs look for stay. 2.4.7.3
 */
static void names_scramble(struct pst_copy *c, uint8_t *data, size_t size)
{
    size_t at = 0;
    while (at + 4 <= size) {
        size_t length = pl_le32(data + at);
        at += 4;
        if (length > size - at) {
            memset(data + at, 0, size - at);
            return;
        }
        bool kept = false;
        for (size_t i = 0; i < c->s.names.count && !kept; i++) {
            const struct pst_named *n = &c->s.names.list[i];
            kept = n->set && n->name.text && n->pid != PID_NONE && strlen(n->name.text) == length / 2;
            for (size_t k = 0; kept && k < length / 2; k++)
                kept = pl_le16(data + at + 2 * k) == (unsigned char)n->name.text[k];
        }
        if (!kept)
            pl_scramble_words(&c->scramble, UTF16, data + at, length);
        at += length;
        size_t pad = (4 - length % 4) % 4;
        pad = pad < size - at ? pad : size - at;
        memset(data + at, 0, pad);
        at += pad;
    }
}

/* Eight bytes each: where a name is, or a number; its set, and which property it is. In the buckets a checksum of
 * the name, to find it by, stands instead of its place. What is behind the last whole one goes. 2.4.7.1, 2.4.7.6 */
static void entries_scramble(struct pst_copy *c, unsigned id, uint8_t *data, size_t size)
{
    enum { NUMBER_MOST = 0x1fffff, SETS_MOST = 0x1fff, NAMES_MOST = 8191 };
    const size_t names_most = c->s.names.count > NAMES_MOST ? c->s.names.count : NAMES_MOST;
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        bool is_text = data[at + 4] & 1;
        if (is_text && id != NAMED_ENTRIES)
            pl_put32(data + at,
                     c->scramble.letters == 1 ? 0 : (uint32_t)pl_scramble_hash(&c->scramble, data + at, 4));
        else if (pl_le32(data + at) > NUMBER_MOST)
            pl_put32(data + at, UINT32_MAX);
        if (pl_le16(data + at + 4) > SETS_MOST)
            pl_put16(data + at + 4, (uint16_t)(0xfffe | is_text));
        if (pl_le16(data + at + 6) > names_most)
            pl_put16(data + at + 6, UINT16_MAX);
    }
    memset(data + at, 0, size - at);
}

/* The streams of the map of named properties are binary to everybody else. */
static bool map_scramble(struct pst_copy *c, const struct pst_property *p, uint8_t *data, size_t size)
{
    unsigned id = p->tag >> 16;
    if (!c->names || (p->tag & 0xffff) != PT_BINARY)
        return false;
    if (id == NAMED_STRINGS)
        names_scramble(c, data, size);
    else if (id == NAMED_GUIDS)
        for (size_t at = 0; at + 16 <= size; at += 16)
            guid_scramble(c, data + at);
    else
        entries_scramble(c, id, data, size);
    return true;
}

/* A list of values of fixed size: they alone, side by side. What ends it and is no whole value goes, and so do
 * lists of types that have none. */
static void array_scramble(struct pst_copy *c, unsigned type, uint8_t *data, size_t size)
{
    bool none = type == PT_NULL || type == PT_ERROR || type == PT_BOOLEAN;
    size_t one = (size_t)pst_copy_fixed(type), whole = none ? 0 : size - size % one;
    if (type == PT_CLSID)
        for (size_t at = 0; at < whole; at += one)
            guid_scramble(c, data + at);
    memset(data + whole, 0, size - whole);
}

static void value_scramble(struct pst_copy *c, const struct pst_property *p, uint8_t *data, size_t size)
{
    unsigned type = p->tag & 0xfff;
    if (map_scramble(c, p, data, size))
        return;
    if (!(p->tag & PT_MULTI))
        one_scramble(c, p, type, data, size);
    else if (pst_copy_fixed(type) == 0)
        list_scramble(c, p, data, size);
    else if (pst_copy_fixed(type) < 0)
        memset(data, 0, size);
    else
        array_scramble(c, type, data, size);
}

static void item_scramble(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image,
                          const struct pst_property *p)
{
    struct pst_span s;
    if (pst_heap_get(heap, p->hnid, &s) != PL_OK)
        return;
    uint8_t *copy = pl_memory_get(s.size + 1);
    uint32_t block = p->hnid >> (5 + heap->n->layout->heap_index_bits);
    size_t at = (size_t)(s.data - s.pin->data), size = s.size;
    if (copy)
        memcpy(copy, s.data, size);
    pst_span_put(heap->n, &s);
    bool claimed = pst_image_has(image, block, at, size);
    if (copy)
        value_scramble(c, p, copy, size);
    /* What two properties have, and only one can be right about, is as little understood as what none has. But
     * cells of old rows point to items that others have now: text is text, whatever else claims it, and only by the
     * class an item is passed over. */
    bool yields = claimed && (p->tag & 0xffff) == PT_BINARY, decides = !p->cell || p->tag >> 16 == ID_CLASS;
    if (copy && claimed && decides && !pst_image_is(image, block, at, copy, size))
        pl_unknown_add(&c->job->result->unknown, "property 0x%08" PRIx32 ", whose bytes another one has", p->tag);
    if (copy && !yields)
        pst_image_write(image, block, at, copy, size);
    free(copy);
}

/* All blocks of a value as one stretch of bytes, and back. */
static bool image_scramble(struct pst_copy *c, const struct pst_property *p, struct pst_image *m)
{
    size_t size = 0, at = 0;
    for (uint32_t i = 0; i < m->count; i++)
        size += m->sizes[i];
    uint8_t *all = pl_memory_zeroed(1, size + 1); /* blocks that are gone are zeros, the same in each run */
    for (uint32_t i = 0; all && i < m->count; at += m->sizes[i++])
        if (m->blocks[i])
            memcpy(all + at, m->blocks[i], m->sizes[i]);
    if (all)
        value_scramble(c, p, all, size);
    at = 0;
    for (uint32_t i = 0; all && i < m->count; at += m->sizes[i++])
        pst_image_write(m, i, 0, all + at, m->sizes[i]);
    free(all);
    return all != NULL;
}

/* Attachments and what is too large are not written: their blocks were filled. */
static void subnode_scramble(struct pst_copy *c, struct pst_heap *heap, const struct pst_property *p)
{
    struct pst_node node;
    struct pst_tree tree;
    struct pst_image image;
    if (pst_subnode_find(heap->n, heap->sub, p->hnid, &node) != PL_OK)
        return;
    if (pst_tree_open(heap->n, node.data, &tree) != PL_OK) {
        pst_copy_list(c, node.data); /* the copy is to fail for what its list says, and not for want of a list */
        return;
    }
    bool attachment = pst_copy_pid(c, p->tag >> 16) == PidTagAttachDataBinary;
    if ((p->tag & 0xfff) == PT_OBJECT || tree.size > VALUE_MOST || (attachment && tree.count > 1)) {
        if (!attachment && (p->tag & 0xfff) != PT_OBJECT)
            pl_unknown_add(&c->job->result->unknown, "property 0x%08" PRIx32 ", above 16 MiB", p->tag);
        pst_copy_list(c, node.data);
        if (attachment && (p->tag & 0xfff) != PT_OBJECT)
            pst_copy_picture(c, &tree);
        return;
    }
    unsigned before = c->scramble.letters;
    bool fits = false;
    for (; !fits && c->scramble.letters; c->scramble.letters = pl_scramble_fewer(c->scramble.letters)) {
        if (!pst_image_open(c, node.data, true, &image))
            break;
        fits = image_scramble(c, p, &image) && pst_image_save(c, &image);
        pst_image_free(&image);
    }
    c->scramble.letters = before;
    if (!fits)
        pl_unknown_add(&c->job->result->unknown,
                       "property 0x%08" PRIx32 ", which can't be read, or not be made again", p->tag);
}

void pst_copy_property(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image,
                       const struct pst_property *p)
{
    if (!p->hnid)
        return;
    if (PST_NID_TYPE(p->hnid) == PST_NID_HID)
        item_scramble(c, heap, image, p);
    else
        subnode_scramble(c, heap, p);
}
