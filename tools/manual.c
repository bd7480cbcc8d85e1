/*
 * manual.c - the manual pages, in mdoc(7); see help.h.
 *
 * Layer: programs. Made from the records of flags.h: a flag that is parsed is a flag that is
 * documented.
 */
#include "help.h"

#include <ctype.h>
#include <string.h>

#define WRAP 78
#define DATE "November 27, 2026" /* of the last change to what the pages say */

static int put_word(FILE *file, const char *text, int length)
{
    int columns = 0;
    for (int i = 0; i < length; i++) {
        if (text[i] == '\\')
            columns += fprintf(file, "\\e");
        else if (text[i] == '-' && i + 1 < length && text[i + 1] == '-')
            columns += fprintf(file, "\\-");
        else
            columns += fprintf(file, "%c", text[i]);
    }
    return columns;
}

static bool ends_sentence(const char *word, int length)
{
    return word[length - 1] == ':' ||
           (word[length - 1] == '.' && (!word[length] || isupper((unsigned char)word[length + 1])));
}

/* Each sentence on a line of its own, as mdoc(7) asks for, and short lines. */
static void put_sentences(FILE *file, const char *text)
{
    int column = 0;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column && column + 1 + length > WRAP) {
            putc('\n', file);
            column = 0;
        }
        if (column)
            column += fprintf(file, " ");
        column += put_word(file, text, length);
        if (ends_sentence(text, length)) {
            putc('\n', file);
            column = 0;
        }
        text += length;
        text += strspn(text, " ");
    }
    if (column)
        putc('\n', file);
}

static void put_flag(FILE *file, const struct flag *flag)
{
    fputs(".It", file);
    if (flag->letter)
        fprintf(file, " Fl %c%s%s", flag->letter, flag->argument ? " Ar " : "",
                flag->argument ? flag->argument : "");
    if (flag->letter && *flag->name)
        fputs(" ,", file);
    if (*flag->name)
        fprintf(file, " Fl \\-%s%s%s", flag->name, flag->argument ? "= Ns Ar " : "",
                flag->argument ? flag->argument : "");
    putc('\n', file);
    put_sentences(file, flag->doc);
}

/* Other pages are named with .Nm and not with .Xr: a checker looks for those on the machine at hand, where they
 * need not be installed. */
void help_manual(FILE *file, const struct verb *const *verbs)
{
    fputs(".Bl -tag -width convert\n", file);
    for (; *verbs; verbs++) {
        fprintf(file, ".It Cm %s\n", (*verbs)->name);
        put_sentences(file, (*verbs)->doc);
        fprintf(file, "See\n.Nm pimlift-%s Ns (1).\n", (*verbs)->name);
    }
    fputs(".El\n", file);
}

/* "STORE|DIR..." as the macro for it. */
static void put_operands(FILE *file, const char *operands)
{
    char word[64];
    size_t n = 0;
    bool optional = *operands == '[';
    for (operands += optional; *operands && !strchr(".]", *operands) && n + 1 < sizeof word; operands++)
        word[n++] = (char)tolower((unsigned char)*operands);
    word[n] = '\0';
    fprintf(file, "%s %s%s\n", optional ? ".Op Ar" : ".Ar", word, *operands == '.' ? " ..." : "");
}

/* "-o DIR" likewise. */
static void put_must(FILE *file, const char *must)
{
    fprintf(file, ".Fl %c Ar ", must[1]);
    for (const char *c = must + 3; *c; c++)
        putc(tolower((unsigned char)*c), file);
    putc('\n', file);
}

static void put_examples(FILE *file, const struct verb *verb)
{
    fputs(".Sh EXAMPLES\n", file);
    for (size_t i = 0; i < verb->example_count; i++) {
        const struct example *e = &verb->examples[i];
        if (e->what)
            fprintf(file, "%s%s:\n.Bd -literal -offset indent\n", i ? ".Pp\n" : "", e->what);
        put_word(file, e->command, (int)strlen(e->command));
        putc('\n', file);
        if (i + 1 == verb->example_count || verb->examples[i + 1].what)
            fputs(".Ed\n", file);
    }
}

void help_page(FILE *file, const struct verb *verb)
{
    fputs(".Dd " DATE "\n.Dt PIMLIFT-", file);
    for (const char *c = verb->name; *c; c++)
        putc(toupper((unsigned char)*c), file);
    fprintf(file, " 1\n.Os\n.Sh NAME\n.Nm pimlift-%s\n.Nd %s\n", verb->name, verb->brief);
    fprintf(file, ".Sh SYNOPSIS\n.Nm pimlift\n.Cm %s\n", verb->name);
    if (verb->must)
        put_must(file, verb->must);
    fputs(".Op Ar flags\n", file);
    if (*verb->operands)
        put_operands(file, verb->operands);
    fputs(".Sh DESCRIPTION\n", file);
    put_sentences(file, verb->doc);
    fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", file);
    for (size_t i = 0; flags_of(verb, i); i++)
        put_flag(file, flags_of(verb, i));
    fputs(".El\n.Sh EXIT STATUS\n", file);
    put_sentences(file, help_exits(verb));
    if (!verb->exits)
        fputs("The overview says more.\n", file);
    if (verb->example_count)
        put_examples(file, verb);
    fputs(".Sh SEE ALSO\n.Nm pimlift Ns (1) ,\n"
          "whose section FILES tells where documents lie that are called\n.Pa docs/NAME .\n",
          file);
}
