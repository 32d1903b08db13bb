#!/bin/sh
# Puts libtorch and the data that some claims need into the user's cache; see scripts/setup.py.
# Claims whose engine or data are missing are skipped, so nothing else depends on this script.
set -eu
if ! command -v python3 >/dev/null 2>&1; then
    printf 'setup: python3 is missing\n  hint: install Python 3.8 or newer (Debian: apt-get install python3 python3-pip)\n' >&2
    exit 1
fi
exec python3 "$(dirname "$0")/setup.py" "$@"
