. "$TOP/tests/docs/setup/lib.sh"
mkdir evidence
sed '0,/^folder Contacts/s//appointment Interview\n  at 2024-05-06 10:00 for 1h\n  deleted row\n&/' "$recipes/office.recipe" >deleted.recipe
mkstore --format exchange2003 deleted.recipe -o evidence/priv1.edb
rm deleted.recipe
mkstore "$recipes/office.recipe" -o evidence/mail.pst
