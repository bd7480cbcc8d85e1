/*
 * memory.h - did the machine refuse memory to somebody who goes on without it?
 *
 * Arenas and buffers hand on NULL or a sticky error, and many who use them can do with less: a text is left out, a
 * proof is not made. That is right when a limit was reached, which the store decides and each run meets again. It
 * is not when memory was short: the same run would give other bytes on another day, with status 0. So what fails
 * for want of memory is counted, and whoever answers for a piece of work (an item, a folder, a command) compares
 * the count before and after. Who reports the fault itself does not count it.
 */
#ifndef PL_MEMORY_H
#define PL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

void pl_memory_missed(void);
/* How often in this process. */
uint64_t pl_memory_misses(void);

/* malloc() and calloc() for those who go on without: what fails is counted. */
void *pl_memory_get(size_t size);
void *pl_memory_zeroed(size_t count, size_t size);

#endif
