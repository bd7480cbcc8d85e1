/*
 * faults.c - see faults.h.
 *
 * Names of the set: "o:" and a DN in lower case, for owners; "t:", the DN, a line feed and the store, for
 * published times.
 */
#include "faults.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "jsonl.h"

#define LINE_MOST ((size_t)1 << 20)

bool pl_faults_init(struct pl_faults *f)
{
    *f = (struct pl_faults){.set = pl_diskset_new()};
    pl_buf_init(&f->line, LINE_MOST);
    f->failed = !f->set;
    return f->set;
}

void pl_faults_release(struct pl_faults *f)
{
    pl_diskset_free(f->set);
    pl_buf_release(&f->line);
    free(f->owner);
    *f = (struct pl_faults){0};
}

/* In f->line. NULL: too long, or out of memory. */
static const char *key_of(struct pl_faults *f, const char *kind, const char *dn, const char *store)
{
    struct pl_buf *b = &f->line;
    pl_buf_clear(b);
    pl_buf_puts(b, kind);
    for (; *dn; dn++)
        pl_buf_putc(b, (char)tolower((unsigned char)*dn));
    if (store) {
        pl_buf_putc(b, '\n');
        pl_buf_puts(b, store);
    }
    return b->failed ? NULL : b->data;
}

void pl_faults_owner(struct pl_faults *f, const char *dn, const char *store)
{
    struct pl_diskset_row there;
    if (f->failed || !dn || !*dn || (f->owner && !strcmp(f->owner, dn)))
        return;
    free(f->owner);
    f->owner = strdup(dn);
    const char *key = key_of(f, "o:", dn, NULL);
    f->failed = !f->owner || !key || pl_diskset_add(f->set, key, 0, store, &there) == PL_STOP;
}

void pl_faults_published(struct pl_faults *f, const char *dn, const char *store)
{
    struct pl_diskset_row there = {0};
    if (f->failed || !dn || !*dn)
        return;
    const char *key = key_of(f, "t:", dn, store);
    enum pl_status st = key ? pl_diskset_add(f->set, key, 1, dn, &there) : PL_STOP;
    if (st == PL_END)
        st = pl_diskset_replace(f->set, key, there.number + 1, dn);
    f->failed = st == PL_STOP;
}

static void problem(struct pl_faults *f, const char *store, const struct pl_ifb *user, const char *code,
                    const char *text)
{
    struct pl_jsonl j = {.buf = &f->line};
    pl_buf_clear(&f->line);
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_integer(&j, "v", 1);
    pl_jsonl_text(&j, "kind", "problem");
    pl_jsonl_text(&j, "store", store);
    pl_jsonl_begin(&j, "owner");
    pl_jsonl_text(&j, "name", user->name && *user->name ? user->name : NULL);
    pl_jsonl_text(&j, "smtp", user->smtp && *user->smtp ? user->smtp : NULL);
    pl_jsonl_text(&j, "dn", user->dn);
    pl_jsonl_text(&j, "sid", NULL);
    pl_jsonl_text(&j, "by", NULL);
    pl_jsonl_bool(&j, "public", false);
    pl_jsonl_end(&j);
    pl_jsonl_text(&j, "folder", NULL);
    pl_jsonl_text(&j, "code", code);
    pl_jsonl_text(&j, "text", text);
    pl_jsonl_end(&j);
    pl_buf_putc(&f->line, '\n');
    f->failed = f->failed || f->line.failed;
    if (!f->failed)
        f->put(f->data, f->line.data);
}

static void audit_put(void *data, const struct pl_ifb *user, const struct pl_audit *audit)
{
    struct pl_faults *f = data;
    struct pl_diskset_row found = {0};
    char text[1024];
    const char *key = key_of(f, "o:", user->dn, NULL);
    enum pl_status st = key ? pl_diskset_find(f->set, key, &found) : PL_STOP;
    char *store = strdup(st == PL_OK ? found.text : "");
    f->failed = f->failed || st == PL_STOP || !store;
    if (!f->failed)
        problem(f, store, user, pl_audit_code_name(audit->code), pl_audit_text(audit, text, sizeof text));
    free(store);
}

static void duplicate_put(void *data, const struct pl_diskset_row *row)
{
    struct pl_faults *f = data;
    const char *store = strchr(row->name, '\n');
    const struct pl_ifb user = {.dn = row->text};
    char text[96];
    if (row->number < 2 || f->failed)
        return;
    snprintf(text, sizeof text, "busy time was published %lld times, and the newest counts",
             (long long)row->number);
    problem(f, store ? store + 1 : "", &user, "freebusy.duplicate", text);
}

enum pl_status pl_faults_put(struct pl_faults *f, const char *dir, void (*put)(void *data, const char *json),
                             void *data)
{
    uint64_t compared = 0;
    f->put = put;
    f->data = data;
    if (!f->failed && pl_diskset_each(f->set, "t:", duplicate_put, f) == PL_STOP)
        f->failed = true;
    if (!f->failed && pl_audit_folder(dir, audit_put, f, &compared) == PL_STOP)
        f->failed = true;
    return f->failed ? PL_STOP : PL_OK;
}
