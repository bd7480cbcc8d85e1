# All 72 contacts come out, the books balance, a second run gives the same bytes, stdout stays empty.
[ -d corpus/pst ] || exit 77
store=corpus/pst/aspose-72contacts.pst
pimlift convert $store -o one 2>said >heard; echo $?
pimlift convert $store -o two 2>/dev/null; echo $?
wc -c <heard
grep -c ' 72 were written' said
cat one/*/contacts/*.vcf | grep -c '^BEGIN:VCARD'
sqlite3 one/ledger.db "select sum(written), sum(seen) = sum(written) + sum(filtered) + sum(lost), sum(lost) from balance"
sqlite3 one/ledger.db "select sum(count) from item where outcome = 'written' and length(sha256) = 32 and file <> ''"
(cd one && find . -type f ! -name ledger.db ! -name run.json ! -name SHA256SUMS | sort) >names
while read -r name; do cmp "one/$name" "two/$name"; done <names
