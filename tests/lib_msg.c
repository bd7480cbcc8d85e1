/*
 * lib_msg.c - see lib_msg.h.
 */
#include "lib_msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FREE_SECTOR 0xFFFFFFF0u /* ends and marks are above */
#define ENTRY       128u

static uint32_t u32(const struct vec *v, size_t at)
{
    uint32_t n = 0;
    for (size_t i = 0; at + 4 <= v->size && i < 4; i++)
        n |= (uint32_t)v->data[at + i] << 8 * i;
    return n;
}

static unsigned u16(const struct vec *v, size_t at)
{
    return at + 2 <= v->size ? (unsigned)(v->data[at] | v->data[at + 1] << 8) : 0;
}

static void add(struct vec *v, const uint8_t *data, size_t size)
{
    uint8_t *grown = realloc(v->data, v->size + size + 1);
    if (!grown)
        return;
    v->data = grown;
    memcpy(v->data + v->size, data, size);
    v->size += size;
    v->data[v->size] = 0;
}

/* --- compound files ------------------------------------------------------- */

static void add_sector(const struct msg *m, uint32_t number, struct vec *out)
{
    size_t at = ((size_t)number + 1) * m->sector;
    if (number < FREE_SECTOR && at + m->sector <= m->file.size)
        add(out, m->file.data + at, m->sector);
}

/* A chain of sectors of `unit` bytes that lie in `from`, cut to size. */
static struct vec chain(const struct vec *table, const uint8_t *from, size_t from_size, size_t unit, uint32_t first,
                        size_t size)
{
    struct vec v = {0};
    for (uint32_t n = first; n < FREE_SECTOR && v.size < size && v.size <= from_size;
         n = u32(table, 4 * (size_t)n)) {
        size_t at = (size_t)n * unit;
        if (at + unit > from_size || 4 * (size_t)n + 4 > table->size)
            break;
        add(&v, from + at, unit);
    }
    if (!v.data)
        v.data = calloc(1, 1);
    v.size = v.size < size ? v.size : size;
    return v;
}

static struct vec big(const struct msg *m, uint32_t first, size_t size)
{
    size_t whole = m->file.size - m->sector;
    return chain(&m->fat, m->file.data + m->sector, whole, m->sector, first, size);
}

bool msg_open(const char *corpus_name, struct msg *m)
{
    static const uint8_t magic[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    *m = (struct msg){.file = vec_corpus(corpus_name)};
    unsigned shift = m->file.data && m->file.size >= 1024 ? u16(&m->file, 30) : 0;
    if ((shift != 9 && shift != 12) || memcmp(m->file.data, magic, sizeof magic) != 0)
        return false;
    m->sector = (size_t)1 << shift;
    for (size_t i = 0; i < 109; i++)
        add_sector(m, u32(&m->file, 76 + 4 * i), &m->fat);
    m->directory = big(m, u32(&m->file, 48), m->file.size);
    m->mini = big(m, u32(&m->file, 60), m->file.size);
    m->container = big(m, u32(&m->directory, 116), u32(&m->directory, 120));
    return true;
}

void msg_close(struct msg *m)
{
    vec_free(&m->file);
    vec_free(&m->fat);
    vec_free(&m->mini);
    vec_free(&m->directory);
    vec_free(&m->container);
}

static bool named(const struct vec *dir, size_t at, const char *name, size_t length)
{
    if (u16(dir, at + 64) != 2 * length + 2)
        return false;
    for (size_t i = 0; i < length; i++)
        if (u16(dir, at + 2 * i) != (unsigned char)name[i])
            return false;
    return true;
}

/* The entry of that name among the siblings from `node` on; 0: none. Red-black order is not needed. */
static uint32_t sibling(const struct vec *dir, uint32_t node, const char *name, size_t length, unsigned depth)
{
    size_t at = (size_t)node * ENTRY;
    if (node >= FREE_SECTOR || at + ENTRY > dir->size || depth > 64)
        return 0;
    if (named(dir, at, name, length))
        return node;
    uint32_t found = sibling(dir, u32(dir, at + 68), name, length, depth + 1);
    return found ? found : sibling(dir, u32(dir, at + 72), name, length, depth + 1);
}

struct vec msg_stream(const struct msg *m, const char *path)
{
    uint32_t node = 0;
    for (size_t length; *path; path += length + (path[length] == '/')) {
        length = strcspn(path, "/");
        node = sibling(&m->directory, u32(&m->directory, (size_t)node * ENTRY + 76), path, length, 0);
        if (!node)
            return (struct vec){0};
    }
    uint32_t first = u32(&m->directory, (size_t)node * ENTRY + 116),
             size = u32(&m->directory, (size_t)node * ENTRY + 120);
    if (size < u32(&m->file, 56))
        return chain(&m->mini, m->container.data, m->container.size, 64, first, size);
    return big(m, first, size);
}

struct vec msg_binary(const struct msg *m, unsigned id)
{
    char path[40];
    snprintf(path, sizeof path, "__substg1.0_%04X0102", id & 0xFFFFu);
    return msg_stream(m, path);
}

struct vec msg_named(const struct msg *m, uint32_t set, uint32_t lid)
{
    struct vec sets = msg_stream(m, "__nameid_version1.0/__substg1.0_00020102");
    struct vec entries = msg_stream(m, "__nameid_version1.0/__substg1.0_00030102");
    struct vec value = {0};
    for (size_t at = 0; at + 8 <= entries.size && !value.data; at += 8) {
        unsigned kind = u16(&entries, at + 4), index = kind >> 1;
        if (kind & 1 || u32(&entries, at) != lid || index < 3 || u32(&sets, 16 * (size_t)(index - 3)) != set)
            continue;
        value = msg_binary(m, 0x8000u + u16(&entries, at + 6));
    }
    vec_free(&sets);
    vec_free(&entries);
    return value;
}

/* --- TNEF ------------------------------------------------------------------ */

struct walk {
    const struct vec *file;
    size_t at, end;
};

static size_t padded(size_t size) { return (size + 3) / 4 * 4; }

static bool skip(struct walk *w, size_t size)
{
    bool fits = size <= w->end - w->at;
    w->at = fits ? w->at + size : w->end;
    return fits;
}

static uint32_t take(struct walk *w)
{
    size_t at = w->at;
    return skip(w, 4) ? u32(w->file, at) : 0;
}

/* Bytes of one value of a type of fixed size; 0: sizes stand before the values. */
static size_t fixed_size(unsigned type)
{
    switch (type & 0xFFF) {
    case 0x002:
    case 0x003:
    case 0x004:
    case 0x00A:
    case 0x00B: return 4;
    case 0x005:
    case 0x006:
    case 0x007:
    case 0x014:
    case 0x040: return 8;
    case 0x048: return 16;
    default: return 0;
    }
}

static void properties(struct walk *w, void (*found)(unsigned, const uint8_t *, size_t, void *), void *arg)
{
    for (uint32_t left = take(w); left > 0 && w->at < w->end; left--) {
        uint32_t tag = take(w);
        unsigned type = tag & 0xFFFF, id = tag >> 16;
        if (id >= 0x8000 && skip(w, 16)) {
            bool by_text = take(w) == 1;
            uint32_t name = take(w);
            if (by_text)
                skip(w, padded(name));
        }
        size_t fixed = fixed_size(type);
        uint32_t values = fixed && !(type & 0x1000) ? 1 : take(w);
        for (; values > 0 && w->at < w->end; values--) {
            size_t size = fixed ? fixed : take(w), at = w->at;
            if (!skip(w, padded(size)))
                return;
            if (type == 0x102)
                found(id, w->file->data + at, size, arg);
        }
    }
}

bool tnef_each(const struct vec *file, void (*found)(unsigned id, const uint8_t *data, size_t size, void *arg),
               void *arg)
{
    struct walk all = {.file = file, .end = file->size};
    if (take(&all) != 0x223E9F78)
        return false;
    skip(&all, 2);
    while (all.end - all.at >= 9) {
        uint32_t id = u32(file, all.at + 1), size = u32(file, all.at + 5);
        skip(&all, 9);
        struct walk one = {.file = file, .at = all.at, .end = all.at + size};
        if (!skip(&all, size))
            break;
        if ((id & 0xFFFF) == 0x9003 || (id & 0xFFFF) == 0x9005)
            properties(&one, found, arg);
        skip(&all, 2);
    }
    return true;
}
