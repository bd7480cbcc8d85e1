/*
 * t_source.c - files and memory as sources: what is read, counted and refused.
 *
 * The independent side: the bytes that were put into the file by other means, and
 * what the system says of it.
 */
#include "source.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void begin(void)
{
    strcpy(folder, "/tmp/pimlift-source-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}
static void end(void)
{
    cr_assert_eq(chdir("/"), 0);
    char path[128];
    static const char *const made[] = {"store", "empty", "pipe"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        unlink(path);
    }
    rmdir(folder);
}
TestSuite(source, .init = begin, .fini = end);

static void file_write(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

Test(source, reads_what_is_there_and_counts)
{
    struct pl_source s;
    const char *why = NULL;
    char buf[16];
    size_t got;
    file_write("store", "0123456789");
    cr_assert_eq(pl_source_open(&s, "store", &why), PL_OK);
    cr_expect_eq(s.size, 10);
    cr_expect(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
    cr_expect_eq(fcntl(s.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    cr_expect_eq(pl_source_read(&s, 4, buf, 3, &got), PL_OK);
    cr_expect(got == 3 && !memcmp(buf, "456", 3));
    cr_expect_eq(pl_source_read(&s, 8, buf, 16, &got), PL_OK);
    cr_expect(got == 2 && !memcmp(buf, "89", 2));
    cr_expect_eq(pl_source_read(&s, 10, buf, 1, &got), PL_OK);
    cr_expect_eq(got, 0);
    cr_expect_eq(pl_source_read(&s, UINT64_MAX, buf, 16, &got), PL_OK);
    cr_expect_eq(got, 0);
    cr_expect_eq(s.bytes_read, 5);
    cr_expect_eq(s.reads, 2);
    pl_source_close(&s);
    pl_source_close(&s);
}

static enum pl_status bad_sector(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    if (offset <= 9000 && 9000 < offset + size) {
        s->error = EIO;
        return PL_STOP;
    }
    memcpy(buf, (const char *)s->hook + offset, size);
    *got = size;
    return PL_OK;
}

/* Reads in order cost few, others as many bytes as they have; a bad sector costs what lies on it. */
Test(source, reads_ahead_of_what_is_in_order)
{
    static char bytes[100000], buf[200];
    struct pl_ahead a = {.most = 4096};
    struct pl_source s;
    size_t got;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 >> 3);
    pl_source_memory(&s, bytes, sizeof bytes);
    for (size_t at = 1000; at + 100 <= 31000; at += 100) {
        cr_assert_eq(pl_ahead_read(&a, &s, at, buf, 100, &got), PL_OK);
        cr_assert(got == 100 && !memcmp(buf, bytes + at, 100), "at %zu", at);
    }
    cr_expect_lt(s.reads, 20);
    cr_expect_leq(s.bytes_read, 30000 + 4096);
    s.reads = s.bytes_read = 0;
    pl_ahead_free(&a);
    for (size_t i = 0; i < 8; i++) { /* far from each other */
        cr_assert_eq(pl_ahead_read(&a, &s, (i * 5 % 8) * 12000, buf, 200, &got), PL_OK);
        cr_assert(got == 200 && !memcmp(buf, bytes + (i * 5 % 8) * 12000, 200));
    }
    cr_expect_eq(s.bytes_read, 1600 + 200); /* the second at 0 seems to go on from the start of the file */
    cr_assert_eq(pl_ahead_read(&a, &s, 99900, buf, 200, &got), PL_OK);
    cr_expect_eq(got, 100, "at the end of the file");
    s.pread = bad_sector;
    for (size_t at = 0; at < 20000; at += 100)
        cr_expect_eq(pl_ahead_read(&a, &s, at, buf, 100, &got), at == 9000 ? PL_STOP : PL_OK, "at %zu", at);
    pl_ahead_free(&a);
    pl_source_close(&s);
}

Test(source, file_cut_after_open_is_a_short_read)
{
    struct pl_source s;
    const char *why;
    char buf[16];
    size_t got;
    file_write("store", "0123456789");
    cr_assert_eq(pl_source_open(&s, "store", &why), PL_OK);
    cr_assert_eq(truncate("store", 3), 0);
    cr_expect_eq(pl_source_read(&s, 0, buf, 10, &got), PL_OK);
    cr_expect_eq(got, 3);
    cr_expect_eq(pl_source_read(&s, 5, buf, 5, &got), PL_OK);
    cr_expect_eq(got, 0);
    pl_source_close(&s);
}

Test(source, refuses_what_is_not_a_file_with_bytes, .timeout = 5)
{
    struct pl_source s;
    const char *names[] = {"absent", ".", "/dev/null", "empty", "pipe", "/dev/null/x"};
    file_write("empty", "");
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *why = NULL;
        cr_expect_eq(pl_source_open(&s, names[i], &why), PL_STOP, "%s", names[i]);
        cr_expect(why && *why && !strchr(why, '\n'), "%s", names[i]);
        cr_expect(s.fd == -1 && !s.path);
    }
}

Test(source, memory_and_a_device_that_fails)
{
    struct pl_source s;
    char buf[8];
    size_t got;
    pl_source_memory(&s, "abc", 3);
    cr_expect_eq(pl_source_read(&s, 1, buf, 8, &got), PL_OK);
    cr_expect(got == 2 && !memcmp(buf, "bc", 2));
    pl_source_close(&s);
    const char *why;
    file_write("store", "abc");
    cr_assert_eq(pl_source_open(&s, "store", &why), PL_OK);
    int fd = s.fd;
    s.fd = open(folder, O_RDONLY | O_DIRECTORY);
    cr_expect_eq(pl_source_read(&s, 0, buf, 3, &got), PL_STOP);
    cr_expect(s.error != 0 && got == 0);
    close(fd);
    pl_source_close(&s);
}
