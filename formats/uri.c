/*
 * uri.c - see uri.h.
 */
#include "uri.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How much of it could be a scheme, or a host; 0: nothing, or no colon follows. One letter is a drive. */
static size_t before_colon(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return size > 1 && text[size] == ':' ? size : 0;
}

bool pl_uri_has_port(const char *text)
{
    size_t size = before_colon(text), digits = size ? strspn(text + size + 1, "0123456789") : 0;
    bool host = size && (memchr(text, '.', size) || !strncasecmp(text, "localhost", size));
    return host && digits && strchr("/?#", text[size + 1 + digits]);
}

bool pl_uri_has_scheme(const char *text) { return before_colon(text) && !pl_uri_has_port(text); }

bool pl_uri_fits(const char *text) { return !strpbrk(text, " \t\n<>\"{}|\\^`"); }

bool pl_uri_is(const char *text) { return pl_uri_has_scheme(text) && pl_uri_fits(text); }

void pl_uri_put(struct pl_line *l, const char *text, const char *plain)
{
    char one[8];
    for (; *text; text++) {
        bool keep = strchr(plain, *text) && (*text != '%' || strspn(text + 1, "0123456789abcdefABCDEF") >= 2);
        snprintf(one, sizeof one, keep ? "%c" : "%%%02X", (unsigned char)*text);
        pl_line_raw(l, one);
    }
}
