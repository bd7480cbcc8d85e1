/*
 * lib_vec.c - byte vectors for tests: see lib_vec.h.
 */
#include "lib_vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

struct vec vec_hex(const char *text)
{
    struct vec v = {.data = calloc(1, strlen(text) / 2 + 1)};
    for (; v.data && *text; text++) {
        if (*text == ' ' || *text == '\n' || *text == '\r')
            continue;
        if (digit_of(text[0]) < 0 || digit_of(text[1]) < 0)
            break;
        v.data[v.size++] = (uint8_t)(digit_of(text[0]) << 4 | digit_of(text[1]));
        text++;
    }
    return v;
}

struct vec vec_corpus(const char *name)
{
    const char *root = getenv("PIMLIFT_CORPUS");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", root ? root : "../shared/corpus", name);
    struct vec v = {0};
    FILE *f = fopen(path, "rb");
    if (!f)
        return v;
    size_t room = 1 << 16;
    v.data = malloc(room + 1);
    for (size_t got; v.data && (got = fread(v.data + v.size, 1, room - v.size, f)) > 0;) {
        v.size += got;
        if (v.size == room) {
            room *= 2;
            v.data = realloc(v.data, room + 1);
        }
    }
    fclose(f);
    if (v.data)
        v.data[v.size] = 0;
    return v;
}

struct vec vec_tsv(const char *file, const char *id, int column)
{
    struct vec all = vec_corpus(file), out = {0};
    char *line = (char *)all.data;
    while (line && *line) {
        char *end = line + strcspn(line, "\n");
        char *tab = memchr(line, '\t', (size_t)(end - line));
        if (tab && (size_t)(tab - line) == strlen(id) && memcmp(line, id, strlen(id)) == 0) {
            for (int i = 0; tab && i < column; i++)
                tab = memchr(tab + 1, '\t', (size_t)(end - tab - 1));
            if (tab)
                out = vec_hex(tab + 1);
            break;
        }
        line = *end ? end + 1 : end;
    }
    vec_free(&all);
    return out;
}

void vec_free(struct vec *v)
{
    free(v->data);
    *v = (struct vec){0};
}

bool vec_number(const char *text, const char *label, int nth, uint64_t *out)
{
    const char *p = text;
    for (int i = 0; i <= nth; i++) {
        p = strstr(p, label);
        if (!p)
            return false;
        p += strlen(label);
    }
    p += strspn(p, " :=\"\t\r\n");
    bool negative = *p == '-';
    char *end;
    *out = strtoull(p + negative, &end, 0);
    if (negative)
        *out = 0 - *out;
    return end != p + negative;
}
