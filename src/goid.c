/*
 * goid.c - Global Object IDs: see goid.h. A pure decoder of the core.
 *
 * [MS-OXOCAL] 2.2.1.27: 16 bytes class id, date of the original occurrence (year big-endian),
 * creation FILETIME, 8 reserved bytes, size, data. Data that begins with "vCal-Uid", 1
 * wraps the UID of a foreign iCalendar object. The date makes an occurrence's id differ
 * from its series' id; the UID must not, so it is zeroed before the hex digits.
 */
#include "goid.h"

#include <string.h>

#include "arena.h"
#include "bytes.h"
#include "text.h"

#define GOID_FIXED 40u
#define GOID_MOST  2048u /* beyond any real id; a UID is one line of a file */

static const uint8_t class_id[16] = {0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xe0, 0x00,
                                     0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 0x08};
static const uint8_t vcal_mark[12] = {'v', 'C', 'a', 'l', '-', 'U', 'i', 'd', 1, 0, 0, 0};

/* A foreign UID must be printable UTF-8 up to its NUL: anything else would not survive
 * as the value of a content line, and its hex form does. */
static bool uid_usable(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return size > 0 && pl_utf8_valid((const char *)text, size);
}

static bool uid_foreign(struct pl_arena *a, struct pl_goid *g)
{
    if (g->data_size <= sizeof vcal_mark || memcmp(g->data, vcal_mark, sizeof vcal_mark) != 0)
        return true;
    const uint8_t *text = g->data + sizeof vcal_mark;
    size_t size = strnlen((const char *)text, g->data_size - sizeof vcal_mark);
    if (!uid_usable(text, size))
        return true;
    char *uid = pl_arena_alloc(a, size + 1);
    if (!uid)
        return false;
    memcpy(uid, text, size);
    uid[size] = 0;
    g->vcal_uid = uid;
    return true;
}

bool pl_goid_decode(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_goid *out)
{
    memset(out, 0, sizeof *out);
    struct pl_cursor c = pl_cursor(data, size);
    const uint8_t *id = pl_take(&c, sizeof class_id);
    const uint8_t *date = pl_take(&c, 4);
    out->created = (int64_t)pl_take64(&c);
    pl_take(&c, 8);
    uint32_t stated = pl_take32(&c);
    if (c.failed)
        return false;
    out->year = date[0] << 8 | date[1];
    out->month = date[2];
    out->day = date[3];
    out->data_size = pl_cursor_left(&c);
    out->data = data + GOID_FIXED;
    out->exact = stated == out->data_size && memcmp(id, class_id, sizeof class_id) == 0;
    if (stated < out->data_size)
        out->data_size = stated;
    return uid_foreign(a, out);
}

const char *pl_goid_uid(struct pl_arena *a, const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    struct pl_goid g;
    if (size == 0 || size > GOID_MOST)
        return NULL;
    bool decoded = pl_goid_decode(a, data, size, &g);
    if (decoded && g.vcal_uid)
        return g.vcal_uid;
    char *hex = pl_arena_alloc(a, size * 2 + 1);
    if (!hex)
        return NULL;
    bool dated = size >= 20 && memcmp(data, class_id, sizeof class_id) == 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = dated && i >= 16 && i < 20 ? 0 : data[i];
        hex[2 * i] = digits[byte >> 4];
        hex[2 * i + 1] = digits[byte & 15];
    }
    hex[size * 2] = 0;
    return hex;
}
