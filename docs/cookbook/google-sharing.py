#!/usr/bin/env python3
"""Sets the calendar rules of the table that `pimlift shares DIR --target google` printed, by GAM.

    pimlift shares out --target google > sharing.csv
    ./google-sharing.py -n sharing.csv     shows the commands
    ./google-sharing.py sharing.csv

Calendars besides a user's own have an address that Google makes: write it into the first column once they are there;
rows without one are passed over and named. A rule replaces the one that somebody has, so this can run again; nobody
gets mail. People who are not in the table keep what they have. Not run against Google by the project: try one row
first.
"""
import argparse
import csv
import re
import subprocess
import sys


def cell(row, name):
    """A cell without the apostrophes that keep spreadsheets from running it."""
    return re.sub("(^|;)'", r"\1", row[name] or "")


def command(row, verb):
    """The words of a call of gam."""
    role, scope = cell(row, "Role"), cell(row, "Scope")
    if role == "none":
        return ["gam", "calendars", cell(row, "Calendar"), "delete", "acls", scope]
    return ["gam", "calendars", cell(row, "Calendar"), verb, "acls", role, scope, "sendnotifications", "false"]


def main():
    """All rows; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("file")
    options, failed = parser.parse_args(), False
    with open(options.file, encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            about = ascii((cell(row, "Owner"), cell(row, "Folder"), cell(row, "Who")))
            if not cell(row, "Calendar") or not cell(row, "Scope"):
                print(about, "passed over: the calendar or the user has no address")
            elif options.dry_run:
                print(about, command(row, "add"))
            elif subprocess.call(command(row, "add")) and cell(row, "Role") != "none":
                failed = subprocess.call(command(row, "update")) != 0 or failed
    return failed


sys.exit(main())
