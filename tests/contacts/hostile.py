"""Contacts that no address book would make: hostile.py PIMLIFT MKSTORE DIR, or hostile.py SIZE for the recipe alone.

A recipe is made, a store of it, and all is converted: to both versions, to CSV, with one file for each card. Every
card must be read by python3-vobject and pass lint, every fault must be a counted diagnostic, and the memory that the
program takes must not follow the size of what it reads.
"""
import base64
import collections
import csv
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys

import by_vobject

MEMBERS, CATEGORIES, PHOTO, NOTES = 10000, 3000, 20 << 20, 1 << 20
PEAK = 48 << 10  # KiB: 8 MiB of caches, and 40 MiB
# photos that are none; the cut stream; a certificate; two contacts without a name; UIDs that repeat; a long name
CODES = {"contact.photo-type": 2, "group.stream": 1, "contact.certificate": 1, "contact.no-name": 2, "uid.duplicate": 3,
         "map.long": 1, "group.no-name": 1}
ONEOFF = bytes.fromhex("00000000812b1fa4bea310199d6e00dd010f540200000180")
NAMES = ["a\\nb", ";;;;", ",,,,", '"quoted"', "^n^'^^", "\\u{202e}gpj.exe", "\\u{2066}x\\u{2069}\\u{200f}", "\\u{85}\\u{2028}x",
         "BEGIN:VCARD\\nEND:VCARD", "\\\\n\\\\", "\\u{1F469}\\u{200D}\\u{1F4BB}" * 20, "x" * 5000, "=cmd|' /C calc'!A0",
         "  blanks  ", "\\u{feff}mark", "e\\u{301}" * 100]
TEXTS = ["nickname", "company", "department", "job", "surname", "given", "middle", "title", "suffix", "work-street",
         "work-address", "spouse", "im", "freebusy-url", "web", "web-work", "web-home", "ftp", "user1", "phone-work"]
PAGES = ["javascript:alert(1)", "\\\\\\\\server\\\\share", "http://x/ y", "http://\u00fc.example/\u00e4?\u20ac", "a b",
         "http://x/\\nBEGIN:VCARD", "mailto:a@b", "data:text/html,<b>", ":", "x:y", "http://[::1]/%zz"]
UIDS = ["same", "same", "same-2", "same", "with blank", "http://example.com/a b", "http://example.com/\u00fc", "u" * 255,
        "u" * 256, "a;b,c\\\\d"]


def utf16(text):
    """A text that ends with a zero."""
    return (text + "\0").encode("utf-16le")


def sized(data):
    """Bytes behind their number."""
    return struct.pack("<I", len(data)) + data


def stream(count):
    """The stream of a large list, [MS-OXOCNTC] 2.2.2.2.4."""
    rows = []
    for n in range(count):
        one = ONEOFF + utf16(f"Member {n}") + utf16("SMTP") + utf16(f"m{n}@example.com")
        rows.append(sized(one) + sized(one) + struct.pack("<I", 0))
    return struct.pack("<HHIIIIII", 1, 0, 12, 0, count, 0, 0, 0) + b"".join(rows) + struct.pack("<II", 0, 0)


def several(texts):
    """A text with several values, [MS-PST] 2.3.3.4.2."""
    rows = [t.encode("utf-16le") for t in texts]
    offsets = [4 + 4 * len(rows) + sum(map(len, rows[:n])) for n in range(len(rows))]
    return struct.pack(f"<{len(rows) + 1}I", len(rows), *offsets) + b"".join(rows)


def recipe(photo=PHOTO):
    """Lines of the recipe."""
    yield "store Hostile\nfolder Contacts\n  holds contacts"
    yield "contact"
    yield "contact \\u{1}\\u{3}\n  name \\u{1}\\u{2}\\u{7f}\n  surname \\u{5}"
    for n, name in enumerate(NAMES):
        yield f"contact N{n}"
        yield from (f"  {word} {name}" for word in ["name", "file-as"] + TEXTS)
        yield f"  category {name}\n  body {name}\n  mail {name.strip() or 'x'} <n{n}@example.com>\n  child {name}"
        yield f"  attach {name}\n    text {name}"
    for n, page in enumerate(PAGES):
        yield f"contact P{n}"
        yield from (f"  {word} {page}" for word in ("web", "web-work", "web-home", "im", "freebusy-url", "ftp"))
        yield f"  attach far\n    link {page}"
    for n, uid in enumerate(UIDS):
        yield f"contact U{n}\n  id u{n}\n  property PS_PUBLIC_STRINGS name:vCardUID 0x001f {raw(uid)}"
    yield "group Of strange ids"
    yield from (f"  member contact u{n}" for n in range(len(UIDS)))
    for n, address in enumerate(["x@y\r\nBCC: z@y", "a%b?c&d@example.com", "<a@b>, <c@d>", "@", "x" * 3000 + "@y", "\u00fc@\u00fc.example"]):
        yield f"contact E{n}\n  property PSETID_Address 0x8082 string SMTP"
        yield f"  property PSETID_Address 0x8083 0x001f {address.encode().hex()}"
        yield f"  property PSETID_Address 0x8080 0x001f {address.encode().hex()}"
    yield f"contact Of many categories"
    yield from (f"  category c{n}, {n}" for n in range(CATEGORIES))
    yield "contact Of long notes\n  body " + "note, ;\\\\ \\u{fc}\\n" * (NOTES // 12)
    yield f"contact Of a large photo\n  attach ContactPicture.jpg\n    photo\n    size {photo}\n    hex ffd8ffe0"
    yield "contact Of no photo\n  attach ContactPicture.jpg\n    photo\n    text MZ program"
    yield "contact Of two photos\n  attach ContactPicture.jpg\n    photo\n    hex 89504e470d0a1a0a01\n" \
          "  attach ContactPhoto.jpg\n    photo\n    hex ffd8ffe002"
    yield "contact Of an empty photo\n  attach ContactPicture.jpg\n    photo"
    yield "contact Of far days\n  property 0x3a42 time 2650467743990000000\n  property 0x3a41 time 1"
    yield "contact Of a day beyond\n  property 0x3a42 time 9223372036854775807"
    yield "contact Of a long name\n  surname " + "x" * 70000
    yield f"contact Of many numbers\n  property 0x3a1b 0x101f {several(['+1 555 1', '+1 555 2']).hex()}"
    yield "contact Of bad certificates\n  property 0x3a70 0x1102 01000000080000000badc0de"
    yield f"group Of many, in two lists"
    yield from (f"  member one-off Member {n} <m{n}@example.com>" for n in range(MEMBERS))
    yield f"group Of many, in a stream\n  property PSETID_Address 0x8064 0x0102 {stream(MEMBERS).hex()}"
    yield f"group Of many that are cut\n  property PSETID_Address 0x8064 0x0102 {stream(MEMBERS)[:-70000].hex()}"
    yield "group \\u{1}\n  member one-off \\u{202e}x;,\" <a%b?c@example.com>"


def raw(text):
    """A text of the recipe as bytes of a property."""
    return text.replace("\\\\", "\\").encode().hex()


class Score:
    """Counts; a line for each fault."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, where, want, got):
        """One comparison."""
        self.passed += want == got
        self.failed += want != got
        if want != got:
            print(f"hostile: {where}: want {want!r:.300} got {got!r:.300}")


def peak(command):
    """Exit status, and the most memory of the program in KiB."""
    code = ("import resource,subprocess,sys;"
            "s=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL).returncode;"
            "print(s,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    out = subprocess.run([sys.executable, "-c", code, *map(str, command)], capture_output=True, check=True).stdout
    return tuple(map(int, out.split()))


def without_photo(data):
    """The bytes of a file of cards without its one large photo, and the digest of that: vobject is slow with it."""
    head, rest = re.search(rb"PHOTO[^:]*:(?:data:[^,]*,)?(?=/9j/4)", data), re.compile(rb"\r\n(?! )")
    end = rest.search(data, head.end()).start()
    photo = base64.b64decode(data[head.end():end].replace(b"\r\n ", b""))
    return data[:head.start()] + data[end + 2:], hashlib.sha256(photo).hexdigest()


def cards_of(score, folder, digest):
    """By their names: all properties."""
    found = collections.defaultdict(list)
    for path in sorted(folder.rglob("*.vcf")):
        text, photo = without_photo(path.read_bytes())
        score.same(f"{folder.name} photo", digest, photo)
        for card in by_vobject.read(text.decode("utf-8")):
            card["names"] = collections.defaultdict(list)
            for prop in card["props"]:
                card["names"][prop[0]].append(prop)
            found[card["names"]["FN"][0][3]].append(card)
    return found


def check_cards(score, where, cards, v4):
    """What stands in them."""
    member = "MEMBER" if v4 else "X-ADDRESSBOOKSERVER-MEMBER"
    for name, count in (("Of many, in two lists", MEMBERS), ("Of many, in a stream", MEMBERS), ("Of strange ids", len(UIDS))):
        score.same(f"{where} {name}", [count], [len(c["names"][member]) for c in cards[name]])
    cut = len(cards["Of many that are cut"][0]["names"][member])
    score.same(f"{where} cut", True, MEMBERS * 9 // 10 < cut < MEMBERS)
    last = cards["Of many, in a stream"][0]["names"][member][-1]
    score.same(f"{where} last member", ("mailto:m9999@example.com", (("X-CN", "Member 9999"),)), (last[3], last[2]))
    score.same(f"{where} categories", CATEGORIES, len(cards["Of many categories"][0]["names"]["CATEGORIES"][0][3]))
    score.same(f"{where} numbers", ["+1 555 1", "+1 555 2"], [p[3] for p in cards["Of many numbers"][0]["names"]["TEL"]])
    note = cards["Of long notes"][0]["names"]["NOTE"][0][3]
    score.same(f"{where} notes", ("note, ;\\ \u00fc\n" * (NOTES // 12)).strip(), note.strip())
    uids = [c["uid"] for rows in cards.values() for c in rows]
    score.same(f"{where} UIDs", len(uids), len(set(uids)))
    score.same(f"{where} no name", True, len(cards["(no name)"]) >= 2)
    score.same(f"{where} days", [], [p for n in ("far days", "a day beyond") for c in cards["Of " + n]
                                     for p in c["names"]["BDAY"] if len(p[3]) != 8])
    photos = {n: cards["Of " + n][0]["names"] for n in ("no photo", "two photos", "an empty photo")}
    score.same(f"{where} photos", [0, 1, 0], [len(p["PHOTO"]) for p in photos.values()])
    score.same(f"{where} attached", [1, 1, 1], [len(p["X-PIMLIFT-ATTACH"]) for p in photos.values()])


def check_csv(score, path, items):
    """As many rows as contacts, all of 92 cells; no cell that a spreadsheet runs."""
    csv.field_size_limit(2 * NOTES)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file, strict=True))
    score.same("csv rows", sum(i["kind"] == "contact" for i in items), len(rows) - 1)
    score.same("csv cells", {92}, {len(row) for row in rows})
    score.same("csv formulas", [], [c for row in rows for c in row if c.startswith(("=", "@"))])


def convert(score, pimlift, store, out, *flags):
    """A run: whole, bounded, balanced; gives its diagnostics by code."""
    status, most = peak([pimlift, "convert", store, "-o", out, "--memory", "8M", *flags])
    score.same(f"{out.name} exit", 0, status)
    measured = not pimlift.resolve().parent.name.endswith("san")  # a sanitizer has memory of its own
    score.same(f"{out.name} memory of {most} KiB is bounded", True, most <= PEAK or not measured)
    totals = json.loads((out / "run.json").read_text(encoding="utf-8"))["totals"]
    score.same(f"{out.name} lost", 0, totals["lost"])
    lines = (out / "report.jsonl").read_text(encoding="utf-8").splitlines()
    return collections.Counter(json.loads(line)["code"] for line in lines)


def lint(score, pimlift, out):
    """The checker's word."""
    files = sorted(map(str, out.rglob("*.vcf")))
    found = subprocess.run([pimlift, "lint", *files], capture_output=True, check=False).stdout
    score.same(f"{out.name} lint", b"", found)


def main():
    """All; with no more than a size for the photo, the recipe."""
    if len(sys.argv) == 2:
        print("\n".join(recipe(int(sys.argv[1]))))
        return 0
    pimlift, mkstore, scratch = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
    score = Score()
    source, store, truth = (scratch / f"hostile.{kind}" for kind in ("recipe", "pst", "json"))
    source.write_text("\n".join(recipe()) + "\n", encoding="utf-8")
    subprocess.run([mkstore, source, "-o", store, "--truth", truth], check=True)
    items = json.loads(truth.read_text(encoding="utf-8"))["items"]
    digest = next(i["attachments"][0]["sha256"] for i in items if i["summary"] == "Of a large photo")
    for version in ("3.0", "4.0"):
        out = scratch / f"hostile-{version}"
        codes = convert(score, pimlift, store, out, "--to", "vcf", "--vcard", version)
        score.same(f"{version} codes", CODES, {c: codes[c] for c in CODES})
        cards = cards_of(score, out, digest)
        score.same(f"{version} cards", len(items), sum(map(len, cards.values())))
        check_cards(score, version, cards, version == "4.0")
        lint(score, pimlift, out)
    out = scratch / "hostile-items"
    convert(score, pimlift, store, out, "--to", "vcf", "--layout", "item", "--attachments", "files")
    score.same("files", len(items), len(list(out.rglob("*.vcf"))))
    lint(score, pimlift, out)
    out = scratch / "hostile-csv"
    codes = convert(score, pimlift, store, out, "--to", "csv")
    score.same("csv notes", True, codes["csv.columns"] > 0 and codes["csv.formula"] > 0)
    check_csv(score, next(out.rglob("*.csv")), items)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
