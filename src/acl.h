/*
 * acl.h - who may do what with a folder: pure decoder of access lists.
 *
 * Three stored forms give one list of grants: a Windows security descriptor (behind a
 * transfer header, or bare), the blob of PidTagAccessControlListData, the rows of an
 * access control table. Rights are the bits of [MS-OXCPERM] 2.2.7; masks of Windows do
 * not leave this file.
 *
 * A decoder never reads more than the source grants. Entries count in their order, and
 * the first one that decides a bit wins; what is cut or makes no sense gives no grant at
 * all, because a lost entry could be the one that denies. A trustee that is listed has
 * the rights stated here and nothing of Default's: rights 0 is a denial, not an absence.
 */
#ifndef PL_ACL_H
#define PL_ACL_H

#include "arena.h"
#include "sid.h"

enum { /* [MS-OXCPERM] 2.2.7 */
       PL_RIGHT_READ_ANY = 0x001,
       PL_RIGHT_CREATE = 0x002,
       PL_RIGHT_EDIT_OWNED = 0x008,
       PL_RIGHT_DELETE_OWNED = 0x010,
       PL_RIGHT_EDIT_ANY = 0x020,
       PL_RIGHT_DELETE_ANY = 0x040,
       PL_RIGHT_CREATE_SUBFOLDER = 0x080,
       PL_RIGHT_OWNER = 0x100,
       PL_RIGHT_CONTACT = 0x200,
       PL_RIGHT_VISIBLE = 0x400,
       PL_RIGHT_FREEBUSY_SIMPLE = 0x800,   /* calendars, Exchange 2007 and later */
       PL_RIGHT_FREEBUSY_DETAILED = 0x1000 /* the same */
};
#define PL_RIGHTS_STORED 0x7fbu /* those that a descriptor of a folder holds */
#define PL_RIGHT_COUNT   12u

struct pl_grant {
    enum pl_trustee trustee;
    struct pl_bytes sid;      /* size 0: the source names no SID */
    struct pl_bytes entry_id; /* size 0: the source names no entry id */
    const char *name;         /* as the source has it, UTF-8, or NULL */
    uint32_t rights;
    uint32_t denied; /* rights that the source denies by an entry of its own; never also in rights */
};

struct pl_acl {
    const struct pl_grant *grants; /* in the order in which the source names them first, each trustee once */
    size_t count;
    bool canonical;    /* the grants, encoded anew, are what is stored */
    const char *fault; /* literal: why nothing can be read; NULL: read */
};

/* What the masks of a descriptor mean. */
enum pl_acl_of {
    PL_ACL_FOLDER,  /* PidTagSecurityDescriptor */
    PL_ACL_FREEBUSY /* PidTagFreeBusyNtSecurityDescriptor: 1 simple, 2 detailed */
};

/* Where in a value the self-relative descriptor lies: behind its header, bare, or found by its
 * structure. false: nowhere. Without a discretionary list it is one all the same. */
bool pl_acl_descriptor(struct pl_bytes value, struct pl_bytes *out);

/* false: out->fault says why; no grants then. The grants point into value and the arena. */
bool pl_acl_decode(struct pl_arena *a, struct pl_bytes value, enum pl_acl_of of, struct pl_acl *out);

/* PidTagAccessControlListData: a descriptor, or a bare Windows list. */
bool pl_acl_data(struct pl_arena *a, struct pl_bytes value, struct pl_acl *out);

/* The role that Exchange calls these rights, "Custom" for none; "None" also for visible only. */
const char *pl_rights_role(uint32_t rights);
/* The i-th right, 0..PL_RIGHT_COUNT-1. */
uint32_t pl_right_at(size_t i);
const char *pl_right_name(size_t i);

#endif
