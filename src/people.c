/*
 * people.c - the names of people: their forms, and what many statements add up to. See people.h.
 *
 * Layer: core. Pure: no tables here, those are in ledger_people.c.
 */
#include "people.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "bytes.h"
#include "text.h"

#define SID_PARTS_MOST 15 /* [MS-DTYP] 2.4.2 */
#define SMTP_MOST      320

static const struct said_row {
    const char *name;
    enum pl_trust trust;
} rows[PL_SAID_COUNT] = {
    [PL_SAID_MAP] = {"map", PL_TRUST_MAP},
    [PL_SAID_STORE] = {"store", PL_TRUST_STORE},
    [PL_SAID_SENDER] = {"sender", PL_TRUST_MESSAGE},
    [PL_SAID_REPRESENTING] = {"representing", PL_TRUST_MESSAGE},
    [PL_SAID_RECEIVED] = {"received", PL_TRUST_MESSAGE},
    [PL_SAID_RECEIVED_FOR] = {"received-for", PL_TRUST_MESSAGE},
    [PL_SAID_RECIPIENT] = {"recipient", PL_TRUST_MESSAGE},
    [PL_SAID_CREATOR] = {"creator", PL_TRUST_MESSAGE},
    [PL_SAID_MODIFIER] = {"modifier", PL_TRUST_MESSAGE},
    [PL_SAID_CONTACT] = {"contact", PL_TRUST_TEXT},
    [PL_SAID_MEMBER] = {"member", PL_TRUST_TEXT},
};

const char *pl_said_name(enum pl_said said) { return rows[said].name; }
enum pl_trust pl_said_trust(enum pl_said said) { return rows[said].trust; }

/* --- forms of names --------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* "/o=Org/ou=Site/cn=Recipients/cn=anna": parts with a type and a value. */
static bool is_dn(const char *text)
{
    const char *equals = strchr(text, '=');
    return text[0] == '/' && equals && equals > text + 1 && equals[1] && !strstr(text, "\xef\xbf\xbd");
}

/* S-1-5-21-a-b-c-rid, or S-1-12-1-...: a principal of a domain. All others are roles and machines. */
static bool is_sid(const char *text)
{
    int numbers = 0;
    if (strncasecmp(text, "S-1-", 4) != 0)
        return false;
    for (const char *at = text + 4;; at++) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 10)
            return false;
        numbers++;
        at += digits;
        if (*at != '-') {
            bool whole = *at == '\0';
            return whole && ((!strncmp(text + 4, "5-21-", 5) && numbers == 6) ||
                             (!strncmp(text + 4, "12-1-", 5) && numbers == 6));
        }
    }
}

/* An addr-spec without quoting. Exchange makes IMCEA... addresses of what has none. */
static bool is_smtp(const char *text)
{
    const char *at = strchr(text, '@');
    size_t size = strlen(text);
    if (!at || at == text || !at[1] || strchr(at + 1, '@') || size >= SMTP_MOST || !strncasecmp(text, "IMCEA", 5))
        return false;
    if (strpbrk(text, " ()<>[]:;,\\\"") || strstr(text, "\xef\xbf\xbd"))
        return false;
    return at[-1] != '.' && at[1] != '.' && text[size - 1] != '.' && text[0] != '.';
}

bool pl_key_fold(enum pl_key_kind kind, const char *text, char *out)
{
    static const struct {
        const char *prefix;
        bool (*fits)(const char *text);
    } kinds[] = {[PL_KEY_DN] = {"dn:", is_dn}, [PL_KEY_SID] = {"sid:", is_sid}, [PL_KEY_SMTP] = {"smtp:", is_smtp}};
    size_t size = text ? strlen(text) : 0, head = strlen(kinds[kind].prefix);
    if (!size || head + size >= PL_KEY_TEXT_MAX || !is_plain(text) || !pl_utf8_valid(text, size) ||
        !kinds[kind].fits(text))
        return false;
    memcpy(out, kinds[kind].prefix, head);
    for (size_t i = 0; i <= size; i++)
        out[head + i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    return true;
}

bool pl_key_kind_of(const char *text, enum pl_key_kind *out)
{
    char folded[PL_KEY_TEXT_MAX];
    for (enum pl_key_kind kind = PL_KEY_DN; kind <= PL_KEY_SMTP; kind++)
        if (pl_key_fold(kind, text, folded)) {
            *out = kind;
            return true;
        }
    return false;
}

bool pl_sid_text(struct pl_bytes sid, char *out, size_t room)
{
    if (sid.size < 8 || sid.data[0] != 1 || sid.data[1] > SID_PARTS_MOST || sid.size != 8 + 4 * (size_t)sid.data[1])
        return false;
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++)
        authority = authority << 8 | sid.data[i];
    int used = snprintf(out, room, "S-1-%" PRIu64, authority);
    for (size_t i = 0; i < sid.data[1] && used > 0 && (size_t)used < room; i++)
        used += snprintf(out + used, room - (size_t)used, "-%" PRIu32, pl_le32(sid.data + 8 + 4 * i));
    return used > 0 && (size_t)used < room;
}

/* --- weighing ----------------------------------------------------------------------------- */

static bool same(const char *a, const char *b) { return !strcasecmp(a, b); }

static const char *keep(struct pl_weighing *w, const char *text)
{
    const char *copy = pl_arena_strdup(w->arena, text);
    w->failed |= !copy;
    return copy;
}

/* Of texts that differ in case alone the first in the order of bytes stays, whichever came first. */
static void vote(struct pl_weighing *w, struct pl_known *k, const char *text, const struct pl_statement *s,
                 uint64_t votes)
{
    enum pl_trust trust = pl_said_trust(s->said);
    bool fresh = !k->text && !k->disputed;
    if (!text || !*text || (!fresh && trust > k->trust))
        return;
    if (fresh || trust < k->trust) {
        *k = (struct pl_known){.text = keep(w, text), .trust = trust, .said = s->said, .votes = votes};
        return;
    }
    if (k->disputed)
        return;
    if (!same(k->text, text)) {
        *k = (struct pl_known){.trust = trust, .said = s->said, .disputed = true};
        return;
    }
    k->votes += votes;
    if (s->said < k->said)
        k->said = s->said;
    if (strcmp(text, k->text) < 0)
        k->text = keep(w, text);
}

/* Names may differ without a dispute: all are counted. */
static void vote_name(struct pl_weighing *w, const struct pl_statement *s, uint64_t votes)
{
    enum pl_trust trust = pl_said_trust(s->said);
    if (!s->name || !*s->name || (w->name_count && trust > w->names[0].trust))
        return;
    if (w->name_count && trust < w->names[0].trust)
        w->name_count = 0;
    size_t i = 0;
    while (i < w->name_count && strcmp(w->names[i].text, s->name) != 0)
        i++;
    if (i < w->name_count) {
        w->names[i].votes += votes;
    } else if (i < PL_NAMES_MOST) {
        const char *copy = keep(w, s->name);
        if (copy)
            w->names[w->name_count++] =
                (struct pl_known){.text = copy, .trust = trust, .said = s->said, .votes = votes};
    }
}

void pl_weigh(struct pl_weighing *w, const struct pl_statement *s)
{
    uint64_t votes = s->votes ? s->votes : 1;
    if (pl_said_trust(s->said) > w->least)
        return;
    vote(w, &w->result.dn, s->dn, s, votes);
    vote(w, &w->result.sid, s->sid, s, votes);
    vote(w, &w->result.smtp, s->smtp, s, votes);
    vote_name(w, s, votes);
}

void pl_weigh_end(struct pl_weighing *w)
{
    struct pl_known *best = &w->result.name;
    for (size_t i = 0; i < w->name_count; i++) {
        const struct pl_known *k = &w->names[i];
        if (!best->text || k->votes > best->votes || (k->votes == best->votes && strcmp(k->text, best->text) < 0))
            *best = *k;
    }
}

static void complete(struct pl_known *to, const struct pl_known *from, enum pl_trust link)
{
    if (to->text || to->disputed)
        return;
    *to = *from;
    if (to->trust < link)
        to->trust = link;
}

void pl_identity_complete(struct pl_identity *to, const struct pl_identity *from, enum pl_trust link)
{
    complete(&to->dn, &from->dn, link);
    complete(&to->sid, &from->sid, link);
    complete(&to->smtp, &from->smtp, link);
    complete(&to->name, &from->name, link);
}

enum pl_status pl_people_complete(struct pl_people *p, enum pl_trust least, struct pl_arena *a,
                                  struct pl_known_as *who)
{
    const struct pl_key keys[] = {{PL_KEY_DN, who->dn}, {PL_KEY_SID, who->sid}, {PL_KEY_SMTP, who->smtp}};
    struct pl_identity known;
    enum pl_status st = PL_END;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && st == PL_END; i++)
        if (keys[i].text && *keys[i].text)
            st = pl_people_find(p, keys[i], least, a, &known);
    if (st != PL_OK)
        return st;
    who->name = who->name ? who->name : known.name.text;
    who->dn = who->dn ? who->dn : known.dn.text;
    who->sid = who->sid ? who->sid : known.sid.text;
    who->disputed = !who->smtp && known.smtp.disputed;
    if (!who->smtp && known.smtp.text) {
        who->smtp = known.smtp.text;
        who->by = pl_said_name(known.smtp.said);
        who->learned = known.smtp.trust > PL_TRUST_STORE;
    }
    return PL_OK;
}
