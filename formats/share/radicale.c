/*
 * radicale.c - the rights file of Radicale 3 (rights type from_file).
 *
 * Of its sections the first one that matches counts, so those for users stand before that for
 * everybody else, and a denial is a section without permissions. Users and collections are
 * regular expressions inside of format strings inside of an INI file: every character that could mean
 * something to any of these is written as its number, so a name can't become a rule.
 * A folder is the collection OWNER/NAME.KEY, where KEY keeps folders of one name apart.
 */
#include "radicale.h"

#include <inttypes.h>
#include <string.h>

#include "target.h"
#include "text.h"

static unsigned long code_of(const char *text, size_t *size)
{
    unsigned char c = (unsigned char)*text;
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    *size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    unsigned long code = c & masks[*size];
    for (size_t i = 1; i < *size; i++)
        code = code << 6 | ((unsigned char)text[i] & 63u);
    return code;
}

static bool is_plain(unsigned long c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
}

static void put_pattern(struct pl_buf *out, const char *text)
{
    for (size_t size = 0; *text; text += size) {
        unsigned long c = code_of(text, &size);
        if (is_plain(c))
            pl_buf_putc(out, (char)c);
        else if (c < 0x100)
            pl_buf_printf(out, "\\x%02lx", c);
        else
            pl_buf_printf(out, c < 0x10000 ? "\\u%04lx" : "\\U%08lx", c);
    }
}

/* Text behind a '#': nothing of it may end the line. */
static void put_remark(struct pl_buf *out, const char *text)
{
    for (size_t size = 0; *text; text += size) {
        unsigned long c = code_of(text, &size);
        if (c >= 0x20 && c < 0x7f)
            pl_buf_putc(out, (char)c);
        else
            pl_buf_printf(out, c < 0x10000 ? "\\u%04lx" : "\\U%08lx", c);
    }
}

void pl_radicale_collection(const struct pl_plan_folder *f, char out[256])
{
    char name[128];
    const char *key = !strncmp(f->key, "0x", 2) ? f->key + 2 : f->key;
    struct pl_buf b;
    pl_text_filename(f->path, name);
    pl_buf_init(&b, 255);
    pl_buf_printf(&b, "%s.%.96s", *f->path ? name : "root", key);
    memcpy(out, b.data ? b.data : "", b.data ? b.size + 1 : 1);
    pl_buf_release(&b);
}

static void put_section(struct pl_buf *out, const char *user, const struct pl_plan_folder *f,
                        const char *collection, const char *permissions)
{
    pl_buf_printf(out, "[%zu]\nuser: ", out->size); /* any name that no other section has */
    if (!user)
        pl_buf_puts(out, ".+");
    else
        put_pattern(out, user);
    pl_buf_puts(out, "\ncollection: ");
    put_pattern(out, f->owner);
    if (collection) {
        pl_buf_putc(out, '/');
        put_pattern(out, collection);
    }
    pl_buf_printf(out, "\npermissions: %s\n\n", permissions);
}

static void put_loss(struct pl_buf *out, const struct pl_plan_grant *g)
{
    char text[256];
    uint32_t lost = g->fit.lost | g->lowered;
    pl_buf_puts(out, "# ");
    put_remark(out, g->label);
    if (!g->user && g->trustee != PL_TRUSTEE_DEFAULT && g->trustee != PL_TRUSTEE_ANONYMOUS)
        pl_buf_puts(out, ": no user name is known");
    if (lost)
        pl_buf_printf(out, ": not carried over: %s", pl_caps_text(lost, text));
    pl_buf_putc(out, '\n');
}

static void begin(struct pl_buf *out)
{
    pl_buf_puts(out,
                "# Rights for Radicale, made by pimlift. Of the sections below the first that matches counts.\n\n"
                "[root]\nuser: .+\ncollection:\npermissions: R\n\n"
                "[owner]\nuser: .+\ncollection: {user}\npermissions: RW\n\n"
                "[owner-collections]\nuser: .+\ncollection: {user}/[^/]+\npermissions: rw\n\n");
}

static void put_grant(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g,
                      const char *collection)
{
    bool others = g->trustee == PL_TRUSTEE_DEFAULT, anonymous = g->trustee == PL_TRUSTEE_ANONYMOUS;
    const char *permissions = g->fit.count ? g->fit.words[0] : "";
    if (g->fit.lost || g->lowered || (!g->user && !others && !anonymous))
        put_loss(out, g);
    if (!g->user && !others && !anonymous)
        return;
    const char *user = others ? NULL : anonymous ? "" : g->user;
    put_section(out, user, f, collection, permissions);
    if (*permissions)
        put_section(out, user, f, NULL, "R");
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    char collection[256];
    pl_radicale_collection(f, collection);
    pl_buf_puts(out, "# ");
    put_remark(out, f->path);
    pl_buf_puts(out, ", of ");
    put_remark(out, f->owner_label);
    pl_buf_puts(out, f->kept ? "\n\n" : f->owner ? ": no place for it here\n\n" : ": no user name is known\n\n");
    for (int others = 0; others < 2 && f->kept; others++)
        for (size_t i = 0; i < f->count; i++)
            if ((f->grants[i].trustee == PL_TRUSTEE_DEFAULT) == others)
                put_grant(out, f, &f->grants[i], collection);
}

const struct pl_target pl_target_radicale = {
    .name = "radicale", .title = "rights file of Radicale 3", .begin = begin, .folder = folder};
