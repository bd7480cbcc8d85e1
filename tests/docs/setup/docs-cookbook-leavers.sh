. "$TOP/tests/docs/setup/lib.sh"
mkdir -p leavers/adler leavers/meier leavers/okafor
mkstore "$recipes/team.recipe" -o leavers/adler/old.pst --damage 'missing node 0x200044'
mkstore "$recipes/office.recipe" -o leavers/meier/archive.pst
mkstore "$recipes/contacts.recipe" -o leavers/okafor/archive.pst
