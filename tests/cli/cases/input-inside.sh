# What a run reads beside stores, in the folder that it writes into: refused, with --force and --resume too, and not changed.
[ -e fixtures/office.pst ] || exit 77
mkdir out
try() {
    file=$1
    shift
    cksum "$file" >before
    "$@" 2>said
    echo "exit $?: $(cat said)"
    cksum "$file" | cmp - before
}
printf 'legacyExchangeDN,mail\n/o=a/cn=b,b@example.org\n' >out/sharing.csv
echo fixtures/office.pst >out/report.jsonl
echo '# as in the built-in one' >out/run.json
for how in --force --resume; do
    try out/sharing.csv pimlift convert fixtures/office.pst --identity-map out/sharing.csv -o out $how
    try out/report.jsonl pimlift convert --stores-from out/report.jsonl -o out $how
    try out/report.jsonl pimlift convert --stores-from - -o out $how <out/report.jsonl
    try out/run.json pimlift convert fixtures/office.pst --edb-profile out/run.json -o out $how
done
mkdir elsewhere && ln -s ../out/sharing.csv elsewhere/people.csv
try out/sharing.csv pimlift convert fixtures/office.pst --identity-map elsewhere/people.csv -o out --force
ls out
# Nothing is written, and into other folders: as always. Who needs an empty folder finds none.
try out/sharing.csv pimlift convert fixtures/office.pst --identity-map out/sharing.csv -o out --dry-run --quiet
try out/report.jsonl pimlift convert --stores-from out/report.jsonl --identity-map out/sharing.csv -o done --layout item --quiet
try out/sharing.csv pimlift merge done --identity-map out/sharing.csv -o out
try out/sharing.csv pimlift shares done --target radicale --identity-map out/sharing.csv -o out
