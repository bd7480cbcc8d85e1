/*
 * mkstore.c - the program: a text recipe in, a store and its truth out. docs/recipes.md.
 *
 * Exit status: 0 written, 2 the output could not be written, 3 usage or an error in the
 * recipe (one line `file:line: message`). Output depends on the recipe and the options alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "ese.h"
#include "ese_recipe.h"
#include "exchange.h"

static const char usage[] =
    "usage: mkstore RECIPE -o STORE [--truth FILE] [--layout unicode|ansi|4k] [--crypt none|permute|cyclic]\n"
    "               [--seed N] [--items N] [--mail M] [--size BYTES] [--sparse]\n"
    "               [--mixed] [--damage WHAT]...\n"
    "       mkstore --format exchange2000|exchange2003|exchange2007|exchange2010|exchange2013|exchange2016|\n"
    "               exchange2019 RECIPE -o DATABASE [--truth FILE] [--public] [--mailboxes N] [--with TRAIT]...\n"
    "               [--ese-names PROFILE] [--seed N] [--items N] [--mail M] [--size BYTES] [--damage WHAT]...\n"
    "       mkstore --ese RECIPE -o DATABASE [--truth FILE] [--with LINE]... [--rows N] [--tables N]\n"
    "               [--size BYTES] [--damage WHAT]...\n";

#define DAMAGE_MAX 32

struct options {
    const char *recipe, *out, *truth, *layout, *crypt;
    const char *damage[DAMAGE_MAX];
    size_t damage_count;
    const char *with[DAMAGE_MAX];
    size_t with_count;
    uint64_t seed;
    bool seeded;
    struct ms_scale scale;
    uint64_t rows, tables, mailboxes;
    bool ese, is_public;
    const char *format;
    struct ms_exchange exchange;
};

static const char *const layouts[] = {"unicode", "ansi", "4k", NULL};
static const char *const crypts[] = {"none", "permute", "cyclic", NULL};

static bool to_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return *text >= '0' && *text <= '9' && !errno && !*end;
}

static bool take(struct options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **text;
        uint64_t *number;
    } rows[] = {
        {"-o", &o->out, NULL},
        {"--truth", &o->truth, NULL},
        {"--layout", &o->layout, NULL},
        {"--crypt", &o->crypt, NULL},
        {"--seed", NULL, &o->seed},
        {"--items", NULL, &o->scale.items},
        {"--mail", NULL, &o->scale.mail},
        {"--size", NULL, &o->scale.size},
        {"--rows", NULL, &o->rows},
        {"--tables", NULL, &o->tables},
        {"--mailboxes", NULL, &o->mailboxes},
        {"--format", &o->format, NULL},
        {"--ese-names", &o->exchange.names, NULL},
    };
    if (!strcmp(name, "--damage") && o->damage_count < DAMAGE_MAX) {
        o->damage[o->damage_count++] = value;
        return true;
    }
    if (!strcmp(name, "--with") && o->with_count < DAMAGE_MAX) {
        o->with[o->with_count++] = value;
        return true;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, name))
            continue;
        o->seeded |= rows[i].number == &o->seed;
        if (rows[i].number)
            return to_number(value, rows[i].number);
        *rows[i].text = value;
        return true;
    }
    return false;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' && !o->recipe)
            o->recipe = argv[i];
        else if (!strcmp(argv[i], "--ese"))
            o->ese = true;
        else if (!strcmp(argv[i], "--public"))
            o->is_public = o->exchange.is_public = true;
        else if (!strcmp(argv[i], "--sparse"))
            o->scale.sparse = true;
        else if (!strcmp(argv[i], "--mixed"))
            o->scale.mixed = true;
        else if (i + 1 >= argc || !take(o, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    bool pst = !o->format || !strcmp(o->format, "pst");
    if (pst && !o->ese && (o->is_public || o->mailboxes || o->with_count || o->exchange.names))
        return false;
    if (!pst && !ms_exchange_format(o->format, &o->exchange))
        return false;
    bool modern = o->exchange.modern;
    for (size_t i = 0; !pst && i < o->with_count; i++)
        if (!(modern ? ms_exchange13_trait : ms_exchange_trait)(o->with[i], &o->exchange))
            return false;
    return o->recipe && o->out && !(modern && o->exchange.names);
}

static const char *kept(struct ms_build *b, const char *s) { return s ? ms_copy(&b->keep, s, strlen(s)) : NULL; }

static void read_store(struct ms_build *b, struct ms_node *n)
{
    struct ms_store *s = &b->store;
    if (b->writer || s->name) {
        ms_fail(b->recipe, n, "`store` stands once, before all folders");
        return;
    }
    s->name = kept(b, ms_string(b->recipe, &b->mem, n));
    s->layout = (enum ms_layout)ms_child_choice(b->recipe, n, "layout", layouts, 0);
    s->crypt = (enum ms_crypt)ms_child_choice(b->recipe, n, "crypt", crypts, 0);
    s->codepage = (unsigned)ms_child_number(b->recipe, n, "codepage", s->layout == MS_ANSI ? 1252 : 0, 0, 65535);
    s->wver = (unsigned)ms_child_number(b->recipe, n, "version", 0, 0, 37);
    s->seed = (uint64_t)ms_child_number(b->recipe, n, "seed", 1, INT64_MIN, INT64_MAX);
    s->deflate = ms_child_flag(b->recipe, n, "deflate", true); /* matters in 4k stores only */
    if (s->wver && (s->wver >= 36 ? MS_4K : s->wver >= 23 ? MS_UNICODE : MS_ANSI) != s->layout)
        ms_fail(b->recipe, n, "`version %u` is none of this layout", s->wver);
    if (s->wver && s->wver < 14)
        ms_fail(b->recipe, n, "there is no version %u", s->wver);
    if (s->codepage && !ms_pst_codepage(s->codepage))
        ms_fail(b->recipe, n, "no code page %u", s->codepage);
    struct ms_node *owner = ms_child(n, "owner"), *zone = ms_child(n, "zone");
    if (owner) {
        struct ms_person p = ms_person_of(b, owner, ms_string(b->recipe, &b->mem, owner));
        ms_owner_set(b, s, &p);
    }
    struct ms_node *made = ms_child(n, "created");
    if (made) {
        struct ms_words w;
        bool utc;
        ms_words(b->recipe, &b->mem, made, &w);
        b->epoch = ms_word_moment(&w, &utc);
    }
    b->zone = zone ? ms_zone_find(zone->rest) : b->zone;
    if (zone && !b->zone)
        ms_fail(b->recipe, zone, "no zone `%s`", zone->rest);
    ms_check_used(b->recipe, n);
}

static void begin(struct ms_build *b, const struct options *o, struct ms_node *n)
{
    if (b->writer || b->recipe->failed)
        return;
    if (o->layout) {
        int layout = ms_choice(b->recipe, n, o->layout, layouts);
        b->store.wver = layout == (int)b->store.layout ? b->store.wver : 0;
        b->store.layout = (enum ms_layout)layout;
    }
    if (o->crypt)
        b->store.crypt = (enum ms_crypt)ms_choice(b->recipe, n, o->crypt, crypts);
    if (o->seeded)
        b->store.seed = o->seed;
    if (b->is_public)
        b->store.seed = ms_mix(b->store.seed, 0); /* its items are not those of the mailboxes */
    if (b->store.layout == MS_ANSI && !b->store.codepage)
        b->store.codepage = 1252;
    if (!b->store.name)
        b->store.name = "Store";
    b->writer = b->ops->begin(b->out, &b->store);
    if (!b->writer)
        b->recipe->failed = b->output_failed = true;
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_number(&b->truth, "v", 1);
    ms_truth_text(&b->truth, "store", b->store.name);
    ms_truth_text(&b->truth, "owner", b->store.owner_smtp);
    ms_truth_text(&b->truth, "layout", layouts[b->store.layout]);
    ms_truth_open(&b->truth, "items", '[');
}

/* Before the second part is read on: its statement stays. */
static void scale_first(struct ms_build *b, const struct options *o)
{
    struct ms_mem kept = b->mem;
    b->mem = (struct ms_mem){NULL};
    ms_build_scale(b, &o->scale);
    ms_mem_release(&b->mem);
    b->mem = kept;
}

static void build_statement(struct ms_build *b, const struct options *o, struct ms_node *n)
{
    if (!strcmp(n->word, "store")) {
        if (!b->again)
            read_store(b, n);
    } else if (!strcmp(n->word, "person")) {
        ms_build_person(b, n);
        ms_check_used(b->recipe, n);
    } else {
        begin(b, o, n);
        if (b->part == 0 && !b->skipping && ms_is_part(n))
            scale_first(b, o);
        if (b->recipe->failed || ms_build_part(b, n) || b->skipping || ms_build_stream(b, n) ||
            ms_build_schedule(b, n))
            return;
        if (!strcmp(n->word, "folder"))
            ms_build_folder(b, n);
        else if (!strcmp(n->word, "matrix"))
            ms_build_matrix(b, n);
        else if (!ms_build_item(b, n))
            ms_fail(b->recipe, n, "`%s` begins no statement", n->word);
    }
}

static void end_truth(struct ms_build *b, uint64_t mailboxes)
{
    static const char *const names[] = {"event", "contact", "group",    "task", "journal",
                                        "note",  "mail",    "freebusy", "other"};
    ms_truth_close(&b->truth, ']');
    ms_truth_open(&b->truth, "folders", '[');
    ms_truth_folders(b);
    ms_truth_close(&b->truth, ']');
    ms_truth_streams(b);
    if (mailboxes)
        ms_truth_number(&b->truth, "mailboxes", (long long)mailboxes);
    ms_truth_open(&b->truth, "totals", '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ms_truth_number(&b->truth, names[i], (long long)b->kinds[i]);
    if (b->kinds[MS_PUBLISHED])
        ms_truth_number(&b->truth, "published", (long long)b->kinds[MS_PUBLISHED]);
    ms_truth_close(&b->truth, '}');
    ms_truth_close(&b->truth, '}');
    if (b->truth.file)
        fputc('\n', b->truth.file);
}

static void build_all(struct ms_build *b, const struct options *o)
{
    b->part = 0;
    b->skipping = b->is_public;
    for (struct ms_node *n; (n = ms_recipe_next(b->recipe, &b->mem));) {
        build_statement(b, o, n);
        if (b->recipe->failed)
            break;
        ms_mem_clear(&b->mem);
    }
    begin(b, o, NULL);
    if (!b->recipe->failed && !b->skipping && (b->part == 0 || b->is_public))
        ms_build_scale(b, &o->scale);
}

/* The first part once more, for the mailbox of somebody else. What it says about items stands in the truth already.
 */
static void build_again(struct ms_build *b, const struct options *o, uint64_t number)
{
    const char *name = ms_text(&b->keep, "mailbox%03llu", (unsigned long long)number);
    struct ms_person owner = {.name = ms_text(&b->keep, "Mailbox %03llu", (unsigned long long)number),
                              .smtp = ms_text(&b->keep, "%s@example.org", name),
                              .dn = ms_text(&b->keep, "/o=Example/ou=Site/cn=Recipients/cn=%s", name),
                              .sid = ms_text(&b->keep, "S-1-5-21-1111-2222-3333-%llu", 10000ull + number)};
    struct ms_truth truth = b->truth;
    b->truth.file = NULL;
    b->again = true;
    b->ordinal = 0;
    ms_enter_mailbox(b, &owner);
    ms_recipe_close(b->recipe);
    if (b->recipe->failed || !ms_recipe_open(b->recipe, o->recipe))
        b->recipe->failed = true;
    else
        build_all(b, o);
    b->truth = truth;
}

static int run(struct ms_build *b, const struct options *o)
{
    uint64_t kinds[sizeof b->kinds / sizeof *b->kinds];
    build_all(b, o);
    memcpy(kinds, b->kinds, sizeof kinds);
    size_t places = b->place_count;
    for (uint64_t i = 2; i <= o->mailboxes && !b->recipe->failed; i++) {
        ms_places_cut(b, places); /* no mailbox looks at those of the others */
        build_again(b, o, i);
    }
    memcpy(b->kinds, kinds, sizeof kinds);
    ms_places_cut(b, places);
    if (b->recipe->failed) {
        if (b->writer)
            b->ops->abort(b->writer);
        return b->output_failed ? 2 : 3;
    }
    end_truth(b, o->mailboxes);
    if (b->ops->end(b->writer))
        return 2;
    for (size_t i = 0; i < o->damage_count; i++)
        if ((o->format ? ms_ese_damage : ms_pst_damage)(b->out, o->damage[i], b->store.seed))
            return 3;
    return 0;
}

static int run_ese(const struct options *o)
{
    struct ms_ese_job job = {.recipe = o->recipe,
                             .out = o->out,
                             .truth = o->truth,
                             .damage = o->damage,
                             .damage_count = o->damage_count,
                             .with = o->with,
                             .with_count = o->with_count,
                             .rows = o->rows,
                             .tables = o->tables,
                             .size = o->scale.size};
    return ms_ese_run(&job);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct ms_recipe recipe;
    if (!parse_options(argc, argv, &o)) {
        fputs(usage, stderr);
        return 3;
    }
    if (o.ese)
        return run_ese(&o);
    if (!ms_recipe_open(&recipe, o.recipe))
        return 3;
    struct ms_build b = {
        .recipe = &recipe, .ops = &ms_pst_writer, .out = o.out, .store = {.seed = 1, .deflate = true}};
    if (o.exchange.revision) {
        b.ops = o.exchange.bare     ? &ms_exchange10_writer
                : o.exchange.modern ? &ms_exchange13_writer
                                    : &ms_exchange_writer;
        b.store.exchange = &o.exchange;
        b.is_public = o.is_public;
        b.public_too = o.exchange.variants & MS_X13_PUBLIC_TOO && !o.is_public;
    }
    b.zone = ms_zone_at(0);
    b.epoch = ms_days(2015, 3, 2) * MS_DAY + 8 * 3600;
    if (o.truth && !(b.truth.file = fopen(o.truth, "wb"))) {
        fprintf(stderr, "mkstore: %s: %s\n", o.truth, strerror(errno));
        ms_recipe_close(&recipe);
        return 2;
    }
    int status = run(&b, &o);
    if (b.truth.file && fclose(b.truth.file) && !status) {
        fprintf(stderr, "mkstore: %s: %s\n", o.truth, strerror(errno));
        status = 2;
    }
    if (status && o.truth)
        unlink(o.truth);
    ms_mem_release(&b.mem);
    ms_mem_release(&b.keep);
    ms_recipe_close(&recipe);
    return status;
}
