//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::exact(
        "mean_sq",
        &["l"],
        r"\mathbb{E}\frac{\|h_{#1}\|^2}{\|x\|^2}",
        "Mean of the squared ratio after layer l: the product of v_j n_j/2 (ReLU) or v_j n_j (linear).",
    ),
    Observable::exact(
        "var_sq",
        &["l"],
        r"\mathrm{Var}\frac{\|h_{#1}\|^2}{\|x\|^2}",
        "Variance of the squared ratio after layer l; ∏(1 + 5/n_j) − 1 for variance 2/n_j and ReLU.",
    ),
    Observable::exact(
        "mean_norm",
        &["l"],
        r"\mathbb{E}\frac{\|h_{#1}\|}{\|x\|}",
        "Mean of the unsquared ratio after layer l: a product of sums over the binomial law.",
    ),
    Observable::exact(
        "sd_norm",
        &["l"],
        r"\mathrm{sd}\frac{\|h_{#1}\|}{\|x\|}",
        "Standard deviation of the unsquared ratio after layer l, over the weights.",
    ),
    Observable::exact(
        "mean_log_sq",
        &["l"],
        r"\mathbb{E}\left[\ln\frac{\|h_{#1}\|^2}{\|x\|^2}\,\middle|\,h_{#1}\neq0\right]",
        "Mean logarithm of the squared ratio after layer l, given that the layer is not dead.",
    ),
    Observable::quadrature(
        "outside",
        &["l", "low", "high"],
        r"\mathbb{P}\left[\frac{\|h_{#1}\|^2}{\|x\|^2}\notin\left[#2,#3\right]\right]",
        "Probability that the squared ratio of one input after layer l is outside [low, high]; dead layers count as outside.",
    ),
    Observable::exact(
        "reciprocal_widths",
        &["l"],
        r"\sum_{j\leq#1}\frac1{n_j}",
        "Sum of the reciprocal widths of layers 1, …, l.",
    ),
    Observable::exact(
        "readout_kurtosis",
        &["l"],
        r"\kappa_{#1}",
        "Kurtosis of a linear readout of h_l with standard normal weights: 3 (1 + var_sq/mean_sq²).",
    ),
    Observable::sampled(
        "sq_ratio",
        &["l"],
        r"\frac{\|h_{#1}\|^2}{\|x\|^2}",
        "Squared ratio of the first input after layer l.",
    ),
    Observable::sampled(
        "min_sq",
        &["l"],
        r"\min_x\frac{\|h_{#1}\|^2}{\|x\|^2}",
        "Smallest squared ratio over the inputs of one network after layer l.",
    ),
    Observable::sampled(
        "max_sq",
        &["l"],
        r"\max_x\frac{\|h_{#1}\|^2}{\|x\|^2}",
        "Largest squared ratio over the inputs of one network after layer l.",
    ),
    Observable::sampled(
        "readout",
        &["l"],
        r"\frac{v\cdot h_{#1}}{\|x\|}",
        "Linear readout of h_l with fresh standard normal weights v: given h_l it is ‖h_l‖ times a normal.",
    ),
];
