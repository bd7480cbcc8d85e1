/*
 * ahead.c - reading ahead of what is read in order: see source.h.
 *
 * Layer: core, above source.c. Only a run of reads that lie behind each other makes it read more than was asked
 * for, and then no more than twice what the run has had so far: who picks a few blocks of a large store pays for
 * these. What cannot be read ahead is read as it was asked for, so a bad sector costs what lies on it and nothing
 * else.
 */
#include "source.h"

#include <stdlib.h>
#include <string.h>

#define GAP_MOST    8192u /* between reads that are in order: a block of another item may lie there */
#define STRAYS_MOST 4u    /* out of order, one after the other */

void pl_ahead_free(struct pl_ahead *a)
{
    free(a->data);
    *a = (struct pl_ahead){.most = a->most};
}

/* The window begins at offset, and has at least `size` bytes. false: it is empty. */
static bool window_fill(struct pl_ahead *a, struct pl_source *s, uint64_t offset, size_t size)
{
    size_t got = 0;
    a->size = 0;
    if (!a->data)
        a->data = malloc(a->most);
    if (!a->data || pl_source_read(s, offset, a->data, a->run, &got) != PL_OK || got < size)
        return false;
    a->at = offset;
    a->size = got;
    return true;
}

/* Does this read go on with the last ones? One that does not changes nothing; several are a new beginning. */
static bool follows(struct pl_ahead *a, uint64_t offset, size_t size)
{
    bool in_order = offset >= a->next && offset - a->next <= GAP_MOST;
    size_t twice = (a->run ? a->run : size) * 2;
    a->strays = in_order ? 0 : a->strays + 1;
    if (in_order)
        a->run = twice < a->most ? twice : a->most;
    else if (a->strays == STRAYS_MOST)
        a->run = a->strays = 0;
    if (in_order || !a->run)
        a->next = offset + size;
    return in_order;
}

bool pl_ahead_has(struct pl_ahead *a, uint64_t offset, void *buf, size_t size)
{
    bool inside = offset >= a->at && offset - a->at < a->size && size <= a->size - (offset - a->at);
    if (inside)
        memcpy(buf, a->data + (offset - a->at), size);
    return inside;
}

enum pl_status pl_ahead_read(struct pl_ahead *a, struct pl_source *s, uint64_t offset, void *buf, size_t size,
                             size_t *got)
{
    *got = size;
    if (pl_ahead_has(a, offset, buf, size)) {
        a->next = offset + size;
        return PL_OK;
    }
    if (follows(a, offset, size) && a->run > size && window_fill(a, s, offset, size) &&
        pl_ahead_has(a, offset, buf, size))
        return PL_OK;
    return pl_source_read(s, offset, buf, size, got);
}
