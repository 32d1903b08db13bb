#!/bin/sh
# Coverage-guided fuzzing of everything that reads what others wrote: `sh scripts/fuzz.sh [executions] [target…]`.
# libFuzzer without a sanitizer: the crate is safe Rust but for src/simd, so panics, overflows, endless
# loops and memory are what can be found, and any compiler can build it; `cargo +nightly fuzz run -s none TARGET` is the same.
set -eu
cd "$(dirname "$0")/../fuzz"
runs=${1:-1000000}
[ $# -gt 0 ] && shift
targets=${*:-formula claim journal data markup}
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=16"
export RUSTFLAGS
cargo build --release --locked --target "$host" ${JOBS:+-j "$JOBS"}
for target in $targets; do
    mkdir -p "corpus/$target" "artifacts/$target"
    echo "== $target"
    # Ten seconds for one input is an endless loop; 1 GB is a bomb.
    "target/$host/release/$target" -runs="$runs" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
        -max_total_time="${SECONDS_EACH:-3600}" -artifact_prefix="artifacts/$target/" \
        -print_final_stats=1 -verbosity="${VERBOSITY:-0}" "corpus/$target" "seeds/$target"
done
