/*
 * lint_vcf.c - the checker's rules of vCard 3.0 and 4.0.
 *
 * Layer: formats. One table says which property exists in which version, whether it may
 * stand twice and what its value looks like. What needs the version is judged from the
 * VERSION line on; a card without one is reported and judged by what both have.
 * RFC 2426, RFC 2739, RFC 6350, RFC 6868; names that begin with X- are nobody's.
 */
#include <string.h>
#include <strings.h>

#include "lint_state.h"

enum { V3 = 1, V4 = 2, BOTH = 3 };
enum value { FREE, TEXT, TEXTS, NAME, ADDRESS, PARTS, URI, DATA, WORDS, DATE };

static const struct property {
    const char *name;
    uint8_t versions, once; /* of vCard */
    uint8_t value;
    const char *words; /* of WORDS */
} properties[] = {
    {"VERSION", BOTH, BOTH, WORDS, "3.0 4.0"},
    {"FN", BOTH, V3, TEXT, NULL},
    {"N", BOTH, BOTH, NAME, NULL},
    {"NICKNAME", BOTH, 0, TEXTS, NULL},
    {"PRODID", BOTH, BOTH, TEXT, NULL},
    {"UID", BOTH, BOTH, FREE, NULL},
    {"REV", BOTH, BOTH, DATE, NULL},
    {"BDAY", BOTH, BOTH, DATE, NULL},
    {"ANNIVERSARY", V4, V4, DATE, NULL},
    {"GENDER", V4, V4, FREE, NULL},
    {"KIND", V4, V4, WORDS, "individual group org location application device"},
    {"MEMBER", V4, 0, URI, NULL},
    {"ADR", BOTH, 0, ADDRESS, NULL},
    {"LABEL", V3, 0, TEXT, NULL},
    {"TEL", BOTH, 0, FREE, NULL},
    {"EMAIL", BOTH, 0, TEXT, NULL},
    {"IMPP", BOTH, 0, URI, NULL},
    {"LANG", V4, 0, FREE, NULL},
    {"MAILER", V3, V3, TEXT, NULL},
    {"TZ", BOTH, 0, FREE, NULL},
    {"GEO", BOTH, V3, FREE, NULL},
    {"TITLE", BOTH, 0, TEXT, NULL},
    {"ROLE", BOTH, 0, TEXT, NULL},
    {"LOGO", BOTH, 0, DATA, NULL},
    {"PHOTO", BOTH, 0, DATA, NULL},
    {"SOUND", BOTH, 0, DATA, NULL},
    {"KEY", BOTH, 0, DATA, NULL},
    {"AGENT", V3, 0, FREE, NULL},
    {"ORG", BOTH, 0, PARTS, NULL},
    {"RELATED", V4, 0, FREE, NULL},
    {"CATEGORIES", BOTH, 0, TEXTS, NULL},
    {"NOTE", BOTH, 0, TEXT, NULL},
    {"SORT-STRING", V3, V3, TEXT, NULL},
    {"URL", BOTH, 0, URI, NULL},
    {"CLASS", V3, V3, WORDS, "PUBLIC PRIVATE CONFIDENTIAL"},
    {"NAME", V3, V3, TEXT, NULL},
    {"PROFILE", V3, V3, WORDS, "VCARD"},
    {"SOURCE", BOTH, 0, URI, NULL},
    {"XML", V4, 0, FREE, NULL},
    {"CLIENTPIDMAP", V4, 0, FREE, NULL},
    {"FBURL", BOTH, 0, URI, NULL},
    {"CALURI", BOTH, 0, URI, NULL},
    {"CALADRURI", BOTH, 0, URI, NULL},
    {"BIRTHPLACE", V4, V4, FREE, NULL},
    {"DEATHPLACE", V4, V4, FREE, NULL},
    {"DEATHDATE", V4, V4, DATE, NULL},
    {"EXPERTISE", V4, 0, TEXT, NULL},
    {"HOBBY", V4, 0, TEXT, NULL},
    {"INTEREST", V4, 0, TEXT, NULL},
    {"ORG-DIRECTORY", V4, 0, URI, NULL},
};
#define PROPERTIES (sizeof properties / sizeof *properties)
_Static_assert(PROPERTIES <= 64, "one bit for each property");

static bool has(const struct lint_card *c, const char *name)
{
    for (size_t i = 0; i < PROPERTIES; i++)
        if (strcmp(properties[i].name, name) == 0)
            return c->seen >> i & 1;
    return false;
}

static void check_parts(struct pl_lint *l, const struct lint_line *line, unsigned most)
{
    unsigned semicolons = 0;
    lint_text(l, line, ";,");
    for (const char *at = line->value; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else
            semicolons += *at == ';';
    }
    if (most && semicolons != most - 1)
        lint_error(l, line->number, "value.parts", "%s has %u parts, not %u", line->name, semicolons + 1, most);
}

/* 3.0: ENCODING=b or VALUE=uri; 4.0: a URI, base64 stands in a data: one. */
static void check_data(struct pl_lint *l, const struct lint_line *line)
{
    const char *encoding = lint_param(line, "ENCODING"), *kind = lint_param(line, "VALUE");
    if (kind && strcasecmp(kind, "text") == 0)
        return;
    if (l->card.version == 30 && !(kind && strcasecmp(kind, "uri") == 0)) {
        if (encoding && strcasecmp(encoding, "b") == 0)
            lint_base64(l, line, line->value);
        else
            lint_error(l, line->number, "value.type", "%s: neither ENCODING=b nor VALUE=uri", line->name);
        return;
    }
    if (strncasecmp(line->value, "data:", 5) == 0) {
        const char *comma = strchr(line->value, ',');
        if (comma && comma - line->value >= 7 && strncasecmp(comma - 7, ";base64", 7) == 0)
            lint_base64(l, line, comma + 1);
        else if (!comma)
            lint_error(l, line->number, "value.uri", "%s: a data: URI without a comma", line->name);
    } else if (!lint_uri(line->value)) {
        lint_error(l, line->number, "value.uri", "%s: no URI: %.60s", line->name, line->value);
    }
}

/* The digits of a date, with or without dashes, as YYYYMMDD; a year that is not told is a leap year. */
static bool good_day(const char *at, size_t size)
{
    char digits[9] = "2000";
    struct lint_when when;
    size_t have = 4;

    if (size >= 2 && memcmp(at, "--", 2) == 0) {
        at += 2, size -= 2;
    } else {
        if (size < 4)
            return false;
        memcpy(digits, at, 4);
        at += 4, size -= 4;
    }
    for (size_t i = 0; i < size; i++) {
        if (at[i] == '-' && have % 2 == 0)
            continue;
        if (have == 8)
            return false;
        digits[have++] = at[i];
    }
    if (have % 2)
        return false;
    memcpy(digits + have, &"0101"[have - 4], 8 - have);
    return lint_date(digits, 8, &when);
}

static bool good_time(const char *at)
{
    static const int most[] = {23, 59, 60};
    unsigned part = 0;
    while (*at >= '0' && *at <= '9' && part < 3) {
        if (at[1] < '0' || at[1] > '9' || (at[0] - '0') * 10 + at[1] - '0' > most[part++])
            return false;
        at += 2;
        at += *at == ':';
    }
    if (part && *at == '.')
        at += 1 + strspn(at + 1, "0123456789");
    if (*at == '+' || *at == '-')
        at += 1 + strspn(at + 1, "0123456789:");
    else if (*at == 'Z')
        at++;
    return part && *at == '\0';
}

static void check_date(struct pl_lint *l, const struct lint_line *line)
{
    const char *kind = lint_param(line, "VALUE");
    size_t size = strcspn(line->value, "T");
    if (kind && strcasecmp(kind, "text") == 0)
        return;
    if ((size == 0 && line->value[size] == '\0') || (size && !good_day(line->value, size)) ||
        (line->value[size] == 'T' && !good_time(line->value + size + 1)))
        lint_error(l, line->number, "value.date", "%s: no date: %.40s", line->name, line->value);
    else if (l->card.version == 40 && size >= 8 && line->value[4] == '-')
        lint_error(l, line->number, "value.date", "%s: dashes in a date of vCard 4.0", line->name);
    else if (l->card.version == 30 && strncmp(line->value, "--", 2) == 0)
        lint_error(l, line->number, "value.date", "%s: a date without a year in vCard 3.0", line->name);
}

static void check_words(struct pl_lint *l, const struct lint_line *line, const char *words)
{
    if (!lint_word(words, line->value) && strncasecmp(line->value, "X-", 2) != 0)
        lint_error(l, line->number, "value.word", "%s: not one of %s: %.40s", line->name, words, line->value);
}

static void check_value(struct pl_lint *l, const struct lint_line *line, const struct property *p)
{
    const char *kind = lint_param(line, "VALUE");
    switch ((enum value)p->value) {
    case FREE:
        if (kind && strcasecmp(kind, "uri") == 0 && !lint_uri(line->value))
            lint_error(l, line->number, "value.uri", "%s: no URI: %.60s", line->name, line->value);
        break;
    case TEXT: lint_text(l, line, l->card.version == 40 ? ";" : ""); break;
    case TEXTS: lint_text(l, line, ","); break;
    case NAME: check_parts(l, line, 5); break;
    case ADDRESS: check_parts(l, line, 7); break;
    case PARTS: check_parts(l, line, 0); break;
    case DATA: check_data(l, line); break;
    case WORDS: check_words(l, line, p->words); break;
    case DATE: check_date(l, line); break;
    case URI:
        if (!(kind && strcasecmp(kind, "text") == 0) && !lint_uri(line->value))
            lint_error(l, line->number, "value.uri", "%s: no URI: %.60s", line->name, line->value);
        break;
    }
}

static const struct form {
    const char *param;
    unsigned version; /* the only one that has it */
} forms[] = {{"ENCODING", 30},  {"CHARSET", 0},   {"PREF", 40},    {"ALTID", 40}, {"PID", 40},
             {"MEDIATYPE", 40}, {"CALSCALE", 40}, {"SORT-AS", 40}, {"GEO", 40},   {"TZ", 40}};

static bool lists(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list; *at;) {
        size_t next = strcspn(at, ",");
        if (next == size && strncasecmp(at, word, size) == 0)
            return true;
        at += next + (at[next] == ',');
    }
    return false;
}

static void check_params(struct pl_lint *l, const struct lint_line *line)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (lint_param(line, forms[i].param) && l->card.version != forms[i].version)
            lint_error(l, line->number, "form.parameter", "%s: parameter %s in vCard %u.0", line->name,
                       forms[i].param, l->card.version / 10);
    const char *pref = lint_param(line, "PREF");
    if (pref && l->card.version == 40 && !lint_whole(pref, 1, 100))
        lint_error(l, line->number, "value.number", "%s: PREF is not from 1 to 100", line->name);
    for (unsigned i = 0; i < line->param_count; i++)
        if (l->card.version == 40 && strcmp(line->params[i].name, "TYPE") == 0 &&
            lists(line->params[i].value, "pref"))
            lint_error(l, line->number, "form.parameter", "%s: TYPE=pref in vCard 4.0", line->name);
}

static void check_version(struct pl_lint *l, const struct lint_line *line)
{
    struct lint_card *c = &l->card;
    c->version = strcmp(line->value, "3.0") == 0 ? 30 : strcmp(line->value, "4.0") == 0 ? 40 : 0;
    if (c->version == 40 && !c->second)
        lint_error(l, line->number, "card.order", "VERSION does not follow BEGIN");
}

static void check_uid(struct pl_lint *l, const struct lint_line *line)
{
    uint64_t hash = lint_hash(1, line->value);
    struct lint_uid *u = lint_uid(l, hash);
    if (!*line->value)
        lint_error(l, line->number, "value.empty", "an empty UID");
    else if (u && u->hash)
        lint_error(l, line->number, "uid.duplicate", "a second card with this UID");
    else if (u) {
        u->hash = hash;
        l->uid_count++;
    }
}

static void property_line(struct pl_lint *l, const struct lint_line *line)
{
    struct lint_card *c = &l->card;
    uint8_t version = c->version == 30 ? V3 : c->version == 40 ? V4 : BOTH;
    size_t i = 0;

    while (i < PROPERTIES && strcmp(properties[i].name, line->name) != 0)
        i++;
    if (strcmp(line->name, "VERSION") == 0)
        check_version(l, line);
    c->second = false;
    if (c->version)
        check_params(l, line);
    if (i == PROPERTIES) {
        if (strncmp(line->name, "X-", 2) != 0)
            lint_warn(l, line->number, "property.unknown", "%s is no property of vCard", line->name);
        return;
    }
    const struct property *p = &properties[i];
    if (!(p->versions & version))
        lint_error(l, line->number, "form.property", "%s in vCard %u.0", line->name, c->version / 10);
    if ((p->once & version) == version && (c->seen >> i & 1) && !lint_param(line, "ALTID"))
        lint_error(l, line->number, "property.twice", "a second %s", line->name);
    c->seen |= UINT64_C(1) << i;
    if (strcmp(line->name, "KIND") == 0)
        c->group = strcasecmp(line->value, "group") == 0;
    else if (strcmp(line->name, "UID") == 0)
        check_uid(l, line);
    else if (strcmp(line->name, "MEMBER") == 0 && !c->member)
        c->member = line->number;
    check_value(l, line, p);
}

static void end(struct pl_lint *l, const struct lint_line *line)
{
    const struct lint_card *c = &l->card;

    if (strcasecmp(line->value, "VCARD") != 0)
        lint_error(l, line->number, "nesting.end", "END:%.40s ends a VCARD", line->value);
    if (!has(c, "VERSION"))
        lint_error(l, c->line, "property.missing", "VCARD without VERSION");
    if (!has(c, "FN"))
        lint_error(l, c->line, "property.missing", "VCARD without FN");
    if (c->version == 30 && !has(c, "N"))
        lint_error(l, c->line, "property.missing", "VCARD 3.0 without N");
    if (!has(c, "UID"))
        lint_warn(l, c->line, "card.uid", "VCARD without UID");
    if (c->member && !c->group)
        lint_error(l, c->member, "card.member", "MEMBER in a card that is not KIND:group");
    l->kind = LINT_NOTHING;
    l->depth = 0;
}

void lint_vcf_line(struct pl_lint *l, const struct lint_line *line)
{
    if (strcmp(line->name, "BEGIN") == 0) {
        if (l->depth == 0) {
            l->card = (struct lint_card){.line = line->number, .second = true};
            l->depth = 1;
        } else {
            lint_error(l, line->number, "nesting.place", "%.40s in VCARD", line->value);
        }
    } else if (strcmp(line->name, "END") == 0) {
        end(l, line);
    } else {
        property_line(l, line);
    }
}

void lint_vcf_end(struct pl_lint *l) { lint_error(l, l->card.line, "nesting.open", "VCARD has no end"); }
