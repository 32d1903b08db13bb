"""arpit2019, lemma 2: a fresh 1000 × 500 Gaussian matrix, ReLU, norm."""

import numpy as np
from common import DOUBLE, SINGLE, find, measure

M, N = 1000, 500
for kind in (DOUBLE, SINGLE):
    rng = np.random.Generator(np.random.SFC64(1))
    u = np.arange(1, N + 1, dtype=kind)
    u /= np.linalg.norm(u)
    weights = np.empty((M, N), kind)

    def trial():
        rng.standard_normal(dtype=kind, out=weights)
        v = np.maximum(weights @ u, 0)
        return 2 / M * (v @ v)

    measure("one-layer", f"NumPy {kind}", trial)
if jax := find("jax"):
    import jax.numpy as jnp

    u = jnp.asarray(u)

    @jax.jit
    def jax_trial(key):
        v = jnp.maximum(jax.random.normal(key, (M, N)) @ u, 0)
        return 2 / M * (v @ v)

    key = jax.random.key(1)
    measure("one-layer", "JAX float32", lambda: jax_trial(key).block_until_ready())
if torch := find("torch"):
    torch.set_num_threads(1)
    u = torch.tensor(np.asarray(u))
    weights = torch.empty(M, N)

    def torch_trial():
        v = torch.relu(weights.normal_() @ u)
        return 2 / M * (v @ v)

    measure("one-layer", "PyTorch float32", torch_trial)
