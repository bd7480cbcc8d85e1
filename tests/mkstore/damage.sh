#!/bin/sh
# Every kind of damage against readers: the store as it was made converts without a word; damaged, alike each
# time, it makes pimlift file a diagnostic of the kind that stands beside the damage, write what it can
# and end in order. pffinfo and pffexport are run on it too, whatever they make of it.
# Ends with "N passed, M failed". Env: BUILD.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=build/release}"
mkstore=$BUILD/mkstore pimlift=$BUILD/pimlift
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
recipe=$work/office.recipe # blocks are not deflated, so that each can be changed
sed 's/^  seed 2024$/&\n  deflate no/' testdata/recipes/office.recipe >"$recipe"
passed=0 failed=0

verdict() { # 0 or not, what
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $2"
    fi
}

has() { command -v "$1" >/dev/null 2>&1; }
for peer in pffinfo pffexport; do
    has "$peer" || echo "skipped: $peer, which is not there"
done

# Converts $work/a.pst; sets status, written (items) and codes.
convert() {
    rm -rf "$work/out"
    timeout 60 "$pimlift" convert "$work/a.pst" -o "$work/out" --progress never >"$work/log" 2>&1
    status=$?
    written=$(sed -n 's/.* of [0-9,]* items* \([0-9,]*\) w[a-z]* written.*/\1/p' "$work/log")
    codes=" $(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$work/out/report.jsonl" 2>/dev/null | sort -u | tr '\n' ' ')"
}

# Of a 4k store the tree of the blocks is one page: without it nothing is left.
each_damage() {
    layout=$1
    "$mkstore" "$recipe" -o "$work/whole.pst" --layout "$layout"
    cp "$work/whole.pst" "$work/a.pst"
    convert
    [ "$status" -eq 0 ] && [ "$written" = 15 ] && [ "$codes" = " " ]
    verdict $? "$layout: without damage (exit $status, $written written,$codes)"
    while IFS='|' read -r least code damage; do
        set --
        IFS=';'
        for one in $damage; do set -- "$@" --damage "$one"; done
        unset IFS
        "$mkstore" "$recipe" -o "$work/b.pst" --layout "$layout" "$@" 2>"$work/err" &&
            "$mkstore" "$recipe" -o "$work/a.pst" --layout "$layout" "$@" && cmp -s "$work/a.pst" "$work/b.pst" &&
            ! cmp -s "$work/a.pst" "$work/whole.pst"
        verdict $? "$layout: $damage: makes a difference, the same each time $(cat "$work/err")"
        convert
        case "$layout $damage" in "4k "*" bbt"*) least=0 ;; esac
        [ "$status" -le 3 ] && [ "${written:-0}" -ge "$least" ] && case "$code" in
        refused) [ "$status" -eq 3 ] ;;
        none) [ "$codes" = " " ] ;;
        *) case "$codes" in *" $code "*) ;; *) false ;; esac ;;
        esac
        verdict $? "$layout: $damage: $code, $least written (exit $status, ${written:-0} written,$codes)"
        [ "$layout" = unicode ] || continue
        has pffinfo && timeout 10 pffinfo "$work/a.pst" >/dev/null 2>&1
        rm -rf "$work"/x.*
        has pffexport && timeout 10 pffexport -q -t "$work/x" "$work/a.pst" >/dev/null 2>&1
    done <<'END'
14|pst.size|cut 60%
0|refused|cut 30000
0|refused|cut 100
0|pst.block-crc|flip 4096
0|pst.page-crc|flip bbt
0|pst.page-crc|flip nbt
5|pst.block-crc|flip blocks
14|pst.header-crc|crc header
14|pst.page-crc|crc bbt
14|pst.page-crc|crc nbt
14|pst.block-crc|crc block data:0x8022
14|pst.block-crc|crc block data:0x200044
14|pst.rebuilt|type nbt
14|pst.rebuilt|type bbt 0x81
14|pst.rebuilt|loop nbt
14|pst.rebuilt|loop bbt
14|pst.rebuilt|count nbt 200
14|pst.rebuilt|count bbt 255
14|pst.folders-adrift|missing node 0x8022
14|pst.orphans|missing node 0x80c2
13|pst.item-missing|missing node 0x200044
14|pst.block-missing|missing block data:0x8022
13|pst.block-missing|missing block data:0x200044
14|pst.block-missing|dangle 0x8022
13|pst.block-missing|dangle 0x200044
14|pst.block-missing|dangle 0x200044 subnodes
14|none|dangle 0x8022 subnodes
13|pst.block-size|length block data:0x200044 65530
13|pst.heap|size block data:0x200044
14|pst.folders-adrift|cycle parent 0x8022 0x80a2
14|pst.folders-adrift|cycle parent 0x80a2 0x80c2
14|none|cycle rows 0x80a2 0x8022
14|pst.orphans|cycle parent 0x200044 0x21
14|pst.orphans|cycle parent 0x200044 0x9999
14|none|cycle parent 0x200044 0x80c2
14|pst.size|size header
15|none|maps
13|pst.item-missing|duplicate node 0x200044 0x200064
14|pst.page-order|duplicate node 0x8022 0x8042
14|pst.block-missing|duplicate block data:0x8022 data:0x8042
0|refused|set 0 00
14|pst.heap|poke 0x8022 0 2 00
13|pst.heap|poke 0x200044 0 2 00
14|none|stale nbt 0x200044
14|pst.rebuilt|stale nbt 0x200044;type nbt
14|pst.rebuilt|stale nbt 0x200044;missing node 0x200044;type nbt
14|none|twice row 0x80a2
END
}

for layout in unicode ansi 4k; do each_damage $layout; done

# The item of the old leaf is in its new folder, and only there.
"$mkstore" "$recipe" -o "$work/a.pst" --damage "stale nbt 0x200044" --damage "type nbt"
"$pimlift" list "$work/a.pst" 2>/dev/null | grep -q '^ *0 .* Deleted Items'
verdict $? "an old leaf does not count against a new one"

# A store of several sections that lost its second half: its index lies with its items.
echo 'store Half' >"$work/half.recipe"
for layout in unicode ansi 4k; do
    "$mkstore" "$work/half.recipe" -o "$work/a.pst" --items 4000 --layout $layout --damage "cut 50%"
    convert
    written=$(echo "$written" | tr -d ,)
    [ "$status" -eq 1 ] && [ "${written:-0}" -gt 1000 ] && [ "$written" -lt 4000 ]
    verdict $? "$layout: half of 4000 items (exit $status, ${written:-0} written)"
    grep -q 'of 4,000 items' "$work/log"
    verdict $? "$layout: each of 4000 items counts once: $(sed -n '/ items /p' "$work/log")"
done

# Lists of members larger than any reader should hold: said, and the group is still written.
awk 'BEGIN {
    print "folder Contacts\n  holds contacts\ngroup Big\n  stream no"
    for (i = 0; i < 60000; i++) printf "  member one-off Member %d <m%d@example.com>\n", i, i
}' >"$work/lists.recipe"
"$mkstore" "$work/lists.recipe" -o "$work/a.pst"
convert
[ "$status" -eq 0 ] && [ "$written" = 1 ] && [ "$codes" = " group.lists pst.multi-value " ]
verdict $? "oversized lists of members (exit $status, ${written:-0} written,$codes)"

# What is no damage is refused.
for damage in '' banana 'cut' 'cut banana' 'flip 0' 'crc' 'crc block banana' 'type banana' 'missing node 0x7ffffff' \
    'missing folder 0x8022' 'cycle parent 1' 'poke 0x8022 0 2 0g' 'poke 0x8022 0 99999 00' 'stale bbt 1' 'set 0'; do
    "$mkstore" "$recipe" -o "$work/b.pst" --damage "$damage" 2>"$work/err"
    [ $? -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ]
    verdict $? "damage \`$damage\` is refused in one line: $(cat "$work/err")"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
