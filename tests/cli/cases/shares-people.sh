# Who the people are: a map for a store, what convert resolved, and why.
[ -e fixtures ] || exit 77
cat >map.csv <<END
sid,dn,smtp,name
S-1-5-21-1111-2222-3333-1102,/o=Example/ou=Berlin/cn=Recipients/cn=jose,jose@example.org,José
S-1-5-21-1111-2222-3333-1103,,yuki@example.org,Yuki
END
pimlift shares fixtures/sharing.pst --identity-map map.csv 2>/dev/null | grep -E '@|1104'
pimlift convert fixtures/sharing.pst -o out --identity-map map.csv --progress never 2>/dev/null
pimlift shares out | grep -c @
grep -o 'ORGANIZER[^:]*:.*' out/freebusy/jose.ifb
pimlift shares out --explain S-1-5-21-1111-2222-3333-1102
pimlift shares out --explain JOSE@example.org | tail -n 4
pimlift shares out --explain nobody@example.org
pimlift shares out --explain Yuki
echo $?
pimlift shares fixtures/sharing.pst --explain jose@example.org
echo $?
pimlift shares fixtures/sharing.pst --identity-map missing.csv
echo $?
