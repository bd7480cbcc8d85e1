# A store that lies in the output folder would be written over: refused, also with --force.
[ -e fixtures/office.pst ] || exit 77
mkdir out && cp -L fixtures/office.pst out/ledger.db
before=$(cksum <out/ledger.db)
pimlift convert out/ledger.db -o out --force; echo $?
[ "$before" = "$(cksum <out/ledger.db)" ] && echo untouched
