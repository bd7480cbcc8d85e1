# What a database that was not shut down needs, and which of it lies beside it: a log of this database
# carries its signature; one of another does not count.
cat >one.ese <<'R'
database
  revision 9
  page 4096
  dirty 16 19
table T
  column Id long not-null
  index primary primary Id
row
  Id 1
R
mkstore --ese one.ese -o one.edb --truth one.jsonl || exit 77
log() { # GENERATION, where its signature comes from
    printf '\000\000\000\000%b\000\000\000' "\\0$(printf %o "$1")"
    dd if=/dev/zero bs=36 count=1 status=none
    dd if="$2" bs=1 skip=108 count=28 status=none
}
log 17 one.edb >E0000011.log
log 18 /dev/zero >E0000012.log
log 21 one.edb >E0000015.log
pimlift info one.edb; echo $?
pimlift dump one.edb --table T; echo $?
pimlift dump --schema one.edb --table T | head -n 1
