/*
 * charset.c - the code pages that names of character sets stand for. Layer: core, beside text.c.
 *
 * Names as mail and HTML have them (IANA's registry of character sets), without case.
 */
#include <strings.h>

#include "text.h"

unsigned pl_codepage_of_charset(const char *name, size_t size)
{
    static const struct {
        const char *name;
        unsigned codepage;
    } charsets[] = {{"utf-8", 65001},       {"us-ascii", 20127},    {"iso-8859-1", 28591}, {"iso-8859-2", 28592},
                    {"iso-8859-5", 28595},  {"iso-8859-7", 28597},  {"iso-8859-8", 28598}, {"iso-8859-9", 28599},
                    {"iso-8859-15", 28605}, {"iso-2022-jp", 50220}, {"shift_jis", 932},    {"gb2312", 936},
                    {"gbk", 936},           {"gb18030", 54936},     {"big5", 950},         {"ks_c_5601-1987", 949},
                    {"euc-kr", 51949},      {"euc-jp", 51932},      {"koi8-r", 20866},     {"koi8-u", 21866},
                    {"windows-874", 874}};
    if (size == 12 && !strncasecmp(name, "windows-125", 11) && name[11] >= '0' && name[11] <= '8')
        return 1250u + (unsigned)(name[11] - '0');
    for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
        if (!strncasecmp(charsets[i].name, name, size) && !charsets[i].name[size])
            return charsets[i].codepage;
    return 0;
}
