# A database of another program that is recognised says so.
[ -d corpus/ese ] || exit 77
pimlift convert corpus/ese/dissect-basic.edb -o out; echo $?
