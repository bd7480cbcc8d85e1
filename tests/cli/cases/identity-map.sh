# Files that can't be a map: one line, status 3, and nothing is made. Wrong entries: counted, status 0, --strict 1.
[ -e fixtures/office.pst ] || exit 77
try() { pimlift convert fixtures/office.pst -o out "$@" 2>said; echo "exit $?"; grep -E 'identity-map|idmap' said; }
printf 'name,phone\nAnna,1\n' >phones.csv
printf 'dn,mail\n/o=a,\0\n' >binary.csv
: >empty.csv
for map in phones.csv binary.csv empty.csv missing.csv .; do try --identity-map $map; done
[ -e out ] && echo "out was made"
printf 'dn;mail\n/o=Example/cn=a;a@example.org\nmoved@example.org;/o=Example/cn=b\n/o=Example/cn=c\n' >some.csv
try --identity-map some.csv
rm -r out
try --identity-map some.csv --strict
rm -r out
printf 'dn: cn=x\nlegacyExchangeDN: /o=Example/cn=a\nmail: other@example.org\n\n' >other.ldif
try --identity-map some.csv --identity-map=other.ldif
grep -o '"code":"idmap[^"]*"' out/report.jsonl
command -v sqlite3 >/dev/null || exit 0
[ "$(sqlite3 out/ledger.db "SELECT count(*) FROM person WHERE said = 'map'")" = 2 ] || echo "not two people"
