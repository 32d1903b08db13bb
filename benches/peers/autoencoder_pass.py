"""li2019, figure 6 at n = 2000: one pass through 50 tied layers with fresh weights and biases, tanh; the weights are kept between encoder
and decoder (0.8 GB in single precision)."""

import numpy as np
from common import DOUBLE, SINGLE, find, measure

DEPTH, N = 50, 2000
SIGMA_W2, SIGMA_B2 = 2.312, 0.211


def numpy_pass(kind):
    rng = np.random.Generator(np.random.SFC64(1))
    x0 = np.where(np.arange(N) % 2 == 0, 1, -1).astype(kind)
    weights = [np.empty((N, N), kind) for _ in range(DEPTH)]
    scale, spread = np.sqrt(SIGMA_W2 / N, dtype=kind), np.sqrt(SIGMA_B2, dtype=kind)

    def trial():
        x, kept = x0, []
        for w in weights:
            rng.standard_normal(dtype=kind, out=w)
            s = np.tanh(x)
            kept.append(s)
            x = scale * (w @ s) + spread * rng.standard_normal(N, dtype=kind)
        estimates = []
        for w, s in zip(reversed(weights), reversed(kept)):
            x = scale * (np.tanh(x) @ w)
            estimates.append((x @ s, x @ x, s @ s))
        return estimates

    return trial


for kind in (DOUBLE, SINGLE):
    measure("autoencoder-pass", f"NumPy {kind}", numpy_pass(kind))
if torch := find("torch"):
    torch.set_num_threads(1)
    weights = [torch.empty(N, N) for _ in range(DEPTH)]
    x0 = torch.tensor([1.0, -1.0]).repeat(N // 2)
    scale = (SIGMA_W2 / N) ** 0.5

    def torch_pass():
        x, kept = x0, []
        for w in weights:
            s = torch.tanh(x)
            kept.append(s)
            x = scale * (w.normal_() @ s) + SIGMA_B2**0.5 * torch.randn(N)
        estimates = []
        for w, s in zip(reversed(weights), reversed(kept)):
            x = scale * (torch.tanh(x) @ w)
            estimates.append((x @ s, x @ x, s @ s))
        return estimates

    measure("autoencoder-pass", "PyTorch float32", torch_pass)
