#!/bin/sh
# Says which tools are missing, all at once, and how to get them.
set -u
missing=0

need() {
    if ! command -v "$1" >/dev/null 2>&1; then
        printf 'missing: %s\n  hint: %s\n' "$1" "$2" >&2
        missing=1
    fi
}

need cargo "install Rust with rustup (stable, 1.89 or newer)"
need rustfmt "rustup component add rustfmt"
need git "install git"
need cc "install a C compiler (Debian: apt-get install gcc)"
[ "$missing" -eq 0 ] || exit 1

version=$(rustc --version | cut -d ' ' -f 2)
minor=$(printf '%s' "$version" | cut -d . -f 2)
if [ "$(printf '%s' "$version" | cut -d . -f 1)" -eq 1 ] && [ "$minor" -lt 89 ]; then
    printf 'Rust %s is too old: 1.89 or newer is needed\n  hint: rustup update stable\n' "$version" >&2
    exit 1
fi
