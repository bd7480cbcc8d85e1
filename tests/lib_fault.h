/*
 * lib_fault.h - makes the N-th allocation fail. Test programs are linked so that the
 * project's calls of malloc, calloc and realloc come here (libraries' own do not).
 */
#ifndef LIB_FAULT_H
#define LIB_FAULT_H

/* The n-th allocation from now fails (1 = the next), and, when `ever`, all after it;
 * 0 = none. */
void fault_alloc(long n, int ever);
/* Allocations since the last fault_alloc(). */
long fault_alloc_count(void);

#endif
