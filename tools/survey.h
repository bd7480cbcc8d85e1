/*
 * survey.h - what pimlift check knows of the stores before it judges anything.
 *
 * Layer: programs. Each store is walked once for what it is and for its items; its checksums are proven apart from
 * that. Then all are converted together, only their sharing and busy time, into a temporary folder, whose manifest
 * and ledger are read. Counts only; names are kept, a few of each, for --names.
 */
#ifndef PIMLIFT_SURVEY_H
#define PIMLIFT_SURVEY_H

#include "flags.h"
#include "integrity.h"
#include "pimlift.h"

#define SURVEY_NAMES 20

/* The first ones, each once; `count` is of all, as often as they came. */
struct survey_names {
    char *list[SURVEY_NAMES];
    size_t kept;
    uint64_t count;
};

enum survey_fact {
    FACT_FORMAT,
    FACT_CREATED,
    FACT_SHUTDOWN,
    FACT_LOGS_MISSING,
    FACT_REPAIRS,
    FACT_STM,
    FACT_PAGE_SIZE,
    FACT_CLIENT,
    FACT_MAPS,       /* of a PST: is what says which of its bytes are free true? Who closes it makes it so */
    FACT_IDENTITIES, /* a table that the versions before 2013 lack */
    FACTS
};

struct survey_store {
    const char *path;
    bool opened, tables;  /* tables: a database without the tables of Exchange */
    bool cut, unmeasured; /* unmeasured: what tells the size that it should have can't be read */
    bool is_public;
    char *kind, *facts[FACTS]; /* or NULL */
    uint64_t folders;
    uint64_t warnings, losses;
    const char *parts;  /* what has checksums; NULL: nothing that is known */
    bool unproven;      /* its header does not tell where they are */
    const char *unread; /* it could not be read to look for them: why */
    struct pl_integrity integrity;
};

enum survey_type { TYPE_SMTP, TYPE_EX, TYPE_MS, TYPE_CCMAIL, TYPE_NOTES, TYPE_X400, TYPE_OTHER, TYPES };
enum survey_system { SYSTEM_FREEBUSY, SYSTEM_ADDRESS_BOOK, SYSTEM_FORMS, SYSTEMS };
/* Whose mailboxes are not those of users. */
enum survey_service {
    SERVICE_MSMAIL,
    SERVICE_CCMAIL,
    SERVICE_NOTES,
    SERVICE_GROUPWISE,
    SERVICE_OTHER, /* a connector, of a kind that is not known */
    SERVICE_SMTP,  /* the transport of each server has one */
    SERVICE_SYSTEM,
    SERVICES
};
/* What a series meets, of those that a target is known not to take whole. */
enum survey_limit {
    LIMIT_OCCURRENCES, /* more than sabre/dav expands */
    LIMIT_SHOWN,       /* more than Google Calendar shows */
    LIMIT_SPAN,        /* longer than Zimbra expands by default */
    LIMIT_LISTED,      /* no rule says it: the dates are listed */
    LIMITS
};
enum survey_busy { BUSY_MISSING, BUSY_STALE, BUSY_CONTRADICTORY, BUSY_DUPLICATE, BUSY_FAULTS };

struct survey {
    struct survey_store *stores;
    size_t count, opened;  /* opened: with folders */
    bool full;             /* what it has to keep meanwhile can't be kept */
    uint64_t types[TYPES]; /* different addresses in events, tasks and contacts */
    uint64_t bare[TYPES];  /* of these: no Internet address stands beside it */
    struct survey_names ex_unknown;
    uint64_t folders_of[SYSTEMS], items_in[SYSTEMS];
    uint64_t newsgroups; /* folders that a news server fills */
    struct survey_names service[SERVICES];
    uint64_t mailboxes; /* of which the directory name is known: it tells whose they are */
    /* public folders that users see, by their lists of replicas */
    uint64_t public_folders, replicated, unlisted;
    struct survey_names alone;
    /* what would be converted */
    uint64_t items, bytes, attached; /* bytes: of properties; of attachments apart */
    uint64_t series, endless, limit[LIMITS];
    struct survey_room {
        int error; /* errno; 0: free is known */
        uint64_t free;
    } room;
    /* of the manifest */
    uint64_t people, special, published, compared;
    struct survey_names by_sid, by_dn, by_name, disputed; /* who have no address */
    struct survey_names busy[BUSY_FAULTS];
    uint64_t subscriptions;        /* folders of others that somebody has opened */
    struct survey_names elsewhere; /* those of them that no store given has */
    uint64_t encrypted, signed_items;
    struct survey_domain {
        uint64_t people, resolved;
    } domain[SURVEY_NAMES];
    struct survey_names domains; /* their prefixes, in the same order */
};

struct survey_request {
    const struct store_options *store;
    const struct flag_list *maps;
    const char *output; /* where a conversion would write; NULL: the current folder */
    bool full;          /* all pages and blocks, not a sample */
};

const char *survey_type_name(enum survey_type type);

/* EXIT_EARLY: interrupted, or no room; said. Stores that do not open are said, and are in the survey. */
enum exit_status survey_take(struct survey *s, const struct call *call, const struct survey_request *request);
void survey_release(struct survey *s);

#endif
