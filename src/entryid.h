/*
 * entryid.h - entry ids that name a person: pure decoder.
 *
 * [MS-OXCDATA] 2.2.5: one-off, address book, contact (CONTAB), and the wrapped form
 * that distribution lists use ([MS-OXOCNTC] 2.2.2.2.4.1). Everything else is an id
 * of an object of a store, handed back as it is.
 */
#ifndef PL_ENTRYID_H
#define PL_ENTRYID_H

#include "prop.h"
#include "text.h"

enum pl_entry_kind {
    PL_ENTRY_OTHER,  /* an object of a store: object holds the id */
    PL_ENTRY_ONEOFF, /* name, type, address */
    PL_ENTRY_BOOK,   /* dn */
    PL_ENTRY_CONTACT /* object holds the id of a contact or list, slot says which address */
};

struct pl_entry {
    enum pl_entry_kind kind;
    const char *name, *type, *address; /* UTF-8 in the arena, never NULL for a one-off */
    const char *dn;
    struct pl_bytes object;
    int slot;     /* 0..2 e-mail, 3..5 fax, -1 = not told */
    bool is_list; /* the object is a distribution list */
};

/* false: too short or cut (out->kind PL_ENTRY_OTHER), or out of memory. Strings of 8 bits
 * are read in codepage. */
bool pl_entryid_decode(struct pl_text *t, struct pl_arena *a, unsigned codepage, struct pl_bytes id,
                       struct pl_entry *out);

/* Whether it names somebody by name and address; it may be cut. */
bool pl_entryid_is_oneoff(struct pl_bytes id);

/* The providers of entry ids: of one-off recipients, the address book, contacts as recipients, and of ids that wrap
 * another one. [MS-OXCDATA] 2.2.5, [MS-OXOCNTC] 2.2.2.2.4.1 */
extern const uint8_t pl_oneoff_uid[16], pl_book_uid[16], pl_contact_uid[16], pl_wrapped_uid[16];

#endif
