/*
 * ifb.h - the writer `freebusy`: DIR/freebusy/USER.ifb, and below computed/ the same from the calendars.
 */
#ifndef PL_SHARE_IFB_H
#define PL_SHARE_IFB_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_freebusy_writer;

struct pl_sink;

/* Whose time a file tells, as a line ORGANIZER; what is NULL or empty is not known. */
void pl_ifb_organizer(struct pl_sink *sink, const char *smtp, const char *dn, const char *name);

#endif
