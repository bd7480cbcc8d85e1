/*
 * jsonread.h - reads back one JSON value: a line of our own files, or of anybody's.
 *
 * Layer: core. RFC 8259, strict: no comments, no trailing commas, one value and nothing
 * behind it. Depth, and the arena, bound what hostile text can cost. A text with a NUL in it
 * (\u0000) is refused: texts are C strings here.
 */
#ifndef PL_JSONREAD_H
#define PL_JSONREAD_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

enum pl_json_kind { PL_JSON_NULL, PL_JSON_BOOL, PL_JSON_NUMBER, PL_JSON_TEXT, PL_JSON_LIST, PL_JSON_OBJECT };

struct pl_json {
    enum pl_json_kind kind;
    const char *name; /* of a member of an object */
    const char *text; /* of a text; UTF-8 */
    int64_t number;   /* of a number: its whole part, clamped; of a bool: 0 or 1 */
    bool inexact;     /* it was written with a fraction or an exponent, or had to be clamped */
    struct pl_json *child, *next;
};

/* In the arena. NULL: not JSON, too deep, or out of memory. */
const struct pl_json *pl_json_parse(struct pl_arena *a, const char *text, size_t size);

/* The member of an object; NULL when absent, or when of is no object. Of two the last counts. */
const struct pl_json *pl_json_member(const struct pl_json *of, const char *name);
/* The text, number, or truth of a member; NULL, otherwise, false when absent or of another kind. A number that is
 * inexact counts as absent. */
const char *pl_json_text_of(const struct pl_json *of, const char *name);
int64_t pl_json_number_of(const struct pl_json *of, const char *name, int64_t otherwise);
bool pl_json_true_of(const struct pl_json *of, const char *name);

#endif
