"""Cards as python3-vobject reads them, in the normal form of cards.py.

It knows vCard 3.0; of a 4.0 card it reads the lines all the same, but cuts a data: URI at its comma.
"""
import base64
import hashlib
import re

import vobject

ADR = ("box", "extended", "street", "city", "region", "code", "country")
NAMES = ("family", "given", "additional", "prefix", "suffix")
SKIPPED = ("VERSION", "PRODID", "UID")
UNREADABLE = {"3.0": (), "4.0": ("PHOTO", "X-PIMLIFT-ATTACH", "KEY")}


def part(value):
    """vobject splits a component at its commas."""
    return ",".join(value) if isinstance(value, list) else value or ""


def caret(text):
    """RFC 6868, which vobject leaves to its callers."""
    return re.sub(r"\^(['n^])", lambda m: {"'": '"', "n": "\n", "^": "^"}[m[1]], text)


def plain(text):
    """Escapes of a text that vobject takes for something else: URIs have none."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def data(value):
    """A data: URI, or bytes, as their digest."""
    if isinstance(value, str) and ";base64," in value:
        value = base64.b64decode(value.split(";base64,", 1)[1])
    if isinstance(value, str):
        return value
    return ("sha256", hashlib.sha256(value).hexdigest())


def value_of(line, name):
    """The value of a line."""
    value = line.value
    if name == "N":
        return tuple(part(getattr(value, k)) for k in NAMES)
    if name == "ADR":
        return tuple(part(getattr(value, k)) for k in ADR)
    if name in ("ORG", "CATEGORIES"):
        return tuple(value)
    if name in ("PHOTO", "X-PIMLIFT-ATTACH", "KEY"):
        return data(value)
    if name in ("BDAY", "ANNIVERSARY", "X-MS-ANNIVERSARY", "REV"):
        return value.replace("-", "").replace(":", "")
    return value.replace("\r\n", "\n")


def read(text):
    """All cards of a file."""
    cards = []
    for card in vobject.readComponents(text, validate="VERSION:3.0" in text):
        props, uid = [], card.uid.value.removeprefix("urn:uuid:")
        for line in card.getChildren():
            name = line.name.upper()
            if name in SKIPPED:
                continue
            params = {k.upper(): [caret(v) for v in row] for k, row in line.params.items()}
            types = tuple(sorted(v.lower() for v in params.pop("TYPE", [])))
            for machinery in ("ENCODING", "VALUE"):
                params.pop(machinery, None)
            if name in ("PHOTO", "KEY"):
                types = ()
            other = tuple(sorted((k, ",".join(v)) for k, v in params.items()))
            props.append((name, types, other, value_of(line, name)))
        cards.append({"uid": uid, "props": props})
    return cards
