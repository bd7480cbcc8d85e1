/*
 * ese_recipe.h - plain text to an ESE database: the parts of that recipe side. docs/recipes.md.
 *
 * recipe: statements; values: what a line gives a column; truth: the rows as `dump --raw` must
 * print them, from the recipe's values, never from the store.
 */
#ifndef MS_ESE_RECIPE_H
#define MS_ESE_RECIPE_H

#include <stdio.h>

#include "ese.h"
#include "recipe.h"

struct ms_ese_job {
    const char *recipe, *out, *truth;
    const char *const *damage, *const *with; /* lines below `database`, instead of the recipe's */
    size_t damage_count, with_count;
    uint64_t rows, tables, size; /* more of them, and the length of their long values */
};

/* Returns the exit status. */
int ms_ese_run(const struct ms_ese_job *job);

struct ese_plan { /* the open table as the recipe knows it */
    struct ms_ese_table *table;
    const char *name;
    struct ms_ese_column *columns; /* with those of the template */
    size_t column_count;
};

struct ese_making { /* a value made on the fly */
    uint64_t seed, from;
    bool words, wide; /* wide: UTF-16 */
};

/* The pieces of the column named by a line and all lines of that name after it. */
void ese_values_read(struct ms_recipe *r, struct ms_mem *mem, struct ms_node *n, const struct ms_ese_column *c,
                     uint64_t seed, uint64_t row, struct ms_ese_value *out);
/* The bytes of a value written out, as for a default. */
void ese_value_bytes(struct ms_recipe *r, const struct ms_node *n, const struct ms_ese_column *c, const char *text,
                     struct ms_bytes *out);

void ese_truth_row(FILE *f, const struct ese_plan *plan, const struct ms_ese_value *values, size_t count);

#endif
