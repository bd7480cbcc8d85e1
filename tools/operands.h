/*
 * operands.h - what can be told of the words of a call before anything is read or made.
 */
#ifndef PIMLIFT_OPERANDS_H
#define PIMLIFT_OPERANDS_H

#include "flags.h"

/* Folders are folders, and what shall become one is no file. false: one line was said. */
bool operands_fit(const struct call *call);

/* For struct verb's `reaches`, of verbs that read again what the folder of their first operand was made of: the
 * stores and the maps of the run. A folder that is no output is told about later. */
void operands_reach_sources(const struct call *call, void (*add)(void *data, const char *path, bool store),
                            void *data);

#endif
