#!/usr/bin/python3
"""What pimlift recovers, against two other readers: agree.py PIMLIFT STORE...

pst_sweep.py, written from the specification, must find the same items in each store, with the same evidence and confidence.
And each message that libpff recovers must be accounted for: it is recovered here, or it lives, or the store has it as an earlier
state of one that lives, which pst_sweep.py sees and nobody wants twice. Messages meet by PidTagSearchKey, or where they have
none by class and subject. Prints `N passed, N failed`, and what libpff does not find.
"""
import json
import subprocess
import sys

import pst_sweep


def value(item, name):
    """Of a property."""
    for p in item["props"]:
        if p.get("name") == name:
            return p.get("value")
    return None


def name_of(item):
    """By what two readers know the same message."""
    return value(item, "PidTagSearchKey") or (item["class"], value(item, "PidTagSubject"))


def dump(pimlift, store, *options):
    """Items of a store; None when it is none."""
    run = subprocess.run([pimlift, "dump", *options, store], capture_output=True, text=True, check=False, timeout=300)
    if run.returncode > 1:
        return None
    return [x for x in map(json.loads, run.stdout.splitlines()) if x["kind"] == "item"]


def text(props, pid):
    """A string of the other reader."""
    for kind, code in ((0x1F, "utf-16-le"), (0x1E, "latin-1")):
        if pid << 16 | kind in props:
            return props[pid << 16 | kind].decode(code, "replace")
    return None


def states(sweep):
    """The names of all messages that the file has in any state."""
    out = set()
    for bid in list(sweep.dead):
        if bid & 2:
            continue
        props = sweep.context([sweep.block(bid)])
        if props and text(props, 0x1A):
            key = props.get(0x300B0102)
            out.add(key.hex() if key else (text(props, 0x1A), text(props, 0x37)))
    return out


def main():
    """All stores."""
    pimlift, passed, failed, alone, both = sys.argv[1], 0, 0, 0, 0
    for path in sys.argv[2:]:
        own, other = dump(pimlift, path, "--recover"), dump(pimlift, path, "--recover", "--reader", "pff")
        sweep = pst_sweep.Store(path)
        want = {(e, c, k, text(p, 0x1A) or "") for e, c, k, p in sweep.recovered()}
        mine = [x for x in own if x["recovered"] and x["evidence"] != "node"]
        have = {(x["evidence"].split("-")[0], x["confidence"], x["key"].split(":")[1].split("@")[0], x["class"]) for x in mine}
        good = want == have
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"--- {path}: {have - want} more, {want - have} less")
        known = {name_of(x) for x in own} | states(sweep)
        found = {name_of(x) for x in other or () if x["recovered"] and x["class"]}
        good = found <= known
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"--- {path}: libpff has also {found - known}")
        recovered = {name_of(x) for x in own if x["recovered"]}
        both, alone = both + len(recovered & found), alone + len(recovered - found)
    print(f"recovered items that libpff recovers too: {both}, that it does not: {alone}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
