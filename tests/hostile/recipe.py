#!/usr/bin/env python3
"""recipe.py MARK: a recipe whose folders, subjects, attachments, categories and people bear names that somebody made to do
harm; each is tried in each of these places. MARK is a file that a shell would make of some of them."""
import sys

MARK = sys.argv[1]
NAMES = [
    "../../escaped", "..", ".", "a/../../b", "/etc/passwd", r"\\\\server\\share", r"C:\\evil", "CON", "nul.txt", "COM1",
    "aux", "LPT9.ics", "trailing. ", " leading", "-rf", "--output=x", "~root", "a\\nb", "a\\u{d}\\nb", "tab\\there",
    "\\u{1b}[31mred\\u{1b}]0;title\\u{7}", "\\u{9b}31m", "bell\\u{7}", "\\u{202e}fdp.exe", "a\\u{2066}b\\u{200f}",
    "\\u{85}next", "\\u{2028}line", f"$(touch {MARK})", f"`touch {MARK}`", f"; touch {MARK} #", f"' ; touch {MARK} '",
    f"| touch {MARK}", "=cmd|'/C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    "\\t=1+1", "\\u{d}=1+1", "<script>document.title='PWNED'</script>", "\"><img src=x onerror=document.title='PWNED'>",
    "</title></style><script>document.title='PWNED'</script>", "javascript:document.title='PWNED'", "{{7*7}}", "%s%n%x",
    "Same", "same", "SAME", "Stra\\u{df}e", "STRASSE", "\\u{e9}t\\u{e9}", "e\\u{301}te\\u{301}", "\\u{fb01}le", "file",
    "END:VEVENT", "x\\nEND:VCALENDAR\\nBEGIN:VEVENT", "a;b,c:d", "x" * 10000, "\\u{1f600}" * 200, "\\u{4e2d}" * 300,
]


def slashes(name):
    return name.replace("/", "//").strip() or "_"


def main():
    out = ["person eve", "  name <script>document.title='PWNED'</script>", "  mail eve@example.org",
           "  dn /o=$(touch x)/ou=`id`/cn=Recipients/cn=../../eve", "  sid S-1-5-21-1-2-3-1001",
           *(f"person p{i}\n  name {name}\n  mail p{i}@example.org" for i, name in enumerate(NAMES)),
           "store =cmd|'/C calc'!A0", "  owner @eve", "  zone Europe/Berlin"]
    for kind in ("calendar", "contacts"):
        for i, name in enumerate(NAMES):
            out += [f"folder {kind}/{slashes(name)}", f"  holds {kind}", "  acl default reviewer", "  acl @eve editor"]
            if kind == "calendar":
                out += [f"meeting {name}", f"  at 2024-05-{i % 28 + 1:02} 09:00 for 1h", f"  location {name}",
                        f"  category {name}", "  organizer @eve", f"  attendee @p{i}",
                        f"  body {name}", f"  attach {name}", "    text x"]
            else:
                out += [f"contact {name}", f"  name {name}", f"  given {name}", f"  company {name}", f"  job {name}",
                        f"  phone-work {name}", f"  mail c{i}@example.org", f"  attach {name}", "    text x"]
    print("\n".join(out))


main()
