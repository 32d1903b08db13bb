#!/bin/sh
# Line coverage of the modules that verdicts stand on; fails below 90 %.
set -eu
command -v cargo-llvm-cov >/dev/null 2>&1 || {
    echo "missing: cargo-llvm-cov" >&2
    echo "  hint: cargo install cargo-llvm-cov, rustup component add llvm-tools" >&2
    exit 1
}
cargo llvm-cov --locked --lib --test reference_tables --json --summary-only --output-path target/coverage.json
python3 - <<'PYTHON'
import json, sys
files = json.load(open("target/coverage.json"))["data"][0]["files"]
failed = False
for room in ("stats", "formula", "maths"):
    lines = [f["summary"]["lines"] for f in files if f"/src/{room}/" in f["filename"]]
    count, covered = sum(l["count"] for l in lines), sum(l["covered"] for l in lines)
    share = 100 * covered / max(count, 1)
    failed |= share < 90
    print(f"{room:8} {share:5.1f} % of {count} lines")
sys.exit(failed)
PYTHON
