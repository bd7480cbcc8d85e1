# The table of a store, of what convert wrote of it, and the lines for machines.
[ -e fixtures ] || exit 77
pimlift shares fixtures/sharing.pst
pimlift convert fixtures/sharing.pst -o out --progress never 2>/dev/null
pimlift shares fixtures/sharing.pst >of-store 2>/dev/null
pimlift shares out | diff of-store - && echo "the same table"
grep -v '"code":"freebusy' out/sharing.jsonl >lines # what compares busy time is found by convert alone
pimlift shares --json fixtures/sharing.pst 2>/dev/null | cmp - lines && echo "the same lines"
mkdir empty
pimlift shares empty
echo $?
