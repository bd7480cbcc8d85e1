/*
 * fingerprint.c - see fingerprint.h.
 */
#include "fingerprint.h"

#include <inttypes.h>
#include <openssl/evp.h>

#include "digest.h"
#include "jsonl.h"

static bool add(struct pl_source *s, EVP_MD_CTX *hash, uint64_t at, uint64_t size)
{
    uint8_t chunk[65536];
    size_t got = 1;
    for (uint64_t end = at + size; got && at < end; at += got) {
        size_t want = end - at < sizeof chunk ? (size_t)(end - at) : sizeof chunk;
        if (pl_source_read(s, at, chunk, want, &got) != PL_OK || !EVP_DigestUpdate(hash, chunk, got))
            return false;
    }
    return true;
}

/* Of `size` bytes at each of `count` places, the first at 0 and the last at `last`. */
static enum pl_status digest(struct pl_source *s, unsigned count, uint64_t last, uint64_t size, char hex[65])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool ok = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    for (unsigned i = 0; ok && i < count; i++)
        ok = add(s, hash, count > 1 ? last / (count - 1) * i + last % (count - 1) * i / (count - 1) : 0, size);
    ok = ok && EVP_DigestFinal_ex(hash, sum, NULL);
    EVP_MD_CTX_free(hash);
    if (ok)
        pl_digest_text(sum, hex);
    return ok ? PL_OK : PL_STOP;
}

enum pl_status pl_fingerprint(struct pl_source *s, bool whole, struct pl_fingerprint *out)
{
    const uint64_t head = PL_FINGERPRINT_HEAD;
    bool small = s->size <= head * PL_FINGERPRINT_PAGES;
    *out = (struct pl_fingerprint){.size = s->size};
    enum pl_status st = digest(s, 1, 0, s->size < head ? s->size : head, out->head);
    if (st == PL_OK)
        st = small ? digest(s, 1, 0, s->size, out->sample)
                   : digest(s, PL_FINGERPRINT_PAGES, s->size - head, head, out->sample);
    return st == PL_OK && whole ? digest(s, 1, 0, s->size, out->whole) : st;
}

enum pl_status pl_fingerprint_members(struct pl_buf *b, struct pl_source *s, bool whole)
{
    struct pl_fingerprint print;
    if (pl_fingerprint(s, whole, &print) != PL_OK)
        return PL_STOP;
    pl_buf_puts(b, "\"path\":");
    pl_json_text(b, s->path);
    pl_buf_printf(b, ",\"size\":%" PRIu64 ",\"sha256_head\":\"%s\",\"sha256_sample\":\"%s\"", print.size,
                  print.head, print.sample);
    if (whole)
        pl_buf_printf(b, ",\"sha256\":\"%s\"", print.whole);
    return PL_OK;
}

enum pl_status pl_fingerprint_object(struct pl_buf *b, const char *path, bool whole)
{
    struct pl_source file;
    const char *why;
    if (pl_source_open(&file, path, &why) != PL_OK)
        return PL_END;
    pl_buf_putc(b, '{');
    enum pl_status st = pl_fingerprint_members(b, &file, whole);
    pl_buf_putc(b, '}');
    pl_source_close(&file);
    return st;
}
