/*
 * recur.c - recurrence blobs to struct pl_recur: see recur.h. A pure decoder of the core.
 *
 * [MS-OXOCAL] 2.2.1.44.1 RecurrencePattern, .2 ExceptionInfo, .4 ExtendedException, .5
 * AppointmentRecurrencePattern; [MS-OXOTASK] 2.2.2.2.15 for tasks. Old writers stop
 * after any of these structures, so everything behind the pattern is optional: what was
 * read whole is kept, and `cut` and `fault` say where it ended. Every count is compared
 * with the bytes that are left before anything is allocated or looped over.
 */
#include "recur.h"

#include <string.h>

#include "arena.h"
#include "bytes.h"

#define VERSION         0x3004u
#define WRITER_2007     0x3009u /* from here on ExtendedException has a ChangeHighlight */
#define EXCEPTION_LEAST 14u     /* bytes of an ExceptionInfo without overrides */

static bool fault_set(struct pl_recur *out, const char *what)
{
    out->cut = true;
    out->fault = what;
    return false;
}

/* An array of minutes with its count in front. */
static bool dates_read(struct pl_arena *a, struct pl_cursor *c, const uint32_t **dates, size_t *count)
{
    uint32_t n = pl_take32(c);
    if (c->failed || n > pl_cursor_left(c) / 4)
        return false;
    uint32_t *list = pl_arena_zalloc(a, n ? n : 1, sizeof *list);
    if (!list)
        return false;
    for (uint32_t i = 0; i < n; i++)
        list[i] = pl_take32(c);
    *dates = list;
    *count = n;
    return true;
}

/* The part whose shape depends on the pattern. */
static bool specific_read(struct pl_cursor *c, uint16_t pattern, struct pl_recur *out)
{
    switch (pattern) {
    case PL_PATTERN_DAY: break;
    case PL_PATTERN_WEEK: out->days = pl_take32(c); break;
    case PL_PATTERN_MONTH:
    case PL_PATTERN_MONTH_END:
    case PL_PATTERN_HJ_MONTH:
    case PL_PATTERN_HJ_MONTH_END: out->day = pl_take32(c); break;
    case PL_PATTERN_MONTH_NTH:
    case PL_PATTERN_HJ_MONTH_NTH:
        out->days = pl_take32(c);
        out->ordinal = pl_take32(c);
        break;
    default: return false;
    }
    out->pattern = (enum pl_pattern)pattern;
    return true;
}

static void end_decode(uint32_t type, struct pl_recur *out)
{
    switch (type) {
    case 0x2021: out->end = PL_END_DATE; break;
    case 0x2022: out->end = PL_END_COUNT; break;
    case 0x2023:
    case 0xFFFFFFFF: out->end = PL_END_NEVER; break;
    default: out->odd = "unknown EndType"; out->end = out->end_rt < PL_RT_NO_END ? PL_END_DATE : PL_END_NEVER;
    }
}

static void pattern_check(struct pl_recur *out)
{
    if (out->frequency < 0x200A || out->frequency > 0x200D)
        out->odd = "unknown RecurFrequency";
    if (out->period == 0)
        out->odd = "Period is 0";
    if (out->first_dow > 6) {
        out->odd = "FirstDOW above 6";
        out->first_dow = 0;
    }
    if (out->end == PL_END_COUNT && out->count == 0)
        out->odd = "a count of 0";
    if (out->modified_count > out->deleted_count)
        out->odd = "more modified than deleted dates";
}

static bool pattern_read(struct pl_arena *a, struct pl_cursor *c, struct pl_recur *out)
{
    out->reader_version = pl_take16(c);
    out->writer_version = pl_take16(c);
    if (c->failed || out->reader_version != VERSION)
        return fault_set(out, "not a recurrence pattern");
    out->frequency = pl_take16(c);
    uint16_t pattern = pl_take16(c);
    out->calendar = pl_take16(c);
    out->first_rt = pl_take32(c);
    out->period = pl_take32(c);
    out->sliding = pl_take32(c) != 0;
    if (!specific_read(c, pattern, out))
        return fault_set(out, "unknown pattern type");
    uint32_t end_type = pl_take32(c);
    out->count = pl_take32(c);
    out->first_dow = pl_take32(c);
    if (c->failed)
        return fault_set(out, "cut inside the pattern");
    if (!dates_read(a, c, &out->deleted_rt, &out->deleted_count))
        return fault_set(out, "cut inside the deleted dates");
    if (!dates_read(a, c, &out->modified_rt, &out->modified_count))
        return fault_set(out, "cut inside the modified dates");
    out->dates_at = c->at;
    out->start_rt = pl_take32(c);
    out->end_rt = pl_take32(c);
    if (c->failed)
        return fault_set(out, "cut before the start date");
    end_decode(end_type, out);
    pattern_check(out);
    return true;
}

/* Two lengths, the first one larger by 1 (it counts a NUL that is not there), and bytes. */
static void text8_read(struct pl_cursor *c, const uint8_t **text, size_t *size)
{
    uint16_t with_nul = pl_take16(c);
    uint16_t length = pl_take16(c);
    (void)with_nul;
    *text = pl_take(c, length);
    *size = *text ? length : 0;
}

static bool exception_read(struct pl_cursor *c, struct pl_exception *e)
{
    e->start_rt = pl_take32(c);
    e->end_rt = pl_take32(c);
    e->original_rt = pl_take32(c);
    e->flags = pl_take16(c);
    if (e->flags & PL_EX_SUBJECT)
        text8_read(c, &e->subject8, &e->subject8_size);
    if (e->flags & PL_EX_MEETING)
        e->meeting_type = pl_take32(c);
    if (e->flags & PL_EX_REMINDER_DELTA)
        e->reminder_delta_min = pl_take32(c);
    if (e->flags & PL_EX_REMINDER)
        e->reminder_set = pl_take32(c);
    if (e->flags & PL_EX_LOCATION)
        text8_read(c, &e->location8, &e->location8_size);
    if (e->flags & PL_EX_BUSY)
        e->busy = pl_take32(c);
    if (e->flags & PL_EX_ATTACHMENT)
        e->attachment = pl_take32(c);
    if (e->flags & PL_EX_SUBTYPE)
        e->sub_type = pl_take32(c);
    if (e->flags & PL_EX_COLOR)
        e->color = pl_take32(c);
    return !c->failed;
}

static bool exceptions_read(struct pl_arena *a, struct pl_cursor *c, struct pl_recur *out,
                            struct pl_exception **list_out)
{
    size_t stated = pl_take16(c);
    if (c->failed)
        return fault_set(out, "cut before the exceptions");
    size_t most = pl_cursor_left(c) / EXCEPTION_LEAST;
    size_t n = stated < most ? stated : most;
    struct pl_exception *list = pl_arena_zalloc(a, n ? n : 1, sizeof *list);
    if (!list)
        return fault_set(out, "too many exceptions");
    out->exceptions = *list_out = list;
    while (out->exception_count < n) {
        struct pl_exception e = {0};
        if (!exception_read(c, &e))
            return fault_set(out, "cut inside the exceptions");
        list[out->exception_count++] = e;
    }
    return n == stated || fault_set(out, "cut inside the exceptions");
}

/* A reserved block: its size, and bytes that nobody knows. */
static void block_skip(struct pl_cursor *c) { pl_take(c, pl_take32(c)); }

static void text16_read(struct pl_cursor *c, const uint8_t **text, size_t *size)
{
    size_t bytes = (size_t)pl_take16(c) * 2;
    *text = pl_take(c, bytes);
    *size = *text ? bytes : 0;
}

/* false also when the times are another exception's: then the strings would be, too. */
static bool extended_read(struct pl_cursor *c, unsigned version, struct pl_exception *e)
{
    if (version >= WRITER_2007)
        block_skip(c);
    block_skip(c);
    if (!(e->flags & (PL_EX_SUBJECT | PL_EX_LOCATION)))
        return !c->failed;
    struct pl_exception x = {0};
    x.start_rt = pl_take32(c);
    x.end_rt = pl_take32(c);
    x.original_rt = pl_take32(c);
    if (x.start_rt != e->start_rt || x.end_rt != e->end_rt || x.original_rt != e->original_rt)
        return false;
    if (e->flags & PL_EX_SUBJECT)
        text16_read(c, &x.subject16, &x.subject16_size);
    if (e->flags & PL_EX_LOCATION)
        text16_read(c, &x.location16, &x.location16_size);
    if (c->failed)
        return false;
    block_skip(c);
    e->subject16 = x.subject16;
    e->subject16_size = x.subject16_size;
    e->location16 = x.location16;
    e->location16_size = x.location16_size;
    return !c->failed;
}

/* Versions and times; then all that a writer may have left out. */
static void appointment_read(struct pl_arena *a, struct pl_cursor *c, struct pl_recur *out)
{
    pl_take32(c);
    out->writer_version2 = pl_take32(c);
    uint32_t start_min = pl_take32(c), end_min = pl_take32(c);
    if (c->failed) {
        fault_set(out, "cut before the times of day");
        return;
    }
    out->start_min = start_min;
    out->end_min = end_min;
    out->has_times = true;
    struct pl_exception *list;
    if (!exceptions_read(a, c, out, &list))
        return;
    block_skip(c);
    for (size_t i = 0; i < out->exception_count && !c->failed; i++) {
        if (!extended_read(c, out->writer_version2, &list[i])) {
            fault_set(out, "cut inside the extended exceptions");
            return;
        }
    }
    block_skip(c);
    if (c->failed)
        fault_set(out, "cut before the end of the exceptions");
}

bool pl_recur_decode(struct pl_arena *a, const uint8_t *data, size_t size, bool task, struct pl_recur *out)
{
    memset(out, 0, sizeof *out);
    struct pl_cursor c = pl_cursor(data, size);
    if (!pattern_read(a, &c, out))
        return false;
    if (!task)
        appointment_read(a, &c, out);
    return true;
}
