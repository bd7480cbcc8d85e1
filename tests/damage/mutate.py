"""Damaged variants of a store: each is made by a number alone, so that it can be made again.

A map of the undamaged store, made by structure.py and ese_read.py, tells where its pages and blocks lie. Half of the
mutations are those of disks and cables; the other half get past checksums, because they are made right afterwards.
"""
import os
import random
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mkstore"))
import ese_read  # noqa: E402
import structure  # noqa: E402

ODD = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, 0x100000)


class PstMap(structure.Store):
    """Pages and blocks of a whole PST or OST."""

    def __init__(self, path):
        super().__init__(path)
        self.pages, self.extents = [], {}
        self.check()
        self.step = self.l["page"]
        self.busy = sorted({at // self.step for at, size in self.used for at in range(at, at + max(size, 1), 512)})
        self.starts = [n * self.step for n in self.busy]

    def page(self, at, bid, kind):
        self.pages.append((at, kind))
        return super().page(at, bid, kind)

    def take_block(self, p, e, bid):
        super().take_block(p, e, bid)
        at, whole = self.used[-1]
        stored = struct.unpack_from("<H", self.data, at + whole - self.l["btail"])[0]
        self.extents[bid] = (at, stored, whole)

    def seal(self, data):
        """The checksums of everything that the map knows, header too."""
        struct.pack_into("<I", data, 4, structure.crc(data[8:8 + 471]))
        if not self.ansi:
            struct.pack_into("<I", data, 524, structure.crc(data[8:8 + 516]))
        for at, _ in self.pages:
            body = self.l["page"] - self.l["trailer"]
            if data[at:at + body] != self.data[at:at + body]:
                struct.pack_into("<I", data, at + body + (8 if self.ansi else 4), structure.crc(data[at:at + body]))
        for at, stored, whole in self.extents.values():
            if data[at:at + stored] != self.data[at:at + stored]:
                tail = at + whole - self.l["btail"]
                struct.pack_into("<I", data, tail + (8 if self.ansi else 4), structure.crc(data[at:at + stored]))

    def spans(self):
        """What can be changed behind the checksums: (offset, size)."""
        body = self.l["page"] - self.l["trailer"]
        trees = [(at, body) for at, kind in self.pages if kind in (0x80, 0x81)]
        blocks = [(at, stored) for at, stored, _ in self.extents.values()]
        return [(8, 516)], trees, blocks


class EdbMap:
    """Pages of a whole database."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self.db = ese_read.Database(path)
        self.step = self.db.size
        self.count = len(self.data) // self.step - 2
        self.busy = [n + 1 for n in range(1, self.count + 1) if any(self.db.raw(n)[:40])]
        self.starts = [n * self.step for n in self.busy]

    def seal(self, data):
        """The checksums of all pages that differ, header and its shadow too."""
        for at in range(0, min(len(data), len(self.data)) // self.step * self.step, self.step):
            if data[at:at + self.step] != self.data[at:at + self.step]:
                self.seal_page(data, at)

    def seal_page(self, data, at):
        """XOR, or XOR and ECC, as the page says."""
        size, number = self.step, at // self.step - 1
        page = data[at:at + size]
        if number < 1:
            struct.pack_into("<I", data, at, ese_read.xor32(bytes(page[4:])) ^ 0x89ABCDEF)
            return
        if not page[37] & 0x20:
            struct.pack_into("<I", data, at, ese_read.xor32(bytes(page[4:])) ^ 0x89ABCDEF)
            return
        part = size if self.db.small else size // 4
        for i in reversed(range(size // part)):
            where = 40 + 8 * (i - 1) if i else 0
            part_bytes = bytes(data[at + i * part:at + (i + 1) * part])
            struct.pack_into("<II", data, at + where, *ese_read.new_sum(part_bytes, 0 if i else 8, number))

    def spans(self):
        """(offset, size): the header, the heads and tags of pages, their nodes."""
        head = self.db.head
        heads, nodes = [], []
        for n in self.busy:
            at = n * self.step
            count = struct.unpack_from("<H", self.data, at + 34)[0] & 0xFFF
            heads += [(at + 8, head - 8), (at + self.step - 4 * count, 4 * count)] if count else [(at + 8, head - 8)]
            for i in range(count):
                length, place = struct.unpack_from("<HH", self.data, at + self.step - 4 * i - 4)
                mask = 0x1FFF if self.db.small else 0x7FFF
                if length & mask:
                    nodes.append((at + head + (place & mask), length & mask))
        return [(8, 300)], heads, nodes


# --- what disks and cables do -------------------------------------------------------------


def flips(rng, data, _map):
    """Single bits, anywhere in what is used."""
    for _ in range(rng.choice((1, 2, 8, 64, 400))):
        at = rng.choice(_map.starts) + rng.randrange(_map.step)
        if at < len(data):
            data[at] ^= 1 << rng.randrange(8)


def run_of_bytes(rng, data, _map):
    """A run of zeros, ones, or noise."""
    at = rng.choice(_map.starts) + rng.randrange(_map.step)
    size = min(rng.choice((1, 4, 16, 200, 512, 4096, 20000)), max(len(data) - at, 0))
    data[at:at + size] = rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size)))


def cut(rng, data, _map):
    """The file ends: anywhere, or between two pages."""
    at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.choice(_map.starts)
    del data[at:]


def hole(rng, data, _map):
    """Bytes are missing in the middle, so that all behind them lies elsewhere."""
    at = rng.choice(_map.starts) + rng.randrange(_map.step)
    del data[at:at + rng.choice((1, 64, _map.step, 3 * _map.step))]


def zero_pages(rng, data, _map):
    """Pages that were never written."""
    for at in rng.choices(_map.starts, k=rng.choice((1, 1, 2, 5))):
        data[at:at + _map.step] = bytes(len(data[at:at + _map.step]))


def swap_pages(rng, data, _map):
    """Two pages each in the place of the other."""
    a, b = rng.choices(_map.starts, k=2)
    data[a:a + _map.step], data[b:b + _map.step] = data[b:b + _map.step], data[a:a + _map.step]


def double_page(rng, data, _map):
    """A page over another one."""
    a, b = rng.choices(_map.starts, k=2)
    data[b:b + _map.step] = data[a:a + _map.step]


# --- what gets past checksums -------------------------------------------------------------


def span_of(rng, _map, weights=(1, 5, 10)):
    """A place whose checksum can be made right."""
    groups = [g for g in _map.spans_known if g]
    return rng.choice(rng.choices(groups, weights[:len(groups)])[0])


def sealed_flips(rng, data, _map):
    """Bits within one or some blocks."""
    for _ in range(rng.choice((1, 1, 3, 10))):
        at, size = span_of(rng, _map)
        for _ in range(rng.choice((1, 1, 4))):
            data[at + rng.randrange(size)] ^= 1 << rng.randrange(8)


def sealed_numbers(rng, data, _map):
    """Numbers become odd ones: counts, sizes, offsets, ids."""
    for _ in range(rng.choice((1, 1, 3, 10))):
        at, size = span_of(rng, _map)
        width = rng.choice([w for w in (1, 2, 4, 8) if w <= size])
        spot = at + rng.randrange((size - width) // width + 1) * width
        old = int.from_bytes(data[spot:spot + width], "little")
        new = rng.choice((rng.choice(ODD), old + 1, old - 1, old * 2, rng.getrandbits(8 * width)))
        data[spot:spot + width] = (new & (1 << 8 * width) - 1).to_bytes(width, "little")


def sealed_heads(rng, data, _map):
    """The first and last bytes of a block, where its structure is."""
    at, size = span_of(rng, _map)
    part = min(size, 32)
    spot = at + (0 if rng.random() < 0.7 else size - part)
    for _ in range(rng.choice((1, 2, 6))):
        data[spot + rng.randrange(part)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def sealed_copies(rng, data, _map):
    """Bytes of one block over those of another one: ids that lead to somebody else."""
    for _ in range(rng.choice((1, 1, 4))):
        (a, n), (b, m) = span_of(rng, _map), span_of(rng, _map)
        size = rng.choice([w for w in (4, 8, 16, 64, 4096) if w == 4 or w <= 2 * min(n, m)])
        size = min(size, n, m)
        x, y = a + rng.randrange(n - size + 1), b + rng.randrange(m - size + 1)
        data[y:y + size] = data[x:x + size]


RAW = (flips, run_of_bytes, cut, hole, zero_pages, swap_pages, double_page)
SEALED = (sealed_flips, sealed_numbers, sealed_heads, sealed_copies)


def mutate(rng, _map):
    """The damaged bytes of a store, and what was done."""
    data = bytearray(_map.data)
    if rng.random() < 0.4:
        way = rng.choice(RAW)
        way(rng, data, _map)
    else:
        way = rng.choice(SEALED)
        way(rng, data, _map)
        _map.seal(data)
    return data, way.__name__


def read(path):
    """The map of a store of any kind."""
    with open(path, "rb") as f:
        kind = PstMap if f.read(4) == b"!BDN" else EdbMap
    made = kind(path)
    made.spans_known = made.spans()
    return made


def number(seed, i):
    """The generator of a variant."""
    return random.Random(f"{seed}/{i}")
