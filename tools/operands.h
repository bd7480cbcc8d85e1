/*
 * operands.h - what can be told of the words of a call before anything is read or made.
 */
#ifndef PIMLIFT_OPERANDS_H
#define PIMLIFT_OPERANDS_H

#include "flags.h"

/* Folders are folders, and what shall become one is no file. false: one line was said. */
bool operands_fit(const struct call *call);

#endif
