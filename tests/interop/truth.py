"""Occurrences read by another program, beside the truth: what its scripts share.

A reader gives, for each item by the time of its creation, rows of start, end, summary and location; instants
in UTC and dates are texts as in the truth files.
"""
import json
import pathlib
import sys


def components(text, kind):
    """Texts of the components of a kind, of one calendar as text."""
    part, found = [], []
    for line in text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n"):
        if line == f"BEGIN:{kind}":
            part = []
        part.append(line)
        if line == f"END:{kind}":
            found.append("\r\n".join(part) + "\r\n")
    return found


def value(component, name):
    """The value of a property that a component's text has once, or None."""
    for line in component.split("\r\n"):
        if line.split(":")[0].split(";")[0] == name:
            return line.split(":", 1)[1]
    return None


def calendars(folder):
    """Of each file that has events: its zones, and all components of each UID, the master first."""
    for path in sorted(pathlib.Path(folder).rglob("*.ics")):
        text, events = path.read_bytes().decode("utf-8"), {}
        for event in components(text, "VEVENT"):
            events.setdefault(value(event, "UID"), []).append(event)
        if events:
            yield components(text, "VTIMEZONE"), events


def created(master):
    """The time of creation as the truth writes it."""
    t = value(master, "CREATED")
    return f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[9:11]}:{t[11:13]}:{t[13:15]}Z"


def years(truth_file):
    """By time of creation, the year by which a series is over; endless ones go on beyond it."""
    items = json.loads(pathlib.Path(truth_file).read_text(encoding="utf-8"))["items"]
    return {i["created"]: int(i["occurrences"][-1]["start"][:4]) + 2 for i in items
            if i["kind"] == "event" and "repeat" in i}


def compare(truth_file, read, last="9999", differ=()):
    """Prints what differs and the sum.

    last: occurrences from then on are beyond the reader. differ: series that it reads otherwise, by its own
    fault or choice; one that is named and agrees is a failure like one that differs and is not.
    """
    passed = failed = beyond = 0
    for item in json.loads(pathlib.Path(truth_file).read_text(encoding="utf-8"))["items"]:
        if item["kind"] != "event" or item.get("hidden") or "repeat" not in item:
            continue
        want = sorted((o["start"], o["end"], o.get("summary", item["summary"]),
                       o.get("location", item.get("location", ""))) for o in item["occurrences"])
        got = sorted(read.get(item["created"], []))
        if item.get("horizon"):
            last_known = want[-1][0]
            got = [row for row in got if row[0] <= last_known]
        beyond += want[-1][0] >= last
        want, got = ([row for row in rows if row[0] < last] for rows in (want, got))
        if (got == want and want) != (item["summary"] in differ):
            passed += 1
            if got != want:
                print(f"{item['summary']}: read otherwise, as expected")
            continue
        failed += 1
        parts = [pair for pair in zip(want + [None], got + [None]) if pair[0] != pair[1]]
        print(f"{item['summary']}: {len(got)} for {len(want)}; {parts[:1]}")
    if beyond:
        print(f"{beyond} series compared until {last} only")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
