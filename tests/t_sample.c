/*
 * t_sample.c - the bundled sample store is the one that its recipe makes.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib_walk.h"

Test(sample, is_what_its_recipe_makes)
{
    size_t bundled_size = 0, made_size = 0;
    char path[4096];
    cr_assert(walk_fixtures(), "make check-run makes the fixtures");
    snprintf(path, sizeof path, "%s/office.pst", walk_fixtures());
    uint8_t *bundled = walk_load("testdata/office.pst", &bundled_size);
    uint8_t *made = walk_load(path, &made_size);
    cr_assert(bundled && made);
    cr_expect_eq(bundled_size, made_size);
    cr_expect(bundled_size == made_size && !memcmp(bundled, made, made_size),
              "make the sample anew: build/mkstore testdata/recipes/office.recipe -o testdata/office.pst");
    free(bundled);
    free(made);
}
