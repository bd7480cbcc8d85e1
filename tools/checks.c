/*
 * checks.c - the list itself; see checks.h.
 *
 * A store is "store 1", by its place on the command line. What can't be seen is N-A with its reason, never OK.
 */
#include "checks_int.h"

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"OK", "WARN", "FAIL", "N-A"};
    return names[verdict];
}

void check_worsen(struct finding *out, enum verdict verdict)
{
    if (verdict != VERDICT_NA && (out->verdict == VERDICT_NA || verdict > out->verdict))
        out->verdict = verdict;
}

bool check_has_stores(const struct survey *s, struct finding *out)
{
    if (!s->opened)
        tell(out, "no store with folders was opened");
    return s->opened;
}

const struct check checks[] = {
    {"kind", "what the stores are", check_kind, NULL},
    {"state", "shut down cleanly, and whole", check_state, NULL},
    {"stm", "the streaming file (.stm) of a database", check_stm, NULL},
    {"structure", "the structure, as far as it was walked", check_structure, NULL},
    {"generation", "which version wrote it", check_generation, NULL},
    {"trustees", "people in rights and delegates have addresses", check_trustees, NULL},
    {"address-types", "everybody in items has an address, by type", check_address_types, NULL},
    {"freebusy-published", "every user has published busy time", check_published, NULL},
    {"freebusy-compared", "published busy time agrees with the calendars", check_compared, NULL},
    {"depends", "shared folders lie in the stores given", check_depends, NULL},
    {"encrypted", "no item is encrypted", check_encrypted, NULL},
    {"system-folders", "system folders are there and filled", check_system_folders, NULL},
    {"service-pack", "service pack of the server", check_service_pack, NULL},
    {"internet-protocols", "NNTP, SMTP and WWW services", check_internet, NULL},
    {"instant-messaging", "instant messaging", NULL,
     "its users and their lists are in the directory and in a file of its own, not in a store"},
    {"chat", "chat service", NULL, "its channels and records are in files of its own, not in a store"},
    {"key-management", "key management service", check_key_management, NULL},
    {"ms-mail", "MS Mail connector", check_ms_mail, NULL},
    {"cc-mail", "cc:Mail connector", check_cc_mail, NULL},
    {"forest-prep", "preparation of the forest", NULL,
     "it changes the schema of the directory, which a store does not tell"},
    {"domain-prep", "preparation of the domains", check_domain_prep, NULL},
    {"room", "room on the disk for the output", check_room, NULL},
    {"integrity", "checksums of pages and blocks", check_integrity, NULL},
    {"connectors", "no mailbox of a connector is left", check_connectors, NULL},
    {"replicas", "public folders are on more than one server", check_replicas, NULL},
    {"series-limits", "recurring series are within what targets take", check_series, NULL},
    {"domains", "accounts by domain, from their SIDs", check_domains, NULL},
};

const size_t check_count = sizeof checks / sizeof *checks;
