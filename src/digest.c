/*
 * digest.c - see digest.h.
 */
#include "digest.h"

#include <stddef.h>

void pl_digest_text(const uint8_t sum[32], char text[PL_DIGEST_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 15];
    }
    text[PL_DIGEST_DIGITS] = '\0';
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

bool pl_digest_read(const char *text, uint8_t sum[32])
{
    for (size_t i = 0; i < 32; i++) {
        int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        sum[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
