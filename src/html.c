/*
 * html.c - HTML to plain text that people can read: see rtf.h. A pure function of the core.
 *
 * Not a renderer: tags go, entities become characters, white space collapses, blocks
 * become lines and list items get a mark. The address of a link stays when the words do
 * not show it already, because meetings live behind links. One pass without a tree, so
 * hostile nesting costs nothing. Entities: HTML 4.01 section 24; bytes 0x80-0x9F of
 * numeric ones are read as windows-1252, as browsers do.
 */
#include "rtf.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MOST   16u
#define HREF_MOST   2048u
#define BLANKS_MOST 2 /* line ends in a row */

struct html {
    const char *at, *end;
    struct pl_buf *out;
    int line_ends; /* at the end of out */
    bool at_start; /* nothing but white space so far */
    bool space;    /* white space waits for a word behind it */
    int pre;       /* inside <pre> */
    char href[HREF_MOST];
    size_t href_size, link_at; /* out->size where the words of the link begin */
};

/* --- output -------------------------------------------------------------- */

static void lines_end(struct html *h, int wanted)
{
    h->space = false;
    if (h->at_start)
        return;
    while (h->out->size > 0 && h->out->data[h->out->size - 1] == ' ')
        h->out->data[--h->out->size] = 0;
    for (; h->line_ends < wanted; h->line_ends++)
        pl_buf_putc(h->out, '\n');
}

/* A <br>, or an empty paragraph: one more line end, up to a blank line. */
static void line_break(struct html *h)
{
    lines_end(h, h->line_ends < BLANKS_MOST ? h->line_ends + 1 : BLANKS_MOST);
}

static void text_put(struct html *h, const char *text, size_t size)
{
    if (h->space && h->line_ends == 0 && !h->at_start)
        pl_buf_putc(h->out, ' ');
    h->space = false;
    pl_buf_add(h->out, text, size);
    h->line_ends = 0;
    h->at_start = false;
}

static void character_put(struct html *h, uint32_t c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xC0 | c >> 6);
        b[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xE0 | c >> 12);
        b[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        b[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        b[n++] = (char)(0xF0 | c >> 18);
        b[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        b[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        b[n++] = (char)(0x80 | (c & 0x3F));
    }
    text_put(h, b, n);
}

/* --- entities ------------------------------------------------------------ */

struct entity {
    char name[9];
    uint16_t code;
};

/* By name, for bsearch. HTML 4.01, and apos. */
static const struct entity entities[] = {
    {"AElig", 198},   {"Aacute", 193},  {"Acirc", 194},    {"Agrave", 192},  {"Alpha", 913},    {"Aring", 197},
    {"Atilde", 195},  {"Auml", 196},    {"Beta", 914},     {"Ccedil", 199},  {"Chi", 935},      {"Dagger", 8225},
    {"Delta", 916},   {"ETH", 208},     {"Eacute", 201},   {"Ecirc", 202},   {"Egrave", 200},   {"Epsilon", 917},
    {"Eta", 919},     {"Euml", 203},    {"Gamma", 915},    {"Iacute", 205},  {"Icirc", 206},    {"Igrave", 204},
    {"Iota", 921},    {"Iuml", 207},    {"Kappa", 922},    {"Lambda", 923},  {"Mu", 924},       {"Ntilde", 209},
    {"Nu", 925},      {"OElig", 338},   {"Oacute", 211},   {"Ocirc", 212},   {"Ograve", 210},   {"Omega", 937},
    {"Omicron", 927}, {"Oslash", 216},  {"Otilde", 213},   {"Ouml", 214},    {"Phi", 934},      {"Pi", 928},
    {"Prime", 8243},  {"Psi", 936},     {"Rho", 929},      {"Scaron", 352},  {"Sigma", 931},    {"THORN", 222},
    {"Tau", 932},     {"Theta", 920},   {"Uacute", 218},   {"Ucirc", 219},   {"Ugrave", 217},   {"Upsilon", 933},
    {"Uuml", 220},    {"Xi", 926},      {"Yacute", 221},   {"Yuml", 376},    {"Zeta", 918},     {"aacute", 225},
    {"acirc", 226},   {"acute", 180},   {"aelig", 230},    {"agrave", 224},  {"alefsym", 8501}, {"alpha", 945},
    {"amp", 38},      {"and", 8743},    {"ang", 8736},     {"apos", 39},     {"aring", 229},    {"asymp", 8776},
    {"atilde", 227},  {"auml", 228},    {"bdquo", 8222},   {"beta", 946},    {"brvbar", 166},   {"bull", 8226},
    {"cap", 8745},    {"ccedil", 231},  {"cedil", 184},    {"cent", 162},    {"chi", 967},      {"circ", 710},
    {"clubs", 9827},  {"cong", 8773},   {"copy", 169},     {"crarr", 8629},  {"cup", 8746},     {"curren", 164},
    {"dArr", 8659},   {"dagger", 8224}, {"darr", 8595},    {"deg", 176},     {"delta", 948},    {"diams", 9830},
    {"divide", 247},  {"eacute", 233},  {"ecirc", 234},    {"egrave", 232},  {"empty", 8709},   {"emsp", 8195},
    {"ensp", 8194},   {"epsilon", 949}, {"equiv", 8801},   {"eta", 951},     {"eth", 240},      {"euml", 235},
    {"euro", 8364},   {"exist", 8707},  {"fnof", 402},     {"forall", 8704}, {"frac12", 189},   {"frac14", 188},
    {"frac34", 190},  {"frasl", 8260},  {"gamma", 947},    {"ge", 8805},     {"gt", 62},        {"hArr", 8660},
    {"harr", 8596},   {"hearts", 9829}, {"hellip", 8230},  {"iacute", 237},  {"icirc", 238},    {"iexcl", 161},
    {"igrave", 236},  {"image", 8465},  {"infin", 8734},   {"int", 8747},    {"iota", 953},     {"iquest", 191},
    {"isin", 8712},   {"iuml", 239},    {"kappa", 954},    {"lArr", 8656},   {"lambda", 955},   {"lang", 9001},
    {"laquo", 171},   {"larr", 8592},   {"lceil", 8968},   {"ldquo", 8220},  {"le", 8804},      {"lfloor", 8970},
    {"lowast", 8727}, {"loz", 9674},    {"lrm", 8206},     {"lsaquo", 8249}, {"lsquo", 8216},   {"lt", 60},
    {"macr", 175},    {"mdash", 8212},  {"micro", 181},    {"middot", 183},  {"minus", 8722},   {"mu", 956},
    {"nabla", 8711},  {"nbsp", 160},    {"ndash", 8211},   {"ne", 8800},     {"ni", 8715},      {"not", 172},
    {"notin", 8713},  {"nsub", 8836},   {"ntilde", 241},   {"nu", 957},      {"oacute", 243},   {"ocirc", 244},
    {"oelig", 339},   {"ograve", 242},  {"oline", 8254},   {"omega", 969},   {"omicron", 959},  {"oplus", 8853},
    {"or", 8744},     {"ordf", 170},    {"ordm", 186},     {"oslash", 248},  {"otilde", 245},   {"otimes", 8855},
    {"ouml", 246},    {"para", 182},    {"part", 8706},    {"permil", 8240}, {"perp", 8869},    {"phi", 966},
    {"pi", 960},      {"piv", 982},     {"plusmn", 177},   {"pound", 163},   {"prime", 8242},   {"prod", 8719},
    {"prop", 8733},   {"psi", 968},     {"quot", 34},      {"rArr", 8658},   {"radic", 8730},   {"rang", 9002},
    {"raquo", 187},   {"rarr", 8594},   {"rceil", 8969},   {"rdquo", 8221},  {"real", 8476},    {"reg", 174},
    {"rfloor", 8971}, {"rho", 961},     {"rlm", 8207},     {"rsaquo", 8250}, {"rsquo", 8217},   {"sbquo", 8218},
    {"scaron", 353},  {"sdot", 8901},   {"sect", 167},     {"shy", 173},     {"sigma", 963},    {"sigmaf", 962},
    {"sim", 8764},    {"spades", 9824}, {"sub", 8834},     {"sube", 8838},   {"sum", 8721},     {"sup", 8835},
    {"sup1", 185},    {"sup2", 178},    {"sup3", 179},     {"supe", 8839},   {"szlig", 223},    {"tau", 964},
    {"there4", 8756}, {"theta", 952},   {"thetasym", 977}, {"thinsp", 8201}, {"thorn", 254},    {"tilde", 732},
    {"times", 215},   {"trade", 8482},  {"uArr", 8657},    {"uacute", 250},  {"uarr", 8593},    {"ucirc", 251},
    {"ugrave", 249},  {"uml", 168},     {"upsih", 978},    {"upsilon", 965}, {"uuml", 252},     {"weierp", 8472},
    {"xi", 958},      {"yacute", 253},  {"yen", 165},      {"yuml", 255},    {"zeta", 950},     {"zwj", 8205},
    {"zwnj", 8204},
};

/* windows-1252 of 0x80..0x9F; 0 = open. */
static const uint16_t c1[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static int entity_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct entity *)row)->name);
}

static uint32_t number_read(const char *p, size_t size)
{
    bool hex = size > 0 && (p[0] == 'x' || p[0] == 'X');
    uint32_t v = 0;
    for (size_t i = hex; i < size; i++) {
        char c = p[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (uint32_t)((c | 0x20) - 'a') + 10;
        else
            return 0;
        v = v * (hex ? 16 : 10) + digit;
        if (v > 0x10FFFF)
            return 0xFFFD;
    }
    if (v >= 0x80 && v < 0xA0)
        v = c1[v - 0x80];
    if (v == 0 || (v >= 0xD800 && v <= 0xDFFF))
        return 0xFFFD;
    return v;
}

/* The character of the entity at h->at, behind its '&', which is passed; 0: none is there. */
static uint32_t entity_read(struct html *h)
{
    char name[NAME_MOST];
    size_t n = 0, left = (size_t)(h->end - h->at);
    while (n < left && n + 1 < NAME_MOST &&
           (h->at[n] == '#' || (h->at[n] >= '0' && h->at[n] <= '9') ||
            ((h->at[n] | 0x20) >= 'a' && (h->at[n] | 0x20) <= 'z'))) {
        name[n] = h->at[n];
        n++;
    }
    name[n] = 0;
    uint32_t c = 0;
    if (n > 1 && name[0] == '#') {
        c = number_read(name + 1, n - 1);
    } else {
        const struct entity *e =
            bsearch(name, entities, sizeof entities / sizeof entities[0], sizeof entities[0], entity_compare);
        c = e ? e->code : 0;
    }
    if (c == 0)
        return 0;
    h->at += n;
    if (h->at < h->end && *h->at == ';')
        h->at++;
    return c;
}

/* --- tags ---------------------------------------------------------------- */

enum tag_kind { T_BLOCK, T_PARAGRAPH, T_BREAK, T_ITEM, T_CELL, T_HIDDEN, T_PRE, T_LINK, T_RULE };

struct tag {
    char name[11];
    enum tag_kind kind;
};

/* By name, for bsearch. */
static const struct tag tags[] = {
    {"a", T_LINK},        {"address", T_BLOCK}, {"blockquote", T_PARAGRAPH},
    {"br", T_BREAK},      {"center", T_BLOCK},  {"dd", T_BLOCK},
    {"div", T_BLOCK},     {"dl", T_PARAGRAPH},  {"dt", T_BLOCK},
    {"form", T_BLOCK},    {"h1", T_PARAGRAPH},  {"h2", T_PARAGRAPH},
    {"h3", T_PARAGRAPH},  {"h4", T_PARAGRAPH},  {"h5", T_PARAGRAPH},
    {"h6", T_PARAGRAPH},  {"hr", T_RULE},       {"li", T_ITEM},
    {"ol", T_BLOCK},      {"p", T_PARAGRAPH},   {"pre", T_PRE},
    {"script", T_HIDDEN}, {"style", T_HIDDEN},  {"table", T_BLOCK},
    {"td", T_CELL},       {"th", T_CELL},       {"title", T_HIDDEN},
    {"tr", T_BLOCK},      {"ul", T_BLOCK},
};

static int tag_compare(const void *key, const void *row) { return strcmp(key, ((const struct tag *)row)->name); }

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool begins(const char *at, const char *end, const char *word)
{
    for (; *word; at++, word++)
        if (at >= end || lower(*at) != *word)
            return false;
    return true;
}

/* The end of a tag: its '>', outside of quotes; or the end of the text. */
static const char *tag_end(const char *p, const char *end)
{
    char quote = 0;
    for (; p < end; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if (*p == '>')
            return p;
        else if ((*p == '"' || *p == '\'') && p[-1] == '=')
            quote = *p;
    }
    return end;
}

/* The value of an attribute between p and end, still with its entities. */
static const char *attribute_find(const char *p, const char *end, const char *name, size_t *size)
{
    size_t length = strlen(name);
    for (; p + length < end; p++) {
        if (!is_space(p[0]) || !begins(p + 1, end, name))
            continue;
        const char *v = p + 1 + length;
        while (v < end && is_space(*v))
            v++;
        if (v >= end || *v != '=')
            continue;
        v++;
        while (v < end && is_space(*v))
            v++;
        char quote = v < end && (*v == '"' || *v == '\'') ? *v++ : 0;
        const char *stop = v;
        while (stop < end && (quote ? *stop != quote : !is_space(*stop)))
            stop++;
        *size = (size_t)(stop - v);
        return v;
    }
    return NULL;
}

static void link_open(struct html *h, const char *attributes, const char *end)
{
    size_t size;
    const char *href = attribute_find(attributes, end, "href", &size);
    h->href_size = 0;
    h->link_at = h->out->size;
    if (!href || size >= HREF_MOST || !(begins(href, href + size, "http") || begins(href, href + size, "tel:")))
        return;
    struct html inner = {.at = href, .end = href + size};
    while (inner.at < inner.end) {
        const char *amp = inner.at++;
        uint32_t c = *amp == '&' ? entity_read(&inner) : 0;
        if ((unsigned char)*amp > 0x20 && *amp != 0x7F)
            h->href[h->href_size++] = c > 0x20 && c < 0x7F ? (char)c : *amp;
    }
}

static void link_close(struct html *h)
{
    if (h->href_size == 0 || h->out->size < h->link_at)
        return;
    const char *words = h->out->data ? h->out->data + h->link_at : "";
    size_t size = h->out->size - h->link_at;
    if (!memmem(words, size, h->href, h->href_size)) {
        h->space = size > 0;
        text_put(h, "<", 1);
        pl_buf_add(h->out, h->href, h->href_size);
        text_put(h, ">", 1);
    }
    h->href_size = 0;
}

/* Everything up to the closing tag of a script or style. */
static void hidden_pass(struct html *h, const char *name)
{
    size_t length = strlen(name);
    for (; h->at < h->end; h->at++) {
        const char *p = memchr(h->at, '<', (size_t)(h->end - h->at));
        h->at = p ? p : h->end;
        if (p && h->end - p > 2 && p[1] == '/' && begins(p + 2, h->end, name)) {
            h->at = tag_end(p + 2 + length, h->end);
            h->at += h->at < h->end;
            return;
        }
        if (!p)
            return;
    }
}

/* Outlook's paragraphs have no margin: only the others stand apart. */
static int paragraph_lines(const char *attributes, const char *end)
{
    size_t size;
    const char *class = attribute_find(attributes, end, "class", &size);
    return class && begins(class, class + size, "mso") ? 1 : 2;
}

static void tag_do(struct html *h, const struct tag *t, bool closing, const char *attributes, const char *end)
{
    switch (t->kind) {
    case T_BLOCK: lines_end(h, 1); break;
    case T_PARAGRAPH: lines_end(h, closing ? 1 : paragraph_lines(attributes, end)); break;
    case T_BREAK: line_break(h); break;
    case T_RULE: lines_end(h, 2); break;
    case T_CELL: h->space = true; break;
    case T_ITEM:
        lines_end(h, 1);
        if (!closing)
            text_put(h, "* ", 2);
        break;
    case T_PRE:
        lines_end(h, 1);
        h->pre = !closing;
        break;
    case T_HIDDEN:
        if (!closing)
            hidden_pass(h, t->name);
        break;
    case T_LINK:
        if (closing)
            link_close(h);
        else
            link_open(h, attributes, end);
        break;
    }
}

static void comment_pass(struct html *h)
{
    const char *p = memmem(h->at, (size_t)(h->end - h->at), "-->", 3);
    h->at = p ? p + 3 : h->end;
}

/* At the byte behind a '<'. false: it begins no tag and is text. */
static bool tag_read(struct html *h)
{
    if (begins(h->at, h->end, "!--")) {
        h->at += 3;
        comment_pass(h);
        return true;
    }
    const char *p = h->at;
    bool closing = p < h->end && *p == '/';
    p += closing;
    char first = p < h->end ? lower(*p) : 0;
    if (!(first >= 'a' && first <= 'z') && first != '!' && first != '?')
        return false;
    char name[NAME_MOST];
    size_t n = 0;
    while (p < h->end && *p != '>' && *p != '/' && !is_space(*p)) {
        if (n + 1 < NAME_MOST)
            name[n++] = lower(*p);
        p++;
    }
    name[n] = 0;
    const char *end = tag_end(p, h->end);
    h->at = end < h->end ? end + 1 : end;
    const struct tag *t = bsearch(name, tags, sizeof tags / sizeof tags[0], sizeof tags[0], tag_compare);
    if (t)
        tag_do(h, t, closing, p, end);
    return true;
}

/* --- text ---------------------------------------------------------------- */

static void byte_do(struct html *h, char c)
{
    if (c == '&') {
        uint32_t code = entity_read(h);
        if (code == 0xA0)
            text_put(h, " ", 1);
        else if (code >= 0x20)
            character_put(h, code);
        else if (code == 0)
            text_put(h, "&", 1);
        else
            h->space = true;
    } else if (h->pre && c == '\n') {
        h->line_ends = 0;
        lines_end(h, 1);
        h->line_ends = 1;
    } else if (is_space(c) && !h->pre) {
        h->space = true;
    } else if ((unsigned char)c >= 0x20 || c == '\t') {
        text_put(h, &c, 1);
    }
}

void pl_html_text(const char *html, size_t size, struct pl_buf *out)
{
    struct html h = {.at = html, .end = html + size, .out = out, .at_start = true};
    while (h.at < h.end && !out->failed) {
        char c = *h.at++;
        if (c != '<' || !tag_read(&h))
            byte_do(&h, c);
    }
    while (out->size > 0 && (out->data[out->size - 1] == '\n' || out->data[out->size - 1] == ' '))
        out->data[--out->size] = 0;
}
