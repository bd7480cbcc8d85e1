"""Nothing vanishes silently: kept.py PIMLIFT MKSTORE DIR, or kept.py for the recipe alone.

Contacts that other programs, servers and years of synchronisation leave behind: slots of e-mail half cleared, addresses of other
systems, fields of a wrong type, copies that differ from what they were copied from. What was typed must stand in the card, or be
counted by name in the ledger. Read by python3-vobject and by Python's csv and sqlite3. DIR is scratch.
"""
import csv
import pathlib
import sqlite3
import subprocess
import sys

import by_vobject


def several(*texts):
    """A text with several values as bytes, [MS-PST] 2.3.3.4.2."""
    rows = [t.encode("utf-16le") for t in texts]
    at, head = 4 + 4 * len(rows), [len(rows)]
    for row in rows:
        head.append(at)
        at += len(row)
    return b"".join(n.to_bytes(4, "little") for n in head).hex() + b"".join(rows).hex()


def slot(**fields):
    """The lines of the first slot of e-mail."""
    ids = {"label": 0x8080, "type": 0x8082, "address": 0x8083, "original": 0x8084}
    return "".join(f"\n  property PSETID_Address {ids[k]:#x} string {v}" for k, v in fields.items())


def email(address, label=None, kind=None):
    """EMAIL of the first slot."""
    params = (("X-PIMLIFT-LABEL", label), ("X-PIMLIFT-TYPE", kind))
    types = ("pref",) if kind else ("internet", "pref")
    return ("EMAIL", types, tuple(p for p in params if p[1]), address)


def extra(name, value):
    """A property without parameters."""
    return (name, (), (), value)


def adr(kind, *parts, pref=True):
    """ADR: the parts by their places."""
    types = tuple(sorted(([kind] if kind else []) + (["postal", "pref"] if pref else [])))
    return ("ADR", types, (), parts)


REST = "X-PIMLIFT-EMAIL-REST"
ONEOFF = bytes.fromhex("00000000812b1fa4bea310199d6e00dd010f540200000180")
# name: lines of the recipe, properties that the card must have
CONTACTS = {
    "A": (slot(label="Old Label", type="SMTP", original="old@example.org"), [extra(REST, "Old Label"), extra(REST, "old@example.org")]),
    "B": (slot(label="X Four", type="X400", address="c=DE;a=DBP;p=Firma;s=Berg"), [email("c=DE;a=DBP;p=Firma;s=Berg", "X Four", "X400")]),
    "C": (slot(label="Anna Berg", type="NOTES", address="Anna Berg/Firma@Firma"), [email("Anna Berg/Firma@Firma", "Anna Berg", "NOTES")]),
    "D": (slot(type="NOTES", address="Anna Berg/Firma@Firma", original="anna@example.org"),
          [email("anna@example.org"), extra(REST, "NOTES:Anna Berg/Firma@Firma")]),
    "E": (slot(type="EX", address="ee@example.org"), [email("ee@example.org")]),
    "F": (slot(label="F (private, weekends)", type="SMTP", address="f@example.org", original="F im Verein"),
          [email("f@example.org", "F (private, weekends)"), extra(REST, "F im Verein")]),
    "G": (slot(label="G (g@example.org)", type="SMTP", address="foo bar", original="g@example.org"),
          [email("g@example.org"), extra(REST, "foo bar")]),
    "G2": (slot(label="Anna x@example.org", type="SMTP", address="x@example.org", original="Anna x@example.org"),
           [email("x@example.org", "Anna x@example.org")]),
    "H": ("\n  property PSETID_Address 0x80b2 string FAX\n  property PSETID_Address 0x80b3 string H fax@+49 30 777",
          [extra("X-PIMLIFT-FAX", "H fax@+49 30 777")]),
    "H2": ("\n  fax-work +49 30 777\n  property PSETID_Address 0x80b2 string FAX\n  property PSETID_Address 0x80b3 string H2@+49 30 777", []),
    "I": ("\n  home-country DE\n  property 0x3a29 string Street 5\n  property 0x3a27 string Berlin",
          [adr("home", "", "", "", "", "", "", "DE", pref=False), adr("", "", "", "Street 5", "Berlin", "", "", "")]),
    "J": ("\n  mailing work\n  work-street Street 6\n  work-city Ulm\n  property 0x3a29 string Street 6\n  property 0x3a27 string Ulm"
          "\n  property 0x3a15 string Street 6 Ulm", [adr("work", "", "", "Street 6", "Ulm", "", "", ""),
                                                        ("LABEL", ("postal", "pref", "work"), (), "Street 6 Ulm")]),
    "K": ("\n  web www.example.com:8080/x\n  web-home localhost:99", [("URL", ("work",), (), "http://www.example.com:8080/x"),
                                                                      ("URL", ("home",), (), "http://localhost:99")]),
    "M": ("\n  name \\u{81}\\u{9f}\n  file-as \\u{a0}\\u{3000}\\u{200b}\n  surname \\u{85}\\u{8a}\n  property 0x0037 0x001f efbbbf\n"
          "  nickname M", [extra("NICKNAME", "M")]),
    "N": ("\n  given N\\u{80}\\u{200d}n", [("N", (), (), ("", "N\u200dn", "", "", ""))]),
    "O": ("\n  property 0x3a11 long 4711\n  property 0x3a08 bool 1\n  property 0x3a17 binary 414243\n  property 0x3a42 string 1970-01-01"
          f"\n  property 0x3a18 0x101f {several('One', 'Two')}\n  property 0x3a58 long 7", []),
    "P": ("\n  property PS_PUBLIC_STRINGS name:vCardUID string urn:uuid:0f0e0d0c-0b0a-0908-0706-050403020100", []),
}
# what no card has a place for, and how often
TALLY = {"PidTagSurname": 1, "PidTagBusinessTelephoneNumber": 1, "PidTagTitle": 1, "PidTagBirthday": 1, "PidTagDepartmentName": 1,
         "PidTagChildrensNames": 1}
GROUP = """
contact Same
  id same
  mail Same <same@example.org>
  property PS_PUBLIC_STRINGS name:vCardUID string shared
group Team
  property PS_PUBLIC_STRINGS name:vCardUID string shared
  member contact same
  attach minutes.txt
    text hello
group Foreign
  property PSETID_Address 0x8055 0x1102 {foreign}
  property PSETID_Address 0x8054 0x1102 {foreign}
contact
  property PSETID_Address 0x8080 string Known by a label
  property PSETID_Address 0x8082 string EX
  property PSETID_Address 0x8083 string /o=Org/cn=label
contact Copy of one text
  home-street Other street
  property 0x3a15 string Third street 3
contact Label alone
  work-address Street 8\\n12345 Ulm
contact Label that tells more
  work-address Street 8\\nthird bell
  work-street Street 8
contact Label that repeats
  work-address Street 8\\n12345 Ulm
  work-street Street 8
  work-city Ulm
  work-code 12345
contact Another subject
  name L
  file-as L, filed
"""


def recipe():
    """All of it."""
    text = "store Kept\nfolder Contacts\n  holds contacts"
    text += "".join(f"\ncontact {name}{lines}" for name, (lines, _) in CONTACTS.items())
    foreign = ONEOFF + "".join(t + "\0" for t in ("Anna Berg", "FAX", "Anna@+49 30 1")).encode("utf-16le")
    text += GROUP.format(foreign=(b"\1\0\0\0\x08\0\0\0" + foreign).hex())
    return text


class Score:
    """Counts; a line for each fault."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, where, want, got):
        """One comparison."""
        self.passed += want == got
        self.failed += want != got
        if want != got:
            print(f"kept: {where}: want {want!r:.400} got {got!r:.800}")


def convert(pimlift, store, out, *flags):
    """Where it went."""
    subprocess.run([pimlift, "convert", store, "-o", out, "--progress", "never", *flags], stderr=subprocess.DEVNULL, check=True)
    return out


def cards(out):
    """By FN."""
    return {next(p[3] for p in card["props"] if p[0] == "FN"): card for path in sorted(out.rglob("*.vcf"))
            for card in by_vobject.read(path.read_text(encoding="utf-8"))}


def check_cards(score, found):
    """Every field that was given, and no second one of its name."""
    for name, (_, wanted) in CONTACTS.items():
        card = found.get(name, {"props": []})["props"]
        names = {p[0] for p in wanted} | {"EMAIL", "ADR", REST, "X-PIMLIFT-FAX"}
        score.same(name, sorted(wanted), sorted(p for p in card if p[0] in names))
    score.same("label as name", True, "Known by a label" in found)
    member = [p[2:] for p in found["Foreign"]["props"] if p[0] == "X-ADDRESSBOOKSERVER-MEMBER"]
    score.same("foreign member", [((("X-CN", "Anna Berg"), ("X-PIMLIFT-ADDRESS", "FAX:Anna@+49 30 1")), "invalid:nomail")], member)
    score.same("copy of one text", {"Other street", "Third street 3"},
               {p[3][2] for p in found["Copy of one text"]["props"] if p[0] == "ADR"})
    score.same("subject", ["Another subject"], [p[3] for p in found["L"]["props"] if p[0] == "X-PIMLIFT-SUBJECT"])
    score.same("address of one text", [adr("work", "", "", "Street 8\n12345 Ulm", "", "", "", "", pref=False)],
               [p for p in found["Label alone"]["props"] if p[0] == "ADR"])
    score.same("UIDs", len(found), len({c["uid"] for c in found.values()}))
    score.same("attachment of a group", 1, sum(p[0] == "X-PIMLIFT-ATTACH" for p in found["Team"]["props"]))


def check_csv(score, out):
    """Rows, and what the notes say of them."""
    path = next(p for p in out.rglob("*.csv") if p.name == "Contacts.csv")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["Last Name"] or row["First Name"]: row for row in csv.DictReader(file, strict=True)}
    score.same("csv label", ("Street 8", "12345 Ulm"), tuple(rows["Label alone"][f"Business Street{n}"] for n in ("", " 2")))
    score.same("csv type", "X400", rows["B"]["E-mail Type"])
    notes = (out / "report.jsonl").read_text(encoding="utf-8")
    score.same("csv notes on labels", 1, notes.count("address as one text"))
    score.same("csv notes on a second address", 0, notes.count("more addresses"))


def main():
    """Recipe, store, runs; without arguments the recipe."""
    if len(sys.argv) == 1:
        print(recipe())
        return 0
    pimlift, mkstore, scratch = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
    score = Score()
    (scratch / "kept.recipe").write_text(recipe(), encoding="utf-8")
    store = scratch / "kept.pst"
    subprocess.run([mkstore, scratch / "kept.recipe", "-o", store], check=True)
    out = convert(pimlift, store, scratch / "kept", "--to", "vcf")
    found = cards(out)
    check_cards(score, found)
    with sqlite3.connect(out / "ledger.db") as db:
        score.same("tally", TALLY, dict(db.execute("SELECT name, n FROM tally WHERE what = 'unmapped'")))
    check_csv(score, convert(pimlift, store, scratch / "kept-csv", "--to", "csv"))
    subprocess.run([pimlift, "lint", *sorted(out.rglob("*.vcf"))], check=True)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
