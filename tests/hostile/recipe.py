#!/usr/bin/env python3
"""recipe.py MARK: a recipe whose folders, subjects, attachments, categories, shortcuts and people bear names that somebody
made to do harm; each is tried in each of these places, people also as those who may use a folder, as organizers and as
delegates. MARK is a file that a shell would make of some of them. recipe.py --people MARK: who is who, for
--identity-map."""
import csv
import re
import sys

MARK = sys.argv[-1]
NAMES = [
    "../../escaped", "..", ".", "a/../../b", "/etc/passwd", r"\\\\server\\share", r"C:\\evil", "CON", "nul.txt", "COM1",
    "aux", "LPT9.ics", "trailing. ", " leading", "-rf", "--output=x", "~root", "a\\nb", "a\\u{d}\\nb", "tab\\there",
    "\\u{1b}[31mred\\u{1b}]0;title\\u{7}", "\\u{9b}31m", "bell\\u{7}", "\\u{202e}fdp.exe", "a\\u{2066}b\\u{200f}",
    "\\u{85}next", "\\u{2028}line", f"$(touch {MARK})", f"`touch {MARK}`", f"; touch {MARK} #", f"' ; touch {MARK} '",
    f"| touch {MARK}", "=cmd|'/C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    "\\t=1+1", "\\u{d}=1+1", "x;=cmd|'/C calc'!A0;y", "x;\\u{200b}\\u{a0}@cmd|'/C calc'!A0", "x;\"=1+1", "x\\t=1+1", "x\\n=1+1",
    "x;'=1+1", "\\u{feff}=1+1", "\\u{a0}=1+1", "\\u{2007}\\u{200d}+cmd|'/C calc'!A0", "\\u{ff1d}1+1", "x;+SUM(1)", "x;'y",
    "<script>document.title='PWNED'</script>", "\"><img src=x onerror=document.title='PWNED'>",
    "</title></style><script>document.title='PWNED'</script>", "javascript:document.title='PWNED'", "{{7*7}}", "%s%n%x",
    "Same", "same", "SAME", "Stra\\u{df}e", "STRASSE", "\\u{e9}t\\u{e9}", "e\\u{301}te\\u{301}", "\\u{fb01}le", "file",
    "END:VEVENT", "x\\nEND:VCALENDAR\\nBEGIN:VEVENT", "a;b,c:d", "x" * 10000, "\\u{1f600}" * 200, "\\u{4e2d}" * 300,
]


def slashes(name):
    return name.replace("/", "//").strip() or "_"


def text(name):
    """What the recipe makes of it."""
    return re.sub(r"\\(?:u\{(\w+)\}|(.))", lambda m: chr(int(m[1], 16)) if m[1] else {"n": "\n", "t": "\t"}.get(m[2], m[2]), name)


def people():
    out = csv.writer(sys.stdout)
    out.writerow(["legacyExchangeDN", "objectSid", "mail", "displayName"])
    for i, name in enumerate(NAMES):
        out.writerow([f"/o=Example/cn=p{i}", f"S-1-5-21-1-2-3-{2000 + i}", f"p{i}@example.org", text(name)])


def main():
    out = ["person eve", "  name <script>document.title='PWNED'</script>", "  mail eve@example.org",
           "  dn /o=$(touch x)/ou=`id`/cn=Recipients/cn=../../eve", "  sid S-1-5-21-1-2-3-1001",
           *(f"person p{i}\n  name {name}\n  mail p{i}@example.org\n  dn /o=Example/cn=p{i}\n  sid S-1-5-21-1-2-3-{2000 + i}"
             for i, name in enumerate(NAMES)),
           "store =cmd|'/C calc'!A0", "  owner @eve", "  zone Europe/Berlin"]
    for kind in ("calendar", "contacts"):
        for i, name in enumerate(NAMES):
            out += [f"folder {kind}/{slashes(name)}", f"  holds {kind}", "  acl default reviewer", "  acl @eve editor",
                    f"  acl @p{i} author"]
            if kind == "calendar":
                out += [f"meeting {name}", f"  at 2024-05-{i % 28 + 1:02} 09:00 for 1h", f"  location {name}",
                        f"  category {name}", f"  organizer @p{i}", "  attendee @eve",
                        f"  body {name}", f"  attach {name}", "    text x"]
            else:
                out += [f"contact {name}", f"  name {name}", f"  given {name}", f"  company {name}", f"  job {name}",
                        f"  phone-work {name}", f"  mail c{i}@example.org", f"  attach {name}", "    text x"]
    out += ["folder Freebusy Data", "  system"]
    for first in range(0, len(NAMES), 60):  # as many as such an item takes
        out += ["freebusy LocalFreebusy", *(f"  delegate @p{i}" for i in range(first, min(first + 60, len(NAMES))))]
    out += ["folder Common Views", "  system"]
    for i, name in enumerate(NAMES):
        out += [f"shortcut {name}", f"  to @p{i}", "  section calendar", f"  group {name}"]
    out += ["folder Inbox", "  holds mail", "delegate-rule rule", *(f"  delegate @p{i}" for i in range(len(NAMES)))]
    print("\n".join(out))


people() if sys.argv[1] == "--people" else main()
