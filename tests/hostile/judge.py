#!/usr/bin/env python3
"""What names from a store must not do. judge.py files DIR: names of files; judge.py text FILE...: what goes to a
terminal; judge.py cells FILE...: what a spreadsheet would run. One line for each fault."""
import csv
import os
import re
import sys
import unicodedata

DEVICES = re.compile(r"^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?$", re.I)
MARKS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def commanding(text):
    """Characters that a terminal obeys, or that turn the order of others; in data (.json) that is no harm."""
    return {c for c in text if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in MARKS}


def name_faults(name):
    if commanding(name) or "\n" in name or "\t" in name or set(name) & set("\u0085\u2028\u2029"):
        yield "a character that does something"
    if set(name) & set('<>:"/\\|?*'):
        yield "a character that Windows forbids"
    if DEVICES.match(name):
        yield "a device"
    if name.endswith((".", " ")) or name.startswith(("-", " ")) or name in (".", ".."):
        yield "a bad beginning or end"
    if len(name.encode()) > 255:
        yield "too long"


def files(root):
    seen = {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            path = os.path.relpath(os.path.join(folder, name), root)
            for fault in name_faults(name):
                print(f"{fault}: {path!r}")
            if os.path.islink(os.path.join(root, path)):
                print(f"a link: {path!r}")
            if name in folders:  # two that are one elsewhere are one folder there; what is in them counts
                continue
            key = unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
            if key in seen:
                print(f"{path!r} and {seen[key]!r} are one on some file systems")
            seen[key] = path
    if len(seen) < 100:
        print(f"only {len(seen)} files")


def text(paths):
    for path in paths:
        found = commanding(open(path, encoding="utf-8", newline="").read().replace("\r\n", "\n"))
        found -= MARKS if path.endswith(".json") else set()
        if found:
            print(f"{path}: {sorted(map(hex, map(ord, found)))}")


def seen(cell):
    """What of a cell its reader sees first: no blank, no quote, no character without a width; wide and small forms as the
    plain ones."""
    nothing = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\""
    for i, c in enumerate(cell):
        if not (c.isspace() or c in nothing or unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp") or
                "\ufe00" <= c <= "\ufe0f" or "\u180b" <= c <= "\u180f" or "\U000e0100" <= c <= "\U000e01ef"):
            return unicodedata.normalize("NFKC", c), cell[i + 1:]
    return "", ""


def cells(paths):
    """As programs see them that expect a comma, a semicolon, a tab: which one, the country of the user decides."""
    csv.field_size_limit(1 << 28)
    if os.path.isdir(paths[0]):
        paths = [os.path.join(f, n) for f, _, names in os.walk(paths[0]) for n in names if n.endswith(".csv")]
    for path in paths:
        for separator in ",;\t":
            with open(path, encoding="utf-8-sig", newline="") as file:
                for cell in (cell for row in csv.reader(file, delimiter=separator) for cell in row):
                    start, rest = seen(cell)
                    if (start and start in "=@") or (start and start in "+-" and re.search(r"\||[^\W\d] *\(", rest)):
                        print(f"{path}: {separator!r}: {cell[:60]!r}")


{"files": lambda: files(sys.argv[2]), "text": lambda: text(sys.argv[2:]), "cells": lambda: cells(sys.argv[2:])}[sys.argv[1]]()
