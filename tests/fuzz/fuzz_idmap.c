/*
 * fuzz_idmap.c - any bytes as an identity map. Whoever it gives can be found again by each of the
 * names given, and every name is of its form.
 */
#include "idmap.h"

#include <stdlib.h>

#include "arena.h"
#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *data, const char *key)
{
    char folded[PL_KEY_TEXT_MAX];
    enum pl_key_kind kind;
    const char *text = key;
    (void)data;
    while (*text++ != ':')
        ;
    if (!pl_key_kind_of(text, &kind) || !pl_key_fold(kind, text, folded))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_text *t = pl_text_new();
    struct pl_people *p = pl_people_new();
    struct pl_report report = {0};
    struct pl_source source;
    if (t && p) {
        pl_source_memory(&source, data, size);
        (void)!pl_idmap_over(&source, "map", t, p, &report);
        (void)!pl_people_disputes(p, check, NULL);
        pl_source_close(&source);
    }
    pl_people_free(p);
    pl_text_free(t);
    return 0;
}
