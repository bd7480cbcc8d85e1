/*
 * lint_state.h - what the parts of the checker share.
 *
 * Layer: formats, only for lint_*.c. lint_line.c makes lines of bytes and judges single
 * values; lint_ics.c and lint_vcf.c have the rules of what stands in which line. The
 * first BEGIN outside of everything decides whose rules hold until its END.
 */
#ifndef PL_LINT_STATE_H
#define PL_LINT_STATE_H

#include "lint.h"

#define LINT_DEPTH  8u
#define LINT_PARAMS 32u
#define LINT_ZONES  512u

struct lint_param {
    const char *name; /* upper case */
    const char *value;
};

struct lint_line {
    uint64_t number;
    const char *group, *name; /* upper case; group is "" without one */
    char *value;
    struct lint_param params[LINT_PARAMS];
    unsigned param_count;
    bool cut; /* longer than what is kept */
};

/* A date or an instant, as far as it can be compared. */
struct lint_when {
    bool set, date, utc;
    int64_t seconds; /* of its wall clock */
    uint64_t zone;   /* hash of its TZID; 0 without one */
};

struct lint_frame {
    uint8_t component;
    uint64_t line;
    uint64_t seen, once_more; /* bits of property rows */
    struct lint_when start, end, until, recurrence_id;
    uint64_t uid;
    bool rule, counted, dates, weekly;
    uint8_t weekdays; /* of a weekly BYDAY, bit 0 = Monday; 0: not told */
    char action;      /* first letter, of an alarm */
};

struct lint_zone {
    uint64_t hash, line;
    bool defined;
    char name[64];
};

/* What is remembered of a UID, or of a UID with a RECURRENCE-ID. */
struct lint_uid {
    uint64_t hash; /* 0: free */
    struct lint_when start, until;
    bool rule, dates;
    uint8_t weekdays;
};

struct lint_card {
    unsigned version; /* 30, 40; 0: not told yet */
    uint64_t line, seen;
    bool group, second; /* KIND:group; the next line is the second one */
    uint64_t member;    /* line of the first MEMBER */
};

struct pl_lint {
    pl_lint_sink sink;
    void *data;

    uint64_t physical, logical; /* numbers of lines, from 1 */
    size_t octets;              /* of the physical line */
    bool cr, at_start, any;     /* a CR waits; nothing of this physical line yet; the file has bytes */
    unsigned utf8_left;         /* bytes that the character still needs */
    uint8_t utf8_low, utf8_high;
    bool bad_utf8, bad_control; /* told for this logical line */
    size_t used;
    uint64_t total;  /* bytes of the logical line */
    bool rest_plain; /* what was not kept is base64 */
    char kept[PL_LINT_KEEP + 1];

    enum { LINT_NOTHING, LINT_ICS, LINT_VCF } kind;
    unsigned depth;
    struct lint_frame frames[LINT_DEPTH];
    unsigned too_deep;
    struct lint_zone zones[LINT_ZONES];
    unsigned zone_count;
    struct lint_card card;
    struct lint_uid *uids;
    size_t uid_room, uid_count;
    bool uids_full;
};

void lint_find(struct pl_lint *l, uint64_t line, bool error, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
#define lint_error(l, line, ...) lint_find(l, line, true, __VA_ARGS__)
#define lint_warn(l, line, ...)  lint_find(l, line, false, __VA_ARGS__)

const char *lint_param(const struct lint_line *line, const char *name); /* NULL: not there */
uint64_t lint_hash(uint64_t seed, const char *text);
/* One of the words of a list "A B C", without regard of case. */
bool lint_word(const char *words, const char *word);
/* The place of a hash, new ones with hash 0; NULL: no room. Who fills it counts it in uid_count. */
struct lint_uid *lint_uid(struct pl_lint *l, uint64_t hash);

/* Values. Each tells at most one finding; lint_date and lint_whole return what they know. */
void lint_text(struct pl_lint *l, const struct lint_line *line, const char *allowed);
void lint_base64(struct pl_lint *l, const struct lint_line *line, const char *data);
bool lint_uri(const char *value);
bool lint_whole(const char *value, long low, long high);
/* YYYYMMDD or YYYYMMDDTHHMMSS[Z], all of the `size` bytes. */
bool lint_date(const char *value, size_t size, struct lint_when *out);

void lint_ics_line(struct pl_lint *l, const struct lint_line *line);
void lint_ics_end(struct pl_lint *l);
void lint_vcf_line(struct pl_lint *l, const struct lint_line *line);
void lint_vcf_end(struct pl_lint *l);

#endif
