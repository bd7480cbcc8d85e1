"""Occurrences of every series as khal lists them: khal.py OUT TRUTH.

Each series is a file of a vdir of its own, as a synchroniser leaves it; khal is asked through its command
line, in UTC. khal expands until 2037 at most, and an event that begins before the day asked for is listed again.
"""
import datetime as dt
import json
import pathlib
import subprocess
import sys
import tempfile

import truth

LAST = "2037-01-01"
# A night over the change of summer time lasts an hour more or less: khal keeps its hours, Outlook its end.
DIFFER = ("Over midnight",)
CONFIG = """[calendars]
[[all]]
path = {0}/vdir
[sqlite]
path = {0}/khal.db
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
FORMAT = "{uid}\x1f{all-day}\x1f{start-long-full}\x1f{end-long-full}\x1f{title}\x1f{location}\x1e"


def write(folder, found):
    """One file for each UID; who of them was created when."""
    uids = {}
    (folder / "vdir").mkdir()
    for number, (zones, events) in enumerate(found):
        for uid, parts in events.items():
            text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + "".join(zones + parts) + \
                "END:VCALENDAR\r\n"
            (folder / "vdir" / f"{number}-{len(uids)}.ics").write_bytes(text.encode())
            uids[uid] = truth.created(parts[0])
    return uids


def row_of(fields):
    """(start, end, summary, location); khal's last day of an event is its last, not the one after."""
    _, all_day, start, end, title, location = fields
    if all_day == "True":
        end = (dt.date.fromisoformat(end[:10]) + dt.timedelta(days=1)).isoformat()
        return start[:10], end, title, location
    return (*(t.replace(" ", "T") + ":00Z" for t in (start, end)), title, location)


def main():
    """Reads all calendars of a folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "config").write_text(CONFIG.format(folder), encoding="utf-8")
        uids = write(folder, truth.calendars(sys.argv[1]))
        listed = subprocess.run(
            ["/usr/bin/khal", "-c", folder / "config", "list", "--day-format", "", "--notstarted", "--format", FORMAT,
             "1990-01-01", LAST], check=False, capture_output=True, text=True, encoding="utf-8")
        sys.stderr.write(listed.stderr[:2000])
    read = {}
    for line in listed.stdout.split("\x1e"):
        fields = line.strip("\n").split("\x1f")
        if len(fields) == 6:
            read.setdefault(uids[fields[0]], set()).add(row_of(fields))
    truth.compare(sys.argv[2], read, LAST, DIFFER)


if __name__ == "__main__":
    main()
