# Targets: what is printed, what is refused; a manifest with a bad line gives nothing.
[ -e fixtures ] || exit 77
pimlift shares fixtures/sharing.pst --target exchange 2>/dev/null
pimlift shares fixtures/sharing.pst --target radical
echo $?
pimlift shares fixtures/sharing.pst fixtures/office.pst --target radicale
echo $?
pimlift convert fixtures/sharing.pst -o out --progress never 2>/dev/null
pimlift shares out --target radicale >whole 2>sums && cat sums
head -c -20 out/sharing.jsonl >cut && cp cut out/sharing.jsonl
pimlift shares out --target radicale
echo $?
