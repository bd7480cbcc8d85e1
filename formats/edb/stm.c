/*
 * stm.c - is the streaming file there, and is it the right one?
 *
 * Layer: inside the EDB reader. Messages that came by Internet protocols lie there as MIME;
 * calendars and contacts made with Outlook do not. The two files know each other by a
 * signature: the database keeps that of its streaming file at offset 252, or they share
 * the one at offset 24.
 */
#include "stm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define SIGNATURE_SIZE 28u
#define AT_SIGNATURE   24u
#define AT_STREAMING   252u
#define AT_FLAGS       208u
#define FLAG_STREAMING 4u
#define HEADER_SIZE    512u

/* By enum stm_state. */
static const char *const state_texts[] = {NULL,      "beside it",    "beside it, and cut", "of another database",
                                          "missing", "can't be read"};

/* Opens the same path with .stm for its ending, or .STM: Windows does not tell them apart, copies do.
 * PL_END: there is none. PL_STOP: *why. */
static enum pl_status beside_open(const char *database, struct pl_source *file, const char **why)
{
    static const char *const endings[] = {"stm", "STM"};
    const char *slash = strrchr(database, '/'), *dot = strrchr(database, '.');
    size_t size = dot && (!slash || dot > slash) ? (size_t)(dot - database) : strlen(database);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path = NULL;
        if (asprintf(&path, "%.*s.%s", (int)size, database, endings[i]) < 0) {
            *why = pl_source_why(ENOMEM);
            return PL_STOP;
        }
        enum pl_status st = pl_source_open(file, path, why);
        free(path);
        if (st == PL_OK || !pl_source_is_absent(file))
            return st;
    }
    return PL_END;
}

/* false: *why, or, with *why NULL, the file is too short. */
static bool head_read(struct pl_source *s, uint8_t head[HEADER_SIZE], const char **why)
{
    size_t got = 0;
    enum pl_status st = pl_source_read(s, 0, head, HEADER_SIZE, &got);
    *why = st == PL_OK ? NULL : pl_source_why(s->error);
    return st == PL_OK && got == HEADER_SIZE;
}

/* It is written in whole pages. */
static bool is_cut(const struct pl_source *file) { return file->size % STM_PAGE != 0; }

enum stm_state stm_open(struct pl_source *database, struct pl_source *out, const char **why)
{
    uint8_t own[HEADER_SIZE], other[HEADER_SIZE];
    *why = NULL;
    if (!database->path)
        return STM_NONE;
    if (!head_read(database, own, why))
        return *why ? STM_UNREADABLE : STM_NONE;
    enum pl_status st = beside_open(database->path, out, why);
    if (st != PL_OK)
        return st == PL_STOP ? STM_UNREADABLE : pl_le32(own + AT_FLAGS) & FLAG_STREAMING ? STM_ABSENT : STM_NONE;
    bool same = head_read(out, other, why) && (!memcmp(other + AT_SIGNATURE, own + AT_STREAMING, SIGNATURE_SIZE) ||
                                               !memcmp(other + AT_SIGNATURE, own + AT_SIGNATURE, SIGNATURE_SIZE));
    if (same)
        return is_cut(out) ? STM_CUT : STM_BESIDE;
    pl_source_close(out);
    return *why ? STM_UNREADABLE : STM_FOREIGN;
}

const char *stm_state_text(enum stm_state state) { return state_texts[state]; }

void stm_complain(enum stm_state state, const char *why, struct pl_report *report)
{
    if (state == STM_ABSENT)
        pl_report(report, PL_WARN, "edb.stm-missing", NULL, PL_NO_OFFSET,
                  "its streaming file (.stm) is not beside it; messages that came from the Internet are "
                  "incomplete, calendars and contacts are not");
    if (state == STM_CUT)
        pl_report(
            report, PL_WARN, "edb.stm-cut", NULL, PL_NO_OFFSET,
            "its streaming file (.stm) ends within a page: it was cut off; messages that came from the Internet "
            "are incomplete, calendars and contacts are not");
    if (state == STM_FOREIGN)
        pl_report(report, PL_WARN, "edb.stm-foreign", NULL, PL_NO_OFFSET,
                  "the streaming file (.stm) beside it belongs to another database and is not used");
    if (state == STM_UNREADABLE)
        pl_report(report, PL_LOST, "edb.stm-read", NULL, PL_NO_OFFSET,
                  "the streaming file (.stm) beside it, or whether there is one, can't be read: %s", why);
}
