/*
 * utf8.h - one character at a time out of bytes that may be anything.
 *
 * Both ways out of the program (JSON for machines, escaped lines for people) must
 * look at each character of names that come from a store. Well-formed is what
 * RFC 3629 allows: no surrogates, no overlong forms, nothing above U+10FFFF.
 */
#ifndef PIMLIFT_UTF8_H
#define PIMLIFT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* The character at text[0..size), size > 0, and its length in bytes; UTF8_BAD
 * with length 1 where no well-formed one begins. */
uint32_t utf8_next(const char *text, size_t size, size_t *length);

#endif
