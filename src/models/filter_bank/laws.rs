//! Where the weights of a filter bank come from.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bank::Bank;
use super::shape::Shape;
use crate::random::Stream;

/// Law of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Independent standard normals.
    Gauss,
    /// Independent fair signs.
    Rademacher,
    /// Independent, uniform on [−√3, √3].
    Uniform,
    /// One filter of independent standard normals, the same for all i (a control).
    Equal,
    /// The deterministic bank sin((q + 1)³), q = (iM + m)ℓ + p, in radians; the cube is a whole number.
    Dfb,
    /// All weights 1 (a control).
    Constant,
    /// The two Haar filters (1, 1)/√2 and (1, −1)/√2 (K = 2, M = 1, ℓ = 2).
    Haar,
    /// The orthonormal DCT-II basis of length ℓ = K (M = 1).
    Dct,
    /// A single 1 in every filter: channel 0, tap 0.
    Unit,
    /// Two filters that 𝓜_2 with one entry a block sees as nearly orthogonal while shifts of one filter
    /// are nearly the same (K = 2, M = 2, ℓ ≥ 2).
    Trap,
}

/// What the weights are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// √(Mℓ) times the standard deviation of the law: E‖w‖² = 1 (the paper's Theorem 3.1).
    Scaled,
    /// Each filter's own norm (the paper's Sec. 2.2).
    Unit,
    /// √ℓ times the standard deviation: √M too little (a control).
    Length,
    /// Nothing.
    Raw,
}

impl Law {
    /// Whether a stream is needed.
    pub const fn is_random(self) -> bool {
        matches!(self, Self::Gauss | Self::Rademacher | Self::Uniform | Self::Equal)
    }

    /// What the law asks of the sizes, where it is not met.
    pub fn complaint(self, shape: &Shape) -> Option<&'static str> {
        let (k, m, l) = (shape.filters, shape.channels, shape.taps());
        match self {
            Self::Haar if (k, m, l) != (2, 1, 2) => Some("haar needs K = 2, M = 1, l = 2"),
            Self::Dct if k != l || m != 1 => Some("dct needs K = l, M = 1"),
            Self::Trap if k != 2 || m != 2 || l < 2 => {
                Some("trap needs K = 2, M = 2, l at least 2")
            }
            _ => None,
        }
    }

    /// Mean square of a weight before scaling, as the scaling takes it.
    const fn mean_square(self) -> f64 {
        match self {
            Self::Dfb => 0.5,
            _ => 1.0,
        }
    }

    /// A deterministic bank; random laws give `None`.
    pub fn bank(self, shape: Shape, scaling: Scaling) -> Option<Bank> {
        let weights = match self {
            Self::Dfb => (0..shape.parameters() as u64).map(sine_of_cube).collect(),
            Self::Constant => vec![1.0; shape.parameters()],
            Self::Haar => [1.0, 1.0, 1.0, -1.0].map(|w| w * std::f64::consts::FRAC_1_SQRT_2).into(),
            Self::Dct => dct(shape.taps()),
            Self::Unit => unit(&shape),
            Self::Trap => trap(shape.taps()),
            Self::Gauss | Self::Rademacher | Self::Uniform | Self::Equal => return None,
        };
        Some(self.scaled(Bank { shape, weights }, scaling))
    }

    /// A bank of this law; deterministic laws leave the stream alone.
    pub fn draw(self, shape: Shape, scaling: Scaling, stream: &mut Stream) -> Bank {
        if let Some(bank) = self.bank(shape, scaling) {
            return bank;
        }
        let mut weights = vec![0.0; shape.parameters()];
        self.fill(&mut weights, shape.fan_in(), stream);
        self.scaled(Bank { shape, weights }, scaling)
    }

    /// Fills with unscaled weights of a random law, `fan_in` a filter.
    fn fill(self, weights: &mut [f64], fan_in: usize, stream: &mut Stream) {
        match self {
            Self::Rademacher => weights.iter_mut().for_each(|w| *w = stream.sign()),
            Self::Uniform => {
                let side = 3.0_f64.sqrt();
                weights.iter_mut().for_each(|w| *w = side * (2.0 * stream.uniform() - 1.0));
            }
            Self::Equal => {
                let (first, others) = weights.split_at_mut(fan_in);
                stream.fill_normal(first);
                others.chunks_mut(fan_in).for_each(|filter| filter.copy_from_slice(first));
            }
            _ => stream.fill_normal(weights),
        }
    }

    fn scaled(self, mut bank: Bank, scaling: Scaling) -> Bank {
        let (fan_in, taps) = (bank.shape.fan_in() as f64, bank.shape.taps() as f64);
        let divisor = match scaling {
            Scaling::Raw => return bank,
            Scaling::Unit => {
                bank.normalise();
                return bank;
            }
            Scaling::Scaled => (fan_in * self.mean_square()).sqrt(),
            Scaling::Length => (taps * self.mean_square()).sqrt(),
        };
        bank.weights.iter_mut().for_each(|w| *w /= divisor);
        bank
    }
}

/// sin((q + 1)³).
fn sine_of_cube(q: u64) -> f64 {
    let cube = (q + 1).pow(3);
    libm::sin(cube as f64)
}

/// Orthonormal DCT-II: √(c_i/ℓ) cos(π (p + ½) i/ℓ), c_0 = 1, else 2.
fn dct(length: usize) -> Vec<f64> {
    let entry = |i: usize, p: usize| {
        let weight = if i == 0 { 1.0 } else { 2.0 } / length as f64;
        let angle = std::f64::consts::PI * (p as f64 + 0.5) * i as f64 / length as f64;
        weight.sqrt() * libm::cos(angle)
    };
    (0..length).flat_map(|i| (0..length).map(move |p| entry(i, p))).collect()
}

fn unit(shape: &Shape) -> Vec<f64> {
    (0..shape.parameters()).map(|q| if q % shape.fan_in() == 0 { 1.0 } else { 0.0 }).collect()
}

/// Filter a: channel 0 constant. Filter b: channel 0 the negative of it at one sample and half of it,
/// spread out, at the others; channel 1 a single 1.
fn trap(length: usize) -> Vec<f64> {
    let height = 1.0 / (length as f64).sqrt();
    let rest = 0.5 * height / (length as f64 - 1.0);
    let mut weights = vec![0.0; 4 * length];
    weights[..length].fill(height);
    weights[2 * length..3 * length].fill(rest);
    weights[2 * length] = -height;
    weights[3 * length] = 1.0;
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;

    /// Python: math.sin(1), math.sin(8), math.sin(27), math.sin(1920**3).
    #[test]
    fn the_deterministic_bank_is_as_defined() {
        let bank = Law::Dfb.bank(Shape::line(6, 40, 8, 1, 10), Scaling::Raw).unwrap();
        for (q, expected) in [
            (0, 0.841_470_984_807_896_5),
            (1, 0.989_358_246_623_381_8),
            (2, 0.956_375_928_404_503),
            (1919, 1920.0_f64.powi(3).sin()),
        ] {
            assert!((bank.weights[q] - expected).abs() < 1e-15, "{q}");
        }
    }

    #[test]
    fn scalings() {
        let shape = Shape::line(3, 2, 4, 1, 6);
        let unit = Law::Dfb.bank(shape, Scaling::Unit).unwrap();
        for i in 0..3 {
            assert!((unit.filter(i).iter().map(|w| w * w).sum::<f64>() - 1.0).abs() < 1e-15);
        }
        let (raw, scaled) =
            (Law::Dfb.bank(shape, Scaling::Raw), Law::Dfb.bank(shape, Scaling::Scaled));
        let (raw, scaled) = (raw.unwrap(), scaled.unwrap());
        assert!((raw.weights[5] / scaled.weights[5] - 2.0).abs() < 1e-15);
        let ones = Law::Constant.bank(shape, Scaling::Length).unwrap();
        assert_eq!(ones.weights[0], 0.5);
    }

    #[test]
    fn bases_are_orthonormal() {
        for (law, shape) in
            [(Law::Dct, Shape::line(8, 1, 8, 8, 16)), (Law::Haar, Shape::line(2, 1, 2, 2, 8))]
        {
            let matrix = law.bank(shape, Scaling::Raw).unwrap().matrix();
            let gap = (&matrix * matrix.transpose()
                - nalgebra::DMatrix::identity(16, 16).resize(shape.rows(), shape.rows(), 0.0))
            .amax();
            assert!(gap < 1e-14, "{gap}");
        }
    }

    #[test]
    fn random_laws_have_unit_variance() {
        let shape = Shape::line(100, 10, 20, 1, 20);
        for law in [Law::Gauss, Law::Rademacher, Law::Uniform] {
            let mut stream = StreamKey::derive(1, "laws", "{}").trial(0);
            let bank = law.draw(shape, Scaling::Raw, &mut stream);
            let mean = bank.weights.iter().sum::<f64>() / 20_000.0;
            let square = bank.weights.iter().map(|w| w * w).sum::<f64>() / 20_000.0;
            // Six standard errors of the mean and, for normals, of the mean square.
            assert!(mean.abs() < 6.0 / 20_000.0_f64.sqrt() && (square - 1.0).abs() < 0.06);
        }
        let mut stream = StreamKey::derive(1, "laws", "{}").trial(1);
        let equal = Law::Equal.draw(shape, Scaling::Unit, &mut stream);
        assert_eq!(equal.filter(0), equal.filter(99));
    }
}
