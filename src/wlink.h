/*
 * wlink.h - whose folders a user has opened: pure decoder of shortcuts.
 *
 * Layer: core. A navigation shortcut of Outlook 2007 and later is a hidden message of the
 * class IPM.Microsoft.WunderBar.Link ([MS-OXOCFG] 2.2.9); an older one is a message of the
 * folder "Shortcuts" that names a public folder (PR_FAV_* of the header EdkMdb.h). Both tell
 * the sharee's half of sharing.
 */
#ifndef PL_WLINK_H
#define PL_WLINK_H

#include "arena.h"
#include "prop.h"

enum pl_shortcut_to {
    PL_SHORTCUT_OWN,    /* a folder of the same mailbox, or a heading: no subscription */
    PL_SHORTCUT_OTHERS, /* a folder of another person */
    PL_SHORTCUT_PUBLIC  /* a public folder */
};

struct pl_shortcut {
    enum pl_shortcut_to to;
    const char *name;       /* as shown, or NULL */
    const char *group;      /* the heading it stands under, or NULL */
    const char *section;    /* "mail", "calendar", "contacts", "tasks", "notes", "journal", "" */
    struct pl_bytes folder; /* entry id, or the source key of a public folder */
    struct pl_bytes owner;  /* address book entry id of the folder's owner, or size 0 */
    const char *store_dn;   /* legacyExchangeDN of the mailbox the folder is in, or NULL */
    const char *server;     /* its server, or NULL */
};

/* false: out of memory. */
bool pl_wlink_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_shortcut *out);
/* The older form. false: the message is none. */
bool pl_favorite_of(const struct pl_bag *bag, struct pl_shortcut *out);

/* The mailbox and the server in the entry id of a store, in the arena; NULL where it names none.
 * false: out of memory. [MS-OXCDATA] 2.2.4.3 */
bool pl_store_entryid(struct pl_arena *a, struct pl_bytes id, const char **server, const char **dn);

#endif
