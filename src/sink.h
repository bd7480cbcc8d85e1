/*
 * sink.h - output that is whole or absent.
 *
 * A sink writes to a temporary file beside the final one. Files that are whole wait for
 * others, and get their final names together: sync of all, rename of all, sync of the
 * folders. A failed write is sticky: append freely, test when the file is handed in.
 * It counts, and hashes each stretch between two marks (the bytes of one item, for
 * its ledger row), and the whole file.
 *
 * An output is the folder all sinks of a run live in. It makes relative paths safe
 * and unique (also on a file system that ignores case), creates folders, opens
 * with O_NOFOLLOW, and refuses to overwrite unless it was told to.
 */
#ifndef PL_SINK_H
#define PL_SINK_H

#include "pimlift.h"

struct pl_output; /* see output functions below */

/* A file of an output that is whole, with what was written into it; or a name that was given out and not used. */
struct pl_file {
    const char *path; /* below the output */
    bool whole;
    uint64_t size; /* bytes; of a name 0 */
    uint8_t sha256[32];
};

struct pl_sink {
    struct pl_output *output;
    char *path;     /* final, relative to the output folder */
    uint64_t bytes; /* written so far */
    int error;      /* sticky errno; ENOSPC and EDQUOT mean the output is full */
    void *state;
};

void pl_sink_write(struct pl_sink *s, const void *data, size_t size);
void pl_sink_puts(struct pl_sink *s, const char *text);

/* So many bytes of another file, from a byte of it on. They belong to no stretch, and no rollback takes them back.
 */
void pl_sink_copy(struct pl_sink *s, int fd, uint64_t at, uint64_t size);

/* Starts a stretch; pl_sink_stretch gives the SHA-256 of all bytes written since. */
void pl_sink_mark(struct pl_sink *s);
void pl_sink_stretch(struct pl_sink *s, uint8_t sha256[32]);
/* Cuts the file back to the last mark: an item that failed half-way leaves no trace. It
 * takes a sticky error back too, because what stood before the mark is whole: after ENOSPC
 * roll back, write the end of the file, commit, and stop. */
PL_MUST_USE enum pl_status pl_sink_rollback(struct pl_sink *s);

/* The file is whole: it gets its final name when the output settles, at the latest when
 * many wait. PL_STOP: the temporary file is gone. */
PL_MUST_USE enum pl_status pl_sink_hand_in(struct pl_sink *s);
/* The same, and settles. PL_STOP: nothing has the final name. */
PL_MUST_USE enum pl_status pl_sink_commit(struct pl_sink *s);
void pl_sink_abort(struct pl_sink *s); /* also after it was handed in: frees */

/* Why something can't be made at this path, and what to do: for one line. */
const char *pl_output_why(const char *path, int error);

/* The folder must not exist, or be empty, or force: then only files are replaced.
 * On PL_STOP *why is a text for one line. */
PL_MUST_USE enum pl_status pl_output_open(const char *path, bool force, struct pl_output **out, const char **why);
/*
 * Opens a new file at folder parts + name + extension; each part is made safe, and
 * the whole unique (" (2)" ...) among the files of this run.
 *   parts: e.g. {"anna", "calendars", "Team", "Kalender"}, extension ".ics"
 * The last part becomes the file name; where it is NULL, the extension is the whole name.
 */
PL_MUST_USE enum pl_status pl_output_create(struct pl_output *o, const char *const *parts, size_t count,
                                            const char *extension, struct pl_sink *out);
/* A file at a fixed name ("run.json"), no uniqueness. */
PL_MUST_USE enum pl_status pl_output_fixed(struct pl_output *o, const char *name, struct pl_sink *out);
const char *pl_output_path(const struct pl_output *o);

/* --- outputs of workers (jobs.h) ---------------------------------------------------------- */

#define PL_OUTPUT_WORK ".pimlift-work" /* a folder in the output for what workers write */

/* The name of a file of a scratch output: no folders are made for files that stay for a moment. */
struct pl_scratch_name {
    char text[48];
};
struct pl_scratch_name pl_scratch_name(uint64_t output, uint64_t file);
/*
 * An output whose files another one takes over: the folder at `path`, opened with the first of them, may be that of
 * many such outputs, each with a number of its own. Files are not synced; `handed` hears of each, with the path
 * that it is to get and its number, which is never 0; and of names that were not used.
 */
PL_MUST_USE enum pl_status pl_output_scratch(const char *path, uint64_t number,
                                             void (*handed)(void *data, const struct pl_file *file,
                                                            uint64_t number),
                                             void *data, struct pl_output **out);
/* Nobody wants the digests of its files: they are joined to others. Stretches have theirs. */
void pl_output_unsummed(struct pl_output *o);
/* Is it of the form that an output gives to paths: below it, by plain names? */
bool pl_output_is_path(const char *path);
/* Would this output give that name out for the first file that asks for it? false also for a path that no output
 * gives out. */
bool pl_output_is_free(struct pl_output *o, const char *path);
/* Takes over the file `name` of a scratch output in `root`, as if it had been handed in here; one that is not whole
 * is only a path. PL_STOP, and errno. */
PL_MUST_USE enum pl_status pl_output_adopt(struct pl_output *o, int root, const char *name,
                                           const struct pl_file *file);
/*
 * An output that keeps nothing: its sinks count and hash, and no disk hears of them. For who wants to know what an
 * object would be.
 */
PL_MUST_USE enum pl_status pl_output_hollow(struct pl_output **out);
/* Takes the work folder away with all that is in it. */
void pl_output_work_clear(struct pl_output *o);
/* Gives a reserve of 1 MiB back to the disk. A sink does so when it finds the disk full; whoever else finds it full
 * (the ledger) may ask for it, and try once more. */
void pl_output_relieve(struct pl_output *o);
/* Gives all files that were handed in their final names, durably: what has a final name is
 * whole, also after a power cut. PL_STOP, and errno: none of them got one, or none of those that
 * settled by themselves before. */
PL_MUST_USE enum pl_status pl_output_settle(struct pl_output *o);
/* So many files or bytes wait that to settle pays. */
bool pl_output_is_due(struct pl_output *o);
/* The same over a folder that has files already, from a run that this one goes on with. */
PL_MUST_USE enum pl_status pl_output_reopen(const char *path, struct pl_output **out, const char **why);
/* From here on it keeps a list of files that the ledger does not know yet, beside them. */
void pl_output_remember(struct pl_output *o);
/* Files that the ledger does not know yet, and names that were given out and not used. false: `each` said so, or
 * they can't be read. */
bool pl_output_unsaved(struct pl_output *o, bool (*each)(void *data, const struct pl_file *file), void *data);
/* The ledger knows them now, durably. false: the list keeps them; that does no harm, because the ledger is asked.
 */
bool pl_output_saved(struct pl_output *o);
/* Is there nothing that waits for its name, or that the ledger does not know? */
bool pl_output_is_saved(struct pl_output *o);
/* The run is done, and nothing is left to go on with. PL_STOP: the list can't be taken away; errno. */
PL_MUST_USE enum pl_status pl_output_finish(struct pl_output *o);
/* Here a folder begins; what was handed in since goes. */
void pl_output_mark(struct pl_output *o);
void pl_output_undo(struct pl_output *o);
/* A file or a name of an earlier run. PL_STOP: out of memory. */
PL_MUST_USE enum pl_status pl_output_known(struct pl_output *o, const char *path);
bool pl_output_has(struct pl_output *o, const char *name); /* a file beside the ledger */
/* Takes a file away, and the folders above it that are empty then. false: it is still there. */
bool pl_output_remove(struct pl_output *o, const char *path);
/* Takes away what a run that was killed left half done, also the files of its list that its ledger does not know:
 * when it was killed between telling the ledger and emptying the list, the ledger knows them. PL_STOP: it can't
 * tell. */
PL_MUST_USE enum pl_status pl_output_clean(struct pl_output *o,
                                           enum pl_status (*knows)(void *ledger, const char *path, bool *known),
                                           void *ledger);
uint64_t pl_output_files(const struct pl_output *o); /* that have their final names */
void pl_output_close(struct pl_output *o);

#endif
