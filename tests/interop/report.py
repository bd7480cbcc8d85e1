"""What a CalDAV server finds by time ranges, beside the truth: report.py URL FILE TRUTH.

FILE is the calendar that was put at URL. Each range is one calendar-query REPORT (RFC 4791 7.8); the UIDs
that come must be those of the truth's events that take place then.
"""
import json
import pathlib
import re
import sys
import urllib.request
import xml.etree.ElementTree

import truth

# Weeks, days, the end of short months, hours around changes of summer time; a range before everything.
RANGES = [("19950101T000000Z", "19950201T000000Z"), ("20060401T120000Z", "20060408T120000Z"),
          ("20070310T120000Z", "20070312T120000Z"), ("20080229T000000Z", "20080301T000000Z"),
          ("20080701T000000Z", "20080702T000000Z"), ("20090228T060000Z", "20090228T230000Z"),
          ("20091025T000000Z", "20091025T040000Z"), ("20101231T180000Z", "20110101T180000Z"),
          ("20120228T120000Z", "20120301T120000Z"), ("20120629T000000Z", "20120702T000000Z"),
          ("20200229T000000Z", "20200301T000000Z"), ("20200601T000000Z", "20200608T000000Z"),
          ("20210228T000000Z", "20210301T000000Z")]
QUERY = """<?xml version="1.0"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="{}" end="{}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""


def ask(url, start, end):
    """UIDs that the server finds."""
    request = urllib.request.Request(url, QUERY.format(start, end).encode(), method="REPORT", headers={
        "Depth": "1", "Content-Type": "application/xml", "Authorization": "Basic YW5uYTph"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        tree = xml.etree.ElementTree.fromstring(answer.read())
    data = [e.text for e in tree.iter("{urn:ietf:params:xml:ns:caldav}calendar-data")]
    return {truth.value(truth.components(re.sub("\r?\n", "\r\n", text), "VEVENT")[0], "UID") for text in data}


def known_of(item):
    """The moments of an item, and from when on the truth does not know more."""
    rows = item.get("occurrences", [item])
    return [(o["start"], o["end"]) for o in rows], rows[-1]["start"] if item.get("horizon") else "9999"


def stamp(moment):
    """A date or instant as 20200131T000000Z; a date is a day in UTC to the server."""
    digits = re.sub("[-:]", "", moment)
    return digits if "T" in digits else digits + "T000000Z"


def takes_place(rows, start, end):
    """RFC 4791 9.9: whether one of them overlaps; one without length counts at its start."""
    return any(stamp(a) < end and (stamp(b) > start or a == b and stamp(a) >= start) for a, b in rows)


def main():
    """Asks for each range."""
    url, path, truth_file = sys.argv[1:]
    parts = [p for _, events in truth.calendars(pathlib.Path(path).parent) for p in events.values()]
    text = pathlib.Path(path).read_bytes().decode("utf-8").replace("\r\n ", "")
    uids = {truth.created(p[0]): truth.value(p[0], "UID") for p in parts if "UID:" + truth.value(p[0], "UID") in text}
    items = [i for i in json.loads(pathlib.Path(truth_file).read_text(encoding="utf-8"))["items"]
             if i["kind"] == "event" and not i.get("hidden") and i["created"] in uids]
    passed = failed = 0
    for start, end in RANGES:
        want, unknown = set(), set()
        for item in items:
            rows, until = known_of(item)
            if stamp(until) <= end:
                unknown.add(uids[item["created"]])
            elif takes_place(rows, start, end):
                want.add(uids[item["created"]])
        got = ask(url, start, end) - unknown
        if got == want:
            passed += 1
            continue
        failed += 1
        names = {uids[i["created"]]: i["summary"] for i in items}
        print(f"{start}..{end}: not found {sorted(names[u] for u in want - got)[:5]}, "
              f"found {sorted(names.get(u, u) for u in got - want)[:5]}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
