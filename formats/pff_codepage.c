/*
 * pff_codepage.c - the code page of 8-bit strings outside of items, for libpff.
 *
 * Layer: formats, above pff.c's requests. An ANSI store has 8-bit folder names and mostly
 * no property that names their code page; its items have one. The items with the lowest
 * node ids are asked, and the first that tells decides: the same rule as the own PST
 * reader's, found by another way, because libpff lists no nodes: through the contents
 * tables of the folders. Bounded: so many folders, so many items.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "pff_state.h"
#include "report.h"

#define FOLDERS_MOST 1024u
#define SAMPLE_MOST  64u
#define NID_MESSAGE  4u

struct sample {
    uint32_t folder[FOLDERS_MOST]; /* met so far */
    uint32_t folder_count;
    uint32_t item[SAMPLE_MOST]; /* the lowest node ids, rising */
    uint32_t item_count;
};

static void folder_add(struct sample *s, uint32_t nid)
{
    for (uint32_t i = 0; i < s->folder_count; i++)
        if (s->folder[i] == nid)
            return;
    if (s->folder_count < FOLDERS_MOST)
        s->folder[s->folder_count++] = nid;
}

static void item_add(struct sample *s, uint32_t nid)
{
    uint32_t at = s->item_count;
    while (at && s->item[at - 1] > nid)
        at--;
    if (at == SAMPLE_MOST || (at && s->item[at - 1] == nid))
        return;
    if (s->item_count < SAMPLE_MOST)
        s->item_count++;
    memmove(&s->item[at + 1], &s->item[at], (s->item_count - at - 1) * sizeof s->item[0]);
    s->item[at] = nid;
}

static enum pl_status children_take(struct pl_reader *r, struct sample *s, uint32_t folder)
{
    struct pl_cursor c;
    pff_request(pff_of(r), PFF_CHILDREN, &(struct pff_address){.base = folder});
    enum pl_status st = pff_ask(r, NULL, true, &c);
    uint32_t count = st == PL_OK ? pl_take32(&c) : 0;
    for (; count && pl_cursor_left(&c) >= 4; count--)
        folder_add(s, pl_take32(&c));
    return st;
}

static enum pl_status items_take(struct pl_reader *r, struct sample *s, uint32_t folder)
{
    struct pff_state *state = pff_of(r);
    struct pl_cursor c;
    pff_request(state, PFF_ROWS, &(struct pff_address){.base = folder});
    pff_put8(&state->request, 0);
    pff_put32(&state->request, 0);
    pff_put32(&state->request, SAMPLE_MOST);
    enum pl_status st = pff_ask(r, NULL, true, &c);
    if (st != PL_OK)
        return st;
    (void)pl_take32(&c);
    for (uint32_t count = pl_take32(&c); count && !c.failed; count--) {
        uint32_t nid = pl_take32(&c);
        (void)pl_take16(&c);
        (void)pl_take(&c, pl_take32(&c));
        if (!c.failed && (nid & 0x1f) == NID_MESSAGE)
            item_add(s, nid);
    }
    return st;
}

/* No diagnostics: who reads the item says what is wrong with it. */
static enum pl_status item_ask(struct pl_reader *r, uint32_t nid, unsigned *codepage)
{
    struct pl_cursor c;
    struct pl_bag bag;
    pff_request(pff_of(r), PFF_BAG, &(struct pff_address){.base = nid});
    enum pl_status st = pff_ask(r, NULL, true, &c);
    struct pff_decoder d = pff_decoder_of(r, r->folder_arena);
    if (st == PL_OK && pff_bag_take(&d, &c, &bag))
        *codepage = pff_bag_codepage(&bag);
    pl_arena_reset(r->folder_arena);
    return st;
}

enum pl_status pff_codepage_find(struct pl_reader *r, unsigned *codepage)
{
    enum pl_status st = PL_OK;
    struct sample *s = calloc(1, sizeof *s);
    *codepage = 0;
    if (!s)
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    folder_add(s, PFF_ROOT);
    for (uint32_t i = 0; i < s->folder_count && st > PL_STOP; i++) {
        st = children_take(r, s, s->folder[i]);
        if (st > PL_STOP)
            st = items_take(r, s, s->folder[i]);
    }
    for (uint32_t i = 0; i < s->item_count && !*codepage && st > PL_STOP; i++)
        st = item_ask(r, s->item[i], codepage);
    free(s);
    return st == PL_STOP ? PL_STOP : PL_OK;
}
