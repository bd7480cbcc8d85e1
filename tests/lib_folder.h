/*
 * lib_folder.h - a folder of a test's own, in memory where there is room for it, that goes with all that is in it.
 */
#ifndef LIB_FOLDER_H
#define LIB_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define FOLDER_PATH 64

/* false: it can't be made. */
bool folder_make(char path[FOLDER_PATH]);
/* A file in it, with the folders above it. */
bool folder_write(const char *folder, const char *name, const void *data, size_t size);
void folder_remove(const char *folder);

#endif
