"""Each of five people, and somebody who did not log in, tries everything in every folder: rights.py SERVER URL TRUTH...

What has to succeed follows from the truth of the recipe and from the words that the server has; the converter is not
asked. Nothing may succeed that the truth does not grant. Where a server has no word for a right it is refused, and
REDUCED lists exactly those.
"""
import base64
import http.client
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as xml

READ, CREATE, EDIT_OWN, DELETE_OWN, EDIT, DELETE, OWNER = 0x001, 0x002, 0x008, 0x010, 0x020, 0x040, 0x100
PEOPLE = ["anna", "bert", "carla", "dora", "emil"]
DAV = "{DAV:}"
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:{kind}
UID:{uid}
DTSTAMP:20240101T000000Z
{when}SUMMARY:{text}
END:{kind}
END:VCALENDAR
"""
CARD = """BEGIN:VCARD
VERSION:3.0
UID:{uid}
FN:{text}
N:{text};;;;
END:VCARD
"""


class Score:
    """Counts; one line for each fault."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, where, want, got):
        """One comparison."""
        if want == got:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{where}: want {want!r:.500} got {got!r:.900}")


class Folder:
    """A folder of the truth, and where the server has it."""

    def __init__(self, owner, raw, items):
        self.owner, self.path, self.items = owner, raw["folder"], items
        self.name = raw["folder"].split("/")[-1]
        self.role = {"IPF.Appointment": "calendar", "IPF.Contact": "contacts", "IPF.Task": "tasks"}[raw["class"]]
        self.listed, self.others, self.anonymous, floor = {}, 0, 0, ~0
        for grant in raw.get("acl") or []:
            if grant["who"] == "default":
                self.others = grant["rights"]
            elif grant["who"] == "anonymous":
                self.anonymous = grant["rights"]
            elif grant["who"][1:] in PEOPLE:
                self.listed[grant["who"][1:]] = grant["rights"]
            else:
                floor &= grant["rights"]  # nobody can name him: he could be anybody
        self.true_others, self.others = self.others, self.others & floor
        self.href = None

    def rights(self, who):
        """(by the source, what a target can carry): less where everybody else had to be lowered."""
        if who is None:
            return self.anonymous, self.anonymous
        return self.listed.get(who, self.true_others), self.listed.get(who, self.others)

    def __str__(self):
        return f"{self.owner}/{self.path}"


class Client:
    """HTTP as one of the people; None did not log in."""

    def __init__(self, url, who):
        self.place, self.who = urllib.parse.urlsplit(url), who

    def ask(self, method, path, body=None, headers=None):
        """(status, text). Follows no redirection."""
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=60)
        headers = {"User-Agent": "curl/7.88.1", **(headers or {})}  # SOGo lists less for clients that it does not know
        if self.who:
            token = base64.b64encode(f"{self.who}:{self.who}-secret".encode()).decode()
            headers["Authorization"] = "Basic " + token
        connection.request(method, path, body and body.encode(), headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        status = answer.status
        connection.close()
        return status, text

    def props(self, path, depth, names):
        """{href: {name: element}} of a PROPFIND; what was not found is left out."""
        ask = "".join(f"<x:{n.split('}')[1]} xmlns:x='{n[1:].split('}')[0]}'/>" for n in names)
        status, text = self.ask("PROPFIND", path, f"<D:propfind xmlns:D='DAV:'><D:prop>{ask}</D:prop></D:propfind>",
                                {"Depth": str(depth), "Content-Type": "application/xml"})
        found = {}
        if status != 207:
            return found
        for response in xml.fromstring(text).iter(DAV + "response"):
            href = urllib.parse.unquote(urllib.parse.urlsplit(response.find(DAV + "href").text).path)
            for stat in response.iter(DAV + "propstat"):
                if " 200 " in stat.find(DAV + "status").text + " ":
                    found.setdefault(href, {}).update({e.tag: e for e in stat.find(DAV + "prop")})
        return found


def quoted(path):
    """A path for a request line."""
    return urllib.parse.quote(path, safe="/=@:+,;&$!*'()~")


def item(folder, uid, text):
    """A body and its type."""
    if folder.role == "contacts":
        return CARD.format(uid=uid, text=text).replace("\n", "\r\n"), {"Content-Type": "text/vcard; charset=utf-8"}
    kind = "VTODO" if folder.role == "tasks" else "VEVENT"
    when = "" if kind == "VTODO" else "DTSTART:20240910T100000Z\nDTEND:20240910T110000Z\n"
    body = EVENT.format(kind=kind, uid=uid, text=text, when=when)
    return body.replace("\n", "\r\n"), {"Content-Type": "text/calendar; charset=utf-8"}


def summary(item_of_truth):
    """Words that a reader has to find: letters only, so that escapes do not matter."""
    return re.findall(r"\w+", item_of_truth["summary"])


def unfolded(text):
    """Content lines without folding."""
    return re.sub(r"\r?\n[ \t]", "", text)


def shows(text, item_of_truth):
    """Is the subject in it?"""
    return bool(text) and all(word in unfolded(text) for word in summary(item_of_truth))


# --- servers ------------------------------------------------------------------------------------------------------


class Sogo:
    """SOGo 5: ACL by words for public, private and confidential items."""

    reads_private = "delegates"
    lists = "opened"
    administers = False
    tells_more = {"read", "write", "unbind"}  # to who may create only; the tries show that he may not

    def __init__(self, url):
        self.url = url

    def homes(self, owner, role):
        """Where the folders of an account are listed."""
        return f"/SOGo/dav/{owner}/{'Contacts' if role == 'contacts' else 'Calendar'}/"

    def address(self, href, who):
        """Who did not log in has a path of his own."""
        return href.replace("/SOGo/dav/", "/SOGo/dav/public/") if who is None else href

    def is_own(self, href, owner):
        """Those of others have names of their own."""
        return bool(href and owner)

    def opened(self, client, role):
        """(owner, id) of the folders of others that an account has in its list."""
        found = set()
        for href in client.props(quoted(self.homes(client.who, role)), 1, [DAV + "displayname"]):
            name = href.rstrip("/").split("/")[-1]
            for owner in PEOPLE:
                if owner != client.who and name.startswith(owner + "_"):
                    found.add((owner, name[len(owner) + 1:]))
        return found

    def allows(self, rights, folder):
        """What of a set of rights it has words for: (see, create, edit, delete)."""
        see = bool(rights & READ)
        create = bool(rights & CREATE)
        return see, create, see and bool(rights & EDIT), bool(rights & DELETE)


class Radicale:
    """Radicale 3: r and rw; who writes there can drop the collection, so only owners do."""

    reads_private = "readers"
    administers = False
    needs = OWNER
    tells_more = {"all"}  # who writes may also rename and delete the collection: docs/cookbook/radicale.md

    def __init__(self, url):
        self.url = url

    def homes(self, owner, role):
        """All collections of an account stand in one place."""
        del role
        return f"/{owner}/"

    def address(self, href, who):
        """The same for all."""
        del who
        return href

    def opened(self, client, role):
        """It has no lists: a client finds what it may see in the home of the owner."""
        found = set()
        for owner in PEOPLE:
            if owner == client.who:
                continue
            for href, values in client.props(f"/{owner}/", 1, [DAV + "resourcetype"]).items():
                kinds = {e.tag.split("}")[1] for e in values[DAV + "resourcetype"]}
                if ("addressbook" if role == "contacts" else "calendar") in kinds:
                    found.add((owner, href.rstrip("/").split("/")[-1]))
        return found

    lists = "all"  # what may be seen at all

    def is_own(self, href, owner):
        """They stand in one place."""
        return href.startswith(f"/{owner}/")

    def allows(self, rights, folder):
        """Reads; with every right on items, writes."""
        del folder
        see = bool(rights & READ)
        needs = CREATE | EDIT | DELETE | self.needs
        write = see and rights & needs == needs
        return see, write, write, write


class RadicaleCompat(Radicale):
    """With --policy compat editors write too, and then they can drop the collection."""

    needs = 0


class Davical:
    """DAViCal: WebDAV privileges; private items are their owner's alone."""

    reads_private = "nobody"
    lists = "opened"
    tells_more = set()
    administers = True  # the owner's right to change the rights is carried

    def __init__(self, url):
        self.url = url

    def homes(self, owner, role):
        """All collections of an account stand in one place."""
        del role
        return f"/caldav.php/{owner}/"

    def address(self, href, who):
        """Who did not log in has a path of his own."""
        return href.replace("/caldav.php/", "/public.php/") if who is None else href

    def opened(self, client, role):
        """Bindings: OWNER_COLLECTION in one's own home."""
        found = set()
        for href, values in client.props(f"/caldav.php/{client.who}/", 1, [DAV + "resourcetype"]).items():
            kinds = {e.tag.split("}")[1] for e in values[DAV + "resourcetype"]}
            owner, _, collection = href.rstrip("/").split("/")[-1].partition("_")
            if owner in PEOPLE and ("addressbook" if role == "contacts" else "calendar") in kinds:
                found.add((owner, collection))
        return found

    def allows(self, rights, folder):
        """Every right on all items has a word; only who may change all events makes one."""
        create = rights & CREATE and (folder.role == "contacts" or rights & EDIT)
        return bool(rights & READ), bool(create), bool(rights & EDIT), bool(rights & DELETE)

    def is_own(self, href, owner):
        """Not one of others that he has opened."""
        return not any(href.startswith(f"/caldav.php/{owner}/{o}_") for o in PEOPLE)


class Cyrus:
    """Cyrus IMAP 3: access lists of mailboxes."""

    reads_private = "readers"
    lists = "opened"
    administers = True
    tells_more = set()

    def __init__(self, url):
        self.url = url

    def homes(self, owner, role):
        """Where the folders of an account are listed."""
        return f"/dav/{'addressbooks' if role == 'contacts' else 'calendars'}/user/{owner}/"

    def address(self, href, who):
        """Folders of others stand in one's own home, as OWNER.COLLECTION."""
        part = href.split("/")
        if who is None or part[4] == who:
            return href
        return "/".join(part[:4] + [who, f"{part[4]}.{part[5]}"] + part[6:])

    def is_own(self, href, owner):
        """Those of others have a dot in their names."""
        return owner in href and "." not in href.rstrip("/").split("/")[-1]

    def opened(self, client, role):
        """(owner, id) of the folders of others that an account has in its list."""
        found = set()
        for href in client.props(self.homes(client.who, role), 1, [DAV + "displayname"]):
            owner, dot, collection = href.rstrip("/").split("/")[-1].partition(".")
            if dot and owner in PEOPLE:
                found.add((owner, collection))
        return found

    def allows(self, rights, folder):
        """Who makes items changes all."""
        del folder
        write = rights & (CREATE | EDIT) == CREATE | EDIT
        return bool(rights & READ), write, write, bool(rights & DELETE)


SERVERS = {"sogo": Sogo, "radicale": Radicale, "radicale-compat": RadicaleCompat, "davical": Davical, "cyrus": Cyrus}


def find(server, folders):
    """The hrefs of all folders, as their owners see them."""
    for owner in PEOPLE:
        for role in ("calendar", "contacts", "tasks"):
            home = server.homes(owner, role)
            props = Client(server.url, owner).props(quoted(home), 1, [DAV + "displayname"])
            names = {}
            for href, values in props.items():
                if DAV + "displayname" in values and href.endswith("/") and href.rstrip("/") != home.rstrip("/"):
                    if not server.is_own(href, owner):
                        continue
                    names.setdefault(values[DAV + "displayname"].text, href)
            for folder in folders:
                if folder.owner == owner and folder.role == role:
                    folder.href = names.get(folder.name)


# --- the tries ------------------------------------------------------------------------------------------------------


def items_seen(client, href, folder):
    """{href: body} of what a client can read in a folder."""
    found = {}
    for path in client.props(quoted(href), 1, [DAV + "getetag"]):
        if path.rstrip("/") != href.rstrip("/") and re.search(r"\.(ics|vcf)$", path):
            status, text = client.ask("GET", quoted(path))
            if status == 200:
                found[path] = text
    return found


def check_items(score, server, folder):
    """The owner has all items of the truth."""
    bodies = list(items_seen(Client(server.url, folder.owner), folder.href, folder).values())
    for i in folder.items:
        score.same(f"{folder}: items that show {i['summary']!r}", 1, sum(shows(b, i) for b in bodies))
    score.same(f"{folder}: number of items", len(folder.items), len(bodies))


def try_read(score, server, folder, who, want, private):
    """Reads what the owner sees, by its name; then asks for the list."""
    owner, client = Client(server.url, folder.owner), Client(server.url, who)
    for path, body in items_seen(owner, folder.href, folder).items():
        i = next(i for i in folder.items if shows(body, i))
        status, text = client.ask("GET", quoted(server.address(path, who)))
        whole = status == 200 and shows(text, i)
        is_private = i.get("sensitivity") == "private"
        score.same(f"{folder}: {who} reads {i['summary']!r} ({status})", want and (private or not is_private), whole)


def try_write(score, server, folder, who, may):
    """Creates, changes and deletes; the owner says what became of it. may: (see, create, edit, delete)."""
    owner, client = Client(server.url, folder.owner), Client(server.url, who)
    extension = "vcf" if folder.role == "contacts" else "ics"
    base = server.address(folder.href, who)

    def there(uid):
        status, text = owner.ask("GET", quoted(folder.href + f"{uid}.{extension}"))
        return text if status == 200 else None

    mine, victim = f"new-{who}", f"victim-{who}"
    body, kind = item(folder, mine, "Made")
    status, _ = client.ask("PUT", quoted(base + f"{mine}.{extension}"), body, kind)
    score.same(f"{folder}: {who} creates ({status})", may[1], there(mine) is not None)
    body, kind = item(folder, victim, "Before")
    owner.ask("PUT", quoted(folder.href + f"{victim}.{extension}"), body, kind)
    score.same(f"{folder}: its owner creates", True, "Before" in (there(victim) or ""))
    body, kind = item(folder, victim, "After")
    status, _ = client.ask("PUT", quoted(base + f"{victim}.{extension}"), body, kind)
    score.same(f"{folder}: {who} changes ({status})", may[2], "After" in (there(victim) or ""))
    status, _ = client.ask("DELETE", quoted(base + f"{victim}.{extension}"))
    score.same(f"{folder}: {who} deletes ({status})", may[3], there(victim) is None)
    for uid in (mine, victim):
        if there(uid) is not None:
            owner.ask("DELETE", quoted(folder.href + f"{uid}.{extension}"))


def privileges(client, href):
    """Names of current-user-privilege-set (RFC 3744 5.4)."""
    name = DAV + "current-user-privilege-set"
    found = client.props(quoted(href), 0, [name])
    return {p[0].tag for values in found.values() if name in values for p in values[name].iter(DAV + "privilege") if len(p)}


def try_privileges(score, server, folder, who, may, owns):
    """What a client is told that it may do is not more than it may."""
    told = privileges(Client(server.url, who), server.address(folder.href, who))
    limits = {"read": may[0], "write-content": may[1] or may[2], "bind": may[1], "unbind": may[3],
              "write": may[1] and may[2] and may[3], "write-acl": server.administers and owns, "all": False}
    for name, allowed in limits.items():
        if DAV + name in told and not (may[1] and name in server.tells_more):
            score.same(f"{folder}: {who} is told {name}", True, allowed)


def name_of(folder, server):
    """As its owner sees it; None: it is gone."""
    found = Client(server.url, folder.owner).props(quoted(folder.href), 0, [DAV + "displayname"])
    return next((v[DAV + "displayname"].text for v in found.values() if DAV + "displayname" in v), None)


def try_drop(score, server, folder, who):
    """Renames the whole folder and deletes it, which its owners alone may; the last thing that is tried."""
    carried = folder.rights(who)[1]
    if carried & OWNER:
        return
    client, href = Client(server.url, who), quoted(server.address(folder.href, who))
    body = ("<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><D:displayname>%s</D:displayname></D:prop></D:set>"
            "</D:propertyupdate>")
    status, _ = client.ask("PROPPATCH", href, body % "Renamed", {"Content-Type": "application/xml"})
    wider = isinstance(server, RadicaleCompat) and server.allows(carried, folder)[1]
    score.same(f"{folder}: {who} renames it ({status})", "Renamed" if wider else folder.name, name_of(folder, server))
    if wider:
        client.ask("PROPPATCH", href, body % folder.name, {"Content-Type": "application/xml"})
        return
    status, _ = client.ask("DELETE", href)
    score.same(f"{folder}: {who} deletes it ({status})", folder.name, name_of(folder, server))


def check_folder(score, server, folder, delegates):
    """Everybody, in one folder."""
    for who in PEOPLE + [None]:
        if who == folder.owner:
            continue
        source, carried = folder.rights(who)
        may = server.allows(carried, folder)
        over = server.allows(source, folder)
        score.same(f"{folder}: {who} has no more than the source", True, all(b or not a for a, b in zip(may, over)))
        # none of them hides a card
        private = folder.role == "contacts" or server.reads_private == "readers" or (
            server.reads_private == "delegates" and (folder.owner, who) in delegates)
        try_read(score, server, folder, who, may[0], private)
        try_write(score, server, folder, who, may)
        try_privileges(score, server, folder, who, may, bool(carried & OWNER))


def check_opened(score, server, folders, opened):
    """The list of each: the folders that he had opened; else those that are granted to him by name."""
    for who in PEOPLE:
        client, want, got = Client(server.url, who), set(), set()
        for role in ("calendar", "contacts"):
            got |= {(role, *x) for x in server.opened(client, role)}
        for folder in folders:
            may = folder.owner != who and server.allows(folder.rights(who)[1], folder)[0]
            first = next(f for f in folders if f.owner == folder.owner and f.role == folder.role)
            wished = (folder.owner, folder.role) in opened.get(who, ()) and folder is first
            named = who not in opened and who in folder.listed
            if may and (wished or named or server.lists == "all"):
                role = "contacts" if folder.role == "contacts" else "calendar"
                want.add((role, folder.owner, folder.href.rstrip("/").split("/")[-1]))
        score.same(f"{who}'s list", want, got)


def load(paths):
    """Folders, delegates who see private items as (owner, who), opened folders {who: {(owner, role)}}."""
    folders, delegates, opened = [], set(), {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            truth = json.load(file)

        def of(raw):
            return (raw.get("mailbox") or truth["owner"]).split("@")[0]
        for raw in truth["folders"]:
            if raw["class"] in ("IPF.Appointment", "IPF.Contact", "IPF.Task"):
                items = [i for i in truth["items"] if i["folder"] == raw["folder"] and of(i) == of(raw)]
                folders.append(Folder(of(raw), raw, items))
        for i in truth["items"]:
            for d in i.get("delegates") or [] if i["kind"] == "freebusy" else []:
                if d["seesPrivate"]:
                    delegates.add((of(i), d["delegate"]["smtp"].split("@")[0]))
            if i["kind"] == "shortcut" and "to" in i:
                role = {"calendar": "calendar", "contacts": "contacts"}[i["section"]]
                opened.setdefault(of(i), set()).add((i["to"]["smtp"].split("@")[0], role))
    return folders, delegates, opened


def main():
    """All folders."""
    server = SERVERS[sys.argv[1]](sys.argv[2])
    folders, delegates, opened = load(sys.argv[3:])
    single = len(sys.argv) > 4
    if single:
        delegates = set()  # a PST does not tell by a name that counts whose delegates they are
    score = Score()
    find(server, folders)
    for folder in folders:
        score.same(f"{folder} is there", True, folder.href is not None)
        if folder.href:
            check_items(score, server, folder)
    known = [f for f in folders if f.href]
    check_opened(score, server, known, opened)
    for folder in known:
        check_folder(score, server, folder, delegates)
    for folder in known:
        for who in PEOPLE + [None]:
            if who != folder.owner:
                try_drop(score, server, folder, who)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


sys.exit(main())
