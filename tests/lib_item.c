/* lib_item.c - see lib_item.h. */
#include "lib_item.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sink.h"
#include "tz.h"
#include "zone_memo.h"

static enum pl_status read_memory(struct pl_reader *r, const struct pl_stream *stream, uint64_t at_byte, void *buf,
                                  size_t cap, size_t *got)
{
    const struct made *m = r->state;
    uint64_t size = stream->size - (stream->size < m->short_by ? stream->size : m->short_by);
    uint64_t left = at_byte < size ? size - at_byte : 0;
    *got = left < cap ? (size_t)left : cap;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    memcpy(buf, (const char *)(uintptr_t)stream->token[0] + at_byte, *got);
    return PL_OK;
}

static enum pl_status open_other(struct pl_reader *r, const char *key, struct pl_item *out)
{
    const struct made *m = r->state;
    for (size_t i = 0; i < MADE_ITEMS && m->others[i]; i++)
        if (!strcmp(m->others[i]->item.key, key)) {
            *out = m->others[i]->item;
            return PL_OK;
        }
    return PL_LOST;
}

static const struct pl_reader_ops memory_ops = {
    .name = "memory", .title = "bytes of a test", .read = read_memory, .open_item = open_other};

static void hear(void *data, const struct pl_diagnostic *d)
{
    struct made *m = data;
    if (d->severity < PL_OK)
        snprintf(m->code, sizeof m->code, "%s", d->code);
}

void made_init(struct made *m, const char *message_class)
{
    memset(m, 0, sizeof *m);
    pl_arena_init(&m->arena, (size_t)64 << 20);
    m->report = (struct pl_report){.sink = hear, .sink_data = m};
    m->reader = (struct pl_reader){.ops = &memory_ops, .report = &m->report, .state = m, .item_arena = &m->arena};
    m->reader.store =
        (struct pl_store){.kind = "test", .owner = {.name = "Anna", .smtp = "anna@example.org", .dn = ""}};
    m->mapping = (struct pl_mapping){.arena = &m->arena,
                                     .report = &m->report,
                                     .reader = &m->reader,
                                     .text = pl_text_new(),
                                     .zones = pl_zone_memo_new(),
                                     .codepage = 1252,
                                     .mailbox = &m->reader.store.owner};
    m->item.message_class = message_class;
    m->item.props.props = m->props;
    m->item.recipients = m->recipients;
    m->item.attachments = m->attachments;
    snprintf(m->item.key, sizeof m->item.key, "0x1");
}

void made_release(struct made *m)
{
    pl_text_free(m->mapping.text);
    pl_zone_memo_free(m->mapping.zones);
    pl_arena_release(&m->arena);
}

static struct pl_prop *add(struct made *m, struct pl_bag *bag, enum pl_pid pid, enum pl_type type, size_t count)
{
    if (!bag->props)
        bag->props = pl_arena_zalloc(&m->arena, MADE_PROPS, sizeof *bag->props);
    struct pl_prop *p = &bag->props[bag->count++];
    cr_assert(bag->count <= MADE_PROPS);
    *p = (struct pl_prop){.tag = 0x80000000u | (uint32_t)type, .pid = (uint16_t)pid, .count = (uint32_t)count};
    p->values = count ? pl_arena_zalloc(&m->arena, count, sizeof *p->values) : NULL;
    return p;
}

static void set_text(struct made *m, struct pl_value *v, const char *text)
{
    v->as.text = pl_arena_strdup(&m->arena, text);
    v->raw = (struct pl_bytes){.data = (const uint8_t *)v->as.text, .size = strlen(text)};
}

void made_bag_text(struct made *m, struct pl_bag *bag, enum pl_pid pid, const char *text)
{
    set_text(m, (struct pl_value *)add(m, bag, pid, PT_UNICODE, 1)->values, text);
}

void made_bag_int(struct made *m, struct pl_bag *bag, enum pl_pid pid, int64_t value)
{
    ((struct pl_value *)add(m, bag, pid, PT_LONG, 1)->values)->as.integer = value;
}

void made_bag_bytes(struct made *m, struct pl_bag *bag, enum pl_pid pid, const void *data, size_t size)
{
    struct pl_value *v = (struct pl_value *)add(m, bag, pid, PT_BINARY, 1)->values;
    v->raw = (struct pl_bytes){.data = pl_arena_dup(&m->arena, data, size), .size = size};
}

static void set_stream(struct pl_prop *p, const void *data, size_t size)
{
    p->stream = (struct pl_stream){.size = size, .token = {(uintptr_t)data, 0, 0}};
}

void made_bag_stream(struct made *m, struct pl_bag *bag, enum pl_pid pid, const void *data, size_t size)
{
    set_stream(add(m, bag, pid, PT_BINARY, 0), data, size);
}

void made_text(struct made *m, enum pl_pid pid, const char *text) { made_bag_text(m, &m->item.props, pid, text); }
void made_int(struct made *m, enum pl_pid pid, int64_t value) { made_bag_int(m, &m->item.props, pid, value); }

void made_real(struct made *m, enum pl_pid pid, double value)
{
    ((struct pl_value *)add(m, &m->item.props, pid, PT_DOUBLE, 1)->values)->as.real = value;
}

void made_time(struct made *m, enum pl_pid pid, int64_t unix_seconds)
{
    ((struct pl_value *)add(m, &m->item.props, pid, PT_SYSTIME, 1)->values)->as.integer =
        (unix_seconds + INT64_C(11644473600)) * 10000000;
}

void made_bytes(struct made *m, enum pl_pid pid, const void *data, size_t size)
{
    made_bag_bytes(m, &m->item.props, pid, data, size);
}

void made_texts(struct made *m, enum pl_pid pid, const char *const *texts, size_t count)
{
    struct pl_prop *p = add(m, &m->item.props, pid, PT_MULTI | PT_UNICODE, count);
    for (size_t i = 0; i < count; i++)
        set_text(m, (struct pl_value *)&p->values[i], texts[i]);
}

void made_blobs(struct made *m, enum pl_pid pid, const struct pl_bytes *blobs, size_t count)
{
    struct pl_prop *p = add(m, &m->item.props, pid, PT_MULTI | PT_BINARY, count);
    for (size_t i = 0; i < count; i++)
        ((struct pl_value *)&p->values[i])->raw = blobs[i];
}

void made_named(struct made *m, const char *name, const char *text)
{
    static const struct pl_guid strings = {{0x29, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    struct pl_prop *p = add(m, &m->item.props, pl_pid_of_text(&strings, name), PT_UNICODE, 1);
    struct pl_name *n = pl_arena_zalloc(&m->arena, 1, sizeof *n);
    *n = (struct pl_name){.set = strings, .text = name};
    p->name = n;
    set_text(m, (struct pl_value *)p->values, text);
}

void made_stream(struct made *m, enum pl_pid pid, enum pl_type type, const void *data, size_t size)
{
    set_stream(add(m, &m->item.props, pid, type, 0), data, size);
}

struct pl_bag *made_recipient(struct made *m)
{
    cr_assert(m->item.recipient_count < MADE_PEOPLE);
    return &m->recipients[m->item.recipient_count++];
}

struct pl_bag *made_attachment(struct made *m)
{
    cr_assert(m->item.attachment_count < MADE_PEOPLE);
    return &m->attachments[m->item.attachment_count++].props;
}

enum pl_status made_map(struct made *m)
{
    cr_assert(pl_bag_index(&m->item.props, &m->arena));
    return pl_map_item(&m->mapping, &m->item, &m->record);
}

const char *made_extra(const struct made *m, const char *name)
{
    for (size_t i = 0; i < m->record.common.extra_count; i++)
        if (!strcmp(m->record.common.extras[i].name, name))
            return m->record.common.extras[i].value;
    return NULL;
}

int64_t at(const char *text)
{
    struct pl_civil c = {0};
    cr_assert(sscanf(text, "%d-%d-%d %d:%d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second) >= 3);
    return pl_seconds_of_civil(&c);
}

/* --- writing ------------------------------------------------------------ */

void written_begin(struct written *w, struct made *m, const struct pl_writer_ops *ops,
                   const struct pl_writer_options *options)
{
    const char *why = NULL;
    *w = (struct written){.path = {"Team", "Plans"}};
    snprintf(w->dir, sizeof w->dir, "/tmp/pimlift-test-XXXXXX");
    cr_assert(mkdtemp(w->dir));
    cr_assert(pl_output_open(w->dir, false, &w->output, &why) == PL_OK, "%s", why);
    w->folder = (struct pl_folder){.path = w->path, .depth = 2, .container_class = "IPF"};
    w->writer = (struct pl_writer){.ops = ops, .output = w->output, .report = &m->report, .reader = &m->reader};
    if (options)
        w->writer.options = *options;
    w->writer.state = calloc(1, ops->state_size);
    cr_assert(ops->begin(&w->writer, "anna", &w->folder) == PL_OK);
}

enum pl_status written_put(struct written *w, const struct pl_record *record)
{
    return w->writer.ops->put(&w->writer, record, &w->result);
}

enum pl_status written_end(struct written *w)
{
    enum pl_status st = w->writer.ops->end(&w->writer, PL_EXTENT_FOLDER);
    for (enum pl_extent e = PL_EXTENT_STORE; st == PL_OK && e <= PL_EXTENT_RUN; e++)
        st = w->writer.ops->end(&w->writer, e);
    return st == PL_OK ? pl_output_settle(w->output) : st;
}

char *written_text(const struct written *w, const char *path)
{
    char full[256];
    char *text = NULL;
    size_t size = 0;
    snprintf(full, sizeof full, "%s/%s", w->dir, path);
    FILE *in = fopen(full, "rb");
    FILE *out = in ? open_memstream(&text, &size) : NULL;
    for (int c = in ? fgetc(in) : EOF; c != EOF; c = fgetc(in))
        fputc(c, out);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    return text;
}

void unfold(char *text)
{
    char *to = text;
    for (const char *p = text; *p;)
        if (!strncmp(p, "\r\n ", 3))
            p += 3;
        else
            *to++ = *p++;
    *to = '\0';
}

void written_release(struct written *w)
{
    char command[128];
    w->writer.ops->close(&w->writer);
    free(w->writer.state);
    pl_output_close(w->output);
    snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
    cr_assert(system(command) == 0);
}

char *made_written(struct made *m, const struct pl_writer_ops *ops, const struct pl_writer_options *options,
                   const char *path)
{
    struct written w;
    cr_assert(made_map(m) > PL_LOST, "not mapped: %s", m->code);
    written_begin(&w, m, ops, options);
    cr_assert(written_put(&w, &m->record) > PL_LOST, "not written: %s", m->code);
    cr_assert(written_end(&w) == PL_OK);
    char *text = written_text(&w, path);
    written_release(&w);
    return text;
}

int judged_by_python(const char *text, const char *setup, const char *expression)
{
    char file[] = "/tmp/pimlift-judged-XXXXXX", script[] = "/tmp/pimlift-script-XXXXXX", command[128];
    int fd = mkstemp(file), script_fd = mkstemp(script);
    cr_assert(fd >= 0 && script_fd >= 0);
    FILE *out = fdopen(fd, "wb"), *code = fdopen(script_fd, "wb");
    fputs(text, out);
    fprintf(code,
            "import sys\ntry:\n    import vobject, icalendar\nexcept ImportError:\n    sys.exit(3)\n"
            "f = open('%s', newline='', encoding='utf-8')\n%s\nsys.exit(0 if (%s) else 1)\n",
            file, setup, expression);
    fclose(out);
    fclose(code);
    snprintf(command, sizeof command, "/usr/bin/python3 %s", script);
    int status = system(command);
    unlink(file);
    unlink(script);
    return status == 0 ? 1 : WIFEXITED(status) && WEXITSTATUS(status) == 3 ? -1 : 0;
}
