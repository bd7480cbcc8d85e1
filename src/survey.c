/*
 * survey.c - walks the folders of a store ahead of everybody, and offers them to workers; see jobs.h.
 *
 * Layer: core, part of convert. A process of its own, so that no worker has to walk, and the process that keeps the
 * books walks as ever. Its run is asleep: what it meets is told by that process. Every ordinal is answered by a
 * word: offered, or left to that process. Small folders of a mailbox go out together; large ones each by itself or
 * in parts, so that several workers share a mailbox.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "jobs.h"
#include "memory.h"

#define ITEMS_DUE 512u /* of a packet: so many make it worth a worker's while */

struct survey {
    struct pl_run run;
    struct pl_convert_options options;
    struct pl_convert_result result;
    struct pl_claims claims;
    struct pl_job_word words[PL_JOBS_WORDS]; /* that wait for the packet at hand */
    size_t word_count;
    uint64_t limit; /* ordinals below it may be offered */
    int grants, packets, talk;
};

/* The process that keeps the books tells it, when its own walk meets it. */
static void meet_fault(void *data, const struct pl_diagnostic *d)
{
    struct survey *s = data;
    pl_run_met(&s->run, d);
}

/* Is what it walks what that process walks? After a fault of the reader, or want of memory, others see other
 * folders. */
static bool is_sound(const struct survey *s) { return !s->run.hurt && pl_memory_misses() == s->run.misses; }

static bool words_say(struct survey *s)
{
    size_t size = s->word_count * sizeof *s->words;
    s->word_count = 0;
    return !size || write(s->talk, s->words, size) == (ssize_t)size;
}

/* The packet goes out, then the words for all folders up to here. What did not go out is offered to nobody. */
static bool packet_send(struct survey *s)
{
    const struct pl_buf *packet = &s->claims.packet.record;
    bool sent = !s->claims.count || write(s->packets, packet->data, packet->size) == (ssize_t)packet->size;
    for (size_t i = 0; i < s->word_count && !sent; i++)
        s->words[i].state = PL_JOB_NOT;
    pl_claims_clear(&s->claims);
    return words_say(s) && sent;
}

static bool answer(struct survey *s, uint64_t place, enum pl_job_state state)
{
    if (s->word_count == PL_JOBS_WORDS && !packet_send(s))
        return false;
    s->words[s->word_count++] = (struct pl_job_word){.place = place, .state = state};
    return true;
}

/* Waits until that ordinal may be offered. */
static bool may_offer(struct survey *s, uint64_t ordinal)
{
    while (ordinal >= s->limit)
        if (!packet_send(s) || read(s->grants, &s->limit, sizeof s->limit) != (ssize_t)sizeof s->limit)
            return false;
    return true;
}

static bool place_offer(struct survey *s, uint64_t place, const struct pl_folder *folder)
{
    struct pl_run *run = &s->run;
    bool fits = pl_claims_add(&s->claims, place, run->owner, run->path, folder);
    if (!fits && s->claims.count) {
        if (!packet_send(s))
            return false;
        fits = pl_claims_add(&s->claims, place, run->owner, run->path, folder);
    }
    if (!answer(s, place, fits ? PL_JOB_OFFERED : PL_JOB_NOT))
        return false;
    return s->claims.items < ITEMS_DUE || packet_send(s);
}

/* A folder, or all of its parts. false: nobody listens any more. */
static bool offer(struct survey *s, uint64_t ordinal, const struct pl_folder *folder)
{
    struct pl_part part;
    uint64_t place = ordinal * PL_JOBS_PARTS;
    if (!may_offer(s, ordinal))
        return false;
    if (!pl_jobs_pays(folder) || pl_run_unwanted(&s->run, folder))
        return answer(s, place, PL_JOB_NOT);
    if (!pl_jobs_part(&s->run, folder, 0, &part))
        return place_offer(s, place, folder);
    bool sent = true;
    for (unsigned i = 0; sent && pl_jobs_part(&s->run, folder, i, &part); i++)
        sent = place_offer(s, place + i, folder);
    return sent;
}

/* at_hand: that of ordinal `first`, which the reader has delivered already; NULL: it stands before all folders. */
static void folders_walk(struct survey *s, uint64_t first, const struct pl_folder *at_hand)
{
    struct pl_run *run = &s->run;
    struct pl_folder folder;
    for (uint64_t ordinal = at_hand ? first : 0;; ordinal++) {
        enum pl_status st = PL_OK;
        if (at_hand && ordinal == first)
            folder = *at_hand;
        else
            st = pl_session_next_folder(&run->session, &folder);
        if (st == PL_END || st == PL_STOP || !is_sound(s))
            break;
        run->path = st == PL_LOST ? NULL : pl_session_path(&run->session, &folder);
        if (pl_run_mailbox(run, folder.mailbox) != PL_OK)
            break;
        if (ordinal >= first &&
            !(run->path ? offer(s, ordinal, &folder)
                        : may_offer(s, ordinal) && answer(s, ordinal * PL_JOBS_PARTS, PL_JOB_NOT)))
            break;
    }
    (void)!packet_send(s);
}

static bool survey_open(struct survey *s, const struct pl_run *of)
{
    s->options = *of->options;
    s->options.progress = NULL;
    s->run = (struct pl_run){.options = &s->options,
                             .result = &s->result,
                             .readers = of->readers,
                             .report = {.sink = meet_fault, .sink_data = s, .store = of->session.source.path},
                             .kinds = of->kinds,
                             .split_from = of->split_from,
                             .asleep = true,
                             .misses = pl_memory_misses(),
                             .surveys = true};
    pl_claims_init(&s->claims);
    return pl_run_store_carry(&s->run, of) == PL_OK && is_sound(s);
}

_Noreturn void pl_survey_run(const struct pl_run *of, const struct pl_folder *folder, int grants, int packets,
                             int words)
{
    struct survey *s = calloc(1, sizeof *s);
    struct pl_folder first = *folder;
    if (!s || !survey_open(s, of))
        _exit(1);
    s->limit = of->at.folders - 1;
    if (first.mailbox == &of->session.reader.store.owner)
        first.mailbox = &s->run.session.reader.store.owner;
    s->grants = grants;
    s->packets = packets;
    s->talk = words;
    folders_walk(s, s->limit, of->session.reader.ops->moved ? &first : NULL);
    const struct pl_source *source = &s->run.session.source;
    s->words[0] = (struct pl_job_word){.at = source->reads, .size = source->bytes_read, .state = PL_JOB_READ};
    s->word_count = 1;
    (void)!words_say(s);
    _exit(0);
}
