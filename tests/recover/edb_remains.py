#!/usr/bin/python3
"""What databases of Exchange still hold of messages that they no longer have, by a reader of its own: edb_remains.py PIMLIFT DATABASE...

Pages, nodes, records and the catalogue are those of tests/mkstore/ese_read.py, which knows nothing of the program. Deleted
nodes of the tables of messages, and all nodes of leaves that carry the id of such a table and lie in no tree, with a right
checksum; not those whose key lives. The ledger of `pimlift convert --recover` must have the same messages, with the same evidence.
Mail has no key there, but a count.
Prints `N passed, N failed`.
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mkstore"))
import ese_read  # noqa: E402  pylint: disable=wrong-import-position


def leaf_pages(db, root, owner):
    """The numbers of all pages of a tree."""
    todo, out = [root], set()
    while todo:
        number = todo.pop()
        if number in out:
            continue
        out.add(number)
        page = ese_read.Page(db, number)
        assert page.owner == owner
        if not page.flags & 2:
            todo += [ese_read.u32(data, 0) for _, _, data in page.entries()]
    return out


def lost_pages(db, owner, reached):
    """Leaves of a tree that nothing leads to."""
    last = os.fstat(db.file.fileno()).st_size // db.size - 2
    for number in range(1, last + 1):
        try:
            page = ese_read.Page(db, number)
            if page.owner == owner and page.flags & 0x22 == 2 and number not in reached:
                page.check_sum()
                yield page
        except ese_read.Bad:
            continue


def values(table, data, page_flags):
    """A record by names of columns, hexadecimal."""
    out = {}
    for derived, ident, parts in table.record(data, page_flags & 0x800):
        column = table.columns.get((derived, ident))
        if column and column[1]:
            out[column[0]] = parts[0].hex()
    return out


def key_of(table, row):
    """What dump calls the message; None: it has no home."""
    if table.name == "Msg":
        if "Q6748" not in row:
            return None
        ident = int(row["Q674a"], 16)
        return f"deleted:m{ident >> 48:x}-{ident & 0xFFFFFFFFFFFF:x}"
    number = int.from_bytes(bytes.fromhex(row["MessageDocumentId"]), "little")
    return f"deleted:m{table.name.split('_')[1]}-{number}"


def remains(path):
    """{key: evidence} of deleted messages."""
    db, out = ese_read.Database(path), {}
    for table in ese_read.catalogue(db, 4, 2).values():
        if not re.fullmatch(r"Msg|Message_\d+", table.name):
            continue
        reached, living, found = leaf_pages(db, table.root, table.objid), set(), {}
        for number in reached:
            page = ese_read.Page(db, number)
            for flags, key, data in page.entries() if page.flags & 2 else ():
                if flags & 2:
                    found[key] = ("deleted-row", data, page.flags)
                else:
                    living.add(key)
        for page in lost_pages(db, table.objid, reached):
            for _, key, data in page.entries():
                found.setdefault(key, ("lost-page", data, page.flags))
        for key, (evidence, data, flags) in found.items():
            name = key_of(table, values(table, data, flags)) if key not in living else None
            if name:
                out[name] = evidence
    return out


def main():
    """All databases."""
    passed = failed = 0
    for path in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as out:
            run = subprocess.run([sys.argv[1], "convert", "--recover", path, "-o", out, "--progress", "never"],
                                 capture_output=True, text=True, check=False, timeout=300)
            with sqlite3.connect(out + "/ledger.db") as db:
                have = dict(db.execute("SELECT key, evidence FROM item WHERE key LIKE 'deleted:%'").fetchall())
                mail = db.execute("SELECT coalesce(sum(count), 0) FROM item WHERE key IS NULL AND folder LIKE '(recovered)/%'"
                                  ).fetchone()[0]
        want = remains(path)
        good = have.items() <= want.items() and len(have) + mail == len(want) > 0
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print(f"--- {path}: {sorted(set(have.items()) ^ set(want.items()))}, {len(want)} in all {run.stderr[-300:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
