/*
 * verbs.h - the verbs of the program, one file each.
 */
#ifndef PIMLIFT_VERBS_H
#define PIMLIFT_VERBS_H

#include "flags.h"

extern const struct verb cmd_info, cmd_list, cmd_check, cmd_convert, cmd_shares, cmd_merge, cmd_report, cmd_dump,
    cmd_lint, cmd_formats, cmd_verify, cmd_why, cmd_sanitize, cmd_help, cmd_completion, cmd_manual;

/* All of them, in the order of the help; ends with NULL (pimlift.c). */
extern const struct verb *const verbs[];

/* NULL: there is none. */
const struct verb *verb_find(const char *name);
/* Says so, in one line, with what was meant. */
enum exit_status verb_refuse(const char *word);

#endif
