/*
 * part_sharing.c - who sees whose calendar, people whom nobody could name, and published busy time.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"
#include "tz.h"

#define MANIFEST "sharing.jsonl, the manifest of sharing"

static void level_badge(struct pl_page *h, enum level level)
{
    char class_name[] = {'l', 'v', ' ', 'l', (char)('0' + (int)level), '\0'};
    pl_page_open(h, "td", NULL);
    pl_page_element(h, "span", class_name, pl_level_name(level));
    pl_page_close(h, "td");
}

static bool is_special(const struct edge *e)
{
    return e->trustee == PL_TRUSTEE_DEFAULT || e->trustee == PL_TRUSTEE_ANONYMOUS;
}

static void grants(struct pl_page *h, const struct data *d, const char *class_name, const char *caption,
                   bool calendars)
{
    static const char *const heads[] = {"Whose", "Folder", "Who", "May", "In detail", NULL};
    pl_part_table(h, class_name, caption, heads);
    for (const struct edge *e = d->edges; e; e = e->next) {
        if (!strcmp(e->role, "calendar") != calendars)
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_element_name(h, "td", NULL, e->owner);
        pl_page_element_name(h, "td", NULL, *e->path ? e->path : "/");
        if (is_special(e))
            pl_page_element(h, "td", "soft", e->who);
        else
            pl_page_element_name(h, "td", NULL, e->who);
        level_badge(h, e->level);
        pl_page_element(h, "td", "soft", e->caps);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
}

static void legend(struct pl_page *h)
{
    pl_page_open(h, "ul", "class", "legend", NULL);
    for (int level = LEVEL_BUSY; level < LEVELS; level++) {
        char class_name[] = {'l', 'v', ' ', 'l', (char)('0' + level), '\0'};
        pl_page_element(h, "li", class_name, pl_level_name((enum level)level));
    }
    pl_page_close(h, "ul");
}

void pl_part_sharing(struct pl_page *h, struct data *d)
{
    size_t calendars = 0;
    for (const struct edge *e = d->edges; e; e = e->next)
        calendars += !strcmp(e->role, "calendar");
    pl_part_section(h, "sharing", "Who sees whose calendar");
    if (!pl_part_known(h, d->sharing, MANIFEST) && !d->edge_count) {
        pl_page_close(h, "section");
        return;
    }
    if (!d->edge_count) {
        pl_page_element(
            h, "p", NULL,
            "The stores name nobody with rights on a folder: all are their owners' alone, or the stores "
            "do not keep rights, as a PST does not.");
        pl_page_close(h, "section");
        return;
    }
    pl_page_element(
        h, "p", NULL,
        "Rights as the stores have them. Who is listed has these rights and no others, also where everybody "
        "else has more.");
    if (calendars) {
        legend(h);
        pl_picture_sharing(h, d);
        grants(h, d, "edges", "Rights on calendars: the same as the picture, and those that give nothing", true);
    }
    if (d->edge_count > calendars) {
        pl_page_open(h, "details", "open", "", NULL); /* open: what is closed, many browsers do not print */
        pl_page_open(h, "summary", NULL);
        pl_page_text(h, "Rights on other folders: ");
        pl_page_count(h, d->edge_count - calendars);
        pl_page_close(h, "summary");
        grants(h, d, "others", "Rights on contacts, tasks and other folders", false);
        pl_page_close(h, "details");
    }
    pl_page_close(h, "section");
}

void pl_part_unknown(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Known as", "By", "#Times", "State", NULL};
    pl_part_section(h, "unknown", "People unresolved");
    bool known = pl_part_known(h, d->sharing, MANIFEST);
    if (!d->unknown_count) {
        if (known)
            pl_page_element(h, "p", NULL, "Everybody who is named in rights has an address.");
        pl_page_close(h, "section");
        return;
    }
    pl_page_open(h, "p", NULL);
    pl_page_text(h, "These have no address, so no other system can be told of their rights. Give convert an ");
    pl_page_element(h, "code", NULL, "--identity-map");
    pl_page_text(h, " that names them, or merge with a run that does.");
    pl_page_close(h, "p");
    pl_part_table(h, "unknowns", "Without an address", heads);
    for (const struct unknown *u = d->unknowns; u; u = u->next) {
        pl_page_open(h, "tr", NULL);
        pl_page_element_name(h, "td", NULL, *u->label ? u->label : "(nothing)");
        pl_page_element(h, "td", NULL, u->how);
        pl_page_element_count(h, "td", "n", u->times);
        pl_page_element(h, "td", NULL, u->disputed ? "two sources disagree" : "no source knows");
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
    pl_page_close(h, "section");
}

static void instant(struct pl_page *h, int64_t utc)
{
    struct pl_civil c = pl_civil_of(utc);
    pl_page_textf(h, "%d %.3s %d %02d:%02d", c.day, pl_months[c.month - 1], c.year, c.hour, c.minute);
}

static void differences(struct pl_page *h, const struct fault *f)
{
    pl_page_open(h, "td", NULL);
    pl_page_open(h, "ul", "class", "plain", NULL);
    for (size_t i = 0; i < f->count && i < DIFFERENCES; i++) {
        const struct difference *d = &f->first[i];
        pl_page_open(h, "li", NULL);
        instant(h, d->start);
        pl_page_text(h, " to ");
        instant(h, d->end);
        pl_page_textf(h, " UTC: published %s, in the calendar %s", d->published, d->computed);
        pl_page_close(h, "li");
    }
    if (f->count > DIFFERENCES) {
        pl_page_open(h, "li", NULL);
        pl_page_textf(h, "and %zu more", f->count - DIFFERENCES);
        pl_page_close(h, "li");
    }
    pl_page_close(h, "ul");
    pl_page_close(h, "td");
}

void pl_part_busy(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Who", "What is wrong", "Differences", "Code", NULL};
    pl_part_section(h, "busy", "Published busy time");
    if (!pl_part_known(h, d->busy, "freebusy/, the published busy time")) {
        pl_page_close(h, "section");
        return;
    }
    pl_page_open(h, "p", NULL);
    pl_page_text(h, "What the old server told others of people's busy time, beside what their calendars say: ");
    pl_page_count(h, d->compared);
    pl_page_text(h, d->compared == 1 ? " person compared, " : " people compared, ");
    pl_page_count(h, d->fault_count);
    pl_page_text(h, " in doubt. The calendars are right; the new system makes busy time from them.");
    pl_page_close(h, "p");
    if (d->fault_count) {
        pl_part_table(h, "faults", "Busy time that does not agree with the calendar", heads);
        for (const struct fault *f = d->faults; f; f = f->next) {
            pl_page_open(h, "tr", NULL);
            pl_page_element_name(h, "td", NULL, f->who);
            pl_page_element(h, "td", NULL, f->meaning);
            differences(h, f);
            pl_page_open(h, "td", "class", "t", NULL);
            pl_page_element(h, "code", NULL, f->code);
            pl_page_close(h, "td");
            pl_page_close(h, "tr");
        }
        pl_part_table_end(h);
    }
    pl_page_close(h, "section");
}
