# Mailboxes by their owner: an address, an alias, a name, or the name of their folder in the output.
[ -e fixtures/office.pst ] || exit 77
command -v sqlite3 >/dev/null || exit 77
for who in 'OFF*' 'nobody@example.org'; do
    echo "--owner $who"
    pimlift convert fixtures/office.pst -o out --owner "$who" 2>/dev/null
    echo "exit $?"
    sqlite3 out/ledger.db "SELECT owner, outcome, CASE reason WHEN 'owner' THEN reason END, sum(count) FROM item
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    rm -rf out
done
