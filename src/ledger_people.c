/*
 * ledger_people.c - statements about people, on disk: the set of people.h, and the tables
 * person and person_key that it becomes in ledger.db.
 *
 * Layer: core, beside ledger.c; with it the only code that knows SQLite. A run keeps the set in
 * its ledger, in the same transactions as the rows of the items; others in a database without a
 * name, a temporary file behind a cache of 2 MiB.
 *
 * A statement is found by 64 bits of a hash of what it says and who said it, which is its
 * id in every ledger: the same statement of two runs has the same id. Should two ever
 * meet, the later one is not kept. Votes for a statement of the last ones seen are
 * counted in memory first, because the same few people write most of a mailbox.
 */
#include "people.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "ledger_int.h"
#include "memory.h"

#define PENDING     256
#define WEIGHED     4096 /* statements on one name; nobody has so many, and then nothing is believed */
#define READ_MEMORY ((size_t)1 << 20)

static const char people_sql[] = "PRAGMA journal_mode=OFF;"
                                 "PRAGMA synchronous=OFF;"
                                 "PRAGMA temp_store=FILE;"
                                 "PRAGMA cache_size=-2048;" PL_PERSON_SQL "BEGIN;";

enum statement { ADD, AGAIN, MOST, KEY, FIND, PEOPLE, KEYS, SHARED, STATEMENTS };
#define WRITING KEY /* and those before it */

static const char *const statements[STATEMENTS] = {
    [ADD] = "INSERT OR IGNORE INTO person VALUES(?,?,?,?,?,?,?,?)",
    [AGAIN] = "UPDATE person SET votes = votes + ?2, place = min(place, coalesce(?3, place)) WHERE id = ?1",
    [MOST] = "UPDATE person SET votes = max(votes, ?2), place = min(place, coalesce(?3, place)) WHERE id = ?1",
    [KEY] = "INSERT OR IGNORE INTO person_key VALUES(?,?)",
    [FIND] = ("SELECT p.id, p.said, p.place, p.dn, p.sid, p.smtp, p.name, p.votes FROM person_key k"
              " JOIN person p ON p.id = k.id WHERE k.key = ? ORDER BY k.id"),
    [PEOPLE] = "SELECT id, said, place, dn, sid, smtp, name, votes FROM person ORDER BY id",
    [KEYS] = "SELECT key, id FROM person_key ORDER BY key, id",
    [SHARED] = "SELECT key FROM person_key GROUP BY key HAVING count(*) > 1 ORDER BY key",
};

struct pending {
    sqlite3_int64 id;
    uint64_t place; /* a hash */
    uint64_t votes;
};

struct pl_people {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
    EVP_MD_CTX *hash; /* NULL: only to be read */
    struct pending pending[PENDING];
    bool empty;
    bool shared;                                             /* the connection is that of a ledger */
    void (*relay)(void *data, const struct pl_statement *s); /* NULL: it is kept here */
    void *relay_data;
};

/* --- opening ------------------------------------------------------------------------------- */

void pl_people_free(struct pl_people *p)
{
    if (!p)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(p->prepared[i]);
    if (!p->shared)
        sqlite3_close(p->db);
    EVP_MD_CTX_free(p->hash);
    free(p);
}

static int prepare(struct pl_people *p, int from)
{
    int rc = SQLITE_OK;
    for (int i = from; i < STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(p->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &p->prepared[i], NULL);
    return rc;
}

struct pl_people *pl_people_new(void)
{
    struct pl_people *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->empty = true;
    p->hash = EVP_MD_CTX_new();
    int rc = p->hash && EVP_DigestInit_ex(p->hash, EVP_sha256(), NULL) ? SQLITE_OK : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2("", &p->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(p->db, people_sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = prepare(p, 0);
    if (rc == SQLITE_OK)
        return p;
    pl_people_free(p);
    return NULL;
}

struct pl_people *pl_people_of(struct pl_ledger *l)
{
    struct pl_people *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->db = l->db;
    p->shared = true;
    p->hash = EVP_MD_CTX_new();
    if (p->hash && EVP_DigestInit_ex(p->hash, EVP_sha256(), NULL) && prepare(p, 0) == SQLITE_OK) {
        p->empty = sqlite3_step(p->prepared[PEOPLE]) != SQLITE_ROW;
        sqlite3_reset(p->prepared[PEOPLE]);
        return p;
    }
    pl_people_free(p);
    return NULL;
}

bool pl_people_is_empty(const struct pl_people *p) { return p->empty; }

struct pl_people *pl_people_relay(void (*each)(void *data, const struct pl_statement *s), void *data)
{
    struct pl_people *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->empty = true;
    p->relay = each;
    p->relay_data = data;
    return p;
}

struct pl_people *pl_people_open(const char *ledger, const char **why)
{
    struct pl_people *p = calloc(1, sizeof *p);
    *why = "out of memory";
    if (!p)
        return NULL;
    int rc = pl_ledger_read(ledger, &p->db);
    if (rc == SQLITE_OK)
        rc = prepare(p, WRITING + 1);
    if (rc == SQLITE_OK)
        return p;
    *why = rc == SQLITE_ERROR ? "this ledger has no table of people: convert again with this version"
                              : pl_ledger_words(rc);
    pl_people_free(p);
    return NULL;
}

/* --- adding --------------------------------------------------------------------------------- */

static bool bind_number(sqlite3_stmt *s, int at, uint64_t n)
{
    return sqlite3_bind_int64(s, at, n > INT64_MAX ? INT64_MAX : (sqlite3_int64)n) == SQLITE_OK;
}

static enum pl_status run(struct pl_people *p, enum statement which)
{
    sqlite3_stmt *s = p->prepared[which];
    int rc = sqlite3_get_autocommit(p->db) ? SQLITE_ABORT_ROLLBACK : sqlite3_step(s); /* as pl_ledger_run() */
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

/* An absent name and an empty one differ, and ("ab", "c") differs from ("a", "bc"). */
static bool hash_text(EVP_MD_CTX *c, const char *text)
{
    return text ? EVP_DigestUpdate(c, "+", 1) && EVP_DigestUpdate(c, text, strlen(text) + 1)
                : EVP_DigestUpdate(c, "-", 1);
}

static bool id_of(struct pl_people *p, const struct pl_statement *s, sqlite3_int64 *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    bool ok = EVP_DigestInit_ex(p->hash, NULL, NULL) && hash_text(p->hash, pl_said_name(s->said)) &&
              hash_text(p->hash, s->dn) && hash_text(p->hash, s->sid) && hash_text(p->hash, s->smtp) &&
              hash_text(p->hash, s->name) && EVP_DigestFinal_ex(p->hash, digest, NULL);
    if (ok)
        memcpy(out, digest, sizeof *out);
    return ok;
}

static uint64_t place_hash(const char *place)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; place && *place; place++)
        hash = (hash ^ (uint8_t)*place) * 1099511628211u;
    return hash;
}

/* Its place was told when it was first met. */
static enum pl_status pending_flush(struct pl_people *p, struct pending *slot)
{
    sqlite3_stmt *s = p->prepared[AGAIN];
    uint64_t votes = slot->votes;
    slot->votes = 0;
    if (!votes)
        return PL_OK;
    bool ok =
        sqlite3_bind_int64(s, 1, slot->id) == SQLITE_OK && bind_number(s, 2, votes) && pl_bind_text(s, 3, NULL);
    return ok ? run(p, AGAIN) : PL_STOP;
}

static enum pl_status pending_flush_all(struct pl_people *p)
{
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < PENDING && st == PL_OK; i++)
        st = pending_flush(p, &p->pending[i]);
    return st;
}

enum pl_status pl_people_flush(struct pl_people *p) { return pending_flush_all(p); }

/* Not even what they stand for may be there any more. */
void pl_people_forget(struct pl_people *p) { memset(p->pending, 0, sizeof p->pending); }

static enum pl_status key_add(struct pl_people *p, sqlite3_int64 id, enum pl_key_kind kind, const char *text)
{
    char folded[PL_KEY_TEXT_MAX];
    sqlite3_stmt *s = p->prepared[KEY];
    if (!text || !pl_key_fold(kind, text, folded))
        return PL_OK;
    bool ok = pl_bind_text(s, 1, folded) && sqlite3_bind_int64(s, 2, id) == SQLITE_OK;
    return ok ? run(p, KEY) : PL_STOP;
}

static enum pl_status keys_add(struct pl_people *p, sqlite3_int64 id, const struct pl_statement *s)
{
    enum pl_status st = key_add(p, id, PL_KEY_DN, s->dn);
    if (st == PL_OK)
        st = key_add(p, id, PL_KEY_SID, s->sid);
    if (st == PL_OK)
        st = key_add(p, id, PL_KEY_SMTP, s->smtp);
    for (size_t i = 0; i < s->more_count && st == PL_OK; i++) {
        const char *text = s->more[i].text;
        if (text != s->dn && text != s->sid && text != s->smtp)
            st = key_add(p, id, s->more[i].kind, text);
    }
    return st;
}

static bool bind_statement(sqlite3_stmt *q, sqlite3_int64 id, const struct pl_statement *s)
{
    return sqlite3_bind_int64(q, 1, id) == SQLITE_OK && pl_bind_text(q, 2, pl_said_name(s->said)) &&
           pl_bind_text(q, 3, s->place ? s->place : "") && pl_bind_text(q, 4, s->dn) &&
           pl_bind_text(q, 5, s->sid) && pl_bind_text(q, 6, s->smtp) && pl_bind_text(q, 7, s->name) &&
           bind_number(q, 8, s->votes);
}

static enum pl_status statement_add(struct pl_people *p, sqlite3_int64 id, const struct pl_statement *s)
{
    if (!bind_statement(p->prepared[ADD], id, s) || run(p, ADD) != PL_OK)
        return PL_STOP;
    bool fresh = sqlite3_changes(p->db) > 0;
    if (!fresh) {
        sqlite3_stmt *q = p->prepared[AGAIN];
        bool ok = sqlite3_bind_int64(q, 1, id) == SQLITE_OK && bind_number(q, 2, s->votes) &&
                  pl_bind_text(q, 3, s->place ? s->place : "");
        if (!ok || run(p, AGAIN) != PL_OK)
            return PL_STOP;
    }
    return fresh || s->more_count ? keys_add(p, id, s) : PL_OK;
}

/* A name of the wrong form is left out rather than kept where nobody could find it. */
static const char *fitting(enum pl_key_kind kind, const char *text)
{
    char folded[PL_KEY_TEXT_MAX];
    return text && pl_key_fold(kind, text, folded) ? text : NULL;
}

enum pl_status pl_people_add(struct pl_people *p, const struct pl_statement *given)
{
    struct pl_statement s = *given;
    sqlite3_int64 id = 0;
    if (p->relay) {
        p->relay(p->relay_data, given);
        return PL_OK;
    }
    s.dn = fitting(PL_KEY_DN, s.dn);
    s.sid = fitting(PL_KEY_SID, s.sid);
    s.smtp = fitting(PL_KEY_SMTP, s.smtp);
    s.votes = s.votes ? s.votes : 1;
    int names = !!s.dn + !!s.sid + !!s.smtp + (s.name && *s.name);
    if (names < 2 || (!s.dn && !s.sid && !s.more_count))
        return PL_END;
    if (!p->hash || !id_of(p, &s, &id))
        return PL_STOP;
    p->empty = false;
    uint64_t place = place_hash(s.place);
    struct pending *slot = &p->pending[(uint64_t)id % PENDING];
    if (slot->id == id && slot->place == place && !s.more_count) {
        slot->votes += s.votes;
        return PL_OK;
    }
    if (pending_flush(p, slot) != PL_OK)
        return PL_STOP;
    *slot = (struct pending){.id = id, .place = place};
    return statement_add(p, id, &s);
}

/* --- asking --------------------------------------------------------------------------------- */

static const char *column(sqlite3_stmt *q, int i) { return (const char *)sqlite3_column_text(q, i); }

/* The texts are valid until the next step. false: a word that this version does not know. */
static bool read_statement(sqlite3_stmt *q, struct pl_statement *s)
{
    const char *said = column(q, 1);
    *s = (struct pl_statement){.place = column(q, 2),
                               .dn = column(q, 3),
                               .sid = column(q, 4),
                               .smtp = column(q, 5),
                               .name = column(q, 6),
                               .votes = (uint64_t)sqlite3_column_int64(q, 7)};
    while (s->said < PL_SAID_COUNT && said && strcmp(said, pl_said_name(s->said)) != 0)
        s->said++;
    return said && s->said < PL_SAID_COUNT;
}

/* Calls back for each statement on a name. *count of them, at most WEIGHED + 1. */
static enum pl_status each_of(struct pl_people *p, const char *folded,
                              void (*each)(void *data, const struct pl_statement *s), void *data, size_t *count)
{
    sqlite3_stmt *q = p->prepared[FIND];
    struct pl_statement s;
    int rc = SQLITE_ERROR;
    *count = 0;
    if (pl_bind_text(q, 1, folded))
        while ((rc = sqlite3_step(q)) == SQLITE_ROW && *count <= WEIGHED) {
            ++*count;
            if (read_statement(q, &s))
                each(data, &s);
        }
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    if (rc == SQLITE_NOMEM)
        pl_memory_missed(); /* who maps an item to look what becomes of it would take it for one that can't be
                               mapped */
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? PL_OK : PL_STOP;
}

static void weigh(void *data, const struct pl_statement *s) { pl_weigh(data, s); }

/* PL_END: nothing is said of that name. */
static enum pl_status gather(struct pl_people *p, struct pl_key key, enum pl_trust least, struct pl_arena *a,
                             struct pl_identity *out)
{
    char folded[PL_KEY_TEXT_MAX];
    struct pl_weighing w = {.arena = a, .least = least};
    size_t count = 0;
    *out = (struct pl_identity){0};
    if (!key.text || !pl_key_fold(key.kind, key.text, folded))
        return PL_END;
    if (least > PL_TRUST_STORE && pending_flush_all(p) != PL_OK)
        return PL_STOP;
    enum pl_status st = each_of(p, folded, weigh, &w, &count);
    if (st != PL_OK || w.failed)
        return PL_STOP;
    pl_weigh_end(&w);
    *out = w.result;
    if (count > WEIGHED)
        *out = (struct pl_identity){.dn.disputed = true, .sid.disputed = true, .smtp.disputed = true};
    return out->dn.text || out->sid.text || out->smtp.text || out->name.text || out->dn.disputed ||
                   out->sid.disputed || out->smtp.disputed
               ? PL_OK
               : PL_END;
}

/* Goes on from a name that was given to what is known of that one. */
static enum pl_status follow(struct pl_people *p, enum pl_key_kind kind, const struct pl_known *link,
                             enum pl_trust least, struct pl_arena *a, struct pl_identity *out)
{
    struct pl_identity more;
    if (!link->text)
        return PL_OK;
    enum pl_trust trust = link->trust;
    enum pl_status st = gather(p, (struct pl_key){kind, link->text}, least, a, &more);
    if (st == PL_OK)
        pl_identity_complete(out, &more, trust);
    return st == PL_STOP ? PL_STOP : PL_OK;
}

enum pl_status pl_people_find(struct pl_people *p, struct pl_key key, enum pl_trust least, struct pl_arena *a,
                              struct pl_identity *out)
{
    *out = (struct pl_identity){0};
    if (p->empty)
        return PL_END;
    enum pl_status st = gather(p, key, least, a, out);
    if (st != PL_OK || (out->smtp.text && out->dn.text && out->sid.text))
        return st;
    bool had_dn = out->dn.text;
    st = follow(p, PL_KEY_DN, &out->dn, least, a, out);
    if (st == PL_OK)
        st = follow(p, PL_KEY_SID, &out->sid, least, a, out);
    if (st == PL_OK && !had_dn) /* the SID may have led to one */
        st = follow(p, PL_KEY_DN, &out->dn, least, a, out);
    return st;
}

struct explaining {
    void (*each)(void *data, const struct pl_statement *s);
    void *data;
    enum pl_said said;
};

static void explain(void *data, const struct pl_statement *s)
{
    const struct explaining *e = data;
    if (s->said == e->said)
        e->each(e->data, s);
}

enum pl_status pl_people_explain(struct pl_people *p, struct pl_key key,
                                 void (*each)(void *data, const struct pl_statement *s), void *data)
{
    struct explaining e = {.each = each, .data = data};
    char folded[PL_KEY_TEXT_MAX];
    size_t count = 0;
    if (!pl_key_fold(key.kind, key.text, folded))
        return PL_END;
    enum pl_status st = pending_flush_all(p);
    for (; e.said < PL_SAID_COUNT && st == PL_OK; e.said++)
        st = each_of(p, folded, explain, &e, &count);
    return st == PL_OK && !count ? PL_END : st;
}

enum pl_status pl_people_disputes(struct pl_people *p, void (*each)(void *data, const char *key), void *data)
{
    sqlite3_stmt *q = p->prepared[SHARED];
    struct pl_arena a;
    int rc;
    bool ok = true;
    pl_arena_init(&a, READ_MEMORY);
    while ((rc = sqlite3_step(q)) == SQLITE_ROW && ok) {
        struct pl_weighing w = {.arena = &a, .least = PL_TRUST_MAP};
        size_t count = 0;
        ok = each_of(p, column(q, 0), weigh, &w, &count) == PL_OK && !w.failed;
        if (ok && (w.result.smtp.disputed || w.result.sid.disputed || count > WEIGHED))
            each(data, column(q, 0));
        pl_arena_reset(&a);
    }
    sqlite3_reset(q);
    pl_arena_release(&a);
    return ok && rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

/* --- joining -------------------------------------------------------------------------------- */

static enum pl_status statement_join(struct pl_people *p, sqlite3_int64 id, const struct pl_statement *s,
                                     bool again)
{
    if (!bind_statement(p->prepared[ADD], id, s) || run(p, ADD) != PL_OK)
        return PL_STOP;
    if (sqlite3_changes(p->db) > 0)
        return PL_OK;
    enum statement which = again || s->said == PL_SAID_MAP ? MOST : AGAIN;
    sqlite3_stmt *q = p->prepared[which];
    bool ok = sqlite3_bind_int64(q, 1, id) == SQLITE_OK && bind_number(q, 2, s->votes) &&
              pl_bind_text(q, 3, s->place ? s->place : "");
    return ok ? run(p, which) : PL_STOP;
}

/* PL_LOST: it says what no version of this program writes. */
static enum pl_status all_join(struct pl_people *p, struct pl_people *from, const struct pl_store_names *names,
                               bool again)
{
    sqlite3_stmt *people = from->prepared[PEOPLE], *keys = from->prepared[KEYS];
    struct pl_statement s;
    enum pl_status st = PL_OK;
    int rc = SQLITE_DONE;
    while (st == PL_OK && (rc = sqlite3_step(people)) == SQLITE_ROW) {
        sqlite3_int64 id = 0;
        bool good = read_statement(people, &s) && id_of(p, &s, &id) && id == sqlite3_column_int64(people, 0);
        if (good && s.said != PL_SAID_MAP)
            s.place = names->name(names->data, s.place ? s.place : "");
        if (!good)
            st = PL_LOST;
        else
            st = s.place ? statement_join(p, id, &s, again) : PL_STOP;
        p->empty = false;
    }
    sqlite3_reset(people);
    while (st == PL_OK && rc == SQLITE_DONE && (rc = sqlite3_step(keys)) == SQLITE_ROW) {
        sqlite3_stmt *q = p->prepared[KEY];
        bool ok = pl_bind_text(q, 1, column(keys, 0)) &&
                  sqlite3_bind_int64(q, 2, sqlite3_column_int64(keys, 1)) == SQLITE_OK;
        st = ok ? run(p, KEY) : PL_STOP;
        rc = SQLITE_DONE;
    }
    sqlite3_reset(keys);
    return st == PL_OK && rc != SQLITE_DONE ? PL_LOST : st;
}

enum pl_status pl_people_join(struct pl_people *p, const char *ledger, const struct pl_store_names *names,
                              bool again, const char **why)
{
    struct pl_people *from = pl_people_open(ledger, why);
    if (!from)
        return PL_STOP;
    enum pl_status st = pending_flush_all(p);
    if (st == PL_OK)
        st = all_join(p, from, names, again);
    pl_people_free(from);
    if (st == PL_LOST)
        *why = "its people are not as this version writes them, or can't be read";
    else if (st == PL_STOP)
        *why = "there is no room for what is known of people";
    return st == PL_OK ? PL_OK : PL_STOP;
}

/* --- saving --------------------------------------------------------------------------------- */

enum pl_status pl_people_save(struct pl_people *p, struct pl_ledger *l)
{
    sqlite3_stmt *people = p->prepared[PEOPLE], *keys = p->prepared[KEYS];
    struct pl_statement s;
    int rc = SQLITE_DONE;
    enum pl_status st = pending_flush_all(p);
    while (st == PL_OK && (rc = sqlite3_step(people)) == SQLITE_ROW)
        if (read_statement(people, &s))
            st = pl_ledger_person(l, sqlite3_column_int64(people, 0), &s);
    sqlite3_reset(people);
    if (st == PL_OK && rc != SQLITE_DONE)
        return PL_STOP;
    while (st == PL_OK && (rc = sqlite3_step(keys)) == SQLITE_ROW)
        st = pl_ledger_person_key(l, column(keys, 0), sqlite3_column_int64(keys, 1));
    sqlite3_reset(keys);
    return st == PL_OK && rc == SQLITE_DONE ? PL_OK : PL_STOP;
}
