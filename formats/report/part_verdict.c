/*
 * part_verdict.c - the first that people read: of which stores, whether all is well, and the numbers that count.
 *
 * Red, amber or green is decided by the worst that is known, as the exit status of convert is; and what is not
 * known is never shown as nothing.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"
#include "plural.h"

#define STORES_NAMED 4u
#define STORES_TOLD  20u

const char *pl_words_or(const char *code)
{
    const char *text = pl_words_of(code);
    return text ? text : "See docs/report.md.";
}

const char *pl_store_state(const struct store *s)
{
    static const char *const names[] = {"whole", "losses", "cut", "not read", "not reached"};
    return names[s->state];
}

bool pl_part_known(struct pl_page *h, enum known known, const char *what)
{
    if (known == KNOWN)
        return true;
    pl_page_open(h, "p", "class", known == MISSING ? "bad note" : NULL, NULL);
    pl_page_text(h, "Not known: ");
    pl_page_text(h, what);
    if (known == MISSING) {
        pl_page_text(h, ", is missing or damaged. ");
        pl_page_element(h, "code", NULL, "pimlift verify");
        pl_page_text(h, " tells what else is.");
    } else {
        pl_page_text(h, ", is not in this output.");
    }
    pl_page_close(h, "p");
    return false;
}

/* --- of which stores ---------------------------------------------------------------------------- */

static void store_named(struct pl_page *h, const struct store *s, bool first)
{
    const char *name = strrchr(s->path, '/');
    pl_page_text(h, first ? "of " : ", ");
    pl_page_name(h, name ? name + 1 : s->path);
    if (s->state != STORE_WHOLE)
        pl_page_textf(h, " (%s)", s->state == STORE_LOSSES ? "with losses" : pl_store_state(s));
}

/* Those that are not whole come first: a name that is left out must not be one of them. */
void pl_part_title(struct pl_page *h, const struct data *d)
{
    size_t count = 0;
    pl_page_open(h, "p", "class", "soft", NULL);
    bool few = d->store_count <= STORES_NAMED;
    for (int pass = few ? 1 : 0; pass < 2; pass++)
        for (const struct store *s = d->stores; s; s = s->next)
            if ((few || (s->state == STORE_WHOLE) == pass) && count < STORES_NAMED)
                store_named(h, s, count++ == 0);
    if (d->store_count > count)
        pl_page_textf(h, " and %zu more", d->store_count - count);
    pl_page_close(h, "p");
}

/* --- verdict ---------------------------------------------------------------------------------------- */

static bool balanced(const struct data *d)
{
    return d->closed && d->total[OUT_WRITTEN] + d->total[OUT_FILTERED] + d->total[OUT_LOST] == d->seen;
}

static size_t bad_stores(const struct data *d) { return d->store_count - d->state_count[STORE_WHOLE]; }

/* "1 of 2 stores was not read." */
static void stores_counted(struct pl_page *h, const struct data *d, enum store_state state, const char *one,
                           const char *many)
{
    size_t count = d->state_count[state];
    if (count && d->store_count == 1)
        pl_page_textf(h, "The store %s. ", one);
    else if (count)
        pl_page_textf(h, "%zu of %zu stores %s. ", count, d->store_count, pl_plural(count, one, many));
}

static void headline(struct pl_page *h, const struct data *d)
{
    pl_page_open(h, "strong", NULL);
    if (!balanced(d))
        pl_page_text(h, "The books of this run were not closed. ");
    else if (d->stopped)
        pl_page_text(h, "This run was stopped early. ");
    stores_counted(h, d, STORE_UNREAD, "was not read", "were not read");
    stores_counted(h, d, STORE_UNREACHED, "was not reached", "were not reached");
    stores_counted(h, d, STORE_CUT, "is cut: items may be gone that nothing tells of",
                   "are cut: items may be gone that nothing tells of");
    if (d->absent_count)
        pl_page_textf(h, "Files of this output that are missing or damaged: %llu. ",
                      (unsigned long long)d->absent_count);
    bool short_of_all = !balanced(d) || d->stopped || d->state_count[STORE_UNREAD] || d->state_count[STORE_CUT] ||
                        d->state_count[STORE_UNREACHED];
    if (d->total[OUT_LOST])
        pl_page_text(h, short_of_all ? "Items were lost." : "Every item is accounted for, and some were lost.");
    else if (d->state_count[STORE_LOSSES])
        pl_page_text(h, "Something of a store was lost.");
    else if (!short_of_all && !d->absent_count && d->remarks)
        pl_page_text(h, "Every item that was found is accounted for, but not everything could be read.");
    else if (!short_of_all && !d->absent_count)
        pl_page_text(h, "Every item is accounted for, and none was lost.");
    pl_page_close(h, "strong");
}

static void sums(struct pl_page *h, const struct data *d)
{
    pl_page_text(h, " ");
    pl_page_count(h, d->seen);
    pl_page_text(h, " seen = ");
    pl_page_count(h, d->total[OUT_WRITTEN]);
    pl_page_text(h, " written + ");
    pl_page_count(h, d->total[OUT_FILTERED]);
    pl_page_text(h, " left out on purpose + ");
    pl_page_count(h, d->total[OUT_LOST]);
    pl_page_text(h, " lost.");
    if (!balanced(d) || d->stopped)
        pl_page_text(h, " It was interrupted, or the disk was full: what stands here is not everything.");
}

static void line_begin(struct pl_page *h, const char *store)
{
    pl_page_open(h, "li", NULL);
    if (*store) {
        pl_page_name(h, store);
        pl_page_text(h, ": ");
    }
}

static void line_end(struct pl_page *h, const char *code)
{
    if (code) {
        pl_page_text(h, " ");
        pl_page_element(h, "code", NULL, code);
    }
    pl_page_close(h, "li");
}

/* Why, in the words of the run that met it: they know more than those for every store. */
static void store_line(struct pl_page *h, const struct data *d, const struct store *s)
{
    const struct remark *r = d->losses;
    line_begin(h, s->path);
    if (s->state == STORE_CUT) {
        pl_page_text(h, "cut, or of another size than its header says; the readable part was taken");
        line_end(h, NULL);
        return;
    }
    pl_page_text(h, pl_store_state(s));
    pl_page_text(h, s->reason ? ": " : "");
    while (r && s->reason && (strcmp(r->code, s->reason) != 0 || strcmp(r->store, s->path) != 0))
        r = r->next;
    if (s->reason && r && r->text)
        pl_page_name(h, r->text);
    else if (s->reason)
        pl_page_text(h, pl_words_or(s->reason));
    line_end(h, s->reason);
}

static void remark_line(struct pl_page *h, const struct remark *r)
{
    const char *words = pl_words_of(r->code);
    line_begin(h, r->store);
    if (words || !r->text)
        pl_page_text(h, pl_words_or(r->code));
    else
        pl_page_name(h, r->text);
    line_end(h, r->code);
}

static void stores_listed(struct pl_page *h, const struct data *d)
{
    size_t told = 0, more = 0;
    for (const struct store *s = d->stores; s; s = s->next) {
        bool counted = s->state == STORE_LOSSES && !s->reason; /* its items are listed below */
        if (s->state == STORE_WHOLE || counted)
            continue;
        if (told++ >= STORES_TOLD)
            more++;
        else
            store_line(h, d, s);
    }
    for (const struct remark *r = d->remarks; r; r = r->next)
        if (told++ >= STORES_TOLD)
            more++;
        else
            remark_line(h, r);
    if (more) {
        pl_page_open(h, "li", NULL);
        pl_page_textf(h, "and %zu more, in the table of stores below", more);
        pl_page_close(h, "li");
    }
}

static void files_listed(struct pl_page *h, const struct data *d)
{
    if (!d->absent_count)
        return;
    pl_page_open(h, "li", NULL);
    pl_page_text(h, "Missing or damaged, and so not on this page: ");
    for (const struct absent *a = d->absents; a; a = a->next) {
        pl_page_text(h, a == d->absents ? "" : ", ");
        pl_page_name(h, a->path);
    }
    if (d->absent_count > ABSENT_SHOWN)
        pl_page_textf(h, " and %llu more", (unsigned long long)d->absent_count - ABSENT_SHOWN);
    pl_page_text(h, ". Run ");
    pl_page_element(h, "code", NULL, "pimlift verify");
    pl_page_text(h, ", which compares every file; copy this folder again, or convert again.");
    pl_page_close(h, "li");
}

static const char *grade(const struct data *d)
{
    if (!balanced(d) || d->stopped || d->total[OUT_LOST] || bad_stores(d) || d->absent_count)
        return "verdict bad";
    return d->remarks ? "verdict warn" : "verdict good";
}

static void verdict(struct pl_page *h, const struct data *d)
{
    pl_page_open(h, "div", "class", grade(d), NULL);
    pl_page_open(h, "p", NULL);
    headline(h, d);
    sums(h, d);
    pl_page_close(h, "p");
    if (bad_stores(d) || d->remarks || d->absent_count) {
        pl_page_open(h, "ul", NULL);
        stores_listed(h, d);
        files_listed(h, d);
        pl_page_close(h, "ul");
    }
    pl_page_close(h, "div");
}

/* --- numbers ---------------------------------------------------------------------------------------- */

static void tile(struct pl_page *h, const char *class_name, uint64_t n, const char *label)
{
    pl_page_open(h, "div", "class", class_name, NULL);
    pl_page_element(h, "dt", NULL, label);
    pl_page_element_count(h, "dd", NULL, n);
    pl_page_close(h, "div");
}

static void tile_if(struct pl_page *h, enum known known, uint64_t n, bool warn, const char *label)
{
    if (known == KNOWN) {
        tile(h, warn && n ? "tile warn" : "tile", n, label);
        return;
    }
    pl_page_open(h, "div", "class", known == MISSING ? "tile bad" : "tile", NULL);
    pl_page_element(h, "dt", NULL, label);
    pl_page_element(h, "dd", "unknown", "not known");
    pl_page_close(h, "div");
}

void pl_part_verdict(struct pl_page *h, const struct data *d)
{
    uint64_t calendars = 0;
    for (const struct edge *e = d->edges; e; e = e->next)
        calendars += !strcmp(e->role, "calendar") && e->level > LEVEL_NONE;
    verdict(h, d);
    pl_page_open(h, "dl", "class", "tiles", NULL);
    tile(h, "tile", d->user_count, "Mailboxes");
    tile(h, "tile", d->kinds[KIND_EVENT][OUT_WRITTEN], "Events written");
    tile(h, "tile", d->kinds[KIND_CONTACT][OUT_WRITTEN], "Contacts written");
    tile_if(h, d->sharing, calendars, false, "Calendar grants");
    tile(h, d->total[OUT_LOST] ? "tile bad" : "tile", d->total[OUT_LOST], "Items lost");
    tile_if(h, d->sharing, d->unknown_count, true, "People unresolved");
    tile_if(h, d->busy, d->fault_count, true, "Busy times in doubt");
    pl_page_close(h, "dl");
}
