/* csv.h - the CSV writer: contacts as one table per folder, for Outlook and Google Contacts. */
#ifndef PL_CSV_H
#define PL_CSV_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_csv_writer;

#endif
