. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
mkstore "$recipes/office.recipe" -o mailbox.pst
converted priv1.edb pub1.edb
for store in mailbox.pst priv1.edb pub1.edb; do
    number=$((${number:-0} + 1))
    pimlift convert "$store" -o "out$number" --progress never 2>said
done
