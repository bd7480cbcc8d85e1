#!/usr/bin/env python3
"""Applies access.jsonl of `pimlift shares --target cyrus -o DIR` to Cyrus IMAP. Two steps:

cyrus-sharing.py lists access.jsonl < dump > new
    Sets the access lists in a dump of the list of mailboxes (ctl_mboxlist -d; load the new one with -u). The owner keeps
    what he has; everything else in the list is replaced. Nothing is written when a mailbox is missing.
cyrus-sharing.py open access.jsonl HOST PORT ADMIN PASSWORDFILE
    Subscribes people to the folders of others that they had opened, over IMAP, with the authority of an administrator.
"""
import imaplib
import json
import re
import sys


def lines(path, kind):
    """The objects of one kind."""
    with open(path, encoding="utf-8") as file:
        return [x for x in map(json.loads, file) if x["kind"] == kind]


def mailbox(line, separator="."):
    """The internal name: dots of a user are '^' there."""
    return separator.join(["user", line["owner"].replace(".", "^"), line["tree"], line["collection"]])


def set_lists(path):
    """From stdin to stdout."""
    boxes = json.load(sys.stdin)
    missing = [mailbox(x) for x in lines(path, "acl") if mailbox(x) not in boxes]
    if missing:
        sys.exit("these mailboxes are not there, so nothing was set: " + ", ".join(missing))
    for line in lines(path, "acl"):
        box = boxes[mailbox(line)]
        own = box["acl"].get(line["owner"])
        box["acl"] = {**({line["owner"]: own} if own else {}), **line["acl"]}
    print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in boxes.items()) + "\n}")


def open_folders(path, host, port, admin, password_file):
    """SUBSCRIBE, as each of those people."""
    with open(password_file, encoding="utf-8") as file:
        password = file.readline().rstrip("\n")
    failed = 0
    for line in lines(path, "opened"):
        imap = imaplib.IMAP4(host, int(port))
        imap.authenticate("PLAIN", lambda _, user=line["user"]: f"{user}\0{admin}\0{password}".encode())
        others = re.search(rb'\)\) \(\("((?:[^"\\]|\\.)*)" "(.)"\)', imap.namespace()[1][0])
        prefix, separator = others.group(1).decode(), others.group(2).decode()
        name = prefix + separator.join([line["owner"], line["tree"], line["collection"]])
        status, said = imap.subscribe('"' + name + '"')
        if status != "OK":
            print(line["user"], name, said, file=sys.stderr)
            failed += 1
        imap.logout()
    return failed > 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "lists":
        sys.exit(set_lists(sys.argv[2]))
    if len(sys.argv) == 7 and sys.argv[1] == "open":
        sys.exit(open_folders(*sys.argv[2:]))
    sys.exit(__doc__)
