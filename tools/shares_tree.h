/*
 * shares_tree.h - `pimlift shares --target NAME -o OUT`: a conversion as the files that a server takes in.
 */
#ifndef PIMLIFT_SHARES_TREE_H
#define PIMLIFT_SHARES_TREE_H

#include <stdio.h>

#include "flags.h"
#include "ledger_files.h"
#include "share/target.h"

/* Names in the target that were given by hand: of a folder of the conversion, "DIR=NAME". */
struct accounts {
    struct pl_ledger_files *files; /* NULL: none are given */
    const struct flag_list *given;
};

/* false: said. */
bool accounts_open(struct accounts *a, const char *dir, const struct flag_list *given, bool needed);
void accounts_close(struct accounts *a);
/* The name that the mailbox was given, or NULL. */
const char *accounts_name(const struct accounts *a, const struct pl_plan_box *box);

/* All lines of a manifest into one of the passes of a plan. */
void shares_each_line(FILE *file, struct pl_plan *plan, void (*take)(struct pl_plan *, const char *, size_t));
void shares_say_plan(const struct pl_plan_totals *t);

struct shares_tree {
    const struct pl_target *target;
    enum pl_policy policy;
    const char *from; /* the folder of a conversion */
    const char *to;   /* a new or empty folder */
    bool quiet;
};

/* lines: the manifest of the conversion. */
enum exit_status shares_tree_write(const struct shares_tree *request, struct accounts *accounts, FILE *lines);

#endif
