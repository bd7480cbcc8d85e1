/*
 * complete.c - completion scripts for shells; see help.h.
 *
 * Layer: programs. Made from the records of flags.h. A script only lists words; which file
 * an operand means is left to the shell.
 */
#include "help.h"

#include <string.h>

static void put_operand_words(FILE *file, const struct verb *verb)
{
    for (size_t k = 0; verb->operand_word(k); k++)
        fprintf(file, "%s%s", k ? " " : "", verb->operand_word(k));
}

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
    putc('\'', file);
    if (verb->operand_word) {
        fputs(" operands='", file);
        put_operand_words(file, verb);
        putc('\'', file);
    }
    fputs(" ;;\n", file);
}

static void put_words(FILE *file, const struct flag *flag)
{
    const char *word;
    for (size_t k = 0; (word = flag_word(flag, k)) != NULL; k++)
        fprintf(file, "%s%s", k ? " " : "", word);
}

static void put_bash_choices(FILE *file, const struct verb *verb)
{
    for (size_t i = 0; flags_of(verb, i); i++) {
        const struct flag *flag = flags_of(verb, i);
        if (!flag_word(flag, 0))
            continue;
        fprintf(file, "    %s:--%s) values='", verb->name, flag->name);
        put_words(file, flag);
        fprintf(file, "'%s ;;\n", flag->kind == FLAG_SPLIT ? " list=yes" : "");
    }
}

/* Values come as "--flag=value", which bash splits at "="; so $prev can be "=". Of a list with commas the last word
   is completed, by one that does not stand in it yet; another comma may follow, so no blank does. */
static const char bash_tail[] =
    "    esac\n"
    "    if [ -n \"$list\" ]; then\n"
    "        [[ $cur == *,* ]] && given=${cur%,*},\n"
    "        for word in $values; do [[ ,$given == *,$word,* ]] || more+=\" $word\"; done\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$given\" -W \"$more\" -- \"${cur##*,}\")\n"
    "        compopt -o nospace\n"
    "    elif [ -n \"$values\" ]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
    "        [[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace\n"
    "    elif [ -n \"$operands\" ]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$operands\" -- \"$cur\")\n"
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
          "    local flags='' values='' operands='' list='' given='' more='' word\n"
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
    if (flag_word(flag, 0)) {
        fprintf(file, " -f -a '%s", flag->kind == FLAG_SPLIT ? "(__fish_append , " : "");
        put_words(file, flag);
        fputs(flag->kind == FLAG_SPLIT ? ")'" : "'", file);
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
        if ((*v)->operand_word) {
            fprintf(file, "complete -c pimlift -n '__fish_seen_subcommand_from %s' -f -a '", (*v)->name);
            put_operand_words(file, *v);
            fputs("'\n", file);
        }
    }
}

/* In zsh's specifications quotes, brackets and colons mean something. */
static void put_zsh_text(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", file);
        else if (strchr("[]:\\", *text))
            fprintf(file, "\\%c", *text);
        else
            putc(*text, file);
    }
}

static void put_zsh_spec(FILE *file, const struct flag *flag, const char *spelled)
{
    fprintf(file, "            '%s%s%s[", flag->kind == FLAG_LIST || flag->kind == FLAG_SPLIT ? "*" : "", spelled,
            !flag->argument     ? ""
            : spelled[1] == '-' ? "="
                                : "+");
    put_zsh_text(file, flag->brief);
    putc(']', file);
    if (flag->argument) {
        fprintf(file, ":%s:", flag->argument);
        if (flag_word(flag, 0)) {
            fprintf(file, flag->kind == FLAG_SPLIT ? "_values -s , %s " : "(", flag->argument);
            put_words(file, flag);
            fputs(flag->kind == FLAG_SPLIT ? "" : ")", file);
        } else if (flag->path != PATH_NONE || flag->kind == FLAG_FILE) {
            fputs("_files", file);
        }
    }
    fputs("' \\\n", file);
}

static void put_zsh_flag(FILE *file, const struct flag *flag)
{
    char spelled[64];
    if (flag->letter) {
        snprintf(spelled, sizeof spelled, "-%c", flag->letter);
        put_zsh_spec(file, flag, spelled);
    }
    if (*flag->name) {
        snprintf(spelled, sizeof spelled, "--%s", flag->name);
        put_zsh_spec(file, flag, spelled);
    }
}

void help_zsh(FILE *file, const struct verb *const *verbs)
{
    fputs("#compdef pimlift\n"
          "_pimlift() {\n"
          "    local -a commands=(\n",
          file);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(file, "        '%s:", (*v)->name);
        put_zsh_text(file, (*v)->brief);
        fputs("'\n", file);
    }
    fputs("    )\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $words[1] in\n",
          file);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(file, "    %s)\n        _arguments -S \\\n", (*v)->name);
        for (size_t i = 0; flags_of(*v, i); i++)
            put_zsh_flag(file, flags_of(*v, i));
        if ((*v)->operand_word) {
            fputs("            '1:word:(", file);
            put_operand_words(file, *v);
            fputs(")'\n        ;;\n", file);
        } else {
            fprintf(file, "            '*:%s:_files'\n        ;;\n", *(*v)->operands ? (*v)->operands : "nothing");
        }
    }
    fputs("    esac\n"
          "}\n"
          "_pimlift \"$@\"\n",
          file);
}
