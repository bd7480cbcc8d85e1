/*
 * ical.c - iCalendar that came from elsewhere, taken apart: see ical.h. Core, a pure decoder.
 */
#include "ical.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "text.h"
#include "tz.h"

#define SPAN_MOST (INT64_C(86400) * 366 * 100) /* beyond any duration that means something */

/* --- lines ------------------------------------------------------------------------------ */

/* The next line with its folding undone, in place of the copy; NULL: no more. */
static char *line_take(char **at, const char *end)
{
    char *start = *at, *to = start, *from = start;
    if (from >= end)
        return NULL;
    for (;;) {
        while (from < end && *from != '\n')
            *to++ = *from++;
        if (to > start && to[-1] == '\r')
            to--;
        from += from < end;
        if (from >= end || (*from != ' ' && *from != '\t'))
            break;
        from++;
    }
    *at = from;
    *to = '\0';
    return start;
}

static bool is_name(char c) { return isalnum((unsigned char)c) || c == '-'; }

/* Splits at the colon that no quotes hide. */
static bool line_split(char *text, struct pl_ical_line *out)
{
    char *p = text;
    bool quoted = false;
    for (; is_name(*p); p++)
        *p = (char)toupper((unsigned char)*p);
    if (p == text || (*p != ';' && *p != ':'))
        return false;
    out->name = text;
    out->params = "";
    if (*p == ';') {
        *p++ = '\0';
        out->params = p;
        for (; *p && (quoted || *p != ':'); p++)
            quoted ^= *p == '"';
        if (!*p)
            return false;
    }
    *p++ = '\0';
    out->value = p;
    for (; *p; p++)
        if ((unsigned char)*p < 0x20 && *p != '\t')
            return false;
    return true;
}

/* --- the whole ---------------------------------------------------------------------------- */

struct parser {
    struct pl_ical *out;
    struct pl_ical_line *lines;
    struct pl_ical_part *parts;
    unsigned open; /* the innermost part */
    bool begun, ended;
};

static const char *part_begin(struct parser *p, const char *name)
{
    if (p->out->part_count == PL_ICAL_PARTS_MOST)
        return "it has too many components";
    if (!p->begun && strcasecmp(name, "VCALENDAR") != 0)
        return "it does not begin with a VCALENDAR";
    if (p->begun && !strcasecmp(name, "VCALENDAR"))
        return "another VCALENDAR begins before it ends";
    p->parts[p->out->part_count] = (struct pl_ical_part){name, p->open};
    p->open = p->out->part_count++;
    p->begun = true;
    return NULL;
}

static const char *line_add(struct parser *p, char *text)
{
    struct pl_ical_line *l = &p->lines[p->out->line_count];
    if (!line_split(text, l))
        return "a line is none of iCalendar";
    if (!strcmp(l->name, "BEGIN"))
        return part_begin(p, l->value);
    if (!p->begun)
        return "it does not begin with a VCALENDAR";
    if (strcmp(l->name, "END") != 0) {
        l->part = p->open;
        p->out->line_count++;
        return NULL;
    }
    if (strcasecmp(l->value, p->parts[p->open].name) != 0)
        return "a component ends that did not begin";
    p->ended = p->open == 0;
    p->open = p->parts[p->open].parent;
    return NULL;
}

bool pl_ical_parse(struct pl_arena *a, const char *text, size_t size, struct pl_ical *out)
{
    struct parser p = {.out = out};
    size_t lines = 1, parts = 1;
    *out = (struct pl_ical){0};
    if (!pl_utf8_valid(text, size) || memchr(text, '\0', size)) {
        out->fault = "its text is damaged";
        return false;
    }
    for (const char *at = text; (at = memchr(at, '\n', size - (size_t)(at - text))) != NULL; at++)
        lines++;
    parts = lines < PL_ICAL_PARTS_MOST ? lines : PL_ICAL_PARTS_MOST;
    char *copy = pl_arena_alloc(a, size + 1), *at = copy, *line;
    out->lines = p.lines = pl_arena_zalloc(a, lines, sizeof *p.lines);
    out->parts = p.parts = pl_arena_zalloc(a, parts, sizeof *p.parts);
    if (!copy || !p.lines || !p.parts) {
        out->fault = "it is too large";
        return false;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    while (!out->fault && (line = line_take(&at, copy + size)) != NULL) {
        bool blank = !line[strspn(line, " \t\r")];
        if (p.ended && !blank)
            out->fault = "something follows it";
        else if (!blank)
            out->fault = line_add(&p, line);
    }
    if (!out->fault && !p.ended)
        out->fault = "it does not end";
    return !out->fault;
}

const struct pl_ical_line *pl_ical_find(const struct pl_ical *c, unsigned part, const char *name,
                                        const struct pl_ical_line *after)
{
    for (size_t i = after ? (size_t)(after - c->lines) + 1 : 0; i < c->line_count; i++)
        if (c->lines[i].part == part && !strcmp(c->lines[i].name, name))
            return &c->lines[i];
    return NULL;
}

/* --- values -------------------------------------------------------------------------------- */

const char *pl_ical_param(struct pl_arena *a, const struct pl_ical_line *line, const char *name)
{
    size_t size = strlen(name);
    for (const char *p = line->params; *p;) {
        bool found = !strncasecmp(p, name, size) && p[size] == '=', quoted = false;
        const char *value = p + (found ? size + 1 : 0);
        for (p = value; *p && (quoted || *p != ';'); p++)
            quoted ^= *p == '"';
        if (found) {
            bool marks = p > value + 1 && *value == '"' && p[-1] == '"';
            char *copy = pl_arena_dup(a, value, (size_t)(p - value) + 1);
            if (copy)
                copy[marks ? p - value - 1 : p - value] = '\0';
            return copy ? copy + marks : NULL;
        }
        p += *p == ';';
    }
    return NULL;
}

const char *pl_ical_text(struct pl_arena *a, const char *value, const char **end)
{
    char *copy = pl_arena_alloc(a, strlen(value) + 1), *to = copy;
    if (!copy)
        return NULL;
    for (; *value && (!end || *value != ','); value++) {
        if (*value == '\\' && value[1]) {
            value++;
            *to++ = *value == 'n' || *value == 'N' ? '\n' : *value;
        } else {
            *to++ = *value;
        }
    }
    *to = '\0';
    if (end)
        *end = value;
    return copy;
}

static bool digits(const char **at, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, ++*at) {
        if (!isdigit((unsigned char)**at))
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

bool pl_ical_time(const char *value, int64_t *seconds, bool *is_date, bool *is_utc)
{
    struct pl_civil c = {0};
    const char *at = value;
    if (!digits(&at, 4, &c.year) || !digits(&at, 2, &c.month) || !digits(&at, 2, &c.day) || c.year < 1 ||
        c.month < 1 || c.month > 12 || c.day < 1 || c.day > pl_month_days(c.year, c.month))
        return false;
    *is_date = *at != 'T';
    *is_utc = false;
    if (!*is_date) {
        at++;
        if (!digits(&at, 2, &c.hour) || !digits(&at, 2, &c.minute) || !digits(&at, 2, &c.second) || c.hour > 23 ||
            c.minute > 59 || c.second > 60)
            return false;
        *is_utc = *at == 'Z';
        at += *is_utc;
    }
    *seconds = pl_seconds_of_civil(&c);
    return !*at;
}

bool pl_ical_duration(const char *value, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'W', 604800}, {'D', 86400}, {'H', 3600}, {'M', 60}, {'S', 1}};
    bool negative = *value == '-', some = false, timed = false;
    size_t next = 0;
    *seconds = 0;
    value += negative || *value == '+';
    if (*value++ != 'P')
        return false;
    while (*value) {
        if (*value == 'T') {
            if (timed)
                return false;
            timed = true;
            next = 2;
            value++;
        }
        char *end = NULL;
        if (!isdigit((unsigned char)*value))
            return false;
        unsigned long n = strtoul(value, &end, 10);
        while (next < sizeof units / sizeof *units && units[next].unit != *end)
            next++;
        if (next == sizeof units / sizeof *units || (next >= 2) != timed || n > SPAN_MOST ||
            (*seconds += (int64_t)n * units[next].seconds) > SPAN_MOST)
            return false;
        next++;
        value = end + 1;
        some = true;
    }
    if (negative)
        *seconds = -*seconds;
    return some;
}
