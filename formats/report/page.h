/*
 * page.h - the report of a finished conversion: one HTML page, whole in itself.
 *
 * Layer: formats. The page holds no script, asks for nothing from elsewhere, and says so to the browser
 * (Content-Security-Policy). The same folder and the same request give the same bytes.
 */
#ifndef PL_REPORT_PAGE_H
#define PL_REPORT_PAGE_H

#include "html.h"

struct pl_report_request {
    const char *dir;
    bool monday_set;
    int64_t monday;     /* days since 1970: the week that is shown holds this day */
    bool hide_subjects; /* the week says when, not what */
};

struct pl_report_result {
    uint64_t users, seen, lost;
    bool merged;
    uint64_t stores, stores_short; /* short: of these more is missing than the items that are counted as lost */
    uint64_t absent;               /* files of the output that are gone, or lack what they had */
};

/* Fills h. false: *why is a text for one line, without a name of a file. */
bool pl_report_make(const struct pl_report_request *request, struct pl_page *h, struct pl_report_result *result,
                    const char **why);

#endif
