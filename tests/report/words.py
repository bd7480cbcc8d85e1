#!/usr/bin/python3
"""Are the words of a report those of docs/report.md? Prints what differs."""
import re

told = {}
for line in open("docs/report.md", encoding="utf-8"):
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if len(cells) < 2 or not re.fullmatch(r"`[a-z][-a-z.0-9`, ]*`", cells[0]):
        continue
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cells[-1]).replace("`", "")
    for code in re.findall(r"`([^`]+)`", cells[0]):
        if code not in ("note", "warn", "lost", "stop"):
            told[code] = text

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
