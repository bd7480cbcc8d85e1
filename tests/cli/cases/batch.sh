# Many stores in one call: from the command line, from lists, and what became of each.
[ -e fixtures/office.pst ] || exit 77
cp fixtures/office.pst one.pst
head -c 60000 fixtures/office.pst >cut.pst
echo junk >junk.pst
printf 'cut.pst\r\n\ngone.pst\n' >lines
printf 'junk.pst\000two\nlines.pst\000' >nul
cp one.pst 'two
lines.pst'
pimlift convert one.pst --stores-from lines --stores-from=nul -o out --to shares 2>said; echo "exit $?"
sed -n '/^  *size/,/^pimlift/p' said
ln -s one.pst link.pst
pimlift convert one.pst ./one.pst link.pst -o once --to shares; echo "exit $?" # a store that is given again
echo one.pst | pimlift convert --stores-from - -o alone --to shares 2>said; echo "exit $?"
grep -c '^  *size' said # one store needs no table
pimlift list --stores-from none; echo "exit $?"
: >none
pimlift list --stores-from none; echo "exit $?"
# Each line of list --mailboxes is a pattern for one mailbox, so that together they are all of them.
command -v sqlite3 >/dev/null || exit 77
all() { pimlift convert "$@" --to ics,vcf 2>/dev/null; }
count() { sqlite3 "$1/ledger.db" "SELECT count(*), count(DISTINCT owner) FROM item WHERE outcome = 'written'"; }
for store in one.pst fixtures/exchange*-boxes/priv1.edb; do
    pimlift list --mailboxes $store >boxes
    sort boxes | uniq -d
    all $store -o whole
    echo "$store: $(wc -l <boxes) mailboxes, $(count whole)"
    while read -r who; do
        all $store -o part --owner "$who"
        count part
        (cd part && find . -name '*.ics' -o -name '*.vcf') | while read -r file; do cmp "part/$file" "whole/$file"; done
        rm -rf part
    done <boxes
    rm -rf whole
done
