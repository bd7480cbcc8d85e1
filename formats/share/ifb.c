/*
 * ifb.c - busy time as VFREEBUSY (RFC 5545 3.6.4): one file for each user.
 *
 * Layer: formats. Two sources: what was published, in messages of a public store or of the
 * mailbox, and what the calendar itself makes of its events. Published messages wait until the
 * run ends, because of two about one user the newer counts; the wait is bounded. A computed
 * file covers the range that was published, else that of the calendar; the clock is never asked.
 */
#include "ifb.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "busyset.h"
#include "bytes.h"
#include "contentline.h"
#include "memory.h"
#include "report.h"
#include "text.h"
#include "tz.h"

#define BUCKETS      4096u
#define WAITING_MOST ((size_t)8 << 20) /* bytes of periods that wait */

/* A message that was published; of one user there is one. */
struct published {
    struct published *next, *same_dn, *same_name; /* of all; with the same hash */
    char *dn, *name;                              /* name: of the file, without its folder */
    char *smtp, *who;                             /* address and name of the user, or NULL */
    char *path;
    int64_t start, end, stamp;
    struct pl_period *periods;
    size_t count;
    unsigned numbers; /* given out to others whose DN ends as this one's */
    bool written;
};

struct state {
    struct published *first, *last, *by_dn[BUCKETS], *by_name[BUCKETS];
    size_t waiting;
    const char *owner;
    struct pl_folder at; /* the folder at hand */
    /* the mailbox at hand */
    const struct pl_mailbox *mailbox;
    char *smtp;                   /* of its owner, where the mailbox does not tell it */
    struct pl_busyset own, other; /* of THE calendar; of the first one, which counts where none is that */
    char first_key[PL_KEY_MAX];
    struct pl_sink computed;
    bool open;
    int64_t start, end; /* published range of its owner */
    EVP_MD_CTX *digest;
};

static enum pl_status fault(struct pl_writer *w, int error)
{
    bool full = error == ENOSPC || error == EDQUOT;
    return pl_report(w->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET, "freebusy: %s",
                     strerror(error ? error : ENOMEM));
}

/* --- a component ------------------------------------------------------------------------------ */

#define UTC_SIZE 40 /* "20240131T080000Z" of any year that an int has */

static void utc_text(int64_t seconds, char out[UTC_SIZE])
{
    struct pl_civil c = pl_civil_of(seconds);
    snprintf(out, UTC_SIZE, "%04d%02d%02dT%02d%02d%02dZ", c.year % 10000, c.month, c.day, c.hour, c.minute,
             c.second);
}

static void put_utc(struct pl_sink *sink, const char *name, int64_t seconds)
{
    char text[UTC_SIZE];
    utc_text(seconds, text);
    pl_line_put_raw(sink, name, text);
}

static void put_periods(struct pl_sink *sink, const struct pl_period *periods, size_t count)
{
    static const char *const types[] = {"BUSY-TENTATIVE", "BUSY", "BUSY-UNAVAILABLE"};
    for (size_t i = 0; i < count; i++) {
        struct pl_line line;
        char text[UTC_SIZE];
        pl_line_begin(&line, sink, "FREEBUSY");
        pl_line_param(&line, "FBTYPE", types[periods[i].kind]);
        pl_line_value(&line);
        utc_text(periods[i].start, text);
        pl_line_raw(&line, text);
        pl_line_raw(&line, "/");
        utc_text(periods[i].end, text);
        pl_line_raw(&line, text);
        pl_line_end(&line);
    }
}

struct component {
    const char *uid, *smtp, *dn, *name;
    int64_t start, end, stamp;
    const struct pl_period *periods;
    size_t count;
};

void pl_ifb_organizer(struct pl_sink *sink, const char *smtp, const char *dn, const char *name)
{
    struct pl_line line;
    bool known = smtp && *smtp;
    pl_line_begin(&line, sink, "ORGANIZER");
    if (name && *name)
        pl_line_param(&line, "CN", name);
    if (dn && *dn)
        pl_line_param(&line, "X-PIMLIFT-EX", dn);
    pl_line_value(&line);
    pl_line_raw(&line, known ? "mailto:" : "invalid:nomail");
    pl_line_raw(&line, known ? smtp : "");
    pl_line_end(&line);
}

static void put_component(struct pl_sink *sink, const struct component *c)
{
    pl_sink_puts(sink, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//pimlift//EN\r\nBEGIN:VFREEBUSY\r\n");
    pl_line_put_text(sink, "UID", c->uid);
    put_utc(sink, "DTSTAMP", c->stamp ? c->stamp : c->start);
    pl_ifb_organizer(sink, c->smtp, c->dn, c->name);
    put_utc(sink, "DTSTART", c->start);
    put_utc(sink, "DTEND", c->end);
    put_periods(sink, c->periods, c->count);
    pl_sink_puts(sink, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n");
}

/* For the ledger: the periods of a record stand joined with those of others, so not its bytes are hashed. */
static void digest_begin(EVP_MD_CTX *digest)
{
    if (!EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
        pl_memory_missed();
}

static void digest_end(EVP_MD_CTX *digest, uint8_t sha256[32])
{
    if (!EVP_DigestFinal_ex(digest, sha256, NULL))
        pl_memory_missed();
}

static void digest_one(EVP_MD_CTX *digest, const struct pl_period *p)
{
    uint8_t bytes[20];
    pl_put64(bytes, (uint64_t)p->start);
    pl_put64(bytes + 8, (uint64_t)p->end);
    pl_put32(bytes + 16, (uint32_t)p->kind);
    if (!EVP_DigestUpdate(digest, bytes, sizeof bytes))
        pl_memory_missed();
}

/* --- published ----------------------------------------------------------------------------------- */

static void published_free(struct published *p)
{
    free(p->dn);
    free(p->name);
    free(p->path);
    free(p->smtp);
    free(p->who);
    free(p->periods);
    free(p);
}

/* What is published without a range speaks of its periods. */
static void range_fill(struct published *p)
{
    if (p->start && p->end > p->start)
        return;
    p->start = p->end = p->count ? p->periods[0].start : p->stamp;
    for (size_t i = 0; i < p->count; i++) {
        p->start = p->periods[i].start < p->start ? p->periods[i].start : p->start;
        p->end = p->periods[i].end > p->end ? p->periods[i].end : p->end;
    }
    if (p->end == p->start)
        p->end += 86400;
}

static enum pl_status published_write(struct pl_writer *w, struct published *p)
{
    const char *const parts[] = {"freebusy", p->name};
    struct pl_sink sink;
    if (p->written)
        return PL_OK;
    errno = 0;
    if (pl_output_create(w->output, parts, 2, ".ifb", &sink) != PL_OK)
        return fault(w, sink.error);
    struct pl_buf uid;
    pl_buf_init(&uid, 4096);
    pl_buf_printf(&uid, "freebusy:%s", p->dn);
    put_component(&sink, &(struct component){.uid = uid.data,
                                             .smtp = p->smtp,
                                             .dn = p->dn,
                                             .name = p->who,
                                             .start = p->start,
                                             .end = p->end,
                                             .stamp = p->stamp,
                                             .periods = p->periods,
                                             .count = p->count});
    enum pl_status st = uid.failed || pl_sink_hand_in(&sink) != PL_OK ? fault(w, sink.error) : PL_OK;
    pl_buf_release(&uid);
    pl_sink_abort(&sink);
    free(p->periods);
    p->periods = NULL;
    p->written = true;
    return st;
}

static enum pl_status all_write(struct pl_writer *w)
{
    struct state *s = w->state;
    enum pl_status st = PL_OK;
    for (struct published *p = s->first; p && st == PL_OK; p = p->next)
        st = published_write(w, p);
    s->waiting = 0;
    return st;
}

/* FNV-1a, without the case of ASCII letters. */
static size_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (uint32_t)tolower((unsigned char)*text)) * 16777619u;
    return hash % BUCKETS;
}

static struct published *published_of(const struct state *s, const char *dn)
{
    struct published *p = s->by_dn[hash_of(dn)];
    while (p && strcasecmp(p->dn, dn) != 0)
        p = p->same_dn;
    return p;
}

static struct published *published_named(const struct state *s, const char *name)
{
    struct published *p = s->by_name[hash_of(name)];
    while (p && strcasecmp(p->name, name) != 0)
        p = p->same_name;
    return p;
}

/* The last name of the DN, made safe and different from those before. NULL: out of memory. */
static char *name_of(const struct state *s, const char *dn)
{
    const char *equals = strrchr(dn, '=');
    char safe[128];
    struct pl_buf b;
    char *name = NULL;
    pl_text_filename(equals && equals[1] ? equals + 1 : dn, safe);
    pl_buf_init(&b, 256);
    struct published *first = published_named(s, safe);
    for (unsigned n = first ? first->numbers + 2 : 1; !name && !b.failed; n++) {
        pl_buf_clear(&b);
        pl_buf_puts(&b, safe);
        if (n > 1)
            pl_buf_printf(&b, "-%u", n);
        if (b.failed || published_named(s, b.data))
            continue;
        name = strdup(b.data);
        b.failed = !name;
        if (first)
            first->numbers = n - 1;
    }
    pl_buf_release(&b);
    return name;
}

static struct published *published_new(struct state *s, const char *dn)
{
    struct published *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->dn = strdup(dn);
    p->name = p->dn ? name_of(s, dn) : NULL;
    size_t size = p->name ? strlen(p->name) + sizeof "freebusy/.ifb" : 0;
    p->path = size ? malloc(size) : NULL;
    if (!p->path) {
        published_free(p);
        return NULL;
    }
    memcpy(p->path, "freebusy/", 9);
    memcpy(p->path + 9, p->name, strlen(p->name));
    memcpy(p->path + 9 + strlen(p->name), ".ifb", 5);
    struct published **dn_at = &s->by_dn[hash_of(p->dn)], **name_at = &s->by_name[hash_of(p->name)];
    p->same_dn = *dn_at;
    p->same_name = *name_at;
    *dn_at = *name_at = p;
    if (s->last)
        s->last->next = p;
    else
        s->first = p;
    s->last = p;
    return p;
}

static enum pl_status published_keep(struct pl_writer *w, struct published *p, const struct pl_freebusy *f)
{
    struct state *s = w->state;
    size_t bytes = (f->period_count + 1) * sizeof *p->periods;
    struct pl_period *periods = malloc(bytes);
    if (!periods)
        return fault(w, ENOMEM);
    for (size_t i = 0; i < f->period_count; i++)
        periods[i] = f->periods[i];
    free(p->periods);
    free(p->smtp);
    free(p->who);
    p->periods = periods;
    p->smtp = f->user.smtp ? strdup(f->user.smtp) : NULL;
    p->who = f->user.name ? strdup(f->user.name) : NULL;
    if ((f->user.smtp && !p->smtp) || (f->user.name && !p->who))
        return fault(w, ENOMEM);
    p->count = f->period_count;
    p->start = f->start_utc;
    p->end = f->end_utc;
    p->stamp = f->stamp_utc;
    range_fill(p);
    s->waiting += bytes;
    return s->waiting > WAITING_MOST ? all_write(w) : PL_OK;
}

static enum pl_status published_put(struct pl_writer *w, const struct pl_record *record,
                                    const struct pl_freebusy *f, struct pl_written *out)
{
    struct state *s = w->state;
    const char *dn = f->user.dn ? f->user.dn : s->owner;
    struct published *p = published_of(s, dn);
    bool again = p != NULL;
    enum pl_status st = PL_OK;
    if (!p && !(p = published_new(s, dn)))
        return fault(w, ENOMEM);
    if (again)
        pl_report(w->report, PL_OK, "freebusy.duplicate", record->item ? record->item->key : NULL, PL_NO_OFFSET,
                  "busy time of %s was published twice: the newer counts", dn);
    if (!again || (!p->written && f->stamp_utc > p->stamp))
        st = published_keep(w, p, f);
    else if (p->written && f->stamp_utc > p->stamp)
        st = pl_report(w->report, PL_WARN, "freebusy.late", record->item ? record->item->key : NULL, PL_NO_OFFSET,
                       "newer busy time of %s comes after its file was written, and is left out", dn);
    digest_begin(s->digest);
    for (size_t i = 0; i < f->period_count; i++)
        digest_one(s->digest, &f->periods[i]);
    digest_end(s->digest, out->sha256);
    out->file = p->path;
    out->uid = record->uid;
    return st;
}

/* --- computed -------------------------------------------------------------------------------------- */

static void digest_period(void *data, const struct pl_period *period)
{
    struct state *s = data;
    digest_one(s->digest, period);
}

static enum pl_status computed_open(struct pl_writer *w)
{
    struct state *s = w->state;
    const char *const parts[] = {"freebusy", "computed", s->owner};
    if (s->open)
        return PL_OK;
    errno = 0;
    if (pl_output_create(w->output, parts, 3, ".ifb", &s->computed) != PL_OK)
        return fault(w, s->computed.error);
    pl_busyset_init(&s->own);
    pl_busyset_init(&s->other);
    s->open = true;
    return PL_OK;
}

/*
 * Only one calendar makes its owner busy: not those of rooms and projects beside it, nor what lies
 * among deleted items.
 */
static bool event_add(struct state *s, const struct pl_record *record)
{
    if (s->at.role != PL_ROLE_CALENDAR || s->at.scope != PL_SCOPE_IPM)
        return true;
    if (s->at.is_default)
        return pl_busyset_add(&s->own, record, digest_period, s);
    if (!*s->first_key)
        memcpy(s->first_key, s->at.key, sizeof s->first_key);
    return strcmp(s->first_key, s->at.key) != 0 || pl_busyset_add(&s->other, record, digest_period, s);
}

static enum pl_status event_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    enum pl_status st = computed_open(w);
    if (st != PL_OK)
        return st;
    digest_begin(s->digest);
    if (!event_add(s, record)) {
        if (s->own.failed || s->other.failed)
            return fault(w, ENOMEM);
        st = pl_report(w->report, PL_WARN, "freebusy.series", record->item ? record->item->key : NULL, PL_NO_OFFSET,
                       "the series can't be expanded and makes nobody busy");
    }
    digest_end(s->digest, out->sha256);
    out->file = s->computed.path;
    out->uid = record->uid;
    return st;
}

static void computed_release(struct state *s)
{
    if (!s->open)
        return;
    pl_busyset_release(&s->own);
    pl_busyset_release(&s->other);
    pl_sink_abort(&s->computed);
    s->first_key[0] = '\0';
    s->open = false;
}

static enum pl_status computed_end(struct pl_writer *w)
{
    struct state *s = w->state;
    if (!s->open)
        return PL_OK;
    static const struct pl_mailbox nobody = {.name = "", .smtp = "", .dn = ""};
    const struct pl_mailbox *m = s->mailbox ? s->mailbox : &nobody;
    struct pl_busyset *set = s->own.any ? &s->own : &s->other;
    const struct published *p = *m->dn ? published_of(s, m->dn) : NULL;
    int64_t start = p ? p->start : s->start, end = p ? p->end : s->end;
    struct pl_buf uid;
    if (!start || end <= start)
        pl_busyset_range(set, &start, &end);
    if (end > set->cut) {
        end = set->cut;
        pl_report(w->report, PL_WARN, "freebusy.horizon", NULL, PL_NO_OFFSET,
                  "%s has more busy time than one file shall hold: the end is left out", s->owner);
    }
    pl_busyset_clip(set, start, end);
    pl_buf_init(&uid, 4096);
    pl_buf_printf(&uid, "freebusy-computed:%s", s->owner);
    put_component(&s->computed, &(struct component){.uid = uid.data,
                                                    .smtp = s->smtp ? s->smtp : m->smtp,
                                                    .dn = m->dn,
                                                    .name = m->name,
                                                    .start = start,
                                                    .end = end,
                                                    .stamp = set->stamp,
                                                    .periods = set->list,
                                                    .count = set->count});
    bool bad = uid.failed || pl_sink_hand_in(&s->computed) != PL_OK;
    enum pl_status st = bad ? fault(w, s->computed.error) : PL_OK;
    pl_buf_release(&uid);
    computed_release(s);
    return st;
}

static enum pl_status mailbox_end(struct pl_writer *w)
{
    struct state *s = w->state;
    enum pl_status st = computed_end(w);
    s->start = s->end = 0;
    s->mailbox = NULL;
    free(s->smtp);
    s->smtp = NULL;
    return st;
}

/* What folders and delegates tell besides: who the owner is, and what he published himself. */
static enum pl_status share_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    const struct pl_share *share = &record->as.share;
    if (share->owner.smtp && !s->smtp && !(s->smtp = strdup(share->owner.smtp)))
        return fault(w, ENOMEM);
    if (!share->published)
        return PL_OK;
    s->start = share->published->start_utc;
    s->end = share->published->end_utc;
    return share->published->period_count ? published_put(w, record, share->published, out) : PL_OK;
}

/* --- the writer --------------------------------------------------------------------------------------- */

static enum pl_status begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    struct state *s = w->state;
    enum pl_status st = PL_OK;
    if (s->mailbox != folder->mailbox)
        st = mailbox_end(w);
    s->mailbox = folder->mailbox;
    s->owner = owner;
    s->at = *folder;
    return st;
}

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    *out = (struct pl_written){0};
    if (!s->digest && !(s->digest = EVP_MD_CTX_new()))
        return fault(w, ENOMEM);
    if (record->kind == PL_EVENT)
        return event_put(w, record, out);
    if (record->kind == PL_FREEBUSY)
        return published_put(w, record, &record->as.freebusy, out);
    return record->kind == PL_SHARE ? share_put(w, record, out) : PL_OK;
}

static enum pl_status end(struct pl_writer *w, enum pl_extent extent)
{
    switch (extent) {
    case PL_EXTENT_STORE: return mailbox_end(w);
    case PL_EXTENT_RUN: return all_write(w);
    case PL_EXTENT_FOLDER: break;
    }
    return PL_OK;
}

static void close_writer(struct pl_writer *w)
{
    struct state *s = w->state;
    computed_release(s);
    for (struct published *p = s->first, *next; p; p = next) {
        next = p->next;
        published_free(p);
    }
    s->first = s->last = NULL;
    free(s->smtp);
    EVP_MD_CTX_free(s->digest);
}

const struct pl_writer_ops pl_freebusy_writer = {
    .name = "freebusy",
    .title = "free/busy time (RFC 5545 VFREEBUSY): as published, and from the calendars",
    .kinds = 1u << PL_FREEBUSY | 1u << PL_EVENT,
    .beyond = "freebusy/*.ifb",
    .state_size = sizeof(struct state),
    .begin = begin,
    .put = put,
    .end = end,
    .close = close_writer,
};
