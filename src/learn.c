/*
 * learn.c - what the items of a run say of people: a pass of its own over all of them, or by the way.
 *
 * Layer: core, part of convert. The pass (--learn) reads every item that people see, mail too, without
 * attachments; it comes before the first item is mapped, so that each address that is learned is known
 * to all. Without it, what the items that are converted anyway say is kept for the ledger alone, and of several
 * stores each is opened once before the first is converted, for the owners of its mailboxes: who a store is
 * about does not depend on which came first. A store that can't be read is told about when it is converted, so here
 * its faults are not.
 */
#include <string.h>

#include "map_learn.h"
#include "people.h"
#include "setup.h"

#define MEMORY_DEFAULT ((size_t)16 << 20)

static enum pl_status full(struct pl_run *run)
{
    return pl_report(&run->report, PL_STOP, "ledger.write", NULL, PL_NO_OFFSET,
                     "what the items say of people can't be kept: make room and start again");
}

/* What a store says of the owner of one of its mailboxes. */
static enum pl_status owner_learn(struct pl_run *run, const char *store, const struct pl_mailbox *mailbox)
{
    char sid[192];
    const struct pl_statement owner = {.said = PL_SAID_STORE,
                                       .place = store,
                                       .dn = mailbox->dn,
                                       .sid = pl_sid_text(mailbox->sid, sid, sizeof sid) ? sid : NULL,
                                       .smtp = mailbox->smtp,
                                       .name = mailbox->name};
    return mailbox->is_public || pl_people_add(run->people, &owner) != PL_STOP ? PL_OK : PL_STOP;
}

/* Were all stores asked before the first one is converted? */
static bool asked_before(const struct pl_run *run) { return run->options->learn || run->options->store_count > 1; }

enum pl_status pl_run_heard_of(struct pl_run *run, const struct pl_mailbox *mailbox)
{
    if (asked_before(run) || run->asleep || owner_learn(run, run->session.source.path, mailbox) == PL_OK)
        return PL_OK;
    return full(run);
}

enum pl_status pl_run_heard(struct pl_run *run, const struct pl_item *item)
{
    if (run->options->learn)
        return PL_OK;
    enum pl_status st =
        pl_learn_item(&run->mapping, item, run->hears ? run->hears : run->people, run->session.source.path);
    return st == PL_OK ? PL_OK : full(run);
}

enum pl_status pl_run_heard_said(struct pl_run *run, const struct pl_statement *said)
{
    return pl_people_add(run->people, said) == PL_STOP ? full(run) : PL_OK;
}

static bool wants(void *data, const char *message_class, bool associated)
{
    (void)data;
    (void)message_class;
    return !associated;
}

static bool interrupted(const struct pl_run *run)
{
    return run->options->interrupted && *run->options->interrupted;
}

struct pass {
    struct pl_run *run;
    struct pl_session session;
    struct pl_mapping mapping;
    const struct pl_mailbox *mailbox;
    uint64_t done;
};

static void progress(struct pass *p, const char *path)
{
    const struct pl_convert_options *o = p->run->options;
    if (o->progress)
        o->progress(o->progress_data, &(struct pl_progress){.store = p->session.source.path,
                                                            .folder = path,
                                                            .learning = true,
                                                            .done = p->done,
                                                            .bytes = p->session.source.bytes_read});
}

static enum pl_status folder_learn(struct pass *p, const struct pl_folder *folder)
{
    const struct pl_wanted wanted = {.wants = wants, .people_only = true};
    const char *path = pl_session_path(&p->session, folder);
    struct pl_item item;
    enum pl_status st = pl_session_open_folder(&p->session, folder->key);
    while (st != PL_END && st > PL_LOST && !interrupted(p->run)) {
        do
            st = pl_session_next_item(&p->session, &wanted, &item);
        while (st == PL_LOST && !interrupted(p->run));
        if (st == PL_END || st <= PL_LOST)
            break;
        if (pl_learn_item(&p->mapping, &item, p->run->people, p->session.source.path) != PL_OK)
            return PL_STOP;
        p->done++;
        progress(p, path);
    }
    return PL_OK;
}

static enum pl_status folders_learn(struct pass *p)
{
    struct pl_folder folder;
    for (;;) {
        enum pl_status st = pl_session_next_folder(&p->session, &folder);
        if (st == PL_END || st == PL_STOP || interrupted(p->run))
            return PL_OK;
        if (st > PL_LOST && folder.mailbox != p->mailbox) {
            p->mailbox = folder.mailbox;
            if (owner_learn(p->run, p->session.source.path, folder.mailbox) != PL_OK)
                return PL_STOP;
        }
        if (st > PL_LOST && !folder.is_search && folder_learn(p, &folder) != PL_OK)
            return PL_STOP;
    }
}

static struct pl_reader_options reader_options(const struct pl_convert_options *o)
{
    return (struct pl_reader_options){.memory = o->memory ? o->memory : MEMORY_DEFAULT,
                                      .codepage = o->codepage,
                                      .edb_profile = o->edb_profile,
                                      .recover = o->recover};
}

/* Faults of the store itself are found again when it is converted; those of the machine may not come again. */
static void machine_fault(void *data, const struct pl_diagnostic *d)
{
    const char **code = data;
    static const char *const codes[] = {"memory", "source.read"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (d->severity <= PL_LOST && !strcmp(d->code, codes[i]))
            *code = codes[i];
}

/* What was read of the people of a store may not be all. */
static enum pl_status judge_pass(struct pl_run *run, const char *code, bool opened, enum pl_status st)
{
    run->unlearned += !opened;
    if (st == PL_OK && code)
        pl_report(&run->report, PL_LOST, code, NULL, PL_NO_OFFSET,
                  "not all could be read of what it says of people");
    return st == PL_OK ? pl_run_starved(run, PL_OK, PL_STOP) : full(run);
}

static enum pl_status store_learn(struct pl_run *run, const char *path)
{
    const struct pl_convert_options *o = run->options;
    const struct pl_reader_options options = reader_options(o);
    const char *code = NULL;
    struct pl_report quiet = {.sink = machine_fault, .sink_data = &code};
    struct pass p = {.run = run};
    enum pl_status st = pl_session_open(&p.session, path, run->readers, o->reader, &options, &quiet);
    struct pl_session *s = &p.session;
    p.mapping = (struct pl_mapping){.arena = &s->item_arena,
                                    .text = run->text,
                                    .codepage = o->codepage ? o->codepage : s->reader.store.codepage};
    bool opened = st > PL_LOST;
    st = opened ? folders_learn(&p) : PL_OK;
    pl_session_close(s);
    return judge_pass(run, code, opened, st);
}

struct owners {
    struct pl_run *run;
    const char *path;
    bool any, failed;
};

/* None of them is opened: they are only heard of. */
static bool hears(void *data, const struct pl_mailbox *mailbox)
{
    struct owners *o = data;
    o->any = true;
    o->failed = o->failed || owner_learn(o->run, o->path, mailbox) != PL_OK;
    return false;
}

static enum pl_status store_owners(struct pl_run *run, const char *path)
{
    struct owners o = {.run = run, .path = path};
    struct pl_reader_options options = reader_options(run->options);
    const char *code = NULL;
    struct pl_report quiet = {.sink = machine_fault, .sink_data = &code};
    struct pl_session s;
    options.mailboxes = (struct pl_wanted_mailboxes){hears, &o};
    bool opened = pl_session_open(&s, path, run->readers, run->options->reader, &options, &quiet) > PL_LOST;
    if (opened && !o.any)
        (void)hears(&o, &s.reader.store.owner);
    pl_session_close(&s);
    return judge_pass(run, code, opened, o.failed ? PL_STOP : PL_OK);
}

void pl_run_learned(struct pl_run *run)
{
    if (run->unlearned > run->result->stores_failed)
        pl_report(&run->report, PL_LOST, "source.open", NULL, PL_NO_OFFSET,
                  "a store that could be read later could not be opened when people were learned");
}

enum pl_status pl_run_learn(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    enum pl_status st = PL_OK;
    for (size_t i = 0; asked_before(run) && i < o->store_count && st == PL_OK && !interrupted(run); i++)
        st = o->learn ? store_learn(run, o->stores[i]) : store_owners(run, o->stores[i]);
    return st;
}
