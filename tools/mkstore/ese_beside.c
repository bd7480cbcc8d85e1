/*
 * ese_beside.c - what lies beside a database: its log files, and the streaming file of Exchange 2000 and 2003.
 *
 * Log files have their header only: u32 checksum, u32 generation, sizes, times, version, and the signature that
 * the database names; the records that would follow are zeros. A streaming file has a database header with
 * attribute 1 that bears the signatures of its database; its pages are zeros.
 */
#include "ese_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOG_HEADER 4096u

static int write_file(const char *path, const uint8_t *head, size_t size, unsigned copies, uint64_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0;
    for (unsigned i = 0; good && i < copies; i++)
        good = pwrite(fd, head, size, (off_t)(i * size)) == (ssize_t)size;
    good = good && !ftruncate(fd, (off_t)length);
    if (!good)
        fprintf(stderr, "mkstore: %s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good ? 0 : -1;
}

static void put_checksum(uint8_t *head, size_t size) { ese_le32(head, ese_xor(head + 4, size - 4, 0x89abcdef)); }

/* E00 and five digits up to Exchange 2003, eight digits later. */
int ms_ese_log(const char *database, const struct ms_ese_options *o, uint32_t generation)
{
    struct ms_mem mem = {0};
    uint8_t *h = ms_alloc(&mem, LOG_HEADER);
    const char *slash = strrchr(database, '/');
    const char *path = ms_text(&mem, "%.*sE00%0*X.log", slash ? (int)(slash + 1 - database) : 0, database,
                               o->revision < 0xc ? 5 : 8, generation);
    ese_le32(h + 4, generation);
    ese_le16(h + 8, 512);
    ese_le16(h + 10, LOG_HEADER / 512);
    ese_le16(h + 12, (o->revision < 0xc ? 5u << 20 : 1u << 20) / 512);
    ese_le16(h + 14, o->page);
    ese_put_time(h + 16, generation % 60);
    ese_put_time(h + 24, (generation + 59) % 60);
    ese_le32(h + 32, o->revision < 0x14 ? 7 : 8);
    ese_le32(h + 36, o->revision < 0x14 ? 3704 : 4000);
    ese_le32(h + 40, o->revision < 0x14 ? 5 : 2);
    ese_put_signature(h + 44, o->seed ^ ESE_LOG_SEED);
    if (o->revision >= 0x14)
        ese_le32(h + 667, 3);
    put_checksum(h, LOG_HEADER);
    int result = write_file(path, h, LOG_HEADER, 1, o->revision < 0xc ? 5u << 20 : 1u << 20);
    ms_mem_release(&mem);
    return result;
}

int ms_ese_streaming(const char *path, const struct ms_ese_options *o, uint32_t pages)
{
    struct ms_mem mem = {0};
    uint8_t *h = ms_alloc(&mem, o->page);
    ese_le32(h + 4, 0x89abcdef);
    ese_le32(h + 8, 0x620);
    ese_le32(h + 12, 1);
    ese_put_signature(h + 24, o->seed);
    ese_le32(h + 52, o->dirty ? 2 : 3);
    ese_put_signature(h + 108, o->seed ^ ESE_LOG_SEED);
    ese_le32(h + 232, o->revision);
    ese_le32(h + 236, o->page);
    ese_put_signature(h + 252, o->seed ^ ESE_STREAM_SEED);
    put_checksum(h, o->page);
    int result = write_file(path, h, o->page, 2, ((uint64_t)pages + 2) * o->page);
    ms_mem_release(&mem);
    return result;
}
