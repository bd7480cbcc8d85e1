#!/usr/bin/env python3
"""Sets the folder permissions that `pimlift shares DIR --target grommunio` printed, by grommunio-admin.

    pimlift shares out --target grommunio > sharing.jsonl
    ./grommunio-sharing.py -n sharing.jsonl     shows the commands
    ./grommunio-sharing.py sharing.jsonl

For each line all that somebody has on the folder is taken away, then what the line says is given, so this can run
again. People who are not in the file keep what they have. Not run against grommunio by the project: try one mailbox
first.
"""
import argparse
import json
import re
import subprocess
import sys

# Numbers of the folders that every mailbox has; others begin at FIRST.
OWN = {"calendar": "0xf", "journal": "0x10", "notes": "0x11", "tasks": "0x12", "contacts": "0x13"}
FIRST = 0x1e
EVERYTHING = "0x3fff"  # without a number, "revoke" would leave the rights of free/busy time


def admin(owner, *words):
    """The words of a call."""
    return ["grommunio-admin", "exmdb", owner, "folder"] + list(words)


def child_id(owner, parent, name):
    """The number of the one folder of that name right below a parent, None: below the root people see; or None."""
    listed = subprocess.run(admin(owner, "list", *([parent] if parent else [])), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, check=False).stdout.decode("utf-8", "replace")
    ids = [number for below, number in re.findall("^[\u251c\u2514]\u2500(.*) \\((0x[0-9a-f]+)\\)$", listed, re.MULTILINE)
           if below == name]
    return ids[0] if len(ids) == 1 else None


def folder_id(line):
    """The number of THE calendar and the like, whatever its name; else of the folder, name by name, or None."""
    if line["default"] and line["role"] in OWN:
        return OWN[line["role"]]
    number = None
    for name in line["path"]:
        number = child_id(line["owner"], number, name)
        if number is None:
            return None
    return number if number and int(number, 16) >= FIRST else None  # another's name would be that of the mailbox's own


def commands(line, number):
    """What sets one line. Without a word "grant" would give everything, so then there is none."""
    yield admin(line["owner"], "revoke", number, line["user"], EVERYTHING)
    if line["access"]:
        yield admin(line["owner"], "grant", number, line["user"], *line["access"])


def main():
    """All lines; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("file")
    options, failed = parser.parse_args(), False
    with open(options.file, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            about = ascii((line["owner"], line["folder"], line["user"] or line["who"]))
            if line["access"] is None:
                print(about, "passed over: its owner or its user has no name there")
                continue
            number = "ID" if options.dry_run else folder_id(line)
            if number is None:
                print(about, "passed over: no folder of that name, or more than one")
                continue
            for words in commands(line, number):
                if options.dry_run:
                    print(about, words)
                elif subprocess.call(words, stdin=subprocess.DEVNULL):
                    print(about, "failed")
                    failed = True
                    break
    return failed


sys.exit(main())
