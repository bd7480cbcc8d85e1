/*
 * cmd_why.c - `pimlift why`: where an object of an output came from, and what made its lines.
 *
 * Layer: programs. The work is pl_why(); here are the words. Which store it will read stands in the folder, so
 * run.json is read before rights are given up.
 */
#include "why.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dump_value.h"
#include "json.h"
#include "ledger_why.h"
#include "operands.h"
#include "say.h"
#include "table.h"
#include "tally.h"
#include "verbs.h"

#define RAW_DEFAULT 32u
#define TEXT_SHOWN  110u /* of a line */
#define OBJECTS     8u   /* that are taken apart at once */

struct options {
    bool json;
    unsigned raw;
};

struct answer {
    const struct call *call;
    struct pl_why_request request;
    uint64_t found, taken;
    bool by_file;
    struct tally *tally;
    enum exit_status status;
};

/* --- for people ------------------------------------------------------------------------ */

static void pair(const char *name, const char *value)
{
    if (!value || !*value)
        return;
    printf("%-10s ", name);
    say_text(stdout, value);
    putchar('\n');
}

static void print_raw(const struct pl_prop *p, unsigned most)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < p->count; i++)
        size += p->values[i].raw.size;
    if (p->stream.size) {
        printf(" %" PRIu64 " bytes, in a stream", p->stream.size);
        return;
    }
    printf(" %" PRIu64 " bytes", size);
    for (uint32_t i = 0; i < p->count && most; i++) {
        const struct pl_bytes raw = p->values[i].raw;
        putchar(i ? ',' : ':');
        putchar(' ');
        for (size_t at = 0; at < raw.size && most; at++, most--)
            printf("%02x", raw.data[at]);
    }
    if (size && !most)
        fputs("...", stdout);
}

static const struct pl_why_part *part_of(const struct pl_why *w, const struct pl_prop *p)
{
    for (size_t i = 0; i < w->part_count; i++)
        if (w->parts[i].prop == p)
            return &w->parts[i];
    return NULL;
}

static void print_prop(const struct pl_why *w, const struct pl_prop *p, unsigned most)
{
    const struct pl_why_part *part = part_of(w, p);
    const char *name = pl_pid_name((enum pl_pid)p->pid);
    printf("  0x%08" PRIx32 " ", p->tag);
    say_text(stdout, *name ? name : p->name && p->name->text ? p->name->text : "-");
    print_raw(p, most);
    if (!part)
        fputs("; not read", stdout);
    else if (part->decides)
        fputs("; decides what the item becomes", stdout);
    else if (part->needed)
        fputs("; without it there is no object", stdout);
    else if (w->line_count)
        printf("; made %" PRIu64 " of the lines", part->lines);
    putchar('\n');
}

static void print_line(const struct pl_why *w, size_t line)
{
    char text[TEXT_SHOWN + 1];
    bool first = true;
    snprintf(text, sizeof text, "%s", w->lines[line]);
    fputs("  ", stdout);
    say_text(stdout, text);
    fputs(strlen(w->lines[line]) > TEXT_SHOWN ? "...\n" : "\n", stdout);
    for (size_t i = 0; i < w->part_count; i++) {
        if (!w->made[line * w->part_count + i])
            continue;
        fputs(first ? "      " : ", ", stdout);
        fputs(w->parts[i].name, stdout);
        first = false;
    }
    if (!first)
        putchar('\n');
}

static void print_head(const struct pl_why *w, const char *fault)
{
    const struct pl_row *r = w->row;
    char offset[32];
    snprintf(offset, sizeof offset, "%" PRIu64, r->offset);
    pair("uid", r->uid);
    pair("file", r->file);
    pair("store", r->store);
    pair("kind", w->kind);
    pair("print", fault ? fault : "size and digest of the store are those of the run");
    pair("folder", r->folder);
    pair("key", r->key);
    pair("offset", r->offset == PL_NO_OFFSET ? NULL : offset);
    pair("class", r->message_class);
    pair("remark", r->reason);
    pair("evidence", r->evidence);
    pair("confidence", r->confidence);
    if (w->line_count)
        pair("digest", w->same ? "made again, the object is the one in the ledger"
                               : "made again, the object is another one than in the ledger");
}

static void print_why(const struct pl_why *w, const struct options *o, const char *fault)
{
    print_head(w, fault);
    if (!w->item) {
        puts("the store does not have this item any more");
        return;
    }
    puts("properties");
    for (size_t i = 0; i < w->item->props.count; i++)
        print_prop(w, &w->item->props.props[i], o->raw ? o->raw : RAW_DEFAULT);
    printf("recipients %zu, attachments %zu\n", w->item->recipient_count, w->item->attachment_count);
    if (w->line_count)
        puts("lines, and what makes them: without it, or with another value, they are missing or others");
    for (size_t i = 0; i < w->line_count; i++)
        print_line(w, i);
}

/* --- for scripts ------------------------------------------------------------------------- */

static void json_row(struct json *j, const struct pl_row *r)
{
    json_pair_text(j, "uid", r->uid);
    json_pair_text(j, "file", r->file);
    json_pair_text(j, "store", r->store);
    json_pair_text(j, "folder", r->folder);
    json_pair_text(j, "key", r->key);
    if (r->offset != PL_NO_OFFSET)
        json_pair_unsigned(j, "offset", r->offset);
    json_pair_text(j, "class", r->message_class);
    json_pair_text(j, "remark", r->reason);
    if (r->evidence)
        json_pair_text(j, "evidence", r->evidence);
    if (r->confidence)
        json_pair_text(j, "confidence", r->confidence);
}

static void json_why(const struct pl_why *w, const char *fault)
{
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_row(&j, w->row);
    json_pair_text(&j, "kind", w->kind);
    json_pair_text(&j, "store_fault", fault);
    json_pair_bool(&j, "same", w->same);
    if (w->item) {
        json_key(&j, "properties");
        dump_bag(&j, w->reader, NULL, &w->item->props);
    }
    json_key(&j, "parts");
    json_begin_array(&j);
    for (size_t i = 0; i < w->part_count; i++) {
        json_begin_object(&j);
        json_pair_text(&j, "name", w->parts[i].name);
        json_pair_bool(&j, "needed", w->parts[i].needed);
        json_pair_bool(&j, "decides", w->parts[i].decides);
        json_pair_unsigned(&j, "lines", w->parts[i].lines);
        json_end_object(&j);
    }
    json_end_array(&j);
    json_key(&j, "lines");
    json_begin_array(&j);
    for (size_t line = 0; line < w->line_count; line++) {
        json_begin_object(&j);
        json_pair_text(&j, "text", w->lines[line]);
        json_key(&j, "by");
        json_begin_array(&j);
        for (size_t i = 0; i < w->part_count; i++)
            if (w->made[line * w->part_count + i])
                json_text(&j, w->parts[i].name);
        json_end_array(&j);
        json_end_object(&j);
    }
    json_end_array(&j);
    json_end_object(&j);
    json_end_line(&j);
}

/* --- the answer ----------------------------------------------------------------------------- */

/* Of the store, or of the file that belongs to it. */
static const char *store_fault(const struct pl_json *told)
{
    bool missing;
    const struct pl_json *beside = pl_json_member(told, "beside");
    const char *fault = pl_request_file_fault(told, &missing);
    for (const struct pl_json *b = beside ? beside->child : NULL; b && !fault; b = b->next)
        fault = pl_request_file_fault(b, &missing);
    return fault;
}

static void tell(void *data, const struct pl_why *w)
{
    struct answer *a = data;
    const struct options *o = a->call->options;
    const char *fault = store_fault(pl_request_store(a->request.made_with, w->row->store));
    if (o->json)
        json_why(w, fault);
    else
        print_why(w, o, fault);
    if (fault)
        say("%s: not the store that was read: %s", w->row->store, fault);
    if (!w->item || fault)
        a->status = EXIT_LOSSES;
}

/* One of many objects of a file: a line. */
static void list_row(const struct answer *a, const struct pl_row *r)
{
    const struct options *o = a->call->options;
    struct json j;
    if (o->json) {
        json_init(&j, stdout);
        json_begin_object(&j);
        json_row(&j, r);
        json_end_object(&j);
        json_end_line(&j);
        return;
    }
    say_text(stdout, r->uid ? r->uid : "-");
    fputs("  ", stdout);
    say_text(stdout, r->store);
    fputs("  ", stdout);
    say_text(stdout, r->folder);
    fputs("  ", stdout);
    say_text(stdout, r->key ? r->key : "-");
    putchar('\n');
}

static void count_row(void *data, const struct pl_row *row)
{
    struct answer *a = data;
    a->by_file = !row->uid || strcmp(row->uid, a->call->operands[1]) != 0;
    a->found++;
}

static void take_row(void *data, const struct pl_row *row)
{
    struct answer *a = data;
    if (a->by_file && a->found > 1) {
        list_row(a, row);
        return;
    }
    if (a->taken == OBJECTS || a->status == EXIT_EARLY)
        return;
    if (a->taken++ && !((const struct options *)a->call->options)->json)
        putchar('\n');
    a->request.report->store = row->store;
    if (pl_why(&a->request, row, tell, a) == PL_STOP) {
        for (size_t i = 0; i < a->tally->count; i++)
            if (a->tally->rows[i].severity == PL_STOP)
                say("%s: %s", row->store, a->tally->rows[i].first);
        a->status = EXIT_EARLY;
    }
}

/* A file below DIR as the ledger names it: its path from there, given so, or as the shell has it. false: it is
 * none.
 */
static bool below(const char *dir, const char *path, bool from_there, char out[PATH_MAX])
{
    char joined[PATH_MAX], top[PATH_MAX], file[PATH_MAX];
    struct stat st;
    int size = snprintf(joined, sizeof joined, "%s%s%s", from_there ? dir : "", from_there ? "/" : "", path);
    if (size < 0 || (size_t)size >= sizeof joined || !realpath(dir, top) || !realpath(joined, file) ||
        lstat(file, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    size_t length = strlen(top);
    if (strncmp(file, top, length) != 0 || file[length] != '/')
        return false;
    snprintf(out, PATH_MAX, "%s", file + length + 1);
    return true;
}

static enum exit_status answer(struct answer *a, const char *ledger)
{
    const char *dir = a->call->operands[0], *asked = a->call->operands[1], *why;
    char path[PATH_MAX];
    bool is_file = false;
    enum pl_status st = pl_ledger_find(ledger, asked, count_row, a, &why);
    for (int from_there = 1; from_there >= 0 && st == PL_END; from_there--)
        if (below(dir, asked, from_there, path)) {
            is_file = true;
            st = pl_ledger_find(ledger, path, count_row, a, &why);
        }
    if (is_file)
        asked = path;
    if (st == PL_STOP) {
        say("%s: %s", ledger, why);
        return EXIT_NOTHING;
    }
    if (st == PL_END && is_file) {
        say("%s: no object of an item is in this file; ask for the UID of an event or a contact", asked);
        return EXIT_NOTHING;
    }
    if (st == PL_END) {
        say("%s: no item with this UID or file was written: %s", dir, asked);
        return EXIT_NOTHING;
    }
    if (pl_ledger_find(ledger, asked, take_row, a, &why) == PL_STOP) {
        say("%s: %s", ledger, why);
        return EXIT_EARLY;
    }
    if (a->by_file && a->found > 1)
        say("%s: this file holds several objects; ask for the UID of one", asked);
    else if (a->found > OBJECTS)
        say("the first %u of several with this UID", OBJECTS);
    return a->status;
}

static enum exit_status run(const struct call *call)
{
    struct tally tally = {0};
    struct pl_report report = {.sink = tally_add, .sink_data = &tally};
    struct pl_request made_with;
    char ledger[PATH_MAX];
    const char *why, *dir = call->operands[0];
    enum exit_status status = EXIT_NOTHING;
    int n = snprintf(ledger, sizeof ledger, "%s/ledger.db", dir);
    if (pl_request_read(dir, &made_with, &why) == PL_OK && n > 0 && n < PATH_MAX) {
        struct answer a = {.call = call,
                           .request = {.dir = dir,
                                       .scratch = call->scratch,
                                       .made_with = &made_with,
                                       .readers = pl_readers,
                                       .writers = pl_writers,
                                       .report = &report},
                           .tally = &tally};
        status = answer(&a, ledger);
    } else {
        say("%s: %s", dir, why);
    }
    pl_request_release(&made_with);
    return status;
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "as JSON, with all values",
     .doc = "Print one object of JSON, with all properties as pimlift dump has them."},
    {.name = "raw",
     .kind = FLAG_NUMBER,
     .argument = "BYTES",
     .at = offsetof(struct options, raw),
     .brief = "raw bytes of each property (32)",
     .doc = "Show so many stored bytes of each property. The default is 32."},
};

static const struct example examples[] = {
    {"The objects of a file, and where each came from", "pimlift why out mail/calendars/Calendar.ics"},
    {"What made each line of an event",
     "pimlift why out $(sqlite3 out/ledger.db \"SELECT uid FROM item WHERE file LIKE '%.ics' LIMIT 1\")"},
};

const struct verb cmd_why = {
    .name = "why",
    .operands = "DIR UID|FILE",
    .fewest = 2,
    .most = 2,
    .folders = 1,
    .brief = "where an object of an output came from",
    .doc = "Show for one object of an output folder of convert the store, folder, key and byte offset of its item, "
           "all "
           "properties with their stored bytes, and for each line of the object which of them made it: the item is "
           "mapped again without each property, recipient and attachment, and with another value of it, and the "
           "lines that are then missing or "
           "others are shown with it. Give the UID, or the path of a file; of a file with several objects they are "
           "listed. The store has to be where convert found it.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .needs_scratch = true,
    .reaches = operands_reach_sources,
    .options_size = sizeof(struct options),
    .run = run,
};
