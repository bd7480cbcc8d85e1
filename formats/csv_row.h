/* csv_row.h - one contact as a row of the CSV view; private to the CSV writer. */
#ifndef PL_CSV_ROW_H
#define PL_CSV_ROW_H

#include "buf.h"
#include "outfile.h"

/* UTF-8 mark and header. */
void pl_csv_header(struct pl_sink *sink);

/* The row of a contact; gives how many values were marked as text because a spreadsheet would run them. */
size_t pl_csv_row(struct pl_sink *sink, const struct pl_record *record);

/* Appends the names of what the contact has and no column takes, "nickname, 2 certificates". */
void pl_csv_left_out(const struct pl_record *record, struct pl_buf *out);

#endif
