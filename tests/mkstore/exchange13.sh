#!/bin/sh
# Databases in the schema of Exchange 2013 and later: ese_read.py finds them sound, a decoder of its own finds in them what the
# truth says, so does what esedbexport prints, the same recipe gives the same bytes, and each variant and defect is there.
# Env: BUILD. Prints `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 1
mkstore=${BUILD:-build/release}/mkstore
here=tests/mkstore
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
verdict() { # 0 or not, what
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $2"
    fi
}
make_it() { # format, recipe, options...
    format=$1 recipe=$2
    shift 2
    [ -e "$recipe" ] || recipe=testdata/recipes/$recipe.recipe
    rm -f "$tmp/a.edb"
    "$mkstore" --format "$format" "$recipe" -o "$tmp/a.edb" --truth "$tmp/a.json" "$@" 2>"$tmp/out"
}
sound() { python3 $here/ese_read.py check "$tmp/a.edb" >"$tmp/out" 2>&1; }
matches() { python3 $here/exchange13_check.py "$tmp/a.edb" "$tmp/a.json" "$@" >"$tmp/out" 2>&1; }
said() { head -n 3 "$tmp/out" | cut -c1-400; }

for recipe in office appointments contacts tasks series scripts sharing calendars ansi-932 ansi-1251; do
    make_it exchange2013 "$recipe" && matches
    verdict $? "$recipe: $(said)"
done
for format in exchange2013 exchange2016 exchange2019; do
    make_it "$format" office && matches +packed-1 +packed-2 +packed-3 && sound
    verdict $? "$format: $(said)"
    cp "$tmp/a.edb" "$tmp/b.edb" && make_it "$format" office && cmp -s "$tmp/a.edb" "$tmp/b.edb"
    verdict $? "$format twice the same"
done
make_it exchange2013 office --public && matches && sound
verdict $? "public folders: $(said)"
make_it exchange2013 contacts --mailboxes 3 --items 8 && matches && sound && grep -q " 16 tables" "$tmp/out"
verdict $? "three mailboxes: $(said)"
make_it exchange2010 office && sound && grep -q "revision 0x11" "$tmp/out"
verdict $? "Exchange 2010: $(said)"

# Every type, marker and place of a value, by known values.
python3 $here/exchange13_props.py recipe >"$tmp/forms.recipe"
forms() { python3 $here/exchange13_props.py check "$tmp/a.edb" "$@" >"$tmp/out" 2>&1; }
make_it exchange2013 "$tmp/forms.recipe" && forms && matches +400 +401 +00 && sound
verdict $? "all forms: $(said)"
for trait in wide-text utf8-text latin1-text near-values offpage-bit large-blob subobjects-head packed-recipients; do
    cp "$tmp/a.edb" "$tmp/b.edb"
    make_it exchange2013 "$tmp/forms.recipe" --with "$trait" && ! cmp -s "$tmp/a.edb" "$tmp/b.edb" && forms wide
    verdict $? "all forms with $trait: $(said)"
done

# Variants change how it is stored, not what is in it.
while read -r trait recipe want; do
    # shellcheck disable=SC2086
    make_it exchange2013 "$recipe" --with "$trait" && matches $want
    verdict $? "with $trait: $(said)"
done <<'K'
utf8-text scripts +4d
latin1-text scripts +49
wide-text scripts +49
offpage-bit appointments +type-52
large-blob sharing
folder-deltas office
public-too office -public
near-values sharing
plain-bodies appointments
split-subject office
packed-recipients office +d1
subobjects-head office
archive office -archive
descriptors sharing
deleted-rows office
dirty office
K
for options in "--with wide-roots" "--with deleted-rows --with descriptors --with near-values --with dirty"; do
    # shellcheck disable=SC2086
    make_it exchange2013 office $options && sound && matches
    verdict $? "$options: $(said)"
done
make_it exchange2013 office --with logs && matches && [ -e "$tmp/E0000000005.log" ] && [ -e "$tmp/E0000000007.log" ]
verdict $? "logs: $(said)"

# Defects: what is spoiled is, and the rest stays.
while read -r trait what; do
    recipe=office
    [ "$trait" != lost-slots ] || recipe=$tmp/forms.recipe
    make_it exchange2013 "$recipe" --with "$trait" && matches -amiss "$what"
    verdict $? "with $trait: $(said)"
done <<'K'
wrong-numbers -last
no-mailboxes -mailboxes
no-identity -identity
no-names -names
no-folders -first
no-messages -first
no-attachments -attachments
cut-blobs -cut
lost-slots -slots
unknown-types -unknown
lost-parents -parents
K

# What another program's library prints of the same tables.
if command -v esedbexport >/dev/null; then
    for recipe in office appointments scripts sharing; do
        make_it exchange2013 "$recipe" && rm -rf "$tmp/x.export" && esedbexport -m tables -t "$tmp/x" "$tmp/a.edb" >"$tmp/out" 2>&1 &&
            python3 $here/exchange13_export.py "$tmp/a.edb" "$tmp/a.json" "$tmp/x.export" >"$tmp/out" 2>&1
        verdict $? "esedbexport of $recipe: $(said)"
    done
else
    echo 'skipped: tables by esedbexport, which is not there'
fi

refused() { # what, arguments...
    what=$1
    shift
    "$mkstore" -o "$tmp/c.edb" "$@" 2>"$tmp/err"
    [ $? -eq 3 ] && [ ! -e "$tmp/c.edb" ] && grep -q usage "$tmp/err"
    verdict $? "$what: $(head -n 1 "$tmp/err")"
}
refused "a trait of another version" --format exchange2013 --with old-pages testdata/recipes/tasks.recipe
refused "a trait of this version for another" --format exchange2003 --with wide-text testdata/recipes/tasks.recipe
refused "names of a profile" --format exchange2013 --ese-names testdata/profiles/renamed.profile testdata/recipes/tasks.recipe
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
