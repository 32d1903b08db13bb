//! How claim files describe a bank over a line: its sizes, and how its weights are drawn.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bank::Bank;
use super::laws::{Law, Scaling};
use super::shape::Shape;
use crate::experiment::Failure;
use crate::random::Stream;

/// Sizes of a bank over channels that are lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Line {
    /// Number of filters.
    #[serde(rename = "K")]
    pub filters: usize,
    /// Number of channels.
    #[serde(rename = "M")]
    pub channels: usize,
    /// Length of a filter.
    pub l: usize,
    /// Stride; 1 if left out.
    #[serde(default = "one")]
    pub t: usize,
    /// Length of a channel.
    #[serde(rename = "D")]
    pub samples: usize,
    /// Entries of a code: at most one for each filter.
    pub k: usize,
}

/// How weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Weights {
    /// Law of the weights; Gaussian if left out.
    #[serde(default = "gauss")]
    pub law: Law,
    /// What the weights are divided by; √(Mℓ) if left out.
    #[serde(default = "scaled")]
    pub scaling: Scaling,
}

const fn one() -> usize {
    1
}

const fn gauss() -> Law {
    Law::Gauss
}

const fn scaled() -> Scaling {
    Scaling::Scaled
}

impl Line {
    /// The sizes as they are written.
    pub fn shape(&self) -> Shape {
        Shape::line(self.filters, self.channels, self.l, self.t, self.samples)
    }

    /// The sizes, if there is such a bank and k entries are a code.
    ///
    /// # Errors
    /// [`Failure::Parameter`] with the size that does not fit.
    pub fn checked(&self) -> Result<Shape, Failure> {
        let shape = self.shape();
        fits(&shape)?;
        if self.k == 0 || self.k > self.filters {
            let message = format!("k = {} is out of range", self.k);
            return Err(Failure::parameter(message, "1 ≤ k ≤ K"));
        }
        Ok(shape)
    }
}

impl Weights {
    /// Whether the law has weights for these sizes, and there is such a bank.
    ///
    /// # Errors
    /// [`Failure::Parameter`] with what does not fit.
    pub fn check(&self, shape: &Shape) -> Result<(), Failure> {
        fits(shape)?;
        match self.law.complaint(shape) {
            Some(complaint) => Err(Failure::parameter(complaint, "see the law's description")),
            None => Ok(()),
        }
    }

    /// A bank of these weights.
    pub fn draw(&self, shape: Shape, stream: &mut Stream) -> Bank {
        self.law.draw(shape, self.scaling, stream)
    }
}

/// Whether there is such a bank.
///
/// # Errors
/// [`Failure::Parameter`] with the size that does not fit.
pub fn fits(shape: &Shape) -> Result<(), Failure> {
    match shape.complaint() {
        Some(complaint) => {
            Err(Failure::parameter(complaint, "K, M, l, t, D ≥ 1, l ≤ D, (D − l)/t whole"))
        }
        None => Ok(()),
    }
}

/// Refuses banks with more than 10⁸ products an application, W or Wᵀ to a vector.
///
/// # Errors
/// [`Failure::Parameter`] if there are more.
pub fn affordable(shape: &Shape) -> Result<(), Failure> {
    if shape.rows().saturating_mul(shape.fan_in()) > 100_000_000 {
        let message = "the bank is too large: more than 10⁸ products a signal";
        return Err(Failure::parameter(message, "take fewer filters or a shorter input"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As experiments hold them: side by side, everything else refused.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Both {
        #[serde(flatten)]
        line: Line,
        #[serde(flatten)]
        weights: Weights,
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let both = Both::deserialize(json!({"K": 4, "M": 2, "l": 3, "D": 6, "k": 2})).unwrap();
        assert_eq!(both.line.checked().unwrap(), Shape::line(4, 2, 3, 1, 6));
        assert_eq!(both.weights, Weights { law: Law::Gauss, scaling: Scaling::Scaled });
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let unknown = json!({"K": 4, "M": 2, "l": 3, "D": 6, "k": 2, "laws": "gauss"});
        assert!(Both::deserialize(unknown).unwrap_err().to_string().contains("laws"));
        let line = Line { filters: 4, channels: 2, l: 3, t: 1, samples: 6, k: 2 };
        for wrong in [Line { k: 0, ..line }, Line { k: 5, ..line }, Line { l: 7, ..line }] {
            assert!(matches!(wrong.checked(), Err(Failure::Parameter { .. })), "{wrong:?}");
        }
        let haar = Weights { law: Law::Haar, scaling: Scaling::Raw };
        assert!(haar.check(&line.shape()).is_err());
        assert!(haar.check(&Shape::line(2, 1, 2, 1, 6)).is_ok());
        assert!(affordable(&Shape::line(1000, 1000, 100, 1, 200)).is_err());
    }
}
