/*
 * exchange.h - databases of Exchange (priv1.edb, pub1.edb, their .stm; from 2013 on one .edb): what can be asked
 * for.
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
                         MS_X_FOREIGN_STM = 0x100,     /* the .stm of another one */
                         MS_X_NO_MAILBOXES = 0x200,    /* the table of mailboxes is empty */
                         MS_X_NO_CALENDAR = 0x400,     /* the first mailbox has no calendar folder */
                         MS_X_LOST_PARENTS = 0x800,    /* folders of contacts have a parent that is not there */
                         MS_X_UNNAMED_ROWS = 0x1000,   /* every fifth message stands in no folder's table */
                         MS_X_NO_NAMES = 0x2000,       /* no table of named properties */
                         MS_X_NO_ATTACHMENTS = 0x4000, /* no table of attachments */
                         MS_X_NO_INDEX = 0x4000000,    /* the table of messages has no index */
                         MS_X_SHARED_ROOT = 0x2000000  /* all mailboxes name the root of the first */
};

enum ms_exchange13_variant { /* of Exchange 2013 and later: forms that others report, and defects */
                             MS_X13_UTF8 = 1,            /* text that is not ASCII as 8-bit text, in UTF-8 */
                             MS_X13_LATIN1 = 2,          /* the same in Latin-1 */
                             MS_X13_WIDE = 4,            /* all text in UTF-16 */
                             MS_X13_OFFPAGE_BIT = 8,     /* a bit of the type tells that the value is elsewhere */
                             MS_X13_NEAR = 0x10,         /* long values in one column */
                             MS_X13_PLAIN = 0x20,        /* plain bodies stay plain */
                             MS_X13_SPLIT = 0x40,        /* subjects without their prefix */
                             MS_X13_PACKED = 0x80,       /* recipients as one value */
                             MS_X13_HEAD = 0x100,        /* lists of attachments begin with version and count */
                             MS_X13_ARCHIVE = 0x200,     /* mailboxes after the first are its archives */
                             MS_X13_WIDE_ROOTS = 0x400,  /* roots of trees with 25 bytes */
                             MS_X13_DESCRIPTORS = 0x800, /* security descriptors in four places */
                             MS_X13_DELETED = 0x1000,    /* deleted rows */
                             MS_X13_DIRTY = 0x2000,      /* not shut down */
                             MS_X13_LOGS = 0x4000,       /* the same, and two of its three logs beside it */
                             MS_X13_WRONG_NUMBERS = 0x8000,    /* the last mailbox's rows have another number */
                             MS_X13_NO_MAILBOXES = 0x10000,    /* Mailbox is empty */
                             MS_X13_NO_IDENTITY = 0x20000,     /* no table MailboxIdentity */
                             MS_X13_NO_NAMES = 0x40000,        /* the first mailbox has no map of names, */
                             MS_X13_NO_FOLDERS = 0x80000,      /* no folders, */
                             MS_X13_NO_MESSAGES = 0x100000,    /* no messages, */
                             MS_X13_NO_ATTACHMENTS = 0x200000, /* no attachments */
                             MS_X13_CUT = 0x400000,            /* every fifth blob ends early */
                             MS_X13_LOST_SLOTS = 0x800000,     /* long values are not where the blob says */
                             MS_X13_UNKNOWN = 0x1000000,       /* every third blob has a value of no known type */
                             MS_X13_LOST_PARENTS = 0x2000000,  /* folders of contacts have none */
                             MS_X13_DELTA = 0x4000000,         /* some properties of folders in a second blob */
                             MS_X13_LARGE = 0x8000000,         /* long values in a blob of their own */
                             MS_X13_PUBLIC_TOO = 0x10000000,   /* the public part is a mailbox as well */
};

struct ms_exchange {
    bool modern; /* 2013 and later */
    bool bare;   /* no more than it takes to recognise Exchange 2010 */
    unsigned variants;
    unsigned revision, page;
    bool streaming; /* this revision has a .stm */
    bool is_public;
    unsigned traits;
    const char *names; /* profile file, or NULL for the usual names */
};

/* exchange2000, exchange2003, exchange2007, exchange2010 ...; false: no such format. */
bool ms_exchange_format(const char *word, struct ms_exchange *out);
/* A word of docs/fixtures.md; false: no such trait of that format. */
bool ms_exchange_trait(const char *word, struct ms_exchange *x);
bool ms_exchange13_trait(const char *word, struct ms_exchange *x);

#endif
