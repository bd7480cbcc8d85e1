/*
 * output.h - what output.c and sink.c tell each other; private to them.
 */
#ifndef PL_OUTPUT_H
#define PL_OUTPUT_H

#include "sink.h"

/* Opens the temporary file of name in folder (a descriptor that the sink takes over in
 * any case). path is malloc'd and taken over too. PL_STOP: out->error. */
PL_MUST_USE enum pl_status pl_sink_open(struct pl_output *o, int folder, char *path, struct pl_sink *out);

bool pl_output_force(const struct pl_output *o);
uint64_t pl_output_ordinal(struct pl_output *o); /* another number for each call: names of temporary files */
void pl_output_committed(struct pl_output *o);

#endif
