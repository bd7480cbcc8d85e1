/*
 * storelist.c - the paths of stores from a list in a file; see storelist.h.
 *
 * Layer: programs. The list is read whole, before anything of a store is: rights can only be given up
 * once all paths are known. A path may hold any byte but NUL, a line break too; so files with
 * NUL are taken apart there and nowhere else.
 */
#include "storelist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "source.h"

#define LIST_MOST ((size_t)16 << 20) /* octets: some 200,000 paths */
#define MARK      "\xef\xbb\xbf"     /* Notepad and PowerShell put it before UTF-8 */
#define LOOK      64                 /* octets that tell UTF-16 */

bool storelist_add(struct storelist *list, const char *path, struct pl_arena *arena)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        const char **more = pl_arena_zalloc(arena, room, sizeof *more);
        if (!more) {
            say("out of memory");
            return false;
        }
        if (list->count)
            memcpy(more, list->paths, list->count * sizeof *more);
        list->paths = more;
        list->room = room;
    }
    list->paths[list->count++] = path;
    return true;
}

/* By its mark; or, without one, because letters never follow each other: in a list with NUL such paths would have
 * one letter each, and these signs alone are no stores. */
static bool is_utf16(const char *text, size_t size)
{
    bool sign = false;
    if (size >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return true;
    for (size_t i = 0; i < size && i < LOOK; i++) {
        if (i && text[i] && text[i - 1])
            return false;
        sign = sign || (text[i] && strchr("./\\:\r\n", text[i]));
    }
    return sign && size >= 4;
}

/* The NUL that does not belong into a list of lines, or NULL. A list with NUL ends with one, and not behind the end
 * of a line; where there is one line, nobody can tell. */
static const char *stray_nul(const char *text, size_t size)
{
    const char *nul = memchr(text, '\0', size);
    size_t end = size;
    if (!nul || !memchr(text, '\n', size))
        return NULL;
    while (end && !text[end - 1])
        end--;
    return end == size || (nul == text + end && text[end - 1] == '\n') ? nul : NULL;
}

/* false: said. */
static bool is_list(const char *file, const char *text, size_t size)
{
    const char *nul = stray_nul(text, size);
    size_t line = 1;
    if (is_utf16(text, size)) {
        say("--stores-from: %s: this is UTF-16; save it as UTF-8", file);
        return false;
    }
    for (const char *c = text; nul && c < nul; c++)
        line += *c == '\n';
    if (nul)
        say("--stores-from: %s: line %zu has a NUL; take it out, or end every path with one, as find -print0 does",
            file, line);
    return !nul;
}

/* Takes a text of that size, with a NUL behind it, apart. */
static bool split(struct storelist *list, char *text, size_t size, struct pl_arena *arena)
{
    char end = memchr(text, '\0', size) ? '\0' : '\n', *last = text + size;
    for (char *path = text, *next; path < last; path = next + 1) {
        next = memchr(path, end, (size_t)(last - path));
        if (!next)
            next = last;
        *next = '\0';
        if (end == '\n' && next > path && next[-1] == '\r') /* a list that was written on Windows */
            next[-1] = '\0';
        if (*path && !storelist_add(list, path, arena))
            return false;
    }
    return true;
}

bool storelist_read(struct storelist *list, const char *file, struct pl_arena *arena)
{
    bool is_stdin = strcmp(file, "-") == 0;
    char *text = pl_arena_alloc(arena, LIST_MOST + 1);
    FILE *f = !text ? NULL : is_stdin ? stdin : fopen(file, "re");
    if (!f) {
        say("--stores-from: %s: %s", file, pl_source_why(text ? errno : ENOMEM));
        return false;
    }
    size_t size = fread(text, 1, LIST_MOST + 1, f);
    int error = ferror(f) ? errno : 0;
    if (!is_stdin)
        fclose(f);
    if (error || size > LIST_MOST) {
        say("--stores-from: %s: %s", file, error ? pl_source_why(error) : "a list has 16 MiB at most; split it");
        return false;
    }
    text[size] = '\0';
    if (!is_list(file, text, size))
        return false;
    const size_t mark = size >= strlen(MARK) && !memcmp(text, MARK, strlen(MARK)) ? strlen(MARK) : 0;
    return split(list, text + mark, size - mark, arena);
}
