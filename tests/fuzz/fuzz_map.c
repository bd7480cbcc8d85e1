/*
 * fuzz_map.c - items with any properties, mapped and written, and what was written judged by the checker.
 *
 * The input is a class and then properties, each: one byte (bits 0-1: of the item, of a new recipient, of the last
 * recipient, of a new attachment; bits 2-4: 0 a tag, else the set of a number), two bytes of tag or number, two of
 * size, and the value. What the checker calls an error ends the program, for the writers promise valid files.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "bytes.h"
#include "ics.h"
#include "lint.h"
#include "record.h"
#include "session.h"
#include "sink.h"
#include "text.h"
#include "vcf.h"
#include "zone_memo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROPS 200
#define PARTS 6

struct made {
    struct pl_arena arena;
    struct pl_report report;
    struct pl_reader reader;
    struct pl_mapping mapping;
    struct pl_item item;
    struct pl_bag recipients[PARTS];
    struct pl_attachment attachments[PARTS];
};

static enum pl_type type_of(enum pl_pid pid)
{
    static const uint16_t types[] = {
        PT_BINARY,
#define PROP_TAG(name, id, type)        type,
#define PROP_LID(name, set, lid, type)  type,
#define PROP_STR(name, set, text, type) type,
#include "props.def"
#undef PROP_TAG
#undef PROP_LID
#undef PROP_STR
    };
    return (enum pl_type)types[pid];
}

static enum pl_pid pid_of(unsigned set, uint16_t number)
{
    /* {0006xxxx-0000-0000-C000-000000000046}; the last is PSETID_Meeting */
    static const uint16_t sets[] = {0, 0x2002, 0x2008, 0x2003, 0x2004, 0x200a, 0x200e, 0};
    struct pl_guid guid = {{0, 0, 6, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    static const struct pl_guid meeting = {
        {0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0, 0xaa, 0, 0x3f, 0x13, 0x05}};
    pl_put16(guid.bytes, sets[set]);
    return set == 0 ? pl_pid_of_tag(number) : pl_pid_of_lid(set == 7 ? &meeting : &guid, number);
}

/* Bytes as the readers would give them: numbers whole, text clean. */
static void value_set(struct made *m, enum pl_type type, struct pl_value *v, const uint8_t *data, size_t size)
{
    uint8_t wide[8] = {0};
    unsigned replaced;
    bool known;
    memcpy(wide, data, size < 8 ? size : 8);
    v->raw = (struct pl_bytes){.data = pl_arena_dup(&m->arena, data, size), .size = size};
    if (type == PT_UNICODE || type == PT_STRING8)
        v->as.text = pl_text_codepage(m->mapping.text, &m->arena, 65001, data, size, &replaced, &known);
    else if (type == PT_DOUBLE || type == PT_APPTIME || type == PT_FLOAT)
        memcpy(&v->as.real, wide, 8);
    else if (type == PT_SYSTIME || type == PT_I8)
        memcpy(&v->as.integer, wide, 8);
    else
        v->as.integer = type == PT_BOOLEAN ? wide[0] & 1 : (int32_t)pl_le32(wide);
}

static void prop_add(struct made *m, struct pl_bag *bag, enum pl_pid pid, const uint8_t *data, size_t size)
{
    if (!bag->props)
        bag->props = pl_arena_zalloc(&m->arena, PROPS, sizeof *bag->props);
    if (!bag->props || bag->count == PROPS || pid == PID_NONE)
        return;
    enum pl_type type = type_of(pid), one = (enum pl_type)(type & 0x0fff);
    size_t count = type & PT_MULTI ? 2 : 1;
    struct pl_value *values = pl_arena_zalloc(&m->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        value_set(m, one, &values[i], data + i * (size / 2), count == 1 ? size : size / 2);
    bag->props[bag->count++] = (struct pl_prop){
        .tag = 0x80000000u | (uint32_t)type, .pid = (uint16_t)pid, .count = (uint32_t)count, .values = values};
}

static struct pl_bag *bag_of(struct made *m, unsigned which)
{
    struct pl_item *i = &m->item;
    if (which == 1 && i->recipient_count < PARTS)
        return &m->recipients[i->recipient_count++];
    if (which == 2 && i->recipient_count)
        return &m->recipients[i->recipient_count - 1];
    if (which == 3 && i->attachment_count < PARTS)
        return &m->attachments[i->attachment_count++].props;
    return &i->props;
}

static enum pl_status nothing_open(struct pl_reader *r, const char *key, struct pl_item *out)
{
    (void)r, (void)key, (void)out;
    return PL_END;
}

static void item_make(struct made *m, const uint8_t *data, size_t size)
{
    static const struct pl_reader_ops ops = {.name = "bytes", .title = "bytes", .open_item = nothing_open};
    static const char *const classes[] = {"IPM.Appointment", "IPM.Contact",  "IPM.DistList",
                                          "IPM.Task",        "IPM.Activity", "IPM.StickyNote"};
    pl_arena_init(&m->arena, (size_t)64 << 20);
    m->reader = (struct pl_reader){.ops = &ops, .report = &m->report, .item_arena = &m->arena};
    m->reader.store = (struct pl_store){.kind = "bytes", .owner = {"Anna", "anna@example.org", "", {0}, false}};
    m->mapping = (struct pl_mapping){.arena = &m->arena,
                                     .report = &m->report,
                                     .reader = &m->reader,
                                     .text = pl_text_new(),
                                     .zones = pl_zone_memo_new(),
                                     .codepage = 1252,
                                     .mailbox = &m->reader.store.owner};
    m->item = (struct pl_item){.key = "0x1", .recipients = m->recipients, .attachments = m->attachments};
    m->item.message_class = classes[size ? data[0] % 6 : 0];
    for (size_t at = 1; at + 5 <= size;) {
        unsigned head = data[at];
        enum pl_pid pid = pid_of(head >> 2 & 7, pl_le16(data + at + 1));
        size_t length = pl_le16(data + at + 3);
        at += 5;
        length = length < size - at ? length : size - at;
        prop_add(m, bag_of(m, head & 3), pid, data + at, length);
        at += length;
    }
}

static void judge(void *data, const struct pl_lint_finding *f)
{
    (void)data;
    if (!f->error)
        return;
    fprintf(stderr, "line %llu: %s: %s\n", (unsigned long long)f->line, f->code, f->text);
    abort();
}

static void judge_file(const char *dir, const char *path)
{
    char full[256];
    uint8_t bytes[4096];
    struct pl_lint *lint = pl_lint_new(judge, NULL);
    snprintf(full, sizeof full, "%s/%s", dir, path);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;
    while (lint && fd >= 0 && (got = read(fd, bytes, sizeof bytes)) > 0)
        pl_lint_feed(lint, bytes, (size_t)got);
    if (lint && fd >= 0)
        pl_lint_end(lint);
    if (fd >= 0)
        close(fd);
    pl_lint_free(lint);
}

/* The one file of an output and the folders above it. */
static void file_remove(const char *dir, const char *path)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", dir, path);
    if (*path && unlink(full) != 0)
        abort();
    for (char *end = strrchr(full, '/'); end >= full + strlen(dir); end = strrchr(full, '/')) {
        *end = '\0';
        (void)rmdir(full);
    }
}

static void item_write(struct made *m, const struct pl_record *record, const char *dir)
{
    const struct pl_writer_ops *ops =
        record->kind == PL_CONTACT || record->kind == PL_GROUP ? &pl_vcf_writer : &pl_ics_writer;
    const char *why, *path[] = {"Plans"};
    struct pl_output *output;
    struct pl_written written = {0};
    struct pl_folder folder = {.path = path, .depth = 1};
    char file[128] = "";
    if (pl_output_open(dir, true, &output, &why) != PL_OK)
        abort();
    struct pl_writer w = {.ops = ops, .output = output, .report = &m->report, .reader = &m->reader};
    w.options.vcard = m->item.props.count % 2 ? 40 : 30;
    w.state = calloc(1, ops->state_size);
    if (!w.state || ops->begin(&w, "anna", &folder) != PL_OK)
        abort();
    if (ops->put(&w, record, &written) > PL_LOST && written.file)
        snprintf(file, sizeof file, "%s", written.file);
    for (enum pl_extent e = PL_EXTENT_FOLDER; e <= PL_EXTENT_RUN; e++)
        if (ops->end(&w, e) != PL_OK)
            abort();
    if (pl_output_settle(output) != PL_OK)
        abort();
    if (*file)
        judge_file(dir, file);
    ops->close(&w);
    free(w.state);
    pl_output_close(output);
    file_remove(dir, file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[] = "/dev/shm/pimlift-map-XXXXXX";
    struct made m = {0};
    struct pl_record record = {0};
    item_make(&m, data, size);
    if (pl_bag_index(&m.item.props, &m.arena) && pl_map_item(&m.mapping, &m.item, &record) > PL_LOST &&
        mkdtemp(dir)) {
        item_write(&m, &record, dir);
    }
    pl_text_free(m.mapping.text);
    pl_zone_memo_free(m.mapping.zones);
    pl_arena_release(&m.arena);
    return 0;
}
