/*
 * audit.c - see audit.h.
 *
 * Both lists become one of edges in time; between two edges each side has one state. Files of a folder are read one
 * by one, their names by user are kept on disk.
 */
#include "audit.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "diskset.h"
#include "plural.h"
#include "tz.h"

#define FILE_MOST ((size_t)256 << 20) /* of one file and its periods */

const char *pl_audit_code_name(enum pl_audit_code code)
{
    static const char *const names[PL_AUDIT_CODES] = {"", "freebusy.missing", "freebusy.stale",
                                                      "freebusy.contradictory"};
    return names[code];
}

/* --- two lists -------------------------------------------------------------------------------- */

struct edge {
    int64_t at;
    int side, kind, step;
};

static int by_time(const void *left, const void *right)
{
    const struct edge *a = left, *b = right;
    return (a->at > b->at) - (a->at < b->at);
}

static size_t edges_add(struct edge *edges, size_t count, const struct pl_ifb *list, int side, bool merged,
                        const struct pl_audit *range)
{
    for (size_t i = 0; i < list->count; i++) {
        struct pl_period p = list->periods[i];
        p.start = p.start < range->start ? range->start : p.start;
        p.end = p.end > range->end ? range->end : p.end;
        if (p.start >= p.end || (merged && p.kind == PL_TIME_TENTATIVE))
            continue;
        int kind = merged ? PL_TIME_BUSY : (int)p.kind;
        edges[count++] = (struct edge){p.start, side, kind, 1};
        edges[count++] = (struct edge){p.end, side, kind, -1};
    }
    return count;
}

static int strongest(const int counts[PL_TIME_KINDS])
{
    int kind = PL_TIME_KINDS - 1;
    while (kind >= 0 && counts[kind] <= 0)
        kind--;
    return kind;
}

static void differ(struct pl_audit *out, const struct pl_busy_difference *d)
{
    if (d->start == d->end)
        return;
    if (out->count < PL_DIFFERENCES_TOLD)
        out->first[out->count] = *d;
    out->count++;
}

static void sweep(struct edge *edges, size_t count, struct pl_audit *out)
{
    int counts[2][PL_TIME_KINDS] = {{0}};
    struct pl_busy_difference d = {0}; /* the one at hand, which may go on */
    qsort(edges, count, sizeof *edges, by_time);
    for (size_t i = 0; i < count; i++) {
        counts[edges[i].side][edges[i].kind] += edges[i].step;
        if (i + 1 == count || edges[i + 1].at == edges[i].at)
            continue;
        int published = strongest(counts[0]), computed = strongest(counts[1]);
        if (published == computed)
            continue;
        if (d.end != edges[i].at || d.published != published || d.computed != computed) {
            differ(out, &d);
            d = (struct pl_busy_difference){edges[i].at, edges[i].at, published, computed};
        }
        d.end = edges[i + 1].at;
    }
    differ(out, &d);
}

/* Messages of a server tell busy and away as one where nobody else published. */
static bool is_merged(const struct pl_ifb *published)
{
    for (size_t i = 0; i < published->count; i++)
        if (published->periods[i].kind != PL_TIME_BUSY)
            return false;
    return published->count > 0;
}

static bool none_of(const struct pl_ifb *list, enum pl_time_kind kind)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->periods[i].kind == kind)
            return false;
    return true;
}

bool pl_audit_compare(const struct pl_ifb *published, const struct pl_ifb *computed, struct pl_audit *out)
{
    *out = (struct pl_audit){.code = published ? PL_AUDIT_SAME : PL_AUDIT_MISSING};
    if (!published)
        return true;
    out->start = published->start > computed->start ? published->start : computed->start;
    out->end = published->end < computed->end ? published->end : computed->end;
    if (out->end <= out->start) {
        out->end = out->start;
        return true;
    }
    bool merged = is_merged(published) && !none_of(computed, PL_TIME_AWAY);
    struct edge *edges = calloc(2 * (published->count + computed->count) + 1, sizeof *edges);
    if (!edges)
        return false;
    size_t count = edges_add(edges, 0, published, 0, merged, out);
    sweep(edges, edges_add(edges, count, computed, 1, merged, out), out);
    free(edges);
    if (out->count)
        out->code = computed->stamp > published->stamp ? PL_AUDIT_STALE : PL_AUDIT_CONTRADICTORY;
    return true;
}

static void put_utc(struct pl_buf *b, int64_t seconds)
{
    struct pl_civil c = pl_civil_of(seconds);
    pl_buf_printf(b, "%04d-%02d-%02dT%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute);
}

const char *pl_audit_text(const struct pl_audit *a, char *text, size_t room)
{
    static const char *const kinds[] = {"free", "tentative", "busy", "away"};
    struct pl_buf b;
    pl_buf_init(&b, room);
    if (a->code == PL_AUDIT_MISSING)
        pl_buf_puts(&b, "there is a calendar, and no busy time was published");
    else if (a->code == PL_AUDIT_SAME)
        pl_buf_puts(&b, a->end > a->start ? "the same" : "their ranges do not meet");
    else
        pl_buf_printf(&b, "%zu %s%s:", a->count, pl_plural(a->count, "time differs", "times differ"),
                      a->code == PL_AUDIT_STALE ? ", and the calendar was changed after it was published" : "");
    for (size_t i = 0; i < a->count && i < PL_DIFFERENCES_TOLD; i++) {
        const struct pl_busy_difference *d = &a->first[i];
        pl_buf_puts(&b, i ? "; " : " ");
        put_utc(&b, d->start);
        pl_buf_putc(&b, '/');
        put_utc(&b, d->end);
        pl_buf_printf(&b, " %s as published, %s by the calendar", kinds[d->published + 1], kinds[d->computed + 1]);
    }
    if (a->count > PL_DIFFERENCES_TOLD)
        pl_buf_puts(&b, "; ...");
    snprintf(text, room, "%s", b.data ? b.data : "");
    pl_buf_release(&b);
    return text;
}

/* --- a folder ------------------------------------------------------------------------------------ */

struct walk {
    const char *dir;
    struct pl_diskset *set;
    struct pl_arena arena, other;
    enum pl_status status;
    void (*fault)(void *data, const struct pl_ifb *user, const struct pl_audit *audit);
    void *data;
    uint64_t published, compared;
};

static bool is_ifb(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && !strcmp(name + size - 4, ".ifb");
}

static char *key_of(struct pl_arena *a, const char *kind, const char *dn)
{
    char *key = pl_arena_printf(a, "%s:%s", kind, dn);
    for (char *c = key; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

/* One file of the folder, under the name of its user. */
static void file_note(struct walk *w, const char *kind, const char *path)
{
    struct pl_ifb ifb;
    struct pl_diskset_row there;
    pl_arena_reset(&w->arena);
    enum pl_status st = pl_ifb_read(path, &w->arena, &ifb);
    if (st == PL_STOP)
        w->status = PL_STOP;
    if (st != PL_OK || !ifb.dn || !*ifb.dn)
        return;
    const char *key = key_of(&w->arena, kind, ifb.dn);
    if (!key || pl_diskset_add(w->set, key, ifb.stamp, path, &there) == PL_STOP)
        w->status = PL_STOP;
    w->published += *kind == 'p';
}

static void folder_note(struct walk *w, const char *kind, const char *below)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", w->dir, below);
    DIR *folder = opendir(path);
    if (!folder && errno != ENOENT)
        w->status = PL_STOP;
    while (folder && w->status == PL_OK) {
        errno = 0;
        struct dirent *e = readdir(folder);
        if (!e) {
            w->status = errno ? PL_STOP : PL_OK;
            break;
        }
        int n = snprintf(path, sizeof path, "%s/%s/%s", w->dir, below, e->d_name);
        if (is_ifb(e->d_name) && n > 0 && (size_t)n < sizeof path)
            file_note(w, kind, path);
    }
    if (folder)
        closedir(folder);
}

static void user_compare(void *data, const struct pl_diskset_row *row)
{
    struct walk *w = data;
    struct pl_ifb computed, published;
    struct pl_diskset_row found = {0};
    struct pl_audit audit;
    pl_arena_reset(&w->arena);
    pl_arena_reset(&w->other);
    char *key = pl_arena_strdup(&w->other, row->name);
    if (w->status != PL_OK || !key || pl_ifb_read(row->text, &w->arena, &computed) != PL_OK) {
        w->status = key ? w->status : PL_STOP;
        return;
    }
    *key = 'p';
    enum pl_status st = pl_diskset_find(w->set, key, &found);
    if (st == PL_OK)
        st = pl_ifb_read(found.text, &w->other, &published);
    if (st == PL_STOP || st == PL_LOST || !pl_audit_compare(st == PL_OK ? &published : NULL, &computed, &audit)) {
        w->status = st == PL_LOST ? w->status : PL_STOP;
        return;
    }
    w->compared++;
    if (audit.code != PL_AUDIT_SAME)
        w->fault(w->data, &computed, &audit);
}

enum pl_status pl_audit_folder(const char *dir,
                               void (*fault)(void *data, const struct pl_ifb *user, const struct pl_audit *audit),
                               void *data, uint64_t *compared)
{
    struct walk w = {.dir = dir, .set = pl_diskset_new(), .fault = fault, .data = data};
    *compared = 0;
    if (!w.set)
        return PL_STOP;
    pl_arena_init(&w.arena, FILE_MOST);
    pl_arena_init(&w.other, FILE_MOST);
    folder_note(&w, "c", "freebusy/computed");
    folder_note(&w, "p", "freebusy");
    if (w.status == PL_OK && w.published && pl_diskset_each(w.set, "c:", user_compare, &w) == PL_STOP)
        w.status = PL_STOP;
    *compared = w.compared;
    pl_arena_release(&w.arena);
    pl_arena_release(&w.other);
    pl_diskset_free(w.set);
    return w.status;
}
