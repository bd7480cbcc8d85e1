/*
 * record.c - what is asked of a record by more than one module: see record.h. Pure, part of the core.
 */
#include "record.h"

struct asking {
    void (*each)(void *data, const struct pl_zone *zone);
    void *data;
};

static void when_ask(const struct asking *a, const struct pl_when *when)
{
    if (when->set && !when->is_date && when->zone)
        a->each(a->data, when->zone);
}

static void event_ask(const struct asking *a, const struct pl_event *e)
{
    when_ask(a, &e->start);
    when_ask(a, &e->end);
    when_ask(a, &e->recurrence_id);
    for (size_t i = 0; i < e->exdate_count; i++)
        when_ask(a, &e->exdates[i]);
    for (size_t i = 0; i < e->rdate_count; i++)
        when_ask(a, &e->rdates[i]);
}

void pl_record_zones(const struct pl_record *record, void (*each)(void *data, const struct pl_zone *zone),
                     void *data)
{
    const struct asking a = {each, data};
    if (record->kind == PL_JOURNAL)
        when_ask(&a, &record->as.journal.start);
    if (record->kind != PL_EVENT)
        return;
    event_ask(&a, &record->as.event);
    for (size_t i = 0; i < record->as.event.override_count; i++)
        event_ask(&a, &record->as.event.overrides[i].as.event);
}
