. "$TOP/tests/docs/setup/lib.sh"
mkstore "$recipes/office.recipe" -o backup.pst
mkstore "$recipes/office.recipe" -o office.pst --damage 'missing node 0x200044' --damage 'crc block data:0x200004'
mkstore "$recipes/office.recipe" -o cut.pst --damage 'cut 60%'
mkstore --format exchange2003 "$recipes/office.recipe" -o bits.edb --damage 'flip-tree Msg'
office 2003 alone
rm alone/priv1.stm
mkstore --ese "$recipes/ese-small.ese" -o ntds.dit
echo 'store Nothing' >empty.recipe
mkstore empty.recipe -o empty.pst
