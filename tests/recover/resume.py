#!/usr/bin/python3
"""Runs with --recover that are killed at any moment and gone on with: resume.py MKSTORE PIMLIFT [KILLS].

Deleted copies of living items lie in the last folder, so what is a copy depends on folders that the second run does not
convert. Half of them differ in a property that nothing reads: these are copies by what is written of them. The ledger has to be that of a run that was never killed, row by row. Prints `N passed, N failed`.
"""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HOW = ("old", "block", "unlisted", "old")
SAME = "  uid same{0}@example.org\n  created 2020-01-01 08:00Z\n  modified 2020-01-01 08:00Z\n"


def recipe():
    """Twelve calendars; items of the first are deleted in the last."""
    out = ["store Resumed\n  owner Anna Berg <anna.berg@example.org>\n"]
    for k in range(12):
        out.append(f"folder Calendar {k}\n  holds calendar\n")
        for i in range(60):
            copy = i % 10 == 0 and k in (0, 11)
            out.append(f"appointment Item {0 if copy else k} {i}\n  at 2020-01-{i % 28 + 1:02} 10:00 for 1h\n")
            out.append(SAME.format(i) if copy else "")
            out.append(f"  property 0x0026 long {k if i % 20 else 0}\n" if copy else "") # nothing reads it
            how = "old" if copy and k else HOW[i // 2 % 4] if i % 3 == 1 and not copy else ""
            out.append(f"  deleted {how}\n" if how else "")
    return "".join(out)


def rows(folder):
    """Of the ledger; none when there is none."""
    try:
        with sqlite3.connect(folder + "/ledger.db") as db:
            return db.execute("SELECT folder, key, offset, class, outcome, reason, file, uid, hex(sha256), count, evidence,"
                              " confidence FROM item ORDER BY rowid").fetchall()
    except sqlite3.Error:
        return []


def main():
    """One store, many kills."""
    mkstore, pimlift, kills = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        with open(work + "/a.recipe", "w", encoding="utf-8") as f:
            f.write(recipe())
        subprocess.run([mkstore, work + "/a.recipe", "-o", work + "/a.pst"], check=True)
        command = [pimlift, "convert", "--recover", "--layout", "item", work + "/a.pst", "--progress", "never", "-o"]
        begun = time.monotonic()
        subprocess.run(command + [work + "/whole"], check=True, capture_output=True)
        took, whole = time.monotonic() - begun, rows(work + "/whole")
        assert sum(row[5] == "duplicate" for row in whole) == 6
        for n in range(kills):
            shutil.rmtree(work + "/part", ignore_errors=True)
            with subprocess.Popen(command + [work + "/part"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                time.sleep(random.Random(n).random() * took)
                run.kill()
            again = subprocess.run(command + [work + "/part", "--resume"], capture_output=True, text=True, check=False)
            good = again.returncode == 0 and rows(work + "/part") == whole and os.path.exists(work + "/part/SHA256SUMS")
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"--- kill {n}: exit {again.returncode}: {again.stderr[-300:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
