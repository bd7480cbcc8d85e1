#!/usr/bin/python3
"""Compares what esedbexport wrote of a database of Exchange 2013 with the truth of its recipe.

usage: exchange13_export.py DATABASE.edb TRUTH.json EXPORTED.export

The rows are those that esedbexport printed; they go through the same check as those of ese_read.py. What esedbexport
20181229 can't print (docs/fixtures.md) comes from ese_read.py and is counted as lost: fixed columns that are NULL, repeated values, long values
that it does not find or does not decompress, a byte more behind compressed ones, characters above U+FFFF. Prints `ok ...` with values printed alike and lost, or what differs.
"""
import datetime
import glob
import re
import sys

sys.dont_write_bytecode = True
import ese_read  # noqa: E402
import exchange13_blob as blob  # noqa: E402
import exchange13_check as check  # noqa: E402

EPOCH = datetime.datetime(1601, 1, 1)


def bytes_of(kind, shown):
    """A printed value as the hexadecimal of its stored bytes, or None."""
    if kind == 1:
        return {"true": "ff", "false": "00"}.get(shown)
    sizes = {3: 2, 4: 4, 15: 8}
    if kind in sizes:
        return int(shown).to_bytes(sizes[kind], "little", signed=True).hex()
    if kind == 8:
        if not re.match("[A-Z]", shown):
            return None
        t = datetime.datetime.strptime(shown[:21], "%b %d, %Y %H:%M:%S") - EPOCH
        return (t.days * 864000000000 + t.seconds * 10000000 + int(shown[22:29])).to_bytes(8, "little").hex()
    if kind == 12:
        return shown.encode("utf-16-le").hex()
    return shown


def exported_rows(table, path):
    """Rows as ese_read.py has them, where esedbexport agrees; (row, alike, lost) of each table."""
    columns = {c[0]: (c[1], key[1]) for key, c in table.columns.items()}
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    rows = list(table.rows())
    check.need(len(rows) == len(lines) - 1, table.name, len(lines) - 1, "rows exported, not", len(rows))
    alike = lost = 0
    out = []
    for row, line in zip(rows, lines[1:]):
        made = {}
        for name, shown in zip(lines[0], line):
            kind, ident = columns[name]
            want = row.get(name)
            if want is None and (ident < 128 or shown == ""):
                continue
            got = bytes_of(kind, shown)
            if got == want:
                made[name] = got
                alike += 1
                continue
            # 7-bit text and bytes may come with one unit too many; long and repeated values not at all
            more = not isinstance(want, list) and want is not None and got in (want + "00", want + "0000")
            gone = isinstance(want, list) or (kind in (11, 12) and len(want or "") > 1000)
            above = kind == 12 and isinstance(want, str) and re.search("d[89ab]..", want)  # characters above U+FFFF
            check.need(more or gone or above, table.name, name, repr(shown)[:100], "instead of", repr(want)[:100])
            made[name] = want
            lost += 1
        out.append(made)
    return out, alike, lost


def main():
    path, truth, folder = sys.argv[1:4]
    db = ese_read.Database(path)
    tables, alike, lost = {}, 0, 0
    for t in ese_read.catalogue(db, 4, 2).values():
        if t.name.startswith("MSys"):
            continue
        found = glob.glob(f"{folder}/{t.name}.*")
        check.need(len(found) == 1, t.name, "not exported")
        tables[t.name], more, less = exported_rows(t, found[0])
        alike, lost = alike + more, lost + less
    print(check.check(tables, truth, set()), f"{alike} values, {lost} lost")


try:
    main()
except check.FAULTS as e:
    sys.exit(f"{sys.argv[1]}: {type(e).__name__}: {e}")
