# An output folder that is not empty, is a file, or can't be made: one line, status 3, nothing written.
[ -d corpus/pst ] || exit 77
store=corpus/pst/msft-empty-unicode.pst
mkdir full empty && echo mine >full/file && echo file >file
pimlift convert $store -o full; echo $?
pimlift convert $store -o file; echo $?
pimlift convert $store -o file/out; echo $?
pimlift convert $store -o /proc/out; echo $?
pimlift convert $store -o ''; echo $?
ls full
pimlift convert $store -o empty 2>/dev/null; echo "an empty folder: $?"
pimlift convert $store -o empty 2>/dev/null; echo "the same again: $?"
pimlift convert $store -o empty --force 2>/dev/null; echo "with --force: $?"
