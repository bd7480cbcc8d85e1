/*
 * lint_line.c - the checker's lines: octets, unfolding, grammar, single values.
 *
 * Layer: formats. Every byte passes one state machine: line ends, length, UTF-8 and
 * control characters are judged before unfolding, so a fold inside a character is seen.
 * Control characters are kept as '?', so that kept lines are C strings.
 * RFC 5545 3.1 and 3.3, RFC 6350 3.2 and 3.3, RFC 3629, RFC 4648 4.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_state.h"

#define LINE_MOST     75u
#define PROBES        64u
#define FIRST_ROOM    1024u
#define SECONDS_A_DAY 86400

void lint_find(struct pl_lint *l, uint64_t line, bool error, const char *code, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct pl_lint_finding finding = {.line = line, .error = error, .code = code, .text = text};
    l->sink(l->data, &finding);
}

uint64_t lint_hash(uint64_t seed, const char *text)
{
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
    return h ? h : 1;
}

bool lint_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; size && *at;) {
        size_t next = strcspn(at, " ");
        if (next == size && strncasecmp(at, word, size) == 0)
            return true;
        at += next;
        at += strspn(at, " ");
    }
    return false;
}

const char *lint_param(const struct lint_line *line, const char *name)
{
    for (unsigned i = 0; i < line->param_count; i++)
        if (strcmp(line->params[i].name, name) == 0)
            return line->params[i].value;
    return NULL;
}

/* --- the set of UIDs ------------------------------------------------------- */

static struct lint_uid *place(struct lint_uid *table, size_t room, uint64_t hash)
{
    for (size_t i = 0; i < PROBES; i++) {
        struct lint_uid *u = &table[(hash + i) & (room - 1)];
        if (u->hash == hash || u->hash == 0)
            return u;
    }
    return NULL;
}

static bool grow(struct pl_lint *l)
{
    size_t room = l->uid_room ? l->uid_room * 2 : FIRST_ROOM;
    if (room > 2 * (size_t)PL_LINT_UIDS)
        return false;
    struct lint_uid *table = calloc(room, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < l->uid_room; i++) {
        struct lint_uid *to = l->uids[i].hash ? place(table, room, l->uids[i].hash) : NULL;
        if (to)
            *to = l->uids[i];
    }
    free(l->uids);
    l->uids = table;
    l->uid_room = room;
    return true;
}

struct lint_uid *lint_uid(struct pl_lint *l, uint64_t hash)
{
    struct lint_uid *u = NULL;
    if (l->uid_count * 2 < l->uid_room || grow(l))
        u = place(l->uids, l->uid_room, hash);
    if (!u && !l->uids_full) {
        l->uids_full = true;
        lint_warn(l, l->logical, "uid.many", "more UIDs than are remembered; later duplicates go unnoticed");
    }
    return u;
}

/* --- values ------------------------------------------------------------------ */

void lint_text(struct pl_lint *l, const struct lint_line *line, const char *allowed)
{
    for (const char *at = line->value; *at; at++) {
        if (*at == '\\') {
            if (at[1] == '\0' && line->cut)
                return;
            if (at[1] == '\0' || !strchr("\\;,nN", at[1])) {
                lint_error(l, line->number, "text.escape", "%s: a backslash that escapes nothing", line->name);
                return;
            }
            at++;
        } else if ((*at == ';' || *at == ',') && !strchr(allowed, *at)) {
            lint_error(l, line->number, "text.escape", "%s: '%c' without a backslash", line->name, *at);
            return;
        }
    }
}

static bool is_base64(int c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

void lint_base64(struct pl_lint *l, const struct lint_line *line, const char *data)
{
    size_t size = 0, pads = 0;
    uint64_t before = (uint64_t)(data - l->kept), all = l->total - before;

    while (is_base64((unsigned char)data[size]))
        size++;
    if (!line->cut)
        while (pads < 2 && data[size + pads] == '=')
            pads++;
    bool good = data[size + pads] == '\0' && (!line->cut || l->rest_plain) && all % 4 == 0;
    if (!good)
        lint_error(l, line->number, "value.base64", "%s: no base64", line->name);
}

bool lint_uri(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char scheme[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    size_t size = strspn(value, scheme);
    return value[0] && strchr(letters, value[0]) && value[size] == ':' && value[size + 1] != '\0' &&
           !strpbrk(value, " <>\"\\^`{|}\t");
}

bool lint_whole(const char *value, long low, long high)
{
    size_t digits = strspn(value + (*value == '-' || *value == '+'), "0123456789");
    char *end;
    if (digits == 0 || digits > 10)
        return false;
    long n = strtol(value, &end, 10);
    return *end == '\0' && n >= low && n <= high;
}

static bool number(const char *at, size_t size, int *out)
{
    *out = 0;
    for (size_t i = 0; i < size; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        *out = *out * 10 + (at[i] - '0');
    }
    return true;
}

static int64_t days_before(int year, int month, int day)
{
    static const int16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int past = year - 1; /* whole years; year 0 is before all that is written */
    int64_t days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400;
    return days + before[month - 1] + (leap && month > 2) + day - 1;
}

static bool civil(int year, int month, int day, int64_t *days)
{
    static const int8_t most[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > most[month - 1] + (leap && month == 2))
        return false;
    *days = days_before(year, month, day);
    return true;
}

bool lint_date(const char *value, size_t size, struct lint_when *out)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t days;
    struct lint_when when = {.set = true, .date = size == 8, .utc = size == 16};

    if (size != 8 && size != 15 && size != 16)
        return false;
    if (!number(value, 4, &year) || !number(value + 4, 2, &month) || !number(value + 6, 2, &day))
        return false;
    if (size > 8 && (value[8] != 'T' || !number(value + 9, 2, &hour) || !number(value + 11, 2, &minute) ||
                     !number(value + 13, 2, &second)))
        return false;
    if (size == 16 && value[15] != 'Z')
        return false;
    if (!civil(year, month, day, &days) || hour > 23 || minute > 59 || second > 60)
        return false;
    when.seconds = days * SECONDS_A_DAY + hour * 3600 + minute * 60 + second;
    *out = when;
    return true;
}

/* --- one logical line ---------------------------------------------------------- */

static size_t name_size(const char *at)
{
    return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}

static void upper(char *text)
{
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z')
            *text = (char)(*text - 'a' + 'A');
}

/* From behind a ';' or ',' to the ';' or ':' that ends the value; NULL: a quote stays open, or a stray one. */
static char *value_end(char *at)
{
    for (bool quoted = false; *at; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == ';' || *at == ':'))
            return at;
    }
    return NULL;
}

static char *unquote(char *value)
{
    size_t size = strlen(value);
    if (size < 2 || value[0] != '"' || strchr(value + 1, '"') != value + size - 1)
        return value;
    value[size - 1] = '\0';
    return value + 1;
}

static const char *parse(struct lint_line *line, char *at)
{
    size_t size = name_size(at);
    if (size > 0 && at[size] == '.') {
        at[size] = '\0';
        line->group = at;
        at += size + 1;
        size = name_size(at);
    }
    if (size == 0 || (at[size] != ';' && at[size] != ':'))
        return "no name and colon";
    line->name = at;
    char end = at[size];
    at[size] = '\0';
    upper(at);
    at += size + 1;
    while (end == ';') {
        char *name = at;
        size = name_size(at);
        if (size == 0 || at[size] != '=')
            return "a parameter without name or '='";
        at += size + 1;
        char *stop = value_end(at);
        if (!stop)
            return "no colon behind the parameters";
        end = *stop;
        *stop = '\0';
        name[size] = '\0';
        upper(name);
        if (line->param_count == LINT_PARAMS)
            return "more parameters than are sensible";
        line->params[line->param_count++] = (struct lint_param){name, unquote(at)};
        at = stop + 1;
    }
    line->value = at;
    return NULL;
}

static void one_kind(struct pl_lint *l, const struct lint_line *line)
{
    if (l->kind == LINT_NOTHING && strcmp(line->name, "BEGIN") == 0) {
        if (strcasecmp(line->value, "VCALENDAR") == 0)
            l->kind = LINT_ICS;
        else if (strcasecmp(line->value, "VCARD") == 0)
            l->kind = LINT_VCF;
    }
    if (l->kind == LINT_ICS)
        lint_ics_line(l, line);
    else if (l->kind == LINT_VCF)
        lint_vcf_line(l, line);
    else
        lint_error(l, line->number, "file.outside", "%s outside of VCALENDAR and VCARD", line->name);
}

static void logical_line(struct pl_lint *l)
{
    struct lint_line line = {.number = l->logical, .group = "", .cut = l->total > l->used};

    if (l->used == 0) {
        lint_error(l, l->logical, "line.empty", "an empty line");
    } else {
        l->kept[l->used] = '\0';
        const char *fault = parse(&line, l->kept);
        if (fault)
            lint_error(l, l->logical, "line.grammar", "%s", fault);
        else
            one_kind(l, &line);
    }
    l->used = 0;
    l->total = 0;
    l->rest_plain = true;
    l->bad_utf8 = l->bad_control = false;
}

/* --- bytes --------------------------------------------------------------------- */

static void tell_utf8(struct pl_lint *l, const char *code, const char *text)
{
    if (!l->bad_utf8)
        lint_error(l, l->physical, code, "%s", text);
    l->bad_utf8 = true;
    l->utf8_left = 0;
}

/* RFC 3629: the second byte of some characters has narrower bounds. */
static void utf8(struct pl_lint *l, uint8_t c)
{
    if (l->utf8_left > 0) {
        bool good = c >= l->utf8_low && c <= l->utf8_high;
        l->utf8_low = 0x80, l->utf8_high = 0xBF;
        if (good) {
            l->utf8_left--;
            return;
        }
        tell_utf8(l, "line.utf8", "bytes that are no UTF-8");
    }
    if (c < 0x80)
        return;
    l->utf8_low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    l->utf8_high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    l->utf8_left = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4)
        tell_utf8(l, "line.utf8", "bytes that are no UTF-8");
}

static void content(struct pl_lint *l, uint8_t c)
{
    if ((c < 0x20 && c != '\t') || c == 0x7F) {
        if (!l->bad_control)
            lint_error(l, l->physical, "line.control", "a control character (0x%02X)", c);
        l->bad_control = true;
        c = '?';
    }
    utf8(l, c);
    if (++l->octets == LINE_MOST + 1)
        lint_error(l, l->physical, "line.long", "more than %u octets", LINE_MOST);
    if (l->used < PL_LINT_KEEP && l->used == l->total)
        l->kept[l->used++] = (char)c;
    else if (!is_base64(c) && c != '=')
        l->rest_plain = false;
    l->total++;
}

static void line_ends(struct pl_lint *l)
{
    if (l->utf8_left > 0)
        tell_utf8(l, "line.fold", "a line ends inside a character");
    l->physical++;
    l->octets = 0;
    l->at_start = true;
}

static void byte(struct pl_lint *l, uint8_t c)
{
    if (l->cr) {
        l->cr = false;
        if (c != '\n')
            lint_error(l, l->physical, "line.end", "CR without LF");
        line_ends(l);
        if (c == '\n')
            return;
    }
    if (l->at_start && c != '\n' && c != '\r') {
        l->at_start = false;
        if (l->any && (c == ' ' || c == '\t')) {
            l->octets = 1;
            return;
        }
        if (l->any)
            logical_line(l);
        l->any = true;
        l->logical = l->physical;
    } else if (l->at_start) {
        if (l->any)
            logical_line(l);
        l->any = true;
        l->at_start = false;
        l->logical = l->physical;
    }
    if (c == '\r') {
        l->cr = true;
    } else if (c == '\n') {
        lint_error(l, l->physical, "line.end", "LF without CR");
        line_ends(l);
    } else {
        content(l, c);
    }
}

/* --- the file ------------------------------------------------------------------- */

static void start(struct pl_lint *l, pl_lint_sink sink, void *data)
{
    memset(l, 0, sizeof *l);
    l->sink = sink;
    l->data = data;
    l->physical = 1;
    l->at_start = l->rest_plain = true;
}

struct pl_lint *pl_lint_new(pl_lint_sink sink, void *data)
{
    struct pl_lint *l = malloc(sizeof *l);
    if (l)
        start(l, sink, data);
    return l;
}

void pl_lint_feed(struct pl_lint *l, const void *data, size_t size)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < size; i++)
        byte(l, at[i]);
}

void pl_lint_end(struct pl_lint *l)
{
    if (l->cr) {
        lint_error(l, l->physical, "line.end", "CR without LF");
        line_ends(l);
    }
    if (!l->any)
        lint_error(l, 1, "file.empty", "nothing in it");
    else if (!l->at_start)
        lint_error(l, l->physical, "line.end", "the last line has no end");
    if (l->any)
        logical_line(l);
    if (l->kind == LINT_ICS)
        lint_ics_end(l);
    else if (l->kind == LINT_VCF)
        lint_vcf_end(l);
    free(l->uids);
    start(l, l->sink, l->data);
}

void pl_lint_free(struct pl_lint *l)
{
    if (l)
        free(l->uids);
    free(l);
}
