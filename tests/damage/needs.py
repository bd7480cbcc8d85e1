"""Which places of a store each item needs, worked out by readers that share nothing with pimlift (structure.py,
ese_read.py): the expected loss when some places are hit.

`places` are stretches of the file that are whole or hit as one: pages and blocks. Each item, by the key that the ledger has for it,
needs a set of them. `traces` are what tells that an item was there: it leaves none when some place of each is hit. `shared` are those on which all items may depend (the header, the map of named properties), `branches`
those that only lead to others and that a reader can do without.
"""
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mkstore"))
import ese_read  # noqa: E402
import exchange13_blob  # noqa: E402
import structure  # noqa: E402


class Pst(structure.Store):
    """The needs of messages: their leaf in the index of nodes, their blocks, the leaves of these."""

    def __init__(self, path):
        super().__init__(path)
        self.places, self.at, self.leaf_of_node, self.leaf_of_block, self.parents, self.extent = {}, 0, {}, {}, {}, {}
        self.check()
        leaves = set(self.leaf_of_node.values()) | set(self.leaf_of_block.values())
        self.branches = {at for at in self.places if at not in leaves} - set(self.extent.values())
        self.step = self.l["page"]
        self.shared = {-1} | self.node_needs(0x61)
        self.places[-1] = (0, 564)
        self.needs = {hex(nid): self.node_needs(nid) for nid in self.nodes if nid & 0x1F in (4, 8)}
        self.traces = {}
        for key in self.needs:
            nid = int(key, 16)
            folder = self.parents[nid]
            table = (folder & ~0x1F) | (0xE if nid & 0x1F == 4 else 0xF)
            self.traces[key] = [{self.leaf_of_node[nid]}, self.node_needs(folder), self.node_needs(table)]

    def page(self, at, bid, kind):
        self.at = at
        if kind in (0x80, 0x81):
            self.places[at] = (at, self.l["page"])
        return super().page(at, bid, kind)

    def take_block(self, p, e, bid):
        super().take_block(p, e, bid)
        at, whole = self.used[-1]
        self.extent[bid], self.leaf_of_block[bid] = at, self.at
        self.places[at] = (at, whole)

    def take_node(self, p, e, nid):
        super().take_node(p, e, nid)
        self.leaf_of_node[nid] = self.at
        self.parents[nid] = struct.unpack_from("<I", p, e + 3 * struct.calcsize(self.l["ids"]))[0]

    def block_needs(self, bid):
        """A data tree."""
        n, out = struct.calcsize(self.l["ids"]), {self.extent[bid], self.leaf_of_block[bid]}
        if bid & 2:
            for one in struct.iter_unpack(self.l["ids"], self.blocks[bid][8:]):
                out |= self.block_needs(one[0])
        return out if n else out

    def sub_needs(self, bid):
        """A tree of subnodes, and all that hangs on it."""
        b, head = self.blocks[bid], 4 if self.ansi else 8
        width = 2 if b[1] else 3
        out = {self.extent[bid], self.leaf_of_block[bid]}
        for row in struct.iter_unpack("<" + self.l["ids"][1] * width, b[head:]):
            if b[1]:
                out |= self.sub_needs(row[1])
                continue
            out |= self.block_needs(row[1]) if row[1] else set()
            out |= self.sub_needs(row[2]) if row[2] else set()
        return out

    def node_needs(self, nid):
        data, sub = self.nodes[nid]
        out = {self.leaf_of_node[nid]}
        out |= self.block_needs(data) if data else set()
        return out | self.sub_needs(sub) if sub else out

    def destroy(self, data, place):
        """What stood there is gone."""
        at, size = self.places[place]
        data[at:at + size] = bytes(size)

    def blemish(self, data, place):
        """The bytes are good and their checksum is wrong."""
        at, size = self.places[place]
        if place == -1:
            data[4] ^= 1
        elif place in self.extent.values():
            data[at + size - self.l["btail"] + (8 if self.ansi else 4)] ^= 1
        else:
            data[at + size - self.l["trailer"] + (8 if self.ansi else 4)] ^= 1


class Tree:
    """The leaves of a tree of an ESE database, and the pages above each."""

    def __init__(self, db, root, owner):
        self.rows, self.branches, self.pages = [], set(), set()
        self.walk(db, root, owner, ())

    def walk(self, db, number, owner, above):
        p = db.page(number, owner)
        self.pages.add(number)
        if p.flags & 2:
            self.rows += [(flags, key, data, p.flags, number) for flags, key, data in p.entries() if not flags & 2]
            return
        self.branches.add(number)
        for _, _, data in p.entries():
            self.walk(db, struct.unpack("<I", data)[0], owner, above + (number,))


class Edb:
    """The needs of messages: the leaves of their rows, of their attachments' rows, and of the long values of these."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self.db = ese_read.Database(path)
        self.step = self.db.size
        self.tables = {t.name: t for t in ese_read.catalogue(self.db, 4, 2).values()}
        self.rows, self.branches, self.shared, self.needs, self.traces, used = {}, set(), {-1}, {}, {}, set()
        catalogue_pages = Tree(self.db, 4, 2), Tree(self.db, 24, 3) if self.db.shadowed else None
        for tree in catalogue_pages:
            used |= tree.pages if tree else set()
        self.copies = [tree.pages for tree in catalogue_pages if tree]  # of the catalogue: one is enough
        for t in self.tables.values():
            used |= self.table(t)
        self.places = {n: ((n + 1) * self.step, self.step) for n in used}
        self.places[-1] = (0, 2 * self.step)
        (self.link2013 if "MailboxIdentity" in self.tables else self.link2000)()

    def table(self, t):
        """Rows of a table with the pages of each; returns all pages."""
        tree, chunks = Tree(self.db, t.root, t.objid), {}
        used = set(tree.pages)
        self.branches |= tree.branches
        if t.lv:
            lv = Tree(self.db, *t.lv)
            used |= lv.pages
            self.branches |= lv.branches
            for _, key, _, _, page in lv.rows:
                ident = int.from_bytes(key[:8 if key[0] & 0x80 else 4], "big")
                chunks.setdefault(ident, set()).add(page)
        touched = set()
        plain = t.long_value

        def long_value(ident):
            touched.update(chunks[int.from_bytes(ident, "little")])
            return plain(ident)
        t.long_value = long_value
        self.rows[t.name] = rows = []
        for _, _, data, flags, page in tree.rows:
            touched.clear()
            touched.add(page)
            values = {}
            for derived, ident, parts in t.record(data, flags & 0x800):
                column = t.columns.get((derived, ident))
                if column and column[1]:
                    values[column[0]] = parts[0] if len(parts) == 1 else parts
            rows.append((values, set(touched)))
        for _, root, objid, _ in t.indexes:
            used |= Tree(self.db, root, objid).pages
        return used

    def link2000(self):
        """Msg, Attachments and what they embed, by id; tables of folders list messages."""
        key = lambda v: f"m{int.from_bytes(v[:2], 'big'):x}-{int.from_bytes(v[2:], 'big'):x}"  # noqa: E731
        messages = {v["Q674a"]: (v, pages) for v, pages in self.rows["Msg"]}
        attachments = {}
        for v, pages in self.rows["Attachments"]:
            attachments.setdefault(v["Q674a"], []).append((v, pages))

        def needs(ident, depth=0):
            out = set(messages[ident][1])
            for v, pages in attachments.get(ident, []):
                out |= pages
                inner = v.get("Q67f2")
                if inner in messages and depth < 8:
                    out |= needs(inner, depth + 1)
            return out
        inside = {v.get("Q67f2") for v, _ in self.rows["Attachments"]}
        folders = set().union(*(pages for _, pages in self.rows["Folders"]))
        listed = {v["Q674a"]: pages for name in self.tables if name.startswith("1-") for v, pages in self.rows[name]}
        for ident in messages:
            if ident not in inside:
                self.needs[key(ident)] = needs(ident)
                self.traces[key(ident)] = [messages[ident][1], listed.get(ident, set()) | folders]
        for name in ("NamedProps", "Global", "Mailbox"):
            for _, pages in self.rows[name]:
                self.shared |= pages

    def link2013(self):
        """Message, Attachment and what they hold, by the numbers in SubobjectsBlob."""
        for name in self.tables:
            if not name.startswith("Message_"):
                continue
            number = name[8:]
            attachments = {int.from_bytes(v["Inid"], "little"): (v, pages) for v, pages in self.rows["Attachment_" + number]}

            def needs(values, pages, depth=0):
                out = set(pages)
                for i in exchange13_blob.numbers(values.get("SubobjectsBlob") or b""):
                    if i in attachments and depth < 8:
                        out |= needs(*attachments[i], depth + 1)
                return out
            for v, pages in self.rows[name]:
                ident = int.from_bytes(v["MessageDocumentId"], "little")
                self.needs[f"m{number}-{ident}"] = needs(v, pages)
                self.traces[f"m{number}-{ident}"] = [pages, set().union(*(p for _, p in self.rows["Folder_" + number]))]
            for _, pages in self.rows["ExtendedPropertyNameMapping_" + number]:
                self.shared |= pages
        for name in ("Mailbox", "MailboxIdentity"):
            for _, pages in self.rows[name]:
                self.shared |= pages

    def destroy(self, data, place):
        at, size = self.places[place]
        data[at:at + size] = bytes(size)

    def blemish(self, data, place):
        at, _ = self.places[place]
        data[at] ^= 1


def read(path):
    """The needs of a store of any kind."""
    with open(path, "rb") as f:
        return (Pst if f.read(4) == b"!BDN" else Edb)(path)
