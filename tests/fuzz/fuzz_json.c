/*
 * fuzz_json.c - any bytes as one JSON value: refused, or a tree whose texts are clean and whose nesting is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "jsonread.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEEPEST 1000

static void visit(const struct pl_json *v, int depth)
{
    if (depth > DEEPEST)
        abort();
    for (; v; v = v->next) {
        if ((v->text && !pl_utf8_valid(v->text, strlen(v->text))) ||
            (v->name && !pl_utf8_valid(v->name, strlen(v->name))))
            abort();
        if (v->child)
            visit(v->child, depth + 1);
        if (v->name &&
            !pl_json_member(&(struct pl_json){.kind = PL_JSON_OBJECT, .child = (struct pl_json *)v}, v->name))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_arena arena;
    pl_arena_init(&arena, (size_t)1 << 26);
    visit(pl_json_parse(&arena, (const char *)data, size), 0);
    pl_arena_release(&arena);
    return 0;
}
