/* ics.h - the iCalendar writer: RFC 5545, one VCALENDAR per folder and kind, or per item. */
#ifndef PL_ICS_H
#define PL_ICS_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_ics_writer;

#endif
