/*
 * copy_value.c - a value of a column without its words. See copy.h.
 *
 * Columns of Exchange up to 2007 are named after the property that they hold, a letter and its number; from 2013 on
 * most properties are packed, and a value tells by its own bytes what it is. Identifiers of items and folders stay.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "copy.h"
#include "prop.h"

#define UTF16     1200u
#define BODY_TEXT 1u

/* "MN6845" -> 0x6845; 0: it is not named so. */
static unsigned property_of(const char *name)
{
    size_t letters = 0;
    char *end;
    while (isupper((unsigned char)name[letters]))
        letters++;
    if (!letters || letters > 2 || !isxdigit((unsigned char)name[letters]) || strlen(name + letters) > 4)
        return 0;
    unsigned long id = strtoul(name + letters, &end, 16);
    return *end ? 0 : (unsigned)id;
}

/* Ids of objects in binary, by the names of columns and the numbers of properties that hold them. */
static bool is_id(const char *name, unsigned id)
{
    size_t length = strlen(name);
    return id == 0x676c || id == 0x667f || (id && *name == 'Q') ||
           (!id && length > 2 && !strcmp(name + length - 2, "Id"));
}

static bool looks_wide(const uint8_t *data, size_t size)
{
    size_t zeros = 0;
    for (size_t i = 1; i < size; i += 2)
        zeros += !data[i];
    return size >= 2 && size % 2 == 0 && zeros * 3 >= size / 2;
}

/* Of named properties: their sets and names. */
static bool is_names(const struct ese_table *t)
{
    return !strncmp(t->row.name, "NamedProps", 10) || !strncmp(t->row.name, "ExtendedPropertyNameMapping", 27);
}

/* Names of properties, where a table maps them to numbers. */
static bool is_known_name(const struct ese_table *t, const uint8_t *data, size_t size, bool wide)
{
    static const struct pl_guid strings = {{0x29, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    char name[128];
    size_t step = wide ? 2 : 1, count = size / step;
    if (!is_names(t))
        return false;
    while (count && !data[(count - 1) * step])
        count--;
    if (count >= sizeof name)
        return false;
    for (size_t i = 0; i < count; i++)
        name[i] = (char)data[i * step];
    name[count] = 0;
    return pl_pid_of_text(&strings, name) != PID_NONE;
}

static void text_copy(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column, uint8_t *data,
                      size_t size)
{
    bool text = column->type == ESE_TEXT || column->type == ESE_LONG_TEXT;
    bool wide = (text && column->codepage == UTF16) || looks_wide(data, size);
    unsigned own = c->codepage ? c->codepage : text ? column->codepage : 1252;
    unsigned codepage = wide ? UTF16 : c->job->codepage ? c->job->codepage : own;
    unsigned id = property_of(column->name);
    if (is_known_name(t, data, size, wide))
        return;
    if (id == 0x1013)
        pl_scramble_html(&c->scramble, wide ? UTF16 : edb_copy_html_page(c, data, size, false), data, size);
    else
        pl_scramble_text(&c->scramble, codepage, data, size);
}

static bool is_rtf(const uint8_t *data, size_t size)
{
    return size > 12 && (!memcmp(data + 8, "LZFu", 4) || !memcmp(data + 8, "MELA", 4));
}

/* Of a set of properties that everybody knows. A damaged catalogue may not tell where they stand. */
static bool is_known_set(const uint8_t *data, size_t size)
{
    struct pl_guid set;
    char text[39];
    if (size != sizeof set.bytes)
        return false;
    memcpy(set.bytes, data, size);
    return pl_guid_text(&set, text) != text;
}

static void binary_copy(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column,
                        uint8_t *data, size_t size)
{
    const char *name = column->name;
    unsigned id = property_of(name);
    if (is_id(name, id) && !pl_scramble_reads_as_text(data, size))
        return;
    if (is_known_set(data, size))
        return;
    if (is_names(t) && size == 16) {
        pl_scramble_guid(&c->scramble, data);
        return;
    }
    bool good = true;
    if (id && (name[0] == 'S' || (name[0] == 'M' && name[1] == 'S'))) {
        text_copy(c, t, column, data, size);
        return;
    }
    if (c->body == BODY_TEXT && !strcmp(name, "NativeBody") && !is_rtf(data, size)) {
        pl_scramble_text(&c->scramble, UTF16, data, size);
        return;
    }
    if (size > 8 && !memcmp(data, "ProP", 4))
        edb_copy_blob(c, data, size);
    else if (!strcmp(name, "RecipientList") || !strcmp(name, "SubobjectsBlob"))
        good = edb_copy_list(c, data, size);
    else if (id == 0x0e12)
        good = pl_scramble_blob(&c->scramble, PL_SCRAMBLE_RECIPIENTS, 0, data, size);
    else if (id == 0x3701 || !strcmp(name, "Content"))
        good = pl_scramble_blob(&c->scramble, PL_SCRAMBLE_PICTURE, 0, data, size);
    else {
        enum pl_scramble_kind kind =
            id ? pl_scramble_kind_of((int)pl_pid_of_tag((uint16_t)id), (uint16_t)id) : PL_SCRAMBLE_OPAQUE;
        if (kind == PL_SCRAMBLE_OPAQUE)
            kind = PL_SCRAMBLE_SNIFFED;
        unsigned page = edb_copy_html_page(c, data, size, !strcmp(name, "NativeBody"));
        good = pl_scramble_blob(&c->scramble, kind, page, data, size);
    }
    if (!good)
        pl_unknown_add(&c->job->result->unknown, "column %s of table %s", name, t->row.name);
}

void edb_copy_value(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column, uint8_t *data,
                    size_t size)
{
    if (column->type == ESE_TEXT || column->type == ESE_LONG_TEXT)
        text_copy(c, t, column, data, size);
    else if (column->type == ESE_BINARY || column->type == ESE_LONG_BINARY || column->type == ESE_SLV)
        binary_copy(c, t, column, data, size);
    else if (column->type == ESE_GUID && size == 16 && pl_scramble_reads_as_text(data, size))
        pl_scramble_guid(&c->scramble, data);
}
