# Twelve bytes of a header: one line each that names the file, status 3, no output folder.
printf '!BDN\000\000\000\000SM\027\000' >header.pst
for verb in info list dump 'convert -o out'; do
    # shellcheck disable=SC2086
    pimlift $verb header.pst 2>said
    echo "$?, $(grep -c '^pimlift: header.pst: ' said) of $(wc -l <said) lines"
done
[ -e out ] || echo "no output folder"
