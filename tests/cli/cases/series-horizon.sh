# Where an endless series is written to a horizon only, the report says so; long lists come in properties short
# enough for libical, which reads 500 values of one, so each series is proven.
cat >horizon.recipe <<'END'
store A
  zone Europe/Berlin
folder Calendar
  holds calendar
appointment Umm al-Qura
  at 2020-03-01 10:00 for 1h
  repeat monthly day 29 forever calendar umalqura
appointment Chinese
  at 2020-03-01 10:00 for 1h
  repeat monthly day 5 forever calendar lunar-chinese
appointment Chinese, ends
  at 2020-03-01 10:00 for 1h
  repeat monthly day 5 times 3 calendar lunar-chinese
appointment Hijri
  at 2020-03-01 10:00 for 1h
  repeat monthly day 5 forever calendar hijri
appointment The 30th
  at 2020-01-30 10:00 for 1h
  repeat monthly day 30 forever
appointment The 30th, ends
  at 2020-01-30 10:00 for 1h
  repeat monthly day 30 times 20
folder Tasks
  holds tasks
task The 29th
  due 2021-01-29
  repeat monthly day 29 forever
END
mkstore horizon.recipe -o horizon.pst --truth horizon.json
pimlift convert horizon.pst -o out 2>/dev/null
echo "exit $?"
sqlite3 out/ledger.db "select reason, count(*) from item group by reason"
sed 's/.*"severity":"\([a-z]*\)","code":"\([^"]*\)".*"text":"\(.*\)"}/\1 \2: \3/' out/report.jsonl
tr -d '\r' <out/horizon/calendars/Calendar.ics | sed -e ':a' -e '$!N' -e 's/\n //' -e 'ta' -e 'P' -e 'D' |
    awk -F, '/^RDATE/ { if (NF > most) most = NF } END { print most " values at most" }'
