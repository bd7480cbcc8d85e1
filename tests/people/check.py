"""Identity maps and learned addresses: check.py PIMLIFT DIR.

DIR holds teaches.pst and asks.pst. What must come out of them is written down here; what must come
out of a map made at random is worked out from what Python's csv or python3-ldap's ldif reads in it.
"""
import base64
import csv
import io
import json
import os
import pathlib
import random
import re
import sqlite3
import struct
import subprocess
import sys

import icalendar
import ldif
import vobject

PIMLIFT, TOP = sys.argv[1], pathlib.Path(sys.argv[2])
ORG = "/o=Org/ou=Site/cn=Recipients/cn="
SCORE = {True: 0, False: 0}


def same(where, want, got):
    """One comparison."""
    SCORE[want == got] += 1
    if want != got and SCORE[False] <= 40:
        print(f"{where}\n    want {want!r:.600}\n    got  {got!r:.600}")


def convert(name, stores, *options, status=0):
    """Runs it; gives the folder of the output."""
    out = TOP / name
    done = subprocess.run([PIMLIFT, "convert", "-o", out, "--progress=never", *options,
                           *(TOP / s for s in stores)], capture_output=True, check=False)
    same(f"{name}: exit status {done.stderr.decode()[:300]}", status, done.returncode)
    return out


def mail(uri):
    """The address of a URI, None for the one that nothing can be sent to."""
    return uri[7:] if uri.lower().startswith("mailto:") else None if uri == "invalid:nomail" else uri


def addresses(out):
    """Who has which address: organizer and attendees, contact, members of the group, by DN."""
    found = {}
    for path in sorted(out.glob("asks/**/*.ics")):
        event = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")[0]
        for one in [event["organizer"], *event["attendee"]]:
            found["event " + one.params["X-PIMLIFT-EX"].lower()] = mail(str(one))
    for path in sorted(out.glob("asks/**/*.vcf")):
        for card in vobject.readComponents(path.read_text("utf-8")):
            for row in card.contents.get("email", []):
                found["contact " + row.params["X-PIMLIFT-EX"][0].lower()] = row.value
            for row in card.contents.get("x-addressbookserver-member", []):
                found["member " + row.params["X-PIMLIFT-EX"][0].lower()] = mail(row.value)
    return found


def expected(**who):
    """The same, from who is known."""
    dns = {n: (ORG + n).lower() for n in ("anna", "anna2", "ben", "carla", "emil")}
    dns["dora"] = "/o=old/ou=site/cn=recipients/cn=dora"
    want = {f"{kind} {dn}": who.get(n) for n, dn in dns.items() for kind in ("event", "member")}
    if "ben" in who:
        want["contact " + dns["ben"]] = who["ben"]
    return want


def codes(out):
    """Diagnostics by code, with their keys."""
    rows = [json.loads(line) for line in (out / "report.jsonl").read_text("utf-8").splitlines()]
    return {(row["code"], bool(row["key"])) for row in rows}


def tree(out, below):
    """All files of one store, by their bytes."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted((out / below).rglob("*")) if p.is_file()}


def rows(out, sql):
    """A query of the ledger."""
    ledger = sqlite3.connect(f"file:{out}/ledger.db?mode=ro", uri=True)
    return ledger.execute(sql).fetchall()


def check_stores():
    """What the two stores give with maps, with learning, with both, in either order."""
    both = ("asks.pst", "teaches.pst")
    taught = {"anna": "anna@example.org", "ben": "ben@example.org", "carla": "carla@example.org"}
    plain = convert("plain", both)
    same("nothing is known", expected(), addresses(plain))
    same("nothing is remarked", set(), {c for c in codes(plain) if c[0].startswith("people.")})
    (TOP / "one.csv").write_text("LegacyExchangeDN,mail,proxyAddresses\n" + ORG + "Ben,ben@new.example,\n"
                                 "/o=Org/cn=dora,dora@new.example,X500:/o=Old/ou=Site/cn=Recipients/cn=DORA\n")
    (TOP / "two.ldif").write_text("dn: cn=x\nlegacyExchangeDN: " + ORG + "emil\nmail: emil@new.example\n\n")
    mapped = {"ben": "ben@new.example", "dora": "dora@new.example", "emil": "emil@new.example"}
    maps = [f"--identity-map={TOP / m}" for m in ("one.csv", "two.ldif")]
    out = convert("maps", both, *maps)
    same("maps", expected(**mapped), addresses(out))
    same("maps are proof", set(), {c for c in codes(out) if c[0].startswith("people.")})
    other = convert("maps-turned", both, *reversed(maps))
    same("maps in another order", tree(out, "asks"), tree(other, "asks"))
    out = convert("learn", both, "--learn")
    same("learned", expected(**taught), addresses(out))
    same("learned and disputed addresses are remarked", {("people.learned", True), ("people.dispute", True)},
         {c for c in codes(out) if c[0].startswith("people.")})
    # the convener is asked for as such, as the writer and as a recipient
    same("lookups", [("learned", 9), ("unknown", 6)],
         rows(out, "SELECT name, n FROM tally WHERE what = 'people' ORDER BY name"))
    other = convert("learn-turned", tuple(reversed(both)), "--learn")
    same("stores in another order", tree(out, "asks"), tree(other, "asks"))
    same("people in another order", rows(out, "SELECT * FROM person"), rows(other, "SELECT * FROM person"))
    same("what was learned and what was heard by the way",
         rows(out, "SELECT said, dn, sid, smtp, name, votes FROM person WHERE said IN ('contact', 'member')"),
         rows(plain, "SELECT said, dn, sid, smtp, name, votes FROM person WHERE said IN ('contact', 'member')"))
    same("a SID beside a sender", [("S-1-5-21-1-2-3-1001", ORG + "anna", "anna@example.org", "Anna Berg", 1)],
         rows(out, "SELECT sid, dn, smtp, name, votes FROM person WHERE sid IS NOT NULL"))
    out = convert("learn-maps", both, "--learn", *maps)
    same("a map is better than what was learned", expected(**{**taught, **mapped}), addresses(out))


# --- maps at random --------------------------------------------------------------------------

def sid_text(raw):
    """[MS-DTYP] 2.4.2.2, by struct."""
    count = raw[1]
    parts = struct.unpack_from(f"<{count}I", raw, 8)
    return "S-1-" + "-".join(map(str, (int.from_bytes(raw[2:8], "big"), *parts)))


def person(attributes):
    """What an entry says: (dn, sid, smtp, name, keys). Attributes by lower-case name, lists of bytes."""
    def texts(name):
        return [v.decode("utf-8").strip() for v in attributes.get(name, []) if v.strip()]
    keys, proxies = set(), texts("proxyaddresses")
    dns = texts("legacyexchangedn") + [p[5:] for p in proxies if p.lower().startswith("x500:")]
    sids = [sid_text(v) if v[:1] == b"\x01" else v.decode() for v in attributes.get("objectsid", [])]
    mails = texts("mail")
    primary = [p[5:] for p in proxies if p.startswith("SMTP:")] + mails
    others = [p[5:] for p in proxies if p.lower().startswith("smtp:")]
    sids = [s for s in sids if s.startswith("S-1-5-21-")]
    keys |= {"dn:" + d.lower() for d in dns} | {"sid:" + s.lower() for s in sids}
    keys |= {"smtp:" + s.lower() for s in others + mails}
    smtp = primary[0] if primary else others[0] if len(others) == 1 else None
    names = texts("displayname")
    found = (dns[0] if dns else None, sids[0] if sids else None, smtp, names[0] if names else None)
    return (*found, frozenset(keys)) if sum(v is not None for v in found[:3]) > 1 else None


class Maker:
    """People at random, and the liberties of export formats."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.next = 0

    def some(self, most):
        """An amount."""
        return self.rng.randint(0, most)

    def name(self):
        """A display name with whatever people have in theirs."""
        parts = ["Anna", "O'Neil", "Ørsted", "山田", "Müller, \"Max\"", "  Lee", "x;y", "a\tb", "=1+1", "J. R."]
        return " ".join(self.rng.sample(parts, self.rng.randint(1, 3)))

    def attributes(self):
        """An entry: attribute to values. Each person is another one."""
        self.next += 1
        n, a = self.next, {}
        if self.some(9):
            a["legacyExchangeDN"] = [f"/o=Org {n % 3}/ou=A{{x}}/cn=Recipients/cn=User.{n}".encode()]
        if self.some(3):
            a["mail"] = [f"user.{n}+{self.some(9)}@Example.org".encode()]
        proxies = [f"X500:/o=Old/cn={n}-{i}" for i in range(self.some(3))]
        proxies += [f"smtp:alias{n}-{i}@example.org" for i in range(self.some(3))]
        proxies += [f"sip:u{n}@example.org", "X400:c=US;a= ;p=Org;o=Exchange;s=U;"][:self.some(2)]
        if self.some(2):
            proxies.append(f"SMTP:primary{n}@example.org")
        self.rng.shuffle(proxies)
        if proxies:
            a["proxyAddresses"] = [p.encode() for p in proxies]
        if self.some(2):
            a["objectSid"] = [struct.pack("<BB6s5I", 1, 5, b"\0\0\0\0\0\5", 21, n, 2, 3, self.some(1 << 31))]
        elif not self.some(5):
            a["objectSid"] = [struct.pack("<BB6sI", 1, 1, b"\0\0\0\0\0\5", 10)]
        if self.some(4):
            a["displayName"] = [self.name().encode()]
        return a

    def ldif_text(self, entries):
        """LDIF with folds, comments and base64 anywhere."""
        rng, out = self.rng, []
        end = rng.choice(["\n", "\r\n"])
        if self.some(1):
            out.append(f"version: 1{end}{end}")
        for n, entry in enumerate(entries):
            out.append(f"dn: cn={n},dc=example{end}")
            lines = [(k, v) for k, vs in entry.items() for v in vs]
            lines += [("memberOf", b"CN=All,DC=example"), ("whenCreated", b"20030506"), ("jpegPhoto", bytes(range(99)))]
            cases = {k: rng.choice([k, k.lower(), k.upper()]) for k, _ in lines}
            rng.shuffle(lines)
            lines.sort(key=lambda row: row[0])  # values of one attribute stay in a row, in their order
            for key, value in lines:
                if self.some(9) == 0:
                    out.append(f"# legacyExchangeDN: /o=Wrong/cn=wrong{end}")
                key = cases[key]
                safe = all(31 < b < 127 for b in value) and value.strip() == value and value[:1] not in b":<"
                if safe and self.some(3):
                    line = f"{key}:{' ' * self.some(2)}{value.decode()}"
                else:
                    line = f"{key}:: {base64.b64encode(value).decode()}"
                width = rng.choice([76, 20, 10, 10000])
                first, rest = line[:width], line[width:]
                folded = [first] + [rest[i:i + width] for i in range(0, len(rest), width)]
                out.append((end + " ").join(folded) + end)
            out.append(end * rng.randint(1, 3))
        return "".join(out)

    def csv_text(self, entries):
        """CSV in one of the dialects; also its separator."""
        rng, buf = self.rng, io.StringIO()
        separator = rng.choice(",;\t")
        head = {"legacyExchangeDN": ["legacyExchangeDN", "LegacyExchangeDN", "legacy_dn", "DN"],
                "mail": ["mail", "E-Mail", "email address"], "objectSid": ["objectSid", "SID", "Sid "],
                "proxyAddresses": ["proxyAddresses", "EmailAddresses"], "displayName": ["displayName", "Display Name"],
                "phone": ["phone"], "memberOf": ["memberOf"]}
        columns = list(head)
        rng.shuffle(columns)
        if self.some(1):
            buf.write("#TYPE Selected.Something" + "\r\n")
        writer = csv.writer(buf, delimiter=separator, lineterminator=rng.choice(["\n", "\r\n"]),
                            quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        writer.writerow([rng.choice(head[c]) for c in columns])
        for entry in entries:
            row = []
            for column in columns:
                values = entry.get(column, [])
                if column == "objectSid" and values:
                    raw = values[0]
                    row.append(rng.choice([sid_text(raw), f"X'{raw.hex()}'", raw.hex().upper()]))
                elif column == "proxyAddresses":
                    row.append(rng.choice([";", "; ", "\n", "|"]).join(v.decode() for v in values))
                elif column == "displayName" and values and not self.some(5):
                    row.append(f"X'{values[0].hex()}'")
                else:
                    row.append(values[0].decode() if values else rng.choice(["", " "]))
            writer.writerow(row)
        return buf.getvalue(), separator, columns


def read_csv(text, separator, columns):
    """Entries as Python's csv sees them: attributes to bytes."""
    lines = text.split("\n", 1)[1] if text.startswith("#TYPE") else text
    for row in list(csv.reader(io.StringIO(lines, newline=""), delimiter=separator))[1:]:
        entry = {}
        for column, value in zip(columns, row):
            value = value.strip()
            packed = re.fullmatch(r"X'([0-9a-f]*)'", value)
            raw = bytes.fromhex(packed[1]) if packed else value.encode()
            if column.lower() == "objectsid" and re.fullmatch("(?:[0-9A-F]{2})+", value):
                raw = bytes.fromhex(value)
            if not raw:
                continue
            if column == "proxyAddresses":
                parts = re.split(r"[;|\n]\s*(?=[A-Za-z0-9]{2,}:)", value)
                entry[column.lower()] = [p.encode() for p in parts]
            else:
                entry[column.lower()] = [raw]
        yield entry


def read_ldif(text):
    """Entries as python3-ldap sees them."""
    parser = ldif.LDIFRecordList(io.StringIO(text.replace("\r\n", "\n")))
    parser.parse()
    for _, entry in parser.all_records:
        yield {k.lower(): v for k, v in entry.items()}


def gathered(out):
    """Who the ledger says the map has told about, in the form of person()."""
    keys = {}
    for key, one in rows(out, "SELECT key, id FROM person_key"):
        keys.setdefault(one, set()).add(key)
    return {(dn, sid, smtp, name, frozenset(keys[one])) for one, dn, sid, smtp, name in
            rows(out, "SELECT id, dn, sid, smtp, name FROM person WHERE said = 'map'")}


def check_map(seed):
    """One map."""
    maker = Maker(seed)
    entries = [maker.attributes() for _ in range(maker.rng.choice([1, 5, 40]))]
    if seed % 2:
        text, separator, columns = maker.csv_text(entries)
        read = list(read_csv(text, separator, columns))
    else:
        text = maker.ldif_text(entries)
        read = list(read_ldif(text))
    same(f"map {seed}: entries", len(entries), len(read))
    coding = maker.rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    path = TOP / f"map{seed}"
    path.write_bytes(text.encode(coding))
    out = convert(f"out{seed}", ("asks.pst",), f"--identity-map={path}", "--folder=nowhere", status=1)  # the map alone is read
    want = {p for p in map(person, read) if p}
    got = gathered(out)
    same(f"map {seed} ({coding}) missing", [], sorted(want - got, key=str))
    same(f"map {seed} ({coding}) too much", [], sorted(got - want, key=str))
    faults = [line for line in (out / "report.jsonl").read_text("utf-8").splitlines() if "idmap.entry" in line]
    same(f"map {seed}: faults", [], faults)


def peak(*options):
    """The most memory that a dry run had, in MiB."""
    with subprocess.Popen([PIMLIFT, "convert", "-n", "--progress=never", *options, TOP / "asks.pst"],
                          stderr=subprocess.DEVNULL) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    same("a dry run", 0, run.returncode)
    return used.ru_maxrss / 1024


def check_memory():
    """Many people cost a file, not memory."""
    with open(TOP / "many.csv", "w", encoding="utf-8") as out:
        out.write("legacyExchangeDN,mail,name,proxyAddresses\n")
        for n in range(20000):
            out.write(f"{ORG}user{n},user{n}@example.org,User Number {n},X500:/o=Old/cn=user{n}\n")
    growth = peak(f"--identity-map={TOP / 'many.csv'}") - peak()
    same(f"20,000 people cost {growth:.1f} MiB", True, growth < 8)


def check_orders():
    """Two databases: whoever has a grant in one is known from the other, also when that one comes later."""
    found = []
    for first, second in (("anna", "bert"), ("bert", "anna")):
        out = convert(f"orders-{first}", [f"grants-{first}.edb", f"grants-{second}.edb"])
        lines = [json.loads(line) for line in (out / "sharing.jsonl").read_text("utf-8").splitlines()]
        found.append(sorted(json.dumps(x) for x in lines))
        same(f"grants with {first} first", ["anna@example.org", "bert@example.org"],
             sorted(x["trustee"]["smtp"] for x in lines if x["kind"] == "acl" and x["trustee"]["sid"] != "S-1-1-0"))
        owners = sqlite3.connect(out / "ledger.db").execute("select votes from person where said = 'store'").fetchall()
        same(f"owners with {first} first", [(1,), (1,)], owners)
    same("both orders", *found)


def main():
    """All."""
    check_stores()
    check_orders()
    if "san" not in str(PIMLIFT):  # sanitizers keep memory that is given back
        check_memory()
    seed = int(os.environ.get("SEED", "1"))
    for n in range(seed, seed + int(os.environ.get("ROUNDS", "30"))):
        check_map(n)
    print(f"{SCORE[True]} passed, {SCORE[False]} failed")
    return 1 if SCORE[False] else 0


if __name__ == "__main__":
    sys.exit(main())
