# pimlift-parallel: lists of every kind, and what becomes of a list that changed between two calls.
[ -e fixtures/office.pst ] && parallel --version 2>/dev/null | grep -q '^GNU parallel' || exit 77
HOME=$PWD # where GNU parallel looks for more than it is told
JOBS=1 # in order
export HOME JOBS
mkdir bin
for name in parallel task list; do ln -s "$PWD/docs/cookbook/pimlift-$name" bin; done
for name in 1 2 3 'two words' '-n'; do cp fixtures/tasks.pst "./$name.pst"; done
cp 1.pst 'two
lines.pst'
try() { # LIST OUT
    bin/pimlift-parallel "$1" "$2" -q --to ics 2>&1 | grep -v '^Academic'
    bin/pimlift-parallel "$1" "$2" -q --to ics >said 2>&1
    echo "status $?"
    sed 's/^pimlift/again: &/' said
    [ ! -e "$2/list.new" ] || echo "list.new is left"
}
made() { grep -Ho '"path":"[^"]*"' "$1"/*/run.json | tr -d '"'; }
find . -maxdepth 1 -name '*.pst' -print0 | sort -z >stores
try stores nul
made nul
printf '\357\273\2771.pst\r\n\r\n2.pst' >stores # as an editor of Windows leaves it
try stores lines
made lines
# A line is added at the end, then one comes before the others, then one goes.
printf '1.pst\n2.pst\n3.pst\n' >stores
try stores lines
made lines
printf '3.pst\n1.pst\n2.pst\n' >stores
try stores lines
printf '1.pst\n2.pst\n' >stores
try stores lines
made lines
tail -n +2 lines/joblog | cut -f 1,7
rm lines/list # as before there was one
try stores lines
rm lines/joblog
try stores lines
made lines
echo 'two words.pst' | bin/pimlift-parallel - stdin -q --to ics && made stdin
: >empty
try empty none
ls none
