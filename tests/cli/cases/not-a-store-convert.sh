# The same for convert, which leaves no output folder behind.
: >empty.pst
mkdir folder.pst
echo 'Dear all, the store is in the other mail.' >text.pst
printf 'TAPE\000\000\003\000' >backup.bkf
printf '\000\000\000\000\357\315\253\211' >priv1.edb
for store in empty.pst folder.pst text.pst backup.bkf priv1.edb missing.pst; do
    pimlift convert $store -o out; echo "$store: $?"
done
pimlift convert empty.pst missing.pst -o out; echo "both: $?"
[ -e out ] || echo "no output folder"
