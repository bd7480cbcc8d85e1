/*
 * t_source.c - files and memory as sources: what is read, counted and refused.
 *
 * The independent side: the bytes that were put into the file by other means, and
 * what the system says of it.
 */
#include "source.h"

#include <criterion/criterion.h>
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
