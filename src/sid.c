/*
 * sid.c - security identifiers: see sid.h. Pure; a part of the core.
 *
 * The identifiers below mean the same in every domain ([MS-DTYP] 2.4.2.4). Those of a
 * domain (S-1-5-21 and three numbers) are told apart by their last number.
 */
#include "sid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"

#define HEAD          8u
#define SUB_MOST      15u
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *sid, *name;
    enum pl_trustee trustee;
} well_known[] = {
    {"S-1-1-0", "Everyone", PL_TRUSTEE_DEFAULT},
    {"S-1-3-0", "Creator Owner", PL_TRUSTEE_SYSTEM},
    {"S-1-3-1", "Creator Group", PL_TRUSTEE_SYSTEM},
    {"S-1-5-7", "Anonymous", PL_TRUSTEE_ANONYMOUS},
    {"S-1-5-10", "Self", PL_TRUSTEE_SYSTEM},
    {"S-1-5-11", "Authenticated Users", PL_TRUSTEE_GROUP},
    {"S-1-5-18", "Local System", PL_TRUSTEE_SYSTEM},
    {"S-1-5-19", "Local Service", PL_TRUSTEE_SYSTEM},
    {"S-1-5-20", "Network Service", PL_TRUSTEE_SYSTEM},
    {"S-1-5-32-544", "Administrators", PL_TRUSTEE_GROUP},
    {"S-1-5-32-545", "Users", PL_TRUSTEE_GROUP},
    {"S-1-5-32-546", "Guests", PL_TRUSTEE_GROUP},
    {"S-1-5-32-551", "Backup Operators", PL_TRUSTEE_GROUP},
};

static const struct {
    uint32_t rid;
    const char *name;
    enum pl_trustee trustee;
} of_domain[] = {
    {500, "Administrator", PL_TRUSTEE_USER},       {501, "Guest", PL_TRUSTEE_USER},
    {512, "Domain Admins", PL_TRUSTEE_GROUP},      {513, "Domain Users", PL_TRUSTEE_GROUP},
    {514, "Domain Guests", PL_TRUSTEE_GROUP},      {515, "Domain Computers", PL_TRUSTEE_GROUP},
    {516, "Domain Controllers", PL_TRUSTEE_GROUP}, {518, "Schema Admins", PL_TRUSTEE_GROUP},
    {519, "Enterprise Admins", PL_TRUSTEE_GROUP},
};

size_t pl_sid_size(const uint8_t *data, size_t left)
{
    if (left < HEAD || data[0] != 1 || data[1] > SUB_MOST)
        return 0;
    size_t size = HEAD + 4 * (size_t)data[1];
    return size <= left ? size : 0;
}

bool pl_sid_equal(struct pl_bytes a, struct pl_bytes b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

static bool is_whole(struct pl_bytes sid) { return sid.size && pl_sid_size(sid.data, sid.size) == sid.size; }

const char *pl_sid_print(struct pl_bytes sid, char out[PL_SID_TEXT_MOST])
{
    out[0] = '\0';
    if (!is_whole(sid))
        return out;
    uint64_t authority = 0;
    for (size_t i = 2; i < HEAD; i++)
        authority = authority << 8 | sid.data[i];
    /* decimal up to 32 bits, hexadecimal beyond: [MS-DTYP] 2.4.2.1 */
    int n = snprintf(out, PL_SID_TEXT_MOST, authority >> 32 ? "S-1-0x%012" PRIX64 : "S-1-%" PRIu64, authority);
    for (size_t i = HEAD; i < sid.size; i += 4)
        n += snprintf(out + n, PL_SID_TEXT_MOST - (size_t)n, "-%" PRIu32, pl_le32(sid.data + i));
    return out;
}

static bool is_of_domain(struct pl_bytes sid)
{
    static const uint8_t head[12] = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0};
    return sid.size == HEAD + 5 * 4 && !memcmp(sid.data, head, sizeof head);
}

static const char *look_up(struct pl_bytes sid, enum pl_trustee *trustee)
{
    char text[PL_SID_TEXT_MOST];
    *trustee = PL_TRUSTEE_UNKNOWN;
    pl_sid_print(sid, text);
    for (size_t i = 0; i < LENGTH(well_known); i++)
        if (!strcmp(text, well_known[i].sid)) {
            *trustee = well_known[i].trustee;
            return well_known[i].name;
        }
    for (size_t i = 0; is_of_domain(sid) && i < LENGTH(of_domain); i++)
        if (pl_le32(sid.data + sid.size - 4) == of_domain[i].rid) {
            *trustee = of_domain[i].trustee;
            return of_domain[i].name;
        }
    if (!strncmp(text, "S-1-8-", 6))
        *trustee = PL_TRUSTEE_EXTERNAL;
    else if (!strncmp(text, "S-1-5-32-", 9))
        *trustee = PL_TRUSTEE_GROUP;
    return NULL;
}

enum pl_trustee pl_sid_trustee(struct pl_bytes sid)
{
    enum pl_trustee trustee = PL_TRUSTEE_UNKNOWN;
    look_up(sid, &trustee);
    return trustee;
}

const char *pl_sid_name(struct pl_bytes sid)
{
    enum pl_trustee trustee = PL_TRUSTEE_UNKNOWN;
    return look_up(sid, &trustee);
}

const char *pl_trustee_name(enum pl_trustee trustee)
{
    static const char *const names[] = {
        [PL_TRUSTEE_UNKNOWN] = "unknown",   [PL_TRUSTEE_DEFAULT] = "default", [PL_TRUSTEE_ANONYMOUS] = "anonymous",
        [PL_TRUSTEE_USER] = "user",         [PL_TRUSTEE_GROUP] = "group",     [PL_TRUSTEE_SYSTEM] = "system",
        [PL_TRUSTEE_EXTERNAL] = "external",
    };
    return (size_t)trustee < LENGTH(names) ? names[trustee] : "unknown";
}
