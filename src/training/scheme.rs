//! What a weight-tied autoencoder is made of, and the initialisations of Table 1 of Li & Nguyen (ICLR 2019).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, u).
    Relu,
    /// tanh u.
    Tanh,
    /// u.
    Identity,
}

/// An initialisation with its pair of activations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Decoder's activation φ.
    pub phi: Activation,
    /// Encoder's activation σ.
    pub sigma: Activation,
    /// σ_W²: a layer's weights have this variance over its number of inputs.
    pub weight: f64,
    /// σ_b²: variance of the encoder's biases.
    pub bias: f64,
    /// Variance of the output's biases v_1 (the decoder's other biases start at 0).
    #[serde(default)]
    pub decoder_bias: f64,
}

/// Loss that is descended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// ‖x − x̂‖²/‖x‖².
    #[default]
    Normalised,
    /// ‖x − x̂‖².
    Squared,
    /// ‖x − x̂‖² over the mean of ‖x‖² (a rescaled learning rate).
    Rescaled,
}

/// A run: a scheme of Table 1 by its number (1 to 14), the same with a loss, or a scheme spelt out.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RunSpec {
    /// Number in Table 1.
    Numbered(usize),
    /// Number in Table 1, with the loss that is descended.
    With {
        /// Number in Table 1.
        scheme: usize,
        /// Loss.
        loss: Loss,
    },
    /// Spelt out.
    Spelt(Scheme),
}

impl RunSpec {
    /// The scheme; `None` for a number that is not in the table.
    pub fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::Numbered(number) | Self::With { scheme: number, .. } => table(*number),
            Self::Spelt(scheme) => Some(*scheme),
        }
    }

    /// The loss that is descended.
    pub const fn loss(&self) -> Loss {
        match self {
            Self::With { loss, .. } => *loss,
            _ => Loss::Normalised,
        }
    }

    /// What observables call the run: the number in the table, or its place (from 1) if it has more than that.
    pub const fn label(&self, place: usize) -> usize {
        match self {
            Self::Numbered(number) => *number,
            _ => place + 1,
        }
    }
}

/// A row of Table 1.
pub fn table(number: usize) -> Option<Scheme> {
    use Activation::{Relu, Tanh};
    let (phi, sigma, weight, bias) = match number {
        1 => (Relu, Relu, 2.0, 0.0),
        2 => (Relu, Relu, 1.0, 0.1),
        3 => (Relu, Relu, 2.5, 0.0),
        4 => (Relu, Tanh, 2.0, 0.0),
        5 => (Relu, Tanh, 1.05, 2.01e-5),
        6 => (Relu, Tanh, 2.505, 0.3),
        7 => (Tanh, Tanh, 1.05, 2.01e-5),
        8 => (Tanh, Tanh, 0.5, 0.0136),
        9 => (Tanh, Tanh, 2.312, 0.211),
        10 => (Tanh, Tanh, 0.5, 0.986),
        11 => (Tanh, Tanh, 1.0, 0.771),
        12 => (Tanh, Relu, 2.0, 0.0),
        13 => (Tanh, Relu, 1.0, 0.1),
        14 => (Tanh, Relu, 0.5, 0.15),
        _ => return None,
    };
    Some(Scheme { phi, sigma, weight, bias, decoder_bias: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_numbered_or_spelt() {
        let specs: Vec<RunSpec> = serde_json::from_str(
            r#"[5, {"phi": "relu", "sigma": "tanh", "weight": 1.05, "bias": 2.01e-5}, 15,
                {"scheme": 5, "loss": "squared"}]"#,
        )
        .unwrap();
        assert_eq!(specs[0].scheme(), specs[1].scheme());
        assert_eq!(specs[0].scheme(), specs[3].scheme());
        assert_eq!((specs[2].scheme(), specs[3].loss()), (None, Loss::Squared));
        assert_eq!((specs[0].label(0), specs[1].label(1)), (5, 2));
    }
}
