# --owner and --folder that nothing has: one line each with what was asked for and what there is, and status 1. One that
# some store has is found, wherever the others look for it.
[ -e fixtures/office.pst ] || exit 77
cp fixtures/office.pst office.pst
cp fixtures/tasks.pst tasks.pst
mkstore --format exchange2003 docs/../testdata/recipes/office.recipe -o many.edb --mailboxes 6
try() { # words after the stores
    rm -rf out
    echo "== $*"
    pimlift convert "$@" --progress never 2>said
    echo "exit $?"
    grep -e '--owner\|--folder' said
    [ ! -e out ] || jq -c '[.severity, .code]' out/report.jsonl | grep -e 'owner\|folder'
}
try office.pst -o out --owner nobody
try office.pst -o out --owner ofice
try office.pst -o out --folder Nowhere
try office.pst -o out --folder calender
try office.pst -o out --folder 'room 3'
try office.pst -o out --folder 'No[w]here*'
try office.pst -o out --folder Calendar --folder Nowhere --folder tsks -q
try office.pst -o out --folder Calendar
try office.pst -n --folder Nowhere
try office.pst tasks.pst -o out --owner office --owner tasks
try office.pst tasks.pst many.edb -o out --owner office --owner tasks --owner nobody
try many.edb office.pst -o out --jobs 3 --owner 'anna*' --owner nobody --folder Contacts --folder Nowhere
try tasks.pst office.pst -o out --folder 'Calendar/Room 2' --folder Contacts
pimlift verify out 2>/dev/null && echo verified
rm -rf out
pimlift convert office.pst -o out --folder Nowhere 2>/dev/null
pimlift verify out 2>&1 | sed 's/[0-9]* files/N files/'
pimlift convert office.pst -o out --folder Nowhere --resume 2>/dev/null
echo "gone on with, and at its end: $?"
pimlift convert --json office.pst -o json --owner nobody 2>/dev/null | jq -c 'select(.event == "fault" or .event == "end") | [.code, .status, .losses]'
exit 0
