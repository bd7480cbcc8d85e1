#!/usr/bin/python3
"""Small stores that would make endless work, if each thing that they name were done as often as it is named.

usage: bombs.py [NAME]...

Each is built by mkstore, and then ids in it are turned to one and the same thing (structure.py and ese_read.py tell where they
lie, checksums are made right). The conversion has to end within 10 s of processor time and its memory, with books that balance,
and say why it gave up. Ends with "N passed, N failed". Env: BUILD.
"""
import collections
import os
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import judge  # noqa: E402
import mutate  # noqa: E402
import structure  # noqa: E402
import variants  # noqa: E402

HEAD = "store Bomb\n  owner Anna Berg <anna.berg@example.org>\n  zone Europe/Berlin\n"
CALENDAR = HEAD + "folder Calendar\n  holds calendar\n"


def build(folder, text, *options):
    """A store of a recipe."""
    path = os.path.join(folder, "priv1.edb" if "--format" in options else "mail.pst")
    with open(os.path.join(folder, "bomb.recipe"), "w", encoding="utf-8") as f:
        f.write(text)
    subprocess.run([f"{variants.BUILD}/mkstore", os.path.join(folder, "bomb.recipe"), "-o", path, *options], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def write(path, store, data):
    """The changed bytes, with all checksums right."""
    store.seal(data)
    with open(path, "wb") as f:
        f.write(data)
    return path


def sub_rows(store, bid):
    """Places of the entries of a tree of subnodes: (offset in the file, nid, data, sub)."""
    b, n, head = store.blocks[bid], struct.calcsize(store.l["ids"]), 4 if store.ansi else 8
    at = store.extents[bid][0]
    width = 2 if b[1] else 3
    for i, row in enumerate(struct.iter_unpack("<" + store.l["ids"][1] * width, b[head:])):
        if b[1]:
            yield from sub_rows(store, row[1])
        else:
            yield (at + head + i * width * n, *row)


def nbt_leaves(store):
    """Offsets of the leaves of the index of nodes, the size of an entry, and how many there are."""
    for at, kind in store.pages:
        p = at + store.l["room"]
        wide = 2 if store.wide else 1
        count, size, level = int.from_bytes(store.data[p:p + wide], "little"), store.data[p + 2 * wide], store.data[p + 2 * wide + 1]
        if kind == 0x81 and not level:
            yield at, size, count


# --- the stores ------------------------------------------------------------------------------


def shared_exceptions(folder):
    """A series of 300 changed days, each of which is a message with all recipients and all changed days of the series."""
    days = [f"2022-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(300)]
    text = CALENDAR + "meeting Series\n  at 2022-01-01 09:00 for 1h\n  organizer Anna Berg <anna.berg@example.org>\n"
    text += "".join(f"  attendee Person {i} <person{i}@example.org>\n" for i in range(1500)) + "  repeat daily times 400\n"
    text += "".join(f"  change {day}\n    subject Changed {day}\n" for day in days)
    path = build(folder, text)
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    item = next(nid for nid in store.nodes if nid & 0x1F == 4)
    rows = [row for row in sub_rows(store, store.nodes[item][1]) if row[1] & 0x1F == 5]
    inner = next(row for row in sub_rows(store, rows[-1][3]) if row[1] & 0x1F == 4)
    struct.pack_into("<Q", data, inner[0] + 16, store.nodes[item][1])  # its recipients and attachments are those of the series
    for row in rows:
        struct.pack_into("<QQ", data, row[0] + 8, *rows[-1][2:])
    return write(path, store, data), {"map.memory"}


def shared_attachment(folder):
    """Sixty items whose attachments are one of 40 MB, deflated to some kilobytes."""
    text = CALENDAR + "".join(
        f"appointment Bomb {i}\n  at 2022-01-03 09:00 for 1h\n  attach zeros.bin\n    zeros {40960 if not i else 70}K\n" for i in range(60))
    path = build(folder, text, "--layout", "4k")
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    big, places = None, []
    for nid in sorted(n for n in store.nodes if n & 0x1F == 4):
        for row in sub_rows(store, store.nodes[nid][1]):
            if row[1] & 0x1F == 5 and row[3]:
                inner = list(sub_rows(store, row[3]))
                big = big or inner[0]
                places += inner
    for at, *_ in places:
        struct.pack_into("<Q", data, at + 8, big[2])
    return write(path, store, data), {"work.store"}


def nested(folder):
    """Messages within messages, eight levels, each twice the same: 2^8 ways to the last."""
    text = CALENDAR + "appointment Outer\n  at 2022-01-03 09:00 for 1h\n"
    for depth in range(8):
        for twin in range(2):
            text += "  " * (depth + 1) + f"embed appointment Inner {depth} {twin}\n" + "  " * (depth + 2) + "at 2022-01-03 09:00 for 1h\n"
    path = build(folder, text)
    store = mutate.PstMap(path)
    data = bytearray(store.data)

    def twins(sub):
        rows = [row for row in sub_rows(store, sub) if row[1] & 0x1F == 5]
        for row in rows[1:]:
            struct.pack_into("<QQ", data, row[0] + 8, *rows[0][2:])
        for row in sub_rows(store, rows[0][3]) if rows and rows[0][3] else ():
            if row[1] & 0x1F == 4 and row[3]:
                twins(row[3])
    twins(store.nodes[next(nid for nid in store.nodes if nid & 0x1F == 4)][1])
    return write(path, store, data), set()


def itself(folder):
    """A message in an attachment of itself."""
    path = build(folder, CALENDAR + "appointment Outer\n  at 2022-01-03 09:00 for 1h\n  repeat daily times 9\n  change 2022-01-04\n    subject Other\n")
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    item = next(nid for nid in store.nodes if nid & 0x1F == 4)
    for row in sub_rows(store, store.nodes[item][1]):
        for inner in sub_rows(store, row[3]) if row[1] & 0x1F == 5 else ():
            struct.pack_into("<QQ", data, inner[0] + 8, *store.nodes[item])
    return write(path, store, data), None


def deep_folders(folder):
    """Four thousand folders, each below the one before."""
    path = build(folder, HEAD + "".join(f"folder F{i}\n  holds calendar\n" for i in range(4000)))
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    nids = sorted(nid for nid in store.nodes if nid & 0x1F == 2 and nid >= 0x80A2)
    up = dict(zip(nids[1:], nids))
    for at, size, count in nbt_leaves(store):
        for e in range(at, at + size * count, size):
            nid = struct.unpack_from("<I", data, e)[0]
            if nid in up:
                struct.pack_into("<I", data, e + 24, up[nid])
    return write(path, store, data), set()


def unlisted_items(folder):
    """Three thousand folders without a list of what is in them, each with an item."""
    text = HEAD + "".join(f"folder F{i}\n  holds calendar\nappointment A{i}\n  at 2022-01-03 12:00 for 1h\n" for i in range(3000))
    path = build(folder, text)
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    for at, size, count in nbt_leaves(store):
        for e in range(at, at + size * count, size):
            nid = struct.unpack_from("<I", data, e)[0]
            if nid & 0x1F == 0xE and nid >= 0x80A0:
                struct.pack_into("<QQ", data, e + 8, 0, 0)
    return write(path, store, data), set()


def one_parent(folder):
    """The same, and in each folder the last item too: every search goes from one end to the other."""
    count = 1500
    text = HEAD + "".join(f"folder F{i}\n  holds calendar\nappointment A{i}\n  at 2022-01-03 12:00 for 1h\nappointment B{i}\n  at 2022-01-03 13:00 for 1h\n"
                          for i in range(count))
    path = build(folder, text)
    store = mutate.PstMap(path)
    data = bytearray(store.data)
    items = sorted(nid for nid in store.nodes if nid & 0x1F == 4)
    folders = sorted(nid for nid in store.nodes if nid & 0x1F == 2 and nid >= 0x80A2)
    up = {**dict(zip(items[:count], folders)), **dict(zip(items[count:], folders))}
    for at, size, number in nbt_leaves(store):
        for e in range(at, at + size * number, size):
            nid = struct.unpack_from("<I", data, e)[0]
            if nid in up:
                struct.pack_into("<I", data, e + 24, up[nid])
            if nid & 0x1F == 0xE and nid >= 0x80A0:
                struct.pack_into("<QQ", data, e + 8, 0, 0)
    return write(path, store, data), set()


def shared_values(folder):
    """Three hundred items of an Exchange store whose attachments are one of 8 MB."""
    text = CALENDAR + "".join(
        f"appointment Bomb {i}\n  at 2022-01-03 09:00 for 1h\n  attach noise.bin\n    size {8192 if not i else 5}K\n" for i in range(300))
    path = build(folder, text, "--format", "exchange2003")
    store = mutate.read(path)
    data = bytearray(store.data)
    tables = mutate.ese_read.catalogue(store.db, 4, 2).values()
    found = []
    for page in store.busy:
        p = mutate.ese_read.Page(store.db, page - 1)
        owner = next((t for t in tables if t.objid == p.owner and t.name == "Attachments"), None)
        if not owner or p.flags & 0xE2 != 2:
            continue
        for flags, key, row in p.entries():
            seen = []
            owner.long_value = lambda ident, seen=seen: seen.append(ident) or b""
            owner.record(row, p.flags & 0x800)
            at = data.find(row, page * store.step, (page + 1) * store.step)
            found += [(ident, at + row.rindex(ident)) for ident in seen]
    for _, at in found:
        data[at:at + 4] = found[0][0]
    return write(path, store, data), {"work.store"}


def many_members(folder):
    """Groups that name one contact of many properties, each as often as it can."""
    text = HEAD + "folder Contacts\n  holds contacts\ncontact Fat\n  id fat\n  given Fat\n  mail Fat <fat@example.org>\n"
    text += "".join(f"  property PS_PUBLIC_STRINGS name:F{i} string {i:040d}\n" for i in range(8000))
    for k in range(30):
        text += f"group Group {k}\n  stream no\n" + "  member contact fat 1\n" * 290
    return build(folder, text), {"work.store"}


def spread_members(folder):
    """The same in six folders, after which nothing is left for the others."""
    text = HEAD + "folder Contacts\n  holds contacts\ncontact Fat\n  id fat\n  given Fat\n  mail Fat <fat@example.org>\n"
    text += "".join(f"  property PS_PUBLIC_STRINGS name:F{i} string {i:040d}\n" for i in range(8000))
    for k in range(18):
        text += "" if k % 3 else f"folder Groups {k // 3}\n  holds contacts\n"
        text += f"group Group {k}\n  stream no\n" + "  member contact fat 1\n" * 290
    return build(folder, text), {"work.store"}


def recurrence(frequency, pattern, period, extra, end, count, deleted=0, changed=0):
    """A recurrence blob, [MS-OXOCAL] 2.2.1.44."""
    return (struct.pack("<HHHHHIII", 0x3004, 0x3004, frequency, pattern, 0, 0, period, 0) + extra +
            struct.pack("<IIIIIII", end, count, 0, deleted, changed, 212906880, 1525252320) +
            struct.pack("<IIIIHIII", 0x3006, 0x3009, 720, 780, 0, 0, 0, 0))


def counts(folder):
    """Series of every pattern whose numbers are 0, 1 and 2^32 - 1."""
    most, blobs = 0xFFFFFFFF, []
    for end in (0x2021, 0x2022, 0x2023):
        for count in (1, most):
            blobs += [recurrence(0x200A, 0, period, b"", end, count) for period in (0, 1, 1440, most)]
            blobs += [recurrence(0x200B, 1, period, struct.pack("<I", days), end, count) for period in (0, 1, most) for days in (0, 127)]
            blobs += [recurrence(f, p, period, struct.pack("<I", day), end, count)
                      for f, p in ((0x200C, 2), (0x200D, 2), (0x200C, 4), (0x200C, 10)) for period in (0, 1, 12, most) for day in (0, 31, most)]
            blobs += [recurrence(f, p, period, struct.pack("<II", days, nth), end, count)
                      for f, p in ((0x200C, 3), (0x200D, 3), (0x200C, 11)) for period in (1, 11, most) for days in (1, 127) for nth in (5, most)]
            blobs += [recurrence(0x200A, 0, 1440, b"", end, count, deleted, changed) for deleted, changed in ((most, 0), (0, most), (most, most))]
    text = CALENDAR
    for i, one in enumerate(blobs):
        text += (f"appointment Series {i}\n  at 2022-01-03 12:00 for 1h\n  property PSETID_Appointment 0x8223 bool 1\n"
                 f"  property PSETID_Appointment 0x8216 0x0102 {one.hex()}\n")
    return build(folder, text), set()


def markup(folder):
    """RTF that nests, counts and promises more than there is."""
    text = CALENDAR
    for i, body in enumerate(("{" * 100000, "{\\fonttbl" * 30000, "{\\*\\htmltag64 <b>}" * 10000, "\\bin2147483647 x", "\\uc2147483647" + "\\u1?" * 30000,
                              "\\ansicpg932" * 20000, "\\'e4" * 60000, "\\trowd\\cell\\row" * 10000, "\\fromhtml1" + "\\htmlrtf " * 20000)):
        text += f"appointment Form {i}\n  at 2022-01-03 12:00 for 1h\n  rtf {{\\rtf1 {body}\n"
    return build(folder, text), set()


BOMBS = (counts, markup, shared_exceptions, shared_attachment, nested, itself, deep_folders, unlisted_items, one_parent, shared_values,
         many_members, spread_members)


def with_workers(launcher, path, folder):
    """The budget is one: with workers it ends where it ends without, so verify, which has none, finds no difference."""
    out, said = os.path.join(folder, "workers"), os.path.join(folder, "said")
    launcher.run([f"{variants.BUILD}/pimlift", "convert", path, "-o", out, "--memory", "2M", "--jobs", "2", "--progress", "never"], said)
    status, took, _ = launcher.run([f"{variants.BUILD}/pimlift", "verify", out, "--progress", "never"], said)
    return [] if not status else [f"with workers verify ends with {status} after {took:.1f} s"]


def main():
    """All of them."""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    launcher = variants.Launcher()
    passed = failed = 0
    for bomb in BOMBS:
        if sys.argv[1:] and bomb.__name__ not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path, wanted = bomb(folder)
            out = os.path.join(folder, "out")
            args = [f"{variants.BUILD}/pimlift", "convert", path, "-o", out, "--memory", "2M", "--progress", "never"]
            status, took, peak = launcher.run(args, os.path.join(folder, "said"))
            faults = judge.output(out, status) if 0 <= status <= 3 else [f"exit status {status}"]
            codes = collections.Counter()
            if not faults:
                codes = judge.report(out)[1]
            if variants.PLAIN and took > variants.SECONDS:
                faults.append(f"{took:.1f} s")
            if variants.PLAIN and peak * 1024 > variants.MEMORY + (40 << 20):
                faults.append(f"{peak} KiB")
            if wanted is not None and not wanted <= set(codes) or (wanted == set() and any(c.startswith("work.") for c in codes)):
                faults.append(f"told {sorted(codes)}, not {sorted(wanted)}")
            if wanted and "work.store" in wanted:
                faults += with_workers(launcher, path, folder)
            written = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(out) for f in files)
            print(f"{bomb.__name__}: {os.path.getsize(path) >> 10} KiB, exit {status}, {took:.2f} s, {peak / 1024:.1f} MiB, "
                  f"{written >> 20} MiB written: {'; '.join(faults) or 'ok'}" + ("" if not sys.argv[1:] else f" {dict(codes)}"), flush=True)
            passed, failed = passed + (not faults), failed + bool(faults)
    launcher.close()
    print(f"{passed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
