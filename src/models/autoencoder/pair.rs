//! How claim files describe a pair of activations at one level of the encoder.

use schemars::JsonSchema;
use serde::Deserialize;

use super::activation::Activation;
use super::channel::Channel;
use crate::experiment::Failure;
use crate::models::function::Limit;

/// A pair of activations.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Pair {
    /// Decoder activation φ.
    pub phi: Activation,
    /// Encoder activation σ.
    pub sigma: Activation,
    /// τ² of the encoder.
    #[schemars(extend("format" = "formula"))]
    pub tau2: Limit,
}

impl Pair {
    /// The layer that the two make, and τ².
    ///
    /// # Errors
    /// [`Failure::Parameter`] unless τ² is positive and finite.
    pub fn channel(&self) -> Result<(Channel, f64), Failure> {
        let tau_sq = positive(&self.tau2, "tau2")?;
        Ok((Channel::new(&self.phi, &self.sigma, tau_sq.sqrt()), tau_sq))
    }
}

/// The value of the parameter `name`, a positive number below 10¹².
///
/// # Errors
/// [`Failure::Parameter`] if it is not.
pub fn positive(limit: &Limit, name: &str) -> Result<f64, Failure> {
    let value = limit.value(name)?.0;
    match value > 0.0 && value < 1e12 {
        true => Ok(value),
        false => {
            Err(Failure::parameter(format!("`{name}` = {value}"), "give a positive finite number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_level_must_be_positive() {
        let pair = |tau2: &str| {
            Pair::deserialize(json!({"phi": "tanh", "sigma": "relu", "tau2": tau2})).unwrap()
        };
        let (channel, tau_sq) = pair("9/4").channel().unwrap();
        assert_eq!((channel.tau(), tau_sq), (1.5, 2.25));
        for wrong in ["0", "0 - 1", "10^13"] {
            assert!(matches!(pair(wrong).channel(), Err(Failure::Parameter { .. })), "{wrong}");
        }
    }
}
