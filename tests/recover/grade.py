#!/usr/bin/python3
"""Does a grade say what was read? grade.py MKSTORE PIMLIFT PROFILE [TIMES].

Stores of each kind with items that no folder lists, or that were deleted, are damaged here and there: a byte of them, or
a stretch that becomes zeros. Whatever the damage, an item that is lost is not `high`, and one that is `high` is, byte for
byte, what it was in the sound store; and though items are read to be graded and once more to be written, no line of the report
is there twice. Of those that live, what was written is the same, or the reason is not: nothing is less without a word. PROFILE: one of --edb-profile that finds no list of a folder, so that all items of
Exchange 2000 to 2007 are orphans. Prints `N passed, N failed`.
"""
import collections
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

RECIPE = """store Grades
  seed 7
  owner Anna Berg <anna.berg@example.org>
  zone Europe/Berlin
person carl
  name Carl Dahl
  mail carl.dahl@example.org
folder Calendar
  holds calendar
appointment Lives
  at 2020-01-02 10:00 for 1h
  repeat daily times 3
  attach b.bin
    size 200K
meeting One
  at 2020-01-03 10:00 for 1h
  organizer Anna Berg <anna.berg@example.org>
  attendee accepted @carl
  attach a.bin
    size 200K
{how}
appointment Two
  at 2020-01-03 10:00 for 1h
  repeat daily times 10
{how}
  change 2020-01-05
    subject Moved
"""
STORES = (("unlisted", ["--layout", "unicode"], []), ("unlisted", ["--layout", "ansi"], []), ("old", ["--layout", "4k"], []),
          ("", ["--format", "exchange2000"], ["--edb-profile", None]),
          ("", ["--format", "exchange2013", "--with", "no-folders"], []),
          ("row", ["--format", "exchange2007"], []), ("row", ["--format", "exchange2019"], []))


PAGE = 8192  # of Exchange 2007


def convert(pimlift, store, out, options):
    """Confidence, outcome and digest of each recovered item by its key; None: the store was not read."""
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([pimlift, "convert", "--recover", "--progress", "never", store, "-o", out, *options],
                   capture_output=True, check=False, timeout=120)
    if not os.path.exists(out + "/ledger.db"):
        return None
    with sqlite3.connect(out + "/ledger.db") as db:
        rows = db.execute("SELECT key, confidence, outcome, sha256 FROM item WHERE evidence IS NOT NULL").fetchall()
    return {key: rest for key, *rest in rows}


def twice(out):
    """The lines that the report has more than once. Zeros make several properties of one number, each of which is told."""
    try:
        with open(out + "/report.jsonl", encoding="utf-8") as f:
            lines = collections.Counter(f)
    except FileNotFoundError:
        return []
    return [line for line, times in lines.items() if times > 1 and "pst.prop-type" not in line]


def objects(out):
    """Reason and digest of each item that was written, by its key."""
    try:
        with sqlite3.connect(f"file:{out}/ledger.db?mode=ro", uri=True) as db:
            return {k: rest for k, *rest in db.execute("SELECT key, reason, sha256 FROM item WHERE outcome = 'written' AND key IS NOT NULL")}
    except sqlite3.Error:
        return {}


def names_lost(mkstore, pimlift, work):
    """Every page of a database becomes zeros in turn. Where that takes the names of properties, each item of the calendar says so,
    and none is `high`. Returns what is wrong."""
    store, out, tried, wrong = work + "/named", work + "/named.out", 0, []
    with open(work + "/recipe", "w", encoding="utf-8") as f:
        f.write(RECIPE.format(how="  deleted row"))
    subprocess.run([mkstore, work + "/recipe", "-o", store, "--format", "exchange2007"], check=True)
    with open(store, "rb") as f:
        clean = f.read()
    for at in range(2 * PAGE, len(clean), PAGE):
        if not any(clean[at:at + PAGE]):
            continue
        with open(store, "wb") as f:
            f.write(clean[:at] + bytes(PAGE) + clean[at + PAGE:])
        convert(pimlift, store, out, [])
        if not os.path.exists(out + "/report.jsonl"):
            continue
        with open(out + "/report.jsonl", encoding="utf-8") as f:
            if "edb.name-missing" not in f.read():
                continue
        tried += 1
        with sqlite3.connect(out + "/ledger.db") as db:
            wrong += db.execute("SELECT key, reason, confidence FROM item WHERE class LIKE 'IPM.Appointment%' AND "
                                "(reason = '' OR confidence = 'high')").fetchall()
    return wrong if tried else ["no page has the names"]


def main():
    """All kinds of stores."""
    mkstore, pimlift, profile = sys.argv[1:4]
    times = int(sys.argv[4]) if len(sys.argv) > 4 else 12
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        for deleted, made, read in STORES:
            how, store, out = f"  deleted {deleted}" if deleted else "", work + "/store", work + "/out"
            read = [profile if x is None else x for x in read]
            with open(work + "/recipe", "w", encoding="utf-8") as f:
                f.write(RECIPE.format(how=how).replace("\n\n", "\n"))
            subprocess.run([mkstore, work + "/recipe", "-o", store, *made], check=True)
            with open(store, "rb") as f:
                clean = f.read()
            sound, lowered = convert(pimlift, store, out, read), 0
            was = objects(out)
            claims = [k for k in sound if sound[k][0] == "high"]
            r, used = random.Random(" ".join(made)), [i for i in range(0, len(clean), 512) if any(clean[i:i + 512])]
            for step in range(times):
                data, at = bytearray(clean), r.choice(used)
                if step % 2:
                    data[at:at + 512] = bytes(512)
                else:
                    data[r.choice([i for i in range(at, at + 512) if clean[i:i + 1] != b"\0"])] ^= r.choice((1, 0x80, 0xff))
                with open(store, "wb") as f:
                    f.write(data)
                rows = convert(pimlift, store, out, read) or {}
                lowered += sum(k in rows and rows[k][0] != "high" for k in claims)
                wrong = {k: v for k, v in rows.items()
                         if v[0] == "high" and (v[1] == "lost" or v[1:] != sound.get(k, v)[1:])}
                silent = {k: v for k, v in objects(out).items() if k in was and v[0] == was[k][0] and v[1] != was[k][1]}
                for fault in (wrong, twice(out), silent):
                    passed, failed = passed + (not fault), failed + bool(fault)
                    if fault:
                        print("---", *made, hex(at), "zeros" if step % 2 else "a byte", fault)
            good = len(claims) >= 2 and lowered > 0
            passed, failed = passed + good, failed + (not good)
            if not good:
                print("---", *made, "high:", len(claims), "lower when damaged:", lowered)
        wrong = names_lost(mkstore, pimlift, work)
        passed, failed = passed + (not wrong), failed + bool(wrong)
        if wrong:
            print("--- without the names of properties:", wrong)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
