. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
