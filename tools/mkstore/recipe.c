/*
 * recipe.c - reads lines of a recipe into trees of nodes. See recipe.h.
 */
#include "recipe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECIPE_MAX (64u << 20)

static char *read_all(FILE *f, size_t *size_out)
{
    size_t size = 0, room = 65536;
    char *text = malloc(room + 1);
    while (text) {
        size += fread(text + size, 1, room - size, f);
        if (size < room)
            break;
        room *= 2;
        char *grown = room <= RECIPE_MAX ? realloc(text, room + 1) : NULL;
        if (!grown)
            free(text);
        text = grown;
    }
    if (text)
        text[size] = 0;
    if (text && ferror(f)) {
        free(text);
        text = NULL;
    }
    *size_out = size;
    return text;
}

/* Whether it is text: no NUL, and UTF-8. */
static bool is_text(const char *s, const char *end)
{
    while (s < end) {
        const char *from = s;
        if (!*s || (ms_next_char(&s) == 0xfffd && memcmp(from, "\xef\xbf\xbd", 3) != 0))
            return false;
    }
    return true;
}

bool ms_recipe_open(struct ms_recipe *r, const char *path)
{
    *r = (struct ms_recipe){.path = path};
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "mkstore: %s: %s\n", path, strerror(errno));
        return false;
    }
    size_t size = 0;
    r->text = r->at = read_all(f, &size);
    fclose(f);
    if (!r->text) {
        fprintf(stderr, "mkstore: %s: not readable, or larger than %u bytes\n", path, RECIPE_MAX);
        return false;
    }
    for (char *line = r->text, *end; line < r->text + size; line = end + 1) {
        r->line++;
        end = memchr(line, '\n', (size_t)(r->text + size - line));
        end = end ? end : r->text + size;
        if (!is_text(line, end))
            ms_fail(r, NULL, "not text in UTF-8");
    }
    r->line = 0;
    if (r->failed)
        ms_recipe_close(r);
    return !r->failed;
}

void ms_recipe_close(struct ms_recipe *r)
{
    free(r->text);
    r->text = r->at = NULL;
}

void ms_fail(struct ms_recipe *r, const struct ms_node *n, const char *format, ...)
{
    if (r->failed)
        return;
    r->failed = true;
    fprintf(stderr, "%s:%d: ", r->path, n ? n->line : r->line);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static bool is_blank(const char *line)
{
    line += strspn(line, " ");
    return *line == 0 || *line == '#';
}

/* Cuts the line at r->at off and returns it without its end; NULL at the end of the text. */
static char *next_line(struct ms_recipe *r)
{
    if (!*r->at)
        return NULL;
    char *line = r->at;
    char *end = strchr(line, '\n');
    r->at = end ? end + 1 : line + strlen(line);
    if (end)
        *end = 0;
    size_t size = strlen(line);
    while (size && strchr(" \r\t", line[size - 1]))
        line[--size] = 0;
    r->line++;
    return line;
}

static struct ms_node *node_of_line(struct ms_recipe *r, struct ms_mem *mem, char *line)
{
    struct ms_node *n = ms_alloc(mem, sizeof *n);
    n->line = r->line;
    n->indent = (int)strspn(line, " ");
    char *word = line + n->indent;
    if (strchr(word, '\t'))
        ms_fail(r, n, "a tab: indent with spaces, write \\t in texts");
    char *end = word + strcspn(word, " ");
    n->word = word;
    n->rest = *end ? end + 1 + strspn(end + 1, " ") : "";
    *end = 0;
    return n;
}

static void adopt(struct ms_recipe *r, struct ms_node *above, struct ms_node *n)
{
    while (above->indent >= n->indent)
        above = above->parent;
    if (above->last && above->last->indent != n->indent)
        ms_fail(r, n, "indented differently from the lines above it");
    n->parent = above;
    if (above->last)
        above->last->next = n;
    else
        above->child = n;
    above->last = n;
}

struct ms_node *ms_recipe_next(struct ms_recipe *r, struct ms_mem *mem)
{
    struct ms_node *top = NULL, *above = NULL;
    while (!r->failed && *r->at) {
        if (top && *r->at != ' ' && *r->at != '#' && *r->at != '\n' && *r->at != '\r')
            break;
        char *line = next_line(r);
        if (is_blank(line))
            continue;
        struct ms_node *n = node_of_line(r, mem, line);
        if (!top && n->indent)
            ms_fail(r, n, "indented, but belongs to no line above");
        else if (!top)
            top = n;
        else
            adopt(r, above, n);
        above = n;
    }
    if (top)
        top->used = true;
    return r->failed ? NULL : top;
}

void ms_check_used(struct ms_recipe *r, const struct ms_node *n)
{
    /* Depth first by hand: a tree has as many levels as its author likes. */
    for (const struct ms_node *c = n->child; c && c != n;) {
        if (!c->used)
            ms_fail(r, c, "`%s` has no meaning under `%s`, or was given before", c->word, c->parent->word);
        if (c->child) {
            c = c->child;
            continue;
        }
        while (c != n && !c->next)
            c = c->parent;
        if (c != n)
            c = c->next;
    }
}

struct ms_node *ms_child(struct ms_node *n, const char *word)
{
    struct ms_node *c = n->child;
    while (c && strcmp(c->word, word))
        c = c->next;
    if (c)
        c->used = true;
    return c;
}

struct ms_node *ms_again(struct ms_node *n)
{
    struct ms_node *c = n->next;
    while (c && strcmp(c->word, n->word))
        c = c->next;
    if (c)
        c->used = true;
    return c;
}
