/*
 * scale.c - items that no statement describes one by one: any number of appointments,
 * contacts and mail, and the matrix of series.
 *
 * Both write recipe lines and have them built like any other, so that a store of a
 * million items differs from a small one in its size only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* ms_recipe_close() frees it */
void ms_build_text(struct ms_build *b, const char *text)
{
    struct ms_recipe *r = b->recipe, outer = *r;
    *r = (struct ms_recipe){.path = "(generated)", .text = strdup(text)};
    r->at = r->text;
    for (struct ms_node *n; r->text && (n = ms_recipe_next(r, &b->mem));) {
        if (!ms_build_item(b, n))
            ms_fail(r, n, "`%s` is no item", n->word);
        if (r->failed)
            break;
        ms_mem_clear(&b->mem);
    }
    outer.failed = r->failed || !r->text;
    ms_recipe_close(r);
    *r = outer;
}
#pragma GCC diagnostic pop

/* Days of a series that begins on `start` or after it, as `repeat RULE` has them; deleted and changed ones too. */
static size_t days_of(struct ms_build *b, const char *rule, int64_t start, int64_t *days, size_t room)
{
    struct ms_node node = {.word = "repeat", .rest = ms_text(&b->mem, "%s", rule)};
    struct ms_series s = {.start = start};
    struct ms_words w;
    bool more;
    ms_words(b->recipe, &b->mem, &node, &w);
    ms_series_parse(&w, &s);
    return b->recipe->failed ? 0 : ms_series_days(&s, days, room, &more);
}

/* Lines for appointment i: an eighth are series; of every other one, one occurrence is deleted and one moved. */
static const char *repeat_text(struct ms_build *b, uint64_t i, int64_t start, int hour)
{
    static const char *const rules[] = {"weekly mon,wed times 10", "daily times 5", "monthly second thu times 12",
                                        "weekly every 2 fri forever"};
    const char *rule = rules[i / 16 % 4];
    int64_t days[4];
    if (i % 8)
        return "";
    if (i % 16 || days_of(b, rule, start, days, 4) < 4)
        return ms_text(&b->mem, "  repeat %s\n", rule);
    struct ms_date gone = ms_date_of(days[1]), moved = ms_date_of(days[3]);
    return ms_text(
        &b->mem,
        "  repeat %s\n  skip %04d-%02d-%02d\n  change %04d-%02d-%02d\n    at %04d-%02d-%02d %02d:10 for 1h\n"
        "    location Elsewhere\n",
        rule, gone.year, gone.month, gone.day, moved.year, moved.month, moved.day, moved.year, moved.month,
        moved.day, hour + 1);
}

#define STAFF 400u /* people who meet; the first contacts are of them */

/* A third are meetings, as their organizer has them or, as often, one who accepted: with two to six people. */
static const char *meeting_text(struct ms_build *b, uint64_t i, uint64_t r)
{
    static const char *const rows[] = {"accepted",          "optional accepted", "declined", "none",
                                       "optional declined", "accepted",          "none",     "tentative"};
    unsigned person = (unsigned)(r >> 43 & 1023) % STAFF, count = (unsigned)(i / 15 % 5) + 2;
    if (i % 3 != 1)
        return "";
    const char *text = ms_text(&b->mem, "  organizer Person %u <p%u@example.org>\n  response %s\n", person, person,
                               r >> 53 & 1 ? "organizer" : "accepted");
    for (unsigned k = 1; k <= count; k++) {
        unsigned who = (person + 7 * k) % STAFF;
        text = ms_text(&b->mem, "%s  attendee %s Person %u <p%u@example.org>\n", text, rows[((r >> 54) + k) & 7],
                       who, who);
    }
    return text;
}

/* A day within some ten years, a time, a length, a zone. */
static void event_text(struct ms_build *b, char *buf, size_t room, uint64_t i, const char *more)
{
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata",
                                        "America/Sao_Paulo"};
    uint64_t r = ms_mix(b->store.seed, i);
    int64_t day = ms_days(2010, 1, 1) + (int64_t)(r % 4000);
    int hour = (int)(r >> 20 & 1023) % 9 + 8; /* working hours */
    struct ms_date d = ms_date_of(day);
    snprintf(
        buf, room,
        "appointment Meeting %" PRIu64 "\n  zone %s\n  at %04d-%02d-%02d %02d:%02d for %um\n  location Room %u\n"
        "  body Notes of meeting %" PRIu64 ".%s\n%s%s",
        i, zones[i % 5], d.year, d.month, d.day, hour, (int)(r >> 30 & 3) * 15, (unsigned)(r >> 34 & 3) * 30 + 30,
        (unsigned)(r >> 40 & 15), i, more, meeting_text(b, i, r), repeat_text(b, i, day, hour));
}

static void contact_text(char *buf, size_t room, uint64_t i, uint64_t seed, const char *more)
{
    uint64_t r = ms_mix(seed ^ 0x636f6e74, i);
    snprintf(buf, room,
             "contact Person %llu\n  given Given%u\n  surname Surname%llu\n"
             "  mail Person %llu <p%llu@example.org>\n  phone-work +49 30 %06u\n  company Company %u\n"
             "  body Met%s.\n",
             (unsigned long long)i, (unsigned)(r & 255), (unsigned long long)i, (unsigned long long)i,
             (unsigned long long)i, (unsigned)(r >> 8) % 1000000, (unsigned)(r >> 40 & 63), more);
}

/* Words that make a text `size` bytes longer; NULL: more than a body may have, or no memory. */
static char *words_make(uint64_t size)
{
    static const char words[] = " again and again, in the same room";
    char *text = size <= 1 << 20 ? malloc((size_t)size + 1) : NULL;
    for (size_t i = 0; text && i < size; i++)
        text[i] = words[i % (sizeof words - 1)];
    if (text)
        text[size] = '\0';
    return text;
}

/* kind: e appointments, c contacts, m messages, z messages with attachments of zeros */
static void item_text(struct ms_build *b, char *buf, size_t room, char kind, uint64_t i, uint64_t size,
                      const char *more)
{
    if (kind == 'e')
        event_text(b, buf, room, i, more);
    else if (kind == 'c')
        contact_text(buf, room, i, b->store.seed, more);
    else
        snprintf(buf, room,
                 "mail Message %llu\n  from Sender <sender@example.org>\n  body Text of message %llu.\n"
                 "  attach data.bin\n    %s %llu\n",
                 (unsigned long long)i, (unsigned long long)i, kind == 'z' ? "zeros" : "size",
                 (unsigned long long)size);
}

#define FOLDER_ITEMS   10000u /* mailboxes have several folders, not one of a million items */
#define ATTACHMENT_END (UINT64_C(2) << 30)

/* Items of one kind, in folders "Many/NAME 1", "Many/NAME 2" ... */
struct many {
    char kind; /* as item_text() has it */
    const char *name, *class;
    uint64_t count, done;
};

/* The next item of a kind. As folders are filled one after the other, or in turns. */
static void build_next(struct ms_build *b, struct many *m, bool mixed, uint64_t size, const char *more, char *buf,
                       size_t room)
{
    uint64_t i = m->done++, folders = (m->count + FOLDER_ITEMS - 1) / FOLDER_ITEMS;
    if (mixed || i % FOLDER_ITEMS == 0)
        ms_enter_folder(b,
                        ms_text(&b->mem, "Many/%s %" PRIu64, m->name, (mixed ? i % folders : i / FOLDER_ITEMS) + 1),
                        m->class, false);
    item_text(b, buf, room, m->kind, i, size, more);
    ms_build_text(b, buf);
}

/* Which kind has the smallest part of its items; of those that are not mixed, the first that is not done. */
static struct many *many_next(struct many *all, size_t count, bool mixed)
{
    struct many *next = NULL;
    for (size_t k = 0; k < count; k++)
        if (all[k].done < all[k].count &&
            (!next || (mixed && all[k].done * next->count < next->done * all[k].count)))
            next = &all[k];
    return next;
}

/* size: of the attachment of a message; without messages, of the body of everything else. */
int ms_build_scale(struct ms_build *b, const struct ms_scale *scale)
{
    uint64_t body = scale->mail ? 0 : scale->size, contacts = scale->items / 4;
    struct many all[] = {{'e', "Calendar", "IPF.Appointment", scale->items - contacts, 0},
                         {'c', "Contacts", "IPF.Contact", contacts, 0},
                         {scale->sparse ? 'z' : 'm', "Mail", "IPF.Note", scale->mail, 0}};
    size_t room = 2048 + (size_t)body;
    if (!scale->items && !scale->mail)
        return 0;
    char *more = words_make(body), *buf = more ? malloc(room) : NULL;
    if (scale->mail && scale->size >= ATTACHMENT_END)
        ms_fail(b->recipe, NULL, "--size: an attachment holds less than 2 GB");
    else if (!buf)
        ms_fail(b->recipe, NULL, "--size: a body has at most 1 MiB");
    for (struct many *m; !b->recipe->failed && (m = many_next(all, 3, scale->mixed));)
        build_next(b, m, scale->mixed, scale->size, more, buf, room);
    free(more);
    free(buf);
    return b->recipe->failed ? -1 : 0;
}

/* Pattern, end, zone and length of series i; each has all combinations of the short lists. */
static void series_text(struct ms_build *b, int i)
{
    static const char *const patterns[] = {"daily every %d",
                                           "weekly every %d mon,wed,fri",
                                           "weekly every %d sun week-starts mon",
                                           "monthly every %d day 15",
                                           "monthly every %d day 31",
                                           "monthly every %d last-day",
                                           "monthly every %d second tue",
                                           "monthly every %d last weekday",
                                           "yearly every %d day 29",
                                           "monthly every %d day 30",
                                           "weekdays",
                                           "yearly every %d fourth thu",
                                           "monthly every %d first weekend"};
    static const char *const ends[] = {"times 12", "until 2012-06-30", "forever"};
    static const char *const zones[] = {
        "Europe/Berlin",      "America/New_York",  "Australia/Sydney", "Pacific/Auckland",  "Asia/Kolkata",
        "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Moscow",    "America/Sao_Paulo", "Etc/UTC"};
    enum { PATTERNS = sizeof patterns / sizeof *patterns, ENDS = 3, ZONES = sizeof zones / sizeof *zones };
    int pattern = i % PATTERNS, end = i / PATTERNS % ENDS, zone = i % ZONES, every = i / (PATTERNS * ENDS) % 4 + 1;
    bool all_day = i / 7 % 4 == 0, exceptions = i / 3 % 2 == 0;
    int year = end == 1 || pattern == 11 || pattern == 8 ? 2006 + i % 3 : 2005 + i % 8;
    char rule[120], begin[60];
    snprintf(rule, sizeof rule, patterns[pattern], every);
    char *option = strstr(rule, " week-starts mon");
    const char *tail = option ? " week-starts mon" : "";
    if (option)
        *option = 0;
    snprintf(begin, sizeof begin, all_day ? "on %04d-%02d-%02d" : "at %04d-%02d-%02d 09:30 for 45m", year,
             i % 12 + 1, i % 27 + 1);
    char *text = ms_text(&b->mem, "appointment Series %d\n  zone %s\n  %s\n  repeat %s %s%s\n  location Room %d\n",
                         i, zones[zone], begin, rule, ends[end], tail, i % 9);
    /* The days for exceptions come from the series itself. */
    int64_t days[6];
    size_t count = days_of(b, ms_text(&b->mem, "%s %s%s", rule, ends[end], tail),
                           ms_days(year, i % 12 + 1, i % 27 + 1), days, 6);
    if (exceptions && count >= 5) {
        struct ms_date gone = ms_date_of(days[1]), moved = ms_date_of(days[3]);
        text = ms_text(&b->mem, "%s  skip %04d-%02d-%02d\n  change %04d-%02d-%02d\n    subject Series %d moved\n",
                       text, gone.year, gone.month, gone.day, moved.year, moved.month, moved.day, i);
        if (!all_day)
            text = ms_text(&b->mem, "%s    at %04d-%02d-%02d 13:15 for 2h\n    location Elsewhere\n", text,
                           moved.year, moved.month, moved.day);
    }
    ms_build_text(b, text);
}

/* `matrix 520`: that many series in the open folder. */
int ms_build_matrix(struct ms_build *b, struct ms_node *n)
{
    char *end;
    long count = strtol(n->rest, &end, 10);
    if (end == n->rest || *end || count < 1 || count > 100000 || !b->place) {
        ms_fail(b->recipe, n, "`matrix COUNT` wants a count, and a folder before it");
        return -1;
    }
    for (int i = 0; i < count && !b->recipe->failed; i++)
        series_text(b, i);
    return b->recipe->failed ? -1 : 0;
}
