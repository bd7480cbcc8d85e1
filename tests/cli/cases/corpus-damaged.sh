# A size that disagrees, a store cut in the middle: the readable part, and status 1.
[ -d corpus/malformed ] || exit 77
pimlift convert corpus/malformed/aspose-backup_out-eof-mismatch.pst -o one 2>said; echo $?
grep -c 'another size than' said
head -c 200000 corpus/pst/aspose-72contacts.pst >cut.pst
pimlift convert cut.pst -o two 2>said; echo $?
grep -c 'another size than' said
pimlift info cut.pst >/dev/null; echo $?
pimlift list cut.pst >/dev/null 2>&1; echo $?
for store in corpus/malformed/droid-*; do
    pimlift convert "$store" -o three 2>said; echo "$?, $(wc -l <said) line"
done
