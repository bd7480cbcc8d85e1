#!/usr/bin/env python3
"""bury.py STORE WORD: writes WORD wherever a Unicode PST has room that nobody reads: between the bytes of a block and
its trailer, behind the entries of index pages, and in free space. Checksums cover none of it but the
pages, which are made right again. Prints how often it did. Own reading of [MS-PST] 2.2.2."""
import struct
import sys
import zlib


def crc(data):
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


class Store:
    def __init__(self, path):
        self.path = path
        self.data = bytearray(open(path, "rb").read())
        assert self.data[:4] == b"!BDN" and self.data[10] == 23
        self.used = [(0, 0x4400)]
        self.blocks = []
        self.buried = 0

    def pages(self, at):
        page = self.data[at : at + 512]
        count, _, size, level = page[488:492]
        self.used.append((at, at + 512))
        yield at, count, size, level
        for i in range(count if level else 0):
            yield from self.pages(struct.unpack_from("<Q", page, i * size + 16)[0])

    def bury(self, at, end, word):
        if end - at >= len(word):
            piece = word * ((end - at) // len(word))
            self.data[at : at + len(piece)] = piece
            self.buried += 1

    def run(self, word):
        nbt, bbt = struct.unpack_from("<Q", self.data, 224)[0], struct.unpack_from("<Q", self.data, 240)[0]
        pages = list(self.pages(nbt)) + list(self.pages(bbt))
        for at, count, size, level in list(self.pages(bbt)):
            for i in range(0 if level else count):
                _, ib, cb = struct.unpack_from("<QQH", self.data, at + i * size)
                whole = (cb + 16 + 63) // 64 * 64
                self.used.append((ib, ib + whole))
                self.bury(ib + cb, ib + whole - 16, word)
        for at, count, size, _ in pages:
            self.bury(at + count * size, at + 488, word)
            struct.pack_into("<I", self.data, at + 500, crc(bytes(self.data[at : at + 496])))
        for at in range(0x4400, len(self.data), 253952):  # maps, and those behind the first
            self.used.append((at, at + 1024 if (at - 0x4400) // 253952 % 8 == 0 else at + 512))
        end = 0
        for begin, stop in sorted(self.used) + [(len(self.data), 0)]:
            self.bury(end, begin, word)
            end = max(end, stop)
        open(self.path, "wb").write(self.data)


store = Store(sys.argv[1])
store.run(sys.argv[2].encode())
print(store.buried)
