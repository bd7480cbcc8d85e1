/*
 * build_schedule.c - `published PERSON`: what a server publishes about somebody's time in a public store.
 *
 * A post in SCHEDULE+ FREE BUSY, in the folder of the person's site: [MS-OXOPFFB] 2.2.1, 3.1.4.1.2.2. Periods are
 * merged for each kind, cut at the ends of months (UTC) and stored as minutes of their month.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"

enum { BUSY_KINDS = 3, PERIODS = 400, MINUTE = 60 };

struct period {
    int64_t start, end;
};

struct periods {
    struct period list[PERIODS];
    size_t count;
};

static const struct {
    const char *word;
    unsigned months, data; /* property ids */
} kinds[BUSY_KINDS] = {{"tentative", 0x6851, 0x6852}, {"busy", 0x6853, 0x6854}, {"away", 0x6855, 0x6856}};

static int by_start(const void *a, const void *b)
{
    const struct period *p = a, *q = b;
    return p->start != q->start ? (p->start < q->start ? -1 : 1) : (p->end > q->end) - (p->end < q->end);
}

/* In order, overlapping and touching ones as one. */
static void merge(struct periods *p)
{
    size_t count = 0;
    qsort(p->list, p->count, sizeof *p->list, by_start);
    for (size_t i = 0; i < p->count; i++) {
        struct period *last = count ? &p->list[count - 1] : NULL;
        if (!last || p->list[i].start > last->end)
            p->list[count++] = p->list[i];
        else if (p->list[i].end > last->end)
            last->end = p->list[i].end;
    }
    p->count = count;
}

static void add(struct periods *p, struct period one)
{
    if (p->count < PERIODS)
        p->list[p->count++] = one;
}

static int64_t month_begin(int year, int month)
{
    return ms_days(year + (month - 1) / 12, (month - 1) % 12 + 1, 1) * MS_DAY;
}

static void put_months(struct ms_build *b, struct ms_draft *d, const struct periods *p, unsigned months,
                       unsigned data)
{
    uint32_t numbers[PERIODS];
    struct ms_bytes blocks[PERIODS];
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        for (int64_t at = p->list[i].start; at < p->list[i].end;) {
            struct ms_date day = ms_date_of(at / MS_DAY);
            int64_t begin = month_begin(day.year, day.month), end = month_begin(day.year, day.month + 1);
            int64_t stop = p->list[i].end < end ? p->list[i].end : end;
            uint32_t number = (uint32_t)(day.year * 16 + day.month);
            if (!count || numbers[count - 1] != number) {
                if (count == PERIODS)
                    return;
                numbers[count] = number;
                blocks[count++] = (struct ms_bytes){.mem = &b->mem};
            }
            ms_put16(&blocks[count - 1], (unsigned)((at - begin) / MINUTE));
            ms_put16(&blocks[count - 1], (unsigned)((stop - begin) / MINUTE));
            at = stop;
        }
    }
    if (!count)
        return;
    ms_longs(&d->bag, MS_TAG(months), numbers, count);
    ms_bins(&d->bag, MS_TAG(data), blocks, count);
}

static int64_t instant(struct ms_build *b, struct ms_draft *d, struct ms_words *w)
{
    bool utc;
    int64_t at = ms_word_moment(w, &utc);
    return utc || b->recipe->failed ? at : ms_utc(d->zone, at);
}

/* `busy 2024-01-08 09:00 for 1h` */
static void read_periods(struct ms_build *b, struct ms_draft *d, const char *word, struct periods *p)
{
    for (struct ms_node *c = ms_child(d->node, word); c; c = ms_again(c)) {
        struct ms_words w;
        ms_words(b->recipe, &b->mem, c, &w);
        struct period one = {.start = instant(b, d, &w)};
        if (!ms_word_is(&w, "for"))
            ms_fail(b->recipe, c, "`%s MOMENT for SPAN`", word);
        one.end = one.start + (int64_t)ms_word_span(&w) * MINUTE;
        add(p, one);
    }
    merge(p);
    ms_truth_open(&b->truth, word, '[');
    for (size_t i = 0; i < p->count; i++) {
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_utc(&b->truth, "start", p->list[i].start);
        ms_truth_utc(&b->truth, "end", p->list[i].end);
        ms_truth_close(&b->truth, '}');
    }
    ms_truth_close(&b->truth, ']');
}

/* `from 2024-01` months: whole ones. */
static void put_range(struct ms_build *b, struct ms_draft *d)
{
    struct ms_node *n = ms_child(d->node, "from");
    long long months = ms_child_number(b->recipe, d->node, "months", 2, 1, 1200);
    struct ms_date first = ms_date_of(d->created / MS_DAY);
    if (n) {
        struct ms_words w;
        ms_words(b->recipe, &b->mem, n, &w);
        first = ms_date_of(ms_word_date(&w));
    }
    int64_t begin = month_begin(first.year, first.month), end = month_begin(first.year, first.month + (int)months);
    ms_long(&d->bag, MS_TAG(0x6847), ms_rtime(begin));
    ms_long(&d->bag, MS_TAG(0x6848), ms_rtime(end));
    ms_long(&d->bag, MS_TAG(0x6869), months);
    ms_time(&d->bag, MS_TAG(0x6868), d->modified);
    ms_truth_utc(&b->truth, "start", begin);
    ms_truth_utc(&b->truth, "end", end);
    ms_truth_utc(&b->truth, "stamp", d->modified);
}

static const char *upper(struct ms_build *b, const char *s)
{
    char *out = ms_copy(&b->mem, s, strlen(s));
    for (char *c = out; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    return out;
}

/* Where the name of the site ends in /o=ORG/ou=SITE/cn=... */
static size_t site_size(const char *dn)
{
    for (size_t i = 0; dn[i]; i++)
        if (!strncasecmp(dn + i, "/cn", 3))
            return i;
    return strlen(dn);
}

static struct ms_person person_of(struct ms_build *b, const struct ms_node *n)
{
    struct ms_person p = ms_person_of(b, n, ms_string(b->recipe, &b->mem, n));
    if (!p.dn)
        ms_fail(b->recipe, n, "`published` wants a person with a dn");
    return p;
}

void ms_build_published(struct ms_build *b, struct ms_draft *d)
{
    struct periods *all = ms_alloc(&b->mem, (BUSY_KINDS + 1) * sizeof *all), *merged = &all[BUSY_KINDS];
    struct ms_person p = person_of(b, d->node);
    if (b->recipe->failed)
        return;
    d->node->rest = ms_text(&b->mem, "USER-%s", upper(b, p.dn + site_size(p.dn)));
    ms_draft_begin(b, d);
    ms_str(&d->bag, MS_TAG(0x0e1d), d->subject);
    ms_str(&d->bag, MS_TAG(0x6849), p.dn);
    ms_truth_person(b, "person", &p);
    put_range(b, d);
    for (size_t k = 0; k < BUSY_KINDS; k++) {
        read_periods(b, d, kinds[k].word, &all[k]);
        put_months(b, d, &all[k], kinds[k].months, kinds[k].data);
        for (size_t i = 0; k && i < all[k].count; i++)
            add(merged, all[k].list[i]);
    }
    merge(merged);
    put_months(b, d, merged, 0x684f, 0x6850);
    ms_draft_finish(b, d);
}

bool ms_build_schedule(struct ms_build *b, struct ms_node *n)
{
    if (strcmp(n->word, "published") != 0)
        return false;
    struct ms_person p = person_of(b, n);
    struct ms_place *before = b->place;
    struct ms_bytes path = {.mem = &b->mem};
    if (b->recipe->failed)
        return true;
    static const char parent[] = "SCHEDULE+ FREE BUSY/EX:";
    ms_put(&path, parent, sizeof parent - 1);
    for (size_t i = 0, size = site_size(p.dn); i < size; i++)
        ms_put(&path, p.dn[i] == '/' ? "//" : &p.dn[i], p.dn[i] == '/' ? 2 : 1);
    ms_put8(&path, 0);
    ms_enter_folder(b, (const char *)path.data, "IPF.Note", true);
    ms_build_item(b, n);
    if (before && !b->recipe->failed)
        ms_enter_folder(b, before->name, NULL, before->folder.system);
    return true;
}
