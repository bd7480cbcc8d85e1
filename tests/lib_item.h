/*
 * lib_item.h - items made by hand, and what writers make of them.
 *
 * An item is built property by property and mapped, and its record is written to an
 * output folder below /tmp; the text of the file comes back. Streams are served by
 * a reader that knows only bytes in memory.
 */
#ifndef LIB_ITEM_H
#define LIB_ITEM_H

#include "arena.h"
#include "pimlift.h"
#include "record.h"
#include "report.h"
#include "text.h"

#define MADE_PROPS  128
#define MADE_PEOPLE 8
#define MADE_ITEMS  4

struct made {
    struct pl_arena arena;
    struct pl_report report;
    struct pl_reader reader;
    struct pl_mapping mapping;
    struct pl_item item;
    struct pl_prop props[MADE_PROPS];
    struct pl_bag recipients[MADE_PEOPLE];
    struct pl_attachment attachments[MADE_PEOPLE];
    struct pl_record record;
    char code[64];                   /* of the last diagnostic that was not a note */
    uint64_t short_by;               /* streams end so many bytes early */
    struct made *others[MADE_ITEMS]; /* items that open_item() finds, by their key */
};

void made_init(struct made *m, const char *message_class);
void made_release(struct made *m);

/* Into the item; the bag of another object with made_bag_. All values are copied. */
void made_text(struct made *m, enum pl_pid pid, const char *text);
void made_int(struct made *m, enum pl_pid pid, int64_t value);
void made_real(struct made *m, enum pl_pid pid, double value);
void made_time(struct made *m, enum pl_pid pid, int64_t unix_seconds);
void made_bytes(struct made *m, enum pl_pid pid, const void *data, size_t size);
void made_texts(struct made *m, enum pl_pid pid, const char *const *texts, size_t count);
void made_blobs(struct made *m, enum pl_pid pid, const struct pl_bytes *blobs, size_t count);
/* A property of PS_PUBLIC_STRINGS without a pid. */
void made_named(struct made *m, const char *name, const char *text);
/* A value that travels as a stream; the bytes must outlive m. */
void made_stream(struct made *m, enum pl_pid pid, enum pl_type type, const void *data, size_t size);

struct pl_bag *made_recipient(struct made *m);
struct pl_bag *made_attachment(struct made *m); /* by value, until told otherwise */
void made_bag_text(struct made *m, struct pl_bag *bag, enum pl_pid pid, const char *text);
void made_bag_int(struct made *m, struct pl_bag *bag, enum pl_pid pid, int64_t value);
void made_bag_bytes(struct made *m, struct pl_bag *bag, enum pl_pid pid, const void *data, size_t size);
void made_bag_stream(struct made *m, struct pl_bag *bag, enum pl_pid pid, const void *data, size_t size);

enum pl_status made_map(struct made *m);
/* The value of the extra of that name, or NULL. */
const char *made_extra(const struct made *m, const char *name);

/* Seconds since 1970 of "2016-08-02 08:00:00". */
int64_t at(const char *text);

/* --- writing ------------------------------------------------------------ */

struct written {
    char dir[64];
    struct pl_output *output;
    struct pl_writer writer;
    struct pl_written result;
    const char *path[2];
    struct pl_folder folder;
};

/* A writer that stands in the folder Team/Plans of "anna". */
void written_begin(struct written *w, struct made *m, const struct pl_writer_ops *ops,
                   const struct pl_writer_options *options);
enum pl_status written_put(struct written *w, const struct pl_record *record);
enum pl_status written_end(struct written *w);
/* The text of a file of the output, malloc'd; NULL when there is none. */
char *written_text(const struct written *w, const char *path);
/* Joins folded rows, in place: folding has its own test. */
void unfold(char *text);
void written_release(struct written *w);

/*
 * Gives the text to a Python expression of another program's parser: `f` is the open
 * file, `setup` imports and parses. 1 it holds, 0 it does not, -1 no such parser here.
 */
int judged_by_python(const char *text, const char *setup, const char *expression);

/* The whole: maps, writes, and gives the text of the one file; NULL when nothing was written. */
char *made_written(struct made *m, const struct pl_writer_ops *ops, const struct pl_writer_options *options,
                   const char *path);

#endif
