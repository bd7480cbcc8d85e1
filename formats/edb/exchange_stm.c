/*
 * exchange_stm.c - iCalendar objects of the streaming file as items of a folder.
 *
 * Layer: inside the EDB reader. They are evidence: mail that was delivered, of which the database may hold an
 * appointment, or nothing any more. So they come only with --recover, after all folders, and each item is marked as
 * recovered. Its text, in UTF-8, is the item's PidTagMimeSkeleton; mapping it is the core's business. Keys:
 * "stm:12+345", page and byte in the page of the streaming file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "ical.h"

#define TEXT_TAG 0x64f00102u /* PidTagMimeSkeleton */
#define UTF8     65001u

/* Where the file is, or where one would be that is missing. */
static const char *stm_place(struct exchange *x, const struct pl_source *file)
{
    const char *path = x->r->source->path, *dot = path ? strrchr(path, '.') : NULL;
    if (stm_is_open(x->stm.state))
        return pl_arena_printf(x->r->store_arena, "%s", file->path);
    if (x->stm.state == STM_NONE || !path)
        return NULL;
    size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - path) : strlen(path);
    return pl_arena_printf(x->r->store_arena, "%.*s.stm", (int)stem, path);
}

void exchange_stm_look(struct exchange *x)
{
    struct pl_source file;
    const char *why;
    x->stm.state = stm_open(x->r->source, &file, &why);
    x->r->store.beside = stm_place(x, &file);
    if (stm_is_open(x->stm.state))
        pl_source_close(&file);
    stm_complain(x->stm.state, why, x->r->report, x->r->options.recover);
}

static bool stm_begin(struct exchange *x)
{
    struct exchange_stm *m = &x->stm;
    const char *why;
    if (m->tried || !stm_is_own(m->state))
        return m->open;
    m->tried = true;
    enum stm_state state = stm_open(x->r->source, &m->file, &why);
    if (!stm_is_own(state)) { /* what was wrong before was told then */
        if (stm_is_open(state))
            pl_source_close(&m->file);
        stm_complain(state, why, x->r->report, x->r->options.recover);
        return false;
    }
    m->open = stm_search_init(&m->search, &m->file);
    if (!m->open)
        pl_source_close(&m->file);
    return m->open;
}

void exchange_stm_close(struct exchange *x)
{
    if (!x->stm.open)
        return;
    x->r->source->bytes_read += x->stm.file.bytes_read;
    stm_search_release(&x->stm.search);
    pl_source_close(&x->stm.file);
    x->stm = (struct exchange_stm){.state = x->stm.state, .tried = true};
}

enum pl_status exchange_stm_folder(struct exchange *x, struct pl_folder *out)
{
    static const char *const path[] = {"(recovered from .stm)"};
    if (x->stm.given || !x->r->options.recover || !exchange_has_all(x) || !stm_begin(x))
        return PL_END;
    x->stm.given = true;
    *out = (struct pl_folder){.container_class = "",
                              .offset = PL_NO_OFFSET,
                              .mailbox = exchange_only_mailbox(x),
                              .path = path,
                              .depth = 1,
                              .scope = PL_SCOPE_RECOVERED};
    snprintf(out->key, sizeof out->key, "%s", EXCHANGE_STM);
    return PL_OK;
}

enum pl_status exchange_stm_open(struct exchange *x)
{
    if (!x->r->options.recover || !stm_begin(x))
        return PL_END;
    x->stm.search.at = 0;
    x->stm.reading = true;
    return PL_OK;
}

/* --- one item -------------------------------------------------------------------------------- */

/* NULL: out of memory; *fault says what else is wrong. */
static const char *text_decode(struct exchange *x, const struct stm_found *found, const char **fault)
{
    const struct pl_buf *b = &x->stm.search.text;
    struct pl_arena *a = x->r->item_arena;
    unsigned replaced = 0;
    bool known = true;
    if (found->codepage && found->codepage != UTF8) {
        const char *text =
            pl_text_codepage(x->text, a, found->codepage, (const uint8_t *)b->data, b->size, &replaced, &known);
        if (replaced || !known)
            *fault = "its text is damaged";
        return text;
    }
    char *copy = pl_arena_dup(a, b->data, b->size + 1);
    if (copy)
        copy[b->size] = '\0';
    return copy;
}

static enum pl_status item_lost(struct exchange *x, const struct stm_found *found, const char *fault)
{
    return pl_report(x->r->report, PL_LOST, "edb.stm-object", x->key, found->offset,
                     "an iCalendar object of the streaming file is left out: %s", fault);
}

static enum pl_status bag_fill(struct exchange *x, const char *text, struct pl_bag *bag)
{
    struct pl_arena *a = x->r->item_arena;
    size_t size = strlen(text);
    struct pl_prop *p = pl_arena_zalloc(a, 1, sizeof *p);
    struct pl_value *v = pl_arena_zalloc(a, 1, sizeof *v);
    if (!p || !v)
        return exchange_no_memory(x);
    x->stm.text = v->raw = (struct pl_bytes){(const uint8_t *)text, size};
    *p = (struct pl_prop){.tag = TEXT_TAG, .pid = PidTagMimeSkeleton};
    if (size > PL_INLINE_MAX) {
        p->stream = (struct pl_stream){.size = size, .token = {EDB_ROLES}};
    } else {
        p->values = v;
        p->count = 1;
    }
    *bag = (struct pl_bag){.props = p, .count = 1};
    return pl_bag_index(bag, a) ? PL_OK : exchange_no_memory(x);
}

static enum pl_status item_fill(struct exchange *x, const struct stm_found *found, struct pl_item *out)
{
    const char *fault = found->fault, *text = NULL;
    struct pl_ical whole;
    if (!fault) {
        text = text_decode(x, found, &fault);
        if (!text)
            return exchange_no_memory(x);
    }
    if (!fault && !pl_ical_parse(x->r->item_arena, text, strlen(text), &whole))
        fault = whole.fault;
    if (fault)
        return item_lost(x, found, fault);
    enum pl_status st = bag_fill(x, text, &out->props);
    if (st == PL_OK && found->apart)
        st = pl_report(
            x->r->report, PL_WARN, "edb.stm-apart", x->key, found->offset,
            "an iCalendar object of the streaming file spans pages, and nothing proves that they are of one "
            "message");
    return st;
}

static void item_begin(struct exchange *x, const struct stm_found *found, struct pl_item *out)
{
    *out = (struct pl_item){.message_class = PL_CLASS_ICAL,
                            .offset = found->offset,
                            .recovered = true,
                            .evidence = "mailed",
                            .confidence = found->apart ? PL_LOW : PL_MEDIUM};
    snprintf(out->key, sizeof out->key, EXCHANGE_STM ":%" PRIu64 "+%u", found->offset / STM_PAGE,
             (unsigned)(found->offset % STM_PAGE));
    snprintf(x->key, sizeof x->key, "%s", out->key);
}

static enum pl_status search_next(struct exchange *x, struct stm_found *found)
{
    enum pl_status st = stm_search_next(&x->stm.search, found);
    return st != PL_STOP ? st
                         : pl_report(x->r->report, PL_STOP, "edb.stm-read", EXCHANGE_STM, x->stm.search.at,
                                     "the streaming file cannot be read: %s", strerror(x->stm.file.error));
}

enum pl_status exchange_stm_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    for (;;) {
        struct stm_found found;
        enum pl_status st = search_next(x, &found);
        if (st != PL_OK)
            return st;
        item_begin(x, &found, out);
        if (wanted->wants(wanted->data, out->message_class, false))
            return item_fill(x, &found, out);
    }
}

enum pl_status exchange_stm_item(struct exchange *x, const char *key, struct pl_item *out)
{
    char *end = NULL;
    struct stm_found found;
    key += sizeof EXCHANGE_STM;
    errno = 0;
    unsigned long long page = strtoull(key, &end, 10);
    if (errno || end == key || *end != '+' || page > UINT64_MAX / STM_PAGE / 2 || !stm_begin(x))
        return PL_END;
    key = end + 1;
    unsigned long byte = strtoul(key, &end, 10);
    if (errno || end == key || *end || byte >= STM_PAGE)
        return PL_END;
    uint64_t before = x->stm.search.at;
    x->stm.search.at = page * STM_PAGE + byte;
    enum pl_status st = search_next(x, &found);
    bool here = st == PL_OK && found.offset == page * STM_PAGE + byte;
    if (st == PL_OK && here) {
        item_begin(x, &found, out);
        st = item_fill(x, &found, out);
    }
    x->stm.search.at = before;
    return st == PL_OK && !here ? PL_END : st;
}

size_t exchange_stm_read(const struct exchange *x, uint64_t at, void *buf, size_t cap)
{
    const struct pl_bytes *text = &x->stm.text;
    size_t left = at < text->size ? text->size - (size_t)at : 0, size = left < cap ? left : cap;
    if (size)
        memcpy(buf, text->data + at, size);
    return size;
}
