. "$TOP/tests/docs/setup/lib.sh"
mkdir copies tonight
mkstore "$recipes/tasks.recipe" -o copies/okafor.pst
mkstore "$recipes/office.recipe" -o copies/office.pst
printf '%s\n' copies/okafor.pst copies/office.pst >stores
mkstore --format exchange2003 "$recipes/office.recipe" -o copies/priv1.edb --with logs
echo copies/priv1.edb >crashed
# What somebody did in the meantime: another place for the first item that has one, and an item at the end of the mailbox.
awk '/^mailbox/ && !made { print "folder Calendar\nappointment Handing over the keys\n  at 2024-02-08 10:00 for 30m"; made = 1 }
     /^  location/ && !moved { $0 = "  location Room 7"; moved = 1 } { print }' "$recipes/office.recipe" >tonight.recipe
mkstore tonight.recipe -o tonight/office.pst
cp -p copies/okafor.pst tonight
