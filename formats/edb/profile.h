/*
 * profile.h - which table and which column of an Exchange database plays which part.
 *
 * Layer: inside the EDB reader; knows no pages. The schema above the database engine is
 * published nowhere, so it is data: a text of roles, tables and columns. The built-in one
 * is a hypothesis; a file in the same form (--edb-profile) replaces it. Properties are
 * columns too: their names follow a pattern, from which letter and id are read, or each is
 * named. Exchange 2013 has tables for each mailbox: <mailbox> in a name is its number.
 *
 *     # comment
 *     [messages]
 *     table = Msg
 *     columns = <m><l><id>
 *     id = Q674a
 *     recipients = Ne12 raw
 *
 * The form is in docs/formats/edb.md.
 */
#ifndef EDB_PROFILE_H
#define EDB_PROFILE_H

#include "arena.h"
#include "pimlift.h"

enum edb_role {
    EDB_GLOBAL,
    EDB_MAILBOXES,
    EDB_FOLDERS,
    EDB_MESSAGES,
    EDB_CONTENTS,
    EDB_ATTACHMENTS,
    EDB_NAMES,
    EDB_IDENTITIES, /* 2013: a row for each mailbox */
    EDB_ROLES
};

/* The named columns of all roles; which role has which stands in profile.c. */
enum edb_field {
    EDB_REPLIDS,    /* global: GUID and short number of each replica, multi-valued */
    EDB_NUMBER,     /* mailboxes, attachments */
    EDB_ROOT,       /* mailboxes: id of the root folder */
    EDB_GUID,       /* mailboxes, names */
    EDB_OWNER_SID,  /* mailboxes */
    EDB_NAME,       /* mailboxes, names */
    EDB_DN,         /* mailboxes: legacyExchangeDN */
    EDB_SMTP,       /* mailboxes */
    EDB_LOCALE,     /* mailboxes */
    EDB_ID,         /* folders, messages, names */
    EDB_PARENT,     /* folders */
    EDB_MAILBOX,    /* folders: GUID of the mailbox */
    EDB_FOLDER,     /* messages: home folder */
    EDB_RECIPIENTS, /* messages */
    EDB_MESSAGE,    /* contents, attachments: id of the message */
    EDB_ASSOCIATED, /* contents */
    EDB_METHOD,     /* attachments */
    EDB_DATA,       /* attachments */
    EDB_EMBEDDED,   /* attachments: id of the message in it */
    EDB_KIND,       /* names: 0 number, 1 text */
    EDB_LID,        /* names */
    /* of 2013 and later */
    EDB_OWNER_NAME, /* mailboxes */
    EDB_TYPE,       /* mailboxes: 1 = public folders */
    EDB_HIDDEN,     /* messages */
    EDB_SPECIAL,    /* folders: which default folder */
    EDB_BLOB,       /* packed properties; the first of those that say something counts, in this order: */
    EDB_DELTA,      /* before it, */
    EDB_OFFPAGE,    /* after it, */
    EDB_LARGE,      /* and so on; or values that lie at an offset */
    EDB_EXTENSION,
    EDB_SEPARATED, /* a pattern with <slot>, two digits */
    EDB_BODY,
    EDB_BODY_TYPE,
    EDB_PARTS,        /* numbers of attachments */
    EDB_IS_MESSAGE,   /* attachments: the row is a message itself */
    EDB_COUNT,        /* folders: of normal messages, */
    EDB_HIDDEN_COUNT, /* and of hidden ones */
    EDB_FIELDS
};

/* How the bytes of a column are to be read; AUTO: letter and type of the column decide. */
enum edb_encoding {
    EDB_AUTO,
    EDB_BE64,
    EDB_LE64,
    EDB_UTF16,
    EDB_ANSI,
    EDB_RAW,
    EDB_FILETIME,
    EDB_BOOL,
    EDB_I32,
    EDB_I16,
    EDB_GUID16,
    EDB_ENCODINGS
};

struct edb_binding {
    const char *column; /* NULL: this role has no such column here */
    enum edb_encoding encoding;
};

/* A column that is a property, by its tag. */
struct edb_tag {
    uint32_t tag;
    const char *column;
};
#define EDB_TAGS 48u

struct edb_part {
    const char *table;     /* or NULL */
    const char *templated; /* contents: tables derived from this one ... */
    const char *naming;    /* ... are named so: <replid> and <counter> in upper-case hex */
    const char *columns;   /* pattern of property columns; NULL: that of the messages, or the usual one */
    struct edb_binding fields[EDB_FIELDS];
    struct edb_tag tags[EDB_TAGS];
    size_t tag_count;
};

struct edb_profile {
    struct edb_part parts[EDB_ROLES];
    bool by_mailbox; /* there are tables for each mailbox */
};

struct edb_profile_error {
    unsigned line;
    char why[120];
};

extern const char edb_profile_builtin[]; /* as text; of 2000 to 2007 */
extern const char edb_profile_2013[];
const char *edb_role_name(enum edb_role role);

/* Texts go into the arena. false: *error tells line and reason. */
bool edb_profile_parse(const char *text, size_t size, struct pl_arena *arena, struct edb_profile *out,
                       struct edb_profile_error *error);

/* What a column that fits the pattern says of its property. */
struct edb_property_name {
    uint16_t id;
    char letter; /* L S T Q N B I D, upper case */
    bool multiple;
};
bool edb_property_parse(const char *pattern, const char *column, struct edb_property_name *out);

/* The name of the table with the contents of a folder; false: it does not fit. */
bool edb_contents_name(const char *naming, uint16_t replid, uint64_t counter, char *out, size_t size);
/* The name of a table of that mailbox, and the reverse. false: it does not fit. */
bool edb_mailbox_name(const char *naming, uint32_t number, char *out, size_t size);
bool edb_mailbox_parse(const char *naming, const char *name, uint32_t *number);
/* The reverse; false: a name of another form. */
bool edb_contents_parse(const char *naming, const char *name, uint16_t *replid, uint64_t *counter);

#endif
