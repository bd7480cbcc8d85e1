/*
 * ese_file.c - a database file: begin, end, its two headers, and the root of its space.
 *
 * Pages 1 to 28 are taken by the database root with its space trees, the catalogue and its shadow. The header is
 * written last, twice. Its times and signatures come from the seed.
 */
#include "ese_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_FREE 29u

void ese_fail(struct ms_ese_db *db, const char *format, ...)
{
    va_list args;
    if (db->failed)
        return;
    db->failed = true;
    fprintf(stderr, "mkstore: %s: ", db->path);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void ese_write(struct ms_ese_db *db, uint64_t at, const void *data, size_t size)
{
    const uint8_t *p = data;
    while (size && !db->failed) {
        ssize_t n = pwrite(db->fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            ese_fail(db, "%s", strerror(errno));
            return;
        }
        p += n;
        at += (size_t)n;
        size -= (size_t)n;
    }
}

bool ms_ese_defaults(struct ms_ese_options *o, unsigned revision, unsigned page)
{
    if (revision < 2 || revision > 0x200 || page < 2048 || page > 32768 || page & (page - 1))
        return false;
    if (page > 8192 && revision < 0x11)
        return false; /* the engine of that time divided long values in another way */
    *o = (struct ms_ese_options){.revision = revision,
                                 .page = page,
                                 .records = revision < 8 ? MS_ESE_OLD : MS_ESE_NEW,
                                 .checksums = revision < 0xb ? MS_ESE_XOR : MS_ESE_ECC,
                                 .lv_id = revision >= 70 ? 8 : 4,
                                 .wide_roots = revision >= 30,
                                 .log_min = 5,
                                 .log_max = 7,
                                 .seed = 1};
    return true;
}

struct ms_ese_db *ms_ese_begin(const char *path, const struct ms_ese_options *options)
{
    struct ms_ese_db *db = calloc(1, sizeof *db);
    if (!db) {
        fprintf(stderr, "mkstore: %s: out of memory\n", path);
        return NULL;
    }
    db->path = ms_copy(&db->mem, path, strlen(path));
    db->page = ms_alloc(&db->mem, options->page);
    db->other = ms_alloc(&db->mem, options->page);
    db->record = ms_alloc(&db->mem, 2 * (size_t)options->page);
    db->work = ms_alloc(&db->mem, 2 * (size_t)options->page);
    db->opt = *options;
    db->small = options->page <= 8192;
    db->head = db->small ? 40 : 80;
    db->objid = 5;
    db->pages = FIRST_FREE - 1;
    db->dbtime = 70;
    db->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (db->fd < 0) {
        ese_fail(db, "%s", strerror(errno));
        ms_ese_abort(db);
        return NULL;
    }
    ese_space_init(&db->space, db, NULL, 1, 1, db->pages);
    db->space.trees = 2;
    ese_cat_begin(db);
    if (!db->failed)
        return db;
    ms_ese_abort(db);
    return NULL;
}

static void root_page(struct ms_ese_db *db)
{
    uint8_t space[16], header[25];
    struct ese_page p;
    db->space.owned.list[0].count = db->space.primary = db->pages;
    ese_space_finish(&db->space, 1, 0, space);
    ese_page_begin(&p, db, 1, 1,
                   ESE_ROOT | ESE_LEAF | (db->opt.records == MS_ESE_OLD ? 0u : (unsigned)ESE_NEWRECORD));
    ese_page_head(&p, header, ese_root_header(db, space, header));
    ese_page_write(&p);
}

/* 2 August 2004, 9:30 and some seconds. */
void ese_put_time(uint8_t *p, unsigned second)
{
    const uint8_t when[8] = {(uint8_t)second, 30, 9, 2, 8, 104, 0, 0};
    memcpy(p, when, sizeof when);
}

void ese_put_signature(uint8_t *p, uint64_t seed)
{
    ese_le32(p, (uint32_t)ms_mix(seed, 0));
    ese_put_time(p + 4, 0);
}

static void put_position(uint8_t *p, uint32_t generation)
{
    ese_le16(p, 22);
    ese_le16(p + 2, 8);
    ese_le32(p + 4, generation);
}

static void write_headers(struct ms_ese_db *db)
{
    const struct ms_ese_options *o = &db->opt;
    uint8_t *h = db->page;
    memset(h, 0, o->page);
    ese_le32(h + 4, 0x89abcdef);
    ese_le32(h + 8, 0x620);
    ese_le64(h + 16, db->dbtime);
    ese_put_signature(h + 24, o->seed);
    ese_le32(h + 52, o->dirty ? 2 : 3);
    if (!o->dirty) {
        put_position(h + 56, o->log_max);
        ese_put_time(h + 64, 20);
        ese_put_time(h + 88, 20);
        put_position(h + 96, o->log_max);
    }
    ese_put_time(h + 72, 1);
    put_position(h + 80, o->log_min);
    ese_le32(h + 104, 1);
    ese_put_signature(h + 108, o->seed ^ ESE_LOG_SEED);
    ese_le32(h + 208, o->streaming ? 4 : 0);
    ese_le32(h + 212, db->objid);
    ese_le32(h + 216, 5);
    ese_le32(h + 224, 2195);
    ese_le32(h + 228, 4);
    ese_le32(h + 232, o->revision);
    ese_le32(h + 236, o->page);
    if (o->streaming)
        ese_put_signature(h + 252, o->seed ^ ESE_STREAM_SEED);
    if (o->dirty) {
        ese_le32(h + 296, o->log_min);
        ese_le32(h + 300, o->log_max);
        ese_le32(h + 416, o->log_max);
    }
    ese_le32(h + 340, 0x620);
    ese_le32(h + 344, o->revision);
    if (o->revision >= 0x14) {
        memset(h + 508, 0xff, 8);
        ese_le32(h + 667, 1);
    }
    ese_le32(h, ese_xor(h + 4, o->page - 4, 0x89abcdef));
    ese_write(db, 0, h, o->page);
    ese_write(db, o->page, h, o->page);
}

/* What could not be finished goes, unless it is a device. */
static void discard(const struct ms_ese_db *db)
{
    struct stat st;
    if (db->fd >= 0 && !fstat(db->fd, &st) && S_ISREG(st.st_mode))
        unlink(db->path);
}

static void release(struct ms_ese_db *db)
{
    while (db->tables)
        ese_table_free(db->tables);
    ese_space_free(&db->space);
    if (db->fd >= 0)
        close(db->fd);
    if (db->spool)
        fclose(db->spool);
    ms_mem_release(&db->mem);
    ms_mem_release(&db->row_mem);
    free(db);
}

int ms_ese_end(struct ms_ese_db *db)
{
    /* Templates stay in the list, the others leave it. */
    for (struct ms_ese_table *t = db->tables, *next; t; t = next) {
        next = t->next;
        if (!t->system)
            ms_ese_table_end(t);
    }
    ese_cat_end(db);
    if (!db->failed)
        root_page(db);
    if (!db->failed)
        write_headers(db);
    if (!db->failed && ftruncate(db->fd, (off_t)(((uint64_t)db->pages + 2) * db->opt.page)))
        ese_fail(db, "%s", strerror(errno));
    bool failed = db->failed;
    if (failed)
        discard(db);
    release(db);
    return failed ? -1 : 0;
}

void ms_ese_abort(struct ms_ese_db *db)
{
    discard(db);
    release(db);
}
