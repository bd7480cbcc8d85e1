#!/bin/sh
# The recipe side of mkstore: same bytes twice, errors in one line with exit 3, recurrence and
# identity blobs as published, expansion as dateutil and tzdata have it.
# Env: BUILD. Prints `N passed, N failed`.
# shellcheck disable=SC2016 # backquotes in messages
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

for recipe in testdata/recipes/*.recipe; do
    name=$(basename "$recipe" .recipe)
    "$mkstore" "$recipe" -o "$tmp/$name.pst" --truth "$tmp/$name.json" &&
        "$mkstore" "$recipe" -o "$tmp/again.pst" --truth "$tmp/again.json" &&
        cmp -s "$tmp/$name.pst" "$tmp/again.pst" && cmp -s "$tmp/$name.json" "$tmp/again.json" &&
        jq empty "$tmp/$name.json"
    verdict $? "$name: built twice, the same, its truth is JSON"
done

[ "$(grep -c '"repeat"' "$tmp/matrix.json")" -ge 500 ]
verdict $? "the matrix has 500 series"
python3 tests/mkstore/expand.py "$tmp/series.json" "$tmp/matrix.json" "$tmp/office.json" \
    "$tmp/calendars.json" >"$tmp/out"
verdict $? "expansion: $(tail -n 5 "$tmp/out")"
if command -v node >/dev/null; then
    node tests/mkstore/calendars.js "$tmp/calendars.json" "$tmp/matrix.json" >"$tmp/out"
    verdict $? "expansion by ICU: $(tail -n 5 "$tmp/out")"
else
    echo 'skipped: expansion by ICU: there is no node'
fi

if /usr/bin/python3 -c 'import samba.dcerpc.security' 2>/dev/null; then
    /usr/bin/python3 tests/mkstore/descriptor.py "$tmp/tasks.pst" "$tmp/tasks.json" \
        "$tmp/office.pst" "$tmp/office.json" >"$tmp/out"
    verdict $? "security descriptors by Samba: $(tail -n 5 "$tmp/out")"
else
    echo 'skipped: security descriptors by Samba: its Python modules are not there'
fi

# An object has one of each property: one by its number takes the place of what other lines give, of any type.
printf 'folder A\n  holds calendar\nappointment B\n  at 2020-01-01 10:00 for 1h\n  location Before\n%s\n%s\n%s\n' \
    '  property PSETID_Appointment 0x8208 string Between' '  property PSETID_Appointment 0x8208 binary 4166746572' \
    '  property 0x6608 string Beside' >"$tmp/place.recipe"
"$mkstore" --crypt none "$tmp/place.recipe" -o "$tmp/place.pst" && python3 -c 'import sys
data = open(sys.argv[1], "rb").read()
there = [w for w in ("Before", "Between", "Beside") if w.encode("utf-16le") in data] + ["After"] * data.count(b"After")
sys.exit(there != ["Beside", "After"] and str(there))' "$tmp/place.pst"
verdict $? "the last of each property stays"

# An error is one line and exit 3, and leaves no file.
wrong() { # line of the error, message, recipe
    printf '%b' "$3" >"$tmp/bad.recipe"
    rm -f "$tmp/bad.pst"
    "$mkstore" "$tmp/bad.recipe" -o "$tmp/bad.pst" 2>"$tmp/err"
    status=$?
    [ $status -eq 3 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && [ ! -e "$tmp/bad.pst" ] &&
        grep -qF "$tmp/bad.recipe:$1: " "$tmp/err" && grep -qF "$2" "$tmp/err"
    verdict $? "line $1: $2 (exit $status: $(cat "$tmp/err"))"
}
wrong 1 '`banana` begins no statement' 'banana\n'
wrong 2 '`color` has no meaning under `folder`' 'folder A\n  color red\n'
wrong 3 '`2020-02-30` is no date' 'folder A\nappointment B\n  at 2020-02-30 10:00\n'
wrong 2 '`appointment` wants `at` or `on`' 'folder A\nappointment B\n'
wrong 1 'an item before the first folder' 'note A\n'
wrong 3 'a tab' 'folder A\nnote B\n\tbody C\n'
wrong 4 '`sometimes` is none of' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat sometimes\n'
wrong 5 '2020-01-02 is no day of the series' \
    'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat weekly wed times 3\n  skip 2020-01-02\n'
wrong 4 'a day of the pattern lies between' \
    'folder A\nappointment B\n  at 2020-01-08 10:00\n  repeat weekly wed times 3 start-date 2020-01-01\n'
wrong 4 '`hj` is for months' 'folder A\nappointment B\n  at 2020-01-08 10:00\n  repeat weekly wed times 3 hj\n'
wrong 4 '`mayan` is none of' \
    'folder A\nappointment B\n  at 2020-01-08 10:00\n  repeat monthly day 1 times 3 calendar mayan\n'
wrong 3 'no item with id `x`' 'folder A\ngroup B\n  member contact x\n'
wrong 3 'no person `x`' 'folder A\nmail B\n  from @x\n'
wrong 3 '\n, \t, \\ and' 'folder A\nnote B\n  body \\q\n'
wrong 3 '`acl WHO ROLE`' 'folder A\n  holds mail\n  acl S-1-5-xyz owner\n'
wrong 5 '`b` is no meeting with an identity' 'folder A\nnote B\n  id b\nmail C\n  invites b\n'
wrong 1 'not text in UTF-8' 'folder A\377\n'
wrong 2 'not text in UTF-8' 'folder A\nnote B\0\n'
wrong 2 '`70000` is not within' 'store A\n  version 70000\n'
wrong 1 '`version 23` is none of this layout' 'store A\n  version 23\n  layout ansi\n'
wrong 1 'no code page 9' 'store A\n  codepage 9\n'
wrong 3 '`x` is no number' 'store A\n  layout ansi\n  codepage x\n'
wrong 2 '`store` stands once' 'store A\nstore B\n'
wrong 2 'person `a` was described' 'person a\nperson a\n'
wrong 1 'a folder wants a name' 'folder ///\n'
wrong 3 'a search folder holds no items' 'folder A\n  search\nnote B\n'
wrong 3 '`25:00` is no time' 'folder A\nappointment B\n  at 2020-01-01 25:00\n'
wrong 3 '`9999999w` is no span' 'folder A\nappointment B\n  at 2020-01-01 10:00 for 9999999w\n'
wrong 3 'before 1970' 'folder A\nappointment B\n  at 1960-01-01 10:00\n'
wrong 4 'no zone' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  zone Mars/Base\n'
wrong 4 '`0` is not within' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat daily every 0 times 3\n'
wrong 4 'the series has no day' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat daily until 2019-01-01\n'
wrong 4 'ends before the series' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat monthly every 999 day 1 times 9999\n'
wrong 4 'ends before the series' 'folder A\nappointment B\n  at 2025-01-01 10:00\n  repeat monthly day 1 times 300 calendar umalqura\n'
wrong 2 'skipped or changed twice' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat daily times 3\n  skip 2020-01-02\n  change 2020-01-02\n    subject C\n'
wrong 5 '`-5` is not within' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  repeat daily times 3\n  blob-keep -5\n'
wrong 4 '`organizer` wants a person' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  organizer\n'
wrong 3 '`property` wants more' 'folder A\nnote B\n  property 0x3001\n'
wrong 3 'a guid has 16 bytes' 'folder A\nnote B\n  property 0x6600 guid 0011\n'
wrong 3 'is not within' 'folder A\nnote B\n  property 0x6600 long 99999999999\n'
wrong 4 'is no size' 'folder A\nnote B\n  attach C\n    size 5Kfoo\n'
wrong 4 'less than 2 GB' 'folder A\nnote B\n  attach C\n    size 9000G\n'
wrong 4 'odd number of hexadecimal' 'folder A\nnote B\n  attach C\n    hex 0\n'
wrong 6 'three e-mail addresses' 'folder A\ncontact B\n  mail a@b\n  mail a@b\n  mail a@b\n  mail a@b\n'
wrong 5 'is not within 1 and 3' 'folder A\ncontact B\n  id c\ngroup D\n  member contact c 9\n'
wrong 3 'wants `due` or `start`' 'folder A\ntask B\n  repeat daily times 3\n'
wrong 2 '\n, \t, \\ and' 'folder A\nnote \\u{D800}\n'
wrong 3 '`y` has no meaning under' 'folder A\nnote B\n  y z\n'
wrong 2 '`nowhere` is none of' 'store A\n  layout nowhere\n'
wrong 2 '`x` is no SID' 'person a\n  sid x\nfolder A\n'
wrong 4 'id `x` was described before' 'folder A\nnote B\n  id x\nnote C\n  id x\n'
wrong 4 '`cancelled` has no meaning under' 'folder A\nappointment B\n  at 2020-01-01 10:00\n  cancelled\n'
wrong 4 'on no day of the series' 'folder A\ntask B\n  due 2020-01-05\n  repeat weekly mon times 3\n'
for option in '--items -5' '--items 5k' '--mail -1' '--size x' '--seed banana' '--layout banana' '--crypt x' \
    '--mail 1 --size 2147483648' '--items 1 --size 2000000'; do
    # shellcheck disable=SC2086
    timeout 10 "$mkstore" testdata/recipes/matrix.recipe -o "$tmp/bad.pst" $option 2>"$tmp/err"
    [ $? -eq 3 ] && [ ! -e "$tmp/bad.pst" ] && grep -q -e '^usage:' -e '^testdata/recipes/matrix.recipe:[0-9]*: ' "$tmp/err"
    verdict $? "$option is refused: $(cat "$tmp/err")"
done
{
    printf 'folder A\nmail B\n'
    awk 'BEGIN { for (i = 0; i < 40; i++) printf "%*sembed mail C\n", i + 2, "" }'
} >"$tmp/deep.recipe"
"$mkstore" "$tmp/deep.recipe" -o "$tmp/deep.pst" 2>"$tmp/err"
[ $? -eq 3 ] && grep -q "^$tmp/deep.recipe:[0-9]*: more than" "$tmp/err"
verdict $? "messages in messages have an end: $(cat "$tmp/err")"
"$mkstore" testdata/recipes/office.recipe -o "$tmp/no/such/folder.pst" 2>/dev/null
[ $? -eq 2 ]
verdict $? "no place to write to: exit 2"
"$mkstore" 2>/dev/null
[ $? -eq 3 ]
verdict $? "no arguments: exit 3"
"$mkstore" "$tmp/absent" -o "$tmp/x.pst" 2>/dev/null
[ $? -eq 3 ]
verdict $? "no recipe: exit 3"

# Blobs of [MS-OXOCAL] 4.1.1 must lie in the store as they stand there.
cat >"$tmp/vectors.recipe" <<'R'
folder Calendar
  holds calendar
appointment oxocal-4.1.1.1
  at 2007-03-26 10:00 for 30m
  repeat weekly mon,thu,fri times 12
appointment oxocal-4.1.1.3
  at 2011-04-07 08:00 for 30m
  repeat daily every 3 until 2011-05-04
  skip 2011-04-19
  skip 2011-04-22
appointment oxocal-4.1.1.4
  at 2008-02-09 14:00 for 3h
  repeat monthly every 3 third weekend times 10
  change 2008-05-10
    at 2008-05-11 14:00 to 17:00
  change 2008-08-09
    location new location
appointment openchange-2
  at 2015-02-27 14:30 for 30m
  repeat weekly every 2 tue,thu,fri forever week-starts mon
appointment daily
  at 2026-07-01 08:00 for 30m
  repeat daily every 2 times 5
appointment yearly
  at 2026-07-06 08:00 for 30m
  repeat yearly day 6 forever
R
"$mkstore" "$tmp/vectors.recipe" -o "$tmp/vectors.pst"
verdict $? "the store of published blobs"
while read -r name hex; do
    python3 -c 'import sys
sys.exit(bytes.fromhex(sys.argv[2]) not in open(sys.argv[1], "rb").read())' "$tmp/vectors.pst" "$hex"
    verdict $? "blob $name"
done <<'V'
oxocal-4.1.1.1 043004300b2001000000c0210000010000000000000032000000222000000c0000000000000000000000000000008020bc0c20adbc0c0630000009300000580200007602000000000000000000000000
oxocal-4.1.1.3 043004300a2000000000a0050000e010000000000000212000000a0000000000000002000000a0c1dc0c80d2dc0c00000000207edc0c0016dd0c0630000009300000e0010000fe01000000000000000000000000
oxocal-4.1.1.4 043004300c200300000060ae000003000000000000004100000003000000222000000a00000000000000020000006028c50c4028c70c02000000002ec50c4028c70c8028c30c6027d50c063000000930000048030000fc03000002004831c50cfc31c50ca82bc50c0000882bc70c3c2cc70c882bc70c10000d000c006e6577206c6f636174696f6e00000000040000000000000000000000040000000000000000000000882bc70c3c2cc70c882bc70c0c006e006500770020006c006f0063006100740069006f006e000000000000000000
openchange-2 043004300b200100000060270000020000000000000034000000232000000a000000010000000000000000000000e0bcfb0cdf80e95a0630000009300000660300008403000000000000000000000000
gt-daily2 043004300a2000000000a0050000400b0000000000002220000005000000000000000000000000000000a0bf560da0ec560d0630000009300000e0010000fe01000000000000000000000000
gt-yearly 043004300d200200000020fa03000c0000000000000006000000232000000a000000000000000000000000000000c0db560ddf80e95a0630000009300000e0010000fe01000000000000000000000000
V

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
