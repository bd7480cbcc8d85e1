/*
 * csv_row.c - a contact under the 92 columns that Outlook exports in English. Google
 * Contacts takes the same names, so one file serves both.
 *
 * Layer: formats. RFC 4180: CRLF, every value that is there in quotes, quotes doubled; a line
 * end within a value is CRLF too. UTF-8 with its mark: without one, Windows programs read the
 * code page of the machine. Dates are YYYY-MM-DD, which no country reads otherwise.
 *
 * What a spreadsheet would run as a formula gets an apostrophe before it, wherever a program can take a cell to
 * begin (formula.h); telephone numbers (+49 ...) stay as they are.
 */
#include "csv_row.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "formula.h"
#include "text.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
/* Behind each of these some program begins a cell. */
#define SEPARATORS ";\t\r\n"

struct row {
    struct pl_sink *sink;
    const struct pl_record *record;
    const struct pl_contact *contact;
    size_t marked; /* values with an apostrophe before them */
};

/* --- values ----------------------------------------------------------------- */

static bool is_letter(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           (c >= 0xaa && (c < 0x2000 || c >= 0x2c00) && c != UINT32_MAX && !pl_formula_unseen(c));
}

/* After + or - a formula does harm when it calls a function, in any language, or another program: "f(", "a|b". */
static bool calls(const char *text, const char *end)
{
    bool letter = false;
    size_t used;
    for (; text < end; text += used) {
        uint32_t c = pl_utf8_next((const uint8_t *)text, (size_t)(end - text), &used);
        if (c == '|' || (c == '(' && letter))
            return true;
        if (c != ' ')
            letter = is_letter(c);
    }
    return false;
}

/* Does the cell that begins behind `before` run, for a program that expects this between cells? 0: the whole value.
 */
static bool runs(const char *text, const char *end, char before)
{
    const char *rest = text, *ends = before == ';' ? ";\r\n" : before == '\t' ? "\t\r\n" : before ? "\r\n" : "";
    enum pl_formula formula = pl_formula_begins(text, SEPARATORS, &rest);
    if (formula != PL_FORMULA_SIGN)
        return formula == PL_FORMULA;
    size_t size = *ends ? strcspn(rest, ends) : (size_t)(end - rest);
    return calls(rest, size < (size_t)(end - rest) ? rest + size : end);
}

/* A value or one of a list, behind `before`: quotes doubled, line ends as CRLF, an apostrophe wherever a cell that
 * runs could begin. true: there was one. */
static bool piece(struct row *r, const char *text, size_t size, char before)
{
    const char *end = text + size, *from = text;
    bool marked = false, begins = true, blank = !before;
    for (const char *p = text; p < end; p++) {
        bool mark = begins && runs(p, end, blank ? '\0' : before);
        if (mark || *p == '"' || *p == '\n') {
            pl_sink_write(r->sink, from, (size_t)(p - from));
            pl_sink_puts(r->sink, mark ? "'" : "");
            pl_sink_puts(r->sink, *p == '"' ? "\"" : *p == '\n' ? "\r" : "");
            from = p;
        }
        marked |= mark;
        blank = blank && strchr(" \t\r\n", *p);
        begins = strchr(SEPARATORS, *p) != NULL;
        before = *p;
    }
    pl_sink_write(r->sink, from, (size_t)(end - from));
    return marked;
}

static void value_cut(struct row *r, const char *text, size_t size)
{
    if (!size)
        return;
    pl_sink_puts(r->sink, "\"");
    r->marked += piece(r, text, size, '\0');
    pl_sink_puts(r->sink, "\"");
}

static void value(struct row *r, const char *text)
{
    if (text)
        value_cut(r, text, strlen(text));
}

/* Several values as one, with ';' between them, as Outlook has them. */
static void list(struct row *r, const char *const *texts, size_t count)
{
    if (!count)
        return;
    bool marked = false;
    pl_sink_puts(r->sink, "\"");
    for (size_t i = 0; i < count; i++) {
        if (i)
            pl_sink_puts(r->sink, ";");
        marked |= piece(r, texts[i], strlen(texts[i]), i ? ';' : '\0');
    }
    r->marked += marked;
    pl_sink_puts(r->sink, "\"");
}

/* --- columns: what they show -------------------------------------------------- */

struct column {
    const char *header;
    void (*put)(struct row *r, const struct column *c);
    size_t at;        /* an offset, kind, index */
    unsigned line;    /* of a street; slot of an e-mail address */
    const char *name; /* of an extra */
};

static const char *text_at(const void *base, size_t offset)
{
    return *(const char *const *)((const char *)base + offset);
}

static void text(struct row *r, const struct column *c) { value(r, text_at(r->contact, c->at)); }

static void nothing(struct row *r, const struct column *c)
{
    (void)r;
    (void)c;
}

static bool has_name_parts(const struct pl_contact *p)
{
    return p->surname || p->given || p->middle || p->prefix || p->suffix;
}

/* A contact that only has a full name is found under its last, as in N of its card. */
static void last_name(struct row *r, const struct column *c)
{
    const char *full = r->record->common.summary, *company = r->contact->company;
    (void)c;
    if (has_name_parts(r->contact))
        value(r, r->contact->surname);
    else if (!full || !company || strcmp(full, company) != 0)
        value(r, full);
}

static const struct pl_address *address_of(const struct row *r, size_t kind)
{
    for (size_t i = 0; i < r->contact->address_count; i++)
        if ((size_t)r->contact->addresses[i].kind == kind)
            return &r->contact->addresses[i];
    return NULL;
}

/* Three columns take a line each, the last of them all that are left. */
static void street(struct row *r, const struct column *c)
{
    const struct pl_address *a = address_of(r, c->at);
    const char *line = a ? a->street : NULL;
    for (unsigned i = 0; line && i < c->line; i++)
        line = (line = strchr(line, '\n')) ? line + 1 : NULL;
    if (line)
        value_cut(r, line, c->line < 2 ? strcspn(line, "\n") : strlen(line));
}

#define PART(kind, part) ((size_t)(kind) << 16 | offsetof(struct pl_address, part))

static void address_part(struct row *r, const struct column *c)
{
    const struct pl_address *a = address_of(r, c->at >> 16);
    if (a)
        value(r, text_at(a, c->at & 0xffff));
}

static void tel(struct row *r, const struct column *c)
{
    for (size_t i = 0; i < r->contact->tel_count; i++)
        if ((size_t)r->contact->tels[i].kind == c->at) {
            value(r, r->contact->tels[i].number);
            return;
        }
}

static void email(struct row *r, const struct column *c)
{
    if (c->line < r->contact->email_count)
        value(r, text_at(&r->contact->emails[c->line], c->at));
}

static void email_type(struct row *r, const struct column *c)
{
    if (c->line < r->contact->email_count)
        value(r, r->contact->emails[c->line].type ? r->contact->emails[c->line].type : "SMTP");
}

static void date(struct row *r, const struct column *c)
{
    const struct pl_date *d = (const struct pl_date *)((const char *)r->contact + c->at);
    char day[40];
    if (!d->year)
        return;
    snprintf(day, sizeof day, "%04d-%02d-%02d", d->year, d->month, d->day);
    value(r, day);
}

/* The (at)th extra of that name. */
static void extra(struct row *r, const struct column *c)
{
    const struct pl_common *common = &r->record->common;
    size_t left = c->at;
    for (size_t i = 0; i < common->extra_count; i++)
        if (!strcmp(common->extras[i].name, c->name) && !left--) {
            value(r, common->extras[i].value);
            return;
        }
}

static void categories(struct row *r, const struct column *c)
{
    (void)c;
    list(r, r->record->common.categories, r->record->common.category_count);
}

static void children(struct row *r, const struct column *c)
{
    (void)c;
    list(r, r->contact->children, r->contact->child_count);
}

static void gender(struct row *r, const struct column *c)
{
    static const char *const names[] = {NULL, "Female", "Male"};
    (void)c;
    value(r, names[r->contact->gender]);
}

static void notes(struct row *r, const struct column *c)
{
    (void)c;
    value(r, r->record->common.description);
}

static void priority(struct row *r, const struct column *c)
{
    static const char *const names[] = {NULL, "Low", "Normal", "High"};
    (void)c;
    value(r, names[r->record->common.importance + 1]);
}

static void is_private(struct row *r, const struct column *c)
{
    (void)c;
    value(r, r->record->common.classification == PL_PRIVATE ? "True" : "False");
}

static void sensitivity(struct row *r, const struct column *c)
{
    static const char *const names[] = {"Normal", "Personal", "Private", "Confidential"};
    (void)c;
    value(r, names[r->record->common.classification]);
}

static void web_page(struct row *r, const struct column *c)
{
    (void)c;
    value(r, r->contact->url_work ? r->contact->url_work : r->contact->url_home);
}

/* --- columns: their names and order --------------------------------------------- */

#define TEXT(header, field)                                                                                        \
    {                                                                                                              \
        header, text, offsetof(struct pl_contact, field), 0, NULL                                                  \
    }
#define TEL(header, kind)                                                                                          \
    {                                                                                                              \
        header, tel, kind, 0, NULL                                                                                 \
    }
#define EXTRA(header, n, name)                                                                                     \
    {                                                                                                              \
        header, extra, n, 0, name                                                                                  \
    }
/* clang-format off */
#define ADDRESS(word, kind)                                                                                            \
    {word " Street", street, kind, 0, NULL}, {word " Street 2", street, kind, 1, NULL},                                \
    {word " Street 3", street, kind, 2, NULL}, {word " City", address_part, PART(kind, locality), 0, NULL},            \
    {word " State", address_part, PART(kind, region), 0, NULL},                                                        \
    {word " Postal Code", address_part, PART(kind, code), 0, NULL},                                                    \
    {word " Country/Region", address_part, PART(kind, country), 0, NULL}
#define EMAIL(word, slot)                                                                                              \
    {word " Address", email, offsetof(struct pl_email, address), slot, NULL}, {word " Type", email_type, 0, slot, NULL}, \
    {word " Display Name", email, offsetof(struct pl_email, label), slot, NULL}
/* clang-format on */

static const struct column columns[] = {
    TEXT("Title", prefix),
    TEXT("First Name", given),
    TEXT("Middle Name", middle),
    {"Last Name", last_name, 0, 0, NULL},
    TEXT("Suffix", suffix),
    TEXT("Company", company),
    TEXT("Department", department),
    TEXT("Job Title", title),
    ADDRESS("Business", PL_ADR_WORK),
    ADDRESS("Home", PL_ADR_HOME),
    ADDRESS("Other", PL_ADR_OTHER),
    TEL("Assistant's Phone", PL_TEL_ASSISTANT),
    TEL("Business Fax", PL_TEL_FAX_WORK),
    TEL("Business Phone", PL_TEL_WORK),
    TEL("Business Phone 2", PL_TEL_WORK2),
    TEL("Callback", PL_TEL_CALLBACK),
    TEL("Car Phone", PL_TEL_CAR),
    TEL("Company Main Phone", PL_TEL_COMPANY),
    TEL("Home Fax", PL_TEL_FAX_HOME),
    TEL("Home Phone", PL_TEL_HOME),
    TEL("Home Phone 2", PL_TEL_HOME2),
    TEL("ISDN", PL_TEL_ISDN),
    TEL("Mobile Phone", PL_TEL_CELL),
    TEL("Other Fax", PL_TEL_FAX_OTHER),
    TEL("Other Phone", PL_TEL_OTHER),
    TEL("Pager", PL_TEL_PAGER),
    TEL("Primary Phone", PL_TEL_PRIMARY),
    TEL("Radio Phone", PL_TEL_RADIO),
    TEL("TTY/TDD Phone", PL_TEL_TTY),
    TEL("Telex", PL_TEL_TELEX),
    EXTRA("Account", 0, "X-PIMLIFT-ACCOUNT"),
    {"Anniversary", date, offsetof(struct pl_contact, anniversary), 0, NULL},
    TEXT("Assistant's Name", assistant),
    EXTRA("Billing Information", 0, "X-PIMLIFT-BILLING"),
    {"Birthday", date, offsetof(struct pl_contact, birthday), 0, NULL},
    {"Business Address PO Box", address_part, PART(PL_ADR_WORK, pobox), 0, NULL},
    {"Categories", categories, 0, 0, NULL},
    {"Children", children, 0, 0, NULL},
    {"Directory Server", nothing, 0, 0, NULL},
    EMAIL("E-mail", 0),
    EMAIL("E-mail 2", 1),
    EMAIL("E-mail 3", 2),
    {"Gender", gender, 0, 0, NULL},
    EXTRA("Government ID Number", 0, "X-PIMLIFT-GOVERNMENT-ID"),
    TEXT("Hobby", hobbies),
    {"Home Address PO Box", address_part, PART(PL_ADR_HOME, pobox), 0, NULL},
    EXTRA("Initials", 0, "X-PIMLIFT-INITIALS"),
    TEXT("Internet Free Busy", freebusy_url),
    EXTRA("Keywords", 0, "X-PIMLIFT-KEYWORD"),
    EXTRA("Language", 0, "X-PIMLIFT-LANGUAGE"),
    EXTRA("Location", 0, "X-PIMLIFT-LOCATION"),
    TEXT("Manager's Name", manager),
    EXTRA("Mileage", 0, "X-PIMLIFT-MILEAGE"),
    {"Notes", notes, 0, 0, NULL},
    TEXT("Office Location", office),
    EXTRA("Organizational ID Number", 0, "X-PIMLIFT-ORGANIZATIONAL-ID"),
    {"Other Address PO Box", address_part, PART(PL_ADR_OTHER, pobox), 0, NULL},
    {"Priority", priority, 0, 0, NULL},
    {"Private", is_private, 0, 0, NULL},
    TEXT("Profession", profession),
    EXTRA("Referred By", 0, "X-PIMLIFT-REFERRED-BY"),
    {"Sensitivity", sensitivity, 0, 0, NULL},
    TEXT("Spouse", spouse),
    EXTRA("User 1", 0, "X-MS-TEXT"),
    EXTRA("User 2", 1, "X-MS-TEXT"),
    EXTRA("User 3", 2, "X-MS-TEXT"),
    EXTRA("User 4", 3, "X-MS-TEXT"),
    {"Web Page", web_page, 0, 0, NULL},
};

/* --- what no column takes --------------------------------------------------------- */

static const struct {
    size_t at;
    const char *name;
} homeless[] = {
    {offsetof(struct pl_contact, nickname), "nickname"},
    {offsetof(struct pl_contact, yomi_given), "phonetic first name"},
    {offsetof(struct pl_contact, yomi_surname), "phonetic last name"},
    {offsetof(struct pl_contact, yomi_company), "phonetic company"},
    {offsetof(struct pl_contact, ftp), "FTP site"},
    {offsetof(struct pl_contact, im), "instant messaging"},
};

static void name_left(struct pl_buf *out, size_t count, const char *name)
{
    if (!count)
        return;
    if (out->size)
        pl_buf_puts(out, ", ");
    if (count > 1)
        pl_buf_printf(out, "%zu ", count);
    pl_buf_puts(out, name);
}

static bool has_column(const char *name)
{
    for (size_t i = 0; i < LENGTH(columns); i++)
        if (columns[i].name && !strcmp(columns[i].name, name))
            return true;
    return false;
}

/* Does the text consist of the parts in their order, with blanks between? */
static bool joins(const char *full, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = parts[i] ? strlen(parts[i]) : 0;
        if (!size)
            continue;
        full += strspn(full, " ,");
        if (strncmp(full, parts[i], size) != 0)
            return false;
        full += size;
    }
    return !*full;
}

/* The full name, and the name to file under, where the names in columns do not give them. */
static void left_names(const struct pl_record *r, struct pl_buf *out)
{
    const struct pl_contact *p = &r->as.contact;
    const char *const shown[] = {p->prefix, p->given, p->middle, p->surname, p->suffix};
    const char *const filed[] = {p->surname, p->given, p->middle};
    const char *full = r->common.summary;
    bool given = !full || !has_name_parts(p) || joins(full, shown, 5) || joins(full, shown + 1, 3);
    name_left(out, !given, "full name");
    if (p->file_as && (!full || strcmp(p->file_as, full) != 0) && !joins(p->file_as, filed, 3) &&
        (!p->company || strcmp(p->file_as, p->company) != 0))
        name_left(out, 1, "file as");
}

/* Does the address as one text say what its parts do not? */
static bool label_left(const struct pl_address *a)
{
    const char *const parts[] = {a->street, a->pobox, a->locality, a->region, a->code, a->country};
    const char *at = a->label ? a->label : "";
    while (*(at += strspn(at, " ,\n"))) {
        size_t size = 0;
        for (size_t i = 0; i < LENGTH(parts) && !size; i++)
            if (parts[i] && !strncmp(at, parts[i], strlen(parts[i])))
                size = strlen(parts[i]);
        if (!size)
            return true;
        at += size;
    }
    return false;
}

static void addresses_left(const struct pl_contact *p, struct pl_buf *out)
{
    for (size_t i = 0; i < p->address_count; i++) {
        name_left(out, p->addresses[i].mailing, "choice of the mailing address");
        name_left(out, label_left(&p->addresses[i]), "address as one text");
        name_left(out, i && p->addresses[i].kind == p->addresses[i - 1].kind, "more addresses");
    }
}

/* Numbers of one kind stand together; the first has the column. */
static size_t numbers_left(const struct pl_contact *p)
{
    size_t count = 0;
    for (size_t i = 1; i < p->tel_count; i++)
        count += p->tels[i].kind == p->tels[i - 1].kind;
    return count;
}

void pl_csv_left_out(const struct pl_record *record, struct pl_buf *out)
{
    const struct pl_contact *p = &record->as.contact;
    const struct pl_common *common = &record->common;
    left_names(record, out);
    for (size_t i = 0; i < LENGTH(homeless); i++)
        name_left(out, text_at(p, homeless[i].at) != NULL, homeless[i].name);
    name_left(out, p->url_home && p->url_work, "home page");
    name_left(out, numbers_left(p), "more telephone numbers");
    addresses_left(p, out);
    name_left(out, p->photo != NULL, "photo");
    name_left(out, p->certificate_count, "certificates");
    name_left(out, common->attachment_count, "attachments");
    name_left(out, common->html != NULL, "layout of the notes");
    for (size_t i = 0; i < common->extra_count; i++)
        name_left(out, !has_column(common->extras[i].name), common->extras[i].name);
}

/* --- the whole -------------------------------------------------------------------- */

void pl_csv_header(struct pl_sink *sink)
{
    struct row r = {.sink = sink};
    pl_sink_puts(sink, "\xef\xbb\xbf");
    for (size_t i = 0; i < LENGTH(columns); i++) {
        if (i)
            pl_sink_puts(sink, ",");
        value(&r, columns[i].header);
    }
    pl_sink_puts(sink, "\r\n");
}

size_t pl_csv_row(struct pl_sink *sink, const struct pl_record *record)
{
    struct row r = {.sink = sink, .record = record, .contact = &record->as.contact};
    for (size_t i = 0; i < LENGTH(columns); i++) {
        if (i)
            pl_sink_puts(sink, ",");
        columns[i].put(&r, &columns[i]);
    }
    pl_sink_puts(sink, "\r\n");
    return r.marked;
}
