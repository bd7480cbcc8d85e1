# A reader that leaves in the middle ends the work, which is success.
[ -d corpus/pst ] || exit 77
{ pimlift dump corpus/pst/pstsdk-sample1-unicode.pst; echo "dump: $?" >status; } | head -n 1 | jq -r .kind
cat status
