# shellcheck shell=sh
# A fresh Debian in a folder, for tests/fresh/newcomer and tests/fresh/package. As root.
# The base is made once, below build/fresh, by debootstrap from the mirror that this machine's own apt uses; each test
# works in a layer above it, which goes when the test ends. What this machine tells apt about proxies and keys holds there too.
# Sourced by sh in the top folder, inside of a mount namespace of its own.
suite=bookworm
home=/root # in there
fresh=$PWD/build/fresh
base=$fresh/base

give_up() {
    echo "$1" >&2
    echo "0 passed, 1 failed"
    exit 1
}

# A line "URI SUITE COMPONENT" for each source of Debian that apt has here.
sources() {
    # shellcheck disable=SC2016 # apt's own words
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
        awk -v suite="$suite" '$4 == "Debian" && index($2, suite) == 1 { print $1, $2, $3 }' | LC_ALL=C sort -u
}

settings() {
    apt-config dump | grep -E '^Acquire::([a-z]+::Proxy|[a-z]+::Verify|Check-Valid-Until|Check-Date|AllowInsecure)' || true
}

# Makes the base, when it is not there.
make_base() {
    [ "$(id -u)" = 0 ] || give_up "as root: it makes a Debian in a folder"
    command -v debootstrap >/dev/null || give_up "debootstrap is missing: make deps NEED=fresh"
    [ ! -e "$base.done" ] || return 0
    mirror=$(sources | awk -v suite="$suite" '$2 == suite && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || give_up "apt has no source of Debian $suite here (apt-get update?)"
    rm -rf "$base"
    mkdir -p "$fresh"
    include=
    case $mirror in https:*) include=--include=ca-certificates ;; esac
    # shellcheck disable=SC2086 # no word where there is nothing to include
    debootstrap --variant=minbase $include "$suite" "$base" "$mirror" >"$fresh/debootstrap.log" 2>&1 || {
        tail -n 5 "$fresh/debootstrap.log" >&2
        give_up "debootstrap failed"
    }
    sources | sed 's/^/deb /' >"$base/etc/apt/sources.list"
    settings >"$base/etc/apt/apt.conf.d/99machine"
    cp -r /etc/apt/trusted.gpg.d/. "$base/etc/apt/trusted.gpg.d/"
    : >"$base.done"
}

# Mounts a layer above the base and what a running system has; its folder in $root.
enter() { # NAME
    root=$fresh/$1
    rm -rf "$root.layer" "$root"
    mkdir -p "$root.layer" "$root" "$root.archives"
    # In memory: it goes anyway, and dpkg waits for a disk at each file.
    mount -t tmpfs -o size=75% tmpfs "$root.layer"
    mkdir "$root.layer/upper" "$root.layer/work"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$root.layer/upper,workdir=$root.layer/work" "$root" ||
        give_up "the kernel mounts no overlay here"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount --bind "$root.archives" "$root/var/cache/apt/archives"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
}

# Takes the layer away again; its mounts end with the namespace.
leave() {
    umount -R "$root/dev" "$root/proc" "$root/var/cache/apt/archives" 2>/dev/null
    umount "$root" "$root.layer" 2>/dev/null
    rm -rf --one-file-system "$root.layer" "$root"
}

# A command in it, with nothing of this machine's environment but proxies.
inside() {
    env -i HOME="$home" TERM=dumb LC_ALL=C.UTF-8 TZ=UTC0 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} \
        chroot "$root" "$@" </dev/null
}

# The committed sources, in the place of the address that README.md can't know.
give_sources() {
    git clone -q --bare --no-local . "$root/srv/pimlift.git"
    chown -R root: "$root/srv/pimlift.git"
}
