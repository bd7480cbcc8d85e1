/*
 * collection.c - see collection.h.
 */
#include "collection.h"

#include <string.h>

#include "buf.h"
#include "text.h"

void pl_collection_name(const char *path, const char *key, char out[PL_COLLECTION_MOST])
{
    char name[128];
    struct pl_buf b;
    pl_text_filename(path, name);
    size_t end = strlen(name) > 72 ? 72 : strlen(name); /* with its key it is still a file name as it stands */
    while (end && ((unsigned char)name[end] & 0xc0) == 0x80)
        end--;
    name[end] = '\0';
    pl_buf_init(&b, PL_COLLECTION_MOST - 1);
    pl_buf_printf(&b, "%s.%.32s", *path ? name : "root", !strncmp(key, "0x", 2) ? key + 2 : key);
    memcpy(out, b.data ? b.data : "", b.data ? b.size + 1 : 1);
    pl_buf_release(&b);
}

void pl_collection_plain(const char *name, bool dots, char *out, unsigned size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    static const char digits[] = "0123456789ABCDEF";
    unsigned at = 0;
    for (; *name && at + 4 <= size; name++)
        if (strchr(plain, *name) || *name == '.') {
            out[at++] = *name == '.' && !dots ? '_' : *name;
        } else {
            unsigned char c = (unsigned char)*name;
            out[at++] = '=';
            out[at++] = digits[c >> 4];
            out[at++] = digits[c & 15];
        }
    out[at] = '\0';
}
