/*
 * build_event.c - appointments and meetings.
 *
 * [MS-OXOCAL] 2.2.1. Instants are computed here from the wall clock and the own zone
 * tables; the truth gets the same instants, and dates for all-day events.
 */
#include "build_event.h"

#include <stdio.h>
#include <string.h>

const char *const ms_busy_words[] = {"free", "tentative", "busy", "away", "elsewhere", NULL};

static struct ms_times parse_on(struct ms_build *b, struct ms_node *n)
{
    struct ms_words w;
    ms_words(b->recipe, &b->mem, n, &w);
    int64_t first = ms_word_date(&w), last = first;
    if (ms_word_is(&w, "to"))
        last = ms_word_date(&w);
    if (ms_word_more(&w) || last < first)
        ms_fail(b->recipe, n, "`on DATE` or `on DATE to DATE`");
    return (struct ms_times){first * MS_DAY, (last + 1) * MS_DAY, true, false};
}

struct ms_times ms_parse_times(struct ms_build *b, struct ms_node *n)
{
    struct ms_words w;
    struct ms_times t = {0};
    bool utc;
    if (!strcmp(n->word, "on"))
        return parse_on(b, n);
    ms_words(b->recipe, &b->mem, n, &w);
    t.start = ms_word_moment(&w, &t.utc);
    t.end = t.start + 1800;
    if (ms_word_is(&w, "for"))
        t.end = t.start + (int64_t)ms_word_span(&w) * 60;
    else if (ms_word_is(&w, "to") && ms_word_more(&w) && ms_looks_like_date(w.list[w.at]))
        t.end = ms_word_moment(&w, &utc);
    else if (ms_word_more(&w))
        t.end = t.start - t.start % MS_DAY + ms_word_clock(&w) * 60;
    if (ms_word_more(&w) || t.end < t.start)
        ms_fail(b->recipe, n, "`at DATE TIME`, then `for SPAN`, `to TIME` or `to DATE TIME`");
    return t;
}

void ms_put_goid(struct ms_bytes *out, const struct ms_draft *d, int64_t day)
{
    size_t from = out->size;
    ms_put(out, d->goid, d->goid_size);
    if (day && d->goid_size >= 20) {
        struct ms_date date = ms_date_of(day);
        out->data[from + 16] = (uint8_t)(date.year >> 8);
        out->data[from + 17] = (uint8_t)date.year;
        out->data[from + 18] = (uint8_t)date.month;
        out->data[from + 19] = (uint8_t)date.day;
    }
}

/* [MS-OXOCAL] 2.2.1.27; a foreign UID goes in as text. */
static void make_goid(struct ms_build *b, struct ms_draft *d)
{
    static const uint8_t lead[20] = {4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8};
    const char *uid = ms_child_text(b->recipe, &b->mem, d->node, "uid");
    struct ms_bytes data = {.mem = &b->mem}, id = {.mem = &b->mem};
    if (!ms_child_flag(b->recipe, d->node, "goid", true))
        return;
    if (uid) {
        ms_put(&data, "vCal-Uid\1\0\0\0", 12);
        ms_put(&data, uid, strlen(uid) + 1);
    } else {
        ms_put64(&data, ms_mix(b->store.seed ^ 0x676f6964, b->ordinal));
        ms_put64(&data, ms_mix(b->store.seed ^ 0x676f6965, b->ordinal));
    }
    ms_put(&id, lead, 20);
    ms_put64(&id, uid ? 0 : ms_filetime(d->created));
    ms_put64(&id, 0);
    ms_put32(&id, (uint32_t)data.size);
    ms_put(&id, data.data, data.size);
    if (id.size > sizeof d->goid) {
        ms_fail(b->recipe, d->node, "the uid is too long");
        return;
    }
    memcpy(d->goid, id.data, id.size);
    d->goid_size = id.size;
    ms_bin(&d->bag, MS_LID(MS_MEETING, 0x03), id.data, id.size);
    ms_bin(&d->bag, MS_LID(MS_MEETING, 0x23), id.data, id.size);
    ms_truth_hex(&b->truth, "goid", id.data, id.size);
    ms_truth_text(&b->truth, "uid", uid);
}

void ms_event_instants(struct ms_bag *bag, int64_t start, int64_t end)
{
    ms_time(bag, MS_LID(MS_APPT, 0x820d), start);
    ms_time(bag, MS_LID(MS_APPT, 0x820e), end);
    ms_time(bag, MS_LID(MS_COMMON, 0x8516), start);
    ms_time(bag, MS_LID(MS_COMMON, 0x8517), end);
    ms_time(bag, MS_TAG(0x0060), start);
    ms_time(bag, MS_TAG(0x0061), end);
    ms_long(bag, MS_LID(MS_APPT, 0x8213), (end - start) / 60);
}

static void put_zone(struct ms_build *b, struct ms_event *e)
{
    struct ms_bytes old = {.mem = &b->mem}, new = {.mem = &b->mem};
    struct ms_bag *bag = &e->d->bag;
    int year = ms_date_of(e->times.start / MS_DAY).year;
    ms_put_tzstruct(&old, &e->zone, year);
    ms_put_tzdefinition(&new, &e->zone, year);
    if (e->recurring && e->blobs >= MS_BLOBS_STRUCT) {
        ms_bin(bag, MS_LID(MS_APPT, 0x8233), old.data, old.size);
        ms_str(bag, MS_LID(MS_APPT, 0x8234), e->zone.label);
    }
    if (e->blobs < MS_BLOBS_ONE_RULE)
        return;
    if (e->recurring)
        ms_bin(bag, MS_LID(MS_APPT, 0x8260), new.data, new.size);
    ms_bin(bag, MS_LID(MS_APPT, 0x825e), new.data, new.size);
    ms_bin(bag, MS_LID(MS_APPT, 0x825f), new.data, new.size);
}

static void read_zone(struct ms_build *b, struct ms_event *e)
{
    static const char *const words[] = {"default", "none", "struct", "one-rule", "all", NULL};
    static const struct ms_rule zero = {0};
    e->blobs = (enum ms_blobs)ms_child_choice(b->recipe, e->d->node, "tz-blobs", words, 0);
    if (!e->blobs)
        e->blobs = MS_BLOBS_ALL;
    e->zone = e->d->zone ? *e->d->zone : *ms_zone_at(0);
    int year = ms_date_of(e->times.start / MS_DAY).year;
    if (e->times.utc || (e->recurring && e->blobs == MS_BLOBS_NONE))
        e->zone = (struct ms_zone){"UTC", "UTC", "UTC", &zero, 1};
    else if (e->recurring && e->blobs < MS_BLOBS_ALL)
        e->zone = ms_zone_frozen(&e->zone, year);
    ms_truth_true(&b->truth, "oneRule", e->recurring && e->blobs > MS_BLOBS_NONE && e->blobs < MS_BLOBS_ALL);
    ms_truth_text(&b->truth, "zone", e->blobs == MS_BLOBS_NONE ? NULL : e->zone.name);
}

static void put_reminder(struct ms_build *b, struct ms_event *e, int64_t start)
{
    struct ms_node *c = ms_child(e->d->node, "reminder");
    e->reminder = -1;
    if (c && strcmp(c->rest, "none")) {
        struct ms_words w;
        ms_words(b->recipe, &b->mem, c, &w);
        e->reminder = ms_word_is(&w, "default") ? 15 : ms_word_span(&w);
        ms_truth_number(&b->truth, "reminder", e->reminder);
        ms_long(&e->d->bag, MS_LID(MS_COMMON, 0x8501), strcmp(c->rest, "default") ? e->reminder : 0x5ae980e1);
        ms_time(&e->d->bag, MS_LID(MS_COMMON, 0x8502), start);
        ms_time(&e->d->bag, MS_LID(MS_COMMON, 0x8560), start - e->reminder * 60);
    }
    ms_bool(&e->d->bag, MS_LID(MS_COMMON, 0x8503), e->reminder >= 0);
}

/* `attendee optional accepted Anna <anna@example.org>` */
static void put_attendee(struct ms_build *b, struct ms_event *e, struct ms_node *n)
{
    static const char *const roles[] = {"required", "optional", "resource"};
    static const char *const role_names[] = {"REQ-PARTICIPANT", "OPT-PARTICIPANT", "RESOURCE"};
    static const char *const answers[] = {"none", "organizer", "tentative", "accepted", "declined", "silent"};
    static const char *const partstats[] = {"NEEDS-ACTION", "ACCEPTED", "TENTATIVE",
                                            "ACCEPTED",     "DECLINED", "NEEDS-ACTION"};
    const char *rest = ms_string(b->recipe, &b->mem, n);
    size_t role = 0, answer = 0;
    for (size_t i = 0; i < 9; i++) {
        const char *word = i < 3 ? roles[i] : answers[i - 3];
        size_t size = strlen(word);
        if (strncmp(rest, word, size) || rest[size] != ' ')
            continue;
        role = i < 3 ? i : role;
        answer = i < 3 ? answer : i - 3;
        rest += size + 1;
    }
    struct ms_person p = ms_person_of(b, n, rest);
    struct ms_bag row = ms_recipient(b, e->d, &p, (int)role + 1);
    ms_long(&row, MS_TAG(0x5ffd), 1);
    ms_long(&row, MS_TAG(0x5fff), (int64_t)answer);
    if (answer >= 2 && answer <= 4)
        ms_time(&row, MS_TAG(0x5ffb), e->d->modified);
    ms_add_recipient(e->d, &row);
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_text(&b->truth, "name", p.name);
    ms_truth_text(&b->truth, "smtp", p.smtp);
    ms_truth_text(&b->truth, "dn", p.dn);
    ms_truth_text(&b->truth, "role", role_names[role]);
    ms_truth_text(&b->truth, "partstat", partstats[answer]);
    ms_truth_close(&b->truth, '}');
}

static void put_organizer(struct ms_build *b, struct ms_event *e, const struct ms_person *p)
{
    struct ms_bag *bag = &e->d->bag;
    struct ms_bytes id = {.mem = &b->mem};
    ms_put_person_id(&id, p);
    static const unsigned tags[2][5] = {{0x0041, 0x0042, 0x0064, 0x0065, 0x5d02},
                                        {0x0c19, 0x0c1a, 0x0c1e, 0x0c1f, 0x5d01}};
    struct ms_node *c = ms_child(e->d->node, "sent-by");
    struct ms_person sender = c ? ms_person_of(b, c, ms_string(b->recipe, &b->mem, c)) : *p;
    struct ms_bytes sender_id = {.mem = &b->mem};
    ms_put_person_id(&sender_id, &sender);
    for (size_t i = 0; i < 2; i++) {
        const struct ms_person *who = i ? &sender : p;
        ms_bin(bag, MS_TAG(tags[i][0]), i ? sender_id.data : id.data, i ? sender_id.size : id.size);
        ms_str(bag, MS_TAG(tags[i][1]), who->name);
        ms_str(bag, MS_TAG(tags[i][2]), ms_address_type(who));
        ms_str(bag, MS_TAG(tags[i][3]), ms_address(who));
        ms_str(bag, MS_TAG(tags[i][4]), who->smtp);
        ms_add_sid(b, bag, i ? 0x0e4d : 0x0e4e, who);
    }
    ms_truth_person(b, "organizer", p);
    if (c)
        ms_truth_person(b, "sentBy", &sender);
    struct ms_bag row = ms_recipient(b, e->d, p, 1);
    ms_long(&row, MS_TAG(0x5ffd), 3);
    ms_long(&row, MS_TAG(0x5fff), 0);
    ms_add_recipient(e->d, &row);
}

static void put_meeting(struct ms_build *b, struct ms_event *e)
{
    static const char *const words[] = {"none", "organizer", "tentative", "accepted", "declined", "silent", NULL};
    struct ms_bag *bag = &e->d->bag;
    struct ms_node *n = e->d->node, *organizer = ms_child(n, "organizer");
    e->meeting = organizer != NULL;
    bool cancelled = e->meeting && ms_child_flag(b->recipe, n, "cancelled", false);
    int response = ms_child_choice(b->recipe, n, "response", words, e->meeting ? 1 : 0);
    long long sequence = ms_child_number(b->recipe, n, "sequence", 0, 0, INT32_MAX);
    ms_long(bag, MS_LID(MS_APPT, 0x8217), !e->meeting ? 0 : 1 | (response == 1 ? 0 : 2) | (cancelled ? 4 : 0));
    ms_long(bag, MS_LID(MS_APPT, 0x8218), response);
    ms_long(bag, MS_LID(MS_APPT, 0x8201), sequence);
    if (!e->meeting)
        return;
    struct ms_person p = ms_person_of(b, organizer, ms_string(b->recipe, &b->mem, organizer));
    put_organizer(b, e, &p);
    ms_time(bag, MS_LID(MS_MEETING, 0x1a), e->d->modified);
    ms_bool(bag, MS_LID(MS_APPT, 0x8229), true);
    ms_truth_number(&b->truth, "sequence", sequence);
    ms_truth_true(&b->truth, "cancelled", cancelled);
    ms_truth_text(&b->truth, "response", words[response]);
    ms_truth_open(&b->truth, "attendees", '[');
    for (struct ms_node *c = ms_child(n, "attendee"); c; c = ms_again(c))
        put_attendee(b, e, c);
    ms_truth_close(&b->truth, ']');
}

static void put_times(struct ms_build *b, struct ms_event *e)
{
    int64_t start = ms_utc(&e->zone, e->times.start), end = ms_utc(&e->zone, e->times.end);
    /* a series whose blob begins early has its own start there too */
    int64_t early = e->recurring ? (e->series.start - e->series.given) * MS_DAY : 0;
    ms_event_instants(&e->d->bag, ms_utc(&e->zone, e->times.start - early), ms_utc(&e->zone, e->times.end - early));
    e->d->start = start;
    e->d->end = end;
    ms_bool(&e->d->bag, MS_LID(MS_APPT, 0x8215), e->times.all_day);
    ms_bool(&e->d->bag, MS_LID(MS_APPT, 0x8223), e->recurring);
    ms_truth_bool(&b->truth, "allDay", e->times.all_day);
    if (e->times.all_day) {
        ms_truth_date(&b->truth, "start", e->times.start / MS_DAY);
        ms_truth_date(&b->truth, "end", e->times.end / MS_DAY);
    } else {
        ms_truth_utc(&b->truth, "start", start);
        ms_truth_utc(&b->truth, "end", end);
    }
    put_reminder(b, e, start);
}

static void read_series(struct ms_build *b, struct ms_event *e)
{
    struct ms_node *c = ms_child(e->d->node, "repeat");
    struct ms_words w;
    e->recurring = c != NULL;
    if (!c)
        return;
    int64_t length = e->times.end - e->times.start, clock = e->times.start % MS_DAY;
    e->series.start = e->times.start / MS_DAY;
    ms_words(b->recipe, &b->mem, c, &w);
    ms_series_parse(&w, &e->series);
    e->times.start = e->series.start * MS_DAY + clock;
    e->times.end = e->times.start + length;
    ms_truth_text(&b->truth, "repeat", c->rest);
}

void ms_build_event(struct ms_build *b, struct ms_draft *d)
{
    struct ms_event *e = ms_alloc(&b->mem, sizeof *e);
    e->d = d;
    ms_draft_begin(b, d);
    make_goid(b, d);
    struct ms_node *when = ms_child(d->node, "at"), *on = when ? NULL : ms_child(d->node, "on");
    if (!when && !on) {
        ms_fail(b->recipe, d->node, "`%s` wants `at` or `on`", d->node->word);
        return;
    }
    e->times = ms_parse_times(b, when ? when : on);
    if (e->times.start < 0)
        ms_fail(b->recipe, when ? when : on, "appointments before 1970 are not made");
    read_series(b, e);
    if (b->recipe->failed)
        return;
    e->location = ms_child_text(b->recipe, &b->mem, d->node, "location");
    e->busy = ms_child_choice(b->recipe, d->node, "busy", ms_busy_words, e->times.all_day ? 0 : 2);
    ms_str(&d->bag, MS_LID(MS_APPT, 0x8208), e->location);
    ms_long(&d->bag, MS_LID(MS_APPT, 0x8205), e->busy);
    ms_truth_text(&b->truth, "location", e->location);
    ms_truth_text(&b->truth, "busy", ms_busy_words[e->busy]);
    read_zone(b, e);
    put_times(b, e);
    put_zone(b, e);
    put_meeting(b, e);
    if (e->recurring)
        ms_event_series(b, e);
    ms_draft_finish(b, d);
}
