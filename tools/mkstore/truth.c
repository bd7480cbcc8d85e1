/*
 * truth.c - plain JSON output. See truth.h.
 */
#include "truth.h"

#include <inttypes.h>

#include "when.h"

static void put_quoted(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", f);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

static bool put_key(struct ms_truth *t, const char *key)
{
    if (!t->file)
        return false;
    if (t->comma)
        fputc(',', t->file);
    t->comma = true;
    if (key) {
        put_quoted(t->file, key);
        fputc(':', t->file);
    }
    return true;
}

void ms_truth_open(struct ms_truth *t, const char *key, char bracket)
{
    if (put_key(t, key))
        fputc(bracket, t->file);
    t->comma = false;
}

void ms_truth_close(struct ms_truth *t, char bracket)
{
    if (t->file)
        fputc(bracket, t->file);
    t->comma = true;
}

void ms_truth_line(struct ms_truth *t)
{
    if (!t->file)
        return;
    fputs(t->comma ? ",\n" : "\n", t->file);
    t->comma = false;
}

void ms_truth_text(struct ms_truth *t, const char *key, const char *text)
{
    if (text && put_key(t, key))
        put_quoted(t->file, text);
}

void ms_truth_number(struct ms_truth *t, const char *key, long long v)
{
    if (put_key(t, key))
        fprintf(t->file, "%lld", v);
}

void ms_truth_bool(struct ms_truth *t, const char *key, bool v)
{
    if (put_key(t, key))
        fputs(v ? "true" : "false", t->file);
}

void ms_truth_true(struct ms_truth *t, const char *key, bool v)
{
    if (v)
        ms_truth_bool(t, key, true);
}

void ms_truth_utc(struct ms_truth *t, const char *key, int64_t seconds)
{
    int64_t days = (seconds >= 0 ? seconds : seconds - (MS_DAY - 1)) / MS_DAY;
    struct ms_date d = ms_date_of(days);
    int rest = (int)(seconds - days * MS_DAY);
    if (put_key(t, key))
        fprintf(t->file, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", d.year, d.month, d.day, rest / 3600, rest / 60 % 60,
                rest % 60);
}

void ms_truth_date(struct ms_truth *t, const char *key, int64_t days)
{
    struct ms_date d = ms_date_of(days);
    if (put_key(t, key))
        fprintf(t->file, "\"%04d-%02d-%02d\"", d.year, d.month, d.day);
}

void ms_truth_hex(struct ms_truth *t, const char *key, const uint8_t *data, size_t size)
{
    if (!put_key(t, key))
        return;
    fputc('"', t->file);
    for (size_t i = 0; i < size; i++)
        fprintf(t->file, "%02x", data[i]);
    fputc('"', t->file);
}
