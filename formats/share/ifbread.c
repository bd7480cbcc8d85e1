/*
 * ifbread.c - see ifbread.h.
 */
#include "ifbread.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fdio.h"
#include "tz.h"

/* All of it, and a NUL. NULL: *st says why. */
static char *bytes_of(FILE *file, struct pl_arena *a, size_t *size, enum pl_status *st)
{
    struct stat about;
    *st = PL_LOST;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size >= (off_t)PL_IFB_MOST)
        return NULL;
    char *text = pl_arena_alloc(a, (size_t)about.st_size + 1);
    *st = PL_STOP;
    if (!text)
        return NULL;
    *size = fread(text, 1, (size_t)about.st_size, file);
    *st = ferror(file) ? PL_LOST : PL_OK;
    return *st == PL_OK ? text : NULL;
}

/* The file without the breaks of folded lines, lines ended by NUL. NULL: *st says why. */
static char *text_of(const char *path, struct pl_arena *a, size_t *size, enum pl_status *st)
{
    size_t got = 0, kept = 0;
    FILE *file = pl_file_stream(AT_FDCWD, path, 0);
    *st = PL_LOST;
    char *text = file ? bytes_of(file, a, &got, st) : NULL;
    if (file)
        fclose(file);
    for (size_t i = 0; text && i < got; i++) {
        if (text[i] == '\r')
            continue;
        if (text[i] == '\n' && i + 1 < got && (text[i + 1] == ' ' || text[i + 1] == '\t')) {
            i++;
            continue;
        }
        text[kept++] = text[i] == '\n' ? '\0' : text[i];
    }
    if (text)
        text[kept] = '\0';
    *size = kept;
    return text;
}

/* "20240131T080000Z" */
static bool instant(const char *text, int64_t *out)
{
    struct pl_civil c = {0};
    int end = 0;
    if (sscanf(text, "%4d%2d%2dT%2d%2d%2dZ%n", &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second, &end) !=
            6 ||
        end != 16 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > pl_month_days(c.year, c.month))
        return false;
    *out = pl_seconds_of_civil(&c);
    return true;
}

/* RFC 6868, in place. */
static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text == '^' && (text[1] == '^' || text[1] == '\'' || text[1] == 'n')) {
            text++;
            *to++ = *text == '\'' ? '"' : *text == 'n' ? '\n' : '^';
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* Behind the value of a parameter, which begins there. */
static char *value_end(char **value)
{
    if (**value != '"')
        return *value + strcspn(*value, ";:");
    ++*value;
    char *quote = *value + strcspn(*value, "\"");
    if (*quote)
        *quote++ = '\0';
    return quote;
}

static void organizer(char *at, struct pl_ifb *out)
{
    char next = *at;
    while (next == ';') {
        char *name = at + 1, *value = name + strcspn(name, "=");
        if (!*value)
            return;
        *value++ = '\0';
        at = value_end(&value);
        next = *at;
        *at = '\0';
        unescape(value);
        if (!strcmp(name, "CN"))
            out->name = value;
        else if (!strcmp(name, "X-PIMLIFT-EX"))
            out->dn = value;
    }
    if (next == ':' && !strncmp(at + 1, "mailto:", 7))
        out->smtp = at + 8;
}

static void period(const char *line, struct pl_ifb *out)
{
    static const char *const types[] = {"BUSY-TENTATIVE:", "BUSY:", "BUSY-UNAVAILABLE:"};
    for (int kind = 0; kind < PL_TIME_KINDS; kind++) {
        size_t size = strlen(types[kind]);
        struct pl_period p = {.kind = (enum pl_time_kind)kind};
        if (!strncmp(line, types[kind], size) && instant(line + size, &p.start) && line[size + 16] == '/' &&
            instant(line + size + 17, &p.end) && p.start < p.end)
            out->periods[out->count++] = p;
    }
}

static void take(char *line, struct pl_ifb *out)
{
    if (!strncmp(line, "DTSTART:", 8))
        (void)instant(line + 8, &out->start);
    else if (!strncmp(line, "DTEND:", 6))
        (void)instant(line + 6, &out->end);
    else if (!strncmp(line, "DTSTAMP:", 8))
        (void)instant(line + 8, &out->stamp);
    else if (!strncmp(line, "ORGANIZER", 9))
        organizer(line + 9, out);
    else if (!strncmp(line, "FREEBUSY;FBTYPE=", 16))
        period(line + 16, out);
}

enum pl_status pl_ifb_read(const char *path, struct pl_arena *a, struct pl_ifb *out)
{
    static const char head[] = "BEGIN:VCALENDAR";
    size_t size = 0, lines = 1;
    enum pl_status st;
    *out = (struct pl_ifb){0};
    char *text = text_of(path, a, &size, &st);
    if (!text)
        return st;
    if (strcmp(text, head) != 0)
        return PL_LOST;
    for (size_t i = 0; i < size; i++)
        lines += !text[i];
    out->periods = pl_arena_zalloc(a, lines, sizeof *out->periods);
    if (!out->periods)
        return PL_STOP;
    for (size_t at = 0; at < size;) {
        char *line = text + at;
        at += strlen(line) + 1; /* before it is cut up */
        take(line, out);
    }
    out->count = pl_periods_join(out->periods, out->count);
    return out->start < out->end ? PL_OK : PL_LOST;
}
