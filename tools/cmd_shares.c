/*
 * cmd_shares.c - `pimlift shares`: who shares what with whom.
 *
 * Layer: programs. Reads stores, or the folder of an earlier conversion. Machines get the
 * lines of the manifest as they are; people a table, which is made of the flat view in both
 * cases, so that it never tells another story.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "formula.h"
#include "idmap.h"
#include "memory.h"
#include "people.h"
#include "record.h"
#include "say.h"
#include "share/lines.h"
#include "share/preview.h"
#include "share/target.h"
#include "shares_tree.h"
#include "shares_views.h"
#include "sharing.h"
#include "stores.h"
#include "text.h"
#include "verbs.h"

struct options {
    struct store_options store;
    bool json, dry_run, problems;
    const char *target, *explain, *policy, *output, *depends;
    struct flag_list maps, accounts;
};

#define ROLE_WIDTH   18
#define TARGET_MOST  ((size_t)256 << 20)
#define EXPLAIN_MOST ((size_t)1 << 20)

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
    char *store, *owner, *place; /* what was printed last */
    size_t rows;
};

/* Takes the apostrophes away that keep a spreadsheet from running a cell. */
static void unmark(char *cell)
{
    char *to = cell;
    bool begins = true;
    for (const char *from = cell; *from; from++) {
        if (begins && *from == '\'' && pl_formula_marked(from + 1))
            from++;
        begins = *from == ';';
        *to++ = *from;
    }
    *to = '\0';
}

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
        unmark(cells[i]);
    }
    return true;
}

static bool changed(char **last, const char *now)
{
    if (*last && strcmp(*last, now) == 0)
        return false;
    free(*last);
    *last = strdup(now);
    if (!*last)
        pl_memory_missed();
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

/* Whether a row is of another mailbox: two of one name have other addresses. */
static bool other_mailbox(struct table *t, char *const c[COLUMNS])
{
    char *owner = NULL;
    bool other = changed(&t->store, c[STORE]);
    if (asprintf(&owner, "%s\n%s\n%s", c[OWNER], c[SMTP], c[DN]) < 0) {
        pl_memory_missed();
        return true;
    }
    other = changed(&t->owner, owner) || other;
    free(owner);
    return other;
}

static void print_row(struct table *t, char *const c[COLUMNS])
{
    if (other_mailbox(t, c)) {
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
    if (csv && !line)
        pl_memory_missed();
    if (line && cut(line, cells))
        print_row(t, cells);
    free(line);
}

static void table_end(struct table *t)
{
    free(t->store);
    free(t->owner);
    free(t->place);
    t->store = t->owner = t->place = NULL;
}

static void json_line(void *data, const char *json, const char *csv)
{
    (void)csv;
    fputs(json, data);
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
    const struct pl_wanted wanted = {.wants = wants, .data = m};
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

/* Where the lines of a store go: to people, or to a file of lines. */
struct destination {
    struct table table;
    FILE *lines;
};

/* NULL: nobody is known, which was said. */
static struct pl_people *people_of(const struct options *o, struct store *s, struct pl_text *text)
{
    struct pl_people *people = text ? pl_people_new() : NULL;
    enum pl_status st = people ? PL_OK : PL_STOP;
    for (size_t i = 0; i < o->maps.count && st != PL_STOP; i++)
        st = pl_idmap_load(o->maps.items[i], text, people, &s->report);
    if (o->maps.count && st != PL_STOP)
        st = pl_idmap_disputes(people, &s->report);
    if (st != PL_STOP)
        return people;
    say("%s: there is no room for what is known of people", s->path);
    pl_people_free(people);
    return NULL;
}

static enum exit_status store_put(const struct options *o, struct store *s, struct destination *to)
{
    struct pl_share_lines lines;
    struct pl_mapping m = {.arena = &s->session.item_arena,
                           .report = &s->report,
                           .reader = &s->session.reader,
                           .text = pl_text_new(),
                           .codepage = o->store.codepage ? o->store.codepage : s->session.reader.store.codepage};
    enum exit_status status = EXIT_EARLY;
    m.people = people_of(o, s, m.text);
    if (to->lines)
        pl_share_lines_init(&lines, json_line, to->lines);
    else
        pl_share_lines_init(&lines, table_line, &to->table);
    if (m.people)
        status = folders_put(s, &m, &lines);
    if (pl_share_lines_failed(&lines))
        say("%s: out of memory", s->path);
    pl_share_lines_release(&lines);
    pl_people_free(m.people);
    pl_text_free(m.text);
    return status;
}

/* --- a target --------------------------------------------------------------------------------- */

static const struct pl_target *target_named(const char *name)
{
    for (size_t i = 0; pl_targets[i]; i++)
        if (strcmp(pl_targets[i]->name, name) == 0)
            return pl_targets[i];
    return NULL;
}

struct printing {
    const struct pl_target *target;
    const struct accounts *accounts;
    struct pl_buf out;
};

static void print_folder(void *data, const struct pl_plan_folder *folder)
{
    struct printing *p = data;
    p->target->folder(&p->out, folder);
}

static const char *account_of(void *data, const struct pl_plan_box *box)
{
    const struct printing *p = data;
    return p->accounts ? accounts_name(p->accounts, box) : NULL;
}

/* What prints: the target, or with --dry-run what tells of it. */
static const struct pl_target *printer(const struct options *o)
{
    if (!o->dry_run)
        return target_named(o->target);
    return o->json ? &pl_preview_lines : &pl_preview_table;
}

static const struct {
    const char *name;
    enum pl_policy policy;
} policies[] = {{"server", PL_POLICY_SERVER}, {"strict", PL_POLICY_STRICT}, {"compat", PL_POLICY_COMPAT}};

static const char *policy_word(size_t i)
{
    return i < sizeof policies / sizeof *policies ? policies[i].name : NULL;
}

static const char *target_word(size_t i) { return pl_targets[i] ? pl_targets[i]->name : NULL; }

static enum pl_policy policy_of(const struct options *o)
{
    for (size_t i = 0; o->policy && policy_word(i); i++)
        if (strcmp(o->policy, policies[i].name) == 0)
            return policies[i].policy;
    return PL_POLICY_SERVER;
}

/* Nothing is printed unless all of it can be: a part could lack those who are denied. */
static enum exit_status target_print(const struct call *call, const struct accounts *accounts, FILE *lines)
{
    const struct options *o = call->options;
    struct printing p = {.target = printer(o), .accounts = accounts};
    const struct pl_model *model = pl_model_named(o->target);
    struct pl_plan plan;
    pl_buf_init(&p.out, TARGET_MOST);
    pl_plan_init(&plan, model, print_folder, &p);
    plan.policy = policy_of(o);
    plan.account = account_of;
    p.target->begin(&p.out);
    shares_each_line(lines, &plan, pl_plan_learn);
    shares_each_line(lines, &plan, pl_plan_line);
    pl_plan_end(&plan);
    bool good = !plan.failed && !p.out.failed;
    if (good) {
        fputs(p.out.data ? p.out.data : "", stdout);
        if (!call->quiet)
            shares_say_plan(&plan.totals);
    } else if (plan.totals.bad) {
        say("the manifest has lines that are not its own; nothing was made of it");
    } else {
        say("the manifest can't be read, or is too long; nothing was made of it");
    }
    pl_plan_release(&plan);
    pl_buf_release(&p.out);
    return good ? EXIT_WHOLE : EXIT_EARLY;
}

static enum exit_status visit(const struct call *call, struct store *s)
{
    const struct options *o = call->options;
    struct destination to = {.lines = o->target ? pl_file_temporary() : o->json ? stdout : NULL};
    if (o->target && !to.lines) {
        say("%s: a temporary file can't be made", s->path);
        return EXIT_EARLY;
    }
    enum exit_status status = store_put(o, s, &to);
    if (!to.lines && status != EXIT_EARLY && !to.table.rows)
        say("%s: nothing in it tells of sharing", s->path);
    table_end(&to.table);
    if (o->target) {
        enum exit_status printed = status == EXIT_EARLY ? status : target_print(call, NULL, to.lines);
        status = printed > status ? printed : status;
        fclose(to.lines);
    }
    return status;
}

/* --- the folder of a conversion --------------------------------------------------------------- */

static enum exit_status folder_print(const struct options *o, const char *dir, FILE *file)
{
    struct table table = {0};
    char *line = NULL;
    size_t room = 0, number = 0;
    while (pl_line_read(&line, &room, file) > 0 && !say_deaf()) {
        if (o->json)
            fputs(line, stdout);
        else if (number++)
            table_line(&table, NULL, line);
    }
    if (!o->json && !table.rows && !ferror(file))
        say("%s: nothing in it tells of sharing", dir);
    table_end(&table);
    free(line);
    if (!ferror(file))
        return EXIT_WHOLE;
    say("%s: its manifest can't be read", dir);
    return EXIT_EARLY;
}

static enum exit_status folder_apply(const struct call *call, const char *dir, FILE *file)
{
    const struct options *o = call->options;
    struct accounts accounts;
    enum exit_status status = EXIT_NOTHING;
    const struct shares_tree request = {.target = target_named(o->target),
                                        .policy = policy_of(o),
                                        .from = dir,
                                        .to = o->output,
                                        .quiet = call->quiet};
    if (accounts_open(&accounts, dir, &o->accounts, o->output))
        status = o->output && !o->dry_run ? shares_tree_write(&request, &accounts, file)
                                          : target_print(call, &accounts, file);
    accounts_close(&accounts);
    return status;
}

static enum exit_status folder_read(const struct call *call, const char *dir)
{
    const struct options *o = call->options;
    bool lines = o->json || o->target || o->depends || o->problems;
    const char *name = lines ? "sharing.jsonl" : "sharing.csv";
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = n > 0 && (size_t)n < sizeof path ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    if (!file) {
        say("%s: there is no %s in it; convert writes it", dir, name);
        return EXIT_NOTHING;
    }
    enum exit_status status = o->target     ? folder_apply(call, dir, file)
                              : o->depends  ? shares_depends(dir, file, o->depends, o->json)
                              : o->problems ? shares_problems(dir, file, o->json)
                                            : folder_print(o, dir, file);
    fclose(file);
    return status;
}

/* --- who somebody is ----------------------------------------------------------------------------- */

static void print_statement(void *data, const struct pl_statement *s)
{
    const char *const names[] = {s->name, s->smtp, s->dn, s->sid};
    size_t *said = data;
    char votes[32];
    printf("  %-14s %8s  ", pl_said_name(s->said), say_count(s->votes ? s->votes : 1, votes));
    for (size_t i = 0, printed = 0; i < sizeof names / sizeof *names; i++)
        if (names[i]) {
            fputs(printed++ ? ", " : "", stdout);
            say_text(stdout, names[i]);
        }
    fputs("  (", stdout);
    say_text(stdout, s->place ? s->place : "");
    puts(")");
    ++*said;
}

static void print_known(const char *what, const struct pl_known *known)
{
    if (!known->text && !known->disputed)
        return;
    printf("  %-10s ", what);
    if (known->disputed) {
        puts("the best sources disagree, so nothing is used");
        return;
    }
    say_text(stdout, known->text);
    printf("  (%s, %s)\n", pl_said_name(known->said), known->trust <= PL_TRUST_STORE ? "proof" : "learned");
}

static enum exit_status explain(const char *dir, const char *who)
{
    char path[4096];
    const char *why = "the path is too long";
    struct pl_key key = {.text = who};
    struct pl_identity known;
    struct pl_arena arena;
    size_t said = 0;
    int n = snprintf(path, sizeof path, "%s/ledger.db", dir);
    if (!pl_key_kind_of(who, &key.kind)) {
        say("--explain: '%s' is no address, directory name or SID; names alone match nobody", who);
        return EXIT_NOTHING;
    }
    struct pl_people *people = n > 0 && (size_t)n < sizeof path ? pl_people_open(path, &why) : NULL;
    if (!people) {
        say("%s: %s", dir, why);
        return EXIT_NOTHING;
    }
    pl_arena_init(&arena, EXPLAIN_MOST);
    puts("said by            times");
    enum pl_status st = pl_people_explain(people, key, print_statement, &said);
    if (st != PL_STOP && said)
        st = pl_people_find(people, key, PL_TRUST_MESSAGE, &arena, &known);
    if (st == PL_OK && said) {
        puts("so it is");
        print_known("name", &known.name);
        print_known("address", &known.smtp);
        print_known("directory", &known.dn);
        print_known("SID", &known.sid);
    } else if (st != PL_STOP) {
        puts(said ? "which is not enough for rights" : "  nobody");
    }
    pl_arena_release(&arena);
    pl_people_free(people);
    if (st == PL_STOP)
        say("%s: its people can't be read", dir);
    return st == PL_STOP ? EXIT_EARLY : EXIT_WHOLE;
}

/* What can be wrong with the request as a whole; said. */
static bool is_sensible(const struct call *call)
{
    const struct options *o = call->options;
    char why[PL_IDMAP_WHY];
    if ((o->policy || o->dry_run) && !o->target) {
        say("%s goes with --target", o->policy ? "--policy" : "--dry-run");
        return false;
    }
    if ((o->explain != NULL) + (o->depends != NULL) + o->problems + (o->target != NULL) > 1) {
        say("give one of --explain, --depends, --problems and --target");
        return false;
    }
    if (o->accounts.count && !o->target) {
        say("--account says whose account a mailbox becomes with a --target: give one, or leave it out");
        return false;
    }
    const struct pl_target *target = o->target ? target_named(o->target) : NULL;
    if (o->output && !(target && target->tree)) {
        say("-o goes with a --target that has a tree of files: radicale, sogo, davical or cyrus");
        return false;
    }
    if (target && !target->begin && !o->output && !o->dry_run) {
        say("--target %s: -o DIR is needed, a new or empty folder for its files", o->target);
        return false;
    }
    if (o->target && call->operand_count > 1) {
        say("--target: give one store, or the folder of a conversion of all");
        return false;
    }
    for (size_t i = 0; i < o->maps.count; i++)
        if (pl_idmap_check(o->maps.items[i], why) != PL_OK) {
            say("--identity-map: %s", why);
            return false;
        }
    return true;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum exit_status one_run(const struct call *call)
{
    const struct options *o = call->options;
    const char *operand = call->operands[0];
    bool of_folder = is_folder(operand);
    const char *only = o->explain          ? "--explain"
                       : o->depends        ? "--depends"
                       : o->problems       ? "--problems"
                       : o->output         ? "-o"
                       : o->accounts.count ? "--account"
                                           : NULL;
    if (only && !of_folder && access(operand, F_OK) != 0) {
        say("%s: there is no such folder; check the path", operand);
        return EXIT_NOTHING;
    }
    if (only && !of_folder) {
        say("%s: %s goes with the folder that convert wrote; give that", operand, only);
        return EXIT_NOTHING;
    }
    if (o->explain)
        return explain(operand, o->explain);
    static const struct visits visits = {.store = visit};
    return of_folder ? folder_read(call, operand) : stores_visit(call, &visits);
}

/* The lines of stores, which are those of their manifest: busy time is compared in all of them together. */
static bool needs_all(const struct call *call)
{
    const struct options *o = call->options;
    bool all =
        o->json && !o->target && !o->explain && !o->depends && !o->problems && !o->output && !o->accounts.count;
    for (size_t i = 0; i < call->operand_count; i++)
        all = all && !is_folder(call->operands[i]);
    return all;
}

static enum exit_status run(const struct call *call)
{
    struct outcome outcome = {.worst = EXIT_WHOLE};
    if (!is_sensible(call))
        return EXIT_NOTHING;
    if (needs_all(call))
        return sharing_print(call, &((const struct options *)call->options)->store,
                             &((const struct options *)call->options)->maps);
    for (size_t i = 0; i < call->operand_count && outcome.worst != EXIT_EARLY; i++) {
        struct call one = *call;
        one.operands = &call->operands[i];
        one.operand_count = 1;
        outcome_add(&outcome, one_run(&one));
    }
    return outcome_status(&outcome);
}

static bool spares_scratch(const struct call *call) { return !needs_all(call); }

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: the lines of the manifest",
     .doc = "Print the lines of sharing.jsonl, one JSON object each, as docs/sharing.md describes them. Of stores "
            "these are the lines that convert writes of them together; published busy time is compared with "
            "the calendars for that, in a temporary folder."},
    {.name = "identity-map",
     .kind = FLAG_LIST,
     .argument = "FILE",
     .path = PATH_READ,
     .at = offsetof(struct options, maps),
     .brief = "who is who, CSV or LDIF; repeatable",
     .doc =
         "Read from this file who is who, as docs/identities.md describes it, and resolve the people of stores by "
         "it. What convert wrote has been resolved by its own maps. May be given again."},
    {.name = "explain",
     .kind = FLAG_TEXT,
     .argument = "WHO",
     .at = offsetof(struct options, explain),
     .brief = "what is known of an address, name or SID",
     .doc = "Print everything that the stores and maps of a conversion say of one person, given by an address, a "
            "directory name or a SID, and what follows from it."},
    {.letter = 'o',
     .name = "output",
     .kind = FLAG_TEXT,
     .argument = "DIR",
     .at = offsetof(struct options, output),
     .path = PATH_WRITTEN,
     .brief = "with --target: a tree of files, items and all",
     .doc = "Write what --target applies into this new or empty folder, together with the items, out of the folder "
            "of a "
            "conversion with --layout item."},
    {.name = "account",
     .kind = FLAG_LIST,
     .argument = "DIR=NAME",
     .at = offsetof(struct options, accounts),
     .brief = "whose account a mailbox becomes; repeatable",
     .doc = "With --target: the mailbox that convert put into DIR becomes the account NAME of the other system. "
            "Otherwise "
            "an account is the local part of the owner's address, which a PST does not tell; and public folders "
            "have no owner (public=NAME). May be given again."},
    {.name = "depends",
     .kind = FLAG_TEXT,
     .argument = "STORE",
     .at = offsetof(struct options, depends),
     .brief = "what stops working without a store, or all",
     .doc = "Print what others use in this store, as the manifest names it, and who: shared folders, folders that "
            "somebody has opened, published busy time. With all, of every store, and of those that are not there."},
    {.name = "problems",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, problems),
     .brief = "what the manifest says is wrong",
     .doc =
         "Print the problems that the manifest of a conversion or merge tells of: lists of rights, and published "
         "busy time that does not agree with the calendars."},
    {.name = "target",
     .kind = FLAG_TEXT,
     .argument = "NAME",
     .word = target_word,
     .at = offsetof(struct options, target),
     .brief = "what applies it: radicale, exchange, graph ...",
     .doc =
         "Print what applies the sharing to another system: radicale (a rights file), exchange, google (tables), "
         "graph, nextcloud, caldav, zimbra or grommunio (lines of JSON); scripts in docs/cookbook read these. With "
         "--output it is a tree of files with all items: radicale (collections and the rights file), sogo (a file "
         "for sogo-tool restore for each account), davical (collections and SQL) or cyrus (collections and access "
         "lists). Nobody is granted more than "
         "the source grants, unless --policy compat is given; what a target can't express stands in the output and "
         "is summed up."},
    {.name = "policy",
     .kind = FLAG_TEXT,
     .argument = "POLICY",
     .word = policy_word,
     .at = offsetof(struct options, policy),
     .brief = "what counts as granted: server, strict or compat",
     .doc =
         "Where a target can't hide the items that are marked private from people who read a folder: server (the "
         "default) lets read there who could read at the server, which hid none of them from him; strict lets read "
         "only who saw them in Outlook. Neither grants more than the source. With compat, as server, a word may be "
         "used that gives a little more where the target has none that is closer: in Radicale and Zimbra, who "
         "changes "
         "items may then also delete or rename the folder. Each such grant is told."},
    {.letter = 'n',
     .name = "dry-run",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, dry_run),
     .brief = "with --target: what it would set, and what is lost",
     .doc =
         "With --target: print a table of every grant, the words that the target has for it and what they lack, in "
         "place of what applies them. With --json, one object a line for each grant."},
};

static const struct example examples[] = {
    {"Who may do what in which folder", "pimlift shares priv1.edb"},
    {"The same of a conversion, as rights for a server", "pimlift shares out --target radicale > rights"},
    {"What others use in each store", "pimlift shares out --depends all"},
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
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .needs_scratch = true,
    .spares_scratch = spares_scratch,
    .options_size = sizeof(struct options),
    .run = run,
};
