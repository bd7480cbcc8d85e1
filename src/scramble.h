/*
 * scramble.h - words replaced by others of the same length and kind. Pure.
 *
 * For copies of stores that say nothing (`pimlift sanitize`). A run of ASCII letters becomes another run of
 * letters, upper case where it was, a run of digits another run of digits: a permutation of all runs of that
 * length, made by a key. So equal words stay equal, whatever the coding and the case, different ones different, and
 * nobody without the key can go back. Blanks and punctuation stay. All other letters become one of the same script,
 * or of a common one. What stays beside them are words of protocols that a reader understands: a class, an address
 * type, the name of a zone, the parts of a directory name, markup.
 *
 * Everything works in place and keeps the size.
 */
#ifndef PL_SCRAMBLE_H
#define PL_SCRAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PL_SCRAMBLE_LETTERS 26u

struct pl_scramble {
    uint64_t key[2];
    unsigned letters;     /* of the alphabet: all; fewer make a text that compresses better, and words may meet */
    struct pl_text *text; /* that a reader decodes with: what it can't decode stays so; NULL: nobody asks */
    uint8_t alone[26], digits[10]; /* what a letter or a digit by itself becomes */
    uint8_t record[16];            /* of the store: its own entry ids begin with it */
};

/* What the bytes of a property are. */
enum pl_scramble_kind {
    PL_SCRAMBLE_OPAQUE, /* not known: overwritten, equal ones alike */
    PL_SCRAMBLE_ZERO,   /* overwritten, no two differ */
    PL_SCRAMBLE_HTML,   /* text with markup, also XML */
    PL_SCRAMBLE_RTF,    /* compressed */
    PL_SCRAMBLE_RECUR,
    PL_SCRAMBLE_TASK_RECUR,
    PL_SCRAMBLE_ZONE, /* TZDEFINITION */
    PL_SCRAMBLE_ZONE_STRUCT,
    PL_SCRAMBLE_GOID,
    PL_SCRAMBLE_ENTRY, /* entry id, or a key that holds an address */
    PL_SCRAMBLE_MEMBERS,
    PL_SCRAMBLE_DESCRIPTOR, /* security descriptor, SID */
    PL_SCRAMBLE_BUSY,
    PL_SCRAMBLE_ACTIONS,
    PL_SCRAMBLE_PICTURE,
    PL_SCRAMBLE_CERTIFICATE,
    PL_SCRAMBLE_RECIPIENTS, /* of a database: counts, then tag, size and bytes of each property */
    PL_SCRAMBLE_SNIFFED     /* told by its own bytes */
};

/* digest: of what only the owner of the store has, and no reader of the copy can guess. */
void pl_scramble_init(struct pl_scramble *s, const uint8_t digest[32]);

/* The next smaller alphabet, for what does not fit with this one; 0: there is none. */
unsigned pl_scramble_fewer(unsigned letters);

/* A whole value. codepage: of 8-bit text, the one that a reader decodes it in; 1200 is UTF-16LE. */
void pl_scramble_text(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size);
/* All words of it, whatever they are. */
void pl_scramble_words(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size);
void pl_scramble_html(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size);
void pl_scramble_rtf(const struct pl_scramble *s, uint8_t *data, size_t size);
/* Binary of that kind. false: it is not what it should be, or a new form of it does not fit; it was overwritten. */
bool pl_scramble_blob(const struct pl_scramble *s, enum pl_scramble_kind kind, unsigned codepage, uint8_t *data,
                      size_t size);
/* Those of MAPI stay. */
void pl_scramble_guid(const struct pl_scramble *s, uint8_t guid[16]);
/* How a property is treated whose bytes are binary: by pid (prop.h), or by its id where names say another thing. */
enum pl_scramble_kind pl_scramble_kind_of(int pid, uint16_t id);

/* No identifier, whatever its form: it holds words, in units of one byte or of two. */
bool pl_scramble_reads_as_text(const uint8_t *data, size_t size);

/* A number made of bytes and the key: equal bytes, equal number. */
uint64_t pl_scramble_hash(const struct pl_scramble *s, const void *data, size_t size);

/*
 * Compressed RTF of exactly `size` bytes that expands to `rtf`. false: it needs more. [MS-OXRTFCP] 2.2
 */
bool pl_rtf_compress(const uint8_t *rtf, size_t rtf_size, uint8_t *out, size_t size);
/* A zlib stream that inflates to `data`, and up to 7 zeros behind it, in exactly `size` bytes. false: it needs
 * more, or memory. */
bool pl_deflate_exactly(const uint8_t *data, size_t data_size, uint8_t *out, size_t size);

#endif
