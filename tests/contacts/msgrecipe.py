"""A recipe that holds what a .msg file holds, property by property: msgrecipe.py FILE... prints it.

The file is read by python3-olefile; [MS-OXMSG] 2.1 and 2.2. So stores can be made of messages for which
others have published the card.
"""
import struct
import sys
import uuid

import olefile

SETS = {
    "00062002-0000-0000-c000-000000000046": "PSETID_Appointment", "00062003-0000-0000-c000-000000000046": "PSETID_Task",
    "00062004-0000-0000-c000-000000000046": "PSETID_Address", "00062008-0000-0000-c000-000000000046": "PSETID_Common",
    "00020329-0000-0000-c000-000000000046": "PS_PUBLIC_STRINGS"}
FIXED = {0x0002: 2, 0x0003: 4, 0x0005: 8, 0x000b: 1, 0x0014: 8, 0x0040: 8}
OWN = {0x001a, 0x0037, 0x0e1d, 0x003d, 0x0070, 0x300b, 0x3007, 0x3008, 0x0e07, 0x0e1b, 0x8000}


def names(ole):
    """Number of a named property: (set, lid or None, text or None)."""
    top = "__nameid_version1.0/__substg1.0_"
    guids, entries, texts = (ole.openstream(top + t).read() for t in ("00020102", "00030102", "00040102"))
    found = {}
    for at in range(0, len(entries) - 7, 8):
        ident, kind, number = struct.unpack_from("<IHH", entries, at)
        index = kind >> 1
        known = SETS.get(str(uuid.UUID(bytes_le=guids[16 * (index - 3):16 * (index - 2)]))) if index > 2 else (
            "PS_PUBLIC_STRINGS" if index == 2 else None)
        if kind & 1:
            size = struct.unpack_from("<I", texts, ident)[0]
            found[0x8000 + number] = (known, None, texts[ident + 4:ident + 4 + size].decode("utf-16le"))
        else:
            found[0x8000 + number] = (known, ident, None)
    return found


def text_of(data, codepage):
    """UTF-8, which a recipe has, of either form."""
    return data.decode(codepage, "replace").rstrip("\0").encode("utf-8")


def several(ole, name):
    """A multi-valued binary, in the form that a store keeps."""
    values, at = [], 0
    while ole.exists(f"{name}-{at:08X}"):
        values.append(ole.openstream(f"{name}-{at:08X}").read())
        at += 1
    offsets, place = [], 4 + 4 * len(values)
    for value in values:
        offsets.append(place)
        place += len(value)
    return struct.pack(f"<{len(values) + 1}I", len(values), *offsets) + b"".join(values)


def properties(ole, folder, head, codepage):
    """(tag, type, bytes) of an object."""
    data = ole.openstream(folder + "__properties_version1.0").read()
    for at in range(head, len(data) - 15, 16):
        kind, tag = struct.unpack_from("<HH", data, at)
        name = f"{folder}__substg1.0_{tag:04X}{kind:04X}"
        if kind in FIXED:
            yield tag, kind, data[at + 8:at + 8 + FIXED[kind]]
        elif kind == 0x1102 and ole.exists(name):
            yield tag, kind, several(ole, name)
        elif kind in (0x001e, 0x001f, 0x0102) and ole.exists(name):
            value = ole.openstream(name).read()
            text = kind != 0x0102
            yield tag, 0x001f if text else kind, text_of(value, codepage if kind == 0x001e else "utf-16le") if text else value


def attachments(ole, codepage):
    """Lines of attachments by value."""
    for folder in sorted({e[0] for e in ole.listdir() if e[0].startswith("__attach")}):
        props = {tag: value for tag, _, value in properties(ole, folder + "/", 8, codepage)}
        if 0x3701 in props:
            name = props.get(0x3707, props.get(0x3704, b"")).decode() or "file"
            yield f"  attach {name}"
            yield f"    hex {props[0x3701].hex()}"
            if props.get(0x7fff, b"\0")[0]:
                yield "    photo"


def lines(path):
    """One item."""
    ole = olefile.OleFileIO(path)
    named = names(ole)
    locales = [struct.unpack("<I", v[:4])[0] for t, _, v in properties(ole, "", 32, "cp1252") if t == 0x3ff1]
    codepage = "cp932" if 1041 in locales else "cp1252"
    found = list(properties(ole, "", 32, codepage))
    plain = {tag: value for tag, kind, value in found if kind == 0x001f}
    subject = plain.get(0x0037, b"").decode().split("\r\n")[0]
    yield f"item {subject}"
    yield f"  class {plain[0x001a].decode()}"
    for tag, kind, value in found:
        if tag in OWN or not value:
            continue
        where = f"0x{tag:04x}"
        if tag >= 0x8000:
            known, lid, text = named.get(tag, (None, None, None))
            if not known:
                continue
            where = f"{known} name:{text}" if text else f"{known} 0x{lid:04x}"
            if " " in (text or ""):
                continue
        yield f"  property {where} 0x{kind:04x} {value.hex()}"
    yield from attachments(ole, codepage)


print("store Messages\nfolder Contacts\n  holds contacts")
for one in sys.argv[1:]:
    print("\n".join(lines(one)))
