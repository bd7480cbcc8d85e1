"""What targets print, judged by tables of their own documents: targets.py PIMLIFT DIR COOKBOOK.

First a manifest in which every set of rights occurs: nobody may end up with more than the manifest says, under any
policy; but by the one exception that compat makes, which has to be told for each grant. Then names that try to become code: the scripts of the cookbook pass them on as they are, to programs and a
server that only write down what they get.
"""
import csv
import hashlib
import http.server
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ET

READ, WRITE = {"busy", "detail", "read"}, {"create", "edit-own", "edit-any", "delete-own", "delete-any"}
# [MS-OXCPERM] 2.2.7: what each bit lets somebody do
RIGHTS = {0x001: READ, 0x002: {"create"}, 0x008: {"edit-own"}, 0x010: {"delete-own"}, 0x020: {"edit-own", "edit-any"},
          0x040: {"delete-own", "delete-any"}, 0x080: {"subfolder"}, 0x100: {"admin", "drop"}, 0x200: set(), 0x400: set(),
          0x800: {"busy"}, 0x1000: {"busy", "detail"}}
# "private": sees into private items; "unhidden": too, because nothing there can hide them
PRIVATE, UNHIDDEN = {"private"}, {"unhidden"}
WORDS = {
    # learn.microsoft.com, Set-MailboxFolderPermission
    "exchange": {"None": set(), "ReadItems": READ, "LimitedDetails": {"busy", "detail"}, "AvailabilityOnly": {"busy"},
                 "CreateItems": {"create"}, "EditAllItems": {"edit-own", "edit-any"}, "EditOwnedItems": {"edit-own"},
                 "DeleteAllItems": {"delete-own", "delete-any"}, "DeleteOwnedItems": {"delete-own"},
                 "CreateSubfolders": {"subfolder"}, "FolderOwner": {"admin"}, "FolderVisible": set(),
                 "FolderContact": set(), "CanViewPrivateItems": PRIVATE},
    # learn.microsoft.com, calendarPermission resource type
    "graph": {"none": set(), "freeBusyRead": {"busy"}, "limitedRead": {"busy", "detail"}, "read": READ,
              "write": READ | WRITE, "delegateWithoutPrivateEventAccess": READ | WRITE | {"delegate"},
              "delegateWithPrivateEventAccess": READ | WRITE | PRIVATE},
    # developers.google.com, Acl
    "google": {"none": set(), "freebusyreader": {"busy"}, "reader": READ, "writerwithoutprivateaccess": READ | WRITE,
               "writer": READ | WRITE | PRIVATE, "owner": READ | WRITE | PRIVATE | {"admin"}},
    "nextcloud": {"none": set(), "read": READ, "read-write": READ | WRITE},
    # letters of Zimbra's ACLs; r and i together make folders, which `given` below adds; w renames a folder, d deletes it
    "zimbra": {"r": READ, "w": {"edit-own", "edit-any", "drop"}, "i": {"create"}, "d": {"delete-own", "delete-any", "drop"},
               "x": WRITE, "a": {"admin"}, "p": PRIVATE, "f": {"busy"}},
    # docs.grommunio.com, grommunio-admin-exmdb(1)
    "grommunio": {"readany": READ | UNHIDDEN, "create": {"create"}, "editowned": {"edit-own"},
                  "deleteowned": {"delete-own"}, "editany": {"edit-own", "edit-any"},
                  "deleteany": {"delete-own", "delete-any"}, "createsubfolder": {"subfolder"},
                  "folderowner": {"admin"}, "foldercontact": set(), "foldervisible": set(),
                  "freebusysimple": {"busy"}, "freebusydetailed": {"busy", "detail"}},
    # RFC 3744 3, RFC 4791 6.1.1
    "caldav": {"read": READ | UNHIDDEN, "read-free-busy": {"busy"}, "write-content": {"edit-own", "edit-any"},
               "bind": {"create"}, "unbind": {"delete-own", "delete-any"}, "write-acl": {"admin"}},
}
BOTH = {"google", "zimbra", "caldav"}  # somebody has his own and everybody's rights
HOSTILE = ["x\"; touch pwned; \"", "it's", "a\nb", "$(touch pwned)", "`touch pwned`", "=cmd|'/C calc'!A0", "+1", "-rf", "@x",
           "\u202egpj.exe", "</D:href>", "{principals}", "%s%n", "..", "a/b", "&amp;", "\u4f50\u85e4", "-o ProxyCommand=x",
           "x;=1+1;y", "x;'y", "'x;''=1", "\ufeff=1", "x;\u200b\u00a0@y", ";'"]


class Score:
    """Counts; prints what is wrong."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, *what):
        """One fact."""
        self.passed += bool(good)
        self.failed += not good
        if not good and self.failed < 20:
            print(ascii(what))


def identity(kind, smtp, name=None):
    """A trustee, an owner or a delegate."""
    return {"kind": kind, "name": name or smtp, "smtp": smtp, "dn": None, "sid": None if smtp else "S-1-5-21-1-2-3-4",
            "resolved": bool(smtp), "by": None, "proven": True, "disputed": False}


def owner_of(smtp):
    """An owner."""
    return {"name": None, "smtp": smtp, "dn": None, "sid": None, "by": None, "public": False}


def grant(owner, key, name, kind, smtp, rights, label=None, default=False):
    """An acl line."""
    return {"v": 1, "kind": "acl", "store": "s", "owner": owner_of(owner),
            "folder": {"path": name if isinstance(name, list) else [name], "key": key, "id": None, "class": None, "role": "calendar", "default": default,
                       "scope": "visible"},
            "trustee": identity(kind, smtp, label), "rights": rights, "rightsNames": [], "denied": [],
            "role": "Custom", "freebusy": "none", "source": "ntsd", "canonical": True}


def delegate(owner, smtp):
    """Somebody who sees private items."""
    return {"v": 1, "kind": "delegate", "store": "s", "owner": owner_of(owner), "delegate": identity("unknown", smtp),
            "seesPrivate": True, "wantsCopy": False, "wantsInfo": False, "source": "localfreebusy"}


def source(mask, private, strict):
    """What the manifest lets somebody do."""
    can = set().union(*(RIGHTS[bit] for bit in RIGHTS if mask & bit))
    if "read" in can:
        can |= (PRIVATE if private else set()) | (set() if strict and not private else UNHIDDEN)
    return can


def run(program, folder, *arguments):
    """What pimlift prints of a folder with a manifest."""
    return subprocess.run([program, "shares", str(folder), *arguments], check=True, capture_output=True).stdout.decode()


def rows_of(target, text):
    """(folder, who, user, words) of all that is told; who is "default", "anonymous" or "user"."""
    if target in ("exchange", "google"):
        for row in csv.DictReader(text.splitlines()):
            if target == "exchange":
                who = {"Default": "default", "Anonymous": "anonymous"}.get(row["User"], "user")
                words = row["AccessRights"].split(";") + list(filter(None, row["SharingPermissionFlags"].split(";")))
                user = row["User"]
            else:
                kind, _, user = row["Scope"].partition(":")
                who, words = {"user": "user", "domain": "default", "": ""}[kind], [row["Role"]]
            if user and row["Mailbox" if target == "exchange" else "Owner"]:
                yield row["Folder"], who, user, words
        return
    for line in map(json.loads, text.splitlines()):
        if target == "caldav":
            yield from entries_of(line)
        elif line["access"] is not None:
            access = line["access"]
            words = access if target == "grommunio" else [access]
            if target == "zimbra":
                words = [] if access == "none" else list(access)
            yield line["folder"], line["who"], line["user"], words


def entries_of(line):
    """Of the body of an ACL request."""
    dav = "{DAV:}"
    for ace in ET.fromstring(line["body"] or "<x/>").iter(dav + "ace"):
        principal = ace.find(dav + "principal")[0]
        words = [p[0].tag.rpartition("}")[2] for p in ace.iter(dav + "privilege")]
        href = urllib.parse.unquote(principal.text or "").replace("{principals}", "").rstrip("/")
        kinds = {"authenticated": "default", "unauthenticated": "anonymous", "href": "user", "property": "owner"}
        yield line["folder"], kinds[principal.tag[len(dav):]], href, words


def given(target, words):
    """What the words let somebody do there."""
    can = set().union(*(WORDS[target][w] for w in words))
    return can | {"subfolder"} if target == "zimbra" and {"read", "create"} <= can else can


def test_rights(score, program, out):
    """Every set of the ten rights, in a folder each, with others beside."""
    rng, folders = random.Random(8), {}
    out.mkdir()
    lines, exceptions = [delegate("anna@example.org", "dora@example.org")], 0
    masks = [sum(bit for i, bit in enumerate(list(RIGHTS)[:10]) if n >> i & 1) for n in range(1024)]
    for n, mask in enumerate(masks):
        name, extra = "F%u" % n, rng.choice([0, 0, 0x800, 0x1800])
        people = {"bert": mask | extra, "dora": masks[n * 389 % 1024], "default": masks[n * 7 % 1024] | extra,
                  "anonymous": masks[n * 13 % 1024], "nobody": rng.choice([0x7fb, 0x401, 0])}
        if n % 3 == 0:
            del people["nobody"]
        if n % 5 == 0:
            del people["default"]
        folders[name] = people
        for who, rights in people.items():
            kind, smtp = (who, None) if who in ("default", "anonymous") else ("unknown", who + "@example.org")
            lines.append(grant("anna@example.org", str(n), name, kind, None if who == "nobody" else smtp, rights))
    (out / "sharing.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for target in WORDS:
        for policy in ("server", "strict", "compat"):
            text = run(program, out, "--target", target, "--policy", policy)
            wide = told_wider(run(program, out, "--target", target, "--policy", policy, "-n", "--json"))
            judge(score, target, policy, folders, text, wide)
            score.check(not wide or (target, policy) == ("zimbra", "compat"), target, policy, "is wider")
            exceptions += len(wide)
        score.check(run(program, out, "--target", target) == run(program, out, "--target", target, "--policy", "server"),
                    target, "the default is another policy")
    score.check(exceptions > 99, "only %u grants are wider" % exceptions)


def told_wider(text):
    """{(folder, who)} of grants that give more, as they are told."""
    found = {}
    for line in map(json.loads, text.splitlines()):
        if line["more"]:
            found[line["folder"], (line["user"] or line["who"]).partition("@")[0]] = line["more"]
            assert line["outcome"] == "wider" and line["more"] == ["delete and rename the folder"], line
    return found


def judge(score, target, policy, folders, text, wide):
    """Nobody has more than the manifest says."""
    told = {name: {} for name in folders}
    for name, who, user, words in rows_of(target, text):
        told[name][user.partition("@")[0] if who == "user" else who] = words
    for name, people in folders.items():
        has = {who: given(target, words) for who, words in told[name].items() if who != "owner"}
        score.check(set(has) <= set(people), target, name, "somebody else is named", has)
        others = has.get("default", set())
        for who, mask in dict(people, stranger=people.get("default", 0)).items():
            can = others
            if who == "anonymous":
                can = has.get(who, set())
            elif who in ("bert", "dora"):
                own = has.get(who, set())
                can = own | others if target in BOTH else own if own or target == "exchange" else others
            most = source(mask, who == "dora", policy == "strict")
            if {(name, who), (name, "default")} & set(wide):
                most |= {"drop"}
            score.check(can <= most, target, policy, name, who, hex(mask), sorted(can - most))
        if target == "exchange":
            score.check(all(told[name].get(who) == ["None"] for who in ("bert", "dora") if not people[who]), name)


class Server(http.server.BaseHTTPRequestHandler):
    """Keeps the permissions of calendars as Graph does, and writes down every request."""
    log, state = [], {}

    def answer(self, status, body=None):
        """In JSON."""
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def take(self):
        """Any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.command != "GET":
            self.log.append((self.command, self.path, body))
        parts = [urllib.parse.unquote(p) for p in self.path.partition("?")[0].strip("/").split("/")]
        if parts[0] != "users":
            return self.answer(200)
        if parts[2:] == ["calendars"]:
            return self.answer(200, {"value": [
                {"id": "/" + name, "name": name, "isDefaultCalendar": name == "Calendar"}
                for name in HOSTILE + ["Same", "Calendar"]]})
        entries = self.state.setdefault((parts[1], parts[3] if parts[2] == "calendars" else ""), [
            {"id": "0", "role": "freeBusyRead", "isInsideOrganization": True, "isRemovable": False,
             "emailAddress": {"name": "My Organization"}}])
        if self.command == "GET":
            return self.answer(200, {"value": entries})
        if self.command == "POST":
            entries.append(dict(json.loads(body), id=str(len(entries))))
        elif self.command == "PATCH":
            next(e for e in entries if e["id"] == parts[-1])["role"] = json.loads(body)["role"]
        elif self.command == "DELETE":
            entries[:] = [e for e in entries if e["id"] != parts[-1]]
        return self.answer(200, {})

    do_GET = do_POST = do_PATCH = do_DELETE = do_ACL = take

    def log_message(self, *_):
        """Not on stderr."""


FAKE = """#!/usr/bin/python3
import json, os, sys
open(os.environ["FAKE_LOG"], "a").write(json.dumps(sys.argv[1:]) + "\\n")
if "getFolder" in sys.argv:
    print('{"flags": "#"}')
if "list" in sys.argv:
    names = json.loads(os.environ["FAKE_NAMES"]) if sys.argv[-1] == "list" else ["deep"]
    print("IPM_SUBTREE (0x9)")
    for n, name in enumerate(names):
        print("\\u251c\\u2500%s (0x%x)\\n\\u2502 \\u2514\\u2500below (0x1)" % (name, n + (256 if n else 15)))
"""


def hashes(cookbook):
    """Of all scripts."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(cookbook.iterdir()) if p.is_file()}


def test_names(score, program, out, cookbook):
    """Every script with names that try to become code."""
    before, tools = hashes(cookbook), out / "bin"
    tools.mkdir(parents=True)
    for name in ("gam", "zmmailbox", "grommunio-admin"):
        (tools / name).write_text(FAKE)
        (tools / name).chmod(0o755)
    lines = [grant("anna@example.org", str(n), name, "unknown", "bert@example.org", 0x47b, name, n == 0)
             for n, name in enumerate(HOSTILE)]
    lines += [grant("anna@example.org", "u%u" % n, "Users", "unknown", name + "@example.org", 0x401)
              for n, name in enumerate(HOSTILE)]
    lines += [grant("carla@example.org", "c", "Mine", "unknown", "bert@example.org", 0x47b, None, True),
              grant("carla@example.org", "c", "Mine", "default", None, 0x401, None, True),
              grant("carla@example.org", "c", "Mine", "unknown", "dora@example.org", 0x401, None, True)]
    lines += [grant("carla@example.org", "d%u" % n, path, "unknown", "bert@example.org", 0x401)
              for n, path in enumerate([["Mine", "deep"], ["Old", "Mine"], ["Twice"], ["Gone"], ["Mine", "deeper"],
                                        ["a", "b"], ["Mine", "Same"], ["Old", "Same"], ["Calendar"]])]
    (out / "sharing.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    environment = dict(os.environ, PATH="%s:%s" % (tools, os.environ["PATH"]), FAKE_LOG=str(out / "log"),
                       FAKE_NAMES=json.dumps(HOSTILE + ["Mine", "Twice", "Twice"]))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (out / "passwords").write_text("*:admin:secret\n")
    (out / "owners").write_text("*:admin:secret\nanna:one\ncarla:two\n")
    url = ["--url", "http://127.0.0.1:%u/" % server.server_port]
    more = {"nextcloud": url + ["--passwords", str(out / "owners")], "graph": url}
    more["caldav"] = url + ["--passwords", str(out / "passwords"), "--principals", "/p/"]
    for target in WORDS:
        text = run(program, out, "--target", target)
        check_text(score, target, text)
        (out / target).write_text(text)
        script = {"nextcloud": "dav", "caldav": "dav"}.get(target, target) + "-sharing.py"
        if target == "exchange":
            continue
        call = [sys.executable, str(cookbook / script), str(out / target)] + more.get(target, [])
        (out / "log").write_text("")
        Server.log.clear()
        for arguments in (["-n"], [], ["-n"]):
            done = subprocess.run(call + arguments, cwd=out, env=environment, capture_output=True, check=False)
            score.check(done.returncode == 0, target, arguments, done.stderr.decode()[-500:])
            if arguments and target == "graph":
                check_again(score, Server.log, done.stdout.decode())
        if target == "nextcloud":
            check_owners(score, call, str(out / "passwords"))
        check_calls(score, target, [json.loads(line) for line in (out / "log").read_text().splitlines()], Server.log)
    server.shutdown()
    server.server_close()
    score.check(not list(out.rglob("pwned")) and not pathlib.Path("pwned").exists(), "a name was run")
    score.check(before == hashes(cookbook), "a script changed")


def test_places(score, program, out):
    """Folders that would be one there: nobody of one may get into the other."""
    out.mkdir()
    names = ["anna@example.org", "bert@example.org", "carla@example.org"]
    lines = [grant(names[0], "1", "Calendar", "unknown", names[1], 0x401, None, True),
             grant(names[0], "1", "Kalender", "unknown", names[2], 0x7fb, None, True),
             grant(names[0], "2", "Team", "unknown", names[1], 0x401),
             grant(names[0], "3", "TEAM", "unknown", names[2], 0x7fb),
             grant(names[0], "4", "a\tb", "unknown", names[2], 0x7fb),
             grant(names[0], "5", "Alone", "unknown", names[1], 0x401),
             grant(names[2], "6", "Team", "unknown", names[1], 0x401)]
    lines[1]["store"] = "t"
    (out / "sharing.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for target in WORDS:
        found = {(folder, user.partition("@")[0]) for folder, who, user, _ in rows_of(target, run(program, out, "--target", target))
                 if who == "user"}
        want = {("Alone", "bert"), ("Team", "bert")}
        score.check(want <= found, target, "others have lost their place", found)
        if target == "caldav":  # each folder is a collection of its own
            continue
        score.check(not {("Calendar", "bert"), ("Kalender", "carla")} & found, target, "two are THE calendar", found)
        if target != "nextcloud":
            score.check(("TEAM", "carla") not in found, target, "two have one path", found)
        score.check(target != "exchange" or ("a b", "carla") not in found, target, "the path of another folder", found)


ZIMBRA = """#!/usr/bin/python3
import json, os, sys
state = json.load(open(os.environ["ZIMBRA"]))
verb, path = sys.argv[4:6]
if path not in state:
    sys.exit(1)
folder = state[path]


def effective(path):
    if not path or path not in state:
        return {}
    return state[path]["acl"] if state[path]["closed"] else effective(path.rpartition("/")[0])


def shut():  # what was inherited stays, as a copy
    if not folder["closed"]:
        folder.update(acl=dict(effective(path)), closed=True)


if verb == "getFolder":
    print(json.dumps({"flags": "#i" if folder["closed"] else "#"}))
elif verb == "modifyFolderFlags":
    assert sys.argv[6] == "#i"
    shut()
elif sys.argv[-1] != "none":
    shut()
    folder["acl"][sys.argv[-2]] = sys.argv[-1]
elif sys.argv[-2] in effective(path):
    shut()
    del folder["acl"][sys.argv[-2]]
json.dump(state, open(os.environ["ZIMBRA"], "w"))
"""


def test_inherited(score, program, out, cookbook):
    """Zimbra's folders have the grants of the one above them: nobody gets in that way."""
    (out / "bin").mkdir(parents=True)
    (out / "bin" / "zmmailbox").write_text(ZIMBRA)
    (out / "bin" / "zmmailbox").chmod(0o755)
    tree = {"Kalender": {"bert": 0x47b, "carla": 0x401, "default": 0x401}, "Open": {"bert": 0x47b},
            "Open/Secret": {"bert": 0, "default": 0}, "Open/Secret/For one": {"carla": 0x401}, "Open/Other": {"dora": 0x401},
            "Open/Other/Closed": {"default": 0}, "Leaky": {"bert": 0x401}, "Leaky/a\nb": {"default": 0}, "Gone": {"bert": 0x401},
            "Gone/Away": {"default": 0}}
    lines = [grant("anna@example.org", str(n), path.split("/"), "default" if who == "default" else "unknown",
                   None if who == "default" else who + "@example.org", rights, None, path == "Kalender")
             for n, (path, people) in enumerate(tree.items()) for who, rights in people.items()]
    (out / "sharing.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (out / "lines").write_text(run(program, out, "--target", "zimbra"))
    state = {"/" + path.replace("Kalender", "Calendar"): {"acl": {}, "closed": False} for path in tree if path != "Gone/Away"}
    (out / "state").write_text(json.dumps(state))
    environment = dict(os.environ, PATH="%s:%s" % (out / "bin", os.environ["PATH"]), ZIMBRA=str(out / "state"))
    for _ in range(2):
        subprocess.run([sys.executable, str(cookbook / "zimbra-sharing.py"), str(out / "lines")], env=environment, check=False,
                       capture_output=True)
    state = json.loads((out / "state").read_text())
    granted = 0
    for path, people in tree.items():
        at = "/" + path.replace("Kalender", "Calendar")
        while at in state and not state[at]["closed"]:
            at = at.rpartition("/")[0]
        acl = state[at]["acl"] if at in state and path != "Gone/Away" else {}
        for who in ("bert", "carla", "dora", "emil"):
            has = given("zimbra", set(acl.get(who + "@example.org", "")) | set(acl.get("all", "")))
            has -= {"drop"} if path == "Kalender" else set()  # every account has it
            score.check(has <= source(people.get(who, people.get("default", 0)), False, False), "zimbra", path, who, has)
            granted += bool(has)
    score.check(granted == 8, "zimbra", "grants that arrived", granted)


def test_nul(score, program, out):
    """A NUL in a name is nothing that pimlift writes: nothing is made of such a manifest."""
    out.mkdir()
    line = json.dumps(grant("anna@example.org", "1", "nul\0nul", "unknown", "bert@example.org", 0x401))
    (out / "sharing.jsonl").write_text(line + "\n")
    for target in WORDS:
        done = subprocess.run([program, "shares", str(out), "--target", target], capture_output=True, check=False)
        score.check(done.returncode == 2 and not done.stdout, target, "a NUL", done)


def check_text(score, target, text):
    """A line is a line, and no cell is a formula."""
    if target in ("exchange", "google"):
        rows = list(csv.reader(text.splitlines()))
        score.check(len({len(r) for r in rows}) == 1, target, "rows of different lengths")
        for separator in ",;\t":
            cells = [c.lstrip("\t\r\u00a0\u200b\ufeff ")[:1] for r in csv.reader(text.splitlines(), delimiter=separator) for c in r]
            score.check(not [c for c in cells if c and c in "=+-@"], target, "a formula", separator)
    else:
        for line in text.split("\n")[:-1]:
            score.check(isinstance(json.loads(line), dict), target, line)
            if target in ("nextcloud", "caldav") and json.loads(line)["body"]:
                ET.fromstring(json.loads(line)["body"])


def check_again(score, log, text):
    """What was set is not set again; nobody loses what the file does not speak of."""
    changes = [line for line in text.splitlines() if "would become" in line]
    if not log:
        score.check(len(changes) > 2, "graph: nothing to do at first", text)
        return
    score.check(not changes, "graph: the second run", changes)
    roles = {e["emailAddress"].get("address") or "all": e["role"] for e in Server.state["carla@example.org", ""]}
    score.check(roles == {"all": "read", "bert@example.org": "write", "dora@example.org": "read"}, roles)
    score.check({c for u, c in Server.state if u == "anna@example.org"} >= {"/" + n for n in HOSTILE[1:]},
                sorted(Server.state))
    score.check({c for u, c in Server.state if u == "carla@example.org"} == {""}, "another calendar of that name")
    score.check(all(json.loads(b)["role"] != "none" for _, _, b in log if b), "graph: none is sent")


def check_owners(score, call, administrator):
    """In Nextcloud nobody but the owner shares: the password of an administrator alone sends nothing."""
    sent = list(Server.log)
    Server.log.clear()
    done = subprocess.run([*call[:-1], administrator], capture_output=True, check=False)
    score.check(done.returncode == 1 and not Server.log and b"nobody else can share it" in done.stdout, "administrator",
                done.stdout[-300:])
    Server.log[:] = sent


def check_calls(score, target, calls, log):
    """Programs got the names as one word each; requests hold them escaped."""
    names = HOSTILE
    if target == "zimbra":
        calls = [c for c in calls if c[3] == "modifyFolderGrant"]
        paths = [c[4] for c in calls]
        score.check(all(len(c) == 7 + (c[5] == "account") for c in calls), target, calls)
        score.check(all(("/" + n in paths) == ("\n" not in n) for n in names[1:] if "/" not in n), target, paths)
        score.check(paths.count("/a/b") == 1, target, "a name with a slash became a path", paths)
        score.check(paths.count("/Calendar") == 4, target, "another folder of that name", paths)
        score.check(["-z", "-m", "carla@example.org", "modifyFolderGrant", "/Calendar", "all", "rf"] in calls,
                    target, calls[-3:])
    elif target == "google":
        score.check(["calendars", "carla@example.org", "add", "acls", "reader", "domain:example.org",
                     "sendnotifications", "false"] in calls, target, calls)
        score.check(all(len(c) == 8 for c in calls), target, calls)
    elif target == "grommunio":
        grants = [c for c in calls if c[3:4] == ["grant"]]
        score.check(grants and all(len(c) > 6 for c in grants), target, "a grant without a word gives all", grants)
        listed = {n: hex(i + 256 if i else 15) for i, n in enumerate(HOSTILE)}  # the first is THE calendar
        score.check(all(["exmdb", "anna@example.org", "folder", "revoke", listed[n], "bert@example.org", "0x3fff"] in calls
                        for n in names if "\n" not in n), target, calls[:9])
        # THE calendar, whatever its name; "deep" has a number that only folders of that kind have
        score.check([c[4] for c in grants if c[1] == "carla@example.org"] == ["0xf", "0xf"], target, grants[-5:])
    elif target in ("nextcloud", "caldav"):
        score.check({m for m, _, _ in log} == {"POST" if target == "nextcloud" else "ACL"}, target, log[:2])
        score.check(all(p.startswith(("/calendars/anna/", "/calendars/carla/", "/anna/", "/carla/")) for _, p, _ in log),
                    target, [p for _, p, _ in log])
        score.check(any("/p/bert/" in b or "users/bert<" in b for _, _, b in log), target, log[-1:])


def main():
    """Both parts."""
    program, out, cookbook = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]).resolve()
    score = Score()
    test_rights(score, program, out)
    test_names(score, program, out / "names", cookbook)
    test_places(score, program, out / "places")
    test_inherited(score, program, out / "inherited", cookbook)
    test_nul(score, program, out / "nul")
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


sys.exit(main())
