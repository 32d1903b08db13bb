"""arpit2019, figure 1: depth 10, width 2000, 100 inputs; fresh weights, forward and backward squared norms."""

import numpy as np
from common import DOUBLE, SINGLE, find, measure

DEPTH, WIDTH, INPUTS = 10, 2000, 100


def numpy_trial(kind):
    rng = np.random.Generator(np.random.SFC64(1))
    x = rng.standard_normal((WIDTH, INPUTS), dtype=kind)
    weights = [np.empty((WIDTH, WIDTH), kind) for _ in range(DEPTH)]
    scale = np.sqrt(2 / WIDTH, dtype=kind)

    def trial():
        layers = [x]
        for w in weights:
            rng.standard_normal(dtype=kind, out=w)
            np.multiply(w, scale, out=w)
            layers.append(np.maximum(w @ layers[-1], 0))
        error, total = layers[-1], sum(np.vdot(h, h) for h in layers)
        for w, h in zip(reversed(weights), reversed(layers[:-1])):
            error = w.T @ error
            if h is not x:
                error *= h > 0
            total += np.vdot(error, error)
        return total

    return trial


for kind in (DOUBLE, SINGLE):
    measure("deep-norms", f"NumPy {kind}", numpy_trial(kind))
if torch := find("torch"):
    torch.set_num_threads(1)
    x = torch.randn(WIDTH, INPUTS)

    def torch_trial():
        weights = [torch.randn(WIDTH, WIDTH) * (2 / WIDTH) ** 0.5 for _ in range(DEPTH)]
        layers = [x]
        for w in weights:
            layers.append(torch.relu(w @ layers[-1]))
        error = layers[-1]
        total = sum(h.square().sum() for h in layers)
        for w, h in zip(reversed(weights), reversed(layers[:-1])):
            error = w.T @ error
            if h is not x:
                error = error * (h > 0)
            total += error.square().sum()
        return total

    measure("deep-norms", "PyTorch float32", torch_trial)
