. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
mkdir pst
mkstore "$recipes/office.recipe" -o pst/office.pst
mkstore "$recipes/office.recipe" -o pst/cut.pst --damage 'cut 15%'
head -c 100000 /dev/zero >pst/poisoned.pst
