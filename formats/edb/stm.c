/*
 * stm.c - is the streaming file there, and is it the right one?
 *
 * Layer: inside the EDB reader. Messages that came by Internet protocols lie there as MIME;
 * calendars and contacts made with Outlook do not. The two files know each other by a
 * signature: the database keeps that of its streaming file at offset 252, or they share
 * the one at offset 24.
 */
#include "stm.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "ese_page.h"

#define SIGNATURE_SIZE 28u
#define AT_SIGNATURE   24u
#define AT_STREAMING   252u
#define AT_FLAGS       208u
#define FLAG_STREAMING 4u
#define HEADER_SIZE    512u
#define HEADERS        2u

/* By enum stm_state. */
static const char *const state_texts[] = {
    NULL,      "beside it",    "beside it, and cut", "beside it, its header damaged", "of another database",
    "missing", "can't be read"};

static size_t stem_size(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* The name in that folder that differs in nothing but capitals, of several the first by its bytes. NULL: there is
 * none, or errno, which is 0 otherwise, says why that can't be told. */
static char *name_find(const char *folder, const char *name)
{
    char *found = NULL;
    size_t stem = stem_size(name);
    DIR *d = opendir(folder);
    int error = d ? 0 : errno;
    errno = 0;
    for (struct dirent *e; d && !error && (e = readdir(d));) {
        if (strlen(e->d_name) == stem + 4 && !strncasecmp(e->d_name, name, stem) &&
            !strcasecmp(e->d_name + stem, ".stm") && (!found || strcmp(e->d_name, found) < 0)) {
            free(found);
            found = strdup(e->d_name);
            error = found ? 0 : ENOMEM;
        }
        errno = 0;
    }
    error = error ? error : errno;
    if (d)
        closedir(d);
    errno = error;
    return found;
}

/* PL_END: there is none. PL_STOP: *why. `name`: behind the first bytes of `database`, its folder. */
static enum pl_status name_open(const char *database, size_t before, const char *name, size_t size,
                                const char *ending, struct pl_source *file, const char **why)
{
    char *path = NULL;
    if (asprintf(&path, "%.*s%.*s%s", (int)before, database, (int)size, name, ending) < 0) {
        *why = pl_source_why(ENOMEM);
        return PL_STOP;
    }
    enum pl_status st = pl_source_open(file, path, why);
    free(path);
    return st == PL_OK || !pl_source_is_absent(file) ? st : PL_END;
}

/* Opens the file with .stm for its ending: just so, or else in any case. Windows does not tell them apart, copies
 * do. PL_END: there is none. PL_STOP: *why. */
static enum pl_status beside_open(const char *database, struct pl_source *file, const char **why)
{
    const char *slash = strrchr(database, '/'), *name = slash ? slash + 1 : database;
    size_t before = (size_t)(name - database);
    enum pl_status st = name_open(database, before, name, stem_size(name), ".stm", file, why);
    if (st != PL_END)
        return st;
    char *folder = slash ? strndup(database, before) : strdup(".");
    char *other = folder ? name_find(folder, name) : NULL;
    int error = folder ? errno : ENOMEM;
    if (error)
        *why = pl_source_why(error);
    if (error || other)
        st = error ? PL_STOP : name_open(database, before, other, strlen(other), "", file, why);
    free(folder);
    free(other);
    return st;
}

/* false: *why, or, with *why NULL, the file is too short. */
static bool head_read(struct pl_source *s, uint8_t head[HEADER_SIZE], const char **why)
{
    size_t got = 0;
    enum pl_status st = pl_source_read(s, 0, head, HEADER_SIZE, &got);
    *why = st == PL_OK ? NULL : pl_source_why(s->error);
    return st == PL_OK && got == HEADER_SIZE;
}

/* It is written in whole pages, and has some behind the header and its copy: those it is made with. */
static bool is_cut(const struct pl_source *file)
{
    return file->size % STM_PAGE != 0 || file->size <= (uint64_t)HEADERS * STM_PAGE;
}

/* The header and its copy have a checksum each. Those of all other pages the database keeps, in a form that nobody
 * has published. */
static enum stm_state headers_look(struct pl_source *file, const char **why)
{
    uint8_t page[STM_PAGE];
    for (uint64_t i = 0; i < HEADERS; i++) {
        size_t got = 0;
        if (pl_source_read(file, i * STM_PAGE, page, sizeof page, &got) != PL_OK) {
            *why = pl_source_why(file->error);
            return STM_UNREADABLE;
        }
        if (got != sizeof page || ese_header_sum(page, sizeof page) != pl_le32(page))
            return STM_DAMAGED;
    }
    return STM_BESIDE;
}

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
    enum stm_state state = !same ? STM_FOREIGN : is_cut(out) ? STM_CUT : headers_look(out, why);
    if (*why)
        state = STM_UNREADABLE;
    if (!stm_is_open(state))
        pl_source_close(out);
    return state;
}

const char *stm_state_text(enum stm_state state) { return state_texts[state]; }

void stm_complain(enum stm_state state, const char *why, struct pl_report *report, bool searched)
{
    enum pl_status severity = searched ? PL_LOST : PL_WARN;
    if (state == STM_ABSENT)
        pl_report(report, PL_WARN, "edb.stm-missing", NULL, PL_NO_OFFSET,
                  "its streaming file (.stm) is not beside it; messages that came from the Internet are "
                  "incomplete, and what was made with OWA, WebDAV or IMAP may be");
    if (state == STM_CUT)
        pl_report(
            report, severity, "edb.stm-cut", NULL, PL_NO_OFFSET,
            "its streaming file (.stm) was cut off: it ends within a page, or behind its header; messages that "
            "came from the Internet are incomplete, and what was made with OWA, WebDAV or IMAP may be");
    if (state == STM_DAMAGED)
        pl_report(report, severity, "edb.stm-header", NULL, PL_NO_OFFSET,
                  "the header of its streaming file (.stm), or the copy of it, is damaged, and more of it may be");
    if (state == STM_BESIDE && searched)
        pl_report(report, PL_OK, "edb.stm-unproven", NULL, PL_NO_OFFSET,
                  "nothing that is known tells whether its streaming file (.stm) has all of its pages, and whether "
                  "they are unchanged: what is missing there is not missed here");
    if (state == STM_FOREIGN)
        pl_report(report, PL_WARN, "edb.stm-foreign", NULL, PL_NO_OFFSET,
                  "the streaming file (.stm) beside it belongs to another database and is not used");
    if (state == STM_UNREADABLE)
        pl_report(report, PL_LOST, "edb.stm-read", NULL, PL_NO_OFFSET,
                  "the streaming file (.stm) beside it, or whether there is one, can't be read: %s", why);
}
