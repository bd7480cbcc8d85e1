/*
 * flags.h - one record per flag, and everything that is made of it.
 *
 * Layer: programs. A verb states its flags as a const table at the end of its
 * file; parsing, -h, --help, the manual and the shell completions are made from
 * those records, so none of them can forget one. Habits are those of POSIX and
 * GNU: -oDIR and -o DIR, --output=DIR and --output DIR, bundled letters, flags
 * after operands, "--" ends the flags, a unique beginning of a long name will do.
 */
#ifndef PIMLIFT_FLAGS_H
#define PIMLIFT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pl_arena;

/* Exit statuses of the program, one scale for all verbs; the worst wins. */
enum exit_status {
    EXIT_WHOLE = 0,  /* everything that was selected */
    EXIT_LOSSES = 1, /* finished, something was lost or degraded */
    EXIT_EARLY = 2,  /* stopped early: interrupted, output full */
    EXIT_NOTHING = 3 /* usage, not a store, nothing reachable in it */
};

enum flag_kind {              /* what a flag fills in */
                 FLAG_SWITCH, /* bool */
                 FLAG_TEXT,   /* const char * */
                 FLAG_FILE,   /* const char *: the text in the file of that name */
                 FLAG_LIST,   /* struct flag_list; may be given again */
                 FLAG_SPLIT,  /* struct flag_list; commas separate, may be given again */
                 FLAG_CHOICE, /* int: the index in choices */
                 FLAG_NUMBER, /* unsigned, from least to most; without them from 0 to 65535 */
                 FLAG_PAGE,   /* unsigned: a code page that is known */
                 FLAG_SIZE,   /* size_t; K, M and G are powers of 1024 */
                 FLAG_DATE    /* struct flag_date */
};

struct flag_list {
    const char **items;
    size_t count;
};

struct flag_date {
    bool set;
    int64_t utc; /* seconds since 1970 */
};

enum flag_path {
    PATH_NONE,
    PATH_READ,
    PATH_WRITTEN /* a folder */,
    PATH_MADE /* a file */
};            /* the value is one: confine.h */

struct flag {
    char letter;      /* 0: none */
    const char *name; /* without dashes */
    enum flag_kind kind;
    const char *argument;          /* "DIR"; NULL for a switch */
    const char *const *choices;    /* of FLAG_CHOICE; ends with NULL */
    const char *(*word)(size_t i); /* of other kinds, the only values that there are; NULL after the last */
    enum flag_path path;
    unsigned least, most; /* of FLAG_NUMBER */
    size_t at;            /* of its value in the options struct */
    const char *brief;    /* a few words, for -h */
    const char *doc;      /* whole sentences, for --help and the manual */
};

/* What every verb that opens stores can be told: the first member of its options. */
struct store_options {
    size_t memory;
    unsigned codepage;
    const char *reader;
    const char *edb_profile; /* its text */
    bool recover;
};

/* A verb about to run. */
struct call {
    const struct verb *verb;
    const void *options; /* options_size bytes; what was not given is zero */
    const char *const *operands;
    size_t operand_count;
    struct flag_list files; /* that flags named and that were read already: lists of stores, texts */
    bool unconfined;        /* --no-sandbox */
    bool quiet, verbose;    /* --quiet: say only what went wrong; --verbose: say more */
    bool unnamed; /* nothing of what stores hold is said on stderr: no names of folders, no texts of faults */
    const char *scratch; /* an empty folder, where the verb asks for one; it goes after the verb */
};

struct example {
    const char *what;    /* "Only the calendars of one folder"; NULL: goes on with the one before */
    const char *command; /* as typed; a test runs it */
};

struct verb {
    const char *name;
    const char *must;                      /* a flag that it can't do without: "-o DIR"; or NULL */
    const char *operands;                  /* "STORE..." or "" */
    const char *(*operand_word)(size_t i); /* the only ones that there are; NULL after the last; or NULL: any */
    size_t fewest, most;                   /* operands */
    size_t folders;                        /* so many of the first ones are folders that convert wrote */
    const char *brief, *doc;
    const char *exits; /* what its exit status says, whole sentences; NULL: what it says of most verbs */
    const struct flag *flags;
    size_t flag_count;
    const struct example *examples;
    size_t example_count;
    bool opens_stores; /* takes store_flags too */
    bool plain;        /* opens no file and has nothing to say: it has the flags of help alone */
    bool needs_scratch;
    bool (*spares_scratch)(const struct call *call); /* not for this call; NULL: for all */
    bool writes_operands;                            /* they are folders that it writes into */
    size_t options_size;
    /* Files that no flag names, NULL: none. Of a store also what lies beside it. */
    void (*reaches)(const struct call *call, void (*add)(void *data, const char *path, bool store), void *data);
    enum exit_status (*run)(const struct call *call);
};

/* The i-th value that a flag can have; NULL: no more, or it can have any. */
const char *flag_word(const struct flag *flag, size_t i);

/* The flags of a verb in the order of its help: its own, those of stores, those of all. NULL after the last. */
const struct flag *flags_of(const struct verb *verb, size_t i);

enum flags_outcome { FLAGS_RUN, FLAGS_BRIEF_HELP, FLAGS_HELP, FLAGS_WRONG };

/*
 * Fills options and operands of `out` from the words after the verb. FLAGS_WRONG: one line was said.
 * Everything is in the arena or in argv.
 */
enum flags_outcome flags_parse(const struct verb *verb, int argc, char **argv, struct pl_arena *arena,
                               struct call *out);

/* Of two words the one that was rather meant, or NULL: neither may have been. Either may be NULL. */
const char *flags_nearer(const char *typed, const char *a, const char *b);

#endif
