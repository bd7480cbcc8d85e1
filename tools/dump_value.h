/*
 * dump_value.h - a bag of properties as JSON.
 */
#ifndef PIMLIFT_DUMP_VALUE_H
#define PIMLIFT_DUMP_VALUE_H

#include "json.h"
#include "pimlift.h"

/*
 * An array of {tag, name, set, lid | text, type, value | values | stream}. Names are left
 * out where none is known. Streams are read for their SHA-256.
 */
void dump_bag(struct json *j, struct pl_reader *reader, const struct pl_bag *bag);

#endif
