//! Synthetic results that use everything a report can show: every verdict, an erratum pair, plots
//! of every role, and strings that try to break out of the page.

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part")]

mod claims;
mod hostile;
mod plots;
pub mod tags;

use claimcheck::results::{PaperInfo, Results, RunInfo, SCHEMA};

pub use hostile::{MARKS, hostile};

/// Two papers, every verdict, every plot role, hostile strings.
pub fn rich() -> Results {
    let mut claims = claims::arpit();
    claims.extend(claims::li());
    claims.push(hostile());
    Results { schema: SCHEMA, run: run(), papers: vec![arpit(), li()], claims }
}

/// `n` claims of usual size in two papers, for size limits.
pub fn large(n: usize) -> Results {
    let mut results = rich();
    let model = results.claims[1].clone();
    results.claims = (0..n)
        .map(|i| {
            let paper = if i % 2 == 0 { "arpit2019" } else { "li2019" };
            let id = format!("{paper}/proof-step-{i}-of-the-second-theorem");
            // Families of forty claims: longer chains are in no paper.
            let uses =
                if i % 40 >= 6 { vec![results_id(i - 6), results_id(i - 4)] } else { Vec::new() };
            let plots = if i < 2 { model.plots.clone() } else { Vec::new() };
            let title = format!("A title of the usual length on $\\|h_{{{i}}}\\|$ for step {i}");
            claimcheck::results::ClaimResult {
                id,
                paper: paper.into(),
                title,
                uses,
                plots,
                ..model.clone()
            }
        })
        .collect();
    results.claims.sort_by(|a, b| a.paper.cmp(&b.paper));
    results
}

fn results_id(i: usize) -> String {
    let paper = if i.is_multiple_of(2) { "arpit2019" } else { "li2019" };
    format!("{paper}/proof-step-{i}-of-the-second-theorem")
}

fn run() -> RunInfo {
    RunInfo {
        profile: "standard".into(),
        seed: 1,
        commit: "0123456789ab".into(),
        version: "0.1.0".into(),
        threads: 2,
        cpu: "Example CPU @ 2.60GHz".into(),
        isa: "avx512f avx2 fma".into(),
        os: "linux x86_64".into(),
        libtorch: None,
        started: "2026-01-02T03:04:05Z".into(),
        seconds: 512.3,
        budget: 1e-6,
        alpha: 9.313225746154785e-10,
        intervals: 812,
        reused: 12,
        measurements: 160,
        partial: None,
        command: "claimcheck verify --profile standard --seed 1".into(),
    }
}

fn arpit() -> PaperInfo {
    PaperInfo {
        id: "arpit2019".into(),
        title: "The Benefits of Over-parameterization at Initialization in Deep ReLU Networks"
            .into(),
        authors: vec!["Devansh Arpit".into(), "Yoshua Bengio".into()],
        year: 2019,
        arxiv: Some("1901.03611".into()),
        about:
            "Wide ReLU networks with weights drawn from $\\mathcal N(0, 2/n_l)$ keep the norm of \
                activations and gradients nearly constant over depth. The paper bounds how wide is \
                wide enough."
                .into(),
        notation: vec![
            ("$h_l$".into(), "activation of layer $l$, with $h_0=x$".into()),
            ("$n_l$".into(), "width of layer $l$".into()),
            ("$\\delta_l$".into(), "gradient $\\partial\\ell/\\partial a_l$ of the loss".into()),
        ],
    }
}

fn li() -> PaperInfo {
    PaperInfo {
        id: "li2019".into(),
        title: "On Random Deep Weight-Tied Autoencoders".into(),
        authors: vec!["Ping Li".into(), "Phan-Minh Nguyen".into()],
        year: 2019,
        arxiv: None,
        about: "State evolution of a random weight-tied autoencoder.".into(),
        notation: Vec::new(),
    }
}
