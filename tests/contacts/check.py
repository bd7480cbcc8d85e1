"""Compares the contacts of converted stores with their truth files: check.py DIR READER NAME...

DIR holds NAME.json, and what convert wrote in 3.0/NAME, 4.0/NAME and csv/NAME. With the reader vobject, cards
are read by python3-vobject and tables by Python's csv; else DIR/READER/VERSION/NAME.json is what that program
read. Every property and every cell counts.
"""
import json
import pathlib
import sys

import by_json
import by_vobject
import cards
import csvview


class Score:
    """Counts; a line for each of the first faults."""

    def __init__(self):
        self.passed = self.failed = 0

    def count(self, rows, where):
        """Rows of (what, same, text)."""
        for what, same, text in rows:
            self.passed += same
            self.failed += not same
            if not same and self.failed <= 60:
                print(f"{where}: {what}: {text}")


def cards_of(top, reader, version, name):
    """All cards of a store, and the properties that the reader can't read."""
    if reader != "vobject":
        return by_json.read(top / reader / version / f"{name}.json"), by_json.UNREADABLE.get((reader, version), ())
    files = sorted((top / version / name).rglob("*.vcf"))
    return [c for path in files for c in by_vobject.read(path.read_bytes().decode("utf-8"))], \
        by_vobject.UNREADABLE[version]


def tables(score, top, name, items):
    """The CSV view: one table for each folder with contacts."""
    folders = {i["folder"] for i in items if i["kind"] == "contact"}
    for path in sorted((top / "csv" / name).rglob("*.csv")):
        inside = [i for i in items if i["folder"].split("/")[-1] == path.stem]
        score.count(csvview.compare(inside, path), f"{name} csv")
        folders -= {i["folder"] for i in inside}
    score.count([("tables missing", not folders, str(folders))], f"{name} csv")


def main():
    """All stores named."""
    top, reader, score = pathlib.Path(sys.argv[1]), sys.argv[2], Score()
    for name in sys.argv[3:]:
        every = json.loads((top / f"{name}.json").read_text(encoding="utf-8"))["items"]
        items = [i for i in every if i["kind"] in ("contact", "group") and not i.get("hidden")]
        for version in ("3.0", "4.0"):
            found, skip = cards_of(top, reader, version, name)
            score.count(cards.compare(items, found, version == "4.0", skip), f"{name} {reader} {version}")
        if reader == "vobject":
            tables(score, top, name, items)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


if __name__ == "__main__":
    sys.exit(main())
