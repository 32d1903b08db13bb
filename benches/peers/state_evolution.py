"""li2019, theorem 1: the recursion at L = 50, and the stable fixed points of tanh/tanh at 100 values of β, to 1e-10.

Gaussian integrals by the trapezoidal rule, all nodes at once (SciPy's `quad` and `dblquad` take a hundred times longer). The
fixed points are iterated, all β at once, until what the last two steps say is left is below 1e-10."""

import numpy as np
from common import measure

SIGMA_W2, SIGMA_B2, DEPTH = 2.312, 0.211, 50
STEP = 0.2
Z = np.arange(-8.4, 8.5, STEP)
P = STEP / np.sqrt(2 * np.pi) * np.exp(-Z * Z / 2)
P2 = np.outer(P, P)


def channel(s, q, sigma):
    """E[z₁ tanh θ] and E tanh² θ with θ = s σ(τ z₁) + √q z₂; s and q may be arrays."""
    s, q = np.asarray(s)[..., None, None], np.asarray(q)[..., None, None]
    value = np.tanh(s * sigma[:, None] + np.sqrt(q) * Z)
    return np.einsum("...ij,ij,i->...", value, P2, Z), np.einsum("...ij,...ij,ij->...", value, value, P2)


def evolution():
    tau2 = [1.0]
    for l in range(1, DEPTH + 1):
        square = np.tanh(1.0) ** 2 if l == 1 else np.tanh(np.sqrt(tau2[-1]) * Z) ** 2 @ P
        tau2.append(SIGMA_W2 * square + SIGMA_B2)
    top = np.tanh(np.sqrt(tau2[-1]) * Z)
    gamma, rho = (1 - top * top) @ P, (top * top) @ P
    found = [rho]
    for l in range(DEPTH, 1, -1):
        tau = np.sqrt(tau2[l - 1])
        gain, rho = channel(SIGMA_W2 * gamma, SIGMA_W2 * rho, np.tanh(tau * Z))
        gamma = gain / tau
        found.append(rho)
    return found


def fixed_points():
    beta = np.linspace(1.2, 5, 100)
    sigma = np.tanh(Z)
    gamma, rho = np.full(100, 0.9), np.full(100, 0.9)
    open_ = np.arange(100)
    step = np.full(100, np.nan)
    for _ in range(20_000):
        b = beta[open_]
        new_gamma, new_rho = channel(b * gamma[open_], b * rho[open_], sigma)
        last = np.maximum(abs(new_gamma - gamma[open_]), abs(new_rho - rho[open_]))
        # The error left is the step times q/(1 − q), q the rate of contraction.
        rate = np.minimum(last / step[open_], 0.999_999)
        gamma[open_], rho[open_], step[open_] = new_gamma, new_rho, last
        # The first step knows no rate yet.
        open_ = open_[~(last * rate / (1 - rate) <= 1e-10)]
        if not len(open_):
            break
    return gamma, rho


if __name__ == "__main__":
    measure("state-evolution", "NumPy float64", evolution)
    measure("fixed-points", "NumPy float64", fixed_points)
