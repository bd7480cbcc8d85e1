/*
 * body.h - the text of an item, as plain text and as HTML.
 *
 * An item may carry its body as text, HTML, compressed RTF, or several of them,
 * inline or as a stream. Chosen: for plain text PidTagBody, else made from the
 * HTML, else from the RTF; for HTML PidTagHtml, else what the RTF encapsulates.
 */
#ifndef PL_BODY_H
#define PL_BODY_H

#include "prop.h"

struct pl_map;

struct pl_body {
    const char *plain, *html; /* clean text in the arena, or NULL */
};

/* The code page that HTML says it is in, where no PidTagInternetCodepage does; 0: it says none, and the page of the
 * message holds. Only pages that a charset name in old Outlook HTML stands for. */
unsigned pl_html_charset(struct pl_bytes html);

void pl_map_body(struct pl_map *in, struct pl_body *out);

#endif
