/*
 * ese_truth.c - a line of JSON for each row that is not deleted, as `dump --raw` must print it.
 *
 * {"table":NAME,"columns":{NAME:VALUE...}}: columns in the order of the table, template first; a value
 * is the lower-case hexadecimal of its bytes; two or more of them are an array. NULL and absent columns
 * are left out, defaults too.
 */
#include "ese_recipe.h"

#include <stdlib.h>

#define STEP 4096u

static void put_name(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            fputc('\\', f);
        fputc(*s, f);
    }
    fputc('"', f);
}

static void put_piece(FILE *f, const struct ms_ese_piece *p)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t made[STEP];
    char hex[2 * STEP];
    fputc('"', f);
    for (size_t at = 0; at < p->size;) {
        size_t size = p->size - at < STEP ? p->size - at : STEP;
        const uint8_t *bytes = (const uint8_t *)p->data + (p->generate ? 0 : at);
        if (p->generate) {
            p->generate(p->state, at, made, size);
            bytes = made;
        }
        for (size_t i = 0; i < size; i++) {
            hex[2 * i] = digits[bytes[i] >> 4];
            hex[2 * i + 1] = digits[bytes[i] & 15];
        }
        fwrite(hex, 2 * size, 1, f);
        at += size;
    }
    fputc('"', f);
}

void ese_truth_row(FILE *f, const struct ese_plan *plan, const struct ms_ese_value *values, size_t count)
{
    bool comma = false;
    fputs("{\"table\":", f);
    put_name(f, plan->name);
    fputs(",\"columns\":{", f);
    for (size_t i = 0; i < count; i++) {
        const struct ms_ese_value *v = &values[i];
        if (!v->count)
            continue;
        if (comma)
            fputc(',', f);
        comma = true;
        put_name(f, plan->columns[v->column].name);
        fputc(':', f);
        if (v->count > 1)
            fputc('[', f);
        for (size_t n = 0; n < v->count; n++) {
            if (n)
                fputc(',', f);
            put_piece(f, &v->pieces[n]);
        }
        if (v->count > 1)
            fputc(']', f);
    }
    fputs("}}\n", f);
}
