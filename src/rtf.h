/*
 * rtf.h - compressed RTF, and what it wraps. Pure functions.
 *
 * [MS-OXRTFCP] LZFu and MELA; [MS-OXRTFEX] HTML and text inside RTF.
 */
#ifndef PL_RTF_H
#define PL_RTF_H

#include "buf.h"
#include "text.h"

enum pl_rtf_fault { PL_RTF_OK, PL_RTF_CRC, PL_RTF_CUT, PL_RTF_NOT };

/* What the ring holds before the first byte. */
#define PL_RTF_PRELOAD 207
extern const char pl_rtf_preload[PL_RTF_PRELOAD + 1];

/* Appends the RTF to out, whose maximum bounds it. CRC and CUT: what came out is usable. */
enum pl_rtf_fault pl_rtf_decompress(const uint8_t *data, size_t size, struct pl_buf *out);

/* The CRC of 3.1.3.2, begun with 0; member lists of groups have the same. */
uint32_t pl_rtf_crc(uint32_t crc, const uint8_t *data, size_t size);

enum pl_rtf_kind { PL_RTF_PLAIN, PL_RTF_HTML };

/*
 * Text out of RTF, as UTF-8. HTML: the original document, de-encapsulated.
 * Otherwise the plain text, paragraphs ended by LF. *replaced counts U+FFFD.
 */
enum pl_rtf_kind pl_rtf_text(struct pl_text *t, const char *rtf, size_t size, struct pl_buf *out,
                             unsigned *replaced);

/* HTML (UTF-8) to readable plain text, for DESCRIPTION and NOTE. */
void pl_html_text(const char *html, size_t size, struct pl_buf *out);

#endif
