# Rights together with items: what has to be there, and what each server gets.
mkstore --format exchange2000 "$(readlink -f docs)/../testdata/recipes/team.recipe" -o team.edb
pimlift convert team.edb -o out --progress never 2>/dev/null
pimlift shares out --target sogo -o tree
pimlift shares team.edb --target sogo -o tree
pimlift shares out --target sogo
pimlift shares out --target exchange -o tree
pimlift shares out --target radicale -o tree --account anna
pimlift convert team.edb -o items --layout item --progress never 2>/dev/null
for target in sogo radicale davical cyrus; do
    pimlift shares items --target $target -o $target
    find $target -type f | wc -l
done
sed -n '/displayname = "Team"/,/};/p' sogo/anna
grep -A 3 'user: emil' radicale/rights | head -n 3
grep "may('/anna/Calendar_Team" davical/sharing.sql | sed 's/\.f1[^/]*//'
grep 'Calendar_Team.*acl' cyrus/access.jsonl | grep -o '"acl":.*'
pimlift shares items --target sogo -o sogo
# An account that was given by hand is also meant where others name that person.
pimlift shares items --target radicale --account bert=robert 2>/dev/null >renamed
grep -c 'user: robert$' renamed
grep -c 'user: bert$' renamed
