/*
 * checks.c - see checks.h.
 *
 * A store is "store 1", by its place on the command line. What can't be seen is N-A with its reason, never OK.
 */
#include "checks.h"

#include <inttypes.h>
#include <string.h>

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"OK", "WARN", "FAIL", "N-A"};
    return names[verdict];
}

/* N-A is said once; of the others the worse stays. */
static void worsen(struct finding *out, enum verdict verdict)
{
    if (verdict != VERDICT_NA && (out->verdict == VERDICT_NA || verdict > out->verdict))
        out->verdict = verdict;
}

#define tell(out, ...)                                                                                             \
    do {                                                                                                           \
        pl_buf_printf(&(out)->evidence, __VA_ARGS__);                                                              \
        pl_buf_putc(&(out)->evidence, '\n');                                                                       \
    } while (0)

static bool has_stores(const struct survey *s, struct finding *out)
{
    if (!s->opened)
        tell(out, "no store with folders was opened");
    return s->opened;
}

/* --- stores ---------------------------------------------------------------------------------- */

static void kind(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        bool empty = one->opened && !one->tables && !one->folders;
        const char *format = one->facts[FACT_FORMAT];
        if (!one->opened) {
            tell(out, "store %zu: no store that can be read", i + 1);
        } else if (one->tables) {
            tell(out, "store %zu: %s, %s: it can be shown by dump, not converted", i + 1,
                 one->kind ? one->kind : "a database", format ? format : "");
        } else if (empty && one->kind && !strcmp(one->kind, "edb")) {
            tell(out, "store %zu: a database, %s, without the tables of Exchange", i + 1, format ? format : "");
        } else if (empty) {
            tell(out, "store %zu: %s, without a folder", i + 1, one->kind);
        } else {
            tell(out, "store %zu: %s, %s, %" PRIu64 " folders, %s", i + 1, one->kind, format ? format : "",
                 one->folders, one->is_public ? "public folders" : "mailboxes");
        }
        worsen(out, one->opened && !one->tables && !empty ? VERDICT_OK : VERDICT_FAIL);
    }
}

static void state(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        const char *shutdown = one->facts[FACT_SHUTDOWN], *missing = one->facts[FACT_LOGS_MISSING];
        if (!one->opened)
            continue;
        bool dirty = shutdown && strcmp(shutdown, "clean") != 0, logs = missing && strcmp(missing, "none") != 0;
        if (one->cut)
            tell(out, "store %zu: shorter than its header says, or of another size", i + 1);
        if (dirty)
            tell(out, "store %zu: not shut down cleanly (%s): what its log files hold is missing%s%s", i + 1,
                 shutdown, logs ? "; log files missing: " : "", logs ? missing : "");
        if (!one->cut && !dirty)
            tell(out, "store %zu: %s", i + 1, shutdown ? "shut down cleanly" : "whole");
        if (one->facts[FACT_REPAIRS])
            tell(out, "store %zu: it was repaired: %s", i + 1, one->facts[FACT_REPAIRS]);
        worsen(out, one->cut ? VERDICT_FAIL : dirty || one->facts[FACT_REPAIRS] ? VERDICT_WARN : VERDICT_OK);
    }
}

static void streaming(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *stm = s->stores[i].facts[FACT_STM];
        if (!s->stores[i].opened || !stm)
            continue;
        bool fine = strncmp(stm, "beside", 6) == 0;
        tell(out, "store %zu: %s%s", i + 1, stm,
             fine ? "" : "; mail from the Internet is incomplete, calendars and contacts are not");
        worsen(out, fine ? VERDICT_OK : VERDICT_WARN);
    }
    if (!out->evidence.size)
        tell(out, "no store here has one");
}

static void structure(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        if (!one->opened || one->tables)
            continue;
        tell(out, "store %zu: %" PRIu64 " things lost, %" PRIu64 " to be read with care", i + 1, one->losses,
             one->warnings);
        worsen(out, one->losses ? VERDICT_FAIL : one->warnings ? VERDICT_WARN : VERDICT_OK);
    }
    if (!out->evidence.size)
        tell(out, "no store was walked");
}

static void generation(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        if (!one->opened || !one->facts[FACT_CREATED])
            continue;
        tell(out, "store %zu: %s, created as %s", i + 1, one->facts[FACT_FORMAT] ? one->facts[FACT_FORMAT] : "",
             one->facts[FACT_CREATED]);
        worsen(out, VERDICT_OK);
    }
    if (!out->evidence.size)
        tell(out, "no database is among them");
}

static void encrypted(const struct survey *s, struct finding *out)
{
    if (!has_stores(s, out))
        return;
    tell(out, "%" PRIu64 " items are encrypted and stay so, %" PRIu64 " are signed", s->encrypted, s->signed_items);
    worsen(out, s->encrypted ? VERDICT_WARN : VERDICT_OK);
}

static void system_folders(const struct survey *s, struct finding *out)
{
    static const char *const names[SYSTEMS] = {"free/busy", "offline address book", "forms"};
    bool any = false;
    for (size_t i = 0; i < s->count; i++)
        any = any || s->stores[i].is_public;
    if (!any) {
        tell(out, "no store of public folders is among them");
        return;
    }
    for (size_t k = 0; k < SYSTEMS; k++) {
        tell(out, "%s: %s, %" PRIu64 " items", names[k], s->folders_of[k] ? "there" : "missing", s->items_in[k]);
        worsen(out, k == SYSTEM_FREEBUSY && !s->items_in[k] ? VERDICT_WARN : VERDICT_OK);
    }
}

/* --- people ------------------------------------------------------------------------------------- */

static void trustees(const struct survey *s, struct finding *out)
{
    if (!has_stores(s, out))
        return;
    uint64_t unknown = s->by_sid.count + s->by_dn.count + s->by_name.count + s->disputed.count;
    if (!s->people) {
        tell(out, "nobody is named by rights, delegates or opened folders");
        return;
    }
    tell(out, "%" PRIu64 " times somebody is named, %" PRIu64 " times a role; without an address:",
         s->people - s->special, s->special);
    tell(out,
         "%" PRIu64 " by SID, %" PRIu64 " by Exchange name (EX), %" PRIu64 " by name alone, %" PRIu64 " disputed",
         s->by_sid.count, s->by_dn.count, s->by_name.count, s->disputed.count);
    if (unknown)
        tell(out, "an identity map helps: docs/identities.md");
    worsen(out, unknown ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->by_sid;
    out->names[1] = &s->by_dn;
    out->names[2] = &s->by_name;
    out->names[3] = &s->disputed;
}

static void address_types(const struct survey *s, struct finding *out)
{
    uint64_t all = 0, foreign = 0;
    if (!has_stores(s, out))
        return;
    for (int t = 0; t < TYPES; t++)
        all += s->types[t];
    for (int t = TYPE_MS; t < TYPES; t++)
        foreign += s->types[t];
    if (!all) {
        tell(out, "no event or task has a recipient");
        return;
    }
    for (int t = 0; t < TYPES; t++)
        if (s->types[t])
            tell(out, "%s: %" PRIu64 "%s", survey_type_name((enum survey_type)t), s->types[t],
                 t >= TYPE_MS ? ", which no map resolves" : "");
    tell(out, "Exchange names (EX) without an address: %" PRIu64, s->ex_unknown.count);
    worsen(out, foreign || s->ex_unknown.count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->ex_unknown;
}

/* --- busy time and dependencies ------------------------------------------------------------------- */

static void published(const struct survey *s, struct finding *out)
{
    if (!has_stores(s, out))
        return;
    if (!s->published) {
        tell(out, "no published busy time is among them: add the store of public folders");
        return;
    }
    if (!s->compared) {
        tell(out, "%" PRIu64 " published; whose the calendars here are is not known by directory name",
             s->published);
        return;
    }
    tell(out, "%" PRIu64 " published, %" PRIu64 " users with a calendar have none", s->published,
         s->busy[BUSY_MISSING].count);
    worsen(out, s->busy[BUSY_MISSING].count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->busy[BUSY_MISSING];
}

static void compared(const struct survey *s, struct finding *out)
{
    const struct survey_names *b = s->busy;
    if (!has_stores(s, out))
        return;
    if (!s->published) {
        tell(out, "nothing was published that could be compared");
        return;
    }
    if (!s->compared && !b[BUSY_DUPLICATE].count) {
        tell(out, "whose the calendars here are is not known by directory name");
        return;
    }
    tell(out,
         "of %" PRIu64 " users with a calendar: %" PRIu64 " stale, %" PRIu64 " contradictory, %" PRIu64
         " published twice",
         s->compared, b[BUSY_STALE].count, b[BUSY_CONTRADICTORY].count, b[BUSY_DUPLICATE].count);
    worsen(out, b[BUSY_STALE].count || b[BUSY_CONTRADICTORY].count || b[BUSY_DUPLICATE].count ? VERDICT_WARN
                                                                                              : VERDICT_OK);
    for (int i = BUSY_STALE; i < BUSY_FAULTS; i++)
        out->names[i - BUSY_STALE] = &b[i];
}

static void elsewhere(const struct survey *s, struct finding *out)
{
    if (!has_stores(s, out))
        return;
    tell(out, "%" PRIu64 " folders that somebody has opened lie in stores that are not among these",
         s->elsewhere.count);
    worsen(out, s->elsewhere.count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->elsewhere;
}

/* --- the list ---------------------------------------------------------------------------------------- */

#define ELSEWHERE "a matter of the servers and the directory, which a store does not tell"

const struct check checks[] = {
    {"kind", "what the stores are", kind, NULL},
    {"state", "shut down cleanly, and whole", state, NULL},
    {"stm", "the streaming file (.stm) of a database", streaming, NULL},
    {"structure", "the structure, as far as it was walked", structure, NULL},
    {"generation", "which version wrote it", generation, NULL},
    {"trustees", "people in rights and delegates have addresses", trustees, NULL},
    {"address-types", "recipients have addresses, by type", address_types, NULL},
    {"freebusy-published", "every user has published busy time", published, NULL},
    {"freebusy-compared", "published busy time agrees with the calendars", compared, NULL},
    {"depends", "shared folders lie in the stores given", elsewhere, NULL},
    {"encrypted", "no item is encrypted", encrypted, NULL},
    {"system-folders", "system folders are there and filled", system_folders, NULL},
    {"service-pack", "service pack of the server", NULL, ELSEWHERE},
    {"internet-protocols", "NNTP, SMTP and WWW services", NULL, ELSEWHERE},
    {"instant-messaging", "instant messaging", NULL, ELSEWHERE},
    {"chat", "chat service", NULL, ELSEWHERE},
    {"key-management", "key management service", NULL, "its keys are not in a store; see encrypted"},
    {"ms-mail", "MS Mail connector", NULL, "its settings are not in a store; see address-types"},
    {"cc-mail", "cc:Mail connector", NULL, "its settings are not in a store; see address-types"},
    {"forest-prep", "preparation of domain and forest", NULL, ELSEWHERE},
};

const size_t check_count = sizeof checks / sizeof *checks;
