/*
 * build_item.c - what every item has: class, times, keys, subject, bodies, categories,
 * raw properties; and the table of kinds.
 *
 * [MS-OXCMSG] 2.2.1; the subject's prefix marker: [MS-PST] 2.5.3.1.1.1.
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

#define EMBED_MAX 31 /* messages in messages; an exception may hang below */

struct kind {
    const char *word, *truth, *message_class;
    enum ms_kind kind;
    void (*build)(struct ms_build *b, struct ms_draft *d);
};

static const struct kind kinds[] = {
    {"appointment", "event", "IPM.Appointment", MS_EVENT, ms_build_event},
    {"meeting", "event", "IPM.Appointment", MS_EVENT, ms_build_event},
    {"contact", "contact", "IPM.Contact", MS_CONTACT, ms_build_contact},
    {"group", "group", "IPM.DistList", MS_GROUP, ms_build_group},
    {"task", "task", "IPM.Task", MS_TASK_ITEM, ms_build_task},
    {"journal", "journal", "IPM.Activity", MS_JOURNAL, ms_build_journal},
    {"note", "note", "IPM.StickyNote", MS_NOTE_ITEM, ms_build_note},
    {"mail", "mail", "IPM.Note", MS_MAIL, ms_build_mail},
    {"freebusy", "freebusy", "IPM.Microsoft.ScheduleData.FreeBusy", MS_FREEBUSY, ms_build_freebusy},
    {"published", "published", "IPM.Post", MS_PUBLISHED, ms_build_published},
    {"delegate-rule", "rule", "IPM.Rule.Message", MS_OTHER, ms_build_rule},
    {"published-times", "times", "IPM.Post", MS_OTHER, ms_build_times},
    {"shortcut", "shortcut", "IPM.Microsoft.WunderBar.Link", MS_OTHER, ms_build_shortcut},
    {"favorite", "favorite", "IPM.Note", MS_OTHER, ms_build_favorite},
    {"item", "other", "IPM.Note", MS_OTHER, ms_build_other},
};

static const struct kind *kind_of(const char *word)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].word, word))
            return &kinds[i];
    return NULL;
}

static size_t child_count(const struct ms_node *n)
{
    size_t count = 0;
    for (const struct ms_node *c = n->child; c; c = c->next)
        count++;
    return count;
}

static int64_t moment(struct ms_build *b, struct ms_node *n, const char *word, int64_t otherwise)
{
    struct ms_node *c = ms_child(n, word);
    if (!c)
        return otherwise;
    struct ms_words w;
    bool utc;
    ms_words(b->recipe, &b->mem, c, &w);
    int64_t at = ms_word_moment(&w, &utc);
    if (ms_word_more(&w))
        ms_fail(b->recipe, c, "`%s` is more than a moment", c->rest);
    return utc || !b->zone ? at : ms_utc(b->zone, at);
}

/* A prefix like "RE: " is kept apart: two characters before the subject tell its length. */
static void put_subject(struct ms_build *b, struct ms_draft *d)
{
    const char *prefix = ms_child_text(b->recipe, &b->mem, d->node, "prefix");
    if (!prefix) {
        ms_str(&d->bag, MS_TAG(0x0037), d->subject);
        ms_str(&d->bag, MS_TAG(0x0070), d->subject);
        return;
    }
    prefix = ms_text(&b->mem, "%s ", prefix);
    ms_str(&d->bag, MS_TAG(0x0037), ms_text(&b->mem, "\001%c%s%s", (char)(strlen(prefix) + 1), prefix, d->subject));
    ms_str(&d->bag, MS_TAG(0x0070), d->subject);
    ms_truth_text(&b->truth, "prefix", prefix);
    d->subject = ms_text(&b->mem, "%s%s", prefix, d->subject);
}

static void put_categories(struct ms_build *b, struct ms_draft *d)
{
    d->categories = ms_alloc(&b->mem, (child_count(d->node) + 1) * sizeof *d->categories);
    for (struct ms_node *c = ms_child(d->node, "category"); c; c = ms_again(c))
        d->categories[d->category_count++] = ms_string(b->recipe, &b->mem, c);
    if (!d->category_count)
        return;
    ms_strs(&d->bag, MS_STR("Keywords"), d->categories, d->category_count);
    ms_truth_open(&b->truth, "categories", '[');
    for (size_t i = 0; i < d->category_count; i++)
        ms_truth_text(&b->truth, NULL, d->categories[i]);
    ms_truth_close(&b->truth, ']');
}

static void put_marks(struct ms_build *b, struct ms_draft *d)
{
    static const char *const sensitivities[] = {"normal", "personal", "private", "confidential", NULL};
    static const char *const importances[] = {"low", "normal", "high", NULL};
    d->sensitivity = ms_child_choice(b->recipe, d->node, "sensitivity", sensitivities, 0);
    d->importance = ms_child_choice(b->recipe, d->node, "importance", importances, 1);
    ms_long(&d->bag, MS_TAG(0x0036), d->sensitivity);
    ms_long(&d->bag, MS_TAG(0x0017), d->importance);
    ms_long(&d->bag, MS_TAG(0x0026), d->importance - 1);
    ms_bool(&d->bag, MS_LID(MS_COMMON, 0x8506), d->sensitivity == 2);
    ms_truth_text(&b->truth, "sensitivity", sensitivities[d->sensitivity]);
    ms_truth_text(&b->truth, "importance", importances[d->importance]);
}

static void put_keys(struct ms_build *b, struct ms_draft *d)
{
    struct ms_bytes key = {.mem = &b->mem};
    const char *given = ms_child_text(b->recipe, &b->mem, d->node, "search-key");
    if (given)
        ms_hex(b->recipe, d->node, given, &key);
    else
        for (uint64_t i = 0; i < 2; i++)
            ms_put64(&key, ms_mix(b->store.seed, b->ordinal * 2 + i));
    memcpy(d->search_key, key.data, key.size < 16 ? key.size : 16);
    if (given && !*given)
        return;
    ms_bin(&d->bag, MS_TAG(0x300b), key.data, key.size);
    ms_truth_hex(&b->truth, "searchKey", key.data, key.size);
}

void ms_draft_begin(struct ms_build *b, struct ms_draft *d)
{
    int64_t made = b->epoch + (int64_t)b->ordinal * 60;
    const char *message_class = ms_child_text(b->recipe, &b->mem, d->node, "class");
    if (message_class)
        d->item.message_class = message_class;
    d->item.associated = ms_child_flag(b->recipe, d->node, "hidden", false);
    d->bag.mem = &b->mem;
    d->attachments = ms_alloc(&b->mem, (child_count(d->node) + 1) * sizeof *d->attachments);
    d->recipients = ms_alloc(&b->mem, (child_count(d->node) + 2) * sizeof *d->recipients);
    d->subject = ms_string(b->recipe, &b->mem, d->node);
    d->created = moment(b, d->node, "created", made);
    d->modified = moment(b, d->node, "modified", d->created);
    struct ms_node *zone = ms_child(d->node, "zone");
    d->zone = zone ? ms_zone_find(zone->rest) : b->zone;
    if (zone && !d->zone)
        ms_fail(b->recipe, zone, "no zone `%s`", zone->rest);
    ms_truth_text(&b->truth, "class", d->item.message_class);
    ms_truth_true(&b->truth, "hidden", d->item.associated);
    ms_str(&d->bag, MS_TAG(0x001a), d->item.message_class);
    put_subject(b, d);
    ms_truth_text(&b->truth, "summary", d->subject);
    ms_truth_utc(&b->truth, "created", d->created);
    ms_truth_utc(&b->truth, "modified", d->modified);
    ms_time(&d->bag, MS_TAG(0x3007), d->created);
    ms_time(&d->bag, MS_TAG(0x3008), d->modified);
    put_keys(b, d);
    put_marks(b, d);
    put_categories(b, d);
    if (b->store.codepage)
        ms_long(&d->bag, MS_TAG(0x3ffd), b->store.codepage);
    ms_build_bodies(b, d);
}

/* `property 0x3a11 string Berg`, `property PSETID_Common 0x8534 string 12 km`,
 * `property PS_PUBLIC_STRINGS name:LocationUrl string https://...`
 * In place of what other lines gave the same property: an object has one of each. */
static void put_raw(struct ms_build *b, struct ms_draft *d, struct ms_node *n)
{
    static const char *const types[] = {"short",  "long", "double", "bool",   "i8",
                                        "string", "time", "guid",   "binary", NULL};
    static const unsigned tags[] = {MS_SHORT,  MS_LONG, MS_DOUBLE, MS_BOOL,  MS_I8,
                                    MS_STRING, MS_TIME, MS_GUID,   MS_BINARY};
    static const size_t sizes[] = {2, 4, 8, 2, 8, 0, 8, 16, 0};
    struct ms_words w;
    ms_words(b->recipe, &b->mem, n, &w);
    struct ms_key key = {.set = ms_word_more(&w) ? ms_set_of(w.list[0]) : MS_NO_SET};
    w.at += key.set != MS_NO_SET;
    const char *name = ms_word_more(&w) ? w.list[w.at] : "";
    if (key.set && !strncmp(name, "name:", 5)) {
        key.text = name + 5;
        w.at++;
        if (!*key.text)
            ms_fail(b->recipe, n, "`name:` wants a name");
    } else {
        key.id = (unsigned)ms_word_number(&w, 1, 0xffff);
    }
    ms_drop(&d->bag, key);
    const char *type = ms_word(&w);
    struct ms_bytes value = {.mem = &b->mem};
    const char *rest = strstr(n->rest, type) + strlen(type);
    rest += strspn(rest, " ");
    if (*type == '0') { /* a type by its number: bytes as they are */
        ms_hex(b->recipe, n, rest, &value);
        w.at--;
        ms_raw(&d->bag, key, (unsigned)ms_word_number(&w, 0, 0xffff), value.data, value.size);
        return;
    }
    int at = ms_choice(b->recipe, n, type, types);
    if (tags[at] == MS_STRING) {
        ms_put(&value, rest, strlen(rest));
    } else if (tags[at] == MS_BINARY || tags[at] == MS_GUID || tags[at] == MS_DOUBLE) {
        ms_hex(b->recipe, n, rest, &value);
        if (sizes[at] && value.size != sizes[at])
            ms_fail(b->recipe, n, "a %s has %zu bytes", type, sizes[at]);
    } else {
        int64_t most = sizes[at] == 8 ? INT64_MAX : ((int64_t)1 << (8 * sizes[at])) - 1;
        int64_t least = sizes[at] == 8 ? INT64_MIN : -most / 2 - 1;
        ms_put64(&value, (uint64_t)ms_word_number(&w, at == 3 ? 0 : least, at == 3 ? 1 : most));
        value.size = sizes[at];
    }
    ms_raw(&d->bag, key, tags[at], value.data, value.size);
}

void ms_draft_finish(struct ms_build *b, struct ms_draft *d)
{
    ms_build_attachments(b, d);
    for (struct ms_node *c = ms_child(d->node, "property"); c; c = ms_again(c))
        put_raw(b, d, c);
    ms_long(&d->bag, MS_TAG(0x0e07), 1 | (d->item.attachment_count ? 0x10 : 0));
    ms_bool(&d->bag, MS_TAG(0x0e1b), d->item.attachment_count > 0);
    d->item.props = ms_props_of(&d->bag);
}

static void remember(struct ms_build *b, const struct ms_draft *d, const char *id)
{
    struct ms_known *k = ms_alloc(&b->keep, sizeof *k);
    k->id = ms_copy(&b->keep, id, strlen(id));
    k->folder = b->place->folder.nid;
    k->nid = d->item.nid;
    k->name = ms_copy(&b->keep, d->subject, strlen(d->subject));
    k->goid = ms_copy(&b->keep, d->goid, d->goid_size);
    k->goid_size = d->goid_size;
    k->start = d->start;
    k->end = d->end;
    k->next = b->known;
    b->known = k;
}

const struct ms_known *ms_known_of(struct ms_build *b, const struct ms_node *n, const char *id)
{
    for (const struct ms_known *k = b->known; k; k = k->next)
        if (!strcmp(k->id, id))
            return k;
    ms_fail(b->recipe, n, "no item with id `%s` so far", id);
    return NULL;
}

static void put_deleted(struct ms_build *b, struct ms_draft *d)
{
    static const char *const words[] = {"no", "unlisted", "old", "block", "earlier", "row", "page", NULL};
    d->item.deleted = (enum ms_deleted)ms_child_choice(b->recipe, d->node, "deleted", words, MS_LIVES);
    if (d->item.deleted)
        ms_truth_text(&b->truth, "gone", words[d->item.deleted]);
}

static struct ms_draft *build(struct ms_build *b, const struct kind *kind, struct ms_node *n, bool top)
{
    struct ms_draft *d = ms_alloc(&b->mem, sizeof *d);
    *d = (struct ms_draft){.node = n, .kind = kind->kind, .top = top};
    d->item.message_class = kind->message_class;
    b->ordinal++;
    ms_truth_text(&b->truth, "kind", kind->truth);
    kind->build(b, d);
    return d;
}

bool ms_build_item(struct ms_build *b, struct ms_node *n)
{
    const struct kind *kind = kind_of(n->word);
    if (!kind)
        return false;
    if (!b->place || b->place->folder.search) {
        ms_fail(b->recipe, n, b->place ? "a search folder holds no items" : "an item before the first folder");
        return true;
    }
    const char *id = ms_child_text(b->recipe, &b->mem, n, "id");
    for (const struct ms_known *k = b->known; k && id; k = k->next)
        if (!strcmp(k->id, id))
            ms_fail(b->recipe, n, "an item with id `%s` was described before", id);
    ms_truth_line(&b->truth);
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_text(&b->truth, "mailbox", b->place->mailbox);
    ms_truth_text(&b->truth, "folder", b->place->name);
    struct ms_draft *d = build(b, kind, n, true);
    ms_truth_text(&b->truth, "id", id);
    put_deleted(b, d);
    ms_truth_close(&b->truth, '}');
    ms_check_used(b->recipe, n);
    if (b->recipe->failed)
        return true;
    if (b->ops->item(b->writer, &d->item))
        b->recipe->failed = b->output_failed = true;
    if (id)
        remember(b, d, id);
    b->kinds[kind->kind] += !d->item.deleted;
    if (d->item.deleted == MS_EARLIER)
        b->ordinal--; /* the item after it is the same one, later */
    if (!d->item.deleted)
        *(d->item.associated ? &b->place->associated : &b->place->items) += 1;
    return true;
}

const struct ms_item *ms_build_embedded(struct ms_build *b, struct ms_node *n)
{
    struct ms_words w;
    ms_words(b->recipe, &b->mem, n, &w);
    const struct kind *kind = kind_of(ms_word(&w));
    if (!kind) {
        ms_fail(b->recipe, n, "`%s` is no kind of item", n->rest);
        return NULL;
    }
    if (b->depth == EMBED_MAX) {
        ms_fail(b->recipe, n, "more than %d messages in each other", EMBED_MAX);
        return NULL;
    }
    n->rest += strlen(kind->word);
    n->rest += strspn(n->rest, " ");
    b->depth++;
    struct ms_draft *d = build(b, kind, n, false);
    b->depth--;
    return &d->item;
}
