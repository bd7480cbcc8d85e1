/*
 * ics_component.h - one record as the lines of a VEVENT, VTODO or VJOURNAL;
 * private to the iCalendar writer.
 */
#ifndef PL_ICS_COMPONENT_H
#define PL_ICS_COMPONENT_H

#include "buf.h"
#include "outfile.h"
#include "vtimezone.h"

struct pl_ics_context {
    struct pl_writer *w;
    const struct pl_place *place;
    struct pl_sink *sink;
    struct pl_vtimezones *zones;  /* all zones of the record are in the file already */
    struct pl_buf *proof;         /* the lines that make a series, once more, for the judge; or NULL */
    const struct pl_when *listed; /* occurrences to list as RDATEs instead of an RRULE; or NULL */
    size_t listed_count;
    /* attachments that can't be read are left out by the second try; bit n = attachment n, the last one and beyond
     */
    uint64_t unreadable;
    size_t tried; /* attachment at hand, for the caller after PL_LOST */
    size_t next;  /* attachments so far, overrides included */
};

#define PL_ICS_ATTACH_BITS 64u

/* Writes the VTIMEZONE of each zone of the record that the file does not have yet. */
void pl_ics_zones(struct pl_vtimezones *zones, struct pl_sink *sink, const struct pl_record *record);
/* The date that a recurring task begins with, as DTSTART. */
const struct pl_when *pl_ics_task_start(const struct pl_task *task);
/* PL_LOST: an attachment can't be read; c->tried says which. */
PL_MUST_USE enum pl_status pl_ics_component(struct pl_ics_context *c, const struct pl_record *record);

#endif
