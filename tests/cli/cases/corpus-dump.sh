# Every line is JSON; an item asked for by its key is the item of the whole dump. The series in this
# store has two changed occurrences, each an embedded message.
[ -d corpus/pst ] || exit 77
store=corpus/pst/javalibpst-dist-list-recurring.pst
pimlift dump $store >all || exit 1
jq -c . all >/dev/null && echo "all lines are JSON"
jq -r 'select(.kind == "item" and .class == "IPM.Appointment") | .key' all >keys
echo "$(wc -l <keys) appointment"
key=$(cat keys)
jq -S --arg key "$key" 'select(.key == $key) | del(.folder)' all >one
pimlift dump --key "$key" $store | jq -S . >same
diff one same && echo "same item"
jq -r '.attachments[] | select(.embedded) | .key' one >embedded
echo "$(wc -l <embedded) embedded"
while read -r inner; do pimlift dump --key "$inner" $store | jq -r .kind; done <embedded
