/*
 * text.h - code pages and UTF-16 to UTF-8, and the safety of names.
 *
 * What leaves this file is valid UTF-8. What can't be decoded becomes U+FFFD and
 * is counted in *replaced; the caller reports it (PL_WARN "text.undecodable").
 * Trailing NULs are dropped; a NUL inside becomes U+FFFD too.
 */
#ifndef PL_TEXT_H
#define PL_TEXT_H

#include "arena.h"
#include "pimlift.h"

struct pl_text; /* converters kept open per code page; one per reader */

struct pl_text *pl_text_new(void);
void pl_text_free(struct pl_text *t);

/* NULL: out of memory. An odd last byte of UTF-16 counts as one replacement. */
char *pl_text_utf16(struct pl_arena *a, const uint8_t *data, size_t size, unsigned *replaced);

/* Bytes of a Windows code page number (1252, 932, 65001 ...). An unknown page is
 * read as windows-1252 and *known is false. The first bytes of 0x80-0x9F that
 * strict tables leave open (0x81 in 1252) are undecodable, not guessed. */
char *pl_text_codepage(struct pl_text *t, struct pl_arena *a, unsigned codepage, const uint8_t *data, size_t size,
                       unsigned *replaced, bool *known);

/*
 * The character at p, its length in *used; size is not 0. An ill-formed sequence gives UINT32_MAX and the length of
 * its longest part that could have begun a character (Unicode 3.9, table 3-7 and "maximal subpart").
 */
uint32_t pl_utf8_next(const uint8_t *p, size_t size, size_t *used);
bool pl_utf8_valid(const char *data, size_t size);
/* Length in bytes of the longest prefix of data[0..size) that ends between characters, at most `most`. */
size_t pl_utf8_prefix(const char *data, size_t size, size_t most);

/* Has the page a character for all of it? As above: true is nothing replaced. Also when memory is out. */
bool pl_text_decodes(struct pl_text *t, unsigned codepage, const uint8_t *data, size_t size);

bool pl_codepage_known(unsigned codepage);
/* Default ANSI code page of a Windows locale id (0x0411 -> 932); 0 when unknown. */
unsigned pl_codepage_of_lcid(uint32_t lcid);

/* The code page that the name of a character set stands for ("iso-8859-15" -> 28605); 0 when unknown. */
unsigned pl_codepage_of_charset(const char *name, size_t size);

/*
 * A safe file name from any text, into `out` (at most 120 bytes): no separators,
 * no control characters, no "..", no reserved device names, no trailing dots or
 * spaces, not empty ("_"), Unicode direction marks removed. Does not make names unique.
 */
void pl_text_filename(const char *text, char out[128]);

#endif
