/*
 * t_known.c - addresses of people whom an item knows by their Exchange name alone, and what
 * an item teaches. Items are made by hand, property by property; entry ids are written here as
 * [MS-OXCDATA] 2.2.5 lays them out.
 */
#include "people.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lib_item.h"
#include "map_learn.h"

#define ORG  "/o=Org/ou=Site/cn=Recipients/cn="
#define ANNA ORG "anna"
#define BEN  ORG "ben"

static struct made m;
static struct pl_people *people;

static void begin_as(const char *message_class)
{
    made_init(&m, message_class);
    people = pl_people_new();
    m.mapping.people = people;
}

static void begin(void)
{
    begin_as("IPM.Appointment");
    made_int(&m, PidLidAppointmentStateFlags, 1);
    made_time(&m, PidLidAppointmentStartWhole, at("2003-05-06 08:00:00"));
    made_time(&m, PidLidAppointmentEndWhole, at("2003-05-06 09:00:00"));
}

static void end(void)
{
    made_release(&m);
    pl_people_free(people);
}
TestSuite(known, .init = begin, .fini = end);

/* An item of another class than the suite's. */
static void begin_again(const char *message_class)
{
    end();
    begin_as(message_class);
}

static void say(enum pl_said said, const char *dn, const char *smtp)
{
    const struct pl_statement s = {.said = said, .dn = dn, .smtp = smtp};
    cr_assert_eq(pl_people_add(people, &s), PL_OK);
}

static size_t book_id(uint8_t *out, const char *dn)
{
    static const uint8_t head[28] = {0,    0,    0,    0,    0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42,
                                     0x10, 0x1a, 0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82,
                                     1,    0,    0,    0,    0,    0,    0,    0};
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, dn, strlen(dn) + 1);
    return sizeof head + strlen(dn) + 1;
}

static size_t oneoff_id(uint8_t *out, const char *name, const char *type, const char *address)
{
    static const uint8_t head[24] = {0,    0,    0,    0,    0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19,
                                     0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02, 0,    0,    0,    0};
    size_t n = sizeof head;
    memcpy(out, head, n);
    for (int i = 0; i < 3; i++) {
        const char *text = i == 0 ? name : i == 1 ? type : address;
        memcpy(out + n, text, strlen(text) + 1);
        n += strlen(text) + 1;
    }
    return n;
}

static const char *or_none(const char *text) { return text ? text : "(none)"; }

/* The organizer of the meeting has the name alone. */
static const char *organizer(void)
{
    made_text(&m, PidTagSentRepresentingName, "Anna");
    made_text(&m, PidTagSentRepresentingAddressType, "EX");
    made_text(&m, PidTagSentRepresentingEmailAddress, ANNA);
    cr_assert_geq(made_map(&m), PL_WARN);
    cr_expect_str_eq(or_none(m.record.as.event.organizer.dn), ANNA);
    return or_none(m.record.as.event.organizer.smtp);
}

Test(known, a_map_is_proof)
{
    say(PL_SAID_MAP, ORG "ANNA", "anna@example.org");
    cr_expect_str_eq(organizer(), "anna@example.org");
    cr_expect(!m.record.learned);
    cr_expect_eq(m.report.notes, 0);
    cr_expect_eq(m.mapping.known.proven, 1);
}

Test(known, what_items_say_is_heard_only_when_learning)
{
    say(PL_SAID_RECIPIENT, ANNA, "anna@example.org");
    cr_expect_str_eq(organizer(), "(none)");
    cr_expect_eq(m.mapping.known.unknown, 1);
}

Test(known, what_was_learned_is_remarked)
{
    say(PL_SAID_RECIPIENT, ANNA, "anna@example.org");
    m.mapping.learned = true;
    cr_expect_str_eq(organizer(), "anna@example.org");
    cr_expect(m.record.learned);
    cr_expect_eq(m.report.notes, 1);
    cr_expect_eq(m.mapping.known.learned, 1);
}

Test(known, two_addresses_are_none)
{
    say(PL_SAID_RECIPIENT, ANNA, "anna@example.org");
    say(PL_SAID_SENDER, ANNA, "a.berg@example.org");
    m.mapping.learned = true;
    cr_expect_str_eq(organizer(), "(none)");
    cr_expect(!m.record.learned);
    cr_expect_eq(m.report.notes, 1);
}

Test(known, the_item_itself_comes_first)
{
    say(PL_SAID_MAP, ANNA, "anna@new.example");
    made_text(&m, PidTagSentRepresentingSmtpAddress, "anna@old.example");
    cr_expect_str_eq(organizer(), "anna@old.example");
    cr_expect_eq(m.mapping.known.proven, 0);
}

Test(known, the_owner_of_the_mailbox)
{
    static const struct pl_mailbox box = {.name = "Anna", .smtp = "anna@box.example", .dn = ORG "Anna"};
    m.mapping.mailbox = &box;
    say(PL_SAID_MAP, ANNA, "anna@example.org");
    cr_expect_str_eq(organizer(), "anna@box.example");
}

Test(known, an_attendee_with_an_entry_id_alone)
{
    uint8_t id[256];
    struct pl_bag *row = made_recipient(&m);
    made_bag_text(&m, row, PidTagDisplayName, "Ben");
    made_bag_bytes(&m, row, PidTagRecipientEntryId, id, book_id(id, BEN));
    row = made_recipient(&m);
    made_bag_text(&m, row, PidTagDisplayName, "Carla");
    made_bag_bytes(&m, row, PidTagRecipientEntryId, id, oneoff_id(id, "Carla", "SMTP", "carla@example.org"));
    say(PL_SAID_MAP, BEN, "ben@example.org");
    organizer();
    const struct pl_event *e = &m.record.as.event;
    cr_assert_eq(e->attendee_count, 2);
    cr_expect_str_eq(or_none(e->attendees[0].person.smtp), "ben@example.org");
    cr_expect_str_eq(or_none(e->attendees[0].person.dn), BEN);
    cr_expect_str_eq(or_none(e->attendees[1].person.smtp), "carla@example.org");
}

Test(known, slots_of_contacts)
{
    begin_again("IPM.Contact");
    made_text(&m, PidTagDisplayName, "Anna");
    made_text(&m, PidLidEmail1AddressType, "EX");
    made_text(&m, PidLidEmail1EmailAddress, ANNA);
    made_text(&m, PidLidEmail1OriginalDisplayName, "Anna Berg");
    made_text(&m, PidLidEmail2AddressType, "EX");
    made_text(&m, PidLidEmail2EmailAddress, BEN);
    made_text(&m, PidLidEmail2OriginalDisplayName, "ben@slot.example");
    say(PL_SAID_MAP, ANNA, "anna@example.org");
    say(PL_SAID_MAP, BEN, "ben@example.org");
    cr_assert_eq(made_map(&m), PL_OK);
    const struct pl_contact *c = &m.record.as.contact;
    cr_assert_eq(c->email_count, 2);
    cr_expect_str_eq(c->emails[0].address, "anna@example.org");
    cr_expect_str_eq(c->emails[0].dn, ANNA);
    cr_expect_str_eq(c->emails[1].address, "ben@slot.example");
}

Test(known, members_of_groups)
{
    uint8_t ids[3][256];
    begin_again("IPM.DistList");
    made_text(&m, PidTagDisplayName, "Team");
    const struct pl_bytes entries[] = {{ids[0], book_id(ids[0], ANNA)}, {ids[1], book_id(ids[1], BEN)}};
    const struct pl_bytes frozen[] = {{ids[2], oneoff_id(ids[2], "Anna", "EX", ANNA)}, {ids[2], 0}};
    made_blobs(&m, PidLidDistributionListMembers, entries, 2);
    made_blobs(&m, PidLidDistributionListOneOffMembers, frozen, 2);
    say(PL_SAID_MAP, ANNA, "anna@example.org");
    cr_assert_eq(made_map(&m), PL_OK, "%s", m.code);
    const struct pl_group *g = &m.record.as.group;
    cr_assert_eq(g->member_count, 2);
    cr_expect_str_eq(or_none(g->members[0].smtp), "anna@example.org");
    cr_expect_str_eq(or_none(g->members[0].dn), ANNA);
    cr_expect_str_eq(or_none(g->members[1].smtp), "(none)");
    cr_expect_str_eq(or_none(g->members[1].dn), BEN);
}

/* --- learning ----------------------------------------------------------------------- */

static void list_said(void *data, const struct pl_statement *s)
{
    char *list = data, row[256];
    snprintf(row, sizeof row, "%s %s %s %s; ", pl_said_name(s->said), or_none(s->sid), or_none(s->smtp),
             or_none(s->name));
    strcat(list, row);
}

/* All that the item says of a name. */
static const char *taught(const char *dn)
{
    static char list[1024];
    *list = '\0';
    cr_assert_eq(pl_learn_item(&m.mapping, &m.item, people, "a.pst"), PL_OK);
    (void)!pl_people_explain(people, (struct pl_key){PL_KEY_DN, dn}, list_said, list);
    return list;
}

Test(known, messages_teach)
{
    static const uint8_t sid[] = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0,
                                  0, 0, 2, 0, 0, 0, 3, 0, 0,  0, 4, 0, 0, 0};
    static const uint8_t self[] = {1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0};
    uint8_t id[256];
    made_text(&m, PidTagSenderName, "Anna Berg");
    made_text(&m, PidTagSenderAddressType, "EX");
    made_text(&m, PidTagSenderEmailAddress, ANNA);
    made_text(&m, PidTagSenderSmtpAddress, "anna@example.org");
    made_bytes(&m, PidTagCreatorEntryId, id, book_id(id, ANNA));
    made_bytes(&m, PidTagCreatorSid, sid, sizeof sid);
    made_bytes(&m, PidTagLastModifierEntryId, id, book_id(id, ANNA));
    made_bytes(&m, PidTagLastModifierSid, self, sizeof self);
    struct pl_bag *row = made_recipient(&m);
    made_bag_text(&m, row, PidTagAddressType, "EX");
    made_bag_text(&m, row, PidTagEmailAddress, ANNA);
    made_bag_text(&m, row, PidTagSmtpAddress, "anna@example.org");
    made_bag_text(&m, row, PidTagDisplayName, "'anna@example.org'");
    row = made_recipient(&m);
    made_bag_text(&m, row, PidTagAddressType, "SMTP");
    made_bag_text(&m, row, PidTagEmailAddress, "guest@example.net");
    made_bag_text(&m, row, PidTagDisplayName, "Guest");
    cr_expect_str_eq(taught(ANNA), "sender (none) anna@example.org Anna Berg; "
                                   "recipient (none) anna@example.org (none); "
                                   "creator S-1-5-21-1-2-3-4 (none) (none); ");
}

Test(known, contacts_teach)
{
    begin_again("IPM.Contact");
    made_text(&m, PidTagDisplayName, "Anna Berg");
    made_text(&m, PidLidEmail2AddressType, "EX");
    made_text(&m, PidLidEmail2EmailAddress, ANNA);
    made_text(&m, PidLidEmail2DisplayName, "Anna (anna@example.org)");
    cr_expect_str_eq(taught(ANNA), "contact (none) anna@example.org Anna Berg; ");
}

Test(known, groups_teach)
{
    uint8_t ids[2][256];
    begin_again("IPM.DistList");
    made_text(&m, PidTagDisplayName, "Team");
    const struct pl_bytes entry = {ids[0], book_id(ids[0], ANNA)};
    const struct pl_bytes frozen = {ids[1], oneoff_id(ids[1], "Anna Berg", "SMTP", "anna@example.org")};
    made_blobs(&m, PidLidDistributionListMembers, &entry, 1);
    made_blobs(&m, PidLidDistributionListOneOffMembers, &frozen, 1);
    cr_expect_str_eq(taught(ANNA), "member (none) anna@example.org Anna Berg; ");
}

Test(known, what_was_looked_up_is_not_taught)
{
    begin_again("IPM.Contact");
    m.mapping.learned = true;
    made_text(&m, PidLidEmail1AddressType, "EX");
    made_text(&m, PidLidEmail1EmailAddress, ANNA);
    say(PL_SAID_MAP, ANNA, "anna@example.org");
    cr_expect_str_eq(taught(ANNA), "map (none) anna@example.org (none); ");
}
