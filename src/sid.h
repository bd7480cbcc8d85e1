/*
 * sid.h - Windows security identifiers: pure decoder.
 *
 * Layer: core. A SID names a user or a group: one byte revision (1), one byte count of
 * sub-authorities (15 at most), six bytes authority (big-endian), the sub-authorities.
 * [MS-DTYP] 2.4.2. The bytes stay where they are; nothing is owned.
 */
#ifndef PL_SID_H
#define PL_SID_H

#include "prop.h"

#define PL_SID_MOST      68u /* bytes: 8 + 15 * 4 */
#define PL_SID_TEXT_MOST 192u

/* Whom a grant is for, as far as its identity alone tells. */
enum pl_trustee {
    PL_TRUSTEE_UNKNOWN,   /* a user or a group */
    PL_TRUSTEE_DEFAULT,   /* everybody who is not listed */
    PL_TRUSTEE_ANONYMOUS, /* who did not log in */
    PL_TRUSTEE_USER,
    PL_TRUSTEE_GROUP,
    PL_TRUSTEE_SYSTEM,  /* the machine itself: services, creator, owner */
    PL_TRUSTEE_EXTERNAL /* S-1-8: people outside of the organization */
};

/* Size of the SID that the bytes begin with; 0: there is none, or it is cut. */
size_t pl_sid_size(const uint8_t *data, size_t left);
bool pl_sid_equal(struct pl_bytes a, struct pl_bytes b);
/* "S-1-5-21-1-2-3"; "" when the bytes are no SID. */
const char *pl_sid_print(struct pl_bytes sid, char out[PL_SID_TEXT_MOST]);
enum pl_trustee pl_sid_trustee(struct pl_bytes sid);
/* "Everyone", "Domain Users" ...; NULL for one that only its domain can name. */
const char *pl_sid_name(struct pl_bytes sid);

/* "default", "anonymous", "user" ... */
const char *pl_trustee_name(enum pl_trustee trustee);

#endif
