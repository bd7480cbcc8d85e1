. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
mkstore "$recipes/office.recipe" -o anna.pst
mkstore "$recipes/team.recipe" -o bert.pst
people people.csv
