/*
 * profile.c - reads the profile of an Exchange database: see profile.h.
 *
 * Layer: inside the EDB reader. Everything is a table: the roles, the fields each of them
 * has, the encodings. A line that means nothing is an error, so that a typing mistake does
 * not become a missing column.
 */
#include "profile.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_MOST 128u
#define MAILBOX   "<mailbox>"

/* The working hypothesis for Exchange 2000, 2003 and 2007. */
const char edb_profile_builtin[] =
    "# Exchange 2000, 2003, 2007: what is proven of it stands in docs/formats/edb.md\n"
    "[global]\n"
    "table = Global\n"
    "replids = MN667f\n"
    "\n"
    "[mailboxes]\n"
    "table = Mailbox\n"
    "number = L6707\n"
    "root = Q6748\n"
    "guid = N676c\n"
    "owner_sid = N66a0\n"
    "name = S3001\n"
    "dn = S3003\n"
    "smtp = S39fe\n"
    "locale = L66c4\n"
    "\n"
    "[folders]\n"
    "table = Folders\n"
    "columns = <m><l><id>\n"
    "id = Q6748\n"
    "parent = Q6749\n"
    "mailbox_guid = N676c\n"
    "\n"
    "[messages]\n"
    "table = Msg\n"
    "columns = <m><l><id>\n"
    "id = Q674a\n"
    "folder = Q6748\n"
    "recipients = Ne12\n"
    "\n"
    "[contents]\n"
    "template = MsgFolder\n"
    "name = <replid>-<counter>\n"
    "message_id = Q674a\n"
    "associated = B67aa\n"
    "\n"
    "[attachments]\n"
    "table = Attachments\n"
    "columns = <m><l><id>\n"
    "message_id = Q674a\n"
    "number = Le21\n"
    "method = L3705\n"
    "data = N3701\n"
    "embedded = Q67f2\n"
    "\n"
    "[names]\n"
    "table = NamedProps\n"
    "id = PropId\n"
    "kind = Kind\n"
    "lid = Lid\n"
    "guid = Guid\n"
    "name = Name\n";

/* Exchange 2013, 2016 and 2019. */
const char edb_profile_2013[] = "# Exchange 2013, 2016, 2019: what is proven of it stands in docs/formats/edb.md\n"
                                "[mailboxes]\n"
                                "table = Mailbox\n"
                                "number = MailboxNumber\n"
                                "guid = MailboxGuid\n"
                                "name = DisplayName\n"
                                "owner_name = MailboxOwnerDisplayName\n"
                                "type = MailboxType\n"
                                "blob = PropertyBlob\n"
                                "\n"
                                "[identities]\n"
                                "table = MailboxIdentity\n"
                                "number = MailboxNumber\n"
                                "guid = LocalIdGuid\n"
                                "\n"
                                "[folders]\n"
                                "table = Folder_<mailbox>\n"
                                "id = FolderId\n"
                                "parent = ParentFolderId\n"
                                "special = SpecialFolderNumber\n"
                                "count = MessageCount\n"
                                "hidden_count = HiddenItemCount\n"
                                "delta = PropertyBlobDelta\n"
                                "blob = PropertyBlob\n"
                                "large = LargePropertyValueBlob\n"
                                "extension = ExtensionBlob\n"
                                "separated = SeparatedProperty<slot>\n"
                                "3001001f = DisplayName\n"
                                "3004001f = Comment\n"
                                "3613001f = ContainerClass\n"
                                "65e00102 = SourceKey\n"
                                "65e20102 = ChangeKey\n"
                                "0e580102 = CreatorSid\n"
                                "0e590102 = LastModifierSid\n"
                                "\n"
                                "[messages]\n"
                                "table = Message_<mailbox>\n"
                                "id = MessageDocumentId\n"
                                "message_id = MessageId\n"
                                "folder = FolderId\n"
                                "hidden = IsHidden\n"
                                "recipients = RecipientList\n"
                                "parts = SubobjectsBlob\n"
                                "body = NativeBody\n"
                                "body_type = BodyType\n"
                                "delta = PropertyBlobDelta\n"
                                "blob = PropertyBlob\n"
                                "offpage = OffPagePropertyBlob\n"
                                "large = LargePropertyValueBlob\n"
                                "extension = ExtensionBlob\n"
                                "separated = SeparatedProperty<slot>\n"
                                "001a001f = MessageClass\n"
                                "00170003 = Importance\n"
                                "00360003 = Sensitivity\n"
                                "00390040 = DateSent\n"
                                "003d001f = SubjectPrefix\n"
                                "0e04001f = DisplayTo\n"
                                "0e060040 = DateReceived\n"
                                "0e080014 = Size\n"
                                "0e1b000b = HasAttachments\n"
                                "30070040 = DateCreated\n"
                                "30080040 = LastModificationTime\n"
                                "3ffd0003 = CodePage\n"
                                "65e00102 = SourceKey\n"
                                "65e20102 = ChangeKey\n"
                                "\n"
                                "[attachments]\n"
                                "table = Attachment_<mailbox>\n"
                                "number = Inid\n"
                                "method = AttachmentMethod\n"
                                "is_message = IsEmbeddedMessage\n"
                                "recipients = RecipientList\n"
                                "parts = SubobjectsBlob\n"
                                "delta = PropertyBlobDelta\n"
                                "blob = PropertyBlob\n"
                                "large = LargePropertyValueBlob\n"
                                "extension = ExtensionBlob\n"
                                "separated = SeparatedProperty<slot>\n"
                                "0e200003 = Size\n"
                                "37010102 = Content\n"
                                "37050003 = AttachmentMethod\n"
                                "3707001f = Name\n"
                                "370e001f = ContentType\n"
                                "3712001f = ContentId\n"
                                "30070040 = CreationTime\n"
                                "30080040 = LastModificationTime\n"
                                "\n"
                                "[names]\n"
                                "table = ExtendedPropertyNameMapping_<mailbox>\n"
                                "id = PropNumber\n"
                                "guid = PropGuid\n"
                                "name = PropName\n"
                                "lid = PropDispId\n";

static const char *const role_names[EDB_ROLES] = {"global",   "mailboxes",   "folders", "messages",
                                                  "contents", "attachments", "names",   "identities"};

static const char *const encoding_names[EDB_ENCODINGS] = {
    [EDB_BE64] = "be64", [EDB_LE64] = "le64",         [EDB_UTF16] = "utf16", [EDB_ANSI] = "ansi",
    [EDB_RAW] = "raw",   [EDB_FILETIME] = "filetime", [EDB_BOOL] = "bool",   [EDB_I32] = "i32",
    [EDB_I16] = "i16",   [EDB_GUID16] = "guid"};

#define IN(role)  (1u << (role))
#define HAS_BLOBS (IN(EDB_FOLDERS) | IN(EDB_MESSAGES) | IN(EDB_ATTACHMENTS))

static const struct field_row {
    const char *name;
    unsigned roles; /* that have it */
} fields[EDB_FIELDS] = {
    [EDB_REPLIDS] = {"replids", IN(EDB_GLOBAL)},
    [EDB_NUMBER] = {"number", IN(EDB_MAILBOXES) | IN(EDB_ATTACHMENTS) | IN(EDB_IDENTITIES)},
    [EDB_ROOT] = {"root", IN(EDB_MAILBOXES)},
    [EDB_GUID] = {"guid", IN(EDB_MAILBOXES) | IN(EDB_NAMES) | IN(EDB_IDENTITIES)},
    [EDB_OWNER_SID] = {"owner_sid", IN(EDB_MAILBOXES)},
    [EDB_NAME] = {"name", IN(EDB_MAILBOXES) | IN(EDB_NAMES)},
    [EDB_DN] = {"dn", IN(EDB_MAILBOXES)},
    [EDB_SMTP] = {"smtp", IN(EDB_MAILBOXES)},
    [EDB_LOCALE] = {"locale", IN(EDB_MAILBOXES)},
    [EDB_ID] = {"id", IN(EDB_FOLDERS) | IN(EDB_MESSAGES) | IN(EDB_NAMES)},
    [EDB_PARENT] = {"parent", IN(EDB_FOLDERS)},
    [EDB_MAILBOX] = {"mailbox_guid", IN(EDB_FOLDERS)},
    [EDB_FOLDER] = {"folder", IN(EDB_MESSAGES)},
    [EDB_RECIPIENTS] = {"recipients", IN(EDB_MESSAGES) | IN(EDB_ATTACHMENTS)},
    [EDB_MESSAGE] = {"message_id", IN(EDB_CONTENTS) | IN(EDB_ATTACHMENTS) | IN(EDB_MESSAGES)},
    [EDB_ASSOCIATED] = {"associated", IN(EDB_CONTENTS)},
    [EDB_METHOD] = {"method", IN(EDB_ATTACHMENTS)},
    [EDB_DATA] = {"data", IN(EDB_ATTACHMENTS)},
    [EDB_EMBEDDED] = {"embedded", IN(EDB_ATTACHMENTS)},
    [EDB_KIND] = {"kind", IN(EDB_NAMES)},
    [EDB_LID] = {"lid", IN(EDB_NAMES)},
    [EDB_OWNER_NAME] = {"owner_name", IN(EDB_MAILBOXES)},
    [EDB_TYPE] = {"type", IN(EDB_MAILBOXES)},
    [EDB_HIDDEN] = {"hidden", IN(EDB_MESSAGES)},
    [EDB_SPECIAL] = {"special", IN(EDB_FOLDERS)},
    [EDB_COUNT] = {"count", IN(EDB_FOLDERS)},
    [EDB_HIDDEN_COUNT] = {"hidden_count", IN(EDB_FOLDERS)},
    [EDB_BLOB] = {"blob", IN(EDB_MAILBOXES) | HAS_BLOBS},
    [EDB_DELTA] = {"delta", HAS_BLOBS},
    [EDB_OFFPAGE] = {"offpage", HAS_BLOBS},
    [EDB_LARGE] = {"large", HAS_BLOBS},
    [EDB_EXTENSION] = {"extension", HAS_BLOBS},
    [EDB_SEPARATED] = {"separated", HAS_BLOBS},
    [EDB_BODY] = {"body", IN(EDB_MESSAGES) | IN(EDB_ATTACHMENTS)},
    [EDB_BODY_TYPE] = {"body_type", IN(EDB_MESSAGES) | IN(EDB_ATTACHMENTS)},
    [EDB_PARTS] = {"parts", IN(EDB_MESSAGES) | IN(EDB_ATTACHMENTS)},
    [EDB_IS_MESSAGE] = {"is_message", IN(EDB_ATTACHMENTS)},
};

const char *edb_role_name(enum edb_role role) { return role_names[role]; }

/* --- reading ----------------------------------------------------------------------- */

struct parser {
    struct pl_arena *arena;
    struct edb_profile *out;
    struct edb_profile_error *error;
    int role; /* of the section at hand, -1 before the first */
};

static bool fail(struct parser *p, const char *format, ...) PL_PRINTF(2, 3);

static bool fail(struct parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->error->why, sizeof p->error->why, format, args);
    va_end(args);
    return false;
}

/* Cuts blanks at both ends. */
static struct pl_bytes trimmed(struct pl_bytes b)
{
    while (b.size && isspace(b.data[0]))
        b = (struct pl_bytes){b.data + 1, b.size - 1};
    while (b.size && isspace(b.data[b.size - 1]))
        b.size--;
    return b;
}

/* The text before the first `at`, and what follows it; false: there is none. */
static bool split(struct pl_bytes whole, int at, struct pl_bytes *before, struct pl_bytes *after)
{
    const uint8_t *found = whole.size ? memchr(whole.data, at, whole.size) : NULL;
    if (!found)
        return false;
    size_t size = (size_t)(found - whole.data);
    *before = trimmed((struct pl_bytes){whole.data, size});
    *after = trimmed((struct pl_bytes){found + 1, whole.size - size - 1});
    return true;
}

static bool word_is(struct pl_bytes word, const char *text)
{
    return word.size == strlen(text) && !memcmp(word.data, text, word.size);
}

static bool section(struct parser *p, struct pl_bytes line)
{
    const struct pl_bytes name = trimmed((struct pl_bytes){line.data + 1, line.size - 2});
    for (int i = 0; i < EDB_ROLES; i++)
        if (word_is(name, role_names[i])) {
            p->role = i;
            return true;
        }
    return fail(p, "no role is called '%.*s'", (int)name.size, (const char *)name.data);
}

static char *copy(struct parser *p, struct pl_bytes b)
{
    return pl_arena_printf(p->arena, "%.*s", (int)b.size, (const char *)b.data);
}

/* "Q674a" or "Q674a be64" */
static bool binding(struct parser *p, enum edb_field field, struct pl_bytes value)
{
    struct edb_binding *b = &p->out->parts[p->role].fields[field];
    struct pl_bytes column = value, encoding;
    b->encoding = EDB_AUTO;
    if (split(value, ' ', &column, &encoding)) {
        for (enum edb_encoding e = EDB_AUTO + 1; e < EDB_ENCODINGS; e++)
            if (word_is(encoding, encoding_names[e]))
                b->encoding = e;
        if (b->encoding == EDB_AUTO)
            return fail(p, "no encoding is called '%.*s'", (int)encoding.size, (const char *)encoding.data);
    }
    b->column = copy(p, column);
    return b->column || fail(p, "out of memory");
}

/* "3001001f = DisplayName" */
static bool tag_parse(struct pl_bytes key, uint32_t *tag)
{
    *tag = 0;
    for (size_t i = 0; i < key.size; i++) {
        if (!isxdigit(key.data[i]))
            return false;
        int digit = isdigit(key.data[i]) ? key.data[i] - '0' : tolower(key.data[i]) - 'a' + 10;
        *tag = *tag << 4 | (unsigned)digit;
    }
    return key.size == 8;
}

static bool tag_add(struct parser *p, uint32_t tag, struct pl_bytes value)
{
    struct edb_part *part = &p->out->parts[p->role];
    if (part->tag_count == EDB_TAGS)
        return fail(p, "more than %u properties", EDB_TAGS);
    part->tags[part->tag_count] = (struct edb_tag){tag, copy(p, value)};
    return part->tags[part->tag_count++].column || fail(p, "out of memory");
}

static bool setting(struct parser *p, struct pl_bytes key, struct pl_bytes value)
{
    uint32_t tag;
    struct edb_part *part = &p->out->parts[p->role];
    const struct {
        const char *name;
        const char **place;
        bool fits;
        const char *holds[2]; /* or the text says nothing */
    } texts[] = {{"table", &part->table, p->role != EDB_CONTENTS, {NULL}},
                 {"template", &part->templated, p->role == EDB_CONTENTS, {NULL}},
                 {"name", &part->naming, p->role == EDB_CONTENTS, {"<counter>"}},
                 {"columns", &part->columns, true, {"<l>", "<id>"}}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!texts[i].fits || !word_is(key, texts[i].name))
            continue;
        const char *text = *texts[i].place = copy(p, value);
        for (size_t k = 0; text && k < 2 && texts[i].holds[k]; k++)
            if (!strstr(text, texts[i].holds[k]) && !(k && strstr(text, "<ID4>")))
                return fail(p, "'%s' has no %s", texts[i].name, texts[i].holds[k]);
        return text || fail(p, "out of memory");
    }
    for (enum edb_field f = 0; f < EDB_FIELDS; f++)
        if (word_is(key, fields[f].name) && (fields[f].roles & IN(p->role)))
            return binding(p, f, value);
    if (tag_parse(key, &tag))
        return tag_add(p, tag, value);
    return fail(p, "[%s] has no '%.*s'", role_names[p->role], (int)key.size, (const char *)key.data);
}

static bool line_parse(struct parser *p, struct pl_bytes line)
{
    struct pl_bytes key, value;
    line = trimmed(line);
    if (!line.size || line.data[0] == '#')
        return true;
    if (line.size > WORD_MOST)
        return fail(p, "the line is too long");
    if (line.data[0] == '[' && line.data[line.size - 1] == ']')
        return section(p, line);
    if (!split(line, '=', &key, &value) || !key.size || !value.size)
        return fail(p, "neither '[role]' nor 'name = value'");
    if (memchr(line.data, 0, line.size))
        return fail(p, "not a text");
    return p->role >= 0 ? setting(p, key, value) : fail(p, "the first line has to be a '[role]'");
}

bool edb_profile_parse(const char *text, size_t size, struct pl_arena *arena, struct edb_profile *out,
                       struct edb_profile_error *error)
{
    struct parser p = {.arena = arena, .out = out, .error = error, .role = -1};
    *out = (struct edb_profile){0};
    *error = (struct edb_profile_error){.line = 1};
    for (size_t at = 0; at < size; error->line++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        if (!line_parse(&p, (struct pl_bytes){(const uint8_t *)text + at, length}))
            return false;
        at += length + 1;
    }
    bool any = false;
    for (int i = 0; i < EDB_ROLES; i++) {
        any = any || out->parts[i].table || out->parts[i].templated;
        out->by_mailbox = out->by_mailbox || (out->parts[i].table && strstr(out->parts[i].table, MAILBOX));
    }
    error->line = 0;
    return any || fail(&p, "it names no table");
}

/* --- names ----------------------------------------------------------------------------- */

static const char letters[] = "LSTQNBID";

/* 1 to 4 hex digits without a leading zero; or exactly four. Returns what follows, or NULL. */
static const char *hex_id(const char *at, bool four, uint16_t *out)
{
    unsigned value = 0, n = 0;
    for (; n < 4 && isxdigit((unsigned char)*at); n++, at++) {
        unsigned digit = isdigit((unsigned char)*at) ? (unsigned)(*at - '0')
                                                     : (unsigned)(tolower((unsigned char)*at) - 'a' + 10);
        value = value << 4 | digit;
        if (!four && !value)
            return NULL;
    }
    *out = (uint16_t)value;
    return n && (!four || n == 4) ? at : NULL;
}

bool edb_property_parse(const char *pattern, const char *column, struct edb_property_name *out)
{
    *out = (struct edb_property_name){0};
    while (*pattern) {
        if (!strncmp(pattern, "<m>", 3)) {
            out->multiple = *column == 'M';
            column += out->multiple;
            pattern += 3;
        } else if (!strncmp(pattern, "<l>", 3)) {
            if (!*column || !strchr(letters, *column))
                return false;
            out->letter = *column++;
            pattern += 3;
        } else if (!strncmp(pattern, "<id>", 4) || !strncmp(pattern, "<ID4>", 5)) {
            bool four = pattern[1] == 'I';
            column = hex_id(column, four, &out->id);
            if (!column)
                return false;
            pattern += four ? 5 : 4;
        } else if (*pattern++ != *column++) {
            return false;
        }
    }
    return !*column && out->id && out->letter;
}

bool edb_contents_name(const char *naming, uint16_t replid, uint64_t counter, char *out, size_t size)
{
    size_t n = 0;
    while (*naming && n < size) {
        int added = 1;
        if (!strncmp(naming, "<replid>", 8)) {
            added = snprintf(out + n, size - n, "%" PRIX16, replid);
            naming += 8;
        } else if (!strncmp(naming, "<counter>", 9)) {
            added = snprintf(out + n, size - n, "%" PRIX64, counter);
            naming += 9;
        } else {
            out[n] = *naming++;
        }
        n += (size_t)added;
    }
    if (n >= size)
        return false;
    out[n] = '\0';
    return true;
}

bool edb_mailbox_name(const char *naming, uint32_t number, char *out, size_t size)
{
    const char *at = strstr(naming, MAILBOX);
    if (!at)
        return false;
    int n = snprintf(out, size, "%.*s%" PRIu32 "%s", (int)(at - naming), naming, number, at + strlen(MAILBOX));
    return n > 0 && (size_t)n < size;
}

bool edb_mailbox_parse(const char *naming, const char *name, uint32_t *number)
{
    const char *at = strstr(naming, MAILBOX);
    size_t before = at ? (size_t)(at - naming) : 0;
    char *end;
    if (!at || strncmp(naming, name, before) != 0 || !isdigit((unsigned char)name[before]))
        return false;
    unsigned long value = strtoul(name + before, &end, 10);
    *number = (uint32_t)value;
    return value <= UINT32_MAX && !strcmp(end, at + strlen(MAILBOX));
}

/* Upper-case hex digits, up to `most`; returns what follows, or NULL. */
static const char *hex_upper(const char *at, unsigned most, uint64_t *out)
{
    unsigned n = 0;
    for (*out = 0; n < most && (isdigit((unsigned char)*at) || (*at >= 'A' && *at <= 'F')); n++, at++)
        *out = *out << 4 | (uint64_t)(isdigit((unsigned char)*at) ? *at - '0' : *at - 'A' + 10);
    return n ? at : NULL;
}

bool edb_contents_parse(const char *naming, const char *name, uint16_t *replid, uint64_t *counter)
{
    uint64_t first = 0;
    *counter = 0;
    while (*naming && name) {
        if (!strncmp(naming, "<replid>", 8)) {
            name = hex_upper(name, 4, &first);
            naming += 8;
        } else if (!strncmp(naming, "<counter>", 9)) {
            name = hex_upper(name, 12, counter);
            naming += 9;
        } else if (*naming++ != *name++) {
            return false;
        }
    }
    *replid = (uint16_t)first;
    return name && !*name && *counter;
}
