/*
 * replay.c - runs a fuzz target without a fuzzer: over each file given, over every
 * truncation of the small ones and the same flipped bits each time, so that the target
 * stays covered on every machine. What fuzzing kept (kept-*) is such a mutation itself,
 * and runs as it is. A target is what LLVM's libFuzzer calls.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CUTS  64
#define FLIPS 192
#define SMALL 4096
#define MOST  (16u << 20)

/* A copy of the exact size, so that a read past the end is seen. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return;
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void mutate(uint8_t *data, size_t size)
{
    uint32_t state = 0x9e3779b9u;
    size_t cuts = size < SMALL ? size : CUTS;
    for (size_t i = 0; i < cuts; i++)
        run(data, size < SMALL ? i : (size_t)(random_next(&state) % size));
    for (int i = 0; i < FLIPS && size; i++) {
        size_t at = random_next(&state) % size;
        uint8_t saved = data[at];
        data[at] = (uint8_t)(i % 3 ? data[at] ^ 1u << (random_next(&state) & 7) : random_next(&state));
        run(data, size);
        data[at] = saved;
    }
}

/* gzip, or as it is. */
static uint8_t *load(const char *path, size_t *size)
{
    gzFile f = gzopen(path, "rb");
    uint8_t *data = f ? malloc(MOST) : NULL;
    int got = data ? gzread(f, data, MOST) : -1;
    if (f)
        gzclose(f);
    if (got < 0) {
        free(data);
        return NULL;
    }
    *size = (size_t)got;
    return data;
}

static bool is_kept(const char *path)
{
    const char *name = strrchr(path, '/');
    return !strncmp(name ? name + 1 : path, "kept-", 5);
}

int main(int argc, char **argv)
{
    int done = 0, kept = 0;
    for (int i = 1; i < argc; i++) {
        size_t size = 0;
        uint8_t *data = load(argv[i], &size);
        if (!data) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        run(data, size);
        if (is_kept(argv[i]))
            kept++;
        else
            mutate(data, size);
        free(data);
        done++;
    }
    printf("%d inputs, %d of them with mutations\n", done, done - kept);
    return 0;
}
