//! How far test functions of high-dimensional vectors move: their pseudo-Lipschitz constants, by search.
//!
//! The quotient of f at x and y is `|f(x) − f(y)|` over `(1 + ‖x‖/√n + ‖y‖/√n) ‖x − y‖/√n`
//! (Li & Nguyen 2019, Appendix A.1). A trial draws x at a random scale, with normal or nearly equal entries, some with one large entry, and a
//! step of random length: in a random direction, along x, along one axis, or that sets the entries'
//! signs straight.
//!
//! Functions by number: 1 `‖x‖²/n`, 2 `⟨x′, x″⟩/n` of the two halves, 3 `Σ|x_i|/n`, 4 `Σ cos(x_i)/n`,
//! 5 `Σ x_i x_{i+1}/n`, 6 `‖x‖/√n`, 7 `Σ x_(i) q_i/n` with normal quantiles `q_i` (the order statistics),
//! 8 `max x_i`, 9 `Σ x_i⁴/n`. The first seven have constant 1 (proof in `src/models/autoencoder/battery.rs`), the last two
//! none that serves all n.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::autoencoder::battery::{TestFunction, lipschitz_quotient};
use crate::models::autoencoder::weights::norm_sq;
use crate::random::Stream;

/// Pseudo-Lipschitz constants by search.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "pseudo-Lipschitz constants of test functions of vectors, by search over pairs",
    "a pair of vectors",
    OBSERVABLES,
);

const OBSERVABLES: &[Observable] = &[Observable::searched(
    "quotient",
    &["function"],
    r"C_{#1}",
    "pseudo-Lipschitz quotient of the numbered function at the pair",
)];

/// Size of the vectors.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Dimension, even, 2 to 10⁶.
    n: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        if !(2..=1_000_000).contains(&self.n) || self.n % 2 == 1 {
            let message = format!("n = {} is out of range", self.n);
            return Err(Failure::parameter(message, "an even number, 2 to 1000000"));
        }
        Ok(Box::new(Pairs { n: self.n }))
    }
}

struct Pairs {
    n: usize,
}

impl Prepared for Pairs {
    fn columns(&self) -> Vec<Column> {
        let numbered = |k: usize| Column::indexed("quotient", k + 1, Tail::Unknown);
        (0..TestFunction::ALL.len()).map(numbered).collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let (x, y) = self.pair(stream);
        for (out, f) in out.iter_mut().zip(TestFunction::ALL) {
            *out = lipschitz_quotient(f, &x, &y);
        }
        Ok(())
    }

    fn cost(&self) -> f64 {
        300.0 * self.n as f64
    }
}

impl Pairs {
    fn pair(&self, stream: &mut Stream) -> (Vec<f64>, Vec<f64>) {
        let n = self.n;
        let mut x = vec![0.0; n];
        stream.fill_normal(&mut x);
        let scale = libm::exp(6.0 * stream.uniform() - 3.0);
        x.iter_mut().for_each(|x| *x *= scale);
        if stream.bernoulli(0.3) {
            // All entries nearly alike: neighbours and halves are aligned.
            x.iter_mut().for_each(|x| *x = scale + 0.1 * *x);
        }
        if stream.bernoulli(0.3) {
            // Much of the norm in one entry.
            let at = stream.below(n as u64) as usize;
            x[at] = norm_sq(&x).sqrt();
        }
        let mut step = vec![0.0; n];
        match stream.below(4) {
            0 => stream.fill_normal(&mut step),
            1 => step.copy_from_slice(&x),
            2 => {
                let largest = (0..n).max_by(|&i, &j| x[i].total_cmp(&x[j])).unwrap_or(0);
                step[largest] = 1.0;
            }
            _ => step.iter_mut().zip(&x).for_each(|(s, x)| *s = x.signum()),
        }
        let length = libm::exp(8.0 * stream.uniform() - 7.0) * norm_sq(&x).sqrt();
        let factor = stream.sign() * length / norm_sq(&step).sqrt();
        let y = x.iter().zip(&step).map(|(x, s)| x + factor * s).collect();
        (x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// The seven keep their constant; the other two are found out.
    #[test]
    fn the_search_tells_the_class_apart() {
        let pairs = Pairs { n: 400 };
        let key = StreamKey::derive(1, "pseudo-lipschitz", "test");
        let mut worst = [0.0_f64; 9];
        for trial in 0..300 {
            let mut out = [0.0; 9];
            pairs.trial(&mut key.trial(trial), &mut out).unwrap();
            worst.iter_mut().zip(out).for_each(|(w, q)| *w = w.max(q));
        }
        assert!(worst[..7].iter().all(|&q| q > 0.1 && q <= 1.0 + 1e-12), "{worst:?}");
        assert!(worst[7] > 3.0 && worst[8] > 10.0, "{worst:?}");
    }

    #[test]
    fn odd_dimensions_are_refused() {
        assert!((EXPERIMENT.prepare)(&serde_json::json!({"n": 3})).is_err());
    }
}
