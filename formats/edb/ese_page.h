/*
 * ese_page.h - pages and their nodes; inside the engine only.
 */
#ifndef ESE_PAGE_H
#define ESE_PAGE_H

#include "ese.h"

enum { /* flags of a page */
       ESE_PAGE_ROOT = 0x0001,
       ESE_PAGE_LEAF = 0x0002,
       ESE_PAGE_PARENT_OF_LEAF = 0x0004,
       ESE_PAGE_EMPTY = 0x0008,
       ESE_PAGE_SPACE = 0x0020,
       ESE_PAGE_LONG_VALUE = 0x0080,
       ESE_PAGE_EQUAL_KEYS = 0x0400,
       ESE_PAGE_NEW_RECORDS = 0x0800,
       ESE_PAGE_NEW_CHECKSUM = 0x2000
};

enum { /* where the catalogue, its index of names and its copy begin in every database */
       ESE_CATALOG_ROOT = 4,
       ESE_CATALOG_OBJID = 2,
       ESE_NAMES_ROOT = 10,
       ESE_NAMES_OBJID = 5,
       ESE_SHADOW_ROOT = 24,
       ESE_SHADOW_OBJID = 3
};

/* The checksums of a page, as the header of a page stores them. */
enum ese_verdict { ESE_PAGE_GOOD, ESE_PAGE_CORRECTED, ESE_PAGE_BAD };
/* Verifies, and corrects a single wrong bit where the checksums tell which. */
enum ese_verdict ese_page_verify(uint8_t *page, size_t size, uint32_t pgno);
/* Makes the checksums of a page right. */
void ese_page_seal(uint8_t *page, size_t size, uint32_t pgno);
/* The bytes of a tag, 0 is the head; false: they don't lie in the page. flags: of the node. */
bool ese_tag_get(const struct ese_db *db, const uint8_t *page, unsigned tag, struct pl_bytes *out, unsigned *flags);
/* XOR of the 32-bit words of a header from byte 4 on. */
uint32_t ese_header_sum(const uint8_t *data, size_t size);

/* A loader of the cache; the key is the number of the page. */
enum pl_status ese_page_load(void *owner, uint64_t key, uint8_t **data, size_t *size);

/* A page of that tree, pinned. PL_LOST: filed; nothing is pinned. */
PL_MUST_USE enum pl_status ese_page_get(struct ese_db *db, uint32_t pgno, uint32_t objid, struct ese_page *out);
/* The same without complaints of owners: what lies there, whatever it is. */
PL_MUST_USE enum pl_status ese_page_peek(struct ese_db *db, uint32_t pgno, struct ese_page *out);
/* The same of bytes that the caller holds; nothing is pinned or filed. */
bool ese_page_over(struct ese_db *db, const uint8_t *data, uint32_t pgno, struct ese_page *out);
/* Whether the bytes of all tags and those counted as free add up to the page: half a page, or another
 * one's other half, hardly ever does. */
bool ese_page_adds_up(const struct ese_db *db, const struct ese_page *p);
uint32_t ese_page_owner(const struct ese_page *p);
void ese_page_put(struct ese_db *db, struct ese_page *p);
/* The page asked for next is not part of a chain: nothing is read ahead of it. */
void ese_page_alone(struct ese_db *db);
/* Files a fault of a page, once for each page, and returns the severity; what: "has ...". */
enum pl_status ese_page_complain(struct ese_db *db, enum pl_status severity, const char *code, uint32_t pgno,
                                 const char *what);
/* The root of the pages that a tree owns, from its own root page; that of those it has free is the next one.
 * 0: it has none. */
uint32_t ese_space_root(const struct ese_db *db, const uint8_t *root);
uint64_t ese_page_offset(const struct ese_db *db, uint32_t pgno);

/* The i-th node. false: its tag points out of the page or its key out of it; files nothing. */
bool ese_node_get(const struct ese_db *db, const struct ese_page *p, unsigned i, struct ese_node *out);

/* --- ese_remains.c: cursors while db->remains is set ---------------------------------- */

PL_MUST_USE enum pl_status ese_remains_seek(struct ese_cursor *c, const void *key, size_t size);
PL_MUST_USE enum pl_status ese_remains_next(struct ese_cursor *c, struct ese_node *out);
/* Do rows of different keys name that long value? Then nobody knows whose it is. */
bool ese_remains_is_shared(struct ese_remains *r, uint32_t objid, const uint8_t *id, size_t size);

/* --- ese_scan.c: leaves found by reading the whole file ------------------------------- */

/* The sweep of a tree, made once and kept by the database. PL_LOST: out of memory, filed. */
PL_MUST_USE enum pl_status ese_sweep_get(struct ese_db *db, struct ese_tree tree, struct ese_sweep **out);
void ese_sweeps_free(struct ese_db *db);
/* The i-th leaf by its first key; 0 = no more. */
uint32_t ese_sweep_page(const struct ese_sweep *s, uint32_t i);
/* The first leaf that may hold a key. */
uint32_t ese_sweep_find(const struct ese_sweep *s, const uint8_t *key, size_t size);

#endif
