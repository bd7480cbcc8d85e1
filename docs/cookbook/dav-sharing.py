#!/usr/bin/env python3
"""Sends the requests that `pimlift shares DIR --target nextcloud` or `--target caldav` printed.

    pimlift shares out --target nextcloud > sharing.jsonl
    ./dav-sharing.py -n --url https://cloud.example.org/remote.php/dav/ --passwords FILE sharing.jsonl
    ./dav-sharing.py    --url https://cloud.example.org/remote.php/dav/ --passwords FILE sharing.jsonl

    pimlift shares out --target caldav > sharing.jsonl
    ./dav-sharing.py --url https://dav.example.org/calendars/ --principals /principals/users/ --passwords FILE sharing.jsonl

FILE has a line "OWNER:PASSWORD" for each owner. In Nextcloud only owners can share: its administrators have no way to
the calendars of others, so each owner has to be there, with the password of his account or an app password. For
caldav, where the server lets administrators change access lists, one line "*:NAME:PASSWORD" ("*:admin:secret") stands
for all owners that have none. Requests set, so this can run again. In Nextcloud, people of whom no line tells keep
what they have; an ACL request replaces the whole list of a collection. Not run against Nextcloud by the project: try
one owner first.
"""
import argparse
import base64
import json
import sys
import urllib.error
import urllib.request
from xml.sax.saxutils import escape


def passwords_of(path):
    """{owner: "name:password"}."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            owner, colon, rest = line.rstrip("\r\n").partition(":")
            if colon:
                found[owner] = rest if owner == "*" else owner + ":" + rest
    return found


def send(options, login, line):
    """One request; its status."""
    body = line["body"].replace("{principals}", escape(options.principals))
    request = urllib.request.Request(options.url.rstrip("/") + "/" + line["path"], data=body.encode("utf-8"),
                                     method=line["method"], headers={
        "Content-Type": "application/xml; charset=utf-8",
        "Authorization": "Basic " + base64.b64encode(login.encode("utf-8")).decode("ascii")})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def apply(options, passwords, line):
    """Sends one line; says what became of it, and whether that is well."""
    shares = line["method"] == "POST"  # as Nextcloud does, and there nobody may but the owner
    login = passwords.get(line["owner"]) or (None if shares else passwords.get("*"))
    if not line["path"]:
        return "passed over: its owner or its user has no name there", True
    if options.dry_run:
        return "%s %s %s" % (line["method"], line["path"], line["body"]), True
    if not login:
        return "passed over: no password of its owner" + (", and nobody else can share it" if shares else ""), False
    try:
        return "done (%s)" % send(options, login, line), True
    except (urllib.error.URLError, ValueError) as error:
        return "failed: %s" % error, False


def main():
    """All lines; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("--url", required=True)
    parser.add_argument("--principals", default="/principals/")
    parser.add_argument("--passwords")
    parser.add_argument("file")
    options = parser.parse_args()
    passwords, well = passwords_of(options.passwords) if options.passwords else {}, True
    with open(options.file, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            said, good = apply(options, passwords, line)
            well = well and good
            print(ascii((line["owner"], line["folder"], line.get("user"))), said)
    return not well


sys.exit(main())
