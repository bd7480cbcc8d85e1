#!/usr/bin/python3
"""Compares what esedbexport printed of a table with the rows that ese_read.py finds: their number, and every
value that it prints as others do.

usage: exchange_export.py DATABASE.edb TABLE EXPORTED
"""
import re
import sys

sys.dont_write_bytecode = True
import ese_read  # noqa: E402


def printed(name, value, plain):
    """How a value is printed, None where esedbexport has its own ideas (times and GUIDs of tables that it knows)."""
    if isinstance(value, list) or name[0] == "M":
        return None
    raw = bytes.fromhex(value)
    if name[0] == "Q" and len(raw) == 8:
        return value if plain else hex(int(value, 16))
    if name[0] == "L":
        return str(int.from_bytes(raw, "little", signed=True))
    if name[0] == "T":
        return str(int.from_bytes(raw, "little")) if plain else None
    if name[0] == "B":
        return "true" if any(raw) else "false"
    if name in ("S64", "S65", "Sc1e", "Sc1f") or name[0] != "S":
        return None
    text = raw.decode("utf-16-le")
    return None if set(text) & set("\r\n\t") else text


def main():
    path, table, exported = sys.argv[1:4]
    tables = ese_read.catalogue(ese_read.Database(path), 4, 2).values()
    rows = [row for t in tables if t.name == table for row in t.rows()]
    lines = open(exported, encoding="utf-8", errors="replace").read().split("\n")
    head = lines[0].split("\t")
    plain = table not in ("Msg", "Folders")
    # A text with line ends in it is printed over several lines: those that begin with a key are rows.
    found = [line.split("\t") for line in lines[1:] if line]
    if head[0][0] == "Q":
        found = [f for f in found if re.fullmatch("(0x)?[0-9a-f]{13,16}", f[0])]
    compared = 0
    for row, line in zip(rows, found):
        for name, value in row.items():
            want = printed(name, value, plain) if name in head[:len(line)] else None
            if want is None:
                continue
            got = line[head.index(name)]
            if got != want:
                sys.exit(f"{name}: {got!r} instead of {want!r}")
            compared += 1
    if table not in ("Global", "PerUserRead") and len(found) != len(rows):
        sys.exit(f"{len(found)} rows instead of {len(rows)}")
    print(f"ok {len(rows)} rows, {compared} values")


main()
