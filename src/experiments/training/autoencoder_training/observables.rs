//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::trained(
        "test_loss",
        &["run", "step"],
        r"\mathcal{L}_{#1}(#2)",
        "normalised test loss of a run at a step; infinite once diverged",
    ),
    Observable::trained(
        "crossing",
        &["run", "level"],
        r"T_{#2}(#1)",
        "first step at which the test loss is at most a level, interpolated; infinite if never",
    ),
    Observable::trained(
        "diverged_at",
        &["run"],
        r"T_{\infty}(#1)",
        "first measured step with a loss beyond 10⁶ or not finite; infinite if none",
    ),
    Observable::trained(
        "variance_ratio",
        &["run"],
        r"V_{#1}",
        "total variance of the reconstructions over that of the test images, at the end; NaN if diverged",
    ),
    Observable::trained(
        "digit_accuracy",
        &["run"],
        r"A_{#1}",
        "share of reconstructed test images nearest to the mean training image of their own class, at the end",
    ),
    Observable::trained(
        "ood_loss",
        &["run"],
        r"\mathcal{L}^{\mathrm{ood}}_{#1}",
        "normalised loss on as many Fashion-MNIST test images, at the end; NaN where they are not there",
    ),
    Observable::trained(
        "decrease_ratio",
        &["run"],
        r"D_{#1}",
        "decrease of the test loss from 1 at the end over what the output's biases alone would learn (setting 2)",
    ),
    Observable::trained(
        "median_ratio",
        &[],
        r"\mathrm{med}\,T(s)/T(f)",
        "median of crossing(s, level)/crossing(f, level) over all `pairs` [f, s] and `levels`",
    ),
    Observable::trained("least_ratio", &[], r"\min\,T(s)/T(f)", "least of these ratios"),
    Observable::trained(
        "band_share",
        &[],
        r"P_{\mathrm{band}}",
        "share of these ratios that lie within `band`",
    ),
    Observable::exact(
        "constant_loss",
        &[],
        r"\mathcal{L}_c",
        "test loss of the best constant output c = E[x/‖x‖²]/E[‖x‖⁻²], expectations over the training images",
    ),
    Observable::exact(
        "mean_image_loss",
        &[],
        r"\mathcal{L}_{\bar x}",
        "test loss of the mean training image",
    ),
    Observable::exact(
        "harmonic_norm_sq",
        &[],
        r"1/\mathbb{E}\|x\|^{-2}",
        "harmonic mean of the squared norms of the training images",
    ),
    Observable::quadrature(
        "initial_loss",
        &["run", "variant"],
        r"\mathcal{L}_{#1}^{\mathrm{theory}}",
        "test loss before training by state evolution (setting 2): mean over the test images; variant 0 the net, 1 with a tanh on top of the encoder, 2 with first weights of variance σ_W²/n",
    ),
    Observable::exact(
        "bias_only_loss",
        &["step"],
        r"\mathcal{L}_v(#1)",
        "test loss if only the output's biases learn, from zero: v = (1 − e^{−2ηkt})c (setting 2)",
    ),
];
