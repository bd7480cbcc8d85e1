/*
 * survey_items.c - what the items of a store tell before they are converted: addresses, size, series.
 *
 * Layer: programs. Items of all kinds that become files are read, without their attachments' bytes; mail is not.
 */
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "rrule.h"
#include "survey_int.h"

static const char *const type_names[TYPES] = {"SMTP", "EX", "MS", "CCMAIL", "NOTES", "X400", "other"};

const char *survey_type_name(enum survey_type type) { return type_names[type]; }

static bool is_kind(const char *message_class, const char *prefix)
{
    size_t size = strlen(prefix);
    return !strncasecmp(message_class, prefix, size) && (!message_class[size] || message_class[size] == '.');
}

static bool is_converted(void *data, const char *message_class, bool associated)
{
    static const char *const kinds[] = {"IPM.Appointment", "IPM.Contact",  "IPM.DistList",
                                        "IPM.Task",        "IPM.Activity", "IPM.StickyNote"};
    (void)data;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!associated && is_kind(message_class, kinds[i]))
            return true;
    return false;
}

/* --- addresses -------------------------------------------------------------------------------- */

static enum survey_type type_of(const char *text)
{
    for (int t = 0; t < TYPE_OTHER; t++)
        if (!strcasecmp(text, type_names[t]))
            return (enum survey_type)t;
    return TYPE_OTHER;
}

static void address_add(struct walking *w, const char *type, const char *address, const char *smtp)
{
    struct pl_diskset_row there;
    char key[1200];
    if (!type || !address)
        return;
    enum survey_type kind = type_of(type);
    bool bare = kind != TYPE_SMTP && !smtp;
    snprintf(key, sizeof key, "%s:%.1000s", kind == TYPE_EX && bare ? "open" : type_names[kind], address);
    for (char *c = key; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' && kind != TYPE_OTHER ? *c + 32 : *c);
    enum pl_status st = pl_diskset_add(w->addresses, key, 0, address, &there);
    w->survey->full = w->survey->full || st == PL_STOP;
    if (st != PL_OK)
        return;
    w->survey->types[kind]++;
    w->survey->bare[kind] += bare;
}

static void addresses(struct walking *w, const struct pl_item *item)
{
    static const enum pl_pid cards[][2] = {{PidLidEmail1AddressType, PidLidEmail1EmailAddress},
                                           {PidLidEmail2AddressType, PidLidEmail2EmailAddress},
                                           {PidLidEmail3AddressType, PidLidEmail3EmailAddress}};
    for (size_t i = 0; i < item->recipient_count; i++)
        address_add(w, pl_bag_text(&item->recipients[i], PidTagAddressType),
                    pl_bag_text(&item->recipients[i], PidTagEmailAddress),
                    pl_bag_text(&item->recipients[i], PidTagSmtpAddress));
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
        address_add(w, pl_bag_text(&item->props, cards[i][0]), pl_bag_text(&item->props, cards[i][1]), NULL);
}

/* --- sizes ------------------------------------------------------------------------------------------ */

static uint64_t bag_size(const struct pl_bag *bag)
{
    uint64_t size = 0;
    for (size_t i = 0; i < bag->count; i++) {
        size += bag->props[i].stream.size;
        for (size_t v = 0; v < bag->props[i].count; v++)
            size += bag->props[i].values[v].raw.size;
    }
    return size;
}

static void size_add(struct survey *s, const struct pl_item *item)
{
    s->items++;
    s->bytes += bag_size(&item->props);
    for (size_t i = 0; i < item->recipient_count; i++)
        s->bytes += bag_size(&item->recipients[i]);
    for (size_t i = 0; i < item->attachment_count; i++) {
        const struct pl_bag *bag = &item->attachments[i].props;
        int64_t told = pl_bag_integer(bag, PidTagAttachSize, 0);
        uint64_t found = bag_size(bag);
        s->attached += told > 0 && (uint64_t)told > found ? (uint64_t)told : found;
    }
}

/* --- series ------------------------------------------------------------------------------------------ */

#define OCCURRENCES_MOST 3500u /* sabre/vobject, Settings::$maxRecurrences: sabre-io/dav issue 899 */
#define SHOWN_MOST       730u  /* Google Calendar; as its users report */

/* Days: zimbraCalendarRecurrenceDailyMaxDays 730, WeeklyMaxWeeks 520, MonthlyMaxMonths 360, YearlyMaxYears 100. */
static int64_t span_most(const struct pl_recur *r)
{
    switch (r->pattern) {
    case PL_PATTERN_DAY: return 730;
    case PL_PATTERN_WEEK: return 520 * 7;
    default: return r->period % 12 ? 360 * 365 / 12 : 100 * 365;
    }
}

static void series(struct survey *s, struct store *store, struct pl_bytes blob)
{
    struct pl_recur recur;
    struct pl_expander e;
    struct pl_rdates listed;
    int64_t day, first = 0, last = 0;
    uint64_t count = 0;
    s->series++;
    if (!pl_recur_decode(&store->session.item_arena, blob.data, blob.size, false, &recur) ||
        !pl_expander_init(&e, &recur))
        return; /* convert says of which item */
    bool endless = recur.end == PL_END_NEVER || (recur.end == PL_END_DATE && recur.end_rt >= PL_RT_NO_END);
    for (; !endless && count <= OCCURRENCES_MOST && pl_expander_next(&e, &day); count++) {
        first = count ? first : day;
        last = day;
    }
    s->endless += endless;
    s->limit[LIMIT_OCCURRENCES] += count > OCCURRENCES_MOST;
    s->limit[LIMIT_SHOWN] += count > SHOWN_MOST;
    s->limit[LIMIT_SPAN] += last - first > span_most(&recur);
    s->limit[LIMIT_LISTED] += pl_rrule_rdates(&store->session.item_arena, &recur, &listed) && listed.count;
}

void survey_items(struct walking *w, struct store *s)
{
    const struct pl_wanted wanted = {.wants = is_converted};
    struct pl_item item;
    struct pl_bytes blob;
    while (store_next_item(s, &wanted, &item)) {
        const struct pl_progress now = {.store = s->path,
                                        .folder = w->folder,
                                        .done = w->survey->items - w->before,
                                        .bytes = s->session.source.bytes_read};
        progress_show(&w->progress, &now);
        addresses(w, &item);
        size_add(w->survey, &item);
        if (is_kind(item.message_class, "IPM.Appointment") &&
            pl_bag_bytes(&item.props, PidLidAppointmentRecur, &blob) && blob.size)
            series(w->survey, s, blob);
    }
}
