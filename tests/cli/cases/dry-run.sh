# A dry run says what a real one would do, and writes nothing.
[ -e fixtures/office.pst ] || exit 77
numbers() { grep -oE '[0-9]+ (were|would)|[0-9]+ (are )?filtered|[0-9]+ lost' said | grep -oE '^[0-9]+' | tr '\n' ' '; }
for to in ics vcf; do
    pimlift convert -n --to $to fixtures/office.pst 2>said; numbers
    pimlift convert --to $to fixtures/office.pst -o $to 2>said; numbers
    echo
done
ls -d ics vcf
