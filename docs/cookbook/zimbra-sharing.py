#!/usr/bin/env python3
"""Sets the folder grants that `pimlift shares DIR --target zimbra` printed, by zmmailbox, as the user zimbra.

    pimlift shares out --target zimbra > sharing.jsonl
    ./zimbra-sharing.py -n sharing.jsonl     shows the commands
    ./zimbra-sharing.py sharing.jsonl

A grant replaces the one that somebody has, so this can run again. People who are not in the file keep what they have.
Not run against Zimbra by the project: try one account first.
"""
import argparse
import json
import subprocess
import sys


def command(line):
    """The words of a call of zmmailbox."""
    grantee = ["all"] if line["who"] == "default" else ["account", line["user"]]
    return ["zmmailbox", "-z", "-m", line["owner"], "modifyFolderGrant", line["path"]] + grantee + [line["access"]]


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
                print(about, "passed over: its owner, its user or the folder has no name there")
            elif options.dry_run:
                print(about, command(line))
            elif subprocess.call(command(line), stdin=subprocess.DEVNULL):
                print(about, "failed")
                failed = True
    return failed


sys.exit(main())
