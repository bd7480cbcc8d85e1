/*
 * data.h - all that a report tells, gathered before the first word is written.
 *
 * Layer: formats; private to formats/report. Everything is in one arena. Sources are the files of one output folder
 * and nothing else: ledger.db, run.json, sharing.jsonl, freebusy/ and the calendars. No clock is asked.
 */
#ifndef PL_REPORT_DATA_H
#define PL_REPORT_DATA_H

#include "arena.h"
#include "jsonread.h"
#include "ledger_ask.h"
#include "page.h"
#include "share/plan.h"

#define YEAR_FIRST   1970
#define YEARS        130
#define HOURS        168 /* of a week, from Monday 00:00 */
#define TARGETS_MOST 16
#define ABSENT_SHOWN 20u

enum kind { KIND_EVENT, KIND_CONTACT, KIND_GROUP, KIND_TASK, KIND_NOTE, KIND_SHARING, KIND_OTHER, KINDS };
enum outcome { OUT_WRITTEN, OUT_FILTERED, OUT_LOST, OUTCOMES };

/* What a person may do in a folder, from nothing to everything; enum order is the scale of colours. */
enum level { LEVEL_NONE, LEVEL_BUSY, LEVEL_READ, LEVEL_ADD, LEVEL_EDIT, LEVEL_OWN, LEVELS };

/* What became of a store, from good to bad. */
enum store_state { STORE_WHOLE, STORE_LOSSES, STORE_CUT, STORE_UNREAD, STORE_UNREACHED };

/* Known, not asked for, or gone from the folder since. */
enum known { KNOWN, LEFT_OUT, MISSING };

struct week_event {
    struct week_event *next;
    int64_t start, end;
    bool all_day, utc, is_private, cancelled;
    const char *what, *where;
};

struct folder {
    struct folder *next;
    const char *store, *path;
    enum kind kind;
    uint64_t count[OUTCOMES];
};

struct user {
    struct user *next;
    const char *owner, *name; /* name: as the store says it, else owner */
    const char *stores;       /* of which it is made */
    int64_t run;
    bool is_public;
    uint64_t count[KINDS][OUTCOMES];
    struct folder *folders, **last;
    uint64_t hours[HOURS], years[YEARS];
    uint64_t timed, all_day, unclear, broken; /* occurrences; see wall.h */
    uint64_t unread;                          /* files that are missing, or hold less than the ledger says */
    struct week_event *week;
    size_t week_count;
};

struct calendar_file {
    struct user *user;
    const char *path; /* below the output */
    uint64_t items;   /* in it, as the ledger says */
    bool is_short;    /* fewer are there */
};

struct store {
    struct store *next;
    const char *path, *dir;     /* dir: of the run that read it; NULL but in a merged output */
    const struct pl_json *said; /* of run.json; NULL: it was not opened */
    enum store_state state;
    const char *reason; /* code; NULL: none */
};

struct remark { /* of report.jsonl, about a store and not about an item of it */
    struct remark *next;
    const char *store, *code;
    const char *text; /* NULL: not known here */
};

struct absent {
    struct absent *next;
    const char *path;
};

struct reason {
    struct reason *next;
    enum kind kind;
    enum outcome outcome;
    const char *code;
    uint64_t count;
};

struct lost {
    struct lost *next;
    const char *owner, *folder, *key, *code;
    uint64_t count;
};

struct edge { /* a grant on a folder */
    struct edge *next;
    const char *owner, *path, *role, *who, *caps;
    enum pl_trustee trustee;
    enum level level;
    int from, to; /* numbers of the calendar and of the person; set for the picture */
};

struct unknown {
    struct unknown *next;
    const char *how, *label; /* "directory name" ... */
    bool disputed;
    uint64_t times;
};

#define DIFFERENCES 3

struct difference {
    int64_t start, end; /* UTC */
    const char *published, *computed;
};

struct fault {
    struct fault *next;
    const char *who, *code, *meaning;
    size_t count; /* of all differences */
    struct difference first[DIFFERENCES];
};

struct target {
    const char *name, *title;
    uint64_t grants, exact, reduced, left_out;
    uint64_t lacks[32]; /* grants that lose a capability, by its bit */
};

struct data {
    struct pl_arena arena;
    const struct pl_report_request *request;
    int folder; /* the output, open */
    const char *version;
    uint64_t seen, total[OUTCOMES], kinds[KINDS][OUTCOMES];
    bool closed, merged;
    struct user *users, **last_user;
    size_t user_count;
    struct reason *reasons, **last_reason;
    struct lost *losts, **last_lost;
    uint64_t lost_rows;
    struct store *stores, **last_store;
    size_t store_count, state_count[STORE_UNREACHED + 1];
    struct remark *remarks, **last_remark; /* warnings */
    struct remark *losses, **last_loss;    /* what is worse: why a store was not read */
    struct absent *absents, **last_absent; /* the first files of the output that are gone, or lack what they had */
    uint64_t absent_count;
    enum known sharing, busy;
    bool stopped;
    struct edge *edges, **last_edge;
    size_t edge_count;
    struct unknown *unknowns;
    uint64_t unknown_count;
    struct fault *faults, **last_fault;
    uint64_t compared, fault_count;
    struct target targets[TARGETS_MOST];
    size_t target_count;
    const struct pl_json *run;
    int64_t monday; /* days since 1970 */
    bool monday_set;
    bool failed; /* out of memory */
    const char *why;
};

/* false: data->why. */
bool pl_data_gather(struct data *d);
/* The parts of it: gather_stores.c, gather_share.c, gather_time.c. */
bool pl_data_stores(struct data *d, struct pl_ledger_ask *ask);
bool pl_data_outputs(struct data *d, struct pl_ledger_ask *ask);
/* A file of the output that is gone, or does not hold what the ledger says: told once each. */
void pl_data_absent(struct data *d, const char *path);
bool pl_data_sharing(struct data *d);
bool pl_data_times(struct data *d, struct calendar_file *files, size_t count);

char *pl_data_dup(struct data *d, const char *text);
void *pl_data_new(struct data *d, size_t size);

/* What a code of the ledger means, in the words of docs/report.md; NULL: not known here. */
const char *pl_words_of(const char *code);
const char *pl_level_name(enum level level);
const char *pl_kind_plural(enum kind kind);

#endif
