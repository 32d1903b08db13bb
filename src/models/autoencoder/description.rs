//! The one description of a deep autoencoder: what is simulated and what is predicted.
//!
//! Li & Nguyen (2019), Section 2: `x_0 = x`, `x_l = W_l σ_{l−1}(x_{l−1}) + b_l` for l = 1..L,
//! `x̂_L = W_Lᵀ φ_L(x_L) + v_L`, `x̂_l = W_lᵀ φ_l(x̂_{l+1}) + v_l`, output `φ_0(x̂_1)`; `W_l` is n_l × n_{l−1} with
//! entries N(0, σ_W,l²/n_{l−1}), `b_l ~ N(0, σ_b,l²)`, `v_l ~ N(0, σ_v,l²)` (of length n_{l−1}).

use schemars::JsonSchema;
use serde::Deserialize;

use super::activation::Activation;
use crate::experiment::Failure;

/// Most layers.
const MAX_DEPTH: usize = 100_000;
/// Widest layer.
const MAX_WIDTH: usize = 1_000_000;

/// One value for all layers, or one for each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PerLayer<T> {
    /// The same everywhere.
    One(T),
    /// One for each layer, in order.
    Each(Vec<T>),
}

impl<T: Clone> PerLayer<T> {
    /// The value of place `index` (from 0).
    fn at(&self, index: usize) -> &T {
        match self {
            Self::One(value) => value,
            Self::Each(values) => &values[index],
        }
    }

    fn check(&self, name: &str, count: usize) -> Result<(), Failure> {
        match self {
            Self::Each(values) if values.len() != count => {
                let message = format!("`{name}` lists {} values, {count} are needed", values.len());
                Err(Failure::parameter(message, "give one value for all layers, or one for each"))
            }
            _ => Ok(()),
        }
    }
}

/// The input vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// `(+1, …, +1, −1, …, −1)`, halves of equal size.
    #[default]
    Signs,
    /// `x_i = (−1)^i (1 + (i mod 5))/2`, i = 0, …, n_0 − 1.
    Sawtooth,
    /// `√n_0 e_1`.
    Spike,
}

/// A deep autoencoder with Gaussian weights.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoencoder {
    /// Depth L of the encoder (the net has 2L layers).
    #[serde(rename = "L")]
    pub depth: usize,
    /// Input dimension n_0 (or the first of `widths`).
    #[serde(default = "default_width")]
    pub n0: usize,
    /// Widths n_0, …, n_L, multiplied by `scale`; without it every width is n_0 · α₁ ⋯ α_l.
    #[serde(default)]
    pub widths: Option<Vec<usize>>,
    /// Factor of all `widths`.
    #[serde(default = "one")]
    pub scale: usize,
    /// Ratios α_l = n_l/n_{l−1}, if `widths` is not given; 1 if left out.
    #[serde(default = "ratio_one")]
    pub alpha: PerLayer<f64>,
    /// Variances σ_W,l² (the entries of W_l have σ_W,l²/n_{l−1}).
    pub sigma_w2: PerLayer<f64>,
    /// Variances of the encoder's biases.
    #[serde(default = "zero")]
    pub sigma_b2: PerLayer<f64>,
    /// Variances of the decoder's biases.
    #[serde(default = "zero")]
    pub sigma_v2: PerLayer<f64>,
    /// Encoder activations σ_1, …, σ_{L−1}.
    pub sigma: PerLayer<Activation>,
    /// σ_0, applied to the input; the identity if left out.
    #[serde(default = "identity")]
    pub sigma_0: Activation,
    /// Decoder activations φ_1, …, φ_L.
    pub phi: PerLayer<Activation>,
    /// φ_L alone, if it differs from `phi`.
    #[serde(default)]
    pub phi_last: Option<Activation>,
    /// φ_0, applied to the output; the identity if left out.
    #[serde(default = "identity")]
    pub phi_0: Activation,
    /// The input vector.
    #[serde(default)]
    pub input: Input,
    /// Factor of the input vector.
    #[serde(default = "unit")]
    pub input_scale: f64,
    /// Whether the decoder uses the transposed weights of the encoder (else fresh ones of the same law).
    #[serde(default = "yes")]
    pub tied: bool,
}

const fn default_width() -> usize {
    1000
}
const fn one() -> usize {
    1
}
const fn unit() -> f64 {
    1.0
}
const fn yes() -> bool {
    true
}
const fn zero() -> PerLayer<f64> {
    PerLayer::One(0.0)
}
const fn ratio_one() -> PerLayer<f64> {
    PerLayer::One(1.0)
}
fn identity() -> Activation {
    Activation::parse("identity").unwrap_or_else(|_| unreachable!("a built-in word"))
}

impl Autoencoder {
    /// Checks ranges and lengths.
    ///
    /// # Errors
    /// [`Failure::Parameter`] naming what is wrong.
    pub fn check(&self) -> Result<(), Failure> {
        let depth = self.depth;
        if depth == 0 || depth > MAX_DEPTH {
            let message = format!("L = {depth} is no depth between 1 and {MAX_DEPTH}");
            return Err(Failure::parameter(message, ""));
        }
        self.alpha.check("alpha", depth)?;
        self.sigma.check("sigma", depth - 1)?;
        self.phi.check("phi", depth)?;
        for (name, values) in [
            ("sigma_w2", &self.sigma_w2),
            ("sigma_b2", &self.sigma_b2),
            ("sigma_v2", &self.sigma_v2),
        ] {
            values.check(name, depth)?;
            if let Some(bad) = (0..depth).map(|l| *values.at(l)).find(|v| !(0.0..1e12).contains(v))
            {
                return Err(Failure::parameter(
                    format!("`{name}` holds {bad}"),
                    "variances are ≥ 0",
                ));
            }
        }
        if let Some(widths) = &self.widths
            && widths.len() != depth + 1
        {
            let message = format!("`widths` lists {} numbers, L + 1 are needed", widths.len());
            return Err(Failure::parameter(message, "give n_0, …, n_L"));
        }
        let fits = |l: usize| (1.0..=MAX_WIDTH as f64).contains(&self.real_width(l));
        if let Some(l) = (0..=depth).find(|&l| !fits(l)) {
            let message = format!("layer {l} would have {} units", self.real_width(l));
            return Err(Failure::parameter(
                message,
                format!("widths lie between 1 and {MAX_WIDTH}"),
            ));
        }
        if !self.input_scale.is_finite() {
            return Err(Failure::parameter("`input_scale` is not finite", ""));
        }
        Ok(())
    }

    fn real_width(&self, l: usize) -> f64 {
        match &self.widths {
            Some(widths) => (widths[l] * self.scale) as f64,
            None => {
                let grown = (0..l).map(|k| self.alpha.at(k)).product::<f64>();
                (self.n0 * self.scale) as f64 * grown
            }
        }
    }

    /// Width n_l, l = 0, …, L; rounded to a whole number where ratios don't give one.
    pub fn width(&self, l: usize) -> usize {
        self.real_width(l).round() as usize
    }

    /// `α_l = n_l/n_{l−1}`, l = 1, …, L: the ratio asked for, or that of the widths.
    pub fn alpha(&self, l: usize) -> f64 {
        match &self.widths {
            Some(widths) => widths[l] as f64 / widths[l - 1] as f64,
            None => *self.alpha.at(l - 1),
        }
    }

    /// `σ_W,l²`, l = 1, …, L.
    pub fn sigma_w2(&self, l: usize) -> f64 {
        *self.sigma_w2.at(l - 1)
    }

    /// `σ_b,l²`, l = 1, …, L.
    pub fn sigma_b2(&self, l: usize) -> f64 {
        *self.sigma_b2.at(l - 1)
    }

    /// `σ_v,l²`, l = 1, …, L.
    pub fn sigma_v2(&self, l: usize) -> f64 {
        *self.sigma_v2.at(l - 1)
    }

    /// `β_l = α_l σ_W,l²`, l = 1, …, L.
    pub fn beta(&self, l: usize) -> f64 {
        self.alpha(l) * self.sigma_w2(l)
    }

    /// `σ_l`, l = 0, …, L − 1.
    pub fn sigma(&self, l: usize) -> &Activation {
        if l == 0 { &self.sigma_0 } else { self.sigma.at(l - 1) }
    }

    /// `φ_l`, l = 0, …, L.
    pub fn phi(&self, l: usize) -> &Activation {
        match (&self.phi_last, l) {
            (_, 0) => &self.phi_0,
            (Some(last), l) if l == self.depth => last,
            _ => self.phi.at(l - 1),
        }
    }

    /// The input x, of length n_0.
    pub fn input(&self) -> Vec<f64> {
        let n = self.width(0);
        let at = |i: usize| match self.input {
            Input::Signs => 1.0 - 2.0 * f64::from(u8::from(2 * i >= n)),
            Input::Sawtooth => {
                let sign = if i.is_multiple_of(2) { 1.0 } else { -1.0 };
                sign * (1 + i % 5) as f64 / 2.0
            }
            Input::Spike => f64::from(u8::from(i == 0)) * (n as f64).sqrt(),
        };
        (0..n).map(|i| self.input_scale * at(i)).collect()
    }

    /// The distinct entries of the input with their shares, in increasing order.
    pub fn input_values(&self) -> Vec<(f64, f64)> {
        let mut x = self.input();
        x.sort_by(f64::total_cmp);
        let share = 1.0 / x.len() as f64;
        let mut values: Vec<(f64, f64)> = Vec::new();
        for entry in x {
            match values.last_mut() {
                Some((value, weight)) if *value == entry => *weight += share,
                _ => values.push((entry, share)),
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Autoencoder {
        let net: Autoencoder = serde_json::from_value(value).unwrap();
        net.check().unwrap();
        net
    }

    #[test]
    fn the_two_settings_of_the_suite() {
        let net = read(json!({"L": 50, "n0": 500, "sigma_w2": 2.312, "sigma_b2": 0.211,
            "sigma": "tanh", "phi": "tanh"}));
        assert_eq!((net.width(50), net.beta(7)), (500, 2.312));
        assert_eq!(net.input().iter().sum::<f64>(), 0.0);
        assert_eq!(
            (net.phi(0).name(), net.phi(50).name(), net.sigma(0).name()),
            ("identity", "tanh", "identity")
        );
        let net = read(json!({"L": 4, "widths": [500, 800, 400, 600, 900], "scale": 2,
            "sigma_w2": [1.2, 0.9, 2, 1.5], "sigma_b2": [0.1, 0, 0.3, 0.05], "sigma_v2": [0.2, 0.1, 0, 0.3],
            "sigma_0": "tanh", "sigma": ["relu", "tanh", "relu"], "phi": ["tanh", "relu", "tanh", "relu"],
            "phi_0": "tanh", "input": "sawtooth"}));
        assert_eq!((net.width(1), net.alpha(1), net.beta(1)), (1600, 1.6, 1.6 * 1.2));
        assert_eq!(net.input()[..6], [0.5, -1.0, 1.5, -2.0, 2.5, -0.5]);
        assert_eq!(
            (net.sigma(1).name(), net.phi(4).name(), net.sigma_v2(4)),
            ("relu", "relu", 0.3)
        );
        let values = net.input_values();
        assert_eq!(values.len(), 10);
        assert!(values.iter().all(|(_, share)| (share - 0.1).abs() < 1e-12));
    }

    #[test]
    fn ratios_make_widths() {
        let net = read(
            json!({"L": 3, "n0": 200, "alpha": 1.5, "sigma_w2": 1, "sigma": "relu", "phi": "relu",
            "phi_last": "identity", "input_scale": 2.0}),
        );
        assert_eq!([0, 1, 2, 3].map(|l| net.width(l)), [200, 300, 450, 675]);
        assert_eq!((net.phi(3).name(), net.phi(2).name()), ("identity", "relu"));
        assert_eq!(
            net.input_values(),
            [(-2.0, net.input_values()[0].1), (2.0, net.input_values()[1].1)]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for value in [
            json!({"L": 0, "sigma_w2": 1, "sigma": "relu", "phi": "relu"}),
            json!({"L": 3, "sigma_w2": [1, 1], "sigma": "relu", "phi": "relu"}),
            json!({"L": 3, "sigma_w2": -1, "sigma": "relu", "phi": "relu"}),
            json!({"L": 3, "sigma_w2": 1, "sigma": ["relu"], "phi": "relu"}),
            json!({"L": 3, "widths": [2, 2], "sigma_w2": 1, "sigma": "relu", "phi": "relu"}),
            json!({"L": 90, "alpha": 2, "sigma_w2": 1, "sigma": "relu", "phi": "relu"}),
        ] {
            let net: Autoencoder = serde_json::from_value(value.clone()).unwrap();
            assert!(net.check().is_err(), "{value}");
        }
        assert!(
            serde_json::from_value::<Autoencoder>(
                json!({"L": 1, "sigma_w2": 1, "sigma": "tan", "phi": "relu"})
            )
            .is_err()
        );
    }
}
