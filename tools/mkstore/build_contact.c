/*
 * build_contact.c - contacts. [MS-OXOCNTC] 2.2.1; numbers in one table.
 *
 * The truth has each field under the word of the recipe.
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

struct field {
    const char *word;
    enum ms_set set;
    unsigned id;
};

static const struct field fields[] = {
    {"name", 0, 0x3001},
    {"surname", 0, 0x3a11},
    {"given", 0, 0x3a06},
    {"middle", 0, 0x3a44},
    {"title", 0, 0x3a45},
    {"suffix", 0, 0x3a05},
    {"nickname", 0, 0x3a4f},
    {"initials", 0, 0x3a0a},
    {"file-as", MS_ADDR, 0x8005},
    {"yomi-given", MS_ADDR, 0x802c},
    {"yomi-surname", MS_ADDR, 0x802d},
    {"yomi-company", MS_ADDR, 0x802e},
    {"company", 0, 0x3a16},
    {"department", 0, 0x3a18},
    {"office", 0, 0x3a19},
    {"job", 0, 0x3a17},
    {"profession", 0, 0x3a46},
    {"manager", 0, 0x3a4e},
    {"assistant", 0, 0x3a30},
    {"spouse", 0, 0x3a48},
    {"hobbies", 0, 0x3a43},
    {"phone-work", 0, 0x3a08},
    {"phone-work2", 0, 0x3a1b},
    {"phone-home", 0, 0x3a09},
    {"phone-home2", 0, 0x3a2f},
    {"phone-mobile", 0, 0x3a1c},
    {"phone-other", 0, 0x3a1f},
    {"phone-primary", 0, 0x3a1a},
    {"phone-car", 0, 0x3a1e},
    {"phone-pager", 0, 0x3a21},
    {"phone-radio", 0, 0x3a1d},
    {"phone-isdn", 0, 0x3a2d},
    {"phone-callback", 0, 0x3a02},
    {"phone-company", 0, 0x3a57},
    {"phone-assistant", 0, 0x3a2e},
    {"phone-tty", 0, 0x3a4b},
    {"phone-telex", 0, 0x3a2c},
    {"fax-work", 0, 0x3a24},
    {"fax-home", 0, 0x3a25},
    {"fax-other", 0, 0x3a23},
    {"work-pobox", MS_ADDR, 0x804a},
    {"work-street", MS_ADDR, 0x8045},
    {"work-city", MS_ADDR, 0x8046},
    {"work-state", MS_ADDR, 0x8047},
    {"work-code", MS_ADDR, 0x8048},
    {"work-country", MS_ADDR, 0x8049},
    {"work-address", MS_ADDR, 0x801b},
    {"home-pobox", 0, 0x3a5e},
    {"home-street", 0, 0x3a5d},
    {"home-city", 0, 0x3a59},
    {"home-state", 0, 0x3a5c},
    {"home-code", 0, 0x3a5b},
    {"home-country", 0, 0x3a5a},
    {"home-address", MS_ADDR, 0x801a},
    {"other-pobox", 0, 0x3a64},
    {"other-street", 0, 0x3a63},
    {"other-city", 0, 0x3a5f},
    {"other-state", 0, 0x3a62},
    {"other-code", 0, 0x3a61},
    {"other-country", 0, 0x3a60},
    {"other-address", MS_ADDR, 0x801c},
    {"web-home", 0, 0x3a50},
    {"web-work", 0, 0x3a51},
    {"web", MS_ADDR, 0x802b},
    {"ftp", 0, 0x3a4c},
    {"im", MS_ADDR, 0x8062},
    {"freebusy-url", MS_ADDR, 0x80d8},
    {"user1", MS_ADDR, 0x804f},
    {"user2", MS_ADDR, 0x8050},
    {"user3", MS_ADDR, 0x8051},
    {"user4", MS_ADDR, 0x8052},
    {"government-id", 0, 0x3a07},
    {"customer-id", 0, 0x3a4a},
    {"account", 0, 0x3a00},
    {"billing", MS_COMMON, 0x8535},
    {"computer", 0, 0x3a49},
    {"language", 0, 0x3a0c},
    {"referred-by", 0, 0x3a47},
    {"location", 0, 0x3a0d},
    {"keyword", 0, 0x3a0b},
    {"organizational-id", 0, 0x3a10},
    {"mileage", MS_COMMON, 0x8534},
};

/* The n-th e-mail address; kept for groups that point to it. */
static void put_mail(struct ms_build *b, struct ms_draft *d, struct ms_node *n, unsigned slot)
{
    static const unsigned bases[] = {0x8080, 0x8090, 0x80a0};
    unsigned base = bases[slot];
    struct ms_person p = ms_person_of(b, n, ms_string(b->recipe, &b->mem, n));
    struct ms_bytes id = {.mem = &b->mem};
    ms_put_person_id(&id, &p);
    const char *smtp = p.smtp ? p.smtp : "";
    ms_str(&d->bag, MS_LID(MS_ADDR, base), ms_text(&b->mem, "%s (%s)", p.name, smtp));
    ms_str(&d->bag, MS_LID(MS_ADDR, base + 2), ms_address_type(&p));
    ms_str(&d->bag, MS_LID(MS_ADDR, base + 3), ms_address(&p));
    ms_str(&d->bag, MS_LID(MS_ADDR, base + 4), smtp);
    ms_bin(&d->bag, MS_LID(MS_ADDR, base + 5), id.data, id.size);
    ms_truth_person(b, NULL, &p);
}

static void put_mails(struct ms_build *b, struct ms_draft *d)
{
    uint32_t slots[3] = {0, 1, 2};
    unsigned slot = 0;
    ms_truth_open(&b->truth, "mails", '[');
    for (struct ms_node *c = ms_child(d->node, "mail"); c; c = ms_again(c), slot++) {
        if (slot == 3) {
            ms_fail(b->recipe, c, "a contact has three e-mail addresses");
            break;
        }
        put_mail(b, d, c, slot);
    }
    ms_truth_close(&b->truth, ']');
    if (slot) {
        ms_longs(&d->bag, MS_LID(MS_ADDR, 0x8028), slots, slot);
        ms_long(&d->bag, MS_LID(MS_ADDR, 0x8029), (1 << slot) - 1);
    }
}

static void put_day(struct ms_build *b, struct ms_draft *d, const char *word, unsigned tag, unsigned local)
{
    struct ms_node *c = ms_child(d->node, word);
    struct ms_words w;
    if (!c)
        return;
    ms_words(b->recipe, &b->mem, c, &w);
    int64_t day = ms_word_date(&w);
    bool old = ms_word_is(&w, "old"); /* only the instant of midnight, as before Outlook 2010 */
    ms_time(&d->bag, MS_TAG(tag), d->zone ? ms_utc(d->zone, day * MS_DAY) : day * MS_DAY);
    if (!old)
        ms_time(&d->bag, MS_LID(MS_ADDR, local), day * MS_DAY);
    ms_truth_date(&b->truth, word, day);
}

static void put_rest(struct ms_build *b, struct ms_draft *d)
{
    static const char *const genders[] = {"unknown", "female", "male", NULL};
    static const char *const mailings[] = {"none", "home", "work", "other", NULL};
    const char *children[64];
    size_t count = 0;
    int gender = ms_child_choice(b->recipe, d->node, "gender", genders, 0);
    int mailing = ms_child_choice(b->recipe, d->node, "mailing", mailings, 0);
    for (struct ms_node *c = ms_child(d->node, "child"); c && count < 64; c = ms_again(c))
        children[count++] = ms_string(b->recipe, &b->mem, c);
    if (gender) {
        ms_short(&d->bag, MS_TAG(0x3a4d), gender);
        ms_truth_text(&b->truth, "gender", genders[gender]);
    }
    if (mailing) {
        ms_long(&d->bag, MS_LID(MS_ADDR, 0x8022), mailing);
        ms_truth_text(&b->truth, "mailing", mailings[mailing]);
    }
    if (!count)
        return;
    ms_strs(&d->bag, MS_TAG(0x3a58), children, count);
    ms_truth_open(&b->truth, "children", '[');
    for (size_t i = 0; i < count; i++)
        ms_truth_text(&b->truth, NULL, children[i]);
    ms_truth_close(&b->truth, ']');
}

/* `certificate HEX`: DER, in the settings of [MS-OXOABK] 2.2.4.36, or bare with `bare` below. */
static void put_certificates(struct ms_build *b, struct ms_draft *d)
{
    struct ms_bytes list[16];
    size_t count = 0;
    struct ms_node *c = ms_child(d->node, "certificate");
    if (!c)
        return;
    ms_truth_open(&b->truth, "certificates", '[');
    for (; c && count < 16; c = ms_again(c), count++) {
        struct ms_bytes der = {.mem = &b->mem}, *out = &list[count];
        *out = (struct ms_bytes){.mem = &b->mem};
        ms_hex(b->recipe, c, c->rest, &der);
        if (!ms_child_flag(b->recipe, c, "bare", false)) {
            ms_put16(out, 0x0001); /* the version of the settings */
            ms_put16(out, 8);
            ms_put32(out, 1);
            ms_put16(out, 0x0008); /* the certificate to sign with */
            ms_put16(out, (unsigned)(4 + der.size));
            if (der.size > 0xffff - 4)
                ms_fail(b->recipe, c, "a certificate is smaller than 64 KiB");
        }
        ms_put(out, der.data, der.size);
        ms_truth_hex(&b->truth, NULL, der.data, der.size);
    }
    ms_truth_close(&b->truth, ']');
    ms_bins(&d->bag, MS_TAG(0x3a70), list, count);
}

void ms_build_contact(struct ms_build *b, struct ms_draft *d)
{
    ms_draft_begin(b, d);
    bool named = false, filed = false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct field *f = &fields[i];
        const char *text = ms_child_text(b->recipe, &b->mem, d->node, f->word);
        ms_str(&d->bag, f->set ? MS_LID(f->set, f->id) : MS_TAG(f->id), text);
        ms_truth_text(&b->truth, f->word, text);
        named = named || (text && !i);
        filed = filed || (text && f->id == 0x8005);
    }
    if (!filed && *d->subject)
        ms_str(&d->bag, MS_LID(MS_ADDR, 0x8005), d->subject);
    if (!named && *d->subject)
        ms_str(&d->bag, MS_TAG(0x3001), d->subject);
    put_mails(b, d);
    put_day(b, d, "birthday", 0x3a42, 0x80de);
    put_day(b, d, "anniversary", 0x3a41, 0x80df);
    put_rest(b, d);
    put_certificates(b, d);
    ms_draft_finish(b, d);
}
