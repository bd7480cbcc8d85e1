/*
 * body.h - the text of an item, as plain text and as HTML.
 *
 * An item may carry its body as text, HTML, compressed RTF, or several of them,
 * inline or as a stream. Chosen: for plain text PidTagBody, else made from the
 * HTML, else from the RTF; for HTML PidTagHtml, else what the RTF encapsulates.
 */
#ifndef PL_BODY_H
#define PL_BODY_H

struct pl_map;

struct pl_body {
    const char *plain, *html; /* clean text in the arena, or NULL */
};

void pl_map_body(struct pl_map *in, struct pl_body *out);

#endif
