#!/bin/sh
# Line coverage, by their own unit tests, of the modules that verdicts stand on; fails below 90 %.
set -eu
tools="$(dirname "$(rustc --print target-libdir)")/bin"
[ -x "$tools/llvm-cov" ] || {
    echo "missing: the toolchain's llvm-tools" >&2
    echo "  hint: rustup component add llvm-tools" >&2
    exit 1
}
out=target/coverage
rm -rf "$out"
mkdir -p "$out"
# Only this crate is instrumented: its dependencies are those of the tests.
tests=$("${CARGO:-cargo}" rustc --locked --profile test --lib --message-format json -- -C instrument-coverage |
    python3 -c 'import json, sys
for line in sys.stdin:
    found = json.loads(line).get("executable")
    if found:
        print(found)')
LLVM_PROFILE_FILE="$out/%p.profraw" "$tests" --quiet stats:: formula:: maths::
"$tools/llvm-profdata" merge -sparse "$out"/*.profraw -o "$out/all.profdata"
"$tools/llvm-cov" export -summary-only -instr-profile "$out/all.profdata" "$tests" >"$out/coverage.json"
python3 - <<'PYTHON'
import json, sys
files = json.load(open("target/coverage/coverage.json"))["data"][0]["files"]
failed = False
for room in ("stats", "formula", "maths"):
    lines = [f["summary"]["lines"] for f in files if f"src/{room}/" in f["filename"]]
    count, covered = sum(l["count"] for l in lines), sum(l["covered"] for l in lines)
    share = 100 * covered / max(count, 1)
    failed |= share < 90
    print(f"{room:8} {share:5.1f} % of {count} lines")
sys.exit(failed)
PYTHON
