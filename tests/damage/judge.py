"""What must hold of an output, whatever the store was: the books balance, and say what is there."""
import collections
import json
import os
import re
import sqlite3

WORDS = {"class", "associated", "owner", "folder", "since", "to", "duplicate", "answer", "no-event", "nothing-shared",
         "proven", "listed", "unproven", "people.learned", "stopped", "store.cut", ""}
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "docs", "report.md"), encoding="utf-8") as page:
    CODES = set(re.findall(r"`([a-z]+\.?[a-z-]*)`", page.read()))


def report(out):
    """The lines of report.jsonl: (faults, {code: severities})."""
    faults, codes = [], collections.defaultdict(collections.Counter)
    with open(os.path.join(out, "report.jsonl"), encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            try:
                row = json.loads(line)
            except ValueError as e:
                faults.append(f"report.jsonl:{n}: {e}")
                continue
            if row.get("v") != 1 or row.get("severity") not in ("note", "warn", "lost", "stop") or row.get("code") not in CODES:
                faults.append(f"report.jsonl:{n}: {line[:200]}")
            codes[row.get("code")][row.get("severity")] += 1
    return faults, codes


def objects(out, path):
    """UIDs of the objects in a file, or None when it holds none that are counted."""
    with open(os.path.join(out, path), encoding="utf-8", newline="") as f:
        text = f.read().replace("\r\n ", "")
    if path.endswith(".vcf"):
        return text.count("BEGIN:VCARD")
    if not path.endswith(".ics"):
        return None
    found = re.findall(r"BEGIN:(VEVENT|VTODO|VJOURNAL)\r\n(.*?)END:\1", text, re.S)
    return len({re.search(r"(?m)^UID:(.*?)\r$", body).group(1) for _, body in found})


def books(out, status):
    """ledger.db against itself, run.json, report.jsonl, the files and the exit status."""
    faults, codes = report(out)
    db = sqlite3.connect(f"file:{out}/ledger.db?mode=ro", uri=True)
    rows = db.execute("SELECT store, owner, folder, key, outcome, reason, file, uid, count FROM item").fetchall()
    runs = db.execute("SELECT closed, seen, written, filtered, lost FROM run").fetchall()
    balance = db.execute("SELECT seen, written, filtered, lost FROM balance").fetchall()
    db.close()
    sums, files = collections.Counter(), collections.Counter()
    for store, owner, folder, key, outcome, reason, file, uid, count in rows:
        sums[outcome] += count
        where = f"{folder} {key or ''}"
        if reason not in WORDS and reason not in CODES:
            faults.append(f"{where}: reason {reason}")
        if outcome == "lost" and not reason:
            faults.append(f"{where}: lost without a reason")
        if outcome == "lost" and reason not in codes and reason not in WORDS:
            faults.append(f"{where}: lost by {reason}, which nothing reported")
        if outcome == "written" and uid and file and file.endswith((".ics", ".vcf")):
            files[file] += 1
    seen = sum(sums.values())
    want = (1, seen, sums["written"], sums["filtered"], sums["lost"])
    if runs != [want]:
        faults.append(f"the run says {runs}, its rows {want}")
    if any(row[0] != sum(row[1:]) for row in balance) or sum(row[0] for row in balance) != seen:
        faults.append("a folder does not balance")
    with open(os.path.join(out, "run.json"), encoding="utf-8") as f:
        totals = json.load(f)["totals"]
    if tuple(totals[name] for name in ("seen", "written", "filtered", "lost")) != want[1:]:
        faults.append(f"run.json says {totals}, the rows {want}")
    warned = sum(n["warn"] for n in codes.values())
    if totals["warnings"] != warned:
        faults.append(f"run.json says {totals['warnings']} warnings, report.jsonl {warned}")
    grave = sum(n["lost"] + n["stop"] for n in codes.values())
    if status == 0 and (sums["lost"] or grave):
        faults.append(f"exit status 0 with {sums['lost']} lost and {grave} grave faults")
    if status == 1 and not sums["lost"] and not grave and not any(r[5] == "store.cut" for r in rows):
        faults.append("exit status 1, and nothing says why")
    if status == 1 and not rows:
        faults.append("exit status 1 without a row")
    if status == 3 and sums["written"]:
        faults.append(f"exit status 3 with {sums['written']} written")
    for file, n in files.items():
        have = objects(out, file)
        if have != n:
            faults.append(f"{file}: {have} objects, {n} rows")
    return faults


def output(out, status):
    """Faults of an output folder; none was made when nothing could be done."""
    if not os.path.exists(os.path.join(out, "run.json")):
        left = os.listdir(out) if os.path.isdir(out) else []
        return [f"no run.json, but {left}"] if left or status != 3 else []
    return books(out, status)


def same(one, other):
    """Two outputs alike: all files but those that tell of the run, and the rows."""
    def tree(out):
        found = {}
        for folder, _, names in os.walk(out):
            for name in names:
                path = os.path.join(folder, name)
                if name in ("ledger.db", "run.json", "report.jsonl", "SHA256SUMS"):
                    continue
                with open(path, "rb") as f:
                    found[os.path.relpath(path, out)] = f.read()
        if os.path.exists(out + "/ledger.db"):
            db = sqlite3.connect(f"file:{out}/ledger.db?mode=ro", uri=True)
            found["rows"] = sorted(map(repr, db.execute("SELECT * FROM item")))
            db.close()
        return found
    a, b = tree(one), tree(other)
    return [f"jobs: {name} differs" for name in sorted(set(a) | set(b)) if a.get(name) != b.get(name)]
