/*
 * idmap.h - identity maps: what an administrator exports from a directory, read into people.
 *
 * Two forms, told apart by their beginning: CSV with a header (RFC 4180; separated by commas,
 * semicolons or tabs; as Exchange's PowerShell, csvde and spreadsheets write it) and LDIF
 * (RFC 2849; as ldifde and ldapsearch write it). UTF-8 with or without a mark, or UTF-16.
 * docs/identities.md is the users' page.
 *
 * Nothing is guessed: a row with a value of the wrong form gives nobody at all.
 */
#ifndef PL_IDMAP_H
#define PL_IDMAP_H

#include "people.h"
#include "report.h"
#include "text.h"

#define PL_IDMAP_WHY 320

/* Can this file be a map? PL_STOP: it can't, `why` is one line that begins with FILE:LINE
 * and says what to do. Reads its beginning only. */
PL_MUST_USE enum pl_status pl_idmap_check(const char *path, char why[PL_IDMAP_WHY]);

/*
 * Reads a map into people. Rows that can't be used are reported (the first hundred one by
 * one) and counted. PL_LOST: the file can't be read to its end (filed). PL_STOP: the set
 * can't take it (filed).
 */
PL_MUST_USE enum pl_status pl_idmap_load(const char *path, struct pl_text *text, struct pl_people *people,
                                         struct pl_report *report);

/* The same over a source that the caller opened, which stays theirs. */
PL_MUST_USE enum pl_status pl_idmap_over(struct pl_source *source, const char *name, struct pl_text *text,
                                         struct pl_people *people, struct pl_report *report);

/* After the last map: reports the names for which they give different addresses or SIDs. */
PL_MUST_USE enum pl_status pl_idmap_disputes(struct pl_people *people, struct pl_report *report);

#endif
