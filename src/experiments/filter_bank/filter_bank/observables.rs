//! What formulas may speak of.

use crate::experiment::Observable;

pub(super) const OBSERVABLES: &[Observable] = &[
    Observable::exact("shifts", &[], "n", "shifts of a filter, n = (D − ℓ)/t + 1"),
    Observable::exact(
        "rank",
        &[],
        r"\mathrm{rank}\,W",
        "singular values of W above 1e-10 of the largest",
    ),
    Observable::exact("nonzeros", &[], r"\mathrm{nnz}(W)", "entries of W that are not 0"),
    Observable::exact(
        "distinct",
        &[],
        r"\#\{W_{ab}\neq0\}",
        "different non-zero values among the entries of W",
    ),
    Observable::exact(
        "supports",
        &["k"],
        r"|\mathcal M_{#1}|",
        "supports of 𝓜_k of size k, by enumeration",
    ),
    Observable::exact(
        "double_supports",
        &["k"],
        r"|\mathcal M_{2\cdot#1}|",
        "supports of 𝓜_{2k} of size 2k, by enumeration",
    ),
    Observable::exact(
        "split_failures",
        &["k"],
        r"\#\text{unsplit}",
        "supports of 𝓜_{2k} that do not split into two of 𝓜_k",
    ),
    Observable::exact("delta", &["k"], r"\delta_{#1}", "isometry constant over 𝓜_k"),
    Observable::exact(
        "delta_double",
        &["k"],
        r"\delta_{2\cdot#1}",
        "isometry constant over 𝓜_{2k}",
    ),
    Observable::exact(
        "delta_plain",
        &["k"],
        r"\delta^{\mathrm{plain}}_{#1}",
        "isometry constant over all codes with k entries",
    ),
    Observable::exact(
        "smallest",
        &["k"],
        r"\lambda_{\min}",
        "smallest eigenvalue of a Gram matrix over 𝓜_k",
    ),
    Observable::exact(
        "largest",
        &["k"],
        r"\lambda_{\max}",
        "largest eigenvalue of a Gram matrix over 𝓜_k",
    ),
    Observable::exact(
        "theta",
        &["k"],
        r"\theta_{#1,#1}",
        "largest ‖W_Ω W_Γᵀ‖ over disjoint supports of 𝓜_k",
    ),
    Observable::exact(
        "coherence",
        &[],
        r"\mu",
        "largest |cosine| between two different rows, shifts included",
    ),
    Observable::exact(
        "worst_missed",
        &["k"],
        r"\sup\|z|_{\Omega^c}\|/\|z\|",
        "largest part of a code of 𝓜_k outside the rows that pooling keeps",
    ),
    Observable::exact(
        "worst_code",
        &["k"],
        r"\sup\|z-\hat z\|/\|z\|",
        "largest relative error of the code over 𝓜_k",
    ),
    Observable::exact(
        "worst_signal",
        &["k"],
        r"\sup\|x-\hat x\|/\|x\|",
        "largest relative error of the signal over 𝓜_k",
    ),
    Observable::exact(
        "tap_signal_error",
        &["k"],
        r"\|x-\hat x\|/\|x\|",
        "relative error of the signal for the given code",
    ),
    Observable::exact(
        "tap_code_error",
        &["k"],
        r"\|z-\hat z\|/\|z\|",
        "relative error of the code for the given code",
    ),
    Observable::exact(
        "tap_gain",
        &["k"],
        r"\|W_\Omega W^Tz\|/\|z\|",
        "‖W_Ω Wᵀz‖/‖z‖, Ω the first shifts of the first k filters",
    ),
];
