#!/usr/bin/python3
"""Compares what esedbexport wrote of a table with the truth, value by value.

usage: ese_export.py FILE.edb TRUTH.jsonl FOLDER TABLE...
FOLDER has what `esedbexport -T TABLE -t FOLDER/TABLE` wrote. Prints a line for each: TABLE `ok ROWS VALUES LOST`, or a difference.

What esedbexport 20181229 gets wrong on files of Microsoft's engine, too, is left out, and nothing else: fixed
columns that are NULL (it prints the bytes below), floats (all zero), times, repeated values that are no text (all empty),
characters above U+FFFF, compressed 8-bit text (some of it decoded as UTF-16),
compressed binaries (a zero may follow). Separated long values that it does not find come out
empty and are counted as lost.
"""
import glob
import json
import struct
import sys

import ese_read


def shown(value, kind, page):
    raw = bytes.fromhex(value)
    if kind == 1:
        return "true" if raw == b"\xff" else "false"
    if kind in (2, 14, 17, 5):  # currency is printed without its sign
        return str(int.from_bytes(raw, "little"))
    if kind in (3, 4, 15):
        return str(int.from_bytes(raw, "little", signed=True))
    if kind == 7:
        return "%f" % struct.unpack("<d", raw)[0]
    if kind in (10, 12):
        return raw.decode("utf-16-le" if page == 1200 else "cp1252", "replace")
    return value


def compare(db, table, truth, exported):
    columns = {c[0]: (c[1], c[5], key[1], c[4]) for key, c in table.columns.items()}
    with open(exported, encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f]
    if len(lines) - 1 != len(truth):
        return f"{len(lines) - 1} rows, {len(truth)} in the truth"
    first = lines[0][0]
    if [line[0] for line in lines[1:]] != [shown(row[first], *columns[first][:2]) for row in truth]:
        # written in any order
        lines[1:] = sorted(lines[1:])
        truth.sort(key=lambda row: shown(row[first], *columns[first][:2]))
    values = lost = 0
    for line, want in zip(lines[1:], truth):
        for column, got in zip(lines[0], line):
            kind, page, ident, flags = columns[column]
            value = want.get(column, [])
            parts = [shown(v, kind, page) for v in (value if isinstance(value, list) else [value])]
            if kind in (0, 6, 8) or (column not in want and ident < 128):
                continue
            if len(parts) > 1 and kind not in (10, 12):
                continue
            accepted = ["; ".join(parts)]
            if flags & 0x1000 and kind == 11:
                accepted.append(accepted[0] + "00")
            if flags & 0x1000 and isinstance(value, str):
                accepted.append(bytes.fromhex(value + "00" * (len(value) // 2 % 2)).decode("utf-16-le", "replace"))
            if kind in (11, 12) and got == "" and any(len(p) > 60 for p in parts):
                lost += 1
            elif any(ord(c) > 0xFFFF for p in parts for c in p):
                continue
            elif got not in accepted:
                return (f"{column}: {got[:100]!r} exported, {'; '.join(parts)[:100]!r} in the truth")
            else:
                values += 1
    return f"ok {len(truth)} {values} {lost}"


def main():
    path, truth_path, folder = sys.argv[1:4]
    db = ese_read.Database(path)
    tables = {t.name: t for t in ese_read.catalogue(db, 4, 2).values()}
    rows = {}
    with open(truth_path, encoding="utf-8") as f:
        for row in map(json.loads, f):
            rows.setdefault(row["table"], []).append(row["columns"])
    for name in sys.argv[4:]:
        found = glob.glob(f"{folder}/{name}.export/{name}.*")
        print(name, compare(db, tables[name], rows.get(name, []), found[0]) if found else "not exported")


main()
