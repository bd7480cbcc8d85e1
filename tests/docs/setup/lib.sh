# What the pages' setups have in common; each is run in the folder of its page. Env: TOP.
recipes=$TOP/testdata/recipes

# The databases of an office, as Exchange VERSION writes them, below FOLDER.
office() { # VERSION FOLDER
    mkdir -p "$2"
    mkstore --format "exchange$1" "$recipes/office.recipe" -o "$2/priv1.edb"
    mkstore --format "exchange$1" --public "$recipes/office.recipe" -o "$2/pub1.edb"
}

# An export of the office's directory as `ldifde -u` writes it: UTF-16 with a mark and the line ends of Windows.
directory() { # FILE
    sed 's/$/\r/' "$TOP/tests/docs/setup/people.ldf" | { printf '\377\376' && iconv -t UTF-16LE; } >"$1"
}

# A PST of each of these people.
archives() { # NAME RECIPE...
    while [ $# -gt 1 ]; do
        mkstore "$recipes/$2.recipe" -o "$1.pst"
        shift 2
    done
}

# A program of the page's own, from standard input, in the place of one that needs a server.
front() { # NAME
    mkdir -p bin
    { echo '#!/bin/sh' && cat; } >"bin/$1"
    chmod +x "bin/$1"
}

# A map of the people of the office by hand.
people() { # FILE
    printf '%s\n' dn,smtp,name /o=Example/ou=Berlin/cn=Recipients/cn=anna,anna.berg@example.org,Anna >"$1"
}

# The conversion that a page speaks of without showing it.
converted() { # FLAG... STORE...
    pimlift convert -o out --progress never "$@" 2>said
}
