/*
 * scramble_known.c - the words that stay: see scramble.h. Pure tables, part of the core.
 *
 * All of them are words of protocols and of programs: nobody wrote them. Each list holds in its place only: a word
 * of HTML stays inside of a tag, one of a class in a class. Lists of runs of letters are in lower case and sorted.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scramble_int.h"

#define WORD_MOST     40u
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* clang-format off */
/* Whole values: address types, folders and names that readers look for. */
static const char *const values[] = {
    "SMTP", "EX", "FAX", "X400", "X500", "MAPIPDL", "NOTES", "MOBILE", "CCMAIL", "MS", "MHS", "SIP", "MSPEER",
    "RFC822", "IPM_SUBTREE", "NON_IPM_SUBTREE", "IPM_COMMON_VIEWS", "IPM_VIEWS", "Freebusy Data",
    "SCHEDULE+ FREE BUSY", "LocalFreebusy", "Shortcuts", "Common Views", "Views", "Finder", "Search Root",
    "SPAM Search Folder 2", "Spooler Queue", "Deferred Action", "EFORMS REGISTRY", "OFFLINE ADDRESS BOOK",
    "Root - Public", "Root - Mailbox", "Top of Information Store", "Schedule+ EMS Interface", "RuleOrganizer",
    "MSFT:TDX Rules", "CALENDAR:", "US-ASCII", "ContactPicture.jpg", "ContactPhoto", "text/calendar",
    "text/plain", "text/html", "text/vcard", "text/x-vcard", "image/jpeg", "image/png", "image/gif",
    "image/bmp", "message/rfc822", "application/octet-stream", "GregorianCalendar",
};
/* Message and container classes. */
static const char *const classes[] = {
    "accept", "activity", "aggregation", "agingproperties", "appointment", "attendeelistreplication",
    "autocomplete", "autocompletecache", "availabilityoptions", "binding", "birthday", "calendar", "canceled",
    "cancelled", "categorylist", "class", "clientextension", "company", "configuration", "conflict", "contact",
    "contactlink", "contactprefs", "contactsync", "conversationprefs", "custom", "decline", "delegate", "dist",
    "distlist", "document", "dr", "elc", "extendedrule", "extensionmastertable", "externalentryid", "fax",
    "feeditems", "files", "focusedinbox", "folder", "folderdesign", "forward", "freebusy", "galcontacts",
    "homepage", "hometimezone", "imap", "imcontactlist", "in", "inbox", "inference", "infopathform", "ipc",
    "ipf", "ipm", "ipnnrn", "ipnrn", "itemprocessor", "journal", "link", "list", "mail", "mapi", "meeting",
    "message", "messagemanager", "messaging", "microsoft", "migratecategorieslist", "migratelabels",
    "migrationstatus", "moc", "ms", "multipartsigned", "namedview", "ndr", "neg", "note", "notification",
    "ole", "oof", "options", "organizationalcontacts", "osc", "outlook", "outlookhomepage", "owa",
    "pendingchange", "peoplecentricconversationbuddies", "photo", "pos", "post", "quickcontacts", "recall",
    "recipientcache", "reminder", "remote", "report", "request", "resolution", "resource", "resp", "rss",
    "rssrule", "rule", "ruleorganizer", "rulereply", "rules", "rulesorganizer", "schedule", "scheduledata",
    "secure", "sharing", "sign", "skypeteams", "smime", "socialconnector", "stickynote", "storage", "sub",
    "tableviewpreviewprefs", "task", "taskrequest", "tcprefs", "template", "tent", "test", "timestamp",
    "umolk", "unified", "update", "userconfig", "version", "voice", "voicemail", "workhours", "wunderbar",
};
/* What stands before the colon of an address. */
static const char *const schemes[] = {
    "ex", "fax", "file", "ftp", "http", "https", "imceaccmail", "imceaex", "imceafax", "imceanotes",
    "imceasmtp", "mailto", "mapipdl", "mobile", "notes", "sip", "smtp", "tel",
};
/* Names of character sets. */
static const char *const charsets[] = {
    "big5", "big5-hkscs", "euc-cn", "euc-jp", "euc-kr", "euc-tw", "gb18030", "gb2312", "gbk", "hz-gb-2312",
    "ibm850", "ibm852", "ibm866", "iso-2022-jp", "iso-2022-kr", "iso-8859-1", "iso-8859-10", "iso-8859-11",
    "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "iso-8859-2", "iso-8859-3", "iso-8859-4",
    "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "koi8-r", "koi8-u", "ks_c_5601-1987",
    "macintosh", "shift_jis", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-7", "utf-8", "windows-1250",
    "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
    "windows-1257", "windows-1258", "windows-31j", "windows-874", "windows-949",
};
/* Elements, attributes and usual values of HTML; of XML that Outlook writes. */
static const char *const markup[] = {
    "a", "abbr", "acronym", "address", "align", "alink", "alt", "applet", "application", "area", "article",
    "aside", "b", "background", "base", "basefont", "bdo", "bgcolor", "big", "blockquote", "body", "border",
    "bottom", "br", "button", "calendar", "caption", "categories", "category", "cellpadding", "cellspacing",
    "center", "charset", "cite", "class", "clear", "code", "col", "colgroup", "color", "cols", "colspan",
    "com", "content", "coords", "css", "datetime", "dd", "default", "del", "dfn", "dir", "div", "dl",
    "doctype", "dt", "dtd", "em", "embed", "en", "encoding", "endif", "entry", "equiv", "face", "fieldset",
    "font", "footer", "form", "frame", "frameset", "guid", "h", "head", "header", "height", "hidden", "hr",
    "href", "hspace", "html", "http", "https", "i", "id", "if", "iframe", "image", "img", "input", "ins",
    "item", "justify", "kbd", "keyboardshortcut", "label", "lang", "language", "lasttimeused",
    "lasttimeusedjournal", "lasttimeusednotes", "left", "li", "link", "list", "loose", "mailto", "map",
    "margin", "marginheight", "marginwidth", "media", "meta", "microsoft", "middle", "mso", "msonormal",
    "name", "namespace", "nav", "nbsp", "noframes", "noscript", "nowrap", "ns", "o", "object", "office", "ol",
    "option", "org", "p", "param", "plain", "pre", "prefix", "public", "q", "quot", "rel", "renderemail",
    "renewedcategory", "right", "rows", "rowspan", "s", "samp", "schemas", "script", "section", "select",
    "shape", "size", "small", "span", "src", "st", "start", "strict", "strike", "strong", "style", "sub",
    "summary", "sup", "supporteditplaceholders", "supportemptyparas", "supportlinebreaknewline",
    "supportlists", "svg", "table", "tbody", "td", "tel", "text", "textarea", "tfoot", "th", "thead", "title",
    "top", "tr", "transitional", "tt", "type", "u", "ul", "urn", "usagecount", "usemap", "usercategory", "v",
    "valign", "value", "var", "version", "vlink", "vspace", "w", "width", "word", "xml", "xmlns", "xmp",
};
/* With their case: [HTML 4.01] 24, but for those that are letters, which are of words. */
static const char *const entities[] = {
    "Dagger", "Prime", "acute", "amp", "and", "ang", "apos", "asymp", "bdquo", "brvbar", "bull", "cap", "cedil",
    "cent", "circ", "clubs", "cong", "copy", "crarr", "cup", "curren", "dArr", "dagger", "darr", "deg", "diams",
    "divide", "empty", "emsp", "ensp", "equiv", "euro", "exist", "forall", "frac12", "frac14", "frac34", "frasl",
    "ge", "gt", "hArr", "harr", "hearts", "hellip", "iexcl", "infin", "int", "iquest", "isin", "lArr", "lang",
    "laquo", "larr", "lceil", "ldquo", "le", "lfloor", "lowast", "loz", "lrm", "lsaquo", "lsquo", "lt", "macr",
    "mdash", "micro", "middot", "minus", "nabla", "nbsp", "ndash", "ne", "ni", "not", "notin", "nsub", "oline",
    "oplus", "or", "otimes", "para", "part", "permil", "perp", "plusmn", "pound", "prime", "prod", "prop", "quot",
    "rArr", "radic", "rang", "raquo", "rarr", "rceil", "rdquo", "reg", "rfloor", "rlm", "rsaquo", "rsquo", "sbquo",
    "sdot", "sect", "shy", "sim", "spades", "sub", "sube", "sum", "sup", "sup1", "sup2", "sup3", "supe", "there4",
    "thinsp", "tilde", "times", "trade", "uArr", "uarr", "uml", "yen", "zwj", "zwnj",
};
/* Control words of RTF, with their case. */
static const char *const controls[] = {
    "adeflang", "adjustright", "af", "afs", "ansi", "ansicpg", "aspalpha", "aspnum", "attachment", "author",
    "b", "bin", "blue", "bullet", "caps", "cb", "cell", "cellx", "cf", "cgrid", "charrsid",
    "colorschememapping", "colortbl", "company", "cpg", "cs", "dbch", "deff", "deflang", "deflangfe", "deftab",
    "deleted", "dghspace", "ds", "emdash", "emfblip", "emspace", "endash", "enspace", "f", "faauto", "falt",
    "fbias", "fbidi", "fcharset", "fcs", "fdecor", "fi", "field", "fldinst", "fldrslt", "fmodern", "fnil",
    "fonttbl", "footer", "footerf", "footerl", "footerr", "formshade", "fprq", "froman", "fromhtml",
    "fromtext", "fs", "fscript", "fswiss", "ftech", "generator", "green", "header", "headerf", "headerl",
    "headerr", "hich", "highlight", "horzdoc", "htmlrtf", "htmltag", "i", "info", "insrsid", "intbl", "itap",
    "jpegblip", "lang", "langfe", "langnp", "latentstyles", "ldblquote", "levelnfc", "li", "lin", "line",
    "listid", "listlevel", "listoverridetable", "listtable", "listtext", "loch", "lquote", "ltrch", "ltrpar",
    "mac", "margb", "margl", "margr", "margt", "mhtmltag", "mmathPr", "nonshppict", "nosupersub",
    "nowidctlpar", "objclass", "objdata", "object", "objemb", "objh", "objw", "outl", "page", "panose",
    "paperh", "paperw", "par", "pard", "pc", "pca", "pich", "pichgoal", "picscalex", "picscaley", "pict",
    "picw", "picwgoal", "plain", "pn", "pndec", "pnf", "pngblip", "pnindent", "pnlvlblt", "pnstart", "pntext",
    "pntxta", "pntxtb", "qc", "qj", "ql", "qr", "rdblquote", "red", "revised", "revtbl", "ri", "rin", "row",
    "rquote", "rsid", "rsidtbl", "rtf", "rtlch", "rtlpar", "s", "sa", "sb", "sbasedon", "scaps", "sect",
    "shad", "sl", "slmult", "snext", "strike", "stylesheet", "sub", "super", "tab", "themedata", "trgaph",
    "trowd", "tx", "u", "uc", "ud", "ul", "ulnone", "upr", "v", "viewkind", "wgrffmtfilter", "widctlpar",
    "wmetafile", "wrapdefault", "xmlnstbl",
};
/* clang-format on */

static int compare(const void *key, const void *row) { return strcmp(key, *(const char *const *)row); }

/* Copies a run; folded to lower case on demand. false: it is longer than any word that stays. */
static bool word_take(const struct units *u, size_t from, size_t to, bool fold, char word[WORD_MOST + 1])
{
    if (to - from > WORD_MOST || to == from)
        return false;
    for (size_t i = from; i < to; i++) {
        unsigned c = unit_get(u, i);
        word[i - from] = (char)(fold && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    word[to - from] = 0;
    return true;
}

static bool listed(const struct units *u, size_t from, size_t to, bool fold, const char *const *list, size_t count)
{
    char word[WORD_MOST + 1];
    return word_take(u, from, to, fold, word) && bsearch(word, list, count, sizeof *list, compare);
}

bool scramble_is_markup(const struct units *u, size_t from, size_t to)
{
    return listed(u, from, to, true, markup, LENGTH(markup));
}

bool scramble_is_entity(const struct units *u, size_t from, size_t to)
{
    return listed(u, from, to, false, entities, LENGTH(entities));
}

bool scramble_is_scheme(const struct units *u, size_t from, size_t to)
{
    return listed(u, from, to, true, schemes, LENGTH(schemes));
}

bool scramble_is_charset(const struct units *u, size_t from, size_t to)
{
    return listed(u, from, to, true, charsets, LENGTH(charsets));
}

bool scramble_is_control(const struct units *u, size_t from, size_t to)
{
    return listed(u, from, to, false, controls, LENGTH(controls));
}

bool scramble_keeps(const char *value)
{
    for (size_t i = 0; i < LENGTH(values); i++)
        if (!strcasecmp(values[i], value))
            return true;
    return false;
}

static bool begins(const struct units *u, size_t at, const char *with)
{
    for (size_t i = 0; with[i]; i++) {
        unsigned c = at + i < u->count ? unit_get(u, at + i) : 0;
        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (unsigned char)with[i])
            return false;
    }
    return true;
}

/* Units from there on that are those of a word. */
static size_t same_size(const struct units *u, size_t at, const char *word)
{
    size_t i = 0;
    while (word[i] && at + i < u->count && (unit_get(u, at + i) | 0x20) == ((unsigned char)word[i] | 0x20u))
        i++;
    return i;
}

/* Where a class ends: behind the last part that a point or a hyphen ends, or with the value, before what no class
 * has: blanks and most signs ([MS-OXCMSG] 2.2.1.3). Readers look at the first parts, whatever follows. */
static size_t class_end(const struct units *u)
{
    static const char signs[] = "._-{}*";
    size_t end = 0, at = 0;
    for (; at < u->count; at++) {
        unsigned c = unit_get(u, at);
        if (c >= 0x80 || (c && !isalnum((int)c) && !strchr(signs, (int)c)))
            return end;
        end = c == '.' || c == '-' ? at : end;
    }
    return at;
}

enum scramble_manner scramble_manner_of(const struct units *u, size_t *end)
{
    *end = class_end(u);
    if (*end && (begins(u, 0, "ipm") || begins(u, 0, "ipf") || begins(u, 0, "report.") || begins(u, 0, "ipc.") ||
                 begins(u, 0, "outlook.")))
        return MANNER_CLASS;
    *end = u->count;
    if (begins(u, 0, "/") || begins(u, 0, "ex:/") || begins(u, 0, "user-/") || begins(u, 0, "imceaex-"))
        return MANNER_NAME;
    return begins(u, 0, "top of ") ? MANNER_TOP : MANNER_WORDS;
}

/* A part of a directory name: its type, and names that every organisation has. */
static size_t name_kept(const struct units *u, size_t at)
{
    static const char *const usual[] = {"recipients",
                                        "configuration",
                                        "servers",
                                        "exchange administrative group (fydibohf23spdlt)",
                                        "microsoft private mdb",
                                        "first administrative group"};
    if (at == 0 && begins(u, 0, "user-/"))
        return 4;
    size_t end = scramble_run_end(u, at);
    unsigned before = at ? unit_get(u, at - 1) : 0, after = end < u->count ? unit_get(u, end) : 0;
    if ((before == '/' || before == '_') && after == '=' && end - at <= 2)
        return end;
    for (size_t i = 0; before == '=' && i < LENGTH(usual); i++) {
        size_t size = strlen(usual[i]);
        unsigned next = at + size < u->count ? unit_get(u, at + size) : 0;
        if (begins(u, at, usual[i]) && (next == '/' || next == '_' || next == 0))
            return at + size;
    }
    return at;
}

size_t scramble_kept(const struct units *u, size_t at, enum scramble_manner manner)
{
    static const char ole[] = "{00061055-0000-0000-c000-000000000046}";
    if (manner == MANNER_CLASS && same_size(u, at, ole) >= sizeof "{00061055-" - 1) /* of an exception */
        return at + same_size(u, at, ole);
    if (manner == MANNER_TOP && at == 0)
        return 7;
    if (!scramble_is_letter(unit_get(u, at)))
        return at;
    size_t end = scramble_run_end(u, at);
    if (manner == MANNER_CLASS && listed(u, at, end, true, classes, LENGTH(classes)))
        return end;
    if (manner == MANNER_NAME && name_kept(u, at) > at)
        return name_kept(u, at);
    unsigned after = end < u->count ? unit_get(u, end) : 0;
    return (after == ':' || after == '-') && listed(u, at, end, true, schemes, LENGTH(schemes)) ? end : at;
}
