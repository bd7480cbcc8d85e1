/*
 * build.h - from statements to items: what the build_*.c files share.
 *
 * A builder reads a statement, fills the properties of an item, hands it to the store
 * side, and writes the item's line of the truth. All memory of a statement is in `mem`;
 * what later statements may name (people, folders, items) is in `keep`.
 */
#ifndef MS_BUILD_H
#define MS_BUILD_H

#include "mkstore.h"
#include "props.h"
#include "recipe.h"
#include "series.h"
#include "truth.h"

struct ms_person {
    const char *id, *name, *smtp, *dn, *sid;
    struct ms_person *next;
};

/* An item that a later one may point to. */
struct ms_known {
    const char *id;
    uint32_t folder, nid;
    const char *name, *mails[3];
    const uint8_t *goid;
    size_t goid_size;
    int64_t start, end; /* of an event */
    struct ms_known *next;
};

/* A line `acl WHO ROLE`, for the truth. */
struct ms_grant {
    const char *who, *sid, *role;
    unsigned rights; /* MAPI's */
};

struct ms_place {
    struct ms_folder folder;
    const char *name;
    uint64_t items, associated;
    struct ms_bytes sd; /* security descriptor as written */
    struct ms_grant *grants;
    size_t grant_count;
    const char *mailbox;                /* NULL in the first */
    struct ms_place *next, *next_named; /* of all; of those whose names have the same hash */
    size_t ordinal;
};
#define MS_PLACE_SLOTS 4096u

struct ms_stream {
    const char *text;
    bool calendar, whole; /* iCalendar within a message; nothing of it is missing */
    struct ms_stream *next;
};

struct ms_build {
    struct ms_recipe *recipe;
    struct ms_mem mem, keep;
    struct ms_store store;
    const struct ms_writer_ops *ops;
    struct ms_writer *writer;
    const char *out;
    struct ms_truth truth;
    const struct ms_zone *zone; /* of items that name none */
    struct ms_person *people;
    struct ms_known *known;
    struct ms_place *places, *place; /* newest first; the open one */
    struct ms_place *named[MS_PLACE_SLOTS];
    size_t place_count;
    uint64_t ordinal; /* of the item */
    int depth;        /* of messages in messages */
    uint64_t kinds[16];
    const char *mailbox;  /* of whom, NULL the first */
    unsigned part;        /* of the recipe, 0 the first */
    bool is_public;       /* of the recipe's parts, the public store is built */
    bool public_too;      /* and one database has all of them */
    bool skipping, again; /* this part is not built; the first part is built once more */
    struct ms_stream *streams;
    bool output_failed; /* the store side said why */
    int64_t epoch;      /* creation time of the first item; each later one a minute more */
};

enum ms_kind {
    MS_EVENT,
    MS_CONTACT,
    MS_GROUP,
    MS_TASK_ITEM,
    MS_JOURNAL,
    MS_NOTE_ITEM,
    MS_MAIL,
    MS_FREEBUSY,
    MS_OTHER,
    MS_PUBLISHED
};

/* An item in the making. */
struct ms_draft {
    struct ms_node *node;
    enum ms_kind kind;
    struct ms_item item;
    struct ms_bag bag;
    const struct ms_zone *zone;
    const char *subject, *body, *html;
    const char **categories;
    size_t category_count;
    int sensitivity, importance;
    int64_t created, modified;
    uint8_t search_key[16];
    uint8_t goid[256]; /* clean form */
    size_t goid_size;
    int64_t start, end;                /* instants of an event */
    struct ms_attachment *attachments; /* room for all children of the statement */
    struct ms_props *recipients;
    bool top; /* not embedded in another */
};

/* One statement that is an item. false: not an item's word. Errors are in b->recipe->failed. */
bool ms_build_item(struct ms_build *b, struct ms_node *n);
/* An item to embed, its truth inside the array that is open. */
const struct ms_item *ms_build_embedded(struct ms_build *b, struct ms_node *n);

/* What all items have; kinds call them first and last. */
void ms_draft_begin(struct ms_build *b, struct ms_draft *d);
void ms_draft_finish(struct ms_build *b, struct ms_draft *d);
void ms_build_bodies(struct ms_build *b, struct ms_draft *d);
void ms_build_attachments(struct ms_build *b, struct ms_draft *d);
struct ms_bag ms_attach_bag(struct ms_build *b, const char *name, int method);
void ms_add_attachment(struct ms_draft *d, const struct ms_bag *bag, const struct ms_item *embedded);

/* The kinds. */
void ms_build_event(struct ms_build *b, struct ms_draft *d);
void ms_build_contact(struct ms_build *b, struct ms_draft *d);
void ms_build_group(struct ms_build *b, struct ms_draft *d);
void ms_build_task(struct ms_build *b, struct ms_draft *d);
void ms_build_journal(struct ms_build *b, struct ms_draft *d);
void ms_build_note(struct ms_build *b, struct ms_draft *d);
void ms_build_mail(struct ms_build *b, struct ms_draft *d);
void ms_build_freebusy(struct ms_build *b, struct ms_draft *d);
void ms_build_published(struct ms_build *b, struct ms_draft *d);
void ms_build_times(struct ms_build *b, struct ms_draft *d);
void ms_build_shortcut(struct ms_build *b, struct ms_draft *d);
void ms_build_favorite(struct ms_build *b, struct ms_draft *d);
void ms_build_rule(struct ms_build *b, struct ms_draft *d);
void ms_build_other(struct ms_build *b, struct ms_draft *d);

/* Folders. */
void ms_build_folder(struct ms_build *b, struct ms_node *n);
/* Forgets all folders but the first so many. */
void ms_places_cut(struct ms_build *b, size_t count);
void ms_truth_folders(struct ms_build *b);
/* A folder of that path that need not be in the recipe, made and opened. */
void ms_enter_folder(struct ms_build *b, const char *path, const char *container_class, bool system);

/* The item that has this id; an error and NULL when there is none so far. */
const struct ms_known *ms_known_of(struct ms_build *b, const struct ms_node *n, const char *id);

/* People. `@anna`, or `Anna Berg <anna@example.org>`, or an address alone. */
void ms_build_person(struct ms_build *b, struct ms_node *n);
struct ms_person ms_person_of(struct ms_build *b, const struct ms_node *n, const char *text);
void ms_truth_person(struct ms_build *b, const char *key, const struct ms_person *p);
void ms_put_oneoff(struct ms_bytes *out, const char *name, const char *type, const char *address);
void ms_put_exchange(struct ms_bytes *out, const char *dn, uint32_t display_type);
void ms_put_entryid(struct ms_build *b, struct ms_bytes *out, const struct ms_known *k); /* NULL: of nobody */
/* The address of a person as MAPI has it: EX and DN when there is one. */
const char *ms_address_type(const struct ms_person *p);
const char *ms_address(const struct ms_person *p);
void ms_put_person_id(struct ms_bytes *out, const struct ms_person *p);
/* A row of the recipient table. */
struct ms_bag ms_recipient(struct ms_build *b, struct ms_draft *d, const struct ms_person *p, int type);
void ms_add_recipient(struct ms_draft *d, const struct ms_bag *bag);

/* Parts of a recipe: false, another word. */
bool ms_is_part(const struct ms_node *n);
bool ms_build_part(struct ms_build *b, struct ms_node *n);
bool ms_build_stream(struct ms_build *b, struct ms_node *n);
/* `published`: an item in a folder of its own. */
bool ms_build_schedule(struct ms_build *b, struct ms_node *n);
/* The same with `calendar`: false, there is none. */
bool ms_build_calendar(struct ms_build *b, struct ms_node *n);
/* For the truth. */
void ms_stream_keep(struct ms_build *b, const char *text, bool calendar, bool whole);
void ms_truth_streams(struct ms_build *b);
void ms_owner_set(struct ms_build *b, struct ms_store *s, const struct ms_person *p);
void ms_enter_mailbox(struct ms_build *b, const struct ms_person *owner);

/* A SID from its text, false: none. */
bool ms_put_sid(struct ms_bytes *out, const char *sid);
/* A person's SID as a server keeps it beside names and addresses. A PST has none. */
void ms_add_sid(struct ms_build *b, struct ms_bag *bag, unsigned id, const struct ms_person *p);

/* Times of an event, in its zone. */
struct ms_times {
    int64_t start, end; /* wall clock */
    bool all_day, utc;
};
struct ms_times ms_parse_times(struct ms_build *b, struct ms_node *n);

/* Scale and matrix: items that no statement describes one by one. */
struct ms_scale {
    uint64_t items, mail, size;
    bool sparse; /* attachments are zeros */
    bool mixed;  /* folders are filled in turns, as over the years, and not one after the other */
};
int ms_build_scale(struct ms_build *b, const struct ms_scale *scale);
int ms_build_matrix(struct ms_build *b, struct ms_node *n);
/* A statement from text, as if it stood in the recipe. */
void ms_build_text(struct ms_build *b, const char *text);

#endif
