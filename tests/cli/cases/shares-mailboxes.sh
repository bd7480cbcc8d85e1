# A database of many mailboxes: each grant stands below the name of its owner, though folders have the same paths.
recipe=docs/../testdata/recipes/team.recipe
mkstore --format exchange2003 $recipe -o team.edb || exit 77
pimlift shares team.edb >table
awk '/^team.edb/ { owner = $0; next } /^  [^ ]/ { folder = $0; next } { print owner " |" folder " |" $0 }' table |
    grep '|  Calendar |' | sed 's/  */ /g'
