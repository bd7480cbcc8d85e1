# Every example that --help gives works on stores of the names it uses.
[ -e fixtures ] && command -v jq >/dev/null && command -v sqlite3 >/dev/null || exit 77
recipe=docs/../testdata/recipes/office.recipe
cp fixtures/office.pst mail.pst
mkdir stores && cp fixtures/office.pst fixtures/tasks.pst stores
mkstore --format exchange2003 $recipe -o priv1.edb && mkstore --format exchange2003 --public $recipe -o pub1.edb
pimlift -h | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -v '^pimlift$' | while read -r verb; do
    pimlift "$verb" --help | sed '1,/^Examples:/d' | sed -n 's/^    //p' >commands
    [ -s commands ] || echo "$verb has no example"
    while read -r command; do
        sh -c "$command" >said 2>&1 </dev/null
        echo "$? $command"
        grep -i 'no such\|error' said
    done <commands
done
exit 0
