/*
 * sanitize.c - the frame around the sanitizers of formats. See sanitize.h.
 *
 * The key of the words is the SHA-256 of the whole store: the same store gives the same copy, and who has only the
 * copy can't try words against it.
 */
#include "sanitize.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "text.h"

#define CHUNK          ((size_t)1 << 20)
#define MEMORY_DEFAULT ((size_t)16 << 20)

static enum pl_status fail(struct pl_sanitize_result *r, enum pl_status st, const char *why)
{
    snprintf(r->why, sizeof r->why, "%s", why);
    return st;
}

void pl_unknown_add(struct pl_unknown *u, const char *format, ...)
{
    va_list arguments;
    if (u->count++)
        return;
    va_start(arguments, format);
    vsnprintf(u->first, sizeof u->first, format, arguments);
    va_end(arguments);
}

static bool digest_make(struct pl_sanitize *job, uint8_t digest[32])
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    uint8_t *chunk = malloc(CHUNK);
    bool good = hash && chunk && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    for (uint64_t at = 0; good && at < job->source->size && !pl_sanitize_stops(job); at += CHUNK) {
        size_t got = 0;
        if (pl_source_read(job->source, at, chunk, CHUNK, &got) == PL_OK) /* what can't be read is part of no key */
            good = EVP_DigestUpdate(hash, chunk, got);
    }
    good = good && EVP_DigestFinal_ex(hash, digest, NULL);
    EVP_MD_CTX_free(hash);
    free(chunk);
    return good;
}

static const struct pl_sanitizer *sanitizer_of(const struct pl_sanitizer *const *all, struct pl_source *source)
{
    const struct pl_sanitizer *best = NULL;
    int most = 0;
    for (size_t i = 0; all[i]; i++) {
        int bits = all[i]->probe(source);
        best = bits > most ? all[i] : best;
        most = bits > most ? bits : most;
    }
    return best;
}

enum pl_status pl_sanitize_beside(struct pl_sanitize *job, const struct pl_source *file, const char *ending)
{
    const char *slash = strrchr(job->copy_path, '/'), *dot = strrchr(job->copy_path, '.'), *why = "out of memory";
    size_t size = dot && (!slash || dot > slash) ? (size_t)(dot - job->copy_path) : strlen(job->copy_path);
    char *path = NULL;
    enum pl_status st = PL_STOP;
    if (asprintf(&path, "%.*s.%s", (int)size, job->copy_path, ending) >= 0)
        st = pl_replica_open(&job->beside, path, file, file->size, job->force, &why);
    if (st != PL_OK) {
        job->result->of_copy = true;
        snprintf(job->result->why, sizeof job->result->why, "%.150s: %s", path ? path : "", why);
    }
    free(path);
    return st == PL_OK ? PL_OK : PL_LOST;
}

static enum pl_status run(struct pl_sanitize *job, const struct pl_sanitizer *how)
{
    const uint64_t misses = pl_memory_misses();
    uint8_t digest[32];
    if (!digest_make(job, digest))
        return fail(job->result, PL_STOP, "out of memory"); /* nothing is open beside yet */
    pl_scramble_init(&job->scramble, digest);
    job->result->format = how->name;
    job->scramble.text = pl_text_new();
    if (!job->scramble.text)
        pl_memory_missed();
    enum pl_status st = how->run(job);
    pl_text_free(job->scramble.text);
    if (st > PL_LOST && pl_sanitize_stops(job))
        st = fail(job->result, PL_STOP, job->copy->error ? strerror(job->copy->error) : "interrupted");
    if (pl_memory_misses() != misses) /* the store gives another copy */
        st = fail(job->result, PL_STOP, "out of memory");
    if (job->source->error) /* what can't be read is as good as not understood */
        pl_unknown_add(&job->result->unknown, "what can't be read from the disk");
    const char *why;
    if (st > PL_LOST && job->beside.fd >= 0 && pl_replica_commit(&job->beside, &why) != PL_OK)
        st = fail(job->result, PL_STOP, why);
    if (st > PL_LOST && pl_replica_commit(job->copy, &why) != PL_OK)
        st = fail(job->result, PL_STOP, why);
    pl_replica_abort(&job->beside);
    return st > PL_LOST && job->result->unknown.count ? PL_WARN : st;
}

/* A store may be damaged anywhere, and that is not told. */
static void hear(void *data, const struct pl_diagnostic *d)
{
    (void)data;
    if (!strcmp(d->code, "memory"))
        pl_memory_missed();
}

enum pl_status pl_sanitize(const struct pl_sanitize_options *o, const struct pl_sanitizer *const *sanitizers,
                           struct pl_sanitize_result *result)
{
    struct pl_source source;
    struct pl_replica copy = {.fd = -1, .dir = -1};
    struct pl_report report = {.sink = hear};
    const char *why;
    *result = (struct pl_sanitize_result){0};
    if (pl_source_open(&source, o->store, &why) != PL_OK)
        return fail(result, PL_LOST, why);
    result->size = source.size;
    const struct pl_sanitizer *how = sanitizer_of(sanitizers, &source);
    enum pl_status st = how ? PL_OK : fail(result, PL_LOST, "not a store of a format that can be sanitized");
    if (st == PL_OK && pl_replica_open(&copy, o->copy, &source, source.size, o->force, &why) != PL_OK) {
        result->of_copy = true;
        st = fail(result, PL_LOST, why);
    }
    if (st == PL_OK) {
        struct pl_sanitize job = {.source = &source,
                                  .copy = &copy,
                                  .beside = {.fd = -1, .dir = -1},
                                  .copy_path = o->copy,
                                  .force = o->force,
                                  .report = &report,
                                  .result = result,
                                  .memory = o->memory ? o->memory : MEMORY_DEFAULT,
                                  .codepage = o->codepage,
                                  .interrupted = o->interrupted};
        st = run(&job, how);
    }
    pl_replica_abort(&copy);
    pl_source_close(&source);
    return st;
}
