/*
 * people.h - who is who: the names by which Exchange knows a person, who said that they
 * belong together, and how often.
 *
 * A statement is what one source says at once of one person: some of legacyExchangeDN,
 * SID, SMTP address and display name. Statements are kept on disk, the same ones counted;
 * they are never merged, so that each answer can be explained. An answer follows from all
 * of them, not from their order: for each name the most trusted sources that give it
 * decide, and when these disagree nobody does (`disputed`). A display name never finds
 * anybody.
 *
 * Keys are compared without the case of ASCII letters. A SID is a key only when it is one of
 * a domain: S-1-5-10 and its like are roles that everybody can have.
 */
#ifndef PL_PEOPLE_H
#define PL_PEOPLE_H

#include "pimlift.h"

#define PL_KEY_TEXT_MAX 1024u /* bytes of a name, with its NUL */

struct pl_ledger;

enum pl_key_kind { PL_KEY_DN, PL_KEY_SID, PL_KEY_SMTP };

struct pl_key {
    enum pl_key_kind kind;
    const char *text;
};

/* Smaller is better. Up to PL_TRUST_STORE it is proof, what follows was learned. */
enum pl_trust {
    PL_TRUST_MAP,     /* the administrator's map */
    PL_TRUST_STORE,   /* a store's own table of mailboxes */
    PL_TRUST_MESSAGE, /* a server wrote both names into an item */
    PL_TRUST_TEXT     /* one of them stands in a text that a person may have typed */
};

/* Who said it, the most trusted first. The word that stands for it in ledger.db: pl_said_name(). */
enum pl_said {
    PL_SAID_MAP,
    PL_SAID_STORE,
    PL_SAID_SENDER,
    PL_SAID_REPRESENTING,
    PL_SAID_RECEIVED,
    PL_SAID_RECEIVED_FOR,
    PL_SAID_RECIPIENT,
    PL_SAID_CREATOR,
    PL_SAID_MODIFIER,
    PL_SAID_CONTACT,
    PL_SAID_MEMBER,
    PL_SAID_COUNT
};

struct pl_statement {
    enum pl_said said;
    const char *place;                  /* "people.csv:12", or the path of a store */
    const char *dn, *sid, *smtp, *name; /* or NULL */
    const struct pl_key *more;          /* other names of the same person: former DNs, further addresses */
    size_t more_count;
    uint64_t votes; /* how often it was said; 0 counts as 1 */
};

/* What is known of one name of a person. */
struct pl_known {
    const char *text; /* NULL: nothing */
    enum pl_trust trust;
    enum pl_said said; /* one of those who said it */
    uint64_t votes;
    bool disputed; /* the best sources disagree: then text is NULL */
};

struct pl_identity {
    struct pl_known dn, sid, smtp, name;
};

const char *pl_said_name(enum pl_said said);
enum pl_trust pl_said_trust(enum pl_said said);

/* The form in which a name is compared, with its kind before it ("dn:/o=..."), in
 * out[PL_KEY_TEXT_MAX]. false: it is no name of that kind, or names nobody in particular. */
bool pl_key_fold(enum pl_key_kind kind, const char *text, char *out);
/* The kind that the text has by its form; false: it has none. */
bool pl_key_kind_of(const char *text, enum pl_key_kind *out);
/* "S-1-5-21-..." of a SID in its binary form, [MS-DTYP] 2.4.2.2; false: it is none. */
bool pl_sid_text(struct pl_bytes sid, char *out, size_t room);

/* --- the set; ledger_people.c ------------------------------------------------------- */

struct pl_people;

/* A new set in a temporary file. NULL: it can't be made. */
struct pl_people *pl_people_new(void);
/* A set in the tables of a ledger, which outlives it: commit, mark and undo of the ledger are its own too. NULL:
 * out of memory. */
struct pl_people *pl_people_of(struct pl_ledger *l);
/* A set that keeps nothing, and hands over what is added to it as it was said. NULL: out of memory. */
/* Has nothing been said? */
bool pl_people_is_empty(const struct pl_people *p);
struct pl_people *pl_people_relay(void (*each)(void *data, const struct pl_statement *s), void *data);
/* Before the ledger marks or commits. PL_STOP: the disk is full. */
PL_MUST_USE enum pl_status pl_people_flush(struct pl_people *p);
/* After the ledger has undone or rolled back. */
void pl_people_forget(struct pl_people *p);
/* That of a ledger, to be read only. NULL: *why is a text. */
struct pl_people *pl_people_open(const char *ledger, const char **why);
void pl_people_free(struct pl_people *p);

/* Adds a statement; one that gives fewer than two names, or no DN and no SID and only one
 * address, says nothing and is PL_END. PL_STOP: the disk is full. */
PL_MUST_USE enum pl_status pl_people_add(struct pl_people *p, const struct pl_statement *s);

/*
 * Whose name this is, by sources of at most that trust. What the statements with that name do not say is taken
 * from those with the DN, then with the SID, that they gave; such an answer has the worse trust of both.
 * Texts live in the arena. PL_END: nobody. PL_STOP: the set can't be read, or out of memory.
 */
PL_MUST_USE enum pl_status pl_people_find(struct pl_people *p, struct pl_key key, enum pl_trust least,
                                          struct pl_arena *a, struct pl_identity *out);

/* Somebody as a store or a manifest names him: texts, or NULL. */
struct pl_known_as {
    const char *name, *smtp, *dn, *sid;
    const char *by; /* literal: who told an address that was looked up, as pl_said_name() has it */
    bool learned;   /* that address is not proven */
    bool disputed;  /* several addresses are told, and none is used */
};

/*
 * What is known of somebody, into what is left open: by his DN, else by his SID, else by his address; a name alone
 * finds nobody. Texts live in the arena. PL_END: nothing is known. PL_STOP: as above; who is as he was.
 */
PL_MUST_USE enum pl_status pl_people_complete(struct pl_people *p, enum pl_trust least, struct pl_arena *a,
                                              struct pl_known_as *who);

/* Hands over every statement that has the name, in the order of enum pl_said. */
PL_MUST_USE enum pl_status pl_people_explain(struct pl_people *p, struct pl_key key,
                                             void (*each)(void *data, const struct pl_statement *s), void *data);

/* What stores of one ledger are called among those of many. */
struct pl_store_names {
    /* Valid until the next call; NULL: no memory. */
    const char *(*name)(void *data, const char *store);
    void *data;
};

/*
 * Adds what a ledger says of people, under those names of stores. A statement that both have was made twice, and
 * its votes add up; not so a map's, and not with `again`, when both ledgers come from one store. PL_STOP: *why is a
 * text.
 */
PL_MUST_USE enum pl_status pl_people_join(struct pl_people *p, const char *ledger,
                                          const struct pl_store_names *names, bool again, const char **why);

/* The names for which map files give different addresses or SIDs. */
PL_MUST_USE enum pl_status pl_people_disputes(struct pl_people *p, void (*each)(void *data, const char *key),
                                              void *data);

/* Writes all into the tables person and person_key of a ledger. */
PL_MUST_USE enum pl_status pl_people_save(struct pl_people *p, struct pl_ledger *l);

/* --- weighing; people.c ----------------------------------------------------------- */

#define PL_NAMES_MOST 16

/* Statements about one person, weighed one by one in any order. */
struct pl_weighing {
    struct pl_arena *arena;
    enum pl_trust least;
    struct pl_identity result;
    struct pl_known names[PL_NAMES_MOST]; /* of the best trust so far */
    size_t name_count;
    bool failed; /* out of memory */
};

void pl_weigh(struct pl_weighing *w, const struct pl_statement *s);
/* After the last: the display name is the one most often said. */
void pl_weigh_end(struct pl_weighing *w);
/* Takes over what `to` does not have yet. `link` is the trust of what led to it. */
void pl_identity_complete(struct pl_identity *to, const struct pl_identity *from, enum pl_trust link);

#endif
