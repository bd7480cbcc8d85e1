/*
 * ifb.h - the writer `freebusy`: DIR/freebusy/USER.ifb, and below computed/ the same from the calendars.
 */
#ifndef PL_SHARE_IFB_H
#define PL_SHARE_IFB_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_freebusy_writer;

#endif
