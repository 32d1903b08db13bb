//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::sampled("gamma_hat", &[], r"\hat\gamma", "⟨f, s⟩/(β‖s‖²) with s = σ(u)"),
    Observable::sampled("rho_hat", &[], r"\hat\rho", "[(‖f‖² − β²γ̂²‖s‖²)/n − σ_v²]/β"),
    Observable::sampled("gain", &[], r"\langle f,s\rangle/\|s\|^2", "coefficient of f along s: βγ̂"),
    Observable::sampled(
        "overlap",
        &[],
        r"\langle y,a\rangle/m",
        "⟨y, a⟩/m with y = Wσ(u), a = φ(g(y + b))",
    ),
    Observable::sampled("activation_sq", &[], r"\|a\|^2/m", "‖a‖²/m"),
    Observable::sampled(
        "signal_noise",
        &[],
        r"\langle s,f-v\rangle/n-\langle y,a\rangle/n",
        "(⟨s, f − v⟩ − ⟨y, a⟩)/n: 0 for tied weights",
    ),
    Observable::sampled(
        "out_sq",
        &[],
        r"\|\phi(f)\|^2/n",
        "mean square of the output after the outer activation",
    ),
    Observable::sampled(
        "out_overlap",
        &[],
        r"\langle u,\phi(f)\rangle/(n\sigma_u^2)",
        "overlap of u and the output over that of u with itself (its expectation, for random u)",
    ),
    Observable::sampled("ratio_sq", &[], r"\|f\|^2/\|u\|^2", "squared norm of f relative to u"),
    Observable::sampled("entry", &["i"], r"f_{#1}", "entry i of f, i = 1, …, 10"),
    Observable::sampled("y", &["i"], r"y_{#1}", "entry i of y over √(σ_W²‖s‖²/n), i = 1, 2"),
    Observable::sampled(
        "rest",
        &[],
        r"r_1",
        "first entry of f − v − s⟨y, a⟩/‖s‖² over its standard deviation given y",
    ),
    Observable::sampled(
        "noise_along",
        &[],
        r"\langle s,\tilde z\rangle/\sqrt n",
        "⟨s, f − v⟩/n − ⟨y, a⟩/n for fresh matrices in place of Wᵀ: times √n, over √(σ_W²‖a‖²‖s‖²/n²)",
    ),
    Observable::exact(
        "standard_normal",
        &["x"],
        r"\Phi(#1)",
        "distribution function of the standard normal law",
    ),
    Observable::quadrature(
        "tau2",
        &[],
        r"\tau^2",
        "σ_W² times the second moment of σ(u), without the bias",
    ),
    Observable::quadrature("gamma", &[], r"\gamma", "limit of γ̂"),
    Observable::quadrature("rho", &[], r"\rho", "limit of ρ̂"),
    Observable::quadrature("out_sq_limit", &[], r"\lim\|\phi(f)\|^2/n", "limit of out_sq"),
    Observable::quadrature(
        "out_overlap_limit",
        &[],
        r"\lim\langle u,\phi(f)\rangle/(n\sigma_u^2)",
        "limit of out_overlap",
    ),
];
