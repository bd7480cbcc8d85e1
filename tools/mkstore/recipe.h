/*
 * recipe.h - the plain-text language: lines into a tree, words into values.
 *
 * A line is `word rest of the line`; lines that are indented deeper belong to the line
 * above them. `#` begins a comment line. A statement is a line without indentation and
 * all that belongs to it; statements are read one at a time.
 *
 * Errors: the first one is printed as `file:line: message`, then `failed` is set and all
 * calls go on with harmless values, so that callers test it once per statement.
 */
#ifndef MS_RECIPE_H
#define MS_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"
#include "when.h"

struct ms_node {
    const char *word, *rest; /* rest: as written, without spaces at both ends */
    int line;
    int indent;
    bool used; /* asked for by somebody; what nobody asks for is an error */
    struct ms_node *child, *last, *next, *parent;
};

struct ms_recipe {
    const char *path;
    char *text, *at;
    int line;
    bool failed;
};

/* false: not readable, one line printed. */
bool ms_recipe_open(struct ms_recipe *r, const char *path);
void ms_recipe_close(struct ms_recipe *r);
/* The next statement, in that memory; NULL at the end or after an error. */
struct ms_node *ms_recipe_next(struct ms_recipe *r, struct ms_mem *mem);

void ms_fail(struct ms_recipe *r, const struct ms_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Complains about the first node below n that nobody asked for. */
void ms_check_used(struct ms_recipe *r, const struct ms_node *n);

/* The first child of that word, or NULL; the next one after it. Marks them as used. */
struct ms_node *ms_child(struct ms_node *n, const char *word);
struct ms_node *ms_again(struct ms_node *n);

/* The rest of a line, or of the child `word` of a node (NULL when there is none). Escapes
 * \n \t \\ \u{1F600} are resolved. Several children of that word are joined by newlines. */
const char *ms_string(struct ms_recipe *r, struct ms_mem *mem, const struct ms_node *n);
const char *ms_child_text(struct ms_recipe *r, struct ms_mem *mem, struct ms_node *n, const char *word);
long long ms_child_number(struct ms_recipe *r, struct ms_node *n, const char *word, long long otherwise,
                          long long least, long long most);
/* Present with an empty rest, or with `yes`. */
bool ms_child_flag(struct ms_recipe *r, struct ms_node *n, const char *word, bool otherwise);
/* The place of the rest in a list of words that ends with NULL; an error when not there. */
int ms_choice(struct ms_recipe *r, const struct ms_node *n, const char *text, const char *const *words);
int ms_child_choice(struct ms_recipe *r, struct ms_node *n, const char *word, const char *const *words,
                    int otherwise);

/* The words of a rest, cut at spaces. */
struct ms_words {
    struct ms_recipe *recipe;
    const struct ms_node *node;
    char *list[40];
    size_t count, at;
};
void ms_words(struct ms_recipe *r, struct ms_mem *mem, const struct ms_node *n, struct ms_words *out);
/* The next word if it is this one. */
bool ms_word_is(struct ms_words *w, const char *word);
/* The next word whatever it is; an error and "" when there is none. */
const char *ms_word(struct ms_words *w);
bool ms_word_more(const struct ms_words *w);
long long ms_word_number(struct ms_words *w, long long least, long long most);

/* `2024-02-29` as days; `08:30` as minutes; `90m`, `2h`, `3d` as minutes. */
int64_t ms_word_date(struct ms_words *w);
int ms_word_clock(struct ms_words *w);
int ms_word_span(struct ms_words *w);
bool ms_looks_like_date(const char *word);
/* `2024-02-29 08:30`: seconds of a wall clock; with a Z at its end, *utc is set. */
int64_t ms_word_moment(struct ms_words *w, bool *utc);

/* Hexadecimal digits, spaces allowed, as bytes. */
void ms_hex(struct ms_recipe *r, const struct ms_node *n, const char *text, struct ms_bytes *out);

#endif
