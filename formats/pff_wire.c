/*
 * pff_wire.c - integers and addresses on the wire, and the text of addresses.
 *
 * Layer: formats; used on both sides. Pure functions over buffers. Keys are those
 * of the own PST reader: the node id in hexadecimal, then one step for each
 * attachment whose message is meant. What libpff recovers has no node of its own
 * any more; its place in libpff's list names it.
 */
#include "pff_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const prefixes[] = {[PFF_NODE] = "", [PFF_DELETED] = "deleted:", [PFF_ORPHAN] = "orphan:"};

void pff_put8(struct pl_buf *b, uint8_t v) { pl_buf_add(b, &v, 1); }

void pff_put16(struct pl_buf *b, uint16_t v)
{
    uint8_t p[2];
    pl_put16(p, v);
    pl_buf_add(b, p, sizeof p);
}

void pff_put32(struct pl_buf *b, uint32_t v)
{
    uint8_t p[4];
    pl_put32(p, v);
    pl_buf_add(b, p, sizeof p);
}

void pff_put64(struct pl_buf *b, uint64_t v)
{
    uint8_t p[8];
    pl_put64(p, v);
    pl_buf_add(b, p, sizeof p);
}

void pff_put_address(struct pl_buf *b, const struct pff_address *a)
{
    pff_put8(b, (uint8_t)a->kind);
    pff_put32(b, a->base);
    pff_put8(b, a->at_attachment);
    pff_put8(b, (uint8_t)a->depth);
    for (unsigned i = 0; i < a->depth; i++)
        pff_put32(b, a->attachment[i]);
}

bool pff_take_address(struct pl_cursor *c, struct pff_address *out)
{
    *out = (struct pff_address){.kind = (enum pff_kind)pl_take8(c)};
    out->base = pl_take32(c);
    out->at_attachment = pl_take8(c) != 0;
    unsigned depth = pl_take8(c);
    if (c->failed || out->kind > PFF_ORPHAN || depth > PFF_DEPTH_MAX || (out->at_attachment && !depth))
        return false;
    for (; out->depth < depth; out->depth++)
        out->attachment[out->depth] = pl_take32(c);
    return !c->failed;
}

void pff_address_text(const struct pff_address *a, char *out, size_t size)
{
    int n = snprintf(out, size, "%s0x%x", prefixes[a->kind], a->base);
    for (unsigned i = 0; i < a->depth && n > 0 && (size_t)n < size; i++)
        n += snprintf(out + n, size - (size_t)n, "/0x%x", a->attachment[i]);
}

/* One "0x..." of at most eight digits, ended by '/' or the end. */
static const char *take_number(const char *text, uint32_t *out)
{
    char *end = NULL;
    if (strncmp(text, "0x", 2) || !strchr("0123456789abcdef", text[2]) || !text[2])
        return NULL;
    unsigned long v = strtoul(text + 2, &end, 16);
    if (end - text > 10 || (*end && *end != '/'))
        return NULL;
    *out = (uint32_t)v;
    return end;
}

bool pff_address_parse(const char *text, struct pff_address *out)
{
    *out = (struct pff_address){.kind = PFF_NODE};
    for (enum pff_kind k = PFF_DELETED; k <= PFF_ORPHAN; k++)
        if (!strncmp(text, prefixes[k], strlen(prefixes[k]))) {
            out->kind = k;
            text += strlen(prefixes[k]);
        }
    text = take_number(text, &out->base);
    while (text && *text) {
        if (out->depth == PFF_DEPTH_MAX)
            return false;
        text = take_number(text + 1, &out->attachment[out->depth++]);
    }
    return text != NULL;
}
