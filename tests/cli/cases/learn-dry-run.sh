# --learn, in a dry run and in both readers, takes the same items; what changes is who of a group has an address.
[ -e fixtures/office.pst ] || exit 77
numbers() { grep -oE '[0-9]+ (were|would)|[0-9]+ (are )?filtered|[0-9]+ lost' said | grep -oE '^[0-9]+' | tr '\n' ' '; }
for reader in pst pff; do
    for learn in '' --learn; do
        pimlift convert -n --reader $reader $learn fixtures/office.pst 2>said
        echo "$? $(numbers)"
    done
done
pimlift convert fixtures/office.pst -o plain 2>said
pimlift convert --learn --progress=always fixtures/office.pst -o learn 2>said
grep -o 'people first' said | sort -u
diff -r -x ledger.db -x run.json -x report.jsonl -x SHA256SUMS plain learn
grep -o '"learn":[a-z]*' plain/run.json learn/run.json
grep -o '"code":"people[^"]*"' learn/report.jsonl
command -v sqlite3 >/dev/null || exit 0
[ "$(sqlite3 learn/ledger.db "SELECT count(*) FROM item WHERE reason = 'people.learned'")" = 1 ] || echo "not remarked"
