//! What formulas may say about runs with synthetic images; `experiments/training/shadow_training.rs` answers.

use crate::experiment::{Evidence, Nature, Observable};

/// All of them.
pub const OBSERVABLES: &[Observable] = &[
    trained("final_error", &[], r"e_{\mathrm{final}}", "test error, mean of the last three epochs"),
    trained("early_error", &[], r"e_{\mathrm{early}}", "test error, mean of epochs 1 to 5"),
    trained(
        "early_deviation",
        &[],
        r"s(e_{\mathrm{early}})",
        "standard deviation over seeds of the early error",
    ),
    trained("error", &["epoch"], r"e(#1)", "test error after an epoch (0: before training)"),
    trained("synthetic_error", &["epoch"], r"e'(#1)", "error on synthetic images after an epoch"),
    trained(
        "synthetic_final",
        &[],
        r"e'_{\mathrm{final}}",
        "the same, mean of the last three epochs",
    ),
    trained(
        "advantage_final",
        &[],
        r"\bar d_{\mathrm{final}}",
        "final error of `than` minus that of `arm`, paired",
    ),
    trained(
        "advantage_first5",
        &[],
        r"\bar d_{\mathrm{early}}",
        "early error of `than` minus that of `arm`, paired",
    ),
    trained(
        "spread_final",
        &[],
        r"s_{d,\mathrm{final}}",
        "standard deviation of the paired differences of final errors",
    ),
    trained(
        "spread_first5",
        &[],
        r"s_{d,\mathrm{early}}",
        "standard deviation of the paired differences of early errors",
    ),
    trained(
        "t_final",
        &[],
        r"t_{\mathrm{final}}",
        "Student's quotient of the paired differences of final errors",
    ),
    trained(
        "t_first5",
        &[],
        r"t_{\mathrm{early}}",
        "Student's quotient of the paired differences of early errors",
    ),
    trained(
        "pearson",
        &["epoch"],
        r"r(#1)",
        "correlation over pixels of synthetic images with their originals after an epoch, mean over images",
    ),
    trained(
        "pearson_mismatched",
        &["epoch"],
        r"r_{\times}(#1)",
        "the same with the image before in place of the original",
    ),
    trained(
        "pearson_excess",
        &["epoch"],
        r"r(#1) - r_{\times}(#1)",
        "difference of the two, paired",
    ),
    trained(
        "pearson_gain",
        &[],
        r"r(\mathrm{end}) - r(0)",
        "correlation at the end minus that before training, paired",
    ),
    trained(
        "norm_ratio",
        &["epoch"],
        r"\|x'\|/\|x\|(#1)",
        "norm of synthetic images over that of their originals after an epoch, mean over images",
    ),
    trained(
        "log_curve_correlation",
        &[],
        r"\mathrm{corr}(\ln e, \ln e')",
        "correlation over the epochs from 1 of the logarithms of test error and synthetic error; an error of 0 counts as half an image",
    ),
    trained(
        "final_ratio",
        &[],
        r"e'_{\mathrm{final}}/e_{\mathrm{final}}",
        "final synthetic error over final error",
    ),
    trained(
        "zero_shot_tied",
        &[],
        r"e'_{\mathrm{tied}}(3)",
        "plain nets after epoch 3: error on the synthetic images of the first 2000 test images",
    ),
    trained(
        "zero_shot_untied",
        &[],
        r"e'_{\mathrm{untied}}(3)",
        "the same through independent Gaussian weights",
    ),
    trained("bias_mean", &["layer"], r"\bar b_{#1}", "mean of a hidden layer's biases at the end"),
    trained("bias_deviation", &["layer"], r"s(b_{#1})", "their standard deviation"),
    trained("bias_mean_over_std", &["layer"], r"\bar b_{#1}/s(b_{#1})", "the quotient of the two"),
    trained(
        "bias_rank",
        &["layer", "rank"],
        r"b_{#1,(#2)}",
        "a hidden layer's biases in order at the end: rank 0 (least) to 32 (greatest)",
    ),
    trained(
        "excess_kurtosis",
        &["layer"],
        r"\kappa_4(W_{#1})",
        "excess kurtosis of a hidden layer's weights at the end",
    ),
    trained(
        "distance_to_normal",
        &["layer"],
        r"d_{\mathrm{KS}}(W_{#1}, \mathcal N)",
        "Kolmogorov–Smirnov distance of a hidden layer's weights to the fitted normal law",
    ),
    trained(
        "weight_density",
        &["layer", "bin"],
        r"p_{#1}(#2)",
        "density of a hidden layer's standardised weights in bin 0, …, 40 of [−5, 5]",
    ),
    trained(
        "quarter_circle",
        &["layer"],
        r"d_{\mathrm{KS}}(s(W_{#1}), \mathrm{qc})",
        "Kolmogorov–Smirnov distance of the scaled singular values of a square layer to the quarter circle",
    ),
    trained(
        "singular_density",
        &["layer", "bin"],
        r"p_{s,#1}(#2)",
        "density of the scaled singular values of a square layer in bin 0, …, 24 of [0, 2.5]",
    ),
    exact(
        "bin_middle",
        &["bin"],
        r"x_{#1}",
        "middle of a bin of `weight_density`, in standard deviations",
    ),
    exact("singular_middle", &["bin"], r"s_{#1}", "middle of a bin of `singular_density`"),
    exact(
        "quarter_circle_density",
        &["x"],
        r"\sqrt{4 - #1^2}/\pi",
        "density of the quarter circle",
    ),
    picture("original", "a test image, counted from 0, among the first 8"),
    picture("initial", "its synthetic image before training (seed 0)"),
    picture("synthetic", "its synthetic image at the end (seed 0)"),
];

const fn trained(
    name: &'static str,
    arguments: &'static [&'static str],
    latex: &'static str,
    doc: &'static str,
) -> Observable {
    Observable { name, arguments, latex, doc, nature: Nature::Exact(Evidence::Training) }
}

const fn exact(
    name: &'static str,
    arguments: &'static [&'static str],
    latex: &'static str,
    doc: &'static str,
) -> Observable {
    Observable { name, arguments, latex, doc, nature: Nature::Exact(Evidence::Exact) }
}

const fn picture(name: &'static str, doc: &'static str) -> Observable {
    Observable { name, arguments: &["image"], latex: r"x_{#1}", doc, nature: Nature::Pictured }
}
