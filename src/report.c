/*
 * report.c - hands a diagnostic to its sink and counts it.
 *
 * Layer: core. Holds nothing of what it saw but four counters and the worst
 * severity: a store with a million faults costs no memory.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define TEXT_MOST 512

static void count(struct pl_report *r, enum pl_status severity)
{
    uint64_t *counter = severity >= PL_OK     ? &r->notes
                        : severity == PL_WARN ? &r->warnings
                        : severity == PL_LOST ? &r->losses
                                              : &r->stops;
    ++*counter;
    if (severity < r->worst)
        r->worst = severity;
}

/* One line, whatever a name from a store brought along. */
static void make_line(char *text)
{
    size_t size = strlen(text);
    text[pl_utf8_prefix(text, size, size)] = '\0';
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
}

enum pl_status pl_report(struct pl_report *r, enum pl_status severity, const char *code, const char *key,
                         uint64_t offset, const char *format, ...)
{
    char text[TEXT_MOST];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    make_line(text);
    enum pl_status filed = r->recovering && severity == PL_LOST ? PL_WARN : severity;
    count(r, filed);
    if (severity <= PL_WARN)
        r->fault = code;
    if (r->sink) {
        const struct pl_diagnostic d = {
            .severity = filed,
            .code = code,
            .store = r->store,
            .folder = r->folder,
            .key = key,
            .offset = offset,
            .text = text,
        };
        r->sink(r->sink_data, &d);
    }
    return severity;
}

enum pl_status pl_report_again(struct pl_report *r, enum pl_status severity, const char *code)
{
    r->fault = code;
    return severity;
}
