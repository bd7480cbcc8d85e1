#!/usr/bin/python3
"""Whether the iCalendar objects that mail left in a streaming file came out as the events they are.

usage: mailed.py TRUTH.json OUTPUT/calendars [UID of an object that is no event, is known, or is not understood]...
       mailed.py --recipe COUNT      a recipe with that many series of rules that are understood

vobject reads both sides, dateutil expands the series: neither shares anything with pimlift or mkstore.
"""
import datetime
import glob
import itertools
import json
import random
import sys

MOST = 60


def instant(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value


def person(line):
    return (line.value.lower().replace("mailto:", ""), line.params.get("PARTSTAT", ["NEEDS-ACTION"])[0],
            line.params.get("ROLE", ["REQ-PARTICIPANT"])[0])


def event(e):
    text = lambda name: getattr(e, name).value if hasattr(e, name) else None
    end = text("dtend")
    if end is None:
        end = text("dtstart") + (text("duration") or datetime.timedelta())
    series = None
    if hasattr(e, "rrule"):
        series = [instant(t) for t in itertools.islice(e.getrruleset(addRDate=False), MOST)]
    return {
        "uid": text("uid"),
        "original": instant(text("recurrence_id")),
        "start": instant(text("dtstart")),
        "end": instant(end),
        "summary": text("summary"),
        "description": text("description"),
        "location": text("location"),
        "categories": [c for line in e.contents.get("categories", []) for c in line.value],
        "transparent": text("transp") == "TRANSPARENT",
        "sequence": int(text("sequence") or 0),
        "organizer": e.organizer.value.lower() if hasattr(e, "organizer") else None,
        "attendees": [person(a) for a in e.contents.get("attendee", [])],
        "alarm": e.valarm.trigger.value if hasattr(e, "valarm") else None,
        "series": series,
    }


def events(text):
    import vobject
    return [event(e) for c in vobject.readComponents(text) for e in c.vevent_list]


def check(truth, folder, others):
    wanted, found = [], []
    for mailed in json.load(open(truth, encoding="utf-8"))["mailed"]:
        if mailed["whole"]:
            wanted += [e for e in events(mailed["text"]) if e["uid"] not in others]
    for path in glob.glob(folder + "/*recovered*.ics"):
        found += events(open(path, encoding="utf-8", newline="").read())
    order = lambda e: (e["uid"], str(e["original"]))
    for a, b in itertools.zip_longest(sorted(wanted, key=order), sorted(found, key=order)):
        if a is None or b is None:
            sys.exit(f"{'too many' if a is None else 'missing'}: {(a or b)['uid']}")
        for name in a:
            if a[name] != b[name]:
                sys.exit(f"{a['uid']}: {name} is {b[name]!r}, not {a[name]!r}")
    print(f"ok {len(found)} events, {sum(e['series'] is not None for e in found)} series")


def rule(r):
    """A rule and a day that it begins on."""
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    start = datetime.datetime(2001, 1, 1, 7, 15) + datetime.timedelta(days=r.randrange(9000))
    every = f";INTERVAL={r.randint(2, 5)}" if r.random() < 0.5 else ""
    kind = r.randrange(7)
    nth = (start.day - 1) // 7 + 1
    last = (start + datetime.timedelta(days=7)).month != start.month
    if kind == 0:
        text = "FREQ=DAILY" + every
    elif kind == 1:
        also = r.sample(days, r.randint(0, 3))
        text = f"FREQ=WEEKLY{every};BYDAY=" + ",".join(sorted({days[start.weekday()], *also}, key=days.index))
        text += r.choice(["", ";WKST=SU", ";WKST=MO"])
    elif kind == 2:
        start = start.replace(day=min(start.day, 28))
        text = f"FREQ=MONTHLY{every}" + r.choice(["", f";BYMONTHDAY={start.day}"])
    elif kind == 3:
        text = f"FREQ=MONTHLY{every};BYDAY={-1 if last else nth}{days[start.weekday()]}"
    elif kind == 4:
        start = start.replace(day=min(start.day, 28))
        text = f"FREQ=YEARLY{every};BYMONTH={start.month};BYMONTHDAY={start.day}"
    elif kind == 5:
        text = f"FREQ=YEARLY{every};BYMONTH={start.month};BYDAY={-1 if last else nth}{days[start.weekday()]}"
    else:
        start = (start.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)
        text = f"FREQ=MONTHLY{every};BYMONTHDAY=-1"
    end = r.randrange(3)
    if end == 0:
        text += f";COUNT={r.randint(1, 40)}"
    elif end == 1:
        text += ";UNTIL=" + (start + datetime.timedelta(days=r.randint(0, 4000))).strftime("%Y%m%dT%H%M%SZ")
    return start.strftime("%Y%m%dT%H%M%SZ"), text


def recipe(count):
    r = random.Random(41)
    print("store Series\n  owner Anna Berg <anna.berg@example.org>\n  seed 41\nfolder Calendar\n  holds calendar")
    for i in range(count):
        start, text = rule(r)
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Mailer 1.0//EN", "BEGIN:VEVENT",
                 f"UID:rule-{i}@example.net", "DTSTAMP:20240108T071200Z", f"DTSTART:{start}", "DURATION:PT45M",
                 f"RRULE:{text}", f"SUMMARY:Rule {i}", "END:VEVENT", "END:VCALENDAR"]
        print(f"stream\n  calendar {r.choice(['base64', 'quoted-printable', '8bit'])} utf-8")
        print("\n".join("  text " + line for line in lines))


if sys.argv[1] == "--recipe":
    recipe(int(sys.argv[2]))
else:
    check(sys.argv[1], sys.argv[2], sys.argv[3:])
