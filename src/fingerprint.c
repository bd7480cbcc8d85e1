/*
 * fingerprint.c - see fingerprint.h.
 */
#include "fingerprint.h"

#include <inttypes.h>
#include <openssl/evp.h>

#include "jsonl.h"

/* Of the first `size` bytes. */
static enum pl_status digest(struct pl_source *s, uint64_t size, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t chunk[65536], sum[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool ok = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    size_t got = 1;
    for (uint64_t at = 0; ok && got && at < size; at += got) {
        size_t want = size - at < sizeof chunk ? (size_t)(size - at) : sizeof chunk;
        ok = pl_source_read(s, at, chunk, want, &got) == PL_OK && EVP_DigestUpdate(hash, chunk, got);
    }
    ok = ok && EVP_DigestFinal_ex(hash, sum, NULL);
    EVP_MD_CTX_free(hash);
    for (size_t i = 0; ok && i < 32; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
    return ok ? PL_OK : PL_STOP;
}

enum pl_status pl_fingerprint(struct pl_source *s, bool whole, struct pl_fingerprint *out)
{
    *out = (struct pl_fingerprint){.size = s->size};
    enum pl_status st = digest(s, s->size < PL_FINGERPRINT_HEAD ? s->size : PL_FINGERPRINT_HEAD, out->head);
    return st == PL_OK && whole ? digest(s, s->size, out->whole) : st;
}

enum pl_status pl_fingerprint_members(struct pl_buf *b, struct pl_source *s, bool whole)
{
    struct pl_fingerprint print;
    if (pl_fingerprint(s, whole, &print) != PL_OK)
        return PL_STOP;
    pl_buf_puts(b, "\"path\":");
    pl_json_text(b, s->path);
    pl_buf_printf(b, ",\"size\":%" PRIu64 ",\"sha256_head\":\"%s\"", print.size, print.head);
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
