//! Arms of a comparison: what one run does differently from plain backpropagation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Arms by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArmName {
    /// Plain backpropagation.
    Bp,
    /// With synthetic images.
    BpShadow,
    /// The real images twice in place of synthetic ones: doubles the loss as SHADOW does.
    BpDup,
    /// Plain at twice the learning rate.
    BpDoubleRate,
    /// Synthetic images through fixed independent Gaussian weights in place of the net's own.
    BpUntied,
    /// Synthetic images with α = 1 at both layers.
    BpShadowUnit,
    /// α ten times too large at both layers.
    BpShadowTenfold,
    /// Uniform initial weights of the same variance.
    BpUniformInit,
    /// Biases of the hidden layers start at 1.
    #[serde(rename = "bp_bias1")]
    BpBias1,
    /// Each hidden layer has one common bias.
    #[serde(rename = "bp_constbias")]
    BpConstBias,
    /// All weights of layer 2 are one number.
    #[serde(rename = "bp_constweights")]
    BpConstWeights,
    /// Labels of the training images in random order.
    BpPermuted,
    /// Dropout on both hidden layers.
    Dropout,
    /// Dropout with synthetic images.
    DropoutShadow,
    /// Dropout with the real images twice.
    DropoutDup,
    /// Dropout with the synthetic images of other images under this image's label.
    DropoutOther,
    /// Synthetic images from the rectified logits.
    #[serde(rename = "shadow_h3")]
    ShadowH3,
    /// Synthetic images from a random class, as long as the rectified logits.
    #[serde(rename = "shadow_h3_random")]
    ShadowH3Random,
    /// Half of the generated coordinates dropped at both steps.
    ShadowSampling,
    /// 98 % of the generated coordinates dropped at both steps.
    ShadowSampling2,
    /// Each synthetic pixel replaced by the mean of its 3 × 3 neighbourhood.
    ShadowSmoothing,
    /// The same with 15 × 15.
    #[serde(rename = "shadow_smoothing_15")]
    ShadowSmoothing15,
}

/// What stands beside the real images in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Second {
    /// Nothing.
    #[default]
    None,
    /// The real images again.
    Duplicate,
    /// Synthetic images.
    Synthetic,
}

/// Where a synthetic image starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Top {
    /// The last hidden layer.
    #[default]
    Hidden,
    /// The rectified logits.
    Logits,
    /// A random class with the norm of the rectified logits.
    RandomClass,
}

/// How synthetic images are made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Generator {
    /// Where they start.
    pub top: Top,
    /// Through the net's own weights, or fixed independent ones.
    pub tied: bool,
    /// Factor of α_l = 2m_l/‖W_l‖²; `None` for α = 1.
    pub scale: Option<f64>,
    /// Probability that a generated coordinate is kept.
    pub keep: Option<f64>,
    /// Edge of the square whose mean replaces a pixel; odd.
    pub smooth: Option<usize>,
    /// The image of the next one in the batch instead.
    pub other: bool,
}

impl Default for Generator {
    fn default() -> Self {
        Self {
            top: Top::Hidden,
            tied: true,
            scale: Some(1.0),
            keep: None,
            smooth: None,
            other: false,
        }
    }
}

/// Weights at the start, of variance 2/d, 2/H and 1/H.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Init {
    /// Normal.
    #[default]
    Normal,
    /// Uniform.
    Uniform,
}

/// What an arm does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Arm {
    /// Dropout with ratio ½ on both hidden layers (kept ones doubled).
    pub dropout: bool,
    /// The second half of the loss.
    pub second: Second,
    /// How synthetic images are made, for the loss and for what is measured.
    pub generator: Generator,
    /// Initial weights.
    pub init: Init,
    /// Initial biases of the hidden layers.
    pub bias: f64,
    /// One common bias in each hidden layer.
    pub common_bias: bool,
    /// One common weight in layer 2 (it starts at 2/H, so that a unit doubles the mean of its inputs).
    pub common_weight: bool,
    /// Labels in random order.
    pub permuted: bool,
    /// Factor of the learning rate.
    pub rate: f64,
    /// Synthetic images are looked at after every epoch, not only at the ends ([`super::Recipe::synthesises`]).
    pub followed: bool,
}

impl ArmName {
    /// What it does.
    pub fn arm(self) -> Arm {
        Arm { followed: self.is_followed(), ..self.changes() }
    }

    /// Arms whose curves of synthetic images claims ask for; those of the others would cost a tenth of their training.
    const fn is_followed(self) -> bool {
        use ArmName::{Bp, BpPermuted, BpShadow, BpShadowUnit, BpUntied, DropoutShadow};
        matches!(self, Bp | BpPermuted | BpShadow | BpShadowUnit | BpUntied | DropoutShadow)
    }

    fn changes(self) -> Arm {
        let plain = Arm { rate: 1.0, ..Arm::default() };
        let shadow = |generator| Arm { second: Second::Synthetic, generator, ..plain };
        let own = Generator::default();
        let dropout = Arm { dropout: true, ..plain };
        match self {
            Self::Bp => plain,
            Self::BpShadow => shadow(own),
            Self::BpDup => Arm { second: Second::Duplicate, ..plain },
            Self::BpDoubleRate => Arm { rate: 2.0, ..plain },
            Self::BpUntied => shadow(Generator { tied: false, ..own }),
            Self::BpShadowUnit => shadow(Generator { scale: None, ..own }),
            Self::BpShadowTenfold => shadow(Generator { scale: Some(10.0), ..own }),
            Self::BpUniformInit => Arm { init: Init::Uniform, ..plain },
            Self::BpBias1 => Arm { bias: 1.0, ..plain },
            Self::BpConstBias => Arm { common_bias: true, ..plain },
            Self::BpConstWeights => Arm { common_weight: true, ..plain },
            Self::BpPermuted => Arm { permuted: true, ..plain },
            Self::Dropout => dropout,
            Self::DropoutShadow => Arm { dropout: true, ..shadow(own) },
            Self::DropoutDup => Arm { second: Second::Duplicate, ..dropout },
            Self::DropoutOther => Arm { dropout: true, ..shadow(Generator { other: true, ..own }) },
            Self::ShadowH3 => shadow(Generator { top: Top::Logits, ..own }),
            Self::ShadowH3Random => shadow(Generator { top: Top::RandomClass, ..own }),
            Self::ShadowSampling => shadow(Generator { keep: Some(0.5), ..own }),
            Self::ShadowSampling2 => shadow(Generator { keep: Some(0.02), ..own }),
            Self::ShadowSmoothing => shadow(Generator { smooth: Some(3), ..own }),
            Self::ShadowSmoothing15 => shadow(Generator { smooth: Some(15), ..own }),
        }
    }
}

impl Arm {
    /// Is nothing but the loss of the real images descended, without dropout?
    pub fn is_plain(&self) -> bool {
        self.second == Second::None && !self.dropout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_claim_files() {
        let name = |text: &str| serde_json::from_value::<ArmName>(text.into()).unwrap();
        assert_eq!(name("bp_bias1").arm().bias, 1.0);
        assert_eq!(name("shadow_h3").arm().generator.top, Top::Logits);
        assert!(name("dropout_other").arm().generator.other);
        assert!(name("bp").arm().is_plain() && !name("bp_dup").arm().is_plain());
        assert_eq!(name("shadow_sampling2").arm().generator.keep, Some(0.02));
    }
}
