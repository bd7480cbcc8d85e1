/* vcf.h - the vCard writer: RFC 2426 (3.0) or RFC 6350 (4.0), one file per folder, or per card. */
#ifndef PL_VCF_H
#define PL_VCF_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_vcf_writer;

#endif
