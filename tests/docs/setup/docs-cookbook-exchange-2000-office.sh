. "$TOP/tests/docs/setup/lib.sh"
office 2000 .
directory people.ldf
printf 'machine cloud.example.org login anna.berg password secret\n' >netrc
# In the place of a server: an upload is a calendar with one event, to the address that the page gives.
front curl <<'F'
[ "$1 $2 $3 $4 $5 $6" = '--silent --show-error --fail --netrc-file netrc --upload-file' ] && [ -r netrc ] &&
    [ "$8" = https://cloud.example.org/remote.php/dav/calendars/anna.berg/personal/ ] &&
    pimlift lint "$7" && [ "$(grep -c '^UID:' "$7")" -ge 1 ]
F
