/*
 * merge.c - see merge.h.
 *
 * People come first, from all ledgers, then every line of the manifests, source by source: so whom one
 * store names, and only another one knows, is known. The lines of a folder are taken from one source, the first
 * that has the folder; of what two runs tell of the same store alike, one is kept.
 */
#include "merge.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"
#include "fdio.h"
#include "idmap.h"
#include "ledger.h"
#include "lines.h"
#include "merge_int.h"
#include "relines.h"
#include "sums.h"
#include "text.h"

#define LINE_TREE ((size_t)64 << 20)
#define KEEP_MOST ((size_t)512 << 20)

struct lines {
    struct merge *m;
    struct pl_relines re;
    struct pl_arena a;
    struct pl_sink json, csv;
    EVP_MD_CTX *digest;
    size_t source;
    enum pl_status status; /* of what is called back */
    struct pl_faults faults;
};

static bool stopped(const struct merge *m) { return m->options->interrupted && *m->options->interrupted; }

static bool is_full(int error) { return error == ENOSPC || error == EDQUOT; }

static enum pl_status no_room(struct merge *m, int error)
{
    merge_say(m, "%s: %s", m->options->output,
              is_full(error) ? "the output is full"
              : error        ? strerror(error)
                             : "out of memory");
    return PL_STOP;
}

/* --- people -------------------------------------------------------------------------------------- */

static void report_drop(void *data, const struct pl_diagnostic *d)
{
    struct merge *m = data;
    if (d->severity < PL_OK)
        merge_say(m, "%s", d->text);
}

static enum pl_status maps_load(struct merge *m, struct pl_people *people)
{
    const struct pl_merge_options *o = m->options;
    struct pl_report report = {.sink = report_drop, .sink_data = m};
    struct pl_text *text = o->map_count ? pl_text_new() : NULL;
    enum pl_status st = o->map_count && !text ? PL_STOP : PL_OK;
    for (size_t i = 0; i < o->map_count && st > PL_LOST; i++)
        st = pl_idmap_load(o->maps[i], text, people, &report);
    if (o->map_count && st > PL_LOST)
        st = pl_idmap_disputes(people, &report);
    pl_text_free(text);
    return st > PL_LOST ? PL_OK : PL_STOP;
}

/* NULL: said. */
static struct pl_people *people_join(struct merge *m)
{
    char path[4096];
    struct pl_people *people = pl_people_new();
    const char *why = "there is no room for what is known of people";
    enum pl_status st = people ? maps_load(m, people) : PL_STOP;
    for (size_t i = 0; i < m->options->count && st == PL_OK; i++) {
        const struct merge_source *s = &m->sources[i];
        struct merge_names names;
        const struct pl_store_names *as = merge_names_init(&names, m, i);
        st = merge_path(path, s->dir, "ledger.db") ? pl_people_join(people, path, as, s->again, &why) : PL_STOP;
        merge_names_release(&names);
        if (st == PL_STOP)
            merge_say(m, "%s: %s", s->dir, why);
    }
    if (st == PL_OK)
        return people;
    if (!people)
        merge_say(m, "%s: %s", m->options->output, why);
    pl_people_free(people);
    return NULL;
}

/* --- the manifest ----------------------------------------------------------------------------------- */

static void put(struct lines *l, const char *json, const char *csv)
{
    pl_sink_puts(&l->json, json);
    pl_sink_puts(&l->csv, csv ? csv : "");
    l->m->result->lines++;
}

static char *key_of(struct lines *l, const char *kind, const char *store, const char *text)
{
    return pl_arena_printf(&l->a, "%s:%s\n%s", kind, store, text);
}

/* false: another source had it. */
static bool is_first(struct lines *l, const char *key)
{
    struct pl_diskset_row there = {0};
    enum pl_status st = key ? pl_diskset_add(l->m->set, key, (int64_t)l->source, NULL, &there) : PL_STOP;
    if (st == PL_STOP)
        l->status = PL_STOP;
    return st == PL_OK || (st == PL_END && (size_t)there.number == l->source);
}

static const char *digest_of(struct lines *l, const char *text)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    char *hex = pl_arena_alloc(&l->a, 65);
    if (!hex || !EVP_DigestInit_ex(l->digest, EVP_sha256(), NULL) ||
        !EVP_DigestUpdate(l->digest, text, strlen(text)) || !EVP_DigestFinal_ex(l->digest, sum, NULL))
        return NULL;
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    return hex;
}

static enum pl_status line_put(struct lines *l, const struct pl_json *line)
{
    struct merge *m = l->m;
    const char *kind = pl_json_text_of(line, "kind");
    const char *folder = pl_json_text_of(pl_json_member(line, "folder"), "key");
    const char *name = merge_store_name(m, l->source, pl_json_text_of(line, "store"));
    const char *store = name ? pl_arena_strdup(&l->a, name) : NULL;
    if (!store)
        return PL_STOP;
    l->re.store = store;
    pl_faults_owner(&l->faults, pl_json_text_of(pl_json_member(line, "owner"), "dn"), store);
    bool is_store = !strcmp(kind, "store");
    if ((folder || is_store) && !is_first(l, key_of(l, "folder", store, folder ? folder : "")))
        return l->status;
    const uint64_t found = l->re.found, unresolved = l->re.unresolved;
    if (l->status != PL_OK || pl_relines_put(&l->re, line, &l->a) != PL_OK)
        return PL_STOP;
    bool is_time = !strcmp(kind, "freebusy");
    if ((is_time || !strcmp(kind, "folder")) &&
        merge_whose(m, &l->a, !is_time, is_time ? &l->re.who : &l->re.owner) != PL_OK)
        return PL_STOP;
    if (!folder && !is_store) {
        const char *digest = digest_of(l, l->re.json.data);
        if (!digest || !is_first(l, key_of(l, "line", store, digest))) {
            l->re.found = found;
            l->re.unresolved = unresolved;
            return digest ? l->status : PL_STOP;
        }
        if (is_time)
            pl_faults_published(&l->faults, pl_json_text_of(pl_json_member(line, "user"), "dn"), store);
    }
    put(l, l->re.json.data, l->re.csv.data);
    return l->status;
}

/* PL_LOST: said. */
static enum pl_status source_put(struct lines *l)
{
    char path[4096];
    struct merge *m = l->m;
    const struct merge_source *s = &m->sources[l->source];
    enum pl_status st = PL_OK, read;
    size_t size = 0;
    FILE *file = s->shares && merge_path(path, s->dir, "sharing.jsonl") ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    while (file && st == PL_OK && !stopped(m) && (read = merge_line(m, file, &size)) != PL_END) {
        pl_arena_reset(&l->a);
        const struct pl_json *line = read == PL_OK ? pl_json_parse(&l->a, m->line, size) : NULL;
        const char *kind = pl_json_text_of(line, "kind");
        if (merge_is_fault(line))
            continue;
        if (kind && pl_json_text_of(line, "store")) {
            st = line_put(l, line);
        } else {
            merge_say(m, "%s: its sharing.jsonl changed while it was read", s->dir);
            st = PL_LOST;
        }
    }
    if (file) {
        fclose(file);
    } else if (s->shares) {
        merge_say(m, "%s: its sharing.jsonl can't be read: %s", s->dir, strerrordesc_np(errno));
        st = PL_LOST;
    }
    return st;
}

static void fault_put(void *data, const char *json)
{
    struct lines *l = data;
    put(l, json, NULL);
    l->m->result->faults++;
}

/* --- all of it ------------------------------------------------------------------------------------------ */

static enum pl_status lines_open(struct lines *l, struct merge *m, struct pl_people *people)
{
    *l = (struct lines){.m = m, .digest = EVP_MD_CTX_new()};
    bool learned = true;
    pl_relines_init(&l->re);
    pl_arena_init(&l->a, LINE_TREE);
    for (size_t i = 0; i < m->options->count; i++)
        learned = learned && m->sources[i].learned;
    l->re.people = people;
    l->re.least = learned ? PL_TRUST_MESSAGE : PL_TRUST_STORE;
    if (!pl_faults_init(&l->faults) || !l->digest || pl_output_fixed(m->output, "sharing.jsonl", &l->json) != PL_OK)
        return PL_STOP;
    if (pl_output_fixed(m->output, "sharing.csv", &l->csv) != PL_OK)
        return PL_STOP;
    pl_sink_puts(&l->csv, pl_share_csv_head);
    return PL_OK;
}

static enum pl_status lines_close(struct lines *l, enum pl_status st)
{
    l->m->result->found = l->re.found;
    l->m->result->unresolved = l->re.unresolved;
    if (st == PL_OK && (pl_sink_commit(&l->json) != PL_OK || pl_sink_commit(&l->csv) != PL_OK))
        st = no_room(l->m, l->json.error ? l->json.error : l->csv.error);
    pl_sink_abort(&l->json);
    pl_sink_abort(&l->csv);
    pl_relines_release(&l->re);
    pl_arena_release(&l->a);
    pl_faults_release(&l->faults);
    EVP_MD_CTX_free(l->digest);
    return st;
}

static enum pl_status manifest_make(struct merge *m, struct pl_people *people)
{
    struct lines l;
    enum pl_status st = lines_open(&l, m, people);
    for (; l.source < m->options->count && st == PL_OK; l.source++)
        st = source_put(&l);
    if (st == PL_OK && !stopped(m))
        st = merge_freebusy(m);
    if (st == PL_OK)
        st = stopped(m) ? PL_LOST : pl_faults_put(&l.faults, m->options->output, fault_put, &l);
    if (st == PL_STOP)
        st = no_room(m, l.json.error ? l.json.error : l.csv.error);
    return lines_close(&l, st);
}

static bool file_note(void *data, const struct pl_file *file) { return pl_ledger_file(data, file) == PL_OK; }

/* The runs in their order, none left out. */
static enum pl_status ledger_make(struct merge *m, struct pl_people *people)
{
    char into[4096], from[4096];
    struct pl_ledger *ledger = NULL;
    const char *why = "the path is too long";
    int64_t first = 1;
    if (!merge_path(into, m->options->output, "ledger.db") || pl_ledger_open(into, &ledger, &why) != PL_OK) {
        merge_say(m, "%s: %s", m->options->output, why);
        return PL_STOP;
    }
    enum pl_status st = pl_people_save(people, ledger);
    bool noted =
        pl_output_unsaved(m->output, file_note, ledger) && pl_ledger_note(ledger, PL_NOTE_FINISHED, "1") == PL_OK;
    enum pl_status closed = pl_ledger_close(ledger);
    if (st != PL_OK || !noted || closed != PL_OK)
        return no_room(m, ENOSPC);
    for (size_t i = 0; i < m->options->count; i++) {
        const struct merge_source *s = &m->sources[i];
        struct merge_names names;
        const struct pl_ledger_part part = {
            .path = from, .dir = s->dir, .first = first, .names = merge_names_init(&names, m, i)};
        st = merge_path(from, s->dir, "ledger.db") ? pl_ledger_join(into, &part, &why) : PL_STOP;
        merge_names_release(&names);
        if (st != PL_OK) {
            merge_say(m, "%s: %s", s->dir, why);
            return st;
        }
        first += s->runs;
    }
    return PL_OK;
}

static bool sum_put(void *data, const struct pl_file *file) { return pl_sums_put(data, file) == PL_OK; }

/* The last file of all. */
static enum pl_status sums_make(struct merge *m)
{
    struct pl_sums sums;
    bool good = pl_sums_begin(&sums, m->output) == PL_OK && pl_output_unsaved(m->output, sum_put, &sums) &&
                pl_sums_add(&sums, "ledger.db") == PL_OK;
    enum pl_status st = good ? pl_sums_end(&sums) : PL_STOP;
    int error = errno;
    pl_sums_abort(&sums);
    if (st == PL_OK && pl_output_finish(m->output) == PL_OK)
        return PL_OK;
    return no_room(m, st == PL_OK ? errno : error);
}

static enum pl_status parts_make(struct merge *m, struct pl_people *people)
{
    enum pl_status st = manifest_make(m, people);
    if (st == PL_OK)
        st = ledger_make(m, people);
    if (st == PL_OK)
        st = merge_reports(m);
    if (st == PL_OK)
        st = merge_run(m);
    return st == PL_OK ? sums_make(m) : st;
}

/* Nothing is made before everything was read. */
static enum pl_status output_make(struct merge *m)
{
    const char *why = NULL;
    struct pl_people *people = people_join(m);
    enum pl_status st = PL_LOST;
    if (people && pl_output_open(m->options->output, false, &m->output, &why) == PL_OK) {
        pl_output_remember(m->output);
        st = parts_make(m, people) == PL_OK ? PL_OK : PL_STOP;
        pl_output_close(m->output);
    } else if (people) {
        merge_say(m, "%s: %s", m->options->output, why);
    }
    pl_people_free(people);
    return st;
}

enum pl_status pl_merge(const struct pl_merge_options *options, struct pl_merge_result *result)
{
    struct merge m = {.options = options, .result = result};
    *result = (struct pl_merge_result){0};
    pl_arena_init(&m.keep, KEEP_MOST);
    m.set = pl_diskset_new();
    m.line = malloc(MERGE_LINE_MOST);
    enum pl_status st = m.set && m.line ? merge_sources(&m) : PL_STOP;
    if (st == PL_OK)
        st = output_make(&m);
    else if (st == PL_STOP)
        merge_say(&m, "there is no memory or no room on the disk for what the runs tell");
    free(m.line);
    pl_diskset_free(m.set);
    pl_arena_release(&m.keep);
    return st;
}
