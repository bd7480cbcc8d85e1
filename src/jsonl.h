/*
 * jsonl.h - JSON into a growing buffer, one object a line.
 *
 * Layer: core. Keeps one flag (is a comma due?) and no stack: who begins something ends
 * it. Whatever bytes a text holds, the line is valid UTF-8 and valid JSON (RFC 8259).
 * Errors are those of the buffer: sticky, tested once.
 */
#ifndef PL_JSONL_H
#define PL_JSONL_H

#include "buf.h"
#include "prop.h"

struct pl_jsonl {
    struct pl_buf *buf;
    bool comma;
};

/* Appends the character that the text begins with, U+FFFD for a byte that begins none; how far it went. */
size_t pl_buf_character(struct pl_buf *b, const char *text);
/* A text with its quotes; NULL gives null. */
void pl_json_text(struct pl_buf *b, const char *text);

void pl_jsonl_begin(struct pl_jsonl *j, const char *name); /* { ; name NULL: no key */
void pl_jsonl_end(struct pl_jsonl *j);
void pl_jsonl_list(struct pl_jsonl *j, const char *name); /* [ */
void pl_jsonl_list_end(struct pl_jsonl *j);
void pl_jsonl_text(struct pl_jsonl *j, const char *name, const char *text);
void pl_jsonl_integer(struct pl_jsonl *j, const char *name, int64_t value);
void pl_jsonl_bool(struct pl_jsonl *j, const char *name, bool value);
void pl_jsonl_hex(struct pl_jsonl *j, const char *name, struct pl_bytes bytes); /* size 0 gives null */
void pl_jsonl_base64(struct pl_jsonl *j, const char *name, struct pl_bytes bytes);
/* An instant in UTC, "2024-01-31T08:00:00Z"; 0 gives null. */
void pl_jsonl_utc(struct pl_jsonl *j, const char *name, int64_t seconds);

#endif
