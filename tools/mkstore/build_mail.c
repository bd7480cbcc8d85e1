/*
 * build_mail.c - mail, the messages that meetings send, the rule that copies them to delegates.
 *
 * [MS-OXOCAL] 2.2.5 to 2.2.7 for requests, answers and cancellations; they are mail and no appointments.
 * [MS-OXODLGT] 2.2.3 for the rule, [MS-OXORULE] 2.2.5 for its actions, [MS-OXCDATA] 2.12 for its condition.
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

/* A message about the meeting of that id: `invites ID`, `cancels ID`, `answers accepted|tentative|declined ID`. */
struct about {
    const struct ms_known *meeting;
    const char *message_class;
    int response; /* PidLidResponseStatus; 0: not answered */
};

static struct about about_of(struct ms_build *b, struct ms_draft *d)
{
    static const char *const words[] = {"accepted", "tentative", "declined", NULL};
    static const char *const classes[] = {"IPM.Schedule.Meeting.Resp.Pos", "IPM.Schedule.Meeting.Resp.Tent",
                                          "IPM.Schedule.Meeting.Resp.Neg"};
    static const int statuses[] = {3, 2, 4};
    struct about a = {0};
    struct ms_words w;
    struct ms_node *answers = ms_child(d->node, "answers"), *invites = ms_child(d->node, "invites"),
                   *cancels = ms_child(d->node, "cancels");
    struct ms_node *n = answers ? answers : invites ? invites : cancels;
    if ((answers != NULL) + (invites != NULL) + (cancels != NULL) > 1)
        ms_fail(b->recipe, n, "a message is about a meeting in one way only");
    if (!n)
        return a;
    ms_words(b->recipe, &b->mem, n, &w);
    a.message_class = n == invites ? "IPM.Schedule.Meeting.Request" : "IPM.Schedule.Meeting.Canceled";
    if (n == answers) {
        int answer = ms_choice(b->recipe, n, ms_word(&w), words);
        a.message_class = classes[answer];
        a.response = statuses[answer];
    }
    a.meeting = ms_known_of(b, n, ms_word(&w));
    if (a.meeting && !a.meeting->goid_size)
        ms_fail(b->recipe, n, "`%s` is no meeting with an identity", a.meeting->id);
    return a;
}

static void put_about(struct ms_build *b, struct ms_draft *d, const struct about *a)
{
    const struct ms_known *k = a->meeting;
    if (!k)
        return;
    ms_bin(&d->bag, MS_LID(MS_MEETING, 0x03), k->goid, k->goid_size);
    ms_bin(&d->bag, MS_LID(MS_MEETING, 0x23), k->goid, k->goid_size);
    ms_time(&d->bag, MS_LID(MS_MEETING, 0x1a), d->created);
    ms_time(&d->bag, MS_LID(MS_APPT, 0x820d), k->start);
    ms_time(&d->bag, MS_LID(MS_APPT, 0x820e), k->end);
    ms_long(&d->bag, MS_LID(MS_APPT, 0x8218), a->response);
    ms_truth_text(&b->truth, "meeting", k->id);
}

void ms_build_mail(struct ms_build *b, struct ms_draft *d)
{
    struct about about = about_of(b, d);
    if (about.message_class)
        d->item.message_class = about.message_class;
    ms_draft_begin(b, d);
    put_about(b, d, &about);
    struct ms_node *from = ms_child(d->node, "from");
    if (from) {
        struct ms_person p = ms_person_of(b, from, ms_string(b->recipe, &b->mem, from));
        static const unsigned names[] = {0x0c1a, 0x0042}, types[] = {0x0c1e, 0x0064},
                              addresses[] = {0x0c1f, 0x0065}, smtps[] = {0x5d01, 0x5d02};
        for (size_t i = 0; i < 2; i++) {
            ms_str(&d->bag, MS_TAG(names[i]), p.name);
            ms_str(&d->bag, MS_TAG(types[i]), ms_address_type(&p));
            ms_str(&d->bag, MS_TAG(addresses[i]), ms_address(&p));
            ms_str(&d->bag, MS_TAG(smtps[i]), p.smtp);
            ms_add_sid(b, &d->bag, i ? 0x0e4e : 0x0e4d, &p);
        }
        ms_truth_person(b, "from", &p);
    }
    for (struct ms_node *c = ms_child(d->node, "to"); c; c = ms_again(c)) {
        struct ms_person p = ms_person_of(b, c, ms_string(b->recipe, &b->mem, c));
        struct ms_bag row = ms_recipient(b, d, &p, 1);
        ms_add_recipient(d, &row);
    }
    ms_time(&d->bag, MS_TAG(0x0039), d->created);
    ms_time(&d->bag, MS_TAG(0x0e06), d->created);
    ms_draft_finish(b, d);
}

static void put_text_value(struct ms_bytes *out, uint32_t tag, const char *text)
{
    ms_put32(out, tag);
    ms_put_utf16(out, text);
    ms_put16(out, 0);
}

/* ActionData of OP_DELEGATE: who gets the copies. */
static void put_delegates(struct ms_build *b, struct ms_draft *d, struct ms_bytes *out)
{
    struct ms_bytes rows = {.mem = &b->mem};
    unsigned count = 0;
    ms_truth_open(&b->truth, "delegates", '[');
    for (struct ms_node *c = ms_child(d->node, "delegate"); c; c = ms_again(c), count++) {
        struct ms_person p = ms_person_of(b, c, ms_string(b->recipe, &b->mem, c));
        struct ms_bytes id = {.mem = &b->mem};
        ms_put_person_id(&id, &p);
        ms_put8(&rows, 1);
        ms_put16(&rows, 5);
        ms_put32(&rows, 0x0fff0102);
        ms_put16(&rows, (unsigned)id.size);
        ms_put(&rows, id.data, id.size);
        put_text_value(&rows, 0x3001001f, p.name);
        put_text_value(&rows, 0x3002001f, ms_address_type(&p));
        put_text_value(&rows, 0x3003001f, ms_address(&p));
        ms_put32(&rows, 0x0c150003);
        ms_put32(&rows, 1);
        ms_truth_person(b, NULL, &p);
    }
    ms_truth_close(&b->truth, ']');
    ms_put16(out, count);
    ms_put(out, rows.data, rows.size);
}

static void put_action(struct ms_bytes *out, unsigned type, const struct ms_bytes *data)
{
    ms_put16(out, (unsigned)(9 + data->size));
    ms_put8(out, type);
    ms_put32(out, 0);
    ms_put32(out, 0);
    ms_put(out, data->data, data->size);
}

/* The class begins with IPM.Schedule.Meeting, no rule has passed it on before, and it is not private. */
static void put_condition(struct ms_bytes *out)
{
    enum { RES_AND = 0, RES_NOT = 2, RES_CONTENT = 3, RES_PROPERTY = 4, RES_EXIST = 8, EQUAL = 4 };
    ms_put8(out, RES_AND);
    ms_put16(out, 3);
    ms_put8(out, RES_CONTENT);
    ms_put16(out, 2); /* a prefix */
    ms_put16(out, 1); /* in any case */
    ms_put32(out, 0x001a001f);
    put_text_value(out, 0x001a001f, "IPM.Schedule.Meeting");
    ms_put8(out, RES_NOT);
    ms_put8(out, RES_EXIST);
    ms_put32(out, 0x3fe3000b);
    ms_put8(out, RES_NOT);
    ms_put8(out, RES_PROPERTY);
    ms_put8(out, EQUAL);
    ms_put32(out, 0x00360003);
    ms_put32(out, 0x00360003);
    ms_put32(out, 2);
}

/* `delegate-rule` in the Inbox: `delegate PERSON`, `only-delegates` when the owner gets no copy. */
void ms_build_rule(struct ms_build *b, struct ms_draft *d)
{
    enum { OP_DELEGATE = 8, OP_DELETE = 10, ENABLED = 1 };
    struct ms_bytes actions = {.mem = &b->mem}, data = {.mem = &b->mem}, none = {.mem = &b->mem},
                    condition = {.mem = &b->mem};
    ms_draft_begin(b, d);
    d->item.associated = true;
    bool only = ms_child_flag(b->recipe, d->node, "only-delegates", false);
    put_delegates(b, d, &data);
    ms_put16(&actions, only ? 2 : 1);
    put_action(&actions, OP_DELEGATE, &data);
    if (only)
        put_action(&actions, OP_DELETE, &none);
    put_condition(&condition);
    ms_long(&d->bag, MS_TAG(0x65e9), ENABLED);
    ms_str(&d->bag, MS_TAG(0x65eb), "Schedule+ EMS Interface");
    ms_str(&d->bag, MS_TAG(0x65ec), "");
    ms_long(&d->bag, MS_TAG(0x65ed), 0);
    ms_long(&d->bag, MS_TAG(0x65f3), 0);
    ms_bin(&d->bag, MS_TAG(0x65ef), actions.data, actions.size);
    ms_bin(&d->bag, MS_TAG(0x65f0), condition.data, condition.size);
    ms_truth_true(&b->truth, "hidden", true);
    ms_truth_bool(&b->truth, "onlyDelegates", only);
    ms_draft_finish(b, d);
}
