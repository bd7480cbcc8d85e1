# All spellings of a size get as far as the file that is not there.
for size in 1 8m 16M 16MB 16MiB 1g; do
    pimlift info --memory=$size a.pst
done 2>&1 | sort | uniq -c | sed 's/^ *//'
