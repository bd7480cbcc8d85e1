. "$TOP/tests/docs/setup/lib.sh"
mkstore "$TOP/tests/people/asks.recipe" -o mailbox.pst
directory people.ldif
people people.csv
