#!/usr/bin/python3
"""Are the words of a report those of docs/report.md? Prints what differs; with --write makes them so."""
import re
import sys

HEAD = """/* What a code means, in the words of docs/report.md. Written by tests/report/words.py --write. */
/* clang-format off */
"""

told = {}
for line in open("docs/report.md", encoding="utf-8"):
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) < 2 or not re.fullmatch(r"`[a-z][-a-z.0-9`, ]*`", cells[0]):
        continue
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cells[-1]).replace("`", "")
    for code in re.findall(r"`([^`]+)`", cells[0]):
        if code not in ("note", "warn", "lost", "stop"):
            told[code] = text

if sys.argv[1:] == ["--write"]:
    with open("formats/report/words.def", "w", encoding="utf-8") as out:
        out.write(HEAD)
        for code in sorted(told):
            text = told[code].replace("\\", "\\\\").replace('"', '\\"')
            out.write(f'WORDS("{code}", "{text}")\n')
        out.write("/* clang-format on */\n")

shown = {}
for line in open("formats/report/words.def", encoding="utf-8"):
    row = re.fullmatch(r'WORDS\("([^"]+)", "(.*)"\)', line.strip())
    if row:
        shown[row[1]] = row[2].replace('\\"', '"').replace("\\\\", "\\")

if list(shown) != sorted(shown):
    print("words.def is not sorted")
for code in sorted(told.keys() | shown.keys()):
    if told.get(code) != shown.get(code):
        print(f"{code}: docs/report.md has {told.get(code)!r}, words.def {shown.get(code)!r}")
if told != shown:
    print("tests/report/words.py --write takes them over")
