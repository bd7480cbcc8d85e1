/*
 * flags.c - from the words of a command line to the options of a verb; see flags.h.
 *
 * Layer: programs. Every mistake is one line that names the word and what would be
 * right. getopt_long() is not used: it knows only letters and names, keeps its
 * state in globals, and can't say what a mistyped flag was meant to be.
 */
#include "flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "say.h"
#include "slip.h"
#include "source.h"
#include "storelist.h"
#include "table.h"
#include "text.h"
#include "tz.h"

#define FILE_MOST 65536u

/* --- tables ------------------------------------------------------------ */

static const char *reader_word(size_t i) { return pl_readers[i] ? pl_readers[i]->name : NULL; }

static const struct flag store_flags[] = {
    {.name = "codepage",
     .kind = FLAG_PAGE,
     .argument = "CP",
     .at = offsetof(struct store_options, codepage),
     .brief = "code page of 8-bit texts",
     .doc = "Read 8-bit texts in this Windows code page, for example 1252 or 932. Without it, the store, the "
            "folder or the item says which one."},
    {.name = "edb-profile",
     .kind = FLAG_FILE,
     .argument = "FILE",
     .at = offsetof(struct store_options, edb_profile),
     .brief = "how a database names its tables",
     .doc = "Read which tables and columns of an Exchange database play which part from this file, for "
            "a store whose names differ from the usual ones."},
    {.name = "memory",
     .kind = FLAG_SIZE,
     .argument = "SIZE",
     .at = offsetof(struct store_options, memory),
     .brief = "memory for caches (16M)",
     .doc = "Use up to SIZE bytes for caches; K, M and G are understood. The default is 16M. The program needs "
            "up to 40 MiB besides, however large the store is."},
    {.name = "reader",
     .kind = FLAG_TEXT,
     .argument = "NAME",
     .word = reader_word,
     .at = offsetof(struct store_options, reader),
     .brief = "read with this reader",
     .doc = "Read the store with this reader instead of the one that recognises it best; pimlift formats lists "
            "them."},
    {.name = "recover",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct store_options, recover),
     .brief = "also deleted and orphaned items",
     .doc =
         "Also look for deleted items that were not overwritten yet, for items that no folder leads to, and for "
         "invitations that mail left in the streaming file (.stm) of an Exchange database. They come in folders of "
         "their own; the ledger tells evidence and confidence of each."},
};

/* Of verbs that take any number of stores; what it names becomes operands. */
static const struct flag list_flag = {
    .name = "stores-from",
    .kind = FLAG_FILE,
    .argument = "FILE",
    .brief = "more stores: their paths in a file",
    .doc = "Take the paths of stores from this file too, - for standard input: one on each line, or each ended by "
           "NUL, as find -print0 writes them. They come after those on the command line. May be given again."};

/* Of verbs that read files; it is kept in the call, not in the options. */
static const struct flag sandbox_flag = {
    .name = "no-sandbox",
    .kind = FLAG_SWITCH,
    .brief = "do not confine the parsers",
    .doc =
        "Keep all rights of the process. Without it, before a file is read, the process gives up the right to open "
        "others than those it was told and what lies beside a store, to start programs and to use the network."};

/* Kept in the call too. */
static const struct flag say_flags[] = {
    {.letter = 'q',
     .name = "quiet",
     .kind = FLAG_SWITCH,
     .brief = "say only what went wrong",
     .doc = "Say nothing on stderr but what went wrong: no summary and no progress."},
    {.letter = 'v',
     .name = "verbose",
     .kind = FLAG_SWITCH,
     .brief = "say each fault, and each folder",
     .doc =
         "Say each fault of a store when it is met, with its code and place, and each folder that is begun, where "
         "a command goes through stores."},
};

static const struct flag help_flags[] = {
    {.letter = 'h', .name = "", .brief = "this summary", .doc = "Print a summary of the flags."},
    {.name = "help", .brief = "the long form", .doc = "Print everything about this command."},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct flag *flags_of(const struct verb *verb, size_t i)
{
    if (i < verb->flag_count)
        return &verb->flags[i];
    i -= verb->flag_count;
    if (verb->opens_stores) {
        if (i < COUNT(store_flags))
            return &store_flags[i];
        i -= COUNT(store_flags);
        if (verb->most == SIZE_MAX && i-- == 0)
            return &list_flag;
    }
    if (verb->most && !verb->plain && i-- == 0)
        return &sandbox_flag;
    if (verb->most && !verb->plain) {
        if (i < COUNT(say_flags))
            return &say_flags[i];
        i -= COUNT(say_flags);
    }
    return i < COUNT(help_flags) ? &help_flags[i] : NULL;
}

/* --- suggestions ------------------------------------------------------- */

const char *flags_nearer(const char *typed, const char *a, const char *b)
{
    const char *one = a && pl_slip_is(typed, a) ? a : NULL, *two = b && pl_slip_is(typed, b) ? b : NULL;
    if (!one || !two)
        return one ? one : two;
    return pl_slip_distance(typed, two) < pl_slip_distance(typed, one) ? two : one;
}

static const char *closest_flag(const struct verb *verb, const char *typed)
{
    const char *best = NULL;
    const struct flag *flag;
    for (size_t i = 0; (flag = flags_of(verb, i)); i++)
        best = flags_nearer(typed, best, flag->name);
    return best;
}

/* --- values ------------------------------------------------------------ */

struct parse {
    const struct verb *verb;
    struct pl_arena *arena;
    char *options;
    struct storelist operands;
    struct flag_list lists; /* files with more of them */
    struct flag_list files; /* all that were read meanwhile */
    bool unconfined, quiet, verbose;
    enum flags_outcome outcome;
};

const char *flag_word(const struct flag *flag, size_t i)
{
    return flag->choices ? flag->choices[i] : flag->word ? flag->word(i) : NULL;
}

static bool refuse(struct parse *p, const struct flag *flag, const char *value, const char *expected)
{
    say("--%s: '%s' is not %s (see pimlift %s -h)", flag->name, value, expected, p->verb->name);
    return false;
}

static bool parse_unsigned(const char *text, const char **end, uint64_t *out)
{
    char *stop;
    if (*text < '0' || *text > '9') /* strtoull takes signs and blanks */
        return false;
    errno = 0;
    *out = strtoull(text, &stop, 10);
    *end = stop;
    return errno == 0;
}

static bool set_number(struct parse *p, const struct flag *flag, const char *text)
{
    uint64_t value;
    const char *end;
    char expected[64];
    unsigned most = flag->most ? flag->most : 65535;
    if (!parse_unsigned(text, &end, &value) || *end || value < flag->least || value > most) {
        snprintf(expected, sizeof expected, "a number from %u to %u", flag->least, most);
        return refuse(p, flag, text, expected);
    }
    *(unsigned *)(void *)(p->options + flag->at) = (unsigned)value;
    return true;
}

static bool set_page(struct parse *p, const struct flag *flag, const char *text)
{
    uint64_t value;
    const char *end;
    if (!parse_unsigned(text, &end, &value) || *end || value > 65535 || !pl_codepage_known((unsigned)value))
        return refuse(p, flag, text, "a code page of Windows that is known, such as 1252 or 932");
    *(unsigned *)(void *)(p->options + flag->at) = (unsigned)value;
    return true;
}

static bool set_size(struct parse *p, const struct flag *flag, const char *text)
{
    static const char units[] = "KMGkmg";
    uint64_t value;
    const char *end;
    unsigned shift = 0;

    if (!parse_unsigned(text, &end, &value))
        return refuse(p, flag, text, "a size such as 16M");
    if (*end && strchr(units, *end))
        shift = 10 * (unsigned)((strchr(units, *end++) - units) % 3 + 1);
    if (shift && *end == 'i')
        end++;
    if ((*end == 'B' || *end == 'b') && !end[1])
        end++;
    if (*end || value == 0 || value > (SIZE_MAX / 2 >> shift))
        return refuse(p, flag, text, "a size such as 16M");
    *(size_t *)(void *)(p->options + flag->at) = (size_t)value << shift;
    return true;
}

/* YYYY-MM-DD, with or without Thh:mm:ssZ: always UTC, never the zone of this machine. */
static bool set_date(struct parse *p, const struct flag *flag, const char *text)
{
    struct pl_civil c = {0};
    int end = 0;
    static const char expected[] = "a date such as 2024-01-31 or 2024-01-31T12:00:00Z";

    bool date = sscanf(text, "%4d-%2d-%2d%n", &c.year, &c.month, &c.day, &end) == 3 && end == 10;
    if (date && text[end]) {
        int rest = 0;
        const char *clock = text + end;
        date = sscanf(clock, "T%2d:%2d:%2dZ%n", &c.hour, &c.minute, &c.second, &rest) == 3 && rest == 10 &&
               !clock[rest];
    }
    if (!date || c.year < 1601 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > pl_month_days(c.year, c.month) || c.hour > 23 || c.minute > 59 || c.second > 59)
        return refuse(p, flag, text, expected);
    *(struct flag_date *)(void *)(p->options + flag->at) =
        (struct flag_date){.set = true, .utc = pl_seconds_of_civil(&c)};
    return true;
}

/* Which of the values that there are it is. -1: none, said. */
static int word_find(const struct parse *p, const struct flag *flag, const char *text)
{
    char all[256] = "";
    const char *meant = NULL, *word;
    for (int i = 0; (word = flag_word(flag, (size_t)i)) != NULL; i++) {
        if (strcmp(word, text) == 0)
            return i;
        meant = flags_nearer(text, meant, word);
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", word);
    }
    if (meant)
        say("--%s: there is no '%s'; did you mean %s? (see pimlift %s -h)", flag->name, text, meant, p->verb->name);
    else
        say("--%s: '%s' is not one of %s (see pimlift %s -h)", flag->name, text, all, p->verb->name);
    return -1;
}

static bool set_choice(struct parse *p, const struct flag *flag, const char *text)
{
    int at = word_find(p, flag, text);
    if (at >= 0)
        *(int *)(void *)(p->options + flag->at) = at;
    return at >= 0;
}

static bool set_text(struct parse *p, const struct flag *flag, const char *text)
{
    if (flag->word && word_find(p, flag, text) < 0)
        return false;
    *(const char **)(void *)(p->options + flag->at) = text;
    return true;
}

static bool add_item(struct parse *p, struct flag_list *list, const char *text)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): options are all zero at first */
    const char **items = pl_arena_zalloc(p->arena, list->count + 1, sizeof *items);
    if (!items) {
        say("out of memory");
        return false;
    }
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count++] = text;
    list->items = items;
    return true;
}

static bool add_parts(struct parse *p, const struct flag *flag, struct flag_list *list, const char *text)
{
    char *copy = pl_arena_strdup(p->arena, text), *rest = copy, *part;
    if (!copy) {
        say("out of memory");
        return false;
    }
    while ((part = strsep(&rest, ",")) != NULL) {
        if (!*part)
            return refuse(p, flag, text, "a list with commas between its words");
        if (flag->word && word_find(p, flag, part) < 0)
            return false;
        if (!add_item(p, list, part))
            return false;
    }
    return true;
}

/* A text that is read whole: files of a few pages, written by hand. */
static bool set_file(struct parse *p, const struct flag *flag, const char *path)
{
    char *text = pl_arena_alloc(p->arena, FILE_MOST + 1);
    FILE *f = text ? fopen(path, "re") : NULL;
    if (!f) {
        say("--%s: %s: %s", flag->name, path, pl_source_why(text ? errno : ENOMEM));
        return false;
    }
    size_t size = fread(text, 1, FILE_MOST + 1, f);
    bool failed = ferror(f);
    int error = errno;
    fclose(f);
    if (failed || size > FILE_MOST || memchr(text, 0, size)) {
        say("--%s: %s: %s", flag->name, path, failed ? pl_source_why(error) : "not a text file of up to 64 KiB");
        return false;
    }
    text[size] = '\0';
    *(const char **)(void *)(p->options + flag->at) = text;
    return true;
}

static bool set_value(struct parse *p, const struct flag *flag, const char *text)
{
    void *at = flag == &sandbox_flag   ? (char *)&p->unconfined
               : flag == &say_flags[0] ? (char *)&p->quiet
               : flag == &say_flags[1] ? (char *)&p->verbose
                                       : p->options + flag->at;
    bool is_stdin = flag == &list_flag && strcmp(text, "-") == 0;
    if (flag->kind == FLAG_FILE && !add_item(p, &p->files, is_stdin ? "/dev/stdin" : text))
        return false;
    if (flag == &list_flag)
        return add_item(p, &p->lists, text);
    switch (flag->kind) {
    case FLAG_SWITCH: *(bool *)at = true; return true;
    case FLAG_TEXT: return set_text(p, flag, text);
    case FLAG_FILE: return set_file(p, flag, text);
    case FLAG_LIST: return add_item(p, at, text);
    case FLAG_SPLIT: return add_parts(p, flag, at, text);
    case FLAG_CHOICE: return set_choice(p, flag, text);
    case FLAG_NUMBER: return set_number(p, flag, text);
    case FLAG_PAGE: return set_page(p, flag, text);
    case FLAG_SIZE: return set_size(p, flag, text);
    case FLAG_DATE: return set_date(p, flag, text);
    }
    return false;
}

/* --- words ------------------------------------------------------------- */

static bool is_help(struct parse *p, const struct flag *flag)
{
    if (flag < help_flags || flag >= help_flags + COUNT(help_flags))
        return false;
    p->outcome = flag->letter ? FLAGS_BRIEF_HELP : FLAGS_HELP;
    return true;
}

/* The flag of that long name, or of a beginning that only one has. */
static const struct flag *find_long(struct parse *p, const char *word, size_t length)
{
    const struct flag *found = NULL, *flag;
    for (size_t i = 0; (flag = flags_of(p->verb, i)); i++) {
        if (!*flag->name || strncmp(flag->name, word, length) != 0)
            continue;
        if (!flag->name[length])
            return flag;
        if (found) {
            say("--%.*s can mean --%s or --%s (see pimlift %s -h)", (int)length, word, found->name, flag->name,
                p->verb->name);
            return NULL;
        }
        found = flag;
    }
    if (found)
        return found;
    char typed[PL_SLIP_MOST + 2];
    snprintf(typed, sizeof typed, "%.*s", (int)length, word);
    const char *meant = closest_flag(p->verb, typed);
    if (meant)
        say("there is no flag --%.*s; did you mean --%s? (see pimlift %s -h)", (int)length, word, meant,
            p->verb->name);
    else
        say("there is no flag --%.*s (see pimlift %s -h)", (int)length, word, p->verb->name);
    return NULL;
}

/* How many of the next words it used; 0 after a mistake, or for help. */
static int parse_long(struct parse *p, const char *word, const char *next)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct flag *flag = find_long(p, word, length);

    if (!flag || is_help(p, flag))
        return 0;
    if (!flag->argument) {
        if (equals) {
            say("--%s takes no value (see pimlift %s -h)", flag->name, p->verb->name);
            return 0;
        }
        return set_value(p, flag, "") ? 1 : 0;
    }
    if (equals)
        return set_value(p, flag, equals + 1) ? 1 : 0;
    if (!next) {
        say("--%s needs a value, %s (see pimlift %s -h)", flag->name, flag->argument, p->verb->name);
        return 0;
    }
    return set_value(p, flag, next) ? 2 : 0;
}

static const struct flag *find_letter(const struct verb *verb, char letter)
{
    for (size_t i = 0; flags_of(verb, i); i++)
        if (flags_of(verb, i)->letter == letter)
            return flags_of(verb, i);
    return NULL;
}

static int parse_letters(struct parse *p, const char *word, const char *next)
{
    for (; *word; word++) {
        const struct flag *flag = find_letter(p->verb, *word);
        if (!flag) {
            say("there is no flag -%c (see pimlift %s -h)", *word, p->verb->name);
            return 0;
        }
        if (is_help(p, flag))
            return 0;
        if (flag->argument) {
            if (word[1])
                return set_value(p, flag, word + 1) ? 1 : 0;
            if (next)
                return set_value(p, flag, next) ? 2 : 0;
            say("-%c needs a value, %s (see pimlift %s -h)", *word, flag->argument, p->verb->name);
            return 0;
        }
        if (!set_value(p, flag, ""))
            return 0;
    }
    return 1;
}

static bool parse_words(struct parse *p, int argc, char **argv)
{
    bool only_operands = false;
    for (int i = 0; i < argc;) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        int used = 1;
        if (only_operands || word[0] != '-' || !word[1])
            used = storelist_add(&p->operands, word, p->arena) ? 1 : 0;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (word[1] == '-')
            used = parse_long(p, word + 2, next);
        else
            used = parse_letters(p, word + 1, next);
        if (used == 0)
            return false;
        i += used;
    }
    return true;
}

static bool check_operands(const struct parse *p)
{
    const struct verb *verb = p->verb;
    if (p->operands.count < verb->fewest && p->lists.count) {
        say("--stores-from: there is no path in %s", p->lists.items[p->lists.count - 1]);
        return false;
    }
    if (p->operands.count < verb->fewest) {
        say("%s needs %s (see pimlift %s -h)", verb->name, verb->operands, verb->name);
        return false;
    }
    if (p->operands.count > verb->most) {
        say("%s: '%s' is one word too many (see pimlift %s -h)", verb->name, p->operands.paths[verb->most],
            verb->name);
        return false;
    }
    return true;
}

enum flags_outcome flags_parse(const struct verb *verb, int argc, char **argv, struct pl_arena *arena,
                               struct call *out)
{
    struct parse p = {.verb = verb, .arena = arena, .outcome = FLAGS_WRONG};

    p.options = pl_arena_zalloc(arena, 1, verb->options_size);
    if (!p.options) {
        say("out of memory");
        return FLAGS_WRONG;
    }
    if (!parse_words(&p, argc, argv))
        return p.outcome;
    for (size_t i = 0; i < p.lists.count; i++)
        if (!storelist_read(&p.operands, p.lists.items[i], arena))
            return FLAGS_WRONG;
    if (!check_operands(&p))
        return FLAGS_WRONG;
    *out = (struct call){.verb = verb,
                         .options = p.options,
                         .operands = p.operands.paths,
                         .operand_count = p.operands.count,
                         .files = p.files,
                         .unconfined = p.unconfined,
                         .quiet = p.quiet,
                         .verbose = p.verbose};
    return FLAGS_RUN;
}
