//! The same autoencoder drawn twice, independently: with matrices, and from the exact law without them.
//!
//! For Gaussian weights the two have one law at every size (`src/models/autoencoder/chain.rs`; Li & Nguyen 2019, Appendix A.3,
//! Step 1). A trial holds the estimators γ̂_l and ρ̂_l of both draws (Appendix B); any function of them has the
//! same mean under both, and each of the two is the larger with probability ½.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::autoencoder::description::Autoencoder;
use crate::models::autoencoder::simulation::{Departure, Method, Simulation};
use crate::models::autoencoder::weight_law::WeightLaw;
use crate::random::Stream;

/// The same autoencoder drawn twice.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "estimators of an autoencoder drawn with matrices, beside an independent draw without",
    "two sets of fresh weights and biases; the input is fixed",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "gamma_dense",
        &["l"],
        r"\hat\gamma_{#1}^{\mathrm{dense}}",
        "γ̂_l with matrices, l = 2, …, L + 1",
    ),
    Observable::sampled("gamma_chain", &["l"], r"\hat\gamma_{#1}^{\mathrm{chain}}", "γ̂_l without"),
    Observable::sampled(
        "rho_dense",
        &["l"],
        r"\hat\rho_{#1}^{\mathrm{dense}}",
        "ρ̂_l with matrices",
    ),
    Observable::sampled("rho_chain", &["l"], r"\hat\rho_{#1}^{\mathrm{chain}}", "ρ̂_l without"),
];

/// The net.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    #[serde(flatten)]
    net: Autoencoder,
    /// Law of the entries of the matrices.
    #[serde(default)]
    dist: WeightLaw,
    /// What the draw without matrices does otherwise.
    #[serde(default)]
    departure: Departure,
}

/// Most weights that a trial may draw.
const MOST_WEIGHTS: f64 = 1e8;

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        self.net.check()?;
        let with =
            |method, law, departure| Simulation { net: self.net.clone(), law, method, departure };
        let dense = with(Method::Dense, self.dist, Departure::None);
        let chain = with(Method::Chain, WeightLaw::Gauss, self.departure);
        if dense.entries() > MOST_WEIGHTS {
            let message = format!("a net of {} weights is too large", dense.entries());
            return Err(Failure::parameter(message, "use a smaller net"));
        }
        Ok(Box::new(Pair { dense, chain }))
    }
}

struct Pair {
    dense: Simulation,
    chain: Simulation,
}

impl Prepared for Pair {
    fn columns(&self) -> Vec<Column> {
        let layers = 2..=self.dense.net.depth + 1;
        OBSERVABLES
            .iter()
            .flat_map(|o| layers.clone().map(|l| Column::indexed(o.name, l, Tail::Unknown)))
            .collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let depth = self.dense.net.depth;
        let halves = out.split_at_mut(depth * 2);
        for (label, simulation) in [(10, &self.dense), (11, &self.chain)] {
            let pass = simulation.pass(&stream.substream(label));
            let from = if label == 10 { 0 } else { depth };
            for l in 2..=depth + 1 {
                let (gamma, rho) = pass.estimates(&simulation.net, l);
                halves.0[from + l - 2] = gamma;
                halves.1[from + l - 2] = rho;
            }
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        12.0 * self.dense.entries()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    #[test]
    fn the_columns_are_in_place() {
        let parameters =
            json!({"L": 2, "n0": 400, "sigma_w2": 1, "sigma": "identity", "phi": "identity"});
        let pair = (EXPERIMENT.prepare)(&parameters).unwrap();
        let mut out = [0.0; 8];
        pair.trial(&mut StreamKey::derive(1, "chain-and-dense", "").trial(0), &mut out).unwrap();
        // γ = 1 everywhere; ρ_3 = 1, ρ_2 = 2.
        for (found, expected) in out.into_iter().zip([1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0]) {
            assert!((found - expected).abs() < 0.5, "{out:?}");
        }
        assert_ne!(out[0], out[2]);
    }
}
