"""Compares what convert tells of sharing with the truth files: check.py DIR SCHEMA.

DIR holds NAME.json (the truth) and NAME/ (what convert wrote). Descriptors are unpacked by Samba and judged
here: per trustee and scope the first entry that speaks of a bit decides, and a bit stands for a right as
"Conversion Between MAPI and Windows Permissions" has it. Busy time is computed here from the events of the truth.
"""
import csv
import datetime as dt
import json
import pathlib
import sys

import jsonschema
import vobject
from samba.dcerpc import security
from samba.ndr import ndr_unpack

UTC = dt.timezone.utc
RIGHTS = {0x001: (True, 0x8), 0x002: (False, 0x2), 0x008: (True, 0x200), 0x010: (True, 0x400),
          0x020: (True, 0x10), 0x040: (True, 0x10000), 0x080: (False, 0x4), 0x100: (False, 0x10),
          0x200: (False, 0x8000), 0x400: (False, 0x800)}
TYPES = {"tentative": "BUSY-TENTATIVE", "busy": "BUSY", "away": "BUSY-UNAVAILABLE"}


class Score:
    """Counts; one line for each fault."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, where, want, got):
        """One comparison."""
        if want == got:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{where}\n    want {want!r:.1500}\n    got  {got!r:.1500}")


def instant(text):
    """An instant of the truth."""
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def rights_of(descriptor):
    """{sid: rights} of the trustees of a descriptor, judged by entry order."""
    dacl = ndr_unpack(security.descriptor, descriptor).dacl
    found = {}
    for ace in dacl.aces:
        allowed, decided = found.setdefault(str(ace.trustee), ({True: 0, False: 0}, {True: 0, False: 0}))
        scopes = [True] if ace.flags & security.SEC_ACE_FLAG_OBJECT_INHERIT else []
        if not ace.flags & security.SEC_ACE_FLAG_INHERIT_ONLY:
            scopes.append(False)
        for item in scopes:
            new = ace.access_mask & ~decided[item]
            decided[item] |= new
            if ace.type == security.SEC_ACE_TYPE_ACCESS_ALLOWED:
                allowed[item] |= new
    return {sid: sum(right for right, (item, bit) in RIGHTS.items() if allowed[item] & bit)
            for sid, (allowed, _) in found.items()}


def check_rights(score, name, truth, lines):
    """Each descriptor that Samba can unpack, against the grants of its folder."""
    for folder in truth["folders"]:
        raw = folder.get("securityDescriptor")
        told = {line["trustee"]["sid"]: (line["rights"], line["role"].lower(), line["canonical"]) for line in lines
                if line["kind"] == "acl" and line["source"] == "ntsd" and line["folder"]["path"] == folder["folder"].split("/")}
        if "acl" in folder:
            score.same(f"{name}: roles of {folder['folder']}",
                       {a["sid"]: (a["rights"], a["role"].replace("-", ""), True) for a in folder["acl"]}, told)
        got = {line["trustee"]["sid"]: line["rights"] for line in lines
               if line["kind"] == "acl" and line["source"] == "ntsd" and line["folder"]["path"] == folder["folder"].split("/")}
        if not raw:
            score.same(f"{name}: {folder['folder']} has no rights of its own", {}, got)
            continue
        try:
            want = rights_of(bytes.fromhex(raw)[8:])
        except (RuntimeError, ValueError):
            want = {}
        score.same(f"{name}: rights of {folder['folder']}", want, got)


def person(truth):
    """What of a person the store can tell: the DN, or else the address."""
    return (truth["name"], truth.get("dn"), None if truth.get("dn") else truth.get("smtp"))


def check_people(score, name, truth, lines):
    """Delegates, their rule, opened folders."""
    def told(who):
        return (who["name"], who["dn"], None if who["dn"] else who["smtp"])
    items = truth["items"]
    want = [(*person(d["delegate"]), d["seesPrivate"], i["wantsCopy"], i["wantsInfo"])
            for i in items if i["kind"] == "freebusy" for d in i["delegates"]]
    got = [(*told(x["delegate"]), x["seesPrivate"], x["wantsCopy"], x["wantsInfo"]) for x in lines
           if x["kind"] == "delegate"]
    score.same(f"{name}: delegates", want, got)
    want = [(*person(p), i["onlyDelegates"]) for i in items if i["kind"] == "rule" for p in i["delegates"]]
    got = [(*told(x["delegate"]), x["ownerGetsNone"]) for x in lines if x["kind"] == "rule"]
    score.same(f"{name}: rule", want, got)
    want = [(i["summary"], i["section"], i.get("group"), i["to"]["dn"], False) for i in items
            if i["kind"] == "shortcut" and "to" in i]
    want += [(i["summary"], "other", None, None, True) for i in items if i["kind"] == "favorite"]
    got = [(x["name"], x["role"], x["group"], x["of"] and x["of"]["dn"], x["public"]) for x in lines
           if x["kind"] == "subscription"]
    score.same(f"{name}: opened folders", want, got)


def joined(periods):
    """Sorted, and one where two of a kind meet."""
    out = []
    for kind, start, end in sorted(periods):
        if out and out[-1][0] == kind and start <= out[-1][2]:
            out[-1] = (kind, out[-1][1], max(end, out[-1][2]))
        elif start < end:
            out.append((kind, start, end))
    return out


def clipped(periods, start, end):
    """What of the periods lies in a range."""
    return joined((k, max(s, start), min(e, end)) for k, s, e in periods if s < end and e > start)


def read_ifb(path):
    """(organizer's DN, start, end, periods) as vobject reads a file."""
    with open(path, newline="", encoding="utf-8") as file:
        free = vobject.readOne(file).vfreebusy
    periods = []
    for line in free.contents.get("freebusy", []):
        for start, end in line.value:
            periods.append((line.params["FBTYPE"][0], start, end if isinstance(end, dt.datetime) else start + end))
    dn = free.organizer.params.get("X-PIMLIFT-EX", [None])[0]
    return dn, free.dtstart.value, free.dtend.value, sorted(periods)


def day(text, zone):
    """Midnight of a date in a zone, as an instant."""
    import zoneinfo
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)


def moment(event, text):
    """Start or end of an event or occurrence of the truth."""
    return instant(text) if "T" in text else day(text, event.get("zone") or "UTC")


def busy_of(event):
    """The periods in which an event of the truth makes busy."""
    for o in event.get("occurrences") or [event]:
        kind = TYPES.get(o.get("busy", event.get("busy")))
        if kind and not o.get("deleted"):
            yield (kind, moment(event, o["start"]), moment(event, o["end"]))


def check_published(score, name, truth, out):
    """Each published message that counts: the newest of a user. Gives {dn: periods}."""
    newest = {}
    for item in truth["items"]:
        if item["kind"] == "times":
            dn = item["of"]["dn"]
            if dn not in newest or item["modified"] > newest[dn]["modified"]:
                newest[dn] = item
    found = {}
    for path in sorted((out / "freebusy").glob("*.ifb")):
        dn, start, end, periods = read_ifb(path)
        found[dn] = (start, end, periods)
    score.same(f"{name}: who published", sorted(newest), sorted(found))
    for dn, item in newest.items():
        want = [(TYPES[p["kind"]], instant(p["start"]), instant(p["end"])) for p in item["periods"]]
        if "OLGA" in item["summary"]:  # told merged: busy and away are one
            want = [("BUSY", s, e) for _, s, e in want]
        score.same(f"{name}: busy time of {dn}", (instant(item["start"]), instant(item["end"]), joined(want)),
                   found.get(dn))
    return found


def check_computed(score, name, truth, out, published):
    """What the calendar makes of its events, against the truth and against what was published."""
    calendars = [f["folder"] for f in truth["folders"] if f["class"] == "IPF.Appointment"]
    events = [i for i in truth["items"] if i["kind"] == "event" and i["folder"] == calendars[0]]
    paths = list((out / "freebusy" / "computed").glob("*.ifb"))
    score.same(f"{name}: one computed file", 1, len(paths))
    if len(paths) != 1:
        return
    _, start, end, got = read_ifb(paths[0])
    # of a series the truth lists the first occurrences only: compare up to the earliest end of a list
    ends = [moment(e, e["occurrences"][-1]["start"]) for e in events if e.get("horizon")]
    until = min([end] + ends)
    all_busy = [p for e in events for p in busy_of(e)]
    score.same(f"{name}: computed", clipped(all_busy, start, until), clipped(got, start, until))
    for dn, (first, last, periods) in published.items():
        if dn.endswith("Berlin/cn=Recipients/cn=anna"):
            score.same(f"{name}: published and computed", clipped(periods, first, last), clipped(got, first, last))


def check_lines(score, name, out, schema):
    """Every line is valid; the flat view has the same people, and no cell that a spreadsheet would run."""
    validator = jsonschema.Draft202012Validator(schema)
    lines = []
    with open(out / "sharing.jsonl", encoding="utf-8") as file:
        for text in file:
            lines.append(json.loads(text))
            score.same(f"{name}: {text[:200]}", [], [e.message for e in validator.iter_errors(lines[-1])])
    with open(out / "sharing.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    want = [x["kind"] for x in lines if x["kind"] in ("acl", "delegate", "rule", "subscription")]
    score.same(f"{name}: rows of the flat view", want, [r["kind"] for r in rows])
    score.same(f"{name}: cells", [], [c for r in rows for c in r.values() if c and c[0] in "=+-@\t"])
    return lines


def main():
    """All stores."""
    score = Score()
    root = pathlib.Path(sys.argv[1])
    schema = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for path in sorted(root.glob("*.json")):
        name, out = path.stem, root / path.stem
        truth = json.loads(path.read_text(encoding="utf-8"))
        lines = check_lines(score, name, out, schema)
        check_rights(score, name, truth, lines)
        check_people(score, name, truth, lines)
        published = check_published(score, name, truth, out)
        check_computed(score, name, truth, out, published)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


sys.exit(main())
