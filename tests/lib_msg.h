/*
 * lib_msg.h - property values of .msg and TNEF files, for tests of decoders.
 *
 * [MS-CFB], [MS-OXMSG] and [MS-OXTNEF], as much of them as the corpus needs: streams of a
 * compound file, the names of named properties, the MAPI attributes of a TNEF stream.
 * Everything is checked against the size of the file; the values are malloc'd.
 */
#ifndef LIB_MSG_H
#define LIB_MSG_H

#include "lib_vec.h"

struct msg {
    struct vec file;
    struct vec fat, mini, directory, container; /* sectors as 32-bit numbers; entries; small streams */
    size_t sector;
};

/* false: not there, or no compound file. */
bool msg_open(const char *corpus_name, struct msg *m);
void msg_close(struct msg *m);
/* A stream by its path, "__substg1.0_10090102" or "__nameid_version1.0/..."; data NULL when absent. */
struct vec msg_stream(const struct msg *m, const char *path);
/* A binary property of the message itself. */
struct vec msg_binary(const struct msg *m, unsigned id);
/* The same, named by LID in a set that begins with these 32 bits. */
struct vec msg_named(const struct msg *m, uint32_t set, uint32_t lid);

/* Calls back for each MAPI property of a TNEF stream with a binary value; false: not TNEF. */
bool tnef_each(const struct vec *file, void (*found)(unsigned id, const uint8_t *data, size_t size, void *arg),
               void *arg);

#endif
