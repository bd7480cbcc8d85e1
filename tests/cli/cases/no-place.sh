# Where nothing can be made: the line says what to do, for a folder and for a file.
[ -d /proc/self ] && [ -e fixtures/office.pst ] || exit 77
ln -s nowhere link
ln -s circle circle
for place in /proc/x /proc/self/x missing/below link circle "$(printf '%0300d' 0)"; do
    pimlift convert fixtures/office.pst -o "$place"
    pimlift sanitize fixtures/office.pst -o "$place"
done 2>&1 | sed 's/0\{99,\}/NAME/'
