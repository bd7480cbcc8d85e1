/*
 * ese_damage.c - faults in a finished database, on request. docs/fixtures.md lists them.
 *
 * A page is named by its number, or by what lies there: TABLE is the root of its rows, TABLE:lv that of its
 * long values, TABLE:INDEX that of an index; /N at the end is the Nth leaf from the left. Names are looked up in
 * the catalogue as ese_cat.c writes it. Checksums are made right again unless they are the damage.
 */
#include "ese_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 8u

struct damage {
    const char *path, *what;
    struct ms_ese_options opt;
    size_t head;
    int fd;
    uint64_t size;
    uint8_t *page;
    char *words[WORDS_MAX];
    size_t count;
    bool failed;
};

static void complain(struct damage *d, const char *why)
{
    if (!d->failed)
        fprintf(stderr, "mkstore: %s: damage `%s`: %s\n", d->path, d->what, why);
    d->failed = true;
}

static void move(struct damage *d, uint64_t at, void *data, size_t size, bool out)
{
    ssize_t n = d->failed ? 0 : out ? pwrite(d->fd, data, size, (off_t)at) : pread(d->fd, data, size, (off_t)at);
    if (!d->failed && (size_t)n != size)
        complain(d, n < 0 ? strerror(errno) : "not in the file");
}

static bool page_load(struct damage *d, uint32_t number)
{
    move(d, ((uint64_t)number + 1) * d->opt.page, d->page, d->opt.page, false);
    return !d->failed;
}

static void page_store(struct damage *d, uint32_t number, bool sum)
{
    if (sum)
        ese_checksum_page(&d->opt, d->page, number);
    move(d, ((uint64_t)number + 1) * d->opt.page, d->page, d->opt.page, true);
}

/* --- what lies where ----------------------------------------------------------------------- */

static unsigned tag_count(const struct damage *d) { return ese_get16(d->page + 34) & 0xfff; }

static uint8_t *tag_at(struct damage *d, unsigned i) { return d->page + d->opt.page - 4 * (i + 1); }

static size_t tag_mask(const struct damage *d) { return d->opt.page > 8192 ? 0x7fff : 0x1fff; }

static uint8_t *node_at(struct damage *d, unsigned i)
{
    return d->page + d->head + (ese_get16(tag_at(d, i) + 2) & tag_mask(d));
}

/* The data of a node of the loaded page: what follows its key. */
static uint8_t *node_data(struct damage *d, unsigned i)
{
    uint8_t *node = node_at(d, i);
    unsigned first = d->opt.page > 8192 ? node[1] >> 5 : ese_get16(tag_at(d, i) + 2) >> 13;
    if (first & ESE_NODE_PREFIX)
        node += 2;
    return node + 2 + (ese_get16(node) & 0x1fff);
}

static unsigned page_kind(const struct damage *d) { return ese_get32(d->page + 36); }

static uint32_t first_leaf(struct damage *d, uint32_t number)
{
    for (unsigned level = 0; level < ESE_LEVELS && page_load(d, number); level++) {
        if (page_kind(d) & ESE_LEAF)
            return number;
        number = ese_get32(node_data(d, 1));
    }
    complain(d, "no such leaf");
    return 0;
}

static uint32_t leaf_of(struct damage *d, uint32_t root, unsigned long n)
{
    uint32_t number = first_leaf(d, root);
    while (n-- && number && page_load(d, number))
        number = ese_get32(d->page + 20);
    if (!number)
        complain(d, "no such leaf");
    return number;
}

/* A row of the catalogue: its name, the table that it belongs to, where its tree begins. */
static bool row_is(const uint8_t *rec, unsigned type, uint32_t table, const char *name)
{
    const uint8_t *ends = rec + ese_get16(rec + 2), *text = ends + 2 * (rec[1] - 127);
    size_t size = ese_get16(ends);
    return ese_get16(rec + 8) == type && (!table || ese_get32(rec + 4) == table) && strlen(name) == size &&
           !memcmp(text, name, size);
}

static uint32_t find_tree(struct damage *d, unsigned type, uint32_t *table, const char *name)
{
    for (uint32_t number = first_leaf(d, 4); number && page_load(d, number); number = ese_get32(d->page + 20))
        for (unsigned i = 1; i < tag_count(d); i++) {
            const uint8_t *rec = node_data(d, i);
            if (!row_is(rec, type, *table, name))
                continue;
            *table = ese_get32(rec + 4);
            return ese_get32(rec + 14);
        }
    complain(d, "no such table or tree");
    return 0;
}

static uint32_t which_page(struct damage *d, size_t word)
{
    char *end, *name = word < d->count ? d->words[word] : NULL;
    if (!name) {
        complain(d, "which page?");
        return 0;
    }
    unsigned long n = strtoul(name, &end, 0);
    if (end != name && !*end)
        return (uint32_t)n;
    char *leaf = strrchr(name, '/'), *tree = strchr(name, ':');
    if (leaf)
        *leaf++ = 0;
    if (tree)
        *tree++ = 0;
    uint32_t table = 0, root = find_tree(d, 1, &table, name);
    if (tree && !d->failed)
        root = find_tree(d, strcmp(tree, "lv") ? 3 : 4, &table, strcmp(tree, "lv") ? tree : "LV");
    return leaf && !d->failed ? leaf_of(d, root, strtoul(leaf, NULL, 0)) : root;
}

static uint64_t number_at(struct damage *d, size_t word, bool wanted, uint64_t otherwise)
{
    char *end;
    if (word >= d->count) {
        if (wanted)
            complain(d, "a number is missing");
        return otherwise;
    }
    uint64_t v = strtoull(d->words[word], &end, 0);
    if (*end)
        complain(d, "not a number");
    return v;
}

static unsigned node_number(struct damage *d, size_t word)
{
    uint64_t n = number_at(d, word, true, 0);
    if (!d->failed && n >= tag_count(d))
        complain(d, "no such node");
    return d->failed ? 0 : (unsigned)n;
}

static void put_hex(struct damage *d, size_t word, uint64_t at)
{
    const char *hex = word < d->count ? d->words[word] : "";
    for (; hex[0] && hex[1] && !d->failed; hex += 2, at++) {
        unsigned v = 0;
        uint8_t byte;
        if (sscanf(hex, "%2x", &v) != 1)
            complain(d, "not hexadecimal");
        byte = (uint8_t)v;
        move(d, at, &byte, 1, true);
    }
}

/* --- faults -------------------------------------------------------------------------------- */

static void fault_cut(struct damage *d)
{
    uint64_t n = d->size;
    if (d->count > 1) {
        char *end;
        n = strtoull(d->words[1], &end, 0);
        if (*end == '%')
            n = d->size / 100 * n;
    }
    if (n >= d->size)
        complain(d, "the file is not longer");
    else if (ftruncate(d->fd, (off_t)n))
        complain(d, strerror(errno));
}

/* Bits of the first half of a page, in one block for an ECC. */
static void flip_bits(struct damage *d, uint32_t number, uint64_t bits)
{
    size_t block = d->opt.page > 8192 ? d->opt.page / 4 : d->opt.page;
    for (uint64_t i = 0; i < bits && page_load(d, number); i++) {
        uint64_t mix = ms_mix(d->opt.seed ^ number, i);
        size_t at = d->head + (size_t)(mix % (block / 2 - d->head));
        d->page[at] ^= (uint8_t)(1u << (mix >> 40 & 7));
        page_store(d, number, false);
    }
}

static void fault_flip(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    flip_bits(d, number, number_at(d, 2, false, 1));
}

/* Every leaf of a tree, or every page that is in use. */
static void fault_flip_tree(struct damage *d)
{
    uint64_t bits = number_at(d, 2, false, 1);
    uint32_t next;
    for (uint32_t number = first_leaf(d, which_page(d, 1)); number && page_load(d, number); number = next) {
        next = ese_get32(d->page + 20);
        flip_bits(d, number, bits);
    }
}

static void fault_flip_all(struct damage *d)
{
    uint64_t bits = number_at(d, 1, false, 1), pages = d->size / d->opt.page - 2;
    for (uint32_t number = 1; number <= pages && page_load(d, number); number++)
        if (page_kind(d))
            flip_bits(d, number, bits);
}

static void fault_sum(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    d->page[0] ^= 0x55;
    page_store(d, number, false);
}

static void set_word(struct damage *d, size_t offset, uint32_t v)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    ese_le32(d->page + offset, v);
    page_store(d, number, true);
}

static void fault_owner(struct damage *d) { set_word(d, 24, (uint32_t)number_at(d, 2, false, 0x7777)); }

static void fault_next(struct damage *d)
{
    uint32_t to = d->count > 2 ? which_page(d, 2) : which_page(d, 1);
    set_word(d, 20, to);
}

static void fault_child(struct damage *d)
{
    uint32_t to = d->count > 3 ? which_page(d, 3) : 0, number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    unsigned i = node_number(d, 2);
    if (page_kind(d) & ESE_LEAF || !i)
        complain(d, "no entry of a branch");
    ese_le32(node_data(d, i), d->count > 3 ? to : number);
    page_store(d, number, true);
}

static void fault_count(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    ese_le16(d->page + 34, (unsigned)number_at(d, 2, false, 0xfff));
    page_store(d, number, true);
}

/* tag PAGE NODE LENGTH [OFFSET] */
static void fault_tag(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    uint8_t *tag = tag_at(d, node_number(d, 2));
    ese_le16(tag, (unsigned)number_at(d, 3, true, 0));
    if (d->count > 4)
        ese_le16(tag + 2, (unsigned)number_at(d, 4, true, 0));
    page_store(d, number, true);
}

static void fault_key(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    uint8_t *node = node_at(d, node_number(d, 2));
    ese_le16(node, (unsigned)number_at(d, 3, false, 0x1fff) | (ese_get16(node) & 0xe000));
    page_store(d, number, true);
}

/* value PAGE NODE OFFSET HEX: in the data of a node */
static void fault_value(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    size_t at = (size_t)(node_data(d, node_number(d, 2)) - d->page) + (size_t)number_at(d, 3, true, 0);
    put_hex(d, 4, ((uint64_t)number + 1) * d->opt.page + at);
    if (page_load(d, number))
        page_store(d, number, true);
}

static void fault_drop(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    if (!page_load(d, number))
        return;
    unsigned i = node_number(d, 2), count = tag_count(d);
    for (; i + 1 < count; i++)
        memcpy(tag_at(d, i), tag_at(d, i + 1), 4);
    ese_le16(d->page + 34, count - 1);
    page_store(d, number, true);
}

/* twin PAGE: the leaf stands twice in its chain, the second time newer and unknown to its parent, as a
 * split leaves it that was not written to its end. */
static void fault_twin(struct damage *d)
{
    uint32_t number = which_page(d, 1), twin = (uint32_t)(d->size / d->opt.page - 1);
    if (!page_load(d, number))
        return;
    uint32_t next = ese_get32(d->page + 20);
    ese_le32(d->page + 20, twin);
    page_store(d, number, true);
    ese_le32(d->page + 8, ese_get32(d->page + 8) + 1000000);
    ese_le32(d->page + 16, number);
    ese_le32(d->page + 20, next);
    if (d->opt.page > 8192)
        ese_le32(d->page + 64, twin);
    page_store(d, twin, true);
    if (next && page_load(d, next)) {
        ese_le32(d->page + 16, twin);
        page_store(d, next, true);
    }
}

static void fault_zero(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    memset(d->page, 0, d->opt.page);
    page_store(d, number, false);
}

static void fault_catalogue(struct damage *d)
{
    uint32_t leaf = first_leaf(d, 4);
    memset(d->page, 0xa5, d->opt.page);
    page_store(d, 4, false);
    if (leaf != 4)
        page_store(d, leaf, false);
}

static void spoil_headers(struct damage *d, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        memset(d->page, 0x5a, d->opt.page);
        move(d, (uint64_t)i * d->opt.page, d->page, d->opt.page, true);
    }
}

static void fault_header(struct damage *d) { spoil_headers(d, 1); }

static void fault_headers(struct damage *d) { spoil_headers(d, 2); }

/* state N [LOG-MIN LOG-MAX] */
static void fault_state(struct damage *d)
{
    move(d, 0, d->page, d->opt.page, false);
    ese_le32(d->page + 52, (uint32_t)number_at(d, 1, true, 0));
    ese_le32(d->page + 296, (uint32_t)number_at(d, 2, false, 0));
    ese_le32(d->page + 300, (uint32_t)number_at(d, 3, false, 0));
    ese_le32(d->page, ese_xor(d->page + 4, d->opt.page - 4, 0x89abcdef));
    move(d, 0, d->page, d->opt.page, true);
    move(d, d->opt.page, d->page, d->opt.page, true);
}

static void fault_set(struct damage *d) { put_hex(d, 2, number_at(d, 1, true, 0)); }

static void fault_poke(struct damage *d)
{
    uint32_t number = which_page(d, 1);
    put_hex(d, 3, ((uint64_t)number + 1) * d->opt.page + number_at(d, 2, true, 0));
    if (page_load(d, number))
        page_store(d, number, true);
}

static const struct {
    const char *word;
    void (*fault)(struct damage *d);
} faults[] = {
    {"cut", fault_cut},
    {"flip", fault_flip},
    {"flip-tree", fault_flip_tree},
    {"flip-all", fault_flip_all},
    {"sum", fault_sum},
    {"owner", fault_owner},
    {"next", fault_next},
    {"child", fault_child},
    {"count", fault_count},
    {"tag", fault_tag},
    {"key", fault_key},
    {"value", fault_value},
    {"drop", fault_drop},
    {"twin", fault_twin},
    {"zero", fault_zero},
    {"catalogue", fault_catalogue},
    {"header", fault_header},
    {"headers", fault_headers},
    {"state", fault_state},
    {"set", fault_set},
    {"poke", fault_poke},
};

/* A faulty header is no reason to refuse: several lines may follow each other. */
static void read_sizes(struct damage *d)
{
    uint8_t head[240];
    struct stat st;
    if (fstat(d->fd, &st))
        complain(d, strerror(errno));
    d->size = (uint64_t)st.st_size;
    move(d, 0, head, sizeof head, false);
    unsigned page = ese_get32(head + 236);
    if (!d->failed && (page < 2048 || page > 32768 || page & (page - 1)))
        complain(d, "the header is damaged already");
    d->opt.page = page;
    d->head = page <= 8192 ? 40 : 80;
}

static void apply(struct damage *d, struct ms_mem *mem)
{
    char *at, *line = ms_copy(mem, d->what, strlen(d->what));
    for (char *w = strtok_r(line, " ", &at); w && d->count < WORDS_MAX; w = strtok_r(NULL, " ", &at))
        d->words[d->count++] = w;
    read_sizes(d);
    if (d->failed || !d->count)
        return;
    d->page = ms_alloc(mem, d->opt.page);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (!strcmp(d->words[0], faults[i].word)) {
            faults[i].fault(d);
            return;
        }
    complain(d, "no such damage");
}

int ms_ese_damage(const char *path, const char *what, uint64_t seed)
{
    struct damage d = {.path = path, .what = what, .opt = {.seed = seed}};
    struct ms_mem mem = {0};
    d.fd = open(path, O_RDWR | O_CLOEXEC);
    if (d.fd < 0)
        complain(&d, strerror(errno));
    else
        apply(&d, &mem);
    if (d.fd >= 0)
        close(d.fd);
    ms_mem_release(&mem);
    return d.failed ? -1 : 0;
}
