/*
 * help.c - what people read about the flags; see help.h.
 *
 * Layer: programs. Everything is made from the records of flags.h: a flag that is
 * parsed is a flag that is documented and completed.
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

#define WRAP 78

/* --- -h and --help ------------------------------------------------------- */

static void print_wrapped(FILE *file, const char *text, int indent)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column && column + 1 + length > WRAP) {
            putc('\n', file);
            column = 0;
        }
        column += fprintf(file, "%*s%.*s", column ? 1 : indent, "", length, text);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', file);
}

/* "-o DIR, --output=DIR" into buf. */
static void spell(const struct flag *flag, char *buf, size_t size)
{
    char letter[32] = "", name[48] = "";
    if (flag->letter)
        snprintf(letter, sizeof letter, "-%c%s%s", flag->letter, flag->argument && !*flag->name ? " " : "",
                 flag->argument && !*flag->name ? flag->argument : "");
    if (*flag->name)
        snprintf(name, sizeof name, "--%s%s%s", flag->name, flag->argument ? "=" : "",
                 flag->argument ? flag->argument : "");
    snprintf(buf, size, "%s%s%s", *letter ? letter : "   ", *letter && *name ? ", " : *letter ? "" : " ", name);
}

const char *help_exits(const struct verb *verb)
{
    return verb->exits ? verb->exits
                       : "The exit status is 0 when everything was done, 1 when something was lost or a store is "
                         "cut, 2 when the work stopped early, 3 when nothing could be done.";
}

void help_verb(FILE *file, const struct verb *verb, bool whole)
{
    char spelled[96];

    fprintf(file, "usage: pimlift %s%s%s [flags]%s%s\n\n", verb->name, verb->must ? " " : "",
            verb->must ? verb->must : "", *verb->operands ? " " : "", verb->operands);
    print_wrapped(file, verb->doc, 0);
    putc('\n', file);
    for (size_t i = 0; flags_of(verb, i); i++) {
        const struct flag *flag = flags_of(verb, i);
        spell(flag, spelled, sizeof spelled);
        if (whole) {
            fprintf(file, "  %s\n", spelled);
            print_wrapped(file, flag->doc, 8);
        } else {
            fprintf(file, "  %-26s  %s\n", spelled, flag->brief);
        }
    }
    if (!whole)
        return;
    if (verb->example_count)
        fputs("\nExamples:\n", file);
    for (size_t i = 0; i < verb->example_count; i++) {
        const struct example *e = &verb->examples[i];
        if (e->what)
            fprintf(file, "%s  %s:\n", i ? "\n" : "", e->what);
        fprintf(file, "    %s\n", e->command);
    }
    putc('\n', file);
    print_wrapped(file, help_exits(verb), 0);
}

void help_program(FILE *file, const struct verb *const *verbs)
{
    fputs("usage: pimlift COMMAND [flags] [STORE...]\n\n", file);
    print_wrapped(
        file,
        "Reads Exchange and Outlook stores (PST, OST, PAB, EDB) and writes calendars and contacts as iCalendar "
        "and vCard, with a ledger that accounts for every item.",
        0);
    putc('\n', file);
    for (; *verbs; verbs++)
        fprintf(file, "  %-10s %s\n", (*verbs)->name, (*verbs)->brief);
    fputs("\npimlift COMMAND -h explains the flags of a command, --help says more, --version tells\n"
          "the version. First look, then convert:\n\n"
          "  pimlift info mail.pst\n"
          "  pimlift convert mail.pst -o out\n",
          file);
}
