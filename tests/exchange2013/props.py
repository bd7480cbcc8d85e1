"""Two dumps of the same items, of a PST and of a database: every property that the PST has from 0x6600 on must be in the other, with
the same type and value. props.py PST EDB. Prints what differs."""
import json
import sys


def items(path):
    """By class and place: properties by tag."""
    out = []
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        if row.get("kind") == "item":
            out.append({p["tag"]: {k: v for k, v in p.items() if k not in ("tag", "offset")} for p in row["props"]})
    return out


def main():
    pst, edb = items(sys.argv[1]), items(sys.argv[2])
    compared = wrong = 0
    if len(pst) != len(edb):
        print(len(pst), "items and", len(edb))
        wrong += 1
    for one, other in zip(pst, edb):
        for tag, value in one.items():
            if not 0x6600 <= int(tag, 16) >> 16 < 0x6700:
                continue
            compared += 1
            if other.get(tag) != value:
                wrong += 1
                print(tag, str(value)[:200], "|", str(other.get(tag))[:200])
    print(compared, "compared,", wrong, "wrong")
    return wrong > 0 or compared < 60


sys.exit(main())
