"""Cards that another program has read and written as one JSON object a line, see tests/interop/contacts."""
import json

UNREADABLE = {}


def value_of(value):
    """Lists become tuples, digests pairs."""
    if isinstance(value, dict):
        return ("sha256", value["sha256"])
    return tuple(value) if isinstance(value, list) else value


def read(path):
    """All cards of a dump."""
    cards = []
    for line in path.read_text(encoding="utf-8").splitlines():
        card = json.loads(line)
        props = [(name, tuple(types), tuple(sorted(map(tuple, other))), value_of(value))
                 for name, types, other, value in card["props"]]
        cards.append({"uid": card["uid"], "props": props})
    return cards
