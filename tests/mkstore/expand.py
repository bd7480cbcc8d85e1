#!/usr/bin/python3
"""Expands the series of truth files again, with dateutil and zoneinfo, and compares.

usage: expand.py TRUTH...   prints `N passed, N failed`. Neither mkstore's expansion nor
its zone tables take part here: dates come from dateutil, offsets from tzdata. Series that
keep one zone rule through all years (oneRule) are left out: they differ on purpose. So are those
that count by another calendar: calendars.js has them.
"""
import datetime
import json
import sys
import zoneinfo
from dateutil import rrule

DAYS = {"sun": 6, "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5}
GROUPS = {"day": range(7), "weekday": range(5), "weekend": (5, 6)}
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
OTHER = {"hijri", "hebrew", "umalqura", "saka", "lunar-chinese", "lunar-japanese", "lunar-eto-chinese",
         "lunar-eto-korean", "lunar-rokuyou", "lunar-korean", "hj"}
FREQ = {"daily": rrule.DAILY, "weekdays": rrule.WEEKLY, "weekly": rrule.WEEKLY,
        "monthly": rrule.MONTHLY, "yearly": rrule.YEARLY}


def rule_of(text, start):
    words = text.split()
    name = words.pop(0)
    args = {"dtstart": start, "interval": 1, "wkst": 6}
    if words[0] == "every":
        args["interval"] = int(words[1])
        words = words[2:]
    if name == "yearly":
        args["bymonth"] = start.month
    if name == "weekdays":
        args["byweekday"] = range(5)
    elif name == "weekly":
        args["byweekday"] = [DAYS[d] for d in words.pop(0).split(",")]
    elif name in ("monthly", "yearly"):
        first = words.pop(0)
        if first == "last-day":
            args["bymonthday"] = -1
        elif first == "day":
            day = int(words.pop(0))
            # Outlook takes the last day of a month that is too short.
            args["bymonthday"] = range(28, day + 1) if day > 28 else day
            args["bysetpos"] = -1
        else:
            days = words.pop(0)
            args["byweekday"] = GROUPS[days] if days in GROUPS else [DAYS[d] for d in days.split(",")]
            args["bysetpos"] = NTH[first]
    end = words.pop(0)
    if end == "times":
        args["count"] = int(words.pop(0))
    elif end == "until":
        args["until"] = datetime.datetime.fromisoformat(words.pop(0)) + datetime.timedelta(hours=23, minutes=59)
    if words[:1] == ["week-starts"]:
        args["wkst"] = DAYS[words[1]]
    return rrule.rrule(FREQ[name], **args)


def local(text, zone):
    if len(text) == 10:
        return datetime.datetime.fromisoformat(text)
    utc = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return utc.astimezone(zone).replace(tzinfo=None)


def check(item):
    zone = zoneinfo.ZoneInfo(item["zone"])
    start = local(item["start"], zone)
    stated = {local(o.get("original", o["start"]), zone) for o in item["occurrences"]}
    stated |= {local(d, zone) for d in item["deleted"]}
    expected = []
    for when in rule_of(item["repeat"], start):
        expected.append(when)
        if len(expected) == len(stated) + (1 if not item.get("horizon") else 0):
            break
    return sorted(stated) == expected


passed = failed = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        truth = json.load(f)
    for item in truth["items"]:
        if item["kind"] != "event" or "repeat" not in item or "zone" not in item or item.get("oneRule"):
            continue
        if OTHER & set(item["repeat"].split()):
            continue
        if check(item):
            passed += 1
        else:
            failed += 1
            print(f"{path}: {item['summary']}: {item['zone']} {item['start']} {item['repeat']}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
