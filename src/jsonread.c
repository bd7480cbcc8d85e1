/*
 * jsonread.c - see jsonread.h. A descent with a limit on its depth.
 */
#include "jsonread.h"

#include <string.h>

#include "text.h"

#define DEPTH_MOST 32

struct parser {
    struct pl_arena *arena;
    const char *at, *end;
    unsigned depth;
};

static struct pl_json *value(struct parser *p);

static void blanks(struct parser *p)
{
    while (p->at < p->end && memchr(" \t\r\n", *p->at, 4))
        p->at++;
}

static bool take(struct parser *p, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(p->end - p->at) < size || memcmp(p->at, word, size) != 0)
        return false;
    p->at += size;
    return true;
}

static int hex(struct parser *p)
{
    int v = 0;
    if (p->end - p->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = *p->at++, lower = (char)(c | 0x20);
        int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

static char *put_utf8(char *to, unsigned long c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* Behind a backslash. NULL: no escape. Surrogates come in pairs or not at all. */
static char *escape(struct parser *p, char *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    char c = p->at < p->end ? *p->at++ : '\0';
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        *to++ = into[known - from];
        return to;
    }
    int high = c == 'u' ? hex(p) : -1, low = 0;
    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return NULL;
    if (high < 0xd800 || high > 0xdbff)
        return put_utf8(to, (unsigned long)high);
    if (!take(p, "\\u") || (low = hex(p)) < 0xdc00 || low > 0xdfff)
        return NULL;
    return put_utf8(to, 0x10000ul + ((unsigned long)(high - 0xd800) << 10) + (unsigned long)(low - 0xdc00));
}

/* No escape is shorter than what it stands for. */
static const char *string(struct parser *p)
{
    if (!take(p, "\""))
        return NULL;
    const char *close = p->at;
    while (close < p->end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= p->end)
        return NULL;
    char *text = pl_arena_alloc(p->arena, (size_t)(close - p->at) + 1), *to = text;
    while (to && p->at < close) {
        if ((unsigned char)*p->at < 0x20)
            return NULL;
        if (*p->at != '\\') {
            *to++ = *p->at++;
        } else {
            p->at++;
            to = escape(p, to);
        }
    }
    if (!to || p->at != close)
        return NULL;
    p->at++;
    *to = '\0';
    return pl_utf8_valid(text, (size_t)(to - text)) ? text : NULL;
}

static void digit(struct pl_json *v, int64_t value)
{
    if (__builtin_mul_overflow(v->number, 10, &v->number) || __builtin_add_overflow(v->number, value, &v->number))
        v->inexact = true;
    if (v->inexact)
        v->number = INT64_MAX;
}

static bool digits(struct parser *p, struct pl_json *whole)
{
    const char *from = p->at;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (whole)
            digit(whole, *p->at - '0');
    return p->at > from;
}

static bool number(struct parser *p, struct pl_json *out)
{
    bool minus = take(p, "-"), zero = p->at < p->end && *p->at == '0';
    const char *from = p->at;
    if (!digits(p, out) || (zero && p->at > from + 1))
        return false;
    const char *end = p->at;
    if (take(p, ".") && !digits(p, NULL))
        return false;
    if (take(p, "e") || take(p, "E")) {
        if (!take(p, "-"))
            (void)take(p, "+");
        if (!digits(p, NULL))
            return false;
    }
    out->inexact = out->inexact || p->at > end;
    if (minus)
        out->number = -out->number;
    return true;
}

/* Members of an object or a list, up to the bracket. */
static bool members(struct parser *p, struct pl_json *out, const char *bracket)
{
    struct pl_json **last = &out->child;
    blanks(p);
    if (take(p, bracket))
        return true;
    do {
        const char *name = NULL;
        blanks(p);
        if (out->kind == PL_JSON_OBJECT) {
            name = string(p);
            blanks(p);
            if (!name || !take(p, ":"))
                return false;
        }
        struct pl_json *one = value(p);
        if (!one)
            return false;
        one->name = name;
        *last = one;
        last = &one->next;
        blanks(p);
    } while (take(p, ","));
    return take(p, bracket);
}

static bool fill(struct parser *p, struct pl_json *v)
{
    if (take(p, "null"))
        return true;
    v->kind = PL_JSON_BOOL;
    v->number = take(p, "true");
    if (v->number || take(p, "false"))
        return true;
    if (p->at < p->end && *p->at == '"') {
        v->kind = PL_JSON_TEXT;
        return (v->text = string(p)) != NULL;
    }
    v->kind = PL_JSON_OBJECT;
    if (take(p, "{"))
        return members(p, v, "}");
    v->kind = PL_JSON_LIST;
    if (take(p, "["))
        return members(p, v, "]");
    v->kind = PL_JSON_NUMBER;
    return number(p, v);
}

static struct pl_json *value(struct parser *p)
{
    struct pl_json *v = p->depth < DEPTH_MOST ? pl_arena_zalloc(p->arena, 1, sizeof *v) : NULL;
    p->depth++;
    blanks(p);
    bool good = v && fill(p, v);
    p->depth--;
    return good ? v : NULL;
}

const struct pl_json *pl_json_parse(struct pl_arena *a, const char *text, size_t size)
{
    struct parser p = {.arena = a, .at = text, .end = text + size};
    struct pl_json *v = value(&p);
    blanks(&p);
    return v && p.at == p.end ? v : NULL;
}

const struct pl_json *pl_json_member(const struct pl_json *of, const char *name)
{
    const struct pl_json *found = NULL;
    for (const struct pl_json *m = of && of->kind == PL_JSON_OBJECT ? of->child : NULL; m; m = m->next)
        if (!strcmp(m->name, name))
            found = m;
    return found;
}

const char *pl_json_text_of(const struct pl_json *of, const char *name)
{
    const struct pl_json *m = pl_json_member(of, name);
    return m && m->kind == PL_JSON_TEXT ? m->text : NULL;
}

int64_t pl_json_number_of(const struct pl_json *of, const char *name, int64_t otherwise)
{
    const struct pl_json *m = pl_json_member(of, name);
    return m && m->kind == PL_JSON_NUMBER && !m->inexact ? m->number : otherwise;
}

bool pl_json_true_of(const struct pl_json *of, const char *name)
{
    const struct pl_json *m = pl_json_member(of, name);
    return m && m->kind == PL_JSON_BOOL && m->number;
}
