#!/usr/bin/python3
"""Copies of lightly damaged stores fail as the stores do, or sanitize says that something was not understood.

light.py PIMLIFT FIXTURES FOLDER COUNT SEED: flips one to four bits in so many stores, one after the other, copies each, and converts store and
copy under the same name. With status 0 of sanitize both conversions have the same status, totals, and diagnostics, item by item. Prints what
differs; ends with status 1 when something does, or when hardly any copy could be compared.
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys

KINDS = "appointments-unicode-permute appointments-ansi-permute appointments-4k-permute contacts canary calendars tasks".split()
DATABASES = "exchange2000-office exchange2003-office exchange2013-office".split()


def converted(pimlift, store, out):
    """Status, diagnostics and totals."""
    shutil.rmtree(out, ignore_errors=True)
    status = subprocess.run([pimlift, "convert", "-q", "--progress", "never", store, "-o", out], capture_output=True, check=False).returncode
    told, totals = collections.Counter(), None
    if os.path.exists(out + "/run.json"):
        with open(out + "/run.json", encoding="utf-8") as f:
            totals = {k: v for k, v in json.load(f)["totals"].items() if k in ("seen", "written", "filtered", "lost", "stopped")}
        with open(out + "/report.jsonl", encoding="utf-8") as f:
            told.update((d["severity"], d["code"], d["key"]) for d in map(json.loads, f))
    return status, told, totals


def one(pimlift, source, folder, flips):
    """None: sanitize did not understand all of it. Else the text of a difference, "" for none."""
    store, copy = (os.path.join(folder, name + os.path.splitext(source)[1]) for name in ("store", "copy"))
    with open(source, "rb") as f:
        data = bytearray(f.read())
    for at, bit in flips:
        data[int(at * len(data))] ^= 1 << bit
    with open(store, "wb") as f:
        f.write(data)
    if subprocess.run([pimlift, "sanitize", "-q", "--force", store, "-o", copy], capture_output=True, check=False).returncode:
        return None
    was = converted(pimlift, store, os.path.join(folder, "was"))
    os.rename(copy, store)
    now = converted(pimlift, store, os.path.join(folder, "now"))
    if was == now:
        return ""
    return f"{os.path.basename(source)} {flips}: {was[0]} {now[0]}, {was[2]} {now[2]}, {list((was[1] - now[1]) + (now[1] - was[1]))[:4]}"


def main():
    """See above."""
    pimlift, fixtures, folder, count, seed = sys.argv[1:]
    rnd = random.Random(int(seed))
    sources = [os.path.join(fixtures, k + ".pst") for k in KINDS] + [os.path.join(fixtures, d, "priv1.edb") for d in DATABASES]
    sources = [s for s in sources if os.path.exists(s)]
    compared = wrong = 0
    for _ in range(int(count)):
        source = rnd.choice(sources)
        text = one(pimlift, source, folder, [(rnd.random(), rnd.randrange(8)) for _ in range(rnd.choice((1, 1, 2, 4)))])
        compared += text is not None
        if text:
            wrong += 1
            print(text)
    print(f"{compared} of {count} copies were compared, {wrong} differ")
    return 0 if compared * 3 > int(count) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
