# Targets: what is printed, what is refused; a manifest with a bad line gives nothing.
[ -e fixtures ] || exit 77
pimlift shares fixtures/sharing.pst --target exchange 2>/dev/null
pimlift shares fixtures/sharing.pst --target radical
echo $?
pimlift shares fixtures/sharing.pst fixtures/office.pst --target radicale
echo $?
pimlift shares fixtures/sharing.pst --target radicale --policy wide
echo $?
pimlift shares fixtures/sharing.pst -n
echo $?
pimlift shares fixtures/sharing.pst --target exchange -n 2>/dev/null | head -n 12
# A word that gives more than the source: only when it is asked for, and then it is told.
mkstore --format exchange2000 "$(readlink -f docs)/../testdata/recipes/team.recipe" -o team.edb
pimlift convert team.edb -o team --progress never 2>/dev/null
for policy in server strict compat; do
    pimlift shares team --target radicale -n --policy $policy | grep -A 1 'Anna Berg: Calendar$'
done
pimlift shares team --target radicale -n --json --policy compat 2>/dev/null | grep -m 1 '"user":"bert"'
pimlift shares team --target radicale --policy compat 2>/dev/null | grep 'more than' | sort | uniq -c
pimlift shares fixtures/sharing.pst --target caldav -n --json --policy strict 2>/dev/null | head -n 3
pimlift convert fixtures/sharing.pst -o out --progress never 2>/dev/null
pimlift shares out --target radicale >whole 2>sums && cat sums
head -c -20 out/sharing.jsonl >cut && cp cut out/sharing.jsonl
pimlift shares out --target radicale
echo $?
