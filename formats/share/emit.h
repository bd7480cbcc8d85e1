/*
 * emit.h - what the targets have in common that print data for a constant script: cells of a table, lines
 * of JSON, URLs.
 *
 * Layer: formats. No text of a store can end a cell, a line or an element, or become a formula.
 */
#ifndef PL_SHARE_EMIT_H
#define PL_SHARE_EMIT_H

#include "jsonl.h"
#include "plan.h"

/* A cell in quotes and the character behind it. What a spreadsheet would run gets an apostrophe in front, at the
 * beginning and behind each ';', and so does an apostrophe there: the scripts take one away. */
void pl_emit_cell(struct pl_buf *out, const char *text, char after);
/* A segment of a path in a URL, which can also stand in XML: all but letters, digits and "-._~" as %XX. */
void pl_emit_segment(struct pl_buf *out, const char *text);
void pl_emit_words(struct pl_buf *out, const struct pl_fit *fit, const char *between);

/* The members that every line has, up to `user`: "default", "anonymous", or "user" in `who`. */
void pl_emit_begin(struct pl_jsonl *j, const char *kind, const struct pl_plan_folder *f,
                   const struct pl_plan_grant *g);
/* `lost` and `more`, lists of what is not carried and of what comes on top, the brace and LF. */
void pl_emit_end(struct pl_jsonl *j, const struct pl_plan_folder *f, const struct pl_plan_grant *g);
/* What of the source he does not have there. */
uint32_t pl_emit_lost(const struct pl_plan_folder *f, const struct pl_plan_grant *g);
/* What he has there that the source does not give; with the policy compat alone. */
uint32_t pl_emit_more(const struct pl_plan_folder *f, const struct pl_plan_grant *g);
/* Can the target be told of this grant? */
bool pl_emit_is_named(const struct pl_plan_folder *f, const struct pl_plan_grant *g);

#endif
