/*
 * t_audit.c - published busy time beside the calendar: lists made by hand, and files that are none.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share/audit.h"

#define HOUR INT64_C(3600)

static struct pl_audit compare(struct pl_period *p, size_t ps, struct pl_period *c, size_t cs, int64_t changed)
{
    const struct pl_ifb published = {.start = 0, .end = 100 * HOUR, .stamp = 50, .periods = p, .count = ps};
    const struct pl_ifb computed = {
        .start = 10 * HOUR, .end = 200 * HOUR, .stamp = changed, .periods = c, .count = cs};
    struct pl_audit out;
    cr_assert(pl_audit_compare(&published, &computed, &out));
    return out;
}

Test(audit, nothing_published)
{
    const struct pl_ifb computed = {.start = 0, .end = HOUR};
    struct pl_audit out;
    cr_assert(pl_audit_compare(NULL, &computed, &out));
    cr_assert_eq(out.code, PL_AUDIT_MISSING);
}

Test(audit, what_both_speak_of)
{
    struct pl_period early[] = {{2 * HOUR, 3 * HOUR, PL_TIME_BUSY}},
                     late[] = {{150 * HOUR, 151 * HOUR, PL_TIME_BUSY}};
    struct pl_audit out = compare(early, 1, late, 1, 0);
    cr_assert_eq(out.code, PL_AUDIT_SAME, "each lies outside of the other's range");
    cr_assert_eq(out.start, 10 * HOUR);
    cr_assert_eq(out.end, 100 * HOUR);
}

Test(audit, ranges_that_do_not_meet)
{
    const struct pl_ifb a = {.start = 0, .end = HOUR}, b = {.start = 2 * HOUR, .end = 3 * HOUR};
    struct pl_audit out;
    cr_assert(pl_audit_compare(&a, &b, &out));
    cr_assert_eq(out.code, PL_AUDIT_SAME);
    cr_assert_eq(out.start, out.end);
}

Test(audit, the_stronger_kind_counts)
{
    struct pl_period p[] = {{20 * HOUR, 24 * HOUR, PL_TIME_TENTATIVE}, {21 * HOUR, 22 * HOUR, PL_TIME_AWAY}};
    struct pl_period c[] = {{20 * HOUR, 21 * HOUR, PL_TIME_TENTATIVE},
                            {22 * HOUR, 24 * HOUR, PL_TIME_TENTATIVE},
                            {21 * HOUR, 22 * HOUR, PL_TIME_AWAY}};
    cr_assert_eq(compare(p, 2, c, 3, 0).code, PL_AUDIT_SAME);
    c[2].kind = PL_TIME_BUSY;
    struct pl_audit out = compare(p, 2, c, 3, 0);
    cr_assert_eq(out.code, PL_AUDIT_CONTRADICTORY);
    cr_assert_eq(out.count, 1u);
    cr_assert_eq(out.first[0].start, 21 * HOUR);
    cr_assert_eq(out.first[0].end, 22 * HOUR);
    cr_assert_eq(out.first[0].published, PL_TIME_AWAY);
    cr_assert_eq(out.first[0].computed, PL_TIME_BUSY);
    cr_assert_eq(compare(p, 2, c, 3, 51).code, PL_AUDIT_STALE, "the calendar is newer");
}

/* An edge of one list inside of a difference does not cut it in two. */
Test(audit, one_difference)
{
    struct pl_period p[] = {{20 * HOUR, 30 * HOUR, PL_TIME_BUSY}};
    struct pl_period c[] = {{19 * HOUR, 20 * HOUR, PL_TIME_TENTATIVE}, {22 * HOUR, 23 * HOUR, PL_TIME_BUSY}};
    struct pl_audit out = compare(p, 1, c, 2, 0);
    cr_assert_eq(out.count, 3u);
    cr_assert_eq(out.first[1].start, 20 * HOUR);
    cr_assert_eq(out.first[1].end, 22 * HOUR);
    cr_assert_eq(out.first[2].start, 23 * HOUR);
    cr_assert_eq(out.first[2].end, 30 * HOUR);
}

/* Who publishes busy and away as one says nothing of tentative time. */
Test(audit, told_as_one)
{
    struct pl_period p[] = {{20 * HOUR, 30 * HOUR, PL_TIME_BUSY}};
    struct pl_period c[] = {{40 * HOUR, 41 * HOUR, PL_TIME_TENTATIVE},
                            {20 * HOUR, 25 * HOUR, PL_TIME_BUSY},
                            {25 * HOUR, 30 * HOUR, PL_TIME_AWAY}};
    cr_assert_eq(compare(p, 1, c, 3, 0).code, PL_AUDIT_SAME);
}

Test(audit, many_differences_are_counted)
{
    struct pl_period p[20];
    char text[1024];
    for (int i = 0; i < 20; i++)
        p[i] = (struct pl_period){(20 + 2 * i) * HOUR, (21 + 2 * i) * HOUR, PL_TIME_BUSY};
    struct pl_audit out = compare(p, 20, NULL, 0, 0);
    cr_assert_eq(out.count, 20u);
    cr_assert(strstr(pl_audit_text(&out, text, sizeof text), "20 times differ: "));
    cr_assert(strstr(text, "; ..."));
    char little[40];
    cr_assert_lt(strlen(pl_audit_text(&out, little, sizeof little)), sizeof little);
}

/* --- files ------------------------------------------------------------------------------------- */

static enum pl_status read_text(const char *text, size_t size, struct pl_arena *a, struct pl_ifb *out)
{
    char path[] = "/tmp/t_audit-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    enum pl_status st = pl_ifb_read(path, a, out);
    unlink(path);
    return st;
}

static const char whole[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VFREEBUSY\r\nDTSTAMP:20240101T000000Z\r\n"
    "ORGANIZER;CN=\"Berg; Anna: ^'x^'\";X-PIMLIFT-EX=/o=E/cn=an\r\n na:mailto:anna@example.org\r\n"
    "DTSTART:20240101T000000Z\r\nDTEND:20240201T000000Z\r\n"
    "FREEBUSY;FBTYPE=BUSY:20240108T080000Z/20240108T093000Z\r\n"
    "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20240109T080000Z/20240109T093000Z\r\n"
    "FREEBUSY;FBTYPE=BUSY:20241308T080000Z/20240108T093000Z\r\nFREEBUSY;FBTYPE=BUSY:2024\r\n"
    "END:VFREEBUSY\r\nEND:VCALENDAR\r\n";

Test(audit, a_file)
{
    struct pl_arena a;
    struct pl_ifb ifb;
    pl_arena_init(&a, 1 << 20);
    cr_assert_eq(read_text(whole, sizeof whole - 1, &a, &ifb), PL_OK);
    cr_assert_str_eq(ifb.dn, "/o=E/cn=anna");
    cr_assert_str_eq(ifb.name, "Berg; Anna: \"x\"");
    cr_assert_str_eq(ifb.smtp, "anna@example.org");
    cr_assert_eq(ifb.count, 2u, "periods that are none are left out");
    cr_assert_eq(ifb.periods[0].kind, PL_TIME_BUSY);
    cr_assert_eq(ifb.periods[1].end - ifb.periods[1].start, 5400);
    pl_arena_release(&a);
}

/* Every beginning of it, and every byte changed: no crash, and texts that end. */
Test(audit, cut_and_bent_files)
{
    struct pl_arena a;
    struct pl_ifb ifb;
    char bent[sizeof whole];
    pl_arena_init(&a, 1 << 20);
    for (size_t size = 0; size < sizeof whole; size += 3) {
        pl_arena_reset(&a);
        (void)!read_text(whole, size, &a, &ifb);
    }
    for (size_t i = 0; i + 1 < sizeof whole; i++) {
        static const char others[] = {';', ':', '"', '=', '\n', '\0', '^'};
        memcpy(bent, whole, sizeof whole);
        bent[i] = others[i % sizeof others];
        pl_arena_reset(&a);
        if (read_text(bent, sizeof whole - 1, &a, &ifb) == PL_OK && ifb.dn)
            cr_assert_lt(strlen(ifb.dn), sizeof whole);
    }
    cr_assert_eq(pl_ifb_read("/tmp", &a, &ifb), PL_LOST);
    cr_assert_eq(pl_ifb_read("/nonexistent/x.ifb", &a, &ifb), PL_LOST);
    pl_arena_release(&a);
}
