/*
 * survey.h - what pimlift check knows of the stores before it judges anything.
 *
 * Layer: programs. Each store is walked once for what it is and for its recipients; then all are converted
 * together, only their sharing and busy time, into a temporary folder, whose manifest and ledger are read. Counts
 * only; names are kept, a few of each, for --names.
 */
#ifndef PIMLIFT_SURVEY_H
#define PIMLIFT_SURVEY_H

#include "flags.h"
#include "pimlift.h"

#define SURVEY_NAMES 20

/* The first ones; `count` is of all. */
struct survey_names {
    char *list[SURVEY_NAMES];
    uint64_t count;
};

enum survey_fact { FACT_FORMAT, FACT_CREATED, FACT_SHUTDOWN, FACT_LOGS_MISSING, FACT_REPAIRS, FACT_STM, FACTS };

struct survey_store {
    const char *path;
    bool opened, tables, cut; /* tables: a database without the tables of Exchange */
    bool is_public;
    char *kind, *facts[FACTS];   /* or NULL */
    uint64_t folders, mailboxes; /* mailboxes: of their owners a name is known */
    uint64_t warnings, losses;
};

enum survey_type { TYPE_SMTP, TYPE_EX, TYPE_MS, TYPE_CCMAIL, TYPE_NOTES, TYPE_X400, TYPE_OTHER, TYPES };
enum survey_system { SYSTEM_FREEBUSY, SYSTEM_ADDRESS_BOOK, SYSTEM_FORMS, SYSTEMS };
enum survey_busy { BUSY_MISSING, BUSY_STALE, BUSY_CONTRADICTORY, BUSY_DUPLICATE, BUSY_FAULTS };

struct survey {
    struct survey_store *stores;
    size_t count, opened;  /* opened: with folders */
    uint64_t types[TYPES]; /* different addresses of recipients of events and tasks */
    struct survey_names ex_unknown;
    uint64_t folders_of[SYSTEMS], items_in[SYSTEMS];
    /* of the manifest */
    uint64_t people, special, published, compared;
    struct survey_names by_sid, by_dn, by_name, disputed; /* who have no address */
    struct survey_names busy[BUSY_FAULTS];
    struct survey_names elsewhere; /* opened folders that no store given has */
    uint64_t encrypted, signed_items;
};

const char *survey_type_name(enum survey_type type);

/* EXIT_EARLY: interrupted, or no room; said. Stores that do not open are said, and are in the survey. */
enum exit_status survey_take(struct survey *s, const struct call *call, const struct store_options *store,
                             const struct flag_list *maps);
void survey_release(struct survey *s);

#endif
