/*
 * model.c - see model.h. A target is rows of a table; what its words give was tried on a running
 * system for radicale, and is taken from documents for the others (docs/sharing.md).
 */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "acl.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#define SEE    (PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL | PL_CAN_READ)
#define FOLDER PL_CAN_SEE_FOLDER
#define EDIT   (PL_CAN_EDIT_OWN | PL_CAN_EDIT_ANY)
#define DELETE (PL_CAN_DELETE_OWN | PL_CAN_DELETE_ANY)
#define WRITE  (PL_CAN_CREATE | EDIT | DELETE)

uint32_t pl_caps_of(uint32_t rights, bool sees_private, enum pl_policy policy)
{
    static const struct {
        uint32_t right, caps;
    } rows[] = {
        {PL_RIGHT_READ_ANY, SEE},
        {PL_RIGHT_CREATE, PL_CAN_CREATE},
        {PL_RIGHT_EDIT_OWNED, PL_CAN_EDIT_OWN},
        {PL_RIGHT_DELETE_OWNED, PL_CAN_DELETE_OWN},
        {PL_RIGHT_EDIT_ANY, EDIT},
        {PL_RIGHT_DELETE_ANY, DELETE},
        {PL_RIGHT_CREATE_SUBFOLDER, PL_CAN_ADD_FOLDER},
        {PL_RIGHT_OWNER, PL_CAN_ADMINISTER | PL_CAN_DROP},
        {PL_RIGHT_CONTACT, PL_IS_CONTACT},
        {PL_RIGHT_VISIBLE, PL_CAN_SEE_FOLDER},
        {PL_RIGHT_FREEBUSY_SIMPLE, PL_CAN_SEE_BUSY},
        {PL_RIGHT_FREEBUSY_DETAILED, PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL},
    };
    uint32_t caps = 0;
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (rights & rows[i].right)
            caps |= rows[i].caps;
    if (sees_private && (caps & PL_CAN_READ))
        caps |= PL_CAN_SEE_PRIVATE | PL_CAN_SEE_HIDDEN;
    if (policy != PL_POLICY_STRICT && (caps & PL_CAN_READ))
        caps |= PL_CAN_SEE_HIDDEN;
    return caps;
}

void pl_model_fit(const struct pl_model *m, uint32_t caps, enum pl_policy policy, struct pl_fit *out)
{
    int taken = -1;
    *out = (struct pl_fit){0};
    for (size_t i = 0; i < m->count && out->count < PL_WORDS_MOST; i++) {
        const struct pl_word *w = &m->words[i];
        uint32_t needs = w->gives | (policy == PL_POLICY_COMPAT ? 0 : w->more);
        if (w->group == taken || (needs & ~caps))
            continue;
        out->words[out->count++] = w->text;
        out->given |= w->gives | w->more | (w->covers & caps);
        out->more |= w->more & ~caps;
        taken = w->group;
    }
    /* a target without a way to hide private items shows them to who may see them */
    if (out->given & PL_CAN_SEE_HIDDEN)
        out->given |= caps & PL_CAN_SEE_PRIVATE;
    out->lost = caps & ~out->given & PL_CAN_TOLD;
}

const char *pl_caps_text(uint32_t caps, char out[256])
{
    static const char *const names[] = {
        "see busy time", "see its details", "read",           "see private items", "create",
        "edit own",      "edit all",        "delete own",     "delete all",        "add folders",
        "change rights", "see the folder",  "be its contact", "see hidden items",  "delete and rename the folder"};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < LENGTH(names); i++)
        if (caps & 1u << i) {
            int n = snprintf(out + used, 256 - used, "%s%s", used ? ", " : "", names[i]);
            used += n > 0 && (size_t)n < 256 - used ? (size_t)n : 0;
        }
    return out;
}

/* --- targets -------------------------------------------------------------------------------- */

/* Who reads these can't be kept from private items. */
#define ALL (SEE | PL_CAN_SEE_HIDDEN)

/* Letters of a rights file. Who writes there may also delete the whole collection and rename it. */
static const struct pl_word radicale[] = {{0, "rw", ALL | WRITE, FOLDER, PL_CAN_DROP}, {0, "r", ALL, FOLDER, 0}};

/* Of calendars. Exchange lets who reads a folder read confidential items; those marked private only Outlook hides,
 * and SOGo keeps them hidden. */
static const struct pl_word sogo[] = {
    {0, "PublicModifier", SEE | EDIT, FOLDER, 0},
    {0, "PublicViewer", SEE, FOLDER, 0},
    {0, "PublicDAndTViewer", PL_CAN_SEE_BUSY, FOLDER, 0},
    {1, "PrivateModifier", SEE | EDIT | PL_CAN_SEE_PRIVATE, 0, 0},
    {1, "PrivateViewer", SEE | PL_CAN_SEE_PRIVATE, 0, 0},
    {1, "PrivateDAndTViewer", PL_CAN_SEE_BUSY, 0, 0},
    {2, "ConfidentialModifier", SEE | EDIT, 0, 0},
    {2, "ConfidentialViewer", SEE, 0, 0},
    {2, "ConfidentialDAndTViewer", PL_CAN_SEE_BUSY, 0, 0},
    {3, "ObjectCreator", PL_CAN_CREATE, 0, 0},
    {4, "ObjectEraser", DELETE, 0, 0},
};
/* No server here hides a card that is marked private from who reads the address book. */
static const struct pl_word sogo_books[] = {
    {0, "ObjectEditor", ALL | EDIT, FOLDER, 0},
    {0, "ObjectViewer", ALL, FOLDER, 0},
    {1, "ObjectCreator", PL_CAN_CREATE, 0, 0},
    {2, "ObjectEraser", DELETE, 0, 0},
};

/* RFC 3744, RFC 4791 6.1.1 */
static const struct pl_word dav[] = {
    {0, "read", ALL, FOLDER, 0},      {0, "read-free-busy", PL_CAN_SEE_BUSY, 0, 0},
    {1, "bind", PL_CAN_CREATE, 0, 0}, {2, "write-content", EDIT, 0, 0},
    {3, "unbind", DELETE, 0, 0},      {4, "write-acl", PL_CAN_ADMINISTER, 0, 0},
};

/* The same words; it hides private items from everybody but their owner, and who makes an event there has to be
 * able to change all. */
static const struct pl_word davical[] = {
    {0, "read", SEE, FOLDER, 0},
    {0, "read-free-busy", PL_CAN_SEE_BUSY, 0, 0},
    {1, "bind,write-content", PL_CAN_CREATE | EDIT, 0, 0},
    {1, "write-content", EDIT, 0, 0},
    {2, "unbind", DELETE, 0, 0},
    {3, "write-acl", PL_CAN_ADMINISTER, 0, 0},
};
static const struct pl_word davical_books[] = {
    {0, "read", ALL, FOLDER, 0}, {1, "bind", PL_CAN_CREATE, 0, 0},          {2, "write-content", EDIT, 0, 0},
    {3, "unbind", DELETE, 0, 0}, {4, "write-acl", PL_CAN_ADMINISTER, 0, 0},
};

/* RFC 4314, and 9 for busy time. 'i' makes items and changes all; 'w' and 'n' are for the collection itself. */
static const struct pl_word cyrus[] = {
    {0, "lrs", ALL | FOLDER, 0, 0},        {0, "l", FOLDER, 0, 0},  {1, "9", PL_CAN_SEE_BUSY, 0, 0},
    {2, "ip", PL_CAN_CREATE | EDIT, 0, 0}, {3, "te", DELETE, 0, 0}, {4, "k", PL_CAN_ADD_FOLDER, 0, 0},
    {5, "wna", PL_CAN_ADMINISTER, 0, 0},
};

/* Without busy time: with '9' it answers what somebody may do in an address book in XML that nobody can read. */
static const struct pl_word cyrus_books[] = {
    {0, "lrs", ALL | FOLDER, 0, 0},        {0, "l", FOLDER, 0, 0},
    {1, "ip", PL_CAN_CREATE | EDIT, 0, 0}, {2, "te", DELETE, 0, 0},
    {3, "k", PL_CAN_ADD_FOLDER, 0, 0},     {4, "wna", PL_CAN_ADMINISTER, 0, 0},
};

/* The single rights that a mailbox folder can have; the same bits. */
static const struct pl_word exchange[] = {
    {0, "ReadItems", SEE, 0, 0},
    {0, "LimitedDetails", PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL, 0, 0},
    {0, "AvailabilityOnly", PL_CAN_SEE_BUSY, 0, 0},
    {1, "CreateItems", PL_CAN_CREATE, 0, 0},
    {2, "EditAllItems", EDIT, 0, 0},
    {3, "EditOwnedItems", PL_CAN_EDIT_OWN, 0, 0},
    {4, "DeleteAllItems", DELETE, 0, 0},
    {5, "DeleteOwnedItems", PL_CAN_DELETE_OWN, 0, 0},
    {6, "CreateSubfolders", PL_CAN_ADD_FOLDER, 0, 0},
    {7, "FolderOwner", PL_CAN_ADMINISTER, 0, 0},
    {8, "FolderVisible", FOLDER, 0, 0},
    {9, "FolderContact", PL_IS_CONTACT, 0, 0},
    {10, "CanViewPrivateItems", PL_CAN_SEE_PRIVATE, 0, 0}, /* a flag of its own there */
};

static const struct pl_word google[] = {
    {0, "owner", SEE | WRITE | PL_CAN_SEE_PRIVATE | PL_CAN_ADMINISTER, FOLDER, 0},
    {0, "writer", SEE | WRITE | PL_CAN_SEE_PRIVATE, FOLDER, 0},
    {0, "writerwithoutprivateaccess", SEE | WRITE, FOLDER, 0},
    {0, "reader", SEE, FOLDER, 0},
    {0, "freebusyreader", PL_CAN_SEE_BUSY, FOLDER, 0},
};

/* Letters of a folder's grant; they add up. Who reads and inserts there also makes folders. 'w' and 'd' rename and
 * delete the folder too, but not the ones that every account has. 'x', to act on invitations in the owner's place,
 * is given to nobody. */
#define ZIMBRA(see, more)                                                                                          \
    {                                                                                                              \
        {0, "r", see, FOLDER, 0}, {1, "f", PL_CAN_SEE_BUSY, 0, 0}, {2, "w", EDIT, 0, more},                        \
            {3, "i", PL_CAN_CREATE | PL_CAN_ADD_FOLDER, 0, 0}, {4, "d", DELETE, 0, more},                          \
            {5, "p", see | PL_CAN_SEE_PRIVATE, 0, 0}, {6, "a", PL_CAN_ADMINISTER, 0, 0},                           \
    }
static const struct pl_word zimbra[] = ZIMBRA(SEE, PL_CAN_DROP);
static const struct pl_word zimbra_own[] = ZIMBRA(SEE, 0);
static const struct pl_word zimbra_books[] = ZIMBRA(ALL, PL_CAN_DROP);
static const struct pl_word zimbra_own_books[] = ZIMBRA(ALL, 0);

/* calendarRoleType. A delegate there also gets and answers the owner's invitations, so only he who is one already
 * and sees private items becomes one; "none" is no word, because it is set by taking the entry away. */
static const struct pl_word graph[] = {
    {0, "delegateWithPrivateEventAccess", SEE | WRITE | PL_CAN_SEE_PRIVATE, FOLDER, 0},
    {0, "write", SEE | WRITE, FOLDER, 0},
    {0, "read", SEE, FOLDER, 0},
    {0, "limitedRead", PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL, FOLDER, 0},
    {0, "freeBusyRead", PL_CAN_SEE_BUSY, FOLDER, 0},
};

/* Shares of calendars and address books; private items of a calendar stay hidden there. */
static const struct pl_word nextcloud[] = {{0, "read-write", SEE | WRITE, FOLDER, 0}, {0, "read", SEE, FOLDER, 0}};
static const struct pl_word nextcloud_books[] = {{0, "read-write", ALL | WRITE, FOLDER, 0},
                                                 {0, "read", ALL, FOLDER, 0}};

/* The same bits, by the names that grommunio-admin has for them. */
static const struct pl_word grommunio[] = {
    {0, "readany", ALL, 0, 0},
    {0, "freebusydetailed", PL_CAN_SEE_BUSY | PL_CAN_SEE_DETAIL, 0, 0},
    {0, "freebusysimple", PL_CAN_SEE_BUSY, 0, 0},
    {2, "create", PL_CAN_CREATE, 0, 0},
    {3, "editany", EDIT, 0, 0},
    {4, "editowned", PL_CAN_EDIT_OWN, 0, 0},
    {5, "deleteany", DELETE, 0, 0},
    {6, "deleteowned", PL_CAN_DELETE_OWN, 0, 0},
    {7, "createsubfolder", PL_CAN_ADD_FOLDER, 0, 0},
    {8, "folderowner", PL_CAN_ADMINISTER, 0, 0},
    {9, "foldercontact", PL_IS_CONTACT, 0, 0},
    {10, "foldervisible", FOLDER, 0, 0},
};

#define DAV_ROLES " calendar contacts tasks "
/* Letters, digits and what logins usually have besides: nothing that SQL, a path or a property list could take for
 * something else. A name that begins with '@' is a group, "anonymous" is nobody. */
static bool is_plain_name(const char *user)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=@";
    return user[strspn(user, plain)] == '\0' && *user && !strchr("@.-", *user) &&
           strcasecmp(user, "anonymous") != 0 && strcasecmp(user, "anyone") != 0;
}

/* What a command takes for an address, and a spreadsheet for text. */
static bool is_plain_address(const char *user)
{
    return is_plain_name(user) && !strchr("+=", *user) && strchr(user, '@') == strrchr(user, '@');
}

#define MODEL(name_, listed_, by_address_, roles_, ...)                                                            \
    static const struct pl_model model_##name_ = {.name = #name_,                                                  \
                                                  .words = name_,                                                  \
                                                  .count = LENGTH(name_),                                          \
                                                  .listed = listed_,                                               \
                                                  .by_address = by_address_,                                       \
                                                  .roles = roles_,                                                 \
                                                  __VA_ARGS__}
MODEL(radicale, PL_LISTED_WINS, false, DAV_ROLES, );
MODEL(sogo_books, PL_LISTED_WINS, false, " contacts ", .is_name = is_plain_name);
/* Who is listed with the word None has nothing. */
MODEL(sogo, PL_LISTED_WINS, false, DAV_ROLES, .is_name = is_plain_name, .plain = true, .books = &model_sogo_books);
MODEL(dav, PL_LISTED_AND_OTHERS, false, DAV_ROLES, );
MODEL(davical_books, PL_LISTED_WINS, false, " contacts ", .is_name = is_plain_name);
MODEL(davical, PL_LISTED_WINS, false, DAV_ROLES, .is_name = is_plain_name, .books = &model_davical_books);
MODEL(cyrus_books, PL_LISTED_WINS, false, " contacts ", .is_name = is_plain_name, .plain = true);
MODEL(cyrus, PL_LISTED_WINS, false, DAV_ROLES, .is_name = is_plain_name, .plain = true,
      .books = &model_cyrus_books);
MODEL(exchange, PL_LISTED_WINS, true, NULL, .meets = PL_MEETS_PATH);
/* "default" is the whole world there, and adds up with all others: nobody gets in without a name. */
MODEL(google, PL_LISTED_AND_OTHERS, true, " calendar ", .is_name = is_plain_address, .no_anonymous = true,
      .meets = PL_MEETS_PATH);
MODEL(zimbra_own_books, PL_LISTED_AND_OTHERS, true, NULL, .is_name = is_plain_address, .no_anonymous = true,
      .meets = PL_MEETS_PATH);
MODEL(zimbra_own, PL_LISTED_AND_OTHERS, true, NULL, .is_name = is_plain_address, .no_anonymous = true,
      .meets = PL_MEETS_PATH);
MODEL(zimbra_books, PL_LISTED_AND_OTHERS, true, NULL, .is_name = is_plain_address, .no_anonymous = true,
      .own = &model_zimbra_own_books, .meets = PL_MEETS_PATH);
MODEL(zimbra, PL_LISTED_AND_OTHERS, true, NULL, .is_name = is_plain_address, .no_anonymous = true,
      .books = &model_zimbra_books, .own = &model_zimbra_own, .meets = PL_MEETS_PATH);
MODEL(graph, PL_LISTED_OR_OTHERS, true, " calendar ", .no_anonymous = true, .meets = PL_MEETS_PATH);
MODEL(nextcloud_books, PL_LISTED_OR_OTHERS, false, " contacts ", .is_name = is_plain_name, .no_others = true,
      .no_anonymous = true, .meets = PL_MEETS_OWN);
MODEL(nextcloud, PL_LISTED_OR_OTHERS, false, " calendar contacts tasks ", .is_name = is_plain_name,
      .no_others = true, .no_anonymous = true, .books = &model_nextcloud_books, .meets = PL_MEETS_OWN);
MODEL(grommunio, PL_LISTED_OR_OTHERS, true, NULL, .is_name = is_plain_address, .no_others = true,
      .no_anonymous = true, .meets = PL_MEETS_PATH);
static const struct pl_model model_caldav = {.name = "caldav",
                                             .words = dav,
                                             .count = LENGTH(dav),
                                             .listed = PL_LISTED_AND_OTHERS,
                                             .roles = DAV_ROLES,
                                             .is_name = is_plain_name};

const struct pl_model *pl_model_for(const struct pl_model *m, const char *role, bool is_default)
{
    bool timed = !strcmp(role, "calendar") || !strcmp(role, "tasks");
    m = m->books && !timed ? m->books : m;
    return m->own && is_default && (timed || !strcmp(role, "contacts")) ? m->own : m;
}

bool pl_model_is_name(const struct pl_model *m, const char *user) { return !m->is_name || m->is_name(user); }

const struct pl_model *const pl_models[] = {&model_radicale,
                                            &model_sogo,
                                            &model_dav,
                                            &model_cyrus,
                                            &model_exchange,
                                            &model_google,
                                            &model_zimbra,
                                            &model_graph,
                                            &model_nextcloud,
                                            &model_grommunio,
                                            &model_caldav,
                                            &model_sogo_books,
                                            &model_davical,
                                            &model_davical_books,
                                            &model_nextcloud_books,
                                            &model_cyrus_books,
                                            &model_zimbra_own,
                                            &model_zimbra_books,
                                            &model_zimbra_own_books,
                                            NULL};

const struct pl_model *pl_model_named(const char *name)
{
    for (size_t i = 0; pl_models[i]; i++)
        if (!strcmp(pl_models[i]->name, name))
            return pl_models[i];
    return NULL;
}
