/*
 * buf.h - growing bytes with a maximum and a sticky error.
 *
 * Append freely, test once at the end: after a failed append the buffer keeps what
 * it held and refuses more. data is always NUL-terminated once anything was added.
 */
#ifndef PL_BUF_H
#define PL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_buf {
    char *data;
    size_t size, room, maximum;
    bool failed; /* out of memory, or over the maximum */
};

void pl_buf_init(struct pl_buf *b, size_t maximum);
void pl_buf_add(struct pl_buf *b, const void *data, size_t size);
void pl_buf_puts(struct pl_buf *b, const char *text);
void pl_buf_putc(struct pl_buf *b, char c);
void pl_buf_printf(struct pl_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pl_buf_clear(struct pl_buf *b); /* empty, error forgotten, memory kept */
void pl_buf_release(struct pl_buf *b);

#endif
