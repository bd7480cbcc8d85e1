/*
 * json.h - a streaming JSON writer, without a tree in memory.
 *
 * Values go out as they are named; the writer keeps one flag (is a comma due?)
 * and no stack, so its caller pairs begin and end. Whatever bytes a text holds,
 * the output is valid UTF-8 and valid JSON (RFC 8259): bytes that are no UTF-8
 * become U+FFFD, control characters are escaped. Numbers that JSON lacks (NaN,
 * infinities) become null. What was said goes to the file when its line ends, or when
 * there is no more room for it here. Errors of the file are left to ferror().
 */
#ifndef PIMLIFT_JSON_H
#define PIMLIFT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct json {
    FILE *file;
    bool comma; /* the next key or value needs one before it */
    size_t used;
    char held[4096]; /* not yet in the file: a stdio call for each piece would cost more than the pieces */
};

void json_init(struct json *j, FILE *file);

void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);
/* Ends a top-level value with LF: the next one starts a new line (JSON Lines). Each value has to end so. */
void json_end_line(struct json *j);

void json_key(struct json *j, const char *name);

void json_text(struct json *j, const char *text); /* NULL gives null */
void json_text_size(struct json *j, const char *text, size_t size);
void json_hex(struct json *j, const void *data, size_t size); /* a text of lower-case digits */
/* The same in parts, for bytes that are not in memory at once. */
void json_hex_begin(struct json *j);
void json_hex_part(struct json *j, const void *data, size_t size);
void json_hex_end(struct json *j);
void json_integer(struct json *j, int64_t value);
void json_unsigned(struct json *j, uint64_t value);
void json_real(struct json *j, double value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* The pairs that occur most: a key with its value. */
void json_pair_text(struct json *j, const char *name, const char *text);
void json_pair_unsigned(struct json *j, const char *name, uint64_t value);
void json_pair_bool(struct json *j, const char *name, bool value);

/* A value, or the begin of an object up to a value, as this writer made it before. */
void json_verbatim(struct json *j, const char *text, size_t size);

/* The same for a key, and for a text, that need no escape: names of the program's own. What a store
 * says does not go this way. The two together have to be shorter than 4,000 bytes. */
void json_plain_pair(struct json *j, const char *name, size_t name_size, const char *text, size_t text_size);
void json_plain_key(struct json *j, const char *name, size_t size);
static inline void json_key_plain(struct json *j, const char *name) { json_plain_key(j, name, strlen(name)); }
static inline void json_pair_plain(struct json *j, const char *name, const char *text)
{
    json_plain_pair(j, name, strlen(name), text, strlen(text));
}

#endif
