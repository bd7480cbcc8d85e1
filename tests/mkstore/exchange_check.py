#!/usr/bin/python3
"""Compares a database in Exchange's schema with the truth of its recipe.

usage: exchange_check.py DATABASE.edb TRUTH.json [PROFILE] [-WHAT]...

The rows come from ese_read.py; what they mean is worked out here once more: names of columns, ids, the tree of
folders, tables of folders, named properties, recipients, attachments, default folders. Prints `ok ...` or what differs.
-WHAT leaves a part out that a defect on request spoils: -names, -attachments, -mailboxes, -orphans, -calendar, -parents.
"""
import hashlib
import json
import struct
import sys

sys.dont_write_bytecode = True
import ese_read  # noqa: E402

OFFICE = "-0000-0000-c000-000000000046"
PUBLIC_STRINGS = "00020329" + OFFICE
USUAL = {
    "global": {"table": "Global", "replids": "MN667f"},
    "mailboxes": {"table": "Mailbox", "number": "L6707", "root": "Q6748", "guid": "N676c", "owner_sid": "N66a0",
                  "name": "S3001", "dn": "S3003", "smtp": "S39fe"},
    "folders": {"table": "Folders", "id": "Q6748", "parent": "Q6749", "mailbox_guid": "N676c"},
    "messages": {"table": "Msg", "id": "Q674a", "folder": "Q6748", "recipients": "Ne12"},
    "contents": {"template": "MsgFolder", "name": "<replid>-<counter>", "message_id": "Q674a", "associated": "B67aa"},
    "attachments": {"table": "Attachments", "message_id": "Q674a", "number": "Le21", "method": "L3705", "data": "N3701",
                    "embedded": "Q67f2"},
    "names": {"table": "NamedProps", "id": "PropId", "kind": "Kind", "lid": "Lid", "guid": "Guid", "name": "Name"},
}
ROLE_KEYS = {("attachments", "L3705"): "method", ("attachments", "N3701"): "data", ("mailboxes", "S3001"): "name"}


class Differs(Exception):
    pass


def need(ok, *what):
    if not ok:
        raise Differs(" ".join(str(w) for w in what))


def read_profile(path):
    out = {role: dict(rows) for role, rows in USUAL.items()}
    role = None
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            role = line[1:-1]
        elif line and not line.startswith("#"):
            key, value = (part.strip() for part in line.split("=", 1))
            out[role][key] = value
    return out


def filetime(text):
    import datetime
    t = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") - datetime.datetime(1601, 1, 1)
    return (t.days * 86400 + t.seconds) * 10000000


class Store:
    def __init__(self, path, profile, narrow):
        self.p = profile
        self.narrow = narrow
        self.codepage = "cp1252"
        self.tables = {t.name: list(t.rows()) for t in ese_read.catalogue(ese_read.Database(path, True), 4, 2).values()
                       if not t.name.startswith("MSys")}
        self.replicas = {}
        for row in self.role("global"):
            for value in self.get(row, "global", "replids"):
                self.replicas[value[:32]] = struct.unpack("<I", bytes.fromhex(value[32:]))[0]
        self.names = {}
        for row in self.role("names"):
            key = self.guid(self.get(row, "names", "guid"))
            if self.number(row, "names", "kind"):
                key = key, bytes.fromhex(self.get(row, "names", "name")).decode("utf-16-le")
            else:
                key = key, self.number(row, "names", "lid")
            self.names[key] = self.number(row, "names", "id")

    def role(self, role):
        return self.tables.get(self.p[role]["table"], [])

    def entry(self, raw):
        """The id behind GUID and counter of an entry id."""
        return self.replicas[raw[:16].hex()] << 48 | int.from_bytes(raw[16:22], "big")

    @staticmethod
    def guid(text):
        b = bytes.fromhex(text)
        return "%08x-%04x-%04x-%s-%s" % (*struct.unpack("<IHH", b[:8]), b[8:10].hex(), b[10:].hex())

    def get(self, row, role, field):
        return row.get(self.p[role][field].split()[0])

    def number(self, row, role, field):
        """Numbers of a role; ids as 64 bits, whatever their order."""
        value = self.get(row, role, field)
        if value is None:
            return None
        form = (self.p[role][field].split() + [""])[1]
        big = form == "be64" or (not form and self.p[role][field][:1] == "Q") or (not form and field == "embedded")
        return int.from_bytes(bytes.fromhex(value), "big" if big else "little")

    def column(self, role, letter, ident, multi=False):
        usual = ("M" if multi else "") + letter + "%x" % ident
        field = ROLE_KEYS.get((role, usual))
        if field:
            return self.p[role][field].split()[0]
        pattern = self.p[role].get("columns", "<m><l><id>")
        for word, text in (("<m>", "M" if multi else ""), ("<l>", letter), ("<id>", "%x" % ident), ("<ID4>", "%04X" % ident)):
            pattern = pattern.replace(word, text)
        return pattern

    def prop(self, row, letter, ident, multi=False, role="messages", fallback=None):
        if isinstance(ident, tuple):
            ident = self.names.get(ident)
            if ident is None:
                return fallback
        value = row.get(self.column(role, letter, ident, multi))
        if value is None:
            return fallback
        decode = {"S": lambda v: self.text(v, row, ident, role), "N": bytes.fromhex}.get(
            letter, lambda v: int.from_bytes(bytes.fromhex(v), "little", signed=letter == "L"))
        return [decode(v) for v in value] if isinstance(value, list) else [decode(value)] if multi else decode(value)

    def text(self, value, row, ident, role):
        raw = bytes.fromhex(value)
        always = ident in (0x64, 0x65, 0xc1e, 0xc1f, 0x6849)
        if role == "messages" and ident != 0x3ffd:
            self.codepage = "cp%d" % self.prop(row, "L", 0x3ffd, fallback=1252)
        if role in ("messages", "attachments") and (always or self.narrow):
            return raw.decode(self.codepage)
        return raw.decode("utf-16-le")


def set_of(short):
    return "0006%04x" % short + OFFICE


class Tree:
    def __init__(self, store):
        self.s = store
        self.by_id = {store.number(r, "folders", "id"): r for r in store.role("folders")}
        self.owner = {}
        for r in store.role("mailboxes"):
            self.owner[store.get(r, "mailboxes", "guid")] = r

    def name(self, row):
        return self.s.prop(row, "S", 0x3001, role="folders")

    def path(self, row):
        """Names from below the root, and whether the visible part."""
        names, steps = [], 0
        while True:
            parent = self.s.number(row, "folders", "parent")
            if parent is None or parent not in self.by_id:
                break
            names.append(self.name(row).replace("/", "//"))
            row = self.by_id[parent]
            steps += 1
            need(steps < 50, "a folder is its own ancestor")
        names.reverse()
        if names and names[0] in ("Top of Information Store", "IPM_SUBTREE", "NON_IPM_SUBTREE"):
            names = names[1:]
        return "/".join(names)

    def box(self, row):
        owner = self.owner.get(self.s.get(row, "folders", "mailbox_guid"))
        smtp = owner and self.s.get(owner, "mailboxes", "smtp")
        return smtp and bytes.fromhex(smtp).decode("utf-16-le")

    def contents(self, ident):
        name = self.s.p["contents"]["name"].replace("<replid>", "%X" % (ident >> 48)).replace(
            "<counter>", "%X" % (ident & (1 << 48) - 1))
        return self.s.tables.get(name, [])


def recipients(blob):
    out, at = [], 4
    for _ in range(struct.unpack_from("<I", blob)[0]):
        count, = struct.unpack_from("<H", blob, at)
        at += 2
        props = {}
        for _ in range(count):
            tag, size = struct.unpack_from("<II", blob, at)
            value = blob[at + 8:at + 8 + size]
            need(len(value) == size, "a recipient is cut off")
            props[tag >> 16] = value.decode("utf-16-le") if tag & 0xffff == 0x1f else value
            at += 8 + size
        out.append(props)
    need(at == len(blob), "bytes after the recipients")
    return out


def check_attachments(s, ident, want, skip):
    rows = [r for r in s.role("attachments") if s.number(r, "attachments", "message_id") == ident]
    need([s.number(r, "attachments", "number") for r in rows] == list(range(len(rows))), "numbers of attachments")
    plain = [r for r in rows if not s.prop(r, "B", 0x7ffe, role="attachments")]
    need(len(plain) == len(want), len(plain), "attachments instead of", len(want))
    for row, a in zip(plain, [a for a in want if "message" not in a] + [a for a in want if "message" in a]):
        if "message" in a:
            check_embedded(s, row, a["message"], skip)
        elif "link" not in a:
            data = bytes.fromhex(s.get(row, "attachments", "data") or "")
            need(len(data) == a["size"] and hashlib.sha256(data).hexdigest() == a["sha256"], "data of", a["name"])
            need(s.prop(row, "S", 0x3707, role="attachments") == a["name"], "name of", a["name"])
            need(bool(s.prop(row, "B", 0x7fff, role="attachments")) == a.get("photo", False), "photo", a["name"])


def check_embedded(s, row, want, skip):
    need(s.number(row, "attachments", "method") == 5, "method of an embedded message")
    ident = s.number(row, "attachments", "embedded")
    inner = [r for r in s.role("messages") if s.number(r, "messages", "id") == ident]
    need(len(inner) == 1 and s.get(inner[0], "messages", "folder") is None, "embedded message", want["summary"])
    check_item(s, inner[0], ident, want, skip)


def check_item(s, row, ident, want, skip):
    subject = s.prop(row, "S", 0x37)
    lossy = (lambda t: t.encode("cp%d" % s.prop(row, "L", 0x3ffd, fallback=1252), "replace").decode(
        "cp%d" % s.prop(row, "L", 0x3ffd, fallback=1252))) if s.narrow else (lambda t: t)
    same = [
        ("class", s.prop(row, "S", 0x1a), want["class"]),
        ("summary", subject, lossy(want["summary"])),
        ("prefix", s.prop(row, "S", 0x3d), want.get("prefix")),
        ("created", s.prop(row, "T", 0x3007), filetime(want["created"])),
        ("modified", s.prop(row, "T", 0x3008), filetime(want["modified"])),
        ("searchKey", (s.prop(row, "N", 0x300b) or b"").hex(), want.get("searchKey", "")),
        ("sensitivity", s.prop(row, "L", 0x36, fallback=0), ["normal", "personal", "private", "confidential"].index(want["sensitivity"])),
        ("importance", s.prop(row, "L", 0x17, fallback=1), ["low", "normal", "high"].index(want["importance"])),
    ]
    if "html" in want and "description" not in want and s.prop(row, "N", 0x1013):
        same.append(("html", s.prop(row, "N", 0x1013).decode("utf-8"), want["html"]))
    if "names" not in skip:
        same.append(("categories", s.prop(row, "S", (PUBLIC_STRINGS, "Keywords"), True, fallback=[]),
                     [lossy(c) for c in want.get("categories", [])]))
        if want["kind"] == "event" and "repeat" not in want and not want.get("allDay"):
            same.append(("start", s.prop(row, "T", (set_of(0x2002), 0x820d)), filetime(want["start"])))
            same.append(("end", s.prop(row, "T", (set_of(0x2002), 0x820e)), filetime(want["end"])))
            same.append(("location", s.prop(row, "S", (set_of(0x2002), 0x8208)), want.get("location") and lossy(want["location"])))
    for what, got, expected in same:
        need(got == expected, want["summary"], what, repr(got), "instead of", repr(expected))
    people = recipients(s.prop(row, "N", 0xe12)) if s.get(row, "messages", "recipients") and not s.p["messages"].get("columns") else None
    if people is not None and "attendees" in want:
        names = [p.get(0x3001) for p in people]
        for a in want["attendees"]:
            need(a["name"] in names, want["summary"], "recipient", a["name"])
    if "attachments" not in skip:
        check_attachments(s, ident, want.get("attachments", []), skip)


def check_defaults(s, tree):
    """Root and Inbox name the calendar, the contacts and the tasks of their mailbox by entry ids."""
    kinds = {0x36d0: "IPF.Appointment", 0x36d1: "IPF.Contact", 0x36d4: "IPF.Task"}
    for row in s.role("folders"):
        for ident, kind in kinds.items():
            entry = s.prop(row, "N", ident, role="folders")
            if not entry:
                continue
            need(len(entry) == 46, "length of an entry id")
            target = tree.by_id.get(s.entry(entry[22:44]))
            need(target is not None and s.prop(target, "S", 0x3613, role="folders") == kind, "default folder %x" % ident)
            need(s.get(target, "folders", "mailbox_guid") == s.get(row, "folders", "mailbox_guid"), "another's default folder")
        slots = s.prop(row, "N", 0x36e4, True, role="folders")
        if slots:
            need([len(x) for x in slots] == [4, 70, 4, 46], "slots of the free/busy ids")
            ident = s.entry(slots[1][46:68])
            message = [m for m in s.role("messages") if s.number(m, "messages", "id") == ident]
            need(len(message) == 1 and s.prop(message[0], "S", 0x1a).endswith("ScheduleData.FreeBusy"), "free/busy message")


def check(path, truth, profile, skip):
    s = Store(path, read_profile(profile) if profile else USUAL, "narrow" in skip)
    tree = Tree(s)
    truth = json.load(open(truth, encoding="utf-8"))
    first = truth.get("owner")
    messages = {s.number(r, "messages", "id"): r for r in s.role("messages")}
    folders = {}
    for ident, row in tree.by_id.items():
        folders[tree.box(row), tree.path(row)] = ident
    public = not s.role("mailboxes")
    if public:
        need(len({s.get(r, "folders", "mailbox_guid") for r in s.role("folders")}) == 1, "one GUID in a public store")
    taken = 0
    ways = set()
    for f in truth["folders"]:
        if "calendar" in skip and f["class"] == "IPF.Appointment" and "mailbox" not in f:
            continue
        if "parents" in skip and f["class"] == "IPF.Contact":
            continue
        box = None if public else f.get("mailbox", first)
        ident = folders.get((box, f["folder"]))
        need(ident is not None, "no folder", f["folder"], "of", box, sorted(folders, key=str))
        row = tree.by_id[ident]
        need(s.prop(row, "S", 0x3613, role="folders") == f["class"], f["folder"], "class")
        sd = s.prop(row, "N", 0xe27, role="folders")
        want = bytes.fromhex(f.get("securityDescriptor", ""))
        need((sd or b"")[-len(want) + 8:] == want[8:] if want else not sd, f["folder"], "descriptor")
        rows = tree.contents(ident)
        items = [t for t in truth["items"] if t["folder"] == f["folder"] and t.get("mailbox") == f.get("mailbox")]
        if "orphans" in skip:
            need(len(rows) <= len(items), f["folder"], "rows")
            continue
        need(len(rows) == len(items) == f["items"] + f["associated"], f["folder"], len(rows), "rows,", len(items), "items")
        for r, item in zip(rows, items):
            ident = s.number(r, "contents", "message_id")
            marks = bool(s.number(r, "contents", "associated")), bool(s.prop(messages[ident], "L", 0xe07, fallback=0) & 0x40)
            need(any(marks) == item.get("hidden", False), item["summary"], "hidden")
            ways |= {marks} if any(marks) else set()
            check_item(s, messages[ident], ident, item, skip)
            taken += 1
    check_defaults(s, tree)
    need("ways" not in skip or len(ways) == 2 and (True, True) not in ways, "ways to be hidden:", ways)
    print("ok %d folders, %d items, %d messages" % (len(truth["folders"]), taken, len(messages)))


def main():
    plain = [a for a in sys.argv[1:] if not a.startswith("-")]
    skip = {a[1:] for a in sys.argv[1:] if a.startswith("-")}
    try:
        check(plain[0], plain[1], plain[2] if len(plain) > 2 else None, skip)
    except (Differs, ese_read.Bad, struct.error, KeyError, UnicodeError) as e:
        print(f"{plain[0]}: {type(e).__name__}: {e}")
        sys.exit(1)


if __name__ == "__main__":
    main()
