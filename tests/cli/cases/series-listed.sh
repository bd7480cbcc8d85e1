# A rule that does not stand its proof: a calendar has no room for five thousand zones, the last series come in
# UTC, their rule would ignore summer time, and so their dates are listed. Told, and in the ledger.
awk 'function le(n, size, i, s) { s = ""; if (n < 0) n += 4294967296
        for (i = 0; i < size; i++) { s = s sprintf("%02x", n % 256); n = int(n / 256) } return s }
    function date(month, week, hour) { return le(0, 2) le(month, 2) le(0, 2) le(week, 2) le(hour, 2) le(0, 6) }
    BEGIN { print "store A\n  zone Etc/UTC\nfolder Calendar\n  holds calendar"
        for (i = 0; i < 5200; i++) {
            zone = le(i % 1667 - 833, 4) le(0, 4) le(-60, 4) le(0, 2) date(10, 5, 3) le(0, 2) date(3, 5, 2 + int(i / 1667))
            printf "appointment Series %d\n  at 2020-02-01 20:00 for 30m\n  repeat monthly day 1 times 6\n" \
                "  tz-blobs none\n  property PSETID_Appointment 0x8233 binary %s\n", i, zone } }' >many.recipe
mkstore many.recipe -o many.pst --truth many.json
pimlift convert many.pst -o out 2>said
echo "exit $?"
grep -o 'event.series-unproven: .*' said | sed 's/\[[^]]*\]/[KEY]/' | head -n 1
sqlite3 out/ledger.db "select reason, count(*) > 99, outcome from item group by reason, outcome"
# What is wrong with such an item outranks how it was written.
key=$(sqlite3 out/ledger.db "select key from item where reason = 'listed' limit 1")
mkstore many.recipe --damage "crc block data:$key" -o many.pst
pimlift convert many.pst -o damaged 2>said
echo "exit $?"
sqlite3 damaged/ledger.db "select reason, outcome from item where key = '$key'"
grep -o '"code":"event.series-unproven"' out/report.jsonl | sort -u
pimlift lint out/many/calendars/*.ics && echo clean
tr -d '\r' <out/many/calendars/Calendar.ics | sed -e ':a' -e '$!N' -e 's/\n //' -e 'ta' -e 'P' -e 'D' |
    awk '/^BEGIN:VEVENT/ { part = "" } { part = part $0 "\n" } /^SUMMARY:Series 5199$/ { print part }' |
    grep -E '^(DTSTART|DTEND|RRULE|RDATE|EXDATE)'
