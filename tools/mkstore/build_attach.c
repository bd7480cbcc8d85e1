/*
 * build_attach.c - attachments: bytes made on the fly, texts, files of a kind, links, messages.
 *
 * [MS-OXCMSG] 2.2.2. Data that looks random depends on the seed and the attachment
 * alone and is made piece by piece, so that hundreds of MB cost no memory.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "build.h"

#define DIGEST_MAX (256u << 20) /* larger data has no digest in the truth */

struct made {
    uint64_t seed;
    struct ms_bytes head; /* what it begins with */
    bool zeros;
};

static int make_bytes(void *state, uint64_t at, void *buf, size_t size)
{
    const struct made *m = state;
    uint8_t *out = buf;
    if (m->zeros) {
        memset(buf, 0, size);
        return 0;
    }
    for (size_t i = 0; i < size;) {
        uint64_t word = ms_mix(m->seed, at / 8) >> (at % 8 * 8);
        for (size_t left = 8 - at % 8; left && i < size; left--, at++, word >>= 8)
            out[i++] = at < m->head.size ? m->head.data[at] : (uint8_t)word;
    }
    return 0;
}

struct ms_bag ms_attach_bag(struct ms_build *b, const char *name, int method)
{
    struct ms_bag bag = {.mem = &b->mem};
    ms_long(&bag, MS_TAG(0x3705), method);
    ms_long(&bag, MS_TAG(0x370b), -1);
    ms_str(&bag, MS_TAG(0x3001), name);
    ms_long(&bag, MS_TAG(0x7ffd), 0);
    return bag;
}

void ms_add_attachment(struct ms_draft *d, const struct ms_bag *bag, const struct ms_item *embedded)
{
    d->attachments[d->item.attachment_count++] = (struct ms_attachment){ms_props_of(bag), embedded};
    d->item.attachments = d->attachments;
}

static void truth_digest(struct ms_build *b, const void *data, struct made *made, uint64_t size)
{
    uint8_t buf[8192], digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    EVP_MD_CTX *ctx = b->truth.file && size <= DIGEST_MAX ? EVP_MD_CTX_new() : NULL;
    if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
        EVP_MD_CTX_free(ctx);
        return;
    }
    for (uint64_t at = 0; made && at < size; at += sizeof buf) {
        size_t piece = size - at < sizeof buf ? (size_t)(size - at) : sizeof buf;
        make_bytes(made, at, buf, piece);
        EVP_DigestUpdate(ctx, buf, piece);
    }
    if (!made)
        EVP_DigestUpdate(ctx, data, (size_t)size);
    EVP_DigestFinal_ex(ctx, digest, &digest_size);
    EVP_MD_CTX_free(ctx);
    ms_truth_hex(&b->truth, "sha256", digest, digest_size);
}

static void put_names(struct ms_build *b, struct ms_bag *bag, const char *name, const char *type)
{
    const char *dot = strrchr(name, '.');
    ms_str(bag, MS_TAG(0x3707), name);
    ms_str(bag, MS_TAG(0x3704), name);
    ms_str(bag, MS_TAG(0x3703), dot);
    ms_str(bag, MS_TAG(0x370e), type);
    ms_truth_text(&b->truth, "name", name);
    ms_truth_text(&b->truth, "type", type);
}

static uint64_t data_size(struct ms_build *b, struct ms_node *n)
{
    static const char units[] = " KMG";
    char unit = ' ';
    unsigned long long v = 0;
    int got = sscanf(n->rest, "%llu%c", &v, &unit);
    const char *at = strchr(units, unit);
    size_t digits = strspn(n->rest, "0123456789");
    if (got < 1 || !at || !unit || digits == 0 || digits > 12 || strlen(n->rest) != digits + (size_t)got - 1)
        ms_fail(b->recipe, n, "`%s` is no size (1500, 20K, 300M)", n->rest);
    return at && unit ? v << (10 * (at - units)) : 0;
}

/* The bytes of an attachment: `size 20K`, which may begin with `hex ...`; `zeros 20K`, `text ...`, `hex ...`. */
static void put_data(struct ms_build *b, struct ms_bag *bag, struct ms_node *n)
{
    struct ms_node *size = ms_child(n, "size"), *zeros = size ? NULL : ms_child(n, "zeros");
    struct ms_bytes data = {.mem = &b->mem};
    const char *text = ms_child_text(b->recipe, &b->mem, n, "text");
    struct ms_node *hex = ms_child(n, "hex");
    if (hex)
        ms_hex(b->recipe, hex, hex->rest, &data);
    if (size || zeros) {
        struct made *made = ms_alloc(&b->mem, sizeof *made);
        size = size ? size : zeros;
        made->zeros = zeros != NULL;
        made->head = data;
        made->seed = ms_mix(b->store.seed, (uint64_t)n->line << 20 | b->ordinal);
        uint64_t bytes = data_size(b, size);
        if (bytes > 0x7fffffffu)
            ms_fail(b->recipe, size, "an attachment holds less than 2 GB");
        ms_made(bag, MS_TAG(0x3701), (size_t)bytes, make_bytes, made);
        ms_long(bag, MS_TAG(0x0e20), (int64_t)bytes + 500);
        ms_truth_number(&b->truth, "size", (long long)bytes);
        truth_digest(b, NULL, made, bytes);
        return;
    }
    if (!hex && text)
        ms_put(&data, text, strlen(text));
    ms_bin(bag, MS_TAG(0x3701), data.data, data.size);
    ms_long(bag, MS_TAG(0x0e20), (int64_t)data.size + 500);
    ms_truth_number(&b->truth, "size", (long long)data.size);
    truth_digest(b, data.data ? (const void *)data.data : "", NULL, data.size);
}

static void put_attach(struct ms_build *b, struct ms_draft *d, struct ms_node *n)
{
    const char *name = ms_string(b->recipe, &b->mem, n);
    const char *link = ms_child_text(b->recipe, &b->mem, n, "link");
    bool photo = ms_child_flag(b->recipe, n, "photo", false);
    struct ms_bag bag = ms_attach_bag(b, name, link ? 7 : 1);
    ms_truth_open(&b->truth, NULL, '{');
    put_names(b, &bag, name, ms_child_text(b->recipe, &b->mem, n, "type"));
    if (link)
        ms_str(&bag, MS_TAG(0x370d), link);
    else
        put_data(b, &bag, n);
    ms_truth_text(&b->truth, "link", link);
    ms_truth_true(&b->truth, "photo", photo);
    ms_truth_close(&b->truth, '}');
    if (photo) {
        ms_bool(&bag, MS_TAG(0x7fff), true);
        ms_bool(&d->bag, MS_LID(MS_ADDR, 0x8015), true);
    }
    ms_add_attachment(d, &bag, NULL);
}

static void put_embed(struct ms_build *b, struct ms_draft *d, struct ms_node *n)
{
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_open(&b->truth, "message", '{');
    const struct ms_item *item = ms_build_embedded(b, n);
    ms_truth_close(&b->truth, '}');
    ms_truth_close(&b->truth, '}');
    struct ms_bag bag = ms_attach_bag(b, n->rest, 5);
    if (item)
        ms_add_attachment(d, &bag, item);
}

void ms_build_attachments(struct ms_build *b, struct ms_draft *d)
{
    struct ms_node *attach = ms_child(d->node, "attach"), *embed = ms_child(d->node, "embed");
    if (!attach && !embed)
        return;
    ms_truth_open(&b->truth, "attachments", '[');
    for (; attach; attach = ms_again(attach))
        put_attach(b, d, attach);
    for (; embed; embed = ms_again(embed))
        put_embed(b, d, embed);
    ms_truth_close(&b->truth, ']');
}
