#!/usr/bin/env python3
"""Runs the benchmarks of the group `peers` and the scripts in benches/peers in turn, prints one table and writes docs/performance.md.

    bench_peers.py [--python PYTHON] [--rounds N] [--only NAME ...] [--exe BENCH]

PYTHON is the interpreter of the peers, one that can import NumPy (default: $PEER_PYTHON, else python3). Of all rounds the least time
counts, on either side.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What numbers of the page are held against. A normal: the best of the measured generators. A product: peak of one core.
# benchmark: (script, title, unit, share of the time that the limit explains, wanted ratio)
ITEMS = {
    "gaussians-f64": ("gaussians", "normals, double precision", "normal", "1/1.5"),
    "gaussians-f32": ("gaussians", "normals, single precision", "normal", "1/1.5"),
    "one-layer": ("one_layer", "(a) arpit2019 lemma 2: 1000 × 500 Gaussian matrix, ReLU, norm", "trial", "3"),
    "deep-norms": ("deep_norms", "(b) arpit2019 figure 1: depth 10, width 2000, 100 inputs, forward and backward", "net", "1"),
    "autoencoder-pass": ("autoencoder_pass", "(c) li2019 figure 6: L = 50, n = 2000, fresh weights", "pass", "3"),
    "autoencoder-law": ("autoencoder_pass", "(c) the same law without matrices (`method: chain`), against the peers' pass", "pass", "3"),
    "state-evolution": ("state_evolution", "(d) li2019 state evolution, L = 50, with error bars", "recursion", "3"),
    "fixed-points": ("state_evolution", "(d) li2019 fixed points at 100 β, with error bars", "branch", "3"),
    "reversal": ("reversal", "(e) arora2015 theorem 2.3: n = m = 4000, t = 1000, k = 50", "trial", "3"),
    "codes-of-one-bank": ("filter_bank", "(f) gilbert2017 figure 2: 1000 codes of one bank", "bank", "3"),
    "fresh-banks": ("filter_bank", "(f) gilbert2017 figure 2: a code of a fresh bank", "bank", "3"),
    "training-step": (None, "(g) li2019 figure 4: training step, L = 50, width 400, batch 250, all threads", "step", "1/1.1"),
    "coherence": ("filter_bank", "(h) gilbert2017 table 4: coherences of 13 VGG sizes", "table", "1"),
}
# Items that are held against the peers of another.
SAME_PEERS = {"autoencoder-law": "autoencoder-pass"}
# Items that draw their normals in single precision.
SINGLE = {"one-layer", "autoencoder-pass", "reversal", "coherence"}
# Work of an item in normals drawn and in multiply-adds, for the limit that it is held against.
NORMALS = {"one-layer": 5e5, "deep-norms": 4e7, "autoencoder-pass": 2e8, "reversal": 5e4 + 500 * 3950, "coherence": 1.3e7}
PRODUCTS = {"deep-norms": 2 * 10 * 4e6 * 100, "coherence": 5 * 4608 * 512**2 / 2}


def ours(exe, benchmark, env):
    """Least processor time of an iteration, from criterion's own samples."""
    group, name = benchmark.rsplit("-", 1) if benchmark.startswith("gaussians") else ("peers", benchmark)
    command = [exe, "--bench", f"^{group}/{name}$", "--noplot"]
    subprocess.run(command, check=True, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sample = json.loads((pathlib.Path(env["CRITERION_HOME"]) / group / name / "new" / "sample.json").read_text())
    best = min(time / iterations for time, iterations in zip(sample["times"], sample["iters"]))
    return best * 1e-9 / (1 << 16 if group == "gaussians" else 1)


def theirs(python, script, env):
    """{benchmark: {library: seconds}}; empty where the peer has no NumPy."""
    found = subprocess.run([python, f"{script}.py"], cwd=ROOT / "benches" / "peers", env=env, capture_output=True, text=True)
    if found.returncode:
        print(f"{script}: {found.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    table = {}
    for line in found.stdout.splitlines():
        benchmark, library, seconds = line.split("\t")
        table.setdefault(benchmark, {})[library] = float(seconds)
    return table


def training_step(python, env):
    """Least wall time of a step, ours and PyTorch's: its own program prints both. No entry without libtorch."""
    program = build("training_step")
    if not program:
        return None, {}
    text = subprocess.run([program], check=True, env={**env, "PEER_PYTHON": python}, capture_output=True, text=True).stdout
    found = {name: float(best) for name, best in re.findall(r"training step, (\w+): .*best ([\d.]+) s", text)}
    return found.pop("claimcheck", None), found


def build(bench):
    """A bench program, as cargo says where it is; nothing if it was not built."""
    command = ["sh", "scripts/cargo.sh", "bench", "--bench", bench, "--no-run", "--message-format=json"]
    lines = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    programs = [message.get("executable") for message in map(json.loads, filter(lambda line: line.startswith("{"), lines))]
    return next((program for program in programs if program and bench in program), None)


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*: (.*)", text)
    units = [unit for unit in ("avx2", "avx512f") if re.search(rf"\b{unit}\b", text)]
    return f"{name.group(1) if name else platform.processor()} ({', '.join(units) or platform.machine()}), {os.cpu_count()} threads"


def versions(python):
    code = """import importlib, platform
print("Python", platform.python_version(), end="")
for name in ("numpy", "scipy", "jax", "torch", "mkl_random"):
    try: print(",", name, importlib.import_module(name).__version__, end="")
    except ImportError: pass"""
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout + f", rustc {rust[1] if len(rust) > 1 else '?'}"


def limit(benchmark, best):
    """What an item's time is held against: its normals at our own bulk speed and its products at the measured speed of a tile."""
    parts = []
    bulk = "gaussians-f32" if benchmark in SINGLE else "gaussians-f64"
    if benchmark in NORMALS and bulk in best:
        parts.append(f"{NORMALS[benchmark] * best[bulk] / best[benchmark]:.0%} of it is the normals at bulk speed")
    if benchmark in PRODUCTS:
        parts.append(f"{2 * PRODUCTS[benchmark] / best[benchmark] / 1e9:.0f} GFLOP/s over all")
    if benchmark.startswith("gaussians"):
        parts.append(f"{1e-9 / best[benchmark]:.2f}·10⁹ a second")
    return "; ".join(parts)


def rows(best, peers):
    for benchmark, (_, title, unit, wanted) in ITEMS.items():
        if benchmark not in best:
            continue
        others = peers.get(SAME_PEERS.get(benchmark, benchmark), {})
        fastest = min(others, key=others.get, default=None)
        ratio = others[fastest] / best[benchmark] if fastest else float("nan")
        listed = ", ".join(f"{library} {duration(time)}" for library, time in sorted(others.items(), key=lambda item: item[1]))
        yield benchmark, title, unit, duration(best[benchmark]), listed or "none could be imported", ratio, wanted, limit(benchmark, best)


PAGE = """# How fast it is

Generated by `make bench-peers` ({script}); do not edit.

{machine}; {versions}.

All times but (g) are processor time on one thread (user and system, so that other people's work on the machine counts little), the least of {rounds} rounds of several repeats; (g) is wall time;
ours and the peers' ran in turn. The work of a line is the same on both sides: what a vectorised notebook does for it, in the fastest of the ways in
`benches/peers`. Ours is in double precision but for matrices that are drawn to be used once or twice ((a), (c), (e), (h)) and large nets ((b)). *Ratio* is the fastest peer's time over ours, of single-precision peers too.

| work | ours | peers | ratio | wanted | held against |
|---|---|---|---|---|---|
{table}

Generators are compared as they are: ours is ChaCha8 by counter, so that any trial can be drawn again by itself with the same bytes on every processor; MKL's
is a Mersenne twister with an inverse distribution function, and NumPy's SFC64 with a ziggurat.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=os.environ.get("PEER_PYTHON", "python3"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(ITEMS))
    parser.add_argument("--exe")
    options = parser.parse_args()
    # A person's settings of OpenBLAS must not slow the peers down.
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    env["CRITERION_HOME"] = str(ROOT / "target" / "criterion")
    exe = options.exe or build("hot_paths")
    best, peers = {}, {}
    for _ in range(options.rounds):
        if "training-step" in options.only:
            own, others = training_step(options.python, env)
            if own:
                best["training-step"] = min(own, best.get("training-step", float("inf")))
            known = peers.setdefault("training-step", {})
            known.update({library: min(time, known.get(library, time)) for library, time in others.items()})
        for script in dict.fromkeys(ITEMS[name][0] for name in options.only if ITEMS[name][0]):
            for benchmark in (name for name in options.only if ITEMS[name][0] == script):
                best[benchmark] = min(ours(exe, benchmark, env), best.get(benchmark, float("inf")))
            for benchmark, libraries in theirs(options.python, script, env).items():
                known = peers.setdefault(benchmark, {})
                known.update({library: min(time, known.get(library, time)) for library, time in libraries.items()})
    lines = []
    for _, title, unit, own, listed, ratio, wanted, held in rows(best, peers):
        lines.append(f"| {title} | {own} a {unit} | {listed} | {ratio:.2f} | {wanted} | {held} |")
        print(f"{ratio:7.2f}×  (wanted {wanted})  {title}: {own} a {unit}; {listed}")
    if set(options.only) == set(ITEMS):
        script = "scripts/bench_peers.py"
        text = PAGE.format(script=script, machine=machine(), versions=versions(options.python), rounds=options.rounds, table="\n".join(lines))
        (ROOT / "docs" / "performance.md").write_text(text)


if __name__ == "__main__":
    main()
