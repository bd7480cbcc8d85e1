. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
mkstore "$recipes/office.recipe" -o mail.pst
people people.csv
