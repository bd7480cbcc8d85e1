/*
 * parts.h - the sections of a report, and what they have in common; private to formats/report.
 */
#ifndef PL_REPORT_PARTS_H
#define PL_REPORT_PARTS_H

#include "data.h"
#include "html.h"

/* Of which stores, and whether all is well with them: the first that people read. */
void pl_part_title(struct pl_page *h, const struct data *d);
void pl_part_verdict(struct pl_page *h, const struct data *d);
void pl_part_outcome(struct pl_page *h, const struct data *d);
void pl_part_people(struct pl_page *h, const struct data *d);
void pl_part_person(struct pl_page *h, const struct data *d, const struct user *u, size_t number);
void pl_part_sharing(struct pl_page *h, struct data *d);
void pl_part_unknown(struct pl_page *h, const struct data *d);
void pl_part_busy(struct pl_page *h, const struct data *d);
void pl_part_targets(struct pl_page *h, const struct data *d);
void pl_part_sources(struct pl_page *h, const struct data *d);

/* Pictures of a person, without the table beside them. */
void pl_picture_hours(struct pl_page *h, const struct user *u);
void pl_picture_years(struct pl_page *h, const struct user *u);
/* The calendars and people of d->edges as one picture; false: there is nothing to draw. */
bool pl_picture_sharing(struct pl_page *h, struct data *d);

/* What became of a store, in two words, and whether that is bad. */
const char *pl_store_state(const struct store *s);
/* true: known. Else a line says why it is not: `what` is gone, or was not asked for. */
bool pl_part_known(struct pl_page *h, enum known known, const char *what);
/* What a code means, for people who have never seen it. */
const char *pl_words_or(const char *code);
/* A table: its caption for everybody, the heads of its columns up to NULL. Close with pl_part_table_end(). */
void pl_part_table(struct pl_page *h, const char *class_name, const char *caption, const char *const *heads);
void pl_part_table_end(struct pl_page *h);
void pl_part_section(struct pl_page *h, const char *id, const char *title);
/* <text> of a picture at a place; what is of a store is cut to `most` columns. */
void pl_part_label(struct pl_page *h, const char *class_name, int x, int y, const char *text, size_t most);

extern const char *const pl_weekdays[7], *const pl_months[12]; /* from Monday, from January */

#endif
