/*
 * part_people.c - each mailbox: its folders, its pictures, and the week that its owner will see.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"
#include "plural.h"
#include "tz.h"

#define DAY        INT64_C(86400)
#define FIRST_MOST 12u /* lines shown of the Monday, and of each other day */
#define OTHER_MOST 6u

/* --- the week ------------------------------------------------------------------------------- */

static void day_name(char *out, size_t room, int64_t day)
{
    struct pl_civil c = pl_civil_of(day * DAY);
    snprintf(out, room, "%s, %d %s %d", pl_weekdays[(c.weekday + 6) % 7], c.day, pl_months[c.month - 1], c.year);
}

static int64_t day_of(int64_t seconds) { return (seconds - ((seconds % DAY + DAY) % DAY)) / DAY; }

static void clock_text(char *out, size_t room, const struct week_event *e, int64_t day)
{
    int64_t last = day_of(e->end - 1);
    struct pl_civil from = pl_civil_of(e->start), to = pl_civil_of(e->end), until = pl_civil_of(last * DAY);
    const char *zone = e->utc ? " UTC" : "";
    if (e->all_day && last <= day)
        snprintf(out, room, "all day");
    else if (e->all_day)
        snprintf(out, room, "until %d %.3s", until.day, pl_months[until.month - 1]);
    else if (e->end == e->start + 1)
        snprintf(out, room, "%02d:%02d%s", from.hour, from.minute, zone);
    else if (last > day_of(e->start) && e->end % DAY)
        snprintf(out, room, "%02d:%02d\xe2\x80\x93%.3s %02d:%02d%s", from.hour, from.minute,
                 pl_weekdays[(to.weekday + 6) % 7], to.hour, to.minute, zone);
    else
        snprintf(out, room, "%02d:%02d\xe2\x80\x93%02d:%02d%s", from.hour, from.minute, to.hour, to.minute, zone);
}

static void week_line(struct pl_page *h, const struct data *d, const struct week_event *e, int64_t day)
{
    char text[64];
    pl_page_open(h, "tr", NULL);
    pl_page_element(h, "td", "t", pl_weekdays[(pl_weekday_of_days(day) + 6) % 7]);
    clock_text(text, sizeof text, e, day);
    pl_page_element(h, "td", "t", text);
    pl_page_open(h, "td", "class", e->cancelled ? "off" : NULL, NULL);
    if (e->what)
        pl_page_name(h, e->what);
    else
        pl_page_element(h, "span", "soft",
                        d->request->hide_subjects ? "(not shown)"
                        : e->is_private           ? "(private)"
                                                  : "(no subject)");
    pl_page_close(h, "td");
    pl_page_element_name(h, "td", NULL, e->where);
    pl_page_close(h, "tr");
}

static void week_more(struct pl_page *h, int64_t day, size_t count)
{
    pl_page_open(h, "tr", NULL);
    pl_page_element(h, "td", "t", pl_weekdays[(pl_weekday_of_days(day) + 6) % 7]);
    pl_page_open(h, "td", "colspan", "3", "class", "soft", NULL);
    pl_page_textf(h, "and %zu more", count);
    pl_page_close(h, "td");
    pl_page_close(h, "tr");
}

/* What began before the Monday stands on it. */
static int64_t shown_on(const struct data *d, const struct week_event *e)
{
    int64_t day = day_of(e->start);
    return day < d->monday ? d->monday : day;
}

static void week(struct pl_page *h, const struct data *d, const struct user *u)
{
    static const char *const heads[] = {"Day", "Time", "What", "Where", NULL};
    char monday[64];
    size_t on_day[7] = {0}, shown = 0;
    day_name(monday, sizeof monday, d->monday);
    pl_page_open(h, "h4", NULL);
    pl_page_textf(h, "What you will see on %s", monday);
    pl_page_close(h, "h4");
    for (const struct week_event *e = u->week; e; e = e->next)
        on_day[shown_on(d, e) - d->monday]++;
    if (!on_day[0])
        pl_page_element(h, "p", "soft", u->week_count ? "Nothing on that day; then:" : "Nothing in that week.");
    if (!u->week_count)
        return;
    pl_part_table(h, "week", "The week that begins with it, on the clock of each event", heads);
    for (const struct week_event *e = u->week; e; e = e->next) {
        int64_t day = shown_on(d, e), next = e->next ? shown_on(d, e->next) : -1;
        size_t most = day == d->monday ? FIRST_MOST : OTHER_MOST;
        if (shown++ < most)
            week_line(h, d, e, day);
        if (next == day)
            continue;
        if (on_day[day - d->monday] > most)
            week_more(h, day, on_day[day - d->monday] - most);
        shown = 0;
    }
    pl_part_table_end(h);
}

/* --- numbers beside the pictures ------------------------------------------------------------------ */

static void hours_table(struct pl_page *h, const struct user *u)
{
    pl_page_open(h, "details", NULL);
    pl_page_element(h, "summary", NULL, "Hours of the week as a table");
    pl_page_open(h, "div", "class", "scroll", "role", "group", "tabindex", "0", "aria-label", "Hours of the week",
                 NULL);
    pl_page_open(h, "table", "class", "grid", NULL);
    pl_page_element(h, "caption", NULL, "Occurrences by hour of the week");
    pl_page_open(h, "thead", NULL);
    pl_page_open(h, "tr", NULL);
    pl_page_open(h, "th", "scope", "col", NULL);
    pl_page_text(h, "Hour");
    pl_page_close(h, "th");
    for (int day = 0; day < 7; day++) {
        pl_page_open(h, "th", "scope", "col", NULL);
        pl_page_textf(h, "%.3s", pl_weekdays[day]);
        pl_page_close(h, "th");
    }
    pl_page_close(h, "tr");
    pl_page_close(h, "thead");
    pl_page_open(h, "tbody", NULL);
    for (int hour = 0; hour < 24; hour++) {
        uint64_t sum = 0;
        for (int day = 0; day < 7; day++)
            sum += u->hours[day * 24 + hour];
        if (!sum)
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_textf(h, "%d", hour);
        pl_page_close(h, "th");
        for (int day = 0; day < 7; day++)
            pl_page_element_count(h, "td", NULL, u->hours[day * 24 + hour]);
        pl_page_close(h, "tr");
    }
    pl_page_close(h, "tbody");
    pl_page_close(h, "table");
    pl_page_close(h, "div");
    pl_page_close(h, "details");
}

static void years_table(struct pl_page *h, const struct user *u)
{
    static const char *const heads[] = {"Year", "#Occurrences", NULL};
    pl_page_open(h, "details", NULL);
    pl_page_element(h, "summary", NULL, "Years as a table");
    pl_part_table(h, "yearly", "Occurrences by year", heads);
    for (int i = 0; i < YEARS; i++) {
        if (!u->years[i])
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_textf(h, "%d%s", YEAR_FIRST + i, i == 0 ? " and before" : i == YEARS - 1 ? " and after" : "");
        pl_page_close(h, "th");
        pl_page_element_count(h, "td", "n", u->years[i]);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
    pl_page_close(h, "details");
}

static void times(struct pl_page *h, const struct data *d, const struct user *u)
{
    pl_page_open(h, "div", "class", "pictures", NULL);
    if (u->timed) {
        pl_page_open(h, "div", NULL);
        pl_picture_hours(h, u);
        hours_table(h, u);
        pl_page_close(h, "div");
    }
    pl_page_open(h, "div", NULL);
    pl_picture_years(h, u);
    years_table(h, u);
    pl_page_close(h, "div");
    pl_page_close(h, "div");
    if (u->unclear || u->broken) {
        pl_page_open(h, "p", "class", "soft", NULL);
        if (u->unclear)
            pl_page_textf(
                h, "Series with a rule that this page does not draw, shown by the first occurrence alone: %llu. ",
                (unsigned long long)u->unclear);
        if (u->broken)
            pl_page_textf(h, "Events that can't be read back, and are not in the pictures: %llu.",
                          (unsigned long long)u->broken);
        pl_page_close(h, "p");
    }
    week(h, d, u);
}

/* --- one mailbox ---------------------------------------------------------------------------------- */

static void folders(struct pl_page *h, const struct user *u)
{
    static const char *const heads[] = {"Folder", "Kind", "#Written", "#Left out", "#Lost", NULL};
    pl_part_table(h, "folders", "Folders", heads);
    for (const struct folder *f = u->folders; f; f = f->next) {
        if (f->kind == KIND_OTHER && !f->count[OUT_LOST] && !f->count[OUT_WRITTEN])
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_name(h, *f->path ? f->path : "/");
        pl_page_close(h, "th");
        pl_page_element(h, "td", NULL, pl_kind_plural(f->kind));
        for (int o = 0; o < OUTCOMES; o++)
            pl_page_element_count(h, "td", o == OUT_LOST && f->count[o] ? "n bad" : "n", f->count[o]);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
}

static void facts(struct pl_page *h, const struct user *u)
{
    pl_page_open(h, "p", "class", "facts", NULL);
    if (u->is_public)
        pl_page_text(h, "Public folders. ");
    if (u->stores && *u->stores) {
        pl_page_text(h, "From ");
        pl_page_name(h, u->stores);
        pl_page_text(h, ", ");
    }
    pl_page_text(h, "in the folder ");
    pl_page_name(h, u->owner);
    pl_page_text(h, ".");
    if (u->count[KIND_OTHER][OUT_FILTERED]) {
        pl_page_text(h, " Mail and others, counted and not converted: ");
        pl_page_count(h, u->count[KIND_OTHER][OUT_FILTERED]);
        pl_page_text(h, ".");
    }
    pl_page_close(h, "p");
}

/* Before the pictures, which show less than there was, or are not there at all. */
static void unread(struct pl_page *h, const struct data *d, const struct user *u)
{
    if (!u->unread)
        return;
    pl_page_open(h, "p", "class", "bad note", NULL);
    pl_page_textf(h,
                  "Calendars of this mailbox that are missing or damaged: %llu %s. Hours, years and the week to "
                  "come are not known of them. ",
                  (unsigned long long)u->unread, pl_plural(u->unread, "file", "files"));
    pl_page_element(h, "code", NULL, "pimlift verify");
    pl_page_text(h, " ");
    pl_page_name(h, d->request->dir);
    pl_page_text(h, " tells which.");
    pl_page_close(h, "p");
}

void pl_part_person(struct pl_page *h, const struct data *d, const struct user *u, size_t number)
{
    char id[32];
    snprintf(id, sizeof id, "m%zu", number);
    pl_page_open(h, "section", "id", id, NULL);
    pl_page_element_name(h, "h3", NULL, u->name);
    facts(h, u);
    unread(h, d, u);
    if (u->timed + u->all_day)
        times(h, d, u);
    folders(h, u);
    pl_page_close(h, "section");
}

/* --- all of them ---------------------------------------------------------------------------------- */

static void index_line(struct pl_page *h, const struct user *u, size_t number)
{
    uint64_t lost = 0;
    char target[32];
    for (int k = 0; k < KINDS; k++)
        lost += u->count[k][OUT_LOST];
    snprintf(target, sizeof target, "#m%zu", number);
    pl_page_open(h, "tr", NULL);
    pl_page_open(h, "th", "scope", "row", NULL);
    pl_page_open(h, "a", "href", target, NULL);
    pl_page_name(h, *u->name ? u->name : u->owner);
    pl_page_close(h, "a");
    pl_page_close(h, "th");
    pl_page_element_count(h, "td", "n", u->count[KIND_EVENT][OUT_WRITTEN]);
    pl_page_element_count(h, "td", "n", u->count[KIND_CONTACT][OUT_WRITTEN] + u->count[KIND_GROUP][OUT_WRITTEN]);
    pl_page_element_count(h, "td", "n", u->count[KIND_TASK][OUT_WRITTEN]);
    pl_page_element_count(h, "td", "n", u->count[KIND_NOTE][OUT_WRITTEN]);
    pl_page_element_count(h, "td", lost ? "n bad" : "n", lost);
    pl_page_close(h, "tr");
}

void pl_part_people(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {
        "Mailbox", "#Events", "#Contacts and groups", "#Tasks", "#Journal and notes", "#Lost", NULL};
    size_t number = 0;
    pl_part_section(h, "people", "Mailboxes");
    if (d->merged)
        pl_page_element(
            h, "p", NULL,
            "This output was merged: its calendars lie in the folders of the runs. Pictures of them, and the "
            "week to come, are in the reports of those folders.");
    pl_part_table(h, "mailboxes", "What each mailbox has in the output", heads);
    for (const struct user *u = d->users; u; u = u->next)
        index_line(h, u, ++number);
    pl_part_table_end(h);
    number = 0;
    for (const struct user *u = d->users; u; u = u->next)
        pl_part_person(h, d, u, ++number);
    pl_page_close(h, "section");
}
