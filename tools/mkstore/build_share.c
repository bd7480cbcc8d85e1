/*
 * build_share.c - what mailboxes tell of sharing: published busy time, shortcuts to folders of others.
 *
 * [MS-OXOPFFB] 2.2.1, [MS-OXOCFG] 2.2.9; older shortcuts: PR_FAV_* of the header EdkMdb.h.
 */
#include <string.h>

#include "build.h"

#define PERIODS_MOST 256
#define MONTHS_MOST  48

/* --- published busy time --------------------------------------------------------------- */

struct span {
    int64_t start, end;
};

static const char *const times[] = {"tentative", "busy", "away"};

static int64_t utc_moment(struct ms_build *b, struct ms_draft *d, struct ms_words *w)
{
    bool utc;
    int64_t at = ms_word_moment(w, &utc);
    (void)b;
    return utc || !d->zone ? at : ms_utc(d->zone, at);
}

static size_t spans_of(struct ms_build *b, struct ms_draft *d, const char *word, struct span *out)
{
    size_t count = 0;
    for (struct ms_node *c = ms_child(d->node, word); c && count < PERIODS_MOST; c = ms_again(c), count++) {
        struct ms_words w;
        ms_words(b->recipe, &b->mem, c, &w);
        out[count].start = utc_moment(b, d, &w);
        if (!ms_word_is(&w, "to"))
            ms_fail(b->recipe, c, "`%s MOMENT to MOMENT`", word);
        out[count].end = utc_moment(b, d, &w);
        if (out[count].end <= out[count].start || (count && out[count].start < out[count - 1].end))
            ms_fail(b->recipe, c, "times come one after the other");
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_text(&b->truth, "kind", word);
        ms_truth_utc(&b->truth, "start", out[count].start);
        ms_truth_utc(&b->truth, "end", out[count].end);
        ms_truth_close(&b->truth, '}');
    }
    return count;
}

struct months {
    uint32_t values[MONTHS_MOST];
    struct ms_bytes blocks[MONTHS_MOST];
    size_t count;
};

static void put_block(struct ms_build *b, struct months *m, int64_t start, int64_t end)
{
    while (start < end) {
        struct ms_date date = ms_date_of(start / MS_DAY);
        uint32_t value = (uint32_t)(date.year * 16 + date.month);
        int64_t first = ms_days(date.year, date.month, 1) * MS_DAY;
        int64_t last = first + ms_month_length(date.year, date.month) * (int64_t)MS_DAY;
        int64_t stop = end < last ? end : last;
        if (!m->count || m->values[m->count - 1] != value) {
            if (m->count == MONTHS_MOST)
                return;
            m->values[m->count] = value;
            m->blocks[m->count++] = (struct ms_bytes){.mem = &b->mem};
        }
        ms_put16(&m->blocks[m->count - 1], (unsigned)((start - first) / 60));
        ms_put16(&m->blocks[m->count - 1], (unsigned)((stop - first) / 60));
        start = stop;
    }
}

static void put_months(struct ms_build *b, struct ms_draft *d, unsigned id, const struct span *spans, size_t count)
{
    struct months m = {0};
    for (size_t i = 0; i < count; i++)
        put_block(b, &m, spans[i].start, spans[i].end);
    if (!m.count)
        return;
    ms_longs(&d->bag, MS_TAG(id), m.values, m.count);
    ms_bins(&d->bag, MS_TAG(id + 1), m.blocks, m.count);
}

/* Busy and away as one, sorted, joined where they meet. */
static size_t merge(struct span *all, const struct span *busy, size_t busy_count, const struct span *away,
                    size_t away_count)
{
    size_t count = 0, i = 0, k = 0;
    while (i < busy_count || k < away_count) {
        bool first = k == away_count || (i < busy_count && busy[i].start <= away[k].start);
        struct span next = first ? busy[i++] : away[k++];
        if (count && next.start <= all[count - 1].end)
            all[count - 1].end = next.end > all[count - 1].end ? next.end : all[count - 1].end;
        else
            all[count++] = next;
    }
    return count;
}

void ms_build_times(struct ms_build *b, struct ms_draft *d)
{
    struct span spans[3][PERIODS_MOST], all[2 * PERIODS_MOST];
    size_t counts[3];
    struct ms_words w;
    ms_draft_begin(b, d);
    struct ms_node *of = ms_child(d->node, "of"), *range = ms_child(d->node, "range");
    if (of) {
        struct ms_person p = ms_person_of(b, of, ms_string(b->recipe, &b->mem, of));
        ms_str(&d->bag, MS_TAG(0x6849), p.dn);
        ms_truth_person(b, "of", &p);
    }
    if (range) {
        ms_words(b->recipe, &b->mem, range, &w);
        int64_t from = ms_word_date(&w);
        if (!ms_word_is(&w, "to"))
            ms_fail(b->recipe, range, "`range DATE to DATE`");
        int64_t to = ms_word_date(&w);
        ms_long(&d->bag, MS_TAG(0x6847), ms_rtime(from * MS_DAY));
        ms_long(&d->bag, MS_TAG(0x6848), ms_rtime(to * MS_DAY));
        ms_truth_utc(&b->truth, "start", from * MS_DAY);
        ms_truth_utc(&b->truth, "end", to * MS_DAY);
    }
    ms_time(&d->bag, MS_TAG(0x6868), d->modified);
    ms_truth_open(&b->truth, "periods", '[');
    for (size_t i = 0; i < 3; i++) {
        counts[i] = spans_of(b, d, times[i], spans[i]);
        if (!ms_child(d->node, "merged-only"))
            put_months(b, d, 0x6851 + 2 * (unsigned)i, spans[i], counts[i]);
    }
    ms_truth_close(&b->truth, ']');
    put_months(b, d, 0x684f, all, merge(all, spans[1], counts[1], spans[2], counts[2]));
    ms_draft_finish(b, d);
}

/* --- shortcuts ----------------------------------------------------------------------------- */

/* The id of a mailbox, as a client of Exchange wraps it. [MS-OXCDATA] 2.2.4.3 */
static void put_store_id(struct ms_bytes *out, const char *server, const char *dn)
{
    static const uint8_t wrapper[16] = {0x38, 0xa1, 0xbb, 0x10, 0x05, 0xe5, 0x10, 0x1a,
                                        0xa1, 0xbb, 0x08, 0x00, 0x2b, 0x2a, 0x56, 0xc2};
    static const uint8_t mailbox[16] = {0x1b, 0x55, 0xfa, 0x20, 0xaa, 0x66, 0x11, 0xcd,
                                        0x9b, 0xc8, 0x00, 0xaa, 0x00, 0x2f, 0xc4, 0x5a};
    static const char library[14] = "EMSMDB.DLL";
    ms_put32(out, 0);
    ms_put(out, wrapper, 16);
    ms_put16(out, 0);
    ms_put(out, library, 14);
    ms_put32(out, 0);
    ms_put(out, mailbox, 16);
    ms_put32(out, 0x0c);
    ms_put(out, server, strlen(server) + 1);
    ms_put(out, dn, strlen(dn) + 1);
}

void ms_build_shortcut(struct ms_build *b, struct ms_draft *d)
{
    static const char *const sections[] = {"",      "mail",  "-",       "calendar", "contacts",
                                           "tasks", "notes", "journal", NULL};
    ms_draft_begin(b, d);
    struct ms_node *to = ms_child(d->node, "to");
    struct ms_bytes store = {.mem = &b->mem}, owner = {.mem = &b->mem}, folder = {.mem = &b->mem};
    int section = ms_child_choice(b->recipe, d->node, "section", sections, 3);
    const char *group = ms_child_text(b->recipe, &b->mem, d->node, "group");
    d->item.associated = true;
    ms_long(&d->bag, MS_TAG(0x6849), ms_child_flag(b->recipe, d->node, "heading", false) ? 4 : to ? 2 : 0);
    ms_long(&d->bag, MS_TAG(0x6852), section);
    ms_str(&d->bag, MS_TAG(0x6851), group);
    ms_truth_text(&b->truth, "section", sections[section]);
    ms_truth_text(&b->truth, "group", group);
    if (to) {
        struct ms_person p = ms_person_of(b, to, ms_string(b->recipe, &b->mem, to));
        put_store_id(&store, "EXCHANGE", p.dn ? p.dn : "");
        ms_bin(&d->bag, MS_TAG(0x684e), store.data, store.size);
        ms_put_person_id(&owner, &p);
        if (!ms_child_flag(b->recipe, d->node, "no-owner", false))
            ms_bin(&d->bag, MS_TAG(0x6854), owner.data, owner.size);
        ms_put_entryid(b, &folder, NULL);
        ms_bin(&d->bag, MS_TAG(0x684c), folder.data, folder.size);
        ms_truth_person(b, "to", &p);
    }
    ms_draft_finish(b, d);
}

void ms_build_favorite(struct ms_build *b, struct ms_draft *d)
{
    ms_draft_begin(b, d);
    struct ms_bytes key = {.mem = &b->mem};
    struct ms_node *c = ms_child(d->node, "key");
    if (c)
        ms_hex(b->recipe, c, c->rest, &key);
    ms_str(&d->bag, MS_TAG(0x7c00), d->subject);
    ms_bin(&d->bag, MS_TAG(0x7c02), key.data, key.size);
    ms_truth_hex(&b->truth, "key", key.data, key.size);
    ms_draft_finish(b, d);
}
