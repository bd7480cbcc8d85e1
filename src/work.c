/* work.c - see work.h. Layer: core. */
#include "work.h"

#include "report.h"

/* To convert a sound store takes up to 0.2 steps for a byte of it, one with very many faults 0.8. */
#define STEPS_LEAST      ((uint64_t)1 << 25)
#define STEPS_BYTE       8u /* for each byte of the file */
#define ITEM_STEPS_LEAST ((uint64_t)1 << 23)
#define ITEM_STEPS_BYTE  4u
/* What is deflated may grow a lot; attachments are read once for each format that takes them. */
#define BYTES_LEAST      ((uint64_t)1 << 28)
#define BYTES_BYTE       32u
#define ITEM_BYTES_LEAST ((uint64_t)1 << 26)
#define ITEM_BYTES_BYTE  16u

static uint64_t budget(uint64_t least, uint64_t each, uint64_t size)
{
    return size > (UINT64_MAX - least) / each ? UINT64_MAX : least + each * size;
}

void pl_work_init(struct pl_work *w, uint64_t size, unsigned readings)
{
    *w = (struct pl_work){
        .most = {budget(STEPS_LEAST * readings, STEPS_BYTE * readings, size),
                 budget(BYTES_LEAST * readings, BYTES_BYTE * readings, size)},
        .item_most = {budget(ITEM_STEPS_LEAST * readings, ITEM_STEPS_BYTE * readings, size),
                      budget(ITEM_BYTES_LEAST * readings, ITEM_BYTES_BYTE * readings, size)},
    };
}

void pl_work_item(struct pl_work *w)
{
    w->begun = w->done;
    w->in_item = true;
    w->told = false;
}

void pl_work_rest(struct pl_work *w) { w->in_item = false; }

enum pl_status pl_work_complain(struct pl_work *w, struct pl_report *report, const char *key)
{
    if (pl_work_is_over(w)) {
        if (w->told_of_store)
            return pl_report_again(report, PL_STOP, "work.store");
        w->told_of_store = true;
        return pl_report_once(
            report, PL_STOP, "work.store", key, PL_NO_OFFSET,
            "the store makes more work than any of its size: what is left of its items is given up");
    }
    if (w->told)
        return pl_report_again(report, PL_LOST, "work.item");
    w->told = true;
    return pl_report(report, PL_LOST, "work.item", key, PL_NO_OFFSET,
                     "makes more work than an item of this store can: it names the same things again and again");
}
