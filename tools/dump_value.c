/*
 * dump_value.c - a bag of properties as JSON; see dump_value.h.
 *
 * Layer: programs. Types carry the names of [MS-OXCDATA] 2.11.1. Instants are
 * printed in UTC with all seven digits of a FILETIME; one outside of the years
 * that a date can show stays a number. 8-bit texts that are not plain ASCII carry
 * their bytes besides, since a code page may have been guessed.
 */
#include "dump_value.h"

#include <openssl/evp.h>
#include <string.h>

#include "memory.h"
#include "tz.h"

#define CHUNK         65536u
#define TICKS         10000000            /* of a FILETIME in a second */
#define FILETIME_MOST 2650467744000000000 /* 10000-01-01 */

static const char *const type_names[] = {
    [PT_UNSPECIFIED] = "PtypUnspecified",
    [PT_NULL] = "PtypNull",
    [PT_SHORT] = "PtypInteger16",
    [PT_LONG] = "PtypInteger32",
    [PT_FLOAT] = "PtypFloating32",
    [PT_DOUBLE] = "PtypFloating64",
    [PT_CURRENCY] = "PtypCurrency",
    [PT_APPTIME] = "PtypFloatingTime",
    [PT_ERROR] = "PtypErrorCode",
    [PT_BOOLEAN] = "PtypBoolean",
    [PT_OBJECT] = "PtypObject",
    [PT_I8] = "PtypInteger64",
    [PT_STRING8] = "PtypString8",
    [PT_UNICODE] = "PtypString",
    [PT_SYSTIME] = "PtypTime",
    [PT_CLSID] = "PtypGuid",
    [PT_SVREID] = "PtypServerId",
    [PT_SRESTRICT] = "PtypRestriction",
    [PT_ACTIONS] = "PtypRuleAction",
    [PT_BINARY] = "PtypBinary",
};

static void dump_type(struct json *j, enum pl_type type)
{
    char text[40];
    const unsigned single = type & ~(unsigned)PT_MULTI;
    const char *name = single < sizeof type_names / sizeof *type_names ? type_names[single] : NULL;

    if (!name)
        snprintf(text, sizeof text, "0x%04x", (unsigned)type);
    else if (type & PT_MULTI)
        snprintf(text, sizeof text, "PtypMultiple%s", name + strlen("Ptyp"));
    json_pair_plain(j, "type", name && !(type & PT_MULTI) ? name : text);
}

/* "0x0037001f" */
static void dump_hex32(struct json *j, const char *name, uint32_t value)
{
    char text[11] = "0x";
    for (size_t i = 0; i < 8; i++)
        text[2 + i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    json_pair_plain(j, name, text);
}

static void dump_name(struct json *j, const struct pl_prop *p)
{
    char text[39];

    dump_hex32(j, "tag", p->tag);
    if (p->pid != PID_NONE)
        json_pair_plain(j, "name", pl_pid_name((enum pl_pid)p->pid));
    if (!p->name)
        return;
    json_pair_plain(j, "set", pl_guid_text(&p->name->set, text));
    if (p->name->text)
        json_pair_text(j, "text", p->name->text);
    else
        dump_hex32(j, "lid", p->name->lid);
}

static void head_make(struct json *j, const struct pl_prop *p)
{
    json_begin_object(j);
    dump_name(j, p);
    dump_type(j, pl_prop_type(p));
}

static bool head_is(const struct dump_head *h, const struct pl_prop *p)
{
    return h->size && h->tag == p->tag && h->pid == p->pid && h->named == (p->name != NULL) &&
           (!p->name || (h->lid == p->name->lid && !memcmp(&h->set, &p->name->set, sizeof h->set)));
}

static void head_keep(struct dump_head *h, const struct pl_prop *p)
{
    struct json own;
    json_init(&own, NULL);
    head_make(&own, p);
    *h = (struct dump_head){.tag = p->tag, .pid = p->pid, .named = p->name != NULL};
    if (p->name) {
        h->set = p->name->set;
        h->lid = p->name->lid;
    }
    if (own.used > sizeof h->text)
        return;
    memcpy(h->text, own.held, own.used);
    h->size = own.used;
}

/* The begin of its object, up to the value. */
static void dump_head(struct json *j, struct dump_heads *heads, const struct pl_prop *p)
{
    const uint32_t hash = p->tag * 0x9e3779b1u >> (32 - DUMP_HEADS_BITS);
    struct dump_head *h = heads && !(p->name && p->name->text) ? &heads->slots[hash] : NULL;
    if (h && !head_is(h, p))
        head_keep(h, p);
    if (h && h->size)
        json_verbatim(j, h->text, h->size);
    else
        head_make(j, p);
}

static char *digits(char *to, int number, int count, char after)
{
    for (int i = count; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    to[count] = after;
    return to + count + 1;
}

static void dump_time(struct json *j, int64_t filetime)
{
    char text[32];
    if (filetime < 0 || filetime >= FILETIME_MOST) {
        json_integer(j, filetime);
        return;
    }
    const struct pl_civil c = pl_civil_of(pl_seconds_of_filetime(filetime));
    char *day = digits(digits(digits(text, c.year, 4, '-'), c.month, 2, '-'), c.day, 2, 'T');
    char *end = digits(digits(digits(day, c.hour, 2, ':'), c.minute, 2, ':'), c.second, 2, '.');
    *digits(end, (int)(filetime % TICKS), 7, 'Z') = '\0';
    json_text(j, text);
}

static void dump_guid(struct json *j, const struct pl_bytes *raw)
{
    struct pl_guid guid;
    char text[39];
    if (raw->size != sizeof guid.bytes) {
        json_hex(j, raw->data, raw->size);
        return;
    }
    memcpy(guid.bytes, raw->data, sizeof guid.bytes);
    json_text(j, pl_guid_text(&guid, text));
}

static void dump_value(struct json *j, enum pl_type type, const struct pl_value *value)
{
    switch ((unsigned)type & ~(unsigned)PT_MULTI) {
    case PT_SHORT:
    case PT_LONG:
    case PT_I8:
    case PT_CURRENCY:
    case PT_ERROR: json_integer(j, value->as.integer); break;
    case PT_BOOLEAN: json_bool(j, value->as.integer != 0); break;
    case PT_FLOAT:
    case PT_DOUBLE:
    case PT_APPTIME: json_real(j, value->as.real); break;
    case PT_STRING8:
    case PT_UNICODE: json_text(j, value->as.text); break;
    case PT_SYSTIME: dump_time(j, value->as.integer); break;
    case PT_CLSID: dump_guid(j, &value->raw); break;
    default: json_hex(j, value->raw.data, value->raw.size); break;
    }
}

static bool is_ascii(const struct pl_bytes *raw)
{
    for (size_t i = 0; i < raw->size; i++)
        if (raw->data[i] & 0x80)
            return false;
    return true;
}

/* The SHA-256 of what the stream really delivers, and how much that is. */
static void dump_stream(struct json *j, struct pl_reader *reader, const struct pl_stream *stream)
{
    uint8_t chunk[CHUNK], digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    uint64_t at = 0;
    size_t got = 0;
    enum pl_status status = PL_OK;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool hashing = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;

    while (hashing && at < stream->size) {
        status = reader->ops->read(reader, stream, at, chunk, sizeof chunk, &got);
        if (status <= PL_LOST || got == 0)
            break;
        hashing = EVP_DigestUpdate(hash, chunk, got) == 1;
        at += got;
    }
    hashing = hashing && EVP_DigestFinal_ex(hash, digest, &digest_size) == 1;
    EVP_MD_CTX_free(hash);

    json_begin_object(j);
    json_pair_unsigned(j, "size", stream->size);
    if (at != stream->size)
        json_pair_unsigned(j, "readable", at);
    if (hashing) {
        json_key_plain(j, "sha256");
        json_hex(j, digest, digest_size);
    } else {
        pl_memory_missed();
    }
    json_end_object(j);
}

static void dump_prop(struct json *j, struct pl_reader *reader, struct dump_heads *heads, const struct pl_prop *p)
{
    const enum pl_type type = pl_prop_type(p);

    dump_head(j, heads, p);
    if (p->stream.size > 0) {
        json_key_plain(j, "stream");
        dump_stream(j, reader, &p->stream);
    } else if (type & PT_MULTI) {
        json_key_plain(j, "values");
        json_begin_array(j);
        for (uint32_t i = 0; i < p->count; i++)
            dump_value(j, type, &p->values[i]);
        json_end_array(j);
    } else if (p->count > 0) {
        json_key_plain(j, "value");
        dump_value(j, type, &p->values[0]);
        if (type == PT_STRING8 && !is_ascii(&p->values[0].raw)) {
            json_key_plain(j, "raw");
            json_hex(j, p->values[0].raw.data, p->values[0].raw.size);
        }
    }
    json_end_object(j);
}

void dump_bag(struct json *j, struct pl_reader *reader, struct dump_heads *heads, const struct pl_bag *bag)
{
    json_begin_array(j);
    for (size_t i = 0; i < bag->count; i++)
        dump_prop(j, reader, heads, &bag->props[i]);
    json_end_array(j);
}
