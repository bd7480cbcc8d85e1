/*
 * cmd_shares.c - `pimlift shares`: who shares what with whom.
 *
 * Layer: programs. Reads stores, or the folder of an earlier conversion. Machines get the
 * lines of the manifest as they are; people a table, which is made of the flat view in both
 * cases, so that it never tells another story.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record.h"
#include "say.h"
#include "share/lines.h"
#include "stores.h"
#include "text.h"
#include "verbs.h"

struct options {
    struct store_options store;
    bool json;
};

#define ROLE_WIDTH 18

/* --- the table: from lines of the flat view -------------------------------------------- */

enum column {
    KIND,
    STORE,
    OWNER,
    SMTP,
    DN,
    FOLDER,
    CLASS,
    ROLE,
    IS_DEFAULT,
    WHO_KIND,
    WHO,
    WHO_SMTP,
    WHO_DN,
    WHO_SID,
    RESOLVED,
    RIGHTS,
    NAME,
    FREEBUSY,
    SOURCE,
    CANONICAL,
    SEES_PRIVATE,
    COLUMNS
};

struct table {
    char *store, *place; /* what was printed last */
    size_t rows;
};

/* Cuts a line of CSV at its commas, in place. false: it is none of ours. */
static bool cut(char *line, char *cells[COLUMNS])
{
    char *from = line, *to = line;
    for (size_t i = 0; i < COLUMNS; i++) {
        bool quoted = *from == '"';
        cells[i] = to;
        from += quoted;
        while (*from && *from != '\n' && (quoted || *from != ',')) {
            if (quoted && *from == '"' && *++from != '"')
                break;
            *to++ = *from++;
        }
        if ((*from != ',') != (i + 1 == COLUMNS))
            return false;
        from++;
        *to++ = '\0';
        if (cells[i][0] == '\'' && cells[i][1] && strchr("=+-@", cells[i][1]))
            cells[i]++;
    }
    return true;
}

static bool changed(char **last, const char *now)
{
    if (*last && strcmp(*last, now) == 0)
        return false;
    free(*last);
    *last = strdup(now);
    return true;
}

static const char *place_of(char *const c[COLUMNS])
{
    static const struct {
        const char *kind, *place;
    } places[] = {
        {"delegate", "delegates"}, {"rule", "copies of meeting requests go to"}, {"subscription", "has opened"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(c[KIND], places[i].kind) == 0)
            return places[i].place;
    return *c[FOLDER] ? c[FOLDER] : "/";
}

static const char *what_of(char *const c[COLUMNS])
{
    if (strcmp(c[KIND], "subscription") == 0)
        return *c[ROLE] ? c[ROLE] : "folder";
    if (strcmp(c[KIND], "delegate") == 0)
        return strcmp(c[SEES_PRIVATE], "yes") == 0 ? "sees private" : "";
    return c[NAME];
}

static void print_who(char *const c[COLUMNS])
{
    static const enum column names[] = {WHO, WHO_SMTP, WHO_DN, WHO_SID};
    size_t printed = 0;
    if (strcmp(c[WHO_KIND], "default") == 0) {
        fputs("(everybody else)", stdout);
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!*c[names[i]])
            continue;
        fputs(printed ? ", " : "", stdout);
        say_text(stdout, c[names[i]]);
        if (++printed == 2)
            break;
    }
}

static void print_row(struct table *t, char *const c[COLUMNS])
{
    if (changed(&t->store, c[STORE])) {
        say_text(stdout, c[STORE]);
        fputs(*c[OWNER] ? ": " : "", stdout);
        say_text(stdout, c[OWNER]);
        putchar('\n');
        free(t->place);
        t->place = NULL;
    }
    if (changed(&t->place, place_of(c))) {
        fputs("  ", stdout);
        say_text(stdout, place_of(c));
        putchar('\n');
    }
    fputs("    ", stdout);
    say_padded(stdout, what_of(c), ROLE_WIDTH);
    fputs("  ", stdout);
    if (strcmp(c[KIND], "subscription") == 0 && *c[FOLDER]) {
        say_text(stdout, c[FOLDER]);
        fputs(*c[WHO_KIND] ? ", of " : "", stdout);
    }
    print_who(c);
    if (strcmp(c[CANONICAL], "no") == 0)
        fputs("  (list in an unusual order)", stdout);
    if (strcmp(c[SOURCE], "acldata") == 0) /* beside the list that the server obeyed */
        fputs("  (by acldata)", stdout);
    putchar('\n');
    t->rows++;
}

static void table_line(void *data, const char *json, const char *csv)
{
    struct table *t = data;
    char *cells[COLUMNS], *line = csv ? strdup(csv) : NULL;
    (void)json;
    if (line && cut(line, cells))
        print_row(t, cells);
    free(line);
}

static void table_end(struct table *t)
{
    free(t->store);
    free(t->place);
    t->store = t->place = NULL;
}

static void json_line(void *data, const char *json, const char *csv)
{
    (void)data;
    (void)csv;
    fputs(json, stdout);
}

/* --- stores -------------------------------------------------------------------------------- */

static bool wants(void *data, const char *message_class, bool associated)
{
    const struct pl_mapping *m = data;
    (void)associated;
    return pl_kind_of_system(message_class, m->place) >= 0;
}

static void items_put(struct store *s, struct pl_mapping *m, struct pl_share_lines *lines)
{
    const struct pl_wanted wanted = {wants, m};
    struct pl_item item;
    while (store_next_item(s, &wanted, &item)) {
        struct pl_record record;
        if (pl_map_item(m, &item, &record) > PL_LOST && !record.idle)
            pl_share_lines_put(lines, &record);
    }
}

static enum exit_status folders_put(struct store *s, struct pl_mapping *m, struct pl_share_lines *lines)
{
    struct pl_folder folder;
    pl_share_lines_store(lines, s->path, &s->session.reader.store);
    while (store_next_folder(s, &folder)) {
        struct pl_record record;
        s->report.folder = pl_session_path(&s->session, &folder);
        m->place = pl_place_kind(&folder);
        m->mailbox = folder.mailbox;
        pl_share_lines_mailbox(lines, folder.mailbox);
        if (pl_map_folder(m, &folder, &record) > PL_LOST)
            pl_share_lines_put(lines, &record);
        if (!folder.is_search && pl_session_open_folder(&s->session, folder.key) > PL_LOST)
            items_put(s, m, lines);
    }
    if (s->report.worst == PL_WARN) {
        say("%s: not everything that it tells can be read:", s->path);
        tally_print(stderr, &s->tally, "  ", 5);
    }
    store_say_losses(s);
    return pl_share_lines_failed(lines) ? EXIT_EARLY : store_status(s);
}

static enum exit_status visit(const struct call *call, struct store *s)
{
    const struct options *o = call->options;
    struct table table = {0};
    struct pl_share_lines lines;
    struct pl_mapping m = {.arena = &s->session.item_arena,
                           .report = &s->report,
                           .reader = &s->session.reader,
                           .text = pl_text_new(),
                           .codepage = o->store.codepage ? o->store.codepage : s->session.reader.store.codepage};
    enum exit_status status = EXIT_EARLY;
    pl_share_lines_init(&lines, o->json ? json_line : table_line, &table);
    if (m.text)
        status = folders_put(s, &m, &lines);
    if (!m.text || pl_share_lines_failed(&lines))
        say("%s: out of memory", s->path);
    else if (!o->json && !table.rows)
        say("%s: nothing in it tells of sharing", s->path);
    table_end(&table);
    pl_share_lines_release(&lines);
    pl_text_free(m.text);
    return status;
}

/* --- the folder of a conversion --------------------------------------------------------------- */

static enum exit_status folder_read(const struct options *o, const char *dir)
{
    static const char *const names[] = {"sharing.csv", "sharing.jsonl"};
    char path[4096], *line = NULL;
    size_t room = 0, number = 0;
    struct table table = {0};
    int n = snprintf(path, sizeof path, "%s/%s", dir, names[o->json]);
    FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;
    if (!file) {
        say("%s: there is no %s in it; convert writes it", dir, names[o->json]);
        return EXIT_NOTHING;
    }
    while (getline(&line, &room, file) > 0 && !say_deaf()) {
        if (o->json)
            fputs(line, stdout);
        else if (number++)
            table_line(&table, NULL, line);
    }
    bool bad = ferror(file) != 0;
    if (!o->json && !table.rows && !bad)
        say("%s: nothing in it tells of sharing", dir);
    table_end(&table);
    free(line);
    fclose(file);
    if (bad)
        say("%s: cannot be read", path);
    return bad ? EXIT_EARLY : EXIT_WHOLE;
}

static enum exit_status run(const struct call *call)
{
    enum exit_status worst = EXIT_WHOLE;
    for (size_t i = 0; i < call->operand_count && worst != EXIT_EARLY; i++) {
        struct call one = *call;
        struct stat st;
        one.operands = &call->operands[i];
        one.operand_count = 1;
        bool is_folder = stat(call->operands[i], &st) == 0 && S_ISDIR(st.st_mode);
        enum exit_status status =
            is_folder ? folder_read(call->options, call->operands[i]) : stores_visit(&one, visit);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: the lines of the manifest",
     .doc = "Print the lines of sharing.jsonl, one JSON object each, as docs/sharing.md describes them."},
};

const struct verb cmd_shares = {
    .name = "shares",
    .operands = "STORE|DIR...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "who shares what with whom",
    .doc =
        "Print the rights on folders, the delegates and the opened folders of others, of stores or of the output "
        "folder of convert. Rights are shown by the names that Outlook has for them; somebody who is listed has "
        "those and no others, also where everybody else has more.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .opens_stores = true,
    .options_size = sizeof(struct options),
    .run = run,
};
