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
#include "page.h"
#include "share/plan.h"

#define YEAR_FIRST   1970
#define YEARS        130
#define HOURS        168 /* of a week, from Monday 00:00 */
#define TARGETS_MOST 16

enum kind { KIND_EVENT, KIND_CONTACT, KIND_GROUP, KIND_TASK, KIND_NOTE, KIND_SHARING, KIND_OTHER, KINDS };
enum outcome { OUT_WRITTEN, OUT_FILTERED, OUT_LOST, OUTCOMES };

/* What a person may do in a folder, from nothing to everything; enum order is the scale of colours. */
enum level { LEVEL_NONE, LEVEL_BUSY, LEVEL_READ, LEVEL_ADD, LEVEL_EDIT, LEVEL_OWN, LEVELS };

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
    uint64_t unread;                          /* files */
    struct week_event *week;
    size_t week_count;
};

struct calendar_file {
    struct user *user;
    const char *path; /* below the output */
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
    bool has_sharing;
    bool failed; /* out of memory */
    const char *why;
};

/* false: data->why. */
bool pl_data_gather(struct data *d);
/* The parts of it: gather.c, gather_share.c, gather_time.c. */
bool pl_data_sharing(struct data *d);
bool pl_data_times(struct data *d, const struct calendar_file *files, size_t count);

char *pl_data_dup(struct data *d, const char *text);
void *pl_data_new(struct data *d, size_t size);

/* What a code of the ledger means, in the words of docs/report.md; NULL: not known here. */
const char *pl_words_of(const char *code);
const char *pl_level_name(enum level level);
const char *pl_kind_plural(enum kind kind);

#endif
