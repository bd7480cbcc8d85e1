/*
 * memory.c - see memory.h.
 *
 * Layer: the lowest of the core. Like errno, the count belongs to the process and not to an object: what misses
 * memory is often gone when somebody asks. Nothing but complaints depends on it. Processes have one thread.
 */
#include "memory.h"

#include <stdlib.h>

static uint64_t misses;

void pl_memory_missed(void) { misses++; }

uint64_t pl_memory_misses(void) { return misses; }

static void *counted(void *got)
{
    if (!got)
        pl_memory_missed();
    return got;
}

void *pl_memory_get(size_t size) { return counted(malloc(size)); }
void *pl_memory_zeroed(size_t count, size_t size) { return counted(calloc(count, size)); }
