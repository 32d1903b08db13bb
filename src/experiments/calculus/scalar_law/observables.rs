//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::quadrature("mean", &[], r"\mathbb E f(z)", "mean of f"),
    Observable::quadrature("second_moment", &[], r"\mathbb E f(z)^2", "second moment of f"),
    Observable::quadrature("variance_of_f", &[], r"\mathrm{Var} f(z)", "variance of f"),
    Observable::quadrature("mean_slope", &[], r"\mathbb E f'(z)", "mean of the derivative"),
    Observable::quadrature(
        "mean_sq_slope",
        &[],
        r"\mathbb E f'(z)^2",
        "second moment of the derivative",
    ),
    Observable::quadrature("overlap", &[], r"\mathbb E[z f(z)]", "mean of z f(z)"),
    Observable::quadrature(
        "noisy_overlap",
        &[],
        r"\mathbb E[z f(z+b)]",
        "mean of z f(z + b) with an independent normal b",
    ),
    Observable::quadrature(
        "sum_overlap",
        &[],
        r"\mathbb E[w f(w)],\;w=z+b",
        "mean of w f(w) for the normal sum w = z + b",
    ),
    Observable::exact("law_variance", &[], r"\mathrm{Var} z", "variance of z itself"),
    Observable::searched(
        "polynomial_ratio",
        &[],
        r"\frac{\mathrm{Var}\,p(z)}{\mathrm{Var} z\;\mathbb E p'(z)^2}",
        "ratio of the sides of Poincaré's inequality for a random polynomial p",
    ),
];
