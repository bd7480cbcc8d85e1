#!/bin/sh
# Databases that mkstore writes, revision by revision: a reader that knows nothing of the writer checks
# their structure and every row against the truth, libesedb's tools read them where they can, the same recipe gives the same bytes, and each kind of damage does something, alike each
# time. Env: BUILD. Prints `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 1
mkstore=${BUILD:-build/release}/mkstore
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
make_it() { # out, recipe, revision, page, lines...
    out=$1 recipe=testdata/recipes/$2.ese revision=$3 page=$4
    shift 4
    # shellcheck disable=SC2046
    "$mkstore" --ese "$recipe" -o "$tmp/$out.edb" --truth "$tmp/$out.jsonl" --with "revision $revision" --with "page $page" "$@"
}
read_it() { python3 tests/mkstore/ese_read.py check "$tmp/$1.edb,$tmp/$1.jsonl" >"$tmp/out" 2>&1; }

# The reader reads what the engine itself wrote; nothing else says that it is right.
corpus=${PIMLIFT_CORPUS:-../shared/corpus}/ese list=""
for name in dissect-basic.edb dissect-binary.edb dissect-default.edb dissect-multi.edb dissect-text.edb dscpull-devices-a.edb \
    eseparser-decompress_test-8k.edb eseparser-test.edb goese-ual-current-dirty.mdb plaso-ual-systemidentity.mdb; do
    [ ! -e "$corpus/$name" ] || list="$list $corpus/$name"
done
# shellcheck disable=SC2086
[ -z "$list" ] || {
    python3 tests/mkstore/ese_read.py check $list >"$tmp/out" 2>&1
    verdict $? "the engine's own files: $(grep -v '^ok' "$tmp/out")"
}

has_kinds() { # records, checksums
    case $1 in new) want=' new leaves' not=' old leaves' ;; old) want=' old leaves' not=' new leaves' ;; both) want=' new .* old ' not=--- ;; esac
    case $2 in ecc) sum=' ECC' nosum=' XOR' ;; xor) sum=' XOR' nosum=' ECC' ;; mixed) sum=' ECC.* XOR' nosum=--- ;; esac
    grep -q "$want" "$tmp/out" && ! grep -q -- "$not" "$tmp/out" && grep -q "$sum" "$tmp/out" && ! grep -q -- "$nosum" "$tmp/out"
}

# revision page records checksums
while read -r revision page records checksums; do
    name="revision $revision, pages of $page, $records records, $checksums checksums"
    set -- --with "records $records" --with "checksums $checksums"
    make_it a ese-all "$revision" "$page" "$@" && read_it a && has_kinds "$records" "$checksums"
    verdict $? "$name: $(head -n 3 "$tmp/out")"
    make_it b ese-all "$revision" "$page" "$@" && cmp -s "$tmp/a.edb" "$tmp/b.edb" && cmp -s "$tmp/a.jsonl" "$tmp/b.jsonl"
    verdict $? "$name: twice the same"
    esedbinfo "$tmp/a.edb" >"$tmp/out" 2>&1 && grep -q 'Number of tables:.18' "$tmp/out"
    verdict $? "$name: esedbinfo"
done <<'K'
2 4096 old xor
9 4096 new xor
9 4096 both xor
0xb 4096 both mixed
0xc 8192 new mixed
0x11 32768 new ecc
0x14 2048 new ecc
0x14 16384 new ecc
0x14 32768 new mixed
0x122 32768 new ecc
K

# What esedbexport makes of each table. It can't read derived tables with fixed or variable columns of their own
# (Folder-1), takes a derived table's own tagged columns for the template's (Folder-3), stops at explicit NULLs and at empty ones
# among repeated values (Odd); of revision 2 it reads no repeated and no long values.
peers() { # revision, tables that it reads, tables that it does not
    rm -rf "$tmp/x"
    mkdir "$tmp/x"
    for table in $2 $3; do
        esedbexport -m tables -T "$table" -t "$tmp/x/$table" "$tmp/a.edb" >"$tmp/out" 2>&1 || rm -rf "$tmp/x/$table.export"
    done
    # shellcheck disable=SC2086
    python3 tests/mkstore/ese_export.py "$tmp/a.edb" "$tmp/a.jsonl" "$tmp/x" $2 $3 >"$tmp/peers"
    for table in $2; do
        grep -q "^$table ok" "$tmp/peers"
        verdict $? "revision $1: esedbexport: $(grep "^$table " "$tmp/peers" | cut -c1-300)"
    done
    for table in $3; do
        ! grep -q "^$table ok" "$tmp/peers"
        verdict $? "revision $1: esedbexport reads what it could not: $(grep "^$table " "$tmp/peers")"
    done
}
most="Base Folder-2 Heap Shuffled Empty Deep Guids"
make_it a ese-all 2 4096
peers 2 "$most" "Types Odd LongValues Compressed Chunks Left Right Folder-1 Folder-3"
for kind in "9 4096" "0x14 32768"; do
    make_it a ese-all "${kind% *}" "${kind#* }"
    peers "${kind% *}" "$most Types LongValues Compressed Chunks Left Right" "Odd Folder-1 Folder-3"
done

# Damage: alike each time, it changes the file, and the reader notices (or must not, where ECC or the shadow heals).
make_it whole ese-small 9 4096
make_it ecc ese-small 0x14 32768
damaged=0
while read -r kinds damage; do
    [ "$kinds" = both ] && kinds="whole:9:4096 ecc:0x14:32768" || kinds=whole:9:4096
    for kind in $kinds; do
        base=${kind%%:*} rest=${kind#*:} damaged=$((damaged + 1))
        make_it again ese-small "${rest%:*}" "${rest#*:}" --damage "$damage" 2>"$tmp/out" &&
            make_it "d$damaged" ese-small "${rest%:*}" "${rest#*:}" --damage "$damage" 2>"$tmp/out" &&
            cmp -s "$tmp/again.edb" "$tmp/d$damaged.edb" && ! cmp -s "$tmp/again.edb" "$tmp/$base.edb"
        verdict $? "damage $damage ($base): alike each time, and different from the whole $(cat "$tmp/out")"
    done
done <<'D'
both cut 50%
both flip People
both flip People:lv/0 2
both flip-tree People
both flip-all
both sum People
both owner People/0
both next People:lv/0
one child People:lv 1
one child People:lv 1 4
both count People
both tag People 1 9000
both tag People 1 20 20000
both key People 1 8000
both value People 1 2 ffff
both drop People 2
one twin People:lv/0
both twin People/0
both zero People:lv/0
both catalogue
both header
both headers
both set 4 00
both poke People 20 ff
D
list=""
while [ "$damaged" -gt 0 ]; do
    list="$list $tmp/d$damaged.edb,$tmp/whole.jsonl"
    damaged=$((damaged - 1))
done
# shellcheck disable=SC2086
python3 tests/mkstore/ese_read.py check $list >"$tmp/out" 2>&1
! grep '^ok' "$tmp/out" && [ "$(wc -l <"$tmp/out")" -eq "$(echo "$list" | wc -w)" ]
verdict $? "damage that nobody noticed: $(grep '^ok' "$tmp/out"; tail -n 1 "$tmp/out")"
make_it a ese-small 9 4096 --damage "state 2 5 7" && python3 -c 'import struct, sys
h = open(sys.argv[1], "rb").read(4096)
sys.exit(struct.unpack_from("<I", h, 52)[0] != 2 or struct.unpack_from("<II", h, 296) != (5, 7))' "$tmp/a.edb"
verdict $? "damage state: dirty, logs 5 to 7"

# What lies beside: logs 5 and 7 of a database that needs 5 to 7, a streaming file.
make_it beside ese-small 9 4096 --with 'dirty 5 7' --with 'logs 5 7' --with streaming && python3 - "$tmp" <<'P'
import struct, sys, functools, operator
def words(name, size):
    raw = open(f"{sys.argv[1]}/{name}", "rb").read(size)
    w = struct.unpack(f"<{size // 4}I", raw)
    assert w[0] == functools.reduce(operator.xor, w[1:], 0x89ABCDEF), name
    return raw
db, stm = words("beside.edb", 4096), words("beside.stm", 4096)
assert stm[12] == 1 and stm[24:52] == db[24:52] and stm[252:280] == db[252:280] != bytes(28) and db[208] == 4
for n in (5, 7):
    log = words(f"E00{n:05X}.log", 4096)
    assert log[4] == n and log[44:72] == db[108:136]
P
wrote=$?
[ "$wrote" -eq 0 ] && [ ! -e "$tmp/E0000006.log" ] && [ ! -e "$tmp/E0000008.log" ]
verdict $? "log files and a streaming file with the signatures of their database"

# An error is one line and exit 3, and leaves no file.
wrong() { # line of the error, message, recipe
    printf '%b' "$3" >"$tmp/bad.ese"
    rm -f "$tmp/bad.edb"
    "$mkstore" --ese "$tmp/bad.ese" -o "$tmp/bad.edb" 2>"$tmp/err"
    status=$?
    [ $status -eq 3 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && [ ! -e "$tmp/bad.edb" ] && grep -qF "$tmp/bad.ese:$1: $2" "$tmp/err"
    verdict $? "line $1: $2 (exit $status: $(cat "$tmp/err"))"
}
# shellcheck disable=SC2016 # backquotes in messages
{
    wrong 1 '`banana` begins no statement' 'banana\n'
    wrong 1 'rows before the first table' 'row\n  Id 1\n'
    wrong 1 'no revision 9 with pages of 32768' 'database\n  revision 9\n  page 32768\n'
    wrong 2 'no template or open table `B` above' 'database\ntable A from B\n'
    wrong 1 '`open` says nothing about a table' 'table A open open\n'
    wrong 2 '`odd` is none of' 'table A\n  column Id odd\n'
    wrong 3 'table A has no column `X`' 'table A\n  column Id long\n  index i X\n'
    wrong 4 '`many` is no value' 'table A\n  column Id long\nrow\n  Id many\n'
    wrong 4 '`Ix` has no meaning under `row`' 'table A\n  column Id long\nrow\n  Ix 1\n'
}
printf 'table A\n  column Id long\n  index p primary Id\nrow\n  Id 2\nrow\n  Id 1\n' >"$tmp/bad.ese"
"$mkstore" --ese "$tmp/bad.ese" -o "$tmp/bad.edb" 2>"$tmp/err"
[ $? -eq 2 ] && grep -q 'not in the order of their keys' "$tmp/err" && [ ! -e "$tmp/bad.edb" ]
verdict $? "rows out of order: exit 2 and no file"

printf 'table A\n  column Id long\n  column B long\n  index p primary Id\n  index u unique B\nrows 2\n  Id count 1\n  B 7\n' >"$tmp/bad.ese"
"$mkstore" --ese "$tmp/bad.ese" -o "$tmp/bad.edb" 2>"$tmp/err"
[ $? -eq 2 ] && grep -q 'two entries of one key' "$tmp/err" && [ ! -e "$tmp/bad.edb" ]
verdict $? "a unique index with one key twice: exit 2 and no file"

# Many tables, many rows.
"$mkstore" --ese testdata/recipes/ese-small.ese -o "$tmp/a.edb" --truth "$tmp/a.jsonl" --tables 300 --rows 5000 --size 100 && read_it a
verdict $? "scale: $(tail -n 3 "$tmp/out")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
