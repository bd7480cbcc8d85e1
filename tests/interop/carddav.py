"""Puts cards on a CardDAV server and reads them back: carddav.py URL DIR.

Each folder of DIR becomes an address book of its own, each file in it a card. Counted: every PUT, the listing of
every book, and every card that comes back with all the properties that it had.
"""
import http.client
import pathlib
import re
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "contacts"))
import by_vobject  # pylint: disable=wrong-import-position

MKCOL = """<?xml version="1.0" encoding="utf-8"?>
<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><C:addressbook/></resourcetype></prop></set></mkcol>"""
LIST = """<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"""


class Server:
    """One connection."""

    def __init__(self, url):
        self.parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(self.parts.hostname, self.parts.port, timeout=60)

    def ask(self, method, path, body=None, **headers):
        """Status and body of a request below the URL."""
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers["Authorization"] = "Basic YW5uYTph"
        self.connection.request(method, self.parts.path + path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def lossy(props, version):
    """The properties that python3-vobject, inside Radicale too, keeps of a version."""
    return sorted(p for p in props if p[0] not in by_vobject.UNREADABLE[version])


def book(server, name, files):
    """All cards of one address book: (what, good)."""
    yield f"MKCOL {name}", server.ask("MKCOL", name + "/", MKCOL, Content_Type="application/xml")[0] == 201
    for n, file in enumerate(files):
        data = file.read_bytes()
        status, text = server.ask("PUT", f"{name}/{n}.vcf", data, Content_Type="text/vcard; charset=utf-8")
        yield f"PUT {file}: {status} {text[:200]!r}", status in (201, 204)
        status, text = server.ask("GET", f"{name}/{n}.vcf")
        version = "4.0" if b"VERSION:4.0" in data else "3.0"
        want, got = (lossy(by_vobject.read(t.decode("utf-8"))[0]["props"], version) if t.startswith(b"BEGIN:VCARD") else []
                     for t in (data, text))
        yield f"GET {file}: {status} {sorted(set(want) ^ set(got))!r:.400}", status == 200 and want == got
    status, text = server.ask("PROPFIND", name + "/", LIST, Depth="1", Content_Type="application/xml")
    listed = len(re.findall(rb"<(?:\w+:)?href>[^<]*\.vcf</", text))
    yield f"PROPFIND {name}: {listed} of {len(files)}", status == 207 and listed == len(files)


def main():
    """All address books."""
    server, passed, failed = Server(sys.argv[1]), 0, 0
    for n, folder in enumerate(sorted(p for p in pathlib.Path(sys.argv[2]).iterdir() if p.is_dir())):
        for what, good in book(server, f"b{n}", sorted(folder.rglob("*.vcf"))):
            passed += good
            failed += not good
            if not good:
                print(what)
    print(f"{passed} passed, {failed} failed")


main()
