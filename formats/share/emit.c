/*
 * emit.c - see emit.h.
 */
#include "emit.h"

#include <string.h>

#include "formula.h"

void pl_emit_cell(struct pl_buf *out, const char *text, char after)
{
    bool begins = true;
    pl_buf_putc(out, '"');
    for (; *text; text++) {
        if (begins && (*text == '\'' || pl_formula_begins(text, ";", NULL) != PL_FORMULA_NONE))
            pl_buf_putc(out, '\'');
        begins = *text == ';';
        if (*text == '"')
            pl_buf_putc(out, '"');
        pl_buf_putc(out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
    }
    pl_buf_putc(out, '"');
    pl_buf_putc(out, after);
}

void pl_emit_segment(struct pl_buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++)
        pl_buf_printf(out, strchr(plain, *text) ? "%c" : "%%%02X", (unsigned char)*text);
}

void pl_emit_words(struct pl_buf *out, const struct pl_fit *fit, const char *between)
{
    for (size_t i = 0; i < fit->count; i++)
        pl_buf_printf(out, "%s%s", i ? between : "", fit->words[i]);
}

static bool is_special(const struct pl_plan_grant *g)
{
    return g->trustee == PL_TRUSTEE_DEFAULT || g->trustee == PL_TRUSTEE_ANONYMOUS;
}

bool pl_emit_is_named(const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    return f->kept && (g->user || is_special(g));
}

uint32_t pl_emit_lost(const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    if (pl_emit_is_named(f, g))
        return g->fit.lost | g->lowered;
    return (g->caps | g->lowered) & PL_CAN_TOLD;
}

uint32_t pl_emit_more(const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    return pl_emit_is_named(f, g) ? g->fit.more : 0;
}

static void put_list(struct pl_jsonl *j, const char *name, uint32_t caps)
{
    char text[256];
    pl_jsonl_list(j, name);
    for (uint32_t bit = 1; bit && bit <= caps; bit <<= 1)
        if (caps & bit)
            pl_jsonl_text(j, NULL, pl_caps_text(bit, text));
    pl_jsonl_list_end(j);
}

void pl_emit_begin(struct pl_jsonl *j, const char *kind, const struct pl_plan_folder *f,
                   const struct pl_plan_grant *g)
{
    pl_jsonl_begin(j, NULL);
    pl_jsonl_integer(j, "v", 1);
    pl_jsonl_text(j, "kind", kind);
    pl_jsonl_text(j, "owner", f->owner);
    pl_jsonl_text(j, "folder", f->path);
    pl_jsonl_text(j, "role", f->role);
    pl_jsonl_bool(j, "default", f->is_default);
    pl_jsonl_text(j, "who",
                  g->trustee == PL_TRUSTEE_DEFAULT     ? "default"
                  : g->trustee == PL_TRUSTEE_ANONYMOUS ? "anonymous"
                                                       : "user");
    pl_jsonl_text(j, "user", is_special(g) ? NULL : g->user);
    pl_jsonl_text(j, "label", g->label);
}

void pl_emit_end(struct pl_jsonl *j, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    put_list(j, "lost", pl_emit_lost(f, g));
    put_list(j, "more", pl_emit_more(f, g));
    pl_jsonl_end(j);
    pl_buf_putc(j->buf, '\n');
}
