/*
 * names.c - what the ids from 0x8000 mean in this store. [MS-PST] 2.4.7
 *
 * Layer: inside the PST reader. Read once, into the store arena. A damaged map costs the
 * names, not the properties.
 */
#include "state.h"

#include <string.h>

#include "bytes.h"

#define STREAM_GUIDS   0x0002
#define STREAM_ENTRIES 0x0003
#define STREAM_STRINGS 0x0004
#define STREAM_MOST    ((size_t)4 << 20)
#define ENTRY_SIZE     8
#define CLIENT_CONTEXT 0xbc

struct streams {
    struct pst_heap *heap;
    struct pl_arena *arena;
    struct pl_bytes guids, entries, strings;
};

static enum pl_status stream_record(void *data, const uint8_t *record)
{
    struct streams *s = data;
    unsigned id = pl_le16(record);
    struct pl_bytes *to = id == STREAM_GUIDS     ? &s->guids
                          : id == STREAM_ENTRIES ? &s->entries
                          : id == STREAM_STRINGS ? &s->strings
                                                 : NULL;
    return to ? pst_bytes_load(s->heap, pl_le32(record + 4), s->arena, STREAM_MOST, to) : PL_OK;
}

static bool guid_of(const struct streams *s, unsigned index, struct pl_guid *out)
{
    static const struct pl_guid mapi = {{0x28, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const struct pl_guid strings = {{0x29, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    *out = index == 1 ? mapi : strings;
    if (index < 3)
        return index != 0;
    size_t at = (size_t)(index - 3) * sizeof *out;
    if (at + sizeof *out > s->guids.size)
        return false;
    memcpy(out, s->guids.data + at, sizeof *out);
    return true;
}

/* false: out of memory */
static bool entry_read(struct pst_state *state, const struct streams *s, const uint8_t *e)
{
    uint32_t id = pl_le32(e);
    unsigned kind = pl_le16(e + 4), place = pl_le16(e + 6);
    struct pst_named named = {.set = true};
    if (place >= state->names.count || !guid_of(s, kind >> 1, &named.name.set))
        return true;
    if (!(kind & 1)) {
        named.name.lid = id;
        named.pid = (uint16_t)pl_pid_of_lid(&named.name.set, id);
    } else {
        unsigned replaced = 0;
        if (s->strings.size < 4 || id > s->strings.size - 4 ||
            pl_le32(s->strings.data + id) > s->strings.size - 4 - id)
            return true;
        named.name.text =
            pl_text_utf16(s->arena, s->strings.data + id + 4, pl_le32(s->strings.data + id), &replaced);
        if (!named.name.text)
            return false;
        named.pid = (uint16_t)pl_pid_of_text(&named.name.set, named.name.text);
    }
    state->names.list[place] = named;
    return true;
}

static enum pl_status names_read(struct pst_state *s)
{
    struct pst_node node;
    struct pst_heap heap;
    struct pst_bth tree;
    struct streams streams = {.heap = &heap, .arena = s->r->store_arena};
    enum pl_status st = pst_node_find(&s->n, PST_NID_NAMES, &node);
    if (st == PL_OK)
        st = pst_heap_open(&heap, &s->n, &node, CLIENT_CONTEXT);
    if (st == PL_OK)
        st = pst_bth_open(&heap, heap.root, &tree);
    if (st == PL_OK && tree.key_size == 2 && tree.value_size == 6)
        st = pst_bth_visit(&heap, &tree, stream_record, &streams);
    if (st != PL_OK)
        return pl_report(s->n.report, PL_WARN, "pst.names", NULL, PL_NO_OFFSET,
                         "the map of named properties cannot be read; properties lose their names");
    size_t count = streams.entries.size / ENTRY_SIZE;
    s->names.count = count < 0x8000 ? count : 0x8000;
    s->names.list = pl_arena_zalloc(s->r->store_arena, s->names.count + 1, sizeof *s->names.list);
    for (size_t i = 0; s->names.list && i < count; i++)
        if (!entry_read(s, &streams, streams.entries.data + i * ENTRY_SIZE))
            s->names.list = NULL;
    if (!s->names.list)
        s->names.count = 0;
    return s->names.list ? PL_OK
                         : pl_report(s->n.report, PL_WARN, "pst.names", NULL, PL_NO_OFFSET,
                                     "the map of named properties is too large; properties lose their names");
}

enum pl_status pst_names_load(struct pst_state *s)
{
    struct pl_report *report = s->n.report;
    const char *before = report->fault;
    report->fault = NULL;
    enum pl_status st = names_read(s);
    s->r->store.names_fault = report->fault;
    report->fault = report->fault ? report->fault : before;
    return st;
}

const struct pst_named *pst_names_find(const struct pst_state *s, uint16_t id)
{
    size_t place = id - 0x8000u;
    return place < s->names.count && s->names.list[place].set ? &s->names.list[place] : NULL;
}
