/*
 * scramble_markup.c - HTML, XML and RTF: markup stays, words go. See scramble.h. Pure, part of the core.
 *
 * Only words of the lists in scramble_known.c stay, and only where they are markup: inside of a tag, behind an
 * ampersand, behind a backslash. Characters that are written as numbers get other numbers of the same length.
 */
#include <string.h>

#include "rtf.h"
#include "scramble_int.h"

#define UTF16      1200u
#define UTF8       65001u
#define RTF_MOST   ((size_t)16 << 20)
#define DEPTH_MOST 256u

/* --- HTML --------------------------------------------------------------------------------------- */

static bool is_hex(unsigned c) { return scramble_is_digit(c) || (c | 0x20) - 'a' < 6; }

/* "&#228;" and "&#xE4;": sevens, which are letters at every length. */
static size_t reference_number(const struct units *u, size_t at)
{
    at += 2;
    bool hex = at < u->count && (unit_get(u, at) | 0x20) == 'x';
    for (at += hex; at < u->count && (hex ? is_hex(unit_get(u, at)) : scramble_is_digit(unit_get(u, at))); at++)
        unit_put(u, at, '7');
    return at;
}

/* Behind the ampersand at `at`. */
static size_t reference(const struct units *u, size_t at)
{
    unsigned next = at + 1 < u->count ? unit_get(u, at + 1) : 0;
    if (next == '#')
        return reference_number(u, at);
    if (!scramble_is_letter(next))
        return at + 1;
    size_t end = scramble_run_end(u, at + 1);
    while (end < u->count && scramble_is_digit(unit_get(u, end)))
        end++;
    return scramble_is_entity(u, at + 1, end) ? end : at + 1;
}

/* The first unit behind blanks. */
static unsigned after_blanks(const struct units *u, size_t at)
{
    while (at < u->count && (unit_get(u, at) == ' ' || unit_get(u, at) == '\t' || unit_get(u, at) == '\r' ||
                             unit_get(u, at) == '\n'))
        at++;
    return at < u->count ? unit_get(u, at) : 0;
}

static bool is_named(unsigned c) { return scramble_is_letter(c) || scramble_is_digit(c) || c == '-' || c == '_'; }

/* The value of charset= or encoding= begins there. */
static bool is_charset_place(const struct units *u, size_t at)
{
    static const char *const names[] = {"charset=", "encoding="};
    if (at && (unit_get(u, at - 1) == '"' || unit_get(u, at - 1) == '\''))
        at--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = strlen(names[i]), k = 0;
        while (k < size && size <= at && (unit_get(u, at - size + k) | 0x20) == ((unsigned)names[i][k] | 0x20))
            k++;
        if (k == size)
            return true;
    }
    return false;
}

/* Names of elements and of attributes, where those are, and of character sets. What an attribute says goes. */
static size_t in_tag(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at), before = at ? unit_get(u, at - 1) : 0;
    if (c == '&')
        return reference(u, at);
    if (!scramble_is_letter(c))
        return scramble_step(u, at);
    size_t end = scramble_run_end(u, at), name = end;
    while (name < u->count && is_named(unit_get(u, name)))
        name++;
    bool element = before == '<' ||
                   ((before == '/' || before == '!' || before == '?') && at > 1 && unit_get(u, at - 2) == '<');
    if ((element || after_blanks(u, name) == '=') && scramble_is_markup(u, at, end))
        return end;
    if (end < u->count && unit_get(u, end) == ':' && scramble_is_scheme(u, at, end))
        return end;
    if (is_charset_place(u, at) && scramble_is_charset(u, at, name))
        return name;
    return scramble_step(u, at);
}

static void html_words(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    struct units u = scramble_units(s, codepage, data, size);
    bool tag = false;
    for (size_t at = 0; at < u.count;) {
        unsigned c = unit_get(&u, at), next = at + 1 < u.count ? unit_get(&u, at + 1) : 0;
        if (!tag && c == '<')
            tag = scramble_is_letter(next) || next == '/' || next == '!' || next == '?';
        else if (tag && c == '>')
            tag = false;
        if (tag)
            at = in_tag(&u, at);
        else
            at = c == '&' ? reference(&u, at) : scramble_step(&u, at);
    }
}

/* Words are those of UTF-8 where it is that, which no other page is by chance; a reader may take another page. */
void pl_scramble_html(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    bool utf8 = codepage != UTF16 && pl_utf8_valid((const char *)data, size);
    bool decodes = scramble_decodes(s, codepage, data, size);
    html_words(s, scramble_is_wide_text(data, size) ? UTF16 : utf8 ? UTF8 : codepage, data, size);
    scramble_agree(s, codepage, data, size, decodes);
}

/* --- RTF ----------------------------------------------------------------------------------------- */

struct rtf {
    struct units u;
    size_t at;
    unsigned depth;
    unsigned html_depth; /* of the group that holds a piece of HTML; 0: none */
    bool tag;            /* inside of < and > there */
};

/* The number behind a control word. \uN is a letter; elsewhere it is layout, and stays behind a word that does. */
static void number(struct rtf *r, bool letter, bool kept)
{
    const struct units *u = &r->u;
    if (r->at < u->count && unit_get(u, r->at) == '-')
        r->at++;
    size_t end = r->at;
    while (end < u->count && scramble_is_digit(unit_get(u, end)))
        end++;
    for (size_t i = r->at; i < end && (letter || !kept); i++)
        unit_put(u, i, letter && end - r->at < 5 ? '7' : '2');
    r->at = end;
}

/* The bytes of \binN. */
static void bytes_clear(struct rtf *r, size_t from)
{
    size_t n = 0, left;
    for (size_t i = from; i < r->at && n < RTF_MOST; i++)
        n = scramble_is_digit(r->u.data[i]) ? n * 10 + r->u.data[i] - '0' : n;
    if (r->at < r->u.count && r->u.data[r->at] == ' ')
        r->at++;
    left = r->u.count - r->at;
    n = n < left ? n : left;
    memset(r->u.data + r->at, 0, n);
    r->at += n;
}

static bool is_word(const struct rtf *r, size_t from, size_t to, const char *word)
{
    return to - from == strlen(word) && !memcmp(r->u.data + from, word, to - from);
}

/* At the first letter of a control word. One that is not known becomes one that nobody knows. */
static void control(struct rtf *r)
{
    const struct units *u = &r->u;
    size_t from = r->at, end = scramble_run_end(u, from);
    bool kept = scramble_is_control(u, from, end);
    for (size_t i = from; i < end && !kept; i++)
        unit_put(u, i, 'z');
    r->at = end;
    number(r, is_word(r, from, end, "u"), kept);
    if (is_word(r, from, end, "bin"))
        bytes_clear(r, end);
    if (is_word(r, from, end, "htmltag") && !r->html_depth) {
        r->html_depth = r->depth;
        r->tag = false;
    }
}

/* "\'e4"; two of them may be one character, which all pages have from e0e0 to e7e7. */
static void hex(struct rtf *r)
{
    const struct units *u = &r->u;
    r->at++;
    if (r->at + 2 > u->count || !is_hex(u->data[r->at]) || !is_hex(u->data[r->at + 1]))
        return;
    uint64_t h = pl_scramble_hash(u->s, u->data + r->at, 2);
    u->data[r->at] = 'e';
    u->data[r->at + 1] = (uint8_t) "01234567"[u->s->letters < PL_SCRAMBLE_LETTERS ? 0 : h % 8];
    r->at += 2;
}

static void group(struct rtf *r, uint8_t c)
{
    r->at++;
    if (c == '{') {
        r->depth += r->depth < UINT32_MAX;
    } else {
        if (r->depth == r->html_depth)
            r->html_depth = 0;
        r->depth -= r->depth > 0;
    }
}

static void rtf_step(struct rtf *r)
{
    const struct units *u = &r->u;
    uint8_t c = u->data[r->at], next = r->at + 1 < u->count ? u->data[r->at + 1] : 0;
    if (c == '\\') {
        r->at++;
        if (scramble_is_letter(next))
            control(r);
        else if (next == '\'')
            hex(r);
        else if (next && next < 0x80)
            r->at++;
        return;
    }
    if (c == '{' || c == '}') {
        group(r, c);
        return;
    }
    if (r->html_depth && (c == '<' || c == '>'))
        r->tag = c == '<';
    if (r->html_depth && r->tag)
        r->at = in_tag(u, r->at);
    else
        r->at = r->html_depth && c == '&' ? reference(u, r->at) : scramble_step(u, r->at);
}

void pl_scramble_rtf(const struct pl_scramble *s, uint8_t *data, size_t size)
{
    struct rtf r = {.u = scramble_units(s, 1252, data, size)};
    bool decodes = scramble_rtf_decodes(s, data, size);
    while (r.at < r.u.count)
        rtf_step(&r);
    scramble_rtf_agree(s, data, size, decodes);
}
