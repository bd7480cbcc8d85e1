/*
 * pimlift.h - the contracts of the program. Read this first.
 *
 * A reader turns a store into folders and items; a mapper turns an item into a
 * record; a writer turns records into files. The core (src/) knows neither a
 * store format nor an output format, never prints, and never ends the process.
 *
 *   item    what the store says: MAPI properties, nothing interpreted
 *   record  what the world understands: UTF-8, instants and zones, roles (record.h)
 *
 * Order, without forward references: the store, then each folder before its
 * contents and with its access rights, then its items.
 */
#ifndef PIMLIFT_H
#define PIMLIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prop.h"

#define PL_MUST_USE     __attribute__((warn_unused_result))
#define PL_PRINTF(f, a) __attribute__((format(printf, f, a)))

/*
 * One ordered scale for every call that can fail; smaller is worse. Who finds a
 * fault files one diagnostic (report.h); everybody else hands the status on.
 */
enum pl_status {
    PL_END = 1,   /* nothing more to deliver */
    PL_OK = 0,    /* delivered */
    PL_WARN = -1, /* delivered, degraded */
    PL_LOST = -2, /* this item is gone; go on with the next */
    PL_STOP = -3  /* this object is dead; close it */
};

struct pl_arena;
struct pl_report;
struct pl_source;
struct pl_cache;
struct pl_output;
struct pl_record;

/* The text by which a store names an object, e.g. "0x200024/0x8025". A reader
 * makes and parses it; everybody else only shows it. */
#define PL_KEY_MAX 96

#define PL_INLINE_MAX 65536u /* larger property values travel as streams */
#define PL_DEPTH_MAX  8      /* embedded messages open this deep */

/* The class of an item that is a MIME text as it came by mail: the whole of an iCalendar object, in UTF-8, is its
 * PidTagMimeSkeleton. */
#define PL_CLASS_ICAL "text/calendar"

/* What tells that there was an item that no folder has: it is in the index of the store. Other kinds are the
 * readers'. */
#define PL_EVIDENCE_NODE "node"

/* How far a recovered item can be trusted: all of it is there; a part is missing or an older one; pieces of it
 * alone. */
#define PL_HIGH   "high"
#define PL_MEDIUM "medium"
#define PL_LOW    "low"

/* --- items ------------------------------------------------------------- */

/* An attachment of an item. Its data, if by value, is the stream of
 * PidTagAttachDataBinary; an embedded message opens with open_item(key). */
struct pl_attachment {
    char key[PL_KEY_MAX];
    struct pl_bag props;
    bool embedded; /* attach method 5 and the message is there */
};

struct pl_item {
    char key[PL_KEY_MAX];
    uint64_t offset;           /* byte offset in the source of the item's first block */
    const char *message_class; /* never NULL; "" when the item has none */
    bool associated;           /* hidden item of a folder */
    bool recovered;            /* deleted or orphaned, found by --recover */
    /* Of such an item, literals: what tells that there was one, and how far that can be trusted; docs/recovery.md.
     * A reader gives what the evidence allows; whole.h takes back what reading the item does not keep. */
    const char *evidence, *confidence;
    bool remnant; /* it was deleted: what it lacks by now is no loss */
    struct pl_bag props;
    const struct pl_bag *recipients;
    size_t recipient_count;
    const struct pl_attachment *attachments;
    size_t attachment_count;
};

/* Whose folders they are. What the store does not tell is "" or empty. Lives as long as the reader. */
struct pl_mailbox {
    const char *name; /* PidTagDisplayName of the mailbox, in a PST of the store */
    const char *smtp;
    const char *dn;      /* legacyExchangeDN */
    struct pl_bytes sid; /* of the user, binary: [MS-DTYP] 2.4.2.2 */
    bool is_public;      /* the public folders, which nobody owns */
};

/* What a folder is for, by its class and by the default-folder entry ids. */
enum pl_role {
    PL_ROLE_OTHER,
    PL_ROLE_CALENDAR,
    PL_ROLE_CONTACTS,
    PL_ROLE_TASKS,
    PL_ROLE_JOURNAL,
    PL_ROLE_NOTES,
    PL_ROLE_MAIL,
    PL_ROLE_FREEBUSY
};

enum pl_scope {
    PL_SCOPE_IPM,      /* below the visible root: what a user saw */
    PL_SCOPE_SYSTEM,   /* outside of it: free/busy data, views, finder */
    PL_SCOPE_RECOVERED /* found by a sweep; no parent leads to it */
};

struct pl_folder {
    char key[PL_KEY_MAX];
    uint64_t offset;
    const struct pl_mailbox *mailbox; /* a reader may leave it NULL, then it is the owner of the store */
    const char *const *path;          /* names from below the root to this folder, UTF-8 */
    size_t depth;                     /* of path; 0 = the root itself */
    const char *container_class;
    enum pl_role role;
    enum pl_scope scope;
    bool is_default;     /* THE calendar, THE contacts ... of the mailbox */
    bool is_search;      /* a search folder: its items live elsewhere, never visited */
    uint64_t item_count; /* as the store states it; may lie */
    uint64_t associated_count;
    struct pl_bag props; /* PidTagSecurityDescriptor among them, raw */
};

/* --- readers ----------------------------------------------------------- */

/* One line of `info`. Both texts live as long as the reader. */
struct pl_fact {
    const char *name; /* stable, lower case, words joined by '_' */
    const char *value;
};

/* What a reader knows of its store once open. Texts live as long as the reader. */
struct pl_store {
    const char *kind;        /* "pst", "ost", "pab" ... */
    struct pl_mailbox owner; /* of a store that is one mailbox; of any other, only the name of the store */
    unsigned codepage;       /* of 8-bit strings; 0 = not told by the store */
    bool cut;                /* shorter than it says itself, or the size disagrees */
    bool unmeasured;         /* what tells the size that it should have can't be read */
    const char *beside;      /* path of the file that belongs to it, be it there or not; NULL: none does */
    const char *names_fault; /* code of what is wrong where names of properties were read; the mailbox at hand's */
    const char *caveat;      /* what every output of this store has to carry along, for people; NULL: nothing */
    const struct pl_fact *facts;
    size_t fact_count;
    bool is_counted; /* it is known how many items its folders will state, all together */
    uint64_t stated;
};

/*
 * The caller's choice of items by message class. Called once for each row of a
 * contents table before anything else of the item is read; what it refuses, it
 * has counted itself, and the reader goes to the next row.
 */
struct pl_wanted {
    bool (*wants)(void *data, const char *message_class, bool associated);
    void *data;
    bool people_only; /* attachments will not be looked at: a reader may leave them out */
};

/*
 * The caller's choice of mailboxes. Called once for each mailbox of a store that holds several,
 * before anything in it is read; of one that is refused no folder comes.
 */
struct pl_wanted_mailboxes {
    bool (*wants)(void *data, const struct pl_mailbox *mailbox); /* NULL: all */
    void *data;
};

struct pl_reader_options {
    size_t memory;     /* bytes for caches */
    unsigned codepage; /* of 8-bit strings; 0 = find out */
    bool recover;      /* also deleted and orphaned items */
    bool afresh;       /* what a folder tells is to be the same whichever were read before it */
    bool survey;       /* only the folders are asked for: what a pass over all items would find is not */
    bool glance;       /* only whether it opens is asked; what of it then can be used is not told */
    struct pl_wanted_mailboxes mailboxes;
    const char *edb_profile; /* text of --edb-profile; NULL: the built-in one */
    bool serial;             /* stay in this process, for tests that inject faults */
};

/*
 * A part of what a folder delivers: rows of its contents table, what is associated, or what no table lists. Parts
 * that are read in this order, by one reader or by several, deliver the items that the folder does.
 */
struct pl_part {
    enum pl_part_kind { PL_PART_ROWS, PL_PART_ASSOCIATED, PL_PART_UNLISTED } kind;
    uint64_t from, to; /* rows: the first one, and the one behind the last; there may be less */
    bool again;        /* this reader has read a part of this folder before */
    /* of the parts before, for what no table lists: what a reader says when it has come to the end of each */
    struct pl_part_sum {
        uint64_t rows,
            listed[2]; /* rows with an item; of these, those that are of this folder: normal, associated */
    } before;
};

/* A reader in use. The core allocates it, with state_size bytes of state. */
struct pl_reader {
    const struct pl_reader_ops *ops;
    struct pl_source *source;
    struct pl_report *report;
    struct pl_reader_options options;
    struct pl_store store;
    struct pl_arena *item_arena;   /* reset by the core before each next_item()/open_item() from outside */
    struct pl_arena *folder_arena; /* reset by the core before each next_folder() */
    struct pl_arena *store_arena;  /* lives until close */
    struct pl_work *work;    /* a reader counts what it does for an item, and gives up where it says: work.h */
    bool looked_back;        /* set by a reader when what it tells depends on folders that it read before */
    struct pl_part_sum part; /* of the part that has come to its end */
    void *state;
};

/*
 * A format that can be read. Ten functions, two of them optional.
 * Strings and bytes that a call delivers live in the arena of their kind:
 * a folder until the next next_folder(), an item until the next next_item().
 */
struct pl_reader_ops {
    const char *name;  /* for --reader */
    const char *title; /* for people */
    size_t state_size;

    /* Number of bits of the source that were verified; 0 = not mine. Reads at
     * most the first 64 KiB; files no diagnostic. */
    int (*probe)(struct pl_source *source);

    /* Reads what must be known before items flow; fills r->store. PL_STOP: not
     * readable at all, one diagnostic says why. */
    enum pl_status (*open)(struct pl_reader *r);

    /* The next folder, parents first, siblings in the order of their keys.
     * PL_LOST: a folder could not be read and is skipped (diagnostic filed). */
    enum pl_status (*next_folder)(struct pl_reader *r, struct pl_folder *out);

    /* Makes the folder of that key the one that next_item() reads, from its start. */
    enum pl_status (*open_folder)(struct pl_reader *r, const char *key);

    /* The same for a part of it. PL_END: there is no such folder, or nothing in that part. NULL: it reads folders
     * whole. */
    enum pl_status (*open_part)(struct pl_reader *r, const char *key, const struct pl_part *part);

    /* The next item of the open folder that the caller wants: normal items in
     * the order of the contents table, then associated ones. PL_LOST: key,
     * offset and as much of message_class as is known are filled. */
    enum pl_status (*next_item)(struct pl_reader *r, const struct pl_wanted *wanted, struct pl_item *out);

    /* One item by its key: a message, the message embedded in an attachment, or, as "eid:"
     * and hex digits, what an entry id of the same store names. PL_END: no such object.
     * Allocates beside what the item arena holds already. */
    enum pl_status (*open_item)(struct pl_reader *r, const char *key, struct pl_item *out);

    /* The reader has another place, source and report than before; its state is to know these. A reader with this
     * function reads its source alone, never by a place that two processes share: so one that was made by fork()
     * can go on with what it finds open. NULL: it has to open the store itself. */
    void (*moved)(struct pl_reader *r);

    /* Up to cap bytes of a stream from byte `at`. got < cap only at its end. */
    enum pl_status (*read)(struct pl_reader *r, const struct pl_stream *stream, uint64_t at, void *buf, size_t cap,
                           size_t *got);

    /* Frees what the state owns. Always called, also after a failed open. */
    void (*close)(struct pl_reader *r);
};

/* --- writers ----------------------------------------------------------- */

struct pl_writer_options {
    bool per_item; /* --layout item */
    enum pl_attachments { PL_ATTACH_INLINE, PL_ATTACH_FILES, PL_ATTACH_NONE } attachments;
    unsigned vcard; /* 30 or 40 */
};

/* Where an item went, for its ledger row. */
struct pl_written {
    const char *file; /* relative to the output folder, or NULL: the writer does not take this kind */
    const char *uid;
    uint8_t sha256[32]; /* of the bytes written for this record */
    const char *remark; /* literal for the ledger, e.g. "proven" for a series; or NULL */
    bool yields;        /* the remark, to what may be wrong with the item */
};

/* How far a file of a writer can reach. */
enum pl_extent { PL_EXTENT_FOLDER, PL_EXTENT_STORE, PL_EXTENT_RUN };

struct pl_writer {
    const struct pl_writer_ops *ops;
    struct pl_output *output;
    struct pl_report *report;
    struct pl_writer_options options;
    struct pl_reader *reader; /* whose streams the records of this folder promise */
    bool part; /* its files are parts of what the folder gives, without heads and ends: another one joins them */
    void *state;
};

/* What a writer with `part` set has written. */
struct pl_joint {
    const char *path; /* in the output, by which it would be called there if it were the first file */
    int fd;           /* -1: no record stayed in it */
    uint64_t size;
    bool is_checked; /* it could be taken over when that was asked; else it is only asked */
};

/* A format that can be written. Five functions, one of them optional. */
struct pl_writer_ops {
    const char *name; /* for --to */
    const char *title;
    unsigned kinds;  /* of records it takes: 1 << enum pl_kind */
    bool on_request; /* written only when it is asked for by name */
    /* A glob of the files that reach beyond a store. A run that goes on with an earlier one makes these anew: the
     * writer is given again what the earlier one gave it, but of mailboxes that are done no events. NULL: all of
     * its files end with their folder. */
    const char *beyond;
    size_t state_size;

    /* A folder begins. Opens nothing yet: files exist from the first record on. */
    enum pl_status (*begin)(struct pl_writer *w, const char *owner, const struct pl_folder *folder);

    /* Writes one record. PL_LOST: this record can't be written, the file stays
     * valid without it. PL_STOP: the output is full or gone. A kind that this
     * writer does not take is PL_OK with out->file NULL. */
    enum pl_status (*put)(struct pl_writer *w, const struct pl_record *record, struct pl_written *out);

    /* Takes over what another process wrote of a part of the folder at hand, behind what is there. PL_END: it is
     * not of this writer. PL_LOST: it would not be the same as if this writer had been given the records; nothing
     * was done. NULL: its files are never parts. */
    enum pl_status (*join)(struct pl_writer *w, const struct pl_joint *part);

    /* A folder, a store, or the run ends: footers, fsync, final names of what does not reach
     * beyond it. A store and the run may end with nothing left to do. */
    enum pl_status (*end)(struct pl_writer *w, enum pl_extent extent);

    /* Frees; unfinished files go. Always called. */
    void (*close)(struct pl_writer *w);
};

#endif
