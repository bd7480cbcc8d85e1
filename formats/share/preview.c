/*
 * preview.c - see preview.h.
 */
#include "preview.h"

#include <string.h>

#include "emit.h"
#include "jsonl.h"

#define WHO_WIDTH  32
#define WORD_WIDTH 24

/* Text for a terminal: nothing of it moves the cursor, ends the line or turns the direction of writing. */
static size_t put_text(struct pl_buf *out, const char *text)
{
    size_t shown = 0;
    for (; *text; text++) {
        const unsigned char *c = (const unsigned char *)text;
        bool control = *c < 0x20 || *c == 0x7f;
        bool high = *c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
        bool mark =
            *c == 0xe2 && ((c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
                           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
        pl_buf_putc(out, control || high || mark ? '?' : *text);
        text += high ? 1 : mark ? 2 : 0;
        shown += (*c & 0xc0) != 0x80;
    }
    return shown;
}

static void put_padded(struct pl_buf *out, const char *text, size_t width)
{
    for (size_t shown = put_text(out, text); shown < width; shown++)
        pl_buf_putc(out, ' ');
    pl_buf_puts(out, "  ");
}

static const char *words_of(const struct pl_fit *fit, struct pl_buf *b)
{
    pl_emit_words(b, fit, " ");
    return b->data ? b->data : "-";
}

static const char *who(const struct pl_plan_grant *g)
{
    return g->trustee == PL_TRUSTEE_DEFAULT     ? "(everybody else)"
           : g->trustee == PL_TRUSTEE_ANONYMOUS ? "(not logged in)"
           : g->user                            ? g->user
                                                : g->label;
}

static const char *outcome(const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    if (!pl_emit_is_named(f, g))
        return "left-out";
    if (pl_emit_more(f, g))
        return "wider";
    if (!pl_emit_lost(f, g))
        return "exact";
    return g->fit.count ? "reduced" : "left-out";
}

static void table_begin(struct pl_buf *out) { (void)out; }

static void table_folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    char lost[256];
    if (!f->count)
        return;
    put_text(out, f->owner_label);
    pl_buf_puts(out, ": ");
    put_text(out, f->path);
    pl_buf_puts(out, f->kept    ? "\n"
                     : f->owner ? "  (no place for it there)\n"
                                : "  (its owner has no name there)\n");
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        const char *how = outcome(f, g);
        struct pl_buf words;
        pl_buf_init(&words, 1024);
        pl_buf_puts(out, "    ");
        put_padded(out, who(g), WHO_WIDTH);
        put_padded(out, pl_emit_is_named(f, g) ? words_of(&g->fit, &words) : "-", WORD_WIDTH);
        pl_buf_puts(out, how);
        if (pl_emit_lost(f, g))
            pl_buf_printf(out, ": without %s", pl_caps_text(pl_emit_lost(f, g), lost));
        if (pl_emit_more(f, g))
            pl_buf_printf(out, ": may also %s", pl_caps_text(pl_emit_more(f, g), lost));
        pl_buf_putc(out, '\n');
        pl_buf_release(&words);
    }
}

static void lines_folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        struct pl_jsonl j = {.buf = out};
        pl_emit_begin(&j, "grant", f, g);
        pl_jsonl_list(&j, "words");
        for (size_t k = 0; k < g->fit.count && pl_emit_is_named(f, g); k++)
            pl_jsonl_text(&j, NULL, g->fit.words[k]);
        pl_jsonl_list_end(&j);
        pl_jsonl_text(&j, "outcome", outcome(f, g));
        pl_emit_end(&j, f, g);
    }
}

const struct pl_target pl_preview_table = {
    .name = "table", .title = "what a target would set", .begin = table_begin, .folder = table_folder};
const struct pl_target pl_preview_lines = {.name = "lines",
                                           .title = "what a target would set, for machines",
                                           .begin = table_begin,
                                           .folder = lines_folder};
