/*
 * session.h - one opened store: its source, the reader that knows it, and the three
 * arenas of its lifetimes.
 *
 * Everything that reads a store goes through here, so that arenas are reset when
 * the contract of pimlift.h says so, and by nobody else.
 */
#ifndef PL_SESSION_H
#define PL_SESSION_H

#include "arena.h"
#include "pimlift.h"
#include "report.h"
#include "source.h"
#include "work.h"

struct pl_session {
    struct pl_source source;
    struct pl_reader reader;
    struct pl_arena store_arena, folder_arena, item_arena;
    struct pl_work work;
    uint64_t stated; /* items of the folder delivered last, as far as the reader knows */
    bool source_open, reader_open;
};

/*
 * Opens the store at path with the reader of that name, or, when name is NULL, with
 * the one that verifies the most bits of it. PL_STOP: one diagnostic says why; the
 * session is still to be closed. The path, tables and report must outlive it.
 */
PL_MUST_USE enum pl_status pl_session_open(struct pl_session *s, const char *path,
                                           const struct pl_reader_ops *const *readers, const char *name,
                                           const struct pl_reader_options *options, struct pl_report *report);
/* The reader that would be chosen for the store at path. NULL: none knows it, or it can't be read. */
const struct pl_reader_ops *pl_session_reader(const char *path, const struct pl_reader_ops *const *readers);
/* As pl_session_open(), over a source that the caller opened; the session takes it. */
PL_MUST_USE enum pl_status pl_session_over(struct pl_session *s, const struct pl_source *source,
                                           const struct pl_reader_ops *ops, const struct pl_reader_options *options,
                                           struct pl_report *report);
/* Goes on, in a process that was made while it was open, with what `from` has there, which is not to be used any
 * more; with what it counts at 0. false: its reader can't be carried on. */
bool pl_session_carry(struct pl_session *s, const struct pl_session *from, const struct pl_reader_options *options,
                      struct pl_report *report);
void pl_session_close(struct pl_session *s);

/* The calls of the reader's contract, with the arenas reset before. */
PL_MUST_USE enum pl_status pl_session_next_folder(struct pl_session *s, struct pl_folder *out);
PL_MUST_USE enum pl_status pl_session_open_folder(struct pl_session *s, const char *key);
/* Of a reader that knows parts. That a table is opened once more is no work that the store makes. */
PL_MUST_USE enum pl_status pl_session_open_part(struct pl_session *s, const char *key, const struct pl_part *part);
PL_MUST_USE enum pl_status pl_session_next_item(struct pl_session *s, const struct pl_wanted *wanted,
                                                struct pl_item *out);
/* Frees what the last item held. */
PL_MUST_USE enum pl_status pl_session_open_item(struct pl_session *s, const char *key, struct pl_item *out);

/*
 * The name of a mailbox's folder in an output: the local part of the SMTP address, else
 * the last name of the DN, else the display name when it is an address or the store holds
 * several mailboxes, else the file's name without its extension; "public" for public
 * folders. In the store arena; NULL: out of memory.
 */
const char *pl_session_owner(struct pl_session *s, const struct pl_mailbox *mailbox);
/* The names of a folder's path joined by '/', in the folder arena; "/" for the root. NULL:
 * out of memory. */
const char *pl_session_path(struct pl_session *s, const struct pl_folder *folder);

#endif
