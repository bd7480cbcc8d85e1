#!/usr/bin/python3
"""What a PST still holds of items that it no longer has, read from the specification alone: pst_sweep.py STORE...

[MS-PST] 2.2.2 and 2.3. The living indexes are walked from the header; then every place where a page or a block can
lie is looked at, and what has a right trailer is kept. Prints one line for each item, `EVIDENCE CONFIDENCE KEY CLASS`:

old    an index leaf that is in no tree names a message that the living index does not have, and its data is there
block  a message's properties that no index leaf and no list of subnodes names
"""
import struct
import sys
import zlib

LAYOUTS = {"ansi": dict(page=512, trailer=12, align=64, bt=12, nbt=16, bbt=12, room=496, btail=12, ids="<I",
                        nbt_at=184, crypt=461, bits=11, most=8180),
           "unicode": dict(page=512, trailer=16, align=64, bt=24, nbt=28, bbt=20, room=488, btail=16, ids="<Q",
                           nbt_at=216, crypt=513, bits=11, most=8176),
           "4k": dict(page=4096, trailer=24, align=512, bt=24, nbt=28, bbt=20, room=4056, btail=24, ids="<Q",
                      nbt_at=216, crypt=513, bits=14, most=65512)}
MESSAGE, ASSOCIATED = 4, 8


def tables():
    """The tables R and S of 5.1 and 5.2, from the writer of test stores: facts of the specification."""
    import os
    import re
    here = os.path.dirname(os.path.abspath(__file__))
    with open(here + "/../../tools/mkstore/pst_bits.c", encoding="utf-8") as f:
        text = f.read()
    out = []
    for name in ("table_r", "table_s"):
        body = text[text.index(name):]
        out.append([int(x, 16) for x in re.findall(r"0x[0-9a-f]{2}", body[body.index("{"):body.index("}")])])
    return out


R, S = tables()
I = [R.index(x) for x in range(256)]


def crc(data):
    """5.3: the usual one without its inversions."""
    return ~zlib.crc32(data, 0xFFFFFFFF) & 0xFFFFFFFF


def signature(at, bid):
    """5.5"""
    x = (at ^ bid) & 0xFFFFFFFF
    return (x >> 16 ^ x) & 0xFFFF


def decode(crypt, bid, data):
    """5.1, 5.2"""
    if crypt == 1:
        return bytes(I[b] for b in data)
    if crypt != 2:
        return data
    w, out = (bid ^ bid >> 16) & 0xFFFF, bytearray()
    for b in data:
        b = R[(b + w) & 0xFF]
        b = S[(b + (w >> 8)) & 0xFF]
        b = I[(b - (w >> 8)) & 0xFF]
        out.append((b - w) & 0xFF)
        w = (w + 1) & 0xFFFF
    return bytes(out)


class Store:
    """One file."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.d = f.read()
        version = struct.unpack_from("<H", self.d, 10)[0]
        self.kind = "4k" if version >= 36 else "unicode" if version >= 23 else "ansi"
        self.l = LAYOUTS[self.kind]
        self.n = struct.calcsize(self.l["ids"])
        self.crypt = self.d[self.l["crypt"]]
        self.living, self.lists, self.pages = {}, {}, set()
        at = self.l["nbt_at"] + self.n
        self.walk(self.ident(at), 0x81)
        self.walk(self.ident(at + 2 * self.n), 0x80)
        self.old, self.dead = [], {}
        self.sweep_pages()
        self.sweep_blocks()

    def ident(self, at):
        """A BID or IB."""
        return struct.unpack_from(self.l["ids"], self.d, at)[0]

    def page(self, at, kind):
        """The entries of a page whose trailer is right, and its level; or None."""
        l, p = self.l, self.d[at:at + self.l["page"]]
        body = l["page"] - l["trailer"]
        if len(p) < l["page"] or p[body] != kind or p[body + 1] != kind:
            return None
        ansi = self.kind == "ansi"
        mine = struct.unpack_from("<I", p, body + (8 if ansi else 4))[0]
        if mine != crc(p[:body]):
            return None
        if self.kind == "4k":
            count, size, level = struct.unpack_from("<H", p, l["room"])[0], p[l["room"] + 4], p[l["room"] + 5]
        else:
            count, size, level = p[l["room"]], p[l["room"] + 2], p[l["room"] + 3]
        if count * size > l["room"]:
            return None
        bid = struct.unpack_from(l["ids"], p, body + (4 if ansi else 8))[0]
        return level, bid, [p[i * size:(i + 1) * size] for i in range(count)]

    def walk(self, at, kind):
        """A living tree."""
        got = self.page(at, kind)
        if not got:
            raise SystemExit(f"page {at:#x} of a living tree is damaged")
        self.pages.add(at)
        level, _, entries = got
        for e in entries:
            ids = struct.unpack_from("<" + self.l["ids"][1] * 3, e)
            if level:
                self.walk(ids[2], kind)
            elif kind == 0x81:
                self.living[ids[0] & 0xFFFFFFFF] = ids[1:] + struct.unpack_from("<I", e, 3 * self.n)
            else:
                self.lists[ids[0] & ~1] = ids[1]

    def sweep_pages(self):
        """Leaves of the node index that are in no tree."""
        for at in range(0, len(self.d), self.l["page"]):
            got = None if at in self.pages else self.page(at, 0x81)
            if got and got[0] == 0:
                for e in got[2]:
                    nid, data, sub = struct.unpack_from("<" + self.l["ids"][1] * 3, e)
                    parent = struct.unpack_from("<I", e, 3 * self.n)[0]
                    self.old.append((nid & 0xFFFFFFFF, data, sub, parent, got[1], at))

    def ends_at(self, end):
        """Where a block begins that ends there, by the mark of its place; or None."""
        l, ansi = self.l, self.kind == "ansi"
        size, sig = struct.unpack_from("<HH", self.d, end - l["btail"])
        whole = (size + l["btail"] + l["align"] - 1) // l["align"] * l["align"]
        bid = struct.unpack_from(l["ids"], self.d, end - l["btail"] + (4 if ansi else 8))[0]
        at = end - whole
        return at if 0 < size <= l["most"] and at >= 0 and bid and sig == signature(at, bid) else None

    def sweep_blocks(self):
        """Blocks whose trailer is right and whose id the living index does not have."""
        l, ansi = self.l, self.kind == "ansi"
        for end in range(l["align"], len(self.d) + 1, l["align"]):
            at = self.ends_at(end)
            if at is None:
                continue
            size = struct.unpack_from("<H", self.d, end - l["btail"])[0]
            bid = struct.unpack_from(l["ids"], self.d, end - l["btail"] + (4 if ansi else 8))[0]
            mine = struct.unpack_from("<I", self.d, end - l["btail"] + (8 if ansi else 4))[0]
            if mine != crc(self.d[at:at + size]) or (bid & ~1) in self.lists:
                continue
            data = self.d[at:at + size]
            plain = struct.unpack_from("<H", self.d, end - 6)[0] if self.kind == "4k" else size
            if plain != size:
                try:
                    data = zlib.decompress(data)
                except zlib.error:
                    continue
            if not bid & 2:
                data = decode(self.crypt, bid & 0xFFFFFFFF, data)
            self.dead.setdefault(bid & ~1, []).append((at, data))

    def block(self, bid):
        """The bytes of a dead block; None when there is not just one."""
        got = self.dead.get(bid & ~1, [])
        return got[0][1] if len({d for _, d in got}) == 1 else None

    def leaves(self, bid):
        """The data blocks below a block id; None where one is gone."""
        if not bid & 2:
            return [self.block(bid)]
        b = self.block(bid)
        if b is None or b[0] != 1:
            return [None]
        out = []
        for i in range(struct.unpack_from("<H", b, 2)[0]):
            out += self.leaves(struct.unpack_from(self.l["ids"], b, 8 + i * self.n)[0])
        return out

    def subnodes(self, bid):
        """(nid, data, sub) of a subnode tree, None in it where one is gone."""
        b = self.block(bid)
        if b is None or b[0] != 2:
            return [None]
        head, out = 4 if self.kind == "ansi" else 8, []
        width = 2 if b[1] else 3
        for i in range(struct.unpack_from("<H", b, 2)[0]):
            row = struct.unpack_from("<" + self.l["ids"][1] * width, b, head + i * width * self.n)
            out += self.subnodes(row[1]) if b[1] else [row]
        return out

    def whole(self, data, sub):
        """Is all there that a node needs?"""
        if data and None in self.leaves(data):
            return False
        for row in self.subnodes(sub) if sub else []:
            if row is None or not self.whole(row[1], row[2]):
                return False
        return True

    def context(self, blocks):
        """The properties of a heap, tag -> raw value; None when it is none. Values in subnodes are left out."""
        b = blocks[0]
        if not b or len(b) < 12 or b[2] != 0xEC or b[3] != 0xBC:
            return None

        def item(hid):
            block, index = hid >> (5 + self.l["bits"]), hid >> 5 & ((1 << self.l["bits"]) - 1)
            if hid & 31 or block >= len(blocks) or not blocks[block] or not index:
                return None
            p = blocks[block]
            at = struct.unpack_from("<H", p)[0]
            if at + 4 > len(p) or index > struct.unpack_from("<H", p, at)[0]:
                return None
            a, e = struct.unpack_from("<HH", p, at + 2 + 2 * index)
            return p[a:e]

        head, out = item(struct.unpack_from("<I", b, 4)[0]), {}
        if not head or len(head) < 8 or head[:3] != b"\xb5\x02\x06":
            return None

        def level(hid, depth):
            p = item(hid)
            if not p:
                return
            step = 6 if depth else 8
            for i in range(len(p) // step):
                if depth:
                    level(struct.unpack_from("<I", p, i * step + 2)[0], depth - 1)
                    continue
                pid, kind, value = struct.unpack_from("<HHI", p, i * step)
                raw = struct.pack("<I", value) if kind in (2, 3, 11) else item(value)
                if raw is not None:
                    out[pid << 16 | kind] = raw

        level(struct.unpack_from("<I", head, 4)[0], head[3])
        return out

    def recovered(self):
        """(evidence, confidence, key, class, properties)"""
        out, known, listed = [], set(), set()
        for nid, data, sub, _, _, _ in self.old:
            known.add(data & ~1)
        for nid in self.living:
            known.add(self.living[nid][0] & ~1)
        versions = {}
        for row in self.old:
            if row[0] not in self.living and row[0] & 31 in (MESSAGE, ASSOCIATED):
                versions.setdefault(row[0], []).append(row)
        for nid in sorted(versions):
            rows = sorted(versions[nid], key=lambda r: (-(r[1] & ~1), -r[4], -r[5]))
            good = [r for r in rows if self.context(self.leaves(r[1]))]
            if not good:
                continue
            r = good[0]
            best = "medium" if r[1] != rows[0][1] or not self.whole(r[1], r[2]) else "high"
            out.append(("old", best, f"{nid:#x}", self.context(self.leaves(r[1]))))
        firsts = {}
        for bid, copies in self.dead.items():
            b = self.block(bid)
            if b and bid & 2 and b[0] == 2 and b[1] == 0:
                for row in self.subnodes(bid):
                    listed.add(row[1] & ~1)
            if b and bid & 2 and b[0] == 1 and b[1] == 1:
                firsts[struct.unpack_from(self.l["ids"], b, 8)[0] & ~1] = bid
        for bid in sorted(self.dead):
            if bid & 2 or bid in known or bid in listed or self.block(bid) is None:
                continue
            top = firsts.get(bid, bid)
            if top in known or top in listed:
                continue
            props = self.context(self.leaves(top))
            if props and (0x1A001F in props or 0x1A001E in props):
                out.append(("block", "low", f"{top:#x}", props))
        return out


def text(props, pid):
    """A text property."""
    if pid << 16 | 0x1F in props:
        return props[pid << 16 | 0x1F].decode("utf-16-le", "replace")
    return props.get(pid << 16 | 0x1E, b"").decode("latin-1")


def main():
    """A line for each item; for several stores the name of each before."""
    for path in sys.argv[1:]:
        store = Store(path)
        if len(sys.argv) > 2:
            print(f"{path}: {len(store.old)} old entries, {len(store.dead)} dead blocks")
        for evidence, confidence, key, props in store.recovered():
            print(evidence, confidence, key, text(props, 0x1A), "|", text(props, 0x37))


if __name__ == "__main__":
    main()
