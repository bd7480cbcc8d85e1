/*
 * summary.c - what became of each store of a conversion; see summary.h.
 *
 * Layer: programs. The sums are those of the ledger. A store without any item has no row there; it is
 * whole, because for one that could not be read, or is cut, there is a row without a count.
 */
#include "summary.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

#define ALL_SHOWN 50 /* stores; of more, people look for those that need them */

struct summary_row {
    struct pl_totals totals;
    enum state { WHOLE, LOSSES, CUT, UNREAD } state;
    char reason[32]; /* of UNREAD */
};

void summary_init(struct summary *s, const char *const *stores, size_t count)
{
    *s = (struct summary){.stores = stores, .count = count};
    s->rows = calloc(count, sizeof *s->rows);
}

void summary_release(struct summary *s) { free(s->rows); }

static enum state state_of(const struct pl_store_sum *sum)
{
    if (strcmp(sum->reason, "store.cut") == 0)
        return CUT;
    if (*sum->reason && !sum->totals.seen)
        return UNREAD;
    return *sum->reason || sum->totals.lost ? LOSSES : WHOLE;
}

void summary_add(void *data, const struct pl_store_sum *sum)
{
    struct summary *s = data;
    for (size_t i = s->next; s->rows && i < s->count; i++) {
        if (strcmp(s->stores[i], sum->store) != 0)
            continue;
        s->rows[i].totals = sum->totals;
        s->rows[i].state = state_of(sum);
        if (s->rows[i].state == UNREAD)
            snprintf(s->rows[i].reason, sizeof s->rows[i].reason, "%s", sum->reason);
        s->next = i + 1;
        return;
    }
}

static void row_print(FILE *file, const struct summary *s, size_t i)
{
    static const char *const states[] = {"whole", "losses", "cut", "unread"};
    const struct summary_row *r = &s->rows[i];
    char size[32] = "?", written[32], filtered[32], lost[32];
    struct stat about;
    if (stat(s->stores[i], &about) == 0)
        say_bytes((uint64_t)about.st_size, size);
    fprintf(file, "  %10s %10s %10s %10s  %-6s  ", size, say_count(r->totals.written, written),
            say_count(r->totals.filtered, filtered), say_count(r->totals.lost, lost), states[r->state]);
    say_text(file, s->stores[i]);
    fprintf(file, r->state == UNREAD ? " (%s)\n" : "\n", r->reason);
}

void summary_print(FILE *file, const struct summary *s)
{
    size_t hidden = 0;
    char number[32];
    if (!s->rows)
        return;
    fprintf(file, "  %10s %10s %10s %10s  %-6s  %s\n", "size", "written", "filtered", "lost", "state", "store");
    for (size_t i = 0; i < s->count; i++) {
        if (s->count > ALL_SHOWN && s->rows[i].state == WHOLE)
            hidden++;
        else
            row_print(file, s, i);
    }
    if (hidden)
        fprintf(file, "  and %s whole ones\n", say_count(hidden, number));
}
