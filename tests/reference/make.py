"""Writes the reference tables beside this file with mpmath at 50 digits and more.

    python3 tests/reference/make.py

Columns: function, arguments (exact binary numbers, written so that they read back to the same bits),
value (30 digits). The tables are compared with the Rust functions by tests/reference_tables.rs.
"""
import os
import random

from mpmath import (mp, mpf, erf, erfc, loggamma, digamma, psi, log, exp, sqrt, pi, gamma, ncdf,
                    binomial, nstr, log1p, erfinv, findroot, fsum)

mp.dps = 60
HERE = os.path.dirname(os.path.abspath(__file__))
random.seed(20190111)


def table(name, rows):
    with open(os.path.join(HERE, name + ".csv"), "w") as out:
        out.write("function,a,b,c,value\n")
        for function, arguments, value in rows:
            cells = [repr(float(x)) for x in arguments] + ["0.0"] * (3 - len(arguments))
            out.write(",".join([function] + cells + [nstr(value, 30)]) + "\n")


def sf(x):
    return erfc(mpf(x) / sqrt(mpf(2))) / 2


def special():
    for x in [1e-10, 0.01, 0.3, 0.5, 0.9, 1.3, 2.0, 3.7, 5.5]:
        yield "erf", [x], erf(mpf(x))
    for x in [-3.0, 0.1, 0.84, 1.25, 2.0, 4.4, 6.0, 10.0, 20.0, 25.9]:
        yield "erfc", [x], erfc(mpf(x))
    for x in [-4.0, -0.3, 0.7, 1.96, 5.0, 8.3, 15.0, 29.7, 36.1]:
        yield "normal-sf", [x], sf(x)
    for x in [-9.5, -1.0, 0.5, 4.0, 24.9, 25.1, 40.0, 300.0, 1e5]:
        with mp.workdps(80):
            yield "normal-ln-sf", [x], log(sf(x)) if x > 0 else log1p(-sf(-x))
    for p in [1e-300, 1e-20, 1e-5, 0.025, 0.19, 0.21, 0.4, 0.4999, 0.6, 0.79, 0.81, 0.99]:
        with mp.workdps(340 if p < 1e-30 else 60):
            start = sqrt(-2 * log(mpf(p))) if p < 0.3 else 0.1
            root = findroot(lambda x: log(sf(x)) - log(mpf(p)), start) if p < 0.3 else \
                -sqrt(mpf(2)) * erfinv(2 * mpf(p) - 1)
            yield "normal-quantile", [p], -root
    for x in [0.1, 0.5, 1.5, 3.2, 10.0, 100.5, 1e4, 1e7]:
        yield "ln-gamma", [x], loggamma(mpf(x))
        yield "digamma", [x], digamma(mpf(x))
        yield "trigamma", [x], psi(1, mpf(x))
    for x in [0.5, 1.0, 1.5, 2.0, 7.5, 15.5, 16.0, 100.0, 1e5]:
        x = mpf(x)
        yield "stirling", [x], loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2
    for b in [1, 2, 3, 10, 51, 1000, 54321, 999999, 1000001, 10**8]:
        b = mpf(b)
        yield "chi-mean", [b], sqrt(mpf(2)) * exp(loggamma((b + 1) / 2) - loggamma(b / 2))


def ln_choose(n, k):
    n, k = mpf(n), mpf(k)
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def combinatorics():
    for n, k in [(50, 3), (62, 31), (63, 30), (1000, 31), (4000, 1), (4000, 2000), (10**5, 31), (10**5, 40000),
                 (10**7, 30), (10**7, 31), (10**7, 12345), (10**7, 5 * 10**6)]:
        yield "ln-choose", [n, k], ln_choose(n, k)
    for n, p, k in [(10, 0.5, 0), (10, 0.3, 10), (100, 0.5, 50), (100, 0.1, 3), (4000, 0.5, 1900), (4000, 0.5, 100),
                    (10**5, 0.5, 50500), (10**5, 0.25, 24000), (10**5, 0.5, 7), (10**5, 0.001, 130)]:
        p = mpf(p)
        yield "binomial-ln-pmf", [n, p, k], ln_choose(n, k) + k * log(p) + (n - k) * log1p(-p)


def ln_gamma_pq(a, x):
    """(ln P, ln Q) by the power series of P, whose terms are all positive; digits for the difference."""
    a, x = mpf(a), mpf(x)
    extra = 60 + int(max(0, float((x - a * log(x) + loggamma(a + 1)))) / 2.3)
    with mp.workdps(min(extra, 3000) + 20):
        a, x = +a, +x
        term, total, n = mpf(1), mpf(1), a
        while True:
            n += 1
            term *= x / n
            total += term
            if n > x and term < total * mpf(10) ** (-mp.dps):
                break
        ln_p = a * log(x) - x - loggamma(a + 1) + log(total)
        return ln_p, log1p(-exp(ln_p))


def incomplete_gamma():
    shapes = [0.5, 1.0, 1.5, 2.0, 5.5, 20.0, 50.5, 300.0, 1000.0, 2000.5, 1e4, 1e5, 1e6]
    for a in shapes:
        for t in [-30, -8, -3, -1, -0.01, 0.0, 0.2, 1, 3, 8, 30]:
            x = float(a + t * a**0.5)
            if x <= 0:
                x = a * 10.0**(t / 4)
            ln_p, ln_q = ln_gamma_pq(a, x)
            if ln_p != 0:
                yield "gamma-ln-p", [a, x], ln_p
            yield "gamma-ln-q", [a, x], ln_q
    for dof, x in [(1, 0.3), (2, 5.0), (7, 20.0), (100, 60.0), (2001, 1500.0), (4000, 4400.0)]:
        a, y = mpf(dof) / 2, mpf(x) / 2
        yield "chi2-ln-pdf", [dof, x], (a - 1) * log(y) - y - loggamma(a) - log(mpf(2))


def relu_tails(m, y_lo, y_hi):
    """P(2/m chi2_B < lo) and > hi, B ~ Bin(m, 1/2), by recurrences over b at high precision."""
    def q_chain(y):
        # Q(b/2, y) for b = 0..m by upward recurrence
        values = [mpf(0), erfc(sqrt(y))]
        d = [exp(-y), sqrt(y) * exp(-y) / gamma(mpf(3) / 2)]
        for b in range(2, m + 1):
            values.append(values[b - 2] + d[b - 2])
            d.append(d[b - 2] * y / (mpf(b) / 2))
        return values
    weights = [mpf(1)]
    for b in range(m):
        weights.append(weights[-1] * (m - b) / (b + 1))
    scale = mpf(2) ** -m
    upper = fsum(w * q for w, q in zip(weights, q_chain(y_hi))) * scale
    lower = fsum(w * (1 - q) for w, q in zip(weights, q_chain(y_lo))) * scale
    return lower, upper


def relu_layer():
    for m, eps in [(2, 0.5), (5, 0.0), (5, 0.99), (10, 0.3), (100, 0.1), (100, 0.5), (500, 0.1), (500, 0.3),
                   (1000, 0.5), (2000, 0.1), (4000, 0.1), (3000, 0.99), (4000, 0.9), (100, 1.5)]:
        with mp.workdps(700 if m * eps > 1500 else 200):
            e = mpf(eps)
            y_lo, y_hi = mpf(m) / 4 * (1 - e), mpf(m) / 4 * (1 + e)
            lower, upper = relu_tails(m, max(y_lo, mpf(0)), y_hi)
            if eps > 1:
                lower = mpf(0)
            yield "relu-ln-outside", [m, eps], log(lower + upper)
            yield "relu-ln-upper", [m, eps], log(upper)
    for m in [10, 50, 100, 500, 2000]:
        terms = [mpf(0)] + [binomial(m, b) * exp(loggamma(mpf(b + 1) / 2) - loggamma(mpf(b) / 2))
                            for b in range(1, m + 1)]
        yield "relu-mean-norm", [m], sqrt(mpf(2) / m) * sqrt(mpf(2)) * fsum(terms) * mpf(2) ** -m
    for n in [3, 20, 100, 1000]:
        terms = [binomial(n, b) * (digamma(mpf(b) / 2) + log(mpf(4) / n)) for b in range(1, n + 1)]
        yield "relu-mean-log", [n], fsum(terms) * mpf(2) ** -n / (1 - mpf(2) ** -n)


table("special", special())
table("combinatorics", combinatorics())
table("incomplete_gamma", incomplete_gamma())
table("relu_layer", relu_layer())
