#!/usr/bin/env python3
"""Sets the calendar permissions that `pimlift shares DIR --target graph` printed, through Microsoft Graph.

    pimlift shares out --target graph > sharing.jsonl
    GRAPH_TOKEN=... ./graph-sharing.py -n sharing.jsonl     shows what would change
    GRAPH_TOKEN=... ./graph-sharing.py sharing.jsonl

The token needs Calendars.ReadWrite (application). Each line sets what one person may do with one calendar, so it can
run again. People who are not in the file keep what they have. Not run against Graph by the project: try one mailbox
first.
"""
import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


class Graph:
    """Requests with the token."""

    def __init__(self, base, token, lines):
        self.base, self.token, self.known, self.folders = base.rstrip("/"), token, {}, {}
        for line in lines:
            if not line["default"]:
                self.folders.setdefault((line["owner"], line["calendar"]), set()).add(line["folder"])

    def send(self, method, path, body=None):
        """The answer as it is in JSON, or None."""
        data = None if body is None else json.dumps(body).encode("utf-8")
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={
            "Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def all_of(self, path):
        """A collection over all its pages."""
        found = []
        while path:
            page = self.send("GET", path)
            found += page.get("value", [])
            path = page.get("@odata.nextLink", "")
            if path and not path.startswith(self.base):
                raise ValueError("the next page lies on another server")
            path = path[len(self.base):]
        return found

    def calendar(self, line):
        """The path of a calendar of its owner; None where no or more than one has its name, here or there."""
        user = "/users/" + urllib.parse.quote(line["owner"], safe="")
        if line["default"]:
            return user + "/calendar"
        if len(self.folders[line["owner"], line["calendar"]]) != 1:
            return None
        if user not in self.known:
            self.known[user] = self.all_of(user + "/calendars?$select=id,name,isDefaultCalendar&$top=100")
        ids = [c["id"] for c in self.known[user] if c.get("name") == line["calendar"] and not c.get("isDefaultCalendar")]
        return user + "/calendars/" + urllib.parse.quote(ids[0], safe="") if len(ids) == 1 else None


def entry_of(line, entries):
    """The permission that a line is about, or None."""
    for entry in entries:
        address = (entry.get("emailAddress") or {}).get("address") or ""
        if line["who"] == "default" and entry.get("isInsideOrganization") and not entry.get("isRemovable"):
            return entry
        if line["who"] == "user" and address.lower() == line["user"].lower():
            return entry
    return None


def apply(graph, line, dry):
    """Sets one line; says what it did, or None where nothing changes."""
    if not line["owner"] or line["access"] is None:
        return "passed over: its owner or its user has no name there"
    calendar = graph.calendar(line)
    if calendar is None:
        return "passed over: no calendar of that name, or more than one"
    path = calendar + "/calendarPermissions"
    entry = entry_of(line, graph.all_of(path))
    before = entry["role"] if entry else "none"
    if before == line["access"]:
        return None
    if dry:
        return "%s would become %s" % (before, line["access"])
    if entry and line["request"]:
        graph.send("PATCH", path + "/" + urllib.parse.quote(entry["id"], safe=""), {"role": line["access"]})
    elif entry:
        graph.send("DELETE", path + "/" + urllib.parse.quote(entry["id"], safe=""))
    elif line["who"] == "user" and line["request"]:
        graph.send("POST", path, line["request"])
    else:
        return "passed over: the calendar has no entry for everybody"
    return "%s became %s" % (before, line["access"])


def main():
    """All lines; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("--url", default="https://graph.microsoft.com/v1.0")
    parser.add_argument("file")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    graph, failed = Graph(options.url, os.environ.get("GRAPH_TOKEN", ""), lines), False
    for line in lines:
        try:
            said = apply(graph, line, options.dry_run)
        except (urllib.error.URLError, ValueError) as error:
            said, failed = "failed: %s" % error, True
        if said:
            print(ascii((line["owner"], line["folder"], line["user"] or line["who"])), said)
    return failed


sys.exit(main())
