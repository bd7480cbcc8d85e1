/*
 * ese_recipe.c - the statements of an ESE recipe: `database`, `table`, `row`, `rows`.
 *
 * A table is open until the next one begins; rows go to the open one. Exit status as
 * mkstore's: 0 written, 2 the output could not be written, 3 an error in the recipe.
 */
#include "ese_recipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Templates, and tables that stay open: known by name for the rest of the recipe. */
struct known {
    struct known *next;
    struct ese_plan plan;
};

struct build {
    const struct ms_ese_job *job;
    struct ms_recipe recipe;
    struct ms_mem mem, row, keep, plans; /* of a statement, a row, the run, the open table */
    struct ms_ese_options opt;
    struct ms_ese_db *db;
    struct ese_plan plan;
    struct known *known;
    bool stays;                   /* the open table is among the known */
    const char *logs, *streaming; /* files to write beside the database */
    FILE *truth;
    bool output_failed;
};

static const char *const type_words[] = {"nil",    "bit",   "byte",   "short",  "long",       "currency", "float",
                                         "double", "time",  "binary", "text",   "longbinary", "longtext", "slv",
                                         "ulong",  "int64", "guid",   "ushort", NULL};
static const uint8_t type_sizes[] = {4, 1, 1, 2, 4, 8, 4, 8, 8, 0, 0, 0, 0, 0, 4, 8, 16, 2};

static const char *kept(struct ms_mem *m, const char *s) { return ms_copy(m, s, strlen(s)); }

/* --- database ------------------------------------------------------------------------------ */

/* Lines of the command line take the place of the recipe's. */
static void override(struct build *b, struct ms_node *n)
{
    for (size_t i = 0; i < b->job->with_count; i++) {
        char *text = ms_copy(&b->mem, b->job->with[i], strlen(b->job->with[i]));
        char *end = text + strcspn(text, " ");
        struct ms_node *line = ms_alloc(&b->mem, sizeof *line), **c = &n->child;
        *line = (struct ms_node){.word = text, .rest = *end ? end + 1 : end, .line = n->line, .parent = n};
        *end = 0;
        while (*c)
            if (!strcmp((*c)->word, text))
                *c = (*c)->next;
            else
                c = &(*c)->next;
        *c = line;
    }
}

static void read_database(struct build *b, struct ms_node *n)
{
    static const char *const records[] = {"new", "old", "both", NULL}, *const sums[] = {"ecc", "xor", "mixed",
                                                                                        NULL};
    struct ms_recipe *r = &b->recipe;
    override(b, n);
    long long revision = ms_child_number(r, n, "revision", 0x14, 0, 0xffff),
              page = ms_child_number(r, n, "page", 4096, 0, 65536);
    if (b->db)
        ms_fail(r, n, "`database` stands once, before all tables");
    else if (revision < 0 || page < 0 || !ms_ese_defaults(&b->opt, (unsigned)revision, (unsigned)page))
        ms_fail(r, n, "no revision %lld with pages of %lld", revision, page);
    b->opt.records = (enum ms_ese_records)ms_child_choice(r, n, "records", records, (int)b->opt.records);
    b->opt.checksums = (enum ms_ese_checksums)ms_child_choice(r, n, "checksums", sums, (int)b->opt.checksums);
    b->opt.lv_id = (unsigned)ms_child_number(r, n, "lv-id", b->opt.lv_id, 0, 8);
    if (b->opt.lv_id != 4 && b->opt.lv_id != 8)
        ms_fail(r, n, "`lv-id` is 4 or 8");
    if (b->opt.records != MS_ESE_NEW && b->opt.page > 8192)
        ms_fail(r, n, "old records need pages of 8192 or less");
    b->opt.wide_roots = ms_child_flag(r, n, "wide-roots", b->opt.wide_roots);
    b->opt.seed = (uint64_t)ms_child_number(r, n, "seed", 1, 0, INT64_MAX);
    struct ms_node *dirty = ms_child(n, "dirty");
    if (dirty) {
        struct ms_words w;
        ms_words(r, &b->mem, dirty, &w);
        b->opt.dirty = true;
        b->opt.log_min = (uint32_t)ms_word_number(&w, 1, 0x7fffffff);
        b->opt.log_max = (uint32_t)ms_word_number(&w, b->opt.log_min, 0x7fffffff);
    }
    b->logs = ms_child_text(r, &b->keep, n, "logs");
    b->streaming = ms_child_text(r, &b->keep, n, "streaming");
    b->opt.streaming = b->streaming != NULL;
    ms_check_used(r, n);
}

static void begin(struct build *b)
{
    if (b->db || b->recipe.failed)
        return;
    if (!b->opt.page) {
        struct ms_node empty = {.word = "database", .rest = ""};
        read_database(b, &empty);
    }
    if (!b->recipe.failed && !(b->db = ms_ese_begin(b->job->out, &b->opt)))
        b->recipe.failed = b->output_failed = true;
}

/* --- table --------------------------------------------------------------------------------- */

static bool column_word(struct build *b, struct ms_words *w, struct ms_ese_column *c, bool *deleted)
{
    static const struct {
        const char *word;
        unsigned flag;
    } flags[] = {{"not-null", MS_ESE_NOT_NULL}, {"auto", MS_ESE_AUTO},     {"multi", MS_ESE_MULTI},
                 {"version", MS_ESE_VERSION},   {"escrow", MS_ESE_ESCROW}, {"compressed", MS_ESE_COMPRESSED}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (ms_word_is(w, flags[i].word)) {
            c->flags |= flags[i].flag;
            return true;
        }
    if (ms_word_is(w, "fixed"))
        c->place = MS_ESE_FIXED;
    else if (ms_word_is(w, "variable"))
        c->place = MS_ESE_VARIABLE;
    else if (ms_word_is(w, "tagged"))
        c->place = MS_ESE_TAGGED;
    else if (ms_word_is(w, "unicode"))
        c->codepage = 1200;
    else if (ms_word_is(w, "deleted"))
        *deleted = true;
    else if (ms_word_is(w, "size"))
        c->size = (uint32_t)ms_word_number(w, 0, 0x7fffffff);
    else if (ms_word_is(w, "separate"))
        c->separate = (size_t)ms_word_number(w, 1, 1 << 20);
    else if (ms_word_is(w, "callback"))
        c->callback = kept(&b->plans, ms_word(w));
    else
        return false;
    return true;
}

static void read_column(struct build *b, struct ms_node *n, struct ms_ese_column *c)
{
    struct ms_words w;
    bool deleted = false;
    ms_words(&b->recipe, &b->plans, n, &w);
    *c = (struct ms_ese_column){.name = kept(&b->plans, ms_word(&w))};
    c->type = (enum ms_ese_type)ms_choice(&b->recipe, n, ms_word(&w), type_words);
    c->place = type_sizes[c->type] ? MS_ESE_FIXED : c->type >= MS_ESE_LONGBINARY ? MS_ESE_TAGGED : MS_ESE_VARIABLE;
    c->size = type_sizes[c->type];
    while (ms_word_more(&w) && column_word(b, &w, c, &deleted))
        ;
    if (ms_word_more(&w))
        ms_fail(&b->recipe, n, "`%s` says nothing about a column", ms_word(&w));
    if (c->place == MS_ESE_FIXED && (!c->size || c->size > 1000))
        ms_fail(&b->recipe, n, "a fixed column wants a `size`");
    struct ms_node *fallback = ms_child(n, "default");
    struct ms_bytes bytes = {.mem = &b->plans};
    if (fallback) {
        ese_value_bytes(&b->recipe, fallback, c, fallback->rest, &bytes);
        c->fallback = bytes.data;
        c->fallback_size = bytes.size;
    }
    if (deleted)
        c->type = MS_ESE_NIL;
}

static unsigned find_column(struct build *b, const struct ms_node *n, const char *name)
{
    for (size_t i = 0; i < b->plan.column_count; i++)
        if (!strcmp(b->plan.columns[i].name, name))
            return (unsigned)i;
    ms_fail(&b->recipe, n, "table %s has no column `%s`", b->plan.name, name);
    return 0;
}

static void read_index(struct build *b, struct ms_node *n, struct ms_ese_index *x)
{
    struct ms_words w;
    ms_words(&b->recipe, &b->plans, n, &w);
    *x = (struct ms_ese_index){.name = kept(&b->plans, ms_word(&w)), .flags = MS_ESE_NULLS};
    while (ms_word_more(&w) && !b->recipe.failed) {
        if (ms_word_is(&w, "primary")) {
            x->flags |= MS_ESE_PRIMARY | MS_ESE_UNIQUE;
        } else if (ms_word_is(&w, "unique")) {
            x->flags |= MS_ESE_UNIQUE;
        } else if (ms_word_is(&w, "no-nulls")) {
            x->flags = (x->flags & ~(unsigned)MS_ESE_NULLS) | MS_ESE_NO_NULL;
        } else if (x->count == MS_ESE_SEGMENTS) {
            ms_fail(&b->recipe, n, "an index has %u columns at most", MS_ESE_SEGMENTS);
        } else {
            const char *name = ms_word(&w);
            x->descending[x->count] = *name == '-';
            x->columns[x->count++] = find_column(b, n, name + (*name == '-' || *name == '+'));
        }
    }
    if (!x->count && !b->recipe.failed)
        ms_fail(&b->recipe, n, "an index wants columns");
}

static size_t lines_of(struct ms_node *n, const char *word)
{
    size_t count = 0;
    for (struct ms_node *c = ms_child(n, word); c; c = ms_again(c))
        count++;
    return count;
}

static const struct ese_plan *find_known(struct build *b, const struct ms_node *n, const char *name)
{
    for (struct known *k = b->known; k; k = k->next)
        if (!strcmp(k->plan.name, name))
            return &k->plan;
    ms_fail(&b->recipe, n, "no template or open table `%s` above", name);
    return NULL;
}

static void end_table(struct build *b)
{
    if (b->plan.table && !b->stays && ms_ese_table_end(b->plan.table))
        b->recipe.failed = b->output_failed = true;
    b->plan = (struct ese_plan){0};
    b->stays = false;
}

static void keep_plan(struct build *b)
{
    struct known *k = ms_alloc(&b->keep, sizeof *k);
    k->plan = b->plan;
    k->next = b->known;
    k->plan.name = kept(&b->keep, b->plan.name);
    k->plan.columns = ms_alloc(&b->keep, b->plan.column_count * sizeof *k->plan.columns + 1);
    for (size_t i = 0; i < b->plan.column_count; i++) {
        k->plan.columns[i] = b->plan.columns[i];
        k->plan.columns[i].name = kept(&b->keep, b->plan.columns[i].name);
    }
    b->known = k;
}

static void read_table(struct build *b, struct ms_node *n)
{
    struct ms_recipe *r = &b->recipe;
    struct ms_words w;
    end_table(b);
    ms_mem_clear(&b->plans);
    ms_words(r, &b->plans, n, &w);
    struct ms_ese_schema s = {.name = kept(&b->plans, ms_word(&w))};
    s.is_template = ms_word_is(&w, "template");
    const struct ese_plan *from = ms_word_is(&w, "from") ? find_known(b, n, ms_word(&w)) : NULL;
    s.parent = from ? from->table : NULL;
    s.unsorted = ms_word_is(&w, "unsorted");
    b->stays = ms_word_is(&w, "open");
    if (ms_word_more(&w))
        ms_fail(r, n, "`%s` says nothing about a table, or stands too late", ms_word(&w));
    size_t inherited = from ? from->column_count : 0, own = lines_of(n, "column");
    struct ms_ese_column *columns = ms_alloc(&b->plans, (inherited + own) * sizeof *columns + 1);
    if (inherited)
        memcpy(columns, from->columns, inherited * sizeof *columns);
    b->plan = (struct ese_plan){.name = s.name, .columns = columns, .column_count = inherited + own};
    size_t i = inherited;
    for (struct ms_node *c = ms_child(n, "column"); c; c = ms_again(c))
        read_column(b, c, &columns[i++]);
    s.index_count = lines_of(n, "index");
    struct ms_ese_index *indexes = ms_alloc(&b->plans, s.index_count * sizeof *indexes + 1);
    i = 0;
    for (struct ms_node *c = ms_child(n, "index"); c; c = ms_again(c))
        read_index(b, c, &indexes[i++]);
    s.columns = columns + inherited;
    s.column_count = own;
    s.indexes = indexes;
    s.pages = (unsigned)ms_child_number(r, n, "pages", 1, 0, 1 << 20);
    s.flags = (uint32_t)ms_child_number(r, n, "flags", 0, 0, UINT32_MAX);
    s.lv_chunk = (uint32_t)ms_child_number(r, n, "lv-chunk", 0, 0, 65536);
    s.callback = ms_child_text(r, &b->plans, n, "callback");
    if (s.pages < 1 || s.pages > 32)
        ms_fail(r, n, "`pages` is 1 to 32");
    ms_check_used(r, n);
    begin(b);
    if (r->failed)
        return;
    b->plan.table = ms_ese_table(b->db, &s);
    if (!b->plan.table)
        r->failed = b->output_failed = true;
    else if (s.is_template || b->stays)
        keep_plan(b);
}

/* --- rows ---------------------------------------------------------------------------------- */

static void put_row(struct build *b, const struct ese_plan *plan, struct ms_node *n, uint64_t row)
{
    struct ms_ese_value *values = ms_alloc(&b->row, plan->column_count * sizeof *values + 1);
    size_t count = 0;
    for (size_t i = 0; i < plan->column_count; i++) {
        struct ms_node *line = ms_child(n, plan->columns[i].name);
        if (!line)
            continue;
        ese_values_read(&b->recipe, &b->row, line, &plan->columns[i], b->opt.seed, row, &values[count]);
        values[count].column = (unsigned)i;
        count += values[count].count || values[count].pieces;
    }
    bool deleted = ms_child_flag(&b->recipe, n, "deleted", false);
    if (row == 0)
        ms_check_used(&b->recipe, n);
    if (b->recipe.failed)
        return;
    if (ms_ese_row(plan->table, values, count, deleted))
        b->recipe.failed = b->output_failed = true;
    else if (b->truth && !deleted)
        ese_truth_row(b->truth, plan, values, count);
    ms_mem_clear(&b->row);
}

static void read_rows(struct build *b, struct ms_node *n, bool many)
{
    struct ms_words w;
    long long count = 1;
    ms_words(&b->recipe, &b->mem, n, &w);
    if (many)
        count = ms_word_number(&w, 0, 1LL << 40);
    const struct ese_plan *plan = ms_word_is(&w, "in") ? find_known(b, n, ms_word(&w)) : &b->plan;
    if (plan && !plan->table)
        ms_fail(&b->recipe, n, "rows before the first table");
    for (long long i = 0; plan && i < count && !b->recipe.failed; i++)
        put_row(b, plan, n, (uint64_t)i);
}

static void read_statement(struct build *b, struct ms_node *n)
{
    if (!strcmp(n->word, "database"))
        read_database(b, n);
    else if (!strcmp(n->word, "table"))
        read_table(b, n);
    else if (!strcmp(n->word, "row") || !strcmp(n->word, "rows"))
        read_rows(b, n, n->word[3] == 's');
    else
        ms_fail(&b->recipe, n, "`%s` begins no statement", n->word);
}

static void read_all(struct build *b)
{
    for (struct ms_node *n; (n = ms_recipe_next(&b->recipe, &b->mem));) {
        read_statement(b, n);
        if (b->recipe.failed)
            break;
        ms_mem_clear(&b->mem);
    }
}

/* Statements made here, read like any others. */
static void read_text(struct build *b, const char *text)
{
    struct ms_recipe outer = b->recipe;
    b->recipe = (struct ms_recipe){.path = "(generated)", .text = strdup(text)};
    b->recipe.at = b->recipe.text;
    if (b->recipe.text)
        read_all(b);
    outer.failed = b->recipe.failed || !b->recipe.text;
    ms_recipe_close(&b->recipe);
    b->recipe = outer;
}

static void read_scale(struct build *b)
{
    char text[1024];
    const struct ms_ese_job *job = b->job;
    if (job->tables)
        read_text(b, "table Folder template\n  column Id currency not-null\n  column Name longtext unicode\n"
                     "  index primary primary Id\n");
    for (uint64_t i = 0; i < job->tables && !b->recipe.failed; i++) {
        snprintf(text, sizeof text,
                 "table Folder-%llu from Folder\n  column Extra%llu long tagged\n  column Note longtext\nrow\n  Id "
                 "%llu\n"
                 "  Name text Folder %llu\n  Extra%llu %llu\n",
                 (unsigned long long)i, (unsigned long long)i, (unsigned long long)i, (unsigned long long)i,
                 (unsigned long long)i, (unsigned long long)i * 7);
        read_text(b, text);
    }
    if (!job->rows || b->recipe.failed)
        return;
    snprintf(text, sizeof text,
             "table Rows\n  column Id currency not-null\n  column Folder long\n  column Class text\n"
             "  column Subject longtext unicode\n  column Body longbinary\n  index primary primary Id\n"
             "  index folder Folder Id\nrows %llu\n  Id count 1\n  Folder scatter 1000\n"
             "  Class every 3 text IPM.Appointment\n  Subject label Meeting %% of many\n  Body random %llu\n",
             (unsigned long long)job->rows, (unsigned long long)job->size);
    read_text(b, text);
}

static bool write_beside(struct build *b)
{
    uint64_t generation;
    char *end;
    for (const char *at = b->logs; at && *at; at = end) {
        generation = strtoull(at, &end, 0);
        if (end == at)
            ms_fail(&b->recipe, NULL, "`logs` wants the numbers of generations");
        if (end == at || ms_ese_log(b->job->out, &b->opt, (uint32_t)generation))
            return false;
    }
    if (!b->streaming)
        return true;
    const char *dot = strrchr(b->job->out, '.');
    const char *path =
        ms_text(&b->keep, "%.*s.stm", dot ? (int)(dot - b->job->out) : (int)strlen(b->job->out), b->job->out);
    return !ms_ese_streaming(path, &b->opt, 16);
}

static int finish(struct build *b)
{
    if (!b->recipe.failed)
        read_scale(b);
    begin(b);
    if (!b->recipe.failed)
        end_table(b);
    if (b->recipe.failed) {
        if (b->db)
            ms_ese_abort(b->db);
        return b->output_failed ? 2 : 3;
    }
    if (ms_ese_end(b->db) || !write_beside(b))
        return 2;
    for (size_t i = 0; i < b->job->damage_count; i++)
        if (ms_ese_damage(b->job->out, b->job->damage[i], b->opt.seed))
            return 3;
    return 0;
}

int ms_ese_run(const struct ms_ese_job *job)
{
    struct build b = {.job = job};
    if (!ms_recipe_open(&b.recipe, job->recipe))
        return 3;
    int status = 2;
    if (job->truth && !(b.truth = fopen(job->truth, "wb"))) {
        fprintf(stderr, "mkstore: %s: %s\n", job->truth, strerror(errno));
    } else {
        read_all(&b);
        status = finish(&b);
    }
    if (b.truth && fclose(b.truth) && !status) {
        fprintf(stderr, "mkstore: %s: %s\n", job->truth, strerror(errno));
        status = 2;
    }
    if (status && job->truth)
        unlink(job->truth);
    ms_mem_release(&b.mem);
    ms_mem_release(&b.row);
    ms_mem_release(&b.keep);
    ms_mem_release(&b.plans);
    ms_recipe_close(&b.recipe);
    return status;
}
