/*
 * table.c - one row for each format. To add one, write its file and add its row.
 */
#include "table.h"

#include "csv.h"
#include "edb/edb.h"
#include "ics.h"
#include "pff.h"
#include "pst/pst.h"
#include "share/ifb.h"
#include "share/manifest.h"
#include "vcf.h"

const struct pl_reader_ops *const pl_readers[] = {
    &pl_pst_reader,
    &pl_pff_reader,
    &pl_edb_reader,
    NULL,
};

const struct pl_tables_ops *const pl_databases[] = {
    &pl_edb_tables,
    NULL,
};

const struct pl_integrity_ops *const pl_integrities[] = {
    &pl_pst_integrity,
    &pl_edb_integrity,
    NULL,
};

const struct pl_sanitizer *const pl_sanitizers[] = {
    &pl_pst_sanitizer,
    &pl_edb_sanitizer,
    NULL,
};

const struct pl_writer_ops *const pl_writers[] = {
    &pl_ics_writer, &pl_vcf_writer, &pl_csv_writer, &pl_shares_writer, &pl_freebusy_writer, NULL,
};
