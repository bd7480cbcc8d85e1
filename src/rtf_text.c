/*
 * rtf_text.c - the text or the HTML inside RTF: see rtf.h. A pure decoder of the core.
 *
 * [MS-OXRTFEX] 2.1.3 and 3.1.4: with \fromhtml1 the original document is what stands in
 * {\*\htmltag ...} groups, and all other text outside of \htmlrtf ... \htmlrtf0. Without
 * it the words are wanted and the formatting is not. Bytes are gathered into runs of one
 * code page, because the second byte of a character may be written as a plain letter.
 * Groups nest without recursion; beyond STACK_MOST the state of the deepest kept group
 * is shared. Work is linear in the input.
 */
#include "rtf.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define STACK_MOST   256u
#define FONTS_MOST   512u
#define RUN_SOFT     4096u /* a run is cut behind an ASCII byte from here on */
#define RUN_HARD     16384u
#define SCRATCH_MOST (1u << 20)
#define WORD_MOST    32u
#define ANSI         1252u

enum destination { TEXT, HTMLTAG, FONTS, SKIPPED };

struct state {
    enum destination destination;
    bool htmlrtf; /* text that only RTF readers shall see */
    int font;
    unsigned skip_after_u; /* \uc */
};

struct font {
    int number;
    unsigned codepage;
};

struct rtf {
    struct input {
        const char *at, *end;
    } in;
    struct pl_text *text;
    struct pl_arena scratch;
    struct pl_buf run, *out;
    unsigned run_codepage;
    unsigned *replaced;
    struct state stack[STACK_MOST];
    size_t depth; /* of open groups; may exceed the stack */
    struct state *now;
    struct font fonts[FONTS_MOST];
    size_t font_count;
    unsigned codepage;
    int default_font;
    bool html;
    bool starred;     /* \* was read: an unknown destination is to be skipped */
    unsigned to_skip; /* characters after \u that repeat it for old readers */
    uint32_t high;    /* first half of a surrogate pair, or 0 */
};

/* --- output -------------------------------------------------------------- */

static bool is_ascii(const struct pl_buf *b)
{
    for (size_t i = 0; i < b->size; i++)
        if ((unsigned char)b->data[i] >= 0x80)
            return false;
    return true;
}

static void run_flush(struct rtf *r)
{
    if (r->run.size == 0)
        return;
    if (is_ascii(&r->run)) {
        pl_buf_add(r->out, r->run.data, r->run.size);
    } else {
        bool known;
        char *utf8 = pl_text_codepage(r->text, &r->scratch, r->run_codepage, (const uint8_t *)r->run.data,
                                      r->run.size, r->replaced, &known);
        if (utf8)
            pl_buf_puts(r->out, utf8);
        else
            r->out->failed = true;
        pl_arena_reset(&r->scratch);
    }
    pl_buf_clear(&r->run);
}

static void high_flush(struct rtf *r)
{
    if (!r->high)
        return;
    r->high = 0;
    (*r->replaced)++;
    pl_buf_puts(r->out, "\xEF\xBF\xBD");
}

static bool is_visible(const struct rtf *r)
{
    return (r->now->destination == TEXT && !r->now->htmlrtf) || r->now->destination == HTMLTAG;
}

static unsigned codepage_now(const struct rtf *r)
{
    if (r->now->destination == HTMLTAG)
        return r->codepage;
    for (size_t i = 0; i < r->font_count; i++)
        if (r->fonts[i].number == r->now->font)
            return r->fonts[i].codepage ? r->fonts[i].codepage : r->codepage;
    return r->codepage;
}

static void byte_put(struct rtf *r, unsigned char byte)
{
    if (r->to_skip > 0) {
        r->to_skip--;
        return;
    }
    if (!is_visible(r) || (byte < 0x20 && byte != '\t'))
        return;
    high_flush(r);
    unsigned codepage = codepage_now(r);
    bool full = r->run.size >= RUN_HARD || (r->run.size >= RUN_SOFT && byte <= ' ');
    if (codepage != r->run_codepage || full)
        run_flush(r);
    r->run_codepage = codepage;
    pl_buf_putc(&r->run, (char)byte);
    r->out->failed |= r->run.failed;
}

static void utf8_put(struct rtf *r, const char *text)
{
    if (r->to_skip > 0) {
        r->to_skip--;
        return;
    }
    if (!is_visible(r))
        return;
    run_flush(r);
    high_flush(r);
    pl_buf_puts(r->out, text);
}

static void character_put(struct rtf *r, uint32_t c)
{
    char b[5] = {0};
    if (c < 0x80) {
        b[0] = (char)c;
    } else if (c < 0x800) {
        b[0] = (char)(0xC0 | c >> 6);
        b[1] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        b[0] = (char)(0xE0 | c >> 12);
        b[1] = (char)(0x80 | (c >> 6 & 0x3F));
        b[2] = (char)(0x80 | (c & 0x3F));
    } else {
        b[0] = (char)(0xF0 | c >> 18);
        b[1] = (char)(0x80 | (c >> 12 & 0x3F));
        b[2] = (char)(0x80 | (c >> 6 & 0x3F));
        b[3] = (char)(0x80 | (c & 0x3F));
    }
    if (c >= 0x20 || c == '\t' || c == '\n')
        pl_buf_puts(r->out, b);
}

/* \uN: N is a signed 16-bit number, two of them may make one character. */
static void unicode_put(struct rtf *r, int n)
{
    r->to_skip = 0;
    if (is_visible(r)) {
        uint32_t c = (uint32_t)n & 0xFFFF;
        bool low = c >= 0xDC00 && c <= 0xDFFF;
        run_flush(r);
        if (low && r->high) {
            character_put(r, 0x10000 + ((r->high & 0x3FF) << 10) + (c & 0x3FF));
            r->high = 0;
        } else {
            high_flush(r);
            if (low || (c >= 0xD800 && c <= 0xDBFF))
                r->high = c;
            else
                character_put(r, c);
            if (low)
                high_flush(r);
        }
    }
    r->to_skip = r->now->skip_after_u;
}

/* --- control words ------------------------------------------------------- */

struct charset {
    unsigned charset, codepage;
};

/* \fcharsetN; 0 as code page: that of the document. */
static const struct charset charsets[] = {
    {0, 1252},   {1, 0},      {2, 1252},   {77, 10000}, {78, 10001}, {79, 10003}, {80, 10008}, {81, 10002},
    {128, 932},  {129, 949},  {130, 1361}, {134, 936},  {136, 950},  {161, 1253}, {162, 1254}, {163, 1258},
    {177, 1255}, {178, 1256}, {186, 1257}, {204, 1251}, {222, 874},  {238, 1250}, {254, 437},  {255, 850},
};

static void font_codepage(struct rtf *r, unsigned codepage)
{
    if (r->now->destination == FONTS && r->font_count > 0)
        r->fonts[r->font_count - 1].codepage = codepage;
}

static void font_charset(struct rtf *r, int n)
{
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
        if ((int)charsets[i].charset == n)
            font_codepage(r, charsets[i].codepage);
}

static void font_select(struct rtf *r, int n)
{
    r->now->font = n;
    if (r->now->destination != FONTS || r->font_count == FONTS_MOST)
        return;
    r->fonts[r->font_count++] = (struct font){.number = n};
}

/* UTF-16 can't be a page of bytes here; 0 means the usual one. */
static void codepage_set(struct rtf *r, int n)
{
    r->codepage = n > 0 && n != 1200 && n != 1201 ? (unsigned)n : ANSI;
}

enum word_kind {
    W_DESTINATION, /* skip the group */
    W_FONTS,
    W_HTMLTAG,
    W_PNTEXT, /* a list label: words for readers of text, noise beside HTML */
    W_HTMLRTF,
    W_FROMHTML,
    W_ANSICPG,
    W_CODEPAGE, /* \mac and the like */
    W_FONT,
    W_CHARSET,
    W_CPG,
    W_DEFF,
    W_PLAIN,
    W_UC,
    W_U,
    W_BREAK,
    W_SYMBOL,
    W_BIN
};

struct word {
    const char *name;
    enum word_kind kind;
    const char *text, *html; /* of a symbol; html NULL: the same */
    unsigned codepage;
};

/* By name, for bsearch. */
static const struct word words[] = {
    {.name = "ansi", .kind = W_CODEPAGE, .codepage = ANSI},
    {.name = "ansicpg", .kind = W_ANSICPG},
    {.name = "author", .kind = W_DESTINATION},
    {.name = "bin", .kind = W_BIN},
    {.name = "bullet", .kind = W_SYMBOL, .text = "\xE2\x80\xA2", .html = "&bull;"},
    {.name = "cell", .kind = W_SYMBOL, .text = "\t"},
    {.name = "colortbl", .kind = W_DESTINATION},
    {.name = "company", .kind = W_DESTINATION},
    {.name = "cpg", .kind = W_CPG},
    {.name = "deff", .kind = W_DEFF},
    {.name = "emdash", .kind = W_SYMBOL, .text = "\xE2\x80\x94", .html = "&mdash;"},
    {.name = "emspace", .kind = W_SYMBOL, .text = "\xE2\x80\x83", .html = "&emsp;"},
    {.name = "endash", .kind = W_SYMBOL, .text = "\xE2\x80\x93", .html = "&ndash;"},
    {.name = "enspace", .kind = W_SYMBOL, .text = "\xE2\x80\x82", .html = "&ensp;"},
    {.name = "f", .kind = W_FONT},
    {.name = "fcharset", .kind = W_CHARSET},
    {.name = "fldinst", .kind = W_DESTINATION},
    {.name = "fonttbl", .kind = W_FONTS},
    {.name = "footer", .kind = W_DESTINATION},
    {.name = "footerf", .kind = W_DESTINATION},
    {.name = "footerl", .kind = W_DESTINATION},
    {.name = "footerr", .kind = W_DESTINATION},
    {.name = "fromhtml", .kind = W_FROMHTML},
    {.name = "header", .kind = W_DESTINATION},
    {.name = "headerf", .kind = W_DESTINATION},
    {.name = "headerl", .kind = W_DESTINATION},
    {.name = "headerr", .kind = W_DESTINATION},
    {.name = "htmlrtf", .kind = W_HTMLRTF},
    {.name = "htmltag", .kind = W_HTMLTAG},
    {.name = "info", .kind = W_DESTINATION},
    {.name = "ldblquote", .kind = W_SYMBOL, .text = "\xE2\x80\x9C", .html = "&ldquo;"},
    {.name = "line", .kind = W_BREAK},
    {.name = "listoverridetable", .kind = W_DESTINATION},
    {.name = "listtable", .kind = W_DESTINATION},
    {.name = "listtext", .kind = W_PNTEXT},
    {.name = "lquote", .kind = W_SYMBOL, .text = "\xE2\x80\x98", .html = "&lsquo;"},
    {.name = "mac", .kind = W_CODEPAGE, .codepage = 10000},
    {.name = "nonshppict", .kind = W_DESTINATION},
    {.name = "objdata", .kind = W_DESTINATION},
    {.name = "object", .kind = W_DESTINATION},
    {.name = "page", .kind = W_BREAK},
    {.name = "par", .kind = W_BREAK},
    {.name = "pc", .kind = W_CODEPAGE, .codepage = 437},
    {.name = "pca", .kind = W_CODEPAGE, .codepage = 850},
    {.name = "pict", .kind = W_DESTINATION},
    {.name = "plain", .kind = W_PLAIN},
    {.name = "pntext", .kind = W_PNTEXT},
    {.name = "rdblquote", .kind = W_SYMBOL, .text = "\xE2\x80\x9D", .html = "&rdquo;"},
    {.name = "revtbl", .kind = W_DESTINATION},
    {.name = "row", .kind = W_BREAK},
    {.name = "rquote", .kind = W_SYMBOL, .text = "\xE2\x80\x99", .html = "&rsquo;"},
    {.name = "sect", .kind = W_BREAK},
    {.name = "stylesheet", .kind = W_DESTINATION},
    {.name = "tab", .kind = W_SYMBOL, .text = "\t"},
    {.name = "u", .kind = W_U},
    {.name = "uc", .kind = W_UC},
};

static int word_compare(const void *key, const void *row) { return strcmp(key, ((const struct word *)row)->name); }

static void bytes_pass(struct rtf *r, int n)
{
    size_t left = (size_t)(r->in.end - r->in.at);
    r->in.at += n > 0 && (size_t)n < left ? (size_t)n : n > 0 ? left : 0;
}

/* Words that open a destination, or change what text means. */
static void word_state(struct rtf *r, const struct word *w, bool has_number, int n)
{
    struct state *s = r->now;
    switch (w->kind) {
    case W_FONTS: s->destination = s->destination == SKIPPED ? SKIPPED : FONTS; break;
    case W_HTMLTAG: s->destination = r->html && s->destination != SKIPPED ? HTMLTAG : SKIPPED; break;
    case W_PNTEXT: s->destination = r->html ? SKIPPED : s->destination; break;
    case W_HTMLRTF: s->htmlrtf = r->html && !(has_number && n == 0); break;
    case W_FROMHTML: r->html = !(has_number && n == 0); break;
    case W_ANSICPG: codepage_set(r, n); break;
    case W_CODEPAGE: r->codepage = w->codepage; break;
    case W_FONT: font_select(r, n); break;
    case W_CHARSET: font_charset(r, n); break;
    case W_CPG: font_codepage(r, n > 0 && n != 1200 && n != 1201 ? (unsigned)n : 0); break;
    case W_DEFF: s->font = r->default_font = n; break;
    case W_PLAIN: s->font = r->default_font; break;
    case W_UC: s->skip_after_u = n > 0 && n < 256 ? (unsigned)n : 0; break;
    default: s->destination = SKIPPED;
    }
}

static void word_do(struct rtf *r, const char *name, bool has_number, int n)
{
    const struct word *w = bsearch(name, words, sizeof words / sizeof words[0], sizeof words[0], word_compare);
    bool starred = r->starred;
    r->starred = false;
    if (!w) {
        if (starred)
            r->now->destination = SKIPPED;
        if (r->to_skip > 0)
            r->to_skip--;
        return;
    }
    switch (w->kind) {
    case W_U: unicode_put(r, n); break;
    case W_BREAK: utf8_put(r, "\n"); break;
    case W_SYMBOL: utf8_put(r, r->html && w->html ? w->html : w->text); break;
    case W_BIN: bytes_pass(r, n); break;
    default: word_state(r, w, has_number, n);
    }
}

/* --- the reader ---------------------------------------------------------- */

static void group_open(struct rtf *r)
{
    r->to_skip = 0;
    r->starred = false;
    r->depth++;
    if (r->depth < STACK_MOST) {
        r->stack[r->depth] = *r->now;
        r->now = &r->stack[r->depth];
    }
}

static void group_close(struct rtf *r)
{
    r->to_skip = 0;
    r->starred = false;
    if (r->depth == 0)
        return;
    r->depth--;
    if (r->depth < STACK_MOST)
        r->now = &r->stack[r->depth];
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int hex_of(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static void word_read(struct rtf *r)
{
    char name[WORD_MOST + 1];
    size_t length = 0;
    while (r->in.at < r->in.end && is_letter(*r->in.at)) {
        if (length < WORD_MOST)
            name[length++] = *r->in.at;
        r->in.at++;
    }
    name[length] = 0;
    bool negative = false, has_number = false;
    int n = 0;
    if (r->in.end - r->in.at > 1 && *r->in.at == '-' && is_digit(r->in.at[1])) {
        negative = true;
        r->in.at++;
    }
    for (; r->in.at < r->in.end && is_digit(*r->in.at); r->in.at++) {
        has_number = true;
        if (n < 100000000)
            n = n * 10 + (*r->in.at - '0');
    }
    if (r->in.at < r->in.end && *r->in.at == ' ')
        r->in.at++;
    word_do(r, name, has_number, negative ? -n : n);
}

/* What follows a backslash and is no letter. */
static void symbol_read(struct rtf *r)
{
    char c = *r->in.at++;
    switch (c) {
    case '\'':
        if (r->in.end - r->in.at >= 2 && hex_of(r->in.at[0]) >= 0 && hex_of(r->in.at[1]) >= 0) {
            byte_put(r, (unsigned char)(hex_of(r->in.at[0]) << 4 | hex_of(r->in.at[1])));
            r->in.at += 2;
        }
        break;
    case '*': r->starred = true; break;
    case '~': utf8_put(r, r->html ? "&nbsp;" : "\xC2\xA0"); break;
    case '_': utf8_put(r, r->html ? "&shy;" : "\xE2\x80\x91"); break;
    case '-': utf8_put(r, r->html ? "&shy;" : ""); break;
    case '\n':
    case '\r': utf8_put(r, "\n"); break;
    case '{':
    case '}':
    case '\\': byte_put(r, (unsigned char)c); break;
    default: break;
    }
}

static void rtf_read(struct rtf *r)
{
    while (r->in.at < r->in.end && !r->out->failed) {
        char c = *r->in.at++;
        if (c == '{')
            group_open(r);
        else if (c == '}')
            group_close(r);
        else if (c == '\\' && r->in.at < r->in.end && is_letter(*r->in.at))
            word_read(r);
        else if (c == '\\' && r->in.at < r->in.end)
            symbol_read(r);
        else if (c != '\r' && c != '\n' && c != '\0')
            byte_put(r, (unsigned char)c);
    }
    run_flush(r);
    high_flush(r);
}

enum pl_rtf_kind pl_rtf_text(struct pl_text *t, const char *rtf, size_t size, struct pl_buf *out,
                             unsigned *replaced)
{
    struct rtf *r = calloc(1, sizeof *r);
    if (!r) {
        pl_memory_missed();
        out->failed = true;
        return PL_RTF_PLAIN;
    }
    r->in.at = rtf;
    r->in.end = rtf + size;
    r->text = t;
    pl_arena_init(&r->scratch, SCRATCH_MOST);
    pl_buf_init(&r->run, RUN_HARD + 1);
    r->out = out;
    r->replaced = replaced;
    r->now = &r->stack[0];
    r->now->skip_after_u = 1;
    r->codepage = r->run_codepage = ANSI;
    rtf_read(r);
    enum pl_rtf_kind kind = r->html ? PL_RTF_HTML : PL_RTF_PLAIN;
    pl_arena_release(&r->scratch);
    pl_buf_release(&r->run);
    free(r);
    return kind;
}
