/*
 * t_msg.c - the blobs inside real .msg and TNEF files: recurrences, zones, ids and bodies,
 * beside the decode of another project (HiraokaHyperTools/msgreader, the .json of the same
 * name), and beside the plain body that the writer of the file left next to the RTF.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "goid.h"
#include "lib_msg.h"
#include "recur.h"
#include "rtf.h"
#include "tz.h"

#define PSETID_APPOINTMENT 0x00062002u
#define PSETID_MEETING     0x6ED8DA90u

static const char *const recurring[] = {"7 days  everyday",
                                        "A daily 1",
                                        "A monthly 1",
                                        "Lanch time  every friday  in 2023 chgs1",
                                        "Lanch time  every friday  in 2023 chgs2",
                                        "Lanch time  every friday  in 2023 org"};
#define RECURRING (sizeof recurring / sizeof *recurring)

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 24); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(msg, .init = setup, .fini = teardown);

struct pair {
    struct msg m;
    struct vec json;
    const char *text;
};

static void pair_open(const char *name, struct pair *p)
{
    char path[128];
    snprintf(path, sizeof path, "msg/hht-%s.json", name);
    p->json = vec_corpus(path);
    snprintf(path, sizeof path, "msg/hht-%s.msg", name);
    if (!msg_open(path, &p->m) || !p->json.data)
        cr_skip_test("no corpus");
    p->text = (const char *)p->json.data;
}

static void pair_close(struct pair *p)
{
    msg_close(&p->m);
    vec_free(&p->json);
}

static const char *section(const char *text, const char *name)
{
    char label[64];
    snprintf(label, sizeof label, "\"%s\":", name);
    const char *found = strstr(text, label);
    cr_assert(found, "%s", name);
    return found;
}

/* The number behind a name. */
static long long theirs(const char *text, const char *name)
{
    const char *p = strchr(section(text, name), ':') + 1;
    return strtoll(p, NULL, 10);
}

/* The numbers of a list. */
static void dates_compare(const char *text, const char *name, const uint32_t *dates, size_t count)
{
    const char *p = strchr(section(text, name), '[') + 1;
    for (size_t i = 0; i < count; i++) {
        char *end;
        cr_assert_eq(strtoul(p, &end, 10), dates[i], "%s %zu", name, i);
        p = end + 1;
    }
    cr_assert_eq(p[-1], count ? '\n' : '[', "%s has more", name);
}

static void exceptions_compare(const char *text, const struct pl_recur *r)
{
    const char *p = section(text, "exceptionInfo");
    for (size_t i = 0; i < r->exception_count; i++) {
        const struct pl_exception *x = &r->exceptions[i];
        p = section(p, "startDateTime");
        cr_assert_eq(x->start_rt, theirs(p, "startDateTime"));
        cr_assert_eq(x->end_rt, theirs(p, "endDateTime"));
        cr_assert_eq(x->original_rt, theirs(p, "originalStartTime"));
        cr_assert_eq(x->flags, theirs(p, "overrideFlags"));
        if (x->flags & PL_EX_REMINDER_DELTA)
            cr_assert_eq(x->reminder_delta_min, theirs(p, "reminderDelta"));
        if (x->flags & PL_EX_BUSY)
            cr_assert_eq(x->busy, theirs(p, "busyStatus"));
        if (x->flags & PL_EX_LOCATION) {
            const char *location = strchr(section(p, "location"), ':') + 3;
            cr_assert_eq(strncmp(location, (const char *)x->location8, x->location8_size), 0);
        }
        p++;
    }
    cr_assert_null(strstr(p, "\"startDateTime\""), "there are more exceptions");
}

Test(msg, recurrences)
{
    for (size_t i = 0; i < RECURRING; i++) {
        struct pair p;
        struct pl_recur r;
        pair_open(recurring[i], &p);
        struct vec blob = msg_named(&p.m, PSETID_APPOINTMENT, 0x8216);
        cr_assert(blob.data && pl_recur_decode(&arena, blob.data, blob.size, false, &r), "%s", recurring[i]);
        cr_assert(!r.cut, "%s: %s", recurring[i], r.fault);
        const char *text = section(p.text, "apptRecur");
        cr_assert_eq(r.frequency, theirs(text, "recurFrequency"));
        cr_assert_eq((long long)r.pattern, theirs(text, "patternType"));
        cr_assert_eq(r.calendar, theirs(text, "calendarType"));
        cr_assert_eq(r.first_rt, theirs(text, "firstDateTime"));
        cr_assert_eq(r.period, theirs(text, "period"));
        cr_assert_eq(r.count, theirs(text, "occurrenceCount"));
        cr_assert_eq(r.first_dow, theirs(text, "firstDOW"));
        cr_assert_eq(r.start_rt, theirs(text, "startDate"));
        cr_assert_eq(r.end_rt, theirs(text, "endDate"));
        cr_assert_eq(r.start_min, theirs(text, "startTimeOffset"));
        cr_assert_eq(r.end_min, theirs(text, "endTimeOffset"));
        if (r.pattern == PL_PATTERN_WEEK)
            cr_assert_eq(r.days, theirs(text, "dayOfWeekBits"));
        if (r.pattern == PL_PATTERN_MONTH)
            cr_assert_eq(r.day, theirs(text, "day"));
        dates_compare(text, "deletedInstanceDates", r.deleted_rt, r.deleted_count);
        dates_compare(text, "modifiedInstanceDates", r.modified_rt, r.modified_count);
        exceptions_compare(text, &r);
        vec_free(&blob);
        pair_close(&p);
    }
}

static void transition_compare(const char *text, const char *name, const struct pl_transition *t)
{
    const char *at = section(text, name);
    cr_assert_eq(t->month, theirs(at, "month"));
    cr_assert_eq(t->dow, theirs(at, "dayOfWeek"));
    cr_assert_eq(t->day, theirs(at, "day"));
    cr_assert_eq(t->hour, theirs(at, "hour"));
}

static void rule_compare(const char *text, const struct pl_tzrule *r)
{
    cr_assert_eq(r->bias_min, theirs(text, "bias"));
    cr_assert_eq(r->std_bias_min, theirs(text, "standardBias"));
    cr_assert_eq(r->dst_bias_min, theirs(text, "daylightBias"));
    transition_compare(text, "standardDate", &r->to_std);
    transition_compare(text, "daylightDate", &r->to_dst);
}

static void definition_compare(const struct pair *p, uint32_t lid, const char *name)
{
    struct vec blob = msg_named(&p->m, PSETID_APPOINTMENT, lid);
    struct pl_zone z;
    cr_assert(blob.data && pl_tz_definition(&arena, blob.data, blob.size, &z), "%s", name);
    const char *text = section(p->text, name);
    cr_assert_eq(z.rule_count, 1);
    rule_compare(text, &z.rules[0]);
    const char *key = strchr(section(text, "keyName"), ':') + 3;
    cr_assert_eq(strncmp(key, z.tzid, strlen(z.tzid)), 0, "%s", z.tzid);
    vec_free(&blob);
}

Test(msg, zones)
{
    for (size_t i = 0; i < RECURRING; i++) {
        struct pair p;
        struct pl_zone z;
        pair_open(recurring[i], &p);
        struct vec blob = msg_named(&p.m, PSETID_APPOINTMENT, 0x8233);
        cr_assert(blob.data && pl_tz_struct(&arena, blob.data, blob.size, &z), "%s", recurring[i]);
        rule_compare(section(p.text, "timeZoneStruct"), &z.rules[0]);
        vec_free(&blob);
        definition_compare(&p, 0x825E, "apptTZDefStartDisplay");
        definition_compare(&p, 0x825F, "apptTZDefEndDisplay");
        definition_compare(&p, 0x8260, "apptTZDefRecur");
        pair_close(&p);
    }
}

/* Ids as they read them; the UID is that id without a date. */
Test(msg, ids)
{
    static const char *const more[] = {"A black friday (wo tz)", "A schedule"};
    for (size_t i = 0; i < RECURRING + 2; i++) {
        struct pair p;
        char hex[256] = "";
        pair_open(i < RECURRING ? recurring[i] : more[i - RECURRING], &p);
        struct vec blob = msg_named(&p.m, PSETID_MEETING, 0x0003);
        cr_assert(blob.data && blob.size * 2 < sizeof hex, "%s", recurring[i % RECURRING]);
        for (size_t n = 0; n < blob.size; n++)
            snprintf(hex + 2 * n, 3, "%02X", blob.data[n]);
        const char *text = strchr(section(p.text, "globalAppointmentID"), ':') + 3;
        cr_assert_eq(strncmp(text, hex, strlen(hex)), 0, "%s", hex);
        memcpy(hex + 32, "00000000", 8);
        cr_assert_str_eq(pl_goid_uid(&arena, blob.data, blob.size), hex);
        vec_free(&blob);
        pair_close(&p);
    }
}

/* --- bodies ---------------------------------------------------------------- */

/* Letters and digits of a text, to compare what differs in blanks and quotation. */
static size_t letters(const char *text, char *out, size_t room)
{
    size_t n = 0;
    for (; *text && n + 1 < room; text++)
        if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9'))
            out[n++] = *text;
    out[n] = 0;
    return n;
}

struct bodies {
    unsigned good, faulty;
    char *text; /* letters of the last one */
    size_t room;
};

static void body_found(unsigned id, const uint8_t *data, size_t size, void *arg)
{
    struct bodies *b = arg;
    struct pl_buf rtf, text, plain;
    unsigned replaced = 0;
    if (id != 0x1009)
        return;
    struct pl_text *t = pl_text_new();
    pl_buf_init(&rtf, 1 << 24);
    pl_buf_init(&text, 1 << 24);
    pl_buf_init(&plain, 1 << 24);
    bool good = pl_rtf_decompress(data, size, &rtf) == PL_RTF_OK && !strncmp(rtf.data, "{\\rtf", 5);
    b->good += good;
    b->faulty += !good;
    bool html = good && pl_rtf_text(t, rtf.data, rtf.size, &text, &replaced) == PL_RTF_HTML;
    if (html)
        pl_html_text(text.data ? text.data : "", text.size, &plain);
    const char *shown = html ? plain.data : text.data;
    letters(shown ? shown : "", b->text, b->room);
    pl_buf_release(&rtf);
    pl_buf_release(&text);
    pl_buf_release(&plain);
    pl_text_free(t);
}

static void corpus_glob(const char *pattern, glob_t *out)
{
    char path[512];
    const char *root = getenv("PIMLIFT_CORPUS");
    snprintf(path, sizeof path, "%s/%s", root ? root : "../shared/corpus", pattern);
    if (glob(path, 0, NULL, out) != 0)
        cr_skip_test("no corpus");
}

/* A body of a .msg, wide or narrow, as letters. */
static size_t plain_of(const struct msg *m, char *out, size_t room)
{
    struct vec wide = msg_stream(m, "__substg1.0_1000001F"), narrow = msg_stream(m, "__substg1.0_1000001E");
    for (size_t i = 0; i + 1 < wide.size; i += 2)
        wide.data[i / 2] = wide.data[i + 1] || !wide.data[i] ? ' ' : wide.data[i];
    if (wide.data)
        wide.data[wide.size / 2] = 0;
    size_t n = letters(wide.data ? (char *)wide.data : narrow.data ? (char *)narrow.data : "", out, room);
    vec_free(&wide);
    vec_free(&narrow);
    return n;
}

Test(msg, bodies)
{
    static char theirs_text[1 << 20], ours[1 << 20];
    struct bodies b = {.text = ours, .room = sizeof ours};
    unsigned compared = 0;
    glob_t files;
    corpus_glob("msg/*.msg", &files);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct msg m;
        const char *name = strrchr(files.gl_pathv[i], '/');
        char path[256];
        snprintf(path, sizeof path, "msg%s", name);
        cr_assert(msg_open(path, &m), "%s", path);
        struct vec rtf = msg_binary(&m, 0x1009);
        if (rtf.data) {
            body_found(0x1009, rtf.data, rtf.size, &b);
            if (plain_of(&m, theirs_text, sizeof theirs_text) > 0) {
                compared++;
                cr_expect_str_eq(ours, theirs_text, "%s", path);
            }
        }
        vec_free(&rtf);
        msg_close(&m);
    }
    cr_assert_eq(b.faulty, 0);
    cr_assert_gt(compared, 5);
    globfree(&files);
}

/* Nobody's decode lies beside these: each RTF body comes out whole, with its checksum right. */
Test(msg, tnef)
{
    static char text[1 << 20];
    struct bodies b = {.text = text, .room = sizeof text};
    glob_t files;
    corpus_glob("tnef/*", &files);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char path[256];
        snprintf(path, sizeof path, "tnef%s", strrchr(files.gl_pathv[i], '/'));
        struct vec v = vec_corpus(path);
        cr_assert(tnef_each(&v, body_found, &b), "%s", path);
        cr_expect_eq(b.faulty, 0, "%s", path);
        b.faulty = 0;
        vec_free(&v);
    }
    cr_assert_gt(b.good, 3);
    globfree(&files);
}
