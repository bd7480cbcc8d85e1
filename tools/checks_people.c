/*
 * checks_people.c - the lines about people, their busy time and what they share; see checks.h.
 */
#include "checks_int.h"

#include "plural.h"

#include <inttypes.h>

void check_trustees(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    uint64_t unknown = s->by_sid.count + s->by_dn.count + s->by_name.count + s->disputed.count;
    if (!s->people) {
        tell(out, "nobody is named by rights, delegates or opened folders");
        return;
    }
    tell(out,
         "%" PRIu64 " %s somebody is named, %" PRIu64 " %s a role; without an address:", s->people - s->special,
         pl_plural(s->people - s->special, "time", "times"), s->special, pl_plural(s->special, "time", "times"));
    tell(out,
         "%" PRIu64 " by SID, %" PRIu64 " by Exchange name (EX), %" PRIu64 " by name alone, %" PRIu64 " disputed",
         s->by_sid.count, s->by_dn.count, s->by_name.count, s->disputed.count);
    if (unknown)
        tell(out, "an identity map helps: docs/identities.md");
    check_worsen(out, unknown ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->by_sid;
    out->names[1] = &s->by_dn;
    out->names[2] = &s->by_name;
    out->names[3] = &s->disputed;
}

void check_address_types(const struct survey *s, struct finding *out)
{
    uint64_t all = 0, bare = 0;
    if (!check_has_stores(s, out))
        return;
    for (int t = 0; t < TYPES; t++)
        all += s->types[t];
    for (int t = TYPE_MS; t < TYPES; t++)
        bare += s->bare[t];
    if (!all) {
        tell(out, "no event, task or contact has an address");
        return;
    }
    for (int t = 0; t < TYPES; t++)
        if (s->types[t])
            tell(out, "%s: %" PRIu64 ", %" PRIu64 " without an Internet address",
                 survey_type_name((enum survey_type)t), s->types[t],
                 t == TYPE_EX ? s->ex_unknown.count : s->bare[t]);
    if (s->ex_unknown.count)
        tell(out, "an identity map helps with EX: docs/identities.md");
    if (bare)
        tell(out, "no map resolves the other types: what people there are called is kept, not who they are");
    check_worsen(out, bare || s->ex_unknown.count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->ex_unknown;
}

/* --- busy time and dependencies ------------------------------------------------------------------- */

void check_published(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
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
    tell(out, "%" PRIu64 " published, %" PRIu64 " %s none", s->published, s->busy[BUSY_MISSING].count,
         pl_plural(s->busy[BUSY_MISSING].count, "user with a calendar has", "users with a calendar have"));
    check_worsen(out, s->busy[BUSY_MISSING].count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->busy[BUSY_MISSING];
}

void check_compared(const struct survey *s, struct finding *out)
{
    const struct survey_names *b = s->busy;
    if (!check_has_stores(s, out))
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
         "%" PRIu64 " published, for %" PRIu64 " %s more than once; of %" PRIu64 " %s with a calendar %" PRIu64
         " stale, %" PRIu64 " contradictory",
         s->published, b[BUSY_DUPLICATE].count, pl_plural(b[BUSY_DUPLICATE].count, "user", "users"), s->compared,
         pl_plural(s->compared, "user", "users"), b[BUSY_STALE].count, b[BUSY_CONTRADICTORY].count);
    check_worsen(out, b[BUSY_STALE].count || b[BUSY_CONTRADICTORY].count || b[BUSY_DUPLICATE].count ? VERDICT_WARN
                                                                                                    : VERDICT_OK);
    for (int i = BUSY_STALE; i < BUSY_FAULTS; i++)
        out->names[i - BUSY_STALE] = &b[i];
}

void check_depends(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    if (!s->subscriptions) {
        tell(out,
             "looked for: folders of others that somebody has opened: 0; Outlook before 2007 keeps them elsewhere");
        return;
    }
    tell(out,
         "of %" PRIu64 " %s of others that somebody has opened, %" PRIu64 " %s in stores that are not among these",
         s->subscriptions, pl_plural(s->subscriptions, "folder", "folders"), s->elsewhere.count,
         pl_plural(s->elsewhere.count, "lies", "lie"));
    check_worsen(out, s->elsewhere.count ? VERDICT_WARN : VERDICT_OK);
    out->names[0] = &s->elsewhere;
}

void check_domains(const struct survey *s, struct finding *out)
{
    if (!check_has_stores(s, out))
        return;
    if (!s->domains.count) {
        tell(out, "nobody is named by a SID of a domain");
        return;
    }
    for (size_t i = 0; i < s->domains.count && i < SURVEY_NAMES; i++) {
        tell(out, "domain %zu: %" PRIu64 " %s, %" PRIu64 " of them without an address", i + 1, s->domain[i].people,
             pl_plural(s->domain[i].people, "account", "accounts"), s->domain[i].people - s->domain[i].resolved);
        check_worsen(out, s->domain[i].resolved < s->domain[i].people ? VERDICT_WARN : VERDICT_OK);
    }
    if (s->domains.count > SURVEY_NAMES)
        tell(out, "and %" PRIu64 " more %s", s->domains.count - SURVEY_NAMES,
             pl_plural(s->domains.count - SURVEY_NAMES, "domain", "domains"));
    out->names[0] = &s->domains;
}
