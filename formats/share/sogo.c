/*
 * sogo.c - files that `sogo-tool restore` takes in, one for each account: calendars and address books with their
 * items, who may do what there, and the list of folders of others.
 *
 * The form is the property list of `sogo-tool backup`. Everything outside of plain ASCII is written by its number,
 * so no text can end a string. Paths, record names and users go into SQL as they are there, so they are of
 * letters and digits, and names for people lose what could end a string of SQL.
 * Somebody listed without rights has the word None, so what everybody else has does not reach him; and so has
 * everybody else, because a server can have defaults for folders without a list.
 */
#include <string.h>

#include "buf.h"
#include "collection.h"
#include "target.h"
#include "tree.h"

#define NAME_MOST 768

/* A character of UTF-8 that came in pieces. */
struct text {
    struct pl_sink *to;
    uint32_t code;
    int more; /* bytes that it still lacks */
};

static void put_unit(struct pl_sink *to, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    const char text[] = {
        '\\', 'U', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};
    pl_sink_write(to, text, sizeof text);
}

static void put_code(struct pl_sink *to, uint32_t code)
{
    static const char special[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";
    const char *at = code && code < 0x80 ? strchr(special, (int)code) : NULL;
    const char pair[] = {'\\', at ? letters[at - special] : ' '}, plain = (char)code;
    if (at)
        pl_sink_write(to, pair, 2);
    else if (code >= 0x20 && code < 0x7f)
        pl_sink_write(to, &plain, 1);
    else if (code < 0x10000)
        put_unit(to, code);
    else {
        put_unit(to, 0xd800 + ((code - 0x10000) >> 10));
        put_unit(to, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
}

static void take(void *data, const char *bytes, size_t size)
{
    struct text *t = data;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x80 && c < 0xc0 && t->more) {
            t->code = t->code << 6 | (c & 0x3f);
            t->more--;
        } else {
            t->more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
            t->code = c < 0xc0 ? c : c & (0x3fu >> t->more);
        }
        if (!t->more)
            put_code(t->to, t->code);
    }
}

static void put_text(struct pl_sink *to, const char *text)
{
    struct text t = {.to = to};
    pl_sink_puts(to, "\"");
    take(&t, text, strlen(text));
    pl_sink_puts(to, "\"");
}

/* For people: without what could end a string of SQL. */
static void put_title(struct pl_sink *to, const char *text)
{
    struct text t = {.to = to};
    pl_sink_puts(to, "\"");
    for (; *text; text++)
        if (*text == '\'')
            take(&t, "\xe2\x80\x99", 3);
        else
            take(&t, *text == '\\' ? "/" : text, 1);
    pl_sink_puts(to, "\"");
}

/* --- folders --------------------------------------------------------------------------------- */

static const char *module_of(const struct pl_tree_folder *f)
{
    return strcmp(f->role, "contacts") ? "Calendar" : "Contacts";
}

static const char *id_of(const struct pl_tree_folder *f)
{
    return f->is_default && strcmp(f->role, "tasks") != 0 ? "personal" : f->collection;
}

static void put_words(struct pl_sink *to, const struct pl_fit *fit)
{
    pl_sink_puts(to, " = (");
    for (size_t i = 0; fit && i < fit->count; i++) {
        pl_sink_puts(to, i ? ", " : "");
        pl_sink_puts(to, fit->words[i]);
    }
    pl_sink_puts(to, fit && fit->count ? ");\n" : "None);\n");
}

static void put_acl(struct pl_sink *to, const struct pl_tree_folder *f)
{
    const struct pl_fit *others = NULL, *anonymous = NULL;
    pl_sink_puts(to, "      acl = {\n");
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_tree_grant *g = &f->grants[i];
        if (g->trustee == PL_TRUSTEE_DEFAULT)
            others = &g->fit;
        else if (g->trustee == PL_TRUSTEE_ANONYMOUS)
            anonymous = &g->fit;
        else {
            put_text(to, g->user);
            put_words(to, &g->fit);
        }
    }
    pl_sink_puts(to, "\"<default>\"");
    put_words(to, others);
    if (anonymous && anonymous->count) {
        pl_sink_puts(to, "anonymous");
        put_words(to, anonymous);
    }
    pl_sink_puts(to, "      };\n");
}

static bool put_record(struct pl_tree *t, struct pl_sink *to, const char *path, bool first)
{
    char name[NAME_MOST];
    const char *slash = strrchr(path, '/');
    struct text content = {.to = to};
    pl_collection_plain(slash ? slash + 1 : path, true, name, sizeof name);
    pl_sink_puts(to, first ? "\n        { \"c_name\" = \"" : ",\n        { \"c_name\" = \"");
    pl_sink_puts(to, name);
    pl_sink_puts(to, "\"; \"c_content\" = \"");
    bool good = pl_tree_read(t, path, take, &content);
    pl_sink_puts(to, "\"; }");
    t->items++;
    return good;
}

static bool put_folder(struct pl_tree *t, struct pl_sink *to, const struct pl_tree_folder *f)
{
    pl_sink_puts(to, "    \"/Users/");
    pl_sink_puts(to, f->owner);
    pl_sink_puts(to, "/");
    pl_sink_puts(to, module_of(f));
    pl_sink_puts(to, "/");
    pl_sink_puts(to, id_of(f));
    pl_sink_puts(to, "\" = {\n      displayname = ");
    put_title(to, f->name);
    pl_sink_puts(to, ";\n");
    put_acl(to, f);
    pl_sink_puts(to, "      records = (");
    bool good = true;
    for (const struct pl_tree_file *file = f->files; file && good; file = file->next)
        good = put_record(t, to, file->path, file == f->files);
    pl_sink_puts(to, ");\n    };\n");
    return good;
}

/* --- accounts -------------------------------------------------------------------------------- */

static void put_list(struct pl_tree *t, struct pl_sink *to, const char *user, const char *module)
{
    const char *between = "";
    pl_sink_puts(to, module);
    pl_sink_puts(to, " = { SubscribedFolders = (");
    for (const struct pl_tree_opened *o = t->opened; o; o = o->next) {
        if (strcasecmp(o->user, user) != 0 || strcmp(module_of(o->folder), module) != 0)
            continue;
        pl_sink_puts(to, between);
        pl_sink_puts(to, "\"");
        pl_sink_puts(to, o->folder->owner);
        pl_sink_puts(to, ":");
        pl_sink_puts(to, module);
        pl_sink_puts(to, "/");
        pl_sink_puts(to, id_of(o->folder));
        pl_sink_puts(to, "\"");
        between = ", ";
    }
    pl_sink_puts(to, "); }; ");
}

static bool account(struct pl_tree *t, const char *user)
{
    struct pl_sink to;
    bool good = true;
    if (pl_output_fixed(t->to, user, &to) < PL_OK)
        return pl_tree_fault(t, "a file can't be made in the output folder");
    pl_sink_puts(&to, "{\n  \"ldif_record\" = \"\";\n  preferences = ({ }, { ");
    put_list(t, &to, user, "Calendar");
    put_list(t, &to, user, "Contacts");
    pl_sink_puts(&to, "});\n  tables = {\n");
    for (const struct pl_tree_folder *f = t->folders; f && good; f = f->next)
        if (!strcmp(f->owner, user))
            good = put_folder(t, &to, f);
    pl_sink_puts(&to, "  };\n}\n");
    if (good && pl_sink_hand_in(&to) < PL_OK)
        good = pl_tree_fault(t, "the output can't be written, or the disk is full");
    pl_sink_abort(&to);
    return good;
}

static const struct pl_tree_ops tree = {.account = account};

const struct pl_target pl_target_sogo = {
    .name = "sogo", .title = "files for sogo-tool restore, one for each account", .tree = &tree};
