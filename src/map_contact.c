/*
 * map_contact.c - IPM.Contact to a contact. Tables: a property and where it goes.
 *
 * [MS-OXOCNTC] 2.2.1. Traps settled here: an EX address is a directory name, its
 * SMTP form stands in the original display name; FN is never empty; birthdays are
 * stored as an instant of the author's midnight, so the local twin is preferred
 * and anything else is rounded to the nearest midnight, never cut.
 */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "bytes.h"
#include "map.h"
#include "tz.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const struct text_row {
    enum pl_pid pid;
    size_t offset;
} texts[] = {
    {PidTagSurname, offsetof(struct pl_contact, surname)},
    {PidTagGivenName, offsetof(struct pl_contact, given)},
    {PidTagMiddleName, offsetof(struct pl_contact, middle)},
    {PidTagDisplayNamePrefix, offsetof(struct pl_contact, prefix)},
    {PidTagGeneration, offsetof(struct pl_contact, suffix)},
    {PidTagNickname, offsetof(struct pl_contact, nickname)},
    {PidLidFileUnder, offsetof(struct pl_contact, file_as)},
    {PidLidYomiLastName, offsetof(struct pl_contact, yomi_surname)},
    {PidLidYomiFirstName, offsetof(struct pl_contact, yomi_given)},
    {PidLidYomiCompanyName, offsetof(struct pl_contact, yomi_company)},
    {PidTagCompanyName, offsetof(struct pl_contact, company)},
    {PidTagDepartmentName, offsetof(struct pl_contact, department)},
    {PidTagOfficeLocation, offsetof(struct pl_contact, office)},
    {PidTagTitle, offsetof(struct pl_contact, title)},
    {PidTagProfession, offsetof(struct pl_contact, profession)},
    {PidTagPersonalHomePage, offsetof(struct pl_contact, url_home)},
    {PidTagBusinessHomePage, offsetof(struct pl_contact, url_work)},
    {PidTagFtpSite, offsetof(struct pl_contact, ftp)},
    {PidLidInstantMessagingAddress, offsetof(struct pl_contact, im)},
    {PidLidFreeBusyLocation, offsetof(struct pl_contact, freebusy_url)},
    {PidTagSpouseName, offsetof(struct pl_contact, spouse)},
    {PidTagManagerName, offsetof(struct pl_contact, manager)},
    {PidTagAssistant, offsetof(struct pl_contact, assistant)},
    {PidTagHobbies, offsetof(struct pl_contact, hobbies)},
};

static const struct tel_row {
    enum pl_pid pid;
    enum pl_tel_kind kind;
} tels[] = {
    {PidTagBusinessTelephoneNumber, PL_TEL_WORK},
    {PidTagBusiness2TelephoneNumber, PL_TEL_WORK2},
    {PidTagHomeTelephoneNumber, PL_TEL_HOME},
    {PidTagHome2TelephoneNumber, PL_TEL_HOME2},
    {PidTagMobileTelephoneNumber, PL_TEL_CELL},
    {PidTagOtherTelephoneNumber, PL_TEL_OTHER},
    {PidTagPrimaryTelephoneNumber, PL_TEL_PRIMARY},
    {PidTagCarTelephoneNumber, PL_TEL_CAR},
    {PidTagPagerTelephoneNumber, PL_TEL_PAGER},
    {PidTagRadioTelephoneNumber, PL_TEL_RADIO},
    {PidTagIsdnNumber, PL_TEL_ISDN},
    {PidTagCallbackTelephoneNumber, PL_TEL_CALLBACK},
    {PidTagCompanyMainTelephoneNumber, PL_TEL_COMPANY},
    {PidTagAssistantTelephoneNumber, PL_TEL_ASSISTANT},
    {PidTagTelecommunicationsDeviceForDeafTelephoneNumber, PL_TEL_TTY},
    {PidTagTelexNumber, PL_TEL_TELEX},
    {PidTagBusinessFaxNumber, PL_TEL_FAX_WORK},
    {PidTagHomeFaxNumber, PL_TEL_FAX_HOME},
    {PidTagPrimaryFaxNumber, PL_TEL_FAX_OTHER},
};

static const struct address_row {
    enum pl_address_kind kind;
    int mailing; /* value of PidLidPostalAddressId */
    enum pl_pid pobox, street, locality, region, code, country, label;
} addresses[] = {
    {PL_ADR_WORK, 2, PidLidWorkAddressPostOfficeBox, PidLidWorkAddressStreet, PidLidWorkAddressCity,
     PidLidWorkAddressState, PidLidWorkAddressPostalCode, PidLidWorkAddressCountry, PidLidWorkAddress},
    {PL_ADR_HOME, 1, PidTagHomeAddressPostOfficeBox, PidTagHomeAddressStreet, PidTagHomeAddressCity,
     PidTagHomeAddressStateOrProvince, PidTagHomeAddressPostalCode, PidTagHomeAddressCountry, PidLidHomeAddress},
    {PL_ADR_OTHER, 3, PidTagOtherAddressPostOfficeBox, PidTagOtherAddressStreet, PidTagOtherAddressCity,
     PidTagOtherAddressStateOrProvince, PidTagOtherAddressPostalCode, PidTagOtherAddressCountry,
     PidLidOtherAddress},
};

/* The mailing address again, in properties that Outlook keeps for mail merge; entries of directories have no other.
 */
static const struct address_row mailing_copy = {PL_ADR_OTHER,        0,
                                                PidTagPostOfficeBox, PidTagStreetAddress,
                                                PidTagLocality,      PidTagStateOrProvince,
                                                PidTagPostalCode,    PidTagCountry,
                                                PidTagPostalAddress};

static const struct pl_extra_row extras[] = {
    {PidTagGovernmentIdNumber, "X-PIMLIFT-GOVERNMENT-ID"},
    {PidTagCustomerId, "X-PIMLIFT-CUSTOMER-ID"},
    {PidTagAccount, "X-PIMLIFT-ACCOUNT"},
    {PidLidBilling, "X-PIMLIFT-BILLING"},
    {PidLidMileage, "X-PIMLIFT-MILEAGE"},
    {PidTagComputerNetworkName, "X-PIMLIFT-COMPUTER"},
    {PidTagLanguage, "X-PIMLIFT-LANGUAGE"},
    {PidTagLocation, "X-PIMLIFT-LOCATION"},
    {PidTagOrganizationalIdNumber, "X-PIMLIFT-ORGANIZATIONAL-ID"},
    {PidTagReferredByName, "X-PIMLIFT-REFERRED-BY"},
    {PidTagInitials, "X-PIMLIFT-INITIALS"},
    {PidTagKeyword, "X-PIMLIFT-KEYWORD"},
    {PidLidContacts, "X-PIMLIFT-CONTACT"},
    {PidLidCompanies, "X-PIMLIFT-COMPANY"},
    {PidLidWorkAddressCountryCode, "X-PIMLIFT-WORK-COUNTRY-CODE"},
    {PidLidHomeAddressCountryCode, "X-PIMLIFT-HOME-COUNTRY-CODE"},
    {PidLidOtherAddressCountryCode, "X-PIMLIFT-OTHER-COUNTRY-CODE"},
};

static const struct email_row {
    enum pl_pid label, type, address, original, entry_id;
} emails[] = {
    {PidLidEmail1DisplayName, PidLidEmail1AddressType, PidLidEmail1EmailAddress, PidLidEmail1OriginalDisplayName,
     PidLidEmail1OriginalEntryId},
    {PidLidEmail2DisplayName, PidLidEmail2AddressType, PidLidEmail2EmailAddress, PidLidEmail2OriginalDisplayName,
     PidLidEmail2OriginalEntryId},
    {PidLidEmail3DisplayName, PidLidEmail3AddressType, PidLidEmail3EmailAddress, PidLidEmail3OriginalDisplayName,
     PidLidEmail3OriginalEntryId},
};

/* Fax slots repeat the fax numbers of the contact; their addresses are looked at below. */
static const enum pl_pid faxes[] = {PidLidFax1EmailAddress, PidLidFax2EmailAddress, PidLidFax3EmailAddress};
static const enum pl_pid repeated[] = {
    PidLidFax1DisplayName,
    PidLidFax1EntryId,
    PidLidFax1AddressType,
    PidLidFax1OriginalDisplayName,
    PidLidFax1OriginalEntryId,
    PidLidFax1RichTextFormat,
    PidLidFax1EmailType,
    PidLidFax2DisplayName,
    PidLidFax2EntryId,
    PidLidFax2AddressType,
    PidLidFax2OriginalDisplayName,
    PidLidFax2OriginalEntryId,
    PidLidFax2RichTextFormat,
    PidLidFax2EmailType,
    PidLidFax3DisplayName,
    PidLidFax3EntryId,
    PidLidFax3AddressType,
    PidLidFax3OriginalDisplayName,
    PidLidFax3OriginalEntryId,
    PidLidFax3RichTextFormat,
    PidLidFax3EmailType,
    PidLidAddressBookProviderEmailList,
    PidLidAddressBookProviderArrayType,
    PidLidAddressCountryCode,
    PidTagDisplayName,
};

bool pl_map_email_slot(struct pl_map *in, size_t slot, struct pl_email *out)
{
    if (slot >= LENGTH(emails))
        return false;
    const struct email_row *row = &emails[slot];
    const char *type = pl_in_line(in, row->type);
    const char *address = pl_in_line(in, row->address);
    const char *original = pl_in_line(in, row->original);
    const char *label = pl_in_line(in, row->label);
    in->used[row->entry_id] = 1;
    *out = (struct pl_email){.preferred = slot == 0};
    if (!address) /* a cleared slot may keep stale names */
        return false;
    bool foreign = pl_map_foreign(type), exchange = type && !strcasecmp(type, "EX");
    if (!foreign && address[0] != '/')
        out->address = pl_map_smtp(in, address);
    if (!foreign && (address[0] == '/' || (exchange && !out->address)))
        out->dn = address;
    if (!out->address)
        out->address = pl_map_smtp(in, original);
    if (!out->address && !foreign)
        out->address = pl_map_smtp_within(in, label);
    if (!out->address && out->dn)
        out->address = pl_map_known(in, out->dn);
    if (!out->address && !out->dn) {
        out->address = address;
        out->type = foreign ? type : NULL;
    }
    if (label && (!out->address || strcasecmp(label, out->address) != 0))
        out->label = label;
    return true;
}

/* A slot's label without the address that most programs put behind it: "Anna (a@b)". */
static const char *mail_name(struct pl_map *in, const struct pl_email *e)
{
    size_t size = e->label ? strlen(e->label) : 0, tail = e->address ? strlen(e->address) + 3 : 0;
    if (tail && size > tail && !strncmp(e->label + size - tail, " (", 2) && e->label[size - 1] == ')' &&
        !strncasecmp(e->label + size - tail + 2, e->address, tail - 3))
        return pl_map_printf(in, "%.*s", (int)(size - tail), e->label);
    return e->label;
}

static bool same_text(const char *a, const char *b) { return a && b && !strcasecmp(a, b); }

/* What stands in a slot and is shown nowhere else: names of a cleared one, an address that is none. */
static void map_email_rest(struct pl_map *in, const struct email_row *row, const struct pl_email *e)
{
    const char *type = pl_in_line(in, row->type), *address = pl_in_line(in, row->address);
    const char *original = pl_in_line(in, row->original), *label = pl_in_line(in, row->label);
    const char *smtp = pl_map_smtp(in, original), *name = pl_in_line(in, PidTagDisplayName);
    bool shown = same_text(address, e->dn) || same_text(address, e->address) ||
                 same_text(pl_map_smtp(in, address), e->address);
    if (label && !e->address && !same_text(label, address) && !same_text(label, name))
        pl_map_extra(in, "X-PIMLIFT-EMAIL-REST", label);
    if (address && !shown && type && strcasecmp(type, "SMTP") != 0)
        pl_map_extra(in, "X-PIMLIFT-EMAIL-REST", pl_map_printf(in, "%s:%s", type, address));
    else if (address && !shown)
        pl_map_extra(in, "X-PIMLIFT-EMAIL-REST", address);
    if (original && !same_text(original, label) && !same_text(original, name) && !same_text(original, address) &&
        !same_text(original, e->dn) && !(smtp && same_text(smtp, e->address)) &&
        !same_text(original, mail_name(in, e)))
        pl_map_extra(in, "X-PIMLIFT-EMAIL-REST", original);
}

static void map_emails(struct pl_map *in, struct pl_contact *c)
{
    struct pl_email *list = pl_arena_zalloc(in->m->arena, LENGTH(emails) + 1, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    c->emails = list;
    for (size_t i = 0; i < LENGTH(emails); i++) {
        struct pl_email *e = &list[c->email_count];
        bool filled = pl_map_email_slot(in, i, e);
        map_email_rest(in, &emails[i], e);
        if (!filled)
            continue;
        e->preferred = c->email_count == 0;
        if (e->address)
            c->email_count++;
        else
            pl_map_extra(in, "X-MS-EX-ADDRESS", e->dn);
    }
    /* entries of a Personal Address Book have their one address in the plain properties */
    struct pl_person person;
    static const struct pl_person_row plain = {PID_NONE,           PID_NONE,          PidTagAddressType,
                                               PidTagEmailAddress, PidTagSmtpAddress, PID_NONE};
    if (pl_map_person(in, in->bag, &plain, &person) && !c->email_count && person.smtp)
        list[c->email_count++] = (struct pl_email){.address = person.smtp, .dn = person.dn, .preferred = true};
    else if (!c->email_count && person.dn)
        pl_map_extra(in, "X-MS-EX-ADDRESS", person.dn);
}

/* Some have several values in address books of Exchange. */
static void map_tels(struct pl_map *in, struct pl_contact *c)
{
    const char *const *numbers[LENGTH(tels)];
    size_t counts[LENGTH(tels)], most = 1;
    for (size_t i = 0; i < LENGTH(tels); i++) {
        numbers[i] = pl_in_lines(in, tels[i].pid, &counts[i]);
        most += counts[i];
    }
    struct pl_tel *list = pl_arena_zalloc(in->m->arena, most, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    for (size_t i = 0; i < LENGTH(tels); i++)
        for (size_t n = 0; n < counts[i]; n++)
            list[c->tel_count++] = (struct pl_tel){.kind = tels[i].kind, .number = numbers[i][n]};
    c->tels = list;
}

static bool parted(const struct pl_address *a)
{
    return a->pobox || a->street || a->locality || a->region || a->code || a->country;
}

static bool map_address(struct pl_map *in, const struct address_row *row, struct pl_address *out)
{
    *out = (struct pl_address){.kind = row->kind,
                               .pobox = pl_in_text(in, row->pobox),
                               .street = pl_in_text(in, row->street),
                               .locality = pl_in_text(in, row->locality),
                               .region = pl_in_text(in, row->region),
                               .code = pl_in_text(in, row->code),
                               .country = pl_in_text(in, row->country),
                               .label = pl_in_text(in, row->label)};
    return parted(out) || out->label;
}

/* "Anna@+49 30 1": the name and the number, which is that of a fax or was so once. */
static void map_faxes(struct pl_map *in, const struct pl_contact *c)
{
    for (size_t i = 0; i < LENGTH(faxes); i++) {
        const char *address = pl_in_line(in, faxes[i]);
        bool shown = !address;
        for (size_t k = 0; k < c->tel_count && !shown; k++)
            shown = strstr(address, c->tels[k].number) != NULL;
        if (!shown)
            pl_map_extra(in, "X-PIMLIFT-FAX", address);
    }
}

static bool covers(const char *text, const char *copy) { return !copy || (text && !strcmp(text, copy)); }

/* Is the address one of the list? Then that has its label too. */
static bool find_copied(struct pl_address *list, size_t count, const struct pl_address *copy)
{
    for (size_t i = 0; i < count; i++) {
        struct pl_address *a = &list[i];
        if (!covers(a->pobox, copy->pobox) || !covers(a->street, copy->street) ||
            !covers(a->locality, copy->locality) || !covers(a->region, copy->region) ||
            !covers(a->code, copy->code) || !covers(a->country, copy->country))
            continue;
        if (!a->label && (copy->street || copy->locality))
            a->label = copy->label;
        if (covers(a->label, copy->label))
            return true;
    }
    return false;
}

static void map_addresses(struct pl_map *in, struct pl_contact *c)
{
    struct pl_address *list = pl_arena_zalloc(in->m->arena, LENGTH(addresses) + 1, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    int64_t mailing = pl_in_integer(in, PidLidPostalAddressId, 0);
    for (size_t i = 0; i < LENGTH(addresses); i++)
        if (map_address(in, &addresses[i], &list[c->address_count])) {
            list[c->address_count].mailing = mailing == addresses[i].mailing;
            c->address_count++;
        }
    c->addresses = list;
    struct pl_address *copy = &list[c->address_count];
    if (map_address(in, &mailing_copy, copy) && !find_copied(list, c->address_count, copy)) {
        copy->mailing = true;
        for (size_t i = 0; i < c->address_count; i++)
            copy->mailing &= !list[i].mailing;
        c->address_count++;
    }
    /* many programs read no LABEL: an address that is one text alone is its street too */
    for (size_t i = 0; i < c->address_count; i++)
        if (!parted(&list[i]))
            list[i].street = list[i].label;
}

static struct pl_date map_day(struct pl_map *in, enum pl_pid local, enum pl_pid instant)
{
    int64_t seconds = 0, at = 0;
    bool stored = pl_in_utc(in, instant, &at);
    struct pl_when when = {0};
    if (pl_in_utc(in, local, &seconds))
        when = pl_map_date(seconds);
    else if (stored)
        when = pl_map_midnight(in->m->default_zone, at);
    if (!when.set)
        return (struct pl_date){0};
    struct pl_civil c = pl_civil_of(when.local);
    return (struct pl_date){c.year, c.month, c.day};
}

/* --- certificates ------------------------------------------------------- */

/* Whole length of the DER value at data; 0 when it is none. */
static size_t der_size(const uint8_t *data, size_t size)
{
    if (size < 4 || data[0] != 0x30)
        return 0;
    size_t length = data[1], head = 2;
    if (length & 0x80) {
        size_t octets = length & 0x7f;
        if (octets == 0 || octets > 3 || size < 2 + octets)
            return 0;
        length = 0;
        for (size_t i = 0; i < octets; i++)
            length = length << 8 | data[2 + i];
        head += octets;
    }
    return length <= size - head ? head + length : 0;
}

/* Each value is a list of (tag, size of the whole, data), [MS-OXOABK] 2.2.4.38, or bare DER. */
static struct pl_bytes unwrap_certificate(struct pl_bytes value)
{
    size_t bare = der_size(value.data, value.size);
    if (bare == value.size)
        return value;
    struct pl_cursor c = pl_cursor(value.data, value.size);
    while (pl_cursor_left(&c) >= 4) {
        pl_take16(&c);
        size_t size = pl_take16(&c);
        const uint8_t *data = size >= 4 ? pl_take(&c, size - 4) : NULL;
        if (!data)
            break;
        if (size - 4 > 64 && der_size(data, size - 4) == size - 4)
            return (struct pl_bytes){.data = data, .size = size - 4};
    }
    return (struct pl_bytes){0};
}

static void map_certificates(struct pl_map *in, struct pl_contact *c)
{
    const struct pl_prop *p = pl_bag_find(in->bag, PidTagUserX509Certificate);
    if (!p || !p->count || (pl_prop_type(p) & (unsigned)~PT_MULTI) != PT_BINARY)
        return;
    in->used[PidTagUserX509Certificate] = 1;
    struct pl_bytes *list = pl_arena_zalloc(in->m->arena, p->count, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        struct pl_bytes der = unwrap_certificate(p->values[i].raw);
        if (der.size)
            list[c->certificate_count++] = der;
        else
            pl_map_warn(in, "contact.certificate", "a certificate can't be unwrapped and is left out");
    }
    c->certificates = list;
}

/* Repeated in their order; an empty one keeps the place of those behind it. */
static void map_user_fields(struct pl_map *in)
{
    static const enum pl_pid pids[] = {PidLidContactUserField1, PidLidContactUserField2, PidLidContactUserField3,
                                       PidLidContactUserField4};
    const char *fields[LENGTH(pids)];
    size_t last = 0;
    for (size_t i = 0; i < LENGTH(pids); i++) {
        fields[i] = pl_in_line(in, pids[i]);
        last = fields[i] ? i + 1 : last;
    }
    for (size_t i = 0; i < last; i++)
        pl_map_extra(in, "X-MS-TEXT", fields[i] ? fields[i] : "");
}

/* --- the whole ---------------------------------------------------------- */

static const char *joined_name(struct pl_map *in, const struct pl_contact *c)
{
    const char *parts[] = {c->prefix, c->given, c->middle, c->surname, c->suffix};
    const char *name = NULL;
    for (size_t i = 0; i < LENGTH(parts); i++)
        if (parts[i])
            name = name ? pl_map_printf(in, "%s %s", name, parts[i]) : parts[i];
    return name;
}

/* FN: what the item shows, else the best of what it has; never empty. */
static const char *full_name(struct pl_map *in, const struct pl_contact *c)
{
    const char *choices[] = {pl_in_line(in, PidTagDisplayName),
                             in->out->common.summary,
                             c->file_as,
                             joined_name(in, c),
                             c->nickname,
                             c->company,
                             c->email_count ? mail_name(in, &c->emails[0]) : NULL,
                             c->email_count ? c->emails[0].address : NULL,
                             c->tel_count ? c->tels[0].number : NULL,
                             pl_in_line(in, PidLidEmail1DisplayName),
                             pl_in_line(in, PidLidEmail2DisplayName),
                             pl_in_line(in, PidLidEmail3DisplayName)};
    for (size_t i = 0; i < LENGTH(choices); i++)
        if (choices[i])
            return choices[i];
    pl_map_warn(in, "contact.no-name", "the contact has no name, address or number");
    return "(no name)";
}

void pl_map_contact(struct pl_map *in)
{
    struct pl_contact *c = &in->out->as.contact;
    struct pl_body body = {0};
    for (size_t i = 0; i < LENGTH(texts); i++)
        *(const char **)((char *)c + texts[i].offset) = pl_in_line(in, texts[i].pid);
    for (size_t i = 0; i < LENGTH(repeated); i++)
        in->used[repeated[i]] = 1;
    map_emails(in, c);
    map_tels(in, c);
    map_faxes(in, c);
    map_addresses(in, c);
    c->birthday = map_day(in, PidLidBirthdayLocal, PidTagBirthday);
    c->anniversary = map_day(in, PidLidWeddingAnniversaryLocal, PidTagWeddingAnniversary);
    c->children = pl_in_lines(in, PidTagChildrensNames, &c->child_count);
    int64_t gender = pl_in_integer(in, PidTagGender, 0);
    c->gender = gender == 1 || gender == 2 ? (int)gender : 0;
    const char *page = pl_in_line(in, PidLidHtml);
    if (!c->url_work)
        c->url_work = page;
    else if (page && strcmp(page, c->url_work) != 0)
        pl_map_extra(in, "X-PIMLIFT-URL", page);
    map_certificates(in, c);
    c->photo = pl_map_photo(in);
    map_user_fields(in);
    pl_map_extras(in, extras, LENGTH(extras));
    pl_map_body(in, &body);
    in->out->common.description = body.plain;
    in->out->common.html = body.html;
    pl_map_attachments(in);
    const char *name = full_name(in, c), *subject = in->out->common.summary;
    if (subject && strcmp(subject, name) != 0 && !covers(c->file_as, subject) && !covers(c->company, subject) &&
        !covers(joined_name(in, c), subject))
        pl_map_extra(in, "X-PIMLIFT-SUBJECT", subject);
    in->out->common.summary = name;
}
