#!/bin/sh
# What the tests of servers share; sourced, never run. Expects to be inside of tests/targets/sandbox: its network is a
# loopback of its own, its mounts are gone with it, and so is every process.
# shellcheck disable=SC2034,SC2153

: "${BUILD:=build/release}"
here=tests/targets
work=$WORK
python=/usr/bin/python3 # Debian's, which sees the packages
passed=0 failed=0

check() { # NAME, then a command that has to succeed
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        tail -n 20 "$work/said"
    fi
}

add() { # FILE: the counts in its last line, and the faults before it
    sed '$d' "$1"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1)
    # shellcheck disable=SC2086
    set -- ${line:-0 passed, 1 failed}
    passed=$((passed + $1)) failed=$((failed + $3))
}

as() { # USER COMMAND...: without any other right
    as_user=$1
    shift
    setpriv --reuid "$as_user" --regid "$(id -g "$as_user")" --clear-groups "$@"
}

wait_for() { # URL: until something answers
    for _ in $(seq 300); do
        curl -s -o /dev/null "$1" && return 0
        sleep 0.1
    done
    echo "nothing answers at $1"
    return 1
}

# The five mailboxes as a database of Exchange 2000: $work/edb, its truth in $work/edb.json.
# The same as a PST for each: $work/pst. A map says who is who there.
stores() {
    mkdir -p "$work/stores"
    "$BUILD/mkstore" --format exchange2000 testdata/recipes/team.recipe -o "$work/stores/team.edb" --truth "$work/edb.json"
    "$BUILD/pimlift" convert "$work/stores/team.edb" -o "$work/edb" --layout item --progress never
    awk -v out="$work/stores/" '
        /^person / { people = 1 }
        /^(store|mailbox) / { people = 0; part = $1 == "store" ? "anna" : substr($2, 2); file = out part ".recipe"
            printf "%s", header > file
            if ($1 == "mailbox") { printf "store Team of %s\n  owner %s\n  zone Europe/Berlin\n  seed %d\n", part, $2, ++seed > file; next } }
        people || !part { header = header $0 "\n"; next }
        { print > file }' testdata/recipes/team.recipe
    echo "sid,dn,smtp" >"$work/people.csv"
    awk '/^person/ { sid = dn = mail = "" } $1 == "mail" && NF == 2 { mail = $2 } $1 == "dn" { dn = $2 }
        $1 == "sid" { print $2 "," dn "," mail } /^store/ { exit }' testdata/recipes/team.recipe >>"$work/people.csv"
    for name in anna bert carla dora emil; do
        "$BUILD/mkstore" "$work/stores/$name.recipe" -o "$work/stores/$name.pst" --truth "$work/$name.json"
    done
    program=$(readlink -f "$BUILD/pimlift")
    (cd "$work/stores" && "$program" convert anna.pst bert.pst carla.pst dora.pst emil.pst -o "$work/pst" \
        --layout item --identity-map "$work/people.csv" --progress never)
}

people="anna bert carla dora emil"
accounts="--account anna=anna --account bert=bert --account carla=carla --account dora=dora --account emil=emil"

# A trap for mail on all ports of mail, and in the place of sendmail. mail_none says whether anybody tried.
mail_trap() {
    : >"$work/mail" && chmod 666 "$work/mail"
    "$python" "$here/mail_trap.py" "$work/mail" &
    printf '#!/bin/sh\necho "sendmail $*" >>%s\n' "$work/mail" >"$work/sendmail"
    chmod 755 "$work/sendmail"
    for place in /usr/sbin/sendmail /usr/lib/sendmail; do
        [ ! -e "$place" ] || mount --bind "$work/sendmail" "$place"
    done
    for _ in $(seq 100); do
        grep -q ready "$work/mail" && return
        sleep 0.1
    done
}
mail_none() { [ "$(cat "$work/mail")" = ready ] || { cat "$work/mail"; return 1; }; }

# PostgreSQL in $work/pg on port 5499, for user postgres without a password on its socket and loopback.
postgres_start() {
    for pg in /usr/lib/postgresql/*/bin; do :; done # the last one
    install -d -o postgres "$work/pg"
    as postgres "$pg/initdb" -D "$work/pg/data" -A trust -E UTF8 --locale=C.UTF-8 >"$work/pg/initdb.log"
    as postgres "$pg/postgres" -D "$work/pg/data" -p 5499 -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories="$work/pg" -c fsync=off >"$work/pg/log" 2>&1 &
    for _ in $(seq 300); do
        as postgres "$pg/psql" -q -h "$work/pg" -p 5499 -c 'SELECT 1' >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    cat "$work/pg/log"
    return 1
}
postgres_do() { # DATABASE: SQL from stdin
    as postgres "$pg/psql" -q -v ON_ERROR_STOP=1 -h "$work/pg" -p 5499 -d "$1"
}
stop() { # PID [URL]: until nothing answers there any more
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    for _ in $(seq 200); do
        [ "${2:-}" ] && curl -s -o /dev/null "$2" || return 0
        sleep 0.1
    done
}
