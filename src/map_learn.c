/*
 * map_learn.c - what one item says of people.
 *
 * Layer: core. [MS-OXOMSG] 2.2.1: senders and receivers of a message have properties for name, type,
 * address, SMTP address, SID and entry id each; so has every recipient. Contacts keep the SMTP address of a
 * directory name in the original display name, [MS-OXOCNTC] 2.2.1.2; groups keep an entry id beside the frozen
 * name and address of each member. What an item says is what stands in it: nothing here asks the set of people.
 */
#include <string.h>
#include <strings.h>

#include "entryid.h"
#include "map.h"
#include "map_learn.h"
#include "people.h"

#define SID_TEXT     192
#define LEARN_MEMORY ((size_t)16 << 20)

static const struct learn_row {
    enum pl_said said;
    enum pl_pid name, type, address, smtp, entry, sid;
} rows[] = {
    {PL_SAID_SENDER, PidTagSenderName, PidTagSenderAddressType, PidTagSenderEmailAddress, PidTagSenderSmtpAddress,
     PidTagSenderEntryId, PidTagSenderSid},
    {PL_SAID_REPRESENTING, PidTagSentRepresentingName, PidTagSentRepresentingAddressType,
     PidTagSentRepresentingEmailAddress, PidTagSentRepresentingSmtpAddress, PidTagSentRepresentingEntryId,
     PidTagSentRepresentingSid},
    {PL_SAID_RECEIVED, PidTagReceivedByName, PidTagReceivedByAddressType, PidTagReceivedByEmailAddress,
     PidTagReceivedBySmtpAddress, PidTagReceivedByEntryId, PidTagReceivedBySid},
    {PL_SAID_RECEIVED_FOR, PidTagReceivedRepresentingName, PidTagReceivedRepresentingAddressType,
     PidTagReceivedRepresentingEmailAddress, PidTagReceivedRepresentingSmtpAddress,
     PidTagReceivedRepresentingEntryId, PidTagReceivedRepresentingSid},
    {PL_SAID_CREATOR, PidTagCreatorName, PID_NONE, PID_NONE, PID_NONE, PidTagCreatorEntryId, PidTagCreatorSid},
    {PL_SAID_MODIFIER, PidTagLastModifierName, PID_NONE, PID_NONE, PID_NONE, PidTagLastModifierEntryId,
     PidTagLastModifierSid},
};

static const struct learn_row recipient = {
    PL_SAID_RECIPIENT, PidTagDisplayName,      PidTagAddressType, PidTagEmailAddress,
    PidTagSmtpAddress, PidTagRecipientEntryId, PID_NONE};

struct learner {
    struct pl_map in;
    struct pl_people *people;
    const char *place;
    enum pl_status status; /* PL_STOP: the set can't take more */
};

static void say(struct learner *l, const struct pl_statement *s)
{
    struct pl_statement placed = *s;
    placed.place = l->place;
    if (l->status == PL_OK && pl_people_add(l->people, &placed) == PL_STOP)
        l->status = PL_STOP;
}

static const char *line(struct learner *l, const struct pl_bag *bag, enum pl_pid pid)
{
    return pid == PID_NONE ? NULL : pl_map_clean_line(&l->in, pl_bag_text(bag, pid));
}

/* "'Anna Berg'" and "anna@example.org" are what a program puts there for want of a name. */
static const char *name_of(const char *name)
{
    return name && !strchr(name, '@') && name[0] != '/' && strlen(name) <= 200 ? name : NULL;
}

/* Without any of these there is no name to say anything of. */
static bool names_nobody(const struct pl_bag *bag, const struct learn_row *row)
{
    return !pl_bag_find(bag, row->address) && !pl_bag_find(bag, row->entry) && !pl_bag_find(bag, row->sid);
}

/* The directory name: an address, or in an entry id. */
static const char *dn_of(struct learner *l, const struct pl_bag *bag, const struct learn_row *row,
                         const char *address)
{
    struct pl_mapping *m = l->in.m;
    struct pl_bytes id;
    struct pl_entry entry = {0};
    if (address && address[0] == '/')
        return address;
    return m->text && pl_bag_bytes(bag, row->entry, &id) && !pl_entryid_is_oneoff(id) &&
                   pl_entryid_decode(m->text, m->arena, m->codepage ? m->codepage : 1252, id, &entry) &&
                   entry.kind == PL_ENTRY_BOOK
               ? pl_map_clean_line(&l->in, entry.dn)
               : NULL;
}

static void learn_row(struct learner *l, const struct pl_bag *bag, const struct learn_row *row)
{
    if (names_nobody(bag, row))
        return;
    struct pl_bytes sid;
    char sid_text[SID_TEXT];
    const char *address = line(l, bag, row->address);
    struct pl_statement s = {.said = row->said, .dn = dn_of(l, bag, row, address)};
    if (row->sid != PID_NONE && pl_bag_bytes(bag, row->sid, &sid) && pl_sid_text(sid, sid_text, sizeof sid_text))
        s.sid = sid_text;
    if (!s.dn && !s.sid)
        return;
    s.smtp = pl_map_smtp(&l->in, line(l, bag, row->smtp));
    const char *type = line(l, bag, row->type);
    if (!s.smtp && s.dn != address && type && !strcasecmp(type, "SMTP"))
        s.smtp = pl_map_smtp(&l->in, address);
    s.name = name_of(line(l, bag, row->name));
    say(l, &s);
}

static void learn_contact(struct learner *l)
{
    struct pl_email mail;
    for (size_t slot = 0; slot < 3; slot++)
        if (pl_map_email_slot(&l->in, slot, &mail) && mail.dn && mail.address)
            say(l, &(struct pl_statement){.said = PL_SAID_CONTACT,
                                          .dn = mail.dn,
                                          .smtp = mail.address,
                                          .name = name_of(pl_in_line(&l->in, PidTagDisplayName))});
}

static void learn_group(struct learner *l)
{
    pl_map_members(&l->in);
    const struct pl_group *g = &l->in.out->as.group;
    for (size_t i = 0; i < g->member_count; i++)
        if (g->members[i].dn)
            say(l, &(struct pl_statement){.said = PL_SAID_MEMBER,
                                          .dn = g->members[i].dn,
                                          .smtp = g->members[i].smtp,
                                          .name = name_of(g->members[i].name)});
}

static void learn(struct learner *l, const struct pl_item *item, int kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        learn_row(l, &item->props, &rows[i]);
    for (size_t i = 0; i < item->recipient_count; i++)
        learn_row(l, &item->recipients[i], &recipient);
    if (kind == PL_CONTACT)
        learn_contact(l);
    if (kind == PL_GROUP)
        learn_group(l);
}

/* Whether there is any name in it. */
static bool names_anybody(const struct pl_item *item, int kind)
{
    bool any = item->recipient_count || kind == PL_CONTACT || kind == PL_GROUP;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !any; i++)
        any = !names_nobody(&item->props, &rows[i]);
    return any;
}

enum pl_status pl_learn_item(const struct pl_mapping *m, const struct pl_item *item, struct pl_people *people,
                             const char *place)
{
    int kind = pl_kind_of_class(item->message_class);
    if (!names_anybody(item, kind))
        return PL_OK;
    /* faults of the item are told when it is mapped, and linked items speak for themselves */
    struct pl_mapping plain = *m;
    struct pl_arena scratch; /* so that the item has all of its own for being mapped */
    pl_arena_init(&scratch, LEARN_MEMORY);
    plain.arena = &scratch;
    plain.people = NULL;
    plain.report = NULL;
    plain.reader = NULL;
    struct learner l = {.people = people, .place = place, .status = PL_OK};
    struct pl_record record;
    if (pl_map_begin(&l.in, &plain, item, kind < 0 ? PL_JOURNAL : (enum pl_kind)kind, &record))
        learn(&l, item, kind);
    pl_arena_release(&scratch);
    return l.status;
}
