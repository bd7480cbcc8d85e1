/*
 * choice.h - what of a store a run wants, and the count of what it does not.
 *
 * Folders are chosen by globs over their paths, items by message class: the class of
 * the item decides, not of the folder, because appointments do lie in an inbox. What
 * is refused is counted by class and becomes one ledger row per folder and class.
 */
#ifndef PL_CHOICE_H
#define PL_CHOICE_H

#include "arena.h"
#include "ledger.h"
#include "pimlift.h"
#include "record.h"

#define PL_REFUSED_MOST 64 /* classes told apart in one folder; more are counted together */

struct pl_refused {
    const char *message_class;
    bool associated;
    uint64_t count;
};

struct pl_choice {
    struct pl_arena arena; /* class names of the folder at hand */
    struct pl_refused refused[PL_REFUSED_MOST];
    size_t refused_count;
    struct pl_refused others; /* when that is not enough */
    uint64_t refused_items;
    unsigned kinds;           /* that some output format takes: no others are read */
    enum pl_place_kind place; /* of the folder at hand */
};

void pl_choice_init(struct pl_choice *c);
/* Forgets the counts: another folder begins. */
void pl_choice_clear(struct pl_choice *c);
void pl_choice_release(struct pl_choice *c);

/* Items of that class that nobody wants; NULL: of several that are not told apart. */
void pl_choice_refuse(struct pl_choice *c, const char *message_class, bool associated, uint64_t count);

/* The callback of struct pl_wanted; data is a struct pl_choice. */
bool pl_choice_wants(void *data, const char *message_class, bool associated);

/* Does a glob match the path, or a folder above it? '*' and '?' also match '/'. No globs: yes. */
bool pl_choice_folder(const char *const *globs, size_t count, const char *path);

/* Does a glob match an address or the part before its @, the last name of the DN, or the name of the mailbox, or
 * its name in the output? No globs: yes. */
bool pl_choice_mailbox(const char *const *globs, size_t count, const struct pl_mailbox *mailbox, const char *owner);

/* Does the record last until that moment, or later? Only single events end. NULL: yes. */
bool pl_choice_since(const int64_t *since_utc, const struct pl_record *record);

#endif
