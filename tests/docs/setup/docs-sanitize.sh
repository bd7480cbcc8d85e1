# shellcheck shell=sh
ln -s "$TOP/testdata/office.pst" mail.pst
