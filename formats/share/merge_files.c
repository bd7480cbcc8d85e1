/*
 * merge_files.c - the other files of a merge: free/busy, report.jsonl, run.json.
 *
 * Layer: formats. Of a user's published time the newest counts, as within one run; computed files are copied, one
 * of two that are the same; in both stands who the user is by what all runs know. Names come from files on disk and
 * are made safe like any others.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fdio.h"
#include "fingerprint.h"
#include "ifb.h"
#include "ifbread.h"
#include "jsonl.h"
#include "merge_int.h"

#define FILE_MOST    ((size_t)256 << 20)
#define NAMES_MOST   ((size_t)64 << 20)
#define PIECE        65536u
#define REQUEST_MOST ((size_t)64 << 20)

struct copying {
    struct merge *m;
    struct pl_arena a;     /* of the file at hand */
    const char *below;     /* freebusy, or what is in it */
    bool computed, choose; /* choose: the first pass, that finds the newest */
    enum pl_status status;
};

/* --- whose they are -------------------------------------------------------------------------------- */

static const char *whose_key(struct pl_arena *a, bool computed, const char *dn)
{
    char *key = pl_arena_printf(a, "%s:%s", computed ? "owner" : "user", dn);
    for (char *at = key; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return key;
}

enum pl_status merge_whose(struct merge *m, struct pl_arena *a, bool computed, const struct pl_known_as *who)
{
    struct pl_diskset_row there = {0};
    if (!who->dn || !*who->dn)
        return PL_OK;
    const char *key = whose_key(a, computed, who->dn), *smtp = who->smtp ? who->smtp : "";
    const char *text = pl_arena_printf(a, "%s\n%s", smtp, who->name ? who->name : "");
    enum pl_status st = key && text ? pl_diskset_add(m->set, key, 0, text, &there) : PL_STOP;
    if (st == PL_END && *smtp && *there.text == '\n')
        st = pl_diskset_replace(m->set, key, 0, text);
    return st == PL_STOP ? st : PL_OK;
}

/* What the lines of the manifest came to say of the user. PL_END: nothing. */
static enum pl_status whose_find(struct copying *c, struct pl_ifb *user)
{
    struct pl_diskset_row row = {0};
    const char *key = user->dn ? whose_key(&c->a, c->computed, user->dn) : NULL;
    enum pl_status st = key ? pl_diskset_find(c->m->set, key, &row) : user->dn ? PL_STOP : PL_END;
    if (st != PL_OK)
        return st;
    char *text = pl_arena_strdup(&c->a, row.text), *name = text ? strchr(text, '\n') : NULL;
    if (!name)
        return PL_STOP;
    *name++ = '\0';
    user->smtp = text;
    user->name = *name ? name : user->name;
    return PL_OK;
}

/* --- one file ------------------------------------------------------------------------------------- */

/* A file, line by line; a long line in parts. */
struct pieces {
    FILE *file;
    char text[PIECE];
    bool inside;           /* what comes next is the rest of a line */
    bool organizer, first; /* this one is of ORGANIZER and of what that is folded to; it begins there */
};

static bool piece_next(struct pieces *p)
{
    if (!fgets(p->text, sizeof p->text, p->file))
        return false;
    bool named = !strncmp(p->text, "ORGANIZER", 9) && (p->text[9] == ';' || p->text[9] == ':');
    p->first = named && !p->inside;
    if (!p->inside)
        p->organizer = named || (p->organizer && (*p->text == ' ' || *p->text == '\t'));
    size_t size = strlen(p->text);
    p->inside = !size || p->text[size - 1] != '\n';
    return true;
}

/* user: who it is by all runs; NULL: as this run knew him. */
static enum pl_status file_put(struct copying *c, const char *path, const char *name, const struct pl_ifb *user)
{
    const char *parts[] = {"freebusy", c->computed ? "computed" : name, name};
    struct pl_sink sink;
    struct pieces p = {.file = pl_file_stream(AT_FDCWD, path, 0)};
    if (!p.file || pl_output_create(c->m->output, parts, c->computed ? 3 : 2, ".ifb", &sink) != PL_OK) {
        if (p.file)
            fclose(p.file);
        return p.file ? PL_STOP : PL_LOST;
    }
    while (piece_next(&p)) {
        if (user && p.first)
            pl_ifb_organizer(&sink, user->smtp, user->dn, user->name);
        if (!user || !p.organizer)
            pl_sink_puts(&sink, p.text);
    }
    bool good = !ferror(p.file);
    fclose(p.file);
    enum pl_status st = good && pl_sink_hand_in(&sink) == PL_OK ? PL_OK : PL_STOP;
    pl_sink_abort(&sink);
    return st;
}

/* By what two computed files are the same: all of their text, except how much a run knew of the user. */
static char *computed_key(struct copying *c, const char *path, const char *name, const char *dn)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[65] = "";
    struct pieces p = {.file = pl_file_stream(AT_FDCWD, path, 0)};
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool good = p.file && digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    while (good && piece_next(&p))
        good = (dn && p.organizer) || EVP_DigestUpdate(digest, p.text, strlen(p.text));
    good = good && EVP_DigestFinal_ex(digest, sum, NULL);
    for (size_t i = 0; good && i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    EVP_MD_CTX_free(digest);
    if (p.file)
        fclose(p.file);
    return good ? pl_arena_printf(&c->a, "computed:%s:%s:%s", name, hex, dn ? dn : "") : NULL;
}

static char *published_key(struct copying *c, const char *dn)
{
    char *key = pl_arena_printf(&c->a, "newest:%s", dn);
    for (char *at = key; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return key;
}

static enum pl_status published_choose(struct copying *c, const char *path, const struct pl_ifb *ifb)
{
    struct pl_diskset_row there = {0};
    char *key = published_key(c, ifb->dn);
    enum pl_status st = key ? pl_diskset_add(c->m->set, key, ifb->stamp, path, &there) : PL_STOP;
    if (st == PL_END && ifb->stamp > there.number)
        st = pl_diskset_replace(c->m->set, key, ifb->stamp, path);
    return st == PL_STOP ? st : PL_OK;
}

/* Of two that are the same the first. */
static enum pl_status computed_take(struct copying *c, const char *path, const char *name, struct pl_ifb *ifb)
{
    struct pl_diskset_row there = {0};
    const char *key = computed_key(c, path, name, ifb->dn);
    enum pl_status st = key ? pl_diskset_add(c->m->set, key, 0, NULL, &there) : PL_STOP;
    if (st != PL_OK)
        return st == PL_END ? PL_OK : st;
    st = whose_find(c, ifb);
    return st == PL_STOP ? st : file_put(c, path, name, st == PL_OK ? ifb : NULL);
}

static enum pl_status file_take(struct copying *c, const char *path, const char *name)
{
    struct pl_diskset_row there = {0};
    struct pl_ifb ifb;
    pl_arena_reset(&c->a);
    enum pl_status st = pl_ifb_read(path, &c->a, &ifb);
    if (c->computed) {
        ifb.dn = st == PL_OK ? ifb.dn : NULL;
        return st == PL_STOP ? st : computed_take(c, path, name, &ifb);
    }
    if (st == PL_LOST || (st == PL_OK && !ifb.dn)) {
        if (!c->choose)
            merge_say(c->m, "%s: it is no free/busy file of ours, and is left out", path);
        return PL_OK;
    }
    if (st != PL_OK || c->choose)
        return st != PL_OK ? st : published_choose(c, path, &ifb);
    char *key = published_key(c, ifb.dn);
    st = key ? pl_diskset_find(c->m->set, key, &there) : PL_STOP;
    if (st != PL_OK || strcmp(there.text, path) != 0)
        return st == PL_STOP ? st : PL_OK;
    st = whose_find(c, &ifb);
    return st == PL_STOP ? st : file_put(c, path, name, st == PL_OK ? &ifb : NULL);
}

/* --- a folder, in the order of its names -------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Names without ".ifb". NULL: none, or they can't be read (*count is SIZE_MAX). */
static char **names_of(struct pl_arena *a, const char *path, size_t *count)
{
    char **names = NULL;
    size_t room = 0;
    DIR *dir = opendir(path);
    *count = dir || errno == ENOENT ? 0 : SIZE_MAX;
    while (dir && *count != SIZE_MAX) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e) {
            *count = errno ? SIZE_MAX : *count;
            break;
        }
        size_t size = strlen(e->d_name);
        if (size < 5 || strcmp(e->d_name + size - 4, ".ifb") != 0)
            continue;
        if (*count == room) {
            char **more = pl_arena_zalloc(a, room ? room * 2 : 64, sizeof *more);
            if (more && *count)
                memcpy(more, names, *count * sizeof *more);
            names = more;
            room = room ? room * 2 : 64;
        }
        char *name = names ? pl_arena_printf(a, "%.*s", (int)(size - 4), e->d_name) : NULL;
        if (name)
            names[(*count)++] = name;
        else
            *count = SIZE_MAX;
    }
    if (dir)
        closedir(dir);
    if (names && *count != SIZE_MAX)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

static enum pl_status folder_take(struct copying *c, const char *dir)
{
    char path[4096];
    struct pl_arena a;
    size_t count = 0;
    enum pl_status st = PL_OK;
    pl_arena_init(&a, NAMES_MOST);
    char **names = merge_path(path, dir, c->below) ? names_of(&a, path, &count) : NULL;
    if (count == SIZE_MAX)
        st = PL_STOP;
    for (size_t i = 0; names && i < count && st == PL_OK; i++) {
        int n = snprintf(path, sizeof path, "%s/%s/%s.ifb", dir, c->below, names[i]);
        st = n > 0 && (size_t)n < sizeof path ? file_take(c, path, names[i]) : PL_OK;
    }
    pl_arena_release(&a);
    return st;
}

enum pl_status merge_freebusy(struct merge *m)
{
    static const struct {
        const char *below;
        bool computed, choose;
    } passes[] = {{"freebusy", false, true}, {"freebusy", false, false}, {"freebusy/computed", true, false}};
    struct copying c = {.m = m};
    enum pl_status st = PL_OK;
    pl_arena_init(&c.a, FILE_MOST);
    for (size_t p = 0; p < sizeof passes / sizeof *passes; p++) {
        c.below = passes[p].below;
        c.computed = passes[p].computed;
        c.choose = passes[p].choose;
        for (size_t i = 0; i < m->options->count && st == PL_OK; i++)
            st = folder_take(&c, m->sources[i].dir);
    }
    pl_arena_release(&c.a);
    if (st == PL_OK)
        st = pl_output_settle(m->output);
    if (st != PL_OK)
        merge_say(m, "%s: its free/busy files can't be written", m->options->output);
    return st == PL_OK ? PL_OK : PL_LOST;
}

/* --- logs ---------------------------------------------------------------------------------------------- */

static void put_value(struct pl_jsonl *j, const struct pl_json *v)
{
    if (v->kind == PL_JSON_TEXT || v->kind == PL_JSON_NULL)
        pl_jsonl_text(j, v->name, v->text);
    else if (v->kind == PL_JSON_NUMBER)
        pl_jsonl_integer(j, v->name, v->number);
    else if (v->kind == PL_JSON_BOOL)
        pl_jsonl_bool(j, v->name, v->number);
    else if (v->kind == PL_JSON_OBJECT || v->kind == PL_JSON_LIST) {
        bool list = v->kind == PL_JSON_LIST;
        (list ? pl_jsonl_list : pl_jsonl_begin)(j, v->name);
        for (const struct pl_json *c = v->child; c; c = c->next)
            put_value(j, c);
        (list ? pl_jsonl_list_end : pl_jsonl_end)(j);
    }
}

/* The line of a fault, its store under the name that it has in the output. PL_LOST: no such line. */
static enum pl_status report_line(struct merge *m, struct merge_names *names, struct pl_sink *sink,
                                  struct pl_arena *a, size_t size)
{
    struct pl_buf line;
    struct pl_jsonl j = {.buf = &line};
    const struct pl_json *v = pl_json_parse(a, m->line, size);
    const char *store = pl_json_text_of(v, "store"), *name = store ? names->as.name(names, store) : NULL;
    if (!name)
        return store ? PL_STOP : PL_LOST;
    pl_buf_init(&line, MERGE_LINE_MOST);
    pl_jsonl_begin(&j, NULL);
    for (const struct pl_json *c = v->child; c; c = c->next)
        if (strcmp(c->name, "store") != 0)
            put_value(&j, c);
        else
            pl_jsonl_text(&j, "store", name);
    pl_jsonl_end(&j);
    pl_buf_putc(&line, '\n');
    bool failed = line.failed;
    if (!failed)
        pl_sink_write(sink, line.data, line.size);
    pl_buf_release(&line);
    return failed ? PL_STOP : PL_OK;
}

/* What is no line of a fault stays as it is. */
static bool report_rename(struct merge *m, size_t source, struct pl_sink *sink, FILE *file)
{
    struct merge_names names;
    struct pl_arena a;
    enum pl_status st = PL_OK, read;
    size_t size = 0;
    merge_names_init(&names, m, source);
    pl_arena_init(&a, FILE_MOST);
    while (st != PL_STOP && (read = merge_line(m, file, &size)) != PL_END && !ferror(file)) {
        pl_arena_reset(&a);
        st = read == PL_OK ? report_line(m, &names, sink, &a, size) : PL_LOST;
        if (st == PL_LOST)
            pl_sink_write(sink, m->line, size);
    }
    pl_arena_release(&a);
    merge_names_release(&names);
    return st != PL_STOP;
}

static void report_copy(struct pl_sink *sink, FILE *file)
{
    char piece[PIECE];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        pl_sink_write(sink, piece, got);
}

enum pl_status merge_reports(struct merge *m)
{
    char path[4096];
    struct pl_sink sink;
    enum pl_status st = pl_output_fixed(m->output, "report.jsonl", &sink);
    for (size_t i = 0; i < m->options->count && st == PL_OK; i++) {
        const char *name = merge_path(path, m->sources[i].dir, "report.jsonl");
        FILE *file = name ? pl_file_stream(AT_FDCWD, name, 0) : NULL;
        bool good = file || (name && errno == ENOENT);
        if (file && m->sources[i].renamed)
            good = report_rename(m, i, &sink, file);
        else if (file)
            report_copy(&sink, file);
        good = good && !(file && ferror(file));
        if (file)
            fclose(file);
        if (!good) {
            merge_say(m, "%s: its report.jsonl can't be read", m->sources[i].dir);
            st = PL_STOP;
        }
    }
    if (st == PL_OK && pl_sink_commit(&sink) != PL_OK) {
        merge_say(m, "%s: report.jsonl can't be written", m->options->output);
        st = PL_STOP;
    }
    pl_sink_abort(&sink);
    return st;
}

/* A store under the name that it has in the manifest, and in which of the folders it is. */
static enum pl_status store_put(struct merge *m, struct pl_sink *sink, size_t source, const struct pl_json *store,
                                bool first)
{
    struct pl_buf line;
    struct pl_jsonl j = {.buf = &line};
    const char *path = pl_json_text_of(store, "path"), *name = path ? merge_store_name(m, source, path) : NULL;
    pl_buf_init(&line, (size_t)1 << 20);
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_text(&j, "path", name ? name : path);
    pl_jsonl_text(&j, "dir", m->sources[source].dir);
    for (const struct pl_json *c = store->child; c; c = c->next)
        if (strcmp(c->name, "path") != 0 && strcmp(c->name, "dir") != 0)
            put_value(&j, c);
    pl_jsonl_end(&j);
    pl_sink_puts(sink, first ? "\n  " : ",\n  ");
    pl_sink_puts(sink, line.data ? line.data : "");
    bool failed = line.failed;
    pl_buf_release(&line);
    return failed ? PL_STOP : PL_OK;
}

static void totals_put(struct merge *m, struct pl_sink *sink)
{
    static const char *const names[] = {"seen", "written", "filtered", "lost", "files", "warnings"};
    struct pl_buf b;
    struct pl_jsonl j = {.buf = &b};
    bool early = false;
    pl_buf_init(&b, 4096);
    pl_jsonl_begin(&j, NULL);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        int64_t sum = 0;
        for (size_t i = 0; i < m->options->count; i++)
            sum += pl_json_number_of(pl_json_member(m->sources[i].run, "totals"), names[n], 0);
        pl_jsonl_integer(&j, names[n], sum);
    }
    for (size_t i = 0; i < m->options->count; i++)
        early = early || pl_json_true_of(pl_json_member(m->sources[i].run, "totals"), "stopped");
    pl_jsonl_bool(&j, "stopped", early);
    pl_jsonl_end(&j);
    pl_sink_puts(sink, b.data ? b.data : "{}");
    pl_buf_release(&b);
}

/* What verify needs to do it once more. PL_STOP: no memory, or a map can't be read again. */
static enum pl_status request_put(struct merge *m, struct pl_sink *sink)
{
    const struct pl_merge_options *o = m->options;
    struct pl_buf b;
    struct pl_jsonl j = {.buf = &b};
    bool learned = true;
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < o->count; i++)
        learned = learned && m->sources[i].learned;
    pl_buf_init(&b, REQUEST_MOST);
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_list(&j, "to");
    pl_jsonl_list_end(&j);
    pl_jsonl_bool(&j, "learn", learned);
    pl_jsonl_list(&j, "dir");
    for (size_t i = 0; i < o->count; i++)
        pl_jsonl_text(&j, NULL, m->sources[i].dir);
    pl_jsonl_list_end(&j);
    pl_jsonl_list(&j, "identity_map");
    for (size_t i = 0; i < o->map_count; i++)
        pl_jsonl_text(&j, NULL, o->maps[i]);
    pl_jsonl_list_end(&j);
    pl_jsonl_end(&j);
    pl_buf_puts(&b, ",\n \"identity_maps\":[");
    for (size_t i = 0; i < o->map_count && st == PL_OK; i++) {
        if (i)
            pl_buf_putc(&b, ',');
        st = pl_fingerprint_object(&b, o->maps[i], true);
    }
    pl_sink_puts(sink, b.data ? b.data : "");
    st = st == PL_OK && !b.failed ? PL_OK : PL_STOP;
    pl_buf_release(&b);
    return st;
}

enum pl_status merge_run(struct merge *m)
{
    struct pl_sink sink;
    bool first = true;
    enum pl_status st = pl_output_fixed(m->output, "run.json", &sink);
    if (st == PL_OK) {
        pl_sink_puts(&sink, "{\"v\":1,\"tool\":\"pimlift\",\"version\":\"" PL_VERSION
                            "\",\"merged\":true,\n \"options\":");
        st = request_put(m, &sink);
        pl_sink_puts(&sink, "],\n \"stores\":[");
    }
    for (size_t i = 0; i < m->options->count; i++)
        for (const struct pl_json *s = m->sources[i].stores; s && st == PL_OK; s = s->next, first = false)
            st = store_put(m, &sink, i, s, first);
    if (st == PL_OK) {
        pl_sink_puts(&sink, "],\n \"totals\":");
        totals_put(m, &sink);
        pl_sink_puts(&sink, "}\n");
        st = pl_sink_commit(&sink);
    }
    pl_sink_abort(&sink);
    if (st != PL_OK)
        merge_say(m, "%s: run.json can't be written", m->options->output);
    return st;
}
