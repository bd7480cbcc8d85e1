"""Compares converted stores with their truth files: check.py DIR.

DIR holds NAME.json (the truth) and NAME/ (what convert wrote). Series are read by vobject, whose
time zones are those of the file, and expanded by dateutil; other properties of components are read by
icalendar; cards by vobject. Instants are compared, never text. Components and items meet by the time
of creation (cards: of change), which recipes give each item of its own, and by their name.
"""
import base64
import datetime as dt
import hashlib
import itertools
import json
import pathlib
import sqlite3
import sys

import icalendar
import vobject

UTC = dt.timezone.utc
PHONES = {
    "phone-work": ("TEL", "WORK VOICE"), "phone-work2": ("TEL", "WORK VOICE"),
    "phone-home": ("TEL", "HOME VOICE"), "phone-home2": ("TEL", "HOME VOICE"),
    "phone-mobile": ("TEL", "CELL"), "phone-other": ("TEL", ""), "phone-primary": ("TEL", "PREF"),
    "phone-car": ("TEL", "CAR"), "phone-pager": ("TEL", "PAGER"), "phone-radio": ("X-MS-TEL", "RADIO"),
    "phone-isdn": ("TEL", "ISDN"), "phone-callback": ("X-MS-TEL", "CALLBACK"),
    "phone-company": ("X-MS-TEL", "COMPANY"), "phone-assistant": ("X-MS-TEL", "ASSISTANT"),
    "phone-tty": ("X-MS-TEL", "TTYTDD"), "phone-telex": ("X-MS-TEL", "TELEX"),
    "fax-work": ("TEL", "WORK FAX"), "fax-home": ("TEL", "HOME FAX"), "fax-other": ("TEL", "FAX")}
TEXTS = {
    "nickname": "NICKNAME", "file-as": "X-MS-FILE-AS", "yomi-given": "X-PHONETIC-FIRST-NAME",
    "yomi-surname": "X-PHONETIC-LAST-NAME", "yomi-company": "X-PHONETIC-ORG", "job": "TITLE",
    "profession": "ROLE", "manager": "X-MS-MANAGER", "assistant": "X-MS-ASSISTANT",
    "spouse": "X-MS-SPOUSE", "hobbies": "X-MS-INTERESTS", "im": "X-MS-IMADDRESS",
    "freebusy-url": "FBURL", "web-home": "URL", "web-work": "URL",
    "ftp": "X-PIMLIFT-FTP", "user1": "X-MS-TEXT", "user2": "X-MS-TEXT", "user3": "X-MS-TEXT",
    "user4": "X-MS-TEXT", "government-id": "X-PIMLIFT-GOVERNMENT-ID",
    "customer-id": "X-PIMLIFT-CUSTOMER-ID", "account": "X-PIMLIFT-ACCOUNT",
    "billing": "X-PIMLIFT-BILLING", "computer": "X-PIMLIFT-COMPUTER",
    "language": "X-PIMLIFT-LANGUAGE", "referred-by": "X-PIMLIFT-REFERRED-BY",
    "initials": "X-PIMLIFT-INITIALS", "birthday": "BDAY", "anniversary": "X-MS-ANNIVERSARY",
    "work-address": "LABEL", "home-address": "LABEL", "other-address": "LABEL", "description": "NOTE"}
KINDS = {"event": "VEVENT", "task": "VTODO", "journal": "VJOURNAL", "note": "VJOURNAL"}
STATUS = {"not-started": "NEEDS-ACTION", "in-progress": "IN-PROCESS", "complete": "COMPLETED",
          "waiting": "IN-PROCESS", "deferred": "NEEDS-ACTION"}


class Score:
    """Counts; one line for each fault."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, where, want, got):
        """One comparison."""
        if want == got:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= 200:
            print(f"{where}\n    want {want!r:.400}\n    got  {got!r:.400}")


def moment(value):
    """An instant or date as the truth writes it, from what a parser read."""
    value = getattr(value, "dt", value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return "floating " + value.isoformat()
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value is not None else None


def lines(text):
    """A text without what a body may add: line ends, blanks at the end."""
    return (text or "").replace("\r\n", "\n").rstrip()


def value_of(component, name):
    """A property's value by vobject, or None."""
    prop = getattr(component, name, None)
    return prop.value if prop is not None else None


def event_end(event, start):
    """DTEND, or what stands for it."""
    end = value_of(event, "dtend")
    if end is not None:
        return end
    span = value_of(event, "duration")
    if span is not None:
        return start + span
    return start if isinstance(start, dt.datetime) else start + dt.timedelta(days=1)


def instances(master, overrides, count):
    """Occurrences by vobject and dateutil, as (original, start, end, summary, location)."""
    start = value_of(master, "dtstart")
    dated = not isinstance(start, dt.datetime)
    span = event_end(master, start) - start if master.name == "VEVENT" else None
    changed = {moment(value_of(o, "recurrence_id")): o for o in overrides}
    left = dict(changed)
    try:
        rules = master.getrruleset(addRDate=True)
    except ValueError as fault:
        yield (f"dateutil: {fault}",)
        return
    for at in itertools.islice(rules or [], count):
        at = at.date() if dated else at.replace(tzinfo=start.tzinfo)
        event, begin = left.pop(moment(at), None), at
        end = at + span if span is not None else None
        if event is not None:
            begin = value_of(event, "dtstart")
            end = event_end(event, begin)
        shown = event if event is not None else master
        yield (moment(at), moment(begin), moment(end), value_of(shown, "summary") or "",
               value_of(shown, "location") or "")
    if len(left) and count > len(left) and rules is None:
        yield ("orphans", sorted(left))


def check_series(score, where, item, master, overrides):
    """Every occurrence that the truth names."""
    want = []
    for one in item["occurrences"]:
        want.append((one.get("original", one["start"]), one["start"], one["end"],
                     one.get("summary", item["summary"]), one.get("location", item.get("location", ""))))
    limit = len(want) if item.get("horizon") else len(want) + 10
    got = sorted(instances(master, overrides, limit))
    score.same(where + " occurrences", len(want), len(got))
    for a, b in zip(sorted(want), got):
        score.same(where + " occurrence", a, b)
    altered = sum(1 for one in item["occurrences"] if "original" in one)
    if not item.get("horizon"):
        score.same(where + " exceptions", altered, len(overrides))


def people(component):
    """Attendees by icalendar: (name, address or None, role, answer)."""
    found = component.get("attendee", [])
    rows = []
    for one in found if isinstance(found, list) else [found]:
        par = one.params
        role = "RESOURCE" if par.get("CUTYPE") in ("RESOURCE", "ROOM") else par.get("ROLE")
        mail = one[7:].lower() if one.lower().startswith("mailto:") else None
        name = par.get("CN", "").replace("^'", '"').replace("^n", "\n").replace("^^", "^")
        rows.append((name, mail, role, par.get("PARTSTAT", "NEEDS-ACTION")))
    return sorted(rows, key=str)


def check_event(score, where, item, component):
    """An event's own properties, as icalendar reads them."""
    score.same(where + " start", item["start"], moment(component["dtstart"]))
    end = component.get("dtend")
    score.same(where + " end", item["end"], moment(end if end is not None else component["dtstart"]))
    score.same(where + " all-day", item["allDay"], "T" not in moment(component["dtstart"]))
    score.same(where + " location", item.get("location", ""), str(component.get("location", "")))
    busy = component.get("x-microsoft-cdo-busystatus")
    if busy is not None:
        score.same(where + " busy", {"elsewhere": "WORKINGELSEWHERE", "away": "OOF"}.get(
            item["busy"], item["busy"].upper()), str(busy))
    score.same(where + " transparent", item["busy"] in ("free", "elsewhere"),
               str(component.get("transp", "OPAQUE")) == "TRANSPARENT")
    want = [(p["name"], p.get("smtp", "").lower() or None, p["role"], p["partstat"])
            for p in item.get("attendees", [])]
    score.same(where + " attendees", sorted(want, key=str), people(component))
    if "organizer" in item and item.get("attendees"):
        score.same(where + " organizer", item["organizer"].get("smtp", "").lower(),
                   str(component.get("organizer", ""))[7:].lower())
    alarms = [a["trigger"].dt for a in component.subcomponents if a.name == "VALARM"]
    want = [dt.timedelta(minutes=-item["reminder"])] if "reminder" in item else []
    score.same(where + " alarm", want, alarms)


def check_task(score, where, item, component, read):
    """A task's dates, state and occurrences are dates of the calendar."""
    # a series begins with the date that its pattern counts: the due date where there is one
    series = "repeat" in item and "regenerates" not in item
    names = {"start": "x-pimlift-start", "due": "dtstart"} if series and "due" in item else {}
    for key in ("start", "due"):
        if key in item:
            got = component.get(names.get(key, {"start": "dtstart", "due": "due"}[key]))
            text = f"{got[:4]}-{got[4:6]}-{got[6:]}" if isinstance(got, str) else moment(got)
            score.same(f"{where} {key}", item[key], text)
    if series:
        count = len(item["occurrences"])
        got = [row[1] for row in instances(read, [], count if item.get("horizon") else count + 10)]
        score.same(where + " occurrences", item["occurrences"], got)
    if "completed" in item and item.get("status") == "complete":
        score.same(where + " completed", True, component.get("completed") is not None)
    if "status" in item:
        score.same(where + " status", STATUS[item["status"]], str(component.get("status")))
    if "percent" in item:
        score.same(where + " percent", item["percent"], int(component.get("percent-complete", -1)))
    if "owner" in item:
        score.same(where + " owner", item["owner"], str(component.get("x-pimlift-owner")))


def check_attachments(score, where, item, component):
    """Every attachment's bytes or link; those that are messages are only counted."""
    found = component.get("attach", [])
    found = found if isinstance(found, list) else [found]
    digests = [hashlib.sha256(base64.b64decode(str(a))).hexdigest() for a in found
               if a.params.get("VALUE") == "BINARY"]
    links = [str(a) for a in found if a.params.get("VALUE") != "BINARY"]
    for one in item.get("attachments", []):
        if "sha256" in one:
            score.same(f"{where} attachment {one['name']}", True, one["sha256"] in digests)
        elif "link" in one:
            score.same(f"{where} attachment {one['name']}", True, one["link"] in links)


def check_component(score, where, item, component, read):
    """What all components have, then what its kind has."""
    score.same(where + " summary", item["summary"], str(component.get("summary", "")))
    if "description" in item and "html" not in item:
        score.same(where + " description", lines(item["description"]),
                   lines(str(component.get("description", ""))))
    level = {"normal": "PUBLIC", "personal": "PRIVATE", "private": "PRIVATE"}
    score.same(where + " class", level.get(item["sensitivity"], "CONFIDENTIAL"),
               str(component.get("class", "PUBLIC")))
    check_attachments(score, where, item, component)
    got = sorted(c for row in read.contents.get("categories", []) for c in row.value)
    score.same(where + " categories", sorted(item.get("categories", [])), got)
    if item["kind"] == "event":
        check_event(score, where, item, component)
    elif item["kind"] == "task":
        check_task(score, where, item, component, read)
    elif item["kind"] == "journal":
        score.same(where + " start", item["start"], moment(component.get("dtstart")))


def read_calendars(score, folder):
    """All components: {(kind, created): [(icalendar's, vobject's, overrides)]}."""
    found = {}
    for path in sorted(folder.rglob("*.ics")):
        text = path.read_bytes().decode("utf-8")
        tree = icalendar.Calendar.from_ical(text)
        plain = [c for c in tree.subcomponents if c.name in KINDS.values()]
        faults = [e for c in tree.walk() for e in c.errors]
        score.same(f"{path} read by icalendar", [], faults)
        read = [c for c in next(vobject.readComponents(text, validate=True)).components()
                if c.name in KINDS.values()]
        score.same(f"{path} components", len(plain), len(read))
        masters = {}
        for one, two in zip(plain, read):
            if "recurrence-id" in one and str(one["uid"]) in masters:
                masters[str(one["uid"])].append(two)
                continue
            changes = masters.setdefault(str(one["uid"]), [])
            found.setdefault((one.name, moment(one.get("created"))), []).append((one, two, changes))
    return found


def card_values(card, name):
    """All values of a property, as texts."""
    rows = card.contents.get(name.lower(), [])
    return [", ".join(r.value) if isinstance(r.value, list) else str(r.value) for r in rows]


def card_text(value):
    """A structured part; vobject splits at commas and leaves one text alone."""
    return ",".join(value) if isinstance(value, list) else value or ""


def check_names(score, where, item, card):
    """N, ORG, ADR: their parts."""
    keys = ("surname", "given", "middle", "title", "suffix")
    if any(k in item for k in keys):
        part = card.n.value
        got = [card_text(getattr(part, k)) for k in ("family", "given", "additional", "prefix", "suffix")]
        score.same(where + " N", [item.get(k, "") for k in keys], got)
    keys = ("company", "department", "office")
    if any(k in item for k in keys):
        got = value_of(card, "org") or []
        want = [item.get(k, "") for k in keys]
        score.same(where + " ORG", want, (list(got) + ["", "", ""])[:3])
    for home in ("work", "home", "other"):
        want = [item.get(f"{home}-{k}", "") for k in ("pobox", "street", "city", "state", "code", "country")]
        got = []
        for row in card.contents.get("adr", []):
            adr = row.value
            got.append([card_text(getattr(adr, k))
                        for k in ("box", "street", "city", "region", "code", "country")])
        if any(want):
            score.same(f"{where} {home} address", True, want in got)


def check_contact(score, where, item, card):
    """A contact, field by field."""
    score.same(where + " FN", True, bool(card.fn.value.strip()))
    if "name" in item:
        score.same(where + " FN", item["name"], card.fn.value)
    check_names(score, where, item, card)
    for key, (prop, types) in PHONES.items():
        if key in item:
            rows = [r for r in card.contents.get(prop.lower(), []) if r.value == item[key]]
            have = set(rows[0].params.get("TYPE", [])) if rows else {"absent"}
            score.same(f"{where} {key}", set(types.split()), have & set(types.split()) if rows else have)
    for key, prop in TEXTS.items():
        if key in item:
            got = [lines(v) for v in card_values(card, prop)]
            score.same(f"{where} {key} {got if item[key] not in got else ''}", True, lines(item[key]) in got)
    score.same(where + " mails", [m.get("smtp") for m in item["mails"]], card_values(card, "email"))
    got = [c for row in card.contents.get("categories", []) for c in row.value]
    score.same(where + " categories", sorted(item.get("categories", [])), sorted(got))
    keys = [base64.b64decode(row.value).hex() if isinstance(row.value, str) else bytes(row.value).hex()
            for row in card.contents.get("key", [])]
    score.same(where + " certificates", item.get("certificates", []), keys)
    photos = [a["sha256"] for a in item.get("attachments", []) if a.get("photo")]
    got = [hashlib.sha256(row.value if isinstance(row.value, bytes) else base64.b64decode(row.value)).hexdigest()
           for row in card.contents.get("photo", [])]
    score.same(where + " photo", photos, got)
    for child in item.get("children", []):
        score.same(where + " child", True, child in card_values(card, "x-ms-child"))


def check_group(score, where, item, card, uids):
    """A group's members: each one is there, and those of contacts lead to their cards."""
    rows = card.contents.get("x-addressbookserver-member", [])
    score.same(where + " members", len(item["members"]), len(rows))
    for want, row in zip(item["members"], rows):
        if want.get("ref") in uids:
            score.same(where + " member", "urn:uuid:" + uids[want["ref"]], row.value)
        elif want["form"] == "one-off":
            score.same(where + " member", "mailto:" + want["smtp"], row.value)
        elif want["form"] == "address-book":
            score.same(where + " member", True, want["dn"] in row.params.get("X-PIMLIFT-EX", []))


def check_cards(score, name, items, folder):
    """All cards of a store."""
    cards = {}
    for path in sorted(folder.rglob("*.vcf")):
        for card in vobject.readComponents(path.read_bytes().decode("utf-8"), validate=True):
            stamp = card.rev.value.replace("-", "").replace(":", "")
            cards.setdefault(stamp, []).append(card)
    pairs, uids = [], {}
    for item in items:
        key = item["modified"].replace("-", "").replace(":", "")
        found = cards.get(key, [])
        where = f"{name}: {item['kind']} {item['summary']!r}"
        score.same(where + " is there", 1, min(len(found), 1))
        if found:
            pairs.append((where, item, found.pop(0)))
            if "id" in item:
                uids[item["id"]] = pairs[-1][2].uid.value
    score.same(name + ": cards nobody expects", 0, sum(len(c) for c in cards.values()))
    for where, item, card in pairs:
        if item["kind"] == "group":
            check_group(score, where, item, card, uids)
        else:
            check_contact(score, where, item, card)


def check_calendars(score, name, items, folder):
    """All components of a store."""
    found = read_calendars(score, folder)
    for item in items:
        rows = found.get((KINDS[item["kind"]], item["created"]), [])
        where = f"{name}: {item['kind']} {item['summary']!r}"
        score.same(where + " is there", 1, min(len(rows), 1))
        if not rows:
            continue
        plain, read, overrides = rows.pop(0)
        check_component(score, where, item, plain, read)
        if item["kind"] == "event" and "repeat" in item:
            check_series(score, where, item, read, overrides)
    score.same(name + ": components nobody expects", 0, sum(len(r) for r in found.values()))


def main():
    """All stores of the folder."""
    top, score = pathlib.Path(sys.argv[1]), Score()
    for truth in sorted(top.glob("*.json")):
        name, folder = truth.stem, top / truth.stem
        items = [i for i in json.loads(truth.read_text(encoding="utf-8"))["items"] if not i.get("hidden")]
        check_calendars(score, name, [i for i in items if i["kind"] in KINDS], folder)
        check_cards(score, name, [i for i in items if i["kind"] in ("contact", "group")], folder)
        series = sum(1 for i in items if "repeat" in i and "regenerates" not in i)
        ledger = sqlite3.connect(f"file:{folder}/ledger.db?mode=ro", uri=True)
        # one that has more dates than are listed, or that was cut, is proven as well, and its row says what is amiss
        rows = ledger.execute("SELECT CASE WHEN reason IN ('event.series-horizon', 'event.recurrence-cut') THEN 'proven' ELSE reason END AS verdict, "
                              "count(*) FROM item WHERE verdict IN ('proven', 'listed', 'unproven') GROUP BY verdict").fetchall()
        score.same(name + ": proven series", [("proven", series)] if series else [], rows)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
