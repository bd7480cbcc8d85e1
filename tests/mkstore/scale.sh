#!/bin/sh
# What --items makes: of appointments a third are meetings, an eighth series, and every other series has an occurrence that is
# deleted and one that is moved. All of it is counted in what pimlift and readpst write of the store, from the number of
# items alone, and nothing may be lost or warned of. Env: BUILD; MKSTORE.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${BUILD:=build/release}"
mkstore=${MKSTORE:-$BUILD/mkstore}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
check() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok: $1"
    fi
}

items=2000 events=1500
expected() { # a line for each count, of appointments 0 to 1499
    awk -v n=$events 'BEGIN {
        for (i = 0; i < n; i++) { people += i % 3 == 1 ? 2 + int(i / 15) % 5 : 0; meetings += i % 3 == 1; series += i % 8 == 0; changed += i % 16 == 0 }
        print "VEVENT", n + changed; print "ORGANIZER", meetings; print "ATTENDEE", people
        print "RRULE", series; print "EXDATE", changed; print "RECURRENCE-ID", changed; print "zones", 5 }'
}
# Lines are unfolded. Changed occurrences say again who takes part, so people are those of the first event of a UID.
counted() { # a calendar
    tr -d '\r' <"$1" | awk '
        /^ / { line = line substr($0, 2); next }
        { lines[++count] = line; line = $0 }
        END { lines[++count] = line
            for (i = 1; i <= count; i++) {
                name = lines[i]; sub(/[:;].*/, "", name)
                if (lines[i] == "BEGIN:VEVENT") { events++; changed = 0; within = 1 }
                if (lines[i] == "END:VEVENT") within = 0
                if (!within) continue
                if (name == "RECURRENCE-ID") changed = 1
                if (name == "DTSTART") { zone = lines[i]; sub(/.*TZID=/, "", zone); sub(/:.*/, "", zone); zones[zone] }
                if (!changed || name == "RECURRENCE-ID") seen[name]++
            }
            for (zone in zones) different++
            print "VEVENT", events; print "ORGANIZER", seen["ORGANIZER"]; print "ATTENDEE", seen["ATTENDEE"]
            print "RRULE", seen["RRULE"]; print "EXDATE", seen["EXDATE"]; print "RECURRENCE-ID", seen["RECURRENCE-ID"]; print "zones", different }'
}

echo 'store Scale' >"$work/recipe"
"$mkstore" "$work/recipe" -o "$work/a.pst" --truth "$work/a.json" --items $items --size 1400
check 'the store' $?
"$mkstore" "$work/recipe" -o "$work/b.pst" --items $items --size 1400
cmp "$work/a.pst" "$work/b.pst"
check 'the same bytes twice' $?
"$BUILD/pimlift" convert "$work/a.pst" -o "$work/out" --progress never 2>"$work/said"
check "converted: $(cat "$work/said")" $?
grep -q '"lost":0,.*"warnings":0' "$work/out/run.json" && [ ! -s "$work/out/report.jsonl" ]
check 'nothing is lost, nothing is warned of' $?
expected >"$work/expected"
counted "$work/out/a/calendars/Many/Calendar 1.ics" >"$work/counted"
diff "$work/expected" "$work/counted"
check 'people, series, exceptions and zones are as many as they should be' $?

"$mkstore" "$work/recipe" -o "$work/mixed.pst" --items $items --size 1400 --mixed
"$BUILD/pimlift" convert "$work/mixed.pst" -o "$work/mixed" --progress never 2>"$work/said"
check "--mixed, converted: $(cat "$work/said")" $?
counted "$work/mixed/mixed/calendars/Many/Calendar 1.ics" >"$work/counted"
diff "$work/expected" "$work/counted"
check '--mixed: as many of all' $?
for tree in out/a mixed/mixed; do # what the items say that does not come of their number in the store
    grep -rhE '^(SUMMARY|DTSTART|RRULE|FN|TEL)' "$work/$tree" >"$work/said.${tree%/*}"
done
cmp "$work/said.out" "$work/said.mixed"
check '--mixed: the same items, in the same order in their folders' $?
# ids grow in the order in which items came: three appointments between one contact and the next
"$BUILD/pimlift" dump "$work/mixed.pst" 2>"$work/said" | sed -n 's/^{"v":1,"kind":"item","key":"0x\([0-9a-f]*\)".*"class":"\(IPM[^"]*\)".*/\1 \2/p' |
    sort >"$work/order"
[ "$(awk '$2 == "IPM.Contact" { if (NR - last > 5) far++; last = NR; n++ } END { print n, far + 0 }' "$work/order")" = '500 0' ]
check "--mixed: contacts lie between appointments: $(head -n 3 "$work/order" | tr '\n' ' ')" $?

if command -v readpst >/dev/null; then
    mkdir "$work/peer"
    readpst -q -r -o "$work/peer" "$work/a.pst" >"$work/said" 2>&1
    check "readpst: $(head -n 1 "$work/said")" $?
    [ "$(cat "$work/peer"/*/*/*/calendar | grep -c BEGIN:VEVENT)" = $events ]
    check 'readpst finds all appointments' $?
else
    echo 'skipped: appointments by readpst, which is not there'
fi
# Memory for the millionth item is that of the first. Sanitizers keep what was freed.
case $BUILD in
*san*) ;;
*)
    for count in 1000 10000; do
        /usr/bin/time -f %M -o "$work/peak.$count" "$mkstore" "$work/recipe" -o "$work/b.pst" --items $count --size 1400
    done
    [ "$(cat "$work/peak.10000")" -lt $(($(cat "$work/peak.1000") + 2048)) ]
    check "ten times the items: $(cat "$work/peak.1000") and $(cat "$work/peak.10000") KiB" $?
    ;;
esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
