/*
 * exchange_names.c - how tables and columns are called: the usual names, or those of a profile file.
 *
 * A property's column is spelled by a pattern: <m> the M of multi-values, <l> the type letter, <id> the id in
 * hexadecimal without leading zeros, <ID4> four upper-case digits. A few columns have roles; a
 * profile may name each of them and say how it is stored: `id = MsgKey be64`.
 */
#include "exchange_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const form_words[XC_FORMS] = {"be64", "le64", "utf16", "ansi", "raw",   "filetime",
                                                 "bool", "i32",  "i16",   "guid", "double"};

static const char *const role_words[XC_ROLES] = {"global",   "mailboxes",   "folders", "messages",
                                                 "contents", "attachments", "names"};

static const char *const usual_tables[XC_ROLES] = {"Global",    "Mailbox",     "Folders",   "Msg",
                                                   "MsgFolder", "Attachments", "NamedProps"};

static const struct field {
    enum xc_role role;
    const char *word;
    uint32_t key;
    const char *usual; /* of columns that hold no property */
    enum xc_form form;
} fields[] = {
    {XC_GLOBAL, "replids", XC_MULTI | XC_KEY('N', 0x667f), NULL, XC_RAW},
    {XC_GLOBAL, "replica", XC_KEY('N', 0x676a), NULL, XC_GUID},
    {XC_MAILBOXES, "number", XC_KEY('L', 0x6707), NULL, XC_I32},
    {XC_MAILBOXES, "root", XC_KEY('Q', 0x6748), NULL, XC_BE64},
    {XC_MAILBOXES, "guid", XC_KEY('N', 0x676c), NULL, XC_GUID},
    {XC_MAILBOXES, "owner_sid", XC_KEY('N', 0x66a0), NULL, XC_GUID},
    {XC_MAILBOXES, "name", XC_KEY('S', 0x3001), NULL, XC_UTF16},
    {XC_MAILBOXES, "dn", XC_KEY('S', 0x3003), NULL, XC_ANSI},
    {XC_MAILBOXES, "smtp", XC_KEY('S', 0x39fe), NULL, XC_UTF16},
    {XC_MAILBOXES, "locale", XC_KEY('L', 0x66c4), NULL, XC_I32},
    {XC_FOLDERS, "id", XC_KEY('Q', 0x6748), NULL, XC_BE64},
    {XC_FOLDERS, "parent", XC_KEY('Q', 0x6749), NULL, XC_BE64},
    {XC_FOLDERS, "mailbox_guid", XC_KEY('N', 0x676c), NULL, XC_GUID},
    {XC_MESSAGES, "id", XC_KEY('Q', 0x674a), NULL, XC_BE64},
    {XC_MESSAGES, "folder", XC_KEY('Q', 0x6748), NULL, XC_BE64},
    {XC_MESSAGES, "search_key", XC_KEY('N', 0x300b), NULL, XC_GUID},
    {XC_MESSAGES, "recipients", XC_KEY('N', 0x0e12), NULL, XC_RAW},
    {XC_CONTENTS, "message_id", XC_KEY('Q', 0x674a), NULL, XC_BE64},
    {XC_CONTENTS, "associated", XC_KEY('B', 0x67aa), NULL, XC_BOOL},
    {XC_ATTACHMENTS, "message_id", XC_KEY('Q', 0x674a), NULL, XC_BE64},
    {XC_ATTACHMENTS, "number", XC_KEY('L', 0x0e21), NULL, XC_I32},
    {XC_ATTACHMENTS, "method", XC_KEY('L', 0x3705), NULL, XC_I32},
    {XC_ATTACHMENTS, "data", XC_KEY('N', 0x3701), NULL, XC_RAW},
    {XC_ATTACHMENTS, "embedded", XC_KEY('Q', 0x67f2), NULL, XC_BE64},
    {XC_NAMES, "id", XC_NAME_ID, "PropId", XC_I32},
    {XC_NAMES, "kind", XC_NAME_KIND, "Kind", XC_I32},
    {XC_NAMES, "lid", XC_NAME_LID, "Lid", XC_I32},
    {XC_NAMES, "guid", XC_NAME_SET, "Guid", XC_GUID},
    {XC_NAMES, "name", XC_NAME_TEXT, "Name", XC_UTF16},
};

enum { FIELDS = sizeof fields / sizeof *fields };
_Static_assert(FIELDS <= XC_FIELDS, "more fields than xc_names has room for");

static const char *kept(struct xc_names *n, const char *s, size_t size) { return ms_copy(&n->mem, s, size); }

static int word_of(const char *const *list, int count, const char *s, size_t size)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == size && !strncmp(list[i], s, size))
            return i;
    return -1;
}

/* NAME [FORM] of a field. */
static bool set_field(struct xc_names *n, size_t i, const char *value)
{
    size_t size = strcspn(value, " \t");
    const char *rest = value + size + strspn(value + size, " \t");
    int form = *rest ? word_of(form_words, XC_FORMS, rest, strlen(rest)) : (int)fields[i].form;
    if (!size || form < 0)
        return false;
    n->fields[i].name = kept(n, value, size);
    n->fields[i].form = (enum xc_form)form;
    return true;
}

static bool set_entry(struct xc_names *n, enum xc_role role, const char *key, size_t size, const char *value)
{
    static const char *const words[] = {"table", "columns", "template", "name"};
    const char **places[] = {&n->tables[role], &n->patterns[role], &n->template, &n->folder};
    int word = word_of(words, role == XC_CONTENTS ? 4 : 2, key, size);
    if (word >= 0) {
        *places[word] = kept(n, value, strlen(value));
        return *value != 0;
    }
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].role == role && strlen(fields[i].word) == size && !strncmp(fields[i].word, key, size))
            return set_field(n, i, value);
    return false;
}

static char *trimmed(char *line)
{
    size_t size = strlen(line);
    while (size && strchr(" \t\r\n", line[size - 1]))
        line[--size] = 0;
    return line + strspn(line, " \t");
}

static bool read_line(struct xc_names *n, char *line, int *role)
{
    char *s = trimmed(line), *equal = strchr(s, '=');
    if (!*s || *s == '#')
        return true;
    if (*s == '[') {
        size_t size = strlen(s);
        *role = s[size - 1] == ']' ? word_of(role_words, XC_ROLES, s + 1, size - 2) : -1;
        return *role >= 0;
    }
    if (!equal || *role < 0)
        return false;
    *equal = 0;
    char *key = trimmed(s);
    return set_entry(n, (enum xc_role) * role, key, strlen(key), trimmed(equal + 1));
}

static bool read_profile(struct xc_names *n, const char *path)
{
    char line[512];
    int role = -1, number = 0;
    bool good = true;
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "mkstore: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof line, f)) {
        number++;
        good = read_line(n, line, &role);
    }
    fclose(f);
    if (!good)
        fprintf(stderr, "%s:%d: no line of a profile\n", path, number);
    return good;
}

bool xc_names_begin(struct xc_names *n, const char *profile)
{
    for (size_t i = 0; i < XC_ROLES; i++) {
        n->tables[i] = usual_tables[i];
        n->patterns[i] = "<m><l><id>";
    }
    n->template = usual_tables[XC_CONTENTS];
    n->folder = "<replid>-<counter>";
    for (size_t i = 0; i < FIELDS; i++)
        n->fields[i].form = fields[i].form;
    return !profile || read_profile(n, profile);
}

/* --- patterns ------------------------------------------------------------------------------ */

struct part {
    const char *word;
    const char *text;
};

/* Every <word> of a pattern replaced. */
static const char *spelled(struct ms_mem *mem, const char *pattern, const struct part *parts, size_t count)
{
    struct ms_bytes out = {.mem = mem};
    while (*pattern) {
        const struct part *found = NULL;
        for (size_t i = 0; i < count; i++)
            if (!strncmp(pattern, parts[i].word, strlen(parts[i].word)))
                found = &parts[i];
        ms_put(&out, found ? found->text : pattern, found ? strlen(found->text) : 1);
        pattern += found ? strlen(found->word) : 1;
    }
    ms_put8(&out, 0);
    return (const char *)out.data;
}

static enum xc_form form_of(char letter, bool narrow)
{
    static const char letters[] = "SLTQBIDN";
    static const enum xc_form forms[] = {XC_UTF16, XC_I32, XC_FILETIME, XC_LE64,
                                         XC_BOOL,  XC_I16, XC_DOUBLE,   XC_RAW};
    const char *at = strchr(letters, letter);
    return letter == 'S' && narrow ? XC_ANSI : at ? forms[at - letters] : XC_RAW;
}

const char *xc_column_name(struct xc_names *n, enum xc_role role, uint32_t key, bool narrow, enum xc_form *form)
{
    char letter[2] = {(char)(key >> 16 & 0x7f), 0};
    *form = form_of(letter[0], narrow);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].role != role || fields[i].key != key)
            continue;
        *form = n->fields[i].form;
        if (n->fields[i].name || fields[i].usual)
            return n->fields[i].name ? n->fields[i].name : fields[i].usual;
    }
    const struct part parts[] = {{"<m>", key & XC_MULTI ? "M" : ""},
                                 {"<l>", letter},
                                 {"<id>", ms_text(&n->mem, "%x", key & 0xffff)},
                                 {"<ID4>", ms_text(&n->mem, "%04X", key & 0xffff)}};
    return spelled(&n->mem, n->patterns[role], parts, sizeof parts / sizeof *parts);
}

const char *xc_folder_table(const struct xc_names *n, struct ms_mem *mem, uint64_t id)
{
    const struct part parts[] = {{"<replid>", ms_text(mem, "%X", xc_replid(id))},
                                 {"<counter>", ms_text(mem, "%llX", (unsigned long long)xc_counter(id))}};
    return spelled(mem, n->folder, parts, sizeof parts / sizeof *parts);
}
