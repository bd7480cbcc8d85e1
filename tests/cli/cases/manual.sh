# The manual describes the flags as the program has them (tests/cli/update-manual writes them anew).
pimlift manual mdoc >now
sed '1,/begin: made from the flag tables/d; /end: made from the flag tables/,$d' docs/pimlift.1 >written
diff written now
command -v mandoc >/dev/null || exit 0
mandoc -T lint -W warning docs/pimlift.1
