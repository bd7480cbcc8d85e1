/*
 * stm.c - is the streaming file there, and is it the right one?
 *
 * Layer: inside the EDB reader. Messages that came by Internet protocols lie there as MIME;
 * calendars and contacts made with Outlook do not. The two files know each other by a
 * signature: the database keeps that of its streaming file at offset 252, or they share
 * the one at offset 24.
 */
#include "stm.h"

#include <string.h>

#include "bytes.h"

#define SIGNATURE_SIZE 28u
#define AT_SIGNATURE   24u
#define AT_STREAMING   252u
#define AT_FLAGS       208u
#define FLAG_STREAMING 4u
#define HEADER_SIZE    512u

enum state { NONE, BESIDE, CUT, FOREIGN, ABSENT };

static const char *const state_texts[] = {NULL, "beside it", "beside it, and cut", "of another database",
                                          "missing"};

/* Opens the same path with .stm for its ending, or .STM: Windows does not tell them apart, copies do. */
static bool beside_open(const char *database, struct pl_arena *a, struct pl_source *file)
{
    static const char *const endings[] = {"stm", "STM"};
    const char *slash = strrchr(database, '/'), *dot = strrchr(database, '.'), *why = NULL;
    size_t size = dot && (!slash || dot > slash) ? (size_t)(dot - database) : strlen(database);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *path = pl_arena_printf(a, "%.*s.%s", (int)size, database, endings[i]);
        if (path && pl_source_open(file, path, &why) == PL_OK)
            return true;
    }
    return false;
}

static bool head_read(struct pl_source *s, uint8_t head[HEADER_SIZE])
{
    size_t got = 0;
    return pl_source_read(s, 0, head, HEADER_SIZE, &got) == PL_OK && got == HEADER_SIZE;
}

/* It is written in whole pages. */
static bool is_cut(const struct pl_source *file) { return file->size % STM_PAGE != 0; }

/* The file is left open when it is the right one. */
static enum state state_find(struct pl_source *database, struct pl_arena *a, struct pl_source *file)
{
    uint8_t own[HEADER_SIZE], other[HEADER_SIZE];
    if (!database->path || !head_read(database, own))
        return NONE;
    bool expected = pl_le32(own + AT_FLAGS) & FLAG_STREAMING;
    if (!beside_open(database->path, a, file))
        return expected ? ABSENT : NONE;
    bool same = head_read(file, other) && (!memcmp(other + AT_SIGNATURE, own + AT_STREAMING, SIGNATURE_SIZE) ||
                                           !memcmp(other + AT_SIGNATURE, own + AT_SIGNATURE, SIGNATURE_SIZE));
    if (!same)
        pl_source_close(file);
    return !same ? FOREIGN : is_cut(file) ? CUT : BESIDE;
}

static bool is_usable(enum state state) { return state == BESIDE || state == CUT; }

static enum state state_of(struct pl_source *database, struct pl_arena *a)
{
    struct pl_source file;
    enum state state = state_find(database, a, &file);
    if (is_usable(state))
        pl_source_close(&file);
    return state;
}

bool stm_open(struct pl_source *database, struct pl_source *out)
{
    struct pl_arena a;
    pl_arena_init(&a, 1u << 16);
    enum state state = state_find(database, &a, out);
    pl_arena_release(&a);
    return is_usable(state);
}

const char *stm_state(struct pl_source *database, struct pl_arena *a) { return state_texts[state_of(database, a)]; }

void stm_complain(struct pl_source *database, struct pl_report *report)
{
    struct pl_arena a;
    pl_arena_init(&a, 1u << 16);
    enum state state = state_of(database, &a);
    pl_arena_release(&a);
    if (state == ABSENT)
        pl_report(report, PL_WARN, "edb.stm-missing", NULL, PL_NO_OFFSET,
                  "its streaming file (.stm) is not beside it; messages that came from the Internet are "
                  "incomplete, calendars and contacts are not");
    if (state == CUT)
        pl_report(
            report, PL_WARN, "edb.stm-cut", NULL, PL_NO_OFFSET,
            "its streaming file (.stm) ends within a page: it was cut off; messages that came from the Internet "
            "are incomplete, calendars and contacts are not");
    if (state == FOREIGN)
        pl_report(report, PL_WARN, "edb.stm-foreign", NULL, PL_NO_OFFSET,
                  "the streaming file (.stm) beside it belongs to another database and is not used");
}
