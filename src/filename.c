/*
 * filename.c - a name for a file out of any text, safe on Linux, macOS and Windows.
 *
 * Layer: core, pure. Two rules: characters that some system gives a meaning to become
 * '_', and characters that nobody sees but that change how a name reads (direction
 * marks, a byte order mark) go. The true name of a folder stays in the ledger and in
 * the calendar itself. Names that differ only in case are told apart by output.c.
 */
#include "text.h"

#include <string.h>
#include <strings.h>

#define NAME_MOST 120u

struct range {
    uint32_t first, last;
};

static const struct range invisible[] = {
    {0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x180e, 0x180e}, {0x200b, 0x200b}, {0x200e, 0x200f},   {0x202a, 0x202e},
    {0x2060, 0x2064}, {0x2066, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static const struct range unsafe[] = {
    {0x00, 0x1f}, {'"', '"'}, {'*', '*'},   {'/', '/'},       {':', ':'},       {'<', '<'},       {'>', '?'},
    {'\\', '\\'}, {'|', '|'}, {0x7f, 0x9f}, {0x2028, 0x2029}, {0xfdd0, 0xfdef}, {0xfffe, 0xffff},
};

static bool within(const struct range *table, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= table[i].first && c <= table[i].last)
            return true;
    return false;
}

/* The names of devices, of Windows and before: alone or with any extension. */
static bool is_device(const char *name, size_t size)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
    static const char *const ports[] = {"com", "lpt"};
    static const char *const digits[] = {"0", "1", "2", "3",      "4",      "5",     "6",
                                         "7", "8", "9", "\u00b9", "\u00b2", "\u00b3"};
    const char *dot = memchr(name, '.', size);
    size_t length = dot ? (size_t)(dot - name) : size;
    while (length > 0 && name[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (length == strlen(devices[i]) && !strncasecmp(name, devices[i], length))
            return true;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        for (size_t j = 0; length > 3 && j < sizeof digits / sizeof *digits; j++)
            if (!strncasecmp(name, ports[i], 3) && length - 3 == strlen(digits[j]) &&
                !memcmp(name + 3, digits[j], length - 3))
                return true;
    return false;
}

static size_t trimmed(const char *name, size_t size)
{
    while (size > 0 && (name[size - 1] == '.' || name[size - 1] == ' '))
        size--;
    return size;
}

/* At most NAME_MOST bytes, whole characters. */
static size_t copy_safely(const uint8_t *p, size_t left, char *out)
{
    size_t size = 0;
    while (left > 0) {
        size_t length;
        uint32_t c = pl_utf8_next(p, left, &length);
        if (!within(invisible, sizeof invisible / sizeof *invisible, c)) {
            bool bad = c == UINT32_MAX || within(unsafe, sizeof unsafe / sizeof *unsafe, c) ||
                       (size == 0 && (c == '.' || c == '-'));
            size_t add = bad ? 1 : length;
            if (size + add > NAME_MOST)
                break;
            if (bad)
                out[size] = '_';
            else if (size == 0 && c == ' ')
                add = 0;
            else
                memcpy(out + size, p, length);
            size += add;
        }
        p += length;
        left -= length;
    }
    return size;
}

void pl_text_filename(const char *text, char out[128])
{
    size_t size = trimmed(out, copy_safely((const uint8_t *)text, strlen(text), out));
    if (is_device(out, size)) {
        if (size == NAME_MOST)
            size = pl_utf8_prefix(out, size, size - 1);
        memmove(out + 1, out, size);
        out[0] = '_';
        size = trimmed(out, size + 1);
    }
    if (size == 0)
        out[size++] = '_';
    out[size] = '\0';
}
