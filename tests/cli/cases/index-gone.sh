# The root page of the node index is overwritten: its leaves are found, no item is missing.
[ -e fixtures/matrix.pst ] || exit 77
cp -L fixtures/matrix.pst store.pst && chmod u+w store.pst
root=$(od -A n -t u8 -j 224 -N 8 store.pst | tr -d ' ')
dd if=/dev/zero of=store.pst bs=512 seek=$((root / 512)) count=1 conv=notrunc 2>/dev/null
pimlift convert store.pst -o out 2>/dev/null; echo $?
sqlite3 out/ledger.db "select outcome, sum(count) from item group by 1"
jq -r .code out/report.jsonl | sort -u
