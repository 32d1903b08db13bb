"""gilbert2017, figure 2: norms and reconstruction errors of 10-sparse codes through W (96 filters, 32 channels, length 5, inputs of 32): 1000
codes of one bank, and a fresh bank for one code. The matrix W is formed by strides; codes go through it together.

Table 4: coherences of Gaussian filters of VGG16's 13 sizes (NumPy's `A @ A.T` knows the symmetry)."""

import numpy as np
from common import DOUBLE, SINGLE, find, measure

K, M, L, D, SPARSE = 96, 32, 5, 32, 10
SHIFTS = D - L + 1
LAYERS = [(27, 64), (576, 64), (576, 128), (1152, 128), (1152, 256), (2304, 256), (2304, 256), (2304, 512)] + 5 * [(4608, 512)]


def bank(rng, kind):
    """W, Kn × MD."""
    weights = rng.standard_normal((K, M, L), dtype=kind) / np.sqrt(M * L, dtype=kind)
    matrix = np.zeros((K, SHIFTS, M, D), kind)
    for shift in range(SHIFTS):
        matrix[:, shift, :, shift : shift + L] = weights
    return matrix.reshape(K * SHIFTS, M * D)


def record(rng, w, decoder, kind, signals):
    """What one-layer-recovery records of each code."""
    blocks = np.argsort(rng.random((signals, K)), axis=1)[:, :SPARSE]
    support = blocks * SHIFTS + rng.integers(SHIFTS, size=blocks.shape)
    lines = np.arange(signals)[:, None]
    z = np.zeros((signals, K * SHIFTS), kind)
    z[lines, support] = rng.uniform(-1, 1, blocks.shape)
    x = z @ w
    h = x @ w.T
    size, energy = (z * z).sum(1), (x * x).sum(1)

    def error(code, w=w):
        rest = x - code @ w
        return np.sqrt((rest * rest).sum(1) / energy)

    def pooled(values, fixed=False):
        values = values.reshape(signals, K, SHIFTS)
        at = abs(values).argmax(2)
        value = np.take_along_axis(values, at[..., None], 2)[..., 0]
        best = np.argpartition(-abs(value), SPARSE, axis=1)[:, :SPARSE]
        code = np.zeros_like(z)
        place = best * SHIFTS + (0 if fixed else at[lines, best])
        code[lines, place] = value[lines, best]
        return code

    oracle = np.zeros_like(z)
    oracle[lines, support] = h[lines, support]
    known = pooled(h)
    return [energy / size, (h * h).sum(1) / size, (oracle * oracle).sum(1) / size, error(known), error(pooled(h, True)),
            error(pooled(np.maximum(h, 0))), error(oracle), error(known, decoder)]


def coherences(rng, kind):
    total = 0
    for fan_in, filters in LAYERS:
        rows = rng.standard_normal((filters, fan_in), dtype=kind)
        gram = rows @ rows.T
        scale = 1 / np.sqrt(np.diag(gram))
        gram *= scale[:, None]
        gram *= scale
        np.fill_diagonal(gram, 0)
        total += max(gram.max(), -gram.min())
    return total


for kind in (DOUBLE, SINGLE):
    rng = np.random.Generator(np.random.SFC64(1))
    measure("codes-of-one-bank", f"NumPy {kind}", lambda: record(rng, bank(rng, kind), bank(rng, kind), kind, 1000))
    measure("fresh-banks", f"NumPy {kind}", lambda: record(rng, bank(rng, kind), bank(rng, kind), kind, 1))
    measure("coherence", f"NumPy {kind}", lambda: coherences(rng, kind))
if torch := find("torch"):
    torch.set_num_threads(1)

    def torch_coherences():
        total = 0
        for fan_in, filters in LAYERS:
            rows = torch.nn.functional.normalize(torch.randn(filters, fan_in), dim=1)
            total += (rows @ rows.T).fill_diagonal_(0).abs().max()
        return total

    measure("coherence", "PyTorch float32", torch_coherences)
