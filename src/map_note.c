/*
 * map_note.c - IPM.Activity and IPM.StickyNote to journal entries.
 *
 * [MS-OXOJRNL] 2.2, [MS-OXONOTE] 2.2. VJOURNAL has no end: the length of an
 * activity is kept as an X- property. A sticky note has no date of its own; its
 * first line is its subject.
 */
#include "body.h"
#include "map.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void map_text(struct pl_map *in)
{
    struct pl_body body = {0};
    pl_map_body(in, &body);
    in->out->common.description = body.plain;
    in->out->common.html = body.html;
    pl_map_attachments(in);
}

void pl_map_activity(struct pl_map *in)
{
    static const struct pl_extra_row extras[] = {
        {PidLidCompanies, "X-PIMLIFT-COMPANY"},
        {PidLidContacts, "X-PIMLIFT-CONTACT"},
        {PidLidBilling, "X-PIMLIFT-BILLING"},
        {PidLidMileage, "X-PIMLIFT-MILEAGE"},
    };
    struct pl_journal *j = &in->out->as.journal;
    int64_t start = 0, end = 0;
    j->color = -1;
    if (pl_in_utc(in, PidLidLogStart, &start) || pl_in_utc(in, PidLidCommonStart, &start))
        j->start = pl_map_instant(in->m->default_zone, start);
    in->used[PidLidCommonStart] = 1;
    in->used[PidLidCommonEnd] = 1;
    int64_t minutes = pl_in_integer(in, PidLidLogDuration, 0);
    if (pl_in_utc(in, PidLidLogEnd, &end) && minutes <= 0 && j->start.set && end > start)
        minutes = (end - start) / 60;
    j->duration_min = minutes > 0 && minutes < INT32_MAX ? (int)minutes : 0;
    const char *text = pl_in_line(in, PidLidLogTypeDesc);
    j->type = pl_in_line(in, PidLidLogType);
    if (!j->type)
        j->type = text;
    if (j->duration_min)
        pl_map_extra(in, "X-PIMLIFT-DURATION-MINUTES", pl_map_printf(in, "%d", j->duration_min));
    pl_map_extra(in, "X-PIMLIFT-LOGTYPE", j->type);
    pl_map_extras(in, extras, LENGTH(extras));
    map_text(in);
}

void pl_map_note(struct pl_map *in)
{
    static const char *const colors[] = {"blue", "green", "pink", "yellow", "white"};
    struct pl_journal *j = &in->out->as.journal;
    int64_t color = pl_in_integer(in, PidLidNoteColor, -1);
    j->is_note = true;
    j->color = color >= 0 && color < (int64_t)LENGTH(colors) ? (int)color : -1;
    if (j->color >= 0)
        pl_map_extra(in, "X-PIMLIFT-NOTE-COLOR", colors[j->color]);
    map_text(in);
}
