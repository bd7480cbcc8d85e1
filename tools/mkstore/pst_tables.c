/*
 * pst_tables.c - the columns of the tables of a store: what Outlook puts into an empty one
 * (nodes 0x60D to 0x6F8, [MS-PST] 2.7.3.4), as tags of a Unicode store; and the writing of
 * those templates.
 */
#include "pst_int.h"

#define DEF(tags)                                                                                                  \
    {                                                                                                              \
        tags, sizeof(tags) / sizeof((tags)[0])                                                                     \
    }

static const uint32_t hierarchy[] = {0x0e300102, 0x0e330014, 0x0e340102, 0x0e380003, 0x3001001f,
                                     0x36020003, 0x36030003, 0x360a000b, 0x3613001f, 0x66350003,
                                     0x66360003, 0x67f20003, 0x67f30003};
static const uint32_t contents[] = {0x00170003, 0x001a001f, 0x00360003, 0x0037001f, 0x00390040, 0x0042001f,
                                    0x0057000b, 0x0058000b, 0x0070001f, 0x00710102, 0x0e03001f, 0x0e04001f,
                                    0x0e060040, 0x0e070003, 0x0e080003, 0x0e170003, 0x0e300102, 0x0e330014,
                                    0x0e340102, 0x0e380003, 0x0e3c0102, 0x0e3d0102, 0x10970003, 0x30080040,
                                    0x30130102, 0x65c60003, 0x67f20003, 0x67f30003};
static const uint32_t assoc[] = {0x001a001f, 0x0e070003, 0x0e170003, 0x3001001f, 0x67f20003,
                                 0x67f30003, 0x6800001f, 0x6803000b, 0x68051003, 0x682f001f,
                                 0x70030003, 0x70040102, 0x70050102, 0x7006001f, 0x70070003};
static const uint32_t search[] = {0x00170003, 0x001a001f, 0x00360003, 0x0037001f, 0x0042001f,
                                  0x0057000b, 0x0058000b, 0x0e03001f, 0x0e04001f, 0x0e05001f,
                                  0x0e060040, 0x0e070003, 0x0e080003, 0x0e170003, 0x0e2a000b,
                                  0x30080040, 0x67f10003, 0x67f20003, 0x67f30003};
static const uint32_t attachments[] = {0x0e200003, 0x3704001f, 0x37050003, 0x370b0003, 0x67f20003, 0x67f30003};
static const uint32_t recipients[] = {0x0c150003, 0x0e0f000b, 0x0ff90102, 0x0ffe0003, 0x0fff0102,
                                      0x3001001f, 0x3002001f, 0x3003001f, 0x300b0102, 0x39000003,
                                      0x39ff001f, 0x3a40000b, 0x67f20003, 0x67f30003};
static const uint32_t outgoing[] = {0x00390040, 0x0e100003, 0x0e140003, 0x67f20003, 0x67f30003};
static const uint32_t receive[] = {0x001a001f, 0x66050003, 0x67f20003, 0x67f30003};
static const uint32_t index16[] = {0x0e330014, 0x0e370102, 0x0e380003, 0x67f20003, 0x67f30003};
static const uint32_t index17[] = {0x001a001f, 0x0e300102, 0x0e310102, 0x0e330014, 0x0e340102,
                                   0x0e380003, 0x0e3e0102, 0x67f20003, 0x67f30003};
static const uint32_t index18[] = {0x0e330014, 0x30070040, 0x67f20003, 0x67f30003};

const struct pst_table_def pst_table_hierarchy = DEF(hierarchy);
const struct pst_table_def pst_table_contents = DEF(contents);
const struct pst_table_def pst_table_assoc = DEF(assoc);
const struct pst_table_def pst_table_search = DEF(search);
const struct pst_table_def pst_table_attachments = DEF(attachments);
const struct pst_table_def pst_table_recipients = DEF(recipients);

static const struct {
    uint32_t nid;
    struct pst_table_def def;
    uint32_t rows; /* receive folders: one, the root for every class */
} templates[] = {
    {0x60d, DEF(hierarchy), 0},   {0x60e, DEF(contents), 0},   {0x60f, DEF(assoc), 0},
    {0x610, DEF(search), 0},      {0x62b, DEF(receive), 1},    {0x64c, DEF(outgoing), 0},
    {0x671, DEF(attachments), 0}, {0x692, DEF(recipients), 0}, {0x6b6, DEF(index16), 0},
    {0x6d7, DEF(index17), 0},     {0x6f8, DEF(index18), 0},
};

int pst_templates_write(struct ms_writer *w)
{
    struct pst_vals row = {.count = 0};

    if (pst_vals_text(w, &row, 0x001a, "") != 0 || pst_vals_int(w, &row, 0x66050003, 0x122) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        struct pst_tc tc;
        uint64_t data, subs;
        int result = pst_tc_init(&tc, w, &templates[i].def);
        if (result == 0 && templates[i].rows)
            result = pst_tc_row(&tc, 1, &row);
        if (result == 0)
            result = pst_tc_end(&tc, &data, &subs);
        else
            pst_tc_free(&tc);
        if (result != 0 || pst_node(&w->file, templates[i].nid, data, subs, 0) != 0)
            return -1;
    }
    return 0;
}
