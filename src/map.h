/*
 * map.h - what the mappers share; private to src/map*.c, body.c and the series.
 *
 * A mapper reads properties only through the accessors below: each marks its
 * property as used when it could read all of it, so that the rest can be counted by name, and each
 * gives text that is clean (valid UTF-8; of the control characters only TAB and
 * LF). Out of memory is sticky (`failed`): mappers read on and the caller tests once.
 */
#ifndef PL_MAP_H
#define PL_MAP_H

#include "arena.h"
#include "record.h"
#include "report.h"

#define PL_EXTRAS_MAX 96u

struct pl_map {
    struct pl_mapping *m;
    const struct pl_item *item;
    const struct pl_bag *bag; /* of the item */
    struct pl_record *out;
    uint8_t *used;                        /* by pid */
    struct pl_extra *extras;              /* PL_EXTRAS_MAX of them */
    const struct pl_attachment *photo;    /* the one that is the photo, not an attachment of the record */
    enum pl_status status;                /* worst so far */
    unsigned learned, disputed;           /* addresses that other items gave; people with two */
    const char *learned_dn, *disputed_dn; /* the first of each */
    bool failed;
};

/* Prepares in and *out (zeroed, kind, item); false: out of memory. */
bool pl_map_begin(struct pl_map *in, struct pl_mapping *m, const struct pl_item *item, enum pl_kind kind,
                  struct pl_record *out);

/* Clean text: CR LF, CR and the Unicode line ends become LF, other controls go. NULL for
 * NULL, for nothing left but blanks, and out of memory. line: LF and TAB become blanks, ends trimmed. */
const char *pl_map_clean(struct pl_map *in, const char *text);
const char *pl_map_clean_line(struct pl_map *in, const char *text);

/* The value, or NULL / otherwise / false when absent. */
const char *pl_in_text(struct pl_map *in, enum pl_pid pid);
const char *pl_in_line(struct pl_map *in, enum pl_pid pid);
int64_t pl_in_integer(struct pl_map *in, enum pl_pid pid, int64_t otherwise);
bool pl_in_boolean(struct pl_map *in, enum pl_pid pid);
double pl_in_real(struct pl_map *in, enum pl_pid pid, double otherwise);
bool pl_in_bytes(struct pl_map *in, enum pl_pid pid, struct pl_bytes *out);
/* Seconds since 1970; false when absent, zero, or the "no date" of 4501. */
bool pl_in_utc(struct pl_map *in, enum pl_pid pid, int64_t *out);
/* All values of a multi-valued text, clean lines; *count of those that are not empty. */
const char *const *pl_in_lines(struct pl_map *in, enum pl_pid pid, size_t *count);
/* The stored bytes of a property that may be a stream, read up to `most`; what is cut is reported. */
bool pl_in_stored(struct pl_map *in, const struct pl_prop *p, size_t most, struct pl_bytes *out);

/* Text in the arena; out of memory is remembered. */
const char *pl_map_printf(struct pl_map *in, const char *format, ...) PL_PRINTF(2, 3);
/* Adds X-NAME:value to the record; nothing when value is NULL. */
void pl_map_extra(struct pl_map *in, const char *name, const char *value);
/* Files a PL_WARN for the item and remembers it as the status. */
void pl_map_warn(struct pl_map *in, const char *code, const char *format, ...) PL_PRINTF(3, 4);
/* What RDATE has to list of a series; what lies beyond the horizon is reported. false: out of memory. */
struct pl_rdates;
bool pl_map_rdates(struct pl_map *in, const struct pl_recur *recur, struct pl_rdates *out);

/* Extras by table. */
struct pl_extra_row {
    enum pl_pid pid;
    const char *name;
};
void pl_map_extras(struct pl_map *in, const struct pl_extra_row *rows, size_t count);

/* Parts that several kinds have. */
void pl_map_common(struct pl_map *in); /* all of struct pl_common but description, html, attachments */
void pl_map_attachments(struct pl_map *in);
const struct pl_attach *pl_map_photo(struct pl_map *in);
void pl_map_alarm(struct pl_map *in, bool absolute, struct pl_alarm *out);

/* An addr-spec out of text ("mailto:a@b", "<a@b>", "'a@b'"), in the arena; NULL when it holds none. */
const char *pl_map_smtp(struct pl_map *in, const char *text);
/* Is that the type of an address of another system than Exchange and the Internet? */
bool pl_map_foreign(const char *type);
/* "Name (a@b)" and "a@b" alike. */
const char *pl_map_smtp_within(struct pl_map *in, const char *text);

/* The address of a legacyExchangeDN that the item gives no address for; NULL: not known. */
const char *pl_map_known(struct pl_map *in, const char *dn);
/* Notes what became of these questions. */
void pl_map_known_report(const struct pl_map *in);

/* Where an identity stands in a bag. */
struct pl_person_row {
    enum pl_pid name, name2, type, address, smtp, entry;
};
/* False when nothing of it is there. */
bool pl_map_person(struct pl_map *in, const struct pl_bag *bag, const struct pl_person_row *row,
                   struct pl_person *out);
/* Organizer, delegate and attendees of a meeting. */
void pl_map_people(struct pl_map *in);

/* What a zone blob of the item says, else the default zone, else NULL. */
const struct pl_zone *pl_map_zone(struct pl_map *in, const enum pl_pid *pids, size_t count);
/* An instant on the clock of a zone. */
struct pl_when pl_map_instant(const struct pl_zone *zone, int64_t utc);
/* A date from a local midnight that is stored as an instant. */
struct pl_when pl_map_midnight(const struct pl_zone *zone, int64_t utc);
/* The date of a time that is stored as if local were UTC. */
struct pl_when pl_map_date(int64_t local);

void pl_map_event(struct pl_map *in);
void pl_map_contact(struct pl_map *in);
void pl_map_group(struct pl_map *in);
void pl_map_task(struct pl_map *in);
void pl_map_activity(struct pl_map *in);
void pl_map_note(struct pl_map *in);
void pl_map_delegates(struct pl_map *in);
void pl_map_delegate_rule(struct pl_map *in);
void pl_map_shortcut(struct pl_map *in);
void pl_map_favorite(struct pl_map *in);
void pl_map_published(struct pl_map *in);
void pl_map_ical(struct pl_map *in);

/* The lists of busy time of a message, whose user is as yet unknown; NULL: it has none, or no memory. */
struct pl_freebusy *pl_map_published_of(struct pl_map *in);
/* Who an entry id is, under the name that stands beside it (or NULL). */
struct pl_party pl_map_party(struct pl_map *in, struct pl_bytes entry_id, const char *name);
/* What people (people.h) know of him besides; of those that the store tells nothing is changed. */
void pl_map_party_known(struct pl_map *in, struct pl_party *who);

/* The members of a group. */
void pl_map_members(struct pl_map *in);

/* The e-mail slot 0..2 of a contact, resolved. False when it is empty. */
bool pl_map_email_slot(struct pl_map *in, size_t slot, struct pl_email *out);

#endif
