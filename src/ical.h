/*
 * ical.h - the lines of an iCalendar object that came from elsewhere: a pure, strict parser.
 *
 * RFC 5545 3.1 content lines, 3.4 the object. What is not whole is refused: a component that does not end, a line
 * that is none, text that is not UTF-8. Nothing is interpreted here but the form. Everything lives in the arena.
 */
#ifndef PL_ICAL_H
#define PL_ICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena;

struct pl_ical_line {
    const char *name;   /* upper case */
    const char *params; /* "" or as they stand, without the first ';' */
    const char *value;  /* as it stands */
    unsigned part;
};

struct pl_ical_part {
    const char *name; /* "VEVENT" */
    unsigned parent;  /* of part 0, which is the VCALENDAR: itself */
};

struct pl_ical {
    const struct pl_ical_line *lines;
    size_t line_count;
    const struct pl_ical_part *parts;
    unsigned part_count;
    const char *fault; /* why it is not whole */
};

#define PL_ICAL_PARTS_MOST 4096u

/* One VCALENDAR and nothing after it but blanks. false: out->fault says why. */
bool pl_ical_parse(struct pl_arena *a, const char *text, size_t size, struct pl_ical *out);

/* The first line of that name in a part itself, after `after` (NULL: from its begin); NULL: none. */
const struct pl_ical_line *pl_ical_find(const struct pl_ical *c, unsigned part, const char *name,
                                        const struct pl_ical_line *after);
/* A parameter without its quotes, in the arena; NULL: not there, or out of memory. */
const char *pl_ical_param(struct pl_arena *a, const struct pl_ical_line *line, const char *name);
/* The text that a value of type TEXT means (3.3.11), up to *end, which is the next comma of a list or the end;
 * NULL: out of memory. `end` may be NULL: commas are text then. */
const char *pl_ical_text(struct pl_arena *a, const char *value, const char **end);

/* A DATE or DATE-TIME, 3.3.4 and 3.3.5, as seconds on its own clock. false: of another form. */
bool pl_ical_time(const char *value, int64_t *seconds, bool *is_date, bool *is_utc);
/* A DURATION, 3.3.6, in seconds. */
bool pl_ical_duration(const char *value, int64_t *seconds);

#endif
