"""The rights file, judged by Radicale itself: rights_file.py PIMLIFT DIR.

Makes a manifest in which every kind of grant occurs, with names that try to become rules, lets pimlift print the
rights file, and asks Radicale's own code what everybody may do. Nobody may do more than the manifest says, under each
policy: who writes in Radicale may delete the whole collection, so only compat lets others write than owners of a folder.
"""
import configparser
import functools
import itertools
import json
import pathlib
import random
import subprocess
import sys

from radicale import config
from radicale.rights import from_file

READ, CREATE, EDIT, DELETE, OWNER = 0x001, 0x002, 0x020, 0x040, 0x100
WRITE = READ | CREATE | EDIT | DELETE | 0x018
USERS = ["bert", "carla", "d.o.t", "a%sb", "{user}", ".+", "x]y[z", "sp ace", "jos\u00e9", "\u4f50\u85e4", "\U0001f600", "q\\E", "$", "a\tb"]
RIGHTS = [0, 0x400, 0x401, 0x402, 0x41b, 0x47b, 0x7fb, 0x403]
OWNERS = ["anna", "an.na", "{user}", ".*"]


def identity(kind, user=None):
    """A trustee or an owner of the manifest."""
    return {"kind": kind, "name": user, "smtp": user and user + "@example.org", "dn": None, "sid": None,
            "resolved": bool(user)}


def grant(owner, key, kind, user, rights):
    """A line of the manifest."""
    return {"v": 1, "kind": "acl", "store": "s", "owner": {"name": None, "smtp": owner + "@example.org", "dn": None,
            "sid": None, "public": False}, "folder": {"path": ["Cal" + key], "key": key, "id": None, "class": None,
            "role": "calendar", "default": False, "scope": "visible"}, "trustee": identity(kind, user),
            "rights": rights, "rightsNames": [], "denied": [], "role": "Custom", "freebusy": "none", "source": "ntsd",
            "canonical": True}


def most(rights, policy):
    """The letters that rights are worth at most; nobody here is a delegate."""
    letters = "r" if rights & READ and policy != "strict" else ""
    write = WRITE if policy == "compat" else WRITE | OWNER
    return letters + "w" if letters and rights & write == write else letters


def main():
    """One manifest of many folders."""
    program, out = sys.argv[1], pathlib.Path(sys.argv[2])
    rng = random.Random(8)
    out.mkdir()
    folders, lines = [], []
    for number, owner in itertools.product(range(60), OWNERS):
        key = f"{number:x}{OWNERS.index(owner)}"
        listed = {user: rng.choice(RIGHTS) for user in rng.sample(USERS, rng.randrange(5))}
        others, anonymous, unknown = (rng.choice([None, None] + RIGHTS) for _ in range(3))
        mine = [grant(owner, key, "unknown", user, rights) for user, rights in listed.items()]
        if others is not None:
            mine.append(grant(owner, key, "default", None, others))
        if anonymous is not None:
            mine.append(grant(owner, key, "anonymous", None, anonymous))
        if unknown is not None:
            mine.append(grant(owner, key, "unknown", None, unknown))
        rng.shuffle(mine)
        lines += mine
        folders.append((owner, f"Cal{key}.{key}", listed, others, anonymous, unknown))
    (out / "sharing.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    passed = failed = 0
    for policy in ("server", "strict", "compat"):
        counts = judge(program, out, policy, folders)
        passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed")
    return failed > 0


def judge(program, out, policy, folders):
    """One policy; (passed, failed)."""
    text = subprocess.run([program, "shares", str(out), "--target", "radicale", "--policy", policy], check=True,
                          capture_output=True).stdout
    (out / policy).write_bytes(text)
    parse_once()
    rights = from_file.Rights(configuration(out / policy))
    passed = failed = 0
    for owner, name, listed, others, anonymous, unknown in folders:
        floor = others or 0
        if unknown is not None:
            floor &= unknown
        expected = {user: most(value, policy) for user, value in listed.items()}
        expected[""] = most(anonymous or 0, policy)
        expected["nobody-listed"] = most(floor, policy) if others is not None else ""
        for user, want in expected.items():
            if user == owner:
                continue
            got = rights.authorization(user, f"/{owner}/{name}/")
            if got == want:
                passed += 1
            else:
                failed += 1
                print(f"{policy}: {user!r} in {owner!r}/{name}: want {want!r} got {got!r}")
    return passed, failed


def parse_once():
    """Radicale parses the file anew at each question, which costs a minute here: it gets the same answer again."""

    class Parser(configparser.ConfigParser):
        """The one that was read first."""

        def read_file(self, f, source=None):
            if not self.sections():
                super().read_file(f, source)

    from_file.configparser = type("module", (), {"ConfigParser": functools.cache(Parser)})


def configuration(path):
    """Of a server with that rights file."""
    loaded = config.load()
    loaded.update({"rights": {"file": str(path), "type": "from_file"}}, "test")
    return loaded


sys.exit(main())
