/*
 * formula.h - cells that a spreadsheet would run.
 *
 * Layer: formats. A cell runs when it begins with = @ + or -, also in their wide and small forms, and also behind
 * what nobody sees: blanks, characters of no width, quotes that the program takes for its own. Where a cell begins
 * is decided by the program that opens the file: one that expects ';' or a tab between cells (Excel does so in many
 * countries) takes the commas and quotes of RFC 4180 for text, and begins a cell behind each of its own separators
 * and each line end inside of a value. So each of these places gets an apostrophe.
 */
#ifndef PL_FORMULA_H
#define PL_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

/* What a cell that begins here begins with. Behind a sign there can be a telephone number. */
enum pl_formula { PL_FORMULA_NONE, PL_FORMULA_SIGN, PL_FORMULA };

/* Blanks, characters without a width, the quote. */
bool pl_formula_unseen(uint32_t c);

/* A cell ends where one of the separators stands. `rest`: behind the sign; NULL: not asked for. */
enum pl_formula pl_formula_begins(const char *cell, const char *separators, const char **rest);

/* The same behind any number of apostrophes, for text without line ends and tabs. Who writes an apostrophe at the
 * beginning and behind each ';' exactly where this is true and, to read, takes one away there where this is true
 * behind it, gets every text back. */
bool pl_formula_marked(const char *cell);

#endif
