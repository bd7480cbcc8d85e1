/*
 * checks_servers.c - the lines about the servers that a store came from, and the steps of their old upgrade; see
 * checks.h. Of most of them a store has traces at best: a line says which were looked for, and is N-A without any.
 */
#include "checks_int.h"

#include "plural.h"

#include <inttypes.h>
#include <string.h>

#define ELSEWHERE "a matter of the servers and the directory, which a store does not tell"

void check_service_pack(const struct survey *s, struct finding *out)
{
    (void)s;
    tell(out, "looked for: a build number; headers and tables have the format alone, see line 5");
}

void check_internet(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    tell(out, "looked for: mailboxes of the SMTP transport: %" PRIu64 "; folders of a news server (NNTP): %" PRIu64,
         s->service[SERVICE_SMTP].count, s->newsgroups);
    tell(out, "settings of NNTP, SMTP and WWW are " ELSEWHERE);
}

void check_key_management(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    tell(out,
         "looked for: encrypted items: %" PRIu64 "; signed ones: %" PRIu64
         "; keys and certificates are not in a store",
         s->encrypted, s->signed_items);
}

/* A system that was connected leaves its mailbox and its addresses. */
static void connected(const struct survey *s, struct finding *out, enum survey_service service,
                      enum survey_type type)
{
    uint64_t boxes = s->service[service].count, addresses = s->types[type];
    if (!check_has_stores(s, out))
        return;
    tell(out, "looked for: mailboxes of its connector: %" PRIu64 "; addresses of type %s: %" PRIu64, boxes,
         survey_type_name(type), addresses);
    if (boxes || addresses)
        check_worsen(out, VERDICT_WARN);
    else
        tell(out, "its settings are not in a store");
    out->names[0] = &s->service[service];
}

void check_ms_mail(const struct survey *s, struct finding *out) { connected(s, out, SERVICE_MSMAIL, TYPE_MS); }

void check_cc_mail(const struct survey *s, struct finding *out) { connected(s, out, SERVICE_CCMAIL, TYPE_CCMAIL); }

static bool has_database(const struct survey *s)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++)
        any = any || (s->stores[i].kind && !strcmp(s->stores[i].kind, "edb"));
    return any;
}

void check_connectors(const struct survey *s, struct finding *out)
{
    static const char *const names[SERVICES] = {"MS Mail", "cc:Mail", "Lotus Notes", "Novell GroupWise",
                                                "another system"};
    uint64_t boxes = 0;
    if (!check_has_stores(s, out))
        return;
    if (!s->mailboxes) {
        tell(out, "looked for: mailboxes with a directory name, which tells whose they are: 0%s",
             has_database(s) ? "" : "; a PST has none");
        return;
    }
    for (size_t i = 0; i < SERVICE_SMTP; i++) {
        if (s->service[i].count)
            tell(out, "%" PRIu64 " of a connector to %s", s->service[i].count, names[i]);
        boxes += s->service[i].count;
    }
    tell(out, "%" PRIu64 " of %" PRIu64 " %s %s of connectors, %" PRIu64 " of the servers themselves", boxes,
         s->mailboxes, pl_plural(s->mailboxes, "mailbox", "mailboxes"), pl_plural(boxes, "is", "are"),
         s->service[SERVICE_SMTP].count + s->service[SERVICE_SYSTEM].count);
    if (boxes)
        tell(out,
             "nobody needs their calendars: name the other mailboxes with --owner, or delete what they become");
    check_worsen(out, boxes ? VERDICT_WARN : VERDICT_OK);
    for (size_t i = 0; i < sizeof out->names / sizeof *out->names; i++)
        out->names[i] = &s->service[i];
}

void check_replicas(const struct survey *s, struct finding *out)
{
    if (!s->public_folders) {
        tell(out, "no public folder is among them");
        return;
    }
    if (s->unlisted == s->public_folders) {
        tell(out, "%" PRIu64 " %s no list of replicas (0x6698), or one of a form that is not known",
             s->public_folders, pl_plural(s->public_folders, "public folder has", "public folders have"));
        return;
    }
    tell(out,
         "%" PRIu64 " %s: %" PRIu64 " on several servers, %" PRIu64 " on one alone, %" PRIu64
         " without a list that can be read",
         s->public_folders, pl_plural(s->public_folders, "public folder", "public folders"), s->replicated,
         s->alone.count, s->unlisted);
    if (s->alone.count)
        tell(out, "of those on one server its store is the only copy");
    check_worsen(out, s->alone.count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->alone;
}

void check_domain_prep(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    tell(out, "looked for: domains of accounts, which all had to be prepared: %" PRIu64, s->domains.count);
    tell(out, "whether they were is " ELSEWHERE);
}
