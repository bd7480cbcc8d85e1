/*
 * survey_folder.c - what folders and mailboxes tell of the servers around a store.
 *
 * Layer: programs. Servers keep mailboxes of their own in a store: SystemMailbox{GUID} and the System Attendant,
 * SMTP (SERVER-{GUID}) of the transport, and one for each connector to another system. Those that are made with
 * the connector kit of Exchange exchange mail in folders named MTS-IN and MTS-OUT; the directory has connectors
 * below CN=Connections.
 */
#include <string.h>
#include <strings.h>

#include "survey_int.h"

/* Parts of a name or of a directory name, compared without case; the first that fits counts. */
static const struct {
    const char *part;
    enum survey_service service;
} services[] = {
    {"SystemMailbox{", SERVICE_SYSTEM},  {"System Attendant", SERVICE_SYSTEM},
    {"MS Mail", SERVICE_MSMAIL},         {"MSMail", SERVICE_MSMAIL},
    {"Microsoft Mail", SERVICE_MSMAIL},  {"cc:Mail", SERVICE_CCMAIL},
    {"ccMail", SERVICE_CCMAIL},          {"Connector for Lotus Notes", SERVICE_NOTES},
    {"LME-NOTES", SERVICE_NOTES},        {"Connector for Novell GroupWise", SERVICE_GROUPWISE},
    {"LME-GWISE", SERVICE_GROUPWISE},    {"SMTP (", SERVICE_SMTP},
    {"/cn=Connections/", SERVICE_OTHER},
};

/* A person may be called anything; in the directory a connector is of the configuration. */
static bool is_of_servers(const struct pl_mailbox *box)
{
    return strcasestr(box->dn, "/cn=Configuration/") || strchr(box->name, '{');
}

void survey_mailbox(struct survey *s, const struct pl_mailbox *box)
{
    if (box->is_public)
        return;
    s->mailboxes += *box->dn || is_of_servers(box);
    if (!is_of_servers(box))
        return;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strcasestr(box->name, services[i].part) || strcasestr(box->dn, services[i].part)) {
            survey_name(&s->service[services[i].service], *box->name ? box->name : box->dn);
            return;
        }
}

/* The list of replicas is the names of servers in the directory, each ended by NUL, as clients see it (Exchange
 * Server SDK, PR_REPLICA_LIST). 0: it has another form, of which nothing is known. */
static size_t replicas_of(struct pl_bytes list)
{
    size_t count = 0;
    for (size_t at = 0; at < list.size; count++) {
        const uint8_t *name = list.data + at;
        size_t size = strnlen((const char *)name, list.size - at);
        if (!size || *name != '/')
            return 0;
        for (size_t i = 0; i < size; i++)
            if (name[i] < 0x20 || name[i] > 0x7e)
                return 0;
        at += size + 1;
    }
    return count;
}

static void replicas(struct survey *s, const struct pl_folder *f)
{
    struct pl_bytes list;
    size_t count = pl_bag_bytes(&f->props, PidTagReplicaList, &list) ? replicas_of(list) : 0;
    s->public_folders++;
    s->replicated += count > 1;
    s->unlisted += count == 0;
    if (count == 1)
        survey_name(&s->alone, f->path[f->depth - 1]);
}

static void system_folder(struct survey *s, const struct pl_folder *f)
{
    static const char *const names[SYSTEMS] = {"SCHEDULE+ FREE BUSY", "OFFLINE ADDRESS BOOK", "EFORMS REGISTRY"};
    for (size_t k = 0; k < SYSTEMS; k++)
        for (size_t i = 0; i < f->depth; i++)
            if (!strcasecmp(f->path[i], names[k])) {
                s->folders_of[k] += i + 1 == f->depth;
                s->items_in[k] += f->item_count;
                break;
            }
}

void survey_folder(struct survey *s, const struct pl_folder *f, const struct pl_mailbox *box)
{
    const char *name = f->depth ? f->path[f->depth - 1] : "";
    if (f->scope == PL_SCOPE_SYSTEM)
        system_folder(s, f);
    else if (box->is_public && f->depth && !f->is_search)
        replicas(s, f);
    s->newsgroups += box->is_public && !strcasecmp(name, "Internet Newsgroups");
}
