/*
 * map_task.c - IPM.Task to a task.
 *
 * [MS-OXOTASK] 2.2.2. Start and due dates are stored as if local time were UTC:
 * they are cut, never converted. The completion date is the author's midnight as
 * an instant. Recurrence: map_series.c; a regenerating task has no fixed dates and
 * keeps only its number of periods.
 */
#include "body.h"
#include "map.h"
#include "recur.h"
#include "tz.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const struct pl_extra_row extras[] = {
    {PidLidTaskActualEffort, "X-PIMLIFT-ACTUAL-EFFORT-MINUTES"},
    {PidLidTaskEstimatedEffort, "X-PIMLIFT-ESTIMATED-EFFORT-MINUTES"},
    {PidLidMileage, "X-PIMLIFT-MILEAGE"},
    {PidLidBilling, "X-PIMLIFT-BILLING"},
    {PidLidCompanies, "X-PIMLIFT-COMPANY"},
    {PidLidContacts, "X-PIMLIFT-CONTACT"},
    {PidLidTaskAssigner, "X-PIMLIFT-ASSIGNER"},
};

static struct pl_when date(struct pl_map *in, enum pl_pid pid)
{
    int64_t local = 0;
    return pl_in_utc(in, pid, &local) ? pl_map_date(local) : (struct pl_when){0};
}

static void map_recurrence(struct pl_map *in, struct pl_task *t)
{
    struct pl_bytes blob;
    if (!pl_in_bytes(in, PidLidTaskRecurrence, &blob) || pl_in_boolean(in, PidLidTaskDeadOccurrence))
        return;
    struct pl_recur *recur = pl_arena_zalloc(in->m->arena, 1, sizeof *recur);
    if (!recur) {
        in->failed = true;
        return;
    }
    if (!pl_recur_decode(in->m->arena, blob.data, blob.size, true, recur)) {
        pl_map_warn(in, "task.recurrence", "the recurrence can't be decoded: %s", recur->fault);
        return;
    }
    if (recur->sliding)
        t->regenerate = (int)(recur->period <= 100000 ? recur->period : 100000);
    else
        t->recur = recur;
}

void pl_map_task(struct pl_map *in)
{
    static const char *const states[] = {NULL, NULL, NULL, "WAITING", "DEFERRED"};
    struct pl_task *t = &in->out->as.task;
    struct pl_body body = {0};
    t->start = date(in, PidLidTaskStartDate);
    t->due = date(in, PidLidTaskDueDate);
    in->used[PidLidCommonStart] = 1;
    in->used[PidLidCommonEnd] = 1;
    int64_t status = pl_in_integer(in, PidLidTaskStatus, 0);
    t->status = status >= 0 && status < (int64_t)LENGTH(states) ? (enum pl_task_status)status : PL_NOT_STARTED;
    bool complete = pl_in_boolean(in, PidLidTaskComplete);
    int64_t completed = 0;
    if (pl_in_utc(in, PidLidTaskDateCompleted, &completed) && (complete || t->status == PL_COMPLETE))
        t->completed = pl_map_instant(NULL, completed);
    if (complete)
        t->status = PL_COMPLETE;
    double done = pl_in_real(in, PidLidPercentComplete, 0) * 100 + 0.5;
    t->percent = t->status == PL_COMPLETE || done >= 100 ? 100 : done > 0 ? (int)done : 0;
    pl_map_extra(in, "X-PIMLIFT-TASKSTATUS", states[t->status]);
    t->owner.name = pl_in_line(in, PidLidTaskOwner);
    pl_map_extra(in, "X-PIMLIFT-OWNER", t->owner.name);
    map_recurrence(in, t);
    pl_map_alarm(in, true, &t->alarm);
    pl_map_extras(in, extras, LENGTH(extras));
    pl_map_body(in, &body);
    in->out->common.description = body.plain;
    in->out->common.html = body.html;
    pl_map_attachments(in);
}
