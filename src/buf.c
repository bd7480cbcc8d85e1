/*
 * buf.c - growing bytes with a maximum and a sticky error.
 *
 * Layer: core. The invariant: size < room once anything was added, and
 * data[size] is NUL. A failed buffer keeps its bytes and refuses more.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define ROOM_FIRST 256u

void pl_buf_init(struct pl_buf *b, size_t maximum) { *b = (struct pl_buf){.maximum = maximum}; }

static bool room_for(struct pl_buf *b, size_t size)
{
    if (b->failed || size > b->maximum || b->size > b->maximum - size) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + size + 1;
    if (need <= b->room)
        return true;
    size_t room = b->room ? b->room : ROOM_FIRST;
    while (room < need)
        room = room > SIZE_MAX / 2 ? need : room * 2;
    char *data = realloc(b->data, room);
    if (!data) {
        pl_memory_missed();
        b->failed = true;
        return false;
    }
    b->data = data;
    b->room = room;
    return true;
}

void pl_buf_add(struct pl_buf *b, const void *data, size_t size)
{
    if (!room_for(b, size))
        return;
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += size;
    b->data[b->size] = '\0';
}

void pl_buf_puts(struct pl_buf *b, const char *text) { pl_buf_add(b, text, strlen(text)); }

void pl_buf_putc(struct pl_buf *b, char c) { pl_buf_add(b, &c, 1); }

void pl_buf_printf(struct pl_buf *b, const char *format, ...)
{
    va_list list, again;
    size_t room = b->failed || b->room <= b->size ? 0 : b->room - b->size;
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(room ? b->data + b->size : NULL, room, format, list);
    va_end(list);
    if (n >= 0 && room_for(b, (size_t)n)) {
        if ((size_t)n >= room)
            vsnprintf(b->data + b->size, (size_t)n + 1, format, again);
        b->size += (size_t)n;
    } else {
        b->failed = true;
        if (room)
            b->data[b->size] = '\0';
    }
    va_end(again);
}

void pl_buf_clear(struct pl_buf *b)
{
    b->size = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

void pl_buf_release(struct pl_buf *b)
{
    free(b->data);
    pl_buf_init(b, b->maximum);
}
