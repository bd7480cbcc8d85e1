/*
 * worker.c - reads folders for another process; see jobs.h.
 *
 * Layer: core, part of convert. A worker has a run of its own, with a reader, writers and an empty ledger that
 * knows the UIDs of a folder. Of what its parent has open it takes over the store alone, where the reader can be
 * carried on. Its run is asleep as far as the store goes: what opening it tells was told by the parent. Writers
 * whose files reach beyond a store stay there: a relay stands for each, and writes down what it would be given.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "freebusy.h"
#include "jobs.h"
#include "memory.h"
#include "people.h"
#include "spool.h"
#include "text.h"
#include "zone_memo.h"

#define BUSY_MEMORY ((size_t)8 << 20)

struct worker {
    struct pl_run run;
    struct pl_convert_options options;
    struct pl_convert_result result;
    struct pl_spool spool;
    struct pl_lookups known;
    struct pl_worker_ends ends;
    struct pl_claimed claimed; /* the packet and the folder at hand */
    uint64_t bytes_read, reads;
    bool muted;   /* the parent tells it */
    bool refused; /* the folder at hand is the parent's */
    char spool_buffer[PL_SPOOL_BUFFER];
};

/* --- the relay ------------------------------------------------------------------------ */

struct relay {
    struct worker *worker;
    size_t writer; /* its number */
    unsigned kinds;
};

struct periods {
    struct pl_spool *spool;
    struct pl_buf list;
};

static void add_period(void *data, const struct pl_period *p)
{
    struct periods *all = data;
    struct pl_period whole;
    memset(&whole, 0, sizeof whole); /* what lies between its members is written too */
    whole.start = p->start;
    whole.end = p->end;
    whole.kind = p->kind;
    pl_buf_add(&all->list, &whole, sizeof whole);
}

static void relay_event(struct relay *r, const struct pl_record *record)
{
    struct pl_spool *s = &r->worker->spool;
    const struct pl_event *e = &record->as.event;
    struct periods all = {.spool = s};
    struct pl_arena scratch;
    pl_buf_init(&all.list, BUSY_MEMORY);
    pl_arena_init(&scratch, BUSY_MEMORY);
    bool good = pl_map_busy(e, &scratch, add_period, &all);
    pl_spool_begin(s, PL_SPOOL_BUSY);
    pl_spool_number(s, r->writer);
    pl_spool_text(s, record->item ? record->item->key : NULL);
    pl_spool_text(s, record->uid);
    pl_spool_number(s, (uint64_t)record->common.stamp_utc);
    pl_spool_number(s, (uint64_t)(e->start.is_date ? e->start.local : e->start.utc));
    pl_spool_number(s, pl_event_is_endless(e));
    pl_spool_number(s, !good);
    pl_spool_bytes(s, all.list.data, all.list.size);
    pl_spool_end(s);
    s->failed = s->failed || all.list.failed;
    pl_arena_release(&scratch);
    pl_buf_release(&all.list);
}

static enum pl_status relay_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct relay *r = w->state;
    *out = (struct pl_written){0};
    if (record->kind == PL_SHARE || record->kind == PL_FREEBUSY) { /* these say more than an event does */
        r->worker->refused = true;
        return PL_STOP;
    }
    if (record->kind != PL_EVENT || !(r->kinds & 1u << PL_EVENT))
        return PL_OK;
    relay_event(r, record);
    out->file = ""; /* the parent knows it */
    out->uid = record->uid;
    return PL_OK;
}

static enum pl_status relay_begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    (void)w;
    (void)owner;
    (void)folder;
    return PL_OK;
}

static enum pl_status relay_end(struct pl_writer *w, enum pl_extent extent)
{
    (void)w;
    (void)extent;
    return PL_OK;
}

static void relay_close(struct pl_writer *w) { (void)w; }

static const struct pl_writer_ops relay_ops = {.name = "relay",
                                               .title = "",
                                               .beyond = "",
                                               .state_size = sizeof(struct relay),
                                               .begin = relay_begin,
                                               .put = relay_put,
                                               .end = relay_end,
                                               .close = relay_close};

/* --- what a folder tells ------------------------------------------------------------------ */

static void take_fault(void *data, const struct pl_diagnostic *d)
{
    struct worker *w = data;
    pl_run_met(&w->run, d);
    if (!w->muted)
        pl_spool_fault(&w->spool, d);
}

static void take_statement(void *data, const struct pl_statement *said)
{
    struct worker *w = data;
    pl_spool_statement(&w->spool, said);
}

static void take_file(void *data, const struct pl_file *file, uint64_t number)
{
    struct pl_spool *s = &((struct worker *)data)->spool;
    pl_spool_begin(s, PL_SPOOL_FILE);
    pl_spool_text(s, file->path);
    pl_spool_number(s, number);
    pl_spool_number(s, file->size);
    pl_spool_bytes(s, file->sha256, file->whole ? sizeof file->sha256 : 0);
    pl_spool_end(s);
}

static void tell_refused(struct pl_spool *s, const struct pl_refused *r, bool others)
{
    pl_spool_begin(s, PL_SPOOL_REFUSED);
    pl_spool_text(s, others ? NULL : r->message_class);
    pl_spool_number(s, r->associated);
    pl_spool_number(s, r->count);
    pl_spool_end(s);
}

static void tell_unmapped(struct pl_spool *s, const char *name, uint64_t count)
{
    pl_spool_begin(s, PL_SPOOL_UNMAPPED);
    pl_spool_text(s, name);
    pl_spool_number(s, count);
    pl_spool_end(s);
}

static void tell_counts(struct worker *w)
{
    struct pl_run *run = &w->run;
    for (size_t i = 0; i < run->choice.refused_count; i++)
        tell_refused(&w->spool, &run->choice.refused[i], false);
    if (run->choice.others.count)
        tell_refused(&w->spool, &run->choice.others, true);
    for (size_t i = 0; i < run->unmapped.used; i++) {
        const struct pl_tally_slot *slot = &run->unmapped.slots[run->unmapped.order[i]];
        tell_unmapped(&w->spool, slot->name, slot->count);
    }
    if (run->unmapped.others)
        tell_unmapped(&w->spool, PL_TALLY_OTHERS, run->unmapped.others);
}

/* The last record: which folder it was, and how it ended. */
static void tell_end(struct worker *w, const struct pl_folder *folder, enum pl_status st, const char *fault,
                     uint64_t seen)
{
    const struct pl_lookups *known = &w->run.mapping.known;
    const struct pl_source *source = &w->run.session.source;
    const uint64_t numbers[] = {st == PL_LOST,
                                seen,
                                known->proven,
                                known->learned,
                                known->unknown,
                                source->bytes_read - w->bytes_read,
                                source->reads - w->reads,
                                w->run.session.work.done.steps,
                                w->run.session.work.done.bytes};
    if (w->run.part)
        pl_spool_part(&w->spool, w->run.part, &w->run.session.reader.part);
    pl_spool_last(&w->spool);
    pl_spool_text(&w->spool, folder->key);
    pl_spool_text(&w->spool, w->run.owner);
    pl_spool_text(&w->spool, w->run.path);
    pl_spool_text(&w->spool, fault);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        pl_spool_number(&w->spool, numbers[i]);
    pl_spool_end(&w->spool);
    w->bytes_read = source->bytes_read;
    w->reads = source->reads;
}

/* --- one folder ------------------------------------------------------------------------------ */

/* false: it is the parent's. */
static bool folder_read(struct worker *w, const struct pl_folder *folder)
{
    struct pl_run *run = &w->run;
    uint64_t seen = 0;
    w->muted = true;
    enum pl_status st = pl_run_folder_begin(run, folder);
    w->muted = false;
    run->mapping.known = (struct pl_lookups){0};
    run->report.fault = NULL;
    if (st == PL_OK)
        st = run->items(run, folder, run->part, &seen);
    const char *fault = run->report.fault;
    /* also when its files are of no use: what writers know of rules stays good */
    bool ended = pl_run_writers_end(run, PL_EXTENT_FOLDER) == PL_OK;
    if (!ended)
        pl_run_writers_drop(run);
    tell_counts(w);
    tell_end(w, folder, st, fault, seen);
    pl_tally_clear(&run->unmapped);
    return ended && !w->refused && (st == PL_OK || st == PL_LOST);
}

/* What became of it, and where the spool of it is. */
static struct pl_job_word folder_do(struct worker *w, const struct pl_claimed *claimed)
{
    struct pl_run *run = &w->run;
    struct pl_job_word word = {.place = claimed->place, .state = PL_JOB_NOT};
    struct pl_part part;
    run->part = pl_jobs_part(run, &claimed->folder, claimed->place % PL_JOBS_PARTS, &part) ? &part : NULL;
    w->refused = run->hurt = run->session.reader.looked_back = run->session.item_arena.full = false;
    pl_work_again(&run->session.work, (struct pl_work_sum){0});
    pl_arena_reset(&run->session.item_arena);
    pl_arena_reset(&run->session.folder_arena);
    run->path = run->report.folder = claimed->path;
    run->owner = claimed->owner;
    run->mapping.mailbox = &claimed->mailbox;
    if (pl_output_scratch(pl_job_path(run, "").text, claimed->place, take_file, w, &run->output) != PL_OK)
        return word;
    if (run->part)
        pl_output_unsummed(run->output);
    for (size_t i = 0; i < run->writer_count; i++) {
        run->writers[i].output = run->output;
        run->writers[i].part = run->part != NULL;
    }
    pl_spool_start(&w->spool);
    bool good = folder_read(w, &claimed->folder);
    good = pl_spool_finish(&w->spool, &word.at, &word.size) && good && !run->session.item_arena.full;
    pl_output_close(run->output);
    run->output = NULL;
    run->part = NULL;
    word.state = run->hurt || run->session.reader.looked_back ? PL_JOB_HURT : good ? PL_JOB_DONE : PL_JOB_NOT;
    return word;
}

/* --- its life --------------------------------------------------------------------------------- */

static bool writers_copy(struct worker *w, const struct pl_run *of)
{
    struct pl_run *run = &w->run;
    for (size_t i = 0; i < of->writer_count; i++) {
        const struct pl_writer_ops *ops = of->writers[i].ops->beyond ? &relay_ops : of->writers[i].ops;
        void *state = calloc(1, ops->state_size ? ops->state_size : 1);
        if (!state)
            return false;
        run->writers[run->writer_count++] = (struct pl_writer){
            .ops = ops, .report = &run->report, .options = of->writers[i].options, .state = state};
        if (ops == &relay_ops)
            *(struct relay *)state = (struct relay){w, i, of->writers[i].ops->kinds};
    }
    return true;
}

/* The parent told what opening the store tells; it met no fault, or there would be no workers. */
static bool store_open(struct worker *w, const struct pl_run *of)
{
    w->muted = true;
    enum pl_status st = pl_run_starved(&w->run, pl_run_store_carry(&w->run, of), PL_STOP);
    w->muted = false;
    if (of->options->jobs_from)
        w->run.session.item_arena.limit = PL_ITEM_SHARE;
    return st == PL_OK && !w->run.hurt;
}

static bool worker_open(struct worker *w, const struct pl_run *of)
{
    const char *why = NULL;
    struct pl_run *run = &w->run;
    w->options = *of->options;
    w->options.progress = NULL;
    *run = (struct pl_run){.options = &w->options,
                           .result = &w->result,
                           .readers = of->readers,
                           .report = {.sink = take_fault, .sink_data = w, .store = of->session.source.path},
                           .items = of->items,
                           .split_from = of->split_from,
                           .kinds = of->kinds,
                           .asleep = true,
                           .misses = pl_memory_misses(),
                           .spool = &w->spool,
                           .mapping = {.default_zone = of->mapping.default_zone, .zones = pl_zone_memo_new()}};
    pl_choice_init(&run->choice);
    pl_tally_init(&run->unmapped);
    run->text = pl_text_new();
    run->hears = pl_people_relay(take_statement, w);
    run->people = w->ends.strangers ? run->hears : pl_people_open(pl_job_path(run, PL_JOB_PEOPLE).text, &why);
    bool spooled = pl_spool_open(&w->spool, w->ends.spool);
    if (spooled) /* else it has a smaller one */
        (void)setvbuf(w->spool.file, w->spool_buffer, _IOFBF, sizeof w->spool_buffer);
    return spooled && run->text && run->people && run->hears && run->mapping.zones &&
           (run->ledger = pl_ledger_without_rows()) && writers_copy(w, of) && store_open(w, of);
}

static bool say(struct worker *w, const struct pl_job_word *list, size_t count)
{
    return write(w->ends.words, list, count * sizeof *list) == (ssize_t)(count * sizeof *list);
}

/* So that it is known who has them, and the next worker can go on, whatever happens to this process. */
static bool packet_take(struct worker *w, const struct pl_job_rest *packet)
{
    struct pl_job_word list[PL_JOBS_WORDS];
    struct pl_claimed *c = &w->claimed;
    size_t count = 0;
    while (pl_claimed_next(c) && count < PL_JOBS_WORDS)
        if (c->place >= packet->from)
            list[count++] = (struct pl_job_word){
                .place = c->place, .at = packet->at, .size = packet->size, .state = PL_JOB_TAKEN};
    return say(w, list, count);
}

/* false: nobody listens any more, or the packet has no meaning. */
static bool packet_do(struct worker *w, char *data, const struct pl_job_rest *packet)
{
    struct pl_claimed *c = &w->claimed;
    if (!pl_claimed_begin(c, data, packet->size) || !packet_take(w, packet) ||
        !pl_claimed_begin(c, data, packet->size))
        return false;
    while (pl_claimed_next(c)) {
        const struct pl_job_word begun = {.place = c->place, .state = PL_JOB_CLAIMED};
        if (c->place < packet->from)
            continue;
        if (!say(w, &begun, 1))
            return false;
        const struct pl_job_word done = folder_do(w, c);
        if (!say(w, &done, 1))
            return false;
    }
    return true;
}

/* The next packet, into data, which is kept in the spool. false: there is none. */
static bool packet_next(struct worker *w, char data[PL_CLAIM_SIZE], struct pl_job_rest *packet)
{
    ssize_t size = read(w->ends.packets, data, PL_CLAIM_SIZE);
    off_t at = lseek(w->ends.spool, 0, SEEK_END);
    *packet = (struct pl_job_rest){.at = (uint64_t)at, .size = (uint64_t)size};
    if (size <= 0 || at < 0)
        return false;
    if (write(w->ends.spool, data, (size_t)size) != size) /* the disk is full: who follows does without */
        packet->at = UINT64_MAX;
    return true;
}

_Noreturn void pl_worker_run(const struct pl_run *of, const struct pl_worker_ends *ends,
                             const struct pl_job_rest *rest)
{
    struct worker *w = calloc(1, sizeof *w);
    struct pl_job_rest packet = *rest;
    char data[PL_CLAIM_SIZE];
    if (!w)
        _exit(1);
    w->ends = *ends;
    if (!worker_open(w, of))
        _exit(1);
    bool more = true;
    if (packet.size) {
        size_t size = packet.size < sizeof data ? (size_t)packet.size : sizeof data;
        more = packet.at <= INT64_MAX &&
               pread(ends->spooled, data, size, (off_t)packet.at) == (ssize_t)packet.size &&
               packet_do(w, data, &packet);
    }
    while (more && !(of->options->interrupted && *of->options->interrupted))
        more = packet_next(w, data, &packet) && packet_do(w, data, &packet);
    _exit(0);
}
