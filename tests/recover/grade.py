#!/usr/bin/python3
"""Does a grade say what was read? grade.py MKSTORE PIMLIFT PROFILE [TIMES].

Stores of each kind with items that no folder lists, or that were deleted, are damaged here and there: a byte of them, or
a stretch that becomes zeros. Whatever the damage, an item that is lost is not `high`, and one that is `high` is, byte for
byte, what it was in the sound store. PROFILE: one of --edb-profile that finds no list of a folder, so that all items of
Exchange 2000 to 2007 are orphans. Prints `N passed, N failed`.
"""
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
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print("---", *made, hex(at), "zeros" if step % 2 else "a byte", wrong)
            good = len(claims) >= 2 and lowered > 0
            passed, failed = passed + good, failed + (not good)
            if not good:
                print("---", *made, "high:", len(claims), "lower when damaged:", lowered)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
