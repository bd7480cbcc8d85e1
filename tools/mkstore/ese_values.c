/*
 * ese_values.c - lines of a row into values: numbers, texts, bytes, and patterns for many rows.
 *
 * Large patterns are made on the fly from seed and place, so that a value of 1 GiB costs no memory.
 */
#include "ese_recipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IN_MEMORY 32768u

static const char filler[] = "The same words again and again, until the value is as long as it has to be. ";

static int make(void *state, uint64_t at, void *buf, size_t size)
{
    const struct ese_making *m = state;
    uint8_t *out = buf;
    for (size_t i = 0; i < size; i++) {
        uint64_t place = at + i;
        uint64_t letter = m->wide ? place / 2 : place;
        if (!m->words)
            out[i] = (uint8_t)(ms_mix(m->seed, place / 8) >> place % 8 * 8);
        else
            out[i] = m->wide && place % 2 ? 0 : (uint8_t)filler[(m->from + letter) % (sizeof filler - 1)];
    }
    return 0;
}

static bool is_text(const struct ms_ese_column *c) { return c->type == MS_ESE_TEXT || c->type == MS_ESE_LONGTEXT; }

static void put_chars(const struct ms_ese_column *c, const char *utf8, struct ms_bytes *out)
{
    if (is_text(c) && c->codepage == 1200) {
        ms_put_utf16(out, utf8);
        return;
    }
    while (*utf8) {
        uint32_t ch = ms_next_char(&utf8);
        ms_put8(out, ch < 256 ? ch : '?');
    }
}

static void put_number(const struct ms_ese_column *c, uint64_t v, struct ms_bytes *out)
{
    double d = (double)(int64_t)v;
    float f = (float)d;
    if (c->type == MS_ESE_BIT)
        ms_put8(out, v ? 0xff : 0);
    else if (c->type == MS_ESE_DOUBLE || c->type == MS_ESE_TIME)
        ms_put(out, &d, sizeof d);
    else if (c->type == MS_ESE_FLOAT)
        ms_put(out, &f, sizeof f);
    else
        for (uint32_t i = 0; i < (c->size && c->size <= 16 ? c->size : 8); i++)
            ms_put8(out, i < 8 ? (unsigned)(v >> 8 * i) & 0xff : 0);
}

/* Fixed binaries and texts are as long as their column. */
static void pad(const struct ms_ese_column *c, struct ms_bytes *out)
{
    if (c->place == MS_ESE_FIXED)
        while (out->size < c->size)
            ms_put8(out, is_text(c) ? ' ' : 0);
}

void ese_value_bytes(struct ms_recipe *r, const struct ms_node *n, const struct ms_ese_column *c, const char *text,
                     struct ms_bytes *out)
{
    char *end;
    if (!strncmp(text, "hex ", 4)) {
        ms_hex(r, n, text + 4, out);
    } else if (!strncmp(text, "text ", 5)) {
        struct ms_node line = {.rest = text + 5, .line = n->line};
        put_chars(c, ms_string(r, out->mem, &line), out);
    } else if (!strcmp(text, "empty")) {
        out->data = ms_alloc(out->mem, 1);
    } else {
        errno = 0;
        uint64_t v = text[0] == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
        if (errno || end == text || *end)
            ms_fail(r, n, "`%s` is no value: a number, hex, text, empty or null", text);
        put_number(c, v, out);
    }
    pad(c, out);
}

/* `N` or `LEAST-MOST`, one of them for each row. */
static uint64_t length_of(struct ms_words *w, uint64_t seed)
{
    char *end;
    const char *word = ms_word(w);
    uint64_t least = strtoull(word, &end, 0), most = *end == '-' ? strtoull(end + 1, &end, 0) : least;
    if (end == word || *end || most < least || most >= UINT64_C(1) << 31)
        ms_fail(w->recipe, w->node, "`%s` is no length: N or LEAST-MOST, below 2 GiB", word);
    return w->recipe->failed ? 0 : least + ms_mix(seed, 1) % (most - least + 1);
}

static void made_piece(struct ms_mem *mem, const struct ms_ese_column *c, bool words, uint64_t seed, uint64_t size,
                       struct ms_ese_piece *out)
{
    struct ese_making *m = ms_alloc(mem, sizeof *m);
    *m = (struct ese_making){.seed = seed, .from = seed % 997, .words = words};
    m->wide = words && is_text(c) && c->codepage == 1200;
    size &= ~(uint64_t)m->wide; /* whole characters */
    *out = (struct ms_ese_piece){.size = (size_t)size, .generate = make, .state = m};
    if (size > IN_MEMORY)
        return;
    void *data = ms_alloc(mem, (size_t)size + 1);
    make(m, 0, data, (size_t)size);
    *out = (struct ms_ese_piece){.data = data, .size = (size_t)size};
}

/* `%` is the number of the row, `%6` with six digits at least. */
static void label(const struct ms_ese_column *c, const char *text, uint64_t row, struct ms_bytes *out)
{
    const char *at = strchr(text, '%'), *rest = at ? at + 1 : "";
    int width = *rest >= '1' && *rest <= '9' ? *rest++ - '0' : 1;
    if (at)
        put_chars(c,
                  ms_text(out->mem, "%.*s%0*llu%s", (int)(at - text), text, width, (unsigned long long)row, rest),
                  out);
    else
        put_chars(c, text, out);
    pad(c, out);
}

/* One line: false when it gives no value in this row. */
static bool read_piece(struct ms_recipe *r, struct ms_mem *mem, struct ms_node *n, const struct ms_ese_column *c,
                       uint64_t seed, uint64_t row, struct ms_ese_piece *out)
{
    struct ms_node line = *n;
    struct ms_words w;
    struct ms_bytes bytes = {.mem = mem};
    uint64_t mix = ms_mix(seed ^ (uint64_t)n->line << 32, row);
    ms_words(r, mem, &line, &w);
    if (ms_word_is(&w, "every")) {
        uint64_t step = (uint64_t)ms_word_number(&w, 1, 1 << 30);
        if (row % step)
            return false;
        line.rest += strlen("every");
        line.rest += strspn(line.rest, " ");
        line.rest += strcspn(line.rest, " ");
        line.rest += strspn(line.rest, " ");
    }
    if (ms_word_is(&w, "random")) {
        made_piece(mem, c, false, mix, length_of(&w, mix), out);
        return true;
    }
    if (ms_word_is(&w, "words")) {
        made_piece(mem, c, true, mix, length_of(&w, mix), out);
        return true;
    }
    if (ms_word_is(&w, "count")) {
        uint64_t from = (uint64_t)ms_word_number(&w, -(1LL << 62), 1LL << 62);
        put_number(c, from + row * (uint64_t)(ms_word_more(&w) ? ms_word_number(&w, 1, 1 << 30) : 1), &bytes);
    } else if (ms_word_is(&w, "scatter")) {
        put_number(c, mix % (uint64_t)ms_word_number(&w, 1, 1LL << 62), &bytes);
    } else if (ms_word_is(&w, "label")) {
        label(c, line.rest + strlen("label "), row, &bytes);
    } else {
        ese_value_bytes(r, &line, c, line.rest, &bytes);
    }
    *out = (struct ms_ese_piece){.data = bytes.data, .size = bytes.size};
    return true;
}

void ese_values_read(struct ms_recipe *r, struct ms_mem *mem, struct ms_node *n, const struct ms_ese_column *c,
                     uint64_t seed, uint64_t row, struct ms_ese_value *out)
{
    size_t lines = 0, count = 0;
    for (struct ms_node *a = n; a; a = ms_again(a))
        lines++;
    struct ms_ese_piece *pieces = ms_alloc(mem, lines * sizeof *pieces);
    *out = (struct ms_ese_value){.pieces = pieces};
    if (lines == 1 && !strcmp(n->rest, "null"))
        return;
    for (struct ms_node *a = n; a && !r->failed; a = ms_again(a))
        if (read_piece(r, mem, a, c, seed, row, &pieces[count]))
            count++;
    out->count = count;
    if (!count)
        out->pieces = NULL; /* absent in this row */
}
