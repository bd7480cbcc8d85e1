/*
 * delegate.h - who acts for the owner of a mailbox: pure decoder.
 *
 * Layer: core. The delegates stand in the message "LocalFreebusy" as three lists side by
 * side: names, entry ids, flags. [MS-OXODLGT] 2.2.2.2. Lists of different lengths do not
 * say whose flag is whose: then nobody is said to see private items. The second half is a
 * rule of the inbox that sends copies of meeting requests. [MS-OXODLGT] 2.2.3.1
 */
#ifndef PL_DELEGATE_H
#define PL_DELEGATE_H

#include "arena.h"
#include "prop.h"

struct pl_delegate {
    const char *name;         /* as stored, or NULL */
    struct pl_bytes entry_id; /* of an address book, or size 0 */
    bool sees_private;
};

struct pl_delegates {
    const struct pl_delegate *list;
    size_t count;
    bool wants_copy; /* the owner gets the meeting messages too */
    bool wants_info; /* the owner is told what delegates answered */
    bool uneven;     /* the lists have different lengths */
};

/* Nothing there is a list of nobody. false: out of memory. Everything points into the bag. */
bool pl_delegates_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_delegates *out);

/* Whom a rule names, in the properties it has of him. */
struct pl_rule_target {
    const char *name, *type, *address, *smtp; /* UTF-8 in the arena, or NULL */
    struct pl_bytes entry_id;
};

struct pl_delegate_rule {
    const struct pl_rule_target *targets;
    size_t count;
    bool deletes; /* the owner gets none of them */
};

/* The provider of the rules that are meant here, as PidTagRuleMsgProvider has it. */
#define PL_DELEGATE_PROVIDER "Schedule+ EMS Interface"

/*
 * The actions of a rule, in the narrow or the wide form. [MS-OXORULE] 2.2.5, 2.2.4.1.9.
 * false: they can't be read to their end, or out of memory; nothing is said then.
 */
bool pl_delegate_rule(struct pl_arena *a, struct pl_bytes actions, struct pl_delegate_rule *out);

#endif
