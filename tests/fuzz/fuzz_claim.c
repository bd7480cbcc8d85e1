/*
 * fuzz_claim.c - a packet of folders for a worker, in any bytes. A folder that is given has all that its reader
 * asks it for, and no number that stands for nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    if (!text || !pl_utf8_valid(text, strlen(text)))
        abort();
}

static void check(const struct pl_claimed *c)
{
    const struct pl_folder *f = &c->folder;
    const char *const texts[] = {c->owner,        c->path,       c->mailbox.name,
                                 c->mailbox.smtp, c->mailbox.dn, f->container_class};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
    for (size_t i = 0; i < f->depth; i++)
        check_text(f->path[i]);
    if ((unsigned)f->role > PL_ROLE_FREEBUSY || (unsigned)f->scope > PL_SCOPE_RECOVERED)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_claimed c;
    char *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    if (pl_claimed_begin(&c, copy, size))
        while (pl_claimed_next(&c))
            check(&c);
    free(copy);
    return 0;
}
