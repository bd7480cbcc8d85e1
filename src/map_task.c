/*
 * map_task.c - IPM.Task to a task.
 *
 * [MS-OXOTASK] 2.2.2. Start and due dates are stored as if local time were UTC:
 * they are cut, never converted. The completion date is the author's midnight as
 * an instant. Recurrence: map_series.c; a regenerating task has no fixed dates and
 * keeps only its number of periods.
 */
#include "body.h"
#include "expand.h"
#include "map.h"
#include "rrule.h"
#include "tz.h"

#define SECONDS_1601  INT64_C(11644473600) /* from 1601 to 1970 */
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

/*
 * The item of a recurring task is its occurrence of now: those before it are done and gone. The rule must
 * begin where the item stands, with what is left of a count. False: the item stands on no date of the pattern.
 */
static bool advance(struct pl_recur *recur, int64_t first)
{
    struct pl_expander e;
    int64_t day = 0;
    if (!pl_expander_init(&e, recur))
        return false;
    for (uint32_t passed = 0; pl_expander_next(&e, &day) && day * 86400 <= first; passed++)
        if (day * 86400 == first) {
            if (recur->end == PL_END_COUNT)
                recur->count -= passed < recur->count ? passed : recur->count - 1;
            recur->start_rt = (uint32_t)((first + SECONDS_1601) / 60);
            return true;
        }
    return false;
}

static bool map_dates(struct pl_map *in, struct pl_task *t, const struct pl_recur *recur)
{
    struct pl_rdates all;
    if (!pl_map_rdates(in, recur, &all))
        return false;
    struct pl_when *dates = pl_arena_zalloc(in->m->arena, all.count + 1, sizeof *dates);
    if (!dates)
        return false;
    for (size_t i = 0; i < all.count; i++)
        dates[i] = pl_map_date(all.starts[i]);
    t->recur = recur;
    t->rdates = dates;
    t->rdate_count = all.count;
    return true;
}

static void map_recurrence(struct pl_map *in, struct pl_task *t)
{
    struct pl_bytes blob;
    bool recurring = pl_in_boolean(in, PidLidTaskFRecurring);
    bool dead = pl_in_boolean(in, PidLidTaskDeadOccurrence);
    if (!pl_in_bytes(in, PidLidTaskRecurrence, &blob) || !recurring || dead)
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
    if (recur->sliding) {
        t->regenerate = (int)(recur->period && recur->period <= 100000 ? recur->period : 1);
        return;
    }
    if (!t->due.set && !t->start.set)
        t->due = pl_map_date(pl_seconds_of_rtime(recur->start_rt));
    const struct pl_when *first = t->due.set ? &t->due : &t->start;
    /* the pattern may count start dates or due dates */
    if (advance(recur, first->local) || (t->start.set && advance(recur, t->start.local)))
        in->failed |= !map_dates(in, t, recur);
    else
        pl_map_warn(in, "task.recurrence-phase", "the task stands on no date of its pattern: written once");
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
