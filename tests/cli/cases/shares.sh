# The table of a store, of what convert wrote of it, and the lines for machines.
[ -e fixtures ] || exit 77
pimlift shares fixtures/sharing.pst
pimlift convert fixtures/sharing.pst -o out --progress never 2>/dev/null
pimlift shares fixtures/sharing.pst >of-store 2>/dev/null
pimlift shares out | diff of-store - && echo "the same table"
pimlift shares --json fixtures/sharing.pst 2>/dev/null | cmp - out/sharing.jsonl && echo "the same lines"
set -- fixtures/exchange2000-office/priv1.edb fixtures/exchange2000-office/pub1.edb
pimlift convert "$@" -o both 2>/dev/null
pimlift shares --json "$@" 2>/dev/null >lines
cmp lines both/sharing.jsonl && grep -c '"code":"freebusy' lines
pimlift shares both --problems --json 2>/dev/null | jq -r .code
mkdir empty
pimlift shares empty
echo $?
