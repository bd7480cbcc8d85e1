# The manual describes commands and flags as the program has them (tests/cli/update-manual writes the list anew).
pimlift manual mdoc >now
sed '1,/begin: made from the flag tables/d; /end: made from the flag tables/,$d' docs/pimlift.1 >written
diff written now
command -v mandoc >/dev/null || exit 0
mandoc -T lint docs/pimlift.1
for verb in $(sed -n 's/^\.It Cm //p' now); do
    pimlift manual "$verb" >page.1 && mandoc -T lint page.1
done
