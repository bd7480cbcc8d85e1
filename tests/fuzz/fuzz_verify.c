/*
 * fuzz_verify.c - an output folder of any bytes, verified without its stores. It is as it was afterwards, and what
 * is said of it fits: no difference or some, or why it can't be told.
 *
 * The input is the files: one byte which, three bytes of size, the content.
 */
#include "verify.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib_folder.h"
#include "lib_walk.h"
#include "table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD  4
#define FILES 6

static const char *const names[FILES] = {"run.json",
                                         "SHA256SUMS",
                                         "ledger.db",
                                         "report.jsonl",
                                         "anna/calendars/Calendar.ics",
                                         "anna/contacts/Calendar/Below.vcf"};

struct files {
    const uint8_t *data[FILES];
    size_t size[FILES];
};

static void files_write(struct files *f, const char *dir, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + HEAD <= size;) {
        unsigned which = data[at] % FILES;
        size_t length = (size_t)data[at + 1] | (size_t)data[at + 2] << 8 | (size_t)data[at + 3] << 16;
        at += HEAD;
        length = length < size - at ? length : size - at;
        f->data[which] = data + at;
        f->size[which] = length;
        at += length;
    }
    for (unsigned i = 0; i < FILES; i++)
        if (f->data[i] && !folder_write(dir, names[i], f->data[i], f->size[i]))
            f->data[i] = NULL;
}

static void file_compare(const char *dir, const char *name, const uint8_t *data, size_t size)
{
    char path[FOLDER_PATH + 64];
    size_t is = 0;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    uint8_t *now = walk_load(path, &is);
    if (!now || is != size || memcmp(now, data, size) != 0)
        abort();
    free(now);
}

static void count(void *data, const struct pl_difference *d)
{
    if (!d->code || !d->text)
        abort();
    ++*(uint64_t *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[FOLDER_PATH];
    struct files f = {.size = {0}};
    struct pl_verify_result result;
    uint64_t told = 0;
    if (!folder_make(dir))
        return 0;
    files_write(&f, dir, data, size);
    const struct pl_verify_options options = {.dir = dir, .difference = count, .difference_data = &told};
    enum pl_status st = pl_verify(&options, pl_readers, pl_writers, &result);
    if (told != result.differences || st > PL_OK || (st == PL_OK) != (st > PL_LOST && !told) ||
        (st <= PL_LOST && (!result.why || !*result.why)))
        abort();
    for (unsigned i = 0; i < FILES; i++)
        if (f.data[i])
            file_compare(dir, names[i], f.data[i], f.size[i]);
    folder_remove(dir);
    return 0;
}
