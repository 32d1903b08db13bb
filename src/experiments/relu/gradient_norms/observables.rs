//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::sampled("sq_ratio", &["l"], r"\rho_{#1}", "squared gradient ratio of layer l"),
    Observable::sampled("norm_ratio", &["l"], r"\sqrt{\rho_{#1}}", "gradient ratio of layer l"),
    Observable::sampled(
        "forward_sq_ratio",
        &["l"],
        r"\|h_{#1}\|^2/\|x\|^2",
        "squared norm of layer l over that of the input",
    ),
    Observable::sampled(
        "cos2",
        &[],
        r"\cos^2\angle(h_L,\delta_L)",
        "alignment of output and output error",
    ),
    Observable::sampled(
        "aligned",
        &[],
        r"\cos^2\angle(h_L,\delta_L)\,\frac{\|h_L\|^2}{\|h_{L-1}\|^2}",
        "what alignment feeds back: S²/(‖h_{L−1}‖² ‖δ_L‖²)",
    ),
    Observable::sampled(
        "gradient_distortion",
        &[],
        r"\max_l|\rho_l^{1/L}-1|",
        "largest |ρ_l^(1/L) − 1| over layers and inputs: at most ε exactly if all ρ_l lie in (1 ± ε)^L",
    ),
    Observable::sampled(
        "forward_distortion",
        &[],
        r"\max_l|(\|h_l\|/\|x\|)^{2/l}-1|",
        "largest |(‖h_l‖²/‖x‖²)^(1/l) − 1| over layers and inputs",
    ),
    Observable::sampled(
        "worst_factor",
        &[],
        r"\max|Q-1|",
        "largest distance to 1 of the one-layer factors ‖h_l‖²/‖h_{l−1}‖² and (‖δ_l‖² − S²/‖h_l‖²)/‖δ_{l+1}‖²",
    ),
    Observable::exact("width", &["l"], "n_{#1}", "width of layer l"),
    Observable::exact("mean_sq_ratio", &["l"], r"\mathbb E\rho_{#1}", "mean of the squared ratio"),
    Observable::exact(
        "var_sq_ratio",
        &["l"],
        r"\mathrm{Var}\rho_{#1}",
        "variance of the squared ratio",
    ),
    Observable::exact(
        "assumed_mean_norm",
        &["l"],
        r"\mathbb E_*\sqrt{\rho_{#1}}",
        "mean of the unsquared ratio under the step-wise assumption of Theorem 3",
    ),
    Observable::quadrature(
        "assumed_failure",
        &["l", "eps"],
        r"\mathbb P_*\left(\rho_{#1}\notin(1\pm#2)^L\right)",
        "P(ρ_l outside [(1 − ε)^L, (1 + ε)^L]) under the step-wise assumption, or for an independent δ_L",
    ),
    Observable::quadrature(
        "forward_failure",
        &["l", "eps"],
        r"\mathbb P\left(\|h_{#1}\|^2/\|x\|^2\notin(1\pm#2)^{#1}\right)",
        "P(‖h_l‖²/‖x‖² outside [(1 − ε)^l, (1 + ε)^l])",
    ),
    Observable::exact(
        "assumed_var_sq",
        &["l"],
        r"\mathrm{Var}_*\rho_{#1}",
        "variance of the squared ratio under the step-wise assumption of Theorem 3",
    ),
];
