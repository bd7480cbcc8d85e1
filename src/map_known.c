/*
 * map_known.c - the address of a directory name, from what is known of people.
 *
 * Layer: core. Asked only where the item itself has no address. The owner of the mailbox at hand, the
 * administrator's maps, and the tables of mailboxes of all stores are proof; what other items
 * say is asked with --learn alone, when all of them have been heard, so that an answer never depends on which came
 * first. An item for which learned addresses were used, or which has a name that two addresses are told for, says
 * so in a note.
 */
#include <string.h>
#include <strings.h>

#include "map.h"
#include "people.h"
#include "plural.h"

static const char *owner_address(const struct pl_map *in, const char *dn)
{
    const struct pl_mailbox *box = in->m->mailbox;
    bool is_owner = box && box->dn && *box->dn && box->smtp && *box->smtp && !strcasecmp(box->dn, dn);
    return is_owner ? box->smtp : NULL;
}

static void remember(const char **example, const char *dn)
{
    if (!*example)
        *example = dn;
}

const char *pl_map_known(struct pl_map *in, const char *dn)
{
    struct pl_mapping *m = in->m;
    struct pl_identity who;
    if (!m->people)
        return NULL;
    const char *owner = owner_address(in, dn);
    if (owner) {
        m->known.proven++;
        return owner;
    }
    enum pl_status st = pl_people_find(m->people, (struct pl_key){PL_KEY_DN, dn},
                                       m->learned ? PL_TRUST_TEXT : PL_TRUST_STORE, m->arena, &who);
    in->failed |= st == PL_STOP;
    if (st != PL_OK || !who.smtp.text) {
        m->known.unknown++;
        if (st == PL_OK && who.smtp.disputed) {
            in->disputed++;
            remember(&in->disputed_dn, dn);
        }
        return NULL;
    }
    if (who.smtp.trust <= PL_TRUST_STORE) {
        m->known.proven++;
        return who.smtp.text;
    }
    m->known.learned++;
    in->learned++;
    remember(&in->learned_dn, dn);
    return who.smtp.text;
}

void pl_map_known_report(const struct pl_map *in)
{
    struct pl_report *r = in->m->report;
    const struct pl_item *item = in->item;
    if (in->learned && r)
        pl_report(r, PL_OK, "people.learned", item->key, item->offset,
                  "addresses that other items told, not proven, are used %u %s; the first is that of %.200s",
                  in->learned, pl_plural(in->learned, "time", "times"), in->learned_dn);
    if (in->disputed && r)
        pl_report(
            r, PL_OK, "people.dispute", item->key, item->offset,
            "people for whom several addresses are told are named %u %s, and none is used; the first is %.200s",
            in->disputed, pl_plural(in->disputed, "time", "times"), in->disputed_dn);
}
