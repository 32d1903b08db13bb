//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "layer_gain",
        &["j"],
        r"\frac{\langle\hat h^{(#1)},h^{(#1)}\rangle}{\|h^{(#1)}\|^2}",
        "slope of the pre-activations of layer j on its code",
    ),
    Observable::sampled(
        "off_square",
        &["j"],
        r"\overline{(\hat h^{(#1)}_i)^2}\big|_{h_i=0}",
        "mean squared pre-activation of layer j where its code is 0",
    ),
    Observable::sampled("nnz", &["j"], r"\|h^{(#1)}\|_0", "number of non-zeros of layer j < L"),
    Observable::sampled("norm_sq", &["j"], r"\|h^{(#1)}\|^2", "squared norm of layer j < L"),
    Observable::sampled(
        "code_sum",
        &["j"],
        r"\sum_ih^{(#1)}_i",
        "sum of the entries of layer j < L",
    ),
    Observable::sampled(
        "dominance",
        &["j"],
        r"\frac{\|h^{(#1)}\|_\infty}{\|h^{(#1)}\|}",
        "largest entry of layer j < L over its norm",
    ),
    Observable::sampled(
        "on_error",
        &[],
        r"\overline{(\hat g_i-g_i)^2}\big|_{g_i>0}",
        "mean squared error of the top on the support of its code",
    ),
    Observable::sampled(
        "sup_over_sd",
        &[],
        r"\max_i\frac{|\hat g_i-\gamma g_i|}{\sqrt V}",
        "largest error of the top about its predicted gain, in predicted standard deviations",
    ),
    Observable::sampled(
        "support_recovery",
        &[],
        r"\frac{|\mathrm{top}_k\cap\mathrm{supp}|}{k}",
        "share of the top code's support among its largest pre-activations",
    ),
    Observable::sampled(
        "correct",
        &[],
        r"1[\arg\max\hat g=\arg\max g]",
        "1 if the largest pre-activation of the top belongs to the largest entry of its code",
    ),
    Observable::sampled(
        "off_energy",
        &[],
        r"\overline{r(\hat g_i-\lambda_{\mathrm{top}}\sqrt V)^2}",
        "mean off the support of the squared output with the offset `top_lambda`",
    ),
    Observable::sampled(
        "off_energy_zero",
        &[],
        r"\overline{r(\hat g_i)^2}",
        "the same without an offset",
    ),
    Observable::sampled(
        "support_loss",
        &[],
        r"\mathbb P(\tilde h_j=0\mid h_j>0)",
        "share of the active units of layer L − 1 that inference silences",
    ),
    Observable::sampled(
        "direct_off_square",
        &[],
        r"\overline{(u_i^Th)^2}\big|_{g_i=0}",
        "mean off the support of the squared pre-activation from the true layer L − 1",
    ),
    Observable::sampled(
        "direct_on_square",
        &[],
        r"\overline{(u_i^Th-g_i)^2}\big|_{g_i>0}",
        "mean squared error on the support from the true layer L − 1",
    ),
    Observable::sampled(
        "linear_part_square",
        &[],
        r"\overline{(u_K^T(\hat h_K-h_K))^2}\big|_{g_i=0}",
        "mean off the support of the squared image of the linear noise of the kept units",
    ),
    Observable::sampled(
        "shift_slope",
        &[],
        r"\frac{\langle u_K^T(\tilde h_K-\hat h_K),g\rangle}{\|g\|^2}",
        "slope on the top code of the image of h̃ − ĥ on the kept units",
    ),
    Observable::quadrature(
        "predicted_gain",
        &["j"],
        r"a_{#1}",
        "gain of layer j by state evolution",
    ),
    Observable::quadrature(
        "predicted_noise",
        &["j"],
        r"s_{#1}^2",
        "noise variance of layer j by state evolution",
    ),
];
