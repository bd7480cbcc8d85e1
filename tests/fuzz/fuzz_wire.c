/*
 * fuzz_wire.c - answers of the process that holds libpff, in any bytes: whatever comes, the reader goes on, and
 * ends.
 *
 * The other side of pff_child.h is played: each request gets the next record, round about, which is what that
 * process would have sent; one that is cut is a process that died.
 */
#include <stdlib.h>
#include <string.h>

#include "lib_record.h"
#include "lib_walk.h"
#include "pff.h"
#include "pff_child.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

#define HEAD         4u
#define STORE_SIZE   ((uint64_t)1 << 20)
#define ANSWERS_MOST 20000u

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    return record_mutated(data, size, most, seed, LLVMFuzzerMutate);
}

struct answers {
    const uint8_t *data;
    size_t size, at;
};

/* A Unicode store of which nothing can be read but what says so: [MS-PST] 2.2.2.6. */
static enum pl_status header_read(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    static const uint8_t head[] = {'!', 'B', 'D', 'N', 0, 0, 0, 0, 'S', 'M', 23, 0};
    (void)s;
    memset(buf, 0, size);
    for (size_t i = 0; i < size && offset + i < sizeof head; i++)
        ((uint8_t *)buf)[i] = head[offset + i];
    *got = size;
    return PL_OK;
}

struct pff_limits pff_limits_of(uint64_t source_size)
{
    (void)source_size;
    return (struct pff_limits){.most_deaths = ANSWERS_MOST};
}

bool pff_child_init(struct pff_child *c, struct pl_source *source, const struct pff_limits *limits, bool serial)
{
    *c = (struct pff_child){.source = source, .limits = *limits, .fd = -1};
    (void)serial;
    pl_buf_init(&c->reply, PFF_REPLY_MAX);
    return true;
}

/* `deaths` counts answers here. */
enum pff_outcome pff_child_ask(struct pff_child *c, const void *request, size_t size, struct pl_cursor *payload)
{
    static const enum pff_outcome outcomes[] = {PFF_ANSWERED, PFF_REFUSED, PFF_TOO_MUCH, PFF_ABSENT};
    struct answers *a = c->source->hook;
    (void)request;
    *payload = pl_cursor(NULL, 0);
    if (c->deaths++ >= c->limits.most_deaths)
        return PFF_GIVEN_UP;
    if (a->at + HEAD >= a->size)
        a->at = 0;
    if (size > PFF_REQUEST_MAX || a->size <= HEAD)
        return PFF_DIED;
    size_t left = a->size - a->at - HEAD, one = pl_le32(a->data + a->at);
    const uint8_t *answer = a->data + a->at + HEAD;
    a->at = one < left ? a->at + HEAD + one : 0;
    if (!one || one > left)
        return one ? PFF_HUNG : PFF_DIED;
    pl_buf_clear(&c->reply);
    pl_buf_add(&c->reply, answer, one);
    *payload = pl_cursor(c->reply.data + 1, c->reply.size - 1);
    return *answer < 4 ? outcomes[*answer] : PFF_DIED;
}

void pff_child_release(struct pff_child *c) { pl_buf_release(&c->reply); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_reader_options options = {.memory = (size_t)1 << 18, .recover = true};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    struct walk walk;
    struct answers answers = {data, size, 0};
    pl_source_memory(&source, &answers, STORE_SIZE);
    source.pread = header_read;
    if (pl_session_over(&session, &source, &pl_pff_reader, &options, &report) > PL_LOST)
        walk_session(&session, true, &walk);
    pl_session_close(&session);
    return 0;
}
