#!/bin/sh
# What other programs make of the stores that mkstore writes: every layout with every encryption
# is read by pffinfo, pffexport, lspst and readpst as far as they are installed, without complaint and
# with the number of items that the truth file states; the same recipe gives the same bytes; and structure.py,
# written from the specification, finds no fault in trees, blocks and allocation maps.
# Ends with "N passed, M failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
mkstore=${MKSTORE:-build/mkstore}
recipe=testdata/recipes/office.recipe
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# ok NAME COMMAND...: counts the command's result
ok() {
    name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $name"
        head -n 5 "$work/out"
    fi
}

has() { command -v "$1" >/dev/null 2>&1; }
for peer in pffinfo pffexport lspst readpst; do
    has "$peer" || echo "skipped: $peer, which is not there"
done

# pffexport has no name for the class of free/busy messages and leaves them out.
items_of_truth() { grep -o '"kind":"[a-z]*' "$work/a.json" | grep -vc freebusy; }

# Items that pffexport wrote; those within attachments are not items of a folder.
items_of_pffexport() {
    rm -rf "$work/x.export" "$work/x.orphans" "$work/x.recovered"
    pffexport -q -t "$work/x" "$1" >/dev/null 2>"$work/pff.err" || return 1
    [ ! -s "$work/pff.err" ] || return 1
    find "$work/x.export" -type d -name '*[0-9][0-9][0-9][0-9][0-9]' | grep -vc /Attachments/
}

same_items() { [ "$("$1" "$2")" = "$(items_of_truth)" ]; }

# lspst has a line for these kinds only (lspst.c), and none for what lies outside of the visible root.
lines_of_lspst() {
    quiet lspst "$1" || return 1
    [ "$(grep -vc '^Folder' "$work/quiet")" = "$(grep -cE '"kind":"(event|contact|journal|mail)"' "$work/a.json")" ]
}

# readpst counts what it writes and what it skips (tasks, notes, groups), and a folder within a folder as one more.
items_of_readpst() {
    rm -rf "$work/r"
    mkdir "$work/r"
    quiet readpst -r -o "$work/r" "$1" || return 1
    awk '/items done/ { n += $(NF - 5) + $(NF - 2) } /^Processing Folder/ { n-- } END { print n }' "$work/quiet"
}

quiet() {
    "$@" >"$work/quiet" 2>&1 || return 1
    ! grep -i -E 'error|warn|corrupt|unable' "$work/quiet"
}

for layout in unicode ansi 4k; do
    for crypt in none permute cyclic; do
        store=$work/a.pst
        ok "$layout $crypt" "$mkstore" "$recipe" -o "$store" --truth "$work/a.json" --layout $layout --crypt $crypt
        cp "$store" "$work/b.pst"
        "$mkstore" "$recipe" -o "$store" --truth "$work/a.json" --layout $layout --crypt $crypt
        ok "$layout $crypt twice the same" cmp "$store" "$work/b.pst"
        ok "$layout $crypt structure" python3 tests/mkstore/structure.py "$store"
        has pffinfo && ok "$layout $crypt pffinfo" quiet pffinfo "$store"
        has pffexport && ok "$layout $crypt pffexport" same_items items_of_pffexport "$store"
        has lspst && ok "$layout $crypt lspst" lines_of_lspst "$store"
        has readpst && ok "$layout $crypt readpst" same_items items_of_readpst "$store"
    done
done

# Trees of several levels, values over many blocks, more than one section.
echo 'store Large' >"$work/large.recipe"
for layout in unicode ansi 4k; do
    "$mkstore" "$work/large.recipe" -o "$work/a.pst" --layout $layout --items 2000 --mail 2 --size 3000000
    ok "$layout structure of a larger one" python3 tests/mkstore/structure.py "$work/a.pst"
done
# A contents table of more than one block. Of a 4k store that is both permuted and deflated
# libpff reads such a table wrongly; libpst does read it, so the store is sound. docs/fixtures.md.
matrix=testdata/recipes/matrix.recipe
sed 's/^store Matrix$/&\n  deflate no/' $matrix >"$work/whole.recipe"
for layout in unicode ansi 4k; do
    for crypt in none permute cyclic; do
        source=$matrix
        [ "$layout $crypt" = "4k permute" ] && source=$work/whole.recipe
        "$mkstore" "$matrix" -o "$work/a.pst" --truth "$work/a.json" --layout $layout --crypt $crypt
        has readpst && ok "$layout $crypt matrix readpst" same_items items_of_readpst "$work/a.pst"
        "$mkstore" "$source" -o "$work/a.pst" --truth "$work/a.json" --layout $layout --crypt $crypt
        has pffexport && ok "$layout $crypt matrix pffexport" same_items items_of_pffexport "$work/a.pst"
    done
done
"$mkstore" "$recipe" -o "$work/a.pst" --damage 'missing block data:0x200044'
ok "the check of structures finds a missing block" sh -c "! python3 tests/mkstore/structure.py '$work/a.pst'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
