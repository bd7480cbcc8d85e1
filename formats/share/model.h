/*
 * model.h - what rights let people do, and what other systems can express of it.
 *
 * Layer: formats. Rights become a set of capabilities; each target has rows of words with the
 * capabilities that a word gives. Fitting takes words only whose capabilities the source has, so no
 * target grants more; what is left over is the loss.
 *
 * Items marked private: the server of the source lets who reads a folder read these too, and only Outlook hides
 * them. A target that hides them as well is asked to. For one that can't the policy decides: server takes the
 * server's word for what the source grants, strict takes Outlook's. With compat, which has to be asked for, a word
 * may also give the little more that it never comes without (`more`); the fit tells it.
 */
#ifndef PL_SHARE_MODEL_H
#define PL_SHARE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PL_CAN_SEE_BUSY = 0x0001,
    PL_CAN_SEE_DETAIL = 0x0002, /* with subject and place */
    PL_CAN_READ = 0x0004,
    PL_CAN_SEE_PRIVATE = 0x0008, /* what is inside of items marked private */
    PL_CAN_CREATE = 0x0010,
    PL_CAN_EDIT_OWN = 0x0020,
    PL_CAN_EDIT_ANY = 0x0040,
    PL_CAN_DELETE_OWN = 0x0080,
    PL_CAN_DELETE_ANY = 0x0100,
    PL_CAN_ADD_FOLDER = 0x0200,
    PL_CAN_ADMINISTER = 0x0400, /* change who may do what */
    PL_CAN_SEE_FOLDER = 0x0800,
    PL_IS_CONTACT = 0x1000,
    PL_CAN_SEE_HIDDEN = 0x2000, /* inside of private items, where the target can't hide it */
    PL_CAN_DROP = 0x4000        /* delete and rename the folder as a whole, as who changes rights may */
};
#define PL_CAN_ALL 0x7fffu
/* These stand beside others, whose loss is told. */
#define PL_CAN_TOLD (PL_CAN_ALL & ~((uint32_t)PL_CAN_SEE_HIDDEN | PL_CAN_DROP))

enum pl_policy { PL_POLICY_SERVER, PL_POLICY_STRICT, PL_POLICY_COMPAT };

/*
 * A word of a target. It fits when the source has all that it gives; of a group of words the first
 * that fits is taken; groups add up. covers: what comes with it and needs no word of its own there, because
 * who reads a folder knows that there is one. more: what it gives besides; under compat it fits without that too.
 */
struct pl_word {
    int group;
    const char *text;
    uint32_t gives, covers, more;
};

/* How a target judges somebody who is listed, beside what it grants to everybody else. */
enum pl_listed {
    PL_LISTED_WINS,      /* he has what he is given, also nothing */
    PL_LISTED_OR_OTHERS, /* he has what he is given; with nothing, what everybody else has */
    PL_LISTED_AND_OTHERS /* he has both */
};

/* Which folders of one owner would be one folder there. */
enum pl_meets {
    PL_MEETS_NONE,
    PL_MEETS_OWN, /* the default ones of one role: they become that of the account */
    PL_MEETS_PATH /* these, and those of one path */
};

struct pl_model {
    const char *name;
    const struct pl_word *words;
    size_t count;
    enum pl_listed listed;
    bool by_address;                   /* people are known there by their whole address */
    const char *roles;                 /* of folders that have a place there, between blanks; NULL: all */
    const struct pl_model *books;      /* the words of folders without events or tasks, where they are others */
    const struct pl_model *own;        /* the words of the folders that every account has, where they are others */
    bool (*is_name)(const char *user); /* names that mean nothing else there; NULL: all */
    bool plain;                        /* collections have names of letters, digits, '_', '-' and '=XX' */
    enum pl_meets meets;
    bool no_others, no_anonymous; /* it has no name for everybody else, for who did not log in */
};

#define PL_WORDS_MOST 16

struct pl_fit {
    const char *words[PL_WORDS_MOST];
    size_t count;
    uint32_t given; /* by the words together */
    uint32_t lost;  /* what the source has besides */
    uint32_t more;  /* of given, what the source has not; compat alone */
};

/* Capabilities of rights ([MS-OXCPERM] 2.2.7). Who reads sees private items when he is a delegate who may. */
uint32_t pl_caps_of(uint32_t rights, bool sees_private, enum pl_policy policy);
void pl_model_fit(const struct pl_model *m, uint32_t caps, enum pl_policy policy, struct pl_fit *out);
/* "read, edit own" of a set; the text lives in out. */
const char *pl_caps_text(uint32_t caps, char out[256]);

/* The model for folders of a role, THE one of its mailbox or another: m, its books or its own. */
const struct pl_model *pl_model_for(const struct pl_model *m, const char *role, bool is_default);
/* May somebody have this name there? Else a name could be taken for everybody, a group or a command. */
bool pl_model_is_name(const struct pl_model *m, const char *user);

/* All models; ends with NULL. */
extern const struct pl_model *const pl_models[];
const struct pl_model *pl_model_named(const char *name);

#endif
