/*
 * cyrus.c - access lists of mailboxes for Cyrus IMAP, as docs/cookbook/cyrus-sharing.py puts them into the list of
 * mailboxes.
 *
 * RFC 4314 lists add up, and "anyone" is also who did not log in. Cyrus takes away what stands behind a name with
 * '-' in front. So each who is listed gets what he has, and loses what everybody else has besides; in the same way
 * who did not log in. One JSON object for each collection, and one for each folder of others that somebody opens.
 * The letters were tried on the server: 'i' makes and changes items, 'w' and 'n' rename the collection, 'x' deletes
 * it.
 */
#include <string.h>

#include "jsonl.h"
#include "radicale.h"
#include "target.h"
#include "tree.h"

#define LETTERS 64

static void begin(struct pl_buf *out) { (void)out; }

static void letters_of(const struct pl_fit *fit, char out[LETTERS])
{
    out[0] = '\0';
    for (size_t i = 0; fit && i < fit->count; i++)
        strncat(out, fit->words[i], LETTERS - 1 - strlen(out));
}

/* Letters of a that b lacks. */
static void minus(const char *a, const char *b, char out[LETTERS])
{
    size_t used = 0;
    for (; *a; a++)
        if (!strchr(b, *a))
            out[used++] = *a;
    out[used] = '\0';
}

static void entry(struct pl_jsonl *j, const char *who, const char *letters)
{
    if (*letters)
        pl_jsonl_text(j, who, letters);
}

/* What somebody has, and what of everybody else's he has not. */
static void both(struct pl_jsonl *j, const char *who, const char *letters, const char *others)
{
    char lost[LETTERS], name[512];
    size_t size = strlen(who);
    minus(others, letters, lost);
    entry(j, who, letters);
    if (size + 2 > sizeof name) {
        j->buf->failed = true;
        return;
    }
    name[0] = '-';
    memcpy(name + 1, who, size + 1);
    entry(j, name, lost);
}

static const struct pl_fit *fit_of(const struct pl_plan_folder *f, enum pl_trustee trustee)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->grants[i].trustee == trustee)
            return &f->grants[i].fit;
    return NULL;
}

static void line_begin(struct pl_jsonl *j, const char *kind, const char *owner, const char *collection,
                       const char *role)
{
    pl_jsonl_begin(j, NULL);
    pl_jsonl_integer(j, "v", 1);
    pl_jsonl_text(j, "kind", kind);
    pl_jsonl_text(j, "owner", owner);
    pl_jsonl_text(j, "tree", strcmp(role, "contacts") ? "#calendars" : "#addressbooks");
    pl_jsonl_text(j, "collection", collection);
}

static void folder(struct pl_buf *out, const struct pl_plan_folder *f)
{
    char others[LETTERS], letters[LETTERS];
    struct pl_jsonl j = {.buf = out};
    if (!f->kept)
        return;
    letters_of(fit_of(f, PL_TRUSTEE_DEFAULT), others);
    line_begin(&j, "acl", f->owner, f->collection, f->role);
    pl_jsonl_begin(&j, "acl");
    for (size_t i = 0; i < f->count; i++) {
        const struct pl_plan_grant *g = &f->grants[i];
        letters_of(&g->fit, letters);
        if (g->user && strcmp(g->user, f->owner) != 0)
            both(&j, g->user, letters, others);
    }
    entry(&j, "anyone", others);
    letters_of(fit_of(f, PL_TRUSTEE_ANONYMOUS), letters);
    both(&j, "anonymous", letters, others);
    pl_jsonl_end(&j);
    pl_jsonl_end(&j);
    pl_buf_putc(out, '\n');
}

static bool finish(struct pl_tree *t, struct pl_buf *text)
{
    struct pl_jsonl j = {.buf = text};
    for (const struct pl_tree_opened *o = t->opened; o; o = o->next) {
        line_begin(&j, "opened", o->folder->owner, o->folder->collection, o->folder->role);
        pl_jsonl_text(&j, "user", o->user);
        pl_jsonl_end(&j);
        pl_buf_putc(text, '\n');
        j.comma = false;
    }
    return !text->failed;
}

static const struct pl_tree_ops tree = {.account = pl_radicale_account, .finish = finish};

const struct pl_target pl_target_cyrus = {.name = "cyrus",
                                          .title =
                                              "access lists for Cyrus IMAP, and the collections that go with them",
                                          .file = "access.jsonl",
                                          .tree = &tree,
                                          .begin = begin,
                                          .folder = folder};
