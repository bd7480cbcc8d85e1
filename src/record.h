/*
 * record.h - what the world understands.
 *
 * A mapper (map_*.c) fills one of these from an item; a writer turns it into lines.
 * All texts are valid UTF-8 without control characters other than TAB and LF, all
 * pointers live in the item arena, absent texts are NULL. Names follow RFC 5545,
 * RFC 6350 and RFC 2426; what has no home there goes to `extras` under an X- name.
 */
#ifndef PL_RECORD_H
#define PL_RECORD_H

#include "acl.h"
#include "freebusy.h"
#include "pimlift.h"

struct pl_zone;   /* tz.h */
struct pl_recur;  /* recur.h */
struct pl_people; /* people.h */

/* An instant, or a date. utc and local are seconds since 1970-01-01T00:00:00; local
 * reads the wall clock of zone as if it were UTC. */
struct pl_when {
    int64_t utc, local;
    const struct pl_zone *zone; /* NULL: UTC */
    bool set;
    bool is_date; /* local is midnight of the date; utc is not used */
};

struct pl_person {
    const char *name;
    const char *smtp; /* NULL when it did not resolve */
    const char *dn;   /* legacyExchangeDN, when the address was of type EX */
    const char *raw_type, *raw_address;
};

struct pl_attendee {
    struct pl_person person;
    enum pl_part_role { PL_REQ_PARTICIPANT, PL_OPT_PARTICIPANT, PL_RESOURCE } role;
    enum pl_partstat { PL_NEEDS_ACTION, PL_TENTATIVE, PL_ACCEPTED, PL_DECLINED } partstat;
    int64_t replied_utc; /* 0 = not known */
};

/* A property that pimlift has no field for. */
struct pl_extra {
    const char *name; /* "X-MICROSOFT-CDO-INTENDEDSTATUS" */
    const char *value;
};

struct pl_attach {
    const char *filename;    /* as the item names it, or NULL */
    const char *mime_type;   /* or NULL */
    const char *uri;         /* by reference: then no data */
    struct pl_stream stream; /* size 0 with bytes.size 0: an empty attachment */
    struct pl_bytes bytes;   /* small data, inline in the item */
};

enum pl_class { PL_PUBLIC, PL_PERSONAL, PL_PRIVATE, PL_CONFIDENTIAL };
enum pl_busy { PL_FREE, PL_BUSY_TENTATIVE, PL_BUSY, PL_OOF, PL_WORKING_ELSEWHERE };

/* What every record has. */
struct pl_common {
    const char *summary; /* FN of a contact */
    const char *description;
    const char *html; /* the body as HTML, when there was one */
    const char *const *categories;
    size_t category_count;
    enum pl_class classification;
    int importance;      /* 0 low, 1 normal, 2 high, -1 not told */
    int64_t created_utc; /* seconds; 0 = absent */
    int64_t modified_utc;
    int64_t stamp_utc; /* DTSTAMP / REV: never the clock */
    const struct pl_extra *extras;
    size_t extra_count;
    const struct pl_attach *attachments;
    size_t attachment_count;
};

struct pl_alarm {
    bool set;
    bool absolute;
    int minutes_before;
    int64_t at_utc;
};

/* The busy time of an event, made where the event was read. */
struct pl_busy_made {
    const struct pl_period *periods;
    size_t count;
    bool endless; /* a series without an end */
    bool broken;  /* a pattern without meaning */
};

struct pl_event {
    struct pl_when start, end;
    struct pl_when recurrence_id; /* set on an override */
    bool all_day;
    const char *location, *location_url, *url, *conference;
    enum pl_busy busy;
    bool cancelled, is_meeting;
    int sequence;
    struct pl_person organizer; /* set when is_meeting */
    struct pl_person sent_by;
    const struct pl_attendee *attendees;
    size_t attendee_count;
    struct pl_alarm alarm;
    const struct pl_zone *day_zone; /* whose midnights the dates of an all-day event are, or NULL */
    /* a series */
    const struct pl_recur *recur;
    const struct pl_when *exdates;
    size_t exdate_count;
    const struct pl_when *rdates; /* occurrences that the rule does not say, of one kind and zone */
    size_t rdate_count;
    const struct pl_record *overrides;
    size_t override_count;
    const struct pl_busy_made *made; /* all that is known of its busy time; else NULL */
};

struct pl_email {
    const char *address;
    const char *label;
    bool preferred;
    const char *dn;   /* when an EX address resolved to, or stands for, this slot */
    const char *type; /* "X400": the address is one of that system; NULL: SMTP */
};

enum pl_tel_kind {
    PL_TEL_WORK,
    PL_TEL_WORK2,
    PL_TEL_HOME,
    PL_TEL_HOME2,
    PL_TEL_CELL,
    PL_TEL_OTHER,
    PL_TEL_PRIMARY,
    PL_TEL_CAR,
    PL_TEL_PAGER,
    PL_TEL_RADIO,
    PL_TEL_ISDN,
    PL_TEL_CALLBACK,
    PL_TEL_COMPANY,
    PL_TEL_ASSISTANT,
    PL_TEL_TTY,
    PL_TEL_TELEX,
    PL_TEL_FAX_WORK,
    PL_TEL_FAX_HOME,
    PL_TEL_FAX_OTHER
};

struct pl_tel {
    enum pl_tel_kind kind;
    const char *number;
};

struct pl_address {
    enum pl_address_kind { PL_ADR_WORK, PL_ADR_HOME, PL_ADR_OTHER } kind;
    const char *pobox, *street, *locality, *region, *code, *country;
    const char *label; /* the whole as one text */
    bool mailing;
};

struct pl_date {
    int year, month, day; /* year 0 = absent */
};

struct pl_contact {
    const char *surname, *given, *middle, *prefix, *suffix, *nickname, *file_as;
    const char *yomi_surname, *yomi_given, *yomi_company;
    const char *company, *department, *office, *title, *profession;
    const struct pl_email *emails;
    size_t email_count;
    const struct pl_tel *tels;
    size_t tel_count;
    const struct pl_address *addresses;
    size_t address_count;
    const char *url_home, *url_work, *ftp, *im, *freebusy_url;
    struct pl_date birthday, anniversary;
    const char *spouse, *manager, *assistant;
    const char *const *children;
    size_t child_count;
    int gender; /* 1 female, 2 male */
    const char *hobbies;
    const struct pl_attach *photo;
    const struct pl_bytes *certificates; /* DER, unwrapped */
    size_t certificate_count;
};

struct pl_member {
    const char *name, *smtp, *dn, *uid; /* uid: a contact of the same run */
    const char *foreign;                /* "X400:address", in another system */
};

struct pl_group {
    const struct pl_member *members;
    size_t member_count;
};

struct pl_task {
    struct pl_when start, due, completed;
    enum pl_task_status { PL_NOT_STARTED, PL_IN_PROGRESS, PL_COMPLETE, PL_WAITING, PL_DEFERRED } status;
    int percent;
    int regenerate; /* n: regenerates n periods after completion */
    const struct pl_recur *recur;
    const struct pl_when *rdates; /* as of an event */
    size_t rdate_count;
    struct pl_alarm alarm;
    struct pl_person owner;
};

struct pl_journal {
    struct pl_when start;
    bool is_note; /* sticky note: no date of its own */
    int color;    /* of a note, -1 = none */
    const char *type;
    int duration_min;
};

/* Who shares, or is shared with: as far as the store tells. */
struct pl_party {
    enum pl_trustee trustee;
    const char *name, *smtp, *dn;
    struct pl_bytes sid;  /* size 0: not told */
    const char *sid_text; /* of one that was looked up */
    const char *by;       /* literal: who told what was looked up, as pl_said_name() has it; NULL: nothing was */
    bool learned;         /* the address that was looked up is not proven */
    bool disputed;        /* several addresses are told, and none is used */
};

/* When somebody was busy, as it was published. */
struct pl_freebusy {
    struct pl_party user;
    int64_t start_utc, end_utc; /* the range; 0: not told */
    int64_t stamp_utc;          /* of the publication; 0: not told */
    const struct pl_period *periods;
    size_t period_count;
};

struct pl_share_person {
    struct pl_party who;
    bool sees_private; /* of a delegate */
};

/* An access list of a folder, and whom each grant is for. */
struct pl_folder_acl {
    const char *source; /* literal: "ntsd", "acldata", "freebusy", "structure" */
    struct pl_bytes raw;
    struct pl_acl acl;               /* acl.fault: it can't be read */
    const struct pl_party *trustees; /* acl.count of them */
};

/* What a folder or a message tells of sharing. */
struct pl_share {
    enum pl_share_what {
        PL_SHARE_FOLDER,      /* who may use a folder; this record has no item */
        PL_SHARE_DELEGATES,   /* people act for the owner of the store */
        PL_SHARE_RULE,        /* people get copies of his meeting messages */
        PL_SHARE_SUBSCRIPTION /* he has opened a folder of people[0], or a public one */
    } what;
    struct pl_party owner;      /* of the mailbox */
    const struct pl_folder *of; /* folder */
    const struct pl_folder_acl *lists;
    size_t list_count; /* 0: it has the rights of its parent, or none are told */
    const struct pl_share_person *people;
    size_t people_count;
    bool wants_copy, wants_info; /* delegates: as [MS-OXODLGT] 2.2.2.2 */
    bool deletes;                /* rule: the owner gets nothing himself */
    const char *source;          /* literal: the kind of message */
    /* subscription */
    const char *name, *group, *section; /* section: "calendar" ..., or "" */
    struct pl_bytes folder;             /* entry id or source key */
    bool is_public;
    /* what a message of delegates may hold besides, or NULL */
    const struct pl_freebusy *published;
};

enum pl_kind { PL_EVENT, PL_CONTACT, PL_GROUP, PL_TASK, PL_JOURNAL, PL_SHARE, PL_FREEBUSY };

struct pl_record {
    enum pl_kind kind;
    const char *uid;
    const struct pl_item *item; /* where it came from; NULL for a folder */
    const char *idle;           /* literal: why there is nothing in it to write, or NULL */
    const uint8_t *used;        /* by pid: 1 where mapping read the property; PID_COUNT bytes */
    bool learned;               /* an address in it was learned from other items, not proven */
    bool only_new;              /* a copy: not written when its UID has occurred among items of their own */
    struct pl_common common;
    union {
        struct pl_event event;
        struct pl_contact contact;
        struct pl_group group;
        struct pl_task task;
        struct pl_journal journal;
        struct pl_share share;
        struct pl_freebusy freebusy;
    } as;
};

/* The zone of each time that a form of iCalendar names by its zone, once for each; tasks have dates and UTC. */
void pl_record_zones(const struct pl_record *record, void (*each)(void *data, const struct pl_zone *zone),
                     void *data);

/* Mappers --------------------------------------------------------------- */

/* Folders outside of what a user sees whose items are told by their place. */
enum pl_place_kind {
    PL_PLACE_USUAL,
    PL_PLACE_FREEBUSY, /* of a public store: below "SCHEDULE+ FREE BUSY" */
    PL_PLACE_SHORTCUTS /* "Shortcuts": public folders that a user has opened */
};

/* What mapping may ask besides the item. Everything may be NULL / 0. */
struct pl_mapping {
    struct pl_arena *arena;
    struct pl_report *report;
    struct pl_reader *reader;         /* for bodies that are streams and for embedded messages */
    const struct pl_mailbox *mailbox; /* that the item lies in */
    const struct pl_zone *default_zone;
    struct pl_zone_memo *zones; /* or NULL */
    struct pl_text *text;
    unsigned codepage;
    struct pl_people *people; /* whose addresses may be asked; NULL: nobody's */
    bool learned;             /* also what items said */
    struct pl_lookups {
        uint64_t proven, learned, unknown;
    } known;                  /* how many addresses were looked up, with what success */
    enum pl_place_kind place; /* of the item's folder */
};

/* In some folders all items are of one kind, whatever their class. */
enum pl_place_kind pl_place_kind(const struct pl_folder *folder);

/* The kind that a message class maps to (prefix by dots, without case), -1 for none:
 * IPM.Appointment, IPM.Contact, IPM.DistList, IPM.Task, IPM.Activity, IPM.StickyNote. */
int pl_kind_of_class(const char *message_class);
/* The same for hidden and system items: PL_SHARE, PL_FREEBUSY, or -1. */
int pl_kind_of_system(const char *message_class, enum pl_place_kind place);

/* PL_WARN: mapped, a diagnostic names what was lost. PL_LOST: not mappable. */
PL_MUST_USE enum pl_status pl_map_item(struct pl_mapping *m, const struct pl_item *item, struct pl_record *out);

/*
 * Calls back with the name of each property of the item that mapping did not read and
 * that is not mere machinery of a store (entry ids, sizes, view state ...); returns
 * how many. A name is that of the open specifications, else "set/0x8123", "set/text"
 * or "0x1234", and is valid during the call only.
 */
size_t pl_map_unmapped(const struct pl_record *record, void (*found)(void *data, const char *name), void *data);

/* The folder as a record of its own: PL_SHARE_FOLDER. PL_WARN: an access list is there and can't be read.
 * PL_LOST: out of memory. */
PL_MUST_USE enum pl_status pl_map_folder(struct pl_mapping *m, const struct pl_folder *folder,
                                         struct pl_record *out);

/* A series that never ends. */
bool pl_event_is_endless(const struct pl_event *event);
/*
 * Calls back with each period in which an event makes its owner busy, up to the horizon of pl_expand(). false: out
 * of memory, or a pattern without meaning.
 */
bool pl_map_busy(const struct pl_event *event, struct pl_arena *scratch,
                 void (*found)(void *data, const struct pl_period *period), void *data);

/* The UID an item maps to, in the arena; NULL: out of memory. */
const char *pl_map_uid(struct pl_mapping *m, const struct pl_item *item);

#endif
