/*
 * idmap_csv.c - identity maps as CSV: RFC 4180, with the liberties that exports take.
 *
 * Layer: core, part of idmap. The separator is the one that gives the header the most
 * columns with a meaning. Lines before the header that begin with '#' (PowerShell's #TYPE)
 * and a spreadsheet's "sep=;" are passed over. Line ends are LF, CR LF or CR; quotes
 * inside a value that does not begin with one are letters. A row with another number of
 * values than the header has moved or is cut: it is not used.
 */
#include "idmap_int.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS_MOST 4096u

struct csv {
    struct idmap *m;
    int separator;
    uint8_t columns[COLUMNS_MOST]; /* enum idmap_field */
    size_t count;
    uint64_t line; /* of the header */
    bool heading;  /* what is read is the header: no name is long, so other files end soon */
};

enum csv_end { CSV_VALUE, CSV_ROW, CSV_FILE, CSV_OPEN };

/* What ends a value besides the separator; CR LF is one line end. */
static enum csv_end line_end(struct idmap_input *in, int c)
{
    if (c == IDMAP_EOF)
        return CSV_FILE;
    if (c == '\r') {
        int next = idmap_get(in);
        if (next != '\n')
            idmap_unget(in, next);
    }
    return CSV_ROW;
}

static bool ends_value(const struct csv *v, int c)
{
    return c == v->separator || c == '\n' || c == '\r' || c == IDMAP_EOF;
}

static enum csv_end value_end(struct csv *v, int c)
{
    return c == v->separator ? CSV_VALUE : line_end(&v->m->in, c);
}

/* The next value, in m->value. CSV_OPEN: its quote is never closed. */
static enum csv_end value_read(struct csv *v)
{
    struct idmap_input *in = &v->m->in;
    struct pl_buf *b = &v->m->value;
    pl_buf_clear(b);
    int c = idmap_get(in);
    if (c == '"') {
        for (;;) {
            c = idmap_get(in);
            if (c == IDMAP_EOF || (v->heading && b->failed))
                return CSV_OPEN;
            if (c == '"' && (c = idmap_get(in)) != '"')
                break;
            pl_buf_putc(b, (char)c);
        }
    }
    for (; !ends_value(v, c); c = idmap_get(in)) {
        if (v->heading && b->failed)
            return CSV_OPEN;
        pl_buf_putc(b, (char)c);
    }
    return value_end(v, c);
}

static void line_skip(struct idmap_input *in)
{
    int c;
    do
        c = idmap_get(in);
    while (c != '\n' && c != '\r' && c != IDMAP_EOF);
    (void)line_end(in, c);
}

/* To the header. */
static void preamble_skip(struct idmap_input *in)
{
    static const char word[] = "sep=";
    for (;;) {
        struct idmap_input start = *in;
        int c = idmap_get(in);
        size_t n = 0;
        while (n < sizeof word - 1 && c == word[n]) {
            c = idmap_get(in);
            n++;
        }
        if (n == sizeof word - 1 || c == '#') {
            line_skip(in);
        } else if (n || (c != '\n' && c != '\r')) {
            *in = start;
            return;
        }
    }
}

/* How many of three kinds of names the columns can give. */
static int header_worth(const struct csv *v)
{
    bool dn = false, sid = false, smtp = false;
    for (size_t i = 0; i < v->count; i++) {
        enum idmap_field f = (enum idmap_field)v->columns[i];
        dn |= f == IDMAP_DN || f == IDMAP_PROXIES;
        sid |= f == IDMAP_SID || f == IDMAP_SIDS;
        smtp |= f == IDMAP_SMTP || f == IDMAP_MAIL || f == IDMAP_PROXIES;
    }
    return dn + sid + smtp;
}

/* PL_STOP: more columns than any export has. */
static enum pl_status header_read(struct csv *v, int separator)
{
    struct idmap *m = v->m;
    enum csv_end end;
    idmap_rewind(&m->in);
    preamble_skip(&m->in);
    v->separator = separator;
    v->line = m->in.line;
    v->heading = true;
    v->count = 0;
    do {
        end = value_read(v);
        if (v->count == COLUMNS_MOST || m->value.failed)
            return PL_STOP;
        v->columns[v->count++] = (uint8_t)idmap_field_of(m->value.data ? m->value.data : "", m->value.size);
    } while (end == CSV_VALUE);
    v->heading = false;
    return end == CSV_OPEN ? PL_STOP : PL_OK;
}

static enum pl_status header_choose(struct csv *v)
{
    static const char separators[] = ",;\t|";
    int best = 0, worth = 0;
    for (const char *s = separators; *s; s++)
        if (header_read(v, (unsigned char)*s) == PL_OK && header_worth(v) > worth) {
            worth = header_worth(v);
            best = (unsigned char)*s;
        }
    if (worth < 2)
        return idmap_refuse(v->m, v->line,
                            "this is no identity map: it is neither LDIF nor CSV whose header names two of "
                            "legacyExchangeDN, objectSid, mail and proxyAddresses (see docs/identities.md)");
    return header_read(v, best);
}

/* PL_END: the file ends. */
static enum pl_status row_read(struct csv *v)
{
    struct idmap *m = v->m;
    size_t count = 0, filled = 0;
    enum csv_end end;
    idmap_begin(m, m->in.line);
    do {
        end = value_read(v);
        enum idmap_field field = count < v->count ? (enum idmap_field)v->columns[count] : IDMAP_OTHER;
        count++;
        filled += m->value.size;
        if (end == CSV_OPEN)
            idmap_fault(m, m->line, "a quote in it is never closed, so nothing behind it can be read");
        else if (m->value.failed && field != IDMAP_OTHER)
            idmap_fault(m, m->line, "a value is longer than %u bytes", IDMAP_VALUE_MOST);
        else if (m->value.size)
            idmap_value(m, field, m->value.data, m->value.size);
    } while (end == CSV_VALUE);
    if (count == 1 && !filled && end != CSV_OPEN) /* an empty line */
        return end == CSV_ROW ? PL_OK : PL_END;
    if (count != v->count)
        idmap_fault(m, m->line, "it has %zu values, the header %zu", count, v->count);
    idmap_end(m);
    return end == CSV_ROW ? PL_OK : PL_END;
}

enum pl_status idmap_csv(struct idmap *m, bool only_check)
{
    struct csv v = {.m = m};
    enum pl_status st = header_choose(&v);
    while (st == PL_OK && !only_check && !m->full)
        st = row_read(&v);
    return st == PL_STOP ? PL_STOP : PL_OK;
}
