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

void help_verb(FILE *file, const struct verb *verb, bool whole)
{
    char spelled[96];

    fprintf(file, "usage: pimlift %s [flags]%s%s\n\n", verb->name, *verb->operands ? " " : "", verb->operands);
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
    if (whole)
        fputs("\nThe exit status is 0 when everything was done, 1 when something was lost or a\n"
              "store is cut, 2 when the work stopped early, 3 when nothing could be done.\n",
              file);
}

void help_program(FILE *file, const struct verb *const *verbs)
{
    fputs("usage: pimlift COMMAND [flags] [STORE...]\n\n", file);
    print_wrapped(
        file,
        "Reads Exchange and Outlook stores (PST, OST, PAB) and writes calendars and contacts as iCalendar "
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

/* --- the manual ---------------------------------------------------------- */

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

static void put_flags(FILE *file, const struct verb *verb, size_t from, size_t to)
{
    if (from == to)
        return;
    fputs(".Bl -tag -width Ds\n", file);
    for (size_t i = from; i < to; i++)
        put_flag(file, flags_of(verb, i));
    fputs(".El\n", file);
}

static size_t count_flags(const struct verb *verb)
{
    size_t count = 0;
    while (flags_of(verb, count))
        count++;
    return count;
}

void help_manual(FILE *file, const struct verb *const *verbs)
{
    const struct verb *opener = NULL, *any = *verbs;
    const size_t help_count = 2; /* -h and --help end the flags of every verb */

    for (; *verbs; verbs++) {
        const struct verb *verb = *verbs;
        fprintf(file, ".Ss pimlift %s\n", verb->name);
        put_sentences(file, verb->doc);
        put_flags(file, verb, 0, verb->flag_count);
        if (verb->opens_stores)
            opener = verb;
    }
    if (opener) {
        fputs(".Ss Flags of the commands that open stores\n", file);
        put_flags(file, opener, opener->flag_count, count_flags(opener) - help_count);
    }
    if (any) {
        fputs(".Ss Flags of all commands\n", file);
        put_flags(file, any, count_flags(any) - help_count, count_flags(any));
    }
}

/* --- completions --------------------------------------------------------- */

static void put_bash_flags(FILE *file, const struct verb *verb)
{
    fprintf(file, "    %s) flags='", verb->name);
    for (size_t i = 0; flags_of(verb, i); i++) {
        const struct flag *flag = flags_of(verb, i);
        if (flag->letter)
            fprintf(file, "%s-%c", i ? " " : "", flag->letter);
        if (*flag->name)
            fprintf(file, "%s--%s%s", i || flag->letter ? " " : "", flag->name, flag->argument ? "=" : "");
    }
    fputs("' ;;\n", file);
}

static void put_bash_choices(FILE *file, const struct verb *verb)
{
    for (size_t i = 0; flags_of(verb, i); i++) {
        const struct flag *flag = flags_of(verb, i);
        if (!flag->choices)
            continue;
        fprintf(file, "    %s:--%s) values='", verb->name, flag->name);
        for (size_t k = 0; flag->choices[k]; k++)
            fprintf(file, "%s%s", k ? " " : "", flag->choices[k]);
        fputs("' ;;\n", file);
    }
}

/* Values come as "--flag=value", which bash splits at "="; so $prev can be "=". */
static const char bash_tail[] = "    esac\n"
                                "    if [ -n \"$values\" ]; then\n"
                                "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\")\n"
                                "    elif [[ $cur == -* ]]; then\n"
                                "        mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
                                "        [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace\n"
                                "    else\n"
                                "        compopt -o default\n"
                                "    fi\n"
                                "}\n"
                                "complete -F _pimlift pimlift\n";

void help_bash(FILE *file, const struct verb *const *verbs)
{
    fputs("# bash completion for pimlift\n"
          "_pimlift() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}\n"
          "    local flags='' values=''\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          file);
    for (const struct verb *const *v = verbs; *v; v++)
        fprintf(file, "%s ", (*v)->name);
    fputs("--help --version' -- \"$cur\")\n"
          "        return\n"
          "    fi\n"
          "    if [ \"$cur\" = '=' ]; then cur=''; fi\n"
          "    if [ \"$prev\" = '=' ]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
          "    case $verb in\n",
          file);
    for (const struct verb *const *v = verbs; *v; v++)
        put_bash_flags(file, *v);
    fputs("    esac\n"
          "    case $verb:$prev in\n",
          file);
    for (const struct verb *const *v = verbs; *v; v++)
        put_bash_choices(file, *v);
    fputs(bash_tail, file);
}

static void put_fish_text(FILE *file, const char *text)
{
    putc('\'', file);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', file);
        putc(*text, file);
    }
    putc('\'', file);
}

static void put_fish_flag(FILE *file, const struct verb *verb, const struct flag *flag)
{
    fprintf(file, "complete -c pimlift -n '__fish_seen_subcommand_from %s'", verb->name);
    if (flag->letter)
        fprintf(file, " -s %c", flag->letter);
    if (*flag->name)
        fprintf(file, " -l %s", flag->name);
    if (flag->argument)
        fputs(" -r", file);
    if (flag->choices) {
        fputs(" -f -a '", file);
        for (size_t k = 0; flag->choices[k]; k++)
            fprintf(file, "%s%s", k ? " " : "", flag->choices[k]);
        putc('\'', file);
    }
    fputs(" -d ", file);
    put_fish_text(file, flag->brief);
    putc('\n', file);
}

void help_fish(FILE *file, const struct verb *const *verbs)
{
    fputs("# fish completion for pimlift\n", file);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(file, "complete -c pimlift -n __fish_use_subcommand -f -a %s -d ", (*v)->name);
        put_fish_text(file, (*v)->brief);
        putc('\n', file);
        for (size_t i = 0; flags_of(*v, i); i++)
            put_fish_flag(file, *v, flags_of(*v, i));
    }
}
