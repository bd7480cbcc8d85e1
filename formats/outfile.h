/*
 * outfile.h - the files of a writer that puts records of one kind and one folder
 * into one file: opened with the first record, committed with the last, and gone
 * when no record stayed in it. Shared by ics.c and vcf.c.
 */
#ifndef PL_OUTFILE_H
#define PL_OUTFILE_H

#include "contentline.h"
#include "record.h"

struct pl_outfile {
    struct pl_sink sink;
    bool open;
    uint64_t records;
};

/* Where a writer is: the folder that began last. The texts stay with the caller of begin(). */
struct pl_place {
    const char *owner;
    struct pl_folder folder;
    char *last; /* path of the last file written to; freed with the writer */
};

/* A writer that makes one kind of file, and has struct pl_outform_state for its state. */
struct pl_outform {
    const char *tree, *extension;
    void (*head)(struct pl_sink *sink); /* of each file; NULL: none */
    /* One record. What it leaves behind when it fails must not be in the sink. */
    enum pl_status (*write)(struct pl_writer *w, const struct pl_place *place, struct pl_sink *sink,
                            const struct pl_record *record);
};

struct pl_outform_state {
    struct pl_place place;
    struct pl_outfile file; /* not with --layout item */
};

/* The name of a folder for people: its own, for the root that of its store. */
const char *pl_place_name(const struct pl_place *place);

/* DIR/owner/tree/folder path.extension, or with a name one level below it. */
PL_MUST_USE enum pl_status pl_outfile_open(struct pl_writer *w, const struct pl_place *place, const char *tree,
                                           const char *name, const char *extension, struct pl_outfile *out);
/* After a record: counts it and fills *out; a failed write undoes it and is PL_STOP. */
PL_MUST_USE enum pl_status pl_outfile_record(struct pl_writer *w, struct pl_place *place, struct pl_outfile *f,
                                             const struct pl_record *record, struct pl_written *out);
/* Final name, or nothing when no record stayed. Frees in any case. */
PL_MUST_USE enum pl_status pl_outfile_end(struct pl_writer *w, struct pl_outfile *f);
void pl_outfile_abort(struct pl_outfile *f);
/* May a part with that path be joined to the file, or be its begin when it is not open? Both are of the folder at
 * hand. PL_END: it is none of this tree and extension. PL_LOST: it would be called otherwise. */
PL_MUST_USE enum pl_status pl_outfile_fits(struct pl_writer *w, const struct pl_outfile *f, const char *tree,
                                           const char *extension, const char *path);
/* After what was copied from a part: counts it; a failed write is PL_STOP. */
PL_MUST_USE enum pl_status pl_outfile_joined(struct pl_writer *w, struct pl_outfile *f);

/* The functions of such a writer; put() is for records that it takes. */
PL_MUST_USE enum pl_status pl_outform_begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder);
PL_MUST_USE enum pl_status pl_outform_put(struct pl_writer *w, const struct pl_outform *form,
                                          const struct pl_record *record, struct pl_written *out);
PL_MUST_USE enum pl_status pl_outform_join(struct pl_writer *w, const struct pl_outform *form,
                                           const struct pl_joint *part);
PL_MUST_USE enum pl_status pl_outform_end(struct pl_writer *w, enum pl_extent extent);
void pl_outform_close(struct pl_writer *w);

/*
 * Copies an attachment to DIR/owner/attachments/folder path/name. *uri, to be freed,
 * leads there from the file `from`. PL_LOST: it can't be read to its end.
 */
PL_MUST_USE enum pl_status pl_outfile_attachment(struct pl_writer *w, const struct pl_place *place,
                                                 const struct pl_attach *attach, const char *from, char **uri);

#endif
