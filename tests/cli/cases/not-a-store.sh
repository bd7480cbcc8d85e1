# One line each, which says what to do; exit status 3.
: >empty.pst
mkdir folder.pst
echo 'Dear all, the store is in the other mail.' >text.pst
printf 'TAPE\000\000\003\000' >backup.bkf
printf '\000\000\000\000\357\315\253\211' >priv1.edb
printf 'PK\003\004' >archive.pst
mkfifo pipe.pst
for verb in info list dump; do
    for store in empty.pst folder.pst text.pst backup.bkf priv1.edb archive.pst pipe.pst missing.pst; do
        pimlift $verb $store; echo "$verb $store: $?"
    done
done
