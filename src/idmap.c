/*
 * idmap.c - from bytes to text, and from the values of one entry to a statement. See idmap.h.
 *
 * Layer: core, above people. An entry with a value of the wrong form is not used, because
 * such a value mostly means that the columns of the row have moved. What is a role and no
 * person (S-1-5-10 of a room, say) is left out without a fault.
 */
#include "idmap_int.h"

#include "plural.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ENTRY_MEMORY ((size_t)4 << 20)
#define KEYS_MOST    4096u
#define FAULTS_SHOWN 100u
#define NAME_MOST    200u
#define SID_TEXT     192u

/* --- text ------------------------------------------------------------------------------------ */

static int raw_get(struct idmap_input *in)
{
    if (in->at == in->size) {
        size_t got = 0;
        in->failed |= pl_source_read(in->source, in->offset, in->data, sizeof in->data, &got) != PL_OK;
        in->offset += got;
        in->at = 0;
        in->size = in->failed ? 0 : got;
        if (!in->size)
            return IDMAP_EOF;
    }
    return in->data[in->at++];
}

/* One unit of 16 bits; a last odd byte is no text. */
static int wide_get(struct idmap_input *in)
{
    int a = raw_get(in), b = raw_get(in);
    if (a == IDMAP_EOF || b == IDMAP_EOF)
        return IDMAP_EOF;
    return in->coding == IDMAP_UTF16LE ? a | b << 8 : a << 8 | b;
}

static void encode(struct idmap_input *in, uint32_t c)
{
    uint8_t *p = in->pending;
    in->pending_at = 0;
    if (c < 0x80) {
        p[0] = (uint8_t)c;
        in->pending_size = 1;
    } else if (c < 0x800) {
        p[0] = (uint8_t)(0xc0 | c >> 6);
        p[1] = (uint8_t)(0x80 | (c & 0x3f));
        in->pending_size = 2;
    } else if (c < 0x10000) {
        p[0] = (uint8_t)(0xe0 | c >> 12);
        p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c & 0x3f));
        in->pending_size = 3;
    } else {
        p[0] = (uint8_t)(0xf0 | c >> 18);
        p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[3] = (uint8_t)(0x80 | (c & 0x3f));
        in->pending_size = 4;
    }
}

/* A surrogate without its other half becomes U+FFFD, which no name may have. */
static bool wide_next(struct idmap_input *in)
{
    int c = wide_get(in);
    if (c == IDMAP_EOF)
        return false;
    uint32_t whole = (uint32_t)c;
    if (c >= 0xd800 && c < 0xdc00) {
        int low = wide_get(in);
        whole = low >= 0xdc00 && low < 0xe000 ? 0x10000 + (((uint32_t)c & 0x3ff) << 10) + ((uint32_t)low & 0x3ff)
                                              : 0xfffd;
    } else if (c >= 0xdc00 && c < 0xe000) {
        whole = 0xfffd;
    }
    encode(in, whole);
    return true;
}

int idmap_get(struct idmap_input *in)
{
    int c = in->pushed;
    if (c != IDMAP_EOF) {
        in->pushed = IDMAP_EOF;
    } else if (in->coding == IDMAP_UTF8) {
        c = raw_get(in);
    } else {
        if (in->pending_at == in->pending_size && !wide_next(in))
            return IDMAP_EOF;
        c = in->pending[in->pending_at++];
    }
    in->line += c == '\n';
    return c;
}

void idmap_unget(struct idmap_input *in, int c)
{
    in->pushed = c;
    in->line -= c == '\n';
}

/* Without a mark, text of 16 bits shows itself by the zero of its first character. */
void idmap_rewind(struct idmap_input *in)
{
    uint8_t head[3] = {0};
    size_t got = 0, skip = 0;
    struct pl_source *source = in->source;
    bool failed = pl_source_read(source, 0, head, sizeof head, &got) != PL_OK;
    memset(in, 0, sizeof *in);
    in->source = source;
    in->failed = failed;
    in->pushed = IDMAP_EOF;
    in->line = 1;
    bool marked = got >= 2 && ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff));
    if (got >= 2 && (marked ? head[0] == 0xff : head[0] && !head[1]))
        in->coding = IDMAP_UTF16LE;
    else if (got >= 2 && (marked || (!head[0] && head[1])))
        in->coding = IDMAP_UTF16BE;
    if (marked)
        skip = 2;
    else if (got == 3 && !memcmp(head, "\xef\xbb\xbf", 3))
        skip = 3;
    in->offset = skip;
}

/* --- names of fields ---------------------------------------------------------------------------- */

static const struct {
    const char *name; /* lower case, letters and digits */
    enum idmap_field field;
} fields[] = {
    {"legacyexchangedn", IDMAP_DN},
    {"legacydn", IDMAP_DN},
    {"exchangedn", IDMAP_DN},
    {"dn", IDMAP_DN},
    {"ex", IDMAP_DN},
    {"x500", IDMAP_DN},
    {"objectsid", IDMAP_SID},
    {"sid", IDMAP_SID},
    {"usersid", IDMAP_SID},
    {"securityidentifier", IDMAP_SID},
    {"msexchmasteraccountsid", IDMAP_SIDS},
    {"masteraccountsid", IDMAP_SIDS},
    {"sidhistory", IDMAP_SIDS},
    {"primarysmtpaddress", IDMAP_SMTP},
    {"primarysmtp", IDMAP_SMTP},
    {"smtp", IDMAP_SMTP},
    {"smtpaddress", IDMAP_SMTP},
    {"mail", IDMAP_MAIL},
    {"email", IDMAP_MAIL},
    {"emailaddress", IDMAP_MAIL},
    {"windowsemailaddress", IDMAP_MAIL},
    {"proxyaddresses", IDMAP_PROXIES},
    {"emailaddresses", IDMAP_PROXIES},
    {"displayname", IDMAP_NAME},
    {"fullname", IDMAP_NAME},
    {"name", IDMAP_NAME2},
};

static char letter(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

enum idmap_field idmap_field_of(const char *name, size_t size)
{
    char plain[32];
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        char c = letter(name[i]);
        if (strchr(" \t-_.\"", c))
            continue;
        if (n == sizeof plain - 1)
            return IDMAP_OTHER;
        plain[n++] = c;
    }
    plain[n] = '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcmp(plain, fields[i].name))
            return fields[i].field;
    return IDMAP_OTHER;
}

/* --- faults ----------------------------------------------------------------------------------- */

void idmap_fault(struct idmap *m, uint64_t line, const char *format, ...)
{
    char text[256];
    va_list list;
    if (m->wrong)
        return;
    m->wrong = true;
    if (m->faults++ >= FAULTS_SHOWN)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    pl_report(m->report, PL_WARN, "idmap.entry", NULL, PL_NO_OFFSET,
              "%.200s:%" PRIu64 ": %s; this entry is not used", m->path, line, text);
}

enum pl_status idmap_refuse(struct idmap *m, uint64_t line, const char *format, ...)
{
    int used = snprintf(m->why, sizeof m->why, "%.120s:%" PRIu64 ": ", m->path, line);
    va_list list;
    va_start(list, format);
    vsnprintf(m->why + used, sizeof m->why - (size_t)used, format, list);
    va_end(list);
    return PL_STOP;
}

/* --- values ------------------------------------------------------------------------------------- */

static const char *keep(struct idmap *m, const char *data, size_t size)
{
    char *copy = pl_arena_alloc(&m->arena, size + 1);
    if (!copy) {
        idmap_fault(m, m->line, "it is larger than an entry may be");
        return NULL;
    }
    memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

static void key_add(struct idmap *m, enum pl_key_kind kind, const char *text)
{
    if (m->key_count == m->key_room) {
        size_t room = m->key_room ? m->key_room * 2 : 16;
        struct pl_key *more = room <= KEYS_MOST ? pl_arena_zalloc(&m->arena, room, sizeof *more) : NULL;
        if (!more) {
            idmap_fault(m, m->line, "it has too many names");
            return;
        }
        if (m->key_count)
            memcpy(more, m->keys, m->key_count * sizeof *more);
        m->keys = more;
        m->key_room = room;
    }
    m->keys[m->key_count++] = (struct pl_key){kind, text};
}

/* A shortened quote for a diagnostic. */
static int shown(size_t size) { return size > 60 ? 60 : (int)size; }

/* "CN=Anna,OU=Staff,DC=example,DC=org": the directory's own name of the entry, which items never have. */
static bool is_directory_name(const char *text)
{
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    return letters > 0 && text[letters] == '=';
}

static void dn_value(struct idmap *m, const char *text)
{
    char folded[PL_KEY_TEXT_MAX];
    if (!strncasecmp(text, "x500:", 5) || !strncasecmp(text, "ex:", 3))
        text = strchr(text, ':') + 1;
    if (is_directory_name(text))
        return;
    if (!pl_key_fold(PL_KEY_DN, text, folded)) {
        idmap_fault(m, m->line, "'%.60s' is no legacyExchangeDN, which begins with /o=", text);
        return;
    }
    if (!m->person.dn)
        m->person.dn = text;
    key_add(m, PL_KEY_DN, text);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = letter(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* X'0105...' as csvde writes it, or the digits alone. 0: it is not of that form. */
static size_t hex_bytes(const char *text, size_t size, uint8_t *out, size_t room)
{
    if (size >= 3 && letter(text[0]) == 'x' && text[1] == '\'' && text[size - 1] == '\'') {
        text += 2;
        size -= 3;
    }
    if (size % 2 || size / 2 > room)
        return 0;
    for (size_t i = 0; i < size; i += 2) {
        int a = hex_digit(text[i]), b = hex_digit(text[i + 1]);
        if (a < 0 || b < 0)
            return 0;
        out[i / 2] = (uint8_t)(a << 4 | b);
    }
    return size / 2;
}

/* As text, as bytes, or as hexadecimal digits of the bytes. */
static bool sid_of(const char *data, size_t size, char out[SID_TEXT])
{
    uint8_t bytes[128];
    size_t count = hex_bytes(data, size, bytes, sizeof bytes);
    if (count && pl_sid_text((struct pl_bytes){.data = bytes, .size = count}, out, SID_TEXT))
        return true;
    if (size && data[0] == 1 &&
        pl_sid_text((struct pl_bytes){.data = (const uint8_t *)data, .size = size}, out, SID_TEXT))
        return true;
    if (size < 5 || size >= SID_TEXT || strncasecmp(data, "S-1-", 4) != 0)
        return false;
    memcpy(out, data, size);
    out[size] = '\0';
    return strspn(out + 2, "0123456789-") == size - 2;
}

/* Blanks at both ends; bytes of a SID have none there, since it begins with 1. */
static void trim(const char **data, size_t *size)
{
    while (*size && strchr(" \t\r\n", **data))
        ++*data, --*size;
    while (*size && **data != 1 && strchr(" \t\r\n", (*data)[*size - 1]))
        --*size;
}

static void sid_value(struct idmap *m, enum idmap_field field, const char *data, size_t size)
{
    char text[SID_TEXT], folded[PL_KEY_TEXT_MAX];
    trim(&data, &size);
    if (!sid_of(data, size, text)) {
        idmap_fault(m, m->line, "'%.*s' is no SID, neither as S-1-... nor as bytes", shown(size), data);
        return;
    }
    if (!pl_key_fold(PL_KEY_SID, text, folded)) /* a role that many have */
        return;
    const char *kept = keep(m, text, strlen(text));
    if (field == IDMAP_SID && !m->person.sid)
        m->person.sid = kept;
    else if (field == IDMAP_SID && kept && strcasecmp(kept, m->person.sid) != 0)
        idmap_fault(m, m->line, "it has two SIDs, %s and %s", m->person.sid, kept);
    if (kept)
        key_add(m, PL_KEY_SID, kept);
}

/* csvde separates several values by semicolons; SIDs have none inside. */
static void sids_value(struct idmap *m, enum idmap_field field, const char *data, size_t size)
{
    const char *semicolon = size && data[0] != 1 ? memchr(data, ';', size) : NULL;
    while (semicolon) {
        size_t part = (size_t)(semicolon - data);
        sid_value(m, field, data, part);
        data += part + 1;
        size -= part + 1;
        semicolon = memchr(data, ';', size);
    }
    sid_value(m, field, data, size);
}

static void smtp_value(struct idmap *m, enum idmap_field field, const char *text)
{
    char folded[PL_KEY_TEXT_MAX];
    if (!strncasecmp(text, "smtp:", 5))
        text += 5;
    if (!pl_key_fold(PL_KEY_SMTP, text, folded)) {
        idmap_fault(m, m->line, "'%.60s' is no address", text);
        return;
    }
    const char **at = field == IDMAP_SMTP ? &m->primary : &m->mail;
    if (*at && strcasecmp(*at, text) != 0 && field == IDMAP_SMTP)
        idmap_fault(m, m->line, "it has two primary addresses, %.60s and %.60s", *at, text);
    if (!*at)
        *at = text;
    key_add(m, PL_KEY_SMTP, text);
}

static void proxy_value(struct idmap *m, char *text)
{
    char folded[PL_KEY_TEXT_MAX];
    size_t size = strlen(text);
    while (size && strchr(" \t\r\n", text[size - 1]))
        text[--size] = '\0';
    if (!strncmp(text, "SMTP:", 5)) {
        smtp_value(m, IDMAP_SMTP, text + 5);
    } else if (!strncasecmp(text, "smtp:", 5)) {
        if (!pl_key_fold(PL_KEY_SMTP, text + 5, folded)) {
            idmap_fault(m, m->line, "'%.60s' is no address", text + 5);
            return;
        }
        m->other = text + 5;
        m->other_count++;
        key_add(m, PL_KEY_SMTP, text + 5);
    } else if (!strncasecmp(text, "x500:", 5)) {
        if (pl_key_fold(PL_KEY_DN, text + 5, folded))
            key_add(m, PL_KEY_DN, text + 5);
    }
}

/* Does an address with its type ("X400:...") begin here? */
static bool begins_proxy(const char *text)
{
    text += strspn(text, " ");
    size_t type = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    return type >= 2 && type <= 15 && text[type] == ':';
}

/* One value, or many in a cell: a separator is one when an address with its type follows. X.400
 * addresses have semicolons of their own. */
static void proxies_value(struct idmap *m, char *text)
{
    if (!strncmp(text, "Microsoft.", 10) || !strncmp(text, "System.", 7)) {
        idmap_fault(m, m->line, "'%.60s' is the name of a type, not addresses: export them with -join ';'", text);
        return;
    }
    while (*text) {
        char *end = text;
        while (*end && !(strchr(";|,\n \t", *end) && begins_proxy(end + 1)))
            end++;
        char *next = *end ? end + 1 : end;
        *end = '\0';
        proxy_value(m, text + strspn(text, " \t\r\n"));
        text = next;
    }
}

/* Names of people need not be whole: 8-bit ones are read in the usual code page. */
static void name_value(struct idmap *m, enum idmap_field field, const char *text)
{
    const char **at = field == IDMAP_NAME ? &m->person.name : &m->name2;
    size_t size = strlen(text);
    unsigned replaced = 0;
    bool known = true;
    if (!pl_utf8_valid(text, size))
        text = pl_text_codepage(m->text, &m->arena, 1252, (const uint8_t *)text, size, &replaced, &known);
    if (text && !*at && strlen(text) <= NAME_MOST)
        *at = text;
}

void idmap_value(struct idmap *m, enum idmap_field field, const char *data, size_t size)
{
    uint8_t bytes[1024];
    if (m->wrong || field == IDMAP_OTHER)
        return;
    trim(&data, &size);
    if (!size)
        return;
    if (field == IDMAP_SID || field == IDMAP_SIDS) {
        sids_value(m, field, data, size);
        return;
    }
    size_t count =
        letter(data[0]) == 'x' && size > 3 && data[1] == '\'' ? hex_bytes(data, size, bytes, sizeof bytes) : 0;
    if (count) {
        data = (const char *)bytes;
        size = count;
        trim(&data, &size);
    }
    char *text = (char *)keep(m, data, size);
    if (!text)
        return;
    if (strlen(text) != size) {
        idmap_fault(m, m->line, "a value has a NUL");
        return;
    }
    switch (field) {
    case IDMAP_DN: dn_value(m, text); break;
    case IDMAP_SMTP:
    case IDMAP_MAIL: smtp_value(m, field, text); break;
    case IDMAP_PROXIES: proxies_value(m, text); break;
    case IDMAP_NAME:
    case IDMAP_NAME2: name_value(m, field, text); break;
    default: break;
    }
}

/* --- entries ------------------------------------------------------------------------------------ */

void idmap_begin(struct idmap *m, uint64_t line)
{
    pl_arena_reset(&m->arena);
    m->line = line;
    m->wrong = false;
    m->person = (struct pl_statement){.said = PL_SAID_MAP};
    m->keys = NULL;
    m->key_count = m->key_room = m->other_count = 0;
    m->primary = m->mail = m->other = m->name2 = NULL;
}

static const char *first_of(const struct idmap *m, enum pl_key_kind kind)
{
    for (size_t i = 0; i < m->key_count; i++)
        if (m->keys[i].kind == kind)
            return m->keys[i].text;
    return NULL;
}

void idmap_end(struct idmap *m)
{
    struct pl_statement *p = &m->person;
    m->entries++;
    if (m->wrong || m->full)
        return;
    p->smtp = m->primary ? m->primary : m->mail ? m->mail : m->other_count == 1 ? m->other : NULL;
    p->dn = p->dn ? p->dn : first_of(m, PL_KEY_DN);
    p->sid = p->sid ? p->sid : first_of(m, PL_KEY_SID);
    p->name = p->name ? p->name : m->name2;
    p->place = pl_arena_printf(&m->arena, "%s:%" PRIu64, m->path, m->line);
    p->more = m->keys;
    p->more_count = m->key_count;
    if (!!p->dn + !!p->sid + !!p->smtp < 2)
        return;
    enum pl_status st = pl_people_add(m->people, p);
    m->full |= st == PL_STOP;
    m->people_count += st == PL_OK;
}

/* --- files -------------------------------------------------------------------------------------- */

/* Text has no NULs; UTF-16 is known by its first two bytes. */
static bool is_binary(struct idmap *m)
{
    idmap_rewind(&m->in);
    for (int i = 0; i < 4096; i++) {
        int c = idmap_get(&m->in);
        if (c == IDMAP_EOF)
            break;
        if (!c)
            return true;
    }
    return false;
}

/* LDIF begins with "version:" or "dn:", after comments and blank lines. */
static bool is_ldif(struct idmap *m)
{
    char word[9] = "";
    size_t n = 0;
    int c;
    idmap_rewind(&m->in);
    while ((c = idmap_get(&m->in)) == '#' || c == '\n' || c == '\r')
        while (c == '#' || (c != '\n' && c != '\r' && c != IDMAP_EOF))
            c = idmap_get(&m->in);
    for (; c != IDMAP_EOF && n < sizeof word - 1 && c != '\n'; c = idmap_get(&m->in)) {
        word[n++] = letter((char)c);
        if (c == ':')
            break;
    }
    return !strcmp(word, "dn:") || !strcmp(word, "version:");
}

static enum pl_status map_read(struct idmap *m, bool only_check)
{
    if (is_binary(m))
        return idmap_refuse(m, m->in.line, "this is no text: give a CSV or LDIF export of the directory");
    bool ldif = is_ldif(m);
    idmap_rewind(&m->in);
    return ldif ? idmap_ldif(m, only_check) : idmap_csv(m, only_check);
}

static void map_begin(struct idmap *m, struct pl_source *source, const char *name)
{
    m->path = name;
    m->in.source = source;
    pl_arena_init(&m->arena, ENTRY_MEMORY);
    pl_buf_init(&m->value, IDMAP_VALUE_MOST);
}

static void map_release(struct idmap *m)
{
    pl_buf_release(&m->value);
    pl_arena_release(&m->arena);
}

enum pl_status pl_idmap_check(const char *path, char why[PL_IDMAP_WHY])
{
    struct pl_source source;
    struct idmap m = {0};
    const char *fault = NULL;
    if (pl_source_open(&source, path, &fault) != PL_OK) {
        snprintf(why, PL_IDMAP_WHY, "%.120s: %.120s", path, fault);
        return PL_STOP;
    }
    map_begin(&m, &source, path);
    enum pl_status st = map_read(&m, true);
    if (m.in.failed)
        st = idmap_refuse(&m, m.in.line, "the file can't be read: copy it to another disk");
    if (st != PL_OK)
        memcpy(why, m.why, PL_IDMAP_WHY);
    map_release(&m);
    pl_source_close(&source);
    return st;
}

static enum pl_status map_end(struct idmap *m)
{
    if (m->full)
        return pl_report(m->report, PL_STOP, "ledger.write", NULL, PL_NO_OFFSET,
                         "%.200s: the people of this map can't be kept: make room for temporary files", m->path);
    if (m->faults > FAULTS_SHOWN)
        pl_report(m->report, PL_WARN, "idmap.entry", NULL, PL_NO_OFFSET, "%.200s: %" PRIu64 " more %s not used",
                  m->path, m->faults - FAULTS_SHOWN,
                  pl_plural(m->faults - FAULTS_SHOWN, "entry that is", "entries that are"));
    if (m->in.failed)
        return pl_report(m->report, PL_LOST, "idmap.read", NULL, PL_NO_OFFSET,
                         "%.200s:%" PRIu64 ": the file can't be read on", m->path, m->in.line);
    pl_report(m->report, PL_OK, "idmap.read", NULL, PL_NO_OFFSET,
              "%.200s: %" PRIu64 " %s known from %" PRIu64 " %s, %" PRIu64 " with faults", m->path, m->people_count,
              pl_plural(m->people_count, "person", "people"), m->entries, pl_plural(m->entries, "entry", "entries"),
              m->faults);
    if (!m->people_count)
        pl_report(m->report, PL_WARN, "idmap.nobody", NULL, PL_NO_OFFSET,
                  "%.200s: nobody is known from it: no entry has two of legacyExchangeDN, objectSid and mail",
                  m->path);
    return PL_OK;
}

enum pl_status pl_idmap_over(struct pl_source *source, const char *name, struct pl_text *text,
                             struct pl_people *people, struct pl_report *report)
{
    struct idmap m = {.text = text, .people = people, .report = report};
    map_begin(&m, source, name);
    enum pl_status st = map_read(&m, false);
    st = st == PL_OK ? map_end(&m) : pl_report(report, PL_LOST, "idmap.read", NULL, PL_NO_OFFSET, "%s", m.why);
    map_release(&m);
    return st;
}

enum pl_status pl_idmap_load(const char *path, struct pl_text *text, struct pl_people *people,
                             struct pl_report *report)
{
    struct pl_source source;
    const char *why = NULL;
    if (pl_source_open(&source, path, &why) != PL_OK)
        return pl_report(report, PL_LOST, "idmap.read", NULL, PL_NO_OFFSET, "%.200s: %s", path, why);
    enum pl_status st = pl_idmap_over(&source, path, text, people, report);
    pl_source_close(&source);
    return st;
}

static void dispute(void *data, const char *key)
{
    const char *text = strchr(key, ':') + 1;
    pl_report(data, PL_WARN, "idmap.dispute", NULL, PL_NO_OFFSET,
              "the maps give more than one address or SID for %.200s: none is used; leave the wrong entry out",
              text);
}

enum pl_status pl_idmap_disputes(struct pl_people *people, struct pl_report *report)
{
    if (pl_people_disputes(people, dispute, report) == PL_OK)
        return PL_OK;
    return pl_report(report, PL_STOP, "ledger.write", NULL, PL_NO_OFFSET,
                     "what is known of people can't be read back");
}
