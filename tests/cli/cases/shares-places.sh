# Two mailboxes become one account: folders whose names differ in what a server leaves out stay two.
for name in one two; do
    {
        printf 'store %s\n  zone Europe/Berlin\n  seed 1\nfolder Calendar\n  holds calendar\n' $name
        [ $name = one ] && echo 'folder Calendar/a.b' || echo 'folder Calendar/a_b'
        printf '  holds calendar\nappointment Of %s\n  at 2024-01-08 09:00 for 1h\n' $name
    } >$name.recipe
    mkstore $name.recipe -o $name.pst
done
pimlift convert one.pst two.pst -o items --layout item --progress never 2>/dev/null
for target in sogo cyrus; do
    pimlift shares items --target $target -o $target --account one=anna --account two=anna
done
grep -o '"/Users/anna/[^"]*a_b[^"]*"' sogo/anna
ls cyrus/collection-root/anna | grep a_b
# Whose domain everybody else is in, an account without one does not say.
mkstore --format exchange2000 "$(readlink -f docs)/../testdata/recipes/team.recipe" -o team.edb
pimlift convert team.edb -o team --progress never 2>/dev/null
pimlift shares team --target google --account bert=robert 2>/dev/null | grep -c '"domain:'
