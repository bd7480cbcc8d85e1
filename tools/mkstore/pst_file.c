/*
 * pst_file.c - the file as space: sections, maps, pages, blocks and the header.
 *
 * A section is what one allocation map describes (2.2.2.7.2). It is filled in memory
 * from its map on and written when full; runs of zeros become holes, so a store of
 * generated zeros stays small on disk while every map, size and checksum is true.
 * Blocks and pages never straddle sections. A quarter of the first section is kept for what can only be
 * written at the end: folders, tables, names, roots of the trees. So they lie before the items as in
 * stores that grew, and a store that is cut off has them still. Page maps, free maps and free page maps
 * stand where a reader expects them; Unicode stores have them filled with ones as
 * Outlook 2007 and later do, ANSI stores with the truth (2.2.2.7.3 to 2.2.2.7.6).
 */
#include "pst_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    FMAP_HEADER = 128,      /* sections that the header's own free map covers */
    FMAP_PAGE = 496,        /* sections a free map page covers */
    FPMAP_FIRST = 128 * 64, /* first section with a free page map page */
    FPMAP_STEP = 496 * 64,  /* sections between two of them */
    PMAP_STEP = 8,          /* sections a page map covers */
    DISK_PAGE = 4096,
    HEADER_MAX = 564,
    BLOCK_SLACK = 65536 + 512,
    BLOCK_REFS = 2, /* one reference, and one for being there */
    DEFLATE_MIN = 256
};

static uint64_t section_bytes(const struct pst_layout *lay) { return (uint64_t)lay->map_bytes * 8 * lay->align; }

static int write_at(struct pst_file *file, const void *data, size_t size, uint64_t at)
{
    const uint8_t *p = data;

    while (size > 0) {
        ssize_t n = pwrite(file->fd, p, size, (off_t)at);
        if (n <= 0)
            return pst_error("write failed", file->path);
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static bool all_zero(const uint8_t *p, size_t size)
{
    return size == 0 || (p[0] == 0 && !memcmp(p, p + 1, size - 1));
}

/* Writes what isn't zero, in runs of whole disk pages. */
static int write_sparse(struct pst_file *file, const uint8_t *data, uint64_t size, uint64_t at)
{
    uint64_t from = 0, to = 0;

    while (to < size) {
        uint64_t step = DISK_PAGE - (at + to) % DISK_PAGE;
        if (step > size - to)
            step = size - to;
        if (all_zero(data + to, (size_t)step)) {
            if (to > from && write_at(file, data + from, (size_t)(to - from), at + from) != 0)
                return -1;
            from = to + step;
        }
        to += step;
    }
    return to > from ? write_at(file, data + from, (size_t)(to - from), at + from) : 0;
}

/* The trailer of a page (2.2.2.7.1) around its body, in place. */
void pst_page_seal(const struct pst_layout *lay, enum pst_page_type type, uint8_t *page, uint64_t at, uint64_t bid)
{
    uint32_t body = lay->page - lay->page_trailer;
    uint8_t *t = page + body;
    bool map = type != PST_PT_BBT && type != PST_PT_NBT && type != PST_PT_DLIST;

    t[0] = (uint8_t)type;
    t[1] = (uint8_t)type;
    pst_put16(t + 2, map ? 0 : pst_signature(at, bid));
    if (lay->ansi) {
        pst_put32(t + 4, (uint32_t)bid);
        pst_put32(t + 8, pst_crc(0, page, body));
    } else {
        pst_put32(t + 4, pst_crc(0, page, body));
        pst_put64(t + 8, bid);
    }
    if (lay->wide)
        pst_put64(t + 16, 1);
}

static void bits_set(uint8_t *bits, uint32_t from, uint32_t count)
{
    for (uint32_t i = from; i < from + count; i++)
        bits[i / 8] = (uint8_t)(bits[i / 8] | 0x80 >> i % 8);
}

/* Free slots, and the longest run of them, of a section. */
static uint32_t free_slots(const struct pst_layout *lay, const uint8_t *bits, uint32_t *longest)
{
    uint32_t total = 0, run = 0;

    *longest = 0;
    for (uint32_t i = 0; i < lay->map_bytes * 8; i++) {
        if (bits[i / 8] >> (7 - i % 8) & 1) {
            run = 0;
            continue;
        }
        total++;
        if (++run > *longest)
            *longest = run;
    }
    return total;
}

/* The body of a map page: in ANSI stores four bytes of padding come first. */
static void map_page(struct pst_file *file, enum pst_page_type type, const uint8_t *bytes, uint8_t *page,
                     uint64_t at)
{
    size_t pad = file->lay->ansi ? 4 : 0;

    memset(page, 0, pad);
    if (bytes)
        memcpy(page + pad, bytes, file->lay->map_bytes);
    else
        memset(page + pad, 0xff, file->lay->map_bytes);
    pst_page_seal(file->lay, type, page, at, at);
}

static uint8_t *section_page(struct pst_file *file, uint64_t *at)
{
    uint8_t *page = file->sect + (uint64_t)file->slot * file->lay->align;
    uint32_t slots = file->lay->page / file->lay->align;

    *at = file->sect_at + (uint64_t)file->slot * file->lay->align;
    bits_set(file->bits, file->slot, slots);
    file->slot += slots;
    return page;
}

/* Starts the section after the current one; the map pages come first in it. */
static int section_begin(struct pst_file *file)
{
    const struct pst_layout *lay = file->lay;
    uint64_t n = file->sect_no;
    uint64_t at;
    uint8_t *page;

    file->sect_at = lay->map_first + n * section_bytes(lay);
    file->slot = 0;
    memset(file->bits, 0, lay->map_bytes);
    memset(file->sect, 0, section_bytes(lay));
    section_page(file, &at);
    if (lay->wide)
        return 0;
    if (n % PMAP_STEP == 0) {
        page = section_page(file, &at);
        map_page(file, PST_PT_PMAP, NULL, page, at);
    }
    if (n >= FMAP_HEADER && (n - FMAP_HEADER) % FMAP_PAGE == 0) {
        page = section_page(file, &at);
        map_page(file, PST_PT_FMAP, NULL, page, at);
    }
    if (n >= FPMAP_FIRST && (n - FPMAP_FIRST) % FPMAP_STEP == 0) {
        page = section_page(file, &at);
        map_page(file, PST_PT_FPMAP, NULL, page, at);
    }
    return 0;
}

static int section_write(struct pst_file *file, uint8_t *sect, const uint8_t *bits, uint64_t no)
{
    const struct pst_layout *lay = file->lay;
    uint64_t at = lay->map_first + no * section_bytes(lay);
    uint32_t longest;

    file->free_bytes += (uint64_t)free_slots(lay, bits, &longest) * lay->align;
    file->fmap[no] = (uint8_t)(longest > 255 ? 255 : longest);
    map_page(file, PST_PT_AMAP, bits, sect, at);
    return write_sparse(file, sect, section_bytes(lay), at);
}

/* Closes the current section; the first one waits for what comes late. */
static int section_end(struct pst_file *file, bool last)
{
    const struct pst_layout *lay = file->lay;

    if (file->sect_no == file->fmap_cap) {
        size_t cap = file->fmap_cap ? file->fmap_cap * 2 : 512;
        uint8_t *fmap = realloc(file->fmap, cap);
        if (!fmap)
            return pst_error("out of memory", NULL);
        file->fmap = fmap;
        file->fmap_cap = cap;
    }
    if (file->sect_no == 0 && !last) {
        file->head = file->sect;
        file->head_bits = file->bits;
        file->sect = malloc(section_bytes(lay) + BLOCK_SLACK);
        file->bits = malloc(lay->map_bytes);
        if (!file->sect || !file->bits)
            return pst_error("out of memory", NULL);
    } else if (section_write(file, file->sect, file->bits, file->sect_no) != 0) {
        return -1;
    }
    file->sect_no++;
    return last && file->head ? section_write(file, file->head, file->head_bits, 0) : 0;
}

void pst_file_late(struct pst_file *file, uint32_t most) { file->late_max = most; }

/* The kept slots of the first section, while there are enough. */
static bool take_head(struct pst_file *file, uint32_t slots, uint32_t step, uint8_t **p, uint64_t *at)
{
    const struct pst_layout *lay = file->lay;
    uint32_t slot = (file->head_slot + step - 1) / step * step;

    if (slot + slots > file->head_end)
        return false;
    *at = lay->map_first + (uint64_t)slot * lay->align;
    *p = (file->head ? file->head : file->sect) + (uint64_t)slot * lay->align;
    bits_set(file->head ? file->head_bits : file->bits, slot, slots);
    file->head_slot = slot + slots;
    return true;
}

/* Room for `size` bytes at a multiple of `align`; *p is where they lie in memory. */
static int take(struct pst_file *file, uint32_t size, uint32_t align, uint8_t **p, uint64_t *at)
{
    const struct pst_layout *lay = file->lay;
    uint32_t slots = (size + lay->align - 1) / lay->align;
    uint32_t step = align / lay->align;
    uint32_t slot = (file->slot + step - 1) / step * step;

    if (!file->dead && size <= file->late_max && take_head(file, slots, step, p, at))
        return 0;
    if (slot + slots > lay->map_bytes * 8) {
        if (section_end(file, false) != 0 || section_begin(file) != 0)
            return -1;
        slot = (file->slot + step - 1) / step * step;
    }
    *at = file->sect_at + (uint64_t)slot * lay->align;
    if (lay->ansi && *at + size > 0x7fffffff) {
        pst_error("an ANSI store ends at 2 GiB", file->path);
        return -1;
    }
    *p = file->sect + (uint64_t)slot * lay->align;
    if (!file->dead)
        bits_set(file->bits, slot, slots);
    file->slot = slot + slots;
    return 0;
}

int pst_page(struct pst_file *file, enum pst_page_type type, const void *body, uint64_t *bid, uint64_t *at)
{
    const struct pst_layout *lay = file->lay;
    uint8_t *p;

    if (take(file, lay->page, lay->page, &p, at) != 0)
        return -1;
    *bid = file->next_page++;
    memcpy(p, body, lay->page - lay->page_trailer);
    pst_page_seal(lay, type, p, *at, *bid);
    return 0;
}

/*
 * What is stored for `size` bytes: encoded, and then deflated when that makes them fewer.
 * In this order, as both libpff and libpst read it. The result lies in a scratch buffer.
 */
static const uint8_t *pack(struct pst_file *file, const void *data, size_t size, bool internal, uint64_t bid,
                           size_t *stored)
{
    uLongf out = BLOCK_SLACK;

    memcpy(file->block, data, size);
    if (!internal)
        pst_encode(file->crypt, bid, file->block, size);
    *stored = size;
    if (!file->deflate || size < DEFLATE_MIN)
        return file->block;
    if (compress2(file->deflated, &out, file->block, size, 6) != Z_OK || out >= size)
        return file->block;
    *stored = out;
    return file->deflated;
}

/* The trailer of a block (2.2.2.8.1), at the end of its `total` bytes. */
void pst_block_seal(const struct pst_layout *lay, uint8_t *p, uint32_t total, size_t stored, size_t size,
                    uint64_t at, uint64_t bid)
{
    uint8_t *t = p + total - lay->block_trailer;

    pst_put16(t, (uint32_t)stored);
    pst_put16(t + 2, pst_signature(at, bid));
    pst_put32(t + (lay->ansi ? 8 : 4), pst_crc(0, p, stored));
    pst_put_id(lay, t + (lay->ansi ? 4 : 8), bid);
    if (lay->wide) {
        pst_put16(t + 16, BLOCK_REFS);
        pst_put16(t + 18, (uint32_t)size);
    }
}

int pst_block(struct pst_file *file, const void *data, size_t size, bool internal, uint64_t *bid)
{
    const struct pst_layout *lay = file->lay;
    const uint8_t *bytes;
    size_t stored;
    uint32_t total;
    uint64_t at;
    uint8_t *p;

    if (size == 0 || size > lay->block_max)
        return pst_error("a block of an impossible size", NULL);
    *bid = file->next_block << 2 | (internal ? 2 : 0);
    bytes = pack(file, data, size, internal, *bid, &stored);
    total = (uint32_t)((stored + lay->block_trailer + lay->align - 1) / lay->align * lay->align);
    if (take(file, total, lay->align, &p, &at) != 0)
        return -1;
    file->next_block++;
    memcpy(p, bytes, stored);
    pst_block_seal(lay, p, total, stored, size, at, *bid);
    if (file->dead)
        return file->unnamed ? 0 : pst_block_old(file, *bid, at, stored, size);
    return pst_btree_block(file, *bid, at, stored, size);
}

int pst_file_open(struct pst_file *file, const char *path, const struct ms_store *store)
{
    const struct pst_layout *lay = pst_layout_of(store->layout);

    *file = (struct pst_file){.lay = lay, .crypt = store->crypt, .fd = -1, .next_block = 1, .next_page = 1};
    file->deflate = lay->wide && store->deflate;
    file->wver = store->wver ? store->wver : lay->wver;
    file->path = strdup(path);
    file->sect = malloc(section_bytes(lay) + BLOCK_SLACK);
    file->bits = malloc(lay->map_bytes);
    file->block = malloc(BLOCK_SLACK);
    file->deflated = malloc(BLOCK_SLACK);
    pst_sorter_init(&file->nbt, file->path);
    if (!file->path || !file->sect || !file->bits || !file->block || !file->deflated)
        return pst_error("out of memory", NULL);
    file->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file->fd < 0)
        return pst_error("can't create", path);
    if (section_begin(file) != 0)
        return -1;
    file->head_slot = file->slot;
    file->head_end = file->slot + lay->map_bytes * 2; /* a quarter: a bit of the map is a slot */
    file->slot = file->head_end;
    return 0;
}

/* ROOT, 2.2.2.5. */
static void put_root(struct pst_file *file, uint8_t *p, const uint64_t root[4])
{
    const struct pst_layout *lay = file->lay;
    uint64_t end = lay->map_first + file->sect_no * section_bytes(lay);
    uint64_t words[8] = {end, end - section_bytes(lay), file->free_bytes, 0, root[0], root[1], root[2], root[3]};

    for (unsigned i = 0; i < 8; i++)
        pst_put_id(lay, p + 4 + i * lay->id, words[i]);
    p[4 + 8 * lay->id] = 2; /* the maps are valid */
}

/* The free map bytes of the header, and in ANSI stores of the free map pages. */
static int put_fmaps(struct pst_file *file, uint8_t *fmap, uint8_t *fpmap)
{
    uint8_t bytes[FMAP_PAGE];
    uint8_t page[512];

    if (!file->lay->ansi) {
        memset(fmap, file->lay->wide ? 0 : 0xff, 256);
        return 0;
    }
    memset(fpmap, 0xff, 128);
    for (uint64_t i = 0; i < FMAP_HEADER && i < file->sect_no; i++)
        fmap[i] = file->fmap[i];
    for (uint64_t n = FMAP_HEADER; n < file->sect_no; n += FMAP_PAGE) {
        uint64_t at = file->lay->map_first + n * section_bytes(file->lay) + file->lay->page;
        if (n % PMAP_STEP == 0)
            at += file->lay->page;
        memset(bytes, 0, sizeof(bytes));
        for (uint64_t i = 0; i < FMAP_PAGE && n + i < file->sect_no; i++)
            bytes[i] = file->fmap[n + i];
        map_page(file, PST_PT_FMAP, bytes, page, at);
        if (write_at(file, page, sizeof(page), at) != 0)
            return -1;
    }
    return 0;
}

/* HEADER, 2.2.2.6. */
static int put_header(struct pst_file *file, const uint32_t *next_nid, const uint64_t root[4])
{
    const struct pst_layout *lay = file->lay;
    uint8_t h[HEADER_MAX] = {0};
    size_t nids = lay->ansi ? 36 : 44;
    size_t roots = lay->ansi ? 164 : 180;
    size_t fmap = lay->ansi ? 204 : 256;
    size_t end = fmap + 256;

    memcpy(h, "!BDN", 4);
    memcpy(h + 8, lay->wide ? "SO" : "SM", 2);
    pst_put16(h + 10, file->wver);
    pst_put16(h + 12, lay->client);
    h[14] = h[15] = 1;
    pst_put_id(lay, h + (lay->ansi ? 28 : 32), file->next_page);
    if (lay->ansi)
        pst_put32(h + 24, (uint32_t)(file->next_block << 2));
    pst_put32(h + nids - 4, 1);
    for (size_t i = 0; i < PST_NID_TYPES; i++)
        pst_put32(h + nids + 4 * i, next_nid[i]);
    put_root(file, h + roots, root);
    if (put_fmaps(file, h + fmap, h + fmap + 128) != 0)
        return -1;
    h[end] = 0x80;
    h[end + 1] = (uint8_t)file->crypt;
    if (!lay->ansi)
        pst_put64(h + end + 4, file->next_block << 2);
    if (!lay->ansi)
        pst_put32(h + 524, pst_crc(0, h + 8, 516));
    pst_put32(h + 4, pst_crc(0, h + 8, 471));
    return write_at(file, h, lay->ansi ? 512 : HEADER_MAX, 0);
}

int pst_file_close(struct pst_file *file, const uint32_t *next_nid)
{
    uint64_t root[4];
    uint64_t end;
    uint8_t page[4096] = {0};

    if (pst_file_btrees(file, root) != 0 || section_end(file, true) != 0 || put_header(file, next_nid, root) != 0)
        return -1;
    if (!file->lay->ansi) {
        pst_page_seal(file->lay, PST_PT_DLIST, page, file->lay->dlist, file->next_page);
        if (write_at(file, page, file->lay->page, file->lay->dlist) != 0)
            return -1;
    }
    end = file->lay->map_first + file->sect_no * section_bytes(file->lay);
    if (ftruncate(file->fd, (off_t)end) != 0)
        return pst_error("write failed", file->path);
    if (close(file->fd) != 0) {
        file->fd = -1;
        return pst_error("write failed", file->path);
    }
    file->fd = -1;
    return 0;
}

void pst_file_free(struct pst_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    pst_btrees_free(file);
    pst_sorter_free(&file->nbt);
    free(file->sect);
    free(file->bits);
    free(file->head);
    free(file->head_bits);
    free(file->block);
    free(file->deflated);
    free(file->fmap);
    free(file->path);
    *file = (struct pst_file){.fd = -1};
}
