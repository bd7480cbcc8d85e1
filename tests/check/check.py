"""What `pimlift check` says, against what is known of the stores from elsewhere."""

import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema

PAGE = 4096
CUT = 0xB000


class Score:
    """Counts, and says what is wrong."""

    def __init__(self):
        self.passed = self.failed = 0

    def same(self, what, want, got):
        """One test."""
        if want == got:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{what}: wanted {want!r}, got {got!r}")


class Place:
    """Programs, a folder to work in, and the schema."""

    def __init__(self, build, out, schema):
        self.pimlift = str(pathlib.Path(build, "pimlift").resolve())
        self.mkstore = str(pathlib.Path(build, "mkstore").resolve())
        self.out = pathlib.Path(out)
        self.validator = jsonschema.Draft202012Validator(json.loads(pathlib.Path(schema).read_text(encoding="utf-8")))

    def make(self, recipe, name, *options):
        """A store of a recipe."""
        path = self.out / name
        subprocess.run([self.mkstore, str(recipe), "-o", str(path), *options], check=True)
        return path

    def run(self, *words):
        """What any verb did."""
        return subprocess.run([self.pimlift, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", check=False)

    def check(self, *words):
        """Standard output of a check."""
        done = subprocess.run([self.pimlift, "check", *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode("utf-8")

    def lines(self, score, *words):
        """The lines by their names, each proven by the schema."""
        found = {}
        for number, text in enumerate(self.check("--json", *words).splitlines()):
            line = json.loads(text)
            score.same(f"{words}: {text[:120]}", [], [e.message for e in self.validator.iter_errors(line)])
            score.same(f"{words}: number of {line['check']}", number + 1, line["number"])
            found[line["check"]] = line
        return found


def numbers(line):
    """All numbers of the evidence."""
    return [int(n) for text in line["evidence"] for n in re.findall(r"(?<![\w:.])\d+(?![\w.])", text)]


def servers(score, place):
    """Mailboxes, public folders, domains and series as tests/check/servers.recipe has them."""
    recipe = "tests/check/servers.recipe"
    stores = [place.make(recipe, "priv1.edb", "--format", "exchange2000"),
              place.make(recipe, "pub1.edb", "--format", "exchange2000", "--public")]
    found = place.lines(score, "--names", *stores)
    want = {"ms-mail": "N-A", "cc-mail": "WARN", "connectors": "WARN", "replicas": "WARN", "series-limits": "WARN",
            "domains": "WARN", "room": "OK", "integrity": "OK", "internet-protocols": "N-A"}
    score.same("servers: results", want, {k: found[k]["status"] for k in want})
    score.same("servers: connectors", ["1 of a connector to cc:Mail", "1 of a connector to another system",
               "2 of 5 mailboxes are of connectors, 2 of the servers themselves"], found["connectors"]["evidence"][:3])
    score.same("servers: their names", ["Connector for cc:Mail (BERLIN1)", "Fax"], found["connectors"]["names"][:2])
    score.same("servers: replicas", [3, 1, 1, 1], numbers(found["replicas"]))
    score.same("servers: alone", ["Shared"], found["replicas"]["names"])
    score.same("servers: series", [2, 0, 1, 3500, 1, 730, 1, 730, 520, 360, 100, 1], numbers(found["series-limits"]))
    score.same("servers: domains", ["domain 1: 1 account, 0 of them without an address",
               "domain 2: 2 accounts, 2 of them without an address"], found["domains"]["evidence"])
    score.same("servers: prefixes", ["S-1-5-21-1111-2222-3333", "S-1-5-21-4444-5555-6666"], found["domains"]["names"])
    score.same("servers: transport, news", [1, 1], numbers(found["internet-protocols"]))
    both = place.lines(score, *stores, "--identity-map", place.out / "people.csv")
    score.same("servers: a map", ["domain 1: 1 account, 0 of them without an address",
               "domain 2: 2 accounts, 1 of them without an address"], both["domains"]["evidence"])


def state(score, place):
    """Was a PST closed cleanly? The byte in the header says so, in each layout."""
    recipe = "testdata/recipes/office.recipe"
    for layout, at in (("ansi", 200), ("unicode", 248), ("4k", 248)):
        for value, status, words in ((0, "WARN", "not closed cleanly (fAMapValid: invalid)"),
                                     (1, "OK", "closed cleanly (fAMapValid: valid), as large as its header says"),
                                     (2, "OK", "closed cleanly (fAMapValid: valid), as large as its header says"),
                                     (7, "WARN", "not closed cleanly (fAMapValid: unknown (0x07))")):
            store = place.make(recipe, "state.pst", "--layout", layout, "--damage", f"maps {value}")
            score.same(f"state: {layout}: the byte", value, store.read_bytes()[at])
            found = place.lines(score, store)["state"]
            score.same(f"state: {layout} {value}", (status, True),
                       (found["status"], found["evidence"][0].startswith("store 1: " + words)))
    store = place.make(recipe, "state.pst")
    data = store.read_bytes()
    store.write_bytes(data[:len(data) // 2])
    score.same("state: cut", "FAIL", place.lines(score, store)["state"]["status"])
    store.write_bytes(data)
    score.same("state: a reader that does not tell", "N-A", place.lines(score, store, "--reader=pff")["state"]["status"])


def unseen(score, place):
    """What a store can't tell is not said to be fine."""
    recipe = place.out / "empty.recipe"
    recipe.write_text("store Empty\n", encoding="utf-8")
    for store in (place.make("testdata/recipes/office.recipe", "unseen.pst"), place.make(recipe, "empty.pst")):
        found = place.lines(score, store)
        score.same(f"unseen: {store.name}", {"depends": "N-A", "connectors": "N-A"},
                   {name: found[name]["status"] for name in ("depends", "connectors")})
        score.same(f"unseen: {store.name}: why", True,
                   all(found[n]["evidence"][0].startswith("looked for: ") for n in ("depends", "connectors")))
    found = place.lines(score, place.make("testdata/recipes/sharing.recipe", "seen.pst"))["depends"]
    score.same("seen", ("WARN", [3, 3]), (found["status"], numbers(found)))


def plurals(score, place):
    """One thing is one thing."""
    recipe = place.out / "one.recipe"
    recipe.write_text("store One\nfolder Inbox\nmail Opaque\n  class IPM.Note.SMIME\nfolder Calendar\n  holds calendar\n"
                      "appointment One\n  at 2024-01-08 09:00 for 1h\n", encoding="utf-8")
    text = place.check(place.make(recipe, "one.pst"))
    score.same("one item", ["1 item is encrypted and stays so, 0 are signed", "needed for 1 item\n"],
               re.findall(r"1 item is encrypted and stays so, 0 are signed|needed for 1 item\n", text))
    servers_ = place.check(place.make("tests/check/servers.recipe", "plural.edb", "--format", "exchange2000"))
    for words in (text, servers_):
        score.same("ones", [], re.findall(r"(?<![\d.,])1 (?:items|folders|accounts|mailboxes|users|times|things|domains)\b.*",
                                          words))


def stderr(score, place):
    """Nor is anything private said, with --verbose either; only files are named, as they were given."""
    folder = place.out / "stderr"
    folder.mkdir()
    (folder / "canary.recipe").write_text(CANARY, encoding="utf-8")
    store = place.make(folder / "canary.recipe", "stderr/a.edb", "--format", "exchange2000")
    hurt = place.make(folder / "canary.recipe", "stderr/b.pst", "--damage", "type nbt")
    for words in (["-v"], ["-v", "--names"], []):
        done = subprocess.run([place.pimlift, "check", *words, store.name, hurt.name], cwd=folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
        score.same(f"stderr: {words}", "--names" in words, bool(re.search(r"canary|7777\d|@", done.stderr, re.IGNORECASE)))
        score.same(f"stderr: {words}: no path but what was given", False, str(place.out) in done.stderr)
        score.same(f"stderr: {words}: a fault has its code", "-v" in words, "pst.rebuilt" in done.stderr)
        score.same(f"stderr: {words}: no empty place", False, ": : " in done.stderr)


def flip(path, offsets):
    """The lowest bit of these bytes."""
    data = bytearray(path.read_bytes())
    for at in offsets:
        data[at] ^= 1
    path.write_bytes(data)


def damage(score, place):
    """As many pages are wrong as were damaged; one wrong bit is told apart where the checksum can."""
    plain = place.make("testdata/recipes/office.recipe", "damaged.edb", "--format", "exchange2000")
    flip(plain, [2 * PAGE + n * PAGE + 700 for n in (3, 9, 20)])
    score.same("three pages", "3 wrong", wrong_of(place, plain))
    mended = place.make("testdata/recipes/office.recipe", "mended.edb", "--format", "exchange2013")
    flip(mended, [2 * 32768 + 3 * 32768 + 9000])
    found = place.lines(score, "--full", mended)["integrity"]
    score.same("one bit", ("WARN", True), (found["status"], ": 0 wrong, 1 with one" in found["evidence"][0]))
    store = place.make("testdata/recipes/office.recipe", "damaged.pst")
    score.same("a sound PST", "0 wrong", wrong_of(place, store))
    with open(store, "r+b") as file:
        file.truncate(CUT)
    score.same("a cut PST", "FAIL", place.lines(score, store)["integrity"]["status"])
    # Each byte of the file that belongs to a block or a page of an index, once.
    whole = place.make("testdata/recipes/office.recipe", "bits.pst").read_bytes()
    hits = 0
    for at in range(0x4600, len(whole), 12007):
        store.write_bytes(whole)
        flip(store, [at])
        hits += wrong_of(place, store) == "1 wrong"
    score.same("bits of a PST: some are free space, some are of blocks", True, 3 <= hits)


def sizes(score, place):
    """A database that ends too early says so in all three places, whatever its format; real ones, which have room to
    spare behind the last page that they own, do not."""
    for form, page in (("exchange2000", PAGE), ("exchange2007", 8192), ("exchange2013", 32768)):
        store = place.make("testdata/recipes/office.recipe", "sizes.edb", "--format", form)
        whole = store.read_bytes()
        pages = len(whole) // page - 2
        for less, gone in ((0, 0), (page, 1), (100, 1), (page + 100, 2), (len(whole) // 2 // page * page, None), (-100, 0)):
            store.write_bytes(whole[:len(whole) - less] + b"\0" * -less)
            found = place.lines(score, store)
            gone = less // page if gone is None else gone
            score.same(f"sizes: {form} {less}: line 2", "FAIL" if less else "OK", found["state"]["status"])
            score.same(f"sizes: {form} {less}: line 23", ("FAIL" if gone else "OK", [1, pages, pages, 0, 0, gone]),
                       (found["integrity"]["status"], numbers({"evidence": found["integrity"]["evidence"][:1]})))
            info = json.loads(place.run("info", "--json", store).stdout)
            score.same(f"sizes: {form} {less}: info", (bool(less), bool(less)), (info["cut"], "edb.size" in json.dumps(info["damage"])))
            out = place.out / f"sizes-{form}-{less}"
            done = place.run("convert", "-q", store, "-o", out)
            run = json.loads((out / "run.json").read_text(encoding="utf-8"))
            want = [0] if not less else [1] if gone <= 2 else [1, 3]
            score.same(f"sizes: {form} {less}: convert", (True, bool(less)), (done.returncode in want, run["stores"][0]["cut"]))
        store.write_bytes(whole[:3 * page] + bytes(page) + whole[4 * page:])
        found = place.lines(score, store)["state"]
        score.same(f"sizes: {form}: not told", ("WARN", True), (found["status"], "is not told" in found["evidence"][1]))
    for real in sorted(pathlib.Path(os.environ.get("PIMLIFT_CORPUS", "../shared/corpus"), "ese").glob("*")):
        found = place.lines(score, "--full", real)
        score.same(f"sizes: {real.name}", (True, []), ("it has all pages that it owns" in found["state"]["evidence"][1],
                   [t for t in found["integrity"]["evidence"] if "leads to" in t]))


def empty(score, place):
    """Each page that is wiped is told, but those that were free before."""
    for form, page in (("exchange2000", PAGE), ("exchange2013", 32768)):
        store = place.make("testdata/recipes/office.recipe", "empty.edb", "--format", form)
        whole = store.read_bytes()
        free = [n for n in range(2, len(whole) // page) if not any(whole[n * page:(n + 1) * page])]
        found = place.lines(score, "--full", store)["integrity"]
        score.same(f"empty: {form}: free ones", ("OK", f"store 1: {len(free)} empty, and nothing leads there"),
                   (found["status"], found["evidence"][1]))
        for n in [n for n in range(2, len(whole) // page) if n not in free][::7]:
            store.write_bytes(whole[:n * page] + bytes(page) + whole[(n + 1) * page:])
            found = place.lines(score, "--full", store)["integrity"]
            score.same(f"empty: {form} {n}", ("FAIL", [1, len(free) + 1, 1]),
                       (found["status"], numbers({"evidence": found["evidence"][1:]})))
    # a file that claims more pages than anybody has, without the list of those it owns
    store = place.make("testdata/recipes/office.recipe", "claims.edb", "--format", "exchange2000")
    whole = store.read_bytes()
    store.write_bytes(whole[:3 * PAGE] + bytes(PAGE) + whole[4 * PAGE:])
    os.truncate(store, 600 << 30)
    found = place.lines(score, store)["integrity"]
    score.same("empty: too many", ("WARN", True), (found["status"], "is not known" in found["evidence"][1]))
    store.unlink()


def streams(score, place):
    """The streaming file: what can be seen of it is, what can't is said, and a search of what is left is not whole."""
    folder = place.out / "streams"
    folder.mkdir()
    store = place.make("testdata/recipes/mailed.recipe", "streams/priv1.edb", "--format", "exchange2000")
    stm = folder / "priv1.stm"
    whole = stm.read_bytes()
    broken = bytearray(whole)
    broken[900] ^= 1
    copy = bytearray(whole)
    copy[PAGE + 900] ^= 1
    for what, data, status, code in (("whole", whole, "OK", "edb.stm-unproven"), ("headers", whole[:2 * PAGE], "WARN", "edb.stm-cut"),
                                     ("in a page", whole[:5 * PAGE - 9], "WARN", "edb.stm-cut"),
                                     ("header", broken, "WARN", "edb.stm-header"), ("its copy", copy, "WARN", "edb.stm-header")):
        stm.write_bytes(data)
        found = place.lines(score, "--full", store)["stm"]
        score.same(f"streams: {what}", (status, status == "OK"), (found["status"], "nothing that is known tells" in found["evidence"][0]))
        out = folder / "out"
        done = place.run("convert", "-q", "--force", "--recover", store, "-o", out)
        faults = [json.loads(t) for t in (out / "report.jsonl").read_text(encoding="utf-8").splitlines()]
        got = [f["severity"] for f in faults if f["code"] == code]
        score.same(f"streams: {what}: recovered", (1, ["note" if status == "OK" else "lost"]), (done.returncode, got))
    stm.write_bytes(whole)
    for name in ("PRIV1.STM", "Priv1.stm"):
        stm.rename(folder / name)
        score.same(f"streams: {name}", "OK", place.lines(score, store)["stm"]["status"])
        (folder / name).rename(stm)


REPEATED = """person anna
  name Anna Berg
  mail anna.berg@example.org
  dn /o=Example/ou=Berlin/cn=Recipients/cn=anna
store People
  owner @anna
public
published @anna
  from 2024-01-01
  months 2
  busy 2024-01-08 09:00 for 1h
  created 2024-01-02 10:00
published @anna
  from 2024-01-01
  months 2
  busy 2024-01-09 09:00 for 1h
  created 2024-01-03 10:00
"""


def several(score, place):
    """One that can't be read costs a loss where others are read, in each verb; what nothing says is not said to be of
    another kind; names come once."""
    folder = place.out / "several"
    folder.mkdir()
    good = place.make("testdata/recipes/office.recipe", "several/good.pst")
    bad = folder / "bad.pst"
    bad.write_bytes(b"")
    for verb in (("info",), ("list",), ("shares",), ("check",), ("convert", "--force", "-o", folder / "out")):
        for stores, status in (((bad, good), 1), ((good, bad), 1), ((bad,), 3), ((good,), 0)):
            got = place.run(*verb, *stores).returncode
            score.same(f"several: {verb[0]} {[s.name for s in stores]}", True,
                       got == status or (verb[0] == "check" and stores == (good,) and got < 2))
    found = place.lines(score, folder / "nothing.pst")
    score.same("several: no file", [("FAIL", 1), ("N-A", len(found) - 1)],
               [(s, sum(v["status"] == s for v in found.values())) for s in ("FAIL", "N-A")])
    score.same("several: no file, for people", (3, ""), (lambda d: (d.returncode, d.stdout))(place.run("check", folder / "nothing.pst")))
    found = place.lines(score, "--reader", "pff", good)
    score.same("several: another reader", ("N-A", ["the version is not told by this reader"]),
               (found["generation"]["status"], found["generation"]["evidence"]))
    later = place.make("testdata/recipes/office.recipe", "several/later.edb", "--format", "exchange2000", "--with", "no-mailboxes")
    score.same("several: no PST", ["looked for: mailboxes with a directory name, which tells whose they are: 0"],
               place.lines(score, later)["connectors"]["evidence"])
    subprocess.run([place.mkstore, "--ese", "testdata/recipes/ese-small.ese", "-o", str(folder / "foreign.edb")], check=True)
    done = place.run("check", folder / "foreign.edb")
    score.same("several: a database of another program", (3, ["FAIL", "OK", "OK"]),
               (done.returncode, [re.search(rf"^ *{n} (\S+)", done.stdout, re.MULTILINE).group(1) for n in (1, 2, 23)]))
    sharing = place.make("testdata/recipes/sharing.recipe", "several/sharing.pst")
    for line in place.lines(score, "--names", sharing, good).values():
        score.same(f"several: names of {line['check']}", sorted(set(line["names"])), sorted(line["names"]))
    recipe = folder / "repeated.recipe"
    recipe.write_text(REPEATED, encoding="utf-8")
    public = place.make(recipe, "several/pub1.edb", "--format", "exchange2000", "--public")
    score.same("several: published twice", ["2 published, for 1 user more than once; of 0 users with a calendar 0 stale, 0 contradictory"],
               place.lines(score, public)["freebusy-compared"]["evidence"])


def wrong_of(place, store):
    """What the line says of wrong parts."""
    text = place.check("--full", "--json", store)
    return re.search(r"\d+ wrong", next(t for t in text.splitlines() if '"integrity"' in t)).group()


def sample(score, place):
    """Of a large store a part is looked at, evenly spread; --full looks at all."""
    store = place.make("testdata/recipes/office.recipe", "large.edb", "--format", "exchange2000", "--mail", "720",
                       "--size", "100000")
    pages = store.stat().st_size // PAGE - 2
    seen, every = numbers(place.lines(score, store)["integrity"])[1:3]
    score.same("sample: all", pages, every)
    score.same("sample: seen", True, pages / 3 < seen <= 64 * 256 + 16)
    score.same("full", [pages, pages], numbers(place.lines(score, "--full", store)["integrity"])[1:3])


def room(score, place):
    """What is said to be needed holds what a conversion takes, and not far more."""
    for name in ("office", "series", "contacts", "tasks", "sharing", "appointments", "matrix"):
        store = place.make(f"testdata/recipes/{name}.recipe", f"room-{name}.pst")
        target = place.out / f"room-{name}"
        subprocess.run([place.pimlift, "convert", str(store), "-o", str(target)], stderr=subprocess.DEVNULL, check=False)
        taken = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
        said = place.lines(score, store, "-o", target)["room"]["evidence"][0]
        number, unit = re.match(r"about ([\d.]+) (\w+) are", said).groups()
        needed = float(number) * {"KiB": 1024, "MiB": 1 << 20}[unit]
        score.same(f"room of {name}: {needed:.0f} for {taken}", True, taken <= needed <= 6 * taken)
    if os.geteuid() == 0:
        small = place.out / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0:
            found = place.lines(score, store, "-o", small / "not" / "there")["room"]
            subprocess.run(["umount", str(small)], check=True)
            score.same("room: too little", ("FAIL", "64.0 KiB are free where the output goes"),
                       (found["status"], found["evidence"][1]))


PEOPLE = """person anna
  name Anna Berg
  mail anna.berg@example.org
  dn /o=Example/ou=Berlin/cn=Recipients/cn=anna
person bert
  name Bert
  mail bert@example.org
  dn /o=Example/ou=Berlin/cn=Recipients/cn=bert
store People
  owner @anna
folder Calendar
  holds calendar
appointment One
  at 2024-01-08 09:00 for 1h
folder Contacts
  holds contacts
contact Miss Mail
  property PSETID_Address 0x8082 string MS
  property PSETID_Address 0x8083 string NET/PO/MISS
contact Mister Lotus
  property PSETID_Address 0x8082 string CCMAIL
  property PSETID_Address 0x8083 string Mister at Post
  property PSETID_Address 0x8092 string NOTES
  property PSETID_Address 0x8093 string Mister/Lotus@Net
contact Doctor Standard
  property PSETID_Address 0x8082 string X400
  property PSETID_Address 0x8083 string c=de;a= ;p=org;s=Doctor
contact Old Exchange
  property PSETID_Address 0x8082 string EX
  property PSETID_Address 0x8083 string /o=Example/ou=Gone/cn=Recipients/cn=old
contact Some Fax
  property PSETID_Address 0x8082 string FAX
  property PSETID_Address 0x8083 string Some@+49 30 1
folder Inbox
mail Opaque
  class IPM.Note.SMIME
mail Signed
  class IPM.Note.SMIME.MultipartSigned
mail Secure
  class IPM.Note.Secure
mailbox @bert
folder Calendar
  holds calendar
appointment Two
  at 2024-01-09 09:00 for 1h
public
folder Shared
  holds calendar
published @anna
  from 2024-01-01
  months 2
  busy 2024-01-08 09:00 for 1h
  created 2024-01-02 10:00
"""


def people(score, place):
    """Addresses by their type, users without busy time, items that stay encrypted."""
    recipe = place.out / "people.recipe"
    recipe.write_text(PEOPLE, encoding="utf-8")
    private = place.make(recipe, "people.edb", "--format", "exchange2000")
    public = place.make(recipe, "people-public.edb", "--format", "exchange2000", "--public")
    found = place.lines(score, "--names", private, public)
    want = [f"{t}: 1, 1 without an Internet address" for t in ("EX", "MS", "CCMAIL", "NOTES", "X400", "other")]
    score.same("types", ("WARN", want), (found["address-types"]["status"], found["address-types"]["evidence"][:6]))
    score.same("types: who", ["/o=Example/ou=Gone/cn=Recipients/cn=old"], found["address-types"]["names"])
    score.same("types: the old systems", ["WARN", "WARN"], [found[n]["status"] for n in ("ms-mail", "cc-mail")])
    score.same("busy time", ("WARN", [1, 1], ["Bert"]), (found["freebusy-published"]["status"],
               numbers(found["freebusy-published"]), found["freebusy-published"]["names"]))
    score.same("encrypted", ("WARN", [2, 1]), (found["encrypted"]["status"], numbers(found["encrypted"])))
    score.same("keys", [2, 1], numbers(found["key-management"]))
    folders = ["free/busy: there, 1 item", "offline address book: there, 0 items", "forms: there, 0 items"]
    score.same("system folders", ("WARN", folders), (found["system-folders"]["status"], found["system-folders"]["evidence"]))


CANARY = """person boss
  name Canary Boss
  mail canary.boss@canary.example
  dn /o=Canary/ou=Canary/cn=Recipients/cn=canaryboss
  sid S-1-5-21-77771-77772-77773-77774
person aide
  name Canary Aide
  dn /o=Canary/ou=Canary/cn=Recipients/cn=canaryaide
  sid S-1-5-21-77771-77772-77773-77775
person link
  name Connector for cc:Mail (CANARY1)
  dn /o=Canary/ou=Canary/cn=Configuration/cn=Connections/cn=CANARY1
store Canary Store
  owner @boss
folder Canary Calendar
  holds calendar
  acl @aide editor
  acl S-1-5-21-77776-77777-77778-77779 reviewer
meeting Canary Meeting
  at 2024-01-08 09:00 for 1h
  repeat daily forever
  location Canary Room
  body Canary Body
  category Canary Category
  organizer @boss
  attendee none @aide
  attach canary.txt
    text Canary Text
folder Canary Contacts
  holds contacts
contact Canary Contact
  given Canary
  surname Contact
  mail Canary <canary@canary.example>
folder Inbox
mail Canary Mail
  class IPM.Note.SMIME
  from @aide
mailbox @link
folder Canary Box
public
folder Canary Public
  holds calendar
  acl @aide editor
  replica /o=Canary/cn=CANARY1
"""


def privacy(score, place):
    """Nothing of a store's names, texts, addresses or paths is in any form; with --names some is."""
    folder = place.out / "canary-folder"
    folder.mkdir()
    recipe = folder / "canary.recipe"
    recipe.write_text(CANARY, encoding="utf-8")
    stores = [place.make(recipe, "canary-folder/canary.edb", "--format", "exchange2000"),
              place.make(recipe, "canary-folder/canary-public.edb", "--format", "exchange2000", "--public"),
              place.make(recipe, "canary-folder/canary.pst"),
              place.make(recipe, "canary-folder/canary13.edb", "--format", "exchange2013")]
    foreign = folder / "canary-foreign.edb"
    subprocess.run([place.mkstore, "--ese", "testdata/recipes/ese-small.ese", "-o", str(foreign)], check=True)
    nothing = folder / "canary-nothing.pst"
    nothing.write_bytes(b"")
    cut = folder / "canary-cut.pst"
    cut.write_bytes(stores[2].read_bytes()[:150000])
    dirty = folder / "canary-dirty.edb"
    dirty.write_bytes(stores[0].read_bytes())
    flip(dirty, [0, 52, PAGE, PAGE + 52])  # state 3 is 2 then, in both headers, with the sums
    pattern = re.compile(r"canary|7777\d|@|" + re.escape(str(place.out)), re.IGNORECASE)
    for words in (stores, [foreign], [cut], [dirty], [*stores, foreign, nothing, cut, dirty]):
        for form in ([], ["--json"], ["--markdown"], ["--full"])[:None if len(words) > 1 else 1]:
            output = place.check(*form, *words, "-o", folder)
            score.same(f"private: {form} {len(words)}", [], pattern.findall(output))
            score.same(f"private: {form} {len(words)} says something", True, len(output) > 1000)
        score.same("names: the canaries sing", True, bool(pattern.search(place.check("--names", *words))))


def main():
    """All of them."""
    score = Score()
    place = Place(*sys.argv[1:4])
    (place.out / "people.csv").write_text("sid,mail\nS-1-5-21-4444-5555-6666-1102,jose@example.org\n", encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(place.validator.schema)
    parts = (servers, people, state, unseen, plurals, stderr, damage, sizes, empty, streams, several, sample, room, privacy) if sys.argv[4] == "all" else (servers, people, privacy)
    for part in parts:
        part(score, place)
    print(f"{score.passed} passed, {score.failed} failed")
    return score.failed > 0


sys.exit(main())
