#!/usr/bin/python3
"""Recovered items whose objects have the bytes of others: twins.py MKSTORE PIMLIFT.

The items differ in a property that nothing reads, so only what is written tells that they are the same. Those that live
stay, both of two; of those that were deleted the first stays when none lives. Whatever is left out, taken anew or only
counted, it is the same. Prints `N passed, N failed`.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ITEM = """appointment {what}
  at 2020-01-0{day} 10:00 for 1h
{more}  uid {what}@example.org
  created 2020-01-01 08:00Z
  modified 2020-01-01 08:00Z
  property 0x0026 long {key}
{deleted}"""
# folder, what, how it was deleted, what it becomes
ITEMS = (("A", "one", "", "written"), ("A", "two", "", "written"), ("A", "two", "", "written"), ("B", "one", "", "written"),
         ("A", "three", "", "written"), ("A", "repeated", "", "written"), ("B", "file", "", "written"),
         ("A", "one", "{}", "duplicate"), ("B", "two", "{}", "duplicate"), ("B", "four", "{}", "written"),
         ("B", "four", "{}", "duplicate"), ("C", "four", "{}", "duplicate"), ("C", "repeated", "{}", "duplicate"),
         ("C", "file", "{}", "duplicate"), ("C", "five", "{}", "written"),
         ("A", "large", "", "written"), ("C", "large", "{}", "duplicate"), ("B", "large'", "{}", "written"),
         ("A", "long", "", "written"), ("C", "long", "{}", "duplicate"), ("B", "long'", "{}", "written"))
# What differs from another of its name, has the same properties and the same times, but bytes where only reading tells.
MORE = {"repeated": "  repeat daily times 5\n", "file": "  attach a.bin\n    zeros 100K\n",
        "large": "  attach a.bin\n    zeros 100K\n", "large'": "  attach a.bin\n    size 100K\n",
        "long": "  body " + "a" * 100000 + "\n", "long'": "  body " + "a" * 99999 + "b\n"}
DAYS = ("one", "two", "three", "four", "five", "repeated", "file", "large", "long")


# A zone as it was stored: both have one name, and its rule is that of the other, or five hours away.
ZONE = ("02013000020015004500610073007400650072006e0020005300740061006e0064006100720064002000540069006d006500010002013e00020041060000000"
        "000000000000000000000{bias}00000000c4ffffff00000a0000000500020000000000000000000400000001000300000000000000")
ZONED = """appointment {what}
  zone America/New_York
  at 2005-11-01 10:00 for 1h
  tz-blobs one-rule
{more}  uid {what}@example.org
  created 2020-01-01 08:00Z
  modified 2020-01-01 08:00Z
  search-key 0102030405060708090a0b0c0d0e0f10
  repeat weekly tue times 150
"""
ELSEWHERE = ("  property PSETID_Appointment 0x8233 binary {bias}00000000c4ffffff000000000a00000005000200000000000000000000000400000001000300000000000000\n" +
             "".join(f"  property PSETID_Appointment {tag} binary {ZONE}\n" for tag in ("0x8260", "0x825e", "0x825f")))


def zones(living, deleted):
    """Two folders; what is in the first, and what was deleted in the other."""
    return ("store Zones\n  seed 3\n  owner Anna Berg <anna.berg@example.org>\n  zone Europe/Berlin\nfolder Calendar\n  holds calendar\n" + living +
            "folder Calendar B\n  holds calendar\n" + deleted + "  deleted old\n")


def recipe(how):
    """All of them, each with a priority of its own, which no line has."""
    out = ["store Twins\n  seed 3\n  owner Anna Berg <anna.berg@example.org>\n  zone Europe/Berlin\n"]
    for folder in "ABC":
        out.append(f"folder Calendar {folder}\n  holds calendar\n")
        for key, (where, what, deleted, _) in enumerate(ITEMS):
            if where == folder:
                name = what.rstrip("'")
                out.append(ITEM.format(what=name, day=1 + DAYS.index(name), key=7 if name in ("large", "long") else key,
                                       more=MORE.get(what, ""),
                                       deleted="  deleted " + how + "\n" if deleted else ""))
    return "".join(out)


class Suite:
    """Counts what holds."""

    def __init__(self, pimlift):
        self.pimlift, self.passed, self.failed = pimlift, 0, 0

    def check(self, what, good, more=""):
        """One claim."""
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print("---", what, more)

    def convert(self, store, out, *options):
        """The sums that are printed, and the rows of the ledger, if there is one."""
        run = subprocess.run([self.pimlift, "convert", "--recover", "--json", "--progress", "never", store, *options,
                              *(["-o", out] if out else [])], capture_output=True, text=True, check=False, timeout=120)
        end = [e for e in map(json.loads, run.stdout.splitlines()) if e.get("event") == "end" or "written" in e]
        rows = []
        if out and os.path.exists(out + "/ledger.db"):
            with sqlite3.connect(out + "/ledger.db") as db:
                rows = db.execute("SELECT folder, uid, outcome, reason, hex(sha256), evidence FROM item ORDER BY rowid").fetchall()
        return run.returncode, end[-1] if end else run.stderr, rows

    def store(self, name, path, work):
        """All claims about one store."""
        deleted = sum(bool(x[2]) for x in ITEMS)
        copies = sum(x[3] == "duplicate" for x in ITEMS)
        living = {}
        for options in ([], ["--attachments", "files"], ["--layout", "item"], ["--folder", "(recovered)/*"], ["--to", "ics"]):
            out = work + "/out"
            shutil.rmtree(out, ignore_errors=True)
            status, end, rows = self.convert(path, out, *options)
            what = f"{name} {' '.join(options)}:"
            found = [r for r in rows if r[5]]
            self.check(what + " status", status == 0, end)
            self.check(what + " those that were deleted", len(found) == deleted, len(found))
            self.check(what + " copies", sum(r[3] == "duplicate" for r in found) == copies,
                       [(r[0], r[1], r[3]) for r in found])
            digests = [r[4] for r in rows if not r[5] and r[4]]
            self.check(what + " none has the bytes of one that lives", not [r for r in found if r[4] in digests and r[4]])
            mine = [r[4] for r in found if r[4]]
            self.check(what + " nor of another", len(mine) == len(set(mine)))
            if "--folder" not in options:
                self.check(what + " those that live stay", len(digests) == len(ITEMS) - deleted, digests)
                living[tuple(options)] = sorted(digests)
            verify = subprocess.run([self.pimlift, "verify", out, "--progress", "never"], capture_output=True, text=True,
                                    check=False)
            self.check(what + " verify", verify.returncode == 0, verify.stdout[-300:])
            _, again, _ = self.convert(path, None, "--dry-run", *options)
            self.check(what + " a dry run has the same sums", isinstance(end, dict) and isinstance(again, dict) and
                       all(end.get(k) == again.get(k) for k in ("seen", "written", "filtered", "lost")), (end, again))


    def zoned(self, mkstore, work):
        """The zone tells objects apart, and what else is in its file does not."""
        far, utc = ELSEWHERE.format(bias="2c010000"), ELSEWHERE.format(bias="00000000")
        one = ZONED.format(what="b", more="")
        for what, text, becomes in (
                ("another rule of the same name", zones(one, ZONED.format(what="b", more=utc)), "written"),
                ("beside another of that name", zones(ZONED.format(what="a", more=utc) + one, one + "  property 0x0070 string Other\n"), "filtered"),
                ("the same rule", zones(one + ZONED.format(what="c", more=far), one + "  property 0x0070 string Other\n"), "filtered")):
            with open(work + "/recipe", "w", encoding="utf-8") as f:
                f.write(text)
            subprocess.run([mkstore, work + "/recipe", "-o", work + "/store"], check=True)
            shutil.rmtree(work + "/out", ignore_errors=True)
            rows = [r for r in self.convert(work + "/store", work + "/out")[2] if r[5]]
            self.check("zones: " + what, [r[2] for r in rows] == [becomes], rows)


def main():
    """A store of each kind."""
    mkstore, suite = sys.argv[1], Suite(sys.argv[2])
    with tempfile.TemporaryDirectory() as work:
        for how, options in (("old", []), ("row", ["--format", "exchange2003"]), ("row", ["--format", "exchange2016"])):
            with open(work + "/recipe", "w", encoding="utf-8") as f:
                f.write(recipe(how))
            subprocess.run([mkstore, work + "/recipe", "-o", work + "/store", *options], check=True)
            suite.store(how + " " + " ".join(options), work + "/store", work)
        suite.zoned(mkstore, work)
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
