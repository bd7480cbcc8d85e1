/*
 * recipe_value.c - what the words of a recipe line mean: texts, numbers, dates, spans.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recipe.h"

#define SPAN_MAX 52560000 /* minutes: a hundred years */

static void put_utf8(struct ms_bytes *b, uint32_t c)
{
    if (c < 0x80) {
        ms_put8(b, c);
    } else if (c < 0x800) {
        ms_put8(b, 0xc0 | c >> 6);
        ms_put8(b, 0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        ms_put8(b, 0xe0 | c >> 12);
        ms_put8(b, 0x80 | (c >> 6 & 0x3f));
        ms_put8(b, 0x80 | (c & 0x3f));
    } else {
        ms_put8(b, 0xf0 | c >> 18);
        ms_put8(b, 0x80 | (c >> 12 & 0x3f));
        ms_put8(b, 0x80 | (c >> 6 & 0x3f));
        ms_put8(b, 0x80 | (c & 0x3f));
    }
}

/* One escape after its backslash; returns what follows it. */
static const char *unescape(struct ms_recipe *r, const struct ms_node *n, const char *s, struct ms_bytes *out)
{
    if (*s == 'n' || *s == 't' || *s == '\\') {
        ms_put8(out, *s == 'n' ? '\n' : *s == 't' ? '\t' : '\\');
        return s + 1;
    }
    char *end = NULL;
    unsigned long c = *s == 'u' && s[1] == '{' ? strtoul(s + 2, &end, 16) : 0;
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || !end || *end != '}') {
        ms_fail(r, n, "\\n, \\t, \\\\ and \\u{HEX} are the escapes, not \\%.1s", s);
        return s;
    }
    put_utf8(out, (uint32_t)c);
    return end + 1;
}

static void put_string(struct ms_recipe *r, const struct ms_node *n, struct ms_bytes *out)
{
    const char *s = n->rest;
    while (*s) {
        size_t plain = strcspn(s, "\\");
        ms_put(out, s, plain);
        s += plain;
        if (*s)
            s = unescape(r, n, s + 1, out);
    }
}

const char *ms_string(struct ms_recipe *r, struct ms_mem *mem, const struct ms_node *n)
{
    struct ms_bytes out = {.mem = mem};
    put_string(r, n, &out);
    ms_put8(&out, 0);
    return (const char *)out.data;
}

const char *ms_child_text(struct ms_recipe *r, struct ms_mem *mem, struct ms_node *n, const char *word)
{
    struct ms_bytes out = {.mem = mem};
    struct ms_node *c = ms_child(n, word);
    if (!c)
        return NULL;
    for (; c; c = ms_again(c)) {
        if (out.size)
            ms_put8(&out, '\n');
        put_string(r, c, &out);
    }
    ms_put8(&out, 0);
    return (const char *)out.data;
}

static long long number(struct ms_recipe *r, const struct ms_node *n, const char *text)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 0);
    if (errno || end == text || *end)
        ms_fail(r, n, "`%s` is no number", text);
    return v;
}

long long ms_child_number(struct ms_recipe *r, struct ms_node *n, const char *word, long long otherwise,
                          long long least, long long most)
{
    struct ms_node *c = ms_child(n, word);
    long long v = c ? number(r, c, c->rest) : otherwise;
    if (c && (v < least || v > most))
        ms_fail(r, c, "`%s` is not within %lld and %lld", c->rest, least, most);
    return v;
}

bool ms_child_flag(struct ms_recipe *r, struct ms_node *n, const char *word, bool otherwise)
{
    struct ms_node *c = ms_child(n, word);
    if (!c)
        return otherwise;
    if (*c->rest && strcmp(c->rest, "yes") && strcmp(c->rest, "no"))
        ms_fail(r, c, "`%s` takes yes or no, not `%s`", word, c->rest);
    return strcmp(c->rest, "no") != 0;
}

int ms_choice(struct ms_recipe *r, const struct ms_node *n, const char *text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], text))
            return i;
    char list[400] = "";
    size_t used = 0;
    for (size_t i = 0; words[i] && used + strlen(words[i]) + 3 < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", words[i]);
    ms_fail(r, n, "`%s` is none of: %s", text, list);
    return 0;
}

int ms_child_choice(struct ms_recipe *r, struct ms_node *n, const char *word, const char *const *words,
                    int otherwise)
{
    struct ms_node *c = ms_child(n, word);
    return c ? ms_choice(r, c, c->rest, words) : otherwise;
}

void ms_words(struct ms_recipe *r, struct ms_mem *mem, const struct ms_node *n, struct ms_words *out)
{
    *out = (struct ms_words){.recipe = r, .node = n};
    char *save = NULL, *copy = ms_copy(mem, n->rest, strlen(n->rest));
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (out->count == sizeof out->list / sizeof *out->list) {
            ms_fail(r, n, "too many words");
            return;
        }
        out->list[out->count++] = w;
    }
}

bool ms_word_more(const struct ms_words *w) { return w->at < w->count; }

bool ms_word_is(struct ms_words *w, const char *word)
{
    bool is = ms_word_more(w) && !strcmp(w->list[w->at], word);
    w->at += is;
    return is;
}

const char *ms_word(struct ms_words *w)
{
    if (ms_word_more(w))
        return w->list[w->at++];
    ms_fail(w->recipe, w->node, "`%s` wants more", w->node->word);
    return "";
}

long long ms_word_number(struct ms_words *w, long long least, long long most)
{
    const char *text = ms_word(w);
    long long v = number(w->recipe, w->node, text);
    if (v < least || v > most)
        ms_fail(w->recipe, w->node, "`%s` is not within %lld and %lld", text, least, most);
    return v < least ? least : v > most ? most : v;
}

bool ms_looks_like_date(const char *word)
{
    int y, m, d, size = 0;
    return sscanf(word, "%4d-%2d-%2d%n", &y, &m, &d, &size) == 3 && !word[size];
}

int64_t ms_word_date(struct ms_words *w)
{
    int y = 0, m = 0, d = 0;
    const char *text = ms_word(w);
    if (!ms_looks_like_date(text) || sscanf(text, "%4d-%2d-%2d", &y, &m, &d) != 3 || y < 1601 || y > 4500 ||
        m < 1 || m > 12 || d < 1 || d > ms_month_length(y, m)) {
        ms_fail(w->recipe, w->node, "`%s` is no date (2024-02-29)", text);
        return 0;
    }
    return ms_days(y, m, d);
}

static int clock_of(struct ms_words *w, const char *text, bool *utc)
{
    int hour = 0, minute = 0, size = 0;
    bool good = sscanf(text, "%2d:%2d%n", &hour, &minute, &size) == 2 && hour >= 0 && hour <= 24 && minute >= 0 &&
                minute < 60;
    if (good && utc && text[size] == 'Z') {
        *utc = true;
        size++;
    }
    good = good && (hour < 24 || minute == 0);
    if (!good || text[size])
        ms_fail(w->recipe, w->node, "`%s` is no time of day (08:30)", text);
    return hour * 60 + minute;
}

int ms_word_clock(struct ms_words *w) { return clock_of(w, ms_word(w), NULL); }

int64_t ms_word_moment(struct ms_words *w, bool *utc)
{
    *utc = false;
    int64_t days = ms_word_date(w);
    if (!ms_word_more(w) || !strchr(w->list[w->at], ':'))
        return days * MS_DAY;
    return days * MS_DAY + clock_of(w, ms_word(w), utc) * 60;
}

int ms_word_span(struct ms_words *w)
{
    const char *text = ms_word(w);
    char *end = NULL;
    long v = strtol(text, &end, 10);
    int unit = *end == 'm' ? 1 : *end == 'h' ? 60 : *end == 'd' ? 1440 : *end == 'w' ? 10080 : 0;
    if (end == text || !unit || end[1] || v < -SPAN_MAX / unit || v > SPAN_MAX / unit) {
        ms_fail(w->recipe, w->node, "`%s` is no span (45m, 2h, 3d, 1w)", text);
        return 0;
    }
    return (int)v * unit;
}

void ms_hex(struct ms_recipe *r, const struct ms_node *n, const char *text, struct ms_bytes *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    unsigned half = 0, value = 0;
    for (; *text; text++) {
        const char *digit = *text == ' ' ? NULL : strchr(digits, *text);
        if (*text == ' ')
            continue;
        if (!digit) {
            ms_fail(r, n, "`%c` is no hexadecimal digit", *text);
            return;
        }
        unsigned at = (unsigned)(digit - digits);
        value = value << 4 | (at > 15 ? at - 6 : at);
        if (half)
            ms_put8(out, value & 0xff);
        half ^= 1;
    }
    if (half)
        ms_fail(r, n, "an odd number of hexadecimal digits");
}
