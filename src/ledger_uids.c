/*
 * ledger_uids.c - how often each UID was met: see pl_ledger_uid() in ledger.h.
 *
 * Layer: core, beside ledger.c; a part of the only code that knows SQLite. UIDs are kept as 64 bits of a hash: that
 * two of them have one, which would cost nothing but an ordinal too many, is less likely than 1 in 10^7 for a
 * million. The first NEAR_MOST lie in a table in memory, which is at most half full. When it is, all go to a
 * database without a name, which SQLite keeps in a temporary file behind a cache of 512 KiB; the table is given
 * back. Few folders have so many items.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ledger_int.h"

#define NEAR_FIRST ((size_t)1 << 8)
#define NEAR_MOST  ((size_t)1 << 14)

struct pl_uid_slot {
    uint64_t key, met; /* met: 0 for a free slot */
};

static const char far_sql[] = "PRAGMA journal_mode=OFF;"
                              "PRAGMA synchronous=OFF;"
                              "PRAGMA temp_store=FILE;"
                              "PRAGMA cache_size=-512;"
                              "CREATE TABLE uid(k INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
                              "BEGIN;";

static const char *const far_statements[UID_STATEMENTS] = {
    [UID_ADD] = "INSERT OR IGNORE INTO uid VALUES(?,?)",
    [UID_AGAIN] = "UPDATE uid SET n = n + 1 WHERE k = ?",
    [UID_MET] = "SELECT n FROM uid WHERE k = ?",
};

/* --- in memory ----------------------------------------------------------- */

/* Eight octets a step; the size keeps ("ab", "c") and ("a", "bc") apart. */
static uint64_t mix(uint64_t h, const char *text)
{
    const uint64_t odd = UINT64_C(0x9fb21c651e98df25);
    const uint8_t *p = (const uint8_t *)text;
    size_t size = strlen(text), left = size;
    uint8_t rest[8] = {0};
    for (; left >= 8; left -= 8, p += 8) {
        h = (h ^ pl_le64(p)) * odd;
        h ^= h >> 32;
    }
    memcpy(rest, p, left);
    h = (h ^ pl_le64(rest)) * odd;
    h = ((h ^ h >> 29) + size) * odd;
    return h ^ h >> 32;
}

static struct pl_uid_slot *near_slot(const struct pl_uids *u, uint64_t key)
{
    size_t at = (size_t)key & (u->room - 1);
    while (u->slots[at].met && u->slots[at].key != key)
        at = (at + 1) & (u->room - 1);
    return &u->slots[at];
}

/* false: the table is as it was. */
static bool near_grow(struct pl_uids *u)
{
    struct pl_uids wider = *u;
    wider.room = u->room ? u->room * 2 : NEAR_FIRST;
    wider.slots = calloc(wider.room, sizeof *wider.slots);
    if (!wider.slots)
        return false;
    for (size_t i = 0; i < u->room; i++)
        if (u->slots[i].met)
            *near_slot(&wider, u->slots[i].key) = u->slots[i];
    free(u->slots);
    *u = wider;
    return true;
}

static void near_free(struct pl_uids *u)
{
    free(u->slots);
    u->slots = NULL;
    u->room = u->count = 0;
}

/* --- on disk -------------------------------------------------------------- */

static void far_close(struct pl_uids *u)
{
    for (int i = 0; i < UID_STATEMENTS; i++) {
        sqlite3_finalize(u->prepared[i]);
        u->prepared[i] = NULL;
    }
    sqlite3_close(u->db);
    u->db = NULL;
}

static bool far_open(struct pl_uids *u)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2("", &u->db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(u->db, far_sql, NULL, NULL, NULL);
    for (int i = 0; i < UID_STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(u->db, far_statements[i], -1, SQLITE_PREPARE_PERSISTENT, &u->prepared[i], NULL);
    if (rc != SQLITE_OK)
        far_close(u);
    return rc == SQLITE_OK;
}

/* SQLite's own code of the step: SQLITE_DONE, or SQLITE_ROW with *met. */
static int far_run(struct pl_uids *u, enum pl_uid_statement which, uint64_t key, uint64_t *met)
{
    sqlite3_stmt *s = u->prepared[which];
    int rc = sqlite3_bind_int64(s, 1, (sqlite3_int64)key);
    if (rc == SQLITE_OK && which == UID_ADD)
        rc = sqlite3_bind_int64(s, 2, (sqlite3_int64)*met);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *met = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return rc;
}

static enum pl_status far_meet(struct pl_uids *u, uint64_t key, uint64_t *met)
{
    *met = 1;
    if (far_run(u, UID_ADD, key, met) != SQLITE_DONE)
        return PL_STOP;
    if (sqlite3_changes(u->db))
        return PL_OK;
    return far_run(u, UID_AGAIN, key, met) == SQLITE_DONE && far_run(u, UID_MET, key, met) == SQLITE_ROW ? PL_OK
                                                                                                         : PL_STOP;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct pl_uid_slot *)a)->key, y = ((const struct pl_uid_slot *)b)->key;
    return ((int64_t)x > (int64_t)y) - ((int64_t)x < (int64_t)y);
}

/* In the order of the keys each row goes to the end of the tree. */
static enum pl_status go_far(struct pl_uids *u)
{
    if (!far_open(u))
        return PL_STOP;
    enum pl_status st = PL_OK;
    if (u->room)
        qsort(u->slots, u->room, sizeof *u->slots, by_key);
    for (size_t i = 0; i < u->room && st == PL_OK; i++)
        if (u->slots[i].met && far_run(u, UID_ADD, u->slots[i].key, &u->slots[i].met) != SQLITE_DONE)
            st = PL_STOP;
    near_free(u);
    return st;
}

/* --- both ------------------------------------------------------------------- */

void pl_ledger_uids_forget(struct pl_ledger *l)
{
    far_close(&l->uids);
    near_free(&l->uids);
}

enum pl_status pl_ledger_uid(struct pl_ledger *l, const char *scope, const char *uid, uint64_t *ordinal)
{
    struct pl_uids *u = &l->uids;
    uint64_t key = mix(mix(0, scope), uid);
    bool full = u->count * 2 >= u->room;
    if (!u->db && full && (u->count == NEAR_MOST || !near_grow(u)) && go_far(u) != PL_OK)
        return PL_STOP;
    if (u->db)
        return far_meet(u, key, ordinal);
    struct pl_uid_slot *slot = near_slot(u, key);
    u->count += !slot->met;
    *slot = (struct pl_uid_slot){key, slot->met + 1};
    *ordinal = slot->met;
    return PL_OK;
}

enum pl_status pl_ledger_uid_known(struct pl_ledger *l, const char *scope, const char *uid, bool *known)
{
    struct pl_uids *u = &l->uids;
    uint64_t key = mix(mix(0, scope), uid), met = 0;
    if (!u->db) {
        *known = u->room && near_slot(u, key)->met;
        return PL_OK;
    }
    int rc = far_run(u, UID_MET, key, &met);
    *known = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PL_OK : PL_STOP;
}
