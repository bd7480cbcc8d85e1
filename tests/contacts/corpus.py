"""Contacts of real stores and messages: corpus.py CORPUS PIMLIFT MKSTORE DIR.

How many contacts, groups and members a store has was counted with libpff and by hand. Cards that Outlook or other
programs published beside a store or a message (vCard 2.1) must be found in what convert writes, field by field.
DIR is scratch.
"""
import pathlib
import quopri
import re
import subprocess
import sys

import by_vobject

# store: (contacts, members of each group)
STORES = {
    "aranetic-unsent_email.pst": (2, []), "aspose-18contacts.pst": (18, []), "aspose-72contacts.pst": (72, []),
    "aspose-outlook-3m.pst": (1, []), "aspose-samplecontacts.pst": (6, []),
    "aspose-test_part1-9appointments.pst": (21, []), "contacts97-2002-ansi-ja.pst": (1, []),
    "hht-contacts-ja-unicode.pst": (1, []), "javalibpst-dist-list-recurring.pst": (1, [3]),
    "javalibpst-dist-list-v1.pst": (1, [3]), "javalibpst-passworded.pst": (1, [3])}
# card: what it was made of, and which contact of that by its place
PAIRS = {
    "pairs/hht-contacts.pst.vcf": ("pst/hht-contacts-ja-unicode.pst",),
    "pairs/hht-contacts97-2002.pst.vcf": ("pst/contacts97-2002-ansi-ja.pst",),
    "vcf/hht-utf8.vcf": ("pst/hht-contacts-ja-unicode.pst", "pst/contacts97-2002-ansi-ja.pst"),
    "pairs/hht-contactAnsi.vcf": ("msg/hht-contactAnsi.msg",),
    "pairs/hht-contactUnicode.vcf": ("msg/hht-contactUnicode.msg",),
    "pairs/aspose-outlook-Contact.vcf": ("pairs/aspose-outlook-Contact.msg",),
    "pairs/rubymsg-contact.vcf": ("pairs/rubymsg-contact-plain.msg", "pairs/rubymsg-contact-unicode.msg")}
# message without a published card: its name, and how many members it has
MESSAGES = {
    "msg/hughbe-Contact Group.msg": ("Contact Group", 2), "msg/hughbe-Sample Contact.msg": ("Mr. First Middle Last I", 0),
    "msg/poi-msgClassContact.msg": ("Dr Quick Brown Fox Jr", 0)}


def published(path):
    """(name, types, value) of the lines of a card in vCard 2.1."""
    text = path.read_bytes().decode("utf-8-sig")
    text = re.sub(r"=\r?\n", "", text)
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, _, value = line.partition(":")
        name, *params = head.split(";")
        if "ENCODING=QUOTED-PRINTABLE" in params:
            value = quopri.decodestring(value.encode()).decode("utf-8").replace("\r\n", "\n")
        yield name, {p.lower() for p in params if "=" not in p}, value


def wanted(path):
    """What of a published card must stand in ours: (names, types, test of a value)."""
    for name, types, value in published(path):
        parts = tuple(value.split(";"))
        if name == "N":
            yield name, types, (parts + ("",) * 5)[:5]
        elif name == "ADR":
            yield name, types - {"pref"}, tuple(p for p in parts if p)
        elif name == "ORG":
            yield name, types, parts
        elif name == "X-MS-N-YOMI":
            yield "X-PHONETIC-LAST-NAME", types, parts[0]
            yield "X-PHONETIC-FIRST-NAME", types, parts[1]
        elif name == "X-MS-ORG-YOMI":
            yield "X-PHONETIC-ORG", types, value
        elif name in ("FN", "TITLE", "TEL", "EMAIL", "URL", "BDAY", "LABEL"):
            yield name, types, value


def convert(pimlift, store, out):
    """All cards that a store gives."""
    subprocess.run([pimlift, "convert", store, "-o", out, "--to", "vcf", "--progress", "never"],
                   stderr=subprocess.DEVNULL, check=False)
    return [card for path in sorted(out.rglob("*.vcf"))
            for card in by_vobject.read(path.read_bytes().decode("utf-8"))]


def value_of(card, name):
    """The first value of a property."""
    return next((p[3] for p in card["props"] if p[0] == name), "")


def members_of(card):
    """How many members a group has; None: a contact."""
    if not value_of(card, "X-ADDRESSBOOKSERVER-KIND"):
        return None
    return sum(p[0] == "X-ADDRESSBOOKSERVER-MEMBER" for p in card["props"])


def compare_stores(corpus, pimlift, scratch):
    """Numbers and names."""
    for name, (contacts, groups) in STORES.items():
        cards = convert(pimlift, corpus / "pst" / name, scratch / name)
        members = [members_of(c) for c in cards]
        yield f"{name} contacts", members.count(None), contacts
        yield f"{name} members of groups", sorted(m for m in members if m is not None), groups
        for card in cards:
            full = value_of(card, "FN")
            yield f"{name} FN", bool(re.search(r"\w", full)) and full not in ("(no name)", "(null)"), True


def stores_of(corpus, mkstore, scratch):
    """Each message as a store of its own; a store is one already."""
    made = {}
    for source in sorted({s for row in PAIRS.values() for s in row} | set(MESSAGES)):
        made[source] = corpus / source
        if not source.endswith(".msg"):
            continue
        made[source] = scratch / (source.replace("/", "-") + ".pst")
        recipe = made[source].with_suffix(".recipe")
        with recipe.open("w", encoding="utf-8") as out:
            subprocess.run([sys.executable, pathlib.Path(__file__).with_name("msgrecipe.py"), corpus / source], stdout=out,
                           check=True)
        subprocess.run([mkstore, recipe, "-o", made[source]], check=True)
    return made


def compare_cards(corpus, pimlift, mkstore, scratch):
    """Published cards, and messages without one."""
    stores = stores_of(corpus, mkstore, scratch)
    cards = {s: convert(pimlift, path, scratch / ("out-" + s.replace("/", "-"))) for s, path in stores.items()}
    for path, sources in PAIRS.items():
        for source in sources:
            ours = [(n, set(t), tuple(p for p in v if p) if n == "ADR" else v)
                    for card in cards[source] for n, t, _, v in card["props"]]
            for name, types, value in wanted(corpus / path):
                have = [v for n, t, v in ours if n == name and types <= t]
                yield f"{source} {name}", value if value in have else have, value
    for source, (full, members) in MESSAGES.items():
        yield f"{source} cards", len(cards[source]), 1
        yield f"{source} FN", value_of(cards[source][0], "FN"), full
        yield f"{source} members", members_of(cards[source][0]) or 0, members


def main():
    """All comparisons."""
    corpus, pimlift, mkstore, scratch = map(pathlib.Path, sys.argv[1:5])
    passed = failed = 0
    for rows in (compare_stores(corpus, pimlift, scratch), compare_cards(corpus, pimlift, mkstore, scratch)):
        for where, got, want in rows:
            passed += got == want
            failed += got != want
            if got != want:
                print(f"{where}: want {want!r} got {got!r}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
