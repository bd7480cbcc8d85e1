#!/usr/bin/python3
"""Compares a database in the schema of Exchange 2013 and later with the truth of its recipe.

usage: exchange13_check.py DATABASE.edb TRUTH.json [-WHAT]... [+FORM]...

The rows come from ese_read.py, the blobs are taken apart by exchange13_blob.py; what they mean is worked out here: folders and their
paths, messages, names, bodies, recipients, attachments, messages inside them, default folders. Prints `ok ...` or what differs.
-WHAT leaves a part out that a defect on request spoils: -names, -attachments, -parents, -cut, -slots, -unknown, -identity, -mailboxes, -first and
-last (nothing of that mailbox); -archive: the later ones are archives; -public: the last
one is the public folders' one; -amiss: without those words something has to differ. +FORM: that form (a marker in hexadecimal,
`type-4a`) has to be in some blob; packed-1 to -3: some column is compressed to 7 bits of 8 or 16, or by LZ77.
"""
import hashlib
import html
import json
import re
import struct
import sys

sys.dont_write_bytecode = True
import ese_read  # noqa: E402
import exchange13_blob as blob  # noqa: E402
from exchange_check import Differs, PUBLIC_STRINGS, filetime, need, set_of  # noqa: E402

FAULTS = Differs, ese_read.Bad, blob.Bad, struct.error, KeyError, UnicodeError, TypeError, IndexError


def guid(raw):
    return "%08x-%04x-%04x-%s-%s" % (*struct.unpack("<IHH", raw[:8]), raw[8:10].hex(), raw[10:].hex())


def raw(row, name):
    v = row.get(name)
    return [bytes.fromhex(x) for x in v] if isinstance(v, list) else None if v is None else bytes.fromhex(v)


def text(row, name):
    v = raw(row, name)
    return None if v is None else v.decode("utf-16-le")


def number(row, name, signed=True):
    v = raw(row, name)
    return None if v is None else int.from_bytes(v, "little", signed=signed)


def properties(row, skip):
    """All blobs of a row as one."""
    def fetch(marker, slot, hint, size):
        if marker == 0x7A:
            got = raw(row, "SeparatedProperty%02d" % slot)
        else:
            got = (raw(row, "LargePropertyValueBlob") or b"")[hint:hint + size]
        if not got and "slots" in skip:
            return bytes(size)
        need(got is not None, "no slot", slot)
        return got
    out = {}
    for name in ("PropertyBlob", "OffPagePropertyBlob", "PropertyBlobDelta", "LargePropertyValueBlob"):
        value = raw(row, name)
        if not value or (name[0] == "L" and value[:4] != b"ProP"):
            continue
        try:
            found = blob.decode(value, fetch, "unknown" in skip)
        except blob.Bad:
            need("cut" in skip and name == "PropertyBlob", "a blob is broken")
            found = {}
        twice = [k for k in found if k in out and out[k] is not blob.ELSEWHERE]
        need(not twice, "in two blobs:", twice)
        out.update(found)
    need(blob.ELSEWHERE not in out.values(), "a value is nowhere")
    return out


def utf8_text(markup):
    """The text of a body that was plain."""
    inner = re.fullmatch("<html><body>(.*)</body></html>", markup, re.S)
    need(inner, "form of the body")
    need(not re.search("<(?!br>\r\n)", inner[1]), "tags in the body")
    return html.unescape(inner[1].replace("<br>\r\n", "\n")).replace("\xa0", " ")


class Mailbox:
    def __init__(self, tables, box, skip):
        self.skip, self.n = skip, number(box, "MailboxNumber")
        self.tables = tables
        self.row, self.blob = box, properties(box, skip)
        self.names = {}
        for row in self.table("ExtendedPropertyNameMapping"):
            key = guid(raw(row, "PropGuid")), text(row, "PropName") or number(row, "PropDispId")
            need(key[1] and key not in self.names, "name", key)
            self.names[key] = number(row, "PropNumber")
            need(self.names[key] >= 0x8000, "number of a name")
        self.folders = {raw(row, "FolderId"): row for row in self.table("Folder")}
        self.messages = {raw(row, "MessageId"): row for row in self.table("Message")}
        self.attachments = {number(row, "Inid"): row for row in self.table("Attachment")}

    def table(self, name):
        return self.tables.get(f"{name}_{self.n}", [])

    def path(self, row):
        names, zero = [], bytes(26)
        while raw(row, "ParentFolderId") != zero:
            names.append(text(row, "DisplayName").replace("/", "//"))
            row = self.folders.get(raw(row, "ParentFolderId"))
            if row is None:
                return None
            need(len(names) < 50, "a folder is its own ancestor")
        need(number(row, "SpecialFolderNumber") == 1 and "DisplayName" not in row, "root")
        names.reverse()
        if names and names[0] in ("Top of Information Store", "IPM_SUBTREE", "NON_IPM_SUBTREE"):
            names = names[1:]
        return "/".join(names)

    def named(self, props, key, fallback=None):
        ident = self.names.get(key)
        return fallback if ident is None else props.get(ident, fallback)


def check_attachments(m, row, want):
    found = [m.attachments.get(i) for i in blob.numbers(raw(row, "SubobjectsBlob") or b"")]
    need(None not in found, "an attachment is nowhere")
    rows = [a for a in found if not properties(a, m.skip).get(0x7FFE)]
    need(len(rows) == len(want), len(rows), "attachments instead of", len(want))
    for a, t in zip(rows, [t for t in want if "message" not in t] + [t for t in want if "message" in t]):
        props = properties(a, m.skip)
        if "message" in t:
            need(number(a, "AttachmentMethod") == 5, "method of a message inside")
            inner = [m.attachments[i] for i in blob.numbers(raw(a, "SubobjectsBlob"))]
            need(len(inner) == 1 and raw(inner[0], "IsEmbeddedMessage") == b"\xff", "a message inside")
            check_item(m, inner[0], t["message"], True)
        elif "link" not in t:
            data = raw(a, "Content") or b""
            need(len(data) == t["size"] and hashlib.sha256(data).hexdigest() == t["sha256"], "data of", t["name"])
            need(text(a, "Name") == t["name"], "name of", t["name"])
            need(bool(props.get(0x7FFF)) == t.get("photo", False), "photo", t["name"])


def recipients(m, row):
    values = raw(row, "RecipientList") or []
    if not isinstance(values, list):
        if values[:4] != b"ProP":
            r = blob.Reader(values)
            values = blob.value(r, None)
            need(r.at == len(r.data), "bytes after the recipients")
        else:
            values = [values]
    return [blob.decode(v, lambda *a: b"", "unknown" in m.skip) for v in values]


def check_body(row, props, want, inside):
    kind = number(row, "BodyType")
    native = raw(row, "NativeBody")
    if inside:
        kind, native = (3, props[0x1013]) if 0x1013 in props else (2, props[0x1009]) if 0x1009 in props else (None, None)
    if "html" in want and kind == 3:
        need(native.decode("utf-8") == want["html"] and props[0x3FDE] == 65001, want["summary"], "HTML")
    elif kind == 3:
        got, expected = utf8_text(native.decode("utf-8")), want.get("description") or ""
        need(got == expected, want["summary"], "text", repr(got), "instead of", repr(expected))
    elif kind == 1:
        need(native.decode("utf-16-le").replace("\r\n", "\n") == want["description"], want["summary"], "plain text")
    elif kind == 2:
        need(native[8:12] in (b"LZFu", b"MELA"), want["summary"], "RTF")
    else:
        need("html" not in want, want["summary"], "body")
    need(not {0x1000, 0x0E1F, 0x1016} & set(props) and (inside or not {0x1009, 0x1013} & set(props)), "a body in the blob")


def check_item(m, row, want, inside=False):
    props = properties(row, m.skip)
    if "cut" in m.skip and not props:
        return
    subject, prefix = props.get(0x37), props.get(0x3D) if inside else text(row, "SubjectPrefix")
    if subject is None and 0x0E1D in props:
        subject = (prefix or "") + props[0x0E1D]

    def column(name, ident, read):
        value = props.get(ident) if inside else read(row, name)
        need(inside or ident not in props, name, "in column and blob")
        return value
    same = [
        ("class", column("MessageClass", 0x1A, text), want["class"]),
        ("summary", subject or "", want["summary"]),
        ("prefix", prefix, want.get("prefix")),
        ("created", column("DateCreated", 0x3007, number), filetime(want["created"])),
        ("modified", column("LastModificationTime", 0x3008, number), filetime(want["modified"])),
        ("searchKey", props.get(0x300B, b"").hex(), want.get("searchKey", "")),
        ("sensitivity", column("Sensitivity", 0x36, number) or 0, ["normal", "personal", "private", "confidential"].index(want["sensitivity"])),
        ("importance", column("Importance", 0x17, number), ["low", "normal", "high"].index(want["importance"])),
    ]
    if "names" not in m.skip:
        same.append(("categories", m.named(props, (PUBLIC_STRINGS, "Keywords"), []), want.get("categories", [])))
        if want["kind"] == "event" and "repeat" not in want and not want.get("allDay"):
            same.append(("start", m.named(props, (set_of(0x2002), 0x820D)), filetime(want["start"])))
            same.append(("end", m.named(props, (set_of(0x2002), 0x820E)), filetime(want["end"])))
            same.append(("location", m.named(props, (set_of(0x2002), 0x8208)), want.get("location")))
    for what, got, expected in same:
        need(got == expected, want["summary"], what, repr(got), "instead of", repr(expected))
    check_body(row, props, want, inside)
    people = recipients(m, row)
    for a in want.get("attendees", []) if people else []:
        need(a["name"] in [p.get(0x3001) for p in people], want["summary"], "recipient", a["name"])
    if "attachments" not in m.skip:
        check_attachments(m, row, want.get("attachments", []))


def check_defaults(m, local):
    """Root and Inbox name the calendar and others by entry ids; the same folders bear their numbers."""
    special = {number(f, "SpecialFolderNumber"): f for f in m.folders.values() if number(f, "SpecialFolderNumber")}
    kinds = {0x36D0: ("IPF.Appointment", 15), 0x36D1: ("IPF.Contact", 14), 0x36D4: ("IPF.Task", 19)}
    rows = [special[1]] + [special[n] for n in (10,) if n in special]
    for row in rows:
        props = properties(row, m.skip)
        for ident, (kind, n) in kinds.items():
            entry = props.get(ident)
            if not entry:
                continue
            need(len(entry) == 46 and entry[4:20] == raw(m.row, "MailboxGuid") and entry[22:38] == local, "an entry id")
            target = [f for key, f in m.folders.items() if key[:24] == entry[22:46]]
            need(len(target) == 1 and text(target[0], "ContainerClass") == kind and special[n] is target[0], "default folder %x" % ident)
        slots = props.get(0x36E4)
        if slots:
            need([len(x) for x in slots] == [4, 70, 4, 46], "slots of the free/busy ids")
            found = [x for key, x in m.messages.items() if key[:24] == slots[1][46:70]]
            need(len(found) == 1 and text(found[0], "MessageClass").endswith("ScheduleData.FreeBusy"), "free/busy message")


def check_descriptor(m, row, want, name):
    """Wherever it lies among the folder's binary values."""
    props = properties(row, m.skip)
    places = [v for v in props.values() if isinstance(v, bytes)] + [raw(row, "ExtensionBlob") or b""]
    need(not want or any(want[8:] in p for p in places), name, "descriptor")
    need(want or not props.get(0x0E27), name, "a descriptor that nobody wrote")


def check_mailbox(m, truth, box, local, public):
    paths = {m.path(row): row for row in m.folders.values()}
    need(all(key[:16] == local for key in m.folders), "GUID of the folders")
    taken = 0
    for f in truth["folders"]:
        if f.get("mailbox") != box or ("parents" in m.skip and f["class"] == "IPF.Contact"):
            continue
        row = paths.get(f["folder"])
        need(row is not None, "no folder", f["folder"], sorted(map(str, paths)))
        need(text(row, "ContainerClass") == f["class"], f["folder"], "class")
        check_descriptor(m, row, bytes.fromhex(f.get("securityDescriptor", "")), f["folder"])
        rows = [x for x in m.messages.values() if raw(x, "FolderId") == raw(row, "FolderId")]
        items = [t for t in truth["items"] if t["folder"] == f["folder"] and t.get("mailbox") == box]
        need(len(rows) == len(items) == f["items"] + f["associated"], f["folder"], len(rows), "rows,", len(items), "items")
        hidden = [raw(r, "IsHidden") == b"\xff" for r in rows]
        need(sum(hidden) == f["associated"], f["folder"], "hidden items")
        for r, item, secret in zip(rows, items, hidden):
            need(secret or not item.get("hidden"), item["summary"], "hidden")
            check_item(m, r, item)
            taken += 1
    if not public and "parents" not in m.skip:
        check_defaults(m, local)
    return taken


def read(path):
    plain = ese_read.unsqueeze

    def counted(data):
        blob.FORMS["packed %d" % (data[0] >> 3)] += 1
        return plain(data)
    ese_read.unsqueeze = counted
    db = ese_read.Database(path)
    return {t.name: list(t.rows()) for t in ese_read.catalogue(db, 4, 2).values() if not t.name.startswith("MSys")}


def check(tables, truth, skip):
    truth = json.load(open(truth, encoding="utf-8"))
    identity = {number(r, "MailboxNumber"): raw(r, "LocalIdGuid") for r in tables.get("MailboxIdentity", [])}
    need(identity or "identity" in skip, "no MailboxIdentity")
    if "mailboxes" in skip:
        need(not tables["Mailbox"], "mailboxes")
        return "ok no mailboxes"
    boxes = tables["Mailbox"]
    later = [f.get("mailbox") for f in truth["folders"] if f.get("mailbox")]
    copies = truth.get("mailboxes", 1)
    owners = [None] + sorted(set(later), key=later.index) + [None] * (copies - 1)
    taken = 0
    for i, (row, box) in enumerate(zip(boxes, owners)):
        if (i == 0 and "first" in skip) or (i == len(owners) - 1 and "last" in skip):
            continue
        m = Mailbox(tables, row, skip)
        public = number(row, "MailboxType") == 1
        need("public" not in skip or public == (box == "public@example.org"), "public folders")
        archive = raw(row, "IsArchiveMailbox") == b"\xff"
        if archive:
            need(text(row, "DisplayName").startswith("In-Place Archive - "), "name of an archive")
            need(raw(row, "OwnerADGuid") == raw(boxes[0], "OwnerADGuid"), "owner of an archive")
        need("archive" not in skip or archive == (i > 0), "archives")
        need(archive or not box or m.blob[0x39FE] == box, "address", m.blob.get(0x39FE), "instead of", box)
        local = identity[m.n] if identity else next(iter(m.folders))[:16]
        taken += check_mailbox(m, truth, box, local, public)
    need(len(boxes) >= len(owners), len(boxes), "mailboxes instead of", len(owners))
    return "ok %d mailboxes, %d items" % (len(boxes), taken)


def main():
    plain = [a for a in sys.argv[1:] if a[0] not in "-+"]
    skip = {a[1:] for a in sys.argv[1:] if a[0] == "-"}
    forms = [a[1:] for a in sys.argv[1:] if a[0] == "+"]
    try:
        tables = read(plain[0])
        if "amiss" in skip:
            try:
                check(tables, plain[1], set())
                need(False, "nothing is amiss")
            except FAULTS as e:
                need("nothing is amiss" not in str(e), e)
        said = check(tables, plain[1], skip)
        for form in (f.replace("-", " ") for f in forms):
            need(blob.FORMS[form] or (re.fullmatch("[0-9a-f]{2}", form) and blob.FORMS[int(form, 16)]), "no form", form)
        print(said)
    except FAULTS as e:
        print(f"{plain[0]}: {type(e).__name__}: {e}")
        sys.exit(1)


if __name__ == "__main__":
    main()
