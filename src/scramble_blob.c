/*
 * scramble_blob.c - binary values that hold words or name people. See scramble.h. Pure, part of the core.
 *
 * What is known to be numbers stays, words in it go, all else is overwritten. A structure is walked to its end
 * before it is believed: a value that is not what its name says is overwritten whole, by bytes that only depend on
 * it and the key, so keys that were equal still are.
 */
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "buf.h"
#include "bytes.h"
#include "entryid.h"
#include "memory.h"
#include "prop.h"
#include "rtf.h"
#include "scramble_int.h"

#define RTF_HEADER    16u
#define RTF_MOST      ((size_t)32 << 20)
#define UTF16         1200u
#define NESTED_MOST   8u
#define MONTH_MINUTES (31u * 1440u)

void scramble_fill(const struct pl_scramble *s, uint8_t *data, size_t size)
{
    uint8_t pattern[16] = {0};
    bool nothing = true;
    for (size_t i = 0; i < size && nothing; i++)
        nothing = !data[i];
    if (nothing)
        return;
    pl_put64(pattern, pl_scramble_hash(s, data, size));
    pl_put64(pattern + 8, pl_scramble_hash(s, pattern, 8));
    size_t period = s->letters > 1 ? sizeof pattern : 4; /* fewer bytes compress better */
    for (size_t i = 0; i < size; i++)
        data[i] = pattern[i % period];
}

static bool is_alphanumeric(unsigned c) { return scramble_is_letter(c) || scramble_is_digit(c); }

static bool letters_in_a_row(const uint8_t *d, size_t size, size_t unit, size_t most)
{
    size_t row = 0;
    for (size_t i = 0; i + unit <= size && row <= most; i += unit)
        row = is_alphanumeric(unit == 2 ? pl_le16(d + i) : d[i]) ? row + 1 : 0;
    return row > most;
}

bool scramble_has_letters(const uint8_t *d, size_t size, size_t most)
{
    return letters_in_a_row(d, size, 1, most) || letters_in_a_row(d, size, 2, 3) ||
           (size > 1 && letters_in_a_row(d + 1, size - 1, 2, 3));
}

/* Nothing but printable ASCII, and NULs behind it. */
static bool is_printable(const uint8_t *d, size_t size, size_t unit)
{
    size_t end = 0, printable = 0;
    for (size_t i = 0; i + unit <= size; i += unit) {
        unsigned c = unit == 2 ? pl_le16(d + i) : d[i];
        printable += c >= 0x20 && c < 0x7f;
        end = c ? i / unit + 1 : end;
    }
    return printable == end && end > 2;
}

bool pl_scramble_reads_as_text(const uint8_t *d, size_t size)
{
    /* of 2000 random GUIDs one has seven letters or digits in a row */
    return is_printable(d, size, 1) || is_printable(d, size, 2) || scramble_has_letters(d, size, 6);
}

bool scramble_overwrite(const struct pl_scramble *s, uint8_t *data, size_t size)
{
    scramble_fill(s, data, size);
    return false;
}

/* --- the parts of a structure ------------------------------------------------------------------------- */

void scramble_take_text(struct scramble_walk *w, unsigned codepage, size_t size)
{
    size_t at = w->c.at;
    if (pl_take(&w->c, size))
        pl_scramble_text(w->s, codepage, w->data + at, size);
}

void scramble_take_unknown(struct scramble_walk *w, size_t size)
{
    size_t at = w->c.at;
    if (pl_take(&w->c, size))
        scramble_fill(w->s, w->data + at, size);
}

uint32_t scramble_take_number(struct scramble_walk *w, unsigned size, uint32_t bits)
{
    size_t at = w->c.at;
    uint32_t number = size == 2 ? pl_take16(&w->c) : pl_take32(&w->c);
    if (w->c.failed || !(number & ~bits))
        return number;
    number |= ~bits;
    w->odd = true;
    if (size == 2)
        pl_put16(w->data + at, (uint16_t)number);
    else
        pl_put32(w->data + at, number);
    return number;
}

/* --- entry ids: [MS-OXCDATA] 2.2.5 ------------------------------------------------------------------- */

static const uint8_t store_uid[16] = {0x38, 0xa1, 0xbb, 0x10, 0x05, 0xe5, 0x10, 0x1a,
                                      0xa1, 0xbb, 0x08, 0x00, 0x2b, 0x2a, 0x56, 0xc2};

/* A string up to its NUL, with the NUL. */
static void take_string(struct scramble_walk *w, bool wide)
{
    size_t unit = wide ? 2 : 1, left = pl_cursor_left(&w->c), size = 0;
    const uint8_t *p = w->data + w->c.at;
    while (size + unit <= left && (p[size] || (wide && p[size + 1])))
        size += unit;
    scramble_take_text(w, wide ? UTF16 : w->codepage, size);
    pl_take(&w->c, size + unit <= left ? unit : left - size);
}

static void take_rest(struct scramble_walk *w) { scramble_take_unknown(w, pl_cursor_left(&w->c)); }

static bool has_control(const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] < 0x20)
            return true;
    return false;
}

/* Of other stores: a library, then where the store is. Paths and servers are texts, of 8 or 16 bits. */
static void store_id(struct scramble_walk *w)
{
    static const char *const libraries[] = {"emsmdb", "mspst", "pstprx"};
    scramble_take_number(w, 2, 0x1f1f);
    size_t at = w->c.at;
    const uint8_t *library = pl_take(&w->c, 14);
    bool known = false;
    for (size_t i = 0; library && i < sizeof libraries / sizeof libraries[0]; i++) {
        size_t n = strlen(libraries[i]), k = 0;
        while (k < n && (library[k] | 0x20) == (libraries[i][k] | 0x20))
            k++;
        if (k == n && library[n] == '.') {
            known = true;
            memset(w->data + at + n + 4, 0, 14 - n - 4); /* behind ".dll" */
        }
    }
    if (library && !known)
        scramble_fill(w->s, w->data + at, 14);
    scramble_take_number(w, 4, 0xff);
    scramble_take_unknown(w, 16);
    scramble_take_number(w, 4, 0xff);
    while (pl_cursor_left(&w->c)) {
        const uint8_t *p = w->data + w->c.at;
        size_t left = pl_cursor_left(&w->c), size = strnlen((const char *)p, left);
        if (left > 3 && p[0] && !p[1] && p[2] && !p[3])
            take_string(w, true);
        else if (has_control(p, size))
            scramble_take_unknown(w, size);
        else if (size)
            take_string(w, false);
        else
            pl_take(&w->c, 1);
    }
}

/* A counter has six bytes, the first one highest, and two that are zero behind it; not even 2^40 is in use. */
static bool is_counter(const uint8_t *d) { return !d[0] && !pl_le16(d + 6); }

/* A folder or a message of a database, which is flags, a GUID, a type, and once or twice a GUID and a counter. */
static bool is_database_id(const uint8_t *id, size_t size)
{
    return (size == 46 || size == 70) && !pl_le32(id) && pl_le16(id + 20) < 16 && is_counter(id + 38) &&
           !pl_scramble_reads_as_text(id + 4, 17) && !pl_scramble_reads_as_text(id + 22, 24) &&
           (size == 46 || (is_counter(id + 62) && !pl_scramble_reads_as_text(id + 46, 24)));
}

/* Ids of objects of a store: of this PST, of another one, of a database. */
static bool object_id(struct scramble_walk *w, size_t start)
{
    size_t size = w->c.size - start;
    uint8_t *id = w->data + start;
    if (size >= 20 && size <= 24 && !memcmp(id + 4, w->s->record, 16)) {
        if (size == 24)
            scramble_take_number(w, 4, 0x1fffffff);
        else
            scramble_take_unknown(w, size - 20);
        return true;
    }
    if (size == 24 && !pl_le32(id)) {
        scramble_fill(w->s, id + 4, 16);
        scramble_take_number(w, 4, 0x1fffffff);
        return true;
    }
    return is_database_id(id, size) || scramble_overwrite(w->s, id, size);
}

static bool entry(struct scramble_walk *w)
{
    for (unsigned depth = 0; depth < NESTED_MOST; depth++) {
        size_t start = w->c.at;
        scramble_take_number(w, 4, 0xff);
        const uint8_t *uid = pl_take(&w->c, 16);
        if (!uid)
            return scramble_overwrite(w->s, w->data + start, w->c.size - start);
        if (!memcmp(uid, pl_oneoff_uid, 16)) {
            scramble_take_number(w, 2, 0xff);
            bool wide = scramble_take_number(w, 2, 0x9fff) & 0x8000;
            for (int i = 0; i < 3; i++)
                take_string(w, wide);
            take_rest(w);
            return true;
        }
        if (!memcmp(uid, pl_book_uid, 16)) {
            scramble_take_number(w, 4, 0xff);
            scramble_take_number(w, 4, 0xffff);
            take_string(w, false);
            take_rest(w);
            return true;
        }
        if (!memcmp(uid, store_uid, 16)) {
            store_id(w);
            return true;
        }
        if (!memcmp(uid, pl_contact_uid, 16))
            for (int i = 0; i < 4; i++)
                scramble_take_number(w, 4, 0xffff);
        else if (!memcmp(uid, pl_wrapped_uid, 16))
            pl_take(&w->c, 1);
        else
            return object_id(w, start);
    }
    return scramble_overwrite(w->s, w->data, w->c.size);
}

/* "SMTP:ANNA@EXAMPLE.ORG", with a NUL or without. */
static bool is_words(const uint8_t *data, size_t size)
{
    while (size && !data[size - 1])
        size--;
    for (size_t i = 0; i < size; i++)
        if (data[i] < 0x20 || data[i] == 0x7f)
            return false;
    return size > 3 && memchr(data, ':', size < 12 ? size : 12);
}

static bool key(struct scramble_walk *w)
{
    if (is_words(w->data, w->c.size)) {
        pl_scramble_text(w->s, w->codepage, w->data, w->c.size);
        return true;
    }
    if (w->c.size == 16 && !memcmp(w->data, w->s->record, 16))
        return true;
    return w->c.size < 20 ? scramble_overwrite(w->s, w->data, w->c.size) : entry(w);
}

/* Members of a group: [MS-OXOCNTC] 2.2.2.4.1. Its checksum is of the ids, which others replace. */
static bool members(struct scramble_walk *w)
{
    scramble_take_number(w, 2, 0xff);
    scramble_take_number(w, 2, 0xff);
    scramble_take_number(w, 4, 0x1f1fffff); /* of the program */
    scramble_take_number(w, 4, 0xff);
    uint32_t count = pl_take32(&w->c);
    scramble_take_number(w, 4, 0);
    scramble_take_number(w, 4, 0xffffff);
    scramble_take_number(w, 4, 0xffff);
    if (w->c.failed || count > pl_cursor_left(&w->c) / 12)
        return scramble_overwrite(w->s, w->data, w->c.size);
    for (uint64_t i = 0; i < (uint64_t)count * 3 && !w->c.failed; i++) {
        uint32_t size = pl_take32(&w->c);
        size_t at = w->c.at;
        if (!pl_take(&w->c, size))
            break;
        struct scramble_walk inner = {w->s, w->data + at, w->codepage, pl_cursor(w->data + at, size), false};
        if (i % 3 == 2)
            scramble_fill(w->s, w->data + at, size);
        else
            (void)key(&inner);
    }
    if (w->c.failed)
        return scramble_overwrite(w->s, w->data, w->c.size);
    take_rest(w);
    return true;
}

/* --- busy time, rules ------------------------------------------------------------------------ */

/* Minutes of a month, begin and end of each stretch. [MS-OXOPFFB] 2.2.1.4 */
static bool busy(struct scramble_walk *w)
{
    unsigned last = 0;
    for (size_t i = 0; i + 4 <= w->c.size; i += 4) {
        unsigned from = pl_le16(w->data + i), to = pl_le16(w->data + i + 2);
        if (from > to || to > MONTH_MINUTES || from < last)
            return key(w); /* in a shortcut these ids are those of entries and groups */
        last = from;
    }
    return w->c.size % 4 == 0 || key(w);
}

/* Counts of the narrow form have two bytes, of the wide one four. [MS-OXORULE] 2.2.5 */
static uint32_t take_count(struct scramble_walk *w, bool wide)
{
    return wide ? pl_take32(&w->c) : pl_take16(&w->c);
}

static void take_key(struct scramble_walk *w, size_t size)
{
    size_t at = w->c.at;
    if (!pl_take(&w->c, size))
        return;
    struct scramble_walk inner = {w->s, w->data + at, w->codepage, pl_cursor(w->data + at, size), false};
    (void)key(&inner);
}

static void target_property(struct scramble_walk *w, bool wide)
{
    unsigned type = pl_take16(&w->c);
    pl_take16(&w->c);
    switch (type) {
    case PT_SHORT: pl_take16(&w->c); break;
    case PT_BOOLEAN: pl_take8(&w->c); break;
    case PT_LONG:
    case PT_ERROR: pl_take32(&w->c); break;
    case PT_I8:
    case PT_SYSTIME: pl_take64(&w->c); break;
    case PT_STRING8:
    case PT_UNICODE: take_string(w, type == PT_UNICODE); break;
    case PT_BINARY: take_key(w, take_count(w, wide)); break;
    default: w->c.failed = true;
    }
}

/* Recipients of a rule that forwards or delegates; of others only the head stays. */
static void action(struct scramble_walk *w, bool wide)
{
    enum { FORWARD = 7, DELEGATE = 8, HEAD = 9 };
    size_t size = take_count(w, wide);
    if (size < HEAD || size > pl_cursor_left(&w->c)) {
        w->c.failed = true;
        return;
    }
    uint8_t *d = w->data + w->c.at;
    struct scramble_walk inner = {w->s, d, w->codepage, pl_cursor(d, size), false};
    pl_take8(&inner.c);
    scramble_take_number(&inner, 4, 0xff);
    scramble_take_number(&inner, 4, 0xff);
    bool people = d[0] == FORWARD || d[0] == DELEGATE;
    uint32_t count = people ? take_count(&inner, wide) : 0;
    for (uint32_t i = 0; i < count && !inner.c.failed; i++) {
        pl_take8(&inner.c);
        uint32_t properties = take_count(&inner, wide);
        for (uint32_t k = 0; k < properties && !inner.c.failed; k++)
            target_property(&inner, wide);
    }
    w->c.failed = w->c.failed || inner.c.failed;
    take_rest(&inner);
    pl_take(&w->c, size);
}

static bool actions_in(struct scramble_walk *w, bool wide)
{
    uint32_t count = take_count(w, wide);
    for (uint32_t i = 0; i < count && !w->c.failed; i++)
        action(w, wide);
    return !w->c.failed && count && !pl_cursor_left(&w->c);
}

/* Which of the two forms it is shows when one comes out even. */
static bool actions(struct scramble_walk *w)
{
    size_t size = w->c.size;
    uint8_t *copy = pl_memory_get(size);
    bool good = false;
    for (int wide = 0; copy && wide < 2 && !good; wide++) {
        memcpy(copy, w->data, size);
        struct scramble_walk inner = {w->s, copy, w->codepage, pl_cursor(copy, size), false};
        good = actions_in(&inner, wide);
    }
    if (good)
        memcpy(w->data, copy, size);
    free(copy);
    if (!good) /* other rules have other forms, and what they say is not read */
        scramble_fill(w->s, w->data, size);
    return true;
}

/* Bytes of the head of a DER sequence that fills all of it; 0: it is none. */
static size_t der_head(const uint8_t *d, size_t size)
{
    enum { SEQUENCE = 0x30 };
    if (size < 4 || d[0] != SEQUENCE)
        return 0;
    if (d[1] < 0x80)
        return d[1] == size - 2 ? 2 : 0;
    if (d[1] == 0x81)
        return d[2] == size - 3 ? 3 : 0;
    return d[1] == 0x82 && (size_t)(d[2] << 8 | d[3]) == size - 4 ? 4 : 0;
}

/* What is inside of a DER value, or of the values in a list of tag and size: [MS-OXOABK] 2.2.4.38. Heads stay. */
static bool certificate(struct scramble_walk *w)
{
    size_t whole = der_head(w->data, w->c.size);
    if (whole) {
        scramble_fill(w->s, w->data + whole, w->c.size - whole);
        return true;
    }
    while (pl_cursor_left(&w->c) >= 4) {
        size_t start = w->c.at, size = pl_le16(w->data + start + 2), at = start + 4;
        if (size < 4 || size > pl_cursor_left(&w->c))
            break;
        scramble_take_number(w, 2, 0x1fff);
        pl_take(&w->c, size - 2);
        size_t head = der_head(w->data + at, size - 4);
        scramble_fill(w->s, w->data + at + head, size - 4 - head);
    }
    take_rest(w);
    return true;
}

/* --- streams -------------------------------------------------------------------------------------------- */

/* The first bytes of pictures stay: they say of which kind one is. */
static bool picture(struct scramble_walk *w)
{
    static const struct {
        const char *bytes;
        size_t size;
    } heads[] = {{"\xff\xd8\xff", 3}, {"\x89PNG\r\n\x1a\n", 8}, {"GIF8", 4}, {"BM", 2}, {"RIFF", 4}};
    size_t kept = 0;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (w->c.size >= heads[i].size && !memcmp(w->data, heads[i].bytes, heads[i].size))
            kept = heads[i].size;
    memset(w->data + kept, 0, w->c.size - kept);
    return true;
}

/* Made again at the same size; a text that is too dense for that gets fewer letters. */
static bool compressed(struct scramble_walk *w)
{
    size_t size = w->c.size;
    struct pl_buf plain;
    pl_buf_init(&plain, RTF_MOST);
    enum pl_rtf_fault fault = pl_rtf_decompress(w->data, size, &plain);
    bool raw = size >= RTF_HEADER && pl_le32(w->data + 8) == 0x414C454Du;
    bool good = fault != PL_RTF_NOT && !plain.failed, fits = false;
    uint8_t *copy = good && plain.size ? pl_memory_get(plain.size) : NULL;
    struct pl_scramble s = *w->s;
    for (; copy && s.letters && !fits; s.letters = pl_scramble_fewer(s.letters)) {
        memcpy(copy, plain.data, plain.size);
        pl_scramble_rtf(&s, copy, plain.size);
        if (raw && plain.size + RTF_HEADER <= size) {
            memcpy(w->data + RTF_HEADER, copy, plain.size);
            memset(w->data + RTF_HEADER + plain.size, 0, size - RTF_HEADER - plain.size);
            fits = true;
        } else {
            fits = pl_rtf_compress(copy, plain.size, w->data, size);
        }
    }
    if (fits && fault == PL_RTF_CUT) /* still is */
        pl_put32(w->data, (uint32_t)size);
    if (fits && fault == PL_RTF_CRC)
        pl_put32(w->data + 12, pl_le32(w->data + 12) ^ 1);
    free(copy);
    pl_buf_release(&plain);
    return fits || scramble_overwrite(w->s, w->data, size);
}

/* --- values of databases -------------------------------------------------------------------------------- */

static bool is_number(unsigned type)
{
    return type == PT_SHORT || type == PT_LONG || type == PT_FLOAT || type == PT_DOUBLE || type == PT_CURRENCY ||
           type == PT_APPTIME || type == PT_ERROR || type == PT_BOOLEAN || type == PT_I8 || type == PT_SYSTIME;
}

/* A value of a property by its type. */
static void take_value(struct scramble_walk *w, uint32_t tag, size_t size)
{
    size_t at = w->c.at;
    unsigned type = tag & 0xffff;
    if (!pl_take(&w->c, size))
        return;
    if (type == PT_UNICODE || type == PT_STRING8)
        pl_scramble_text(w->s, type == PT_UNICODE ? UTF16 : w->codepage, w->data + at, size);
    else if (type == PT_BINARY || type & PT_MULTI)
        (void)pl_scramble_blob(w->s, PL_SCRAMBLE_SNIFFED, w->codepage, w->data + at, size);
    else if (type == PT_CLSID && size == 16)
        pl_scramble_guid(w->s, w->data + at);
    else if (!is_number(type) || size > 8)
        scramble_fill(w->s, w->data + at, size);
}

static bool recipients(struct scramble_walk *w)
{
    uint32_t count = pl_take32(&w->c);
    for (uint32_t i = 0; i < count && !w->c.failed; i++) {
        unsigned properties = pl_take16(&w->c);
        for (unsigned k = 0; k < properties && !w->c.failed; k++) {
            uint32_t tag = pl_take32(&w->c), size = pl_take32(&w->c);
            take_value(w, tag, size);
        }
    }
    size_t at = w->c.failed ? 0 : w->c.at;
    scramble_fill(w->s, w->data + at, w->c.size - at);
    return !w->c.failed;
}

static bool is_narrow(const uint8_t *data, size_t size)
{
    while (size && !data[size - 1])
        size--;
    for (size_t i = 0; i < size; i++)
        if ((data[i] < 0x20 && data[i] != '\t' && data[i] != '\n' && data[i] != '\r') || data[i] >= 0x7f)
            return false;
    return size >= 4;
}

static bool is_entry(const uint8_t *d, size_t size)
{
    static const uint8_t *const uids[] = {pl_oneoff_uid, pl_book_uid, pl_contact_uid, pl_wrapped_uid, store_uid};
    bool any = false;
    for (size_t i = 0; size > 20 && i < sizeof uids / sizeof *uids; i++)
        any = any || !memcmp(d + 4, uids[i], 16);
    return any;
}

/* Of a group: each of its members begins with an entry id. */
static bool is_members(const uint8_t *d, size_t size)
{
    size_t count = size > 52 ? pl_le32(d + 12) : 0, first = size > 52 ? pl_le32(d + 28) : 0;
    return count && count <= size / 12 && first <= size - 32 && is_entry(d + 32, first);
}

/* A frequency and a type as a pattern has them, behind two versions, of which readers look at the first. */
static bool is_pattern(const uint8_t *d) { return pl_le16(d + 4) - 0x200au <= 3 && pl_le16(d + 6) < 16; }

/* A definition of a zone, of which readers ask two bytes: its name and its rules fill it. */
static bool is_zone(const uint8_t *d, size_t size)
{
    size_t name = size > 70 ? 2 * (size_t)pl_le16(d + 6) : 0, rules = 8 + name;
    return size > 70 && d[0] == 2 && d[1] < 0x20 &&
           (pl_le16(d + 4) == 2 || (rules + 2 <= size && size == rules + 2 + 66 * (size_t)pl_le16(d + rules)));
}

static enum pl_scramble_kind sniff(const uint8_t *d, size_t size)
{
    struct pl_bytes found;
    if (size >= 40 && !memcmp(d, scramble_goid_class, sizeof scramble_goid_class))
        return PL_SCRAMBLE_GOID;
    if (size > RTF_HEADER && (pl_le32(d + 8) == 0x75465A4Cu || pl_le32(d + 8) == 0x414C454Du))
        return PL_SCRAMBLE_RTF;
    if (size >= 22 && pl_le16(d) == 0x3004 && (pl_le16(d + 2) == 0x3004 || is_pattern(d)))
        return size < 60 ? PL_SCRAMBLE_TASK_RECUR : PL_SCRAMBLE_RECUR;
    if (is_zone(d, size))
        return PL_SCRAMBLE_ZONE;
    if (size == 48 && !pl_le32(d + 4) && pl_le16(d + 16) <= 12)
        return PL_SCRAMBLE_ZONE_STRUCT;
    if (scramble_is_sid(d, size) || scramble_is_list(d, size) ||
        pl_acl_descriptor((struct pl_bytes){d, size}, &found))
        return PL_SCRAMBLE_DESCRIPTOR;
    if (is_members(d, size))
        return PL_SCRAMBLE_MEMBERS;
    if (size > 2 && (d[0] == '<' || (d[0] == '\r' && d[2] == '<')))
        return PL_SCRAMBLE_HTML;
    return PL_SCRAMBLE_ENTRY;
}

static bool sniffed(struct scramble_walk *w)
{
    size_t size = w->c.size;
    enum pl_scramble_kind kind = is_entry(w->data, size) ? PL_SCRAMBLE_ENTRY : sniff(w->data, size);
    if (kind == PL_SCRAMBLE_ENTRY && is_entry(w->data, size))
        return entry(w);
    if (kind != PL_SCRAMBLE_ENTRY)
        return pl_scramble_blob(w->s, kind, w->codepage, w->data, size);
    if (scramble_is_wide(w->data, size))
        pl_scramble_text(w->s, UTF16, w->data, size);
    else if (is_narrow(w->data, size))
        pl_scramble_text(w->s, w->codepage, w->data, size);
    else
        (void)key(w);
    return true;
}

/* Shortcuts and lists of folders use numbers of calendars for an id of their own: an entry id of the store, which
 * has 24 bytes, or an id of MAPI. No reader takes these for what the number means elsewhere. */
static bool is_id_instead(enum pl_scramble_kind kind, const uint8_t *d, size_t size)
{
    static const uint8_t mapi[] = {0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    if (kind == PL_SCRAMBLE_BUSY)
        return size == 16 && !memcmp(d + 8, mapi, sizeof mapi);
    if (kind == PL_SCRAMBLE_RECUR || kind == PL_SCRAMBLE_TASK_RECUR)
        return size == 24 && pl_le16(d) != 0x3004;
    return kind == PL_SCRAMBLE_ZONE_STRUCT && size == 24;
}

bool pl_scramble_blob(const struct pl_scramble *s, enum pl_scramble_kind kind, unsigned codepage, uint8_t *data,
                      size_t size)
{
    struct scramble_walk w = {s, data, codepage ? codepage : 1252, pl_cursor(data, size), false};
    if (!size)
        return true;
    switch (is_id_instead(kind, data, size) ? PL_SCRAMBLE_OPAQUE : kind) {
    case PL_SCRAMBLE_ZERO: memset(data, 0, size); return true;
    case PL_SCRAMBLE_HTML: pl_scramble_html(s, w.codepage, data, size); return true;
    case PL_SCRAMBLE_RTF: return compressed(&w);
    case PL_SCRAMBLE_RECUR: return scramble_recurrence(&w, false);
    case PL_SCRAMBLE_TASK_RECUR: return scramble_recurrence(&w, true);
    case PL_SCRAMBLE_ZONE: return scramble_zone(&w);
    case PL_SCRAMBLE_ZONE_STRUCT: return scramble_zone_struct(&w);
    case PL_SCRAMBLE_GOID: return scramble_goid(&w);
    case PL_SCRAMBLE_ENTRY: return key(&w);
    case PL_SCRAMBLE_MEMBERS: return members(&w);
    case PL_SCRAMBLE_DESCRIPTOR: return scramble_descriptor(s, data, size);
    case PL_SCRAMBLE_BUSY: return busy(&w);
    case PL_SCRAMBLE_ACTIONS: return actions(&w);
    case PL_SCRAMBLE_PICTURE: return picture(&w);
    case PL_SCRAMBLE_CERTIFICATE: return certificate(&w);
    case PL_SCRAMBLE_RECIPIENTS: return recipients(&w);
    case PL_SCRAMBLE_SNIFFED: return sniffed(&w);
    default: (void)key(&w); return true;
    }
}

enum pl_scramble_kind pl_scramble_kind_of(int pid, uint16_t id)
{
    switch (pid) {
    case PidTagRtfCompressed: return PL_SCRAMBLE_RTF;
    case PidTagHtml:
    case PidTagRoamingXmlStream: return PL_SCRAMBLE_HTML;
    case PidLidAppointmentRecur: return PL_SCRAMBLE_RECUR;
    case PidLidTaskRecurrence: return PL_SCRAMBLE_TASK_RECUR;
    case PidLidTimeZoneStruct: return PL_SCRAMBLE_ZONE_STRUCT;
    case PidLidAppointmentTimeZoneDefinitionRecur:
    case PidLidAppointmentTimeZoneDefinitionStartDisplay:
    case PidLidAppointmentTimeZoneDefinitionEndDisplay: return PL_SCRAMBLE_ZONE;
    case PidLidGlobalObjectId:
    case PidLidCleanGlobalObjectId: return PL_SCRAMBLE_GOID;
    case PidLidDistributionListStream: return PL_SCRAMBLE_MEMBERS;
    case PidTagSecurityDescriptor:
    case PidTagFreeBusyNtSecurityDescriptor: return PL_SCRAMBLE_DESCRIPTOR;
    case PidTagUserX509Certificate: return PL_SCRAMBLE_CERTIFICATE;
    case PidTagAttachDataBinary: return PL_SCRAMBLE_PICTURE;
    default: break;
    }
    switch (id) {
    case 0x6850:
    case 0x6852:
    case 0x6854:
    case 0x6856: return PL_SCRAMBLE_BUSY;
    case 0x65ef:
    case 0x6680:
    case 0x0e99: return PL_SCRAMBLE_ACTIONS;
    case 0x0e4d:
    case 0x0e4e:
    case 0x0e58:
    case 0x0e59:
    case 0x3fe0: return PL_SCRAMBLE_DESCRIPTOR;
    default: return PL_SCRAMBLE_OPAQUE;
    }
}

/* Of the form 0002xxxx-0000-0000-C000-000000000046. */
void pl_scramble_guid(const struct pl_scramble *s, uint8_t guid[16])
{
    static const uint8_t mapi[12] = {0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    if (memcmp(guid + 4, mapi, sizeof mapi) != 0 || guid[2] >= 0x20 || guid[3])
        (void)pl_scramble_blob(s, PL_SCRAMBLE_OPAQUE, 0, guid, 16);
}
