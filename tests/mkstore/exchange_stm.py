#!/usr/bin/python3
"""Whether a streaming file belongs to a database and holds the texts of the truth.

usage: exchange_stm.py DATABASE.edb FILE.stm TRUTH.json
"""
import json
import struct
import sys


def xor(page):
    sum_ = 0x89ABCDEF
    for (word,) in struct.iter_unpack("<I", page[4:]):
        sum_ ^= word
    return sum_


def main():
    edb = open(sys.argv[1], "rb").read(4096)
    stm = open(sys.argv[2], "rb").read()
    truth = json.load(open(sys.argv[3], encoding="utf-8"))
    for name, page in (("database", edb), ("streaming file", stm[:4096]), ("its copy", stm[4096:8192])):
        if xor(page) != struct.unpack_from("<I", page)[0] or page[4:8] != bytes.fromhex("efcdab89"):
            sys.exit(f"header of the {name}")
    if struct.unpack_from("<I", stm, 12)[0] != 1 or struct.unpack_from("<I", edb, 12)[0] != 0:
        sys.exit("kind of file")
    if stm[24:52] != edb[24:52] or stm[252:280] != edb[252:280] or not edb[208] & 4:
        sys.exit("signature")
    if len(stm) % 4096:
        sys.exit("size")
    for text in truth["streams"]:
        at = stm.find(text.encode())
        if at < 8192 or at % 4096 or "\r\nEND:VCALENDAR" not in text:
            sys.exit("a text is not there")
    print(f"ok {len(truth['streams'])} texts")


main()
