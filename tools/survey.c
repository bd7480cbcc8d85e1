/*
 * survey.c - see survey.h.
 */
#include "survey.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diskset.h"
#include "say.h"
#include "stores.h"
#include "survey_int.h"

static const char *const type_names[TYPES] = {"SMTP", "EX", "MS", "CCMAIL", "NOTES", "X400", "other"};

const char *survey_type_name(enum survey_type type) { return type_names[type]; }

void survey_name(struct survey_names *n, const char *name)
{
    if (n->count < SURVEY_NAMES)
        n->list[n->count] = strdup(name ? name : "");
    n->count++;
}

/* --- one store ------------------------------------------------------------------------------- */

/* What a visit finds beside its call: the visits of stores.h know options alone. */
struct walking {
    struct store_options store;
    struct survey *survey;
    struct survey_store *at;
    struct pl_diskset *addresses;
};

static const char *const fact_names[FACTS] = {"format",       "created_as", "shutdown",
                                              "logs_missing", "repairs",    "streaming_file"};

static void facts_keep(struct survey_store *at, const char *kind, const struct pl_fact *facts, size_t count)
{
    at->kind = strdup(kind ? kind : "");
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < FACTS; f++)
            if (!strcmp(facts[i].name, fact_names[f])) { /* the reader's own word comes after the engine's */
                free(at->facts[f]);
                at->facts[f] = strdup(facts[i].value);
            }
}

static bool is_kind(const char *message_class, const char *prefix)
{
    size_t size = strlen(prefix);
    return !strncasecmp(message_class, prefix, size) && (!message_class[size] || message_class[size] == '.');
}

static bool has_recipients(void *data, const char *message_class, bool associated)
{
    (void)data;
    return !associated && (is_kind(message_class, "IPM.Appointment") || is_kind(message_class, "IPM.Task"));
}

static enum survey_type type_of(const char *text)
{
    for (int t = 0; t < TYPE_OTHER; t++)
        if (!strcasecmp(text, type_names[t]))
            return (enum survey_type)t;
    return TYPE_OTHER;
}

static void recipient(struct walking *w, const struct pl_bag *bag)
{
    const char *type = pl_bag_text(bag, PidTagAddressType), *address = pl_bag_text(bag, PidTagEmailAddress);
    const char *smtp = pl_bag_text(bag, PidTagSmtpAddress);
    struct pl_diskset_row there;
    char key[1200];
    if (!type || !*type || !address || !*address)
        return;
    enum survey_type kind = type_of(type);
    bool open = kind == TYPE_EX && !(smtp && *smtp);
    snprintf(key, sizeof key, "%s:%.1000s", open ? "open" : type_names[kind], address);
    for (char *c = key; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' && kind != TYPE_OTHER ? *c + 32 : *c);
    if (pl_diskset_add(w->addresses, key, 0, address, &there) == PL_OK)
        w->survey->types[kind]++;
}

static void items_walk(struct walking *w, struct store *s)
{
    const struct pl_wanted wanted = {.wants = has_recipients, .people_only = true};
    struct pl_item item;
    while (store_next_item(s, &wanted, &item))
        for (size_t i = 0; i < item.recipient_count; i++)
            recipient(w, &item.recipients[i]);
}

static void folder_note(struct survey *survey, const struct pl_folder *f)
{
    static const char *const names[SYSTEMS] = {"SCHEDULE+ FREE BUSY", "OFFLINE ADDRESS BOOK", "EFORMS REGISTRY"};
    for (size_t k = 0; k < SYSTEMS; k++)
        for (size_t i = 0; i < f->depth; i++)
            if (f->scope == PL_SCOPE_SYSTEM && !strcasecmp(f->path[i], names[k])) {
                survey->folders_of[k] += i + 1 == f->depth;
                survey->items_in[k] += f->item_count;
                break;
            }
}

static enum exit_status visit_store(const struct call *call, struct store *s)
{
    const struct walking *given = call->options;
    struct walking w = *given;
    const struct pl_mailbox *last = NULL;
    struct pl_folder folder;
    w.at->opened = true;
    facts_keep(w.at, s->session.reader.store.kind, s->session.reader.store.facts,
               s->session.reader.store.fact_count);
    while (store_next_folder(s, &folder)) {
        const struct pl_mailbox *box = folder.mailbox ? folder.mailbox : &s->session.reader.store.owner;
        w.at->folders++;
        w.at->is_public = w.at->is_public || box->is_public;
        w.at->mailboxes += box != last && !box->is_public;
        last = box;
        folder_note(w.survey, &folder);
        if (!folder.is_search && pl_session_open_folder(&s->session, folder.key) > PL_LOST)
            items_walk(&w, s);
    }
    w.at->cut = s->session.reader.store.cut;
    w.at->warnings = s->report.warnings;
    w.at->losses = s->report.losses + s->report.stops;
    return s->stopped ? EXIT_EARLY : EXIT_WHOLE;
}

static enum exit_status visit_tables(const struct call *call, struct database *d)
{
    const struct walking *w = call->options;
    w->at->opened = w->at->tables = true;
    facts_keep(w->at, d->data.tables.kind, d->data.tables.facts, d->data.tables.fact_count);
    return EXIT_WHOLE;
}

/* --- all of them -------------------------------------------------------------------------------- */

enum exit_status survey_take(struct survey *s, const struct call *call, const struct store_options *store,
                             const struct flag_list *maps)
{
    static const struct visits visits = {.store = visit_store, .tables = visit_tables, .folders_first = true};
    struct walking w = {.store = *store, .survey = s, .addresses = pl_diskset_new()};
    enum exit_status status = EXIT_WHOLE;
    *s = (struct survey){.stores = calloc(call->operand_count, sizeof *s->stores)};
    if (!s->stores || !w.addresses) {
        say("there is no memory or no room on the disk");
        pl_diskset_free(w.addresses);
        return EXIT_EARLY;
    }
    for (size_t i = 0; i < call->operand_count && status != EXIT_EARLY; i++) {
        w.at = &s->stores[s->count++];
        w.at->path = call->operands[i];
        struct call one = *call;
        one.options = &w;
        one.operands = &call->operands[i];
        one.operand_count = 1;
        status = stores_visit(&one, &visits);
        s->opened += w.at->opened && !w.at->tables && w.at->folders;
    }
    if (status != EXIT_EARLY && s->opened)
        status = survey_sharing(s, call->scratch, store, maps, w.addresses);
    pl_diskset_free(w.addresses);
    return status;
}

static void names_release(struct survey_names *n)
{
    for (size_t i = 0; i < n->count && i < SURVEY_NAMES; i++)
        free(n->list[i]);
}

void survey_release(struct survey *s)
{
    struct survey_names *const all[] = {&s->ex_unknown, &s->by_sid,  &s->by_dn,   &s->by_name, &s->disputed,
                                        &s->elsewhere,  &s->busy[0], &s->busy[1], &s->busy[2], &s->busy[3]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        names_release(all[i]);
    for (size_t i = 0; i < s->count; i++) {
        free(s->stores[i].kind);
        for (size_t f = 0; f < FACTS; f++)
            free(s->stores[i].facts[f]);
    }
    free(s->stores);
}
