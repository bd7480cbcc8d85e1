#!/usr/bin/python3
"""The structure of stores, read from the specification alone: structure.py STORE...

[MS-PST] 2.2.2, for Unicode and ANSI files and those with 4k pages: checksums of the header, of each index
page and each block, signatures, trailers, order and ranges of keys in both trees, data and subnode trees down
to their leaves, and every bit of the allocation maps against what the trees say is in use.
Prints `N passed, N failed`, N stores.
"""
import struct
import sys
import zlib

LAYOUTS = {"ansi": dict(page=512, trailer=12, align=64, bt=12, bbt=12, nbt=16, room=496, first=0x4400, map=496,
                        btail=12, ids="<I"),
           "unicode": dict(page=512, trailer=16, align=64, bt=24, bbt=24, nbt=32, room=488, first=0x4400, map=496,
                           btail=16, ids="<Q"),
           "4k": dict(page=4096, trailer=24, align=512, bt=24, bbt=24, nbt=32, room=4056, first=0x22000, map=4072,
                      btail=24, ids="<Q")}


def crc(data):
    """The checksum of 5.3: the usual one without its inversions."""
    return ~zlib.crc32(data, 0xFFFFFFFF) & 0xFFFFFFFF


def signature(at, bid):
    """5.5"""
    x = (at ^ bid) & 0xFFFFFFFF
    return (x >> 16 ^ x) & 0xFFFF


class Fault(Exception):
    """What is wrong."""


def want(good, text):
    """A condition of the specification."""
    if not good:
        raise Fault(text)


class Store:
    """One file."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        version = struct.unpack_from("<H", self.data, 10)[0]
        self.kind = "4k" if version >= 36 else "unicode" if version >= 23 else "ansi"
        self.l = LAYOUTS[self.kind]
        self.ansi, self.wide = self.kind == "ansi", self.kind == "4k"
        self.used, self.blocks, self.nodes, self.seen = [], {}, {}, set()

    def ident(self, at):
        """A BID or IB."""
        return struct.unpack_from(self.l["ids"], self.data, at)[0]

    def header(self):
        """2.2.2.6; returns the two roots."""
        d, size = self.data, 4 if self.ansi else 8
        want(struct.unpack_from("<I", d, 4)[0] == crc(d[8:8 + 471]), "header checksum")
        if not self.ansi:
            want(struct.unpack_from("<I", d, 524)[0] == crc(d[8:8 + 516]), "full header checksum")
        root = (164 if self.ansi else 180) + 4
        end, last = self.ident(root), self.ident(root + size)
        want(end == len(d), "the file has another size")
        section = self.l["map"] * 8 * self.l["align"]
        want(last + section == end, "the last allocation map is elsewhere")
        self.free = self.ident(root + 2 * size)
        return [(self.ident(root + (4 + 2 * i) * size), self.ident(root + (5 + 2 * i) * size)) for i in (0, 1)]

    def page(self, at, bid, kind):
        """2.2.2.7.1"""
        l = self.l
        p = self.data[at:at + l["page"]]
        body = l["page"] - l["trailer"]
        t = p[body:]
        want(at % l["page"] == 0 and t[0] == t[1] == kind, f"page {at:#x}: place or type")
        sums = struct.unpack_from("<II", t, 4)
        want(sums[1 if self.ansi else 0] == crc(p[:body]), f"page {at:#x}: checksum")
        mine = struct.unpack_from(l["ids"], t, 4 if self.ansi else 8)[0]
        want(mine == bid, f"page {at:#x}: id")
        if kind in (0x80, 0x81):
            want(struct.unpack_from("<H", t, 2)[0] == signature(at, bid), f"page {at:#x}: signature")
        return p

    def tree(self, ref, kind, entry, take, least=0, above=None):
        """A page of an index and all below it; returns the first key."""
        l, (bid, at) = self.l, ref
        p = self.page(at, bid, kind)
        self.used.append((at, l["page"]))
        if self.wide:
            count, most = struct.unpack_from("<HH", p, l["room"])
            size, level = p[l["room"] + 4:l["room"] + 6]
        else:
            count, most, size, level = p[l["room"]:l["room"] + 4]
        want(count <= most == l["room"] // size, f"page {at:#x}: counts {count} of {most}")
        want(above is None or level == above - 1, f"page {at:#x}: level {level}")
        want(size == (l["bt"] if level else entry), f"page {at:#x}: entries of {size}")
        want(count > 0, f"page {at:#x}: empty")
        n, first = struct.calcsize(l["ids"]), None
        for i in range(count):
            e = i * size
            key = struct.unpack_from(l["ids"], p, e)[0]
            want(key >= least if i == 0 else key > least, f"page {at:#x}: key {key:#x} after {least:#x}")
            first = key if i == 0 else first
            least = key
            if level:
                low = self.tree(struct.unpack_from("<" + l["ids"][1] * 2, p, e + n), kind, entry, take, key, level)
                want(low == key, f"page {at:#x}: key {key:#x} is not the first below it")
                least = max(least, self.highest)
            else:
                take(p, e, key)
                self.highest = key
        return first

    def take_block(self, p, e, bid):
        """A leaf entry of the blocks, 2.2.2.7.7.3, and the block itself, 2.2.2.8.1."""
        l, n = self.l, struct.calcsize(self.l["ids"])
        at = struct.unpack_from(l["ids"], p, e + n)[0]
        stored, plain = struct.unpack_from("<HH", p, e + 2 * n)
        whole = (stored + l["btail"] + l["align"] - 1) // l["align"] * l["align"]
        t = self.data[at + whole - l["btail"]:at + whole]
        size, sig, a, b = struct.unpack_from("<HHII", t)
        want(at % l["align"] == 0 and size == stored, f"block {bid:#x}: place or size")
        want(sig == signature(at, bid), f"block {bid:#x}: signature")
        want((b if self.ansi else a) == crc(self.data[at:at + stored]), f"block {bid:#x}: checksum")
        want(struct.unpack_from(l["ids"], t, 4 if self.ansi else 8)[0] == bid, f"block {bid:#x}: id")
        if self.wide:
            want(struct.unpack_from("<H", t, 18)[0] == plain, f"block {bid:#x}: plain size")
        self.used.append((at, whole))
        data = self.data[at:at + stored]
        if self.wide and plain != stored:
            data = zlib.decompress(data)
            want(len(data) == plain, f"block {bid:#x}: inflates to {len(data)}")
        self.blocks[bid] = data

    def take_node(self, p, e, nid):
        """A leaf entry of the nodes, 2.2.2.7.7.4."""
        n = struct.calcsize(self.l["ids"])
        self.nodes[nid] = struct.unpack_from("<" + self.l["ids"][1] * 2, p, e + n)

    def refer(self, bid):
        """Each block is referred to once."""
        want(bid in self.blocks, f"block {bid:#x} is not there")
        want(bid not in self.seen, f"block {bid:#x} is referred to twice")
        self.seen.add(bid)
        return self.blocks[bid]

    def data_tree(self, bid):
        """2.2.2.8.3.2; returns the bytes it has."""
        b = self.refer(bid)
        if not bid & 2:
            return len(b)
        n = struct.calcsize(self.l["ids"])
        kind, level, count, total = struct.unpack_from("<BBHI", b)
        want(kind == 1 and level in (1, 2) and len(b) == 8 + count * n, f"block {bid:#x}: no XBLOCK")
        have = sum(self.data_tree(x[0]) for x in struct.iter_unpack(self.l["ids"], b[8:]))
        want(have == total, f"block {bid:#x}: {have} of {total} bytes")
        return have

    def subnodes(self, bid):
        """2.2.2.8.3.3"""
        b, n, head = self.refer(bid), struct.calcsize(self.l["ids"]), 4 if self.ansi else 8
        kind, level, count = struct.unpack_from("<BBH", b)
        width = 2 if level else 3
        want(bid & 2 and kind == 2 and level in (0, 1) and len(b) == head + count * width * n,
             f"block {bid:#x}: no SLBLOCK")
        last = -1
        for row in struct.iter_unpack("<" + self.l["ids"][1] * width, b[head:]):
            want(row[0] > last, f"block {bid:#x}: order")
            last = row[0]
            if level:
                self.subnodes(row[1])
                continue
            if row[1]:
                self.data_tree(row[1])
            if row[2]:
                self.subnodes(row[2])

    def maps(self):
        """2.2.2.7.2: a bit for each slot in use."""
        l = self.l
        section, bits, free = l["map"] * 8 * l["align"], {}, 0
        for at in range(l["first"], len(self.data), section):
            p = self.page(at, at, 0x84)
            pad = 4 if self.ansi else 0
            bits[at] = int.from_bytes(p[pad:pad + l["map"]], "big")
            self.used.append((at, l["page"]))
            number = (at - l["first"]) // section
            maps = 0 if self.wide else (number % 8 == 0) + (number >= 128 and (number - 128) % 496 == 0)
            self.used.append((at + l["page"], l["page"] * maps))
        used = dict.fromkeys(bits, 0)
        for at, size in self.used:
            home = l["first"] + (at - l["first"]) // section * section
            slot, count = (at - home) // l["align"], (size + l["align"] - 1) // l["align"]
            want(slot + count <= l["map"] * 8, f"{at:#x} leaves its section")
            mask = ((1 << count) - 1) << (l["map"] * 8 - slot - count)
            want(not used[home] & mask, f"{at:#x} lies over something else")
            used[home] |= mask
        for home, value in bits.items():
            want(value == used[home], f"the map at {home:#x} is wrong")
            free += (l["map"] * 8 - bin(value).count("1")) * l["align"]
        want(free == self.free, f"{free} bytes are free, the header says {self.free}")

    def check(self):
        """Everything."""
        nodes, blocks = self.header()
        self.highest = 0
        self.tree(blocks, 0x80, self.l["bbt"], self.take_block)
        self.highest = 0
        self.tree(nodes, 0x81, self.l["nbt"], self.take_node)
        for data, subs in self.nodes.values():
            if data:
                self.data_tree(data)
            if subs:
                self.subnodes(subs)
        want(self.seen == set(self.blocks), "blocks that nothing refers to")
        self.maps()


def main():
    """All stores."""
    passed = failed = 0
    for path in sys.argv[1:]:
        try:
            Store(path).check()
            passed += 1
        except (Fault, struct.error, zlib.error, IndexError) as fault:
            failed += 1
            print(f"{path}: {fault}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
