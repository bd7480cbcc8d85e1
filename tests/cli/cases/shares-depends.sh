# Who depends on which store, and what the manifest says is wrong.
[ -e fixtures ] || exit 77
pimlift convert fixtures/exchange2000-office/priv1.edb -o priv --progress never 2>/dev/null
pimlift convert fixtures/exchange2000-office/pub1.edb -o pub --progress never 2>/dev/null
pimlift convert fixtures/sharing.pst -o pst --progress never 2>/dev/null
pimlift merge priv pub pst -o all
pimlift shares all --depends all
echo "== the public store"
pimlift shares all --depends fixtures/exchange2000-office/pub1.edb
pimlift shares all --depends all --json | jq -c '[.store, .what, .owner, .path, .who, .home]' | tail -n 3
pimlift shares all --depends nothing.pst
echo "== problems"
pimlift shares all --problems
pimlift shares all --problems --json | jq -r .code | sort | uniq -c
pimlift shares fixtures/sharing.pst --depends all
echo $?
