"""arora2015, theorem 2.3: one trial at n = m = 4000, t = 1000, k = 50. Only rows that are kept are drawn, as a careful notebook does; in the second way
only weights that reach the result are: those off the support only for rows that are active."""

import numpy as np
from common import DOUBLE, SINGLE, find, measure

N, M, K, RHO = 4000, 4000, 50, 0.25


def ways(kind):
    rng = np.random.Generator(np.random.SFC64(1))
    h = np.zeros(M, kind)
    h[:K] = 1 / np.sqrt(K)

    def all_rows():
        w = rng.standard_normal((rng.binomial(N, RHO), M), dtype=kind)
        x = np.maximum(2 / (RHO * N) * (w[:, :K] @ h[:K]), 0)
        error = np.maximum(x @ w, 0) - h
        return error @ error

    def needed():
        on = rng.standard_normal((rng.binomial(N, RHO), K), dtype=kind)
        x = 2 / (RHO * N) * (on @ h[:K])
        on, x = on[x > 0], x[x > 0]
        off = rng.standard_normal((len(x), M - K), dtype=kind)
        error = np.maximum(np.concatenate([x @ on, x @ off]), 0) - h
        return error @ error

    return all_rows, needed


for kind in (DOUBLE, SINGLE):
    all_rows, needed = ways(kind)
    measure("reversal", f"NumPy {kind}, kept rows", all_rows)
    measure("reversal", f"NumPy {kind}, needed weights", needed)
if torch := find("torch"):
    torch.set_num_threads(1)
    h = torch.zeros(M)
    h[:K] = K**-0.5

    def torch_trial():
        on = torch.randn(int(np.random.binomial(N, RHO)), K)
        x = 2 / (RHO * N) * (on @ h[:K])
        on, x = on[x > 0], x[x > 0]
        error = torch.relu(torch.cat([x @ on, x @ torch.randn(len(x), M - K)])) - h
        return error @ error

    measure("reversal", "PyTorch float32, needed weights", torch_trial)
