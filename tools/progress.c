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

static void draw(struct progress *p, const struct pl_progress *now, double elapsed)
{
    char head[96], count[32], folder[160];
    int used = snprintf(head, sizeof head, now->learning ? "people first, %s items" : "%s items",
                        say_count(now->done, count));

    if (now->expected > now->done && now->done && elapsed > GUESS_AFTER) {
        double left = elapsed * (double)(now->expected - now->done) / (double)now->done;
        used += snprintf(head + used, sizeof head - (size_t)used, ", %.0f%%, %.0f:%02.0f left",
                         100.0 * (double)now->done / (double)now->expected, (double)(int64_t)(left / 60),
                         (double)((int64_t)left % 60));
    }
    size_t room = p->redraws ? (size_t)(columns() > used + 4 ? columns() - used - 4 : 0) : sizeof folder - 1;
    if (room >= sizeof folder)
        room = sizeof folder - 1;
    const char *name = now->folder ? now->folder : "";
    snprintf(folder, sizeof folder, "%.*s", (int)pl_utf8_prefix(name, strlen(name), room), name);
    fprintf(stderr, "%s%s  ", p->redraws ? "\r\033[K" : "", head);
    say_text(stderr, folder);
    if (!p->redraws)
        putc('\n', stderr);
    fflush(stderr);
    p->drawn = true;
}

void progress_show(void *data, const struct pl_progress *now)
{
    struct progress *p = data;
    struct timespec time;

    if (!p->shown)
        return;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (now->learning) /* what is left is guessed from the pass that writes */
        p->started = time;
    if (p->drawn && seconds_between(&p->last, &time) < (p->redraws ? REDRAW_SECONDS : LINE_SECONDS))
        return;
    p->last = time;
    draw(p, now, seconds_between(&p->started, &time));
}

void progress_clear(struct progress *p)
{
    if (p->drawn && p->redraws)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
