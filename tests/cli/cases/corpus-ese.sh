# A database of another program says so, its tables are shown, nothing of it is converted.
[ -d corpus/ese ] || exit 77
for store in dissect-basic.edb dissect-srudb-4k.dat dissect-webcache-32k-dirty.dat; do
    pimlift convert corpus/ese/$store -o out; echo "convert $store: $?"
    ls out 2>/dev/null
    pimlift info corpus/ese/$store; echo "info $store: $?"
done
pimlift dump corpus/ese/dissect-basic.edb --table basic; echo "rows: $?"
pimlift dump corpus/ese/dissect-basic.edb --table basic --raw; echo "raw: $?"
pimlift dump corpus/ese/dissect-srudb-4k.dat --table SruDbIdMapTable --schema; echo "schema: $?"
pimlift dump corpus/ese/dissect-default.edb --table default --raw; echo "raw without defaults: $?"
pimlift dump corpus/ese/dissect-basic.edb --table nothing; echo "no such table: $?"
pimlift dump corpus/ese/dissect-basic.edb --key 0x21; echo "no keys: $?"
pimlift dump fixtures/tasks.pst --raw; echo "no database: $?"
pimlift list corpus/ese/dissect-basic.edb; echo "list: $?"
