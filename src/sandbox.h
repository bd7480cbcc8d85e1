/*
 * sandbox.h - gives up, for the rest of the process, what reading a store needs not.
 *
 * A parser of hostile bytes must not become a way into the machine. After
 * pl_sandbox_enter() the process and its children open only the files named, write
 * only below the folders named, start no program and open no socket. What was open before
 * stays usable.
 */
#ifndef PL_SANDBOX_H
#define PL_SANDBOX_H

#include "pimlift.h"

enum pl_sandbox_right {
    PL_SANDBOX_READ,
    PL_SANDBOX_WRITE, /* a folder: files and folders in it may also be made, renamed and removed */
    PL_SANDBOX_RMDIR  /* of a folder nothing but to remove empty folders */
};

struct pl_sandbox_path {
    const char *path; /* a folder stands for all that is below it */
    enum pl_sandbox_right right;
};

/*
 * PL_OK: the process is confined. PL_WARN: it is not, or not wholly; *why is a static clause
 * that says what the system lacks. A path that does not exist is left out. Children inherit
 * it; threads that run already do not. It can't be undone.
 */
PL_MUST_USE enum pl_status pl_sandbox_enter(const struct pl_sandbox_path *paths, size_t count, const char **why);

#endif
