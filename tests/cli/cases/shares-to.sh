# Hidden messages are read only for formats that take them; what none takes is counted as before.
[ -e fixtures ] || exit 77
for to in ics shares freebusy shares,freebusy; do
    pimlift convert fixtures/sharing.pst -o "out-$to" --to "$to" --progress never 2>/dev/null
    echo "$to: $(cd "out-$to" && find . -type f | grep -vE 'ledger|report|run.json|SHA256SUMS' | sort | tr '\n' ' ')"
    sqlite3 "out-$to/ledger.db" "select outcome, reason, sum(count), count(file), count(uid), count(sha256) from item group by 1, 2"
done
pimlift convert fixtures/sharing.pst -n --progress never 2>&1 | sed -n 's/.*; of/of/p'
pimlift convert fixtures/sharing.pst -o all --progress never 2>&1 | sed -n 's/.*; of/of/p'
