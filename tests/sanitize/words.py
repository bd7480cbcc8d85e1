#!/usr/bin/env python3
"""What can be read in a store by one who knows how its bytes are coded: words.py LEAST ORIGINAL COPY
[ALLOWED [OTHER]] prints each word that stands in both and neither in the file of allowed ones nor in another store; words.py
--find WORD FILE... prints each file that has WORD, in 8 or 16 bits, in any case. Blocks of a PST are decoded here, without
the program under test: the table of [MS-PST] 5.1 is applied to every byte, blocks that are coded by 5.2 are found by
their trailers, and each zlib stream at a multiple of 512 bytes is inflated. Of words with letters beyond ASCII those of
western Europe and Cyrillic are looked for: in other ranges numbers look like words."""
import re
import struct
import sys
import zlib


def read_table(name="i"):
    """[MS-PST] 5.1, the third of the tables, from the reader's own file: data, not code."""
    text = open("formats/pst/crypt.c", encoding="ascii").read()
    numbers = re.search(r"table_%s\[256\] = \{(.*?)\};" % name, text, re.S).group(1)
    return bytes(int(n) for n in re.findall(r"\d+", numbers))


def cyclic(data, wide):
    """All blocks of a store that is coded by [MS-PST] 5.2, decoded; a block is where its trailer has the right checksum."""
    r, s, i = (read_table(name) for name in "rsi")
    size, form, out = (16, "<HHIQ", []) if wide else (12, "<HHII", [])
    for end in range(0x4440, len(data) + 1, 64):
        count, _, one, two = struct.unpack_from(form, data, end - size)
        bid, crc = (two, one) if wide else (one, two)
        start = end - (count + size + 63) // 64 * 64
        if not 0 < count <= 8192 or bid & 2 or start < 0:
            continue
        block = data[start : start + count]
        if zlib.crc32(block, 0xFFFFFFFF) ^ 0xFFFFFFFF != crc:
            continue
        key, plain = (bid >> 16 ^ bid) & 0xFFFF, bytearray()
        for byte in block:
            byte = s[(r[(byte + key) & 0xFF] + (key >> 8)) & 0xFF]
            plain.append((i[(byte - (key >> 8)) & 0xFF] - key) & 0xFF)
            key = (key + 1) & 0xFFFF
        out.append(bytes(plain))
    return b"\0".join(out)


def plain(path):
    """The bytes as they stand, and inflated where they are compressed."""
    data = open(path, "rb").read()
    pieces = [data]
    if data[:4] == b"!BDN" and data[10] in (36, 37):
        for at in range(0, len(data), 512):
            if data[at] == 0x78:
                try:
                    pieces.append(zlib.decompressobj().decompress(data[at : at + 65536]))
                except zlib.error:
                    pass
    return b"\0".join(pieces)


def encoding(path):
    head = open(path, "rb").read(564)
    return head[513] if head[10] > 15 else head[461]


def views(path):
    data = plain(path)
    if data[:4] == b"!BDN" and encoding(path) == 2:
        data = cyclic(data, data[10] > 15)
    return [data, data.translate(read_table())] if data[:4] == b"!BDN" else [data]


def is_spelled(word):
    """Words of western Europe are mostly of plain letters; numbers that look like letters are not."""
    return "\u0400" <= word[0] or 2 * sum(not letter.isascii() for letter in word) < len(word)


def words(path, least):
    data = plain(path)
    if data[:4] == b"!BDN" and encoding(path) == 1:
        data = data.translate(read_table())
    if data[:4] == b"!BDN" and encoding(path) == 2:
        data = cyclic(data, data[10] > 15)
    found = set()
    forms = ((rb"(?:[A-Za-z]|\xc3[\x80-\xbf])", "utf-8"), (rb"(?:[\xd0\xd1][\x80-\xbf])", "utf-8"),
             (rb"(?:[A-Za-z\xc0-\xff]\0)", "utf-16le"), (rb"(?:[\x10-\x4f]\x04)", "utf-16le"))
    accented = [m.decode(coding) for letter, coding in forms for m in re.findall(letter + b"{%d,60}" % least, data)]
    found |= {w.lower() for w in accented if not w.isascii() and w.isalpha() and is_spelled(w)}
    for match in re.finditer(rb"[A-Za-z]{%d,60}" % least, data):
        found.add(match.group().lower().decode())
    for match in re.finditer(rb"(?:[A-Za-z]\0){%d,60}" % least, data):
        found.add(match.group().replace(b"\0", b"").lower().decode())
    # numbers look like words of few letters
    return {w for w in found if len(set(w)) >= 5 and not re.search(r"(.)\1\1", w)}


def strange(word, allowed):
    """Not made of words that are allowed: what stands side by side has no blank between."""
    ends = {0}
    for end in range(1, len(word) + 1):
        if any(word[begin:end] in allowed for begin in ends):
            ends.add(end)
    return len(word) not in ends


def has(path, word):
    forms = [word.encode(), word.encode("utf-16le"), word.encode("cp1252")]
    return any(form in data.lower() for data in views(path) for form in forms)


def main():
    if sys.argv[1] == "--find":
        for path in sys.argv[3:]:
            if has(path, sys.argv[2].lower()):
                print(path)
        return
    allowed = set(open(sys.argv[4], encoding="ascii").read().split()) if len(sys.argv) > 4 else set()
    least = int(sys.argv[1])
    common = words(sys.argv[2], least) & words(sys.argv[3], least)
    if len(sys.argv) > 5:
        common -= words(sys.argv[5], least)
    print(*sorted(w for w in common if strange(w, allowed)))


main()
