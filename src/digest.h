/*
 * digest.h - a SHA-256 as text: 64 digits in lower case, as sha256sum(1) writes it.
 *
 * Layer: core. Pure.
 */
#ifndef PL_DIGEST_H
#define PL_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#define PL_DIGEST_DIGITS 64

/* With a NUL. */
void pl_digest_text(const uint8_t sum[32], char text[PL_DIGEST_DIGITS + 1]);
/* Of the digits at the begin of a text. false: there are fewer. */
bool pl_digest_read(const char *text, uint8_t sum[32]);

#endif
