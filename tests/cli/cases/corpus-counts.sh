# What the origin of each store says is in it, and what pffexport finds in it.
[ -d corpus/pst ] || exit 77
for store in aspose-72contacts aspose-18contacts aspose-samplecontacts aspose-notes msft-empty-unicode \
    pstsdk-sample1-unicode; do
    pimlift info --json corpus/pst/$store.pst |
        jq -r '"\(.items.contacts) contacts, \(.items.notes) notes, \(.items.mail) mail"' | sed "s/^/$store: /"
done
