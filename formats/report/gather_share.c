/*
 * gather_share.c - what the manifest and the free/busy files tell; see data.h.
 *
 * Grants come from the same plan that targets are made of, so the report says what would be set, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "fdio.h"
#include "freebusy.h"
#include "share/audit.h"
#include "share/emit.h"
#include "share/target.h"

#define LINE_TREE ((size_t)64 << 20)
#define MANIFEST  "sharing.jsonl"
#define ADDS      (PL_CAN_CREATE | PL_CAN_EDIT_OWN | PL_CAN_DELETE_OWN)
#define EDITS     (PL_CAN_EDIT_ANY | PL_CAN_DELETE_ANY)

const char *pl_level_name(enum level level)
{
    static const char *const names[LEVELS] = {"nothing",        "sees when busy",  "reads",
                                              "adds own items", "edits all items", "owns it"};
    return names[level];
}

static enum level level_of(uint32_t caps)
{
    return caps & PL_CAN_ADMINISTER                       ? LEVEL_OWN
           : caps & EDITS                                 ? LEVEL_EDIT
           : caps & ADDS                                  ? LEVEL_ADD
           : caps & PL_CAN_READ                           ? LEVEL_READ
           : caps & (PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL) ? LEVEL_BUSY
                                                          : LEVEL_NONE;
}

/* --- grants --------------------------------------------------------------------------------- */

static const char *who_of(const struct pl_plan_grant *g)
{
    return g->trustee == PL_TRUSTEE_DEFAULT     ? "Everybody else"
           : g->trustee == PL_TRUSTEE_ANONYMOUS ? "Not logged in"
           : g->label                           ? g->label
           : g->address                         ? g->address
                                                : "(nobody knows who)";
}

static void take_grants(void *data, const struct pl_plan_folder *f)
{
    struct data *d = data;
    char caps[256];
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        uint32_t source = g->caps | g->lowered;
        struct edge *e = pl_data_new(d, sizeof *e);
        if (!e)
            return;
        *e = (struct edge){.owner = pl_data_dup(d, f->box.is_public ? "Public folders" : f->owner_label),
                           .path = pl_data_dup(d, f->path),
                           .role = pl_data_dup(d, f->role),
                           .who = pl_data_dup(d, who_of(g)),
                           .caps = pl_data_dup(d, pl_caps_text(source & ~(uint32_t)PL_CAN_SEE_HIDDEN, caps)),
                           .trustee = g->trustee,
                           .level = level_of(source)};
        *d->last_edge = e;
        d->last_edge = &e->next;
        d->edge_count++;
    }
}

struct losing {
    struct target *target;
};

static void take_losses(void *data, const struct pl_plan_folder *f)
{
    struct losing *l = data;
    for (size_t i = 0; i < f->count; i++) {
        uint32_t lost = pl_emit_lost(f, &f->grants[i]);
        for (unsigned bit = 0; bit < 32; bit++)
            l->target->lacks[bit] += lost >> bit & 1;
    }
}

static bool plan_read(struct data *d, FILE *file, const struct pl_model *model,
                      void (*folder)(void *data, const struct pl_plan_folder *folder), void *data,
                      struct pl_plan_totals *totals)
{
    struct pl_plan plan;
    char *line = NULL;
    size_t room = 0;
    pl_plan_init(&plan, model, folder, data);
    for (int pass = 0; pass < 2 && !plan.failed; pass++) {
        plan.failed = !pl_file_again(file);
        for (ssize_t size; (size = pl_line_read(&line, &room, file)) > 0;)
            (pass ? pl_plan_line : pl_plan_learn)(&plan, line, (size_t)size);
    }
    pl_plan_end(&plan);
    *totals = plan.totals;
    bool good = !plan.failed && !ferror(file);
    pl_plan_release(&plan);
    free(line);
    d->why = "its manifest can't be read";
    return good;
}

static bool targets_read(struct data *d, FILE *file)
{
    bool good = true;
    for (size_t i = 0; good && i < TARGETS_MOST && pl_targets[i]; i++) {
        struct target *t = &d->targets[d->target_count++];
        struct losing losing = {t};
        struct pl_plan_totals totals;
        good = plan_read(d, file, pl_model_named(pl_targets[i]->name), take_losses, &losing, &totals);
        t->name = pl_targets[i]->name;
        t->title = pl_targets[i]->title;
        t->grants = totals.grants;
        t->exact = totals.exact;
        t->reduced = totals.reduced;
        t->left_out = totals.left_out;
    }
    return good;
}

/* --- people --------------------------------------------------------------------------------------- */

static const char *text_among(const struct pl_json *who, const char *const names[4], size_t *which)
{
    const char *text = NULL;
    for (*which = 0; *which < 4 && !(text = pl_json_text_of(who, names[*which])); ++*which)
        continue;
    return text;
}

static void person_take(struct data *d, const struct pl_json *who)
{
    static const char *const names[] = {"dn", "sid", "name", "smtp"};
    static const char *const how[] = {"directory name", "SID", "name only", "address", "nothing"};
    const char *kind = pl_json_text_of(who, "kind");
    if (!who || who->kind != PL_JSON_OBJECT)
        return;
    if (kind && (!strcmp(kind, "default") || !strcmp(kind, "anonymous") || !strcmp(kind, "system")))
        return;
    bool disputed = pl_json_true_of(who, "disputed");
    if (!disputed && pl_json_true_of(who, "resolved"))
        return;
    size_t which;
    const char *label = text_among(who, names, &which);
    struct unknown **at = &d->unknowns, *u;
    int order = 1;
    while (*at && (order = strcmp((*at)->label, label ? label : "")) < 0)
        at = &(*at)->next;
    if (*at && !order) {
        (*at)->times++;
        return;
    }
    if (!(u = pl_data_new(d, sizeof *u)))
        return;
    *u = (struct unknown){
        .next = *at, .how = how[which], .label = pl_data_dup(d, label), .disputed = disputed, .times = 1};
    *at = u;
    d->unknown_count++;
}

static bool people_read(struct data *d, FILE *file)
{
    static const char *const parties[] = {"trustee", "delegate", "of", "user"};
    struct pl_arena a;
    char *line = NULL;
    size_t room = 0;
    pl_arena_init(&a, LINE_TREE);
    bool again = pl_file_again(file);
    for (ssize_t size; again && (size = pl_line_read(&line, &room, file)) > 0;) {
        pl_arena_reset(&a);
        const struct pl_json *v = pl_json_parse(&a, line, (size_t)size);
        for (size_t i = 0; i < sizeof parties / sizeof *parties; i++)
            person_take(d, pl_json_member(v, parties[i]));
    }
    free(line);
    pl_arena_release(&a);
    return again && !ferror(file) && !d->failed;
}

/* --- busy time ------------------------------------------------------------------------------------ */

static const char *busy_name(int kind)
{
    static const char *const names[PL_TIME_KINDS] = {"tentative", "busy", "away"};
    return kind < 0 || kind >= PL_TIME_KINDS ? "free" : names[kind];
}

static struct difference difference_of(const struct pl_busy_difference *from)
{
    return (struct difference){from->start, from->end, busy_name(from->published), busy_name(from->computed)};
}

static const char *meaning_of(enum pl_audit_code code)
{
    static const char *const texts[PL_AUDIT_CODES] = {
        [PL_AUDIT_SAME] = "",
        [PL_AUDIT_MISSING] = "Nobody published it.",
        [PL_AUDIT_STALE] = "The calendar was changed after it was published.",
        [PL_AUDIT_CONTRADICTORY] = "It differs, and the calendar was not changed since.",
    };
    return texts[code];
}

static void take_fault(void *data, const struct pl_ifb *user, const struct pl_audit *audit)
{
    struct data *d = data;
    const char *who = user->name ? user->name : user->smtp ? user->smtp : user->dn;
    struct fault *f = pl_data_new(d, sizeof *f);
    if (!f)
        return;
    *f = (struct fault){.who = pl_data_dup(d, who),
                        .code = pl_audit_code_name(audit->code),
                        .meaning = meaning_of(audit->code),
                        .count = audit->count};
    for (size_t i = 0; i < audit->count && i < DIFFERENCES && i < PL_DIFFERENCES_TOLD; i++)
        f->first[i] = difference_of(&audit->first[i]);
    *d->last_fault = f;
    d->last_fault = &f->next;
    d->fault_count++;
}

/* A line that is none could be the one that denies: nothing of such a manifest is shown. */
static bool manifest_forget(struct data *d)
{
    d->edges = NULL;
    d->last_edge = &d->edges;
    d->edge_count = d->target_count = 0;
    d->sharing = MISSING;
    pl_data_absent(d, MANIFEST);
    return true;
}

bool pl_data_sharing(struct data *d)
{
    struct pl_plan_totals totals = {0};
    FILE *file = pl_file_stream(d->folder, MANIFEST, O_NOFOLLOW);
    bool good = !file && errno == ENOENT; /* gone, or not asked for: d->sharing tells */
    d->why = "its manifest can't be opened";
    if (file) {
        good = plan_read(d, file, pl_model_named("exchange"), take_grants, d, &totals) && targets_read(d, file) &&
               people_read(d, file);
        good = good || (totals.bad && !ferror(file) && manifest_forget(d));
        fclose(file);
    } else if (d->sharing == KNOWN) {
        d->sharing = LEFT_OUT;
    }
    if (good && d->busy == KNOWN && pl_audit_folder(d->request->dir, take_fault, d, &d->compared) != PL_OK) {
        d->why = "its free/busy files can't be read";
        good = false;
    }
    return good;
}
