# Asked to stop, it stops before the end, says so, and the status is 2. The pipe is full when the
# signal comes, so that the end can't have been reached.
[ -d corpus/pst ] || exit 77
mkfifo pipe
pimlift dump corpus/pst/enron-lokay-13m.pst >pipe &
pid=$!
exec 3<pipe
head -c 1 <&3 >/dev/null
kill -TERM $pid
cat <&3 >rest
wait $pid
echo "dump: $?"
tail -n 1 rest | jq -r .v
