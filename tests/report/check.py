#!/usr/bin/python3
"""Reads DIR/report.html, and says each thing that is not as the output folder says.

check.py DIR [--monday DATE] [--no-subjects]. Shares nothing with pimlift: the page is read by html.parser, the ledger
by SQL, the manifest as JSON, the calendars by icalendar and dateutil.
"""
import argparse
import collections
import datetime
import glob
import json
import os
import re
import sqlite3
from html.parser import HTMLParser

import icalendar
from dateutil.rrule import rrulestr

ELEMENTS = set(
    "html head meta title style body header nav main section footer h1 h2 h3 h4 p a ul li dl dt dd div span strong "
    "code bdi table caption thead tbody tr th td details summary figure figcaption svg path rect text g".split())
ATTRIBUTES = set(
    "lang charset http-equiv content name id class href role tabindex aria-label aria-hidden scope colspan viewbox "
    "preserveaspectratio x y width height d transform open".split())
VOID = {"meta"}
ITEM = "NOT (count = 0 AND owner = '')"  # other rows of the ledger are about a whole store
LEVELS = ["nothing", "sees when busy", "reads", "adds own items", "edits all items", "owns it"]


def wrong(text):
    print(text)


class Page(HTMLParser):
    """Tables as lists of rows by class, and what else is asked for."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.ids, self.links = [], [], []
        self.tables, self.lines, self.cells = [], [], collections.Counter()
        self.section, self.user, self.texts, self.policy, self.tiles = None, None, [], "", {}
        self.verdict, self.verdict_text, self.title, self.begun = None, "", "", {}
        self.cell = self.label = None

    def attributes(self, tag, attributes):
        if tag not in ELEMENTS:
            wrong(f"an element <{tag}>")
        for name, value in attributes:
            if name not in ATTRIBUTES:
                wrong(f"<{tag} {name}={value!r}>")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
        found = dict(attributes)
        if found.get("http-equiv"):
            self.policy = found["content"]
        return found

    def handle_startendtag(self, tag, attributes):
        found = self.attributes(tag, attributes)
        kind = found.get("class", "")
        if tag == "path" and re.fullmatch(r"g g\d", kind):
            self.lines.append(int(kind[-1]))
        if tag == "path" and re.fullmatch(r"f\d", kind):
            self.cells[int(kind[-1])] += found["d"].count("M")

    def handle_starttag(self, tag, attributes):
        found = self.attributes(tag, attributes)
        self.stack.append((tag, found))
        self.begun[len(self.stack)] = len(self.texts)
        kind = found.get("class") or ""
        if kind.startswith("verdict "):
            self.verdict = kind.split()[1]
        if tag == "section":
            self.section = found.get("id")
            if re.fullmatch(r"m\d+", self.section or ""):
                self.user = self.section
        if tag == "table":
            self.tables.append({"class": found.get("class"), "user": self.user, "rows": [], "caption": ""})
        if tag == "tr":
            self.tables[-1]["rows"].append([])
        if tag in ("td", "th"):
            self.cell = []
        if tag in ("svg", "table") and tag == "svg" and not (found.get("aria-label") or found.get("aria-hidden")):
            wrong("a picture without words")

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1][0] != tag:
            wrong(f"</{tag}> ends {self.stack[-1][0] if self.stack else 'nothing'}")
            return
        if tag in ("h1", "h2", "h3", "h4", "a", "th", "summary", "caption"):
            if not "".join(self.texts[self.begun[len(self.stack)]:]).strip():
                wrong(f"an empty <{tag}>")
        self.stack.pop()
        if tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("".join(self.cell))
            self.cell = None
        if tag == "section" and not any(t == "section" for t, _ in self.stack):
            self.user = None

    def handle_data(self, data):
        tag = self.stack[-1][0] if self.stack else ""
        if tag == "style":
            return
        self.texts.append(data)
        if any((found.get("class") or "").startswith("verdict ") for _, found in self.stack):
            self.verdict_text += data
        if any(tag == "header" for tag, _ in self.stack):
            self.title += data
        if self.cell is not None:
            self.cell.append(data)
        if any(t == "caption" for t, _ in self.stack):
            self.tables[-1]["caption"] += data
        if tag == "dt":
            self.label = data
        if tag == "dd":
            self.tiles[self.label] = None if data == "not known" else int(data.replace(",", ""))

    def handle_comment(self, data):
        wrong(f"a comment: {data!r}")

    def all_of(self, kind):
        return [t for t in self.tables if t["class"] == kind]

    def rows_of(self, kind):
        return [row for t in self.all_of(kind) for row in t["rows"][1:]]


def number(text):
    return int(text.replace(",", ""))


def check_form(page, text):
    if page.stack:
        wrong(f"not closed: {[tag for tag, _ in page.stack]}")
    if len(page.ids) != len(set(page.ids)):
        wrong("an id stands twice")
    for link in page.links:
        if link[0] != "#" or link[1:] not in page.ids:
            wrong(f"a link to {link}")
    if not page.policy.startswith("default-src 'none'; style-src 'sha256-"):
        wrong(f"policy: {page.policy}")
    for mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068":
        if mark in text:
            wrong(f"U+{ord(mark):04X}, which turns text, is in the page")
    if not all(t["caption"] for t in page.tables):
        wrong("a table without a caption")


def check_ledger(page, folder):
    db = sqlite3.connect(f"file:{folder}/ledger.db?mode=ro", uri=True)
    said = " ".join(page.texts)
    sums = dict(db.execute("SELECT outcome, sum(count) FROM item GROUP BY outcome"))
    seen, = db.execute("SELECT sum(seen) FROM run").fetchone()
    line = (f"{seen:,} seen = {sums.get('written', 0):,} written + {sums.get('filtered', 0):,} left out on purpose + "
            f"{sums.get('lost', 0):,} lost.")
    if line not in re.sub(r"\s+", " ", "".join(page.texts)):
        wrong(f"not on the page: {line}")
    by_reason = collections.Counter()
    for outcome, reason, count in db.execute(f"SELECT outcome, reason, count FROM item WHERE reason <> '' AND {ITEM}"):
        by_reason[({"written": "written", "filtered": "left out", "lost": "lost"}[outcome], reason)] += count
    shown = collections.Counter()
    for row in page.rows_of("reasons"):
        shown[(row[1], row[4])] += number(row[2])
    if shown != by_reason:
        wrong(f"reasons: {shown} on the page, {by_reason} in the ledger")
    lost = db.execute(f"SELECT count(*) FROM item WHERE outcome = 'lost' AND {ITEM}").fetchone()[0]
    if len(page.rows_of("losts")) != min(lost, 500):
        wrong(f"{len(page.rows_of('losts'))} lost items on the page, {lost} in the ledger")
    owners = db.execute(f"SELECT count(*) FROM (SELECT DISTINCT run, owner FROM mailbox UNION "
                        f"SELECT DISTINCT run, owner FROM item WHERE {ITEM})").fetchone()[0]
    if len(page.rows_of("mailboxes")) != owners or page.tiles["Mailboxes"] != owners:
        wrong(f"{len(page.rows_of('mailboxes'))} mailboxes on the page, {owners} in the ledger")
    events = db.execute("SELECT coalesce(sum(count), 0) FROM item WHERE file LIKE '%/calendars/%'").fetchone()[0]
    if page.tiles["Events written"] != events or sum(number(r[1]) for r in page.rows_of("mailboxes")) != events:
        wrong(f"{page.tiles['Events written']} events on the page, {events} in the ledger")
    return db, said


# --- stores, and files that should be there -------------------------------------------------------


def stores_of(db, folder):
    """(dir, path) -> whole, losses, cut, not read, not reached."""
    run = json.load(open(f"{folder}/run.json", encoding="utf-8"))
    dirs = dict(db.execute("SELECT run, dir FROM merged")) if run.get("merged") else {}
    stores = {(None, path): "not reached" for path in run.get("options", {}).get("store", [])}
    for store in run["stores"]:
        stores[(store.get("dir"), store["path"])] = "cut" if store["cut"] else "whole"
    for number, path, seen, lost, about in db.execute(
            "SELECT run, store, sum(count), sum(CASE WHEN outcome = 'lost' THEN count ELSE 0 END), "
            f"max(CASE WHEN {ITEM} THEN '' ELSE reason END) FROM item GROUP BY run, store"):
        state = "cut" if about == "store.cut" else "not read" if about and not seen else \
            "losses" if about or lost else "whole"
        stores[(dirs.get(number), path)] = state
    return run, stores


def warned(run, folder):
    codes = [s["path"] for s in run["stores"] if s["facts"].get("shutdown", "clean") != "clean"]
    for line in open(f"{folder}/report.jsonl", encoding="utf-8"):
        fault = json.loads(line)
        if fault["severity"] == "warn" and not fault.get("key"):
            codes.append(fault["code"])
    return codes


def missing_of(db, folder):
    """Files of the ledger that are gone, or have fewer events than it says, or a line that is no JSON."""
    paths = {path for path, in db.execute("SELECT path FROM file WHERE whole <> 0")}
    gone = {path for path in paths if not os.path.isfile(f"{folder}/{path}")}
    if os.path.isfile(f"{folder}/sharing.jsonl"):
        try:
            [json.loads(line) for line in open(f"{folder}/sharing.jsonl", encoding="utf-8")]
        except ValueError:
            gone.add("sharing.jsonl")
    for path, count in db.execute("SELECT file, sum(count) FROM item WHERE file LIKE '%/calendars/%.ics' "
                                  "AND outcome = 'written' GROUP BY file"):
        if path in paths - gone:
            text = open(f"{folder}/{path}", "rb").read()
            if text.count(b"\nEND:VEVENT") < count:
                gone.add(path)
    return gone


def check_verdict(page, db, folder):
    run, stores = stores_of(db, folder)
    shown = collections.Counter((row[0], row[4].split(":")[0].split(";")[0]) for row in page.rows_of("stores"))
    expected = collections.Counter((path, state) for (_, path), state in stores.items())
    if shown != expected:
        wrong(f"stores: {shown} on the page, {expected} in run.json and the ledger")
    gone = missing_of(db, folder)
    bad = {path for (_, path), state in stores.items() if state != "whole"}
    lost, = db.execute("SELECT count(*) FROM item WHERE outcome = 'lost'").fetchone()
    closed, = db.execute("SELECT min(closed) FROM run").fetchone()
    warnings = warned(run, folder)
    color = "bad" if bad or gone or lost or not closed else "warn" if warnings else "good"
    if page.verdict != color:
        wrong(f"the verdict is {page.verdict}, it should be {color}: {bad} {gone} {lost} {warnings}")
    for what in gone | {path for (_, path), state in stores.items() if state not in ("whole", "losses")}:
        if what not in page.verdict_text:
            wrong(f"the verdict does not name {what}: {page.verdict_text}")
    if (color == "good") != ("none was lost" in page.verdict_text):
        wrong(f"{color}: {page.verdict_text}")
    for path in list(bad or [path for _, path in stores])[:4]:
        if os.path.basename(path) not in page.title:
            wrong(f"the title does not name {path}")
    sharing = os.path.exists(f"{folder}/sharing.jsonl") and "sharing.jsonl" not in gone
    asked = run.get("options", {}).get("to") or ["freebusy"]
    busy = "freebusy" in asked and not any(path.startswith("freebusy/") for path in gone)
    for label, known in (("Calendar grants", sharing), ("People unresolved", sharing), ("Busy times in doubt", busy)):
        if (page.tiles[label] is not None) != known:
            wrong(f"{label}: {page.tiles[label]}, and it is {'' if known else 'not '}known")


def level_of(line):
    rights = set(line["rightsNames"])
    for level, names in ((5, {"Owner"}), (4, {"EditAny", "DeleteAny"}), (3, {"Create", "EditOwned", "DeleteOwned"}),
                         (2, {"ReadAny"})):
        if rights & names:
            return level
    return int(line["freebusy"] != "none")


def check_sharing(page, folder):
    path = f"{folder}/sharing.jsonl"
    if not os.path.exists(path) or page.tiles["Calendar grants"] is None:
        return
    lines = [json.loads(line) for line in open(path, encoding="utf-8")]
    grants = collections.Counter()
    for line in lines:
        if line["kind"] == "acl" and line["folder"]["role"] == "calendar":
            who = line["trustee"]
            name = {"default": "Everybody else", "anonymous": "Not logged in"}.get(who["kind"])
            grants[("/".join(line["folder"]["path"]), level_of(line), name)] += 1
    shown = collections.Counter()
    for row in page.rows_of("edges"):
        name = row[2] if row[2] in ("Everybody else", "Not logged in") else None
        shown[(re.sub("[\u202a-\u202e\u2066-\u2069\ufffd]", "", row[1]), LEVELS.index(row[3]), name)] += 1
    plain = collections.Counter()
    for (place, level, name), count in grants.items():
        plain[(re.sub("[\u202a-\u202e\u2066-\u2069\ufffd]", "", place), level, name)] += count
    if shown != plain:
        wrong(f"grants on calendars: {shown} on the page, {plain} in the manifest")
    table = collections.Counter(LEVELS.index(row[3]) for row in page.rows_of("edges"))
    drawn = collections.Counter(page.lines) if page.lines else page.cells
    del table[0]
    if +table != +drawn:
        wrong(f"the picture has {drawn}, the table {table}")
    for row in page.rows_of("targets"):
        if sum(number(cell) for cell in row[1:4]) != sum(line["kind"] == "acl" for line in lines):
            wrong(f"{row[0]}: its grants are not those of the manifest")


# --- calendars ------------------------------------------------------------------------------------


def wall(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None), False
    return datetime.datetime.combine(value, datetime.time()), True


def dates_of(event, name):
    lists = event.get(name, [])
    lists = lists if isinstance(lists, list) else [lists]
    return [wall(d.dt)[0] for one in lists for d in one.dts]


def occurrences(path, until):
    calendar = icalendar.Calendar.from_ical(open(path, "rb").read())
    events = list(calendar.walk("VEVENT"))
    changed = collections.defaultdict(list)
    for event in events:
        if "RECURRENCE-ID" in event:
            changed[str(event["UID"])].append(wall(event["RECURRENCE-ID"].dt)[0])
    for event in events:
        start, all_day = wall(event["DTSTART"].dt)
        end = wall(event["DTEND"].dt)[0] if "DTEND" in event else start
        starts = [start]
        if "RRULE" in event:
            rule = event["RRULE"].to_ical().decode()
            zone = event["DTSTART"].dt.tzinfo if not all_day else None
            last = re.search(r"UNTIL=(\d{8}T\d{6})Z", rule)
            if last and zone:
                moment = datetime.datetime.strptime(last[1] + "+0000", "%Y%m%dT%H%M%S%z")
                rule = rule.replace(last[0], f"UNTIL={moment.astimezone(zone):%Y%m%dT%H%M%S}")
            endless = "UNTIL" not in rule and "COUNT" not in rule
            every = rrulestr(rule, dtstart=start)
            starts = list(every.between(start, until, inc=True)) if endless else list(every)
        starts += [d for d in dates_of(event, "RDATE") if d not in starts]
        if "RECURRENCE-ID" not in event:
            out = set(dates_of(event, "EXDATE")) | set(changed[str(event["UID"])])
            starts = [s for s in starts if s not in out]
        hidden = str(event.get("CLASS", "PUBLIC")).upper() != "PUBLIC"
        for s in starts:
            yield s, s + (end - start), all_day, None if hidden else str(event.get("SUMMARY", "")), event


def check_times(page, db, folder, options, gone):
    owners = db.execute(f"SELECT run, owner FROM mailbox UNION SELECT run, owner FROM item WHERE {ITEM} ORDER BY 1, 2").fetchall()
    names = {f"m{i + 1}": owner for i, (_, owner) in enumerate(page_order(db))}
    assert len(names) == len(owners)
    for user, owner in names.items():
        if any(path.startswith(f"{owner}/calendars/") for path in gone):
            continue  # what is left of them depends on who reads it
        found = [o for path in sorted(glob.glob(f"{glob.escape(folder)}/{glob.escape(owner)}/calendars/**/*.ics",
                                                recursive=True))
                 for o in occurrences(path, options.monday + datetime.timedelta(days=367, seconds=-1))]
        check_hours(page, user, owner, found)
        check_week(page, user, owner, found, options)


def page_order(db):
    order = []
    for row in db.execute("SELECT run, owner FROM mailbox ORDER BY run, owner, store"):
        if row not in order:
            order.append(row)
    for row in db.execute(f"SELECT run, owner FROM item WHERE {ITEM} ORDER BY run, owner"):
        if row not in order:
            order.append(row)
    return order


def check_hours(page, user, owner, found):
    hours = collections.Counter()
    years = collections.Counter(str(start.year) for start, *_ in found)
    for start, end, all_day, _, _ in found:
        at = start.replace(minute=0)
        while not all_day and (at < end or at == start.replace(minute=0)):
            hours[(str(at.hour), at.weekday())] += 1
            at += datetime.timedelta(hours=1)
    shown = collections.Counter()
    for table in page.all_of("grid"):
        if table["user"] == user:
            for row in table["rows"][1:]:
                for day, cell in enumerate(row[1:]):
                    shown[(row[0], day)] += number(cell)
    if +shown != hours:
        wrong(f"{owner}: hours {+shown} on the page, {hours} in the files")
    by_year = {row[0]: number(row[1]) for t in page.all_of("yearly") if t["user"] == user for row in t["rows"][1:]}
    if by_year != dict(years):
        wrong(f"{owner}: years {by_year} on the page, {dict(years)} in the files")


def check_week(page, user, owner, found, options):
    first, after = options.monday, options.monday + datetime.timedelta(days=7)
    week = [o for o in found if o[0] < after and (o[1] > first or o[0] == o[1] >= first)]
    expected = collections.Counter()
    for start, _, all_day, what, _ in week:
        told = what if what is not None and not options.no_subjects else "(not shown)" if options.no_subjects else \
            "(private)"
        told = re.sub("[\u202a-\u202e\u2066-\u2069]", "\ufffd", told)
        expected[(max(start, first).strftime("%A"), None if all_day else f"{start:%H:%M}", told)] += 1
    shown = collections.Counter()
    for table in page.all_of("week"):
        if table["user"] == user:
            for row in table["rows"][1:]:
                shown[(row[0], row[1][:5] if row[1][0].isdigit() else None, row[2])] += 1
    if shown != expected:
        wrong(f"{owner}: week {shown} on the page, {expected} in the files")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--monday", type=datetime.datetime.fromisoformat)
    parser.add_argument("--no-subjects", action="store_true")
    options = parser.parse_args()
    text = open(f"{options.folder}/report.html", encoding="utf-8").read()
    page = Page()
    page.feed(text)
    page.close()
    check_form(page, text)
    db, said = check_ledger(page, options.folder)
    check_verdict(page, db, options.folder)
    check_sharing(page, options.folder)
    shown = re.search(r"What you will see on Monday, (\d+ \w+ \d+)", said)
    if options.monday:
        options.monday -= datetime.timedelta(days=options.monday.weekday())
        if not shown or datetime.datetime.strptime(shown[1], "%d %B %Y") != options.monday:
            wrong(f"{shown and shown[1]} is not the week asked for")
    elif shown:
        options.monday = datetime.datetime.strptime(shown[1], "%d %B %Y")
    if options.monday and shown:
        check_times(page, db, options.folder, options, missing_of(db, options.folder))


main()
