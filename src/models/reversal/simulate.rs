//! Draws of the two passes through a random layer: with every weight, or from the exact joint law.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layer::{Dropping, Layer};
use crate::models::single;
use crate::random::Stream;

/// Rows whose contributions are added up together.
const WAITING: usize = 8;

/// How a trial is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every weight that matters, row by row; no matrix is held.
    #[default]
    Full,
    /// The exact joint law of the estimate, for Gaussian weights (see [`reduced`]).
    Reduced,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// `ĥ = W′ᵀ x`, before offset and ReLU.
    pub values: Vec<f64>,
    /// Number of non-zero entries of the x that was used.
    pub nonzeros: u64,
    /// `‖x‖²`, with the layer's scale in x.
    pub square: f64,
}

/// One draw of weights, dropping and estimate for the hidden vector `h`.
pub fn draw(layer: &Layer, h: &[f64], method: Method, stream: &mut Stream) -> Estimate {
    match method {
        Method::Full => full(layer, h, stream),
        Method::Reduced => reduced(layer, h, stream),
    }
}

/// Draws from the joint law of the estimate for Gaussian weights, in time proportional to the length of `h`.
///
/// Given `y = W h`, row j of W is `y_j h/‖h‖²` plus a normal vector orthogonal to `h`, independent of y. So with
/// `R = ‖x‖`, `R² = a²‖h‖² χ²_B` where B counts the active rows,
/// `ĥ = c (R²/(a‖h‖²)) h + R (c P g + √(1 − c²) g′)`, P the projection orthogonal to h, g and g′ standard normal.
pub fn reduced(layer: &Layer, h: &[f64], stream: &mut Stream) -> Estimate {
    let (rows, active) = layer.rows_and_activity();
    let nonzeros = stream.binomial(rows as u64, active);
    let energy: f64 = h.iter().map(|v| v * v).sum();
    let square = layer.scale.powi(2) * energy * stream.chi_squared(nonzeros as f64);
    let (tie, loose) = (layer.tie, (1.0 - layer.tie * layer.tie).max(0.0).sqrt());
    let mut values = vec![0.0; h.len()];
    stream.fill_normal(&mut values);
    let along = values.iter().zip(h).map(|(g, v)| g * v).sum::<f64>() / energy;
    let gain = tie * square / (layer.scale * energy);
    let radius = square.sqrt();
    for (value, v) in values.iter_mut().zip(h) {
        *value = gain * v + radius * tie * (*value - along * v);
        if loose > 0.0 {
            *value += radius * loose * stream.normal();
        }
    }
    Estimate { values, nonzeros, square }
}

/// Draws every weight of the rows that reach the inference pass, in single precision (see [`single`]); needs `O(n + t m)`
/// normals and holds a few rows.
fn full(layer: &Layer, h: &[f64], stream: &mut Stream) -> Estimate {
    let mut pass = Pass::new(layer, h);
    let dropped = exact_part(layer, stream);
    let later = layer.dropping == Dropping::Largest && layer.dropped > 0.0;
    let mut held: Vec<(f64, Vec<f32>)> = Vec::new();
    for j in 0..layer.n {
        if !stream.bernoulli(layer.rho) || dropped.get(j).copied().unwrap_or(false) {
            continue;
        }
        let Some(y) = pass.generate(stream) else { continue };
        match layer.dropping {
            Dropping::Largest if later => held.push((y, pass.on.clone())),
            Dropping::Independent if layer.dropped > 0.0 && stream.bernoulli(layer.dropped) => {}
            _ => pass.infer(y, stream),
        }
    }
    held.sort_by(|a, b| b.0.total_cmp(&a.0));
    let lost = (held.len() as f64 * layer.dropped).round() as usize;
    for (y, on) in held.into_iter().skip(lost) {
        pass.on = on;
        pass.infer(y, stream);
    }
    pass.finish(h.len())
}

/// Coordinates dropped as an exact part; empty if none.
fn exact_part(layer: &Layer, stream: &mut Stream) -> Vec<bool> {
    if layer.dropping != Dropping::ExactPart || layer.dropped == 0.0 {
        return Vec::new();
    }
    let mut mask: Vec<bool> = (0..layer.n).map(|j| j < layer.exact_part()).collect();
    stream.shuffle(&mut mask);
    mask
}

/// One row at a time through both passes.
struct Pass<'a> {
    layer: &'a Layer,
    /// Positions of the non-zero entries of h, and their values.
    support: Vec<usize>,
    values: Vec<f32>,
    /// Positions of the others.
    rest: Vec<usize>,
    /// Weights of the current row on the support.
    on: Vec<f32>,
    /// Weights off the support of a few rows that await [`Self::flush`], and the rows' entries of x.
    off: Vec<f32>,
    waiting: Vec<f32>,
    /// Independent copy, for weights that are not tied.
    copy: Vec<f32>,
    /// Sums over the rows on the support, and off it.
    total_on: Vec<f64>,
    total_off: Vec<f64>,
    nonzeros: u64,
    square: f64,
}

impl<'a> Pass<'a> {
    fn new(layer: &'a Layer, h: &[f64]) -> Self {
        let (support, rest): (Vec<usize>, Vec<usize>) = (0..h.len()).partition(|&i| h[i] != 0.0);
        let values = support.iter().map(|&i| h[i] as f32).collect();
        Self {
            on: vec![0.0; support.len()],
            off: Vec::with_capacity(WAITING * rest.len()),
            waiting: Vec::with_capacity(WAITING),
            copy: vec![0.0; if layer.tie == 1.0 { 0 } else { h.len() }],
            total_on: vec![0.0; support.len()],
            total_off: vec![0.0; rest.len()],
            nonzeros: 0,
            square: 0.0,
            layer,
            support,
            values,
            rest,
        }
    }

    fn fill(layer: &Layer, out: &mut [f32], stream: &mut Stream) {
        layer.weights.fill_single(stream, out);
        if layer.mean != 0.0 {
            out.iter_mut().for_each(|w| *w += layer.mean as f32);
        }
    }

    /// Draws the row's weights on the support; its pre-activation, or nothing where the ReLU closes.
    fn generate(&mut self, stream: &mut Stream) -> Option<f64> {
        Self::fill(self.layer, &mut self.on, stream);
        let mut y = [0.0];
        single::products(&self.on, &self.values, &mut y);
        (!self.layer.relu || y[0] > 0.0).then_some(y[0])
    }

    /// Draws the row's other weights and adds what it contributes to the estimate.
    fn infer(&mut self, y: f64, stream: &mut Stream) {
        let x = self.layer.scale * y;
        let before = self.off.len();
        self.off.resize(before + self.rest.len(), 0.0);
        let off = &mut self.off[before..];
        Self::fill(self.layer, off, stream);
        if self.layer.tie != 1.0 {
            let (tie, loose) = (self.layer.tie, (1.0 - self.layer.tie * self.layer.tie).sqrt());
            let (tie, loose) = (tie as f32, loose as f32);
            Self::fill(self.layer, &mut self.copy, stream);
            let (first, second) = self.copy.split_at(self.on.len());
            self.on.iter_mut().zip(first).for_each(|(w, v)| *w = tie * *w + loose * v);
            off.iter_mut().zip(second).for_each(|(w, v)| *w = tie * *w + loose * v);
        }
        self.total_on.iter_mut().zip(&self.on).for_each(|(sum, w)| *sum += x * f64::from(*w));
        self.waiting.push(x as f32);
        if self.waiting.len() == WAITING {
            self.flush();
        }
        self.nonzeros += u64::from(x != 0.0);
        self.square += x * x;
    }

    /// Adds what the waiting rows contribute off the support.
    fn flush(&mut self) {
        single::combine(&self.off, &self.waiting, &mut self.total_off);
        self.off.clear();
        self.waiting.clear();
    }

    /// The estimate in the order of the hidden vector, of length `m`.
    fn finish(mut self, m: usize) -> Estimate {
        self.flush();
        let mut values = vec![0.0; m];
        self.support.iter().zip(&self.total_on).for_each(|(&i, sum)| values[i] = *sum);
        self.rest.iter().zip(&self.total_off).for_each(|(&i, sum)| values[i] = *sum);
        Estimate { values, nonzeros: self.nonzeros, square: self.square }
    }
}

/// What one draw comes to: relative squared error after offset and ReLU, the same before them, largest error over `‖h‖`, projection on
/// h over `‖h‖²`, cosine of output and h (0 if the output vanishes), first and last entry, mean squared error on the support
/// (the first k entries), mean square and mean off it (0 if there is nothing off it).
pub fn summary(h: &[f64], estimate: &[f64], offset: f64, k: usize) -> [f64; 10] {
    let (mut loss, mut linear, mut sup, mut inner) = (0.0, 0.0, 0.0_f64, 0.0);
    let (mut output_inner, mut output_square) = (0.0, 0.0);
    for (v, e) in h.iter().zip(estimate) {
        let output = (e - offset).max(0.0);
        loss += (output - v).powi(2);
        linear += (e - v).powi(2);
        sup = sup.max((e - v).abs());
        inner += e * v;
        output_inner += output * v;
        output_square += output * output;
    }
    let square: f64 = h.iter().map(|v| v * v).sum();
    let off = &estimate[k..];
    let zeros = off.len().max(1) as f64;
    let on = h[..k].iter().zip(estimate).map(|(v, e)| (e - v).powi(2)).sum::<f64>() / k as f64;
    let cosine =
        if output_square > 0.0 { output_inner / (output_square * square).sqrt() } else { 0.0 };
    [
        loss / square,
        linear / square,
        sup / square.sqrt(),
        inner / square,
        cosine.clamp(-1.0, 1.0),
        estimate[0],
        estimate[estimate.len() - 1],
        on,
        off.iter().map(|e| e * e).sum::<f64>() / zeros,
        off.iter().sum::<f64>() / zeros,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::reversal::layer::Weights;
    use crate::models::reversal::parameters::LayerParams;
    use crate::random::StreamKey;
    use serde_json::json;

    /// Mean and standard error of a function of the draws.
    fn mean(draws: &[Estimate], f: impl Fn(&Estimate) -> f64) -> (f64, f64) {
        let n = draws.len() as f64;
        let mean = draws.iter().map(&f).sum::<f64>() / n;
        let spread = draws.iter().map(|d| (f(d) - mean).powi(2)).sum::<f64>() / n;
        (mean, (spread / n).sqrt())
    }

    fn draws(layer: &Layer, h: &[f64], method: Method, trials: u64) -> Vec<Estimate> {
        let key = StreamKey::derive(3, "simulate", &format!("{layer:?}{method:?}"));
        (0..trials).map(|i| draw(layer, h, method, &mut key.trial(i))).collect()
    }

    /// All layers below: means, variances and covariance within five standard errors of the closed forms.
    #[test]
    fn draws_have_the_moments_of_the_description() {
        let h = [1.0, 0.0, 2.0, 0.5, 0.0];
        let norm = 5.25f64.sqrt();
        let paper = Layer::new(30, 0.4);
        let layers = [
            paper,
            Layer { tie: 0.5, ..paper },
            Layer { relu: false, rho: 1.0, scale: 1.0 / 30.0, ..paper },
            Layer { dropped: 0.5, scale: 2.0 * paper.scale, ..paper },
            Layer { dropped: 0.5, dropping: Dropping::ExactPart, ..paper },
            Layer { weights: Weights::Rademacher, ..paper },
            Layer { weights: Weights::Uniform, ..paper },
            Layer { weights: Weights::Laplace, ..paper },
        ];
        for layer in layers {
            let methods: &[Method] =
                if layer.has_law() { &[Method::Full, Method::Reduced] } else { &[Method::Full] };
            for &method in methods {
                let sample = draws(&layer, &h, method, 20_000);
                let mut scores = Vec::new();
                for i in [0, 1, 2] {
                    let centre = layer.gain() * h[i];
                    let (m, se) = mean(&sample, |d| d.values[i]);
                    scores.push((m - centre) / se);
                    let (v, se) = mean(&sample, |d| (d.values[i] - centre).powi(2));
                    scores.push((v - layer.variance(h[i], norm)) / se);
                }
                let product = |d: &Estimate| {
                    (d.values[0] - layer.gain()) * (d.values[2] - 2.0 * layer.gain())
                };
                let (c, se) = mean(&sample, product);
                scores.push((c - layer.covariance(1.0, 2.0)) / se);
                assert!(scores.iter().all(|z| z.abs() < 5.0), "{layer:?} {method:?}: {scores:?}");
            }
        }
    }

    #[test]
    fn the_joint_law_is_that_of_all_weights() {
        let h = [1.0, 0.0, 2.0, 0.5, 0.0];
        let layer = Layer { tie: 0.8, ..Layer::new(12, 0.5) };
        let (a, b) =
            (draws(&layer, &h, Method::Full, 20_000), draws(&layer, &h, Method::Reduced, 20_000));
        let functions: [fn(&Estimate) -> f64; 5] = [
            |d| f64::from(d.values[2] > 4.0),
            |d| d.values[0] * d.values[1] * d.values[1],
            |d| f64::from(d.values[1].abs() > 1.0 && d.values[4].abs() > 1.0),
            |d| d.square * d.values[2],
            |d| d.nonzeros as f64 * d.values[0],
        ];
        for (index, f) in functions.iter().enumerate() {
            let ((x, ex), (y, ey)) = (mean(&a, f), mean(&b, f));
            assert!((x - y).abs() < 5.0 * ex.hypot(ey), "{index}: {x} ± {ex}, {y} ± {ey}");
        }
    }

    #[test]
    fn tails_follow_the_entry_law() {
        let h = [1.0, 0.0, 2.0, 0.5, 0.0];
        let layer = Layer::new(12, 0.5);
        let sample = draws(&layer, &h, Method::Full, 40_000);
        for (i, x) in [(0, 2.0), (1, 1.0), (2, -0.1), (2, 4.0)] {
            let exact = layer.entry(h[i], 5.25f64.sqrt()).above(0, x).unwrap().value;
            let (found, se) = mean(&sample, |d| f64::from(d.values[i] > x));
            assert!((found - exact).abs() < 5.0 * se, "{i} {x}: {found} ± {se} {exact}");
        }
    }

    #[test]
    fn dropping_the_largest_takes_more_than_its_share() {
        let h = [1.0, 0.0, 2.0];
        let layer = Layer { dropped: 0.5, dropping: Dropping::Largest, ..Layer::new(60, 0.5) };
        let (gain, se) = mean(&draws(&layer, &h, Method::Full, 2000), |d| d.values[2] / 2.0);
        // E[y²; |y| below its median] of a half-normal: 0.0711 of 1.
        assert!((gain - 0.0711).abs() < 5.0 * se + 0.01, "{gain} ± {se}");
    }

    #[test]
    fn losses_have_the_exact_mean() {
        for value in [
            json!({"n": 200, "rho": 0.5, "m": 60, "k": 5}),
            json!({"n": 200, "rho": 0.5, "m": 60, "k": 5, "method": "reduced"}),
            json!({"n": 200, "rho": 0.5, "m": 30, "k": 5, "dominant": 0.7, "method": "reduced"}),
            json!({"n": 100, "rho": 1.0, "m": 30, "k": 5, "relu": false, "lambda": 0.5}),
        ] {
            let parameters: LayerParams = serde_json::from_value(value.clone()).unwrap();
            let described = parameters.describe().unwrap();
            let offset = described.chosen_lambda() * described.unit();
            let exact = described.loss().unwrap().at(offset).unwrap().value;
            let sample = draws(&described.layer, &described.h, described.method, 4000);
            let loss = |d: &Estimate| summary(&described.h, &d.values, offset, described.k)[0];
            let (found, error) = mean(&sample, loss);
            assert!((found - exact).abs() < 5.0 * error, "{value}: {found} ± {error} {exact}");
        }
    }
}
