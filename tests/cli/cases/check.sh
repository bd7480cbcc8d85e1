# The checklist: of a clean store, a dirty one, one without its .stm, one with unknown people, an empty one, foreign files.
[ -e fixtures ] || exit 77
flip() { # FILE OFFSET: the lowest bit of a byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
masked() { sed 's/[0-9.]* [KMGT]iB are free/N are free/'; } # of this machine
list() { # all lines
    echo "== $*"
    pimlift check "$@" >out 2>err
    echo "status $?"
    masked <out
    cat err
}
list fixtures/exchange2000-office/priv1.edb fixtures/exchange2000-office/pub1.edb
cp fixtures/exchange2000-office/priv1.edb dirty.edb
for at in 0 52 4096 4148; do flip dirty.edb $at; done # state 3 is 2 then, in both headers, with the sums
list dirty.edb
cp fixtures/exchange2000-office/priv1.edb lone.edb
list lone.edb
list fixtures/sharing.pst
printf 'store Empty\n' >empty.recipe
mkstore empty.recipe -o empty.pst
list empty.pst
: >nothing.pst
list nothing.pst
list fixtures/ese-small-9-4k.edb
echo "== JSON, every line of it"
for store in fixtures/exchange2000-office/priv1.edb dirty.edb lone.edb fixtures/sharing.pst empty.pst nothing.pst fixtures/ese-small-9-4k.edb; do
    pimlift check --json "$store" 2>/dev/null >lines
    echo "$store $? $(jq -r .status <lines | sort | uniq -c | tr '\n' ' ')"
    masked <lines
done
pimlift check --json --names fixtures/sharing.pst 2>/dev/null | sed -n 10p
pimlift check --markdown --names fixtures/sharing.pst 2>/dev/null | head -n 10
mkdir tmp && TMPDIR=$PWD/tmp pimlift check fixtures/sharing.pst >out 2>&1 && echo "left behind: $(find tmp -mindepth 1 | wc -l)"
TMPDIR=$PWD/none pimlift check fixtures/sharing.pst
echo $?
: >taken
pimlift check fixtures/sharing.pst -o taken
echo $?
