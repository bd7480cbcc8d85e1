/*
 * idmap_ldif.c - identity maps as LDIF, RFC 2849: entries of attributes, folded lines, base64.
 *
 * Layer: core, part of idmap. Only content is read: a record that changes an entry says not
 * what the entry is, so it counts as a fault, but for `changetype: add`, with which ldifde
 * writes exports. What ldapsearch adds at the end ("search: 2", "result: 0") is no entry.
 * The `dn:` of an entry is the directory's name of it, not the one that items have.
 */
#include "idmap_int.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define ATTRIBUTE_MOST 256

/* The next byte of the line with folds taken out; '\n' at its end, IDMAP_EOF at that of the file. */
static int line_get(struct idmap_input *in)
{
    for (;;) {
        int c = idmap_get(in);
        if (c == '\r') {
            int next = idmap_get(in);
            if (next != '\n') {
                idmap_unget(in, next);
                return '\r';
            }
            c = next;
        }
        if (c != '\n')
            return c;
        int next = idmap_get(in);
        if (next != ' ') {
            idmap_unget(in, next);
            return '\n';
        }
    }
}

static void line_skip(struct idmap_input *in, int c)
{
    while (c != '\n' && c != IDMAP_EOF)
        c = line_get(in);
}

struct ldif_line {
    char attribute[ATTRIBUTE_MOST];
    enum { LDIF_BLANK, LDIF_COMMENT, LDIF_TEXT, LDIF_BASE64, LDIF_URL, LDIF_WRONG, LDIF_EOF } form;
    int first; /* byte of the value, when it was read already; else 0 */
};

/* Up to the value; a line without a value is read whole. */
static void attribute_read(struct idmap_input *in, struct ldif_line *l)
{
    size_t n = 0;
    int c = line_get(in);
    l->attribute[0] = '\0';
    l->first = 0;
    l->form = c == IDMAP_EOF ? LDIF_EOF : c == '\n' ? LDIF_BLANK : c == '#' ? LDIF_COMMENT : LDIF_WRONG;
    if (l->form == LDIF_COMMENT)
        line_skip(in, c);
    if (l->form != LDIF_WRONG)
        return;
    for (; c != ':' && c != '\n' && c != IDMAP_EOF; c = line_get(in))
        if (n < ATTRIBUTE_MOST - 1)
            l->attribute[n++] = (char)c;
    l->attribute[n] = '\0';
    if (c != ':') /* the line, or the file, ends here */
        return;
    c = line_get(in);
    l->form = c == ':' ? LDIF_BASE64 : c == '<' ? LDIF_URL : LDIF_TEXT;
    if (l->form == LDIF_TEXT)
        l->first = c;
}

/* "displayName;lang-de" is a name for some; "objectSid;binary" is objectSid. */
static enum idmap_field field_of(const char *attribute)
{
    size_t size = strcspn(attribute, ";");
    if (!strncasecmp(attribute + size, ";lang-", 6) || (size == 2 && !strncasecmp(attribute, "dn", 2)))
        return IDMAP_OTHER;
    return idmap_field_of(attribute, size);
}

static int digit_of(int c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c > 0 && c < 0x80 ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* What ended the value; *good is false when this is no base64. */
static int base64_read(struct idmap_input *in, struct pl_buf *b, bool *good)
{
    uint32_t bits = 0;
    unsigned count = 0, pads = 0;
    int c = line_get(in);
    for (; c != '\n' && c != IDMAP_EOF; c = line_get(in)) {
        int digit = digit_of(c);
        if (c == ' ' || c == '\t' || c == '\r')
            continue;
        if (c == '=')
            pads++;
        else if (digit < 0 || pads)
            *good = false;
        if (digit < 0)
            continue;
        bits = bits << 6 | (uint32_t)digit;
        if (++count % 4 == 0)
            for (int shift = 16; shift >= 0; shift -= 8)
                pl_buf_putc(b, (char)(bits >> shift & 0xff));
    }
    unsigned rest = count % 4;
    if (rest == 2)
        pl_buf_putc(b, (char)(bits >> 4 & 0xff));
    if (rest == 3) {
        pl_buf_putc(b, (char)(bits >> 10 & 0xff));
        pl_buf_putc(b, (char)(bits >> 2 & 0xff));
    }
    *good = *good && rest != 1 && pads == (4 - rest) % 4;
    return c;
}

static int text_read(struct idmap_input *in, struct pl_buf *b, int first)
{
    int c = first ? first : line_get(in);
    while (c == ' ')
        c = line_get(in);
    for (; c != '\n' && c != IDMAP_EOF; c = line_get(in))
        pl_buf_putc(b, (char)c);
    return c;
}

/* Of an attribute that has a meaning here. A file that was cut ends without a line end. */
static void value_take(struct idmap *m, const struct ldif_line *l, enum idmap_field field, uint64_t line)
{
    struct pl_buf *b = &m->value;
    bool good = true;
    pl_buf_clear(b);
    int end = l->form == LDIF_BASE64 ? base64_read(&m->in, b, &good) : text_read(&m->in, b, l->first);
    if (end == IDMAP_EOF)
        idmap_fault(m, line, "the file ends within the line of %.60s", l->attribute);
    else if (b->failed)
        idmap_fault(m, line, "the value of %.60s is longer than %u bytes", l->attribute, IDMAP_VALUE_MOST);
    else if (!good)
        idmap_fault(m, line, "the value of %.60s is no base64", l->attribute);
    else if (l->form == LDIF_URL)
        idmap_fault(m, line, "the value of %.60s stands in another file", l->attribute);
    else if (b->size)
        idmap_value(m, field, b->data, b->size);
}

struct record {
    bool begun;  /* a line of it was read */
    bool named;  /* by a dn: */
    bool result; /* of a search: no entry */
};

static bool is_word(const char *text, const char *const *words)
{
    while (*words && strcasecmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

/* Lines that are about the record or the file, and no attribute. */
static bool special_take(struct idmap *m, const struct ldif_line *l, struct record *r, uint64_t line)
{
    static const char *const results[] = {"search", "result", "ref", "control", "matchedDN", NULL};
    if (!r->named && !strcasecmp(l->attribute, "version")) {
        line_skip(&m->in, l->first);
        r->begun = false;
        return true;
    }
    if (!strcasecmp(l->attribute, "dn")) {
        if (r->named)
            idmap_fault(m, line, "a second dn: in one entry; a blank line is missing");
        r->named = true;
        line_skip(&m->in, l->first);
        return true;
    }
    if (!r->named && is_word(l->attribute, results))
        r->result = true;
    if (strcasecmp(l->attribute, "changetype") != 0)
        return false;
    pl_buf_clear(&m->value);
    (void)text_read(&m->in, &m->value, l->first);
    if (!m->value.data || strcasecmp(m->value.data, "add") != 0)
        idmap_fault(m, line, "a record that changes an entry says not what it is: export entries");
    return true;
}

static void line_take(struct idmap *m, const struct ldif_line *l, struct record *r, uint64_t line)
{
    if (!r->begun) {
        *r = (struct record){.begun = true};
        idmap_begin(m, line);
    }
    if (l->form == LDIF_WRONG) {
        idmap_fault(m, line, "'%.60s' has no colon", l->attribute);
        return;
    }
    if (special_take(m, l, r, line))
        return;
    enum idmap_field field = field_of(l->attribute);
    if (field == IDMAP_OTHER || r->result)
        line_skip(&m->in, l->first);
    else
        value_take(m, l, field, line);
}

static void record_end(struct idmap *m, struct record *r)
{
    if (r->begun && !r->result) {
        if (!r->named)
            idmap_fault(m, m->line, "the entry has no dn:");
        idmap_end(m);
    }
    r->begun = false;
}

enum pl_status idmap_ldif(struct idmap *m, bool only_check)
{
    struct record r = {0};
    struct ldif_line l;
    do {
        uint64_t line = m->in.line;
        attribute_read(&m->in, &l);
        if (l.form == LDIF_BLANK || l.form == LDIF_EOF)
            record_end(m, &r);
        else if (l.form != LDIF_COMMENT)
            line_take(m, &l, &r, line);
    } while (l.form != LDIF_EOF && !only_check && !m->full);
    return PL_OK;
}
