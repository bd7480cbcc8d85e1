/*
 * scramble_calendar.c - recurrences, zones and ids of meetings: see scramble.h. Pure, part of the core.
 *
 * Numbers stay as far as they can mean what their place says; one that can't becomes another such, so a reader
 * finds the same fault and no letters. Ids, and room that nobody reads, become other bytes.
 */
#include "bytes.h"
#include "recur.h"
#include "scramble_int.h"

#define UTF16         1200u
#define MINUTES_MOST  0x3fffffu /* of a period, or of a day that an occurrence may outlast: 8 years */
#define SMALL         0xffu
#define VERSIONS      0x301fu
#define VERSION_2007  0x3009u
#define YEAR_MOST     0x1fffu
#define BIAS_MOST     3000
#define ZONE_NAME     300u
#define ZONE_RULES    256u
#define ZONE_RULE     66u
#define GOID_DATA     40u
#define REMINDER_NONE 0x5ae980e1u

const uint8_t scramble_goid_class[16] = {0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xe0, 0x00,
                                         0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 0x08};

/* Minutes since 1601 of a day that people have in calendars, or the day without an end. Nobody reads words in the
 * rest: all of a time before 1856 but its last minutes, all behind 2622. [MS-OXOCAL] 2.2.1.44.1 */
static void take_time(struct scramble_walk *w)
{
    enum { FIRST = 0x08000000, LAST = 0x1fffffff };
    size_t at = w->c.at;
    uint32_t minutes = pl_take32(&w->c), low = minutes & 0xff;
    if (w->c.failed || minutes == PL_RT_NO_END || (minutes >= FIRST && minutes <= LAST))
        return;
    w->odd = w->odd || minutes;
    pl_put32(w->data + at, minutes < FIRST ? low : minutes < PL_RT_NO_END ? 0x50000000u | low : 0xffffff00u | low);
}

static void times(struct scramble_walk *w, size_t count)
{
    for (size_t i = 0; i < count && !w->c.failed; i++)
        take_time(w);
}

/* A size, and bytes that nobody knows. */
static void block(struct scramble_walk *w)
{
    size_t at = w->c.at;
    uint32_t size = pl_take32(&w->c);
    if (!w->c.failed && size > pl_cursor_left(&w->c))
        pl_put32(w->data + at, UINT32_MAX); /* still fails */
    scramble_take_unknown(w, size);
}

static void dates(struct scramble_walk *w)
{
    uint32_t count = pl_take32(&w->c);
    if (count > pl_cursor_left(&w->c) / 4)
        w->c.failed = true;
    times(w, count);
}

/* Days, a day, or days and which of them. */
static void pattern_days(struct scramble_walk *w, unsigned type)
{
    if (type != PL_PATTERN_DAY)
        scramble_take_number(w, 4, 0x7f);
    if (type == PL_PATTERN_MONTH_NTH || type == PL_PATTERN_HJ_MONTH_NTH)
        scramble_take_number(w, 4, 0x7);
}

static void pattern(struct scramble_walk *w)
{
    pl_take16(&w->c);
    scramble_take_number(w, 2, VERSIONS);
    scramble_take_number(w, 2, 0x201f);
    unsigned type = scramble_take_number(w, 2, SMALL);
    scramble_take_number(w, 2, 0x1f);
    scramble_take_number(w, 4, 0x1fffffff);
    scramble_take_number(w, 4, MINUTES_MOST);
    scramble_take_number(w, 4, 0x1);
    pattern_days(w, type);
    scramble_take_number(w, 4, 0x203f);
    scramble_take_number(w, 4, MINUTES_MOST);
    scramble_take_number(w, 4, 0x7);
    dates(w);
    dates(w);
    times(w, 2);
}

/* Two sizes, and a text of the second one. */
static void text8(struct scramble_walk *w)
{
    size_t at = w->c.at;
    pl_take16(&w->c);
    unsigned size = pl_take16(&w->c);
    if (!w->c.failed)
        pl_put16(w->data + at, (uint16_t)(size + 1));
    scramble_take_text(w, w->codepage, size);
}

static void exception_short(struct scramble_walk *w, unsigned *flags)
{
    static const struct {
        unsigned flag;
        uint32_t most; /* 0: a text */
    } parts[] = {{PL_EX_SUBJECT, 0},        {PL_EX_MEETING, SMALL}, {PL_EX_REMINDER_DELTA, MINUTES_MOST},
                 {PL_EX_REMINDER, SMALL},   {PL_EX_LOCATION, 0},    {PL_EX_BUSY, SMALL},
                 {PL_EX_ATTACHMENT, SMALL}, {PL_EX_SUBTYPE, SMALL}, {PL_EX_COLOR, SMALL}};
    times(w, 3);
    *flags = scramble_take_number(w, 2, 0x3ff);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !w->c.failed; i++) {
        if (!(*flags & parts[i].flag))
            continue;
        if (!parts[i].most)
            text8(w);
        else if (pl_cursor_left(&w->c) >= 4 && pl_le32(w->data + w->c.at) == REMINDER_NONE)
            pl_take32(&w->c);
        else
            scramble_take_number(w, 4, parts[i].most);
    }
}

static void exception_long(struct scramble_walk *w, unsigned version, unsigned flags)
{
    if (version >= VERSION_2007)
        block(w);
    block(w);
    if (!(flags & (PL_EX_SUBJECT | PL_EX_LOCATION)))
        return;
    times(w, 3);
    if (flags & PL_EX_SUBJECT)
        scramble_take_text(w, UTF16, (size_t)pl_take16(&w->c) * 2);
    if (flags & PL_EX_LOCATION)
        scramble_take_text(w, UTF16, (size_t)pl_take16(&w->c) * 2);
    block(w);
}

/* The flags of the next short exception, once more. */
static unsigned flags_next(struct pl_cursor *c)
{
    pl_take(c, 12);
    unsigned flags = pl_take16(c);
    for (unsigned bit = 0; bit < 9; bit++)
        if (flags >> bit & 1) {
            bool text = 1u << bit == PL_EX_SUBJECT || 1u << bit == PL_EX_LOCATION;
            if (text)
                pl_take16(c);
            pl_take(c, text ? pl_take16(c) : 4);
        }
    return flags;
}

/* It decides about what follows, and one beyond all that there are does so too. */
static uint32_t writer_version(struct scramble_walk *w)
{
    size_t at = w->c.at;
    uint32_t version = pl_take32(&w->c);
    if (!w->c.failed && version & ~VERSIONS) {
        pl_put32(w->data + at, version < VERSION_2007 ? 0 : UINT32_MAX);
        w->odd = true;
    }
    return version;
}

static void exceptions(struct scramble_walk *w)
{
    scramble_take_number(w, 4, VERSIONS);
    uint32_t version = writer_version(w);
    scramble_take_number(w, 4, MINUTES_MOST);
    scramble_take_number(w, 4, MINUTES_MOST);
    size_t count = pl_take16(&w->c);
    struct pl_cursor before = w->c;
    unsigned flags = 0;
    if (count > pl_cursor_left(&w->c) / 14)
        w->c.failed = true;
    for (size_t i = 0; i < count && !w->c.failed; i++)
        exception_short(w, &flags);
    if (w->c.failed)
        return;
    block(w);
    for (size_t i = 0; i < count && !w->c.failed; i++)
        exception_long(w, version, flags_next(&before));
    block(w);
}

/* A blob may end early, after a whole part: what was walked is right, what follows is overwritten. */
bool scramble_recurrence(struct scramble_walk *w, bool task)
{
    size_t size = w->c.size;
    if (size < 2 || pl_le16(w->data) != 0x3004)
        return scramble_overwrite(w->s, w->data, size);
    pattern(w);
    if (w->c.failed)
        return scramble_overwrite(w->s, w->data, size);
    if (!task && pl_cursor_left(&w->c))
        exceptions(w);
    if (w->c.failed || w->c.at < size)
        scramble_fill(w->s, w->data + w->c.at, size - w->c.at);
    return (!w->c.failed || w->c.at == size) && !w->odd;
}

/* --- zones -------------------------------------------------------------------------------------------- */

/* Minutes, either way. */
static void bias(struct scramble_walk *w)
{
    size_t at = w->c.at;
    uint32_t minutes = pl_take32(&w->c);
    if (!w->c.failed && minutes + BIAS_MOST > 2 * BIAS_MOST) {
        pl_put32(w->data + at, 0x7fff0000u | (minutes & SMALL));
        w->odd = true;
    }
}

/* A SYSTEMTIME, [MS-DTYP] 2.3.13. */
static void moment(struct scramble_walk *w)
{
    static const uint32_t most[8] = {YEAR_MOST, 12, 6, 31, 23, 59, 59, 999};
    for (size_t i = 0; i < 8; i++) {
        size_t at = w->c.at;
        unsigned v = pl_take16(&w->c);
        if (!w->c.failed && v > most[i]) {
            pl_put16(w->data + at, 0xffff);
            w->odd = true;
        }
    }
}

static void biases_and_moments(struct scramble_walk *w, bool years)
{
    for (unsigned i = 0; i < 3; i++)
        bias(w);
    for (unsigned i = 0; i < 2; i++) {
        if (years)
            scramble_take_number(w, 2, YEAR_MOST);
        moment(w);
    }
}

/* The first byte is asked for, the second one is not. */
static void version(struct scramble_walk *w)
{
    enum { MINOR_MOST = 0x1f };
    size_t at = w->c.at;
    if (pl_take(&w->c, 2) && w->data[at + 1] > MINOR_MOST)
        w->data[at + 1] = UINT8_MAX;
}

static void zone_rule(struct scramble_walk *w)
{
    version(w);
    pl_take16(&w->c);
    scramble_take_number(w, 2, 0x1f);
    scramble_take_number(w, 2, YEAR_MOST);
    scramble_take_unknown(w, 14);
    biases_and_moments(w, false);
}

/* [MS-OXOCAL] 2.2.1.41: the name of the key, then rules of 66 bytes. */
bool scramble_zone(struct scramble_walk *w)
{
    const uint8_t *d = w->data;
    if (w->c.size < 8 || d[0] != 2 || pl_le16(d + 6) > ZONE_NAME)
        return scramble_overwrite(w->s, w->data, w->c.size);
    version(w);
    scramble_take_number(w, 2, 0x3ff);
    scramble_take_number(w, 2, SMALL);
    scramble_take_text(w, UTF16, (size_t)pl_take16(&w->c) * 2);
    size_t rules = pl_take16(&w->c), at = w->c.at;
    if (w->c.failed || rules > ZONE_RULES)
        return scramble_overwrite(w->s, w->data, w->c.size);
    for (size_t i = 0; i < rules && !w->c.failed; i++, at = w->c.at) {
        const uint8_t *rule = w->data + at;
        if (pl_cursor_left(&w->c) < ZONE_RULE || rule[0] != 2 || pl_le16(rule + 2) > ZONE_RULE)
            w->c.failed = true;
        else
            zone_rule(w);
    }
    scramble_fill(w->s, w->data + at, w->c.size - at);
    return !w->c.failed && !w->odd;
}

/* [MS-OXOCAL] 2.2.1.39: three biases, then twice a year and a SYSTEMTIME. */
bool scramble_zone_struct(struct scramble_walk *w)
{
    const uint8_t *d = w->data;
    bool good = w->c.size == 48;
    for (unsigned i = 0; good && i < 3; i++)
        good = pl_le32(d + (size_t)i * 4) + BIAS_MOST <= 2 * BIAS_MOST;
    for (unsigned at = 12; good && at < 48; at += 18)
        good = pl_le16(d + at + 4) <= 12 && pl_le16(d + at + 10) <= 60;
    if (!good)
        return scramble_overwrite(w->s, w->data, w->c.size);
    biases_and_moments(w, true);
    return !w->odd;
}

/* --- ids of meetings ------------------------------------------------------------------------------------ */

/* [MS-OXOCAL] 2.2.1.27. Series and occurrence differ in the date only, and still do. */
bool scramble_goid(struct scramble_walk *w)
{
    static const char mark[12] = {'v', 'C', 'a', 'l', '-', 'U', 'i', 'd', 1};
    size_t size = w->c.size;
    uint8_t *d = w->data;
    if (size < GOID_DATA || memcmp(d, scramble_goid_class, sizeof scramble_goid_class) != 0)
        return scramble_overwrite(w->s, d, size);
    if ((unsigned)(d[16] << 8 | d[17]) > YEAR_MOST || d[18] > 12 || d[19] > 31) {
        memset(d + 16, 0xff, 4);
        w->odd = true;
    }
    pl_take(&w->c, 20);
    scramble_take_unknown(w, 4); /* when it was made: to seven minutes */
    scramble_take_number(w, 4, 0x1ffffff);
    scramble_take_unknown(w, 8);
    if (pl_le32(d + 36) != size - GOID_DATA)
        scramble_take_number(w, 4, 0x3fffff);
    d += GOID_DATA, size -= GOID_DATA;
    if (size > sizeof mark && !memcmp(d, mark, sizeof mark))
        pl_scramble_words(w->s, 65001, d + sizeof mark, size - sizeof mark);
    else
        scramble_fill(w->s, d, size);
    return !w->odd;
}
