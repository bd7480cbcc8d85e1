/*
 * pff.h - the second reader of PST, OST and PAB files: the system's libpff.
 */
#ifndef PL_PFF_H
#define PL_PFF_H

#include "pimlift.h"

extern const struct pl_reader_ops pl_pff_reader;

#endif
