/*
 * uri.h - what people type into fields for addresses of the web, as URIs. RFC 3986.
 *
 * Layer: formats. Pure.
 */
#ifndef PL_URI_H
#define PL_URI_H

#include <stdbool.h>

#include "contentline.h"

/* Does it begin with a scheme? One letter is a drive, and "www.example.com:8080" has a port. */
bool pl_uri_has_scheme(const char *text);
/* Does it begin with a host and a port? */
bool pl_uri_has_port(const char *text);
/* Are all characters such as a URI may have, or others that can stand there as %XX? What else has a colon, such as
 * "Room: 1", is text. */
bool pl_uri_fits(const char *text);
/* Both. */
bool pl_uri_is(const char *text);

#define PL_URI_UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
#define PL_URI_PLAIN      PL_URI_UNRESERVED ":/?#[]@!$&'()*+,;=%" /* RFC 3986 2 */
#define PL_URI_MAIL       PL_URI_UNRESERVED "@:!$'()*+,"          /* RFC 6068 2 */

/* The characters of `plain` as they are, all others as the %XX of their bytes; so is a % that begins no such. */
void pl_uri_put(struct pl_line *l, const char *text, const char *plain);

#endif
