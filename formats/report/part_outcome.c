/*
 * part_outcome.c - what was converted, what was not, and why.
 */
#include <stdio.h>
#include <string.h>

#include "parts.h"

#define LACKS_SHOWN 5u

static const char *const outcome_names[OUTCOMES] = {"written", "left out", "lost"};

/* A bar of shares; the numbers stand in the same row. */
static void bar(struct pl_page *h, const uint64_t parts[], size_t count)
{
    uint64_t sum = 0;
    double x = 0;
    for (size_t i = 0; i < count; i++)
        sum += parts[i];
    pl_page_open(h, "svg", "class", "bar", "viewBox", "0 0 176 12", "preserveAspectRatio", "none", "aria-hidden",
                 "true", NULL);
    for (size_t i = 0; i < count && sum; i++) {
        double width = 176.0 * (double)parts[i] / (double)sum;
        char place[2][24], color[] = {'o', (char)('0' + i), '\0'};
        if (!parts[i])
            continue;
        snprintf(place[0], sizeof place[0], "%.2f", x);
        snprintf(place[1], sizeof place[1], "%.2f", width);
        pl_page_empty(h, "rect", "class", color, "x", place[0], "y", "0", "width", place[1], "height", "12", NULL);
        x += width;
    }
    pl_page_close(h, "svg");
}

static void legend(struct pl_page *h, const char *const *names, size_t count)
{
    pl_page_open(h, "ul", "class", "legend", NULL);
    for (size_t i = 0; i < count; i++) {
        char color[] = {'o', ' ', 'w', (char)('0' + i), '\0'};
        pl_page_element(h, "li", color, names[i]);
    }
    pl_page_close(h, "ul");
}

static void kinds(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Kind", "#Seen", "#Written", "#Left out", "#Lost", "Share", NULL};
    legend(h, outcome_names, OUTCOMES);
    pl_part_table(h, NULL, "Items by their kind", heads);
    for (int k = 0; k < KINDS; k++) {
        const uint64_t *n = d->kinds[k];
        uint64_t seen = n[OUT_WRITTEN] + n[OUT_FILTERED] + n[OUT_LOST];
        if (!seen)
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_text(h, pl_kind_plural((enum kind)k));
        pl_page_close(h, "th");
        pl_page_element_count(h, "td", "n", seen);
        for (int o = 0; o < OUTCOMES; o++)
            pl_page_element_count(h, "td", "n", n[o]);
        pl_page_open(h, "td", NULL);
        bar(h, n, OUTCOMES);
        pl_page_close(h, "td");
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
}

static void words(struct pl_page *h, const char *code) { pl_page_element(h, "td", NULL, pl_words_or(code)); }

static void code_cell(struct pl_page *h, const char *code)
{
    pl_page_open(h, "td", "class", "t", NULL);
    pl_page_element(h, "code", NULL, code);
    pl_page_close(h, "td");
}

static void reasons(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Kind", "Outcome", "#Items", "What it means", "Code", NULL};
    if (!d->reasons)
        return;
    pl_page_element(h, "h3", NULL, "Why");
    pl_part_table(h, "reasons", "Items that were left out, lost, or written with a remark", heads);
    for (int o = OUTCOMES - 1; o >= 0; o--)
        for (const struct reason *r = d->reasons; r; r = r->next) {
            if ((int)r->outcome != o)
                continue;
            pl_page_open(h, "tr", NULL);
            pl_page_element(h, "td", NULL, pl_kind_plural(r->kind));
            pl_page_element(h, "td", o == OUT_LOST ? "bad" : NULL, outcome_names[o]);
            pl_page_element_count(h, "td", "n", r->count);
            words(h, r->code);
            code_cell(h, r->code);
            pl_page_close(h, "tr");
        }
    pl_part_table_end(h);
}

static void losts(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Mailbox", "Folder", "Key", "#Items", "What it means", "Code", NULL};
    if (!d->losts)
        return;
    pl_page_element(h, "h3", NULL, "Lost items");
    pl_page_open(h, "p", NULL);
    pl_page_text(h, "A key names the item in its store: ");
    pl_page_element(h, "code", NULL, "pimlift dump STORE --key KEY");
    pl_page_text(h, " shows what is left of it.");
    pl_page_close(h, "p");
    pl_part_table(h, "losts", "Lost items, one by one", heads);
    for (const struct lost *l = d->losts; l; l = l->next) {
        pl_page_open(h, "tr", NULL);
        pl_page_element_name(h, "td", NULL, l->owner);
        pl_page_element_name(h, "td", NULL, l->folder);
        pl_page_open(h, "td", NULL);
        pl_page_element(h, "code", NULL, l->key);
        pl_page_close(h, "td");
        pl_page_element_count(h, "td", "n", l->count);
        words(h, l->code);
        code_cell(h, l->code);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
    if (d->lost_rows > 500) {
        pl_page_open(h, "p", NULL);
        pl_page_text(h, "The first 500 of ");
        pl_page_count(h, d->lost_rows);
        pl_page_text(h, " lines; ledger.db has all.");
        pl_page_close(h, "p");
    }
}

void pl_part_outcome(struct pl_page *h, const struct data *d)
{
    pl_part_section(h, "outcome", "What was converted");
    kinds(h, d);
    reasons(h, d);
    losts(h, d);
    pl_page_close(h, "section");
}

/* --- what other systems can carry ------------------------------------------------------------- */

/* The bit with the highest count among those left; 32: none. */
static unsigned most_lacked(const uint64_t counts[32], uint32_t left)
{
    unsigned most = 32;
    for (unsigned bit = 0; bit < 32; bit++)
        if (left >> bit & 1 && counts[bit] && (most == 32 || counts[bit] > counts[most]))
            most = bit;
    return most;
}

static void lacks(struct pl_page *h, const struct target *t)
{
    uint32_t left = UINT32_MAX;
    unsigned bit;
    char name[256];
    pl_page_open(h, "td", "class", "soft", NULL);
    for (size_t i = 0; i < LACKS_SHOWN && (bit = most_lacked(t->lacks, left)) < 32; i++) {
        left &= ~((uint32_t)1 << bit);
        pl_page_text(h, i ? ", " : "");
        pl_page_text(h, pl_caps_text((uint32_t)1 << bit, name));
        pl_page_text(h, " (");
        pl_page_count(h, t->lacks[bit]);
        pl_page_text(h, ")");
    }
    pl_page_text(h, most_lacked(t->lacks, left) < 32 ? ", ..." : "");
    pl_page_close(h, "td");
}

void pl_part_targets(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {
        "System", "#Exactly", "#Reduced", "#Left out", "Share", "What is lost, and how often", NULL};
    static const char *const names[] = {"carried exactly", "reduced", "left out"};
    pl_part_section(h, "targets", "What other systems can carry");
    pl_page_element(
        h, "p", NULL,
        "Nobody is ever granted more than in the source. What a system has no words for is taken away, and "
        "counted here. A grant is left out when its holder or the owner of the folder has no address.");
    if (!pl_part_known(h, d->sharing, "sharing.jsonl, the manifest of sharing")) {
        pl_page_close(h, "section");
        return;
    }
    legend(h, names, 3);
    pl_part_table(h, "targets", "Grants on all folders, by the system they would go to", heads);
    for (size_t i = 0; i < d->target_count; i++) {
        const struct target *t = &d->targets[i];
        const uint64_t parts[] = {t->exact, t->reduced, t->left_out};
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_text(h, t->name);
        pl_page_element(h, "span", "sub", t->title);
        pl_page_close(h, "th");
        for (size_t k = 0; k < 3; k++)
            pl_page_element_count(h, "td", "n", parts[k]);
        pl_page_open(h, "td", NULL);
        bar(h, parts, 3);
        pl_page_close(h, "td");
        lacks(h, t);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
    pl_page_open(h, "p", NULL);
    pl_page_text(h, "Grant by grant: ");
    pl_page_element(h, "code", NULL, "pimlift shares DIR --target NAME --dry-run");
    pl_page_close(h, "p");
    pl_page_close(h, "section");
}
