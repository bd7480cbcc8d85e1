# The output runs full: no file may grow beyond 160 KiB. Status 2, what has its final name is whole, and a run with
# more room goes on where this one stopped.
cat >recipe <<'END'
store Full
  seed 7
folder Calendar
  holds calendar
appointment Start
  at 2010-01-04 09:00 for 1h
END
mkstore recipe -o store.pst --items 200 --size 2048
(
    ulimit -f 320
    pimlift convert store.pst -o out 2>said
    echo $?
)
grep -c 'stopped early' said
ends() { find out -name '*.??[sf]' -exec tail -q -n 1 {} + | tr -d '\r' | sort | uniq -c | tr -s ' '; }
ends
pimlift convert store.pst -o out --resume 2>/dev/null
echo $?
ends
