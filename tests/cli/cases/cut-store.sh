# A real store of which half is gone: its 169 appointments lie in the half that is left.
[ -d corpus/pst ] || exit 77
store=corpus/pst/pstextractor-4k-outlook.com.ost
head -c $(($(stat -L -c %s $store) / 2)) $store >half.ost
pimlift convert half.ost -o out 2>/dev/null; echo $?
sqlite3 out/ledger.db "select outcome, reason, sum(count) from item where class like 'IPM.Appointment%' or reason = 'store.cut' group by 1, 2"
