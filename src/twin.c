/*
 * twin.c - see twin.h.
 *
 * Layer: core, part of convert. An object is made by a writer of the format that is the first to give it a row,
 * into a hollow output. The set of digests is that of UIDs, and goes to the disk as they do.
 */
#include "twin.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "digest.h"
#include "memory.h"
#include "tz.h"

#define SCOPE_MORE 32
#define RULES_MOST ((size_t)1 << 20)

struct pl_twins {
    struct pl_output *output;
    struct pl_writer writers[PL_WRITERS_MOST]; /* that were needed so far */
    size_t count;
    struct pl_report silent; /* what is wrong with an object is told when it is written */
};

void pl_twins_free(struct pl_twins *twins)
{
    if (!twins)
        return;
    for (size_t i = 0; i < twins->count; i++) {
        twins->writers[i].ops->close(&twins->writers[i]);
        free(twins->writers[i].state);
    }
    pl_output_close(twins->output);
    free(twins);
}

/* The first format that is written unless it is asked for and takes the kind: it says all of an object. Or the
 * first that is written in this run, and so gives the record its row: in a dry run no writer is open. */
static const struct pl_writer_ops *format_of(const struct pl_run *run, enum pl_kind kind, bool of_row)
{
    for (const struct pl_writer_ops *const *ops = run->known_writers; *ops; ops++)
        if ((*ops)->kinds & 1u << kind && !(*ops)->beyond &&
            (of_row ? pl_run_writes(run, *ops) : !(*ops)->on_request))
            return *ops;
    return NULL;
}

static struct pl_twins *twins_of(struct pl_run *run)
{
    if (!run->twins && (run->twins = calloc(1, sizeof *run->twins)) &&
        pl_output_hollow(&run->twins->output) != PL_OK) {
        free(run->twins);
        run->twins = NULL;
    }
    return run->twins;
}

/* NULL: out of memory. */
static struct pl_writer *writer_of(struct pl_run *run, const struct pl_writer_ops *ops)
{
    static const char *const path[] = {"twins"};
    const struct pl_folder nowhere = {.path = path, .depth = 1, .container_class = ""};
    struct pl_twins *t = twins_of(run);
    struct pl_writer *w = t ? t->writers : NULL;
    while (t && w < t->writers + t->count && w->ops != ops)
        w++;
    if (!t || w < t->writers + t->count || t->count == PL_WRITERS_MOST)
        return t && w < t->writers + t->count ? w : NULL;
    *w = (struct pl_writer){.ops = ops,
                            .output = t->output,
                            .report = &t->silent,
                            .options = run->options->writer,
                            .state = calloc(1, ops->state_size ? ops->state_size : 1)};
    w->options.per_item = false;
    w->options.attachments = PL_ATTACH_INLINE; /* what is not written tells objects apart all the same */
    if (!w->state)
        return NULL;
    t->count++;
    return ops->begin(w, "", &nowhere) > PL_LOST ? w : NULL;
}

/*
 * Makes the object, and keeps its digest alone. What a reader finds in streams is told, for it tells some things
 * but once; not when they were read before. PL_STOP: filed.
 */
static enum pl_status object_make(struct pl_run *run, const struct pl_writer_ops *ops,
                                  const struct pl_record *record, bool again, struct pl_written *out)
{
    struct pl_writer *w = writer_of(run, ops);
    if (!w)
        return pl_report(&run->report, PL_STOP, "memory", record->item->key, PL_NO_OFFSET, "out of memory");
    const struct pl_report kept = run->report;
    if (again)
        run->report.sink = NULL;
    run->report.recovering = true; /* what can't be read is lost when it is written */
    w->reader = &run->session.reader;
    enum pl_status st = ops->put(w, record, out);
    if (ops->end(w, PL_EXTENT_FOLDER) <= PL_LOST)
        st = PL_STOP;
    if (again)
        run->report = kept;
    run->report.recovering = kept.recovering;
    if (st == PL_STOP) /* nothing else can be short here */
        pl_memory_missed();
    return pl_run_starved(run, st, PL_STOP);
}

static void transition_put(struct pl_buf *b, const struct pl_transition *t)
{
    pl_buf_printf(b, " %d-%d-%d-%d %d:%d:%d", t->year, t->month, t->dow, t->day, t->hour, t->minute, t->second);
}

struct rules {
    EVP_MD_CTX *hash;
    const struct pl_zone *last; /* most objects have one */
    bool good;
};

static void rules_put(void *data, const struct pl_zone *zone)
{
    struct rules *rules = data;
    struct pl_buf text;
    if (zone == rules->last)
        return;
    rules->last = zone;
    pl_buf_init(&text, RULES_MOST);
    for (size_t i = 0; i < zone->rule_count; i++) {
        const struct pl_tzrule *r = &zone->rules[i];
        pl_buf_printf(&text, "\n%d %d %d %d", r->from_year, r->bias_min, r->std_bias_min, r->dst_bias_min);
        transition_put(&text, &r->to_std);
        transition_put(&text, &r->to_dst);
    }
    rules->good =
        rules->good && !text.failed && (!text.size || EVP_DigestUpdate(rules->hash, text.data, text.size) == 1);
    pl_buf_release(&text);
}

static void zone_note(void *data, const struct pl_zone *zone) { *(bool *)data = zone != NULL; }

static bool has_zones(const struct pl_record *record)
{
    bool any = false;
    pl_record_zones(record, zone_note, &any);
    return any;
}

/* Rules of one name can be others, and a name that another rule has in the file becomes another one: so an object
 * that names zones, whose rules are in the file beside it, is known by its bytes where it is alone, and the rules.
 * false: out of memory. */
static bool zones_add(const struct pl_record *record, uint8_t sha256[32])
{
    struct rules rules = {.hash = EVP_MD_CTX_new()};
    rules.good = rules.hash && EVP_DigestInit_ex(rules.hash, EVP_sha256(), NULL) == 1 &&
                 EVP_DigestUpdate(rules.hash, sha256, 32) == 1;
    if (rules.good)
        pl_record_zones(record, rules_put, &rules);
    bool good = rules.good && EVP_DigestFinal_ex(rules.hash, sha256, NULL) == 1;
    EVP_MD_CTX_free(rules.hash);
    return good;
}

/* Is the digest of what was written that of the object by itself? */
static bool is_by_itself(const struct pl_run *run, const struct pl_writer_ops *ops, const struct pl_record *record,
                         const struct pl_written *written)
{
    return written && written->file && written->uid == record->uid && !has_zones(record) &&
           format_of(run, record->kind, true) == ops && run->options->writer.attachments == PL_ATTACH_INLINE;
}

enum pl_status pl_twin_enter(struct pl_run *run, const struct pl_record *record, const struct pl_written *written,
                             uint64_t *ordinal)
{
    const struct pl_writer_ops *ops = format_of(run, record->kind, false);
    struct pl_written made = {0};
    char digest[PL_DIGEST_DIGITS + 1], scope[PATH_MAX + SCOPE_MORE];
    *ordinal = 0;
    if (!ops)
        return PL_OK;
    if (is_by_itself(run, ops, record, written))
        made = *written;
    else if (object_make(run, ops, record, written != NULL, &made) == PL_STOP)
        return PL_STOP;
    if (!made.file)
        return PL_OK;
    if (has_zones(record) && !zones_add(record, made.sha256))
        return pl_report(&run->report, PL_STOP, "memory", record->item->key, PL_NO_OFFSET, "out of memory");
    pl_digest_text(made.sha256, digest);
    snprintf(scope, sizeof scope, "object %s\n%s", ops->name, run->session.source.path);
    return pl_run_uid_enter(run, scope, record, digest, ordinal);
}
