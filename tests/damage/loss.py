#!/usr/bin/python3
"""What is lost when places of a store are hit, against what was to be expected.

usage: loss.py [--every N] [--seed TEXT] [--family NAME] [--figures]

needs.py tells which pages and blocks each item needs. One place after the other, then some at a time, is destroyed (zeros) or
blemished (a wrong checksum over good bytes), and the store is converted. Then:
- an item that is lost, or came out otherwise, needs a place that was hit;
- everything else is written with the same bytes and the same UID;
- items are all accounted for: as many as in the whole store;
- pages that only lead to others cost nothing, and neither does a wrong checksum.
--every N tries every Nth place. Ends with "N passed, N failed". Env: BUILD.
"""
import argparse
import collections
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import needs  # noqa: E402
import variants  # noqa: E402

FAMILIES = {
    "unicode": "", "ansi": "--layout ansi", "4k": "--layout 4k", "exchange2000": "--format exchange2000",
    "exchange2003": "--format exchange2003", "exchange2007": "--format exchange2007", "exchange2013": "--format exchange2013",
    "exchange2019": "--format exchange2019"}


def recipe(path):
    """Some hundred items of all kinds, some with long texts, attachments, and messages inside."""
    rng = random.Random("loss")
    with open(path, "w", encoding="utf-8") as f:
        f.write("store Loss\n  owner Anna Berg <anna.berg@example.org>\n  zone Europe/Berlin\n  deflate no\n")
        for kind in ("calendar", "contacts", "tasks"):
            for part in range(3):
                f.write(f"folder {kind.title()} {part}\n  holds {kind}\n")
                for i in range(24):
                    day = f"2022-{1 + i // 2 % 12:02d}-{1 + rng.randrange(28):02d}"
                    if kind == "calendar":
                        f.write(f"appointment Meeting {part} {i}\n  at {day} {8 + i % 9:02d}:00 for 1h\n  location Room {i}\n")
                        if i % 6 == 0:
                            f.write("  repeat daily times 9\n")
                    elif kind == "contacts":
                        f.write(f"contact Person {part} {i}\n  given Person\n  surname Number {i}\n  mail P {i} <p{i}@example.org>\n")
                    else:
                        f.write(f"task Task {part} {i}\n  due {day}\n")
                    if i % 4 == 1:
                        f.write("  body " + "Some words of a body that is rather long. " * rng.choice((2, 20, 120)) + "\n")
                    if i % 8 == 3 and kind != "contacts":
                        f.write(f"  attach file{i}.bin\n    size {rng.choice((1, 6, 40))}K\n")
        f.write("folder Inbox\n")
        for i in range(10):
            f.write(f"mail Letter {i}\n  body Some words.\n")


def rows(out):
    """What became of each item: {key: (outcome, reason, uid, sha256)}, and how many there are in all."""
    db = sqlite3.connect(f"file:{out}/ledger.db?mode=ro", uri=True)
    found = {key: (outcome, reason, uid, sha) for key, outcome, reason, uid, sha in
             db.execute("SELECT key, outcome, reason, uid, sha256 FROM item WHERE key IS NOT NULL AND key <> ''")}
    seen, written, lost = db.execute("SELECT seen, written, lost FROM run").fetchone()
    db.close()
    return found, seen, written, lost


def convert(store, out):
    """Exit status."""
    shutil.rmtree(out, ignore_errors=True)
    return subprocess.run([f"{variants.BUILD}/pimlift", "convert", store, "-o", out, "--memory", "2M", "--progress", "never"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


class Family:
    """A store, its needs, and what comes of it whole."""

    def __init__(self, work, name):
        self.name, self.folder = name, os.path.join(work, name)
        os.mkdir(self.folder)
        self.file = "mail.pst" if "exchange" not in name else "priv1.edb"
        self.path = os.path.join(self.folder, self.file)
        subprocess.run([f"{variants.BUILD}/mkstore", os.path.join(work, "loss.recipe"), "-o", self.path, *FAMILIES[name].split()],
                       check=True, stdout=subprocess.DEVNULL)
        self.map = needs.read(self.path)
        with open(self.path, "rb") as f:
            self.bytes = f.read()
        if convert(self.path, self.folder + "/whole") != 0:
            raise SystemExit(f"{name}: the whole store does not convert")
        self.rows, self.seen, self.written, _ = rows(self.folder + "/whole")
        missing = [key for key in self.rows if key not in self.map.needs]
        if missing:
            raise SystemExit(f"{name}: not known to needs.py: {missing}")

    def trials(self, every, rng):
        """(places, way): every place alone, both ways; then some at a time."""
        places = sorted(self.map.places)
        for i, place in enumerate(places):
            if i % every == 0:
                yield [place], "destroy"
                yield [place], "blemish"
        for _ in range(max(len(places) // every // 4, 2)):
            yield rng.sample(places, rng.choice((2, 3, 5, 9))), "destroy"

    def judge(self, hit, way, status, out):
        """Faults, items lost, and how many of them needed what was hit."""
        if -1 in hit and way == "destroy":
            return [], 0, 0
        if not os.path.exists(out + "/ledger.db"):
            return [f"nothing was written, exit status {status}"], 0, 0
        found, seen, written, lost = rows(out)
        gone = set(hit) if way == "destroy" else set()
        anything = gone & self.map.shared or all(copy & gone for copy in getattr(self.map, "copies", [set()]))
        if anything:
            allowed = set(self.rows)
        else:
            allowed = {key for key in self.rows if self.map.needs[key] & (gone - self.map.branches)}
        faults = []
        for key, row in self.rows.items():
            if row[0] == "written" and key not in allowed and found.get(key, ("gone",))[2:] != row[2:]:
                faults.append(f"{key} is {found.get(key, ('gone',))[:2]}")
        mail = {key for key, place in self.map.needs.items() if key not in self.rows and place & gone}
        untold = sum(all(trace & gone for trace in traces) for traces in self.map.traces.values())
        if not anything and not self.seen - untold <= seen <= self.seen:
            faults.append(f"{seen} items are accounted for, not {self.seen} (without a trace: {untold})")
        if not anything and lost > len(allowed) + len(mail):
            faults.append(f"{lost} are lost, {len(allowed) + len(mail)} were to be expected")
        return faults, lost, len(allowed) + len(mail)


def worker(families, todo, queue):
    """Its share of the trials."""
    for f, hit, way in todo:
        family = families[f]
        folder = tempfile.mkdtemp()
        store, out = os.path.join(folder, family.file), os.path.join(folder, "out")
        data = bytearray(family.bytes)
        for place in hit:
            getattr(family.map, way)(data, place)
        with open(store, "wb") as f2:
            f2.write(data)
        stm = os.path.join(family.folder, "priv1.stm")
        if os.path.exists(stm):
            os.link(stm, os.path.join(folder, "priv1.stm"))
        status = convert(store, out)
        judged = family.judge(hit, way, status, out) if status in (0, 1, 3) else ([f"exit status {status}"], 0, 0)
        queue.put((f, hit, way, status, *judged))
        shutil.rmtree(folder)
    queue.put(None)


def main():
    """All families."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--family")
    parser.add_argument("--figures", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        tempfile.tempdir = work
        recipe(os.path.join(work, "loss.recipe"))
        os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
        names = [options.family] if options.family else list(FAMILIES)
        families = [Family(work, name) for name in names]
        todo = [(f, hit, way) for f, family in enumerate(families)
                for hit, way in family.trials(options.every, random.Random(f"{options.seed}/{family.name}"))]
        queue = multiprocessing.Queue()
        workers = [multiprocessing.Process(target=worker, args=(families, todo[k::2], queue)) for k in range(2)]
        for one in workers:
            one.start()
        failed, ended, sums = 0, 0, collections.Counter()
        while ended < len(workers):
            got = queue.get()
            if got is None:
                ended += 1
                continue
            f, hit, way, status, faults, lost, expected = got
            for what, number in (("trials", 1), ("lost", lost), ("expected", expected)):
                sums[f, what] += number
            failed += bool(faults)
            if faults:
                print(f"{families[f].name}, {way} {hit}: {len(faults)}: " + "; ".join(faults[:4]), flush=True)
    if options.figures:
        for f, family in enumerate(families):
            print(f"{family.name}: {sums[f, 'trials']:,} trials, {len(family.map.places)} places, {family.seen} items; "
                  f"{sums[f, 'lost']:,} times one was lost, of {sums[f, 'expected']:,} that needed what was hit")
    print(f"{len(todo) - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
