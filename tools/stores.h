/*
 * stores.h - what info, list and dump share: open each store, say why not, sum up.
 */
#ifndef PIMLIFT_STORES_H
#define PIMLIFT_STORES_H

#include "database.h"
#include "flags.h"
#include "session.h"
#include "tally.h"

#define STORE_MEMORY ((size_t)16 << 20)

/* One opened store and all that was found wrong with it. */
struct store {
    const char *path;
    struct pl_session session;
    struct pl_report report;
    struct tally tally;
    bool verbose, unnamed;
    uint64_t folders;     /* that came */
    bool walked, reached; /* folders were asked for; one came */
    bool stopped;         /* interrupted, or nobody reads stdout any more */
};

/* The same for one opened as its tables. */
struct database {
    const char *path;
    struct pl_database data;
    struct pl_report report;
    struct tally tally;
    bool verbose, unnamed;
    bool stopped;
};

/* What a verb does with a store; `tables`, where it is set, for files that are databases: before
 * `store`, or, when `folders_first`, for those alone that no reader opens. */
struct visits {
    enum exit_status (*store)(const struct call *, struct store *);
    enum exit_status (*tables)(const struct call *, struct database *);
    bool folders_first;
};

/* Of several operands: one that can't be read at all is a loss, and nothing was done only when none can. */
struct outcome {
    enum exit_status worst; /* of those that were read */
    bool any, unread;
};
void outcome_add(struct outcome *o, enum exit_status status);
enum exit_status outcome_status(const struct outcome *o);

/*
 * Runs a visit over each operand of the call as an opened store, which it closes.
 * A store that can't be opened costs one line and status 3, which is 1 of all when another tells something; the
 * others are still visited. The worst status comes back. The visit is called with the store at its first folder or
 * table.
 */
enum exit_status stores_visit(const struct call *call, const struct visits *visits);

/* Whether one of the operands can be opened; if none, a line was said about each. */
bool stores_any_opens(const struct call *call);

/* The operands without those that name the same path as one before, of which a line is said; links are followed. To
 * be freed; NULL: out of memory, said. */
const char **stores_once(const struct call *call, size_t *count);

/* The next folder that can be read, losses passed over. false: no more, or stopped. */
bool store_next_folder(struct store *s, struct pl_folder *out);
/* The same for the items of the folder that is open. */
bool store_next_item(struct store *s, const struct pl_wanted *wanted, struct pl_item *out);
/* Says what is wrong with the store as a whole, and counts what was lost by code. */
void store_say_losses(const struct store *s);
/* What has been seen so far, as an exit status. */
enum exit_status store_status(const struct store *s);

/* The next table, or row, that can be read, losses passed over. false: no more, or stopped. */
bool database_next_table(struct database *d, struct pl_table *out);
bool database_next_row(struct database *d, bool defaults, struct pl_record_row *out);
/* Counts on stderr what was found wrong, by code. */
void database_say_losses(const struct database *d);
enum exit_status database_status(const struct database *d);

/* "calendar", "contacts" ... */
const char *store_role(enum pl_role role);
const char *store_scope(enum pl_scope scope);

#endif
