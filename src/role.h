/*
 * role.h - what a folder is for, by PidTagContainerClass. [MS-OXOSFLD] 2.2.5
 */
#ifndef PL_ROLE_H
#define PL_ROLE_H

#include "pimlift.h"

/* "IPF.Appointment", and what derives from it by dots, without case. */
enum pl_role pl_role_of_class(const char *container_class);

#endif
