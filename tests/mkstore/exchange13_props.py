#!/usr/bin/python3
"""Every type and form of property blobs: a recipe with properties of known values, and the check that a database has them.

usage: exchange13_props.py recipe >FILE        the recipe
       exchange13_props.py check DATABASE.edb  prints `ok ...`, or what differs
"""
import struct
import sys

sys.dont_write_bytecode = True
import exchange13_blob as blob  # noqa: E402
import exchange13_check as store  # noqa: E402


def packed(form, *values):
    return b"".join(struct.pack("<" + form, v) for v in values).hex()


def some_bytes(size):
    return bytes((i * 7 + i // 251) % 256 for i in range(size))


GUID = bytes(range(16))
# Type and text in the recipe, value, marker.
VALUES = [
    ("bool", "0", False, 0x08), ("bool", "1", True, 0x09),
    ("short", "0", 0, 0x10), ("short", "127", 127, 0x11), ("short", "-128", -128, 0x11), ("short", "128", 128, 0x12),
    ("short", "-32768", -32768, 0x12),
    ("long", "0", 0, 0x18), ("long", "-1", -1, 0x19), ("long", "127", 127, 0x19), ("long", "-129", -129, 0x1A), ("long", "32767", 32767, 0x1A),
    ("long", "32768", 32768, 0x1B), ("long", "-2147483648", -(1 << 31), 0x1B), ("long", "0xffffffff", -1, 0x19),
    ("i8", "0", 0, 0x20), ("i8", "100", 100, 0x21), ("i8", "-30000", -30000, 0x22), ("i8", "2147483647", (1 << 31) - 1, 0x23),
    ("i8", "2147483648", 1 << 31, 0x24), ("i8", "-9223372036854775808", -(1 << 63), 0x24),
    ("0x0006", packed("q", 12345), 12345, 0x24), ("0x0004", packed("f", 1.5), 1.5, 0x28), ("0x0004", packed("f", 0), 0.0, 0x2A),
    ("double", packed("d", -2.25), -2.25, 0x30), ("double", packed("d", 0), 0.0, 0x32), ("0x0007", packed("d", 41000.5), 41000.5, 0x30),
    ("time", "132619644000000000", 132619644000000000, 0x38), ("time", "600000000", 600000000, 0x39), ("time", "0", 0, 0x39),
    ("guid", GUID.hex(), GUID, 0x40),
    ("string", "", "", 0x48), ("string", "plain", "plain", 0x4D), ("string", "x" * 255, "x" * 255, 0x4D), ("string", "x" * 256, "x" * 256, 0x4E),
    ("string", "größer", "größer", 0x49), ("string", "ж" * 200, "ж" * 200, 0x4A), ("string", "😀 한국", "😀 한국", 0x49),
    ("binary", "", b"", 0x50), ("binary", some_bytes(9).hex(), some_bytes(9), 0x51), ("binary", some_bytes(255).hex(), some_bytes(255), 0x51),
    ("binary", some_bytes(256).hex(), some_bytes(256), 0x52), ("binary", some_bytes(2045).hex(), some_bytes(2045), 0x52),
    ("binary", some_bytes(2046).hex(), some_bytes(2046), 0x7A), ("binary", some_bytes(200000).hex(), some_bytes(200000), 0x7A),
    ("string", "long_" * 600, "long_" * 600, 0x7A), ("string", "слово_" * 9000, "слово_" * 9000, 0x7A),
    ("0x1002", packed("h", 1, -2, 300), [1, -2, 300], 0x91),
    ("0x1003", packed("i", 0, -1, 70000), [0, -1, 70000], 0x99), ("0x1003", packed("i", *range(300)), list(range(300)), 0x9A),
    ("0x1014", packed("q", 1 << 40, -5), [1 << 40, -5], 0xA1), ("0x1004", packed("f", 0.5, 2), [0.5, 2.0], 0xA9),
    ("0x1005", packed("d", 0.125, 8), [0.125, 8.0], 0xB1), ("0x1040", packed("Q", 132619644000000000, 1), [132619644000000000, 1], 0xB9),
    ("0x1048", (GUID + GUID[::-1]).hex(), [GUID, GUID[::-1]], 0xC1),
]
FIRST = 0x6600
MANY = 30  # long values in one item: more than there are slots


def recipe():
    print("store Forms\n  owner Anna Berg <anna.berg@example.org>\nfolder Forms")
    print("item Values")
    for i, (kind, value, _, _) in enumerate(VALUES):
        print(f"  property {FIRST + i:#06x} {kind} {value}")
    print("item Slots")
    for i in range(MANY):
        print(f"  property {FIRST + i:#06x} binary {some_bytes(2100 + i).hex()}")
    print("appointment Files\n  at 2021-05-06 10:00 for 1h")
    for i in range(300):
        print(f"  attach file{i}.txt\n    text {i}")
    print("meeting People\n  at 2021-05-06 12:00 for 1h\n  organizer Anna Berg <anna.berg@example.org>")
    for i in range(300):
        print(f"  attendee Person {i} <p{i}@example.org>")
    print("appointment Words\n  at 2021-05-06 10:00 for 1h")
    for i in range(300):
        print(f"  category Word {i}")
    print("mail Outer")
    for depth in range(6):
        print("  " + "  " * depth + f"embed mail Inner {depth}\n    " + "  " * depth + f"body Depth {depth} & <more>\n    " +
              "  " * depth + f"attach deep{depth}.txt\n      " + "  " * depth + f"text {depth}")


def check(path):
    tables = store.read(path)
    m = store.Mailbox(tables, tables["Mailbox"][0], set())
    rows = {}
    for row in m.messages.values():
        props = store.properties(row, set())
        rows[props.get(0x37)] = row, props
    wide = "wide" in sys.argv
    forms = blob.FORMS
    for i, (kind, _, want, marker) in enumerate(VALUES):
        got = rows["Values"][1].get(FIRST + i)
        store.need(got == want and type(got) is type(want), f"{kind} {i}:", repr(got)[:80], "instead of", repr(want)[:80])
        store.need(wide or forms[marker], f"no form {marker:02x}")
    for i in range(MANY):
        store.need(rows["Slots"][1].get(FIRST + i) == some_bytes(2100 + i), "slot", i)
    store.need(wide or (forms[0x78] and forms[0x7A]), "near and far values")
    numbers = blob.numbers(store.raw(rows["Files"][0], "SubobjectsBlob"))
    store.need(len(numbers) == 300 and sorted(set(numbers)) == numbers and 0x22 in forms, "numbers of attachments")
    names = [p[0x3001] for p in store.recipients(m, rows["People"][0])]
    store.need(names[-300:] == [f"Person {i}" for i in range(300)], "recipients")
    words = m.named(rows["Words"][1], (store.PUBLIC_STRINGS, "Keywords"))
    store.need(words == [f"Word {i}" for i in range(300)] and forms[0xCA], "categories")
    print(f"ok {len(VALUES)} values, {sum(v > 0 for v in forms.values())} forms")


if sys.argv[1] == "recipe":
    recipe()
else:
    try:
        check(sys.argv[2])
    except store.FAULTS as e:
        sys.exit(f"{sys.argv[2]}: {type(e).__name__}: {e}")
