/*
 * contentline.h - the lines of iCalendar and vCard.
 *
 * name *(";" param) ":" value CRLF, folded at 75 octets between characters, never
 * inside one. Written piece by piece into a sink, so a value may be of any length.
 * What would break a line can't get into one: control characters are left out,
 * bytes that are no UTF-8 become U+FFFD. RFC 5545 3.1, RFC 6350 3.2, RFC 6868.
 */
#ifndef PL_CONTENTLINE_H
#define PL_CONTENTLINE_H

#include "pimlift.h"
#include "sink.h"

#define PL_LINE_OCTETS 75u

struct pl_line {
    struct pl_sink *sink;
    size_t used;                   /* of row */
    char row[PL_LINE_OCTETS + 16]; /* behind a full row whole vectors are written */
    uint8_t pending[3];            /* bytes of base64 not yet encoded */
    size_t pending_size;
};

void pl_line_begin(struct pl_line *l, struct pl_sink *sink, const char *name);
/* ;NAME=value, quoted and escaped as the value needs. */
void pl_line_param(struct pl_line *l, const char *name, const char *value);
/* The colon, then a value in one or several pieces: */
void pl_line_value(struct pl_line *l);
void pl_line_text(struct pl_line *l, const char *text); /* TEXT: \ ; , and LF escaped */
void pl_line_raw(struct pl_line *l, const char *text);  /* as it is, LF left out: URIs, dates, structure */
/* Bytes as base64; call as often as there are pieces, then end it. */
void pl_line_base64(struct pl_line *l, const void *data, size_t size);
void pl_line_base64_end(struct pl_line *l);
void pl_line_end(struct pl_line *l);

/* Whole lines. Nothing is written for a NULL value. */
void pl_line_put_text(struct pl_sink *sink, const char *name, const char *text);
void pl_line_put_raw(struct pl_sink *sink, const char *name, const char *value);

/*
 * Reads a promise of bytes into base64. PL_LOST: the stream ended early or can't be
 * read (*got says how far); the line is then unfinished, and the caller rolls back.
 */
PL_MUST_USE enum pl_status pl_line_stream(struct pl_line *l, struct pl_reader *reader,
                                          const struct pl_stream *stream, uint64_t *got);

#endif
