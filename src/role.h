/*
 * role.h - what a folder is for, by PidTagContainerClass [MS-OXOSFLD] 2.2.5, and the folder of what was deleted.
 */
#ifndef PL_ROLE_H
#define PL_ROLE_H

#include "pimlift.h"

/* "IPF.Appointment", and what derives from it by dots, without case. */
enum pl_role pl_role_of_class(const char *container_class);

/*
 * Fills *out as the folder of what was deleted in `was`: the same names below "(recovered)", or only the name
 * `only`, when it is not NULL. It keeps no rights: what was deleted is nobody's to see. Key, mailbox and count are
 * left to the caller. false: out of memory. The path lives in the arena, its names where they did.
 */
PL_MUST_USE bool pl_role_recovered(struct pl_arena *arena, const struct pl_folder *was, const char *only,
                                   struct pl_folder *out);

#endif
