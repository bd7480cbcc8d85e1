# A series that begins in the hour that summer time leaves out has an end on all its days.
command -v sqlite3 >/dev/null || exit 77
cat >recipe <<'R'
store Gap
folder Calendar
  holds calendar
appointment Early
  at 2020-03-08 02:30 for 30m
  zone America/New_York
  repeat daily times 4
R
mkstore recipe -o gap.pst || exit 77
pimlift convert gap.pst -o out --to ics 2>said
grep -hE '^(DTSTART;|DTEND|RRULE:FREQ=DAILY)' out/gap/calendars/Calendar.ics
sqlite3 out/ledger.db "select outcome, reason from item"
pimlift lint out/gap/calendars/Calendar.ics
