#!/usr/bin/python3
"""An ESE reader of its own, to check what mkstore writes. It trusts nothing that mkstore knows.

usage: ese_read.py check FILE.edb[,TRUTH.jsonl]...   structure, then every row against the truth
       ese_read.py rows FILE.edb                     every row of every table as JSON lines

The check reads every page that a tree leads to: checksum (XOR, and XOR with ECC), own number, owner,
flags, free space, order of keys, bounds by the parents' keys, sibling links both ways, depth; every page owned by
one tree at most, none of them free in the tree's own list; both catalogues alike; primary keys and
the entries of all indexes, normalised here from the values. Prints a line for each file, `ok ...` or what is wrong. The same code reads databases that the engine itself wrote.
"""
import collections
import json
import struct
import sys


class Bad(Exception):
    pass


def u16(b, o):
    return struct.unpack_from("<H", b, o)[0]


def u32(b, o):
    return struct.unpack_from("<I", b, o)[0]


def need(ok, text):
    if not ok:
        raise Bad(text)


def xor32(b):
    n = int.from_bytes(b, "little")
    size = len(b) * 8
    while size > 32:  # fold
        half = (size // 64 + (size // 32) % 2) * 32
        n = (n >> half) ^ (n & ((1 << half) - 1))
        size = half
    return n


MASKS = {}


def masks(size):
    """For each bit of a position: the positions that have it."""
    if size not in MASKS:
        bits = size * 8
        MASKS[size] = [sum(((1 << (1 << k)) - 1) << ((1 << k) + at) for at in range(0, bits, 2 << k)) if k > 5 else
                       int.from_bytes(sum(1 << i for i in range(64) if i >> k & 1).to_bytes(8, "little") * (size // 8), "little")
                       for k in range(bits.bit_length() - 1)]
    return MASKS[size]


def new_sum(block, skip, number):
    """XOR and ECC: the ECC is the XOR of the positions of all set bits, and of their complements."""
    whole = int.from_bytes(block, "little") >> skip * 8 << skip * 8
    low = sum((whole & mask).bit_count() % 2 << k for k, mask in enumerate(masks(len(block))))
    odd = whole.bit_count() % 2
    return xor32(block[skip:]) ^ number, low | (low ^ (len(block) * 8 - 1 if odd else 0)) << 16


class Page:
    def __init__(self, db, number):
        self.db, self.number = db, number
        raw = db.raw(number)
        need(len(raw) == db.size, f"page {number}: not in the file")
        self.raw = raw
        self.before, self.after, self.owner = struct.unpack_from("<III", raw, 16)
        self.free, self.tail, self.tags_word = u16(raw, 28), u16(raw, 32), u16(raw, 34)
        self.flags = u32(raw, 36)
        self.count = self.tags_word & 0xFFF
        mask = 0x1FFF if db.small else 0x7FFF
        self.nodes = []
        for i in range(self.count):
            size, at = struct.unpack_from("<HH", raw, db.size - 4 * i - 4)
            data = raw[db.head + (at & mask):db.head + (at & mask) + (size & mask)]
            need(len(data) == size & mask and (at & mask) + (size & mask) <= self.tail, f"page {number}: tag {i}")
            flags = at >> 13 if db.small else (u16(data, 0) >> 13 if len(data) > 1 and i else 0)
            self.nodes.append((flags, data))

    def check_sum(self):
        raw, n, db = self.raw, self.number, self.db
        if not self.flags & 0x2000:
            need(u32(raw, 4) == n and u32(raw, 0) == xor32(raw[4:]) ^ 0x89ABCDEF, f"page {n}: XOR checksum")
            return
        if db.small:
            need(new_sum(raw, 8, n) == (u32(raw, 0), u32(raw, 4)), f"page {n}: checksum")
            return
        part = db.size // 4
        for i in range(4):
            at = 40 + 8 * (i - 1) if i else 0
            got = new_sum(raw[i * part:(i + 1) * part], 0 if i else 8, n)
            need(got == (u32(raw, at), u32(raw, at + 4)), f"page {n}: checksum {i}")
        need(u32(raw, 64) == n, f"page {n}: says it is {u32(raw, 64)}")

    def entries(self):
        head = b"" if self.flags & 1 and not self.flags & 0x20 else self.nodes[0][1]
        for flags, data in self.nodes[1:]:
            at = prefix = 0
            if flags & 4:
                prefix, at = u16(data, 0) & 0x1FFF, 2
                need(prefix <= len(head), f"page {self.number}: prefix")
            size = u16(data, at) & 0x1FFF
            need(at + 2 + size <= len(data), f"page {self.number}: key")
            yield flags, head[:prefix] + data[at + 2:at + 2 + size], data[at + 2 + size:]


class Database:
    def __init__(self, path, checking=False):
        self.file = open(path, "rb")
        head = self.file.read(1024)
        need(u32(head, 4) == 0x89ABCDEF and u32(head, 8) == 0x620, "no ESE database")
        self.size = u32(head, 236) or 4096
        self.revision, self.shadowed = u32(head, 232), not head[208] & 1
        self.small = self.size <= 8192
        self.head = 40 if self.small else 80
        self.checking = checking
        self.seen = {}
        self.kinds = collections.Counter()
        if checking:
            self.file.seek(0)
            one, two = self.file.read(self.size), self.file.read(self.size)
            need(one == two, "the shadow header differs")
            need(u32(one, 0) == xor32(one[4:]) ^ 0x89ABCDEF, "checksum of the header")

    def raw(self, number):
        self.file.seek((number + 1) * self.size)
        return self.file.read(self.size)

    def page(self, number, owner):
        p = Page(self, number)
        need(p.owner == owner, f"page {number}: owner {p.owner}, not {owner}")
        if self.checking:
            p.check_sum()
            need(number not in self.seen, f"page {number}: in two places")
            self.seen[number] = owner
            self.kinds["ECC" if p.flags & 0x2000 else "XOR"] += 1
            if p.flags & 0x2 and not p.flags & 0xE0:
                self.kinds["new leaves" if p.flags & 0x800 else "old leaves"] += 1
            used = sum(len(data) + 4 for _, data in p.nodes)
            need(p.free == self.size - self.head - used, f"page {number}: free space")
        return p

    def tree(self, root, owner):
        """All leaf entries (flags, key, data, page flags); checks the shape on the way."""
        stack = [(root, None, None, 0)]
        chain, depth, last = [], None, None
        while stack:
            number, _, most, level = stack.pop()
            p = self.page(number, owner)
            need(bool(p.flags & 1) == (number == root), f"page {number}: root flag")
            need(level < 10, "too deep")
            entries = list(p.entries())
            if p.flags & 2:
                chain.append((number, p.before, p.after))
                depth = level if depth is None else depth
                need(depth == level, f"page {number}: leaves at two depths")
                for flags, key, data in entries:
                    whole = key + data if p.flags & 0x400 else key
                    need(last is None or whole > last, f"page {number}: order of keys")
                    need(most is None or whole < most, f"page {number}: a key above that of its parent")
                    last = whole
                    yield flags, key, data, p.flags
                continue
            need(entries and not p.before and not p.after, f"page {number}: branch")
            # the last key of a branch is that of its parent
            need(entries[-1][1] == (most or b""), f"page {number}: last key")
            children = []
            for i, (flags, key, data) in enumerate(entries):
                need(len(data) == 4, f"page {number}: pointer")
                need(key or i + 1 == len(entries), f"page {number}: empty key inside")
                children.append((u32(data, 0), None, key or most, level + 1))
            stack.extend(reversed(children))
        for i, (number, before, after) in enumerate(chain):
            need(before == (chain[i - 1][0] if i else 0), f"page {number}: left sibling")
            need(after == (chain[i + 1][0] if i + 1 < len(chain) else 0), f"page {number}: right sibling")

    def space(self, root, owner, parent):
        """Owned and free extents of a tree as (first, count)."""
        p = Page(self, root)
        head = p.nodes[0][1]
        if len(head) == 25:
            need(head[0] == 3, f"page {root}: root fields")
            head = head[1:17]
        need(len(head) == 16, f"page {root}: space header")
        first, up, flags, what = struct.unpack("<IIII", head)
        need(up == parent, f"page {root}: parent {up}, not {parent}")
        if not flags & 1:
            bits = [(root + 1 + i, 1) for i in range(32) if what >> i & 1]
            return [(root, first)], bits
        lists = []
        for tree in (what, what + 1):
            q = self.page(tree, owner)
            need(q.flags & 0x23 == 0x23, f"page {tree}: no space tree")
            one = []
            for node_flags, key, data in q.entries():
                last, count = struct.unpack(">I", key)[0], u32(data, 0)
                if not node_flags & 2:
                    one.append((last - count + 1, count))
            lists.append(one)
        return lists[0], lists[1]


FIXED = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 4, 7: 8, 8: 8, 14: 4, 15: 8, 16: 16, 17: 2}


def unpack7(data, wide):
    bits = (len(data) - 2) * 8 + (data[0] & 7) + 1
    value = int.from_bytes(data[1:], "little")
    chars = bytes(value >> 7 * i & 127 for i in range(bits // 7))
    return b"".join(bytes((c, 0)) for c in chars) if wide else chars


def unlz(data, size):
    """Plain LZ77, [MS-XCA] 2.4."""
    out, at, flags, left, half = bytearray(), 0, 0, 0, None
    while len(out) < size:
        if not left:
            flags, left, at = u32(data, at), 32, at + 4
        left -= 1
        if not flags >> left & 1:
            out.append(data[at])
            at += 1
            continue
        word, at = u16(data, at), at + 2
        length, distance = word & 7, (word >> 3) + 1
        if length == 7:
            if half is None:
                half, length = at, data[at] & 15
                at += 1
            else:
                length, half = data[half] >> 4, None
            if length == 15:
                length, at = data[at], at + 1
                if length == 255:
                    length, at = u16(data, at), at + 2
                    need(length, "LZ77: 32-bit length")
                    length -= 22
                length += 15
            length += 7
        for _ in range(length + 3):
            out.append(out[-distance])
    need(len(out) == size, "LZ77: length")
    return bytes(out)


def unsqueeze(data):
    scheme = data[0] >> 3
    if scheme in (1, 2):
        return unpack7(data, scheme == 2)
    need(scheme == 3, f"compression {scheme}")
    return unlz(data[3:], u16(data, 1))


class Table:
    def __init__(self, db, name, objid, root):
        self.db, self.name, self.objid, self.root = db, name, objid, root
        self.columns = {}  # (derived, id) -> (name, type, size, offset, flags, code page)
        self.indexes, self.lv, self.template, self.flags = [], None, None, 0
        self.primary = self.values = None
        self.chunk = 0
        self.keys = []  # (values, primary key) of the rows that are live

    def long_values(self):
        if self.values is None:
            self.values = {}
            for flags, key, data, _ in self.db.tree(*self.lv) if self.lv else ():
                if flags & 2:
                    continue
                wide = key[0] & 0x80
                ident, rest = int.from_bytes(key[:8 if wide else 4], "big"), key[8 if wide else 4:]
                if not rest:
                    self.values[ident] = [u32(data, 4), []]
                else:
                    self.values[ident][1].append((int.from_bytes(rest, "big"), data))
        return self.values

    def long_value(self, ident):
        size, chunks = self.long_values()[int.from_bytes(ident, "little")]
        step = self.chunk or {32768: 8150, 16384: 4050}.get(self.db.size, self.db.size - 82)
        out = b""
        for at, data in chunks:
            need(at == len(out), f"{self.name}: a chunk is missing")
            want = min(step, size - at)
            out += data if len(data) == want else unsqueeze(data)
        need(len(out) == size, f"{self.name}: a long value of {len(out)} bytes, not {size}")
        return out

    def record(self, rec, new):
        out = []
        last_fixed, last_var, end = rec[0], rec[1], u16(rec, 2)
        nulls = rec[end - (last_fixed + 7) // 8:end]
        for (derived, ident), (name, kind, size, offset, *_) in self.columns.items():
            if ident <= last_fixed and ident < 128 and kind and not nulls[(ident - 1) // 8] >> (ident - 1) % 8 & 1:
                out.append((derived, ident, [rec[offset:offset + (FIXED.get(kind) or size)]]))
        at, start, base = end, 0, end + 2 * (last_var - 127)
        for ident in range(128, last_var + 1):
            word = u16(rec, at)
            at += 2
            for derived in (True, False):
                if (derived, ident) in self.columns and not word & 0x8000:
                    out.append((derived, ident, [rec[base + start:base + word]]))
            start = word & 0x7FFF
        tagged = rec[base + start:]
        out += self.tagged_new(tagged) if new else self.tagged_old(tagged)
        return out

    def tagged_new(self, t):
        out, small = [], self.db.small
        mask = 0x1FFF if small else 0x7FFF
        count = (u16(t, 2) & mask) // 4 if len(t) >= 4 else 0
        spots = [struct.unpack_from("<HH", t, 4 * i) for i in range(count)] + [(0, len(t) | (0x8000 if not small else 0))]
        order = [(not w & 0x8000, i) for i, w in spots[:-1]]
        need(order == sorted(order), f"{self.name}: tagged columns out of order")
        for i in range(count):
            ident, word = spots[i]
            stop = len(t) if i + 1 == count else spots[i + 1][1] & mask
            data = t[word & mask:stop]
            flags = 0
            if small and word & 0x2000:
                flags = 0x20
            elif not small or word & 0x4000:
                flags, data = data[0], data[1:]
            if not flags & 0x20:
                out.append((bool(word & 0x8000), ident, self.pieces(flags, data)))
        return out

    def pieces(self, flags, data):
        if flags & 0x10:
            return [data[1:1 + data[0]], data[1 + data[0]:]]
        if flags & 8:
            count = (u16(data, 0) & 0x7FFF) // 2
            words = [u16(data, 2 * i) for i in range(count)]
            ends = [w & 0x7FFF for w in words[1:]] + [len(data)]
            parts = [data[w & 0x7FFF:e] for w, e in zip(words, ends)]
            parts = [self.long_value(p) if w & 0x8000 else p for p, w in zip(parts, words)]
            if flags & 2:
                parts[0] = unsqueeze(parts[0])
            return parts
        if flags & 4:
            return [self.long_value(data)]
        return [unsqueeze(data) if flags & 2 else data]

    def tagged_old(self, t):
        out, at = [], 0
        while at < len(t):
            ident, word = struct.unpack_from("<HH", t, at)
            size = word & 0xFFF
            data = t[at + 4:at + 4 + size]
            at += 4 + size
            if word & 0x4000:
                continue
            if word & 0x8000:
                data = self.long_value(data[1:]) if data[0] & 1 else data[1:]
            key = (bool(word & 0x2000), ident)
            if key not in self.columns:
                key = (not key[0], ident)
            if out and out[-1][:2] == key:
                out[-1][2].append(data)
            else:
                out.append((*key, [data]))
        return out

    def rows(self):
        for flags, bookmark, data, page in self.db.tree(self.root, self.objid):
            if flags & 2:
                continue
            values = {}
            for derived, ident, parts in self.record(data, page & 0x800):
                column = self.columns.get((derived, ident))
                if column and column[1]:
                    hexed = [p.hex() for p in parts]
                    values[column[0]] = hexed[0] if len(hexed) == 1 else hexed
            if self.db.checking:
                self.keys.append((values, bookmark))
            yield values

    def index_key(self, index, values):
        """The normalised key of a row, or None when the index has no entry for it."""
        whole, nulls = b"", []
        for ident, derived, descending in index["segments"]:
            name, kind, _, _, _, page, default = self.columns[derived, ident]
            value = values.get(name, default)
            value = value[0] if isinstance(value, list) else value
            nulls.append(value is None)
            part = b"\0" if value is None else normal(kind, ident, page, bytes.fromhex(value))
            whole += bytes(b ^ 255 for b in part) if descending else part
        flags = index["flags"]
        if (any(nulls) and flags & 0x10 or all(nulls) and not flags & 2 or nulls[0] and not all(nulls) and not flags & 4 or
                any(nulls[1:]) and not nulls[0] and not flags & 8):
            return None
        return whole[:255]


def normal(kind, ident, page, v):
    if not v:
        return b"\x40"
    if kind in (1, 2, 14, 17):
        out = v[::-1]
    elif kind in (3, 4, 5, 15):
        out = bytes([v[-1] ^ 0x80]) + v[-2::-1]
    elif kind in (6, 7, 8):
        out = bytes(b ^ 255 for b in v[::-1]) if v[-1] & 0x80 else bytes([v[-1] | 0x80]) + v[-2::-1]
    elif kind == 16:
        out = v[10:] + v[8:10] + v[6:8] + v[4:6] + v[:4]
    elif kind in (9, 11) and ident < 128:
        out = v
    elif kind in (9, 11):
        groups = [v[i:i + 8] for i in range(0, len(v), 8)]
        out = b"".join(g.ljust(8, b"\0") + bytes([9 if i + 1 < len(groups) else len(g)]) for i, g in enumerate(groups))
    elif page != 1200:
        out = bytes(b - 32 if 97 <= b <= 122 else b for b in v) + b"\0"
    else:
        raise Unsupported
    return b"\x7f" + out


class Unsupported(Exception):
    pass


CATALOGUE = {  # what is needed to read the catalogue itself
    (False, 1): ("ObjidTable", 4, 4, 4, 0), (False, 2): ("Type", 3, 2, 8, 0), (False, 3): ("Id", 4, 4, 10, 0),
    (False, 4): ("What", 4, 4, 14, 0), (False, 5): ("Space", 4, 4, 18, 0), (False, 6): ("Flags", 4, 4, 22, 0),
    (False, 7): ("Pages", 4, 4, 26, 0), (False, 8): ("Root", 1, 1, 30, 0), (False, 9): ("Offset", 3, 2, 31, 0),
    (False, 10): ("LCMap", 4, 4, 33, 0), (False, 11): ("KeyMost", 17, 2, 37, 0), (False, 12): ("Chunk", 4, 4, 39, 0),
    (False, 128): ("Name", 10, 0, 0, 0), (False, 130): ("Template", 10, 0, 0, 0),
    (False, 131): ("Default", 9, 0, 0, 0), (False, 132): ("Segments", 9, 0, 0, 0)}


def number(row, name):
    return int.from_bytes(bytes.fromhex(row.get(name, "")), "little")


def catalogue(db, root, objid):
    t = Table(db, "MSysObjects", objid, root)
    t.columns = CATALOGUE
    tables, by_name = {}, {}
    for row in t.rows():
        name = bytes.fromhex(row["Name"]).decode("latin-1")
        owner, kind, ident, what = (number(row, k) for k in ("ObjidTable", "Type", "Id", "What"))
        if kind == 1:
            one = tables[owner] = by_name[name] = Table(db, name, owner, what)
            one.flags, one.chunk = number(row, "Flags"), number(row, "Chunk")
            if "Template" in row:
                one.template = bytes.fromhex(row["Template"]).decode("latin-1")
        elif kind == 2:
            tables[owner].columns[False, ident] = (name, what, number(row, "Space"), number(row, "Offset"),
                                                   number(row, "Flags"), number(row, "Pages"), row.get("Default"))
        elif kind == 3:
            raw, flags = bytes.fromhex(row["Segments"]), number(row, "Flags")
            if flags & 0x10000:
                segments = [(u16(raw, i + 2), bool(raw[i] & 0x80), bool(raw[i] & 0x40)) for i in range(0, len(raw), 4)]
            else:
                segments = [(abs(i), False, i < 0) for (i,) in struct.iter_unpack("<h", raw)]
            index = {"name": name, "segments": segments, "flags": flags}
            if ident == owner:
                tables[owner].primary = index
            else:
                tables[owner].indexes.append((name, what, ident, index))
        elif kind == 4:
            tables[owner].lv = (what, ident)
    for one in tables.values():
        if one.template:
            base = by_name[one.template].columns
            one.columns = {(True, k[1]): v for k, v in base.items()} | one.columns
    return tables


def check_space(db, tables):
    """Parents hold what their children hold; what is free is in no tree."""
    def claim(owned, inside, text):
        for first, count in owned:
            for n in range(first, first + count):
                need(inside is None or n in inside, f"{text} owns page {n}, which its parent does not")
    root = Page(db, 1)
    need(root.owner == 1 and root.flags & 3 == 3, "root of the database")
    db.page(1, 1)
    owned, free = db.space(1, 1, 0)
    db.file.seek(0, 2)
    need(owned == [(1, db.file.tell() // db.size - 2)], "the database does not own its file")
    everything = set(range(1, owned[0][1] + 1))
    loose = [free]
    mine = {}
    for t in tables.values():
        owned, free = db.space(t.root, t.objid, 1)
        claim(owned, everything, t.name)
        pages = {n for first, count in owned for n in range(first, first + count)}
        for n in pages:
            need(mine.setdefault(n, t.name) == t.name, f"page {n} belongs to {mine[n]} and {t.name}")
        loose.append(free)
        for _, child, ident, _ in t.indexes + ([("LV", *t.lv, 0)] if t.lv else []):
            owned, free = db.space(child, ident, t.root)
            claim(owned, pages, t.name + "'s tree")
            loose.append(free)
    free_pages = [n for one in loose for first, count in one for n in range(first, first + count)]
    need(len(free_pages) == len(set(free_pages)), "a page is free twice")
    for n in free_pages:
        need(n not in db.seen, f"page {n} is free and used")


def check_keys(db, t):
    """Keys of the rows and of all indexes are what the values say."""
    def match(index, entries):
        try:
            wanted = [(t.index_key(index, values), bookmark) for values, bookmark in t.keys]
        except Unsupported:
            return
        wanted = sorted(pair for pair in wanted if pair[0] is not None)
        need(wanted == entries, f"{t.name}.{index['name']}: an entry differs from the rows")
    if t.template:  # those of a template say so by a bit, in its own rows too
        columns = t.columns
    else:
        columns = t.columns | {(True, k[1]): v for k, v in t.columns.items()}
    for derived, ident in list(columns):
        if ident < 256:  # one series of numbers for template and table
            columns[not derived, ident] = columns[derived, ident]
    saved, t.columns = t.columns, columns
    if t.primary and t.objid > 3:
        match(t.primary, [(bookmark, bookmark) for _, bookmark in t.keys])
    for _, root, objid, index in t.indexes:
        entries = [(key, data) for flags, key, data, _ in db.tree(root, objid) if not flags & 2]
        if t.objid > 3 and not index["flags"] & 0x80:
            match(index, entries)
    t.columns = saved


def check(path, truth_path):
    db = Database(path, True)
    tables = catalogue(db, 4, 2)
    shadow = catalogue(db, 24, 3) if db.shadowed else tables
    need([(t.name, t.root, t.columns, t.indexes, t.lv) for t in tables.values()] ==
         [(t.name, t.root, t.columns, t.indexes, t.lv) for t in shadow.values()], "the shadow catalogue differs")
    rows = []
    for t in tables.values():
        if t.objid > 3:
            rows += [{"table": t.name, "columns": v} for v in t.rows()]
        check_keys(db, t)
        if t.lv and t.values is None:
            t.long_values()
    check_space(db, tables)
    if truth_path:
        with open(truth_path, encoding="utf-8") as f:
            truth = [json.loads(line) for line in f]
        # Tables that were written in any order come out in that of their keys.
        if rows != truth:
            rows, truth = (sorted(r, key=lambda row: json.dumps(row, sort_keys=True)) for r in (rows, truth))
        for got, want in zip(rows, truth):
            need(got == want, f"a row differs: {str(got)[:400]}, not {str(want)[:400]}")
        need(len(rows) == len(truth), f"{len(rows)} rows, {len(truth)} in the truth")
    print(f"ok revision {db.revision:#x}, pages of {db.size}: {len(tables)} tables, {len(rows)} rows, {len(db.seen)} pages: "
          + ", ".join(f"{n} {kind}" for kind, n in sorted(db.kinds.items())))


def main():
    if sys.argv[1] == "rows":
        for t in catalogue(Database(sys.argv[2]), 4, 2).values():
            for values in t.rows():
                print(json.dumps({"table": t.name, "columns": values}))
        return
    bad = 0
    for pair in sys.argv[2:]:
        path, _, truth = pair.partition(",")
        try:
            check(path, truth)
        except (Bad, struct.error, LookupError, ValueError) as e:
            bad += 1
            print(f"{path}: {type(e).__name__}: {e}")
    sys.exit(bad > 0)

if __name__ == "__main__":
    main()
