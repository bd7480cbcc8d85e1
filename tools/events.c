/*
 * events.c - see events.h.
 *
 * Layer: programs. Each event goes out at once: who reads them waits for them.
 */
#include "events.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tally.h"

void events_init(struct events *e, FILE *file)
{
    *e = (struct events){0};
    json_init(&e->json, file);
}

void events_release(struct events *e)
{
    free(e->store);
    free(e->folder);
}

static struct json *begin(struct events *e, const char *event)
{
    json_begin_object(&e->json);
    json_pair_unsigned(&e->json, "v", 1);
    json_pair_text(&e->json, "event", event);
    return &e->json;
}

static void end(struct json *j)
{
    json_end_object(j);
    json_end_line(j);
    fflush(j->file);
}

void events_start(struct events *e, const struct pl_convert_options *o)
{
    struct json *j = begin(e, "start");
    json_pair_text(j, "version", PL_VERSION);
    json_pair_text(j, "output", o->dry_run ? NULL : o->output);
    json_key(j, "stores");
    json_begin_array(j);
    for (size_t i = 0; i < o->store_count; i++)
        json_text(j, o->stores[i]);
    json_end_array(j);
    end(j);
}

/* Takes it over. false: it is the one told last. */
static bool is_new(char **last, const char *now)
{
    if (*last && strcmp(*last, now) == 0)
        return false;
    free(*last);
    *last = strdup(now);
    return true;
}

void events_progress(struct events *e, const struct pl_progress *now)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    bool other = is_new(&e->store, now->store);
    other = is_new(&e->folder, now->folder ? now->folder : "") || other;
    if (!other && time.tv_sec <= e->progress.tv_sec)
        return;
    e->progress = time;
    struct json *j = begin(e, other ? "folder" : "progress");
    json_pair_text(j, "store", now->store);
    json_pair_text(j, "folder", now->folder);
    json_pair_bool(j, "learning", now->learning);
    json_pair_unsigned(j, "items", now->done);
    json_pair_unsigned(j, "expected", now->expected);
    json_pair_unsigned(j, "bytes", now->bytes);
    end(j);
}

void events_fault(struct events *e, const struct pl_diagnostic *d)
{
    struct json *j = begin(e, "fault");
    json_pair_text(j, "severity", tally_severity(d->severity));
    json_pair_text(j, "code", d->code);
    json_pair_text(j, "store", d->store);
    json_pair_text(j, "folder", d->folder);
    json_pair_text(j, "key", d->key);
    json_key(j, "offset");
    if (d->offset == PL_NO_OFFSET)
        json_null(j);
    else
        json_unsigned(j, d->offset);
    json_pair_text(j, "text", d->text);
    end(j);
}

static void totals(struct json *j, const struct pl_totals *t)
{
    json_pair_unsigned(j, "seen", t->seen);
    json_pair_unsigned(j, "written", t->written);
    json_pair_unsigned(j, "filtered", t->filtered);
    json_pair_unsigned(j, "lost", t->lost);
}

void events_store(struct events *e, const struct pl_store_sum *sum)
{
    struct json *j = begin(e, "store");
    json_pair_text(j, "store", sum->store);
    json_pair_text(j, "reason", *sum->reason ? sum->reason : NULL);
    totals(j, &sum->totals);
    end(j);
}

void events_end(struct events *e, const struct pl_convert_result *r, int status)
{
    struct json *j = begin(e, "end");
    json_pair_unsigned(j, "status", (uint64_t)status);
    json_pair_bool(j, "stopped", r->stopped);
    json_pair_unsigned(j, "files", r->files);
    json_pair_unsigned(j, "bytes", r->bytes_read);
    json_pair_unsigned(j, "warnings", r->warnings);
    json_pair_unsigned(j, "losses", r->losses);
    totals(j, &r->totals);
    end(j);
}
