. "$TOP/tests/docs/setup/lib.sh"
mkdir evidence
mkstore --format exchange2003 "$recipes/office.recipe" -o evidence/priv1.edb --with deleted-rows
mkstore "$recipes/office.recipe" -o evidence/mail.pst
