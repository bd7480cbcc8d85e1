/*
 * map_in.c - reading the properties of an item, cleanly and on record: see map.h.
 *
 * Layer: core, under the mappers. Every accessor marks its property as used. What
 * may leave as text is settled here once (clean), so that no mapper and no writer
 * meets control characters or blank strings.
 */
#include "map.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "text.h"
#include "tz.h"

#define NO_DATE INT64_C(79870665600) /* 4501-01-01 */

enum shape { TEXT, NUMBER, REAL, BYTES };

static bool fits(const struct pl_prop *p, enum shape shape)
{
    switch ((unsigned)pl_prop_type(p) & ~(unsigned)PT_MULTI) {
    case PT_UNICODE:
    case PT_STRING8: return shape == TEXT;
    case PT_SHORT:
    case PT_LONG:
    case PT_I8:
    case PT_BOOLEAN:
    case PT_SYSTIME:
    case PT_CURRENCY: return shape == NUMBER;
    case PT_FLOAT:
    case PT_DOUBLE:
    case PT_APPTIME: return shape == REAL;
    default: return shape == BYTES;
    }
}

/* What is there and can't be read in this form, or has more values than are read, stays unused: it is counted. */
static bool mark(struct pl_map *in, enum pl_pid pid, enum shape shape)
{
    const struct pl_prop *p = pl_bag_find(in->bag, pid);
    bool whole = !p || p->count == 1 || (!p->count && (shape == TEXT || !p->stream.size));
    if (whole && (!p || fits(p, shape)))
        in->used[pid] = 1;
    return p != NULL;
}

/* A text that is a stream is longer than any field of a person or a place. */
static const char *text_of(struct pl_map *in, enum pl_pid pid)
{
    if (!mark(in, pid, TEXT))
        return NULL;
    const struct pl_prop *p = pl_bag_find(in->bag, pid);
    if (p->stream.size)
        pl_map_warn(in, "map.long", "%s of %llu bytes is left out", pl_pid_name(pid),
                    (unsigned long long)p->stream.size);
    return pl_bag_text(in->bag, pid);
}

/* Length of a line end at p, 0 when there is none: CR LF, CR, LF, NEL, LS, PS. */
static size_t line_end(const char *p)
{
    if (p[0] == '\r')
        return p[1] == '\n' ? 2 : 1;
    if (p[0] == '\n')
        return 1;
    if ((unsigned char)p[0] == 0xc2 && (unsigned char)p[1] == 0x85)
        return 2;
    if ((unsigned char)p[0] == 0xe2 && (unsigned char)p[1] == 0x80 &&
        ((unsigned char)p[2] == 0xa8 || (unsigned char)p[2] == 0xa9))
        return 3;
    return 0;
}

/* Length of a control character at p, of C0 or C1; 0 when there is none. */
static size_t control(const char *p)
{
    unsigned char c = (unsigned char)*p;
    if (c == 0xc2)
        return (unsigned char)p[1] < 0xa0 ? 2 : 0;
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* Octets from p on, before `end`, that are printable ASCII. */
static size_t plain_size(const char *p, const char *end)
{
    const char *at = p;
    unsigned plain = 16;
    for (; end - at >= 16 && plain == 16; at += plain)
        plain = pl_octets_before(pl_octets_odd(pl_octets_at(at)));
    if (plain == 16 && at < end)
        at += pl_octets_before(pl_octets_odd(pl_octets_last(at, (size_t)(end - at))));
    return (size_t)(at - p);
}

static bool is_clean(const char *text, const char *end)
{
    for (const char *p = text + plain_size(text, end); p < end; p++) {
        if (*p != '\n' && (control(p) || line_end(p)))
            return false;
        if (*p == '\n')
            p += plain_size(p + 1, end);
    }
    return true;
}

static char *rewrite(struct pl_map *in, const char *text, const char *text_end)
{
    char *copy = pl_arena_alloc(in->m->arena, (size_t)(text_end - text) + 1);
    if (!copy) {
        in->failed = true;
        return NULL;
    }
    char *to = copy;
    for (const char *p = text; p < text_end;) {
        size_t plain = plain_size(p, text_end);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (p == text_end)
            break;
        size_t end = line_end(p);
        if (end) {
            *to++ = '\n';
            p += end;
        } else if (control(p)) {
            p += control(p);
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
    return copy;
}

/* Nothing that anybody sees: blanks of all kinds, and what only steers the characters beside it. */
static bool is_blank(const char *text)
{
    static const struct {
        uint32_t first, last;
    } unseen[] = {{'\t', '\n'},     {' ', ' '},       {0xa0, 0xa0},     {0xad, 0xad},
                  {0x61c, 0x61c},   {0x115f, 0x1160}, {0x1680, 0x1680}, {0x180b, 0x180f},
                  {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000},
                  {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}};
    if (*text > ' ' && *text < 0x7f)
        return false;
    size_t size = strlen(text), i = 0;
    while (size && i < sizeof unseen / sizeof unseen[0]) {
        size_t length;
        uint32_t c = pl_utf8_next((const uint8_t *)text, size, &length);
        for (i = 0; i < sizeof unseen / sizeof unseen[0] && (c < unseen[i].first || c > unseen[i].last);)
            i++;
        text += length;
        size -= length;
    }
    return i < sizeof unseen / sizeof unseen[0];
}

const char *pl_map_clean(struct pl_map *in, const char *text)
{
    if (!text)
        return NULL;
    const char *end = text + strlen(text);
    const char *clean = is_clean(text, end) ? text : rewrite(in, text, end);
    return clean && !is_blank(clean) ? clean : NULL;
}

/* What most lines are: printable ASCII without a blank at either end. */
static bool is_plain_line(const char *text)
{
    size_t size = strlen(text);
    return size && *text != ' ' && text[size - 1] != ' ' && plain_size(text, text + size) == size;
}

const char *pl_map_clean_line(struct pl_map *in, const char *text)
{
    if (text && is_plain_line(text))
        return text;
    const char *clean = pl_map_clean(in, text);
    if (!clean)
        return NULL;
    clean += strspn(clean, " \t\n");
    size_t size = strlen(clean);
    while (strchr(" \t\n", clean[size - 1]))
        size--;
    if (!clean[size] && !strpbrk(clean, "\t\n"))
        return clean;
    char *copy = pl_arena_alloc(in->m->arena, size + 1);
    if (!copy) {
        in->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < size; i++)
        copy[i] = clean[i] == '\n' || clean[i] == '\t' ? ' ' : clean[i];
    copy[size] = '\0';
    return copy;
}

const char *pl_in_text(struct pl_map *in, enum pl_pid pid) { return pl_map_clean(in, text_of(in, pid)); }

const char *pl_in_line(struct pl_map *in, enum pl_pid pid) { return pl_map_clean_line(in, text_of(in, pid)); }

int64_t pl_in_integer(struct pl_map *in, enum pl_pid pid, int64_t otherwise)
{
    return mark(in, pid, NUMBER) ? pl_bag_integer(in->bag, pid, otherwise) : otherwise;
}

bool pl_in_boolean(struct pl_map *in, enum pl_pid pid) { return pl_in_integer(in, pid, 0) != 0; }

double pl_in_real(struct pl_map *in, enum pl_pid pid, double otherwise)
{
    return mark(in, pid, REAL) ? pl_bag_real(in->bag, pid, otherwise) : otherwise;
}

bool pl_in_bytes(struct pl_map *in, enum pl_pid pid, struct pl_bytes *out)
{
    return mark(in, pid, BYTES) && pl_bag_bytes(in->bag, pid, out) && out->size > 0;
}

bool pl_in_utc(struct pl_map *in, enum pl_pid pid, int64_t *out)
{
    if (!mark(in, pid, NUMBER))
        return false;
    int64_t filetime = pl_bag_integer(in->bag, pid, 0);
    if (filetime <= 0)
        return false;
    *out = pl_seconds_of_filetime(filetime);
    return *out < NO_DATE;
}

const char *const *pl_in_lines(struct pl_map *in, enum pl_pid pid, size_t *count)
{
    *count = 0;
    const struct pl_prop *p = pl_bag_find(in->bag, pid);
    if (!p || !p->count || !fits(p, TEXT))
        return NULL;
    in->used[pid] = 1;
    const char **lines = pl_arena_zalloc(in->m->arena, p->count, sizeof *lines);
    if (!lines) {
        in->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const char *line = pl_map_clean_line(in, p->values[i].as.text);
        if (line)
            lines[(*count)++] = line;
    }
    return lines;
}

bool pl_in_stored(struct pl_map *in, const struct pl_prop *p, size_t most, struct pl_bytes *out)
{
    if (p->count) {
        *out = p->values->raw;
        return out->size > 0;
    }
    struct pl_reader *r = in->m->reader;
    if (!p->stream.size || !r)
        return false;
    size_t want = p->stream.size < most ? (size_t)p->stream.size : most;
    if (want < p->stream.size)
        pl_map_warn(in, "map.long", "%s of %llu bytes is cut at %zu", pl_pid_name(p->pid),
                    (unsigned long long)p->stream.size, want);
    uint8_t *data = pl_arena_alloc(in->m->arena, want);
    size_t at = 0, got = 0;
    if (!data) {
        in->failed = true;
        return false;
    }
    do {
        enum pl_status status = r->ops->read(r, &p->stream, at, data + at, want - at, &got);
        if (status < in->status)
            in->status = status < PL_WARN ? PL_WARN : status;
        if (status < PL_WARN || got > want - at)
            break;
        at += got;
    } while (got && at < want);
    if (at < want)
        pl_map_warn(in, "map.cut", "%s ends after %zu of %llu bytes", pl_pid_name(p->pid), at,
                    (unsigned long long)p->stream.size);
    *out = (struct pl_bytes){.data = data, .size = at};
    return at > 0;
}

const char *pl_map_printf(struct pl_map *in, const char *format, ...)
{
    char most[128]; /* are not longer */
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int size = vsnprintf(most, sizeof most, format, list);
    va_end(list);
    char *text = size >= 0 ? pl_arena_alloc(in->m->arena, (size_t)size + 1) : NULL;
    if (!text)
        in->failed = true;
    else if ((size_t)size < sizeof most)
        memcpy(text, most, (size_t)size + 1);
    else
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void pl_map_extra(struct pl_map *in, const char *name, const char *value)
{
    if (!value)
        return;
    if (in->out->common.extra_count == PL_EXTRAS_MAX) {
        pl_map_warn(in, "map.extras", "%s left out: too many properties without a place", name);
        return;
    }
    in->extras[in->out->common.extra_count++] = (struct pl_extra){.name = name, .value = value};
}

static const char *extra_value(struct pl_map *in, enum pl_pid pid)
{
    const struct pl_prop *p = pl_bag_find(in->bag, pid);
    if (!p)
        return NULL;
    if (fits(p, TEXT))
        return pl_in_text(in, pid);
    int64_t n = pl_in_integer(in, pid, 0); /* 0 is what stands there when nobody chose */
    if (pl_prop_type(p) == PT_BOOLEAN)
        return n ? "TRUE" : NULL;
    return n ? pl_map_printf(in, "%lld", (long long)n) : NULL;
}

void pl_map_extras(struct pl_map *in, const struct pl_extra_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct pl_prop *p = pl_bag_find(in->bag, rows[i].pid);
        if (!p || !(pl_prop_type(p) & PT_MULTI)) {
            pl_map_extra(in, rows[i].name, extra_value(in, rows[i].pid));
            continue;
        }
        size_t lines = 0;
        const char *const *line = pl_in_lines(in, rows[i].pid, &lines);
        for (size_t k = 0; k < lines; k++)
            pl_map_extra(in, rows[i].name, line[k]);
    }
}

void pl_map_warn(struct pl_map *in, const char *code, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (in->m->report)
        pl_report(in->m->report, PL_WARN, code, in->item->key, in->item->offset, "%s", text);
    if (in->status > PL_WARN)
        in->status = PL_WARN;
}
