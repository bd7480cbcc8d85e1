/*
 * progress.c - how far a long run is; see progress.h.
 *
 * Layer: programs. The time left is a guess from the items seen so far and the
 * numbers that folders state, which may lie; so it is shown as soon as it means
 * something, and never when more items came than were expected.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plural.h"
#include "say.h"
#include "text.h"

#define REDRAW_SECONDS 0.2 /* a terminal */
#define LINE_SECONDS   5.0 /* a log */
#define GUESS_AFTER    2.0

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void progress_init(struct progress *p, enum progress_mode mode)
{
    const bool terminal = isatty(STDERR_FILENO) == 1;
    *p = (struct progress){.shown = mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && terminal),
                           .redraws = terminal};
    clock_gettime(CLOCK_MONOTONIC, &p->started);
}

static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* ", 34%, 1:20 left", as soon as it means something. */
static void guess(char *out, size_t size, uint64_t done, uint64_t of, double elapsed)
{
    *out = '\0';
    if (of <= done || !done || elapsed <= GUESS_AFTER)
        return;
    double left = elapsed * (double)(of - done) / (double)done;
    snprintf(out, size, ", %.0f%%, %.0f:%02.0f left", 100.0 * (double)done / (double)of,
             (double)(int64_t)(left / 60), (double)((int64_t)left % 60));
}

static void draw(struct progress *p, const char *head, const char *place)
{
    char name[160];
    size_t used = strlen(head);
    size_t room = p->redraws ? ((size_t)columns() > used + 4 ? (size_t)columns() - used - 4 : 0) : sizeof name - 1;
    if (room >= sizeof name)
        room = sizeof name - 1;
    snprintf(name, sizeof name, "%.*s", (int)pl_utf8_prefix(place, strlen(place), room), place);
    fprintf(stderr, "%s%s  ", p->redraws ? "\r\033[K" : "", head);
    say_text(stderr, name);
    if (!p->redraws)
        putc('\n', stderr);
    fflush(stderr);
    p->drawn = true;
}

/* Whether it is time for another line. */
static bool is_due(struct progress *p, bool restart, double *elapsed)
{
    struct timespec time;
    if (!p->shown)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (restart)
        p->started = time;
    if (p->drawn && seconds_between(&p->last, &time) < (p->redraws ? REDRAW_SECONDS : LINE_SECONDS))
        return false;
    p->last = time;
    *elapsed = seconds_between(&p->started, &time);
    return true;
}

void progress_show(void *data, const struct pl_progress *now)
{
    struct progress *p = data;
    char head[200], items[32], bytes[32], count[32], rate[40] = "", left[64];
    double elapsed = 0;
    if (!is_due(p, now->learning, &elapsed)) /* rate and time left are those of the pass that writes */
        return;
    if (elapsed > 0)
        snprintf(rate, sizeof rate, ", %s/s", say_count((uint64_t)((double)now->done / elapsed), count));
    guess(left, sizeof left, now->done, now->expected, elapsed);
    snprintf(head, sizeof head, "%s%s %s%s, %s read%s", now->learning ? "people first, " : "",
             say_count(now->done, items), pl_plural(now->done, "item", "items"), rate, say_bytes(now->bytes, bytes),
             left);
    draw(p, head, now->folder ? now->folder : "");
}

void progress_bytes(void *data, uint64_t done, uint64_t of)
{
    struct progress *p = data;
    char head[200], bytes[32], whole[32], rate[32], left[64];
    double elapsed = 0;
    if (!is_due(p, false, &elapsed))
        return;
    guess(left, sizeof left, done, of, elapsed);
    snprintf(head, sizeof head, "checksums of %s of %s, %s/s%s", say_bytes(done, bytes), say_bytes(of, whole),
             say_bytes(elapsed > 0 ? (uint64_t)((double)done / elapsed) : 0, rate), left);
    draw(p, head, "");
}

void progress_clear(struct progress *p)
{
    if (p->drawn && p->redraws) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    p->drawn = false;
}
