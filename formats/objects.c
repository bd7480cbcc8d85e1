/*
 * objects.c - see objects.h.
 *
 * Layer: formats. Bytes come in pieces of a line, of any length. Whether a component belongs to the one before is
 * known when its UID is: until then two digests run, of this component alone and of both together.
 */
#include "objects.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CHUNK    65536u
#define LINE     4096u /* of a logical line; what follows is not looked at */
#define UID_MOST 2048u

struct reading {
    void (*found)(void *data, const struct pl_object *object);
    void *data;
    int base;          /* depth in which objects begin */
    int depth, inside; /* inside: the depth of the component at hand, or 0 */
    bool torn, failed;
    uint64_t at, line_at; /* bytes of the file */
    /* the logical line at hand, as far as it is kept */
    char line[LINE];
    size_t size;
    bool goes_on; /* the physical line at hand is not its first */
    /* the component at hand, and the object that is not told yet */
    uint64_t from;
    char uid[UID_MOST];
    struct pl_object object;
    char object_uid[UID_MOST];
    bool has_object;
    EVP_MD_CTX *alone, *together;
    uint64_t hashed;
};

/* --- digests ----------------------------------------------------------------- */

static void object_tell(struct reading *r)
{
    if (!r->has_object)
        return;
    r->has_object = false;
    r->object.uid = r->object_uid;
    r->found(r->data, &r->object);
}

static void component_begin(struct reading *r)
{
    bool follows = r->has_object && r->object.offset + r->object.size == r->line_at;
    if (!follows)
        object_tell(r);
    if (!EVP_DigestInit_ex(r->alone, EVP_sha256(), NULL) ||
        (!follows && !EVP_DigestInit_ex(r->together, EVP_sha256(), NULL)))
        r->failed = true;
    r->from = r->line_at;
    r->uid[0] = '\0';
}

static void digest_of(struct reading *r, EVP_MD_CTX *of, uint8_t out[32])
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (!copy || !EVP_MD_CTX_copy_ex(copy, of) || !EVP_DigestFinal_ex(copy, out, NULL))
        r->failed = true;
    EVP_MD_CTX_free(copy);
}

static void component_end(struct reading *r)
{
    bool same = r->has_object && *r->uid && !strcmp(r->uid, r->object_uid);
    if (!same) {
        object_tell(r);
        r->object.offset = r->from;
        memcpy(r->object_uid, r->uid, sizeof r->uid);
        if (!EVP_MD_CTX_copy_ex(r->together, r->alone))
            r->failed = true;
    }
    r->has_object = true;
    r->object.size = r->at - r->object.offset;
    digest_of(r, r->together, r->object.sha256);
}

/* --- lines -------------------------------------------------------------------- */

/* The value after a name without parameters, or with any; NULL: another name. */
static const char *value_of(const char *line, const char *name)
{
    size_t size = strlen(name);
    if (strncasecmp(line, name, size) != 0 || (line[size] != ':' && line[size] != ';'))
        return NULL;
    const char *colon = strchr(line + size, ':');
    return colon ? colon + 1 : NULL;
}

static void uid_take(struct reading *r, const char *value)
{
    size_t n = 0;
    for (; *value && n + 1 < sizeof r->uid; value++) {
        if (*value == '\\' && value[1])
            value++;
        r->uid[n++] = *value == 'n' && value[-1] == '\\' ? '\n' : *value;
    }
    r->uid[n] = '\0';
}

/* The line ends before byte r->at. */
static void line_end(struct reading *r)
{
    r->line[r->size] = '\0';
    if (r->size && r->line[r->size - 1] == '\r')
        r->line[r->size - 1] = '\0';
    const char *name = value_of(r->line, "BEGIN"), *uid;
    if (name && r->goes_on)
        return;
    if (name) {
        r->depth++;
        if (!r->inside && r->depth == r->base + 1 && strcasecmp(name, "VTIMEZONE") != 0) {
            component_begin(r);
            r->inside = r->depth;
        }
    } else if (r->inside == r->depth && r->depth && (uid = value_of(r->line, "UID"))) {
        uid_take(r, uid);
    }
}

static void line_done(struct reading *r)
{
    if (r->goes_on || !value_of(r->line, "END"))
        return;
    if (r->inside && r->inside == r->depth) {
        component_end(r);
        r->inside = 0;
    }
    r->torn |= r->depth == 0;
    r->depth -= r->depth > 0;
}

/* All bytes of components, a line at a time: before a line counts, what it begins is known. */
static void hash(struct reading *r, const uint8_t *bytes, size_t size)
{
    if (r->inside && size &&
        (!EVP_DigestUpdate(r->alone, bytes, size) || !EVP_DigestUpdate(r->together, bytes, size)))
        r->failed = true;
}

/* --- the file ------------------------------------------------------------------- */

struct input {
    int fd;
    uint8_t *chunk;
    size_t size, at;
    bool failed;
};

/* Adds to what is left. false: nothing came. */
static bool more(struct input *in)
{
    ssize_t n;
    in->size -= in->at;
    memmove(in->chunk, in->chunk + in->at, in->size);
    in->at = 0;
    while ((n = read(in->fd, in->chunk + in->size, CHUNK - in->size)) < 0 && errno == EINTR)
        continue;
    in->failed = n < 0;
    in->size += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* A line with its end, or of one that is longer than the chunk a part. 0: the file ends. */
static size_t line_next(struct input *in, bool *whole)
{
    for (bool came = true;; came = more(in)) {
        const uint8_t *from = in->chunk + in->at;
        size_t left = in->size - in->at;
        const uint8_t *end = left ? memchr(from, '\n', left) : NULL;
        *whole = end != NULL;
        if (end)
            return (size_t)(end - from) + 1;
        if (!came || left == CHUNK)
            return left;
    }
}

static void keep(struct reading *r, const uint8_t *bytes, size_t size)
{
    size_t room = LINE - 1 - r->size;
    size = size < room ? size : room;
    memcpy(r->line + r->size, bytes, size);
    r->size += size;
}

/* A physical line, or a part of one. One that begins a component is in one piece. */
static void piece(struct reading *r, const uint8_t *bytes, size_t size, bool first, bool last)
{
    bool fold = first && r->at > 0 && (bytes[0] == ' ' || bytes[0] == '\t');
    if (first)
        r->goes_on = fold;
    if (first && !fold) {
        r->size = 0;
        r->line_at = r->at;
    }
    if (fold && r->size && (r->line[r->size - 1] == '\r' || !r->line[r->size - 1]))
        r->size--;
    keep(r, bytes + fold, size - fold - (last && size > fold));
    if (last)
        line_end(r);
    hash(r, bytes, size);
    r->at += size;
    if (last)
        line_done(r);
}

static void run(struct reading *r, struct input *in)
{
    bool first = true, whole;
    for (size_t size; !r->failed && (size = line_next(in, &whole)) > 0;) {
        piece(r, in->chunk + in->at, size, first, whole);
        in->at += size;
        first = whole;
    }
    r->torn |= !first || r->depth != 0;
    object_tell(r);
}

enum pl_status pl_objects_read(int fd, bool vcard, void (*found)(void *data, const struct pl_object *object),
                               void *data)
{
    struct input in = {.fd = fd, .chunk = malloc(CHUNK)};
    struct reading *r = calloc(1, sizeof *r);
    enum pl_status st = PL_STOP;
    if (r && in.chunk) {
        *r = (struct reading){.found = found, .data = data, .base = vcard ? 0 : 1};
        r->alone = EVP_MD_CTX_new();
        r->together = EVP_MD_CTX_new();
        if (r->alone && r->together)
            run(r, &in);
        else
            r->failed = true;
        st = r->failed || in.failed ? PL_STOP : r->torn ? PL_WARN : PL_OK;
        EVP_MD_CTX_free(r->alone);
        EVP_MD_CTX_free(r->together);
    }
    free(r);
    free(in.chunk);
    return st;
}
