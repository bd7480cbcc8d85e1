/*
 * spool.c - see spool.h.
 *
 * A record is its size in 4 bytes, its tag in one, and its values: a number is 8 bytes, a text or bytes a size of 4
 * and what it counts, a text with a NUL behind it. All numbers are little-endian. A text that is absent has the
 * size ABSENT.
 */
#include "spool.h"

#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "freebusy.h"
#include "text.h"

#define RECORD_MOST ((size_t)64 << 20)
#define ABSENT      UINT32_MAX
#define ITEMS_MOST  ((uint64_t)1 << 32) /* of a folder: sums of what workers say stay numbers */
#define COUNT_MOST  ((uint64_t)1 << 48)

/* --- writing ---------------------------------------------------------------------------- */

bool pl_spool_open(struct pl_spool *s, int fd)
{
    *s = (struct pl_spool){.file = fdopen(fd, "a")};
    pl_buf_init(&s->record, RECORD_MOST);
    return s->file != NULL;
}

/* What an earlier folder left unwritten, because the disk was full, goes. */
void pl_spool_start(struct pl_spool *s)
{
    __fpurge(s->file);
    clearerr(s->file);
    s->begin = lseek(fileno(s->file), 0, SEEK_END);
    s->failed = s->begin < 0;
}

bool pl_spool_finish(struct pl_spool *s, uint64_t *at, uint64_t *size)
{
    for (size_t i = 0; i < PL_SPOOL_HEARD; i++) {
        free(s->heard[i].record);
        s->heard[i] = (struct pl_spool_heard){0};
    }
    bool flushed = fflush(s->file) == 0;
    off_t end = lseek(fileno(s->file), 0, SEEK_END);
    *at = (uint64_t)s->begin;
    *size = end > s->begin ? (uint64_t)(end - s->begin) : 0;
    return flushed && !s->failed && *size;
}

void pl_spool_begin(struct pl_spool *s, enum pl_spool_tag tag)
{
    pl_buf_clear(&s->record);
    pl_buf_putc(&s->record, (char)tag);
}

void pl_spool_number(struct pl_spool *s, uint64_t n)
{
    uint8_t bytes[8];
    pl_put64(bytes, n);
    pl_buf_add(&s->record, bytes, sizeof bytes);
}

static void put_size(struct pl_spool *s, uint32_t size)
{
    uint8_t bytes[4];
    pl_put32(bytes, size);
    pl_buf_add(&s->record, bytes, sizeof bytes);
}

void pl_spool_text(struct pl_spool *s, const char *text)
{
    size_t size = text ? strlen(text) : 0;
    if (size > RECORD_MOST) {
        s->failed = true;
        return;
    }
    put_size(s, text ? (uint32_t)size : ABSENT);
    if (text)
        pl_buf_add(&s->record, text, size + 1);
}

void pl_spool_bytes(struct pl_spool *s, const void *data, size_t size)
{
    if (size > RECORD_MOST) {
        s->failed = true;
        return;
    }
    put_size(s, (uint32_t)size);
    if (size)
        pl_buf_add(&s->record, data, size);
}

static void put_record(struct pl_spool *s, const char *record, size_t size)
{
    uint8_t bytes[4];
    pl_put32(bytes, (uint32_t)size);
    if (fwrite(bytes, sizeof bytes, 1, s->file) != 1 || fwrite(record, size, 1, s->file) != 1)
        s->failed = true;
}

void pl_spool_end(struct pl_spool *s)
{
    if (s->record.failed)
        s->failed = true;
    else
        put_record(s, s->record.data, s->record.size);
}

enum pl_status pl_spool_row(struct pl_spool *s, const struct pl_row *row)
{
    const char *const texts[] = {row->folder, row->key, row->owner,    row->message_class, row->reason,
                                 row->file,   row->uid, row->evidence, row->confidence};
    pl_spool_begin(s, PL_SPOOL_ROW);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        pl_spool_text(s, texts[i]);
    pl_spool_number(s, row->offset);
    pl_spool_number(s, row->outcome);
    pl_spool_number(s, row->count);
    pl_spool_bytes(s, row->sha256, row->sha256 ? 32 : 0);
    pl_spool_end(s);
    return s->failed ? PL_STOP : PL_OK;
}

void pl_spool_fault(struct pl_spool *s, const struct pl_diagnostic *d)
{
    pl_spool_begin(s, PL_SPOOL_FAULT);
    pl_spool_number(s, (uint64_t)(PL_OK - d->severity));
    pl_spool_text(s, d->code);
    pl_spool_text(s, d->key);
    pl_spool_number(s, d->offset);
    pl_spool_text(s, d->text);
    pl_spool_number(s, d->once);
    pl_spool_end(s);
}

void pl_spool_uid(struct pl_spool *s, unsigned kind, const char *uid)
{
    pl_spool_begin(s, PL_SPOOL_UID);
    pl_spool_number(s, kind);
    pl_spool_text(s, uid);
    pl_spool_end(s);
}

void pl_spool_part(struct pl_spool *s, const struct pl_part *part, const struct pl_part_sum *sum)
{
    const uint64_t numbers[] = {part->from, part->to, sum->rows, sum->listed[0], sum->listed[1]};
    pl_spool_begin(s, PL_SPOOL_PART);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        pl_spool_number(s, numbers[i]);
    pl_spool_end(s);
}

static void heard_write(struct pl_spool *s, struct pl_spool_heard *h)
{
    if (!h->record)
        return;
    pl_put64((uint8_t *)h->record + 1, h->votes);
    put_record(s, h->record, h->size);
    free(h->record);
    *h = (struct pl_spool_heard){0};
}

void pl_spool_statement(struct pl_spool *s, const struct pl_statement *said)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    pl_spool_begin(s, PL_SPOOL_PERSON);
    pl_spool_number(s, 0);
    pl_spool_number(s, said->said);
    const char *const texts[] = {said->dn, said->sid, said->smtp, said->name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        pl_spool_text(s, texts[i]);
    if (s->record.failed) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < s->record.size; i++)
        hash = (hash ^ (uint8_t)s->record.data[i]) * 1099511628211u;
    struct pl_spool_heard *h = &s->heard[hash % PL_SPOOL_HEARD];
    if (!h->record || h->size != s->record.size || memcmp(h->record + 9, s->record.data + 9, h->size - 9) != 0) {
        heard_write(s, h);
        h->record = malloc(s->record.size);
        if (!h->record) {
            s->failed = true;
            return;
        }
        h->size = s->record.size;
        memcpy(h->record, s->record.data, h->size);
    }
    h->votes += said->votes ? said->votes : 1;
}

void pl_spool_last(struct pl_spool *s)
{
    for (size_t i = 0; i < PL_SPOOL_HEARD; i++)
        heard_write(s, &s->heard[i]);
    pl_spool_begin(s, PL_SPOOL_END);
}

/* --- reading ---------------------------------------------------------------------------- */

void pl_spool_in_open(struct pl_spool_in *in, FILE *file, uint64_t at, uint64_t size)
{
    *in = (struct pl_spool_in){.file = file, .begin = at, .whole = size};
    pl_spool_in_rewind(in);
}

void pl_spool_in_close(struct pl_spool_in *in) { free(in->data); }

void pl_spool_in_rewind(struct pl_spool_in *in)
{
    in->left = in->whole;
    in->bad = in->bad || in->begin > INT64_MAX || fseeko(in->file, (off_t)in->begin, SEEK_SET) != 0;
}

bool pl_spool_in_done(const struct pl_spool_in *in) { return !in->bad && in->at == in->size; }

static bool make_room(struct pl_spool_in *in, size_t size)
{
    if (size <= in->room)
        return true;
    char *data = realloc(in->data, size);
    if (!data)
        return false;
    in->data = data;
    in->room = size;
    return true;
}

enum pl_spool_tag pl_spool_in_next(struct pl_spool_in *in)
{
    uint8_t bytes[4];
    in->at = in->size = 0;
    if (in->bad || !in->left)
        return 0;
    in->bad = in->left < sizeof bytes || fread(bytes, sizeof bytes, 1, in->file) != 1;
    size_t size = in->bad ? 0 : pl_le32(bytes);
    in->left -= in->bad ? 0 : sizeof bytes;
    in->bad = !size || size > RECORD_MOST || size > in->left || !make_room(in, size) ||
              fread(in->data, size, 1, in->file) != 1;
    if (in->bad)
        return 0;
    in->left -= size;
    in->size = size;
    in->at = 1;
    return (enum pl_spool_tag)(uint8_t)in->data[0];
}

/* So many bytes of the record, or NULL. */
static const char *take(struct pl_spool_in *in, size_t size)
{
    if (in->bad || in->size - in->at < size) {
        in->bad = true;
        return NULL;
    }
    in->at += size;
    return in->data + in->at - size;
}

uint64_t pl_spool_in_number(struct pl_spool_in *in)
{
    const char *bytes = take(in, 8);
    return bytes ? pl_le64((const uint8_t *)bytes) : 0;
}

static uint32_t take_size(struct pl_spool_in *in)
{
    const char *bytes = take(in, 4);
    return bytes ? pl_le32((const uint8_t *)bytes) : ABSENT;
}

const char *pl_spool_in_text(struct pl_spool_in *in)
{
    uint32_t size = take_size(in);
    const char *text = size == ABSENT ? NULL : take(in, (size_t)size + 1);
    if (text && (text[size] != '\0' || strlen(text) != size || !pl_utf8_valid(text, size))) {
        in->bad = true;
        return NULL;
    }
    return text;
}

const void *pl_spool_in_bytes(struct pl_spool_in *in, size_t *size)
{
    uint32_t stated = take_size(in);
    *size = stated == ABSENT ? 0 : stated;
    const char *bytes = *size ? take(in, *size) : NULL;
    *size = bytes ? *size : 0;
    return bytes;
}

bool pl_spool_in_row(struct pl_spool_in *in, struct pl_row *row)
{
    const char **const texts[] = {&row->folder, &row->key, &row->owner,    &row->message_class, &row->reason,
                                  &row->file,   &row->uid, &row->evidence, &row->confidence};
    size_t size = 0;
    *row = (struct pl_row){0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = pl_spool_in_text(in);
    row->offset = pl_spool_in_number(in);
    uint64_t outcome = pl_spool_in_number(in);
    row->count = pl_spool_in_number(in);
    row->sha256 = pl_spool_in_bytes(in, &size);
    in->bad = in->bad || outcome > PL_LOSTITEM || row->count != 1 || (size != 0 && size != 32) || !row->key ||
              !row->message_class || !row->reason;
    row->outcome = in->bad ? PL_LOSTITEM : (enum pl_outcome)outcome;
    return !in->bad;
}

bool pl_spool_in_fault(struct pl_spool_in *in, struct pl_diagnostic *d)
{
    *d = (struct pl_diagnostic){0};
    uint64_t severity = pl_spool_in_number(in);
    d->code = pl_spool_in_text(in);
    d->key = pl_spool_in_text(in);
    d->offset = pl_spool_in_number(in);
    d->text = pl_spool_in_text(in);
    d->once = pl_spool_in_number(in) != 0;
    in->bad = in->bad || severity > (uint64_t)(PL_OK - PL_STOP) || !d->code || !d->text;
    d->severity = in->bad ? PL_STOP : (enum pl_status)(PL_OK - (int)severity);
    return !in->bad;
}

bool pl_spool_in_statement(struct pl_spool_in *in, struct pl_statement *said)
{
    *said = (struct pl_statement){0};
    said->votes = pl_spool_in_number(in);
    uint64_t who = pl_spool_in_number(in);
    const char **const texts[] = {&said->dn, &said->sid, &said->smtp, &said->name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = pl_spool_in_text(in);
    in->bad = in->bad || who >= PL_SAID_COUNT;
    said->said = in->bad ? PL_SAID_STORE : (enum pl_said)who;
    return !in->bad;
}

/* Periods of a kind that there is not, or that end before they begin, come from no event. */
static bool periods_make_sense(const void *bytes, size_t size)
{
    struct pl_period p;
    for (size_t at = 0; at < size; at += sizeof p) {
        memcpy(&p, (const char *)bytes + at, sizeof p);
        if ((unsigned)p.kind >= PL_TIME_KINDS || p.end < p.start)
            return false;
    }
    return true;
}

bool pl_spool_in_busy(struct pl_spool_in *in, struct pl_spool_busy *busy)
{
    *busy = (struct pl_spool_busy){.writer = pl_spool_in_number(in)};
    busy->key = pl_spool_in_text(in);
    busy->uid = pl_spool_in_text(in);
    busy->stamp_utc = (int64_t)pl_spool_in_number(in);
    busy->start_utc = (int64_t)pl_spool_in_number(in);
    busy->endless = pl_spool_in_number(in) != 0;
    busy->broken = pl_spool_in_number(in) != 0;
    busy->periods = pl_spool_in_bytes(in, &busy->size);
    in->bad = in->bad || busy->size % sizeof(struct pl_period) || !busy->uid ||
              !periods_make_sense(busy->periods, busy->size);
    return !in->bad;
}

bool pl_spool_in_ending(struct pl_spool_in *in, struct pl_spool_ending *end)
{
    const char **const texts[] = {&end->key, &end->owner, &end->path, &end->fault};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = pl_spool_in_text(in);
    end->lost = pl_spool_in_number(in) != 0;
    uint64_t *const numbers[] = {&end->seen,       &end->proven, &end->learned,    &end->unknown,
                                 &end->bytes_read, &end->reads,  &end->work.steps, &end->work.bytes};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        *numbers[i] = pl_spool_in_number(in);
        in->bad = in->bad || *numbers[i] > COUNT_MOST;
    }
    return !in->bad;
}

bool pl_spool_in_uid(struct pl_spool_in *in, uint64_t *kind, const char **uid)
{
    *kind = pl_spool_in_number(in);
    *uid = pl_spool_in_text(in);
    in->bad = in->bad || !*uid;
    return !in->bad;
}

bool pl_spool_in_part(struct pl_spool_in *in, struct pl_part *part, struct pl_part_sum *sum)
{
    *part = (struct pl_part){.kind = PL_PART_ROWS};
    uint64_t *const numbers[] = {&part->from, &part->to, &sum->rows, &sum->listed[0], &sum->listed[1]};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = pl_spool_in_number(in);
    in->bad = in->bad || sum->rows > ITEMS_MOST || sum->listed[0] > sum->rows || sum->listed[1] > sum->rows;
    return !in->bad;
}

bool pl_spool_in_refused(struct pl_spool_in *in, struct pl_spool_count *out)
{
    *out = (struct pl_spool_count){.name = pl_spool_in_text(in)};
    out->associated = pl_spool_in_number(in) != 0;
    out->count = pl_spool_in_number(in);
    in->bad = in->bad || out->count > ITEMS_MOST;
    return !in->bad;
}

bool pl_spool_in_unmapped(struct pl_spool_in *in, struct pl_spool_count *out)
{
    *out = (struct pl_spool_count){.name = pl_spool_in_text(in)};
    out->count = pl_spool_in_number(in);
    in->bad = in->bad || !out->name || out->count > COUNT_MOST;
    return !in->bad;
}

bool pl_spool_in_file(struct pl_spool_in *in, struct pl_file *file, uint64_t *number)
{
    size_t size = 0;
    *file = (struct pl_file){.path = pl_spool_in_text(in)};
    *number = pl_spool_in_number(in);
    file->size = pl_spool_in_number(in);
    const void *digest = pl_spool_in_bytes(in, &size);
    file->whole = *number != 0;
    in->bad = in->bad || !file->path || size != (file->whole ? sizeof file->sha256 : 0);
    if (!in->bad && size)
        memcpy(file->sha256, digest, size);
    return !in->bad;
}
