/*
 * why_other.c - see why_other.h.
 *
 * Layer: formats. Each value is one that no store would have beside the real one, so that what it makes is another
 * thing also where other properties would stand in for one that is missing.
 */
#include "why_other.h"

#include "bytes.h"
#include "recur.h"

#define HOUR_TICKS INT64_C(36000000000) /* of a FILETIME */
#define DAY_TICKS  (24 * HOUR_TICKS)
#define WORD       2u
#define DATE_BYTES 24u /* of a series: start, end, two versions, both times of day */
#define DATE       4u
#define DAY_MIN    1440

/* A day earlier an end may lie before its start, and a start a day later behind its end: then the other one is
 * asked. */
static const int64_t moves[] = {HOUR_TICKS, -DAY_TICKS, DAY_TICKS};
enum { MOVES = sizeof moves / sizeof *moves, DAY_LATER = MOVES - 1 };

/* Of the first and the last day of a series, in days. Those between two occurrences change nothing, so it takes as
 * many as lie between them. */
static const int steps[] = {1, 7, 31, 366, 3660};
enum { STEPS = sizeof steps / sizeof *steps };

/* What can be changed in a blob: words, one bit in each; and with a series, words of its dates, then these dates.
 */
struct places {
    size_t tried, date_words, dates_at, dates;
};

static size_t words_in(const struct pl_prop *p) { return (p->values[0].raw.size + WORD - 1) / WORD; }

/* What tells when a series is lies behind its lists of dates, which can be long. */
static struct places places_of(struct pl_arena *arena, const struct pl_prop *p, size_t words)
{
    struct pl_recur recur;
    const struct pl_bytes raw = p->values[0].raw;
    bool task = p->pid == PidLidTaskRecurrence;
    struct places found = {.tried = words_in(p) < words ? words_in(p) : words};
    if ((!task && p->pid != PidLidAppointmentRecur) || !pl_recur_decode(arena, raw.data, raw.size, task, &recur))
        return found;
    size_t behind = raw.size - recur.dates_at;
    found.dates_at = recur.dates_at;
    found.date_words = (behind < DATE_BYTES ? behind : DATE_BYTES) / WORD;
    found.dates = 2 * STEPS;
    return found;
}

size_t pl_other_count(struct pl_arena *arena, const struct pl_prop *p, size_t words)
{
    struct places in = {0};
    if (p->count != 1)
        return 0;
    switch (pl_prop_type(p)) {
    case PT_SYSTIME: return MOVES;
    case PT_STRING8:
    case PT_UNICODE: return p->pid == PidTagMessageClass ? 2 : 1;
    case PT_BOOLEAN:
    case PT_SHORT:
    case PT_LONG: return 1;
    case PT_CLSID:
    case PT_BINARY: in = places_of(arena, p, words); return in.tried + in.date_words + in.dates;
    default: return 0;
    }
}

/* Of a blob with more words than are tried, half of these are its first ones, and the others lie in what follows at
 * equal distances: blobs begin with what they are. */
static size_t word_of(const struct pl_prop *p, const struct places *in, size_t which)
{
    size_t all = words_in(p), head = in->tried / 2;
    if (which >= in->tried)
        return in->dates_at / WORD + which - in->tried;
    if (all == in->tried || which < head)
        return which;
    return head + (which - head) * (all - head) / (in->tried - head);
}

/* An earlier first day, or a later last one: the series stays one. */
static void date_move(uint8_t *dates, size_t which)
{
    uint8_t *at = dates + (which < STEPS ? 0 : DATE);
    uint32_t days = (uint32_t)steps[which % STEPS] * DAY_MIN;
    pl_put32(at, which < STEPS ? pl_le32(at) - days : pl_le32(at) + days);
}

static bool blob_other(struct pl_arena *arena, const struct pl_prop *p, size_t words, size_t which,
                       struct pl_value *v)
{
    const struct places in = places_of(arena, p, words);
    uint8_t *raw = pl_arena_dup(arena, v->raw.data, v->raw.size);
    if (!raw)
        return false;
    if (which < in.tried + in.date_words)
        raw[word_of(p, &in, which) * WORD] ^= 1;
    else
        date_move(raw + in.dates_at, which - in.tried - in.date_words);
    v->raw.data = raw;
    return true;
}

bool pl_other_value(struct pl_arena *arena, const struct pl_prop *p, size_t words, size_t which, struct pl_value *v)
{
    switch (pl_prop_type(p)) {
    case PT_STRING8:
    case PT_UNICODE:
        if (p->pid == PidTagMessageClass) /* a class below this one, and one of another kind */
            v->as.text = which ? "IPM.Note" : pl_arena_printf(arena, "%s.~", v->as.text);
        else
            v->as.text = pl_arena_printf(arena, "%s~", v->as.text);
        return v->as.text != NULL;
    case PT_BOOLEAN: v->as.integer = !v->as.integer; return true;
    case PT_SYSTIME: v->as.integer += moves[which]; return true;
    case PT_SHORT:
    case PT_LONG: v->as.integer++; return true;
    default: return blob_other(arena, p, words, which, v);
    }
}

bool pl_other_is_spare(const struct pl_prop *p, size_t which)
{
    return pl_prop_type(p) == PT_SYSTIME && which == DAY_LATER;
}
