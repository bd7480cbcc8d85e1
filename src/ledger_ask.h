/*
 * ledger_ask.h - what a report tells of a finished run, asked of DIR/ledger.db.
 *
 * Layer: core. The ledger is only read, and every order is told, so that the same ledger gives the same answers.
 * What is said of a whole store is a row of nobody's that counts nothing: PL_ASK_STORES tells it, and no other
 * question does, since it is neither an item nor a mailbox.
 */
#ifndef PL_LEDGER_ASK_H
#define PL_LEDGER_ASK_H

#include <stdbool.h>
#include <stdint.h>

/* Texts and numbers of one answer, in the order of these lines. */
enum pl_ledger_question {
    PL_ASK_RUNS,      /* version; seen, written, filtered, lost, closed */
    PL_ASK_OUTCOMES,  /* class, outcome, reason, a file; count */
    PL_ASK_MAILBOXES, /* owner, store, name; run, public */
    PL_ASK_FOLDERS,   /* owner, store, folder, class, outcome, a file; run, count */
    PL_ASK_FILES,     /* owner, file; run, items in it: of calendars */
    PL_ASK_LOST,      /* owner, store, folder, key, reason; run, count */
    PL_ASK_MERGED,    /* dir; run */
    PL_ASK_STORES,    /* store, why it is not whole or NULL; run, seen, lost */
    PL_ASK_OUTPUTS,   /* path: every file that the run wrote */
    PL_QUESTIONS
};

#define PL_ANSWER_TEXTS   6
#define PL_ANSWER_NUMBERS 5

struct pl_ledger_answer {
    const char *text[PL_ANSWER_TEXTS]; /* NULL: none; valid during the call */
    int64_t number[PL_ANSWER_NUMBERS];
};

struct pl_ledger_ask;

/* NULL: *why is a text for one line. */
struct pl_ledger_ask *pl_ledger_ask_open(const char *ledger, const char **why);
void pl_ledger_ask_free(struct pl_ledger_ask *a);
/* A callback that returns false ends it. false: not all answers were told. */
bool pl_ledger_ask(struct pl_ledger_ask *a, enum pl_ledger_question question,
                   bool (*answer)(void *data, const struct pl_ledger_answer *answer), void *data);

#endif
