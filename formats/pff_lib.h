/*
 * pff_lib.h - libpff behind one function: a request in, a reply out.
 */
#ifndef PL_PFF_LIB_H
#define PL_PFF_LIB_H

#include "pff_wire.h"
#include "source.h"

struct pff_lib;

/* Holds nothing yet: the file is opened by the first request. NULL: out of memory. */
struct pff_lib *pff_lib_new(struct pl_source *source);
void pff_lib_free(struct pff_lib *lib);

/* Answers one request of pff_wire.h into an empty buffer whose maximum is PFF_REPLY_MAX. */
void pff_lib_serve(struct pff_lib *lib, const void *request, size_t size, struct pl_buf *reply);

#endif
