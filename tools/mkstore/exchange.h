/*
 * exchange.h - databases of Exchange 2000 to 2007 (priv1.edb, pub1.edb, their .stm): what can be asked for.
 *
 * The writer takes mailboxes, folders and items like any other (mkstore.h). Its schema is a hypothesis,
 * docs/fixtures.md tells it; names of tables and columns come from a table or from a profile file.
 */
#ifndef MS_EXCHANGE_H
#define MS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

enum ms_exchange_trait {                      /* what a database has beside its content, and what it lacks */
                         MS_X_DELETED = 1,    /* deleted rows in every table of messages */
                         MS_X_NULLS = 2,      /* columns with defaults, explicit NULLs */
                         MS_X_OLD_PAGES = 4,  /* every other leaf page has records of Exchange 5.5 */
                         MS_X_DIRTY = 8,      /* not shut down */
                         MS_X_LOGS = 0x40000, /* the same, and two of its three logs beside it */
                         MS_X_NARROW = 0x10,  /* all texts of messages are 8-bit */
                         MS_X_DESCRIPTORS =
                             0x20,         /* security descriptors bare, and after headers of version 3 and 4 */
                         MS_X_FLAT = 0x40, /* folders lie directly below a mailbox's root */
                         MS_X_REPLICAS =
                             0x8000, /* ids of each mailbox come from a server of its own, with the same counters */
                         MS_X_SHARED = 0x10000, /* later mailboxes list the messages of the first */
                         MS_X_INTERLEAVED =
                             0x20000,           /* rows of all mailboxes lie mixed, as they come over the years */
                         MS_X_HIDDEN = 0x80000, /* a hidden item says so in its folder or by its flags, not both */
                         MS_X_NO_STM = 0x80,    /* no .stm beside the database */
                         MS_X_FOREIGN_STM = 0x100,    /* the .stm of another one */
                         MS_X_NO_MAILBOXES = 0x200,   /* the table of mailboxes is empty */
                         MS_X_NO_CALENDAR = 0x400,    /* the first mailbox has no calendar folder */
                         MS_X_LOST_PARENTS = 0x800,   /* folders of contacts have a parent that is not there */
                         MS_X_UNNAMED_ROWS = 0x1000,  /* every fifth message stands in no folder's table */
                         MS_X_NO_NAMES = 0x2000,      /* no table of named properties */
                         MS_X_NO_ATTACHMENTS = 0x4000 /* no table of attachments */
};

struct ms_exchange {
    unsigned revision, page;
    bool streaming; /* this revision has a .stm */
    bool is_public;
    unsigned traits;
    const char *names; /* profile file, or NULL for the usual names */
};

/* exchange2000, exchange2003, exchange2007; false: no such format. */
bool ms_exchange_format(const char *word, struct ms_exchange *out);
/* A word of docs/fixtures.md; false: no such trait. */
bool ms_exchange_trait(const char *word, unsigned *traits);

#endif
