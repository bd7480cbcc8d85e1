/*
 * say.c - what the program tells people; see say.h.
 *
 * Layer: programs. SIGPIPE is ignored (pimlift.c), so a closed pipe shows as an
 * error of stdout; poll() then tells it apart from a full disk, because errno of
 * the failed write is long gone when a stdio stream is asked.
 */
#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

#define LINE_MOST 8192 /* two paths and a sentence */

/* Formatting characters that change the order or the look of what stands around them. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f},
};

static bool is_shown(uint32_t c)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (c >= unseen[i].first && c <= unseen[i].last)
            return false;
    return true;
}

/* Returns the columns used; a wide character counts as one, which only costs alignment. */
static size_t put_text(FILE *file, const char *text)
{
    size_t size = strlen(text), columns = 0;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t c = utf8_next(text + at, size - at, &length);
        if (c == UTF8_BAD) {
            fputs("\xef\xbf\xbd", file); /* U+FFFD */
            columns++;
        } else if (is_shown(c)) {
            fwrite(text + at, 1, length, file);
            columns++;
        } else {
            columns += (size_t)fprintf(file, "\\u{%" PRIx32 "}", c);
        }
    }
    return columns;
}

void say_text(FILE *file, const char *text) { put_text(file, text); }

void say_padded(FILE *file, const char *text, size_t width)
{
    for (size_t columns = put_text(file, text); columns < width; columns++)
        putc(' ', file);
}

static void say_list(const char *format, va_list list)
{
    char line[LINE_MOST];
    vsnprintf(line, sizeof line, format, list);
    fputs("pimlift: ", stderr);
    say_text(stderr, line);
    putc('\n', stderr);
}

void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(format, list);
    va_end(list);
}

void say_unless(bool quiet, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!quiet)
        say_list(format, list);
    va_end(list);
}

bool say_coloured(FILE *file)
{
    const char *never = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(file)) == 1 && !(never && *never) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *say_count(uint64_t count, char buf[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *out = buf;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return buf;
}

const char *say_bytes(uint64_t bytes, char buf[32])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    double value = (double)bytes;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    snprintf(buf, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return buf;
}

static bool is_pipe_closed(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

bool say_deaf(void) { return ferror(stdout) != 0; }

int say_finish(void)
{
    int flushed = fflush(stdout), error = errno;
    if (flushed == 0 && !ferror(stdout))
        return 0;
    if (is_pipe_closed())
        return 0;
    if (flushed == 0)
        say("stdout could not be written; the data is not whole: make room there and run again");
    else
        say("stdout could not be written (%s); the data is not whole: make room there and run again",
            strerrordesc_np(error));
    return 2;
}
