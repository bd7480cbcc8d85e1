/*
 * fuzz_rtf.c - any bytes as compressed RTF, as RTF and as HTML: decompressed, taken apart,
 * and the HTML that comes out made plain.
 */
#include "rtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST ((size_t)4 << 20)

static void take_apart(struct pl_text *t, const char *rtf, size_t size)
{
    struct pl_buf text, plain;
    unsigned replaced = 0;
    pl_buf_init(&text, MOST);
    pl_buf_init(&plain, MOST);
    (void)pl_rtf_text(t, rtf, size, &text, &replaced);
    pl_html_text(text.data ? text.data : "", text.size, &plain);
    pl_buf_release(&text);
    pl_buf_release(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_text *t = pl_text_new();
    struct pl_buf rtf;
    if (!t)
        return 0;
    pl_buf_init(&rtf, MOST);
    if (pl_rtf_decompress(data, size, &rtf) != PL_RTF_NOT && rtf.data)
        take_apart(t, rtf.data, rtf.size);
    take_apart(t, (const char *)data, size);
    pl_buf_release(&rtf);
    pl_text_free(t);
    return 0;
}
