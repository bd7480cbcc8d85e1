/*
 * gather_time.c - what the calendars tell: hours of the week, years, and one week in full; see data.h.
 *
 * "Now" is when a calendar was last changed, as for busy time: nothing else in the folder knows. The week is the
 * first one from then on in which anybody has an event.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "tz.h"
#include "wall.h"

#define DAY         INT64_C(86400)
#define WEEK        (7 * DAY)
#define DAYS_AHEAD  366 /* of series without an end */
#define WEEK_MOST   400u
#define HOURS_SHOWN 168 /* of one event */

struct timing {
    struct data *data;
    struct user *user;
    int64_t from, to; /* seconds of the week */
    int64_t next;     /* first event that begins after it, INT64_MAX: none */
    bool any;
};

/* 1970-01-01 was a Thursday. */
static int64_t monday_of(int64_t day) { return day - (((day + 3) % 7) + 7) % 7; }

static void hours_add(struct user *u, const struct pl_wall_event *e)
{
    int64_t hour = e->start / 3600 - (e->start % 3600 < 0);
    int64_t last = e->end > e->start ? (e->end - 1) / 3600 - ((e->end - 1) % 3600 < 0) : hour;
    if (last > hour + HOURS_SHOWN - 1)
        last = hour + HOURS_SHOWN - 1;
    for (; hour <= last; hour++)
        u->hours[(((hour + 3 * 24) % HOURS) + HOURS) % HOURS]++;
}

static void week_add(struct timing *t, const struct pl_wall_event *e)
{
    struct data *d = t->data;
    int64_t end = e->end > e->start ? e->end : e->start + 1;
    if (e->start >= t->to && e->start < t->next)
        t->next = e->start;
    if (e->start >= t->to || end <= t->from)
        return;
    t->any = true;
    t->user->week_count++;
    if (t->user->week_count > WEEK_MOST)
        return;
    struct week_event *w = pl_data_new(d, sizeof *w);
    if (!w)
        return;
    bool told = !e->is_private && !d->request->hide_subjects;
    *w = (struct week_event){.start = e->start,
                             .end = end,
                             .all_day = e->all_day,
                             .utc = e->utc,
                             .is_private = e->is_private,
                             .cancelled = e->cancelled,
                             .what = told && e->summary ? pl_data_dup(d, e->summary) : NULL,
                             .where = told && e->location ? pl_data_dup(d, e->location) : NULL};
    struct week_event **at = &t->user->week;
    while (*at && ((*at)->start < w->start || ((*at)->start == w->start && (*at)->end <= w->end)))
        at = &(*at)->next;
    w->next = *at;
    *at = w;
}

static void take_event(void *data, const struct pl_wall_event *e)
{
    struct timing *t = data;
    struct user *u = t->user;
    int year = pl_civil_of(e->start).year - YEAR_FIRST;
    u->years[year < 0 ? 0 : year >= YEARS ? YEARS - 1 : year]++;
    if (e->all_day)
        u->all_day++;
    else
        u->timed++;
    if (!e->all_day)
        hours_add(u, e);
    week_add(t, e);
}

/* *unread: files that can't be read, which are counted of each user when they are read again. */
static int64_t newest_of(struct data *d, const struct calendar_file *files, size_t count, size_t *unread)
{
    struct pl_wall w = {0};
    *unread = 0;
    for (size_t i = 0; i < count; i++)
        *unread += !pl_wall_read(&w, d->folder, files[i].path);
    return w.newest;
}

static void users_clear(struct data *d)
{
    for (struct user *u = d->users; u; u = u->next) {
        memset(u->hours, 0, sizeof u->hours);
        memset(u->years, 0, sizeof u->years);
        u->timed = u->all_day = u->unclear = u->broken = u->unread = 0;
        u->week = NULL;
        u->week_count = 0;
    }
}

/* How many can't be read. */
static size_t files_read(struct timing *t, int64_t last, struct calendar_file *files, size_t count)
{
    size_t unread = 0;
    users_clear(t->data);
    t->from = t->data->monday * DAY;
    t->to = t->from + WEEK;
    t->next = INT64_MAX;
    t->any = false;
    for (size_t i = 0; i < count && !t->data->failed; i++) {
        struct pl_wall w = {.found = take_event, .data = t, .last = last};
        t->user = files[i].user;
        bool good = pl_wall_read(&w, t->data->folder, files[i].path);
        unread += !good;
        files[i].is_short = !good || w.events + w.broken < files[i].items;
        t->user->unread += files[i].is_short;
        t->user->unclear += w.unclear;
        t->user->broken += w.broken;
    }
    return unread;
}

bool pl_data_times(struct data *d, struct calendar_file *files, size_t count)
{
    struct timing t = {.data = d};
    const struct pl_report_request *r = d->request;
    if (d->merged || !count)
        return true;
    size_t first = 0, then;
    int64_t today = r->monday_set ? r->monday : newest_of(d, files, count, &first) / DAY;
    d->monday = monday_of(r->monday_set ? today : today + 6);
    d->monday_set = true;
    then = files_read(&t, d->monday + DAYS_AHEAD, files, count);
    if (!t.any && t.next < INT64_MAX && !r->monday_set) {
        d->monday = monday_of(t.next / DAY);
        if (files_read(&t, d->monday + DAYS_AHEAD, files, count) != then)
            first = then + 1;
    }
    bool same = r->monday_set || first == then; /* else the page is not of the files that its week is of */
    if (!same)
        d->why = "a calendar could be read only at times";
    for (size_t i = 0; i < count; i++) /* of those that are gone pl_data_outputs() has told */
        if (files[i].is_short && (faccessat(d->folder, files[i].path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
                                  (errno != ENOENT && errno != ENOTDIR)))
            pl_data_absent(d, files[i].path);
    return !d->failed && same;
}
