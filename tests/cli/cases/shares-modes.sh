# What does not go together, and what needs a folder: one line, status 3.
[ -e fixtures/office.pst ] || exit 77
cp fixtures/office.pst office.pst
pimlift convert office.pst -o out 2>/dev/null
for words in 'office.pst --problems' 'missing --problems' 'office.pst --depends all' 'office.pst --explain a@example.org' \
    'office.pst --target radicale --account office=anna' 'out --account office=anna' 'out --policy strict' \
    'out --explain a@example.org --problems' 'out --problems --target zimbra'; do
    # shellcheck disable=SC2086
    pimlift shares $words
    echo "$? $words"
done
pimlift check office.pst --json --markdown
echo $?
