/*
 * fuzz_objects.c - any bytes as a calendar, as a file of cards, and as SHA256SUMS, the way `verify` reads them. The
 * objects of a file follow each other and do not overlap, and the digest of each is that of its bytes.
 */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "objects.h"
#include "sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    const uint8_t *data;
    size_t size;
    uint64_t end; /* of the last object */
};

static void check(void *data, const struct pl_object *object)
{
    struct file *f = data;
    uint8_t sum[SHA256_DIGEST_LENGTH];
    if (object->offset < f->end || !object->size || object->offset > f->size ||
        object->size > f->size - object->offset || strlen(object->uid) >= f->size)
        abort();
    SHA256(f->data + object->offset, object->size, sum);
    if (memcmp(sum, object->sha256, sizeof sum) != 0)
        abort();
    f->end = object->offset + object->size;
}

static void objects_read(int fd, bool vcard, const uint8_t *data, size_t size)
{
    struct file f = {data, size, 0};
    if (lseek(fd, 0, SEEK_SET) != 0 || pl_objects_read(fd, vcard, check, &f) == PL_STOP)
        abort();
}

static void sums_read(char *text)
{
    uint8_t sum[SHA256_DIGEST_LENGTH];
    while (*text) {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size), *path = line ? pl_sums_line(line, sum) : NULL;
        if (path && (path < line + 66 || strlen(path) > size - 66))
            abort();
        free(line);
        text += size + (text[size] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size) {
        objects_read(fd, false, data, size);
        objects_read(fd, true, data, size);
    }
    if (fd >= 0)
        close(fd);
    char *text = strndup((const char *)data, size);
    if (text)
        sums_read(text);
    free(text);
    return 0;
}
