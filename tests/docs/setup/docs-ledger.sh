. "$TOP/tests/docs/setup/lib.sh"
office 2003 .
converted priv1.edb pub1.edb
