#!/bin/sh
# cargo with the training engine where libtorch is: the user's own (LIBTORCH, or LIBTORCH_USE_PYTORCH=1),
# else the one that scripts/setup.sh put into the cache. Without any, cargo as it is: training claims then say skipped.
set -eu
command=$1
shift
cache="${XDG_CACHE_HOME:-$HOME/.cache}/claimcheck/libtorch/2.11.0"
if [ -z "${LIBTORCH:-}" ] && [ "${LIBTORCH_USE_PYTORCH:-}" != 1 ] && [ -f "$cache/installed.json" ]; then
    export LIBTORCH="$cache"
fi
if ! command -v c++ >/dev/null 2>&1; then
    echo "no C++ compiler: training claims will be skipped (Debian: apt-get install g++)" >&2
    exec "${CARGO:-cargo}" "$command" "$@"
fi
if [ -n "${LIBTORCH:-}" ] || [ "${LIBTORCH_USE_PYTORCH:-}" = 1 ]; then
    exec "${CARGO:-cargo}" "$command" --features torch "$@"
fi
echo "no libtorch: training claims will be skipped (make setup fetches it)" >&2
exec "${CARGO:-cargo}" "$command" "$@"
