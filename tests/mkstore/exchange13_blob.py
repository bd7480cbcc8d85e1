"""Property blobs of Exchange 2013 and later: a decoder that knows nothing of the writer.

decode(blob, fetch) gives {id: value}: numbers, texts, bytes, lists of them. fetch(marker, slot, hint, length) hands over
the payload of a separated value. In FORMS it counts what it met, so that tests can ask whether a form was there at all.
"""
import collections
import struct

FORMS = collections.Counter()
ELSEWHERE = object()  # the type says that the value is not here


class Bad(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        part = self.data[self.at:self.at + size]
        if len(part) != size:
            raise Bad(f"ends at {len(self.data)}, wanted {size} from {self.at} on")
        self.at += size
        return part

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)


def text8(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


FIXED = {0x10: "h", 0x18: "i", 0x20: "q", 0x24: "q", 0x28: "f", 0x30: "d", 0x34: "d", 0x38: "Q"}


def value(r, fetch):
    """One value, by its marker alone."""
    m = r.number(1)
    FORMS[m] += 1
    if m == 0:
        return None
    if m in (0x08, 0x09):
        return m == 0x09
    for base, sizes in ((0x10, (0, 1, 2)), (0x18, (0, 1, 2, 4)), (0x20, (0, 1, 2, 4, 8))):
        if base <= m < base + len(sizes):
            return r.number(sizes[m - base], True)
    if m in (0x28, 0x30):
        return struct.unpack("<f" if m == 0x28 else "<d", r.take(4 if m == 0x28 else 8))[0]
    if m in (0x2A, 0x32):
        return 0.0
    if m in (0x38, 0x39):
        return r.number(8) if m == 0x38 else r.number(4, True)
    if m == 0x40:
        return r.take(16)
    if m in (0x48, 0x49, 0x4A, 0x4D, 0x4E):
        raw = r.take(r.number(m & 3)) if m & 3 else b""
        return text8(raw) if m & 4 else raw.decode("utf-16-le")
    if m in (0x50, 0x51, 0x52):
        return r.take(r.number(m & 3)) if m & 3 else b""
    if m in (0x78, 0x7A):
        slot, hint, kind, size = struct.unpack("<HIHI", r.take(12))
        raw = fetch(m, slot, hint, size)
        if len(raw) != size:
            raise Bad(f"slot {slot} has {len(raw)} bytes, not {size}")
        return raw.decode("utf-16-le") if kind == 0x48 else raw
    if m & 0x80 and m & 7 in (1, 2):
        count, kind = r.number(m & 7), m & 0x78
        if kind in (0x48, 0x50):
            return [value(r, fetch) for _ in range(count)]
        if kind == 0x40:
            return [r.take(16) for _ in range(count)]
        if kind in FIXED:
            return [struct.unpack("<" + FIXED[kind], r.take(struct.calcsize(FIXED[kind])))[0] for _ in range(count)]
    raise Bad(f"marker {m:02x}")


def decode(blob, fetch=None, unknown=False):
    r = Reader(blob)
    if r.take(4) != b"ProP":
        raise Bad("no blob")
    flags, count = r.number(2), r.number(2)
    if flags not in (0x400, 0x401):
        raise Bad(f"flags {flags:x}")
    FORMS["%x" % flags] += 1
    length = r.number(4) if flags == 0x401 else None
    heads = [(r.number(1), r.number(2)) for _ in range(count)]
    if length is not None and length != len(blob) - r.at:
        raise Bad("length of the values")
    out = {}
    for kind, ident in heads:
        FORMS["type %02x" % kind] += 1
        if ident in out:
            raise Bad(f"{ident:x} twice")
        if kind & 2:
            out[ident] = ELSEWHERE
        elif kind == 0x60 and unknown:
            r.at = len(blob)
        else:
            before = r.data[r.at]
            v = value(r, fetch)
            if before not in (0, 0x78, 0x7A) and before & 0xF8 != kind & 0xF8 and not (kind == 0x34 and before & 0xF8 == 0x30):
                raise Bad(f"type {kind:02x}, marker {before:02x}")
            if v is not None:
                out[ident] = v
    if r.at != len(blob):
        raise Bad(f"{len(blob) - r.at} bytes after the values")
    return out


def numbers(raw):
    """The 64-bit values among those of a SubobjectsBlob."""
    r, out = Reader(raw), []
    while r.at < len(raw):
        wide = 0x20 <= raw[r.at] <= 0x24
        v = value(r, None)
        if wide:
            out.append(v)
    return out
