/* lib_fault.c - see lib_fault.h. The wrappers of the linker's --wrap option. */
#include "lib_fault.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long counted, failing;
static int failing_ever;

void fault_alloc(long n, int ever)
{
    counted = 0;
    failing = n;
    failing_ever = ever;
}

long fault_alloc_count(void) { return counted; }

static int fails(void)
{
    counted++;
    return failing && (counted == failing || (failing_ever && counted > failing));
}

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return fails() ? NULL : __real_realloc(old, size); }
