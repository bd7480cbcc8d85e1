"""Address books: pab.py PIMLIFT MKSTORE DIR.

No real PAB file is there to test with. It has the structure of a PST file of the time, with another mark; so a store
with entries as an address book has them (one address, in the plain properties) gets that mark, in both orders that
are described, and must give what the PST file gives; libpff must agree where it takes the mark.
"""
import pathlib
import subprocess
import sys
import zlib

RECIPE = """store Personal Address Book
  layout ansi
folder Addresses
  holds contacts
item Anna Berg
  class IPM.Contact
  property 0x3001 string Anna Berg
  property 0x3002 string SMTP
  property 0x3003 string anna@example.org
  property 0x3a08 string +49 30 1
item Bert
  class IPM.Contact
  property 0x3001 string Bert
  property 0x3002 string EX
  property 0x3003 string /o=Org/ou=Site/cn=bert
"""
LINES = ("FN:Anna Berg", "EMAIL;TYPE=INTERNET;TYPE=PREF:anna@example.org", "TEL;TYPE=WORK;TYPE=VOICE:+49 30 1", "FN:Bert",
         "X-MS-EX-ADDRESS:/o=Org/ou=Site/cn=bert")


def marked(data, mark):
    """The file as one of that kind; its header's checksum begins at 0 and is not inverted at the end."""
    data = bytearray(data)
    data[8:10] = mark
    inverted = zlib.crc32(bytes(data[8:479]), 0xffffffff) ^ 0xffffffff
    data[4:8] = inverted.to_bytes(4, "little")
    return data


def main():
    """PST, then both marks."""
    pimlift, mkstore, scratch = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
    (scratch / "pab.recipe").write_text(RECIPE, encoding="utf-8")
    store = scratch / "book.pst"
    subprocess.run([mkstore, scratch / "pab.recipe", "-o", store], check=True)
    passed = failed = 0
    for mark, reader in ((b"SM", "pst"), (b"AB", "pst"), (b"BA", "pst"), (b"BA", "pff")):
        book, out = scratch / "book.pab", scratch / f"pab-{mark.decode()}-{reader}"
        book.write_bytes(marked(store.read_bytes(), mark))
        status = subprocess.run([pimlift, "convert", book, "-o", out, "--reader", reader, "--strict"],
                                capture_output=True, check=False).returncode
        text = "".join(p.read_text(encoding="utf-8") for p in sorted(out.rglob("*.vcf")))
        info = subprocess.run([pimlift, "info", book], capture_output=True, check=False).stdout.decode()
        good = status == 0 and all(line in text.splitlines() for line in LINES) and (mark == b"SM" or " pab" in info)
        passed += good
        failed += not good
        if not good:
            print(f"pab {mark} {reader}: exit {status}\n{info}{text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
