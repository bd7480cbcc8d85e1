/*
 * t_sink.c - output files: whole or absent, unique, inside their folder.
 *
 * The independent side: the file system itself, a real full disk (a small tmpfs,
 * mounted in a namespace of its own; skipped where that is not allowed), and the
 * SHA-256 of libcrypto over the file as it lies there.
 */
#include "sink.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/sha.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct pl_output *o;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void output_open(bool force)
{
    const char *why = "";
    cr_assert_eq(pl_output_open("out", force, &o, &why), PL_OK, "%s", why);
}

static void begin(void)
{
    strcpy(folder, "/tmp/pimlift-sink-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}
static void end(void)
{
    pl_output_close(o);
    cr_assert_eq(chdir("/"), 0);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
TestSuite(sink, .init = begin, .fini = end);

/* The file as a text; "(absent)". */
static const char *content(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    if (!f)
        return "(absent)";
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    int n = -2;
    cr_assert(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static bool sha_equal(const void *data, size_t size, const uint8_t sha[32])
{
    unsigned char sum[32];
    return !memcmp(SHA256(data, size, sum), sha, 32);
}

/* Creates, writes its own path, commits; the path into got. */
static void make(const char *a, const char *b, const char *ext, char got[512])
{
    const char *parts[] = {a, b};
    struct pl_sink s;
    cr_assert_eq(pl_output_create(o, a ? parts : parts + 1, a ? 2 : 1, ext, &s), PL_OK);
    pl_sink_puts(&s, s.path);
    cr_assert_eq(pl_sink_commit(&s), PL_OK);
    snprintf(got, 512, "%s", s.path);
    pl_sink_abort(&s);
}

Test(sink, is_absent_until_commit_and_hashed)
{
    struct pl_sink s;
    const char *parts[] = {"anna", "calendars", "Kalender"};
    uint8_t first[32], second[32];
    output_open(false);
    cr_assert_eq(pl_output_create(o, parts, 3, ".ics", &s), PL_OK);
    cr_expect_str_eq(s.path, "anna/calendars/Kalender.ics");
    pl_sink_puts(&s, "head ");
    pl_sink_mark(&s);
    pl_sink_puts(&s, "one ");
    pl_sink_stretch(&s, first);
    pl_sink_mark(&s);
    pl_sink_puts(&s, "two ");
    pl_sink_stretch(&s, second);
    pl_sink_mark(&s);
    pl_sink_puts(&s, "half of thr");
    cr_assert_eq(pl_sink_rollback(&s), PL_OK);
    pl_sink_puts(&s, "tail");
    cr_expect_eq(s.bytes, 17);
    cr_expect_str_eq(content("out/anna/calendars/Kalender.ics"), "(absent)");
    cr_expect_eq(pl_output_files(o), 0);
    cr_assert_eq(pl_sink_commit(&s), PL_OK);
    cr_expect_str_eq(content("out/anna/calendars/Kalender.ics"), "head one two tail");
    cr_expect_eq(pl_output_files(o), 1);
    cr_expect(sha_equal("one ", 4, first) && sha_equal("two ", 4, second));
    pl_sink_abort(&s);
    cr_expect_str_eq(content("out/anna/calendars/Kalender.ics"), "head one two tail");
    cr_expect_eq(entries("out/anna/calendars"), 1);
}

Test(sink, a_hollow_output_hashes_and_keeps_nothing)
{
    enum { SIZE = 200000 };
    static char data[SIZE];
    struct pl_sink s;
    const char *parts[] = {"anna", "calendars", "Kalender"};
    uint8_t sum[32];
    cr_assert_eq(pl_output_hollow(&o), PL_OK);
    cr_assert_eq(pl_output_create(o, parts, 3, ".ics", &s), PL_OK);
    pl_sink_puts(&s, "head ");
    pl_sink_mark(&s);
    memset(data, 'x', sizeof data);
    pl_sink_write(&s, data, sizeof data);
    cr_assert_eq(pl_sink_rollback(&s), PL_OK);
    cr_expect_eq(s.bytes, 5);
    memset(data, 'y', sizeof data);
    pl_sink_write(&s, data, sizeof data);
    pl_sink_stretch(&s, sum);
    cr_expect(sha_equal(data, sizeof data, sum));
    cr_expect_eq(pl_sink_hand_in(&s), PL_OK);
    pl_sink_abort(&s);
    cr_expect_eq(entries("."), 0);
}

/* Rollbacks on either side of the buffer's end, in a file of many buffers. */
/* The last file that was handed in, as the output tells of it. */
static struct pl_file last_handed;
static bool file_heard(void *data, const struct pl_file *file)
{
    (void)data;
    last_handed = *file;
    last_handed.path = NULL;
    return true;
}

/* Writes, marks, and ways back in any order: the digest is that of the bytes that stayed. */
Test(sink, the_digest_of_a_file_is_that_of_its_bytes)
{
    enum { MOST = 1 << 20 };
    uint8_t *model = malloc(MOST), *chunk = malloc(MOST);
    uint32_t x = 11;
    char name[16];
    cr_assert(model && chunk);
    output_open(false);
    pl_output_remember(o);
    for (int file = 0; file < 60; file++) {
        struct pl_sink s;
        size_t size = 0, mark = 0;
        snprintf(name, sizeof name, "f%d", file);
        cr_assert_eq(pl_output_fixed(o, name, &s), PL_OK);
        for (int i = 0; i < 40; i++) {
            x = x * 1664525 + 1013904223;
            size_t n = x >> 8 & 1 ? x >> 16 : x >> 24;
            switch (x >> 12 & 7) {
            case 0:
                cr_assert_eq(pl_sink_rollback(&s), PL_OK);
                size = mark;
                break;
            case 1:
            case 2:
                pl_sink_mark(&s);
                mark = size;
                break;
            default:
                n = size + n > MOST ? 0 : n;
                memset(chunk, i, n);
                memset(model + size, i, n);
                pl_sink_write(&s, chunk, n);
                size += n;
            }
        }
        cr_assert_eq(pl_sink_commit(&s), PL_OK);
        pl_sink_abort(&s);
        cr_assert(pl_output_unsaved(o, file_heard, NULL) && last_handed.whole);
        cr_assert_eq(last_handed.size, size, "file %d", file);
        cr_assert(sha_equal(model, size, last_handed.sha256), "file %d of %zu bytes", file, size);
    }
    free(model);
    free(chunk);
}

Test(sink, rollback_reaches_behind_the_buffer)
{
    enum { MOST = 1 << 20 };
    struct pl_sink s;
    uint8_t *model = malloc(MOST), *chunk = malloc(MOST), stretch[32];
    size_t size = 0;
    uint32_t x = 7;
    cr_assert(model && chunk);
    output_open(false);
    cr_assert_eq(pl_output_fixed(o, "big", &s), PL_OK);
    for (int i = 0; i < 60; i++) {
        x = x * 1664525 + 1013904223;
        size_t n = i % 3 ? x >> 20 : x >> 14;
        n = size + n > MOST ? 0 : n;
        memset(chunk, i, n);
        pl_sink_mark(&s);
        pl_sink_write(&s, chunk, n);
        if (i % 2) {
            cr_assert_eq(pl_sink_rollback(&s), PL_OK);
        } else {
            pl_sink_stretch(&s, stretch);
            cr_assert(sha_equal(chunk, n, stretch));
            memcpy(model + size, chunk, n);
            size += n;
        }
        cr_assert_eq(s.bytes, size);
    }
    cr_assert_eq(pl_sink_commit(&s), PL_OK);
    cr_expect_gt(size, 200000);
    FILE *f = fopen("out/big", "r");
    cr_assert(f);
    cr_expect_eq(fread(chunk, 1, MOST, f), size);
    cr_expect(!memcmp(model, chunk, size));
    fclose(f);
    pl_sink_abort(&s);
    free(model);
    free(chunk);
}

Test(sink, abort_leaves_nothing)
{
    struct pl_sink s;
    output_open(false);
    cr_assert_eq(pl_output_fixed(o, "x", &s), PL_OK);
    pl_sink_puts(&s, "text");
    pl_sink_abort(&s);
    pl_sink_abort(&s);
    cr_expect_eq(entries("out"), 0);
    pl_sink_puts(&s, "more");
    cr_expect_eq(pl_sink_commit(&s), PL_STOP);
}

Test(sink, names_are_unique_where_case_is_ignored)
{
    char got[512];
    static const char *const rows[][3] = {
        {"A", "Team", "A/Team.ics"},
        {"A", "TEAM", "A/TEAM (2).ics"},
        {"a", "team", "a/team (3).ics"},
        {"A", "Team (2)", "A/Team (2) (2).ics"},
        {"Ä", "Öl", "Ä/Öl.ics"},
        {"ä", "öL", "ä/öL (2).ics"},
        {"Ж", "ЯЩИК", "Ж/ЯЩИК.ics"},
        {"ж", "ящик", "ж/ящик (2).ics"},
        {"Ω", "x", "Ω/x.ics"},
        {"ω", "X", "ω/X (2).ics"},
        {"A", "a/b", "A/a_b.ics"},
        {"A", "a:b", "A/a_b (2).ics"},
        {"..", "..", "_/_.ics"},
        {"ledger.db", "x", "ledger.db (2)/x.ics"},
        {NULL, "Q", "Q.ics"},
        {"q.ics", "y", "q.ics (2)/y.ics"},
        {"Q.ICS", "z", "Q.ICS (2)/z.ics"},
        {"nul", "con", "_nul/_con.ics"},
    };
    output_open(false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make(rows[i][0], rows[i][1], ".ics", got);
        cr_expect_str_eq(got, rows[i][2], "%s", got);
    }
    cr_expect_eq(pl_output_files(o), sizeof rows / sizeof *rows);
    make(NULL, "run", ".json", got);
    cr_expect_str_eq(got, "run (2).json");
}

Test(sink, many_files_of_one_name_stay_fast_and_distinct, .timeout = 60)
{
    struct pl_sink s;
    const char *parts[] = {"same"};
    output_open(false);
    for (int i = 1; i <= 3000; i++) {
        char want[64];
        snprintf(want, sizeof want, i == 1 ? "same.vcf" : "same (%d).vcf", i);
        cr_assert_eq(pl_output_create(o, parts, 1, ".vcf", &s), PL_OK);
        cr_assert_str_eq(s.path, want);
        pl_sink_abort(&s);
    }
}

Test(sink, deep_paths_lose_their_middle)
{
    struct pl_sink s;
    static char wide[200];
    const char *parts[1000];
    memset(wide, 'w', sizeof wide - 1);
    for (size_t i = 0; i < 1000; i++)
        parts[i] = wide;
    output_open(false);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pl_output_create(o, parts, 1000, ".ics", &s), PL_OK);
        cr_expect_lt(strlen(s.path), 1300);
        cr_assert_eq(pl_sink_commit(&s), PL_OK);
        pl_sink_abort(&s);
    }
    cr_expect_eq(pl_output_files(o), 2);
}

Test(sink, folders_that_are_refused)
{
    const char *why = NULL;
    cr_assert_eq(mkdir("full", 0700), 0);
    cr_assert_eq(close(open("full/file", O_CREAT | O_WRONLY, 0600)), 0);
    cr_assert_eq(mkdir("empty", 0700), 0);
    static const char *const bad[] = {"full", "full/file", "absent/below"};
    for (size_t i = 0; i < 3; i++) {
        why = NULL;
        cr_expect_eq(pl_output_open(bad[i], false, &o, &why), PL_STOP, "%s", bad[i]);
        cr_expect(why && *why && !o);
    }
    cr_expect_eq(pl_output_open("full", true, &o, &why), PL_OK);
    pl_output_close(o);
    cr_expect_eq(pl_output_open("empty", false, &o, &why), PL_OK);
    cr_expect_str_eq(pl_output_path(o), "empty");
}

Test(sink, nothing_is_overwritten_unless_forced)
{
    struct pl_sink s;
    char got[512];
    output_open(false);
    cr_assert_eq(pl_output_fixed(o, "x.ics", &s), PL_OK);
    FILE *f = fopen("out/x.ics", "w"); /* somebody else, meanwhile */
    fputs("theirs", f);
    fclose(f);
    cr_expect_eq(pl_sink_commit(&s), PL_STOP);
    cr_expect_eq(s.error, EEXIST);
    pl_sink_abort(&s);
    cr_expect_str_eq(content("out/x.ics"), "theirs");
    cr_expect_eq(entries("out"), 1);
    make(NULL, "x", ".ics", got);
    cr_expect_str_eq(got, "x (2).ics");
    pl_output_close(o);
    output_open(true);
    make(NULL, "x", ".ics", got);
    cr_expect_str_eq(content("out/x.ics"), "x.ics");
}

Test(sink, links_below_the_output_are_not_followed)
{
    struct pl_sink s;
    const char *parts[] = {"anna", "x"};
    char got[512];
    cr_assert(mkdir("out", 0700) == 0 && mkdir("elsewhere", 0700) == 0);
    cr_assert_eq(symlink("../elsewhere", "out/anna"), 0);
    cr_assert_eq(symlink("../elsewhere/y.ics", "out/y.ics"), 0);
    output_open(true);
    cr_expect_eq(pl_output_create(o, parts, 2, ".ics", &s), PL_STOP);
    cr_expect(s.error == ENOTDIR || s.error == ELOOP, "%d", s.error);
    pl_sink_abort(&s);
    make(NULL, "y", ".ics", got); /* replaces the link, not what it names */
    cr_expect_str_eq(content("out/y.ics"), "y.ics");
    cr_expect_eq(entries("elsewhere"), 0);
}

/* A disk of 2 MiB, one of them in reserve: the item at hand is lost, the file is not. */
/* Nothing has its name before all are whole, then all have. */
Test(sink, files_of_a_batch_get_their_names_together)
{
    static const char *const names[] = {"a", "b/c", "b/d/e"};
    output_open(false);
    for (size_t i = 0; i < 3; i++) {
        struct pl_sink s;
        const char *parts[] = {i == 0 ? "a" : "b", i == 1 ? "c" : "d", "e"};
        cr_assert_eq(pl_output_create(o, parts, i + 1, "", &s), PL_OK);
        pl_sink_puts(&s, names[i]);
        cr_assert_eq(pl_sink_hand_in(&s), PL_OK);
        pl_sink_abort(&s);
    }
    cr_expect_eq(pl_output_files(o), 0);
    cr_expect_str_eq(content("out/a"), "(absent)");
    cr_assert_eq(pl_output_settle(o), PL_OK);
    cr_expect_eq(pl_output_files(o), 3);
    cr_expect_str_eq(content("out/a"), "a");
    cr_expect_str_eq(content("out/b/c"), "b/c");
    cr_expect_str_eq(content("out/b/d/e"), "b/d/e");
}

/* The ledger tells of none of them: so none may stay. */
Test(sink, a_batch_fails_whole)
{
    struct pl_sink s;
    const char *const names[] = {"first", "taken", "last"};
    output_open(false);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(pl_output_fixed(o, names[i], &s), PL_OK);
        pl_sink_puts(&s, "new");
        cr_assert_eq(pl_sink_hand_in(&s), PL_OK);
        pl_sink_abort(&s);
    }
    cr_assert_eq(close(open("out/taken", O_CREAT | O_WRONLY, 0600)), 0);
    cr_expect_eq(pl_output_settle(o), PL_STOP);
    cr_expect_eq(errno, EEXIST);
    cr_expect_str_eq(content("out/first"), "(absent)");
    cr_expect_str_eq(content("out/taken"), "");
    cr_expect_str_eq(content("out/last"), "(absent)");
    cr_expect_eq(pl_output_files(o), 0);
    cr_expect_eq(pl_output_settle(o), PL_OK, "told once");
}

Test(sink, full_disk_costs_the_item_not_the_file)
{
    struct pl_sink s, other;
    static char block[10000];
    uint8_t sha[32];
    cr_assert_eq(mkdir("out", 0700), 0);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "out", "tmpfs", 0, "size=2m") != 0)
        cr_skip_test("no mount");
    memset(block, 'x', sizeof block);
    output_open(false);
    cr_assert_eq(pl_output_fixed(o, "a", &s), PL_OK);
    cr_assert_eq(pl_output_fixed(o, "b", &other), PL_OK);
    pl_sink_puts(&other, "begin");
    size_t whole = 0;
    for (; !s.error; whole++) {
        cr_assert_lt(whole, 1000);
        pl_sink_mark(&s);
        pl_sink_write(&s, block, sizeof block);
        pl_sink_stretch(&s, sha);
    }
    whole--;
    cr_expect_eq(s.error, ENOSPC);
    pl_sink_mark(&s); /* must not move */
    pl_sink_puts(&s, "lost");
    cr_assert_eq(pl_sink_rollback(&s), PL_OK);
    pl_sink_puts(&s, "end");
    pl_sink_puts(&other, "end");
    cr_expect_eq(pl_sink_commit(&s), PL_OK, "%s", strerror(s.error));
    cr_expect_eq(pl_sink_commit(&other), PL_OK, "%s", strerror(other.error));
    struct stat st;
    cr_assert_eq(stat("out/a", &st), 0);
    cr_expect_eq((size_t)st.st_size, whole * sizeof block + 3);
    cr_expect_gt(whole, 70);
    cr_expect_str_eq(content("out/b"), "beginend");
    cr_expect_eq(entries("out"), 2);
    pl_sink_abort(&s);
    pl_sink_abort(&other);
    pl_output_close(o);
    o = NULL;
    cr_expect_eq(umount("out"), 0);
}

Test(sink, full_disk_without_rollback_leaves_nothing)
{
    struct pl_sink s;
    static char block[10000];
    cr_assert_eq(mkdir("out", 0700), 0);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "out", "tmpfs", 0, "size=512k") != 0)
        cr_skip_test("no mount");
    output_open(false);
    cr_assert_eq(pl_output_fixed(o, "a", &s), PL_OK);
    for (int i = 0; i < 100; i++)
        pl_sink_write(&s, block, sizeof block);
    cr_expect_eq(s.error, ENOSPC);
    cr_expect_eq(pl_sink_commit(&s), PL_STOP);
    cr_expect_eq(s.error, ENOSPC);
    pl_sink_abort(&s);
    cr_expect_eq(entries("out"), 0);
    pl_output_close(o);
    o = NULL;
    cr_expect_eq(umount("out"), 0);
}
