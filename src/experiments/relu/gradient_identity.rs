//! Backpropagation's identities on a small net, from difference quotients of the loss alone.
//!
//! A ReLU net with weights `N(0, 2/n)`, input `x ~ N(0, I)`, softmax cross-entropy with a Gaussian readout
//! of `K` classes (smooth in everything that is moved). The derivatives `∂ℓ/∂W_l` and `δ_l = ∂ℓ/∂a_l`
//! are five-point difference quotients `[8(f(t) − f(−t)) − (f(2t) − f(−2t))]/(12t)`, entry by entry: nothing
//! is taken from backpropagation. Their relative error is about `1e-11` at the step `t = 1e-3` used.
//! Draws in which a difference quotient reaches across a kink of a ReLU are drawn again.
//!
//! What is compared: `∂ℓ/∂W_l = δ_l h_{l−1}ᵀ` (Arpit & Bengio 2019, Eqs. 18, 19) and
//! `δ_l = 1(a_l) ⊙ W_{l+1}ᵀ δ_{l+1}` (Eq. 20).

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{Column, Definition, Failure, Observable, Parameters, Prepared, Tail};
use crate::models::relu::backward::output_error;
use crate::models::relu::net::Net;
use crate::models::relu::net_description::{Init, NetDescription};
use crate::random::Stream;

/// Step of the difference quotients.
const STEP: f64 = 1e-3;
/// Draws across a kink are drawn again, so often at most.
const DRAWS: u64 = 1000;
/// Widest net, deepest net: the cost is the square of the number of weights.
const WIDEST: usize = 30;

/// Parameters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Width of all layers, at most 30.
    n: usize,
    /// Depth, at most 30.
    #[serde(rename = "L")]
    depth: usize,
    /// Input dimension, at most 30.
    n0: usize,
    /// Number of classes.
    #[serde(default = "three", rename = "K")]
    classes: usize,
}

const fn three() -> usize {
    3
}

const OBSERVABLES: &[Observable] = &[
    Observable::sampled(
        "gradient_norm",
        &["l"],
        r"\|\partial\ell/\partial W_{#1}\|_F",
        "Frobenius norm of the gradient in the weights of layer l",
    ),
    Observable::sampled(
        "error_norm",
        &["l"],
        r"\|\delta_{#1}\|",
        "norm of the gradient in the pre-activations of layer l",
    ),
    Observable::sampled(
        "activation_norm",
        &["l"],
        r"\|h_{#1}\|",
        "norm of the activations of layer l (0: the input)",
    ),
    Observable::sampled(
        "outer_product_gap",
        &["l"],
        r"\|\partial\ell/\partial W_{#1}-\delta_{#1}h_{#1-1}^T\|_F",
        "distance of the weight gradient to the outer product of error and activation",
    ),
    Observable::sampled(
        "recursion_gap",
        &["l"],
        r"\|\delta_{#1}-1(a_{#1})\odot W^T\delta\|",
        "distance of the error of layer l < L to the one pulled back from the layer above",
    ),
    Observable::sampled(
        "unmasked_recursion_gap",
        &["l"],
        r"\|\delta_{#1}-W^T\delta\|",
        "the same without the mask",
    ),
];

/// Backpropagation's identities.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "weight gradients and errors of a small net by difference quotients",
    "fresh weights, input, target and readout",
    OBSERVABLES,
);

struct Instance {
    net: NetDescription,
    classes: usize,
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let sizes = [("n", self.n), ("L", self.depth), ("n0", self.n0), ("K", self.classes)];
        for (name, size) in sizes {
            if !(1..=WIDEST).contains(&size) {
                let message = format!("`{name}` is {size}, not between 1 and {WIDEST}");
                return Err(Failure::parameter(message, "difference quotients are for small nets"));
            }
        }
        let net = NetDescription::relu(self.n0, vec![self.n; self.depth], Init::HeFanOut);
        Ok(Box::new(Instance { net, classes: self.classes }))
    }
}

/// One draw: everything the loss depends on.
struct Case {
    net: Net,
    input: DVector<f64>,
    readout: DMatrix<f64>,
    target: DVector<f64>,
}

/// What is moved away from its value.
#[derive(Clone, Copy)]
enum Moved {
    Nothing,
    Weight { l: usize, i: usize, j: usize },
    PreActivation { l: usize, i: usize },
}

/// A forward pass.
struct Pass {
    loss: f64,
    activations: Vec<DVector<f64>>,
}

impl Case {
    fn draw(net: &NetDescription, classes: usize, stream: &mut Stream) -> Self {
        let mut readout = DMatrix::zeros(classes, net.width(net.depth()));
        let mut input = DVector::zeros(net.input);
        stream.fill_normal(input.as_mut_slice());
        stream.fill_normal(readout.as_mut_slice());
        // Minus the output error of equal logits is target − 1/K.
        let target = output_error(&vec![0.0; classes], 1.0, stream);
        let target = DVector::from_vec(target).map(|e| 1.0 / classes as f64 - e);
        Self { net: net.draw(&mut stream.substream(0)), input, readout, target }
    }

    fn depth(&self) -> usize {
        self.net.description().depth()
    }

    fn pass(&self, moved: Moved, by: f64) -> Pass {
        let mut activations = vec![self.input.clone()];
        for l in 1..=self.depth() {
            let below = &activations[l - 1];
            let mut a = self.net.transposed(l).tr_mul(below);
            match moved {
                Moved::Weight { l: layer, i, j } if layer == l => a[i] += by * below[j],
                Moved::PreActivation { l: layer, i } if layer == l => a[i] += by,
                _ => {}
            }
            activations.push(a.map(|a| a.max(0.0)));
        }
        let logits = &self.readout * &activations[self.depth()];
        let largest = logits.max();
        let partition: f64 = logits.iter().map(|z| (z - largest).exp()).sum();
        // −Σ y ln softmax(z), with Σ y = 1.
        let loss = partition.ln() + largest - self.target.dot(&logits);
        Pass { loss, activations }
    }

    /// The derivative, or `None` if a unit changes sides on the way.
    fn derivative(&self, moved: Moved, base: &Pass) -> Option<f64> {
        let mut value = 0.0;
        for (steps, weight) in [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)] {
            let pass = self.pass(moved, steps * STEP);
            let sides = pass.activations.iter().zip(&base.activations).skip(1);
            let same = |(a, b): (&DVector<f64>, &DVector<f64>)| {
                a.iter().zip(b.iter()).all(|(a, b)| (*a > 0.0) == (*b > 0.0))
            };
            if !sides.into_iter().all(same) {
                return None;
            }
            value += weight * pass.loss;
        }
        Some(value / (12.0 * STEP))
    }

    /// `∂ℓ/∂W_l` and `δ_l` for `l = 1, …, L`.
    fn derivatives(&self, base: &Pass) -> Option<Vec<(DMatrix<f64>, DVector<f64>)>> {
        let net = self.net.description();
        let layer = |l: usize| {
            let mut gradient = DMatrix::zeros(net.width(l), net.width(l - 1));
            let mut error = DVector::zeros(net.width(l));
            for i in 0..net.width(l) {
                error[i] = self.derivative(Moved::PreActivation { l, i }, base)?;
                for j in 0..net.width(l - 1) {
                    gradient[(i, j)] = self.derivative(Moved::Weight { l, i, j }, base)?;
                }
            }
            Some((gradient, error))
        };
        (1..=self.depth()).map(layer).collect()
    }
}

impl Prepared for Instance {
    fn columns(&self) -> Vec<Column> {
        let depth = self.net.depth();
        let indexed = |name, first: usize, last: usize| {
            (first..=last).map(move |l| Column::indexed(name, l, Tail::Unknown))
        };
        indexed("gradient_norm", 1, depth)
            .chain(indexed("error_norm", 1, depth))
            .chain(indexed("activation_norm", 0, depth))
            .chain(indexed("outer_product_gap", 1, depth))
            .chain(indexed("recursion_gap", 1, depth - 1))
            .chain(indexed("unmasked_recursion_gap", 1, depth - 1))
            .collect()
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let depth = self.net.depth();
        for attempt in 0..DRAWS {
            let case = Case::draw(&self.net, self.classes, &mut stream.substream(attempt));
            let base = case.pass(Moved::Nothing, 0.0);
            if base.activations[depth].max() <= 0.0 {
                continue; // a dead net: every gradient is 0
            }
            let Some(layers) = case.derivatives(&base) else { continue };
            let mut values = Vec::with_capacity(out.len());
            values.extend(layers.iter().map(|(gradient, _)| gradient.norm()));
            values.extend(layers.iter().map(|(_, error)| error.norm()));
            values.extend(base.activations.iter().map(|h| h.norm()));
            values.extend(
                layers.iter().zip(&base.activations).map(|((gradient, error), below)| {
                    (gradient - error * below.transpose()).norm()
                }),
            );
            for masked in [true, false] {
                values.extend((1..depth).map(|l| {
                    let mut pulled = case.net.transposed(l + 1) * &layers[l].1;
                    if masked {
                        let active = base.activations[l].map(|h| f64::from(u8::from(h > 0.0)));
                        pulled.component_mul_assign(&active);
                    }
                    (&layers[l - 1].1 - pulled).norm()
                }));
            }
            out.copy_from_slice(&values);
            return Ok(());
        }
        Err(Failure::domain("difference quotients reach across kinks in nearly every draw"))
    }

    fn cost(&self) -> f64 {
        8.0 * (self.net.weights() as f64).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    #[test]
    fn identities_hold_to_the_accuracy_of_the_quotients() {
        let parameters = serde_json::json!({"n": 5, "L": 3, "n0": 4});
        let instance = (EXPERIMENT.prepare)(&parameters).unwrap();
        let columns = instance.columns();
        let at = |row: &[f64], name: &str, l: usize| {
            let place =
                columns.iter().position(|c| c.observable == name && c.arguments == [l as f64]);
            row[place.unwrap()]
        };
        let key = StreamKey::derive(4, "gradient-identity", "");
        let mut unmasked = 0;
        for trial in 0..20 {
            let mut row = vec![f64::NAN; columns.len()];
            instance.trial(&mut key.trial(trial), &mut row).unwrap();
            for l in 1..=3 {
                let gradient = at(&row, "gradient_norm", l);
                let product = at(&row, "error_norm", l) * at(&row, "activation_norm", l - 1);
                approx::assert_relative_eq!(gradient, product, max_relative = 1e-8);
                assert!(at(&row, "outer_product_gap", l) < 1e-8 * gradient);
            }
            for l in 1..3 {
                let error = at(&row, "error_norm", l);
                assert!(at(&row, "recursion_gap", l) < 1e-8 * error);
                unmasked += u32::from(at(&row, "unmasked_recursion_gap", l) > 0.1 * error);
            }
        }
        assert!(unmasked > 20, "{unmasked}");
    }

    /// The loss is the cross-entropy of a probability vector: at least the target's entropy.
    #[test]
    fn the_loss_is_a_cross_entropy() {
        let net = NetDescription::relu(4, vec![5; 3], Init::HeFanOut);
        let mut stream = StreamKey::derive(4, "gradient-identity", "loss").trial(0);
        let case = Case::draw(&net, 3, &mut stream);
        approx::assert_abs_diff_eq!(case.target.sum(), 1.0, epsilon = 1e-14);
        let entropy: f64 = case.target.iter().map(|y| -y * y.ln()).sum();
        assert!(case.pass(Moved::Nothing, 0.0).loss >= entropy);
    }

    #[test]
    fn large_nets_are_refused() {
        let parameters = serde_json::json!({"n": 500, "L": 3, "n0": 4});
        assert!((EXPERIMENT.prepare)(&parameters).is_err());
    }
}
