/*
 * lcid.c - the ANSI code page that Windows uses for a locale id.
 *
 * Layer: core, pure. [MS-LCID] 2.2 names the ids; the pages are the default ANSI code
 * pages of Windows for them. The low ten bits are the language, and for most of them
 * the page is the same in every country; where a language is written in two scripts,
 * the country decides. Languages that Windows knows in Unicode only have none.
 */
#include "text.h"

struct locale {
    uint16_t id; /* a language, or in the second table a language with its country */
    uint16_t codepage;
};

static const struct locale languages[] = {
    {0x01, 1256}, {0x02, 1251}, {0x03, 1252}, {0x05, 1250}, {0x06, 1252}, {0x07, 1252}, {0x08, 1253}, {0x09, 1252},
    {0x0a, 1252}, {0x0b, 1252}, {0x0c, 1252}, {0x0d, 1255}, {0x0e, 1250}, {0x0f, 1252}, {0x10, 1252}, {0x11, 932},
    {0x12, 949},  {0x13, 1252}, {0x14, 1252}, {0x15, 1250}, {0x16, 1252}, {0x17, 1252}, {0x18, 1250}, {0x19, 1251},
    {0x1a, 1250}, {0x1b, 1250}, {0x1c, 1250}, {0x1d, 1252}, {0x1e, 874},  {0x1f, 1254}, {0x20, 1256}, {0x21, 1252},
    {0x22, 1251}, {0x23, 1251}, {0x24, 1250}, {0x25, 1257}, {0x26, 1257}, {0x27, 1257}, {0x28, 1251}, {0x29, 1256},
    {0x2a, 1258}, {0x2c, 1254}, {0x2d, 1252}, {0x2e, 1252}, {0x2f, 1251}, {0x32, 1252}, {0x34, 1252}, {0x35, 1252},
    {0x36, 1252}, {0x38, 1252}, {0x3b, 1252}, {0x3c, 1252}, {0x3e, 1252}, {0x3f, 1251}, {0x40, 1251}, {0x41, 1252},
    {0x42, 1250}, {0x43, 1254}, {0x44, 1251}, {0x50, 1251}, {0x52, 1252}, {0x56, 1252}, {0x59, 1256}, {0x62, 1252},
    {0x64, 1252}, {0x68, 1252}, {0x6a, 1252}, {0x6b, 1252}, {0x6c, 1252}, {0x6d, 1251}, {0x6e, 1252}, {0x6f, 1252},
    {0x70, 1252}, {0x7a, 1252}, {0x7c, 1252}, {0x7e, 1252}, {0x80, 1256}, {0x82, 1252}, {0x83, 1252}, {0x84, 1252},
    {0x85, 1251}, {0x86, 1252}, {0x87, 1252}, {0x88, 1252}, {0x8c, 1256}, {0x92, 1256},
};

static const struct locale countries[] = {
    {0x0404, 950},  {0x0804, 936},  {0x0c04, 950},  {0x1004, 936},  {0x1404, 950},  /* Chinese */
    {0x0c1a, 1251}, {0x1c1a, 1251}, {0x201a, 1251}, {0x281a, 1251}, {0x301a, 1251}, /* Serbian, Bosnian: Cyrillic */
    {0x082c, 1251}, {0x0843, 1251},                                                 /* Azeri, Uzbek: Cyrillic */
    {0x0850, 0},                                                                    /* Mongolian script */
    {0x085d, 1252}, {0x085f, 1252}, /* Inuktitut, Tamazight: Latin */
};

static const struct locale *locale_find(const struct locale *table, size_t count, uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].id == id)
            return &table[i];
    return NULL;
}

unsigned pl_codepage_of_lcid(uint32_t lcid)
{
    uint32_t id = lcid & 0xffff; /* above: the sort order */
    const struct locale *l = locale_find(countries, sizeof countries / sizeof *countries, id);
    if (!l)
        l = locale_find(languages, sizeof languages / sizeof *languages, id & 0x3ff);
    return l ? l->codepage : 0;
}
