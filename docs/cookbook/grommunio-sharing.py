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

EVERYTHING = "0x3fff"  # without a number, "revoke" would leave the rights of free/busy time


def admin(owner, *words):
    """The words of a call."""
    return ["grommunio-admin", "exmdb", owner, "folder"] + list(words)


def folder_id(owner, name):
    """The number of the one folder of that name, or None."""
    if name.startswith("-") or "\0" in name:
        return None
    found = subprocess.run(admin(owner, "find", "-x", name), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           universal_newlines=True, check=False)
    ids = set(re.findall(r"\((0x[0-9a-f]+)\)$", found.stdout, re.MULTILINE))
    return ids.pop() if len(ids) == 1 else None


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
            number = "ID" if options.dry_run else folder_id(line["owner"], line["name"])
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
