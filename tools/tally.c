/*
 * tally.c - diagnostics counted by code; see tally.h.
 */
#include "tally.h"

#include <inttypes.h>
#include <string.h>

#include "say.h"
#include "text.h"

static struct tally_row *find_row(struct tally *t, const char *code)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->rows[i].code, code) == 0)
            return &t->rows[i];
    if (t->count == TALLY_MOST)
        return NULL;
    struct tally_row *row = &t->rows[t->count++];
    *row = (struct tally_row){.severity = PL_OK};
    snprintf(row->code, sizeof row->code, "%s", code);
    return row;
}

static void describe(struct tally_row *row, const struct pl_diagnostic *d)
{
    char *out = row->first;
    const size_t room = sizeof row->first;
    int used = 0;

    if (d->folder && *d->folder)
        used += snprintf(out, room, "%.80s", d->folder);
    if (d->key && *d->key)
        used += snprintf(out + used, room - (size_t)used, "%s[%.96s]", used ? " " : "", d->key);
    size_t left = room - (size_t)used;
    int size = snprintf(out + used, left, "%s%s", used ? ": " : "", d->text);
    if (size < 0 || (size_t)size >= left)
        out[pl_utf8_prefix(out, room - 1, room - 1)] = '\0';
}

void tally_add(void *data, const struct pl_diagnostic *d)
{
    struct tally_row *row = find_row(data, d->code);
    if (!row)
        return;
    if (row->count++ == 0)
        describe(row, d);
    if (d->severity < row->severity)
        row->severity = d->severity;
}

void tally_say(const struct pl_diagnostic *d, bool unnamed)
{
    char at[32] = "";
    const char *folder = d->folder && !unnamed ? d->folder : "", *key = d->key ? d->key : "";
    const char *store = d->store ? d->store : "-";
    if (d->offset != PL_NO_OFFSET)
        snprintf(at, sizeof at, " at byte %" PRIu64, d->offset);
    say("%s: %s: %s%s%s%s%s%s%s%s%s%s", store, tally_severity(d->severity), folder, *folder && *key ? " " : "",
        *key ? "[" : "", key, *key ? "]" : "", at, *folder || *key || *at ? ": " : "", d->code, unnamed ? "" : ": ",
        unnamed ? "" : d->text);
}

const char *tally_severity(enum pl_status severity)
{
    switch (severity) {
    case PL_END:
    case PL_OK: return "note";
    case PL_WARN: return "warn";
    case PL_LOST: return "lost";
    case PL_STOP: return "stop";
    }
    return "";
}

void tally_print(FILE *file, const struct tally *t, const char *indent, size_t most)
{
    static const enum pl_status order[] = {PL_STOP, PL_LOST, PL_WARN};
    size_t shown = 0, rest = 0;
    char number[32];

    for (size_t level = 0; level < sizeof order / sizeof *order; level++) {
        for (size_t i = 0; i < t->count; i++) {
            const struct tally_row *row = &t->rows[i];
            if (row->severity != order[level])
                continue;
            if (shown++ >= most) {
                rest++;
                continue;
            }
            fprintf(file, "%s%-4s %7s  %s: ", indent, tally_severity(row->severity), say_count(row->count, number),
                    row->code);
            say_text(file, row->first);
            putc('\n', file);
        }
    }
    if (rest)
        fprintf(file, "%sand %zu more kinds\n", indent, rest);
}

void tally_json(struct json *j, const struct tally *t)
{
    json_begin_array(j);
    for (size_t i = 0; i < t->count; i++) {
        const struct tally_row *row = &t->rows[i];
        json_begin_object(j);
        json_pair_text(j, "code", row->code);
        json_pair_text(j, "severity", tally_severity(row->severity));
        json_pair_unsigned(j, "count", row->count);
        json_pair_text(j, "first", row->first);
        json_end_object(j);
    }
    json_end_array(j);
}
