#!/usr/bin/env python3
"""Puts the collections of `pimlift shares --target davical|cyrus -o DIR` onto a server: dav-upload.py DIR URL PASSWORDS

DIR/collection-root/OWNER/COLLECTION/ becomes URL/OWNER/COLLECTION/, made and filled by its owner; {role} in URL is
replaced by calendars or addressbooks. PASSWORDS has a line OWNER:PASSWORD for each. An item that is there already is
replaced, so it may be run again. Nothing that an item says of participants is acted upon by this script; whether the
server sends invitations is a setting of the server: switch it off first, docs/cookbook/ says how.
"""
import base64
import http.client
import json
import pathlib
import sys
import urllib.parse
from xml.sax.saxutils import escape

CALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"""
BOOK = """<?xml version="1.0" encoding="utf-8"?>
<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>
<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>
<D:displayname>{name}</D:displayname></D:prop></D:set></D:mkcol>"""


def ask(url, who, method, body, kind):
    """The status of one request, and what it said."""
    place = urllib.parse.urlsplit(url)
    connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = connect(place.hostname, place.port, timeout=120)
    token = base64.b64encode(":".join(who).encode()).decode()
    connection.request(method, place.path, body, {"Authorization": "Basic " + token, "Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def put_collection(folder, url, who):
    """Makes it, unless it is there, and puts every item. How many failed."""
    props = json.loads((folder / ".Radicale.props").read_text(encoding="utf-8"))
    book = props["tag"] == "VADDRESSBOOK"
    name = escape(props["D:displayname"])
    body, method = (BOOK, "MKCOL") if book else (CALENDAR, "MKCALENDAR")
    base = url.replace("{role}", "addressbooks" if book else "calendars") + "/".join(
        urllib.parse.quote(p) for p in (who[0], folder.name)) + "/"
    status, text = ask(base, who, method, body.format(name=name).encode(), "application/xml; charset=utf-8")
    if status not in (201, 405):  # 405: it is there
        print(f"{base}: {method} {status} {text[:300]}", file=sys.stderr)
        return 1
    failed = 0
    for item in sorted(folder.glob("[!.]*")):
        kind = "text/vcard; charset=utf-8" if book else "text/calendar; charset=utf-8"
        status, text = ask(base + urllib.parse.quote(item.name), who, "PUT", item.read_bytes(), kind)
        if status not in (200, 201, 204):
            print(f"{item}: PUT {status} {text[:300]}", file=sys.stderr)
            failed += 1
    return failed


def main():
    """All collections of all owners that have a password."""
    root, url = pathlib.Path(sys.argv[1]) / "collection-root", sys.argv[2].rstrip("/") + "/"
    passwords = dict(line.rstrip("\n").split(":", 1) for line in open(sys.argv[3], encoding="utf-8"))
    failed = 0
    for owner in sorted(root.iterdir()):
        if owner.name not in passwords:
            print(f"{owner.name}: no password", file=sys.stderr)
            failed += 1
            continue
        for folder in sorted(owner.iterdir()):
            failed += put_collection(folder, url, (owner.name, passwords[owner.name]))
    return failed > 0


sys.exit(main())
