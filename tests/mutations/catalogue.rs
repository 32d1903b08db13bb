//! The mutations: what is broken, and who must notice.
//!
//! A patch replaces a snippet that occurs exactly once in its file. If the file has changed so that it
//! no longer does, write the same mistake into the new code. In Rust both snippets are expressions of
//! one type: one build holds all of them behind switches.

/// One mistake.
pub struct Mutation {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The places.
    pub patches: &'static [Patch],
    /// Who must notice.
    pub notice: Notice,
}

/// One replacement.
pub struct Patch {
    /// File, from the repository's root.
    pub file: &'static str,
    /// Snippet that occurs once.
    pub from: &'static str,
    /// What stands there instead.
    pub to: &'static str,
}

/// Who must notice.
#[derive(Clone, Copy)]
pub enum Notice {
    /// This claim's verdict is no longer as expected.
    Fall(&'static str),
    /// This lint refuses the claim files: nothing is run.
    Lint(&'static str),
    /// This test fails: no verdict can see the mistake.
    FailingTest {
        /// Test target (a file of `tests`).
        target: &'static str,
        /// Name of the test.
        name: &'static str,
    },
}

impl Patch {
    /// Whether it is in the program, not in a file that the program reads.
    pub fn is_code(&self) -> bool {
        self.file.ends_with(".rs")
    }
}

/// All of them.
pub const CATALOGUE: &[Mutation] = &[
    Mutation {
        name: "lemma 2 without the factor 2 of its bound",
        patches: &[Patch {
            file: "claims/arpit2019/lemma-2.yaml",
            from: "tail_bound: 2*exp(-m*rate)",
            to: "tail_bound: exp(-m*rate)",
        }],
        // The inequality itself survives (two normal tails are below one exponential), but then the
        // printed bound is no longer above the two-sided Chernoff bound that it was derived from.
        notice: Notice::Fall("arpit2019/lemma-2"),
    },
    Mutation {
        name: "variance 1/m instead of 2/m in the law of a layer",
        patches: &[Patch {
            file: "src/models/relu/relu_layer.rs",
            from: "Self { half_rate: 0.25 * m as f64, ..Self::with_variance(m, 2.0 / m as f64) }",
            to: "Self { half_rate: 0.5 * m as f64, ..Self::with_variance(m, 1.0 / m as f64) }",
        }],
        notice: Notice::Fall("arpit2019/lemma-1"),
    },
    Mutation {
        name: "all trials from the stream of trial 0",
        patches: &[Patch {
            file: "src/measure/samples.rs",
            from: "key.trial(trial)",
            to: "key.trial(trial - trial)",
        }],
        notice: Notice::Fall("arpit2019/lemma-1"),
    },
    Mutation {
        name: "exactly half of the units active, no atom at 0",
        patches: &[Patch {
            file: "src/models/relu/relu_layer.rs",
            from: "ChiMixture { m: self.m, p: self.p }",
            to: "ChiMixture { m: (self.m as f64 * self.p) as u64, p: 1.0 }",
        }],
        notice: Notice::Fall("arpit2019/lemma-1"),
    },
    Mutation {
        name: "the wrong sign in a decision",
        patches: &[Patch {
            file: "src/stats/decide.rs",
            from: "(measured.hi <= bound.lo, measured.lo > bound.hi)",
            to: "(measured.lo > bound.hi, measured.hi <= bound.lo)",
        }],
        notice: Notice::Fall("arpit2019/lemma-2"),
    },
    Mutation {
        name: "a backward pass without masks",
        patches: &[Patch {
            file: "src/models/relu/net.rs",
            from: "self.description.mask(&activations[l], &pulled)",
            to: "pulled.clone()",
        }],
        notice: Notice::Fall("arpit2019/equation-20"),
    },
    Mutation {
        name: "controls that disturb nothing",
        patches: &[Patch {
            file: "src/run/plan/mod.rs",
            from: "overlaid(&raw, overlay)?",
            to: "overlaid(&raw, overlay).map(|_| raw.clone())?",
        }],
        notice: Notice::Lint("control-equals-claim"),
    },
    Mutation {
        name: "intervals that ignore their error probability",
        patches: &[Patch {
            file: "src/stats/proportion.rs",
            from: "-alpha.ln()",
            to: "-(0.0 * alpha + 0.5).ln()",
        }],
        // Too narrow an interval rarely turns a true verdict round: the margins are wide. Its false
        // alarms have to be counted.
        notice: Notice::FailingTest {
            target: "calibration",
            name: "the_robbins_mixture_survives_optional_stopping",
        },
    },
];
