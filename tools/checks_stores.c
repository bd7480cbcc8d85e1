/*
 * checks_stores.c - the lines about the stores themselves; see checks.h.
 */
#include "checks_int.h"

#include <inttypes.h>
#include <string.h>

#include "plural.h"
#include "say.h"

void check_kind(const struct survey *s, struct finding *out)
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
            tell(out, "store %zu: %s%s%s, %" PRIu64 " %s, %s", i + 1, one->kind, format ? ", " : "",
                 format ? format : "", one->folders, pl_plural(one->folders, "folder", "folders"),
                 one->is_public ? "public folders" : "mailboxes");
        }
        check_worsen(out, one->opened && !one->tables && !empty ? VERDICT_OK : VERDICT_FAIL);
    }
}

/* Outlook marks the maps of a PST invalid when it begins to write, and valid when it closes the file. */
static void pst_state(const struct survey_store *one, size_t number, struct finding *out)
{
    const char *maps = one->facts[FACT_MAPS];
    bool valid = maps && strcmp(maps, "valid") == 0;
    if (one->cut)
        tell(out, "store %zu: shorter than its header says, or of another size", number);
    if (maps && !valid)
        tell(out,
             "store %zu: not closed cleanly (fAMapValid: %s): copied while Outlook had it open, or Outlook or the "
             "machine crashed; the last changes may be missing: close Outlook and copy it again",
             number, maps);
    else if (maps)
        tell(out, "store %zu: closed cleanly (fAMapValid: %s)%s", number, maps,
             one->cut ? "" : ", as large as its header says");
    else if (!one->cut)
        tell(out, "store %zu: as large as its header says; whether it was closed cleanly this reader does not tell",
             number);
    if (maps || one->cut)
        check_worsen(out, one->cut ? VERDICT_FAIL : valid ? VERDICT_OK : VERDICT_WARN);
}

void check_state(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        const char *shutdown = one->facts[FACT_SHUTDOWN], *missing = one->facts[FACT_LOGS_MISSING];
        if (one->opened && !shutdown)
            pst_state(one, i + 1, out);
        if (!one->opened || !shutdown)
            continue;
        bool dirty = strcmp(shutdown, "clean") != 0, logs = missing && strcmp(missing, "none") != 0;
        if (dirty)
            tell(out, "store %zu: not shut down cleanly (%s): what its log files hold is missing%s%s", i + 1,
                 shutdown, logs ? "; log files missing: " : "", logs ? missing : "");
        else
            tell(out, "store %zu: shut down cleanly", i + 1);
        if (one->cut)
            tell(out, "store %zu: cut: it ends before the last page that it owns, or within a page", i + 1);
        else if (one->unmeasured)
            tell(out, "store %zu: whether it is whole is not told: the map of its pages cannot be read", i + 1);
        else
            tell(out, "store %zu: it has all pages that it owns", i + 1);
        if (one->facts[FACT_REPAIRS])
            tell(out, "store %zu: it was repaired: %s", i + 1, one->facts[FACT_REPAIRS]);
        check_worsen(out, one->cut                                               ? VERDICT_FAIL
                          : dirty || one->facts[FACT_REPAIRS] || one->unmeasured ? VERDICT_WARN
                                                                                 : VERDICT_OK);
    }
    if (!out->evidence.size)
        tell(out, "no store was opened");
}

void check_stm(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *stm = s->stores[i].facts[FACT_STM];
        if (!s->stores[i].opened || !stm)
            continue;
        bool fine = strcmp(stm, "beside it") == 0;
        tell(out, "store %zu: %s%s", i + 1, stm,
             fine ? ", and its headers are sound; whether it has all of its pages, and they are unchanged, nothing "
                    "that is known tells"
                  : "; mail from the Internet is incomplete, --recover finds less, and items made with OWA, "
                    "WebDAV or IMAP may lack text and attachments; what Outlook wrote is in the database");
        check_worsen(out, fine ? VERDICT_OK : VERDICT_WARN);
    }
    if (!out->evidence.size)
        tell(out, "no store here has one");
}

void check_structure(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        if (!one->opened || one->tables)
            continue;
        tell(out, "store %zu: %" PRIu64 " %s lost, %" PRIu64 " to be read with care", i + 1, one->losses,
             pl_plural(one->losses, "thing", "things"), one->warnings);
        check_worsen(out, one->losses ? VERDICT_FAIL : one->warnings ? VERDICT_WARN : VERDICT_OK);
    }
    if (!out->evidence.size)
        tell(out, "no store was walked");
}

/* What a PST says of the program that wrote it is its format and a number. */
static void pst_generation(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        const char *format = one->facts[FACT_FORMAT], *client = one->facts[FACT_CLIENT];
        if (!one->opened || one->facts[FACT_CREATED] || !format)
            continue;
        tell(out, "store %zu: format %s%s%s", i + 1, format, client ? ", client version " : "",
             client ? client : "");
        check_worsen(out, VERDICT_OK);
    }
}

/* Nothing was said of any store: because none is there, or because who read it does not know. */
static void tell_unopened(const struct survey *s, struct finding *out, const char *otherwise)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++)
        any = any || s->stores[i].opened;
    tell(out, "%s", any ? otherwise : "no store was opened");
}

void check_generation(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        if (!one->opened || !one->facts[FACT_CREATED])
            continue;
        const char *format = one->facts[FACT_FORMAT], *size = one->facts[FACT_PAGE_SIZE];
        tell(out, "store %zu: %s, created as %s%s%s%s", i + 1, format ? format : "", one->facts[FACT_CREATED],
             size ? ", pages of " : "", size ? size : "", size ? " bytes" : "");
        if (!one->tables && one->folders)
            tell(out, "store %zu: tables of %s", i + 1,
                 one->facts[FACT_IDENTITIES] ? "Exchange 2013 and later" : "Exchange 2000 to 2007");
        check_worsen(out, VERDICT_OK);
    }
    pst_generation(s, out);
    if (!out->evidence.size)
        tell_unopened(s, out, "the version is not told by this reader");
}

void check_encrypted(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    tell(out, "%" PRIu64 " %s so, %" PRIu64 " %s signed", s->encrypted,
         pl_plural(s->encrypted, "item is encrypted and stays", "items are encrypted and stay"), s->signed_items,
         pl_plural(s->signed_items, "is", "are"));
    check_worsen(out, s->encrypted ? VERDICT_WARN : VERDICT_OK);
}

void check_system_folders(const struct survey *s, struct finding *out)
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
        tell(out, "%s: %s, %" PRIu64 " %s", names[k], s->folders_of[k] ? "there" : "missing", s->items_in[k],
             pl_plural(s->items_in[k], "item", "items"));
        check_worsen(out, s->items_in[k] ? VERDICT_OK : VERDICT_WARN);
    }
}

/* --- below folders ------------------------------------------------------------------------------ */

void check_integrity(const struct survey *s, struct finding *out)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct survey_store *one = &s->stores[i];
        const struct pl_integrity *it = &one->integrity;
        if (one->unread) {
            tell(out, "store %zu: it was not read a second time: %s", i + 1, one->unread);
            check_worsen(out, VERDICT_FAIL);
        }
        if (!one->opened || !one->parts)
            continue;
        if (one->unproven) {
            tell(out, "store %zu: its header does not tell where %s are", i + 1, one->parts);
            check_worsen(out, VERDICT_FAIL);
            continue;
        }
        tell(out,
             "store %zu: %" PRIu64 " of %" PRIu64 " %s looked at: %" PRIu64 " wrong, %" PRIu64
             " with one wrong bit that is corrected, %" PRIu64 " cannot be read",
             i + 1, it->seen, it->all, one->parts, it->wrong, it->mended, it->unread);
        if (it->unwatched)
            tell(out,
                 "store %zu: %" PRIu64 " empty; whether something leads there is not known: the file is too large",
                 i + 1, it->unused);
        else if (it->gone)
            tell(out,
                 "store %zu: %" PRIu64 " empty; something leads to %" PRIu64 " of them: what was there is gone",
                 i + 1, it->unused, it->gone);
        else if (it->unused)
            tell(out, "store %zu: %" PRIu64 " empty, and nothing leads there", i + 1, it->unused);
        if (it->partial)
            tell(out, "store %zu: the index is damaged, so there are more", i + 1);
        if (it->seen < it->all)
            tell(out, "store %zu: --full looks at all of them", i + 1);
        check_worsen(out, it->unread || it->gone || it->partial      ? VERDICT_FAIL
                          : it->wrong || it->mended || it->unwatched ? VERDICT_WARN
                                                                     : VERDICT_OK);
    }
    if (!out->evidence.size)
        tell(out, "no store here has checksums that are known");
}

/* --- what becomes of them ------------------------------------------------------------------------- */

#define BASE_BYTES ((uint64_t)128 << 10) /* books and manifest of an empty store */
#define ITEM_BYTES 1024u                 /* of an item: its lines that are always there, and its rows */
#define TEXT_TIMES 3u                    /* bytes of properties: names of what they become, and zones */

/* Attachments are written in base64, which makes 3 bytes 4, and lines of them 78 to 75. */
static uint64_t bytes_needed(const struct survey *s)
{
    return BASE_BYTES + s->items * ITEM_BYTES + s->bytes * TEXT_TIMES + s->attached / 2 * 3;
}

void check_room(const struct survey *s, struct finding *out)
{
    char needed[32], available[32];
    uint64_t bytes = bytes_needed(s);
    if (!check_has_stores(s, out))
        return;
    tell(out, "about %s are needed for %" PRIu64 " %s", say_bytes(bytes, needed), s->items,
         pl_plural(s->items, "item", "items"));
    if (s->room.error) {
        tell(out, "how much is free cannot be told: %s", strerrordesc_np(s->room.error));
        return;
    }
    tell(out, "%s are free where the output goes", say_bytes(s->room.free, available));
    check_worsen(out, s->room.free < bytes ? VERDICT_FAIL : s->room.free < 2 * bytes ? VERDICT_WARN : VERDICT_OK);
}

void check_series(const struct survey *s, struct finding *out)
{
    static const char *const limits[LIMITS] = {
        [LIMIT_OCCURRENCES] = "with more than 3500 occurrences, which Nextcloud and others with sabre/dav refuse",
        [LIMIT_SHOWN] = "with more than 730 occurrences: Google Calendar shows no later ones",
        [LIMIT_SPAN] =
            "longer than Zimbra shows (730 days, 520 weeks, 360 months, 100 years, if not set otherwise)",
        [LIMIT_LISTED] = "with dates that no rule says: Exchange and Outlook do not take lists of dates (RDATE)",
    };
    if (!check_has_stores(s, out))
        return;
    if (!s->series) {
        tell(out, "no appointment recurs");
        return;
    }
    tell(out,
         "%" PRIu64 " series, %" PRIu64
         " of them without an end: Google Calendar and Zimbra end them after as many occurrences as they show",
         s->series, s->endless);
    check_worsen(out, s->endless ? VERDICT_WARN : VERDICT_OK);
    for (size_t i = 0; i < LIMITS; i++)
        if (s->limit[i]) {
            tell(out, "%" PRIu64 " %s", s->limit[i], limits[i]);
            check_worsen(out, VERDICT_WARN);
        }
}
