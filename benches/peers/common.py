"""What the peer scripts share: one thread, processor time, the least of several repeats.

Each script does the work of a benchmark in `benches/hot_paths` (group `peers`) with every library that can be imported, and prints
`benchmark <tab> library <tab> seconds`.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
# One processor: the time of a thread that still runs on another one is not in the process's yet, and the least of many
# readings would be one that misses it.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import importlib
import time

SECONDS = float(os.environ.get("PEER_SECONDS", "2"))
DOUBLE, SINGLE = "float64", "float32"


def find(name):
    """A library, or None where it cannot be imported."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def measure(benchmark, library, work, units=1):
    """Prints the least processor time of `work()` per unit, over as many repeats as fit into PEER_SECONDS, at least three."""
    work()
    best, end, repeats = float("inf"), time.monotonic() + SECONDS, 0
    while repeats < 3 or time.monotonic() < end:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        repeats += 1
    print(f"{benchmark}\t{library}\t{best / units:.6e}", flush=True)
