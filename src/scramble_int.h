/* scramble_int.h - what the parts of scramble.h know of each other. */
#ifndef PL_SCRAMBLE_INT_H
#define PL_SCRAMBLE_INT_H

#include "bytes.h"
#include "scramble.h"

/* A text as code units. */
struct units {
    const struct pl_scramble *s;
    uint8_t *data;
    size_t count;
    unsigned width, codepage;
    uint64_t context; /* what else decides about a letter from 0x80 on: its word and its place there */
};

static inline unsigned unit_get(const struct units *u, size_t i)
{
    return u->width == 2 ? (unsigned)(u->data[2 * i] | u->data[2 * i + 1] << 8) : u->data[i];
}
static inline void unit_put(const struct units *u, size_t i, unsigned c)
{
    if (u->width == 2) {
        u->data[2 * i] = (uint8_t)c;
        u->data[2 * i + 1] = (uint8_t)(c >> 8);
    } else {
        u->data[i] = (uint8_t)c;
    }
}

struct units scramble_units(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size);
bool scramble_is_letter(unsigned c);
bool scramble_is_digit(unsigned c);
size_t scramble_run_end(const struct units *u, size_t at); /* of letters, or of digits */
void scramble_run(const struct units *u, size_t from, size_t to);
size_t scramble_step(const struct units *u, size_t at); /* one word or number, or one unit; where to go on */

/* --- code pages (scramble_page.c) -------------------------------------------------------------- */

/* Has the page all characters of a text? Asked before it becomes another one, and what that is to agree with. */
bool scramble_decodes(const struct pl_scramble *s, unsigned codepage, const uint8_t *data, size_t size);
void scramble_agree(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size, bool decodes);
bool scramble_rtf_decodes(const struct pl_scramble *s, const uint8_t *data, size_t size);
void scramble_rtf_agree(const struct pl_scramble *s, uint8_t *data, size_t size, bool decodes);

/* --- binary values (scramble_blob.c, scramble_rights.c) --------------------------------------- */

/* Other bytes, which depend on those and the key only. */
void scramble_fill(const struct pl_scramble *s, uint8_t *data, size_t size);
/* Is this UTF-16? Even, and most of it of one script. */
bool scramble_is_wide(const uint8_t *data, size_t size);
bool scramble_is_wide_text(const uint8_t *data, size_t size); /* the same of what is said to be a text of 8 bits */
/* More letters or digits in a row than that, or more than three of two bytes each. */
bool scramble_has_letters(const uint8_t *d, size_t size, size_t most);
bool scramble_is_sid(const uint8_t *d, size_t size);
bool scramble_is_list(const uint8_t *d, size_t size);
/* The same, of a structure that is not what it should be: false. */
bool scramble_overwrite(const struct pl_scramble *s, uint8_t *data, size_t size);
/* A descriptor, an access list alone, or an identifier alone; anything else is overwritten. false: it was. */
bool scramble_descriptor(const struct pl_scramble *s, uint8_t *data, size_t size);

/* A structure on its way to its end. */
struct scramble_walk {
    const struct pl_scramble *s;
    uint8_t *data; /* the same bytes as the cursor has */
    unsigned codepage;
    struct pl_cursor c;
    bool odd; /* a number was one that its place can't hold, and is another such */
};

void scramble_take_text(struct scramble_walk *w, unsigned codepage, size_t size);
void scramble_take_unknown(struct scramble_walk *w, size_t size);
/* A number of two or four bytes that has no more than those bits. Of one that has, all others are set: it still is
 * one that its place can't hold, and spells nothing. */
uint32_t scramble_take_number(struct scramble_walk *w, unsigned size, uint32_t bits);

/* scramble_calendar.c; false: it is not what it should be, and was overwritten */
extern const uint8_t scramble_goid_class[16];
bool scramble_recurrence(struct scramble_walk *w, bool task);
bool scramble_zone(struct scramble_walk *w);
bool scramble_zone_struct(struct scramble_walk *w);
bool scramble_goid(struct scramble_walk *w);

/* --- words that stay (scramble_known.c) ------------------------------------------------------ */

enum scramble_manner { MANNER_WORDS, MANNER_CLASS, MANNER_NAME /* of a directory */, MANNER_TOP };

bool scramble_keeps(const char *value); /* the whole value is one that readers look for */
/* end: behind the part that is in this manner; words follow. */
enum scramble_manner scramble_manner_of(const struct units *u, size_t *end);
/* Where a word ends that stays; `at` when it does not. */
size_t scramble_kept(const struct units *u, size_t at, enum scramble_manner manner);
bool scramble_is_markup(const struct units *u, size_t from, size_t to); /* a word of HTML */
bool scramble_is_entity(const struct units *u, size_t from, size_t to);
bool scramble_is_scheme(const struct units *u, size_t from, size_t to); /* of a URI */
bool scramble_is_charset(const struct units *u, size_t from, size_t to);
bool scramble_is_control(const struct units *u, size_t from, size_t to); /* of RTF */

#endif
