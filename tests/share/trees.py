"""Files for servers, made of a manifest with hostile names: trees.py PIMLIFT DIR OUT.

DIR is a conversion. Its manifest is replaced by one in which every kind of grant occurs, for people whose names try to be
everybody, a group, a piece of SQL or the end of a text. Then each file is read as its server reads it, and nobody,
whoever may log in there, has more than the manifest says, under either policy.
"""
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys

READ, CREATE, EDIT, DELETE, ADD_FOLDER, OWNER = 0x001, 0x002, 0x020, 0x040, 0x080, 0x100
PRIVATE = 0x10000  # sees inside of private items; here nobody is a delegate
EDIT_ALL, DELETE_ALL = EDIT | 0x008, DELETE | 0x010
NAMES = ["bert", "carla", "d.o.t", "o'brien", "anyone", "ANYONE", "Anonymous", "<default>", "@team", "-bert", "group:x",
         'a"b', "a\\b", "x'); DROP TABLE usr; --", "jos\u00e9", "a b", "$(id)", "..", "a/b", "{user}", "\u202ex", "None",
         "a\nb", "x=1", "a_b", "a,b", "public"]
RIGHTS = [0, 0x400, 0x401, 0x402, 0x41b, 0x47b, 0x7fb, 0x403, 0x460, 0x421, 0x480, 0xc00, 0x1c00, 0x80000401, 0x2404]
WORDS = {"PublicModifier": READ | EDIT_ALL, "PublicViewer": READ, "PublicDAndTViewer": 0, "PrivateDAndTViewer": 0,
         "ConfidentialModifier": READ | EDIT_ALL, "ConfidentialViewer": READ, "ConfidentialDAndTViewer": 0,
         "ObjectEditor": READ | EDIT_ALL | PRIVATE, "ObjectViewer": READ | PRIVATE, "ObjectCreator": CREATE, "ObjectEraser": DELETE_ALL, "None": 0}
PRIVILEGES = {"read": READ, "read-free-busy": 0, "bind": CREATE, "write-content": EDIT_ALL, "unbind": DELETE_ALL,
              "write-acl": OWNER}
LETTERS = {"l": 0, "r": READ | PRIVATE, "s": 0, "9": 0, "i": CREATE | EDIT_ALL, "p": CREATE, "t": DELETE_ALL, "e": DELETE_ALL,
           "k": ADD_FOLDER, "w": OWNER, "n": OWNER, "a": OWNER}


def hostile(lines, rng):
    """The manifest with other grants, and {(owner, title): (listed, others, anonymous, unknown)}."""
    out, folders = [], {}
    for line in lines:
        if line["kind"] not in ("folder", "store"):
            continue
        out.append(line)
        if line["kind"] == "store" or line["folder"]["scope"] != "visible":
            continue
        listed = {name: rng.choice(RIGHTS) for name in rng.sample(NAMES, rng.randrange(9))}
        others, anonymous, unknown = (rng.choice([None, None] + RIGHTS) for _ in range(3))
        grants = [("unknown", name, rights) for name, rights in listed.items()]
        grants += [(kind, None, rights) for kind, rights in
                   (("default", others), ("anonymous", anonymous), ("unknown", unknown)) if rights is not None]
        rng.shuffle(grants)
        for kind, name, rights in grants:
            out.append({**line, "kind": "acl", "rights": rights, "rightsNames": [], "denied": [], "role": "Custom",
                        "freebusy": "none", "source": "ntsd", "canonical": True, "trustee": {
                            "kind": kind, "name": name, "smtp": name and name + "@example.org", "dn": None, "sid": None,
                            "resolved": bool(name), "by": None, "proven": True, "disputed": False}})
            del out[-1]["lists"]
        owner = (line["owner"]["smtp"] or "").split("@")[0]
        folders[owner, line["folder"]["path"][-1]] = (listed, others or 0, anonymous or 0)
        folders[owner, line["folder"]["path"][-1]] += (unknown,)
    return out, folders


# --- property lists ---------------------------------------------------------------------------------------------------

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[A-Za-z0-9_]+|[{}()=;,])')


def parse(text):
    """An old-style property list, as GNUstep has it."""
    tokens = TOKEN.findall(text)
    assert "".join(text.split()) == "".join("".join(tokens).split())

    def value():
        token = tokens.pop(0)
        if token == "{":
            found = {}
            while tokens[0] != "}":
                key = value()
                assert tokens.pop(0) == "=" and key not in found
                found[key] = value()
                assert tokens.pop(0) == ";"
            tokens.pop(0)
            return found
        if token == "(":
            found = []
            while tokens[0] != ")":
                found.append(value())
                assert tokens[0] in ",)"
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return found
        if token[0] != '"':
            assert token not in "=;,)}"
            return token
        units = re.sub(r"\\U([0-9a-f]{4})|\\(.)",
                       lambda m: chr(int(m[1], 16)) if m[1] else {"n": "\n", "r": "\r", "t": "\t"}.get(m[2], m[2]), token[1:-1])
        return units.encode("utf-16", "surrogatepass").decode("utf-16")
    whole = value()
    assert not tokens
    return whole


# --- what everybody may do there: {(owner, title): function of a name, None for who did not log in} -----------------------


def sogo(out):
    """The roles of a user; without any, those of everybody else."""
    found = {}
    for path in out.iterdir():
        for table in parse(path.read_text(encoding="ascii"))["tables"].items():
            acl = {who: sum_of(WORDS, words) for who, words in table[1]["acl"].items()}
            assert re.fullmatch(r"/Users/[\w.]+/(Calendar|Contacts)/[\w=-]+", table[0]), table[0]
            assert all(re.fullmatch(r"[\w.=-]+", r["c_name"]) for r in table[1]["records"])
            found[path.name, table[1]["displayname"]] = lambda who, acl=acl: acl.get(
                "anonymous", 0) if who is None else acl.get(who, acl["<default>"])
    return found


def davical(out):
    """Grants of an account; without any, the default of the collection."""
    text = (out / "sharing.sql").read_text(encoding="utf-8")
    quoted, found = r"'((?:[^']|'')*)'", {}
    props = {f"/{p.parent.parent.name}/{p.parent.name}/": json.loads(p.read_text(encoding="utf-8"))
             for p in out.glob("collection-root/*/*/.Radicale.props")}
    grants, others = {}, {}

    def rights_of(path, words):
        rights = sum_of(PRIVILEGES, filter(None, words.split(",")))
        book = props[path.replace("''", "'")]["tag"] == "VADDRESSBOOK"  # there it hides nothing
        return rights | (PRIVATE if rights & READ and book else 0)

    for line in text.split("LANGUAGE plpgsql;\n\n")[1].splitlines():
        begin = re.fullmatch(rf"SELECT pg_temp.begin_collection\({quoted}, '{{([a-z,-]*)}}', (TRUE|FALSE)\);", line)
        may = re.fullmatch(rf"SELECT pg_temp.may\({quoted}, {quoted}, '{{([a-z,-]*)}}'\);", line)
        opens = re.fullmatch(rf"SELECT pg_temp.opens\({quoted}, {quoted}, {quoted}, '(calendar|addressbook)'\);", line)
        assert begin or may or opens, line
        if begin:
            others[begin[1]] = (rights_of(begin[1], begin[2]), rights_of(begin[1], "read" if begin[3] == "TRUE" else ""))
        elif may:
            grants[may[1], may[2].replace("''", "'")] = rights_of(may[1], may[3])
    for path, (default, public) in others.items():
        found[path.split("/")[1], props[path.replace("''", "'")]["D:displayname"]] = lambda who, path=path, default=default, public=public: (
            public if who is None else grants.get((path, who), default))
    return found


def cyrus(out):
    """Letters of anyone and one's own, without those behind a minus."""
    found = {}
    titles = {(p.parent.parent.name, p.parent.name): json.loads(p.read_text(encoding="utf-8"))["D:displayname"]
              for p in out.glob("collection-root/*/*/.Radicale.props")}
    for line in map(json.loads, (out / "access.jsonl").read_text(encoding="utf-8").splitlines()):
        assert re.fullmatch(r"[\w=-]+", line["collection"])
        if line["kind"] == "acl":
            def may(who, acl=line["acl"]):
                name = "anonymous" if who is None else who
                got = set(acl.get("anyone", "")) | set(acl.get(name, ""))
                return sum_of(LETTERS, got - set(acl.get("-" + name, "")) - set(acl.get("-anyone", "")))
            found[line["owner"], titles[line["owner"], line["collection"]]] = may
    return found


def sum_of(table, words):
    """All rights of some words; an unknown one is a fault."""
    rights = 0
    for word in words:
        rights |= table[word]
    return rights


def most(rights, strict):
    """All that rights imply; the server showed who reads what is private, and Outlook did not."""
    return rights | (PRIVATE if rights & READ and not strict else 0) | (EDIT_ALL if rights & EDIT else 0) | (DELETE_ALL if rights & DELETE else 0)


def main():
    """All targets."""
    program, source, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    out.mkdir()
    lines = [json.loads(line) for line in (source / "sharing.jsonl").read_text(encoding="utf-8").splitlines()]
    passed = failed = granted = 0
    for seed in range(5):
        manifest, folders = hostile(lines, random.Random(seed))
        (source / "sharing.jsonl").write_text("".join(json.dumps(x) + "\n" for x in manifest), encoding="utf-8")
        for target, strict in itertools.product((sogo, davical, cyrus), (False, True)):
            to = out / f"{target.__name__}-{seed}-{strict}"
            subprocess.run([program, "shares", str(source), "--target", target.__name__, "-o", str(to)] +
                           strict * ["--policy", "strict"], check=True, capture_output=True)
            found = target(to)
            for place, may in found.items():
                listed, others, anonymous, unknown = folders[place]
                others &= ~0 if unknown is None else unknown
                for who in NAMES + ["stranger", None]:
                    if who == place[0] or who == "Anonymous" and target is cyrus:
                        continue
                    granted += bool(may(who))
                    truth = most(anonymous if who is None else listed.get(who, others), strict)
                    if may(who) & ~truth:
                        failed += 1
                        print(f"{target.__name__} {seed} {place}: {who!r} may {may(who):#x}, by the manifest {truth:#x}")
                    else:
                        passed += 1
            if len(found) != len([k for k in folders if k[0]]):
                failed += 1
                print(f"{target.__name__} {seed}: {len(found)} folders")
    if granted < passed // 20:
        failed += 1
        print(f"only {granted} of {passed} are granted anything")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
