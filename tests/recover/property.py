#!/usr/bin/python3
"""Stores with deleted items against the same stores in which nothing was deleted: property.py MKSTORE PIMLIFT KIND [SEEDS].

KIND: pst, exchange2000 or exchange2013.

For each seed a recipe of all kinds of items is made, a part of them deleted in each of the ways of docs/recipes.md. The
truth file, written before anybody reads the store, tells which. The set of recovered items must be those that can be
recovered, with the evidence that was left; and each must be, byte for byte, what it is in a twin store where it lives.
Then free space is spoiled: what still comes must be among those items, and what claims high confidence be whole.
Living items must be the same, byte for byte, in all of these. Prints `N passed, N failed`.
"""
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

import pst_sweep

EVIDENCE = {"unlisted": ("node", "high"), "old": ("old-index", "high"), "block": ("block", "low"),
            "row": ("deleted-row", "high"), "page": ("lost-page", "medium")}
LEFT_OUT = "X-PIMLIFT-ATTACH-LEFT-OUT:"
KINDS = {"pst": (["unlisted", "old", "old", "block", "earlier"],
                 [["--layout", a, "--crypt", b] for a in ("unicode", "ansi", "4k") for b in ("none", "permute", "cyclic")]),
         "exchange2000": (["row", "row", "page"], [["--format", f"exchange{v}"] for v in (2000, 2003, 2007)]),
         "exchange2013": (["row", "row", "page"], [["--format", f"exchange{v}"] for v in (2013, 2016, 2019)])}
WORDS = "budget meeting travel review garden dentist school train offer lease summer board printer window".split()


class Recipe:
    """A recipe and its twin."""

    LIVES = {f"  deleted {x}": "  deleted no" for x in EVIDENCE}

    def __init__(self, seed, how):
        self.how = how
        self.r = random.Random(seed)
        self.lines = [f"store Recovery {seed}", f"  seed {seed + 1}", "  owner Anna Berg <anna.berg@example.org>",
                      "  zone Europe/Berlin", "person carl", "  name Carl Dahl", "  mail carl.dahl@example.org"]
        self.number = 0
        for name, holds in (("Calendar", "calendar"), ("Contacts", "contacts"), ("Tasks", "tasks"),
                            ("Calendar/Trips", "calendar"), ("Notes", "notes")):
            self.lines += [f"folder {name}", f"  holds {holds}"]
            for _ in range(self.r.randint(3, 9)):
                self.item(holds)

    def words(self, least, most):
        """Some text."""
        return " ".join(self.r.choice(WORDS) for _ in range(self.r.randint(least, most)))

    def item(self, holds):
        """One item, deleted or not."""
        r, self.number = self.r, self.number + 1
        name = f"{self.words(1, 4)} {self.number}"
        day = f"20{r.randint(10, 29)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        deleted = r.choice(self.how) if r.random() < 0.5 else None
        out = []
        if holds == "calendar":
            kind = "meeting" if r.random() < 0.3 else "appointment"
            out += [f"  at {day} {r.randint(7, 18):02}:{r.choice((0, 15, 30)):02} for {r.choice(('30m', '1h', '2h'))}"]
            if kind == "meeting":
                out += ["  organizer Anna Berg <anna.berg@example.org>", "  attendee accepted @carl"]
            if r.random() < 0.3:
                out += [f"  repeat daily every {r.randint(1, 3)} times {r.randint(2, 20)}"]
            if r.random() < 0.5:
                out += [f"  location {self.words(1, 3)}"]
        elif holds == "contacts":
            kind = "contact"
            out += [f"  name {name}", f"  company {self.words(1, 2)}", f"  mail Some One <p{self.number}@example.org>"]
        else:
            kind = "task" if holds == "tasks" else "note"
            out += [f"  due {day}"] if kind == "task" else []
        if r.random() < 0.6:
            out += [f"  body {self.words(1, r.choice((10, 1500, 12000)))}"]
        if kind in ("appointment", "meeting", "task") and r.random() < 0.4 and deleted != "block":
            out += ["  attach a.bin", f"    size {r.choice((100, 5000, 60000, 300000))}"]
        if deleted == "earlier":
            self.lines += [f"{kind} Earlier {name}"] + out + ["  deleted earlier"]
            deleted = None
        self.lines += [f"{kind} {name}"] + out + ([f"  deleted {deleted}"] if deleted else [])

    def text(self, twin):
        """The recipe; twin: nothing is deleted."""
        return "".join((x if not twin else self.LIVES.get(x, x)) + "\n" for x in self.lines)


def objects(folder):
    """The objects of all files below a folder by their UID, as lists of lines; and which files they came from."""
    out, files = {}, {}
    for root, _, names in os.walk(folder):
        for name in names:
            if not name.endswith((".ics", ".vcf")):
                continue
            path = os.path.join(root, name)
            with open(path, encoding="utf-8", newline="") as f:
                lines = f.read().replace("\r\n ", "").split("\r\n")
            current = None
            for line in lines:
                if line in ("BEGIN:VEVENT", "BEGIN:VTODO", "BEGIN:VJOURNAL", "BEGIN:VCARD"):
                    current = []
                if current is not None:
                    current.append(line)
                if line in ("END:VEVENT", "END:VTODO", "END:VJOURNAL", "END:VCARD"):
                    uid = [x for x in current if x.startswith("UID")][0]
                    out.setdefault(uid, []).append(current)
                    files[uid] = os.path.relpath(path, folder)
                    current = None
    return out, files


class Suite:
    """Counts what holds."""

    def __init__(self, mkstore, pimlift, kind):
        self.mkstore, self.pimlift, self.kind = mkstore, pimlift, kind
        self.passed = self.failed = 0

    def check(self, what, good, more=""):
        """One claim."""
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"--- {what} {more}")

    def convert(self, store, out, *options):
        """Exit status, objects, files, rows of recovered items."""
        shutil.rmtree(out, ignore_errors=True)
        run = subprocess.run([self.pimlift, "convert", store, "-o", out, "--progress", "never", *options],
                             capture_output=True, text=True, check=False, timeout=120)
        if not os.path.exists(out + "/ledger.db"):
            raise SystemExit(f"convert: exit {run.returncode}: {run.stderr}")
        with sqlite3.connect(out + "/ledger.db") as db:
            rows = db.execute("SELECT uid, evidence, confidence, outcome, reason, file, offset FROM item"
                              " WHERE evidence IS NOT NULL").fetchall()
            balance = db.execute("SELECT seen = written + filtered + lost AND closed FROM run").fetchone()[0]
            summed = db.execute("SELECT seen = (SELECT sum(count) FROM item) FROM run").fetchone()[0]
        found, files = objects(out)
        return run.returncode, found, files, rows, bool(balance and summed)

    def seed(self, seed, work):
        """One recipe in one layout."""
        how, options = KINDS[self.kind]
        recipe, options = Recipe(seed, how), options[seed % len(options)]
        name = f"seed {seed} {' '.join(options)}:"
        for twin in (False, True):
            path = f"{work}/{'twin' if twin else 'store'}"
            with open(path + ".recipe", "w", encoding="utf-8") as f:
                f.write(recipe.text(twin))
            subprocess.run([self.mkstore, path + ".recipe", "-o", path + ".store", "--truth", path + ".json", *options],
                           check=True)
        with open(work + "/store.json", encoding="utf-8") as f:
            truth = json.load(f)["items"]
        kinds = {}
        for item in truth:
            if item.get("gone") in EVIDENCE:
                kinds.setdefault(EVIDENCE[item["gone"]], set()).add(item.get("summary") or item.get("name"))
        living = [i for i in truth if "gone" not in i]
        _, whole, _, _, _ = self.convert(work + "/twin.store", work + "/out-twin")
        _, plain, plain_files, rows, _ = self.convert(work + "/store.store", work + "/out-plain")
        self.check(name + " nothing is recovered unless asked for", not rows)
        unlisted = sum(i.get("gone") == "unlisted" for i in truth)
        self.check(name + " what lives", len(plain) == len(living) + unlisted, (len(plain), len(living), unlisted))
        status, found, files, rows, balance = self.convert(work + "/store.store", work + "/out", "--recover")
        self.check(name + " status", status == 0, status)
        self.check(name + " the books balance", balance)
        got = {}
        for uid, evidence, confidence, outcome, reason, file, _ in rows:
            self.check(name + " written into a folder of its own", outcome == "written" and "(recovered)" in file,
                       (outcome, reason, file))
            got.setdefault((evidence, confidence), set()).add(self.title(found.get("UID:" + uid)))
        self.check(name + " the deleted ones, with what tells of them", got == kinds, (got, kinds))
        recovered = {"UID:" + r[0] for r in rows}
        self.check(name + " the living ones are as without",
                   all(found[u] == plain[u] for u in found if u not in recovered) and
                   {u for u in found if u not in recovered} <= set(plain) and
                   set(plain) <= set(found) and len(found) == len(living) + len(rows))
        sure = {"UID:" + r[0] for r in rows if r[2] == "high"}
        self.check(name + " as in the store where they live", all(found[u] == whole.get(u) for u in sure),
                   [u for u in sure if found[u] != whole.get(u)])
        self.fragments(name, found, whole, recovered - sure)
        self.spoil(name, seed, work, whole, plain_files, recovered,
                   {r[6] for r in rows if r[1] == "lost-page"})
        if self.kind == "pst":
            self.lie(name, seed, work)

    def lie(self, name, seed, work):
        """What was given up says something else, with right checksums: it ends in order, and the books balance."""
        r, sweep = random.Random(seed + 2000), pst_sweep.Store(work + "/store.store")
        tail, ansi = sweep.l["btail"], sweep.kind == "ansi"
        places = [at for copies in sweep.dead.values() for at, _ in copies]
        for step in range(3):
            data = bytearray(sweep.d)
            for at in r.sample(places, min(len(places), 12)):
                end = next(e for e in range(at + sweep.l["align"], len(data) + 1, sweep.l["align"])
                           if sweep.ends_at(e) == at)
                size = struct.unpack_from("<H", data, end - tail)[0]
                for _ in range(r.randint(1, 4)):
                    data[at + r.randrange(size)] = r.choice((0, 1, 0xFF, r.randrange(256)))
                struct.pack_into("<I", data, end - tail + (8 if ansi else 4), pst_sweep.crc(bytes(data[at:at + size])))
            with open(work + "/lie.store", "wb") as f:
                f.write(data)
            status, _, _, _, balance = self.convert(work + "/lie.store", work + "/out-lie", "--recover")
            self.check(f"{name} lie {step}: status and books", status in (0, 1) and balance, (status, balance))

    @staticmethod
    def title(components):
        """Of an object."""
        for line in components[0] if components else []:
            if line.startswith(("SUMMARY:", "FN:")):
                return line.split(":", 1)[1]
        return None

    def fragments(self, name, found, whole, uids):
        """A part has no line that the whole does not have, but for what says that it is one."""
        for uid in uids:
            known = {x for c in whole.get(uid, []) for x in c}
            more = [x for c in found[uid] for x in c if x not in known and not x.startswith(LEFT_OUT)]
            self.check(f"{name} {uid} is of one item", uid in whole and not more, more)

    def spoil(self, name, seed, work, whole, plain_files, recovered, lost):
        """Free space is written over here and there."""
        r = random.Random(seed + 1000)
        with open(work + "/store.store", "rb") as f:
            clean = f.read()
        free = free_places(clean) if self.kind == "pst" else lost_pages(clean, lost)
        for step in range(3):
            data = bytearray(clean)
            for at, size in r.sample(free, min(len(free), (step + 1) * 6)):
                way = r.randint(0, 2)
                if way == 0:
                    data[at + r.randrange(size)] ^= 1 << r.randrange(8)
                elif way == 1:
                    data[at:at + size] = bytes(size)
                else:
                    other, _ = r.choice(free)
                    data[at:at + size] = clean[other:other + size]
            with open(work + "/spoiled.store", "wb") as f:
                f.write(data)
            status, found, _, rows, balance = self.convert(work + "/spoiled.store", work + "/out-spoiled", "--recover")
            mine = {"UID:" + x[0] for x in rows if x[3] == "written"}
            self.check(f"{name} spoiled {step}: status", status == 0, status)
            self.check(f"{name} spoiled {step}: books", balance)
            self.check(f"{name} spoiled {step}: none but those that were",
                       mine <= recovered, mine - recovered)
            self.check(f"{name} spoiled {step}: the living ones", all(u in found for u in plain_files) or
                       len(set(plain_files) - set(found)) == 0)
            sure = {"UID:" + x[0] for x in rows if x[2] == "high" and x[3] == "written"}
            self.check(f"{name} spoiled {step}: whole means whole", all(found[u] == whole[u] for u in sure))
            self.fragments(f"{name} spoiled {step}:", found, whole, mine - sure)


def free_places(data):
    """(offset, bytes) of what the allocation maps call free and is not zero, by slots of 64 or 512 bytes."""
    wide = struct.unpack_from("<H", data, 10)[0] >= 36
    ansi = struct.unpack_from("<H", data, 10)[0] < 20
    first, bits, slot = (0x22000, 4072, 512) if wide else (0x4400, 496, 64)
    out = []
    for at in range(first, len(data), bits * 8 * slot):
        maps = data[at + (4 if ansi else 0):at + (4 if ansi else 0) + bits]
        for i in range(bits * 8):
            place = at + i * slot
            if not maps[i // 8] & 0x80 >> i % 8 and any(data[place:place + slot]):
                out.append((place, slot))
    return out


def lost_pages(data, offsets):
    """The pages of a database that rows were recovered from; all in one piece."""
    size = struct.unpack_from("<I", data, 236)[0]
    return [(at, size) for at in sorted({x // size * size for x in offsets})]


def main():
    """All seeds."""
    suite = Suite(*sys.argv[1:4])
    seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 9
    with tempfile.TemporaryDirectory() as work:
        for seed in range(seeds):
            suite.seed(seed, work)
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
