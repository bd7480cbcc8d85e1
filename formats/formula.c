/*
 * formula.c - see formula.h.
 */
#include "formula.h"

#include <string.h>

#include "text.h"

/* White_Space and Default_Ignorable_Code_Point of Unicode, controls, and the quote. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x0000, 0x0020},   {0x0022, 0x0022},   {0x007f, 0x00a0}, {0x00ad, 0x00ad}, {0x034f, 0x034f},
    {0x061c, 0x061c},   {0x115f, 0x1160},   {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool pl_formula_unseen(uint32_t c)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (c >= unseen[i].first && c <= unseen[i].last)
            return true;
    return false;
}

enum pl_formula pl_formula_begins(const char *cell, const char *separators, const char **rest)
{
    for (size_t used; *cell && !strchr(separators, *cell); cell += used) {
        uint32_t c = pl_utf8_next((const uint8_t *)cell, strnlen(cell, 4), &used);
        if (pl_formula_unseen(c))
            continue;
        if (rest)
            *rest = cell + used;
        switch (c) {
        case '=':
        case '@':
        case 0xfe66:
        case 0xfe6b:
        case 0xff1d:
        case 0xff20: return PL_FORMULA;
        case '+':
        case '-':
        case 0xfe62:
        case 0xfe63:
        case 0xff0b:
        case 0xff0d: return PL_FORMULA_SIGN;
        default: return PL_FORMULA_NONE;
        }
    }
    return PL_FORMULA_NONE;
}

bool pl_formula_marked(const char *cell)
{
    return pl_formula_begins(cell + strspn(cell, "'"), ";", NULL) != PL_FORMULA_NONE;
}
