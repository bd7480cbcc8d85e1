/*
 * pff_lib.c - libpff behind one function: a request in, a reply out.
 *
 * Layer: formats; the only file that knows libpff.h. Runs in the child process of
 * pff_child.c, or in this one when a test injects faults. libpff reads through
 * pl_source, so bytes are counted and faults injected below it as everywhere.
 *
 * The chain from a message to what an address names stays open until another
 * address comes, because libpff finds a node by a walk of all nodes. Handles are
 * freed from the end: an embedded message lives in its attachment.
 */
#include "pff_lib.h"

#include <libbfio.h>
#include <libpff.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prop.h"

#define CHAIN_MAX      (1 + 2 * PFF_DEPTH_MAX)
#define REFERENCE_MOST 16u

struct pff_lib {
    struct pl_source *source;
    uint64_t position;
    libbfio_handle_t *io;
    libpff_file_t *file;
    struct pff_address address; /* of the chain */
    libpff_item_t *chain[CHAIN_MAX];
    unsigned chain_size;
    libpff_item_t *rows; /* a table kept open for the next request of rows */
    uint32_t rows_folder;
    bool rows_associated;
    bool file_open, swept;
    bool absent; /* the object asked for is not there, as opposed to broken */
    libpff_error_t *error;
};

/* --- input ------------------------------------------------------------- */

static struct pff_lib *lib_of(intptr_t *handle) { return (struct pff_lib *)(void *)handle; }

static int io_free(intptr_t **handle, libbfio_error_t **error)
{
    (void)error;
    *handle = NULL;
    return 1;
}

static int io_open(intptr_t *handle, int flags, libbfio_error_t **error)
{
    (void)error;
    (void)handle;
    return flags & LIBBFIO_ACCESS_FLAG_WRITE ? -1 : 1;
}

static int io_close(intptr_t *handle, libbfio_error_t **error)
{
    (void)error;
    (void)handle;
    return 0;
}

static ssize_t io_read(intptr_t *handle, uint8_t *buffer, size_t size, libbfio_error_t **error)
{
    struct pff_lib *lib = lib_of(handle);
    (void)error;
    size_t got = 0;
    if (size > INT32_MAX || pl_source_read(lib->source, lib->position, buffer, size, &got) != PL_OK)
        return -1;
    lib->position += got;
    return (ssize_t)got;
}

static off64_t io_seek(intptr_t *handle, off64_t offset, int whence, libbfio_error_t **error)
{
    struct pff_lib *lib = lib_of(handle);
    (void)error;
    off64_t base = whence == SEEK_CUR   ? (off64_t)lib->position
                   : whence == SEEK_END ? (off64_t)lib->source->size
                                        : 0;
    off64_t at = 0;
    if (__builtin_add_overflow(base, offset, &at) || at < 0)
        return -1;
    lib->position = (uint64_t)at;
    return at;
}

static int io_yes(intptr_t *handle, libbfio_error_t **error)
{
    (void)error;
    (void)handle;
    return 1;
}

static int io_size(intptr_t *handle, size64_t *size, libbfio_error_t **error)
{
    (void)error;
    *size = lib_of(handle)->source->size;
    return 1;
}

/* --- life -------------------------------------------------------------- */

struct pff_lib *pff_lib_new(struct pl_source *source)
{
    struct pff_lib *lib = calloc(1, sizeof *lib);
    if (lib)
        lib->source = source;
    return lib;
}

static void rows_close(struct pff_lib *lib)
{
    if (lib->rows)
        libpff_item_free(&lib->rows, NULL);
}

static void chain_close(struct pff_lib *lib)
{
    while (lib->chain_size)
        libpff_item_free(&lib->chain[--lib->chain_size], NULL);
}

void pff_lib_free(struct pff_lib *lib)
{
    if (!lib)
        return;
    rows_close(lib);
    chain_close(lib);
    if (lib->file_open)
        libpff_file_close(lib->file, NULL);
    if (lib->file)
        libpff_file_free(&lib->file, NULL);
    if (lib->io)
        libbfio_handle_free(&lib->io, NULL);
    libpff_error_free(&lib->error);
    free(lib);
}

static bool file_open(struct pff_lib *lib)
{
    if (lib->file_open)
        return true;
    if (!lib->io && libbfio_handle_initialize(&lib->io, (intptr_t *)(void *)lib, io_free, NULL, io_open, io_close,
                                              io_read, NULL, io_seek, io_yes, io_yes, io_size,
                                              LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED, &lib->error) != 1)
        return false;
    if (!lib->file && libpff_file_initialize(&lib->file, &lib->error) != 1)
        return false;
    lib->file_open = libpff_file_open_file_io_handle(lib->file, lib->io, LIBPFF_OPEN_READ, &lib->error) == 1;
    return lib->file_open;
}

/* --- objects ----------------------------------------------------------- */

/* Once for each process, also for one that took over from a dead one. */
static bool sweep(struct pff_lib *lib)
{
    if (!lib->swept)
        lib->swept = libpff_file_recover_items(lib->file, 0, &lib->error) == 1;
    return lib->swept;
}

static bool base_open(struct pff_lib *lib, const struct pff_address *a, libpff_item_t **out)
{
    int n = a->base > INT32_MAX ? -1 : (int)a->base;
    if (a->kind != PFF_NODE && !sweep(lib))
        return false;
    switch (a->kind) {
    case PFF_NODE: {
        int found = libpff_file_get_item_by_identifier(lib->file, a->base, out, &lib->error);
        lib->absent = found == 0;
        return found == 1;
    }
    case PFF_DELETED: return libpff_file_get_recovered_item_by_index(lib->file, n, out, &lib->error) == 1;
    case PFF_ORPHAN: return libpff_file_get_orphan_item_by_index(lib->file, n, out, &lib->error) == 1;
    }
    return false;
}

static bool attachment_open(struct pff_lib *lib, libpff_item_t *message, uint32_t nid, libpff_item_t **out)
{
    int count = 0;
    if (libpff_message_get_number_of_attachments(message, &count, &lib->error) != 1)
        return false;
    for (int i = 0; i < count; i++) {
        uint32_t id = 0;
        if (libpff_message_get_attachment(message, i, out, &lib->error) != 1)
            return false;
        if (libpff_item_get_identifier(*out, &id, &lib->error) == 1 && id == nid)
            return true;
        libpff_item_free(out, NULL);
    }
    lib->absent = true;
    return false;
}

static bool same_address(const struct pff_address *a, const struct pff_address *b)
{
    return a->kind == b->kind && a->base == b->base && a->depth == b->depth &&
           a->at_attachment == b->at_attachment &&
           !memcmp(a->attachment, b->attachment, a->depth * sizeof a->attachment[0]);
}

/* The object an address names; lives until another address is asked for. */
static libpff_item_t *object(struct pff_lib *lib, const struct pff_address *a)
{
    if (lib->chain_size && same_address(&lib->address, a))
        return lib->chain[lib->chain_size - 1];
    chain_close(lib);
    lib->address = *a;
    libpff_item_t *item = NULL;
    if (!base_open(lib, a, &item))
        return NULL;
    lib->chain[lib->chain_size++] = item;
    for (unsigned i = 0; i < a->depth; i++) {
        libpff_item_t *attachment = NULL, *message = NULL;
        if (!attachment_open(lib, item, a->attachment[i], &attachment))
            goto missing;
        lib->chain[lib->chain_size++] = item = attachment;
        if (i + 1 == a->depth && a->at_attachment)
            break;
        if (libpff_attachment_get_item(attachment, &message, &lib->error) != 1)
            goto missing;
        lib->chain[lib->chain_size++] = item = message;
    }
    return item;
missing:
    chain_close(lib);
    return NULL;
}

/* --- properties -------------------------------------------------------- */

static bool put_name(struct pff_lib *lib, libpff_record_entry_t *entry, struct pl_buf *b)
{
    libpff_name_to_id_map_entry_t *name = NULL;
    uint8_t guid[16], type = 0;
    uint32_t number = 0;
    size_t size = 0;
    if (libpff_record_entry_get_name_to_id_map_entry(entry, &name, &lib->error) != 1 || !name ||
        libpff_name_to_id_map_entry_get_guid(name, guid, sizeof guid, &lib->error) != 1 ||
        libpff_name_to_id_map_entry_get_type(name, &type, &lib->error) != 1) {
        pff_put8(b, PFF_BY_TAG);
        return true;
    }
    if (type == LIBPFF_NAME_TO_ID_MAP_ENTRY_TYPE_NUMERIC) {
        if (libpff_name_to_id_map_entry_get_number(name, &number, &lib->error) != 1)
            return false;
        pff_put8(b, PFF_BY_NUMBER);
        pl_buf_add(b, guid, sizeof guid);
        pff_put32(b, number);
        return true;
    }
    uint8_t text[1024];
    if (libpff_name_to_id_map_entry_get_utf8_string_size(name, &size, &lib->error) != 1 || size < 1 ||
        size > sizeof text || libpff_name_to_id_map_entry_get_utf8_string(name, text, size, &lib->error) != 1) {
        pff_put8(b, PFF_BY_TAG);
        return true;
    }
    pff_put8(b, PFF_BY_TEXT);
    pl_buf_add(b, guid, sizeof guid);
    pff_put32(b, (uint32_t)size - 1);
    pl_buf_add(b, text, size - 1);
    return true;
}

static bool put_data(struct pff_lib *lib, libpff_record_entry_t *entry, size_t size, struct pl_buf *b)
{
    uint8_t *data = malloc(size ? size : 1);
    bool ok = data && (!size || libpff_record_entry_get_data(entry, data, size, &lib->error) == 1);
    if (ok)
        pl_buf_add(b, data, size);
    free(data);
    return ok;
}

static bool put_prop(struct pff_lib *lib, libpff_item_t *item, libpff_record_entry_t *entry, struct pl_buf *b)
{
    uint32_t id = 0, type = 0;
    size_t size = 0;
    size64_t object_size = 0;
    if (libpff_record_entry_get_entry_type(entry, &id, &lib->error) != 1 ||
        libpff_record_entry_get_value_type(entry, &type, &lib->error) != 1 || id > UINT16_MAX || type > UINT16_MAX)
        return false;
    if (libpff_record_entry_get_data_size(entry, &size, &lib->error) != 1)
        size = 0;
    pff_put16(b, (uint16_t)id);
    pff_put16(b, (uint16_t)type);
    if (!put_name(lib, entry, b))
        return false;
    if (type == PT_OBJECT && item && libpff_attachment_get_data_size(item, &object_size, &lib->error) == 1 &&
        object_size) {
        pff_put64(b, object_size);
        pff_put8(b, size <= REFERENCE_MOST ? PFF_REFERENCED : PFF_STREAMED);
        if (size > REFERENCE_MOST)
            return true;
        pff_put16(b, (uint16_t)size);
        return put_data(lib, entry, size, b);
    }
    bool inside = size <= PL_INLINE_MAX;
    pff_put64(b, size);
    pff_put8(b, inside ? PFF_INLINE : PFF_STREAMED);
    return !inside || put_data(lib, entry, size, b);
}

static bool put_set(struct pff_lib *lib, libpff_item_t *item, int row, bool attachment, struct pl_buf *b)
{
    libpff_record_set_t *set = NULL;
    int count = 0;
    if (libpff_item_get_record_set_by_index(item, row, &set, &lib->error) != 1)
        return false;
    bool ok = libpff_record_set_get_number_of_entries(set, &count, &lib->error) == 1;
    pff_put32(b, (uint32_t)count);
    for (int i = 0; ok && i < count; i++) {
        libpff_record_entry_t *entry = NULL;
        ok = libpff_record_set_get_entry_by_index(set, i, &entry, &lib->error) == 1 &&
             put_prop(lib, attachment ? item : NULL, entry, b) && !b->failed;
        if (entry)
            libpff_record_entry_free(&entry, NULL);
    }
    libpff_record_set_free(&set, NULL);
    return ok;
}

static bool put_bag(struct pff_lib *lib, libpff_item_t *item, bool attachment, struct pl_buf *b)
{
    int sets = 0;
    if (libpff_item_get_number_of_record_sets(item, &sets, &lib->error) != 1)
        return false;
    if (sets > 0)
        return put_set(lib, item, 0, attachment, b);
    pff_put32(b, 0);
    return true;
}

/* The entry of a tag in a row, or NULL. */
static libpff_record_entry_t *entry_of(struct pff_lib *lib, libpff_item_t *item, int row, uint32_t id,
                                       uint32_t type)
{
    libpff_record_set_t *set = NULL;
    libpff_record_entry_t *entry = NULL;
    if (libpff_item_get_record_set_by_index(item, row, &set, &lib->error) != 1)
        return NULL;
    if (libpff_record_set_get_entry_by_type(
            set, id, type, &entry, type ? 0 : LIBPFF_ENTRY_VALUE_FLAG_MATCH_ANY_VALUE_TYPE, &lib->error) != 1)
        entry = NULL;
    libpff_record_set_free(&set, NULL);
    return entry;
}

static bool row_id(struct pff_lib *lib, libpff_item_t *table, int row, uint32_t *out)
{
    libpff_record_entry_t *entry = entry_of(lib, table, row, 0x67f2, 0);
    bool ok = entry && libpff_record_entry_get_data_as_32bit_integer(entry, out, &lib->error) == 1;
    if (entry)
        libpff_record_entry_free(&entry, NULL);
    return ok;
}

/* --- answers ----------------------------------------------------------- */

static bool answer_store(struct pff_lib *lib, struct pl_buf *b)
{
    uint8_t content = 0, type = 0, crypt = 0;
    uint32_t root = 0;
    libpff_item_t *item = NULL, *store = NULL;
    libpff_file_get_content_type(lib->file, &content, &lib->error);
    libpff_file_get_type(lib->file, &type, &lib->error);
    libpff_file_get_encryption_type(lib->file, &crypt, &lib->error);
    if (libpff_file_get_root_folder(lib->file, &item, &lib->error) == 1) {
        libpff_item_get_identifier(item, &root, &lib->error);
        libpff_item_free(&item, NULL);
    }
    pff_put8(b, content);
    pff_put8(b, type);
    pff_put8(b, crypt);
    pff_put8(b, libpff_file_is_corrupted(lib->file, &lib->error) == 1);
    pff_put32(b, root);
    if (libpff_file_get_message_store(lib->file, &store, &lib->error) != 1) {
        pff_put32(b, 0);
        return true;
    }
    size_t mark = b->size;
    if (!put_bag(lib, store, false, b)) {
        b->size = mark;
        pff_put32(b, 0);
    }
    libpff_item_free(&store, NULL);
    return true;
}

static bool answer_map(struct pff_lib *lib, struct pl_buf *b)
{
    libpff_item_t *map = NULL;
    bool ok = libpff_file_get_name_to_id_map(lib->file, &map, &lib->error) == 1 && put_bag(lib, map, false, b);
    if (map)
        libpff_item_free(&map, NULL);
    return ok;
}

static bool answer_sweep(struct pff_lib *lib, struct pl_buf *b)
{
    int deleted = 0, orphans = 0;
    if (!sweep(lib))
        return false;
    libpff_file_get_number_of_recovered_items(lib->file, &deleted, &lib->error);
    libpff_file_get_number_of_orphan_items(lib->file, &orphans, &lib->error);
    pff_put32(b, deleted > 0 ? (uint32_t)deleted : 0);
    pff_put32(b, orphans > 0 ? (uint32_t)orphans : 0);
    return true;
}

static bool answer_children(struct pff_lib *lib, libpff_item_t *folder, struct pl_buf *b)
{
    libpff_item_t *table = NULL;
    int count = 0;
    int has = libpff_folder_get_sub_folders(folder, &table, &lib->error);
    if (has == 1 && libpff_item_get_number_of_record_sets(table, &count, &lib->error) != 1)
        has = -1;
    size_t mark = b->size;
    uint32_t found = 0;
    pff_put32(b, 0);
    for (int i = 0; has == 1 && i < count; i++) {
        uint32_t nid = 0;
        if (!row_id(lib, table, i, &nid))
            continue;
        pff_put32(b, nid);
        found++;
    }
    if (!b->failed)
        pl_put32((uint8_t *)b->data + mark, found);
    if (table)
        libpff_item_free(&table, NULL);
    return has >= 0;
}

static bool rows_open(struct pff_lib *lib, const struct pff_address *a, bool associated)
{
    if (lib->rows && lib->rows_folder == a->base && lib->rows_associated == associated)
        return true;
    rows_close(lib);
    libpff_item_t *folder = object(lib, a);
    if (!folder)
        return false;
    lib->rows_folder = a->base;
    lib->rows_associated = associated;
    return (associated ? libpff_folder_get_sub_associated_contents(folder, &lib->rows, &lib->error)
                       : libpff_folder_get_sub_messages(folder, &lib->rows, &lib->error)) >= 0;
}

static void put_row(struct pff_lib *lib, int row, struct pl_buf *b)
{
    uint32_t nid = 0, type = 0;
    size_t size = 0;
    if (!row_id(lib, lib->rows, row, &nid))
        nid = 0;
    libpff_record_entry_t *entry = entry_of(lib, lib->rows, row, 0x001a, 0);
    bool has = entry && libpff_record_entry_get_value_type(entry, &type, &lib->error) == 1 &&
               libpff_record_entry_get_data_size(entry, &size, &lib->error) == 1 && size <= 1024;
    pff_put32(b, nid);
    size_t mark = b->size;
    pff_put16(b, has ? (uint16_t)type : 0);
    pff_put32(b, has ? (uint32_t)size : 0);
    if (has && !put_data(lib, entry, size, b) && !b->failed) {
        b->size = mark;
        pff_put16(b, 0);
        pff_put32(b, 0);
    }
    if (entry)
        libpff_record_entry_free(&entry, NULL);
}

/* An item that a sweep found has no row; its node id says what it is. */
static void put_found(struct pff_lib *lib, enum pff_kind kind, int place, struct pl_buf *b)
{
    const struct pff_address a = {.kind = kind, .base = (uint32_t)place};
    libpff_item_t *item = NULL;
    uint32_t nid = 0;
    if (!base_open(lib, &a, &item) || libpff_item_get_identifier(item, &nid, &lib->error) != 1)
        nid = 0;
    if (item)
        libpff_item_free(&item, NULL);
    pff_put32(b, nid);
    pff_put16(b, 0);
    pff_put32(b, 0);
}

static bool found_count(struct pff_lib *lib, enum pff_kind kind, int *out)
{
    return sweep(lib) &&
           (kind == PFF_DELETED ? libpff_file_get_number_of_recovered_items(lib->file, out, &lib->error)
                                : libpff_file_get_number_of_orphan_items(lib->file, out, &lib->error)) == 1;
}

static bool answer_rows(struct pff_lib *lib, const struct pff_address *a, struct pl_cursor *c, struct pl_buf *b)
{
    bool associated = pl_take8(c) != 0, found = a->kind != PFF_NODE;
    uint32_t first = pl_take32(c), most = pl_take32(c);
    int total = 0;
    if (c->failed || !(found ? found_count(lib, a->kind, &total) : rows_open(lib, a, associated)))
        return false;
    if (!found && lib->rows && libpff_item_get_number_of_record_sets(lib->rows, &total, &lib->error) != 1)
        return false;
    uint32_t all = total > 0 ? (uint32_t)total : 0;
    uint32_t left = first < all ? all - first : 0, count = left < most ? left : most;
    pff_put32(b, all);
    pff_put32(b, count);
    for (uint32_t i = 0; i < count && !b->failed; i++)
        if (found)
            put_found(lib, a->kind, (int)(first + i), b);
        else
            put_row(lib, (int)(first + i), b);
    return true;
}

static bool put_recipients(struct pff_lib *lib, libpff_item_t *message, struct pl_buf *b)
{
    libpff_item_t *table = NULL;
    int count = 0;
    int has = libpff_message_get_recipients(message, &table, &lib->error);
    bool ok = has >= 0;
    if (has == 1)
        ok = libpff_item_get_number_of_record_sets(table, &count, &lib->error) == 1;
    pff_put32(b, (uint32_t)count);
    for (int i = 0; ok && i < count; i++)
        ok = put_set(lib, table, i, false, b);
    if (table)
        libpff_item_free(&table, NULL);
    return ok;
}

static bool put_attachment(struct pff_lib *lib, libpff_item_t *message, int n, struct pl_buf *b)
{
    libpff_item_t *attachment = NULL;
    uint32_t nid = 0;
    int type = 0;
    bool ok = libpff_message_get_attachment(message, n, &attachment, &lib->error) == 1 &&
              libpff_item_get_identifier(attachment, &nid, &lib->error) == 1;
    if (ok && libpff_attachment_get_type(attachment, &type, &lib->error) != 1)
        type = 0;
    pff_put32(b, nid);
    pff_put8(b, type == LIBPFF_ATTACHMENT_TYPE_ITEM);
    ok = ok && put_bag(lib, attachment, true, b);
    if (attachment)
        libpff_item_free(&attachment, NULL);
    return ok;
}

/* A message, its recipients, its attachments. A broken table loses itself only. */
static bool answer_item(struct pff_lib *lib, libpff_item_t *message, struct pl_buf *b)
{
    int count = 0;
    if (!put_bag(lib, message, false, b))
        return false;
    size_t mark = b->size;
    bool whole = put_recipients(lib, message, b);
    if (!whole && !b->failed) {
        b->size = mark;
        pff_put32(b, 0);
    }
    if (libpff_message_get_number_of_attachments(message, &count, &lib->error) != 1) {
        count = 0;
        whole = false;
    }
    mark = b->size;
    uint32_t found = 0;
    pff_put32(b, 0);
    for (int i = 0; i < count && !b->failed; i++) {
        size_t before = b->size;
        if (put_attachment(lib, message, i, b)) {
            found++;
        } else if (!b->failed) {
            b->size = before;
            whole = false;
        }
    }
    if (!b->failed)
        pl_put32((uint8_t *)b->data + mark, found);
    pff_put8(b, whole);
    return true;
}

static bool read_entry(struct pff_lib *lib, libpff_item_t *item, int row, uint32_t tag, uint64_t at, uint8_t *data,
                       size_t cap, ssize_t *got)
{
    libpff_record_entry_t *entry = entry_of(lib, item, row, tag >> 16, tag & 0xffff);
    bool ok = entry && libpff_record_entry_seek_offset(entry, (off64_t)at, SEEK_SET, &lib->error) >= 0;
    if (ok)
        *got = libpff_record_entry_read_buffer(entry, data, cap, &lib->error);
    if (entry)
        libpff_record_entry_free(&entry, NULL);
    return ok && *got >= 0;
}

static bool read_data(struct pff_lib *lib, libpff_item_t *item, const struct pff_address *a, uint32_t row,
                      uint32_t tag, uint64_t at, uint8_t *data, size_t cap, ssize_t *got)
{
    if (!row && a->at_attachment && (tag & 0xffff) == PT_OBJECT) {
        if (libpff_attachment_data_seek_offset(item, (off64_t)at, SEEK_SET, &lib->error) < 0)
            return false;
        *got = libpff_attachment_data_read_buffer(item, data, cap, &lib->error);
        return *got >= 0;
    }
    if (!row)
        return read_entry(lib, item, 0, tag, at, data, cap, got);
    libpff_item_t *table = NULL;
    bool ok = libpff_message_get_recipients(item, &table, &lib->error) == 1 &&
              read_entry(lib, table, (int)row - 1, tag, at, data, cap, got);
    if (table)
        libpff_item_free(&table, NULL);
    return ok;
}

static bool answer_read(struct pff_lib *lib, libpff_item_t *item, const struct pff_address *a, struct pl_cursor *c,
                        struct pl_buf *b)
{
    uint32_t row = pl_take32(c), tag = pl_take32(c);
    uint64_t at = pl_take64(c);
    uint32_t cap = pl_take32(c);
    ssize_t got = 0;
    if (c->failed || row > INT32_MAX || at > INT64_MAX || !cap || cap > PFF_REPLY_MAX - 1)
        return false;
    uint8_t *data = malloc(cap);
    bool ok = data && read_data(lib, item, a, row, tag, at, data, cap, &got);
    if (ok)
        pl_buf_add(b, data, (size_t)got);
    free(data);
    return ok;
}

static bool answer(struct pff_lib *lib, struct pl_cursor *c, struct pl_buf *b)
{
    enum pff_op op = (enum pff_op)pl_take8(c);
    struct pff_address a;
    if (!pff_take_address(c, &a) || !file_open(lib))
        return false;
    switch (op) {
    case PFF_STORE: return answer_store(lib, b);
    case PFF_MAP: return answer_map(lib, b);
    case PFF_SWEEP: return answer_sweep(lib, b);
    case PFF_ROWS: return answer_rows(lib, &a, c, b);
    default: break;
    }
    libpff_item_t *item = object(lib, &a);
    if (!item)
        return false;
    switch (op) {
    case PFF_CHILDREN: return answer_children(lib, item, b);
    case PFF_BAG: return put_bag(lib, item, a.at_attachment, b);
    case PFF_ITEM: return answer_item(lib, item, b);
    case PFF_READ: return answer_read(lib, item, &a, c, b);
    default: return false;
    }
}

/* The first line of libpff's chain of errors: where it began. */
static void put_error(struct pff_lib *lib, struct pl_buf *b)
{
    char text[4096] = "";
    if (lib->error && libpff_error_backtrace_sprint(lib->error, text, sizeof text) > 0)
        text[strcspn(text, "\n")] = 0;
    pl_buf_puts(b, *text ? text : "no such object");
}

void pff_lib_serve(struct pff_lib *lib, const void *request, size_t size, struct pl_buf *reply)
{
    struct pl_cursor c = pl_cursor(request, size);
    libpff_error_free(&lib->error);
    lib->absent = false;
    pff_put8(reply, PFF_DONE);
    bool ok = answer(lib, &c, reply);
    if (ok && !reply->failed)
        return;
    bool memory = reply->failed;
    pl_buf_clear(reply);
    pff_put8(reply, memory ? PFF_MEMORY : lib->absent ? PFF_NOTHING : PFF_FAILED);
    put_error(lib, reply);
}
