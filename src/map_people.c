/*
 * map_people.c - identities of an item: addresses, organizer, attendees.
 *
 * Layer: core. [MS-OXOCAL] 2.2.1.33 (attendees), [MS-OXOMSG] 2.2.1 (sent
 * representing = who convened, sender = the delegate who typed). An address of
 * type EX is a legacyExchangeDN and is kept as such beside the SMTP address, if
 * the item or what is known of people (map_known.c) gives one: nothing is guessed from a DN.
 */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "entryid.h"
#include "map.h"
#include "tz.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#define RECIPIENT_ORGANIZER 0x2
#define RECIPIENT_DELETED   0x20
#define STATE_RECEIVED      0x2

static const struct pl_person_row representing = {
    PidTagSentRepresentingName,        PID_NONE,
    PidTagSentRepresentingAddressType, PidTagSentRepresentingEmailAddress,
    PidTagSentRepresentingSmtpAddress, PidTagSentRepresentingEntryId};
static const struct pl_person_row sender = {PidTagSenderName,        PID_NONE,
                                            PidTagSenderAddressType, PidTagSenderEmailAddress,
                                            PidTagSenderSmtpAddress, PidTagSenderEntryId};
static const struct pl_person_row recipient = {PidTagRecipientDisplayName, PidTagDisplayName,
                                               PidTagAddressType,          PidTagEmailAddress,
                                               PidTagSmtpAddress,          PidTagRecipientEntryId};

static bool is_atom(char c)
{
    static const bool special[UCHAR_MAX + 1] = {
        ['('] = true, [')'] = true, ['<'] = true, ['>'] = true,  ['['] = true, [']'] = true,
        [':'] = true, [';'] = true, [','] = true, ['\\'] = true, ['"'] = true, [0x7f] = true};
    return (unsigned char)c > 0x20 && !special[(unsigned char)c];
}

const char *pl_map_smtp_within(struct pl_map *in, const char *text)
{
    for (const char *at = text ? strchr(text, '@') : NULL; at; at = strchr(at + 1, '@')) {
        const char *start = at, *end = at + 1;
        while (start > text && is_atom(start[-1]) && start[-1] != '@')
            start--;
        while (*end && is_atom(*end) && *end != '@' && *end != '\'')
            end++;
        if (start < at && *start == '\'')
            start++;
        while (end > at + 1 && end[-1] == '.')
            end--;
        if (start == at || end == at + 1 || *end == '@')
            continue;
        char *smtp = pl_arena_alloc(in->m->arena, (size_t)(end - start) + 1);
        if (!smtp) {
            in->failed = true;
            return NULL;
        }
        memcpy(smtp, start, (size_t)(end - start));
        smtp[end - start] = '\0';
        return smtp;
    }
    return NULL;
}

const char *pl_map_smtp(struct pl_map *in, const char *text)
{
    const char *line = pl_map_clean_line(in, text);
    if (!line)
        return NULL;
    const char *smtp = pl_map_smtp_within(in, line), *at = smtp ? strstr(line, smtp) : NULL;
    if (!at)
        return NULL;
    /* "mailto:", quotes and brackets around it are fine, words beside it are not */
    const char *begin = line + strspn(line, "<'\" ");
    if (!strncasecmp(begin, "mailto:", 7) || !strncasecmp(begin, "smtp:", 5))
        begin = strchr(begin, ':') + 1;
    begin += strspn(begin, "<'\" ");
    const char *end = at + strlen(smtp);
    return begin == at && !end[strspn(end, ">'\" .")] ? smtp : NULL;
}

bool pl_map_foreign(const char *type)
{
    return type && *type && strcasecmp(type, "EX") != 0 && strcasecmp(type, "SMTP") != 0;
}

static const char *bag_line(struct pl_map *in, const struct pl_bag *bag, enum pl_pid pid)
{
    if (pid == PID_NONE)
        return NULL;
    if (bag == in->bag)
        return pl_in_line(in, pid);
    return pl_map_clean_line(in, pl_bag_text(bag, pid));
}

/* Old items have an id and no address. */
static void address_of_entry(struct pl_map *in, const struct pl_bag *bag, enum pl_pid pid, struct pl_person *out)
{
    struct pl_bytes id;
    struct pl_entry e = {0};
    struct pl_mapping *m = in->m;
    if (pid == PID_NONE || !m->text || !pl_bag_bytes(bag, pid, &id) ||
        !pl_entryid_decode(m->text, m->arena, m->codepage ? m->codepage : 1252, id, &e))
        return;
    if (e.kind == PL_ENTRY_BOOK) {
        out->raw_type = "EX";
        out->raw_address = pl_map_clean_line(in, e.dn);
    } else if (e.kind == PL_ENTRY_ONEOFF) {
        out->raw_type = pl_map_clean_line(in, e.type);
        out->raw_address = pl_map_clean_line(in, e.address);
    }
}

bool pl_map_person(struct pl_map *in, const struct pl_bag *bag, const struct pl_person_row *row,
                   struct pl_person *out)
{
    *out = (struct pl_person){0};
    out->name = bag_line(in, bag, row->name);
    if (!out->name)
        out->name = bag_line(in, bag, row->name2);
    out->raw_type = bag_line(in, bag, row->type);
    out->raw_address = bag_line(in, bag, row->address);
    out->smtp = pl_map_smtp(in, bag_line(in, bag, row->smtp));
    if (!out->raw_address)
        address_of_entry(in, bag, row->entry, out);
    bool exchange = out->raw_type && !strcasecmp(out->raw_type, "EX");
    if (exchange || (out->raw_address && out->raw_address[0] == '/'))
        out->dn = out->raw_address;
    else if (!out->smtp && !pl_map_foreign(out->raw_type)) /* a fax is "name@number" */
        out->smtp = pl_map_smtp(in, out->raw_address);
    if (!out->smtp && !exchange)
        out->smtp = pl_map_smtp(in, out->name);
    if (!out->smtp && out->dn)
        out->smtp = pl_map_known(in, out->dn);
    return out->name || out->raw_address || out->smtp;
}

static bool same_text(const char *a, const char *b) { return a && b && *a && *b && !strcasecmp(a, b); }

static bool same_person(const struct pl_person *a, const struct pl_person *b)
{
    if (a->smtp && b->smtp)
        return same_text(a->smtp, b->smtp);
    if (a->dn && b->dn)
        return same_text(a->dn, b->dn);
    return same_text(a->name, b->name);
}

/* The owner of the mailbox, whose own answer stands in PidLidResponseStatus. */
static struct pl_person owner_of(const struct pl_map *in)
{
    struct pl_person owner = {0};
    const struct pl_mailbox *m = in->m->mailbox;
    if (m)
        owner = (struct pl_person){.name = m->name, .smtp = m->smtp, .dn = m->dn};
    if (owner.smtp && !*owner.smtp)
        owner.smtp = NULL;
    if (owner.dn && !*owner.dn)
        owner.dn = NULL;
    return owner;
}

/* RecipientTrackStatus and PidLidResponseStatus share their values. */
static enum pl_partstat partstat(int64_t status)
{
    static const enum pl_partstat stats[] = {PL_NEEDS_ACTION, PL_ACCEPTED, PL_TENTATIVE,
                                             PL_ACCEPTED,     PL_DECLINED, PL_NEEDS_ACTION};
    return status >= 0 && status < (int64_t)LENGTH(stats) ? stats[status] : PL_NEEDS_ACTION;
}

static bool map_attendee(struct pl_map *in, const struct pl_bag *bag, struct pl_attendee *out)
{
    static const enum pl_part_role roles[] = {PL_REQ_PARTICIPANT, PL_REQ_PARTICIPANT, PL_OPT_PARTICIPANT,
                                              PL_RESOURCE};
    int64_t type = pl_bag_integer(bag, PidTagRecipientType, 1) & 0xf;
    int64_t flags = pl_bag_integer(bag, PidTagRecipientFlags, 0);
    *out = (struct pl_attendee){0};
    if (type == 0 || (flags & RECIPIENT_DELETED) || !pl_map_person(in, bag, &recipient, &out->person))
        return false;
    struct pl_event *e = &in->out->as.event;
    if (flags & RECIPIENT_ORGANIZER) {
        if (!e->organizer.name && !e->organizer.raw_address)
            e->organizer = out->person;
        return false;
    }
    out->role = type < (int64_t)LENGTH(roles) ? roles[type] : PL_REQ_PARTICIPANT;
    out->partstat = partstat(pl_bag_integer(bag, PidTagRecipientTrackStatus, 0));
    int64_t replied = pl_bag_integer(bag, PidTagRecipientTrackStatusTime, 0);
    if (replied > 0 && pl_civil_of(pl_seconds_of_filetime(replied)).year <= 4500)
        out->replied_utc = pl_seconds_of_filetime(replied);
    return true;
}

/* Before recipient tables were kept, an item has names only. */
static const struct {
    enum pl_pid pid;
    enum pl_part_role role;
} name_rows[] = {
    {PidLidToAttendeesString, PL_REQ_PARTICIPANT}, {PidLidCcAttendeesString, PL_OPT_PARTICIPANT},
    {PidLidNonSendableTo, PL_REQ_PARTICIPANT},     {PidLidNonSendableCc, PL_OPT_PARTICIPANT},
    {PidLidNonSendableBcc, PL_RESOURCE},
};

static size_t count_names(const char *names)
{
    size_t count = names ? 1 : 0;
    for (const char *p = names; p && *p; p++)
        count += *p == ';';
    return count;
}

static size_t add_names(struct pl_map *in, const char *names, enum pl_part_role role, struct pl_attendee *out)
{
    size_t count = 0;
    while (names && *names) {
        size_t size = strcspn(names, ";");
        char *name = pl_arena_alloc(in->m->arena, size + 1);
        if (!name) {
            in->failed = true;
            return count;
        }
        memcpy(name, names, size);
        name[size] = '\0';
        const char *clean = pl_map_clean_line(in, name);
        if (clean)
            out[count++] =
                (struct pl_attendee){.person = {.name = clean, .smtp = pl_map_smtp(in, clean)}, .role = role};
        names += size + (names[size] == ';');
    }
    return count;
}

static void attendees_by_name(struct pl_map *in, struct pl_event *e)
{
    const char *names[LENGTH(name_rows)];
    size_t most = 0;
    for (size_t i = 0; i < LENGTH(name_rows); i++) {
        names[i] = pl_in_line(in, name_rows[i].pid);
        most += count_names(names[i]);
    }
    if (in->item->recipient_count || !most)
        return;
    struct pl_attendee *list = pl_arena_zalloc(in->m->arena, most, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    for (size_t i = 0; i < LENGTH(name_rows); i++)
        e->attendee_count += add_names(in, names[i], name_rows[i].role, list + e->attendee_count);
    e->attendees = list;
}

static void attendees_by_table(struct pl_map *in, struct pl_event *e)
{
    struct pl_attendee *list = pl_arena_zalloc(in->m->arena, in->item->recipient_count, sizeof *list);
    if (!list) {
        in->failed = true;
        return;
    }
    for (size_t i = 0; i < in->item->recipient_count; i++) {
        struct pl_attendee *next = &list[e->attendee_count];
        if (map_attendee(in, &in->item->recipients[i], next) && !same_person(&next->person, &e->organizer))
            e->attendee_count++;
    }
    e->attendees = list;
}

void pl_map_people(struct pl_map *in)
{
    struct pl_event *e = &in->out->as.event;
    in->used[PidLidAllAttendeesString] = 1;
    int64_t response = pl_in_integer(in, PidLidResponseStatus, 0);
    int64_t state = pl_in_integer(in, PidLidAppointmentStateFlags, 0);
    struct pl_person owner = owner_of(in), sent_by;
    pl_map_person(in, in->bag, &representing, &e->organizer);
    if (pl_map_person(in, in->bag, &sender, &sent_by) && !same_person(&sent_by, &e->organizer))
        e->sent_by = sent_by;
    if (!e->is_meeting) {
        e->organizer = (struct pl_person){0};
        e->sent_by = (struct pl_person){0};
    }
    if (e->is_meeting && in->item->recipient_count)
        attendees_by_table(in, e);
    else if (e->is_meeting)
        attendees_by_name(in, e);
    if (e->is_meeting && !e->organizer.name && !e->organizer.raw_address && !(state & STATE_RECEIVED))
        e->organizer = owner;
    struct pl_attendee *list = (struct pl_attendee *)e->attendees;
    for (size_t i = 0; i < e->attendee_count; i++)
        if ((state & STATE_RECEIVED) && same_person(&list[i].person, &owner))
            list[i].partstat = partstat(response);
}
