/*
 * t_model.c - no target grants more than the source: for every set of rights in every model, and for
 * everybody in folders of all kinds, as each system judges who is listed and who is not.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "share/target.h"

static const struct pl_word *word(const struct pl_model *m, const char *text)
{
    for (size_t i = 0; i < m->count; i++)
        if (!strcmp(m->words[i].text, text))
            return &m->words[i];
    cr_assert_fail("%s has no word %s", m->name, text);
    return NULL;
}

static uint32_t rights_at(uint32_t n)
{
    uint32_t rights = 0;
    for (size_t i = 0; i < PL_RIGHT_COUNT; i++)
        if (n >> i & 1)
            rights |= pl_right_at(i);
    return rights;
}

Test(model, every_set_of_rights)
{
    for (size_t k = 0; pl_models[k]; k++) {
        const struct pl_model *m = pl_models[k];
        cr_assert_leq(m->count, PL_WORDS_MOST);
        for (uint32_t n = 0; n < 1u << (PL_RIGHT_COUNT + 1); n++) {
            struct pl_fit fit;
            uint32_t caps = pl_caps_of(rights_at(n), n >> PL_RIGHT_COUNT & 1,
                                       n & 1 ? PL_POLICY_SERVER : PL_POLICY_STRICT),
                     given = 0;
            pl_model_fit(m, caps, n & 1 ? PL_POLICY_SERVER : PL_POLICY_STRICT, &fit);
            for (size_t i = 0; i < fit.count; i++)
                given |= word(m, fit.words[i])->gives | word(m, fit.words[i])->more;
            cr_assert_eq(given & ~caps, 0, "%s gives 0x%x of 0x%x", m->name, given, caps);
            cr_assert_eq(fit.given & ~caps, 0);
            cr_assert_eq(given & ~fit.given, 0);
            cr_assert_eq(fit.more, 0);
            cr_assert_eq(fit.lost, caps & ~fit.given & PL_CAN_TOLD);
        }
    }
}

/* The most that fits is taken: with all rights the first word of each group; with none, no word. */
Test(model, all_and_nothing)
{
    for (size_t k = 0; pl_models[k]; k++) {
        struct pl_fit fit;
        pl_model_fit(pl_models[k], PL_CAN_ALL, PL_POLICY_SERVER, &fit);
        cr_assert_str_eq(fit.words[0], pl_models[k]->words[0].text);
        pl_model_fit(pl_models[k], 0, PL_POLICY_COMPAT, &fit);
        cr_assert_eq(fit.count, 0);
        cr_assert_eq(pl_model_named(pl_models[k]->name), pl_models[k]);
    }
    cr_assert_null(pl_model_named("none"));
}

/* Exchange has the same rights: nothing is lost there. */
Test(model, exchange_is_exact)
{
    for (uint32_t n = 0; n < 1u << (PL_RIGHT_COUNT + 1); n++) {
        struct pl_fit fit;
        pl_model_fit(pl_model_named("exchange"),
                     pl_caps_of(rights_at(n), n >> PL_RIGHT_COUNT & 1, PL_POLICY_SERVER), PL_POLICY_SERVER, &fit);
        cr_assert_eq(fit.lost, 0, "0x%x", n);
    }
}

Test(model, proposed_mapping)
{
    static const struct {
        const char *model;
        uint32_t rights;
        bool sees_private;
        const char *words;
    } rows[] = {
        {"radicale", 0x401, false, "r"},
        {"radicale", 0x47b, false, "r"}, /* who writes there could delete the whole collection */
        {"radicale", 0x7fb, true, "rw"},
        {"radicale", 0x41b, false, "r"}, /* an author: own items only, there is no word for that */
        {"radicale", 0x402, false, ""},
        {"radicale", 0x400, false, ""},
        {"sogo", 0x401, false, "PublicViewer PrivateDAndTViewer ConfidentialViewer"},
        {"sogo", 0x401, true, "PublicViewer PrivateViewer ConfidentialViewer"},
        {"sogo", 0xc00, false, "PublicDAndTViewer PrivateDAndTViewer ConfidentialDAndTViewer"},
        {"sogo", 0x47b, false, "PublicModifier PrivateDAndTViewer ConfidentialModifier ObjectCreator ObjectEraser"},
        {"sogo_books", 0x401, false, "ObjectViewer"},
        {"sogo_books", 0x47b, false, "ObjectEditor ObjectCreator ObjectEraser"},
        {"sogo_books", 0x402, false, "ObjectCreator"},
        {"dav", 0x47b, false, "read bind write-content unbind"},
        {"dav", 0x800, false, "read-free-busy"},
        {"cyrus", 0x401, false, "lrs 9"},
        {"cyrus_books", 0x401, false, "lrs"},
        {"google", 0x47b, false, "writerwithoutprivateaccess"},
        {"google", 0x47b, true, "writer"},
        {"google", 0x41b, false, "reader"},
        {"google", 0x1c00, false, "freebusyreader"},
        {"zimbra", 0x47b, false, "r f"}, /* and rename or delete the folder, unless every account has it */
        {"zimbra_own", 0x47b, false, "r f w d"},
        {"zimbra", 0x41b, false, "r f"}, /* who inserts there, makes folders too */
        {"zimbra", 0x49b, false, "r f i"},
        {"zimbra", 0x5fb, true, "r f w i d p a"},
        {"graph", 0x47b, false, "write"},
        {"graph", 0x47b, true, "delegateWithPrivateEventAccess"},
        {"graph", 0x401, true, "read"},
        {"graph", 0x1800, false, "limitedRead"},
        {"graph", 0x402, false, ""},
        {"nextcloud", 0x47b, false, "read-write"},
        {"nextcloud", 0x423, false, "read"}, /* deletes nothing */
        {"nextcloud", 0x1800, false, ""},
        {"grommunio", 0xc00, false, "freebusysimple foldervisible"},
        {"caldav", 0x41b, false, "read bind"},
        {"exchange", 0x1800, false, "LimitedDetails"},
        {"exchange", 0x001, false, "ReadItems"}, /* and not visible */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pl_fit fit;
        char words[512] = "";
        pl_model_fit(pl_model_named(rows[i].model),
                     pl_caps_of(rows[i].rights, rows[i].sees_private, PL_POLICY_SERVER), PL_POLICY_SERVER, &fit);
        for (size_t k = 0; k < fit.count; k++)
            snprintf(words + strlen(words), sizeof words - strlen(words), k ? " %s" : "%s", fit.words[k]);
        cr_assert_str_eq(words, rows[i].words, "%s 0x%x", rows[i].model, rows[i].rights);
    }
}

/* Whoever could not see private items in Outlook reads nothing where they can't be hidden. */
Test(model, strict_hides_what_outlook_hid)
{
    static const struct {
        const char *model;
        bool sees_private;
        const char *word;
    } rows[] = {
        {"radicale", false, NULL},
        {"radicale", true, "r"},
        {"caldav", false, "read-free-busy"},
        {"caldav", true, "read"},
        {"cyrus", false, "l"},
        {"google", false, "reader"},
        {"sogo", false, "PublicViewer"},
        {"graph", false, "read"},
        {"nextcloud", false, "read"},
        {"grommunio", false, "freebusydetailed"},
        {"zimbra", false, "r"},
        {"exchange", false, "ReadItems"},
        {"sogo_books", false, NULL}, /* nothing hides a card */
        {"davical_books", false, NULL},
        {"nextcloud_books", false, NULL},
        {"zimbra_books", false, "f"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pl_fit fit;
        pl_model_fit(pl_model_named(rows[i].model), pl_caps_of(0x401, rows[i].sees_private, PL_POLICY_STRICT),
                     PL_POLICY_STRICT, &fit);
        if (rows[i].word)
            cr_assert_str_eq(fit.words[0], rows[i].word, "%s", rows[i].model);
        else
            cr_assert_eq(fit.count, 0, "%s", rows[i].model);
    }
}

/* With compat a word may give more than the source, but only what its row names, and it is told. */
Test(model, compat_tells_what_it_gives)
{
    size_t wider = 0;
    for (size_t k = 0; pl_models[k]; k++)
        for (uint32_t n = 0; n < 1u << (PL_RIGHT_COUNT + 1); n++) {
            struct pl_fit fit, server;
            uint32_t caps = pl_caps_of(rights_at(n), n >> PL_RIGHT_COUNT & 1, PL_POLICY_COMPAT);
            pl_model_fit(pl_models[k], caps, PL_POLICY_COMPAT, &fit);
            pl_model_fit(pl_models[k], caps, PL_POLICY_SERVER, &server);
            cr_assert_eq(fit.given & ~caps, fit.more);
            cr_assert_eq(fit.more & ~(uint32_t)PL_CAN_DROP, 0);
            cr_assert_eq(fit.lost & ~server.lost, 0);
            wider += fit.more != 0;
        }
    cr_assert_neq(wider, 0);
}

/* --- everybody in a folder ------------------------------------------------------------------------------- */

static uint32_t state = 7;
static uint32_t chance(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* What somebody can do in the target: listed under a name that it knows, or not. */
static uint32_t in_target(const struct pl_model *m, const struct pl_plan_grant *listed, uint32_t others)
{
    if (!listed || !listed->user)
        return others;
    switch (m->listed) {
    case PL_LISTED_WINS: return listed->fit.given;
    case PL_LISTED_OR_OTHERS: return listed->fit.count ? listed->fit.given : others;
    case PL_LISTED_AND_OTHERS: return listed->fit.given | others;
    }
    return PL_CAN_ALL;
}

Test(model, nobody_gets_more)
{
    for (size_t k = 0; pl_models[k]; k++)
        for (int n = 0; n < 20000; n++) {
            struct pl_plan_grant g[6] = {0};
            enum pl_policy policy = chance(2) ? PL_POLICY_STRICT : PL_POLICY_SERVER;
            uint32_t source[6], others = 0, others_source = 0;
            for (size_t i = 0; i < 6; i++) {
                g[i].caps = source[i] = pl_caps_of(rights_at(chance(1u << PL_RIGHT_COUNT)), chance(2), policy);
                g[i].user = i > 1 && chance(3) ? "somebody" : NULL;
                g[i].trustee = PL_TRUSTEE_UNKNOWN;
            }
            if (chance(4)) {
                g[0].trustee = PL_TRUSTEE_DEFAULT;
                others_source = source[0];
            }
            g[1].trustee = PL_TRUSTEE_ANONYMOUS;
            pl_plan_fit(pl_models[k], policy, g, 6);
            if (g[0].trustee == PL_TRUSTEE_DEFAULT)
                others = g[0].fit.given;
            cr_assert_eq(others & ~others_source, 0);
            cr_assert_eq(g[1].fit.given & ~source[1], 0);
            for (size_t i = 0; i < 6; i++) {
                bool listed = g[i].trustee == PL_TRUSTEE_UNKNOWN;
                if (listed)
                    cr_assert_eq(in_target(pl_models[k], &g[i], others) & ~source[i], 0, "%s", pl_models[k]->name);
            }
            cr_assert_eq(in_target(pl_models[k], NULL, others) & ~others_source, 0);
        }
}

/* --- lines ------------------------------------------------------------------------------------------------- */

struct heard {
    size_t folders, grants;
    uint32_t others;
    char last[64];
};

static void hear(void *data, const struct pl_plan_folder *f)
{
    struct heard *h = data;
    h->folders++;
    h->grants += f->count;
    snprintf(h->last, sizeof h->last, "%s/%s", f->owner ? f->owner : "-", f->path);
    for (size_t i = 0; i < f->count; i++)
        if (f->grants[i].trustee == PL_TRUSTEE_DEFAULT)
            h->others = f->grants[i].fit.given;
}

#define ACL(key, kind, smtp, rights, source)                                                                       \
    "{\"v\":1,\"kind\":\"acl\",\"store\":\"a\",\"owner\":{\"smtp\":\"anna@x\"},\"folder\":{\"path\":[\"Cal\"],"    \
    "\"key\":\"" key "\",\"role\":\"calendar\",\"scope\":\"visible\"},\"trustee\":{\"kind\":\"" kind               \
    "\",\"smtp\":\"" smtp "\"},\"rights\":" #rights ",\"source\":\"" source "\"}"

static void play(struct pl_plan *p, struct heard *h, const char *const *lines)
{
    *h = (struct heard){0};
    pl_plan_init(p, pl_model_named("radicale"), hear, h);
    for (size_t i = 0; lines[i]; i++)
        pl_plan_learn(p, lines[i], strlen(lines[i]));
    for (size_t i = 0; lines[i]; i++)
        pl_plan_line(p, lines[i], strlen(lines[i]));
    pl_plan_end(p);
}

Test(model, folders_from_lines)
{
    static const char *const lines[] = {
        "{\"v\":1,\"kind\":\"store\",\"store\":\"a\"}",
        ACL("1", "default", "", 1025, "ntsd"),
        ACL("1", "unknown", "bert@x", 1147, "ntsd"),
        ACL("1", "unknown", "bert@x", 2043, "acldata"), /* not the list in force */
        ACL("2", "default", "", 1025, "ntsd"),
        ACL("2", "unknown", "", 0, "ntsd"), /* somebody without an address is denied: so is everybody else */
        NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert_not(p.failed);
    cr_assert_eq(h.folders, 2);
    cr_assert_eq(h.grants, 4);
    cr_assert_eq(h.others, 0);
    cr_assert_str_eq(h.last, "anna/Cal");
    cr_assert_eq(p.totals.grants, 4);
    cr_assert_eq(p.totals.exact, 1);
    cr_assert_eq(p.totals.reduced, 1);
    cr_assert_eq(p.totals.left_out, 2);
    pl_plan_release(&p);
}

/* One person under two identities has what both have. */
Test(model, the_same_user_twice)
{
    static const char *const lines[] = {ACL("1", "unknown", "bert@x", 1147, "ntsd"),
                                        ACL("1", "unknown", "BERT@x", 1025, "ntsd"), NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert_eq(h.grants, 1);
    cr_assert_eq(p.totals.exact, 1);
    pl_plan_release(&p);
}

/* Targets know one entry for everybody else: which of two, they would decide each in their own way. */
Test(model, everybody_else_twice)
{
    static const char *const lines[] = {
        ACL("1", "default", "", 2043, "ntsd"), ACL("1", "default", "", 1025, "ntsd"),
        ACL("1", "anonymous", "", 1025, "ntsd"), ACL("1", "anonymous", "", 1024, "ntsd"), NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert_eq(h.grants, 2);
    cr_assert_eq(p.totals.exact, 1);
    cr_assert_eq(p.totals.left_out, 1);
    pl_plan_release(&p);
}

/* A list of many, in lines that are much longer than what has to be kept of them; who is named first is
 * named again at the end. */
Test(model, a_long_list)
{
    static const char form[] =
        "\",\"v\":1,\"kind\":\"acl\",\"store\":\"a\",\"owner\":{\"smtp\":\"anna@x\"},\"folder\":"
        "{\"path\":[\"Cal\"],\"key\":\"1\",\"role\":\"calendar\",\"scope\":\"visible\"},"
        "\"trustee\":{\"kind\":\"unknown\",\"smtp\":\"%s%d@x\"},\"rights\":%d,"
        "\"source\":\"ntsd\"}";
    static char line[30000] = "{\"more\":\"";
    enum { COUNT = 1500, START = 9, FILL = 19000 };
    struct pl_plan p;
    struct heard h = {0};
    memset(line + START, 'x', FILL);
    pl_plan_init(&p, pl_model_named("exchange"), hear, &h);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i <= COUNT; i++) {
            int from = START + pass * FILL, again = i == COUNT;
            from += sprintf(line + from, form, again ? "USER" : "user", again ? 0 : i, again ? 1025 : 1147);
            if (pass)
                pl_plan_line(&p, line, (size_t)from);
            else
                pl_plan_learn(&p, line, (size_t)from);
            if (!pass)
                memset(line + START, 'x', (size_t)(from - START + 1));
        }
    pl_plan_end(&p);
    cr_assert_not(p.failed);
    cr_assert_eq(h.grants, COUNT);
    cr_assert_eq(p.totals.exact, COUNT);
    pl_plan_release(&p);
}

/* Two people whose addresses begin alike: who of them "bert" is, nobody knows. */
Test(model, users_of_one_local_part)
{
    static const char *const lines[] = {ACL("1", "unknown", "bert@x", 1147, "ntsd"),
                                        ACL("2", "unknown", "Bert@y", 1147, "ntsd"),
                                        ACL("2", "unknown", "carla@y", 1147, "ntsd"), NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert_not(p.failed);
    cr_assert_eq(p.totals.left_out, 2);
    cr_assert_eq(p.totals.reduced, 1);
    pl_plan_release(&p);
}

/* A list in two parts: the second would lack those whom the first denies. */
Test(model, lines_of_a_folder_stand_together)
{
    static const char *const lines[] = {ACL("1", "unknown", "bert@x", 0, "ntsd"),
                                        ACL("2", "default", "", 1025, "ntsd"),
                                        ACL("1", "default", "", 1025, "ntsd"), NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert(p.failed);
    pl_plan_release(&p);
}

Test(model, a_bad_line_ends_it)
{
    static const char *const lines[] = {ACL("1", "default", "", 1025, "ntsd"), "{\"v\":1,\"kind\":\"acl\"", NULL};
    struct pl_plan p;
    struct heard h;
    play(&p, &h, lines);
    cr_assert(p.failed);
    cr_assert_gt(p.totals.bad, 0);
    cr_assert_eq(h.folders, 0);
    pl_plan_release(&p);
}
