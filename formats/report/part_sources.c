/*
 * part_sources.c - where the output comes from: stores with their fingerprints, the version and what it was told.
 */
#include <string.h>

#include "parts.h"

static void cell(struct pl_page *h, const char *text) { pl_page_element_name(h, "td", NULL, text); }

static void hash_cell(struct pl_page *h, const struct pl_json *store)
{
    const char *whole = pl_json_text_of(store, "sha256"), *head = pl_json_text_of(store, "sha256_head");
    pl_page_open(h, "td", NULL);
    if (whole || head) {
        pl_page_element(h, "code", NULL, whole ? whole : head);
        pl_page_text(h, whole ? " (the whole file)" : " (its first bytes and its size)");
    }
    pl_page_close(h, "td");
}

static void facts(struct pl_page *h, const struct pl_json *store)
{
    const struct pl_json *all = pl_json_member(store, "facts");
    bool first = true;
    pl_page_open(h, "td", "class", "soft", NULL);
    for (const struct pl_json *f = all ? all->child : NULL; f; f = f->next) {
        if (!f->text || !strncmp(f->name, "role_", 5))
            continue;
        pl_page_text(h, first ? "" : "; ");
        pl_page_name(h, f->name);
        pl_page_text(h, ": ");
        pl_page_name(h, f->text);
        first = false;
    }
    pl_page_close(h, "td");
}

static void state_cell(struct pl_page *h, const struct data *d, const struct store *s)
{
    const struct remark *r = d->remarks;
    while (r && strcmp(r->store, s->path) != 0)
        r = r->next;
    pl_page_open(h, "td", "class", s->state != STORE_WHOLE ? "bad" : r ? "warn" : NULL, NULL);
    pl_page_text(h, pl_store_state(s));
    if (s->reason) {
        pl_page_text(h, ": ");
        pl_page_element(h, "code", NULL, s->reason);
    }
    for (; r; r = r->next)
        if (!strcmp(r->store, s->path)) {
            pl_page_text(h, "; ");
            pl_page_element(h, "code", NULL, r->code);
        }
    pl_page_close(h, "td");
}

static void stores(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Store", "Kind", "#Bytes", "SHA-256", "State", "What it says of itself",
                                        NULL};
    pl_part_table(h, "stores", "Stores", heads);
    for (const struct store *s = d->stores; s; s = s->next) {
        int64_t size = pl_json_number_of(s->said, "size", -1);
        pl_page_open(h, "tr", NULL);
        cell(h, s->path);
        cell(h, pl_json_text_of(s->said, "kind"));
        if (size < 0)
            pl_page_element(h, "td", "n", "not known");
        else
            pl_page_element_count(h, "td", "n", (uint64_t)size);
        hash_cell(h, s->said);
        state_cell(h, d, s);
        facts(h, s->said);
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
}

static void option_value(struct pl_page *h, const struct pl_json *v)
{
    bool first = true;
    switch (v->kind) {
    case PL_JSON_BOOL: pl_page_text(h, v->number ? "yes" : "no"); break;
    case PL_JSON_NUMBER: pl_page_textf(h, "%lld", (long long)v->number); break;
    case PL_JSON_TEXT: pl_page_name(h, v->text); break;
    case PL_JSON_LIST:
        for (const struct pl_json *i = v->child; i; i = i->next) {
            pl_page_text(h, first ? "" : ", ");
            pl_page_name(h, i->text);
            first = false;
        }
        break;
    default: break;
    }
}

static bool is_set(const struct pl_json *v)
{
    return v->kind == PL_JSON_TEXT || (v->kind == PL_JSON_LIST ? v->child != NULL : v->number != 0);
}

static void options(struct pl_page *h, const struct data *d)
{
    static const char *const heads[] = {"Option", "Value", NULL};
    const struct pl_json *all = pl_json_member(d->run, "options");
    pl_part_table(h, "options", "What the run was told", heads);
    for (const struct pl_json *o = all ? all->child : NULL; o; o = o->next) {
        if (!is_set(o))
            continue;
        pl_page_open(h, "tr", NULL);
        pl_page_open(h, "th", "scope", "row", NULL);
        pl_page_name(h, o->name);
        pl_page_close(h, "th");
        pl_page_open(h, "td", NULL);
        option_value(h, o);
        pl_page_close(h, "td");
        pl_page_close(h, "tr");
    }
    pl_part_table_end(h);
}

void pl_part_sources(struct pl_page *h, const struct data *d)
{
    const char *version = pl_json_text_of(d->run, "version"), *zones = pl_json_text_of(d->run, "tzdata");
    pl_part_section(h, "sources", "Where it comes from");
    pl_page_open(h, "p", NULL);
    pl_page_text(h, "The stores were read, never written to. Converted by pimlift ");
    pl_page_name(h, version ? version : "of an unknown version");
    if (zones) {
        pl_page_text(h, " with the time zones of tzdata ");
        pl_page_name(h, zones);
    }
    pl_page_text(h, ". The ledger has a SHA-256 of each item as it was written.");
    pl_page_close(h, "p");
    stores(h, d);
    options(h, d);
    pl_page_close(h, "section");
}
