/*
 * objects.h - the objects of an iCalendar or vCard file: UID, place and digest of each.
 *
 * Layer: formats. What the ledger says of an item is about the bytes of its object: of one component, or of those
 * that follow each other with one UID (a series and its exceptions). Time zones and what frames a file are of no
 * object. Shares no code with the writers. RFC 5545 3.4 and 3.6, RFC 6350 3.1.
 */
#ifndef PL_OBJECTS_H
#define PL_OBJECTS_H

#include "pimlift.h"

struct pl_object {
    const char *uid; /* unescaped; "" when it has none. Until the call returns */
    uint64_t offset, size;
    uint8_t sha256[32];
};

/*
 * Reads the file from where it is, with memory for one line. PL_WARN: what begins in it does not end, or the other
 * way round. PL_STOP: it can't be read, or no memory.
 */
PL_MUST_USE enum pl_status pl_objects_read(int fd, bool vcard,
                                           void (*found)(void *data, const struct pl_object *object), void *data);

#endif
