# Names that the tables of formats and zones have to know: one line each, status 3.
[ -d corpus/pst ] || exit 77
store=corpus/pst/msft-empty-unicode.pst
pimlift convert $store -o a --to=docx; echo $?
pimlift convert $store -o a --to=vcf,isc; echo $?
pimlift convert $store -o b --default-tz=Mars/Olympus; echo $?
pimlift convert $store -o c --reader=nobody; echo $?
pimlift info $store --reader=nobody; echo $?
for folder in a b c; do [ -e $folder ] && echo "$folder was made"; done
exit 0
