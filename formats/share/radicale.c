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

#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "jsonl.h"
#include "target.h"

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

static void put_loss(struct pl_buf *out, const struct pl_plan_folder *f, const struct pl_plan_grant *g)
{
    char text[256];
    uint32_t lost = pl_emit_lost(f, g), more = pl_emit_more(f, g);
    pl_buf_puts(out, "# ");
    put_remark(out, g->label);
    if (!g->user && g->trustee != PL_TRUSTEE_DEFAULT && g->trustee != PL_TRUSTEE_ANONYMOUS)
        pl_buf_puts(out, ": no user name is known");
    if (lost)
        pl_buf_printf(out, ": not carried over: %s", pl_caps_text(lost, text));
    if (more)
        pl_buf_printf(out, ": more than the source gives: %s", pl_caps_text(more, text));
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
    if (pl_emit_lost(f, g) || pl_emit_more(f, g) || (!g->user && !others && !anonymous))
        put_loss(out, f, g);
    if (!g->user && !others && !anonymous)
        return;
    const char *user = others ? NULL : anonymous ? "" : g->user;
    put_section(out, user, f, collection, permissions);
    if (*permissions)
        put_section(out, user, f, NULL, "R");
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    if (!f->count)
        return;
    pl_buf_puts(out, "# ");
    put_remark(out, f->path);
    pl_buf_puts(out, ", of ");
    put_remark(out, f->owner_label);
    pl_buf_puts(out, f->kept ? "\n\n" : f->owner ? ": no place for it here\n\n" : ": no user name is known\n\n");
    for (int others = 0; others < 2 && f->kept; others++)
        for (size_t i = 0; i < f->count; i++)
            if ((f->grants[i].trustee == PL_TRUSTEE_DEFAULT) == others)
                put_grant(out, f, &f->grants[i], f->collection);
}

/* --- the folder of collections ----------------------------------------------------------------- */

static void take(void *data, const char *bytes, size_t size) { pl_sink_write(data, bytes, size); }

/* Its name has to be the one that the rights name: a user that is no file name as it stands has no place. */
static bool is_there(const struct pl_sink *to, const struct pl_tree_folder *f)
{
    static const char root[] = "collection-root/";
    size_t owner = strlen(f->owner), collection = strlen(f->collection);
    const char *path = to->path + sizeof root - 1;
    return !strncmp(to->path, root, sizeof root - 1) && !strncmp(path, f->owner, owner) && path[owner] == '/' &&
           !strncmp(path + owner + 1, f->collection, collection) && path[owner + 1 + collection] == '/';
}

static bool file_begin(struct pl_tree *t, const struct pl_tree_folder *f, const char *name, const char *extension,
                       struct pl_sink *to)
{
    const char *const parts[] = {"collection-root", f->owner, f->collection, name};
    if (pl_output_create(t->to, parts, 4, extension, to) < PL_OK)
        return pl_tree_fault(t, "a file can't be made in the output folder");
    return is_there(to, f) || pl_tree_fault(t, "a user's name is no name for a folder");
}

static bool file_end(struct pl_tree *t, struct pl_sink *to)
{
    bool good = !t->failed && pl_sink_hand_in(to) == PL_OK;
    pl_sink_abort(to);
    return good || pl_tree_fault(t, "the output can't be written, or the disk is full");
}

static bool put_item(struct pl_tree *t, const struct pl_tree_folder *f, const char *path)
{
    char stem[128];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    struct pl_sink to;
    snprintf(stem, sizeof stem, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
    if (file_begin(t, f, stem, dot ? dot : "", &to))
        pl_tree_read(t, path, take, &to);
    t->items++;
    return file_end(t, &to);
}

static bool put_folder(struct pl_tree *t, const struct pl_tree_folder *f)
{
    struct pl_sink to;
    struct pl_buf b;
    pl_buf_init(&b, 4096);
    pl_buf_puts(&b, !strcmp(f->role, "contacts") ? "{\"tag\": \"VADDRESSBOOK\"" : "{\"tag\": \"VCALENDAR\"");
    pl_buf_puts(&b, ", \"D:displayname\": ");
    pl_json_text(&b, f->name);
    pl_buf_puts(&b, "}\n");
    if (file_begin(t, f, NULL, ".Radicale.props", &to))
        pl_sink_write(&to, b.data, b.size);
    pl_buf_release(&b);
    bool good = file_end(t, &to);
    for (const struct pl_tree_file *file = f->files; file && good; file = file->next)
        good = put_item(t, f, file->path);
    return good;
}

bool pl_radicale_account(struct pl_tree *t, const char *user)
{
    bool good = true;
    for (const struct pl_tree_folder *f = t->folders; f && good; f = f->next)
        if (!strcmp(f->owner, user))
            good = put_folder(t, f);
    return good;
}

static const struct pl_tree_ops tree = {.account = pl_radicale_account};

const struct pl_target pl_target_radicale = {.name = "radicale",
                                             .title = "rights file of Radicale 3, and its folder of collections",
                                             .file = "rights",
                                             .tree = &tree,
                                             .begin = begin,
                                             .folder = folder};
