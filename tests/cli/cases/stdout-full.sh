# A full disk is not success; a reader that left is.
pimlift formats >/dev/full; echo "full: $?"
{ pimlift formats; echo "closed: $?" >status; } | true
cat status
{ sleep 1; pimlift formats; echo "closed early: $?" >status; } | :
cat status
