/*
 * report.c - hands a diagnostic to its sink and counts it.
 *
 * Layer: core. Holds nothing of what it saw but four counters and the worst
 * severity: a store with a million faults costs no memory.
 */
#include "report.h"

#include <inttypes.h>
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

/* d->text is to be made. */
static void file(struct pl_report *r, struct pl_diagnostic *d, const char *format, va_list list)
{
    char text[TEXT_MOST];
    enum pl_status severity = d->severity;
    vsnprintf(text, sizeof text, format, list);
    make_line(text);
    if (severity <= PL_WARN)
        r->fault = d->code;
    d->severity = r->recovering && severity == PL_LOST ? PL_WARN : severity;
    d->store = r->store;
    d->folder = r->folder;
    d->text = text;
    if (d->once && r->known && r->known(r->sink_data, d))
        return;
    count(r, d->severity);
    if (r->sink)
        r->sink(r->sink_data, d);
}

enum pl_status pl_report(struct pl_report *r, enum pl_status severity, const char *code, const char *key,
                         uint64_t offset, const char *format, ...)
{
    struct pl_diagnostic d = {.severity = severity, .code = code, .key = key, .offset = offset};
    va_list list;
    va_start(list, format);
    file(r, &d, format, list);
    va_end(list);
    return severity;
}

enum pl_status pl_report_once(struct pl_report *r, enum pl_status severity, const char *code, const char *key,
                              uint64_t offset, const char *format, ...)
{
    struct pl_diagnostic d = {.severity = severity, .code = code, .key = key, .offset = offset, .once = true};
    va_list list;
    va_start(list, format);
    file(r, &d, format, list);
    va_end(list);
    return severity;
}

void pl_diagnostic_fact(const struct pl_diagnostic *d, char out[PL_FACT_MOST])
{
    snprintf(out, PL_FACT_MOST, "%s %" PRIu64 " %s\n%s", d->code, d->offset, d->text, d->store ? d->store : "");
}

enum pl_status pl_report_again(struct pl_report *r, enum pl_status severity, const char *code)
{
    r->fault = code;
    return severity;
}

void pl_report_touched(struct pl_report *r, const char *code)
{
    if (!r->fault)
        r->fault = code;
}
