"""65536 standard normals into the same memory; counted in normals."""

from common import DOUBLE, SINGLE, find, measure

COUNT = 1 << 16
import numpy as np

for kind in (DOUBLE, SINGLE):
    benchmark = "gaussians-f64" if kind == DOUBLE else "gaussians-f32"
    out = np.empty(COUNT, kind)
    rng = np.random.Generator(np.random.SFC64(1))
    measure(benchmark, "NumPy (SFC64)", lambda: rng.standard_normal(dtype=kind, out=out), COUNT)
    if jax := find("jax"):
        draw = jax.jit(lambda key: jax.random.normal(key, (COUNT,), "float32"))
        key = jax.random.key(1)
        if kind == SINGLE:
            measure(benchmark, "JAX", lambda: draw(key).block_until_ready(), COUNT)
    if torch := find("torch"):
        torch.set_num_threads(1)
        tensor = torch.empty(COUNT, dtype=getattr(torch, kind))
        measure(benchmark, "PyTorch", lambda: tensor.normal_(), COUNT)
    if kind == DOUBLE and (mkl := find("mkl_random")):
        state = mkl.MKLRandomState(1, brng="SFMT19937")
        for method in ("BoxMuller2", "ICDF"):
            measure(benchmark, f"MKL ({method})", lambda: state.standard_normal(COUNT, method=method), COUNT)
