/*
 * html.h - a page as it grows: tags that close, and text that never becomes markup.
 *
 * Layer: formats. The only road to the page: names of tags and attributes are literals, everything else is escaped
 * here. A text of a store is written by pl_page_name(), which keeps its direction of writing to itself. HTML
 * Living Standard 13.1 (the HTML syntax); the writer checks that tags nest.
 */
#ifndef PL_REPORT_HTML_H
#define PL_REPORT_HTML_H

#include "buf.h"

#define PL_PAGE_DEEPEST 24u

struct pl_page {
    struct pl_buf out;
    const char *open[PL_PAGE_DEEPEST];
    unsigned depth;
    bool failed; /* tags nest too deep or do not match; out.failed: too large, or out of memory */
};

void pl_page_init(struct pl_page *h, size_t maximum);
void pl_page_release(struct pl_page *h);

/* The name of an element, then its attributes as pairs of a literal and a value, then NULL; an attribute whose
 * value is NULL is left out. */
#define pl_page_open(h, ...)  pl_page_open_words(h, (const char *const[]){__VA_ARGS__})
#define pl_page_empty(h, ...) pl_page_empty_words(h, (const char *const[]){__VA_ARGS__})
void pl_page_open_words(struct pl_page *h, const char *const *words);
void pl_page_close(struct pl_page *h, const char *tag);
/* An element without content. */
void pl_page_empty_words(struct pl_page *h, const char *const *words);

void pl_page_text(struct pl_page *h, const char *text);
void pl_page_textf(struct pl_page *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text of a store, isolated (bdi). NULL: nothing. */
void pl_page_name(struct pl_page *h, const char *text);
/* 1,234,567 */
void pl_page_count(struct pl_page *h, uint64_t n);

/* <tag class="...">text</tag>; class may be NULL. */
void pl_page_element(struct pl_page *h, const char *tag, const char *class_name, const char *text);
/* The same with a text of a store. */
void pl_page_element_name(struct pl_page *h, const char *tag, const char *class_name, const char *text);
void pl_page_element_count(struct pl_page *h, const char *tag, const char *class_name, uint64_t n);

/* The first line of the page, and a style sheet, which is a literal. */
void pl_page_doctype(struct pl_page *h);
void pl_page_style(struct pl_page *h, const char *sheet);

#endif
