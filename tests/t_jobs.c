/*
 * t_jobs.c - spools of workers as a hostile process would write them.
 *
 * What is taken over is looked at from outside: by the totals of the ledger, which have to balance, by what the
 * report and the writers heard, and by the files of the output. A spool is taken whole or not at all.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "freebusy.h"
#include "people.h"
#include "spool.h"
#include "take.h"

#define FOLDER     7u /* its ordinal */
#define SPOOL_MOST 8192u

static char base[64], output_path[80];
static struct pl_convert_options options;
static struct pl_convert_result result;
static struct pl_run run;
static unsigned told, put;

static void tell(void *data, const struct pl_diagnostic *d)
{
    (void)data;
    (void)d;
    told++;
}

static enum pl_status busy_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    (void)w;
    *out = (struct pl_written){.file = "freebusy/computed/anna.ifb", .uid = record->uid};
    put++;
    return PL_OK;
}

static enum pl_status never_put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    (void)w;
    (void)record;
    (void)out;
    cr_assert_fail("a writer whose files end with their folder was given busy time");
    return PL_STOP;
}

static const struct pl_writer_ops busy_ops = {.name = "busy", .beyond = "freebusy/*", .put = busy_put},
                                  plain_ops = {.name = "plain", .put = never_put};

static void begin(void)
{
    const char *why = "";
    char work[128];
    strcpy(base, "/tmp/pimlift-jobs-XXXXXX");
    cr_assert(mkdtemp(base));
    snprintf(output_path, sizeof output_path, "%s/out", base);
    options = (struct pl_convert_options){.output = output_path};
    run = (struct pl_run){.options = &options, .result = &result, .path = "Calendar", .owner = "anna"};
    run.report = (struct pl_report){.sink = tell};
    run.session.source.path = "store.pst";
    pl_work_init(&run.session.work, 1 << 20, 1);
    pl_arena_init(&run.session.folder_arena, 1 << 20);
    pl_choice_init(&run.choice);
    cr_assert_eq(pl_output_open(output_path, false, &run.output, &why), PL_OK, "%s", why);
    cr_assert_eq(pl_ledger_open("", &run.ledger, &why), PL_OK, "%s", why);
    run.people = pl_people_of(run.ledger);
    run.writers[0].ops = &plain_ops;
    run.writers[1].ops = &busy_ops;
    run.writer_count = 2;
    told = put = 0;
    snprintf(work, sizeof work, "%s/" PL_OUTPUT_WORK, output_path);
    cr_assert_eq(mkdir(work, 0700), 0);
}

static void end(void)
{
    pl_people_free(run.people);
    cr_expect_eq(pl_ledger_close(run.ledger), PL_OK);
    pl_output_close(run.output);
    pl_choice_release(&run.choice);
    pl_arena_release(&run.session.folder_arena);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", base);
    cr_expect_eq(system(command), 0);
}
TestSuite(jobs, .init = begin, .fini = end);

/* --- a spool that is good -------------------------------------------------------------------- */

static void row_put(struct pl_spool *s, const char *key, enum pl_outcome outcome, const char *file)
{
    static const uint8_t sum[32] = {1};
    const struct pl_row row = {.key = key,
                               .message_class = "IPM.Appointment",
                               .outcome = outcome,
                               .reason = "",
                               .file = file,
                               .uid = "u",
                               .sha256 = file && *file ? sum : NULL,
                               .count = 1};
    cr_assert_eq(pl_spool_row(s, &row), PL_OK);
}

static void busy_put_into(struct pl_spool *s, uint64_t writer, const struct pl_period *period)
{
    pl_spool_begin(s, PL_SPOOL_BUSY);
    pl_spool_number(s, writer);
    pl_spool_text(s, "0x1");
    pl_spool_text(s, "u");
    for (int i = 0; i < 4; i++)
        pl_spool_number(s, 0);
    pl_spool_bytes(s, period, sizeof *period);
    pl_spool_end(s);
}

static const struct pl_folder at_hand = {.key = "0x8022"};

static void end_put_of(struct pl_spool *s, const char *key, const char *owner, const char *path, uint64_t seen)
{
    pl_spool_last(s);
    pl_spool_text(s, key);
    pl_spool_text(s, owner);
    pl_spool_text(s, path);
    pl_spool_text(s, NULL);
    pl_spool_number(s, 0);
    pl_spool_number(s, seen);
    for (int i = 0; i < 7; i++)
        pl_spool_number(s, 1);
    pl_spool_end(s);
}

static void end_put(struct pl_spool *s, uint64_t seen) { end_put_of(s, "0x8022", "anna", "Calendar", seen); }

static void counts_put(struct pl_spool *s, enum pl_spool_tag tag, const char *name, uint64_t count)
{
    pl_spool_begin(s, tag);
    pl_spool_text(s, name);
    if (tag != PL_SPOOL_UNMAPPED)
        pl_spool_number(s, 0);
    pl_spool_number(s, count);
    pl_spool_end(s);
}

static void file_put(struct pl_spool *s, const char *path, uint64_t file)
{
    pl_spool_begin(s, PL_SPOOL_FILE);
    static const uint8_t digest[32] = {1};
    pl_spool_text(s, path);
    pl_spool_number(s, file);
    pl_spool_number(s, 0);
    pl_spool_bytes(s, digest, file ? sizeof digest : 0);
    pl_spool_end(s);
}

static void good_put(struct pl_spool *s)
{
    static const struct pl_period period = {.start = 100, .end = 200, .kind = PL_TIME_BUSY};
    const struct pl_diagnostic d = {.severity = PL_WARN, .code = "map.odd", .key = "0x1", .text = "odd"};
    row_put(s, "0x2", PL_WRITTEN, "anna/calendars/Calendar.ics");
    busy_put_into(s, 1, &period);
    row_put(s, "0x1", PL_WRITTEN, "");
    row_put(s, "0x3", PL_LOSTITEM, NULL);
    pl_spool_fault(s, &d);
    pl_spool_statement(s, &(struct pl_statement){.said = PL_SAID_STORE, .smtp = "anna@example.org"});
    file_put(s, "anna/calendars/unused.ics", 0);
    counts_put(s, PL_SPOOL_REFUSED, "IPM.Note", 5);
    counts_put(s, PL_SPOOL_UNMAPPED, "PidTagImportance", 3);
    end_put(s, 3);
}

struct text {
    uint8_t bytes[SPOOL_MOST];
    size_t size;
};

/* What a worker's file holds when `write` filled the spool. */
static struct text spool_of(void (*write)(struct pl_spool *s))
{
    struct text t = {.size = 0};
    struct pl_spool s;
    uint64_t at = 0, size = 0;
    char path[80];
    snprintf(path, sizeof path, "%s/spool", base);
    FILE *f = fopen(path, "w+");
    cr_assert(f);
    cr_assert(pl_spool_open(&s, dup(fileno(f))));
    pl_spool_start(&s);
    write(&s);
    cr_assert(pl_spool_finish(&s, &at, &size));
    cr_assert(size > 0 && size <= SPOOL_MOST);
    rewind(f);
    t.size = fread(t.bytes, 1, SPOOL_MOST, f);
    cr_assert_eq(t.size, size);
    fclose(f);
    fclose(s.file);
    pl_buf_release(&s.record);
    return t;
}

static const struct pl_part *part; /* that is taken; NULL: the folder */
static struct pl_part_sum sum;

/* Takes it over, told that it has that many bytes from there on. */
static bool take_part(const struct text *t, uint64_t at, uint64_t size, uint64_t *seen)
{
    const struct pl_job_word word = {.place = FOLDER, .at = at, .size = size, .state = PL_JOB_DONE};
    struct pl_taken out;
    FILE *f = tmpfile();
    cr_assert(f && fwrite(t->bytes, 1, t->size, f) == t->size);
    pl_choice_clear(&run.choice);
    bool taken = pl_take_folder(&run, &at_hand, part, f, &word, &out);
    fclose(f);
    sum = out.part;
    cr_expect(taken || out.status == PL_OK);
    *seen = out.seen;
    return taken;
}

static bool take(const struct text *t)
{
    uint64_t seen = 0;
    return take_part(t, 0, t->size, &seen);
}

/* The books balance, and nothing was told of a spool that was not taken. */
static void expect_nothing(const char *what)
{
    struct pl_totals totals;
    pl_ledger_totals(run.ledger, &totals);
    cr_expect_eq(totals.seen, 0, "%s: a row was told", what);
    cr_expect_eq(told + put, 0, "%s: something was told", what);
    cr_expect_eq(run.choice.refused_items, 0, "%s", what);
}

Test(jobs, good)
{
    const struct text t = spool_of(good_put);
    struct pl_totals totals;
    uint64_t seen = 0;
    cr_assert(take_part(&t, 0, t.size, &seen));
    pl_ledger_totals(run.ledger, &totals);
    cr_expect_eq(totals.seen, 3);
    cr_expect_eq(totals.written, 2);
    cr_expect_eq(totals.lost, 1);
    cr_expect_eq(seen, 3);
    cr_expect_eq(told, 1);
    cr_expect_eq(put, 1);
    cr_expect_eq(run.choice.refused_items, 5);
}

/* The budget of the store is one: what a worker did counts as if it had been done here. */
Test(jobs, more_work_than_is_left)
{
    const struct text t = spool_of(good_put);
    const struct pl_work_sum most = run.session.work.most;
    pl_work_again(&run.session.work, most);
    cr_expect_not(take(&t), "it is the last step that is left");
    expect_nothing("more work than is left");
    pl_work_again(&run.session.work, (struct pl_work_sum){most.steps - 1, most.bytes - 1});
    cr_assert(take(&t));
    cr_expect_eq(run.session.work.done.steps, most.steps);
    cr_expect_eq(run.session.work.done.bytes, most.bytes);
}

Test(jobs, cut)
{
    const struct text t = spool_of(good_put);
    uint64_t seen = 0;
    for (size_t size = 0; size < t.size; size++)
        cr_expect_not(take_part(&t, 0, size, &seen), "taken with %zu of %zu bytes", size, t.size);
    for (size_t at = 1; at < t.size; at++)
        cr_expect_not(take_part(&t, at, t.size - at, &seen), "taken from byte %zu on", at);
    expect_nothing("cut");
}

Test(jobs, elsewhere)
{
    static const uint64_t places[] = {SPOOL_MOST, (uint64_t)1 << 40, INT64_MAX, (uint64_t)INT64_MAX + 1,
                                      UINT64_MAX};
    const struct text t = spool_of(good_put);
    uint64_t seen = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        cr_expect_not(take_part(&t, places[i], t.size, &seen));
        cr_expect_not(take_part(&t, places[i], UINT64_MAX, &seen));
    }
    cr_expect_not(take_part(&t, 0, UINT64_MAX, &seen), "what lies behind the end is not there");
    expect_nothing("elsewhere");
}

/* Every byte of a good spool, set to what counts, sizes, tags and characters have at their ends. */
Test(jobs, each_byte)
{
    static const uint8_t values[] = {0x00, 0x01, 0x08, 0x09, 0x7f, 0x80, 0xc0, 0xff};
    const struct text good = spool_of(good_put);
    struct pl_totals totals;
    for (size_t at = 0; at < good.size; at++)
        for (size_t i = 0; i < sizeof values; i++) {
            struct text t = good;
            t.bytes[at] = values[i];
            cr_assert_eq(pl_ledger_mark(run.ledger), PL_OK);
            bool taken = take(&t);
            pl_ledger_totals(run.ledger, &totals);
            cr_assert_eq(totals.seen, totals.written + totals.filtered + totals.lost);
            cr_assert_eq(totals.seen, taken ? 3 : 0, "byte %zu as %02x: %d", at, values[i], (int)totals.seen);
            cr_assert_eq(pl_ledger_undo(run.ledger), PL_OK);
        }
}

/* --- parts of a folder ------------------------------------------------------------------------- */

static const struct pl_part second = {.kind = PL_PART_ROWS, .from = 800, .to = 1600};

static void part_put(struct pl_spool *s)
{
    row_put(s, "0x2", PL_WRITTEN, "anna/calendars/Calendar.ics");
    pl_spool_uid(s, PL_EVENT, "first@example.org");
    pl_spool_part(s, &second, &(struct pl_part_sum){700, {600, 20}});
    end_put(s, 1);
}

static void part_end_put(struct pl_spool *s)
{
    pl_spool_part(s, &second, &(struct pl_part_sum){700, {600, 20}});
    end_put(s, 0);
}

Test(jobs, part)
{
    const struct text t = spool_of(part_put);
    cr_expect_not(take(&t), "a part is not the folder");
    part = &second;
    cr_assert(take(&t));
    cr_expect_eq(sum.rows, 700);
    cr_expect_eq(sum.listed[0], 600);
    cr_expect_eq(sum.listed[1], 20);
    cr_expect_not(take(&t), "its UID is known now");
    const struct text empty = spool_of(part_end_put);
    cr_expect(take(&empty));
    static const struct pl_part first = {.kind = PL_PART_ROWS, .to = 800};
    part = &first;
    cr_expect_not(take(&empty), "it is another part");
    part = NULL;
    cr_expect_not(take(&empty));
}

static void put_two(struct pl_spool *s)
{
    pl_spool_part(s, &second, &(struct pl_part_sum){0});
    part_end_put(s);
}

static void put_more_than_rows(struct pl_spool *s)
{
    pl_spool_part(s, &second, &(struct pl_part_sum){801, {0}});
    end_put(s, 0);
}

static void put_more_than_listed(struct pl_spool *s)
{
    pl_spool_part(s, &second, &(struct pl_part_sum){7, {8, 0}});
    end_put(s, 0);
}

static void put_kind(struct pl_spool *s)
{
    pl_spool_uid(s, PL_FREEBUSY + 1, "u");
    part_end_put(s);
}

static void put_no_uid(struct pl_spool *s)
{
    pl_spool_uid(s, PL_EVENT, NULL);
    part_end_put(s);
}

static void put_others(struct pl_spool *s)
{
    counts_put(s, PL_SPOOL_REFUSED, NULL, 5);
    part_end_put(s);
}

static void put_other_names(struct pl_spool *s)
{
    counts_put(s, PL_SPOOL_UNMAPPED, PL_TALLY_OTHERS, 5);
    part_end_put(s);
}

/* None of the writers here joins files. */
static void put_file(struct pl_spool *s)
{
    file_put(s, "anna/calendars/Calendar.ics", 0);
    part_end_put(s);
}

Test(jobs, parts_that_make_no_sense)
{
    static const struct {
        const char *what;
        void (*put)(struct pl_spool *s);
    } rows[] = {{"two parts", put_two},
                {"more rows than it has", put_more_than_rows},
                {"more of the folder than there are", put_more_than_listed},
                {"a UID of no kind", put_kind},
                {"no UID", put_no_uid},
                {"classes that are not told apart", put_others},
                {"properties that are not told apart", put_other_names},
                {"a file of nobody", put_file},
                {"no part", good_put}};
    part = &second;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct text t = spool_of(rows[i].put);
        cr_expect_not(take(&t), "%s", rows[i].what);
        expect_nothing(rows[i].what);
    }
}

/* --- files ----------------------------------------------------------------------------------- */

static void write_file(struct pl_spool *s)
{
    row_put(s, "0x2", PL_WRITTEN, "anna/calendars/Calendar.ics");
    file_put(s, "anna/calendars/Calendar.ics", 3);
    end_put(s, 1);
}

/* What becomes of the folder of a spool with one file. */
static enum pl_status file_take(void)
{
    const struct text t = spool_of(write_file);
    const struct pl_job_word word = {.place = FOLDER, .at = 0, .size = t.size, .state = PL_JOB_DONE};
    struct pl_taken out;
    FILE *f = tmpfile();
    cr_assert(f && fwrite(t.bytes, 1, t.size, f) == t.size);
    cr_assert(pl_take_folder(&run, &at_hand, NULL, f, &word, &out));
    fclose(f);
    return out.status;
}

static void expect_output(const char *path, int wanted)
{
    char whole[160];
    struct stat about;
    snprintf(whole, sizeof whole, "%s/%s", output_path, path);
    cr_expect_eq(lstat(whole, &about), wanted, "%s", path);
}

static const char *work_path(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/" PL_OUTPUT_WORK "/%s", output_path, name);
    return path;
}

Test(jobs, a_file)
{
    FILE *f = fopen(work_path("7-3"), "w");
    cr_assert(f && fputs("BEGIN:VCALENDAR", f) >= 0 && fclose(f) == 0);
    cr_expect_eq(file_take(), PL_OK);
    expect_output("anna/calendars/Calendar.ics", -1); /* not before all that waits is on the disk */
    cr_expect_eq(pl_output_settle(run.output), PL_OK);
    expect_output("anna/calendars/Calendar.ics", 0);
    expect_output(PL_OUTPUT_WORK "/7-3", -1);
}

Test(jobs, no_file)
{
    cr_expect_eq(file_take(), PL_STOP);
    cr_expect_eq(pl_output_settle(run.output), PL_OK);
    expect_output("anna/calendars/Calendar.ics", -1);
}

Test(jobs, a_link_is_no_file)
{
    cr_assert_eq(symlink("/etc/passwd", work_path("7-3")), 0);
    cr_expect_eq(file_take(), PL_STOP);
    cr_expect_eq(pl_output_settle(run.output), PL_OK);
    expect_output("anna/calendars/Calendar.ics", -1);
}

/* --- spools that lie -------------------------------------------------------------------------- */

static const struct pl_period busy = {.start = 100, .end = 200, .kind = PL_TIME_BUSY};

static void write_wrong_writer(struct pl_spool *s) { busy_put_into(s, 0, &busy); }
static void write_no_writer(struct pl_spool *s) { busy_put_into(s, UINT64_MAX, &busy); }
static void write_backward(struct pl_spool *s)
{
    static const struct pl_period back = {.start = 200, .end = 100, .kind = PL_TIME_BUSY};
    busy_put_into(s, 1, &back);
}
static void write_kind(struct pl_spool *s)
{
    static const struct pl_period odd = {.start = 1, .end = 2, .kind = (enum pl_time_kind)77};
    busy_put_into(s, 1, &odd);
}
static void write_above(struct pl_spool *s) { file_put(s, "../../etc/passwd", 1); }
static void write_root(struct pl_spool *s) { file_put(s, "/etc/passwd", 1); }
static void write_own(struct pl_spool *s) { file_put(s, "ledger.db", 1); }
static void write_row_above(struct pl_spool *s) { row_put(s, "0x9", PL_WRITTEN, "../../etc/passwd"); }
static void write_many(struct pl_spool *s)
{
    const struct pl_row row = {
        .key = "0x9", .message_class = "", .outcome = PL_WRITTEN, .reason = "", .count = UINT64_MAX};
    cr_assert_eq(pl_spool_row(s, &row), PL_OK);
}
static void write_outcome(struct pl_spool *s) { row_put(s, "0x9", (enum pl_outcome)9, NULL); }
static void write_refused(struct pl_spool *s) { counts_put(s, PL_SPOOL_REFUSED, "IPM.Note", UINT64_MAX); }
static void write_unmapped(struct pl_spool *s) { counts_put(s, PL_SPOOL_UNMAPPED, "PidTagImportance", UINT64_MAX); }
static void write_unnamed(struct pl_spool *s) { counts_put(s, PL_SPOOL_UNMAPPED, NULL, 1); }
static void write_text(struct pl_spool *s) { row_put(s, "0x\xc3\x28", PL_LOSTITEM, NULL); }
static void write_person(struct pl_spool *s)
{
    pl_spool_statement(s, &(struct pl_statement){.said = PL_SAID_STORE, .name = "\xff\xfe"});
}
static void write_tag(struct pl_spool *s)
{
    pl_spool_begin(s, (enum pl_spool_tag)99);
    pl_spool_end(s);
}
static void write_longer(struct pl_spool *s)
{
    pl_spool_begin(s, PL_SPOOL_UNMAPPED);
    pl_spool_text(s, "PidTagImportance");
    pl_spool_number(s, 1);
    pl_spool_number(s, 1);
    pl_spool_end(s);
}
static void write_end(struct pl_spool *s) { end_put(s, 0); }

static void (*lie)(struct pl_spool *s);
static uint64_t lie_rows;
static void lie_put(struct pl_spool *s)
{
    row_put(s, "0x1", PL_WRITTEN, NULL);
    lie(s);
    end_put(s, 1 + lie_rows);
}

Test(jobs, lies)
{
    static const struct {
        const char *what;
        void (*write)(struct pl_spool *s);
        uint64_t rows;
    } lies[] = {{"busy time for a writer of folders", write_wrong_writer, 0},
                {"busy time for no writer", write_no_writer, 0},
                {"a time that ends before it begins", write_backward, 0},
                {"a time of no kind", write_kind, 0},
                {"a file above the output", write_above, 0},
                {"a file at the root", write_root, 0},
                {"a file of the run's own", write_own, 0},
                {"a row with a file above the output", write_row_above, 1},
                {"a row that stands for more than there are", write_many, 1},
                {"an outcome that there is not", write_outcome, 1},
                {"refused items beyond counting", write_refused, 0},
                {"properties beyond counting", write_unmapped, 0},
                {"a property without a name", write_unnamed, 0},
                {"a key that is no UTF-8", write_text, 1},
                {"a name that is no UTF-8", write_person, 0},
                {"a tag that there is not", write_tag, 0},
                {"a record that goes on", write_longer, 0},
                {"an end that is none", write_end, 0}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        lie = lies[i].write;
        lie_rows = lies[i].rows;
        const struct text t = spool_of(lie_put);
        cr_expect_not(take(&t), "%s", lies[i].what);
        expect_nothing(lies[i].what);
    }
}

static void fewer_put(struct pl_spool *s)
{
    row_put(s, "0x1", PL_WRITTEN, NULL);
    end_put(s, 2);
}

Test(jobs, seen)
{
    const struct text t = spool_of(fewer_put);
    cr_expect_not(take(&t), "more items than rows");
    expect_nothing("more items than rows");
}

static const char *end_key, *end_owner, *end_path;
static void other_put(struct pl_spool *s)
{
    row_put(s, "0x1", PL_WRITTEN, NULL);
    end_put_of(s, end_key, end_owner, end_path, 1);
}

/* The survey walks by itself: when it sees other folders than the process that keeps the books, nothing may get
 * into the wrong one. */
Test(jobs, of_another_folder)
{
    static const char *const ends[][3] = {{"0x8042", "anna", "Calendar"},   {"0x8022", "bert", "Calendar"},
                                          {"0x8022", "anna", "Calendar 2"}, {NULL, "anna", "Calendar"},
                                          {"0x8022", NULL, "Calendar"},     {"0x8022", "anna", NULL}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        end_key = ends[i][0], end_owner = ends[i][1], end_path = ends[i][2];
        const struct text t = spool_of(other_put);
        cr_expect_not(take(&t), "%zu", i);
        expect_nothing("of another folder");
    }
    end_key = at_hand.key, end_owner = run.owner, end_path = run.path;
    const struct text t = spool_of(other_put);
    cr_expect(take(&t));
}

/* --- packets ------------------------------------------------------------------------------------ */

Test(jobs, packets)
{
    static const char *const names[] = {"Kalender", "J\xc3\xa4nner"};
    const struct pl_mailbox anna = {.name = "Anna",
                                    .smtp = "anna@example.org",
                                    .dn = "/o=x",
                                    .sid = {(const uint8_t *)"sid", 3}},
                            bert = {.name = "", .smtp = "", .dn = ""};
    struct pl_folder folder = {.key = "0x8022",
                               .mailbox = &anna,
                               .path = names,
                               .depth = 2,
                               .container_class = "IPF.Appointment",
                               .role = PL_ROLE_CALENDAR,
                               .scope = PL_SCOPE_SYSTEM,
                               .is_default = true,
                               .item_count = 3};
    struct pl_claims c;
    struct pl_claimed got;
    unsigned n = 0;
    pl_claims_init(&c);
    while (pl_claims_add(&c, 40 + n, "anna", "Kalender/J\xc3\xa4nner", &folder))
        n++;
    cr_expect_gt(n, 10);
    cr_expect_leq(c.packet.record.size, PL_CLAIM_SIZE);
    folder.mailbox = &bert;
    cr_expect_not(pl_claims_add(&c, 99, "bert", "Kalender", &folder), "two mailboxes in one packet");
    cr_assert(pl_claimed_begin(&got, c.packet.record.data, c.packet.record.size));
    cr_expect_str_eq(got.owner, "anna");
    cr_expect_str_eq(got.mailbox.smtp, "anna@example.org");
    cr_expect_eq(got.mailbox.sid.size, 3);
    for (unsigned i = 0; i < n; i++) {
        cr_assert(pl_claimed_next(&got));
        cr_expect_eq(got.place, 40 + i);
        cr_expect_str_eq(got.path, "Kalender/J\xc3\xa4nner");
        cr_expect_str_eq(got.folder.key, "0x8022");
        cr_expect_str_eq(got.folder.path[1], names[1]);
        cr_expect_eq(got.folder.role, PL_ROLE_CALENDAR);
        cr_expect_eq(got.folder.scope, PL_SCOPE_SYSTEM);
        cr_expect(got.folder.is_default);
    }
    cr_expect_not(pl_claimed_next(&got));
    for (size_t size = 0; size < c.packet.record.size; size++) { /* cut: fewer folders, and nothing beyond */
        char *cut = malloc(size + 1);
        memcpy(cut, c.packet.record.data, size);
        if (pl_claimed_begin(&got, cut, size))
            while (pl_claimed_next(&got))
                ;
        free(cut);
    }
    pl_claims_release(&c);
}

/* A packet of one folder: is it given? */
static bool is_given(const struct pl_folder *folder)
{
    struct pl_claims c;
    struct pl_claimed got;
    pl_claims_init(&c);
    cr_assert(pl_claims_add(&c, 1, "anna", "Kalender", folder));
    bool given = pl_claimed_begin(&got, c.packet.record.data, c.packet.record.size) && pl_claimed_next(&got);
    pl_claims_release(&c);
    return given;
}

Test(jobs, claims_that_lie)
{
    static const struct pl_mailbox anna = {.name = "Anna", .smtp = "", .dn = ""};
    const char *names[] = {"Kalender"};
    const struct pl_folder good = {
        .key = "0x8022", .mailbox = &anna, .path = names, .depth = 1, .container_class = ""};
    struct pl_folder other = good;
    cr_expect(is_given(&good));
    other.role = (enum pl_role)(PL_ROLE_FREEBUSY + 1);
    cr_expect_not(is_given(&other), "no such role");
    other = good;
    other.scope = (enum pl_scope)(PL_SCOPE_RECOVERED + 1);
    cr_expect_not(is_given(&other), "no such scope");
    names[0] = NULL;
    cr_expect_not(is_given(&good), "a folder without a name in its path");
}
