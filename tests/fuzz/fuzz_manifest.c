/*
 * fuzz_manifest.c - any bytes as the lines of a manifest, planned and printed for a target: the first byte says
 * which, and by which policy. Nobody gets more than the line grants, but for what compat tells; the name of a
 * collection stays one name.
 */
#include <stdlib.h>
#include <string.h>

#include "share/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POLICIES 3

struct printing {
    const struct pl_target *target;
    enum pl_policy policy;
    struct pl_buf out;
};

static void print(void *data, const struct pl_plan_folder *f)
{
    struct printing *p = data;
    if (f->collection && (!*f->collection || *f->collection == '.' || strpbrk(f->collection, "/\n\r")))
        abort();
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        if ((g->fit.given & ~g->caps & ~g->fit.more) || (g->fit.more && p->policy != PL_POLICY_COMPAT))
            abort();
    }
    if (p->target->folder)
        p->target->folder(&p->out, f);
}

static void opened(void *data, const struct pl_plan_opened *o)
{
    (void)data;
    if (!o->user || !o->of || !o->role)
        abort();
}

static void lines_each(struct pl_plan *p, void (*each)(struct pl_plan *p, const char *line, size_t size),
                       const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        each(p, text + at, length);
        at += length + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t targets = 0;
    struct pl_plan plan;
    while (pl_targets[targets])
        targets++;
    if (!size)
        return 0;
    struct printing p = {.target = pl_targets[data[0] % targets],
                         .policy = (enum pl_policy)(data[0] / targets % POLICIES)};
    const char *text = (const char *)data + 1;
    pl_buf_init(&p.out, (size_t)1 << 26);
    pl_plan_init(&plan, pl_model_named(p.target->name), print, &p);
    plan.policy = p.policy;
    plan.opened = opened;
    if (p.target->begin)
        p.target->begin(&p.out);
    lines_each(&plan, pl_plan_learn, text, size - 1);
    lines_each(&plan, pl_plan_line, text, size - 1);
    pl_plan_end(&plan);
    pl_plan_release(&plan);
    pl_buf_release(&p.out);
    return 0;
}
