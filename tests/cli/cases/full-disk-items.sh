# One file for each item on an output that runs full: what the ledger calls written is there, and
# what is there it calls written.
[ -e fixtures/matrix.pst ] || exit 77
[ "$(id -u)" -eq 0 ] && mkdir disk && mount -t tmpfs -o size=3m tmpfs disk 2>/dev/null || exit 77
pimlift convert fixtures/matrix.pst -o disk/out --layout item 2>/dev/null; echo $?
files=$(find disk/out -name '*.ics' | wc -l)
rows=$(sqlite3 disk/out/ledger.db "select count(*) from item where outcome = 'written'")
seen=$(sqlite3 disk/out/ledger.db "select sum(count) from item")
umount disk
[ "$files" -eq "$rows" ] && echo "as many files as rows"
[ "$rows" -lt 520 ] && [ "$seen" -ge 520 ] && echo "the rest is counted"
