/*
 * vcf_card.c - contacts and groups as vCard 3.0 and 4.0.
 *
 * Layer: formats. RFC 2426, RFC 6350; HOBBY of RFC 6715; groups in 3.0 in the form
 * that address book servers share (X-ADDRESSBOOKSERVER-). What neither version has
 * a property for stands under an X- name. The order of properties is fixed.
 */
#include "vcf_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tz.h"
#include "uri.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* TYPE=a;TYPE=b from "a,b": one parameter each is understood by readers of both versions. */
static void types(struct pl_line *l, const char *list)
{
    while (list && *list) {
        char one[24];
        size_t size = strcspn(list, ",");
        size_t kept = size < sizeof one ? size : sizeof one - 1;
        memcpy(one, list, kept);
        one[kept] = '\0';
        pl_line_param(l, "TYPE", one);
        list += size + (list[size] == ',');
    }
}

/* name:URI, or what is none as text under an X- name. */
static void reference(struct pl_vcf_context *c, const char *name, const char *otherwise, const char *text)
{
    struct pl_line l;
    if (text && !pl_uri_is(text))
        pl_line_put_text(c->sink, otherwise, text);
    if (!text || !pl_uri_is(text))
        return;
    pl_line_begin(&l, c->sink, name);
    pl_line_value(&l);
    pl_uri_put(&l, text, PL_URI_PLAIN);
    pl_line_end(&l);
}

/* A web page as people type it: without a scheme it is one of http, as browsers take it. What
 * can be no URI is kept as text. */
static void web_page(struct pl_vcf_context *c, const char *list, const char *page)
{
    struct pl_line l;
    if (page && !pl_uri_fits(page))
        pl_line_put_text(c->sink, "X-PIMLIFT-URL", page);
    if (!page || !pl_uri_fits(page))
        return;
    pl_line_begin(&l, c->sink, "URL");
    types(&l, list);
    pl_line_value(&l);
    if (!pl_uri_has_scheme(page))
        pl_line_raw(&l, "http://");
    pl_uri_put(&l, page, PL_URI_PLAIN);
    pl_line_end(&l);
}

/* Components with ';' between them, the last `trim` of them only as far as they are filled. */
static void components(struct pl_line *l, const char *const *parts, size_t count, size_t trim)
{
    while (trim && count > 1 && !parts[count - 1]) {
        count--;
        trim--;
    }
    for (size_t i = 0; i < count; i++) {
        if (i)
            pl_line_raw(l, ";");
        if (parts[i])
            pl_line_text(l, parts[i]);
    }
}

static void date(struct pl_vcf_context *c, const char *name, const struct pl_date *d)
{
    char text[40];
    if (!d->year)
        return;
    snprintf(text, sizeof text, c->v4 ? "%04d%02d%02d" : "%04d-%02d-%02d", d->year, d->month, d->day);
    pl_line_put_raw(c->sink, name, text);
}

static void revision(struct pl_vcf_context *c, int64_t utc)
{
    char text[80];
    struct pl_civil t = pl_civil_of(utc);
    if (!utc)
        return;
    if (c->v4)
        pl_civil_print(text, utc, 'Z');
    else
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute,
                 t.second);
    pl_line_put_raw(c->sink, "REV", text);
}

/* --- who it is ------------------------------------------------------------ */

static bool is_uuid(const char *uid) { return strlen(uid) == 36 && strspn(uid, "0123456789abcdefABCDEF-") == 36; }

static void card_begin(struct pl_vcf_context *c, const struct pl_record *r)
{
    struct pl_line l;
    pl_sink_puts(c->sink, "BEGIN:VCARD\r\n");
    pl_sink_puts(c->sink, c->v4 ? "VERSION:4.0\r\n" : "VERSION:3.0\r\n");
    pl_sink_puts(c->sink, "PRODID:-//pimlift//EN\r\n");
    if (c->w->reader && c->w->reader->store.caveat)
        pl_line_put_text(c->sink, "X-PIMLIFT-CAVEAT", c->w->reader->store.caveat);
    pl_line_begin(&l, c->sink, "UID");
    if (c->v4 && !is_uuid(r->uid) && !pl_uri_is(r->uid))
        pl_line_param(&l, "VALUE", "text");
    pl_line_value(&l);
    if (c->v4 && is_uuid(r->uid))
        pl_line_raw(&l, "urn:uuid:");
    if (c->v4 && pl_uri_is(r->uid))
        pl_uri_put(&l, r->uid, PL_URI_PLAIN);
    else
        pl_line_text(&l, r->uid);
    pl_line_end(&l);
    pl_line_put_text(c->sink, "FN", r->common.summary);
}

/* A full name alone is that of the family too: address books of telephones show N, and a company only without one.
 */
static void names(struct pl_vcf_context *c, const struct pl_contact *p, const char *full)
{
    const char *parts[] = {p->surname, p->given, p->middle, p->prefix, p->suffix};
    bool parted = p->surname || p->given || p->middle || p->prefix || p->suffix;
    if (!parted && full && (!p->company || strcmp(full, p->company) != 0))
        parts[0] = full;
    struct pl_line l;
    pl_line_begin(&l, c->sink, "N");
    if (c->v4 && p->file_as)
        pl_line_param(&l, "SORT-AS", p->file_as);
    pl_line_value(&l);
    components(&l, parts, LENGTH(parts), 0);
    pl_line_end(&l);
    pl_line_put_text(c->sink, "NICKNAME", p->nickname);
    if (!c->v4)
        pl_line_put_text(c->sink, "SORT-STRING", p->file_as);
    pl_line_put_text(c->sink, "X-MS-FILE-AS", p->file_as);
    pl_line_put_text(c->sink, "X-PHONETIC-LAST-NAME", p->yomi_surname);
    pl_line_put_text(c->sink, "X-PHONETIC-FIRST-NAME", p->yomi_given);
    pl_line_put_text(c->sink, "X-PHONETIC-ORG", p->yomi_company);
}

static void work(struct pl_vcf_context *c, const struct pl_contact *p)
{
    const char *parts[] = {p->company, p->department, p->office};
    struct pl_line l;
    if (p->company || p->department || p->office) {
        pl_line_begin(&l, c->sink, "ORG");
        pl_line_value(&l);
        components(&l, parts, LENGTH(parts), 2);
        pl_line_end(&l);
    }
    pl_line_put_text(c->sink, "TITLE", p->title);
    pl_line_put_text(c->sink, "ROLE", p->profession);
}

/* --- how to reach it ------------------------------------------------------ */

/* A label that only repeats name and address says nothing. */
static bool label_tells(const struct pl_email *e, const char *name)
{
    size_t size = name ? strlen(name) : 0;
    if (!e->label)
        return false;
    const char *rest = name && !strncmp(e->label, name, size) ? e->label + size : "?";
    size_t length = strlen(e->address);
    if (!*rest ||
        (!strncmp(rest, " (", 2) && !strncasecmp(rest + 2, e->address, length) && !strcmp(rest + 2 + length, ")")))
        return false;
    return strcmp(e->label, e->address) != 0;
}

static void emails(struct pl_vcf_context *c, const struct pl_contact *p, const char *name)
{
    for (size_t i = 0; i < p->email_count; i++) {
        const struct pl_email *e = &p->emails[i];
        struct pl_line l;
        char place[24];
        pl_line_begin(&l, c->sink, "EMAIL");
        snprintf(place, sizeof place, "%zu", i + 1);
        if (!c->v4 && !e->type)
            types(&l, "INTERNET");
        if (!c->v4 && e->preferred)
            types(&l, "PREF");
        if (c->v4)
            pl_line_param(&l, "PREF", place);
        if (e->type)
            pl_line_param(&l, "X-PIMLIFT-TYPE", e->type);
        if (label_tells(e, name))
            pl_line_param(&l, "X-PIMLIFT-LABEL", e->label);
        if (e->dn)
            pl_line_param(&l, "X-PIMLIFT-EX", e->dn);
        pl_line_value(&l);
        pl_line_text(&l, e->address);
        pl_line_end(&l);
    }
}

static const struct tel_row {
    const char *name, *types3;
    const char *name4, *types4;
} tel_rows[] = {
    [PL_TEL_WORK] = {"TEL", "WORK,VOICE", "TEL", "work,voice"},
    [PL_TEL_WORK2] = {"TEL", "WORK,VOICE", "TEL", "work,voice"},
    [PL_TEL_HOME] = {"TEL", "HOME,VOICE", "TEL", "home,voice"},
    [PL_TEL_HOME2] = {"TEL", "HOME,VOICE", "TEL", "home,voice"},
    [PL_TEL_CELL] = {"TEL", "CELL,VOICE", "TEL", "cell,voice"},
    [PL_TEL_OTHER] = {"TEL", "VOICE", "TEL", "voice"},
    [PL_TEL_PRIMARY] = {"TEL", "VOICE,PREF", "TEL", "voice"},
    [PL_TEL_CAR] = {"TEL", "CAR,VOICE", "TEL", "voice,x-car"},
    [PL_TEL_PAGER] = {"TEL", "PAGER", "TEL", "pager"},
    [PL_TEL_RADIO] = {"X-MS-TEL", "RADIO", "X-MS-TEL", "RADIO"},
    [PL_TEL_ISDN] = {"TEL", "ISDN", "TEL", "x-isdn"},
    [PL_TEL_CALLBACK] = {"X-MS-TEL", "CALLBACK", "X-MS-TEL", "CALLBACK"},
    [PL_TEL_COMPANY] = {"X-MS-TEL", "COMPANY", "X-MS-TEL", "COMPANY"},
    [PL_TEL_ASSISTANT] = {"X-MS-TEL", "ASSISTANT", "X-MS-TEL", "ASSISTANT"},
    [PL_TEL_TTY] = {"X-MS-TEL", "TTYTDD", "TEL", "textphone"},
    [PL_TEL_TELEX] = {"X-MS-TEL", "TELEX", "X-MS-TEL", "TELEX"},
    [PL_TEL_FAX_WORK] = {"TEL", "WORK,FAX", "TEL", "work,fax"},
    [PL_TEL_FAX_HOME] = {"TEL", "HOME,FAX", "TEL", "home,fax"},
    [PL_TEL_FAX_OTHER] = {"TEL", "FAX", "TEL", "fax"},
};

static void tels(struct pl_vcf_context *c, const struct pl_contact *p)
{
    for (size_t i = 0; i < p->tel_count; i++) {
        const struct tel_row *row = &tel_rows[p->tels[i].kind];
        struct pl_line l;
        pl_line_begin(&l, c->sink, c->v4 ? row->name4 : row->name);
        types(&l, c->v4 ? row->types4 : row->types3);
        if (c->v4 && p->tels[i].kind == PL_TEL_PRIMARY)
            pl_line_param(&l, "PREF", "1");
        pl_line_value(&l);
        pl_line_text(&l, p->tels[i].number);
        pl_line_end(&l);
    }
}

static void address_types(struct pl_vcf_context *c, struct pl_line *l, const struct pl_address *a)
{
    static const char *const kinds3[] = {"WORK", "HOME", ""};
    static const char *const kinds4[] = {"work", "home", ""};
    types(l, c->v4 ? kinds4[a->kind] : kinds3[a->kind]);
    if (a->mailing && c->v4)
        pl_line_param(l, "PREF", "1");
    else if (a->mailing)
        types(l, "POSTAL,PREF");
}

/* In 3.0 the label is a property of its own, which belongs to the address of the same types. */
static void addresses(struct pl_vcf_context *c, const struct pl_contact *p)
{
    for (size_t i = 0; i < p->address_count; i++) {
        const struct pl_address *a = &p->addresses[i];
        const char *parts[] = {a->pobox, NULL, a->street, a->locality, a->region, a->code, a->country};
        struct pl_line l;
        pl_line_begin(&l, c->sink, "ADR");
        address_types(c, &l, a);
        if (c->v4 && a->label)
            pl_line_param(&l, "LABEL", a->label);
        pl_line_value(&l);
        components(&l, parts, LENGTH(parts), 0);
        pl_line_end(&l);
        if (c->v4 || !a->label)
            continue;
        pl_line_begin(&l, c->sink, "LABEL");
        address_types(c, &l, a);
        pl_line_value(&l);
        pl_line_text(&l, a->label);
        pl_line_end(&l);
    }
}

static void pages(struct pl_vcf_context *c, const struct pl_contact *p)
{
    web_page(c, c->v4 ? "home" : "HOME", p->url_home);
    web_page(c, c->v4 ? "work" : "WORK", p->url_work);
    pl_line_put_text(c->sink, "X-PIMLIFT-FTP", p->ftp);
    if (p->im && pl_uri_is(p->im))
        reference(c, "IMPP", NULL, p->im);
    pl_line_put_text(c->sink, "X-MS-IMADDRESS", p->im);
    reference(c, "FBURL", "X-PIMLIFT-FREEBUSY", p->freebusy_url); /* in 3.0 by RFC 2739 */
}

/* --- what else ------------------------------------------------------------ */

static void related(struct pl_vcf_context *c, const char *type, const char *name3, const char *text)
{
    struct pl_line l;
    if (!text)
        return;
    pl_line_begin(&l, c->sink, c->v4 ? "RELATED" : name3);
    if (c->v4) {
        types(&l, type);
        pl_line_param(&l, "VALUE", "text");
    }
    pl_line_value(&l);
    pl_line_text(&l, text);
    pl_line_end(&l);
}

static void person(struct pl_vcf_context *c, const struct pl_contact *p)
{
    static const char *const genders[] = {NULL, "F", "M"};
    date(c, "BDAY", &p->birthday);
    date(c, c->v4 ? "ANNIVERSARY" : "X-MS-ANNIVERSARY", &p->anniversary);
    related(c, "spouse", "X-MS-SPOUSE", p->spouse);
    for (size_t i = 0; i < p->child_count; i++)
        related(c, "child", "X-MS-CHILD", p->children[i]);
    related(c, "agent", "X-MS-ASSISTANT", p->assistant);
    pl_line_put_text(c->sink, "X-MS-MANAGER", p->manager);
    pl_line_put_raw(c->sink, c->v4 ? "GENDER" : "X-GENDER", genders[p->gender]);
    pl_line_put_text(c->sink, c->v4 ? "HOBBY" : "X-MS-INTERESTS", p->hobbies);
}

static enum pl_status bytes(struct pl_vcf_context *c, struct pl_line *l, const struct pl_attach *a)
{
    uint64_t got = 0;
    enum pl_status status = PL_OK;
    if (a->stream.size && c->w->reader)
        status = pl_line_stream(l, c->w->reader, &a->stream, &got);
    else if (a->stream.size)
        status = PL_LOST;
    else
        pl_line_base64(l, a->bytes.data, a->bytes.size);
    pl_line_base64_end(l);
    pl_line_end(l);
    return status;
}

static enum pl_status photo(struct pl_vcf_context *c, const struct pl_attach *a)
{
    struct pl_line l;
    char kind[16];
    if (!a || c->plain)
        return PL_OK;
    pl_line_begin(&l, c->sink, "PHOTO");
    if (c->v4) {
        pl_line_value(&l);
        pl_line_raw(&l, "data:");
        pl_line_raw(&l, a->mime_type);
        pl_line_raw(&l, ";base64,");
        return bytes(c, &l, a);
    }
    snprintf(kind, sizeof kind, "%s", a->mime_type + strlen("image/"));
    for (char *p = kind; *p; p++)
        *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    pl_line_param(&l, "ENCODING", "b");
    pl_line_param(&l, "TYPE", kind);
    pl_line_value(&l);
    return bytes(c, &l, a);
}

/* A SEQUENCE that begins with the identifier of its content is one of PKCS #7, which may hold several certificates.
 */
static bool is_pkcs7(const struct pl_bytes *der)
{
    size_t head = der->size > 1 && der->data[1] & 0x80 ? 2 + (der->data[1] & 0x7fu) : 2;
    return head < der->size && der->data[head] == 0x06;
}

static void certificates(struct pl_vcf_context *c, const struct pl_contact *p)
{
    for (size_t i = 0; i < p->certificate_count; i++) {
        bool pkcs7 = is_pkcs7(&p->certificates[i]);
        struct pl_line l;
        pl_line_begin(&l, c->sink, "KEY");
        if (!c->v4) {
            pl_line_param(&l, "ENCODING", "b");
            pl_line_param(&l, "TYPE", pkcs7 ? "PKCS7" : "X509");
        }
        pl_line_value(&l);
        if (c->v4)
            pl_line_raw(&l, pkcs7 ? "data:application/pkcs7-mime;base64," : "data:application/pkix-cert;base64,");
        pl_line_base64(&l, p->certificates[i].data, p->certificates[i].size);
        pl_line_base64_end(&l);
        pl_line_end(&l);
    }
}

static const char *media_type(const struct pl_attach *a)
{
    return a->mime_type && strchr(a->mime_type, '/') && !strpbrk(a->mime_type, " ;,\"\t")
               ? a->mime_type
               : "application/octet-stream";
}

static enum pl_status attachment(struct pl_vcf_context *c, const struct pl_attach *a)
{
    struct pl_line l;
    char *uri = NULL;
    enum pl_status status = PL_OK;
    if (!a->uri && c->w->options.attachments == PL_ATTACH_FILES)
        status = pl_outfile_attachment(c->w, c->place, a, c->sink->path, &uri);
    if (status < PL_OK)
        return status;
    pl_line_begin(&l, c->sink, "X-PIMLIFT-ATTACH");
    if (a->filename)
        pl_line_param(&l, "X-FILENAME", a->filename);
    if (a->uri || uri) {
        pl_line_value(&l);
        if (uri)
            pl_line_raw(&l, uri);
        else
            pl_line_text(&l, a->uri); /* a path as a machine of then had it */
        pl_line_end(&l);
        free(uri);
        return PL_OK;
    }
    if (!c->v4) { /* readers of 3.0 take a data: URI for a text and cut it at its comma */
        pl_line_param(&l, "ENCODING", "b");
        pl_line_param(&l, "X-MEDIATYPE", media_type(a));
    }
    pl_line_value(&l);
    if (c->v4) {
        pl_line_raw(&l, "data:");
        pl_line_raw(&l, media_type(a));
        pl_line_raw(&l, ";base64,");
    }
    return bytes(c, &l, a);
}

static enum pl_status attachments(struct pl_vcf_context *c, const struct pl_common *common)
{
    enum pl_status status = PL_OK;
    if (c->plain)
        return PL_OK;
    for (size_t i = 0; i < common->attachment_count && status > PL_LOST; i++)
        if (common->attachments[i].uri || c->w->options.attachments != PL_ATTACH_NONE)
            status = attachment(c, &common->attachments[i]);
    return status;
}

static void common_part(struct pl_vcf_context *c, const struct pl_common *common)
{
    static const char *const classes[] = {NULL, "PRIVATE", "PRIVATE", "CONFIDENTIAL"};
    struct pl_line l;
    pl_line_put_text(c->sink, "NOTE", common->description);
    if (common->html) {
        pl_line_begin(&l, c->sink, "X-ALT-DESC");
        pl_line_param(&l, "FMTTYPE", "text/html");
        pl_line_value(&l);
        pl_line_text(&l, common->html);
        pl_line_end(&l);
    }
    if (common->category_count) {
        pl_line_begin(&l, c->sink, "CATEGORIES");
        pl_line_value(&l);
        for (size_t i = 0; i < common->category_count; i++) {
            if (i)
                pl_line_raw(&l, ",");
            pl_line_text(&l, common->categories[i]);
        }
        pl_line_end(&l);
    }
    pl_line_put_raw(c->sink, c->v4 ? "X-CLASS" : "CLASS", classes[common->classification]);
    for (size_t i = 0; i < common->extra_count; i++)
        pl_line_put_text(c->sink, common->extras[i].name, common->extras[i].value);
}

/* --- the whole ------------------------------------------------------------ */

static void member(struct pl_vcf_context *c, const struct pl_member *m)
{
    struct pl_line l;
    pl_line_begin(&l, c->sink, c->v4 ? "MEMBER" : "X-ADDRESSBOOKSERVER-MEMBER");
    if (m->name)
        pl_line_param(&l, "X-CN", m->name);
    if (m->dn)
        pl_line_param(&l, "X-PIMLIFT-EX", m->dn);
    if (m->foreign && !m->uid && !m->smtp)
        pl_line_param(&l, "X-PIMLIFT-ADDRESS", m->foreign);
    if (m->uid && m->smtp)
        pl_line_param(&l, "X-EMAIL", m->smtp);
    pl_line_value(&l);
    if (m->uid) {
        pl_line_raw(&l, pl_uri_is(m->uid) ? "" : "urn:uuid:");
        pl_uri_put(&l, m->uid, PL_URI_PLAIN);
    } else if (m->smtp) {
        pl_line_raw(&l, "mailto:");
        pl_uri_put(&l, m->smtp, PL_URI_MAIL);
    } else {
        pl_line_raw(&l, "invalid:nomail");
    }
    pl_line_end(&l);
}

static void group(struct pl_vcf_context *c, const struct pl_record *r)
{
    const struct pl_group *g = &r->as.group;
    const char *parts[] = {r->common.summary, NULL, NULL, NULL, NULL};
    struct pl_line l;
    pl_line_begin(&l, c->sink, "N");
    pl_line_value(&l);
    components(&l, parts, LENGTH(parts), 0);
    pl_line_end(&l);
    pl_line_put_raw(c->sink, c->v4 ? "KIND" : "X-ADDRESSBOOKSERVER-KIND", "group");
    for (size_t i = 0; i < g->member_count; i++)
        member(c, &g->members[i]);
}

static enum pl_status contact(struct pl_vcf_context *c, const struct pl_record *r)
{
    const struct pl_contact *p = &r->as.contact;
    names(c, p, r->common.summary);
    work(c, p);
    emails(c, p, r->common.summary);
    tels(c, p);
    addresses(c, p);
    pages(c, p);
    person(c, p);
    certificates(c, p);
    return photo(c, p->photo);
}

enum pl_status pl_vcf_card(struct pl_vcf_context *c, const struct pl_record *record)
{
    enum pl_status status = PL_OK;
    card_begin(c, record);
    if (record->kind == PL_GROUP)
        group(c, record);
    else
        status = contact(c, record);
    common_part(c, &record->common);
    if (status > PL_LOST)
        status = attachments(c, &record->common);
    revision(c, record->common.stamp_utc);
    pl_sink_puts(c->sink, "END:VCARD\r\n");
    return status;
}
