#!/bin/sh
# Databases in Exchange's schema, from the recipes of the other stores: a reader of its own finds in them what the
# truth says, esedbexport counts the rows of the tables that it can read, the same recipe gives the same
# bytes, and what is asked for besides is there. Env: BUILD. Prints `N passed, N failed`.
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
make_it() { # format, recipe, options...
    format=$1 recipe=testdata/recipes/$2.recipe
    shift 2
    rm -f "$tmp/a.edb" "$tmp/a.stm"
    "$mkstore" --format "$format" "$recipe" -o "$tmp/a.edb" --truth "$tmp/a.json" "$@"
}
sound() { python3 tests/mkstore/ese_read.py check "$tmp/a.edb" >"$tmp/out" 2>&1; }
matches() { python3 tests/mkstore/exchange_check.py "$tmp/a.edb" "$tmp/a.json" "$@" >"$tmp/out" 2>&1; }
said() { head -n 3 "$tmp/out" | cut -c1-400; }

# Every format, every recipe that is not large; with 8-bit texts where the recipe is of an old store.
for recipe in office appointments contacts tasks series scripts; do
    for format in exchange2000 exchange2003 exchange2007; do
        [ "$recipe" = office ] || [ "$format" = exchange2000 ] || continue
        make_it "$format" "$recipe" && matches
        verdict $? "$format of $recipe: $(said)"
        if [ "$recipe" = office ]; then
            sound
            verdict $? "structure of $format: $(said)"
        fi
    done
done
for codepage in 1251 1253 874 932 936; do
    make_it exchange2003 "ansi-$codepage" && matches -narrow
    verdict $? "8-bit texts of code page $codepage: $(said)"
done

for options in "" --public; do
    # shellcheck disable=SC2086 # nothing or one word
    make_it exchange2000 office $options && cp "$tmp/a.edb" "$tmp/b.edb" && cp "$tmp/a.stm" "$tmp/b.stm" &&
        cp "$tmp/a.json" "$tmp/b.json" && make_it exchange2000 office $options && cmp -s "$tmp/a.edb" "$tmp/b.edb" &&
        cmp -s "$tmp/a.stm" "$tmp/b.stm" && cmp -s "$tmp/a.json" "$tmp/b.json"
    verdict $? "twice the same $options"
done
make_it exchange2000 office --public && matches
verdict $? "the public store: $(said)"

# Traits change how it is stored, not what is in it.
for trait in deleted-rows nulls old-pages dirty descriptors flat replicas interleaved; do
    cp "$tmp/a.edb" "$tmp/b.edb"
    make_it exchange2000 office --with "$trait" && matches && ! cmp -s "$tmp/a.edb" "$tmp/b.edb"
    verdict $? "with $trait: $(said)"
done
make_it exchange2003 office --with deleted-rows --with nulls --with old-pages --with dirty --with descriptors && sound && matches
verdict $? "with many traits: $(said)"

printf 'folder A\nnote B\n  hidden\nnote C\n  hidden\nnote D\n' >"$tmp/hidden.recipe"
"$mkstore" --format exchange2000 --with hidden-ways "$tmp/hidden.recipe" -o "$tmp/a.edb" --truth "$tmp/a.json" && matches -ways
verdict $? "hidden in two ways: $(said)"

# Other names, by the profile that a reader needs as well.
for options in "" --public; do
    # shellcheck disable=SC2086
    make_it exchange2000 office --ese-names testdata/profiles/renamed.profile $options &&
        matches testdata/profiles/renamed.profile && ! grep -q MsgFolder "$tmp/a.edb"
    verdict $? "other names $options: $(said)"
done

# Defects: what is spoiled is, and the rest stays.
while read -r trait what; do
    make_it exchange2000 office --with "$trait" && ! matches
    verdict $? "with $trait something is amiss: $(said)"
    [ "$what" = none ] && continue
    matches "$what"
    verdict $? "with $trait the rest is there: $(said)"
done <<'K'
no-names -names
no-attachments -attachments
no-calendar -calendar
unnamed-rows -orphans
lost-parents -parents
no-mailboxes none
K

# The streaming file: same signature, the texts as they came.
stream() { python3 tests/mkstore/exchange_stm.py "$tmp/a.edb" "$tmp/a.stm" "$tmp/a.json" >"$tmp/out" 2>&1; }
make_it exchange2000 office && stream
verdict $? "streaming file: $(said)"
make_it exchange2000 office --with foreign-stm && ! stream && grep -q signature "$tmp/out"
verdict $? "a foreign streaming file: $(said)"
make_it exchange2000 office --with no-stm && [ ! -e "$tmp/a.stm" ]
verdict $? "no streaming file"
while read -r format names; do
    rm -f "$tmp"/E00*
    make_it "$format" office --with logs && matches && [ "$(cd "$tmp" && echo E00*)" = "$names" ]
    verdict $? "$format with logs: $(said)"
done <<'K'
exchange2003 E0000005.log E0000007.log
exchange2007 E0000000005.log E0000000007.log
K
make_it exchange2007 office && [ ! -e "$tmp/a.stm" ]
verdict $? "Exchange 2007 has none"

# The same mailbox under many owners. A changed occurrence, which has an `original` in the truth, is a message of its own.
messages_of_truth() { echo $(($(grep -c '"kind"' "$tmp/a.json") + $(grep -o '"original"' "$tmp/a.json" | wc -l))); }
make_it exchange2000 contacts --mailboxes 3 --items 8 && sound && matches && rows() {
    python3 tests/mkstore/ese_read.py rows "$tmp/a.edb" | grep -c "\"table\": \"$1\""
}
verdict $? "three mailboxes: $(said)"
[ "$(rows Mailbox)" -eq 3 ] && [ "$(rows Msg)" -eq "$(($(messages_of_truth) * 3))" ]
verdict $? "each with all items"

# esedbexport shows table by table as many rows. It takes T columns for big-endian and stops at SIDs (Mailbox).
if command -v esedbexport >/dev/null; then
    for format in exchange2000 exchange2007; do
        make_it "$format" office
        for table in Msg Folders Attachments NamedProps 1-1E; do
            rm -rf "$tmp/x.export"
            esedbexport -m tables -T "$table" -t "$tmp/x" "$tmp/a.edb" >"$tmp/out" 2>&1
            python3 tests/mkstore/exchange_export.py "$tmp/a.edb" "$table" "$tmp/x.export/$table".* >"$tmp/out" 2>&1
            verdict $? "esedbexport of $format, $table: $(said)"
        done
    done
else
    echo 'skipped: tables by esedbexport, which is not there'
fi

make_it exchange2000 contacts --mailboxes 3 --items 8 --with shared-rows && matches && [ "$(rows Mailbox)" -eq 3 ] &&
    [ "$(rows Msg)" -eq "$(messages_of_truth)" ]
verdict $? "shared by three mailboxes: $(said)"

refused() { # what, line of the error, arguments...
    what=$1 line=$2
    shift 2
    "$mkstore" -o "$tmp/c.edb" "$@" 2>"$tmp/err"
    [ $? -eq 3 ] && [ ! -e "$tmp/c.edb" ] && grep -qF "$line" "$tmp/err"
    verdict $? "$what: $(head -n 1 "$tmp/err")"
}
refused "no such trait" usage --format exchange2000 --with luck testdata/recipes/tasks.recipe
refused "no such format" usage --format exchange55 testdata/recipes/tasks.recipe
refused "a PST has no public part" usage --public testdata/recipes/tasks.recipe
printf 'public\nfolder A\npublished Anna <anna@example.org>\n' >"$tmp/bad.recipe"
refused "published without a dn" "bad.recipe:3: \`published\` wants" --format exchange2000 --public "$tmp/bad.recipe"
printf '[messages]\ntable = A\nid = B be65\n' >"$tmp/bad.profile"
"$mkstore" --format exchange2000 --ese-names "$tmp/bad.profile" testdata/recipes/tasks.recipe -o "$tmp/c.edb" 2>"$tmp/err"
[ $? -eq 2 ] || [ $? -eq 3 ] && grep -qF "bad.profile:3:" "$tmp/err" && [ ! -e "$tmp/c.edb" ]
verdict $? "a profile with an error: $(head -n 1 "$tmp/err")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
